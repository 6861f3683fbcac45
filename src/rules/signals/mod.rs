//! What can be told of a case before any rule looks at it, so that a rule whose subject is absent need not look.
//!
//! Most encounters are billed as the record supports, and hardly a rule concerns them. A rule names the signals without
//! which it can find nothing; tests built with debug assertions run it all the same and make sure that it finds nothing
//! then. A signal is told from the bill, the record and the diagnoses in one pass each; it may be there where the rule
//! finds nothing, never the other way round.

mod bill;
mod diagnoses;
mod record;

use super::Case;
use crate::model::{EncounterClass, PayerType, Setting};

/// A set of signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signals(u64);

/// What the ledger and the findings say; rules change it.
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
    /// Extra units of a drug of the table.
    pub const EXTRA_DRUG: Signals = Signals(1 << 4);
    /// Missing units of a drug of the table.
    pub const MISSING_DRUG: Signals = Signals(1 << 5);
    /// Extra units of a code that is no drug.
    pub const EXTRA_SERVICE: Signals = Signals(1 << 6);
    /// Missing units of a code that is no drug.
    pub const MISSING_SERVICE: Signals = Signals(1 << 7);
}

/// What is billed on this form.
impl Signals {
    /// A line carries a code.
    pub const BILLED: Signals = Signals(1 << 8);
    pub const ADMINISTRATION: Signals = Signals(1 << 9);
    /// A drug of the table, and no administration.
    pub const DRUG_ALONE: Signals = Signals(1 << 10);
    /// An administration, and no drug of the table.
    pub const ADMINISTRATION_ALONE: Signals = Signals(1 << 11);
    /// An administration code of the chemotherapy family.
    pub const CHEMOTHERAPY: Signals = Signals(1 << 12);
    pub const HYDRATION: Signals = Signals(1 << 13);
    /// An initial service is billed twice, or two of them.
    pub const INITIAL_TWICE: Signals = Signals(1 << 14);
    /// An add-on without any of its parents.
    pub const PARENT_ABSENT: Signals = Signals(1 << 15);
    /// A drug without a code of its own.
    pub const UNCLASSIFIED: Signals = Signals(1 << 16);
    /// Line access, a draw or a flush that an administration includes, not told apart by a modifier.
    pub const INCLUDED: Signals = Signals(1 << 17);
    /// 99211.
    pub const NURSE_VISIT: Signals = Signals(1 << 18);
    /// Another visit, with 25.
    pub const VISIT_WITH_25: Signals = Signals(1 << 19);
    /// Another visit, without 25.
    pub const VISIT_WITHOUT_25: Signals = Signals(1 << 20);
    pub const EMERGENCY_VISIT: Signals = Signals(1 << 21);
    /// JW.
    pub const WASTE: Signals = Signals(1 << 22);
    /// JW or JZ on a drug that may come from a multi-dose container or be paid with the service.
    pub const WASTE_DOUBTFUL: Signals = Signals(1 << 23);
    /// A drug without JW and JZ that may need one.
    pub const WASTE_UNMARKED: Signals = Signals(1 << 24);
    /// 59 or an X modifier.
    pub const DISTINCT: Signals = Signals(1 << 25);
    /// A modifier on a kind of code that it does not fit.
    pub const MODIFIER_MISPLACED: Signals = Signals(1 << 26);
    /// A 340B modifier, or a row that was bought under the program.
    pub const PROGRAM_340B: Signals = Signals(1 << 27);
    /// A line lacks the modifier of its off-campus department, or carries one that is not its own.
    pub const DEPARTMENT_MISMARKED: Signals = Signals(1 << 28);
    /// A code that was not in force on its day.
    pub const NOT_IN_FORCE: Signals = Signals(1 << 29);
    /// Two codes that may be a national pair.
    pub const PAIRED: Signals = Signals(1 << 30);
    /// Units that may be above the national limit.
    pub const OVER_LIMIT: Signals = Signals(1 << 31);
    /// A code of which no unit is paid.
    pub const LIMIT_ZERO: Signals = Signals(1 << 32);
    /// A drug on one of the payer's lists.
    pub const LISTED_DRUG: Signals = Signals(1 << 33);
    /// A revenue code that does not fit the code.
    pub const REVENUE_MISMATCH: Signals = Signals(1 << 34);
    /// A day other than the first one that was charted.
    pub const OTHER_DAY: Signals = Signals(1 << 35);
    /// A place of service in which the facility bills.
    pub const IN_FACILITY: Signals = Signals(1 << 36);
    /// The other form was billed too.
    pub const BOTH_FORMS: Signals = Signals(1 << 37);
    /// An inpatient stay, or a line on an inpatient bill.
    pub const INPATIENT: Signals = Signals(1 << 38);
    /// A line has adjustment reason codes.
    pub const ANSWERED: Signals = Signals(1 << 39);
    /// Such a line was not paid.
    pub const UNPAID: Signals = Signals(1 << 40);
}

