//! What other programs read: each format is valid by the rules of its reader, and as reviewed.

#![cfg(feature = "cli")]

use crate::support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use bisectstat::finding::RULES;
use bisectstat::gate::decision::{Decision, Outcome};
use bisectstat::gate::format::Format;
use serde_json::{Value, json};
use support::decisions::{Everything, decision, written};
use support::sarif::{errors, schema as sarif_schema};
use support::{LOGS, root, run};

fn sarif(decision: &Decision<'_>) -> Value {
    serde_json::from_str(&written(Format::Sarif, decision)).unwrap()
}

/// What a run says, without the rules, which every run lists alike.
fn without_rules(mut sarif: Value) -> String {
    sarif["runs"][0]["tool"]["driver"]["rules"] = json!("…");
    for result in sarif["runs"][0]["results"].as_array_mut().unwrap() {
        result["ruleIndex"] = json!("…");
    }
    serde_json::to_string_pretty(&sarif).unwrap()
}

#[test]
fn the_seeds_are_as_reviewed() {
    for format in Format::ALL {
        let mut all = String::new();
        for (_, log) in LOGS {
            let ran = run(&["analyze", log, "--format", format.name()]);
            assert_eq!(ran.code, Some(0), "{}", ran.stderr);
            let text = match format {
                Format::Sarif => without_rules(serde_json::from_str(&ran.stdout).unwrap()),
                _ => ran.stdout,
            };
            let _ = writeln!(all, "======== {log}\n{}", text.trim_end());
        }
        insta::assert_snapshot!(format!("seeds_{}", format.name()), all);
    }
}

#[test]
fn a_decision_with_everything_is_as_reviewed() {
    let everything = Everything::new();
    let decision = everything.decision();
    for format in Format::ALL {
        let text = match format {
            Format::Sarif => without_rules(sarif(&decision)),
            _ => written(format, &decision),
        };
        insta::assert_snapshot!(format!("everything_{}", format.name()), text);
    }
}

#[test]
fn sarif_holds_to_its_schema() {
    let schema = sarif_schema();
    let everything = Everything::new();
    let mut sarif = sarif(&everything.decision());
    assert_eq!(errors(&schema, &sarif), [""; 0]);
    let seeds = run(&["analyze", "data", "--format", "sarif"]);
    assert_eq!(errors(&schema, &serde_json::from_str(&seeds.stdout).unwrap()), [""; 0]);
    sarif["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!schema.is_valid(&sarif), "the schema must be able to refuse");
}

/// What GitHub asks for beyond the schema.
#[test]
fn sarif_lists_every_rule_with_its_help() {
    let everything = Everything::new();
    let sarif = sarif(&everything.decision());
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let codes: Vec<_> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let expected: Vec<_> = std::iter::once("BS001").chain(RULES.iter().map(|rule| rule.name.code)).collect();
    assert_eq!(codes, expected);
    for rule in rules {
        let text = |pointer: &str| rule.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        for (pointer, most) in [("/shortDescription/text", 1024), ("/fullDescription/text", 1024), ("/name", 255)] {
            assert!((1..=most).contains(&text(pointer).chars().count()), "{pointer} {rule}");
        }
        assert!(["/help/text", "/help/markdown"].iter().all(|help| text(help).contains("# What to do")), "{rule}");
        assert!(["note", "warning", "error"].contains(&text("/defaultConfiguration/level")));
    }
}

#[test]
fn sarif_results_point_to_their_rule_and_say_what_is_suppressed() {
    let everything = Everything::new();
    let sarif = sarif(&everything.decision());
    let run = &sarif["runs"][0];
    let mut fingerprints = BTreeSet::new();
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        let fingerprint = result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap();
        assert!(fingerprints.insert(fingerprint.to_owned()), "{fingerprint} twice");
    }
    let suppressed: Vec<_> =
        run["results"].as_array().unwrap().iter().filter(|result| !result["suppressions"].is_null()).collect();
    let words: Vec<_> =
        suppressed.iter().map(|result| result["suppressions"][0]["justification"].as_str().unwrap()).collect();
    assert_eq!(words, ["it is in the baseline", "known: the machine was replaced"]);
    assert_eq!(suppressed[0]["baselineState"], "unchanged");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}

/// The elements, their attributes and their children that Jenkins' schema of JUnit has; `!` marks what must be there.
const JUNIT: [(&str, &[&str], &[&str]); 7] = [
    ("testsuites", &["name", "time", "tests", "failures", "errors"], &["testsuite"]),
    (
        "testsuite",
        &["!name", "!tests", "!failures", "!errors", "skipped", "time", "timestamp", "hostname", "id", "package"],
        &["properties", "testcase", "system-out", "system-err"],
    ),
    (
        "testcase",
        &["!name", "time", "classname", "group"],
        &["skipped", "error", "failure", "system-out", "system-err"],
    ),
    ("failure", &["type", "message"], &[]),
    ("error", &["type", "message"], &[]),
    ("system-out", &[], &[]),
    ("system-err", &[], &[]),
];

