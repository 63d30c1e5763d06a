//! What a suspicious decision is. The rules that find them come later, in the stage `finding`.

use std::fmt;

use serde::{Serialize, Serializer};
use xxhash_rust::xxh3::xxh3_64;

use crate::evidence::{CommitId, Line, Role, Title, file_name};
use crate::history::Command;
use crate::prob::Prob;

use super::Analysis;

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
    #[doc(hidden)]
    pub const ALL: [Self; 3] = [Self::Note, Self::Warning, Self::Error];

    /// By the probability that something is wrong: a warning from `doubt` on, an error from `wrong` on. Nothing is known of
    /// what no model covers: a warning.
    #[doc(hidden)]
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

/// How many findings there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Severities([u64; Severity::ALL.len()]);

impl Severities {
    /// How many there are of one.
    #[must_use]
    pub fn of(self, severity: Severity) -> u64 {
        let known = Severity::ALL.into_iter().zip(self.0);
        known.filter(|(known, _)| *known == severity).map(|(_, number)| number).sum()
    }

    /// The worst of which there is one.
    #[must_use]
    pub fn worst(self) -> Option<Severity> {
        Severity::ALL.into_iter().rev().find(|severity| self.of(*severity) > 0)
    }
}

impl FromIterator<Severity> for Severities {
    fn from_iter<I: IntoIterator<Item = Severity>>(severities: I) -> Self {
        let mut numbers = [0; Severity::ALL.len()];
        for severity in severities {
            for (known, number) in Severity::ALL.into_iter().zip(&mut numbers) {
                *number += u64::from(known == severity);
            }
        }
        Self(numbers)
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A suspicious decision.
#[non_exhaustive]
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
    /// What to do next.
    pub next: Option<Remedy>,
    /// The figures behind it.
    #[doc(hidden)]
    pub figures: Vec<Figure>,
    /// What to say below the quoted line.
    #[doc(hidden)]
    pub label: String,
    /// More lines to look at.
    #[doc(hidden)]
    pub places: Vec<Place>,
    /// Where else the rule fired in this bisection: this finding stands for them too.
    #[doc(hidden)]
    pub more: Vec<Occurrence>,
    /// Other rules that fired for the same cause.
    #[doc(hidden)]
    pub also: Vec<RuleName>,
    /// Names the finding: the same when lines move, other when its cause is another.
    #[doc(hidden)]
    pub fingerprint: Fingerprint,
}

impl Finding {
    /// A finding about a line of the log and nothing besides.
    #[doc(hidden)]
    #[must_use]
    pub fn new(rule: RuleName, severity: Severity, line: Line, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity,
            step: None,
            line,
            commit: None,
            message: message.into(),
            p: None,
            next: None,
            figures: Vec::new(),
            label: String::new(),
            places: Vec::new(),
            more: Vec::new(),
            also: Vec::new(),
            fingerprint: Fingerprint(u64::from(line.0)),
        }
    }

    /// Everywhere it stands for: what it is about itself, then the others.
    pub(crate) fn occurrences(&self) -> impl Iterator<Item = Occurrence> {
        let own = Occurrence { line: self.line, commit: self.commit, fingerprint: self.fingerprint };
        std::iter::once(own).chain(self.more.iter().copied())
    }
}

/// What to do: words, a command, or both. As text, the command stands behind a colon.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Remedy {
    /// An instruction; empty where the command says it all.
    #[doc(hidden)]
    pub advice: String,
    /// The command that does it.
    #[doc(hidden)]
    pub command: Option<Command>,
    /// Whether it is to run more of what can be tested: `next` says it better.
    #[doc(hidden)]
    pub is_runs: bool,
}

impl Remedy {
    /// Words and the command that does what they say.
    #[doc(hidden)]
    #[must_use]
    pub fn with(advice: impl Into<String>, command: Command) -> Self {
        Self { advice: advice.into(), command: Some(command), is_runs: false }
    }

    /// The same of one that asks for runs.
    #[doc(hidden)]
    #[must_use]
    pub fn runs(self) -> Self {
        Self { is_runs: true, ..self }
    }
}

impl From<String> for Remedy {
    fn from(advice: String) -> Self {
        Self { advice, command: None, is_runs: false }
    }
}

impl From<&str> for Remedy {
    fn from(advice: &str) -> Self {
        advice.to_owned().into()
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.command {
            None => f.write_str(&self.advice),
            Some(command) if self.advice.is_empty() => command.fmt(f),
            Some(command) => write!(f, "{}: {command}", self.advice),
        }
    }
}

impl Serialize for Remedy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One time that a rule fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Occurrence {
    /// The line of the log.
    pub line: Line,
    /// The revision that it is about.
    pub commit: Option<CommitId>,
    /// Names it, as [`Finding::fingerprint`] does.
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
    /// The line of the log, from 1 on.
    pub line: Line,
    /// What to see there.
    pub label: String,
}

/// A hash of what a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub u64);

/// What a bisection is known by.
pub(crate) struct Known<'a> {
    log: &'a str,
    origin: String,
    title: &'a str,
}

impl<'a> Known<'a> {
    pub(crate) fn of(analysis: &'a Analysis) -> Self {
        let tests = analysis.evidence.steps.iter().filter(|step| step.role == Role::Origin);
        let title = tests.flat_map(|step| &step.runs).find_map(|run| run.outcome.title());
        Self {
            log: file_name(&analysis.bisection).unwrap_or(&analysis.bisection),
            origin: analysis.origin.map(|commit| commit.to_string()).unwrap_or_default(),
            title: title.map_or("", Title::as_str),
        }
    }
}

impl Fingerprint {
    /// Of what is said about a bisection. A bisection is known by its file's name, the revision where the crash was reported
    /// and the first crash there: by nothing that changes when lines or folders move, and by more than a name that every log
    /// of an archive may have.
    #[doc(hidden)]
    #[must_use]
    pub fn of(analysis: &Analysis, about: &[&str]) -> Self {
        Self::said_of(&Known::of(analysis), about)
    }

    /// Of what is said about a test, whichever revisions it was run at.
    #[must_use]
    pub fn of_test(name: &str, about: &[&str]) -> Self {
        let log = file_name(name).unwrap_or(name);
        Self::said_of(&Known { log, origin: String::new(), title: "" }, about)
    }

    /// The same for one of many.
    pub(crate) fn said_of(known: &Known<'_>, about: &[&str]) -> Self {
        let Known { log, origin, title } = known;
        let parts = [&[*log, origin.as_str(), *title], about].concat();
        Self(xxh3_64(parts.join("\0").as_bytes()))
    }

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
