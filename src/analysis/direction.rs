//! Which way the change goes, where nobody says: runs of a table may have begun to fail, or may have stopped.
//!
//! Both are hypotheses of one sum. With `C_k` the sum of `prior(g) L(g)` over the gaps of kind `k`, and `N` that of no change,
//!
//! `P(k) ∝ w(k) C_k`, `P(no change) ∝ N`, `w(cause) = 0.9`, `w(fix) = 0.1`.

use crate::evidence::{Bisection, Ending, Kind};
use crate::ingest::other_way;
use crate::model::behaviour::RatePrior;
use crate::model::bug::ReportedBug;
use crate::model::culprit::{Culprit, p_bad};
use crate::model::table::RateTable;
use crate::prob::{LogProb, Prob};

use super::counts::Counts;
use super::ground::Ground;
use super::growth::on;
use super::{Analysis, Settings, titles};

/// What the two directions say of the same runs, from the side of the likelier one.
pub(super) struct Direction {
    /// P(the change goes this way).
    pub(super) this: Prob,
    /// P(there is no change).
    none: Prob,
    /// P(it goes the other way).
    other: Prob,
    /// P(the revision has the bug, and the change goes the other way), one a point, old to new.
    other_bad: Vec<Prob>,
}

/// P(the change goes this way), if there is one, before any run is seen: people look for what broke.
fn prior(kind: Kind) -> LogProb {
    const CAUSE: f64 = 0.9;
    LogProb::from_ln(if kind == Kind::Cause { CAUSE } else { 1.0 - CAUSE }.ln())
}

/// The bisection with the kind that its runs make the likelier, and what they say of both. No direction where the input says
/// which, where nothing crashed, or where somebody has bisected.
pub(super) fn likelier(evidence: Bisection, settings: &Settings) -> (Bisection, Option<Direction>) {
    let Some(other) = other_way(&evidence) else { return (evidence, None) };
    let solved = bug_of(&evidence, settings).zip(bug_of(&other, settings));
    let Some((ours, theirs)) = solved else { return (evidence, None) };
    let (kind, other_kind) = (evidence.kind, other.kind);
    let change = |bug: &ReportedBug, kind| bug.evidence + bug.culprit.none.complement().ln() + prior(kind);
    let cause = if kind == Kind::Cause { &ours } else { &theirs };
    let terms = [change(&ours, kind), change(&theirs, other_kind), cause.evidence + cause.culprit.none.ln()];
    let shares = LogProb::normalize(&terms);
    if shares[0] >= shares[1] {
        (evidence, Some(Direction::new([shares[0], shares[1], shares[2]], &theirs.culprit, other_kind)))
    } else {
        (other, Some(Direction::new([shares[1], shares[0], shares[2]], &ours.culprit, kind)))
    }
}

/// P(there is a change, and it goes the way that `evidence` says), should good revisions fail too, at one rate that nobody
/// knows, and as likely as not nothing changed. Of a few single runs the usual prior, under which most tests are not flaky, says
/// more than they do. Missing where somebody has bisected.
pub(super) fn if_flaky(evidence: &Bisection, settings: &Settings) -> Option<Prob> {
    // Who says which way it goes is searching, and asks again after every run.
    if evidence.ending != Ending::OnlyRuns || evidence.kind_told {
        return None;
    }
    let flaky = Settings { background: RatePrior::constant(), none: Prob::saturating(0.5), ..settings.clone() };
    let (likelier, direction) = likelier(evidence.clone(), &flaky);
    match direction {
        Some(direction) if likelier.kind == evidence.kind => Some(direction.this),
        Some(direction) => Some(direction.other),
        None => bug_of(evidence, &flaky).map(|bug| bug.culprit.none.complement()),
    }
}

/// What the model says of one kind.
fn bug_of(evidence: &Bisection, settings: &Settings) -> Option<ReportedBug> {
    let (ground, counts) = (Ground::of(evidence, settings), Counts::of(evidence));
    let tested = on(&ground, &counts, evidence);
    let prior = tested.prior(evidence, settings);
    let table = RateTable::new(&settings.rates, &settings.background, &tested.sizes());
    let rows = titles::rows(evidence, &tested);
    titles::reported_bug(evidence, &rows, &tested, &prior, &table, settings)
}

impl Direction {
    fn new([this, other, none]: [Prob; 3], culprit: &Culprit, kind: Kind) -> Self {
        let mut bad = p_bad(&culprit.gaps);
        if kind == Kind::Fix {
            bad.reverse();
        }
        let change = culprit.none.complement().value();
        let share = if change > 0.0 { other.value() / change } else { 0.0 };
        let other_bad = bad.into_iter().map(|bad| Prob::saturating(bad.value() * share)).collect();
        Self { this, none, other, other_bad }
    }

    /// The posterior of this way alone as its part of the sum over both.
    pub(super) fn share(&self, culprit: &mut Culprit) {
        let change = culprit.none.complement().value();
        let share = if change > 0.0 { self.this.value() / change } else { 0.0 };
        for mass in culprit.gaps.iter_mut().chain(&mut culprit.places) {
            *mass = Prob::saturating(mass.value() * share);
        }
        culprit.none = self.none;
    }

    /// What the other way adds to the figures.
    pub(super) fn complete(&self, analysis: &mut Analysis) {
        analysis.p_other_direction = Some(self.other);
        for step in &mut analysis.steps {
            let other = step.point.and_then(|point| self.other_bad.get(point));
            let sum = step.p_bad.zip(other).map(|(ours, other)| Prob::saturating(ours.value() + other.value()));
            step.p_bad = sum.or(step.p_bad);
        }
    }
}
