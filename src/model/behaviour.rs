//! How the crash probability of a bug behaves, from revision to revision and from run to run.
//!
//! - *Constant*: one rate at all revisions.
//! - *Uneven*: each revision has a rate of its own, `theta_i ~ Beta(mu kappa, (1 - mu) kappa)`: a race gets easier or harder
//!   with unrelated changes.
//! - *Repeating*: the rate is one, but a run repeats the one before with a certain probability: runs share a machine, a
//!   kernel that is up, a phase of the moon. Ten runs are then worth fewer than ten.
//! - *Drifting*: the rate goes from one value at the crashing end to another at the change, in proportion to the commits
//!   between: the code around the bug changes little by little, and neighbours are alike.
//!
//! Revisions without the bug fail by a background, which is constant or uneven, too. A constant rate that may be anywhere is
//! a mixture of `Beta(j, J + 1 - j)` for `j` from 1 to `J`: these sum to the uniform density (the Bernstein polynomials).

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::prob::LogProb;

use super::beta_binomial::BetaPrior;
use super::rate::RateGrid;
use super::table::BehaviourTable;

/// One way to behave.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Behaviour {
    /// A rate for each revision.
    Uneven {
        /// Their mean, in (0, 1).
        mu: f64,
        /// How alike they are, above 0.
        kappa: f64,
    },
    /// Runs that repeat each other.
    Repeating {
        /// The rate, in (0, 1).
        theta: f64,
        /// P(a run is the one before again), in (0, 1).
        repeat: f64,
    },
    /// A rate that moves.
    Drifting {
        /// At the crashing end, in (0, 1).
        origin: f64,
        /// At the change, in (0, 1).
        change: f64,
    },
    /// One rate, drawn once from a beta density.
    Constant {
        /// Pseudo-crashes, above 0.
        a: f64,
        /// Pseudo-passes, above 0.
        b: f64,
    },
}

impl Behaviour {
    /// The share of runs that crash, over all bad revisions.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match *self {
            Self::Uneven { mu, .. } => mu,
            Self::Repeating { theta, .. } => theta,
            Self::Drifting { origin, change } => f64::midpoint(origin, change),
            Self::Constant { a, b } => a / (a + b),
        }
    }

    /// Whether the numbers are in their ranges.
    #[must_use]
    pub(crate) fn is_sound(&self) -> bool {
        let rate = |theta: f64| theta > 0.0 && theta < 1.0;
        match *self {
            Self::Uneven { mu, kappa } => rate(mu) && kappa > 0.0 && kappa <= 1e12,
            Self::Repeating { theta, repeat } => rate(theta) && rate(repeat),
            Self::Drifting { origin, change } => rate(origin) && rate(change),
            Self::Constant { a, b } => [a, b].iter().all(|n| *n > 0.0 && n.is_finite()),
        }
    }
}

/// Weighted ways to behave.
#[derive(Clone)]
pub struct RatePrior {
    parts: Vec<(Behaviour, LogProb)>,
    /// Made once for all bisections that share the prior.
    tables: OnceLock<Arc<[BehaviourTable]>>,
}

/// The parts alone, whether there are tables yet or not.
impl fmt::Debug for RatePrior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RatePrior").field("parts", &self.parts).finish_non_exhaustive()
    }
}

impl PartialEq for RatePrior {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl RatePrior {
    /// Parts with their weights, which need not be normalised.
    #[must_use]
    pub fn new(parts: &[(Behaviour, f64)]) -> Self {
        let weights: Vec<_> = parts.iter().map(|(_, weight)| LogProb::from_ln(weight.ln())).collect();
        let shares = LogProb::normalize(&weights);
        let parts = parts.iter().zip(shares).map(|((behaviour, _), share)| (*behaviour, share.ln()));
        Self { parts: parts.collect(), tables: OnceLock::new() }
    }

    /// Of bugs whose rate is the same at every bad revision, whatever it be.
    #[must_use]
    pub fn constant() -> Self {
        Self::new(&constant().collect::<Vec<_>>())
    }

    /// Of revisions that fail by freak accidents only, each by a rate of its own.
    #[must_use]
    pub fn freak(leak: BetaPrior) -> Self {
        Self::new(&[freak(leak)])
    }

    /// Of revisions without the bug, of which nobody knows how often their test fails: mostly never, else at one rate up to
    /// one half, the larger the rarer, or at uneven ones.
    #[must_use]
    pub fn background() -> Self {
        const HIGHEST: f64 = 0.5;
        const NONE: f64 = 0.45;
        Self::background_below(HIGHEST, NONE)
    }

    /// The same of rates below `highest`, with the weight `none` for freak accidents only.
    #[must_use]
    pub fn background_below(highest: f64, none: f64) -> Self {
        /// Of backgrounds that there are.
        const UNEVEN: f64 = 0.27;
        let weight = |mu: f64| (1.0 - mu / highest).powf(1.5) + 0.01;
        let low = |mu: &f64| *mu < highest;
        let common = constant().filter(|(part, _)| low(&part.mean()));
        let common = common.map(|(part, share)| (part, share * weight(part.mean())));
        let means = RateGrid::means().filter(low).flat_map(|mu| UNEVEN_BACKGROUND.map(|kappa| (mu, kappa)));
        let uneven = means.map(|(mu, kappa)| (Behaviour::Uneven { mu, kappa }, weight(mu) * kappa));
        let freak = std::iter::once(freak(BetaPrior::LEAK));
        let there = 1.0 - none;
        let parts = [shared(none, freak), shared(there * (1.0 - UNEVEN), common), shared(there * UNEVEN, uneven)];
        Self::new(&parts.concat())
    }

