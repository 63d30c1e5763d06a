//! `gaps`: one row a gap between neighbours on the line, old to new. A model makes them.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | bisection | text | key |
//! | after | text | hash of the older neighbour, excluded; null before the oldest tested revision |
//! | upto | text | hash of the newer neighbour, included; null after the newest |
//! | commits | u64 | how many commits the change could be; null at both ends |
//! | commits_exact | bool | the number follows from git's own counts |
//! | posterior | f64 | P(the reported bug's change is here) |
//! | posterior_any | f64 | the same when any crash counts as the bug |
//! | credible | bool | the gap belongs to the credible set |

use polars::prelude::DataType;

/// Names and types, in order.
pub const COLUMNS: [(&str, DataType); 8] = [
    ("bisection", DataType::String),
    ("after", DataType::String),
    ("upto", DataType::String),
    ("commits", DataType::UInt64),
    ("commits_exact", DataType::Boolean),
    ("posterior", DataType::Float64),
    ("posterior_any", DataType::Float64),
    ("credible", DataType::Boolean),
];
