//! What to do next, in words. `analyze`, the page and `next` say the same, because they ask the same search.

use crate::prob::Prob;

use super::Analysis;
use super::answer::Answer;
use super::manner::Manner;
use super::next::{Advice, Plan, Proposal};
use super::words::{chance, count, short_range};

/// Where a plan starts: `run the test 6 times at 56249df7d510`.
#[must_use]
pub fn first(analysis: &Analysis, proposal: &Proposal) -> String {
    let (test, runs) = (Manner::of(analysis).test(), proposal.runs);
    let again = if proposal.tested { "again " } else { "" };
    format!("run the {test} {again}{} at {}", times(runs), place(analysis, proposal))
}

/// `once`, `3 times`.
fn times(n: u32) -> String {
    if n == 1 { "once".to_owned() } else { count(n, "time") }
}

/// A revision's name, or which part of a range.
#[must_use]
pub fn place(analysis: &Analysis, proposal: &Proposal) -> String {
    match (proposal.commit, proposal.gap.and_then(|gap| analysis.gaps.get(gap))) {
        (Some(commit), _) => commit.short(),
        (None, Some(gap)) => format!("{} {}", part(proposal), short_range(gap.after, gap.upto)),
        (None, None) => String::new(),
    }
}

/// `the middle of`, `the commit 29 % into`.
fn part(proposal: &Proposal) -> String {
    let share = proposal.older.map(Prob::value).filter(|share| (share - 0.5).abs() > 1e-9);
    let percent = |share: f64| match 100.0 * share {
        p if (0.95..=99.05).contains(&p) => format!("{p:.0} %"),
        p => format!("{:.1} %", p.clamp(0.1, 99.9)),
    };
    share.map_or_else(|| "the middle of".to_owned(), |share| format!("the commit {} into", percent(share)))
}

/// Whether more runs help, and what does where they don't.
#[must_use]
pub(crate) fn outlook(analysis: &Analysis, plan: &Plan) -> String {
    let manner = Manner::of(analysis);
    match plan.advice {
        _ if analysis.answer == Answer::NoFailure => "Every run passes: there is nothing to run.".to_owned(),
        Advice::Enough => enough(analysis),
        Advice::Run => "More runs help. The most informative for their cost come first.".to_owned(),
        Advice::Hopeless if plan.unbuilt.is_some() => {
            "No run of what can be tested tells more: make what was skipped build.".to_owned()
        }
        Advice::Hopeless if plan.beyond.value() >= 0.05 => format!(
            "More runs between the tested revisions tell almost nothing: test {}.",
            manner.further(analysis.evidence.kind)
        ),
        Advice::Hopeless => format!(
            "More runs tell almost nothing: where the {} may not show at all, no number of them helps. {}",
            manner.bug(),
            manner.choose("Look for a better reproducer.", "Make the test fail more often.")
        ),
        Advice::Unknown => format!(
            "No run {}: test the revision where the {} was reported until one does.",
            manner.verbs(),
            manner.noun()
        ),
    }
}

/// What runs cannot tell is told by other things.
fn enough(analysis: &Analysis) -> String {
    const RIGHT: f64 = 0.9;
    let sure = "No more runs are needed: the target is reached.";
    match analysis.p_right {
        Some(p) if p.value() < RIGHT => format!(
            "{sure} More runs can't settle whether it is the real culprit ({}): it may only expose an older bug.",
            chance(p)
        ),
        _ => sure.to_owned(),
    }
}
