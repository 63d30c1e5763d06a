//! How long the rest of a search takes: Monte Carlo from the present posterior.
//!
//! Each rollout draws a truth (a place, a behaviour, a background) from the posterior, plays the search's own choices against
//! it, and counts the runs until the search ends. Runs at one revision are drawn from Pólya's urn, so that no rate need be drawn. The
//! work is bounded by counts, never by the clock, so that the same seed gives the same answer.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::choose::{Costs, Proposal};
use super::ending::Stop;
use super::parts::{Part, Parts};
use super::places::{Revision, to_f64};
use super::{Hypothesis, Row, Search};
use crate::model::beta_binomial::Tally;
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
    /// When the search is over.
    pub stop: Stop,
    /// Chances that may be weighed in all, about a nanosecond each. What is used up ends the rollouts.
    pub work: u64,
}

impl Default for Rollouts {
    fn default() -> Self {
        Self { count: 32, seed: 1, most_runs: 500, stop: Stop::default(), work: u64::MAX }
    }
}

/// What the rest of the search may take.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The further runs of the rollouts that came to an end, ascending.
    runs: Vec<u32>,
    rollouts: u32,
    most_runs: u32,
}

impl Forecast {
    /// The chance to come to an end within so many further runs.
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

    /// The chance of an end before a rollout gives up.
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

    /// Runs within which this share of the rollouts came to an end; none when so many did not.
    #[must_use]
    pub fn within(&self, share: Prob) -> Option<u32> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
        let place = (share.value() * f64::from(self.rollouts)).ceil() as usize;
        self.runs.get(place.saturating_sub(1)).copied()
    }
}

/// How a rollout ended, with the further runs that it made.
enum End {
    /// The search was over.
    Over(u32),
    /// It was not, within the runs that were given.
    GaveUp,
    /// The work was used up.
    NoWork(u32),
}

