//! What `git bisect run` does not print: the verdicts follow from which candidate came next.
//!
//! git keeps a set of commits that may be the first bad one: the history of the newest bad revision without that of the good
//! ones. After *bad* the next candidate lies in the history of this one, after *good* outside of it; after a skip the set is
//! as it was. With each candidate git prints how large the set is: `nr = all - reaches - 1`, where `reaches` of `all` commits
//! lie in the candidate's history, and about `log2(all)` steps (`bisect.c` of git: `find_bisection`,
//! `estimate_bisect_steps`). Once something was skipped, `reaches` is that of the best candidate, which may be another one.
//!
//! All verdicts are searched that agree with every line. Where several do, nobody is told anything.

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
    /// The candidates and the repository leave open what became of this one.
    Open(CommitId),
}

impl Draft {
    /// Fills in what git heard.
    pub(super) fn hear(&mut self, history: Option<&History>) -> Result<(), Why> {
        let Some(first) = self.told.iter().find(|told| told.answer == Answer::Unheard) else { return Ok(()) };
        let first = first.commit;
        let mut search = Search::of(self, history.ok_or(Why::NoRepository)?)?;
        let found = search.all(true).or_else(|| search.all(false)).ok_or(Why::Open(first))?;
        for (told, answers) in self.told.iter_mut().zip(found) {
            match answers[..] {
                [answer] => told.answer = answer,
                _ => return Err(Why::Open(told.commit)),
            }
        }
        Ok(())
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
    skipped: bool,
    /// What git printed with the candidate before, and whether that was skipped.
    before: Option<(Remaining, bool)>,
}

struct Search {
    tests: Vec<Test>,
    culprit: Option<Node>,
    possible: Vec<Node>,
    /// Whether the numbers that git printed have to be those of the repository: they are not where only some paths count.
    exact: bool,
    budget: usize,
    path: Vec<Answer>,
    found: Vec<Vec<Answer>>,
    /// How many commits the repository has.
    commits: usize,
}

/// Each test with every answer that some solution gives it.
type Answers = Vec<Vec<Answer>>;

impl Search {
    fn of(draft: &Draft, history: &History) -> Result<Self, Why> {
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
        let (commits, path, found) = (history.len(), Vec::new(), Vec::new());
        Ok(Self { tests, culprit, possible, exact: true, budget: 0, path, found, commits })
    }

    /// What each test may have been; `None` where nothing agrees with every line, or too much does.
    fn all(&mut self, exact: bool) -> Option<Answers> {
        const MOST: usize = 20_000;
        (self.exact, self.budget) = (exact, MOST);
        self.found.clear();
        self.go(0, Left { clean: FixedBitSet::with_capacity(self.commits), ..Left::default() });
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
        if test.chosen && !left.admits(test, self.exact) {
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
    fn admits(&mut self, test: &Test, exact: bool) -> bool {
        let Some((node, history)) = &test.history else { return true };
        if !self.holds(*node) {
            return false;
        }
        let Some(remaining) = test.remaining else { return true };
        let (revisions, steps) = (remaining.revisions as usize, remaining.steps as usize);
        if !exact {
            return self.before.is_none_or(|(before, skipped)| match skipped {
                true => steps == before.steps as usize,
                false => revisions < before.revisions as usize,
            });
        }
        let reaches = history.difference_count(&self.clean);
        match (self.all, self.skipped) {
            (Some(all), false) => all == revisions + 1 + reaches && steps == estimate(all),
            (Some(all), true) => {
                let fewest = reaches.min(all.saturating_sub(reaches));
                steps == estimate(all) && (fewest..=all - fewest).contains(&(revisions + 1))
            }
            (None, false) => {
                self.all = Some(revisions + 1 + reaches);
                steps == estimate(revisions + 1 + reaches)
            }
            (None, true) => true,
        }
    }

    fn apply(&mut self, test: &Test, answer: Answer, exact: bool) {
        self.before = test.remaining.map(|remaining| (remaining, answer == Answer::Skip));
        let Some((_, history)) = &test.history else { return };
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
            Answer::Skip => self.skipped = true,
            Answer::Unheard => {}
        }
        if let Some(dirty) = self.dirty.as_ref().filter(|_| exact) {
            self.all = Some(dirty.difference_count(&self.clean));
        }
    }
}

/// How many steps git says are left.
fn estimate(all: usize) -> usize {
    if all < 3 {
        return 0;
    }
    let steps = all.ilog2();
    let (whole, rest) = (1 << steps, all - (1 << steps));
    (if whole < 3 * rest { steps } else { steps - 1 }) as usize
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
        let printed = [(1, 0), (2, 0), (3, 1), (5, 1), (6, 2), (7, 2), (11, 3), (17, 3), (675 * 2 + 1, 10)];
        for (all, steps) in printed {
            assert_eq!(estimate(all), steps, "{all}");
        }
    }
}
