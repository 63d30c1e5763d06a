//! `findings`: one row a finding. Empty until rules fill it.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | bisection, finding | text, u32 | key |
//! | rule, name | text | code and name of the rule |
//! | severity | text | `error`, `warning`, `note` |
//! | step | u32 | the step |
//! | path, line | text, u32 | the file, and where to look |
//! | commit | text | hash of the revision |
//! | message | text | what, why, what next |
//! | p | f64 | P(it matters) |

use polars::prelude::DataType;

/// Names and types, in order.
pub const COLUMNS: [(&str, DataType); 11] = [
    ("bisection", DataType::String),
    ("finding", DataType::UInt32),
    ("rule", DataType::String),
    ("name", DataType::String),
    ("severity", DataType::String),
    ("step", DataType::UInt32),
    ("path", DataType::String),
    ("line", DataType::UInt32),
    ("commit", DataType::String),
    ("message", DataType::String),
    ("p", DataType::Float64),
];
