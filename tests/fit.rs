//! What `fit` learns: shards add up to the whole, the prior changes what is said, and a fit of labels is a fit.

#![cfg(feature = "cli")]

use crate::support;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use bisectstat::evidence::Kind;
use bisectstat::simulate::{History, Plan, Protocol, World, simulate};
use serde_json::Value;
use support::run;

/// Writes simulated logs and their truth; the labels say of each named commit whether it is right.
fn archive(dir: &Path, indexes: std::ops::Range<u64>) -> PathBuf {
    let plan = Plan {
        world: World::Mixed,
        protocol: Protocol::SyzkallerOld,
        history: History::Linear,
        kind: Kind::Cause,
        seed: 7,
    };
    let mut labels = "file,verdict\n".to_owned();
    fs::create_dir_all(dir.join("logs")).unwrap();
    for index in indexes {
        let simulated = simulate(&plan, index);
        let name = plan.file_name(index);
        let right = simulated.record.named.map(|named| simulated.truth.true_culprit == named);
        let verdict = match right {
            Some(true) => "right",
            Some(false) => "wrong",
            None => "unknown",
        };
        let log = if verdict == "right" { touching(&simulated.log) } else { simulated.log };
        fs::write(dir.join("logs").join(&name), log).unwrap();
        writeln!(labels, "{name},{verdict}").unwrap();
    }
    fs::write(dir.join("labels.csv"), labels).unwrap();
    dir.join("logs")
}

/// The simulator invents the files of a commit: this one touches the innermost file of the stack.
fn touching(log: &str) -> String {
    let report = log.rfind("\ncrash: ").map_or("", |at| &log[at..]);
    let frame = report.lines().find(|line| line.starts_with(' ') && line.contains("+0x"));
    let Some((file, _)) = frame.and_then(|frame| frame.rsplit_once(' ')?.1.split_once(':')) else {
        return log.to_owned();
    };
    let statistic = |line: &str| line.starts_with(' ') && line.contains(" | ");
    let lines = log.lines().map(|line| match line.split_once(" | ") {
        Some((_, rest)) if statistic(line) => format!(" {file} | {rest}\n"),
        _ => format!("{line}\n"),
    });
    lines.collect()
}

fn fit(args: &[&str], output: &Path) -> Value {
    let ran = run(&[&["fit"], args, &["-o", output.to_str().unwrap()]].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    serde_json::from_slice(&fs::read(output).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn shards_add_up_to_the_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let (first, second) = (archive(&path("a"), 0..12), archive(&path("b"), 12..30));
    let (first, second) = (first.to_str().unwrap(), second.to_str().unwrap());
    let whole = fit(&[first, second, "--rounds", "1"], &path("whole.json"));
    fit(&[first, "--rounds", "1"], &path("first.json"));
    fit(&[second, "--rounds", "1"], &path("second.json"));
    let shards = [path("first.json"), path("second.json")].map(|path| path.to_str().unwrap().to_owned());
    let merged = fit(&["--merge", &shards[0], &shards[1]], &path("merged.json"));
    // To the last digit: shares are rounded so that their sums do not depend on their order.
    assert_eq!(whole, merged);
    for mixture in ["rates", "ages", "labels", "foreign"] {
        assert!(numbers(&whole[mixture]["sums"]).iter().sum::<f64>() > 1.0, "{mixture}");
    }
    let other = fit(&[first, "--rounds", "2"], &path("later.json"));
    assert_ne!(other["rates"]["start"], whole["rates"]["start"]);
    let refused = run(&["fit", "--merge", &shards[0], path("later.json").to_str().unwrap()]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("different priors"), "{}", refused.stderr);
}

#[test]
fn a_prior_is_named_in_what_it_changed() {
    let dir = tempfile::tempdir().unwrap();
    let logs = archive(dir.path(), 0..20);
    let prior = dir.path().join("prior.json");
    fit(&[logs.to_str().unwrap(), "--rounds", "3", "--name", "ours"], &prior);
    let log = support::LOGS[4].1;
    let p_named = |args: &[&str]| -> (f64, String) {
        let ran = run(&[&["analyze", log, "--format", "ndjson"], args].concat());
        let analysis: Value = serde_json::from_str(&ran.stdout).unwrap();
        (analysis["p_named"].as_f64().unwrap(), analysis["model"]["prior"].as_str().unwrap().to_owned())
    };
    let (default, theirs) = (p_named(&[]), p_named(&["--prior", prior.to_str().unwrap()]));
    assert_eq!(theirs.1, "ours");
    assert!(default.1.starts_with("syzkaller "), "{}", default.1);
    assert!((default.0 - theirs.0).abs() > 1e-9);
    let bad = dir.path().join("bad.json");
    fs::write(&bad, "{\"version\": 1}").unwrap();
    let ran = run(&["analyze", log, "--prior", bad.to_str().unwrap()]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("bad.json"), "{}", ran.stderr);
}

#[test]
fn labels_make_a_fit_with_cross_validated_figures() {
    let dir = tempfile::tempdir().unwrap();
    let logs = archive(dir.path(), 0..100);
    let labels = dir.path().join("labels.csv");
    let output = dir.path().join("blame.json");
    let fitted = fit(&["--truth", labels.to_str().unwrap(), logs.to_str().unwrap()], &output);
    assert!(fitted["bisections"].as_u64().unwrap() >= 20);
    assert_eq!(fitted["date"].as_str().unwrap().len(), 10);
    let ran = run(&["fit", "--truth", labels.to_str().unwrap(), logs.to_str().unwrap(), "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    for table in ["trade_offs", "trade_offs_with_errors"] {
        let rows = report[table].as_array().unwrap();
        let fail: Vec<f64> = rows.iter().map(|row| row["wrong_fail"]["value"].as_f64().unwrap()).collect();
        assert!(rows.len() == 10 && fail.is_sorted(), "{table}: {fail:?}");
    }
    assert_eq!(report["true_culprits_known"], false);
    assert!(report["guard"]["slope"]["value"].as_f64().unwrap() > 0.0, "{}", report["guard"]);
    assert!(ran.stderr.is_empty() && report["culprits"].as_u64() <= report["bisections"].as_u64());
    let swapped = fs::read_to_string(&labels)
        .unwrap()
        .replace(",right", ",x")
        .replace(",wrong", ",right")
        .replace(",x", ",wrong");
    let upside_down = dir.path().join("upside-down.csv");
    fs::write(&upside_down, swapped).unwrap();
    let none = dir.path().join("none.json");
    let ran =
        run(&["fit", "--truth", upside_down.to_str().unwrap(), logs.to_str().unwrap(), "-o", none.to_str().unwrap()]);
    assert_eq!((ran.code, none.exists()), (Some(2), false));
    assert!(ran.stderr.contains("against its reason"), "{}", ran.stderr);
    let few = dir.path().join("few.csv");
    fs::write(&few, "file,verdict\nmixed-0001.txt,right\n").unwrap();
    let ran = run(&["fit", "--truth", few.to_str().unwrap(), logs.to_str().unwrap()]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("too few labelled bisections"), "{}", ran.stderr);
}
