//! The rules as SARIF describes them: all of them, so that an alert can close when its rule finds nothing any more.

use crate::analysis::finding::RuleName;
use crate::analysis::words::cut;
use crate::finding::{Docs, RULES};

use super::codes::{CODES, DEMAND};
use super::sarif_types::{Configuration, Descriptor, Help, Message, Precision};

/// Characters of a description that GitHub takes.
const DESCRIPTION: usize = 1024;

/// The descriptors; a result points to one by [`index`].
pub(super) fn descriptors() -> Vec<Descriptor> {
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

fn descriptor(name: RuleName, docs: &Docs) -> Descriptor {
    let (page, summary) = (docs.text(), docs.summary());
    let level = if name == DEMAND { "error" } else { "warning" };
    let what = page.split("\n# What\n").nth(1).and_then(|rest| rest.split("\n\n# ").next());
    let cut = |text: &str| Message { text: cut(text, DESCRIPTION) };
    Descriptor {
        default_configuration: Configuration { level },
        full_description: cut(what.unwrap_or(&summary).trim()),
        help: Help { markdown: page.trim().to_owned(), text: page.trim().to_owned() },
        id: name.code,
        name: name.name,
        properties: Precision { tags: ["bisection", "flaky"], precision: "medium", severity: level },
        short_description: cut(&summary),
    }
}
