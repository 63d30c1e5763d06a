//! What researchers take from the frames: which input a row is of, when, how long, and what the columns hold.

#![cfg(feature = "cli")]

use crate::support;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use bisectstat::frame::io::{FrameFormat, read};
use bisectstat::frame::{Frames, SCHEMA, SCHEMA_KEY};
use polars::prelude::DataFrame;
use polars_io::SerReader as _;
use polars_io::prelude::ParquetReader;
use serde_json::Value;
use support::folder;

/// The frames of inputs, and the folder in which they are.
fn frames(inputs: &[&str], dir: &Path) -> Frames {
    let ran = support::run(&[&["analyze", "--out", dir.to_str().unwrap()][..], inputs].concat());
    assert_ne!(ran.code, None, "{}", ran.stderr);
    read(dir, FrameFormat::Parquet).unwrap()
}

fn texts(frame: &DataFrame, column: &str) -> Vec<Option<String>> {
    frame.column(column).unwrap().str().unwrap().iter().map(|text| text.map(str::to_owned)).collect()
}

fn numbers(frame: &DataFrame, column: &str) -> Vec<Option<f64>> {
    frame.column(column).unwrap().f64().unwrap().iter().collect()
}

/// What is said to be never null has a value in every row, whatever was read.
#[test]
fn what_is_never_null_has_a_value() {
    let dir = tempfile::tempdir().unwrap();
    let frames = frames(&["data", "tests/rules", "tests/junit", "tests/git_bisect", "tests/parquet"], dir.path());
    let dictionary: Value = serde_json::from_str(&support::run(&["schema", "frames"]).stdout).unwrap();
    for (name, frame, _) in frames.named() {
        assert!(frame.height() > 10, "{name} has {} rows", frame.height());
        let told = dictionary["frames"].as_array().unwrap().iter().find(|told| told["name"] == name).unwrap();
        for column in told["columns"].as_array().unwrap() {
            let values = frame.column(column["name"].as_str().unwrap()).unwrap();
            assert!(column["null"] != "never" || values.null_count() == 0, "{name}.{}", column["name"]);
        }
    }
}

/// The hash of the input is the one of the manifest, in whatever form the log stands in its file.
#[test]
fn each_bisection_names_its_input() {
    let log = fs::read_to_string(support::root().join("data/002_del_gendisk.txt")).unwrap();
    let quoted = format!("> {}\n", log.trim_end().replace('\n', "\n> "));
    let table = "test,commit,outcome\na,c1,pass\na,c2,fail\nb,c1,pass\nb,c2,fail\n";
    let inputs = folder(&[
        ("log.txt", log.as_bytes()),
        ("quoted.txt", quoted.as_bytes()),
        ("wide.txt", &log.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
        ("runs.csv", table.as_bytes()),
    ]);
    let out = tempfile::tempdir().unwrap();
    let frames = frames(&[inputs.path().to_str().unwrap(), "tests/parquet"], out.path());
    let mut manifest = BTreeMap::new();
    for line in fs::read_to_string(out.path().join("manifest.ndjson")).unwrap().lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        for input in entry["inputs"].as_array().unwrap() {
            manifest.insert(input["path"].as_str().unwrap().to_owned(), input["xxh3"].as_str().unwrap().to_owned());
        }
    }
    let (paths, hashes) = (texts(&frames.bisections, "path"), texts(&frames.bisections, "input_xxh3"));
    assert!(paths.len() > 5, "{paths:?}");
    for (path, hash) in paths.iter().flatten().zip(&hashes) {
        assert_eq!(hash.as_ref(), manifest.get(path), "{path}");
    }
    let of = |name: &str| hashes[paths.iter().position(|path| path.as_ref().unwrap().ends_with(name)).unwrap()].clone();
    assert!(of("log.txt") != of("quoted.txt") && of("runs.csv").is_some());
}

/// The day and the seconds are those that the input tells; what it does not tell is null.
#[test]
fn days_and_seconds_are_those_of_the_input() {
    let timed = "commit,outcome,seconds\nc1,pass,1.5\nc1,pass,\nc2,fail,0.25\nc2,fail,now\n";
    let counted = "commit,passes,crashes,seconds\nc1,4,0,10\nc2,2,2,12\n";
    let report = "<testsuite name=\"s\" tests=\"3\"><properties><property name=\"commit\" value=\"c1\"/></properties>\
                  <testcase name=\"t\" time=\"1,000.5\"/><testcase name=\"t\" time=\"0.5\"><failure message=\"x\"/></testcase>\
                  <testcase name=\"t\" time=\"9\"><skipped/></testcase></testsuite>";
    let inputs = folder(&[("a.csv", timed.as_bytes()), ("b.csv", counted.as_bytes()), ("c.xml", report.as_bytes())]);
    let path = |name: &str| inputs.path().join(name).display().to_string();
    let of = |name: &str, column: &str| {
        let out = tempfile::tempdir().unwrap();
        let frames = frames(&[&path(name)], out.path());
        (numbers(&frames.runs, "seconds"), numbers(&frames.bisections, column)[0], frames)
    };
    let (timed, total, frames) = of("a.csv", "seconds");
    assert_eq!((timed, total), (vec![Some(1.5), None, Some(0.25), None], Some(1.75)));
    assert_eq!(texts(&frames.bisections, "started"), [None]);
    // Of four runs in ten seconds, each row tells the sum; who failed and who passed in twelve is not told apart.
    let (counted, build, _) = of("b.csv", "seconds_build");
    assert_eq!((counted, build), (vec![Some(10.0), None, None], None));
    let (reported, ..) = of("c.xml", "seconds");
    assert_eq!(reported, [Some(1000.5), Some(0.5), None]);
    let log = fs::read_to_string(support::root().join("data/004_css_free_rwork_fn.txt")).unwrap();
    let log = folder(&[("log.txt", format!("ci starts bisection 2021-04-30 06:07\n{log}").as_bytes())]);
    let out = tempfile::tempdir().unwrap();
    let log = self::frames(&[log.path().to_str().unwrap()], out.path()).bisections;
    let times = ["seconds", "seconds_build", "seconds_test"].map(|column| numbers(&log, column)[0].unwrap());
    assert!(times[0] > times[1] + times[2] - 1.0 && times[1] > 0.0 && times[2] > 0.0, "{times:?}");
    assert_eq!(texts(&log, "started"), [Some("2021-04-30".to_owned())]);
}

/// A Parquet file says which version of the columns it has, one that is put together from parts too.
#[test]
fn a_file_says_which_version_it_is_of() {
    let out = tempfile::tempdir().unwrap();
    frames(&["data"], out.path());
    for (name, ..) in Frames::empty().named() {
        let file = File::open(out.path().join(name).with_extension("parquet")).unwrap();
        let metadata = ParquetReader::new(file).get_metadata().unwrap().clone();
        let told = metadata.key_value_metadata().iter().flatten().find(|pair| pair.key == SCHEMA_KEY);
        assert_eq!(told.and_then(|pair| pair.value.as_deref()), Some(SCHEMA), "{name}");
    }
}
