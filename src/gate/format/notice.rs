//! A decision as a flat list: what there is to say of one place in one log, worst first.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::analysis::Analysis;
use crate::analysis::finding::{Finding, Fingerprint, Remedy, RuleName, Severity};
use crate::analysis::words::{clean, cut};
use crate::evidence::{Line, Location};
use crate::gate::decision::{Because, Decision, Failure, Judged, Level, Outcome, Ruled, Suppressed};
use crate::gate::decision::{SuppressedBy, Unread};

use super::codes::DEMAND;
use super::place::{Quote, quotes};
use super::words::{NOTHING, advice};

/// Characters of a message that are kept.
const MESSAGE: usize = 1000;

/// What a notice counts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The gate fails for it.
    Denied,
    /// It is shown.
    Shown,
    /// The policy excuses it, for this reason.
    Excused(String),
    /// It is in the baseline.
    Known,
}

/// What there is to say of one place in one log. Its texts are clean.
#[derive(Clone, Debug)]
pub(super) struct Notice<'a> {
    pub(super) rule: RuleName,
    pub(super) severity: Severity,
    pub(super) standing: Standing,
    pub(super) analysis: &'a Analysis,
    /// Missing for a demand.
    pub(super) finding: Option<&'a Finding>,
    /// Missing for what the baseline holds, and where nothing is judged.
    pub(super) because: Option<&'a Because>,
    pub(super) line: Line,
    /// Missing when the log's text is not at hand.
    pub(super) quote: Option<Quote>,
    pub(super) label: String,
    pub(super) message: String,
    pub(super) next: Option<Remedy>,
    fingerprint: Fingerprint,
    /// Its number among those of this fingerprint, from 1.
    ordinal: usize,
}

impl Notice<'_> {
    /// Where it stands.
    pub(super) fn place(&self) -> Location<'_> {
        self.analysis.evidence.source.at(self.line)
    }

    /// Whether it counts.
    pub(super) fn counts(&self) -> bool {
        matches!(self.standing, Standing::Denied | Standing::Shown)
    }

    /// A stable name that no other notice has.
    pub(super) fn fingerprint(&self) -> String {
        format!("{}:{}", self.fingerprint, self.ordinal)
    }

    /// `BS201 single-crash-verdict`.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.rule.code, self.rule.name)
    }

    /// The message with the answer and what to do next.
    pub(super) fn advice(&self) -> String {
        let next = self.next.as_ref().map(|next| format!("\nnext: {next}")).unwrap_or_default();
        format!("{}\nanswer: {}{next}", self.message, self.analysis.answer.words())
    }

    fn rank(&self) -> (bool, Reverse<Severity>, Reverse<u64>) {
        let p = self.finding.and_then(|finding| finding.p).map_or(1.0, crate::prob::Prob::value);
        (!self.counts(), Reverse(self.severity), Reverse(p.to_bits()))
    }
}

/// A bisection with what there is to say of it, worst first.
pub(super) struct Told<'a> {
    pub(super) judged: &'a Judged<'a>,
    pub(super) notices: Vec<Notice<'a>>,
}

/// What a decision says of each bisection, in the order of the input.
pub(super) fn told<'a>(decision: &'a Decision<'a>) -> Vec<Told<'a>> {
    let gated = decision.policy.is_some();
    let of_one = |judged| Told { judged, notices: of_one(judged, gated) };
    let mut all: Vec<_> = decision.bisections.iter().map(of_one).collect();
    let source = |told: &Told<'a>| &told.judged.analysis.evidence.source;
    for file in all.chunk_by_mut(|a, b| source(a).shares_text(source(b))) {
        quote(file);
    }
    number(&mut all);
    all
}

/// Everything that a decision says of its bisections: what counts before what does not, the worst first.
pub(super) fn notices<'a>(decision: &'a Decision<'a>) -> Vec<Notice<'a>> {
    let mut notices: Vec<_> = told(decision).into_iter().flat_map(|told| told.notices).collect();
    notices.sort_by_key(Notice::rank);
    notices
}

impl Told<'_> {
    /// The same for who reads from top to bottom: advice is given once, and a line that several demands point to is quoted
    /// once.
    pub(super) fn listed(mut self) -> Self {
        let (mut advice, mut lines) = (HashSet::new(), HashSet::new());
        for notice in self.notices.iter_mut().filter(|notice| notice.counts()) {
            notice.next = notice.next.take().filter(|next| advice.insert(next.clone()));
            let again = notice.finding.is_none() && !lines.insert(notice.line);
            notice.quote = notice.quote.take().filter(|_| !again);
        }
        self
    }
}

