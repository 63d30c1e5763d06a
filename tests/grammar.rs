//! The promise: a log of any generation, in whatever dress it was saved, gives the evidence that a careful person would
//! read from it. What is free text is never taken for evidence, and each line is accounted for. No input makes the
//! reader or the analysis panic.
//!
//! The logs are invented. A hash is one digit forty times over, so that a step is told by one character. A step is
//! shown as `role commit verdict crashes/passes/voids`, with `!` for a verdict that the log records, `?` for one that
//! is deduced, and `*` for a deduced number of runs.

#![cfg(feature = "cli")]

use crate::support;

use std::fs;

use bisectstat::analysis::{self, Settings};
use bisectstat::evidence::{
    Basis, Bisection, CommitId, Decision, Ending, Kind, Outcome, RevisionName, Side, Source, Step, VoidKind,
};
use bisectstat::frame::Frames;
use bisectstat::ingest;
use proptest::prelude::*;
use support::{LOGS, root};

/// How a generation announces a test.
#[derive(Clone, Copy)]
enum Style {
    /// `testing commit … with COMPILER`, until mid-2021.
    With(&'static str),
    /// A `compiler:` line, until 2022.
    Line,
    /// The compiler's type behind the hash, and a `compiler:` line.
    Typed,
}

use Style::{Line, Typed, With};

const GCC8: Style = With("gcc (GCC) 8.1.0");
/// Came with the change to 20 runs at the origin.
const GCC10: Style = With("gcc (GCC) 10.2.1 20210217");
const BUG: &str = "crashed: INFO: task hung in foo_wait";
const CRASH: &str = "all runs: crashed: INFO: task hung in foo_wait\n";
const OK: &str = "all runs: OK\n";
const FLAKY: &str = "reproducer seems to be flaky\n";
const TYPES: &str = "representative crash: INFO: task hung in foo_wait, types: [HANG]\n";
const CHANCE: &str = "false negative chance: 0.001\n";
const UNABLE: &str = "unable to determine the verdict: 9 good runs (wanted 5), for bad wanted 5 in total, got 10\n";
const TOTALS: &str = "revisions tested: 3, total time: 1h2m3.5s (build: 40m0.25s, test: 980ms)\n";

fn hash(c: char) -> String {
    c.to_string().repeat(40)
}

fn cause(origin: char) -> String {
    format!("bisecting cause commit starting from {}\nbuilding syzkaller on {}\n", hash(origin), hash('5'))
}

fn fix(origin: char) -> String {
    format!("bisecting fixing commit since {}\nbuilding syzkaller on {}\n", hash(origin), hash('5'))
}

fn unsigned(style: Style, commit: char) -> String {
    let line = "compiler: gcc (Debian 10.2.1-6) 10.2.1 20210110, GNU ld (GNU Binutils for Debian) 2.35.2\n";
    let (suffix, line) = match style {
        With(compiler) => (format!(" with {compiler}"), ""),
        Line => (String::new(), line),
        Typed => (" gcc".to_owned(), line),
    };
    format!("testing commit {}{suffix}\n{line}", hash(commit))
}

fn test(style: Style, commit: char, outcome: &str) -> String {
    format!("{}kernel signature: {}\n{outcome}", unsigned(style, commit), commit.to_string().repeat(64))
}

fn release(style: Style, commit: char, outcome: &str) -> String {
    format!("testing release v5.{}\n{}", commit.to_digit(16).unwrap(), test(style, commit, outcome))
}

/// Numbered run lines.
fn runs(verdicts: &[(usize, &str)]) -> String {
    let each = verdicts.iter().flat_map(|(times, verdict)| vec![*verdict; *times]);
    let lines: Vec<_> = each.enumerate().map(|(i, verdict)| format!("run #{i}: {verdict}\n")).collect();
    lines.concat()
}

fn start(new: char, old: char) -> String {
    format!("# git bisect start {} {}\n", hash(new), hash(old))
}

fn next(revisions: u32, candidate: char) -> String {
    let hash = hash(candidate);
    format!("Bisecting: {revisions} revisions left to test after this (roughly 1 step)\n[{hash}] a subject\n\n")
}

fn tell(word: &str, candidate: char) -> String {
    format!("# git bisect {word} {}\n", hash(candidate))
}

/// git's result; `headers` and `statistics` stand around the message.
fn first_bad(culprit: char, headers: &str, message: &str, statistics: &str) -> String {
    let hash = hash(culprit);
    let author = "Author: A. Writer <a@example.org>\nDate:   Tue Oct 8 10:11:12 2019 +0200\n";
    format!("{hash} is the first bad commit\ncommit {hash}\n{headers}{author}\n{message}\n{statistics}\n")
}

fn named(word: &str, culprit: char) -> String {
    format!("first {word} commit: {} foo: split the teardown path\n", hash(culprit))
}

fn read(log: &str) -> Vec<Bisection> {
    let reading = ingest::read(log.as_bytes(), &Source::new("x")).unwrap();
    assert_eq!(reading.problems, [], "{log}");
    reading.bisections
}

/// The bisection in a well-formed log: every line is accounted for, none is left over, and each recorded verdict
/// points to the line that says it.
fn one(log: &str) -> Bisection {
    let [bisection] = read(log).try_into().expect("one bisection");
    assert_eq!(bisection.unparsed, [], "{log}");
    assert_eq!(bisection.lines.unparsed, 0);
    assert_eq!(bisection.lines.total() as usize, log.lines().count(), "{log}");
    for step in &bisection.steps {
        if let Some(Decision { basis: Basis::Recorded(line), .. }) = step.decision {
            let text = log.lines().nth(line.0 as usize - 1).unwrap();
            assert!(text.starts_with("# git bisect ") || text.starts_with("unable to "), "{text}");
        }
    }
    bisection
}

fn letter(commit: &CommitId) -> String {
    commit.to_string()[..1].to_owned()
}

fn steps(bisection: &Bisection) -> Vec<String> {
    let show = |step: &Step| {
        let verdict = step.decision.map_or("none".to_owned(), |decision| {
            let mark = if decision.basis == Basis::Deduced { '?' } else { '!' };
            format!("{}{mark}", decision.verdict.name())
        });
        let counts = step.counts();
        let (crashes, passes, voids) = (counts.crashes, counts.passes, counts.voids);
        let hidden = if step.inferred { "*" } else { "" };
        let (role, commit) = (step.role.name(), letter(&step.commit));
        format!("{role} {commit} {verdict} {crashes}/{passes}/{voids}{hidden}")
    };
    bisection.steps.iter().map(show).collect()
}

/// git's moves: candidate, side, and the step that tested it.
fn moves(bisection: &Bisection) -> Vec<(String, Option<Side>, Option<usize>)> {
    let walk = bisection.walk.as_ref().unwrap();
    walk.moves.iter().map(|m| (letter(&m.commit), m.side, m.step)).collect()
}

fn each_line(log: &str, change: fn(&str) -> String) -> String {
    log.lines().map(change).collect::<Vec<_>>().concat()
}

fn real_logs() -> Vec<Vec<u8>> {
    LOGS.iter().map(|(_, log)| fs::read(root().join(log)).unwrap()).collect()
}

#[test]
fn the_number_of_runs_behind_all_runs_is_that_of_the_generation() {
    let skipped = start('a', 'b') + &next(1, 'c') + &test(Typed, 'c', &(runs(&[(1, BUG), (9, "OK")]) + UNABLE));
    let cases: [(&str, String, &[&str]); 13] = [
        (
            "2018: eight",
            format!("searching for guilty commit starting from {}\n", hash('a'))
                + &test(GCC8, 'a', &CRASH.replace("crashed", "kernel crashed"))
                + &release(GCC8, 'b', &runs(&[(7, "OK"), (1, BUG)]).replace("run #", "try #"))
                + &release(GCC8, 'c', OK),
            &["origin a bad? 8/0/0*", "release b bad? 1/7/0", "release c good? 0/8/0*"],
        ),
        (
            "2019: ten",
            cause('a') + &test(GCC8, 'a', CRASH) + &release(GCC8, 'b', OK),
            &["origin a bad? 10/0/0*", "release b good? 0/10/0*"],
        ),
        (
            "2020-11: flaky is said, and without effect",
            cause('a')
                + &test(GCC8, 'a', &(runs(&[(3, BUG), (7, "OK")]) + FLAKY))
                + &release(With("gcc (GCC) 10.1.0-syz 20200507"), 'b', OK),
            &["origin a bad? 3/7/0", "release b good? 0/10/0*"],
        ),
        (
            "2021-02, by its compiler: twenty at the origin",
            cause('a') + &test(GCC10, 'a', CRASH) + &release(GCC8, 'b', OK),
            &["origin a bad? 20/0/0*", "release b good? 0/10/0*"],
        ),
        (
            "2021-02, by its printed runs",
            cause('a') + &test(GCC8, 'a', &runs(&[(19, BUG), (1, "boot failed: x")])) + &release(GCC8, 'b', OK),
            &["origin a bad? 19/0/1", "release b good? 0/10/0*"],
        ),
        (
            "2021-07: twenty everywhere once flaky",
            cause('a')
                + &test(Line, 'a', CRASH)
                + &release(Line, 'b', CRASH)
                + &release(Line, 'c', &(runs(&[(1, BUG), (9, "OK")]) + FLAKY))
                + &release(Line, 'd', OK),
            &["origin a bad? 20/0/0*", "release b bad? 10/0/0*", "release c bad? 1/9/0", "release d good? 0/20/0*"],
        ),
        (
            "2021-07: five of ten is not flaky",
            cause('a')
                + &test(Line, 'a', CRASH)
                + &release(Line, 'b', &runs(&[(5, BUG), (5, "OK")]))
                + &release(Line, 'c', OK),
            &["origin a bad? 20/0/0*", "release b bad? 5/5/0", "release c good? 0/10/0*"],
        ),
        (
            "2023-07: twenty everywhere once flaky, unannounced",
            cause('a')
                + &test(Typed, 'a', &(runs(&[(8, BUG), (12, "OK")]) + TYPES))
                + "picked [v5.11 v5.8] out of 22 release tags\n"
                + &release(Typed, 'b', &(OK.to_owned() + CHANCE)),
            &["origin a bad? 8/12/0", "release b good? 0/20/0*"],
        ),
        (
            "2024-07: a skipped revision does not make the reproducer flaky",
            cause('a')
                + &test(Typed, 'a', &(CRASH.to_owned() + TYPES))
                + "picked [v5.11] out of 22 release tags\n"
                + &release(Typed, 'b', &(OK.to_owned() + CHANCE))
                + &skipped
                + &tell("skip", 'c')
                + &next(1, 'd')
                + &test(Typed, 'd', &(OK.to_owned() + CHANCE))
                + &tell("good", 'd'),
            &[
                "origin a bad? 20/0/0*",
                "release b good? 0/10/0*",
                "candidate c skip! 1/9/0",
                "candidate d good! 0/10/0*",
            ],
        ),
        (
            "an excerpt without the origin",
            cause('a') + &start('a', 'b') + &next(0, 'c') + &test(GCC10, 'c', OK) + &tell("good", 'c'),
            &["candidate c good! 0/10/0*"],
        ),
        (
            "seven machines",
            cause('a') + &test(Line, 'a', &runs(&[(6, BUG), (1, "OK")])) + &release(Line, 'b', OK),
            &["origin a bad? 6/1/0", "release b good? 0/7/0*"],
        ),
        (
            "fifteen machines are enough for ten runs",
            cause('a') + &test(Line, 'a', &runs(&[(14, BUG), (1, "OK")])) + &release(Line, 'b', OK),
            &["origin a bad? 14/1/0", "release b good? 0/10/0*"],
        ),
        (
            "fifteen machines, flaky",
            cause('a') + &test(Line, 'a', &(runs(&[(1, BUG), (14, "OK")]) + FLAKY)) + &release(Line, 'b', OK),
            &["origin a bad? 1/14/0", "release b good? 0/15/0*"],
        ),
    ];
    for (name, log, expected) in cases {
        assert_eq!(steps(&one(&log)), expected, "{name}");
    }
}

#[test]
fn verdicts_that_the_log_does_not_record_follow_the_rules_of_its_time() {
    const BOOT: &str = "boot failed: can't ssh into the instance";
    const INFRA: &str = "infra problem: failed to create instance: quota exceeded";
    let run = |crashes, passes, voids, why| runs(&[(crashes, BUG), (passes, "OK"), (voids, why)]);
    let cases: [(Style, String, &str); 13] = [
        (GCC8, run(1, 0, 9, BOOT), "bad? 1/0/9"),
        (GCC8, run(0, 4, 6, BOOT), "good? 0/4/6"),
        (GCC8, run(0, 3, 7, BOOT), "skip? 0/3/7"),
        (Line, run(0, 4, 6, BOOT), "good? 0/4/6"),
        (Line, run(0, 3, 7, BOOT), "skip? 0/3/7"),
        (Line, format!("all runs: {BOOT}\n"), "skip? 0/0/10*"),
        (Typed, run(1, 9, 0, BOOT) + TYPES, "bad? 1/9/0"),
        (Typed, run(1, 4, 5, INFRA) + TYPES, "bad? 1/4/5"),
        (Typed, run(0, 5, 5, INFRA) + CHANCE, "good? 0/5/5"),
        (Typed, run(0, 4, 6, INFRA) + UNABLE, "skip! 0/4/6"),
        (Typed, run(1, 9, 0, INFRA) + TYPES + UNABLE, "skip! 1/9/0"),
        (Typed, run(0, 9, 1, "ignore: SYZFAIL: repro failed") + CHANCE, "good? 0/9/1"),
        // Printed by mistake under revisions that did not crash.
        (Typed, run(0, 9, 1, BOOT) + "too many neither good nor bad results, skipping this commit\n", "good? 0/9/1"),
    ];
    for (style, outcome, expected) in cases {
        let log = cause('a') + &test(style, 'a', CRASH) + &release(style, 'b', &outcome) + &release(style, 'c', CRASH);
        assert_eq!(steps(&one(&log))[1], format!("release b {expected}"), "{outcome}");
    }
}

#[test]
fn crash_lines_that_were_printed_twice_count_once() {
    const ODD: &str = "crashed: SYZFAIL: wrong response packet";
    let head = |mark: &str| {
        cause('a') + &test(Typed, 'a', &(CRASH.to_owned() + TYPES)) + mark + &start('a', 'b') + &next(1, 'c')
    };
    let doubled = runs(&[(2, BUG), (1, ODD), (1, &ODD.replace("crashed", "ignore")), (2, BUG), (7, "OK")]) + TYPES;
    let odd = runs(&[(3, BUG), (10, "OK")]) + TYPES;
    let picked = "picked [%!d(string=v5.11)] out of %!d(MISSING) release tags\n";
    let present = "determine whether the revision contains the guilty commit\n";
    let cases =
        [("", &doubled, "2/7/1"), ("", &odd, "3/10/0"), (picked, &doubled, "5/7/1"), (present, &doubled, "5/7/1")];
    for (mark, outcome, expected) in cases {
        let log = head(mark) + &test(Typed, 'c', outcome) + &tell("bad", 'c');
        assert_eq!(steps(&one(&log))[1], format!("candidate c bad! {expected}"), "{mark}");
    }
}

#[test]
fn tests_of_other_configurations_are_no_points_in_history() {
    let families: [(&str, &str); 3] = [
        (
            "# start config bisection\n# using x as config bisect directory\n# config-bisect.pl -r:\nsome output\n",
            "# config-bisect.pl good:\n  more output\n# config_bisect.pl finished\n\
             # found config option changes [A B]\n\
             testing with generated minimized config doesn't reproduce the crash\n\
             # configuration already minimized\n\n",
        ),
        (
            "kconfig minimization: base=3000 full=4000 diff=900\ntrying half: [A B C]\n",
            "half crashed\nboth halves did not crash\nresulting configs: [A]\nonly full config crashes\n",
        ),
        (
            "check whether we can drop unnecessary instrumentation\n\
             disabling configs for [LEAK HANG], they are not needed\n",
            "the bug reproduces without the instrumentation\n\
             kconfig minimization: base=3000 full=4000 leaves diff=900\nsplit chunks (needed=false): <900>\n\
             split chunk #0 of len 900 into 3 parts\ntesting without sub-chunk 1/3\nthe chunk can be dropped\n\
             no way to further split the chunk\nno need to test this chunk, it's definitely needed\n\
             we have reached the limit on predicate runs (5); pretend it returns false\n\
             minimized to 1 configs; suspects: [A]\nconfig minimization failed due to bad Kconfig x\n\
             proceeding with the original config\npicked [v5.11] out of 22 release tags\n",
        ),
    ];
    for (before, after) in families {
        let log = cause('a')
            + &test(Line, 'a', CRASH)
            + before
            + &test(Line, 'a', OK)
            + after
            + &release(Line, 'b', OK)
            + &start('a', 'b')
            + &next(0, 'c')
            + &test(Line, 'c', CRASH)
            + &tell("bad", 'c');
        let bisection = one(&log);
        let expected =
            ["origin a bad? 20/0/0*", "config a good? 0/10/0*", "release b good? 0/10/0*", "candidate c bad! 10/0/0*"];
        assert_eq!(steps(&bisection), expected);
        assert!(!bisection.steps[1].is_evidence() && bisection.step_of(&bisection.origin.unwrap()) == Some(0));
    }
}

#[test]
fn a_fix_bisection_turns_gits_words_round_and_binds_verdicts_by_hash() {
    let crash = CRASH.to_owned() + TYPES;
    let clean = OK.to_owned() + CHANCE;
    let presence = "determine whether the revision contains the guilty commit\n";
    let log = fix('a')
        + &format!("ensuring issue is reproducible on original commit {}\n\n", hash('a'))
        + &test(Typed, 'a', &crash)
        + "check whether we can drop unnecessary instrumentation\nthere was nothing we could disable; skip\n"
        + &format!("determining the merge base between {} and {}\n", hash('a'), hash('e'))
        + &format!("{}/dev: base commit is a merge base, check if it has the bug\n", hash('2'))
        + &test(Typed, '2', &crash)
        + &format!("testing current HEAD {}\n", hash('e'))
        + &test(Typed, 'e', &clean)
        + &start('e', '2')
        + &next(1, '1')
        + presence
        + &format!("checking the merge base {}\nno existing result, test the revision\n", hash('f'))
        + &test(Typed, 'f', &clean)
        + "the bug was not introduced yet; pretend that kernel crashed\n"
        + &tell("good", '1')
        + &next(0, '0')
        + presence
        + &format!("revision {} crashed and is reachable\n", hash('2'))
        + &test(Typed, '0', &clean)
        + &tell("bad", '0')
        + &first_bad(
            '0',
            "",
            "    dev: check the pointer\n",
            " drivers/dev.c | 2 ++\n 1 file changed, 2 insertions(+)\n",
        )
        + "accumulated error probability: 0.03\n"
        + &format!("parent commit {} wasn't tested\n", hash('3'))
        + &test(Typed, '3', "")
        + TOTALS
        + &named("good", '0');
    let bisection = one(&log);
    assert_eq!((bisection.kind, bisection.ending), (Kind::Fix, Ending::Culprit));
    assert_eq!(bisection.origin.map(|c| letter(&c)).as_deref(), Some("a"));
    assert_eq!(
        steps(&bisection),
        [
            "origin a bad? 20/0/0*",
            "merge_base 2 bad? 10/0/0*",
            "head e good? 0/10/0*",
            "merge_base f good? 0/10/0*",
            "candidate 0 good! 0/10/0*",
            "parent 3 none 0/0/0",
        ]
    );
    let untested = ("1".to_owned(), Some(Side::Old), None);
    assert_eq!(moves(&bisection), [untested, ("0".to_owned(), Some(Side::New), Some(4))]);
    assert_eq!((bisection.report, bisection.stated_error), (None, Some(0.03)));
    assert_eq!(bisection.culprit.unwrap().files, ["drivers/dev.c"]);
}

#[test]
fn a_merge_base_that_git_wants_is_tested_like_a_candidate() {
    let needed = format!("Bisecting: a merge base must be tested\n[{}] Linux 5.4-rc1\n\n", hash('8'));
    let verdict = format!(
        "The merge base {} is bad.\nThis means the bug has been fixed between {} and [{}].\n",
        hash('8'),
        hash('8'),
        hash('b')
    );
    let log = cause('a')
        + &test(Typed, 'a', CRASH)
        + &release(Typed, 'b', OK)
        + &start('a', 'b')
        + &needed
        + &test(Typed, '8', CRASH)
        + &tell("bad", '8')
        + &verdict
        + "\n"
        + TOTALS
        + "error: failed to run [\"git\" \"bisect\" \"bad\"]: exit status 3\n"
        + &verdict;
    let bisection = one(&log);
    assert_eq!(steps(&bisection)[2], "merge_base 8 bad! 10/0/0*");
    assert_eq!(moves(&bisection), [("8".to_owned(), Some(Side::New), Some(2))]);
    assert_eq!(bisection.ending, Ending::InfraError);
}

/// Whole or abbreviated, in capitals, with white space behind it: the same commit, and the same steps.
#[test]
fn hashes_are_read_as_people_write_them() {
    let log = cause('a')
        + &test(Typed, 'a', CRASH)
        + &release(Typed, 'b', OK)
        + &start('a', 'b')
        + &next(0, 'c')
        + &test(Typed, 'c', CRASH)
        + &tell("bad", 'c');
    let plain = one(&log);
    let c = hash('c');
    for written in [c[..12].to_owned(), c.to_uppercase(), format!("{c}\t"), c[..7].to_uppercase()] {
        for place in [format!("testing commit {c}"), format!("# git bisect bad {c}")] {
            let bisection = one(&log.replacen(&place, &place.replace(&c, &written), 1));
            assert_eq!(steps(&bisection), steps(&plain), "{place} {written:?}");
            assert_eq!(moves(&bisection), moves(&plain), "{place} {written:?}");
        }
    }
}

/// The lines with the releases and the start of git's walk are lost: what follows is no test of a configuration.
#[test]
fn a_log_cut_in_the_middle_goes_on_in_the_walk() {
    let rest = test(Typed, 'c', CRASH) + &tell("bad", 'c') + &next(0, 'd') + &test(Typed, 'd', OK) + &tell("good", 'd');
    let log = cause('a') + &test(Typed, 'a', CRASH) + &rest;
    let source = Source::new("log").holding(log.as_bytes());
    let reading = bisectstat::ingest::read(log.as_bytes(), &source).unwrap();
    let gaps = reading.problems.iter().filter(|problem| problem.flaw == bisectstat::ingest::Flaw::Gap).count();
    assert_eq!((gaps, reading.problems.len()), (1, 1), "{:?}", reading.problems);
    let bisection = &reading.bisections[0];
    assert!(bisection.steps.iter().all(|step| step.role != bisectstat::evidence::Role::Config));
    let analysis =
        bisectstat::analysis::analyze(vec![bisection.clone()], &bisectstat::analysis::Settings::default()).remove(0);
    let older = analysis.gaps[0].posterior.unwrap().value();
    assert!(analysis.gaps.len() >= 3 && older < 0.9, "{:?}", analysis.gaps);
}

/// Runs behind a gap in their numbers are those of the revision that git is told about.
#[test]
fn runs_behind_a_gap_are_not_those_before_it() {
    let cut = format!(
        "testing commit {} gcc\nrun #0: OK\nrun #1: OK\nrun #7: crashed: WARNING in f\nrun #8: crashed: WARNING in f\n",
        hash('c')
    );
    let log =
        cause('a') + &test(Typed, 'a', CRASH) + &release(Typed, 'b', OK) + &start('a', 'b') + &cut + &tell("bad", 'd');
    let bisection = one(&log);
    let of =
        |letter: char| bisection.steps.iter().find(|step| step.commit.to_string() == hash(letter)).unwrap().counts();
    assert_eq!((of('c').crashes, of('c').passes, of('d').crashes, of('d').passes), (0, 2, 2, 0));
}

/// The title that the log goes by is likelier the reported one than one that shows as often.
#[test]
fn the_representative_crash_speaks_for_its_title() {
    let two = runs(&[(5, "crashed: WARNING in f"), (5, "crashed: INFO: task hung in g"), (10, "OK")]);
    let log = |representative: &str| {
        cause('a') + test(Typed, 'a', "").trim_end() + "\n" + &two + representative + &release(Typed, 'b', OK)
    };
    let anchor = |log: &str| {
        let analysis = bisectstat::analysis::analyze(read(log), &bisectstat::analysis::Settings::default()).remove(0);
        analysis.titles.iter().find(|title| title.anchor == Some(true)).and_then(|title| title.title.clone())
    };
    for title in ["WARNING in f", "INFO: task hung in g"] {
        let told = log(&format!("representative crash: {title}, types: [UNKNOWN]\n"));
        assert_eq!(anchor(&told).as_deref(), Some(title), "{told}");
    }
}

#[test]
fn every_ending_has_its_name() {
    use Ending::{
        BuildError, Culprit, Inconclusive, InfraError, NewestStillBad, NotReproduced, OldestStillBad, TimeLimit,
        Truncated,
    };
    let crash = "commit msg: Linux 4.6\ncrash: INFO: task hung in foo_wait\nINFO: task blocked\n";
    let candidates = format!("bisection is inconclusive, the first bad commit could be any of:\n{0}\n{0}\n", hash('a'));
    let cases: [(Kind, String, Ending, Option<&str>); 24] = [
        (Kind::Cause, TOTALS.to_owned() + &named("bad", 'a'), Culprit, None),
        (Kind::Cause, TOTALS.to_owned() + &candidates, Inconclusive, None),
        (
            Kind::Cause,
            format!("{TOTALS}the crash already happened on the oldest tested release\n{crash}"),
            OldestStillBad,
            None,
        ),
        (
            Kind::Cause,
            format!(
                "crash still not fixed/happens on the oldest tested release\n{TOTALS}\
                 oldest tested release already had the bug or it had kernel test errors\n{crash}"
            ),
            OldestStillBad,
            None,
        ),
        (Kind::Fix, format!("{TOTALS}the crash is still unfixed\n"), NewestStillBad, None),
        (Kind::Fix, format!("{TOTALS}the crash still happens on HEAD\n{crash}"), NewestStillBad, None),
        (
            Kind::Fix,
            format!(
                "HEAD had kernel build, boot or test errors\n{TOTALS}\
                 crash still not fixed on HEAD or HEAD had kernel test errors\n{crash}"
            ),
            NewestStillBad,
            None,
        ),
        (
            Kind::Fix,
            format!("{TOTALS}crash still not fixed or there were kernel test errors\n{crash}"),
            NewestStillBad,
            None,
        ),
        (
            Kind::Fix,
            format!(
                "reproducer does not crash the merge base, so there's no known bad commit\n{TOTALS}\
                 crash still not fixed or there were kernel test errors\n"
            ),
            NotReproduced,
            None,
        ),
        (Kind::Cause, String::new(), Truncated, None),
        (Kind::Cause, TOTALS.to_owned(), Truncated, None),
        error("the crash wasn't reproduced on the original commit", NotReproduced),
        error("bisection is taking too long (>8h0m0s), aborting", TimeLimit),
        error("bisection is taking too long (>12h0m0s), aborting", TimeLimit),
        error("oldest tested release had kernel build, boot or test errors", BuildError),
        error("syzkaller build failed: failed to run [\"make\" \"target\"]: exit status 2", BuildError),
        error("kernel clean failed: exit status 2", BuildError),
        error("no release tags before this commit", InfraError),
        error("more than 50% of runs failed with an infra error", InfraError),
        error("unable to determine the verdict because of infra errors", InfraError),
        error("repro testing failure: failed to create VM pool", InfraError),
        error("expected 1 merge base, got 0", InfraError),
        error("commit 0123456789ab not reachable in branch 'master'", InfraError),
        error("timedout after 1h0m0s [\"git\" \"fetch\"]", InfraError),
    ];
    for (kind, tail, ending, error) in cases {
        let first = if kind == Kind::Cause { cause('a') } else { fix('a') };
        let bisection = one(&(first + &test(Typed, 'a', CRASH) + &tail));
        assert_eq!((bisection.kind, bisection.ending), (kind, ending), "{tail}");
        assert_eq!(bisection.error.as_deref(), error, "{tail}");
        assert_eq!(bisection.report.is_some(), tail.contains("\ncrash: INFO"), "{tail}");
        assert_eq!(bisection.totals.is_some(), tail.contains(TOTALS));
    }
}

/// An ending by this error, with output of the failed command behind it.
fn error(text: &'static str, ending: Ending) -> (Kind, String, Ending, Option<&'static str>) {
    let output = "GOARCH=\"amd64\"\nerror: something\ncrash: nothing\nfirst bad commit: none\n";
    (Kind::Cause, format!("{TOTALS}error: {text}\n{output}"), ending, Some(text))
}

#[test]
fn an_inconclusive_bisection_lists_its_candidates() {
    let git = |hashes: &str| {
        format!(
            "There are only 'skip'ped commits left to test.\nThe first bad commit could be any of:\n{hashes}We cannot \
             bisect more!\n\n"
        )
    };
    let hashes = format!("{}\n{}\n{}\n", hash('7'), hash('3'), hash('a'));
    let log = cause('a')
        + &test(GCC10, 'a', CRASH)
        + &release(GCC10, 'b', OK)
        + &start('a', 'b')
        + &next(1, '7')
        + &test(GCC10, '7', "all runs: boot failed: BUG: sleeping function called in early_init\n")
        + &tell("skip", '7')
        + &next(1, '3')
        + &unsigned(GCC10, '3')
        + "net/core/part2.c:5:1: error: expected ';' before '}' token\n"
        + &tell("skip", '3')
        + &git(&hashes)
        + TOTALS
        + "bisection is inconclusive, the first bad commit could be any of:\n"
        + &hashes;
    let bisection = one(&log);
    assert_eq!(steps(&bisection)[2..], ["candidate 7 skip! 0/0/10*", "candidate 3 skip! 0/0/0"]);
    assert_eq!(bisection.candidates.iter().map(letter).collect::<String>(), "73a");
    assert_eq!((bisection.ending, &bisection.culprit), (Ending::Inconclusive, &None));
    let walk = bisection.walk.unwrap();
    assert!(!walk.concluded && walk.moves.iter().all(|m| m.side.is_none()));
}

#[test]
fn the_culprit_comes_with_all_that_is_said_of_it() {
    let signature = |c: char| c.to_string().repeat(64);
    let signatures = format!("culprit signature: {}\nparent  signature: {}\n", signature('c'), signature('d'));
    let early = format!("kernel signature:   {}\nprevious signature: {}\n", signature('c'), signature('d'));
    let raw = format!(":040000 040000 {} {} M\tdrivers\n", hash('1'), hash('2'));
    let statistics = " fs/{old => new}/a.c | 9 +++++++--\n x.c => y.c | 0\n 2 files changed, 7 insertions(+)\n \
                      rename x.c => y.c (100%)\n";
    // Headers, statistics, what follows, then: files, parents, whether there are signatures.
    type Case<'a> = (&'a str, &'a str, &'a str, &'a [&'a str], usize, bool);
    let cases: [Case<'_>; 4] = [
        ("", &raw, "", &["drivers"], 0, false),
        ("", statistics, &signatures, &["fs/new/a.c", "y.c"], 0, true),
        ("Merge: 0a1b2c3d4e5f 5f4e3d2c1b0a\n", "", "failed to detect release: x\n", &[], 2, false),
        ("", " a.c | 1 +\n", &early, &["a.c"], 0, false),
    ];
    for (headers, statistics, after, files, parents, signed) in cases {
        let log = cause('a')
            + &test(GCC8, 'a', CRASH)
            + &release(GCC8, 'b', OK)
            + &format!("# git bisect start {} v5.11\n", hash('a'))
            + &next(0, 'c')
            + &test(GCC8, 'c', CRASH)
            + &tell("bad", 'c')
            + &first_bad('c', headers, "    foo: split the teardown path\n", statistics)
            + after
            + TOTALS
            + &named("bad", 'c')
            + "cc: [\"a@example.org\"]\nrecipients (to): [\"a@example.org\"]\nrecipients (cc): []\n";
        let bisection = one(&log);
        assert!(matches!(bisection.walk.as_ref().unwrap().old_end, RevisionName::Tag(_)));
        assert_eq!(steps(&bisection)[1], "release b good? 0/10/0*");
        let culprit = bisection.culprit.unwrap();
        assert_eq!(letter(&culprit.commit), "c");
        assert_eq!(culprit.subject.as_deref(), Some("foo: split the teardown path"));
        let named: Vec<_> = culprit.files.iter().map(|file| file.trim_end_matches('/')).collect();
        assert_eq!(named, files);
        assert_eq!(culprit.merge_parents.len(), parents);
        assert_eq!(culprit.signature, signed.then(|| signature('c').into()));
        assert_eq!(culprit.parent_signature, signed.then(|| signature('d').into()));
    }
}

