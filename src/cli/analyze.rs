//! `analyze`: the main job.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::{ParallelProgressIterator, ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;

use crate::analysis::{self, Analysis, Settings};
use crate::evidence::{Bisection, Source};
use crate::frame::io::{self as frames, FrameFormat};
use crate::ingest::source::{Input, inputs};
use crate::ingest::{ReadError, Reading};
use crate::report;

use super::Exit;

/// Judge finished bisections: is the named commit right, where else could it be, why.
///
/// One log gives a report on one screen; several, or a folder, give a table with the least sure first.
///
/// A bisection calls a revision bad or good by a handful of runs. Each bad revision is taken to crash with a rate of
/// its own, each good one hardly ever; the posterior of the commit where the one becomes the other is the answer. At
/// this stage any crash counts as the bug.
#[derive(Debug, Args)]
pub struct Analyze {
    /// Logs, folders of logs, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the data frames into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The format of the data frames
    #[arg(long, value_enum, default_value_t = FramesFormat::Parquet, requires = "out", value_name = "FORMAT")]
    frames: FramesFormat,
    /// List the lines that were not understood, instead of the report
    #[arg(long, conflicts_with = "format")]
    unparsed: bool,
    /// Threads to use; as many as there are processors by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One array
    Json,
    /// One object a line
    Ndjson,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FramesFormat {
    /// Apache Parquet
    Parquet,
    /// Comma-separated text
    Csv,
    /// One JSON object a line
    Ndjson,
}

impl From<FramesFormat> for FrameFormat {
    fn from(format: FramesFormat) -> Self {
        match format {
            FramesFormat::Parquet => Self::Parquet,
            FramesFormat::Csv => Self::Csv,
            FramesFormat::Ndjson => Self::Ndjson,
        }
    }
}

/// What came of reading.
#[derive(Default)]
struct Batch {
    bisections: Vec<Bisection>,
    /// Files in folders that hold no bisection.
    skipped: usize,
    /// Inputs and lines that could not be read.
    failed: usize,
}

impl Analyze {
    pub(super) fn run(&self) -> Exit {
        if let Some(jobs) = self.jobs {
            // Fails only when a pool exists already, and then that one serves.
            let _ = rayon::ThreadPoolBuilder::new().num_threads(jobs.into()).build_global();
        }
        let batch = self.read();
        let failed = batch.failed;
        let result = self.report(batch);
        match result {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                complain(&error);
                Exit::Failed
            }
            _ if failed > 0 => Exit::Failed,
            _ => Exit::Success,
        }
    }

    /// Reads every input; what fails is said at once and counted.
    fn read(&self) -> Batch {
        let mut batch = Batch::default();
        for path in &self.paths {
            let before = (batch.bisections.len(), batch.skipped, batch.failed);
            let found = inputs(path);
            let whole_folder = found.iter().all(|input| !matches!(input, Ok(Input { named: true, .. })));
            for (source, reading) in read_all(found) {
                batch.add(&source, reading);
            }
            if whole_folder && (batch.bisections.len(), batch.failed) == (before.0, before.2) {
                let skipped = batch.skipped - before.1;
                batch.add(&Source::new(path), Err(ReadError::NoLogs { skipped }));
            }
        }
        batch
    }

    fn report(&self, batch: Batch) -> io::Result<()> {
        let Batch { bisections, skipped, failed } = batch;
        let mut out = BufWriter::new(anstream::stdout().lock());
        if self.unparsed {
            unparsed(&bisections, &mut out)?;
            return out.flush();
        }
        let (analyses, tables) = analysis::analyze(bisections, &Settings::default()).map_err(io::Error::other)?;
        if let Some(dir) = &self.out {
            let named = |error| io::Error::other(format!("{}: {error}", dir.display()));
            frames::write(&tables, dir, self.frames.into()).map_err(named)?;
        }
        match self.format {
            Format::Text => out.write_all(text(&analyses, skipped, failed).as_bytes())?,
            Format::Json => report::json::array(&analyses, &mut out)?,
            Format::Ndjson => report::json::lines(&analyses, &mut out)?,
        }
        out.flush()
    }
}

impl Batch {
    fn add(&mut self, source: &Source, reading: Result<Option<Reading>, ReadError>) {
        match reading {
            Ok(Some(reading)) => {
                for problem in reading.problems {
                    self.failed += 1;
                    complain(&format!("{}: {}", source.at(problem.line), problem.flaw));
                }
                self.bisections.extend(reading.bisections);
            }
            Ok(None) => self.skipped += 1,
            Err(error) => {
                self.failed += 1;
                let place = error.line().map_or_else(|| source.path.clone(), |line| source.at(line).to_string());
                complain(&format!("{place}: {error}"));
            }
        }
    }
}

type Readings = Vec<(Source, Result<Option<Reading>, ReadError>)>;

/// Reads in parallel and keeps the order.
fn read_all(inputs: Vec<Result<Input, (Source, ReadError)>>) -> Readings {
    let progress = progress(inputs.len() as u64);
    let readings = inputs.into_par_iter().progress_with(progress.clone()).map(|input| match input {
        Ok(input) => {
            let reading = input.read();
            (input.source, reading)
        }
        Err((source, error)) => (source, Err(error)),
    });
    let readings = readings.collect();
    progress.finish_and_clear();
    readings
}

/// A bar on a terminal, for what takes a while.
fn progress(inputs: u64) -> ProgressBar {
    const WORTH_A_BAR: u64 = 64;
    let target = if inputs >= WORTH_A_BAR && io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(inputs), target);
    match ProgressStyle::with_template("reading {wide_bar} {pos}/{len} logs, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn text(analyses: &[Analysis], skipped: usize, failed: usize) -> String {
    match analyses {
        [] => String::new(),
        [analysis] => report::text::one(analysis),
        many => report::text::archive(many, skipped, failed),
    }
}

fn unparsed(bisections: &[Bisection], out: &mut impl Write) -> io::Result<()> {
    for bisection in bisections {
        for line in &bisection.unparsed {
            writeln!(out, "{}: {}", bisection.source.at(line.line), line.text)?;
        }
    }
    let sum = |of: fn(&Bisection) -> u32| bisections.iter().map(|b| u64::from(of(b))).sum::<u64>();
    writeln!(
        out,
        "{} lines: {} understood, {} free text, {} not understood",
        sum(|b| b.lines.total()),
        sum(|b| b.lines.understood),
        sum(|b| b.lines.opaque),
        sum(|b| b.lines.unparsed),
    )
}

fn complain(message: &dyn std::fmt::Display) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    // Nowhere left to complain to.
    let _ = writeln!(anstream::stderr(), "{style}error{style:#}: {message}");
}
