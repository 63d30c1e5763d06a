//! The promise: bad input never makes the program panic. Each thing that cannot be read is said in one line that names
//! the place, what was found and what was expected; the exit code is 2; and what can be read is still printed.

#![cfg(feature = "cli")]

use crate::support;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bisectstat::analysis::{Settings, analyze};
use bisectstat::evidence::Source;
use bisectstat::frame::Frames;
use bisectstat::ingest::read;
use support::folder;

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
    // What is read is told once, in a block of its own; each complaint is one line.
    let (told, block) = errors.split_once("\n\nFour forms are read: ").unwrap_or((&errors, ""));
    let after = block.split_once("each of them.\n\n").map_or("", |(_, after)| after);
    let errors: Vec<_> = told.lines().chain(after.lines()).map(str::to_owned).collect();
    let twice = |line: &str| line.starts_with("warning: ") && line.ends_with(": given more than once, read once");
    assert!(errors.iter().all(|line| line.starts_with("error: ") || twice(line)), "{errors:?}");
    let errors = errors.into_iter().filter(|line| !twice(line)).collect();
    Ran { code: output.status.code(), out: String::from_utf8(output.stdout).unwrap(), errors }
}

fn run(args: &[&str], dir: &Path) -> Ran {
    finish(&mut bisectstat(args, dir), b"")
}

/// Analyses `bytes` as `bad.txt` beside the good log, which must be in the output; gives the only line of complaint.
fn complaint(bytes: &[u8]) -> String {
    let dir = folder(&[("bad.txt", bytes), ("good.txt", GOOD.as_bytes())]);
    let ran = run(&["analyze", "--format", "ndjson", "bad.txt", "good.txt"], dir.path());
    assert_eq!(ran.code, Some(2), "{:?}", ran.errors);
    let good = ran.out.lines().find(|line| line.contains("\"good.txt\"")).expect("the good log");
    assert!(good.contains(CULPRIT) && good.contains("\"p_named_any\":0."), "{good}");
    let mut complaints = ran.errors.into_iter().filter(|line| line.starts_with("error"));
    let line = complaints.next().expect("a complaint");
    assert_eq!(complaints.next(), None);
    line
}

/// The good log with the first line that begins with `old` replaced; its number and the new log.
fn replaced(old: &str, new: &[u8]) -> (usize, Vec<u8>) {
    let line = GOOD.lines().position(|line| line.starts_with(old)).unwrap();
    let lines = GOOD.lines().enumerate().map(|(i, text)| if i == line { new } else { text.as_bytes() });
    (line + 1, lines.flat_map(|line| [line, b"\n"]).flatten().copied().collect())
}

/// A test that is lost changes every figure: that is said before the first of them.
#[test]
fn lost_tests_are_told_before_any_figure() {
    let (_, log) = replaced("testing commit ", b"testing commit 01234 with gcc (GCC) 10.2.1 20210217");
    let dir = folder(&[("log.txt", &log)]);
    for command in ["analyze", "next"] {
        let ran = run(&[command, "log.txt"], dir.path());
        assert_eq!(ran.code, Some(2), "{command}");
        assert_eq!(ran.out.lines().nth(1), Some("! 1 of 17 tests could not be read: every figure is without them"));
    }
}

/// However a number came about, a zero has no sign.
#[test]
fn no_zero_of_json_has_a_sign() {
    let dir = folder(&[("log.txt", GOOD.as_bytes()), ("sure.csv", b"commit,passes,crashes\na,90,0\nb,0,90\n")]);
    for command in ["analyze", "next", "gate"] {
        let ran = run(&[command, "--format", "json", "log.txt", "sure.csv"], dir.path());
        let signed = ran.out.split([',', ':', '[', ' ', '\n']).find(|word| word.starts_with("-0.0"));
        assert!(signed.is_none_or(|word| word.trim_end_matches(['0', '}', ']']) != "-0."), "{command}: {signed:?}");
    }
}

