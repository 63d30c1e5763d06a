//! Tables of outcomes: what columns and cells mean, and that the same outcomes say the same in every form.

#![cfg(feature = "cli")]

use crate::support;

use bisectstat::analysis::{Analysis, Settings, analyze};
use bisectstat::evidence::{Arranged, Ending, Format, Kind, Role, Source};
use bisectstat::frame::Frames;
use bisectstat::ingest::table::{Columns, Meaning};
use bisectstat::ingest::{ReadError, Reading, read_with};
use bisectstat::prob::Prob;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

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
                 {\"commit\":\"b2\",\"passes\":0,\"crashes\":1}\n{\"commit\":\"b2\",\"outcome\":\"ok\"}\n";
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
    let unknown = |name: &str| (name.to_owned(), None);
    assert_eq!(placed, ["a", "b", "c"].map(unknown), "a place is no number of commits");
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
    let table = "commit,commit_position,passes,crashes\na,0,20,0\nb,100,20,0\nc,200,11,9\nd,300,9,11\n";
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

/// The question that a table leaves open.
fn question(table: &str) -> String {
    match read_with(table.as_bytes(), &Source::new("table"), &Columns::new()) {
        Err(error @ (ReadError::Question(_) | ReadError::NoBisection(_))) => error.to_string(),
        other => panic!("{table}\nwas read as {other:?}"),
    }
}

/// Two revisions, three runs each: all pass, then one fails.
fn two(table: &str) {
    assert_eq!(counts(&reading(table)), [row("v1", 3, 0, 0), row("v2", 2, 1, 0)], "{table}");
}

#[test]
fn one_count_and_a_total_say_the_other() {
    two("commit,passes,runs\nv1,3,3\nv2,2,3\n");
    two("commit,failures,total\nv1,0,3\nv2,1,3\n");
    two("commit,attempts,successes\nv1,3,3\nv2,3,2\n");
    two("commit,fails,n\nv1,0,3\nv2,1,3\n");
    two("kernel,boots,hangs\nv1,3,0\nv2,3,1\n");
    two("rev,ok_count,n_runs\nv1,3,3\nv2,2,3\n");
    two("commit,OK,KO\nv1,3,0\nv2,2,1\n");
    two("commit,Num Failed,iterations\nv1,0,3\nv2,1,3\n");
    two("commit,outcome,count,total\nv1,fail,0,3\nv2,fail,1,3\n");
    two("commit,outcome,count,total\nv1,pass,3,3\nv2,pass,2,3\nv2,fail,1,3\n");
    two("commit,success,failure,total\nv1,3,0,3\nv2,2,1,3\n");
    let skipped = reading("commit,passed,failed,total\nv1,3,0,3\nv2,2,1,5\n");
    assert_eq!(counts(&skipped), [row("v1", 3, 0, 0), row("v2", 2, 1, 2)]);
    let smaller = reading("commit,failures,runs\nv1,0,3\nv2,7,3\n");
    assert_eq!(smaller.problems[0].line.0, 3);
    assert!(smaller.problems[0].flaw.to_string().contains("7 runs are counted, and 3"), "{:?}", smaller.problems);
    // One batch of runs whose crashes have titles, and two batches.
    let titled = reading("commit,title,crashes,runs\nv1,,0,9\nv2,A,2,9\nv2,B,1,9\n");
    assert_eq!(counts(&titled), [row("v1", 9, 0, 0), row("v2", 6, 3, 0)]);
    assert_eq!(counts(&reading("commit,crashes,runs\nv1,0,9\nv2,2,9\nv2,2,9\n"))[1], row("v2", 14, 4, 0));
}

#[test]
fn shares_are_read_with_their_total() {
    two("commit,fails/runs\nv1,0/3\nv2,1/3\n");
    two("commit,failed\nv1,0 of 3\nv2,1 / 3 (33%)\n");
    two("commit,pass/fail\nv1,3/0\nv2,2/1\n");
    two("commit,result\nv1,3 passed / 0 of 3\nv2,2 passed / 1 failed of 3\n");
    two("commit,summary result,result\nv1,x,\"3 passed\"\nv2,x,\"1 failed, 2 passed in 0.1s\"\n"
        .replace("\"3 passed\"", "\"3 passed of 3\"")
        .as_str());
    two("commit,pass_rate,runs\nv1,1.0,3\nv2,0.67,3\n");
    two("commit,failure_pct,runs\nv1,0,3\nv2,33.3,3\n");
    two("commit,crash rate,runs\nv1,0%,3\nv2,33%,3\n");
    let rate = reading(
        "build_number,commit_position,git_hash,pass_rate,iterations\n1,500,1cc9458b25e0,1.0,100\n2,520,46c2b0e5f0fb,0.55,100\n",
    );
    assert_eq!(counts(&rate), [row("1cc9458b25e0", 100, 0, 0), row("46c2b0e5f0fb", 55, 45, 0)]);
    assert_eq!(rate.bisections[0].order[1].commits, Some(20));
    assert!(question("commit,pass_rate\nv1,1.0\nv2,0.67\n").contains("--map total=COLUMN"));
}

#[test]
fn the_sense_is_in_the_name_or_is_asked_for() {
    let expected = [row("v1", 1, 0, 0), row("v2", 0, 1, 0)];
    for (name, yes) in [
        ("reproduced", "yes"),
        ("has_bug", "true"),
        ("hang", "1"),
        ("Crashed?", "Y"),
        ("bug_seen", "True"),
        ("is_bad", "t"),
        ("panicked", "1"),
        ("failed", "TRUE"),
        ("broken", "✓"),
    ] {
        let no = match yes {
            "1" => "0",
            "yes" => "no",
            "Y" => "N",
            "t" => "f",
            "✓" => "✗",
            _ => "false",
        };
        assert_eq!(counts(&reading(&format!("commit,{name}\nv1,{no}\nv2,{yes}\n"))), expected, "{name}");
    }
    for name in ["passed", "ok", "success", "Test Passed", "works", "is_good"] {
        assert_eq!(counts(&reading(&format!("commit,{name}\nv1,yes\nv2,no\n"))), expected, "{name}");
        assert_eq!(counts(&reading(&format!("commit,{name}\nv1,1\nv2,0\n"))), expected, "{name}");
    }
    let none = reading("commit,crash\nv1,none\nv2,yes\n");
    assert_eq!(counts(&none), expected, "no crash");
    for name in ["status", "outcome", "flag", "has_issue", "not_ok", "bug_fixed", "value"] {
        for (no, yes) in [("no", "yes"), ("0", "1"), ("False", "True")] {
            let asked = question(&format!("commit,{name}\nv1,{no}\nv2,{yes}\n"));
            assert!(asked.contains(&format!("--map crashed={name}")), "{name}: {asked}");
            assert!(asked.contains(&format!("--map passed={name}")), "{name}: {asked}");
        }
    }
    assert!(question("commit,result\nv1,0/3\nv2,1/3\n").contains("--map crashes=result"));
    assert!(question("commit,reproduced\nv1,failed\nv2,success\n").contains("attempt to reproduce"));
    let answered = told("commit,status\nv1,0\nv2,1\n", &[(Meaning::Crashed, "status")]);
    assert_eq!(counts(&answered), expected);
    let answered = told("commit,status\nv1,1\nv2,0\n", &[(Meaning::Passed, "status")]);
    assert_eq!(counts(&answered), expected);
    let answered = told("commit,status\nv1,0\nv2,139\n", &[(Meaning::Exit, "status")]);
    assert_eq!(counts(&answered), expected);
}

#[test]
fn numbers_are_counts_or_truth_values() {
    let expected = [row("v1", 50, 0, 0), row("v2", 17, 3, 0)];
    assert_eq!(counts(&reading("commit,passed,failed\nv1,50,0\nv2,17,3\n")), expected);
    assert_eq!(counts(&reading("commit,pass,fail\nv1,50,0\nv2,17,3\n")), expected);
    assert_eq!(counts(&reading("commit,passed,failed\nv1,1,0\nv2,0,1\n")), [row("v1", 1, 0, 0), row("v2", 0, 1, 0)]);
    assert!(question("commit,passes\nv1,50\nv2,17\n").contains("nothing tells of how many runs"));
    assert!(question("commit,crashed,runs\nv1,0,50\nv2,1,50\n").contains("--map crashes=crashed"));
    assert!(question("commit,outcome,runs\nv1,pass,50\nv2,fail,50\n").contains("--map count=runs"));
    assert!(question("commit,failures,errors,runs\nv1,0,0,5\nv2,1,2,5\n").contains("--map crashes=failures"));
    assert!(question("commit,result,status\nv1,pass,pass\nv2,pass,fail\n").contains("--map outcome="));
    let exits = reading("commit,exit_code\nv1,0\nv1,125\nv2,1\nv2,256\n");
    assert_eq!((exits.problems.len(), exits.problems[0].line.0), (1, 5));
    let ended = counts(&reading("commit,returncode\nv1,0\nv2,-11\n"));
    assert_eq!(ended, [row("v1", 1, 0, 0), row("v2", 0, 1, 0)]);
}

#[test]
fn words_are_those_of_many_programs() {
    let words = |words: &[&str]| {
        let rows: Vec<String> = words.iter().enumerate().map(|(i, word)| format!("v{i},{word}\n")).collect();
        let counts = counts(&reading(&format!("commit,status\n{}", rows.concat())));
        counts.into_iter().map(|(_, passes, crashes, voids)| (passes, crashes, voids)).collect::<Vec<_>>()
    };
    assert_eq!(
        words(&["SUCCESS", "UNSTABLE", "FAILURE", "ABORTED", "NOT_BUILT"]),
        [(1, 0, 0), (0, 1, 0), (0, 1, 0), (0, 0, 1), (0, 0, 1)]
    );
    assert_eq!(words(&["PASSED", "FLAKY", "TIMEOUT", "FAILED_TO_BUILD"]), [(1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1)]);
    assert_eq!(
        words(&["success", "timed_out", "startup_failure", "action_required"]),
        [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 1)]
    );
    assert_eq!(
        words(&["ok", "not ok", "XFAIL", "MISS", "hang", "PASS"]),
        [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 1), (0, 1, 0), (1, 0, 0)]
    );
    let counted = reading("commit,status,count\nv1,FLAKY,5\nv1,PASSED,1\n");
    assert!(counted.problems[0].flaw.to_string().contains("not how many of them failed"), "{:?}", counted.problems);
}

