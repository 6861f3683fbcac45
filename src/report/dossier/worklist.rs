//! The findings with most at stake, as the page's table holds them.

use crate::run::Row;
use serde_json::{Value, json};

/// Rows on the page; `findings.parquet` and the CSV files hold all.
const WORKLIST: usize = 5_000;

/// What a row of the worklist holds, in order. Money in cents.
pub const COLUMNS: [&str; 17] = [
    "finding_id",
    "encounter_id",
    "service_date",
    "rule_code",
    "rule_name",
    "owner",
    "severity",
    "department",
    "rendering_provider",
    "payer",
    "setting",
    "claim_line",
    "expected_codes",
    "billed_codes",
    "net_cents",
    "expected_loss_cents",
    "evidence",
];

#[derive(Debug, Default)]
pub(super) struct Worklist {
    rows: Vec<(i64, String, Vec<Value>)>,
    /// What a row must beat since the list was last trimmed.
    least: Option<(i64, String)>,
}

impl Worklist {
    pub(super) fn add(&mut self, row: Row<'_>) {
        let (net, loss) = (row.cents(14), row.cents(15));
        let stake = net.abs().max(loss);
        if self.least.as_ref().is_some_and(|(least, id)| (-stake, row.text(0)) > (-least, id.as_str())) {
            return;
        }
        let claim = match row.integer(11) {
            Some(line) => format!("{}/{line}", row.text(10)),
            None => String::new(),
        };
        let disputed = row.text(16);
        let evidence = if disputed.is_empty() {
            row.text(17).to_owned()
        } else {
            format!("{} Disputed: rests on the payer switch {disputed}.", row.text(17))
        };
        let day = row.day(2).map(|day| day.to_string()).unwrap_or_default();
        let text = |at: usize| Value::from(row.text(at));
        let values = vec![
            text(0),
            text(1),
            json!(day),
            text(3),
            json!(row.text(21).replace('-', " ")),
            json!(row.text(4).replace('_', " ")),
            text(5),
            text(6),
            text(7),
            text(8),
            text(9),
            json!(claim),
            text(12),
            text(13),
            json!(net),
            json!(loss),
            json!(evidence),
        ];
        self.rows.push((stake, row.text(0).to_owned(), values));
        // It never holds more than twice what it shows.
        if self.rows.len() >= 2 * WORKLIST {
            self.trim();
        }
    }

    fn trim(&mut self) {
        self.rows.sort_unstable_by(|(one, id, _), (other, other_id, _)| (-one, id).cmp(&(-other, other_id)));
        self.rows.truncate(WORKLIST);
        self.least = self.rows.get(WORKLIST - 1).map(|(stake, id, _)| (*stake, id.clone()));
    }

    pub(super) fn rows(mut self) -> Vec<Vec<Value>> {
        self.trim();
        self.rows.into_iter().map(|(_, _, values)| values).collect()
    }
}
