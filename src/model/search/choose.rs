//! What to run next: the revision whose runs tell most about the place of the change, for what they cost.
//!
//! Tested revisions compete with new ones. Within a gap the likelihood is constant, so that the information of a run is a
//! function of the mass `f` that the revision makes bad: `I(f) = h(alpha + beta f) - gamma - delta f`, which is concave, with
//! its maximum where `h'(z) = delta / beta`, that is at `z = 1 / (1 + 2^(delta / beta))`. No gap is searched commit by commit.
//! Of `r` runs, the same is done with "at least one crash", and the information of the number of crashes is taken there.

use super::information::{View, binary_entropy, information, predictive};
use super::places::Revision;
use super::{Search, Shown, thetas};
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
    fn batches(&self) -> impl Iterator<Item = u32> + use<> {
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
}

/// What each row says of `runs` runs at a revision.
struct Outlook {
    runs: u32,
    /// `P(k crashes | bad, row)`, `runs + 1` numbers a row.
    rows: Vec<f64>,
    /// `P(k crashes)` if everything crashes alike.
    always: Vec<f64>,
    /// `P(k crashes | good)`.
    good: Vec<f64>,
}

impl Outlook {
    fn of_row(&self, row: usize) -> &[f64] {
        let width = self.runs as usize + 1;
        &self.rows[row * width..(row + 1) * width]
    }
}

impl Search {
    /// The best runs to make now; `None` when none would tell anything.
    #[must_use]
    pub fn choose(&self, costs: &Costs) -> Option<Choice> {
        let choices = costs.batches().flat_map(|runs| self.offers(runs, costs));
        choices.fold(None, better)
    }

    /// The best choice for each revision worth a run, the best first.
    #[must_use]
    pub fn choices(&self, costs: &Costs) -> Vec<Choice> {
        let mut all: Vec<_> = costs.batches().flat_map(|runs| self.offers(runs, costs)).collect();
        all.sort_by(|a, b| b.bits_per_cost().total_cmp(&a.bits_per_cost()).then(a.revision.cmp(&b.revision)));
        let mut seen = std::collections::HashSet::new();
        all.retain(|choice| choice.bits > 0.0 && seen.insert(choice.revision));
        all
    }

