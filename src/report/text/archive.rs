//! Many bisections as a table, least sure first, and one summary line. Read from frames, batch by batch: no analysis is
//! kept for it.

use comfy_table::{Attribute, Cell, Color};
use polars::prelude::{DataFrame, PolarsResult};

use crate::analysis::finding::Severity;
use crate::frame::{Frames, skipped};
use crate::prob::Prob;

use crate::analysis::answer::{Answer, Tone};
use crate::analysis::words::chance;
use crate::evidence::CommitId;
use crate::report::overview::{Severities, Tally, elsewhere_in};

use super::AMBER;

/// What is shown of many bisections.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    rows: Vec<Row>,
    /// How many rows are shown; all if there is no limit.
    limit: Option<usize>,
    tally: Tally,
    inputs: usize,
    skipped: usize,
    missing: Vec<skipped::Row>,
    more_missing: usize,
}

#[derive(Clone, Debug)]
struct Row {
    bisection: String,
    answer: Option<Answer>,
    ending: String,
    named: Option<String>,
    right: Option<Prob>,
    starts: Option<Prob>,
    elsewhere: String,
    findings: Severities,
}

/// Inputs that were not analysed in full and are shown.
const SHOWN: usize = 20;

impl Archive {
    /// Nothing yet. With a `limit` only so many bisections are shown, the least sure.
    #[must_use]
    pub fn new(limit: Option<usize>) -> Self {
        Self { limit, ..Self::default() }
    }

    /// How many bisections there are.
    #[must_use]
    pub const fn bisections(&self) -> u64 {
        self.tally.bisections
    }

    /// Adds a batch.
    ///
    /// # Errors
    /// When a column is missing.
    pub fn add(&mut self, frames: &Frames) -> PolarsResult<()> {
        for row in rows(frames)? {
            self.tally.add(row.named.is_some(), row.answer);
            self.rows.push(row);
        }
        if let Some(limit) = self.limit.filter(|limit| self.rows.len() > 2 * limit) {
            self.sort();
            self.rows.truncate(limit);
        }
        for input in skipped::rows(&frames.skipped)? {
            self.inputs += 1;
            match rank(&input) {
                None => self.skipped += usize::from(input.state == "skipped"),
                Some(rank) => self.miss(rank, input),
            }
        }
        Ok(())
    }

    /// Those that were refused come first.
    fn miss(&mut self, rank: u8, input: skipped::Row) {
        let at = self.missing.partition_point(|other| self::rank(other) <= Some(rank));
        self.missing.insert(at, input);
        if self.missing.len() > SHOWN {
            self.missing.pop();
            self.more_missing += 1;
        }
    }

    fn sort(&mut self) {
        self.rows.sort_by(|a, b| {
            let key = |row: &Row| row.right.or(row.starts).map_or(2.0, Prob::value);
            key(a).total_cmp(&key(b)).then_with(|| a.ending.cmp(&b.ending)).then_with(|| a.bisection.cmp(&b.bisection))
        });
    }

    /// The table, its summary, and the inputs that were not analysed in full. `failed` things could not be read.
    #[must_use]
    pub fn text(mut self, failed: usize) -> String {
        const HEADER: [&str; 7] =
            ["bisection", "answer", "named", "to blame", "starts here", "look instead", "findings"];
        self.sort();
        self.rows.truncate(self.limit.unwrap_or(usize::MAX));
        let table = super::table::table(HEADER, &[3, 4], self.rows.iter().map(Row::cells));
        let more = match self.tally.bisections - self.rows.len() as u64 {
            0 => String::new(),
            more => format!(" … {more} more, surer ones: the frame bisections has them all\n"),
        };
        format!("{table}{more}\n{}\n{}", self.tally.summary(self.skipped, failed), self.missing())
    }

    /// The inputs that could not be read, or not in full; empty when there is none, or but one input. Those that hold no
    /// bisection are only counted: most folders have some.
    #[must_use]
    pub fn missing(&self) -> String {
        const HEADER: [&str; 3] = ["not in full", "", "why"];
        if self.missing.is_empty() || self.inputs == 1 {
            return String::new();
        }
        let rows = self.missing.iter().map(|input| {
            let why = input.reason.as_deref().unwrap_or_default();
            vec![Cell::new(&input.path), Cell::new(&input.state), Cell::new(short(why))]
        });
        let table = super::table::table(HEADER, &[], rows);
        let more = match self.more_missing {
            0 => String::new(),
            more => format!(" … {more} more: --out DIR writes them all\n"),
        };
        format!("\n{table}{more}")
    }
}

fn rank(input: &skipped::Row) -> Option<u8> {
    match input.state.as_str() {
        "refused" => Some(0),
        "partly" => Some(1),
        _ => None,
    }
}

