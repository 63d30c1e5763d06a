//! The rules as SARIF describes them: all of them, so that an alert can close when its rule finds nothing any more.

use serde_json::Value;
use serde_sarif::sarif::{MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor};

use crate::analysis::finding::RuleName;
use crate::analysis::words::cut;
use crate::finding::{Docs, RULES};

use super::codes::{CODES, DEMAND};

/// Characters of a description that GitHub takes.
const DESCRIPTION: usize = 1024;

/// The descriptors; a result points to one by [`index`].
pub(super) fn descriptors() -> Vec<ReportingDescriptor> {
    described().map(|(name, docs)| descriptor(name, docs)).collect()
}

/// The place of a rule among the descriptors.
pub(super) fn index(rule: RuleName) -> Option<usize> {
    described().position(|(name, _)| name == rule)
}

/// What results can be: unmet demands and the rules' findings.
fn described() -> impl Iterator<Item = (RuleName, &'static Docs)> {
    let demand = CODES.iter().filter(|code| code.name == DEMAND).map(|code| (code.name, &code.docs));
    demand.chain(RULES.iter().map(|rule| (rule.name, &rule.docs)))
}

fn descriptor(name: RuleName, docs: &Docs) -> ReportingDescriptor {
    let (page, summary) = (docs.text(), docs.summary());
    let level = if name == DEMAND { "error" } else { "warning" };
    let what = page.split("\n# What\n").nth(1).and_then(|rest| rest.split("\n\n# ").next());
    ReportingDescriptor::builder()
        .id(name.code)
        .name(name.name)
        .short_description(message(&cut(&summary, DESCRIPTION)))
        .full_description(message(&cut(what.unwrap_or(&summary).trim(), DESCRIPTION)))
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
