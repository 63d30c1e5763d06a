//! A bisection as the models see it.

use crate::analysis::Settings;
use crate::analysis::counts::Counts;
use crate::analysis::ground::Ground;
use crate::analysis::growth::on;
use crate::analysis::solve::{PlacePrior, Tested};
use crate::evidence::Bisection;

/// Its points and the prior of its places.
pub(super) struct Question<'a> {
    pub(super) tested: Tested<'a>,
    /// Prior mass of each place of the change.
    pub(super) prior: PlacePrior,
}

impl<'a> Question<'a> {
    pub(super) fn new(
        evidence: &'a Bisection,
        counts: &'a Counts,
        ground: &'a Ground<'a>,
        settings: &Settings,
    ) -> Self {
        let tested = on(ground, counts, evidence);
        let prior = tested.prior(evidence, settings);
        Self { tested, prior }
    }
}
