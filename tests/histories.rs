//! The promise: `history` says which tests got flaky, since which commit, and how sure that is; of what did not change it says
//! nothing.

#![cfg(feature = "cli")]

use crate::support;

use std::fmt::Write as _;
use std::path::Path;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;

/// The rate of a test at each commit; none where it is not run.
type Rate<'a> = &'a dyn Fn(u32) -> Option<f64>;

/// Tests by name, the number of commits, the runs of each test at a commit, and an outage: a commit and the share of its runs that
/// fail.
struct Table<'a> {
    tests: &'a [(&'a str, Rate<'a>)],
    commits: u32,
    runs: u32,
    outage: Option<(u32, f64)>,
}

impl Table<'_> {
    fn write(&self, path: &Path) -> String {
        let mut dice = ChaCha8Rng::seed_from_u64(5);
        let mut text = "test,commit,order,failures,runs\n".to_owned();
        for (name, rate) in self.tests {
            for commit in 0..self.commits {
                let Some(rate) = rate(commit) else { continue };
                let out = self.outage.filter(|(at, _)| *at == commit).map_or(0.0, |(_, share)| share);
                let fails = (0..self.runs).filter(|_| dice.random::<f64>() < rate + out - rate * out).count();
                writeln!(text, "{name},{commit:08x}abcd,{commit},{fails},{}", self.runs).unwrap();
            }
        }
        std::fs::write(path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn judged(args: &[&str]) -> Value {
    let ran = support::run(&[&["history", "--format", "json"], args].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn test<'v>(all: &'v Value, name: &str) -> &'v Value {
    all["tests"].as_array().unwrap().iter().find(|test| test["test"] == name).unwrap()
}

/// Commits at which a test changed, for the worse or not.
fn changes(test: &Value) -> Vec<(u32, bool)> {
    let place = |change: &Value| u32::from_str_radix(&change["upto"].as_str().unwrap()[..8], 16).unwrap();
    let changes = test["changes"].as_array().unwrap().iter();
    changes.map(|change| (place(change), change["worse"] == true)).collect()
}

/// One test of each kind, and an outage.
const KINDS: Table<'static> = Table {
    tests: &[
        ("always_flaky", &|_| Some(0.2)),
        ("breaks_at_40", &|commit| Some(f64::from(u8::from(commit >= 40)))),
        ("fixed_at_60", &|commit| Some(if commit < 60 { 0.4 } else { 0.0 })),
        ("flaky_from_30", &|commit| Some(if commit < 30 { 0.0 } else { 0.3 })),
        ("never_a", &|_| Some(0.0)),
        ("never_b", &|_| Some(0.0)),
        ("never_c", &|_| Some(0.0)),
        ("new_at_50", &|commit| (commit >= 50).then_some(0.0)),
        ("on_off_on", &|commit| Some(if (20..45).contains(&commit) || commit >= 80 { 0.5 } else { 0.0 })),
        ("removed_at_70", &|commit| (commit < 70).then_some(if commit < 40 { 0.0 } else { 1.0 })),
    ],
    commits: 100,
    runs: 6,
    outage: Some((12, 0.4)),
};

#[test]
fn each_kind_is_told_as_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let all = judged(&[&KINDS.write(&dir.path().join("runs.csv"))]);
    let near = |name: &str, expected: &[(u32, bool)]| {
        let found = changes(test(&all, name));
        assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
        for ((at, worse), (expected, rises)) in found.iter().zip(expected) {
            assert!(at.abs_diff(*expected) <= 2 && worse == rises, "{name}: {found:?}");
        }
    };
    near("always_flaky", &[]);
    near("breaks_at_40", &[(40, true)]);
    near("fixed_at_60", &[(60, false)]);
    near("flaky_from_30", &[(30, true)]);
    near("never_a", &[]);
    near("new_at_50", &[]);
    near("on_off_on", &[(20, true), (45, false), (80, true)]);
    near("removed_at_70", &[(40, true)]);
    for (name, state) in [
        ("always_flaky", "always_flaky"),
        ("breaks_at_40", "broke"),
        ("fixed_at_60", "fixed"),
        ("flaky_from_30", "got_worse"),
        ("on_off_on", "got_worse"),
        ("new_at_50", "passed"),
    ] {
        assert_eq!(test(&all, name)["state"], state, "{name}");
    }
    let outages = all["outages"].as_array().unwrap();
    assert_eq!(outages.len(), 1, "{outages:?}");
    assert_eq!(outages[0]["revision"], "0000000cabcd");
    let [shared] = &all["shared"].as_array().unwrap()[..] else { panic!("{}", all["shared"]) };
    assert_eq!(shared["upto"], "00000028abcd");
    assert_eq!(shared["tests"], serde_json::json!(["breaks_at_40", "removed_at_70"]));
}

