//! What to run next, in words.

use std::fmt::Write as _;

use crate::analysis::advice;
use crate::analysis::next::{Advice, Decided, Forecast, Plan, Proposal, Unbuilt};
use crate::analysis::words::{Manner, chance, count};
use crate::analysis::{Analysis, GapAnalysis, words::short_range};
use crate::prob::Prob;
use crate::report::answer::lost;

use super::table::table;
use super::{BOLD, Styled, style};

/// The plan of one bisection.
#[must_use]
pub fn next(analysis: &Analysis, plan: &Plan) -> String {
    let (manner, test) = (Manner::of(analysis), Manner::of(analysis).test());
    let mut text = format!("{}\n", Styled(BOLD, &plan.bisection));
    if let Some(lost) = lost(analysis) {
        let _ = writeln!(text, "{}", Styled(BOLD, lost));
    }
    let _ = writeln!(text, "{}", answer(analysis));
    let _ = writeln!(text, "{}", state(analysis, plan));
    let _ = writeln!(text, "{}", advice::outlook(analysis, plan));
    if let Some(unbuilt) = &plan.unbuilt {
        let _ = writeln!(text, "{}", skipped(unbuilt, plan.advice));
    }
    if !plan.proposals.is_empty() {
        text.push('\n');
        text.push_str(&proposals(analysis, plan));
    }
    if let Some(forecast) = &plan.forecast {
        let _ = writeln!(text, "\n{}", outlook(manner, forecast));
    }
    if let Some(best) = plan.proposals.first().filter(|_| plan.advice == Advice::Run && plan.parallel == 1) {
        let _ = writeln!(text, "\n{}", decides(manner, best));
    }
    if plan.advice == Advice::Run {
        let lines = plan.proposals.iter().take(plan.parallel).enumerate().map(|(i, best)| {
            let start = if i == 0 { "\n→" } else { "→" };
            let syzbot = advice::syzbot(analysis, best).map(|mail| format!("  or by mail to syzbot: {mail}\n"));
            let runs = count(best.runs, "time");
            format!("{start} {}, then run the {test} {runs}\n{}", best.checkout, syzbot.unwrap_or_default())
        });
        text.extend(lines);
    }
    text
}

/// `If all 30 pass, 6c2450 has 0.93; if one fails, 66ae0d has 0.71.`
fn decides(manner: Manner, proposal: &Proposal) -> String {
    let then = |decided: &Decided| match decided.likeliest {
        Some(commit) => format!("{} has {}", commit.short(), chance(decided.reached)),
        None => format!("no single commit has more than {}", chance(decided.reached)),
    };
    let fails = manner.verbs();
    let (pass, crash) = (then(&proposal.if_all_pass), then(&proposal.if_one_crashes));
    match proposal.runs {
        1 => format!("If the run passes, {pass}; if it {fails}, {crash}."),
        runs => format!("If all {runs} pass, {pass}; if one {fails}, {crash}."),
    }
}

/// `80 of the 81 suspects could not be built or tested: make one of them build, or the answer stays these 81.`
fn skipped(unbuilt: &Unbuilt, advice: Advice) -> String {
    let (skipped, suspects) = (unbuilt.untestable.len() as u64, unbuilt.suspects);
    let suspects = suspects.max(skipped);
    let of = if suspects == 1 { "The suspect".to_owned() } else { format!("{skipped} of the {suspects} suspects") };
    let end = match advice {
        Advice::Run => format!("make one of them build, or no run tells these {suspects} apart."),
        _ => format!("make one of them build, or the answer stays these {suspects}."),
    };
    format!("{of} could not be built or tested: {end}")
}

fn outlook(manner: Manner, forecast: &Forecast) -> String {
    let Forecast { chance: reach, mean_runs, most_often, most_runs } = forecast;
    let often = most_often.map(|runs| format!(" (at most {runs} in 90 %)")).unwrap_or_default();
    let runs = format!("about {mean_runs:.0} more runs{often}");
    match reach.value() {
        p if p < 0.1 => format!(
            "Expect more than {most_runs} more runs (probability that fewer are enough: {}). A {} that {} more often helps more.",
            chance(*reach),
            manner.test(),
            manner.verbs()
        ),
        p if p < 0.995 => format!(
            "Expect at least {mean_runs:.0} more runs (probability that {most_runs} are enough: {}).",
            chance(*reach)
        ),
        _ => format!("Expect {runs}."),
    }
}

/// The answer as `analyze` gives it, and the commit that it is about.
fn answer(analysis: &Analysis) -> String {
    let answer = analysis.answer;
    let word = Styled(style(answer.tone()), format!("{} {}", answer.mark(), answer.words()));
    let named = analysis.named_culprit.map(|commit| format!(": {}", commit.short()));
    format!("{word}{}", named.unwrap_or_default())
}

fn state(analysis: &Analysis, plan: &Plan) -> String {
    let uncounted = likeliest_place(analysis).filter(|(gap, _)| gap.commits.is_none() && gap.is_bounded());
    let likeliest = match (plan.likeliest, uncounted) {
        (Some(commit), _) => format!("the likeliest commit is {} ({})", commit.short(), chance(plan.reached)),
        (None, Some((gap, mass))) => {
            format!("the likeliest place is {} ({})", short_range(gap.after, gap.upto), chance(mass))
        }
        (None, None) => format!("no commit stands out yet ({} at most)", chance(plan.reached)),
    };
    let beyond = match plan.beyond.value() {
        p if p < 0.05 => String::new(),
        _ => format!("; P(beyond what was tested) {}", chance(plan.beyond)),
    };
    format!("target {}: {likeliest}; {:.1} bits are unknown{beyond}", chance(plan.target), plan.entropy)
}

/// Where most of the mass is.
fn likeliest_place(analysis: &Analysis) -> Option<(&GapAnalysis, Prob)> {
    let places = analysis.gaps.iter().filter_map(|gap| Some((gap, gap.posterior?)));
    places.max_by(|(_, a), (_, b)| a.value().total_cmp(&b.value()))
}

fn proposals(analysis: &Analysis, plan: &Plan) -> String {
    const SECONDS_A_DAY: f64 = 86_400.0;
    let header = ["run", "", "runs", "bits", "bits/run", "bits/day", "P(bad)"];
    let rows = plan.proposals.iter().map(|proposal| {
        let (revision, remark) = place(analysis, proposal);
        let day = proposal.bits_per_second.map(|bits| format!("{:.1}", bits * SECONDS_A_DAY)).unwrap_or_default();
        vec![
            revision.into(),
            remark.into(),
            proposal.runs.into(),
            format!("{:.3}", proposal.bits).into(),
            format!("{:.3}", proposal.bits_per_run).into(),
            day.into(),
            chance(proposal.p_bad).into(),
        ]
    });
    table(header, &[2, 3, 4, 5, 6], rows)
}

fn place(analysis: &Analysis, proposal: &Proposal) -> (String, String) {
    let tag = |commit| analysis.steps.iter().find(|step| step.commit == commit).and_then(|step| step.tag.clone());
    let name = advice::place(analysis, proposal);
    let name = name.trim_start_matches("the ").to_owned();
    match proposal.commit.filter(|_| proposal.tested) {
        Some(commit) => (name, tag(commit).map_or_else(|| "again".to_owned(), |tag| format!("again ({tag})"))),
        None => (name, "new".to_owned()),
    }
}