/// What the record, the encounter and the diagnoses say.
impl Signals {
    /// Something was given that counts.
    pub const SERVED: Signals = Signals(1 << 41);
    /// No row was charted.
    pub const NO_RECORD: Signals = Signals(1 << 42);
    /// The engine flagged a row with something that a rule tells.
    pub const FLAGGED: Signals = Signals(1 << 43);
    /// A supported line is distinct from another.
    pub const SECOND_SITE: Signals = Signals(1 << 44);
    pub const ANTINEOPLASTIC: Signals = Signals(1 << 45);
    /// Rows of two source systems.
    pub const TWO_SYSTEMS: Signals = Signals(1 << 46);
    /// A row without an order.
    pub const UNORDERED: Signals = Signals(1 << 47);
    /// A row that starts at the time of its order.
    pub const STARTS_AT_ORDER: Signals = Signals(1 << 48);
    /// A row whose minutes at its rate are not about its volume.
    pub const RATE_CONFLICT: Signals = Signals(1 << 49);
    /// A row that is longer than the encounter or a day.
    pub const LONG: Signals = Signals(1 << 50);
    pub const FACILITY: Signals = Signals(1 << 51);
    pub const PROFESSIONAL: Signals = Signals(1 << 52);
    pub const MEDICARE: Signals = Signals(1 << 53);
    pub const RESIDENT: Signals = Signals(1 << 54);
    /// A surgeon's global period.
    pub const GLOBAL_PERIOD: Signals = Signals(1 << 55);
    /// A neoplasm, and the first diagnosis is no encounter for its treatment.
    pub const TREATMENT_NOT_FIRST: Signals = Signals(1 << 56);
    /// An encounter for treatment without a neoplasm, or one for monitoring as the first diagnosis.
    pub const TREATMENT_MISUSED: Signals = Signals(1 << 57);
    /// No diagnosis of a disease.
    pub const SYMPTOMS_ALONE: Signals = Signals(1 << 58);
}

impl Signals {
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

    /// The signals as the bits of a number, for tables of sets.
    pub(super) const fn bits(self) -> u64 {
        self.0
    }

    /// Adds a signal where it is there.
    fn add(&mut self, signal: Signals, there: bool) {
        self.0 |= if there { signal.0 } else { 0 };
    }

    /// The signals of a case before the first rule.
    #[must_use]
    pub(super) fn of(case: &Case<'_>) -> Self {
        let encounter = case.encounter;
        let record = record::look(case);
        let mut signals = record.signals;
        signals.add(Self::FACILITY, case.setting() == Setting::Facility);
        signals.add(Self::PROFESSIONAL, case.setting() == Setting::Professional);
        signals.add(Self::MEDICARE, encounter.payer_type == Some(PayerType::Medicare));
        signals.add(Self::INPATIENT, encounter.encounter_class == Some(EncounterClass::Inpatient));
        signals = signals.and(bill::look(case, &record));
        if signals.has(Self::ADMINISTRATION) {
            signals = signals.and(diagnoses::look(case));
        }
        signals.renew(case);
        signals
    }

    /// Looks again at what rules change.
    pub(super) fn renew(&mut self, case: &Case<'_>) {
        let mut now = Self::NONE;
        for entry in &case.ledger.entries {
            let (extra, missing) = (entry.extra() > 0, entry.missing() > 0);
            if extra || missing {
                let drug = case.reference.drug(entry.code).is_some();
                now.add(if drug { Self::EXTRA_DRUG } else { Self::EXTRA_SERVICE }.and(Self::EXTRA), extra);
                now.add(if drug { Self::MISSING_DRUG } else { Self::MISSING_SERVICE }.and(Self::MISSING), missing);
                now = now.and(Self::OPEN);
            }
        }
        now.add(Self::FOUND, !case.findings.is_empty());
        let of_ledger = Self::EXTRA_DRUG.and(Self::EXTRA_SERVICE).and(Self::MISSING_DRUG).and(Self::MISSING_SERVICE);
        let renewed = of_ledger.and(Self::EXTRA).and(Self::MISSING).and(Self::OPEN).and(Self::FOUND);
        *self = Signals(self.0 & !renewed.0 | now.0);
    }
}
