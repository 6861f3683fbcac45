//! Rows of `lines.parquet`: expected and billed side by side.

use super::cells::{Days, Numbers, Texts};
use super::joined::{Joined, Part};
use super::layouts::LINES;
use super::piece::Piece;
use super::spelled::{self, Reasons, SiteWords};
use super::words::{Numbered, Word, Words};
use crate::audit::{LedgerLine, SideAudit};
use crate::coding::CodedLine;
use crate::error::Error;
use crate::model::{Cents, ClaimLine, Encounter, HcpcsCode, Indexes, Modifiers};

/// What an id of a claim line or administration takes, roughly, in bytes.
const ID_BYTES: usize = 24;

/// The columns as they are filled, in the order of the layout.
pub(super) struct LineRows<'v> {
    /// Names of the tables that prices point to.
    versions: &'v [String],
    encounter_id: Words,
    setting: Words,
    code: Words,
    modifiers: Words,
    status: Words,
    service_date: Days,
    expected_units: Numbers,
    billed_units: Numbers,
    expected: Numbers,
    billed: Numbers,
    difference: Numbers,
    price_basis: Words,
    price_table: Words,
    access_sites: Words,
    administration_ids: Texts,
    reason: Words,
    claim_lines: Texts,
    charge: Numbers,
    allowed: Numbers,
    paid: Numbers,
    known: Known,
    sites: SiteWords,
}

/// Words that are found by numbers.
#[derive(Default)]
struct Known {
    codes: Numbered<HcpcsCode>,
    modifiers: Numbered<u64>,
    tables: Numbered<u16>,
    reasons: Reasons,
}

/// The words that all rows of one encounter and claim form share.
#[derive(Clone, Copy)]
struct Shared {
    encounter_id: Word,
    setting: Word,
}

impl<'v> LineRows<'v> {
    /// A table of about so many rows.
    pub(super) fn new(versions: &'v [String], rows: usize) -> Self {
        Self {
            versions,
            encounter_id: Words::new(rows),
            setting: Words::new(rows),
            code: Words::new(rows),
            modifiers: Words::new(rows),
            status: Words::new(rows),
            service_date: Days::new(rows),
            expected_units: Numbers::new(rows),
            billed_units: Numbers::new(rows),
            expected: Numbers::new(rows),
            billed: Numbers::new(rows),
            difference: Numbers::new(rows),
            price_basis: Words::new(rows),
            price_table: Words::new(rows),
            access_sites: Words::new(rows),
            administration_ids: Texts::new(rows, ID_BYTES),
            reason: Words::new(rows),
            claim_lines: Texts::new(rows, ID_BYTES),
            charge: Numbers::new(rows),
            allowed: Numbers::new(rows),
            paid: Numbers::new(rows),
            known: Known::default(),
            sites: SiteWords::default(),
        }
    }

    /// Adds the rows of one encounter on one claim form.
    pub(super) fn add(&mut self, encounter: &Encounter<'_>, side: &SideAudit) {
        let shared = Shared {
            encounter_id: self.encounter_id.add(encounter.encounter_id),
            setting: self.setting.find_static(side.setting.as_str()),
        };
        self.sites.begin(&side.coded);
        for line in &side.ledger {
            self.add_compared(encounter, side, line, shared);
        }
        for line in side.out_of_scope.iter().filter_map(|&at| encounter.claim_lines.get(at as usize)) {
            self.add_out_of_scope(line, shared);
        }
    }

    /// The cells that tell what a row is about.
    fn begin(&mut self, shared: Shared, code: Option<HcpcsCode>, modifiers: Modifiers, status: &'static str) {
        self.encounter_id.push(shared.encounter_id);
        self.setting.push(shared.setting);
        let code =
            code.and_then(|code| self.known.codes.find(code, &mut self.code, |text| text.push_str(code.as_str())));
        self.code.push(code);
        let modifiers = if modifiers.is_empty() {
            None
        } else {
            self.known
                .modifiers
                .find(modifiers.number(), &mut self.modifiers, |text| spelled::modifiers(text, modifiers))
        };
        self.modifiers.push(modifiers);
        self.status.push_static(status);
    }

    fn add_compared(&mut self, encounter: &Encounter<'_>, side: &SideAudit, line: &LedgerLine, shared: Shared) {
        let coded = || line.coded_lines.iter().filter_map(|&at| side.coded.lines.get(at as usize));
        let billed = || line.claim_lines.iter().filter_map(|&at| encounter.claim_lines.get(at as usize));
        self.begin(shared, Some(line.code), line.modifiers, status(line));
        let dates = coded().filter_map(|line| line.service_date);
        self.service_date.push_day(dates.chain(billed().map(|line| line.service_date)).min());
        self.expected_units.push(Some(line.expected_units));
        self.billed_units.push(Some(line.billed_units));
        self.expected.push_cents(line.expected);
        self.billed.push_cents(line.billed);
        self.difference.push_cents(line.expected - line.billed);
        self.price_basis.push_static(line.basis.as_str());
        let versions = self.versions;
        let table = line.table.and_then(|table| {
            let name = versions.get(usize::from(table)).map_or("", String::as_str);
            self.known.tables.find(table, &mut self.price_table, |text| text.push_str(name))
        });
        self.price_table.push(table);
        match coded().next() {
            None => self.add_without_support(),
            Some(only) if line.coded_lines.len() == 1 => self.add_support_of_one(encounter, side, only),
            Some(_) => self.add_support(encounter, side, coded),
        }
        if let [only] = line.claim_lines.as_slice()
            && let Some(line) = encounter.claim_lines.get(*only as usize)
        {
            self.add_billed(line);
            return;
        }
        self.claim_lines.push_joined(";", |lines| billed().for_each(|line| lines.push(line)));
        let sum = |of: fn(&ClaimLine<'_>) -> Option<Cents>| {
            billed().filter_map(of).map(|cents| cents.0).reduce(|one, other| one + other)
        };
        self.charge.push(sum(|line| line.charge));
        self.allowed.push(sum(|line| line.allowed));
        self.paid.push(sum(|line| line.paid));
    }

