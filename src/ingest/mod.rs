//! Bytes → evidence. [`read`] takes one input in any of the forms that `docs/formats.md` describes; what was not understood is
//! counted and kept.
//!
//! Counts of your own, without a log, are a table: a line `commit,passes,crashes`, then one line a revision, oldest first.

// One reader a format; `source` finds the files.

#[doc(hidden)]
pub mod account;
mod container;
mod form;
mod git_bisect;
#[doc(hidden)]
pub mod junit;
mod lex;
#[doc(hidden)]
pub mod pattern;
mod problem;
#[doc(hidden)]
pub mod records;
mod revisions;
#[doc(hidden)]
pub mod source;
mod syzkaller;
#[doc(hidden)]
pub mod table;
#[doc(hidden)]
pub mod told;
mod tools;
mod zst;

pub use problem::{Problem, ReadError};

#[doc(hidden)]
pub use container::PackedError;
#[doc(hidden)]
pub use problem::{Content, Flaw, Place};
#[doc(hidden)]
pub use revisions::{in_order_of, only_at, other_way};
#[doc(hidden)]
pub use tools::Known;

use memchr::{memchr, memchr_iter, memmem};

use crate::evidence::{Bisection, Source};
use crate::history::History;

use table::{Columns, Question, Resolution, Table};

/// What one input holds.
#[non_exhaustive]
#[derive(Debug)]
pub struct Reading {
    /// The bisections, in the input's order; at least one, unless there is a report or a question to the user.
    pub bisections: Vec<Bisection>,
    /// Reports of tests: only several of them make a bisection ([`junit::assemble`]).
    #[doc(hidden)]
    pub reports: Vec<junit::Report>,
    /// Damaged lines, in the input's order.
    pub problems: Vec<Problem>,
    /// What the columns of tables were taken for.
    #[doc(hidden)]
    pub tables: Vec<Resolution>,
}

/// Reads every bisection in `bytes`.
///
/// # Errors
/// [`ReadError::Empty`] for no bytes, [`ReadError::NoBisection`] when no line begins a bisection.
///
/// ```
/// use bisectstat::evidence::Source;
/// use bisectstat::ingest::read;
///
/// let bytes = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let reading = read(&bytes, &Source::new("004_css_free_rwork_fn.txt"))?;
/// let bisection = &reading.bisections[0];
/// assert_eq!((bisection.steps.len(), reading.problems.len()), (17, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(bytes: &[u8], source: &Source) -> Result<Reading, ReadError> {
    read_with(bytes, source, &Columns::new())
}

/// The same, with what was told of a table's columns.
///
/// # Errors
/// As [`read`].
///
/// ```
/// use bisectstat::evidence::Source;
/// use bisectstat::ingest::read_with;
/// use bisectstat::ingest::table::{Columns, Meaning};
///
/// let table = "build,ended\nold,pass\nold,pass\nnew,fail\n";
/// let columns = Columns::from([(Meaning::Commit, "build".to_owned()), (Meaning::Outcome, "ended".to_owned())]);
/// let reading = read_with(table.as_bytes(), &Source::new("runs.csv"), &columns)?;
/// assert_eq!(reading.bisections[0].steps.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(hidden)]
pub fn read_with(bytes: &[u8], source: &Source, columns: &Columns) -> Result<Reading, ReadError> {
    read_beside(bytes, source, columns, None)
}

/// The same, with the history of the tested revisions: what `git bisect run` does not print follows from it.
///
/// # Errors
/// As [`read`].
#[doc(hidden)]
pub fn read_beside(
    bytes: &[u8],
    source: &Source,
    columns: &Columns,
    history: Option<&History>,
) -> Result<Reading, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    room(bytes.len())?;
    if table::parquet::is_parquet(bytes) {
        return tables(vec![table::parquet::read(bytes, source, columns, history.is_some())?], !columns.is_empty());
    }
    if bytes.trim_ascii().is_empty() {
        return Err(ReadError::NoBisection(content(bytes, bytes, columns)));
    }
    if let Some(known) = tools::recording(bytes) {
        return Err(ReadError::NoBisection(Content::Known(known)));
    }
    let source = source.holding(bytes);
    let decoded = form::decoded(&source)?.unwrap_or_else(|| source.clone());
    // A report may quote a log.
    if let Some((report, problems)) = junit::read(decoded.bytes(), &decoded, columns) {
        return Ok(Reading { bisections: Vec::new(), reports: vec![report], problems, tables: Vec::new() });
    }
    if let Some(report) = junit::read_other(decoded.bytes(), &decoded) {
        return Ok(Reading { bisections: Vec::new(), reports: vec![report], problems: Vec::new(), tables: Vec::new() });
    }
    let mut reading = whole(&decoded, columns, history);
    if matches!(reading, Ok(None)) {
        let undressed = form::undressed(&decoded);
        reading = undressed.as_ref().map_or(Ok(None), |undressed| whole(undressed, columns, history));
        let pieces = || undressed.iter().chain([&decoded]).find_map(piece);
        reading = reading.map(|reading| reading.or_else(pieces));
    }
    // A table of another tool asks nothing that a mapping could answer.
    let tool = |error| match (error, tools::known_table(decoded.bytes())) {
        (ReadError::Question(_) | ReadError::NoBisection(Content::Table(_)), Some(known)) => {
            ReadError::NoBisection(Content::Known(known))
        }
        (error, _) => error,
    };
    reading.map_err(tool)?.ok_or_else(|| ReadError::NoBisection(content(bytes, decoded.bytes(), columns)))
}

