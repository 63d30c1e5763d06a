//! The search for one change by noisy runs: what is believed after each run, what to run next, when to stop, how long it takes.
//!
//! Hypotheses are a place `c` of the change (a commit, [`Hypothesis::Older`] or [`Hypothesis::NoChange`]), a behaviour `b` of
//! the revisions that have it, and a background `j` of those that have not, which fail clearly less. With the trials `t_x` of
//! the tested revisions, as in [`crate::model::culprit`],
//!
//! `P(c, b, j | runs) ∝ P(c) w_b w_j / W_j prod_{x bad under c} P(t_x | b) prod_{x good under c} P(t_x | j)`,
//!
//! where `W_j` is the weight of all behaviours that go with `j`. Both products are the same for all commits that the same
//! tested revisions contain, so there is one row for each set of them. A run multiplies either product of each row by the
//! chance of its outcome: a step costs `rows x parts`, however many commits there are. The sums over `b` and `j` are cumulative
//! sums, since the parts stand by rising mean. Nothing is plugged in: what a run would show is predicted under each hypothesis.
//!
//! What to run next is chosen by the information of the outcome about `c` ([`information`], [`choose`]): noisy binary
//! search by greedy information gain (Horstein 1963; Burnashev & Zigangirov 1974; Jedynak, Frazier & Sznitman 2012), here
//! with unknown and uneven rates on both sides, and with an eye on what makes the answer sure.
//!
//! Everything is a function of the runs in their order: no clock, no random number but in [`rollout`], which has a seed.

pub mod choose;
pub mod ending;
pub mod graph;
pub mod information;
mod parts;
pub mod places;
pub mod rollout;
mod skips;

use std::collections::{BTreeMap, BTreeSet};

use crate::prob::{Prob, to_f64};

use super::behaviour::RatePrior;
use super::beta_binomial::Tally;

pub use choose::{Batch, Choice, Costs, Proposal, Why};
pub use ending::{Ending, RULED_OUT, Stop};
pub use graph::Graph;
pub use parts::{crashes, uneven};
pub use places::{Outside, Places, Revision};
pub use rollout::{Forecast, Rollouts};

use parts::Parts;
use places::Region;

/// What can be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hypothesis {
    /// This commit is the change.
    Commit(Revision),
    /// Every revision that can be run is bad already.
    Older,
    /// There is no change: whatever fails, fails alike everywhere.
    NoChange,
}

/// How one run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shown {
    /// With the crash that the search is about.
    Bug,
    /// Without a crash.
    Pass,
    /// With another bug's crash, before this one could show.
    OtherBug,
}

/// A revision and its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tested {
    /// Its place on the line, or its node in the graph.
    pub revision: Revision,
    /// How many of its runs passed and crashed.
    pub tally: Tally,
    /// Runs that ended with another bug's crash.
    pub others: u32,
}

/// What is assumed.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumptions {
    /// How bad revisions crash. A part that repeats or drifts is taken for the uneven one of the same mean and variance
    /// (over ten runs; over the way).
    pub rates: RatePrior,
    /// How good ones crash.
    pub background: RatePrior,
}

impl Assumptions {
    /// What is held of a bug of which nothing is known. Chosen on simulated searches (`docs/planning.md`).
    #[must_use]
    pub fn usual() -> Self {
        const NEVER: f64 = 0.5;
        Self { rates: RatePrior::searched(), background: RatePrior::background_of_searches(NEVER) }
    }

    /// That the rate is the same everywhere, whatever it be, and that revisions without the bug hardly ever fail.
    #[must_use]
    pub fn constant() -> Self {
        const NEVER: f64 = 0.97;
        Self { rates: RatePrior::constant(), background: RatePrior::background_of_searches(NEVER) }
    }
}

impl Default for Assumptions {
    fn default() -> Self {
        Self::usual()
    }
}

