//! What was told → a bisection: its ends, its steps, and git's walk between them.

use crate::evidence::{
    Basis, Bisection, CommitId, Culprit, Decision, Ending, Format, Kind, Line, Move, Outcome, Placed, RevisionName,
    Role, Run, Side, Source, Step, Tag, Verdict, Walk,
};
use crate::history::History;
use crate::ingest::problem::{Flaw, Problem};
use crate::ingest::table::{Columns, Meaning};

use super::draft::{Answer, Chosen, Draft, Teller, Told};
use super::form::Check;
use super::problem;
use super::unheard::Why;

/// The new end and the old one, as indices into what was told.
type Ends = (Option<usize>, Option<usize>);

impl Draft {
    /// The bisection, with what is wrong with it; only that where the user is asked.
    pub(super) fn finish(
        mut self,
        id: String,
        source: &Source,
        told: &Columns,
        history: Option<&History>,
    ) -> (Option<Bisection>, Vec<Problem>) {
        let mut problems = std::mem::take(&mut self.problems);
        let line = self.told.iter().find(|told| told.answer == Answer::Unheard).map_or(self.line, |told| told.line);
        match self.hear(history) {
            Ok(open) => problems.extend(open.map(|(first, tests)| problem(line, Flaw::StaysOpen(first, tests)))),
            Err(why) => {
                let flaw = match why {
                    Why::NoRepository => Flaw::Unheard(None),
                    Why::Missing(commit) => Flaw::Unheard(Some(commit)),
                    Why::Open(commit) => Flaw::Contradicts(commit),
                };
                return (None, vec![problem(line, flaw)]);
            }
        }
        match self.kind(told) {
            Ok((kind, warning)) => {
                problems.extend(warning);
                problems.extend(self.count_open(kind));
                (self.has_sides().then(|| self.bisection(id, source, kind, history)), problems)
            }
            Err(question) => (None, question.into_iter().collect()),
        }
    }

    /// Counts like 3/20 that do not say which runs they count: crashes, or passes, where only one of the two agrees with every
    /// verdict. A good revision has no crash, a bad one has some.
    fn count_open(&mut self, kind: Kind) -> Vec<Problem> {
        let crashes = |told: &Told| told.answer.side().map(|side| (side == Side::New) == (kind == Kind::Cause));
        let (mut open, mut tallied) = (std::mem::take(&mut self.open), std::mem::take(&mut self.tallied));
        open.retain(|(_, at, ..)| *at < self.told.len());
        tallied.retain(|(_, at, ..)| *at < self.told.len());
        let (shares, all): (Vec<_>, Vec<_>) = open.into_iter().partition(|(.., runs)| *runs > 0);
        let agrees = |counts: fn(u32, u32) -> u32| {
            shares
                .iter()
                .all(|(_, at, part, runs)| crashes(&self.told[*at]) == Some(counts(*part, *runs) > 0) && part <= runs)
        };
        let ways: [fn(u32, u32) -> u32; 2] = [|part, _| part, |part, runs| runs.saturating_sub(part)];
        let mut flaws = Vec::new();
        match ways.map(agrees) {
            _ if shares.is_empty() => {}
            [true, true] | [false, false] => flaws.extend(shares.iter().map(|(line, ..)| problem(*line, Flaw::Tally))),
            [first, _] => {
                let (way, sense) = if first { (ways[0], "crashes") } else { (ways[1], "passes") };
                flaws.push(problem(shares[0].0, Flaw::TallySense(sense)));
                for (line, at, part, runs) in shares {
                    self.count_runs(line, at, (way(part, runs), runs));
                }
            }
        }
        for (line, at, count, runs) in tallied {
            // Some good revisions fail now and then; what contradicts its verdict was not meant so.
            let agrees = match crashes(&self.told[at]) {
                Some(true) => count > 0,
                _ => count <= runs / 2,
            };
            if agrees {
                self.count_runs(line, at, (count, runs));
            } else {
                flaws.push(problem(line, Flaw::Tally));
            }
        }
        for (line, at, runs, _) in all {
            match crashes(&self.told[at]) {
                Some(false) => self.count_runs(line, at, (0, runs)),
                _ => flaws.push(problem(line, Flaw::Tally)),
            }
        }
        flaws
    }