fn check_junit(xml: &str) {
    let document = roxmltree::Document::parse(xml).unwrap();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        let (_, attributes, children) = JUNIT.iter().find(|(element, ..)| *element == name).unwrap();
        let has = |wanted: &str| node.attributes().any(|attribute| attribute.name() == wanted);
        let allowed = |name: &str| attributes.iter().any(|attribute| attribute.trim_start_matches('!') == name);
        assert!(node.attributes().all(|attribute| allowed(attribute.name())), "{node:?}");
        assert!(attributes.iter().filter_map(|attribute| attribute.strip_prefix('!')).all(has), "{node:?}");
        for child in node.children().filter(roxmltree::Node::is_element) {
            assert!(children.contains(&child.tag_name().name()), "{child:?} in {node:?}");
        }
    }
    for suite in document.descendants().filter(|node| node.has_tag_name("testsuite")) {
        let number = |attribute: &str| suite.attribute(attribute).unwrap().parse::<usize>().unwrap();
        let count = |element| suite.descendants().filter(|node| node.has_tag_name(element)).count();
        assert_eq!(number("tests"), count("testcase"));
        assert_eq!((number("failures"), number("errors")), (count("failure"), count("error")));
    }
}

#[test]
fn junit_holds_to_the_schema_of_jenkins() {
    let everything = Everything::new();
    let xml = written(Format::Junit, &everything.decision());
    check_junit(&xml);
    check_junit(&run(&["analyze", "data", "--format", "junit"]).stdout);
    let document = roxmltree::Document::parse(&xml).unwrap();
    let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
    let ends = cases.map(|case| case.first_element_child().unwrap().tag_name().name());
    // What could not be read, what passes, what passes with a warning, and what fails.
    assert_eq!(ends.collect::<Vec<_>>(), ["error", "system-out", "system-out", "failure"]);
}

fn check_gitlab(text: &str) -> Vec<Value> {
    let issues: Vec<Value> = serde_json::from_str(text).unwrap();
    let mut fingerprints = BTreeSet::new();
    for issue in &issues {
        let keys: Vec<_> = issue.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["check_name", "description", "fingerprint", "location", "severity"]);
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&issue["severity"].as_str().unwrap()));
        assert!(!issue["description"].as_str().unwrap().is_empty());
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(!path.starts_with("./") && !path.is_empty());
        assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() >= 1);
        assert!(fingerprints.insert(issue["fingerprint"].as_str().unwrap().to_owned()), "{issue} twice");
    }
    issues
}

#[test]
fn code_quality_has_what_gitlab_asks_for() {
    let everything = Everything::new();
    let issues = check_gitlab(&written(Format::Gitlab, &everything.decision()));
    let severities: Vec<_> = issues.iter().map(|issue| issue["severity"].as_str().unwrap()).collect();
    let expected = ["blocker", "critical", "critical", "critical", "critical", "minor", "minor", "info"];
    assert_eq!(severities, expected);
}

#[test]
fn nothing_to_judge_is_said_in_every_format() {
    let decision = decision("default", vec![], vec![]);
    assert_eq!(decision.outcome(), Outcome::CouldNotJudge);
    for format in Format::ALL {
        let text = written(format, &decision);
        assert!(text.contains("no bisection in the input"), "{}", format.name());
    }
    assert_eq!(sarif(&decision)["runs"][0]["invocations"][0]["executionSuccessful"], false);
    assert_eq!(errors(&sarif_schema(), &sarif(&decision)), [""; 0]);
    check_junit(&written(Format::Junit, &decision));
    check_gitlab(&written(Format::Gitlab, &decision));
}

#[test]
fn unread_inputs_are_told_by_analyze() {
    for format in Format::ALL {
        let ran = run(&["analyze", LOGS[0].1, "data/README.md", "data/none.txt", "--format", format.name()]);
        assert_eq!(ran.code, Some(2));
        for path in ["data/README.md", "data/none.txt"] {
            assert!(ran.stdout.contains(path), "{} {path}", format.name());
        }
    }
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let fingerprints = |log: &str| {
        let sarif: Value = serde_json::from_str(&run(&["analyze", log, "--format", "sarif"]).stdout).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap().clone();
        let each = results.iter().map(|result| {
            let line = result["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap();
            (result["partialFingerprints"].to_string(), line)
        });
        each.collect::<Vec<_>>()
    };
    let dir = tempfile::tempdir().unwrap();
    let moved = dir.path().join("004_css_free_rwork_fn.txt");
    let text = fs::read_to_string(root().join(LOGS[4].1)).unwrap();
    fs::write(&moved, format!("{}{text}", "something else\n".repeat(50))).unwrap();
    let before = fingerprints(LOGS[4].1);
    assert!(!before.is_empty());
    let expected: Vec<_> = before.into_iter().map(|(fingerprint, line)| (fingerprint, line + 50)).collect();
    assert_eq!(fingerprints(moved.to_str().unwrap()), expected);
}

#[test]
fn the_same_bytes_whatever_the_threads() {
    for format in Format::ALL {
        let one = run(&["analyze", "data", "--format", format.name(), "--jobs", "1"]);
        let many = run(&["analyze", "data", "--format", format.name(), "--jobs", "8"]);
        assert_eq!(one.stdout, many.stdout, "{}", format.name());
    }
}
