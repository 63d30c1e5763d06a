//! The search for one change on a line of commits by noisy runs, one run at a time.
//!
//! Revision `x` of the line is bad exactly when the change `c <= x`. Each bad revision crashes with a rate of its own,
//! `theta_x ~ Beta(a_b, b_b)` under behaviour `b`, the same for the whole line; good ones by a small leak. With `k_x` crashes
//! and `n_x` trials at the tested revisions,
//!
//! `P(c | runs) ∝ P(c) sum_b w_b prod_{x >= c} BB(k_x, n_x; b) prod_{x < c} BB(k_x, n_x; leak)`.
//!
//! This is constant between tested revisions, so that a step costs `tested x behaviours`, however many commits there are. A
//! run that another bug ended is no trial. Beside the commits stand three hypotheses that name none, see [`Hypothesis`].
//!
//! What to run next is chosen by the information of the outcome about `c` ([`information`], [`choose`]): noisy binary
//! search by greedy information gain (Horstein 1963; Burnashev & Zigangirov 1974; Jedynak, Frazier & Sznitman 2012), here
//! with unknown and uneven rates, and with an eye on what makes the answer sure.

pub mod choose;
pub mod information;
pub mod places;
pub mod rollout;
pub mod throughout;

use crate::prob::Prob;

use super::behaviour::{Behaviour, RatePrior};
use super::beta_binomial::{BetaPrior, Tally};

pub use choose::{Choice, Costs};
pub use places::{Outside, Places, Revision};
pub use rollout::{Forecast, Rollouts};
pub use throughout::RULED_OUT;

/// What can be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hypothesis {
    /// This commit is the change.
    Commit(Revision),
    /// The good end is bad already.
    Older,
    /// There is no change: good end and bad end crash alike, at one rate. Runs tell it from [`Self::Older`] only by how even
    /// the rates are.
    Always,
    /// Not even the bad end is bad.
    Gone,
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
    /// Which.
    pub revision: Revision,
    /// Its trials.
    pub tally: Tally,
    /// Runs that ended with another bug's crash.
    pub others: u32,
}

/// What is assumed.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumptions {
    /// How bad revisions crash. The search knows only uneven rates: a part that repeats or drifts is taken for the uneven
    /// one of the same mean and variance (over ten runs; over the way).
    pub rates: RatePrior,
    /// How good ones crash.
    pub leak: BetaPrior,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self { rates: RatePrior::default(), leak: BetaPrior::LEAK }
    }
}

/// A search under way.
#[derive(Clone, Debug)]
pub struct Search {
    places: Places,
    /// The behaviours.
    parts: Vec<BetaPrior>,
    leak: BetaPrior,
    tested: Vec<Tested>,
    /// `ln w_b P(runs | row, b)`, row after row. Row 0 is [`Hypothesis::Older`], row `i` the gap before tested revision
    /// `i - 1`, the next one the gap after the last, the last one [`Hypothesis::Gone`]. So revision `i` is bad under the
    /// rows up to `i + 1`.
    ln: Vec<f64>,
    /// `ln P(runs | every revision crashes with this rate)`, one a rate.
    ln_always: Vec<f64>,
    beliefs: Beliefs,
}

/// The normalised posterior behind a choice.
#[derive(Clone, Debug, Default)]
struct Beliefs {
    /// P(row and behaviour), as `ln` is laid out.
    joint: Vec<f64>,
    /// P(row).
    rows: Vec<f64>,
    /// P(always, and this rate).
    always: Vec<f64>,
    /// Rows and behaviours with mass enough to matter to a choice, ascending.
    live: Vec<usize>,
    parts: Vec<usize>,
    /// P(behaviour | row), one live row after the other.
    mixtures: Vec<f64>,
    /// The mass of the likeliest commit in each live row.
    singles: Vec<f64>,
}

/// Commits between two tested revisions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// The revision before the first of them.
    pub after: Revision,
    /// The last of them.
    pub upto: Revision,
    /// P(the change is here).
    pub mass: Prob,
}

