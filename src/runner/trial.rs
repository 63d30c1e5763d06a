//! One visit of one commit: check it out, build it, run the test so many times.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use xxhash_rust::xxh3::xxh3_64;

use crate::evidence::CommitId;

use super::RunError;
use super::options::{Options, TimeoutIs};
use super::process::{Ended, Guard, Limits, Stop, run, shell, signal_name};
use super::state::{Event, Seen};
use super::title::{Namer, last_words};
use super::worktree::{Git, forget_caller};

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The commit to check out and to run.
    pub commit: CommitId,
    /// How many runs are wanted that say something.
    pub runs: u32,
    /// How many runs in a row may say nothing before it is given up.
    pub patience: u32,
    /// How many runs there may be.
    pub most: u32,
    /// The number of the first run: one more than that of the last before.
    pub first: u32,
    /// A commit that is reverted there first.
    pub without: Option<CommitId>,
    /// The commit that it verifies.
    pub check: Option<CommitId>,
    /// Whether everything depends on it: then a test that cannot be started is an error, and elsewhere a skip.
    pub end: Option<&'static str>,
}

/// A work tree in which visits are made.
pub struct Bench<'a> {
    /// The repository.
    pub git: &'a Git,
    /// The work tree.
    pub path: PathBuf,
    /// Where the user called.
    pub called_in: &'a Path,
    /// What to run.
    pub options: &'a Options,
    /// How crashes get their titles.
    pub namer: &'a Namer,
    /// Asked when somebody stops the bisection.
    pub stop: &'a Stop,
    /// What kills the test when the bisection is killed.
    pub guard: Option<&'a Guard>,
    /// Its number.
    pub job: u16,
    /// What is checked out and built, and what is reverted there.
    at: Option<(CommitId, Option<CommitId>)>,
}

impl<'a> Bench<'a> {
    /// A bench that nothing was done on yet.
    #[must_use]
    pub fn new(
        git: &'a Git,
        (path, job): (PathBuf, u16),
        called_in: &'a Path,
        options: &'a Options,
        namer: &'a Namer,
        (stop, guard): (&'a Stop, Option<&'a Guard>),
    ) -> Self {
        Self { git, path, called_in, options, namer, stop, guard, job, at: None }
    }

    /// Makes a visit; tells each event as it happens. `false` when it was stopped on the way.
    ///
    /// # Errors
    /// [`RunError`] when git fails, or when an end of the range cannot be tested.
    pub fn visit(&mut self, visit: &Visit, mut tell: impl FnMut(Event)) -> Result<bool, RunError> {
        let place = (visit.commit, visit.without);
        if self.at != Some(place) {
            let Some(built) = self.prepare(visit)? else { return Ok(false) };
            let failed = matches!(&built, Event::Build { error: Some(_), .. } | Event::CannotRevert { .. });
            self.at = Some(place).filter(|_| !failed);
            tell(built);
            if failed {
                return Ok(true);
            }
        }
        let (mut told, mut void) = (0, 0);
        for run in visit.first..visit.first.saturating_add(visit.most) {
            if told >= visit.runs || void >= visit.patience {
                break;
            }
            let Some((seen, seconds)) = self.once(visit, run)? else { return Ok(false) };
            (told, void) = if seen.is_void() { (told, void + 1) } else { (told + 1, 0) };
            let why = seen.void().map(str::to_owned);
            let (commit, seconds) = (visit.commit, Some(rounded(seconds)));
            tell(match visit.without {
                None => Event::Run { commit, run, seen, seconds },
                Some(without) => Event::RunWithout { without, commit, run, seen, seconds },
            });
            if let (0, Some(why), Some(side)) = (told, why.filter(|_| void >= visit.patience), visit.end) {
                let why = format!("the test told nothing {void} times in a row ({why})");
                return Err(RunError::Untestable { commit: visit.commit, side, why });
            }
        }
        Ok(true)
    }

    /// Checks out and builds; none when stopped.
    fn prepare(&mut self, visit: &Visit) -> Result<Option<Event>, RunError> {
        let began = Instant::now();
        self.at = None;
        if self.path.is_dir() {
            self.git.checkout(&self.path, &visit.commit)?;
        } else {
            self.git.add(&self.path, &visit.commit)?;
        }
        if let Some(Err(error)) = visit.without.map(|without| self.git.revert(&self.path, &without)) {
            return Ok(visit.without.map(|commit| Event::CannotRevert { commit, why: error.to_string() }));
        }
        let error = match self.options.build.as_ref().map(|line| self.build(line, visit)).transpose()? {
            Some(Build::Stopped) => return Ok(None),
            Some(Build::Failed(why)) => Some(why),
            Some(Build::Done) | None => None,
        };
        let seconds = rounded(began.elapsed());
        Ok(Some(match (visit.without, error) {
            (Some(commit), Some(why)) => Event::CannotRevert { commit, why },
            (_, error) => Event::Build { commit: visit.commit, seconds, error },
        }))
    }

