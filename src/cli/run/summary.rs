//! What came of a bisection, in words; then the report that `analyze` gives.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::analysis::growth::growth;
use crate::analysis::words::{chance, clean_line, count, cut};
use crate::analysis::{Analysis, Repo, Settings, analyze};
use crate::chart::{self, Theme};
use crate::cli::chart::Look;
use crate::cli::input::try_print;
use crate::cli::screen;
use crate::evidence::{Bisection, CommitId, Culprit, Ending, Kind, Line, Text};
use crate::finding::{Limits, judge};
use crate::history::Command;
use crate::prob::json;
use crate::report;
use crate::runner::log::evidence;
use crate::runner::options::in_words;
use crate::runner::outcome::Spent;
use crate::runner::standing::{Best, crashes_at};
use crate::runner::{Crashes, Verified};
use crate::runner::{Journal, Outcome, Reason, Standing, State};

use super::Format;

/// The end: what was found, what it took, and why one may believe it.
pub(super) fn report(journal: &Journal, repo: &Arc<Repo>, format: Format, charts: Option<&Path>) -> Result<(), String> {
    let state = &journal.state;
    let name = journal.path().to_string_lossy();
    let settings = Settings { repo: Some(repo.clone()), ..state.start.options.settings() };
    let standing = Standing::of(state, repo, &settings, &name);
    let outcome = Outcome::of(state, &standing, repo, journal.path());
    let mut analysis = match evidence(state, &repo.history, &name) {
        Some(evidence) => judged(named(evidence, &outcome), &settings),
        None => None,
    };
    let mut text = words(&outcome, &standing);
    if let Some(analysis) = &analysis {
        let why = outcome.ended.map(|reason| why(reason, state.start.kind)).unwrap_or_default();
        let _ = write!(text, "\n{}", report::text::one_ended(analysis, why));
    }
    if let (Some(folder), Some(analysis)) = (charts, &mut analysis) {
        analysis.growth = growth(analysis, &settings);
        let pictures = chart::of_bisection(analysis, Theme::Auto);
        Look::default().folder(&analysis.bisection, &pictures, folder)?;
        let _ = writeln!(text, "\ncharts: {}", folder.join("index.md").display());
    }
    print(&outcome, &text, format)
}

/// How far it is.
pub(in crate::cli) fn status(state: &State, repo: &Arc<Repo>, path: &Path, format: Format) -> Result<(), String> {
    let name = path.to_string_lossy();
    let standing = Standing::of(state, repo, &state.start.options.settings(), &name);
    let outcome = Outcome::of(state, &standing, repo, path);
    print(&outcome, &status_words(&outcome, &standing, "bisectstat run --continue"), format)
}

/// The same in words; `on` is the command that goes on.
pub(in crate::cli) fn status_words(outcome: &Outcome, standing: &Standing, on: &str) -> String {
    let mut text = words(outcome, standing);
    if let Some(rates) = standing.analysis.as_ref().and_then(report::text::rates) {
        let _ = writeln!(text, "{rates}");
    }
    if outcome.ended.is_none() {
        let _ = writeln!(text, "not finished: `{on}` goes on");
    }
    text
}

pub(in crate::cli) fn print(outcome: &impl Serialize, text: &str, format: Format) -> Result<(), String> {
    let printed = try_print(|out| match format {
        Format::Text => screen::write(out, text),
        Format::Json => {
            json::to_writer_pretty(&mut *out, outcome)?;
            writeln!(out)
        }
    });
    printed.map_err(|error| error.to_string())
}

fn judged(evidence: Bisection, settings: &Settings) -> Option<Analysis> {
    let mut analyses = analyze(vec![evidence], settings);
    judge(&mut analyses, &Limits::default());
    analyses.pop()
}

/// Why it names no commit, for the report.
const fn why(reason: Reason, kind: Kind) -> &'static str {
    match (reason, kind) {
        (Reason::Sure, _) => "",
        (Reason::Older, Kind::Cause) => "the good end fails too",
        (Reason::Older, Kind::Fix) => "the end with the fix fails too",
        (Reason::NoChange, _) => "both ends fail alike",
        (Reason::Gone, _) => "it does not fail at the bad end",
        (Reason::Budget, _) => "the budget ran out first",
        (Reason::Untestable, _) => "what is left cannot be built or tested",
        (Reason::NothingTellsMore, _) => "no run tells what is left apart",
    }
}