/// Where the change is.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// The gaps of the line, old to new.
    pub gaps: Vec<Gap>,
    /// P([`Hypothesis::Older`]).
    pub older: Prob,
    /// P([`Hypothesis::Always`]).
    pub always: Prob,
    /// P([`Hypothesis::Gone`]).
    pub gone: Prob,
    /// The likeliest of all single commits and outside hypotheses.
    pub best: (Hypothesis, Prob),
}

impl Search {
    /// Rates at which everything may crash alike.
    const ALWAYS: u32 = 24;

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
        let parts: Vec<_> =
            assumptions.rates.parts().iter().filter(|(_, weight)| weight.ln() > f64::NEG_INFINITY).collect();
        let weights: Vec<f64> = parts.iter().map(|(_, weight)| weight.ln()).collect();
        let mut search = Self {
            places,
            parts: parts.iter().map(|(part, _)| uneven(*part)).collect(),
            leak: assumptions.leak,
            tested: Vec::new(),
            ln: weights.repeat(3),
            ln_always: vec![-f64::from(Self::ALWAYS).ln(); Self::ALWAYS as usize],
            beliefs: Beliefs::default(),
        };
        search.believe();
        search
    }

    /// Takes a run at a revision of the line into account; a revision beyond the bad end is the bad end.
    pub fn observe(&mut self, revision: Revision, shown: Shown) {
        let place = self.place(revision.min(self.places.commits()));
        let crash = match shown {
            Shown::OtherBug => None,
            Shown::Bug => Some(true),
            Shown::Pass => Some(false),
        };
        match crash {
            None => self.tested[place].others += 1,
            Some(crash) => {
                self.weigh(place, crash);
                self.tested[place].tally.add(crash, 1);
            }
        }
        self.believe();
    }

    /// Takes the trials of a revision into account, all at once.
    pub fn observe_all(&mut self, revision: Revision, trials: Tally) {
        let place = self.place(revision.min(self.places.commits()));
        for (crash, runs) in [(true, trials.crashes), (false, trials.passes)] {
            for _ in 0..runs {
                self.weigh(place, crash);
                self.tested[place].tally.add(crash, 1);
            }
        }
        self.believe();
    }

    /// The index of a tested revision; makes it one.
    fn place(&mut self, revision: Revision) -> usize {
        let place = self.tested.partition_point(|tested| tested.revision < revision);
        if self.tested.get(place).is_some_and(|tested| tested.revision == revision) {
            return place;
        }
        self.tested.insert(place, Tested { revision, tally: Tally::default(), others: 0 });
        let row = (place + 1) * self.parts.len();
        let split = self.ln[row..row + self.parts.len()].to_vec();
        self.ln.splice(row..row, split);
        place
    }

    /// Multiplies every likelihood by the chance of the next run.
    fn weigh(&mut self, place: usize, crash: bool) {
        let tally = self.tested[place].tally;
        let bad: Vec<f64> = self.parts.iter().map(|part| next_is(*part, tally, crash).ln()).collect();
        let good = next_is(self.leak, tally, crash).ln();
        let (under, over) = self.ln.split_at_mut((place + 2) * self.parts.len());
        for row in under.chunks_exact_mut(self.parts.len()) {
            row.iter_mut().zip(&bad).for_each(|(ln, bad)| *ln += bad);
        }
        for ln in over {
            *ln += good;
        }
        for (ln, theta) in self.ln_always.iter_mut().zip(thetas()) {
            *ln += if crash { theta } else { 1.0 - theta }.ln();
        }
    }

    /// Normalises the posterior anew.
    fn believe(&mut self) {
        let width = self.parts.len();
        let prior: Vec<f64> = self.row_priors().into_iter().map(f64::ln).collect();
        let always = self.places.outside().always.value().ln();
        let of_row = |(row, prior): (&[f64], &f64)| row.iter().fold(f64::NEG_INFINITY, |max, ln| max.max(*ln)) + prior;
        let largest = self.ln.chunks_exact(width).zip(&prior).map(of_row);
        let largest = largest.chain(self.ln_always.iter().map(|ln| ln + always)).fold(f64::NEG_INFINITY, f64::max);
        let beliefs = &mut self.beliefs;
        beliefs.joint.clear();
        for (row, prior) in self.ln.chunks_exact(width).zip(&prior) {
            beliefs.joint.extend(row.iter().map(|ln| exp(ln + prior - largest)));
        }
        beliefs.always = self.ln_always.iter().map(|ln| exp(ln + always - largest)).collect();
        beliefs.rows = beliefs.joint.chunks_exact(width).map(|row| row.iter().sum()).collect();
        let total = beliefs.rows.iter().sum::<f64>() + beliefs.always.iter().sum::<f64>();
        let all = beliefs.joint.iter_mut().chain(&mut beliefs.rows).chain(&mut beliefs.always);
        all.for_each(|mass| *mass /= total);
        self.narrow();
    }

    /// Picks what matters to a choice.
    fn narrow(&mut self) {
        const NEGLIGIBLE: f64 = 1e-6;
        let width = self.parts.len();
        let rates = self.rates();
        let rows = &self.beliefs.rows;
        let live: Vec<usize> = (0..rows.len()).filter(|row| rows[*row] > NEGLIGIBLE).collect();
        let parts: Vec<usize> = (0..width).filter(|part| rates[*part].value() > NEGLIGIBLE).collect();
        let mut mixtures = Vec::with_capacity(live.len() * parts.len());
        for row in &live {
            let joint = &self.beliefs.joint[row * width..(row + 1) * width];
            mixtures.extend(parts.iter().map(|part| joint[*part] / rows[*row]));
        }
        let singles = live.iter().map(|row| self.single(*row).map_or(rows[*row], |(_, mass)| mass)).collect();
        self.beliefs = Beliefs { live, parts, mixtures, singles, ..std::mem::take(&mut self.beliefs) };
    }

    /// The likeliest commit of a row and its mass; none in a row outside the line, or without commits.
    fn single(&self, row: usize) -> Option<(Revision, f64)> {
        let gap = row.checked_sub(1).filter(|gap| *gap <= self.tested.len())?;
        let (after, upto) = self.ends(gap);
        let prior = self.places.up_to(upto) - self.places.up_to(after);
        let (commit, mass) = self.places.likeliest(after, upto).filter(|_| prior > 0.0)?;
        Some((commit, self.beliefs.rows[row] * (mass / prior).min(1.0)))
    }

    /// P([`Hypothesis::Always`]).
    fn always(&self) -> f64 {
        self.beliefs.always.iter().sum()
    }

    /// The prior mass of each row.
    fn row_priors(&self) -> Vec<f64> {
        let outside = self.places.outside();
        let gaps = (0..=self.tested.len()).map(|gap| {
            let (after, upto) = self.ends(gap);
            self.places.up_to(upto) - self.places.up_to(after)
        });
        std::iter::once(outside.older.value()).chain(gaps).chain([outside.gone.value()]).collect()
    }

    /// The ends of a gap, `(after, upto]`.
    fn ends(&self, gap: usize) -> (Revision, Revision) {
        let after = gap.checked_sub(1).map_or(0, |before| self.tested[before].revision);
        (after, self.tested.get(gap).map_or(self.places.commits(), |tested| tested.revision))
    }

    /// The prior over places.
    #[must_use]
    pub const fn places(&self) -> &Places {
        &self.places
    }

    /// The tested revisions, old to new.
    #[must_use]
    pub fn tested(&self) -> &[Tested] {
        &self.tested
    }

    /// Where the change is.
    #[must_use]
    pub fn posterior(&self) -> Posterior {
        let gaps = (0..=self.tested.len()).map(|gap| {
            let (after, upto) = self.ends(gap);
            Gap { after, upto, mass: Prob::saturating(self.beliefs.rows[gap + 1]) }
        });
        Posterior {
            gaps: gaps.collect(),
            older: Prob::saturating(self.beliefs.rows[0]),
            always: Prob::saturating(self.always()),
            gone: Prob::saturating(self.beliefs.rows[self.tested.len() + 2]),
            best: self.best(),
        }
    }

    /// The likeliest of all single commits and outside hypotheses; the oldest of several alike.
    #[must_use]
    pub fn best(&self) -> (Hypothesis, Prob) {
        let rows = &self.beliefs.rows;
        let mut best = (Hypothesis::Older, rows[0]);
        let mut offer = |hypothesis, mass| best = if mass > best.1 { (hypothesis, mass) } else { best };
        for (commit, mass) in (1..rows.len()).filter_map(|row| self.single(row)) {
            offer(Hypothesis::Commit(commit), mass);
        }
        offer(Hypothesis::Always, self.always());
        offer(Hypothesis::Gone, rows[self.tested.len() + 2]);
        (best.0, Prob::saturating(best.1))
    }

    /// The answer, once it has at least this probability.
    #[must_use]
    pub fn sure(&self, target: Prob) -> Option<(Hypothesis, Prob)> {
        Some(self.best()).filter(|(_, mass)| *mass >= target)
    }

    /// The bits that are not known of the place yet.
    #[must_use]
    pub fn entropy(&self) -> f64 {
        let bits = |mass: f64, commits: f64| if mass > 0.0 { mass * (commits / mass).log2() } else { 0.0 };
        let gaps = (0..=self.tested.len()).map(|gap| {
            let (after, upto) = self.ends(gap);
            bits(self.beliefs.rows[gap + 1], places::to_f64(upto - after).max(1.0))
        });
        let always = self.always();
        let outside = [self.beliefs.rows[0], always, self.beliefs.rows[self.tested.len() + 2]];
        gaps.sum::<f64>() + outside.into_iter().map(|mass| bits(mass, 1.0)).sum::<f64>()
    }

    /// Posterior weights of the behaviours that were assumed, in their order; they sum to one.
    #[must_use]
    pub fn rates(&self) -> Vec<Prob> {
        let mut sums = vec![0.0; self.parts.len()];
        for row in self.beliefs.joint.chunks_exact(self.parts.len()) {
            sums.iter_mut().zip(row).for_each(|(sum, mass)| *sum += mass);
        }
        let total: f64 = sums.iter().sum();
        sums.into_iter().map(|sum| Prob::saturating(sum / total.max(f64::MIN_POSITIVE))).collect()
    }
}

