//! What every command reads: paths, and the titles under which bugs were reported.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use crate::analysis::words::Manner;
use crate::analysis::{Analysis, Repo, Settings, TogetherError, together, untitled};
use crate::calibrate::Truth;
use crate::evidence::{Arranged, Bisection, Source, Title, file_name};
#[cfg(feature = "git")]
use crate::history::Repository;
use crate::history::{History, Weights};
use crate::ingest::records;
use crate::ingest::source::{Input, inputs, listed};
use crate::ingest::table::Meaning;
use crate::ingest::told::{UNMAPPED, UNTESTED, mapping};
use crate::ingest::{Place, ReadError};
use crate::model::archive::ArchivePrior;
use crate::prob::Prob;

use super::Exit;
use super::filter::{Came, Filter};
use super::names::Names;
use super::reader::{Demands, Ledger, Reader, Sink};
use super::say::{self, complain, note, warn};
use super::shard::Shard;
use super::threads::Threads;

/// Where the inputs lie, and how they are read: the same for logs and for histories.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = super::INPUT)]
pub(super) struct Sources {
    /// Logs, folders of logs, patterns like 'logs/*.txt', archives of these, or - for standard input, which is also read if no
    /// PATH is given and something is piped in
    #[arg(value_name = "PATH", help_heading = None::<&str>)]
    paths: Vec<PathBuf>,
    /// Read paths from this file, one per line or separated by NUL bytes; - for standard input
    #[arg(long, value_name = "FILE")]
    files_from: Option<PathBuf>,
    /// Fail if anything was not read in full, including files without a bisection
    #[arg(long)]
    strict: bool,
    /// What the columns of a table mean, if their names don't tell: commit=sha,outcome=status
    #[arg(long, value_name = "MEANING=COLUMN", value_delimiter = ',', value_parser = mapping)]
    map: Vec<(Meaning, String)>,
    /// A git repository with the tested commits, which tells their order and what lies between them
    #[arg(long, value_name = "DIR", help_heading = super::MODEL)]
    #[cfg_attr(not(feature = "git"), arg(hide = true, value_parser = without_git))]
    repo: Option<PathBuf>,
}

/// Which bisections to read.
#[derive(Debug, Args)]
#[command(next_help_heading = super::INPUT)]
pub(super) struct Inputs {
    #[command(flatten)]
    sources: Sources,
    /// The form of the inputs
    #[arg(long, value_enum, default_value_t = Form::Auto, value_name = "FORM")]
    input: Form,
    /// Take only every N-th input, from the K-th on, so that N jobs share the work
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    /// Look at this test of JUnit reports only, by its name or a part of it [default: every test that failed]
    #[arg(long, value_name = "NAME")]
    test: Option<String>,
    /// The title under which the bug was reported; for one log
    #[arg(long, value_name = "TITLE", conflicts_with = "titles")]
    title: Option<String>,
    /// A CSV file with the columns `file` and `title`: the title under which each bug was reported
    #[arg(long, value_name = "FILE")]
    titles: Option<PathBuf>,
    /// A prior that `fit` learned from an archive
    #[arg(long, value_name = "FILE", help_heading = super::MODEL)]
    prior: Option<PathBuf>,
    /// How often a bad commit fails (0 to 1), if you know it; 1 = deterministic
    #[arg(long, value_name = "RATE", conflicts_with = "prior", value_parser = probability, help_heading = super::MODEL)]
    reproduction: Option<Prob>,
    /// Prior weights of commits: a CSV file with the columns `commit` and `weight` (`*`: all others)
    #[arg(long, value_name = "FILE", requires = "repo", hide = cfg!(not(feature = "git")), help_heading = super::MODEL)]
    weights: Option<PathBuf>,
    #[command(flatten)]
    threads: Threads,
    /// Whether tests that never failed are wanted, too.
    #[arg(skip)]
    every: bool,
    /// The repository, once it is opened.
    #[arg(skip)]
    opened: OnceLock<Option<Arc<Repo>>>,
}

#[cfg(feature = "git")]
fn whole_history(path: &Path) -> Result<History, String> {
    Repository::open(path).and_then(Repository::whole_history).map_err(|error| error.to_string())
}

#[cfg(not(feature = "git"))]
const WITHOUT_GIT: &str = "this program was built without git: add the feature `git`";