    /// What was billed of a row by one claim line.
    fn add_billed(&mut self, line: &ClaimLine<'_>) {
        self.claim_lines.push_written(|text| (&line).append(text));
        self.charge.push(line.charge.map(|cents| cents.0));
        self.allowed.push(line.allowed.map(|cents| cents.0));
        self.paid.push(line.paid.map(|cents| cents.0));
    }

    /// Sites, administrations and reasons of a row for which nothing was charted.
    fn add_without_support(&mut self) {
        self.access_sites.push(None);
        self.administration_ids.push("");
        self.reason.push(None);
    }

    /// The same of a row that rests on one supported line, whose administrations stand in the order of their ids.
    fn add_support_of_one(&mut self, encounter: &Encounter<'_>, side: &SideAudit, line: &CodedLine) {
        let site = self.sites.find(&side.coded, line.site, &mut self.access_sites);
        self.access_sites.push(site.flatten());
        match line.administrations.as_slice() {
            [only] => {
                let row = encounter.administrations.get(*only as usize);
                self.administration_ids.push(row.map_or("", |row| row.administration_id));
            }
            rows => self.administration_ids.push_joined(";", |ids| push_ids(encounter, rows, ids)),
        }
        let reason = self.known.reasons.find(std::iter::once(line), None, &mut self.reason);
        self.reason.push(reason.flatten());
    }

    fn add_support<'s, I: Iterator<Item = &'s CodedLine>>(
        &mut self,
        encounter: &Encounter<'_>,
        side: &SideAudit,
        coded: impl Fn() -> I,
    ) {
        let sites = self.access_sites.find_written(|text| {
            let mut sites = Joined::new(text, ";");
            coded().filter_map(|line| spelled::site(&side.coded, line.site)).for_each(|site| sites.push_new(site));
        });
        self.access_sites.push(sites);
        let mut rows: Indexes = coded().flat_map(|line| line.administrations.iter().copied()).collect();
        spelled::sort_by_id(encounter, &mut rows);
        self.administration_ids.push_joined(";", |ids| push_ids(encounter, &rows, ids));
        let reason = self.reason.find_written(|text| spelled::spell_reasons(coded(), None, text));
        self.reason.push(reason);
    }

    fn add_out_of_scope(&mut self, line: &ClaimLine<'_>, shared: Shared) {
        self.begin(shared, line.hcpcs, line.modifiers, "out_of_scope");
        self.service_date.push_day(Some(line.service_date));
        self.expected_units.push(None);
        self.billed_units.push(Some(line.units));
        for cents in [&mut self.expected, &mut self.billed, &mut self.difference] {
            cents.push(None);
        }
        self.price_basis.push(None);
        self.price_table.push(None);
        self.add_without_support();
        self.add_billed(line);
    }

    /// The rows as a piece of the table.
    ///
    /// # Errors
    /// Texts of more than two gigabytes.
    pub(super) fn finish(self) -> Result<Piece, Error> {
        let rows = self.claim_lines.len();
        let columns = vec![
            self.encounter_id.finish()?,
            self.setting.finish()?,
            self.code.finish()?,
            self.modifiers.finish()?,
            self.status.finish()?,
            self.service_date.finish()?,
            self.expected_units.finish()?,
            self.billed_units.finish()?,
            self.expected.finish()?,
            self.billed.finish()?,
            self.difference.finish()?,
            self.price_basis.finish()?,
            self.price_table.finish()?,
            self.access_sites.finish()?,
            self.administration_ids.finish()?,
            self.reason.finish()?,
            self.claim_lines.finish()?,
            self.charge.finish()?,
            self.allowed.finish()?,
            self.paid.finish()?,
        ];
        debug_assert_eq!(columns.len(), LINES.columns.len());
        Ok(Piece::new(rows, columns))
    }
}

fn status(line: &LedgerLine) -> &'static str {
    match (line.expected_units, line.billed_units) {
        _ if line.undetermined => "undetermined",
        (expected, billed) if expected == billed => "agreed",
        (_, 0) => "missing",
        (0, _) => "extra",
        _ => "partial",
    }
}

/// The ids of rows that stand in the order of their ids.
fn push_ids(encounter: &Encounter<'_>, rows: &[u32], ids: &mut Joined<'_>) {
    let mut last = None;
    for row in rows.iter().filter_map(|&row| encounter.administrations.get(row as usize)) {
        if last != Some(row.administration_id) {
            ids.push(row.administration_id);
        }
        last = Some(row.administration_id);
    }
}
