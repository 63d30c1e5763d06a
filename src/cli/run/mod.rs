//! `run`: a bisection from beginning to end.

mod progress;
mod summary;

use std::env;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::{Args, ValueEnum};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::analysis::Repo;
use crate::history::Command;
use crate::runner::git_bisect::told;
use crate::runner::log::log;
use crate::runner::options::duration;
use crate::runner::start::{self, history};
use crate::runner::state::{Event, VERSION};
use crate::runner::title::Namer;
use crate::runner::{Budget, Drive, Ends, Git, Journal, Naming, Options, Rates, RunError, Start, State, StateError};
use crate::runner::{drive, prepare};

use super::Exit;
use super::input::{complain, try_print, warn};
use progress::Progress;

/// Bisect: run a flaky test at the commits that tell most, until one commit is sure.
///
/// `git bisect run` that knows about chance. CMD runs in a work tree of its own, in the same folder of it, as often as it takes: exit code 0 passes, 125
/// says nothing, 126 and 127 mean that it cannot be started, everything else, a signal or a timeout is a crash. The user's
/// own tree is not touched. CMD finds `BISECTSTAT_COMMIT`, `BISECTSTAT_RUN`, `BISECTSTAT_JOB` and `BISECTSTAT_DIR` (where
/// `run` was called) in its environment.
///
/// Every run is written down at once: Ctrl-C, a crash or a reboot lose the run under way at most, and `--continue` goes on.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(after_help = "\
Examples:
  bisectstat run --good v1.0 --bad HEAD -- ./test.sh
  bisectstat run --good v1.0 --bad HEAD --build 'make -j8' --title-regex '^BUG: .*' -- ./test.sh
  bisectstat run --continue --budget 2h
  bisectstat run --log > runs.ndjson && bisectstat analyze --repo . runs.ndjson")]
pub struct Run {
    /// Where the test does not crash: one or more ancestors of B
    #[arg(long, value_name = "A", num_args = 1.., required_unless_present_any = ["resume", "status", "log", "from_git_bisect"])]
    good: Vec<String>,
    /// Where it crashes. When B is the older one, the commit that fixed it is looked for
    #[arg(long, value_name = "B", required_unless_present_any = ["resume", "status", "log", "from_git_bisect"])]
    bad: Option<String>,
    /// The repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// Runs at each visit of a commit; as many as pay by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: Option<u32>,
    /// Builds a checked-out commit, once, by `sh -c`; a commit that cannot be built is left out
    #[arg(long, value_name = "CMD")]
    build: Option<String>,
    /// The title of a crash: the first match in the output of CMD, or its first group
    #[arg(long, value_name = "RE", conflicts_with = "title_cmd")]
    title_regex: Option<String>,
    /// The title of a crash: the first line that this prints, by `sh -c`, when it reads the output of CMD
    #[arg(long, value_name = "CMD")]
    title_cmd: Option<String>,
    /// The title of the bug that is looked for; other crashes are other bugs, as far as they look so
    #[arg(long, value_name = "TITLE")]
    bug: Option<String>,
    /// Stop when one commit has this probability [default: 0.95]
    #[arg(long, value_name = "P", value_parser = target)]
    target: Option<f64>,
    /// Stop not before it has this one under every crash behaviour that the runs leave possible, however even or uneven the
    /// rate: takes about twice as many runs
    #[arg(long, value_name = "P", value_parser = target)]
    floor: Option<f64>,
    /// Stop after so many runs, or after a time: 200, 90s, 10m, 2h
    #[arg(long, value_name = "RUNS|TIME")]
    budget: Option<Budget>,
    /// Kill a run of CMD after this time: it counts as a crash with the title `timeout`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
    /// Commits to test at a time, each in a work tree of its own
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// How even the crash rate is over the commits that have the bug [default: as bugs are on the whole]
    #[arg(long, value_enum)]
    rates: Option<Evenness>,
    /// Where to write down what happens [default: bisectstat/state.ndjson in the repository's .git]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Draw the charts into this folder at the end
    #[arg(long, value_name = "DIR")]
    charts: Option<PathBuf>,
    /// Go on with what was stopped, with the same CMD
    #[arg(long = "continue", id = "resume", conflicts_with_all = ["good", "bad", "command", "from_git_bisect"])]
    resume: bool,
    /// Say how far it is, and run nothing
    #[arg(long, conflicts_with_all = ["resume", "log", "good", "bad", "command", "from_git_bisect"])]
    status: bool,
    /// Print the runs so far as a table that `analyze --repo` reads, and run nothing
    #[arg(long, conflicts_with_all = ["resume", "good", "bad", "command", "from_git_bisect"])]
    log: bool,
    /// Take the ends and the verdicts so far from the `git bisect` that is under way
    #[arg(long, conflicts_with_all = ["good", "bad"])]
    from_git_bisect: bool,
    /// The test with its arguments
    #[arg(last = true, value_name = "CMD", required_unless_present_any = ["resume", "status", "log"])]
    command: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Evenness {
    /// As bugs are on the whole
    Usual,
    /// The same at each: a test of its own, in code that stands still. Takes the fewest runs
    Constant,
}

impl From<Evenness> for Rates {
    fn from(evenness: Evenness) -> Self {
        match evenness {
            Evenness::Usual => Self::Usual,
            Evenness::Constant => Self::Constant,
        }
    }
}

fn target(text: &str) -> Result<f64, String> {
    let found = text.parse::<f64>().ok().filter(|target| *target > 0.0 && *target < 1.0);
    found.ok_or_else(|| format!("found {text:?}, expected a number between 0 and 1"))
}

fn said(error: impl Display) -> String {
    error.to_string()
}

impl Run {
    pub(super) fn run(&self) -> Exit {
        match self.go() {
            Ok(exit) => exit,
            Err(error) => {
                complain(&error);
                Exit::Failed
            }
        }
    }

