//! What a table was taken for, in words: the resolution of its columns, and the questions that it leaves open.

use std::fmt::{self, Write as _};

use crate::evidence::{Arranged, Line};
use crate::ingest::problem::{Flaw, times};

use super::Meaning;
use super::name::Sense;
use super::profile::Unsure;
use super::sheet::{Shape, Sheet, is_surely_revision};

/// A column and what it was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name; its number where there is no header.
    pub name: String,
    /// What it means; `None` where it is not used.
    pub meaning: Option<Meaning>,
}

/// What follows from the names and cells of columns, rather than standing in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Derived {
    /// The first row is one of data.
    NoHeader,
    /// A column's cells tell what it is, not its name.
    ByCells(String, Meaning),
    /// The count that is missing is the difference: what the known one counts, the total, and the known one.
    Difference(Sense, String, String),
    /// The other count is the difference to a number of runs in the name: what is counted, the number, and the column.
    OfEach(Sense, u32, String),
    /// Runs that this column counts say nothing.
    Void(String),
    /// What a total has beyond passes and crashes says nothing.
    Rest(String),
    /// What a total has beyond the counted rows ended the other way.
    Left(String, String),
    /// Cells like 3/20: so many of this sense.
    Of(Sense, String),
    /// A share of a total, perhaps in per cent.
    Share(Sense, String, String, bool),
    /// Yes means this.
    Yes(Sense, String),
    /// So many runs ended as the row says.
    Times(String),
    /// A flaky revision with no count is one run of each kind.
    Flaky(usize),
    /// Each value is a bisection, and how many there are.
    Split(String, usize),
    /// Its values are all runs of one revision.
    Pooled(String),
    /// Old to new by this column.
    OrderedBy(String),
    /// Of the two sides of Intel's comparison.
    LeftIsOlder,
    /// Numbers in this column fall from row to row.
    NewestFirst(String),
    /// Some revisions have no place in the column that orders.
    NoPlace(usize),
    /// So many revisions without a place in this column stand between others as their rows do.
    Between(usize, String),
    /// Old to new by the numbers in the names.
    ByNames,
    /// Rows of sums.
    Sums(Vec<Line>),
    /// Words that say nothing of the bug, and how many rows have them.
    Silent(Vec<(String, usize)>),
    /// Several columns that are a run each.
    Each(usize, String, String),
    /// Rows that stand there twice, of a run that has a number.
    Copies(Vec<Line>),
    /// Hashes of several lengths are one commit.
    Abbreviated(usize),
    /// The header stands again in these lines, below other revisions.
    Again(Vec<Line>),
}

/// How many lines or words a sentence names.
const MOST_NAMED: usize = 6;

const fn verb(sense: Sense) -> (&'static str, &'static str) {
    match sense {
        Sense::Passes => ("passes", "crashes"),
        Sense::Crashes => ("crashes", "passes"),
    }
}

