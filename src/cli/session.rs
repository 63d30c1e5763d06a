//! `session`: a bisection whose runs are made elsewhere.

use std::fmt::{Display, Write as _};
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::analysis::Repo;
use crate::analysis::words::count;
use crate::evidence::{CommitId, Outcome as Seen, Source, Text};
use crate::ingest::junit::{Assembled, assemble, assemble_all};
use crate::ingest::read;
use crate::prob::json;
use crate::runner::options::duration;
use crate::runner::start;
use crate::runner::{
    Answer, Asked, Asking, Budget, Candidate, Candidates, Event, Git, Heard, Journal, Outcome, Session as Open, Start,
    StateError,
};

use super::Exit;
use super::input::try_print;
use super::output::{Format, format};
use super::run::summary::{print, status_words};
use super::say::{complain, warn};
use super::screen;
use super::search::{Search, skip};

/// Bisect where the test runs elsewhere: ask what to run, tell what came of it.
///
/// For tests that run on a board farm, in a CI service, or by hand. `start` begins a search over the commits of a repository,
/// or over any list: nightlies, images, versions. `ask` gives each worker a lease: what to run, how often, and until when.
/// `tell` takes the answers in any order, late or twice. All of it is in one file, which `--state` names: whoever has that file
/// can go on, on any machine.
#[derive(Debug, Args)]
pub(super) struct Session {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Start(Box<Begin>),
    Ask(Ask),
    Tell(Tell),
    Status(Status),
    Undo(Undo),
    Verify(Verify),
}

// Where the session is.
#[derive(Debug, Args)]
struct At {
    /// The repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// The session's file [default: bisectstat/session.ndjson in the repository's .git]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

/// Begin a session: name the ends, or a list of what to search.
#[derive(Debug, Args)]
struct Begin {
    /// Where the test does not fail: one or more ancestors of B [default: the first of the candidates]
    #[arg(long, value_name = "A", num_args = 1.., required_unless_present = "candidates")]
    good: Vec<String>,
    /// Where it fails. If B is the older one, the session looks for the fix [default: the last of the candidates]
    #[arg(long, value_name = "B", required_unless_present = "candidates")]
    bad: Option<String>,
    /// Search this list instead of a repository: one name a line, oldest first, or CSV with the columns `name`, `after` and
    /// `available`
    #[arg(long, value_name = "FILE", requires = "state", conflicts_with_all = ["first_parent", "paths"])]
    candidates: Option<PathBuf>,
    /// Stop after this many runs
    #[arg(long, value_name = "RUNS", value_parser = clap::value_parser!(u32).range(1..))]
    budget: Option<u32>,
    #[command(flatten)]
    at: At,
    #[command(flatten)]
    search: Search,
}

/// Ask what to run.
///
/// Without a lease and with exit code 0, others are to tell first: ask again later.
#[derive(Debug, Args)]
struct Ask {
    /// How many leases to give at most
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: u16,
    /// How long a lease is good for: then somebody else is asked for the same
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration)]
    expires: Duration,
    /// What to print
    #[arg(short, long, value_parser = format("One object, as in `schema/run.json`"), default_value = "text")]
    format: Format,
    #[command(flatten)]
    at: At,
}

/// Tell what came of a lease.
///
/// Without `--runs`, OUTCOME stands for one run. The first answer to a lease counts: what arrives twice counts once.
#[derive(Debug, Args)]
struct Tell {
    /// The lease; - reads answers from standard input, one JSON object a line with the keys id, outcome, runs, title, seconds, why
    #[arg(value_name = "ID")]
    id: String,
    /// What came of it
    #[arg(value_enum, conflicts_with = "junit")]
    outcome: Option<Told>,
    /// How many runs failed, of how many: 2/10
    #[arg(long, value_name = "K/N", conflicts_with = "junit")]
    runs: Option<String>,
    /// The title of the failures
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// How long a run took
    #[arg(long = "run-cost", value_name = "SECONDS", value_parser = super::next::seconds)]
    seconds: Option<f64>,
    /// Why it cannot be run, with `skip`
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Count the runs of a test in this report: JUnit, `go test -json` or TAP
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// The test in the report, by its name or a part of it
    #[arg(long, value_name = "NAME", requires = "junit")]
    test: Option<String>,
    /// What to print
    #[arg(short, long, value_parser = format("One object, as in `schema/run.json`"), default_value = "text")]
    format: Format,
    #[command(flatten)]
    at: At,
}

