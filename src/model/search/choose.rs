//! What to run next: the revision whose runs bring the answer nearest, for what they cost.
//!
//! Choices are ranked by [`growth`] for their cost; the [`information`] is told beside it. Tested revisions compete with new
//! ones. Within a gap the likelihood is constant, so that the information of a run is a function of the mass `f` that the
//! revision makes bad: `I(f) = h(alpha + beta f) - gamma - delta f`, which is concave, with its maximum where
//! `h'(z) = delta / beta`, that is at `z = 1 / (1 + 2^(delta / beta))`. No gap is searched commit by commit. Of `r` runs, the
//! split is that for "at least one crash".

use std::collections::HashSet;

use super::information::{View, binary_entropy, growth, information, predictive};
use super::places::Revision;
use super::{Search, Shown, Tested, next_is, thetas};
use crate::model::beta_binomial::Tally;

/// What runs cost, in any unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    /// One run, above 0.
    pub run: f64,
    /// To build a revision, from 0 up.
    pub build: f64,
    /// Revisions that are built.
    pub built: Vec<Revision>,
    /// How many runs may be made at once before the next choice, at least 1.
    pub horizon: u32,
}

impl Default for Costs {
    /// Runs count, builds do not.
    fn default() -> Self {
        Self { run: 1.0, build: 0.0, built: Vec::new(), horizon: 1 }
    }
}

impl Costs {
    fn of(&self, revision: Revision, runs: u32) -> f64 {
        let build = if self.built.contains(&revision) { 0.0 } else { self.build };
        build + self.run * f64::from(runs)
    }

    /// 1, 2, 4 … and the horizon.
    pub(super) fn batches(&self) -> impl Iterator<Item = u32> + use<> {
        let horizon = self.horizon.max(1);
        let doubled = std::iter::successors(Some(1u32), |runs| runs.checked_mul(2));
        doubled.take_while(move |runs| *runs < horizon).chain([horizon])
    }
}

/// Runs worth making.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Where.
    pub revision: Revision,
    /// How many.
    pub runs: u32,
    /// The bits that they are expected to tell about the place of the change.
    pub bits: f64,
    /// The bits by which the true answer's odds are expected to grow: what choices are ranked by.
    pub growth: f64,
    /// What they cost.
    pub cost: f64,
}

impl Choice {
    /// Bits for each run.
    #[must_use]
    pub fn bits_per_run(&self) -> f64 {
        self.bits / f64::from(self.runs)
    }

    /// Bits for the unit of cost.
    #[must_use]
    pub fn bits_per_cost(&self) -> f64 {
        self.bits / self.cost
    }

    fn worth(&self) -> f64 {
        self.growth / self.cost
    }
}

/// What the rows say of some runs at a revision.
struct Outlook {
    /// `P(k crashes | bad, row)` for `k = 0 … r`, one after the other for each live row.
    rows: Vec<f64>,
    /// `P(k crashes)` if everything crashes alike.
    always: Vec<f64>,
    /// `P(k crashes | good)`.
    good: Vec<f64>,
}

/// Which rows make a revision bad: all before this one, and this share of it.
#[derive(Clone, Copy)]
struct Spot {
    row: usize,
    share: f64,
}

impl Search {
    /// The best runs to make now; `None` when none would tell anything.
    #[must_use]
    pub fn choose(&self, costs: &Costs) -> Option<Choice> {
        let best = costs.batches().flat_map(|runs| self.offers(runs, costs)).fold(None, better)?;
        Some(Choice { bits: self.bits(best.revision, best.runs), ..best })
    }

    /// The best choice for each revision worth a run, the best first.
    #[must_use]
    pub fn choices(&self, costs: &Costs) -> Vec<Choice> {
        let mut all: Vec<_> = costs.batches().flat_map(|runs| self.offers(runs, costs)).collect();
        all.sort_by(|a, b| b.worth().total_cmp(&a.worth()).then(a.revision.cmp(&b.revision)));
        let mut seen = HashSet::new();
        all.retain(|choice| choice.growth > 0.0 && seen.insert(choice.revision));
        for choice in &mut all {
            choice.bits = self.bits(choice.revision, choice.runs);
        }
        all
    }

