//! Revisions as rows, old above new, as several charts have them.

use crate::analysis::words::{Manner, count};
use crate::analysis::{Analysis, GapAnalysis, StepAnalysis, heaviest};
use crate::evidence::{CommitId, Role, Verdict};

use super::scale::int;
use super::sheet::{Shape, Sheet, label};
use super::theme::{Ink, MARGIN, WIDTH};

/// Where the names end and the chart begins.
pub(super) const NAMES: i32 = 244;

/// The revisions of a bisection on the page.
pub(super) struct Rows<'a> {
    analysis: &'a Analysis,
    /// Those with a place on the line, old to new.
    pub(super) line: Vec<&'a StepAnalysis>,
    /// The others that were tested, in the log's order.
    pub(super) adrift: Vec<&'a StepAnalysis>,
    top: i32,
    height: i32,
}

/// What a row says about its revision.
pub(super) struct Row<'a> {
    pub(super) step: &'a StepAnalysis,
    pub(super) y: i32,
}

impl<'a> Rows<'a> {
    /// From `top` on; without the revisions that were built and not run.
    pub(super) fn of(analysis: &'a Analysis, top: i32) -> Self {
        let tested = analysis.steps.iter().filter(|step| step.role != Role::Parent);
        let (mut line, adrift): (Vec<_>, Vec<_>) = tested.partition(|step| step.point.is_some());
        line.sort_by_key(|step| (step.point, step.step));
        let height = match line.len() + adrift.len() {
            0..=30 => 20,
            31..=80 => 17,
            _ => 14,
        };
        Self { analysis, line, adrift, top, height }
    }

    /// Only those on the line.
    pub(super) fn on_line(analysis: &'a Analysis, top: i32) -> Self {
        Self { adrift: Vec::new(), ..Self::of(analysis, top) }
    }

    pub(super) fn manner(&self) -> Manner {
        Manner::of(self.analysis)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.line.is_empty() && self.adrift.is_empty()
    }

    /// The marks that fit into a row.
    pub(super) const fn radius(&self) -> i32 {
        if self.height >= 17 { 4 } else { 3 }
    }

    fn y(&self, row: usize) -> i32 {
        let heading = if row >= self.line.len() { self.height } else { 0 };
        self.top + heading + int(row) * self.height + self.height / 2
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'a>> {
        let steps = self.line.iter().chain(&self.adrift).copied().enumerate();
        steps.map(|(row, step)| Row { step, y: self.y(row) })
    }

    /// Below the last row.
    pub(super) fn bottom(&self) -> i32 {
        let heading = if self.adrift.is_empty() { 0 } else { self.height };
        self.top + heading + int(self.line.len() + self.adrift.len()) * self.height
    }

    /// The band of the credible set: each of its gaps reaches from below its older neighbour to its newer one.
    pub(super) fn band(&self, sheet: &mut Sheet) {
        let edge = |commit: CommitId| self.line.iter().rposition(|step| step.commit == commit);
        let below = |row: usize| self.y(row) + self.height / 2;
        let end = self.top + int(self.line.len()) * self.height;
        for gap in self.analysis.gaps.iter().filter(|gap| gap.credible) {
            let from = gap.after.and_then(edge).map_or(self.top, below);
            let to = gap.upto.and_then(edge).map_or(end, below);
            sheet.draw(Ink::Band, Shape::Rect((MARGIN, from), (WIDTH - MARGIN, to.max(from + 4))));
        }
    }

    /// The number of commits, the hash and the tag of each revision, and a heading above those without a place.
    pub(super) fn names(&self, sheet: &mut Sheet) {
        for (x, heading) in [(MARGIN, "commits"), (84, "revision, old to new")] {
            sheet.write((x, self.top - 9), label(heading).small().faint());
        }
        for (i, row) in self.rows().enumerate() {
            let repeated = i > 0 && self.line.get(i).is_some_and(|step| step.commit == self.line[i - 1].commit);
            if i < self.line.len() && !repeated {
                sheet.write((76, row.y), label(&gap_before(self.analysis, row.step)).small().faint().end());
            }
            let bold = self.note(row.step).is_some();
            sheet.write((84, row.y), label(&row.step.commit.short()).bold_if(bold).tip(row.step.commit.to_string()));
            sheet.write((184, row.y), label(row.step.tag.as_deref().unwrap_or_default()).small().faint().room(56));
        }
        if !self.adrift.is_empty() {
            let y = self.y(self.line.len()) - self.height;
            let heading =
                if self.line.is_empty() { "tested, in the log's order" } else { "tested, without a place on the line" };
            sheet.write((MARGIN, y), label(heading).small().faint());
        }
    }

    /// What the pictures say of a revision: named, or the end of the likeliest gap.
    pub(super) fn note(&self, step: &StepAnalysis) -> Option<String> {
        let named = self.analysis.named_culprit == Some(step.commit);
        let here = likeliest(self.analysis).filter(|gap| gap.upto == Some(step.commit));
        match (named, here) {
            (true, Some(_)) => Some("← named, and likeliest".to_owned()),
            (true, None) => Some("← named".to_owned()),
            (false, Some(gap)) => {
                let sign = if gap.commits_exact { "" } else { "~" };
                let size = gap.commits.map(|n| format!(": {sign}{}", count(n, "commit")));
                Some(format!("← likeliest{}", size.unwrap_or_default()))
            }
            (false, None) => None,
        }
    }
}

/// The gap with most mass.
pub(super) fn likeliest(analysis: &Analysis) -> Option<&GapAnalysis> {
    let mass = |gap: &&GapAnalysis| gap.posterior.or(gap.posterior_any);
    heaviest(analysis.gaps.iter().filter(|gap| mass(gap).is_some()), mass)
}

/// The commits between this revision and the next older one.
fn gap_before(analysis: &Analysis, step: &StepAnalysis) -> String {
    let gap = analysis.gaps.iter().find(|gap| gap.upto == Some(step.commit));
    let size = |n: u64, exact: bool| format!("{}{n}", if exact { "" } else { "~" });
    gap.and_then(|gap| gap.commits.map(|n| size(n, gap.commits_exact))).unwrap_or_default()
}

/// `bad`, `good`, `skip`, or why there is none.
pub(super) fn verdict(manner: Manner, step: &StepAnalysis) -> &'static str {
    match (step.role, step.verdict, manner) {
        (Role::Origin, _, Manner::Crash) => "origin",
        (_, Some(verdict), _) => verdict.name(),
        (_, None, Manner::Fail) => "",
        (role, None, Manner::Crash) => role.name(),
    }
}

pub(super) use crate::analysis::words::failures as trials;

/// Whether a decision was made about this revision.
pub(super) const fn is_decided(step: &StepAnalysis) -> bool {
    matches!(step.verdict, Some(Verdict::Good | Verdict::Bad))
}