    fn has_sides(&self) -> bool {
        self.told.iter().any(|told| told.answer.side().is_some())
    }

    /// What is looked for, perhaps with a warning; else the question, if it is worth one.
    fn kind(&self, told: &Columns) -> Result<(Kind, Option<Problem>), Option<Problem>> {
        match self.teller {
            Teller::Tool(Some(kind)) => return Ok((kind, None)),
            Teller::Tool(None) => return Ok((Kind::Cause, Some(problem(self.line, Flaw::Direction)))),
            Teller::Git => {}
        }
        let half = [Side::New, Side::Old].into_iter().any(|side| self.first(side).is_none());
        if let [(line, term), rest @ ..] = self.foreign.as_slice()
            && half
        {
            let other = rest.iter().map(|(_, other)| other).find(|other| *other != term);
            let asked = self.started || other.is_some() || self.has_sides();
            return Err(asked.then(|| problem(*line, Flaw::Foreign(term.clone()))));
        }
        if let Some(line) = self.neutral {
            let is = |meaning, term: &str| told.get(&meaning).is_some_and(|word: &String| word == term);
            let fix = is(Meaning::Crashes, "old") || is(Meaning::Passes, "new");
            let cause = is(Meaning::Crashes, "new") || is(Meaning::Passes, "old");
            let warning = (!fix && !cause).then(|| problem(line, Flaw::Neutral));
            return Ok((if fix { Kind::Fix } else { Kind::Cause }, warning));
        }
        let asked = || Flaw::Terms { new: self.terms.new.clone(), old: self.terms.old.clone() };
        let kind = self.terms.kind(told);
        kind.map(|kind| (kind, None)).ok_or_else(|| self.has_sides().then(|| problem(self.line, asked())))
    }

    fn bisection(mut self, id: String, source: &Source, kind: Kind, history: Option<&History>) -> Bisection {
        let blank = Bisection::new(id, source.clone(), self.line, Format::GitBisect, kind);
        let ends = (self.first(Side::New), self.first(Side::Old));
        self.find_merge_base(ends);
        let revert = self.check_again(kind);
        self.keep_names_apart(history);
        let steps: Vec<Step> =
            self.told.iter().enumerate().map(|(i, told)| step(told, role(i, told, ends, kind), kind)).collect();
        let ending = match () {
            () if self.culprit.is_some() => Ending::Culprit,
            () if self.only_skipped || !self.possible.is_empty() => Ending::Inconclusive,
            () => Ending::Truncated,
        };
        let crashing = if kind == Kind::Cause { ends.0 } else { ends.1 };
        let mut lines = blank.lines;
        (lines.understood, lines.opaque) = (self.understood, self.opaque);
        let mut bisection = Bisection {
            origin: crashing.map(|i| self.told[i].commit),
            walk: self.walk(ends, revert),
            order: self.order(),
            steps,
            culprit: self.culprit.map(|named| culprit(named.line, named.commit, named.subject)),
            candidates: self.possible,
            ending,
            lines,
            ..blank
        };
        bisection.unify_names();
        bisection
    }

    /// git tests the merge base first where the old end is not in the history of the new one. Without a word of git's, the
    /// names of releases tell: a stable release, and then the release that it was made of.
    fn find_merge_base(&mut self, (new, old): Ends) {
        let (Some(new), Some(old)) = (new, old) else { return };
        let release = |told: &Told| Release::of(&told.subject).or_else(|| Release::of(&told.commit.to_string()));
        let first = (0..self.told.len()).find(|i| *i > new.max(old) && self.told[*i].chosen == Chosen::ByGit);
        let (Some(first), Some(stable)) = (first, release(&self.told[old])) else { return };
        let base = release(&self.told[first]).is_some_and(|base| stable.is_made_of(base));
        let apart = release(&self.told[new]).is_some_and(|new| !new.is_series_of(stable));
        let plain = Release::of(&self.told[first].subject).is_none();
        if stable.point > 0 && (base || apart && plain && self.told[first].remaining.is_none()) {
            self.told[first].chosen = Chosen::MergeBase;
        }
    }

