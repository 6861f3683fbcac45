//! D: documentation.

mod access_site_missing;
mod dose_missing;
mod gap;
mod implausible_duration;
mod order_missing;
mod second_site_reason_missing;
mod slow_push_by_syringe;
mod sources_disagree;
mod start_time_missing;
mod stop_before_start;
mod stop_time_missing;
mod time_derived_from_rate;
mod times_copied_from_order;
mod volume_rate_time_conflict;
mod waste_not_charted;

pub use access_site_missing::AccessSiteMissing;
pub use dose_missing::DoseMissing;
pub use implausible_duration::ImplausibleDuration;
pub(super) use implausible_duration::longest_plausible;
pub use order_missing::OrderMissing;
pub use second_site_reason_missing::SecondSiteReasonMissing;
pub use slow_push_by_syringe::SlowPushBySyringe;
pub use sources_disagree::SourcesDisagree;
pub use start_time_missing::StartTimeMissing;
pub use stop_before_start::StopBeforeStart;
pub use stop_time_missing::StopTimeMissing;
pub use time_derived_from_rate::TimeDerivedFromRate;
pub use times_copied_from_order::TimesCopiedFromOrder;
pub use volume_rate_time_conflict::VolumeRateTimeConflict;
pub(super) use volume_rate_time_conflict::rate_agrees;
pub use waste_not_charted::WasteNotCharted;
