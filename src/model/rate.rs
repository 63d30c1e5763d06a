//! The crash probability of revisions: of one, from its runs, and of all bad ones of a bisection together.
//!
//! One revision: `theta ~ Beta(a, b)` gives the posterior `Beta(a + k, b + n - k)`, reported with its mean and the 95 %
//! equal-tailed interval; `a = b = 0.5` (Jeffreys; Brown, Cai & DasGupta 2001, *Interval Estimation for a Binomial
//! Proportion*).
//!
//! All bad revisions: `theta_i ~ Beta(mu kappa, (1 - mu) kappa)`, with (mu, kappa) common to the bisection and summed over
//! a grid; [`super::behaviour`] has other ways to behave.

use std::sync::{Arc, OnceLock};

use statrs::distribution::{Beta, ContinuousCDF, Gamma, Normal};

use crate::prob::{Estimate, Interval, IntervalKind, LogProb, Prob};

use super::beta_binomial::{BetaPrior, Tally};
use super::culprit::Sides;
use super::table::SequenceTable;

/// The mass inside reported intervals.
pub(crate) const LEVEL: f64 = 0.95;

/// The crash probability of one revision. Without trials this is the prior's.
///
/// ```
/// use bisectstat::model::beta_binomial::{BetaPrior, Tally};
/// use bisectstat::model::rate::rate;
///
/// let rate = rate(Tally { crashes: 1, passes: 9 }, BetaPrior::JEFFREYS);
/// assert!((rate.mean.value() - 1.5 / 11.0).abs() < 1e-12);
/// assert!(rate.interval.low.value() < 0.02 && rate.interval.high.value() > 0.3);
/// ```
#[must_use]
pub fn rate(tally: Tally, prior: BetaPrior) -> Estimate {
    let (a, b) = posterior(tally, prior);
    estimate(a / (a + b), |p| quantile(a, b, p))
}

/// The two sides of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The revisions without the bug.
    Good,
    /// Those with it.
    Bad,
}

/// The share of runs that fail on one side of the change, wherever that is: the mixture of `Beta(1/2 + k, 1/2 + n - k)` over
/// its places. `None` where that side has no trial.
#[must_use]
pub fn pooled(places: &[Sides], side: Side) -> Option<Estimate> {
    /// Places that move no quantile.
    const FAINT: f64 = 0.005;
    /// A place beside which the others do not count.
    const CLEAR: f64 = 0.98;
    let tally = |sides: &Sides| if side == Side::Good { sides.good } else { sides.bad };
    let total: f64 = places.iter().map(|sides| sides.mass.value()).sum();
    let weighed = places.iter().filter(|sides| tally(sides).trials() > 0 && sides.mass.value() > FAINT * total);
    let parts: Vec<_> =
        weighed.map(|sides| (sides.mass.value(), posterior(tally(sides), BetaPrior::JEFFREYS))).collect();
    let mass: f64 = parts.iter().map(|(mass, _)| mass).sum();
    if mass <= 0.5 * total {
        return None;
    }
    let largest = parts.iter().max_by(|(a, _), (b, _)| a.total_cmp(b));
    if let Some((weight, (a, b))) = largest
        && *weight >= CLEAR * mass
    {
        return Some(estimate(a / (a + b), |p| quantile(*a, *b, p)));
    }
    let mean = parts.iter().map(|(weight, (a, b))| weight / mass * a / (a + b)).sum();
    let densities: Vec<_> =
        parts.iter().filter_map(|(weight, (a, b))| Some((weight / mass, Beta::new(*a, *b).ok()?))).collect();
    let below = |x: f64| densities.iter().map(|(weight, beta)| weight * beta.cdf(x)).sum::<f64>();
    Some(estimate(mean, |p| bisected(p, &below)))
}