#[test]
fn tables_have_many_shapes() {
    let expected = [row("1cc9458b25e0", 12, 0, 0), row("46c2b0e5f0fb", 11, 1, 0)];
    for table in [
        "commit;passes;fails\n1cc9458b25e0;12;0\n46c2b0e5f0fb;11;1\n",
        "# exported 2026-05-04, by hand\n\ncommit,passes,fails\n1cc9458b25e0,12,0\n# again\n46c2b0e5f0fb,11,1\n",
        "#commit\tpasses\tfails\n1cc9458b25e0\t12\t0\n46c2b0e5f0fb\t11\t1\n",
        "Here it is:\n\n| commit | passes | fails |\n| --- | ---: | :-: |\n| `1cc9458b25e0` | 12 | 0 |\n\
         | [46c2b0e5f0fb](https://example.org/c) | **11** | 1 |\n\nThanks!\n",
        "> | commit | passes | fails |\n> |---|---|---|\n> | 1cc9458b25e0 | 12 | 0 |\n> | 46c2b0e5f0fb | 11 | 1 |\n",
        " commit       | passes | fails\n--------------+--------+-------\n 1cc9458b25e0 |     12 |     0\n 46c2b0e5f0fb |     11 |     1\n",
        "┌───┬───┬───┐\n│ commit │ passes │ fails │\n├───┼───┼───┤\n│ 1cc9458b25e0 │ 12 │ 0 │\n│ 46c2b0e5f0fb │ 11 │ 1 │\n└───┴───┴───┘\n",
        "commit        passes  fails\n1cc9458b25e0      12      0\n46c2b0e5f0fb      11      1\n",
        "commit passes fails\n1cc9458b25e0 12 0\n46c2b0e5f0fb 11 1\n",
        "[{\"commit\":\"1cc9458b25e0\",\"passes\":12,\"fails\":0},\n {\"commit\":\"46c2b0e5f0fb\",\"passes\":11,\"fails\":1}]\n",
        "{\n \"runs\": [\n  {\"commit\": {\"sha\": \"1cc9458b25e0\"}, \"passes\": 12, \"fails\": 0},\n\
         {\"commit\": {\"sha\": \"46c2b0e5f0fb\"}, \"passes\": 11, \"fails\": 1}\n ]\n}\n",
        "[[\"commit\", \"passes\", \"fails\"], [\"1cc9458b25e0\", 12, 0], [\"46c2b0e5f0fb\", 11, 1]]",
        "commit,passes,fails\n1CC9458B25E0,12.0,0.0\n46c2b0e5f0fb,10,0\n46c2b0e,1,1\ntotal,23,1\n",
    ] {
        assert_eq!(counts(&reading(table)), expected, "{table}");
    }
    let blank = "commit        passes  fails\n1cc9458b25e0      12\n46c2b0e5f0fb      11      1\n";
    assert_eq!(counts(&reading(blank)), expected);
    let headless = [row("1cc9458b25e0", 1, 0, 0), row("46c2b0e5f0fb", 0, 1, 0)];
    assert_eq!(counts(&reading("1cc9458b25e0,pass\n46c2b0e5f0fb,fail\n")), headless);
    assert_eq!(counts(&reading("fail 46c2b0e5f0fb\npass 1cc9458b25e0\n")), [headless[1].clone(), headless[0].clone()]);
    let wide = reading("commit,outcome\nv1,pass,3\nv2,pass\n");
    assert_eq!(wide.problems.len(), 1, "a cell under no column");
}

