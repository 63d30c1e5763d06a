//! The promise: with the repository at hand, which revision contains which commit is read and not guessed, from a real
//! `git bisect run` to the report.

#![cfg(feature = "cli")]

use crate::support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// Two lines of history: `m0` to `m20`, and `s1` to `s8` from `m5`, merged at `m12`. The bug comes with `s4`.
struct Project {
    dir: TempDir,
    clock: u32,
}

impl Project {
    fn new() -> Self {
        let mut project = Self { dir: TempDir::new().unwrap(), clock: 1_600_000_000 };
        project.git(&["init", "--quiet", "--initial-branch=main"]);
        for i in 0..=5 {
            project.commit(&format!("m{i}"));
        }
        project.git(&["checkout", "--quiet", "-b", "side"]);
        for i in 1..=8 {
            if i == 4 {
                fs::write(project.path().join("bug.c"), "crash();\n").unwrap();
                project.git(&["add", "bug.c"]);
            }
            project.commit(&format!("s{i}"));
        }
        project.git(&["checkout", "--quiet", "main"]);
        for i in 6..=11 {
            project.commit(&format!("m{i}"));
        }
        project.git(&["merge", "--quiet", "--no-ff", "-m", "m12", "side"]);
        project.git(&["tag", "m12"]);
        for i in 13..=20 {
            project.commit(&format!("m{i}"));
        }
        project
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn git(&mut self, args: &[&str]) -> String {
        self.clock += 60;
        let mut command = Command::new("git");
        command.args(args).current_dir(self.path()).env("LC_ALL", "C").env("HOME", self.path());
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "A U Thor").env(format!("GIT_{who}_EMAIL"), "a@example.org");
            command.env(format!("GIT_{who}_DATE"), format!("{} +0000", self.clock));
        }
        let output = command.env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&mut self, subject: &str) {
        self.git(&["commit", "--quiet", "--allow-empty", "-m", subject]);
        self.git(&["tag", subject]);
    }

    fn id(&mut self, tag: &str) -> String {
        self.git(&["rev-parse", &format!("{tag}^{{commit}}")])
    }

    /// Bisects with a test that does not see the bug in these revisions, and saves `git bisect log`.
    fn bisect(&mut self, missed: &[&str]) {
        let subjects = missed.join("|");
        let script = format!(
            "#!/bin/sh\n[ -e bug.c ] || exit 0\ncase $(git log -1 --format=%s) in {subjects}) exit 0;; esac\nexit 1\n"
        );
        let test = self.path().join("test.sh");
        fs::write(&test, script).unwrap();
        self.git(&["bisect", "start", "m20", "m0"]);
        self.git(&["bisect", "run", "sh", test.to_str().unwrap()]);
        let log = self.git(&["bisect", "log"]);
        fs::write(self.path().join("log.txt"), log).unwrap();
        self.git(&["bisect", "reset"]);
    }

    fn analyze(&self, args: &[&str]) -> Value {
        let output = self.run(&[&["--format", "ndjson"], args].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn run(&self, args: &[&str]) -> std::process::Output {
        let all = [&["analyze", "log.txt", "--reproduction", "0.5"], args].concat();
        support::bisectstat(&all).current_dir(self.path()).output().unwrap()
    }
}

/// The mass of the gaps that end with one of these commits.
fn mass_upto(analysis: &Value, commits: &[String]) -> f64 {
    let gaps = analysis["gaps"].as_array().unwrap().iter();
    let ours = gaps.filter(|gap| commits.iter().any(|commit| gap["upto"] == commit.as_str()));
    ours.map(|gap| gap["posterior"].as_f64().unwrap()).sum()
}

#[test]
fn a_side_branch_gets_the_mass_that_the_line_denies_it() {
    let mut project = Project::new();
    // The test misses the bug at the branch's tip, so git walks past it, to the merge.
    project.bisect(&["s8"]);
    let log = fs::read_to_string(project.path().join("log.txt")).unwrap();
    let merge = project.id("m12");
    assert!(log.contains(&format!("first bad commit: [{merge}]")), "{log}");
    let line = project.analyze(&[]);
    let known = project.analyze(&["--repo", "."]);
    let tip = [project.id("s8")];
    let (guessed, read) = (mass_upto(&line, &tip), mass_upto(&known, &tip));
    assert!(guessed < 0.35 && read > 0.6, "{guessed} {read}: {log}");
    // Every candidate of the branch, by name, and git's way on between them.
    let candidates = known["history"]["candidates"].as_array().unwrap();
    let p = |subject: &str| {
        let found = candidates.iter().find(|candidate| candidate["subject"] == subject);
        found.map_or(0.0, |candidate| candidate["posterior"].as_f64().unwrap())
    };
    assert!(p("s4") > 0.05 && (p("s4") - p("s7")).abs() < 1e-9, "{candidates:#?}");
    assert!(p("s4") > p("m8") && p("m12") > p("s4"), "{candidates:#?}");
    let side = &known["history"]["regions"][0];
    assert!(side["not_in"].as_array().unwrap().iter().any(|commit| log.contains(commit.as_str().unwrap())), "{side}");
    let commands = known["history"]["commands"].as_array().unwrap();
    assert!(commands[0].as_str().unwrap().starts_with("git bisect start "), "{commands:?}");
}

/// What the good side alone has cannot hold the culprit, however much it is: P(older) stays where it was.
#[test]
fn commits_that_the_crashing_side_lacks_change_nothing() {
    let older = |beside: usize| {
        let mut project = Project { dir: TempDir::new().unwrap(), clock: 1_600_000_000 };
        project.git(&["init", "--quiet", "--initial-branch=main"]);
        (0..30).for_each(|i| project.commit(&format!("old{i}")));
        project.git(&["checkout", "--quiet", "-b", "side"]);
        (1..=2).for_each(|i| project.commit(&format!("side{i}")));
        project.git(&["checkout", "--quiet", "main"]);
        (0..beside).for_each(|i| project.commit(&format!("main{i}")));
        let good = project.git(&["rev-parse", "HEAD"]);
        project.git(&["merge", "--quiet", "--no-ff", "-m", "merge", "side"]);
        let merge = project.git(&["rev-parse", "HEAD"]);
        let (first, second) = (project.id("side1"), project.id("side2"));
        let table = format!("commit,passes,crashes\n{good},2,0\n{first},0,10\n{second},0,10\n{merge},0,10\n");
        fs::write(project.path().join("table.csv"), table).unwrap();
        let args = ["analyze", "table.csv", "--repo", ".", "--format", "ndjson"];
        let output = support::bisectstat(&args).current_dir(project.path()).output().unwrap();
        let analysis: Value = serde_json::from_slice(&output.stdout).unwrap();
        let gap = analysis["gaps"].as_array().unwrap().iter().find(|gap| gap["after"].is_null()).unwrap();
        gap["posterior"].as_f64().unwrap()
    };
    let alone = older(1);
    assert!(alone > 0.0, "{alone}");
    for beside in [3, 40] {
        let now = older(beside);
        assert!((now / alone - 1.0).abs() < 0.05, "{beside} commits: {now}, with one {alone}");
    }
}

#[test]
fn suspects_weigh_more() {
    let mut project = Project::new();
    project.bisect(&["s8"]);
    let even = project.analyze(&["--repo", "."]);
    let suspect = project.id("s4");
    fs::write(project.path().join("w.csv"), format!("commit,weight\n{suspect},50\n*,1\n")).unwrap();
    let weighed = project.analyze(&["--repo", ".", "--weights", "w.csv"]);
    let p = |analysis: &Value| {
        let candidates = analysis["history"]["candidates"].as_array().unwrap();
        let found = candidates.iter().find(|candidate| candidate["commit"] == suspect.as_str());
        found.unwrap()["posterior"].as_f64().unwrap()
    };
    assert!(p(&weighed) > 4.0 * p(&even), "{} {}", p(&weighed), p(&even));
}

#[test]
fn what_the_repository_lacks_stays_on_the_line() {
    let mut project = Project::new();
    project.bisect(&["s8"]);
    let line = project.analyze(&[]);
    // A clone of one branch, as of before the merge.
    project.git(&["branch", "old", "m11"]);
    let clone = TempDir::new().unwrap();
    let (from, to) = (format!("file://{}", project.path().display()), clone.path().join("r"));
    project.git(&["clone", "--quiet", "--no-tags", "--single-branch", "--branch=old", &from, to.to_str().unwrap()]);
    let part = project.analyze(&["--repo", to.to_str().unwrap()]);
    let missing = part["history"]["missing"].as_array().unwrap();
    assert!(missing.iter().any(|commit| *commit == project.id("s8").as_str()), "{missing:?}");
    // All that crashed is missing: there is no end to look from, and the line is used.
    assert_eq!((&part["gaps"], part["history"]["mass"].is_null()), (&line["gaps"], true));
    assert_eq!(part["steps"].as_array().unwrap().len(), line["steps"].as_array().unwrap().len());
    let text = String::from_utf8(project.run(&["--repo", to.to_str().unwrap()]).stdout).unwrap();
    assert!(text.contains("tested revisions are not in"), "{text}");
}

#[test]
fn a_missing_revision_is_taken_by_its_neighbours() {
    let mut project = Project::new();
    project.bisect(&["s8"]);
    // The newest revision under a name that no repository knows.
    let newest = project.id("m20");
    let log = fs::read_to_string(project.path().join("log.txt")).unwrap();
    let clean = project.id("m0");
    fs::write(project.path().join("log.txt"), log.replace(&clean, &"12".repeat(20))).unwrap();
    let known = project.analyze(&["--repo", "."]);
    assert_eq!(known["history"]["missing"].as_array().unwrap().len(), 1, "{}", known["history"]);
    let step = |analysis: &Value, commit: &str| {
        let steps = analysis["steps"].as_array().unwrap();
        steps.iter().find(|step| step["commit"] == commit).unwrap()["p_bad"].as_f64().unwrap()
    };
    // Nothing says that it is bad, and the oldest revision that is there says that it is not.
    assert!(step(&known, &"12".repeat(20)) < 0.3, "{known:#}");
    assert!(step(&known, &newest) > 0.9);
}

#[test]
fn rows_in_any_order_are_put_into_that_of_the_history() {
    let mut project = Project::new();
    let mut rows = vec!["commit,passes,crashes".to_owned()];
    // Newest first, as a CI's page lists them.
    for (tag, passes, crashes) in [("m20", 1, 9), ("m16", 2, 8), ("m13", 0, 10), ("m9", 10, 0), ("m2", 10, 0)] {
        rows.push(format!("{},{passes},{crashes}", project.id(tag)));
    }
    fs::write(project.path().join("log.txt"), rows.join("\n") + "\n").unwrap();
    let (line, known) = (project.analyze(&[]), project.analyze(&["--repo", "."]));
    assert_eq!((&line["kind"], &known["kind"]), (&Value::from("fix"), &Value::from("cause")));
    let upto = [project.id("m13")];
    assert!(mass_upto(&known, &upto) > 0.95, "{}", known["gaps"]);
    // m10 to m13 and the whole side branch.
    assert_eq!(known["credible_set"]["commits"], 12, "{}", known["gaps"]);
}

#[test]
fn a_repository_that_knows_nothing_changes_nothing() {
    let mut project = Project::new();
    project.bisect(&["s8"]);
    let empty = TempDir::new().unwrap();
    let to = empty.path().to_str().unwrap().to_owned();
    project.git(&["init", "--quiet", &to]);
    let (line, with) = (project.analyze(&[]), project.analyze(&["--repo", &to]));
    assert_eq!(line["gaps"], with["gaps"]);
    assert_eq!(line["p_named"], with["p_named"]);
}

#[test]
fn what_cannot_be_used_is_said_once() {
    let mut project = Project::new();
    project.bisect(&["s8"]);
    fs::write(project.path().join("w.csv"), "commit,weight\ns4,much\n").unwrap();
    let nothing = TempDir::new().unwrap();
    let nothing = nothing.path().to_str().unwrap().to_owned();
    for (args, said) in [
        (vec!["--repo", "nowhere"], "nowhere: no such folder"),
        (vec!["--repo", nothing.as_str()], "not in a git repository"),
        (vec!["--repo", "log.txt"], "log.txt: "),
        (vec!["--repo", ".", "--weights", "w.csv"], "w.csv:2: \"much\" is no weight"),
        (vec!["--repo", ".", "--weights", "none.csv"], "none.csv: "),
    ] {
        let output = project.run(&args);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.contains(said) && error.lines().count() == 1, "{args:?}: {error}");
    }
}

