//! Step 5: access sites. Lumens of one catheter are one site; a replaced line is the site it replaces.

use super::Coder;
use super::eligible::Given;
use super::result::SiteNames;
use crate::model::{ChartTime, Route, trimmed};
use crate::policy::SecondSiteInitial;
use smallvec::SmallVec;
use std::borrow::Cow;

/// Words in a site reason that say the line was replaced, not added.
const REPLACED: [&str; 2] = ["INFILTRAT", "RESTART"];

impl<'e> Coder<'e> {
    /// Gives every administration its site. Out: the normalised site names that they point to.
    pub(super) fn place(&mut self, given: &mut [Given]) -> SiteNames {
        let names = self.name_sites(given);
        self.follow_replaced_lines(given, names.len());
        self.place_unnamed(given);
        self.fold_unearned_sites(given);
        names
    }

    /// Every charted site by its place among the sorted names.
    fn name_sites(&self, given: &mut [Given]) -> SiteNames {
        // Rows of one site repeat its text, so each text is looked at once while it stays the same.
        let mut last: Option<(&str, u32)> = None;
        let mut names: SmallVec<[Cow<'e, str>; 2]> = SmallVec::new();
        let mut places: SmallVec<[Option<u32>; 8]> = SmallVec::new();
        for one in given.iter() {
            let Some(charted) = self.charted_site(one) else {
                places.push(None);
                continue;
            };
            let at = match last {
                Some((text, at)) if text == charted => at,
                _ => {
                    let name = upper_case(charted);
                    let known = names.iter().position(|other| *other == name);
                    known.unwrap_or_else(|| {
                        names.push(name);
                        names.len() - 1
                    }) as u32
                }
            };
            last = Some((charted, at));
            places.push(Some(at));
        }
        if names.len() < 2 {
            for (one, place) in given.iter_mut().zip(&places) {
                one.site = place.map(|_| 0);
            }
            return names.into_iter().map(Cow::into_owned).collect();
        }
        let mut order: SmallVec<[u32; 4]> = (0..names.len() as u32).collect();
        order.sort_unstable_by(|&one, &other| names[one as usize].cmp(&names[other as usize]));
        let mut rank: SmallVec<[u16; 4]> = smallvec::smallvec![0; names.len()];
        for (at, &name) in order.iter().enumerate() {
            rank[name as usize] = at as u16;
        }
        for (one, place) in given.iter_mut().zip(&places) {
            one.site = place.map(|at| rank[at as usize]);
        }
        order.iter().map(|&at| names[at as usize].clone().into_owned()).collect()
    }

    /// The trimmed name of the site, as charted.
    fn charted_site(&self, one: &Given) -> Option<&'e str> {
        let encounter = self.encounter;
        let rows = one.rows.iter().filter_map(|&row| encounter.administrations.get(row as usize));
        let mut names = rows.filter_map(|row| row.access_site).map(trimmed).filter(|name| !name.is_empty());
        names.next()
    }

    fn site_reason(&self, one: &Given) -> Option<String> {
        let rows = one.rows.iter().filter_map(|&row| self.encounter.administrations.get(row as usize));
        let mut reasons = rows.filter_map(|row| row.site_reason).map(str::trim).filter(|reason| !reason.is_empty());
        reasons.next().map(str::to_uppercase)
    }

    /// A site that starts only after the last use of the most recently used one, with a reason that says so, is that
    /// site moved to a new vein (CPT practice: a difficult stick is no second site).
    fn follow_replaced_lines(&self, given: &mut [Given], sites: usize) {
        // One site is nobody's replacement.
        if sites < 2 {
            return;
        }
        // By site: first start, last use, and whether a row says the line was replaced.
        let mut uses: Vec<(u16, Option<i64>, Option<i64>, bool)> =
            (0..sites).map(|site| (site as u16, None, None, false)).collect();
        for one in given.iter().filter(|one| one.route == Route::Intravenous) {
            let Some(site) = one.site else { continue };
            let entry = &mut uses[usize::from(site)];
            let times = || [one.start, one.stop].into_iter().flatten().map(ChartTime::absolute);
            entry.1 = entry.1.into_iter().chain(times().min()).min();
            entry.2 = entry.2.into_iter().chain(times().max()).max();
            entry.3 |= self.site_reason(one).is_some_and(|reason| REPLACED.iter().any(|word| reason.contains(word)));
        }
        let mut order: Vec<_> = uses.iter().copied().filter(|(_, first, ..)| first.is_some()).collect();
        order.sort_unstable_by_key(|&(site, first, ..)| (first, site));
        let mut moved: Vec<u16> = (0..sites as u16).collect();
        for &(site, first, ..) in order.iter().filter(|(.., replaced)| *replaced) {
            // The most recently used site is the one in use last before this one starts; when it is still in use
            // afterwards this is no replacement.
            let previous = order
                .iter()
                .filter(|(other, start, ..)| *other != site && *start <= first)
                .max_by_key(|(other, _, last, _)| (*last, *other));
            if let Some(&(other, _, last, _)) = previous
                && last <= first
            {
                moved[usize::from(site)] = moved[usize::from(other)];
            }
        }
        for one in given {
            one.site = one.site.map(|site| moved[usize::from(site)]);
        }
    }

    /// A row without a site belongs to the only named site, else to the site of the initial service.
    fn place_unnamed(&mut self, given: &mut [Given]) {
        if given.iter().all(|one| one.site.is_some()) {
            return;
        }
        let mut named: SmallVec<[u16; 8]> = given.iter().filter_map(|one| one.site).collect();
        named.sort_unstable();
        named.dedup();
        let site = match named.as_slice() {
            [] => return,
            [only] => Some(*only),
            [first, ..] => {
                let placed: Vec<Given> = given.iter().filter(|one| one.site.is_some()).cloned().collect();
                self.initial_site(&placed).or(Some(*first))
            }
        };
        for one in given.iter_mut().filter(|one| one.site.is_none()) {
            one.site = site;
        }
    }

    /// Where the policy asks more of a further site than a name, a site that lacks it is part of the first.
    fn fold_unearned_sites(&mut self, given: &mut [Given]) {
        if self.policy.second_site_initial == SecondSiteInitial::DocumentedSite {
            return;
        }
        let Some(home) = self.initial_site(given) else { return };
        let reasons: Vec<u16> =
            given.iter().filter(|one| self.site_reason(one).is_some()).filter_map(|one| one.site).collect();
        let needs_reason = self.policy.second_site_initial == SecondSiteInitial::ReasonRequired;
        for one in given.iter_mut().filter(|one| one.route == Route::Intravenous) {
            if one.site.is_some_and(|site| site != home && !(needs_reason && reasons.contains(&site))) {
                one.site = Some(home);
            }
        }
    }

    /// The site of the encounter's best initial candidate.
    fn initial_site(&mut self, given: &[Given]) -> Option<u16> {
        let flags = self.flags.len();
        let services = self.services(given);
        // Flags of a trial run are not findings.
        self.flags.truncate(flags);
        self.plan_sites(&services).iter().find(|plan| plan.first).and_then(|plan| plan.site)
    }
}

fn upper_case(name: &str) -> Cow<'_, str> {
    let upper = name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_lowercase());
    if upper { Cow::Borrowed(name) } else { Cow::Owned(name.to_uppercase()) }
}
