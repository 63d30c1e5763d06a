//! Verdicts that are likely wrong, and what they rest on.

use crate::evidence::{Kind, Line, Outcome, Run, Title, Verdict};
use crate::prob::Prob;

use super::{Analysis, StepAnalysis};

/// A verdict that is right with less than this probability is shown with its reason.
pub const DOUBT: f64 = 0.9;

/// A verdict that is likely wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct WeakVerdict {
    /// Its step.
    pub step: usize,
    /// P(it is right).
    pub confidence: Prob,
    /// The line of the log to look at.
    pub line: Line,
    /// What it rests on.
    pub weakness: Weakness,
}

/// What a weak verdict rests on.
#[derive(Clone, Debug, PartialEq)]
pub enum Weakness {
    /// Bad, for these crashes.
    Crashes {
        /// Runs with a crash.
        crashes: u32,
        /// Runs that say something.
        trials: u32,
        /// The first crash's title.
        title: Option<Title>,
        /// Other steps that show this title.
        elsewhere: u32,
    },
    /// Good, although a bad revision may show the same.
    Passes {
        /// Runs without a crash.
        passes: u32,
        /// P(a bad revision passes them all).
        false_good: Option<Prob>,
        /// Commits that would be innocent only if this verdict is right.
        behind: Option<u64>,
    },
}

/// The verdicts of `analysis` with a confidence below [`DOUBT`], weakest first.
pub(super) fn weak_verdicts(analysis: &Analysis) -> Vec<WeakVerdict> {
    let mut weak: Vec<_> = analysis.steps.iter().filter_map(|step| weak_verdict(analysis, step)).collect();
    weak.sort_by(|a, b| a.confidence.value().total_cmp(&b.confidence.value()).then(a.step.cmp(&b.step)));
    weak
}

fn weak_verdict(analysis: &Analysis, step: &StepAnalysis) -> Option<WeakVerdict> {
    let confidence = step.confidence.filter(|confidence| confidence.value() < DOUBT)?;
    let (line, weakness) = match step.verdict? {
        Verdict::Bad => crashes(analysis, step)?,
        Verdict::Good => passes(analysis, step)?,
        Verdict::Skip => return None,
    };
    Some(WeakVerdict { step: step.step, confidence, line, weakness })
}

fn crashes(analysis: &Analysis, step: &StepAnalysis) -> Option<(Line, Weakness)> {
    let steps = &analysis.evidence.steps;
    let runs = &steps[step.step].runs;
    let first = runs.iter().find(|run| matches!(run.outcome, Outcome::Crash(_)))?;
    let shows = |runs: &[Run]| runs.iter().any(|run| run.outcome == first.outcome);
    let others = steps.iter().enumerate().filter(|(i, other)| *i != step.step && shows(&other.runs));
    let weakness = Weakness::Crashes {
        crashes: step.crashes,
        trials: step.crashes + step.passes,
        title: first.outcome.title().cloned(),
        elsewhere: u32::try_from(others.count()).unwrap_or(u32::MAX),
    };
    Some((first.line, weakness))
}

fn passes(analysis: &Analysis, step: &StepAnalysis) -> Option<(Line, Weakness)> {
    let runs = &analysis.evidence.steps[step.step].runs;
    let first = runs.iter().find(|run| run.outcome == Outcome::Pass)?;
    let gap = analysis.gaps.iter().find(|gap| match analysis.evidence.kind {
        Kind::Cause => gap.upto == Some(step.commit),
        Kind::Fix => gap.after == Some(step.commit),
    });
    let weakness =
        Weakness::Passes { passes: step.passes, false_good: step.false_good, behind: gap.and_then(|gap| gap.commits) };
    Some((first.line, weakness))
}
