//! How long the rest of a search takes: Monte Carlo from the present posterior.
//!
//! Each rollout draws a truth (a place, a behaviour) from the posterior, plays the search's own choices against it, and
//! counts the runs until the target. Runs at one revision are drawn from Pólya's urn, so that no rate need be drawn. The
//! work is bounded by counts, never by the clock, so that the same seed gives the same answer.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::choose::Costs;
use super::places::{Revision, to_f64};
use super::{Beliefs, Hypothesis, Search, Shown, next_is, thetas};
use crate::model::beta_binomial::{BetaPrior, Tally};
use crate::prob::Prob;

/// How to play.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rollouts {
    /// How many.
    pub count: u32,
    /// Where the random numbers start.
    pub seed: u64,
    /// Runs after which a rollout gives up.
    pub most_runs: u32,
    /// When the search is sure.
    pub target: Prob,
    /// Chances that may be weighed in all, about a nanosecond each. What is used up ends the rollouts.
    pub work: u64,
}

impl Default for Rollouts {
    fn default() -> Self {
        Self { count: 32, seed: 1, most_runs: 500, target: Prob::saturating(0.95), work: u64::MAX }
    }
}

/// What the rest of the search may take.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The further runs of the rollouts that reached the target, ascending.
    runs: Vec<u32>,
    rollouts: u32,
    most_runs: u32,
}

impl Forecast {
    /// The chance to reach the target within so many further runs.
    #[must_use]
    pub fn chance_within(&self, budget: u32) -> Prob {
        let reached = self.runs.partition_point(|runs| *runs <= budget);
        Prob::saturating(to_f64(reached as u64) / f64::from(self.rollouts.max(1)))
    }

    /// Runs after which a rollout gave up: as many as were asked for, or fewer where the work was used up before.
    #[must_use]
    pub const fn most_runs(&self) -> u32 {
        self.most_runs
    }

    /// The chance to reach it before a rollout gives up.
    #[must_use]
    pub fn chance(&self) -> Prob {
        self.chance_within(u32::MAX)
    }

    /// The expected number of further runs; at least so many, where some rollouts gave up.
    #[must_use]
    pub fn mean_runs(&self) -> f64 {
        let reached: f64 = self.runs.iter().map(|runs| f64::from(*runs)).sum();
        let gave_up = to_f64(u64::from(self.rollouts) - self.runs.len() as u64) * f64::from(self.most_runs);
        (reached + gave_up) / f64::from(self.rollouts.max(1))
    }

    /// Runs within which this share of the rollouts reached the target; none when so many did not.
    #[must_use]
    pub fn within(&self, share: Prob) -> Option<u32> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
        let place = (share.value() * f64::from(self.rollouts)).ceil() as usize;
        self.runs.get(place.saturating_sub(1)).copied()
    }
}

/// How a rollout ended, with the further runs that it made.
enum End {
    /// The target was reached.
    Sure(u32),
    /// It was not, within the runs that were given, or no run tells anything.
    GaveUp,
    /// The work was used up.
    NoWork(u32),
}

/// What is true in one rollout.
struct Truth {
    place: Hypothesis,
    /// How bad revisions crash; a rate that all share is rigid.
    bad: BetaPrior,
}

impl Search {
    /// Plays the rest of the search.
    ///
    /// ```
    /// use bisectstat::model::search::{Assumptions, Costs, Outside, Places, Rollouts, Search};
    ///
    /// let line = Places::uniform(8, Outside::NOTHING).expect("there are commits");
    /// let search = Search::new(line, &Assumptions::default());
    /// let forecast = search.rollouts(&Rollouts { count: 8, ..Rollouts::default() }, &Costs::default());
    /// assert!(forecast.mean_runs() >= 3.0, "eight commits are three bits");
    /// ```
    #[must_use]
    pub fn rollouts(&self, settings: &Rollouts, costs: &Costs) -> Forecast {
        /// Where none of so many rollouts reached the target, that is clear.
        const CLEAR: u32 = 5;
        let (mut runs, mut most_runs, mut work) = (Vec::new(), settings.most_runs, settings.work);
        let mut rollouts = 0;
        while rollouts < settings.count && (rollouts < CLEAR || !runs.is_empty()) && work > 0 {
            let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
            random.set_stream(u64::from(rollouts));
            rollouts += 1;
            match self.clone().play(settings, costs, &mut random, &mut work) {
                End::Sure(made) => runs.push(made),
                End::GaveUp => {}
                End::NoWork(made) => most_runs = most_runs.min(made),
            }
        }
        runs.retain(|made| *made <= most_runs);
        runs.sort_unstable();
        Forecast { runs, rollouts, most_runs }
    }

