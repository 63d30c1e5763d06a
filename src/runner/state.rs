//! The journal: one JSON object a line, only ever added to, and written before the next thing happens. So whatever stops a
//! bisection, at most the run under way is lost. Each line ends with a checksum: one that the disk has damaged is found, and
//! lost alone.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

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
    /// What is searched, where that is no range of a repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Vec<Candidate>>,
}

/// One of the things to search, where they are no commits: a build, a nightly, an image, a version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// What it is called.
    pub name: CommitId,
    /// What it was made from: the one before it in most lists, several where lines of development meet.
    pub after: Vec<CommitId>,
    /// How many times dearer than others it is to get, above 0; like the others where nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

/// Runs that somebody was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Its name: no other lease of this or another session has it.
    pub id: String,
    /// Where.
    pub commit: CommitId,
    /// How many runs.
    pub runs: u32,
    /// A commit that is to be reverted there first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<CommitId>,
    /// The commit that it verifies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verifies: Option<CommitId>,
    /// When somebody else may be asked, in seconds since 1970.
    pub expires: i64,
}

/// What came of a lease: how many of its runs ended in which way, at most 100,000 together. Fewer or more than were asked for
/// count as well.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The lease.
    pub id: String,
    /// Runs that passed.
    #[serde(default)]
    pub passes: u32,
    /// Runs that failed.
    #[serde(default)]
    pub failures: u32,
    /// Runs that say nothing.
    #[serde(default)]
    pub voids: u32,
    /// The title of the failures; missing where they have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Why nothing can be run there, ever: it cannot be built, or is not to be had. Then there are no runs.
    #[doc(hidden)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untestable: Option<String>,
    /// How long a run took, in seconds, 0 or more; missing where nobody measured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

/// Runs at most in one answer.
pub(crate) const MOST_TOLD: u32 = 100_000;

impl Answer {
    /// An answer to the lease `id`: how many of its runs failed, and how many passed.
    #[must_use]
    pub fn counted(id: impl Into<String>, failures: u32, passes: u32) -> Self {
        Self { id: id.into(), failures, passes, ..Self::default() }
    }

    /// An answer to the lease `id` where nothing can be run, ever, and why.
    #[must_use]
    pub fn skipped(id: impl Into<String>, why: impl Into<String>) -> Self {
        Self { id: id.into(), untestable: Some(why.into()), ..Self::default() }
    }

    /// The runs in it; `u64` so that no sum of hostile numbers wraps.
    #[doc(hidden)]
    #[must_use]
    pub fn runs(&self) -> u64 {
        [self.passes, self.failures, self.voids].into_iter().map(u64::from).sum()
    }

    /// One value a run: failures first, so that no order is invented that could say more.
    fn seen(&self) -> impl Iterator<Item = Seen> {
        let crash = Seen::Crash { title: self.title.clone() };
        let void = Seen::Skip { why: "it was told that the run says nothing".to_owned() };
        let kinds = [(self.failures, crash), (self.passes, Seen::Pass), (self.voids, void)];
        kinds.into_iter().flat_map(|(n, seen)| std::iter::repeat_n(seen, n.min(MOST_TOLD) as usize))
    }
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
        /// Why the run or the revision says nothing, in words for people.
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
    pub(crate) fn is_void(&self) -> bool {
        self.void().is_some()
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The search began: the first line of every journal.
    Start(Box<Start>),
    /// Somebody goes on, perhaps with another budget.
    Resume {
        /// How the test is run from here on.
        options: Box<Options>,
    },
    /// A commit was checked out and built.
    Build {
        /// The commit that this happened to.
        commit: CommitId,
        /// How long that took.
        seconds: f64,
        /// What went wrong, if anything.
        error: Option<String>,
    },
    /// The test was run.
    Run {
        /// The commit at which the test was run.
        commit: CommitId,
        /// Its number at this commit, from 0.
        run: u32,
        /// What came of it.
        #[serde(flatten)]
        seen: Seen,
        /// How long it took; missing for what somebody else ran.
        seconds: Option<f64>,
    },
    /// The test was run where a commit was reverted.
    RunWithout {
        /// What was reverted.
        without: CommitId,
        /// The commit at which the test was run.
        commit: CommitId,
        /// Its number among such runs.
        run: u32,
        /// What came of it.
        #[serde(flatten)]
        seen: Seen,
        /// How long it took.
        seconds: Option<f64>,
    },
    /// A commit cannot be reverted, or not be built then.
    CannotRevert {
        /// The commit that this happened to.
        commit: CommitId,
        /// Why the run or the revision says nothing, in words for people.
        why: String,
    },
    /// Commits that somebody does not want to be tested.
    Skip {
        /// The commits that are left out from then on.
        commits: Vec<CommitId>,
    },
    /// Somebody is asked for runs.
    Lease(Lease),
    /// Somebody tells what came of them.
    Tell(Answer),
    /// Somebody takes back the last runs, and builds that failed.
    Undo {
        /// How many of both.
        last: u32,
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
#[non_exhaustive]
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
    #[doc(hidden)]
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Sure => 0,
            Self::Older | Self::NoChange | Self::Gone => 3,
            Self::Budget | Self::Untestable | Self::NothingTellsMore => 4,
        }
    }
}

