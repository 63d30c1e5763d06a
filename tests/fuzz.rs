//! The entry points of the fuzzer (`fuzz/`) on what is one accident away from real input: bytes changed, lines dropped,
//! doubled or swapped, two inputs spliced, cut anywhere. `PROPTEST_CASES=10000 cargo test --test it fuzz::` tries more, and
//! `fuzz/run` lets libFuzzer look for them.

#![cfg(feature = "cli")]

#[path = "../fuzz/entries.rs"]
mod entries;
use crate::support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;

/// The files of these folders below the project's.
fn seeds(folders: &[&str]) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for folder in folders {
        below(&support::root().join(folder), &mut files);
    }
    files.sort();
    let seeds: Vec<_> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(!seeds.is_empty());
    seeds
}

fn below(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { below(&path, files) } else { files.push(path) }
    }
}

/// One accident.
#[derive(Clone, Debug)]
enum Accident {
    Byte(Index, u8),
    Drop(Index),
    Double(Index),
    Swap(Index, Index),
    Insert(Index, &'static [u8]),
    Splice(Index, Index, Index),
    Cut(Index),
}

/// What was the end of many a reader.
const NASTY: [&[u8]; 16] = [
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"99999999999999999999",
    b"-1",
    b"4294967296",
    b"1e999",
    b"NaN",
    b"\r\n",
    b"\n\n",
    "\u{202e}ä\u{1f41b}".as_bytes(),
    b"&xxe;",
    b"<!DOCTYPE a [<!ENTITY b \"c\">]>",
    b"]]>",
    b"\"",
    b"run #999999999999: crashed: x\n",
];

fn accident() -> impl Strategy<Value = Accident> {
    let index = any::<Index>;
    prop_oneof![
        4 => (index(), any::<u8>()).prop_map(|(at, byte)| Accident::Byte(at, byte)),
        2 => index().prop_map(Accident::Drop),
        2 => index().prop_map(Accident::Double),
        2 => (index(), index()).prop_map(|(a, b)| Accident::Swap(a, b)),
        3 => (index(), prop::sample::select(NASTY.to_vec())).prop_map(|(at, what)| Accident::Insert(at, what)),
        1 => (index(), index(), index()).prop_map(|(seed, from, to)| Accident::Splice(seed, from, to)),
        1 => index().prop_map(Accident::Cut),
    ]
}

fn accidents() -> impl Strategy<Value = (Index, Vec<Accident>)> {
    (any::<Index>(), prop::collection::vec(accident(), 1..6))
}

fn damaged(seeds: &[Vec<u8>], (seed, accidents): &(Index, Vec<Accident>)) -> Vec<u8> {
    let mut bytes = seed.get(seeds).clone();
    for accident in accidents {
        let place = |at: &Index, length: usize| at.index(length + 1);
        match accident {
            Accident::Byte(at, byte) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Accident::Byte(..) => {}
            Accident::Insert(at, what) => {
                let at = place(at, bytes.len());
                bytes.splice(at..at, what.iter().copied());
            }
            Accident::Splice(other, from, to) => {
                let other = other.get(seeds);
                bytes.truncate(place(from, bytes.len()));
                bytes.extend_from_slice(&other[place(to, other.len())..]);
            }
            Accident::Cut(at) => bytes.truncate(place(at, bytes.len())),
            Accident::Drop(_) | Accident::Double(_) | Accident::Swap(..) => bytes = with_lines(&bytes, accident),
        }
    }
    bytes
}

fn with_lines(bytes: &[u8], accident: &Accident) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    if !lines.is_empty() {
        let at = |index: &Index| index.index(lines.len());
        match accident {
            Accident::Drop(line) => drop(lines.remove(at(line))),
            Accident::Double(line) => lines.insert(at(line), lines[at(line)]),
            Accident::Swap(a, b) => {
                let (a, b) = (at(a), at(b));
                lines.swap(a, b);
            }
            _ => {}
        }
    }
    lines.concat()
}