    /// Chances that one choice weighs, and each run after it.
    fn work(&self, costs: &Costs) -> (u64, u64) {
        let Beliefs { live, parts, rows, .. } = &self.beliefs;
        let outcomes: u64 = costs.batches().map(|runs| u64::from(runs) + 1).sum();
        let revisions = 3 * (self.tested.len() as u64 + 1);
        let choice = outcomes * revisions * live.len() as u64 * (parts.len() as u64 + 8);
        (choice, 8 * rows.len() as u64 * self.parts.len() as u64)
    }

    /// The further runs until the target.
    fn play(mut self, settings: &Rollouts, costs: &Costs, random: &mut ChaCha8Rng, work: &mut u64) -> End {
        let truth = self.draw(random);
        let mut costs = costs.clone();
        let mut made = 0;
        while self.sure(settings.target).is_none() {
            let (choice, run) = self.work(&costs);
            let Some(left) = work.checked_sub(choice) else {
                *work = 0;
                return End::NoWork(made);
            };
            let Some(choice) = self.choose(&costs) else { return End::GaveUp };
            *work = left.saturating_sub(run * u64::from(choice.runs));
            for _ in 0..choice.runs {
                let crash = random.random::<f64>() < self.true_chance(&truth, choice.revision);
                self.observe(choice.revision, if crash { Shown::Bug } else { Shown::Pass });
                made += 1;
            }
            if made > settings.most_runs {
                return End::GaveUp;
            }
            if costs.build > 0.0 && !costs.built.contains(&choice.revision) {
                costs.built.push(choice.revision);
            }
        }
        End::Sure(made)
    }

    fn true_chance(&self, truth: &Truth, revision: Revision) -> f64 {
        let bad = match truth.place {
            Hypothesis::Commit(change) => change <= revision,
            Hypothesis::Older | Hypothesis::Always => true,
            Hypothesis::Gone => false,
        };
        let found = self.tested.binary_search_by_key(&revision, |tested| tested.revision);
        let seen = found.map_or_else(|_| Tally::default(), |place| self.tested[place].tally);
        next_is(if bad { truth.bad } else { self.leak }, seen, true)
    }

    /// A truth from the posterior.
    fn draw(&self, random: &mut ChaCha8Rng) -> Truth {
        const RIGID: f64 = 1e9;
        let (width, mut left) = (self.parts.len(), random.random::<f64>());
        let last = self.beliefs.rows.len() - 1;
        for (row, mass) in self.beliefs.rows.iter().enumerate() {
            if left < *mass {
                let joint = &self.beliefs.joint[row * width..(row + 1) * width];
                let place = match row {
                    0 => Hypothesis::Older,
                    row if row == last => Hypothesis::Gone,
                    row => Hypothesis::Commit(self.commit_at(row - 1, random.random())),
                };
                return Truth { place, bad: self.parts[pick(joint, left)] };
            }
            left -= mass;
        }
        let theta = thetas().nth(pick(&self.beliefs.always, left)).unwrap_or(0.5);
        Truth { place: Hypothesis::Always, bad: BetaPrior::with_mean(theta, RIGID) }
    }

    /// The commit at which this share of a gap's prior mass is reached.
    fn commit_at(&self, gap: usize, share: f64) -> Revision {
        let (after, upto) = self.ends(gap);
        let below = self.places.up_to(after);
        self.places.holding(below + share * (self.places.up_to(upto) - below), after, upto)
    }
}

/// The index at which a sum of weights passes `left`.
fn pick(weights: &[f64], mut left: f64) -> usize {
    for (index, weight) in weights.iter().enumerate() {
        if left < *weight {
            return index;
        }
        left -= weight;
    }
    weights.len().saturating_sub(1)
}
