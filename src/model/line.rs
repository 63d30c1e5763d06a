//! The line: the tested revisions from old to new, and the commits in the gaps between them.
//!
//! Origin and releases order themselves. A candidate lies between git's ends at its time, so what git was told orders
//! the candidates. Gap sizes come from [`super::walk`]; between releases that git never opened they are taken to be as
//! large as the opened one.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use crate::evidence::{Bisection, CommitId, Kind, Move, Placed, RevisionName, Role, Side, Step, Verdict, Walk};

use super::walk::{Count, End, Size, Suspected, suspected};

/// A revision on the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The revision that was tested there.
    pub commit: CommitId,
    /// Its tests that may enter a model; none for a revision that was decided without one.
    pub steps: Vec<usize>,
}

/// A skipped revision whose runs say something all the same. It lies somewhere in the gaps `first ..= last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floating {
    /// Its test.
    pub step: usize,
    /// The oldest gap that it may lie in.
    pub first: usize,
    /// The newest gap that it may lie in.
    pub last: usize,
}

/// The line of one bisection. Gap `g` holds the commits after point `g - 1` up to and including point `g`; the first
/// gap is everything older than the oldest point, the last everything newer than the newest, so there is one gap more
/// than there are points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestedLine {
    /// Old to new.
    pub points: Vec<Point>,
    /// The gaps before each point but the first: `points.len() - 1` sizes.
    pub sizes: Vec<Size>,
    /// Skipped revisions with runs.
    pub floating: Vec<Floating>,
}

/// Commits between two kernel releases, where the log tells no better.
const RELEASE: Size = Size { commits: 14_000, exact: false };

impl TestedLine {
    /// Orders the revisions of a bisection.
    ///
    /// ```
    /// use bisectstat::evidence::Source;
    /// use bisectstat::ingest::read;
    /// use bisectstat::model::line::TestedLine;
    ///
    /// let bytes = std::fs::read("data/004_css_free_rwork_fn.txt")?;
    /// let bisection = read(&bytes, &Source::new("004"))?.bisections.remove(0);
    /// let line = TestedLine::of(&bisection);
    /// assert_eq!(line.sizes.len() + 1, line.points.len(), "one size between two neighbours");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(bisection: &Bisection) -> Self {
        let mut builder = Builder::new(bisection);
        match &bisection.walk {
            _ if !bisection.order.is_empty() => builder.told(&bisection.order),
            Some(walk) => builder.opened(walk),
            None => builder.never_opened(),
        }
        builder.finish()
    }

    /// The gap that ends with `commit`.
    #[must_use]
    pub(crate) fn gap_upto(&self, commit: &CommitId) -> Option<usize> {
        self.points.iter().position(|point| point.commit.matches(commit))
    }

    /// The size of gap `g`; unknown at both ends.
    #[must_use]
    pub fn size(&self, gap: usize) -> Option<Size> {
        gap.checked_sub(1).and_then(|before| self.sizes.get(before)).copied()
    }
}

/// Two half-lines that grow towards each other: old to new, and new to old.
struct Builder<'b> {
    bisection: &'b Bisection,
    /// Tests of each revision that may enter a model.
    tests: HashMap<CommitId, Vec<usize>>,
    /// Tests of what has no place of its own, with the revision beside which they say as much.
    aside: HashMap<usize, Option<CommitId>>,
    placed: HashSet<CommitId>,
    old: Vec<(Point, Size)>,
    new: Vec<(Point, Size)>,
    /// Tests of which nothing tells the place.
    unplaced: Vec<usize>,
    /// Skipped: step, and the lengths of the half-lines at that moment.
    skipped: Vec<(usize, usize, usize)>,
    middle: Size,
}

impl<'b> Builder<'b> {
    fn new(bisection: &'b Bisection) -> Self {
        let mut tests: HashMap<CommitId, Vec<usize>> = HashMap::new();
        let steps = bisection.steps.iter().enumerate();
        let aside: HashMap<usize, Option<CommitId>> =
            bisection.walk.iter().flat_map(|walk| walk.aside.iter().copied()).collect();
        for (i, step) in steps.filter(|(_, step)| step.is_evidence() && !is_skip(step)) {
            if let Some(commit) = aside.get(&i).copied().unwrap_or(Some(step.commit)) {
                tests.entry(commit).or_default().push(i);
            }
        }
        let placed = HashSet::new();
        Self {
            bisection,
            tests,
            aside,
            placed,
            old: Vec::new(),
            new: Vec::new(),
            unplaced: Vec::new(),
            skipped: Vec::new(),
            middle: RELEASE,
        }
    }

