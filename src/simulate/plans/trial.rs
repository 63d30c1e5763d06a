//! One search with known truth: a line of commits, a change, perhaps another bug, and the outcome of every run that anyone
//! could make.
//!
//! The outcomes are a tape: that of the `j`-th run at a revision depends on the seed, the revision and `j` alone. So each
//! plan that is tried sees the same machine, and a program in another language can read the same tape.

use std::collections::HashMap;

use serde::Serialize;

use crate::model::search::{Revision, Shown};

use super::super::dice::Dice;

/// How bad revisions crash.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Rates {
    /// All at one rate.
    Constant {
        /// In (0, 1).
        theta: f64,
    },
    /// Each at a rate of its own, `Beta(mu kappa, (1 - mu) kappa)`.
    Uneven {
        /// Their mean, in (0, 1).
        mu: f64,
        /// How alike they are, above 0.
        kappa: f64,
    },
}

impl Rates {
    /// The share of runs that crash, over all bad revisions.
    #[must_use]
    pub const fn mean(self) -> f64 {
        match self {
            Self::Constant { theta } => theta,
            Self::Uneven { mu, .. } => mu,
        }
    }
}

/// What trials have in common.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// Commits on the line.
    pub commits: u64,
    /// How bad revisions crash.
    pub rates: Rates,
    /// The share of runs that another bug ends, over a fifth of the line; 0 for none.
    pub other: f64,
    /// The share of runs that fail everywhere as if it were the bug: 0 for none.
    pub background: f64,
}

/// One search with known truth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// The true change, from 1 to the number of commits.
    pub change: Revision,
    /// The first and the last revision that has the other bug.
    pub other: (Revision, Revision),
    /// What the tape is made of.
    pub key: u64,
}

impl Trial {
    /// Draws the trial of this index.
    #[must_use]
    pub fn draw(cell: &Cell, seed: u64, index: u64) -> Self {
        let mut dice = Dice::new(seed, index);
        let mut below = |n: u64| u64::from(dice.below(u32::try_from(n).unwrap_or(u32::MAX)));
        let fifth = cell.commits / 5;
        let change = 1 + below(cell.commits);
        let first = below(cell.commits - fifth + 1);
        Self { change, other: (first, first + fifth), key: dice.bits() }
    }
}

/// The machine on which a plan tries revisions.
#[derive(Debug)]
pub struct Machine<'a> {
    cell: &'a Cell,
    trial: &'a Trial,
    /// Runs so far: those that the bug could have ended and those that it did.
    visited: HashMap<Revision, Visits>,
    runs: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Visits {
    made: u64,
    crashes: f64,
    trials: f64,
}

impl<'a> Machine<'a> {
    /// A machine that has run nothing.
    #[must_use]
    pub fn new(cell: &'a Cell, trial: &'a Trial) -> Self {
        Self { cell, trial, visited: HashMap::new(), runs: 0 }
    }

    /// The next run at a revision. Rates of their own are drawn as Pólya's urn: each run adds to the weight of what it
    /// showed.
    pub fn run(&mut self, revision: Revision) -> Shown {
        self.runs += 1;
        let visits = self.visited.entry(revision).or_default();
        let draw = |lane| uniform(self.trial.key, revision, visits.made, lane);
        let (masked, own, alike) = (draw(0), draw(1), draw(2));
        visits.made += 1;
        let (first, last) = self.trial.other;
        if (first..=last).contains(&revision) && masked < self.cell.other {
            return Shown::OtherBug;
        }
        if alike < self.cell.background {
            return Shown::Bug;
        }
        if revision < self.trial.change {
            return Shown::Pass;
        }
        let chance = match self.cell.rates {
            Rates::Constant { theta } => theta,
            Rates::Uneven { mu, kappa } => (mu * kappa + visits.crashes) / (kappa + visits.trials),
        };
        visits.trials += 1.0;
        if own < chance {
            visits.crashes += 1.0;
            return Shown::Bug;
        }
        Shown::Pass
    }

    /// Runs so far.
    #[must_use]
    pub const fn runs(&self) -> u32 {
        self.runs
    }

    /// Revisions that had to be built so far.
    #[must_use]
    pub fn builds(&self) -> usize {
        self.visited.len()
    }
}

/// A number in `[0, 1)` for a run.
fn uniform(key: u64, revision: Revision, run: u64, lane: u64) -> f64 {
    let bits = mixed(mixed(mixed(key ^ revision).wrapping_add(run)).wrapping_add(lane));
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / 4_294_967_296.0
}

/// `SplitMix64` (Steele, Lea & Flood 2014): spreads every bit over the whole number.
const fn mixed(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: Cell = Cell { commits: 100, rates: Rates::Uneven { mu: 0.3, kappa: 4.0 }, other: 0.5, background: 0.0 };

    #[test]
    fn the_tape_does_not_depend_on_the_order() {
        let trial = Trial::draw(&CELL, 1, 2);
        let (mut one, mut two) = (Machine::new(&CELL, &trial), Machine::new(&CELL, &trial));
        let forward: Vec<_> = (0..=100).map(|revision| one.run(revision)).collect();
        let mut backward: Vec<_> = (0..=100).rev().map(|revision| two.run(revision)).collect();
        backward.reverse();
        assert_eq!(forward, backward);
        assert_eq!((one.runs(), one.builds()), (101, 101));
    }

    #[test]
    fn only_bad_revisions_show_the_bug_and_as_often_as_said() {
        let (mut bad, mut crashes) = (0, 0);
        for index in 0..400 {
            let trial = Trial::draw(&CELL, 1, index);
            assert!((1..=100).contains(&trial.change));
            let mut machine = Machine::new(&CELL, &trial);
            for revision in 0..=100 {
                let shown = machine.run(revision);
                assert!(shown != Shown::Bug || revision >= trial.change);
                bad += u32::from(revision >= trial.change && shown != Shown::OtherBug);
                crashes += u32::from(shown == Shown::Bug);
            }
        }
        let share = f64::from(crashes) / f64::from(bad);
        assert!((share - 0.3).abs() < 0.01, "{share}");
    }
}
