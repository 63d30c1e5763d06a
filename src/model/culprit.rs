//! The culprit: a change point over the gaps of the line.
//!
//! Bad revisions fail as one of the behaviours of [`super::behaviour`] says, good ones by a background, and the bug makes
//! them fail more: a background `j` goes with the behaviours `b` of a larger mean, in proportion to their weights. For a
//! culprit in gap `g`, with the trials `t_i` of point `i`,
//!
//! `L(g) = sum over j of w(j) P(t_i, i < g | j) / W(j) * sum over b above j of w(b) P(t_i, i >= g | b)`,
//!
//! where `W(j)` is the weight of all behaviours above `j`, and `P(g | data) ∝ prior(g) L(g)`: a Bayesian change point with
//! the rates of both sides integrated out (Barry & Hartigan 1993, *A Bayesian Analysis for Change Point Problems*). That no
//! point has the bug is a hypothesis beside the gaps, with `L = sum over j of w(j) P(all t_i | j)`. A skipped revision with
//! runs lies somewhere in a range of gaps: its factor is averaged over the places, by commits, and over the backgrounds that
//! the good points leave. Prefix sums for the backgrounds and suffix sums for the behaviours make all gaps cost one pass.
//!
//! Where history branches and is known ([`Places::Branched`]), a revision is bad exactly when it contains the culprit,
//! however late it stands on the line: the sums then run over the revisions that contain a place, and over those that do
//! not. A place belongs to the gap before the first point that contains it.
//!
//! The points run from the side that is clean to the side that crashes; a fix bisection hands them over mirrored.

use std::rc::Rc;

use crate::prob::{LogProb, Prob};

use super::beta_binomial::Tally;
use super::table::{BackgroundPart, RateTable, Rows, Weighed, ln_best_rate, pooled, together};
use super::trials::Trials;

/// Skipped revisions: the trials, and for each gap the chance that the revision has the bug if the culprit is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Adrift {
    /// The runs that were made there, by kind of crash.
    pub trials: Trials,
    /// One chance a gap.
    pub bad: Vec<Prob>,
}

/// Where the culprit may be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Places<'a> {
    /// In the gaps of the line: the points from the gap's on are bad.
    #[default]
    Line,
    /// In commits that the same points contain.
    Branched(&'a [Place]),
}

/// Commits that the same points contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The gap before the first of them.
    pub gap: usize,
    /// The points that are bad if the culprit is here, ascending.
    pub bad: Vec<usize>,
    /// The others.
    pub good: Vec<usize>,
}

impl Place {
    /// A place that these points contain, one entry a point; `None` when none does.
    #[must_use]
    pub fn new(contains: &[bool]) -> Option<Self> {
        let of = |wanted: bool| contains.iter().enumerate().filter(move |(_, is)| **is == wanted).map(|(i, _)| i);
        let bad: Vec<_> = of(true).collect();
        Some(Self { gap: *bad.first()?, bad, good: of(false).collect() })
    }
}

/// What the change point is computed from.
#[derive(Clone, Copy, Debug)]
pub struct ChangePoint<'a> {
    /// Trials of each point, from the clean side to the crashing side.
    pub trials: &'a [Trials],
    /// Where the culprit may be.
    pub places: Places<'a>,
    /// Prior mass of each place. On a line, gap `g` lies before point `g`, so there are as many gaps as points, and gap 0 is
    /// everything beyond the first point. Need not be normalised.
    pub prior: &'a [Prob],
    /// Prior mass of no change: none of the points has the bug, whatever fails.
    pub none: Prob,
    /// Skipped revisions.
    pub adrift: &'a [Adrift],
    /// How revisions with the bug fail, and how those without it do.
    pub table: &'a RateTable,
}

/// What the change point says.
#[derive(Clone, Debug, PartialEq)]
pub struct Culprit {
    /// P(the culprit is in this gap), one a gap; sums to one with [`Self::none`].
    pub gaps: Vec<Prob>,
    /// P(the culprit is in this place), one a place; the same on a line.
    pub places: Vec<Prob>,
    /// P(none of the points has the bug).
    pub none: Prob,
    /// P(this skipped revision has the bug).
    pub adrift: Vec<Prob>,
    /// Posterior weights of the behaviours: how reproducible this bug is. None without a change; they sum to one.
    pub rates: Vec<Prob>,
    /// Posterior weights of the backgrounds, in the order of their prior.
    pub backgrounds: Vec<Prob>,
    /// The trials of both sides, for each place that matters.
    pub sides: Vec<Sides>,
}

