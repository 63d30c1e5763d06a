//! Where the change may be before any run: masses over the commits of a line, piecewise uniform, or of a history that
//! branches ([`super::graph`]), and beside them the ways in which none of these commits is it.

use fixedbitset::FixedBitSet;

use super::graph::Graph;
use crate::prob::{Prob, to_f64};

/// A commit, or a revision, by its place. On a line the good end is 0, the bad end is the number of commits, and a change at
/// `c` makes the revisions from `c` on bad. In a graph it is the number of the node.
pub type Revision = u64;

/// What lies outside, as prior masses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outside {
    /// Every revision that can be run has the bug already.
    pub older: Prob,
    /// There is no change: whatever fails, fails alike everywhere.
    pub none: Prob,
}

impl Outside {
    /// The change is among the commits for certain.
    pub const NOTHING: Self = Self { older: Prob::ZERO, none: Prob::ZERO };

    fn total(&self) -> f64 {
        self.older.value() + self.none.value()
    }
}

impl Default for Outside {
    /// Two and three in a hundred.
    fn default() -> Self {
        Self { older: Prob::saturating(0.02), none: Prob::saturating(0.03) }
    }
}

/// The prior over places.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    ground: Ground,
    outside: Outside,
}

#[derive(Clone, Debug, PartialEq)]
enum Ground {
    Line(Line),
    Graph { graph: Graph, scale: f64 },
}

/// Commits that the same tested revisions contain.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Region {
    /// Their prior mass.
    pub(super) mass: f64,
    pub(super) commits: u64,
    /// The one with most of it, and how much; the newest of several alike.
    pub(super) heaviest: (Revision, f64),
    pub(super) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Span {
    /// `(after, upto]` of a line.
    Between(Revision, Revision),
    /// Nodes of a graph, ascending.
    Among(Vec<u32>),
}

/// What a revision tells apart.
pub(super) enum Cut {
    At(Revision),
    Under(FixedBitSet),
}

impl Places {
    /// All commits of a line alike; none without commits.
    #[must_use]
    pub fn uniform(commits: u64, outside: Outside) -> Option<Self> {
        Self::pieces(&[(commits, 1.0)], outside)
    }

    /// A line: runs of commits, old to new, each with a weight that its commits share. None without commits or without
    /// weight.
    #[must_use]
    pub fn pieces(pieces: &[(u64, f64)], outside: Outside) -> Option<Self> {
        let inside = 1.0 - outside.total();
        let line = Line::new(pieces, inside).filter(|_| inside > 0.0)?;
        Some(Self { ground: Ground::Line(line), outside })
    }

    /// A history that branches; none without weight.
    #[must_use]
    pub fn graph(graph: Graph, outside: Outside) -> Option<Self> {
        let (inside, total) = (1.0 - outside.total(), graph.total());
        let ground = Ground::Graph { graph, scale: inside / total };
        (total > 0.0 && total.is_finite() && inside > 0.0).then_some(Self { ground, outside })
    }

    /// The newest revision.
    #[must_use]
    pub fn last(&self) -> Revision {
        match &self.ground {
            Ground::Line(line) => line.commits(),
            Ground::Graph { graph, .. } => graph.len() as u64 - 1,
        }
    }

    /// Nodes of a history that branches.
    pub(super) const fn nodes(&self) -> u64 {
        match &self.ground {
            Ground::Line(_) => 0,
            Ground::Graph { graph, .. } => graph.len() as u64,
        }
    }

    /// What lies outside.
    #[must_use]
    pub const fn outside(&self) -> Outside {
        self.outside
    }

    /// All commits.
    pub(super) fn whole(&self) -> Option<Region> {
        match &self.ground {
            Ground::Line(line) => line.region(0, line.commits()),
            Ground::Graph { graph, scale } => {
                graph.region((0..u32::try_from(graph.len()).unwrap_or(u32::MAX)).collect(), *scale)
            }
        }
    }

    pub(super) fn cut(&self, revision: Revision) -> Cut {
        match &self.ground {
            Ground::Line(_) => Cut::At(revision),
            Ground::Graph { graph, .. } => Cut::Under(graph.bad_under(revision)),
        }
    }

