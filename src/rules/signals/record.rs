//! What the charted rows, the services and the encounter tell.

use super::Signals;
use crate::model::{Administration, ChartTime, Container, Date, SubstanceClass, YesNo};
use crate::rules::{Case, documentation};

/// The signals of the record, and what those of the bill need of it.
pub(super) struct Record {
    pub(super) signals: Signals,
    /// The first day on which something was given that counts.
    pub(super) first_day: Option<Date>,
    /// A row names a multi-dose container.
    pub(super) multi_dose: bool,
}

/// Flags of the engine that rules tell.
const TOLD: [&str; 8] = [
    "missing-start",
    "missing-stop",
    "stop-before-start",
    "stop-equals-start",
    "derived-stop-time",
    "slow-push-by-syringe",
    "dose-missing",
    "jw-or-jz-unknown",
];

/// Looks at the record once. Rules look at the rows that count; here all rows speak, which can only say more.
pub(super) fn look(case: &Case<'_>) -> Record {
    let (encounter, coded) = (case.encounter, case.coded);
    let mut signals = Signals::NONE;
    signals.add(Signals::FLAGGED, coded.flags.iter().any(|flag| TOLD.contains(&flag.flag)));
    signals.add(Signals::SERVED, !coded.services.is_empty());
    signals.add(Signals::NO_RECORD, encounter.administrations.is_empty());
    signals.add(Signals::SECOND_SITE, coded.lines.iter().any(|line| line.modifiers.has_distinct_service()));
    let antineoplastic = coded.services.iter().any(|service| service.class == SubstanceClass::Antineoplastic);
    signals.add(Signals::ANTINEOPLASTIC, antineoplastic);
    signals.add(Signals::RESIDENT, encounter.resident_involved == Some(YesNo::Yes));
    let global = encounter.global_period_provider.is_some() && encounter.global_period_end.is_some();
    signals.add(Signals::GLOBAL_PERIOD, global);

    let longest = documentation::longest_plausible(encounter);
    let copied = !case.facts.copied_time_units.is_empty();
    let mut system = None;
    let mut multi_dose = false;
    for row in &encounter.administrations {
        system = system.or(row.source_system);
        signals.add(Signals::TWO_SYSTEMS, row.source_system.is_some() && row.source_system != system);
        signals.add(Signals::UNORDERED, row.order_id.is_none() && row.order_time.is_none());
        signals.add(Signals::STARTS_AT_ORDER, copied && starts_at_order(row));
        signals.add(Signals::PROGRAM_340B, row.purchased_340b == Some(YesNo::Yes));
        if let Some(minutes) = row.charted_minutes() {
            signals.add(Signals::LONG, minutes > longest);
            signals.add(Signals::RATE_CONFLICT, !documentation::rate_agrees(minutes, row));
        }
        multi_dose |= row.container == Some(Container::MultiDose);
    }
    let times = case.served_rows().flat_map(|(.., row)| [row.start_time, row.stop_time]);
    Record { signals, first_day: times.flatten().next().map(ChartTime::date), multi_dose }
}

fn starts_at_order(row: &Administration<'_>) -> bool {
    row.start_time.zip(row.order_time).is_some_and(|(start, order)| start.local == order.local)
}