/// Where a rising function from [0, 1] to [0, 1] reaches `p`.
fn bisected(p: f64, below: &impl Fn(f64) -> f64) -> f64 {
    const HALVINGS: u32 = 24;
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        *(if below(middle) < p { &mut low } else { &mut high }) = middle;
    }
    f64::midpoint(low, high)
}

fn posterior(tally: Tally, prior: BetaPrior) -> (f64, f64) {
    (prior.a + f64::from(tally.crashes), prior.b + f64::from(tally.passes))
}

/// A mean with the interval between two quantiles.
fn estimate(mean: f64, quantile: impl Fn(f64) -> f64) -> Estimate {
    let tail = (1.0 - LEVEL) / 2.0;
    Estimate {
        mean: Prob::saturating(mean),
        interval: Interval {
            low: Prob::saturating(quantile(tail)),
            high: Prob::saturating(quantile(1.0 - tail)),
            level: Prob::saturating(LEVEL),
            kind: IntervalKind::EqualTailed,
        },
    }
}

/// The value below which `Beta(a, b)` has the mass `p`. Of very many trials it is approximated, to a few in 10 000 of the
/// distance to 0 or 1: `-ln(1 - x) (b + (a - 1) / 2)` is nearly `Gamma(a)` where `a` is far smaller than `b` (Wise 1950), and
/// the log odds are nearly normal where both are large.
fn quantile(a: f64, b: f64, p: f64) -> f64 {
    const EXACT: f64 = 1e5;
    const LARGE: f64 = 1e3;
    if a + b <= EXACT {
        Beta::new(a, b).map_or(p, |posterior| posterior.inverse_cdf(p))
    } else if a > b {
        1.0 - quantile(b, a, 1.0 - p)
    } else if a > LARGE {
        let deviation = (1.0 / (a - 0.5) + 1.0 / (b - 0.5)).sqrt();
        let odds = ((a - 0.5) / (b - 0.5)).ln() + deviation * Normal::standard().inverse_cdf(p);
        1.0 / (1.0 + (-odds).exp())
    } else {
        let scaled = Gamma::new(a, 1.0).map_or(a, |gamma| gamma.inverse_cdf(p));
        -(-scaled / (b + (a - 1.0) / 2.0)).exp_m1()
    }
}

/// Weighted points (mu, kappa): how reproducible bugs are, and how evenly.
#[derive(Clone, Debug)]
pub struct RateGrid {
    points: Vec<(BetaPrior, LogProb)>,
    /// Made once for all bisections that share the grid.
    tables: OnceLock<Arc<[SequenceTable]>>,
}

/// The points alone, whether there are tables yet or not.
impl PartialEq for RateGrid {
    fn eq(&self, other: &Self) -> bool {
        self.points == other.points
    }
}

impl RateGrid {
    /// Trials that tables are made for: more are rare, and computed.
    const TRIALS: u32 = 256;
    const MEANS: u32 = 24;
    const KAPPAS: [f64; 7] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

    /// A grid of the points (mu, kappa) with their weights, which need not be normalised.
    #[must_use]
    pub fn new(points: &[(f64, f64, f64)]) -> Self {
        let weights: Vec<_> = points.iter().map(|(_, _, weight)| LogProb::from_ln(weight.ln())).collect();
        let shares = LogProb::normalize(&weights);
        let priors = points.iter().map(|(mu, kappa, _)| BetaPrior::with_mean(*mu, *kappa));
        Self { points: priors.zip(shares.into_iter().map(Prob::ln)).collect(), tables: OnceLock::new() }
    }

    /// A table of likelihoods for each point.
    pub(super) fn tables(&self) -> Arc<[SequenceTable]> {
        let table = |(prior, _): &(BetaPrior, LogProb)| SequenceTable::new(*prior, Self::TRIALS);
        Arc::clone(self.tables.get_or_init(|| self.points.iter().map(table).collect()))
    }

    /// The means of the default grid.
    pub(super) fn means() -> impl Iterator<Item = f64> {
        (0..Self::MEANS).map(|i| (f64::from(i) + 0.5) / f64::from(Self::MEANS))
    }

