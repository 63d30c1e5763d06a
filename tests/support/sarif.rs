//! What SARIF must hold to.

use std::fs;

use serde_json::Value;

use super::root;

/// The official schema of SARIF 2.1.0, which OASIS publishes under the address in its `$id`.
pub fn schema() -> jsonschema::Validator {
    let schema = fs::read_to_string(root().join("tests/sarif-2.1.0.json")).unwrap();
    // One pattern has a bracket that strict engines refuse.
    let schema = schema.replace("{2}]?$", "{2}\\\\]?$");
    jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap()
}

/// What is wrong with a value, each with its place.
pub fn errors(schema: &jsonschema::Validator, value: &Value) -> Vec<String> {
    schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}
