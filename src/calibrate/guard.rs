//! Whether a fit of who is to blame can be relied on: what could be seen inside its own labels of how it does on others.
//!
//! - The recalibration of what it says of culprits that it has not seen: a slope of the logit below 1 is over-confident.
//! - The weights of fits on one half of the culprits and on the other: features that were picked among many on the same
//!   labels fall apart here, and a weight that changes its sign has no reason.
//! - What each feature adds: the cross-validated log score without it less that with it, and the standard error of that
//!   difference, by culprit. A feature that is to join must add more than two standard errors.
//! - What fits say of a year, of a part of the kernel, or of the time after that of all their bisections.

use std::collections::BTreeSet;

use serde::Serialize;

use super::blame::Cases;
use super::culprits::members;
use super::scores::{self, Case};
use super::{Bootstrap, Score, Settings};
use crate::analysis::blame::{FEATURES, Feature};
use crate::model::blame::{Fit, RIDGE, fit_some};
use crate::prob::to_f64;

/// How often the culprits are dealt into halves.
const HALVINGS: u64 = 20;

/// What a fit must show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guard {
    /// The slope of the logit; 1 where what is stated comes true.
    pub slope: Score,
    /// Its intercept; 0 likewise.
    pub intercept: Score,
    /// The mean correlation of the weights of two halves of the culprits.
    pub halves: f64,
    /// The least one.
    pub halves_least: f64,
    /// What each feature shows by itself.
    pub features: Vec<FeatureGuard>,
    /// Judged by fits on other years, other parts of the kernel, and earlier years.
    pub left_out: Vec<LeftOut>,
    /// What does not hold; empty where the fit can be relied on.
    pub broken: Vec<Broken>,
}

/// What a feature shows by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureGuard {
    /// The name of the feature in `fit` and JSON.
    pub feature: &'static str,
    /// The share of halves in which its weight has the sign that its reason denies.
    pub flips: f64,
    /// How much worse the log score is without it, in nats a bisection.
    pub gain: f64,
    /// The standard error of that, by culprit.
    pub gain_error: f64,
}

/// What bisections have in common that are left out together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Common {
    /// The year.
    Year,
    /// The part of the kernel that crashed.
    Subsystem,
    /// The year, judged by fits on earlier ones alone.
    Forward,
}

/// How fits did on bisections unlike all that they had seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// What was left out together.
    pub common: Common,
    /// How many of these there are.
    pub parts: usize,
    /// How many bisections were judged.
    pub bisections: usize,
    /// Area under the ROC curve.
    pub auc: Score,
    /// Brier score.
    pub brier: Score,
    /// The slope of the logit.
    pub slope: Score,
}

/// What a fit does not hold to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Broken {
    /// The slope of the logit is outside of `Guard::SLOPE`.
    Slope,
    /// The weights of halves correlate with less than [`Guard::HALVES`].
    Halves,
    /// A sign flips in more than `Guard::FLIPS`.
    Flips,
}

impl Guard {
    /// The slopes of the logit with which a fit can be relied on.
    pub(crate) const SLOPE: std::ops::RangeInclusive<f64> = 0.85..=1.2;
    /// The least correlation of the weights of halves.
    pub const HALVES: f64 = 0.85;
    /// The largest share of halves in which a sign may flip.
    pub(crate) const FLIPS: f64 = 0.2;

    /// Examines fits of these cases; `unseen` is what is said of them by fits that have not seen their culprits. `None`
    /// unless some are right and some wrong.
    pub(super) fn of(cases: &Cases, unseen: &[Case], settings: Settings) -> Option<Self> {
        let score = scorer(unseen, &cases.groups, settings);
        let fits: Vec<[Fit; 2]> = (0..HALVINGS).map(|deal| cases.halves(deal + settings.seed)).collect();
        let correlations: Vec<f64> = fits.iter().filter_map(|[one, other]| correlation(one, other)).collect();
        let mut guard = Self {
            slope: score(slope)?,
            intercept: score(intercept)?,
            halves: correlations.iter().sum::<f64>() / to_f64(correlations.len().max(1)),
            halves_least: correlations.iter().copied().fold(1.0, f64::min),
            features: FEATURES
                .iter()
                .map(|feature| cases.feature(feature, unseen, fits.as_flattened(), settings))
                .collect(),
            left_out: [Common::Year, Common::Subsystem, Common::Forward]
                .into_iter()
                .filter_map(|common| cases.left_out(common, settings))
                .collect(),
            broken: Vec::new(),
        };
        guard.broken = guard.judged();
        Some(guard)
    }

    fn judged(&self) -> Vec<Broken> {
        let flips = self.features.iter().any(|feature| feature.flips > Self::FLIPS);
        let broken = [
            (!Self::SLOPE.contains(&self.slope.value), Broken::Slope),
            (self.halves < Self::HALVES, Broken::Halves),
            (flips, Broken::Flips),
        ];
        broken.into_iter().filter(|(broken, _)| *broken).map(|(_, what)| what).collect()
    }
}

#[expect(clippy::type_complexity, reason = "said once, where it is read")]
fn scorer<'a>(
    cases: &'a [Case],
    groups: &'a [usize],
    settings: Settings,
) -> impl Fn(fn(&[Case]) -> Option<f64>) -> Option<Score> + 'a {
    let bootstrap = Bootstrap { resamples: settings.bootstrap, seed: settings.seed };
    move |statistic| bootstrap.score_by(cases, groups, statistic)
}

fn slope(cases: &[Case]) -> Option<f64> {
    scores::recalibration(cases).map(|line| line.slope)
}

fn intercept(cases: &[Case]) -> Option<f64> {
    scores::recalibration(cases).map(|line| line.intercept)
}

