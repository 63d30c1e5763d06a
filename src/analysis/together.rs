//! Several bisections of one bug as one body of evidence.
//!
//! Each orders the revisions that it tested. Where they share some, as two walks from the same ends do up to the verdict on
//! which they differ, the orders fit into each other in one way only: what lies between two shared revisions on one line has
//! its place there on the other. Where that leaves two orders, a repository decides.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::evidence::{Bisection, CommitId, Ending, Format, Kind, Line, Outcome, Place, Placed, Role, Source, Title};
use crate::history::History;
use crate::model::line::TestedLine;
use crate::prob::to_f64;

/// Why bisections cannot be judged together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TogetherError {
    /// No bisection was read.
    #[error("found no bisection to judge together with others")]
    None,
    /// A cause and a fix.
    #[error("{0} looks for a {one}, and {1} for a {other}: they are not of one change", one = .2.name(), other = .3.name())]
    Kinds(String, String, Kind, Kind),
    /// What lies between the same revisions could stand in either order.
    #[error(
        "{one} and {other} tested different revisions in one range, after {after}: which are older does not show; say --repo \
         DIR, the repository tells it"
    )]
    Order {
        /// The first bisection.
        one: String,
        /// The one that does not fit in.
        other: String,
        /// The last revision that both have.
        after: String,
    },
}

/// One bisection of all the runs, under the name of the first.
///
/// # Errors
/// [`TogetherError`] where they are of different kinds, or nothing tells how their revisions lie.
pub fn together(mut bisections: Vec<Bisection>, history: Option<&History>) -> Result<Bisection, TogetherError> {
    let Some(first) = bisections.first() else { return Err(TogetherError::None) };
    if bisections.len() == 1 {
        return Ok(bisections.remove(0));
    }
    let kind = bisections.iter().find(|one| one.kind_told).map_or(first.kind, |one| one.kind);
    if let Some(other) = bisections.iter().find(|one| one.kind_told && one.kind != kind) {
        return Err(TogetherError::Kinds(first.id.clone(), other.id.clone(), kind, other.kind));
    }
    if let [first, more @ ..] = bisections.as_slice()
        && is_fed_back(first, more, history)
    {
        return Ok(fed_back(bisections));
    }
    let order = match history {
        Some(history) if bisections.iter().all(|one| has_all(history, one)) => unordered(&bisections),
        _ => ordered(&bisections)?,
    };
    let source = gather(&mut bisections);
    let ids: Vec<_> = bisections.iter().map(|one| one.id.as_str()).collect();
    let (id, format) = (ids.join(" + "), bisections[0].format);
    let blank = Bisection::new(id, source, Line(1), format, kind);
    let candidates = bisections.iter().filter_map(|one| one.culprit.as_ref()).map(|culprit| culprit.commit).collect();
    let (origin, title) = (bisections[0].origin, bisections.iter().find_map(|one| one.reported_title.clone()));
    let lost = bisections.iter().map(|one| one.lost).sum();
    let arranged = bisections.iter().map(|one| one.arranged).max().unwrap_or_default();
    let report = bisections.iter_mut().find_map(|one| one.report.take());
    let steps = bisections.into_iter().flat_map(|one| one.steps).collect();
    let mut all = Bisection {
        origin,
        reported_title: title,
        report,
        steps,
        order,
        arranged,
        candidates,
        lost,
        ending: Ending::OnlyRuns,
        ..blank
    };
    all.unify_names();
    Ok(all)
}

/// Whether all but the first are runs of revisions that have their place in the first: what was run since.
fn is_fed_back(first: &Bisection, more: &[Bisection], history: Option<&History>) -> bool {
    let in_first = |commit: &CommitId| first.step_of(commit).is_some();
    let in_history = |one: &Bisection| history.is_some_and(|history| has_all(history, one));
    let placed = |one: &Bisection| one.steps.iter().all(|step| in_first(&step.commit));
    let has_place = |one: &Bisection| placed(one) || first.walk.is_some() && in_history(first) && in_history(one);
    more.iter().all(|one| one.ending == Ending::OnlyRuns && one.walk.is_none() && has_place(one))
}

/// The first bisection with the runs of all.
fn fed_back(mut bisections: Vec<Bisection>) -> Bisection {
    let source = gather(&mut bisections);
    let ids: Vec<_> = bisections.iter().map(|one| one.id.as_str()).collect();
    let (id, title) = (ids.join(" + "), untitled(&bisections).map(|(_, title)| title));
    let mut bisections = bisections.into_iter();
    let blank = || Bisection::new(String::new(), source.clone(), Line(1), Format::Table, Kind::Cause);
    let mut first = bisections.next().unwrap_or_else(blank);
    let size = |one: &Bisection| (one.steps.len(), one.steps.iter().map(|step| step.counts().runs()).sum::<u32>());
    let (steps, runs) = size(&first);
    for mut step in bisections.flat_map(|one| one.steps) {
        step.role = Role::Candidate;
        for run in &mut step.runs {
            if run.outcome == Outcome::Crash(None) {
                run.outcome = Outcome::Crash(title.clone());
            }
        }
        first.steps.push(step);
    }
    // What the log says of its times is true of its own tests: the others are taken to be as long.
    let ((all_steps, all_runs), ratio) = (size(&first), |all: f64, own: f64| if own > 0.0 { all / own } else { 1.0 });
    if let Some(totals) = &mut first.totals {
        totals.build = totals.build.mul_f64(ratio(to_f64(all_steps as u64), to_f64(steps as u64)));
        totals.test = totals.test.mul_f64(ratio(f64::from(all_runs), f64::from(runs)));
    }
    (first.id, first.source) = (id, source);
    first.unify_names();
    first
}

