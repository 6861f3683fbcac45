//! D: documentation.

mod gap;
mod start_time_missing;
mod stop_before_start;
mod stop_time_missing;

pub use start_time_missing::StartTimeMissing;
pub use stop_before_start::StopBeforeStart;
pub use stop_time_missing::StopTimeMissing;