    fn opened(&mut self, walk: &Walk) {
        let moves = self.moves_within(walk);
        let counts: Vec<_> =
            moves.iter().map(|m| Count { remaining: m.remaining, side: m.side, picked: m.picked }).collect();
        let candidates = self.bisection.candidates.len() as u64;
        let named = if walk.concluded { Some(1) } else { Some(candidates).filter(|n| *n > 0) };
        let pending = walk.pending.and_then(|(_, remaining)| remaining);
        let solved = suspected(&counts, End { pending, named });
        let opened = Size { exact: false, ..solved.sizes[0] };
        let (Some(old_end), Some(new_end)) = (self.resolve(&walk.old_end), self.resolve(&walk.new_end)) else {
            return self.never_opened();
        };
        self.place_ends(old_end, new_end, opened);
        self.place_merge_bases(walk);
        self.place_candidates(&moves, &counts, &solved);
        self.middle = solved.sizes.last().copied().unwrap_or(RELEASE);
    }

    /// The input says where revisions lie.
    /// Nobody knows how many commits lie between two daily builds: days say how the gaps compare.
    fn told(&mut self, order: &[Placed]) {
        let mut before = None;
        for Placed { commit, commits, .. } in order {
            let day = commit.day();
            let days = before
                .zip(day)
                .and_then(|(before, day): (Date, Date)| day.duration_since(before).as_hours().checked_div(24));
            let days = days.and_then(|days| u64::try_from(days).ok()).map(|days| days.max(1));
            let size = Size { commits: commits.or(days).unwrap_or(1), exact: commits.is_some() };
            self.push(Side::Old, *commit, size);
            before = day;
        }
    }

