//! Policy × analyses → decision.

use crate::analysis::Analysis;
use crate::analysis::finding::{Finding, Fingerprint};
use crate::analysis::histories::Worse;
use crate::finding;

use super::baseline::Baseline;
use super::decision::{Allowed, Decision, Excused, Failure, Judged, Met, Ruled, Suppressed, SuppressedBy, Unread};
use super::policy::{Demands, Policy, PolicyError};

/// Finds what is suspicious, with the limits that the policy sets for each log.
///
/// # Errors
/// None in practice: see [`Demands::limits`].
pub fn find(analyses: &mut [Analysis], policy: &Policy) -> Result<(), PolicyError> {
    for analysis in analyses {
        analysis.findings = finding::findings(analysis, &policy.demands(&analysis.path).limits()?);
    }
    Ok(())
}

/// Judges each bisection by its findings and by what is demanded of it. What stands in the baseline does not count.
///
/// ```
/// use bisectstat::gate::baseline::Baseline;
/// use bisectstat::gate::decision::Outcome;
/// use bisectstat::gate::judge::{find, judge};
/// use bisectstat::gate::policy::Policy;
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let (mut analyses, policy) = (bisectstat::analyze(&log)?, Policy::standard()?);
/// find(&mut analyses, &policy)?;
/// let decision = judge(&analyses, &policy, &Baseline::default(), &[]);
/// assert_eq!(decision.outcome(), Outcome::Failed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn judge<'a>(analyses: &'a [Analysis], policy: &Policy, baseline: &Baseline, unread: &[Unread]) -> Decision<'a> {
    judge_histories(analyses, &|_| None, policy, baseline, unread)
}

/// The same, where the histories of tests tell of some whether they got worse: then that is what counts.
#[must_use]
pub(crate) fn judge_histories<'a>(
    analyses: &'a [Analysis],
    worse: &dyn Fn(&Analysis) -> Option<Worse>,
    policy: &Policy,
    baseline: &Baseline,
    unread: &[Unread],
) -> Decision<'a> {
    let judged = analyses.iter().map(|analysis| {
        let court = Court { demands: policy.demands(&analysis.path), baseline };
        court.judge(analysis, worse(analysis))
    });
    Decision {
        policy: Some(policy.name.clone()),
        bisections: judged.collect(),
        unread: unread.to_vec(),
        may_be_empty: policy.allow_empty,
    }
}

/// What one bisection is judged by.
struct Court<'p> {
    demands: Demands<'p>,
    baseline: &'p Baseline,
}

impl Court<'_> {
    fn judge<'a>(&self, analysis: &'a Analysis, worse: Option<Worse>) -> Judged<'a> {
        let mut judged = Judged { limits: self.demands.limit_settings(), ..Judged::new(analysis) };
        let demands = match worse {
            Some(worse) => self.demands.of_history(worse).into_iter().collect(),
            None => self.demands.of(analysis),
        };
        for (demand, because) in demands {
            if demand.met() {
                judged.met.push(Met { demand, because });
            } else {
                self.fail(&mut judged, Failure { demand, because });
            }
        }
        for finding in &analysis.findings {
            self.count(&mut judged, finding);
        }
        judged
    }

    fn fail(&self, judged: &mut Judged<'_>, failure: Failure) {
        let by = self.demands.excuses(&failure, judged.analysis);
        match by.or_else(|| self.known(failure.demand.fingerprint(judged.analysis))) {
            Some(by) => judged.excused.push(Excused { failure, by }),
            None if failure.demand.only_warns() => judged.warnings.push(failure),
            None => judged.failures.push(failure),
        }
    }

    fn count<'a>(&self, judged: &mut Judged<'a>, finding: &'a Finding) {
        let (level, because) = self.demands.level(finding);
        let Some(level) = level else {
            judged.allowed.push(Allowed { finding, because });
            return;
        };
        match self.suppressed(finding, judged.analysis) {
            Some(by) => judged.suppressed.push(Suppressed { finding, by }),
            None => judged.findings.push(Ruled { finding, level, because }),
        }
    }

    /// Who says that it does not count: of everything that it stands for, or nothing is suppressed.
    fn suppressed(&self, finding: &Finding, analysis: &Analysis) -> Option<SuppressedBy> {
        let by = finding.occurrences().map(|one| {
            let by = self.demands.suppresses(finding.rule, one, analysis);
            by.or_else(|| self.known(one.fingerprint))
        });
        by.reduce(|first, next| first.filter(|_| next.is_some())).flatten()
    }

    fn known(&self, fingerprint: Fingerprint) -> Option<SuppressedBy> {
        self.baseline.holds(fingerprint).then_some(SuppressedBy::Baseline)
    }
}
