//! Tables of outcomes: CSV, tab-separated text, one JSON object a line, or Parquet. One row is one run, or the counts of a revision.
//!
//! Columns are found by usual names, or told ([`Columns`]). Revisions stand from old to new: by the column `order`, else by
//! their first row. This is how outcomes come in that no bisection has recorded.

pub(super) mod parquet;

pub use parquet::ParquetError;

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use crate::evidence::{Bisection, CommitId, Format, Kind, Line, Outcome, Source, Title, Totals, VoidKind};

use super::lex::MAX_LINE;
use super::problem::{Flaw, Problem, excerpt};
use super::revisions::{self, Revision};

/// What a column says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Meaning {
    /// Which bisection: a table may hold several.
    Bisection,
    /// The revision: a hash, or any short name.
    Commit,
    /// How a run ended.
    Outcome,
    /// The crash's title.
    Title,
    /// How many runs ended so.
    Count,
    /// Runs without a crash.
    Passes,
    /// Runs with a crash.
    Crashes,
    /// Runs that say nothing.
    Skips,
    /// Where the revision stands: a number, the larger the newer.
    Order,
    /// How long the runs of the row took, in seconds.
    Seconds,
    /// What is looked for: `cause` or `fix`.
    Kind,
    /// The title under which the bug was reported.
    Reported,
}

impl Meaning {
    /// All of them with the names of columns that usually mean it; the first is the name for `--map`.
    pub const ALL: [(Self, &'static [&'static str]); 12] = [
        (Self::Bisection, &["bisection", "bug", "group"]),
        (Self::Commit, &["commit", "sha", "hash", "revision", "rev", "commit_sha", "commit_id", "version", "build"]),
        (
            Self::Outcome,
            &["outcome", "result", "status", "verdict", "exit_code", "exit", "code", "passed", "failed", "crashed"],
        ),
        (Self::Title, &["title", "crash", "message", "error"]),
        (Self::Count, &["count", "runs", "times", "n"]),
        (Self::Passes, &["passes", "pass", "successes", "ok", "good"]),
        (Self::Crashes, &["crashes", "failures", "fails", "fail", "bad", "errors"]),
        (Self::Skips, &["skips", "skipped", "voids", "void"]),
        (Self::Order, &["order", "index", "position", "seq", "number"]),
        (Self::Seconds, &["seconds", "duration", "time", "elapsed", "runtime"]),
        (Self::Kind, &["kind"]),
        (Self::Reported, &["reported_title"]),
    ];

    /// The meaning of this name for `--map`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, names)| names[0] == name).map(|(meaning, _)| meaning)
    }
}

/// Names of columns that were told.
pub type Columns = HashMap<Meaning, String>;

/// Which column means what, by place.
type Places = HashMap<Meaning, usize>;

/// Reads the bisections of a table; `None` when the text is none.
#[must_use]
pub fn read(bytes: &[u8], source: &Source, told: &Columns) -> Option<(Vec<Bisection>, Vec<Problem>)> {
    let text = std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}');
    let mut table = Table::default();
    if text.trim_start().starts_with('{') {
        table.objects(text, told)?;
    } else {
        table.records(text, told)?;
    }
    Some(table.done(&source.holding(bytes)))
}

/// Which columns of a header mean something; `None` unless they tell a revision and how its runs ended.
fn places(header: &[String], told: &Columns) -> Option<Places> {
    let at = |name: &str| header.iter().position(|column| column.trim().eq_ignore_ascii_case(name));
    let mut places = Places::new();
    for (meaning, names) in Meaning::ALL {
        let place = match told.get(&meaning) {
            Some(name) => at(name),
            None => names.iter().find_map(|name| at(name).filter(|place| !places.values().any(|p| p == place))),
        };
        places.extend(place.map(|place| (meaning, place)));
    }
    let ends = [Meaning::Outcome, Meaning::Passes, Meaning::Crashes];
    (places.contains_key(&Meaning::Commit) && ends.iter().any(|end| places.contains_key(end))).then_some(places)
}

#[derive(Default)]
struct Table {
    groups: Vec<Group>,
    problems: Vec<Problem>,
}

/// The rows of one bisection.
struct Group {
    name: String,
    line: Line,
    revisions: Vec<Revision>,
    places: HashMap<CommitId, usize>,
    rows: u32,
    runs: u32,
    /// Of all rows, where they say so.
    seconds: f64,
    /// What the rows themselves say is looked for.
    kind: Option<Kind>,
    reported: Option<Title>,
}

/// One row, by its columns.
struct Row<'a> {
    line: Line,
    header: &'a [String],
    places: &'a Places,
    cells: &'a [String],
}