    /// Candidates of git's walk proper, inside the range; what was told of a revision once more divides nothing.
    fn moves_within<'w>(&self, walk: &'w Walk) -> Vec<&'w Move> {
        let ends = [&walk.new_end, &walk.old_end];
        let mut seen: HashSet<CommitId> = ends.into_iter().filter_map(|end| self.resolve(end)).collect();
        let mut is_new = |one: &Move| one.side.is_none() || seen.insert(one.commit);
        walk.moves.iter().filter(|one| !self.is_merge_base(one) && is_new(one)).collect()
    }

    /// Everything outside the opened range, which the ends enclose.
    fn place_ends(&mut self, old_end: CommitId, new_end: CommitId, interval: Size) {
        let anchors = self.anchors();
        match self.bisection.kind {
            Kind::Cause => {
                let newer = anchors.iter().rev().take_while(|commit| **commit != new_end && **commit != old_end);
                for commit in newer {
                    self.push(Side::New, *commit, interval);
                }
            }
            Kind::Fix => {
                let older = anchors.iter().take_while(|commit| **commit != new_end && **commit != old_end);
                for commit in older {
                    self.push(Side::Old, *commit, interval);
                }
            }
        }
        self.push(Side::Old, old_end, interval);
        self.push(Side::New, new_end, interval);
    }

    /// Merge bases that git wanted tested are older than both ends.
    fn place_merge_bases(&mut self, walk: &Walk) {
        let bases = walk.moves.iter().filter(|m| m.side.is_some() && self.is_merge_base(m));
        let bases: Vec<_> = bases.map(|base| (self.point(base.commit), RELEASE)).collect();
        self.old.splice(0..0, bases);
    }

    fn is_merge_base(&self, candidate: &Move) -> bool {
        let step = candidate.step.map(|step| &self.bisection.steps[step]);
        candidate.remaining.is_none() && step.is_some_and(|step| step.role == Role::MergeBase)
    }

    fn place_candidates(&mut self, moves: &[&Move], counts: &[Count], solved: &Suspected) {
        for (i, (candidate, count)) in moves.iter().zip(counts).enumerate() {
            if let Some(side) = candidate.side {
                self.push(side, candidate.commit, solved.cut_off(*count, i));
                continue;
            }
            let evidence = candidate.step.filter(|step| self.bisection.steps[*step].is_evidence());
            self.skipped.extend(evidence.map(|step| (step, self.old.len(), self.new.len())));
        }
    }

    /// Without a walk, the origin and the releases or newest revision that were tested.
    fn never_opened(&mut self) {
        self.old.clear();
        self.new.clear();
        self.placed.clear();
        let anchors = self.anchors();
        let inner = match self.bisection.kind {
            Kind::Cause => anchors.len().saturating_sub(1),
            Kind::Fix => anchors.len().min(1),
        };
        anchors[..inner].iter().for_each(|commit| self.push(Side::Old, *commit, RELEASE));
        anchors[inner..].iter().rev().for_each(|commit| self.push(Side::New, *commit, RELEASE));
        if self.bisection.walk.is_none() {
            self.place_judged();
        }
    }

    /// Candidates of a walk of which one end is not known: what was told orders them. One alone has its place without a word.
    fn place_judged(&mut self) {
        let steps = &self.bisection.steps;
        let candidates =
            steps.iter().enumerate().filter(|(_, step)| step.role == Role::Candidate && step.is_evidence());
        let alone = self.placed.is_empty() && candidates.clone().all(|(_, step)| step.commit == steps[0].commit);
        for (i, step) in candidates {
            let crashed = || if step.counts().crashes > 0 { Verdict::Bad } else { Verdict::Good };
            let verdict = step.verdict().or_else(|| alone.then(crashed));
            match (verdict, self.bisection.kind) {
                (Some(Verdict::Bad), Kind::Cause) | (Some(Verdict::Good), Kind::Fix) => {
                    self.push(Side::New, step.commit, RELEASE);
                }
                (Some(Verdict::Good), Kind::Cause) | (Some(Verdict::Bad), Kind::Fix) => {
                    self.push(Side::Old, step.commit, RELEASE);
                }
                (Some(Verdict::Skip), _) => {}
                (None, _) => self.unplaced.push(i),
            }
        }
        // One of several crashes somewhere: the others lie on either side of it.
        let crashes = |step: &usize| steps[*step].counts().crashes;
        if self.placed.is_empty()
            && let Some(most) = self.unplaced.iter().copied().max_by_key(crashes)
        {
            let commit = steps[most].commit;
            self.unplaced.retain(|step| steps[*step].commit != commit);
            self.push(Side::New, commit, RELEASE);
        }
    }

    /// Revisions that are no candidates, old to new, each once.
    fn anchors(&self) -> Vec<CommitId> {
        let roles = [Role::Origin, Role::Release, Role::Head, Role::MergeBase];
        let base_on_line = |commit: &CommitId| match self.bisection.walk.as_ref().map(|walk| &walk.old_end) {
            Some(RevisionName::Commit(end)) => end == commit,
            _ => self.bisection.walk.is_none(),
        };
        let mut commits: Vec<CommitId> = Vec::new();
        let steps = self.bisection.steps.iter().enumerate().filter(|(i, _)| !self.aside.contains_key(i));
        for step in steps.map(|(_, step)| step).filter(|step| roles.contains(&step.role) && step.is_evidence()) {
            let stray = step.role == Role::MergeBase && !base_on_line(&step.commit);
            if !stray && !commits.contains(&step.commit) {
                commits.push(step.commit);
            }
        }
        if self.bisection.kind == Kind::Cause {
            commits.reverse();
        }
        commits
    }

    fn resolve(&self, name: &RevisionName) -> Option<CommitId> {
        match name {
            RevisionName::Commit(commit) => Some(*commit),
            RevisionName::Tag(tag) => {
                self.bisection.steps.iter().find(|step| step.tag.as_ref() == Some(tag)).map(|step| step.commit)
            }
        }
    }

    /// Adds a revision at the inner end of a half-line; `size` is its distance to the one before.
    fn push(&mut self, side: Side, commit: CommitId, size: Size) {
        if !self.placed.insert(commit) {
            return;
        }
        let point = self.point(commit);
        match side {
            Side::Old => self.old.push((point, size)),
            Side::New => self.new.push((point, size)),
        }
    }

    fn point(&self, commit: CommitId) -> Point {
        Point { commit, steps: self.tests.get(&commit).cloned().unwrap_or_default() }
    }

    fn finish(self) -> TestedLine {
        let (old, new) = (self.old.len(), self.new.len());
        let floating = self.skipped.iter().map(|(step, after, before)| Floating {
            step: *step,
            first: *after,
            last: old + new - before,
        });
        let anywhere = self.unplaced.iter().map(|step| Floating { step: *step, first: 0, last: old + new });
        let floating = floating.chain(anywhere).collect();
        let mut points = Vec::with_capacity(old + new);
        let mut sizes = Vec::with_capacity(old + new);
        for (point, size) in self.old {
            points.push(point);
            sizes.push(size);
        }
        let mut next = self.middle;
        for (point, size) in self.new.into_iter().rev() {
            points.push(point);
            sizes.push(std::mem::replace(&mut next, size));
        }
        if !sizes.is_empty() {
            sizes.remove(0);
        }
        TestedLine { points, sizes, floating }
    }
}

/// A candidate that git was told to skip has no place of its own on the line.
fn is_skip(step: &Step) -> bool {
    step.role == Role::Candidate && step.verdict() == Some(Verdict::Skip)
}
