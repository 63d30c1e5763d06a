//! Archives, folders, patterns, lists and streams: what is in them is read as if it lay there plain, in the same order with
//! any number of threads, and everything that is not read is said.

#![cfg(feature = "cli")]

use crate::support;

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use support::{LOGS, Ran, bisectstat, folder, root};

fn log(i: usize) -> Vec<u8> {
    fs::read(root().join(LOGS[i].1)).unwrap()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A short log: quick to analyse.
fn short(name: &str) -> Vec<u8> {
    fs::read(root().join("tests/git_bisect").join(name)).unwrap()
}

/// Names are put in as they are: `Builder` would refuse those that leave the folder.
fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn run_with(args: &[&str], dir: &Path, input: &[u8]) -> Ran {
    let mut command = bisectstat(args);
    command.current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who fails before reading hangs up.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code() }
}

fn run(args: &[&str], dir: &Path) -> Ran {
    run_with(args, dir, b"")
}

/// The analyses without what depends on where the log lies.
fn analyses(ran: &Ran) -> Vec<Value> {
    let lines = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.map(without_paths).collect()
}

fn without_paths(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept =
                object.into_iter().filter(|(key, _)| !matches!(key.as_str(), "bisection" | "path" | "fingerprint"));
            kept.map(|(key, value)| (key, without_paths(value))).collect()
        }
        Value::Array(array) => array.into_iter().map(without_paths).collect(),
        other => other,
    }
}

fn ndjson<'a>(paths: &[&'a str]) -> Vec<&'a str> {
    [&["analyze", "--format", "ndjson"][..], paths].concat()
}

fn paths(ran: &Ran) -> Vec<String> {
    let path = |line| serde_json::from_str::<Value>(line).unwrap()["path"].as_str().unwrap().to_owned();
    ran.stdout.lines().map(path).collect()
}

#[test]
fn what_is_packed_is_read_as_if_it_were_plain() {
    let (first, last) = (short("flaky.log"), short("fixed.log"));
    let dir = folder(&[("a.txt", &first), ("b.txt", &last)]);
    let plain = analyses(&run(&ndjson(&["a.txt", "b.txt"]), dir.path()));
    assert_eq!(plain.len(), 2);
    let members: [(&str, &[u8]); 2] = [("a.txt", &first), ("x/b.txt", &last)];
    let packed: [(&str, Vec<u8>); 10] = [
        ("a tar", tar(&members)),
        ("a tar.gz", gz(&tar(&members))),
        ("a tar.bz2", bz2(&tar(&members))),
        ("a tar.lz4", lz4(&tar(&members))),
        ("a tar.zst", zst(&tar(&members))),
        ("a tar.xz", xz(&tar(&members))),
        ("a zip", zip(&members)),
        ("gz in a zip", zip(&[("a.gz", &gz(&first)), ("b.xz", &xz(&last))])),
        ("a zip in a tar", tar(&[("a.zst", &zst(&first)), ("in.zip", &zip(&members[1..]))])),
        ("a tar.gz in a zip", zip(&[("in", &gz(&tar(&members)))])),
    ];
    for (name, bytes) in packed {
        // The name says nothing.
        fs::write(dir.path().join("packed.txt"), &bytes).unwrap();
        for (path, input) in [("packed.txt", &b""[..]), ("-", &bytes)] {
            let ran = run_with(&ndjson(&[path]), dir.path(), input);
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{name}");
            assert!(analyses(&ran) == plain, "{name}");
            assert!(paths(&ran).iter().all(|inner| inner.starts_with(&format!("{path}!"))), "{name}");
        }
    }
    let twice = |pack: fn(&[u8]) -> Vec<u8>| [pack(&last[..500]), pack(&last[500..])].concat();
    let packed = [gz(&last), zst(&last), xz(&last), bz2(&last), lz4(&last), twice(gz), twice(bz2), twice(lz4)];
    for packed in packed {
        let ran = run_with(&ndjson(&["-"]), dir.path(), &packed);
        assert_eq!((ran.code, paths(&ran)), (Some(0), vec!["-".to_owned()]));
        assert!(analyses(&ran) == plain[1..]);
    }
}

