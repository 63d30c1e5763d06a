//! Text for people: each bisection that failed, with why and what to do next, and one line at the end.

use std::fmt::Write as _;

use crate::analysis::answer::{Answer, Tone};
use crate::analysis::finding::{Finding, Severity};
use crate::analysis::pushes::pushes;
use crate::analysis::sentence::say;
use crate::analysis::words::{clean, clean_line, count};
use crate::finding::render::{prose, render_line, render_without_next, with_command, wrapped};
use crate::gate::decision::{Decision, Demand, Judged, Level, Outcome};

use super::lines::{AMBER, BLUE, BOLD, DIM, GREEN, RED, Styled, bisection};
use super::words::advice;

/// Findings that only warn, of those that are shown of a bisection that failed.
const HINTS: usize = 4;

/// What failed, and how it ends.
#[must_use]
pub fn text(decision: &Decision<'_>) -> String {
    let mut text = String::new();
    for judged in decision.bisections.iter().filter(|judged| !judged.passed()) {
        failed(judged, &mut text);
        text.push('\n');
    }
    let told = passed_with_a_word(decision);
    text.push_str(&told);
    text.push_str(if told.is_empty() { "" } else { "\n" });
    for unread in &decision.unread {
        let _ = writeln!(
            text,
            "{} {}: {}\n",
            Styled(RED, "not read"),
            clean_line(&unread.source.path),
            clean(&unread.error)
        );
    }
    let _ = writeln!(text, "{}", end(decision));
    text
}

/// One line for each that passed without holding up, so that a green gate hides no doubt.
fn passed_with_a_word(decision: &Decision<'_>) -> String {
    const LINES: usize = 20;
    let is_new = |judged: &Judged<'_>| judged.excused.is_empty() && judged.suppressed.is_empty();
    let in_doubt = |judged: &Judged<'_>| judged.analysis.answer.tone() != Tone::Good;
    let is_told = |judged: &&Judged<'_>| judged.passed() && is_new(judged) && in_doubt(judged);
    let told: Vec<_> = decision.bisections.iter().filter(is_told).collect();
    let mut text = String::new();
    for judged in told.iter().take(LINES) {
        let _ = writeln!(text, "{}  {}", word(judged.analysis.answer), bisection(judged.analysis));
        for warning in &judged.warnings {
            let _ = writeln!(text, "  {}  {}", warning.demand, Styled(DIM, format_args!("({})", warning.because)));
        }
    }
    if let Some(more @ 1..) = told.len().checked_sub(LINES) {
        let _ = writeln!(text, "… {more} more that passed without holding up");
    }
    text
}

/// The answer, marked and coloured.
fn word(answer: Answer) -> Styled<String> {
    let style = match answer.tone() {
        Tone::Good => GREEN,
        Tone::Doubt => AMBER,
        Tone::Bad => RED,
        Tone::Unknown => BLUE,
    };
    Styled(style, format!("{} {}", answer.mark(), answer.short()))
}

fn failed(judged: &Judged<'_>, text: &mut String) {
    let failed = Styled(RED, format!("✗ {}", judged.analysis.answer.short()));
    let _ = writeln!(text, "{failed}  {}", bisection(judged.analysis));
    for row in wrapped(&say(judged.analysis).why, prose() - 2).lines() {
        let _ = writeln!(text, "  {row}");
    }
    for failure in &judged.failures {
        let _ = writeln!(text, "  {}  {}", failure.demand, Styled(DIM, format_args!("({})", failure.because)));
    }
    let against = against(judged);
    if !against.is_empty() {
        const INDENT: &str = "\n              ";
        let said = wrapped(&against.join("; "), prose() - INDENT.len());
        let _ = writeln!(text, "  against it: {}", said.replace('\n', INDENT));
    }
    let shown = shown(judged);
    for (i, (level, finding)) in shown.iter().enumerate() {
        let full = i == 0 || *level == Level::Deny;
        text.push_str(&if full {
            render_without_next(judged.analysis, finding)
        } else {
            render_line(judged.analysis, finding)
        });
    }
    let found = shown.iter().find_map(|(_, finding)| finding.next.as_ref());
    let next = with_command(&advice(judged.analysis, found), prose() - 6).replace('\n', "\n      ");
    let _ = writeln!(text, "{} {next}", Styled(BOLD, "next:"));
}

/// What weighs against the named commit, where its `p_right` is too low.
fn against(judged: &Judged<'_>) -> Vec<&'static str> {
    let too_low = judged.failures.iter().any(|failure| matches!(failure.demand, Demand::PRight { .. }));
    if too_low { pushes(judged.analysis).minus } else { Vec::new() }
}

/// The denied findings, then some of the others.
fn shown<'a>(judged: &Judged<'a>) -> Vec<(Level, &'a Finding)> {
    let of = |level| judged.findings.iter().filter(move |ruled| ruled.level == level).map(|ruled| ruled.finding);
    let hints = of(Level::Warn).filter(|finding| finding.severity > Severity::Note).take(HINTS);
    let denied = of(Level::Deny).map(|finding| (Level::Deny, finding));
    denied.chain(hints.map(|finding| (Level::Warn, finding))).collect()
}

/// `gate: 3 of 1089 bisections failed`, and what else is worth knowing.
fn end(decision: &Decision<'_>) -> String {
    let outcome = match decision.outcome() {
        Outcome::Passed => Styled(GREEN, "passed"),
        Outcome::Failed => Styled(RED, "failed"),
        Outcome::CouldNotJudge => Styled(RED, "could not judge"),
    };
    let mut parts = vec![tally(decision)];
    if !decision.unread.is_empty() {
        parts.push(format!("{} not read", decision.unread.len()));
    }
    let suppressed: usize = decision.bisections.iter().map(|judged| judged.suppressed_by().count()).sum();
    if suppressed > 0 {
        parts.push(format!("{suppressed} suppressed"));
    }
    format!(
        "gate {outcome}: {} {}",
        parts.join(", "),
        Styled(DIM, format_args!("(policy: {})", decision.policy.as_deref().unwrap_or("none")))
    )
}

fn tally(decision: &Decision<'_>) -> String {
    let all = decision.bisections.len();
    let failed = decision.bisections.iter().filter(|judged| !judged.passed()).count();
    let unnamed = decision.bisections.iter().filter(|judged| judged.analysis.named_culprit.is_none()).count();
    let of = match (all, failed) {
        (0, _) => return "found no bisection".to_owned(),
        (_, 0) => format!("{} passed", count(all, "bisection")),
        _ => format!("{failed} of {} failed", count(all, "bisection")),
    };
    if unnamed > 0 { format!("{of}, {unnamed} without a named commit") } else { of }
}
