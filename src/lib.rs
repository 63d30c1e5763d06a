//! How sure is this bisection?
//!
//! A bisection of a flaky failure calls each revision good or bad by a handful of runs and walks to a "first bad
//! commit". This crate reads what was observed and says how far that answer can be trusted, which decisions are weak,
//! and which commits it could be instead.
//!
//! ```
//! let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
//! let analyses = bisectstat::analyze(&log)?;
//! let named = analyses[0].p_named_any.expect("this log names a commit");
//! assert!(named.value() < 0.1, "one crash in ten runs decided: do not trust it");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Step by step
//!
//! [`analyze`] does what most callers want: bytes in, one [`Analysis`] a bisection out. Its parts, for whoever wants settings,
//! many files or a verdict:
//!
//! 1. [`ingest::read`] turns the bytes of a log, a table or a report into [`evidence`]: what was run, what came of it, in which
//!    line.
//! 2. [`analysis::analyze`] computes all figures of a batch under [`analysis::Settings`]. Each probability is a [`prob::Prob`],
//!    each estimated rate has its interval.
//! 3. [`finding::judge`] looks for suspicious decisions; [`finding::findings_with`] takes rules of your own, too.
//! 4. [`analysis::plan()`] says what to run next.
//! 5. [`report::text()`], [`report::json()`] and [`report::html()`] write an analysis for people and programs.
//! 6. [`gate::judge()`] decides by a policy whether it passes.
//! 7. [`runner::Session`] bisects: it says what to run, is told what came of it, and knows when to stop.
//!
//! # What is promised
//!
//! What this documentation shows, and nothing else: its list stands in `tests/snapshots/it__public_api__public_api.snap`, and
//! `docs/compatibility.md` says what may change when. The program, the tests and the benchmarks need more than that; it is public
//! and `#[doc(hidden)]`, and any version may change it. Structs and enums that can grow are `#[non_exhaustive]`: match them with
//! `..` and `_`. [`report::json()`] has more figures than the documented fields, and its keys are promised as well.
//!
//! # Features
//!
//! Without any (`default-features = false`) there is everything that reads, models, judges and plans: [`analyze`] works.
//! Stages that need large crates have a feature each, so that who wants the models does not build the rest.
//!
//! | feature | brings | by |
//! |---|---|---|
//! | `git` | [`analysis::Settings::with_repository`]: ancestors from a repository, not from a list | gix |
//! | `report` | [`report::text()`], [`report::json()`] | comfy-table |
//! | `html` | [`report::html()`], [`report::json()`]; with `charts` | askama |
//! | `gate` | [`gate`]: pass or fail by a policy, SARIF and its kin; a program with five commands; with `report` | clap, toml |
//! | `runner` | [`runner`]: bisects by itself; with `git` | regex, rustix |
//! | `frames` | nothing in the library's API; in the program data frames as Parquet, CSV and NDJSON | polars |
//! | `charts` | the same of pictures as SVG | plotters-svg |
//! | `png` | the same of pictures as PNG | resvg |
//! | `cli` | the whole program, with all above but `png` | clap, signal-hook |
//!
//! By default all of them are there.
//!
//! # Examples
//!
//! `examples/` has programs to copy: `one_log` analyses a log from bytes, `outcomes` counts without a log, `custom_rule` adds a
//! rule to the built-in ones, `fit_prior` learns a prior from an archive.

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

#[doc(hidden)]
pub mod history;

pub mod ingest;

#[doc(hidden)]
pub mod model;

pub mod analysis;

pub mod finding;

#[doc(hidden)]
#[cfg(feature = "frames")]
pub mod frame;

#[doc(hidden)]
pub mod calibrate;
#[doc(hidden)]
pub mod simulate;

#[cfg(feature = "runner")]
pub mod runner;

#[doc(hidden)]
#[cfg(feature = "charts")]
pub mod chart;

#[cfg(feature = "gate")]
pub mod gate;
#[cfg(any(feature = "html", feature = "report"))]
pub mod report;

#[doc(hidden)]
#[cfg(feature = "gate")]
pub mod cli;

pub use analysis::Analysis;

/// Why there is no analysis.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes hold no bisection.
    #[error(transparent)]
    Read(#[from] ingest::ReadError),
    /// A report of tests holds no bisection.
    #[doc(hidden)]
    #[error(transparent)]
    Report(#[from] ingest::junit::AssembleError),
}

/// Reads every bisection in `bytes`, analyses it with the default [`analysis::Settings`] and looks for what is suspicious: one
/// analysis a bisection, in the order of the input. Damaged lines are left out; [`ingest::read`] tells which.
///
/// # Errors
/// [`Error`] when there is no bisection, or the revisions of a report of tests are not known.
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
