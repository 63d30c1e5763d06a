//! JSON for programs: one object, whose keys are those of `schema/gate.json`.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::Analysis;
use crate::analysis::answer::Answer;
use crate::analysis::finding::{Finding, Fingerprint};
use crate::evidence::{CommitId, Place};
use crate::gate::decision::{
    Decision, Demand, Excused, Failure, Judged, Outcome, Ruled, Suppressed, SuppressedBy, Unread,
};
use crate::prob::Prob;
use crate::prob::json::to_writer_pretty;

/// The version of the JSON, as its `schema` says.
pub const SCHEMA: &str = "bisectstat-gate/1";

/// Writes the decision as one object.
///
/// # Errors
/// When `out` cannot be written.
pub fn json(decision: &Decision<'_>, mut out: impl Write) -> io::Result<()> {
    let outcome = decision.outcome();
    let whole = Whole {
        schema: SCHEMA,
        policy: decision.policy.as_deref(),
        outcome: outcome.name(),
        passed: outcome == Outcome::Passed,
        bisections: decision.bisections.iter().map(One::of).collect(),
        unread: decision.unread.iter().map(NotRead::of).collect(),
    };
    to_writer_pretty(&mut out, &whole)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Whole<'a> {
    schema: &'static str,
    policy: Option<&'a str>,
    outcome: &'static str,
    passed: bool,
    bisections: Vec<One<'a>>,
    unread: Vec<NotRead<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    bisection: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    sources: &'a [Place],
    passed: bool,
    answer: Answer,
    named_culprit: Option<CommitId>,
    p_right: Option<Prob>,
    p_named: Option<Prob>,
    failures: Vec<Unmet<'a>>,
    warnings: Vec<Unmet<'a>>,
    findings: Vec<Counted<'a>>,
    suppressed: Vec<Known<'a, &'a Finding>>,
    excused: Vec<Known<'a, Unmet<'a>>>,
}

/// A demand that is not met.
#[derive(Serialize)]
struct Unmet<'a> {
    demand: &'static str,
    stated: Option<f64>,
    least: Option<Prob>,
    most: Option<u64>,
    message: String,
    because: &'a str,
    fingerprint: Fingerprint,
}

/// A finding and what it counts for.
#[derive(Serialize)]
struct Counted<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    level: &'static str,
    because: &'a str,
}

/// What does not count.
#[derive(Serialize)]
struct Known<'a, T> {
    #[serde(flatten)]
    what: T,
    by: &'static str,
    reason: Option<&'a str>,
    entry: Option<&'a str>,
}

#[derive(Serialize)]
struct NotRead<'a> {
    path: &'a str,
    error: &'a str,
}

impl<'a> One<'a> {
    fn of(judged: &'a Judged<'a>) -> Self {
        let analysis = judged.analysis;
        let suppressed = |suppressed: &'a Suppressed<'a>| Known::of(suppressed.finding, &suppressed.by);
        let excused = |excused: &'a Excused| Known::of(Unmet::of(&excused.failure, analysis), &excused.by);
        Self {
            bisection: &analysis.bisection,
            path: &analysis.path,
            sources: analysis.evidence.source.places(),
            passed: judged.passed(),
            answer: analysis.answer,
            named_culprit: analysis.named_culprit,
            p_right: analysis.p_right,
            p_named: analysis.p_named,
            failures: judged.failures.iter().map(|failure| Unmet::of(failure, analysis)).collect(),
            warnings: judged.warnings.iter().map(|failure| Unmet::of(failure, analysis)).collect(),
            findings: judged.findings.iter().map(Counted::of).collect(),
            suppressed: judged.suppressed.iter().map(suppressed).collect(),
            excused: judged.excused.iter().map(excused).collect(),
        }
    }
}

impl<'a> Unmet<'a> {
    fn of(failure: &'a Failure, analysis: &Analysis) -> Self {
        let (stated, least, most) = figures(failure.demand);
        Self {
            demand: failure.demand.name(),
            stated,
            least,
            most,
            message: failure.demand.to_string(),
            because: &failure.because.0,
            fingerprint: failure.demand.fingerprint(analysis),
        }
    }
}

/// What is stated, the least and the most that is demanded.
fn figures(demand: Demand) -> (Option<f64>, Option<Prob>, Option<u64>) {
    match demand {
        Demand::PRight { stated, least } => (Some(stated.value()), Some(least), None),
        Demand::PNamed { stated, least } => (stated.map(Prob::value), Some(least), None),
        #[expect(clippy::cast_precision_loss, reason = "numbers of commits stay far below 2^53")]
        Demand::CredibleCommits { stated, most } => (stated.map(|commits| commits as f64), None, Some(most)),
        Demand::NoRegression { found, least } => (found.map(Prob::value), Some(least), None),
        Demand::NotWorse { found, least } => (Some(found.p.value()), Some(least), None),
        Demand::Answer { .. } | Demand::NamedCommit { .. } => (None, None, None),
    }
}

impl<'a> Counted<'a> {
    fn of(ruled: &'a Ruled<'a>) -> Self {
        Self { finding: ruled.finding, level: ruled.level.name(), because: &ruled.because.0 }
    }
}

impl<'a, T> Known<'a, T> {
    fn of(what: T, by: &'a SuppressedBy) -> Self {
        match by {
            SuppressedBy::Policy { reason, because } => {
                Self { what, by: "policy", reason: Some(reason), entry: Some(&because.0) }
            }
            SuppressedBy::Baseline => Self { what, by: "baseline", reason: None, entry: None },
        }
    }
}

impl<'a> NotRead<'a> {
    fn of(unread: &'a Unread) -> Self {
        Self { path: &unread.source.path, error: &unread.error }
    }
}