    /// Up to `machines` different revisions to run at once: each the best given what the ones before it may show.
    #[must_use]
    pub fn choose_parallel(&self, machines: usize, costs: &Costs) -> Vec<Choice> {
        let mut worlds = vec![(1.0, self.clone())];
        let mut chosen: Vec<Choice> = Vec::new();
        while chosen.len() < machines {
            let mut offers: Vec<_> = worlds.iter().flat_map(|(_, world)| world.choices(costs)).collect();
            offers.retain(|choice| chosen.iter().all(|other| other.revision != choice.revision));
            let expected = |choice: &Choice| {
                let mean = |of: fn(&Self, Revision, u32) -> f64| {
                    worlds.iter().map(|(p, world)| p * of(world, choice.revision, choice.runs)).sum::<f64>()
                };
                Choice { bits: mean(Self::bits), growth: mean(Self::growth), ..*choice }
            };
            let Some(best) = offers.iter().map(expected).fold(None, better) else { break };
            chosen.push(best);
            worlds = imagined(worlds, best);
        }
        chosen
    }

    /// The bits that `runs` runs at this revision are expected to tell about the place of the change.
    #[must_use]
    pub fn bits(&self, revision: Revision, runs: u32) -> f64 {
        let (spot, seen) = self.spot(revision);
        let outlook = self.outlook(seen, runs.max(1), spot);
        information(self.views(&outlook, spot), &outlook.good) * self.unmasked_at(revision)
    }

    /// The bits by which such runs are expected to let the true answer's odds grow.
    #[must_use]
    pub fn growth(&self, revision: Revision, runs: u32) -> f64 {
        let (spot, seen) = self.spot(revision);
        let outlook = self.outlook(seen, runs.max(1), spot);
        growth(self.views(&outlook, spot), &outlook.good) * self.unmasked_at(revision)
    }

    /// P(the next run at this revision crashes with the bug, if no other bug ends it).
    #[must_use]
    pub fn crash_chance(&self, revision: Revision) -> f64 {
        let (spot, seen) = self.spot(revision);
        let outlook = self.outlook(seen, 1, spot);
        let crash = |view: View| view.mass * (view.bad * view.crashes[1] + (1.0 - view.bad) * outlook.good[1]);
        self.views(&outlook, spot).map(crash).sum()
    }

    /// Which rows make this revision bad, and its runs so far.
    fn spot(&self, revision: Revision) -> (Spot, Tally) {
        let revision = revision.min(self.places.commits());
        match self.tested.binary_search_by_key(&revision, |tested| tested.revision) {
            Ok(place) => (Spot { row: place + 2, share: 0.0 }, self.tested[place].tally),
            Err(gap) => (Spot { row: gap + 1, share: self.share(gap, revision) }, Tally::default()),
        }
    }

    /// Candidates with `runs` runs each: every tested revision, and up to two new ones a gap.
    fn offers(&self, runs: u32, costs: &Costs) -> Vec<Choice> {
        let fresh = self.outlook(Tally::default(), runs, Spot { row: self.beliefs.rows.len(), share: 0.0 });
        let splits = (0..=self.tested.len()).flat_map(|gap| self.splits(gap, &fresh));
        let new = splits.map(|revision| {
            let (spot, _) = self.spot(revision);
            (revision, growth(self.views(&fresh, spot), &fresh.good))
        });
        let again = self.tested.iter().enumerate().map(|(place, tested)| {
            let spot = Spot { row: place + 2, share: 0.0 };
            let outlook = self.outlook(tested.tally, runs, spot);
            (tested.revision, growth(self.views(&outlook, spot), &outlook.good))
        });
        let choice = |(revision, growth)| {
            let growth = growth * self.unmasked_at(revision);
            Choice { revision, runs, bits: 0.0, growth, cost: costs.of(revision, runs) }
        };
        again.chain(new).map(choice).collect()
    }

