//! How long it may take: the search played through to its end, as it was proposed.

use crate::model::search::{Costs, Rollouts, Search, Stop};
use crate::prob::Prob;

use super::Forecast;

/// Plays the rest of the search.
pub(super) fn forecast(search: &Search, target: Prob, costs: &Costs) -> Option<Forecast> {
    const ROLLOUTS: (u32, u32, u64) = (24, 1000, 30_000_000);
    let (count, most_runs, work) = ROLLOUTS;
    let settings = Rollouts { count, most_runs, work, stop: Stop::at(target), ..Rollouts::default() };
    let played = search.rollouts(&settings, costs);
    if played.most_runs() == 0 {
        return None;
    }
    Some(Forecast {
        chance: played.chance(),
        mean_runs: played.mean_runs(),
        most_often: played.within(Prob::saturating(0.9)),
        most_runs: played.most_runs(),
    })
}
