//! The keys of a policy's file, as TOML has them.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Unexpected, Visitor};
use toml::Spanned;
use toml::value::Date;

use crate::finding::Limits;
use crate::gate::decision::Leniency;
use crate::prob::Prob;

use super::error::PolicyError;
use super::layer::{Layer, LimitTables, limits, rules};
use super::options::OptionsTable;
use super::text::PolicyText;

/// The keys that the file and its overrides share, and more.
macro_rules! settings {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $key:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, Default, Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub(super) struct $name {
            $($(#[$doc])* pub(super) $key: $type,)*
            p_right: Option<Spanned<Chance>>,
            p_named: Option<Spanned<Chance>>,
            credible_commits: Option<Spanned<Most>>,
            cannot_tell: Option<Spanned<Lenient>>,
            regression: Option<Spanned<Chance>>,
            unnamed: Option<Spanned<Unnamed>>,
            min_p: Option<Spanned<Chance>>,
            rules: BTreeMap<Spanned<String>, Spanned<RuleSetting>>,
            severity: Severities,
            /// Checked here and read from [`LimitsOfFile`], which tells what is set.
            limits: Limits,
        }

        impl $name {
            /// What it says; `tables` are its limits once more, with their lines.
            pub(super) fn layer(&self, text: &PolicyText, tables: &LimitTables) -> Result<Layer, PolicyError> {
                let chance = |key: &str, value: &Option<Spanned<Chance>>| {
                    value.clone().map(|value| text.set(key, value).map(|chance| chance.0))
                };
                Ok(Layer {
                    p_right: chance("p-right", &self.p_right),
                    p_named: chance("p-named", &self.p_named),
                    credible_commits: self.credible_commits.clone().map(|most| text.set("credible-commits", most)),
                    cannot_tell: self.cannot_tell.clone().map(|level| text.set("cannot-tell", level).map(Leniency::from)),
                    regression: chance("regression", &self.regression),
                    unnamed: self.unnamed.clone().map(|unnamed| text.set("unnamed", unnamed)),
                    min_p: chance("min-p", &self.min_p),
                    rules: rules(text, &self.rules)?,
                    severity: self.severity.set(text),
                    limits: limits(text, tables)?,
                })
            }
        }
    };
}

settings! {
    /// The whole file.
    File {
        allow_empty: bool,
        baseline: Option<String>,
        /// For whoever runs commands: nothing of it is a demand.
        options: OptionsTable,
        #[serde(rename = "override")]
        overrides: Vec<Spanned<OverrideTable>>,
        suppress: Vec<Spanned<SuppressTable>>,
    }
}

settings! {
    /// Other settings for some logs.
    OverrideTable {
        paths: Vec<Spanned<String>>,
    }
}

/// The limits of the file and of its overrides, once more: what is set, and in which line.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LimitsOfFile {
    pub(super) limits: LimitTables,
    #[serde(rename = "override")]
    pub(super) overrides: Vec<LimitsOfOverride>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LimitsOfOverride {
    pub(super) limits: LimitTables,
}

/// What is known and may stay.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SuppressTable {
    pub(super) rule: Option<Spanned<String>>,
    pub(super) commit: Option<Spanned<String>>,
    pub(super) path: Option<Spanned<String>>,
    pub(super) fingerprint: Option<Spanned<String>>,
    pub(super) reason: Spanned<String>,
    pub(super) expires: Option<Spanned<Date>>,
}

/// What findings count for by their severity.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Severities {
    pub(super) error: Option<Spanned<Action>>,
    pub(super) warning: Option<Spanned<Action>>,
    pub(super) note: Option<Spanned<Action>>,
}

/// What a finding counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Action {
    Deny,
    Warn,
    Allow,
}

/// What a bisection counts for that names no commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Unnamed {
    Pass,
    Fail,
}

/// What a bisection counts for whose runs cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Lenient {
    Pass,
    Warn,
    Fail,
}

impl From<Lenient> for Leniency {
    fn from(lenient: Lenient) -> Self {
        match lenient {
            Lenient::Pass => Self::Pass,
            Lenient::Warn => Self::Warn,
            Lenient::Fail => Self::Fail,
        }
    }
}

/// A number from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Chance(pub(super) Prob);

impl<'de> Deserialize<'de> for Chance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ChanceVisitor;
        impl Visitor<'_> for ChanceVisitor {
            type Value = Chance;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number from 0 to 1")
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Chance, E> {
                Prob::new(number).map(Chance).map_err(|_| E::invalid_value(Unexpected::Float(number), &self))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Chance, E> {
                match number {
                    0 => Ok(Chance(Prob::ZERO)),
                    1 => Ok(Chance(Prob::ONE)),
                    _ => Err(E::invalid_value(Unexpected::Signed(number), &self)),
                }
            }
        }
        deserializer.deserialize_any(ChanceVisitor)
    }
}

/// How many may be credible: a number, or `"any"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Most {
    Any,
    Commits(u64),
}

impl<'de> Deserialize<'de> for Most {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MostVisitor;
        impl Visitor<'_> for MostVisitor {
            type Value = Most;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of commits, or \"any\"")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Most, E> {
                let commits = u64::try_from(number).map(Most::Commits);
                commits.map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Most, E> {
                Ok(Most::Commits(number))
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Most, E> {
                (word == "any").then_some(Most::Any).ok_or_else(|| E::invalid_value(Unexpected::Str(word), &self))
            }
        }
        deserializer.deserialize_any(MostVisitor)
    }
}

/// What the findings of a rule count for: `"deny"`, or `{ level = "deny", min-p = 0.8 }`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RuleSetting {
    pub(super) level: Action,
    /// Denied findings that matter with less only warn.
    pub(super) min_p: Option<Prob>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RuleTable {
    level: Action,
    min_p: Option<Chance>,
}

impl<'de> Deserialize<'de> for RuleSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RuleVisitor;
        impl<'de> Visitor<'de> for RuleVisitor {
            type Value = RuleSetting;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"deny\", \"warn\", \"allow\", or { level = \"…\", min-p = … }")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<RuleSetting, E> {
                let level = Action::deserialize(de::value::StrDeserializer::new(word))?;
                Ok(RuleSetting { level, min_p: None })
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<RuleSetting, M::Error> {
                let RuleTable { level, min_p } = RuleTable::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RuleSetting { level, min_p: min_p.map(|p| p.0) })
            }
        }
        deserializer.deserialize_any(RuleVisitor)
    }
}
