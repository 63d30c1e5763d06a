//! Reports of tests: what each producer writes is read for what it means, and reports of several revisions are the evidence
//! of one bisection for each test. The reports in `tests/junit/` were written by hand after what their producers write.

#![cfg(feature = "cli")]

use crate::support;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use bisectstat::analysis::{Settings, analyze};
use bisectstat::evidence::{Bisection, Ending, Format, Kind, Line, Outcome, Source};
use bisectstat::ingest::junit::{AssembleError, Assembled, Report, assemble};
use bisectstat::ingest::source::inputs;
use bisectstat::ingest::table::{Columns, Meaning};
use bisectstat::ingest::{Reading, read_with};
use bisectstat::prob::Prob;
use proptest::prelude::*;

fn reading(path: &str, report: &str, columns: &Columns) -> Reading {
    read_with(report.as_bytes(), &Source::new(path), columns).unwrap()
}

/// The reports of these files, without a flaw.
fn reports(files: &[(&str, &str)]) -> Vec<Report> {
    let read = |(path, report): &(&str, &str)| {
        let reading = reading(path, report, &Columns::new());
        assert!(reading.problems.is_empty() && reading.bisections.is_empty(), "{:?}", reading.problems);
        reading.reports
    };
    files.iter().flat_map(read).collect()
}

fn files_of(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    inputs(folder, &mut |input| files.push(input.source.path));
    files
}

/// The reports of a folder of fixtures.
fn folder(name: &str) -> Vec<Report> {
    let root = support::root().join("tests/junit");
    let files = files_of(&root.join(name));
    let read = |path: &str| fs::read_to_string(path).unwrap();
    let texts: Vec<_> = files.iter().map(|path| read(path)).collect();
    let short = |path: &'_ str| Path::new(path).strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
    let names: Vec<_> = files.iter().map(|path| short(path)).collect();
    let pairs: Vec<_> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    reports(&pairs)
}

fn only(assembled: Assembled) -> Bisection {
    assert_eq!(assembled.problems, []);
    let [bisection] = <[Bisection; 1]>::try_from(assembled.bisections).unwrap();
    assert_eq!((bisection.format, bisection.ending), (Format::Junit, Ending::OnlyRuns));
    bisection
}

/// `name passes/crashes/voids` of each revision, old to new.
fn counts(bisection: &Bisection) -> Vec<String> {
    let step = |step: &bisectstat::evidence::Step| {
        let counts = step.counts();
        format!("{} {}/{}/{}", step.commit.short(), counts.passes, counts.crashes, counts.voids)
    };
    bisection.steps.iter().map(step).collect()
}

fn titles(bisection: &Bisection) -> Vec<String> {
    bisection
        .title_counts()
        .iter()
        .map(|count| count.title.as_ref().map_or_else(String::new, ToString::to_string))
        .collect()
}

#[test]
fn surefire_tells_every_rerun() {
    let bisection = only(assemble(&folder("surefire"), None));
    assert_eq!(bisection.id, "surefire#shop.CartTest.total");
    assert_eq!(counts(&bisection), ["3f2a91c 1/0/0", "8b7d0e1 1/0/0", "c04d2aa 1/2/0", "e19f7b3 0/3/0"]);
    let outcomes: Vec<_> = bisection.steps[2].runs.iter().map(|run| run.outcome.name()).collect();
    assert_eq!(outcomes, ["crash", "crash", "pass"]);
    let expected = ["AssertionFailedError: expected: <12> but was: <11>", "ConnectException: refused"];
    assert_eq!(titles(&bisection), expected);
    assert_eq!(bisection.kind, Kind::Cause);
}

