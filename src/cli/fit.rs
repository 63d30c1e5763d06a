//! `fit`: learn from an archive.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::analysis::{Settings, analyze, learn};
use crate::calibrate::blame::{BlameFit, fit_blame};
use crate::calibrate::{self, Truth};
use crate::evidence::Source;
use crate::files::write_whole;
use crate::finding::{Limits, judge};
use crate::model::archive::ArchivePrior;
use crate::prob::json;
use crate::report;

use super::Exit;
use super::clock::today;
use super::input::{Inputs, read_prior};
use super::output::{Format, format};
use super::say::complain;
use super::screen;

/// Learn from an archive how its bugs behave, or from labels when a named commit is to blame.
///
/// Without labels, `fit` learns the weights of the model's priors by expectation maximisation: how reproducible bugs
/// are, how old their culprits are, how titles mix, how often other bugs crash. `analyze --prior FILE` uses the result. An archive
/// in shards: `fit SHARD --rounds 1 -o A.json` for each, then `fit --merge A.json B.json -o prior.json` adds their sums,
/// which is exactly one round over the whole; `--prior prior.json` starts the next.
///
/// With labels, a ridge logistic regression weighs what a log says of the commit that it named: where the change point
/// is, which bug crashed, whether the commit touches the code that crashes, how old it is. Its figures are cross-validated: each bisection is judged by fits that
/// have not seen its culprit. A guard says whether you can rely on the fit: the slope of its logit, the weights on halves of
/// the culprits, other years and other parts of the kernel. A weight whose sign contradicts its reason is an error, and nothing
/// is written. The labels are a CSV file with a header:
/// `file`, `verdict` (right, wrong; others tell nothing) and, if wanted, `title`, `named_culprit` and `true_culprit`; the
/// last two tell which bisections are of one bug.
#[derive(Debug, Args)]
// The priors are learned under assumptions of their own.
#[command(mut_args(|arg| if LABELLED.contains(&arg.get_id().as_str()) { arg.requires("labels") } else { arg }))]
pub(super) struct Fit {
    /// A CSV file that says which named commits are right: fit who is to blame
    #[arg(long = "truth", id = "labels", value_name = "FILE")]
    labels: Option<String>,
    /// Add the sums of shards of one round
    #[arg(long, num_args = 1.., value_name = "FILE", conflicts_with_all = READ)]
    merge: Vec<PathBuf>,
    /// Rounds of expectation maximisation
    #[arg(long, default_value_t = 20, value_name = "N", conflicts_with_all = OF_LABELS, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// What to call the prior [default: the date]
    #[arg(long, value_name = "NAME", conflicts_with_all = OF_LABELS)]
    name: Option<String>,
    /// Write the fit to this file; - for standard output, on one line and alone
    #[arg(short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,
    /// What to print of a fit of labels
    #[arg(short, long, value_parser = format("One object"), default_value = "text", requires = "labels")]
    format: Format,
    #[command(flatten)]
    inputs: Inputs,
}

/// What only a fit of labels assumes.
const LABELLED: [&str; 3] = ["reproduction", "repo", "weights"];

/// A fit of labels, and what tells that one is meant.
const OF_LABELS: [&str; 4] = ["labels", "reproduction", "repo", "weights"];

/// What says what to read and how: no matter of sums that are only added.
const READ: [&str; 15] = [
    "labels",
    "rounds",
    "paths",
    "files_from",
    "input",
    "shard",
    "strict",
    "title",
    "titles",
    "prior",
    "map",
    "test",
    "reproduction",
    "repo",
    "jobs",
];

impl Fit {
    pub(super) fn run(&self) -> Exit {
        let done = match &self.labels {
            Some(labels) => self.blame(labels),
            None if self.merge.is_empty() => self.prior(),
            None => self.merged(),
        };
        done.unwrap_or_else(|message| {
            complain(&message);
            Exit::Failed
        })
    }

    fn blame(&self, labels: &str) -> Result<Exit, String> {
        let bytes = fs::read(labels).map_err(|error| format!("{labels}: {error}"))?;
        let labels = Truth::read(&bytes, &Source::new(labels)).map_err(|error| error.to_string())?;
        let batch = self.inputs.read_with(&labels);
        let failed = batch.failed();
        let settings = Settings { blame: None, ..self.inputs.settings()? };
        let mut analyses = analyze(batch.bisections, &settings);
        judge(&mut analyses, &Limits::default());
        let fitted = fit_blame(&analyses, &labels, calibrate::Settings::default());
        let mut fitted = fitted.map_err(|error| format!("{}: {error}", labels.source.path))?;
        fitted.fit.date = today().to_string();
        self.write(&fitted.fit)?;
        match self.format {
            Format::Text => print(&report::text::blame_fit(&fitted))?,
            Format::Json => print_json(&fitted)?,
        }
        Ok(if failed > 0 { Exit::Failed } else { Exit::Success })
    }

    fn prior(&self) -> Result<Exit, String> {
        let batch = self.inputs.read();
        let failed = batch.failed();
        let settings = Settings::generic().without_judgement();
        let mut prior = self.inputs.prior()?.unwrap_or_else(|| settings.unlearned());
        for _ in 0..self.rounds {
            prior = prior.next();
            let settings = settings.clone().with_prior(&prior);
            let analyses = analyze(batch.bisections.clone(), &settings);
            learn(&mut prior, &analyses);
        }
        self.finish(prior)?;
        // An engine takes an exit code for a broken task: what could not be read was said.
        Ok(if failed > 0 && !self.streams() { Exit::Failed } else { Exit::Success })
    }

    fn merged(&self) -> Result<Exit, String> {
        let mut shards = self.merge.iter();
        let first = shards.next().ok_or("found no shard to merge")?;
        let mut prior = read_prior(first)?;
        for shard in shards {
            let other = read_prior(shard)?;
            prior.merge(&other).map_err(|error| format!("{}: {error}", shard.display()))?;
        }
        self.finish(prior)?;
        Ok(Exit::Success)
    }

    fn finish(&self, mut prior: ArchivePrior) -> Result<(), String> {
        prior.name = self.name.clone().unwrap_or_else(|| format!("{} bisections, {}", prior.bisections, today()));
        if self.streams() {
            return write_out(|mut out| {
                json::to_writer(&mut out, &prior)?;
                writeln!(out)
            });
        }
        self.write(&prior)?;
        print(&report::text::archive_prior(&prior))
    }

    /// Whether the fit itself goes to standard output.
    fn streams(&self) -> bool {
        self.output.as_deref() == Some(Path::new("-"))
    }

    fn write(&self, fit: &impl Serialize) -> Result<(), String> {
        let Some(path) = &self.output else { return Ok(()) };
        let mut text = Vec::new();
        json::to_writer_pretty(&mut text, fit).map_err(|error| error.to_string())?;
        text.push(b'\n');
        write_whole(path, |out| out.write_all(&text)).map_err(|error| format!("{}: {error}", path.display()))
    }
}

fn print(text: &str) -> Result<(), String> {
    write_out(|out| screen::write(out, text))
}

fn print_json(fitted: &BlameFit) -> Result<(), String> {
    write_out(|mut out| report::json::blame_fit(fitted, &mut out))
}

fn write_out(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), String> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}