    /// Second tests of the culprit: of itself, and of the newest revision without it, which says as much as its parent would.
    /// Gives the index of the latter.
    fn check_again(&mut self, kind: Kind) -> Option<usize> {
        let culprit = self.culprit.as_ref().filter(|_| kind == Kind::Cause)?.commit;
        let mut revert = None;
        for (line, check) in std::mem::take(&mut self.checks) {
            let (commit, fails) = match check {
                Check::Verify { fails } => (Some(culprit), fails),
                Check::Revert { fails } => (CommitId::parse_name(&format!("{}^", culprit.short())), fails),
            };
            let Some(commit) = commit else { continue };
            let outcome = if fails { Outcome::Crash(None) } else { Outcome::Pass };
            let side = if fails { Side::New } else { Side::Old };
            self.told.push(Told::again(line, commit, side, outcome));
            if matches!(check, Check::Revert { .. }) {
                revert = Some(self.told.len() - 1);
            }
        }
        revert
    }

    /// `HEAD` is another commit today, unless it has all that was tested in its history.
    fn keep_names_apart(&mut self, history: Option<&History>) {
        let Some(history) = history else { return };
        let tested: Vec<_> = self.told.iter().filter(|told| told.commit.is_hash()).map(|told| told.commit).collect();
        let found: Vec<_> = tested.iter().filter_map(|commit| history.find(commit).ok()).collect();
        for told in &mut self.told {
            let name = told.commit.to_string();
            if !(name.starts_with("HEAD") || name.starts_with('@')) {
                continue;
            }
            let today = history.find(&told.commit).ok();
            if !today.is_some_and(|head| found.iter().all(|node| history.contains(head, *node))) {
                let then = format!("{}:then", name.chars().take(24).collect::<String>());
                told.commit = CommitId::parse_name(&then).unwrap_or(told.commit);
            }
        }
    }

    /// Builds from old to new: those of the older side as they were told, from its end on, then those of the newer side.
    fn order(&self) -> Vec<Placed> {
        if !self.of_builds {
            return Vec::new();
        }
        let of = |side| self.told.iter().filter(move |told| told.answer == Answer::Side(side));
        let builds = of(Side::Old).chain(of(Side::New).rev());
        builds.map(|told| Placed { commit: told.commit, place: None, commits: None }).collect()
    }

    /// git's walk, when both ends are known. A merge base that is clean is its old end: between it and the revision that was
    /// called so lies nothing of the new end's history.
    fn walk(&self, (new, old): Ends, revert: Option<usize>) -> Option<Walk> {
        let (new, old) = (new?, old?);
        let is_base = |i: &usize| self.told[*i].chosen == Chosen::MergeBase && self.told[*i].answer.side().is_some();
        let bases: Vec<usize> = (0..self.told.len()).filter(is_base).collect();
        // Where one has the bug, the change is older than it, and what was called old lies beside.
        let dirty = bases.iter().copied().find(|i| self.told[*i].answer == Answer::Side(Side::New));
        let end = dirty.or_else(|| bases.first().copied()).unwrap_or(old);
        let beside = Some(self.told[end].commit).filter(|_| dirty.is_none());
        let others = bases.iter().copied().chain((end != old).then_some(old)).filter(|i| *i != end);
        let mut aside: Vec<_> = others.map(|i| (i, beside)).collect();
        let neighbour =
            || self.told.iter().rfind(|told| told.answer == Answer::Side(Side::Old) && told.chosen != Chosen::Again);
        if let Some(revert) = revert {
            aside.push((revert, neighbour().map(|told| told.commit)));
        }
        let moves = self.told.iter().enumerate();
        let moves =
            moves.filter(|(i, told)| ![new, old].contains(i) && !bases.contains(i) && told.chosen != Chosen::Again);
        let moves = moves.map(|(i, told)| Move {
            line: told.line,
            commit: told.commit,
            remaining: told.remaining,
            side: told.answer.side(),
            step: Some(i),
            picked: told.chosen == Chosen::ByHand,
        });
        Some(Walk {
            line: self.line,
            new_end: RevisionName::Commit(self.told[new].commit),
            old_end: RevisionName::Commit(self.told[end].commit),
            moves: moves.collect(),
            aside,
            pending: self.candidate.as_ref().map(|next| (next.commit, next.remaining)),
            concluded: self.culprit.is_some(),
        })
    }
}