/// The trials on both sides of a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sides {
    /// P(the culprit is there).
    pub mass: Prob,
    /// Of the revisions without the bug.
    pub good: Tally,
    /// Of those with it.
    pub bad: Tally,
}

impl Sides {
    /// The same with a share of its mass.
    pub(super) fn times(self, share: Prob) -> Self {
        Self { mass: Prob::saturating(self.mass.value() * share.value()), ..self }
    }
}

impl<'a> ChangePoint<'a> {
    /// The posterior; `None` when there is no point.
    ///
    /// ```
    /// use bisectstat::model::behaviour::RatePrior;
    /// use bisectstat::model::beta_binomial::Tally;
    /// use bisectstat::model::culprit::{ChangePoint, Places, credible_set};
    /// use bisectstat::model::table::RateTable;
    /// use bisectstat::model::trials::Trials;
    /// use bisectstat::prob::Prob;
    ///
    /// // Three revisions with ten runs each, old to new; as many gaps, all as likely beforehand.
    /// let trials = [(0, 10), (4, 6), (5, 5)].map(|(crashes, passes)| Trials::from(Tally { crashes, passes }));
    /// let prior = [Prob::saturating(1.0 / 3.0); 3];
    /// let table = RateTable::new(&RatePrior::default(), &RatePrior::background(), &[1.0, 1.0]);
    /// let point = ChangePoint {
    ///     trials: &trials,
    ///     places: Places::Line,
    ///     prior: &prior,
    ///     none: Prob::ZERO,
    ///     adrift: &[],
    ///     table: &table,
    /// };
    /// let culprit = point.solve().expect("there are revisions");
    /// let (gaps, mass) = credible_set(&culprit.gaps, Prob::saturating(0.9));
    /// assert!(gaps.contains(&1) && mass.value() >= 0.9, "it began with the second");
    /// ```
    #[must_use]
    pub fn solve(&self) -> Option<Culprit> {
        self.weighed().solve().map(|(culprit, _)| culprit)
    }

    /// `ln prior(g) L(g)` of every place, and at the end of no change: what [`Self::solve`] normalises.
    #[must_use]
    pub fn ln_joint(&self) -> Vec<LogProb> {
        self.weighed().ln_joint()
    }

    /// The same with what each point says.
    fn weighed(self) -> WeighedPoints<'a> {
        self.with(self.trials.iter().map(|trials| self.table.weigh(trials)).collect())
    }

    /// The same where somebody has asked the table for the chances of each point's trials.
    pub(super) fn with(self, points: Vec<Rc<Weighed>>) -> WeighedPoints<'a> {
        let drifts = self.table.drifts(self.trials, self.places);
        WeighedPoints { of: self, points, drifts, bad: pooled(self.trials, self.places) }
    }
}

/// A change point with what each of its points says.
pub(super) struct WeighedPoints<'a> {
    of: ChangePoint<'a>,
    /// The chances of each point's trials.
    points: Vec<Rc<Weighed>>,
    /// What behaviours that drift say of each place.
    drifts: Rows,
    /// The trials of all bad points of each place.
    bad: Vec<Trials>,
}

