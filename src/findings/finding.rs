//! One finding: which rule, on what evidence, for how much.

use crate::model::{Cents, HcpcsCode, Modifiers, Setting};
use crate::reference::TableId;
use crate::rules::{RuleInfo, Severity};

/// Where a price comes from, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceBasis {
    /// OPPS national rate of the code's APC, by year of service.
    OppsRate,
    /// Packaged under OPPS (status N): no payment of its own.
    OppsPackaged,
    /// Packaged under OPPS beside another service of the day (status Q1).
    OppsConditionallyPackaged,
    /// Part of comprehensive observation (C-APC 8011).
    ComprehensiveApc,
    /// The payer's own fee schedule, as imported.
    FeeSchedule,
    /// The share of the charge that the payer pays.
    PercentOfCharge,
    /// Medicare physician fee schedule, national non-facility amount, by year of service.
    MpfsRate,
    /// Medicare Part B payment limit per billing unit.
    DrugPaymentLimit,
    /// Allowed amount of the billed lines of this code, per unit.
    Allowed,
    /// Paid amount of the billed lines of this code, per unit.
    Paid,
    /// Charge of the billed lines of this code, per unit.
    Charge,
    /// No basis known: counts as nothing, and is counted.
    Unpriced,
}

impl PriceBasis {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            PriceBasis::OppsRate => "opps_rate",
            PriceBasis::OppsPackaged => "opps_packaged",
            PriceBasis::OppsConditionallyPackaged => "opps_packaged_q1",
            PriceBasis::ComprehensiveApc => "comprehensive_apc_8011",
            PriceBasis::FeeSchedule => "fee_schedule",
            PriceBasis::PercentOfCharge => "percent_of_charge",
            PriceBasis::MpfsRate => "mpfs_rate",
            PriceBasis::DrugPaymentLimit => "drug_payment_limit",
            PriceBasis::Allowed => "allowed",
            PriceBasis::Paid => "paid",
            PriceBasis::Charge => "charge",
            PriceBasis::Unpriced => "unpriced",
        }
    }
}

/// Ledger units that a finding consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerUnits {
    pub code: HcpcsCode,
    /// The part of the modifiers that tells ledger entries apart: 59/XS/XE/XP/XU, or JW.
    pub modifiers: Modifiers,
    /// Billing units, at least one.
    pub units: i64,
    pub price: Cents,
    pub basis: PriceBasis,
    /// The table behind the price, an index into [`crate::reference::Reference::versions`].
    pub table: Option<TableId>,
}

/// What the record supports under the policy in force and under another value of one switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyAnswers {
    pub switch: &'static str,
    /// The other value.
    pub other_value: String,
    /// Administration codes with units under the policy in force, such as `96413x1;96415x1`, and their price.
    pub answer: (String, Cents),
    /// The same under the other value.
    pub alternative: (String, Cents),
}

/// One finding about one encounter under one setting.
#[derive(Debug, Clone)]
pub struct Finding {
    pub rule: &'static RuleInfo,
    /// The rule's severity, or what the policy makes of it.
    pub severity: Severity,
    pub setting: Setting,
    /// Index into the encounter's claim lines, where one line is meant.
    pub claim_line: Option<u32>,
    /// Indexes into the encounter's administrations, in the order of ids.
    pub administrations: Vec<u32>,
    /// Supported but not billed: the missing units this finding explains.
    pub missing: Vec<LedgerUnits>,
    /// Billed but not supported: the extra units this finding explains.
    pub extra: Vec<LedgerUnits>,
    /// price(missing) − price(extra): positive is leakage, negative is overpayment exposure.
    pub net: Cents,
    /// Probability that the claim line is denied for this, in ten-thousandths; 0 where the rule puts nothing at risk.
    pub risk_basis_points: u32,
    /// This finding's share of the line's expected loss.
    pub expected_loss: Cents,
    /// What the record shows, in one sentence, with minutes and units and without identifiers.
    pub evidence: String,
    /// The policy switch on which this difference rests, when another of its values supports the bill. Such findings
    /// stay out of the error totals.
    pub payer_policy: Option<&'static str>,
    /// Both answers, where `payer_policy` says that payers differ.
    pub answers: Option<PolicyAnswers>,
    /// How much less than the schedule was allowed; not part of `net`, which compares units.
    pub underpaid: Cents,
    /// Whether it changes when charted stops move by some minutes; `None` where that was not asked.
    pub time_sensitive: Option<bool>,
}
