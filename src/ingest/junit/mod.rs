//! `JUnit` XML: reports of tests. One report tells how each test ended at one revision; several reports, of several
//! revisions, are the evidence of a bisection that nobody has made.
//!
//! There is no standard, only producers. Read are those of surefire, gradle, pytest, nextest, jest, Marathon, Catch2,
//! `GoogleTest` and whatever else writes `testsuites`, `testsuite` and `testcase`. Nothing is ever fetched, and no entity is
//! resolved but the five of XML and references to characters.
//!
//! | in a test case | a run that |
//! |---|---|
//! | nothing | passed |
//! | `failure`, `error` | crashed; several of one case are one run |
//! | `skipped`, or a status of not having run | says nothing |
//! | `flakyFailure`, `flakyError` | crashed before one that passed |
//! | `rerunFailure`, `rerunError`, `rerun` | crashed after one that crashed, or before one that passed |
//!
//! The same case again, in the same report or another one of the same revision, is another run.

mod assemble;
mod foreign;
mod go_test;
pub(super) mod natural;
mod number;
mod report;
mod revision;
mod tap;
mod title;
mod xml;

pub use assemble::{AssembleError, Assembled, assemble, assemble_all};
pub use foreign::Foreign;
pub use report::Report;

pub(super) use foreign::foreign;

use crate::evidence::Source;

use super::problem::Problem;
use super::table::Columns;

/// Reads a report in another form: `go test -json`, or TAP.
#[must_use]
pub(crate) fn read_other(bytes: &[u8], source: &Source) -> Option<Report> {
    go_test::read(bytes, source).or_else(|| tap::read(bytes, source))
}

/// Reads a report; `None` when the bytes are none. Of what is damaged, the cases before the damage are kept.
#[must_use]
pub fn read(bytes: &[u8], source: &Source, told: &Columns) -> Option<(Report, Vec<Problem>)> {
    is_report(bytes).then(|| report::read(bytes, source, told))
}

/// Whether the bytes are XML with results of tests, by their root.
pub(super) fn is_report(bytes: &[u8]) -> bool {
    foreign::root(bytes).is_some_and(|root| matches!(root.as_str(), "testsuites" | "testsuite"))
}