#[test]
fn every_run_leads_to_its_file_and_line() {
    let bisection = only(assemble(&folder("surefire"), None));
    let runs: Vec<_> = bisection.steps.iter().flat_map(|step| &step.runs).collect();
    let places: Vec<_> = runs.iter().map(|run| bisection.source.at(run.line).to_string()).collect();
    assert_eq!(places[0], "surefire/001-3f2a91c/TEST-shop.CartTest.xml:11");
    assert_eq!(places[2], "surefire/003-c04d2aa/TEST-shop.CartTest.xml:12");
    assert_eq!(places[5], "surefire/004-e19f7b3/TEST-shop.CartTest.xml:12");
    for run in runs {
        let place = bisection.source.at(run.line);
        let file = fs::read_to_string(support::root().join("tests/junit").join(place.path)).unwrap();
        let line = file.lines().nth(place.line.0 as usize - 1).unwrap();
        assert!(line.trim().starts_with(&*bisection.source.line(run.line).unwrap()), "{line}");
    }
}

#[test]
fn gradle_repeats_the_case_and_a_copy_is_no_evidence() {
    let bisection = only(assemble(&folder("gradle"), None));
    assert_eq!(counts(&bisection), ["build-9 1/0/0", "build-10 1/1/0", "build-11 1/2/0"]);
    assert_eq!(titles(&bisection), ["IllegalStateException: no cookie"]);
}

#[test]
fn pytest_fails_once_where_its_teardown_fails_too() {
    let bisection = only(assemble(&folder("pytest"), None));
    assert_eq!(counts(&bisection), ["1d3c5b7a9f8e 1/0/0", "2e4d6c8b0a9f 0/1/0", "3f5e7d9c1b0a 1/1/0"]);
    assert_eq!(
        titles(&bisection),
        ["AssertionError: assert 500 == 200", "failed on setup with \"OSError: port in use\""]
    );
}

#[test]
fn nextest_tells_attempts() {
    let bisection = only(assemble(&folder("nextest"), None));
    assert_eq!(counts(&bisection), ["0a1b2c3d4e 1/0/0", "1b2c3d4e5f 1/1/0", "2c3d4e5f60 0/3/0"]);
    assert_eq!(titles(&bisection), ["thread 'cart::total' panicked at tests/it.rs:12:5:", "test timeout"]);
}

#[test]
fn jest_marathon_and_catch2_are_read() {
    let jest = only(assemble(&folder("jest"), None));
    assert_eq!(
        (jest.id.as_str(), counts(&jest)),
        ("jest#cart adds up", vec!["v1.0.0 1/0/0".into(), "v1.1.0 0/1/0".into()])
    );
    assert_eq!(titles(&jest), ["Error: expect(received).toBe(expected) // Object.is equality"]);
    let marathon = only(assemble(&folder("marathon"), None));
    assert_eq!(counts(&marathon), ["17 1/0/0", "18 0/1/0"]);
    assert_eq!(titles(&marathon), ["androidx.test.espresso.NoMatchingViewException: No views found"]);
    // Two assertions that fail are one run.
    let catch2 = only(assemble(&folder("catch2"), None));
    assert_eq!(
        (catch2.id.as_str(), counts(&catch2)),
        ("catch2#cart.global.totals/with discount", vec!["1-old 1/0/0".into(), "2-new 0/1/0".into()])
    );
    assert_eq!(titles(&catch2), ["total( 2 ) == 12"]);
}

#[test]
fn a_test_is_selected_by_its_name() {
    let reports = folder("surefire");
    for name in ["shop.CartTest.ships", "shop.CartTest::ships", "shop.CartTest#ships", "ships", "Test.shi"] {
        let bisection = only(assemble(&reports, Some(name)));
        assert_eq!(counts(&bisection)[0], "3f2a91c 0/0/1", "{name}");
    }
    let error = |name: &str| assemble(&reports, Some(name)).problems.remove(0).1;
    let AssembleError::Ambiguous { count: 3, candidates, .. } = error("Cart") else { panic!("{:?}", error("Cart")) };
    assert_eq!(candidates, ["shop.CartTest.addsUp", "shop.CartTest.ships", "shop.CartTest.total"]);
    let AssembleError::NoTest { near, .. } = error("totals") else { panic!("{:?}", error("totals")) };
    assert_eq!(near[0], "shop.CartTest.total");
}

fn suite(cases: &str) -> String {
    format!("<testsuite name=\"s\">{cases}</testsuite>")
}

