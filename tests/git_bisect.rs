//! What a plain `git bisect` leaves behind. The logs in `tests/git_bisect/` are git's own (2.47), of a history of 120 commits:
//! `flaky.log` of a test that fails in 0.6 of runs from change 77 on, `fixed.log` of a fix in change 40, `skipped.log` of a bug
//! in change 53 among commits that cannot be tested, `unfinished.log` and `terminal.txt` of one walk.

#![cfg(feature = "cli")]

mod support;

use std::fs;

use bisectstat::analysis::{Analysis, Settings, analyze};
use bisectstat::evidence::{Bisection, Ending, Format, Kind, Role, Side, Source, Verdict};
use bisectstat::ingest::{Reading, read};
use bisectstat::model::behaviour::RatePrior;
use bisectstat::model::beta_binomial::BetaPrior;
use bisectstat::model::prior::AgePrior;
use bisectstat::prob::Prob;
use proptest::prelude::*;

fn text(name: &str) -> String {
    fs::read_to_string(support::root().join("tests/git_bisect").join(name)).unwrap()
}

fn reading(log: &str) -> Reading {
    read(log.as_bytes(), &Source::new("log")).unwrap()
}

fn only(log: &str) -> Bisection {
    let mut reading = reading(log);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    assert_eq!(reading.bisections.len(), 1);
    reading.bisections.remove(0)
}

fn analysis(log: &str, settings: &Settings) -> Analysis {
    analyze(vec![only(log)], settings).remove(0)
}

#[test]
fn a_log_is_the_walk_that_git_made() {
    let bisection = only(&text("flaky.log"));
    assert_eq!((bisection.format, bisection.kind, bisection.ending), (Format::GitBisect, Kind::Cause, Ending::Culprit));
    let culprit = bisection.culprit.as_ref().unwrap();
    assert_eq!((culprit.commit.short().as_str(), culprit.subject.as_deref()), ("56249df7d510", Some("change 93")));
    let verdicts: Vec<_> = bisection.steps.iter().map(|step| step.verdict().unwrap()).collect();
    use Verdict::{Bad, Good};
    assert_eq!(verdicts, [Bad, Good, Good, Good, Bad, Bad, Bad, Good]);
    let walk = bisection.walk.as_ref().unwrap();
    assert!(walk.concluded && walk.moves.len() == 6);
    assert_eq!((bisection.steps[0].role, bisection.steps[1].role), (Role::Origin, Role::Release));
    assert!(bisection.steps.iter().all(|step| step.inferred && step.runs.len() == 1));
}

/// One run a revision proves little where a test fails in some runs only: the true change 77 must stay possible.
#[test]
fn one_run_a_revision_leaves_doubt() {
    let settings = Settings::default();
    let analysis = analysis(&text("flaky.log"), &settings);
    assert!(analysis.p_named.unwrap().value() < 0.6, "{:?}", analysis.p_named);
    assert_eq!((analysis.p_right, analysis.model.prior.as_str()), (None, "generic"));
    let truth = analysis.gaps.iter().find(|gap| gap.upto.is_some_and(|c| c.short() == "832422525945")).unwrap();
    assert!(truth.credible && truth.posterior.unwrap().value() > 0.1, "{truth:?}");
    let sizes: Vec<_> = analysis.gaps.iter().map(|gap| gap.commits).collect();
    assert_eq!(sizes, [None, Some(32), Some(16), Some(1), Some(1), Some(2), Some(4), Some(8)]);
}

#[test]
fn a_known_reproduction_rate_is_used() {
    let p = |rate: f64| {
        let settings = Settings::default().with_reproduction(Prob::new(rate).unwrap());
        analysis(&text("flaky.log"), &settings).p_named.unwrap().value()
    };
    assert!(p(0.3) < p(0.6) && p(0.6) < p(0.99) && p(0.99) > 0.9, "{} {} {}", p(0.3), p(0.6), p(0.99));
}

