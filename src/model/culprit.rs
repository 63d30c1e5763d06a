//! The culprit: a change point over the gaps of the line.
//!
//! Bad revisions crash as one of the behaviours of [`super::behaviour`] says, good ones by a small leak. For a culprit in
//! gap `g`, with `k_i` crashes and `n_i` trials at point `i`,
//!
//! `L(g) = sum over behaviours b of w(b) P(trials of points i >= g | b) prod_{i < g} BB(k_i, n_i; leak)`
//!
//! and `P(g | data) ∝ prior(g) L(g)`: a Bayesian change point with the rates integrated out (Barry & Hartigan 1993, *A
//! Bayesian Analysis for Change Point Problems*). A skipped revision with runs lies somewhere in a range of gaps: its
//! factor is averaged over the places, by commits. Prefix sums make all gaps cost one pass.
//!
//! Where history branches and is known ([`Places::Branched`]), a revision is bad exactly when it contains the culprit,
//! however late it stands on the line: the sums then run over the revisions that contain a place, and over those that do
//! not. A place belongs to the gap before the first point that contains it.
//!
//! The points run from the side that is clean to the side that crashes; a fix bisection hands them over mirrored.

use std::rc::Rc;

use crate::prob::{LogProb, Prob};

use super::table::{RateTable, Weighed};
use super::trials::Trials;

/// Skipped revisions: the trials, and for each gap the chance that the revision has the bug if the culprit is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Adrift {
    /// Its trials.
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
    /// Skipped revisions.
    pub adrift: &'a [Adrift],
    /// How reproducible bugs are, and how often a revision without the bug crashes like it.
    pub table: &'a RateTable,
}

/// What the change point says.
#[derive(Clone, Debug, PartialEq)]
pub struct Culprit {
    /// P(the culprit is in this gap), one a gap; sums to one.
    pub gaps: Vec<Prob>,
    /// P(the culprit is in this place), one a place; the same on a line.
    pub places: Vec<Prob>,
    /// P(this skipped revision has the bug).
    pub adrift: Vec<Prob>,
    /// Posterior weights of the behaviours: how reproducible this bug is.
    pub rates: Vec<Prob>,
}

impl ChangePoint<'_> {
    /// The posterior; `None` when there is no point.
    ///
    /// ```
    /// use bisectstat::model::behaviour::RatePrior;
    /// use bisectstat::model::beta_binomial::{BetaPrior, Tally};
    /// use bisectstat::model::culprit::{ChangePoint, Places, credible_set};
    /// use bisectstat::model::table::RateTable;
    /// use bisectstat::model::trials::Trials;
    /// use bisectstat::prob::Prob;
    ///
    /// // Three revisions with ten runs each, old to new; as many gaps, all as likely beforehand.
    /// let trials = [(0, 10), (4, 6), (5, 5)].map(|(crashes, passes)| Trials::from(Tally { crashes, passes }));
    /// let prior = [Prob::saturating(1.0 / 3.0); 3];
    /// let table = RateTable::new(&RatePrior::default(), BetaPrior::LEAK, 10, &[1.0, 1.0]);
    /// let point = ChangePoint { trials: &trials, places: Places::Line, prior: &prior, adrift: &[], table: &table };
    /// let culprit = point.solve().expect("there are revisions");
    /// let (gaps, mass) = credible_set(&culprit.gaps, Prob::saturating(0.9));
    /// assert!(gaps.contains(&1) && mass.value() >= 0.9, "it began with the second");
    /// ```
    #[must_use]
    pub fn solve(&self) -> Option<Culprit> {
        if self.trials.is_empty() {
            return None;
        }
        let (outside, skipped) = (self.outside_of_rates(), self.skipped());
        let mut places = vec![LogProb::ZERO; outside.len()];
        let mut sums = Sums::new(self.table.weights().len(), skipped.len());
        self.each_place(&skipped, |place, scale, mass| {
            let scale = outside[place] + scale;
            places[place] = LogProb::from_ln(scale + total(mass).ln());
            sums.add(scale, mass, skipped.iter().map(|skipped| skipped.bad_mass(place, mass)));
        });
        let places = LogProb::normalize(&places);
        let (rates, adrift) = sums.shares();
        Some(Culprit { gaps: self.by_gap(&places), places, adrift, rates })
    }

    /// Adds up the places of each gap.
    fn by_gap(&self, places: &[Prob]) -> Vec<Prob> {
        let Places::Branched(of) = self.places else { return places.to_vec() };
        let mut gaps = vec![0.0; self.trials.len()];
        of.iter().zip(places).for_each(|(place, mass)| gaps[place.gap] += mass.value());
        gaps.into_iter().map(Prob::saturating).collect()
    }

    /// `ln prior(g) L(g)` of every place: what [`Self::solve`] normalises.
    #[must_use]
    pub fn ln_joint(&self) -> Vec<LogProb> {
        let mut joints = self.outside_of_rates();
        let skipped = self.skipped();
        self.each_place(&skipped, |place, scale, mass| joints[place] += scale + total(mass).ln());
        joints.into_iter().map(LogProb::from_ln).collect()
    }

    /// What the sum over all places cannot exceed, with a prior that sums to one at most.
    pub(super) fn ln_bound(&self) -> f64 {
        let all = self.trials.iter().chain(self.adrift.iter().map(|adrift| &adrift.trials));
        all.map(|trials| self.table.weigh(trials).ln_bound(trials.tally)).sum()
    }

    /// What does not depend on the rate: `ln prior(g)` and the product of `BB(leak)` over the good points.
    fn outside_of_rates(&self) -> Vec<f64> {
        if let Places::Branched(places) = self.places {
            let leak: Vec<_> = self.trials.iter().map(|trials| self.table.leak.ln(trials.tally)).collect();
            let good = |place: &Place| place.good.iter().map(|point| leak[*point]).sum::<f64>();
            return places.iter().zip(self.prior).map(|(place, prior)| prior.ln().ln() + good(place)).collect();
        }
        let mut before = 0.0;
        let gaps = self.trials.iter().zip(self.prior).map(|(trials, prior)| {
            let outside = before + prior.ln().ln();
            before += self.table.leak.ln(trials.tally);
            outside
        });
        gaps.collect()
    }

    /// What does, for every place: `w(b) P(trials of the bad points | b)` and the factors of the skipped revisions, one
    /// number a behaviour, all to be multiplied by `exp(scale)`. Multiplied up from point to point, without logarithms.
    fn each_place(&self, skipped: &[Skipped<'_>], mut see: impl FnMut(usize, f64, &[f64])) {
        let points: Vec<_> = self.trials.iter().map(|trials| self.table.weigh(trials)).collect();
        let drifting = self.table.drifting(self.trials, self.places);
        let mut row = vec![0.0; self.table.weights().len()];
        let mut show = |place: usize, still: &Still<'_>| {
            let scale = still.with(&drifting, place, &mut row);
            let scale = skipped.iter().fold(scale, |scale, skipped| scale + skipped.times(place, &mut row));
            see(place, scale, &row);
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
    }

    fn skipped(&self) -> Vec<Skipped<'_>> {
        let weighed = |adrift: &Adrift| self.table.weigh(&adrift.trials);
        self.adrift.iter().map(|adrift| Skipped { bad: &adrift.bad, weighed: weighed(adrift) }).collect()
    }
}