impl Row<'_> {
    fn cell(&self, meaning: Meaning) -> Option<&str> {
        let text = self.cells.get(*self.places.get(&meaning)?)?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn number(&self, meaning: Meaning) -> Result<Option<u32>, Flaw> {
        let read = |text: &str| text.parse().map_err(|_| Flaw::number(text, "a number of runs"));
        self.cell(meaning).map(read).transpose()
    }

    /// The runs of the row: counts, or one outcome so many times.
    fn outcomes(&self) -> Result<Vec<(Outcome, u32)>, Flaw> {
        let title = self.cell(Meaning::Title).and_then(Title::new);
        let counted = [Meaning::Passes, Meaning::Crashes, Meaning::Skips];
        if counted.iter().take(2).any(|meaning| self.places.contains_key(meaning)) {
            let [passes, crashes, skips] = counted.map(|meaning| self.number(meaning));
            let void = Outcome::Void(VoidKind::Failed, "skipped".into());
            return Ok(vec![
                (Outcome::Crash(title), crashes?.unwrap_or(0)),
                (Outcome::Pass, passes?.unwrap_or(0)),
                (void, skips?.unwrap_or(0)),
            ]);
        }
        let text = self.cell(Meaning::Outcome).unwrap_or_default();
        let column = self.places.get(&Meaning::Outcome).map_or("", |place| self.header[*place].as_str());
        let outcome = outcome(column, text, title.as_ref()).ok_or_else(|| Flaw::Outcome(excerpt(text)))?;
        Ok(vec![(outcome, self.number(Meaning::Count)?.unwrap_or(1))])
    }
}

/// What a cell says: a word, a truth value, or an exit code (0 passes, 125 says nothing). Under a column named for crashes,
/// `true` and `1` are one.
fn outcome(column: &str, text: &str, title: Option<&Title>) -> Option<Outcome> {
    const PASSES: [&str; 9] = ["pass", "passed", "ok", "good", "success", "successful", "green", "works", "p"];
    const CRASHES: [&str; 9] = ["fail", "failed", "failure", "crash", "crashed", "bad", "broken", "red", "f"];
    const SKIPS: [&str; 9] =
        ["skip", "skipped", "void", "error", "aborted", "cancelled", "canceled", "ignored", "untested"];
    let word = text.to_ascii_lowercase();
    let of_crashes = ["failed", "crashed", "fail", "crash"].iter().any(|name| column.trim().eq_ignore_ascii_case(name));
    let of_passes = column.trim().eq_ignore_ascii_case("passed");
    let when = |crash: bool| if crash { Outcome::Crash(title.cloned()) } else { Outcome::Pass };
    let is = |words: &[&str]| words.contains(&word.as_str());
    match word.as_str() {
        _ if is(&PASSES) => Some(Outcome::Pass),
        _ if is(&CRASHES) => Some(when(true)),
        _ if is(&SKIPS) => Some(Outcome::Void(VoidKind::Failed, text.into())),
        "true" | "yes" => Some(when(of_crashes)),
        "false" | "no" => Some(when(!of_crashes)),
        "125" => Some(Outcome::Void(VoidKind::Failed, "exit code 125".into())),
        "1" if of_passes => Some(Outcome::Pass),
        "0" if of_passes => Some(when(true)),
        code => code.parse::<i64>().ok().map(|code| when(code != 0)),
    }
}

impl Table {
    fn done(self, source: &Source) -> (Vec<Bisection>, Vec<Problem>) {
        let bisections = self.groups.into_iter().map(|group| group.bisection(source)).collect();
        (bisections, self.problems)
    }

