//! Other tools that bisect: what they print, one file each. They tell a verdict a revision, as a plain `git bisect` does, and
//! are read into the same draft. [`known`] names those that are not read.

mod bazelisk;
mod cargo_bisect;
mod hg;
mod known;
mod mozregression;

pub use known::Known;

pub(super) use known::{known, known_table, recording};

use memchr::memmem;

use crate::evidence::{Bisection, Source};

use super::git_bisect::{Draft, finished};
use super::lex::Lines;
use super::problem::Problem;

/// A reader of one tool's output: a draft for each bisection.
type Read = fn(&[(u32, &str)]) -> Option<Draft>;

/// Reads the bisection in `bytes`; empty when no tool is known by its words.
pub(super) fn read(bytes: &[u8], source: &Source) -> (Vec<Bisection>, Vec<Problem>) {
    if !may_be_one(bytes) {
        return (Vec::new(), Vec::new());
    }
    const TOOLS: [Read; 4] = [hg::read, bazelisk::read, cargo_bisect::read, mozregression::read];
    let lexed: Vec<_> = Lines::new(bytes).collect();
    let lines: Vec<(u32, &str)> = lexed.iter().map(|lexed| (lexed.line.0, lexed.text.trim_end())).collect();
    let source = source.holding(bytes);
    TOOLS.iter().find_map(|read| read(&lines)).map(|draft| finished(draft, &source)).unwrap_or_default()
}

/// Whether any tool's words are in it: quicker than to look at each line of a large table.
fn may_be_one(bytes: &[u8]) -> bool {
    const WORDS: [&str; 8] = [
        "hangeset ",
        "hg bisect ",
        "--- Testing with Bazel built at ",
        "RESULT: ",
        "regression window from ",
        "First bad revision: ",
        " - good",
        " - bad",
    ];
    const STATE: [&str; 4] = ["bad ", "good ", "skip ", "current "];
    STATE.iter().any(|word| bytes.starts_with(word.as_bytes()))
        || WORDS.iter().any(|words| memmem::find(bytes, words.as_bytes()).is_some())
}

/// The text between two others.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(inner, _)| inner)
}