impl fmt::Display for Derived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHeader => f.write_str("no header: columns are numbered"),
            Self::ByCells(column, meaning) => write!(f, "`{column}` is the {} by its cells", meaning.name()),
            Self::Difference(sense, total, part) => write!(f, "{} = `{total}` - `{part}`", verb(*sense).1),
            Self::OfEach(sense, total, part) => write!(f, "{} = {total} - `{part}`", verb(*sense).1),
            Self::Void(column) => write!(f, "runs in `{column}` are taken to say nothing of the bug"),
            Self::Rest(total) => write!(f, "what `{total}` has beyond passes and crashes says nothing"),
            Self::Left(total, count) => write!(f, "`{total}` - `{count}` runs ended the other way"),
            Self::Of(sense, column) => write!(f, "`{column}` is {} of runs", verb(*sense).0),
            Self::Share(sense, rate, total, percent) => {
                let unit = if *percent { " in per cent" } else { "" };
                write!(f, "{} = `{rate}`{unit} of `{total}`, rounded to whole runs", verb(*sense).0)
            }
            Self::Yes(Sense::Passes, column) => write!(f, "yes or 1 in `{column}` is a run that passes"),
            Self::Yes(Sense::Crashes, column) => write!(f, "yes or 1 in `{column}` is a run that crashes"),
            Self::Times(column) => write!(f, "`{column}` is how many runs ended so"),
            Self::Flaky(rows) => write!(f, "flaky is one crash and one pass ({})", times(*rows, "row")),
            Self::Split(column, values) => write!(f, "split by `{column}` ({})", times(*values, "value")),
            Self::Pooled(column) => write!(f, "runs of all `{column}` together"),
            Self::OrderedBy(column) => write!(f, "old to new by `{column}`"),
            Self::NewestFirst(column) => write!(f, "the rows begin with the newest by `{column}`"),
            Self::LeftIsOlder => f.write_str("the commit on the left is the older one"),
            Self::NoPlace(revisions) => {
                let verb = if *revisions == 1 { "has" } else { "have" };
                write!(f, "{} {verb} no place, so the rows are taken as old to new", times(*revisions, "revision"))
            }
            Self::Between(1, column) => write!(f, "1 revision without a place in `{column}` stands as its row does"),
            Self::Between(revisions, column) => {
                write!(f, "{revisions} revisions without a place in `{column}` stand as their rows do")
            }
            Self::ByNames => f.write_str("old to new by the numbers in their names"),
            Self::Sums(lines) => match lines.as_slice() {
                [line] => write!(f, "line {line} holds sums and is left out"),
                lines => write!(f, "lines {} hold sums and are left out", listed(lines)),
            },
            Self::Silent(words) => {
                let rows: usize = words.iter().map(|(_, rows)| rows).sum();
                let named: Vec<String> =
                    words.iter().take(MOST_NAMED).map(|(word, _)| format!("`{}`", word.trim_matches('"'))).collect();
                let verb = if words.len() == 1 { "is" } else { "are" };
                write!(f, "{} {verb} taken to say nothing of the bug ({})", named.join(", "), times(rows, "row"))
            }
            Self::Each(columns, first, last) => write!(f, "a run in each of {columns} columns, `{first}` to `{last}`"),
            Self::Copies(lines) => match lines.as_slice() {
                [line] => write!(f, "line {line} repeats an earlier one, run and all, and is left out"),
                lines => write!(f, "lines {} repeat earlier ones, run and all, and are left out", listed(lines)),
            },
            Self::Abbreviated(1) => f.write_str("1 abbreviated hash is that of a longer one"),
            Self::Abbreviated(names) => write!(f, "{names} abbreviated hashes are those of longer ones"),
            Self::Again(lines) => match lines.as_slice() {
                [line] => write!(f, "line {line} is the header again: what follows is part of the table"),
                lines => write!(f, "lines {} are the header again: what follows is part of the table", listed(lines)),
            },
        }
    }
}

/// The first of some lines.
fn listed(lines: &[Line]) -> String {
    lines.iter().take(MOST_NAMED).map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What a table was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// What it looks like.
    pub shape: Shape,
    /// Its columns.
    pub columns: Vec<Column>,
    /// What follows.
    pub derived: Vec<Derived>,
    /// How many rows it has below the header.
    pub rows: usize,
    /// How it is known which revision is older, where that is known least.
    pub arranged: Arranged,
    /// Whether runs stop to fail, as they would if the rows stood newest first, and nothing says that they do not.
    pub stops: bool,
}

impl Resolution {
    pub(super) const fn new(sheet: &Sheet, columns: Vec<Column>, derived: Vec<Derived>) -> Self {
        Self { shape: sheet.shape, columns, derived, rows: sheet.rows.len(), arranged: Arranged::Told, stops: false }
    }

    /// Whether it surely is of revisions, by the name of their column.
    pub(in crate::ingest) fn names_revisions(&self) -> bool {
        let of_commits = |column: &&Column| column.meaning == Some(Meaning::Commit);
        self.columns.iter().filter(of_commits).any(|column| is_surely_revision(&column.name))
    }

