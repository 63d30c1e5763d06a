//! One bisection on one screen: can I trust it, where else, why, and the evidence.

use std::fmt::Write as _;

use crate::analysis::finding::Severity;
use crate::analysis::pushes::{self, Pushes};
use crate::analysis::{Analysis, CredibleSet, GapAnalysis, TitleAnalysis};
use crate::evidence::{Ending, Kind, Role, Title, without_counter};
use crate::finding::render::{render, render_line, render_without_next};
use crate::prob::Prob;

use super::{BOLD, DIM, Styled, Trust, evidence};
use crate::analysis::words::{chance, commits, count, cut, short_range};

/// Width of the words on the left.
const MARGIN: usize = 19;
/// Width of a screen.
const WIDTH: usize = 100;
/// Places and findings that are shown.
const SHOWN: usize = 4;

/// The report of one bisection.
#[must_use]
pub fn one(analysis: &Analysis) -> String {
    let mut text = String::new();
    header(analysis, &mut text);
    text.push('\n');
    answer(analysis, &mut text);
    where_else(analysis, &mut text);
    why(analysis, &mut text);
    titles(analysis, &mut text);
    if analysis.steps.iter().any(|step| step.rate.is_some()) {
        let _ = writeln!(text, "\n{}", Styled(BOLD, "evidence, old to new"));
        text.push_str(&evidence::table(analysis));
    }
    text.push_str(&evidence::left_out(analysis));
    text
}

/// A line with words on the left.
fn line(text: &mut String, margin: &str, rest: &str) {
    let pad = MARGIN.saturating_sub(margin.chars().count());
    let _ = writeln!(text, "{margin}{}{rest}", " ".repeat(pad));
}

fn header(analysis: &Analysis, text: &mut String) {
    let runs: u32 = analysis.steps.iter().map(|step| step.passes + step.crashes + step.voids).sum();
    let hidden: u32 =
        analysis.steps.iter().filter(|step| step.inferred).map(|step| step.passes + step.crashes + step.voids).sum();
    let hidden = if hidden > 0 { format!(" ({hidden} of them inferred)") } else { String::new() };
    let _ = writeln!(text, "{}", Styled(BOLD, &analysis.bisection));
    let tested = analysis.steps.iter().filter(|step| step.role != Role::Parent).count();
    let _ = writeln!(
        text,
        "{} bisection, {}, {}{hidden}, {}",
        analysis.kind,
        count(tested, "test"),
        count(runs, "run"),
        count(analysis.titles.len(), "crash title"),
    );
    if let Some((title, note)) = reported_bug(analysis) {
        let fits = MARGIN + title.chars().count() + note.chars().count() + 3 <= WIDTH;
        let lines = if fits { format!("{title}   {note}") } else { format!("{title}\n{}{note}", " ".repeat(MARGIN)) };
        line(text, "reported bug", lines.trim_end());
    }
}

/// The title that stands for the bug, and how we know.
fn reported_bug(analysis: &Analysis) -> Option<(String, String)> {
    let anchor = analysis.titles.iter().find(|title| title.anchor == Some(true));
    match (&analysis.reported_title, anchor) {
        (Some(given), Some(anchor)) if title_text(anchor) != without_counter(given) => {
            Some((given.clone(), format!("(in the runs: {})", title_text(anchor))))
        }
        (Some(given), _) => Some((given.clone(), String::new())),
        (None, Some(anchor)) if anchor.title.is_some() => {
            let all: u32 = analysis.titles.iter().map(|title| title.at_origin).sum();
            let note = format!("(guessed: {} of {all} at the origin; --title to set)", anchor.at_origin);
            Some((title_text(anchor).to_owned(), note))
        }
        (None, _) => None,
    }
}

fn title_text(title: &TitleAnalysis) -> &str {
    title.title.as_deref().unwrap_or("(a crash without a title)")
}

