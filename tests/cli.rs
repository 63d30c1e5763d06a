//! The command line: formats, the JSON schema, frames that come back as written, exit codes, the same bytes always.

#![cfg(feature = "cli")]

use crate::support;

use std::fs;

use bisectstat::analysis::{Settings, analyze};
use bisectstat::evidence::Source;
use bisectstat::frame::io::{FrameFormat, read as read_frames, write as write_frames};
use bisectstat::frame::{Columns, Frames, completed, schema};
use bisectstat::ingest::read;
use serde_json::Value;
use support::{LOGS, bisectstat, root, run};

fn frames() -> Frames {
    let logs = LOGS.iter().map(|(_, log)| (log, fs::read(root().join(log)).unwrap()));
    let batch = logs.flat_map(|(log, bytes)| read(&bytes, &Source::new(*log)).unwrap().bisections);
    Frames::of(&analyze(batch.collect(), &Settings::default())).unwrap()
}

#[test]
fn json_holds_to_its_schema() {
    let schema: Value = serde_json::from_slice(&fs::read(root().join("schema/analysis.json")).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let array: Value = serde_json::from_str(&run(&["analyze", "data", "--format", "json"]).stdout).unwrap();
    assert_eq!(array.as_array().unwrap().len(), 5);
    for analysis in array.as_array().unwrap() {
        let errors: Vec<_> = schema.iter_errors(analysis).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    let mut wrong = array[0].clone();
    wrong["p_named_any"] = 1.5.into();
    assert!(!schema.is_valid(&wrong));
    wrong["p_named_any"] = Value::Null;
    wrong["surplus"] = true.into();
    assert!(!schema.is_valid(&wrong));
}

#[test]
fn ndjson_is_json_one_a_line() {
    let array: Vec<Value> = serde_json::from_str(&run(&["analyze", "data", "--format", "json"]).stdout).unwrap();
    let lines = run(&["analyze", "data", "--format", "ndjson"]).stdout;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, array);
}

#[test]
fn the_keys_of_004_are_as_reviewed() {
    let array: Vec<Value> = serde_json::from_str(&run(&["analyze", LOGS[4].1, "--format", "json"]).stdout).unwrap();
    let mut analysis = array[0].clone();
    for list in ["steps", "gaps", "titles", "findings"] {
        let list = analysis[list].as_array_mut().unwrap();
        list.drain(1..);
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&analysis).unwrap());
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for format in ["text", "json", "ndjson"] {
        let one = run(&["analyze", "data", "--format", format, "--jobs", "1"]);
        let many = run(&["analyze", "data", "--format", format, "--jobs", "8"]);
        assert_eq!(one.stdout, many.stdout);
    }
}

#[test]
fn frames_come_back_as_written() {
    let frames = frames();
    for format in [FrameFormat::Parquet, FrameFormat::Csv, FrameFormat::Ndjson] {
        let dir = tempfile::tempdir().unwrap();
        write_frames(&frames, dir.path(), format).unwrap();
        let back = read_frames(dir.path(), format).unwrap();
        for ((name, written, columns), (_, read, _)) in frames.named().into_iter().zip(back.named()) {
            let written = completed(written, columns).unwrap();
            assert_eq!(written.schema(), read.schema(), "{name} {format:?}");
            assert!(written.equals_missing(read), "{name} {format:?}");
        }
    }
}

#[test]
fn the_binary_writes_every_frame() {
    for (format, ending) in [("parquet", "parquet"), ("csv", "csv"), ("ndjson", "ndjson")] {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("frames");
        let ran = run(&["analyze", "data", "--out", out.to_str().unwrap(), "--frames", format]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        let mut names: Vec<_> =
            fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        let frames = ["bisections", "findings", "gaps", "runs", "skipped", "steps", "titles"];
        let mut expected: Vec<_> = frames.map(|name| format!("{name}.{ending}")).into();
        expected.push("manifest.ndjson".to_owned());
        expected.sort();
        assert_eq!(names, expected);
    }
}

/// The tables in the documentation of each frame list its columns, in their order.
#[test]
fn documented_columns_are_the_columns() {
    for (name, _, columns) in frames().named() {
        let source = fs::read_to_string(root().join(format!("src/frame/{name}.rs"))).unwrap();
        let rows = source.lines().filter_map(|line| line.strip_prefix("//! | ")).skip(1);
        let documented: Vec<_> = rows.flat_map(|row| row.split(" | ").next().unwrap().split(", ")).collect();
        let columns: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
        assert_eq!(documented, columns, "{name}");
    }
}

#[test]
fn frames_without_rows_keep_their_types() {
    let empty = Frames::of(&[]).unwrap();
    for (_, frame, columns) in empty.named() {
        let columns: &Columns = columns;
        assert_eq!(**completed(frame, columns).unwrap().schema(), schema(columns));
    }
}

#[test]
fn counts_of_frames_agree() {
    let frames = frames();
    let sum = |name: &str| frames.steps.column(name).unwrap().u32().unwrap().iter().flatten().sum::<u32>() as usize;
    let runs = frames.runs.column("count").unwrap().u32().unwrap().iter().flatten().sum::<u32>() as usize;
    assert_eq!(sum("passes") + sum("crashes") + sum("voids"), runs);
    let titles = frames.titles.column("crashes").unwrap().u32().unwrap().iter().flatten().sum::<u32>() as usize;
    assert_eq!(titles, sum("crashes"));
}

#[test]
fn standard_input_is_a_file_like_others() {
    let log = fs::File::open(root().join(LOGS[4].1)).unwrap();
    let output = bisectstat(&["analyze", "-"]).stdin(log).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.starts_with("-\n"), "{text}");
    assert_eq!(
        text.replace("--> -:", "--> FILE:"),
        run(&["analyze", LOGS[4].1]).stdout.replace(LOGS[4].1, "FILE").replacen("FILE\n", "-\n", 1)
    );
}

#[test]
fn colour_is_for_terminals_unless_asked_for() {
    let escapes = |args: &[&str]| run(args).stdout.contains('\x1b');
    assert!(!escapes(&["analyze", LOGS[4].1]));
    assert!(escapes(&["analyze", LOGS[4].1, "--color", "always"]));
    assert!(!escapes(&["analyze", LOGS[4].1, "--color", "never"]));
}

#[test]
fn unparsed_lines_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    let log = fs::read_to_string(root().join(LOGS[4].1)).unwrap();
    let odd = log.replacen("revisions tested: ", "a line of the future\nrevisions tested: ", 1);
    let path = dir.path().join("odd.txt");
    fs::write(&path, odd).unwrap();
    let ran = run(&["analyze", "--unparsed", path.to_str().unwrap()]);
    assert!(ran.stdout.contains("odd.txt:") && ran.stdout.contains(": a line of the future\n"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("1 not understood\n"), "{}", ran.stdout);
    assert!(run(&["analyze", path.to_str().unwrap()]).stdout.contains("not understood: 1 line"));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    for args in
        [&["analyze"][..], &["analyze", "--format", "xml", "data"], &["analyze", "--jobs", "0", "data"], &["judge"]]
    {
        let ran = run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{args:?}");
    }
    assert_eq!(run(&["--help"]).code, Some(0));
    assert_eq!(run(&["--version"]).code, Some(0));
}

#[test]
fn help_is_as_reviewed() {
    insta::assert_snapshot!(run(&["analyze", "--help"]).stdout);
}
