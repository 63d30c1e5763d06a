//! How well the named commit can be blamed: a fit on labelled bisections, judged on bisections that it has not seen.
//!
//! The bisections are dealt into ten folds, right and wrong ones alike; each fold is judged by a fit on the other nine,
//! whose penalty is chosen among those nine alone (nested cross-validation; Stone 1974). Dealing them anew shows how much
//! chance is in the figures.

use serde::Serialize;

use super::bootstrap::ece_by_chance;
use super::scores::{self, Case};
use super::{Scores, Settings, TradeOff, Truth, right, trade_offs};
use crate::analysis::finding::Severity;
use crate::analysis::{Analysis, blame};
use crate::evidence::file_name;
use crate::model::blame::{Fit, Labelled, Values, cross_validated, fit, log_loss};
use crate::prob::Prob;

/// Penalties that are tried.
const RIDGES: [f64; 4] = [1.0, 3.0, 10.0, 30.0];
/// Folds outside and inside.
const FOLDS: (usize, usize) = (10, 5);
/// How often the bisections are dealt.
const DEALS: u64 = 10;

/// A fit and how it did on bisections that it had not seen.
#[derive(Clone, Debug, Serialize)]
pub struct BlameFit {
    /// On all labelled bisections.
    #[serde(skip)]
    pub fit: Fit,
    /// The first deal in full.
    pub scores: Scores,
    /// The mean over all deals.
    pub over_deals: DealScores,
    /// What a demand on `p_right` does, over all deals.
    pub trade_offs: Vec<TradeOff>,
    /// The same when findings of severity error fail too.
    pub trade_offs_with_errors: Vec<TradeOff>,
}

/// Cross-validated scores, each the mean over the deals.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct DealScores {
    /// How many.
    pub deals: u64,
    /// Area under the ROC curve.
    pub auc: f64,
    /// Brier score.
    pub brier: f64,
    /// Log score.
    pub log_score: f64,
    /// Expected calibration error over ten bins.
    pub ece: f64,
    /// What that would be if all that is stated were true: the mean over outcomes drawn with the stated probabilities.
    pub ece_by_chance: f64,
}

/// Labelled bisections, in a stable order.
struct Cases {
    values: Vec<Values>,
    right: Vec<bool>,
    /// What deals them: a hash of the file's name, so that folds do not depend on where the logs lie.
    keys: Vec<u64>,
    /// Whether something is found of severity error.
    errors: Vec<bool>,
}

/// Fits on the analyses whose named commit is known to be right or wrong; `None` with too few of either. Their findings
/// are looked at, not judged.
#[must_use]
pub fn fit_blame(analyses: &[Analysis], truth: &Truth, settings: Settings) -> Option<BlameFit> {
    let cases = Cases::of(analyses, truth);
    let wrong = cases.right.iter().filter(|right| !**right).count();
    if wrong.min(cases.right.len() - wrong) < FOLDS.0 {
        return None;
    }
    let deals: Vec<Vec<Case>> = (0..DEALS).map(|deal| cases.unseen(deal + settings.seed)).collect();
    let ridge = cases.best_ridge(settings.seed);
    let all = Labelled { values: &cases.values, right: &cases.right };
    let scores = Scores::of(deals.first()?, settings)?;
    let over_deals = DealScores::of(&deals)?;
    Some(BlameFit {
        fit: fit(all, ridge),
        scores,
        over_deals,
        trade_offs: trade_offs(&deals, settings)?,
        trade_offs_with_errors: trade_offs(&cases.failing_errors(deals), settings)?,
    })
}

impl DealScores {
    fn of(deals: &[Vec<Case>]) -> Option<Self> {
        let mean = |score: fn(&[Case]) -> Option<f64>| {
            let scores: Option<Vec<f64>> = deals.iter().map(|cases| score(cases)).collect();
            scores.map(|scores| scores.iter().sum::<f64>() / f64::from(u32::try_from(scores.len()).unwrap_or(1)))
        };
        Some(Self {
            deals: deals.len() as u64,
            auc: mean(scores::auc)?,
            brier: mean(scores::brier)?,
            log_score: mean(scores::log_score)?,
            ece: mean(scores::ece)?,
            ece_by_chance: ece_by_chance(deals.first()?)?,
        })
    }
}

impl Cases {
    fn of(analyses: &[Analysis], truth: &Truth) -> Self {
        let judged = analyses.iter().filter_map(|analysis| Some((analysis, right(analysis, truth)?)));
        let mut cases = Self { values: Vec::new(), right: Vec::new(), keys: Vec::new(), errors: Vec::new() };
        for (analysis, right) in judged {
            let Some(values) = blame::values(analysis) else { continue };
            cases.values.push(values);
            cases.right.push(right);
            cases.keys.push(hash(file_name(&analysis.path).unwrap_or_default()));
            cases.errors.push(analysis.findings.iter().any(|finding| finding.severity == Severity::Error));
        }
        cases
    }

    /// What fits say of bisections that they have not seen, in the order of the bisections.
    fn unseen(&self, deal: u64) -> Vec<Case> {
        let folds = self.folds(deal, FOLDS.0);
        let mut cases: Vec<Case> = self.right.iter().map(|right| (Prob::ZERO, *right)).collect();
        for fold in 0..FOLDS.0 {
            let inside: Vec<usize> = (0..folds.len()).filter(|i| folds[*i] != fold).collect();
            let training = self.only(&inside);
            let chosen = training.best_ridge(deal);
            let model = fit(Labelled { values: &training.values, right: &training.right }, chosen);
            for i in (0..folds.len()).filter(|i| folds[*i] == fold) {
                cases[i].0 = model.p_right(&self.values[i]);
            }
        }
        cases
    }

    /// The deals with nothing stated for bisections with errors, so that these fail every demand.
    fn failing_errors(&self, mut deals: Vec<Vec<Case>>) -> Vec<Vec<Case>> {
        for (case, error) in deals.iter_mut().flat_map(|deal| deal.iter_mut().zip(&self.errors)) {
            case.0 = if *error { Prob::ZERO } else { case.0 };
        }
        deals
    }

    fn only(&self, chosen: &[usize]) -> Self {
        Self {
            values: chosen.iter().map(|i| self.values[*i].clone()).collect(),
            right: chosen.iter().map(|i| self.right[*i]).collect(),
            keys: chosen.iter().map(|i| self.keys[*i]).collect(),
            errors: chosen.iter().map(|i| self.errors[*i]).collect(),
        }
    }

    /// The penalty with the best log score across folds.
    fn best_ridge(&self, deal: u64) -> f64 {
        let folds = self.folds(deal.wrapping_add(1 << 32), FOLDS.1);
        let labelled = Labelled { values: &self.values, right: &self.right };
        let loss = |ridge: f64| log_loss(&cross_validated(labelled, ridge, &folds), &self.right);
        let tried = RIDGES.map(|ridge| (ridge, loss(ridge)));
        tried.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(RIDGES[0], |(ridge, _)| ridge)
    }

    /// Deals the bisections, the right and the wrong ones each in turn.
    fn folds(&self, deal: u64, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.right.len()).collect();
        order.sort_by_key(|i| (self.right[*i], mixed(self.keys[*i] ^ mixed(deal))));
        let mut folds = vec![0; order.len()];
        for (turn, i) in order.into_iter().enumerate() {
            folds[i] = turn % count;
        }
        folds
    }
}

/// FNV-1a: the same on every machine.
fn hash(text: &str) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    text.bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

/// SplitMix64 (Steele, Lea & Flood 2014): spreads every bit over the whole number.
const fn mixed(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
