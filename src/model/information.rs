//! What runs are worth: the mutual information of their outcome and the place of the culprit.
//!
//! A revision is bad in some places of the culprit and good in others, `r` runs show `k` crashes with probability `b(k)` when it
//! is bad and `g(k)` when it is good. With `F` the probability that it is bad,
//!
//! `I = H(F b + (1 - F) g) - F H(b) - (1 - F) H(g)`   bits:
//!
//! all that the outcome tells of the place, it tells through being bad or good (Lindley 1956, *On a Measure of the Information
//! Provided by an Experiment*). `b` and `g` are mixtures of beta-binomials: the rate is not known.

use crate::prob::Prob;

use super::beta_binomial::BetaPrior;

/// Beta distributions with weights that sum to one.
#[derive(Clone, Debug, PartialEq)]
pub struct Rates(pub Vec<(f64, BetaPrior)>);

impl Rates {
    /// P(`k` of `runs` crash), for `k` from 0 to `runs`.
    #[must_use]
    pub fn outcomes(&self, runs: u32) -> Vec<f64> {
        let mut sums = vec![0.0; runs as usize + 1];
        for (weight, rate) in &self.0 {
            let mut p = *weight * ratio(rate.b, rate.a + rate.b, runs);
            for (k, sum) in (0..).zip(sums.iter_mut()) {
                *sum += p;
                // BB(k + 1) / BB(k)
                let (k, n) = (f64::from(k), f64::from(runs));
                let next = (n - k) * (rate.a + k) / ((k + 1.0) * (rate.b + n - k - 1.0));
                p *= if k + 1.0 > n { 0.0 } else { next };
            }
        }
        sums
    }
}

/// `x (x + 1) … (x + n - 1) / y (y + 1) … (y + n - 1)`.
fn ratio(x: f64, y: f64, n: u32) -> f64 {
    (0..n).map(|j| (x + f64::from(j)) / (y + f64::from(j))).product()
}

/// Bits that runs tell of the place, for a revision that is bad with this probability; the outcomes have as many entries
/// each.
#[must_use]
pub fn bits(p_bad: Prob, bad: &[f64], good: &[f64]) -> f64 {
    let f = p_bad.value();
    let both = bad.iter().zip(good).map(|(bad, good)| f * bad + (1.0 - f) * good);
    (entropy(both) - f * entropy(bad.iter().copied()) - (1.0 - f) * entropy(good.iter().copied())).max(0.0)
}

/// Entropy in bits.
pub fn entropy(shares: impl IntoIterator<Item = f64>) -> f64 {
    shares.into_iter().filter(|p| *p > 0.0).map(|p| -p * p.log2()).sum()
}

#[cfg(test)]
mod tests {
    use crate::model::beta_binomial::Tally;

    use super::*;

    fn prob(p: f64) -> Prob {
        Prob::new(p).unwrap()
    }

    #[test]
    fn outcomes_are_beta_binomial() {
        let rates = Rates(vec![(0.25, BetaPrior { a: 0.5, b: 1.5 }), (0.75, BetaPrior { a: 3.0, b: 2.0 })]);
        for runs in [0, 1, 2, 7, 30] {
            let outcomes = rates.outcomes(runs);
            assert!((outcomes.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{runs}");
            for (k, p) in (0..).zip(&outcomes) {
                let sequence = |rate: &BetaPrior| {
                    let tally = Tally { crashes: k, passes: runs - k };
                    rate.ln_sequence(tally).exp().value()
                };
                let ways = statrs::function::factorial::binomial(u64::from(runs), u64::from(k));
                let expected: f64 = rates.0.iter().map(|(weight, rate)| weight * ways * sequence(rate)).sum();
                assert!((p - expected).abs() < 1e-12, "{runs} {k}: {p} {expected}");
            }
        }
    }

    /// By enumeration of places and outcomes.
    #[test]
    fn the_place_learns_what_the_outcome_tells() {
        let places = [0.1, 0.25, 0.4, 0.25];
        let (bad, good) = ([0.3, 0.2, 0.5], [0.9, 0.06, 0.04]);
        for first_good in 0..=4 {
            let pmf = |place: usize| if place < first_good { bad } else { good };
            let all = [0, 1, 2].map(|k| places.iter().enumerate().map(|(g, p)| p * pmf(g)[k]).sum::<f64>());
            let posteriors = [0, 1, 2].map(|k| entropy(places.iter().enumerate().map(|(g, p)| p * pmf(g)[k] / all[k])));
            let left: f64 = all.iter().zip(posteriors).map(|(p, h)| p * h).sum();
            let expected = entropy(places) - left;
            let f: f64 = places[..first_good].iter().sum();
            assert!((bits(prob(f), &bad, &good) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn a_sure_test_of_a_fair_question_is_one_bit() {
        assert!((bits(prob(0.5), &[0.0, 1.0], &[1.0, 0.0]) - 1.0).abs() < 1e-12);
        assert!(bits(prob(0.5), &[0.5, 0.5], &[0.5, 0.5]) < 1e-12);
        assert!(bits(Prob::ONE, &[0.0, 1.0], &[1.0, 0.0]) < 1e-12);
    }
}
