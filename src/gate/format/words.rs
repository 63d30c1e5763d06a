//! Words and numbers that the formats share.

use crate::analysis::Analysis;
use crate::analysis::answer::Tone;
use crate::analysis::finding::Remedy;
use crate::analysis::sentence::{Said, say};
use crate::analysis::words::{BEYOND, commits, count};
use crate::gate::decision::{Decision, Judged, Outcome};
use crate::history::Command;

/// Where the change could be instead: `7 commits`; empty when it is the named commit alone.
pub(super) fn elsewhere(analysis: &Analysis) -> String {
    let Some(set) = &analysis.credible_set else { return String::new() };
    let named = |gap: &usize| analysis.gaps.get(*gap).is_some_and(|gap| gap.is_alone(analysis.named_culprit));
    match set.commits {
        _ if set.gaps.len() == 1 && set.gaps.iter().all(named) => String::new(),
        Some(n) => commits(n, set.commits_exact),
        None if set.bounded => set.size(),
        None => BEYOND.to_owned(),
    }
}

/// The decision in one line.
pub(super) fn verdict(decision: &Decision<'_>) -> String {
    let all = count(decision.bisections.len(), "bisection");
    let failed = decision.bisections.iter().filter(|judged| !judged.passed()).count();
    let results = match (&decision.policy, failed) {
        (None, _) => format!("{all}, {}", count(findings(decision), "finding")),
        (Some(_), 0) if decision.bisections.len() == 1 => format!("{all} passes"),
        (Some(_), 0) => format!("{all} pass"),
        (Some(_), 1) => format!("1 of {all} fails"),
        (Some(_), n) => format!("{n} of {all} fail"),
    };
    match (&decision.policy, decision.unread.len()) {
        (Some(_), 0) if decision.outcome() == Outcome::CouldNotJudge => format!("could not judge: {NOTHING}"),
        (_, 0) => results,
        (None, n) => format!("{results}; {} could not be read", count(n, "input")),
        (Some(_), n) => format!("could not judge: {} could not be read; {results}", count(n, "input")),
    }
}

/// Why a gate cannot judge when every input was read.
pub(super) const NOTHING: &str = "no bisection in the input";

fn findings(decision: &Decision<'_>) -> u64 {
    decision.bisections.iter().map(|judged: &Judged<'_>| judged.findings.len() as u64).sum()
}

/// What to do: what the answer says, or the finding that stopped a bisection which holds up.
pub(super) fn advice(analysis: &Analysis, found: Option<&Remedy>) -> Remedy {
    match analysis.answer.tone() {
        Tone::Good => found.cloned().unwrap_or_else(|| look_at(analysis)),
        _ => match say(analysis) {
            Said { action, command: Some(command), .. } => Remedy::with(action.trim_end_matches('.'), command),
            Said { action, .. } => action.into(),
        },
    }
}

/// What to do where nothing else is said.
fn look_at(analysis: &Analysis) -> Remedy {
    // Standard input is gone by then.
    let log = if analysis.path == "-" { "LOG" } else { &analysis.path };
    Remedy::with("look at the evidence", Command::analyze(log))
}
