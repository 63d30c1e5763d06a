//! What formats tell that no rule finds. Each has a page like a rule's.

use crate::analysis::finding::RuleName;
use crate::finding::Docs;

/// A code that is no rule's.
pub struct Code {
    /// Its code and name.
    pub name: RuleName,
    /// Its page.
    pub docs: Docs,
}

/// An unmet demand of the policy.
pub(super) const DEMAND: RuleName = RuleName { code: "BS001", name: "unmet-demand" };
/// An input that could not be read, where a format needs a code for it.
pub(super) const UNREAD: RuleName = RuleName { code: "BS002", name: "unread-input" };

/// All of them.
pub static CODES: [Code; 2] = [
    Code { name: DEMAND, docs: Docs::Markdown(include_str!("codes/unmet-demand.md")) },
    Code { name: UNREAD, docs: Docs::Markdown(include_str!("codes/unread-input.md")) },
];
