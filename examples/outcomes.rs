//! Counts without a log: a test failed in some runs of some builds. Where did that begin, and what should be run next?
//!
//!     cargo run --no-default-features --example outcomes

use std::error::Error;
use std::fmt::Write as _;

use bisectstat::analysis::{Settings, Wish, analyze, plan};
use bisectstat::evidence::{CommitId, Source};
use bisectstat::ingest::read;

/// Builds from old to new: a name, how many commits it holds in all, and how its runs ended.
const BUILDS: [(&str, u32, u32, u32); 5] = [
    ("build-100", 100, 20, 0),
    ("build-140", 140, 5, 0),
    ("build-160", 160, 9, 1),
    ("build-170", 170, 7, 3),
    ("build-200", 200, 11, 9),
];

fn main() -> Result<(), Box<dyn Error>> {
    // The smallest table would do: `commit,passes,crashes`. The positions say how many commits lie between two builds.
    let mut table = String::from("commit,commit_position,passes,crashes\n");
    for (name, position, passes, crashes) in BUILDS {
        writeln!(table, "{name},{position},{passes},{crashes}")?;
    }
    let reading = read(table.as_bytes(), &Source::new("the builds"))?;
    let settings = Settings::default();
    for analysis in analyze(reading.bisections, &settings) {
        println!("{}", analysis.answer.name());
        for step in &analysis.steps {
            if let (Some(rate), Some(bad)) = (step.rate, step.p_bad) {
                let (name, runs) = (step.commit, step.passes + step.crashes);
                println!("{name}: {}/{runs} failed, rate {rate}, bad with {:.2}", step.crashes, bad.value());
            }
        }
        for gap in &analysis.gaps {
            if let (Some(build), Some(mass)) = (gap.upto, gap.posterior) {
                println!("it began by {build} with {:.3}", mass.value());
            }
        }
        let plan = plan(&analysis, &settings, &Wish::default());
        if let Some(first) = plan.proposals.first() {
            // A commit that nobody has built has no name: it is so far on the way between two that have one.
            let what = match (first.commit, first.gap.map(|gap| &analysis.gaps[gap]), first.older) {
                (Some(build), ..) => build.to_string(),
                (None, Some(gap), Some(older)) => {
                    format!("{:.0} % of the way from {} to {}", 100.0 * older.value(), name(gap.after), name(gap.upto))
                }
                (None, ..) => "a commit".to_owned(),
            };
            println!("next: {what}, {} runs, for {:.2} bits", first.runs, first.bits);
        }
    }
    Ok(())
}

fn name(build: Option<CommitId>) -> String {
    build.map_or_else(|| "?".to_owned(), |build| build.to_string())
}
