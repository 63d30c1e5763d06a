//! What the tests of one archive teach, for the histories of others: a part of the archive on another machine, or next week's CI.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::evidence::CommitId;
use crate::model::regimes::{Outage, OutageEvidence, RATES, RegimePrior};

/// The version of the JSON.
const SCHEMA: &str = "bisectstat-history-prior/1";

/// How often rates change, which rates there are, and at which revisions everything failed at once.
///
/// Tests that are judged by a prior do not teach each other: whatever part of an archive is judged, each test gets the same
/// history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryPrior {
    schema: String,
    /// Tests that taught.
    pub tests: u64,
    /// P(the rate of a test changes) at one commit.
    pub hazard: f64,
    /// The rates at which tests fail, ascending, with their weights.
    rates: Vec<(f64, f64)>,
    /// For each revision with runs, `ln` of the likelihood of an outage against none, for each share of runs that it may fail.
    outages: BTreeMap<CommitId, OutageEvidence>,
}

/// Why a file is no prior.
#[derive(Debug, thiserror::Error)]
pub enum HistoryPriorError {
    /// Not its JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Of another version, or another file.
    #[error("found the schema {0:?}, expected {SCHEMA:?}")]
    Schema(String),
    /// Of a model with other rates.
    #[error("found other rates than those of this version")]
    Rates,
    /// No probabilities.
    #[error("found a hazard that is not between 0 and 0.5, weights that are none, or numbers that are not finite")]
    Numbers,
}

impl HistoryPrior {
    pub(super) fn new(tests: u64, prior: &RegimePrior, outages: BTreeMap<CommitId, OutageEvidence>) -> Self {
        let rates = RATES.into_iter().zip(prior.weights).collect();
        Self { schema: SCHEMA.to_owned(), tests, hazard: prior.hazard, rates, outages }
    }

    /// Reads a prior's file.
    ///
    /// # Errors
    /// [`HistoryPriorError`] when it is none, or one of another version.
    pub fn parse(text: &str) -> Result<Self, HistoryPriorError> {
        let prior: Self = serde_json::from_str(text)?;
        let rates = prior.rates.iter().map(|(rate, _)| *rate);
        let is_weight = |weight: f64| (0.0..=1.0).contains(&weight);
        let weights = || prior.rates.iter().map(|(_, weight)| *weight);
        match () {
            () if prior.schema != SCHEMA => Err(HistoryPriorError::Schema(prior.schema)),
            () if !rates.eq(RATES) => Err(HistoryPriorError::Rates),
            () if prior.hazard > 0.0
                && prior.hazard <= 0.5
                && weights().all(is_weight)
                && (weights().sum::<f64>() - 1.0).abs() < 1e-6
                && prior.outages.values().all(OutageEvidence::is_finite) =>
            {
                Ok(prior)
            }
            () => Err(HistoryPriorError::Numbers),
        }
    }

    pub(super) fn regimes(&self) -> RegimePrior {
        let weights = std::array::from_fn(|at| self.rates.get(at).map_or(0.0, |(_, weight)| *weight));
        RegimePrior::new(self.hazard, &weights)
    }

    /// The outage at a revision, where the tests that taught ran.
    pub(super) fn outage(&self, revision: &CommitId) -> Option<Outage> {
        self.outages.get(revision).map(OutageEvidence::outage)
    }
}