/// One line of the journal: an event, and when it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    /// Seconds since the start, pauses left out.
    elapsed: f64,
    #[serde(flatten)]
    event: Event,
}

/// Why a journal cannot be used.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// No journal lies where one was looked for.
    #[doc(hidden)]
    #[error("{}: no bisection has begun here: start one with `bisectstat run --good A --bad B -- CMD`", .0.display())]
    Missing(PathBuf),
    /// There is one already.
    #[doc(hidden)]
    #[error(
        "{}: a bisection is under way: go on with `bisectstat run --continue`, name another file with --state, or remove it",
        .0.display()
    )]
    Exists(PathBuf),
    /// Another process writes it.
    #[doc(hidden)]
    #[error("{}: another `bisectstat run` is at work on it", .0.display())]
    Locked(PathBuf),
    /// A line that this program has not written so.
    #[doc(hidden)]
    #[error(
        "{}:{line}: not a line of a bisection's state: {what}{}",
        path.display(),
        if *line > 1 { "; `bisectstat run --continue --repair` goes on without this line" } else { "" }
    )]
    Damaged {
        /// The journal that was read or written.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// It holds no whole first line.
    #[doc(hidden)]
    #[error("{}:1: half written: the bisection never began; remove the file", .0.display())]
    NeverBegan(PathBuf),
    /// A newer program wrote it.
    #[doc(hidden)]
    #[error("{}: version {found} of the form, this program knows {VERSION}", path.display())]
    Version {
        /// The journal that was read or written.
        path: PathBuf,
        /// What it says.
        found: u32,
    },
    /// It belongs to another repository.
    #[doc(hidden)]
    #[error("{}: the state of another repository: {} has no commit {}", path.display(), repository.display(), commit.short())]
    Foreign {
        /// The journal that was read or written.
        path: PathBuf,
        /// The repository at hand.
        repository: PathBuf,
        /// What that has not.
        commit: CommitId,
    },
    /// It cannot be read or written.
    #[doc(hidden)]
    #[error("{}: {error}", path.display())]
    File {
        /// The journal that was read or written.
        path: PathBuf,
        /// What the system says of it.
        error: io::Error,
    },
}

/// A run as it was written down.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// The commit at which the test was run.
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
    /// The commit that was built.
    pub commit: CommitId,
    /// How long it took.
    pub seconds: f64,
    /// The last lines of a build that failed.
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
    /// Commits that somebody does not want to be tested.
    pub skipped: Vec<CommitId>,
    /// Runs where a commit was reverted: which, and what came of them.
    pub without: Vec<(CommitId, Seen)>,
    /// Commits that cannot be reverted, and why.
    pub unrevertable: Vec<(CommitId, String)>,
    /// The runs that somebody was asked for, in their order, each with what came of them.
    pub leases: Vec<(Lease, Option<Answer>)>,
    /// The number of the next run at each commit that was run: no number is used twice, though a run be lost or taken back.
    numbers: HashMap<CommitId, u32>,
    /// The builds and runs in their common order: whether it is a run.
    order: Vec<bool>,
}

