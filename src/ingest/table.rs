//! Tables of outcomes: CSV, tab-separated text, or one JSON object a line. One row is one run, or the counts of a revision.
//!
//! Columns are found by usual names, or told ([`Columns`]). Revisions stand from old to new: by the column `order`, else by
//! their first row. This is how outcomes come in that no bisection has recorded.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::evidence::{
    Bisection, CommitId, Format, Kind, Line, Outcome, Placed, Role, Run, Source, Step, Title, VoidKind,
};

use super::problem::{Flaw, Problem, excerpt};

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
    /// What is looked for: `cause` or `fix`.
    Kind,
    /// The title under which the bug was reported.
    Reported,
}

impl Meaning {
    /// All of them with the names of columns that usually mean it; the first is the name for `--map`.
    pub const ALL: [(Self, &'static [&'static str]); 11] = [
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
    let source = source.holding(bytes);
    let mut table = Table { groups: Vec::new(), problems: Vec::new() };
    if text.trim_start().starts_with('{') {
        table.objects(text, told)?;
    } else {
        table.records(text, told)?;
    }
    let bisections = table.groups.into_iter().map(|group| group.bisection(&source)).collect();
    Some((bisections, table.problems))
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
    /// What the rows themselves say is looked for.
    kind: Option<Kind>,
    reported: Option<Title>,
}

struct Revision {
    commit: CommitId,
    line: Line,
    order: Option<f64>,
    runs: Vec<Run>,
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
            let void = Outcome::Void(VoidKind::Failed, Arc::from("skipped"));
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
        _ if is(&SKIPS) => Some(Outcome::Void(VoidKind::Failed, Arc::from(text))),
        "true" | "yes" => Some(when(of_crashes)),
        "false" | "no" => Some(when(!of_crashes)),
        "125" => Some(Outcome::Void(VoidKind::Failed, Arc::from("exit code 125"))),
        "1" if of_passes => Some(Outcome::Pass),
        "0" if of_passes => Some(when(true)),
        code => code.parse::<i64>().ok().map(|code| when(code != 0)),
    }
}

impl Table {
    /// Comma- or tab-separated text; `None` when its first line names no columns that mean something.
    fn records(&mut self, text: &str, told: &Columns) -> Option<()> {
        let first = text.lines().next()?;
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
        let bisection = row.cell(Meaning::Bisection).unwrap_or_default();
        let group = match self.groups.iter().position(|group| group.name == bisection) {
            Some(group) => &mut self.groups[group],
            None => self.groups.push_mut(Group::new(bisection, row.line)),
        };
        group.rows += 1;
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
            kind: None,
            reported: None,
        }
    }

    fn add(&mut self, line: Line, commit: CommitId, order: Option<f64>, outcomes: Vec<(Outcome, u32)>) {
        /// More runs of one revision are not told apart by any model.
        const MOST: usize = 1 << 20;
        let next = self.revisions.len();
        let place = *self.places.entry(commit).or_insert(next);
        if place == next {
            self.revisions.push(Revision { commit, line, order, runs: Vec::new() });
        }
        let revision = &mut self.revisions[place];
        revision.order = revision.order.or(order);
        for (outcome, runs) in outcomes {
            let room = MOST.saturating_sub(revision.runs.len());
            let first = u32::try_from(revision.runs.len()).unwrap_or(u32::MAX);
            let runs = (first..).take(room.min(runs as usize));
            revision.runs.extend(runs.map(|number| Run { line, number, outcome: outcome.clone() }));
        }
    }

    /// Old to new; where no row says whether a cause or a fix is looked for, the side that crashes more tells.
    fn bisection(mut self, source: &Source) -> Bisection {
        let ordered = self.revisions.iter().all(|revision| revision.order.is_some());
        if ordered {
            let order = |revision: &Revision| revision.order.unwrap_or_default();
            self.revisions.sort_by(|a, b| order(a).total_cmp(&order(b)));
        }
        let steps: Vec<Step> = self.revisions.iter().map(step).collect();
        let kind = self.kind.unwrap_or_else(|| kind(&steps));
        let line = self.revisions.iter().scan(None, |before: &mut Option<f64>, revision| {
            let order = revision.order.filter(|_| ordered);
            let commits = before.zip(order).and_then(|(before, order)| between(before, order));
            *before = order;
            Some(Placed { commit: revision.commit, commits })
        });
        let id = if self.name.is_empty() { source.path.clone() } else { format!("{}#{}", source.path, self.name) };
        let blank = Bisection::new(id, source.clone(), self.line, Format::Table, kind);
        let reported_title = self.reported;
        let mut lines = blank.lines;
        lines.understood = self.rows;
        let crashing = if kind == Kind::Cause { steps.len().checked_sub(1) } else { Some(0) };
        let mut steps = steps;
        let origin = crashing.and_then(|end| steps.get_mut(end)).map(|step| {
            step.role = Role::Origin;
            step.commit
        });
        let ending = crate::evidence::Ending::OnlyRuns;
        Bisection { origin, reported_title, order: line.collect(), steps, lines, ending, ..blank }
    }
}

/// Commits from one place to the next, where places are whole numbers.
fn between(before: f64, order: f64) -> Option<u64> {
    const MOST: f64 = 1e9;
    let commits = order - before;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number from 1 to 1e9")]
    (commits.fract() == 0.0 && (1.0..=MOST).contains(&commits)).then_some(commits as u64)
}

fn step(revision: &Revision) -> Step {
    Step {
        line: revision.line,
        commit: revision.commit,
        tag: None,
        role: Role::Candidate,
        compiler: None,
        signature: None,
        runs: revision.runs.clone(),
        inferred: false,
        complete: true,
        decision: None,
    }
}

fn kind(steps: &[Step]) -> Kind {
    let share = |steps: &[Step]| {
        let (mut crashes, mut trials) = (0u64, 0u64);
        for counts in steps.iter().map(Step::counts) {
            crashes += u64::from(counts.crashes);
            trials += u64::from(counts.trials());
        }
        (crashes, trials.max(1))
    };
    let (old, new) = steps.split_at(steps.len() / 2);
    let ((old, of_old), (new, of_new)) = (share(old), share(new));
    if old * of_new > new * of_old { Kind::Fix } else { Kind::Cause }
}
