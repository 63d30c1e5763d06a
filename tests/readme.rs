//! What the README and the gate's page show is what the program prints.

#![cfg(feature = "cli")]

mod support;

use std::fs;

use support::{root, run};

/// The `console` blocks: each a command behind `$ ` and its output.
fn sessions(text: &str) -> Vec<(String, String)> {
    let blocks = text.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let sessions = blocks.filter_map(|block| {
        let (command, output) = block.strip_prefix("$ ")?.split_once('\n')?;
        Some((command.to_owned(), output.to_owned()))
    });
    sessions.collect()
}

#[test]
fn every_session_is_real() {
    let pages = ["README.md", "docs/gate.md"].map(|page| sessions(&fs::read_to_string(root().join(page)).unwrap()));
    assert!(pages.iter().all(|sessions| !sessions.is_empty()));
    for (command, output) in pages.into_iter().flatten() {
        let args = command.strip_prefix("cargo run --release -- ").or_else(|| command.strip_prefix("bisectstat "));
        let args: Vec<&str> = args.unwrap_or_else(|| panic!("{command}")).split(' ').collect();
        let ran = run(&args);
        let code = i32::from(output.contains("gate failed"));
        assert_eq!((ran.stdout, ran.code), (output, Some(code)), "{command}");
    }
}