const PASS: &str = "<testcase classname=\"c\" name=\"t\"/>";
const FAIL: &str = "<testcase classname=\"c\" name=\"t\"><failure message=\"m\"/></testcase>";

#[test]
fn properties_come_before_paths() {
    let with = |name: &str, value: &str, cases: &str| {
        suite(&format!("<properties><property name=\"{name}\" value=\"{value}\"/></properties>{cases}"))
    };
    let old = with("git.commit.id", "aaaaaaa1", PASS);
    // One that was not filled in says nothing.
    let new = with("commit", "${sha}", FAIL);
    let bisection = only(assemble(&reports(&[("r/1-bbbbbbb1.xml", &old), ("r/2-ccccccc2.xml", &new)]), None));
    assert_eq!(counts(&bisection), ["aaaaaaa1 1/0/0", "ccccccc2 0/1/0"]);
    let told: Columns = [(Meaning::Commit, "rev".to_owned()), (Meaning::Order, "n".to_owned())].into();
    let both = |rev: &str, n: u32, cases: &str| {
        suite(&format!(
            "<properties><property name=\"rev\" value=\"{rev}\"/><property name=\"n\">{n}</property></properties>{cases}"
        ))
    };
    let files =
        [("x/b.xml", both("v1", 30, PASS)), ("x/c.xml", both("v3", 10, PASS)), ("x/a.xml", both("v2", 40, FAIL))];
    let reports: Vec<_> = files.iter().flat_map(|(path, report)| reading(path, report, &told).reports).collect();
    let assembled = assemble(&reports, None);
    assert!(!assembled.unordered);
    let bisection = only(assembled);
    assert_eq!(counts(&bisection), ["v3 1/0/0", "v1 1/0/0", "v2 0/1/0"]);
    assert_eq!(bisection.order.len(), 3);
    assert!(bisection.order.iter().all(|placed| placed.commits.is_none()), "numbers of builds count no commits");
}

/// A report may hold suites of several revisions.
#[test]
fn one_file_may_be_enough() {
    let of = |rev: &str, cases: &str| {
        format!(
            "<testsuite><properties><property name=\"sha\" value=\"{rev}\"/></properties><testsuite>{cases}</testsuite></testsuite>"
        )
    };
    let all = format!("<testsuites>{}{}{}</testsuites>", of("v1", PASS), of("v2", PASS), of("v3", FAIL));
    assert_eq!(counts(&only(assemble(&reports(&[("-", &all)]), None))), ["v1 1/0/0", "v2 1/0/0", "v3 0/1/0"]);
    let analyses = bisectstat::analyze(all.as_bytes()).unwrap();
    assert_eq!((analyses.len(), analyses[0].format), (1, "junit"));
    let error = bisectstat::analyze(suite(FAIL).as_bytes()).unwrap_err();
    assert!(error.to_string().contains("--map commit=PROPERTY"), "{error}");
}

#[test]
fn suites_of_one_revision_are_no_revisions() {
    let other = FAIL.replace("\"t\"", "\"u\"");
    let (one, two) = (suite(PASS), suite(&other));
    let assembled = assemble(&reports(&[("r/TEST-a.xml", &one), ("r/TEST-b.xml", &two)]), None);
    assert!(assembled.bisections.is_empty());
    assert_eq!(
        assembled.problems.iter().map(|problem| &problem.1).collect::<Vec<_>>(),
        [&AssembleError::NoRevision { reports: 2 }]
    );
    let (one, two) = (suite(PASS), suite(FAIL));
    let with = |cases: &str, sha: &str| {
        suite(&format!("<properties><property name=\"sha\" value=\"{sha}\"/></properties>{cases}"))
    };
    let (bare, other) = (with(PASS, "abcdef1"), with(FAIL, "abcdef2"));
    assert!(assemble(&reports(&[("r/abcdef1/t.xml", &bare), ("r/abcdef2/t.xml", &other)]), None).unordered);
    let assembled = assemble(&reports(&[("r/before.xml", &one), ("r/after.xml", &two)]), None);
    assert!(assembled.bisections.is_empty(), "words order nothing");
}