    /// The revisions next to the best split of a gap.
    fn splits(&self, gap: usize, outlook: &Outlook) -> Vec<Revision> {
        let (after, upto) = self.ends(gap);
        let low = if gap == 0 { after } else { after + 1 };
        let high = if gap == self.tested.len() { upto } else { upto.saturating_sub(1) };
        let (Some(at), true) = (self.beliefs.live.iter().position(|row| *row == gap + 1), low <= high) else {
            return Vec::new();
        };
        let below = self.places.up_to(after);
        let mass = self.places.up_to(upto) - below;
        let best = self.places.holding(below + mass * self.best_share(at, outlook), after, upto);
        let mut around = vec![best.saturating_sub(1).clamp(low, high), best.clamp(low, high)];
        around.dedup();
        around
    }

    /// The share of a live row's mass that the best revision in its gap makes bad.
    fn best_share(&self, at: usize, outlook: &Outlook) -> f64 {
        let any = |crashes: &[f64]| 1.0 - crashes[0];
        let of = |at: usize| (self.beliefs.rows[self.beliefs.live[at]], any(outlook.row(at)));
        let ((row, bad), good) = (of(at), any(&outlook.good));
        if row <= 0.0 || bad <= good {
            return 0.5;
        }
        let before: f64 = (0..at).map(of).map(|(mass, any)| mass * any).sum();
        let always = self.always() * any(&outlook.always);
        let after: f64 = self.beliefs.rows[self.beliefs.live[at] + 1..].iter().sum();
        let alpha = before + always + (row + after) * good;
        let slope = (binary_entropy(bad) - binary_entropy(good)) / (bad - good);
        let best = 1.0 / (1.0 + slope.exp2());
        ((best - alpha) / ((bad - good) * row)).clamp(0.0, 1.0)
    }

    /// The share of a gap's mass that this revision in it makes bad.
    fn share(&self, gap: usize, revision: Revision) -> f64 {
        let (after, upto) = self.ends(gap);
        let below = self.places.up_to(after);
        let mass = self.places.up_to(upto) - below;
        if mass > 0.0 { ((self.places.up_to(revision) - below) / mass).clamp(0.0, 1.0) } else { 0.0 }
    }

    fn views<'a>(&'a self, outlook: &'a Outlook, spot: Spot) -> impl Iterator<Item = View<'a>> + Clone + 'a {
        let rows = self.beliefs.live.iter().enumerate().map(move |(at, row)| {
            let bad = match row.cmp(&spot.row) {
                std::cmp::Ordering::Less => 1.0,
                std::cmp::Ordering::Equal => spot.share,
                std::cmp::Ordering::Greater => 0.0,
            };
            View { mass: self.beliefs.rows[*row], single: self.beliefs.singles[at], bad, crashes: outlook.row(at) }
        });
        let mass = self.always();
        rows.chain((mass > 0.0).then_some(View { mass, single: mass, bad: 1.0, crashes: &outlook.always }))
    }

    /// What each row that can make a revision bad says of `runs` runs there, after these.
    fn outlook(&self, seen: Tally, runs: u32, spot: Spot) -> Outlook {
        let outcomes = runs as usize + 1;
        let parts = self.chances(seen, runs);
        let mut rows = vec![0.0; self.beliefs.live.len() * outcomes];
        let mixtures = self.beliefs.mixtures.chunks_exact(self.beliefs.parts.len().max(1));
        let bad = self.beliefs.live.iter().take_while(|row| **row <= spot.row);
        for ((_, mixture), out) in bad.zip(mixtures).zip(rows.chunks_exact_mut(outcomes)) {
            mix(mixture, &parts, out);
        }
        let mut always = vec![0.0; outcomes];
        let all = self.always();
        if all > 0.0 {
            let known: Vec<Vec<f64>> = thetas().map(|theta| binomial(theta, runs)).collect();
            let known = by_outcome(&known, outcomes);
            let mixture: Vec<f64> = self.beliefs.always.iter().map(|mass| mass / all).collect();
            mix(&mixture, &known, &mut always);
        }
        Outlook { rows, always, good: predictive(self.leak, seen, runs) }
    }

    /// `P(k crashes | behaviour)` of the behaviours that matter, one list a number of crashes.
    fn chances(&self, seen: Tally, runs: u32) -> Vec<Vec<f64>> {
        let parts = self.beliefs.parts.iter().map(|part| self.parts[*part]);
        if runs == 1 {
            let crash: Vec<f64> = parts.map(|part| next_is(part, seen, true)).collect();
            return vec![Vec::new(), crash];
        }
        by_outcome(&parts.map(|part| predictive(part, seen, runs)).collect::<Vec<_>>(), runs as usize + 1)
    }

    /// P(a run at this revision is not ended by another bug), by the tested revisions about it.
    fn unmasked_at(&self, revision: Revision) -> f64 {
        let Some(last) = self.tested.len().checked_sub(1) else { return 1.0 };
        let (from, to) = match self.tested.binary_search_by_key(&revision, |tested| tested.revision) {
            Ok(place) => (place, place),
            Err(gap) => (gap.saturating_sub(1), gap.min(last)),
        };
        let (others, runs) = masked(&self.tested);
        let (here, runs_here) = masked(&self.tested[from..=to]);
        1.0 - (here + others / (runs + 1.0)) / (runs_here + 1.0)
    }
}

