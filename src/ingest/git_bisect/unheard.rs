//! What `git bisect run` does not print: the verdicts follow from which candidate came next.
//!
//! git keeps a set of commits that may be the first bad one: the history of the newest bad revision without that of the good
//! ones. After *bad* the next candidate lies in the history of this one, after *good* outside of it; after a skip the set is
//! as it was. With each candidate git prints how large the set is: `nr = all - reaches - 1`, where `reaches` of `all` commits
//! lie in the candidate's history, and about `log2(all)` steps (`bisect.c` of git: `find_bisection`,
//! `estimate_bisect_steps`). The candidate is one that comes nearest to the middle. Once something was skipped, `reaches` is that
//! of the best candidate, and the next one is drawn from those that are left, always alike (`managed_skipped`).
//!
//! All verdicts are searched that agree with every line. A test of which they tell different things counts as skipped: it says
//! nothing then, and nothing wrong. Where none agree, git may have counted some paths only: then only what lies in the history
//! of what is looked at.

use fixedbitset::FixedBitSet;

use crate::evidence::{CommitId, Remaining, Side};
use crate::history::{History, Node};

use super::draft::{Answer, Chosen, Draft};

/// Why the verdicts stay unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// There is no repository.
    NoRepository,
    /// The repository has not all of the candidates.
    Missing(CommitId),
    /// No verdicts agree with the lines and the repository, or too many do; the first candidate.
    Open(CommitId),
}

/// Tests of which it stays open what became of them: the first, and how many.
pub(super) type Open = Option<(CommitId, usize)>;

impl Draft {
    /// Fills in what git heard.
    pub(super) fn hear(&mut self, history: Option<&History>) -> Result<Open, Why> {
        let Some(first) = self.told.iter().find(|told| told.answer == Answer::Unheard) else { return Ok(None) };
        let first = first.commit;
        let mut search = Search::of(self, history.ok_or(Why::NoRepository)?)?;
        let found = search.all(true).or_else(|| search.all(false)).ok_or(Why::Open(first))?;
        let mut open: Open = None;
        for (told, answers) in self.told.iter_mut().zip(found) {
            told.answer = if let [answer] = answers[..] { answer } else { Answer::Skip };
            if answers.len() > 1 {
                open.get_or_insert((told.commit, 0)).1 += 1;
            }
        }
        Ok(open)
    }
}

/// A test as the search sees it.
struct Test {
    /// What is in its history, itself included; `None` for what the repository does not know, or may know as another one.
    history: Option<(Node, FixedBitSet)>,
    known: Option<Answer>,
    remaining: Option<Remaining>,
    /// Whether git chose it among what was left.
    chosen: bool,
}

/// The commits that may be the first bad one.
#[derive(Clone, Default)]
struct Left {
    /// In the history of a good revision.
    clean: FixedBitSet,
    /// In that of every bad one; `None` before one is known.
    dirty: Option<FixedBitSet>,
    /// How many are left, where that is known.
    all: Option<usize>,
    skipped: Vec<Node>,
    /// What git printed with the candidate before, and whether that was skipped.
    before: Option<(Remaining, bool)>,
}

struct Search<'a> {
    history: &'a History,
    tests: Vec<Test>,
    culprit: Option<Node>,
    possible: Vec<Node>,
    /// Whether the numbers that git printed have to be those of the repository: they are not where only some paths count.
    exact: bool,
    budget: usize,
    path: Vec<Answer>,
    found: Vec<Vec<Answer>>,
}

/// Each test with every answer that some solution gives it.
type Answers = Vec<Vec<Answer>>;

impl<'a> Search<'a> {
    fn of(draft: &Draft, history: &'a History) -> Result<Self, Why> {
        let find = |commit: &CommitId| history.find(commit).map_err(|_| Why::Missing(*commit));
        let mut tests = Vec::new();
        for told in &draft.told {
            let unheard = told.answer == Answer::Unheard;
            // `HEAD` is another commit today.
            let name = told.commit.to_string();
            let then = name.starts_with("HEAD") || name.starts_with('@');
            let node = if unheard { Some(find(&told.commit)?) } else { find(&told.commit).ok().filter(|_| !then) };
            tests.push(Test {
                history: node.map(|node| (node, ancestors(history, node))),
                known: Some(told.answer).filter(|_| !unheard),
                remaining: told.remaining,
                chosen: told.chosen == Chosen::ByGit && (unheard || told.remaining.is_some()),
            });
        }
        if let Some(next) = &draft.candidate {
            let node = find(&next.commit)?;
            let history = Some((node, ancestors(history, node)));
            tests.push(Test { history, known: Some(Answer::Unheard), remaining: next.remaining, chosen: true });
        }
        let culprit = draft.culprit.as_ref().map(|named| find(&named.commit)).transpose()?;
        let possible = draft.possible.iter().map(find).collect::<Result<_, _>>()?;
        let (path, found) = (Vec::new(), Vec::new());
        Ok(Self { history, tests, culprit, possible, exact: true, budget: 0, path, found })
    }