#[cfg(not(feature = "git"))]
fn without_git(_path: &str) -> Result<PathBuf, &'static str> {
    Err(WITHOUT_GIT)
}

#[cfg(not(feature = "git"))]
fn whole_history(_path: &Path) -> Result<History, String> {
    Err(WITHOUT_GIT.to_owned())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// Detect it from content
    Auto,
    /// Records, one JSON object per line: {"id", "text"}, or {"id", "path"} for a file or a folder
    Ndjson,
}

pub(super) fn probability(text: &str) -> Result<Prob, String> {
    let value: f64 = text.parse().map_err(|_| format!("found {text:?}, expected a number from 0 to 1"))?;
    Prob::new(value).map_err(|error| error.to_string())
}

/// What came of reading.
#[derive(Default)]
pub(super) struct Batch {
    /// What was read, in the order of the paths.
    pub(super) bisections: Vec<Bisection>,
    /// What became of each input.
    pub(super) ledger: Ledger,
}

impl Inputs {
    /// Everything that was ever run of each test, also of those that never failed.
    pub(super) fn of_tests(sources: &Sources, threads: Threads) -> Self {
        Self {
            sources: sources.clone(),
            input: Form::Auto,
            shard: None,
            test: None,
            title: None,
            titles: None,
            prior: None,
            reproduction: None,
            weights: None,
            threads,
            every: true,
            opened: OnceLock::new(),
        }
    }

    /// Whether something is assumed of the bug.
    pub(super) const fn assumes(&self) -> bool {
        self.title.is_some() || self.titles.is_some() || self.prior.is_some() || self.reproduction.is_some()
    }

    /// Whether a repository is named.
    pub(super) const fn has_repo(&self) -> bool {
        self.sources.repo.is_some()
    }

    /// The repository that tells the order of revisions.
    pub(super) fn history(&self) -> Result<Option<Arc<Repo>>, String> {
        self.repo()
    }

    /// The default assumptions, or those of the archive's prior.
    pub(super) fn settings(&self) -> Result<Settings, String> {
        let settings = Settings::default();
        let settings = match (&self.prior, self.reproduction) {
            (Some(path), _) => settings.with_prior(&read_prior(path)?),
            (None, Some(rate)) => settings.with_reproduction(rate),
            (None, None) => settings,
        };
        Ok(Settings { repo: self.repo()?, ..settings })
    }

