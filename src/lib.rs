//! How sure is this bisection?
//!
//! A bisection of a flaky failure calls each revision good or bad by a handful of runs and walks to a "first bad
//! commit". This crate reads what was observed and says how far that answer can be trusted, which decisions are weak,
//! and which commits it could be instead. Data flows one way:
//!
//! 1. [`history`] knows which commits a revision contains, where there is a git repository to ask.
//! 2. [`ingest`] turns the bytes of a log into [`evidence`]: what was run, what came of it, in which line.
//! 3. [`model`] turns slices of counts into probabilities ([`prob`]); every file opens with its formula and source.
//! 4. [`analysis`] joins the two: one [`Analysis`] a bisection, with all figures.
//! 5. [`finding`] looks for suspicious decisions, one rule a file.
//! 6. [`frame`] puts the analyses of a batch into data frames.
//! 7. [`simulate`] makes bisections with known truth, [`calibrate`] compares what is stated with what is true.
//! 8. [`runner`] bisects by itself: it runs a test at the commits that tell most, until one is sure.
//! 9. [`report`] writes an analysis as text or JSON, [`gate`] decides whether it passes, and [`cli`] is the program
//!    around them.
//!
//! A module uses only those before it, in the order below.
//!
//! ```
//! let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
//! let analyses = bisectstat::analyze(&log)?;
//! let named = analyses[0].p_named_any.expect("this log names a commit");
//! assert!(named.value() < 0.1, "one crash in ten runs decided: do not trust it");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! Without any (`default-features = false`) there is everything that reads, models, judges and simulates: [`analyze`] works.
//! Stages that need large crates have a feature each, so that who wants the models does not build the rest.
//!
//! | feature | brings | by |
//! |---|---|---|
//! | `git` | `history::Repository`: ancestors from a repository, not from a list | gix |
//! | `frames` | `frame`: analyses as data frames, as Parquet, CSV and NDJSON | polars |
//! | `charts` | `chart`: pictures as SVG | plotters-svg |
//! | `png` | `chart::png`: the same as PNG | resvg |
//! | `report` | `report`: text and JSON | comfy-table |
//! | `html` | `report::html` and `report::json`: pages; with `charts` | askama |
//! | `gate` | `gate`: pass or fail by a policy, SARIF and its kin; a program with five commands; with `report` | clap, toml |
//! | `runner` | `runner`: bisects by itself; with `git` | regex, rustix |
//! | `cli` | the whole program; with all above but `png` | clap, signal-hook |
//!
//! By default all of them are there.
//!
//! # Examples
//!
//! `examples/` has programs to copy: `one_log` analyses a log from bytes, `outcomes` hands counts to the models, `custom_rule`
//! adds a rule to the built-in ones, `fit_prior` learns a prior from an archive.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(feature = "cli"),
    allow(rustdoc::broken_intra_doc_links, reason = "a stage that was left out cannot be linked to")
)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr))]

#[cfg(feature = "gate")]
mod files;

pub mod prob;

pub mod evidence;

pub mod history;

pub mod ingest;

pub mod model;

pub mod analysis;

pub mod finding;

#[cfg(feature = "frames")]
pub mod frame;

pub mod calibrate;
pub mod simulate;

#[cfg(feature = "runner")]
pub mod runner;

#[cfg(feature = "charts")]
pub mod chart;

#[cfg(feature = "gate")]
pub mod gate;
#[cfg(any(feature = "html", feature = "report"))]
pub mod report;

#[cfg(feature = "gate")]
pub mod cli;

pub use analysis::Analysis;

/// Why there is no analysis.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes hold no bisection.
    #[error(transparent)]
    Read(#[from] ingest::ReadError),
    /// A report of tests holds no bisection.
    #[error(transparent)]
    Report(#[from] ingest::junit::AssembleError),
}

/// Reads every bisection in `bytes` and analyses it with the default [`analysis::Settings`]. Damaged lines are left out;
/// [`ingest::read`] tells which.
///
/// # Errors
/// [`Error::Read`] when there is no bisection, [`Error::Report`] when the revisions of a report of tests are not known.
pub fn analyze(bytes: &[u8]) -> Result<Vec<Analysis>, Error> {
    let reading = ingest::read(bytes, &evidence::Source::new("-"))?;
    let assembled = ingest::junit::assemble(&reading.reports, None);
    if let (true, Some((_, error))) = (assembled.bisections.is_empty(), assembled.problems.into_iter().next()) {
        return Err(error.into());
    }
    let bisections = reading.bisections.into_iter().chain(assembled.bisections).collect();
    let mut analyses = analysis::analyze(bisections, &analysis::Settings::default());
    finding::judge(&mut analyses, &finding::Limits::default());
    Ok(analyses)
}