#[test]
fn the_order_is_that_of_the_paths_with_any_number_of_threads() {
    let log = short("flaky.log");
    let names: Vec<String> = (0..300).map(|i| format!("{:03}.txt", (i * 271) % 300)).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), log.as_slice())).collect();
    let dir = folder(&[("logs.tar.gz", &gz(&tar(&members)))]);
    let one = run(&[&ndjson(&["logs.tar.gz"])[..], &["--jobs", "1"]].concat(), dir.path());
    let many = run(&[&ndjson(&["logs.tar.gz"])[..], &["--jobs", "8"]].concat(), dir.path());
    assert!(one.stdout == many.stdout && one.stderr == many.stderr);
    let expected: Vec<_> = names.iter().map(|name| format!("logs.tar.gz!{name}")).collect();
    assert_eq!(paths(&one), expected);
    assert_eq!((one.code, one.stderr.as_str()), (Some(0), ""));
}

#[test]
fn paths_in_archives_are_only_names() {
    let log = log(4);
    let members: [(&str, &[u8]); 4] =
        [("../../etc/passwd", &log), ("/etc/shadow", &log), ("a\nerror: b\x1b[31m", &log), ("/etc/shadow", &log)];
    let dir = folder(&[("sub/evil.tar", &tar(&members)), ("sub/evil.zip", &zip(&members[..2]))]);
    let ran = run(&ndjson(&["sub/evil.tar", "sub/evil.zip"]), dir.path());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let names = ["evil.tar!../../etc/passwd", "evil.tar!/etc/shadow", "evil.tar!a\u{fffd}error: b\u{fffd}[31m"];
    let names =
        names.into_iter().chain(["evil.tar!/etc/shadow~2", "evil.zip!../../etc/passwd", "evil.zip!/etc/shadow"]);
    assert_eq!(paths(&ran), names.map(|name| format!("sub/{name}")).collect::<Vec<_>>());
    // Pages are named after them, and stay where they belong.
    let ran = run(&["report", "sub/evil.tar", "-o", "sub/out.html"], dir.path());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let pages = fs::read_dir(dir.path().join("sub/out.d")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut pages: Vec<_> = pages.map(|name| name.into_string().unwrap()).collect();
    pages.sort();
    assert_eq!(pages, ["a-error--b--31m.html", "passwd.html", "shadow-2.html", "shadow.html"]);
    let mut left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["sub"]);
}

#[test]
fn deeper_archives_are_refused_and_the_rest_goes_on() {
    let log = log(4);
    let inner = zip(&[("deep.txt", &log)]);
    let outer = zip(&[("middle.zip", &zip(&[("inner.zip", &inner), ("ok.txt", &log)])), ("top.txt", &log)]);
    let dir = folder(&[("outer.zip", &outer), ("twice.gz", &gz(&gz(&log))), ("thrice.gz", &gz(&gz(&gz(&log))))]);
    let ran = run(&ndjson(&["outer.zip"]), dir.path());
    assert_eq!(
        (ran.code, paths(&ran)),
        (Some(2), vec!["outer.zip!middle.zip!ok.txt".into(), "outer.zip!top.txt".into()])
    );
    let refused =
        "outer.zip!middle.zip!inner.zip: found a zip file two levels deep, expected one archive in another at most";
    assert_eq!(ran.stderr, format!("error: {refused}; not read\n"));
    assert_eq!(run(&ndjson(&["twice.gz"]), dir.path()).code, Some(0));
    assert_eq!(run(&ndjson(&["thrice.gz"]), dir.path()).code, Some(2));
}

/// Two entries of the table lead to one member: a hundred of them would be a flood out of a drop.
#[test]
fn members_on_top_of_each_other_are_refused() {
    let mut bytes = zip(&[("a.txt", &log(0))]);
    let table = bytes.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let end = bytes.windows(4).position(|bytes| bytes == b"PK\x05\x06").unwrap();
    let mut entry = bytes[table..end].to_vec();
    let name = entry.windows(5).position(|bytes| bytes == b"a.txt").unwrap();
    entry[name] = b'b';
    let size = 2 * u32::try_from(entry.len()).unwrap();
    bytes.splice(end..end, entry);
    let end = bytes.len() - 22;
    bytes[end + 8..end + 12].copy_from_slice(&[2, 0, 2, 0]);
    bytes[end + 12..end + 16].copy_from_slice(&size.to_le_bytes());
    let dir = folder(&[("two.zip", &bytes)]);
    let ran = run(&ndjson(&["two.zip"]), dir.path());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    let expected =
        "error: two.zip: some of its members lie on top of each other, expected each in a place of its own; not read";
    assert!(ran.stderr.starts_with(expected), "{}", ran.stderr);
}

