//! The ledger: expected against billed, unit by unit, priced; rules consume what they explain.

mod ledger;
mod price;
mod risk;

pub use ledger::{Entry, INJECTIONS, Ledger, in_scope, key_modifiers};
pub use risk::{RiskWeights, share_risk};
