//! How revisions with the change fail, and how those without it do: weighted parts, each with the chance of its next run.
//!
//! A [`RatePrior`] is taken apart: its constant rates become points of a grid, with the weight of their density there
//! (points `theta = sin^2 phi` at even `phi`, which lie as close as runs can tell rates apart, since the deviation of `phi` is
//! `1 / (2 sqrt n)` at every rate); uneven ones stay; those that repeat or drift become the uneven ones that come nearest.

use std::collections::BTreeMap;
use std::f64::consts::FRAC_PI_2;

use statrs::function::beta::ln_beta;
use statrs::function::factorial::ln_binomial;

use crate::model::behaviour::{Behaviour, RatePrior};
use crate::model::beta_binomial::{BetaPrior, Tally};

/// One way to fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Part {
    /// The same rate at each revision.
    Constant(f64),
    /// A rate for each revision.
    Uneven(BetaPrior),
}

impl Part {
    pub(super) const fn mean(self) -> f64 {
        match self {
            Self::Constant(theta) => theta,
            Self::Uneven(BetaPrior { a, b }) => a / (a + b),
        }
    }

    /// P(the next run crashes) at a revision that has shown this.
    pub(super) fn next(self, seen: Tally) -> f64 {
        match self {
            Self::Constant(theta) => theta,
            Self::Uneven(BetaPrior { a, b }) => {
                (a + f64::from(seen.crashes)) / (a + b + f64::from(seen.crashes) + f64::from(seen.passes))
            }
        }
    }

    /// `ln P` of one order of these outcomes at a revision that has shown `seen`.
    pub(super) fn ln(self, seen: Tally, then: Tally) -> f64 {
        let (k, passes) = (f64::from(then.crashes), f64::from(then.passes));
        match self {
            Self::Constant(theta) => k * theta.ln() + passes * (-theta).ln_1p(),
            Self::Uneven(BetaPrior { a, b }) => {
                let (a, b) = (a + f64::from(seen.crashes), b + f64::from(seen.passes));
                ln_beta(a + k, b + passes) - ln_beta(a, b)
            }
        }
    }

    /// `P(k of the next runs crash)` for `k = 0 … runs`.
    pub(super) fn crashes(self, seen: Tally, runs: u32) -> Vec<f64> {
        if runs == 1 {
            let p = self.next(seen);
            return vec![1.0 - p, p];
        }
        let n = f64::from(runs);
        // P(k + 1) / P(k), so that one of them needs gamma functions: one that is not far from the likeliest.
        let step = |k: u32| {
            let k = f64::from(k);
            let odds = match self {
                Self::Constant(theta) => theta / (1.0 - theta),
                Self::Uneven(BetaPrior { a, b }) => {
                    (a + f64::from(seen.crashes) + k) / (b + f64::from(seen.passes) + n - k - 1.0)
                }
            };
            (n - k) / (k + 1.0) * odds
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
        let middle = ((self.next(seen) * n).round() as u32).min(runs);
        let ln = self.ln(seen, Tally { crashes: middle, passes: runs - middle });
        let mut chances = vec![0.0; runs as usize + 1];
        chances[middle as usize] = (ln + ln_binomial(u64::from(runs), u64::from(middle))).exp();
        for k in middle..runs {
            chances[k as usize + 1] = chances[k as usize] * step(k);
        }
        for k in (0..middle).rev() {
            chances[k as usize] = chances[k as usize + 1] / step(k);
        }
        chances
    }
}

/// The parts of both sides, each by rising mean.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) bad: Vec<Part>,
    /// Prior weights of `bad`; they sum to one.
    pub(super) weights: Vec<f64>,
    pub(super) good: Vec<Part>,
    /// Prior weights of `good`; they sum to one.
    pub(super) background: Vec<f64>,
    /// The same, divided by the weight of the parts of `bad` that go with each.
    pub(super) shares: Vec<f64>,
    /// How many parts of `good` each part of `bad` goes with: those whose mean is clearly smaller.
    pub(super) below: Vec<usize>,
}

