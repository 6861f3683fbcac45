//! T: time.

mod hours_over_documented;
mod hours_unbilled;
mod infusion_billed_for_push;
mod push_billed_for_infusion;
mod hydration_under_31_minutes;
mod hydration_during_infusion;
mod sequential_billed_for_concurrent;
mod concurrent_billed_for_sequential;
mod concurrent_more_than_once;
mod restart_billed_as_new;
mod hours;

pub use hours_over_documented::HoursOverDocumented;
pub use hours_unbilled::HoursUnbilled;
pub use infusion_billed_for_push::InfusionBilledForPush;
pub use push_billed_for_infusion::PushBilledForInfusion;
pub use hydration_under_31_minutes::HydrationUnder31Minutes;
pub use hydration_during_infusion::HydrationDuringInfusion;
pub use sequential_billed_for_concurrent::SequentialBilledForConcurrent;
pub use concurrent_billed_for_sequential::ConcurrentBilledForSequential;
pub use concurrent_more_than_once::ConcurrentMoreThanOnce;
pub use restart_billed_as_new::RestartBilledAsNew;