    /// Comma- or tab-separated text; `None` when its first line names no columns that mean something.
    fn records(&mut self, text: &str, told: &Columns) -> Option<()> {
        let first = text.lines().next().filter(|line| line.len() <= MAX_LINE)?;
        let delimiter = if first.contains('\t') {
            b'\t'
        } else if first.contains(';') {
            b';'
        } else {
            b','
        };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let header: Vec<String> = records.next()?.ok()?.iter().map(str::to_owned).collect();
        let places = places(&header, told)?;
        for record in records {
            match record {
                Ok(record) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    let cells: Vec<String> = record.iter().map(str::to_owned).collect();
                    let line = Line(u32::try_from(line).unwrap_or(u32::MAX));
                    self.row(&Row { line, header: &header, places: &places, cells: &cells });
                }
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    let line = Line(u32::try_from(line).unwrap_or(u32::MAX));
                    self.problems.push(Problem { line, flaw: Flaw::Row(error.to_string()) });
                }
            }
        }
        Some(())
    }

    /// One object a line; `None` when the first is no object with columns that mean something.
    fn objects(&mut self, text: &str, told: &Columns) -> Option<()> {
        let mut known = false;
        for (number, line) in (1u32..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let object = match serde_json::from_str::<Value>(line) {
                Ok(Value::Object(object)) => object,
                other if !known => return other.err().and(None),
                other => {
                    let found = other.err().map_or_else(|| "no object".to_owned(), |error| error.to_string());
                    self.problems.push(Problem { line: Line(number), flaw: Flaw::Row(found) });
                    continue;
                }
            };
            let (header, cells): (Vec<String>, Vec<String>) =
                object.into_iter().map(|(name, value)| (name, plain(&value))).unzip();
            let Some(places) = places(&header, told) else {
                if !known {
                    return None;
                }
                let flaw = Flaw::Row("no commit or no outcome".to_owned());
                self.problems.push(Problem { line: Line(number), flaw });
                continue;
            };
            known = true;
            self.row(&Row { line: Line(number), header: &header, places: &places, cells: &cells });
        }
        known.then_some(())
    }

    fn row(&mut self, row: &Row<'_>) {
        if let Err(flaw) = self.add(row) {
            self.problems.push(Problem { line: row.line, flaw });
        }
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), Flaw> {
        let name = row.cell(Meaning::Commit).unwrap_or_default();
        let commit = CommitId::parse_name(name).ok_or_else(|| Flaw::Name(excerpt(name)))?;
        let outcomes = row.outcomes()?;
        let order = row.cell(Meaning::Order).map(|text| text.parse::<f64>().map_err(|_| Flaw::number(text, "a place")));
        let order = order.transpose()?.filter(|order| order.is_finite());
        // A column called so may hold moments or words: these say nothing of a duration.
        let seconds = row.cell(Meaning::Seconds).and_then(|text| text.parse().ok());
        let seconds = seconds.filter(|seconds| (0.0..1e9).contains(seconds)).unwrap_or(0.0);
        let bisection = row.cell(Meaning::Bisection).unwrap_or_default();
        let group = match self.groups.iter().position(|group| group.name == bisection) {
            Some(group) => &mut self.groups[group],
            None => self.groups.push_mut(Group::new(bisection, row.line)),
        };
        group.count(&outcomes)?;
        group.rows += 1;
        group.seconds += seconds;
        let kind =
            row.cell(Meaning::Kind).and_then(|name| [Kind::Cause, Kind::Fix].into_iter().find(|k| k.name() == name));
        group.kind = group.kind.or(kind);
        group.reported = group.reported.take().or_else(|| row.cell(Meaning::Reported).and_then(Title::new));
        group.add(row.line, commit, order, outcomes);
        Ok(())
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Group {
    fn new(name: &str, line: Line) -> Self {
        Self {
            name: name.to_owned(),
            line,
            revisions: Vec::new(),
            places: HashMap::new(),
            rows: 0,
            runs: 0,
            seconds: 0.0,
            kind: None,
            reported: None,
        }
    }

    /// Counts the runs of a row. Every sum over a bisection stays exact: a row with which it would not is refused.
    fn count(&mut self, outcomes: &[(Outcome, u32)]) -> Result<(), Flaw> {
        let all = outcomes.iter().try_fold(self.runs, |all, (_, runs)| all.checked_add(*runs));
        self.runs = all.ok_or(Flaw::Runs)?;
        Ok(())
    }

    fn add(&mut self, line: Line, commit: CommitId, order: Option<f64>, outcomes: Vec<(Outcome, u32)>) {
        let next = self.revisions.len();
        let place = *self.places.entry(commit).or_insert(next);
        if place == next {
            self.revisions.push(Revision::new(commit, line, order));
        }
        let revision = &mut self.revisions[place];
        revision.order = revision.order.or(order);
        for (outcome, runs) in outcomes {
            revision.add(line, outcome, runs);
        }
    }

    fn bisection(self, source: &Source) -> Bisection {
        let id = if self.name.is_empty() { source.path.clone() } else { format!("{}#{}", source.path, self.name) };
        let mut bisection = revisions::bisection(id, source, self.line, (Format::Table, self.kind), self.revisions);
        bisection.reported_title = self.reported;
        bisection.lines.understood = self.rows;
        let test = Duration::try_from_secs_f64(self.seconds).unwrap_or_default();
        bisection.totals = (!test.is_zero()).then(|| Totals {
            line: self.line,
            revisions: u32::try_from(bisection.steps.len()).unwrap_or(u32::MAX),
            total: test,
            build: Duration::ZERO,
            test,
        });
        bisection
    }
}
