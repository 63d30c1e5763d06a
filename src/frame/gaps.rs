//! `gaps`: one row a gap between neighbours on the line, old to new. A model makes them.
//!
//! | column | type | null | meaning |
//! |---|---|---|---|
//! | bisection | text | never | key |
//! | after | text | before the oldest tested revision | hash of the older neighbour, excluded |
//! | upto | text | after the newest | hash of the newer neighbour, included |
//! | commits | u64 | at both ends, and where nobody has counted | how many commits the change could be |
//! | commits_exact | bool | never | the number follows from git's own counts |
//! | posterior | f64 | where nothing crashed on the line | P(the reported bug's change is here) |
//! | posterior_any | f64 | where nothing crashed on the line | the same when any crash counts as the bug |
//! | credible | bool | never | the gap belongs to the credible set |

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use crate::analysis::{Analysis, GapAnalysis};
use crate::prob::Prob;

use super::frame;

/// Names and types, in order.
pub(crate) const COLUMNS: [(&str, DataType); 8] = [
    ("bisection", DataType::String),
    ("after", DataType::String),
    ("upto", DataType::String),
    ("commits", DataType::UInt64),
    ("commits_exact", DataType::Boolean),
    ("posterior", DataType::Float64),
    ("posterior_any", DataType::Float64),
    ("credible", DataType::Boolean),
];

/// The rows of a batch.
pub(super) fn build(analyses: &[Analysis]) -> PolarsResult<DataFrame> {
    let gaps: Vec<(&str, &GapAnalysis)> =
        analyses.iter().flat_map(|a| a.gaps.iter().map(move |gap| (a.bisection.as_str(), gap))).collect();
    let text = |name: &str, of: fn(&GapAnalysis) -> Option<String>| {
        Column::new(name.into(), gaps.iter().map(|(_, gap)| of(gap)).collect::<Vec<_>>())
    };
    let chance = |name: &str, of: fn(&GapAnalysis) -> Option<Prob>| {
        Column::new(name.into(), gaps.iter().map(|(_, gap)| of(gap).map(Prob::value)).collect::<Vec<_>>())
    };
    frame(vec![
        Column::new("bisection".into(), gaps.iter().map(|(id, _)| *id).collect::<Vec<_>>()),
        text("after", |gap| gap.after.map(|commit| commit.to_string())),
        text("upto", |gap| gap.upto.map(|commit| commit.to_string())),
        Column::new("commits".into(), gaps.iter().map(|(_, gap)| gap.commits).collect::<Vec<_>>()),
        Column::new("commits_exact".into(), gaps.iter().map(|(_, gap)| gap.commits_exact).collect::<Vec<_>>()),
        chance("posterior", |gap| gap.posterior),
        chance("posterior_any", |gap| gap.posterior_any),
        Column::new("credible".into(), gaps.iter().map(|(_, gap)| gap.credible).collect::<Vec<_>>()),
    ])
}
