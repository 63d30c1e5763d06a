//! The promise: `next` proposes what tells most of the place of the change, says how much, and says when runs are of no use.

#![cfg(feature = "cli")]

use crate::support;

use serde_json::Value;

fn plan(args: &[&str]) -> Value {
    let ran = support::run(&[&["next", "--format", "json"], args].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    serde_json::from_str::<Value>(&ran.stdout).unwrap()[0].clone()
}

type Revision = (&'static str, u32, u32);

const TEN_NUMBERS: [Revision; 5] = [("c01", 0, 10), ("c02", 0, 10), ("c03", 2, 8), ("c04", 5, 5), ("c05", 6, 4)];

/// A table of revisions, with one more run of one of them.
fn table(dir: &std::path::Path, more: Option<(&str, bool)>) -> String {
    let runs = |commit: &str, crash: bool| u32::from(more == Some((commit, crash)));
    let row = |(commit, crashes, passes): Revision| {
        format!("{commit},{},{}\n", crashes + runs(commit, true), passes + runs(commit, false))
    };
    let path = dir.join("runs.csv");
    std::fs::write(&path, format!("commit,crashes,passes\n{}", TEN_NUMBERS.map(row).concat())).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What the whole analysis says with one more run of a revision: the entropy of the place, and P(that revision is bad).
fn analyzed(dir: &std::path::Path, commit: &str, more: Option<bool>) -> (f64, f64) {
    let path = table(dir, more.map(|crash| (commit, crash)));
    let analysis =
        &serde_json::from_str::<Value>(&support::run(&["analyze", "--format", "json", &path]).stdout).unwrap()[0];
    let gaps = analysis["gaps"].as_array().unwrap().iter().filter_map(|gap| gap["posterior"].as_f64());
    let gaps = gaps.chain(["p_no_change", "p_other_direction"].map(|key| analysis[key].as_f64().unwrap()));
    let step = analysis["steps"].as_array().unwrap().iter().find(|step| step["commit"] == commit).unwrap();
    (-gaps.filter(|p| *p > 0.0).map(|p| p * p.log2()).sum::<f64>(), step["p_bad"].as_f64().unwrap())
}

/// The expected drop of the entropy when the analysis is made again with a crash or a pass more. The chance of a crash
/// follows from P(bad), whose mean does not change. What `next` says leaves out that a run also tells of the rates of both
/// sides: of a revision that is surely good or bad it tells little else. And the search knows no change that makes a test fail less
/// than one and a half times as often, which the analysis does.
#[test]
fn a_run_tells_what_the_analysis_says_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let plan = plan(&["--runs", "1", "--target", "0.999", &table(dir.path(), None)]);
    let of = |more| analyzed(dir.path(), "c03", more);
    let ((entropy, bad), (crashed, bad_crashed), (passed, bad_passed)) = (of(None), of(Some(true)), of(Some(false)));
    let crash = (bad - bad_passed) / (bad_crashed - bad_passed);
    let drop = entropy - crash * crashed - (1.0 - crash) * passed;
    let proposal = plan["proposals"].as_array().unwrap().iter().find(|proposal| proposal["commit"] == "c03").unwrap();
    let bits = proposal["bits"].as_f64().unwrap();
    assert!((0.6 * drop..1.15 * drop).contains(&bits), "{bits} {drop}");
}

#[test]
fn what_cannot_be_reached_or_paid_is_refused() {
    for (option, value, said) in [
        ("--target", "1", "no number of runs reaches"),
        ("--target", "1.0", "no number of runs reaches"),
        ("--build-cost", "1e308", "expected a number of seconds from 0 to 1e9"),
        ("--run-cost", "inf", "expected a number of seconds from 0 to 1e9"),
    ] {
        let ran = support::run(&["next", option, value, support::LOGS[4].1]);
        assert_eq!(ran.code, Some(2), "{option} {value}");
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
}

fn numbers(plan: &Value, key: &str) -> Vec<f64> {
    plan["proposals"].as_array().unwrap().iter().filter_map(|proposal| proposal[key].as_f64()).collect()
}

#[test]
fn json_holds_to_its_schema() {
    let schema = std::fs::read(support::root().join("schema/next.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    let plans: Value = serde_json::from_str(&support::run(&["next", "--format", "json", "data"]).stdout).unwrap();
    let plans = plans.as_array().unwrap();
    assert_eq!(plans.len(), 5);
    for plan in plans {
        let errors: Vec<_> = schema.iter_errors(plan).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    for (key, value) in [("reached", Value::from(1.5)), ("advice", "perhaps".into()), ("surplus", true.into())] {
        let mut wrong = plans[0].clone();
        wrong[key] = value;
        assert!(!schema.is_valid(&wrong), "{key}");
    }
}

/// Where git has only skipped commits left, none of them is proposed: to make one build is all that helps.
#[test]
fn what_was_skipped_is_not_proposed() {
    let plan = plan(&["tests/git_bisect/skipped.log"]);
    assert_eq!(plan["unbuilt"]["suspects"], 8);
    assert_eq!(plan["unbuilt"]["untestable"].as_array().unwrap().len(), 7);
    let ran = support::run(&["next", "tests/git_bisect/skipped.log"]);
    assert!(
        ran.stdout.contains("7 of the 8 suspects could not be built or tested: make one of them build"),
        "{}",
        ran.stdout
    );
    // What lies before the newest commit, which crashed, and after the last that passed.
    let ends = ["924d22f7faae", "8be88e7cc7ff"];
    let inside = |proposal: &&Value| {
        proposal["checkout"].as_str().is_some_and(|checkout| ends.iter().all(|end| checkout.contains(end)))
    };
    let proposals = plan["proposals"].as_array().unwrap();
    assert!(!proposals.iter().any(|proposal| inside(&proposal)), "{proposals:?}");
}

/// A file with this text, and its path.
fn file(dir: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What the screen says, without the folder that a table lies in.
fn said(args: &[&str], dir: &tempfile::TempDir) -> String {
    let ran = support::run(&[&["next"], args].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran.stdout.replace(&format!("{}/", dir.path().display()), "")
}

/// Builds that are no git commits, of which two were not run: three places are as likely, and nobody has counted their commits.
const BUILDS: &str = "commit,passes,crashes,order\nbuild-1,10,0,1\nbuild-2,0,0,2\nbuild-3,0,0,3\nbuild-4,0,10,4\n";

#[test]
fn a_person_reads_what_a_result_decides() {
    let dir = tempfile::TempDir::new().unwrap();
    insta::assert_snapshot!("log", said(&["data/004_css_free_rwork_fn.txt"], &dir));
    let builds = file(&dir, "builds.csv", BUILDS);
    insta::assert_snapshot!("builds", said(&[&builds], &dir));
    let ran = support::run(&["next", "--format", "git", &builds]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "no build is checked out by git");
    let hashes = "commit,passes,crashes,order\n1111111,30,0,1\n2222222,6,0,2\n3333333,2,3,3\n";
    insta::assert_snapshot!("table", said(&["--target", "0.999", &file(&dir, "runs.csv", hashes)], &dir));
}

/// Of gaps as likely as each other the oldest is the likeliest, in every output.
#[test]
fn one_of_several_likeliest_gaps_is_named_everywhere() {
    let dir = tempfile::TempDir::new().unwrap();
    let table = "commit,passes,crashes,order\nbuild-1,10,0,1\nbuild-2,0,0,2\nbuild-3,0,10,3\n";
    let path = file(&dir, "builds.csv", table);
    let report = support::run(&["analyze", &path]).stdout;
    let look = report.lines().find(|line| line.contains("look here")).unwrap().to_owned();
    assert!(look.contains("build-1..build-2"), "{report}");
    assert!(!report.contains("← here"), "build-2 has no row to mark: {report}");
}

#[test]
fn nothing_is_proposed_twice() {
    for (_, log) in support::LOGS {
        let ran = support::run(&["next", "--target", "0.9999", log]);
        let rows = ran.stdout.lines().skip_while(|line| !line.starts_with(" run ")).skip(1);
        let rows: Vec<_> = rows.take_while(|line| !line.is_empty()).collect();
        let names: std::collections::HashSet<_> = rows.iter().map(|row| row.split(" new ").next()).collect();
        assert_eq!(names.len(), rows.len(), "{}", ran.stdout);
    }
}

/// What was run since is a table beside the log: its crashes count as the log's bug, its order says nothing.
#[test]
fn what_was_run_since_is_added_to_the_log() {
    const LOG: &str = "data/004_css_free_rwork_fn.txt";
    let dir = tempfile::TempDir::new().unwrap();
    let more = file(&dir, "more.csv", "commit,passes,crashes\n66ae0d1e2d9f,40,0\n6c2450ae5565,2,8\n");
    let ran = support::run(&["next", "--format", "json", "--together", LOG, &more]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("8 crashes without a title: taken for \"INFO: task hung in"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("which revision is older"), "{}", ran.stderr);
    let (plan, before) = (serde_json::from_str::<Value>(&ran.stdout).unwrap()[0].clone(), plan(&[LOG]));
    for cost in ["build", "run"] {
        let of = |plan: &Value| plan["costs"][cost].as_f64().unwrap();
        assert!((of(&plan) / of(&before) - 1.0).abs() < 1e-6, "the log's own figures stay");
    }
    assert_ne!(plan["entropy"], before["entropy"]);
    // `analyze` takes them the same way.
    let ran = support::run(&["analyze", "--format", "json", "--together", LOG, &more]);
    let analysis = &serde_json::from_str::<Value>(&ran.stdout).unwrap()[0];
    let crashes: u64 =
        analysis["titles"].as_array().unwrap().iter().filter_map(|title| title["crashes"].as_u64()).sum();
    let log = &serde_json::from_str::<Value>(&support::run(&["analyze", "--format", "json", LOG]).stdout).unwrap()[0];
    let known: u64 = log["titles"].as_array().unwrap().iter().filter_map(|title| title["crashes"].as_u64()).sum();
    assert_eq!(crashes, known + 8);
    // A revision that the log has not has its place in a repository only.
    let new = file(&dir, "new.csv", "commit,passes,crashes\n66ae0d1e2d9f,4,0\n123456789abc,9,1\n");
    let ran = support::run(&["next", "--together", LOG, &new]);
    assert!(ran.code == Some(2) && ran.stderr.contains("say --repo DIR"), "{}", ran.stderr);
}

/// A commit that a release contains can be asked for by mail.
#[test]
fn syzbot_can_be_asked() {
    let dir = tempfile::TempDir::new().unwrap();
    let plan = plan(&["--target", "0.99999", support::LOGS[4].1]);
    let proposals = plan["proposals"].as_array().unwrap();
    for proposal in proposals {
        let line = proposal["commit"].as_str().map(|commit| {
            format!("#syz test: https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git {commit}")
        });
        assert!(proposal["syz_test"].is_null() || proposal["syz_test"].as_str() == line.as_deref(), "{proposal}");
    }
    let builds = file(&dir, "builds.csv", BUILDS);
    assert!(self::plan(&[&builds])["proposals"].as_array().unwrap().iter().all(|one| one["syz_test"].is_null()));
}

#[test]
fn what_is_sure_needs_no_runs() {
    let plan = plan(&["data/000_nbd_ioctl.txt"]);
    assert_eq!(plan["advice"], "enough");
    assert!(plan["likeliest"].as_str().unwrap().starts_with("e9e006f5fcf2"));
    assert_eq!(plan["proposals"].as_array().unwrap().len(), 0);
    let ran = support::run(&["next", "data/000_nbd_ioctl.txt"]);
    assert!(ran.stdout.contains("No more runs are needed"), "{}", ran.stdout);
    assert_eq!(support::run(&["next", "--format", "git", "data/000_nbd_ioctl.txt"]).stdout, "");
}

#[test]
fn a_wrong_result_is_resumed_where_the_mass_is() {
    let plan = plan(&["data/004_css_free_rwork_fn.txt"]);
    assert_eq!(plan["advice"], "run");
    assert_eq!(plan["likeliest"], Value::Null);
    let best = &plan["proposals"][0];
    let checkout = best["checkout"].as_str().unwrap();
    assert!(checkout.contains("6c2450ae5565") && checkout.contains("..66ae0d1e2d9f"), "{checkout}");
    assert!(best["bits"].as_f64().unwrap() > 0.5 && best["bits"].as_f64().unwrap() <= 1.0);
    let commands = support::run(&["next", "--format", "git", "data/004_css_free_rwork_fn.txt"]).stdout;
    assert_eq!(commands, format!("{checkout}\n"));
}

#[test]
fn more_runs_tell_more_and_each_tells_less() {
    let best = |runs: &str| {
        let plan = plan(&["--runs", runs, "data/004_css_free_rwork_fn.txt"]);
        let of = |key| plan["proposals"][0][key].as_f64().unwrap();
        (of("bits"), of("bits_per_run"))
    };
    let gains = ["1", "2", "5", "20", "100"].map(best);
    for pair in gains.windows(2) {
        assert!(pair[1].0 >= pair[0].0 && pair[1].1 <= pair[0].1, "{gains:?}");
    }
    assert!(gains[4].0 <= 1.0, "a yes or no is a bit at most: {gains:?}");
}

#[test]
fn costs_decide_how_many_runs() {
    let runs = |build: &str, run: &str| {
        let plan = plan(&["--build-cost", build, "--run-cost", run, "data/004_css_free_rwork_fn.txt"]);
        assert!(numbers(&plan, "bits_per_second").windows(2).all(|pair| pair[0] >= pair[1]));
        plan["proposals"][0]["runs"].as_u64().unwrap()
    };
    assert!(runs("3600", "1") > runs("1", "60"));
}

#[test]
fn a_table_tells_what_its_runs_cost() {
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join("t.csv");
    let rows = "commit,passes,crashes,commit_position,seconds\nold,10,0,1,100\nnew,3,7,100,300\n";
    std::fs::write(&path, rows).unwrap();
    let plan = plan(&[path.to_str().unwrap()]);
    assert_eq!((&plan["costs"]["build"], &plan["costs"]["run"]), (&Value::from(0.0), &Value::from(20.0)));
    assert_eq!(plan["proposals"][0]["runs"], 1, "with nothing to build, one run at a time");
    let told = self::plan(&["--build-cost", "600", path.to_str().unwrap()]);
    assert!(told["proposals"][0]["runs"].as_u64().unwrap() > 1, "{told}");
}

#[test]
fn a_plan_of_nothing_says_what_to_do() {
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join("t.csv");
    std::fs::write(&path, "commit,outcome\na1,pass\nb2,pass\n").unwrap();
    let ran = support::run(&["next", path.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("Every run passes: there is nothing to run."), "{}", ran.stdout);
    for bad in [["--target", "2"], ["--runs", "0"], ["--workers", "0"], ["--run-cost", "-1"], ["--build-cost", "nan"]] {
        let ran = support::run(&[&["next", "data/004_css_free_rwork_fn.txt"][..], &bad].concat());
        assert_eq!(ran.code, Some(2), "{bad:?}");
    }
}
