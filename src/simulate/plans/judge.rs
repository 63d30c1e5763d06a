//! How plans did: one row a cell and a plan.

use rayon::prelude::*;
use serde::Serialize;

use crate::model::search::Assumptions;
use crate::model::search::information::{binary_entropy, capacity};
use crate::prob::to_f64;

use super::plan::{Limits, Plan, Played, play};
use super::trial::{Cell, Trial};

/// How a plan did in a cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The world in which the plan was played.
    pub cell: Cell,
    /// Who.
    pub plan: Plan,
    /// Searches.
    pub trials: usize,
    /// Those in which the plan was sure in the end.
    pub sure: usize,
    /// Those of them in which it was right.
    pub right: usize,
    /// Mean number of runs, over all searches.
    pub mean_runs: f64,
    /// Their 95th percentile.
    pub runs_95: u32,
    /// Mean number of revisions built.
    pub mean_builds: f64,
    /// See [`bound`].
    pub bound: f64,
    /// See [`yardstick`].
    pub yardstick: f64,
    /// Mean number of runs for the yardstick.
    pub ratio: f64,
    /// What became of each search.
    pub played: Vec<Played>,
}

impl Row {
    /// Right among sure.
    #[must_use]
    pub fn share_right(&self) -> Option<f64> {
        (self.sure > 0).then(|| to_f64(self.right) / to_f64(self.sure))
    }

    /// The share that was sure.
    #[must_use]
    pub fn share_sure(&self) -> f64 {
        to_f64(self.sure) / to_f64(self.trials.max(1))
    }
}

/// The trials of a cell.
#[must_use]
pub fn trials(cell: &Cell, count: u64, seed: u64) -> Vec<Trial> {
    (0..count).map(|index| Trial::draw(cell, seed, index)).collect()
}

/// Plays a plan on these trials of a cell; the order of threads does not matter.
#[must_use]
pub fn judge(plan: Plan, cell: &Cell, trials: &[Trial], assumptions: &Assumptions, limits: Limits) -> Row {
    let played: Vec<Played> = trials.par_iter().map(|trial| play(plan, cell, trial, assumptions, limits)).collect();
    let mut runs: Vec<u32> = played.iter().map(|played| played.runs).collect();
    runs.sort_unstable();
    let count = to_f64(played.len().max(1));
    let mean_runs = runs.iter().map(|runs| f64::from(*runs)).sum::<f64>() / count;
    let yardstick = yardstick(cell);
    Row {
        cell: *cell,
        plan,
        trials: played.len(),
        sure: played.iter().filter(|played| played.sure).count(),
        right: played.iter().filter(|played| played.sure && played.right).count(),
        mean_runs,
        runs_95: runs.get((runs.len() * 95).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default(),
        mean_builds: played.iter().map(|played| to_f64(played.builds)).sum::<f64>() / count,
        bound: bound(cell),
        yardstick,
        ratio: mean_runs / yardstick,
        played,
    }
}

/// The chance of a wrong answer that is borne.
const ERROR: f64 = 0.05;

/// Fewer runs no plan can need on average that finds the change with an error of `d` = 0.05, though it knows the rate:
/// `[(1 - d) log2 N - h(d)] / C` (Fano's inequality with feedback; `C` is the capacity of one run). Of uneven rates the mean is
/// taken, which no plan can reach; a background is left out.
#[must_use]
pub fn bound(cell: &Cell) -> f64 {
    let commits = to_f64(usize::try_from(cell.commits).unwrap_or(usize::MAX));
    ((1.0 - ERROR) * commits.log2() - binary_entropy(ERROR)) / capacity(cell.rates.mean())
}

/// What a good plan needs that knows the rate: [`bound`], and `ln((1 - d) / d) / -ln(1 - theta)` passes to clear the revision
/// before the change. A yardstick, not a proof: plans that know the rate come down to 0.88 of it.
#[must_use]
pub fn yardstick(cell: &Cell) -> f64 {
    bound(cell) + ((1.0 - ERROR) / ERROR).ln() / -(1.0 - cell.rates.mean()).ln()
}

#[cfg(test)]
mod tests {
    use super::super::trial::Rates;
    use super::*;

    #[test]
    fn the_yardstick_is_the_published_one() {
        for (theta, commits, expected) in [(0.9, 200, 10.4), (0.5, 2000, 35.7), (0.3, 20_000, 83.4), (0.1, 200, 154.9)]
        {
            let cell = Cell { commits, rates: Rates::Constant { theta }, other: 0.0, background: 0.0 };
            assert!((yardstick(&cell) - expected).abs() < 0.3, "{theta} {commits}: {}", yardstick(&cell));
        }
    }
}
