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
use super::table::{RateTable, Weighed, together};
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

impl ChangePoint<'_> {
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
        self.solve_weighed().map(|(culprit, _)| culprit)
    }

    /// The posterior, with `ln` of what it was normalised by.
    pub(super) fn solve_weighed(&self) -> Option<(Culprit, LogProb)> {
        if self.trials.is_empty() {
            return None;
        }
        let clean = self.clean();
        let skipped = self.skipped(&clean);
        let mut lns = vec![LogProb::ZERO; self.prior.len() + 1];
        let mut sums = Sums::new(self.table, skipped.len());
        self.each_place(&clean, &skipped, |mass| {
            let total = mass.total();
            lns[mass.place] = LogProb::from_ln(mass.scale + total.ln());
            sums.add(&mass, total, &clean[mass.place], &skipped);
        });
        let evidence = LogProb::ln_sum_exp(&lns);
        let mut places = LogProb::normalize(&lns);
        let none = places.pop()?;
        let Shares { rates, backgrounds, adrift } = sums.shares(self.table);
        let sides = self.sides(&places);
        let gaps = self.by_gap(&places);
        Some((Culprit { gaps, places, none, adrift, rates, backgrounds, sides }, evidence))
    }

    /// Adds up the places of each gap.
    fn by_gap(&self, places: &[Prob]) -> Vec<Prob> {
        let Places::Branched(of) = self.places else { return places.to_vec() };
        let mut gaps = vec![0.0; self.trials.len()];
        of.iter().zip(places).for_each(|(place, mass)| gaps[place.gap] += mass.value());
        gaps.into_iter().map(Prob::saturating).collect()
    }

    /// The trials of both sides of the places that matter.
    fn sides(&self, masses: &[Prob]) -> Vec<Sides> {
        const MATTERS: f64 = 1e-3;
        let mattering = masses.iter().enumerate().filter(|(_, mass)| mass.value() > MATTERS);
        let sides = mattering.map(|(place, mass)| {
            let tally = |points: &[usize]| together(self.trials, points).tally;
            let (good, bad) = match self.places {
                Places::Line => {
                    let points: Vec<_> = (0..self.trials.len()).collect();
                    let (good, bad) = points.split_at(place);
                    (tally(good), tally(bad))
                }
                Places::Branched(places) => (tally(&places[place].good), tally(&places[place].bad)),
            };
            Sides { mass: *mass, good, bad }
        });
        sides.collect()
    }

    /// `ln prior(g) L(g)` of every place, and at the end of no change: what [`Self::solve`] normalises.
    #[must_use]
    pub fn ln_joint(&self) -> Vec<LogProb> {
        let clean = self.clean();
        let skipped = self.skipped(&clean);
        let mut joints = vec![LogProb::ZERO; self.prior.len() + 1];
        self.each_place(&clean, &skipped, |mass| {
            joints[mass.place] = LogProb::from_ln(mass.scale + mass.total().ln());
        });
        joints
    }

    /// What the sum over all places cannot exceed, with a prior that sums to one at most.
    pub(super) fn ln_bound(&self) -> f64 {
        let all = self.trials.iter().chain(self.adrift.iter().map(|adrift| &adrift.trials));
        all.map(|trials| self.table.ln_bound(trials)).sum()
    }

    /// The good points of every place, and at the end all points: what each background says of them.
    fn clean(&self) -> Vec<Clean> {
        let all: Vec<_> = (0..self.trials.len()).collect();
        let mut clean: Vec<_> = match self.places {
            Places::Line => self.clean_on_line(),
            Places::Branched(places) => places.iter().map(|place| self.clean_of(&place.good)).collect(),
        };
        let none = if self.none == Prob::ZERO { Vec::new() } else { self.clean_of(&all) };
        let shared = |part: usize| self.table.backgrounds().parts[part].ln_shared;
        let alone = |part: usize| self.table.backgrounds().parts[part].ln_weight;
        let mut rows: Vec<_> = clean.drain(..).map(|lns| Clean::new(&lns, shared)).collect();
        rows.push(Clean::new(&none, alone));
        rows
    }

    /// `ln P(trials of the points before gap g | j)` for each gap.
    fn clean_on_line(&self) -> Vec<Vec<f64>> {
        let parts = &self.table.backgrounds().parts;
        let (mut lns, mut sum) = (vec![0.0; parts.len()], Trials::default());
        let rows = self.trials.iter().map(|trials| {
            let row = lns.clone();
            sum.add(trials);
            let point = self.table.weigh(trials);
            for ((ln, part), one) in lns.iter_mut().zip(parts).zip(&point.background) {
                *ln = if part.is_pooled() { part.ln(&sum) } else { *ln + one };
            }
            row
        });
        rows.collect()
    }

    /// `ln P(trials of these points | j)`.
    fn clean_of(&self, points: &[usize]) -> Vec<f64> {
        let sum = together(self.trials, points);
        let points: Vec<_> = points.iter().map(|point| self.table.weigh(&self.trials[*point])).collect();
        let parts = self.table.backgrounds().parts.iter().enumerate();
        let alone = |j: usize| points.iter().map(|point| point.background[j]).sum();
        parts.map(|(j, part)| if part.is_pooled() { part.ln(&sum) } else { alone(j) }).collect()
    }

    /// The joint mass of every place and behaviour. Multiplied up from point to point, without logarithms.
    fn each_place(&self, clean: &[Clean], skipped: &[Skipped<'_>], mut see: impl FnMut(Mass<'_>)) {
        let points: Vec<_> = self.trials.iter().map(|trials| self.table.weigh(trials)).collect();
        let by_place = self.table.by_place(self.trials, self.places);
        let width = self.table.weights().len();
        let (mut bad, mut joint) = (vec![0.0; width], vec![0.0; width]);
        let mut show = |place: usize, still: &Still<'_>| {
            let scale = still.with(&by_place, place, &mut bad) + clean[place].scale + self.prior[place].ln().ln();
            let scale = skipped.iter().fold(scale, |scale, skipped| scale + skipped.times(place, &mut bad));
            let below = clean[place].below.as_slice();
            let terms = joint.iter_mut().zip(&bad).zip(self.table.above());
            terms.for_each(|((joint, bad), above)| *joint = bad * below[*above]);
            see(Mass { place, scale, joint: &joint, bad: &bad });
        };
        match self.places {
            Places::Line => {
                let mut still = Still::new(self.table);
                for (gap, point) in points.iter().enumerate().rev() {
                    still.times(point);
                    show(gap, &still);
                }
            }
            Places::Branched(places) => {
                for (index, place) in places.iter().enumerate() {
                    let mut still = Still::new(self.table);
                    place.bad.iter().for_each(|point| still.times(&points[*point]));
                    show(index, &still);
                }
            }
        }
        self.see_none(clean, skipped, see);
    }

    /// No change: all points are good, and so are the skipped revisions.
    fn see_none(&self, clean: &[Clean], skipped: &[Skipped<'_>], mut see: impl FnMut(Mass<'_>)) {
        if self.none == Prob::ZERO {
            return;
        }
        let place = self.prior.len();
        let skipped: f64 = skipped.iter().map(|skipped| skipped.ln_good[place]).sum();
        let scale = clean[place].scale + self.none.ln().ln() + skipped;
        see(Mass { place, scale, joint: &clean[place].masses, bad: &[] });
    }

    fn skipped(&self, clean: &[Clean]) -> Vec<Skipped<'_>> {
        let skipped = self.adrift.iter().map(|adrift| {
            let weighed = self.table.weigh(&adrift.trials);
            let ln_good = clean.iter().map(|clean| clean.predictive(&weighed.background)).collect();
            Skipped { bad: &adrift.bad, weighed, ln_good }
        });
        skipped.collect()
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
    fn new(lns: &[f64], ln_weight: impl Fn(usize) -> f64) -> Self {
        let terms = lns.iter().enumerate().map(|(part, ln)| ln + ln_weight(part));
        let terms: Vec<f64> = terms.collect();
        let scale = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mass = |ln: &f64| if *ln > f64::NEG_INFINITY { (ln - scale).exp() } else { 0.0 };
        let masses: Vec<f64> = terms.iter().map(mass).collect();
        let sums = masses.iter().scan(0.0, |sum, mass| {
            *sum += mass;
            Some(*sum)
        });
        let below = std::iter::once(0.0).chain(sums).collect();
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
    fn with(&self, by_place: &[(usize, Vec<f64>)], place: usize, row: &mut [f64]) -> f64 {
        /// What lies further below the sum adds nothing to it, whatever the backgrounds say.
        const NOTHING: f64 = -300.0;
        row.copy_from_slice(&self.of);
        let largest = by_place.iter().map(|(_, lns)| lns[place]).fold(f64::NEG_INFINITY, f64::max);
        let scale = if self.total > 0.0 { self.scale.max(largest) } else { largest };
        if scale > self.scale {
            let shrink = (self.scale - scale).exp();
            for mass in row.iter_mut() {
                *mass *= shrink;
            }
        }
        let least = NOTHING + self.total.ln() + self.scale - scale;
        for (part, lns) in by_place {
            let below = lns[place] - scale;
            row[*part] = if below > least { below.exp() } else { 0.0 };
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
        }
    }

    /// Adds a place, whose joint masses have this total.
    fn add(&mut self, mass: &Mass<'_>, total: f64, clean: &Clean, skipped: &[Skipped<'_>]) {
        /// `ln` of what adds nothing to the sums.
        const NOTHING: f64 = -45.0;
        let below = mass.scale + total.ln() - self.scale - self.total.ln();
        if mass.scale == f64::NEG_INFINITY || below < NOTHING {
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
        let mut over = vec![0.0; self.backgrounds.len() + 1];
        self.above.iter().zip(mass.bad).for_each(|(above, bad)| over[*above] += bad);
        let mut sum = 0.0;
        for (part, background) in self.backgrounds.iter_mut().enumerate().rev() {
            sum += over[part + 1];
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
    fn without_points_there_is_no_answer() {
        let table = RateTable::new(&RatePrior::default(), &RatePrior::background(), &[]);
        let none = Prob::ZERO;
        let nothing = ChangePoint { trials: &[], places: Places::Line, prior: &[], none, adrift: &[], table: &table };
        assert_eq!(nothing.solve(), None);
    }
}