    /// Up to `machines` different revisions to run at once: each the best given what the ones before it may show.
    #[must_use]
    pub fn choose_parallel(&self, machines: usize, costs: &Costs) -> Vec<Choice> {
        let mut worlds = vec![(1.0, self.clone())];
        let mut chosen: Vec<Choice> = Vec::new();
        while chosen.len() < machines {
            let taken = |choice: &Choice| chosen.iter().any(|other| other.revision == choice.revision);
            let mut offers: Vec<_> = worlds.iter().flat_map(|(_, world)| world.choices(costs)).collect();
            offers.retain(|choice| !taken(choice));
            let expected = |choice: &Choice| {
                let bits = worlds.iter().map(|(p, world)| p * world.bits(choice.revision, choice.runs)).sum();
                Choice { bits, ..*choice }
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
        let revision = revision.min(self.places.commits());
        let runs = runs.max(1);
        match self.tested.binary_search_by_key(&revision, |tested| tested.revision) {
            Ok(place) => {
                let outlook = self.outlook(self.tested[place].tally, runs);
                self.bits_at(&outlook, place + 2, None) * self.unmasked(place, place)
            }
            Err(gap) => {
                let outlook = self.outlook(Tally::default(), runs);
                let share = self.share(gap, revision);
                self.bits_at(&outlook, gap + 1, Some(share)) * self.unmasked_in(gap)
            }
        }
    }

    /// P(the next run at this revision crashes with the bug, if nothing masks it).
    #[must_use]
    pub fn crash_chance(&self, revision: Revision) -> f64 {
        let revision = revision.min(self.places.commits());
        let found = self.tested.binary_search_by_key(&revision, |tested| tested.revision);
        let (tally, bad_rows, share) = match found {
            Ok(place) => (self.tested[place].tally, place + 2, None),
            Err(gap) => (Tally::default(), gap + 1, Some(self.share(gap, revision))),
        };
        let outlook = self.outlook(tally, 1);
        self.views(&outlook, bad_rows, share)
            .map(|view| view.mass * (view.bad * view.crashes[1] + (1.0 - view.bad) * outlook.good[1]))
            .sum()
    }

    /// Candidates with `runs` runs each: every tested revision, and up to two new ones a gap.
    fn offers(&self, runs: u32, costs: &Costs) -> Vec<Choice> {
        let again = (0..self.tested.len()).filter(|place| self.is_open(*place)).map(|place| {
            let outlook = self.outlook(self.tested[place].tally, runs);
            let bits = self.bits_at(&outlook, place + 2, None) * self.unmasked(place, place);
            (self.tested[place].revision, bits)
        });
        let fresh = self.outlook(Tally::default(), runs);
        let new = (0..=self.tested.len()).flat_map(|gap| self.splits(gap, &fresh));
        let choice =
            |(revision, bits): (Revision, f64)| Choice { revision, runs, bits, cost: costs.of(revision, runs) };
        again.chain(new).map(choice).collect()
    }

    /// Whether it is in doubt which side of the change a tested revision is on.
    fn is_open(&self, place: usize) -> bool {
        const NEGLIGIBLE: f64 = 1e-9;
        let always: f64 = self.beliefs.always.iter().sum();
        let bad: f64 = self.beliefs.rows[..place + 2].iter().sum();
        let good: f64 = self.beliefs.rows[place + 2..].iter().sum();
        bad.min(good + always) > NEGLIGIBLE || always > NEGLIGIBLE
    }

    /// The revisions next to the best split of a gap, with their bits.
    fn splits(&self, gap: usize, outlook: &Outlook) -> Vec<(Revision, f64)> {
        let (after, upto) = self.ends(gap);
        let low = if gap == 0 { after } else { after + 1 };
        let high = if gap == self.tested.len() { upto } else { upto.saturating_sub(1) };
        if low > high {
            return Vec::new();
        }
        let below = self.places.up_to(after);
        let mass = self.places.up_to(upto) - below;
        let at = self.places.holding(below + mass * self.best_share(gap, outlook), after, upto);
        let mut around = vec![at.saturating_sub(1).clamp(low, high), at.clamp(low, high)];
        around.dedup();
        let unmasked = self.unmasked_in(gap);
        let bits = |revision| self.bits_at(outlook, gap + 1, Some(self.share(gap, revision))) * unmasked;
        around.into_iter().map(|revision| (revision, bits(revision))).collect()
    }

    /// The share of a gap's mass that the best revision in it makes bad.
    fn best_share(&self, gap: usize, outlook: &Outlook) -> f64 {
        let any = |crashes: &[f64]| 1.0 - crashes[0];
        let row = self.beliefs.rows[gap + 1];
        let (bad, good) = (any(outlook.of_row(gap + 1)), any(&outlook.good));
        if row <= 0.0 || bad <= good {
            return 0.5;
        }
        let before = (0..=gap).map(|row| self.beliefs.rows[row] * any(outlook.of_row(row)));
        let always = self.beliefs.always.iter().sum::<f64>();
        let after: f64 = self.beliefs.rows[gap + 2..].iter().sum();
        let alpha = before.sum::<f64>() + always * any(&outlook.always) + (row + after) * good;
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

    /// The information of runs under which the first `bad` rows are bad, and this share of the next.
    fn bits_at(&self, outlook: &Outlook, bad: usize, share: Option<f64>) -> f64 {
        information(self.views(outlook, bad, share), &outlook.good)
    }

    fn views<'a>(
        &'a self,
        outlook: &'a Outlook,
        bad: usize,
        share: Option<f64>,
    ) -> impl Iterator<Item = View<'a>> + 'a {
        let rows = self.beliefs.rows.iter().enumerate().filter(|(_, mass)| **mass > 0.0);
        let rows = rows.map(move |(row, mass)| {
            let bad = match share {
                _ if row < bad => 1.0,
                Some(share) if row == bad => share,
                _ => 0.0,
            };
            View { mass: *mass, bad, crashes: outlook.of_row(row) }
        });
        let mass = self.beliefs.always.iter().sum();
        rows.chain([View { mass, bad: 1.0, crashes: &outlook.always }])
    }

    /// What each row says of `runs` runs at a revision with these trials behind it.
    fn outlook(&self, seen: Tally, runs: u32) -> Outlook {
        /// Rows of less mass cannot change the choice: they are taken to be like the average.
        const NEGLIGIBLE: f64 = 1e-9;
        let (width, outcomes) = (self.parts.len(), runs as usize + 1);
        let parts: Vec<f64> = self.parts.iter().flat_map(|part| predictive(*part, seen, runs)).collect();
        let mut rows = vec![0.0; self.beliefs.rows.len() * outcomes];
        let joint = self.beliefs.joint.chunks_exact(width).zip(&self.beliefs.rows);
        for ((joint, mass), out) in joint.zip(rows.chunks_exact_mut(outcomes)) {
            if *mass > NEGLIGIBLE {
                mix(joint, &parts, *mass, out);
            }
        }
        let always: f64 = self.beliefs.always.iter().sum();
        let mut alike = vec![0.0; outcomes];
        if always > 0.0 {
            let known: Vec<f64> = thetas().flat_map(|theta| binomial(theta, runs)).collect();
            mix(&self.beliefs.always, &known, always, &mut alike);
        }
        Outlook { runs, rows, always: alike, good: predictive(self.leak, seen, runs) }
    }

    /// P(a run at the revisions between these two tested ones is not ended by another bug).
    fn unmasked(&self, from: usize, to: usize) -> f64 {
        let of = |tested: &[super::Tested]| {
            let others: u32 = tested.iter().map(|tested| tested.others).sum();
            (f64::from(others), f64::from(others + tested.iter().map(|tested| tested.tally.trials()).sum::<u32>()))
        };
        let (others, runs) = of(&self.tested);
        let (here, runs_here) = of(&self.tested[from..=to]);
        let usual = others / runs.max(1.0);
        1.0 - (here + usual) / (runs_here + 1.0)
    }

    fn unmasked_in(&self, gap: usize) -> f64 {
        match self.tested.len().checked_sub(1) {
            None => 1.0,
            Some(last) => self.unmasked(gap.saturating_sub(1), gap.min(last)),
        }
    }
}

fn better(best: Option<Choice>, choice: Choice) -> Option<Choice> {
    match best {
        Some(best) if best.bits_per_cost() >= choice.bits_per_cost() => Some(best),
        _ if choice.bits > 0.0 => Some(choice),
        best => best,
    }
}

/// `sum_b joint_b parts_b / mass`.
fn mix(joint: &[f64], parts: &[f64], mass: f64, out: &mut [f64]) {
    if let [pass, crash] = out {
        let sum: f64 = joint.iter().zip(parts.chunks_exact(2)).map(|(weight, part)| weight * part[1]).sum();
        (*pass, *crash) = (1.0 - sum / mass, sum / mass);
        return;
    }
    for (weight, part) in joint.iter().zip(parts.chunks_exact(out.len())).filter(|(weight, _)| **weight > 0.0) {
        out.iter_mut().zip(part).for_each(|(sum, p)| *sum += weight / mass * p);
    }
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

/// The worlds after this choice: one for "no crash" and one for "a crash" each, the likeliest eight.
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
    after.iter_mut().for_each(|(p, _)| *p /= total);
    after
}