#[test]
fn no_failure_is_an_answer() {
    let passed = suite(PASS);
    let files = reports(&[("1/a.xml", &passed), ("2/a.xml", &passed)]);
    let assembled = assemble(&files, None);
    assert_eq!(assembled.problems[0].1, AssembleError::NoFailure { tests: 1, reports: 2 });
    assert_eq!(counts(&only(assemble(&files, Some("t")))), ["1 1/0/0", "2 1/0/0"]);
    assert_eq!(
        assemble(&reports(&[("a", "<testsuites/>")]), None).problems[0].1,
        AssembleError::NoFailure { tests: 0, reports: 1 }
    );
}

#[test]
fn attributes_can_say_how_a_case_ended() {
    let cases = "<testcase name=\"t\" status=\"notrun\"/><testcase name=\"t\" status=\"run\" result=\"completed\"/>\
                 <testcase name=\"t\" status=\"fail\"/><testcase name=\"t\"><skipped/></testcase>";
    let report = suite(cases);
    assert_eq!(counts(&only(assemble(&reports(&[("7/a.xml", &report)]), None))), ["7 1/1/2"]);
}

#[test]
fn namespaces_and_strange_places_do_not_matter() {
    let report = "<!-- <testsuite> --><?xml-stylesheet href=\"x\"?><!DOCTYPE testsuites SYSTEM \"file:///etc/passwd\">\
                  <j:testsuites xmlns:j=\"urn:j\"><j:testsuite><j:testcase j:classname=\"c\" name=\"t\" time=\"1,000.5\">\
                  <j:failure><![CDATA[x & <y>]]></j:failure><system-out><testcase name=\"t\"><failure/></testcase></system-out>\
                  </j:testcase></j:testsuite></j:testsuites>";
    let bisection = only(assemble(&reports(&[("7/a.xml", report)]), None));
    assert_eq!((counts(&bisection), titles(&bisection)), (vec!["7 0/1/0".to_owned()], vec!["x & <y>".to_owned()]));
}

/// The flaws of a report, and how many runs are read all the same.
fn flaws(report: &str) -> (Vec<String>, usize) {
    let reading = reading("7/a.xml", report, &Columns::new());
    let problems = reading.problems.iter().map(|problem| format!("{}: {}", problem.line, problem.flaw)).collect();
    (problems, reading.reports.iter().map(Report::runs).sum())
}

#[test]
fn entities_are_never_resolved() {
    let laughs = "<!DOCTYPE a [\n<!ENTITY l \"lol\"><!ENTITY m \"&l;&l;\">]>\n<testsuite>&m;</testsuite>";
    let (problems, runs) = flaws(laughs);
    assert_eq!((problems.len(), runs), (1, 0), "{problems:?}");
    assert!(problems[0].contains("a document type that defines entities"), "{problems:?}");
    let unknown = format!("<testsuite>\n{PASS}\n<system-out>&xxe; &xxe; &amp; &#65;</system-out>{FAIL}</testsuite>");
    let (problems, runs) = flaws(&unknown);
    assert_eq!((problems.len(), runs), (1, 2), "{problems:?}");
    assert!(problems[0].starts_with("3: found the entity &xxe;"), "{problems:?}");
    let attribute = "<testsuite>\n<testcase name=\"&xxe;\"/></testsuite>";
    assert!(flaws(attribute).0[0].starts_with("2: found the entity &xxe;"), "{:?}", flaws(attribute));
}

#[test]
fn what_stands_before_the_damage_is_read() {
    let report = format!("<testsuite>\n{PASS}\n{FAIL}\n<testcase name=\"u\"><failure>x");
    assert_eq!(
        flaws(&report),
        (vec!["4: the report ends inside an element; what stands before is read".to_owned()], 2)
    );
    let crossed = format!("<testsuite>\n{PASS}\n</testcase>");
    assert!(flaws(&crossed).0[0].starts_with("3: found XML that is not well-formed"), "{:?}", flaws(&crossed));
    let deep = format!("<testsuite>{PASS}{}", "<a>".repeat(100_000));
    assert_eq!(
        flaws(&deep),
        (vec!["1: found more than 256 elements inside each other; what stands before is read".into()], 1)
    );
    let sloppy = "<testsuite><testcase name=\"a & b\"><failure>x && y</failure></testcase></testsuite>";
    assert_eq!(flaws(sloppy), (Vec::new(), 1));
}

