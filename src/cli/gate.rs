//! `gate`: does a result pass?

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use rayon::prelude::*;

use crate::analysis::answer::Tone;
use crate::analysis::histories::{Gathered, History, Worse, test_of};
use crate::analysis::next::advise;
use crate::analysis::{self, Analysis, Repo};
use crate::evidence::{Bisection, CommitId, Text};
use crate::files::write_whole;
use crate::gate::baseline::Baseline;
use crate::gate::decision::{Decision, Outcome};
use crate::gate::format::{self, Format as Shared, explain, json, text};
use crate::gate::judge::{find, judge_histories};
use crate::gate::policy::{self, Policy, unknown_name};
use crate::ingest::only_at;

use super::Exit;
use super::clock::today;
use super::config::Config;
use super::input::{Batch, Inputs, print, try_print};
use super::say::{complain, warn};
use super::screen;

/// Stop results that you should not mail: exit 0 when every bisection passes, 1 when one fails, 2 when it cannot judge.
///
/// The policy sets the demands: how probable it must be that the named commit is to blame, which findings fail, what
/// you know and accept. It is the first bisectstat.toml or .bisectstat.toml in this folder or above, up to the
/// repository's root; without one the default counts (`gate --init` prints it). docs/gate.md explains each key.
///
/// The exit code is 2 if any input cannot be read, whatever the others are: a gate that could not look must not pass.
/// The same goes for an input without any bisection, unless the policy allows it. The format doesn't change the exit
/// code.
///
/// To adopt an old archive, record its findings with --write-baseline; then only new ones fail.
///
/// With --since BASE, tests of a CI are judged by all their runs at once, as `history` does: one that fails
/// more than at BASE, with the probability of `regression` in the policy, fails the gate.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
pub(super) struct Gate {
    /// What to print
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Also write a format into a file; can be repeated
    #[arg(short = 'o', value_name = "FORMAT=FILE", value_parser = Output::parse)]
    output: Vec<Output>,
    /// Known findings, which don't count; overrides the policy's `baseline`
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write today's findings as a baseline and judge with it
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<PathBuf>,
    /// Print the default policy, to start from
    #[arg(long, exclusive = true)]
    init: bool,
    /// Judge tests by their whole history: one that got worse since this revision fails
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// The day on which suppressions are looked at; today by default
    #[arg(long, value_name = "DATE", hide = true)]
    today: Option<Date>,
    /// Was needed beside --since.
    #[arg(long, requires = "since", hide = true)]
    history: bool,
    #[command(flatten)]
    inputs: Inputs,
    /// Which file is the policy.
    #[arg(skip)]
    pub(super) config: Config,
}

/// Every format of a decision. A new one is a line here and a line in [`Format::write`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: what failed, why, what to do next
    Text,
    /// One object
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// One test case per bisection, for Jenkins and others
    Junit,
    /// For a comment or a job's summary
    Markdown,
    /// Which line of the policy decided each demand and each finding
    Explain,
}

impl Format {
    fn write(self, decision: &Decision<'_>, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Text => screen::write(out, &text::text(decision)),
            Self::Json => json::json(decision, out),
            Self::Sarif => format::write(Shared::Sarif, decision, out),
            Self::Github => format::write(Shared::Github, decision, out),
            Self::Gitlab => format::write(Shared::Gitlab, decision, out),
            Self::Junit => format::write(Shared::Junit, decision, out),
            Self::Markdown => format::write(Shared::Markdown, decision, out),
            Self::Explain => screen::write(out, &explain::explain(decision)),
        }
    }
}

/// A format and the file that it goes into.
#[derive(Clone, Debug)]
struct Output {
    format: Format,
    file: PathBuf,
}

impl Output {
    fn parse(argument: &str) -> Result<Self, String> {
        let (format, file) = argument.split_once('=').ok_or("expected FORMAT=FILE")?;
        let formats = Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let names: Vec<String> = formats.map(|format| format.get_name().to_owned()).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let unknown = |_| format!("expected FORMAT=FILE, found an {}", unknown_name("format", format, &known));
        Ok(Self { format: <Format as ValueEnum>::from_str(format, false).map_err(unknown)?, file: file.into() })
    }

    fn write(&self, decision: &Decision<'_>) -> io::Result<()> {
        let mut plain = anstream::StripStream::new(Vec::new());
        self.format.write(decision, &mut plain)?;
        write_whole(&self.file, |out| out.write_all(&plain.into_inner()))
    }
}

