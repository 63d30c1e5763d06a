//! Tables of outcomes: what columns and cells mean, and that the same outcomes say the same in every form.

#![cfg(feature = "cli")]

use crate::support;

use bisectstat::analysis::{Analysis, Settings, analyze};
use bisectstat::evidence::{Ending, Format, Kind, Role, Source};
use bisectstat::frame::Frames;
use bisectstat::ingest::table::{Columns, Meaning};
use bisectstat::ingest::{Reading, read_with};
use bisectstat::prob::Prob;
use proptest::prelude::*;

fn reading(table: &str) -> Reading {
    told(table, &[])
}

fn told(table: &str, columns: &[(Meaning, &str)]) -> Reading {
    let columns: Columns = columns.iter().map(|(meaning, name)| (*meaning, (*name).to_owned())).collect();
    read_with(table.as_bytes(), &Source::new("table"), &columns).unwrap()
}

fn counts(reading: &Reading) -> Vec<(String, u32, u32, u32)> {
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    let steps = reading.bisections.iter().flat_map(|bisection| &bisection.steps);
    let row = |step: &bisectstat::evidence::Step| {
        let counts = step.counts();
        (step.commit.to_string(), counts.passes, counts.crashes, counts.voids)
    };
    steps.map(row).collect()
}

fn analysis(reading: Reading) -> Analysis {
    analyze(reading.bisections, &Settings::default()).remove(0)
}

fn row(name: &str, passes: u32, crashes: u32, voids: u32) -> (String, u32, u32, u32) {
    (name.to_owned(), passes, crashes, voids)
}

#[test]
fn rows_are_runs_or_counts() {
    let runs = "commit,outcome\nb1,pass\nb1,pass\nb1,skip\nb2,fail\nb2,pass\n";
    let expected = [row("b1", 2, 0, 1), row("b2", 1, 1, 0)];
    assert_eq!(counts(&reading(runs)), expected);
    assert_eq!(counts(&reading("sha,passes,crashes,skips\nb1,2,0,1\nb2,1,1,\n")), expected);
    assert_eq!(
        counts(&reading("rev\tresult\tcount\nb1\tok\t2\nb1\terror\t1\nb2\tFAILED\t1\nb2\tpassed\t1\n")),
        expected
    );
    assert_eq!(counts(&reading("revision;exit_code\nb1;0\nb1;0\nb1;125\nb2;139\nb2;0\n")), expected);
    let lines = "{\"commit\":\"b1\",\"outcome\":\"pass\",\"count\":2}\n{\"commit\":\"b1\",\"outcome\":\"skip\"}\n\
                 {\"commit\":\"b2\",\"outcome\":false}\n{\"commit\":\"b2\",\"outcome\":true}\n";
    assert_eq!(counts(&reading(lines)), expected);
}

#[test]
fn a_columns_name_tells_what_true_means() {
    let expected = [row("b1", 1, 0, 0), row("b2", 0, 1, 0)];
    assert_eq!(counts(&reading("commit,passed\nb1,true\nb2,false\n")), expected);
    assert_eq!(counts(&reading("commit,passed\nb1,1\nb2,0\n")), expected);
    assert_eq!(counts(&reading("commit,crashed\nb1,false\nb2,true\n")), expected);
    assert_eq!(counts(&reading("commit,crashed\nb1,0\nb2,1\n")), expected);
    assert_eq!(counts(&reading("commit,exit\nb1,0\nb2,1\n")), expected);
}

