//! How many commits git still suspected at each point of its walk.
//!
//! With `A` suspected commits, of which `R` are in the history of the tested one (itself included), git prints
//! `N = A - R - 1` revisions left and `S` steps (`bisect.c`, `estimate_bisect_steps`). Being told *new* leaves `R`, *old*
//! leaves `N + 1`, a skip leaves `A`; at the end `A = 1`. Run forwards and backwards, this gives most `A` exactly; `S`
//! bounds the others and is a checksum. After skips git may test another commit than the one it counted for: such a
//! line says nothing of the tested commit, and is known by a repeated count, a broken checksum, or a split that is far
//! from the middle.

use crate::evidence::{Remaining, Side};

/// One candidate of the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// What git printed before it.
    pub remaining: Option<Remaining>,
    /// What git was told; `None` for a skip.
    pub side: Option<Side>,
    /// Whether somebody picked it: then it lies anywhere, and splits nothing in halves.
    pub picked: bool,
}

/// A number of commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// The number, exact or a rough figure.
    pub commits: u64,
    /// Whether it follows from git's own figures; else it is an estimate.
    pub exact: bool,
}

impl Size {
    const fn exact(commits: u64) -> Self {
        Self { commits, exact: true }
    }

    /// The number as it can be said: a guess has two significant digits.
    #[must_use]
    pub const fn told(self) -> Self {
        let mut unit = 1;
        while !self.exact && self.commits / unit >= 100 {
            unit *= 10;
        }
        Self { commits: (self.commits + unit / 2) / unit * unit, ..self }
    }

    /// So many commits as several gaps hold together; what one of them guesses is a guess.
    #[must_use]
    pub fn sum(sizes: &[Self]) -> Self {
        let commits = sizes.iter().fold(0, |sum: u64, size| sum.saturating_add(size.commits));
        Self { commits, exact: sizes.iter().all(|size| size.exact) }.told()
    }

    fn minus(self, other: Self) -> Self {
        Self { commits: self.commits.saturating_sub(other.commits), exact: self.exact && other.exact }
    }
}

/// What the walk's counts say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspected {
    /// `A` before each candidate, and at the end.
    pub sizes: Vec<Size>,
    /// Whether each candidate's count belongs to it.
    pub reliable: Vec<bool>,
}

impl Suspected {
    /// The commits that a candidate cut off: those beside it on its side of the change.
    #[must_use]
    pub(crate) fn cut_off(&self, count: Count, i: usize) -> Size {
        match (count.side, count.remaining) {
            (Some(Side::New), Some(remaining)) if self.reliable[i] => Size::exact(u64::from(remaining.revisions) + 1),
            _ => self.sizes[i].minus(self.sizes[i + 1]),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    low: u64,
    high: u64,
}

impl Bounds {
    const ANY: Self = Self { low: 1, high: u64::MAX };

    const fn exactly(value: u64) -> Self {
        Self { low: value, high: value }
    }

    fn and(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), high: self.high.min(other.high) }
    }

    const fn is_empty(self) -> bool {
        self.low > self.high
    }

    /// The `A` for which git prints `s` steps.
    fn of_steps(s: u32) -> Self {
        let power = 1u64.checked_shl(s).filter(|_| s < 62).unwrap_or(1 << 62);
        if s == 0 {
            return Self { low: 1, high: 2 };
        }
        Self { low: power + power / 3 + 1, high: 2 * power + 2 * power / 3 }
    }
}

/// What is known of the walk's end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// What git printed before a candidate that was never decided.
    pub pending: Option<Remaining>,
    /// The commits that git named in the end: one culprit, or several candidates.
    pub named: Option<u64>,
}

/// Solves for `A`.
#[must_use]
pub fn suspected(counts: &[Count], end: End) -> Suspected {
    /// Counts that contradict each other more often are not git's.
    const CONTRADICTIONS: usize = 256;
    let mut reliable: Vec<bool> = (0..counts.len()).map(|i| is_own_count(counts, i)).collect();
    let mut left = CONTRADICTIONS;
    let bounds = loop {
        let bounds = propagate(counts, &reliable, end);
        let Err(broken) = bounds else { break bounds.unwrap_or_default() };
        left = left.saturating_sub(1);
        match (0..=broken.min(counts.len() - 1)).rev().find(|i| reliable[*i] && counts[*i].side.is_some()) {
            Some(culprit) if left > 0 => reliable[culprit] = false,
            _ => {
                reliable.fill(false);
                break vec![Bounds::ANY; counts.len() + 1];
            }
        }
    };
    let sizes = estimate(counts, &reliable, &bounds, end.pending);
    Suspected { sizes, reliable }
}

/// Not the count of the candidate before, repeated because the middle is a skipped commit.
fn is_own_count(counts: &[Count], i: usize) -> bool {
    let before = i.checked_sub(1).map(|before| counts[before]);
    let repeats = before.is_some_and(|b| b.side != Some(Side::New) && b.remaining == counts[i].remaining);
    counts[i].remaining.is_some() && !repeats
}