fn answer(analysis: &Analysis, text: &mut String) {
    let Some(culprit) = &analysis.evidence.culprit else {
        line(text, "? no commit named", &ending(analysis));
        return;
    };
    let subject = cut(culprit.subject.as_deref().unwrap_or_default(), WIDTH - MARGIN - 14);
    let trust = analysis.trusted().map_or(Trust::Doubtful, |p| Trust::of(p.value()));
    margin(text, trust, &format!("{}  {subject}", Styled(BOLD, culprit.commit.short())));
    let word = if analysis.evidence.kind == Kind::Fix { "stops" } else { "starts" };
    let here = match (analysis.p_named, analysis.p_named_any) {
        (Some(p), Some(any)) => format!("the crash {word} here {} (any crash: {})", chance(p), chance(any)),
        _ => "its place among the tested revisions is not in the log".to_owned(),
    };
    let blame = analysis.p_right.map(|p| format!("to blame {} · ", chance(p))).unwrap_or_default();
    line(text, "", &format!("{blame}{here}"));
    if let Some(explained) = explained(analysis) {
        line(text, "", &explained);
    }
    for (side, terms) in pushes(analysis) {
        line(text, "", &format!("{side}: {}", terms.join("; ")));
    }
}

/// The features that weigh most for and against the named commit, the stronger side first.
fn pushes(analysis: &Analysis) -> Vec<(&'static str, Vec<&'static str>)> {
    const TERMS: usize = 2;
    let Pushes { plus, minus } = pushes::pushes(analysis, TERMS);
    let mut sides = vec![("against it", minus), ("for it", plus)];
    if analysis.p_right.is_some_and(|p| Trust::of(p.value()) == Trust::HoldsUp) {
        sides.reverse();
    }
    sides.retain(|(_, terms)| !terms.is_empty());
    sides
}

/// What the named commit's own crashes are, where they may be another bug's.
fn explained(analysis: &Analysis) -> Option<String> {
    const SURE: f64 = 0.9;
    let step = analysis.evidence.steps.get(analysis.evidence.culprit_step()?)?;
    let shown = |title: &&TitleAnalysis| {
        step.runs.iter().any(|run| run.outcome.title().map(Title::as_str) == title.title.as_deref())
    };
    let titles = analysis.titles.iter().filter(shown).filter_map(|title| Some((title, title.p_same_bug?)));
    let likeliest = titles.max_by(|(_, a), (_, b)| a.value().total_cmp(&b.value()));
    let (title, p) = likeliest.filter(|(_, p)| p.value() < SURE)?;
    Some(format!("it explains {}, the reported bug with {}", title_text(title), chance(p)))
}

fn margin(text: &mut String, trust: Trust, rest: &str) {
    let pad = " ".repeat(MARGIN.saturating_sub(trust.words().chars().count()));
    let _ = writeln!(text, "{}{pad}{rest}", Styled(trust.style(), trust.words()));
}

/// Why a log names no commit.
fn ending(analysis: &Analysis) -> String {
    let evidence = &analysis.evidence;
    let error = || evidence.error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
    match evidence.ending {
        Ending::Culprit => "the named commit could not be read".to_owned(),
        Ending::Inconclusive => match evidence.candidates.len() as u64 {
            _ if evidence.walk.is_none() => "no release on the other side could be tested".to_owned(),
            n => format!("the log leaves {} that it could not tell apart", count(n, "commit")),
        },
        Ending::OldestStillBad => "the oldest release that could be tested still crashes".to_owned(),
        Ending::NewestStillBad => "the newest revision still crashes".to_owned(),
        Ending::NotReproduced => "the crash did not show where it was reported".to_owned(),
        Ending::TimeLimit => "the bisection ran out of time".to_owned(),
        Ending::BuildError => format!("a build failed{}", error()),
        Ending::InfraError => format!("the bisection was stopped{}", error()),
        Ending::Truncated => "the log ends before the bisection does".to_owned(),
        Ending::OnlyRuns => "nobody has bisected: only runs are known".to_owned(),
    }
}

