//! `plans`: how many runs a search takes, and whether it is right when it is sure.

use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::model::search::Stop;
use crate::prob::{Prob, json};
use crate::report;
use crate::simulate::plans::{self, Belief, Cell, Group, Limits, Plan, Row, Trial};

use super::Exit;
use super::output::{Format, format};
use super::say::complain;

/// Compare search plans on simulated histories: how many runs each takes, and how often a sure answer is right.
///
/// A plan decides which commit to run next and when to stop. Every plan meets the same histories and the same outcomes.
/// The cells are constant failure rates on lines of 200 to 20000 commits, one rate per commit, another bug over a fifth
/// of the line, both, and failures before the change.
///
/// "right of sure" is the share of sure answers that are right; "sure" is the share of searches that are sure within
/// the budget. Runs and builds are means over all searches, "95 %" is the 95th percentile of the runs. By information
/// theory, no plan needs fewer runs than the bound, even if it knows the failure rate; the yardstick adds the passes
/// that clear the commit before the change, and the ratio is the mean runs over the yardstick.
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct Plans {
    /// Cells to play [default: all]
    #[arg(long, value_enum, value_name = "KIND")]
    cells: Vec<Kind>,
    /// Plans to play [default: all]
    #[arg(long, value_enum, value_name = "NAME")]
    plan: Vec<Name>,
    /// What our plan assumes about failure rates
    #[arg(long, value_enum, default_value_t = Prior::Usual)]
    prior: Prior,
    /// Searches per cell
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    trials: u64,
    /// The seed of the random numbers
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The probability at which a plan is sure
    #[arg(long, value_name = "P", default_value = "0.95", value_parser = target)]
    target: Prob,
    /// The probability that ours must reach under every failure pattern still compatible with the runs
    #[arg(long, value_name = "P", default_value = "0", value_parser = floor)]
    floor: Prob,
    /// Runs after which a plan gives up
    #[arg(long, value_name = "N", default_value_t = 1000)]
    budget: u32,
    /// What to print
    #[arg(long, value_parser = format("Everything, with the trials, as one object"), default_value = "text")]
    format: Format,
}

fn target(text: &str) -> Result<Prob, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number between 0.5 and 1".to_owned())?;
    let inside = number > 0.5 && number < 1.0;
    inside.then(|| Prob::saturating(number)).ok_or_else(|| "expected a number between 0.5 and 1".to_owned())
}

fn floor(text: &str) -> Result<Prob, String> {
    let number = text.parse().ok().filter(|number| (0.0..1.0).contains(number));
    number.map(Prob::saturating).ok_or_else(|| "expected a number from 0 up to 1".to_owned())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// One rate everywhere
    Constant,
    /// One rate per commit
    Uneven,
    /// Another bug beside it
    Other,
    /// One rate per commit, and another bug
    Both,
    /// One rate, and a lower one before the change
    Background,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// The search of this program
    Ours,
    /// The same without crash titles
    NoTitles,
    /// git bisect with ten runs per commit; one failure is bad
    Git,
    /// syzkaller's rule
    Syzkaller,
    /// Least expected entropy with one unknown rate per side, as in git-bayesect
    Greedy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Prior {
    /// One unknown rate
    Constant,
    /// What `run` assumes by default
    Usual,
}

/// The JSON: the trials of each cell, so that other programs can play them, and what each plan made of them.
#[derive(Serialize)]
struct Document<'a> {
    seed: u64,
    target: Prob,
    floor: Prob,
    budget: u32,
    cells: Vec<Trials<'a>>,
    rows: &'a [Row],
}

#[derive(Serialize)]
struct Trials<'a> {
    cell: &'a Cell,
    trials: &'a [Trial],
}

impl Plans {
    pub(super) fn run(&self) -> Exit {
        match self.print() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                complain(&error);
                Exit::Failed
            }
            _ => Exit::Success,
        }
    }

    fn print(&self) -> io::Result<()> {
        let cells: Vec<(Cell, Vec<Trial>)> = self
            .groups()
            .into_iter()
            .flat_map(Group::cells)
            .map(|cell| (cell, plans::trials(&cell, self.trials, self.seed)))
            .collect();
        let rows = self.rows(&cells);
        let mut out = BufWriter::new(anstream::stdout().lock());
        match self.format {
            Format::Text => out.write_all(report::text::plans(&rows).as_bytes())?,
            Format::Json => {
                let cells = cells.iter().map(|(cell, trials)| Trials { cell, trials }).collect();
                let Self { seed, target, floor, budget, .. } = *self;
                json::to_writer(&mut out, &Document { seed, target, floor, budget, cells, rows: &rows })?;
                writeln!(out)?;
            }
        }
        out.flush()
    }

    fn rows(&self, cells: &[(Cell, Vec<Trial>)]) -> Vec<Row> {
        let assumptions = match self.prior {
            Prior::Constant => Belief::Constant,
            Prior::Usual => Belief::Usual,
        }
        .assumptions();
        let stop = Stop { target: self.target, floor: self.floor, ..Stop::default() };
        let limits = Limits { stop, budget: self.budget };
        let judge = |plan| cells.iter().map(move |(cell, trials)| (plan, cell, trials));
        let rows = self.plans().into_iter().flat_map(judge);
        rows.map(|(plan, cell, trials)| plans::judge(plan, cell, trials, &assumptions, limits)).collect()
    }

    fn groups(&self) -> Vec<Group> {
        let group = |kind: &Kind| match kind {
            Kind::Constant => Group::Constant,
            Kind::Uneven => Group::Uneven,
            Kind::Other => Group::Other,
            Kind::Both => Group::Both,
            Kind::Background => Group::Background,
        };
        if self.cells.is_empty() { Group::ALL.to_vec() } else { self.cells.iter().map(group).collect() }
    }

    fn plans(&self) -> Vec<Plan> {
        let plan = |name: &Name| match name {
            Name::Ours => Plan::Ours,
            Name::NoTitles => Plan::OursWithoutTitles,
            Name::Git => Plan::Git,
            Name::Syzkaller => Plan::Syzkaller,
            Name::Greedy => Plan::Greedy,
        };
        if self.plan.is_empty() { Plan::ALL.to_vec() } else { self.plan.iter().map(plan).collect() }
    }
}
