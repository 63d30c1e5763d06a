//! Tables as Parquet: the same as comma-separated text, and no harm from a damaged one.

#![cfg(feature = "cli")]

use crate::support;

use std::fs;

use bisectstat::evidence::{Bisection, Source};
use bisectstat::ingest::table::{Columns, Meaning};
use bisectstat::ingest::{Reading, read, read_with};
use polars::prelude::{Column, DataFrame};
use polars_io::prelude::ParquetWriter;

fn written(columns: Vec<Column>) -> Vec<u8> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut DataFrame::new_infer_height(columns).unwrap()).unwrap();
    bytes
}

fn reading(bytes: &[u8]) -> Reading {
    read(bytes, &Source::new("table")).unwrap()
}

/// What a table says, without the lines where it says it.
fn evidence(reading: &Reading) -> Vec<String> {
    let of = |bisection: &Bisection| {
        let steps = bisection.steps.iter().map(|step| format!("{} {:?}", step.commit, step.counts()));
        format!("{} {:?} {:?} {:?}", bisection.id, bisection.kind, bisection.order, steps.collect::<Vec<_>>())
    };
    reading.bisections.iter().map(of).collect()
}

fn runs() -> Vec<u8> {
    written(vec![
        Column::new("sha".into(), ["a1", "a1", "b2", "c3", "c3"]),
        Column::new("other".into(), [1.5, 2.5, 3.5, 4.5, 5.5]),
        Column::new("status".into(), [Some("pass"), Some("fail"), Some("skip"), Some("fail"), Some("fail")]),
        Column::new("message".into(), [None, Some("WARNING in f"), None, Some("WARNING in f"), Some("BUG in g")]),
    ])
}

#[test]
fn parquet_says_what_text_says() {
    let text = "sha,status,message\na1,pass,\na1,fail,WARNING in f\nb2,skip,\nc3,fail,WARNING in f\nc3,fail,BUG in g\n";
    let (parquet, text) = (reading(&runs()), reading(text.as_bytes()));
    assert!(parquet.problems.is_empty());
    assert_eq!(evidence(&parquet), evidence(&text));
    let titles = |reading: &Reading| reading.bisections[0].title_counts();
    assert_eq!(titles(&parquet), titles(&text));
}

/// Numbers, truth values and gaps, in whatever width they come.
#[test]
fn numbers_and_truth_values_are_read() {
    let counts = written(vec![
        Column::new("build".into(), [17_i64, 18, 19]),
        Column::new("passes".into(), [Some(3.0), Some(2.0), None]),
        Column::new("crashes".into(), [0_u32, 1, 4]),
        Column::new("order".into(), [1.0_f32, 2.0, 4.5]),
    ]);
    let text = "build,passes,crashes,order\n17,3,0,1\n18,2,1,2\n19,,4,4.5\n";
    assert_eq!(evidence(&reading(&counts)), evidence(&reading(text.as_bytes())));
    let truth = written(vec![Column::new("rev".into(), ["x", "y"]), Column::new("passed".into(), [true, false])]);
    assert_eq!(evidence(&reading(&truth)), evidence(&reading(b"rev,passed\nx,true\ny,false\n")));
}

#[test]
fn columns_can_be_told_and_rows_are_named() {
    let table =
        written(vec![Column::new("id".into(), ["x", "y z", "w"]), Column::new("how".into(), ["ok", "ok", "maybe"])]);
    let columns: Columns = [(Meaning::Commit, "id".to_owned()), (Meaning::Outcome, "how".to_owned())].into();
    let reading = read_with(&table, &Source::new("table"), &columns).unwrap();
    assert_eq!(reading.problems.iter().map(|problem| problem.line.0).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(reading.bisections[0].steps.len(), 1);
    let error = read(&table, &Source::new("table")).unwrap_err().to_string();
    assert!(error.contains("expected one with a revision") && error.contains("id, how"), "{error}");
}

#[test]
fn our_own_frames_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().to_str().unwrap();
    assert_eq!(support::run(&["analyze", "data/000_nbd_ioctl.txt", "-o", out]).code, Some(0));
    let ran = support::run(&["analyze", dir.path().join("runs.parquet").to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = support::root().join("tests/parquet");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read =
        |path: std::path::PathBuf| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap());
    let mut files: Vec<_> = entries.map(read).collect();
    files.sort();
    files
}

/// The files in `tests/parquet/` are pyarrow's.
#[test]
fn other_writers_are_read() {
    let runs = "commit,outcome,title\na1,pass,\na1,fail,BUG in f\nb2,skip,\nc3,fail,BUG in f\nc3,fail,WARNING in g\n";
    let counts = "revision,passes,crashes,order\na,3,0,10\nb,,2,20\nc,1,,35\n";
    let refused = [("brotli", "the compression Brotli"), ("delta", "the encoding of the column \"count\" (number 5)")];
    for (name, bytes) in fixtures() {
        if let Some((_, why)) = refused.iter().find(|(refused, _)| *refused == name) {
            let error = read(&bytes, &Source::new("table")).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
            continue;
        }
        let text = if name == "counts" { counts } else { runs };
        assert_eq!(evidence(&reading(&bytes)), evidence(&reading(text.as_bytes())), "{name}");
    }
}

/// Whatever is wrong with the file: one error, or a reading.
#[test]
fn damage_is_one_error() {
    let whole = runs();
    for (_, whole) in fixtures().into_iter().chain([("ours".to_owned(), whole.clone())]) {
        for length in 0..whole.len() {
            assert!(read(&whole[..length], &Source::new("table")).is_err(), "{length}");
        }
        for at in 0..whole.len() {
            for bit in [0x01, 0x02, 0x10, 0x7f, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] ^= bit;
                let _either = read(&damaged, &Source::new("table"));
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut.parquet");
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let ran = support::run(&["analyze", path.to_str().unwrap()]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("found a Parquet file that cannot be read"), "{}", ran.stderr);
}
