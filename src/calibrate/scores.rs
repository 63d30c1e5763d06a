//! Scores of stated probabilities against what was true: pure functions on slices of cases.
//!
//! With `p_i` stated and `y_i` = 1 when the named commit was the true one, else 0, of `n` cases:
//!
//! - Brier score `mean (p_i - y_i)^2` (Brier 1950, *Verification of Forecasts Expressed in Terms of Probability*). To
//!   say the base rate `r` always gets `r (1 - r)`, the uncertainty term of Murphy 1973, *A New Vector Partition of
//!   the Probability Score*.
//! - Log score `-mean ln P(y_i)` in nats (Good 1952, *Rational Decisions*), with `p_i` clipped to
//!   `[CLIP, 1 - CLIP]`: one certain error would make it infinite.
//! - Expected calibration error `sum over bins of n_b / n |mean p - share right|` (Naeini, Cooper & Hauskrecht 2015,
//!   *Obtaining Well Calibrated Probabilities Using Bayesian Binning*), always with [`ECE_BINS`] bins. True
//!   probabilities have one too, by chance, and resamples a larger one: its interval leans upwards.
//! - AUC: the chance that a right one was given more than a wrong one, ties half (Mann & Whitney 1947; Hanley & McNeil
//!   1982, *The Meaning and Use of the Area under a ROC Curve*).
//! - Recalibration `logit P(y_i = 1) = a + b logit p_i` by maximum likelihood (Cox 1958, *Two Further Applications of a Model
//!   for Binary Regression*), with `p_i` clipped as above: `b` below 1 is over-confident, `a` above 0 says too little.
//! - Interval of a share: the score interval of Wilson 1927, *Probable Inference, the Law of Succession, and
//!   Statistical Inference*.

use std::num::NonZeroU16;

use serde::Serialize;

use crate::prob::{Prob, to_f64};

/// A stated probability, and whether it came true.
pub type Case = (Prob, bool);

/// The log score keeps this far from 0 and 1.
pub const CLIP: f64 = 1e-6;
/// The bins of [`ece`], whatever the table's.
pub const ECE_BINS: NonZeroU16 = NonZeroU16::new(10).expect("10 is not 0");
/// The normal quantile of 95 % intervals, `Phi^-1(0.975)`.
const Z: f64 = 1.959_963_984_540_054;

/// The Brier score: 0 is best, 0.25 is what one half throughout gets. None without cases.
///
/// ```
/// use bisectstat::calibrate::scores::{auc, brier};
/// use bisectstat::prob::Prob;
///
/// let cases = [(0.9, true), (0.8, true), (0.2, false)].map(|(stated, right)| (Prob::saturating(stated), right));
/// assert!((brier(&cases).expect("there are cases") - 0.03).abs() < 1e-12);
/// assert_eq!(auc(&cases), Some(1.0));
/// ```
#[must_use]
pub fn brier(cases: &[Case]) -> Option<f64> {
    mean(cases, |(p, right)| (p.value() - truth(*right)).powi(2))
}

/// The Brier score of always saying the share of cases that are right.
#[must_use]
pub fn brier_of_base_rate(cases: &[Case]) -> Option<f64> {
    mean(cases, |(_, right)| truth(*right)).map(|rate| rate * (1.0 - rate))
}

/// The log score in nats: 0 is best, 0.69 is what one half throughout gets. None without cases.
#[must_use]
pub fn log_score(cases: &[Case]) -> Option<f64> {
    mean(cases, |(p, right)| {
        let p = p.value().clamp(CLIP, 1.0 - CLIP);
        -if *right { p } else { 1.0 - p }.ln()
    })
}

/// The mean of the stated probabilities.
#[must_use]
pub fn mean_stated(cases: &[Case]) -> Option<Prob> {
    mean(cases, |(p, _)| p.value()).map(Prob::saturating)
}

/// How many cases are right.
#[must_use]
pub(crate) fn share_right(cases: &[Case]) -> Option<Share> {
    Share::of(cases.iter().filter(|(_, right)| *right).count(), cases.len())
}

/// The expected calibration error, in [`ECE_BINS`] bins. None without cases.
#[must_use]
pub fn ece(cases: &[Case]) -> Option<f64> {
    let mut bins = vec![0.0; ECE_BINS.get().into()];
    for (p, right) in cases {
        bins[bin(*p, ECE_BINS)] += p.value() - truth(*right);
    }
    let off: f64 = bins.iter().map(|excess: &f64| excess.abs()).sum();
    (!cases.is_empty()).then(|| off / to_f64(cases.len()))
}

/// The area under the ROC curve. None unless some cases are right and some wrong.
#[must_use]
pub fn auc(cases: &[Case]) -> Option<f64> {
    let mut sorted = cases.to_vec();
    sorted.sort_by(|(a, _), (b, _)| a.value().total_cmp(&b.value()));
    let (mut wins, mut below) = (0.0, 0.0);
    for tied in sorted.chunk_by(|(a, _), (b, _)| a == b) {
        let rights = to_f64(tied.iter().filter(|(_, right)| *right).count());
        let wrongs = to_f64(tied.len()) - rights;
        wins += rights * (below + wrongs / 2.0);
        below += wrongs;
    }
    let pairs = below * (to_f64(cases.len()) - below);
    (pairs > 0.0).then(|| wins / pairs)
}

/// The straight line that turns the logits of what was stated into those of what came true.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recalibration {
    /// `a`, 0 where nothing is to be corrected.
    pub intercept: f64,
    /// `b`, 1 where nothing is to be corrected.
    pub slope: f64,
}