/// Print how far the search is.
#[derive(Debug, Args)]
struct Status {
    /// What to print
    #[arg(short, long, value_parser = format("One object, as in `schema/run.json`"), default_value = "text")]
    format: Format,
    #[command(flatten)]
    at: At,
}

/// Take back the last runs that were told.
#[derive(Debug, Args)]
struct Undo {
    /// How many runs, and candidates that could not be run
    #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    last: u32,
    #[command(flatten)]
    at: At,
}

/// What came of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Told {
    /// The test passed
    Pass,
    /// The test failed
    Fail,
    /// The run says nothing: the board was down, the job was cancelled. It is asked for again within reason
    Void,
    /// It cannot be run at all: it does not build, or is not to be had. It is not asked for again
    Skip,
}

/// One answer of standard input.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    outcome: Option<Told>,
    runs: Option<String>,
    title: Option<String>,
    seconds: Option<f64>,
    why: Option<String>,
}

/// The version of the JSON.
const SCHEMA: &str = "bisectstat-session/1";

#[derive(Serialize)]
struct Leases<'a> {
    schema: &'static str,
    #[serde(flatten)]
    asked: &'a Asked,
}

#[derive(Serialize)]
struct Reply<'a> {
    schema: &'static str,
    id: &'a str,
    heard: Heard,
    ended: Option<crate::runner::Reason>,
}

#[derive(Serialize)]
struct Far {
    #[serde(flatten)]
    outcome: Outcome,
    leases: Vec<Asking>,
}

fn said(error: impl Display) -> String {
    error.to_string()
}

fn now() -> i64 {
    Timestamp::now().as_second()
}

impl Session {
    pub(super) fn run(&self) -> Exit {
        let done = match &self.action {
            Action::Start(begin) => begin.run(),
            Action::Ask(ask) => ask.run(),
            Action::Tell(tell) => tell.run(),
            Action::Status(status) => status.run(),
            Action::Undo(undo) => undo.run(),
            Action::Verify(Verify { at }) => verify(at),
        };
        done.unwrap_or_else(|error| {
            complain(&error);
            Exit::Failed
        })
    }
}

impl At {
    fn path(&self) -> Result<PathBuf, String> {
        match &self.state {
            Some(path) => Ok(path.clone()),
            None => Ok(Git::at(&self.repo)
                .map_err(|error| format!("{error}; or name the session with --state"))?
                .folder()
                .join("session.ndjson")),
        }
    }

    /// Waits for whoever writes it: an answer is not lost because another comes at the same moment.
    fn journal(&self) -> Result<Journal, String> {
        const PATIENCE: Duration = Duration::from_secs(30);
        let path = self.path()?;
        let since = Instant::now();
        loop {
            match Journal::open(&path) {
                Err(StateError::Locked(_)) if since.elapsed() < PATIENCE => {}
                Err(StateError::Missing(path)) => {
                    let path = path.display();
                    return Err(format!("{path}: no session has begun here: `bisectstat session start` begins one"));
                }
                other => return other.map_err(said),
            }
        }
    }

    fn open(&self) -> Result<Open, String> {
        let journal = self.journal()?;
        let repo = start::reopened(&self.repo, journal.path(), &journal.state).map_err(said)?;
        Ok(Open::new(journal, &Arc::new(repo), now()))
    }
}

impl Begin {
    fn run(&self) -> Result<Exit, String> {
        let path = self.at.path()?;
        let mut options = self.search.options()?;
        options.budget = self.budget.map(Budget::Runs);
        let (journal, repo) = match &self.candidates {
            Some(file) => self.over_list(file, &path, options)?,
            None => self.over_commits(&path, options)?,
        };
        let start = &journal.state.start;
        let (good, bad) = (start.good.iter().map(CommitId::short).collect::<Vec<_>>().join(", "), start.bad.short());
        let what = match &start.candidates {
            Some(candidates) => count(candidates.len() as u64, "candidate"),
            None => "commits".to_owned(),
        };
        let looks = match start.kind {
            crate::evidence::Kind::Cause => "the first bad one",
            crate::evidence::Kind::Fix => "the one that fixed it",
        };
        let mut text = format!("{what} from good {good} to bad {bad}: looking for {looks}\n");
        let known = count(journal.state.runs.len() as u64, "run");
        let _ = writeln!(text, "{}: {known} known; `bisectstat session ask` says what to run", path.display());
        drop(repo);
        try_print(|out| screen::write(out, &text)).map_err(said)?;
        Ok(Exit::Success)
    }