impl WeighedPoints<'_> {
    /// The posterior, with `ln` of what it was normalised by; `None` when there is no point.
    pub(super) fn solve(&self) -> Option<(Culprit, LogProb)> {
        let ChangePoint { trials, prior, table, .. } = self.of;
        if trials.is_empty() {
            return None;
        }
        let clean = self.clean();
        let skipped = self.skipped(&clean);
        let mut lns = vec![LogProb::ZERO; prior.len() + 1];
        let mut sums = Sums::new(table, skipped.len());
        self.each_place(&clean, &skipped, |mass| {
            let total = mass.total();
            lns[mass.place] = LogProb::from_ln(mass.scale + total.ln());
            sums.add(&mass, total, &clean[mass.place], &skipped);
        });
        let evidence = LogProb::ln_sum_exp(&lns);
        let mut places = LogProb::normalize(&lns);
        let none = places.pop()?;
        let Shares { rates, backgrounds, adrift } = sums.shares(table);
        let sides = self.sides(&places);
        let gaps = self.by_gap(&places);
        Some((Culprit { gaps, places, none, adrift, rates, backgrounds, sides }, evidence))
    }

    /// Adds up the places of each gap.
    fn by_gap(&self, places: &[Prob]) -> Vec<Prob> {
        let Places::Branched(of) = self.of.places else { return places.to_vec() };
        let mut gaps = vec![0.0; self.points.len()];
        of.iter().zip(places).for_each(|(place, mass)| gaps[place.gap] += mass.value());
        gaps.into_iter().map(Prob::saturating).collect()
    }

    /// The trials of both sides of the places that matter.
    fn sides(&self, masses: &[Prob]) -> Vec<Sides> {
        const MATTERS: f64 = 1e-3;
        let mattering = masses.iter().enumerate().filter(|(_, mass)| mass.value() > MATTERS);
        let sides = mattering.map(|(place, mass)| {
            let good = match self.of.places {
                Places::Line => together(self.of.trials, &(0..place).collect::<Vec<_>>()).tally,
                Places::Branched(places) => together(self.of.trials, &places[place].good).tally,
            };
            Sides { mass: *mass, good, bad: self.bad[place].tally }
        });
        sides.collect()
    }

    fn ln_joint(&self) -> Vec<LogProb> {
        let clean = self.clean();
        let skipped = self.skipped(&clean);
        let mut joints = vec![LogProb::ZERO; self.of.prior.len() + 1];
        self.each_place(&clean, &skipped, |mass| {
            joints[mass.place] = LogProb::from_ln(mass.scale + mass.total().ln());
        });
        joints
    }

    /// What `ln` of the sum over all places cannot exceed, with a prior that sums to one at most: in each place, the good
    /// points have the background that suits them best, and the bad ones the best behaviour of each class.
    pub(super) fn ln_bound(&self) -> f64 {
        let ChangePoint { prior, none, places, table, adrift, .. } = self.of;
        let (mut good, mut bad) = (MostGood::new(table), MostBad::new(table));
        let mut goods = Vec::new();
        let mut bads = Vec::new();
        match places {
            Places::Line => {
                for (point, trials) in self.points.iter().zip(self.of.trials) {
                    goods.push(good.ln());
                    good.add(point, trials);
                }
                for (place, point) in self.points.iter().enumerate().rev() {
                    bad.add(point);
                    bads.push(bad.ln(self.drifts.row(place), &self.bad[place]));
                }
                bads.reverse();
            }
            Places::Branched(places) => {
                for (index, place) in places.iter().enumerate() {
                    (good, bad) = (MostGood::new(table), MostBad::new(table));
                    place.good.iter().for_each(|point| good.add(&self.points[*point], &self.of.trials[*point]));
                    place.bad.iter().for_each(|point| bad.add(&self.points[*point]));
                    goods.push(good.ln());
                    bads.push(bad.ln(self.drifts.row(index), &self.bad[index]));
                }
                good = MostGood::new(table);
                self.points.iter().zip(self.of.trials).for_each(|(point, trials)| good.add(point, trials));
            }
        }
        let places = prior.iter().zip(goods.into_iter().zip(bads));
        let places = places.map(|(prior, (good, bad))| LogProb::from_ln(prior.ln().ln() + good + bad));
        let none = LogProb::from_ln(none.ln().ln() + good.ln());
        let all: Vec<_> = places.chain(std::iter::once(none)).collect();
        LogProb::ln_sum_exp(&all).ln() + adrift.iter().map(|adrift| table.ln_bound(&adrift.trials)).sum::<f64>()
    }

    /// The good points of every place, and at the end all points: what each background says of them.
    fn clean(&self) -> Vec<Clean> {
        let ChangePoint { places, none, table, .. } = self.of;
        let all: Vec<_> = (0..self.points.len()).collect();
        let clean = match places {
            Places::Line => self.clean_on_line(),
            Places::Branched(places) => places.iter().map(|place| self.clean_of(&place.good)).collect(),
        };
        let none = if none == Prob::ZERO { Vec::new() } else { self.clean_of(&all) };
        let shared = |part: usize| table.backgrounds().parts[part].ln_shared;
        let alone = |part: usize| table.backgrounds().parts[part].ln_weight;
        let mut rows: Vec<_> = clean.into_iter().map(|lns| Clean::new(lns, shared)).collect();
        rows.push(Clean::new(none, alone));
        rows
    }

    /// `ln P(trials of the points before gap g | j)` for each gap.
    fn clean_on_line(&self) -> Vec<Vec<f64>> {
        let parts = &self.of.table.backgrounds().parts;
        let (mut lns, mut sum) = (vec![0.0; parts.len()], Trials::default());
        let rows = self.of.trials.iter().zip(&self.points).map(|(trials, point)| {
            let row = lns.clone();
            sum.add(trials);
            for ((ln, part), one) in lns.iter_mut().zip(parts).zip(&point.background) {
                *ln = if part.is_pooled() { part.ln(&sum) } else { *ln + one };
            }
            row
        });
        rows.collect()
    }

    /// `ln P(trials of these points | j)`.
    fn clean_of(&self, points: &[usize]) -> Vec<f64> {
        let sum = together(self.of.trials, points);
        let parts = self.of.table.backgrounds().parts.iter().enumerate();
        let alone = |j: usize| points.iter().map(|point| self.points[*point].background[j]).sum();
        parts.map(|(j, part)| if part.is_pooled() { part.ln(&sum) } else { alone(j) }).collect()
    }

    /// The joint mass of every place and behaviour. Multiplied up from point to point, without logarithms.
    fn each_place(&self, clean: &[Clean], skipped: &[Skipped<'_>], mut see: impl FnMut(Mass<'_>)) {
        let ChangePoint { places, prior, table, .. } = self.of;
        let by_place = table.by_place(&self.drifts, &self.bad);
        let width = table.weights().len();
        let (mut bad, mut joint) = (vec![0.0; width], vec![0.0; width]);
        let mut show = |place: usize, still: &Still<'_>| {
            let scale = still.with(by_place.row(place), &mut bad) + clean[place].scale + prior[place].ln().ln();
            let scale = skipped.iter().fold(scale, |scale, skipped| scale + skipped.times(place, &mut bad));
            let below = clean[place].below.as_slice();
            let terms = joint.iter_mut().zip(&bad).zip(table.above());
            terms.for_each(|((joint, bad), above)| *joint = bad * below[*above]);
            see(Mass { place, scale, joint: &joint, bad: &bad });
        };
        match places {
            Places::Line => {
                let mut still = Still::new(table);
                for (gap, point) in self.points.iter().enumerate().rev() {
                    still.times(point);
                    show(gap, &still);
                }
            }
            Places::Branched(places) => {
                for (index, place) in places.iter().enumerate() {
                    let mut still = Still::new(table);
                    place.bad.iter().for_each(|point| still.times(&self.points[*point]));
                    show(index, &still);
                }
            }
        }
        self.see_none(clean, skipped, see);
    }

    /// No change: all points are good, and so are the skipped revisions.
    fn see_none(&self, clean: &[Clean], skipped: &[Skipped<'_>], mut see: impl FnMut(Mass<'_>)) {
        if self.of.none == Prob::ZERO {
            return;
        }
        let place = self.of.prior.len();
        let skipped: f64 = skipped.iter().map(|skipped| skipped.ln_good[place]).sum();
        let scale = clean[place].scale + self.of.none.ln().ln() + skipped;
        see(Mass { place, scale, joint: &clean[place].masses, bad: &[] });
    }

    fn skipped(&self, clean: &[Clean]) -> Vec<Skipped<'_>> {
        let skipped = self.of.adrift.iter().map(|adrift| {
            let weighed = self.of.table.weigh(&adrift.trials);
            let ln_good = clean.iter().map(|clean| clean.predictive(&weighed.background)).collect();
            Skipped { bad: &adrift.bad, weighed, ln_good }
        });
        skipped.collect()
    }
}

