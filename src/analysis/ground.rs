//! The ground on which a bisection's tests stand: a line, or, where a repository tells, the history itself.
//!
//! In a history with merges a revision contains the culprit only where the culprit is its ancestor, however late it stands
//! on the line. So the places are the regions of [`crate::history`]: commits that the same tested revisions contain. A tested
//! revision that the repository has not is taken by its neighbours on the line.

use std::collections::{HashMap, HashSet};

use crate::evidence::{Bisection, CommitId, Kind};
use crate::history::{CommitWeights, History, Node, Place as Spot, Relation};
use crate::model::culprit::{Culprit, Place};
use crate::model::line::{Point, TestedLine};
use crate::model::prior::AgePrior;
use crate::model::walk::Size;
use crate::prob::{Prob, to_f64};

use super::{Repo, Settings};

/// The line, and what a repository knows better.
pub(super) struct Ground<'h> {
    pub(super) line: TestedLine,
    pub(super) branches: Option<Branches<'h>>,
    /// Tested revisions that the repository has not; none without one.
    pub(super) missing: Vec<CommitId>,
}

/// What a repository knows of the tested revisions.
pub(super) struct Branches<'h> {
    pub(super) relation: Relation<'h>,
    /// Where the culprit may be, in the models' order of points.
    pub(super) places: Vec<Place>,
    /// The region of each place; none for what lies beyond all tested revisions.
    pub(super) regions: Vec<Option<usize>>,
    /// Places on other branches than a revision that surely has the bug: neither in it nor after it.
    excluded: HashSet<usize>,
    /// Tests of revisions that the repository has not, with the chance for each place that they are bad.
    pub(super) adrift: Vec<(usize, Vec<Prob>)>,
    weights: Option<CommitWeights>,
}

impl<'h> Ground<'h> {
    /// The ground of a bisection, with what the settings' repository tells of it.
    pub(super) fn of(evidence: &Bisection, settings: &'h Settings) -> Self {
        let line = TestedLine::of(evidence);
        let Some(repo) = settings.repo.as_deref() else { return Self { line, branches: None, missing: Vec::new() } };
        let tests = Tests::of(evidence, repo);
        let missing = tests.missing.clone();
        match tests.branches(evidence, &line, repo) {
            Some((line, branches)) => Self { line, branches: Some(branches), missing },
            None => Self { line, branches: None, missing },
        }
    }
}

/// The tests of a bisection by their commits.
struct Tests<'h> {
    history: &'h History,
    /// Old to new: the commit, the name under which it was tested, and its steps.
    found: Vec<(CommitId, Vec<usize>)>,
    missing: Vec<CommitId>,
}

impl<'h> Tests<'h> {
    fn of(evidence: &Bisection, repo: &'h Repo) -> Self {
        let history = &repo.history;
        let mut steps: HashMap<Node, (CommitId, Vec<usize>)> = HashMap::new();
        let mut missing = Vec::new();
        for (i, step) in evidence.steps.iter().enumerate().filter(|(_, step)| step.is_evidence()) {
            match history.find(&step.commit) {
                Ok(node) => steps.entry(node).or_insert_with(|| (step.commit, Vec::new())).1.push(i),
                Err(_) if missing.contains(&step.commit) => {}
                Err(_) => missing.push(step.commit),
            }
        }
        let mut nodes: Vec<_> = steps.into_iter().collect();
        // A node's number is its place in a topological order.
        nodes.sort_unstable_by_key(|(node, _)| *node);
        Self { history, found: nodes.into_iter().map(|(_, tests)| tests).collect(), missing }
    }

    /// None when the repository has no revision that crashed: there is no end to look from then.
    fn branches(self, evidence: &Bisection, line: &TestedLine, repo: &Repo) -> Option<(TestedLine, Branches<'h>)> {
        let Self { history, found, missing } = self;
        let crashed = |step: &usize| evidence.steps[*step].counts().crashes > 0;
        if !found.iter().any(|(_, steps)| steps.iter().any(crashed)) {
            return None;
        }
        let commits: Vec<_> = found.iter().map(|(commit, _)| *commit).collect();
        let relation = history.relation(&commits);
        let (places, regions) = places(&relation, found.len(), evidence.kind);
        let weights = repo.weights.as_ref().map(|weights| weights.of(history));
        let mut branches =
            Branches { relation, places, regions, excluded: HashSet::new(), adrift: Vec::new(), weights };
        let points: Vec<_> = found.into_iter().map(|(commit, steps)| Point { commit, steps }).collect();
        let line_of_history =
            TestedLine { sizes: branches.sizes(points.len(), evidence.kind), points, floating: Vec::new() };
        branches.excluded = branches.excluded(evidence, &line_of_history.points);
        branches.adrift = branches.adrift(evidence, line, &commits, &missing);
        Some((line_of_history, branches))
    }
}

