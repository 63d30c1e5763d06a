//! A finding as a person reads it: what and why, the line of the log with a mark, and what to do. The look is that of a
//! compiler's diagnostics. Styled; the writer strips what a terminal does not want.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use annotate_snippets::renderer::{Ansi256Color, DecorStyle};
use annotate_snippets::{AnnotationKind, Group, Level, Message, Renderer, Snippet, normalize_untrusted_str};

use crate::analysis::Analysis;
use crate::analysis::finding::{Finding, Remedy, Severity};
use crate::analysis::words::count;
use crate::evidence::Line;

/// A yellow that is read on a white ground too, which ANSI's own is not.
const AMBER: Ansi256Color = Ansi256Color(166);

/// Width of a screen.
static COLUMNS: AtomicUsize = AtomicUsize::new(100);

/// Columns that a text may take: as many as the terminal has, within 60 and 160.
pub(crate) fn width() -> usize {
    COLUMNS.load(Ordering::Relaxed)
}

/// Columns of a text that wraps: long lines are hard to read.
pub(crate) fn prose() -> usize {
    width().min(80)
}

/// Says how wide the terminal is. Nothing else changes what is printed for the same input.
#[cfg(feature = "gate")]
pub(crate) fn set_width(columns: usize) {
    COLUMNS.store(columns.clamp(60, 160), Ordering::Relaxed);
}
/// Columns left of the quoted line: a line number of up to five digits, and its bar.
const GUTTER: usize = 8;
/// Related lines that are named.
const PLACES: usize = 2;

/// The whole finding.
///
/// ```
/// use bisectstat::finding::render::render;
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let analysis = bisectstat::analyze(&log)?.remove(0);
/// let text = render(&analysis, &analysis.findings[0]);
/// assert!(text.contains("run #0: crashed: WARNING: ODEBUG bug in netdev_run_todo"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn render(analysis: &Analysis, finding: &Finding) -> String {
    whole(analysis, finding, next(finding))
}

/// The finding without what to do next, where that was said already.
#[must_use]
pub fn render_without_next(analysis: &Analysis, finding: &Finding) -> String {
    whole(analysis, finding, None)
}

fn whole(analysis: &Analysis, finding: &Finding, next: Option<Message<'_>>) -> String {
    let level = level(finding.severity);
    let title = wrapped(&finding.message, title_width(finding));
    let mut group = Group::with_title(level.primary_title(title).id(finding.rule.code));
    if let Some(text) = analysis.evidence.source.line(finding.line) {
        group = group.element(quote(analysis, finding, &text));
    }
    let messages = related(analysis, finding).into_iter().chain(next);
    renderer().render(&[group.elements(messages)]) + "\n"
}

/// The finding without its line of the log, where little room is.
#[must_use]
pub fn render_line(analysis: &Analysis, finding: &Finding) -> String {
    let place = analysis.evidence.source.at(finding.line);
    let text = wrapped(&format!("{} ({place})", finding.message), title_width(finding));
    let title = level(finding.severity).primary_title(text).id(finding.rule.code);
    renderer().render(&[Group::with_title(title)]) + "\n"
}

fn renderer() -> Renderer {
    Renderer::styled().decor_style(DecorStyle::Ascii).term_width(width()).warning(AMBER.on_default().bold())
}

const fn level<'a>(severity: Severity) -> Level<'a> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

fn title_width(finding: &Finding) -> usize {
    let head = finding.severity.name().len() + finding.rule.code.len() + 4;
    prose().saturating_sub(head).max(40)
}

/// Breaks between words.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    // A number stays with its percent sign.
    let text = text.replace(" %", "\u{a0}%");
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + word.chars().count() < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n").replace("\u{a0}%", " %")
}

/// The line of the log with its mark.
fn quote<'a>(
    analysis: &'a Analysis,
    finding: &'a Finding,
    text: &str,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let (text, mark) = cut(text, mark(text), finding.label.chars().count());
    let annotation = AnnotationKind::Primary.span(mark).label(finding.label.as_str());
    let place = analysis.evidence.source.at(finding.line);
    Snippet::source(text)
        .line_start(place.line.0 as usize)
        .path(normalize_untrusted_str(place.path))
        .annotation(annotation)
}

