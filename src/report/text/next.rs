//! What to run next, in words.

use std::fmt::Write as _;

use crate::analysis::next::{Advice, Decided, Forecast, Plan, Proposal, Unbuilt};
use crate::analysis::words::{chance, count};
use crate::analysis::{Analysis, words::short_range};
use crate::prob::Prob;
use crate::report::answer::lost;

use super::table::table;
use super::{BOLD, Styled};

/// The plan of one bisection.
#[must_use]
pub fn next(analysis: &Analysis, plan: &Plan) -> String {
    let mut text = format!("{}\n", Styled(BOLD, &plan.bisection));
    if let Some(lost) = lost(analysis) {
        let _ = writeln!(text, "{}", Styled(BOLD, lost));
    }
    let _ = writeln!(text, "{}", state(plan));
    let _ = writeln!(text, "{}", advice(analysis, plan));
    if let Some(unbuilt) = &plan.unbuilt {
        let _ = writeln!(text, "{}", skipped(unbuilt, plan.advice));
    }
    if !plan.proposals.is_empty() {
        text.push('\n');
        text.push_str(&proposals(analysis, plan));
    }
    if let Some(forecast) = &plan.forecast {
        let _ = writeln!(text, "\n{}", outlook(forecast));
    }
    if let Some(best) = plan.proposals.first().filter(|_| plan.advice == Advice::Run && plan.parallel == 1) {
        let _ = writeln!(text, "\n{}", decides(best));
    }
    if plan.advice == Advice::Run {
        let lines = plan.proposals.iter().take(plan.parallel).enumerate().map(|(i, best)| {
            let start = if i == 0 { "\n→" } else { "→" };
            format!("{start} {}, then run the test {}\n", best.checkout, count(best.runs, "time"))
        });
        text.extend(lines);
    }
    text
}

/// `If all 30 pass, 6c2450 has 0.93; if one fails, 66ae0d has 0.71.`
fn decides(proposal: &Proposal) -> String {
    let then = |decided: &Decided| match decided.likeliest {
        Some(commit) => format!("{} has {}", commit.short(), chance(decided.reached)),
        None => format!("no single commit has more than {}", chance(decided.reached)),
    };
    let (pass, crash) = (then(&proposal.if_all_pass), then(&proposal.if_one_crashes));
    match proposal.runs {
        1 => format!("If the run passes, {pass}; if it fails, {crash}."),
        runs => format!("If all {runs} pass, {pass}; if one fails, {crash}."),
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

fn outlook(forecast: &Forecast) -> String {
    let Forecast { chance: reach, mean_runs, most_often, most_runs } = forecast;
    let often = most_often.map(|runs| format!(" (at most {runs} in 90 %)")).unwrap_or_default();
    let runs = format!("about {mean_runs:.0} more runs{often}");
    match reach.value() {
        p if p < 0.1 => format!(
            "Expect more than {most_runs} more runs (probability that fewer are enough: {}). A better reproducer helps more.",
            chance(*reach)
        ),
        p if p < 0.995 => format!(
            "Expect at least {mean_runs:.0} more runs (probability that {most_runs} are enough: {}).",
            chance(*reach)
        ),
        _ => format!("Expect {runs}."),
    }
}

fn state(plan: &Plan) -> String {
    let likeliest = match plan.likeliest {
        Some(commit) => format!("the likeliest commit is {} ({})", commit.short(), chance(plan.reached)),
        None => format!("no commit stands out yet ({} at most)", chance(plan.reached)),
    };
    let beyond = match plan.beyond.value() {
        p if p < 0.05 => String::new(),
        _ => format!("; P(beyond what was tested) {}", chance(plan.beyond)),
    };
    format!("target {}: {likeliest}; {:.1} bits are unknown{beyond}", chance(plan.target), plan.entropy)
}

fn advice(analysis: &Analysis, plan: &Plan) -> String {
    match plan.advice {
        Advice::Enough => enough(analysis),
        Advice::Run => "More runs help. The most informative for their cost come first.".to_owned(),
        Advice::Hopeless if plan.unbuilt.is_some() => "No run of what can be tested tells more.".to_owned(),
        Advice::Hopeless if plan.beyond.value() >= 0.05 => {
            "More runs between the tested revisions tell almost nothing: test an older revision.".to_owned()
        }
        Advice::Hopeless => {
            "More runs tell almost nothing: where the bug may not show at all, no number of them helps. \
                             Look for a better reproducer."
                .to_owned()
        }
        Advice::Unknown => "No run fails: test the revision where the failure was reported until it does.".to_owned(),
    }
}

/// What runs cannot tell is told by other things.
fn enough(analysis: &Analysis) -> String {
    const RIGHT: f64 = 0.9;
    let sure = "No more runs are needed: the target is reached.";
    match analysis.p_right.map(crate::prob::Prob::value) {
        Some(p) if p < RIGHT => format!(
            "{sure} More runs can't settle whether it is the real culprit ({p:.2}): it may only expose an older bug."
        ),
        _ => sure.to_owned(),
    }
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
    match (proposal.commit, proposal.gap.and_then(|gap| analysis.gaps.get(gap))) {
        (Some(commit), _) if proposal.tested => {
            let again = tag(commit).map_or_else(|| "again".to_owned(), |tag| format!("again ({tag})"));
            (commit.short(), again)
        }
        (Some(commit), _) => (commit.short(), "new".to_owned()),
        (None, Some(gap)) => {
            let range = short_range(gap.after, gap.upto);
            let at = proposal.older.map(Prob::value).filter(|share| (share - 0.5).abs() > 1e-9);
            let at = at.map_or_else(|| "middle".to_owned(), |share| format!("{:.0} %", 100.0 * share));
            (format!("{at} of {range}"), "new".to_owned())
        }
        (None, None) => (String::new(), String::new()),
    }
}