/// What `ln P` of good points cannot exceed, whatever their background.
struct MostGood<'a> {
    table: &'a RateTable,
    /// One a background; those of one rate for all points are bounded by the rate that suits the points best.
    apart: Vec<f64>,
    together: Trials,
}

impl<'a> MostGood<'a> {
    fn new(table: &'a RateTable) -> Self {
        let none = |part: &BackgroundPart| if part.is_pooled() { f64::NEG_INFINITY } else { 0.0 };
        let apart = table.backgrounds().parts.iter().map(none).collect();
        Self { table, apart, together: Trials::default() }
    }

    fn add(&mut self, point: &Weighed, trials: &Trials) {
        self.apart.iter_mut().zip(&point.background).for_each(|(sum, ln)| *sum += ln);
        self.together.add(trials);
    }

    fn ln(&self) -> f64 {
        let pooled = self.table.backgrounds().parts.iter().any(BackgroundPart::is_pooled);
        let together = if pooled { ln_best_rate(&self.together) } else { f64::NEG_INFINITY };
        self.apart.iter().copied().fold(together, f64::max)
    }
}

/// What `ln P` of bad points cannot exceed, averaged over the behaviours.
struct MostBad<'a> {
    table: &'a RateTable,
    /// One a behaviour; of those alone that are judged point by point.
    still: Vec<f64>,
}