/// `fs/foo/wait.c` as it is with some of its functions changed.
fn source(wait: &str, open: &str, ioctl: &str, other: &str) -> String {
    format!(
        "static int foo_wait(int n)\n{{\n\treturn {wait};\n}}\n\nint foo_open(int n)\n{{\n\treturn foo_wait({open});\n}}\n\n\
         long foo_ioctl(int n)\n{{\n\treturn foo_open({ioctl});\n}}\n\nint foo_other(void)\n{{\n\treturn {other};\n}}\n"
    )
}

/// A driver in which `older` brought a hang that only shows once `named` lets programs reach it. The tags are the subjects.
fn driver(named: &str, later: &str) -> Project {
    let mut project = Project { dir: TempDir::new().unwrap(), clock: 1_600_000_000 };
    project.git(&["init", "--quiet", "--initial-branch=main"]);
    fs::create_dir_all(project.path().join("fs/foo")).unwrap();
    let with_bug = source("n + 1", "n", "n", "1");
    let versions = [
        ("first", source("n", "n", "n", "1"), ""),
        ("older", with_bug.clone(), ""),
        ("c2", with_bug.clone(), ""),
        ("c3", source("n + 1", "n", "n", "2"), ""),
        ("good", source("n + 1", "n", "n", "3"), ""),
        ("named", named.to_owned(), ""),
        ("later", later.to_owned(), "Fixes: "),
        ("newest", later.to_owned(), ""),
    ];
    for (tag, text, fixes) in versions {
        // Days apart: no two are of one series.
        project.clock += 200_000;
        fs::write(project.path().join("fs/foo/wait.c"), text).unwrap();
        project.git(&["add", "fs/foo/wait.c"]);
        let fixes = if fixes.is_empty() { String::new() } else { format!("{fixes}{}", &project.id("named")[..12]) };
        let message = format!("{tag}\n\n{fixes}");
        project.git(&["commit", "--quiet", "--allow-empty", "-m", &message]);
        project.git(&["tag", tag]);
    }
    let log = fs::read_to_string(support::root().join("tests/rules/unrelated-culprit.fires.txt")).unwrap();
    let mut log = log.replace(" drivers/usb/core/hub.c |", " fs/foo/wait.c |");
    for (digit, tag) in [("f", "newest"), ("2", "first"), ("4", "c3"), ("5", "good"), ("6", "named")] {
        log = log.replace(&digit.repeat(40), &project.id(tag));
    }
    fs::write(project.path().join("log.txt"), log).unwrap();
    project
}

