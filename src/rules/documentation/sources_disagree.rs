#![doc = include_str!("sources_disagree.md")]

use crate::model::{Administration, ChartTime};
use crate::rules::{Case, Direction, Example, Explained, Need, Owner, Rule, RuleInfo, Severity, Signals};
use crate::schema::Table;

static INFO: RuleInfo = RuleInfo {
    code: "IA-D06",
    name: "sources-disagree",
    family: "documentation",
    direction: Direction::Documentation,
    severity: Severity::Medium,
    probability_basis_points: 0,
    carc: "",
    rarc: "",
    owner: Owner::NursingDocumentation,
    since: "0.2.0",
    page: include_str!("sources_disagree.md"),
};

pub struct SourcesDisagree;

impl Rule for SourcesDisagree {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Column(Table::Flowsheets, "source_system")]
    }

    fn when(&self) -> Signals {
        Signals::SERVED.and(Signals::TWO_SYSTEMS)
    }

    fn check(&self, case: &mut Case<'_>) {
        let tolerance = case.policy.source_time_tolerance_minutes;
        let rows: Vec<(u32, &Administration<'_>)> = case.served_rows().map(|(_, at, row)| (at, row)).collect();
        let mut apart: Vec<u32> = Vec::new();
        let mut most = 0;
        for (at, (one, left)) in rows.iter().enumerate() {
            for (other, right) in rows.iter().skip(at + 1).filter(|(_, right)| same_administration(left, right)) {
                let differ = |one: Option<ChartTime>, other: Option<ChartTime>| {
                    one.zip(other).map_or(0, |(one, other)| (one.absolute() - other.absolute()).abs())
                };
                let minutes = differ(left.start_time, right.start_time).max(differ(left.stop_time, right.stop_time));
                if minutes > tolerance {
                    apart.extend([*one, *other]);
                    most = most.max(minutes);
                }
            }
        }
        if apart.is_empty() {
            return;
        }
        let evidence = format!(
            "Two systems chart one administration with times up to {most} minutes apart; the minutes that decide the code \
             depend on which is believed."
        );
        case.report(&INFO, Explained::at(None, apart), evidence);
    }

    fn examples(&self) -> &'static [Example] {
        const EXAMPLES: &[Example] = &[
            Example::flagged(
                "the pump says 40 minutes longer",
                &[
                    "J0696 IV infusion 10:00-10:30 order=O1 system=EHR",
                    "J0696 IV infusion 10:00-11:10 order=O1 system=PUMP",
                ],
                &["96365"],
            ),
            Example::clean(
                "both within the tolerance",
                &[
                    "J0696 IV infusion 10:00-10:30 order=O1 system=EHR",
                    "J0696 IV infusion 10:02-10:33 order=O1 system=PUMP",
                ],
                &["96365"],
            ),
            Example::clean(
                "one system",
                &[
                    "J0696 IV infusion 10:00-10:30 order=O1 system=EHR",
                    "J0696 IV infusion 10:50-11:10 order=O1 system=EHR",
                ],
                &["96365"],
            ),
        ];
        EXAMPLES
    }
}

/// Two rows of different systems about one drug under one order or bag.
fn same_administration(left: &Administration<'_>, right: &Administration<'_>) -> bool {
    let same = |one: Option<&str>, other: Option<&str>| one.is_some() && one == other;
    let systems = left.source_system.zip(right.source_system).is_some_and(|(left, right)| left != right);
    let drug = match (left.drug_code, right.drug_code) {
        (Some(one), Some(other)) => one == other,
        _ => same(left.drug_name, right.drug_name),
    };
    // Parts of one administration follow one another; two charts of the same part overlap.
    let apart = |one: Option<ChartTime>, other: Option<ChartTime>| {
        one.zip(other).is_some_and(|(stop, start)| stop.absolute() <= start.absolute())
    };
    let overlap = !apart(left.stop_time, right.start_time) && !apart(right.stop_time, left.start_time);
    overlap && systems && drug && (same(left.order_id, right.order_id) || same(left.bag_id, right.bag_id))
}