    /// What each test may have been; `None` where nothing agrees with every line, or too much does.
    fn all(&mut self, exact: bool) -> Option<Answers> {
        const MOST: usize = 4000;
        (self.exact, self.budget) = (exact, MOST);
        self.found.clear();
        self.go(0, Left { clean: FixedBitSet::with_capacity(self.history.len()), ..Left::default() });
        if self.budget == 0 || self.found.is_empty() {
            return None;
        }
        let answers = |at: usize| {
            let mut answers: Vec<Answer> = Vec::new();
            for found in &self.found {
                if !answers.contains(&found[at]) {
                    answers.push(found[at]);
                }
            }
            answers
        };
        Some((0..self.tests.len()).map(answers).collect())
    }

    fn go(&mut self, at: usize, mut left: Left) {
        if self.budget == 0 {
            return;
        }
        self.budget -= 1;
        let Some(test) = self.tests.get(at) else {
            if self.ends(&left) {
                self.found.push(self.path.clone());
            }
            return;
        };
        if test.chosen && !left.admits(test, self.exact, self.history) {
            return;
        }
        let sides = [Answer::Side(Side::New), Answer::Side(Side::Old)];
        let choices = match test.known {
            Some(known) => vec![known],
            // A merge base that is bad ends it all.
            None if !test.chosen => vec![sides[1]],
            None => vec![sides[0], sides[1], Answer::Skip],
        };
        for answer in choices {
            let mut next = left.clone();
            next.apply(&self.tests[at], answer, self.exact);
            self.path.push(answer);
            self.go(at + 1, next);
            self.path.pop();
        }
    }

    /// Whether it may end so.
    fn ends(&self, left: &Left) -> bool {
        let is_left = |node: &Node| left.holds(*node);
        let all = left.all.filter(|_| self.exact);
        match self.culprit {
            Some(culprit) => is_left(&culprit) && all.is_none_or(|all| all == 1),
            None => {
                self.possible.iter().all(is_left) && {
                    self.possible.is_empty() || all.is_none_or(|all| all == self.possible.len())
                }
            }
        }
    }
}

impl Left {
    fn holds(&self, node: Node) -> bool {
        let inside = self.dirty.as_ref().is_none_or(|dirty| dirty.contains(node.index()));
        inside && !self.clean.contains(node.index())
    }

    /// Whether git may choose this one now, and print what it printed.
    fn admits(&mut self, test: &Test, exact: bool, repository: &History) -> bool {
        let Some((node, history)) = &test.history else { return true };
        if !self.holds(*node) {
            return false;
        }
        let Some(remaining) = test.remaining else { return true };
        let revisions = remaining.revisions as usize;
        let fits = |all: usize| u32::try_from(all).is_ok_and(|all| remaining.steps == estimate(all));
        if !exact {
            return self.before.is_none_or(|(before, skipped)| {
                if skipped { remaining.steps == before.steps } else { revisions < before.revisions as usize }
            });
        }
        let reaches = history.difference_count(&self.clean);
        if self.skipped.is_empty() {
            let all = revisions + 1 + reaches;
            let known = self.all.replace(all);
            let best = self.ranked(all, repository).is_none_or(|ranked| ranked[0].near == reaches.min(all - reaches));
            return known.is_none_or(|known| known == all) && fits(all) && best;
        }
        let Some(all) = self.all else { return true };
        let comes = |ranked: Vec<Ranked>| {
            all == revisions + 1 + ranked[0].reaches && drawn(&ranked, &self.skipped) == Some(*node)
        };
        fits(all) && revisions < all && self.ranked(all, repository).is_none_or(comes)
    }

