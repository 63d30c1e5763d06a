//! `skipped`: one row an input, and what became of it. A batch that was not read from files has none.
//!
//! | column | type | null | meaning |
//! |---|---|---|---|
//! | path | text | never | the input: a file, `ARCHIVE!NAME`, or `-` |
//! | state | text | never | `analysed`, `partly` (some lines were not read), `refused`, `skipped` (no bisection, and nobody named it) |
//! | bisections, problems | u32 | never | how many were read; how many things could not be |
//! | line | u32 | where nothing is wrong, or in no line | where the first problem is |
//! | reason | text | where nothing is wrong | what the first problem is |

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use crate::ingest::account::Row;

use super::frame;

/// Names and types, in order.
pub(crate) const COLUMNS: [(&str, DataType); 6] = [
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
pub fn build(rows: &[Row]) -> PolarsResult<DataFrame> {
    let text =
        |name: &str, of: fn(&Row) -> Option<&str>| Column::new(name.into(), rows.iter().map(of).collect::<Vec<_>>());
    let number =
        |name: &str, of: fn(&Row) -> Option<u32>| Column::new(name.into(), rows.iter().map(of).collect::<Vec<_>>());
    frame(vec![
        text("path", |row| Some(&row.path)),
        text("state", |row| Some(&row.state)),
        number("bisections", |row| Some(row.bisections)),
        number("problems", |row| Some(row.problems)),
        number("line", |row| row.line),
        text("reason", |row| row.reason.as_deref()),
    ])
}

/// Reads the rows of the frame.
///
/// # Errors
/// When a column is missing.
pub fn rows(frame: &DataFrame) -> PolarsResult<Vec<Row>> {
    let texts = |name: &str| -> PolarsResult<Vec<Option<String>>> {
        Ok(frame.column(name)?.str()?.iter().map(|text| text.map(str::to_owned)).collect())
    };
    let numbers = |name: &str| -> PolarsResult<Vec<Option<u32>>> { Ok(frame.column(name)?.u32()?.iter().collect()) };
    let (paths, states, reasons) = (texts("path")?, texts("state")?, texts("reason")?);
    let (bisections, problems, lines) = (numbers("bisections")?, numbers("problems")?, numbers("line")?);
    let rows = paths.into_iter().zip(states).zip(reasons).enumerate().map(|(i, ((path, state), reason))| Row {
        path: path.unwrap_or_default(),
        state: state.unwrap_or_default(),
        bisections: bisections[i].unwrap_or_default(),
        problems: problems[i].unwrap_or_default(),
        line: lines[i],
        reason,
    });
    Ok(rows.collect())
}
