//! The runs of a bisection's steps as columns: what the models read.

use crate::evidence::{Bisection, Step};

/// One number a step, in the log's order.
pub(super) struct Counts {
    /// Runs without a crash.
    pub(super) passes: Vec<u32>,
    /// Runs with a crash.
    pub(super) crashes: Vec<u32>,
}

impl Counts {
    pub(super) fn of(evidence: &Bisection) -> Self {
        let counts = evidence.steps.iter().map(Step::counts);
        let (passes, crashes) = counts.map(|counts| (counts.passes, counts.crashes)).unzip();
        Self { passes, crashes }
    }
}
