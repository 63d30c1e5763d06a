//! The log of a syzkaller bisection, every generation since 2018.
//!
//! [`form`] reads one line without its context, [`machine`] gives it its meaning, and what the log does not print is
//! deduced at the end: [`counts`] the number of runs behind `all runs:`, [`verdict`] the decisions that no `git bisect`
//! line records.

mod commit_block;
mod counts;
mod form;
mod machine;
mod stack;
mod verdict;

use crate::evidence::{Bisection, Source};

use super::lex::Lines;
use super::problem::Problem;

/// Reads every bisection in `bytes`; empty when there is none.
#[must_use]
pub fn read(bytes: &[u8], source: &Source) -> (Vec<Bisection>, Vec<Problem>) {
    let source = source.holding(bytes);
    let mut machine = machine::Machine::new(&source);
    for lexed in Lines::new(bytes) {
        machine.feed(&lexed);
    }
    machine.finish()
}