/// A search under way.
#[derive(Clone, Debug)]
pub struct Search {
    places: Places,
    parts: Parts,
    /// In the order in which they were first run.
    tested: Vec<Tested>,
    /// Where each revision stands in `tested`.
    points: BTreeMap<Revision, usize>,
    /// Revisions that cannot be built or tested.
    excluded: BTreeSet<Revision>,
    ends: Option<Ends>,
    /// [`Hypothesis::Older`] first, [`Hypothesis::NoChange`] last.
    rows: Vec<Row>,
    /// `P(trials of the bad revisions | row, b)`, row after row, each divided by `exp` of the row's `bad_scale`.
    bad: Vec<f64>,
    /// The same of the good ones, for each background.
    good: Vec<f64>,
    beliefs: Beliefs,
}

/// The ends of the search, as somebody named them: they are run before anything between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Where it crashes.
    pub bad: Revision,
    /// Where it does not.
    pub good: Vec<Revision>,
}

/// Hypotheses about the place that no run so far tells apart.
#[derive(Clone, Debug)]
struct Row {
    /// None outside.
    region: Option<Region>,
    prior: f64,
    /// Whether each tested revision is bad under it.
    contains: Vec<bool>,
    bad_scale: f64,
    good_scale: f64,
}

/// The normalised posterior behind a choice.
#[derive(Clone, Debug, Default)]
struct Beliefs {
    /// P(row).
    rows: Vec<f64>,
    /// Rows with mass enough to matter to a choice, ascending.
    live: Vec<usize>,
    /// P(behaviour | row), one live row after the other.
    bad: Vec<f64>,
    /// P(background | row), one live row after the other.
    good: Vec<f64>,
    /// The mass of the likeliest commit in each live row.
    singles: Vec<f64>,
    /// P(the first run of a bad revision crashes | row), P(that of a good one does | row), for each live row.
    fresh: Vec<(f64, f64)>,
}

/// Commits between tested revisions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// The oldest of them.
    pub first: Revision,
    /// The newest of them, which may be the first bad one.
    pub last: Revision,
    /// How many commits that are, both ends counted.
    pub commits: u64,
    /// P(the change is here).
    pub mass: Prob,
}

/// Where the change is.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// The commits by the tested revisions that contain them; old to new on a line.
    pub gaps: Vec<Gap>,
    /// P([`Hypothesis::Older`]).
    pub older: Prob,
    /// P([`Hypothesis::NoChange`]).
    pub none: Prob,
    /// The likeliest of all single commits and outside hypotheses.
    pub best: (Hypothesis, Prob),
}

/// Rows and parts below this weight do not matter to a choice.
const NEGLIGIBLE: f64 = 1e-6;

impl Search {
    /// A search in which nothing was run yet.
    ///
    /// ```
    /// use bisectstat::model::search::{Assumptions, Costs, Hypothesis, Outside, Places, Search, Shown};
    /// use bisectstat::prob::Prob;
    ///
    /// // A hundred commits; the change is commit 40, and the test fails in every second run from there on.
    /// let line = Places::uniform(100, Outside::default()).expect("there are commits");
    /// let mut search = Search::new(line, &Assumptions::default());
    /// let mut runs = 0;
    /// while search.sure(Prob::saturating(0.95)).is_none() && runs < 500 {
    ///     let choice = search.choose(&Costs::default()).expect("some run tells something");
    ///     for _ in 0..choice.runs {
    ///         runs += 1;
    ///         let crashes = choice.revision >= 40 && runs % 2 == 0;
    ///         search.observe(choice.revision, if crashes { Shown::Bug } else { Shown::Pass });
    ///     }
    /// }
    /// assert_eq!(search.best().0, Hypothesis::Commit(40));
    /// ```
    #[must_use]
    pub fn new(places: Places, assumptions: &Assumptions) -> Self {
        let parts = Parts::new(&assumptions.rates, &assumptions.background);
        let row = |region: Option<Region>, prior| Row {
            region,
            prior,
            contains: Vec::new(),
            bad_scale: 0.0,
            good_scale: 0.0,
        };
        let Outside { older, none } = places.outside();
        let whole = places.whole();
        let inside = whole.as_ref().map_or(0.0, |whole| whole.mass);
        let rows = vec![row(None, older.value()), row(whole, inside), row(None, none.value())];
        let (bad, good) = (vec![1.0; 3 * parts.bad.len()], vec![1.0; 3 * parts.good.len()]);
        let (tested, points, excluded) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        let (ends, beliefs) = (None, Beliefs::default());
        let mut search = Self { places, parts, tested, points, excluded, ends, rows, bad, good, beliefs };
        search.believe();
        search
    }

