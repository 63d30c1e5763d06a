//! Counts without a log: the models alone. A test failed in some runs of some builds; where did that begin, and what should
//! be run next?
//!
//!     cargo run --no-default-features --example outcomes

use bisectstat::model::behaviour::RatePrior;
use bisectstat::model::beta_binomial::{BetaPrior, Tally};
use bisectstat::model::culprit::{ChangePoint, Places, credible_set};
use bisectstat::model::prior::AgePrior;
use bisectstat::model::rate::rate;
use bisectstat::model::search::{self, Assumptions, Batch, Costs, Outside, Search, Shown};
use bisectstat::model::table::RateTable;
use bisectstat::model::trials::Trials;
use bisectstat::model::verdict::p_bad_alone;
use bisectstat::prob::Prob;

/// Builds from old to new: a name, the commits since the one before, and how its runs ended.
const BUILDS: [(&str, u32, Tally); 5] = [
    ("build-100", 0, Tally { crashes: 0, passes: 20 }),
    ("build-140", 40, Tally { crashes: 0, passes: 5 }),
    ("build-160", 20, Tally { crashes: 1, passes: 9 }),
    ("build-170", 10, Tally { crashes: 3, passes: 7 }),
    ("build-200", 30, Tally { crashes: 9, passes: 11 }),
];

fn main() {
    each_build_alone();
    where_it_began();
    what_to_run();
}

/// The failure rate of each build with its 95 % interval, and P(bad) from its own runs.
fn each_build_alone() {
    let table = RateTable::new(&RatePrior::default(), &RatePrior::background(), &[]);
    for (name, _, tally) in BUILDS {
        let bad = p_bad_alone(&tally.into(), &table).value();
        println!(
            "{name}: {}/{} failed, rate {}, bad with {bad:.2}",
            tally.crashes,
            tally.trials(),
            rate(tally, BetaPrior::JEFFREYS)
        );
    }
}

/// The change point over the gaps: gap 0 is everything before the first build.
fn where_it_began() {
    let trials = BUILDS.map(|(_, _, tally)| Trials::from(tally));
    // Sizes from the newest end on, as ages count; the masses come back in the same order.
    let sizes: Vec<f64> = BUILDS[1..].iter().map(|(_, commits, _)| f64::from(*commits)).collect();
    let ages: Vec<f64> = sizes.iter().rev().copied().collect();
    let prior: Vec<Prob> = AgePrior::default().masses(&ages).into_iter().rev().collect();
    let table = RateTable::new(&RatePrior::default(), &RatePrior::background(), &sizes);
    let point = ChangePoint {
        trials: &trials,
        places: Places::Line,
        prior: &prior,
        none: Prob::ZERO,
        adrift: &[],
        table: &table,
    };
    let Some(culprit) = point.solve() else { return println!("no build, or a prior without mass") };
    for (gap, mass) in culprit.gaps.iter().enumerate() {
        println!("it began by {} with {:.3}", BUILDS[gap].0, mass.value());
    }
    let (gaps, mass) = credible_set(&culprit.gaps, Prob::saturating(0.95));
    println!("gaps {gaps:?} hold {:.3}", mass.value());
}

/// The run that tells most: the same builds as commits of one line.
fn what_to_run() {
    let Some(line) = search::Places::uniform(100, Outside::default()) else { return };
    let mut search = Search::new(line, &Assumptions::default());
    let mut revision = 0;
    for (_, commits, tally) in BUILDS {
        revision += u64::from(commits);
        (0..tally.crashes).for_each(|_| search.observe(revision, Shown::Bug));
        (0..tally.passes).for_each(|_| search.observe(revision, Shown::Pass));
    }
    let costs = Costs { build: 4.0, batch: Batch::UpTo(8), ..Costs::default() };
    if let Some(choice) = search.choose(&costs) {
        println!("next: commit {} of 100, {} at once, for {:.2} bits", choice.revision, choice.runs, choice.bits);
    }
}
