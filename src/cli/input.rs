//! What every command reads: paths, and the titles under which bugs were reported.

use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use indicatif::{ParallelProgressIterator, ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;

use crate::analysis::{Repo, Settings};
use crate::calibrate::Truth;
use crate::evidence::{Bisection, Source, Title, file_name};
use crate::gate::decision::Unread;
use crate::history::{Repository, Weights};
use crate::ingest::source::{Input, inputs};
use crate::ingest::table::{Columns, Meaning};
use crate::ingest::{ReadError, Reading};
use crate::model::archive::ArchivePrior;
use crate::prob::Prob;

use super::Exit;

/// Which bisections to read.
#[derive(Debug, Args)]
pub(super) struct Inputs {
    /// Logs, folders of logs, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// The title under which the bug was reported (one log only)
    #[arg(long, value_name = "TITLE", conflicts_with = "titles")]
    title: Option<String>,
    /// A CSV file with the columns `file` and `title`: the titles under which bugs were reported, by file name
    #[arg(long, value_name = "FILE")]
    titles: Option<PathBuf>,
    /// What an archive says of bugs in general, as `fit` writes it
    #[arg(long, value_name = "FILE")]
    prior: Option<PathBuf>,
    /// What the columns of a table mean, where their names do not tell: commit=sha,outcome=status
    #[arg(long, value_name = "MEANING=COLUMN", value_delimiter = ',', value_parser = mapping)]
    map: Vec<(Meaning, String)>,
    /// In what share of runs the bug crashes, from 0 to 1, where somebody has measured it
    #[arg(long, value_name = "RATE", conflicts_with = "prior", value_parser = probability)]
    reproduction: Option<Prob>,
    /// A git repository that has the tested commits: which revision contains which is then read, not guessed
    #[arg(long, value_name = "DIR")]
    repo: Option<PathBuf>,
    /// How much commits are suspected beforehand: a CSV file with the columns `commit` and `weight` (`*`: all others)
    #[arg(long, value_name = "FILE", requires = "repo")]
    weights: Option<PathBuf>,
    /// Threads to use; as many as there are processors by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

fn mapping(text: &str) -> Result<(Meaning, String), String> {
    let (meaning, column) = text.split_once('=').ok_or_else(|| format!("found {text:?}, expected MEANING=COLUMN"))?;
    let meanings = || Meaning::ALL.map(|(_, names)| names[0]).join(", ");
    let meaning =
        Meaning::parse(meaning).ok_or_else(|| format!("found {meaning:?}, expected one of {}", meanings()))?;
    Ok((meaning, column.to_owned()))
}

fn probability(text: &str) -> Result<Prob, String> {
    let value: f64 = text.parse().map_err(|_| format!("found {text:?}, expected a number from 0 to 1"))?;
    Prob::new(value).map_err(|error| error.to_string())
}

/// What came of reading.
#[derive(Default)]
pub(super) struct Batch {
    /// What was read, in the order of the paths.
    pub(super) bisections: Vec<Bisection>,
    /// Files in folders that hold no bisection.
    pub(super) skipped: usize,
    /// Inputs and lines that could not be read; each was complained about.
    pub(super) unread: Vec<Unread>,
}

impl Inputs {
    /// The default assumptions, or those of the archive's prior.
    pub(super) fn settings(&self) -> Result<Settings, String> {
        let settings = Settings::default();
        let settings = match (&self.prior, self.reproduction) {
            (Some(path), _) => settings.with_prior(&read_prior(path)?),
            (None, Some(rate)) => settings.with_reproduction(rate),
            (None, None) => settings,
        };
        Ok(Settings { repo: self.repo()?.map(Arc::new), ..settings })
    }

    /// The repository, if one was named.
    fn repo(&self) -> Result<Option<Repo>, String> {
        let Some(path) = &self.repo else { return Ok(None) };
        let history = Repository::open(path).and_then(Repository::whole_history).map_err(|error| error.to_string())?;
        let weights = self.weights.as_deref().map(read_weights).transpose()?;
        for (line, commit, why) in weights.iter().flat_map(|weights| weights.of(&history).lost) {
            let file = self.weights.as_deref().unwrap_or(path).display();
            warn(&format!("{file}:{}: {commit}: {why}; its weight is not used", line.0));
        }
        Ok(Some(Repo { history, weights }))
    }

    /// The archive's prior, if one was given.
    pub(super) fn prior(&self) -> Result<Option<ArchivePrior>, String> {
        self.prior.as_deref().map(read_prior).transpose()
    }

    /// As [`Self::read`], with the titles of a truth where none are given.
    pub(super) fn read_with(&self, truth: &Truth) -> Batch {
        let mut batch = self.read();
        if self.title.is_none() && self.titles.is_none() {
            for bisection in &mut batch.bisections {
                let title = file_name(&bisection.source.path).and_then(|file| truth.titles.get(file));
                bisection.reported_title = title.and_then(|title| Title::new(title));
            }
        }
        batch
    }

    /// Reads every input; what fails is said at once and counted.
    pub(super) fn read(&self) -> Batch {
        self.read_folders(false)
    }

    /// As [`Self::read`]; a folder without logs fails unless it may be empty.
    pub(super) fn read_folders(&self, may_be_empty: bool) -> Batch {
        self.set_jobs();
        let columns: Columns = self.map.iter().cloned().collect();
        let mut batch = Batch::default();
        for path in &self.paths {
            batch.read(path, &columns, may_be_empty);
        }
        if let Err(error) = self.set_titles(&mut batch.bisections) {
            complain(&error);
            let source = Source::new(self.titles.as_deref().map_or("--title".into(), Path::to_string_lossy));
            batch.unread.push(Unread { source, error });
        }
        batch
    }

    fn set_titles(&self, bisections: &mut [Bisection]) -> Result<(), String> {
        match (&self.title, bisections) {
            (Some(title), [bisection]) => bisection.reported_title = Title::new(title),
            (Some(_), [_, _, ..]) => return Err("--title is for one log: use --titles FILE for several".to_owned()),
            (_, bisections) => {
                let titles = self.titles.as_deref().map(read_titles).transpose()?.unwrap_or_default();
                for bisection in bisections {
                    let title = file_name(&bisection.source.path).and_then(|file| titles.get(file));
                    if let Some(title) = title {
                        bisection.reported_title = Some(title.clone());
                    }
                }
            }
        }
        Ok(())
    }
}

impl Batch {
    fn read(&mut self, path: &str, columns: &Columns, may_be_empty: bool) {
        let before = (self.bisections.len(), self.skipped, self.failed());
        let found = inputs(path);
        let whole_folder = found.iter().all(|input| !matches!(input, Ok(Input { named: true, .. })));
        for (source, reading) in read_all(found, columns) {
            self.add(&source, reading);
        }
        if whole_folder && !may_be_empty && (self.bisections.len(), self.failed()) == (before.0, before.2) {
            let skipped = self.skipped - before.1;
            self.add(&Source::new(path), Err(ReadError::NoLogs { skipped }));
        }
    }

    fn add(&mut self, source: &Source, reading: Result<Option<Reading>, ReadError>) {
        match reading {
            Ok(Some(reading)) => {
                for problem in reading.problems {
                    complain(&format!("{}: {}", source.at(problem.line), problem.flaw));
                    self.fail(source, format!("line {}: {}", problem.line, problem.flaw));
                }
                self.bisections.extend(reading.bisections);
            }
            Ok(None) => self.skipped += 1,
            Err(error) => {
                let place = error.line().map_or_else(|| source.path.clone(), |line| source.at(line).to_string());
                complain(&format!("{place}: {error}"));
                self.fail(source, error.to_string());
            }
        }
    }

    fn fail(&mut self, source: &Source, error: String) {
        self.unread.push(Unread { source: source.clone(), error });
    }

    /// How many inputs and lines could not be read.
    pub(super) const fn failed(&self) -> usize {
        self.unread.len()
    }
}

/// Reads a prior's file.
pub(super) fn read_prior(path: &Path) -> Result<ArchivePrior, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    ArchivePrior::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn read_weights(path: &Path) -> Result<Weights, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Weights::read(&bytes, &Source::new(path.to_string_lossy())).map_err(|error| error.to_string())
}

/// Titles by file name.
fn read_titles(path: &Path) -> Result<HashMap<String, Title>, String> {
    let place = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        format!("{}:{line}: {error}", path.display())
    };
    let mut reader = csv::Reader::from_path(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let header = reader.headers().map_err(|error| place(&error))?.clone();
    let column = |name: &str| {
        let found = header.iter().position(|column| column == name);
        found.ok_or_else(|| {
            format!("{}:1: no column {name:?}, found {:?}", path.display(), header.iter().collect::<Vec<_>>())
        })
    };
    let (file, title) = (column("file")?, column("title")?);
    let mut titles = HashMap::new();
    for row in reader.records() {
        let row = row.map_err(|error| place(&error))?;
        if let (Some(file), Some(title)) = (row.get(file), row.get(title).and_then(Title::new)) {
            titles.insert(file.to_owned(), title);
        }
    }
    Ok(titles)
}

/// What came of a stream.
pub(super) struct Streamed<T> {
    /// One for each bisection, in the order of the paths.
    pub(super) results: Vec<T>,
    /// Whether there could be more than one bisection.
    pub(super) several: bool,
    /// Inputs and lines that could not be read; each was complained about.
    pub(super) failed: usize,
}

impl Inputs {
    /// Reads the inputs in parallel and hands each bisection on, with a name that no other has, before the next is read:
    /// only results are kept. The name is empty when there is but one.
    pub(super) fn each<T: Send>(
        &self,
        verb: &str,
        work: impl Fn(&str, Bisection) -> T + Sync,
    ) -> Result<Streamed<T>, String> {
        self.set_jobs();
        let titles = self.titles.as_deref().map(read_titles).transpose()?.unwrap_or_default();
        let found: Vec<_> = self.paths.iter().flat_map(|path| inputs(path)).collect();
        let mut several = found.len() > 1;
        if several && self.title.is_some() {
            return Err("--title is for one log: use --titles FILE for several".to_owned());
        }
        let names = names(&found);
        let columns: Columns = self.map.iter().cloned().collect();
        let bar = progress(verb, found.len() as u64);
        let read = found.into_par_iter().zip(names).progress_with(bar.clone()).map(|(input, name)| {
            let (source, mut reading) = read_one(input, &columns);
            let bisections = taken(&mut reading);
            let alone = !several && bisections.len() == 1;
            let named = bisections.into_iter().enumerate().map(|(i, mut bisection)| {
                bisection.reported_title = self.title_of(&bisection, &titles);
                let name = if i == 0 { name.clone() } else { format!("{name}-{}", i + 1) };
                work(if alone { "" } else { &name }, bisection)
            });
            (source, named.collect::<Vec<_>>(), reading)
        });
        let read: Vec<_> = read.collect();
        bar.finish_and_clear();
        let (mut batch, mut results) = (Batch::default(), Vec::new());
        for (source, done, reading) in read {
            several |= done.len() > 1;
            results.extend(done);
            batch.add(&source, reading);
        }
        if results.is_empty() && batch.failed() == 0 {
            let source = Source::new(self.paths.join(", "));
            batch.add(&source, Err(ReadError::NoLogs { skipped: batch.skipped }));
        }
        Ok(Streamed { results, several, failed: batch.failed() })
    }

    fn title_of(&self, bisection: &Bisection, titles: &HashMap<String, Title>) -> Option<Title> {
        let listed = || file_name(&bisection.source.path).and_then(|file| titles.get(file)).cloned();
        let own = || bisection.reported_title.clone();
        self.title.as_deref().map_or_else(listed, Title::new).or_else(own)
    }

    fn set_jobs(&self) {
        if let Some(jobs) = self.jobs {
            // Fails only when a pool exists already, and then that one serves.
            let _ = rayon::ThreadPoolBuilder::new().num_threads(jobs.into()).build_global();
        }
    }
}

/// The bisections of a reading, which keeps its problems.
fn taken(reading: &mut Result<Option<Reading>, ReadError>) -> Vec<Bisection> {
    match reading {
        Ok(Some(reading)) => std::mem::take(&mut reading.bisections),
        _ => Vec::new(),
    }
}

/// A name for each input that a folder can have: the file's own, with a number where it is taken.
fn names(inputs: &[Result<Input, (Source, ReadError)>]) -> Vec<String> {
    const LONGEST: usize = 80;
    let mut taken = HashMap::new();
    let name = |input: &Result<Input, (Source, ReadError)>| {
        let source = input.as_ref().map_or_else(|(source, _)| source, |input| &input.source);
        let stem = Path::new(&source.path).file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        let plain = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '-' };
        let mut name: String = stem.chars().map(plain).take(LONGEST).collect();
        if name.trim_matches(['.', '-']).is_empty() {
            "log".clone_into(&mut name);
        }
        let times = taken.entry(name.clone()).or_insert(0_u32);
        *times += 1;
        if *times == 1 { name } else { format!("{name}.{times}") }
    };
    inputs.iter().map(name).collect()
}

