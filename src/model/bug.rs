//! The reported bug: which of the crash titles are its own, and where it begins.
//!
//! A latent set `z` holds the titles of the reported bug, one of which, the anchor `a`, is the reported title; all others
//! come from elsewhere. With the prices of [`super::labels`] and [`super::foreign`],
//!
//! `P(g, z | data) ∝ prior(g) L(g | z) E_in(z) prod_{t not in z} E_out(t) sum_a P(a) P(z | a)`,
//!
//! where `L(g | z)` is the change point of [`super::culprit`] with the crashes of `z` as crashes: a crash of another title
//! ended its run before the reported bug could show, so it is no trial. All sets of up to [`EXACT`] titles are summed;
//! of more titles those with most crashes are, and the others come from elsewhere: the result is then approximate.

use crate::prob::{LogProb, Prob};

use super::culprit::{Adrift, ChangePoint, Culprit, Places};
use super::foreign::{ForeignPrices, Rivals};
use super::labels::{LabelPrices, LabelPrior};
use super::likeness::{KinPrior, with_odds};
use super::table::RateTable;
use super::trials::{Tests, Trials};

/// Titles whose every set is summed.
pub const EXACT: usize = 9;
/// Crashes that enter the price of labels; more are thinned in proportion.
const LABELLED: u32 = 600;

/// One crash title.
#[derive(Clone, Debug, PartialEq)]
pub struct TitleRow {
    /// Crashes at each point, from the clean side to the crashing side.
    pub crashes: Vec<u32>,
    /// P(it is the reported title).
    pub anchor: Prob,
    /// P(it belongs to the bug of this title), one a title.
    pub like: Vec<Prob>,
}

/// What the sum over sets of titles is computed from.
#[derive(Clone, Copy, Debug)]
pub struct BugSearch<'a> {
    /// The titles.
    pub titles: &'a [TitleRow],
    /// The tests of each point, from the clean side to the crashing side; titles by their place in `titles`.
    pub points: &'a [Tests],
    /// The tests of each skipped revision, with the chance that it has the bug for each gap.
    pub adrift: &'a [(Tests, Vec<Prob>)],
    /// Whether runs stand in the order in which they ran.
    pub ordered: bool,
    /// Where the culprit may be.
    pub places: Places<'a>,
    /// Prior mass of each place.
    pub prior: &'a [Prob],
    /// The rates of the reported bug.
    pub table: &'a RateTable,
    /// How its titles mix.
    pub labels: &'a LabelPrior,
    /// How far titles are kin.
    pub kin: &'a KinPrior,
    /// The bugs from elsewhere.
    pub foreign: &'a ForeignPrices<'a>,
}

/// Where the reported bug begins, and which titles are its own.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportedBug {
    /// Averaged over the sets of titles.
    pub culprit: Culprit,
    /// P(the title belongs to the reported bug).
    pub same_bug: Vec<Prob>,
    /// P(the title is the reported one).
    pub anchor: Vec<Prob>,
    /// Posterior weights of the ways in which titles mix.
    pub labellings: Vec<Prob>,
    /// Posterior weights of the factors of kinship.
    pub kin: Vec<Prob>,
    /// Posterior weights of the rates of other bugs, summed over the titles from elsewhere.
    pub foreign: Vec<f64>,
    /// Whether sets were left out of the sum.
    pub approximate: bool,
}

