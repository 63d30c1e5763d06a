//! Logs as people pass them on: where a change of form loses nothing, the answer is the same but for the lines' numbers, and
//! those are the file's.

#![cfg(feature = "cli")]

use crate::support;

use std::fmt::Write as _;
use std::fs;

use base64::Engine as _;
use bisectstat::analysis::{Settings, analyze};
use bisectstat::evidence::{Ending, Kind, Line, Source};
use bisectstat::finding::{Limits, judge};
use bisectstat::frame::Frames;
use bisectstat::ingest::{Reading, read};
use proptest::prelude::*;
use serde_json::Value;
use support::{LOGS, root};

fn logs() -> Vec<String> {
    let git = ["flaky.log", "fixed.log", "skipped.log", "terminal.txt"].map(|name| format!("tests/git_bisect/{name}"));
    let all = LOGS.iter().map(|(_, log)| (*log).to_owned()).chain(git);
    all.map(|log| fs::read_to_string(root().join(log)).unwrap()).collect()
}

fn reading(bytes: &[u8]) -> Reading {
    read(bytes, &Source::new("log")).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

/// What is printed of it, without numbers of lines.
fn json(bytes: &[u8]) -> Value {
    let Reading { bisections, problems, .. } = reading(bytes);
    assert!(problems.is_empty(), "{problems:?}");
    let mut analyses = analyze(bisections, &Settings::default());
    judge(&mut analyses, &Limits::default());
    without_lines(serde_json::to_value(&analyses).unwrap())
}

fn without_lines(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object
                .into_iter()
                .filter(|(key, _)| !matches!(key.as_str(), "line" | "lines" | "column" | "fingerprint"));
            kept.map(|(key, value)| (key, without_lines(value))).collect()
        }
        Value::Array(array) => array.into_iter().map(without_lines).collect(),
        other => other,
    }
}

fn each_line(log: &str, of: impl Fn(&str) -> String) -> Vec<u8> {
    log.lines().map(|line| of(line) + "\n").collect::<String>().into()
}

/// As mail programs do it: at most 76 characters a line.
fn quoted_printable(log: &str) -> String {
    let mut out = String::new();
    for line in log.lines() {
        let mut width = 0;
        for byte in line.bytes() {
            let code = if byte == b'=' || !(b' '..=b'~').contains(&byte) {
                format!("={byte:02X}")
            } else {
                char::from(byte).to_string()
            };
            if width + code.len() > 75 {
                out.push_str("=\n");
                width = 0;
            }
            width += code.len();
            out.push_str(&code);
        }
        out.push('\n');
    }
    out
}

fn base64(log: &str) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(log);
    text.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned() + "\n").collect()
}

fn escaped(line: &str) -> String {
    let entities = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#x27;")];
    entities.iter().fold(line.to_owned(), |line, (plain, entity)| line.replace(plain, entity))
}

const HEAD: &str =
    "Return-Path: <a@example.org>\nFrom: A <a@example.org>\nSubject: bisection log\n of a bug\nMIME-Version: 1.0\n";

fn mail(encoding: &str, body: &str) -> String {
    format!("{HEAD}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n{body}")
}

fn parts(body: &str, log: &str) -> String {
    format!(
        "{HEAD}Content-Type: multipart/mixed; boundary=\"b\"\n\nThis is a mail in parts.\n--b\nContent-Type: text/plain\n\n{body}\n\
         --b\nContent-Type: text/x-log; name=log.txt\nContent-Disposition: attachment; filename=log.txt\n\
         Content-Transfer-Encoding: quoted-printable\n\n{log}\n--b--\n"
    )
}