impl Gate {
    pub(super) fn run(&self) -> Exit {
        if self.init {
            return print(|out| out.write_all(policy::DEFAULT.as_bytes()));
        }
        or_complain(self.gate())
    }

    fn gate(&self) -> Result<Exit, String> {
        let policy = self.policy()?;
        let mut baseline = self.known(&policy)?;
        let Batch { bisections, ledger } = self.inputs.read_for_gate(policy.allow_empty, self.since.is_some());
        let (unread, green) = (ledger.unread, ledger.green);
        let settings = self.inputs.settings()?;
        let (bisections, worse) = self.histories(bisections, settings.repo.as_deref())?;
        let worse = |analysis: &Analysis| worse.get(&analysis.bisection).copied();
        let mut analyses = analysis::analyze(bisections, &settings);
        find(&mut analyses, &policy).map_err(|error| error.to_string())?;
        let in_doubt = analyses.par_iter_mut().filter(|analysis| analysis.answer.tone() != Tone::Good);
        in_doubt.for_each(|analysis| advise(analysis, &settings));
        if let Some(file) = self.write_baseline.as_deref().filter(|_| !analyses.is_empty()) {
            baseline = Baseline::of(&judge_histories(&analyses, &worse, &policy, &baseline, &unread));
            baseline.write(file).map_err(|error| error.to_string())?;
        }
        let mut decision = judge_histories(&analyses, &worse, &policy, &baseline, &unread);
        // Tests that all pass are what a gate is for.
        decision.may_be_empty |= green;
        for because in policy.unused(&decision) {
            warn(&format!("{because}: this suppression matches nothing: remove it"));
        }
        self.tell(&decision)
    }

    /// Where histories are judged: which tests got worse, by their names, and what bears on the newest change of each.
    fn histories(
        &self,
        bisections: Vec<Bisection>,
        repo: Option<&Repo>,
    ) -> Result<(Vec<Bisection>, HashMap<String, Worse>), String> {
        if self.since.is_none() || bisections.is_empty() {
            return Ok((bisections, HashMap::new()));
        }
        let mut gathered = Gathered::default();
        bisections.iter().try_for_each(|bisection| gathered.add(bisection)).map_err(|error| error.to_string())?;
        let histories = gathered.judge(self.since.as_deref(), repo.map(|repo| &repo.history), None);
        let histories = histories.map_err(|error| error.to_string())?;
        let tests: HashMap<&[Text], &History> = histories.tests.iter().map(|test| (&*test.key, test)).collect();
        let mut worse = HashMap::new();
        let bearing = |bisection: Bisection| {
            let Some(test) = tests.get(&*test_of(&bisection)) else { return bisection };
            worse.extend(histories.worse(test).map(|worse| (bisection.id.clone(), worse)));
            let kept: HashSet<CommitId> = histories.bearing(test).map(|(revision, _)| revision).collect();
            only_at(bisection, |revision| kept.contains(revision))
        };
        Ok((bisections.into_iter().map(bearing).collect(), worse))
    }

    fn policy(&self) -> Result<Policy, String> {
        let today = self.today.unwrap_or_else(today);
        let policy = self.config.file().and_then(|found| match found {
            Some(file) => Policy::read_on(&file, today),
            None => Policy::standard(),
        });
        policy.map_err(|error| error.to_string())
    }

    /// What does not count; nothing while a baseline is written.
    fn known(&self, policy: &Policy) -> Result<Baseline, String> {
        match self.baseline.as_deref().or(policy.baseline.as_deref()) {
            Some(file) if self.write_baseline.is_none() => Baseline::read(file).map_err(|error| error.to_string()),
            _ => Ok(Baseline::default()),
        }
    }

    /// Writes every format that is asked for; one that fails does not stop the others.
    fn tell(&self, decision: &Decision<'_>) -> Result<Exit, String> {
        let files = self.output.iter().filter_map(|output| {
            let error = output.write(decision).err()?;
            Some(format!("{}: {error}", output.file.display()))
        });
        let mut errors: Vec<String> = files.collect();
        let printed = try_print(|out| self.format.write(decision, out));
        errors.extend(printed.err().map(|error| error.to_string()));
        if !errors.is_empty() {
            return Err(errors.join("\n"));
        }
        Ok(match decision.outcome() {
            Outcome::Passed => Exit::Success,
            Outcome::Failed => Exit::GateFailed,
            Outcome::CouldNotJudge => Exit::Failed,
        })
    }
}

fn or_complain(done: Result<Exit, String>) -> Exit {
    done.unwrap_or_else(|errors| {
        for error in errors.lines() {
            complain(&error);
        }
        Exit::Failed
    })
}
