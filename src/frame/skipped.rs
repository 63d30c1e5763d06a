//! `skipped`: one row an input, and what became of it. A batch that was not read from files has none.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | path | text | the input: a file, `ARCHIVE!NAME`, or `-` |
//! | state | text | `analysed`, `partly` (some lines were not read), `refused`, `skipped` (no bisection, and nobody named it) |
//! | bisections, problems | u32 | how many were read; how many things could not be |
//! | line | u32 | where the first problem is |
//! | reason | text | what the first problem is |

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use crate::ingest::account::{Account, State};

use super::frame;

/// Names and types, in order.
pub const COLUMNS: [(&str, DataType); 6] = [
    ("path", DataType::String),
    ("state", DataType::String),
    ("bisections", DataType::UInt32),
    ("problems", DataType::UInt32),
    ("line", DataType::UInt32),
    ("reason", DataType::String),
];

/// The rows of a batch, in the order of the inputs.
///
/// # Errors
/// None in practice: columns of one frame have one length.
pub fn build(accounts: &[Account]) -> PolarsResult<DataFrame> {
    let text = |name: &str, of: fn(&Account) -> Option<String>| {
        Column::new(name.into(), accounts.iter().map(of).collect::<Vec<_>>())
    };
    let number = |name: &str, of: fn(&Account) -> Option<u32>| {
        Column::new(name.into(), accounts.iter().map(of).collect::<Vec<_>>())
    };
    frame(vec![
        text("path", |account| Some(account.source.path.clone())),
        text("state", |account| Some(account.state.name().to_owned())),
        number("bisections", |account| u32::try_from(account.state.bisections()).ok()),
        number("problems", |account| u32::try_from(problems(account)).ok()),
        number("line", line),
        text("reason", |account| account.state.reason()),
    ])
}

fn problems(account: &Account) -> usize {
    match &account.state {
        State::Partly { problems, .. } => problems.len(),
        State::Refused(_) => 1,
        State::Analysed { .. } | State::Skipped(_) => 0,
    }
}

fn line(account: &Account) -> Option<u32> {
    match &account.state {
        State::Partly { problems, .. } => problems.first().map(|problem| problem.line.0),
        State::Refused(error) => error.line().map(|line| line.0),
        State::Analysed { .. } | State::Skipped(_) => None,
    }
}