    fn over_commits(&self, path: &Path, options: crate::runner::Options) -> Result<(Journal, Arc<Repo>), String> {
        let bad = self.bad.as_deref().ok_or("--bad names a revision where the test fails")?;
        let begun = start::over_commits(&self.at.repo, &self.good, bad, options);
        let (git, start, repo) = begun.map_err(said)?;
        self.begun(path, start, repo, |name| git.range(name).map_err(said))
    }

    fn over_list(
        &self,
        file: &Path,
        path: &Path,
        options: crate::runner::Options,
    ) -> Result<(Journal, Arc<Repo>), String> {
        let name = file.display();
        let text = std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
        let Candidates { all, missing } = Candidates::parse(&text).map_err(|error| format!("{name}:{error}"))?;
        let begun = start::over_list(path, all, &self.good, self.bad.as_deref(), options);
        let (start, repo) = begun.map_err(|error| format!("{name}: {error}"))?;
        let known: Vec<CommitId> =
            start.candidates.iter().flatten().map(|candidate: &Candidate| candidate.name).collect();
        let (mut journal, repo) = self.begun(path, start, repo, |name| {
            let found = CommitId::parse_name(name).filter(|name| known.contains(name));
            found.map(|found| vec![found]).ok_or_else(|| "no candidate of this name is listed".to_owned())
        })?;
        skip(&mut journal, missing).map_err(|error| format!("{name}: {error}"))?;
        Ok((journal, repo))
    }

    fn begun(
        &self,
        path: &Path,
        start: Start,
        repo: Repo,
        meant: impl Fn(&str) -> Result<Vec<CommitId>, String>,
    ) -> Result<(Journal, Arc<Repo>), String> {
        self.search.check_weights(&repo)?;
        let given = self.search.given(&repo)?;
        let mut journal = Journal::create(path, start).map_err(|error| match error {
            StateError::Exists(path) => {
                let path = path.display();
                format!("{path}: a session is under way: `bisectstat session ask` goes on; or name another file with --state")
            }
            error => error.to_string(),
        })?;
        for event in given {
            journal.write(event).map_err(said)?;
        }
        self.search.skip(&mut journal, meant)?;
        Ok((journal, Arc::new(repo)))
    }
}

impl Ask {
    fn run(&self) -> Result<Exit, String> {
        let lasts = i64::try_from(self.expires.as_secs()).unwrap_or(i64::MAX);
        let asked = self.at.open()?.ask(self.workers.into(), lasts, now()).map_err(said)?;
        print(&Leases { schema: SCHEMA, asked: &asked }, &asked_words(&asked), self.format)?;
        Ok(if asked.leases.is_empty() && asked.ended.is_some() { Exit::Over } else { Exit::Success })
    }
}

fn asked_words(asked: &Asked) -> String {
    let mut text = String::new();
    for Asking { id, candidate, runs, without, decides, expires, .. } in &asked.leases {
        let candidate =
            if candidate.is_full() && candidate.is_hash() { candidate.to_string() } else { candidate.short() };
        let reverted = without.map(|without| format!(" with {} reverted", without.short())).unwrap_or_default();
        let _ = write!(text, "{id}: run {candidate}{reverted}, {}", count(u64::from(*runs), "time"));
        if let Some(decides) = decides {
            let (pass, fail) = (decides.left_if_all_pass, decides.left_if_some_fail);
            let _ = write!(text, " (if all pass, {pass} stay suspected; if some fail, {fail})");
        }
        let _ = writeln!(text, "\n  bisectstat session tell {id} --runs FAILED/{runs}   (by {expires})");
    }
    match (asked.leases.is_empty(), asked.ended) {
        (true, Some(_)) => text.push_str("the search is over: `bisectstat session status` says how it ended\n"),
        (true, None) => text.push_str("nothing to run until the others have told: ask again later\n"),
        (false, _) => {}
    }
    text
}

