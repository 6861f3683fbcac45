//! D: documentation.

mod stop_time_missing;
mod start_time_missing;
mod stop_before_start;
mod gap;

pub use stop_time_missing::StopTimeMissing;
pub use start_time_missing::StartTimeMissing;
pub use stop_before_start::StopBeforeStart;