impl Cases {
    /// Fits on one half of the culprits and on the other.
    fn halves(&self, deal: u64) -> [Fit; 2] {
        let turns = self.turns(deal);
        let first = |i: usize| turns[self.groups[i]] < turns.len() / 2;
        [fit_some(self.labelled(), RIDGE, first), fit_some(self.labelled(), RIDGE, |i| !first(i))]
    }

    /// What a feature shows by itself.
    fn feature(&self, feature: &Feature, unseen: &[Case], halves: &[Fit], settings: Settings) -> FeatureGuard {
        let flipped = halves.iter().filter(|fit| !feature.sign.agrees(weight(fit, feature.name))).count();
        let mut without = self.clone();
        for values in &mut without.values {
            values.remove(feature.name);
        }
        let worse: Vec<f64> = without
            .unseen(settings.seed)
            .iter()
            .zip(unseen)
            .map(|(without, with)| loss(without) - loss(with))
            .collect();
        let (gain, gain_error) = mean_by_group(&worse, &self.groups);
        FeatureGuard { feature: feature.name, flips: to_f64(flipped) / to_f64(halves.len().max(1)), gain, gain_error }
    }

    /// What fits say of bisections that have something in common which none has that they were made from; nor have these
    /// a culprit in common with them. `None` where too few parts can be judged.
    fn left_out(&self, common: Common, settings: Settings) -> Option<LeftOut> {
        let part = |i: usize| match common {
            Common::Year | Common::Forward => self.years[i].map(|year| year.to_string()),
            Common::Subsystem => Some(self.subsystems[i].clone()),
        };
        let parts: Vec<Option<String>> = (0..self.right.len()).map(part).collect();
        let names: BTreeSet<&String> = parts.iter().flatten().collect();
        let (mut judged, mut groups, mut count) = (Vec::new(), Vec::new(), 0);
        for name in names {
            let inside: Vec<usize> = (0..parts.len()).filter(|i| parts[*i].as_ref() == Some(name)).collect();
            let seen: BTreeSet<usize> = inside.iter().map(|i| self.groups[*i]).collect();
            let earlier = |i: usize| parts[i].as_ref().is_some_and(|part| part < name);
            let learns = |i: usize| {
                !seen.contains(&self.groups[i])
                    && if common == Common::Forward { earlier(i) } else { parts[i].as_ref() != Some(name) }
            };
            if !self.can_learn(learns) {
                continue;
            }
            let fit = fit_some(self.labelled(), RIDGE, learns);
            count += 1;
            groups.extend(inside.iter().map(|i| self.groups[*i]));
            judged.extend(inside.into_iter().map(|i| (fit.p_right(&self.values[i]), self.right[i])));
        }
        let groups = renumbered(&groups);
        let score = scorer(&judged, &groups, settings);
        let (auc, brier, slope) = (score(scores::auc)?, score(scores::brier)?, score(slope)?);
        Some(LeftOut { common, parts: count, bisections: judged.len(), auc, brier, slope })
    }

    /// Whether some of the cases are enough for a fit.
    fn can_learn(&self, learns: impl Fn(usize) -> bool) -> bool {
        const LEAST: usize = 20;
        let chosen = || (0..self.right.len()).filter(|i| learns(*i));
        let right = chosen().filter(|i| self.right[*i]).count();
        right.min(chosen().count() - right) >= LEAST
    }
}

/// The same groups, numbered from 0 without gaps.
fn renumbered(groups: &[usize]) -> Vec<usize> {
    let known: Vec<usize> = groups.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    groups.iter().filter_map(|group| known.binary_search(group).ok()).collect()
}

/// The weight of a feature; none where it did not vary.
fn weight(fit: &Fit, feature: &str) -> f64 {
    fit.columns.iter().find(|column| column.feature == feature).map_or(0.0, |column| column.weight)
}

/// Pearson's correlation of the weights of two fits; none where all of one are alike.
fn correlation(one: &Fit, other: &Fit) -> Option<f64> {
    let pairs: Vec<(f64, f64)> = FEATURES.iter().map(|f| (weight(one, f.name), weight(other, f.name))).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / to_f64(pairs.len());
    let (a, b) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum = |of: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|(x, y)| of(x - a, y - b)).sum::<f64>();
    let spread = (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt();
    (spread > 0.0).then(|| sum(&|x, y| x * y) / spread)
}

/// The log score of one case.
fn loss(case: &Case) -> f64 {
    scores::log_score(std::slice::from_ref(case)).unwrap_or_default()
}

/// The mean, and its standard error where the members of a group are near-copies: `sqrt(sum over groups of the squared sum of
/// deviations) / n` (the cluster-robust variance of a mean; Liang & Zeger 1986).
fn mean_by_group(values: &[f64], groups: &[usize]) -> (f64, f64) {
    let count = to_f64(values.len().max(1));
    let mean = values.iter().sum::<f64>() / count;
    let of_group = |of: Vec<usize>| of.into_iter().map(|i| values[i] - mean).sum::<f64>().powi(2);
    let variance: f64 = members(groups).into_iter().map(of_group).sum();
    (mean, variance.sqrt() / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_of_copies_is_as_uncertain_as_that_of_one_each() {
        let values = [1.0, 3.0, 2.0, 6.0];
        let (mean, error) = mean_by_group(&values, &[0, 1, 2, 3]);
        let copied: Vec<f64> = values.iter().flat_map(|value| [*value; 3]).collect();
        let groups: Vec<usize> = (0..copied.len()).map(|i| i / 3).collect();
        assert!((mean - 3.0).abs() < 1e-12 && (error - 14f64.sqrt() / 4.0).abs() < 1e-12);
        let (same, same_error) = mean_by_group(&copied, &groups);
        assert!((mean - same).abs() < 1e-12 && (error - same_error).abs() < 1e-12);
    }
}
