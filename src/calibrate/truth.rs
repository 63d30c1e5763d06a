//! What is known to be true, from a CSV with a header.
//!
//! The columns tell the form; others are ignored, their order is free.
//!
//! | form | columns | the named commit is right |
//! |---|---|---|
//! | simulated | `file`, `true_culprit`, `upto` | when it is `true_culprit` |
//! | labels | `file`, `verdict`, perhaps `named_culprit` and `true_culprit` | when `verdict` says so |
//!
//! A `verdict` is `right`, `wrong`, or one that tells nothing: `inconclusive`, `unknown`. `named_culprit` is the commit
//! that was judged; a log that names another one is not counted. Labels with a `true_culprit` tell which bisections are of
//! one bug.
//!
//! `upto` is the oldest tested revision that contains the true change, `older` when even the oldest one does, `none`
//! when no tested one does; with the latter two, `true_culprit` may be empty. Both forms may have a `title`: the one
//! under which the bug was reported. Rows are matched with logs by the last component of `file`.

use std::collections::HashMap;

use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};
use serde::Serialize;

use crate::analysis::Analysis;
use crate::evidence::{CommitId, CommitIdError, Line, Source, file_name};

/// The form of the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Known by construction: the commit and its place among the tested revisions.
    Simulated,
    /// Judged by people: whether the named commit is the one.
    Labels,
}

/// Where a true change lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the gap that ends at this revision.
    Upto(CommitId),
    /// Before the oldest tested revision, or at it.
    Older,
    /// In none of the tested revisions.
    Nowhere,
}

/// What a label says of the named commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is the culprit.
    Right,
    /// It is not.
    Wrong,
    /// The culprit is known, and none or several were named.
    Inconclusive,
    /// The culprit is not known.
    Unknown,
}

/// What one row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Of a simulated bisection.
    Simulated {
        /// The true culprit; missing when it is older than the history.
        culprit: Option<CommitId>,
        /// Its place among the tested revisions.
        place: Place,
    },
    /// Of a labelled one.
    Label {
        /// The commit that was judged, when the row names it.
        named: Option<CommitId>,
        /// What it is.
        judgement: Judgement,
        /// The commit that is to blame, where the row names it.
        culprit: Option<CommitId>,
    },
}

/// The truth about a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// Where it was read.
    pub source: Source,
    /// Which of the known forms of truth files it has.
    pub form: Form,
    /// File name → the title under which the bug was reported, where a row has one.
    pub titles: HashMap<String, String>,
    facts: HashMap<String, Fact>,
}

/// A truth that cannot be read: the place, what was found and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {flaw}")]
pub struct TruthError {
    /// `path:line`.
    pub place: String,
    /// What is wrong with that line.
    pub flaw: TruthFlaw,
}

/// What is wrong with a line of a truth.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TruthFlaw {
    /// The header is of neither form.
    #[error("found the columns {0:?}, expected file, true_culprit and upto, or file and verdict")]
    Columns(String),
    /// A row is shorter or longer than the header.
    #[error("found {found} fields, expected {expected} as in the header")]
    Fields {
        /// Fields of the row.
        found: u64,
        /// Fields of the header.
        expected: u64,
    },
    /// Bytes that are no text.
    #[error("found bytes that are not UTF-8, expected text")]
    NotUtf8,
    /// No file name.
    #[error("found {0:?} as file, expected a file name")]
    File(String),
    /// A file has two rows.
    #[error("found a second row for {0:?}, expected one row a file")]
    Twice(String),
    /// No git object name.
    #[error("found {found:?} ({error}) as {column}, expected {expected}")]
    Hash {
        /// The name of the column that it stands in.
        column: &'static str,
        /// The text in its place.
        found: String,
        /// Why it is none.
        error: CommitIdError,
        /// What should stand there.
        expected: &'static str,
    },
    /// No verdict.
    #[error("found {0:?} as verdict, expected right, wrong, inconclusive or unknown")]
    Verdict(String),
    /// Anything else that the CSV reader finds wrong.
    #[error("{0}")]
    Csv(String),
}

