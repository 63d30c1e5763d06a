//! The runs as a table that [`crate::ingest::table`] reads: one JSON object a line, one line a run. It is what the bisection
//! itself is analysed from.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::evidence::{Bisection, CommitId, Kind, Source};
use crate::history::{History, Node};
use crate::ingest::table::{Columns, read};

use super::state::{Seen, State};

#[derive(Serialize)]
struct Row<'a> {
    commit: CommitId,
    #[serde(flatten)]
    place: Place,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    reported_title: Option<&'a str>,
}

/// Where a commit stands in the history.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// Commits before it: two of them say how many lie between.
    CommitPosition(usize),
    /// The larger, the newer, and no more than that.
    Order(usize),
}

/// One line a run; a commit that cannot be built is one that says nothing.
#[must_use]
pub fn log(state: &State, history: &History) -> String {
    let (kind, reported_title) = (state.start.kind, state.start.options.bug.as_deref());
    let places = places(state, history);
    let place = |commit: &CommitId| places.get(commit).copied().unwrap_or(Place::Order(0));
    let mut text = String::new();
    for ran in &state.runs {
        let (outcome, title, why) = match &ran.seen {
            Seen::Pass => ("pass", None, None),
            Seen::Crash { title } => ("crash", title.as_deref(), None),
            Seen::Skip { why } => ("skip", None, Some(why.as_str())),
        };
        let (commit, seconds) = (ran.commit, ran.seconds);
        push(&mut text, &Row { commit, place: place(&commit), outcome, title, why, seconds, kind, reported_title });
    }
    for built in &state.builds {
        let Some(why) = built.error.as_deref() else { continue };
        let (commit, seconds, title) = (built.commit, Some(built.seconds), None);
        let row = Row {
            commit,
            place: place(&commit),
            outcome: "skip",
            title,
            why: Some(why),
            seconds,
            kind,
            reported_title,
        };
        push(&mut text, &row);
    }
    text
}

/// Only where the tested commits and all between them are one line do their numbers count commits.
fn places(state: &State, history: &History) -> HashMap<CommitId, Place> {
    let tried = state.runs.iter().map(|ran| ran.commit).chain(state.builds.iter().map(|built| built.commit));
    let tried: HashSet<CommitId> = tried.collect();
    let indices: HashMap<CommitId, usize> =
        tried.into_iter().filter_map(|commit| Some((commit, history.find(&commit).ok()?.index()))).collect();
    let first = indices.values().min().copied().unwrap_or_default();
    let last = indices.values().max().copied().unwrap_or_default();
    let follows = |index: usize| {
        let node = history.node(index);
        node.is_some_and(|node| history.parents(node).map(Node::index).eq([index - 1]))
    };
    let place = if (first + 1..=last).all(follows) { Place::CommitPosition } else { Place::Order };
    indices.into_iter().map(|(commit, index)| (commit, place(index))).collect()
}

fn push(text: &mut String, row: &Row<'_>) {
    // Texts and numbers always have a JSON.
    text.push_str(&serde_json::to_string(row).unwrap_or_default());
    text.push('\n');
}

/// What was observed; none before the first run.
#[must_use]
pub fn evidence(state: &State, history: &History, name: &str) -> Option<Bisection> {
    let text = log(state, history);
    read(text.as_bytes(), &Source::new(name), &Columns::new()).ok()?.pop()?.bisections.pop()
}
