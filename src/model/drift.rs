//! A rate that moves: from one value at the crashing end to another at the change.
//!
//! For a culprit in gap `g`, whose middle lies `x_g` commits back from the crashing end, a revision `x_i` commits back has
//! `theta_i = origin + (change - origin) x_i / x_g`. The line's revisions then depend on the gap, so that prefix sums do
//! not serve and the cost is quadratic: longer lines than [`LONGEST`] do without.

use std::ops::Range;

use super::beta_binomial::Tally;
use super::culprit::Place;
use super::trials::Trials;

/// Points of the longest line on which rates may drift.
pub const LONGEST: usize = 64;
/// Rates are rounded to one in so many.
const LEVELS: u16 = 512;

/// Where the points of a line lie, as shares of the way from the crashing end to each gap.
#[derive(Clone, Debug, Default)]
pub struct Shares {
    /// One row a gap: the shares of the points from that gap's on.
    rows: Vec<Vec<f64>>,
}

impl Shares {
    /// `sizes` are the commits of each gap, the first unknown; none for a line that is too long.
    #[must_use]
    pub fn new(sizes: &[f64]) -> Self {
        if sizes.len() > LONGEST {
            return Self::default();
        }
        let mut ages = vec![0.0; sizes.len()];
        for i in (1..sizes.len()).rev() {
            ages[i - 1] = ages[i] + sizes[i];
        }
        let rows = (0..sizes.len()).map(|g| {
            let middle = ages[g] + if g == 0 { ages[0] / 2.0 } else { sizes[g] / 2.0 };
            ages[g..].iter().map(|age| age / middle.max(1.0)).collect()
        });
        Self { rows: rows.collect() }
    }
}

/// From one rate to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// At the crashing end, in (0, 1).
    pub origin: f64,
    /// At the change, in (0, 1).
    pub change: f64,
}

/// `ln` of the rates of several drifts on one line, of their complements and of what masks them: one row a point, for each
/// gap up to the point's own one entry a drift.
#[derive(Clone, Debug)]
pub struct DriftTable {
    drifts: usize,
    crash: Vec<Vec<f64>>,
    pass: Vec<Vec<f64>>,
    masked: Vec<Vec<f64>>,
}

impl Drift {
    /// The rate at this share of the way.
    fn at(self, share: f64) -> f64 {
        self.origin + (self.change - self.origin) * share
    }

    /// `ln P(trials)` of a revision that may lie anywhere on the way.
    #[must_use]
    pub(crate) fn ln_anywhere(self, trials: &Trials) -> f64 {
        const PLACES: [f64; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];
        let levels = Levels::get();
        let at = |share: f64| {
            let [crash, pass, masked] = levels.of(self.at(share));
            f64::from(trials.tally.crashes) * crash
                + f64::from(trials.tally.passes) * pass
                + f64::from(trials.masked) * masked
        };
        let terms = PLACES.map(at);
        let max = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        max + (terms.iter().map(|term| (term - max).exp()).sum::<f64>() / 5.0).ln()
    }
}

impl DriftTable {
    /// The rates on one line.
    #[must_use]
    pub fn new(drifts: &[Drift], shares: &Shares) -> Self {
        let (levels, points) = (Levels::get(), 0..shares.rows.len());
        let mut table = Self { drifts: drifts.len(), crash: Vec::new(), pass: Vec::new(), masked: Vec::new() };
        for point in points {
            let shares = (0..=point).map(|gap| shares.rows[gap][point - gap]);
            let row: Vec<_> =
                shares.flat_map(|share| drifts.iter().map(move |drift| levels.of(drift.at(share)))).collect();
            table.crash.push(row.iter().map(|[crash, ..]| *crash).collect());
            table.pass.push(row.iter().map(|[_, pass, _]| *pass).collect());
            table.masked.push(row.iter().map(|[.., masked]| *masked).collect());
        }
        table
    }

