//! What the posterior of one bisection costs, and how it grows with titles and steps: `cargo bench`.

use std::sync::LazyLock;

use bisectstat::model::behaviour::RatePrior;
use bisectstat::model::beta_binomial::BetaPrior;
use bisectstat::model::bug::{BugSearch, TitleRow};
use bisectstat::model::culprit::Places;
use bisectstat::model::foreign::{ForeignPrices, ForeignPrior};
use bisectstat::model::labels::LabelPrior;
use bisectstat::model::likeness::KinPrior;
use bisectstat::model::table::RateTable;
use bisectstat::model::trials::{Shows, Streak, Tests};
use bisectstat::prob::Prob;

/// One prior serves all bisections.
static RATES: LazyLock<RatePrior> = LazyLock::new(RatePrior::default);

fn main() {
    divan::main();
}

/// A line of `steps` revisions, the newer half of which crash with one of `titles` titles in most of `runs` runs.
fn solve(titles: usize, steps: usize, runs: u32) -> Prob {
    let crashes = |i: usize| if 2 * i >= steps { runs - runs / 5 } else { 0 };
    let test = |i: usize| -> Tests {
        let shown = Streak { shows: Shows::Title(i % titles), runs: crashes(i) };
        vec![vec![shown, Streak { shows: Shows::Pass, runs: runs - crashes(i) }]]
    };
    let points: Vec<Tests> = (0..steps).map(test).collect();
    let share = Prob::saturating(0.5);
    let rows: Vec<TitleRow> = (0..titles)
        .map(|t| TitleRow {
            crashes: (0..steps).map(|i| if i % titles == t { crashes(i) } else { 0 }).collect(),
            anchor: if t == 0 { Prob::ONE } else { Prob::ZERO },
            like: vec![share; titles],
            at_origin: false,
        })
        .collect();
    let prior = vec![Prob::saturating(1.0 / 64.0); steps];
    let (labels, kin, foreign) = (LabelPrior::default(), KinPrior::default(), ForeignPrior::default());
    let table = RateTable::new(&RATES, &RatePrior::freak(BetaPrior::LEAK), &vec![100.0; steps]);
    let foreign = ForeignPrices::new(&foreign, BetaPrior::LEAK, &prior, runs);
    let search = BugSearch {
        titles: &rows,
        points: &points,
        adrift: &[],
        ordered: true,
        places: Places::Line,
        prior: &prior,
        none: Prob::ZERO,
        labels: &labels,
        kin: &kin,
        foreign: &foreign,
    };
    search.solve(&table).map_or(Prob::ZERO, |bug| bug.culprit.gaps[steps / 2])
}

#[divan::bench(args = [1, 2, 3, 5, 7, 9])]
fn titles(titles: usize) -> Prob {
    solve(titles, 25, 10)
}

#[divan::bench(args = [5, 25, 100, 400])]
fn steps(steps: usize) -> Prob {
    solve(3, steps, 10)
}

/// Forty titles, two hundred steps, a thousand runs a step: the sum over sets of titles is cut short.
#[divan::bench(sample_count = 5)]
fn hostile() -> Prob {
    solve(40, 200, 1000)
}

#[divan::bench(args = [10, 100, 1000])]
fn runs(runs: u32) -> Prob {
    solve(3, 25, runs)
}
