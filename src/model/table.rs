//! Tables of likelihoods, so that no gamma function is left in the models' loops.
//!
//! `BB(k, n; a, b) = a^(k) b^(n-k) / (a + b)^(n)` with rising factorials `x^(m) = x (x + 1) … (x + m - 1)`; the logarithms
//! of these are cumulative sums.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use statrs::function::gamma::ln_gamma;

use crate::prob::{LogProb, Prob};

use super::behaviour::{Behaviour, RatePrior};
use super::beta_binomial::{BetaPrior, Tally};
use super::chain::ChainTable;
use super::culprit::Places;
use super::drift::{Drift, DriftTable, Shares};
use super::trials::Trials;

/// Longer tables cost more than they save.
const LONGEST: u32 = 4096;

/// `ln x^(m)` for small `m`.
#[derive(Clone, Debug)]
struct Rising {
    x: f64,
    ln: Vec<f64>,
}

impl Rising {
    fn new(x: f64, longest: u32) -> Self {
        let mut sum = 0.0;
        let steps = (0..longest.min(LONGEST)).map(|j| {
            sum += (x + f64::from(j)).ln();
            sum
        });
        Self { x, ln: std::iter::once(0.0).chain(steps).collect() }
    }

    fn ln(&self, m: u32) -> f64 {
        let tabulated = self.ln.get(m as usize).copied();
        tabulated.unwrap_or_else(|| ln_gamma(self.x + f64::from(m)) - ln_gamma(self.x))
    }
}

/// `ln BB` under one prior.
#[derive(Clone, Debug)]
pub struct SequenceTable {
    a: Rising,
    b: Rising,
    both: Rising,
}

impl SequenceTable {
    /// A table for up to `longest` trials; more are computed.
    #[must_use]
    pub fn new(prior: BetaPrior, longest: u32) -> Self {
        let BetaPrior { a, b } = prior;
        Self { a: Rising::new(a, longest), b: Rising::new(b, longest), both: Rising::new(a + b, longest) }
    }

    /// As [`BetaPrior::ln_sequence`].
    #[must_use]
    pub fn ln(&self, tally: Tally) -> f64 {
        self.a.ln(tally.crashes) + self.b.ln(tally.passes) - self.both.ln(tally.trials())
    }
}

/// `ln P` of trials under one behaviour, wherever the revision lies.
#[derive(Clone, Debug)]
pub enum BehaviourTable {
    /// [`Behaviour::Uneven`].
    Uneven(SequenceTable),
    /// [`Behaviour::Repeating`].
    Repeating(ChainTable),
    /// [`Behaviour::Drifting`].
    Drifting(Drift),
}

impl BehaviourTable {
    /// Trials that tables are made for: longer ones are rare, and computed.
    const TRIALS: u32 = 64;

    /// A table for one behaviour.
    #[must_use]
    pub fn new(behaviour: Behaviour) -> Self {
        match behaviour {
            Behaviour::Uneven { mu, kappa } => {
                Self::Uneven(SequenceTable::new(BetaPrior::with_mean(mu, kappa), Self::TRIALS))
            }
            Behaviour::Repeating { theta, repeat } => Self::Repeating(ChainTable::new(theta, repeat)),
            Behaviour::Drifting { origin, change } => Self::Drifting(Drift { origin, change }),
        }
    }

    /// `ln P` of one revision with the bug.
    #[must_use]
    pub fn ln(&self, trials: &Trials) -> f64 {
        match self {
            Self::Uneven(table) => table.ln(trials.tally),
            Self::Repeating(table) => table.ln(trials),
            Self::Drifting(drift) => drift.ln_anywhere(trials),
        }
    }
}

/// The chance of one revision's trials under every behaviour, wherever the revision lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    /// `ln P(trials | b)`, one a behaviour, if the revision has the bug.
    pub ln: Vec<f64>,
    /// `ln P(trials)` if it has not.
    pub leak: f64,
    /// The largest of `ln`.
    pub(super) scale: f64,
    /// `P(trials | b) exp(-scale)`, in [0, 1].
    pub(super) chances: Vec<f64>,
}

impl Weighed {
    /// `ln P(trials)` averaged with these weights, one a behaviour.
    fn ln_mixture(&self, weights: impl Iterator<Item = f64>) -> LogProb {
        let sum: f64 = weights.zip(&self.chances).map(|(weight, chance)| weight * chance).sum();
        LogProb::from_ln(self.scale + sum.ln())
    }
}

