//! `titles`: one row a crash title of a bisection, most frequent first.
//!
//! | column | type | null | meaning |
//! |---|---|---|---|
//! | bisection | text | never | key |
//! | title | text | for crashes without one | the title |
//! | crash_type | text | as `title` | its type |
//! | crashes | u32 | never | runs that show it |
//! | steps | u32 | never | steps that show it |
//! | at_origin | u32 | never | runs at the origin that show it |
//! | p_same_bug | f64 | where it never showed on the line | P(it is the reported bug) |
//! | anchor | bool | where nothing crashed on the line | it is the reported title |

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use crate::evidence::{Bisection, Title, TitleCount};

use super::frame;

/// Names and types, in order.
pub(crate) const COLUMNS: [(&str, DataType); 8] = [
    ("bisection", DataType::String),
    ("title", DataType::String),
    ("crash_type", DataType::String),
    ("crashes", DataType::UInt32),
    ("steps", DataType::UInt32),
    ("at_origin", DataType::UInt32),
    ("p_same_bug", DataType::Float64),
    ("anchor", DataType::Boolean),
];

/// The rows of a batch.
pub(super) fn build(batch: &[&Bisection]) -> PolarsResult<DataFrame> {
    let rows: Vec<(&str, TitleCount)> =
        batch.iter().flat_map(|b| b.title_counts().into_iter().map(move |count| (b.id.as_str(), count))).collect();
    let number = |name: &str, of: fn(&TitleCount) -> u32| {
        Column::new(name.into(), rows.iter().map(|(_, count)| of(count)).collect::<Vec<_>>())
    };
    frame(vec![
        Column::new("bisection".into(), rows.iter().map(|(id, _)| *id).collect::<Vec<_>>()),
        Column::new("title".into(), rows.iter().map(|(_, c)| c.title.as_ref().map(Title::as_str)).collect::<Vec<_>>()),
        number("crashes", |count| count.crashes),
        number("steps", |count| count.steps),
        number("at_origin", |count| count.at_origin),
    ])
}