#[test]
fn totals_flags_and_the_last_crash_are_read() {
    let log = cause('a')
        + &test(Typed, 'a', CRASH)
        + "accumulated error probability: 0.25\nreproducer is flaky (0.37 repro chance estimate)\n"
        + TOTALS
        + &named("bad", 'a')
        + "crash: WARNING: ODEBUG bug in netdev_run_todo: a, b [c]\n\
           RIP: 0010:debug_print+0x16e/0x250 lib/debugobjects.c:505\nCall Trace:\n kfree mm/slub.c:4213 [inline]\n\
           RAX: 0000000000000000\n";
    let bisection = one(&log);
    assert_eq!((bisection.stated_error, bisection.flagged_flaky), (Some(0.25), true));
    let totals = bisection.totals.unwrap();
    assert_eq!(totals.revisions, 3);
    assert_eq!([totals.total, totals.build, totals.test].map(|d| d.as_millis()), [3_723_500, 2_400_250, 980]);
    let report = bisection.report.unwrap();
    assert_eq!(report.title.unwrap().as_str(), "WARNING: ODEBUG bug in netdev_run_todo: a, b [c]");
    let stack: Vec<_> = report.stack.iter().map(|f| (f.function, f.file, f.line)).collect();
    assert_eq!(stack, [(Some("debug_print"), "lib/debugobjects.c", 505), (Some("kfree"), "mm/slub.c", 4213)]);

    let flagged = log.replace("reproducer is flaky (0.37 repro chance estimate)", "Reproducer flagged being flaky");
    assert!(one(&flagged).flagged_flaky);
    for placeholder in ["failed building 01234567: exit status 2", "failed testing reproducer on 01234567"] {
        let log = fix('a')
            + &test(Typed, 'a', CRASH)
            + TOTALS
            + "the crash still happens on HEAD\ncrash: "
            + placeholder
            + "\n";
        assert_eq!(one(&log).report, None, "{placeholder}");
    }
}