    /// The same with ends that are run first: the bad one until it crashes, the good ones once.
    #[must_use]
    pub fn with_ends(mut self, ends: Ends) -> Self {
        self.ends = Some(ends);
        self
    }

    /// Takes a run into account; a revision beyond the newest is the newest.
    pub fn observe(&mut self, revision: Revision, shown: Shown) {
        let point = self.point(revision);
        match shown {
            Shown::OtherBug => self.tested[point].others += 1,
            Shown::Bug => self.weigh(point, Tally { crashes: 1, passes: 0 }),
            Shown::Pass => self.weigh(point, Tally { crashes: 0, passes: 1 }),
        }
        self.believe();
    }

    /// Takes the trials of a revision into account, all at once.
    pub fn observe_all(&mut self, revision: Revision, trials: Tally) {
        let point = self.point(revision);
        self.weigh(point, trials);
        self.believe();
    }

    /// The index of a tested revision; makes it one, which parts the rows that it tells apart.
    fn point(&mut self, revision: Revision) -> usize {
        let revision = revision.min(self.places.last());
        if let Some(point) = self.points.get(&revision) {
            return *point;
        }
        let point = self.tested.len();
        self.tested.push(Tested { revision, tally: Tally::default(), others: 0 });
        self.points.insert(revision, point);
        let cut = self.places.cut(revision);
        let (behaviours, backgrounds) = (self.parts.bad.len(), self.parts.good.len());
        let (mut rows, mut bad, mut good) = (Vec::new(), Vec::new(), Vec::new());
        for (i, mut row) in std::mem::take(&mut self.rows).into_iter().enumerate() {
            let mut keep = |row: Row| {
                rows.push(row);
                bad.extend_from_slice(&self.bad[i * behaviours..(i + 1) * behaviours]);
                good.extend_from_slice(&self.good[i * backgrounds..(i + 1) * backgrounds]);
            };
            let Some(region) = &row.region else {
                row.contains.push(i == 0);
                keep(row);
                continue;
            };
            let (under, over) = self.places.split(region, &cut);
            for (region, contains) in [(under, true), (over, false)] {
                let Some(region) = region else { continue };
                let mut part = Row { prior: region.mass, region: Some(region), ..row.clone() };
                part.contains.push(contains);
                keep(part);
            }
        }
        (self.rows, self.bad, self.good) = (rows, bad, good);
        point
    }

    /// Multiplies every likelihood by the chance of these trials.
    fn weigh(&mut self, point: usize, trials: Tally) {
        let seen = self.tested[point].tally;
        let chances = |parts: &[parts::Part]| -> (Vec<f64>, f64) {
            let ln: Vec<f64> = parts.iter().map(|part| ln_of(*part, seen, trials)).collect();
            let scale = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (ln.into_iter().map(|ln| (ln - scale).exp()).collect(), scale)
        };
        let ((bad, bad_scale), (good, good_scale)) = (chances(&self.parts.bad), chances(&self.parts.good));
        let (behaviours, backgrounds) = (bad.len(), good.len());
        let rows = self.bad.chunks_exact_mut(behaviours).zip(self.good.chunks_exact_mut(backgrounds));
        for (row, (under_bad, under_good)) in self.rows.iter_mut().zip(rows) {
            if row.contains[point] {
                row.bad_scale += bad_scale + multiply(under_bad, &bad);
            } else {
                row.good_scale += good_scale + multiply(under_good, &good);
            }
        }
        self.tested[point].tally.merge(trials);
    }

