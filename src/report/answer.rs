//! What reports say of one bisection, whatever their form: each part in words, none of the layout.

use crate::analysis::answer::Answer;
use crate::analysis::code::{Code, Older, Reach};
use crate::analysis::lineage::Lineage;
use crate::analysis::pushes::{self, Pushes};
use crate::analysis::words::{Manner, chance, count, percent};
use crate::analysis::{Analysis, CredibleSet, GapAnalysis, StepAnalysis, TitleAnalysis};
use crate::evidence::{Ending, Kind, Role, Title, without_counter};
use crate::prob::{Interval, Prob};

/// `cause bisection, 17 tests, 210 runs (120 of them inferred), 5 crash titles`; no titles where none was told..
pub(super) fn tested(analysis: &Analysis) -> String {
    let runs = |step: &StepAnalysis| step.passes + step.crashes + step.voids;
    let all: u32 = analysis.steps.iter().map(runs).sum();
    let hidden: u32 = analysis.steps.iter().filter(|step| step.inferred).map(runs).sum();
    let hidden = if hidden > 0 { format!(" ({hidden} of them inferred)") } else { String::new() };
    let tests = analysis.steps.iter().filter(|step| step.role != Role::Parent).count();
    let titled = analysis.titles.iter().filter(|title| title.title.is_some()).count();
    let titles = match titled {
        0 => String::new(),
        n => format!(", {n} {}", Manner::of(analysis).titles(n)),
    };
    format!("{}, {}{hidden}{titles}", what(analysis, tests), count(all, "run"))
}

/// `cause bisection, 17 tests`, or what was tested where nobody bisected.
fn what(analysis: &Analysis, tests: usize) -> String {
    match analysis.evidence.ending {
        Ending::OnlyRuns => format!("no bisection, {}", count(tests as u64, "revision")),
        _ => format!("{} bisection, {}", analysis.kind, count(tests as u64, "test")),
    }
}

/// Tests that are missing from everything that is said; told before any figure.
pub(super) fn lost(analysis: &Analysis) -> Option<String> {
    let lost = analysis.evidence.lost;
    let all = lost as usize + analysis.evidence.steps.len();
    let said = format!("! {lost} of {} could not be read: every figure is without them", count(all as u64, "test"));
    (lost > 0).then_some(said)
}

/// Where the change may lie in commits that some newer tested revisions do not contain.
pub(super) fn off_the_line(known: &Lineage) -> Option<String> {
    let branches: Vec<_> = known.regions.iter().filter(|region| !region.not_in.is_empty()).collect();
    let mass: f64 = branches.iter().map(|region| region.posterior.value()).sum();
    let commits: Option<u64> = branches.iter().map(|region| region.commits).sum();
    let size = commits.map_or_else(|| "commits".to_owned(), |n| count(n, "commit"));
    let said = format!(
        "{} in {size} of side branches that newer tested revisions do not contain",
        chance(Prob::saturating(mass))
    );
    (!branches.is_empty()).then_some(said)
}

/// What the code says of the named commit.
pub(super) fn code(code: &Code) -> Vec<String> {
    let changes = reached(&code.reach).map(|what| format!("it changes {what}"));
    let elsewhere = matches!(code.reach, Reach::Elsewhere)
        .then(|| "it changes no function of the crash's stack, nor one within two calls of it".to_owned());
    let fixed =
        code.fixed_by.iter().map(|fix| format!("{} says that it fixes it: {}", fix.commit.short(), fix.subject));
    let again = code.changed_again.iter().take(1);
    let again =
        again.map(|later| format!("{} changes the same function later: {}", later.commit.short(), later.subject));
    let odds = format!(
        "with odds set by hand: {} it is to blame, {} none of these is",
        chance(code.named),
        chance(code.neither)
    );
    let said: Vec<String> = changes.into_iter().chain(elsewhere).chain(fixed).chain(again).collect();
    if said.is_empty() && code.older.is_empty() { said } else { said.into_iter().chain([odds]).collect() }
}

