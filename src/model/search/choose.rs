//! What to run next: the revision whose runs bring the answer nearest, for what they cost.
//!
//! Choices are ranked by [`growth`] for their cost, and by what they tell of whether there is a background at all, times the
//! chance that they tell anything (`super::skips`); the [`information`] is told beside it. Tested revisions compete with new ones. Within a row the likelihood is constant, so that
//! on a line the information of a run is a function of the mass `f` of the row that the revision makes bad: `I(f) = h(alpha +
//! beta f) - gamma - delta f`, which is concave, with its maximum where `h'(z) = delta / beta`, that is at
//! `z = 1 / (1 + 2^(delta / beta))`. No row is searched commit by commit.

use std::collections::BTreeMap;

use super::ending::Stop;
use super::information::{View, binary_entropy, from_others, growth, information};
use super::places::Revision;
use super::{Hypothesis, NEGLIGIBLE, Search, Tested};
use crate::model::beta_binomial::Tally;
use crate::prob::Prob;

/// What runs cost, in any unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    /// One run, above 0.
    pub run: f64,
    /// To build a revision, from 0 up.
    pub build: f64,
    /// How many times dearer some revisions are to build, above 0; 1 for the others.
    pub factors: BTreeMap<Revision, f64>,
    /// Revisions that are built.
    pub built: Vec<Revision>,
    /// How many runs are made at once before the next choice.
    pub batch: Batch,
}

/// How many runs are made at once before the next choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// As many as tell most for their cost, up to this number.
    UpTo(u32),
    /// This number, whatever it costs.
    Exactly(u32),
}

impl Default for Costs {
    /// Runs count, builds do not.
    fn default() -> Self {
        Self { run: 1.0, build: 0.0, factors: BTreeMap::new(), built: Vec::new(), batch: Batch::UpTo(1) }
    }
}

impl Costs {
    fn of(&self, revision: Revision, runs: u32) -> f64 {
        let factor = self.factors.get(&revision).copied().unwrap_or(1.0);
        let build = if self.built.contains(&revision) { 0.0 } else { self.build * factor };
        build + self.run * f64::from(runs)
    }

    /// The numbers of runs to think about, ascending.
    pub(super) fn batches(&self) -> Vec<u32> {
        const NUMBERS: [u32; 14] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];
        match self.batch {
            Batch::Exactly(runs) => vec![runs.max(1)],
            Batch::UpTo(most) if self.build <= 0.0 && most > 0 => vec![1],
            Batch::UpTo(most) => NUMBERS.into_iter().filter(|runs| *runs <= most.max(1)).collect(),
        }
    }
}

/// Runs worth making.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// The revision at which they tell most.
    pub revision: Revision,
    /// How many of them there pay, from 1 on.
    pub runs: u32,
    /// The bits that they are expected to tell about the place of the change.
    pub bits: f64,
    /// The bits by which the true answer's odds are expected to grow, and those about the background: what choices are ranked
    /// by.
    pub growth: f64,
    /// The chance that they tell anything: that the revision can be built and tested.
    pub telling: f64,
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

    /// What choices are ranked by.
    #[must_use]
    pub fn worth(&self) -> f64 {
        self.growth * self.telling / self.cost
    }
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Proposal {
    /// These runs.
    Visit(Choice),
    /// Nothing before those at work have told what they see.
    Wait,
    /// Nothing: no visit of any length is expected to tell anything.
    Nothing(Why),
}

/// Why nothing tells more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// What is left cannot be built or tested.
    CannotBeBuilt,
    /// The two sides fail alike as far as any number of runs could tell.
    RatesAlike,
}

/// A revision as the live rows see it.
struct Spot {
    revision: Revision,
    /// Where it stands among the tested ones.
    point: Option<usize>,
    /// The share of each live row that makes it bad.
    shares: Vec<f64>,
}

/// What the live rows say of some runs at a revision: `P(k crashes)` for `k = 0 … r`, one list after the other.
struct Outlook {
    outcomes: usize,
    bad: Vec<f64>,
    good: Vec<f64>,
}

/// Choices with less of a chance to tell anything are none.
const HOPELESS: f64 = 0.06;