/// Four good verdicts and four bad ones, by hand: freak failures on the clean side, the rate on the other; 0.02 for no change.
#[test]
fn the_posterior_is_that_of_single_runs() {
    let background = RatePrior::freak(BetaPrior::LEAK);
    let settings = Settings { background, ..Settings::generic().with_reproduction(Prob::new(0.5).unwrap()) };
    let analysis = analysis(&text("flaky.log"), &settings);
    let sizes = [32.0, 16.0, 1.0, 1.0, 2.0, 4.0, 8.0];
    let mut prior = AgePrior::between_ends(0.05).masses(&sizes.iter().rev().copied().collect::<Vec<_>>());
    prior.reverse();
    let crashes = [false, false, false, false, true, true, true, true];
    let (leak, rate) = (0.002, 0.5);
    let chance = |p: f64, crash: bool| if crash { p } else { 1.0 - p };
    let joint = |g: usize| {
        let runs = crashes.iter().enumerate().map(|(i, crash)| chance(if i < g { leak } else { rate }, *crash));
        0.98 * prior[g].value() * runs.product::<f64>()
    };
    let none = 0.02 * crashes.iter().map(|crash| chance(leak, *crash)).product::<f64>();
    let total: f64 = (0..8).map(joint).sum::<f64>() + none;
    for (g, gap) in analysis.gaps.iter().enumerate() {
        let posterior = gap.posterior_any.unwrap().value();
        assert!((posterior - joint(g) / total).abs() < 1e-4, "{g}: {posterior} {}", joint(g) / total);
    }
}

#[test]
fn words_tell_which_side_fails() {
    let fix = only(&text("fixed.log"));
    assert_eq!((fix.kind, fix.ending), (Kind::Fix, Ending::Culprit));
    assert_eq!(fix.steps[0].role, Role::Head);
    assert_eq!(fix.steps[1].role, Role::Origin);
    assert_eq!((fix.steps[0].verdict(), fix.steps[1].verdict()), (Some(Verdict::Good), Some(Verdict::Bad)));
    let kind = |start: &str, words: (&str, &str)| {
        let (new, old) = words;
        only(&format!("{start}\ngit bisect {new} 1111111111\ngit bisect {old} 2222222222\n")).kind
    };
    assert_eq!(kind("git bisect start", ("bad", "good")), Kind::Cause);
    assert_eq!(kind("git bisect start", ("new", "old")), Kind::Cause);
    assert_eq!(kind("git bisect start --term-new=slow --term-old=fast", ("slow", "fast")), Kind::Cause);
    assert_eq!(kind("git bisect start '--term-new' 'pass' '--term-old' 'fail'", ("pass", "fail")), Kind::Fix);
    assert_eq!(kind("git bisect start --term-new=after --term-old=broken", ("after", "broken")), Kind::Fix);
}

#[test]
fn skipped_commits_are_no_evidence() {
    let bisection = only(&text("skipped.log"));
    assert_eq!((bisection.ending, bisection.candidates.len()), (Ending::Inconclusive, 8));
    let skipped = bisection.steps.iter().filter(|step| step.verdict() == Some(Verdict::Skip));
    assert!(skipped.clone().count() >= 7 && skipped.into_iter().all(|step| step.runs.is_empty()));
    let analysis = analysis(&text("skipped.log"), &Settings::default());
    let best =
        analysis.gaps.iter().max_by(|a, b| a.posterior.unwrap().value().total_cmp(&b.posterior.unwrap().value()));
    assert_eq!(best.unwrap().commits, Some(8));
}

#[test]
fn a_terminal_tells_the_counts_too() {
    let bisection = only(&text("terminal.txt"));
    let walk = bisection.walk.as_ref().unwrap();
    assert_eq!(bisection.ending, Ending::Truncated);
    assert_eq!(walk.moves[0].remaining.unwrap().revisions, 12);
    assert_eq!(walk.pending.unwrap().1.unwrap().revisions, 6);
    let unfinished = only(&text("unfinished.log"));
    assert_eq!((unfinished.ending, unfinished.steps.len()), (Ending::Truncated, 5));
}

