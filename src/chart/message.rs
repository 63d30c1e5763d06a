//! What the pictures of one bisection say: sentences from finished numbers.

use crate::analysis::answer::Answer;
use crate::analysis::sentence::say;
use crate::analysis::words::{Manner, chance, commits, count, short_range};
use crate::analysis::{Analysis, GapAnalysis, StepAnalysis};
use crate::evidence::{CommitId, Ending, Kind};

use super::rows::{is_decided, likeliest, trials};
use super::words::{number, sentence};

/// Whether the named commit can be trusted, and why.
pub(super) fn answer(analysis: &Analysis) -> String {
    let Some(named) = analysis.named_culprit else { return unnamed(analysis) };
    let name = named.short();
    let Some(p) = analysis.trusted() else { return format!("{name} is named; how far to trust it is not in the log") };
    let step = analysis.evidence.culprit_step().and_then(|step| analysis.steps.get(step));
    let why = step.map(|step| why(step, Manner::of(analysis))).unwrap_or_default();
    match analysis.answer {
        Answer::HoldsUp => format!("{name} holds up ({}){why}", chance(p)),
        Answer::StartsHere => format!("It starts at {name}, which is probably not to blame ({})", chance(p)),
        Answer::DoNotTrust => match step.filter(|step| is_rare(step)) {
            Some(step) => format!("{}: do not trust {name} ({})", decides(step, Manner::of(analysis)), chance(p)),
            None => format!("Do not trust {name} ({}){why}", chance(p)),
        },
        Answer::CannotTell => format!("Nothing contradicts {name}, and too few runs confirm it ({})", chance(p)),
        _ => format!("{name} is doubtful ({}){why}", chance(p)),
    }
}

const fn is_rare(step: &StepAnalysis) -> bool {
    step.crashes > 0 && step.crashes * 2 <= step.crashes + step.passes
}

/// `One crash in ten decides`.
fn decides(step: &StepAnalysis, manner: Manner) -> String {
    let verb = if step.crashes == 1 { "decides" } else { "decide" };
    let failures = manner.nouns(step.crashes);
    let (few, all) = (sentence(&number(step.crashes)), number(step.crashes + step.passes));
    format!("{few} {failures} in {all} {verb}")
}

fn why(step: &StepAnalysis, manner: Manner) -> String {
    let runs = step.crashes + step.passes;
    let verb = manner.verb();
    if runs == 0 { String::new() } else { format!(": {} of {} {verb} there", step.crashes, count(runs, "run")) }
}

fn unnamed(analysis: &Analysis) -> String {
    let manner = Manner::of(analysis);
    if analysis.evidence.ending == Ending::OnlyRuns {
        return say(analysis).why.trim_end_matches('.').to_owned();
    }
    let why = match analysis.evidence.ending {
        Ending::Culprit => "it could not be read",
        Ending::Inconclusive => "several could not be told apart",
        Ending::OldestStillBad => {
            manner.choose("the oldest release that was tested still crashes", "the oldest revision still fails")
        }
        Ending::NewestStillBad => manner.choose("the newest revision still crashes", "the newest revision still fails"),
        Ending::NotReproduced => manner
            .choose("the crash did not show where it was reported", "the failure did not show where it was reported"),
        Ending::TimeLimit => "the time ran out",
        Ending::BuildError => "a build failed",
        Ending::InfraError => "the bisection was stopped",
        Ending::Truncated => "the log ends too early",
        Ending::OnlyRuns => "no bisection was run",
    };
    format!("No commit is named: {why}")
}

/// Where the change is.
pub(super) fn place(analysis: &Analysis) -> Option<String> {
    let set = analysis.credible_set.as_ref()?;
    let gaps: Vec<_> = set.gaps.iter().filter_map(|gap| analysis.gaps.get(*gap)).collect();
    let p = chance(set.mass);
    Some(match (&gaps[..], set.commits) {
        ([gap], Some(1)) if gap.upto.is_some() => format!("The change is {} ({p})", short(gap.upto)),
        ([gap], Some(n)) => {
            let the = if set.commits_exact { "the " } else { "" };
            format!("The change is in {the}{} up to {} ({p})", commits(n, set.commits_exact), short(gap.upto))
        }
        ([gap], None) if set.bounded => format!("The change is in {} ({p})", short_range(gap.after, gap.upto)),
        (many, None) if set.bounded => format!("The change is in {} stretches ({p})", many.len()),
        ([gap], None) => {
            format!("The change is beyond the tested revisions: {} ({p})", short_range(gap.after, gap.upto))
        }
        (many, Some(n)) => {
            format!("The change is in {} of {} stretches ({p})", commits(n, set.commits_exact), many.len())
        }
        (many, None) => format!("The change is in {} stretches, one beyond the tested revisions ({p})", many.len()),
    })
}

fn short(commit: Option<CommitId>) -> String {
    commit.map(|commit| commit.short()).unwrap_or_default()
}

/// How often runs fail on both sides of the change at the likeliest place.
pub(super) fn jump(analysis: &Analysis) -> String {
    let step = |commit: Option<CommitId>| {
        let commit = commit?;
        let mut steps = analysis.steps.iter().filter(|step| step.commit == commit && step.point.is_some());
        steps.find(|step| step.rate.is_some())
    };
    let ends = |gap: &GapAnalysis| Some((step(gap.after)?, step(gap.upto)?));
    match likeliest(analysis).and_then(ends) {
        Some((old, new)) => {
            let verb = if analysis.evidence.kind == Kind::Fix { "drops" } else { "rises" };
            let (from, to, at) = (trials(old), trials(new), new.commit.short());
            let crash = Manner::of(analysis).noun();
            format!("The {crash} {verb} from {from} to {to} runs at {at}").replace('/', " of ")
        }
        None => format!("How often each revision {}", Manner::of(analysis).verbs()),
    }
}

/// How many verdicts are weak, and which.
pub(super) fn weak(analysis: &Analysis) -> String {
    let judged = analysis.steps.iter().filter(|step| is_decided(step) && step.shown_confidence().is_some());
    let (weak, all): (Vec<_>, Vec<_>) = (judged.clone().filter(|step| step.is_weak()).collect(), judged.collect());
    let of = |n: usize| sentence(&number(u32::try_from(n).unwrap_or(u32::MAX)));
    let total = count(all.len() as u64, "verdict");
    match &weak[..] {
        _ if all.is_empty() => "No verdict can be judged".to_owned(),
        [] => {
            match all.iter().filter_map(|step| step.shown_confidence()).min_by(|a, b| a.value().total_cmp(&b.value())) {
                Some(least) => {
                    format!(
                        "No verdict is weak: the least sure of {} is right with a probability of {}",
                        all.len(),
                        chance(least)
                    )
                }
                None => format!("{total}, none of them weak"),
            }
        }
        [step] => {
            let (name, said) = (step.commit.short(), super::rows::verdict(Manner::of(analysis), step));
            let p = step.shown_confidence().map(chance).unwrap_or_default();
            format!("One of {total} is weak: {name}, marked {said} (probability that it is right: {p})")
        }
        many => format!("{} of {total} are weak", of(many.len())),
    }
}
