//! What would follow if somebody knew how often a bad revision fails: the answer for several reproduction rates.
//!
//! `P(g | runs, theta) ∝ prior(g) L(g | theta)`, as in [`crate::model::culprit`] with one behaviour in the place of a mixture.
//! A rate is plausible unless the runs speak against it: `P(runs | theta) >= P(runs) / 20`, strong evidence by Kass and
//! Raftery (1995).

use serde::Serialize;

use crate::evidence::CommitId;
use crate::model::behaviour::RatePrior;
use crate::model::bug::ReportedBug;
use crate::model::rate::RateGrid;
use crate::model::table::RateTable;
use crate::prob::Prob;

use super::Settings;
use super::solve::{PlacePrior, Tested};
use super::titles::Prepared;

/// The rates that are tried: every time, nine times in ten, every second time.
pub const RATES: [f64; 3] = [0.999, 0.9, 0.5];

/// Runs speak against a rate that makes them so many times less likely.
const IMPLAUSIBLE: f64 = 20.0;

/// Factors above this are all the same.
const LARGEST: f64 = 1e9;

/// What follows at one reproduction rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AtRate {
    /// The share of runs in which a bad revision fails.
    pub rate: Prob,
    /// P(the reported bug starts at the named commit), at that rate.
    pub p_named: Prob,
    /// Whether the runs leave that rate plausible.
    pub plausible: bool,
    /// [`super::Analysis::bayes_factor_elsewhere`], at that rate.
    #[serde(skip)]
    pub factor: f64,
}

/// The bisection, as the model wants it.
pub(super) struct Known<'a> {
    pub(super) prepared: &'a Prepared<'a>,
    pub(super) tested: &'a Tested<'a>,
    pub(super) prior: &'a PlacePrior,
    pub(super) settings: &'a Settings,
}

impl Known<'_> {
    /// One entry a rate; none where the rate is known.
    pub(super) fn by_rate(&self, bug: &ReportedBug, named: &CommitId) -> Vec<AtRate> {
        if self.settings.told_rates {
            return Vec::new();
        }
        RATES.iter().filter_map(|rate| self.at(*rate, bug, named)).collect()
    }

    fn at(&self, rate: f64, bug: &ReportedBug, named: &CommitId) -> Option<AtRate> {
        let Self { prepared, tested, settings, .. } = *self;
        let rates = RatePrior::from(&RateGrid::known(rate));
        let table = RateTable::new(&rates, &settings.background, &tested.sizes());
        let at = prepared.solve(&table)?;
        Some(AtRate {
            rate: Prob::saturating(rate),
            p_named: tested.p_named(&at.culprit, named)?,
            plausible: at.evidence.ln() >= bug.evidence.ln() - IMPLAUSIBLE.ln(),
            factor: self.factor(&at, named)?,
        })
    }

    /// The Bayes factor of the best other place, no change among them, against the named commit's. Missing without a place
    /// for the named commit.
    pub(super) fn factor(&self, bug: &ReportedBug, named: &CommitId) -> Option<f64> {
        let (culprit, prior) = (&bug.culprit, self.prior);
        let here = self.tested.model_gap(named)?;
        let gain =
            |posterior: Prob, prior: Prob| (prior > Prob::ZERO).then(|| posterior.value().ln() - prior.value().ln());
        let gaps = culprit.gaps.iter().zip(&prior.gaps).enumerate();
        let others =
            gaps.filter(|(gap, _)| *gap != here).filter_map(|(_, (posterior, prior))| gain(*posterior, *prior));
        let best = others.chain(gain(culprit.none, prior.none)).fold(f64::NEG_INFINITY, f64::max);
        let ours = gain(*culprit.gaps.get(here)?, *prior.gaps.get(here)?)?;
        Some(if ours.is_finite() { (best - ours).exp().min(LARGEST) } else { LARGEST })
    }
}
