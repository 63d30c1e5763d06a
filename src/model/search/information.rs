//! What runs can say about the place of the change: mutual information.
//!
//! With hypotheses `c` about the place, of mass `P(c)`, and `k` crashes in `r` runs of one revision,
//!
//! `I(k; c) = H(k) - sum_c P(c) H(k | c)`,  `P(k | c) = bad_c P(k | bad, c) + …` split into its two parts,
//!
//! where the rates are summed over within `P(k | bad, c)`: what the runs say of the rates is not counted (Cover & Thomas
//! 2006, ch. 2; MacKay 1992, *Information-based objective functions for active data selection*). A hypothesis under which
//! only some of its commits make the revision bad counts as two.

use statrs::function::factorial::ln_binomial;

use crate::model::beta_binomial::{BetaPrior, Tally};

/// One hypothesis about the place of the change, seen from one revision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View<'a> {
    /// Its mass. Masses need not sum to one: the rest is taken for nothing.
    pub mass: f64,
    /// The chance that the revision is bad under it.
    pub bad: f64,
    /// `P(k crashes | bad)` for `k = 0 … r`.
    pub crashes: &'a [f64],
}

/// The bits that `r` runs of a revision are expected to tell about the place. `good` is `P(k crashes | good)` for
/// `k = 0 … r`.
#[must_use]
pub fn information<'a>(views: impl IntoIterator<Item = View<'a>>, good: &[f64]) -> f64 {
    let mut together = vec![0.0; good.len()];
    let (mut within, mut clean) = (0.0, 0.0);
    for View { mass, bad, crashes } in views {
        let share = mass * bad;
        if share > 0.0 {
            within += share * entropy(crashes);
            together.iter_mut().zip(crashes).for_each(|(sum, p)| *sum += share * p);
        }
        clean += mass * (1.0 - bad);
    }
    together.iter_mut().zip(good).for_each(|(sum, p)| *sum += clean * p);
    (entropy(&together) - within - clean * entropy(good)).max(0.0)
}

/// `-sum p log2 p`, in bits.
#[must_use]
pub fn entropy(chances: &[f64]) -> f64 {
    -chances.iter().filter(|p| **p > 0.0).map(|p| p * p.log2()).sum::<f64>()
}

/// `h(p)`: the bits of one yes or no.
#[must_use]
pub fn binary_entropy(p: f64) -> f64 {
    entropy(&[p, 1.0 - p])
}

/// `P(k crashes in r runs)` for `k = 0 … r` at a revision whose rate has this prior and these runs behind it.
#[must_use]
pub fn predictive(prior: BetaPrior, seen: Tally, runs: u32) -> Vec<f64> {
    let BetaPrior { a, b } = prior;
    let now = BetaPrior { a: a + f64::from(seen.crashes), b: b + f64::from(seen.passes) };
    if runs == 1 {
        let p = now.a / (now.a + now.b);
        return vec![1.0 - p, p];
    }
    let chance = |k: u32| {
        let sequence = now.ln_sequence(Tally { crashes: k, passes: runs - k }).ln();
        (sequence + ln_binomial(u64::from(runs), u64::from(k))).exp()
    };
    (0..=runs).map(chance).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sure_channel_tells_one_bit() {
        let view = |mass, bad| View { mass, bad, crashes: &[0.0, 1.0] };
        let good = [1.0, 0.0];
        assert!((information([view(0.5, 1.0), view(0.5, 0.0)], &good) - 1.0).abs() < 1e-12);
        assert!((information([view(1.0, 0.5)], &good) - 1.0).abs() < 1e-12);
        assert!(information([view(1.0, 1.0)], &good).abs() < 1e-12);
    }

    /// The Z-channel at its best input: `log2(1 + theta (1 - theta)^((1 - theta) / theta))`.
    #[test]
    fn the_best_split_reaches_the_capacity() {
        for theta in [0.1, 0.3, 0.5, 0.9] {
            let at = |bad| information([View { mass: 1.0, bad, crashes: &[1.0 - theta, theta] }], &[1.0, 0.0]);
            let best = (0..=1000).map(|i| at(f64::from(i) / 1000.0)).fold(0.0, f64::max);
            let capacity = (theta * f64::powf(1.0 - theta, (1.0 - theta) / theta)).ln_1p() / 2f64.ln();
            assert!((best - capacity).abs() < 1e-5, "{theta}: {best} {capacity}");
        }
    }

    #[test]
    fn predictions_sum_to_one() {
        for runs in [1, 2, 7, 64] {
            let p = predictive(BetaPrior::with_mean(0.3, 4.0), Tally { crashes: 2, passes: 9 }, runs);
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{runs}");
        }
    }
}