#[test]
fn files_without_a_bisection_are_named_with_what_they_hold() {
    const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    let cases: [(&[u8], &str); 7] = [
        (b"", "error: bad.txt: the file is empty, expected a bisection log"),
        (b"\n\n", "error: bad.txt:1: found nothing but white space"),
        (b"# How to build\n\nRun make.\n", "error: bad.txt:1: found text that begins \"# How to build\", "),
        (PICTURE, "error: bad.txt:1: found binary data (a NUL byte at offset 8), "),
        (b"\xff\xfe\xfd", "error: bad.txt:1: found text"),
        (
            b"git bisect start\n# status: waiting\n",
            "error: bad.txt:1: found `git bisect` commands, but no verdict with the commit",
        ),
        (
            b"syzbot has bisected this issue to:\n\nbisection log:  https://x\n",
            "error: bad.txt:1: found a mail about a result",
        ),
    ];
    for (bytes, expected) in cases {
        let line = complaint(bytes);
        assert!(line.starts_with(expected), "{line}");
    }
}

#[test]
fn damaged_lines_are_named_and_the_rest_is_read() {
    let hash = "62fb9874f5da54fdb243003b386128037319b219";
    let cases: [(&str, Vec<u8>, &str); 9] = [
        (
            "run #7: ",
            b"run #99999999999999999999: OK".to_vec(),
            "found \"99999999999999999999\", expected the number of a run",
        ),
        ("run #7: ", b"run #7: exploded".to_vec(), "found the verdict \"exploded\", expected OK, crashed, "),
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
            format!("testing commit {}", &hash[..6]).into(),
            "found \"62fb98\" (a hash of 6 digits), expected 7 to 64 ",
        ),
        (
            &format!("testing commit {hash}"),
            format!("testing commit {hash}{}", &hash[..25]).into(),
            "found \"62fb9874f5da54fdb243003b386128037319b21962fb9874f5da54fdb243003b3\" (a hash of 65 digits), expected 7 to 64 ",
        ),
        ("# git bisect bad ", b"# git bisect bad HEAD".to_vec(), "found \"HEAD\" ('H' in a hash), expected 7 to 64 "),
        (
            "# git bisect start ",
            b"# git bisect start a b".to_vec(),
            "found \"a\" (a hash of 1 digits), expected 7 to 64 ",
        ),
        (
            "first bad commit: ",
            b"first bad commit: 6c245 x".to_vec(),
            "found \"6c245\" (a hash of 5 digits), expected 7 ",
        ),
    ];
    for (old, new, expected) in cases {
        let (number, log) = replaced(old, &new);
        let line = complaint(&log);
        assert!(line.starts_with(&format!("error: bad.txt:{number}: {expected}")), "{line}");
    }
}

