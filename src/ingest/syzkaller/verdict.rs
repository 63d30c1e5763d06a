//! The decisions that no `git bisect` line records: origin, releases, newest revision, merge bases. They follow from
//! the ends that git was given, and else from the runs by the program's own rule at the time. A candidate of which git
//! was never told has no verdict.

use crate::evidence::{Basis, CommitId, Counts, Decision, Kind, RevisionName, Role, Step, Verdict, Walk};

use super::counts::Generation;

/// Gives every tested step without a recorded verdict the one that the program must have reached.
pub(super) fn deduce(steps: &mut [Step], kind: Kind, walk: Option<&Walk>, generation: Generation) {
    let threshold = crash_threshold(steps, generation);
    for step in steps {
        let undecided = matches!(step.role, Role::Candidate | Role::Parent);
        if step.decision.is_some() || !step.complete || undecided {
            continue;
        }
        let verdict = end_of_walk(step, kind, walk).unwrap_or_else(|| by_rule(step.counts(), generation, threshold));
        step.decision = Some(Decision { verdict, basis: Basis::Deduced });
    }
}

/// The verdict on a revision that git was given as an end of the range.
fn end_of_walk(step: &Step, kind: Kind, walk: Option<&Walk>) -> Option<Verdict> {
    let walk = walk.filter(|_| step.role != Role::Config)?;
    let (new, old) = match kind {
        Kind::Cause => (Verdict::Bad, Verdict::Good),
        Kind::Fix => (Verdict::Good, Verdict::Bad),
    };
    if names(&walk.new_end, step) { Some(new) } else { names(&walk.old_end, step).then_some(old) }
}

/// Whether a name means the step's revision.
pub(super) fn names(name: &RevisionName, step: &Step) -> bool {
    match name {
        RevisionName::Commit(commit) => CommitId::matches(commit, &step.commit),
        RevisionName::Tag(tag) => step.tag.as_ref() == Some(tag),
    }
}

/// Crashes that make a revision bad. Since 2024 one is not enough: visible only where a step with one crash was skipped.
fn crash_threshold(steps: &[Step], generation: Generation) -> u32 {
    let skipped_despite_crash = steps.iter().any(|step| {
        let counts = step.counts();
        let quorum = 2 * counts.trials() >= counts.runs();
        step.verdict() == Some(Verdict::Skip) && quorum && (1..=3).contains(&counts.crashes)
    });
    if generation == Generation::Estimated && skipped_despite_crash { 2 } else { 1 }
}

fn by_rule(counts: Counts, generation: Generation, threshold: u32) -> Verdict {
    let Counts { passes, crashes, voids } = counts;
    let runs = counts.runs();
    let (bad, good) = match generation {
        Generation::Estimated => {
            let quorum = 2 * counts.trials() >= runs;
            (crashes >= threshold && quorum, crashes == 0 && passes > 0 && 2 * passes >= runs)
        }
        Generation::Eight => (crashes > 0, passes > 0),
        // The constant is the planned number of runs, even where fewer machines were there.
        Generation::Ten => (crashes > 0, passes > 0 && counts.trials() + 6 >= 10),
        Generation::FlakyTwenty => (crashes > 0, passes > 0 && voids <= 2 * (runs / 3)),
    };
    match (bad, good) {
        (true, _) => Verdict::Bad,
        (false, true) => Verdict::Good,
        (false, false) => Verdict::Skip,
    }
}