    /// Normalises the posterior anew.
    fn believe(&mut self) {
        let masses: Vec<f64> = (0..self.rows.len()).map(|row| self.mass(row)).collect();
        let ln = |(row, mass): (&Row, &f64)| row.prior.ln() + row.bad_scale + row.good_scale + mass.ln();
        let ln: Vec<f64> = self.rows.iter().zip(&masses).map(ln).collect();
        let largest = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut rows: Vec<f64> = ln.iter().map(|ln| (ln - largest).exp()).collect();
        let total: f64 = rows.iter().sum();
        for mass in &mut rows {
            *mass /= total;
        }
        let live: Vec<usize> = (0..rows.len()).filter(|row| rows[*row] > NEGLIGIBLE).collect();
        self.beliefs.rows = rows;
        self.beliefs.bad.clear();
        self.beliefs.good.clear();
        for row in &live {
            self.mix(*row, masses[*row]);
        }
        let (behaviours, backgrounds) = (self.parts.bad.len(), self.parts.good.len());
        let mixtures = self.beliefs.bad.chunks_exact(behaviours).zip(self.beliefs.good.chunks_exact(backgrounds));
        let mean = |mixture: &[f64], parts: &[parts::Part]| -> f64 {
            mixture.iter().zip(parts).map(|(weight, part)| weight * part.mean()).sum()
        };
        let fresh = mixtures.map(|(bad, good)| (mean(bad, &self.parts.bad), mean(good, &self.parts.good)));
        self.beliefs.fresh = fresh.collect();
        let single = |row: &usize| self.single(*row).map_or(self.beliefs.rows[*row], |(_, mass)| mass);
        self.beliefs.singles = live.iter().map(single).collect();
        self.beliefs.live = live;
    }

    /// `sum_bj w_b w_j / W_j P(.. | b) P(.. | j)` of a row, but for its scales.
    fn mass(&self, row: usize) -> f64 {
        let Parts { weights, background, shares, below, .. } = &self.parts;
        let (bad, good) = self.of_row(row);
        if row + 1 == self.rows.len() {
            return good.iter().zip(background).map(|(good, weight)| good * weight).sum();
        }
        let (mut sum, mut at, mut total) = (0.0, 0, 0.0);
        for ((chance, weight), below) in bad.iter().zip(weights).zip(below) {
            while at < *below {
                sum += good[at] * shares[at];
                at += 1;
            }
            total += chance * weight * sum;
        }
        total
    }

    /// Adds the row's mixtures of behaviours and backgrounds to the beliefs.
    fn mix(&mut self, row: usize, mass: f64) {
        let Parts { weights, background, shares, below, .. } = &self.parts;
        let (behaviours, backgrounds) = (weights.len(), background.len());
        let bad = &self.bad[row * behaviours..(row + 1) * behaviours];
        let good = &self.good[row * backgrounds..(row + 1) * backgrounds];
        let out = &mut self.beliefs;
        if row + 1 == self.rows.len() {
            out.bad.extend_from_slice(weights);
            out.good.extend(good.iter().zip(background).map(|(good, weight)| good * weight / mass));
            return;
        }
        let (mut sum, mut at) = (0.0, 0);
        for ((chance, weight), below) in bad.iter().zip(weights).zip(below) {
            while at < *below {
                sum += good[at] * shares[at];
                at += 1;
            }
            out.bad.push(chance * weight * sum / mass);
        }
        let start = out.good.len();
        out.good.resize(start + backgrounds, 0.0);
        let (mut sum, mut at) = (0.0, behaviours);
        for part in (0..backgrounds).rev() {
            while at > 0 && below[at - 1] > part {
                at -= 1;
                sum += bad[at] * weights[at];
            }
            out.good[start + part] = good[part] * shares[part] * sum / mass;
        }
    }