/// `w(b) P(trials of some points | b)` of the behaviours that do not move along the line, divided by `exp(scale)`.
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

    /// The same with the behaviours that move, whose `ln w(b) P(trials | b)` are given; the scale of the result.
    fn with(&self, drifting: &[(usize, Vec<f64>)], place: usize, row: &mut [f64]) -> f64 {
        /// What lies further below the sum adds nothing to it in double precision.
        const NOTHING: f64 = -45.0;
        row.copy_from_slice(&self.of);
        let largest = drifting.iter().map(|(_, lns)| lns[place]).fold(f64::NEG_INFINITY, f64::max);
        let scale = if self.total > 0.0 { self.scale.max(largest) } else { largest };
        if scale > self.scale {
            let shrink = (self.scale - scale).exp();
            for mass in row.iter_mut() {
                *mass *= shrink;
            }
        }
        let least = NOTHING + self.total.ln() + self.scale - scale;
        for (part, lns) in drifting {
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
}

impl Skipped<'_> {
    /// Bad in some places, good in the others: the factors of `P(trials | b)` and of one, and their common scale.
    fn factors(&self, place: usize) -> (f64, f64, f64) {
        let Weighed { scale: bad, leak: good, .. } = *self.weighed;
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
    fn bad_mass(&self, place: usize, mass: &[f64]) -> f64 {
        let (bad, good, _) = self.factors(place);
        let share = |chance: f64| if bad * chance > 0.0 { bad * chance / (bad * chance + good) } else { 0.0 };
        mass.iter().zip(&self.weighed.chances).map(|(mass, chance)| mass * share(*chance)).sum()
    }
}

/// Sums over places, divided by `exp(scale)`.
struct Sums {
    scale: f64,
    rates: Vec<f64>,
    adrift: Vec<f64>,
}

impl Sums {
    fn new(rates: usize, adrift: usize) -> Self {
        Self { scale: f64::NEG_INFINITY, rates: vec![0.0; rates], adrift: vec![0.0; adrift] }
    }

    fn add(&mut self, scale: f64, mass: &[f64], bad: impl Iterator<Item = f64>) {
        if scale == f64::NEG_INFINITY {
            return;
        }
        if scale > self.scale {
            let shrink = (self.scale - scale).exp();
            self.rates.iter_mut().chain(&mut self.adrift).for_each(|sum| *sum *= shrink);
            self.scale = scale;
        }
        let weight = (scale - self.scale).exp();
        self.rates.iter_mut().zip(mass).for_each(|(sum, mass)| *sum += weight * mass);
        self.adrift.iter_mut().zip(bad).for_each(|(sum, bad)| *sum += weight * bad);
    }

    /// The weights of the behaviours, and P(bad) of each skipped revision.
    fn shares(&self) -> (Vec<Prob>, Vec<Prob>) {
        let total = total(&self.rates);
        let share = |sum: &f64| Prob::saturating(if total > 0.0 { sum / total } else { 0.0 });
        (self.rates.iter().map(share).collect(), self.adrift.iter().map(share).collect())
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

/// The smallest set of gaps that holds at least `level`, as indices in ascending order, with its mass. Empty without
/// gaps.
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
    let mut mass = 0.0;
    let mut set: Vec<usize> = order
        .into_iter()
        .take_while(|gap| {
            let wanted = mass < level.value();
            mass += if wanted { gaps[*gap].value() } else { 0.0 };
            wanted
        })
        .collect();
    set.sort_unstable();
    (set, Prob::saturating(mass))
}

#[cfg(test)]
mod tests {
    use crate::model::behaviour::RatePrior;
    use crate::model::beta_binomial::BetaPrior;

    use super::*;

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
        let table = RateTable::new(&RatePrior::default(), BetaPrior::LEAK, 0, &[]);
        let nothing = ChangePoint { trials: &[], places: Places::Line, prior: &[], adrift: &[], table: &table };
        assert_eq!(nothing.solve(), None);
    }
}