    fn go(&self) -> Result<Exit, String> {
        // Says better than git what is no repository.
        crate::history::Repository::open(&self.repo).map_err(said)?;
        let git = Git::at(&self.repo).map_err(said)?;
        let path = self.state.clone().unwrap_or_else(|| git.folder().join("state.ndjson"));
        if self.log || self.status {
            let state = State::read(&path).map_err(said)?;
            let repo = repo(&git, &path, &state).map_err(said)?;
            return if self.log {
                let text = log(&state, &repo.history);
                try_print(|out| out.write_all(text.as_bytes())).map_err(said).map(|()| Exit::Success)
            } else {
                summary::status(&state, &repo, &path).map(|()| Exit::Success)
            };
        }
        let (journal, repo) = if self.resume { self.reopened(&git, &path) } else { self.begun(&git, &path) }?;
        self.bisect(&git, journal, &repo)
    }

    /// A new journal.
    fn begun(&self, git: &Git, path: &Path) -> Result<(Journal, Arc<Repo>), String> {
        let told = if self.from_git_bisect { Some(told(git).map_err(said)?) } else { None };
        let (good, bad) = match (&told, &self.bad) {
            (Some(told), _) => (&told.good, &told.bad),
            (None, Some(bad)) => (&self.good, bad),
            (None, None) => return Err("--bad names where it crashes".to_owned()),
        };
        let (Ends { kind, good, bad, root }, history) = prepare(git, good, bad).map_err(said)?;
        let mut options = self.changed(&Options {
            command: self.command.clone(),
            build: self.build.clone(),
            folder: git.prefix(),
            naming: self.naming(),
            bug: self.bug.clone(),
            runs: None,
            target: 0.95,
            floor: None,
            budget: None,
            timeout: None,
            jobs: 1,
            rates: Rates::default(),
        });
        Namer::new(&options.naming).map_err(|error| format!("--title-regex: {error}"))?;
        if options.bug.is_some() && options.naming == Naming::None {
            return Err("--bug needs --title-regex or --title-cmd: without them no crash has a title".to_owned());
        }
        options.command = absolute(git, &bad, &self.command);
        let repo = start::repo(history, kind, &good, &bad);
        let start = Start { bisectstat: VERSION, root, kind, good, bad, options };
        let mut journal = Journal::create(path, start).map_err(said)?;
        for event in told.into_iter().flat_map(|told| told.events) {
            journal.write(event).map_err(said)?;
        }
        if !git.submodules().is_empty() {
            warn(
                &"the repository has submodules: work trees begin without them; let --build do `git submodule update --init`",
            );
        }
        Ok((journal, Arc::new(repo)))
    }