impl Tell {
    fn run(&self) -> Result<Exit, String> {
        if self.id == "-" {
            return self.stream();
        }
        let answer = match &self.junit {
            Some(file) => self.counted(file)?,
            None => self.line().answer()?,
        };
        self.heard(&mut self.at.open()?, answer)?;
        Ok(Exit::Success)
    }

    fn line(&self) -> Line {
        let (id, title, why, runs) = (self.id.clone(), self.title.clone(), self.why.clone(), self.runs.clone());
        Line { id, outcome: self.outcome, runs, title, seconds: self.seconds, why }
    }

    /// Answers that cannot count are errors of their own, and the others go through.
    fn stream(&self) -> Result<Exit, String> {
        if self.outcome.is_some() || self.runs.is_some() || self.junit.is_some() {
            return Err("- reads the answers from standard input: leave out OUTCOME, --runs and --junit".to_owned());
        }
        let mut exit = Exit::Success;
        for (number, line) in (1..).zip(std::io::stdin().lock().lines()) {
            let line = line.map_err(said)?;
            if line.trim().is_empty() {
                continue;
            }
            let answer = serde_json::from_str::<Line>(&line).map_err(said).and_then(Line::answer);
            let heard = answer.and_then(|answer| self.heard(&mut self.at.open()?, answer));
            if let Err(error) = heard {
                complain(&format!("-:{number}: {error}"));
                exit = Exit::Failed;
            }
        }
        Ok(exit)
    }

    fn heard(&self, session: &mut Open, answer: Answer) -> Result<(), String> {
        let (id, runs) = (answer.id.clone(), answer.runs());
        let wanted = session.state().leases.iter().find(|(lease, _)| lease.id == id).map(|(lease, _)| lease.runs);
        let alone = answer.untestable.is_none() && answer.voids == 0;
        let heard = session.tell(answer, now()).map_err(said)?;
        match (heard, wanted) {
            (Heard::Differs, _) => {
                warn(&format!("{id}: another answer was told before; that one counts, `session undo` takes it back"));
            }
            (Heard::Counted, Some(wanted)) if alone && runs < wanted.into() => {
                let told = count(runs, "run");
                warn(&format!("{id}: {told} told, {wanted} were asked for: `--runs FAILED/{wanted}` tells them all"));
            }
            _ => {}
        }
        let ended = session.state().ended;
        let text = match (heard, ended) {
            (Heard::Counted, None) => format!("{id}: counted\n"),
            (Heard::Counted, Some(_)) => {
                format!("{id}: counted; the search is over: `bisectstat session status` says how\n")
            }
            (Heard::Again | Heard::Differs, _) => format!("{id}: told before, not counted again\n"),
        };
        match self.format {
            Format::Text => try_print(|out| screen::write(out, &text)),
            // One line for each answer.
            Format::Json => try_print(|out| {
                json::to_writer(&mut *out, &Reply { schema: SCHEMA, id: &id, heard, ended })?;
                writeln!(out)
            }),
        }
        .map_err(said)
    }

    /// The runs of a test in a report.
    fn counted(&self, file: &Path) -> Result<Answer, String> {
        let name = file.display();
        let bytes = std::fs::read(file).map_err(|error| format!("{name}: {error}"))?;
        let reading = read(&bytes, &Source::new(ONE_REVISION)).map_err(|error| format!("{name}: {error}"))?;
        if reading.reports.is_empty() {
            return Err(format!("{name}: no report of tests: tell the outcome instead"));
        }
        let Assembled { bisections, .. } = match &self.test {
            Some(test) => assemble(&reading.reports, Some(test)),
            None => assemble_all(&reading.reports),
        };
        let [bisection] = bisections.as_slice() else {
            return Err(match (&self.test, bisections.len()) {
                (Some(test), 0) => format!("{name}: no test is called {test:?}"),
                (None, 0) => format!("{name}: no test ran"),
                (_, several) => format!("{name}: {several} tests: name one with --test"),
            });
        };
        let mut answer =
            Answer { id: self.id.clone(), title: self.title.clone(), seconds: self.seconds, ..Answer::default() };
        for run in bisection.steps.iter().flat_map(|step| &step.runs) {
            match &run.outcome {
                Seen::Pass => answer.passes += run.count,
                Seen::Crash(_) => answer.failures += run.count,
                Seen::Void(..) => answer.voids += run.count,
            }
        }
        Ok(answer)
    }
}