/// A test of one entry point with so many cases.
macro_rules! fuzzed {
    ($($name:ident $cases:literal from $folders:expr;)*) => {
        $(
            #[test]
            fn $name() {
                let seeds = seeds(&$folders);
                for seed in &seeds {
                    entries::$name(seed);
                }
                let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases($cases) };
                let config = ProptestConfig { cases: ProptestConfig::default().cases.max(256) * $cases / 256, ..config };
                proptest!(config, |(accidents in accidents())| {
                    entries::$name(&damaged(&seeds, &accidents));
                });
            }
        )*
    };
}

fuzzed! {
    log 48 from ["data", "tests/rules"];
    git_bisect 128 from ["tests/git_bisect"];
    table 256 from ["fuzz/seeds/table"];
    parquet 512 from ["tests/parquet"];
    junit 192 from ["tests/junit"];
    policy 256 from ["fuzz/seeds/policy"];
    prior 64 from ["fuzz/seeds/prior"];
    blame 256 from ["fuzz/seeds/blame"];
    title 1024 from ["fuzz/seeds/title"];
    baseline 256 from ["fuzz/seeds/baseline"];
    mail 64 from ["fuzz/seeds/mail"];
    archive 128 from ["fuzz/seeds/archive"];
    records 128 from ["fuzz/seeds/records"];
    weights 256 from ["fuzz/seeds/weights"];
    truth 256 from ["fuzz/seeds/truth"];
    journal 256 from ["fuzz/seeds/journal"];
    rules 24 from ["tests/rules"];
    gate 24 from ["fuzz/seeds/table", "fuzz/seeds/mail"];
    next 4 from ["fuzz/seeds/table", "fuzz/seeds/mail"];
}

/// Every entry has a target, and every target seeds.
#[test]
fn every_entry_is_fuzzed() {
    let source = fs::read_to_string(support::root().join("fuzz/entries.rs")).unwrap();
    let entries = source.lines().filter_map(|line| line.strip_prefix("pub fn ")?.split('(').next());
    let entries: BTreeSet<String> = entries.map(str::to_owned).collect();
    let folder = fs::read_dir(support::root().join("fuzz/fuzz_targets")).unwrap();
    let targets = folder.map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned());
    assert_eq!(targets.collect::<BTreeSet<_>>(), entries);
    let manifest = fs::read_to_string(support::root().join("fuzz/Cargo.toml")).unwrap();
    for entry in &entries {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{entry}.rs\"")), "{entry} is not in fuzz/Cargo.toml");
    }
}

/// A tag that divides a line makes two of it, which are counted as a browser shows them: found by `log`.
#[test]
fn a_page_has_no_line_past_its_end() {
    let log = fs::read_to_string(support::root().join(support::LOGS[0].1)).unwrap();
    let head: String = log.split_inclusive('\n').take(20).collect();
    let page = head.replacen("run #0", "run <!DOCTYPE a><p>#0", 2);
    entries::log(page.trim_end().as_bytes());
    entries::log(format!("<!DOCTYPE a>{}", page.trim_end().trim_end_matches(|c| c != ' ')).as_bytes());
}

/// Two logs in one file that ends after any of its bytes are read up to there. Nothing is analysed here: that would take minutes.
#[test]
fn a_log_may_end_anywhere() {
    let source = bisectstat::evidence::Source::new("log");
    let whole = |(_, path): &(&str, &str)| fs::read(support::root().join(path)).unwrap();
    let log: Vec<u8> = support::LOGS.iter().take(2).flat_map(whole).collect();
    assert!(log.len() > 20_000);
    let mut steps = 0;
    for end in 0..log.len() {
        let Ok(reading) = bisectstat::ingest::read(&log[..end], &source) else { continue };
        let seen: usize = reading.bisections.iter().map(|bisection| bisection.steps.len()).sum();
        assert!(seen + 1 >= steps, "{end}: {seen} steps after {steps}");
        steps = steps.max(seen);
    }
    assert!(steps > 10);
}
