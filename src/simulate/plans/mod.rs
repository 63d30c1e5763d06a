//! Plans for a search, compared on searches with known truth: how many runs each takes, and how often it is right when it
//! says that it is sure.

mod cells;
mod fit;
mod greedy;
mod judge;
mod plan;
mod trial;

pub use cells::{Belief, Group};
pub use fit::{Lessons, fit};
pub use judge::{Row, judge, limit, trials};
pub use plan::{Plan, Played, Stop, play};
pub use trial::{Cell, Machine, Rates, Trial};
