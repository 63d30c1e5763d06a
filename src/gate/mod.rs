//! Findings → a decision: does this result pass? [`decision`] holds what was decided, and everything that leaves the
//! program — text, JSON, SARIF, annotations — is drawn from it.

pub mod decision;
pub mod format;