impl State {
    /// A bisection without a run.
    #[must_use]
    pub fn new(start: Start) -> Self {
        Self {
            start,
            runs: Vec::new(),
            builds: Vec::new(),
            elapsed: 0.0,
            ended: None,
            resumed_at: 0,
            skipped: Vec::new(),
            without: Vec::new(),
            unrevertable: Vec::new(),
            leases: Vec::new(),
            numbers: HashMap::new(),
            order: Vec::new(),
        }
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
        let whole = whole(bytes);
        let mut state: Option<Self> = None;
        let checked = is_checked(whole);
        for (i, line) in whole.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let damaged = |what: String| StateError::Damaged { path: path.to_owned(), line: i + 1, what };
            if i == 0 {
                version(line, path)?;
            }
            state = Some(Self::with(state, line, checked).map_err(damaged)?);
        }
        let state = state.ok_or_else(|| StateError::NeverBegan(path.to_owned()))?;
        Ok((state, whole.len() as u64))
    }

    /// The state with one more line, or what is wrong with it.
    fn with(state: Option<Self>, line: &[u8], checked: bool) -> Result<Self, String> {
        let entry = Entry::read(line, checked)?;
        match (state, entry.event) {
            (None, Event::Start(start)) => Ok(Self::new(*start)),
            (None, _) => Err("it does not begin with a start".to_owned()),
            (Some(_), Event::Start(_)) => Err("a second start".to_owned()),
            (Some(mut state), event) => {
                state.add(event, entry.elapsed);
                Ok(state)
            }
        }
    }

    /// The whole lines that can be read, and the numbers of those that cannot.
    ///
    /// # Errors
    /// [`StateError`] when the first line is one of these: nothing is known without it.
    pub(crate) fn salvage(bytes: &[u8], path: &Path) -> Result<(Vec<u8>, Vec<usize>), StateError> {
        let lines: Vec<_> = whole(bytes).split_inclusive(|byte| *byte == b'\n').collect();
        let first = lines.first().ok_or_else(|| StateError::NeverBegan(path.to_owned()))?;
        Self::whole(first, path)?;
        let (mut kept, mut lost) = (first.to_vec(), Vec::new());
        for (number, line) in (2..).zip(&lines[1..]) {
            match Entry::read(line, is_checked(first)) {
                Ok(Entry { event: Event::Start(_), .. }) | Err(_) => lost.push(number),
                Ok(_) => kept.extend_from_slice(line),
            }
        }
        Ok((kept, lost))
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
            Event::Build { commit, seconds, error } => {
                self.builds.push(Built { commit, seconds, error });
                self.order.push(false);
            }
            Event::Run { commit, run, seen, seconds } => self.ran(Ran { commit, run, seen, seconds }),
            Event::RunWithout { without, seen, .. } => self.without.push((without, seen)),
            Event::CannotRevert { commit, why } => self.unrevertable.push((commit, why)),
            Event::Skip { commits } => self.skipped.extend(commits),
            Event::Lease(lease) => self.leases.push((lease, None)),
            Event::Tell(answer) => self.told(&answer),
            Event::Undo { last } => self.undo(last),
            Event::End { reason, .. } => self.ended = Some(reason),
        }
    }

    fn ran(&mut self, ran: Ran) {
        let next = self.numbers.entry(ran.commit).or_insert(0);
        *next = (*next).max(ran.run.saturating_add(1));
        self.runs.push(ran);
        self.order.push(true);
    }

    /// Only the first answer to a lease counts: a message that arrives twice is one.
    fn told(&mut self, answer: &Answer) {
        let asked = self.leases.iter_mut().find(|(lease, told)| lease.id == answer.id && told.is_none());
        let Some((lease, told)) = asked else { return };
        *told = Some(answer.clone());
        let Lease { commit, without, .. } = *lease;
        // What comes late can turn the end.
        self.ended = None;
        match (without, answer.untestable.clone()) {
            (Some(without), Some(why)) => self.unrevertable.push((without, why)),
            (Some(without), None) => self.without.extend(answer.seen().map(|seen| (without, seen))),
            (None, Some(why)) => {
                self.builds.push(Built { commit, seconds: answer.seconds.unwrap_or(0.0), error: Some(why) });
                self.order.push(false);
            }
            (None, None) => {
                for seen in answer.seen() {
                    let run = self.next_run(&commit);
                    self.ran(Ran { commit, run, seen, seconds: answer.seconds });
                }
            }
        }
    }

    /// Takes back runs and builds that failed, and builds between them that did not.
    fn undo(&mut self, last: u32) {
        let mut left = last;
        while left > 0 {
            let gone = match self.order.pop() {
                Some(true) => self.runs.pop().is_some(),
                Some(false) => self.builds.pop().is_some_and(|built| built.error.is_some()),
                None => break,
            };
            left -= u32::from(gone);
        }
        self.resumed_at = self.resumed_at.min(self.runs.len());
        self.ended = None;
    }

    /// How many runs and failed builds can be taken back.
    #[must_use]
    pub fn undoable(&self) -> usize {
        self.runs.len() + self.builds.iter().filter(|built| built.error.is_some()).count()
    }

    /// The leases that nobody has answered yet, and for which others are not asked yet, `now` in seconds since 1970.
    pub(crate) fn under_way(&self, now: i64) -> impl Iterator<Item = &Lease> {
        let open = move |(lease, answer): &&(Lease, Option<Answer>)| answer.is_none() && lease.expires > now;
        self.leases.iter().filter(open).map(|(lease, _)| lease)
    }

    /// Those of [`Self::under_way`] that an answer is expected of: a lease is overtaken once twice as many later ones were answered
    /// as are under way. A lost answer then holds nobody up until it expires.
    pub fn expected(&self, now: i64) -> impl Iterator<Item = &Lease> {
        let patience = 2 * self.under_way(now).count();
        let mut later = 0;
        let answered = self.leases.iter().rev().map(move |(lease, answer)| {
            later += usize::from(answer.is_some());
            (lease, answer, later)
        });
        let expected = answered
            .filter(move |(lease, answer, later)| answer.is_none() && lease.expires > now && *later <= patience);
        expected.map(|(lease, ..)| lease)
    }

    /// The number of the next run of a commit.
    #[must_use]
    pub(crate) fn next_run(&self, commit: &CommitId) -> u32 {
        self.numbers.get(commit).copied().unwrap_or(0)
    }

    /// The runs of one commit.
    pub(crate) fn runs_at<'s>(&'s self, commit: &'s CommitId) -> impl Iterator<Item = &'s Ran> {
        self.runs.iter().filter(move |ran| ran.commit == *commit)
    }
}

