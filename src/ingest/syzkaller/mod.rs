//! The log of a syzkaller bisection, every generation since 2018.
//!
//! [`form`] reads one line without its context, [`machine`] parts the bisections of a log, [`draft`] gives each line its
//! meaning (with [`steps`], [`walk`] and [`ending`] for the parts of a log), and what the log does not print is deduced at the
//! end: [`counts`] the number of runs behind `all runs:`, [`verdict`] the decisions that no `git bisect`
//! line records.

mod commit_block;
mod counts;
mod draft;
mod ending;
mod form;
mod machine;
mod piece;
mod stack;
mod steps;
mod verdict;
mod walk;

use memchr::memmem;

use crate::evidence::{Bisection, Source};

use super::lex::Lines;
use super::problem::Problem;

/// Reads every bisection in `bytes`; empty when there is none.
#[must_use]
pub fn read(bytes: &[u8], source: &Source) -> (Vec<Bisection>, Vec<Problem>) {
    if !may_be_one(bytes) {
        return (Vec::new(), Vec::new());
    }
    let source = source.holding(bytes);
    let mut machine = machine::Machine::new(&source);
    for lexed in Lines::new(bytes) {
        machine.feed(&lexed);
    }
    machine.finish()
}

/// Whether it is worth going through the lines: what begins a log or a test, and what git is told, has one of these words.
fn may_be_one(bytes: &[u8]) -> bool {
    [&b"commit"[..], b"bisect"].iter().any(|word| memmem::find(bytes, word).is_some())
}

/// Reads a log whose beginning is missing: what is there, with a problem that says what is not. Empty when there is no
/// test with a run in it.
#[must_use]
pub(crate) fn read_piece(bytes: &[u8], source: &Source) -> (Vec<Bisection>, Vec<Problem>) {
    if !may_be_one(bytes) {
        return (Vec::new(), Vec::new());
    }
    let source = source.holding(bytes);
    let Some((kind, why)) = piece::kind(Lines::new(bytes)) else { return (Vec::new(), Vec::new()) };
    let mut machine = machine::Machine::of_piece(&source, kind, why);
    for lexed in Lines::new(bytes) {
        machine.feed(&lexed);
    }
    let (bisections, problems) = machine.finish();
    if bisections.iter().any(|bisection| bisection.steps.iter().any(|step| !step.runs.is_empty())) {
        (bisections, problems)
    } else {
        (Vec::new(), Vec::new())
    }
}
