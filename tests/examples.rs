//! Each program in `examples/` runs and prints what was reviewed: it is what users copy.

use std::process::Command;

fn printed(example: &str) -> String {
    let features: &[&str] = if cfg!(feature = "cli") { &[] } else { &["--no-default-features"] };
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--profile", profile, "--example", example]).args(features);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{example}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_example_is_tried() {
    let dir = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples")).unwrap();
    let names = dir.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).collect();
    names.sort();
    assert_eq!(names, ["custom_rule", "fit_prior", "one_log", "outcomes"]);
}

#[test]
fn a_log_from_bytes() {
    insta::assert_snapshot!("one_log", printed("one_log"));
}

#[test]
fn counts_without_a_log() {
    insta::assert_snapshot!("outcomes", printed("outcomes"));
}

#[test]
fn a_rule_of_ones_own() {
    insta::assert_snapshot!("custom_rule", printed("custom_rule"));
}

#[test]
fn a_prior_from_an_archive() {
    insta::assert_snapshot!("fit_prior", printed("fit_prior"));
}
