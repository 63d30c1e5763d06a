//! `run`: a bisection from beginning to end.

mod progress;
pub(super) mod summary;

use std::env;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::analysis::Repo;
use crate::analysis::words::count;
use crate::history::Command;
use crate::runner::git_bisect::told;
use crate::runner::log::log;
use crate::runner::options::{TimeoutIs, duration};
use crate::runner::process::Stop;
use crate::runner::start;
use crate::runner::state::{Event, VERSION};
use crate::runner::title::Namer;
use crate::runner::{Budget, Drive, Ends, Git, Journal, Naming, Options, Start, State};
use crate::runner::{clean, drive, prepare};

use super::Exit;
use super::input::try_print;
use super::output::{Format, format};
use super::say::{complain, warn};
use super::search::Search;
use progress::Progress;

/// Bisect: run a flaky test at the most informative commits until one commit is sure.
///
/// `git bisect run` for flaky tests. CMD runs as often as it takes, in a work tree of its own and in the same folder
/// there; your own tree stays as it is. Exit code 0 passes, 125 says nothing, 126 and 127 mean that CMD cannot be
/// started; any other code, a signal or a timeout is a failure. CMD finds `BISECTSTAT_COMMIT`, `BISECTSTAT_RUN`, `BISECTSTAT_SEED`, `BISECTSTAT_JOB` and
/// `BISECTSTAT_DIR` (where `run` was called) in its environment.
///
/// Every run is recorded at once: after Ctrl-C, a crash or a reboot you lose at most the run under way, and
/// `--continue` goes on.
#[derive(Debug, Args)]
pub struct Run {
    /// Where the test does not fail: one or more ancestors of B
    #[arg(long, value_name = "A", num_args = 1.., required_unless_present_any = ["resume", "from_git_bisect", "action"])]
    good: Vec<String>,
    /// Where it fails. If B is the older one, `run` looks for the commit that fixed it
    #[arg(long, value_name = "B", required_unless_present_any = ["resume", "from_git_bisect", "action"])]
    bad: Option<String>,
    /// The repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// Build a checked-out commit, once, with `sh -c`; a commit that cannot be built is left out
    #[arg(long, value_name = "CMD")]
    build: Option<String>,
    /// The title of a failure: the first match in the output of CMD, or its first group
    #[arg(long, value_name = "RE", conflicts_with = "title_cmd")]
    title_regex: Option<String>,
    /// The title of a failure: the first line that this prints, with `sh -c`, when it reads the output of CMD
    #[arg(long, value_name = "CMD")]
    title_cmd: Option<String>,
    /// Stop after this many runs or this much time: 200, 90s, 10m, 2h
    #[arg(long, value_name = "RUNS|TIME")]
    budget: Option<Budget>,
    /// Kill a run of CMD after this time
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
    /// What a killed run counts as [default: crash]
    #[arg(long, value_enum, value_name = "WHAT")]
    timeout_is: Option<Late>,
    /// Exit codes that say nothing, besides 125; 128 plus a signal's number stands for that signal too [default: 137,255]
    #[arg(long, value_name = "CODES", value_delimiter = ',', num_args = 0..=1, value_parser = clap::value_parser!(u8).range(1..))]
    void_exit: Option<Vec<u8>>,
    /// Commits to test at a time, each in a work tree of its own
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// The seed of `BISECTSTAT_SEED`, which also depends on the commit and the run's number
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Where to record what happens [default: bisectstat/state.ndjson in the repository's .git]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Take the ends and the verdicts so far from the `git bisect` under way
    #[arg(long, conflicts_with_all = ["good", "bad"])]
    from_git_bisect: bool,
    /// The test with its arguments
    #[arg(last = true, value_name = "CMD", required_unless_present_any = ["resume", "action"])]
    command: Vec<String>,
    /// Draw charts into this folder at the end
    #[arg(short = 'o', value_name = "DIR", help_heading = super::OUTPUT)]
    charts: Option<PathBuf>,
    /// Resume a stopped search with the same CMD
    #[arg(long = "continue", id = "resume", conflicts_with_all = OF_A_START)]
    resume: bool,
    /// With --continue: leave out damaged lines of the state and keep the old file beside it
    #[arg(long, requires = "resume")]
    repair: bool,
    #[command(flatten)]
    action: Action,
    #[command(flatten)]
    search: Search,
    /// What to print at the end, or with --status
    #[arg(short, long, value_parser = format("One object, as in `schema/run.json`"), default_value = "text")]
    #[arg(help_heading = super::OUTPUT)]
    format: Format,
}

/// What is told once, when a search begins.
const OF_A_START: [&str; 9] =
    ["good", "bad", "command", "from_git_bisect", "first_parent", "paths", "weights", "prior", "evidence"];

/// What only runs are made with: nothing else looks at it.
const OF_RUNS: [&str; 31] = [
    "resume",
    "good",
    "bad",
    "command",
    "from_git_bisect",
    "first_parent",
    "paths",
    "weights",
    "prior",
    "evidence",
    "skip",
    "runs",
    "build",
    "title_regex",
    "title_cmd",
    "bug",
    "target",
    "floor",
    "budget",
    "timeout",
    "timeout_is",
    "void_exit",
    "jobs",
    "rates",
    "verify",
    "reproduction",
    "background",
    "build_cost",
    "test_cost",
    "seed",
    "charts",
];

/// What is done instead of running anything.
#[derive(Debug, Args)]
#[group(id = "action", multiple = false, conflicts_with_all = OF_RUNS)]
#[command(next_help_heading = "Instead of running")]
struct Action {
    /// Print how far the search is, and run nothing
    #[arg(long)]
    status: bool,
    /// Print the runs so far as a table for `analyze --repo`, and run nothing
    #[arg(long, conflicts_with = "format")]
    log: bool,
    /// Take back the last N runs or failed builds, and run nothing; `--continue` goes on without them
    #[arg(long, value_name = "N", conflicts_with = "format", value_parser = clap::value_parser!(u32).range(1..))]
    undo: Option<u32>,
    /// Remove the work trees of killed bisections, and stop what they left running
    #[arg(long, conflicts_with = "format")]
    clean: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Late {
    /// A failure with the title `timeout`: the bug is a hang
    Crash,
    /// Nothing: the machine was slow
    Void,
}

impl From<Late> for TimeoutIs {
    fn from(late: Late) -> Self {
        match late {
            Late::Crash => Self::Crash,
            Late::Void => Self::Void,
        }
    }
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
        if let Some(done) = self.act(&git, &path) {
            return done.map(|()| Exit::Success);
        }
        let (journal, repo) = if self.resume { self.reopened(&git, &path) } else { self.begun(&git, &path) }?;
        self.bisect(&git, journal, &repo)
    }