impl Search {
    /// The best runs to make now; `None` when none would tell anything.
    #[must_use]
    pub fn choose(&self, costs: &Costs) -> Option<Choice> {
        let best = self.offers(costs).into_iter().fold(None, better)?;
        Some(Choice { bits: self.bits(best.revision, best.runs), ..best })
    }

    /// What to run next on the way to this stop, beside what others run: the ends first, then what tells most; while one commit
    /// has the target but does not hold under every behaviour, what settles that.
    #[must_use]
    pub fn propose(&self, stop: &Stop, busy: &[(Revision, u32)], costs: &Costs) -> Proposal {
        if let Some(end) = self.untried_end(busy, costs) {
            return Proposal::Visit(end);
        }
        if busy.is_empty() && self.answerable().value() < 1.0 - stop.target.value() {
            return Proposal::Nothing(Why::CannotBeBuilt);
        }
        let doubted = matches!(self.sure(stop.target), Some((Hypothesis::Commit(_), _)));
        let choice =
            if doubted { self.levelled(stop).choose_beside(busy, costs) } else { self.choose_beside(busy, costs) };
        match choice.filter(|choice| self.tells(choice)) {
            Some(choice) => Proposal::Visit(choice),
            None if !busy.is_empty() => Proposal::Wait,
            None => Proposal::Nothing(self.why_not(stop)),
        }
    }

    /// Whether any visit is expected to tell anything on the way to this target.
    #[must_use]
    pub(crate) fn can_tell(&self, target: Prob, costs: &Costs) -> bool {
        let answerable = self.answerable().value() >= 1.0 - target.value();
        answerable && self.choose(costs).is_some_and(|choice| self.tells(&choice))
    }

    /// P(the answer can be told from all others by what can be built): it is one commit that tested revisions tell apart, or
    /// among commits that some revision does that may be built, or no commit at all.
    #[must_use]
    pub(crate) fn answerable(&self) -> Prob {
        if self.excluded.is_empty() {
            return Prob::ONE;
        }
        let spots = self.spots(&self.candidates());
        let spots: Vec<_> = spots.iter().filter(|spot| self.telling(spot.revision) >= HOPELESS).collect();
        let told = |(at, row): (usize, &usize)| {
            let alone = self.rows[*row].region.as_ref().is_none_or(|region| region.commits <= 1);
            let parted = || spots.iter().any(|spot| spot.shares[at] > 0.0 && spot.shares[at] < 1.0);
            if alone || parted() { self.beliefs.rows[*row] } else { 0.0 }
        };
        Prob::saturating(self.beliefs.live.iter().enumerate().map(told).sum())
    }

    /// Whether a visit is worth anything: if not at its length, then at a greater one.
    fn tells(&self, choice: &Choice) -> bool {
        /// Bits that a visit has to be expected to tell, however long it is.
        const SOMETHING: f64 = 0.01;
        const LONG: u32 = 1024;
        // So many runs, each of which tells so much less, as far as they do not repeat each other.
        let clearly = 8.0 * SOMETHING / f64::from(LONG);
        let each = choice.growth.max(choice.bits) / f64::from(choice.runs);
        let longer = |revision: Revision| self.bits(revision, LONG).max(self.growth(revision, LONG));
        let elsewhere = || {
            let long = self.choose(&Costs { batch: Batch::Exactly(LONG), ..Costs::default() });
            long.is_some_and(|choice| choice.bits.max(choice.growth) >= SOMETHING)
        };
        each > clearly || longer(choice.revision) >= SOMETHING || elsewhere()
    }

    fn why_not(&self, stop: &Stop) -> Why {
        let mut free = self.clone();
        free.excluded.clear();
        let blocked =
            !self.excluded.is_empty() && matches!(free.propose(stop, &[], &Costs::default()), Proposal::Visit(_));
        if blocked { Why::CannotBeBuilt } else { Why::RatesAlike }
    }

