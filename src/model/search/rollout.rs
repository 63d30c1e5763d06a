//! How long the rest of a search takes: Monte Carlo from the present posterior.
//!
//! Each rollout draws a truth (a place, a behaviour, a background) from the posterior, plays the search's own choices against
//! it, and counts the runs until the search ends. Runs at one revision are drawn from Pólya's urn, so that no rate need be drawn. The
//! work is bounded by counts, never by the clock, so that the same seed gives the same answer.

use std::collections::BTreeMap;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::choose::{Costs, Proposal};
use super::ending::Stop;
use super::parts::{Part, Parts};
use super::places::Revision;
use super::{Hypothesis, Row, Search};
use crate::model::beta_binomial::Tally;
use crate::prob::{Prob, to_f64};

/// How to play.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rollouts {
    /// How many searches are played, each with a change drawn from the posterior.
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
        const SEVERAL: u64 = 4;
        let start = self.narrowed();
        let (mut runs, mut most_runs, mut work) = (Vec::new(), settings.most_runs, settings.work);
        let mut rollouts = 0;
        while rollouts < settings.count && (rollouts < CLEAR || !runs.is_empty()) && work > 0 {
            let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
            random.set_stream(u64::from(rollouts));
            rollouts += 1;
            let truth = self.draw(&mut random);
            // One that began may end, as long as it is no longer than several.
            let mut own = work.max(settings.work / SEVERAL);
            let given = own;
            let end = start.clone().play(&truth, settings, costs, (&mut random, &mut own));
            work = work.saturating_sub(given - own);
            match end {
                End::Over(made) => runs.push(made),
                End::GaveUp => {}
                End::NoWork(made) => most_runs = most_runs.min(made),
            }
        }
        runs.retain(|made| *made <= most_runs);
        runs.sort_unstable();
        Forecast { runs, rollouts, most_runs }
    }

    /// The same search with few behaviours and backgrounds, since each costs time at each run: without those that are all but
    /// ruled out, and of neighbours one for all.
    fn narrowed(&self) -> Self {
        let (mut bad, mut good) = (vec![0.0; self.parts.bad.len()], vec![0.0; self.parts.good.len()]);
        for (at, row) in self.beliefs.live.iter().enumerate() {
            let mass = self.beliefs.rows[*row];
            let (behaviours, backgrounds) = self.mixture(at);
            bad.iter_mut().zip(behaviours).for_each(|(sum, weight)| *sum += mass * weight);
            good.iter_mut().zip(backgrounds).for_each(|(sum, weight)| *sum += mass * weight);
        }
        let Parts { bad: bad_parts, weights, good: good_parts, background, shares, below } = &self.parts;
        let (bad, good) = (thinned(bad_parts, &bad), thinned(good_parts, &good));
        let pick = |all: &[f64], kept: &[(usize, f64)]| -> Vec<f64> {
            kept.iter().map(|(part, times)| all[*part] * times).collect()
        };
        let rows = |all: &[f64], width: usize, kept: &[(usize, f64)]| -> Vec<f64> {
            all.chunks_exact(width).flat_map(|row| kept.iter().map(|(part, _)| row[*part])).collect()
        };
        let mut narrowed = self.clone();
        narrowed.bad = rows(&self.bad, bad_parts.len(), &bad);
        narrowed.good = rows(&self.good, good_parts.len(), &good);
        narrowed.parts = Parts {
            bad: bad.iter().map(|(part, _)| bad_parts[*part]).collect(),
            weights: pick(weights, &bad),
            good: good.iter().map(|(part, _)| good_parts[*part]).collect(),
            background: pick(background, &good),
            shares: pick(shares, &good),
            below: bad.iter().map(|(part, _)| good.partition_point(|(good, _)| *good < below[*part])).collect(),
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
        // A history that branches is gone through once or twice.
        let walked = 10 * self.places.nodes();
        ((revisions + outcomes) * live * parts + walked, 4 * self.rows.len() as u64 * parts)
    }

    /// The further runs until the search is over.
    fn play(
        mut self,
        truth: &Truth,
        settings: &Rollouts,
        costs: &Costs,
        (random, work): (&mut ChaCha8Rng, &mut u64),
    ) -> End {
        /// Runs after which one choice stands for the next one too, and so on: thinking is dear, and so late it changes little.
        const MADE: u32 = 20;
        let mut costs = costs.clone();
        let mut made = 0;
        while self.ending(&settings.stop).is_none() {
            let (choice, run) = self.work(&costs);
            let Some(left) = work.checked_sub(choice) else {
                *work = 0;
                return End::NoWork(made);
            };
            let Proposal::Visit(choice) = self.propose(&settings.stop, &[], &costs) else { return End::Over(made) };
            let visits = if choice.runs == 1 { 1 + made / MADE } else { 1 };
            *work = left.saturating_sub(run * u64::from(choice.runs * visits));
            for _ in 0..visits {
                self.visit(truth, choice.revision, choice.runs, random);
                made += choice.runs;
                if self.ending(&settings.stop).is_some() {
                    break;
                }
            }
            if made > settings.most_runs {
                return End::GaveUp;
            }
            costs.built = vec![choice.revision];
        }
        End::Over(made)
    }

    /// So many runs of a revision.
    fn visit(&mut self, truth: &Truth, revision: Revision, runs: u32, random: &mut ChaCha8Rng) {
        let mut tally = Tally::default();
        for _ in 0..runs {
            let crash = random.random::<f64>() < self.true_chance(truth, revision, tally);
            tally.add(crash, 1);
        }
        self.observe_all(revision, tally);
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

/// Parts that stand for all, by rising mean, and by how much more each weighs: the first alone, since it may be the one that
/// never fails; of others up to three neighbours of a kind are one, unless they have much of the mass.
fn thinned(parts: &[Part], mass: &[f64]) -> Vec<(usize, f64)> {
    const NEGLIGIBLE: f64 = 2e-4;
    const NEIGHBOURS: usize = 3;
    const MUCH: f64 = 0.1;
    let kind = |part: &Part| match part {
        Part::Constant(_) => None,
        #[expect(clippy::cast_possible_truncation, reason = "the logarithm of a number")]
        Part::Uneven(prior) => Some((prior.a + prior.b).log2().round() as i64),
    };
    let mut kept = vec![(0, 1.0)];
    // The heaviest so far, the mass of all, and how many, for each kind.
    let mut open: BTreeMap<Option<i64>, (usize, f64, usize)> = BTreeMap::new();
    let close = |(heaviest, all, _): (usize, f64, usize)| (heaviest, all / mass[heaviest]);
    for part in (1..parts.len()).filter(|part| mass[*part] > NEGLIGIBLE) {
        let group = open.entry(kind(&parts[part])).or_insert((part, 0.0, 0));
        let heaviest = if mass[part] > mass[group.0] { part } else { group.0 };
        *group = (heaviest, group.1 + mass[part], group.2 + 1);
        if group.2 == NEIGHBOURS || group.1 > MUCH {
            kept.extend(open.remove(&kind(&parts[part])).map(close));
        }
    }
    kept.extend(open.into_values().map(close));
    kept.sort_by_key(|(part, _)| *part);
    kept
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