    /// The repository, if one was named.
    fn repo(&self) -> Result<Option<Arc<Repo>>, String> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened.clone());
        }
        let repo = self.open_repo()?.map(Arc::new);
        Ok(self.opened.get_or_init(|| repo).clone())
    }

    fn open_repo(&self) -> Result<Option<Repo>, String> {
        let Some(path) = &self.sources.repo else { return Ok(None) };
        let history = whole_history(path)?;
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

    /// As [`Self::read`], all of it as one body of evidence.
    pub(super) fn read_together(&self, history: Option<&History>) -> Result<Batch, TogetherError> {
        let Batch { bisections, ledger } = self.read_ordered(false, true);
        if let Some((runs, title)) = untitled(&bisections) {
            let crashes = Manner::Crash.nouns(runs);
            note(&format!("{runs} {crashes} without a title: taken for \"{title}\""));
        }
        let all = together(bisections, history)?;
        if all.arranged == Arranged::Unknown && history.is_none() {
            let id = &all.id;
            warn(&format!(
                "{id}: nothing tells which revision is older: they are taken to be so in the order of the rows; name the --repo"
            ));
        }
        Ok(Batch { bisections: vec![all], ledger })
    }

    /// As [`Self::read`]; a folder without logs fails unless it may be empty.
    pub(super) fn read_folders(&self, may_be_empty: bool) -> Batch {
        self.read_ordered(may_be_empty, false)
    }

    /// The same; `every`: with the tests that never failed.
    pub(super) fn read_for_gate(&self, may_be_empty: bool, every: bool) -> Batch {
        self.read_all((may_be_empty, false, every))
    }

    /// The same; says nothing of tables without an order where something else tells it.
    fn read_ordered(&self, may_be_empty: bool, ordered: bool) -> Batch {
        self.read_all((may_be_empty, ordered, self.every))
    }

    fn read_all(&self, (may_be_empty, ordered, every): (bool, bool, bool)) -> Batch {
        let mut bisections = Vec::new();
        let mut take = |batch: Vec<Bisection>, _several: bool| bisections.extend(batch);
        let mut ledger = self.stream_with("reading", may_be_empty, &mut take, (ordered, false, every));
        if let Err(error) = self.set_titles(&mut bisections) {
            complain(&error);
            let source = Source::new(self.titles.as_deref().map_or("--title".into(), Path::to_string_lossy));
            ledger.fail(&source, &error);
        }
        Batch { bisections, ledger }
    }

    /// As [`Self::read`], one batch after the other; gives how many things could not be read.
    pub(super) fn read_in_batches(&self, take: &mut dyn FnMut(Vec<Bisection>)) -> usize {
        let titles = self.titles.as_deref().map(read_titles).transpose();
        if self.title.is_some() || titles.is_err() {
            let batch = self.read();
            let failed = batch.failed();
            take(batch.bisections);
            return failed;
        }
        let titles = titles.ok().flatten().unwrap_or_default();
        let ledger = self.stream("reading", false, &mut |mut batch: Vec<Bisection>, _several: bool| {
            for bisection in &mut batch {
                bisection.reported_title = self.title_of(bisection, &titles);
            }
            take(batch);
        });
        ledger.failed()
    }

    /// Reads the inputs and hands on the bisections of one batch after the other, in the order of the paths.
    pub(super) fn stream<'a>(&self, verb: &str, may_be_empty: bool, take: &'a mut (dyn Sink + 'a)) -> Ledger {
        self.stream_with(verb, may_be_empty, take, (false, false, self.every))
    }

    /// What the columns of the tables mean, with what became of the inputs.
    pub(super) fn explained(&self) -> Ledger {
        self.stream_with("reading", false, &mut |_: Vec<Bisection>, _: bool| {}, (false, true, self.every))
    }

    fn stream_with<'a>(
        &self,
        verb: &str,
        may_be_empty: bool,
        take: &'a mut (dyn Sink + 'a),
        (ordered, explain, every): (bool, bool, bool),
    ) -> Ledger {
        self.threads.start();
        let demands = Demands {
            columns: self.sources.map.iter().cloned().collect(),
            may_be_empty,
            strict: self.sources.strict,
            ordered: ordered || self.sources.repo.is_some(),
            explain,
            test: self.test.clone(),
            every,
            once: self.input == Form::Auto && (self.sources.paths.len() > 1 || self.sources.files_from.is_some()),
            shard: self.shard,
            // One that cannot be opened is complained about where the settings are made.
            repo: self.repo().ok().flatten(),
        };
        let mut reader = Reader::new(verb, demands, take);
        if self.input == Form::Auto && self.sources.files_from.is_none() {
            reader.expect(&self.sources.paths);
        }
        for path in &self.sources.paths {
            say_if_it_waits(path);
            match self.input {
                Form::Auto => reader.path(path, inputs),
                Form::Ndjson => reader.path(path, recorded),
            }
        }
        if let Some(list) = &self.sources.files_from {
            match lines_of(list) {
                Ok(paths) if paths.is_empty() => {
                    let source = Source::new(list.to_string_lossy());
                    reader.fail(&source, ReadError::NoLogs { place: Place::List, skipped: 0 });
                }
                Ok(paths) => paths.iter().for_each(|path| match self.input {
                    Form::Auto => reader.path(path, listed),
                    Form::Ndjson => reader.path(path, recorded),
                }),
                Err(error) => reader.fail(&Source::new(list.to_string_lossy()), ReadError::Io(error)),
            }
        }
        reader.finish()
    }

    /// Whether each record in is to become a record out.
    pub(super) const fn are_records(&self) -> bool {
        matches!(self.input, Form::Ndjson)
    }

    /// Reads records and writes one line a bisection, in their order; `judge` tells which of a batch it keeps. Gives how many
    /// things failed that count.
    pub(super) fn filter(
        &self,
        judge: &mut dyn FnMut(Vec<Bisection>) -> io::Result<Vec<Option<Analysis>>>,
        out: &mut impl Write,
    ) -> io::Result<usize> {
        self.threads.start();
        let titles = self.titles.as_deref().map(read_titles).transpose().map_err(io::Error::other)?.unwrap_or_default();
        let columns = self.sources.map.iter().cloned().collect();
        let mut judge = |mut batch: Vec<Bisection>| {
            for bisection in &mut batch {
                bisection.reported_title = self.title_of(bisection, &titles);
            }
            judge(batch)
        };
        let of_list = |list: &PathBuf| lines_of(list).map_err(|error| named(list, &error));
        let listed = self.sources.files_from.as_ref().map(of_list).transpose()?.unwrap_or_default();
        let mut came = Came::default();
        for path in self.sources.paths.iter().chain(&listed) {
            say_if_it_waits(path);
            let name = path.to_string_lossy();
            let repo = self.repo().ok().flatten();
            let filter = Filter { name: &name, columns: &columns, test: self.test.as_deref(), shard: self.shard, repo };
            came.add(filter.run(opened(path).map_err(|error| named(path, &error))?, &mut judge, out)?);
        }
        let mut unused = 0;
        let told =
            [(self.sources.map.is_empty() || came.columns, UNMAPPED), (self.test.is_none() || came.reports, UNTESTED)];
        for (_, flaw) in told.iter().filter(|(used, _)| !used && self.shard.is_none()) {
            complain(flaw);
            unused += 1;
        }
        Ok(unused + if self.sources.strict { came.failed } else { 0 })
    }

    /// The titles that were given.
    pub(super) fn titles(&self) -> Result<Titles, String> {
        let by_name = self.titles.as_deref().map(read_titles).transpose()?.unwrap_or_default();
        Ok(Titles { one: self.title.as_deref().and_then(Title::new), by_name })
    }

    /// What is asked of the inputs and of what is read, for a fingerprint: none but the inputs' own contents are missing.
    pub(super) fn asked(&self) -> Result<String, String> {
        let titles = self.titles.as_deref().map(std::fs::read).transpose();
        let titles = titles.map_err(|error| error.to_string())?.map(|bytes| xxh3_64(&bytes));
        Ok(format!("{:?} {:?} {:?} {titles:?}", self.title, self.sources.map, self.test))
    }

    fn set_titles(&self, bisections: &mut [Bisection]) -> Result<(), String> {
        match (&self.title, bisections) {
            (Some(title), [bisection]) => bisection.reported_title = Title::new(title),
            (Some(_), [_, _, ..]) => return Err("--title is for one log: use --titles FILE for several".to_owned()),
            (_, bisections) => {
                let titles = self.titles.as_deref().map(read_titles).transpose()?.unwrap_or_default();
                for bisection in bisections {
                    if let Some(title) = titles.of(&bisection.source.path) {
                        bisection.reported_title = Some(title.clone());
                    }
                }
            }
        }
        Ok(())
    }
}