#[test]
fn rows_of_json_have_their_lines() {
    let array = "[\n{\"commit\":\"v1\",\"outcome\":\"pass\"},\n\n{\"commit\":\"v2\",\n \"outcome\":\"maybe\"}, {\"commit\":\"v2\",\"outcome\":\"fail\"}]";
    let reading = reading(array);
    assert_eq!(reading.problems[0].line.0, 4);
    assert_eq!(reading.bisections[0].steps[1].line.0, 5);
}

#[test]
fn intels_comparisons_are_read() {
    let mail = "Hi,\n\ncommit: 46c2b0e5f0fbaa16816587f80594541ec978449d6e (\"queue: pop\")\n\n1cc9458b25e01e11 46c2b0e5f0fbaa16816587f8059\n\
        ---------------- ---------------------------\n       fail:runs  %reproduction    fail:runs\n           |             |             |\n\
          3:60          -5%            :90   dmesg.WARNING:at_kernel/a.c\n           :60          40%          36:90   dmesg.BUG:KASAN:in_pop\n\nmore\n";
    let reading = reading(mail);
    let read = counts(&reading);
    assert_eq!(read[0], row("1cc9458b25e01e11", 57, 3, 0));
    assert_eq!((read[1].1, read[1].2), (54, 36));
    let title = reading.bisections[0].title_counts()[0].title.as_ref().map(ToString::to_string);
    assert_eq!(title.as_deref(), Some("BUG:KASAN:in_pop"));
    assert_eq!(reading.bisections[0].arranged, Arranged::Told);
}

#[test]
fn revisions_are_ordered_by_time_or_names_or_not_at_all() {
    let order = |table: &str| {
        let reading = reading(table);
        let commits: Vec<String> = reading.bisections[0].steps.iter().map(|step| step.commit.to_string()).collect();
        (commits.join(" "), reading.bisections[0].arranged)
    };
    let newest_first =
        "timestamp,commit,outcome\n2026-01-09,c9,fail\n2026-01-09,c9,pass\n2026-01-08,c8,fail\n2026-01-07,c7,pass\n";
    assert_eq!(order(newest_first), ("c7 c8 c9".to_owned(), Arranged::Dated));
    let runs = "[{\"conclusion\":\"failure\",\"createdAt\":\"2026-05-04T09:42:10Z\",\"headSha\":\"d81bd7a23aaa\"},\
         {\"conclusion\":\"success\",\"createdAt\":\"2026-05-01T09:42:10Z\",\"headSha\":\"1cc9458b25e0\"}]";
    assert_eq!(order(runs), ("1cc9458b25e0 d81bd7a23aaa".to_owned(), Arranged::Dated));
    assert_eq!(order("commit,outcome,order\nb,fail,2026-05-02\na,pass,2026-05-01\n").0, "a b");
    assert_eq!(
        order("commit,outcome,commit_date\nb,fail,4 May 2026\na,pass,3 May 2026\n"),
        ("a b".to_owned(), Arranged::Told)
    );
    assert_eq!(order("nightly,reproduced\nnightly-2020-05-04,yes\nnightly-2020-05-03,no\n").1, Arranged::Named);
    assert_eq!(order("build,status\n10,fail\n9,pass\n8,pass\n").0, "8 9 10");
    let hashes = "commit,outcome\nd81bd7a23aaa,pass\n1cc9458b25e0,fail\n";
    assert_eq!(order(hashes), ("d81bd7a23aaa 1cc9458b25e0".to_owned(), Arranged::Unknown));
    assert_eq!(order("index,commit,outcome\n0,d81bd7a23aaa,pass\n1,1cc9458b25e0,fail\n").1, Arranged::Unknown);
    // Equal days, newest first.
    let ties = "date,commit,outcome\n2026-01-02,d,fail\n2026-01-01,c,fail\n2026-01-01,b,pass\n2026-01-01,a,pass\n";
    assert_eq!(order(ties).0, "a b c d");
}

