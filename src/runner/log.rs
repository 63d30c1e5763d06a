//! The runs as a table that [`crate::ingest::table`] reads: one JSON object a line, one line a run. It is what the bisection
//! itself is analysed from.

use std::collections::HashMap;

use serde::Serialize;

use crate::evidence::{Bisection, CommitId, Kind, Source};
use crate::history::History;
use crate::ingest::table::{Columns, read};

use super::state::{Seen, State};

#[derive(Serialize)]
struct Row<'a> {
    commit: CommitId,
    order: usize,
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

/// One line a run; a commit that cannot be built is one that says nothing.
#[must_use]
pub fn log(state: &State, history: &History) -> String {
    let (kind, reported_title) = (state.start.kind, state.start.options.bug.as_deref());
    let mut orders = HashMap::new();
    let mut order = |commit: CommitId| {
        *orders.entry(commit).or_insert_with(|| history.find(&commit).map_or(0, crate::history::Node::index))
    };
    let mut text = String::new();
    for ran in &state.runs {
        let (outcome, title, why) = match &ran.seen {
            Seen::Pass => ("pass", None, None),
            Seen::Crash { title } => ("crash", title.as_deref(), None),
            Seen::Skip { why } => ("skip", None, Some(why.as_str())),
        };
        let (commit, seconds) = (ran.commit, ran.seconds);
        push(&mut text, &Row { commit, order: order(commit), outcome, title, why, seconds, kind, reported_title });
    }
    for built in &state.builds {
        let Some(why) = built.error.as_deref() else { continue };
        let (commit, seconds, title) = (built.commit, Some(built.seconds), None);
        let row =
            Row { commit, order: order(commit), outcome: "skip", title, why: Some(why), seconds, kind, reported_title };
        push(&mut text, &row);
    }
    text
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
