//! The rules as SARIF describes them: all of them, so that an alert can close when its rule finds nothing any more.

use serde_json::Value;
use serde_sarif::sarif::{MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor};

use crate::analysis::finding::RuleName;
use crate::finding::RULES;

use super::notice::DEMAND;
use super::words::cut;

/// Characters of a description that GitHub takes.
const DESCRIPTION: usize = 1024;

/// The page of [`DEMAND`], in the form of a rule's.
const DEMAND_PAGE: &str = "\
The bisection does not meet a demand of the policy.

# What
The policy asks a bisection for a smallest probability that the named commit is right (`p_right`, `p_named`), or for a
largest number of commits among which the change could be; this one does not reach it.

# Why it matters
A result below the demand is likely to be mailed to the wrong person.

# What to do
Run the doubtful revisions again, or resume the bisection where the evidence points, and look at the other findings of the
same log: they say why the figure is low.

# Limits
The figures are those of `bisectstat analyze`; the demands stand in the policy.
";

/// The descriptors; a result points to one by [`index`].
pub(super) fn descriptors() -> Vec<ReportingDescriptor> {
    let demand = descriptor(DEMAND, DEMAND_PAGE, "The bisection does not meet a demand of the policy.");
    let rules = RULES.iter().map(|rule| descriptor(rule.name, &rule.docs.text(), &rule.docs.summary()));
    std::iter::once(demand).chain(rules).collect()
}

/// The place of a rule among the descriptors.
pub(super) fn index(rule: RuleName) -> Option<usize> {
    let codes = std::iter::once(DEMAND.code).chain(RULES.iter().map(|rule| rule.name.code));
    codes.into_iter().position(|code| code == rule.code)
}

fn descriptor(name: RuleName, page: &str, summary: &str) -> ReportingDescriptor {
    let level = if name == DEMAND { "error" } else { "warning" };
    let what = page.split("\n# What\n").nth(1).and_then(|rest| rest.split("\n\n# ").next());
    ReportingDescriptor::builder()
        .id(name.code)
        .name(name.name)
        .short_description(message(&cut(summary, DESCRIPTION)))
        .full_description(message(&cut(what.unwrap_or(summary).trim(), DESCRIPTION)))
        .help(MultiformatMessageString::builder().text(page.trim()).markdown(page.trim()).build())
        .default_configuration(ReportingConfiguration::builder().level(Value::from(level)).build())
        .properties(properties(level))
        .build()
}

fn message(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

fn properties(level: &str) -> PropertyBag {
    let entries = [("precision", "medium"), ("problem.severity", level)];
    let entries = entries.map(|(key, value)| (key.to_owned(), Value::from(value)));
    PropertyBag::builder()
        .tags(["bisection", "flaky"].map(str::to_owned).to_vec())
        .additional_properties(std::collections::BTreeMap::from(entries))
        .build()
}
