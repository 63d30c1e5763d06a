//! What the whole model says if a revision is bad.

use crate::analysis::counts::Counts;
use crate::analysis::ground::Ground;
use crate::analysis::growth::on;
use crate::analysis::solve::{PlacePrior, Tested};
use crate::analysis::{Settings, titles};
use crate::evidence::Bisection;
use crate::model::bug::TitleRow;
use crate::model::table::RateTable;
use crate::prob::Prob;

/// A bisection, ready to be solved once more.
pub(super) struct Question<'a> {
    evidence: &'a Bisection,
    pub(super) tested: Tested<'a>,
    pub(super) settings: &'a Settings,
    rows: Vec<Option<TitleRow>>,
    /// Prior mass of each place of the change.
    pub(super) prior: PlacePrior,
    table: RateTable,
}

impl<'a> Question<'a> {
    pub(super) fn new(
        evidence: &'a Bisection,
        counts: &'a Counts,
        ground: &'a Ground<'a>,
        settings: &'a Settings,
    ) -> Self {
        let tested = on(ground, counts, evidence);
        let (rows, prior) = (titles::rows(evidence, &tested), tested.prior(evidence, settings));
        let table = RateTable::new(&settings.rates, &settings.background, &tested.sizes());
        Self { evidence, tested, settings, rows, prior, table }
    }

    /// The weights of the behaviours if a revision is bad that is so with this probability for each place of the change;
    /// none when it cannot be.
    pub(super) fn rates_if(&self, bad: impl Fn(usize) -> f64) -> Option<Vec<f64>> {
        let Self { evidence, tested, settings, rows, prior, table } = self;
        let given = prior.places.iter().enumerate().map(|(place, p)| Prob::saturating(p.value() * bad(place)));
        let places: Vec<_> = given.collect();
        if places.iter().all(|p| *p == Prob::ZERO) {
            return None;
        }
        let given = PlacePrior { places, gaps: prior.gaps.clone(), none: Prob::ZERO };
        let bug = titles::reported_bug(evidence, rows, tested, &given, table, settings)?;
        Some(bug.culprit.rates.into_iter().map(Prob::value).collect())
    }
}
