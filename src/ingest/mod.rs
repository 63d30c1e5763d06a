//! Bytes → evidence. One reader a format; [`source`] finds the files. What was not understood is counted and kept.

mod git_bisect;
pub mod junit;
mod lex;
mod problem;
mod revisions;
pub mod source;
mod syzkaller;
pub mod table;

pub use problem::{Content, Flaw, Problem, ReadError};

use memchr::{memchr, memchr_iter, memmem};

use crate::evidence::{Bisection, Source};

use table::Columns;

/// What one input holds.
#[derive(Debug)]
pub struct Reading {
    /// The bisections, in the input's order; at least one, unless there is a report.
    pub bisections: Vec<Bisection>,
    /// Reports of tests: only several of them make a bisection ([`junit::assemble`]).
    pub reports: Vec<junit::Report>,
    /// Damaged lines, in the input's order.
    pub problems: Vec<Problem>,
}

/// Reads every bisection in `bytes`.
///
/// # Errors
/// [`ReadError::Empty`] for no bytes, [`ReadError::NoBisection`] when no line begins a bisection.
pub fn read(bytes: &[u8], source: &Source) -> Result<Reading, ReadError> {
    read_with(bytes, source, &Columns::new())
}

/// The same, with what was told of a table's columns.
///
/// # Errors
/// As [`read`].
pub fn read_with(bytes: &[u8], source: &Source, columns: &Columns) -> Result<Reading, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    // A report may quote a log.
    if let Some((report, problems)) = junit::read(bytes, source, columns) {
        return Ok(Reading { bisections: Vec::new(), reports: vec![report], problems });
    }
    if table::parquet::is_parquet(bytes) {
        let (bisections, problems) = table::parquet::read(bytes, source, columns)?;
        if bisections.is_empty() {
            return Err(ReadError::NoBisection(Content::Table));
        }
        return Ok(Reading { bisections, reports: Vec::new(), problems });
    }
    let (mut bisections, mut problems) = syzkaller::read(bytes, source);
    if bisections.is_empty() {
        (bisections, problems) = git_bisect::read(bytes, source);
    }
    if bisections.is_empty()
        && let Some(read) = table::read(bytes, source, columns)
    {
        (bisections, problems) = read;
        if bisections.is_empty() {
            return Err(ReadError::NoBisection(Content::Table));
        }
    }
    if bisections.is_empty() {
        return Err(ReadError::NoBisection(content(bytes)));
    }
    Ok(Reading { bisections, reports: Vec::new(), problems })
}

/// What an input is that holds no bisection.
fn content(bytes: &[u8]) -> Content {
    let longest = longest_line(bytes);
    if let Some(at) = memchr(0, bytes) {
        Content::Binary(at)
    } else if let Some(foreign) = junit::foreign(bytes) {
        Content::Foreign(foreign)
    } else if longest > lex::MAX_LINE {
        Content::LongLine(longest)
    } else if memmem::find(bytes, b"git bisect start").is_some() {
        Content::GitBisectLog
    } else if memmem::find(bytes, b"bisection log:").is_some() {
        Content::ResultMail
    } else {
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(400)]);
        Content::Text(problem::excerpt(text.trim().lines().next().unwrap_or_default()))
    }
}

fn longest_line(bytes: &[u8]) -> usize {
    let mut start = 0;
    let ends = memchr_iter(b'\n', bytes).chain([bytes.len()]);
    ends.map(|end| end - std::mem::replace(&mut start, end + 1)).max().unwrap_or_default()
}
