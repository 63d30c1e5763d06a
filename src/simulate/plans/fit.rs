//! The rates of a mixture of cells, learned by expectation maximisation from searches in it.
//!
//! The search is played in every cell under the rates before; how it chose its runs does not change what they say of the
//! behaviours, so it is played once. A round adds up the posterior weights of the behaviours over all trials (E), then sets
//! `w_j ∝ n w0_j + sum_j` with `n` = [`SMOOTHING`] (M), as [`crate::model::archive`] does. Truths are not used.

use rayon::prelude::*;

use crate::model::archive::SMOOTHING;
use crate::model::behaviour::{Behaviour, RatePrior};
use crate::model::search::Assumptions;
use crate::prob::Prob;

use super::plan::{Stop, ours};
use super::trial::{Cell, Machine, Trial};

/// What to learn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lessons {
    /// Trials a cell.
    pub trials: u64,
    /// Where the random numbers start.
    pub seed: u64,
    /// Rounds.
    pub rounds: u32,
    /// When a search ends.
    pub stop: Stop,
}

/// The assumptions with rates fitted to these cells, all of them as often.
#[must_use]
pub fn fit(cells: &[Cell], start: &Assumptions, lessons: Lessons) -> Assumptions {
    let (parts, before): (Vec<Behaviour>, Vec<f64>) =
        start.rates.parts().iter().map(|(part, weight)| (*part, weight.exp().value())).unzip();
    let played = play_all(cells, start, lessons);
    let mut weights = before.clone();
    for _ in 0..lessons.rounds {
        let mut sums: Vec<f64> = before.iter().map(|weight| SMOOTHING * weight).collect();
        for said in &played {
            let joint: Vec<f64> =
                said.iter().zip(&weights).zip(&before).map(|((said, now), before)| said * now / before).collect();
            let total: f64 = joint.iter().sum();
            sums.iter_mut().zip(&joint).for_each(|(sum, joint)| *sum += joint / total);
        }
        let total: f64 = sums.iter().sum();
        weights = sums.into_iter().map(|sum| sum / total).collect();
    }
    let rates = RatePrior::new(&parts.into_iter().zip(weights).collect::<Vec<_>>());
    Assumptions { rates, ..start.clone() }
}

/// The posterior weights of the behaviours after each search.
fn play_all(cells: &[Cell], assumptions: &Assumptions, lessons: Lessons) -> Vec<Vec<f64>> {
    let searches = (0_u64..)
        .zip(cells)
        .flat_map(|(place, cell)| (0..lessons.trials).map(move |i| (cell, place * lessons.trials + i)));
    let searches: Vec<_> = searches.collect();
    let weights = searches.into_par_iter().filter_map(|(cell, index)| {
        let trial = Trial::draw(cell, lessons.seed, index);
        let search = ours(&mut Machine::new(cell, &trial), cell.commits, assumptions, lessons.stop, true)?;
        Some(search.rates().into_iter().map(Prob::value).collect())
    });
    weights.collect()
}