    /// A visit of an end that is untried and that nobody is at. The bad one is tried until it crashes, by several at once when it
    /// did not crash at first: nothing else is worth much until it does.
    fn untried_end(&self, busy: &[(Revision, u32)], costs: &Costs) -> Option<Choice> {
        /// Runs of the bad end before anybody thinks.
        const FIRST: u32 = 4;
        let ends = self.ends.as_ref()?;
        let at = |end: Revision| self.at(end).copied();
        let shown = at(ends.bad).is_some_and(|tested| tested.tally.crashes > 0);
        let bad = (!shown).then_some((ends.bad, FIRST));
        let tried = |end: Revision| at(end).is_some_and(|tested| tested.tally.trials() + tested.others > 0);
        let good = ends.good.iter().filter(|good| !tried(**good)).map(|good| (*good, 1));
        let is_free = |(end, _): &(Revision, u32)| busy.iter().all(|(revision, _)| revision != end);
        let again = bad.filter(|(end, _)| tried(*end));
        let (revision, most) = bad.into_iter().chain(good).find(is_free).or(again)?;
        let runs = match costs.batch {
            Batch::Exactly(runs) => runs.max(1),
            Batch::UpTo(upto) if costs.build > 0.0 => most.min(upto.max(1)),
            Batch::UpTo(_) => 1,
        };
        let (bits, growth) = (self.bits(revision, runs), self.growth(revision, runs));
        Some(Choice { revision, runs, bits, growth, telling: self.telling(revision), cost: costs.of(revision, runs) })
    }

    /// The best choice for each revision worth a run, the best first.
    #[must_use]
    pub fn choices(&self, costs: &Costs) -> Vec<Choice> {
        let mut all = self.offers(costs);
        all.retain(|choice| choice.worth() > 0.0);
        all.sort_by(|a, b| b.worth().total_cmp(&a.worth()).then(a.revision.cmp(&b.revision)));
        for choice in &mut all {
            choice.bits = self.bits(choice.revision, choice.runs);
        }
        all
    }

    /// The best runs to make beside those that others are making: their answers are imagined. Several may be at one revision,
    /// once it was run: what decides between two neighbours is many runs of either.
    #[must_use]
    pub(crate) fn choose_beside(&self, busy: &[(Revision, u32)], costs: &Costs) -> Option<Choice> {
        if busy.is_empty() {
            return self.choose(costs);
        }
        let worlds = busy.iter().fold(vec![(1.0, self.clone())], |worlds, visit| imagined(worlds, *visit));
        let untried = busy.iter().map(|(revision, _)| *revision).filter(|revision| self.at(*revision).is_none());
        best_in(&worlds, &untried.collect::<Vec<_>>(), costs)
    }

    /// Up to `machines` different revisions to run at once: each the best given what the ones before it may show.
    #[must_use]
    pub fn choose_parallel(&self, machines: usize, costs: &Costs) -> Vec<Choice> {
        let mut worlds = vec![(1.0, self.clone())];
        let mut chosen: Vec<Choice> = Vec::new();
        while chosen.len() < machines {
            let busy: Vec<_> = chosen.iter().map(|choice| choice.revision).collect();
            let Some(best) = best_in(&worlds, &busy, costs) else { break };
            chosen.push(best);
            worlds = imagined(worlds, (best.revision, best.runs));
        }
        chosen
    }

    /// The bits that `runs` runs at this revision are expected to tell about the place of the change.
    #[must_use]
    pub fn bits(&self, revision: Revision, runs: u32) -> f64 {
        let spot = self.spot(revision);
        let outlook = self.outlook(&spot, runs.max(1));
        information(&self.views(&spot, &outlook)) * self.unmasked_at(spot.revision)
    }

    /// The bits by which such runs are expected to let the true answer's odds grow, and those about the background.
    #[must_use]
    pub fn growth(&self, revision: Revision, runs: u32) -> f64 {
        self.growth_at(&self.spot(revision), runs.max(1))
    }

    /// P(this revision has the change).
    #[must_use]
    pub fn chance_bad(&self, revision: Revision) -> Prob {
        let spot = self.spot(revision);
        let bad = |(row, share): (&usize, &f64)| self.beliefs.rows[*row] * share;
        Prob::saturating(self.beliefs.live.iter().zip(&spot.shares).map(bad).sum())
    }

    /// P(the next run at this revision crashes with the bug, if no other bug ends it).
    #[must_use]
    pub fn crash_chance(&self, revision: Revision) -> f64 {
        self.crashes_of(revision, 1)[1]
    }