impl Batch {
    /// How many inputs and lines could not be read.
    pub(super) const fn failed(&self) -> usize {
        self.ledger.failed()
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}

/// A named pipe is opened when somebody writes to it, which may be never.
#[cfg(unix)]
fn say_if_it_waits(path: &Path) {
    use std::os::unix::fs::FileTypeExt as _;
    // A shell that passes a pipe on as a file writes to it already.
    let passed_on = path.starts_with("/dev") || path.starts_with("/proc");
    if !passed_on && std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo()) {
        warn(&format!("{}: a named pipe: waiting until something is written to it", path.display()));
    }
}

#[cfg(not(unix))]
const fn say_if_it_waits(_path: &Path) {}

/// A stream of records.
fn opened(path: &Path) -> io::Result<Box<dyn BufRead>> {
    const BUFFER: usize = 1 << 20;
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::with_capacity(BUFFER, io::stdin())));
    }
    Ok(Box::new(BufReader::with_capacity(BUFFER, File::open(path)?)))
}

/// What the records of a stream stand for.
#[expect(clippy::unnecessary_wraps, reason = "as the other ways to find inputs")]
fn recorded(path: &Path, sink: &mut dyn FnMut(Input)) -> Option<Place> {
    match opened(path) {
        Ok(reader) => records::inputs(path, reader, sink),
        Err(error) => sink(Input::failed(path, true, ReadError::Io(error))),
    }
    Some(Place::Stream)
}