/// Why an older commit may be to blame.
pub(super) fn why_older(older: &Older) -> Option<String> {
    let series = older.same_series.then(|| "of the named one's series".to_owned());
    let parts: Vec<String> =
        reached(&older.reach).map(|what| format!("changes {what}")).into_iter().chain(series).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn reached(reach: &Reach) -> Option<String> {
    match reach {
        Reach::Stack { function } => Some(format!("{function}, which is on the crash's stack")),
        Reach::Calls { function, stack, calls } => {
            Some(format!("{function}, {} from {stack} on the crash's stack", count(*calls as u64, "call")))
        }
        Reach::Elsewhere | Reach::Unknown => None,
    }
}

/// Tested revisions that the repository lacks.
pub(super) fn missing(analysis: &Analysis, known: &Lineage) -> Option<String> {
    let repository = &known.repository;
    let shallow = if known.shallow { " (a shallow clone)" } else { "" };
    let said = match known.missing.as_slice() {
        [] if known.shallow => {
            return Some(format!("{repository} is a shallow clone: what lies beyond its end is not known"));
        }
        [] => return None,
        [one] => format!("{} is not in {repository}{shallow}: its place on the line is used", one.short()),
        many => format!(
            "{} tested revisions are not in {repository}{shallow}: their places on the line are used",
            many.len()
        ),
    };
    let named = analysis.named_culprit.filter(|named| known.missing.contains(named));
    Some(named.map_or(said.clone(), |named| format!("{said}; the named {} is among them", named.short())))
}

/// The title that stands for the bug, and how we know.
pub(super) fn reported_bug(analysis: &Analysis) -> Option<(String, String)> {
    let anchor = analysis.titles.iter().find(|title| title.anchor == Some(true));
    match (&analysis.reported_title, anchor) {
        (Some(given), Some(anchor)) if title_text(analysis, anchor) != without_counter(given) => {
            Some((given.clone(), format!("(in the runs: {})", title_text(analysis, anchor))))
        }
        (Some(given), _) => Some((given.clone(), String::new())),
        (None, Some(anchor)) if anchor.title.is_some() => {
            let all: u32 = analysis.titles.iter().map(|title| title.at_origin).sum();
            let origin = Manner::of(analysis).origin(analysis);
            let note = format!("(guessed: {} of {all} at {origin}; --title to set)", anchor.at_origin);
            Some((title_text(analysis, anchor).to_owned(), note))
        }
        (None, _) => None,
    }
}

/// A title, or that there is none.
pub(super) fn title_text<'a>(analysis: &Analysis, title: &'a TitleAnalysis) -> &'a str {
    title.title.as_deref().unwrap_or(Manner::of(analysis).untitled())
}

/// What the crash does at the commit that a bisection looks for.
pub(super) fn start_word(analysis: &Analysis) -> &'static str {
    if analysis.evidence.kind == Kind::Fix { "stops" } else { "starts" }
}

/// What the runs say of the named commit.
pub(super) fn starts_here(analysis: &Analysis) -> String {
    let (word, noun) = (start_word(analysis), Manner::of(analysis).noun());
    match (analysis.p_named, analysis.p_named_any) {
        (Some(p), Some(any)) if chance(p) == chance(any) => format!("P(the {noun} {word} here) {}", chance(p)),
        (Some(p), Some(any)) => {
            format!("P(the {noun} {word} here) {} ({} if every {noun} counts)", chance(p), chance(any))
        }
        _ => "the log does not show where it lies between the tested revisions".to_owned(),
    }
}