/// A title whose bytes are no text is read all the same: a warning, and no failure.
#[test]
fn a_title_that_is_no_text_is_a_warning() {
    let (number, log) = replaced("run #7: ", b"run #7: crashed: INFO: task hung in \xff\xfe");
    let dir = folder(&[("bad.txt", &log)]);
    let output = bisectstat(&["analyze", "bad.txt"], dir.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let warning = format!("warning: bad.txt:{number}: found a byte that is not UTF-8 at column 37, expected text");
    assert!(said.starts_with(&warning), "{said}");
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
    assert!(
        line.starts_with("error: bad.txt:1: found a line of 100000000 bytes, expected a text with lines of at most"),
        "{line}"
    );
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

/// Reads in this process, and analyses what came of it: neither may panic. How many bisections there were.
fn survives(log: &[u8]) -> usize {
    let Ok(reading) = read(log, &Source::new("log")) else { return 0 };
    let bisections = reading.bisections.len();
    Frames::of(&analyze(reading.bisections, &Settings::default())).unwrap();
    bisections
}

#[test]
fn lines_may_be_dropped_doubled_and_swapped() {
    let lines: Vec<&str> = GOOD.split_inclusive('\n').collect();
    for i in 0..lines.len() {
        let (mut dropped, mut doubled, mut swapped) = (lines.clone(), lines.clone(), lines.clone());
        dropped.remove(i);
        doubled.insert(i, lines[i]);
        swapped.swap(i, (i * 7 + 1) % lines.len());
        for changed in [dropped, doubled, swapped] {
            let log = changed.concat();
            let bisections = read(log.as_bytes(), &Source::new("log")).map_or(0, |reading| reading.bisections.len());
            assert!(bisections > 0, "{i}");
            if i % 16 == 0 {
                survives(log.as_bytes());
            }
        }
    }
}

#[test]
fn a_log_may_begin_and_end_at_any_line() {
    let lines: Vec<&str> = GOOD.split_inclusive('\n').collect();
    for from in (0..lines.len()).step_by(5) {
        survives(lines[from..].concat().as_bytes());
        survives(lines[from..(from + 40).min(lines.len())].concat().as_bytes());
    }
}

#[test]
fn bytes_that_are_no_text_are_only_bytes() {
    for byte in [0, 0x80, 0xff, b'\r', 0x1b, b'<', b'&', b'=', b'>'] {
        for step in [1usize, 40, 1000] {
            let mut log = GOOD.as_bytes().to_vec();
            log.iter_mut().skip(7).step_by(step).for_each(|at| *at = byte);
            survives(&log);
        }
    }
    for brackets in ["<", "<p", "<pre ", "&#", "=", "> ", "\n\nFrom a\nSubject: b\nDate: c\n"] {
        survives(format!("<pre>{}", brackets.repeat(200_000)).as_bytes());
        survives(brackets.repeat(200_000).as_bytes());
    }
    let at = GOOD.find("run #").unwrap();
    assert_eq!(survives(&[&GOOD.as_bytes()[..at], &[0; 4096], &GOOD.as_bytes()[at..]].concat()), 1);
}

#[test]
fn numbers_and_hashes_may_have_any_length() {
    for digits in 4..=128 {
        let hash = "a".repeat(digits);
        let log = GOOD.replace("6c2450ae55656f6b0370bfd4cb52ec8a4ecd0916", &hash);
        assert!(read(log.as_bytes(), &Source::new("log")).is_ok_and(|reading| reading.bisections.len() == 1));
        let log = format!("git bisect start\ngit bisect bad {hash}\ngit bisect good {}\n", hash.replace('a', "b"));
        survives(log.as_bytes());
        let number = "9".repeat(digits);
        survives(GOOD.replace("run #3:", &format!("run #{number}:")).as_bytes());
        survives(GOOD.replacen("Bisecting: ", &format!("Bisecting: {number}"), 3).as_bytes());
    }
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Runs the program and gives its greatest size in memory too, in MB; 0 where the system does not tell.
fn sized(args: &[&str], dir: &Path) -> (Ran, u64) {
    let mut child = bisectstat(args, dir);
    let (out, errors) = (dir.join("out"), dir.join("errors"));
    child.stdout(fs::File::create(&out).unwrap()).stderr(fs::File::create(&errors).unwrap());
    let mut child = child.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let code = loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let size = line.and_then(|size| size.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(size.unwrap_or(0) / 1000);
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let errors: Vec<_> = fs::read_to_string(errors).unwrap().lines().map(str::to_owned).collect();
    assert!(!errors.iter().any(|line| line.contains("panicked")), "{errors:?}");
    (Ran { code, out: fs::read_to_string(out).unwrap(), errors }, peak)
}

#[test]
fn bombs_stop_at_a_limit() {
    const MOST: u64 = 300;
    // 400 MB in 400 members of a kilobyte.
    let bomb = gz(&vec![0; 1 << 20]).repeat(400);
    let mut header = tar::Header::new_gnu();
    header.set_path("zeros").unwrap();
    header.set_size(8 << 30);
    header.set_cksum();
    let mut tar = gz(header.as_bytes());
    tar.extend_from_slice(&bomb);
    let mut members = tar::Builder::new(Vec::new());
    for (name, bytes) in [("a.gz", &bomb[..]), ("good.txt", GOOD.as_bytes())] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        members.append_data(&mut header, name, bytes).unwrap();
    }
    let mixed = members.into_inner().unwrap();
    let cases: [(&[u8], &str); 3] = [
        (&bomb, "error: bad: it unpacks to more than 64 MiB, expected a log; not read"),
        (&tar, "error: bad: it unpacks to more than 250 times its size, "),
        (&mixed, "error: bad!a.gz: it unpacks to more than 64 MiB, "),
    ];
    for (bytes, expected) in cases {
        let dir = folder(&[("bad", bytes), ("good.txt", GOOD.as_bytes())]);
        let (ran, peak) = sized(&["analyze", "--format", "ndjson", "bad", "good.txt"], dir.path());
        assert_eq!(ran.code, Some(2));
        assert!(ran.errors.iter().any(|line| line.starts_with(expected)), "{:?}", ran.errors);
        assert!(ran.out.contains(CULPRIT) && peak < MOST, "{peak} MB");
        let inside = ran.out.lines().filter(|line| line.contains("\"bad!good.txt\"")).count();
        assert_eq!(inside, usize::from(bytes == mixed));
    }
}

/// Counts are counts: a table of billions of runs is as small as one of ten.
#[test]
fn tables_of_billions_of_runs_stay_small() {
    const MOST: u64 = 100;
    let mut seed = 1_u64;
    let mut draw = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut table = || {
        let (rows, mut left) = (2 + draw(11), u64::from(u32::MAX));
        let mut text = "commit,passes,crashes\n".to_owned();
        for row in 0..rows {
            // Of every size up to a billion.
            let mut count = || 10_u64.pow(u32::try_from(draw(10)).unwrap()).min(left / 2);
            let (passes, crashes) = (count(), if row < rows / 2 { 0 } else { count() });
            left -= passes + crashes;
            std::fmt::Write::write_fmt(&mut text, format_args!("v{row},{passes},{crashes}\n")).unwrap();
        }
        text
    };
    let tables: Vec<_> = (0..100).map(|i| (format!("tables/{i:03}.csv"), table())).collect();
    let files: Vec<_> = tables.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let dir = folder(&files);
    let (ran, peak) = sized(&["analyze", "--format", "ndjson", "tables"], dir.path());
    assert_eq!((ran.code, ran.out.lines().count()), (Some(0), 100), "{:?}", ran.errors);
    assert!(peak < MOST, "{peak} MB");
}

#[test]
fn a_long_line_takes_no_more_memory_than_itself() {
    let (_, log) = replaced("compiler: ", &vec![b'x'; 100_000_000]);
    for bytes in [log, vec![b','; 100_000_000]] {
        let dir = folder(&[("bad.txt", &bytes)]);
        let (ran, peak) = sized(&["analyze", "bad.txt"], dir.path());
        let complaints = ran.errors.iter().filter(|line| line.starts_with("error:")).count();
        assert_eq!((ran.code, complaints), (Some(2), 1), "{:?}", ran.errors);
        assert!(peak < 300 + 100, "{peak} MB");
    }
}

#[test]
fn a_folder_may_hold_anything() {
    let dir = folder(&[("logs/good.txt", GOOD.as_bytes())]);
    let logs = dir.path().join("logs");
    std::os::unix::fs::symlink(&logs, logs.join("loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", logs.join("broken")).unwrap();
    let pipe = Command::new("mkfifo").arg(logs.join("pipe")).status();
    let ran = bisectstat(&["analyze", "logs"], dir.path()).output().unwrap();
    let errors = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8(ran.stdout).unwrap().contains(CULPRIT));
    assert!(errors.contains("error: logs/loop: ") && errors.contains("error: logs/broken: "), "{errors}");
    if !pipe.is_ok_and(|status| status.success()) {
        return; // No such command here.
    }
    assert!(errors.contains("warning: logs/pipe: found a named pipe, expected a file; not read"), "{errors}");
    // Who names it wants it read.
    let path = logs.join("pipe");
    let writer = std::thread::spawn(move || fs::write(path, GOOD));
    let ran = bisectstat(&["analyze", "logs/pipe"], dir.path()).output().unwrap();
    writer.join().unwrap().unwrap();
    let errors = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(errors, "warning: logs/pipe: a named pipe: waiting until something is written to it\n");
    assert!(ran.status.success() && String::from_utf8(ran.stdout).unwrap().contains(CULPRIT));
}

#[test]
fn a_file_may_change_while_it_is_read() {
    let long = GOOD.repeat(40);
    let dir = folder(&[("log.txt", long.as_bytes()), ("good.txt", GOOD.as_bytes())]);
    let (path, stop) = (dir.path().join("log.txt"), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                fs::write(&path, &long[..1000]).unwrap();
                fs::write(&path, &long).unwrap();
            }
        });
        for _ in 0..5 {
            let ran = run(&["analyze", "--format", "unparsed", "log.txt", "good.txt"], dir.path());
            assert!(matches!(ran.code, Some(0 | 2)) && ran.out.ends_with("understood\n"), "{:?}", ran.errors);
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn many_empty_files_are_only_many() {
    let dir = folder(&[("logs/good.txt", GOOD.as_bytes())]);
    for i in 0..20_000 {
        fs::File::create(dir.path().join(format!("logs/{i}"))).unwrap();
    }
    let (ran, peak) = sized(&["analyze", "logs"], dir.path());
    assert!(ran.code == Some(0) && ran.errors.is_empty() && ran.out.contains(CULPRIT), "{:?}", ran.errors);
    assert!(peak < 300, "{peak} MB");
}
