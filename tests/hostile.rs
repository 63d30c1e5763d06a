//! The promise: bad input never makes the program panic. Each thing that cannot be read is said in one line that names
//! the place, what was found and what was expected; the exit code is 2; and what can be read is still printed.

mod support;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What the report of [`GOOD`] shows.
const CULPRIT: &str = "6c2450ae5565";
const GOOD: &str = include_str!("../data/004_css_free_rwork_fn.txt");

struct Ran {
    code: Option<i32>,
    out: String,
    /// The lines that begin with `error: `.
    errors: Vec<String>,
}

fn bisectstat(args: &[&str], dir: &Path) -> Command {
    let mut command = support::bisectstat(args);
    command.current_dir(dir).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn finish(command: &mut Command, input: &[u8]) -> Ran {
    let mut child = command.spawn().unwrap();
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(!errors.contains("panicked"), "{errors}");
    let errors: Vec<_> = errors.lines().map(str::to_owned).collect();
    assert!(errors.iter().all(|line| line.starts_with("error: ")), "{errors:?}");
    Ran { code: output.status.code(), out: String::from_utf8(output.stdout).unwrap(), errors }
}

fn run(args: &[&str], dir: &Path) -> Ran {
    finish(&mut bisectstat(args, dir), b"")
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, bytes) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    dir
}

/// Analyses `bytes` as `bad.txt` beside the good log, which must be in the output; gives the only line of complaint.
fn complaint(bytes: &[u8]) -> String {
    let dir = folder(&[("bad.txt", bytes), ("good.txt", GOOD.as_bytes())]);
    let ran = run(&["analyze", "--format", "ndjson", "bad.txt", "good.txt"], dir.path());
    assert_eq!(ran.code, Some(2), "{:?}", ran.errors);
    let good = ran.out.lines().find(|line| line.contains("\"good.txt\"")).expect("the good log");
    assert!(good.contains(CULPRIT) && good.contains("\"p_named_any\":0."), "{good}");
    let [line] = ran.errors.try_into().expect("one line");
    line
}

/// The good log with the first line that begins with `old` replaced; its number and the new log.
fn replaced(old: &str, new: &[u8]) -> (usize, Vec<u8>) {
    let line = GOOD.lines().position(|line| line.starts_with(old)).unwrap();
    let lines = GOOD.lines().enumerate().map(|(i, text)| if i == line { new } else { text.as_bytes() });
    (line + 1, lines.flat_map(|line| [line, b"\n"]).flatten().copied().collect())
}

#[test]
fn files_without_a_bisection_are_named_with_what_they_hold() {
    const EXPECTED: &str = "expected `bisecting cause commit starting from";
    const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    let cases: [(&[u8], &str); 7] = [
        (b"", "error: bad.txt: the file is empty, expected a bisection log"),
        (b"\n\n", "error: bad.txt:1: found text"),
        (b"# How to build\n\nRun make.\n", "error: bad.txt:1: found text that begins \"# How to build\", "),
        (PICTURE, "error: bad.txt:1: found binary data (a NUL byte at offset 8), "),
        (b"\xff\xfe\xfd", "error: bad.txt:1: found text"),
        (
            b"git bisect start\n# status: waiting\n",
            "error: bad.txt:1: found `git bisect` commands, but none that calls",
        ),
        (
            b"syzbot has bisected this issue to:\n\nbisection log:  https://x\n",
            "error: bad.txt:1: found a mail about a result",
        ),
    ];
    for (bytes, expected) in cases {
        let line = complaint(bytes);
        assert!(line.starts_with(expected), "{line}");
        assert!(bytes.is_empty() || line.contains(EXPECTED), "{line}");
    }
}

#[test]
fn damaged_lines_are_named_and_the_rest_is_read() {
    let hash = "62fb9874f5da54fdb243003b386128037319b219";
    let cases: [(&str, Vec<u8>, &str); 10] = [
        (
            "run #7: ",
            b"run #99999999999999999999: OK".to_vec(),
            "found \"99999999999999999999\", expected the number of a run",
        ),
        ("run #7: ", b"run #7: exploded".to_vec(), "found the verdict \"exploded\", expected OK, crashed, "),
        (
            "run #7: ",
            b"run #7: crashed: INFO: task hung in \xff\xfe".to_vec(),
            "found a byte that is not UTF-8 at column 37, expected text",
        ),
        (
            "Bisecting: ",
            b"Bisecting: 99999999999999999999 revisions left to test after this (roughly 13 steps)".to_vec(),
            "found \"99999999999999999999 revisions, 13 steps\", expected two whole numbers",
        ),
        (
            "revisions tested: ",
            b"revisions tested: 99999999999999, total time: 1h (build: 1m, test: 1s)".to_vec(),
            "found \"99999999999999, total time: 1h (build: 1m, test: 1s)\", expected a number of revisions and ",
        ),
        (
            &format!("testing commit {hash}"),
            format!("testing commit {}", &hash[..39]).into(),
            "found \"62fb9874f5da54fdb243003b386128037319b21\" (a hash of 39 digits), expected 40 or 64 ",
        ),
        (
            &format!("testing commit {hash}"),
            format!("testing commit {hash}0").into(),
            "found \"62fb9874f5da54fdb243003b386128037319b2190\" (a hash of 41 digits), expected 40 or 64 ",
        ),
        ("# git bisect bad ", b"# git bisect bad HEAD".to_vec(), "found \"HEAD\" ('H' in a hash), expected 40 or 64 "),
        (
            "# git bisect start ",
            b"# git bisect start a b".to_vec(),
            "found \"a\" (a hash of 1 digits), expected 40 or 64 ",
        ),
        (
            "first bad commit: ",
            b"first bad commit: 6c2450ae x".to_vec(),
            "found \"6c2450ae\" (a hash of 8 digits), expected 40 ",
        ),
    ];
    for (old, new, expected) in cases {
        let (number, log) = replaced(old, &new);
        let line = complaint(&log);
        assert!(line.starts_with(&format!("error: bad.txt:{number}: {expected}")), "{line}");
    }
}