/// The beginning of a reason: standard error has it in full.
fn short(text: &str) -> String {
    const WIDTH: usize = 60;
    match text.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The rows of `bisections`, with what `gaps` and `findings` say of each.
fn rows(frames: &Frames) -> PolarsResult<Vec<Row>> {
    let table = &frames.bisections;
    let texts = |name: &str| texts(table, name);
    let chances = |name: &str| -> PolarsResult<Vec<Option<Prob>>> {
        Ok(table.column(name)?.f64()?.iter().map(|p| p.map(Prob::saturating)).collect())
    };
    let (ids, endings, named) = (texts("bisection")?, texts("ending")?, texts("named_culprit")?);
    let answers = texts("answer")?;
    let (right, starts, masses) = (chances("p_right")?, chances("p_named")?, chances("credible_mass")?);
    let commits = table.column("credible_commits")?.u64()?;
    let (mut sets, mut findings) = (Sets::of(&frames.gaps)?, Findings::of(&frames.findings)?);
    let rows = ids.into_iter().enumerate().map(|(i, id)| {
        let id = id.unwrap_or_default();
        let (sizes, alone) = sets.next(id, named[i]);
        Row {
            bisection: id.to_owned(),
            answer: answers[i].and_then(Answer::named),
            ending: endings[i].unwrap_or_default().to_owned(),
            named: named[i]
                .map(|commit| CommitId::parse(commit).map_or_else(|_| commit.to_owned(), |commit| commit.short())),
            right: right[i],
            starts: starts[i],
            elsewhere: masses[i].map(|_| elsewhere_in(commits.get(i), sizes, alone)).unwrap_or_default(),
            findings: findings.next(id),
        }
    });
    Ok(rows.collect())
}

fn texts<'f>(frame: &'f DataFrame, name: &str) -> PolarsResult<Vec<Option<&'f str>>> {
    Ok(frame.column(name)?.str()?.iter().collect())
}

/// The gaps of one bisection after the other.
struct Sets<'f> {
    ids: Vec<Option<&'f str>>,
    after: Vec<Option<&'f str>>,
    upto: Vec<Option<&'f str>>,
    credible: Vec<bool>,
    exact: Vec<bool>,
    at: usize,
}

impl<'f> Sets<'f> {
    fn of(gaps: &'f DataFrame) -> PolarsResult<Self> {
        let flags = |name: &str| -> PolarsResult<Vec<bool>> {
            Ok(gaps.column(name)?.bool()?.iter().map(|flag| flag == Some(true)).collect())
        };
        let (ids, after, upto) = (texts(gaps, "bisection")?, texts(gaps, "after")?, texts(gaps, "upto")?);
        Ok(Self { ids, after, upto, credible: flags("credible")?, exact: flags("commits_exact")?, at: 0 })
    }

    /// Whether the sizes of the credible gaps are exact and all have two ends, and whether none is but that of the named
    /// commit.
    fn next(&mut self, id: &str, named: Option<&str>) -> ((bool, bool), bool) {
        let (mut exact, mut bounded, mut alone) = (true, true, named.is_some());
        while self.ids.get(self.at) == Some(&Some(id)) {
            if self.credible[self.at] {
                exact &= self.exact[self.at];
                bounded &= self.after[self.at].is_some() && self.upto[self.at].is_some();
                alone &= self.upto[self.at] == named;
            }
            self.at += 1;
        }
        ((exact, bounded), alone)
    }
}

/// The findings of one bisection after the other.
struct Findings<'f> {
    ids: Vec<Option<&'f str>>,
    severities: Vec<Option<&'f str>>,
    at: usize,
}

impl<'f> Findings<'f> {
    fn of(findings: &'f DataFrame) -> PolarsResult<Self> {
        Ok(Self { ids: texts(findings, "bisection")?, severities: texts(findings, "severity")?, at: 0 })
    }

    fn next(&mut self, id: &str) -> Severities {
        let mut numbers = Severities::default();
        while self.ids.get(self.at) == Some(&Some(id)) {
            let known = [Severity::Error, Severity::Warning, Severity::Note];
            if let Some(severity) = known.into_iter().find(|known| self.severities[self.at] == Some(known.name())) {
                numbers.add(severity);
            }
            self.at += 1;
        }
        numbers
    }
}

impl Row {
    fn cells(&self) -> Vec<Cell> {
        let named = match &self.named {
            Some(commit) => Cell::new(commit),
            None => Cell::new(format!("({})", self.ending.replace('_', " "))).add_attribute(Attribute::Dim),
        };
        let figure = |p: Option<Prob>| Cell::new(p.map(chance).unwrap_or_default());
        vec![
            Cell::new(&self.bisection),
            self.answer(),
            named,
            figure(self.right),
            figure(self.starts),
            Cell::new(&self.elsewhere),
            self.findings(),
        ]
    }

    fn answer(&self) -> Cell {
        let Some(answer) = self.answer else { return Cell::new("") };
        let color = match answer.tone() {
            Tone::Bad => Color::Red,
            Tone::Doubt => Color::AnsiValue(AMBER),
            Tone::Good => Color::Green,
            Tone::Unknown => Color::Blue,
        };
        Cell::new(format!("{} {}", answer.mark(), answer.short())).fg(color)
    }

    fn findings(&self) -> Cell {
        let cell = Cell::new(self.findings.words());
        match self.findings.worst() {
            Some(Severity::Error) => cell.fg(Color::Red),
            Some(Severity::Warning) => cell.fg(Color::AnsiValue(AMBER)),
            Some(Severity::Note) => cell.add_attribute(Attribute::Dim),
            None => cell,
        }
    }
}
