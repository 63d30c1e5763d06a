//! Many bisections in counts. Counts of shards add up to those of one run.

use std::collections::BTreeMap;

use crate::evidence::Role;
use crate::model::behaviour::RatePrior;
use crate::prob::Prob;

use super::Analysis;
use super::finding::{RuleName, Severity};

/// Bins from 0 to 1.
pub(crate) const BINS: usize = 10;

/// How many probabilities lie in `[i / 10, (i + 1) / 10)`; the last bin includes 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Histogram(pub [u64; BINS]);

impl Histogram {
    /// Counts one more.
    pub fn add(&mut self, p: Prob) {
        self.0[bin(p.value())] += 1;
    }

    /// All that was counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    fn merge(&mut self, other: &Self) {
        for (ours, theirs) in self.0.iter_mut().zip(other.0) {
            *ours += theirs;
        }
    }
}

/// The bin of the largest edge that is not above `p`: the product 10 p can round across an edge.
fn bin(p: f64) -> usize {
    (1..BINS).rev().find(|bin| p >= edge(*bin)).unwrap_or_default()
}

/// The lower edge of a bin.
#[expect(clippy::cast_precision_loss, reason = "at most BINS")]
const fn edge(bin: usize) -> f64 {
    bin as f64 / BINS as f64
}

/// What a batch holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Bisections.
    pub bisections: u64,
    /// Those that name a commit.
    pub named: u64,
    /// Share of the origin's trials that crash, one a bisection that tested its origin.
    pub reproduction: Histogram,
    /// What the prior expects of that share: thousandths of its weight. Missing unless asked for with
    /// [`Self::expecting`].
    pub expected: Option<Histogram>,
    /// [`Analysis::p_right`].
    pub p_right: Histogram,
    /// [`Analysis::p_named`].
    pub p_named: Histogram,
    /// Bisections by [`Analysis::ending`].
    pub endings: BTreeMap<&'static str, u64>,
    /// The same by [`Analysis::year`]; `None` for those whose year is not known.
    pub years: BTreeMap<Option<i16>, BTreeMap<&'static str, u64>>,
    /// Bisections in which a rule fires, by its worst severity there.
    pub rules: BTreeMap<RuleName, BTreeMap<Severity, u64>>,
}

impl Summary {
    /// Counts a batch.
    ///
    /// ```
    /// use bisectstat::analysis::summary::Summary;
    ///
    /// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
    /// let analyses = bisectstat::analyze(&log)?;
    /// // Shards are counted one by one and added up.
    /// let sum = Summary::sum(&[Summary::of(&analyses), Summary::of(&analyses)]);
    /// # let _ = sum;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(analyses: &[Analysis]) -> Self {
        let mut summary = Self::default();
        for analysis in analyses {
            summary.add(analysis);
        }
        summary
    }

    /// The same beside what a prior expects.
    #[must_use]
    pub fn expecting(self, rates: &RatePrior) -> Self {
        let mut bins = [0.0; BINS];
        for (behaviour, weight) in rates.parts() {
            bins[bin(behaviour.mean())] += weight.exp().value();
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "weights sum to one")]
        let thousandths = bins.map(|weight: f64| (weight * 1000.0).round() as u64);
        Self { expected: Some(Histogram(thousandths)), ..self }
    }

    /// Adds up the counts of shards.
    #[must_use]
    pub fn sum<'a>(shards: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        for shard in shards {
            sum.merge(shard);
        }
        sum
    }

    fn add(&mut self, analysis: &Analysis) {
        self.bisections += 1;
        self.named += u64::from(analysis.named_culprit.is_some());
        *self.endings.entry(analysis.ending).or_default() += 1;
        *self.years.entry(analysis.year).or_default().entry(analysis.ending).or_default() += 1;
        if let Some(rate) = reproduction(analysis) {
            self.reproduction.add(rate);
        }
        if let Some(p) = analysis.p_right {
            self.p_right.add(p);
        }
        if let Some(p) = analysis.p_named {
            self.p_named.add(p);
        }
        let mut worst: BTreeMap<RuleName, Severity> = BTreeMap::new();
        for finding in &analysis.findings {
            let severity = worst.entry(finding.rule).or_insert(finding.severity);
            *severity = finding.severity.max(*severity);
        }
        for (rule, severity) in worst {
            *self.rules.entry(rule).or_default().entry(severity).or_default() += 1;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.bisections += other.bisections;
        self.named += other.named;
        self.reproduction.merge(&other.reproduction);
        self.p_right.merge(&other.p_right);
        self.p_named.merge(&other.p_named);
        add(&mut self.endings, &other.endings);
        for (year, endings) in &other.years {
            add(self.years.entry(*year).or_default(), endings);
        }
        for (rule, counts) in &other.rules {
            add(self.rules.entry(*rule).or_default(), counts);
        }
    }
}

/// Adds one map of counts to another.
fn add<K: Ord + Copy>(ours: &mut BTreeMap<K, u64>, theirs: &BTreeMap<K, u64>) {
    for (key, n) in theirs {
        *ours.entry(*key).or_default() += n;
    }
}

/// Share of the origin's trials that crash.
fn reproduction(analysis: &Analysis) -> Option<Prob> {
    let origin = analysis.steps.iter().find(|step| step.role == Role::Origin)?;
    let trials = origin.crashes + origin.passes;
    (trials > 0).then(|| Prob::saturating(f64::from(origin.crashes) / f64::from(trials)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_belong_to_the_bin_above() {
        let mut histogram = Histogram::default();
        for p in [0.0, 0.05, 0.1, 0.3, 0.6, 0.7, 0.999, 1.0] {
            histogram.add(Prob::new(p).unwrap());
        }
        assert_eq!(histogram.0, [2, 1, 0, 1, 0, 0, 1, 1, 0, 2]);
        assert_eq!(histogram.total(), 8);
    }

    fn bisections(log: &str) -> Vec<Analysis> {
        let reading = crate::ingest::read(&std::fs::read(log).unwrap(), &crate::evidence::Source::new(log)).unwrap();
        crate::analysis::analyze(reading.bisections, &crate::analysis::Settings::default())
    }

    #[test]
    fn shards_add_up() {
        let logs = ["data/000_nbd_ioctl.txt", "data/004_css_free_rwork_fn.txt"];
        let analyses: Vec<_> = logs.iter().map(|log| bisections(log)).collect();
        let whole = Summary::of(&analyses.concat());
        let shards: Vec<_> = analyses.iter().map(|analyses| Summary::of(analyses)).collect();
        assert_eq!(Summary::sum(&shards), whole);
        assert_eq!((whole.bisections, whole.named, whole.reproduction.total()), (2, 2, 2));
    }
}