/// What is true in one rollout.
struct Truth {
    /// The row of the search that it began with.
    place: Hypothesis,
    bad: Part,
    good: Part,
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
        /// Where none of so many rollouts came to an end, that is clear.
        const CLEAR: u32 = 5;
        const ENOUGH: u32 = 8;
        let start = self.narrowed();
        let (mut runs, mut most_runs, mut work) = (Vec::new(), settings.most_runs, settings.work);
        let mut rollouts = 0;
        while rollouts < settings.count && (rollouts < CLEAR || !runs.is_empty()) && work > 0 {
            let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
            random.set_stream(u64::from(rollouts));
            rollouts += 1;
            match start.clone().play(settings, costs, &mut random, &mut work) {
                End::Over(made) => runs.push(made),
                End::GaveUp => {}
                // Of enough others the last one is not missed.
                End::NoWork(_) if rollouts > ENOUGH => rollouts -= 1,
                End::NoWork(made) => most_runs = most_runs.min(made),
            }
        }
        runs.retain(|made| *made <= most_runs);
        runs.sort_unstable();
        Forecast { runs, rollouts, most_runs }
    }

    /// The same search without the behaviours and backgrounds that are all but ruled out: they cost time at each run.
    fn narrowed(&self) -> Self {
        const NEGLIGIBLE: f64 = 2e-4;
        let (mut bad, mut good) = (vec![0.0; self.parts.bad.len()], vec![0.0; self.parts.good.len()]);
        for (at, row) in self.beliefs.live.iter().enumerate() {
            let mass = self.beliefs.rows[*row];
            let (behaviours, backgrounds) = self.mixture(at);
            bad.iter_mut().zip(behaviours).for_each(|(sum, weight)| *sum += mass * weight);
            good.iter_mut().zip(backgrounds).for_each(|(sum, weight)| *sum += mass * weight);
        }
        let kept = |weights: &[f64]| -> Vec<usize> {
            (0..weights.len()).filter(|part| weights[*part] > NEGLIGIBLE || *part == 0).collect()
        };
        let (bad, good) = (kept(&bad), kept(&good));
        let pick = |all: &[f64], kept: &[usize]| -> Vec<f64> { kept.iter().map(|part| all[*part]).collect() };
        let rows = |all: &[f64], width: usize, kept: &[usize]| -> Vec<f64> {
            all.chunks_exact(width).flat_map(|row| kept.iter().map(|part| row[*part])).collect()
        };
        let Parts { bad: bad_parts, weights, good: good_parts, background, shares, below } = &self.parts;
        let mut narrowed = self.clone();
        narrowed.bad = rows(&self.bad, bad_parts.len(), &bad);
        narrowed.good = rows(&self.good, good_parts.len(), &good);
        narrowed.parts = Parts {
            bad: bad.iter().map(|part| bad_parts[*part]).collect(),
            weights: pick(weights, &bad),
            good: good.iter().map(|part| good_parts[*part]).collect(),
            background: pick(background, &good),
            shares: pick(shares, &good),
            below: bad.iter().map(|part| good.partition_point(|good| *good < below[*part])).collect(),
        };
        narrowed.believe();
        narrowed
    }

    /// How long the rest takes, from the growth of the true answer's odds by the next choice: cheap, and rough.
    #[must_use]
    pub fn runs_to_go(&self, stop: &Stop, costs: &Costs) -> Option<f64> {
        let choice = self.choose(costs)?;
        let rate = choice.growth / f64::from(choice.runs);
        let log_odds = |p: f64| (p / (1.0 - p)).log2();
        let odds: f64 = self
            .rows
            .iter()
            .zip(&self.beliefs.rows)
            .map(|(row, mass)| {
                let commits = row.region.as_ref().map_or(1.0, |region| to_f64(region.commits.max(1)));
                let each = (mass / commits).clamp(1e-12, 1.0 - 1e-6);
                mass * log_odds(each)
            })
            .sum();
        let wanted = log_odds(stop.target.value()) - odds;
        (rate > 0.0).then(|| (wanted / rate).max(1.0))
    }

    /// Chances that one choice weighs, and each run after it.
    fn work(&self, costs: &Costs) -> (u64, u64) {
        let (parts, live) =
            (self.parts.bad.len() as u64 + self.parts.good.len() as u64, self.beliefs.live.len() as u64);
        // Longer ones are seldom thought about.
        let outcomes: u64 = costs.batches().into_iter().take(7).map(|runs| 8 * u64::from(runs)).sum();
        let revisions = 2 * self.tested.len() as u64 + live + 2;
        ((revisions + outcomes) * live * parts, 4 * self.rows.len() as u64 * parts)
    }

    /// The further runs until the search is over.
    fn play(mut self, settings: &Rollouts, costs: &Costs, random: &mut ChaCha8Rng, work: &mut u64) -> End {
        let truth = self.draw(random);
        let mut costs = costs.clone();
        let mut made = 0;
        while self.ending(&settings.stop).is_none() {
            let (choice, run) = self.work(&costs);
            let Some(left) = work.checked_sub(choice) else {
                *work = 0;
                return End::NoWork(made);
            };
            let Proposal::Visit(choice) = self.propose(&settings.stop, &[], &costs) else { return End::Over(made) };
            *work = left.saturating_sub(run * u64::from(choice.runs));
            let mut tally = Tally::default();
            for _ in 0..choice.runs {
                let crash = random.random::<f64>() < self.true_chance(&truth, choice.revision, tally);
                tally.add(crash, 1);
                made += 1;
            }
            self.observe_all(choice.revision, tally);
            if made > settings.most_runs {
                return End::GaveUp;
            }
            costs.built = vec![choice.revision];
        }
        End::Over(made)
    }

    /// P(the next run crashes), after these in the same visit.
    fn true_chance(&mut self, truth: &Truth, revision: Revision, tally: Tally) -> f64 {
        let point = self.point(revision);
        let holds = |row: &Row| match truth.place {
            Hypothesis::Commit(commit) => row.region.as_ref().is_some_and(|region| region.holds(commit)),
            Hypothesis::Older | Hypothesis::NoChange => false,
        };
        let bad = match truth.place {
            Hypothesis::Older => true,
            Hypothesis::NoChange => false,
            Hypothesis::Commit(_) => self.rows.iter().find(|row| holds(row)).is_some_and(|row| row.contains[point]),
        };
        let seen = self.tested[point].tally;
        let seen = Tally { crashes: seen.crashes + tally.crashes, passes: seen.passes + tally.passes };
        if bad { truth.bad } else { truth.good }.next(seen)
    }

    /// A truth from the posterior.
    fn draw(&self, random: &mut ChaCha8Rng) -> Truth {
        let masses: Vec<f64> = self.beliefs.live.iter().map(|row| self.beliefs.rows[*row]).collect();
        let at = pick(&masses, random.random::<f64>() * masses.iter().sum::<f64>());
        let row = self.beliefs.live[at];
        let place = match &self.rows[row].region {
            Some(region) => Hypothesis::Commit(self.places.at(region, random.random())),
            None if row == 0 => Hypothesis::Older,
            None => Hypothesis::NoChange,
        };
        let (behaviours, _) = self.mixture(at);
        let behaviour = pick(behaviours, random.random());
        // Of the backgrounds, those that go with the behaviour.
        let below = if row + 1 == self.rows.len() { self.parts.good.len() } else { self.parts.below[behaviour] };
        let weights = if row + 1 == self.rows.len() { &self.parts.background } else { &self.parts.shares };
        let good: Vec<f64> =
            self.of_row(row).1.iter().zip(weights).take(below).map(|(chance, weight)| chance * weight).collect();
        let background = pick(&good, random.random::<f64>() * good.iter().sum::<f64>());
        Truth { place, bad: self.parts.bad[behaviour], good: self.parts.good[background] }
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
