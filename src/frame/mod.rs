//! Analyses → polars. One file a frame, its columns as a table in its docs; a batch of bisections is one set of frames.
//!
//! Keys: `bisection` (a stable id), `step` (from 0, in the log's order), `run` (the log's own number). Missing is
//! null.

pub mod bisections;
pub mod briefs;
pub mod findings;
pub mod gaps;
pub mod histories;
pub mod io;
mod modelled;
pub mod runs;
pub mod select;
pub mod skipped;
pub mod steps;
pub mod store;
pub mod titles;

use std::fmt::Write;

use polars::prelude::{
    Column, DataFrame, DataType, Field, IntoColumn, PolarsResult, Schema, StringChunked, UInt32Chunked,
};
use polars_arrow::array::MutableBinaryViewArray;
use rayon::prelude::*;

use crate::analysis::Analysis;
use crate::evidence::Bisection;

/// The version of the columns, which goes up when one of them changes its meaning; Parquet files have it in their metadata,
/// under [`SCHEMA_KEY`].
pub const SCHEMA: &str = "bisectstat-frames/1";

/// The key of [`SCHEMA`].
pub const SCHEMA_KEY: &str = "bisectstat.schema";

/// The columns of a frame, in their order.
pub type Columns = [(&'static str, DataType)];

/// The frames of a batch.
#[derive(Clone, Debug)]
pub struct Frames {
    /// One row a bisection.
    pub bisections: DataFrame,
    /// One row a test of a revision.
    pub steps: DataFrame,
    /// One row a run.
    pub runs: DataFrame,
    /// One row a crash title of a bisection.
    pub titles: DataFrame,
    /// One row a gap of the line.
    pub gaps: DataFrame,
    /// One row a finding.
    pub findings: DataFrame,
    /// One row an input.
    pub skipped: DataFrame,
}

impl Frames {
    /// The frames of a batch; `skipped` is empty, since an analysis does not know what else was read.
    ///
    /// # Errors
    /// None in practice: columns of one frame have one length.
    ///
    /// ```
    /// use bisectstat::frame::Frames;
    ///
    /// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
    /// let frames = Frames::of(&bisectstat::analyze(&log)?)?;
    /// assert_eq!((frames.bisections.height(), frames.steps.height(), frames.runs.height()), (1, 17, 210));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(analyses: &[Analysis]) -> PolarsResult<Self> {
        let mut frames = Self::from_evidence(analyses.iter().map(|analysis| &analysis.evidence))?;
        modelled::attach(&mut frames, analyses)?;
        frames.bisections.hstack_mut(&findings::counts(analyses))?;
        Ok(Self { gaps: gaps::build(analyses)?, findings: findings::build(analyses)?, ..frames })
    }

    /// What was observed alone: without the columns that need a model. `gaps`, `findings` and `skipped` are empty.
    ///
    /// # Errors
    /// None in practice: columns of one frame have one length.
    pub fn from_evidence<'b>(batch: impl IntoIterator<Item = &'b Bisection>) -> PolarsResult<Self> {
        let batch: Vec<&Bisection> = batch.into_iter().collect();
        /// Bisections whose rows are built at a time; not by threads, for the bytes must not depend on their number.
        const PIECE: usize = 16;
        let pieces: Vec<_> = batch.par_chunks(PIECE).map(Self::piece).collect::<PolarsResult<_>>()?;
        Self::stacked(pieces)
    }

    /// The frames of several batches as those of one, in their order.
    ///
    /// # Errors
    /// When the same frame has other columns in another batch.
    ///
    /// ```
    /// use bisectstat::frame::Frames;
    /// use bisectstat::{evidence::Source, ingest::read};
    /// use rayon::prelude::*;
    ///
    /// let logs = ["data/004_css_free_rwork_fn.txt", "data/004_css_free_rwork_fn.txt"];
    /// // What was read is gone when its rows are there.
    /// let rows = logs.par_iter().map(|log| {
    ///     let reading = read(&std::fs::read(log).unwrap(), &Source::new(*log)).unwrap();
    ///     Frames::from_evidence(&reading.bisections).unwrap()
    /// });
    /// let frames = Frames::stacked(rows.collect::<Vec<_>>())?;
    /// assert_eq!((frames.bisections.height(), frames.runs.height()), (2, 420));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stacked(batches: impl IntoIterator<Item = Self>) -> PolarsResult<Self> {
        let mut batches = batches.into_iter();
        let Some(mut whole) = batches.next() else { return Self::piece(&[]) };
        for batch in batches {
            for (frame, more) in whole.frames_mut().into_iter().zip(batch.frames()) {
                if more.height() > 0 {
                    frame.vstack_mut(more)?;
                }
            }
        }
        // The models read whole columns of this one.
        whole.steps.rechunk_mut();
        Ok(whole)
    }

    fn piece(batch: &[&Bisection]) -> PolarsResult<Self> {
        let names = Names::of(batch);
        Ok(Self {
            bisections: bisections::build(batch)?,
            steps: steps::build(batch, &names)?,
            runs: runs::build(batch, &names)?,
            titles: titles::build(batch)?,
            ..Self::empty()
        })
    }

    /// Frames without rows, with all documented columns.
    #[must_use]
    pub fn empty() -> Self {
        let empty = |columns: &Columns| DataFrame::empty_with_schema(&schema(columns));
        Self {
            bisections: empty(&bisections::COLUMNS),
            steps: empty(&steps::COLUMNS),
            runs: empty(&runs::COLUMNS),
            titles: empty(&titles::COLUMNS),
            gaps: empty(&gaps::COLUMNS),
            findings: empty(&findings::COLUMNS),
            skipped: empty(&skipped::COLUMNS),
        }
    }

    /// The same with every documented column, in its order; those that no model has filled are null.
    ///
    /// # Errors
    /// When a column has another type than the documented one.
    pub fn completed(&self) -> PolarsResult<Self> {
        Ok(Self {
            bisections: completed(&self.bisections, &bisections::COLUMNS)?,
            steps: completed(&self.steps, &steps::COLUMNS)?,
            runs: completed(&self.runs, &runs::COLUMNS)?,
            titles: completed(&self.titles, &titles::COLUMNS)?,
            gaps: completed(&self.gaps, &gaps::COLUMNS)?,
            findings: completed(&self.findings, &findings::COLUMNS)?,
            skipped: completed(&self.skipped, &skipped::COLUMNS)?,
        })
    }

    const fn frames(&self) -> [&DataFrame; 7] {
        let Self { bisections, steps, runs, titles, gaps, findings, skipped } = self;
        [bisections, steps, runs, titles, gaps, findings, skipped]
    }

    const fn frames_mut(&mut self) -> [&mut DataFrame; 7] {
        let Self { bisections, steps, runs, titles, gaps, findings, skipped } = self;
        [bisections, steps, runs, titles, gaps, findings, skipped]
    }

    /// The frames with their names, as files are named, and their columns.
    #[must_use]
    pub fn named(&self) -> [(&'static str, &DataFrame, &'static Columns); 7] {
        [
            ("bisections", &self.bisections, &bisections::COLUMNS),
            ("steps", &self.steps, &steps::COLUMNS),
            ("runs", &self.runs, &runs::COLUMNS),
            ("titles", &self.titles, &titles::COLUMNS),
            ("gaps", &self.gaps, &gaps::COLUMNS),
            ("findings", &self.findings, &findings::COLUMNS),
            ("skipped", &self.skipped, &skipped::COLUMNS),
        ]
    }
}

