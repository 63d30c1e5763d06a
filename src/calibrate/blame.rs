//! How well the named commit can be blamed: a fit on labelled bisections, judged on bisections of culprits that it has not
//! seen, and on whether it would say the same had other bisections been labelled.
//!
//! Culprits are dealt into ten folds; the bisections of each fold are judged by a fit on the other nine (cross-validation;
//! Stone 1974). What is scored is the mean over `DEALS` ways to deal them. Bisections are of one culprit when they share
//! what is true or what was named ([`super::culprits`]).

use serde::Serialize;

use super::culprits::{groups, members};
use super::guard::Guard;
use super::scores::Case;
use super::{Scores, Settings, TradeOff, Truth, right, trade_offs};
use crate::analysis::answer::{Answer, least_factor};
use crate::analysis::finding::Severity;
use crate::analysis::{Analysis, blame};
use crate::evidence::file_name;
use crate::model::blame::{Fit, Labelled, RIDGE, Values, cross_validated, fit};
use crate::prob::Prob;

/// How many folds.
const FOLDS: usize = 10;
/// How often the culprits are dealt.
pub(crate) const DEALS: u64 = 10;

/// A fit and how it did on bisections that it had not seen.
#[derive(Clone, Debug, Serialize)]
pub struct BlameFit {
    /// On all labelled bisections.
    #[serde(skip)]
    pub fit: Fit,
    /// Labelled bisections.
    pub bisections: usize,
    /// Their culprits.
    pub culprits: usize,
    /// Whether the labels name the true culprits. Without them, two bisections of one bug that name different commits count
    /// as two culprits, and the figures flatter.
    pub true_culprits_known: bool,
    /// Cross-validated by culprit, with intervals by culprit.
    pub scores: Scores,
    /// Whether the fit can be relied on.
    pub guard: Guard,
    /// The answers by truth, with the `p_right` of fits that have not seen the culprit.
    pub answers: Vec<AnswerRow>,
    /// What a demand on `p_right` does.
    pub trade_offs: Vec<TradeOff>,
    /// The same when findings of severity error fail too.
    pub trade_offs_with_errors: Vec<TradeOff>,
}

/// How many labelled bisections get an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AnswerRow {
    /// The answer.
    pub answer: Answer,
    /// Named commits that are right.
    pub right: usize,
    /// Those that are wrong.
    pub wrong: usize,
}

/// Why there is no fit.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BlameError {
    /// Too few labels of a kind.
    #[error("found too few labelled bisections, expected ten right and ten wrong ones at least")]
    TooFew,
    /// A weight has the sign that its reason denies: the labels are too few, or the reason does not hold for them.
    #[error(
        "found a weight of {weight:+.3} for {feature}, against its reason ({why}): expected more labels, or ones of bisections \
         for which the reason holds; no fit was made"
    )]
    Sign {
        /// The feature whose weight has the wrong sign.
        feature: &'static str,
        /// Its weight.
        weight: f64,
        /// Why it should tell.
        why: &'static str,
    },
}

/// Labelled bisections, in the order of the analyses.
#[derive(Clone, Debug, Default)]
pub(super) struct Cases {
    pub(super) values: Vec<Values>,
    pub(super) right: Vec<bool>,
    /// The culprit of each.
    pub(super) groups: Vec<usize>,
    /// What deals each culprit: a hash of its files' names, so that folds do not depend on where the logs lie.
    pub(super) keys: Vec<u64>,
    /// When each was made, where its log tells.
    pub(super) years: Vec<Option<i16>>,
    /// The part of the kernel that crashed.
    pub(super) subsystems: Vec<String>,
    /// `p_named`, and the Bayes factor of the best other place.
    runs: Vec<(Option<Prob>, f64)>,
    /// Whether something is found of severity error.
    errors: Vec<bool>,
}

/// Fits on the analyses whose named commit is known to be right or wrong. Their findings are looked at, not judged.
///
/// # Errors
/// [`BlameError`] with too few of either, or when a weight has the wrong sign.
pub fn fit_blame(analyses: &[Analysis], truth: &Truth, settings: Settings) -> Result<BlameFit, BlameError> {
    let cases = Cases::of(analyses, truth);
    let wrong = cases.right.iter().filter(|right| !**right).count();
    if wrong.min(cases.right.len() - wrong) < FOLDS {
        return Err(BlameError::TooFew);
    }
    cases.judged(truth.knows_culprits(), settings)
}

