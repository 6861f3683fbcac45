//! T: time.

mod concurrent_billed_for_sequential;
mod concurrent_more_than_once;
mod hours;
mod hours_over_documented;
mod hours_unbilled;
mod hydration_during_infusion;
mod hydration_under_31_minutes;
mod infusion_billed_for_push;
mod push_billed_for_infusion;
mod restart_billed_as_new;
mod sequential_billed_for_concurrent;

pub use concurrent_billed_for_sequential::ConcurrentBilledForSequential;
pub use concurrent_more_than_once::ConcurrentMoreThanOnce;
pub use hours_over_documented::HoursOverDocumented;
pub use hours_unbilled::HoursUnbilled;
pub use hydration_during_infusion::HydrationDuringInfusion;
pub use hydration_under_31_minutes::HydrationUnder31Minutes;
pub use infusion_billed_for_push::InfusionBilledForPush;
pub use push_billed_for_infusion::PushBilledForInfusion;
pub use restart_billed_as_new::RestartBilledAsNew;
pub use sequential_billed_for_concurrent::SequentialBilledForConcurrent;
