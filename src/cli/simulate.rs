//! `simulate`: bisections with a known truth.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use rayon::prelude::*;

use crate::evidence;
use crate::files::write_whole;
use crate::simulate::{self, HEADER, Plan, World};

use super::Exit;
use super::say::complain;
use super::threads::Threads;
use super::tidy;

/// Write bisection logs whose truth is known, for trials, tests and calibration.
///
/// Each log is a bisection of an invented bug in an invented history, by the rules of a real program. DIR/truth.csv
/// holds for each file the bug's title, the true culprit, and the tested revision that ends its gap: "older" if every
/// tested revision has the bug, "none" if none has it. The same seed gives the same bytes on every machine.
#[derive(Debug, Args)]
pub struct Simulate {
    /// How the bug and its surroundings behave
    #[arg(long, value_name = "NAME", value_parser = world_parser())]
    world: World,
    /// Bisections to write
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,
    /// The seed of the random numbers
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Folder for the logs and truth.csv
    #[arg(short = 'o', value_name = "DIR")]
    out: PathBuf,
    /// Whose rules the bisection follows
    #[arg(long, value_enum, default_value_t = Protocol::SyzkallerOld)]
    protocol: Protocol,
    /// The shape of the history
    #[arg(long, value_enum, default_value_t = History::Linear)]
    history: History,
    /// What the bisection looks for
    #[arg(long, value_enum, default_value_t = Kind::Cause)]
    kind: Kind,
    #[command(flatten)]
    threads: Threads,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Protocol {
    /// syzkaller in 2021: one crash is enough
    SyzkallerOld,
    /// syzkaller since 2024: a sixth of the runs must crash
    SyzkallerNew,
    /// git bisect run: one run per revision
    Git,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum History {
    /// One commit after the other
    Linear,
    /// Merges and side branches
    Branched,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The commit that brought the bug
    Cause,
    /// The commit that fixed it
    Fix,
}

fn world_parser() -> impl TypedValueParser<Value = World> {
    let find = |name: String| World::ALL.into_iter().find(|world| world.name() == name).ok_or("no such world");
    PossibleValuesParser::new(World::ALL.map(World::name)).try_map(find)
}

impl Simulate {
    pub(super) fn run(&self) -> Exit {
        self.threads.start();
        match self.write() {
            Ok(()) => Exit::Success,
            Err(error) => {
                complain(&error);
                Exit::Failed
            }
        }
    }

    fn write(&self) -> io::Result<()> {
        let plan = self.plan();
        fs::create_dir_all(&self.out).map_err(|error| named(&self.out, &error))?;
        let before = tidy::logs(&self.out);
        let rows = (1..=self.count).into_par_iter().map(|index| self.write_one(&plan, index));
        let rows: Vec<String> = rows.collect::<io::Result<_>>()?;
        let table = self.out.join("truth.csv");
        let text = format!("{HEADER}\n{}\n", rows.join("\n"));
        write_whole(&table, |out| out.write_all(text.as_bytes())).map_err(|error| named(&table, &error))?;
        tidy::remove_old(&before, &tidy::logs(&self.out))
    }

    /// Writes one log and returns its line of the table.
    fn write_one(&self, plan: &Plan, index: u64) -> io::Result<String> {
        let simulated = simulate::simulate(plan, index);
        let file = plan.file_name(index);
        let path = self.out.join(&file);
        fs::write(&path, &simulated.log).map_err(|error| named(&path, &error))?;
        Ok(simulated.truth.row(&file))
    }

    const fn plan(&self) -> Plan {
        Plan {
            world: self.world,
            protocol: match self.protocol {
                Protocol::SyzkallerOld => simulate::Protocol::SyzkallerOld,
                Protocol::SyzkallerNew => simulate::Protocol::SyzkallerNew,
                Protocol::Git => simulate::Protocol::Git,
            },
            history: match self.history {
                History::Linear => simulate::History::Linear,
                History::Branched => simulate::History::Branched,
            },
            kind: match self.kind {
                Kind::Cause => evidence::Kind::Cause,
                Kind::Fix => evidence::Kind::Fix,
            },
            seed: self.seed,
        }
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}