/// A release of the Linux kernel: `Linux 5.17.15`, `v5.18-rc3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Release {
    series: (u32, u32),
    point: u32,
    candidate: bool,
}

impl Release {
    fn of(text: &str) -> Option<Self> {
        let name = text.trim().trim_matches('\'');
        let numbers = name.strip_prefix("Linux ").or_else(|| name.strip_prefix('v'))?;
        let (numbers, candidate) = numbers.split_once("-rc").map_or((numbers, false), |(numbers, _)| (numbers, true));
        let parts: Vec<u32> = numbers.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
        match parts[..] {
            [major, minor] if major > 2 => Some(Self { series: (major, minor), point: 0, candidate }),
            [major, minor, point] if major > 2 => Some(Self { series: (major, minor), point, candidate }),
            _ => None,
        }
    }

    fn is_series_of(self, other: Self) -> bool {
        self.series == other.series && !self.candidate && self.point > 0
    }

    /// Whether a stable release was made of this one.
    fn is_made_of(self, base: Self) -> bool {
        self.series == base.series && base.point == 0 && !base.candidate
    }
}

fn culprit(line: Line, commit: CommitId, subject: Option<String>) -> Culprit {
    Culprit {
        line,
        commit,
        subject: subject.map(Into::into),
        merge_parents: Vec::new(),
        insertions: None,
        files: Vec::new(),
        signature: None,
        parent_signature: None,
    }
}

/// The end that crashes is the origin; the other end stands for a release.
fn role(i: usize, told: &Told, (new, old): Ends, kind: Kind) -> Role {
    let (crashing, clean) = if kind == Kind::Cause { (new, old) } else { (old, new) };
    match (Some(i) == crashing, Some(i) == clean, kind) {
        (true, ..) => Role::Origin,
        (_, true, Kind::Cause) => Role::Release,
        (_, true, Kind::Fix) => Role::Head,
        _ if told.chosen == Chosen::MergeBase => Role::MergeBase,
        _ => Role::Candidate,
    }
}

/// A word is one run; a skip is none.
fn step(told: &Told, role: Role, kind: Kind) -> Step {
    let crashes = told.answer.side().map(|side| (side == Side::New) == (kind == Kind::Cause));
    let verdict = match crashes {
        None => Verdict::Skip,
        Some(true) => Verdict::Bad,
        Some(false) => Verdict::Good,
    };
    let outcome = crashes.map(|crashes| if crashes { Outcome::Crash(None) } else { Outcome::Pass });
    let inferred = told.runs.is_empty();
    let word: Vec<_> = outcome.into_iter().map(|outcome| (told.line, outcome, 1)).collect();
    Step {
        line: told.line,
        commit: told.commit,
        tag: None::<Tag>,
        role,
        compiler: None,
        signature: None,
        runs: runs(if inferred { &word } else { &told.runs }),
        inferred,
        complete: true,
        decision: Some(Decision { verdict, basis: Basis::Recorded(told.line) }),
    }
}

/// Runs as they were counted.
fn runs(told: &[(Line, Outcome, u32)]) -> Vec<Run> {
    let each = told.iter().scan(0u32, |first, (line, outcome, count)| {
        let number = std::mem::replace(first, first.saturating_add(*count));
        Some(Run { line: *line, number, count: *count, outcome: outcome.clone(), took: None })
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_tell_their_branch() {
        let release = |text| Release::of(text).unwrap();
        assert!(release("Linux 5.17.15").is_made_of(release("Linux 5.17")));
        assert!(
            !release("v5.17.15").is_made_of(release("v5.17-rc8")) && !release("v5.17.15").is_made_of(release("v5.16"))
        );
        assert!(
            release("v5.17.20").is_series_of(release("v5.17.15"))
                && !release("v5.18").is_series_of(release("v5.17.15"))
        );
        assert_eq!(
            (Release::of("v2.3.4"), Release::of("HEAD"), Release::of("Merge tag 'v5.17.15'")),
            (None, None, None)
        );
    }
}