    /// What was inferred and what is not used, in one line; `None` where the names say all.
    #[must_use]
    pub fn inferred(&self) -> Option<String> {
        let mut said: Vec<String> = self.derived.iter().map(ToString::to_string).collect();
        let unused: Vec<_> = self.unused().map(|name| format!("`{name}`")).collect();
        if !unused.is_empty() {
            said.push(format!("not used: {}", unused.join(", ")));
        }
        (!said.is_empty()).then(|| said.join("; "))
    }

    fn unused(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(|column| column.meaning.is_none()).map(|column| column.name.as_str())
    }
}

/// One line a column, then what follows.
impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, {}", self.shape, times(self.rows, "row"))?;
        let wide = self.columns.iter().map(|column| column.name.chars().count()).max().unwrap_or_default().max(6);
        for Column { name, meaning } in &self.columns {
            writeln!(f, "  {name:wide$}  {}", meaning.map_or("not used", Meaning::about))?;
        }
        for derived in &self.derived {
            writeln!(f, "  {derived}")?;
        }
        let order = match self.arranged {
            Arranged::Told => return Ok(()),
            Arranged::Named => "the names of the revisions count from old to new",
            Arranged::Dated => "old to new by when they ran, which need not be the order of history",
            Arranged::Unknown => "nothing tells which revision is older: the rows are taken as old to new",
        };
        writeln!(f, "  {order}")
    }
}

impl Meaning {
    /// What a column of this meaning holds, in a few words.
    const fn about(self) -> &'static str {
        match self {
            Self::Bisection => "bisection (each value is one)",
            Self::Commit => "commit (the revision)",
            Self::Outcome => "outcome (a word for how a run ended)",
            Self::Passed => "passed (yes is a run that passes)",
            Self::Crashed => "crashed (yes is a run that crashes)",
            Self::Exit => "exit_code (0 passes, 125 says nothing, others crash)",
            Self::Title => "title (of the crash)",
            Self::Count => "count (how many runs ended so)",
            Self::Total => "total (how many runs there were)",
            Self::Passes => "passes (how many runs passed)",
            Self::Crashes => "crashes (how many runs crashed)",
            Self::Skips => "skips (how many runs say nothing)",
            Self::PassRate => "pass_rate (the share of runs that passed)",
            Self::CrashRate => "crash_rate (the share of runs that crashed)",
            Self::Order => "order (the larger or later, the newer)",
            Self::Position => "commit_position (commits from the first one on)",
            Self::Seconds => "seconds (how long it took)",
            Self::Kind => "kind (cause or fix)",
            Self::Reported => "reported_title",
            Self::Test => "test (each value is a bisection)",
            Self::Shard => "shard (all its runs are runs of the revision)",
        }
    }
}

