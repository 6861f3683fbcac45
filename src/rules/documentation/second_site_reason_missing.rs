#![doc = include_str!("second_site_reason_missing.md")]

use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-D09",
    name: "second-site-reason-missing",
    family: "documentation",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 1500,
    carc: "16;252",
    rarc: "M127;N706",
    owner: Owner::NursingDocumentation,
    since: "0.2.0",
    page: include_str!("second_site_reason_missing.md"),
};

pub struct SecondSiteReasonMissing;

impl Rule for SecondSiteReasonMissing {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "site_reason")]
    }

    fn when(&self) -> Signals {
        Signals::SECOND_SITE
    }

    fn check(&self, case: &mut Case<'_>) {
        if case.encounter.second_encounter_of_day {
            return;
        }
        let further = case.coded.lines.iter().filter(|line| line.modifiers.has_distinct_service());
        let sites: Vec<_> = further.map(|line| (line.code, line.site)).collect();
        // The reason may stand with either site; each further one needs its own.
        let mut explained: Vec<_> = case
            .served_rows()
            .filter(|(.., row)| row.site_reason.is_some())
            .map(|(service, ..)| service.site)
            .collect();
        explained.sort_unstable();
        explained.dedup();
        if explained.len() >= sites.len() {
            return;
        }
        for (code, site) in sites {
            let of_site: Vec<_> = case.served_rows().filter(|(service, ..)| service.site == site).collect();
            let line = case.claim_lines().filter(|(_, line)| line.hcpcs == Some(code)).last().map(|(at, _)| at);
            if line.is_none() || of_site.iter().any(|(.., row)| row.site_reason.is_some()) {
                continue;
            }
            let rows = of_site.iter().map(|(_, at, _)| *at).collect();
            let evidence =
                format!("A further access site earns its own {code}, but no row says why the site was needed.");
            case.report(&INFO, Explained::at(line, rows), evidence);
        }
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "a second site without a reason",
                &[
                    "ceftriaxone:therapeutic IV infusion 10:00-10:40",
                    "vancomycin:therapeutic IV infusion 11:00-12:00 site=R",
                ],
                &["96365", "96365:59"],
            ),
            Example::clean(
                "with its reason",
                &[
                    "ceftriaxone:therapeutic IV infusion 10:00-10:40",
                    "vancomycin:therapeutic IV infusion 11:00-12:00 site=R reason=incompatible",
                ],
                &["96365", "96365:59"],
            ),
            Example::clean(
                "one site",
                &["ceftriaxone:therapeutic IV infusion 10:00-10:40", "vancomycin:therapeutic IV infusion 11:00-12:00"],
                &["96365", "96367"],
            ),
        ];
        EXAMPLES
    }
}