impl Entry {
    /// What stands between a line and its checksum.
    const CHECK: &'static [u8] = b",\"check\":\"";

    /// One line, with the checksum of what stands before it.
    fn write(&self) -> serde_json::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        // An object's end.
        line.pop();
        let check = format!("{:08x}\"}}\n", checksum(&line));
        line.extend_from_slice(Self::CHECK);
        line.extend_from_slice(check.as_bytes());
        Ok(line)
    }

    /// Where the first line has no checksum, a version wrote the others that knows none.
    fn read(line: &[u8], checked: bool) -> Result<Self, String> {
        let at = memchr::memmem::rfind(line, Self::CHECK);
        if checked && at.is_none() {
            return Err("it has no checksum".to_owned());
        }
        if let Some(at) = at {
            let (text, check) = (&line[..at], &line[at + Self::CHECK.len()..]);
            if check.trim_ascii_end() != format!("{:08x}\"}}", checksum(text)).as_bytes() {
                return Err("its checksum belongs to another text".to_owned());
            }
        }
        serde_json::from_slice(line).map_err(|error| error.to_string())
    }
}

/// Whether the first of these lines has a checksum.
fn is_checked(lines: &[u8]) -> bool {
    let first = lines.split(|byte| *byte == b'\n').next().unwrap_or_default();
    memchr::memmem::find(first, Entry::CHECK).is_some()
}