#[test]
fn an_older_bug_that_the_named_commit_lets_programs_reach_is_a_candidate() {
    let reaches = source("n + 1", "n", "n | 1", "3");
    let mut project = driver(&reaches, &reaches);
    let older = project.id("older");
    let analysis = project.analyze(&["--repo", "."]);
    let code = &analysis["history"]["code"];
    assert_eq!(code["reach"]["near"], "calls", "{code:#}");
    assert_eq!((&code["reach"]["function"], &code["reach"]["calls"]), (&"foo_ioctl".into(), &2.into()), "{code:#}");
    // It changes the function that hangs, and the ones between change none of the stack.
    let first = &code["older"][0];
    assert_eq!((&first["commit"], &first["reach"]["near"]), (&older.as_str().into(), &"stack".into()), "{code:#}");
    let p = |value: &Value| value.as_f64().unwrap();
    let told: f64 = code["older"].as_array().unwrap().iter().map(|older| p(&older["p"])).sum();
    assert!((p(&code["named"]) + told + p(&code["neither"]) - 1.0).abs() < 1e-9, "{code:#}");
    // What is fitted does not look at the code: only the sizes of gaps differ.
    let without = project.analyze(&[]);
    assert!(
        (p(&analysis["p_right"]) - p(&without["p_right"])).abs() < 0.01,
        "{} {}",
        analysis["p_right"],
        without["p_right"]
    );
    let text = String::from_utf8(project.run(&["--repo", "."]).stdout).unwrap();
    assert!(text.contains("it changes foo_ioctl, 2 calls from foo_wait on the crash's stack"), "{text}");
    assert!(text.contains("→ or an older one") && text.contains("older"), "{text}");
}