/// The same evidence with what this bisection says itself, in the words of others for pictures.
fn named(mut evidence: Bisection, outcome: &Outcome) -> Bisection {
    evidence.ending = match outcome.ended {
        Some(Reason::Sure) => Ending::Culprit,
        Some(Reason::Gone) => Ending::NotReproduced,
        Some(Reason::Older) if outcome.kind == Kind::Cause => Ending::OldestStillBad,
        Some(Reason::Older) => Ending::NewestStillBad,
        Some(Reason::Budget) => Ending::TimeLimit,
        Some(Reason::NoChange | Reason::Untestable | Reason::NothingTellsMore) => Ending::Inconclusive,
        None => Ending::OnlyRuns,
    };
    let sure = outcome.likeliest.as_ref().filter(|_| outcome.culprit.is_some());
    evidence.culprit = sure.map(|best| {
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

fn words(outcome: &Outcome, standing: &Standing) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", verdict(outcome, standing));
    if let Some(culprit) = outcome.culprit.filter(CommitId::is_hash) {
        let _ = writeln!(text, "  {}", Command::show(culprit));
    }
    if let Some(verified) = &outcome.verified {
        let _ = writeln!(text, "  {}", checked(verified, outcome.kind));
    }
    text.push_str(&spent(outcome));
    if outcome.needs_titles {
        text.push_str(
            "without titles all failures look alike, and some are not this bug's: `--title-regex` or `--title-cmd` tells \
             them apart\n",
        );
    }
    text
}

/// `57 runs at 11 commits, 11 checkouts, 1.1 s`
fn spent(outcome: &Outcome) -> String {
    let Spent { runs, voids, commits, builds, failed_builds, seconds } = outcome.spent;
    let void = if voids > 0 { format!(" ({voids} of them say nothing)") } else { String::new() };
    let failed = if failed_builds > 0 { format!(" ({failed_builds} failed)") } else { String::new() };
    // Of runs that are made elsewhere nobody knows the checkouts.
    let checkouts = if builds > 0 { format!(", {}{failed}", count(builds as u64, "checkout")) } else { String::new() };
    let (runs, commits) = (count(runs as u64, "run"), count(commits as u64, "commit"));
    format!("{runs}{void} at {commits}{checkouts}, {}\n", in_words(seconds))
}

/// How the search ended, in one line.
fn verdict(outcome: &Outcome, standing: &Standing) -> String {
    let crashes = |commit| {
        let (crashes, trials) = standing.analysis.as_ref().map_or((0, 0), |analysis| crashes_at(analysis, commit));
        format!("{crashes} of {trials} runs fail at {}", commit.short())
    };
    let likeliest = || likeliest(outcome);
    match (outcome.ended, &outcome.likeliest) {
        (Some(Reason::Sure), Some(best)) => found(outcome, best),
        (Some(reason @ (Reason::Older | Reason::NoChange)), _) => {
            let ends: Vec<_> = outcome.good.iter().map(crashes).collect();
            let why = match (reason, outcome.kind) {
                (Reason::NoChange, _) => "the test was always this flaky",
                (_, Kind::Cause) => "it is older, or the test was always this flaky",
                (_, Kind::Fix) => "it is not fixed there",
            };
            let p = chance(standing.beyond);
            format!("no commit is to blame: the good end fails too ({p}; {}): {why}", ends.join(", "))
        }
        (Some(Reason::Gone), _) => {
            let bug = standing.bug.as_ref().map(|bug| format!(" as {bug:?}")).unwrap_or_default();
            let (p, others) = (chance(standing.gone), titles(standing));
            let end = crashes(&outcome.bad);
            format!("no commit is to blame: the bad end does not fail{bug} any more ({p}; {end}{others})")
        }
        (Some(Reason::Untestable), _) => {
            format!("undecided: what is left cannot be built or tested: {}{}", likeliest(), left_out(outcome))
        }
        (Some(Reason::NothingTellsMore), _) => {
            format!("undecided: nothing that can be run tells more: {}", likeliest())
        }
        (Some(Reason::Budget), _) => format!("undecided: the budget ran out: {}", likeliest()),
        (_, _) => likeliest(),
    }
}

fn likeliest(outcome: &Outcome) -> String {
    match &outcome.likeliest {
        Some(best) => {
            format!("the likeliest commit is {} ({})", who(best), chance(best.posterior))
        }
        None => "no commit stands out yet".to_owned(),
    }
}

/// The commit with its subject, where it has one.
fn who(best: &Best) -> String {
    format!("{} {}", best.commit.short(), clean_line(&best.subject)).trim_end().to_owned()
}

fn found(outcome: &Outcome, best: &Best) -> String {
    let brought = match outcome.kind {
        Kind::Cause => "introduced the failure",
        Kind::Fix => "fixed the failure",
    };
    let (who, p) = (who(best), chance(best.posterior));
    let least = outcome.least.map(|least| {
        format!(", and at least {} under every failure pattern still compatible with the runs", chance(least))
    });
    format!("found: {who} {brought} ({p}){}", least.unwrap_or_default())
}

/// `verified: 7 of 20 runs fail at it, 0 of 20 at its parent, 0 of 20 at 9264eea4839e without it`
fn checked(verified: &Verified, kind: Kind) -> String {
    let of = |Crashes { crashes, runs }: Crashes| format!("{crashes} of {runs}");
    let end = verified.end.short();
    let own = format!("{} runs fail at it, {} at its parent", of(verified.commit), of(verified.parents));
    match (verified.without, verified.holds) {
        (Some(without), Some(true)) => format!("verified: {own}, {} at {end} without it", of(without)),
        (Some(without), _) => {
            let what = match kind {
                Kind::Cause => "it is not the only cause",
                Kind::Fix => "it is not the only fix",
            };
            format!("not verified: {own}, and {} at {end} without it: {what}, or not it", of(without))
        }
        (None, _) => {
            let why = clean_line(verified.why.as_deref().unwrap_or_default());
            format!("{own}; it cannot be reverted at {end}: {}", cut(&why, 60))
        }
    }
}

/// Which commits nothing could be learned of.
fn left_out(outcome: &Outcome) -> String {
    const SHOWN: usize = 5;
    let names: Vec<_> = outcome.untestable.iter().take(SHOWN).map(|commit| commit.short().clone()).collect();
    match outcome.untestable.len().saturating_sub(SHOWN) {
        _ if names.is_empty() => String::new(),
        0 => format!("; not {}", names.join(", ")),
        more => format!("; not {} and {more} others", names.join(", ")),
    }
}

/// Which crashes there were instead.
fn titles(standing: &Standing) -> String {
    let titles =
        standing.analysis.iter().flat_map(|analysis| &analysis.titles).filter_map(|title| title.title.as_deref());
    let titles: Vec<_> = titles.take(3).map(|title| format!("{title:?}")).collect();
    if titles.is_empty() { String::new() } else { format!("; seen: {}", titles.join(", ")) }
}