    /// The commits of a region under which a revision is bad, and the others.
    pub(super) fn split(&self, region: &Region, cut: &Cut) -> (Option<Region>, Option<Region>) {
        match (&self.ground, &region.span, cut) {
            (Ground::Line(line), Span::Between(after, upto), Cut::At(at)) => {
                (line.region(*after, *upto.min(at)), line.region(*after.max(at), *upto))
            }
            (Ground::Graph { graph, scale }, Span::Among(nodes), Cut::Under(under)) => {
                let (bad, good): (Vec<u32>, Vec<u32>) = nodes.iter().partition(|node| under.contains(**node as usize));
                (graph.region(bad, *scale), graph.region(good, *scale))
            }
            _ => (None, None),
        }
    }

    /// The share of each region's mass under which each of these revisions is bad.
    pub(super) fn shares(&self, regions: &[&Region], revisions: &[Revision]) -> Vec<Vec<f64>> {
        match &self.ground {
            Ground::Line(line) => {
                let share = |region: &&Region, at| match region.span {
                    Span::Between(after, upto) => line.share(after, upto, at),
                    Span::Among(_) => 0.0,
                };
                revisions.iter().map(|at| regions.iter().map(|region| share(region, *at)).collect()).collect()
            }
            Ground::Graph { graph, .. } => {
                let regions: Vec<&[u32]> = regions.iter().map(|region| nodes_of(region)).collect();
                graph.shares(&regions, revisions)
            }
        }
    }

    /// Revisions of a region under which about this share of its mass is bad, and those beside it.
    pub(super) fn near(&self, region: &Region, share: f64, allowed: impl Fn(Revision) -> bool) -> Vec<Revision> {
        match (&self.ground, &region.span) {
            (Ground::Line(line), Span::Between(after, upto)) => {
                let best = line.at(*after, *upto, share);
                let mut around = vec![best.saturating_sub(1).max(*after), best];
                around.retain(|revision| allowed(*revision));
                around
            }
            (Ground::Graph { graph, .. }, Span::Among(nodes)) => {
                graph.near(nodes, &[share, 0.7 * share, f64::midpoint(share, 1.0)], allowed)
            }
            _ => Vec::new(),
        }
    }

    /// The prior mass of a commit.
    pub(super) fn mass_of(&self, commit: Revision) -> f64 {
        match &self.ground {
            Ground::Line(line) if commit > 0 && commit <= line.commits() => line.density(line.piece(commit)),
            Ground::Line(_) => 0.0,
            Ground::Graph { graph, scale } => graph.weight(commit) * scale,
        }
    }

    /// The commit at which this share of a region's mass is passed.
    pub(super) fn at(&self, region: &Region, share: f64) -> Revision {
        match (&self.ground, &region.span) {
            (Ground::Line(line), Span::Between(after, upto)) => line.at(*after, *upto, share),
            (Ground::Graph { graph, .. }, Span::Among(nodes)) => graph.at(nodes, share),
            _ => 0,
        }
    }
}

fn nodes_of(region: &Region) -> &[u32] {
    match &region.span {
        Span::Among(nodes) => nodes,
        Span::Between(..) => &[],
    }
}

impl Region {
    /// Whether a commit is in it.
    pub(super) fn holds(&self, commit: Revision) -> bool {
        match &self.span {
            Span::Between(after, upto) => *after < commit && commit <= *upto,
            Span::Among(nodes) => u32::try_from(commit).is_ok_and(|node| nodes.binary_search(&node).is_ok()),
        }
    }

    /// Its oldest and its newest commit.
    pub(super) fn ends(&self) -> (Revision, Revision) {
        match &self.span {
            Span::Between(after, upto) => (after + 1, *upto),
            Span::Among(nodes) => {
                let end = |node: Option<&u32>| node.map_or(0, |node| Revision::from(*node));
                (end(nodes.first()), end(nodes.last()))
            }
        }
    }
}

/// A line of commits.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    /// The last commit of each piece, ascending; the first piece begins at commit 1.
    ends: Vec<Revision>,
    /// The mass of the commits up to each of them.
    below: Vec<f64>,
}

impl Line {
    fn new(pieces: &[(u64, f64)], inside: f64) -> Option<Self> {
        let there = pieces.iter().filter(|(commits, _)| *commits > 0);
        let total: f64 = there.clone().map(|(_, weight)| weight).sum();
        if !(total > 0.0 && total.is_finite()) {
            return None;
        }
        let mut line = Self { ends: Vec::new(), below: Vec::new() };
        let (mut end, mut below) = (0, 0.0);
        for (commits, weight) in there {
            end += commits;
            below += weight / total * inside;
            line.ends.push(end);
            line.below.push(below);
        }
        Some(line)
    }