#[test]
fn columns_can_be_told() {
    let table = "id,when,state\nb2,7,no good\nb3,8,ok\n";
    let columns = [(Meaning::Commit, "id"), (Meaning::Outcome, "state"), (Meaning::Order, "when")];
    let reading = told(table, &columns);
    assert_eq!(reading.problems[0].line.0, 2);
    assert!(reading.problems[0].flaw.to_string().contains("\"no good\""), "{:?}", reading.problems);
    let fine = told("id,when,state\nb2,7,good\nb1,3,bad\n", &columns);
    assert_eq!(counts(&fine), [row("b1", 0, 1, 0), row("b2", 1, 0, 0)]);
    let nothing = read_with(b"commit,outcome\nb2,no good\n", &Source::new("table"), &Columns::new()).unwrap_err();
    assert!(nothing.to_string().starts_with("found a table"), "{nothing}");
    let ran = support::run(&["analyze", "--map", "commit=id,result=state", "data/README.md"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("found \"result\", expected one of bisection, commit, outcome"), "{}", ran.stderr);
}

#[test]
fn order_is_a_column_or_the_rows() {
    let by_column = reading("commit,order,outcome\nc,30,fail\na,10,pass\nb,12,pass\n");
    let bisection = &by_column.bisections[0];
    let placed: Vec<_> = bisection.order.iter().map(|placed| (placed.commit.to_string(), placed.commits)).collect();
    assert_eq!(placed, [("a".to_owned(), None), ("b".to_owned(), Some(2)), ("c".to_owned(), Some(18))]);
    assert_eq!((bisection.format, bisection.kind, bisection.ending), (Format::Table, Kind::Cause, Ending::OnlyRuns));
    assert_eq!(bisection.steps[2].role, Role::Origin);
    let by_rows = reading("commit,outcome\nc,fail\na,pass\nb,pass\n");
    assert_eq!(by_rows.bisections[0].kind, Kind::Fix);
}

#[test]
fn a_table_may_hold_several_bisections() {
    let reading = reading("bug,commit,outcome\nx,1,pass\ny,1,fail\nx,2,fail\ny,2,pass\n");
    let ids: Vec<_> = reading.bisections.iter().map(|bisection| bisection.id.as_str()).collect();
    assert_eq!(ids, ["table#x", "table#y"]);
    assert_eq!((reading.bisections[0].kind, reading.bisections[1].kind), (Kind::Cause, Kind::Fix));
}

#[test]
fn the_change_is_found() {
    let table = "commit,order,passes,crashes\na,0,20,0\nb,100,20,0\nc,200,11,9\nd,300,9,11\n";
    let analysis = analysis(reading(table));
    let gap = &analysis.gaps[2];
    assert_eq!((gap.commits, gap.commits_exact), (Some(100), true));
    assert!(gap.posterior.unwrap().value() > 0.95, "{:?}", gap.posterior);
    assert_eq!((analysis.p_right, analysis.p_named), (None, None));
}

/// The runs are not made one by one, whatever a cell says.
#[test]
fn many_runs_cost_what_one_costs() {
    let table = |passes: u32| {
        let rows = (0..40).map(|i| format!("v{i},{passes},{}\n", if i < 20 { 0 } else { 5 }));
        format!("commit,passes,crashes\n{}", rows.collect::<String>())
    };
    let reading = reading(&table(100_000_000));
    assert_eq!(counts(&reading)[39], row("v39", 100_000_000, 5, 0));
    let analysis = analysis(reading);
    assert!(analysis.evidence.steps.iter().all(|step| step.runs.len() <= 2));
    let frames = Frames::of(std::slice::from_ref(&analysis)).unwrap();
    assert_eq!(frames.runs.height(), 60);
    let sum = frames.runs.column("count").unwrap().u32().unwrap().iter().flatten().map(u64::from).sum::<u64>();
    assert_eq!(sum, 4_000_000_100);
    assert_eq!(frames.bisections.column("runs").unwrap().u64().unwrap().get(0), Some(4_000_000_100));
    assert!(analysis.gaps.iter().all(|gap| gap.posterior.is_some_and(|p| p.value().is_finite())));
}

/// No crash is dropped beside billions of passes; what cannot be counted is refused with its line.
#[test]
fn what_cannot_be_counted_is_said() {
    let most = format!("commit,passes,crashes\nv1,{},0\nv2,100,20\n", u32::MAX - 120);
    assert_eq!(counts(&reading(&most)), [row("v1", u32::MAX - 120, 0, 0), row("v2", 100, 20, 0)]);
    let more = reading(&format!("{most}v3,9,1\nv4,0,0\n"));
    let said = more.problems.iter().map(|problem| (problem.line.0, problem.flaw.to_string()));
    let expected = "found more than 4294967295 runs in one bisection, expected fewer; this row is not read";
    assert_eq!(said.collect::<Vec<_>>(), [(4, expected.to_owned())]);
    assert_eq!(more.bisections[0].steps.len(), 3);
    let beyond = reading("commit,passes,crashes\nv1,4294967296,0\nv2,1,1\n");
    assert_eq!(beyond.problems[0].line.0, 2);
}

#[test]
fn damaged_rows_are_named_and_the_rest_is_read() {
    let table = "commit,outcome,count\na,pass,1\n,pass,1\nb,maybe,1\nc,fail,many\nd d,fail,1\ne,fail,2\n";
    let reading = reading(table);
    let lines: Vec<_> = reading.problems.iter().map(|problem| problem.line.0).collect();
    assert_eq!(lines, [3, 4, 5, 6]);
    assert_eq!(reading.bisections[0].steps.len(), 2);
}

#[test]
fn the_report_is_as_reviewed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nightly.csv");
    let table = "build,status,message\n100,pass,\n100,pass,\n101,pass,\n102,pass,\n102,fail,timeout in test_login\n\
                 103,fail,AssertionError in test_cart\n103,pass,\n104,fail,AssertionError in test_cart\n";
    std::fs::write(&path, table).unwrap();
    let ran = support::run(&["analyze", path.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout.replace(path.to_str().unwrap(), "nightly.csv"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever stands in the cells: no panic, and a posterior that sums to one, with no change and the other direction
    /// beside the gaps, or none at all.
    #[test]
    fn any_table_is_read_or_refused(rows in prop::collection::vec(prop::collection::vec("[ -~]{0,9}", 0..5), 0..9)) {
        let rows: Vec<String> = rows.iter().map(|cells| cells.join(",")).collect();
        let table = format!("commit,outcome,count,order\n{}\n", rows.join("\n"));
        if let Ok(reading) = read_with(table.as_bytes(), &Source::new("table"), &Columns::new()) {
            for analysis in analyze(reading.bisections, &Settings::default()) {
                let beside = [analysis.p_no_change, analysis.p_other_direction];
                let total: f64 =
                    analysis.gaps.iter().map(|gap| gap.posterior).chain(beside).flatten().map(Prob::value).sum();
                prop_assert!(total == 0.0 || (total - 1.0).abs() < 1e-6, "{total}");
            }
        }
    }

    /// One row a run, or one row for all runs of a revision.
    #[test]
    fn runs_and_counts_say_the_same(cells in prop::collection::vec((0u32..12, 0u32..12), 2..9)) {
        let rows = || cells.iter().enumerate();
        let counts: Vec<_> = rows().map(|(i, (p, c))| format!("r{i},{p},{c}\n")).collect();
        let runs: Vec<_> = rows().map(|(i, (p, c))| format!("r{i},skip,1\nr{i},fail,{c}\nr{i},pass,{p}\n")).collect();
        let (counts, runs) = (counts.concat(), format!("commit,outcome,count\n{}", runs.concat()));
        let posterior = |table: &str| -> Vec<_> {
            analysis(reading(table)).gaps.iter().map(|gap| gap.posterior).collect()
        };
        prop_assert_eq!(posterior(&format!("commit,passes,crashes\n{counts}")), posterior(&runs));
    }
}
