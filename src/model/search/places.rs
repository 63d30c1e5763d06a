//! Where the change may be before any run: masses over the commits of a line, piecewise uniform, and beside them the ways
//! in which no commit of the line is it.

use crate::prob::Prob;

/// A commit of the line, or a revision on it, by its place: the good end is 0, the bad end is the number of commits. A
/// change at `c` makes the revisions from `c` on bad.
pub type Revision = u64;

/// What lies outside the line, as prior masses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outside {
    /// The good end has the bug already.
    pub older: Prob,
    /// There is no change: every revision crashes alike.
    pub always: Prob,
    /// Not even the bad end has the bug.
    pub gone: Prob,
}

impl Outside {
    /// The change is on the line for certain.
    pub const NOTHING: Self = Self { older: Prob::ZERO, always: Prob::ZERO, gone: Prob::ZERO };

    fn total(&self) -> f64 {
        self.older.value() + self.always.value() + self.gone.value()
    }
}

impl Default for Outside {
    /// Two in a hundred each.
    fn default() -> Self {
        let share = Prob::saturating(0.02);
        Self { older: share, always: share, gone: share }
    }
}

/// The prior over places.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    /// The last commit of each piece, ascending; the first piece begins at commit 1.
    ends: Vec<Revision>,
    /// The mass of the commits up to each of them.
    below: Vec<f64>,
    outside: Outside,
}

impl Places {
    /// All commits alike; none without commits.
    #[must_use]
    pub fn uniform(commits: u64, outside: Outside) -> Option<Self> {
        Self::pieces(&[(commits, 1.0)], outside)
    }

    /// Runs of commits, old to new, each with a weight that its commits share. None without commits or without weight.
    #[must_use]
    pub fn pieces(pieces: &[(u64, f64)], outside: Outside) -> Option<Self> {
        let total: f64 = pieces.iter().filter(|(commits, _)| *commits > 0).map(|(_, weight)| weight).sum();
        let inside = 1.0 - outside.total();
        if !(total > 0.0 && total.is_finite() && inside > 0.0) {
            return None;
        }
        let mut places = Self { ends: Vec::new(), below: Vec::new(), outside };
        let (mut end, mut below) = (0, 0.0);
        for (commits, weight) in pieces.iter().filter(|(commits, _)| *commits > 0) {
            end += commits;
            below += weight / total * inside;
            places.ends.push(end);
            places.below.push(below);
        }
        Some(places)
    }

    /// How many commits there are.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.ends.last().copied().unwrap_or_default()
    }

    /// What lies outside.
    #[must_use]
    pub const fn outside(&self) -> Outside {
        self.outside
    }

    /// The piece that holds a commit.
    fn piece(&self, commit: Revision) -> usize {
        self.ends.partition_point(|end| *end < commit).min(self.ends.len() - 1)
    }

    /// Where a piece begins: the commit before it, and the mass up to there.
    fn start(&self, piece: usize) -> (Revision, f64) {
        piece.checked_sub(1).map_or((0, 0.0), |before| (self.ends[before], self.below[before]))
    }

    /// The mass of a piece's commits, each.
    fn density(&self, piece: usize) -> f64 {
        let (start, below) = self.start(piece);
        (self.below[piece] - below) / to_f64(self.ends[piece] - start)
    }

    /// The mass of the commits up to and with this one.
    #[must_use]
    pub fn up_to(&self, commit: Revision) -> f64 {
        let piece = self.piece(commit);
        let (start, below) = self.start(piece);
        below + self.density(piece) * to_f64(commit.min(self.ends[piece]).saturating_sub(start))
    }

    /// The first commit up to which there is at least this mass, within `(after, upto]`.
    #[must_use]
    pub fn holding(&self, mass: f64, after: Revision, upto: Revision) -> Revision {
        let piece = self.below.partition_point(|below| *below < mass).min(self.ends.len() - 1);
        let (start, below) = self.start(piece);
        let density = self.density(piece);
        let beyond = if density > 0.0 { (mass - below) / density } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is clamped")]
        let commit = start + beyond.max(0.0).ceil() as u64;
        commit.clamp(after + 1, upto.max(after + 1))
    }

    /// The likeliest commit of `(after, upto]` and its mass; the newest of several alike.
    #[must_use]
    pub fn likeliest(&self, after: Revision, upto: Revision) -> Option<(Revision, f64)> {
        let pieces = (after < upto).then(|| self.piece(after + 1)..=self.piece(upto))?;
        let commits = pieces.map(|piece| (self.ends[piece].min(upto), self.density(piece)));
        commits.max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// Commits as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "histories are far below 2^53 commits")]
pub(super) const fn to_f64(commits: u64) -> f64 {
    commits as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_share_their_mass() {
        let outside = Outside { older: Prob::saturating(0.1), ..Outside::NOTHING };
        let places = Places::pieces(&[(10, 3.0), (0, 5.0), (30, 1.0)], outside).unwrap();
        assert_eq!(places.commits(), 40);
        for (commit, expected) in [(0, 0.0), (5, 0.3375), (10, 0.675), (20, 0.75), (40, 0.9), (99, 0.9)] {
            assert!((places.up_to(commit) - expected).abs() < 1e-12, "{commit}: {}", places.up_to(commit));
        }
        assert_eq!(places.holding(0.3375, 0, 40), 5);
        assert_eq!(places.holding(0.34, 0, 40), 6);
        assert_eq!(places.holding(0.34, 7, 40), 8);
        assert_eq!(places.holding(2.0, 0, 40), 40);
        assert_eq!(places.likeliest(8, 12).map(|(commit, _)| commit), Some(10));
        assert_eq!(places.likeliest(10, 12).map(|(commit, _)| commit), Some(12));
        assert_eq!(places.likeliest(12, 12), None);
    }

    #[test]
    fn there_must_be_something() {
        assert_eq!(Places::uniform(0, Outside::default()), None);
        assert_eq!(Places::pieces(&[], Outside::default()), None);
        assert_eq!(Places::pieces(&[(3, 0.0)], Outside::default()), None);
        assert_eq!(Places::pieces(&[(3, f64::NAN)], Outside::default()), None);
        assert_eq!(Places::uniform(3, Outside { gone: Prob::ONE, ..Outside::default() }), None);
    }
}
