#![doc = include_str!("access_site_missing.md")]

use crate::model::{Administration, HcpcsCode, Route};
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals, codes};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-D08",
    name: "access-site-missing",
    family: "documentation",
    direction: Direction::Denial,
    severity: Severity::Medium,
    probability_basis_points: 1500,
    carc: "16;252",
    rarc: "M127;N706",
    owner: Owner::NursingDocumentation,
    since: "0.2.0",
    page: include_str!("access_site_missing.md"),
};

pub struct AccessSiteMissing;

impl Rule for AccessSiteMissing {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "access_site")]
    }

    fn when(&self) -> Signals {
        Signals::INITIAL_TWICE
    }

    fn check(&self, case: &mut Case<'_>) {
        let billed: i64 = codes::INITIALS.iter().map(|(initial, _)| case.billed(*initial)).sum();
        if billed < 2 || case.encounter.second_encounter_of_day {
            return;
        }
        let unnamed = |row: &Administration<'_>| row.route == Route::Intravenous && row.access_site.is_none();
        let rows: Vec<u32> = case.served_rows().filter(|(.., row)| unnamed(row)).map(|(_, at, _)| at).collect();
        if rows.is_empty() {
            return;
        }
        let initial = |code: Option<HcpcsCode>| codes::INITIALS.iter().any(|(initial, _)| Some(*initial) == code);
        let line = case.claim_lines().filter(|(_, line)| initial(line.hcpcs)).last().map(|(at, _)| at);
        let evidence = format!(
            "{billed} initial services were billed, which two access sites would earn; {} IV administration(s) name no \
             site.",
            rows.len()
        );
        case.report(&INFO, Explained::at(line, rows), evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "two initials, a site not charted",
                &[
                    "ceftriaxone:therapeutic IV infusion 10:00-10:40",
                    "vancomycin:therapeutic IV infusion 11:00-12:00 site=none",
                ],
                &["96365", "96365:59"],
            ),
            Example::clean(
                "both sites charted",
                &[
                    "ceftriaxone:therapeutic IV infusion 10:00-10:40",
                    "vancomycin:therapeutic IV infusion 11:00-12:00 site=R reason=incompatible",
                ],
                &["96365", "96365:59"],
            ),
            Example::clean(
                "one initial",
                &[
                    "ceftriaxone:therapeutic IV infusion 10:00-10:40",
                    "vancomycin:therapeutic IV infusion 11:00-12:00 site=none",
                ],
                &["96365", "96367"],
            ),
        ];
        EXAMPLES
    }
}
