//! Findings → a decision: does this result pass? [`policy`] says what is demanded, [`judge`] compares, [`decision`] holds
//! what was decided, and everything that leaves the program — text, JSON, SARIF, annotations — is drawn from it
//! ([`mod@format`]).

pub mod baseline;
pub mod decision;
pub mod format;
pub mod judge;
pub mod policy;
