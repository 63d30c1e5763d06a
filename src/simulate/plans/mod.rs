//! Plans for a search, compared on searches with known truth: how many runs each takes, and how often it is right when it
//! says that it is sure.

mod fit;
mod greedy;
mod plan;
mod trial;

pub use fit::{Lessons, fit};
pub use plan::{Plan, Played, Stop, play};
pub use trial::{Cell, Machine, Rates, Trial};
