//! `next`: what to run next.

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use crate::analysis::next::{Advice, Plan, Wish, plan};
use crate::analysis::{self, Analysis, Settings};
use crate::prob::{Prob, json};
use crate::report;

use super::Exit;
use super::input::{Inputs, print, probability};
use super::say::complain;
use super::screen;

/// Say what to run next: which revision, how often, and what you learn from it.
///
/// A doubtful bisection is rarely wrong everywhere: a few runs in the right place decide it. `next` ranks revisions,
/// tested and new ones, by the mutual information of their runs and the place of the change, under the posterior that
/// `analyze` reports. It also says when no more runs are needed and when none would help.
#[derive(Debug, Args)]
pub struct Next {
    /// Take all inputs as one body of evidence: a log, and a table of the runs that were made since
    #[arg(long)]
    together: bool,
    /// Stop when the likeliest commit has this probability
    #[arg(long, value_name = "P", default_value = "0.95", value_parser = below_one)]
    target: Prob,
    /// Runs of one revision at a time [default: as many as tell most for their cost]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: Option<u32>,
    /// How many revisions you can run at the same time; `next` proposes those that tell most together
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    workers: u16,
    /// Seconds to build a revision [default: as the log tells]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    build_cost: Option<f64>,
    /// Seconds to run the test once [default: as the log tells]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    run_cost: Option<f64>,
    /// What to print
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    inputs: Inputs,
}

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One array
    Json,
    /// Only the commands that check the revisions out
    Git,
}

pub(super) fn seconds(text: &str) -> Result<f64, String> {
    /// About thirty years.
    const MOST: f64 = 1e9;
    let value = text.parse().ok().filter(|value| (0.0..=MOST).contains(value));
    value.ok_or_else(|| format!("found {text:?}, expected a number of seconds from 0 to {MOST:e}"))
}

/// No number of runs makes anything certain.
fn below_one(text: &str) -> Result<Prob, String> {
    match probability(text)? {
        Prob::ONE => Err(format!("found {text:?}, which no number of runs reaches, expected a probability below 1")),
        target => Ok(target),
    }
}

impl Next {
    pub(super) fn run(&self) -> Exit {
        match self.planned() {
            Err(error) => {
                complain(&error);
                Exit::Failed
            }
            Ok((plans, failed)) => match print(|out| self.write(&plans, out)) {
                Exit::Success if failed > 0 => Exit::Failed,
                exit => exit,
            },
        }
    }

    /// The plans, and how many things could not be read.
    fn planned(&self) -> Result<(Vec<(Analysis, Plan)>, usize), String> {
        let settings = self.inputs.settings()?;
        let batch = if self.together {
            self.inputs.read_together(settings.history()).map_err(|error| error.to_string())?
        } else {
            self.inputs.read()
        };
        let failed = batch.failed();
        Ok((self.plans(analysis::analyze(batch.bisections, &settings), &settings), failed))
    }

    fn plans(&self, analyses: Vec<Analysis>, settings: &Settings) -> Vec<(Analysis, Plan)> {
        let wish = Wish {
            target: self.target,
            horizon: self.runs,
            parallel: self.workers.into(),
            build: self.build_cost,
            run: self.run_cost,
            forecast: self.format != Format::Git,
        };
        let planned = analyses.into_iter().map(|analysis| {
            let plan = plan(&analysis, settings, &wish);
            (analysis, plan)
        });
        planned.collect()
    }

    fn write(&self, plans: &[(Analysis, Plan)], out: &mut dyn Write) -> io::Result<()> {
        match self.format {
            Format::Git => self.commands(plans, out),
            Format::Json => {
                let plans: Vec<_> = plans.iter().map(|(_, plan)| plan).collect();
                json::to_writer_pretty(&mut *out, &plans)?;
                writeln!(out)
            }
            Format::Text => texts(plans, out),
        }
    }

    fn commands(&self, plans: &[(Analysis, Plan)], out: &mut dyn Write) -> io::Result<()> {
        for (_, plan) in plans.iter().filter(|(_, plan)| plan.advice == Advice::Run) {
            for checkout in plan.proposals.iter().take(self.workers.into()).filter_map(|one| one.checkout.as_ref()) {
                writeln!(out, "{checkout}")?;
            }
        }
        Ok(())
    }
}

/// For people, with a line between one and the next.
fn texts(plans: &[(Analysis, Plan)], out: &mut dyn Write) -> io::Result<()> {
    for (i, (analysis, plan)) in plans.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        screen::write(out, &report::text::next(analysis, plan))?;
    }
    Ok(())
}