/// Asks for the memory that a large input will need: an error can be told, and a process that is out of memory tells nothing.
fn room(bytes: usize) -> Result<(), ReadError> {
    const LARGE: usize = 64 << 20;
    /// The text once more in another form, the places of its lines, and what is made of them.
    const TIMES: usize = 4;
    let wanted = if bytes > LARGE { bytes.saturating_mul(TIMES) } else { 0 };
    let mut memory = Vec::<u8>::new();
    let asked = memory.try_reserve_exact(wanted);
    // A compiler may leave out what nobody looks at.
    std::hint::black_box(&mut memory);
    asked.map_err(|_| ReadError::Memory(wanted >> 20))
}

/// Reads a text that has every line of a bisection, by the first format that finds one.
fn whole(source: &Source, columns: &Columns, history: Option<&History>) -> Result<Option<Reading>, ReadError> {
    let bytes = source.bytes();
    let syzkallers = || placed(source, syzkaller::read(bytes, source));
    let gits = || placed(source, git_bisect::read(bytes, source, columns, history));
    let others = || placed(source, tools::read(bytes, source));
    if let Some(reading) = syzkallers().or_else(gits).or_else(others) {
        return Ok(Some(reading));
    }
    if let Some(known) = tools::known(bytes) {
        return Err(ReadError::NoBisection(Content::Known(known)));
    }
    let read = table::read_beside(bytes, source, columns, history.is_some())?;
    if read.is_empty() {
        return Ok(None);
    }
    let Reading { bisections, problems, tables, .. } = tables(read, !columns.is_empty())?;
    Ok(placed(source, (bisections, problems)).map(|reading| Reading { tables, ..reading }))
}

/// What tables hold. `told`: what their columns mean.
///
/// # Errors
/// Where no row of them can be read: nobody may miss those that surely are of revisions.
fn tables(tables: Vec<Table>, told: bool) -> Result<Reading, ReadError> {
    let mut reading = Reading { bisections: Vec::new(), reports: Vec::new(), problems: Vec::new(), tables: Vec::new() };
    for Table { bisections, problems, resolution } in tables {
        reading.bisections.extend(bisections);
        reading.problems.extend(problems);
        reading.tables.push(resolution);
    }
    let sure = told || reading.tables.iter().any(Resolution::names_revisions);
    match reading.problems.first().map(|first| Question::Rows(first.line, first.flaw.clone())) {
        _ if !reading.bisections.is_empty() => Ok(reading),
        Some(rows) if sure => Err(ReadError::Question(rows)),
        rows => Err(ReadError::NoBisection(Content::Table(rows.unwrap_or(Question::NoRow)))),
    }
}

/// Reads a log whose beginning is missing.
fn piece(source: &Source) -> Option<Reading> {
    placed(source, syzkaller::read_piece(source.bytes(), source))
}

/// What was read with the numbers that the lines have in the file; `None` without a bisection and without a question.
fn placed(source: &Source, (mut bisections, mut problems): (Vec<Bisection>, Vec<Problem>)) -> Option<Reading> {
    let number = |line| source.number(line);
    for bisection in &mut bisections {
        bisection.renumber(number);
    }
    for problem in &mut problems {
        problem.line = number(problem.line);
    }
    let asked = problems.iter().any(|problem| problem.flaw.is_question());
    (asked || !bisections.is_empty()).then_some(Reading {
        bisections,
        reports: Vec::new(),
        problems,
        tables: Vec::new(),
    })
}

/// What an input is that holds no bisection. `decoded`: the same as text.
fn content(bytes: &[u8], decoded: &[u8], columns: &Columns) -> Content {
    let longest = longest_line(bytes);
    let has = |words: &str| memmem::find(bytes, words.as_bytes()).is_some();
    if let Some(name) = container::foreign(bytes) {
        Content::Foreign(name)
    } else if let Some(at) = memchr(0, bytes) {
        Content::Binary(at)
    } else if let Some(foreign) = junit::foreign(bytes) {
        Content::Xml(foreign)
    } else if longest > lex::MAX_LINE {
        Content::LongLine(longest)
    } else if let Some(known) = tools::known_table(bytes) {
        Content::Known(known)
    } else if has(" left to test after this (roughly ")
        || has(" is the first bad commit")
        || has("'skip'ped commits left")
    {
        Content::Transcript
    } else if memmem::find(bytes, b"git bisect start").is_some() {
        Content::GitBisectLog
    } else if has("run #0: crashed: ") || has("run #0: OK") {
        Content::Runs
    } else if memmem::find(bytes, b"bisection log:").is_some() {
        Content::ResultMail
    } else if let Some(question) = table::lacking(decoded, columns) {
        Content::Table(question)
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
