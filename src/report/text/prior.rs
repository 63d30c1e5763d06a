//! An archive's prior in words: how its bugs behave.

use std::fmt::Write as _;

use crate::model::archive::{ArchivePrior, Mixture, RatePart};

use super::{BOLD, Styled};
use crate::analysis::words::count;

/// The prior's report.
#[must_use]
pub fn archive_prior(prior: &ArchivePrior) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}   {}", Styled(BOLD, &prior.name), count(prior.bisections, "bisection"));
    let _ = writeln!(text, "reported bugs    {}", rates(&prior.rates));
    let _ = writeln!(text, "other bugs       {}", rates(&prior.foreign));
    let _ = writeln!(text, "age in commits   {}", weights(&prior.ages));
    let _ = writeln!(text, "label mixing     {}", weights(&prior.labels));
    text
}

fn rates(mixture: &Mixture<RatePart>) -> String {
    let share = |holds: fn(&RatePart) -> bool| -> f64 {
        let parts = mixture.parts.iter().zip(mixture.weights());
        parts.filter(|(part, _)| holds(part)).map(|(_, weight)| weight).sum()
    };
    format!(
        "crash in under 0.1 of runs: {:.2}, 0.1 to 0.9: {:.2}, over 0.9: {:.2}; even (kappa over 8): {:.2}",
        share(|part| part.mu < 0.1),
        share(|part| (0.1..=0.9).contains(&part.mu)),
        share(|part| part.mu > 0.9),
        share(|part| part.kappa > 8.0),
    )
}

fn weights(mixture: &Mixture<f64>) -> String {
    let parts = mixture.parts.iter().zip(mixture.weights());
    parts.map(|(part, weight)| format!("{part}: {weight:.2}")).collect::<Vec<_>>().join(", ")
}