impl<'a> MostBad<'a> {
    fn new(table: &'a RateTable) -> Self {
        let none = |weight: &f64| if *weight > 0.0 { 0.0 } else { f64::NEG_INFINITY };
        Self { table, still: table.still_weights().iter().map(none).collect() }
    }

    fn add(&mut self, point: &Weighed) {
        self.still.iter_mut().zip(&point.ln).for_each(|(sum, ln)| *sum += ln);
    }

    fn ln(&self, drifts: &[f64], together: &Trials) -> f64 {
        let most = |lns: &[f64]| lns.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let shares = self.table.shares();
        let classes = [
            shares.still + most(&self.still),
            shares.drifting + most(drifts),
            shares.constant + ln_best_rate(together),
        ];
        most(&classes) + 3f64.ln()
    }
}

/// What each background says of the good points of a place.
struct Clean {
    scale: f64,
    /// `w(j) / W(j) P(trials of the good points | j) exp(-scale)`; without `W` where no point is bad.
    masses: Vec<f64>,
    /// Their sums up to each background; one more than there are backgrounds.
    below: Vec<f64>,
}

impl Clean {
    fn new(mut lns: Vec<f64>, ln_weight: impl Fn(usize) -> f64) -> Self {
        lns.iter_mut().enumerate().for_each(|(part, ln)| *ln += ln_weight(part));
        let scale = lns.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (mut masses, mut below) = (lns, vec![0.0]);
        below.reserve_exact(masses.len());
        let mut sum = 0.0;
        for mass in &mut masses {
            *mass = if *mass > f64::NEG_INFINITY { (*mass - scale).exp() } else { 0.0 };
            sum += *mass;
            below.push(sum);
        }
        Self { scale, masses, below }
    }

    /// `ln P` of one more good revision, by what the others leave of the backgrounds.
    fn predictive(&self, lns: &[f64]) -> f64 {
        let largest = lns.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let terms = self.masses.iter().zip(lns).map(|(mass, ln)| mass * (ln - largest).exp());
        largest + (terms.sum::<f64>() / self.masses.iter().sum::<f64>()).ln()
    }
}

/// The joint mass of one place, all to be multiplied by `exp(scale)`.
struct Mass<'a> {
    place: usize,
    scale: f64,
    /// With the backgrounds below each behaviour; of no change, one a background.
    joint: &'a [f64],
    /// The bad points alone, one a behaviour; none of no change.
    bad: &'a [f64],
}

impl Mass<'_> {
    fn total(&self) -> f64 {
        total(self.joint)
    }
}

/// `w(b) P(trials of some points | b)` of the behaviours that are judged point by point, divided by `exp(scale)`.
struct Still<'a> {
    table: &'a RateTable,
    /// `ln P(trials | b)` of the points before the last time that the sums were taken anew.
    lns: Vec<f64>,
    /// The points since.
    points: Vec<&'a Weighed>,
    scale: f64,
    of: Vec<f64>,
    total: f64,
}

