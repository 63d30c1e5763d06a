//! The help of every command: its sections, examples that run, and what is said to who misspells something.

#![cfg(all(unix, feature = "cli"))]

use crate::pages::Place;
use crate::support;

use support::help::commands;
use support::{root, run};

/// The commands, and the program itself.
fn all() -> Vec<Vec<String>> {
    [vec![Vec::new()], commands()].concat()
}

fn help(command: &[String]) -> String {
    let words: Vec<_> = command.iter().map(String::as_str).chain(["--help"]).collect();
    run(&words).stdout
}

/// The lines below a heading, up to the next empty one.
fn section<'h>(help: &'h str, heading: &str) -> Vec<&'h str> {
    let below = help.split(&format!("\n{heading}:\n")).nth(1).unwrap_or_default();
    below.lines().take_while(|line| !line.is_empty()).map(str::trim).collect()
}

#[test]
fn every_help_has_its_sections() {
    for command in all() {
        let help = help(&command);
        let examples = section(&help, "Examples");
        let begins = ["bisectstat".to_owned()].into_iter().chain(command.clone()).collect::<Vec<_>>().join(" ");
        assert!(examples.len() == 2 && examples.iter().all(|line| line.starts_with(&begins)), "{command:?}: {help}");
        let codes = section(&help, "Exit codes");
        assert!(
            codes[0].starts_with("0  ") && codes.iter().any(|line| line.starts_with("2  ")),
            "{command:?}: {codes:?}"
        );
        let page = help.split("\nMore: ").nth(1).unwrap_or_else(|| panic!("{command:?}: {help}")).trim();
        assert!(root().join(page).is_file(), "{command:?}: {page}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{command:?}: {help}");
        let headings = ["Examples", "Options", "Search", "Input", "Model", "Global options", "Exit codes"];
        let places: Vec<_> = headings.iter().filter_map(|heading| help.find(&format!("\n{heading}:\n"))).collect();
        assert!(places.is_sorted(), "{command:?}: {help}");
    }
}

/// What the examples of a command need beside the files that are there.
fn before(command: &str) -> &'static str {
    match command {
        "calibrate" => "bisectstat simulate --world mixed --count 3 -o simulated",
        "fit" => "bisectstat fit logs --rounds 1 -o a.json && cp a.json b.json",
        "session ask" | "session tell" | "session status" | "session undo" | "session verify" => {
            "bisectstat session start --good v1.0 --bad HEAD
             bisectstat session start --candidates nightlies.txt --state nightlies.ndjson"
        }
        _ => "true",
    }
}

/// Commands whose examples have words that only a session under way gives.
const PARSED_ONLY: [&str; 3] = ["session tell", "session undo", "session verify"];

#[test]
fn the_examples_run() {
    const SETUP: &str = "
        export HOME=$PWD/home; mkdir -p ~/.local/share/bash-completion/completions ~/.config/fish/completions
        cp docs/start/ci.csv . && seq -f 'nightly-%03g' 1 60 > nightlies.txt
        printf 'file,verdict\\n004_css_free_rwork_fn.txt,wrong\\n' > labels.csv";
    std::thread::scope(|scope| {
        for command in all() {
            scope.spawn(move || {
                let (place, words) = (Place::new(), command.join(" "));
                let (code, said) = place.run(&format!("{SETUP}\n{}", before(&words)), 0);
                assert_eq!(code, 0, "{words}: {said}");
                for example in section(&help(&command), "Examples") {
                    let (code, said) = place.run(&format!("export HOME=$PWD/home; {example}"), 0);
                    assert!(!said.contains("try '--help'"), "{example}: {said}");
                    let ran = code != 2 || PARSED_ONLY.contains(&&*words);
                    assert!(ran, "{example}: {code} {said}");
                }
            });
        }
    });
}

#[test]
fn what_is_misspelt_is_suggested() {
    for (args, meant) in [
        (&["analyse", "data"][..], "'analyze'"),
        (&["session", "staus"], "'status'"),
        (&["analyze", "--formt", "json", "data"], "'--format'"),
        (&["analyze", "--format", "jsn", "data"], "'json'"),
        (&["gate", "-o", "sraif=x", "data"], "`sarif`"),
        (&["chart", "-o", "x", "--only=postrior", "data"], "\"posterior\""),
        (&["explain", "BS210"], "did you mean"),
        (&["analyze", "--sort", "doubts", "data"], "'doubt'"),
    ] {
        let ran = run(args);
        assert!(ran.code == Some(2) && ran.stderr.contains(meant), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn what_is_ours_alone_is_not_listed_and_works() {
    assert!(!run(&["--help"]).stdout.contains("plans"));
    let ran = run(&["plans", "--plan", "git", "--cells", "constant", "--trials", "1", "--budget", "10"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn the_version_begins_with_that_of_the_package() {
    let version = run(&["--version"]).stdout;
    let rest = version.trim_end().strip_prefix(concat!("bisectstat ", env!("CARGO_PKG_VERSION"))).unwrap();
    assert!(rest.is_empty() || (rest.starts_with(" (") && rest.ends_with(')')), "{version}");
}
