//! How far a score could differ had other bisections been drawn: percentile intervals by resampling.
//!
//! Each resample draws as many cases as there are, with replacement, or as many groups of cases where those of a group are
//! near-copies (the cluster bootstrap; Davison & Hinkley 1997, *Bootstrap Methods and their Application*, sec. 3.8); the interval runs between the `(1 - level) / 2`
//! quantiles of the statistic over all resamples (Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, ch. 13;
//! quantiles of Hyndman & Fan 1996, type 7). The same seed draws the same resamples for every statistic.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;

use crate::model::rate::LEVEL;
use crate::prob::to_f64;

use super::culprits::members;
use super::scores::{Case, ece};

/// The ends of an interval of scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Range {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A score with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Score {
    /// On all cases.
    pub value: f64,
    /// The 95 % percentile interval; none without resamples on which the score exists.
    pub interval: Option<Range>,
}

/// The expected calibration error that is left when all that is stated is true: the mean over outcomes drawn with the
/// stated probabilities. None without cases.
#[must_use]
pub(crate) fn ece_by_chance(cases: &[Case]) -> Option<f64> {
    const DRAWS: u32 = 1000;
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut sum = 0.0;
    for _ in 0..DRAWS {
        let drawn: Vec<Case> = cases.iter().map(|(p, _)| (*p, random.random::<f64>() < p.value())).collect();
        sum += ece(&drawn)?;
    }
    Some(sum / f64::from(DRAWS))
}

/// How to resample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// How many resamples; none, no intervals.
    pub resamples: u32,
    /// Where the random numbers start.
    pub seed: u64,
}

impl Bootstrap {
    /// The statistic with its interval; none where it does not exist on the cases themselves.
    pub fn score(&self, cases: &[Case], statistic: impl Fn(&[Case]) -> Option<f64>) -> Option<Score> {
        let alone: Vec<usize> = (0..cases.len()).collect();
        self.score_by(cases, &alone, statistic)
    }

    /// The same where cases of one group come together; `groups` gives each case its group, numbered from 0.
    pub(crate) fn score_by(
        &self,
        cases: &[Case],
        groups: &[usize],
        statistic: impl Fn(&[Case]) -> Option<f64>,
    ) -> Option<Score> {
        let value = statistic(cases)?;
        Some(Score { value, interval: self.interval(cases, &members(groups), statistic) })
    }

    /// The interval. Resamples on which the statistic does not exist (the AUC of one class) are left out.
    fn interval(
        &self,
        cases: &[Case],
        members: &[Vec<usize>],
        statistic: impl Fn(&[Case]) -> Option<f64>,
    ) -> Option<Range> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut resample = Vec::with_capacity(cases.len());
        let draws = (0..self.resamples).filter_map(|_| {
            resample.clear();
            for _ in 0..members.len() {
                resample.extend(members[random.random_range(0..members.len())].iter().map(|i| cases[*i]));
            }
            statistic(&resample)
        });
        let mut values: Vec<_> = draws.collect();
        values.sort_by(f64::total_cmp);
        let tail = (1.0 - LEVEL) / 2.0;
        Some(Range { low: quantile(&values, tail)?, high: quantile(&values, 1.0 - tail)? })
    }
}

/// The quantile of sorted values, linear between neighbours.
fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let place = p * to_f64(sorted.len().checked_sub(1)?);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= place < len")]
    let below = place.floor() as usize;
    let (low, high) = (sorted.get(below)?, sorted.get(below + 1).or(sorted.last())?);
    Some(low + (high - low) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prob::Prob;

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[3.0], 0.975), Some(3.0));
        let values = [1.0, 2.0, 3.0, 4.0];
        for (p, expected) in [(0.0, 1.0), (0.5, 2.5), (0.25, 1.75), (1.0, 4.0)] {
            assert_eq!(quantile(&values, p), Some(expected));
        }
    }

    /// Copies of every case say nothing new: by group the interval stays, taken as independent it shrinks.
    #[test]
    fn copies_do_not_narrow_an_interval() {
        let cases: Vec<Case> = (0..40).map(|i| (Prob::saturating(0.5), i % 3 == 0)).collect();
        let copied: Vec<Case> = cases.iter().flat_map(|case| [*case; 4]).collect();
        let groups: Vec<usize> = (0..copied.len()).map(|i| i / 4).collect();
        let bootstrap = Bootstrap { resamples: 500, seed: 1 };
        let share = |cases: &[Case]| mean_right(cases);
        let width = |score: Option<Score>| score.and_then(|s| s.interval).map(|range| range.high - range.low).unwrap();
        let alone = width(bootstrap.score(&cases, share));
        let by_group = width(bootstrap.score_by(&copied, &groups, share));
        let independent = width(bootstrap.score(&copied, share));
        assert!((by_group - alone).abs() < 1e-12, "{by_group} {alone}");
        assert!(independent < 0.7 * alone, "{independent} {alone}");
    }

    fn mean_right(cases: &[Case]) -> Option<f64> {
        let right = cases.iter().filter(|(_, right)| *right).count();
        (!cases.is_empty()).then(|| to_f64(right) / to_f64(cases.len()))
    }
}
