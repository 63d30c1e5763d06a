//! A release far back was marked good: the bug may be there without showing.
//!
//! # What
//! The walk back over releases ended with a good one, so far back that the reproducer may no longer work there.
//!
//! # Why it matters
//! A reproducer needs system calls, options and devices that older releases lack. There it passes whether the bug is
//! there or not, however often you run it. The bisection then finds the commit from which on the bug *shows*, and the
//! bug is older. Of good releases after two or more, labelled bisections contradict half.
//!
//! `p`: that the bug is in the good release.
//!
//! # Example
//! `data/000_nbd_ioctl.txt`:
//!
//! ```text
//! note[BS206]: after 6 releases, v5.3 may have the bug without showing it
//!              (probability 0.72)
//!   --> data/000_nbd_ioctl.txt:38:11
//!    |
//! 38 | all runs: OK
//!    |           ^^ a good release, if the reproducer works there
//! ```
//!
//! # What to do
//! Look for what the reproducer needs and the release lacks. Change the reproducer, or read the history of the crashing
//! code; more runs don't help.
//!
//! # Limits
//! `releases` (2): the rule stays silent after fewer. `p` (0.3): and below this probability.
//!
//! # Source
//! `steps[].p_hidden`, by the number of releases that were walked: the share of good releases that the labels of a published
//! study contradict.

use crate::analysis::finding::Severity;
use crate::analysis::words::{chance, count};
use crate::evidence::{Outcome, Role, Verdict};

use super::case::Case;
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &[];

limits! {
    /// When a good release is doubted.
    pub struct Limits {
        /// How many releases must have been walked.
        releases: u32 = 2,
        /// P(the bug is there and cannot show) from which it is said.
        p: f64 = 0.3,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    let releases = case.analysis.steps.iter().filter(|step| step.role == Role::Release).count();
    if u32::try_from(releases).unwrap_or(u32::MAX) < limits.releases {
        return Vec::new();
    }
    let good = case.judged(Verdict::Good).filter(|step| step.role == Role::Release);
    let hidden = good.filter_map(|step| Some((step, step.p_hidden?))).filter(|(_, p)| p.value() >= limits.p);
    let draft = hidden.last().map(|(step, p)| {
        let walked = count(releases as u64, "release");
        let message = format!(
            "after {walked}, {} may have the bug without showing it (probability {})",
            Case::name(step),
            chance(p)
        );
        Draft::new(Severity::Note, case.line_of(step, |outcome| *outcome == Outcome::Pass), message)
            .label("a good release, if the reproducer works there".to_owned())
            .at(step.step, step.commit)
            .p(p)
            .figure("releases", u32::try_from(releases).unwrap_or(u32::MAX))
    });
    draft.into_iter().collect()
}
