//! Plans for a search, compared on searches with known truth: how many runs each takes, and how often it is right when it
//! says that it is sure.

mod cells;
mod greedy;
mod judge;
mod plan;
mod trial;

pub use cells::{Belief, Group};
pub use judge::{Row, bound, judge, trials, yardstick};
pub use plan::{Limits, Plan, Played, play};
pub use trial::{Cell, Machine, Rates, Trial};