type Readings = Vec<(Source, Result<Option<Reading>, ReadError>)>;

/// Reads in parallel and keeps the order.
fn read_all(inputs: Vec<Result<Input, (Source, ReadError)>>, columns: &Columns) -> Readings {
    let progress = progress("reading", inputs.len() as u64);
    let readings = inputs.into_par_iter().progress_with(progress.clone()).map(|input| read_one(input, columns));
    let readings = readings.collect();
    progress.finish_and_clear();
    readings
}

fn read_one(
    input: Result<Input, (Source, ReadError)>,
    columns: &Columns,
) -> (Source, Result<Option<Reading>, ReadError>) {
    match input {
        Ok(input) => {
            let reading = input.read(columns);
            (input.source, reading)
        }
        Err((source, error)) => (source, Err(error)),
    }
}

/// A bar on a terminal, for what takes a while.
pub(super) fn progress(verb: &str, inputs: u64) -> ProgressBar {
    const WORTH_A_BAR: u64 = 64;
    let target = if inputs >= WORTH_A_BAR && io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(inputs), target);
    match ProgressStyle::with_template(&format!("{verb} {{wide_bar}} {{pos}}/{{len}} logs, {{eta}} left")) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Writes to standard output, and complains when that fails.
pub(super) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Exit {
    match try_print(write) {
        Err(error) => {
            complain(&error);
            Exit::Failed
        }
        Ok(()) => Exit::Success,
    }
}

/// Writes to standard output. Who stops reading is no failure.
pub(super) fn try_print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = io::BufWriter::new(anstream::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Says on standard error what went wrong.
pub(super) fn complain(message: &dyn std::fmt::Display) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    // Nowhere left to complain to.
    let _ = writeln!(anstream::stderr(), "{style}error{style:#}: {message}");
}

/// Says on standard error what is worth a look and fails nothing.
pub(super) fn warn(message: &dyn std::fmt::Display) {
    let style = anstyle::AnsiColor::Yellow.on_default().bold();
    // Nowhere left to say it.
    let _ = writeln!(anstream::stderr(), "{style}warning{style:#}: {message}");
}