    /// `P(k of the next runs at this revision crash)` for `k = 0 … runs`, if no other bug ends them.
    #[must_use]
    pub(crate) fn crashes_of(&self, revision: Revision, runs: u32) -> Vec<f64> {
        let spot = self.spot(revision);
        let outlook = self.outlook(&spot, runs);
        let views = self.views(&spot, &outlook);
        let chance = |k: usize| {
            let of = |view: &View<'_>| view.mass * (view.bad * view.crashes[k] + (1.0 - view.bad) * view.clean[k]);
            views.iter().map(of).sum()
        };
        (0..outlook.outcomes).map(chance).collect()
    }

    /// The median number of crashes among these runs, given at least one.
    #[must_use]
    pub(crate) fn usual_crashes(&self, revision: Revision, runs: u32) -> Tally {
        let chances = self.crashes_of(revision, runs);
        let mut left = 0.5 * chances.iter().skip(1).sum::<f64>();
        let passed = (1..).zip(chances.iter().skip(1)).find(|(_, chance)| {
            left -= **chance;
            left <= 0.0
        });
        let crashes = passed.map_or(1, |(crashes, _)| crashes);
        Tally { crashes, passes: runs.saturating_sub(crashes) }
    }

    fn spot(&self, revision: Revision) -> Spot {
        let revision = revision.min(self.places.last());
        self.spots(&[revision]).pop().unwrap_or(Spot { revision, point: None, shares: Vec::new() })
    }

    /// Revisions as the live rows see them.
    fn spots(&self, revisions: &[Revision]) -> Vec<Spot> {
        let (known, new): (Vec<Revision>, Vec<Revision>) =
            revisions.iter().partition(|revision| self.points.contains_key(revision));
        let inside: Vec<usize> =
            (0..self.beliefs.live.len()).filter(|at| self.rows[self.beliefs.live[*at]].region.is_some()).collect();
        let regions: Vec<_> =
            inside.iter().filter_map(|at| self.rows[self.beliefs.live[*at]].region.as_ref()).collect();
        let of_new = self.places.shares(&regions, &new);
        let fresh = new.into_iter().zip(of_new).map(|(revision, of)| {
            let outside = |row: &usize| if *row == 0 { 1.0 } else { 0.0 };
            let mut shares: Vec<f64> = self.beliefs.live.iter().map(outside).collect();
            inside.iter().zip(of).for_each(|(at, share)| shares[*at] = share);
            Spot { revision, point: None, shares }
        });
        let again = known.into_iter().map(|revision| {
            let point = self.points[&revision];
            let share = |row: &usize| f64::from(u8::from(self.rows[*row].contains[point]));
            Spot { revision, point: Some(point), shares: self.beliefs.live.iter().map(share).collect() }
        });
        again.chain(fresh).collect()
    }

