//! One verdict: what its own runs say, and how likely the recorded word is right.
//!
//! A bad revision shows its trials with `P(trials)` averaged over the behaviours of [`super::behaviour`], a good one with
//! that averaged over the backgrounds; at equal prior odds `p_bad_alone = BF / (1 + BF)`. The chance that a bad revision shows no crash in
//! `n` trials is averaged over what the whole bisection says of the bug: `(1 - theta)^n` with a point estimate of `theta`
//! is too sure of itself (Jensen's inequality).

use crate::prob::{LogProb, Prob};

use super::beta_binomial::Tally;
use super::table::RateTable;
use super::trials::Trials;

/// P(bad), from the revision's own runs alone. One half without trials.
///
/// ```
/// use bisectstat::model::behaviour::RatePrior;
/// use bisectstat::model::beta_binomial::{BetaPrior, Tally};
/// use bisectstat::model::table::RateTable;
/// use bisectstat::model::verdict::p_bad_alone;
///
/// let table = RateTable::new(&RatePrior::default(), &RatePrior::freak(BetaPrior::LEAK), &[]);
/// let p = |crashes, passes| p_bad_alone(&Tally { crashes, passes }.into(), &table).value();
/// assert!((p(0, 0) - 0.5).abs() < 1e-9, "no run says nothing");
/// assert!(p(0, 20) < p(0, 10) && p(3, 7) > 0.9);
/// ```
#[must_use]
pub fn p_bad_alone(trials: &Trials, table: &RateTable) -> Prob {
    let bad = table.ln_prior_mixture(trials);
    let good = table.ln_background(trials);
    LogProb::normalize(&[bad, good])[0]
}

/// P(no crash in `trials` runs), if the revision is bad and `rates` are the posterior weights of the behaviours.
///
/// ```
/// use bisectstat::model::behaviour::RatePrior;
/// use bisectstat::model::beta_binomial::BetaPrior;
/// use bisectstat::model::rate::RateGrid;
/// use bisectstat::model::table::RateTable;
/// use bisectstat::model::verdict::false_good;
///
/// // With a known rate it is (1 - rate)^runs.
/// let grid = RateGrid::known(0.3);
/// let table = RateTable::new(&(&grid).into(), &RatePrior::freak(BetaPrior::LEAK), &[]);
/// assert!((false_good(10, &table, &grid.weights()).value() - 0.7f64.powi(10)).abs() < 1e-6);
/// ```
#[must_use]
pub fn false_good(trials: u32, table: &RateTable, rates: &[Prob]) -> Prob {
    table.ln_mixture(rates, &Tally { crashes: 0, passes: trials }.into()).exp()
}

#[cfg(test)]
mod tests {
    use crate::model::behaviour::RatePrior;
    use crate::model::beta_binomial::BetaPrior;
    use crate::model::rate::RateGrid;

    use super::*;

    fn table(grid: &RateGrid) -> RateTable {
        RateTable::new(&grid.into(), &RatePrior::freak(BetaPrior::LEAK), &[])
    }

    #[test]
    fn the_evidence_of_one_revision() {
        let grid = RateGrid::default();
        let alone = |crashes, passes| p_bad_alone(&Tally { crashes, passes }.into(), &table(&grid)).value();
        assert!((alone(0, 0) - 0.5).abs() < 1e-12);
        assert!((0.05..0.4).contains(&alone(0, 10)), "{}", alone(0, 10));
        assert!(alone(0, 20) < alone(0, 10));
        assert!((0.5..0.95).contains(&alone(1, 9)), "{}", alone(1, 9));
        assert!(alone(10, 0) > 0.9999);
    }

    #[test]
    fn a_known_rate_gives_the_power_law() {
        let grid = RateGrid::known(0.3);
        let chance = false_good(10, &table(&grid), &grid.weights()).value();
        assert!((chance - 0.7f64.powi(10)).abs() < 1e-6, "{chance}");
    }

    #[test]
    fn an_unknown_rate_is_less_sure_than_its_mean() {
        let grid = RateGrid::new(&[(0.3, 2.0, 1.0)]);
        let chance = false_good(10, &table(&grid), &grid.weights()).value();
        assert!(chance > 5.0 * 0.7f64.powi(10), "{chance}");
    }
}