/// The gaps of the credible set, likeliest first, and all of them together.
fn where_else(analysis: &Analysis, text: &mut String) {
    let Some(set) = &analysis.credible_set else {
        line(text, "", "nothing crashed in the runs that count, so there is nothing to compute");
        return;
    };
    let gaps = likeliest_first(analysis, set);
    if let [only] = gaps[..]
        && is_named_alone(analysis, only)
    {
        line(text, "→ elsewhere", &format!("{} for all other commits together", chance(set.mass.complement())));
        return;
    }
    let shown = gaps.iter().take(SHOWN).zip(std::iter::once("→ look here").chain(std::iter::repeat("")));
    for (gap, margin) in shown {
        line(text, margin, &gap_line(analysis, gap));
    }
    if let [_, _, ..] = gaps[..] {
        line(text, "", &together(set, gaps.len()));
    }
}

fn likeliest_first<'a>(analysis: &'a Analysis, set: &CredibleSet) -> Vec<&'a GapAnalysis> {
    let mass = |gap: &GapAnalysis| gap.posterior.map_or(0.0, Prob::value);
    let mut gaps: Vec<_> = set.gaps.iter().filter_map(|gap| analysis.gaps.get(*gap)).collect();
    gaps.sort_by(|a, b| mass(b).total_cmp(&mass(a)));
    gaps
}

fn is_named_alone(analysis: &Analysis, gap: &GapAnalysis) -> bool {
    gap.commits == Some(1) && gap.upto.is_some() && gap.upto == analysis.named_culprit
}

fn gap_line(analysis: &Analysis, gap: &GapAnalysis) -> String {
    let mass = gap.posterior.map(chance).unwrap_or_default();
    let size = gap.commits.map_or_else(|| "not bounded".to_owned(), |n| commits(n, gap.commits_exact));
    let named = if is_named_alone(analysis, gap) { ", the named one" } else { "" };
    format!("{mass:>6}  {}   {size}{named}", Styled(BOLD, short_range(gap.after, gap.upto)))
}

fn together(set: &CredibleSet, gaps: usize) -> String {
    let size = set.commits.map_or_else(|| "not bounded".to_owned(), |n| commits(n, set.commits_exact));
    format!("{:>6}  in these {gaps} intervals together   {size}", chance(set.mass))
}

/// The crashes, and which of them are the reported bug.
fn titles(analysis: &Analysis, text: &mut String) {
    const HEADER: [&str; 4] = ["crash titles", "crashes", "origin", "same bug"];
    const TITLES: usize = 8;
    if analysis.titles.len() < 2 {
        return;
    }
    let rows = analysis.titles.iter().take(TITLES).map(|title| {
        let number = |n: u32| if n == 0 { String::new() } else { n.to_string() };
        let same = title.p_same_bug.map(chance).unwrap_or_default();
        vec![title_text(title).into(), number(title.crashes).into(), number(title.at_origin).into(), same.into()]
    });
    let _ = write!(text, "\n{}", super::table::table(HEADER, &[1, 2, 3], rows));
    if let Some(more @ 1..) = analysis.titles.len().checked_sub(TITLES) {
        let _ = writeln!(text, " … {more} more");
    }
}

/// What is suspicious: what can make the result wrong in full, notes in a line each.
fn why(analysis: &Analysis, text: &mut String) {
    if analysis.findings.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}   {}", Styled(BOLD, "why"), Styled(DIM, "(bisectstat explain CODE says more)"));
    let mut said: Option<&str> = None;
    for finding in analysis.findings.iter().take(SHOWN) {
        if finding.severity == Severity::Note {
            text.push_str(&render_line(analysis, finding));
            continue;
        }
        let again = said == finding.next.as_deref();
        said = finding.next.as_deref().or(said);
        text.push_str(&if again { render_without_next(analysis, finding) } else { render(analysis, finding) });
    }
    if let Some(more @ 1..) = analysis.findings.len().checked_sub(SHOWN) {
        let _ = writeln!(text, "… {} more: --format json has all", count(more, "finding"));
    }
}
