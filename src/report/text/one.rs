//! One bisection on one screen: can I trust it, where else, why, and the evidence.

use std::fmt::Write as _;

use annotate_snippets::renderer::Style;

use crate::analysis::answer::Answer;
use crate::analysis::finding::{Remedy, Severity};
use crate::analysis::sentence::{by_rate, say};
use crate::analysis::{Analysis, CredibleSet, GapAnalysis};
use crate::evidence::Ending;
use crate::finding::render::{prose, render, render_line, render_without_next, width, wrapped};
use crate::report::answer::{
    explained, is_named_alone, likeliest_first, lost, pushes, rates, reported_bug, starts_here, tested, title_text,
};
use crate::report::revisions::left_out;

use super::lineage::lineage;
use super::{BOLD, DIM, Styled, evidence, style};
use crate::analysis::words::{Manner, chance, count, cut, short_range};

/// Width of the words on the left.
pub(super) const MARGIN: usize = 19;
/// Places and findings that are shown.
pub(super) const SHOWN: usize = 4;

/// The report of one bisection.
///
/// ```
/// use bisectstat::report::text;
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// // Styled for a terminal: `anstream` takes the colours away where nobody wants them.
/// let text = text::one(&bisectstat::analyze(&log)?[0]);
/// assert!(text.contains("do not trust"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn one(analysis: &Analysis) -> String {
    screen(analysis, &crate::report::answer::ending(analysis))
}

/// The same of a search that says itself why it names no commit.
#[must_use]
pub fn one_ended(analysis: &Analysis, why: &str) -> String {
    screen(analysis, why)
}

fn screen(analysis: &Analysis, ending: &str) -> String {
    let mut text = String::new();
    header(analysis, &mut text);
    text.push('\n');
    answer(analysis, ending, &mut text);
    if let Some(rates) = rates(analysis) {
        paragraph(&mut text, &rates, Style::new());
    }
    where_else(analysis, &mut text);
    text.push_str(&lineage(analysis));
    why(analysis, &mut text);
    titles(analysis, &mut text);
    if analysis.steps.iter().any(|step| step.rate.is_some()) {
        let _ = writeln!(text, "\n{}", Styled(BOLD, "evidence, old to new"));
        text.push_str(&evidence::table(analysis));
    }
    text.push_str(&left_out(analysis));
    text
}

/// A line with words on the left.
pub(super) fn line(text: &mut String, margin: &str, rest: &str) {
    let pad = MARGIN.saturating_sub(margin.chars().count());
    let _ = writeln!(text, "{margin}{}{rest}", " ".repeat(pad));
}

fn header(analysis: &Analysis, text: &mut String) {
    let _ = writeln!(text, "{}", Styled(BOLD, &analysis.bisection));
    if let Some(lost) = lost(analysis) {
        let _ = writeln!(text, "{}", Styled(BOLD, lost));
    }
    let _ = writeln!(text, "{}", wrapped(&tested(analysis), width()));
    if let Some((title, note)) = reported_bug(analysis) {
        let fits = MARGIN + title.chars().count() + note.chars().count() + 3 <= width();
        let lines = if fits { format!("{title}   {note}") } else { format!("{title}\n{}{note}", " ".repeat(MARGIN)) };
        line(text, Manner::of(analysis).choose("reported bug", "reported failure"), lines.trim_end());
    }
}

fn answer(analysis: &Analysis, ending: &str, text: &mut String) {
    let Some(culprit) = &analysis.evidence.culprit else {
        if analysis.evidence.ending == Ending::OnlyRuns {
            said_beside(analysis, text);
        } else {
            margin(text, analysis.answer, ending);
            said(analysis, text);
        }
        return;
    };
    let subject = cut(culprit.subject.as_deref().unwrap_or_default(), width() - MARGIN - 14);
    margin(text, analysis.answer, &format!("{}  {subject}", Styled(BOLD, culprit.commit.short())));
    said(analysis, text);
    let blame = analysis.p_right.map(|p| format!("P(to blame) {} · ", chance(p))).unwrap_or_default();
    paragraph(text, &format!("{blame}{}", starts_here(analysis)), Style::new());
    if let Some(explained) = explained(analysis) {
        paragraph(text, &explained, Style::new());
    }
    for (side, terms) in pushes(analysis) {
        let indent = MARGIN + side.len() + 2;
        let said = wrapped(&terms.join("; "), prose() - indent).replace('\n', &format!("\n{}", " ".repeat(indent)));
        line(text, "", &format!("{side}: {said}"));
    }
}

/// The same where nothing else stands beside the word: the sentence does.
fn said_beside(analysis: &Analysis, text: &mut String) {
    let why = say(analysis).why;
    let rows = wrapped(&why, prose() - MARGIN);
    let (first, rest) = rows.split_once('\n').unwrap_or((&rows, ""));
    margin(text, analysis.answer, &Styled(BOLD, first).to_string());
    for row in rest.lines() {
        line(text, "", &Styled(BOLD, row).to_string());
    }
    what_to_do(analysis, text);
}