#[test]
fn notes_of_runs_replace_the_single_one() {
    let log = "git bisect start\n# bad: [1111111111] a\ngit bisect bad 1111111111\nrun #0: crashed: WARNING in f\nrun #1: OK\n\
               # run #2: skip\ngit bisect good 2222222222\n";
    let bisection = only(log);
    let counts = bisection.steps[0].counts();
    assert_eq!((counts.crashes, counts.passes, counts.voids), (1, 1, 1));
    assert!(!bisection.steps[0].inferred && bisection.steps[1].inferred);
}

#[test]
fn two_bisections_in_one_file_stay_two() {
    let both = text("flaky.log") + &text("skipped.log") + &text("fixed.log");
    let bisections = reading(&both).bisections;
    let ids: Vec<_> = bisections.iter().map(|bisection| bisection.id.as_str()).collect();
    assert_eq!(ids, ["log", "log#2", "log#3"]);
    for (bisection, alone) in bisections.iter().zip(["flaky.log", "skipped.log", "fixed.log"]) {
        assert_eq!(bisection.steps.len(), only(&text(alone)).steps.len(), "{alone}");
        assert_eq!(bisection.culprit.as_ref().map(|c| c.commit), only(&text(alone)).culprit.map(|c| c.commit));
    }
}

#[test]
fn a_damaged_hash_is_one_problem_with_its_line() {
    let log = text("flaky.log").replacen("[8324225", "[83x4225", 1);
    let reading = reading(&log);
    assert_eq!(reading.problems.len(), 1);
    assert_eq!(reading.problems[0].line.0, 6);
    // The command in the next line says the same.
    assert_eq!(reading.bisections[0].steps.len(), 8);
}

#[test]
fn the_report_is_as_reviewed() {
    let ran = support::run(&["analyze", "tests/git_bisect/flaky.log"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout);
}

/// Comments and commands say the same: either alone is enough.
#[test]
fn comments_and_commands_agree() {
    let log = text("flaky.log");
    let sides = |keep: &dyn Fn(&&str) -> bool| -> Vec<Option<Side>> {
        let part: Vec<_> = log.lines().filter(keep).collect();
        let walk = only(&(part.join("\n") + "\n")).walk.unwrap();
        walk.moves.iter().map(|m| m.side).collect()
    };
    let whole = sides(&|_| true);
    assert_eq!(sides(&|line| line.starts_with('#') || line.contains("start")), whole);
    let commands = log.lines().filter(|line| line.starts_with("git bisect") && !line.contains("start")).count();
    assert_eq!(commands, whole.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Cut anywhere, lines dropped, doubled or swapped: never a panic, and a posterior that sums to one.
    #[test]
    fn nothing_breaks_it(cut in 0usize..2000, drop in 0usize..20, swap in (0usize..20, 0usize..20), name in 0usize..5) {
        let names = ["flaky.log", "fixed.log", "skipped.log", "terminal.txt", "unfinished.log"];
        let log = text(names[name]);
        let mut lines: Vec<&str> = log.lines().collect();
        let (a, b) = (swap.0 % lines.len(), swap.1 % lines.len());
        lines.swap(a, b);
        lines.remove(drop % lines.len());
        lines.insert(a % lines.len(), lines[b % lines.len()]);
        let damaged = lines.join("\n");
        let damaged = &damaged.as_bytes()[..cut.min(damaged.len())];
        if let Ok(reading) = read(damaged, &Source::new("log")) {
            for analysis in analyze(reading.bisections, &Settings::default()) {
                let gaps = analysis.gaps.iter().filter_map(|gap| gap.posterior);
                let total: f64 = gaps.chain(analysis.p_no_change).map(Prob::value).sum();
                prop_assert!(total == 0.0 || (total - 1.0).abs() < 1e-6, "{total}");
            }
        }
    }
}
