//! What a repository tells: the commits themselves.

use std::fmt::Write as _;

use crate::analysis::Analysis;
use crate::analysis::answer::Answer;
use crate::analysis::code::Code;
use crate::analysis::lineage::{CandidateAnalysis, Lineage};
use crate::analysis::words::{chance, clean_line, cut};
use crate::report::answer::{self, missing, off_the_line};

use super::one::{MARGIN, SHOWN, line};
use super::{BOLD, Styled};
use crate::finding::render::width;

/// The likeliest commits, those off the line, and how to go on; nothing without a repository.
pub(super) fn lineage(analysis: &Analysis) -> String {
    let Some(known) = &analysis.history else { return String::new() };
    let mut text = String::new();
    for (i, candidate) in known.candidates.iter().take(SHOWN).enumerate() {
        line(&mut text, if i == 0 { "→ commits" } else { "" }, &row(analysis, candidate));
    }
    for sentence in sentences(analysis, known) {
        line(&mut text, "", &sentence);
    }
    if let Some(code) = &known.code {
        text.push_str(&self::code(code));
    }
    if analysis.answer != Answer::HoldsUp {
        known
            .commands
            .iter()
            .enumerate()
            .for_each(|(i, command)| line(&mut text, if i == 0 { "→ go on" } else { "" }, &command.to_string()));
    }
    text
}

/// What the code says of the named commit, and the older ones that may be to blame instead.
fn code(code: &Code) -> String {
    const LEAST: f64 = 0.005;
    let mut text = String::new();
    let mut margin = "→ its code";
    for sentence in answer::code(code) {
        line(&mut text, std::mem::take(&mut margin), &cut(&clean_line(&sentence), width() - MARGIN));
    }
    let older = code.older.iter().filter(|older| older.p.value() >= LEAST).take(SHOWN);
    for (i, older) in older.enumerate() {
        let mut row = format!("{:>6}  {}", chance(older.p), Styled(BOLD, older.change.commit.short()));
        let _ = write!(row, "  {}  ", older.change.authored.as_deref().unwrap_or("(no date)"));
        row.push_str(&cut(&clean_line(&older.change.subject), (width() - MARGIN - 34).max(8)));
        line(&mut text, if i == 0 { "→ or an older one" } else { "" }, &row);
        if let Some(why) = answer::why_older(older) {
            line(&mut text, "", &format!("{:8}{}", "", clean_line(&why)));
        }
    }
    text
}

fn row(analysis: &Analysis, candidate: &CandidateAnalysis) -> String {
    let named = if analysis.named_culprit.is_some_and(|named| candidate.commit.matches(&named)) {
        ", the named one"
    } else {
        ""
    };
    let mut row = format!("{:>6}  {}", chance(candidate.posterior), Styled(BOLD, candidate.commit.short()));
    let _ = write!(row, "  {}  ", candidate.authored.as_deref().unwrap_or("(no date)"));
    row + &cut(&clean_line(&candidate.subject), (width() - MARGIN - 34).saturating_sub(named.len()).max(8)) + named
}

fn sentences(analysis: &Analysis, known: &Lineage) -> Vec<String> {
    let all: f64 = known.candidates.iter().map(|candidate| candidate.posterior.value()).sum();
    let shown = known.candidates.iter().take(SHOWN).map(|candidate| candidate.posterior.value()).sum::<f64>();
    let more = known.candidates.len().saturating_sub(SHOWN);
    let more = (more > 0)
        .then(|| format!("{:>6.2}  in the {more} likeliest after these (--format json has them)", all - shown));
    more.into_iter().chain(off_the_line(known)).chain(missing(analysis, known)).collect()
}