impl<'a> Still<'a> {
    /// Smaller sums are taken anew from logarithms: what is lost below them is less than `1e-108` of the whole.
    const SMALL: f64 = 1e-200;

    fn new(table: &'a RateTable) -> Self {
        let lns = vec![0.0; table.still_weights().len()];
        Self { table, lns, points: Vec::new(), scale: 0.0, of: table.still_weights().to_vec(), total: 1.0 }
    }

    fn times(&mut self, point: &'a Weighed) {
        self.points.push(point);
        self.scale += point.scale;
        self.of.iter_mut().zip(&point.chances).for_each(|(mass, chance)| *mass *= chance);
        self.total = total(&self.of);
        if self.total < Self::SMALL {
            self.anew();
        }
    }

    fn anew(&mut self) {
        for point in self.points.drain(..) {
            self.lns.iter_mut().zip(&point.ln).for_each(|(sum, ln)| *sum += ln);
        }
        let lns: Vec<_> =
            self.table.still_weights().iter().zip(&self.lns).map(|(weight, ln)| weight.ln() + ln).collect();
        let scale = lns.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if scale > f64::NEG_INFINITY {
            self.scale = scale;
            self.of.iter_mut().zip(&lns).for_each(|(mass, ln)| *mass = (ln - scale).exp());
            self.total = total(&self.of);
        }
    }

    /// The same with the behaviours that are judged by place, whose `ln w(b) P(trials | b)` are given; the scale of the result.
    fn with(&self, by_place: &[f64], row: &mut [f64]) -> f64 {
        /// What lies further below the sum adds nothing to it, whatever the backgrounds say.
        const NOTHING: f64 = -300.0;
        row.copy_from_slice(&self.of);
        let largest = by_place.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let scale = if self.total > 0.0 { self.scale.max(largest) } else { largest };
        if scale > self.scale {
            let shrink = (self.scale - scale).exp();
            for mass in row.iter_mut() {
                *mass *= shrink;
            }
        }
        let least = NOTHING + self.total.ln() + self.scale - scale;
        for (part, ln) in self.table.placed().zip(by_place) {
            let below = ln - scale;
            row[part] = if below > least { below.exp() } else { 0.0 };
        }
        scale
    }
}

/// A skipped revision and its chances.
struct Skipped<'a> {
    bad: &'a [Prob],
    weighed: Rc<Weighed>,
    /// `ln P(trials)` if it is good, one a place and one for no change.
    ln_good: Vec<f64>,
}

impl Skipped<'_> {
    /// Bad in some places, good in the others: the factors of `P(trials | b)` and of one, and their common scale.
    fn factors(&self, place: usize) -> (f64, f64, f64) {
        let (bad, good) = (self.weighed.scale, self.ln_good[place]);
        let (p_bad, scale) = (self.bad[place], bad.max(good));
        (p_bad.value() * (bad - scale).exp(), p_bad.complement().value() * (good - scale).exp(), scale)
    }

    /// Multiplies its factors into a place's masses; their scale.
    fn times(&self, place: usize, row: &mut [f64]) -> f64 {
        let (bad, good, scale) = self.factors(place);
        row.iter_mut().zip(&self.weighed.chances).for_each(|(mass, chance)| *mass *= bad * chance + good);
        scale
    }

    /// The part of a place's mass in which it is bad.
    fn bad_mass(&self, mass: &Mass<'_>) -> f64 {
        if mass.bad.is_empty() {
            return 0.0;
        }
        let (bad, good, _) = self.factors(mass.place);
        let share = |chance: f64| if bad * chance > 0.0 { bad * chance / (bad * chance + good) } else { 0.0 };
        mass.joint.iter().zip(&self.weighed.chances).map(|(mass, chance)| mass * share(*chance)).sum()
    }
}

/// Sums over places, divided by `exp(scale)`.
struct Sums<'a> {
    above: &'a [usize],
    scale: f64,
    total: f64,
    rates: Vec<f64>,
    backgrounds: Vec<f64>,
    adrift: Vec<f64>,
    /// Room for one number a background.
    over: Vec<f64>,
}

/// What sums over places say.
struct Shares {
    rates: Vec<Prob>,
    backgrounds: Vec<Prob>,
    adrift: Vec<Prob>,
}

