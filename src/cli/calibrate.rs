//! `calibrate`: is the stated confidence true?

use std::fs;
use std::io::{self, BufWriter, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::TypedValueParser;

use crate::analysis;
use crate::calibrate::{Calibration, Settings, Truth, calibrate};
use crate::chart::of_calibration;
use crate::evidence::Source;
use crate::finding::{self, Limits};
use crate::report;

use super::Exit;
use super::chart::{Look, write_index};
use super::input::{Batch, Inputs};
use super::output::{Format, format};
use super::say::complain;
use super::screen;

/// Check probabilities against the truth: of the commits given 0.9, are nine in ten right?
///
/// `calibrate` judges every probability that the named commit is the culprit: those of the models, and the log's own.
/// The Brier score and the log score are 0 for perfect knowledge; beside the Brier score stands that of always stating
/// the base rate. The ECE is the distance between stated and true probabilities over ten bins; even true probabilities
/// have one, which shrinks with the number of cases. The AUC is the chance that a right commit gets more than a wrong
/// one.
///
/// For each rule, `calibrate` counts on how many right and wrong commits it fires. The lift is how much likelier a
/// commit is wrong when it does.
///
/// The truth is a CSV file with a header and one row per log, matched by file name. Simulated: `file`, `true_culprit`, and
/// `upto`, the oldest tested revision that contains the true change (or `older`, or `none`); this judges the credible
/// sets too. Labels: `file`, `verdict` (right, wrong, inconclusive or unknown) and, if wanted, `named_culprit`.
#[derive(Debug, Args)]
pub struct Calibrate {
    /// A CSV file with the truth
    #[arg(long, value_name = "FILE")]
    truth: String,
    /// What to print
    #[arg(short, long, value_parser = format("One object"), default_value = "text")]
    format: Format,
    /// Bins of the reliability table
    #[arg(long, default_value = "10", value_name = "N", value_parser = bins(), hide = true)]
    bins: NonZeroU16,
    /// Resamples behind the intervals of the scores; 0 for no intervals
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    bootstrap: u32,
    /// The seed of the resamples
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Draw the reliability diagrams and the coverage into this folder, as SVG
    #[arg(short = 'o', value_name = "DIR")]
    charts: Option<PathBuf>,
    #[command(flatten)]
    inputs: Inputs,
}

/// From 1 to 100: the edges are printed with two digits.
fn bins() -> impl TypedValueParser<Value = NonZeroU16> {
    clap::value_parser!(u16).range(1..=100).map(|bins| NonZeroU16::MIN.saturating_add(bins - 1))
}

impl Calibrate {
    pub(super) fn run(&self) -> Exit {
        match self.truth() {
            Ok(truth) => self.compare(&truth),
            Err(error) => {
                complain(&error);
                Exit::Failed
            }
        }
    }

    fn truth(&self) -> Result<Truth, String> {
        let bytes = fs::read(&self.truth).map_err(|error| format!("{}: {error}", self.truth))?;
        Truth::read(&bytes, &Source::new(&self.truth)).map_err(|error| error.to_string())
    }

    fn compare(&self, truth: &Truth) -> Exit {
        let batch = self.inputs.read_with(truth);
        let failed = batch.failed();
        match self.report(batch, truth) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                complain(&error);
                Exit::Failed
            }
            Ok(false) => {
                complain(&format!("{}: found no row for any of the logs, expected their file names", self.truth));
                Exit::Failed
            }
            _ if failed > 0 => Exit::Failed,
            _ => Exit::Success,
        }
    }

    /// Prints the comparison; false when there are logs and none has a row.
    fn report(&self, batch: Batch, truth: &Truth) -> io::Result<bool> {
        let assumptions = self.inputs.settings().map_err(io::Error::other)?;
        let mut analyses = analysis::analyze(batch.bisections, &assumptions);
        finding::judge(&mut analyses, &Limits::default());
        let settings = Settings { bins: self.bins, bootstrap: self.bootstrap, seed: self.seed };
        let calibration = calibrate(&analyses, truth, settings);
        self.print(&calibration)?;
        if let Some(dir) = &self.charts {
            draw(&calibration, dir).map_err(io::Error::other)?;
        }
        let Calibration { bisections, .. } = calibration;
        Ok(bisections.read == 0 || bisections.without_row < bisections.read)
    }

    fn print(&self, calibration: &Calibration) -> io::Result<()> {
        let mut out = BufWriter::new(anstream::stdout().lock());
        match self.format {
            Format::Text => screen::write(&mut out, &report::text::calibration(calibration))?,
            Format::Json => report::json::calibration(calibration, &mut out)?,
        }
        out.flush()
    }
}

fn draw(calibration: &Calibration, dir: &Path) -> Result<(), String> {
    let look = Look::default();
    let index = look.write(&of_calibration(calibration, look.theme()), dir)?;
    write_index(dir, &format!("# Stated against true\n\n{index}"))
}
