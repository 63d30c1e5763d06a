//! The greedy entropy rule of a Bayesian bisection with one crash rate on either side of the change, neither known:
//!
//! `P(c | runs) ∝ B(k_+ + 1/2, n_+ - k_+ + 1/2) B(k_- + 1/2, n_- - k_- + 1/2)`,
//!
//! where `k_+` of `n_+` runs crashed at revisions from `c` on and `k_-` of `n_-` before it. The next run is where the
//! expected entropy of `c` is least. This is the model of `git_bayesect` 1.2, written from its formula.

use crate::model::beta_binomial::{BetaPrior, Tally};
use crate::model::search::Revision;
use crate::model::search::information::{View, binary_entropy, information};
use crate::prob::LogProb;

/// Commits between tested revisions, all alike.
struct Gap {
    after: Revision,
    upto: Revision,
    mass: f64,
    /// P(the next run crashes) at a bad revision, at a good one.
    bad: f64,
    good: f64,
}

/// The state of the rule.
pub(super) struct Greedy {
    commits: u64,
    tested: Vec<(Revision, Tally)>,
}

impl Greedy {
    pub(super) const fn new(commits: u64) -> Self {
        Self { commits, tested: Vec::new() }
    }

    pub(super) fn observe(&mut self, revision: Revision, crash: bool) {
        let place = self.tested.partition_point(|(tested, _)| *tested < revision);
        if self.tested.get(place).is_none_or(|(tested, _)| *tested != revision) {
            self.tested.insert(place, (revision, Tally::default()));
        }
        let tally = &mut self.tested[place].1;
        *(if crash { &mut tally.crashes } else { &mut tally.passes }) += 1;
    }

    fn gaps(&self) -> Vec<Gap> {
        let all = self.tested.iter().fold(Tally::default(), |sum, (_, tally)| add(sum, *tally));
        let mut before = Tally::default();
        let mut after = 0;
        let (mut gaps, mut weights) = (Vec::new(), Vec::new());
        for gap in 0..=self.tested.len() {
            let upto = self.tested.get(gap).map_or(self.commits, |(revision, _)| *revision);
            let from = Tally { crashes: all.crashes - before.crashes, passes: all.passes - before.passes };
            let prior = BetaPrior::JEFFREYS;
            let ln = prior.ln_sequence(from).ln() + prior.ln_sequence(before).ln();
            weights.push(LogProb::from_ln(ln + size(after, upto).ln()));
            gaps.push(Gap { after, upto, mass: 0.0, bad: next(from), good: next(before) });
            if let Some((revision, tally)) = self.tested.get(gap) {
                before = add(before, *tally);
                after = *revision;
            }
        }
        gaps.iter_mut().zip(LogProb::normalize(&weights)).for_each(|(gap, mass)| gap.mass = mass.value());
        gaps
    }

    /// The likeliest commit and its probability.
    pub(super) fn best(&self) -> (Revision, f64) {
        let gaps = self.gaps();
        let each = gaps.iter().filter(|gap| gap.upto > gap.after);
        let each = each.map(|gap| (gap.upto, gap.mass / size(gap.after, gap.upto)));
        each.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((self.commits, 0.0))
    }

    /// Where to run next.
    pub(super) fn choose(&self) -> Revision {
        let gaps = self.gaps();
        let mut best = (0.0, self.commits);
        for at in 0..gaps.len() {
            let revisions = split(&gaps, at).into_iter().chain([gaps[at].upto]);
            for revision in revisions.filter(|revision| *revision >= 1) {
                let bits = bits(&gaps, revision);
                best = if bits > best.0 { (bits, revision) } else { best };
            }
        }
        best.1
    }
}

/// The revisions next to the best split inside a gap, by the concavity of the information.
fn split(gaps: &[Gap], at: usize) -> Vec<Revision> {
    let Gap { after, upto, mass, bad, good } = gaps[at];
    if upto - after < 2 || mass <= 0.0 || (bad - good).abs() < 1e-12 {
        return Vec::new();
    }
    let before: f64 = gaps[..at].iter().map(|gap| gap.mass * gap.bad).sum();
    let behind: f64 = gaps[at + 1..].iter().map(|gap| gap.mass * gap.good).sum();
    let slope = (binary_entropy(bad) - binary_entropy(good)) / (bad - good);
    let best = 1.0 / (1.0 + slope.exp2());
    let share = ((best - before - behind - mass * good) / ((bad - good) * mass)).clamp(0.0, 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a gap")]
    let place = after + (share * size(after, upto)) as u64;
    [place, place + 1].map(|revision| revision.clamp(after + 1, upto - 1)).to_vec()
}

fn bits(gaps: &[Gap], revision: Revision) -> f64 {
    let parts = gaps.iter().flat_map(|gap| {
        let covered = revision.clamp(gap.after, gap.upto.max(gap.after)) - gap.after;
        let share = if gap.upto > gap.after { size(0, covered) / size(gap.after, gap.upto) } else { 0.0 };
        [(gap.mass * share, gap.bad), (gap.mass * (1.0 - share), gap.good)]
    });
    let chances: Vec<_> = parts.map(|(mass, p)| (mass, [1.0 - p, p])).collect();
    let views = chances.iter().map(|(mass, crashes)| View {
        mass: *mass,
        single: 0.0,
        blameless: false,
        bad: 1.0,
        crashes,
        clean: crashes,
    });
    information(&views.collect::<Vec<_>>())
}

fn next(seen: Tally) -> f64 {
    (0.5 + f64::from(seen.crashes)) / (1.0 + f64::from(seen.trials()))
}

const fn add(a: Tally, b: Tally) -> Tally {
    Tally { crashes: a.crashes + b.crashes, passes: a.passes + b.passes }
}

#[expect(clippy::cast_precision_loss, reason = "lines are far below 2^53 commits")]
const fn size(after: Revision, upto: Revision) -> f64 {
    (upto - after) as f64
}
