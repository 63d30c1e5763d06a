//! How long it may take: searches played through to their end, as if the history were a line.

use crate::analysis::Settings;
use crate::evidence::Kind;
use crate::model::behaviour::RatePrior;
use crate::model::beta_binomial::Tally;
use crate::model::search::{self, Assumptions, Outside, Places, Rollouts, Search};
use crate::prob::Prob;

use super::Forecast;
use super::outlook::Outlook;

/// Runs at most before a played search thinks again.
const RUNS_AT_ONCE: u32 = 16;

impl Outlook<'_> {
    /// Plays the rest of the search.
    pub(super) fn forecast(&self, settings: &Settings) -> Option<Forecast> {
        /// More runs than these take too long to weigh again and again.
        const RUNS: u32 = 2000;
        const ROLLOUTS: Rollouts =
            Rollouts { count: 20, seed: 1, most_runs: 300, target: Prob::ZERO, work: 100_000_000 };
        let points = self.tallies();
        if points.iter().map(|tally| tally.trials()).sum::<u32>() > RUNS {
            return None;
        }
        let (sizes, masses) = (self.sizes(), &self.model.gaps);
        let pieces: Vec<_> = sizes.iter().copied().zip(masses.iter().map(|mass| mass.value())).skip(1).collect();
        let older = masses[0].value() / masses.iter().map(|mass| mass.value()).sum::<f64>();
        let outside = Outside { older: Prob::saturating(older), ..Outside::NOTHING };
        let assumptions = Assumptions { rates: self.live_rates(settings), leak: settings.leak };
        let mut search = Search::new(Places::pieces(&pieces, outside)?, &assumptions);
        let mut place = 0;
        for (size, tally) in std::iter::once(&0).chain(&sizes[1..]).zip(&points) {
            place += size;
            search.observe_all(place, *tally);
        }
        let costs = self.costs.map_or_else(search::Costs::default, |costs| search::Costs {
            run: costs.run,
            build: costs.build,
            built: Vec::new(),
            horizon: self.wish.horizon.unwrap_or(RUNS_AT_ONCE),
        });
        let played = search.rollouts(&Rollouts { target: self.wish.target, ..ROLLOUTS }, &costs);
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

    /// The prior's behaviours that the runs so far have not ruled out.
    fn live_rates(&self, settings: &Settings) -> RatePrior {
        const LEAST: f64 = 2e-3;
        let parts = settings.rates.parts().iter().zip(&self.rates);
        let live = parts.filter(|(_, (posterior, _))| *posterior >= LEAST);
        let live: Vec<_> = live.map(|((part, weight), _)| (*part, weight.exp().value())).collect();
        if live.is_empty() { settings.rates.clone() } else { RatePrior::new(&live) }
    }

    /// Trials of the points, from the clean side to the crashing side.
    fn tallies(&self) -> Vec<Tally> {
        self.model.tested.clean_to_crashing().into_iter().map(|steps| self.tally(steps)).collect()
    }

    /// Commits of the gaps, from the clean side to the crashing side; nothing for the first, which has no end.
    fn sizes(&self) -> Vec<u64> {
        let mut sizes: Vec<_> = self.analysis.gaps.iter().map(|gap| gap.commits.unwrap_or_default()).collect();
        if self.analysis.evidence.kind == Kind::Fix {
            sizes.reverse();
        }
        sizes
    }
}