impl BugSearch<'_> {
    /// The posterior; `None` when no title can be the reported one.
    ///
    /// ```
    /// use bisectstat::model::behaviour::RatePrior;
    /// use bisectstat::model::beta_binomial::BetaPrior;
    /// use bisectstat::model::bug::{BugSearch, TitleRow};
    /// use bisectstat::model::culprit::Places;
    /// use bisectstat::model::foreign::{ForeignPrices, ForeignPrior};
    /// use bisectstat::model::labels::LabelPrior;
    /// use bisectstat::model::likeness::KinPrior;
    /// use bisectstat::model::table::RateTable;
    /// use bisectstat::model::trials::{Shows, streaks_of};
    /// use bisectstat::prob::Prob;
    ///
    /// // Two revisions with ten runs: the older shows title 1 once, the newer the reported title 0 six times.
    /// let runs = |title, crashes| [vec![Shows::Title(title); crashes], vec![Shows::Pass; 10 - crashes]].concat();
    /// let points = vec![vec![streaks_of(runs(1, 1))], vec![streaks_of(runs(0, 6))]];
    /// let (like, unlike) = (Prob::ONE, Prob::saturating(0.1));
    /// let titles = [
    ///     TitleRow { crashes: vec![0, 6], anchor: Prob::ONE, like: vec![like, unlike] },
    ///     TitleRow { crashes: vec![1, 0], anchor: Prob::ZERO, like: vec![unlike, like] },
    /// ];
    /// let prior = [Prob::saturating(0.5); 2];
    /// let table = RateTable::new(&RatePrior::default(), BetaPrior::LEAK, 10, &[1.0]);
    /// let foreign = ForeignPrior::default();
    /// let foreign = ForeignPrices::new(&foreign, BetaPrior::LEAK, &prior, 10);
    /// let bug = BugSearch {
    ///     titles: &titles,
    ///     points: &points,
    ///     adrift: &[],
    ///     ordered: true,
    ///     places: Places::Line,
    ///     prior: &prior,
    ///     table: &table,
    ///     labels: &LabelPrior::default(),
    ///     kin: &KinPrior::default(),
    ///     foreign: &foreign,
    /// };
    /// let bug = bug.solve().expect("it crashed");
    /// assert!(bug.same_bug[0].value() > bug.same_bug[1].value());
    /// assert!(bug.culprit.gaps[1].value() > 0.5, "it starts with the newer one");
    /// ```
    #[must_use]
    pub fn solve(&self) -> Option<ReportedBug> {
        let summed = self.summed_titles();
        let prices = LabelPrices::new(self.labels, &self.thinned(&summed)).of_subsets();
        let foreign: Vec<_> = (0..self.titles.len()).map(|t| self.foreign.price_by_rate(&self.tallies(t))).collect();
        let priors = SetPriors::new(self, &summed);
        let weights = Self::set_weights(&summed, &prices, &foreign, &priors);
        let counted = |(set, weight): (usize, &LogProb)| match *weight {
            LogProb::ZERO => Counted::default(),
            _ => self.counted(&summed, set),
        };
        let counted: Vec<_> = weights.iter().enumerate().map(counted).collect();
        let joints = self.ln_joints(&counted, &weights);
        let sets = LogProb::normalize(&joints);
        if sets.iter().all(|set| *set == Prob::ZERO) {
            return None;
        }
        let share = |holds: &dyn Fn(usize) -> f64| {
            let sum = sets.iter().enumerate().map(|(set, p)| p.value() * holds(set)).sum();
            Prob::saturating(sum)
        };
        let place = |title: usize| summed.iter().position(|t| *t == title);
        let inside = |set: usize, bit: Option<usize>| bit.is_some_and(|bit| set >> bit & 1 == 1);
        let titles = 0..self.titles.len();
        let same_bug = titles.clone().map(|t| share(&|set| f64::from(u8::from(inside(set, place(t))))));
        let anchor = titles.map(|t| share(&|set| place(t).map_or(0.0, |bit| priors.anchor_share(set, bit))));
        let (same_bug, anchor): (Vec<_>, Vec<_>) = (same_bug.collect(), anchor.collect());
        let approximate = summed.len() < self.titles.len() || self.labelled() > LABELLED;
        let labellings = self.labellings(&sets, &prices);
        let (kin, foreign) = (self.kinship(&priors, &sets), self.foreign_rates(&same_bug, &foreign));
        let culprit = self.average(&counted, &sets)?;
        Some(ReportedBug { culprit, same_bug, anchor, labellings, kin, foreign, approximate })
    }

    /// What the sets say of how titles mix.
    fn labellings(&self, sets: &[Prob], prices: &[Vec<LogProb>]) -> Vec<Prob> {
        let mut labellings = vec![Prob::ZERO; self.labels.parts.len()];
        for (set, prices) in sets.iter().zip(prices) {
            add(&mut labellings, &LogProb::normalize(prices), *set);
        }
        labellings
    }

    /// What the sets say of kinship.
    fn kinship(&self, priors: &SetPriors, sets: &[Prob]) -> Vec<Prob> {
        let mut kin = vec![Prob::ZERO; self.kin.odds.len()];
        for (set, share) in sets.iter().enumerate().filter(|(_, share)| share.value() > 0.0) {
            let weights: Vec<_> = priors.by_factor[set].iter().map(|p| Prob::saturating(*p).ln()).collect();
            add(&mut kin, &LogProb::normalize(&weights), *share);
        }
        kin
    }

    /// What the titles from elsewhere say of the rates of their bugs.
    fn foreign_rates(&self, same_bug: &[Prob], prices: &[Vec<LogProb>]) -> Vec<f64> {
        let mut rates = vec![0.0; self.foreign.rates()];
        for (same, prices) in same_bug.iter().zip(prices) {
            for (rate, share) in rates.iter_mut().zip(LogProb::normalize(prices)) {
                *rate += same.complement().value() * share.value();
            }
        }
        rates
    }

    /// The titles whose sets are summed: possible anchors first, then by crashes.
    fn summed_titles(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.titles.len()).collect();
        let crashes = |t: usize| self.titles[t].crashes.iter().map(|n| u64::from(*n)).sum::<u64>();
        let anchor = |t: usize| self.titles[t].anchor.value();
        order.sort_by(|a, b| anchor(*b).total_cmp(&anchor(*a)).then(crashes(*b).cmp(&crashes(*a))).then(a.cmp(b)));
        order.truncate(EXACT);
        order.sort_unstable();
        order
    }

    /// `ln E_in(z) prod E_out(t) sum_a P(a) P(z | a)` of each set of the summed titles.
    fn set_weights(
        summed: &[usize],
        prices: &[Vec<LogProb>],
        foreign: &[Vec<LogProb>],
        priors: &SetPriors,
    ) -> Vec<LogProb> {
        let inside = prices.iter().map(|prices| LogProb::ln_sum_exp(prices));
        let outside: Vec<_> = summed.iter().map(|t| LogProb::ln_sum_exp(&foreign[*t])).collect();
        let weight = |(set, inside): (usize, LogProb)| {
            let others = outside.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 0).map(|(_, price)| *price);
            inside + others.sum::<LogProb>() + priors.of(set).ln()
        };
        inside.enumerate().map(weight).collect()
    }

    fn labelled(&self) -> u32 {
        self.titles.iter().flat_map(|title| &title.crashes).fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Crashes for the price of labels. Very long logs are thinned along the line, title by title: what a title shows in
    /// every step is known by then. At least one crash of each title is left.
    fn thinned(&self, summed: &[usize]) -> Vec<Vec<u32>> {
        let all = self.labelled();
        let share = |before: u64| (before * u64::from(LABELLED)).div_ceil(u64::from(all.max(1)));
        let thin = |t: &usize| {
            let row = &self.titles[*t].crashes;
            let ends = row.iter().scan(0, |sum, n| {
                *sum += u64::from(*n);
                Some(*sum)
            });
            let counts = ends.zip(row).map(|(end, n)| share(end) - share(end - u64::from(*n)));
            let counts = counts.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
            if all <= LABELLED { row.clone() } else { counts.collect() }
        };
        summed.iter().map(thin).collect()
    }

    /// A title's own crashes, the passes, and the other crashes.
    fn tallies(&self, title: usize) -> Vec<Rivals> {
        let trials = |tests: &Tests| Rivals::of(tests, title);
        self.points.iter().map(trials).collect()
    }

    /// `ln` of each set's weight with the change point summed over all gaps. Sets are taken by what they can reach at most;
    /// those that would add nothing to the sum in double precision are left at zero.
    fn ln_joints(&self, counted: &[Counted], weights: &[LogProb]) -> Vec<LogProb> {
        const NOTHING: f64 = 45.0;
        let possible = weights.iter().enumerate().filter(|(_, weight)| **weight != LogProb::ZERO);
        let bound = |(set, weight): (usize, &LogProb)| (set, weight.ln() + self.change_point(&counted[set]).ln_bound());
        let mut sets: Vec<_> = possible.map(bound).collect();
        sets.sort_by(|(a, most), (b, other)| other.total_cmp(most).then(a.cmp(b)));
        let mut joints = vec![LogProb::ZERO; weights.len()];
        let mut largest = f64::NEG_INFINITY;
        for (set, most) in sets {
            if most < largest - NOTHING {
                break;
            }
            let gaps = self.change_point(&counted[set]).ln_joint();
            joints[set] = weights[set] + LogProb::ln_sum_exp(&gaps);
            largest = largest.max(joints[set].ln());
        }
        joints
    }

    /// The trials for a set of titles.
    fn counted(&self, summed: &[usize], set: usize) -> Counted {
        let mut inside = vec![false; self.titles.len()];
        summed.iter().enumerate().for_each(|(bit, title)| inside[*title] = set >> bit & 1 == 1);
        let of = |tests: &Tests| Trials::of(tests, |title| inside[title], self.ordered);
        let adrift = self.adrift.iter().map(|(tests, bad)| Adrift { trials: of(tests), bad: bad.clone() });
        Counted { trials: self.points.iter().map(of).collect(), adrift: adrift.collect() }
    }

    /// The change point that counts only the crashes of a set.
    const fn change_point<'a>(&'a self, counted: &'a Counted) -> ChangePoint<'a> {
        let Self { places, prior, table, .. } = *self;
        ChangePoint { trials: counted.trials.as_slice(), places, prior, adrift: counted.adrift.as_slice(), table }
    }

    /// The change point averaged over the sets that matter.
    fn average(&self, counted: &[Counted], sets: &[Prob]) -> Option<Culprit> {
        const MATTERS: f64 = 1e-9;
        let mut average: Option<Culprit> = None;
        // What is left out belongs to nobody: the rest is certain. Less than this is rounding.
        const ROUNDING: f64 = 1e-13;
        let (kept, left): (Vec<_>, Vec<_>) = sets.iter().enumerate().partition(|(_, share)| share.value() > MATTERS);
        let lost: f64 = left.iter().map(|(_, share)| share.value()).sum();
        let all = if lost < ROUNDING { 1.0 } else { 1.0 - lost };
        for (set, share) in kept.into_iter().map(|(set, share)| (set, Prob::saturating(share.value() / all))) {
            let culprit = self.change_point(&counted[set]).solve()?;
            let sum = average.get_or_insert_with(|| Culprit {
                gaps: vec![Prob::ZERO; culprit.gaps.len()],
                places: vec![Prob::ZERO; culprit.places.len()],
                adrift: vec![Prob::ZERO; culprit.adrift.len()],
                rates: vec![Prob::ZERO; culprit.rates.len()],
            });
            add(&mut sum.gaps, &culprit.gaps, share);
            add(&mut sum.places, &culprit.places, share);
            add(&mut sum.adrift, &culprit.adrift, share);
            add(&mut sum.rates, &culprit.rates, share);
        }
        average
    }
}

