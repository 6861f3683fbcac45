//! What the record supports: a pure function from one encounter, a policy and the reference tables to coded lines.

mod result;

pub use result::{
    Coded, CodedLine, Family, Flag, LineKind, NotBilled, Reason, Service, SiteIndex, Technique,
};