/// The paths in a list: ended by NUL bytes if there is one, else by line ends.
fn lines_of(list: &Path) -> io::Result<Vec<PathBuf>> {
    let mut bytes = Vec::new();
    if list == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(list)?;
    }
    let end = if bytes.contains(&0) { 0 } else { b'\n' };
    let paths = bytes.split(|byte| *byte == end);
    let paths = paths.map(|path| if end == 0 { path } else { path.strip_suffix(b"\r").unwrap_or(path) });
    Ok(paths.filter(|path| !path.is_empty()).map(path_of).collect())
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(bytes).into()
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// Reads a prior's file.
pub(super) fn read_prior(path: &Path) -> Result<ArchivePrior, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let none = |why: &dyn std::fmt::Display| {
        format!("{}: this is no prior, which `bisectstat fit --prior FILE LOGS` writes as JSON ({why})", path.display())
    };
    let text = String::from_utf8(bytes).map_err(|_| none(&"its bytes are no text"))?;
    ArchivePrior::parse(&text).map_err(|error| none(&error))
}

pub(super) fn read_weights(path: &Path) -> Result<Weights, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Weights::read(&bytes, &Source::new(path.to_string_lossy())).map_err(|error| error.to_string())
}

/// Titles by file name.
fn read_titles(path: &Path) -> Result<Listed, String> {
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
    let (asked, used) = (AtomicBool::new(false), AtomicBool::new(false));
    Ok(Listed { titles, path: path.to_owned(), asked, used })
}

/// The titles of a file. It says in the end when nothing that was read is named in it.
#[derive(Debug, Default)]
struct Listed {
    titles: HashMap<String, Title>,
    path: PathBuf,
    asked: AtomicBool,
    used: AtomicBool,
}

impl Listed {
    /// That of an input, by its name without folders, or without the archive that it lies in.
    fn of(&self, path: &str) -> Option<&Title> {
        let whole = Path::new(path).file_name().and_then(|name| self.titles.get(name.to_str()?));
        let found = whole.or_else(|| self.titles.get(file_name(path)?));
        self.asked.store(true, Ordering::Relaxed);
        self.used.fetch_or(found.is_some(), Ordering::Relaxed);
        found
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        let (asked, used) = (self.asked.get_mut(), self.used.get_mut());
        if *asked && !*used && !self.path.as_os_str().is_empty() {
            warn(&format!("{}: none of the files that it names was read: no title of it is used", self.path.display()));
        }
    }
}

/// Titles under which bugs were reported.
#[derive(Debug, Default)]
pub(super) struct Titles {
    /// That of the only log.
    pub(super) one: Option<Title>,
    by_name: Listed,
}

impl Titles {
    pub(super) fn of(&self, bisection: &Bisection) -> Option<Title> {
        let listed = || self.by_name.of(&bisection.source.path).cloned();
        self.one.clone().or_else(listed)
    }
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
    /// Reads the inputs and works on each bisection in parallel, with a name that no other has, before the next are read:
    /// only results are kept. The name is empty when there is but one.
    pub(super) fn each<T: Send>(
        &self,
        verb: &str,
        work: impl Fn(&str, Bisection) -> T + Sync,
    ) -> Result<Streamed<T>, String> {
        let titles = self.titles.as_deref().map(read_titles).transpose()?.unwrap_or_default();
        let (mut names, mut results, mut many) = (Names::default(), Vec::new(), false);
        let ledger = self.stream(verb, false, &mut |batch: Vec<Bisection>, several: bool| {
            many |= several || batch.len() > 1;
            if many && self.title.is_some() {
                return;
            }
            let named: Vec<_> = batch.into_iter().map(|one| (names.of_bisection(&one), one)).collect();
            let done = named.into_par_iter().map(|(name, mut bisection)| {
                bisection.reported_title = self.title_of(&bisection, &titles);
                work(if many { &name } else { "" }, bisection)
            });
            results.extend(done.collect::<Vec<_>>());
        });
        if many && self.title.is_some() {
            return Err("--title is for one log: use --titles FILE for several".to_owned());
        }
        Ok(Streamed { results, several: many, failed: ledger.failed() })
    }

    fn title_of(&self, bisection: &Bisection, titles: &Listed) -> Option<Title> {
        let listed = || titles.of(&bisection.source.path).cloned();
        let own = || bisection.reported_title.clone();
        self.title.as_deref().map_or_else(listed, Title::new).or_else(own)
    }
}

/// A bar on a terminal, for what takes a while.
pub(super) fn progress(verb: &str, inputs: u64) -> ProgressBar {
    const WORTH_A_BAR: u64 = 64;
    let target = if inputs >= WORTH_A_BAR && say::shows_progress() {
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