/// A tag with very many attributes, and a failure with very much text.
#[test]
fn size_alone_is_no_harm() {
    let mut tag = String::new();
    for n in 0..200_000 {
        let _ = write!(tag, " a{n}=\"\"");
    }
    let text = "<b>x</b>".repeat(200_000);
    let report = format!("<testsuite><testcase name=\"t\"{tag}><failure>{text}</failure></testcase></testsuite>");
    let bisection = only(assemble(&reports(&[("7/a.xml", &report)]), None));
    assert!(bisection.steps[0].runs[0].outcome.title().unwrap().as_str().len() <= 200);
}

#[test]
fn the_report_of_a_folder_is_as_reviewed() {
    let ran = support::run(&["analyze", "tests/junit/surefire"]);
    let note = "note: 4 reports of 4 revisions, old to new: 3f2a91c, 8b7d0e1, c04d2aa, e19f7b3\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), note));
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn json_says_where_every_line_stands() {
    let ran = support::run(&["analyze", "--format", "ndjson", "tests/junit/surefire"]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let schema = serde_json::from_slice(&fs::read(support::root().join("schema/analysis.json")).unwrap()).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&json));
    let line = usize::try_from(json["steps"][3]["line"].as_u64().unwrap()).unwrap();
    let place = &json["sources"][line - 1];
    assert_eq!(place["path"], "tests/junit/surefire/004-e19f7b3/TEST-shop.CartTest.xml");
    assert_eq!(place["line"], 12);
}