#[test]
fn an_order_is_found_where_anything_tells_it() {
    let order = |table: &str| {
        let reading = reading(table);
        let counts = reading.bisections[0].steps.iter().map(|step| step.counts().crashes).collect::<Vec<_>>();
        (counts, reading.bisections[0].arranged, reading.tables[0].stops)
    };
    let newest_first = |column: &str, cells: [&str; 3]| {
        let rows = ["cc33dd44ee55,4,3", "bb22cc33dd44,7,1", "aa11bb22cc33,8,0"];
        let rows: Vec<String> = rows.iter().zip(cells).map(|(row, cell)| format!("{row},{cell}\n")).collect();
        format!("commit,passed,failed,{column}\n{}", rows.concat())
    };
    let found = |column, cells| order(&newest_first(column, cells));
    let sorted = vec![0, 1, 3];
    for (column, cells) in [
        ("version", ["v1.10", "v1.9", "v1.8"]),
        ("nightly", ["2026-05-03", "2026-05-02", "2026-05-01"]),
        ("committed", ["2026-05-03T10:00:00Z", "2026-05-02T10:00:00Z", "2026-05-01T10:00:00Z"]),
        ("merge date", ["03/05/2026", "02/05/2026", "01/05/2026"]),
    ] {
        assert_eq!((&found(column, cells).0, found(column, cells).2), (&sorted, false), "{column}");
        assert_ne!(found(column, cells).1, Arranged::Unknown, "{column}");
    }
    // The numbers of builds and rows fall: the list is read backwards, and whether it is history's order is not known.
    for column in ["build_number", "run", "#", "No"] {
        assert_eq!(found(column, ["12", "11", "10"]), (sorted.clone(), Arranged::Unknown, false), "{column}");
    }
    assert_eq!(found("size", ["12", "11", "10"]), (vec![3, 1, 0], Arranged::Unknown, true), "it may be newest first");
    assert!(question(&newest_first("date", ["04/03/2026", "03/02/2026", "02/05/2026"])).contains("month comes first"));
    let ancestors = order("commit,passes,crashes\nHEAD~1,4,3\nHEAD~12,9,0\nHEAD~3,9,1\n");
    assert_eq!((ancestors.0, ancestors.1), (vec![0, 1, 3], Arranged::Named));
    let subjects = order("commit,passes,crashes\naa11bb22cc33 (one),9,0\nbb22cc33dd44 two,4,3\n");
    assert_eq!(subjects.1, Arranged::Unknown, "hashes with subjects");
    let merge = order("commit,passes,crashes\nHEAD^2,4,3\nHEAD~1,9,0\n");
    assert_eq!(merge.1, Arranged::Unknown, "another branch");
}

#[test]
fn other_columns_split_or_pool() {
    let split = reading("test,commit,outcome\nt1,v1,pass\nt1,v2,fail\nt2,v1,pass\nt2,v2,pass\n");
    let ids: Vec<_> = split.bisections.iter().map(|bisection| bisection.id.as_str()).collect();
    assert_eq!(ids, ["table#t1", "table#t2"]);
    let pooled = reading("shard,commit,author,outcome\n1,v1,x,pass\n2,v1,x,pass\n1,v2,x,fail\n2,v2,y,pass\n");
    assert_eq!(counts(&pooled), [row("v1", 2, 0, 0), row("v2", 1, 1, 0)]);
    let said = pooled.tables[0].inferred().unwrap();
    assert!(said.contains("runs of all `shard` together") && said.contains("not used: `author`"), "{said}");
    assert_eq!(reading("job,commit,outcome\n7,v1,pass\n8,v2,fail\n").bisections.len(), 1, "a job's number");
    assert!(question("config,commit,outcome\na,v1,pass\na,v1,pass\nb,v2,fail\n").contains("--map shard=config"));
    assert!(reading("commit,passes,crashes\nv1,3,0\nv2,2,1\n").tables[0].inferred().is_none());
    let crossed = "commit,colour,outcome\nv1,red,pass\nv1,blue,pass\nv2,red,pass\nv2,blue,fail\n";
    let asked = question(crossed);
    assert!(asked.contains("--map test=colour") && asked.contains("--map shard=colour"), "{asked}");
    assert_eq!(reading(&crossed.replace("colour", "author")).bisections.len(), 1, "who ran it");
    assert_eq!(told(crossed, &[(Meaning::Test, "colour")]).bisections.len(), 2);
    assert_eq!(counts(&told(crossed, &[(Meaning::Shard, "colour")])), [row("v1", 2, 0, 0), row("v2", 1, 1, 0)]);
}

#[test]
fn columns_are_explained() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ci.csv");
    let table = "timestamp,commit,test,result,failures,runs,author\n2026-05-02,46c2b0e5f0fb,t,x,3,20,a\n\
                 2026-05-01,1cc9458b25e0,t,x,0,20,b\n"
        .replace("result", "remark");
    std::fs::write(&path, table).unwrap();
    let ran = support::run(&["analyze", "--format", "columns", path.to_str().unwrap()]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(ran.stdout.replace(path.to_str().unwrap(), "ci.csv"));
    let ran = support::run(&["analyze", path.to_str().unwrap()]);
    insta::assert_snapshot!("what_was_inferred_is_said", ran.stderr.replace(path.to_str().unwrap(), "ci.csv"));
}

#[test]
fn a_refusal_says_what_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let text = write("notes.txt", "The bug is gone.\n");
    let refused = support::run(&["analyze", &text]);
    insta::assert_snapshot!(refused.stderr.replace(&text, "notes.txt"));
    let table = write("grades.csv", "student,grade\nann,5\nbob,4\n");
    assert!(support::run(&["analyze", &table]).stderr.contains("none that names a revision; say --map commit=COLUMN"));
    let address = support::run(&["analyze", "https://example.org/x/log.txt?x=1&y=2"]);
    assert_eq!(address.code, Some(2));
    assert!(address.stderr.contains("curl -sSfL 'https://example.org/x/log.txt?x=1&y=2' | bisectstat analyze -"));
    let twice = write("runs.csv", "commit,passes,crashes\nv1,9,0\nv2,5,4\n");
    let ran = support::run(&["analyze", &twice, &twice]);
    assert!(ran.code == Some(0) && ran.stderr.contains("given more than once, read once"), "{}", ran.stderr);
    let prior = support::run(&["analyze", &twice, "--prior", &twice]);
    assert!(prior.stderr.contains("this is no prior, which `bisectstat fit"), "{}", prior.stderr);
    let filter = support::run(&["analyze", &twice, "--filter", "ending=culpritt"]);
    assert!(filter.code == Some(2) && filter.stderr.contains("expected one of culprit"), "{}", filter.stderr);
    let out = dir.path().join("new/deep/");
    let report = support::run(&["report", &twice, "-o", &format!("{}/", out.display())]);
    assert!(report.code == Some(0) && out.join("index.html").is_file(), "{}", report.stderr);
}

#[test]
fn a_share_behind_a_word_counts_what_is_told() {
    let table = "commit,result\nv1,PASS (20/20)\nv2,FAIL (17/20)\n";
    let answered = |meaning| counts(&told(table, &[(meaning, "result")]));
    assert_eq!(answered(Meaning::Passes), [row("v1", 20, 0, 0), row("v2", 17, 3, 0)]);
    assert_eq!(answered(Meaning::Crashes), [row("v1", 0, 20, 0), row("v2", 3, 17, 0)]);
    assert_eq!(answered(Meaning::Outcome), [row("v1", 20, 0, 0), row("v2", 3, 17, 0)]);
    assert!(question("commit,result\nv1,failed 0/20\nv2,failed 3/20\n").contains("--map crashes=result"));
}