/// The sentence that says it all, and what to do.
fn said(analysis: &Analysis, text: &mut String) {
    paragraph(text, &say(analysis).why, BOLD);
    what_to_do(analysis, text);
}

/// The answer by rate, where the rate decides; then what to do.
fn what_to_do(analysis: &Analysis, text: &mut String) {
    let said = say(analysis);
    if let Some(rates) = by_rate(analysis) {
        paragraph(text, &rates, Style::new());
    }
    paragraph(text, &said.action, Style::new());
    if let Some(command) = &said.command {
        line(text, "→ next", &command.to_string());
    }
    text.push('\n');
}

/// A text of several lines to the right of the margin.
fn paragraph(text: &mut String, words: &str, style: Style) {
    for row in wrapped(words, prose() - MARGIN).lines() {
        line(text, "", &Styled(style, row).to_string());
    }
}

fn margin(text: &mut String, answer: Answer, rest: &str) {
    let words = format!("{} {}", answer.mark(), answer.short());
    let pad = " ".repeat(MARGIN.saturating_sub(words.chars().count()).max(2));
    let _ = writeln!(text, "{}{pad}{rest}", Styled(style(answer.tone()), words));
}

/// The gaps of the credible set, likeliest first, and all of them together.
fn where_else(analysis: &Analysis, text: &mut String) {
    let Some(set) = &analysis.credible_set else { return };
    let gaps = likeliest_first(analysis, set);
    if let [only] = gaps[..]
        && is_named_alone(analysis, only)
    {
        line(text, "→ elsewhere", &format!("{} for all other commits together", chance(set.mass.complement())));
        return;
    }
    let shown = gaps.iter().take(SHOWN).zip(std::iter::once("→ look here").chain(std::iter::repeat("")));
    for (gap, margin) in shown {
        line(text, margin, &gap_line(analysis, gap));
    }
    if let [_, _, ..] = gaps[..] {
        line(text, "", &together(set, gaps.len()));
    }
}

fn gap_line(analysis: &Analysis, gap: &GapAnalysis) -> String {
    let mass = gap.posterior.map(chance).unwrap_or_default();
    let size = gap.size();
    let named = if is_named_alone(analysis, gap) { ", the named one" } else { "" };
    format!("{mass:>6}  {}   {size}{named}", Styled(BOLD, short_range(gap.after, gap.upto)))
}

fn together(set: &CredibleSet, gaps: usize) -> String {
    let size = set.size();
    format!("{:>6}  in these {gaps} intervals together   {size}", chance(set.mass))
}

/// The crashes, and which of them are the reported bug.
fn titles(analysis: &Analysis, text: &mut String) {
    let at = format!("at {}", Manner::Fail.origin(analysis));
    let header = match Manner::of(analysis) {
        Manner::Crash => ["crash titles", "crashes", "origin", "same bug"],
        Manner::Fail => ["failures", "runs", at.as_str(), "same"],
    };
    const TITLES: usize = 8;
    /// Of the figures beside a title.
    const FIGURES: usize = 32;
    let longest = width() - FIGURES;
    if analysis.titles.len() < 2 {
        return;
    }
    let rows = analysis.titles.iter().take(TITLES).map(|title| {
        let number = |n: u32| if n == 0 { String::new() } else { n.to_string() };
        let same = title.p_same_bug.map(chance).unwrap_or_default();
        vec![
            cut(title_text(analysis, title), longest).into(),
            number(title.crashes).into(),
            number(title.at_origin).into(),
            same.into(),
        ]
    });
    let _ = write!(text, "\n{}", super::table::table(header, &[1, 2, 3], rows));
    if let Some(more @ 1..) = analysis.titles.len().checked_sub(TITLES) {
        let _ = writeln!(text, " … {more} more");
    }
}

/// Whether the search has said already, and better, what a finding proposes to run.
fn told(analysis: &Analysis, next: &Remedy) -> bool {
    analysis.plan.is_some() && next.is_runs
}

/// What is suspicious: what can make the result wrong in full, notes in a line each.
fn why(analysis: &Analysis, text: &mut String) {
    if analysis.findings.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}   {}", Styled(BOLD, "why"), Styled(DIM, "(bisectstat explain CODE says more)"));
    let mut said: Option<&Remedy> = None;
    for finding in analysis.findings.iter().take(SHOWN) {
        if finding.severity == Severity::Note {
            text.push_str(&render_line(analysis, finding));
            continue;
        }
        let again = said == finding.next.as_ref() || finding.next.as_ref().is_some_and(|next| told(analysis, next));
        said = finding.next.as_ref().or(said);
        text.push_str(&if again { render_without_next(analysis, finding) } else { render(analysis, finding) });
    }
    if let Some(more @ 1..) = analysis.findings.len().checked_sub(SHOWN) {
        let _ = writeln!(text, "… {} more: --format json has all", count(more, "finding"));
    }
}