impl Outlook {
    fn row(&self, at: usize) -> &[f64] {
        let outcomes = self.good.len();
        &self.rows[at * outcomes..(at + 1) * outcomes]
    }
}

/// Runs that other bugs ended, of all.
fn masked(tested: &[Tested]) -> (f64, f64) {
    let others: u32 = tested.iter().map(|tested| tested.others).sum();
    let trials: u32 = tested.iter().map(|tested| tested.tally.trials()).sum();
    (f64::from(others), f64::from(others) + f64::from(trials))
}

fn better(best: Option<Choice>, choice: Choice) -> Option<Choice> {
    match best {
        Some(best) if best.worth() >= choice.worth() => Some(best),
        _ if choice.growth > 0.0 => Some(choice),
        best => best,
    }
}

/// One list an outcome, with the chances of all parts.
fn by_outcome(parts: &[Vec<f64>], outcomes: usize) -> Vec<Vec<f64>> {
    (0..outcomes).map(|outcome| parts.iter().map(|part| part[outcome]).collect()).collect()
}

/// `sum_b weight_b parts_b`, for every outcome.
fn mix(weights: &[f64], parts: &[Vec<f64>], out: &mut [f64]) {
    for (sum, part) in out.iter_mut().zip(parts).skip(1) {
        *sum = dot(weights, part);
    }
    out[0] = (1.0 - out[1..].iter().sum::<f64>()).max(0.0);
}

/// The sum of products, in lanes that the processor can take together.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    let mut lanes = [0.0; LANES];
    for (a, b) in a.zip(b) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f64>() + rest
}

fn binomial(theta: f64, runs: u32) -> Vec<f64> {
    let mut chances = vec![1.0];
    for _ in 0..runs {
        let passed = chances.iter().map(|p| p * (1.0 - theta)).chain([0.0]);
        let crashed = std::iter::once(0.0).chain(chances.iter().map(|p| p * theta));
        chances = passed.zip(crashed).map(|(passed, crashed)| passed + crashed).collect();
    }
    chances
}

/// The worlds after this choice: one with a crash and one without for each, the likeliest eight.
fn imagined(worlds: Vec<(f64, Search)>, choice: Choice) -> Vec<(f64, Search)> {
    const MOST: usize = 8;
    let mut after: Vec<(f64, Search)> = Vec::new();
    for (p, world) in worlds {
        let crash = world.crash_chance(choice.revision);
        for (chance, shown) in [(crash, Shown::Bug), (1.0 - crash, Shown::Pass)] {
            let mut next = world.clone();
            next.observe(choice.revision, shown);
            after.push((p * chance, next));
        }
    }
    after.sort_by(|a, b| b.0.total_cmp(&a.0));
    after.truncate(MOST);
    let total: f64 = after.iter().map(|(p, _)| p).sum();
    after.into_iter().map(|(p, world)| (p / total, world)).collect()
}