/// What a line is quoted for, in bytes: the outcome of a run, else all of it but the blanks around it.
#[must_use]
pub fn mark(line: &str) -> Range<usize> {
    let end = line.trim_end().len();
    let start = line.len() - line.trim_start().len();
    let rest = &line[start..end.max(start)];
    let outcome = match rest.split_once("crashed: ") {
        Some((before, _)) => before.len() + "crashed: ".len(),
        None if rest.starts_with("run #") || rest.starts_with("all runs:") => rest.find(": ").map_or(0, |at| at + 2),
        None => 0,
    };
    start + outcome..end.max(start + outcome)
}

/// A line cut around its mark, which leaves room for the label.
fn cut(line: &str, mark: Range<usize>, label: usize) -> (String, Range<usize>) {
    const BEFORE: usize = 24;
    const SHORTEST: usize = 8;
    let width = width() - GUTTER;
    let before: Vec<char> = line[..mark.start].chars().collect();
    let dropped = before.len().saturating_sub(BEFORE);
    let head: String = before[dropped..].iter().collect();
    let head = if dropped > 0 { format!("…{head}") } else { head };
    let room = width.saturating_sub(head.chars().count());
    let shown: String = line[mark.start..].chars().take(room).collect();
    let tail = if shown.len() < line.len() - mark.start { "…" } else { "" };
    let longest = room.saturating_sub(label + 1).max(SHORTEST);
    let marked: usize = shown[..shown.len().min(mark.len())].chars().take(longest).map(char::len_utf8).sum();
    let span = head.len()..head.len() + marked;
    (format!("{head}{shown}{tail}"), span)
}

/// More lines to look at.
fn related<'a>(analysis: &Analysis, finding: &Finding) -> Vec<Message<'a>> {
    let place = |line: Line, label: &str| {
        let text = format!("{}: {label}", analysis.evidence.source.at(line));
        Level::NOTE.with_name("see").message(normalize_untrusted_str(&text))
    };
    let mut messages: Vec<_> =
        finding.places.iter().take(PLACES).map(|other| place(other.line, &other.label)).collect();
    if let Some(more @ 1..) = finding.places.len().checked_sub(PLACES) {
        messages.push(Level::NOTE.with_name("see").message(format!("{} more", count(more, "line"))));
    }
    messages
}

/// What to do.
fn next<'a>(finding: &Finding) -> Option<Message<'a>> {
    let next = with_command(finding.next.as_ref()?, prose() - GUTTER - 8);
    Some(Level::HELP.with_name("next").message(next))
}

/// Breaks between words, but never inside a command, which somebody will copy.
pub(crate) fn with_command(next: &Remedy, width: usize) -> String {
    let text = next.to_string();
    match &next.command {
        None => wrapped(&text, width),
        Some(command) if text.chars().count() > width && !next.advice.is_empty() => {
            format!("{}:\n{command}", wrapped(&next.advice, width))
        }
        Some(_) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{CommitId, Kind};
    use crate::history::Command;

    #[test]
    fn commands_stay_whole() {
        let name = |text: &str| CommitId::parse_name(text).unwrap();
        let command = Command::bisect_start(Kind::Fix, name("a"), &[name("b")]);
        let long = Remedy::with("resume with 19 runs a revision", command.clone());
        assert_eq!(with_command(&long, 60), format!("resume with 19 runs a revision:\n{command}"));
        assert_eq!(with_command(&long, 100), format!("resume with 19 runs a revision: {command}"));
        assert_eq!(with_command(&"look at it again".into(), 10), "look at it\nagain");
    }

    #[test]
    fn the_outcome_of_a_run_is_marked() {
        let marked = |line: &'static str| &line[mark(line)];
        assert_eq!(marked("run #3: crashed: BUG in f  "), "BUG in f");
        assert_eq!(marked("> all runs: crashed: BUG in f"), "BUG in f");
        assert_eq!(marked("all runs: OK"), "OK");
        assert_eq!(marked("run #1: boot failed: x"), "boot failed: x");
        assert_eq!(marked("  first bad commit: a b"), "first bad commit: a b");
        assert_eq!((marked(""), marked("run #1: crashed: ")), ("", "crashed:"));
    }

    #[test]
    fn a_mark_leaves_room_for_its_label() {
        let line = format!("run #0: crashed: {}", "ü".repeat(300));
        let (text, span) = cut(&line, mark(&line), 40);
        assert!(text.chars().count() <= width() - GUTTER + 2 && text.ends_with('…'));
        assert!(text[span.clone()].chars().count() <= width() - GUTTER - 40 && !span.is_empty());
        let (text, span) = cut("run #0: OK", 8..10, 400);
        assert_eq!(&text[span], "OK");
    }
}
