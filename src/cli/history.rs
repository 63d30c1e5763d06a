//! `history`: since when does which test fail more.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rayon::prelude::*;

use crate::analysis::histories::{self, Gathered, Histories, HistoryPrior, State};
use crate::evidence::Bisection;
use crate::frame::histories::HistoryFrames;
use crate::gate::decision::Unread;
use crate::prob::json;
use crate::report::{self, html};

use super::Exit;
use super::input::{Inputs, Sources, print};
use super::names::Names;
use super::output::{Format, format};
use super::reader::Ledger;
use super::report::{address, folder_beside, last, named, page_at, write_to};
use super::say::complain;
use super::threads::Threads;
use super::{screen, tidy};

/// Say which tests got flaky, since which commit, and how sure that is.
///
/// Point it at what your CI keeps: JUnit reports or a table with a column for the test. Each test has one failure rate that
/// changes now and then; how often, and which rates there are, is learned from all tests together. A revision at which many
/// tests failed at once is told from a change.
#[derive(Debug, Args)]
#[command(mut_arg("paths", |paths| paths.help(PATHS).long_help(PATHS)))]
pub struct History {
    /// Show this test alone, by its name or a part that no other has
    #[arg(long, value_name = "NAME")]
    test: Option<String>,
    /// Say for each test how probable it is that it fails more now than at this revision
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// What to print
    #[arg(short, long, value_parser = format("One object"), default_value = "text", help_heading = super::OUTPUT)]
    format: Format,
    /// Write pages to read in a browser: this one and, in a folder beside it, one for each test that failed. With --test, write
    /// the runs around the test's newest change as a table, for `run --evidence` and `next`
    #[arg(short = 'o', value_name = "FILE", help_heading = super::OUTPUT)]
    out: Option<PathBuf>,
    /// Write data frames into this folder: tests.parquet, regimes.parquet and changes.parquet
    #[arg(long, value_name = "DIR", help_heading = super::OUTPUT)]
    frames: Option<PathBuf>,
    /// Write what these tests teach: how often rates change, which rates there are, and outages
    #[arg(long, value_name = "FILE", conflicts_with = "prior", help_heading = super::OUTPUT)]
    write_prior: Option<PathBuf>,
    /// Lines of the table at most
    #[arg(long, value_name = "N", default_value_t = 40, conflicts_with_all = ["test", "format"])]
    #[arg(help_heading = super::OUTPUT)]
    top: usize,
    /// What comes first
    #[arg(long, value_enum, value_name = "KEY", default_value_t = Key::State, conflicts_with = "test")]
    #[arg(help_heading = super::OUTPUT)]
    sort: Key,
    #[command(flatten)]
    sources: Sources,
    /// Judge each test by what others taught, from a file of --write-prior: any part of an archive gives the same histories
    #[arg(long, value_name = "FILE", help_heading = super::MODEL)]
    prior: Option<PathBuf>,
    #[command(flatten)]
    threads: Threads,
}

/// What is read.
const PATHS: &str = "Tables and JUnit reports, folders and archives of these, or - for standard input, which is also read if no \
                     PATH is given and something is piped in";

/// What a list of tests is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Key {
    /// Tests that fail more than before
    State,
    /// Those with the highest failure rate now
    Rate,
    /// By name
    Name,
}

impl Key {
    /// Puts the first first; tests that are alike stay as they stand.
    fn sort(self, tests: &mut [histories::History]) {
        match self {
            Self::State => {}
            Self::Rate => {
                tests.sort_by(|a, b| b.now.rate.mean.value().total_cmp(&a.now.rate.mean.value()));
            }
            Self::Name => tests.sort_by(|a, b| a.test.cmp(&b.test)),
        }
    }
}

impl History {
    pub(super) fn run(&self) -> Exit {
        let (ledger, judged) = self.judge();
        match judged {
            Ok(None) => Exit::Failed,
            Ok(Some(histories)) => match self.tell(&histories, &ledger) {
                Ok(Exit::Success) if ledger.failed() > 0 => Exit::Failed,
                Ok(exit) => exit,
                Err(error) => {
                    complain(&error);
                    Exit::Failed
                }
            },
            Err(error) => {
                complain(&error);
                Exit::Failed
            }
        }
    }