impl Cases {
    fn of(analyses: &[Analysis], truth: &Truth) -> Self {
        let (mut cases, mut commits, mut files) = (Self::default(), Vec::new(), Vec::new());
        for analysis in analyses {
            let (Some(right), Some(values)) = (right(analysis, truth), blame::values(analysis)) else { continue };
            cases.values.push(values);
            cases.right.push(right);
            cases.runs.push((analysis.p_named, least_factor(analysis)));
            cases.years.push(analysis.evidence.year());
            cases.subsystems.push(blame::subsystem(analysis));
            cases.errors.push(analysis.findings.iter().any(|finding| finding.severity == Severity::Error));
            commits.push(truth.commits_of(analysis));
            files.push(hash(file_name(&analysis.path).unwrap_or_default()));
        }
        cases.groups = groups(&commits);
        let key = |of: &Vec<usize>| of.iter().map(|i| files[*i]).fold(u64::MAX, u64::min);
        cases.keys = members(&cases.groups).iter().map(key).collect();
        cases
    }

    /// The fit of all of them, and how it does.
    fn judged(&self, true_culprits_known: bool, settings: Settings) -> Result<BlameFit, BlameError> {
        let fit = fit(self.labelled(), RIDGE);
        signs(&fit)?;
        let unseen = self.unseen(settings.seed);
        let failing: Vec<Case> = unseen.iter().zip(&self.errors).map(|(case, error)| without(*case, *error)).collect();
        let judged = || {
            Some(BlameFit {
                bisections: self.right.len(),
                culprits: self.keys.len(),
                true_culprits_known,
                scores: Scores::of(&unseen, &self.groups, settings)?,
                guard: Guard::of(self, &unseen, settings)?,
                answers: self.answers(&unseen),
                trade_offs: trade_offs(&unseen, &self.groups, settings)?,
                trade_offs_with_errors: trade_offs(&failing, &self.groups, settings)?,
                fit,
            })
        };
        judged().ok_or(BlameError::TooFew)
    }

    /// The answers that there would be, had the fit not seen the culprit.
    fn answers(&self, unseen: &[Case]) -> Vec<AnswerRow> {
        let answer = |((p, right), (p_named, factor)): (&Case, &(Option<Prob>, f64))| {
            (Answer::of_named(Some(*p), *p_named, *factor), *right)
        };
        let given: Vec<_> = unseen.iter().zip(&self.runs).map(answer).collect();
        let number = |answer, right| given.iter().filter(|given| **given == (answer, right)).count();
        let named = Answer::ALL.into_iter().take(5);
        named.map(|answer| AnswerRow { answer, right: number(answer, true), wrong: number(answer, false) }).collect()
    }

    pub(super) fn labelled(&self) -> Labelled<'_> {
        Labelled { values: &self.values, right: &self.right }
    }

    /// What fits say of culprits that they have not seen, in the order of the bisections: the mean over all deals.
    pub(super) fn unseen(&self, seed: u64) -> Vec<Case> {
        let deals = (0..DEALS).map(|deal| cross_validated(self.labelled(), RIDGE, &self.folds(deal + seed)));
        let mut sums = vec![0.0; self.right.len()];
        for deal in deals {
            for (sum, p) in sums.iter_mut().zip(deal) {
                *sum += p.value();
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let mean = |sum: f64| Prob::saturating(sum / DEALS as f64);
        sums.into_iter().zip(&self.right).map(|(sum, right)| (mean(sum), *right)).collect()
    }

    /// The fold of each bisection: its culprit's.
    fn folds(&self, deal: u64) -> Vec<usize> {
        let turns = self.turns(deal);
        self.groups.iter().map(|group| turns[*group] % FOLDS).collect()
    }

    /// Shuffles the culprits: the turn of each.
    pub(super) fn turns(&self, deal: u64) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.keys.len()).collect();
        order.sort_by_key(|group| mixed(self.keys[*group] ^ mixed(deal)));
        let mut turns = vec![0; order.len()];
        for (turn, group) in order.into_iter().enumerate() {
            turns[group] = turn;
        }
        turns
    }
}

