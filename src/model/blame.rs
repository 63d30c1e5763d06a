//! P(the named commit is to blame | log): a ridge logistic regression on labelled bisections.
//!
//! `p_right = 1 / (1 + exp(-(b0 + sum_j b_j (x_j - m_j) / s_j)))`, with each feature standardised by the mean `m_j` and
//! standard deviation `s_j` of the bisections it was fitted on. A missing feature counts as its mean: it says nothing. The
//! weights maximise `sum ln P(label) - lambda/2 sum b_j^2` (Hoerl & Kennard 1970; le Cessie & van Houwelingen 1992), found by
//! Newton's method. `lambda` is `RIDGE`, fixed: one that is chosen on the bisections of a fit is a little too small for
//! others.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::prob::Prob;

/// The values of the features of one bisection, by name; `None` where the log lacks what one needs.
pub type Values = BTreeMap<&'static str, Option<f64>>;

/// The strength of the penalty on each standardised weight: that of a normal prior on it with a standard deviation of 0.32.
pub(crate) const RIDGE: f64 = 10.0;

/// What a large value of a feature speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The named commit.
    For,
    /// Against it.
    Against,
}

impl Sign {
    /// Whether a weight says the same.
    #[must_use]
    pub(crate) fn agrees(self, weight: f64) -> bool {
        match self {
            Self::For => weight >= 0.0,
            Self::Against => weight <= 0.0,
        }
    }
}

/// A fit, as its file has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// The version of the features: a file of another version is refused.
    pub version: u32,
    /// When it was made, `YYYY-MM-DD`.
    pub date: String,
    /// On how many labelled bisections.
    pub bisections: usize,
    /// The strength of the penalty.
    pub ridge: f64,
    /// `b0`.
    pub intercept: f64,
    /// One entry a column.
    pub columns: Vec<Column>,
}

/// Why a file is no fit.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// Not the JSON of a fit.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Of other features.
    #[error("found a fit of version {0}, expected version {VERSION}: fit again")]
    Version(u32),
}

/// A feature's part of a fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The name of the feature in `fit` and JSON.
    pub feature: String,
    /// `m`.
    pub mean: f64,
    /// `s`, above 0.
    pub deviation: f64,
    /// `b`.
    pub weight: f64,
}

/// One feature's push, in logits: above 0 for the commit.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The name of the feature in `fit` and JSON.
    pub feature: String,
    /// Its value.
    pub value: Option<f64>,
    /// `b (x - m) / s`; 0 when the value is missing.
    pub weight: f64,
    /// Whether the value is above the mean; missing with the value.
    pub above: Option<bool>,
}

impl Column {
    /// The feature's value.
    fn value(&self, values: &Values) -> Option<f64> {
        values.get(self.feature.as_str()).copied().flatten()
    }

    /// The standardised value; 0 when it is missing.
    fn standardised(&self, values: &Values) -> f64 {
        self.value(values).map_or(0.0, |value| (value - self.mean) / self.deviation)
    }
}

impl Fit {
    /// The fit that ships with the crate; `None` only if its file is not of this version.
    #[must_use]
    pub fn shipped() -> Option<Self> {
        static SHIPPED: LazyLock<Option<Fit>> = LazyLock::new(|| Fit::parse(include_str!("blame.json")).ok());
        SHIPPED.clone()
    }

    /// Reads a fit's file.
    ///
    /// # Errors
    /// [`FitError`] when it is no fit, or one for other features.
    pub fn parse(text: &str) -> Result<Self, FitError> {
        let fit: Self = serde_json::from_str(text)?;
        if fit.version == VERSION { Ok(fit) } else { Err(FitError::Version(fit.version)) }
    }

    /// What to call it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("blame/{} of {}, {} bisections", self.version, self.date, self.bisections)
    }

    /// P(to blame).
    #[must_use]
    pub fn p_right(&self, values: &Values) -> Prob {
        let sum: f64 = self.columns.iter().map(|column| column.weight * column.standardised(values)).sum();
        logistic(self.intercept + sum)
    }

    /// Each feature's push, strongest first.
    #[must_use]
    pub fn terms(&self, values: &Values) -> Vec<Term> {
        let term = |column: &Column| {
            let value = column.value(values);
            let weight = column.weight * column.standardised(values);
            Term { feature: column.feature.clone(), value, weight, above: value.map(|value| value > column.mean) }
        };
        let mut terms: Vec<Term> = self.columns.iter().map(term).collect();
        terms.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        terms
    }
}