    /// What is asked instead of a run.
    fn act(&self, git: &Git, path: &Path) -> Option<Result<(), String>> {
        match self.action {
            Action { status: true, .. } => {
                Some(Self::with_state(git, path, |state, repo| summary::status(state, repo, path, self.format)))
            }
            Action { log: true, .. } => Some(Self::with_state(git, path, |state, repo| {
                let text = log(state, &repo.history);
                try_print(|out| out.write_all(text.as_bytes())).map_err(said)
            })),
            Action { undo: Some(last), .. } => Some(undo(path, last)),
            Action { clean: true, .. } => Some(tidy(git)),
            Action { .. } => None,
        }
    }

    fn with_state<T>(
        git: &Git,
        path: &Path,
        act: impl FnOnce(&State, &Arc<Repo>) -> Result<T, String>,
    ) -> Result<T, String> {
        let state = State::read(path).map_err(said)?;
        let repo = Arc::new(start::reopened(&git.path, path, &state).map_err(said)?);
        act(&state, &repo)
    }

    /// A new journal.
    fn begun(&self, git: &Git, path: &Path) -> Result<(Journal, Arc<Repo>), String> {
        let told = if self.from_git_bisect { Some(told(git).map_err(said)?) } else { None };
        let (good, bad) = match (&told, &self.bad) {
            (Some(told), _) => (&told.good, &told.bad),
            (None, Some(bad)) => (&self.good, bad),
            (None, None) => return Err("--bad names a revision where the test fails".to_owned()),
        };
        let (Ends { kind, good, bad, root }, history) = prepare(git, good, bad).map_err(said)?;
        let mut options = self.changed(&self.search.options()?);
        options.build.clone_from(&self.build);
        options.folder = git.prefix();
        options.naming = self.naming();
        options.seed = self.seed;
        Namer::new(&options.naming).map_err(|error| format!("--title-regex: {error}"))?;
        if options.bug.is_some() && options.naming == Naming::None {
            return Err("--title needs --title-regex or --title-cmd: without them no failure has a title".to_owned());
        }
        options.command = absolute(git, &bad, &self.command);
        let start = Start { bisectstat: VERSION, root, kind, good, bad, options, candidates: None };
        let repo = start::repo(git, history, &start).map_err(said)?;
        self.search.check_weights(&repo)?;
        let given = self.search.given(&repo)?;
        let mut journal = Journal::create(path, start).map_err(said)?;
        for event in told.into_iter().flat_map(|told| told.events).chain(given) {
            journal.write(event).map_err(said)?;
        }
        self.skip(git, &mut journal)?;
        if !git.submodules().is_empty() {
            warn(
                &"the repository has submodules: work trees begin without them; let --build do `git submodule update --init`",
            );
        }
        Ok((journal, Arc::new(repo)))
    }

