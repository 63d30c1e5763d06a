//! Suppressions: what is known and may stay, with the reason, and until when.

use std::path::Path;

use jiff::civil::Date;
use toml::Spanned;

use crate::analysis::Analysis;
use crate::analysis::finding::{Fingerprint, Occurrence, RuleName};
use crate::evidence::{CommitId, clean_line};
use crate::gate::decision::{Because, Failure, Judged, SuppressedBy};

use super::error::PolicyError;
use super::file::SuppressTable;
use super::layer::Which;
use super::paths::Paths;
use super::text::PolicyText;

/// The demands, which can be suppressed as rules can.
const DEMANDS: [&str; 6] = ["p-right", "p-named", "credible-commits", "cannot-tell", "regression", "unnamed"];

/// One entry.
#[derive(Clone, Debug)]
pub(super) struct Suppression {
    rule: Option<Target>,
    commit: Option<CommitId>,
    path: Option<Paths>,
    fingerprint: Option<Fingerprint>,
    reason: String,
    pub(super) because: Because,
}

/// What an entry is about.
#[derive(Clone, Debug)]
enum Target {
    Rule(Which),
    Demand(&'static str),
}

/// What could be suppressed: a finding or a demand that is not met.
pub(super) struct Candidate<'a> {
    /// The rule's code or the demand's name.
    pub(super) name: &'a str,
    pub(super) commit: Option<CommitId>,
    pub(super) path: &'a str,
    pub(super) fingerprint: Fingerprint,
}

impl<'a> Candidate<'a> {
    pub(super) fn occurrence(rule: RuleName, one: Occurrence, analysis: &'a Analysis) -> Self {
        Self { name: rule.code, commit: one.commit, path: &analysis.path, fingerprint: one.fingerprint }
    }

    pub(super) fn demand(failure: &Failure, analysis: &'a Analysis) -> Self {
        Self {
            name: failure.demand.name(),
            commit: failure.demand.commit(analysis),
            path: &analysis.path,
            fingerprint: failure.demand.fingerprint(analysis),
        }
    }
}

impl Suppression {
    /// Reads an entry.
    ///
    /// # Errors
    /// Without a reason or without anything that narrows it; when a name or a value is none; from the day on after it expires.
    pub(super) fn new(text: &PolicyText, table: &Spanned<SuppressTable>, today: Date) -> Result<Self, PolicyError> {
        let (span, entry) = (table.span(), table.get_ref());
        let reason = clean_line(entry.reason.get_ref().trim());
        if reason.is_empty() {
            let flaw = "the reason is blank, expected why this may stay";
            return Err(PolicyError::at(text, entry.reason.span(), flaw));
        }
        if entry.commit.is_none() && entry.path.is_none() && entry.fingerprint.is_none() {
            let flaw = "found none of `commit`, `path` and `fingerprint`, expected one: to allow a rule everywhere, set it in [rules]";
            return Err(PolicyError::at(text, span, flaw));
        }
        not_expired(text, entry, today)?;
        let because = text.entry(span.start, &format!("suppress {}", entry.words()));
        let path = entry.path.as_ref().map(|path| Paths::new(text, std::slice::from_ref(path)));
        Ok(Self {
            rule: entry.rule.as_ref().map(|name| Target::parse(text, name)).transpose()?,
            commit: entry.commit.as_ref().map(|commit| parse_commit(text, commit)).transpose()?,
            path: path.transpose()?,
            fingerprint: entry.fingerprint.as_ref().map(|print| parse_fingerprint(text, print)).transpose()?,
            reason,
            because,
        })
    }

    /// Whether the entry means this.
    pub(super) fn means(&self, candidate: &Candidate<'_>, folder: &Path) -> bool {
        let same = |commit: &CommitId| candidate.commit.is_some_and(|other| commit.matches(&other));
        self.rule.as_ref().is_none_or(|target| target.means(candidate.name))
            && self.commit.as_ref().is_none_or(same)
            && self.path.as_ref().is_none_or(|paths| paths.matches(candidate.path, folder))
            && self.fingerprint.is_none_or(|fingerprint| fingerprint == candidate.fingerprint)
    }