#[test]
fn dates_that_cannot_be_read_are_asked_for_once() {
    let table = "sha,date,result\nbbbbbbb,in May,fail\naaaaaaa,in spring,pass\n";
    assert!(question(table).contains("--map shard=date"));
    let as_rows = told(table, &[(Meaning::Shard, "date")]);
    assert_eq!(counts(&as_rows), [row("bbbbbbb", 0, 1, 0), row("aaaaaaa", 1, 0, 0)]);
    assert_eq!(as_rows.bisections[0].arranged, Arranged::Unknown);
}

/// What a question says is an answer to it.
#[test]
fn answers_that_are_printed_work() {
    let all = [Meaning::ALL.map(|(meaning, names)| (meaning, names[0]))].concat();
    for (table, expected) in [
        (
            "commit,tests,failures,errors,skipped\nv1,20,0,0,0\nv2,20,3,2,1\n",
            [row("v1", 20, 0, 0), row("v2", 14, 3, 3)],
        ),
        ("commit,base_fail,new_fail,runs\nv1,0,3,20\nv2,2,4,20\n", [row("v1", 20, 0, 0), row("v2", 18, 2, 0)]),
        (
            "commit,arm_ok,arm_fail,x86_ok,x86_fail\nv1,20,0,9,9\nv2,17,3,9,9\n",
            [row("v1", 20, 0, 0), row("v2", 17, 3, 0)],
        ),
        ("version,build,result\n1.0,12,pass\n1.0,13,pass\n1.1,14,fail\n", [row("1.0", 2, 0, 0), row("1.1", 0, 1, 0)]),
        ("commit,fail_rate,n\nv1,0,100\nv2,1,100\n", [row("v1", 100, 0, 0), row("v2", 0, 100, 0)]),
        ("commit,result,retries\nv1,pass,0\nv2,pass,2\n", [row("v1", 1, 0, 0), row("v2", 1, 0, 0)]),
        ("commit,result,attempts\nv1,pass,1\nv2,pass,3\n", [row("v1", 1, 0, 0), row("v2", 3, 0, 0)]),
        ("commit,result\nv1,PASS (20/20)\nv2,FAIL (17/20)\n", [row("v1", 20, 0, 0), row("v2", 17, 3, 0)]),
        ("commit,issue,result\nv1,A-1,pass\nv2,A-2,fail\n", [row("v1", 1, 0, 0), row("v2", 0, 1, 0)]),
        ("commit,config,result\nv1,,pass\nv1,x,pass\nv2,x,fail\nv2,y,fail\n", [row("v1", 2, 0, 0), row("v2", 0, 2, 0)]),
    ] {
        let asked = question(table);
        let (_, answer) = asked.split_once("--map ").unwrap_or_else(|| panic!("{asked}"));
        let answer = answer.split([' ', ';']).next().unwrap();
        let columns = answer.split(',').map(|part| {
            let (meaning, column) = part.split_once('=').unwrap();
            (all.iter().find(|(_, name)| *name == meaning).unwrap().0, column.trim_end_matches(','))
        });
        assert_eq!(counts(&told(table, &columns.collect::<Vec<_>>())), expected, "{asked}");
    }
    let percent = question("commit,result\nv1,100%\nv2,85%\n");
    assert!(percent.contains("--map crash_rate=result,total=COLUMN"), "{percent}");
    let shares = [(Meaning::PassRate, "result"), (Meaning::Total, "n")];
    let read = told("commit,result,n\nv1,100%,20\nv2,85%,20\n", &shares);
    assert_eq!(counts(&read), [row("v1", 20, 0, 0), row("v2", 17, 3, 0)]);
}

/// In a folder, a table of revisions that cannot be read is told of as it is alone; other files are passed over.
#[test]
fn a_table_in_a_folder_is_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("counts.csv", "commit,passes,crashes\nv1,20,0\nv2,17,3\n");
    write("notes.txt", "commit a thing, then test it\n");
    write("grades.csv", "student,grade\nann,5\nbob,4\n");
    let path = dir.path().to_str().unwrap();
    assert_eq!(support::run(&["analyze", path]).code, Some(0));
    write("words.csv", "commit,result\nv1,weird\nv2,odd\n");
    let ran = support::run(&["analyze", path]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("words.csv:1: found a table, but no row that can be read"), "{}", ran.stderr);
    assert!(ran.stdout.contains("counts.csv"), "the other one is read");
    write("words.csv", "commit,passes,crashes\nv1,20,0,9\nv2,17,3,9\n");
    let ran = support::run(&["analyze", path]);
    assert!(ran.code == Some(2) && ran.stderr.contains("4 cells under 3 columns"), "{}", ran.stderr);
}

/// One truth in one of many tables.
mod made {
    use super::*;