/// Crashes that somebody counted without a title, and the title of the first bisection's bug, for which they are taken.
#[must_use]
pub fn untitled(bisections: &[Bisection]) -> Option<(u32, Title)> {
    let (first, more) = bisections.split_first()?;
    let shown = || first.title_counts().into_iter().max_by_key(|count| (count.at_origin, count.crashes))?.title;
    let title = first.reported_title.clone().or_else(|| first.representative.clone()).or_else(shown)?;
    let runs = more.iter().flat_map(|one| &one.steps).flat_map(|step| &step.runs);
    let crashes = runs.filter(|run| run.outcome == Outcome::Crash(None)).map(|run| run.count).sum();
    (crashes > 0).then_some((crashes, title))
}

fn has_all(history: &History, one: &Bisection) -> bool {
    one.steps.iter().all(|step| history.find(&step.commit).is_ok())
}

fn unordered(bisections: &[Bisection]) -> Vec<Placed> {
    let steps = bisections.iter().flat_map(|one| &one.steps);
    let mut order: Vec<Placed> = Vec::new();
    for step in steps {
        if !order.iter().any(|placed| placed.commit == step.commit) {
            order.push(Placed { commit: step.commit, place: None, commits: None });
        }
    }
    order
}

/// A revision on the line, with its distance to the one before.
type Spot = (CommitId, Option<u64>);

/// All lines as one.
fn ordered(bisections: &[Bisection]) -> Result<Vec<Placed>, TogetherError> {
    let mut merged: Vec<Spot> = Vec::new();
    for one in bisections {
        let line = spots(one);
        merged = fitted(&merged, &line).map_err(|after| TogetherError::Order {
            one: bisections[0].id.clone(),
            other: one.id.clone(),
            after: after.map_or_else(|| "none".to_owned(), |commit| commit.short()),
        })?;
    }
    Ok(merged.into_iter().map(|(commit, commits)| Placed { commit, place: None, commits }).collect())
}

fn spots(one: &Bisection) -> Vec<Spot> {
    let line = TestedLine::of(one);
    let size = |gap: usize| line.size(gap).filter(|size| size.exact).map(|size| size.commits);
    line.points.iter().enumerate().map(|(i, point)| (point.commit, size(i))).collect()
}

/// A line put into another one; else the last revision that both have before the place where it does not fit.
fn fitted(line: &[Spot], other: &[Spot]) -> Result<Vec<Spot>, Option<CommitId>> {
    let place = |commit: &CommitId, of: &[Spot]| of.iter().position(|(known, _)| known.matches(commit));
    let mut all = Vec::new();
    let (mut mine, mut theirs, mut shared) = (0, 0, None);
    loop {
        let next = other[theirs..].iter().position(|(commit, _)| place(commit, line).is_some()).map(|at| theirs + at);
        let upto = next.unwrap_or(other.len());
        let end = match next {
            Some(at) => place(&other[at].0, &line[mine..]).map(|at| mine + at).ok_or(shared)?,
            None => line.len(),
        };
        let (ours, others) = (&line[mine..end], &other[theirs..upto]);
        match (ours, others) {
            ([_, ..], [_, ..]) => return Err(shared),
            _ => all.extend(ours.iter().chain(others).copied()),
        }
        let Some(at) = next else { return Ok(all) };
        // The finer of two distances is that after more revisions.
        let distance = if others.is_empty() { line[end].1 } else { other[at].1 };
        all.push((line[end].0, distance));
        (mine, theirs, shared) = (end + 1, at + 1, Some(line[end].0));
    }
}

/// The lines of all, as those of one text that leads to their files.
fn gather(bisections: &mut [Bisection]) -> Source {
    let lines = RefCell::new(Vec::new());
    let path = bisections.first().map(|one| one.source.path.clone()).unwrap_or_default();
    for one in bisections {
        let known = RefCell::new(HashMap::new());
        let source = one.source.clone();
        one.renumber(|line| {
            *known.borrow_mut().entry(line).or_insert_with(|| {
                let at = source.at(line);
                let text = source.line(line).map(std::borrow::Cow::into_owned).unwrap_or_default();
                let mut lines = lines.borrow_mut();
                lines.push((Place { path: at.path.into(), line: at.line }, text));
                Line(u32::try_from(lines.len()).unwrap_or(u32::MAX))
            })
        });
    }
    Source::gathered(path, lines.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(names: &str) -> Vec<Spot> {
        names.split(' ').map(|name| (CommitId::parse_name(name).unwrap(), None)).collect()
    }

    fn fit(one: &str, other: &str) -> Option<String> {
        let all = fitted(&line(one), &line(other)).ok()?;
        Some(all.iter().map(|(commit, _)| commit.to_string()).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn lines_fit_where_shared_revisions_tell() {
        assert_eq!(fit("a c d z", "a b c z").as_deref(), Some("a b c d z"));
        assert_eq!(fit("a c z", "c z").as_deref(), Some("a c z"));
        assert_eq!(fit("a z", "a b c z").as_deref(), Some("a b c z"));
        assert_eq!(fit("b z", "a b z y").as_deref(), Some("a b z y"));
        for (one, other) in [("a b z", "a c z"), ("a b", "b a"), ("a b", "c d"), ("a b z", "b z a")] {
            assert_eq!(fit(one, other), None, "{one} {other}");
        }
    }
}
