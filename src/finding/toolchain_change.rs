//! The compiler changes exactly where the bug seems to begin.
//!
//! # What
//! The two tested revisions around the named commit, or around the likeliest place, were built by different compilers.
//!
//! # Why it matters
//! A bisection explains the difference between two neighbours by the commits between them. If the compiler differs too,
//! the compiler may be the reason: old bugs appear with a new optimisation, and checkers arrive with a version.
//!
//! `p`: that the change lies between these two revisions.
//!
//! # Example
//! No log in `data/` shows it. A made-up one, `tests/rules/toolchain-change.fires.txt`:
//!
//! ```text
//! note[BS102]: the compiler changes between 555555555555 and 666666666666, where
//!              the change would be: it may be the compiler and no commit
//!   --> tests/rules/toolchain-change.fires.txt:32:1
//!    |
//! 32 | testing commit 6666666666666666666666666666666666666666 with gcc (GCC) 10.2.1 20210217
//!    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ built by gcc (GCC) 10.2.1 20210217
//!    |
//!    = see: tests/rules/toolchain-change.fires.txt:64: built by gcc (GCC) 8.1.0
//!    = next: build 555555555555 with the compiler of its neighbour and test
//!            it again
//! ```
//!
//! # What to do
//! Build the older revision with the newer compiler and test it again.
//!
//! # Limits
//! A note while the result holds, a warning from `doubt` (0.4) on; never an error, since most changes of a compiler are
//! harmless.
//!
//! # Source
//! The lines that name the compiler, and the posterior of the interval, `gaps[].posterior`. One labelled bisection of the
//! study behind `p_right` has this shape, and named the wrong commit: the rule's weight is not known.

use crate::analysis::GapAnalysis;
use crate::evidence::{CommitId, Kind, Step};

use super::case::Case;
use super::draft::Draft;

pub use super::limits::Suspicion as Limits;

pub(super) const YIELDS_TO: &[&str] = &[];

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    let named = case.analysis.named_culprit;
    let at_named = case.analysis.gaps.iter().find(|gap| gap.upto.is_some() && gap.upto == named);
    let gap = at_named.or_else(|| case.likeliest_gap().map(|(gap, _)| gap));
    gap.and_then(|gap| toolchain_change(case, gap, limits)).into_iter().collect()
}

fn toolchain_change(case: &Case<'_>, gap: &GapAnalysis, limits: &Limits) -> Option<Draft> {
    let (at, older) = tested(case, gap.after?)?;
    let (newer_at, newer) = tested(case, gap.upto?)?;
    let (old, new) = (older.compiler.as_deref()?, newer.compiler.as_deref()?);
    if old == new {
        return None;
    }
    let p = case.stake(gap.posterior?);
    let message = format!(
        "the compiler changes between {} and {}, where the change would be: it may be the compiler and no commit",
        older.commit.short(),
        newer.commit.short()
    );
    let (again, step, commit) = match case.evidence().kind {
        Kind::Cause => (older.commit, newer_at, newer.commit),
        Kind::Fix => (newer.commit, at, older.commit),
    };
    Some(
        Draft::new(case.severity(p, limits.doubt, f64::INFINITY), newer.line, message)
            .label(format!("built by {new}"))
            .place(older.line, format!("built by {old}"))
            .at(step, commit)
            .p(p)
            .next(format!("build {} with the compiler of its neighbour and test it again", again.short())),
    )
}

fn tested<'a>(case: &Case<'a>, commit: CommitId) -> Option<(usize, &'a Step)> {
    let at = case.evidence().step_of(&commit)?;
    Some((at, case.evidence().steps.get(at)?))
}