    /// How a table tells the ends of runs.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Tells {
        Counts,
        PassesOfTotal,
        CrashesOfTotal,
        Ratio,
        PassRatio,
        Both,
        PassRate,
        CrashRate,
        Spoken,
        /// A column for each of several runs.
        Wide,
        WordCounts,
        Words,
        Exits,
        /// Yes and no under this name; whether yes crashes.
        Truth(&'static str, Option<bool>),
        /// Zeros and ones.
        Bits(&'static str, Option<bool>),
    }

    pub const TELLS: [Tells; 31] = [
        Tells::Counts,
        Tells::PassesOfTotal,
        Tells::CrashesOfTotal,
        Tells::Ratio,
        Tells::PassRatio,
        Tells::Both,
        Tells::PassRate,
        Tells::CrashRate,
        Tells::Spoken,
        Tells::Wide,
        Tells::WordCounts,
        Tells::Words,
        Tells::Exits,
        Tells::Truth("has_bug", Some(true)),
        Tells::Truth("Reproduced?", Some(true)),
        Tells::Truth("kernel panic", Some(true)),
        Tells::Truth("Fail", Some(true)),
        Tells::Truth("test passed", Some(false)),
        Tells::Truth("ok", Some(false)),
        Tells::Truth("isGood", Some(false)),
        Tells::Truth("result", None),
        Tells::Truth("checked", None),
        Tells::Truth("fixed", None),
        Tells::Truth("no crash", None),
        Tells::Truth("flaky", None),
        Tells::Bits("crashed", Some(true)),
        Tells::Bits("hang", Some(true)),
        Tells::Bits("success", Some(false)),
        Tells::Bits("status", None),
        Tells::Bits("not_broken", None),
        Tells::Bits("state", None),
    ];

    /// How many layouts and ways to order there are.
    pub const LAYOUTS: usize = 14;
    pub const ORDERS: usize = 8;

    #[derive(Clone, Debug)]
    pub struct Made {
        pub runs: Vec<(u32, u32)>,
        pub tells: usize,
        pub names: usize,
        pub layout: usize,
        pub order: usize,
        pub shuffle: u64,
    }

    impl Made {
        fn pick<T: Copy>(&self, of: &[T]) -> T {
            of[self.names % of.len()]
        }

        fn draw(&self, round: u64) -> usize {
            let mixed = (self.shuffle ^ round.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xd6e8_feb8_6659_fd93);
            usize::try_from(mixed >> 40).unwrap()
        }

        fn name(&self, revision: usize) -> String {
            match self.order {
                // Names that count, past ten.
                5 => format!("v1.{}", revision + 8),
                6 => format!("v6.{}{}", revision / 3, ["-rc1", "-rc2", ""][revision % 3]),
                _ => {
                    // A hash that no order can be read from.
                    let mixed = (revision as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xa5a5;
                    format!("{:012x}", mixed >> 16)
                }
            }
        }

        /// The name of the column that orders, and what it says of a revision; none where names do.
        fn place(&self, at: usize) -> Option<(&'static str, String)> {
            Some(match self.order {
                0 => ("order", (at * 10 + 5).to_string()),
                1 => ("createdAt", format!("2026-05-{:02}T10:00:00Z", at + 1)),
                2 => ("commit date", format!("2026-05-{:02}", at + 1)),
                3 => ("date", format!("{:02}.{:02}.2026", (at + 29) % 30 + 1, 4 + at.div_ceil(30))),
                4 => ("Date", format!("5/14/2026 {}:05 {}", (at + 9) % 12 + 1, ["AM", "PM"][(at + 10) / 12])),
                7 => ("when", format!("{} days ago", 40 - at)),
                _ => return None,
            })
        }

        /// The cells of one revision's rows, without those that name and order it.
        fn cells(&self, (passes, crashes): (u32, u32)) -> Vec<Vec<String>> {
            let total = passes + crashes;
            let text = |cells: &[u32]| vec![cells.iter().map(ToString::to_string).collect()];
            let one = |cells: &[String]| vec![cells.to_vec()];
            let share = |part: u32| f64::from(part) / f64::from(total);
            let (good, bad) =
                (self.pick(&["pass", "SUCCESS", "ok", "Passed"]), self.pick(&["fail", "timed_out", "not ok"]));
            let each = |pass: &str, crash: &str| {
                let rows =
                    std::iter::repeat_n(pass, passes as usize).chain(std::iter::repeat_n(crash, crashes as usize));
                rows.map(|word| vec![word.to_owned()]).collect::<Vec<_>>()
            };
            match TELLS[self.tells] {
                Tells::Counts => text(&[passes, crashes]),
                Tells::PassesOfTotal => text(&[passes, total]),
                Tells::CrashesOfTotal => text(&[crashes, total]),
                Tells::Ratio => one(&[format!("{crashes}/{total}")]),
                Tells::PassRatio => one(&[format!("{passes} / {total}")]),
                Tells::Both => one(&[format!("{passes}/{crashes}")]),
                Tells::PassRate => one(&[format!("{:.2} %", 100.0 * share(passes)), total.to_string()]),
                Tells::CrashRate => one(&[format!("{:.4}", share(crashes)), total.to_string()]),
                // What never happened is left out.
                Tells::Spoken if crashes == 0 => one(&[format!("{passes} passed")]),
                Tells::Spoken => one(&[format!("{passes} passed, {crashes} failed")]),
                Tells::Wide => {
                    let mut row = each(good, bad).concat();
                    row.resize(self.most() as usize, String::new());
                    vec![row]
                }
                Tells::WordCounts => {
                    let rows = [(good, passes), (bad, crashes)].into_iter().filter(|(_, runs)| *runs > 0);
                    rows.map(|(word, runs)| vec![word.to_owned(), runs.to_string()]).collect()
                }
                Tells::Words => each(good, bad),
                Tells::Exits => each("0", self.pick(&["1", "139", "2"])),
                Tells::Truth(_, sense) => {
                    let (yes, no) = self.pick(&[("yes", "no"), ("True", "False"), ("Y", "N"), ("WAHR", "FALSCH")]);
                    if sense == Some(false) { each(yes, no) } else { each(no, yes) }
                }
                Tells::Bits(_, sense) => {
                    if sense == Some(false) {
                        each("1", "0")
                    } else {
                        each("0", "1")
                    }
                }
            }
        }

        fn most(&self) -> u32 {
            self.runs.iter().map(|(passes, crashes)| passes + crashes).max().unwrap_or_default()
        }

        fn header(&self) -> Vec<String> {
            let total = self.pick(&["runs", "total", "n", "attempts", "# runs"]);
            let names = match TELLS[self.tells] {
                Tells::Counts => vec![
                    self.pick(&["passes", "passed", "Pass", "num_ok", "OK"]),
                    self.pick(&["crashes", "failed", "fails", "bad", "no. of hangs"]),
                ],
                Tells::PassesOfTotal => vec![self.pick(&["passes", "successes", "passed"]), total],
                Tells::CrashesOfTotal => vec![self.pick(&["failures", "crashes", "hangs"]), total],
                Tells::Ratio => vec![self.pick(&["fails/runs", "failed", "crashes of runs"])],
                Tells::PassRatio => vec![self.pick(&["pass/total", "passed", "good runs"])],
                Tells::Both => vec![self.pick(&["pass/fail", "ok:nok", "Passed / Failed"])],
                Tells::PassRate => vec![self.pick(&["pass rate", "success_rate", "% passed"]), total],
                Tells::CrashRate => vec![self.pick(&["failure rate", "crash_rate", "flakiness"]), total],
                Tells::Spoken => vec![self.pick(&["result", "Outcome"])],
                Tells::Wide => {
                    let before = self.pick(&["run ", "Try #", "attempt_", "result"]);
                    return (1..=self.most()).map(|run| format!("{before}{run}")).collect();
                }
                Tells::WordCounts => vec![self.pick(&["outcome", "Status"]), self.pick(&["count", "n", "times"])],
                Tells::Words => vec![self.pick(&["outcome", "Status", "conclusion", "nightly job"])],
                Tells::Exits => vec![self.pick(&["exit_code", "returncode", "rc"])],
                Tells::Truth(name, _) | Tells::Bits(name, _) => vec![name],
            };
            names.into_iter().map(str::to_owned).collect()
        }

        /// Columns that say nothing of the outcome, of which a table has some.
        fn others(&self, row: usize) -> Vec<(&'static str, String)> {
            let all = [
                ("remark", "x".to_owned()),
                ("author", ["ann", "bob", "eve"][self.draw(row as u64 + 300) % 3].to_owned()),
                ("duration", format!("{}.{}", 3 + self.draw(row as u64 + 400) % 90, row % 10)),
                ("run_id", (8000 + self.draw(row as u64 + 500) % 999).to_string()),
                ("url", format!("https://x.org/{row}")),
            ];
            all.into_iter().enumerate().filter(|(at, _)| self.shuffle >> at & 1 == 1).map(|(_, other)| other).collect()
        }

        /// Names of columns, and rows whose revisions stand in the order of `revisions`.
        fn rows(&self, revisions: &[usize]) -> (Vec<String>, Vec<Vec<String>>) {
            let mut header = vec![self.pick(&["commit", "Git Hash", "headSha", "revision"]).to_owned()];
            header.extend(self.header());
            header.extend(self.place(0).map(|(name, _)| name.to_owned()));
            header.extend(self.others(0).into_iter().map(|(name, _)| name.to_owned()));
            let mut rows: Vec<Vec<String>> = Vec::new();
            for at in revisions {
                for cells in self.cells(self.runs[*at]) {
                    let mut row = vec![self.name(*at)];
                    row.extend(cells);
                    row.extend(self.place(*at).map(|(_, place)| place));
                    row.extend(self.others(rows.len()).into_iter().map(|(_, other)| other));
                    rows.push(row);
                }
            }
            // The columns in some order.
            let mut columns: Vec<usize> = (0..header.len()).collect();
            columns.sort_by_key(|column| self.draw(*column as u64 + 100));
            let arranged = |row: &Vec<String>| columns.iter().map(|column| row[*column].clone()).collect();
            (arranged(&header), rows.iter().map(arranged).collect())
        }

        /// The revisions as the rows have them: in any order.
        fn shuffled(&self) -> Vec<usize> {
            let mut revisions: Vec<usize> = (0..self.runs.len()).collect();
            revisions.sort_by_key(|revision| self.draw(*revision as u64));
            revisions
        }

        pub fn table(&self) -> String {
            let (header, rows) = self.rows(&self.shuffled());
            let quoted = |cell: &String, sign: &str| {
                if cell.contains(sign.trim()) && !sign.trim().is_empty() { format!("\"{cell}\"") } else { cell.clone() }
            };
            let lines = |sign: &str| {
                let line = |row: &Vec<String>| row.iter().map(|cell| quoted(cell, sign)).collect::<Vec<_>>().join(sign);
                std::iter::once(&header).chain(&rows).map(|row| line(row) + "\n").collect::<String>()
            };
            let barred = |bar: &str, rule: &str, before: &str| {
                let line = |row: &Vec<String>| format!("{before}{bar} {} {bar}\n", row.join(&format!(" {bar} ")));
                format!("{}{before}{rule}\n{}", line(&header), rows.iter().map(line).collect::<String>())
            };
            let rule = |cross: &str| format!("|{}---|", format!("---{cross}").repeat(header.len() - 1));
            let object = |row: &Vec<String>| {
                let pairs = header.iter().zip(row).map(|(name, cell)| format!("{name:?}: {cell:?}"));
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
            };
            let objects = |sign: &str| rows.iter().map(object).collect::<Vec<_>>().join(sign);
            match self.layout {
                0 => lines(","),
                1 => lines("\t"),
                2 => lines(";"),
                3 => format!("See:\n\n{}\nThanks", barred("|", &rule("|"), "")),
                4 => {
                    let line = |row: &Vec<String>| {
                        row.iter().map(|cell| format!("{cell:<24}")).collect::<Vec<_>>().concat() + "\n"
                    };
                    line(&header) + &rows.iter().map(line).collect::<String>()
                }
                5 => objects("\n"),
                6 => format!("[{}]", objects(",\n ")),
                7 => barred("|", &rule("+"), ""),
                8 => barred("│", &"─".repeat(20), ""),
                9 => format!("\u{feff}{}", lines(",").replace('\n', "\r\n")),
                10 => format!("{{\"count\": 3, \"data\": {{\"runs\": [{}]}}}}", objects(", ")),
                11 => {
                    let column =
                        |at: usize| rows.iter().map(|row| format!("{:?}", row[at])).collect::<Vec<_>>().join(",");
                    let columns = header.iter().enumerate().map(|(at, name)| format!("{name:?}: [{}]", column(at)));
                    format!("{{{}}}", columns.collect::<Vec<_>>().join(", "))
                }
                12 => format!("On Monday ann wrote:\n{}> and more\n", barred("|", &rule("|"), "> ")),
                _ => format!("# Results of the night\n\n{}", lines(",")),
            }
        }

        /// The same in the plainest table of the same kind: runs in their order say more than counts.
        pub fn plain(&self) -> String {
            let counted = self.tells < TELLS.iter().position(|tells| *tells == Tells::WordCounts).unwrap();
            let row = |(at, (passes, crashes)): (usize, &(u32, u32))| {
                let start = format!("{},{at},", self.name(at));
                if counted {
                    return format!("{start}{passes},{crashes}\n");
                }
                let runs = |word: &str, times: u32| format!("{start}{word}\n").repeat(times as usize);
                runs("pass", *passes) + &runs("fail", *crashes)
            };
            let ends = if counted { "passes,crashes" } else { "outcome" };
            format!("commit,order,{ends}\n") + &self.runs.iter().enumerate().map(row).collect::<String>()
        }

        /// Whether one count is zero or one everywhere.
        pub fn is_of_bits(&self) -> bool {
            TELLS[self.tells] == Tells::PassesOfTotal && self.runs.iter().all(|(passes, _)| *passes < 2)
        }

        /// Whether the names leave open what the cells mean.
        pub fn is_open(&self) -> bool {
            matches!(TELLS[self.tells], Tells::Truth(_, None) | Tells::Bits(_, None))
        }
    }

    pub fn any() -> impl Strategy<Value = Made> {
        let runs = prop::collection::vec((0u32..9, 0u32..4), 2..7);
        // A revision without a run is none, and every kind of cell stands somewhere.
        let runs = runs.prop_map(|mut runs| {
            for (passes, _) in &mut runs {
                *passes += 1;
            }
            runs[0].1 += 2;
            runs
        });
        (runs, 0..TELLS.len(), 0usize..60, 0..LAYOUTS, 0..ORDERS, any_seed()).prop_map(
            |(runs, tells, names, layout, order, shuffle)| Made { runs, tells, names, layout, order, shuffle },
        )
    }

    fn any_seed() -> impl Strategy<Value = u64> {
        prop::num::u64::ANY
    }
}

/// The same cases each time, so that a change is not stopped by what it has nothing to do with; the long job asks for others.
fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let rng_seed = if asked.is_some() { RngSeed::Random } else { RngSeed::Fixed(20) };
    ProptestConfig { cases: asked.unwrap_or(usual), rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(512))]