    /// How often bugs have a mean, up to a factor: most of them crash in most runs.
    pub(super) fn weight(mu: f64) -> f64 {
        (1.0 - mu).powf(-0.25)
    }

    /// A rate that is known, the same at every revision.
    #[must_use]
    pub fn known(theta: f64) -> Self {
        const RIGID: f64 = 1e9;
        Self::new(&[(theta, RIGID, 1.0)])
    }

    /// The points with their log weights.
    #[must_use]
    pub fn points(&self) -> &[(BetaPrior, LogProb)] {
        &self.points
    }

    /// The prior's weights; they sum to one.
    #[must_use]
    pub fn weights(&self) -> Vec<Prob> {
        self.points.iter().map(|(_, weight)| weight.exp()).collect()
    }
}

impl Default for RateGrid {
    /// 24 means times 7 weights: `w(mu, kappa) = (1 - mu)^-0.25 kappa^0.35`.
    fn default() -> Self {
        let point = |mu: f64| Self::KAPPAS.map(|kappa| (mu, kappa, Self::weight(mu) * kappa.powf(0.35)));
        Self::new(&Self::means().flat_map(point).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_of_very_many_trials_are_close_to_the_exact_ones() {
        for (a, b) in
            [(0.5, 1e5), (1.5, 2e5), (7.5, 1e5), (900.5, 1.5e5), (1e5, 3.5), (1200.5, 1e5), (5e4, 6e4), (9e4, 2e4)]
        {
            for p in [0.025, 0.5, 0.975] {
                let exact = Beta::new(a, b).unwrap().inverse_cdf(p);
                let (got, near) = (quantile(a, b, p), exact.min(1.0 - exact));
                assert!((got - exact).abs() < 1e-3 * near, "{a} {b} {p}: {got} {exact}");
            }
        }
        let rate = rate(Tally { crashes: 5, passes: 1_000_000_000 }, BetaPrior::JEFFREYS);
        assert!(rate.interval.low.value() > 1e-9 && rate.interval.high.value() < 2e-8, "{rate:?}");
    }

    fn of(crashes: u32, passes: u32) -> Estimate {
        rate(Tally { crashes, passes }, BetaPrior::JEFFREYS)
    }

    /// Quantiles by an independent implementation (`scipy.stats.beta.ppf`, 1.16).
    #[test]
    fn intervals_agree_with_tables() {
        let cases = [
            ((14, 6), 0.6905, 0.4828, 0.8639),
            ((0, 10), 0.0455, 0.00005, 0.2172),
            ((10, 0), 0.9545, 0.7828, 0.99995),
            ((1, 9), 0.1364, 0.0110, 0.3813),
            ((0, 0), 0.5, 0.0015, 0.9985),
        ];
        for ((k, passes), mean, low, high) in cases {
            let rate = of(k, passes);
            let Interval { low: got_low, high: got_high, .. } = rate.interval;
            let near = |got: Prob, expected: f64| (got.value() - expected).abs() < 6e-5;
            assert!(near(rate.mean, mean) && near(got_low, low) && near(got_high, high), "{k}/{passes}: {rate:?}");
        }
    }

    #[test]
    fn the_grid_sums_to_one_and_has_mass_at_both_ends() {
        let grid = RateGrid::default();
        assert_eq!(grid.points().len(), 168);
        assert!((grid.weights().iter().map(|weight| weight.value()).sum::<f64>() - 1.0).abs() < 1e-12);
        let chance = |tally: Tally| -> f64 {
            grid.points().iter().map(|(prior, weight)| (*weight + prior.ln_sequence(tally)).exp().value()).sum()
        };
        let never = chance(Tally { crashes: 0, passes: 10 });
        let always = chance(Tally { crashes: 10, passes: 0 });
        assert!(never > 0.05 && always > 0.1, "{never} {always}");
    }
}
