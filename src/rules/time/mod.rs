//! T: time.

mod chemo_sequential_miscoded;
mod concurrent_billed_for_sequential;
mod concurrent_more_than_once;
mod concurrent_same_substance;
mod hours;
mod hours_over_documented;
mod hours_unbilled;
mod hydration_during_infusion;
mod hydration_under_31_minutes;
mod infusion_billed_for_push;
mod prolonged_infusion_miscoded;
mod push_billed_for_infusion;
mod repeat_push_unbilled;
mod repeat_push_unsupported;
mod restart_billed_as_new;
mod sequential_billed_for_concurrent;

pub use chemo_sequential_miscoded::ChemoSequentialMiscoded;
pub use concurrent_billed_for_sequential::ConcurrentBilledForSequential;
pub use concurrent_more_than_once::ConcurrentMoreThanOnce;
pub use concurrent_same_substance::ConcurrentSameSubstance;
pub use hours_over_documented::HoursOverDocumented;
pub use hours_unbilled::HoursUnbilled;
pub use hydration_during_infusion::HydrationDuringInfusion;
pub use hydration_under_31_minutes::HydrationUnder31Minutes;
pub use infusion_billed_for_push::InfusionBilledForPush;
pub use prolonged_infusion_miscoded::ProlongedInfusionMiscoded;
pub use push_billed_for_infusion::PushBilledForInfusion;
pub use repeat_push_unbilled::RepeatPushUnbilled;
pub use repeat_push_unsupported::RepeatPushUnsupported;
pub use restart_billed_as_new::RestartBilledAsNew;
pub use sequential_billed_for_concurrent::SequentialBilledForConcurrent;

use super::Case;
use crate::coding::{Service, Technique};

fn infusions<'a>(case: &Case<'a>) -> Vec<&'a Service> {
    case.coded.services.iter().filter(|service| service.technique == Technique::Infusion).collect()
}

/// The administrations of drugs that were pushed more than once on one site.
fn repeated_pushes(case: &Case<'_>) -> Vec<u32> {
    let pushes: Vec<&Service> =
        case.coded.services.iter().filter(|service| service.technique == Technique::Push).collect();
    let again = |service: &&&Service| {
        pushes
            .iter()
            .any(|other| !std::ptr::eq(**service, *other) && other.drugs == service.drugs && other.site == service.site)
    };
    pushes.iter().filter(again).flat_map(|service| service.administrations.iter().copied()).collect()
}