impl<'a> Sums<'a> {
    fn new(table: &'a RateTable, adrift: usize) -> Self {
        let (rates, backgrounds) = (table.weights().len(), table.backgrounds().parts.len());
        Self {
            above: table.above(),
            scale: f64::NEG_INFINITY,
            total: 0.0,
            rates: vec![0.0; rates],
            backgrounds: vec![0.0; backgrounds],
            adrift: vec![0.0; adrift],
            over: vec![0.0; backgrounds + 1],
        }
    }

    /// Adds a place, whose joint masses have this total.
    fn add(&mut self, mass: &Mass<'_>, total: f64, clean: &Clean, skipped: &[Skipped<'_>]) {
        /// A smaller share adds nothing to the sums.
        const NOTHING: f64 = 1e-20;
        if mass.scale == f64::NEG_INFINITY {
            return;
        }
        if mass.scale > self.scale {
            let shrink = (self.scale - mass.scale).exp();
            let Self { rates, backgrounds, adrift, total: all, .. } = self;
            let sums = rates.iter_mut().chain(backgrounds).chain(adrift).chain(std::iter::once(all));
            sums.for_each(|sum| *sum *= shrink);
            self.scale = mass.scale;
        }
        let weight = (mass.scale - self.scale).exp();
        if weight * total < NOTHING * self.total {
            return;
        }
        self.total += weight * total;
        for (sum, skipped) in self.adrift.iter_mut().zip(skipped) {
            *sum += weight * skipped.bad_mass(mass);
        }
        if mass.bad.is_empty() {
            self.backgrounds.iter_mut().zip(mass.joint).for_each(|(sum, mass)| *sum += weight * mass);
            return;
        }
        self.rates.iter_mut().zip(mass.joint).for_each(|(sum, mass)| *sum += weight * mass);
        // A background goes with all behaviours above it.
        self.over.fill(0.0);
        self.above.iter().zip(mass.bad).for_each(|(above, bad)| self.over[*above] += bad);
        let mut sum = 0.0;
        for (part, background) in self.backgrounds.iter_mut().enumerate().rev() {
            sum += self.over[part + 1];
            *background += weight * clean.masses[part] * sum;
        }
    }

    /// The weights of the behaviours and of the backgrounds, and P(bad) of each skipped revision.
    fn shares(&self, table: &RateTable) -> Shares {
        let share = |sum: f64, total: f64| Prob::saturating(if total > 0.0 { sum / total } else { 0.0 });
        let with_change = total(&self.rates);
        let parts = table.backgrounds();
        let mut backgrounds = vec![Prob::ZERO; parts.order.iter().max().map_or(0, |most| most + 1)];
        let of_backgrounds: f64 = self.backgrounds.iter().sum();
        for (place, sum) in parts.order.iter().zip(&self.backgrounds) {
            backgrounds[*place] = share(*sum, of_backgrounds);
        }
        Shares {
            rates: self.rates.iter().map(|sum| share(*sum, with_change)).collect(),
            backgrounds,
            adrift: self.adrift.iter().map(|sum| share(*sum, self.total)).collect(),
        }
    }
}

/// The sum, in eight lanes that a processor can add at once.
fn total(terms: &[f64]) -> f64 {
    let (mut lanes, (chunks, rest)) = ([0.0; 8], terms.as_chunks::<8>());
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, term)| *lane += term);
    }
    lanes.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

/// P(point `i` has the bug), one a gap: the mass of the gaps at or before it.
///
/// ```
/// use bisectstat::model::culprit::p_bad;
/// use bisectstat::prob::Prob;
///
/// let bad = p_bad(&[0.25, 0.75].map(Prob::saturating));
/// assert_eq!(bad.iter().map(|p| p.value()).collect::<Vec<_>>(), [0.25, 1.0]);
/// ```
#[must_use]
pub fn p_bad(gaps: &[Prob]) -> Vec<Prob> {
    let mut sum = 0.0;
    gaps.iter()
        .map(|gap| {
            sum += gap.value();
            Prob::saturating(sum)
        })
        .collect()
}

