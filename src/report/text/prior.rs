//! An archive's prior in words: how its bugs behave.

use std::fmt::Write as _;

use crate::model::archive::{ArchivePrior, Mixture};
use crate::model::behaviour::Behaviour;
use crate::model::labels::Labelling;

use super::{BOLD, Styled};
use crate::analysis::words::count;

/// The prior's report.
#[must_use]
pub fn archive_prior(prior: &ArchivePrior) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}   {}", Styled(BOLD, &prior.name), count(prior.bisections, "bisection"));
    let _ = writeln!(text, "reported bugs    {}", levels(&prior.rates, Behaviour::mean));
    let _ = writeln!(text, "                 {}", behaviours(&prior.rates));
    let _ = writeln!(text, "background       {}", background(&prior.backgrounds));
    let _ = writeln!(text, "older than all   {}", older(prior));
    let _ = writeln!(text, "other bugs       {}", levels(&prior.foreign, |part| part.mu));
    let _ = writeln!(text, "age in commits   {}", weights(&prior.ages));
    let _ = writeln!(text, "label mixing     {}", labels(&prior.labels));
    let _ = writeln!(text, "kinship odds     {} (titles at the origin)", weights(&prior.kin_at_origin));
    let _ = writeln!(text, "                 {} (other titles)", weights(&prior.kin_elsewhere));
    text
}

/// How often revisions without the bug fail.
fn background(mixture: &Mixture<Behaviour>) -> String {
    const FREAK: f64 = 0.005;
    format!(
        "next to never: {:.2}, in under 0.1 of runs: {:.2}, more often: {:.2}",
        share(mixture, |part| part.mean() < FREAK),
        share(mixture, |part| (FREAK..0.1).contains(&part.mean())),
        share(mixture, |part| part.mean() >= 0.1),
    )
}

/// By the number of releases that were walked.
fn older(prior: &ArchivePrior) -> String {
    let after = prior.older.iter().zip(1..).map(|(older, releases)| format!("{releases}: {:.3}", older.weights()[0]));
    format!("{} (by releases walked)", after.collect::<Vec<_>>().join(", "))
}

/// The weight of the parts that `holds` picks.
fn share<P: Clone + PartialEq>(mixture: &Mixture<P>, holds: impl Fn(&P) -> bool) -> f64 {
    let parts = mixture.parts.iter().zip(mixture.weights());
    parts.filter(|(part, _)| holds(part)).fold(0.0, |sum, (_, weight)| sum + weight)
}

fn levels<P: Clone + PartialEq>(mixture: &Mixture<P>, mean: fn(&P) -> f64) -> String {
    format!(
        "crash in under 0.1 of runs: {:.2}, 0.1 to 0.9: {:.2}, over 0.9: {:.2}",
        share(mixture, |part| mean(part) < 0.1),
        share(mixture, |part| (0.1..=0.9).contains(&mean(part))),
        share(mixture, |part| mean(part) > 0.9),
    )
}

fn behaviours(mixture: &Mixture<Behaviour>) -> String {
    const EVEN: f64 = 8.0;
    format!(
        "even over revisions (kappa over {EVEN}): {:.2}, uneven: {:.2}, drifting: {:.2}, repeating themselves: {:.2}",
        share(mixture, |part| matches!(part, Behaviour::Uneven { kappa, .. } if *kappa > EVEN)),
        share(mixture, |part| matches!(part, Behaviour::Uneven { kappa, .. } if *kappa <= EVEN)),
        share(mixture, |part| matches!(part, Behaviour::Drifting { .. })),
        share(mixture, |part| matches!(part, Behaviour::Repeating { .. })),
    )
}

fn labels(mixture: &Mixture<Labelling>) -> String {
    let parts = mixture.parts.iter().zip(mixture.weights());
    let words = parts.map(|(part, weight)| match part {
        Labelling::Mixed { alpha } => format!("{}: {weight:.2}", digits(*alpha)),
        Labelling::Renamed => format!("renamed: {weight:.2}"),
        Labelling::Steady => format!("steady: {weight:.2}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Two digits are enough for a scale.
fn digits(part: f64) -> String {
    if part < 1.0 { format!("{part:.2}") } else { format!("{part:.0}") }
}

fn weights(mixture: &Mixture<f64>) -> String {
    let parts = mixture.parts.iter().zip(mixture.weights());
    parts.map(|(part, weight)| format!("{}: {weight:.2}", digits(*part))).collect::<Vec<_>>().join(", ")
}
