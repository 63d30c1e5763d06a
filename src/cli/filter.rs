//! Records in, records out: what an engine or a job array runs on its share of an archive. Nothing but one batch is in
//! memory, what cannot be read is a record too, and only a set-up that cannot work fails.

use std::io::{self, BufRead, Write};
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

use crate::analysis::{Analysis, Repo};
use crate::evidence::{Bisection, Line, clean};
use crate::ingest::Problem;
use crate::ingest::junit::assemble;
use crate::ingest::records::{Id, RawRecord, Record, Records};
use crate::ingest::table::Columns;
use crate::ingest::told::is_mapped;
use crate::prob::json;

use super::screen;
use super::shard::Shard;

/// Bytes and records that wait at a time.
const BYTES: usize = 16 << 20;
const RECORDS: usize = 256;

/// A bisection of a record.
#[derive(Serialize)]
struct Answer<'a> {
    id: &'a Option<Id>,
    /// What of the record could not be read.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    problems: &'a [Trouble],
    #[serde(flatten)]
    analysis: &'a Analysis,
}

/// A record that gave nothing.
#[derive(Serialize)]
struct Refusal<'a> {
    id: &'a Option<Id>,
    /// Where the record stands in the stream, when nothing else tells which it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<Line>,
    error: &'a str,
}

/// What is wrong with one line of a text.
#[derive(Serialize)]
struct Trouble {
    line: Line,
    problem: String,
}

/// What came of records.
#[derive(Clone, Copy, Default)]
pub(super) struct Came {
    /// How many could not be read in full.
    pub(super) failed: usize,
    /// Whether one has columns, and whether one is a report of tests.
    pub(super) columns: bool,
    pub(super) reports: bool,
}

/// What came of reading one record.
struct Opened {
    id: Option<Id>,
    record: Line,
    troubles: Vec<Trouble>,
    /// Why there is no bisection, or what else is missing.
    errors: Vec<String>,
    came: Came,
}

/// How records are read, and which.
pub(super) struct Filter<'a> {
    pub(super) name: &'a str,
    pub(super) columns: &'a Columns,
    pub(super) test: Option<&'a str>,
    pub(super) shard: Option<Shard>,
    pub(super) repo: Option<Arc<Repo>>,
}

impl Filter<'_> {
    /// Reads all records and writes one line a bisection, in their order. `judge` analyses those of a batch, and tells
    /// which it keeps. Gives what came of them.
    pub(super) fn run(
        &self,
        reader: impl BufRead,
        judge: &mut dyn FnMut(Vec<Bisection>) -> io::Result<Vec<Option<Analysis>>>,
        out: &mut impl Write,
    ) -> io::Result<Came> {
        let (mut records, mut came) = (Records::new(reader), Came::default());
        loop {
            let batch = self.batch(&mut records)?;
            if batch.is_empty() {
                return Ok(came);
            }
            let opened: Vec<(Opened, Vec<Bisection>)> = batch.into_par_iter().map(|record| self.open(record)).collect();
            let counted = opened.into_iter().map(|(opened, bisections)| ((opened, bisections.len()), bisections));
            let (opened, bisections): (Vec<_>, Vec<_>) = counted.unzip();
            let mut judged = judge(bisections.into_iter().flatten().collect())?.into_iter();
            for (opened, _) in &opened {
                came.add(opened.came);
            }
            for (opened, bisections) in &opened {
                opened.write(judged.by_ref().take(*bisections).flatten(), out)?;
            }
            out.flush()?;
        }
    }

    fn batch(&self, records: &mut Records<impl BufRead>) -> io::Result<Vec<RawRecord>> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while bytes < BYTES && batch.len() < RECORDS {
            let Some(record) = records.next().transpose()? else { break };
            if self.shard.is_none_or(|shard| shard.holds(record.index)) {
                bytes += record.len();
                batch.push(record);
            }
        }
        Ok(batch)
    }

    fn open(&self, record: RawRecord) -> (Opened, Vec<Bisection>) {
        let mut opened =
            Opened { id: None, record: record.line, troubles: Vec::new(), errors: Vec::new(), came: Came::default() };
        let (mut bisections, mut reports) = (Vec::new(), Vec::new());
        let Record { id, inputs } = record.open(self.name);
        opened.id = id;
        let inputs = inputs.unwrap_or_else(|error| {
            opened.errors.push(error.to_string());
            Vec::new()
        });
        for input in inputs {
            match input.read_beside(self.columns, self.repo.as_deref().map(|repo| &repo.history)) {
                Err(error) => opened.errors.push(error.to_string()),
                Ok(reading) => {
                    opened.troubles.extend(reading.problems.iter().map(Trouble::of));
                    bisections.extend(reading.bisections);
                    reports.extend(reading.reports);
                }
            }
        }
        opened.came.reports = !reports.is_empty();
        opened.came.columns =
            !reports.is_empty() || bisections.iter().any(|bisection| is_mapped(bisection, self.columns));
        if !reports.is_empty() {
            let assembled = assemble(&reports, self.test);
            bisections.extend(assembled.bisections);
            opened.errors.extend(assembled.problems.into_iter().map(|(_, error)| error.to_string()));
        }
        if bisections.is_empty() && opened.errors.is_empty() {
            opened.errors.push("found nothing to read, expected a bisection".to_owned());
        }
        opened.came.failed = usize::from(!opened.errors.is_empty() || !opened.troubles.is_empty());
        (opened, bisections)
    }
}

impl Came {
    pub(super) const fn add(&mut self, other: Self) {
        self.failed += other.failed;
        self.columns |= other.columns;
        self.reports |= other.reports;
    }
}

impl Opened {
    fn write(&self, analyses: impl Iterator<Item = Analysis>, out: &mut impl Write) -> io::Result<()> {
        let Self { id, record, troubles, errors, .. } = self;
        for analysis in analyses {
            write_line(out, &Answer { id, problems: troubles, analysis: &analysis })?;
        }
        for error in errors.iter().map(|error| clean(error)) {
            write_line(out, &Refusal { id, record: id.is_none().then_some(*record), error: &error })?;
        }
        Ok(())
    }
}

impl Trouble {
    fn of(problem: &Problem) -> Self {
        Self { line: problem.line, problem: clean(&problem.flaw.to_string()) }
    }
}

fn write_line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut line = Vec::new();
    json::to_writer(&mut line, value)?;
    writeln!(out, "{}", screen::json(&String::from_utf8_lossy(&line)))
}