/// What a table does not tell, with the option that answers it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Question {
    /// No revision.
    #[error("found a table with the columns {}, and none that names a revision; say --map commit=COLUMN", list(.0))]
    NoCommit(Vec<String>),
    /// No outcome.
    #[error(
        "found a table with the columns {}, and none that tells how runs ended; say --map outcome=COLUMN (words), \
         passed=COLUMN or crashed=COLUMN (yes and no), or passes=COLUMN,total=COLUMN (numbers of runs)", list(.0)
    )]
    NoEnd(Vec<String>),
    /// No row that can be read.
    #[error("found a table, but no row with a revision and how its run ended")]
    NoRow,
    /// Rows that are none, with the first of them.
    #[error("found a table, but no row that can be read; the first is line {0}: {1}{advice}", advice = instead(.1))]
    Rows(Line, Flaw),
    /// A text column that nobody knows, with its values.
    #[error(
        "the column {0:?} has {1} values, several of them at one revision: say --map test={name} if these are several tests, \
         or --map shard={name} if all are runs of one", name = quoted(.0)
    )]
    Crosses(String, usize),
    /// Dates of which nobody knows whether the day or the month comes first.
    #[error(
        "the dates in the column {0:?} have another order if the month comes first, or the year; write them as 2026-05-04, or name another \
         column: --map order=COLUMN"
    )]
    DayOrMonth(String),
    /// A name told that no column has.
    #[error("found no column {0:?}, which --map names; the columns are {names}", names = list(.1))]
    NoColumn(String, Vec<String>),
    /// Two columns of one name.
    #[error("found two columns {0:?}, expected one; rename the one that does not matter")]
    Twice(String),
    /// Two columns that could mean the same and differ.
    #[error("found the columns {0:?} and {1:?}, which differ; say which one counts: --map {2}={name}", name = quoted(.0))]
    Which(String, String, &'static str),
    /// Cells whose sense is open.
    #[error("{}", sense(.0, *.1))]
    Sense(String, Unsure),
    /// A count, or a share, without a total.
    #[error(
        "found {what} in the column {0:?}, and nothing tells of how many runs; add a column with their number, or say \
         --map total=COLUMN",
        what = counted(*.2)
    )]
    NoTotal(String, Sense, bool),
    /// Numbers of runs that are no whole numbers, or may be others.
    #[error("found {1:?} in the column {0:?}, expected whole numbers of runs{point}", point = point(.1))]
    NotWhole(String, String),
    /// Zeros and ones beside a total.
    #[error("{}", one_of(.0, .1))]
    OneOf(String, String),
    /// A word beside a number of runs.
    #[error(
        "found failures in the column {0:?} beside several runs in {1:?}: did all of these fail, or one at least? say \
         --map count={name} if all did, else add a column `crashes` with their number",
        name = quoted(.1)
    )]
    Times(String, String),
    /// A column that would split the table into single revisions.
    #[error(
        "the column {0:?} has another value for each revision: say --map shard={name} if these are runs of one test, or \
         --map test={name} if they are several",
        name = quoted(.0)
    )]
    Key(String),
    /// A share behind a word, with the cell.
    #[error(
        "found {1:?} in the column {0:?}, which does not tell which runs the first number counts: say --map passes={name} if \
         those that passed, --map crashes={name} if those that failed, or --map outcome={name} if those that the word names",
        name = quoted(.0)
    )]
    Led(String, String),
    /// Columns that count runs of several kinds: what to say of the first, and of what goes with it.
    #[error(
        "found several columns that count runs, {names}; say which ones count: --map {1}={first}{other}",
        names = list(.0), first = quoted(.2), other = beside(.3.as_ref())
    )]
    Several(Vec<String>, &'static str, String, Option<(&'static str, String)>),
    /// A column of retries beside how the last run ended.
    #[error(
        "found retries in the column {0:?}, each of which is a run that failed before the one in its row: write passes and \
         crashes, or say --map shard={name} to count the rows alone",
        name = quoted(.0)
    )]
    Retries(String),
    /// A number of attempts beside a run that passed.
    #[error(
        "found a run that passed beside several attempts in {0:?}: did all of them pass, or the last one? say --map count={name} \
         if all did, or --map shard={name} to count the last one alone",
        name = quoted(.0)
    )]
    Attempts(String),
    /// A share that may be one in per cent: the column, the cell, and what answers.
    #[error(
        "found {1:?} in the column {0:?}, which may be {1} % of the runs or a share from 0 to 1: say --map {2}={name} if 1 is \
         all runs, or write {1} %",
        name = quoted(.0)
    )]
    Percent(String, String, &'static str),
    /// A column of dates of which this cell cannot be read.
    #[error(
        "found {1:?} in the column {0:?}, which is read as no date: write dates as 2026-05-04, name another column \
         with --map order=COLUMN, or say --map shard={name} if the rows stand from old to new",
        name = quoted(.0)
    )]
    NoDate(String, String),
    /// A revision without a place: the column, the line and the revision.
    #[error(
        "line {1}: the revision {2:?} has no place in the column {0:?}; write it there, or name another column with \
         --map order=COLUMN"
    )]
    Unplaced(String, Line, String),
    /// A column that would split the table, and is empty in some rows.
    #[error(
        "the column {0:?} is empty in some rows: say --map shard={name} if all rows are runs of one test, or --map test={name} \
         if those without it are a test of their own",
        name = quoted(.0)
    )]
    Gaps(String),
    /// The header stands again in this line, and revisions stand above and below it.
    #[error(
        "line {0} is the header again, and the same revisions stand above and below it: write a name above each table if these \
         are two tests, or put all rows below one header if they are one"
    )]
    Again(Line),
    /// No order in the column that was told.
    #[error("found neither numbers nor times in the column {0:?}, expected one of them to order the revisions")]
    NoOrder(String),
    /// A Parquet file, or one column, of another kind.
    #[error("{0}")]
    Other(String),
}

