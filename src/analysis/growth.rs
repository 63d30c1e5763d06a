//! How the posterior grew: what could have been said after each test of a bisection, had somebody asked.
//!
//! The gaps are those of the whole line; the runs of later tests are left out. So a gap that no test had opened yet shares its
//! neighbours' mass by age alone.

use crate::evidence::{Bisection, Run};
use crate::model::table::RateTable;
use crate::model::trials::order_is_known;
use crate::prob::Prob;

use super::counts::Counts;
use super::ground::Ground;
use super::solve::{Tested, any_crashes, stack};
use super::{Analysis, Settings, heaviest, titles};

/// What could be said after a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// The test, in the log's order.
    pub step: usize,
    /// P(the reported bug starts at the named commit); missing where no commit is named, or nothing has crashed yet.
    pub p_named: Option<Prob>,
    /// P(it starts in this gap), one a gap of [`Analysis::gaps`]; empty while nothing has crashed.
    pub gaps: Vec<Prob>,
}

/// One entry for each test with trials, and none where the analysis itself is approximate: as many posteriors as tests
/// would take too long there.
///
/// ```
/// use bisectstat::analysis::Settings;
/// use bisectstat::analysis::growth::growth;
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let analysis = bisectstat::analyze(&log)?.remove(0);
/// let grown = growth(&analysis, &Settings::default());
/// assert_eq!(grown[0].gaps.len(), analysis.gaps.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn growth(analysis: &Analysis, settings: &Settings) -> Vec<Growth> {
    if analysis.model.approximate {
        return Vec::new();
    }
    let settings = &*settings.for_format(analysis.evidence.format);
    let ground = Ground::of(&analysis.evidence, settings);
    let whole = Counts::of(&analysis.evidence);
    let whole = on(&ground, &whole, &analysis.evidence);
    // Neither depends on what the runs show.
    let prior = whole.prior(&analysis.evidence, settings);
    let table = RateTable::new(&settings.rates, &settings.background, &whole.sizes());
    let placed: Vec<usize> = ground.line.points.iter().flat_map(|point| point.steps.iter().copied()).collect();
    let adrift = whole.adrift().into_iter().map(|(step, _)| step);
    let mut steps: Vec<usize> = adrift.chain(placed).collect();
    steps.sort_unstable();
    let mut seen = analysis.evidence.clone();
    let mut later: Vec<Vec<Run>> = seen.steps.iter_mut().map(|step| std::mem::take(&mut step.runs)).collect();
    let grown = steps.into_iter().map(|step| {
        seen.steps[step].runs = std::mem::take(&mut later[step]);
        let counts = Counts::of(&seen);
        let tested = on(&ground, &counts, &seen);
        let rows = titles::rows(&seen, &tested);
        let bug = titles::reported_bug(&seen, &rows, &tested, &prior, &table, settings);
        let named = bug.as_ref().zip(analysis.named_culprit);
        let p_named = named.and_then(|(bug, named)| tested.p_named(&bug.culprit, &named));
        let gaps = bug.map(|bug| tested.old_to_new(&bug.culprit.gaps)).unwrap_or_default();
        Growth { step, p_named, gaps }
    });
    grown.collect()
}

/// What was seen, on the ground of the whole line.
pub(super) fn on<'a>(ground: &'a Ground<'a>, counts: &'a Counts, seen: &Bisection) -> Tested<'a> {
    let (ordered, told) = (order_is_known(&any_crashes(seen)), !seen.order.is_empty());
    Tested { ground, kind: seen.kind, counts, stack: stack(seen), ordered, told }
}

/// The entry from which on the gap that is likeliest in the end was the likeliest, and that gap. None without a posterior.
#[must_use]
pub fn settled(grown: &[Growth]) -> Option<(usize, usize)> {
    let likeliest =
        |grown: &Growth| heaviest(grown.gaps.iter().enumerate(), |(_, mass)| Some(**mass)).map(|(gap, _)| gap);
    let last = grown.last().and_then(likeliest)?;
    let since = grown.iter().rposition(|grown| likeliest(grown) != Some(last)).map_or(0, |other| other + 1);
    Some((since, last))
}

#[cfg(test)]
mod tests {
    use crate::evidence::Source;
    use crate::ingest::read;

    use super::*;

    #[test]
    fn the_last_entry_is_the_analysis() {
        for log in ["000_nbd_ioctl", "003_io_wqe_enqueue", "004_css_free_rwork_fn"] {
            let bytes = std::fs::read(format!("data/{log}.txt")).unwrap();
            let bisections = read(&bytes, &Source::new(log)).unwrap().bisections;
            let settings = Settings::default();
            let analysis = crate::analysis::analyze(bisections, &settings).remove(0);
            let grown = growth(&analysis, &settings);
            let last = grown.last().unwrap();
            assert_eq!(last.p_named, analysis.p_named, "{log}");
            let gaps: Vec<_> = analysis.gaps.iter().map(|gap| gap.posterior.unwrap()).collect();
            assert_eq!(last.gaps, gaps, "{log}");
            assert!(grown.windows(2).all(|pair| pair[0].step < pair[1].step));
            let sums = grown.iter().map(|grown| grown.gaps.iter().map(|gap| gap.value()).sum::<f64>());
            assert!(sums.into_iter().all(|sum| sum == 0.0 || (sum - 1.0).abs() < 1e-9), "{log}");
        }
    }
}