    /// The best number of runs for each revision worth a thought.
    fn offers(&self, costs: &Costs) -> Vec<Choice> {
        /// So many revisions are looked at with all numbers of runs.
        const LOOKED_AT: usize = 8;
        let mut spots: Vec<(f64, f64, Spot)> = Vec::new();
        for spot in self.spots(&self.worth_a_thought(costs)) {
            let telling = self.telling(spot.revision);
            if telling >= HOPELESS {
                spots.push((self.growth_at(&spot, 1) * telling, telling, spot));
            }
        }
        spots.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.revision.cmp(&b.2.revision)));
        let batches = costs.batches();
        let is_own = |revision: &Revision| costs.built.contains(revision) || costs.factors.contains_key(revision);
        let looked_at = |at: usize, spot: &Spot| at < LOOKED_AT || is_own(&spot.revision);
        let alike = batches == [1] && costs.factors.is_empty();
        let spots = spots.iter().enumerate().filter(|(at, (.., spot))| alike || looked_at(*at, spot));
        let offer = |(_, (first, telling, spot)): (usize, &(f64, f64, Spot))| {
            let mut best: Option<Choice> = None;
            for runs in &batches {
                let growth = if *runs == 1 { first / telling } else { self.growth_at(spot, *runs) };
                let (revision, cost) = (spot.revision, costs.of(spot.revision, *runs));
                let choice = Choice { revision, runs: *runs, bits: 0.0, growth, telling: *telling, cost };
                let worse = best.is_some_and(|best| best.worth() > choice.worth());
                best = better(best, choice);
                if worse {
                    break;
                }
            }
            best
        };
        spots.filter_map(offer).collect()
    }

    /// The candidates, and where not all cost the same, others that split the rows about as well, the cheapest among them.
    fn worth_a_thought(&self, costs: &Costs) -> Vec<Revision> {
        const SHARES: [f64; 6] = [0.25, 0.35, 0.45, 0.55, 0.65, 0.75];
        const CHEAPEST: usize = 16;
        const LOOKED_FOR: usize = 512;
        let mut found = self.candidates();
        if costs.factors.is_empty() {
            return found;
        }
        let allowed = |revision: Revision| !self.points.contains_key(&revision) && !self.is_excluded(revision);
        for region in self.beliefs.live.iter().filter_map(|row| self.rows[*row].region.as_ref()) {
            found.extend(SHARES.iter().flat_map(|share| self.places.near(region, *share, allowed)));
        }
        let mut cheap: Vec<(Revision, f64)> = costs
            .factors
            .iter()
            .map(|(revision, factor)| (*revision, *factor))
            .filter(|(_, factor)| *factor < 1.0)
            .collect();
        cheap.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        let parts = |revision: &Revision| {
            let bad = self.chance_bad(*revision).value();
            allowed(*revision) && bad > 0.05 && bad < 0.95
        };
        found.extend(cheap.into_iter().map(|(revision, _)| revision).take(LOOKED_FOR).filter(parts).take(CHEAPEST));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Tested revisions, and new ones: the best splits of each row, and where what cannot be built may end.
    fn candidates(&self) -> Vec<Revision> {
        /// Rows with less are not parted.
        const LITTLE: f64 = 1e-4;
        let allowed = |revision: Revision| !self.points.contains_key(&revision) && !self.is_excluded(revision);
        let mut found: Vec<Revision> = self.tested.iter().map(|tested| tested.revision).collect();
        found.retain(|revision| !self.is_excluded(*revision));
        for (at, row) in self.beliefs.live.iter().enumerate().filter(|(_, row)| self.beliefs.rows[**row] > LITTLE) {
            let Some(region) = &self.rows[*row].region else { continue };
            found.extend(self.places.near(region, self.best_share(at), allowed));
        }
        found.extend(self.edges().into_iter().filter(|revision| allowed(*revision)));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The share of a live row's mass that the best revision in it makes bad, where the rows stand in the order of a line.
    fn best_share(&self, at: usize) -> f64 {
        let of = |at: usize| (self.beliefs.rows[self.beliefs.live[at]], self.beliefs.fresh[at]);
        let (row, (bad, good)) = of(at);
        if bad - good < 1e-9 {
            return 0.5;
        }
        let before: f64 = (0..at).map(of).map(|(mass, (bad, _))| mass * bad).sum();
        let after: f64 = (at + 1..self.beliefs.live.len()).map(of).map(|(mass, (_, good))| mass * good).sum();
        let alpha = before + after + row * good;
        let slope = (binary_entropy(bad) - binary_entropy(good)) / (bad - good);
        let best = 1.0 / (1.0 + slope.exp2());
        ((best - alpha) / ((bad - good) * row)).clamp(0.0, 1.0)
    }

    fn growth_at(&self, spot: &Spot, runs: u32) -> f64 {
        let unmasked = self.unmasked_at(spot.revision);
        if runs == 1 {
            return self.growth_of_one(spot) * unmasked;
        }
        let outlook = self.outlook(spot, runs);
        let seen = spot.point.map_or_else(Tally::default, |point| self.tested[point].tally);
        let quiet = |at: usize| (outlook.bad[at * outlook.outcomes], outlook.good[at * outlook.outcomes]);
        let freak = self.parts.good[0].crashes(seen, runs)[0];
        (growth(&self.views(spot, &outlook)) + self.of_background(spot, quiet, freak)) * unmasked
    }

    /// The same of one run, without lists.
    fn growth_of_one(&self, spot: &Spot) -> f64 {
        let rates = self.rates_at(spot);
        let mass = |at: usize| self.beliefs.rows[self.beliefs.live[at]];
        let (mut crash, mut none, mut crash_if_none) = (0.0, 0.0, 0.0);
        for (at, (share, (bad, good))) in spot.shares.iter().zip(&rates).enumerate() {
            let crashes = mass(at) * (share * bad + (1.0 - share) * good);
            crash += crashes;
            if self.is_blameless(at) {
                none += mass(at);
                crash_if_none += crashes;
            }
        }
        let mut sum = 0.0;
        for (at, (share, (bad, good))) in spot.shares.iter().zip(&rates).enumerate() {
            let single = self.beliefs.singles[at];
            let side = |p: f64| {
                let own = |p: f64, if_none| if self.is_blameless(at) { (none, if_none) } else { (single, single * p) };
                from_others(p, own(p, crash_if_none), crash)
                    + from_others(1.0 - p, own(1.0 - p, none - crash_if_none), 1.0 - crash)
            };
            let under = if *share > 0.0 { share * side(*bad) } else { 0.0 };
            let over = if *share < 1.0 { (1.0 - share) * side(*good) } else { 0.0 };
            sum += mass(at) * (under + over);
        }
        let seen = spot.point.map_or_else(Tally::default, |point| self.tested[point].tally);
        let quiet = |at: usize| (1.0 - rates[at].0, 1.0 - rates[at].1);
        sum.max(0.0) + self.of_background(spot, quiet, 1.0 - self.parts.good[0].next(seen))
    }

    /// Whether a live row says that no commit is to blame.
    fn is_blameless(&self, at: usize) -> bool {
        self.rows[self.beliefs.live[at]].region.is_none()
    }

    /// The bits that runs are expected to tell of whether good revisions fail at all, by whether any crashes: what they tell of
    /// the place later hangs on it. `quiet` is P(none crashes), for each live row: if the revision is bad, and if it is good.
    fn of_background(&self, spot: &Spot, quiet: impl Fn(usize) -> (f64, f64), freak: f64) -> f64 {
        let (mut none, mut quiet_if_none, mut all) = (0.0, 0.0, 0.0);
        for (at, share) in spot.shares.iter().enumerate() {
            let (bad, good) = quiet(at);
            let mass = self.beliefs.rows[self.beliefs.live[at]];
            let freak_mass = mass * self.mixture(at).1[0];
            all += mass * (share * bad + (1.0 - share) * good);
            none += freak_mass;
            quiet_if_none += freak_mass * (share * bad + (1.0 - share) * freak);
        }
        let some = 1.0 - none;
        if none < NEGLIGIBLE || some < NEGLIGIBLE {
            return 0.0;
        }
        let side = |mass: f64, quiet: f64| mass * binary_entropy((quiet / mass).clamp(0.0, 1.0));
        (binary_entropy(all.clamp(0.0, 1.0)) - side(none, quiet_if_none) - side(some, all - quiet_if_none)).max(0.0)
    }

    /// P(the next run crashes), for each live row: if the revision is bad, and if it is good.
    fn rates_at(&self, spot: &Spot) -> Vec<(f64, f64)> {
        let Some(point) = spot.point else { return self.beliefs.fresh.clone() };
        let seen = self.tested[point].tally;
        let next = |parts: &[super::parts::Part]| parts.iter().map(|part| part.next(seen)).collect::<Vec<f64>>();
        let (bad, good) = (next(&self.parts.bad), next(&self.parts.good));
        let of = |(at, share): (usize, &f64)| {
            let (behaviours, backgrounds) = self.mixture(at);
            if *share > 0.5 { (dot(behaviours, &bad), 0.0) } else { (0.0, dot(backgrounds, &good)) }
        };
        spot.shares.iter().enumerate().map(of).collect()
    }

    fn outlook(&self, spot: &Spot, runs: u32) -> Outlook {
        let outcomes = runs as usize + 1;
        let seen = spot.point.map_or_else(Tally::default, |point| self.tested[point].tally);
        let lists = |parts: &[super::parts::Part]| {
            let all: Vec<Vec<f64>> = parts.iter().map(|part| part.crashes(seen, runs)).collect();
            (0..outcomes).map(|k| all.iter().map(|list| list[k]).collect()).collect::<Vec<Vec<f64>>>()
        };
        let (of_bad, of_good) = (lists(&self.parts.bad), lists(&self.parts.good));
        let (mut bad, mut good) = (Vec::new(), Vec::new());
        for (at, share) in spot.shares.iter().enumerate() {
            let (behaviours, backgrounds) = self.mixture(at);
            let mixed = |used: bool, mixture: &[f64], of: &[Vec<f64>], out: &mut Vec<f64>| {
                out.extend(of.iter().map(|chances| if used { dot(mixture, chances) } else { 0.0 }));
            };
            mixed(*share > 0.0, behaviours, &of_bad, &mut bad);
            mixed(*share < 1.0, backgrounds, &of_good, &mut good);
        }
        Outlook { outcomes, bad, good }
    }

    fn views<'a>(&'a self, spot: &'a Spot, outlook: &'a Outlook) -> Vec<View<'a>> {
        let lists = outlook.bad.chunks_exact(outlook.outcomes).zip(outlook.good.chunks_exact(outlook.outcomes));
        let views = lists.zip(&spot.shares).enumerate().map(|(at, ((crashes, clean), bad))| View {
            mass: self.beliefs.rows[self.beliefs.live[at]],
            single: self.beliefs.singles[at],
            blameless: self.is_blameless(at),
            bad: *bad,
            crashes,
            clean,
        });
        views.collect()
    }

    /// P(a run at this revision is not ended by another bug), by the tested revisions about it.
    fn unmasked_at(&self, revision: Revision) -> f64 {
        let before = self.points.range(..=revision).next_back();
        let after = self.points.range(revision..).next();
        let mut about: Vec<usize> = before.into_iter().chain(after).map(|(_, point)| *point).collect();
        about.dedup();
        let (others, runs) = masked(self.tested.iter());
        if others <= 0.0 {
            return 1.0;
        }
        let (here, runs_here) = masked(about.into_iter().map(|point| &self.tested[point]));
        1.0 - (here + others / (runs + 1.0)) / (runs_here + 1.0)
    }
}

