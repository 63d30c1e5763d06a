//! One bisection with its findings: the message, the line of the log, what to do next.

use std::fmt::Write as _;

use crate::analysis::finding::Remedy;
use crate::evidence::Location;
use crate::gate::format::notice::{Notice, Told};
use crate::gate::format::place::{Quote, relative};

use super::escape::{block, code, inline};
use super::{Page, clean, cut, excuse};

/// Writes the bisections that failed, or, where nothing is judged, those with findings; then what is suppressed. Returns how
/// many findings were left out.
pub(super) fn write(told: &[Told<'_>], gated: bool, page: &mut Page) -> usize {
    let shown = |told: &&Told<'_>| if gated { !told.judged.passed() } else { !told.judged.findings.is_empty() };
    let sections: usize = told.iter().filter(shown).map(|told| section(told, page)).sum();
    let excused = told.iter().flat_map(|told| &told.notices).filter_map(suppressed);
    let mut excused = excused.peekable();
    if excused.peek().is_none() {
        return sections;
    }
    let fits = page.push("\n### Suppressed\n\n");
    sections + if fits { page.push_all(excused) } else { excused.count() }
}

/// Writes one bisection; returns how many of its findings were left out.
fn section(told: &Told<'_>, page: &mut Page) -> usize {
    let mut notices = told.notices.iter().filter(|notice| notice.counts());
    let mark = if told.judged.passed() { "" } else { "✗ " };
    let heading = format!("\n### {mark}{}\n", code(&cut(&relative(&told.judged.analysis.bisection), 200)));
    // A heading alone would say nothing.
    let first = notices.next().map(finding).unwrap_or_default();
    if page.push(&format!("{heading}{first}")) {
        page.push_all(notices.map(finding))
    } else {
        usize::from(!first.is_empty()) + notices.count()
    }
}

fn finding(notice: &Notice<'_>) -> String {
    let because = notice.because.filter(|_| notice.finding.is_none());
    let because = because.map(|because| format!(" ({})", code(&cut(&clean(&because.0), 200)))).unwrap_or_default();
    let message = inline(&notice.message.replace('\n', " "));
    let quote = notice.quote.as_ref().map(|quote| block("text", &quoted(notice, quote))).unwrap_or_default();
    let next = notice.next.as_ref().map(next).unwrap_or_default();
    format!("\n**{}** ({}): {message}{because}\n\n{quote}{next}", notice.title(), notice.severity.name())
}

/// The line with its number, and the marked part underlined.
fn quoted(notice: &Notice<'_>, quote: &Quote) -> String {
    let number = notice.place().line.to_string();
    let line = format!("{number} | {}", quote.text);
    let marks = "^".repeat(quote.to - quote.from);
    if marks.is_empty() || notice.finding.is_none() {
        return line;
    }
    let blank = " ".repeat(number.len());
    let label = notice.label.replace('\n', " ");
    format!("{line}\n{}", format!("{blank} | {}{marks} {label}", " ".repeat(quote.from)).trim_end())
}

/// What to do next: words as words, a command as such.
fn next(next: &Remedy) -> String {
    let mut parts = String::new();
    if !next.advice.is_empty() {
        let colon = if next.command.is_some() { ":" } else { "" };
        let _ = writeln!(parts, "\n{}{colon}", inline(&next.advice.replace('\n', " ")));
    }
    if let Some(command) = &next.command {
        let _ = write!(parts, "\n{}", block("sh", &command.to_string()));
    }
    format!("\nWhat to do next:\n{parts}")
}

fn suppressed(notice: &Notice<'_>) -> Option<String> {
    let reason = excuse(&notice.standing)?;
    let Location { path, line } = notice.place();
    let place = format!("{}:{line}", relative(path));
    Some(format!("- {} in {}: {reason}\n", notice.title(), code(&place)))
}