    /// Whether it means something of this bisection, counting or not.
    pub(super) fn serves(&self, judged: &Judged<'_>, folder: &Path) -> bool {
        let analysis = judged.analysis;
        let counting = judged.findings.iter().map(|ruled| ruled.finding);
        let findings = counting.chain(judged.suppressed.iter().map(|suppressed| suppressed.finding));
        let occurrences = findings.flat_map(|finding| finding.occurrences().map(|one| (finding.rule, one)));
        let failures = judged.failures.iter().chain(judged.excused.iter().map(|excused| &excused.failure));
        let mut candidates = occurrences
            .map(|(rule, one)| Candidate::occurrence(rule, one, analysis))
            .chain(failures.map(|failure| Candidate::demand(failure, analysis)));
        candidates.any(|candidate| self.means(&candidate, folder))
    }

    /// Whether its log is this one: its path fits, and its commit was tested or named. A fingerprint tells no log.
    pub(super) fn concerns(&self, analysis: &Analysis, folder: &Path) -> bool {
        let tested = analysis.steps.iter().map(|step| step.commit);
        let mut commits = tested.chain(analysis.named_culprit);
        (self.path.is_some() || self.commit.is_some())
            && self.path.as_ref().is_none_or(|paths| paths.matches(&analysis.path, folder))
            && self.commit.is_none_or(|commit| commits.any(|tested| commit.matches(&tested)))
    }

    /// As decisions say it.
    pub(super) fn by(&self) -> SuppressedBy {
        SuppressedBy::Policy { reason: self.reason.clone(), because: self.because.clone() }
    }
}

impl Target {
    fn parse(text: &PolicyText, name: &Spanned<String>) -> Result<Self, PolicyError> {
        let demand = DEMANDS.iter().find(|demand| **demand == name.get_ref());
        demand.map_or_else(|| Which::parse(text, name, &DEMANDS).map(Self::Rule), |demand| Ok(Self::Demand(demand)))
    }

    fn means(&self, name: &str) -> bool {
        match self {
            Self::Rule(Which::All) => true,
            Self::Rule(Which::One(rule)) => rule.code == name,
            Self::Demand(demand) => *demand == name,
        }
    }
}

impl SuppressTable {
    /// What it is about, in few words.
    fn words(&self) -> String {
        let parts = [&self.rule, &self.commit, &self.path, &self.fingerprint];
        parts.into_iter().flatten().map(|part| part.get_ref().as_str()).collect::<Vec<_>>().join(" ")
    }
}

fn not_expired(text: &PolicyText, entry: &SuppressTable, today: Date) -> Result<(), PolicyError> {
    let Some(expires) = &entry.expires else { return Ok(()) };
    let at = |flaw: String| PolicyError::at(text, expires.span(), flaw);
    let day: Date = expires.get_ref().to_string().parse().map_err(|error: jiff::Error| at(error.to_string()))?;
    if day < today {
        let what = entry.words();
        return Err(at(format!(
            "this suppression expired on {day} ({what}): look at it again, then renew or remove it"
        )));
    }
    Ok(())
}

fn parse_commit(text: &PolicyText, commit: &Spanned<String>) -> Result<CommitId, PolicyError> {
    CommitId::parse(commit.get_ref()).map_err(|error| {
        let flaw = format!("found {:?} ({error}), expected 7 to 64 hexadecimal digits", commit.get_ref());
        PolicyError::at(text, commit.span(), flaw)
    })
}

fn parse_fingerprint(text: &PolicyText, print: &Spanned<String>) -> Result<Fingerprint, PolicyError> {
    Fingerprint::parse(print.get_ref()).ok_or_else(|| {
        let flaw = format!("found {:?}, expected a fingerprint: 16 hexadecimal digits", print.get_ref());
        PolicyError::at(text, print.span(), flaw)
    })
}