    fn judge(&self) -> (Ledger, Result<Option<Histories>, String>) {
        let inputs = Inputs::of_tests(&self.sources, self.threads);
        let repo = match inputs.history() {
            Ok(repo) => repo,
            Err(error) => return (Ledger::default(), Err(error)),
        };
        let prior = match self.prior.as_deref().map(read_prior).transpose() {
            Ok(prior) => prior,
            Err(error) => return (Ledger::default(), Err(error)),
        };
        let mut gathered = Gathered::default();
        let mut refused = Vec::new();
        let mut ledger = inputs.stream("reading", false, &mut |batch: Vec<Bisection>, _several: bool| {
            for bisection in batch {
                if let Err(error) = gathered.add(&bisection) {
                    refused.push((bisection.source, error));
                }
            }
        });
        for (source, error) in &refused {
            complain(error);
            ledger.fail(source, &error.to_string());
        }
        if gathered.is_empty() {
            return (ledger, Ok(None));
        }
        let judged = gathered
            .judge(self.since.as_deref(), repo.as_deref().map(|repo| &repo.history), prior.as_ref())
            .map_err(|error| error.to_string());
        let chosen = judged.and_then(|mut all| {
            if let Some(name) = &self.test {
                all.keep(name).map_err(|error| error.to_string())?;
            }
            self.sort.sort(&mut all.tests);
            Ok(Some(all))
        });
        (ledger, chosen)
    }

    /// Writes the files that are asked for, and prints.
    fn tell(&self, all: &Histories, ledger: &Ledger) -> io::Result<Exit> {
        if let Some(out) = self.out.as_ref().filter(|_| self.test.is_none()) {
            pages(all, out, ledger)?;
        }
        if let Some(dir) = &self.frames {
            let written = HistoryFrames::of(all).and_then(|frames| frames.write(dir));
            written.map_err(|error| io::Error::other(format!("{}: {error}", dir.display())))?;
        }
        if let Some(file) = &self.write_prior {
            write_to(file, |out| Ok(json::to_writer(out, &all.prior)?))?;
        }
        if let (Some(file), [test]) = (self.runs(), &all.tests[..]) {
            write_to(file, |out| evidence(all, test, out))?;
        }
        Ok(print(|out| self.write(all, out)))
    }

    /// Where the runs around the newest change of the one test go.
    fn runs(&self) -> Option<&Path> {
        self.out.as_deref().filter(|_| self.test.is_some())
    }

    fn write(&self, all: &Histories, out: &mut dyn Write) -> io::Result<()> {
        match (self.format, &all.tests[..]) {
            (Format::Json, _) => {
                json::to_writer_pretty(&mut *out, all)?;
                writeln!(out)
            }
            (Format::Text, [test]) if self.test.is_some() => {
                let next = self.runs().and_then(|file| all.bisecting(test, file));
                screen::write(out, &report::text::history(test, &next.into_iter().flatten().collect::<Vec<_>>()))
            }
            (Format::Text, _) => screen::write(out, &report::text::histories(all, self.top)),
        }
    }
}

/// Reads what other tests taught.
fn read_prior(path: &Path) -> Result<HistoryPrior, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let none = "this is no prior of histories, which `bisectstat history --write-prior FILE` writes as JSON";
    HistoryPrior::parse(&text).map_err(|error| format!("{}: {none} ({error})", path.display()))
}

/// The runs around a test's newest change as a table.
fn evidence(all: &Histories, test: &histories::History, out: &mut dyn Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["commit", "order", "failures", "runs"])?;
    for (order, (revision, runs)) in (1_u64..).zip(all.bearing(test)) {
        let numbers = [order, runs.crashes.into(), runs.trials().into()].map(|number| number.to_string());
        let [order, failures, trials] = &numbers;
        table.write_record([&revision.to_string(), order, failures, trials])?;
    }
    table.flush()
}

/// The overview, and a page for each test that ever failed.
fn pages(all: &Histories, out: &Path, ledger: &Ledger) -> io::Result<()> {
    let file = page_at(out)?;
    let folder = folder_beside(&file);
    let before = tidy::pages(&folder);
    let mut taken = Names::default();
    let failed = |test: &&histories::History| test.state != State::Passed;
    let named_so = all.tests.iter().map(|test| failed(&test).then(|| taken.of_test(&test.test) + ".html"));
    let names: Vec<Option<String>> = named_so.collect();
    let place = |name: &Option<String>| name.as_ref().map(|name| address(&[&last(&folder), name]));
    let unread = ledger.unread.iter().map(|Unread { source, error }| format!("{}: {error}", source.path));
    let (places, unread) = (names.iter().map(place).collect::<Vec<_>>(), unread.collect::<Vec<_>>());
    let page = html::HistoriesPage { histories: all, pages: &places, unread: &unread };
    write_to(&file, |mut out| html::histories(&page, &mut out))?;
    std::fs::create_dir_all(&folder).map_err(|error| named(&folder, &error))?;
    let back = address(&["..", &last(&file)]);
    all.tests.par_iter().zip(&names).try_for_each(|(test, name)| match name {
        Some(name) => write_to(&folder.join(name), |mut out| html::history(all, test, &back, &mut out)),
        None => Ok(()),
    })?;
    let now: BTreeSet<PathBuf> = names.iter().flatten().map(|name| folder.join(name)).collect();
    tidy::remove_old(&before, &now)
}
