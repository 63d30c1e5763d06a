//! What other tools write about flaky tests and bisections and is no form that is read, by its words: for the message.

use std::fmt;

use memchr::memmem;

/// A tool's output, and what to make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool {
    name: &'static str,
    advice: &'static str,
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "found {}; {}", self.name, self.advice)
    }
}

/// What is known, by texts of which all stand near the beginning.
const KNOWN: &[(&[&str], Tool)] = &[
    (
        &["\"checkouts\"", "\"origin\"", "\"tests\""],
        Tool {
            name: "a report of KCIDB",
            advice: "write a table with the columns commit (git_commit_hash of the checkout), test (path) and status",
        },
    ),
    (
        &["\"reportFormat\"", "CTRF"],
        Tool {
            name: "a CTRF report, which names no revision",
            advice: "write a table with the columns commit, test (name) and status, a row for each test and run",
        },
    ),
    (
        &["SHA Detected", "Category"],
        Tool {
            name: "a list of flaky tests (IDoFT), which holds no runs",
            advice: "run a test of it at several revisions and write a table with the columns commit, passes and crashes",
        },
    ),
    (
        &["time,", "commit,", "branch"],
        Tool {
            name: "a table of measurements (Otava, Hunter), which tells no run that failed",
            advice: "decide from which value on a run fails, and write a table with the columns commit and outcome",
        },
    ),
    (
        &["\"single-gpu\"", "\"commit\"", "\"status\""],
        Tool {
            name: "a list of commits that a bisection named, without its runs",
            advice: "give the log of the bisection (git bisect log), or a table with the columns commit, passes and crashes",
        },
    ),
    (
        &["suite: lava", "result:"],
        Tool {
            name: "results of a LAVA job, which name no revision",
            advice: "write a table with the columns commit, test (suite and name) and result, a row for each job",
        },
    ),
];

/// The tool whose words these are.
pub(super) fn named(bytes: &[u8]) -> Option<Tool> {
    const HEAD: usize = 16 << 10;
    let head = &bytes[..bytes.len().min(HEAD)];
    let all = |marks: &[&str]| marks.iter().all(|mark| memmem::find(head, mark.as_bytes()).is_some());
    KNOWN.iter().find(|(marks, _)| all(marks)).map(|(_, tool)| *tool)
}
