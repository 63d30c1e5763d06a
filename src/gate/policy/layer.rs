//! Settings in layers: what an override says goes before what the file says, and that before the default.

use std::collections::BTreeMap;

use toml::{Spanned, Table, Value};

use crate::analysis::finding::{Finding, RuleName, Severity};
use crate::finding::{RULES, rule};
use crate::gate::decision::{Because, Leniency, Level};
use crate::prob::Prob;

use super::error::{PolicyError, unknown_name};
use super::file::{Action, Most, RuleSetting, Severities, Unnamed};
use super::text::{PolicyText, Set};

/// Every rule.
pub(super) const ALL: &str = "all";

/// What one table says; what is missing is left to the layers below.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) p_right: Option<Set<Prob>>,
    pub(super) p_named: Option<Set<Prob>>,
    pub(super) credible_commits: Option<Set<Most>>,
    pub(super) cannot_tell: Option<Set<Leniency>>,
    pub(super) regression: Option<Set<Prob>>,
    pub(super) unnamed: Option<Set<Unnamed>>,
    pub(super) min_p: Option<Set<Prob>>,
    pub(super) rules: BTreeMap<Which, Set<RuleSetting>>,
    pub(super) severity: BTreeMap<Severity, Set<Action>>,
    /// By rule and key.
    pub(super) limits: SetLimits,
}

/// The tables of limits as a file has them.
pub(super) type LimitTables = BTreeMap<String, BTreeMap<String, Spanned<Value>>>;

/// A limit is known by its rule and its key.
pub(super) type SetLimits = BTreeMap<(String, String), Set<Value>>;

/// Each limit with its line. No limit is negative; one above all values is never reached.
pub(super) fn limits(text: &PolicyText, tables: &LimitTables) -> Result<SetLimits, PolicyError> {
    let mut limits = SetLimits::new();
    for (rule, keys) in tables {
        for (key, value) in keys {
            let refused = value.get_ref().as_float().filter(|limit| limit.is_nan() || *limit < 0.0);
            if let Some(limit) = refused {
                let flaw = format!("found {limit:?}, expected a limit of 0 or more");
                return Err(PolicyError::at(text, value.span(), flaw));
            }
            let set = text.set(&format!("limits.{rule}.{key}"), value.clone());
            limits.insert((rule.clone(), key.clone()), set);
        }
    }
    Ok(limits)
}

/// One rule, or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Which {
    One(RuleName),
    All,
}

impl Which {
    /// The rule of this code or name.
    pub(super) fn parse(text: &PolicyText, name: &Spanned<String>, also: &[&str]) -> Result<Self, PolicyError> {
        match (name.get_ref().as_str(), rule(name.get_ref())) {
            (ALL, _) => Ok(Self::All),
            (_, Some(rule)) => Ok(Self::One(rule.name)),
            (unknown, None) => {
                let known: Vec<&str> = RULES.iter().flat_map(|rule| [rule.name.name, rule.name.code]).collect();
                let known = [&known, also, &[ALL]].concat();
                Err(PolicyError::at(text, name.span(), unknown_name("rule", unknown, &known)))
            }
        }
    }
}

/// The table `rules`: a rule by its code or its name, not by both.
pub(super) fn rules(
    text: &PolicyText,
    table: &BTreeMap<Spanned<String>, Spanned<RuleSetting>>,
) -> Result<BTreeMap<Which, Set<RuleSetting>>, PolicyError> {
    let mut rules = BTreeMap::new();
    for (name, setting) in table {
        let set = text.set(&format!("rules.{}", name.get_ref()), setting.clone());
        if rules.insert(Which::parse(text, name, &[])?, set).is_some() {
            let flaw = format!("the rule `{}` is set twice, by its code and by its name", name.get_ref());
            return Err(PolicyError::at(text, name.span(), flaw));
        }
    }
    Ok(rules)
}

impl Severities {
    pub(super) fn set(&self, text: &PolicyText) -> BTreeMap<Severity, Set<Action>> {
        let keys = [(Severity::Error, &self.error), (Severity::Warning, &self.warning), (Severity::Note, &self.note)];
        let set = keys.into_iter().filter_map(|(severity, action)| {
            let action = text.set(&format!("severity.{}", severity.name()), action.clone()?);
            Some((severity, action))
        });
        set.collect()
    }
}

/// The layers that hold for one log, the most special first.
pub(super) struct Layers<'p>(pub(super) Vec<&'p Layer>);

impl<'p> Layers<'p> {
    /// What the first layer says that says something.
    pub(super) fn first<T>(&self, key: impl Fn(&'p Layer) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(|layer| key(layer))
    }

    /// What a finding counts for; `None` when it is allowed.
    pub(super) fn level(&self, finding: &Finding) -> (Option<Level>, Because) {
        let Some(set) = self.first(|layer| layer.setting(finding)) else {
            return (Some(Level::Warn), Because("no setting".to_owned()));
        };
        let least = match set.value.min_p {
            Some(p) => Some(Set { value: p, because: set.because.clone() }),
            None => self.first(|layer| layer.min_p.clone()),
        };
        match (set.value.level, least) {
            (Action::Allow, _) => (None, set.because),
            (Action::Warn, _) => (Some(Level::Warn), set.because),
            (Action::Deny, Some(least)) if finding.p.is_some_and(|p| p < least.value) => {
                (Some(Level::Warn), least.because)
            }
            (Action::Deny, _) => (Some(Level::Deny), set.because),
        }
    }

    /// The limits of the rules, layer upon layer.
    pub(super) fn limits(&self) -> Table {
        let mut tables = Table::new();
        for ((rule, key), set) in self.set_limits() {
            let table = tables.entry(rule.clone()).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(table) = table {
                table.insert(key.clone(), set.value.clone());
            }
        }
        tables
    }

    /// The limits that are set, of each the most special setting.
    pub(super) fn set_limits(&self) -> BTreeMap<&'p (String, String), &'p Set<Value>> {
        self.0.iter().rev().flat_map(|layer| &layer.limits).collect()
    }
}

impl Layer {
    /// By the rule, else by `all`, else by the severity.
    fn setting(&self, finding: &Finding) -> Option<Set<RuleSetting>> {
        let rule = self.rules.get(&Which::One(finding.rule)).or_else(|| self.rules.get(&Which::All));
        let severity =
            || Some(self.severity.get(&finding.severity)?.clone().map(|level| RuleSetting { level, min_p: None }));
        rule.cloned().or_else(severity)
    }
}