fn of_one<'a>(judged: &'a Judged<'a>, gated: bool) -> Vec<Notice<'a>> {
    let demands = judged.failures.iter().map(|failure| of_demand(judged, failure));
    let warnings = judged.warnings.iter().map(|failure| Notice {
        severity: Severity::Warning,
        standing: Standing::Shown,
        ..of_demand(judged, failure)
    });
    let findings = judged.findings.iter().map(|ruled| of_finding(judged.analysis, ruled, gated));
    let suppressed = judged.suppressed.iter().map(|suppressed| of_suppressed(judged.analysis, suppressed));
    let unmet = judged.excused.iter().map(|unmet| excused(&unmet.by, of_demand(judged, &unmet.failure)));
    let mut notices: Vec<_> = demands.chain(warnings).chain(findings).chain(suppressed).chain(unmet).collect();
    notices.sort_by_key(Notice::rank);
    notices
}

fn of_finding<'a>(analysis: &'a Analysis, ruled: &'a Ruled<'a>, gated: bool) -> Notice<'a> {
    let (standing, severity) = match ruled.level {
        Level::Deny => (Standing::Denied, Severity::Error),
        // What passes the gate must not look like what stops it.
        Level::Warn if gated => (Standing::Shown, ruled.finding.severity.min(Severity::Warning)),
        Level::Warn => (Standing::Shown, ruled.finding.severity),
    };
    Notice { because: gated.then_some(&ruled.because), ..plain(analysis, ruled.finding, standing, severity) }
}

fn of_suppressed<'a>(analysis: &'a Analysis, suppressed: &'a Suppressed<'a>) -> Notice<'a> {
    let finding = suppressed.finding;
    excused(&suppressed.by, plain(analysis, finding, Standing::Shown, finding.severity))
}

/// A notice that does not count.
fn excused<'a>(by: &'a SuppressedBy, notice: Notice<'a>) -> Notice<'a> {
    match by {
        SuppressedBy::Policy { reason, because } => {
            Notice { standing: Standing::Excused(text(reason)), because: Some(because), ..notice }
        }
        SuppressedBy::Baseline => Notice { standing: Standing::Known, because: None, ..notice },
    }
}

fn plain<'a>(analysis: &'a Analysis, finding: &'a Finding, standing: Standing, severity: Severity) -> Notice<'a> {
    Notice {
        rule: finding.rule,
        severity,
        standing,
        analysis,
        finding: Some(finding),
        because: None,
        line: finding.line,
        quote: None,
        label: text(&finding.label),
        message: text(&finding.message),
        next: finding.next.clone().map(remedy),
        fingerprint: finding.fingerprint,
        ordinal: 1,
    }
}

fn of_demand<'a>(judged: &'a Judged<'a>, failure: &'a Failure) -> Notice<'a> {
    let analysis = judged.analysis;
    let found = judged.findings.iter().find_map(|ruled| ruled.finding.next.as_ref());
    Notice {
        rule: DEMAND,
        severity: Severity::Error,
        standing: Standing::Denied,
        analysis,
        finding: None,
        because: Some(&failure.because),
        line: analysis.evidence.culprit.as_ref().map_or(analysis.line, |culprit| culprit.line),
        quote: None,
        label: String::new(),
        message: failure.demand.to_string(),
        next: Some(remedy(advice(analysis, found))),
        fingerprint: failure.demand.fingerprint(analysis),
        ordinal: 1,
    }
}

fn remedy(next: Remedy) -> Remedy {
    Remedy { advice: text(&next.advice), ..next }
}

fn text(text: &str) -> String {
    cut(&clean(text), MESSAGE)
}

/// Puts the log's lines into the notices of one file.
fn quote(file: &mut [Told<'_>]) {
    let Some(first) = file.first() else { return };
    let wanted: BTreeSet<_> = file.iter().flat_map(|told| &told.notices).map(|notice| notice.line).collect();
    let quotes = quotes(&first.judged.analysis.evidence.source, &wanted);
    for notice in file.iter_mut().flat_map(|told| &mut told.notices) {
        notice.quote = quotes.get(&notice.line).cloned();
    }
}

/// Tells notices of one fingerprint apart, in the order of the input.
fn number(all: &mut [Told<'_>]) {
    let mut seen = HashMap::new();
    for notice in all.iter_mut().flat_map(|told| &mut told.notices) {
        let ordinal = seen.entry(notice.fingerprint).or_insert(0);
        *ordinal += 1;
        notice.ordinal = *ordinal;
    }
}

/// Why the gate could not look.
pub(super) struct Problem {
    /// The input; missing when nothing was found anywhere.
    pub(super) path: Option<String>,
    /// What is wrong.
    pub(super) text: String,
}

/// What could not be read, and whether there was nothing to judge.
pub(super) fn problems(decision: &Decision<'_>) -> Vec<Problem> {
    let unread = decision
        .unread
        .iter()
        .map(|Unread { source, error }| Problem { path: Some(source.path.clone()), text: text(error) });
    let nothing = decision.unread.is_empty() && decision.outcome() == Outcome::CouldNotJudge;
    let nothing = nothing.then(|| Problem { path: None, text: NOTHING.to_owned() });
    unread.chain(nothing).collect()
}
