//! Tables of outcomes: text with commas, tabs, semicolons, bars or spaces between cells, JSON objects, or Parquet. One row is
//! one run, or the counts of a revision.
//!
//! What a table looks like is told by `sheet`, what its columns mean by `resolve`: by usual names, by what stands below
//! them, or as told ([`Columns`]). What cannot be told is a [`Question`], and what was is a [`Resolution`], to be printed.
//! This is how outcomes come in that no bisection has recorded.

mod cell;
mod explain;
mod how;
mod json;
mod lkp;
mod moment;
mod name;
pub(super) mod parquet;
mod profile;
mod resolve;
mod rows;
mod sheet;
mod version;

pub use explain::{Column, Derived, Question, Resolution};
pub use name::Sense;
pub use parquet::ParquetError;
pub use profile::Unsure;
pub use sheet::Shape;

pub(super) use rows::ranks;

use std::collections::{HashMap, HashSet};

use crate::evidence::{Bisection, Source, Text};

use super::problem::Problem;

use resolve::Resolver;
use sheet::Sheet;

/// What a column says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Meaning {
    /// Which bisection: a table may hold several.
    Bisection,
    /// The revision: a hash, or any short name.
    Commit,
    /// How a run ended, in a word.
    Outcome,
    /// Whether it passed: yes or no.
    Passed,
    /// Whether it crashed: yes or no.
    Crashed,
    /// How a run ended, as an exit code.
    Exit,
    /// The crash's title.
    Title,
    /// How many runs ended so.
    Count,
    /// How many runs there were.
    Total,
    /// Runs without a crash.
    Passes,
    /// Runs with a crash.
    Crashes,
    /// Runs that say nothing.
    Skips,
    /// The share of runs without a crash.
    PassRate,
    /// The share of runs with a crash.
    CrashRate,
    /// Where the revision stands: a number or a time, the larger the newer.
    Order,
    /// The same, counted in commits.
    Position,
    /// How long the runs of the row took, in seconds.
    Seconds,
    /// What is looked for: `cause` or `fix`.
    Kind,
    /// The title under which the bug was reported.
    Reported,
    /// What splits the table: each test, platform and so on is a bisection.
    Test,
    /// What does not: runs of a revision in several shards or attempts are runs of that revision.
    Shard,
}

impl Meaning {
    /// All of them with the names of columns that usually mean it; the first is the name for `--map`.
    pub const ALL: [(Self, &'static [&'static str]); 21] = [
        (Self::Bisection, &["bisection", "bug", "group", "bug_id", "issue"]),
        (
            Self::Commit,
            &[
                "commit",
                "sha",
                "hash",
                "revision",
                "rev",
                "commit_sha",
                "commit_id",
                "commit_hash",
                "git_hash",
                "head_sha",
                "changeset",
                "nightly",
                "version",
                "build",
                "release",
                "tag",
                "kernel",
                "snapshot",
            ],
        ),
        (
            Self::Outcome,
            &["outcome", "conclusion", "result", "status", "verdict", "state", "test_result", "test_status", "res"],
        ),
        (Self::Passed, &["passed", "ok", "success", "succeeded", "works"]),
        (Self::Crashed, &["crashed", "failed", "reproduced", "has_bug", "hang", "broken"]),
        (Self::Exit, &["exit_code", "exit", "exit_status", "returncode", "rc", "code"]),
        (
            Self::Title,
            &["title", "crash", "message", "error", "failure", "failure_message", "exception", "crash_title"],
        ),
        (Self::Count, &["count", "times"]),
        (
            Self::Total,
            &[
                "total",
                "runs",
                "n",
                "attempts",
                "iterations",
                "trials",
                "executions",
                "total_runs",
                "num_runs",
                "samples",
                "repetitions",
                "of",
                "out_of",
            ],
        ),
        (Self::Passes, &["passes", "pass", "successes", "good"]),
        (Self::Crashes, &["crashes", "failures", "fails", "fail", "bad", "errors"]),
        (
            Self::Skips,
            &["skips", "skipped", "skip", "voids", "void", "ignored", "cancelled", "aborted", "inconclusive"],
        ),
        (Self::PassRate, &["pass_rate", "success_rate"]),
        (
            Self::CrashRate,
            &["crash_rate", "fail_rate", "failure_rate", "reproduction_rate", "repro_rate", "flake_rate"],
        ),
        (
            Self::Order,
            &[
                "order",
                "position",
                "pos",
                "date",
                "time",
                "timestamp",
                "datetime",
                "created_at",
                "started_at",
                "committed_at",
                "commit_date",
                "index",
                "seq",
                "sequence",
                "number",
            ],
        ),
        (Self::Position, &["commit_position", "commit_count", "commit_number", "cr_commit_position"]),
        (Self::Seconds, &["seconds", "duration", "elapsed", "runtime", "duration_seconds"]),
        (Self::Kind, &["kind"]),
        (Self::Reported, &["reported_title"]),
        (
            Self::Test,
            &[
                "test",
                "test_name",
                "testname",
                "test_id",
                "testcase",
                "test_case",
                "case",
                "suite",
                "test_suite",
                "testsuite",
                "job",
                "job_name",
                "workflow",
                "workflow_name",
                "platform",
                "arch",
                "architecture",
                "os",
                "config",
                "configuration",
                "variant",
                "branch",
                "head_branch",
                "python",
                "python_version",
                "compiler",
                "package",
                "module",
                "project",
                "target",
                "benchmark",
                "nodeid",
                "node_id",
                "classname",
                "class",
                "file",
                "device",
                "board",
                "browser",
                "env",
                "environment",
                "kconfig",
                "defconfig",
                "toolchain",
                "distro",
                "scenario",
                "name",
            ],
        ),
        (
            Self::Shard,
            &[
                "shard",
                "attempt",
                "run",
                "run_id",
                "run_number",
                "run_attempt",
                "retry",
                "try",
                "worker",
                "seed",
                "machine",
                "host",
                "node",
                "runner",
                "repetition",
                "iteration",
                "flight",
                "build_number",
                "build_id",
                "pipeline_id",
                "lab",
            ],
        ),
    ];

    /// The meaning of this name for `--map`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, names)| names[0] == name).map(|(meaning, _)| meaning)
    }

    /// The name for `--map`.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(meaning, _)| *meaning == self).map_or("", |(_, names)| names[0])
    }

    /// Whether it tells how runs ended.
    const fn is_end(self) -> bool {
        matches!(
            self,
            Self::Outcome
                | Self::Passed
                | Self::Crashed
                | Self::Exit
                | Self::Passes
                | Self::Crashes
                | Self::PassRate
                | Self::CrashRate
        )
    }
}

