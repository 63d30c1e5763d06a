//! What commands print that know text and JSON alone.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// What to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Reads a format; `json` tells in the help what the JSON is.
pub(super) fn format(json: &'static str) -> impl TypedValueParser<Value = Format> {
    let names = [PossibleValue::new("text").help("For people"), PossibleValue::new("json").help(json)];
    PossibleValuesParser::new(names).map(|name| if name == "json" { Format::Json } else { Format::Text })
}