#[test]
fn the_first_lines_tell_where_it_began() {
    let host = "unnamed host starts bisection 2022-11-05 06:07:08.12 +0000 UTC m=+9876.5\n";
    let rewritten = format!("rewritten commit {} reidentified by title 'foo: it's new'\n\n", hash('d'));
    let fetched = "fetch other tags and check if the commit is present\nfetch failed with exit status 1\n";
    let by_hand = format!("bisecting cause commit starting from HEAD\nbuilding syzkaller on {}\n", hash('5'));
    let cases = [
        (host.to_owned() + &cause('a'), Some("a")),
        (cause('a') + fetched + &rewritten, Some("d")),
        (by_hand, None),
        (cause('a').replace(&hash('a'), "aaaaaaaaaaaa"), Some("a")),
    ];
    for (first, origin) in cases {
        let bisection = one(&(first + &test(Typed, 'a', CRASH)));
        assert_eq!(bisection.origin.map(|c| letter(&c)).as_deref(), origin);
        assert_eq!((bisection.line.0, steps(&bisection).len()), (1, 1));
    }
}

#[test]
fn the_words_of_each_run_are_kept_whole() {
    let cases = [
        ("OK", Outcome::Pass),
        ("crashed: a: b, types: [c] 100%", crashed(Some("a: b, types: [c] 100%"))),
        ("crashed: ", crashed(None)),
        ("crashed: no output from test machine", crashed(Some("no output from test machine"))),
        ("crashed: naïve \"title\" in <f>", crashed(Some("naïve \"title\" in <f>"))),
        ("boot failed: crashed: x", void(VoidKind::Boot, "crashed: x")),
        ("basic kernel testing failed: x", void(VoidKind::BasicTest, "x")),
        ("infra problem: x", void(VoidKind::Infra, "x")),
        ("ignore: lost connection to test machine", void(VoidKind::Ignored, "lost connection to test machine")),
        ("failed: x", void(VoidKind::Failed, "x")),
    ];
    let verdicts: Vec<_> = cases.iter().map(|(verdict, _)| (1, *verdict)).collect();
    let bisection = one(&(cause('a') + &test(GCC8, 'a', &runs(&verdicts))));
    for (run, (verdict, outcome)) in bisection.steps[0].runs.iter().zip(cases) {
        assert_eq!(run.outcome, outcome, "{verdict}");
        assert_eq!(run.line.0, run.number + 5);
    }
}