/// Runs that other bugs ended, of all.
fn masked<'a>(tested: impl Iterator<Item = &'a Tested>) -> (f64, f64) {
    let add = |(others, runs): (f64, f64), tested: &Tested| {
        let masked = f64::from(tested.others);
        (others + masked, runs + masked + f64::from(tested.tally.trials()))
    };
    tested.fold((0.0, 0.0), add)
}

fn better(best: Option<Choice>, choice: Choice) -> Option<Choice> {
    match best {
        Some(best) if best.worth() >= choice.worth() => Some(best),
        _ if choice.worth() > 0.0 => Some(choice),
        best => best,
    }
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

/// The best choice over some worlds, but for these revisions.
fn best_in(worlds: &[(f64, Search)], without: &[Revision], costs: &Costs) -> Option<Choice> {
    const OF_EACH: usize = 4;
    let offers = |world: &Search| {
        let mut offers = world.offers(costs);
        offers.retain(|choice| choice.worth() > 0.0 && !without.contains(&choice.revision));
        offers.sort_by(|a, b| b.worth().total_cmp(&a.worth()).then(a.revision.cmp(&b.revision)));
        offers.truncate(OF_EACH);
        offers
    };
    let mut all: Vec<Choice> = worlds.iter().flat_map(|(_, world)| offers(world)).collect();
    all.sort_by_key(|choice| (choice.revision, choice.runs));
    all.dedup_by_key(|choice| (choice.revision, choice.runs));
    let expected = |choice: Choice| {
        let mean = |of: fn(&Search, Revision, u32) -> f64| {
            worlds.iter().map(|(p, world)| p * of(world, choice.revision, choice.runs)).sum::<f64>()
        };
        Choice { bits: mean(Search::bits), growth: mean(Search::growth), ..choice }
    };
    all.into_iter().map(expected).fold(None, better)
}

/// The worlds after a visit: one without a crash and one with as many as are usual then, the likeliest eight.
fn imagined(worlds: Vec<(f64, Search)>, (revision, runs): (Revision, u32)) -> Vec<(f64, Search)> {
    const MOST: usize = 8;
    let mut after: Vec<(f64, Search)> = Vec::new();
    for (p, world) in worlds {
        let quiet = world.crashes_of(revision, runs)[0];
        let outcomes =
            [(1.0 - quiet, world.usual_crashes(revision, runs)), (quiet, Tally { crashes: 0, passes: runs })];
        for (chance, tally) in outcomes {
            let mut next = world.clone();
            next.observe_all(revision, tally);
            after.push((p * chance, next));
        }
    }
    after.sort_by(|a, b| b.0.total_cmp(&a.0));
    after.truncate(MOST);
    let total: f64 = after.iter().map(|(p, _)| p).sum();
    after.into_iter().map(|(p, world)| (p / total, world)).collect()
}