    /// A journal to go on with.
    fn reopened(&self, git: &Git, path: &Path) -> Result<(Journal, Arc<Repo>), String> {
        if self.repair
            && let Some((lost, aside)) = Journal::repair(path).map_err(said)?
        {
            let lines: Vec<_> = lost.iter().map(ToString::to_string).collect();
            let (lines, aside) = (lines.join(", "), aside.display());
            warn(&format!("{}: left out line {lines}; {aside} has the file as it was", path.display()));
        }
        let mut journal = Journal::open(path).map_err(said)?;
        if journal.state.start.options.command.is_empty() {
            let path = path.display();
            return Err(format!("{path}: a session runs no command: ask with `bisectstat session ask --state {path}`"));
        }
        let repo = Arc::new(start::reopened(&git.path, path, &journal.state).map_err(said)?);
        let options = self.changed(&journal.state.start.options);
        if options != journal.state.start.options || journal.state.ended.is_some() {
            journal.write(Event::Resume { options: Box::new(options) }).map_err(said)?;
        }
        self.skip(git, &mut journal)?;
        Ok((journal, repo))
    }

    /// Writes down what is not to be tested.
    fn skip(&self, git: &Git, journal: &mut Journal) -> Result<(), String> {
        self.search.skip(journal, |name| git.range(name).map_err(said))
    }

    /// The options with what the arguments say of when to stop.
    fn changed(&self, options: &Options) -> Options {
        let changed = self.search.changed(options);
        Options {
            budget: self.budget.or(options.budget),
            timeout: self.timeout.map(|timeout| timeout.as_secs_f64()).or(options.timeout),
            timeout_is: self.timeout_is.map_or(options.timeout_is, TimeoutIs::from),
            void_exits: self.void_exit.clone().unwrap_or_else(|| options.void_exits.clone()),
            jobs: self.jobs.unwrap_or(options.jobs),
            ..changed
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
        let stop = Arc::new(Stop::new());
        stop_at_signals(&stop).map_err(said)?;
        let namer = Namer::new(&journal.state.start.options.naming).map_err(said)?;
        let called_in = env::current_dir().map_err(said)?;
        let settings = journal.state.start.options.settings();
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
                summary::report(&journal, repo, self.format, self.charts.as_deref())?;
                Ok(match reason.exit_code() {
                    0 => Exit::Success,
                    3 => Exit::NoCommit,
                    _ => Exit::Undecided,
                })
            }
        }
    }
}

fn undo(path: &Path, last: u32) -> Result<(), String> {
    let mut journal = Journal::open(path).map_err(said)?;
    let there = journal.state.undoable();
    if last as usize > there {
        return Err(format!("--undo {last}: there are {there} runs and failed builds"));
    }
    journal.write(Event::Undo { last }).map_err(said)?;
    let left = journal.state.runs.len();
    try_print(|out| writeln!(out, "{} left; `bisectstat run --continue` goes on", count(left as u64, "run")))
        .map_err(said)
}

fn tidy(git: &Git) -> Result<(), String> {
    let removed = clean(git).map_err(said)?;
    try_print(|out| removed.iter().try_for_each(|path| writeln!(out, "removed {}", path.display()))).map_err(said)
}

/// Ctrl-C, `kill` and a terminal that is closed stop it; `nohup` is obeyed.
#[cfg(unix)]
fn stop_at_signals(stop: &Arc<Stop>) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let wanted = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| *signal != SIGHUP || !is_ignored(SIGHUP));
    let mut signals = signal_hook::iterator::Signals::new(wanted)?;
    let stop = stop.clone();
    std::thread::spawn(move || {
        for _ in signals.forever() {
            stop.ask(true);
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn stop_at_signals(stop: &Arc<Stop>) -> std::io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use std::sync::atomic::{AtomicBool, Ordering};
    const PAUSE: Duration = Duration::from_millis(50);
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, asked.clone())?;
    }
    let stop = stop.clone();
    std::thread::spawn(move || {
        while !asked.load(Ordering::Relaxed) {
            std::thread::sleep(PAUSE);
        }
        stop.ask(true);
    });
    Ok(())
}

/// Whether whoever started this program wants it to live on; where the system does not tell, they do not.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
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