#[test]
fn a_commit_that_changes_the_crashing_function_and_is_fixed_later_is_likelier() {
    let wrong = source("n + 2", "n", "n", "3");
    let mut project = driver(&wrong, &source("n + 1", "n", "n", "3"));
    let later = project.id("later");
    let analysis = project.analyze(&["--repo", "."]);
    let code = &analysis["history"]["code"];
    assert_eq!((&code["reach"]["near"], &code["reach"]["function"]), (&"stack".into(), &"foo_wait".into()), "{code:#}");
    assert_eq!(code["fixed_by"][0]["commit"], later.as_str(), "{code:#}");
    assert!(code["named"].as_f64().unwrap() > 0.9, "{code:#}");
    let text = String::from_utf8(project.run(&["--repo", "."]).stdout).unwrap();
    assert!(text.contains("it changes foo_wait, which is on the crash's stack"), "{text}");
    assert!(text.contains("says that it fixes it"), "{text}");
}

/// What `next` writes for two machines that know nothing of each other: in the repository, each line checks out a revision of
/// its own, between the two that were tested.
#[test]
fn machines_side_by_side_get_different_revisions() {
    let mut project = Project::new();
    let (good, bad) = (project.id("m12"), project.id("m20"));
    let table = project.path().join("runs.csv");
    fs::write(&table, format!("commit,passes,crashes,commit_position\n{good},20,0,12\n{bad},2,18,20\n")).unwrap();
    let ran =
        support::run(&["next", "--format", "git", "--workers", "2", "--target", "0.999", table.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let mut tested = Vec::new();
    for line in ran.stdout.lines() {
        let done = Command::new("bash").args(["-ec", line]).current_dir(project.path()).output().unwrap();
        assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
        tested.push(project.git(&["rev-parse", "HEAD"]));
    }
    assert!(tested.len() == 2 && tested[0] != tested[1], "{}", ran.stdout);
    let between = project.git(&["rev-list", &format!("{good}..{bad}^")]);
    assert!(tested.iter().all(|commit| between.contains(commit)), "{}: {tested:?} of {between}", ran.stdout);
}
