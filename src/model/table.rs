//! Tables of likelihoods, so that no gamma function is left in the models' loops.
//!
//! `BB(k, n; a, b) = a^(k) b^(n-k) / (a + b)^(n)` with rising factorials `x^(m) = x (x + 1) … (x + m - 1)`; the logarithms
//! of these are cumulative sums.

use statrs::function::gamma::ln_gamma;

use crate::prob::{LogProb, Prob};

use super::behaviour::{Behaviour, RatePrior};
use super::beta_binomial::{BetaPrior, Tally};
use super::chain::ChainTable;
use super::culprit::Place;
use super::drift::{DriftTable, Shares};
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

/// `ln P` of trials under one behaviour.
#[derive(Clone, Debug)]
pub enum BehaviourTable {
    /// [`Behaviour::Uneven`].
    Uneven(SequenceTable),
    /// [`Behaviour::Repeating`].
    Repeating(ChainTable),
    /// [`Behaviour::Drifting`].
    Drifting(DriftTable),
}

impl BehaviourTable {
    fn new(behaviour: Behaviour, longest: u32, shares: &Shares) -> Self {
        match behaviour {
            Behaviour::Uneven { mu, kappa } => {
                Self::Uneven(SequenceTable::new(BetaPrior::with_mean(mu, kappa), longest))
            }
            Behaviour::Repeating { theta, repeat } => Self::Repeating(ChainTable::new(theta, repeat)),
            Behaviour::Drifting { origin, change } => Self::Drifting(DriftTable::new(origin, change, shares)),
        }
    }

    /// `ln P` of one revision with the bug, wherever it lies.
    #[must_use]
    pub fn ln(&self, trials: &Trials) -> f64 {
        match self {
            Self::Uneven(table) => table.ln(trials.tally),
            Self::Repeating(table) => table.ln(trials),
            Self::Drifting(table) => table.ln_anywhere(trials),
        }
    }

    /// `ln P` of the points from each gap on, which all have the bug.
    #[must_use]
    pub fn column(&self, trials: &[Trials]) -> Vec<f64> {
        match self {
            Self::Uneven(table) => from_each(trials, |trials| table.ln(trials.tally)),
            Self::Repeating(table) => from_each(trials, |trials| table.ln(trials)),
            Self::Drifting(table) => table.column(trials),
        }
    }

    /// `ln P` of the points that contain each place.
    #[must_use]
    pub fn column_of(&self, trials: &[Trials], places: &[Place]) -> Vec<f64> {
        if let Self::Drifting(table) = self {
            return table.column_of(trials, places);
        }
        let points: Vec<_> = trials.iter().map(|trials| self.ln(trials)).collect();
        places.iter().map(|place| place.bad.iter().map(|point| points[*point]).sum()).collect()
    }
}

/// Sums from each point to the last.
fn from_each(trials: &[Trials], ln: impl Fn(&Trials) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; trials.len()];
    let mut after = 0.0;
    for (sum, trials) in sums.iter_mut().zip(trials).rev() {
        after += ln(trials);
        *sum = after;
    }
    sums
}

/// One table a behaviour, and one for the leak.
#[derive(Clone, Debug)]
pub struct RateTable {
    /// The prior's log weights and tables.
    pub parts: Vec<(LogProb, BehaviourTable)>,
    /// How a revision without the bug crashes.
    pub leak: SequenceTable,
}

impl RateTable {
    /// Tables for up to `longest` trials, on a line whose gaps have `sizes` commits (the first unknown).
    #[must_use]
    pub fn new(prior: &RatePrior, leak: BetaPrior, longest: u32, sizes: &[f64]) -> Self {
        let shares = Shares::new(sizes);
        let parts = prior.parts().iter();
        let parts = parts.map(|(behaviour, weight)| (*weight, BehaviourTable::new(*behaviour, longest, &shares)));
        Self { parts: parts.collect(), leak: SequenceTable::new(leak, longest) }
    }

    /// `ln P` of one bad revision's trials, averaged with these weights, one a part.
    #[must_use]
    pub fn ln_mixture(&self, weights: &[Prob], trials: &Trials) -> LogProb {
        self.ln_sum(weights.iter().map(|weight| weight.ln()), trials)
    }

    /// `ln P` of one bad revision's trials, averaged with the prior's own weights.
    #[must_use]
    pub fn ln_prior_mixture(&self, trials: &Trials) -> LogProb {
        self.ln_sum(self.parts.iter().map(|(weight, _)| *weight), trials)
    }

    fn ln_sum(&self, weights: impl Iterator<Item = LogProb>, trials: &Trials) -> LogProb {
        let terms =
            self.parts.iter().zip(weights).map(|((_, part), weight)| weight + LogProb::from_ln(part.ln(trials)));
        LogProb::ln_sum_exp(&terms.collect::<Vec<_>>())
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
