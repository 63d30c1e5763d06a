//! What `run` and `session` share: when a search stops, what it assumes, and what it knows beforehand.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::analysis::Repo;
use crate::analysis::words::count;
use crate::evidence::CommitId;
use crate::prob::Prob;
use crate::runner::{Event, Journal, Options, Rates, Start, given};

use super::input::{probability, read_prior, read_weights};
use super::next::seconds;
use super::say::warn;

/// How to search.
#[derive(Debug, Args)]
#[command(next_help_heading = "Search")]
pub(super) struct Search {
    /// Runs at each visit of a commit [default: as many as pay]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: Option<u32>,
    /// The title of the bug to look for; failures with unlike titles count as other bugs
    #[arg(long = "title", value_name = "TITLE")]
    pub bug: Option<String>,
    /// Stop when one commit has this probability [default: 0.95]
    #[arg(long, value_name = "P", value_parser = target)]
    target: Option<f64>,
    /// Keep going until the commit has this probability under every failure pattern still compatible with the runs: takes about
    /// twice as many runs
    #[arg(long, value_name = "P", value_parser = target)]
    floor: Option<f64>,
    /// How even the failure rate is across bad commits [default: as bugs usually are]
    #[arg(long, value_enum, help_heading = super::MODEL)]
    rates: Option<Evenness>,
    /// When a commit is sure, run it again, then its parents, then the newest end with the commit reverted
    #[arg(long)]
    verify: bool,
    /// Follow first parents only: a merge stands for all its commits
    #[arg(long)]
    first_parent: bool,
    /// Suspect mainly commits that touch one of these files or folders
    #[arg(long, value_name = "PATH", num_args = 1.., help_heading = super::MODEL)]
    paths: Vec<String>,
    /// Prior weights of commits: a CSV file with the columns `commit` and `weight` (`*`: all others)
    #[arg(long, value_name = "FILE", help_heading = super::MODEL)]
    weights: Option<PathBuf>,
    /// A prior that `fit` learned from an archive
    #[arg(long, value_name = "FILE", conflicts_with = "rates", help_heading = super::MODEL)]
    prior: Option<PathBuf>,
    /// How often a bad commit fails (0 to 1), if you know it; 1 = deterministic
    #[arg(long, value_name = "RATE", conflicts_with_all = ["prior", "rates"], value_parser = share)]
    #[arg(help_heading = super::MODEL)]
    reproduction: Option<f64>,
    /// How often a good commit fails (0 to 1), if you know it
    #[arg(long, value_name = "RATE", value_parser = share, help_heading = super::MODEL)]
    background: Option<f64>,
    /// Start from earlier runs: a table of runs, a `git bisect log`, a report
    #[arg(long, value_name = "FILE", num_args = 1..)]
    evidence: Vec<PathBuf>,
    /// Don't test these commits: names, or ranges like v1..v2
    #[arg(long, value_name = "REV", num_args = 1..)]
    skip: Vec<String>,
    /// Seconds that a checkout and a build take [default: as measured]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = super::MODEL)]
    build_cost: Option<f64>,
    /// Seconds that a run of the test takes [default: as measured]
    #[arg(long = "run-cost", value_name = "SECONDS", value_parser = seconds, help_heading = super::MODEL)]
    test_cost: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Evenness {
    /// As bugs usually are
    Usual,
    /// The same at each: for a test of its own in code that hardly changes. Takes the fewest runs
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

fn share(text: &str) -> Result<f64, String> {
    probability(text).map(Prob::value)
}

fn target(text: &str) -> Result<f64, String> {
    let found = text.parse::<f64>().ok().filter(|target| *target > 0.0 && *target < 1.0);
    found.ok_or_else(|| format!("found {text:?}, expected a number between 0 and 1"))
}

impl Search {
    /// The options of a new search that runs no command yet.
    ///
    /// # Errors
    /// What is wrong with the files of weights and the prior.
    pub(super) fn options(&self) -> Result<Options, String> {
        let weights = self.weights.as_deref().map(|path| read_weights(path).and_then(|_| text_of(path))).transpose()?;
        let prior = self.prior.as_deref().map(|path| read_prior(path).and_then(|_| text_of(path))).transpose()?;
        Ok(self.changed(&Options {
            bug: self.bug.clone(),
            first_parent: self.first_parent,
            paths: self.paths.clone(),
            weights,
            prior,
            ..Options::default()
        }))
    }

    /// The options with what the arguments say that may change on the way.
    pub(super) fn changed(&self, options: &Options) -> Options {
        Options {
            runs: self.runs.or(options.runs),
            target: self.target.unwrap_or(options.target),
            floor: self.floor.or(options.floor),
            rates: self.rates.map_or(options.rates, Rates::from),
            verify: self.verify || options.verify,
            reproduction: self.reproduction.or(options.reproduction),
            background: self.background.or(options.background),
            build_cost: self.build_cost.or(options.build_cost),
            run_cost: self.test_cost.or(options.run_cost),
            ..options.clone()
        }
    }

    /// Runs that were made before.
    ///
    /// # Errors
    /// What is wrong with a file.
    pub(super) fn given(&self, repo: &Repo) -> Result<Vec<Event>, String> {
        let mut events = Vec::new();
        for path in &self.evidence {
            let given = given(path, &repo.history).map_err(|error| format!("--evidence {error}"))?;
            if !given.elsewhere.is_empty() {
                let names: Vec<_> = given.elsewhere.iter().take(5).map(|commit| commit.short().clone()).collect();
                let (path, revisions) = (path.display(), count(given.elsewhere.len() as u64, "revision"));
                warn(&format!("{path}: left out {revisions} that the range does not have: {}", names.join(", ")));
            }
            events.extend(given.events);
        }
        Ok(events)
    }

    /// Rows of weights that mean no commit are said.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(super) fn check_weights(&self, repo: &Repo) -> Result<(), String> {
        let Some(path) = &self.weights else { return Ok(()) };
        for (line, commit, why) in read_weights(path)?.of(&repo.history).lost {
            warn(&format!("{}:{}: {commit}: {why}", path.display(), line.0));
        }
        Ok(())
    }

    /// Writes down what is not to be tested; `meant` finds the commits of a name.
    ///
    /// # Errors
    /// A name that means nothing, or an end.
    pub(super) fn skip(
        &self,
        journal: &mut Journal,
        meant: impl Fn(&str) -> Result<Vec<CommitId>, String>,
    ) -> Result<(), String> {
        let mut commits = Vec::new();
        for name in &self.skip {
            commits.extend(meant(name).map_err(|error| format!("--skip {name}: {error}"))?);
        }
        skip(journal, commits).map_err(|error| format!("--skip {error}"))
    }
}

/// Writes down commits that are not to be tested.
///
/// # Errors
/// An end of the range is among them.
pub(super) fn skip(journal: &mut Journal, mut commits: Vec<CommitId>) -> Result<(), String> {
    let Start { good, bad, .. } = &journal.state.start;
    if let Some(end) = commits.iter().find(|commit| *commit == bad || good.contains(commit)) {
        return Err(format!("{}: it is an end of the range: name another", end.short()));
    }
    commits.retain(|commit| !journal.state.skipped.contains(commit));
    if commits.is_empty() {
        return Ok(());
    }
    journal.write(Event::Skip { commits }).map_err(|error| error.to_string())
}

/// The text of a file.
fn text_of(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