    /// A journal to go on with.
    fn reopened(&self, git: &Git, path: &Path) -> Result<(Journal, Arc<Repo>), String> {
        let mut journal = Journal::open(path).map_err(said)?;
        let repo = repo(git, path, &journal.state).map_err(said)?;
        let options = self.changed(&journal.state.start.options);
        if options != journal.state.start.options || journal.state.ended.is_some() {
            journal.write(Event::Resume { options: Box::new(options) }).map_err(said)?;
        }
        Ok((journal, repo))
    }

    /// The options with what the arguments say of when to stop.
    fn changed(&self, options: &Options) -> Options {
        Options {
            runs: self.runs.or(options.runs),
            target: self.target.unwrap_or(options.target),
            floor: self.floor.or(options.floor),
            budget: self.budget.or(options.budget),
            timeout: self.timeout.map(|timeout| timeout.as_secs_f64()).or(options.timeout),
            jobs: self.jobs.unwrap_or(options.jobs),
            rates: self.rates.map_or(options.rates, Rates::from),
            ..options.clone()
        }
    }

    fn naming(&self) -> Naming {
        match (&self.title_regex, &self.title_cmd) {
            (Some(pattern), _) => Naming::Regex(pattern.clone()),
            (None, Some(command)) => Naming::Command(command.clone()),
            (None, None) => Naming::None,
        }
    }

    fn bisect(&self, git: &Git, mut journal: Journal, repo: &Arc<Repo>) -> Result<Exit, String> {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, stop.clone()).map_err(said)?;
        }
        let namer = Namer::new(&journal.state.start.options.naming).map_err(said)?;
        let called_in = env::current_dir().map_err(said)?;
        let settings = journal.state.start.options.rates.settings();
        let with = Drive { git, repo, settings: &settings, namer: &namer, called_in: &called_in, stop: &stop };
        let progress = Progress::new(&journal.state);
        let ended = drive(&with, &mut journal, |happening| progress.tell(happening));
        progress.clear();
        let on = Command::go_on(self.state.as_deref());
        match ended {
            Err(error) => Err(format!("{error}\n  what was run so far is kept: `{on}` goes on")),
            Ok(None) => {
                warn(&format!("stopped; `{on}` goes on"));
                Ok(Exit::Failed)
            }
            Ok(Some(reason)) => {
                summary::report(&journal, reason, repo, self.charts.as_deref())?;
                Ok(Exit::Success)
            }
        }
    }
}

/// The history of a journal's range, if this is its repository.
fn repo(git: &Git, path: &Path, state: &State) -> Result<Arc<Repo>, RunError> {
    let Start { kind, good, bad, root, .. } = &state.start;
    let history = history(&git.path, good.iter().chain([bad]))?;
    if let Some(commit) = good.iter().chain([bad, root]).find(|commit| history.find(commit).is_err()) {
        let (path, repository) = (path.to_owned(), git.path.clone());
        return Err(StateError::Foreign { path, repository, commit: *commit }.into());
    }
    Ok(Arc::new(start::repo(history, *kind, good, bad)))
}

/// A file of the command that no commit has would be missing in our work trees: it is named by its whole path.
fn absolute(git: &Git, at: &crate::evidence::CommitId, command: &[String]) -> Vec<String> {
    let whole = |(i, word): (usize, &String)| {
        let path = Path::new(word);
        let is_program = i > 0 || word.contains('/');
        let missing = is_program && path.is_relative() && path.is_file() && !git.has_file(at, word);
        match path.canonicalize() {
            Ok(whole) if missing => {
                warn(&format!("{word} is not in {}: {} is used everywhere", at.short(), whole.display()));
                whole.to_string_lossy().into_owned()
            }
            _ => word.clone(),
        }
    };
    command.iter().enumerate().map(whole).collect()
}
