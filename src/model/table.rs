//! Tables of `ln BB`, so that no gamma function is left in the models' loops.
//!
//! `BB(k, n; a, b) = a^(k) b^(n-k) / (a + b)^(n)` with rising factorials `x^(m) = x (x + 1) … (x + m - 1)`; the logarithms
//! of these are cumulative sums.

use statrs::function::gamma::ln_gamma;

use crate::prob::{LogProb, Prob};

use super::beta_binomial::{BetaPrior, Tally};
use super::rate::RateGrid;

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

/// One table a point of a grid, and one for the leak.
#[derive(Clone, Debug)]
pub struct RateTable {
    /// The grid's log weights and tables.
    pub points: Vec<(LogProb, SequenceTable)>,
    /// How a revision without the bug crashes.
    pub leak: SequenceTable,
}

impl RateTable {
    /// Tables for up to `longest` trials.
    #[must_use]
    pub fn new(grid: &RateGrid, leak: BetaPrior, longest: u32) -> Self {
        let points = grid.points().iter().map(|(prior, weight)| (*weight, SequenceTable::new(*prior, longest)));
        Self { points: points.collect(), leak: SequenceTable::new(leak, longest) }
    }

    /// `ln BB` averaged over the grid with these weights, one a point.
    #[must_use]
    pub fn ln_mixture(&self, weights: &[Prob], tally: Tally) -> LogProb {
        self.ln_sum(weights.iter().map(|weight| weight.ln()), tally)
    }

    /// `ln BB` averaged over the grid with its own weights.
    #[must_use]
    pub fn ln_prior_mixture(&self, tally: Tally) -> LogProb {
        self.ln_sum(self.points.iter().map(|(weight, _)| *weight), tally)
    }

    fn ln_sum(&self, weights: impl Iterator<Item = LogProb>, tally: Tally) -> LogProb {
        let terms =
            self.points.iter().zip(weights).map(|((_, rate), weight)| weight + LogProb::from_ln(rate.ln(tally)));
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