/// The smallest set of gaps that holds at least the share `level` of their mass, as indices in ascending order, with its
/// mass. Gaps hold less than one where there may be no change: the set says where it is, if there is one. Empty without gaps.
///
/// ```
/// use bisectstat::model::culprit::credible_set;
/// use bisectstat::prob::Prob;
///
/// let gaps = [0.1, 0.6, 0.3].map(Prob::saturating);
/// assert_eq!(credible_set(&gaps, Prob::saturating(0.8)).0, [1, 2]);
/// ```
#[must_use]
pub fn credible_set(gaps: &[Prob], level: Prob) -> (Vec<usize>, Prob) {
    let mut order: Vec<usize> = (0..gaps.len()).collect();
    order.sort_by(|a, b| gaps[*b].value().total_cmp(&gaps[*a].value()).then(a.cmp(b)));
    let wanted = level.value() * gaps.iter().map(|gap| gap.value()).sum::<f64>().min(1.0);
    let mut mass = 0.0;
    let mut set: Vec<usize> = order
        .into_iter()
        .take_while(|gap| {
            let short = mass < wanted || wanted <= 0.0;
            mass += if short { gaps[*gap].value() } else { 0.0 };
            short
        })
        .collect();
    set.sort_unstable();
    (set, Prob::saturating(mass))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::behaviour::RatePrior;

    fn prob(value: f64) -> Prob {
        Prob::new(value).unwrap()
    }

    #[test]
    fn the_credible_set_is_the_smallest() {
        let gaps = [0.01, 0.6, 0.04, 0.35].map(prob);
        assert_eq!(credible_set(&gaps, prob(0.95)).0, [1, 3]);
        assert_eq!(credible_set(&gaps, prob(0.96)).0, [1, 2, 3]);
        assert_eq!(credible_set(&gaps, prob(0.5)).0, [1]);
        assert_eq!(credible_set(&[], prob(0.95)), (vec![], Prob::ZERO));
        assert_eq!(credible_set(&[Prob::ZERO; 2], prob(0.95)).0, [0, 1]);
    }

    #[test]
    fn no_sum_exceeds_its_bound() {
        let prior = [0.1, 0.2, 0.3, 0.1, 0.2].map(prob);
        let contains =
            [[true, false, true, true, true], [false, true, false, true, true], [false, false, true, false, true]];
        let branches: Vec<_> = contains.iter().filter_map(|contains| Place::new(contains)).collect();
        let rates = [RatePrior::default(), RatePrior::searched(), RatePrior::constant()];
        let goods = [RatePrior::background(), RatePrior::freak(crate::model::beta_binomial::BetaPrior::LEAK)];
        for seed in 0..400_u32 {
            let draw = |salt: u32, below: u32| (seed * 31 + salt).wrapping_mul(2_654_435_761).rotate_left(15) % below;
            let trials: Vec<_> = (0..5)
                .map(|i| {
                    let tally = Tally { crashes: draw(i, 12), passes: draw(i + 5, 12) * draw(i + 10, 2) };
                    Trials { masked: draw(i + 15, 40) * draw(i + 20, 2), ..Trials::from(tally) }
                })
                .collect();
            let table =
                RateTable::new(&rates[seed as usize % 3], &goods[seed as usize % 2], &[0.0, 3.0, 1.0, 8.0, 2.0]);
            let adrift = [Adrift { trials: trials[2], bad: vec![prob(0.4); 5] }];
            for (places, prior) in [(Places::Line, &prior[..]), (Places::Branched(&branches), &prior[..3])] {
                let adrift = &adrift[..draw(25, 2) as usize];
                let point = ChangePoint { trials: &trials, places, prior, none: prob(0.1), adrift, table: &table };
                let (sum, most) = (LogProb::ln_sum_exp(&point.ln_joint()).ln(), point.weighed().ln_bound());
                assert!(sum <= most + 1e-9, "{sum} {most} {trials:?}");
                assert!(most - sum < 60.0, "a bound that says nothing: {sum} {most} {trials:?}");
            }
        }
    }

    #[test]
    fn without_points_there_is_no_answer() {
        let table = RateTable::new(&RatePrior::default(), &RatePrior::background(), &[]);
        let none = Prob::ZERO;
        let nothing = ChangePoint { trials: &[], places: Places::Line, prior: &[], none, adrift: &[], table: &table };
        assert_eq!(nothing.solve(), None);
    }
}
