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

/// One hypothesis about the place of the change, seen from one revision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View<'a> {
    /// Its mass. Masses need not sum to one: the rest is taken for nothing.
    pub mass: f64,
    /// The largest mass of a single commit in it; all of it, where it is one commit. [`information`] does not look at it.
    pub single: f64,
    /// Whether it says that no commit is to blame: all that say so are one answer. [`information`] does not look at it.
    pub blameless: bool,
    /// The chance that the revision is bad under it.
    pub bad: f64,
    /// `P(k crashes | bad)` for `k = 0 … r`.
    pub crashes: &'a [f64],
    /// `P(k crashes | good)` for `k = 0 … r`.
    pub clean: &'a [f64],
}

impl View<'_> {
    /// The chance of so many crashes.
    fn chance(&self, k: usize) -> f64 {
        self.bad * self.crashes[k] + (1.0 - self.bad) * self.clean[k]
    }
}

/// The bits that runs of a revision are expected to tell about the place.
#[must_use]
pub fn information(views: &[View<'_>]) -> f64 {
    let within = |view: &View<'_>| {
        let side = |share: f64, chances| if share > 0.0 { share * entropy(chances) } else { 0.0 };
        view.mass * (side(view.bad, view.crashes) + side(1.0 - view.bad, view.clean))
    };
    (entropy(&together(views)) - views.iter().map(within).sum::<f64>()).max(0.0)
}

/// The bits by which the true commit's odds are expected to grow; as [`information`] otherwise.
#[must_use]
pub fn growth(views: &[View<'_>]) -> f64 {
    let all = together(views);
    let blameless: Vec<_> = views.iter().filter(|view| view.blameless).copied().collect();
    let (none, of_none) = (blameless.iter().map(|view| view.mass).sum(), together(&blameless));
    let of = |view: &View<'_>| {
        let own = |k: usize, p: f64| if view.blameless { (none, of_none[k]) } else { (view.single, view.single * p) };
        let term = |(k, p): (usize, &f64)| from_others(*p, own(k, *p), all[k]);
        let side = |share: f64, chances: &[f64]| {
            if share > 0.0 { share * chances.iter().enumerate().map(term).sum::<f64>() } else { 0.0 }
        };
        view.mass * (side(view.bad, view.crashes) + side(1.0 - view.bad, view.clean))
    };
    views.iter().map(of).sum::<f64>().max(0.0)
}

/// `P(k crashes)` under all of them.
fn together(views: &[View<'_>]) -> Vec<f64> {
    let outcomes = views.first().map_or(0, |view| view.crashes.len());
    (0..outcomes).map(|k| views.iter().map(|view| view.mass * view.chance(k)).sum()).collect()
}

/// One term of `D(p || others)`, in bits, where the others are `all` but for the answer itself: its mass, and what it adds to
/// `all`.
pub(super) fn from_others(p: f64, (mass, added): (f64, f64), all: f64) -> f64 {
    /// No answer is taken to be surer than this, so that the others are something.
    const SUREST: f64 = 1.0 - 1e-6;
    /// Rounding leaves no less of a difference.
    const LEAST: f64 = 1e-12;
    let most = mass.min(SUREST);
    let added = if mass > 0.0 { added * most / mass } else { 0.0 };
    if p > 0.0 { p * (p * (1.0 - most) / (all - added).max(LEAST)).log2() } else { 0.0 }
}

/// `-sum p log2 p`, in bits.
#[must_use]
pub fn entropy(chances: &[f64]) -> f64 {
    -chances.iter().filter(|p| **p > 0.0).map(|p| p * p.log2()).sum::<f64>()
}

/// `h(p)`: the bits of one yes or no.
#[must_use]
pub(crate) fn binary_entropy(p: f64) -> f64 {
    entropy(&[p, 1.0 - p])
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

    fn view<'a>(mass: f64, bad: f64, crashes: &'a [f64], clean: &'a [f64]) -> View<'a> {
        View { mass, single: 0.0, blameless: false, bad, crashes, clean }
    }

    #[test]
    fn a_sure_channel_tells_one_bit() {
        let (sure, good) = ([0.0, 1.0], [1.0, 0.0]);
        let bits = |views: &[View<'_>]| information(views);
        assert!((bits(&[view(0.5, 1.0, &sure, &good), view(0.5, 0.0, &sure, &good)]) - 1.0).abs() < 1e-12);
        assert!((bits(&[view(1.0, 0.5, &sure, &good)]) - 1.0).abs() < 1e-12);
        assert!(bits(&[view(1.0, 1.0, &sure, &good)]).abs() < 1e-12);
    }

    #[test]
    fn the_best_split_reaches_the_capacity() {
        for theta in [0.1, 0.3, 0.5, 0.9] {
            let at = |bad| information(&[view(1.0, bad, &[1.0 - theta, theta], &[1.0, 0.0])]);
            let best = (0..=1000).map(|i| at(f64::from(i) / 1000.0)).fold(0.0, f64::max);
            assert!((best - capacity(theta)).abs() < 1e-5, "{theta}: {best} {}", capacity(theta));
        }
    }

    #[test]
    fn growth_is_the_information_while_no_commit_stands_out() {
        let good = [0.99, 0.01];
        let views = [
            view(0.3, 1.0, &[0.6, 0.4], &good),
            view(0.2, 0.25, &[0.2, 0.8], &good),
            view(0.5, 0.0, &[0.1, 0.9], &good),
        ];
        assert!((growth(&views) - information(&views)).abs() < 1e-12);
    }

    /// Two commits: each is the other's only rival, so the growth is the mean divergence of either from the other.
    #[test]
    fn growth_compares_a_commit_with_its_rivals() {
        let (bad, good) = ([0.3, 0.7], [0.9, 0.1]);
        let one = View { mass: 0.8, single: 0.8, blameless: false, bad: 1.0, crashes: &bad, clean: &good };
        let two = View { mass: 0.2, single: 0.2, blameless: false, bad: 0.0, crashes: &bad, clean: &good };
        let divergence = |p: [f64; 2], q: [f64; 2]| p[0] * (p[0] / q[0]).log2() + p[1] * (p[1] / q[1]).log2();
        let expected = 0.8 * divergence(bad, good) + 0.2 * divergence(good, bad);
        assert!((growth(&[one, two]) - expected).abs() < 1e-9);
    }
}
