//! What can be told of a case before any rule looks at it, so that a rule whose subject is absent need not look.
//!
//! Most encounters are billed as the record supports; of the catalogue only the rules about charting, modifiers and
//! payers concern them. A rule names the signals without which it can find nothing; tests built with debug assertions
//! run it all the same and make sure that it finds nothing then.

use super::Case;
use super::codes;
use crate::compare::Entry;
use crate::model::{EncounterClass, HcpcsCode, Modifier, PayerType, Setting};
use crate::reference::{CodeRole, Reference};

/// A set of signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signals(u32);

impl Signals {
    pub const NONE: Signals = Signals(0);
    /// The ledger holds units that are billed, not expected and not explained.
    pub const EXTRA: Signals = Signals(1);
    /// The ledger holds units that are expected, not billed and not explained.
    pub const MISSING: Signals = Signals(1 << 1);
    /// Either of the two.
    pub const OPEN: Signals = Signals(1 << 2);
    /// A rule has reported something.
    pub const FOUND: Signals = Signals(1 << 3);
    /// A line of this form carries a code.
    pub const BILLED: Signals = Signals(1 << 4);
    /// An administration is billed on this form.
    pub const ADMINISTRATION: Signals = Signals(1 << 5);
    /// Such a code of the chemotherapy family.
    pub const CHEMOTHERAPY: Signals = Signals(1 << 6);
    pub const HYDRATION: Signals = Signals(1 << 7);
    /// A drug of the table is billed on this form.
    pub const DRUG: Signals = Signals(1 << 8);
    /// A drug without a code of its own.
    pub const UNCLASSIFIED: Signals = Signals(1 << 9);
    /// Something that is neither administration nor drug, such as a visit.
    pub const OTHER: Signals = Signals(1 << 10);
    /// A line of this form carries a modifier.
    pub const MODIFIED: Signals = Signals(1 << 11);
    /// JW.
    pub const WASTE: Signals = Signals(1 << 12);
    /// JW or JZ.
    pub const WASTE_OR_NONE: Signals = Signals(1 << 13);
    /// 59 or an X modifier.
    pub const DISTINCT: Signals = Signals(1 << 14);
    /// A line of this form has adjustment reason codes.
    pub const ANSWERED: Signals = Signals(1 << 15);
    /// The engine flagged an administration.
    pub const FLAGGED: Signals = Signals(1 << 16);
    /// Something was given that counts.
    pub const SERVED: Signals = Signals(1 << 17);
    /// A supported line is distinct from another.
    pub const SECOND_SITE: Signals = Signals(1 << 18);
    /// No row was charted.
    pub const NO_RECORD: Signals = Signals(1 << 19);
    pub const FACILITY: Signals = Signals(1 << 20);
    pub const PROFESSIONAL: Signals = Signals(1 << 21);
    pub const MEDICARE: Signals = Signals(1 << 22);
    /// An inpatient stay, or a line on an inpatient bill.
    pub const INPATIENT: Signals = Signals(1 << 23);

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Signals) -> Signals {
        Signals(self.0 | other.0)
    }

    /// Whether all of `other` are there.
    #[must_use]
    pub const fn has(self, other: Signals) -> bool {
        self.0 & other.0 == other.0
    }

    fn set(&mut self, signal: Signals, there: bool) {
        if there {
            self.0 |= signal.0;
        } else {
            self.0 &= !signal.0;
        }
    }

    /// The signals of a case before the first rule.
    #[must_use]
    pub(super) fn of(case: &Case<'_>) -> Self {
        let mut signals = Self::NONE;
        let encounter = case.encounter;
        signals.set(Self::FACILITY, case.setting() == Setting::Facility);
        signals.set(Self::PROFESSIONAL, case.setting() == Setting::Professional);
        signals.set(Self::MEDICARE, encounter.payer_type == Some(PayerType::Medicare));
        signals.set(Self::INPATIENT, encounter.encounter_class == Some(EncounterClass::Inpatient));
        signals.set(Self::FLAGGED, !case.coded.flags.is_empty());
        signals.set(Self::SERVED, !case.coded.services.is_empty());
        signals.set(Self::NO_RECORD, encounter.administrations.is_empty());
        signals.set(Self::SECOND_SITE, case.coded.lines.iter().any(|line| line.modifiers.has_distinct_service()));
        for (_, line) in case.claim_lines() {
            if let Some(code) = line.hcpcs {
                signals = signals.and(Self::BILLED).and(of_code(code, case.reference));
            }
            if !line.modifiers.is_empty() {
                let waste = line.modifiers.contains(Modifier::WASTE);
                signals.0 |= Self::MODIFIED.0;
                signals.0 |= if waste { Self::WASTE.0 | Self::WASTE_OR_NONE.0 } else { 0 };
                signals.0 |= if line.modifiers.contains(Modifier::NO_WASTE) { Self::WASTE_OR_NONE.0 } else { 0 };
                signals.0 |= if line.modifiers.has_distinct_service() { Self::DISTINCT.0 } else { 0 };
            }
            signals.0 |= if line.adjustment_reason_codes.is_some() { Self::ANSWERED.0 } else { 0 };
            signals.0 |= if line.is_inpatient_bill() { Self::INPATIENT.0 } else { 0 };
        }
        signals.renew(case);
        signals
    }

    /// Looks again at what rules change.
    pub(super) fn renew(&mut self, case: &Case<'_>) {
        let entries = &case.ledger.entries;
        let (extra, missing) = (
            entries.iter().any(|entry: &Entry| entry.extra() > 0),
            entries.iter().any(|entry: &Entry| entry.missing() > 0),
        );
        self.set(Self::EXTRA, extra);
        self.set(Self::MISSING, missing);
        self.set(Self::OPEN, extra || missing);
        self.set(Self::FOUND, !case.findings.is_empty());
    }
}

fn of_code(code: HcpcsCode, reference: &Reference) -> Signals {
    let unclassified = if codes::UNCLASSIFIED.contains(&code) { Signals::UNCLASSIFIED } else { Signals::NONE };
    match reference.administration(code) {
        Some(known) if known.role == CodeRole::Administration => {
            let chemotherapy = if known.chemo { Signals::CHEMOTHERAPY } else { Signals::NONE };
            let hydration = if codes::HYDRATION.contains(&code) { Signals::HYDRATION } else { Signals::NONE };
            Signals::ADMINISTRATION.and(chemotherapy).and(hydration)
        }
        Some(_) => Signals::OTHER,
        None if reference.drug(code).is_some() => Signals::DRUG.and(unclassified),
        None => Signals::OTHER.and(unclassified),
    }
}
