//! What to run next, in words.

use std::fmt::Write as _;

use crate::analysis::Analysis;
use crate::analysis::advice;
use crate::analysis::next::{Advice, Decided, Forecast, Plan, Proposal, Unbuilt};
use crate::analysis::words::{Manner, chance, count, short_range};
use crate::evidence::Format;
use crate::history::syz_test;
use crate::report::answer::lost;

use super::table::table;
use super::{BOLD, Styled, style};

/// The plan of one bisection.
#[must_use]
pub fn next(analysis: &Analysis, plan: &Plan) -> String {
    let manner = Manner::of(analysis);
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
        let _ = writeln!(text, "\n{}", decides(analysis, plan, best));
    }
    if plan.advice == Advice::Run {
        text.push('\n');
        plan.proposals.iter().take(plan.parallel).for_each(|best| text.push_str(&to_do(analysis, best)));
    }
    text
}

/// `→ git checkout --detach 66ae0d1e2d9f, then run the test 10 times`, and what has syzbot do the same.
fn to_do(analysis: &Analysis, proposal: &Proposal) -> String {
    let (test, times) = (Manner::of(analysis).test(), count(proposal.runs, "time"));
    let mut text = match &proposal.checkout {
        Some(checkout) => format!("→ {checkout}, then run the {test} {times}\n"),
        None => format!("→ run the {test} {times} at {}\n", advice::place(analysis, proposal)),
    };
    let unknown = || syz_test("REPO", proposal.commit.filter(|_| analysis.evidence.format == Format::Syzkaller)?);
    match (&proposal.syz_test, unknown()) {
        (Some(line), _) => _ = writeln!(text, "  or mail to syzbot: {line}"),
        (None, Some(line)) => _ = writeln!(text, "  or mail to syzbot, with the repository of that commit: {line}"),
        (None, None) => {}
    }
    text
}

/// `If all 30 pass, 6c2450ae5565 has a probability of 0.93; if 4 fail, 6c2450ae5565 is out, and 12 of 84 commits stay
/// suspected.`
fn decides(analysis: &Analysis, plan: &Plan, proposal: &Proposal) -> String {
    let [pass, crash] = [&proposal.if_all_pass, &proposal.if_some_crash].map(|decided| then(analysis, plan, decided));
    let manner = Manner::of(analysis);
    match (proposal.runs, proposal.if_some_crash.crashes) {
        (1, _) => format!("If the run passes, {pass}; if it {}, {crash}.", manner.verbs()),
        (runs, 1) => format!("If all {runs} pass, {pass}; if one {}, {crash}.", manner.verbs()),
        (runs, some) => format!("If all {runs} pass, {pass}; if {some} {}, {crash}.", manner.verb()),
    }
}

/// The ends of a gap.
fn range_of(analysis: &Analysis, gap: Option<usize>) -> Option<String> {
    gap.and_then(|gap| analysis.gaps.get(gap)).map(|gap| short_range(gap.after, gap.upto))
}

/// What is believed then: of the commit that is likeliest then, else of the one that is likeliest now, else how many are left.
fn then(analysis: &Analysis, plan: &Plan, decided: &Decided) -> String {
    const STANDS_OUT: f64 = 0.2;
    const OUT: f64 = 0.02;
    let out = decided.now_likeliest.is_some_and(|p| p.value() < OUT) && plan.reached.value() >= OUT;
    let now = || plan.likeliest.map(|commit| commit.short()).or_else(|| range_of(analysis, plan.gap));
    let out = Some(out).filter(|out| *out).and_then(|_| now()).map(|now| format!("{now} is out"));
    let name = decided.likeliest.map(|commit| commit.short()).or_else(|| range_of(analysis, decided.gap));
    let name = name.filter(|_| decided.reached.value() >= STANDS_OUT);
    let named = name.map(|name| format!("{name} has a probability of {}", chance(decided.reached)));
    let left = || match (decided.suspects?, plan.suspects?) {
        (1, _) => None,
        (then, now) if then == now => Some(format!("the {now} suspects stay")),
        (then, now) if then > now => Some(format!("{then} commits are suspected, not {now}")),
        (then, now) => Some(format!("{then} of {now} commits stay suspected")),
    };
    match (out, named.or_else(left)) {
        (Some(out), Some(rest)) => format!("{out}, and {rest}"),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => "no commit stands out".to_owned(),
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
        _ => match most_often {
            Some(most) if f64::from(*most) < *mean_runs => format!(
                "Expect at most {most} more runs in 90 %; the others take many more ({mean_runs:.0} on average)."
            ),
            _ => format!("Expect {runs}."),
        },
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
    let likeliest = match (plan.likeliest, range_of(analysis, plan.gap)) {
        (Some(commit), _) if plan.reached.value() >= 0.0005 => {
            format!("the likeliest commit is {} ({})", commit.short(), chance(plan.reached))
        }
        (None, Some(range)) => format!("the likeliest place is {range} ({})", chance(plan.reached)),
        _ if plan.reached.value() < 0.0005 => "no commit stands out yet".to_owned(),
        _ => format!("no commit stands out yet ({} at most)", chance(plan.reached)),
    };
    let beyond = match plan.beyond.value() {
        p if p < 0.05 => String::new(),
        _ => format!("; P(beyond what was tested) {}", chance(plan.beyond)),
    };
    format!("target {}: {likeliest}; {:.1} bits are unknown{beyond}", chance(plan.target), plan.entropy)
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