/// The places in the models' order of points, from the clean side to the crashing side, with their regions.
fn places(relation: &Relation<'_>, points: usize, kind: Kind) -> (Vec<Place>, Vec<Option<usize>>) {
    let bad = |contains: &dyn Fn(usize) -> bool| -> Vec<bool> {
        match kind {
            Kind::Cause => (0..points).map(contains).collect(),
            Kind::Fix => (0..points).rev().map(|point| !contains(point)).collect(),
        }
    };
    // Older than all that was tested for a cause, newer for a fix: every revision is bad then.
    let beyond = Place::new(&vec![true; points]).map(|place| (place, None));
    let regions = relation.regions.iter().enumerate();
    let regions = regions.filter_map(|(region, commits)| {
        let place = Place::new(&bad(&|point| commits.contained_in.contains(point)))?;
        Some((place, Some(region)))
    });
    beyond.into_iter().chain(regions).unzip()
}

impl Branches<'_> {
    /// Commits that a surely bad revision lacks, and that are not after it either, as another revision shows that has them
    /// and not it. What they are many of must not make them likely: they cannot be the change.
    fn excluded(&self, evidence: &Bisection, points: &[Point]) -> HashSet<usize> {
        /// No background fails in most runs.
        const CRASHES: u32 = 3;
        if evidence.kind == Kind::Fix {
            return HashSet::new();
        }
        let surely_bad = |point: &Point| {
            let counts = point.steps.iter().map(|step| evidence.steps[*step].counts());
            let (crashes, passes) = counts.fold((0, 0), |sum, counts| (sum.0 + counts.crashes, sum.1 + counts.passes));
            crashes >= CRASHES && crashes > passes
        };
        let sure: Vec<_> = (0..points.len()).filter(|point| surely_bad(&points[*point])).collect();
        let beside = |place: &Place, bad: usize| {
            let not_after = |point: &usize| self.relation.contains(*point, bad) == Some(false);
            place.bad.binary_search(&bad).is_err() && place.bad.iter().any(not_after)
        };
        let excluded = self.places.iter().enumerate();
        excluded.filter(|(_, place)| sure.iter().any(|bad| beside(place, *bad))).map(|(index, _)| index).collect()
    }

    /// How many commits a place holds; unknown beyond what was tested.
    pub(super) fn commits(&self, place: usize) -> Option<u64> {
        self.regions[place].map(|region| self.relation.regions[region].commits)
    }

    /// The sizes of the gaps between the points, old to new.
    fn sizes(&self, points: usize, kind: Kind) -> Vec<Size> {
        let mut commits = vec![0; points];
        for (i, place) in self.places.iter().enumerate() {
            commits[place.gap] += self.commits(i).unwrap_or_default();
        }
        let between = commits.into_iter().skip(1).map(|commits| Size { commits, exact: true });
        match kind {
            Kind::Cause => between.collect(),
            Kind::Fix => between.rev().collect(),
        }
    }

    /// The prior mass of each place: of its commits, each by its rank among all that the change can be, newest first, and of
    /// what lies beyond, what is left.
    pub(super) fn prior(&self, age: &AgePrior) -> Vec<Prob> {
        let possible = |(place, region): (usize, &Option<usize>)| {
            region.filter(|_| !self.excluded.contains(&place)).map(|region| (place, region))
        };
        let regions = self.regions.iter().enumerate().filter_map(possible);
        let commits =
            regions.flat_map(|(place, region)| self.relation.commits_of(region).map(move |node| (node, place)));
        let mut commits: Vec<_> = commits.collect();
        commits.sort_unstable_by(|a, b| b.cmp(a));
        let mut masses = vec![0.0; self.places.len()];
        let total = to_f64(commits.len() as u64);
        let (mut rank, mut left) = (0.0, 1.0);
        for (node, place) in commits {
            rank += 1.0;
            let weight = self.weights.as_ref().map_or(1.0, |weights| weights.weight(node));
            let after = age.left(rank, total);
            masses[place] += weight * (left - after);
            left = after;
        }
        let inside: f64 = masses.iter().sum();
        let scale = if inside > 0.0 { (1.0 - left) / inside } else { 0.0 };
        let mass = |(mass, region): (&f64, &Option<usize>)| region.map_or(left, |_| mass * scale);
        masses.iter().zip(&self.regions).map(mass).map(Prob::saturating).collect()
    }

    /// The mass of each gap.
    pub(super) fn by_gap(&self, places: &[Prob], points: usize) -> Vec<Prob> {
        let mut gaps = vec![0.0; points];
        self.places.iter().zip(places).for_each(|(place, mass)| gaps[place.gap] += mass.value());
        gaps.into_iter().map(Prob::saturating).collect()
    }

    /// Revisions that the repository has not: bad where the older neighbour on the line is, good where the newer one is, and
    /// between them as likely the one as the other.
    fn adrift(
        &self,
        evidence: &Bisection,
        line: &TestedLine,
        found: &[CommitId],
        missing: &[CommitId],
    ) -> Vec<(usize, Vec<Prob>)> {
        let model = |commit: &CommitId| {
            let point = found.iter().position(|other| other == commit)?;
            Some(if evidence.kind == Kind::Fix { found.len() - 1 - point } else { point })
        };
        let older = |until: usize| line.points[..until].iter().rev().find_map(|point| model(&point.commit));
        let newer = |from: usize| line.points[from..].iter().find_map(|point| model(&point.commit));
        let on_line = line.points.iter().enumerate();
        let on_line = on_line.flat_map(|(i, point)| point.steps.iter().map(move |step| (*step, i, point.commit)));
        let on_line = on_line.filter(|(step, ..)| missing.contains(&evidence.steps[*step].commit));
        // A test that stands beside another revision says what that one does.
        let on_line =
            on_line.map(
                |(step, i, point)| {
                    if evidence.steps[step].commit == point { (step, i, i + 1) } else { (step, i + 1, i) }
                },
            );
        let off_line = line.floating.iter().filter(|test| missing.contains(&evidence.steps[test.step].commit));
        let off_line = off_line.map(|test| (test.step, test.first, test.last.min(line.points.len())));
        let chances = on_line.chain(off_line).map(|(step, until, from)| {
            let (clean, crashing) = match evidence.kind {
                Kind::Cause => (older(until), newer(from)),
                Kind::Fix => (newer(from), older(until)),
            };
            let is_bad =
                |place: &Place, point: Option<usize>| point.map(|point| place.bad.binary_search(&point).is_ok());
            let chance = |place: &Place| match (is_bad(place, clean), is_bad(place, crashing)) {
                (Some(true), _) => Prob::ONE,
                (_, Some(false)) => Prob::ZERO,
                _ => Prob::saturating(0.5),
            };
            (step, self.places.iter().map(chance).collect())
        });
        chances.collect()
    }

    /// P(bad) of each point in the models' order.
    pub(super) fn p_bad(&self, culprit: &Culprit, points: usize) -> Vec<Prob> {
        let mut chances = vec![0.0; points];
        for (place, mass) in self.places.iter().zip(&culprit.places) {
            place.bad.iter().for_each(|point| chances[*point] += mass.value());
        }
        chances.into_iter().map(Prob::saturating).collect()
    }

    /// P(the culprit is this commit); none when the repository has it not.
    pub(super) fn p_commit(&self, culprit: &Culprit, commit: &CommitId, stack: &[String], kind: Kind) -> Option<Prob> {
        let node = self.relation.history().find(commit).ok()?;
        let mass = |region: Option<usize>| {
            let place = self.regions.iter().position(|of| *of == region);
            place.map_or(0.0, |place| culprit.places[place].value())
        };
        let p = match (self.relation.place_of(node), kind) {
            (Spot::Region(region), _) => {
                let within = self.within(region, stack);
                mass(Some(region)) * within.iter().find(|(other, _)| *other == node).map_or(0.0, |(_, share)| *share)
            }
            (Spot::Older, Kind::Cause) => mass(None) / to_f64(self.relation.older.max(1)),
            // In no revision that crashed, or in none that is clean.
            (Spot::Older, Kind::Fix) | (Spot::Outside, Kind::Cause) => 0.0,
            (Spot::Outside, Kind::Fix) => return None,
        };
        Some(Prob::saturating(p))
    }

    /// P(it is this commit, if it is in its place), for all commits of a region, newest first: by the weights that were
    /// given and by how near what they touch is to the crash's stack.
    pub(super) fn within(&self, region: usize, stack: &[String]) -> Vec<(Node, f64)> {
        let commits: Vec<_> = self.relation.commits_of(region).collect();
        let near = self.relation.history().stack_weights(&commits, stack);
        let given = |commit| self.weights.as_ref().map_or(1.0, |weights| weights.weight(commit));
        let weight = |(i, commit): (usize, Node)| given(commit) * near.as_ref().map_or(1.0, |near| near[i]);
        let weights: Vec<_> = commits.iter().copied().enumerate().map(weight).collect();
        let total: f64 = weights.iter().sum();
        let share = |weight: f64| if total > 0.0 { weight / total } else { 0.0 };
        commits.into_iter().zip(weights).map(|(commit, weight)| (commit, share(weight))).collect()
    }
}