/// Bounds of `A` before each candidate and at the end, or the index of the candidate at which they contradict.
fn propagate(counts: &[Count], reliable: &[bool], end: End) -> Result<Vec<Bounds>, usize> {
    let first_skip = counts.iter().position(|count| count.side.is_none()).unwrap_or(counts.len());
    let mut bounds: Vec<_> = (0..counts.len()).map(|i| checksum(counts[i].remaining, i > first_skip)).collect();
    let last = || checksum(end.pending, counts.len() > first_skip);
    bounds.push(end.named.map_or_else(last, Bounds::exactly));
    if counts.is_empty() && bounds[0].is_empty() {
        // The only count there is contradicts itself, as where a log is cut in the middle of a number.
        bounds[0] = Bounds::ANY;
    }
    for i in 0..counts.len() {
        bounds[i + 1] = bounds[i + 1].and(forwards(counts[i], reliable[i], bounds[i]));
        if bounds[i + 1].is_empty() {
            return Err(i);
        }
    }
    for i in (0..counts.len()).rev() {
        bounds[i] = bounds[i].and(backwards(counts[i], reliable[i], bounds[i + 1]));
        if bounds[i].is_empty() {
            return Err(i);
        }
    }
    Ok(bounds)
}

/// `N` and `S` bound `A` from both sides. git splits near the middle (`R / A` below 0.25 was not seen in 469 walks without
/// skips); a smaller share after a skip is another commit's count.
fn checksum(remaining: Option<Remaining>, after_skip: bool) -> Bounds {
    let Some(Remaining { revisions, steps }) = remaining else { return Bounds::ANY };
    let rest = u64::from(revisions) + 1;
    let least = if after_skip { (rest + rest / 4).max(rest + 1) } else { rest + 1 };
    Bounds { low: least, high: u64::MAX }.and(Bounds::of_steps(steps))
}

fn forwards(count: Count, reliable: bool, before: Bounds) -> Bounds {
    let Some(side) = count.side else { return before };
    let fewer = Bounds { low: 1, high: before.high.saturating_sub(1).max(1) };
    let Some(remaining) = count.remaining.filter(|_| reliable) else { return fewer };
    let rest = u64::from(remaining.revisions) + 1;
    match side {
        Side::Old => Bounds::exactly(rest),
        Side::New if before.high == u64::MAX => Bounds { low: before.low.saturating_sub(rest).max(1), ..before },
        Side::New => Bounds { low: before.low.saturating_sub(rest).max(1), high: before.high.saturating_sub(rest) },
    }
}

fn backwards(count: Count, reliable: bool, after: Bounds) -> Bounds {
    let Some(side) = count.side else { return after };
    let more = Bounds { low: after.low.saturating_add(1), high: u64::MAX };
    match (side, count.remaining.filter(|_| reliable)) {
        (Side::New, Some(remaining)) => {
            let rest = u64::from(remaining.revisions) + 1;
            Bounds { low: after.low.saturating_add(rest), high: after.high.saturating_add(rest) }
        }
        _ => more,
    }
}

/// More commits are in no range that people bisect: the Linux kernel has so many.
const MOST: u64 = 1 << 20;

/// By what factor a candidate of git's without a count divides what is left: two, unless so many halvings would need more
/// commits than there are.
fn factor(counts: &[Count]) -> f64 {
    let halves = |count: &&Count| count.side.is_some() && count.remaining.is_none() && !count.picked;
    let halvings = u32::try_from(counts.iter().filter(halves).count()).unwrap_or(u32::MAX).max(1);
    (f64::from(MOST.ilog2()) / f64::from(halvings)).exp2().min(2.0)
}

/// What was suspected before a candidate without a count, when so much is left after it.
fn before(count: Count, left: u64, factor: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "at most MOST"
    )]
    let halved = |left: u64| (left as f64 * factor).round() as u64;
    match count {
        _ if left >= MOST => left,
        Count { picked: true, .. } => left + (left / 4).max(1),
        _ => halved(left).min(MOST),
    }
}

