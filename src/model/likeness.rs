//! How likely two crash titles are one bug, before the runs are seen.
//!
//! An inlined function renames a crash, another compiler turns a fault into a checker's report, a hang shows wherever a
//! victim waits: one bug has many titles (Mu et al., NDSS 2022: of 2526 fixed kernel crashes 47 % had a duplicate under
//! another title). The table is a judgement; it is only a prior, and the runs outweigh it. Its values for functions that share
//! no word were chosen on labelled bisections and simulated archives (`docs/model.md`).

use crate::evidence::{Identity, TitleParts};
use crate::prob::Prob;

/// How far titles of one bisection are kin in general: factors on the odds of [`likeness`], one of which holds for all
/// titles that show at the origin, and one for all others. Some archives are full of other bugs, others of renames.
#[derive(Clone, Debug, PartialEq)]
pub struct KinPrior {
    /// Factors with their weights (summing to one), for titles that show at the origin.
    pub at_origin: Vec<(f64, f64)>,
    /// The same for the others.
    pub elsewhere: Vec<(f64, f64)>,
}

impl Default for KinPrior {
    fn default() -> Self {
        let odds =
            vec![(1.0 / 300.0, 0.02), (1.0 / 30.0, 0.05), (1.0 / 5.0, 0.1), (1.0, 0.68), (5.0, 0.1), (30.0, 0.05)];
        Self { at_origin: odds.clone(), elsewhere: odds }
    }
}

/// The probability with odds `factor p / (1 - p)`; `factor` is from 0 up.
#[must_use]
pub(crate) fn with_odds(p: Prob, factor: f64) -> Prob {
    let odds = p.value() * factor;
    Prob::saturating(odds / (odds + p.complement().value()))
}

/// P(`other` belongs to the bug that `anchor` reports).
#[must_use]
pub fn likeness(anchor: &TitleParts, other: &TitleParts) -> Prob {
    Prob::saturating(likeness_of(anchor, other))
}

fn likeness_of(anchor: &TitleParts, other: &TitleParts) -> f64 {
    let same_type = anchor.crash_type == other.crash_type;
    match (anchor.identity, other.identity) {
        (Identity::Unrelated, _) | (_, Identity::Unrelated) => 0.05,
        (Identity::NoReport, Identity::NoReport) => 0.75,
        (Identity::NoReport, _) | (_, Identity::NoReport) => 0.25,
        (Identity::Accidental, Identity::Accidental) => hangs(anchor, other),
        _ => functions(anchor, other, same_type),
    }
}

/// Two hangs of one bisection are likely one bug.
fn hangs(anchor: &TitleParts, other: &TitleParts) -> f64 {
    if words_in_common(anchor, other) > 0 { 0.85 } else { 0.6 }
}

fn functions(anchor: &TitleParts, other: &TitleParts, same_type: bool) -> f64 {
    if anchor.function.is_some() && anchor.function == other.function {
        return 0.85;
    }
    match (same_type, words_in_common(anchor, other)) {
        (true, 2..) => 0.9,
        (true, 1) => 0.75,
        (false, 1..) => 0.6,
        (true, 0) => 0.15,
        (false, 0) => 0.06,
    }
}

/// How many words the functions share from their beginning: `io_wqe_enqueue`, `io_wqe_wake_worker` share two.
fn words_in_common(anchor: &TitleParts, other: &TitleParts) -> usize {
    let (Some(ours), Some(theirs)) = (&anchor.function, &other.function) else { return 0 };
    ours.split('_').zip(theirs.split('_')).take_while(|(ours, theirs)| ours == theirs).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renames_are_likelier_than_strangers() {
        let like = |a: &str, b: &str| likeness(&TitleParts::of(a), &TitleParts::of(b)).value();
        let rename = like("WARNING in io_wqe_enqueue", "WARNING in io_wqe_wake_worker");
        let prefix = like("WARNING in io_wqe_enqueue", "WARNING in io_uring_setup");
        let fault = like("WARNING in io_wqe_enqueue", "general protection fault in io_uring_setup");
        let stranger = like("INFO: task hung in xfs_setfilesize", "KASAN: use-after-free Read in tcp_close");
        let limits = like("INFO: task hung in xfs_setfilesize", "BUG: MAX_LOCKDEP_KEYS too low!");
        assert!(rename > prefix && prefix > fault && fault > stranger && stranger > limits);
        let faults = like("general protection fault in f_g", "KASAN: null-ptr-deref Read in f_g");
        assert!(faults > 0.8);
    }

    #[test]
    fn likeness_is_mutual() {
        let titles = [
            "WARNING in a_b",
            "INFO: task hung in a_c",
            "no output from test machine",
            "KASAN: use-after-free Read in a_b",
        ];
        for a in titles.map(TitleParts::of) {
            for b in titles.map(TitleParts::of) {
                assert_eq!(likeness(&a, &b), likeness(&b, &a));
            }
        }
    }
}
