//! The journal: one JSON object a line, only ever added to, and on the disk before the next thing happens. So whatever stops
//! a bisection, at most the run under way is lost.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::evidence::{CommitId, Kind};

use super::options::Options;

/// The version of the journal's form.
pub const VERSION: u32 = 1;

/// What a bisection begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The version of the journal: 1 and so on.
    pub bisectstat: u32,
    /// The oldest ancestor of the new end, by first parents: the same in every clone.
    pub root: CommitId,
    /// What is looked for.
    pub kind: Kind,
    /// Where it does not crash.
    pub good: Vec<CommitId>,
    /// Where it crashes.
    pub bad: CommitId,
    /// How the test is run.
    pub options: Options,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Seen {
    /// It passed.
    Pass,
    /// It crashed, was killed by a signal, or took too long.
    Crash {
        /// The crash's title, where there is one.
        title: Option<String>,
    },
    /// It says nothing.
    Skip {
        /// Why.
        why: String,
    },
}

impl Seen {
    /// Why it says nothing, if it does.
    #[must_use]
    pub fn void(&self) -> Option<&str> {
        match self {
            Self::Skip { why } => Some(why),
            Self::Pass | Self::Crash { .. } => None,
        }
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_void(&self) -> bool {
        self.void().is_some()
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first line.
    Start(Box<Start>),
    /// Somebody goes on, perhaps with another budget.
    Resume {
        /// How the test is run from here on.
        options: Box<Options>,
    },
    /// A commit was checked out and built.
    Build {
        /// Which.
        commit: CommitId,
        /// How long that took.
        seconds: f64,
        /// What went wrong, if anything.
        error: Option<String>,
    },
    /// The test was run.
    Run {
        /// Where.
        commit: CommitId,
        /// Its number at this commit, from 0.
        run: u32,
        /// What came of it.
        #[serde(flatten)]
        seen: Seen,
        /// How long it took; missing for what somebody else ran.
        seconds: Option<f64>,
    },
    /// It came to an end: the last line says what came of it.
    End {
        /// How.
        reason: Reason,
        /// The commit that is sure, or the likeliest where it is undecided; none where no commit is to blame.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commit: Option<CommitId>,
        /// P(it brought the change).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        posterior: Option<f64>,
    },
}

/// How a bisection comes to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// One commit has the wanted probability.
    #[serde(alias = "found")]
    Sure,
    /// The good end crashes too: the change is older.
    Older,
    /// Both ends crash alike: the test was always this flaky.
    NoChange,
    /// It does not crash at the bad end.
    Gone,
    /// The budget is used up.
    Budget,
    /// What is left cannot be built or tested.
    Untestable,
    /// What is left can be run, and no run tells it apart.
    #[serde(alias = "stuck")]
    NothingTellsMore,
}

impl Reason {
    /// The exit code: 0 when one commit is sure, 3 when no commit is to blame, 4 when it is undecided.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Sure => 0,
            Self::Older | Self::NoChange | Self::Gone => 3,
            Self::Budget | Self::Untestable | Self::NothingTellsMore => 4,
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    /// Seconds since the start, pauses left out.
    elapsed: f64,
    #[serde(flatten)]
    event: Event,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// There is none.
    #[error("{}: no bisection has begun here: start one with `bisectstat run --good A --bad B -- CMD`", .0.display())]
    Missing(PathBuf),
    /// There is one already.
    #[error(
        "{}: a bisection is under way: go on with `bisectstat run --continue`, name another file with --state, or remove it",
        .0.display()
    )]
    Exists(PathBuf),
    /// Another process writes it.
    #[error("{}: another `bisectstat run` is at work on it", .0.display())]
    Locked(PathBuf),
    /// A line that this program has not written so.
    #[error("{}:{line}: not a line of a bisection's state: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// It holds no whole first line.
    #[error("{}:1: half written: the bisection never began; remove the file", .0.display())]
    NeverBegan(PathBuf),
    /// A newer program wrote it.
    #[error("{}: version {found} of the form, this program knows {VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: u32,
    },
    /// It belongs to another repository.
    #[error("{}: the state of another repository: {} has no commit {}", path.display(), repository.display(), commit.short())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The repository at hand.
        repository: PathBuf,
        /// What that has not.
        commit: CommitId,
    },
    /// It cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
}