    fn of_row(&self, row: usize) -> (&[f64], &[f64]) {
        let (behaviours, backgrounds) = (self.parts.bad.len(), self.parts.good.len());
        (&self.bad[row * behaviours..(row + 1) * behaviours], &self.good[row * backgrounds..(row + 1) * backgrounds])
    }

    /// P(behaviour | row) and P(background | row) of a live row.
    fn mixture(&self, at: usize) -> (&[f64], &[f64]) {
        let (behaviours, backgrounds) = (self.parts.bad.len(), self.parts.good.len());
        let Beliefs { bad, good, .. } = &self.beliefs;
        (&bad[at * behaviours..(at + 1) * behaviours], &good[at * backgrounds..(at + 1) * backgrounds])
    }

    /// The likeliest commit of a row and its mass; none outside.
    fn single(&self, row: usize) -> Option<(Revision, f64)> {
        let region = self.rows[row].region.as_ref()?;
        let (commit, mass) = region.heaviest;
        Some((commit, self.beliefs.rows[row] * (mass / region.mass).min(1.0)))
    }

    /// The prior over places.
    #[must_use]
    pub const fn places(&self) -> &Places {
        &self.places
    }

    /// The tested revisions, in the order in which they were first run.
    #[must_use]
    pub fn tested(&self) -> &[Tested] {
        &self.tested
    }

    /// The runs of a revision.
    #[must_use]
    pub fn at(&self, revision: Revision) -> Option<&Tested> {
        self.points.get(&revision).map(|point| &self.tested[*point])
    }

    /// Where the change is.
    #[must_use]
    pub fn posterior(&self) -> Posterior {
        let rows = self.rows.iter().zip(&self.beliefs.rows);
        let gaps = rows.filter_map(|(row, mass)| {
            let region = row.region.as_ref()?;
            let (first, last) = region.ends();
            Some(Gap { first, last, commits: region.commits, mass: Prob::saturating(*mass) })
        });
        let outside = |row: Option<&f64>| row.copied().map_or(Prob::ZERO, Prob::saturating);
        Posterior {
            gaps: gaps.collect(),
            older: outside(self.beliefs.rows.first()),
            none: outside(self.beliefs.rows.last()),
            best: self.best(),
        }
    }

    /// P([`Hypothesis::Older`]).
    #[must_use]
    pub fn older(&self) -> Prob {
        Prob::saturating(self.beliefs.rows[0])
    }

    /// P([`Hypothesis::NoChange`]).
    #[must_use]
    pub fn no_change(&self) -> Prob {
        Prob::saturating(self.beliefs.rows[self.rows.len() - 1])
    }

    /// P(this commit is the change).
    #[must_use]
    pub fn chance_of(&self, commit: Revision) -> Prob {
        let row = self.rows.iter().position(|row| row.region.as_ref().is_some_and(|region| region.holds(commit)));
        let share = |row: usize| {
            let region = self.rows[row].region.as_ref()?;
            Some(self.beliefs.rows[row] * self.places.mass_of(commit) / region.mass)
        };
        Prob::saturating(row.and_then(share).unwrap_or(0.0))
    }

    /// P(this revision has the change), where it was tested.
    #[must_use]
    pub fn p_bad(&self, revision: Revision) -> Option<Prob> {
        let point = *self.points.get(&revision)?;
        let rows = self.rows.iter().zip(&self.beliefs.rows);
        Some(Prob::saturating(rows.filter(|(row, _)| row.contains[point]).map(|(_, mass)| mass).sum()))
    }

    /// The likeliest of all single commits and outside hypotheses; the first of several alike.
    #[must_use]
    pub fn best(&self) -> (Hypothesis, Prob) {
        let rows = &self.beliefs.rows;
        let mut best = (Hypothesis::Older, rows[0]);
        let mut offer = |hypothesis, mass| best = if mass > best.1 { (hypothesis, mass) } else { best };
        for (commit, mass) in (1..rows.len()).filter_map(|row| self.single(row)) {
            offer(Hypothesis::Commit(commit), mass);
        }
        offer(Hypothesis::NoChange, rows[rows.len() - 1]);
        (best.0, Prob::saturating(best.1))
    }