    /// All that is left, nearest to the middle first. `None` where that is much work, or where git stops looking at one that is near enough.
    fn ranked(&self, all: usize, repository: &History) -> Option<Vec<Ranked>> {
        const MOST: usize = 1024;
        let dirty = self.dirty.as_ref().filter(|_| (1..MOST).contains(&all))?;
        let places: Vec<usize> = dirty.difference(&self.clean).collect();
        let place = |node: Node| places.binary_search(&node.index()).ok();
        let (mut reach, mut ranked): (Vec<FixedBitSet>, Vec<Ranked>) = (Vec::new(), Vec::new());
        // Parents have smaller numbers.
        for (at, node) in places.iter().filter_map(|index| repository.node(*index)).enumerate() {
            let mut own = FixedBitSet::with_capacity(places.len());
            own.insert(at);
            repository.parents(node).filter_map(place).for_each(|parent| own.union_with(&reach[parent]));
            let reaches = own.count_ones(..);
            let near = reaches.min(all.saturating_sub(reaches));
            ranked.push(Ranked { near, reaches, name: repository.id(node).to_string(), node });
            reach.push(own);
        }
        ranked.sort_by(|a, b| b.near.cmp(&a.near).then_with(|| a.name.cmp(&b.name)));
        Some(ranked).filter(|ranked| !ranked.is_empty())
    }

    fn apply(&mut self, test: &Test, answer: Answer, exact: bool) {
        self.before = test.remaining.map(|remaining| (remaining, answer == Answer::Skip));
        let Some((node, history)) = &test.history else { return };
        match answer {
            Answer::Side(Side::New) => match &mut self.dirty {
                Some(dirty) => dirty.intersect_with(history),
                None => self.dirty = Some(history.clone()),
            },
            Answer::Side(Side::Old) => {
                let fewer = history.difference_count(&self.clean);
                self.all = self.all.and_then(|all| all.checked_sub(fewer));
                self.clean.union_with(history);
            }
            Answer::Skip => self.skipped.push(*node),
            Answer::Unheard => {}
        }
        if let Some(dirty) = self.dirty.as_ref().filter(|_| exact) {
            self.all = Some(dirty.difference_count(&self.clean));
        }
    }
}

/// A commit that may be the next candidate.
struct Ranked {
    /// How many commits are on its smaller side.
    near: usize,
    /// How many of those that are left lie in its history.
    reaches: usize,
    /// Its name, which orders equals.
    name: String,
    node: Node,
}

/// The candidate after skips: the best one, unless it was skipped; then one further away, by a number that git draws from how
/// many there are (`filter_skipped`, `skip_away`).
fn drawn(ranked: &[Ranked], skipped: &[Node]) -> Option<Node> {
    const MODULO: u32 = 32_768;
    let (best, last) = (ranked.first()?.node, ranked.last()?.node);
    if !skipped.contains(&best) {
        return Some(best);
    }
    let left: Vec<Node> = ranked.iter().map(|ranked| ranked.node).filter(|node| !skipped.contains(node)).collect();
    let count = u32::try_from(left.len()).ok()?;
    let drawn = count.wrapping_mul(1_103_515_245).wrapping_add(12345) / 65536 % MODULO;
    let index = (count * drawn / MODULO) * root(drawn) / root(MODULO);
    let at = index as usize;
    // The bad end itself, which is the farthest, is never drawn.
    let chosen = left.get(at).copied().unwrap_or(*left.first()?);
    if chosen == last { left.get(at.saturating_sub(1)).copied() } else { Some(chosen) }
}

/// A square root as git takes it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "below 2^15")]
fn root(value: u32) -> u32 {
    if value == 0 {
        return 0;
    }
    let mut root = value as f32;
    loop {
        let next = f32::midpoint(root, value as f32 / root);
        let change = (next - root).abs();
        root = next;
        if change < 0.5 {
            break;
        }
    }
    root as u32
}

/// The number of steps that git announces for this many suspects.
pub(super) fn estimate(all: u32) -> u32 {
    if all < 3 {
        return 0;
    }
    let steps = all.ilog2();
    let (whole, rest) = (1u32 << steps, all - (1 << steps));
    if u64::from(whole) < 3 * u64::from(rest) { steps } else { steps - 1 }
}

/// A commit and all that came before it.
fn ancestors(history: &History, node: Node) -> FixedBitSet {
    let mut seen = FixedBitSet::with_capacity(history.len());
    let mut open = vec![node];
    seen.insert(node.index());
    while let Some(next) = open.pop() {
        open.extend(history.parents(next).filter(|parent| !seen.put(parent.index())));
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_that_git_prints() {
        let printed = [(1, 0), (2, 0), (3, 1), (5, 1), (6, 2), (7, 2), (11, 3), (17, 3)];
        for (all, steps) in printed {
            assert_eq!(estimate(all), steps, "{all}");
        }
    }
}