#[test]
fn json_holds_to_its_schema() {
    let dir = tempfile::tempdir().unwrap();
    let path = KINDS.write(&dir.path().join("runs.csv"));
    let schema = std::fs::read(support::root().join("schema/history.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    for args in [vec![path.as_str()], vec!["--since", "00000014", &path]] {
        let errors: Vec<_> = schema.iter_errors(&judged(&args)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

#[test]
fn the_screen_is_as_reviewed() {
    let dir = tempfile::tempdir().unwrap();
    let path = KINDS.write(&dir.path().join("runs.csv"));
    insta::assert_snapshot!("history_screen", support::run(&["history", &path]).stdout);
    insta::assert_snapshot!("history_since", support::run(&["history", "--since", "0000002d", &path]).stdout);
    insta::assert_snapshot!("history_of_one", support::run(&["history", "--test", "on_off", &path]).stdout);
}

/// What got worse before a revision did not get worse since.
#[test]
fn since_asks_for_later_changes_alone() {
    let dir = tempfile::tempdir().unwrap();
    let all = judged(&["--since", "00000032", &KINDS.write(&dir.path().join("runs.csv"))]);
    let p = |name: &str| test(&all, name)["p_worse_since"].as_f64().unwrap();
    assert!(p("on_off_on") > 0.99 && p("breaks_at_40") < 0.01 && p("flaky_from_30") < 0.05 && p("always_flaky") < 0.05);
}

/// The order of rows is not that of history, and the same runs in two files are runs of one test.
#[test]
fn rows_in_any_order_and_files_tell_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = KINDS.write(&dir.path().join("runs.csv"));
    let text = std::fs::read_to_string(&path).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let mut reversed: Vec<&str> = rows.lines().collect();
    reversed.reverse();
    let turned = dir.path().join("turned.csv");
    std::fs::write(&turned, format!("{header}\n{}\n", reversed.join("\n"))).unwrap();
    let ours = judged(&[&path]);
    assert_eq!(ours, judged(&[turned.to_str().unwrap()]));
    let parts = dir.path().join("parts");
    std::fs::create_dir(&parts).unwrap();
    for (name, keep) in [("a.csv", true), ("b.csv", false)] {
        let part = rows.lines().enumerate().filter(|(at, _)| at.is_multiple_of(2) == keep);
        let part = part.map(|(_, row)| format!("{row}\n")).collect::<Vec<_>>().concat();
        std::fs::write(parts.join(name), format!("{header}\n{part}")).unwrap();
    }
    let split = judged(&[parts.to_str().unwrap()]);
    assert_eq!(split["runs"], ours["runs"]);
    assert_eq!(split["tests"], ours["tests"]);
}

/// Without numbers, two files that share no revision do not tell which is older.
#[test]
fn an_order_that_nothing_tells_is_a_question() {
    let dir = tempfile::tempdir().unwrap();
    for (name, commits) in [("a.csv", ["aaaaaaa1", "aaaaaaa2"]), ("b.csv", ["bbbbbbb1", "bbbbbbb2"])] {
        let rows = commits.map(|commit| format!("t,{commit},0,5\n")).concat();
        std::fs::write(dir.path().join(name), format!("test,commit,failures,runs\n{rows}")).unwrap();
    }
    let ran = support::run(&["history", dir.path().to_str().unwrap()]);
    assert_eq!(ran.code, Some(2), "{}", ran.stdout);
    assert!(ran.stderr.contains("nothing tells which is older, aaaaaaa1 or bbbbbbb1"), "{}", ran.stderr);
}

#[test]
fn what_is_no_history_is_refused_in_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let path = KINDS.write(&dir.path().join("runs.csv"));
    for (args, said) in [
        (vec![support::LOGS[4].1], "use bisectstat analyze"),
        (vec!["--since", "ffff", &path], "is none of the revisions"),
        (vec!["--since", "0000", &path], "or several of them"),
        (vec!["--test", "never", &path], "could be 3 of the tests"),
        (vec!["--test", "nothing", &path], "could be 0 of the tests"),
    ] {
        let ran = support::run(&[&["history"], &args[..]].concat());
        assert_eq!(ran.code, Some(2), "{args:?}: {}", ran.stdout);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
}

/// Tests without a failure stand in JUnit reports, too: they tell an outage from a change.
#[test]
fn reports_are_read_with_the_tests_that_passed() {
    let dir = tempfile::tempdir().unwrap();
    for commit in 0..12u32 {
        let case = |name: &str, fails: bool| {
            let body = if fails { "<failure message=\"no\">no</failure>" } else { "" };
            format!("<testcase classname=\"s\" name=\"{name}\">{body}</testcase>")
        };
        let cases = case("good", false) + &case("breaks", commit >= 7);
        let text = format!("<testsuite name=\"s\">{cases}</testsuite>");
        std::fs::write(dir.path().join(format!("{commit:03}-{:010x}.xml", 0xabc_0000_u64 + u64::from(commit))), text)
            .unwrap();
    }
    let all = judged(&[dir.path().to_str().unwrap()]);
    assert_eq!((test(&all, "s.good")["state"].as_str(), all["tests"].as_array().unwrap().len()), (Some("passed"), 2));
    assert_eq!(test(&all, "s.breaks")["changes"][0]["upto"], "000abc0007");
}

/// The gate fails for what got worse in the range under review, and for nothing else.
#[test]
fn the_gate_fails_for_what_got_worse() {
    let dir = tempfile::tempdir().unwrap();
    let path = KINDS.write(&dir.path().join("runs.csv"));
    let gate =
        |since: &str, more: &[&str]| support::run(&[&["gate", "--no-config", "--since", since, &path], more].concat());
    let failed = |args: &[&str]| {
        let ran = gate("0000002d", args);
        let whole: Value = serde_json::from_str(&ran.stdout).unwrap();
        let failed = whole["bisections"].as_array().unwrap().iter().filter(|one| one["passed"] == false);
        let name = |one: &Value| one["bisection"].as_str().unwrap().rsplit('#').next().unwrap().to_owned();
        (ran.code, failed.map(name).collect::<Vec<_>>())
    };
    // Since commit 45: what broke at 40 is no news, and what was mended at 60 is none to stop for.
    assert_eq!(failed(&["--format", "json"]), (Some(1), vec!["on_off_on".to_owned()]));
    assert_eq!(gate("0000005a", &[]).code, Some(0), "{}", gate("0000005a", &[]).stdout);
    insta::assert_snapshot!("gate_of_histories", gate("0000001e", &[]).stdout.replace(&path, "runs.csv"));
    // What stands in the baseline does not count, also when more runs have come.
    let baseline = dir.path().join("known.json");
    let (write, read) = ("--write-baseline", "--baseline");
    assert_eq!(gate("0000002d", &[write, baseline.to_str().unwrap()]).code, Some(0));
    assert_eq!(gate("0000002d", &[read, baseline.to_str().unwrap()]).code, Some(0));
    let text = std::fs::read_to_string(&path).unwrap();
    let more = [100, 101, 102, 103].map(|commit| format!("on_off_on,{commit:08x}abcd,{commit},3,6\n")).concat();
    std::fs::write(&path, text + &more).unwrap();
    assert_eq!(gate("0000002d", &[read, baseline.to_str().unwrap()]).code, Some(0));
    assert_eq!(gate("0000002d", &[]).code, Some(1));
    // What it was called before: still nothing without a revision to compare with.
    let ran = support::run(&["gate", &path, "--history"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("--since"), "{}", ran.stderr);
    assert_eq!(gate("0000002d", &["--history"]).code, Some(1));
}

/// The pages are whole, hold to the rules of all pages, and lead to each other.
#[test]
fn the_pages_show_each_test() {
    let dir = tempfile::tempdir().unwrap();
    let path = KINDS.write(&dir.path().join("runs.csv"));
    let out = dir.path().join("tests.html");
    let ran = support::run(&["history", &path, "--since", "0000002d", "-o", out.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let overview = std::fs::read_to_string(&out).unwrap();
    crate::support::page::hold_to_the_rules(&overview);
    let words = crate::support::page::words(&overview);
    for said in ["fail more often than before", "2 tests got worse together", "outage at 0000000cabcd", "worse than at"]
    {
        assert!(words.contains(said), "{said}: {words}");
    }
    let mut pages: Vec<String> = std::fs::read_dir(dir.path().join("tests.d"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    // A test that failed in an outage alone never failed.
    let named = ["always_flaky", "breaks_at_40", "fixed_at_60", "flaky_from_30", "on_off_on", "removed_at_70"];
    assert_eq!(pages, named.map(|name| format!("test-{name}.html")));
    for page in &pages {
        assert!(overview.contains(&format!("tests.d/{page}")), "{page}");
        let text = std::fs::read_to_string(dir.path().join("tests.d").join(page)).unwrap();
        crate::support::page::hold_to_the_rules(&text);
        assert!(text.contains("../tests.html"), "{page}");
    }
    // A page of an earlier run is not left behind.
    support::run(&["history", docs_table().to_str().unwrap(), "-o", out.to_str().unwrap()]);
    assert!(!dir.path().join("tests.d/test-on_off_on.html").exists());
    assert!(dir.path().join("tests.d/test-cart--total.html").exists());
}

fn docs_table() -> std::path::PathBuf {
    support::root().join("docs/start/ci.csv")
}

/// Pictures for eyes: the same test as in `docs/history.md`.
#[test]
fn the_pictures_are_as_reviewed() {
    use bisectstat::analysis::histories::Gathered;
    use bisectstat::chart::{Theme, of_histories, of_history};
    let bytes = std::fs::read(docs_table()).unwrap();
    let read = bisectstat::ingest::read(&bytes, &bisectstat::evidence::Source::new("ci.csv")).unwrap();
    let mut gathered = Gathered::default();
    read.bisections.iter().for_each(|bisection| gathered.add(bisection).unwrap());
    let all = gathered.judge(None, None, None).unwrap();
    let total = all.tests.iter().find(|test| &*test.test == "cart::total").unwrap();
    let pictures = of_histories(&all, Theme::Light).into_iter().chain([of_history(&all, total, Theme::Light)]);
    let said: Vec<String> =
        pictures.map(|picture| format!("{}: {}\n{}\n", picture.name, picture.title, picture.alt)).collect();
    insta::assert_snapshot!("history_pictures", said.concat());
}

/// The frames say what the JSON says, and the page lists their columns in order.
#[test]
fn frames_hold_what_the_json_holds() {
    use bisectstat::frame::Columns;
    use bisectstat::frame::histories::{CHANGES, REGIMES, TESTS};
    use polars_io::SerReader as _;
    use polars_io::prelude::ParquetReader;
    let dir = tempfile::tempdir().unwrap();
    let path = KINDS.write(&dir.path().join("runs.csv"));
    let frames = dir.path().join("frames");
    let all = judged(&["--since", "0000002d", "--frames", frames.to_str().unwrap(), &path]);
    let page = std::fs::read_to_string(support::root().join("docs/history.md")).unwrap();
    let keys = ["", "regimes", "changes"];
    for ((name, columns), key) in
        [("tests", &TESTS as &Columns), ("regimes", &REGIMES), ("changes", &CHANGES)].iter().zip(keys)
    {
        let listed: Vec<String> = columns.iter().map(|(column, _)| format!("`{column}`")).collect();
        assert!(page.contains(&format!("| {} |\n", listed.join(", "))), "{name}: {}", listed.join(", "));
        let file = std::fs::File::open(frames.join(name).with_extension("parquet")).unwrap();
        let frame = ParquetReader::new(file).finish().unwrap();
        let names: Vec<&str> = columns.iter().map(|(column, _)| *column).collect();
        assert_eq!(frame.get_column_names().iter().map(|name| name.as_str()).collect::<Vec<_>>(), names);
        let tests = all["tests"].as_array().unwrap();
        let rows = if key.is_empty() {
            tests.len()
        } else {
            tests.iter().map(|test| test[key].as_array().unwrap().len()).sum()
        };
        assert_eq!(frame.height(), rows, "{name}");
    }
}

/// Whatever part of an archive is judged by a prior: each test gets the history that it has in the whole.
#[test]
fn a_part_judged_by_the_prior_of_the_whole_is_part_of_the_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (table, prior) = (docs_table(), path("prior.json"));
    let table = table.to_str().unwrap();
    judged(&["--write-prior", &prior, table]);
    let whole = judged(&["--prior", &prior, table]);
    let text = std::fs::read_to_string(table).unwrap();
    for name in ["cart::total", "login::expires", "search::pages"] {
        let rows = text.lines().filter(|row| row.starts_with("test,") || row.starts_with(&format!("{name},")));
        std::fs::write(path("part.csv"), rows.collect::<Vec<_>>().join("\n")).unwrap();
        let part = judged(&["--prior", &prior, &path("part.csv")]);
        assert_eq!(part["tests"].as_array().unwrap().len(), 1);
        assert_eq!(test(&part, name), test(&whole, name), "{name}");
        assert_eq!(part["hazard"], whole["hazard"]);
    }
    // By itself, one test can tell neither how often rates change nor an outage.
    assert_ne!(test(&judged(&[&path("part.csv")]), "search::pages"), test(&whole, "search::pages"));
    // A prior that other revisions taught says nothing of outages at these.
    let other = KINDS.write(&dir.path().join("runs.csv"));
    assert_eq!(judged(&["--prior", &prior, &other])["outages"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_no_prior_of_histories_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let prior = dir.path().join("prior.json");
    let prior = prior.to_str().unwrap();
    let table = docs_table();
    judged(&["--write-prior", prior, table.to_str().unwrap()]);
    let whole = std::fs::read_to_string(prior).unwrap();
    let cut = whole.find("\"hazard\"").unwrap();
    for (text, why) in [
        (whole[..cut].to_owned(), "EOF"),
        ("{}".to_owned(), "missing field `schema`"),
        (whole.replace("history-prior/1", "history-prior/9"), "expected \"bisectstat-history-prior/1\""),
        (whole.replace("[0.0005,", "[0.0007,"), "other rates"),
        (whole.replace("\"hazard\":0.", "\"hazard\":7."), "a hazard that is not between 0 and 0.5"),
        (whole.replace("\"tests\":8", "\"tests\":8,\"more\":1"), "unknown field `more`"),
    ] {
        std::fs::write(prior, &text).unwrap();
        let ran = support::run(&["history", "--prior", prior, table.to_str().unwrap()]);
        assert_eq!(ran.code, Some(2), "{text}");
        assert!(ran.stderr.contains(prior) && ran.stderr.contains(why), "{why}: {}", ran.stderr);
    }
}

/// The tests of one file are those of another, however many each holds; what all have in common is no part of the names.
#[test]
fn a_test_has_one_name_in_all_files() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, rows: &[&str]| {
        let path = dir.path().join(name);
        std::fs::write(&path, ["platform,test,commit,order,failures,runs", &rows.join("\n")].join("\n")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let names = |all: &Value| -> Vec<String> {
        let tests = all["tests"].as_array().unwrap();
        let mut names: Vec<_> = tests.iter().map(|test| test["test"].as_str().unwrap().to_owned()).collect();
        names.sort_unstable();
        names
    };
    let monday = write("mon.csv", &["linux,a,c1,1,0,4", "linux,b,c1,1,0,4", "linux,a,c2,2,1,4", "linux,b,c2,2,0,4"]);
    let tuesday = write("tue.csv", &["linux,a,c3,3,2,4", "linux,a,c4,4,2,4"]);
    let both = judged(&[&monday, &tuesday]);
    assert_eq!(names(&both), ["a", "b"]);
    assert_eq!(both["runs"], 24);
    assert_eq!(names(&judged(&[&tuesday])), ["linux / a"]);
    let wednesday = write("wed.csv", &["mac,a,c5,5,0,4", "mac,a,c6,6,0,4"]);
    assert_eq!(names(&judged(&[&monday, &tuesday, &wednesday])), ["linux / a", "linux / b", "mac / a"]);
}
