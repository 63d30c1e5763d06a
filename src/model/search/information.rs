//! What runs can say about the place of the change.
//!
//! With hypotheses `c` about the place, of mass `P(c)`, and `k` crashes in `r` runs of one revision, the information is
//!
//! `I(k; c) = H(k) - sum_c P(c) H(k | c)`,
//!
//! where the rates are summed over within `P(k | c)`: what the runs say of the rates is not counted (Cover & Thomas 2006,
//! ch. 2; MacKay 1992, *Information-Based Objective Functions for Active Data Selection*). A hypothesis under which only some
//! commits make the revision bad counts as two.
//!
//! Near the end information alone is a poor guide: to tell the last doubts from the truth, runs are wanted that make the true
//! commit's odds grow. Their growth is the extrinsic Jensen-Shannon divergence
//!
//! `EJS = sum_c P(c) D( P(k | c) || sum_{d != c} P(d) P(k | d) / (1 - P(c)) )`
//!
//! over single commits `c`, which is the information as long as no commit has much mass (Naghshvar, Javidi & Wigger 2015,
//! *Extrinsic Jensen-Shannon Divergence: Applications to Variable-Length Coding*).

use statrs::function::factorial::ln_binomial;

use crate::model::beta_binomial::{BetaPrior, Tally};

/// One hypothesis about the place of the change, seen from one revision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View<'a> {
    /// Its mass. Masses need not sum to one: the rest is taken for nothing.
    pub mass: f64,
    /// The largest mass of a single commit in it; all of it, where it is one commit. [`information`] does not look at it.
    pub single: f64,
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
    for View { mass, bad, crashes, .. } in views {
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

/// The bits by which the true commit's odds are expected to grow; as [`information`] otherwise.
#[must_use]
pub fn growth<'a>(views: impl Iterator<Item = View<'a>> + Clone, good: &[f64]) -> f64 {
    let mut together = vec![0.0; good.len()];
    for View { mass, bad, crashes, .. } in views.clone() {
        for ((sum, crashes), good) in together.iter_mut().zip(crashes).zip(good) {
            *sum += mass * (bad * crashes + (1.0 - bad) * good);
        }
    }
    let of = |View { mass, single, bad, crashes }| {
        let share = |bad: f64, chances| if bad > 0.0 { bad * from_others(chances, single, &together) } else { 0.0 };
        mass * (share(bad, crashes) + share(1.0 - bad, good))
    };
    views.map(of).sum::<f64>().max(0.0)
}

/// `D(p || (all - single p) / (1 - single))`, in bits.
fn from_others(chances: &[f64], single: f64, all: &[f64]) -> f64 {
    /// No commit is taken to be surer than this, so that the others are something.
    const SUREST: f64 = 1.0 - 1e-6;
    /// Rounding leaves no less of a difference.
    const LEAST: f64 = 1e-12;
    let single = single.min(SUREST);
    let term = |(p, all): (&f64, &f64)| p * (p * (1.0 - single) / (all - single * p).max(LEAST)).log2();
    chances.iter().zip(all).filter(|(p, _)| **p > 0.0).map(term).sum()
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
    let now = BetaPrior { a: prior.a + f64::from(seen.crashes), b: prior.b + f64::from(seen.passes) };
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

/// The bits of one run at the best split, with crash probability `theta` at bad revisions and none at good ones: the
/// capacity of a Z-channel, `log2(1 + theta (1 - theta)^((1 - theta) / theta))`.
///
/// ```
/// use bisectstat::model::search::information::capacity;
///
/// assert!((capacity(1.0) - 1.0).abs() < 1e-12, "a sure crash halves the commits");
/// assert!(capacity(0.1) < 0.1);
/// ```
#[must_use]
pub fn capacity(theta: f64) -> f64 {
    (theta * (1.0 - theta).powf((1.0 - theta) / theta)).ln_1p() / std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(mass: f64, bad: f64, crashes: &[f64]) -> View<'_> {
        View { mass, single: 0.0, bad, crashes }
    }

    #[test]
    fn a_sure_channel_tells_one_bit() {
        let (sure, good) = ([0.0, 1.0], [1.0, 0.0]);
        assert!((information([view(0.5, 1.0, &sure), view(0.5, 0.0, &sure)], &good) - 1.0).abs() < 1e-12);
        assert!((information([view(1.0, 0.5, &sure)], &good) - 1.0).abs() < 1e-12);
        assert!(information([view(1.0, 1.0, &sure)], &good).abs() < 1e-12);
    }

    #[test]
    fn the_best_split_reaches_the_capacity() {
        for theta in [0.1, 0.3, 0.5, 0.9] {
            let at = |bad| information([view(1.0, bad, &[1.0 - theta, theta])], &[1.0, 0.0]);
            let best = (0..=1000).map(|i| at(f64::from(i) / 1000.0)).fold(0.0, f64::max);
            assert!((best - capacity(theta)).abs() < 1e-5, "{theta}: {best} {}", capacity(theta));
        }
    }

    #[test]
    fn growth_is_the_information_while_no_commit_stands_out() {
        let views = [view(0.3, 1.0, &[0.6, 0.4]), view(0.2, 0.25, &[0.2, 0.8]), view(0.5, 0.0, &[0.1, 0.9])];
        let good = [0.99, 0.01];
        assert!((growth(views.into_iter(), &good) - information(views, &good)).abs() < 1e-12);
    }

    /// Two commits: each is the other's only rival, so the growth is the mean divergence of either from the other.
    #[test]
    fn growth_compares_a_commit_with_its_rivals() {
        let (first, second, good) = ([0.3, 0.7], [0.3, 0.7], [0.9, 0.1]);
        let one = View { mass: 0.8, single: 0.8, bad: 1.0, crashes: &first };
        let two = View { mass: 0.2, single: 0.2, bad: 0.0, crashes: &second };
        let divergence = |p: [f64; 2], q: [f64; 2]| p[0] * (p[0] / q[0]).log2() + p[1] * (p[1] / q[1]).log2();
        let expected = 0.8 * divergence(first, good) + 0.2 * divergence(good, first);
        assert!((growth([one, two].into_iter(), &good) - expected).abs() < 1e-9);
    }

    #[test]
    fn predictions_sum_to_one() {
        for runs in [1, 2, 7, 64] {
            let p = predictive(BetaPrior::with_mean(0.3, 4.0), Tally { crashes: 2, passes: 9 }, runs);
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{runs}");
        }
    }
}
