//! Tables of one bisection: tested revisions, crash titles, the intervals between revisions.

use crate::analysis::words::short_range;
use crate::analysis::words::{Manner, failures};
use crate::analysis::{Analysis, GapAnalysis, StepAnalysis, TitleAnalysis};
use crate::evidence::Line;
use crate::report::answer::title_text;
use crate::report::revisions::{Marks, gap_before, mark, on_line, verdict};

use super::chances::{Bar, Chance};
use super::log::{Links, Text};

/// Characters of a title that are shown.
pub(super) const TITLE: usize = 200;
/// Titles that are shown.
const TITLES: usize = 200;

/// A tested revision.
pub(super) struct Revision<'a> {
    /// Commits since the next older one, as text and as a number to sort by.
    pub(super) commits: String,
    pub(super) tag: &'a str,
    pub(super) name: String,
    pub(super) full: String,
    pub(super) line: Option<Line>,
    pub(super) trials: String,
    pub(super) share: String,
    pub(super) rate: Option<Bar>,
    pub(super) verdict: &'static str,
    pub(super) right: Option<Chance>,
    pub(super) bad: Option<Chance>,
    pub(super) weak: bool,
    /// `named`, `here`, or empty.
    pub(super) mark: &'static str,
}

/// The revisions with a place on the line, old to new.
pub(super) fn revisions<'a>(analysis: &'a Analysis, links: &Links) -> Vec<Revision<'a>> {
    let marks = Marks::of(analysis);
    on_line(analysis).into_iter().map(|step| revision(analysis, links, marks, step)).collect()
}

fn revision<'a>(analysis: &Analysis, links: &Links, marks: Marks, step: &'a StepAnalysis) -> Revision<'a> {
    Revision {
        commits: gap_before(analysis, step),
        tag: step.tag.as_deref().unwrap_or_default(),
        name: step.commit.short(),
        full: step.commit.to_string(),
        line: Some(step.line).filter(|line| links.has(*line)),
        trials: failures(step),
        share: step.rate.map(|rate| rate.mean.value().to_string()).unwrap_or_default(),
        rate: step.rate.map(Bar::of),
        verdict: verdict(Manner::of(analysis), step),
        right: step.confidence.map(Chance::of),
        bad: step.p_bad.map(Chance::of),
        weak: step.is_weak(),
        mark: mark(marks, step).trim_start_matches("← "),
    }
}

/// A crash title.
pub(super) struct TitleRow<'a> {
    pub(super) title: &'a TitleAnalysis,
    pub(super) text: Text,
    pub(super) kind: &'static str,
    pub(super) same: Option<Chance>,
    pub(super) anchor: bool,
}

/// The most frequent titles, and how many more there are.
pub(super) fn titles(analysis: &Analysis) -> (Vec<TitleRow<'_>>, u64) {
    let row = |title| TitleRow {
        title,
        text: Text::new(title_text(analysis, title), TITLE),
        kind: title.crash_type.unwrap_or_default(),
        same: title.p_same_bug.map(Chance::of),
        anchor: title.anchor == Some(true),
    };
    let more = analysis.titles.len().saturating_sub(TITLES) as u64;
    (analysis.titles.iter().take(TITLES).map(row).collect(), more)
}

/// The commits between two neighbours.
pub(super) struct GapRow<'a> {
    pub(super) gap: &'a GapAnalysis,
    pub(super) range: String,
    pub(super) commits: String,
    pub(super) reported: Option<Chance>,
    pub(super) any: Option<Chance>,
}

/// The intervals of the line, old to new.
pub(super) fn gaps(analysis: &Analysis) -> Vec<GapRow<'_>> {
    let row = |gap: &'_ GapAnalysis| -> (String, String) {
        let size = gap.size();
        (short_range(gap.after, gap.upto), size)
    };
    let rows = analysis.gaps.iter().map(|gap| {
        let (range, commits) = row(gap);
        GapRow { gap, range, commits, reported: gap.posterior.map(Chance::of), any: gap.posterior_any.map(Chance::of) }
    });
    rows.collect()
}

/// One commit that could have brought the change.
pub(super) struct CandidateRow<'a> {
    pub(super) name: String,
    pub(super) full: String,
    pub(super) chance: Chance,
    pub(super) written: &'a str,
    pub(super) subject: Text,
}

/// The likeliest commits, where a repository tells.
pub(super) fn candidates(analysis: &Analysis) -> Vec<CandidateRow<'_>> {
    let known = analysis.history.iter().flat_map(|known| &known.candidates);
    let rows = known.map(|candidate| CandidateRow {
        name: candidate.commit.short(),
        full: candidate.commit.to_string(),
        chance: Chance::of(candidate.posterior),
        written: candidate.authored.as_deref().unwrap_or_default(),
        subject: Text::new(&candidate.subject, TITLE),
    });
    rows.collect()
}
