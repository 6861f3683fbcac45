//! The columns of the result tables.

use super::table::Kind::{Day, Flag, Integer, Small, Text, Time};
use super::table::Layout;
use arrow::datatypes::Schema;
use std::sync::Arc;

pub(super) const FINDINGS: Layout = Layout {
    columns: &[
        ("finding_id", Text),
        ("encounter_id", Text),
        ("patient_id", Text),
        ("rule_code", Text),
        ("rule_name", Text),
        ("rule_family", Text),
        ("direction", Text),
        ("severity", Text),
        ("owner", Text),
        ("setting", Text),
        ("payer", Text),
        ("payer_type", Text),
        ("encounter_class", Text),
        ("department", Text),
        ("rendering_provider", Text),
        ("service_date", Day),
        ("month", Text),
        ("claim_id", Text),
        ("line_number", Integer),
        ("expected_codes", Text),
        ("billed_codes", Text),
        ("administration_ids", Text),
        ("net_cents", Integer),
        ("leakage_cents", Integer),
        ("overpayment_cents", Integer),
        ("risk_basis_points", Small),
        ("expected_loss_cents", Integer),
        ("price_basis", Text),
        ("price_table", Text),
        ("underpaid_cents", Integer),
        ("policy_switch", Text),
        ("policy_other_value", Text),
        ("answer_codes", Text),
        ("answer_cents", Integer),
        ("alternative_codes", Text),
        ("alternative_cents", Integer),
        ("carc", Text),
        ("rarc", Text),
        ("evidence", Text),
        ("time_sensitive", Flag),
    ],
};

pub(super) const LINES: Layout = Layout {
    columns: &[
        ("encounter_id", Text),
        ("setting", Text),
        ("code", Text),
        ("modifiers", Text),
        ("status", Text),
        ("service_date", Day),
        ("expected_units", Integer),
        ("billed_units", Integer),
        ("expected_cents", Integer),
        ("billed_cents", Integer),
        ("difference_cents", Integer),
        ("price_basis", Text),
        ("price_table", Text),
        ("access_sites", Text),
        ("administration_ids", Text),
        ("reason", Text),
        ("claim_lines", Text),
        ("charge_cents", Integer),
        ("allowed_cents", Integer),
        ("paid_cents", Integer),
    ],
};

pub(super) const ENCOUNTERS: Layout = Layout {
    columns: &[
        ("encounter_id", Text),
        ("setting", Text),
        ("patient_id", Text),
        ("payer", Text),
        ("payer_type", Text),
        ("encounter_class", Text),
        ("department", Text),
        ("rendering_provider", Text),
        ("service_date", Day),
        ("month", Text),
        ("administrations", Integer),
        ("billed_lines", Integer),
        ("expected_lines", Integer),
        ("expected_cents", Integer),
        ("billed_cents", Integer),
        ("net_cents", Integer),
        ("leakage_cents", Integer),
        ("overpayment_cents", Integer),
        ("disputed_cents", Integer),
        ("expected_loss_cents", Integer),
        ("findings", Integer),
        ("clean", Flag),
    ],
};

pub(super) const ADMINISTRATIONS: Layout = Layout {
    columns: &[
        ("encounter_id", Text),
        ("setting", Text),
        ("administration_id", Text),
        ("drug_code", Text),
        ("drug_name", Text),
        ("substance_class", Text),
        ("route", Text),
        ("family", Text),
        ("technique", Text),
        ("access_site", Text),
        ("start_time", Time),
        ("stop_time", Time),
        ("minutes", Integer),
        ("codes", Text),
        ("reason", Text),
        ("flags", Text),
    ],
};

/// Where the rows of each encounter went; kept beside the results where runs build on one another.
pub(super) const ACCOUNTS: Layout = Layout {
    columns: &[
        ("encounter_id", Text),
        ("table", Text),
        ("part", Text),
        ("reason", Text),
        ("rows", Integer),
        ("file", Integer),
        ("row", Integer),
        ("column", Text),
    ],
};

/// When each finding was first seen, and whether it still is.
pub(super) const HISTORY: Layout = Layout {
    columns: &[
        ("encounter_id", Text),
        ("finding_id", Text),
        ("rule_code", Text),
        ("first_seen", Integer),
        ("resolved", Integer),
        ("reopened", Integer),
    ],
};

/// What became of a finding since the run before.
pub(super) const CHANGES: Layout = Layout {
    columns: &[
        ("encounter_id", Text),
        ("finding_id", Text),
        ("rule_code", Text),
        ("change", Text),
        ("first_seen", Integer),
    ],
};

/// The name and schema of the accounts.
#[must_use]
pub fn accounts_layout() -> (&'static str, Arc<Schema>) {
    ("accounts.parquet", ACCOUNTS.schema())
}

/// The name and schema of the findings' history.
#[must_use]
pub fn history_layout() -> (&'static str, Arc<Schema>) {
    ("history.parquet", HISTORY.schema())
}

/// The name and schema of what changed since the run before.
#[must_use]
pub fn changes_layout() -> (&'static str, Arc<Schema>) {
    ("changes.parquet", CHANGES.schema())
}

/// The four tables' names and schemas, in the order of [`Rows::finish`].
#[must_use]
pub fn layouts() -> [(&'static str, Arc<Schema>); 4] {
    [
        ("findings.parquet", FINDINGS.schema()),
        ("lines.parquet", LINES.schema()),
        ("encounters.parquet", ENCOUNTERS.schema()),
        ("administrations.parquet", ADMINISTRATIONS.schema()),
    ]
}
