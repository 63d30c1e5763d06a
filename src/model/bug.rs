//! The reported bug: which of the crash titles are its own, and where it begins.
//!
//! A latent set `z` holds the titles of the reported bug, one of which, the anchor `a`, is the reported title; the others
//! belong to bugs from elsewhere, which may have several titles, too. With the prices of [`super::labels`] and
//! [`super::foreign`],
//!
//! `P(g, z | data) ∝ prior(g) L(g | z) E_in(z) F(not z) sum_a P(a) P(z | a)`,
//!
//! where `L(g | z)` is the change point of [`super::culprit`] with the crashes of `z` as crashes and those of other titles as
//! masked runs, and `F(O)` sums over all ways to part the titles `O` into bugs:
//!
//! `F(O) = sum over S in O with O's first title s of K(S | O) E_in(S) E_out(S) F(O without S)`, `F(nothing) = 1`,
//!
//! with `K(S | O)` the chance that of the titles in `O` just those of `S` are kin of `s`, and `E_out(S)` the price of the
//! merged crashes. All sets of up to `EXACT` titles are summed; of more titles those with most crashes are, and the others
//! come from elsewhere: the result is then approximate.

use std::collections::HashMap;
use std::rc::Rc;

use crate::prob::{LogProb, Prob, to_f64};

use super::culprit::{Adrift, ChangePoint, Culprit, Places};
use super::foreign::{ForeignPrices, Rivals};
use super::labels::{LabelPrices, LabelPrior};
use super::likeness::{KinPrior, with_odds};
use super::table::RateTable;
use super::trials::{Tests, Trials};