/// What other programs are told leads to the reports, too.
#[test]
fn findings_lead_to_the_reports() {
    for format in ["sarif", "github", "gitlab", "junit", "markdown"] {
        let ran = support::run(&["analyze", "--format", format, "tests/junit/surefire"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(
            !ran.stdout.contains("surefire:") && !ran.stdout.contains("file=tests/junit/surefire,"),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn several_tests_are_several_bisections() {
    let ran = support::run(&["analyze", "tests/junit/gradle", "tests/junit/surefire"]);
    // Two folders are one invocation: their reports are put together.
    assert!(
        ran.stdout.contains("shop.CartTest.total") && ran.stdout.contains("shop.LoginTest.remembers()"),
        "{}",
        ran.stdout
    );
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("charts");
    let ran = support::run(&["chart", "tests/junit/gradle", "-o", out.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(fs::read_dir(&out).unwrap().count() > 0);
}

#[test]
fn other_reports_are_called_by_their_name() {
    let said = |file: &str| support::run(&["analyze", &format!("tests/junit/other/{file}")]);
    for (file, name) in
        [("report.trx", "TRX"), ("nunit3.xml", "NUnit 3"), ("nunit2.xml", "NUnit 2"), ("xunit.xml", "xUnit.net")]
    {
        let ran = said(file);
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains(name) && ran.stderr.contains("expected a JUnit report"), "{}", ran.stderr);
    }
    let ran = support::run(&["analyze", "--test", "x", "data/000_nbd_ioctl.txt"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("--test is for JUnit reports"), "{}", ran.stderr);
    let ran = support::run(&["analyze", "tests/junit/jest/1.xml"]);
    assert_eq!((ran.code, ran.stderr.contains("no failed test")), (Some(0), true), "{}", ran.stderr);
    let ran = support::run(&["analyze", "tests/junit/jest/1.xml", "data/000_nbd_ioctl.txt"]);
    assert_eq!((ran.code, ran.stderr.contains("no failed test")), (Some(0), true), "{}", ran.stderr);
}

/// A gate over tests that nobody bisected: green passes, a test that broke for good fails.
#[test]
fn a_gate_over_tests_passes_when_they_are_green_and_fails_on_a_regression() {
    let gate = support::run(&["gate", "--no-config", "tests/junit/jest/1.xml"]);
    assert_eq!(gate.code, Some(0), "{}{}", gate.stdout, gate.stderr);
    let broke: Vec<_> = (0..20).map(|i| format!("c{i:02},{i},{}\n", if i < 12 { "pass" } else { "fail" })).collect();
    let broke = broke.concat();
    let table = format!("commit,commit_position,outcome\n{broke}");
    let dir = support::folder(&[("broke.csv", table.as_bytes())]);
    let file = dir.path().join("broke.csv");
    let gate = support::run(&["gate", "--no-config", file.to_str().unwrap()]);
    assert_eq!(gate.code, Some(1), "{}", gate.stdout);
    assert!(
        gate.stdout.contains("P(a regression) is") && gate.stdout.contains("c12 introduced the failure"),
        "{}",
        gate.stdout
    );
    let flaky: Vec<_> = (0..20).map(|i| format!("c{i:02},{}\n", if i % 3 == 1 { "fail" } else { "pass" })).collect();
    let flaky = flaky.concat();
    std::fs::write(&file, format!("commit,outcome\n{flaky}")).unwrap();
    let gate = support::run(&["gate", "--no-config", file.to_str().unwrap()]);
    assert_eq!(gate.code, Some(0), "{}", gate.stdout);
}

/// A page that shows a report is none.
/// Attempts, reruns, shards, platforms and versions of languages are runs of one revision.
#[test]
fn runs_of_one_revision_are_no_revisions() {
    let suite = |fails: bool| {
        let failure = if fails { "<failure message=\"no cookie\"/>" } else { "" };
        format!("<testsuite name=\"s\"><testcase classname=\"a.B\" name=\"one\">{failure}</testcase></testsuite>")
    };
    let (passed, failed) = (suite(false), suite(true));
    let of = |names: [&str; 4]| {
        let files: Vec<_> = names.into_iter().zip([&passed, &passed, &failed, &passed].map(String::as_str)).collect();
        assemble(&reports(&files), None)
    };
    let kept = ["attempt-1", "shard-2", "run_1_of_2", "ubuntu-22.04"];
    for kind in kept {
        let other = kind.replace('1', "3").replace('2', "4");
        let names = [
            format!("r/001-1a2b3c4/{kind}/j.xml"),
            format!("r/001-1a2b3c4/{other}/j.xml"),
            format!("r/002-2b3c4d5/{kind}/j.xml"),
            format!("r/002-2b3c4d5/{other}/j.xml"),
        ];
        let assembled = of(names.each_ref().map(String::as_str));
        assert_eq!(counts(&only(assembled)), ["1a2b3c4 2/0/0", "2b3c4d5 1/1/0"], "{kind}");
    }
    // Several runs of CI at one commit.
    let names = ["101-1a2b3c4/j.xml", "102-1a2b3c4/j.xml", "103-2b3c4d5/j.xml", "104-2b3c4d5/j.xml"];
    assert_eq!(counts(&only(of(names))), ["1a2b3c4 2/0/0", "2b3c4d5 1/1/0"]);
    let nameless = [
        ["j-ubuntu.xml", "j-macos.xml", "j-windows.xml", "j-alpine.xml"],
        ["attempt-1/j.xml", "attempt-2/j.xml", "attempt-3/j.xml", "attempt-4/j.xml"],
        ["py3.10/j.xml", "py3.11/j.xml", "py3.12/j.xml", "py3.13/j.xml"],
        ["3.10/j.xml", "3.11/j.xml", "3.12/j.xml", "3.13/j.xml"],
        [
            "p/test.xml",
            "p/test_attempts/attempt_1.xml",
            "p/test_attempts/attempt_2.xml",
            "p/test_attempts/attempt_3.xml",
        ],
        ["old/j.xml", "new/j.xml", "mine/j.xml", "yours/j.xml"],
    ];
    for names in nameless {
        let assembled = of(names);
        assert!(assembled.bisections.is_empty(), "{names:?}");
        let errors: Vec<_> = assembled.problems.iter().map(|(_, error)| error).collect();
        assert_eq!(errors, [&AssembleError::NoRevision { reports: 4 }], "{names:?}");
    }
}

#[test]
fn ginkgo_tells_its_attempts_in_what_it_printed() {
    let report = "<testsuites><testsuite name=\"S\"><testcase name=\"[It] pops\" classname=\"Q\" status=\"passed\">\
                  <system-err>&gt; Enter [It] pops&#xA;[FAILED] Expected 1 to equal 2&#xA;Attempt #1 Failed.  Retrying ↺ @ x&#xA;\
                  &lt; Exit</system-err></testcase></testsuite></testsuites>";
    let bisection = only(assemble(&reports(&[("7/j.xml", report), ("8/j.xml", report)]), None));
    assert_eq!(counts(&bisection), ["7 1/1/0", "8 1/1/0"]);
    assert_eq!(titles(&bisection), ["Expected 1 to equal 2"]);
}

/// A report on one line: what is quoted is the test's own element.
#[test]
fn a_test_is_quoted_without_its_neighbours() {
    let report = "<testsuite name=\"s\"><testcase classname=\"a\" name=\"one\"/><testcase classname=\"a\" name=\"two\"><failure message=\"x\">y</failure></testcase></testsuite>";
    let bisection = only(assemble(&reports(&[("7/j.xml", report)]), None));
    assert_eq!(bisection.source.line(Line(1)).as_deref(), Some("<failure message=\"x\">"));
}

#[test]
fn go_and_tap_are_reports_too() {
    let event = |action: &str, more: &str| {
        format!("{{\"Time\":\"x\",\"Action\":\"{action}\",\"Package\":\"p/q\",\"Test\":\"TestPop\"{more}}}\n")
    };
    let output = event("output", ",\"Output\":\"    pop_test.go:78: got 1, want 2\\n\"");
    let passed = event("run", "") + &event("pass", ",\"Elapsed\":0.1");
    let failed = event("run", "") + &output + &event("fail", "") + &event("pass", "");
    let bisection = only(assemble(&reports(&[("build-7/t.json", &passed), ("build-8/t.json", &failed)]), None));
    assert_eq!(counts(&bisection), ["build-7 1/0/0", "build-8 1/1/0"]);
    assert_eq!((bisection.id.ends_with("p/q.TestPop"), titles(&bisection)), (true, vec!["got 1, want 2".to_owned()]));
    let tap =
        |second: &str| format!("TAP version 13\n1..3\nok 1 - boots\n{second} 2 - kvm selftest\nok 3 - net # SKIP\n");
    let late = tap("not ok").replace("selftest", "selftest # TIMEOUT 45 seconds");
    let bisection = only(assemble(&reports(&[("build-7/t.tap", &tap("ok")), ("build-8/t.tap", &late)]), None));
    assert_eq!(counts(&bisection), ["build-7 1/0/0", "build-8 0/1/0"]);
    assert_eq!(titles(&bisection), ["TIMEOUT 45 seconds"]);
}

#[test]
fn pages_are_no_reports() {
    let page = format!("<html><pre>{}</pre></html>", suite(FAIL));
    assert!(read_with(page.as_bytes(), &Source::new("p"), &Columns::new()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// The order of the files, and how runs are spread over them, says nothing.
    #[test]
    fn the_same_runs_say_the_same(cells in prop::collection::vec((0usize..5, 1usize..4), 2..7), turn in 0usize..7) {
        let run = |crash: bool| if crash { FAIL } else { PASS };
        let all = |fails, passes| (0..fails).map(|_| true).chain((0..passes).map(|_| false)).map(run);
        let together = |(i, (fails, passes)): (usize, &(usize, usize))| {
            vec![(format!("r/{i}/a.xml"), suite(&all(*fails, *passes).collect::<String>()))]
        };
        let apart = |(i, (fails, passes)): (usize, &(usize, usize))| {
            all(*fails, *passes).enumerate().map(|(n, case)| (format!("r/{i}/{n}.xml"), suite(case))).collect::<Vec<_>>()
        };
        let posterior = |mut files: Vec<(String, String)>| {
            let by = turn % files.len();
            files.rotate_left(by);
            let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            let bisection = only(assemble(&reports(&files), Some("c.t")));
            let analysis = analyze(vec![bisection], &Settings::default()).remove(0);
            analysis.gaps.iter().map(|gap| gap.posterior.map(Prob::value)).collect::<Vec<_>>()
        };
        let once = posterior(cells.iter().enumerate().flat_map(together).collect());
        prop_assert_eq!(once, posterior(cells.iter().enumerate().flat_map(apart).collect()));
    }

    /// Cut and changed anywhere: never a panic, lines that are in the file, and no run that nobody wrote.
    #[test]
    fn nothing_breaks_it(folder_name in 0usize..7, cut in 0usize..3000, at in 0usize..3000, byte in any::<u8>()) {
        let names = ["surefire", "gradle", "pytest", "nextest", "jest", "marathon", "catch2"];
        let path = files_of(&support::root().join("tests/junit").join(names[folder_name])).pop().unwrap();
        let mut bytes = fs::read(path).unwrap();
        let place = at % bytes.len();
        bytes[place] = byte;
        bytes.truncate(bytes.len().saturating_sub(cut));
        let Ok(reading) = read_with(&bytes, &Source::new("7/a.xml"), &Columns::new()) else { return Ok(()) };
        let lines = u32::try_from(bytes.split(|byte| *byte == b'\n').count()).unwrap();
        prop_assert!(reading.problems.iter().all(|problem| (1..=lines).contains(&problem.line.0)), "{:?}", reading.problems);
        for bisection in assemble(&reading.reports, None).bisections {
            let runs = bisection.steps.iter().flat_map(|step| &step.runs);
            for run in runs {
                prop_assert!((1..=lines).contains(&bisection.source.at(run.line).line.0));
                prop_assert!(matches!(run.outcome, Outcome::Pass | Outcome::Crash(_) | Outcome::Void(..)));
            }
        }
    }
}

/// A tag of a saved page among results of tests ends no line: every problem has a line of the file.
#[test]
fn tags_of_pages_are_no_lines_of_a_report() {
    let comment = format!("<!-- {} -->", "x".repeat(1200));
    for report in
        ["<testsuite><br>", "<testsuite><testcase name='a'><br><br/><p>", &format!("{comment}<testsuite><br><br>")]
    {
        let reading = reading("r/build-1/x.xml", report, &Columns::new());
        let lines: Vec<_> = reading.problems.iter().map(|problem| problem.line).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| *line == Line(1)), "{report:?}: {lines:?}");
    }
}

/// What orders folders is a number of a build, a date or a release; versions of languages and systems do not, and attempts are
/// runs of one revision.
#[test]
fn folders_are_ordered_by_what_counts() {
    let report =
        |name: &str| (format!("{name}/x.xml"), "<testsuite><testcase name='t'><failure/></testcase></testsuite>");
    let order = |names: &[&str]| {
        let files: Vec<_> = names.iter().map(|name| report(name)).collect();
        let files: Vec<_> = files.iter().map(|(path, report)| (path.as_str(), *report)).collect();
        let assembled = assemble(&reports(&files), None);
        let names: Vec<String> = assembled.revisions.iter().map(ToString::to_string).collect();
        format!("{}{}", names.join(" "), if assembled.unordered { " unordered" } else { "" })
    };
    assert_eq!(order(&["01.05.2026", "30.04.2026"]), "30.04.2026 01.05.2026");
    assert_eq!(order(&["v6.2", "v6.2-rc1", "v6.1"]), "v6.1 v6.2-rc1 v6.2");
    assert_eq!(order(&["v1.10", "v1.9"]), "v1.9 v1.10");
    assert_eq!(order(&["3.11/abc1234", "3.12/abc1235"]), "abc1234 abc1235 unordered");
    assert_eq!(order(&["run-102-attempt-1", "run-101-attempt-1", "run-101-attempt-2"]), "run-101 run-102");
    assert_eq!(order(&["run-001", "run-002"]), "");
}
