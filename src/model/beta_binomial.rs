//! The one likelihood kernel: the chance of a sequence of crashes and passes under an unknown rate.
//!
//! With `theta ~ Beta(a, b)`, a given sequence of `k` crashes in `n` trials has the probability
//! `BB(k, n; a, b) = B(a + k, b + n - k) / B(a, b)`, where `B` is the beta function. There is no binomial coefficient: it
//! is the chance of *one* order of outcomes (Gelman et al., Bayesian Data Analysis, 3rd ed., 2013, section 2.4).

use statrs::function::beta::ln_beta;

use crate::prob::LogProb;

/// What is believed of a rate before its runs are seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetaPrior {
    /// Pseudo-crashes, above 0.
    pub a: f64,
    /// Pseudo-passes, above 0.
    pub b: f64,
}

impl BetaPrior {
    /// Jeffreys' prior, for a rate about which nothing is known.
    pub const JEFFREYS: Self = Self { a: 0.5, b: 0.5 };
    /// The rate at which the bug's own crash shows on a revision without the bug: 0.002 on average.
    pub const LEAK: Self = Self { a: 0.02, b: 9.98 };

    /// The prior of mean `mu` in (0, 1) and weight `kappa > 0`, counted in trials.
    #[must_use]
    pub fn with_mean(mu: f64, kappa: f64) -> Self {
        Self { a: mu * kappa, b: (1.0 - mu) * kappa }
    }

    /// `ln BB(k, n; a, b)` of `tally`'s crashes and passes.
    ///
    /// ```
    /// use bisectstat::model::beta_binomial::{BetaPrior, Tally};
    ///
    /// // Uniform: one crash and one pass, in this order, have 1/2 * 1/3.
    /// let uniform = BetaPrior { a: 1.0, b: 1.0 };
    /// assert!((uniform.ln_sequence(Tally { crashes: 1, passes: 1 }).exp().value() - 1.0 / 6.0).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn ln_sequence(self, tally: Tally) -> LogProb {
        let (k, passes) = (f64::from(tally.crashes), f64::from(tally.passes));
        LogProb::from_ln(ln_beta(self.a + k, self.b + passes) - ln_beta(self.a, self.b))
    }
}

/// Trials of one revision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tally {
    /// `k`.
    pub crashes: u32,
    /// `n - k`.
    pub passes: u32,
}

impl Tally {
    /// `n`.
    #[must_use]
    pub const fn trials(self) -> u32 {
        self.crashes + self.passes
    }

    /// Adds the trials of another tally.
    pub(crate) const fn merge(&mut self, other: Self) {
        self.add(true, other.crashes);
        self.add(false, other.passes);
    }

    /// Adds runs that all crashed or all passed.
    pub(super) const fn add(&mut self, crash: bool, runs: u32) {
        let side = if crash { &mut self.crashes } else { &mut self.passes };
        *side = side.saturating_add(runs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `k` crashes, then `n - k` passes, each from the rate's mean so far (Pólya's urn).
    fn urn(prior: BetaPrior, tally: Tally) -> f64 {
        let (mut a, mut b, mut p) = (prior.a, prior.b, 1.0);
        for _ in 0..tally.crashes {
            p *= a / (a + b);
            a += 1.0;
        }
        for _ in 0..tally.passes {
            p *= b / (a + b);
            b += 1.0;
        }
        p
    }

    #[test]
    fn it_is_the_chance_of_drawing_the_sequence_from_an_urn() {
        for prior in [BetaPrior::JEFFREYS, BetaPrior::LEAK, BetaPrior::with_mean(0.3, 64.0)] {
            for (crashes, passes) in [(0, 0), (1, 0), (0, 1), (3, 7), (20, 0), (0, 20), (13, 7)] {
                let tally = Tally { crashes, passes };
                let (got, expected) = (prior.ln_sequence(tally).ln(), urn(prior, tally).ln());
                assert!((got - expected).abs() < 1e-9, "{prior:?} {tally:?}: {got} {expected}");
            }
        }
    }

    #[test]
    fn all_sequences_together_are_certain() {
        let prior = BetaPrior::with_mean(0.2, 3.0);
        let n = 12u32;
        let total: f64 = (0..=n)
            .map(|k| {
                let orders = statrs::function::factorial::binomial(u64::from(n), u64::from(k));
                orders * prior.ln_sequence(Tally { crashes: k, passes: n - k }).exp().value()
            })
            .sum();
        assert!((total - 1.0).abs() < 1e-9, "{total}");
    }

    #[test]
    fn no_trial_says_nothing() {
        assert_eq!(BetaPrior::LEAK.ln_sequence(Tally::default()), LogProb::ONE);
    }
}
