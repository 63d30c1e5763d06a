//! The posterior of the culprit on one line, any crash counting as the bug: `cargo bench --bench culprit` prints one line a
//! length. `benches/numpy_model.py` computes the same with `NumPy` and puts the times side by side.

use std::hint::black_box;
use std::time::Instant;

use bisectstat::model::behaviour::RatePrior;
use bisectstat::model::beta_binomial::BetaPrior;
use bisectstat::model::culprit::{ChangePoint, Culprit, Places};
use bisectstat::model::table::RateTable;
use bisectstat::model::trials::{Shows, Streak, Trials};
use bisectstat::prob::Prob;

const RUNS: u32 = 10;
/// Commits in each gap.
const GAP: f64 = 100.0;
const TRIES: usize = 20;

fn main() {
    let prior = RatePrior::default();
    // The tables of the prior are made once, not for each bisection.
    black_box(solve(5, &prior));
    println!("steps,seconds,posterior");
    for steps in [5, 25, 50, 100, 400] {
        let posterior = solve(steps, &prior).gaps[steps / 2].value();
        let seconds = (0..TRIES).map(|_| seconds(|| solve(steps, &prior))).fold(f64::INFINITY, f64::min);
        println!("{steps},{seconds:e},{posterior:?}");
    }
}

/// Good revisions, then as many that crash in 4 to 8 runs of 10, the crashes first; every gap as likely.
fn solve(steps: usize, rates: &RatePrior) -> Culprit {
    let crashes = |i: usize| if 2 * i >= steps { 8 - u32::try_from(i % 5).unwrap_or_default() } else { 0 };
    let streak = |shows, runs| Streak { shows, runs };
    let trials = (0..steps).map(|i| {
        let runs = vec![streak(Shows::Title(0), crashes(i)), streak(Shows::Pass, RUNS - crashes(i))];
        Trials::of(&[runs], |_| true, true)
    });
    let (trials, prior): (Vec<_>, _) = (trials.collect(), vec![Prob::ONE; steps]);
    let table = RateTable::new(rates, &RatePrior::freak(BetaPrior::LEAK), &vec![GAP; steps]);
    let line = ChangePoint {
        trials: &trials,
        places: Places::Line,
        prior: &prior,
        none: Prob::ZERO,
        adrift: &[],
        table: &table,
    };
    line.solve().unwrap_or_else(|| unreachable!("every line has a step"))
}

fn seconds<T>(work: impl Fn() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}