impl Question {
    /// Whether it is of a table of outcomes; else the text may be anything.
    pub(super) const fn is_of_a_table(&self) -> bool {
        !matches!(self, Self::NoCommit(_) | Self::NoEnd(_) | Self::NoRow)
    }
}

/// What is mapped beside something else.
fn beside(other: Option<&(&'static str, String)>) -> String {
    other.map_or_else(String::new, |(meaning, column)| format!(",{meaning}={}", quoted(column)))
}

/// What is wrong with a point in a number of runs.
fn point(cell: &str) -> &'static str {
    let pointed = cell.contains('.') && cell.starts_with(|c: char| c.is_ascii_digit());
    if pointed { " without a point between digits (1.000 may be 1 or 1000)" } else { "" }
}

/// What answers to a cell that cannot be read.
const fn instead(flaw: &Flaw) -> &'static str {
    match flaw {
        Flaw::Outcome(_) => "; write one of these, or name the column that has them: --map outcome=COLUMN",
        Flaw::Name(_) => "; write short names, or name the column that has them: --map commit=COLUMN",
        _ => "",
    }
}

/// The first of some columns.
fn list(names: &[String]) -> String {
    const MOST: usize = 12;
    let mut text = String::new();
    for (at, name) in names.iter().take(MOST).enumerate() {
        let _ = write!(text, "{}{name:?}", if at > 0 { ", " } else { "" });
    }
    if names.len() > MOST {
        let _ = write!(text, " and {} more", names.len() - MOST);
    }
    text
}

/// A column's name as the option takes it.
fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

const fn counted(shares: bool) -> &'static str {
    if shares { "shares" } else { "numbers of runs" }
}

fn one_of(part: &str, total: &str) -> String {
    let (count, flag) = match super::name::Name::of(part).sense() {
        Some(Sense::Passes) => ("passes", "passed"),
        _ => ("crashes", "crashed"),
    };
    let column = quoted(part);
    format!(
        "found 0 and 1 in the column {part:?} beside several runs in {total:?}: numbers of runs, or no and yes for all of \
         them? say --map {count}={column}, or --map {flag}={column}"
    )
}

fn sense(name: &str, unsure: Unsure) -> String {
    let column = quoted(name);
    let (found, ways) = match unsure {
        Unsure::Truth => {
            ("yes and no", format!("--map crashed={column} if yes is a crash, --map passed={column} if it is a pass"))
        }
        Unsure::Shares => (
            "shares",
            format!(
                "--map pass_rate={column},total=COLUMN if they are passes, --map crash_rate={column},total=COLUMN if they are \
                 crashes, with the column that has the number of runs"
            ),
        ),
        Unsure::Bits => (
            "only 0 or 1",
            format!(
                "--map exit_code={column} if these are exit codes, --map crashed={column} if 1 is a crash, --map \
                 passed={column} if it is a pass"
            ),
        ),
        Unsure::Numbers => (
            "numbers",
            format!(
                "--map exit_code={column} if these are exit codes, --map crashes={column} or --map passes={column} if they \
                 count runs"
            ),
        ),
        Unsure::Ratio => {
            ("shares of runs", format!("--map crashes={column} if they count crashes, --map passes={column} if passes"))
        }
        Unsure::Attempt => (
            "words that can be said of the bug and of the attempt to reproduce it",
            format!("--map outcome={column} if `failed` is a crash, else write yes and no"),
        ),
    };
    format!("found {found} in the column {name:?}, whose name does not tell what they mean; say {ways}")
}