/// A run as it was written down.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// Where.
    pub commit: CommitId,
    /// Its number at this commit, from 0.
    pub run: u32,
    /// What came of it.
    pub seen: Seen,
    /// How long it took.
    pub seconds: Option<f64>,
}

/// A build as it was written down.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// Which commit.
    pub commit: CommitId,
    /// How long it took.
    pub seconds: f64,
    /// What went wrong.
    pub error: Option<String>,
}

/// Everything that a journal says.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// What it began with; the options are the newest.
    pub start: Start,
    /// The runs, in their order.
    pub runs: Vec<Ran>,
    /// The builds, in their order.
    pub builds: Vec<Built>,
    /// Seconds at work.
    pub elapsed: f64,
    /// How it ended, if it did.
    pub ended: Option<Reason>,
    /// How many runs there were when somebody went on last.
    pub resumed_at: usize,
}

impl State {
    /// A bisection without a run.
    #[must_use]
    pub const fn new(start: Start) -> Self {
        Self { start, runs: Vec::new(), builds: Vec::new(), elapsed: 0.0, ended: None, resumed_at: 0 }
    }

    /// Reads a journal without touching it.
    ///
    /// # Errors
    /// [`StateError`] when there is none, or a line is not a journal's. A last line without an end is left out.
    pub fn read(path: &Path) -> Result<Self, StateError> {
        let text = std::fs::read(path).map_err(|error| at(path, error))?;
        Self::parse(&text, path)
    }

    /// Reads the bytes of a journal, which came from `path`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, StateError> {
        Self::whole(bytes, path).map(|(state, _)| state)
    }

    /// The state, and the length of what is whole.
    fn whole(bytes: &[u8], path: &Path) -> Result<(Self, u64), StateError> {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let mut state: Option<Self> = None;
        for (i, line) in bytes[..whole].split_inclusive(|byte| *byte == b'\n').enumerate() {
            let damaged = |what: String| StateError::Damaged { path: path.to_owned(), line: i + 1, what };
            if i == 0 {
                version(line, path)?;
            }
            let entry: Entry = serde_json::from_slice(line).map_err(|error| damaged(error.to_string()))?;
            match (&mut state, entry.event) {
                (None, Event::Start(start)) => state = Some(Self::new(*start)),
                (None, _) => return Err(damaged("it does not begin with a start".to_owned())),
                (Some(_), Event::Start(_)) => return Err(damaged("a second start".to_owned())),
                (Some(state), event) => state.add(event, entry.elapsed),
            }
        }
        let state = state.ok_or_else(|| StateError::NeverBegan(path.to_owned()))?;
        Ok((state, whole as u64))
    }

    fn add(&mut self, event: Event, elapsed: f64) {
        self.elapsed = self.elapsed.max(elapsed);
        match event {
            Event::Start(start) => self.start = *start,
            Event::Resume { options } => {
                self.start.options = *options;
                self.ended = None;
                self.resumed_at = self.runs.len();
            }
            Event::Build { commit, seconds, error } => self.builds.push(Built { commit, seconds, error }),
            Event::Run { commit, run, seen, seconds } => self.runs.push(Ran { commit, run, seen, seconds }),
            Event::End { reason, .. } => self.ended = Some(reason),
        }
    }

    /// The number of the next run of a commit: no number is used twice, though one be lost.
    #[must_use]
    pub fn next_run(&self, commit: &CommitId) -> u32 {
        self.runs_at(commit).map(|ran| ran.run.saturating_add(1)).max().unwrap_or(0)
    }

    /// The runs of one commit.
    pub fn runs_at<'s>(&'s self, commit: &'s CommitId) -> impl Iterator<Item = &'s Ran> {
        self.runs.iter().filter(move |ran| ran.commit == *commit)
    }
}

/// A newer form may have other lines.
fn version(line: &[u8], path: &Path) -> Result<(), StateError> {
    let object: Option<serde_json::Value> = serde_json::from_slice(line).ok();
    let found = object.as_ref().and_then(|object| object.get("bisectstat")).and_then(serde_json::Value::as_u64);
    match found.and_then(|found| u32::try_from(found).ok()) {
        Some(found) if found > VERSION => Err(StateError::Version { path: path.to_owned(), found }),
        _ => Ok(()),
    }
}

