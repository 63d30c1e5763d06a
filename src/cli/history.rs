//! `history`: since when does which test fail more.

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use crate::analysis::histories::{Gathered, Histories};
use crate::evidence::Bisection;
use crate::prob::json;
use crate::report;

use super::Exit;
use super::input::{Inputs, Tests, complain, print};
use super::reader::Ledger;
use super::screen;

/// Say which tests got flaky, since which commit, and how sure that is.
///
/// Point it at what your CI keeps: JUnit reports or a table with a column for the test. Each test has one failure rate that
/// changes now and then; how often, and which rates there are, is learned from all tests together. A revision at which many
/// tests failed at once is told from a change.
#[derive(Debug, Args)]
pub struct History {
    #[command(flatten)]
    tests: Tests,
    /// Show this test alone, by its name or a part that no other has
    #[arg(long, value_name = "NAME")]
    test: Option<String>,
    /// Say for each test how probable it is that it fails more now than at this revision
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Lines of the table at most
    #[arg(long, value_name = "N", default_value_t = 40, conflicts_with_all = ["test", "format"])]
    limit: usize,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object
    Json,
}

impl History {
    pub(super) fn run(&self) -> Exit {
        let (ledger, judged) = self.judge();
        match judged {
            Ok(None) => Exit::Failed,
            Ok(Some(histories)) => match print(|out| self.write(&histories, out)) {
                Exit::Success if ledger.failed() > 0 => Exit::Failed,
                exit => exit,
            },
            Err(error) => {
                complain(&error);
                Exit::Failed
            }
        }
    }

    fn judge(&self) -> (Ledger, Result<Option<Histories>, String>) {
        let inputs = Inputs::from(&self.tests);
        let repo = match inputs.history() {
            Ok(repo) => repo,
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
            .judge(self.since.as_deref(), repo.as_deref().map(|repo| &repo.history))
            .map_err(|error| error.to_string());
        let chosen = judged.and_then(|mut all| {
            if let Some(name) = &self.test {
                all.keep(name).map_err(|error| error.to_string())?;
            }
            Ok(Some(all))
        });
        (ledger, chosen)
    }

    fn write(&self, all: &Histories, out: &mut dyn Write) -> io::Result<()> {
        match (self.format, &all.tests[..]) {
            (Format::Json, _) => {
                json::to_writer_pretty(&mut *out, all)?;
                writeln!(out)
            }
            (Format::Text, [test]) if self.test.is_some() => screen::write(out, &report::text::history(test)),
            (Format::Text, _) => screen::write(out, &report::text::histories(all, self.limit)),
        }
    }
}