    /// The likeliest single commit; none where nothing lies on commits.
    #[must_use]
    pub(crate) fn best_change(&self) -> Option<(Revision, Prob)> {
        let commits = (0..self.rows.len()).filter_map(|row| self.single(row));
        // The first of several alike.
        let best = commits.reduce(|best, other| if other.1 > best.1 { other } else { best })?;
        Some((best.0, Prob::saturating(best.1)))
    }

    /// The answer, once it has at least this probability.
    #[must_use]
    pub fn sure(&self, target: Prob) -> Option<(Hypothesis, Prob)> {
        Some(self.best()).filter(|(_, mass)| *mass >= target)
    }

    /// The bits that are not known of the place yet; commits of one row are taken to be alike.
    #[must_use]
    pub fn entropy(&self) -> f64 {
        let bits = |(row, mass): (&Row, &f64)| {
            let commits = row.region.as_ref().map_or(1, |region| region.commits);
            if *mass > 0.0 { mass * (to_f64(commits.max(1)) / mass).log2() } else { 0.0 }
        };
        self.rows.iter().zip(&self.beliefs.rows).map(bits).sum()
    }

    /// How many commits the smallest set has that holds this share of what lies on them.
    #[must_use]
    pub fn credible_commits(&self, level: Prob) -> u64 {
        let rows = self.rows.iter().zip(&self.beliefs.rows);
        let each = rows.filter_map(|(row, mass)| Some((mass, row.region.as_ref()?.commits.max(1))));
        let mut each: Vec<_> = each.collect();
        each.sort_by(|(a, m), (b, n)| (*b / to_f64(*n)).total_cmp(&(*a / to_f64(*m))));
        let mut left = level.value() * each.iter().map(|(mass, _)| *mass).sum::<f64>();
        let mut count = 0;
        for (mass, commits) in each {
            if left <= 1e-12 {
                break;
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
            let needed = (left / mass.max(f64::MIN_POSITIVE) * to_f64(commits) - 1e-9).ceil() as u64;
            count += needed.clamp(1, commits);
            left -= mass;
        }
        count
    }

    /// What is expected of the next run at a revision that was never run: its mean if it has the change, and if it has not.
    #[must_use]
    pub fn rates(&self) -> (Prob, Prob) {
        let Beliefs { rows, live, fresh, .. } = &self.beliefs;
        let inside = live.iter().zip(fresh).filter(|(row, _)| **row + 1 < rows.len());
        let total: f64 = inside.clone().map(|(row, _)| rows[*row]).sum();
        let mean = |of: fn(&(f64, f64)) -> f64| {
            Prob::saturating(inside.clone().map(|(row, fresh)| rows[*row] * of(fresh)).sum::<f64>() / total)
        };
        if total > 0.0 { (mean(|fresh| fresh.0), mean(|fresh| fresh.1)) } else { (Prob::ZERO, Prob::ZERO) }
    }
}

/// The usual single run without gamma functions.
fn ln_of(part: parts::Part, seen: Tally, trials: Tally) -> f64 {
    match (trials.crashes, trials.passes) {
        (0, 0) => 0.0,
        (1, 0) => part.next(seen).ln(),
        (0, 1) => (1.0 - part.next(seen)).ln(),
        _ => part.ln(seen, trials),
    }
}

/// Multiplies chances, and brings them back to a size that a number can hold: the logarithm of what was taken out.
fn multiply(chances: &mut [f64], by: &[f64]) -> f64 {
    const SMALL: f64 = 1e-60;
    let mut largest = 0.0f64;
    for (chance, by) in chances.iter_mut().zip(by) {
        *chance *= by;
        largest = largest.max(*chance);
    }
    if largest > SMALL || largest <= 0.0 {
        return 0.0;
    }
    for chance in chances {
        *chance /= largest;
    }
    largest.ln()
}
