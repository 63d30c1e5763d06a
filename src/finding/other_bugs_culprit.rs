//! The crash shown for the named commit is not the reported bug.
//!
//! # What
//! The crash report at the end of the log, which stands for the named commit, has a title that is likelier another bug.
//! Without a report, the same for the crashes of the commit's own test.
//!
//! # Why it matters
//! The bisection may have found another bug's culprit.
//!
//! `p`: that the crash shown is another bug, and the change not at this commit.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/other-bugs-culprit.fires.txt`:
//!
//! ```text
//! note[BS302]: the crash shown for 666666666666 is KASAN: use-after-free Read in
//!              qux_release; probability that it is the reported bug: 0.06
//!   --> tests/rules/other-bugs-culprit.fires.txt:91:1
//!    |
//! 91 | crash: KASAN: use-after-free Read in qux_release
//!    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ P(reported bug) 0.06
//!    |
//!    = see: tests/rules/other-bugs-culprit.fires.txt:90: named for this crash
//!    = next: compare the stack with the reported bug's
//! ```
//!
//! # What to do
//! Compare the stack at the end of the log with the report. Resume with only the reported bug's crashes counted.
//!
//! # Limits
//! `another` (0.5): the rule ignores crashes that are likelier the reported bug. A note while the result holds, a
//! warning from `doubt` (0.4) on, an error from `wrong` (0.5) on. If the commit's own test was marked bad for
//! another bug (BS202), that finding speaks for both. Alone, this one doesn't tell right from wrong: titles change on the way,
//! and `p_named` already accounts for them.
//!
//! # Source
//! P(a title is the reported bug), `titles[].p_same_bug`; for a title that shows in no run, how alike the two titles
//! are. In the study behind `p_right`, 69 % of culprits are right when the last crash has the reported title, else 27
//! %.

use crate::analysis::named::Named;
use crate::analysis::words::{chance, cut};
use crate::evidence::Line;
use crate::prob::Prob;

use super::case::Case;
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &["BS202"];

/// Longer titles are cut.
const LONGEST: usize = 100;

limits! {
    /// When a crash is another bug.
    pub struct Limits {
        /// P(the crash shown is another bug) from which it is said.
        another: f64 = 0.5,
        /// P(it matters) from which it is a warning.
        doubt: f64 = 0.4,
        /// P(it matters) from which it is an error.
        wrong: f64 = 0.5,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    case.named.as_ref().and_then(|named| other_bug(case, named, limits)).into_iter().collect()
}

fn other_bug(case: &Case<'_>, named: &Named<'_>, limits: &Limits) -> Option<Draft> {
    let (line, title, same) = shown(case, named)?;
    let other = same.complement();
    if other.value() < limits.another {
        return None;
    }
    let misplaced = case.analysis.p_named.map_or(other, Prob::complement);
    let p = case.stake(if misplaced < other { misplaced } else { other });
    let name = named.culprit.commit.short();
    let (noun, bug) = (case.manner.noun(), case.manner.bug());
    let message =
        format!("the {noun} shown for {name} is {title}; probability that it is the reported {bug}: {}", chance(same));
    let draft = Draft::new(case.severity(p, limits.doubt, limits.wrong), line, message)
        .label(case.p_reported(same))
        .place(named.culprit.line, format!("named for this {noun}"))
        .p(p)
        .figure("p_same_bug", same.value())
        .next(case.resume().unwrap_or_else(|| {
            case.manner
                .choose("compare the stack with the reported bug's", "compare it with the reported failure")
                .into()
        }));
    Some(case.about_named(draft))
}

/// The crash that stands for the named commit.
fn shown(case: &Case<'_>, named: &Named<'_>) -> Option<(Line, String, Prob)> {
    let report = case.evidence().report.as_ref().and_then(|report| Some((report.line, report.title.as_ref()?)));
    if let Some((line, title)) = report {
        return Some((line, cut(title.as_str(), LONGEST), Prob::saturating(named.last_crash_same_bug()?)));
    }
    let (run, same) = case.likeliest_crash(named.step()?.step)?;
    Some((run.line, cut(run.outcome.title()?.as_str(), LONGEST), same))
}