/// What lies this far below the largest term adds nothing to a sum in double precision.
const NOTHING: f64 = -45.0;

fn exp(ln: f64) -> f64 {
    if ln > NOTHING { ln.exp() } else { 0.0 }
}

fn thetas() -> impl Iterator<Item = f64> {
    (0..Search::ALWAYS).map(|i| (f64::from(i) + 0.5) / f64::from(Search::ALWAYS))
}

/// The chance that the next run crashes, or passes.
fn next_is(prior: BetaPrior, seen: Tally, crash: bool) -> f64 {
    let (a, b) = (prior.a + f64::from(seen.crashes), prior.b + f64::from(seen.passes));
    if crash { a / (a + b) } else { b / (a + b) }
}

/// The uneven rates that come nearest.
#[must_use]
pub fn uneven(behaviour: Behaviour) -> BetaPrior {
    /// The runs of a usual test.
    const RUNS: i32 = 10;
    match behaviour {
        Behaviour::Uneven { mu, kappa } => BetaPrior::with_mean(mu, kappa),
        Behaviour::Repeating { theta, repeat } => {
            let n = f64::from(RUNS);
            let others = 2.0 * repeat * (1.0 - repeat.powi(RUNS)) / (n * (1.0 - repeat).powi(2));
            let excess = (1.0 + repeat) / (1.0 - repeat) - others;
            BetaPrior::with_mean(theta, (n - 1.0) / (excess - 1.0) - 1.0)
        }
        Behaviour::Drifting { origin, change } => {
            let mean = f64::midpoint(origin, change);
            let variance = (origin - change).powi(2) / 12.0;
            BetaPrior::with_mean(mean, mean * (1.0 - mean) / variance.max(1e-9) - 1.0)
        }
    }
}