impl Parts {
    pub(super) fn new(rates: &RatePrior, background: &RatePrior) -> Self {
        /// The change makes revisions fail more often by this factor at least. What it changes less, no usual number of
        /// runs shows, and no search could ever say that there is no change.
        const MORE: f64 = 1.5;
        const RATES: u32 = 40;
        const BACKGROUNDS: u32 = 28;
        let ((bad, weights), (good, background)) = (taken_apart(rates, RATES), taken_apart(background, BACKGROUNDS));
        let goes = |bad: &Part, good: &Part| bad.mean() > MORE * good.mean();
        let below = bad.iter().map(|bad| good.partition_point(|good| goes(bad, good))).collect();
        let shares = good.iter().zip(&background).map(|(good, weight)| {
            let above: f64 =
                bad.iter().zip(&weights).filter(|(bad, _)| goes(bad, good)).map(|(_, weight)| weight).sum();
            if above > 0.0 { weight / above } else { 0.0 }
        });
        Self { shares: shares.collect(), bad, weights, good, background, below }
    }
}

/// Parts by rising mean, with their weights.
fn taken_apart(prior: &RatePrior, points: u32) -> (Vec<Part>, Vec<f64>) {
    /// Rates that differ less are the same.
    const RIGID: f64 = 1e6;
    const NOTHING: f64 = 1e-12;
    let mut parts: Vec<(Part, f64)> = Vec::new();
    let (mut constant, mut own) = (vec![0.0; points as usize], Vec::new());
    for (behaviour, weight) in prior.parts() {
        let weight = weight.exp().value();
        match *behaviour {
            Behaviour::Constant { a, b } => spread(a, b, weight, &mut constant),
            Behaviour::Uneven { mu, kappa } if kappa >= RIGID => parts.push((Part::Constant(mu), weight)),
            other => own.push((uneven(other), weight)),
        }
    }
    parts.extend(gathered(&own).into_iter().map(|(part, weight)| (Part::Uneven(part), weight)));
    parts.extend((0..points).zip(constant).map(|(i, weight)| (Part::Constant(grid(i, points)), weight)));
    parts.retain(|(_, weight)| *weight > NOTHING);
    parts.sort_by(|(a, _), (b, _)| a.mean().total_cmp(&b.mean()));
    let total: f64 = parts.iter().map(|(_, weight)| weight).sum();
    parts.into_iter().map(|(part, weight)| (part, weight / total)).unzip()
}

/// Uneven rates that are nearly alike taken together: a part costs time at each run.
fn gathered(parts: &[(BetaPrior, f64)]) -> Vec<(BetaPrior, f64)> {
    const FEW: usize = 64;
    const MEANS: f64 = 12.0;
    if parts.len() <= FEW {
        return parts.to_vec();
    }
    let mut groups: BTreeMap<(i64, i64), (f64, f64, f64)> = BTreeMap::new();
    for (BetaPrior { a, b }, weight) in parts {
        let (mu, kappa) = (a / (a + b), a + b);
        #[expect(clippy::cast_possible_truncation, reason = "numbers of groups")]
        let group = ((mu * MEANS).floor() as i64, kappa.log2().round() as i64);
        let sums = groups.entry(group).or_default();
        *sums = (sums.0 + weight * mu, sums.1 + weight * kappa.ln(), sums.2 + weight);
    }
    let mean = |(mu, ln_kappa, weight): (f64, f64, f64)| {
        (BetaPrior::with_mean(mu / weight, (ln_kappa / weight).exp()), weight)
    };
    groups.into_values().filter(|(.., weight)| *weight > 0.0).map(mean).collect()
}

/// A point of the grid.
fn grid(i: u32, points: u32) -> f64 {
    ((f64::from(i) + 0.5) / f64::from(points) * FRAC_PI_2).sin().powi(2)
}

