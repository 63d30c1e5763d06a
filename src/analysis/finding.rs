//! What a suspicious decision is. The rules that find them come later, in the stage `finding`.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::evidence::{CommitId, Line};
use crate::prob::Prob;

/// The code and name of a rule. Codes are never used again for another rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct RuleName {
    /// `BS201`.
    #[serde(rename = "rule")]
    pub code: &'static str,
    /// `single-crash-verdict`.
    pub name: &'static str,
}

/// How bad it is when it is true; how likely that is stands in [`Finding::p`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the result does not depend on it.
    Note,
    /// The result may be wrong because of it.
    Warning,
    /// The result hangs on it.
    Error,
}

impl Severity {
    /// All of them, least first.
    pub const ALL: [Self; 3] = [Self::Note, Self::Warning, Self::Error];

    /// By the probability that something is wrong: a warning from `doubt` on, an error from `wrong` on. Nothing is known of
    /// what no model covers: a warning.
    #[must_use]
    pub fn of(p: Option<Prob>, doubt: f64, wrong: f64) -> Self {
        match p.map(Prob::value) {
            Some(p) if p >= wrong => Self::Error,
            Some(p) if p < doubt => Self::Note,
            _ => Self::Warning,
        }
    }

    /// The name used in frames and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A suspicious decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The rule that found it.
    #[serde(flatten)]
    pub rule: RuleName,
    /// How bad it is.
    pub severity: Severity,
    /// The step that it is about.
    pub step: Option<usize>,
    /// The line of the log to look at.
    pub line: Line,
    /// The revision that it is about.
    pub commit: Option<CommitId>,
    /// What is wrong, and why: one sentence or two.
    pub message: String,
    /// P(it matters), as the rule's page defines it; missing where nothing is uncertain.
    pub p: Option<Prob>,
    /// What to do next: an instruction, with commands where there are some.
    pub next: Option<String>,
    /// The figures behind it.
    pub figures: Vec<Figure>,
    /// What to say below the quoted line.
    pub label: String,
    /// More lines to look at.
    pub places: Vec<Place>,
    /// Other rules that fired for the same cause.
    pub also: Vec<RuleName>,
    /// Names the finding: the same when lines move, other when its cause is another.
    pub fingerprint: Fingerprint,
}

/// One number behind a finding.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// As in `p_named`, `crashes`.
    pub name: &'static str,
    /// Its value; counts and probabilities alike.
    pub value: f64,
}

/// A line of the log with a word on it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place {
    /// The line.
    pub line: Line,
    /// What to see there.
    pub label: String,
}

/// A hash of what a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// Reads what [`fmt::Display`] writes: 16 lower-case hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        digits.then(|| u64::from_str_radix(text, 16).ok().map(Self)).flatten()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