impl Truth {
    /// Reads a truth.
    ///
    /// # Errors
    /// [`TruthError`] for the first line that is damaged.
    ///
    /// ```
    /// use bisectstat::calibrate::{Form, Truth};
    /// use bisectstat::evidence::Source;
    ///
    /// let truth = Truth::read(b"file,verdict\n004.txt,wrong\n", &Source::new("labels.csv"))?;
    /// assert_eq!((truth.rows(), truth.form), (1, Form::Labels));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(bytes: &[u8], source: &Source) -> Result<Self, TruthError> {
        let damaged = |(start, flaw)| TruthError { place: source.at(line(bytes, start)).to_string(), flaw };
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(bytes);
        let header = reader.headers().map_err(|error| damaged(csv_flaw(&error)))?;
        let columns = Columns::of(header).map_err(|flaw| damaged((0, flaw)))?;
        let mut truth = columns.truth(source);
        for record in reader.records() {
            let record = record.map_err(|error| damaged(csv_flaw(&error)))?;
            let start = record.position().map_or(0, csv::Position::byte);
            truth.add(&columns, &record).map_err(|flaw| damaged((start, flaw)))?;
        }
        Ok(truth)
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.facts.len()
    }

    /// What is known of the log at `path`.
    #[must_use]
    pub fn of(&self, path: &str) -> Option<&Fact> {
        self.facts.get(file_name(path)?)
    }

    /// The commits that tell which labelled bisections are of one bug: the true culprit, where a label knows it, and the one
    /// that was named. None for simulated ones: each is of its own bug.
    #[must_use]
    pub fn commits_of(&self, analysis: &Analysis) -> Vec<CommitId> {
        match self.of(&analysis.path) {
            Some(Fact::Label { culprit, .. }) => culprit.iter().chain(&analysis.named_culprit).copied().collect(),
            _ => Vec::new(),
        }
    }

    /// Whether some label names the true culprit.
    #[must_use]
    pub(crate) fn knows_culprits(&self) -> bool {
        self.facts.values().any(|fact| matches!(fact, Fact::Label { culprit: Some(_), .. }))
    }

    /// How many rows belong to none of these logs.
    #[must_use]
    pub fn rows_without<'a>(&self, paths: impl Iterator<Item = &'a str>) -> usize {
        let names: std::collections::HashSet<_> = paths.filter_map(file_name).collect();
        self.facts.keys().filter(|file| !names.contains(file.as_str())).count()
    }

    fn add(&mut self, columns: &Columns, record: &StringRecord) -> Result<(), TruthFlaw> {
        let path = &record[columns.file];
        let file = file_name(path).ok_or_else(|| TruthFlaw::File(excerpt(path)))?;
        if self.facts.insert(file.to_owned(), columns.fact(record)?).is_some() {
            return Err(TruthFlaw::Twice(excerpt(file)));
        }
        if let Some(title) = columns.title.map(|column| &record[column]).filter(|title| !title.is_empty()) {
            self.titles.insert(file.to_owned(), title.to_owned());
        }
        Ok(())
    }
}

/// Where a form keeps what it says.
enum FactColumns {
    Simulated { culprit: usize, upto: usize },
    Labels { verdict: usize, named: Option<usize>, culprit: Option<usize> },
}

/// Where the columns stand.
struct Columns {
    file: usize,
    title: Option<usize>,
    fact: FactColumns,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, TruthFlaw> {
        let column = |name| header.iter().position(|other| other == name);
        let simulated = || Some(FactColumns::Simulated { culprit: column("true_culprit")?, upto: column("upto")? });
        let labels = || {
            let (named, culprit) = (column("named_culprit"), column("true_culprit"));
            Some(FactColumns::Labels { verdict: column("verdict")?, named, culprit })
        };
        match (column("file"), simulated().or_else(labels)) {
            (Some(file), Some(fact)) => Ok(Self { file, title: column("title"), fact }),
            _ => Err(TruthFlaw::Columns(excerpt(&header.iter().collect::<Vec<_>>().join(",")))),
        }
    }