fn checksum(text: &[u8]) -> u64 {
    xxh3_64(text) >> 32
}

/// The lines that have an end.
fn whole(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)]
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
    /// The length of what is written.
    length: u64,
    /// When it was on the disk last, in seconds at work.
    synced: f64,
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
        Ok(Self { file, path: path.to_owned(), state, began: Instant::now(), before, length: whole, synced: before })
    }

    /// Leaves out the lines that cannot be read; the file as it was stays beside it. Gives their numbers, and where that is.
    ///
    /// # Errors
    /// [`StateError`] when the first line is one of them, somebody else writes it, or it cannot be written.
    pub fn repair(path: &Path) -> Result<Option<(Vec<usize>, PathBuf)>, StateError> {
        let mut file = OpenOptions::new().read(true).append(true).open(path).map_err(|error| at(path, error))?;
        lock(&file, path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| at(path, error))?;
        let (kept, lost) = State::salvage(&bytes, path)?;
        if lost.is_empty() {
            return Ok(None);
        }
        let (aside, new) = (numbered(path), path.with_extension("repaired"));
        std::fs::copy(path, &aside).map_err(|error| at(&aside, error))?;
        let written = std::fs::write(&new, kept).and_then(|()| File::open(&new)?.sync_all());
        written.and_then(|()| std::fs::rename(&new, path)).map_err(|error| at(&new, error))?;
        Ok(Some((lost, aside)))
    }

    fn locked(file: File, path: &Path, state: State) -> Result<Self, StateError> {
        lock(&file, path)?;
        Ok(Self { file, path: path.to_owned(), state, began: Instant::now(), before: 0.0, length: 0, synced: 0.0 })
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

    /// Adds an event: whatever becomes of this process, it stays. Whatever becomes of the machine, too, but for runs of the last
    /// tenth of a second: where a run takes less, waiting for the disk would take longer than running it again.
    ///
    /// # Errors
    /// [`StateError::File`] when it cannot be written; then nothing of it is.
    pub fn write(&mut self, event: Event) -> Result<(), StateError> {
        const SOON: f64 = 0.1;
        let entry = Entry { elapsed: (self.elapsed() * 1000.0).round() / 1000.0, event };
        let line = entry.write().map_err(|error| at(&self.path, error.into()))?;
        if let Err(error) = self.file.write_all(&line) {
            // Half a line would spoil the next. What cannot be taken back is cut off when the file is opened again.
            let _ = self.file.set_len(self.length);
            return Err(at(&self.path, error));
        }
        self.length += line.len() as u64;
        if !matches!(entry.event, Event::Run { .. }) || entry.elapsed >= self.synced + SOON {
            self.file.sync_data().map_err(|error| at(&self.path, error))?;
            self.synced = entry.elapsed;
        }
        self.state.add(entry.event, entry.elapsed);
        Ok(())
    }

    /// Whether somebody writes it.
    #[must_use]
    pub(crate) fn is_at_work(path: &Path) -> bool {
        File::open(path).is_ok_and(|file| matches!(lock(&file, path), Err(StateError::Locked(_))))
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = self.file.sync_data();
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

fn set_aside(path: &Path) -> Result<(), StateError> {
    std::fs::rename(path, numbered(path)).map_err(|error| at(path, error))
}

/// `state.1.ndjson` for `state.ndjson`, or what number is free.
fn numbered(path: &Path) -> PathBuf {
    let number = |n: u32| match path.extension() {
        Some(extension) => path.with_extension(format!("{n}.{}", extension.to_string_lossy())),
        None => path.with_extension(n.to_string()),
    };
    let mut n = 1;
    while number(n).exists() {
        n += 1;
    }
    number(n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::options::Naming;

    fn commit(digit: char) -> CommitId {
        CommitId::parse_full(&digit.to_string().repeat(40)).unwrap()
    }

    fn start() -> Start {
        let options = Options {
            command: vec!["./test".to_owned()],
            naming: Naming::Regex("BUG: (.*)".to_owned()),
            timeout: Some(600.0),
            ..Options::default()
        };
        let root = commit('0');
        let (good, bad) = (vec![commit('1')], commit('b'));
        Start { bisectstat: VERSION, root, kind: Kind::Cause, good, bad, options, candidates: None }
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
        Journal::open(&path)
            .unwrap()
            .write(Event::End { reason: Reason::Gone, commit: None, posterior: None })
            .unwrap();
        assert_eq!(Journal::create(&path, start()).unwrap().state.runs, []);
        assert_eq!(State::read(&dir.path().join("state.1.ndjson")).unwrap().ended, Some(Reason::Gone));
    }

    /// Whatever is done to a byte of a line in the middle is found, and costs that line alone.
    #[test]
    fn a_damaged_line_is_lost_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.ndjson");
        let mut journal = Journal::create(&path, start()).unwrap();
        for seen in [Seen::Pass, Seen::Crash { title: Some(",\"check\":\"0\"}".to_owned()) }, Seen::Pass] {
            journal.write(run(seen)).unwrap();
        }
        drop(journal);
        assert_eq!(Journal::repair(&path).unwrap(), None);
        let whole = std::fs::read(&path).unwrap();
        let starts: Vec<_> = (1..whole.len()).filter(|i| whole[i - 1] == b'\n').collect();
        for place in starts[1]..starts[2] - 1 {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            let error = State::read(&path).unwrap_err().to_string();
            assert!(error.contains(":3: not a line of") && error.contains("--repair"), "{place}: {error}");
            let (lost, aside) = Journal::repair(&path).unwrap().unwrap();
            assert_eq!((lost, std::fs::read(&aside).unwrap()), (vec![3], damaged));
            std::fs::remove_file(aside).unwrap();
            let seen: Vec<_> = State::read(&path).unwrap().runs.into_iter().map(|ran| ran.seen).collect();
            assert_eq!(seen, [Seen::Pass, Seen::Pass]);
        }
        std::fs::write(&path, &whole[3..]).unwrap();
        assert!(matches!(Journal::repair(&path), Err(StateError::Damaged { line: 1, .. })));
    }

    #[test]
    fn what_is_taken_back_is_gone_and_its_numbers_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.ndjson");
        let mut journal = Journal::create(&path, start()).unwrap();
        let build = |error: Option<&str>| Event::Build {
            commit: commit('b'),
            seconds: 1.0,
            error: error.map(ToOwned::to_owned),
        };
        for event in [run(Seen::Pass), build(Some("no space")), build(None), run(Seen::Pass)] {
            journal.write(event).unwrap();
        }
        journal.write(Event::End { reason: Reason::Gone, commit: None, posterior: None }).unwrap();
        assert_eq!(journal.state.undoable(), 3);
        journal.write(Event::Undo { last: 2 }).unwrap();
        let state = &journal.state;
        assert_eq!((state.runs.len(), state.builds.len(), state.ended, state.undoable()), (1, 0, None, 1));
        assert_eq!(state.next_run(&commit('b')), 1);
        journal.write(Event::Undo { last: 9 }).unwrap();
        assert_eq!((journal.state.runs.len(), journal.state.next_run(&commit('b'))), (0, 1));
        let state = journal.state.clone();
        drop(journal);
        assert_eq!(State::read(&path).unwrap(), state);
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
        assert!(
            error(first.replace("./test", "./rest")).contains(":1: not a line of a bisection's state: its checksum")
        );
        // An older version wrote no checksums.
        let old = format!("{}}}\n", first.split(",\"check\"").next().unwrap());
        std::fs::write(&path, &old).unwrap();
        assert_eq!(State::read(&path).unwrap().start, start());
        assert!(error("{}\n".to_owned()).contains(":1: "));
        assert!(error(String::new()).contains("half written"));
    }
}