/// How often runs fail before the change and since, or that there is none.
#[must_use]
pub fn rates(analysis: &Analysis) -> Option<String> {
    let none = analysis.p_no_change?;
    let places = analysis.gaps.iter().filter_map(|gap| gap.posterior);
    let crashes = Manner::of(analysis).verb();
    if places.fold(Prob::ZERO, |most, mass| if mass > most { mass } else { most }) < none {
        return Some(format!("no sign of a change: P(the runs {crashes} alike everywhere) {}", chance(none)));
    }
    let (before, since) = (analysis.rate_before?, analysis.rate_since?);
    let (first, then, when) = match analysis.evidence.kind {
        Kind::Cause => (before, since, "since"),
        Kind::Fix => (since, before, "since the fix"),
    };
    let Interval { low, high, .. } = then.interval;
    let fail = match analysis.titles.len() {
        0 | 1 => crashes.to_owned(),
        _ => format!("show the reported {}", Manner::of(analysis).bug()),
    };
    Some(format!(
        "{} of runs {fail} before, {} {when} (95 %: {} to {})",
        percent(first.mean),
        percent(then.mean),
        percent(low).trim_end_matches(" %"),
        percent(high).trim_end_matches(" %"),
    ))
}

/// All that weighs for and against the named commit, the stronger side first.
pub(super) fn pushes(analysis: &Analysis) -> Vec<(&'static str, Vec<&'static str>)> {
    let Pushes { plus, minus } = pushes::pushes(analysis);
    let mut sides = vec![("against it", minus), ("for it", plus)];
    if analysis.p_right.is_some_and(|p| p.value() >= Answer::SURE) {
        sides.reverse();
    }
    sides.retain(|(_, terms)| !terms.is_empty());
    sides
}

/// What the named commit's own crashes are, where they may be another bug's.
pub(super) fn explained(analysis: &Analysis) -> Option<String> {
    const SURE: f64 = 0.9;
    let step = analysis.evidence.steps.get(analysis.evidence.culprit_step()?)?;
    let shown = |title: &&TitleAnalysis| {
        step.runs.iter().any(|run| run.outcome.title().map(Title::as_str) == title.title.as_deref())
    };
    let titles = analysis.titles.iter().filter(shown).filter_map(|title| Some((title, title.p_same_bug?)));
    let likeliest = titles.max_by(|(_, a), (_, b)| a.value().total_cmp(&b.value()));
    let (title, p) = likeliest.filter(|(_, p)| p.value() < SURE)?;
    let (noun, bug) = (Manner::of(analysis).noun(), Manner::of(analysis).bug());
    let text = title_text(analysis, title);
    Some(format!("its {noun} is {text}; probability that it is the reported {bug}: {}", chance(p)))
}

/// Why a log names no commit.
pub(super) fn ending(analysis: &Analysis) -> String {
    let evidence = &analysis.evidence;
    let manner = Manner::of(analysis);
    let error = || evidence.error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
    match evidence.ending {
        Ending::Culprit => "the named commit could not be read".to_owned(),
        Ending::Inconclusive => match evidence.candidates.len() as u64 {
            _ if evidence.walk.is_none() => "no release on the other side could be tested".to_owned(),
            n => format!("the log leaves {} that it could not tell apart", count(n, "commit")),
        },
        Ending::OldestStillBad => {
            format!("the oldest {} that could be tested still {}", manner.choose("release", "revision"), manner.verbs())
        }
        Ending::NewestStillBad => format!("the newest revision still {}", manner.verbs()),
        Ending::NotReproduced => format!("the {} did not show where it was reported", manner.noun()),
        Ending::TimeLimit => "the bisection ran out of time".to_owned(),
        Ending::BuildError => format!("a build failed{}", error()),
        Ending::InfraError => format!("the bisection was stopped{}", error()),
        Ending::Truncated => "the log ends before the bisection does".to_owned(),
        Ending::OnlyRuns => "test results only, no bisection was run".to_owned(),
    }
}

/// The gaps of the credible set.
pub(super) fn likeliest_first<'a>(analysis: &'a Analysis, set: &CredibleSet) -> Vec<&'a GapAnalysis> {
    let mass = |gap: &GapAnalysis| gap.posterior.map_or(0.0, Prob::value);
    let mut gaps: Vec<_> = set.gaps.iter().filter_map(|gap| analysis.gaps.get(*gap)).collect();
    gaps.sort_by(|a, b| mass(b).total_cmp(&mass(a)));
    gaps
}

pub(super) fn is_named_alone(analysis: &Analysis, gap: &GapAnalysis) -> bool {
    gap.is_alone(analysis.named_culprit)
}