fn at(path: &Path, error: io::Error) -> StateError {
    let path = path.to_owned();
    if error.kind() == io::ErrorKind::NotFound { StateError::Missing(path) } else { StateError::File { path, error } }
}

/// A journal that is being written; nobody else writes it at the same time.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    /// Its content.
    pub state: State,
    began: Instant,
    before: f64,
}

impl Journal {
    /// Begins a journal. One that came to an end is kept beside it under a number, one in which no run tells anything is replaced.
    ///
    /// # Errors
    /// [`StateError::Exists`] when a bisection is under way there.
    pub fn create(path: &Path, start: Start) -> Result<Self, StateError> {
        match State::read(path) {
            Err(StateError::Missing(_)) => {}
            Ok(State { ended: Some(_), .. }) => set_aside(path)?,
            Ok(State { runs, .. }) if runs.iter().all(|ran| ran.seen.is_void()) => discard(path)?,
            Ok(_) => return Err(StateError::Exists(path.to_owned())),
            Err(error) => return Err(error),
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|error| at(folder, error))?;
        let file = OpenOptions::new().append(true).create_new(true).open(path).map_err(|error| at(path, error))?;
        let mut journal = Self::locked(file, path, State::new(start.clone()))?;
        journal.write(Event::Start(Box::new(start)))?;
        // So that the file's name is on the disk too; not every file system lets one do it.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(journal)
    }

    /// Opens a journal to go on. A torn last line is cut off.
    ///
    /// # Errors
    /// [`StateError`] when there is none, it is not whole, or somebody else writes it.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let mut file = OpenOptions::new().read(true).append(true).open(path).map_err(|error| at(path, error))?;
        lock(&file, path)?;
        let mut bytes = Vec::new();
        let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes));
        read.map_err(|error| at(path, error))?;
        let (state, whole) = State::whole(&bytes, path)?;
        if whole < bytes.len() as u64 {
            file.set_len(whole).map_err(|error| at(path, error))?;
        }
        let before = state.elapsed;
        Ok(Self { file, path: path.to_owned(), state, began: Instant::now(), before })
    }

    fn locked(file: File, path: &Path, state: State) -> Result<Self, StateError> {
        lock(&file, path)?;
        Ok(Self { file, path: path.to_owned(), state, began: Instant::now(), before: 0.0 })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Seconds at work, over all sittings.
    #[must_use]
    pub fn elapsed(&self) -> f64 {
        self.before + self.began.elapsed().as_secs_f64()
    }

    /// Adds an event: it is on the disk when this returns.
    ///
    /// # Errors
    /// [`StateError::File`] when it cannot be written.
    pub fn write(&mut self, event: Event) -> Result<(), StateError> {
        let entry = Entry { elapsed: (self.elapsed() * 1000.0).round() / 1000.0, event };
        let mut line = serde_json::to_vec(&entry).map_err(|error| at(&self.path, error.into()))?;
        line.push(b'\n');
        self.file.write_all(&line).and_then(|()| self.file.sync_data()).map_err(|error| at(&self.path, error))?;
        self.state.add(entry.event, entry.elapsed);
        Ok(())
    }
}

fn lock(file: &File, path: &Path) -> Result<(), StateError> {
    /// A process that is just being started holds what its parent has open until it runs another program.
    const PATIENCE: u32 = 20;
    let locked = (0..PATIENCE).find_map(|_| match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            std::thread::sleep(Duration::from_millis(5));
            None
        }
        other => Some(other),
    });
    match locked.unwrap_or(Err(TryLockError::WouldBlock)) {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StateError::Locked(path.to_owned())),
        // A file system without locks.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(error)) => Err(at(path, error)),
    }
}

/// Nothing was run yet: there is nothing to lose, unless somebody is about to write it.
fn discard(path: &Path) -> Result<(), StateError> {
    let file = File::open(path).map_err(|error| at(path, error))?;
    lock(&file, path)?;
    std::fs::remove_file(path).map_err(|error| at(path, error))
}