    /// `ln P(trials of the points from gap g on)`: for each gap one number a drift. Nothing can drift on a line that is too
    /// long.
    #[must_use]
    pub fn on_line(&self, trials: &[Trials]) -> Vec<f64> {
        if self.pass.len() != trials.len() {
            return vec![f64::NEG_INFINITY; trials.len() * self.drifts];
        }
        let mut sums = vec![0.0; trials.len() * self.drifts];
        for (point, trials) in trials.iter().enumerate() {
            self.add(trials, point, 0..(point + 1) * self.drifts, &mut sums);
        }
        sums
    }

    /// The same of the points that contain each place; the way to a place is that to its gap.
    #[must_use]
    pub(crate) fn branched(&self, trials: &[Trials], places: &[Place]) -> Vec<f64> {
        if self.pass.len() != trials.len() {
            return vec![f64::NEG_INFINITY; places.len() * self.drifts];
        }
        let mut sums = vec![0.0; places.len() * self.drifts];
        for (place, sums) in places.iter().zip(sums.chunks_exact_mut(self.drifts.max(1))) {
            let gap = place.gap * self.drifts..(place.gap + 1) * self.drifts;
            place.bad.iter().for_each(|point| self.add(&trials[*point], *point, gap.clone(), sums));
        }
        sums
    }

    /// Adds what some entries of a point's row say of its trials.
    fn add(&self, trials: &Trials, point: usize, entries: Range<usize>, sums: &mut [f64]) {
        let Tally { crashes, passes } = trials.tally;
        let of = [&self.crash[point], &self.pass[point], &self.masked[point]];
        for (runs, ln) in [crashes, passes, trials.masked].into_iter().zip(of) {
            let runs = f64::from(runs);
            if runs > 0.0 {
                sums.iter_mut().zip(&ln[entries.clone()]).for_each(|(sum, ln)| *sum += runs * ln);
            }
        }
    }
}

/// The logarithms of rounded rates `theta`, of `1 - theta` and of `1 - theta / 2`.
struct Levels(Vec<[f64; 3]>);

impl Levels {
    fn get() -> &'static Self {
        static LEVELS_OF_RATES: std::sync::OnceLock<Levels> = std::sync::OnceLock::new();
        LEVELS_OF_RATES.get_or_init(|| {
            let rates = (0..=LEVELS).map(|level| f64::from(level.clamp(1, LEVELS - 1)) / f64::from(LEVELS));
            Self(rates.map(|theta| [theta, 1.0 - theta, 1.0 - theta / 2.0].map(f64::ln)).collect())
        })
    }

    fn of(&self, theta: f64) -> [f64; 3] {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the table")]
        let level = (theta.clamp(0.0, 1.0) * f64::from(LEVELS)).round() as usize;
        self.0[level]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_goes_from_the_origin_to_the_change() {
        let trials = |crashes, passes| Trials::from(Tally { crashes, passes });
        // Points 300, 100 and 0 commits back.
        let drift = Drift { origin: 0.75, change: 0.25 };
        let table = DriftTable::new(&[drift], &Shares::new(&[0.0, 200.0, 100.0]));
        let column = table.on_line(&[trials(1, 0), trials(0, 1), trials(2, 0)]);
        // Gap 0 is taken to reach half as far again as the oldest point; the others' middles are 200 and 50 back.
        let theta = |age: f64, middle: f64| 0.75 - 0.5 * age / middle;
        let expected = [
            theta(300.0, 450.0).ln() + (1.0 - theta(100.0, 450.0)).ln() + 2.0 * 0.75f64.ln(),
            (1.0 - theta(100.0, 200.0)).ln() + 2.0 * 0.75f64.ln(),
            2.0 * 0.75f64.ln(),
        ];
        for (got, expected) in column.iter().zip(expected) {
            assert!((got - expected).abs() < 5e-3, "{got} {expected}");
        }
    }

    #[test]
    fn long_lines_do_without() {
        let table = DriftTable::new(&[Drift { origin: 0.5, change: 0.9 }], &Shares::new(&[1.0; LONGEST + 1]));
        let column = table.on_line(&vec![Trials::default(); LONGEST + 1]);
        assert!(column.iter().all(|ln| *ln == f64::NEG_INFINITY));
    }
}