/// The recalibration, by Newton's method. None where the likelihood has no maximum: unless right and wrong cases overlap.
#[must_use]
pub(crate) fn recalibration(cases: &[Case]) -> Option<Recalibration> {
    const STEPS: u32 = 50;
    const DONE: f64 = 1e-9;
    let logit = |p: f64| (p / (1.0 - p)).ln();
    let stated = |p: Prob| logit(p.value().clamp(CLIP, 1.0 - CLIP));
    let rows: Vec<_> = cases.iter().map(|(p, right)| (stated(*p), truth(*right))).collect();
    let (mut a, mut b) = (0.0, 1.0);
    for _ in 0..STEPS {
        let (mut gradient, mut hessian) = ([0.0; 2], [0.0; 3]);
        for (x, y) in &rows {
            let p = 1.0 / (1.0 + (-(a + b * x)).exp());
            let (error, curvature) = (y - p, p * (1.0 - p));
            gradient = [gradient[0] + error, gradient[1] + error * x];
            hessian = [hessian[0] + curvature, hessian[1] + curvature * x, hessian[2] + curvature * x * x];
        }
        let determinant = hessian[0] * hessian[2] - hessian[1] * hessian[1];
        let step_a = (hessian[2] * gradient[0] - hessian[1] * gradient[1]) / determinant;
        let step_b = (hessian[0] * gradient[1] - hessian[1] * gradient[0]) / determinant;
        (a, b) = (a + step_a, b + step_b);
        if step_a.abs() < DONE && step_b.abs() < DONE {
            return Some(Recalibration { intercept: a, slope: b });
        }
    }
    None
}

/// So many of so many, with the 95 % interval of Wilson.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// How many of them have the property.
    pub count: usize,
    /// Of how many; at least 1.
    pub of: usize,
    /// Their ratio.
    pub share: Prob,
    /// Lower end of the interval.
    pub low: Prob,
    /// Upper end of the interval.
    pub high: Prob,
}

impl Share {
    /// `count` of `of`; none of nothing has no share.
    #[must_use]
    pub fn of(count: usize, of: usize) -> Option<Self> {
        if of == 0 || count > of {
            return None;
        }
        let (n, p) = (to_f64(of), to_f64(count) / to_f64(of));
        let shrink = 1.0 + Z * Z / n;
        let middle = (p + Z * Z / (2.0 * n)) / shrink;
        let half = Z / shrink * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let low = if count == 0 { 0.0 } else { middle - half };
        let high = if count == of { 1.0 } else { middle + half };
        let [share, low, high] = [p, low, high].map(Prob::saturating);
        Some(Self { count, of, share, low, high })
    }
}

/// The cases whose stated probability lies in `[low, high)`; the last bin includes 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Lower edge, included.
    pub low: Prob,
    /// Upper edge.
    pub high: Prob,
    /// Its cases.
    pub count: usize,
    /// What was stated on average; missing in an empty bin.
    pub mean: Option<Prob>,
    /// How many of them are right; missing in an empty bin.
    pub right: Option<Share>,
}

/// The reliability table: `bins` bins of equal width, from 0 to 1, empty ones too.
#[must_use]
pub fn reliability(cases: &[Case], bins: NonZeroU16) -> Vec<Bin> {
    let mut members = vec![Vec::new(); bins.get().into()];
    for case in cases {
        members[bin(case.0, bins)].push(*case);
    }
    let row = |(i, members): (u16, Vec<Case>)| Bin {
        low: edge(i, bins),
        high: edge(i + 1, bins),
        count: members.len(),
        mean: mean_stated(&members),
        right: share_right(&members),
    };
    (0..bins.get()).zip(members).map(row).collect()
}

/// The lower edge of bin `i`.
fn edge(i: u16, bins: NonZeroU16) -> Prob {
    Prob::saturating(f64::from(i) / f64::from(bins.get()))
}

/// The bin of a probability. A product can round across an edge that the quotient [`edge`] does not.
fn bin(p: Prob, bins: NonZeroU16) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= p <= 1")]
    let near = (p.value() * f64::from(bins.get())) as u16;
    let near = near.min(bins.get() - 1);
    let bin = match near {
        i if p < edge(i, bins) => i - 1,
        i if i + 1 < bins.get() && p >= edge(i + 1, bins) => i + 1,
        i => i,
    };
    bin.into()
}

fn mean(cases: &[Case], of: impl Fn(&Case) -> f64) -> Option<f64> {
    (!cases.is_empty()).then(|| cases.iter().map(of).sum::<f64>() / to_f64(cases.len()))
}

fn truth(right: bool) -> f64 {
    f64::from(u8::from(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two stated probabilities: the line goes through the logits of the two shares.
    #[test]
    fn two_groups_are_recalibrated_to_their_shares() {
        let group = |p, right: usize, of: usize| (0..of).map(move |i| (Prob::saturating(p), i < right));
        let cases: Vec<Case> = group(0.1, 3, 10).chain(group(0.9, 7, 10)).collect();
        let line = recalibration(&cases).unwrap();
        let (stated, shown) = ((0.9f64 / 0.1).ln(), (0.7f64 / 0.3).ln());
        assert!((line.slope - shown / stated).abs() < 1e-9 && line.intercept.abs() < 1e-9, "{line:?}");
        let lifted: Vec<Case> = group(0.5, 1, 4).chain(group(0.8, 4, 8)).collect();
        let line = recalibration(&lifted).unwrap();
        assert!((line.intercept - (1.0f64 / 3.0).ln()).abs() < 1e-9, "{line:?}");
        assert_eq!(recalibration(&[(Prob::saturating(0.2), false), (Prob::saturating(0.8), true)]), None);
        assert_eq!(recalibration(&[]), None);
    }
}
