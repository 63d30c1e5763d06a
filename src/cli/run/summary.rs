//! What came of a bisection, in words; then the report that `analyze` gives.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::analysis::growth::growth;
use crate::analysis::words::{chance, clean_line, count};
use crate::analysis::{Analysis, Repo, Settings, analyze};
use crate::chart::{self, Theme};
use crate::cli::chart::Look;
use crate::cli::input::try_print;
use crate::cli::screen;
use crate::evidence::{Bisection, Culprit, Ending, Kind, Line, Text};
use crate::finding::{Limits, judge};
use crate::history::Command;
use crate::report;
use crate::runner::log::evidence;
use crate::runner::options::in_words;
use crate::runner::standing::{Best, crashes_at};
use crate::runner::{Journal, Reason, Standing, State};

/// The end: what was found, what it took, and why one may believe it.
pub(super) fn report(journal: &Journal, reason: Reason, repo: &Arc<Repo>, charts: Option<&Path>) -> Result<(), String> {
    let state = &journal.state;
    let name = journal.path().to_string_lossy();
    let settings = Settings { repo: Some(repo.clone()), ..state.start.options.rates.settings() };
    let standing = Standing::of(state, repo, &settings, &name);
    let mut text = words(state, &standing, Some(reason));
    let found = standing.best.filter(|_| reason == Reason::Found);
    let mut analysis = match evidence(state, &repo.history, &name) {
        Some(evidence) => judged(named(evidence, found.as_ref(), state, reason), &settings),
        None => None,
    };
    if let Some(analysis) = &analysis {
        let _ = write!(text, "\n{}", report::text::one(analysis));
    }
    if let (Some(folder), Some(analysis)) = (charts, &mut analysis) {
        analysis.growth = growth(analysis, &settings);
        let pictures = chart::of_bisection(analysis, Theme::Auto);
        Look::default().folder(&analysis.bisection, &pictures, folder)?;
        let _ = writeln!(text, "\ncharts: {}", folder.join("index.md").display());
    }
    try_print(|out| screen::write(out, &text)).map_err(|error| error.to_string())
}

/// How far it is.
pub(super) fn status(state: &State, repo: &Arc<Repo>, path: &Path) -> Result<(), String> {
    let name = path.to_string_lossy();
    let standing = Standing::of(state, repo, &state.start.options.rates.settings(), &name);
    let mut text = words(state, &standing, state.ended);
    if state.ended.is_none() {
        text.push_str("not finished: `bisectstat run --continue` goes on\n");
    }
    try_print(|out| screen::write(out, &text)).map_err(|error| error.to_string())
}

fn judged(evidence: Bisection, settings: &Settings) -> Option<Analysis> {
    let mut analyses = analyze(vec![evidence], settings);
    judge(&mut analyses, &Limits::default());
    analyses.pop()
}

/// The same evidence with what this bisection says itself.
fn named(mut evidence: Bisection, best: Option<&Best>, state: &State, reason: Reason) -> Bisection {
    evidence.ending = match reason {
        Reason::Found => Ending::Culprit,
        Reason::Gone => Ending::NotReproduced,
        Reason::Budget => Ending::TimeLimit,
        Reason::Older if state.start.kind == Kind::Cause => Ending::OldestStillBad,
        Reason::Older => Ending::NewestStillBad,
        Reason::Stuck => Ending::OnlyRuns,
    };
    evidence.culprit = best.map(|best| {
        let tested = evidence.step_of(&best.commit).and_then(|step| evidence.steps.get(step));
        Culprit {
            insertions: None,
            line: tested.map_or(Line(1), |step| step.line),
            commit: best.commit,
            subject: Some(Text::new(&best.subject)),
            merge_parents: Vec::new(),
            files: Vec::new(),
            signature: None,
            parent_signature: None,
        }
    });
    evidence
}

fn words(state: &State, standing: &Standing, reason: Option<Reason>) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", verdict(state, standing, reason));
    if let Some(best) = standing.best.as_ref().filter(|_| matches!(reason, Some(Reason::Found))) {
        let _ = writeln!(text, "  {}", Command::show(best.commit));
    }
    let commits: HashSet<_> = state.runs.iter().map(|ran| ran.commit).collect();
    let (runs, commits) = (count(state.runs.len() as u64, "run"), count(commits.len() as u64, "commit"));
    let builds =
        count(state.builds.len() as u64, if state.start.options.build.is_some() { "build" } else { "checkout" });
    let _ = writeln!(text, "{runs} at {commits}, {builds}, {}", in_words(state.elapsed));
    text
}

fn verdict(state: &State, standing: &Standing, reason: Option<Reason>) -> String {
    let start = &state.start;
    let likeliest = || match &standing.best {
        Some(best) => {
            let subject = clean_line(&best.subject);
            format!("the likeliest commit is {} {subject}, with {}", best.commit.short(), chance(best.posterior))
        }
        None => "nothing is known of any commit yet".to_owned(),
    };
    let crashes = |commit| {
        let (crashes, trials) = standing.analysis.as_ref().map_or((0, 0), |analysis| crashes_at(analysis, commit));
        format!("{crashes} of {trials} runs crash at {}", commit.short())
    };
    let (brought, older) = match start.kind {
        Kind::Cause => ("brought the crash", "it is older, or the test was always this flaky"),
        Kind::Fix => ("fixed the crash", "it is not fixed there"),
    };
    match (reason, &standing.best) {
        (Some(Reason::Found), Some(best)) => {
            let subject = clean_line(&best.subject);
            let mut found =
                format!("found: {} {subject} {brought}, with {}", best.commit.short(), chance(best.posterior));
            if let Some(asked) = &standing.throughout {
                let least = chance(asked.least);
                let _ = write!(found, ", and at least {least} under each crash behaviour that is possible");
            }
            found
        }
        (Some(Reason::Older), _) => {
            let ends: Vec<_> = start.good.iter().map(crashes).collect();
            format!(
                "no commit is to blame: the good end crashes too, with {} ({}): {older}",
                chance(standing.beyond),
                ends.join(", ")
            )
        }
        (Some(Reason::Gone), _) => {
            let bug = start.options.bug.as_ref().map(|bug| format!(" as {bug:?}")).unwrap_or_default();
            let others = titles(standing);
            format!(
                "no commit is to blame: it does not crash{bug} at the bad end any more, with {} ({}{others})",
                chance(standing.gone),
                crashes(&start.bad)
            )
        }
        (Some(Reason::Stuck), _) => format!("nothing that can be run tells more: {}", likeliest()),
        (Some(Reason::Budget), _) => format!("the budget is used up: {}", likeliest()),
        (_, _) => likeliest(),
    }
}

/// Which crashes there were instead.
fn titles(standing: &Standing) -> String {
    let titles =
        standing.analysis.iter().flat_map(|analysis| &analysis.titles).filter_map(|title| title.title.as_deref());
    let titles: Vec<_> = titles.take(3).map(|title| format!("{title:?}")).collect();
    if titles.is_empty() { String::new() } else { format!("; seen: {}", titles.join(", ")) }
}