#[test]
fn the_largest_numbers_are_only_numbers() {
    let (_, log) =
        replaced("Bisecting: ", b"Bisecting: 4294967295 revisions left to test after this (roughly 4294967295 steps)");
    let dir = folder(&[("log.txt", &log)]);
    let ran = run(&["analyze", "log.txt"], dir.path());
    assert_eq!((ran.code, ran.errors.len()), (Some(0), 0));
    assert!(ran.out.contains(CULPRIT));
}

#[test]
fn a_cut_log_is_read_up_to_the_cut() {
    let at = GOOD.find("\n# git bisect good").unwrap() + 1;
    let number = GOOD[..at].lines().count() + 1;
    // In the middle of a line, of a character, and of the very first line.
    let in_character = [&GOOD.as_bytes()[..at], b"run #3: crashed: na\xc3"].concat();
    for (bytes, number) in [(&GOOD.as_bytes()[..at + 30], number), (&in_character, number), (&GOOD.as_bytes()[..50], 1)]
    {
        let line = complaint(bytes);
        assert!(
            line.starts_with(&format!("error: bad.txt:{number}: the log is cut in the middle of this line, expected"))
        );
    }
}

#[test]
fn endless_lines_are_refused() {
    let endless = vec![b'x'; 100_000_000];
    let line = complaint(&endless);
    assert!(line.starts_with("error: bad.txt:1: found a line of 100000000 bytes (at most"), "{line}");
    let (number, log) = replaced("compiler: ", &endless[..10_000_000]);
    let line = complaint(&log);
    assert!(
        line.starts_with(&format!("error: bad.txt:{number}: found a line of 10000000 bytes, expected at most")),
        "{line}"
    );
}

#[test]
fn what_cannot_be_opened_is_named() {
    let dir = folder(&[("good.txt", GOOD.as_bytes()), ("closed.txt", GOOD.as_bytes())]);
    let ran = run(&["analyze", "missing.txt", "good.txt"], dir.path());
    assert_eq!((ran.code, ran.errors.len()), (Some(2), 1));
    assert!(ran.errors[0].starts_with("error: missing.txt: ") && ran.out.contains(CULPRIT), "{:?}", ran.errors);

    let closed = dir.path().join("closed.txt");
    let mut permissions = fs::metadata(&closed).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0);
    fs::set_permissions(&closed, permissions).unwrap();
    if fs::read(&closed).is_ok() {
        return; // The superuser reads everything.
    }
    for paths in [["closed.txt", "good.txt"].as_slice(), &["."]] {
        let ran = run(&[&["analyze"], paths].concat(), dir.path());
        assert_eq!((ran.code, ran.errors.len()), (Some(2), 1));
        assert!(ran.errors[0].contains("closed.txt: ") && ran.out.contains(CULPRIT), "{:?}", ran.errors);
    }
}

#[test]
fn folders_are_searched_for_logs() {
    let others: [(&str, &[u8]); 3] = [("a/README.md", b"# Logs\n"), ("a/plot.png", b"\x89PNG\0"), ("a/empty", b"")];
    let dir = folder(&[others.as_slice(), &[("a/b/good.txt", GOOD.as_bytes())]].concat());
    let ran = run(&["analyze", "a"], dir.path());
    assert_eq!((ran.code, ran.errors.len()), (Some(0), 0));
    assert!(ran.out.contains(CULPRIT));

    // Named, each is an error.
    let ran = run(&["analyze", "a/README.md", "a/plot.png", "a/empty", "a"], dir.path());
    assert_eq!(ran.code, Some(2));
    let places: Vec<_> = ran.errors.iter().filter_map(|line| line.split(": ").nth(1)).collect();
    assert_eq!(places, ["a/README.md:1", "a/plot.png:1", "a/empty"]);
    assert!(ran.out.contains(CULPRIT));

    let ran = run(&["analyze", "."], folder(&others).path());
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert_eq!(ran.errors, ["error: .: no bisection log in this folder: 3 other files skipped"]);

    let ran = run(&["analyze", "."], tempfile::tempdir().unwrap().path());
    assert_eq!(ran.errors, ["error: .: no bisection log in this folder: there is no file in it"]);
    let ran = run(&["analyze", "."], folder(&[]).path());
    assert_eq!(ran.code, Some(2));
}

#[test]
fn standard_input_is_a_log_like_any_other() {
    let dir = folder(&[]);
    let analyze = |input: &[u8]| finish(bisectstat(&["analyze", "-"], dir.path()).stdin(Stdio::piped()), input);
    let ran = analyze(GOOD.as_bytes());
    assert_eq!((ran.code, ran.errors.len()), (Some(0), 0));
    assert!(ran.out.contains(CULPRIT));
    assert_eq!(analyze(b"").errors, ["error: -: the file is empty, expected a bisection log"]);
    let ran = analyze(&GOOD.as_bytes()[..2000]);
    assert!(ran.code == Some(2) && ran.errors[0].starts_with("error: -:"), "{:?}", ran.errors);
}

#[test]
fn a_reader_that_stops_early_is_no_error() {
    let data = support::root().join("data");
    for format in ["text", "json", "ndjson"] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let ran = finish(bisectstat(&["analyze", "--format", format, "."], &data).stdout(writer), b"");
        assert_eq!((ran.code, ran.errors.len()), (Some(0), 0), "{:?}", ran.errors);
    }
}
