//! What a plain `git bisect` leaves behind. The logs in `tests/git_bisect/` are git's own (2.47), of a history of 120 commits:
//! `flaky.log` of a test that fails in 0.6 of runs from change 77 on, `fixed.log` of a fix in change 40, `skipped.log` of a bug
//! in change 53 among commits that cannot be tested, `unfinished.log` and `terminal.txt` of one walk.

#![cfg(feature = "cli")]

use crate::support;

use std::fmt::Write as _;
use std::fs;

use bisectstat::analysis::{Analysis, Settings, analyze};
use bisectstat::evidence::{Bisection, CommitId, Ending, Format, Kind, RevisionName, Role, Side, Source, Verdict};
use bisectstat::history::{Commit, History};
use bisectstat::ingest::table::{Columns, Meaning};
use bisectstat::ingest::{Flaw, Reading, read, read_beside, read_with};
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
    // It replaces the rates and nothing else: what was learned of other people's bugs stays out.
    let background = RatePrior::background_below(0.5, 0.97);
    let mut generic = Settings::generic().with_reproduction(Prob::new(0.6).unwrap());
    generic.background = background;
    let expected = analysis(&text("flaky.log"), &generic).p_named.unwrap().value();
    assert!((p(0.6) - expected).abs() < 1e-12, "{} {expected}", p(0.6));
}