/// What trials of one bisection are judged by: every behaviour on its line, and the leak. Remembers what it has judged.
#[derive(Clone, Debug)]
pub struct RateTable {
    weights: Vec<f64>,
    /// The same, zero for those that drift.
    still: Vec<f64>,
    parts: Arc<[BehaviourTable]>,
    drifting: Vec<(usize, DriftTable)>,
    /// How a revision without the bug crashes.
    pub leak: SequenceTable,
    seen: RefCell<HashMap<Trials, Rc<Weighed>>>,
}

impl RateTable {
    /// For a line with up to `longest` trials at a point (more are possible, and slower), whose gaps have `sizes` commits
    /// (the first unknown).
    #[must_use]
    pub fn new(prior: &RatePrior, leak: BetaPrior, longest: u32, sizes: &[f64]) -> Self {
        let (parts, shares) = (prior.tables(), Shares::new(sizes));
        let weights: Vec<_> = prior.parts().iter().map(|(_, weight)| weight.exp().value()).collect();
        let drift = |(part, table): (usize, &BehaviourTable)| match table {
            BehaviourTable::Drifting(drift) => Some((part, DriftTable::new(*drift, &shares))),
            _ => None,
        };
        let drifting: Vec<_> = parts.iter().enumerate().filter_map(drift).collect();
        let mut still = weights.clone();
        for (part, _) in &drifting {
            still[*part] = 0.0;
        }
        Self { weights, still, parts, drifting, leak: SequenceTable::new(leak, longest), seen: RefCell::default() }
    }

    /// The prior's weights, one a behaviour; they sum to one.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The same with zeros for those that move along the line.
    pub(super) fn still_weights(&self) -> &[f64] {
        &self.still
    }

    /// The chance of one revision's trials under every behaviour.
    #[must_use]
    pub fn weigh(&self, trials: &Trials) -> Rc<Weighed> {
        /// A few megabytes.
        const REMEMBERED: usize = 1024;
        let mut seen = self.seen.borrow_mut();
        if seen.len() >= REMEMBERED && !seen.contains_key(trials) {
            seen.clear();
        }
        let weighed = || {
            let ln: Vec<_> = self.parts.iter().map(|part| part.ln(trials)).collect();
            let scale = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let chances = ln.iter().map(|ln| (ln - scale).exp()).collect();
            Rc::new(Weighed { ln, leak: self.leak.ln(trials.tally), scale, chances })
        };
        Rc::clone(seen.entry(*trials).or_insert_with(weighed))
    }

    /// `ln w(b) P(trials of the bad points | b)` of the behaviours that move along the line, with their indices: one number
    /// a place.
    pub(super) fn drifting(&self, trials: &[Trials], places: Places<'_>) -> Vec<(usize, Vec<f64>)> {
        let columns = self.drifting.iter().map(|(part, table)| {
            let mut column = match places {
                Places::Line => table.column(trials),
                Places::Branched(places) => table.column_of(trials, places),
            };
            let weight = self.weights[*part].ln();
            for ln in &mut column {
                *ln += weight;
            }
            (*part, column)
        });
        columns.collect()
    }

    /// `ln P` of one bad revision's trials, averaged with these weights, one a behaviour.
    #[must_use]
    pub fn ln_mixture(&self, weights: &[Prob], trials: &Trials) -> LogProb {
        self.weigh(trials).ln_mixture(weights.iter().map(|weight| weight.value()))
    }

    /// `ln P` of one bad revision's trials, averaged with the prior's own weights.
    #[must_use]
    pub fn ln_prior_mixture(&self, trials: &Trials) -> LogProb {
        self.weigh(trials).ln_mixture(self.weights.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_hold_the_beta_binomial() {
        for prior in [BetaPrior::LEAK, BetaPrior::JEFFREYS, BetaPrior::with_mean(0.7, 64.0)] {
            let table = SequenceTable::new(prior, 20);
            for (crashes, passes) in [(0, 0), (3, 7), (20, 0), (0, 20), (30, 5000), (6000, 1)] {
                let tally = Tally { crashes, passes };
                let (got, expected) = (table.ln(tally), prior.ln_sequence(tally).ln());
                assert!((got - expected).abs() < 1e-7 * expected.abs().max(1.0), "{tally:?}: {got} {expected}");
            }
        }
    }
}