/// What a report is called, so that all its runs are of one revision.
const ONE_REVISION: &str = "0000000000000000000000000000000000000001.xml";

impl Line {
    fn answer(self) -> Result<Answer, String> {
        let Self { id, outcome, runs, title, seconds, why } = self;
        let title = title.map(|title| Text::new(&title).to_string());
        let answer = Answer { id, title, seconds, ..Answer::default() };
        if let Some(why) = &why
            && outcome != Some(Told::Skip)
        {
            return Err(format!("{}: why {why:?}? Only `skip` takes a reason", answer.id));
        }
        let counts = runs.as_deref().map(ratio).transpose()?;
        match (outcome, counts) {
            (Some(Told::Skip), None) => {
                let why = why.unwrap_or_else(|| "it was told that it cannot be run".to_owned());
                Ok(Answer { untestable: Some(Text::new(&why).to_string()), ..answer })
            }
            (Some(Told::Skip), Some(_)) => Err(format!("{}: skip has no runs", answer.id)),
            (Some(Told::Void), None) => Ok(Answer { voids: 1, ..answer }),
            (Some(Told::Void), Some((0, all))) => Ok(Answer { voids: all, ..answer }),
            (Some(Told::Pass), None) => Ok(Answer { passes: 1, ..answer }),
            (Some(Told::Fail), None) => Ok(Answer { failures: 1, ..answer }),
            (Some(Told::Pass), Some((0, all))) => Ok(Answer { passes: all, ..answer }),
            (Some(Told::Fail), Some((failures, all))) if failures > 0 => {
                Ok(Answer { failures, passes: all - failures, ..answer })
            }
            (None, Some((failures, all))) => Ok(Answer { failures, passes: all - failures, ..answer }),
            (None, None) => Err(format!("{}: expected an outcome, or runs like 2/10", answer.id)),
            (Some(told), Some((failures, all))) => {
                let told = told.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
                Err(format!("{}: {told} and {failures} failures in {all} runs do not go together", answer.id))
            }
        }
    }
}

/// Failures and runs of `2/10`.
fn ratio(text: &str) -> Result<(u32, u32), String> {
    let found =
        text.split_once('/').and_then(|(some, all)| Some((some.trim().parse().ok()?, all.trim().parse().ok()?)));
    found
        .filter(|(some, all)| some <= all && *all > 0)
        .ok_or_else(|| format!("found {text:?}, expected failures and runs like 2/10"))
}

impl Status {
    fn run(&self) -> Result<Exit, String> {
        let session = self.at.open()?;
        let path = session.journal().path();
        let outcome = Outcome::of(session.state(), session.standing(), session.repo(), path);
        let mut text = status_words(&outcome, session.standing(), "bisectstat session ask");
        let leases = session.leases(now());
        for Asking { id, candidate, runs, expires, .. } in &leases {
            let runs = count(u64::from(*runs), "run");
            let _ = writeln!(text, "asked for: {id}, {runs} of {} by {expires}", candidate.short());
        }
        let exit = match outcome.exit_code {
            Some(0) => Exit::Success,
            Some(3) => Exit::NoCommit,
            _ => Exit::Undecided,
        };
        print(&Far { outcome, leases }, &text, self.format)?;
        Ok(exit)
    }
}

impl Undo {
    fn run(&self) -> Result<Exit, String> {
        let mut journal = self.at.journal()?;
        let there = journal.state.undoable();
        if self.last as usize > there {
            return Err(format!("{}: there are {there} runs and candidates that could not be run", self.last));
        }
        journal.write(Event::Undo { last: self.last }).map_err(said)?;
        let left = count(journal.state.runs.len() as u64, "run");
        try_print(|out| writeln!(out, "{left} left; `bisectstat session ask` goes on")).map_err(said)?;
        Ok(Exit::Success)
    }
}

/// When a commit is sure, ask for it again, then for its parents, then for the newest end with the commit reverted.
#[derive(Debug, Args)]
struct Verify {
    #[command(flatten)]
    at: At,
}

fn verify(at: &At) -> Result<Exit, String> {
    at.open()?.verify().map_err(said)?;
    try_print(|out| writeln!(out, "a commit that is sure is verified: `bisectstat session ask` goes on"))
        .map_err(said)?;
    Ok(Exit::Success)
}
