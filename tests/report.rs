//! The pages: what they say, that they are whole without anything else, and that no log harms them.

#![cfg(feature = "cli")]

use crate::support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use support::page::{hold_to_the_rules, parsed, words};
use support::{LOGS, bisectstat, root, run};

/// The page of a file, checked.
fn page(log: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("page.html");
    let ran = run(&["report", log, "-o", file.to_str().unwrap()]);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str(), ran.code), ("", "", Some(0)));
    let html = fs::read_to_string(file).unwrap();
    hold_to_the_rules(&html);
    html
}

/// The page of a text in a file of this name.
fn page_of(name: &str, text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join(name);
    fs::write(&log, text).unwrap();
    page(log.to_str().unwrap())
}

/// Every file below a folder.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap().to_owned();
        if entry.is_dir() {
            files.extend(self::files(&entry).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            files.insert(name, fs::read(&entry).unwrap());
        }
    }
    files
}

/// The files of the report of `data/`.
fn archive(extra: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("all.html");
    let ran = run(&[&["report", "data", "-o", file.to_str().unwrap()], extra].concat());
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str(), ran.code), ("", "", Some(0)));
    files(dir.path())
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A real log with another title where one crash decided.
fn with_title(title: &str) -> String {
    let log = fs::read_to_string(root().join(LOGS[4].1)).unwrap();
    log.replace("WARNING: ODEBUG bug in netdev_run_todo", title)
}

#[test]
fn the_page_of_004_is_as_reviewed() {
    let words = words(&page(LOGS[4].1));
    let (report, log) = words.split_once("## The log").unwrap();
    insta::assert_snapshot!(report);
    assert!(log.contains("\n177run #0: crashed: WARNING: ODEBUG bug in netdev_run_todo BS201 BS202\n"), "{log}");
    let lines = fs::read_to_string(root().join(LOGS[4].1)).unwrap().lines().count();
    assert_eq!(log.trim().lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).count(), lines);
}

#[test]
fn every_real_log_has_a_page() {
    for (_, log) in LOGS {
        page(log);
    }
}

