//! The cells that plans are judged on, and what a plan may assume of them.

use std::fmt;

use crate::model::behaviour::RatePrior;
use crate::model::beta_binomial::BetaPrior;
use crate::model::rate::RateGrid;
use crate::model::search::Assumptions;
use crate::prob::Prob;

use super::fit::{Lessons, fit};
use super::plan::Stop;
use super::trial::{Cell, Rates};

/// Cells of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// One rate everywhere, on short and long lines.
    Constant,
    /// A rate a revision.
    Uneven,
    /// One rate, and another bug over a fifth of the line.
    Other,
    /// A rate a revision, and another bug.
    Both,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Constant, Self::Uneven, Self::Other, Self::Both];

    /// Its cells.
    #[must_use]
    pub fn cells(self) -> Vec<Cell> {
        let cell = |commits, rates, other| Cell { commits, rates, other };
        let constant = |theta| Rates::Constant { theta };
        let uneven = |mu| [2.0, 4.0, 8.0].map(|kappa| Rates::Uneven { mu, kappa });
        let lines = [200, 2000, 20_000];
        match self {
            Self::Constant => {
                let rates = [0.9, 0.5, 0.3, 0.1].map(constant);
                rates.into_iter().flat_map(|rates| lines.map(|commits| cell(commits, rates, 0.0))).collect()
            }
            Self::Uneven => [0.6, 0.3].into_iter().flat_map(uneven).map(|rates| cell(200, rates, 0.0)).collect(),
            Self::Other => [0.1, 0.3, 0.6].map(|other| cell(200, constant(0.5), other)).to_vec(),
            Self::Both => [0.6, 0.3].map(|mu| cell(200, Rates::Uneven { mu, kappa: 4.0 }, 0.3)).to_vec(),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rates {
            Rates::Constant { theta } => write!(f, "rate {theta}")?,
            Rates::Uneven { mu, kappa } => write!(f, "rates {mu}, kappa {kappa}")?,
        }
        if self.other > 0.0 {
            write!(f, ", other bug {}", self.other)?;
        }
        write!(f, ", {} commits", self.commits)
    }
}

/// What a plan may assume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Belief {
    /// That the rate is one, whatever it be.
    Constant,
    /// What searches in all cells taught, cells as often as each other.
    Fitted,
}

impl Belief {
    /// The assumptions. The fitted ones are learned anew, which takes a while.
    #[must_use]
    pub fn assumptions(self) -> Assumptions {
        match self {
            Self::Constant => Assumptions { rates: RatePrior::constant(), leak: LEAK },
            Self::Fitted => learned(),
        }
    }
}

/// Good revisions show the bug in one run of two thousand.
const LEAK: BetaPrior = BetaPrior { a: 0.005, b: 9.995 };

/// Fitted on lines of 200 commits: rates do not depend on the length.
fn learned() -> Assumptions {
    let start = Assumptions { rates: RatePrior::from(&RateGrid::default()), leak: LEAK };
    let cells = Group::ALL.into_iter().flat_map(Group::cells).map(|cell| Cell { commits: 200, ..cell });
    let stop = Stop { target: Prob::saturating(0.95), floor: Prob::ZERO, budget: 300 };
    let lessons = Lessons { trials: 30, seed: 1001, rounds: 100, stop };
    fit(&cells.collect::<Vec<_>>(), &start, lessons)
}