    /// Whatever a table looks like and whatever its columns are called: the same truth is the same analysis, or a question.
    #[test]
    fn a_table_means_what_it_says_or_asks(made in made::any()) {
        let table = made.table();
        let read = read_with(table.as_bytes(), &Source::new("table"), &Columns::new());
        if made.is_open() {
            let asked = matches!(&read, Err(ReadError::Question(_)));
            prop_assert!(asked, "{table}\n{read:?}");
            return Ok(());
        }
        let read = match read {
            Ok(read) => read,
            // Zeros and ones beside a total may be numbers or truth values.
            Err(ReadError::Question(_)) if made.is_of_bits() => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(format!("{table}\n{error}"))),
        };
        let plain = reading(&made.plain());
        prop_assert_eq!(counts(&read), counts(&plain), "{}", table);
        let posterior = |reading| analysis(reading).gaps.iter().map(|gap| gap.posterior).collect::<Vec<_>>();
        prop_assert_eq!(posterior(read), posterior(plain), "{}", table);
    }
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

/// The tables that people have, where they lie beside the project.
#[test]
fn tables_of_people_are_read() {
    let Some(cases) = support::cases() else { return };
    let read = |file: &str| {
        let bytes = std::fs::read(cases.join(file)).unwrap();
        read_with(&bytes, &Source::new(file), &Columns::new())
    };
    let rows = |file: &str| {
        let reading = read(file).unwrap_or_else(|error| panic!("{file}: {error}"));
        counts(&reading).into_iter().map(|(_, passes, crashes, voids)| [passes, crashes, voids]).collect::<Vec<_>>()
    };
    let fifty = vec![[50, 0, 0], [17, 3, 0], [43, 7, 0]];
    for file in [
        "21c_fail_over_runs.csv",
        "21e_passes_and_runs.csv",
        "21f_crashes_and_runs.csv",
        "21h_passed_failed.csv",
        "21j_pass_fail.csv",
        "21l_success_failure_total.csv",
        "21n_flaky_count.csv",
        "09i_spaces_aligned.txt",
    ] {
        assert_eq!(rows(file), fifty, "{file}");
    }
    for file in ["09h_semicolon.csv", "09j_comment_header.csv"] {
        assert_eq!(rows(file), [[10, 0, 0], [7, 3, 0]], "{file}");
    }
    assert_eq!(rows("09b_cargo_bisect_as_table.csv"), [[1, 0, 0], [1, 0, 0], [0, 2, 0], [0, 1, 0]]);
    assert_eq!(rows("09c_has_bug_bool.csv"), [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]]);
    assert_eq!(rows("09e_jenkins_words.csv"), [[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]]);
    assert_eq!(rows("09f_bazel_words.csv"), [[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0]]);
    assert_eq!(rows("09g_kernel_words.csv"), [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 1, 0], [0, 0, 1], [0, 1, 0]]);
    assert_eq!(rows("09k_no_header.csv"), [[1, 0, 0], [0, 1, 0], [0, 1, 0]]);
    assert_eq!(rows("21_markdown_table_issue.md"), [[11, 1, 0], [12, 0, 0]]);
    assert_eq!(rows("21b_markdown_counts.md"), [[12, 0, 0], [11, 1, 0], [10, 2, 0]]);
    assert_eq!(rows("21g_json_array.json"), [[1, 0, 0], [1, 1, 0]]);
    assert_eq!(rows("21k_passed_1_0.csv"), [[1, 0, 0], [0, 1, 0], [0, 1, 0]]);
    for file in ["30_gh_run_list.json", "30b_gh_run_list.ndjson"] {
        assert_eq!(rows(file), [[0, 1, 0], [1, 0, 1], [1, 1, 0], [0, 1, 0]], "{file}: oldest first");
    }
    assert_eq!(rows("30c_order_is_date.csv"), [[1, 0, 0], [0, 1, 0]]);
    assert_eq!(rows("38_findit_points.csv"), [[100, 0, 0], [98, 2, 0], [55, 45, 0]]);
    assert_eq!(rows("02_lkp_kcsan.txt"), [[37, 23, 0], [48, 63, 0]]);
    assert_eq!(read("55_many_tests.csv").unwrap().bisections.len(), 2);
    assert_eq!(read("ci/test_column.csv").unwrap().bisections.len(), 2);
    let newest = read("ci/newest_first_flaky_from_c5.csv").unwrap().bisections.remove(0);
    assert_eq!((newest.kind, newest.steps[0].commit.to_string().as_str()), (Kind::Cause, "c1"));
    let order = read("83_xen_osstest_table_bisect_order.csv").unwrap().bisections.remove(0);
    assert_eq!(order.arranged, Arranged::Unknown);
    for (file, name) in [
        ("31_kcidb.json", "KCIDB"),
        ("32_lava.yaml", "LAVA"),
        ("33_idoft_pr.csv", "IDoFT"),
        ("34_otava.csv", "Otava"),
        ("37_hf_bad_commit.json", "without its runs"),
        ("53_ctrf.json", "CTRF"),
    ] {
        let error = read(file).unwrap_err().to_string();
        assert!(error.contains(name), "{file}: {error}");
    }
}
