//! What it costs to demand a `p_right`: of the wrong commits, how many fail the demand; of the right ones, how many meet it.
//!
//! Intervals resample culprits ([`Bootstrap::score_by`]).

use serde::Serialize;

use crate::prob::Prob;

use super::scores::{self, Case};
use super::{Bootstrap, Score, Settings};

/// The demands that are tried.
pub const DEMANDS: [f64; 10] = [0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8];

/// What one demand does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TradeOff {
    /// The least `p_right` that passes.
    pub p_right: Prob,
    /// Share of the wrong commits that fail.
    pub wrong_fail: Score,
    /// Share of the right commits that pass.
    pub right_pass: Score,
}

/// One row for each of [`DEMANDS`]; `groups` gives each case its culprit. `None` unless some are right and some wrong.
#[must_use]
pub fn trade_offs(cases: &[Case], groups: &[usize], settings: Settings) -> Option<Vec<TradeOff>> {
    let bootstrap = Bootstrap { resamples: settings.bootstrap, seed: settings.seed };
    let row = |least: f64| {
        let least = Prob::saturating(least);
        let passing = |(p, right): &Case| (if *p < least { Prob::ZERO } else { Prob::ONE }, *right);
        let passing: Vec<Case> = cases.iter().map(passing).collect();
        Some(TradeOff {
            p_right: least,
            wrong_fail: bootstrap.score_by(&passing, groups, |cases| share(cases, false).map(|pass| 1.0 - pass))?,
            right_pass: bootstrap.score_by(&passing, groups, |cases| share(cases, true))?,
        })
    };
    DEMANDS.into_iter().map(row).collect()
}

/// The mean over those that are right, or over those that are not.
fn share(cases: &[Case], right: bool) -> Option<f64> {
    let cases: Vec<Case> = cases.iter().filter(|case| case.1 == right).copied().collect();
    scores::mean_stated(&cases).map(Prob::value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn each_demand_divides_the_right_and_the_wrong() {
        let case = |p, right| (Prob::saturating(p), right);
        let cases = [case(0.1, false), case(0.55, false), case(0.9, true), case(0.4, true), case(0.45, false)];
        let settings = Settings { bootstrap: 50, ..Settings::default() };
        let rows = trade_offs(&cases, &[0, 1, 2, 3, 0], settings).unwrap();
        let half = rows.iter().find(|row| close(row.p_right.value(), 0.5)).unwrap();
        assert!(close(half.wrong_fail.value, 2.0 / 3.0) && close(half.right_pass.value, 0.5));
        let range = half.wrong_fail.interval.unwrap();
        assert!(range.low <= 2.0 / 3.0 && 2.0 / 3.0 <= range.high);
        assert!(rows.windows(2).all(|pair| pair[0].wrong_fail.value <= pair[1].wrong_fail.value));
        assert!(rows.windows(2).all(|pair| pair[0].right_pass.value >= pair[1].right_pass.value));
    }

    #[test]
    fn what_is_demanded_passes() {
        let cases = [(Prob::saturating(0.5), true), (Prob::saturating(0.2), false)];
        let rows = trade_offs(&cases, &[0, 1], Settings::default()).unwrap();
        assert!(close(rows[5].right_pass.value, 1.0) && close(rows[7].right_pass.value, 0.0));
        assert!(close(rows[0].wrong_fail.value, 0.0));
        assert_eq!(trade_offs(&[(Prob::ONE, true)], &[0], Settings::default()), None);
        assert_eq!(trade_offs(&[], &[], Settings::default()), None);
    }
}
