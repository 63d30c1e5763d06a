//! Findings → a decision: does this result pass? [`policy`] says what is demanded, [`judge`] compares, [`decision`] holds
//! what was decided, and everything that leaves the program — text, JSON, SARIF, annotations — is drawn from it
//! ([`mod@format`]).

#[doc(hidden)]
pub mod baseline;
#[doc(hidden)]
pub mod decision;
#[doc(hidden)]
pub mod format;
#[doc(hidden)]
pub mod judge;
#[doc(hidden)]
pub mod policy;

pub use baseline::{Baseline, BaselineError};
pub use decision::{Decision, Failure, Judged, Level, Outcome, Ruled, Unread};
pub use format::{Format, write};
pub use judge::{find, judge};
pub use policy::{Policy, PolicyError};