/// Names of columns that were told.
pub type Columns = HashMap<Meaning, String>;

/// What one table holds.
#[derive(Debug)]
pub struct Table {
    /// The bisections, in the order of their first rows.
    pub bisections: Vec<Bisection>,
    /// Rows that could not be read.
    pub problems: Vec<Problem>,
    /// What its columns were taken for.
    pub resolution: Resolution,
}

/// Reads the tables of a text; none where it has none.
///
/// # Errors
/// [`Question`] where a table does not tell what its columns mean.
pub fn read(bytes: &[u8], source: &Source, told: &Columns) -> Result<Vec<Table>, Question> {
    read_beside(bytes, source, told, false)
}

/// The same. `ordered`: a repository tells which revision is older.
pub(super) fn read_beside(
    bytes: &[u8],
    source: &Source,
    told: &Columns,
    ordered: bool,
) -> Result<Vec<Table>, Question> {
    let Some(text) = text(bytes) else { return Ok(Vec::new()) };
    let (mut tables, mut asked) = (Vec::new(), None);
    for mut sheet in sheets(text, told) {
        let heading = sheet.heading.take();
        match of_sheet(sheet, &source.holding(bytes), told, ordered) {
            Ok(table) => tables.push((heading, table)),
            Err((question, true)) => asked = asked.or(Some(question)),
            Err((_, false)) => {}
        }
    }
    match asked.filter(Question::is_of_a_table) {
        Some(question) => Err(question),
        None => Ok(named(tables, source)),
    }
}

/// Tables of one text are told apart by the words above them.
fn named(tables: Vec<(Option<String>, Table)>, source: &Source) -> Vec<Table> {
    let (several, mut known) = (tables.len() > 1, HashSet::new());
    let named = tables.into_iter().map(|(heading, mut table)| {
        let first = table.bisections.first().map(|bisection| bisection.line);
        let (Some(line), true) = (first, several) else { return table };
        let mut name = heading.unwrap_or_else(|| format!("line {line}"));
        if !known.insert(name.clone()) {
            name = format!("{name}, line {line}");
        }
        let name = Text::new(&name);
        for bisection in &mut table.bisections {
            let own = bisection.id.strip_prefix(&source.path).and_then(|own| own.strip_prefix('#'));
            let own = own.map(|own| format!(" / {own}")).unwrap_or_default();
            bisection.id = format!("{}#{name}{own}", source.path);
            bisection.test.insert(0, name.clone());
        }
        table
    });
    named.collect()
}

/// What a text that is read as nothing else lacks as a table.
pub(super) fn lacking(bytes: &[u8], told: &Columns) -> Option<Question> {
    let text = text(bytes)?;
    let asked = sheets(text, told).into_iter().find_map(|sheet| match sheet.rows.as_slice() {
        [] => Some(no_row(&sheet)),
        _ => Resolver::new(&sheet, told, false).resolve().err(),
    });
    asked.or_else(|| sheet::foreign_columns(text).map(Question::NoCommit))
}

fn text(bytes: &[u8]) -> Option<&str> {
    Some(std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}'))
}

fn sheets(text: &str, told: &Columns) -> Vec<Sheet> {
    if text.trim_start().starts_with(['{', '[']) {
        return json::sheet(text).into_iter().collect();
    }
    match lkp::sheet(text) {
        Some(sheet) => vec![sheet],
        None => sheet::of_text(text, told),
    }
}

fn no_row(sheet: &Sheet) -> Question {
    let first = sheet.problems.first();
    first.map_or(Question::NoRow, |first| Question::Rows(first.line, first.flaw.clone()))
}

/// A table, or what it leaves open, and whether it is one of outcomes at all.
fn of_sheet(sheet: Sheet, source: &Source, told: &Columns, ordered: bool) -> Result<Table, (Question, bool)> {
    if sheet.rows.is_empty() {
        let names: Vec<&str> = sheet.header.iter().map(String::as_str).collect();
        return Err((no_row(&sheet), !sheet.problems.is_empty() && sheet::is_header(&names, told)));
    }
    match Resolver::new(&sheet, told, ordered).resolve() {
        Ok((layout, mut resolution)) => {
            if sheet.shape == Shape::Lkp {
                // Its columns are not those of the text.
                resolution.derived = vec![Derived::LeftIsOlder];
            }
            Ok(rows::table(sheet, &layout, resolution, source))
        }
        Err(question) => Err((question, !told.is_empty() || sheet.names_revisions())),
    }
}