    /// A truth without rows.
    fn truth(&self, source: &Source) -> Truth {
        let form = match self.fact {
            FactColumns::Simulated { .. } => Form::Simulated,
            FactColumns::Labels { .. } => Form::Labels,
        };
        Truth { source: source.clone(), form, titles: HashMap::new(), facts: HashMap::new() }
    }

    fn fact(&self, record: &StringRecord) -> Result<Fact, TruthFlaw> {
        match self.fact {
            FactColumns::Simulated { culprit, upto } => simulated(&record[culprit], &record[upto]),
            FactColumns::Labels { verdict, named, culprit } => {
                let field = |column: Option<usize>| column.map_or("", |column| &record[column]);
                label(&record[verdict], field(named), field(culprit))
            }
        }
    }
}

fn simulated(culprit: &str, upto: &str) -> Result<Fact, TruthFlaw> {
    let place = match upto {
        "older" => Place::Older,
        "none" => Place::Nowhere,
        hash => Place::Upto(commit("upto", hash, "40 or 64 hexadecimal digits, older or none")?),
    };
    let culprit = match (culprit, place) {
        ("", Place::Older | Place::Nowhere) => None,
        _ => Some(commit("true_culprit", culprit, FULL)?),
    };
    Ok(Fact::Simulated { culprit, place })
}

fn label(verdict: &str, named: &str, culprit: &str) -> Result<Fact, TruthFlaw> {
    let judgement = match verdict {
        "right" => Judgement::Right,
        "wrong" => Judgement::Wrong,
        "inconclusive" => Judgement::Inconclusive,
        "unknown" => Judgement::Unknown,
        other => return Err(TruthFlaw::Verdict(excerpt(other))),
    };
    let perhaps = |column, hash: &str| if hash.is_empty() { Ok(None) } else { commit(column, hash, FULL).map(Some) };
    let (named, culprit) = (perhaps("named_culprit", named)?, perhaps("true_culprit", culprit)?);
    Ok(Fact::Label { named, judgement, culprit })
}

const FULL: &str = "40 or 64 hexadecimal digits";

fn commit(column: &'static str, found: &str, expected: &'static str) -> Result<CommitId, TruthFlaw> {
    let damaged = |error| TruthFlaw::Hash { column, found: excerpt(found), error, expected };
    CommitId::parse_full(found).map_err(damaged)
}

/// The flaw, with the byte where its record begins.
fn csv_flaw(error: &csv::Error) -> (u64, TruthFlaw) {
    let start = error.position().map_or(0, csv::Position::byte);
    let flaw = match error.kind() {
        ErrorKind::UnequalLengths { expected_len: expected, len: found, .. } => {
            TruthFlaw::Fields { found: *found, expected: *expected }
        }
        ErrorKind::Utf8 { .. } => TruthFlaw::NotUtf8,
        _ => TruthFlaw::Csv(error.to_string()),
    };
    (start, flaw)
}

/// The line of the record that begins at this byte or, since empty lines are no records, after the line ends there.
fn line(bytes: &[u8], start: u64) -> Line {
    let start = usize::try_from(start).map_or(bytes.len(), |start| start.min(bytes.len()));
    let (before, after) = bytes.split_at(start);
    let empty = after.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let ends = before.iter().chain(&after[..empty]).filter(|byte| **byte == b'\n').count();
    Line(u32::try_from(ends + 1).unwrap_or(u32::MAX))
}

/// The beginning of a text, for messages.
fn excerpt(text: &str) -> String {
    const LENGTH: usize = 80;
    match text.char_indices().nth(LENGTH) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