/// The bounds where they meet; else what a split in halves would make of `N`.
fn estimate(counts: &[Count], reliable: &[bool], bounds: &[Bounds], pending: Option<Remaining>) -> Vec<Size> {
    let (last, factor) = (counts.len(), factor(counts));
    let mut sizes = vec![Size::exact(1); last + 1];
    for i in (0..=last).rev() {
        let Bounds { low, high } = bounds[i];
        if low == high {
            sizes[i] = Size::exact(low);
            continue;
        }
        let remaining = if i == last { pending } else { counts[i].remaining };
        // Without any word on what is left, as much as the last candidate cut off.
        let as_before = || counts.last().and_then(|c| c.remaining).map_or(low, |r| u64::from(r.revisions) + 1);
        // Nor on any candidate: git splits in halves.
        let grown = || if i < last { before(counts[i], sizes[i + 1].commits, factor) } else { as_before() };
        let halved = remaining.map_or_else(grown, |r| 2 * u64::from(r.revisions) + 2);
        let guess = match counts.get(i).map(|count| (count.side, count.remaining)) {
            Some((None, _)) => sizes[i + 1].commits,
            Some((Some(Side::New), Some(r))) if reliable[i] => {
                sizes[i + 1].commits.saturating_add(u64::from(r.revisions) + 1)
            }
            _ => halved,
        };
        let tested = counts.get(i).is_some_and(|count| count.side.is_some());
        let least = if tested { sizes[i + 1].commits + 1 } else { low };
        sizes[i] = Size { commits: guess.clamp(low, high).max(least), exact: false };
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// git's own formula, as its source has it.
    fn steps_of(all: u64) -> u32 {
        if all < 3 {
            return 0;
        }
        let n = all.ilog2();
        let e = 1u64 << n;
        let x = all - e;
        if e < 3 * x { n } else { n - 1 }
    }

    #[test]
    fn the_checksum_inverts_gits_estimate() {
        for all in 1..100_000 {
            let Bounds { low, high } = Bounds::of_steps(steps_of(all));
            assert!((low..=high).contains(&all), "{all}");
        }
        for s in 1..16 {
            let Bounds { low, high } = Bounds::of_steps(s);
            assert_eq!((steps_of(low), steps_of(high)), (s, s));
            assert_ne!(steps_of(low - 1), s);
            assert_ne!(steps_of(high + 1), s);
        }
    }

    #[test]
    fn one_count_that_contradicts_itself_is_no_bound() {
        let pending = Some(Remaining { revisions: 1023, steps: 1 });
        let Suspected { sizes, .. } = suspected(&[], End { pending, named: None });
        assert_eq!(sizes.iter().map(|size| size.commits).collect::<Vec<_>>(), [2048]);
    }

    /// Walks a straight history of `all` commits as git does, and returns what it prints with the true `A`.
    fn walk(all: u64, culprit: u64) -> (Vec<Count>, Vec<u64>) {
        let (mut low, mut high) = (0, all);
        let (mut counts, mut truth) = (Vec::new(), Vec::new());
        while high - low > 1 {
            let (suspects, mid) = (high - low, low + (high - low) / 2);
            let revisions = u32::try_from(suspects - (mid - low) - 1).unwrap();
            let remaining = Remaining { revisions, steps: steps_of(suspects) };
            let side = if mid >= culprit { Side::New } else { Side::Old };
            counts.push(Count { remaining: Some(remaining), side: Some(side), picked: false });
            truth.push(suspects);
            if side == Side::New { high = mid } else { low = mid }
        }
        truth.push(1);
        (counts, truth)
    }

    #[test]
    fn every_size_that_is_called_exact_is() {
        for all in [2u64, 3, 17, 100, 5461, 17_268] {
            for culprit in (1..=all).step_by(usize::try_from(all / 50 + 1).unwrap()) {
                let (counts, truth) = walk(all, culprit);
                let solved = suspected(&counts, End { named: Some(1), pending: None });
                assert!(solved.reliable.iter().all(|own| *own));
                for (size, truth) in solved.sizes.iter().zip(&truth) {
                    let near = size.commits * 2 > *truth && size.commits < *truth * 2;
                    assert!(if size.exact { size.commits == *truth } else { near });
                }
                let first_old = counts.iter().position(|count| count.side == Some(Side::Old));
                let unknown = solved.sizes.iter().filter(|size| !size.exact).count();
                assert!(unknown <= first_old.map_or(0, |i| i + 1), "{all} {culprit}");
            }
        }
    }

    /// Without a count: halvings, but never more commits than there are; what somebody picked halves nothing, nor does a skip.
    #[test]
    fn sizes_are_those_that_can_be() {
        let told = |side, picked| Count { remaining: None, side, picked };
        let sizes = |counts: &[Count]| -> Vec<u64> {
            suspected(counts, End { named: Some(1), pending: None }).sizes.iter().map(|size| size.commits).collect()
        };
        let (old, skip, picked) = (told(Some(Side::Old), false), told(None, false), told(Some(Side::Old), true));
        assert_eq!(sizes(&[old; 4]), [16, 8, 4, 2, 1]);
        assert_eq!(sizes(&[old, skip, skip, old]), [4, 2, 2, 2, 1]);
        assert_eq!(sizes(&[picked, picked, old, old, old, old]), [25, 20, 16, 8, 4, 2, 1]);
        for halvings in [20, 27, 60, 500] {
            let all = sizes(&vec![old; halvings]);
            assert!(all[0] <= 2 * MOST && all.is_sorted_by(|a, b| a > b), "{halvings}: {}", all[0]);
        }
        assert_eq!(
            [99, 104, 115, 134_217_728].map(|commits| Size { commits, exact: false }.told().commits),
            [99, 100, 120, 130_000_000]
        );
    }

    #[test]
    fn contradictions_end() {
        let odd =
            |revisions, steps, side| Count { remaining: Some(Remaining { revisions, steps }), side, picked: false };
        let counts = [odd(5, 9, Some(Side::Old)), odd(u32::MAX, 0, Some(Side::New)), odd(3, 60, None)];
        assert_eq!(suspected(&counts, End { named: Some(1), pending: None }).sizes.len(), 4);
        assert_eq!(suspected(&[], End { named: Some(1), pending: None }).sizes, [Size::exact(1)]);
        assert_eq!(suspected(&[], End::default()).sizes.len(), 1);
    }
}