fn crashed(title: Option<&str>) -> Outcome {
    Outcome::Crash(title.and_then(bisectstat::evidence::Title::new))
}

fn void(kind: VoidKind, text: &str) -> Outcome {
    Outcome::Void(kind, text.into())
}

#[test]
fn words_of_compilers_commands_commits_and_crashes_are_no_evidence() {
    let bait = format!(
        "error: no such thing\ncrash: WARNING in bait\ncommit {0}\nAuthor: B. Ait\n{0} is the first bad commit\n\
         [{0}] bait\nthe crash already happened on the oldest tested release\n\
         Bisecting: 7 revisions left to test after this \
         (roughly 3 steps)\n    run #0: crashed: bait\n\tall runs: crashed: bait\n",
        hash('9')
    );
    let evidence = format!(
        "{bait}{}{}{}{TOTALS}{}accumulated error probability: 0.99\nbisecting cause commit starting from nowhere\n",
        test(GCC8, '9', CRASH),
        release(GCC8, '8', CRASH),
        tell("bad", '9'),
        named("bad", '9'),
    );
    let indented = each_line(&(cause('9') + &evidence), |line| format!("    {line}\n"));
    let copying = "basic kernel testing failed: failed to copy test binary to VM: failed to run [\"scp\"]\n\
                   Warning: Permanently added '192.0.2.9' (ECDSA) to the list of known hosts.\nlost connection\n";
    let copying = format!("{copying}{bait}compiler: bait\nkernel signature: bait\n");
    let outcome = runs(&[(1, BUG), (1, &copying), (8, "OK")]);
    let log = cause('a')
        + &test(GCC8, 'a', CRASH)
        + "testing release v5.12\n"
        + &unsigned(GCC8, 'd')
        + "failed to run [\"make\" \"bzImage\"]: exit status 2\n"
        + &bait
        + "testing release v5.11\n"
        + &unsigned(Typed, 'f')
        + &format!("failed building {}: first line\n{bait}", hash('f'))
        + &release(GCC8, 'b', OK)
        + &start('a', 'b')
        + "warning: unable to rmdir 'x': Directory not empty\nPrevious HEAD position was 0123456 x\n"
        + &next(0, 'c')
        + &test(GCC8, 'c', &outcome)
        + &tell("bad", 'c')
        + &first_bad('c', "", &indented, " a.c | 1 +\n")
        + TOTALS
        + &named("bad", 'c')
        + "crash: INFO: task hung in foo_wait\n"
        + &evidence;
    let bisection = one(&log);
    assert_eq!(steps(&bisection).len(), 5);
    assert_eq!(steps(&bisection)[1..3], ["release d skip? 0/0/0", "release f skip? 0/0/0"]);
    assert_eq!(steps(&bisection)[4], "candidate c bad! 1/8/1");
    assert!(matches!(&bisection.steps[4].runs[1].outcome, Outcome::Void(VoidKind::BasicTest, _)));
    assert_eq!(bisection.steps[4].signature, Some("c".repeat(64).into()));
    assert_eq!(moves(&bisection), [("c".to_owned(), Some(Side::New), Some(4))]);
    assert_eq!(bisection.walk.as_ref().unwrap().moves[0].remaining.unwrap().revisions, 0);
    assert_eq!((bisection.ending, bisection.stated_error), (Ending::Culprit, None));
    assert_eq!(bisection.named_title().unwrap().as_str(), "INFO: task hung in foo_wait");
    let culprit = bisection.culprit.unwrap();
    assert_eq!((letter(&culprit.commit), culprit.files), ("c".to_owned(), vec!["a.c".into()]));
}