    /// Of bugs that somebody searches by running their test: one rate, whatever it be, or uneven ones.
    #[must_use]
    pub fn searched() -> Self {
        const UNEVEN: f64 = 0.2;
        const MEANS: u32 = 12;
        const KAPPAS: [f64; 4] = [1.5, 3.0, 6.0, 12.0];
        let means = (0..MEANS).map(|i| (f64::from(i) + 0.5) / f64::from(MEANS));
        let uneven = means.flat_map(|mu| KAPPAS.map(|kappa| (Behaviour::Uneven { mu, kappa }, 1.0)));
        Self::new(&[shared(UNEVEN, uneven), shared(1.0 - UNEVEN, constant())].concat())
    }

    /// Of their revisions without the bug, which never fail with the probability `none`.
    #[must_use]
    pub(crate) fn background_of_searches(none: f64) -> Self {
        const UNEVEN: f64 = 0.01;
        const HIGHEST: f64 = 0.5;
        let weight = |mu: f64| (1.0 - mu / HIGHEST).powf(1.5) + 0.01;
        let common = constant().filter(|(part, _)| part.mean() < HIGHEST);
        let common = common.map(|(part, _)| (part, weight(part.mean())));
        let means = [0.02, 0.05, 0.1, 0.2, 0.3];
        let uneven =
            means.into_iter().flat_map(|mu| [4.0, 16.0].map(|kappa| (Behaviour::Uneven { mu, kappa }, weight(mu))));
        let freak = std::iter::once((Behaviour::Uneven { mu: FREAK, kappa: 10.0 }, 1.0));
        let there = 1.0 - none;
        Self::new(
            &[shared(none, freak), shared(there * (1.0 - UNEVEN), common), shared(there * UNEVEN, uneven)].concat(),
        )
    }

    /// The parts with their log weights.
    #[must_use]
    pub fn parts(&self) -> &[(Behaviour, LogProb)] {
        &self.parts
    }

    /// The likelihood under each part.
    pub(super) fn tables(&self) -> Arc<[BehaviourTable]> {
        let table = |(behaviour, _): &(Behaviour, LogProb)| BehaviourTable::new(*behaviour);
        Arc::clone(self.tables.get_or_init(|| self.parts.iter().map(table).collect()))
    }
}

impl From<&RateGrid> for RatePrior {
    fn from(grid: &RateGrid) -> Self {
        let parts = grid.points().iter().map(|(BetaPrior { a, b }, weight)| {
            (Behaviour::Uneven { mu: a / (a + b), kappa: a + b }, weight.exp().value())
        });
        Self::new(&parts.collect::<Vec<_>>())
    }
}

impl Default for RatePrior {
    /// Three of five bugs have one rate, one in thirty repeats itself, one in thirty drifts: shares that did well on tables
    /// of tests (`tests/judge`); real archives are fitted.
    fn default() -> Self {
        const CONSTANT: f64 = 0.6;
        const REPEATING: f64 = 0.03;
        const DRIFTING: f64 = 0.03;
        let uneven = Self::from(&RateGrid::default());
        let uneven = uneven.parts.into_iter().map(|(part, weight)| (part, weight.exp().value()));
        let parts = [
            shared(1.0 - CONSTANT - REPEATING - DRIFTING, uneven),
            shared(REPEATING, repeating()),
            shared(DRIFTING, drifting()),
            shared(CONSTANT, constant()),
        ];
        Self::new(&parts.concat())
    }
}

/// A good revision shows the bug in one run of two thousand, where it never should.
const FREAK: f64 = 0.0005;

/// How far from even backgrounds are, in trials.
const UNEVEN_BACKGROUND: [f64; 3] = [4.0, 16.0, 64.0];

fn freak(BetaPrior { a, b }: BetaPrior) -> (Behaviour, f64) {
    (Behaviour::Uneven { mu: a / (a + b), kappa: a + b }, 1.0)
}

/// One rate, wherever it be.
fn constant() -> impl Iterator<Item = (Behaviour, f64)> {
    const PARTS: u8 = 16;
    (1..=PARTS).map(|j| (Behaviour::Constant { a: f64::from(j), b: f64::from(PARTS + 1 - j) }, 1.0))
}

fn shared(share: f64, parts: impl Iterator<Item = (Behaviour, f64)>) -> Vec<(Behaviour, f64)> {
    let parts: Vec<_> = parts.collect();
    let total: f64 = parts.iter().map(|(_, weight)| weight).sum();
    parts.into_iter().map(|(part, weight)| (part, share * weight / total)).collect()
}

fn repeating() -> impl Iterator<Item = (Behaviour, f64)> {
    let rates = RateGrid::means().map(|theta| (theta, RateGrid::weight(theta)));
    rates
        .flat_map(|(theta, weight)| [0.4, 0.6, 0.8, 0.9].map(|repeat| (Behaviour::Repeating { theta, repeat }, weight)))
}

fn drifting() -> impl Iterator<Item = (Behaviour, f64)> {
    const RATES: [f64; 6] = [1.0 / 12.0, 3.0 / 12.0, 5.0 / 12.0, 7.0 / 12.0, 9.0 / 12.0, 11.0 / 12.0];
    let pairs = (0..RATES.len()).flat_map(|i| (0..RATES.len()).map(move |j| (i, j)));
    let moving = pairs.filter(|(i, j)| i != j);
    moving.map(|(i, j)| (Behaviour::Drifting { origin: RATES[i], change: RATES[j] }, 1.0))
}
