//! One encounter in the making: its chart, its correct lines, its bill.

use crate::model::Date;

/// One charted row, in the flowsheet's own words. Times are minutes since 1970 on the local clock, with seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub id: String,
    pub recorded: Option<i64>,
    pub code: Option<&'static str>,
    pub name: &'static str,
    pub route: &'static str,
    pub method: Option<&'static str>,
    pub device: Option<&'static str>,
    /// Seconds since 1970 on the local clock.
    pub start: Option<i64>,
    pub stop: Option<i64>,
    pub site: Option<String>,
    pub site_reason: Option<&'static str>,
    pub lumen: Option<&'static str>,
    pub purpose: Option<&'static str>,
    pub status: Option<&'static str>,
    /// Empty where none is charted.
    pub order: String,
    /// Seconds since 1970 at which it was ordered.
    pub ordered: Option<i64>,
    pub department: &'static str,
    pub bag: Option<String>,
    pub system: &'static str,
    pub dose: Option<&'static str>,
    pub unit: Option<&'static str>,
    pub container: Option<&'static str>,
    pub vial_size: Option<&'static str>,
    pub vials: Option<i64>,
    pub ordered_dose: Option<&'static str>,
    pub bought_340b: bool,
    /// Millilitres, and thousandths of a millilitre an hour.
    pub volume: Option<i64>,
    pub rate: Option<i64>,
}

/// A line that the record supports, or that was billed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    pub code: &'static str,
    pub modifier: Option<&'static str>,
    pub units: i64,
    /// Allowed cents of one unit.
    pub cents: i64,
    pub second_modifier: Option<&'static str>,
    /// The revenue code, where it is not the code's usual one.
    pub revenue: Option<&'static str>,
    pub narrative: Option<&'static str>,
    pub ndc: Option<&'static str>,
    /// Days after the encounter's own on which it is billed.
    pub days_late: i64,
    /// What the remittance says: the adjustment reason, and whether anything was paid.
    pub answer: Option<(&'static str, bool)>,
    /// Hundredths of the usual amount that were allowed, where not all of it.
    pub allowed_percent: Option<i64>,
    /// Billed by a practice beside the hospital.
    pub other_form: bool,
}

/// One line of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClaimRow {
    pub claim: String,
    pub frequency: &'static str,
    pub original: Option<String>,
    pub number: i64,
    /// Absent on a revenue-only line.
    pub code: Option<&'static str>,
    pub modifiers: [Option<&'static str>; 2],
    pub units: i64,
    pub revenue: &'static str,
    pub charge: i64,
    pub allowed: i64,
    pub submitted: i64,
    pub narrative: Option<&'static str>,
    pub ndc: Option<&'static str>,
    pub days_late: i64,
    pub answer: Option<(&'static str, bool)>,
    pub other_form: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub id: String,
    pub patient: String,
    pub facility: &'static str,
    pub class: &'static str,
    pub professional: bool,
    pub payer: (&'static str, &'static str),
    pub department: &'static str,
    pub provider: String,
    pub diagnoses: String,
    pub note: Option<&'static str>,
    /// The provider's own global period ends so many days after the encounter.
    pub global_days: Option<i64>,
    pub based: Option<&'static str>,
    pub resident: bool,
    /// A practice's place of service, where it is not the office.
    pub place: Option<&'static str>,
    /// Seconds since 1970 at which the patient arrived.
    pub arrived: i64,
    pub left: i64,
    pub rows: Vec<Row>,
    /// The correct lines.
    pub correct: Vec<Line>,
    /// What is billed; starts as the correct lines with the visit.
    pub bill: Vec<Line>,
    /// Lines that the audit does not compare: visits, laboratory, supplies.
    pub beside: Vec<Line>,
    pub claims: Vec<ClaimRow>,
    /// The rule of the planted error, what was done, and rules that it cannot help triggering too.
    pub planted: Option<(&'static str, &'static str, &'static str)>,
    /// No claim was sent at all.
    pub unbilled: bool,
    /// A second site, a second row of one service and the like: mess that would blur a planted error stays away.
    pub keep_tidy: bool,
    pub second_encounter: bool,
    /// The clock of the layout, in minutes after arrival.
    pub clock: i64,
}

impl Draft {
    pub(super) fn day(&self) -> Date {
        Date(i32::try_from(self.arrived.div_euclid(86_400)).unwrap_or(0))
    }

    /// Adds a correct line, summing units of the same code and modifier.
    pub(super) fn earn(&mut self, code: &'static str, modifier: Option<&'static str>, units: i64, cents: i64) {
        if units <= 0 {
            return;
        }
        match self.correct.iter_mut().find(|line| line.code == code && line.modifier == modifier) {
            Some(line) => line.units += units,
            None => self.correct.push(Line { code, modifier, units, cents, ..Line::default() }),
        }
    }

    pub(super) fn has(&self, code: &str) -> bool {
        self.correct.iter().any(|line| line.code == code)
    }

    /// The billed line of a code, the first where several carry it.
    pub(super) fn billed(&mut self, code: &str) -> Option<&mut Line> {
        self.bill.iter_mut().find(|line| line.code == code)
    }

    /// Takes one unit of a billed code away; the line goes with its last unit.
    pub(super) fn unbill(&mut self, code: &str, modifier: Option<&str>) {
        let fits = |line: &&mut Line| line.code == code && line.modifier == modifier;
        if let Some(line) = self.bill.iter_mut().find(fits) {
            line.units -= 1;
        }
        self.bill.retain(|line| line.units > 0);
    }

    /// Bills one more unit of a code.
    pub(super) fn add_to_bill(&mut self, code: &'static str, modifier: Option<&'static str>, units: i64) {
        match self.bill.iter_mut().find(|line| line.code == code && line.modifier == modifier) {
            Some(line) => line.units += units,
            None => {
                let cents = super::payers::administration_cents(code);
                self.bill.push(Line { code, modifier, units, cents, ..Line::default() });
            }
        }
    }

    /// `96365:59x1;96366x2;J1569x60`, in the order of code and modifier.
    pub(super) fn expected_text(&self) -> String {
        let mut lines = self.correct.clone();
        lines.sort_by_key(|line| (line.code, line.modifier));
        let shown = lines.iter().map(|line| match line.modifier {
            Some(modifier) => format!("{}:{modifier}x{}", line.code, line.units),
            None => format!("{}x{}", line.code, line.units),
        });
        shown.collect::<Vec<_>>().join(";")
    }
}