#[test]
fn damaged_archives_are_read_up_to_the_damage() {
    let logs: Vec<Vec<u8>> = (0..5).map(log).collect();
    let members: Vec<(&str, &[u8])> =
        ["0", "1", "2", "3", "4"].into_iter().zip(logs.iter().map(Vec::as_slice)).collect();
    let whole = gz(&tar(&members));
    let mut flipped = zip(&members);
    let at = flipped.windows(4).rposition(|bytes| bytes == b"PK\x03\x04").unwrap() + 300;
    flipped[at] ^= 0xff;
    let dir = folder(&[("cut.tar.gz", &whole[..whole.len() / 2]), ("flipped.zip", &flipped)]);
    let ran = run(&ndjson(&["cut.tar.gz"]), dir.path());
    assert_eq!(ran.code, Some(2));
    assert!((1..5).contains(&paths(&ran).len()));
    assert!(
        ran.stderr.lines().any(|line| line.starts_with("error: cut.tar.gz: the tar data is damaged (")),
        "{}",
        ran.stderr
    );
    let ran = run(&ndjson(&["flipped.zip"]), dir.path());
    assert_eq!(ran.code, Some(2));
    assert!(paths(&ran).len() >= 4 && ran.stderr.contains("flipped.zip!4"), "{}", ran.stderr);
    for cut in (0..whole.len()).step_by(3001) {
        let ran = run_with(&ndjson(&["-"]), dir.path(), &whole[..cut]);
        assert!(matches!(ran.code, Some(0 | 2)) && !ran.stderr.contains("panicked"), "{cut}: {}", ran.stderr);
    }
}

#[test]
fn archives_of_other_kinds_are_named() {
    let dir = folder(&[
        ("a.lz", b"LZIP\x01"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\0\x04"),
        ("empty.zip", &zip(&[])),
        ("log", &log(4)),
    ]);
    let ran = run(&["analyze", "a.lz", "a.7z"], dir.path());
    let errors: Vec<_> = ran.stderr.lines().filter(|line| line.starts_with("error")).collect();
    assert_eq!(ran.code, Some(2));
    assert!(
        errors[0]
            .starts_with("error: a.lz:1: found an lzip file, expected a log, or a tar, zip, gz, zst, xz, bz2 or lz4"),
        "{errors:?}"
    );
    assert!(errors[1].starts_with("error: a.7z:1: found a 7z file"), "{errors:?}");
    let ran = run(&["analyze", "empty.zip"], dir.path());
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(2), "error: empty.zip: no bisection log in this archive: there is no file in it\n")
    );
    assert_eq!(run(&["analyze", "."], dir.path()).code, Some(0));
}

#[test]
fn patterns_match_what_the_shell_would() {
    let log = log(4);
    let dir = folder(&[
        ("logs/a.txt", &log),
        ("logs/b.txt", &log),
        ("logs/c.log", &log),
        ("logs/sub/d.txt", &log),
        ("[x].txt", &log),
    ]);
    let found = |pattern| paths(&run(&ndjson(&[pattern]), dir.path()));
    assert_eq!(found("logs/*.txt"), ["logs/a.txt", "logs/b.txt"]);
    assert_eq!(found("logs/**/*.txt"), ["logs/a.txt", "logs/b.txt", "logs/sub/d.txt"]);
    assert_eq!(found("logs/[bc].*"), ["logs/b.txt", "logs/c.log"]);
    assert_eq!(found("*/sub"), ["logs/sub/d.txt"]);
    // A file that is called so is no pattern.
    assert_eq!(found("[x].txt"), ["[x].txt"]);
    let ran = run(&["analyze", "*.none"], dir.path());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), "error: *.none: no file matches this pattern\n"));
    assert_eq!(run(&["analyze", "a[.txt"], dir.path()).code, Some(2));
}