/// The schema of a list of columns.
#[must_use]
pub fn schema(columns: &Columns) -> Schema {
    columns.iter().map(|(name, kind)| Field::new((*name).into(), kind.clone())).collect()
}

/// The names of the commits that the steps of a batch test, in one text: to allocate each costs more than to write it.
struct Names {
    text: String,
    ends: Vec<usize>,
}

impl Names {
    fn of(batch: &[&Bisection]) -> Self {
        let mut names = Self { text: String::new(), ends: Vec::new() };
        for step in batch.iter().flat_map(|bisection| &bisection.steps) {
            // Nothing fails that writes to a text.
            let _ = write!(names.text, "{}", step.commit);
            names.ends.push(names.text.len());
        }
        names
    }

    /// In the order of the steps.
    fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end])
    }
}

/// A column of texts that stand so many times in a row: each is stored once, and its rows point there.
fn texts<'a>(name: &str, height: usize, spans: impl Iterator<Item = (Option<&'a str>, usize)>) -> Column {
    let mut array = MutableBinaryViewArray::<str>::with_capacity(height);
    let mut store = |text: Option<&str>, times| match text {
        Some(_) => array.extend_constant(times, text),
        None => array.extend_null(times),
    };
    let (mut last, mut times) = (None, 0);
    spans.for_each(|(text, more)| {
        if !same(last, text) {
            store(last, std::mem::take(&mut times));
            last = text;
        }
        times += more;
    });
    store(last, times);
    StringChunked::with_chunk(name.into(), array.freeze()).into_column()
}

/// Whether two texts are equal; mostly they are the same in memory.
fn same(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => std::ptr::eq(a, b) || a == b,
        (None, None) => true,
        _ => false,
    }
}

/// A column of whole numbers.
fn numbers(name: &str, height: usize, rows: impl Iterator<Item = u32>) -> Column {
    let mut values = Vec::with_capacity(height);
    rows.for_each(|value| values.push(value));
    UInt32Chunked::from_vec(name.into(), values).into_column()
}

/// A frame of these columns, its height that of the longest.
fn frame(columns: Vec<Column>) -> PolarsResult<DataFrame> {
    DataFrame::new_infer_height(columns)
}

/// Puts a frame's columns into their documented order; those that no model has filled become null.
///
/// # Errors
/// When a column has another type than the documented one.
pub fn completed(frame: &DataFrame, columns: &Columns) -> PolarsResult<DataFrame> {
    let height = frame.height();
    let complete = columns.iter().map(|(name, kind)| match frame.column(name) {
        Ok(column) => column.cast(kind),
        Err(_) => Ok(Column::full_null((*name).into(), height, kind)),
    });
    DataFrame::new(height, complete.collect::<PolarsResult<_>>()?)
}