    fn commits(&self) -> u64 {
        self.ends.last().copied().unwrap_or_default()
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
    fn up_to(&self, commit: Revision) -> f64 {
        let piece = self.piece(commit);
        let (start, below) = self.start(piece);
        below + self.density(piece) * to_f64(commit.min(self.ends[piece]).saturating_sub(start))
    }

    fn region(&self, after: Revision, upto: Revision) -> Option<Region> {
        let upto = upto.min(self.commits());
        if after >= upto {
            return None;
        }
        let mass = self.up_to(upto) - self.up_to(after);
        let pieces = self.piece(after + 1)..=self.piece(upto);
        let commits = pieces.map(|piece| (self.ends[piece].min(upto), self.density(piece)));
        let heaviest = commits.max_by(|a, b| a.1.total_cmp(&b.1))?;
        (mass > 0.0).then_some(Region { mass, commits: upto - after, heaviest, span: Span::Between(after, upto) })
    }

    /// The share of the mass of `(after, upto]` that a revision makes bad.
    fn share(&self, after: Revision, upto: Revision, at: Revision) -> f64 {
        let below = self.up_to(after);
        let mass = self.up_to(upto) - below;
        if mass > 0.0 { ((self.up_to(at) - below) / mass).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The first commit of `(after, upto]` up to which there is at least this share of its mass.
    fn at(&self, after: Revision, upto: Revision, share: f64) -> Revision {
        let below = self.up_to(after);
        let mass = below + share * (self.up_to(upto) - below);
        let piece = self.below.partition_point(|below| *below < mass).min(self.ends.len() - 1);
        let (start, below) = self.start(piece);
        let density = self.density(piece);
        let beyond = if density > 0.0 { (mass - below) / density } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is clamped")]
        let commit = start + (beyond.max(0.0) - 1e-9).ceil() as u64;
        commit.clamp(after + 1, upto.max(after + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_share_their_mass() {
        let line = Line::new(&[(10, 3.0), (0, 5.0), (30, 1.0)], 0.9).unwrap();
        assert_eq!(line.commits(), 40);
        for (commit, expected) in [(0, 0.0), (5, 0.3375), (10, 0.675), (20, 0.75), (40, 0.9), (99, 0.9)] {
            assert!((line.up_to(commit) - expected).abs() < 1e-12, "{commit}: {}", line.up_to(commit));
        }
        assert_eq!(line.at(0, 40, 0.375), 5);
        assert_eq!(line.at(0, 40, 0.38), 6);
        assert_eq!(line.at(7, 40, 0.0), 8);
        assert_eq!(line.at(0, 40, 2.0), 40);
        assert_eq!(line.region(8, 12).map(|region| region.heaviest.0), Some(10));
        assert_eq!(line.region(10, 12).map(|region| region.heaviest.0), Some(12));
        assert_eq!(line.region(12, 12), None);
    }

    #[test]
    fn there_must_be_something() {
        assert_eq!(Places::uniform(0, Outside::default()), None);
        assert_eq!(Places::pieces(&[], Outside::default()), None);
        assert_eq!(Places::pieces(&[(3, 0.0)], Outside::default()), None);
        assert_eq!(Places::pieces(&[(3, f64::NAN)], Outside::default()), None);
        assert_eq!(Places::uniform(3, Outside { none: Prob::ONE, ..Outside::default() }), None);
        assert_eq!(Places::graph(Graph::new(vec![(vec![], 0.0)], false), Outside::default()), None);
    }

    /// 0 - 1 - 3 - 4, and 2 beside 1: the merge 3 has all before it.
    #[test]
    fn a_graph_is_cut_by_histories() {
        let commits = [vec![], vec![0], vec![0], vec![1, 2], vec![3]].map(|parents| (parents, 1.0));
        let share = |fix, revision| {
            let places = Places::graph(Graph::new(commits.to_vec(), fix), Outside::NOTHING).unwrap();
            let whole = places.whole().unwrap();
            let (bad, _) = places.split(&whole, &places.cut(revision));
            let share = bad.map_or(0.0, |bad| bad.mass);
            assert!((places.shares(&[&whole], &[revision])[0][0] - share).abs() < 1e-12);
            share
        };
        assert!((share(false, 2) - 0.4).abs() < 1e-12 && (share(false, 3) - 0.8).abs() < 1e-12);
        assert!((share(true, 2) - 0.6).abs() < 1e-12 && share(true, 4).abs() < 1e-12);
        let graph = Graph::new(commits.to_vec(), false);
        assert_eq!(graph.near(&[0, 1, 2, 3, 4], &[0.2, 0.8], |_| true), [0, 3]);
    }
}