/// `state.ndjson` becomes `state.1.ndjson`, or what number is free.
fn set_aside(path: &Path) -> Result<(), StateError> {
    let number = |n: u32| match path.extension() {
        Some(extension) => path.with_extension(format!("{n}.{}", extension.to_string_lossy())),
        None => path.with_extension(n.to_string()),
    };
    let mut n = 1;
    while number(n).exists() {
        n += 1;
    }
    std::fs::rename(path, number(n)).map_err(|error| at(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::options::{Naming, Rates, TimeoutIs, void_exits};

    fn commit(digit: char) -> CommitId {
        CommitId::parse_full(&digit.to_string().repeat(40)).unwrap()
    }

    fn start() -> Start {
        let options = Options {
            command: vec!["./test".to_owned()],
            build: None,
            folder: String::new(),
            naming: Naming::Regex("BUG: (.*)".to_owned()),
            bug: None,
            runs: None,
            target: 0.95,
            floor: None,
            budget: None,
            timeout: Some(600.0),
            timeout_is: TimeoutIs::Crash,
            void_exits: void_exits(),
            jobs: 1,
            rates: Rates::Usual,
            build_cost: None,
            run_cost: None,
            seed: 0,
        };
        let root = commit('0');
        Start { bisectstat: VERSION, root, kind: Kind::Cause, good: vec![commit('1')], bad: commit('b'), options }
    }

    fn run(seen: Seen) -> Event {
        Event::Run { commit: commit('b'), run: 0, seen, seconds: Some(0.25) }
    }

    #[test]
    fn what_is_written_comes_back_and_a_torn_line_is_lost_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("folder/state.ndjson");
        let mut journal = Journal::create(&path, start()).unwrap();
        journal.write(Event::Build { commit: commit('b'), seconds: 1.5, error: None }).unwrap();
        journal.write(run(Seen::Crash { title: Some("a \"b\"\n".to_owned()) })).unwrap();
        journal.write(run(Seen::Skip { why: "exit code 125".to_owned() })).unwrap();
        assert!(matches!(Journal::open(&path), Err(StateError::Locked(_))));
        let written = journal.state.clone();
        drop(journal);
        assert_eq!(State::read(&path).unwrap(), written);
        let whole = std::fs::read(&path).unwrap();
        let ends: Vec<_> = (1..whole.len()).filter(|end| whole[end - 1] == b'\n').collect();
        // Wherever the writing stopped, the whole lines before count.
        for cut in ends[0]..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut journal = Journal::open(&path).unwrap();
            assert_eq!(
                journal.state.runs.len() + journal.state.builds.len(),
                ends.iter().filter(|end| **end <= cut).count() - 1
            );
            journal.write(run(Seen::Pass)).unwrap();
            drop(journal);
            assert_eq!(State::read(&path).unwrap().runs.last().unwrap().seen, Seen::Pass);
        }
        std::fs::write(&path, &whole[..ends[0] - 1]).unwrap();
        assert!(matches!(Journal::open(&path), Err(StateError::NeverBegan(_))));
        assert!(matches!(Journal::create(&path, start()), Err(StateError::NeverBegan(_))));
    }

    #[test]
    fn a_finished_journal_makes_room_and_one_under_way_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.ndjson");
        let mut journal = Journal::create(&path, start()).unwrap();
        journal.write(run(Seen::Pass)).unwrap();
        drop(journal);
        assert!(matches!(Journal::create(&path, start()), Err(StateError::Exists(_))));
        Journal::open(&path).unwrap().write(Event::End { reason: Reason::Gone, commit: None, posterior: None }).unwrap();
        assert_eq!(Journal::create(&path, start()).unwrap().state.runs, []);
        assert_eq!(State::read(&dir.path().join("state.1.ndjson")).unwrap().ended, Some(Reason::Gone));
    }

    #[test]
    fn what_is_no_journal_is_said_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.ndjson");
        Journal::create(&path, start()).unwrap();
        let first = std::fs::read_to_string(&path).unwrap();
        let error = |text: String| {
            std::fs::write(&path, text).unwrap();
            State::read(&path).unwrap_err().to_string()
        };
        assert!(error(format!("{first}hello\n")).contains("state.ndjson:2: not a line of"));
        assert!(error(format!("{first}{first}")).contains(":2: not a line of a bisection's state: a second start"));
        assert!(error(first.replace("\"bisectstat\":1", "\"bisectstat\":9")).contains("version 9"));
        assert!(error("{}\n".to_owned()).contains(":1: "));
        assert!(error(String::new()).contains("half written"));
    }
}