#[test]
fn a_file_may_hold_several_bisections() {
    let ended = cause('a') + &test(GCC8, 'a', CRASH) + TOTALS + &named("bad", 'a') + "crash: x\n a+0x1/0x2 a.c:1\n";
    let host = "ci-example starts bisection 2022-11-05 06:07:08.12 +0000 UTC m=+9876.5\n";
    let cut = host.to_owned() + &fix('b') + &test(Typed, 'b', OK);
    let log = ended.clone() + &cut + &ended;
    let bisections = read(&log);
    let lines = |log: &str| u32::try_from(log.lines().count()).unwrap();
    let expected = [
        ("x", Kind::Cause, 1, Ending::Culprit, lines(&ended)),
        ("x#2", Kind::Fix, 1 + lines(&ended), Ending::Truncated, lines(&cut)),
        ("x#3", Kind::Cause, 1 + lines(&ended) + lines(&cut), Ending::Culprit, lines(&ended)),
    ];
    let found: Vec<_> =
        bisections.iter().map(|b| (b.id.as_str(), b.kind, b.line.0, b.ending, b.lines.total())).collect();
    assert_eq!(found, expected);
    assert_eq!(bisections[0].report.as_ref().unwrap().stack.len(), 1);
}

#[test]
fn the_dress_of_a_log_changes_nothing() {
    type Dress = (&'static str, fn(&str) -> String);
    let dresses: [Dress; 9] = [
        ("CRLF", |line| format!("{line}\r\n")),
        ("quoted", |line| format!("> {line}").trim_end().to_owned() + "\n"),
        ("quoted twice", |line| format!("> > {line}\n")),
        ("quoted twice, tight", |line| format!(">> {line}\r\n")),
        ("a page", |line| format!("{}\n", escaped(line))),
        ("a page with line ends of its own", |line| format!("{}<br>\n", escaped(line))),
        ("time", |line| format!("21-Nov-2023 10:11:12: {line}\n")),
        ("time, quoted", |line| format!("> 21-Nov-2023 10:11:12: {line}\n")),
        ("colours", |line| format!("\x1b[1;31m{line}\x1b[0m\n")),
    ];
    let title = "crashed: INFO: task can't die in <f> & \"g\"";
    let report = format!("{}\n f+0x1/0x2 f.c:1\n", title.replace("crashed", "crash"));
    let invented = cause('a') + &test(Line, 'a', &runs(&[(20, title)])) + TOTALS + &named("bad", 'a') + &report;
    let mut logs: Vec<_> = real_logs().into_iter().map(|log| String::from_utf8(log).unwrap()).collect();
    logs.push(invented);
    for log in logs {
        let plain = one(&log);
        for (name, dress) in dresses {
            let dressed = each_line(&log, dress);
            assert!(read(&dressed) == [plain.clone()], "{name}: {dressed}");
            assert!(read(&format!("\u{feff}{dressed}")) == read(&dressed), "{name} and a byte order mark");
        }
        assert_eq!(read(&format!("<html><pre>{}", each_line(&log, |line| escaped(line) + "\n"))), [plain]);
    }
}

/// As web pages escape text.
fn escaped(line: &str) -> String {
    let entities = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&#34;"), ("'", "&#39;"), ("+", "&#43;")];
    entities.iter().fold(line.to_owned(), |line, (plain, entity)| line.replace(plain, entity))
}

/// Tabs, vertical tabs, no-break spaces: an editor or a mail leaves them behind hashes, and no test may be lost for them.
#[test]
fn white_space_behind_a_line_means_nothing() {
    for log in real_logs() {
        let text = std::str::from_utf8(&log).unwrap();
        let original = read(text).remove(0);
        for space in ["\t", "\u{b}", "\u{c}", "\u{a0}", " \t ", "\u{2028}\u{3000}", "\u{85}"] {
            let other: String = text.lines().flat_map(|line| [line, space, "\n"]).collect();
            let other = read(&other).remove(0);
            assert_eq!((other.lost, &other.steps, &other.walk), (0, &original.steps, &original.walk), "{space:?}");
            let named = |bisection: &Bisection| bisection.culprit.as_ref().map(|culprit| culprit.commit);
            assert_eq!((other.ending, named(&other)), (original.ending, named(&original)), "{space:?}");
        }
    }
}

#[test]
fn a_log_may_be_cut_at_any_byte() {
    let log = &real_logs()[4];
    let whole = read(std::str::from_utf8(log).unwrap()).remove(0);
    for end in 1..log.len() {
        let cut = &log[..end];
        let Ok(reading) = ingest::read(cut, &Source::new("x")) else { continue };
        let lines = cut.split_inclusive(|byte| *byte == b'\n').count();
        for bisection in &reading.bisections {
            assert!(bisection.lines.total() as usize <= lines);
            assert!(bisection.steps.len() <= whole.steps.len() && reading.problems.len() <= 1);
            // The runs of a revision whose test was cut are a sample that favours crashes: they are not complete.
            let complete = bisection.steps.iter().zip(&whole.steps).filter(|(step, _)| step.complete);
            for (step, original) in complete {
                assert_eq!((step.commit, step.role, &step.runs), (original.commit, original.role, &original.runs));
            }
        }
    }
}

/// Damage: what is done, where, and a number that it needs.
fn damage(log: &mut Vec<u8>, others: &[Vec<u8>], (kind, at, extra): (u8, usize, usize)) {
    let mut lines: Vec<Vec<u8>> = log.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        return;
    }
    let (i, j) = (at % lines.len(), extra % lines.len());
    match kind {
        0 => drop(lines.remove(i)),
        1 => lines.insert(j, lines[i].clone()),
        2 => lines.swap(i, j),
        3 => {
            let text = String::from_utf8_lossy(&lines[i]);
            let words = text.split(' ').map(|word| if word.parse::<u32>().is_ok() { "4294967295" } else { word });
            lines[i] = words.collect::<Vec<_>>().join(" ").into();
        }
        4 => {
            let other = &others[extra % others.len()];
            let from = other.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(j).map_or(0, |(at, _)| at);
            lines.truncate(i);
            lines.push(other[from..].to_vec());
        }
        _ => {
            let byte = extra % lines[i].len();
            lines[i][byte] ^= 1 << (extra % 8);
        }
    }
    *log = lines.concat();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_makes_it_panic(
        base in 0usize..5,
        damages in prop::collection::vec((0u8..6, any::<usize>(), any::<usize>()), 1..12),
    ) {
        let logs = real_logs();
        let mut log = logs[base].clone();
        for one in damages {
            damage(&mut log, &logs, one);
        }
        if let Ok(reading) = ingest::read(&log, &Source::new("x")) {
            let lines = log.split_inclusive(|byte| *byte == b'\n').count();
            let read: u32 = reading.bisections.iter().map(|b| b.lines.total()).sum();
            prop_assert!(read as usize <= lines);
            Frames::of(&analysis::analyze(reading.bisections, &Settings::default())).unwrap();
        }
    }
}