/// The tests as one set of titles sees them: its crashes and the passes are trials.
#[derive(Default)]
struct Counted {
    trials: Vec<Trials>,
    adrift: Vec<Adrift>,
}

/// `P(a) P(z | a)` of every set and anchor, zero when `z` does not hold `a`.
struct SetPriors {
    /// By set and anchor, averaged over the factors of kinship.
    by_anchor: Vec<Vec<f64>>,
    /// By set and factor, weighted, summed over the anchors.
    by_factor: Vec<Vec<f64>>,
}

impl SetPriors {
    fn new(search: &BugSearch<'_>, summed: &[usize]) -> Self {
        let factors = &search.kin.odds;
        let mut by_anchor = vec![vec![0.0; summed.len()]; 1 << summed.len()];
        let mut by_factor = vec![vec![0.0; factors.len()]; 1 << summed.len()];
        for (anchor, title) in summed.iter().enumerate() {
            let TitleRow { anchor: p_anchor, like, .. } = &search.titles[*title];
            if *p_anchor == Prob::ZERO {
                continue;
            }
            for (f, (factor, weight)) in factors.iter().enumerate() {
                let like: Vec<f64> = summed.iter().map(|t| with_odds(like[*t], *factor).value()).collect();
                for (set, chance) in with_anchor(anchor, &like).into_iter().enumerate() {
                    let share = weight * p_anchor.value() * chance;
                    by_anchor[set][anchor] += share;
                    by_factor[set][f] += share;
                }
            }
        }
        Self { by_anchor, by_factor }
    }

    /// `sum_a P(a) P(z | a)`.
    fn of(&self, set: usize) -> Prob {
        Prob::saturating(self.by_factor[set].iter().sum())
    }

    /// P(the anchor is this one | z).
    fn anchor_share(&self, set: usize, bit: usize) -> f64 {
        let prior = self.of(set).value();
        if prior > 0.0 { self.by_anchor[set][bit] / prior } else { 0.0 }
    }
}

/// `P(z | a)` of every set, from the chance of each other title to join: one doubling a title.
fn with_anchor(anchor: usize, like: &[f64]) -> Vec<f64> {
    let mut chances = vec![1.0];
    for (bit, like) in like.iter().enumerate() {
        let (without, with) = if bit == anchor { (0.0, 1.0) } else { (1.0 - like, *like) };
        let joined: Vec<f64> = chances.iter().map(|chance| chance * with).collect();
        for chance in &mut chances {
            *chance *= without;
        }
        chances.extend(joined);
    }
    chances
}

fn add(sum: &mut [Prob], terms: &[Prob], share: Prob) {
    for (sum, term) in sum.iter_mut().zip(terms) {
        *sum = Prob::saturating(sum.value() + share.value() * term.value());
    }
}
