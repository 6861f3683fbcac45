//! Data checks: whether the data of a run can be believed, judged before anything is published.
//!
//! A feed that was misread looks like bad billing. Each check compares one share of the run with a limit: rows that cannot
//! be read, encounters without their chart or their bill, money of the wrong scale, and so on. A share counts as beyond its
//! limit only when the lower end of its 99.9 % Wilson interval is, so that a small feed is not stopped by chance.
//!
//! Data flow: [`observe`] counts per encounter while it is audited, [`DataCounts`] adds the counts up, [`judge`] compares
//! them with [`CheckLimits`], [`DataState`] is what manifest, pages and terminal show of it.

mod check;
mod counts;
mod diagnosis;
mod judge;
mod limits;
mod observe;
mod pairing;
mod sentences;
mod state;

pub use check::Check;
pub use counts::{Counter, DataCounts, DayCounts};
pub use diagnosis::{Stop, clear as clear_diagnosis, write as write_diagnosis};
pub use judge::{Evidence, FileRows, Gone, judge};
pub use limits::CheckLimits;
pub(crate) use limits::KEYS as LIMIT_KEYS;
pub use observe::observe;
pub use state::{DataState, Judgement, Side, Verdict, count, percent};