#[test]
fn lists_name_files() {
    let log = log(4);
    let dir =
        folder(&[("a b.txt", &log), ("c\nd.txt", &log), ("lines", b"a b.txt\r\n\nmissing.txt\n"), ("nothing", b"\n")]);
    let ran = run(&[&ndjson(&[])[..], &["--files-from", "lines"]].concat(), dir.path());
    assert_eq!((ran.code, paths(&ran)), (Some(2), vec!["a b.txt".to_owned()]));
    assert!(ran.stderr.starts_with("error: missing.txt: "), "{}", ran.stderr);
    let ran = run_with(&[&ndjson(&[])[..], &["--files-from", "-"]].concat(), dir.path(), b"a b.txt\0c\nd.txt\0");
    assert_eq!((ran.code, paths(&ran)), (Some(0), vec!["a b.txt".to_owned(), "c\u{fffd}d.txt".to_owned()]));
    let ran = run(&["analyze", "--files-from", "nothing"], dir.path());
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(2), "error: nothing: no bisection log in this list: there is no file in it\n")
    );
    assert_eq!(run(&["analyze", "--files-from", "none"], dir.path()).code, Some(2));
}

#[test]
fn what_was_not_analysed_is_written_down() {
    let good = log(4);
    let cut = &good[..2000];
    let members: [(&str, &[u8]); 2] = [("in.txt", &good), ("notes", b"hello\n")];
    let dir = folder(&[
        ("f/good.txt", &good),
        ("f/README", b"# Logs\n"),
        ("cut.txt", cut),
        ("bad.txt", b"no log\n"),
        ("x.tar", &tar(&members)),
    ]);
    let all = ["analyze", "f", "cut.txt", "bad.txt", "x.tar", "-o", "frames", "--frames", "ndjson"];
    let ran = run(&all, dir.path());
    assert_eq!(ran.code, Some(2));
    let rows = fs::read_to_string(dir.path().join("frames/skipped.ndjson")).unwrap();
    let rows: Vec<Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let told: Vec<_> = rows.iter().map(|row| (row["path"].as_str().unwrap(), row["state"].as_str().unwrap())).collect();
    let expected = [
        ("f/README", "skipped"),
        ("f/good.txt", "analysed"),
        ("cut.txt", "partly"),
        ("bad.txt", "refused"),
        ("x.tar!in.txt", "analysed"),
        ("x.tar!notes", "skipped"),
    ];
    assert_eq!(told, expected);
    assert!(rows[2]["line"].as_u64() > Some(1) && rows[2]["reason"].as_str().unwrap().contains("cut in the middle"));
    let place = |word: &str| ran.stdout.lines().position(|line| line.split_whitespace().take(2).eq(word.split(' ')));
    let (refused, partly) = (place("bad.txt refused").unwrap(), place("cut.txt partly").unwrap());
    assert!(refused < partly && ran.stdout.contains("2 files without a bisection skipped"), "{}", ran.stdout);
    // Nothing is wrong with what is skipped, unless somebody says so.
    assert_eq!(run(&["analyze", "f", "x.tar"], dir.path()).code, Some(0));
    let strict = run(&["analyze", "f", "x.tar", "--strict"], dir.path());
    assert_eq!((strict.code, strict.stderr.matches("error: ").count()), (Some(2), 2), "{}", strict.stderr);
    assert_eq!(
        run(&["gate", "f/good.txt", "--no-config", "--strict"], dir.path()).code,
        run(&["gate", "f/good.txt", "--no-config"], dir.path()).code
    );
    assert_eq!(run(&["gate", "f", "--no-config", "--strict"], dir.path()).code, Some(2));
}

#[test]
fn titles_find_their_logs_in_archives() {
    let log = log(4);
    let dir = folder(&[
        ("x.tar", &tar(&[("sub/log.txt", &log)])),
        ("titles.csv", b"file,title\nlog.txt,WARNING in io_ring_exit_work\n"),
    ]);
    for format in ["json", "ndjson"] {
        let ran = run(&["analyze", "x.tar", "--titles", "titles.csv", "--format", format], dir.path());
        assert!(ran.stdout.contains("WARNING in io_ring_exit_work\""), "{format}");
        assert!(ran.stdout.replace(' ', "").contains("\"reported_title\":\"WARNINGinio_ring_exit_work\""), "{format}");
    }
}