/// Every weight must say what its reason says.
fn signs(fit: &Fit) -> Result<(), BlameError> {
    for feature in blame::FEATURES {
        let weight =
            fit.columns.iter().find(|column| column.feature == feature.name).map_or(0.0, |column| column.weight);
        if !feature.sign.agrees(weight) {
            return Err(BlameError::Sign { feature: feature.name, weight, why: feature.why });
        }
    }
    Ok(())
}

/// With nothing stated where something is found of severity error, so that it fails every demand.
fn without((p, right): Case, error: bool) -> Case {
    (if error { Prob::ZERO } else { p }, right)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::analysis::blame::FEATURES;
    use crate::calibrate::guard::Broken;
    use crate::model::blame::Sign;

    const QUICK: Settings = Settings { bootstrap: 50, ..settings() };

    const fn settings() -> Settings {
        Settings { bins: crate::calibrate::scores::ECE_BINS, bootstrap: 0, seed: 1 }
    }

    /// Labelled bisections of so many culprits, three copies of every fifth. Each feature pushes by `push`, in logits, along
    /// its reason, times what `along` says of it.
    fn drawn(culprits: u64, push: f64, along: impl Fn(&str) -> f64) -> Cases {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut cases = Cases::default();
        for culprit in 0..culprits {
            let (mut values, mut logit) = (BTreeMap::new(), 0.0);
            for feature in FEATURES {
                let x = random.random::<f64>() * 12f64.sqrt();
                let sign = if feature.sign == Sign::For { 1.0 } else { -1.0 };
                logit += sign * along(feature.name) * push * (x - 3f64.sqrt());
                values.insert(feature.name, Some(x));
            }
            let right = random.random::<f64>() < 1.0 / (1.0 + (-logit).exp());
            for _ in 0..if culprit % 5 == 0 { 3 } else { 1 } {
                cases.values.push(values.clone());
                cases.right.push(right);
                cases.groups.push(cases.keys.len());
                cases.years.push(Some(2018 + i16::try_from(culprit % 5).unwrap()));
                cases.runs.push((Some(Prob::saturating(0.9)), 0.5));
                cases.subsystems.push(["net", "fs", "mm"][usize::try_from(culprit % 3).unwrap()].to_owned());
                cases.errors.push(false);
            }
            cases.keys.push(hash(&culprit.to_string()));
        }
        cases
    }

    #[test]
    fn reasons_that_hold_make_a_fit_that_holds() {
        let cases = drawn(400, 0.7, |_| 1.0);
        let fitted = cases.judged(true, QUICK).unwrap();
        assert_eq!((fitted.bisections, fitted.culprits, fitted.fit.columns.len()), (560, 400, FEATURES.len()));
        let guard = &fitted.guard;
        assert!((0.9..1.3).contains(&guard.slope.value), "{guard:?}");
        assert!(fitted.scores.auc.unwrap().value > 0.85 && guard.features.iter().all(|f| f.flips == 0.0), "{guard:?}");
        assert_eq!(guard.left_out.len(), 3);
        assert!(guard.features.iter().all(|feature| feature.gain > 0.0), "{guard:?}");
    }

    #[test]
    fn a_weight_against_its_reason_is_no_fit() {
        let upside_down = |name: &str| if name == "strength" { -1.0 } else { 1.0 };
        let error = drawn(300, 0.7, upside_down).judged(true, settings()).unwrap_err();
        let BlameError::Sign { feature, weight, .. } = error else { panic!("{error}") };
        assert!(feature == "strength" && weight < -0.3, "{feature} {weight}");
    }

    /// What tells nothing has other weights in every half, and they are not of one sign.
    #[test]
    fn features_that_tell_nothing_fall_apart() {
        let cases = drawn(300, 0.0, |_| 1.0);
        let guard = Guard::of(&cases, &cases.unseen(1), settings()).unwrap();
        assert!(guard.halves < 0.5, "{guard:?}");
        assert!(guard.broken.contains(&Broken::Halves) && guard.broken.contains(&Broken::Flips), "{guard:?}");
    }

    #[test]
    fn a_culprit_is_never_on_both_sides() {
        let cases = drawn(100, 0.7, |_| 1.0);
        for deal in 0..5 {
            let folds = cases.folds(deal);
            for i in 1..folds.len() {
                assert!(cases.groups[i] != cases.groups[i - 1] || folds[i] == folds[i - 1]);
            }
            assert!((0..FOLDS).all(|fold| folds.contains(&fold)));
        }
        assert_ne!(cases.folds(0), cases.folds(1));
    }
}