fn logistic(logit: f64) -> Prob {
    Prob::saturating(1.0 / (1.0 + (-logit).exp()))
}

/// Labelled bisections.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    /// Features.
    pub values: &'a [Values],
    /// Whether the named commit is to blame.
    pub right: &'a [bool],
}

/// The logistic fit with the penalty `ridge / 2` (above 0) on the sum of squared weights of standardised columns; the columns
/// are the features that vary. One label a bisection.
///
/// ```
/// use bisectstat::model::blame::{Labelled, Values, fit};
///
/// // One feature that tells right from wrong, as an archive with labels would give it.
/// let of = |value: f64| Values::from([("p_named", Some(value))]);
/// let values: Vec<Values> = [0.1, 0.2, 0.4, 0.6, 0.8, 0.9].map(of).into();
/// let right = [false, false, true, false, true, true];
/// let fit = fit(Labelled { values: &values, right: &right }, 1.0);
/// assert!(fit.p_right(&of(0.9)) > fit.p_right(&of(0.1)));
/// ```
#[must_use]
pub fn fit(labelled: Labelled<'_>, ridge: f64) -> Fit {
    let columns = columns(labelled.values);
    let rows: Vec<Vec<f64>> = labelled
        .values
        .iter()
        .map(|values| columns.iter().map(|column| column.standardised(values)).collect())
        .collect();
    let weights = newton(&rows, labelled.right, ridge);
    let columns = columns.into_iter().zip(&weights[1..]).map(|(column, weight)| Column { weight: *weight, ..column });
    Fit {
        version: VERSION,
        date: String::new(),
        bisections: labelled.right.len(),
        ridge,
        intercept: weights[0],
        columns: columns.collect(),
    }
}

/// The version of the features.
pub const VERSION: u32 = 2;

/// Means and deviations of the features; constant ones are left out.
fn columns(values: &[Values]) -> Vec<Column> {
    let names: Vec<&'static str> = values.first().map(|row| row.keys().copied().collect()).unwrap_or_default();
    let columns = names.into_iter().filter_map(|feature| {
        let known: Vec<f64> = values.iter().filter_map(|row| row[feature]).collect();
        let count = f64::from(u32::try_from(known.len()).ok()?);
        let mean = known.iter().sum::<f64>() / count;
        let deviation = (known.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt();
        (deviation > 1e-9).then(|| Column { feature: feature.to_owned(), mean, deviation, weight: 0.0 })
    });
    columns.collect()
}

/// Intercept and weights by Newton's method; the intercept is not penalised.
fn newton(rows: &[Vec<f64>], right: &[bool], ridge: f64) -> Vec<f64> {
    const STEPS: u32 = 50;
    let size = rows.first().map_or(0, Vec::len) + 1;
    let mut weights = vec![0.0; size];
    for _ in 0..STEPS {
        let (gradient, hessian) = derivatives(rows, right, ridge, &weights);
        let step = solve(hessian, gradient);
        for (weight, step) in weights.iter_mut().zip(&step) {
            *weight += step;
        }
        if step.iter().all(|step| step.abs() < 1e-9) {
            break;
        }
    }
    weights
}

fn derivatives(rows: &[Vec<f64>], right: &[bool], ridge: f64, weights: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let size = weights.len();
    let (mut gradient, mut hessian) = (vec![0.0; size], vec![vec![0.0; size]; size]);
    for (row, right) in rows.iter().zip(right) {
        let x = |j: usize| if j == 0 { 1.0 } else { row[j - 1] };
        let p = logistic((0..size).map(|j| weights[j] * x(j)).sum()).value();
        let (error, curvature) = (f64::from(u8::from(*right)) - p, p * (1.0 - p));
        for j in 0..size {
            gradient[j] += error * x(j);
            for (k, entry) in hessian[j].iter_mut().enumerate().take(j + 1) {
                *entry += curvature * x(j) * x(k);
            }
        }
    }
    for j in 0..size {
        let penalty = if j == 0 { 1e-9 } else { ridge };
        gradient[j] -= penalty * weights[j];
        hessian[j][j] += penalty;
    }
    (gradient, hessian)
}

/// `x` of `matrix x = right` for a symmetric, positive definite matrix given by its lower half (Cholesky).
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for j in 0..size {
        for k in 0..=j {
            let sum: f64 = (0..k).map(|i| matrix[j][i] * matrix[k][i]).sum();
            let rest = matrix[j][k] - sum;
            matrix[j][k] = if j == k { rest.max(1e-12).sqrt() } else { rest / matrix[k][k] };
        }
    }
    for j in 0..size {
        let sum: f64 = (0..j).map(|k| matrix[j][k] * right[k]).sum();
        right[j] = (right[j] - sum) / matrix[j][j];
    }
    for j in (0..size).rev() {
        let sum: f64 = (j + 1..size).map(|k| matrix[k][j] * right[k]).sum();
        right[j] = (right[j] - sum) / matrix[j][j];
    }
    right
}

