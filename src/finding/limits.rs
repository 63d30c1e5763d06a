//! Limits that several rules share.

use serde::Deserialize;

/// By the probability that the finding matters.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Doubt {
    /// From here on it is a warning.
    pub doubt: f64,
    /// From here on it is an error.
    pub wrong: f64,
}

impl Default for Doubt {
    fn default() -> Self {
        Self { doubt: 0.4, wrong: 0.5 }
    }
}

/// Of rules that have none.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoLimits {}

/// Of rules that warn and never condemn.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Suspicion {
    /// The probability that the finding matters from which it is a warning.
    pub doubt: f64,
}

impl Default for Suspicion {
    fn default() -> Self {
        Self { doubt: 0.4 }
    }
}