/// Adds a beta density to the weights of the grid.
fn spread(a: f64, b: f64, weight: f64, sums: &mut [f64]) {
    let points = u32::try_from(sums.len()).unwrap_or(u32::MAX);
    let scale = ln_beta(a, b);
    // `d theta = 2 sin phi cos phi d phi`.
    let density = |theta: f64| ((a - 0.5) * theta.ln() + (b - 0.5) * (-theta).ln_1p() - scale).exp();
    let at: Vec<f64> = (0..points).map(|i| density(grid(i, points))).collect();
    let total: f64 = at.iter().sum();
    sums.iter_mut().zip(at).for_each(|(sum, at)| *sum += weight * at / total);
}

/// `P(k of the next runs crash)` for `k = 0 … runs` at a revision whose rate has this prior, after these runs.
#[must_use]
pub fn crashes(prior: BetaPrior, seen: Tally, runs: u32) -> Vec<f64> {
    Part::Uneven(prior).crashes(seen, runs)
}

/// The uneven rates that come nearest.
#[must_use]
pub fn uneven(behaviour: Behaviour) -> BetaPrior {
    /// The runs of a usual test.
    const RUNS: i32 = 10;
    /// How even revisions of one rate are, in trials.
    const EVEN: f64 = 1000.0;
    match behaviour {
        Behaviour::Uneven { mu, kappa } => BetaPrior::with_mean(mu, kappa),
        Behaviour::Constant { a, b } => BetaPrior::with_mean(a / (a + b), EVEN),
        Behaviour::Repeating { theta, repeat } => {
            let n = f64::from(RUNS);
            let others = 2.0 * repeat * (1.0 - repeat.powi(RUNS)) / (n * (1.0 - repeat).powi(2));
            let excess = (1.0 + repeat) / (1.0 - repeat) - others;
            BetaPrior::with_mean(theta, (n - 1.0) / (excess - 1.0) - 1.0)
        }
        Behaviour::Drifting { origin, change } => {
            let mean = f64::midpoint(origin, change);
            let variance = (origin - change).powi(2) / 12.0;
            BetaPrior::with_mean(mean, mean * (1.0 - mean) / variance.max(1e-9) - 1.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_holds_what_the_density_holds() {
        let parts = Parts::new(&RatePrior::constant(), &RatePrior::background());
        let mean: f64 = parts.bad.iter().zip(&parts.weights).map(|(part, weight)| part.mean() * weight).sum();
        assert!((mean - 0.5).abs() < 1e-3, "{mean}");
        // The chance of three crashes and nine passes under a uniform rate: B(4, 10).
        let then = Tally { crashes: 3, passes: 9 };
        let of = |(part, weight): (&Part, &f64)| weight * part.ln(Tally::default(), then).exp();
        let sum: f64 = parts.bad.iter().zip(&parts.weights).map(of).sum();
        assert!((sum / ln_beta(4.0, 10.0).exp() - 1.0).abs() < 1e-3, "{sum}");
    }

    /// By the formula itself, number by number; an even rate near one, where most of the numbers are next to impossible, too.
    #[test]
    fn predictions_are_those_of_the_formula() {
        let seen = Tally { crashes: 2, passes: 9 };
        let parts = [Part::Constant(0.3), Part::Constant(0.9996), Part::Uneven(BetaPrior::with_mean(0.02, 0.3))];
        for part in parts {
            for runs in [2, 7, 128] {
                for (crashes, chance) in (0..).zip(part.crashes(seen, runs)) {
                    let ln = part.ln(seen, Tally { crashes, passes: runs - crashes });
                    let expected = (ln + ln_binomial(u64::from(runs), u64::from(crashes))).exp();
                    assert!((chance - expected).abs() < 1e-9, "{part:?} {runs} {crashes}: {chance} {expected}");
                }
            }
        }
    }

    #[test]
    fn predictions_sum_to_one() {
        for part in [Part::Constant(0.3), Part::Uneven(BetaPrior::with_mean(0.3, 4.0))] {
            for runs in [1, 2, 7, 64] {
                let p = part.crashes(Tally { crashes: 2, passes: 9 }, runs);
                assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{runs}");
            }
        }
    }
}