type Form = (&'static str, fn(&str) -> Vec<u8>);

const FORMS: [Form; 17] = [
    ("CRLF", |log| log.replace('\n', "\r\n").into()),
    ("lone CR", |log| log.replace('\n', "\r").into()),
    ("a byte order mark", |log| format!("\u{feff}{log}").into()),
    ("UTF-16 LE", |log| {
        [&b"\xff\xfe"[..], &log.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()].concat()
    }),
    ("UTF-16 BE", |log| {
        [&b"\xfe\xff"[..], &log.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>()].concat()
    }),
    ("UTF-16 without a mark", |log| log.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ("quoted", |log| each_line(log, |line| format!("> {line}"))),
    ("quoted with a bar", |log| each_line(log, |line| format!("| {line}").trim_end().to_owned())),
    ("indented", |log| each_line(log, |line| format!("    {line}").trim_end().to_owned())),
    ("indented by a tab", |log| each_line(log, |line| format!("\t{line}"))),
    ("a CI's log", |log| each_line(log, |line| format!("2026-01-02T03:04:05.1234567Z {line}"))),
    ("a page", |log| {
        format!("<html><head><title>log</title></head><body><pre>{}</pre></body></html>\n", escaped(log)).into()
    }),
    ("a page of broken lines", |log| log.lines().map(|line| escaped(line) + "<br>").collect::<String>().into()),
    ("quoted-printable", |log| quoted_printable(log).into()),
    ("a mail", |log| mail("8bit", log).into()),
    ("a quoted-printable mail", |log| mail("quoted-printable", &quoted_printable(log)).into()),
    ("a mail in base64", |log| mail("base64", &base64(log)).into()),
];

#[test]
fn a_form_that_loses_nothing_changes_nothing() {
    for log in logs() {
        let plain = json(log.as_bytes());
        for (name, form) in FORMS {
            // A page begins and ends in the lines of the log.
            let formed = form(&log);
            assert!(json(&formed) == plain, "{name}: {}", String::from_utf8_lossy(&formed));
        }
    }
}

#[test]
fn lines_have_the_numbers_of_the_file() {
    let log = fs::read_to_string(root().join(LOGS[4].1)).unwrap();
    let plain = reading(log.as_bytes()).bisections.remove(0);
    let quoted = plain.source.line(plain.steps[3].line).unwrap().into_owned();
    let one_to_one = ["CRLF", "a byte order mark", "UTF-16 LE", "quoted", "indented", "a CI's log"];
    for (name, form) in FORMS {
        let formed = form(&log);
        let bisection = reading(&formed).bisections.remove(0);
        let line = bisection.steps[3].line;
        assert!(
            bisection.source.line(line).unwrap().contains(quoted.trim_end()) || name.starts_with("a page"),
            "{name}"
        );
        if one_to_one.contains(&name) {
            assert_eq!(line, plain.steps[3].line, "{name}");
        }
    }
    let head = u32::try_from(mail("8bit", "").lines().count()).unwrap();
    let bisection = reading(mail("8bit", &log).as_bytes()).bisections.remove(0);
    assert_eq!(
        (bisection.line, bisection.culprit.unwrap().line),
        (Line(head + 1), Line(plain.culprit.as_ref().unwrap().line.0 + head))
    );
    // In quoted-printable a line may stand on several: the first counts.
    let text = mail("quoted-printable", &quoted_printable(&log));
    let bisection = reading(text.as_bytes()).bisections.remove(0);
    let line = text.lines().nth(bisection.steps[3].line.0 as usize - 1).unwrap();
    assert!(line.starts_with("testing commit ") && quoted.starts_with(&line[..line.len().min(40)]), "{line}");
}

#[test]
fn the_part_that_holds_the_log_is_read() {
    let log = fs::read_to_string(root().join(LOGS[4].1)).unwrap();
    let plain = json(log.as_bytes());
    let text = parts("Hello,\n\nplease find the log attached.\n", &quoted_printable(&log));
    assert!(json(text.as_bytes()) == plain, "{text}");
    assert!(json(text.replace('\n', "\r\n").as_bytes()) == plain);
    // A mailbox: the second mail has another log.
    let other = fs::read_to_string(root().join(LOGS[1].1)).unwrap();
    let mailbox = format!(
        "From a@example.org Mon Jan  1 00:00:00 2024\n{text}\nFrom b@example.org Mon Jan  1 00:00:01 2024\n{}\n\
         From c@example.org Mon Jan  1 00:00:02 2024\n{}",
        mail("8bit", "Thanks!\n"),
        mail("quoted-printable", &quoted_printable(&other)),
    );
    let bisections = reading(mailbox.as_bytes()).bisections;
    let named: Vec<_> =
        bisections.iter().map(|one| (one.id.as_str(), one.culprit.as_ref().unwrap().commit.short())).collect();
    assert_eq!(named, [("log", "6c2450ae5565".to_owned()), ("log#2", "ef0524d36546".to_owned())]);
    let line = mailbox.lines().nth(bisections[1].line.0 as usize - 1).unwrap();
    assert!(line.starts_with("bisecting cause commit"), "{line}");
}

#[test]
fn a_quoted_log_in_a_reply_is_read_without_the_reply() {
    let log = fs::read_to_string(root().join("tests/git_bisect/flaky.log")).unwrap();
    let mut reply = "On Monday, A. wrote:\n".to_owned();
    for i in 0..40 {
        let _ = writeln!(reply, "I have something to say about this, in {i} words.");
    }
    for (i, line) in log.lines().enumerate() {
        let _ = writeln!(reply, "> | {line}");
        if i % 5 == 4 {
            reply.push_str("\nI see.\n\n");
        }
    }
    assert!(json(reply.as_bytes()) == json(log.as_bytes()));
    let first = reading(reply.as_bytes()).bisections.remove(0);
    assert!(reply.lines().nth(first.line.0 as usize - 1).unwrap().starts_with("> | "));
}

#[test]
fn a_piece_is_read_and_says_what_is_missing() {
    let log = fs::read_to_string(root().join(LOGS[4].1)).unwrap();
    let whole = reading(log.as_bytes()).bisections.remove(0);
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    let tests: Vec<usize> = (0..lines.len()).filter(|i| lines[*i].starts_with("testing commit ")).collect();
    // The tail, a middle, and from the middle of a test's runs.
    for (from, to) in [(tests[5], lines.len()), (tests[4], tests[9]), (tests[6] + 4, lines.len()), (tests[3], tests[4])]
    {
        let Reading { bisections, problems, .. } = reading(lines[from..to].concat().as_bytes());
        let [piece] = &bisections[..] else { panic!("{} bisections", bisections.len()) };
        assert_eq!((piece.kind, piece.origin, problems[0].line), (Kind::Cause, None, Line(1)));
        assert!(problems[0].flaw.to_string().starts_with("the log begins in the middle, expected `bisecting cause"));
        assert_eq!(piece.ending == Ending::Culprit, to == lines.len());
        for step in &piece.steps {
            let same = whole
                .steps
                .iter()
                .find(|other| other.commit == step.commit && other.line.0 as usize == step.line.0 as usize + from);
            let same = same.or_else(|| whole.steps.iter().find(|other| other.commit == step.commit)).unwrap();
            assert!(!step.complete || step.inferred || step.runs.len() == same.runs.len(), "{step:?}");
        }
    }
}

/// A fix bisection whose first line is lost is told by its words.
#[test]
fn a_piece_of_a_fix_bisection_is_one() {
    let hash = |c: char| c.to_string().repeat(40);
    let test = |c: char, runs: &str| format!("testing commit {} with gcc\n{runs}\n", hash(c));
    let log = test('a', "all runs: crashed: WARNING in f")
        + &format!("# git bisect good {}\n", hash('a'))
        + &test('b', "all runs: OK")
        + &format!("# git bisect bad {}\n", hash('b'));
    let Reading { bisections, problems, .. } = reading(log.as_bytes());
    assert_eq!(bisections[0].kind, Kind::Fix);
    assert!(problems[0].flaw.to_string().ends_with("read as a fix bisection: revisions that crash are called good"));
    assert_eq!(bisections[0].walk.as_ref().unwrap().moves.len(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// One form after the other, on a log that begins and ends anywhere: read or refused, never a panic.
    #[test]
    fn no_form_makes_it_panic(log in 0usize..9, forms in prop::collection::vec(0usize..17, 1..3), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        let log = logs().swap_remove(log);
        let mut bytes = log.into_bytes();
        for form in forms {
            bytes = FORMS[form].1(&String::from_utf8_lossy(&bytes));
        }
        let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
        let part = &bytes[from.min(to)..from.max(to)];
        if let Ok(reading) = read(part, &Source::new("log")) {
            Frames::of(&analyze(reading.bisections, &Settings::default())).unwrap();
        }
    }
}