    fn build(&self, line: &str, visit: &Visit) -> Result<Build, RunError> {
        let mut output = self.output()?;
        let mut command = self.ready(shell(line), visit, 0);
        let (ended, _) = run(&mut command, &output, Limits { timeout: None, stop: self.stop, guard: self.guard });
        let why = match ended {
            Ended::Stopped => return Ok(Build::Stopped),
            Ended::Exit(0) => return Ok(Build::Done),
            Ended::Exit(code) => format!("exit code {code}"),
            Ended::Signal(signal) => signal_name(signal),
            Ended::TimedOut => "timeout".to_owned(),
            Ended::NotStarted(error) => error.to_string(),
        };
        let why = format!("the build fails ({why}): {}", last_words(&mut output));
        match visit.end {
            Some(side) => Err(RunError::Untestable { commit: visit.commit, side, why }),
            None => Ok(Build::Failed(why)),
        }
    }

    /// Runs the test once; none when stopped.
    fn once(&self, visit: &Visit, number: u32) -> Result<Option<(Seen, Duration)>, RunError> {
        let mut output = self.output()?;
        let Some((name, arguments)) = self.options.command.split_first() else { return Ok(None) };
        let mut command = Command::new(self.program(name));
        command.args(arguments);
        let mut command = self.ready(command, visit, number);
        let timeout = self.options.timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let (ended, time) = run(&mut command, &output, Limits { timeout, stop: self.stop, guard: self.guard });
        let seen = match ended {
            Ended::Stopped => return Ok(None),
            Ended::Exit(0) => Seen::Pass,
            Ended::Exit(code) if code == 125 || self.is_void(code) => Seen::Skip { why: format!("exit code {code}") },
            Ended::Signal(signal) if self.is_void(128 + signal) => Seen::Skip { why: signal_name(signal) },
            Ended::TimedOut if self.options.timeout_is == TimeoutIs::Void => Seen::Skip { why: "timeout".to_owned() },
            Ended::Exit(code @ (126 | 127)) => {
                self.cannot_start(visit, &format!("exit code {code}: {}", last_words(&mut output)))?
            }
            Ended::NotStarted(error) => self.cannot_start(visit, &error.to_string())?,
            Ended::TimedOut => Seen::Crash { title: Some("timeout".to_owned()) },
            Ended::Exit(_) => Seen::Crash { title: self.namer.title(&mut output, &self.path)? },
            Ended::Signal(signal) => {
                let found = self.namer.title(&mut output, &self.path)?;
                let titled = !matches!(self.namer, Namer::None);
                Seen::Crash { title: found.or_else(|| titled.then(|| signal_name(signal))) }
            }
        };
        Ok(Some((seen, time)))
    }

    fn is_void(&self, code: i32) -> bool {
        u8::try_from(code).is_ok_and(|code| self.options.void_exits.contains(&code))
    }

    fn cannot_start(&self, visit: &Visit, why: &str) -> Result<Seen, RunError> {
        if visit.end.is_some() {
            let command = self.options.command.join(" ");
            return Err(RunError::CannotStart { command, commit: visit.commit, why: why.to_owned() });
        }
        Ok(Seen::Skip { why: format!("cannot be started: {why}") })
    }

    /// A program of the work tree by its whole name: what a relative one means is up to the system.
    fn program(&self, name: &str) -> PathBuf {
        if name.contains('/') { self.folder().join(name) } else { PathBuf::from(name) }
    }

    /// A commit may lack the folder.
    fn folder(&self) -> PathBuf {
        Some(self.path.join(&self.options.folder)).filter(|folder| folder.is_dir()).unwrap_or_else(|| self.path.clone())
    }

    fn ready(&self, mut command: Command, visit: &Visit, number: u32) -> Command {
        forget_caller(&mut command);
        command.current_dir(self.folder()).stdin(Stdio::null());
        command.env("BISECTSTAT_COMMIT", visit.commit.to_string()).env("BISECTSTAT_RUN", number.to_string());
        command.env("BISECTSTAT_JOB", self.job.to_string()).env("BISECTSTAT_DIR", self.called_in);
        if let Some(without) = &visit.without {
            command.env("BISECTSTAT_WITHOUT", without.to_string());
        }
        command.env("BISECTSTAT_SEED", seed(self.options.seed, &visit.commit, number).to_string());
        command
    }

    /// An empty file beside the work tree, where somebody can look while it grows.
    fn output(&self) -> Result<File, RunError> {
        let path = self.path.with_extension("output");
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        file.map_err(|error| RunError::File { path, error })
    }
}

/// How a build ended.
enum Build {
    Done,
    Failed(String),
    Stopped,
}

/// A number below 2^31 that is the same whenever the same run is made.
fn seed(base: u64, commit: &CommitId, run: u32) -> u64 {
    xxh3_64(format!("{base} {commit} {run}").as_bytes()) >> 33
}

fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}
