//! How the crash probability of a bug behaves, from revision to revision and from run to run.
//!
//! - *Uneven*: each revision has a rate of its own, `theta_i ~ Beta(mu kappa, (1 - mu) kappa)`: a race gets easier or harder
//!   with unrelated changes.
//! - *Repeating*: the rate is one, but a run repeats the one before with a certain probability: runs share a machine, a
//!   kernel that is up, a phase of the moon. Ten runs are then worth fewer than ten.
//! - *Drifting*: the rate goes from one value at the crashing end to another at the change, in proportion to the commits
//!   between: the code around the bug changes little by little, and neighbours are alike.

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
}

impl Behaviour {
    /// The share of runs that crash, over all bad revisions.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match *self {
            Self::Uneven { mu, .. } => mu,
            Self::Repeating { theta, .. } => theta,
            Self::Drifting { origin, change } => f64::midpoint(origin, change),
        }
    }

    /// Whether the numbers are in their ranges.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let rate = |theta: f64| theta > 0.0 && theta < 1.0;
        match *self {
            Self::Uneven { mu, kappa } => rate(mu) && kappa > 0.0 && kappa <= 1e12,
            Self::Repeating { theta, repeat } => rate(theta) && rate(repeat),
            Self::Drifting { origin, change } => rate(origin) && rate(change),
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

    /// Of bugs whose rate is the same at every bad revision, whatever it be: rates that are alike on the scale of log odds,
    /// from 0.018 to 0.982.
    #[must_use]
    pub fn constant() -> Self {
        const MEANS: u32 = 33;
        const RIGID: f64 = 1e6;
        let means = (0..MEANS).map(|i| 1.0 / (1.0 + (4.0 - f64::from(i) / 4.0).exp()));
        Self::new(&means.map(|mu| (Behaviour::Uneven { mu, kappa: RIGID }, 1.0)).collect::<Vec<_>>())
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
    /// Seven in a hundred bugs repeat themselves and one in five drifts: shares, and the weights of [`RateGrid`], that did
    /// well in simulated worlds; real archives are fitted.
    fn default() -> Self {
        const REPEATING: f64 = 0.07;
        const DRIFTING: f64 = 0.2;
        let uneven = Self::from(&RateGrid::default());
        let uneven = uneven.parts.into_iter().map(|(part, weight)| (part, weight.exp().value()));
        let parts =
            [shared(1.0 - REPEATING - DRIFTING, uneven), shared(REPEATING, repeating()), shared(DRIFTING, drifting())];
        Self::new(&parts.concat())
    }
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
