//! Do the credible sets hold the true change as often as they claim, and how large are they?

use serde::Serialize;

use crate::analysis::{Analysis, CredibleSet};
use crate::prob::{Prob, to_f64};

use super::scores::Share;
use super::truth::Place;

/// Credible sets against the truth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// The mass that each set had to hold; missing without sets.
    pub level: Option<Prob>,
    /// The mass that they hold on average: whole gaps are more than was asked for.
    pub mean_mass: Option<Prob>,
    /// Sets that hold the true change, of those that could.
    pub covered: Option<Share>,
    /// Sets of one commit.
    pub single: Option<Share>,
    /// How large they are.
    pub commits: SetSizes,
    /// Bisections without a set: nothing crashed in the runs that count. Neither covered nor not.
    pub without_set: usize,
    /// True changes in none of the tested revisions, which no set can hold. Neither covered nor not.
    pub nowhere: usize,
    /// True changes in no gap of the line: up to a revision that has no place there. Neither covered nor not.
    pub off_line: usize,
}

/// The sizes of the sets in `covered`, in commits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SetSizes {
    /// Sets whose size is known.
    pub bounded: usize,
    /// Sets that reach beyond the tested revisions.
    pub unbounded: usize,
    /// Mean of the known sizes.
    pub mean: Option<f64>,
    /// Median of the known sizes.
    pub median: Option<f64>,
}

/// A credible set and the index of the gap with the true change.
type Placed<'a> = (&'a CredibleSet, usize);

/// What became of one bisection.
enum Found<'a> {
    Placed(Placed<'a>),
    WithoutSet,
    Nowhere,
    OffLine,
}

/// Compares each credible set with the place of the true change.
#[must_use]
pub fn coverage(truths: &[(&Analysis, Place)]) -> Coverage {
    let (mut sets, mut without_set, mut nowhere, mut off_line) = (Vec::new(), 0, 0, 0);
    for (analysis, place) in truths {
        match find(analysis, *place) {
            Found::Placed(placed) => sets.push(placed),
            Found::WithoutSet => without_set += 1,
            Found::Nowhere => nowhere += 1,
            Found::OffLine => off_line += 1,
        }
    }
    let share = |of: fn(&Placed) -> bool| Share::of(sets.iter().filter(|placed| of(placed)).count(), sets.len());
    Coverage {
        level: sets.first().map(|(set, _)| set.level),
        mean_mass: mean(sets.iter().map(|(set, _)| set.mass.value())).map(Prob::saturating),
        covered: share(|(set, gap)| set.gaps.contains(gap)),
        single: share(|(set, _)| set.commits == Some(1)),
        commits: SetSizes::of(&sets),
        without_set,
        nowhere,
        off_line,
    }
}

/// Pairs the set with the true gap. Only a fix can be newer than the newest tested revision and have a gap there.
fn find(analysis: &Analysis, place: Place) -> Found<'_> {
    let Some(set) = &analysis.credible_set else { return Found::WithoutSet };
    let gap = match place {
        Place::Upto(commit) => analysis.gaps.iter().position(|gap| gap.upto.is_some_and(|upto| upto.matches(&commit))),
        Place::Older => analysis.gaps.iter().position(|gap| gap.after.is_none()),
        Place::Nowhere => analysis.gaps.iter().position(|gap| gap.upto.is_none()),
    };
    match (gap, place) {
        (Some(gap), _) => Found::Placed((set, gap)),
        (None, Place::Nowhere) => Found::Nowhere,
        (None, _) => Found::OffLine,
    }
}

impl SetSizes {
    fn of(sets: &[Placed]) -> Self {
        let mut sizes: Vec<_> = sets.iter().filter_map(|(set, _)| set.commits).collect();
        sizes.sort_unstable();
        let (bounded, unbounded) = (sizes.len(), sets.len() - sizes.len());
        let mean = mean(sizes.iter().map(|size| commits(*size)));
        Self { bounded, unbounded, mean, median: median(&sizes) }
    }
}

fn median(sorted: &[u64]) -> Option<f64> {
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get(sorted.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(commits(*lower), commits(*upper)))
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let n = values.len();
    (n > 0).then(|| values.sum::<f64>() / to_f64(n))
}

#[expect(clippy::cast_precision_loss, reason = "numbers of commits stay far below 2^53")]
const fn commits(size: u64) -> f64 {
    size as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7.0));
        assert_eq!(median(&[1, 2]), Some(1.5));
        assert_eq!(median(&[1, 2, 9]), Some(2.0));
    }
}