/// Titles whose every set is summed.
pub(crate) const EXACT: usize = 8;
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
    /// Whether it shows where the bug was reported.
    pub at_origin: bool,
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
    /// Prior mass of no change.
    pub none: Prob,
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
    /// Posterior weights of the factors of kinship, for titles at the origin.
    pub kin_at_origin: Vec<Prob>,
    /// The same for the others.
    pub kin_elsewhere: Vec<Prob>,
    /// Posterior weights of the rates of other bugs, summed over the titles from elsewhere.
    pub foreign: Vec<f64>,
    /// Whether sets were left out of the sum.
    pub approximate: bool,
    /// `ln` of what the posterior was normalised by.
    pub evidence: LogProb,
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
    ///     TitleRow { crashes: vec![0, 6], anchor: Prob::ONE, like: vec![like, unlike], at_origin: true },
    ///     TitleRow { crashes: vec![1, 0], anchor: Prob::ZERO, like: vec![unlike, like], at_origin: false },
    /// ];
    /// let prior = [Prob::saturating(0.5); 2];
    /// let table = RateTable::new(&RatePrior::default(), &RatePrior::background(), &[1.0]);
    /// let foreign = ForeignPrior::default();
    /// let foreign = ForeignPrices::new(&foreign, BetaPrior::LEAK, &prior, 10);
    /// let bug = BugSearch {
    ///     titles: &titles,
    ///     points: &points,
    ///     adrift: &[],
    ///     ordered: true,
    ///     places: Places::Line,
    ///     prior: &prior,
    ///     none: Prob::ZERO,
    ///     labels: &LabelPrior::default(),
    ///     kin: &KinPrior::default(),
    ///     foreign: &foreign,
    /// };
    /// let bug = bug.solve(&table).expect("it crashed");
    /// assert!(bug.same_bug[0].value() > bug.same_bug[1].value());
    /// assert!(bug.culprit.gaps[1].value() > 0.5, "it starts with the newer one");
    /// ```
    #[must_use]
    pub fn solve(&self, table: &RateTable) -> Option<ReportedBug> {
        self.solve_with(&self.sets(), table)
    }

    /// What does not depend on the rates of the reported bug: for whoever asks under several of them.
    #[must_use]
    pub fn sets(&self) -> Sets {
        let summed = self.summed_titles();
        let prices = LabelPrices::new(self.labels, &self.thinned(&summed)).of_subsets();
        let foreign: Vec<_> = (0..1 << summed.len()).map(|set| self.foreign_price(&summed, set)).collect();
        let priors = SetPriors::new(self, &summed);
        let weights = self.set_weights(&summed, &prices, &foreign, &priors);
        let (mut distinct, mut known) = (Vec::new(), HashMap::new());
        let mut place = |trials: &Trials| {
            *known.entry(*trials).or_insert_with(|| {
                distinct.push(*trials);
                distinct.len() - 1
            })
        };
        let counted = |(set, weight): (usize, &LogProb)| {
            let mut counted = if *weight == LogProb::ZERO { Counted::default() } else { self.counted(&summed, set) };
            counted.places = counted.trials.iter().map(&mut place).collect();
            counted
        };
        let counted = weights.iter().enumerate().map(counted).collect();
        Sets { summed, prices, foreign, priors, weights, counted, distinct }
    }

    /// The posterior under these rates, from [`Self::sets`]; `None` when no title can be the reported one.
    #[must_use]
    pub(crate) fn solve_with(&self, of: &Sets, table: &RateTable) -> Option<ReportedBug> {
        let Sets { summed, prices, foreign, priors, .. } = of;
        let (joints, solved): (Vec<_>, Vec<_>) = self.solved(of, table).into_iter().unzip();
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
        let labellings = self.labellings(&sets, prices);
        let (kin_at_origin, kin_elsewhere) = (kinship(&priors.at_origin, &sets), kinship(&priors.elsewhere, &sets));
        let foreign = self.foreign_rates(summed, &same_bug, foreign);
        let (culprit, evidence) = (average(&solved, &sets)?, LogProb::ln_sum_exp(&joints));
        let bug = ReportedBug {
            culprit,
            same_bug,
            anchor,
            labellings,
            kin_at_origin,
            kin_elsewhere,
            foreign,
            approximate,
            evidence,
        };
        Some(bug)
    }

    /// What the sets say of how titles mix.
    fn labellings(&self, sets: &[Prob], prices: &[Vec<LogProb>]) -> Vec<Prob> {
        let mut labellings = vec![Prob::ZERO; self.labels.parts.len()];
        for (set, prices) in sets.iter().zip(prices) {
            add(&mut labellings, &LogProb::normalize(prices), *set);
        }
        labellings
    }

    /// What the titles from elsewhere say of the rates of their bugs, each taken for a bug of its own.
    fn foreign_rates(&self, summed: &[usize], same_bug: &[Prob], prices: &[Vec<LogProb>]) -> Vec<f64> {
        let mut rates = vec![0.0; self.foreign.rates()];
        for (bit, title) in summed.iter().enumerate() {
            for (rate, share) in rates.iter_mut().zip(LogProb::normalize(&prices[1 << bit])) {
                *rate += same_bug[*title].complement().value() * share.value();
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

    /// `ln E_in(z) F(not z) sum_a P(a) P(z | a)` of each set of the summed titles.
    fn set_weights(
        &self,
        summed: &[usize],
        prices: &[Vec<LogProb>],
        foreign: &[Vec<LogProb>],
        priors: &SetPriors,
    ) -> Vec<LogProb> {
        let inside: Vec<_> = prices.iter().map(|prices| LogProb::ln_sum_exp(prices)).collect();
        let alone = inside.iter().zip(foreign).map(|(inside, foreign)| *inside + LogProb::ln_sum_exp(foreign));
        let outside = self.partitions(summed, &alone.collect::<Vec<_>>());
        let all = outside.len() - 1;
        let weight = |set: usize| inside[set] + outside[all & !set] + priors.of(set).ln();
        (0..=all).map(weight).collect()
    }

    /// `ln F` of each set of the summed titles, from `ln E_in E_out` of each.
    fn partitions(&self, summed: &[usize], alone: &[LogProb]) -> Vec<LogProb> {
        let like = |first: usize, bit: usize| self.titles[summed[first]].like[summed[bit]];
        let mut sums = vec![LogProb::ONE];
        for set in 1..alone.len() {
            let first = set.trailing_zeros() as usize;
            let kin: Vec<_> = (0..summed.len()).map(|bit| like(first, bit).ln()).collect();
            let stranger: Vec<_> = (0..summed.len()).map(|bit| like(first, bit).complement().ln()).collect();
            let others = set & !(1 << first);
            let term = |joined: usize| {
                let bits = (0..summed.len()).filter(|bit| others >> bit & 1 == 1);
                let chance: LogProb =
                    bits.map(|bit| if joined >> bit & 1 == 1 { kin[bit] } else { stranger[bit] }).sum();
                chance + alone[joined | 1 << first] + sums[others & !joined]
            };
            let terms: Vec<_> = subsets(others).map(term).collect();
            sums.push(LogProb::ln_sum_exp(&terms));
        }
        sums
    }

    /// `ln E_out` of the merged crashes of a set of the summed titles, one a rate.
    fn foreign_price(&self, summed: &[usize], set: usize) -> Vec<LogProb> {
        if set == 0 {
            return Vec::new();
        }
        let own = self.inside(summed, set);
        let rivals: Vec<_> = self.points.iter().map(|tests| Rivals::of(tests, |title| own[title])).collect();
        self.foreign.price_by_rate(&rivals)
    }

    /// Which titles are in a set of the summed ones.
    fn inside(&self, summed: &[usize], set: usize) -> Vec<bool> {
        let mut inside = vec![false; self.titles.len()];
        summed.iter().enumerate().for_each(|(bit, title)| inside[*title] = set >> bit & 1 == 1);
        inside
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

    /// `ln` of each set's weight with the change point summed over all gaps, and where the change is then. Sets are taken by
    /// what they can reach at most; when the others together would add less than a millionth to the sum, they are left at zero.
    fn solved(&self, of: &Sets, table: &RateTable) -> Vec<(LogProb, Option<Culprit>)> {
        const NOTHING: f64 = 1e-6;
        let Sets { weights, counted, .. } = of;
        let chances: Vec<_> = of.distinct.iter().map(|trials| table.weigh(trials)).collect();
        let possible = weights.iter().enumerate().filter(|(_, weight)| **weight != LogProb::ZERO);
        let bound = |(set, weight): (usize, &LogProb)| {
            let points = counted[set].places.iter().map(|place| Rc::clone(&chances[*place])).collect();
            let point = self.change_point(&counted[set], table).with(points);
            (set, weight.ln() + point.ln_bound(), point)
        };
        let mut sets: Vec<_> = possible.map(bound).collect();
        sets.sort_by(|(a, most, _), (b, other, _)| other.total_cmp(most).then(a.cmp(b)));
        let mut solved = vec![(LogProb::ZERO, None); weights.len()];
        let (mut sum, all) = (LogProb::ZERO, sets.len());
        for ((set, most, point), left) in sets.into_iter().zip((1..=all).rev()) {
            // The others reach no more than this one.
            if most + to_f64(left).ln() < sum.ln() + NOTHING.ln() {
                break;
            }
            let Some((culprit, evidence)) = point.solve() else { continue };
            let joint = weights[set] + evidence;
            sum = LogProb::ln_sum_exp(&[sum, joint]);
            solved[set] = (joint, Some(culprit));
        }
        solved
    }

    /// The trials for a set of titles.
    fn counted(&self, summed: &[usize], set: usize) -> Counted {
        let inside = self.inside(summed, set);
        let of = |tests: &Tests| Trials::of(tests, |title| inside[title], self.ordered);
        let adrift = self.adrift.iter().map(|(tests, bad)| Adrift { trials: of(tests), bad: bad.clone() });
        Counted { trials: self.points.iter().map(of).collect(), places: Vec::new(), adrift: adrift.collect() }
    }

    /// The change point that counts only the crashes of a set.
    const fn change_point<'a>(&'a self, counted: &'a Counted, table: &'a RateTable) -> ChangePoint<'a> {
        let Self { places, prior, none, .. } = *self;
        ChangePoint { trials: counted.trials.as_slice(), places, prior, none, adrift: counted.adrift.as_slice(), table }
    }
}

/// The change point averaged over the sets that matter.
fn average(solved: &[Option<Culprit>], sets: &[Prob]) -> Option<Culprit> {
    const MATTERS: f64 = 1e-7;
    // What is left out belongs to nobody: the rest is certain. Less than this is rounding.
    const ROUNDING: f64 = 1e-13;
    let mut average: Option<Culprit> = None;
    let all = solved.iter().zip(sets);
    let (kept, left): (Vec<_>, Vec<_>) = all.partition(|(_, share)| share.value() > MATTERS);
    let lost: f64 = left.iter().map(|(_, share)| share.value()).sum();
    let all = if lost < ROUNDING { 1.0 } else { 1.0 - lost };
    for (culprit, share) in kept {
        let (culprit, share) = (culprit.as_ref()?, Prob::saturating(share.value() / all));
        let sum = average.get_or_insert_with(|| Culprit {
            gaps: vec![Prob::ZERO; culprit.gaps.len()],
            places: vec![Prob::ZERO; culprit.places.len()],
            none: Prob::ZERO,
            adrift: vec![Prob::ZERO; culprit.adrift.len()],
            rates: vec![Prob::ZERO; culprit.rates.len()],
            backgrounds: vec![Prob::ZERO; culprit.backgrounds.len()],
            sides: Vec::new(),
        });
        add(std::slice::from_mut(&mut sum.none), &[culprit.none], share);
        add(&mut sum.backgrounds, &culprit.backgrounds, share);
        sum.sides.extend(culprit.sides.iter().map(|sides| sides.times(share)));
        add(&mut sum.gaps, &culprit.gaps, share);
        add(&mut sum.places, &culprit.places, share);
        add(&mut sum.adrift, &culprit.adrift, share);
        add(&mut sum.rates, &culprit.rates, share);
    }
    average
}

/// What the sets say of kinship, from the weight of each factor in each set.
fn kinship(by_factor: &[Vec<f64>], sets: &[Prob]) -> Vec<Prob> {
    let mut kin = vec![Prob::ZERO; by_factor.first().map_or(0, Vec::len)];
    for (weights, share) in by_factor.iter().zip(sets).filter(|(_, share)| share.value() > 0.0) {
        let weights: Vec<_> = weights.iter().map(|p| Prob::saturating(*p).ln()).collect();
        add(&mut kin, &LogProb::normalize(&weights), *share);
    }
    kin
}

/// All subsets of a set, itself and the empty one among them.
fn subsets(set: usize) -> impl Iterator<Item = usize> {
    let next = move |subset: &usize| (*subset != 0).then(|| (subset - 1) & set);
    std::iter::successors(Some(set), next)
}

/// The sets of titles that the reported bug may show under, with what is held of each whatever its rates.
#[derive(Clone, Debug)]
pub struct Sets {
    /// The titles that are summed over.
    summed: Vec<usize>,
    /// `ln E_in` of each set, one a way in which titles mix.
    prices: Vec<Vec<LogProb>>,
    /// `ln E_out` of each set, one a rate.
    foreign: Vec<Vec<LogProb>>,
    priors: SetPriors,
    /// `ln` of what each set weighs before its change point.
    weights: Vec<LogProb>,
    /// The trials of each set.
    counted: Vec<Counted>,
    /// All that are there, once each.
    distinct: Vec<Trials>,
}

/// The tests as one set of titles sees them: its crashes and the passes are trials, other crashes mask.
#[derive(Clone, Debug, Default)]
struct Counted {
    trials: Vec<Trials>,
    /// Where each stands among [`Sets::distinct`].
    places: Vec<usize>,
    adrift: Vec<Adrift>,
}

/// `P(a) P(z | a)` of every set and anchor, zero when `z` does not hold `a`.
#[derive(Clone, Debug)]
struct SetPriors {
    /// By set and anchor, averaged over the factors of kinship.
    by_anchor: Vec<Vec<f64>>,
    /// By set and factor for titles at the origin, weighted, summed over the anchors.
    at_origin: Vec<Vec<f64>>,
    /// The same for the others.
    elsewhere: Vec<Vec<f64>>,
}

impl SetPriors {
    fn new(search: &BugSearch<'_>, summed: &[usize]) -> Self {
        let KinPrior { at_origin, elsewhere } = search.kin;
        let rows = |width: usize| vec![vec![0.0; width]; 1 << summed.len()];
        let mut priors =
            Self { by_anchor: rows(summed.len()), at_origin: rows(at_origin.len()), elsewhere: rows(elsewhere.len()) };
        for (anchor, title) in summed.iter().enumerate() {
            let row = &search.titles[*title];
            if row.anchor == Prob::ZERO {
                continue;
            }
            // The titles of one group join or do not; those of the other are left to theirs.
            let group = |factors: &[(f64, f64)], origin: bool| -> Vec<Vec<f64>> {
                let join = |t: &usize, factor: f64| {
                    let mine = search.titles[*t].at_origin == origin;
                    mine.then(|| with_odds(row.like[*t], factor).value())
                };
                let of = |(factor, weight): &(f64, f64)| {
                    let join: Vec<_> = summed.iter().map(|t| join(t, *factor)).collect();
                    with_anchor(anchor, &join).into_iter().map(|chance| weight * chance).collect()
                };
                factors.iter().map(of).collect()
            };
            priors.add(anchor, row.anchor, &group(at_origin, true), &group(elsewhere, false));
        }
        priors
    }

    /// Adds the sets of one anchor.
    fn add(&mut self, anchor: usize, p_anchor: Prob, at_origin: &[Vec<f64>], elsewhere: &[Vec<f64>]) {
        for set in (0..self.by_anchor.len()).filter(|set| set >> anchor & 1 == 1) {
            let sum = |group: &[Vec<f64>]| group.iter().map(|chances| chances[set]).sum::<f64>();
            let (here, there) = (sum(at_origin), sum(elsewhere));
            self.by_anchor[set][anchor] += p_anchor.value() * here * there;
            for (f, chances) in at_origin.iter().enumerate() {
                self.at_origin[set][f] += p_anchor.value() * chances[set] * there;
            }
            for (f, chances) in elsewhere.iter().enumerate() {
                self.elsewhere[set][f] += p_anchor.value() * chances[set] * here;
            }
        }
    }

    /// `sum_a P(a) P(z | a)`.
    fn of(&self, set: usize) -> Prob {
        Prob::saturating(self.by_anchor[set].iter().sum())
    }

    /// P(the anchor is this one | z).
    fn anchor_share(&self, set: usize, bit: usize) -> f64 {
        let prior = self.of(set).value();
        if prior > 0.0 { self.by_anchor[set][bit] / prior } else { 0.0 }
    }
}

/// `P(z | a)` of every set, from the chance of each other title to join: one doubling a title. Titles without a chance are
/// none of this sum's business.
fn with_anchor(anchor: usize, join: &[Option<f64>]) -> Vec<f64> {
    let mut chances = vec![1.0];
    for (bit, join) in join.iter().enumerate() {
        let (without, with) = match join {
            _ if bit == anchor => (0.0, 1.0),
            Some(join) => (1.0 - join, *join),
            None => (1.0, 1.0),
        };
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