/// Four good verdicts and four bad ones, by hand: freak failures on the clean side, the rate on the other; 0.02 for no change.
#[test]
fn the_posterior_is_that_of_single_runs() {
    let mut settings = Settings::generic().with_reproduction(Prob::new(0.5).unwrap());
    settings.background = RatePrior::freak(BetaPrior::LEAK);
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
    let counts: Vec<_> = walk.moves.iter().map(|one| one.remaining.unwrap().revisions).collect();
    assert_eq!(counts, [49, 24, 12]);
    assert_eq!(ends(&bisection), ["HEAD", "HEAD~100"]);
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

fn ends(bisection: &Bisection) -> [String; 2] {
    let walk = bisection.walk.as_ref().unwrap();
    [&walk.new_end, &walk.old_end].map(|end| match end {
        RevisionName::Commit(commit) => commit.to_string(),
        RevisionName::Tag(tag) => tag.to_string(),
    })
}

const LEFT: &str = "4e1f0aa1b2c3d4e5f60718293a4b5c6d7e8f9001";
const RIGHT: &str = "7d2c9bb1b2c3d4e5f60718293a4b5c6d7e8f9002";

/// The same session under every prompt: a shell of root's, zsh's themes, colours, a quoted mail, times, another language.
#[test]
fn a_terminal_is_read_under_every_prompt() {
    let session = |prompt: &str, one: &str, none: &str| {
        format!(
            "{prompt}git bisect start\n{prompt}git bisect bad\n{prompt}git bisect good v6.1.4\n{one}\n[{LEFT}] net: one\n\
             {prompt}make -j8 && ./t.sh\n[INFO] Scanning\n[  31.031172][  T210] cut here\n{prompt}git bisect good\n{none}\n\
             [{RIGHT}] net: two\n{prompt}git bisect bad\n{RIGHT} is the first bad commit\n"
        )
    };
    let english = (
        "Bisecting: 1 revision left to test after this (roughly 1 step)",
        "Bisecting: 0 revisions left to test after this (roughly 0 steps)",
    );
    let swedish = (
        "Bisekterar: 1 revision kvar att testa efter denna (ungefär 1 steg)",
        "Bisekterar: 0 revisioner kvar att testa efter denna (ungefär 0 steg)",
    );
    let log = only(&format!(
        "git bisect start\n# bad: [1111111111111111111111111111111111111111] Linux 6.1.9\ngit bisect bad \
         1111111111111111111111111111111111111111\n# good: [2222222222222222222222222222222222222222] Linux 6.1.4\n\
         git bisect good 2222222222222222222222222222222222222222\n# good: [{LEFT}] net: one\ngit bisect good {LEFT}\n\
         # bad: [{RIGHT}] net: two\ngit bisect bad {RIGHT}\n# first bad commit: [{RIGHT}] net: two\n"
    ));
    let masses = |bisection: Bisection| -> Vec<f64> {
        let analysis = analyze(vec![bisection], &Settings::default()).remove(0);
        analysis.gaps.iter().map(|gap| gap.posterior.unwrap().value()).collect()
    };
    let plain = masses(log);
    let prompts = [
        "$ ",
        "# ",
        "% ",
        "user@box:~/linux$ ",
        "root@box:/usr/src/linux# ",
        "[user@box linux]$ ",
        "➜  linux git:(4e1f0aa) ✗ ",
        "❯ ",
        "12:30:01 user@box % ",
        "\u{1b}[01;32muser@box\u{1b}[00m:\u{1b}[01;34m~\u{1b}[00m$ ",
        "\u{1b}]0;~/linux\u{7}$ ",
    ];
    for prompt in prompts {
        for (one, none) in [english, swedish] {
            let text = session(prompt, one, none);
            let bisection = only(&text);
            assert_eq!(ends(&bisection), ["HEAD", "v6.1.4"], "{text}");
            let sides: Vec<_> = bisection.walk.as_ref().unwrap().moves.iter().map(|one| one.side).collect();
            assert_eq!(sides, [Some(Side::Old), Some(Side::New)], "{text}");
            assert_eq!(masses(bisection), plain, "{text}");
            let quoted: String = text.lines().flat_map(|line| ["> >> ", line, "\n"]).collect();
            assert_eq!(masses(only(&quoted)), plain, "{quoted}");
        }
    }
}

#[test]
fn ends_are_ends_by_their_place() {
    let rest =
        format!("Bisecting: 0 revisions left to test after this (roughly 0 steps)\n[{LEFT}] s\n$ git bisect bad\n");
    let of = |start: &str| ends(&only(&format!("{start}\n{rest}")));
    assert_eq!(of("$ git bisect start master v1.2 -- src"), ["master", "v1.2"]);
    assert_eq!(of("$ git bisect start --first-parent HEAD HEAD~9"), ["HEAD", "HEAD~9"]);
    assert_eq!(of("$ git bisect start\n$ git bisect bad\n$ git checkout v1.2\n$ git bisect good"), ["HEAD", "v1.2"]);
    // Comments have the hashes of what the start names.
    let log = format!("# bad: [{RIGHT}] r\n# good: [{LEFT}] l\ngit bisect start 'HEAD' 'v1'\n");
    assert_eq!(ends(&only(&log)), [RIGHT, LEFT]);
    let log = format!("git bisect start 'HEAD' 'v1'\n# bad: [{RIGHT}] r\n# good: [{LEFT}] l\n");
    assert_eq!(ends(&only(&log)), [RIGHT, LEFT]);
}

/// In git's log as on a terminal.
#[test]
fn the_same_verdict_typed_twice_is_one() {
    let once = format!(
        "git bisect start\n# bad: [{RIGHT}] r\ngit bisect bad {RIGHT}\n# good: [{LEFT}] l\ngit bisect good {LEFT}\n"
    );
    let twice =
        format!("{once}# bad: [{RIGHT}] r\ngit bisect bad {RIGHT}\n# bad: [{RIGHT}] r\ngit bisect bad {RIGHT}\n");
    assert_eq!(only(&twice).steps.len(), only(&once).steps.len());
    // Abbreviated and in capitals it is the same commit.
    let short = format!("{once}git bisect bad {}\n", RIGHT[..9].to_uppercase());
    assert_eq!(only(&short).steps.len(), 2);
    let contrary = format!("{once}# good: [{RIGHT}] r\ngit bisect good {RIGHT}\n");
    assert_eq!(only(&contrary).steps.len(), 3);
}

#[test]
fn counts_beside_a_verdict_are_its_runs() {
    let log = |bad: &str, good: &str| {
        format!(
            "git bisect start\n# bad: [{RIGHT}] r\ngit bisect bad {RIGHT} {bad}\n# good: [{LEFT}] l\ngit bisect good {LEFT}\n{good}\n"
        )
    };
    let counts = |log: &str| -> Vec<(u32, u32)> {
        only(log).steps.iter().map(|step| (step.counts().crashes, step.counts().passes)).collect()
    };
    assert_eq!(counts(&log("# runs: 3/20", "# runs: 0/30")), [(3, 17), (0, 30)]);
    assert_eq!(counts(&log("# 3 of 20 fail", "# 30 of 30 pass")), [(3, 17), (0, 30)]);
    assert_eq!(counts(&log("", "")), [(1, 0), (0, 1)]);
    // Numbers that do not say which runs failed are said: counted where the verdicts agree with one way alone, else one run is
    // what a verdict tells.
    let said = |bad: &str, good: &str| {
        let reading = reading(&log(bad, good));
        assert!(reading.problems.iter().all(|problem| problem.flaw.is_warning()));
        let counts = reading.bisections[0].steps.iter().map(|step| (step.counts().crashes, step.counts().passes));
        (reading.problems.into_iter().map(|problem| problem.flaw).collect::<Vec<_>>(), counts.collect::<Vec<_>>())
    };
    assert_eq!(said("# 1/10", "# 0/10"), (vec![Flaw::TallySense("crashes")], vec![(1, 9), (0, 10)]));
    assert_eq!(said("# 9/10", "# 10/10"), (vec![Flaw::TallySense("passes")], vec![(1, 9), (0, 10)]));
    assert_eq!(said("# 1/10", ""), (vec![Flaw::Tally], vec![(1, 0), (0, 1)]), "either way");
    assert_eq!(said("# 1/10", "# 1/10"), (vec![Flaw::Tally; 2], vec![(1, 0), (0, 1)]), "neither way");
}

#[test]
fn words_that_do_not_tell_are_asked_for() {
    let log = "git bisect start --term-new=after --term-old=before\ngit bisect after 1111111111\ngit bisect before 2222222222\n";
    let kinds = |log: &str, told: &[(Meaning, &str)]| {
        let columns: Columns = told.iter().map(|(meaning, word)| (*meaning, (*word).to_owned())).collect();
        let Reading { bisections, problems, .. } = read_with(log.as_bytes(), &Source::new("log"), &columns).unwrap();
        (
            bisections.first().map(|one| one.kind),
            problems.first().map(|problem| (problem.flaw.is_question(), problem.flaw.is_warning())),
        )
    };
    assert_eq!(kinds(log, &[]), (None, Some((true, false))));
    assert_eq!(kinds(log, &[(Meaning::Crashes, "after")]), (Some(Kind::Cause), None));
    assert_eq!(kinds(log, &[(Meaning::Passes, "after")]), (Some(Kind::Fix), None));
    let neutral = "git bisect start\ngit bisect new 1111111111\ngit bisect old 2222222222\n";
    assert_eq!(kinds(neutral, &[]), (Some(Kind::Cause), Some((false, true))));
    assert_eq!(kinds(neutral, &[(Meaning::Crashes, "old")]), (Some(Kind::Fix), None));
    let unannounced = "git bisect start\n# works: [1111111111] a\n# broken: [2222222222] b\n";
    assert_eq!(kinds(unannounced, &[]), (None, Some((true, false))));
    let alike = "git bisect start --term-new=slow --term-old=broken\ngit bisect slow 1111111111\ngit bisect broken 2222222222\n";
    assert_eq!(kinds(alike, &[]), (None, Some((true, false))));
}

/// What a bot found when it tested the culprit again is evidence: more of it, a surer answer.
#[test]
fn second_tests_of_the_culprit_count() {
    let mail = |checks: &str| {
        format!(
            "Checks:\n{checks}\ngit bisect start\n# good: [{LEFT}] l\ngit bisect good {LEFT}\n# bad: [{RIGHT}] r\ngit bisect bad {RIGHT}\n# first bad commit: [{RIGHT}] r\n"
        )
    };
    let p = |checks: &str| analysis(&mail(checks), &Settings::default()).p_named.unwrap().value();
    let (none, both) = (p(""), p("  revert:     PASS\n  verify:     PASS\n"));
    assert!(p("  verify:     PASS\n") > none && both > p("  revert:     PASS\n") && both > none, "{none} {both}");
    assert!(p("  verify:     FAIL\n") < none && p("  revert:     FAIL\n") < none);
}

/// A history with a merge: 1, then 2 to 5 on one branch and 6 to 8 on another, then the merge 9, then 10.
fn history() -> History {
    let name = |i: usize| CommitId::parse(&format!("{i:040x}")).unwrap();
    let parents = |i: usize| match i {
        1 => Vec::new(),
        6 => vec![1],
        9 => vec![5, 8],
        i => vec![i - 1],
    };
    let commits = (1..=10).map(|i| Commit {
        id: name(i),
        parents: parents(i).into_iter().map(name).collect(),
        date: i as u64,
        subject: String::new(),
        files: None,
    });
    History::of("told", commits.collect()).unwrap()
}

/// `git bisect run` prints candidates alone: a repository tells what became of each.
#[test]
fn the_verdicts_of_git_bisect_run_follow_from_the_history() {
    for culprit in 2..=10 {
        let run = run_of_git(culprit);
        let reading = heard(&run);
        assert!(reading.problems.is_empty(), "{:?}\n{}", reading.problems, run.log);
        assert_eq!(sides(&reading), run.truth, "{}", run.log);
        // Without a repository: one question, and never half of it.
        let Reading { bisections, problems, .. } = reading_of(&run.log);
        assert!(
            bisections.is_empty() && problems.len() == 1 && problems[0].flaw == Flaw::Unheard(None),
            "{problems:?}"
        );
    }
}

/// What git prints, and what its program said of each candidate: none for a skip.
struct RunOfGit {
    log: String,
    truth: Vec<Option<Side>>,
}

fn whole(i: usize) -> String {
    format!("{i:040x}")
}

/// A run of git over the commits 2 to 10.
fn run_of_git(culprit: usize) -> RunOfGit {
    let history = history();
    let node = |i: usize| history.find(&CommitId::parse(&whole(i)).unwrap()).unwrap();
    let contains = |commit: usize, ancestor: usize| history.contains(node(commit), node(ancestor));
    let mut run = RunOfGit { log: format!("$ git bisect start {} {}\n", whole(10), whole(1)), truth: Vec::new() };
    let mut suspects: Vec<usize> = (2..=10).collect();
    while suspects.len() > 1 {
        let all = suspects.len();
        let reached = |i: usize| suspects.iter().filter(|one| contains(i, **one)).count();
        let far = |i: &usize| all - 2 * reached(*i).min(all - reached(*i));
        let next = *suspects.iter().min_by_key(|i| far(i)).unwrap();
        // As git's `estimate_bisect_steps` has it.
        let power = all.ilog2();
        let steps = if all < 3 { 0 } else { power - u32::from(1 << power >= 3 * (all - (1 << power))) };
        writeln!(
            run.log,
            "Bisecting: {} revisions left to test after this (roughly {steps} steps)\n[{}] s\nrunning './t.sh'",
            all - reached(next) - 1,
            whole(next)
        )
        .unwrap();
        let bad = contains(next, culprit);
        run.truth.push(Some(if bad { Side::New } else { Side::Old }));
        suspects.retain(|i| contains(next, *i) == bad);
    }
    writeln!(run.log, "{} is the first bad commit", whole(suspects[0])).unwrap();
    run
}

fn heard(run: &RunOfGit) -> Reading {
    read_beside(run.log.as_bytes(), &Source::new("log"), &Columns::new(), Some(&history())).unwrap()
}

fn sides(reading: &Reading) -> Vec<Option<Side>> {
    reading.bisections[0].walk.as_ref().unwrap().moves.iter().map(|one| one.side).collect()
}

fn reading_of(log: &str) -> Reading {
    read(log.as_bytes(), &Source::new("log")).unwrap()
}

/// Mercurial says how many are left, itself among them: from one number to the next follows how many lie on either side.
#[test]
fn the_numbers_of_hg_are_those_of_git() {
    let log = "$ hg bisect -b\n$ hg bisect -g 1\nTesting changeset 16:aaaaaaaaaaaa (30 changesets remaining, ~4 tests)\n$ hg bisect -g\n\
               Testing changeset 24:bbbbbbbbbbbb (15 changesets remaining, ~3 tests)\n$ hg bisect -b\n\
               Testing changeset 20:cccccccccccc (8 changesets remaining, ~3 tests)\n$ hg bisect -g\n\
               Testing changeset 22:dddddddddddd (4 changesets remaining, ~2 tests)\n";
    let analysis = analysis(log, &Settings::default());
    let gaps: Vec<_> = analysis.gaps.iter().filter_map(|gap| gap.commits).collect();
    assert_eq!(gaps, [15, 4, 4, 7]);
}

/// The log that was printed afterwards tells all of it.
#[test]
fn a_log_after_a_session_is_read_in_its_place() {
    let log = format!(
        "$ git bisect start\n$ git bisect run ./t.sh\nBisecting: 0 revisions left to test after this (roughly 0 steps)\n[{LEFT}] l\n\
         running './t.sh'\n{RIGHT} is the first bad commit\n$ git bisect log\ngit bisect start\n# bad: [{RIGHT}] r\n\
         git bisect bad {RIGHT}\n# good: [1111111111111111111111111111111111111111] o\n\
         git bisect good 1111111111111111111111111111111111111111\n# good: [{LEFT}] l\ngit bisect good {LEFT}\n\
         # first bad commit: [{RIGHT}] r\n"
    );
    let bisection = only(&log);
    assert_eq!((bisection.steps.len(), bisection.ending), (3, Ending::Culprit));
}

/// A good end of a stable branch: git tests the merge base first, and nothing lies between the two.
#[test]
fn the_merge_base_is_the_old_end() {
    let log = |subjects: [&str; 3]| {
        let [good, bad, base] = subjects;
        format!(
            "git bisect start\n# good: [1111111111] {good}\ngit bisect good 1111111111\n# bad: [2222222222] {bad}\n\
             git bisect bad 2222222222\n# good: [3333333333] {base}\ngit bisect good 3333333333\n# bad: [4444444444] s\n\
             git bisect bad 4444444444\n"
        )
    };
    let off = analysis(&log(["Linux 6.1.9", "Linux 6.2", "Linux 6.1"]), &Settings::default());
    let on = analysis(&log(["Linux 6.1", "Linux 6.2", "Merge tag 'x'"]), &Settings::default());
    let after =
        |analysis: &Analysis| -> Vec<_> { analysis.gaps.iter().map(|gap| gap.after.map(|c| c.to_string())).collect() };
    let name = |name: &str| Some(name.to_owned());
    assert_eq!(after(&off), [None, name("3333333333"), name("4444444444")]);
    assert_eq!(after(&on), [None, name("1111111111"), name("3333333333"), name("4444444444")]);
    let terminal = "$ git bisect start v2 v1-fixes\nBisecting: a merge base must be tested\n\
                    [3333333333333333333333333333333333333333] s\n$ git bisect good\n\
                    Bisecting: 5 revisions left to test after this (roughly 3 steps)\n\
                    [4444444444444444444444444444444444444444] s\n$ git bisect bad\n";
    assert_eq!(ends(&only(terminal)), ["v2", "3333333333333333333333333333333333333333"]);
    // One that has the bug: it is older.
    let dirty =
        "git bisect start v2 v1-fixes\n+ exit 2\nThe merge base 3333333333333333333333333333333333333333 is bad.\n";
    let analysis = analysis(dirty, &Settings::default());
    assert_eq!(after(&analysis)[1..], [name("3333333333333333333333333333333333333333")]);
    assert!(analysis.gaps[0].posterior.unwrap().value() > 0.8, "{:?}", analysis.gaps);
}

/// `name verdict` of each step, in the order in which they were told.
fn verdicts(bisection: &Bisection) -> Vec<String> {
    let step = |step: &bisectstat::evidence::Step| {
        let counts = step.counts();
        format!("{} {} {}/{}", step.commit, step.verdict().map_or("-", Verdict::name), counts.crashes, counts.passes)
    };
    bisection.steps.iter().map(step).collect()
}

#[test]
fn mercurials_commands_are_read() {
    let log = "changeset 40:aaaaaaaaaaaa: bad\nchangeset 4:bbbbbbbbbbbb: good\nchangeset 22:cccccccccccc: bad\n\
               changeset 13:dddddddddddd: skipped\nchangeset 12:eeeeeeeeeeee: good\nThe first bad revision is:\n\
               changeset:   22:cccccccccccc\nuser:        test\n";
    let bisection = only(log);
    assert_eq!((bisection.kind, bisection.ending), (Kind::Cause, Ending::Culprit));
    assert_eq!(ends(&bisection), ["aaaaaaaaaaaa", "bbbbbbbbbbbb"]);
    assert_eq!(
        verdicts(&bisection),
        [
            "aaaaaaaaaaaa bad 1/0",
            "bbbbbbbbbbbb good 0/1",
            "cccccccccccc bad 1/0",
            "dddddddddddd skip 0/0",
            "eeeeeeeeeeee good 0/1"
        ]
    );
    // The bad end is older: a fix.
    let fix = "changeset 4:aaaaaaaaaaaa: bad\nchangeset 40:bbbbbbbbbbbb: good\nchangeset 22:cccccccccccc: good\n";
    let fix = only(fix);
    assert_eq!((fix.kind, ends(&fix)), (Kind::Fix, ["bbbbbbbbbbbb".to_owned(), "aaaaaaaaaaaa".to_owned()]));
    assert_eq!(fix.steps[2].verdict(), Some(Verdict::Good));
}

#[test]
fn mercurial_by_hand_and_its_state_are_read() {
    let log = "$ hg bisect --reset\n$ hg bisect --bad\n$ hg bisect --good 3\n\
               Testing changeset 16:aaaaaaaaaaaa (30 changesets remaining, ~4 tests)\n$ make test\n$ hg bisect -g\n\
               Testing changeset 23:bbbbbbbbbbbb (15 changesets remaining, ~3 tests)\n$ hg bisect -b\n\
               The first bad revision is:\nchangeset:   23:bbbbbbbbbbbb\n";
    let bisection = only(log);
    assert_eq!(ends(&bisection), [".", "3"]);
    assert_eq!(verdicts(&bisection)[2..], ["aaaaaaaaaaaa good 0/1", "bbbbbbbbbbbb bad 1/0"]);
    let hash = |digit: &str| digit.repeat(40);
    let state = format!(
        "bad {}\nbad {}\ncurrent {}\ngood {}\nskip {}\n",
        hash("a"),
        hash("b"),
        hash("c"),
        hash("d"),
        hash("e")
    );
    let reading = reading(&state);
    assert_eq!(reading.problems.iter().map(|problem| &problem.flaw).collect::<Vec<_>>(), [&Flaw::Direction]);
    assert_eq!(ends(&reading.bisections[0]), [hash("a"), hash("d")]);
}

#[test]
fn bazelisk_is_read() {
    let log = "--- Getting the list of commits between 7.2.0 and 7.3.0\nFound 31 commits between (aaaaaaaaaaaa, 7.3.0]\n\
               --- Verifying if the given good Bazel commit (aaaaaaaaaaaa) is actually good\n--- Succeeded at aaaaaaaaaaaa\n\
               --- Start bisecting\n--- Testing with Bazel built at bbbbbbbbbbbb, 31 commits remaining...\n\
               --- Failed at bbbbbbbbbbbb\n--- Testing with Bazel built at cccccccccccc, 15 commits remaining...\n\
               --- Succeeded at cccccccccccc\n--- Bisect Result\nfirst bad commit is bbbbbbbbbbbb\n";
    let bisection = only(log);
    assert_eq!(
        (bisection.ending, ends(&bisection)),
        (Ending::Culprit, ["7.3.0".to_owned(), "aaaaaaaaaaaa".to_owned()])
    );
    assert_eq!(verdicts(&bisection)[2..], ["bbbbbbbbbbbb bad 1/0", "cccccccccccc good 0/1"]);
}

#[test]
fn builds_that_could_not_be_built_and_runs_of_nobody_are_said() {
    let log = |subject: &str, comment: &str| {
        format!(
            "git bisect start\n# bad: [{RIGHT}] r{subject}\ngit bisect bad {RIGHT}\n# good: [{LEFT}] l\ngit bisect good {LEFT}{comment}\n"
        )
    };
    for (subject, comment) in
        [(" (build fails: undefined reference)", ""), ("", " # does not compile"), ("", "\n# build failed")]
    {
        let reading = reading(&log(subject, comment));
        let flaws: Vec<_> = reading.problems.iter().map(|problem| &problem.flaw).collect();
        assert_eq!(flaws, [&Flaw::Unbuilt], "{subject}{comment}");
        assert!(Flaw::Unbuilt.is_warning() && reading.bisections[0].steps.len() == 2);
    }
    assert!(only(&log(" Fix the build failure (v2)", "")).culprit.is_none(), "a subject");
    let runs = "run #0: crashed: WARNING in queue_pop\nrun #1: crashed: WARNING in queue_pop\n";
    let refused = read(runs.as_bytes(), &Source::new("mail")).unwrap_err().to_string();
    assert!(refused.contains("testing commit HASH"), "{refused}");
}

/// Nobody knows how many commits lie between two daily builds; more days are likelier to hold the change than one.
#[test]
fn daily_builds_lie_days_apart() {
    let list = "61.0a1 - 2018-01-01 - good\n61.0a1 - 2018-03-01 - good\n61.0a1 - 2018-03-02 - bad\n";
    let analysis = analysis(list, &Settings::default());
    assert!(analysis.gaps.iter().all(|gap| gap.commits.is_none() && !gap.commits_exact), "{:?}", analysis.gaps);
    let mass = |gap: usize| analysis.gaps[gap].posterior.unwrap().value();
    let near = "61.0a1 - 2018-02-28 - good\n61.0a1 - 2018-03-01 - good\n61.0a1 - 2018-03-02 - bad\n";
    let near = analyze(vec![only(near)], &Settings::default()).remove(0);
    assert!(mass(1) > 2.0 * near.gaps[1].posterior.unwrap().value(), "two months, and one day");
}

#[test]
fn cargo_bisect_rustc_is_read() {
    let hash = "d".repeat(40);
    let log = format!(
        "RESULT: nightly-2024-03-09, ===> Yes\nRESULT: nightly-2024-03-01, ===> No\nRESULT: nightly-2024-03-05, ===> Yes\n\
         RESULT: nightly-2024-03-05, ===> Yes\nRegression in nightly-2024-03-05\nRESULT: {hash}, ===> Yes\nRegression in {hash}\n"
    );
    let bisection = only(&log);
    // The same toolchain tested twice is two runs.
    assert!(verdicts(&bisection).contains(&"nightly-2024-03-05 bad 2/0".to_owned()), "{bisection:?}");
    assert_eq!(ends(&bisection), ["nightly-2024-03-09", "nightly-2024-03-01"]);
    assert_eq!(bisection.culprit.as_ref().unwrap().commit.to_string(), hash);
}

/// What the ends of the range show is what old and new builds show.
#[test]
fn cargo_bisect_rustc_may_use_other_words() {
    let log = "checking the start range to verify it passes\nRESULT: nightly-2026-05-01, ===> Successfully compiled\n\
               checking the end range to verify it does not pass\nRESULT: nightly-2026-05-09, ===> Compile error\n\
               RESULT: nightly-2026-05-05, ===> Successfully compiled\nRESULT: nightly-2026-05-07, ===> Unknown\n\
               Regression in nightly-2026-05-09\n";
    let bisection = only(log);
    let verdicts = verdicts(&bisection);
    for verdict in ["nightly-2026-05-01 good 0/1", "nightly-2026-05-09 bad 1/0", "nightly-2026-05-05 good 0/1"] {
        assert!(verdicts.contains(&verdict.to_owned()), "{verdicts:?}");
    }
}

/// Who checks out another revision than git's candidate tells of that one.
#[test]
fn a_verdict_is_that_of_what_was_checked_out() {
    let (candidate, other) = ("d786c734ab699c22b6ddea8b94cad2af7fef5420", "1e33d31");
    let log = |moved: &str| {
        format!(
            "$ git bisect start v1.1 v1.0\nBisecting: 19 revisions left to test after this (roughly 4 steps)\n\
             [{candidate}] step 19\n{moved}$ git bisect good\n\
             Bisecting: 11 revisions left to test after this (roughly 4 steps)\n\
             [b0bf72be70529d4ea73abce0afd5a2e1da176362] step 27\n$ git bisect bad\n"
        )
    };
    let good = |moved: &str| {
        let Reading { bisections, problems, .. } = reading(&log(moved));
        let verdicts: Vec<_> =
            bisections.iter().flat_map(verdicts).filter(|verdict| verdict.contains("good")).collect();
        (verdicts, problems.len())
    };
    let now = format!("HEAD is now at {other} step 16\n");
    let there = (vec!["v1.0 good 0/1".to_owned(), format!("{other} good 0/1")], 0);
    assert_eq!(good(&format!("$ git reset --hard HEAD~3\n{now}")), there);
    assert_eq!(good(&format!("$ git checkout HEAD~3\nPrevious HEAD position was d786c73 step 19\n{now}")), there);
    assert_eq!(good(&format!("$ git checkout {other}\n")), there);
    // Somebody looked elsewhere, and came back.
    let back = format!(
        "$ git checkout v1.0\nHEAD is now at 0a0a0a0 x\n$ git checkout -\nHEAD is now at {} y\n",
        &candidate[..7]
    );
    assert_eq!(good(&back).0[1][..10], candidate[..10]);
    // Three before what?
    assert_eq!(good("$ git checkout HEAD~3\n"), (vec!["v1.0 good 0/1".to_owned()], 1));
}

/// A log that was cut and replayed takes back what it no longer has; one that is shown in between changes nothing.
#[test]
fn what_was_taken_back_counts_no_more() {
    let (first, second) = ("d786c734ab699c22b6ddea8b94cad2af7fef5420", "3bd8db85db563b1ce5ab5cccc0a1e163adf07aaa");
    let left = |steps: u32| format!("Bisecting: 9 revisions left to test after this (roughly {steps} steps)\n");
    let (four, three) = (left(4), left(3));
    let log = |rest: &str| format!("$ git bisect start v1.1 v1.0\n{four}[{first}] x\n{rest}");
    let replayed = log(&format!(
        "$ git bisect bad\n{three}[{second}] y\n$ git bisect log > l\n$ git bisect reset\n$ git bisect replay l\n{four}[{first}] \
         x\n$ git bisect good\n"
    ));
    assert_eq!(verdicts(&only(&replayed)), ["v1.1 bad 1/0", "v1.0 good 0/1", &format!("{first} good 0/1")]);
    let shown = log(&format!(
        "$ git bisect good\n{three}[{second}] y\n$ git bisect log\n# good: [{first}] x\ngit bisect good {first}\n$ git bisect bad\n"
    ));
    let both = [format!("{first} good 0/1"), format!("{second} bad 1/0")];
    assert_eq!(verdicts(&only(&shown))[2..], both);
    let skipped = log(&format!("$ git bisect skip v1.0..v1.1~3\n{three}[{second}] y\n$ git bisect bad\n"));
    assert_eq!(verdicts(&only(&skipped))[2..], [format!("{first} skip 0/0"), both[1].clone()]);
}

#[test]
fn mozregression_is_read() {
    let list = "61.0a1 - 2018-02-24 - good\n61.0a1 - 2018-03-10 - bad\n61.0a1 - 2018-03-03 - good\n";
    assert_eq!(verdicts(&only(list)), ["2018-03-10 bad 1/0", "2018-02-24 good 0/1", "2018-03-03 good 0/1"]);
    let windows = "0:10.1 INFO: Narrowed nightly regression window from [2018-02-24, 2018-03-10] (14 days) to [2018-03-03, \
                   2018-03-10] (7 days) (~2 steps left)\n0:20.1 INFO: Narrowed nightly regression window from [2018-03-03, \
                   2018-03-10] (7 days) to [2018-03-03, 2018-03-06] (3 days) (~1 steps left)\n\
                   0:30.1 INFO: Last good revision: aaaaaaaaaaaa (2018-03-03)\n\
                   0:30.1 INFO: First bad revision: bbbbbbbbbbbb (2018-03-06)\n";
    let bisection = only(windows);
    assert_eq!(
        verdicts(&bisection),
        ["2018-03-10 bad 1/0", "2018-03-06 bad 1/0", "2018-02-24 good 0/1", "2018-03-03 good 0/1"]
    );
    assert_eq!(bisection.culprit.as_ref().unwrap().commit.to_string(), "2018-03-06");
}

/// What is known and not read is called by its name, with what to write in its place.
#[test]
fn other_tools_are_named() {
    let inputs = [
        ("Now evaluating: kk 123b4d9 b\nThe revision is bad.\n", "jj"),
        ("bisect: checking target with all changes disabled\nbisect: run: go test... ok (0 matches)\n", "Go"),
        ("{\"version\":{\"major\":4},\"checkouts\":[],\"builds\":[],\"tests\":[]}\n", "KCIDB"),
        ("- id: '1'\n  suite: lava\n  name: login\n  result: fail\n", "LAVA"),
        ("{\"reportFormat\":\"CTRF\",\"results\":{}}\n", "CTRF"),
        ("Project URL,SHA Detected,Module Path,Fully-Qualified Test Name (x),Category,Status\n", "IDoFT"),
        ("time,commit,branch,speed\n2024.01.01 3:00:00 +0100,aaa0,main,154023\n", "Otava"),
        (
            "Bisecting range [863339 (good), 863378 (bad)], roughly 2 steps left.\nTrying revision 863351...\n",
            "Chromium",
        ),
        ("5s: 0 runs so far, 0 failures\n40s: 12 runs so far, 0 failures\n", "stress"),
    ];
    for (input, name) in inputs {
        let error = read(input.as_bytes(), &Source::new("x")).unwrap_err().to_string();
        assert!(error.starts_with("found ") && error.contains(name) && error.contains("write"), "{error}");
    }
}

/// Two walks from the same ends that part at one verdict: a finding in each, and together one line of all their runs.
#[test]
fn bisections_that_disagree_are_judged_together() {
    let log = fs::read_to_string(support::root().join("tests/rules/disagreeing-bisections.fires.txt")).unwrap();
    let bisections = reading(&log).bisections;
    assert_eq!(bisections.len(), 2);
    let mut analyses = analyze(bisections.clone(), &Settings::default());
    bisectstat::finding::judge(&mut analyses, &bisectstat::finding::Limits::default());
    for analysis in &analyses {
        assert!(analysis.findings.iter().any(|finding| finding.rule.code == "BS311"), "{:?}", analysis.findings);
    }
    let all = bisectstat::analysis::together(bisections.clone(), None).unwrap();
    let runs = |one: &Bisection| one.steps.iter().map(|step| step.runs.len()).sum::<usize>();
    assert_eq!(runs(&all), bisections.iter().map(runs).sum::<usize>());
    let analysis = analyze(vec![all], &Settings::default()).remove(0);
    let after: Vec<_> =
        analysis.gaps.iter().filter_map(|gap| gap.upto).map(|commit| commit.to_string()[..2].to_owned()).collect();
    assert_eq!(after, ["a0", "a4", "a6", "a7", "a8", "ac", "ad", "ae", "b0"]);
    let ran = support::run(&["analyze", "--together", "tests/rules/disagreeing-bisections.fires.txt"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
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
