//! Tools whose output is known by its words and is not read, with what to write in its place.

use memchr::memmem;

/// What an input is, and how to hand over what it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// `a report of …`
    pub name: &'static str,
    /// What to write instead.
    pub instead: &'static str,
}

struct Mark {
    known: Known,
    /// All of these stand in it.
    words: &'static [&'static str],
}

const ROW: &str = "write a table with a row for each revision, `commit,passes,crashes`";

const MARKS: [Mark; 11] = [
    mark(
        "the output of jj bisect",
        "write each `Now evaluating` revision and its verdict as a row of a table, `commit,outcome`",
        &["Now evaluating: ", "The revision is "],
    ),
    mark(
        "the output of Go's bisect tool, which looks for places in the code and not for revisions",
        ROW,
        &["bisect: checking target with all changes"],
    ),
    mark(
        "the output of Go's stress tool, which counts the runs of one revision",
        ROW,
        &[" runs so far, ", " failures"],
    ),
    mark(
        "a KCIDB report",
        "write a row for each test, `commit,test,outcome`, with `git_commit_hash`, `path` and `status`",
        &["\"version\"", "\"checkouts\"", "\"builds\""],
    ),
    mark(
        "a KCIDB report",
        "write a row for each test, `commit,test,outcome`, with `git_commit_hash`, `path` and `status`",
        &["\"build_id\"", "\"origin\"", "\"status\""],
    ),
    mark(
        "a list of commits that a bisection named, without its runs",
        "give the log of the bisection (`git bisect log`), or a table, `commit,passes,crashes`",
        &["\"single-gpu\"", "\"commit\"", "\"status\""],
    ),
    mark(
        "LAVA's list of results, which names no revision",
        "write a row for each job, `commit,test,outcome`",
        &["- id: ", "  suite: ", "  result: "],
    ),
    mark(
        "a CTRF report",
        "have the tests write JUnit XML, or write a row for each test, `commit,test,outcome`",
        &["\"reportFormat\"", "CTRF"],
    ),
    mark(
        "a list of flaky tests of IDoFT, which tells no runs",
        ROW,
        &["Project URL,SHA Detected", "Fully-Qualified Test Name"],
    ),
    mark(
        "the output of Chromium's bisect-builds.py",
        "write each `Revision … is` and its answer as a row of a table, `commit,order,outcome`, with its number as both",
        &["Bisecting range [", "Trying revision "],
    ),
    mark(
        "a list of what a search for bad commits found, without their runs",
        ROW,
        &["git bisect found the bad commit"],
    ),
];

const fn mark(name: &'static str, instead: &'static str, words: &'static [&'static str]) -> Mark {
    Mark { known: Known { name, instead }, words }
}

/// What the bytes are, when they are one of these.
pub(in crate::ingest) fn known(bytes: &[u8]) -> Option<Known> {
    /// The words stand at the beginning.
    const HEAD: usize = 16 << 10;
    let head = &bytes[..bytes.len().min(HEAD)];
    let has = |words: &&str| memmem::find(head, words.as_bytes()).is_some();
    MARKS.iter().find(|mark| mark.words.iter().all(has)).map(|mark| mark.known)
}

/// A recording of a terminal, whose lines are cut anywhere: some of them would be read, and others not.
pub(in crate::ingest) fn recording(bytes: &[u8]) -> Option<Known> {
    const RECORDING: Known =
        Known { name: "a recording of asciinema", instead: "give the text of it: `asciinema cat FILE`" };
    let first = bytes.split(|byte| *byte == b'\n').next()?;
    let has = |words: &str| memmem::find(first, words.as_bytes()).is_some();
    (first.starts_with(b"{") && has("\"version\"") && has("\"width\"") && has("\"height\"")).then_some(RECORDING)
}

/// The same of what is no table of outcomes, and could be one by its first line.
pub(in crate::ingest) fn known_table(bytes: &[u8]) -> Option<Known> {
    const OTAVA: Known = Known {
        name: "a series of measurements, as Otava reads them, and not of outcomes",
        instead: "say which values fail, and write them as `commit,outcome`",
    };
    bytes.starts_with(b"time,commit,").then_some(OTAVA)
}