/// A fit on some of the bisections.
#[must_use]
pub(crate) fn fit_some(labelled: Labelled<'_>, ridge: f64, some: impl Fn(usize) -> bool) -> Fit {
    let chosen = || (0..labelled.right.len()).filter(|i| some(*i));
    let values: Vec<_> = chosen().map(|i| labelled.values[i].clone()).collect();
    let right: Vec<_> = chosen().map(|i| labelled.right[i]).collect();
    fit(Labelled { values: &values, right: &right }, ridge)
}

/// P(right) for every bisection, each by a fit on the other folds. `folds` gives each bisection its fold, numbered from 0.
#[must_use]
pub(crate) fn cross_validated(labelled: Labelled<'_>, ridge: f64, folds: &[usize]) -> Vec<Prob> {
    let count = folds.iter().max().map_or(0, |last| last + 1);
    let mut predictions = vec![Prob::ZERO; folds.len()];
    for fold in 0..count {
        let fit = fit_some(labelled, ridge, |i| folds[i] != fold);
        for i in (0..folds.len()).filter(|i| folds[*i] == fold) {
            predictions[i] = fit.p_right(&labelled.values[i]);
        }
    }
    predictions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(x: f64, y: Option<f64>) -> Values {
        BTreeMap::from([("x", Some(x)), ("y", y)])
    }

    #[test]
    fn without_features_the_base_rate_is_the_answer() {
        let rows = vec![BTreeMap::new(); 10];
        let right: Vec<bool> = (0..10).map(|i| i < 3).collect();
        let fit = fit(Labelled { values: &rows, right: &right }, 1.0);
        assert!((fit.p_right(&rows[0]).value() - 0.3).abs() < 1e-6);
    }

    /// Two groups without penalty: the fit gives each its own share.
    #[test]
    fn a_saturated_model_gives_the_shares() {
        let rows: Vec<_> = (0..20).map(|i| values(f64::from(u8::from(i < 8)), None)).collect();
        let right: Vec<bool> = (0..20).map(|i| i % 4 == 0).collect();
        let fit = fit(Labelled { values: &rows, right: &right }, 1e-9);
        assert!((fit.p_right(&rows[0]).value() - 2.0 / 8.0).abs() < 1e-4);
        assert!((fit.p_right(&rows[19]).value() - 3.0 / 12.0).abs() < 1e-4);
        assert_eq!(fit.columns.len(), 1);
    }

    /// The gradient of the penalised likelihood vanishes at the fit.
    #[test]
    fn the_fit_is_a_maximum() {
        let rows: Vec<_> =
            (0..30u8).map(|i| values(f64::from(i % 7), (i % 5 > 0).then_some(f64::from(i % 11)))).collect();
        let right: Vec<bool> = (0..30).map(|i| i * 13 % 7 > 2).collect();
        let fit = fit(Labelled { values: &rows, right: &right }, 0.7);
        for (j, column) in fit.columns.iter().enumerate() {
            let slope: f64 = rows
                .iter()
                .zip(&right)
                .map(|(row, right)| (f64::from(u8::from(*right)) - fit.p_right(row).value()) * column.standardised(row))
                .sum();
            assert!((slope - 0.7 * fit.columns[j].weight).abs() < 1e-6);
        }
        let terms: f64 = fit.terms(&rows[3]).iter().map(|term| term.weight).sum();
        assert!((logistic(fit.intercept + terms).value() - fit.p_right(&rows[3]).value()).abs() < 1e-12);
    }
}
