//! What users read is plain English: none of the patterns that `docs/style.md` warns of.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::run;

/// What must not be said, in lower case. `#` stands for a digit.
const DENIED: [&str; 18] = [
    ", with #.",
    ", with <#",
    ", with >#",
    "that is none",
    "who wants",
    "how manieth",
    " has not all",
    " has not any",
    "in the place of",
    "in place of",
    "whatever it be",
    " for who ",
    "nobody says more",
    "in what share of",
    " a row a ",
    " a run a ",
    "called good",
    "called bad",
];

/// What of the list a text says, with its lines. `docs/style.md` shows what it warns of.
fn denied(text: &str) -> Vec<String> {
    let digits = |line: &str| line.to_lowercase().replace(|c: char| c.is_ascii_digit(), "#");
    let bad = |line: &&str| DENIED.iter().any(|pattern| digits(line).contains(pattern));
    text.lines().filter(bad).map(str::to_owned).collect()
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    files.sort();
    files
}

#[test]
fn pages_are_plain() {
    let pages = files("docs", "md").into_iter().chain(files("charts", "md")).chain(files(".", "md"));
    let pages = pages.filter(|page| !page.ends_with("docs/style.md") && !page.ends_with("CHANGELOG.md"));
    for page in pages.chain(files("schema", "json")) {
        let said = denied(&fs::read_to_string(&page).unwrap());
        assert!(said.is_empty(), "{}: {said:#?}", page.display());
    }
}

#[test]
fn help_is_plain() {
    let listed = run(&["help"]).stdout;
    let listed = listed.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let names: Vec<_> =
        listed.take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 8, "{names:?}");
    for name in names {
        let help = run(&["help", name]).stdout;
        let said = denied(&help);
        assert!(said.is_empty(), "{name}: {said:#?}");
    }
}

#[test]
fn findings_and_screens_are_plain() {
    let rules = run(&["analyze", "--format", "json", "tests/rules", "data"]).stdout;
    assert!(rules.contains("\"message\""));
    assert!(denied(&rules).is_empty(), "{:#?}", denied(&rules));
}

#[test]
fn the_list_denies() {
    for bad in [
        "it is good, with 0.999",
        "lies before v4.19, with <0.001",
        "a table that is none",
        "Who wants only logs",
        "it was called bad",
    ] {
        assert_eq!(denied(bad).len(), 1, "{bad}");
    }
    assert!(denied("a probability of 0.5; marked with 3 runs").is_empty());
}