#[test]
fn an_archive_has_an_overview_that_leads_to_its_pages() {
    let files = archive(&[]);
    let overview = text(&files["all.html"]);
    hold_to_the_rules(overview);
    insta::assert_snapshot!(words(overview));
    let document = parsed(overview);
    let links: Vec<_> = document.descendants().filter_map(|node| node.attribute("href")).collect();
    let pages: Vec<_> = files.keys().filter(|name| name.starts_with("all.d/")).collect();
    assert_eq!(pages.len(), LOGS.len());
    for page in pages {
        assert!(links.contains(&page.as_str()), "{page}");
        hold_to_the_rules(text(&files[page]));
        assert!(text(&files[page]).contains("href=\"../all.html\""));
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert!(archive(&["--jobs", "1"]) == archive(&["--jobs", "8"]));
}

#[test]
fn markup_in_a_log_is_text() {
    let hostile = "<script>alert(1)</script>]]><!-- \"><img src=x onerror='alert(1)'> &amp; </title></style> \u{1b}[31m\u{202e}\u{fffe}";
    let html = page_of("x.txt", &with_title(hostile));
    assert!(!html.contains("<script>alert") && !html.contains("<img") && !html.contains("]]>"));
    assert!(!html.contains(['\u{1b}', '\u{202e}', '\u{fffe}']));
    assert!(words(&html).contains("<script>alert(1)</script>]]><!-- \"><img src=x onerror='alert(1)'> &amp;"));
}

#[test]
fn markup_in_a_name_is_text() {
    let html = page_of("<b>\"&'#%3C.txt", &with_title("BUG in f"));
    assert!(words(&html).contains("# <b>\"&'#%3C.txt"));
    let dir = tempfile::tempdir().unwrap();
    for name in ["<b>\"&'#?%3C.txt", "-b--.txt", "-B--.txt"] {
        fs::write(dir.path().join(name), with_title("BUG in f")).unwrap();
    }
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("a ü#.html");
    let ran = run(&["report", dir.path().to_str().unwrap(), "-o", file.to_str().unwrap()]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
    let files = files(out.path());
    assert_eq!(files.len(), 4, "{:?}", files.keys());
    hold_to_the_rules(text(&files["a ü#.html"]));
    assert!(text(&files["a ü#.html"]).contains("href=\"a%20%C3%BC%23.d/"));
}

#[test]
fn long_titles_and_long_logs_are_cut_with_a_word() {
    let title = "x".repeat(4_000_000);
    let html = page_of("long.txt", &with_title(&title));
    assert!(html.len() < 1_000_000, "{}", html.len());
    assert!(html.contains("characters more</i>"));
    let tail = "a line that says nothing\n".repeat(50_000);
    let html = page_of("many.txt", &(with_title("BUG in f") + &tail));
    assert!(html.len() < 3_000_000 && html.contains("lines left out"), "{}", html.len());
    let titles: String = (0..2_000)
        .map(|i| format!("run #{i}: crashed: BUG in f{i}{title}\n", title = "x".repeat(2_000)))
        .collect::<Vec<_>>()
        .concat();
    let log = with_title("BUG in f").replacen("run #0: crashed: BUG in f\n", &titles, 1);
    assert!(page_of("titles.txt", &log).len() < 3_000_000);
}

#[test]
fn a_log_with_nothing_to_draw_says_so() {
    let log = fs::read_to_string(root().join(LOGS[4].1)).unwrap();
    let start = log.lines().take(3).map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
    let words = words(&page_of("short.txt", &start));
    assert!(words.contains("nothing to draw"), "{words}");
    assert!(words.contains("cannot tell"), "{words}");
}

#[test]
fn what_cannot_be_read_is_on_the_page_and_in_the_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("page.html");
    let ran = run(&["report", LOGS[0].1, "no-such-log", "-o", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(2));
    let html = fs::read_to_string(&file).unwrap();
    hold_to_the_rules(&html);
    assert!(words(&html).contains("no-such-log: No such file"));
}

#[test]
fn a_place_that_cannot_be_written_is_one_error() {
    for (log, out) in [(LOGS[0].1, "no-such-folder/page.html"), ("data", "no-such-folder/page.html")] {
        let ran = run(&["report", log, "-o", out]);
        let error = "error: no-such-folder/page.html: No such file or directory (os error 2)\n";
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str(), ran.code), ("", error, Some(2)));
    }
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("all.d"), "in the way").unwrap();
    let ran = run(&["report", "data", "-o", dir.path().join("all.html").to_str().unwrap()]);
    assert_eq!((ran.stderr.lines().count(), ran.code), (1, Some(2)), "{}", ran.stderr);
}

#[test]
fn a_folder_gets_an_index() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(run(&["report", LOGS[0].1, "-o", dir.path().to_str().unwrap()]).code, Some(0));
    assert_eq!(files(dir.path()).into_keys().collect::<Vec<_>>(), ["index.html"]);
}

#[test]
fn without_an_output_the_usage_is_shown() {
    let out = bisectstat(&["report", LOGS[0].1]).output().unwrap();
    assert_eq!(out.status.code(), Some(2));
    assert!(text(&out.stderr).contains("-o <FILE|DIR>"));
}

/// A browser runs the script only if the policy names its hash.
#[test]
fn the_policy_names_the_script() {
    let html = page(LOGS[0].1);
    let document = parsed(&html);
    let script = document.descendants().find(|node| node.has_tag_name("script")).unwrap();
    let hash = BASE64_STANDARD.encode(Sha256::digest(script.text().unwrap()));
    let policy = document.descendants().find_map(|node| {
        (node.attribute("http-equiv") == Some("Content-Security-Policy")).then(|| node.attribute("content").unwrap())
    });
    assert!(policy.unwrap().contains(&format!("script-src 'sha256-{hash}'")), "the script's hash is sha256-{hash}");
}
