//! One bisection while it is read: what git was told, and of which commit.

use std::collections::HashMap;

use crate::evidence::{CommitId, Kind, Line, Outcome, Remaining, Side};
use crate::ingest::problem::{Flaw, Problem, excerpt};

use super::form::{Check, Form, Sure};
use super::problem;
use super::prompt::Typed;
use super::tally::{Tally, added, is_unbuilt};
use super::terms::Terms;
use super::unheard::estimate;

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) enum Answer {
    /// git was told which side it is on.
    Side(Side),
    /// git was told to skip it.
    Skip,
    /// git heard it from the program that it ran, and does not say.
    Unheard,
}

impl Answer {
    pub(in crate::ingest) const fn side(self) -> Option<Side> {
        match self {
            Self::Side(side) => Some(side),
            Self::Skip | Self::Unheard => None,
        }
    }
}

/// How a commit came to be tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    /// It is an end of the range, or was told before there was one; or somebody picked it.
    ByHand,
    /// git chose it in the middle of what was left.
    ByGit,
    /// git wanted the merge base of the ends.
    MergeBase,
    /// A second test of what the bisection named: no part of git's walk.
    Again,
}

/// What git was told of a commit.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) line: Line,
    pub(super) commit: CommitId,
    pub(super) answer: Answer,
    pub(super) chosen: Chosen,
    pub(super) remaining: Option<Remaining>,
    pub(super) runs: Vec<(Line, Outcome, u32)>,
    pub(super) subject: String,
    /// Whether it stands in `git bisect start`: comments may give its hash.
    at_start: bool,
}

impl Told {
    /// A second test of what the bisection named.
    pub(super) fn again(line: Line, commit: CommitId, side: Side, outcome: Outcome) -> Self {
        let (answer, chosen, runs) = (Answer::Side(side), Chosen::Again, vec![(line, outcome, 1)]);
        Self { line, commit, answer, chosen, remaining: None, runs, subject: String::new(), at_start: false }
    }
}

/// What git tests next.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) line: Line,
    pub(super) commit: CommitId,
    pub(super) remaining: Option<Remaining>,
    subject: String,
    chosen: Chosen,
}

/// The commit that was named.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) line: Line,
    pub(super) commit: CommitId,
    pub(super) subject: Option<String>,
}

/// Who tells of a bisection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Teller {
    /// git, whose words may be any.
    Git,
    /// Another tool, with what it looks for, if that shows.
    Tool(Option<Kind>),
}

/// A bisection while it is read.
#[expect(clippy::struct_excessive_bools, reason = "independent things that were seen or not")]
#[derive(Debug)]
pub(in crate::ingest) struct Draft {
    pub(super) line: Line,
    pub(super) started: bool,
    pub(super) terms: Terms,
    pub(super) told: Vec<Told>,
    /// Whether anything was told of the new side, and of the old one.
    sides: [bool; 2],
    /// Where each commit was told last, by the first digits of its name.
    latest: HashMap<String, usize>,
    /// What was told last, or once more: the comments behind it are about it.
    current: usize,
    /// Comments since the last command, and how much was told before them: a start that follows them is theirs.
    unconfirmed: Vec<(Line, CommitId, Answer, String)>,
    confirmed: usize,
    /// How many ends `git bisect start` had.
    ends_at_start: usize,
    /// Runs that were counted in comments.
    counted: u32,
    /// Counts that don't say whether they count passes or failures: the line, the verdict's index, the count, and the number of runs.
    pub(super) open: Vec<(Line, usize, u32, u32)>,
    /// The same of crashes.
    pub(super) tallied: Vec<(Line, usize, u32, u32)>,
    /// A command without a revision, which the next line may have.
    asked: Option<(Line, String, Answer)>,
    /// Whether git's own comments are among it.
    commented: bool,
    remaining: Option<(Remaining, Sure)>,
    merge_base: bool,
    pub(super) candidate: Option<Candidate>,
    pub(super) culprit: Option<Named>,
    pub(super) possible: Vec<CommitId>,
    pub(super) only_skipped: bool,
    /// What is checked out, where a terminal shows it.
    head: Option<String>,
    /// The same where git's candidate was to be tested.
    elsewhere: Option<String>,
    /// Whether what comes is that of a log which was replayed.
    replayed: bool,
    /// Where `old` or `new` was said, which tell no side that fails.
    pub(super) neutral: Option<Line>,
    /// Words for a side that nobody announced.
    pub(super) foreign: Vec<(Line, String)>,
    pub(super) checks: Vec<(Line, Check)>,
    pub(super) understood: u32,
    pub(super) opaque: u32,
    pub(super) problems: Vec<Problem>,
    /// Whose words these are.
    pub(super) teller: Teller,
    /// Whether builds were tested, and nobody knows how many commits lie between two.
    pub(super) of_builds: bool,
}

/// Digits that two names of one commit share at least.
const KEY: usize = CommitId::MIN_DIGITS;

fn key(commit: &CommitId) -> String {
    let mut name = commit.to_string();
    if is_hash(&name) {
        name.truncate(KEY);
    }
    name
}

/// Whether a text is a hash, in whatever case.
pub(super) fn is_hash(text: &str) -> bool {
    CommitId::parse_written(text).is_ok()
}

fn hash(text: &str) -> Result<CommitId, Flaw> {
    CommitId::parse_written(text).map_err(|error| Flaw::hash(text, error))
}

/// A name of any length as one that can be kept: the end of a long one says most.
fn name(text: &str) -> Option<CommitId> {
    const LONGEST: usize = 32;
    let hash = CommitId::parse_written(text).ok();
    let start = || (0..text.len()).find(|at| text.len() - at <= LONGEST && text.is_char_boundary(*at));
    hash.or_else(|| CommitId::parse_name(&text[start().unwrap_or_default()..]))
}

impl Draft {
    pub(super) fn new(line: Line) -> Self {
        Self {
            line,
            started: false,
            terms: Terms::default(),
            told: Vec::new(),
            sides: [false; 2],
            latest: HashMap::new(),
            current: 0,
            unconfirmed: Vec::new(),
            confirmed: 0,
            ends_at_start: 0,
            counted: 0,
            open: Vec::new(),
            tallied: Vec::new(),
            asked: None,
            commented: false,
            remaining: None,
            merge_base: false,
            candidate: None,
            culprit: None,
            possible: Vec::new(),
            only_skipped: false,
            head: None,
            elsewhere: None,
            replayed: false,
            neutral: None,
            foreign: Vec::new(),
            checks: Vec::new(),
            understood: 0,
            opaque: 0,
            problems: Vec::new(),
            teller: Teller::Git,
            of_builds: false,
        }
    }

    pub(in crate::ingest) fn count(&mut self, known: bool) {
        self.understood += u32::from(known);
        self.opaque += u32::from(!known);
    }

    /// Whether a start that comes now is that of another bisection.
    pub(super) fn has_begun(&self) -> bool {
        self.started || self.candidate.is_some() || self.confirmed > 0
    }

    /// Whether git was told of both sides.
    const fn has_ends(&self) -> bool {
        self.sides[0] && self.sides[1]
    }

    const fn has_told(&self, side: Side) -> bool {
        self.sides[side as usize]
    }

    /// What was told first of a side.
    pub(super) fn first(&self, side: Side) -> Option<usize> {
        self.told.iter().position(|told| told.answer == Answer::Side(side))
    }

    /// Whether there is anything to read or to ask.
    pub(super) fn is_something(&self) -> bool {
        !self.foreign.is_empty() || self.told.iter().any(|told| told.answer != Answer::Skip)
    }

    /// Takes away the comments since the last command: they belong to what comes.
    pub(super) fn without_unconfirmed(&mut self) -> Option<Self> {
        self.told.truncate(self.confirmed);
        self.sides = [Side::Old, Side::New].map(|side| self.first(side).is_some());
        self.latest.retain(|_, at| *at < self.told.len());
        let theirs = std::mem::take(&mut self.unconfirmed);
        let mut draft = Self { commented: true, ..Self::new(theirs.first()?.0) };
        for (line, commit, answer, subject) in &theirs {
            draft.push(*line, *commit, *answer, subject);
        }
        draft.unconfirmed = theirs;
        Some(draft)
    }

    /// `git bisect start BAD GOOD…`: ends, unless the comments before it have their hashes.
    pub(super) fn start(&mut self, line: Line, arguments: &str) {
        let (terms, revisions) = Terms::of(arguments);
        self.terms = terms;
        self.started = true;
        self.understood += 1;
        let known = !self.told.is_empty();
        for (i, revision) in revisions.into_iter().enumerate().filter(|_| !known) {
            let side = if i == 0 { Side::New } else { Side::Old };
            if let Some(commit) = name(revision) {
                self.push(line, commit, Answer::Side(side), "");
                if let Some(told) = self.told.last_mut() {
                    told.at_start = true;
                }
                self.ends_at_start = self.told.len();
            }
        }
        // Comments in the words of these terms were read before they were known.
        let foreign = std::mem::take(&mut self.foreign);
        self.foreign = foreign.into_iter().filter(|(_, term)| self.terms.word(term).is_none()).collect();
    }

    pub(super) fn take(&mut self, line: Line, form: Form<'_>) -> Result<(), Flaw> {
        let shaped = matches!(self.remaining, Some((_, Sure::ByShape))) && !matches!(form, Form::Candidate { .. });
        if shaped {
            self.remaining = None;
        }
        if self.answer_asked(&form)? {
            return Ok(());
        }
        match form {
            Form::Comment { term, commit, subject } => {
                self.tell(line, term, commit, subject)?;
                if added(subject).is_some_and(is_unbuilt) {
                    self.unbuilt(line);
                }
            }
            Form::Command(typed) => self.command(line, typed),
            Form::CheckedOut(revision) => {
                self.head = Some(revision.to_owned());
                self.elsewhere = self.candidate.is_some().then(|| revision.to_owned());
            }
            Form::Head { commit } => {
                let back = self
                    .candidate
                    .as_ref()
                    .is_some_and(|candidate| hash(commit).is_ok_and(|at| at.matches(&candidate.commit)));
                self.elsewhere = (self.candidate.is_some() && !back).then(|| commit.to_owned());
            }
            Form::First { commit, subject } => {
                self.pass_over();
                let subject = subject.map(str::to_owned);
                self.culprit = Some(Named { line, commit: hash(commit)?, subject });
            }
            Form::Possible(commit) => self.possible.push(hash(commit)?),
            Form::OnlySkipped => {
                self.pass_over();
                self.only_skipped = true;
            }
            // What git lists behind the words that only skipped ones are left.
            Form::Hash(commit) if self.only_skipped => self.possible.push(hash(commit)?),
            Form::Remaining(remaining, sure) => self.remaining = Some((remaining, sure)),
            Form::MergeBase => self.merge_base = true,
            Form::Candidate { commit, subject } => self.next(line, hash(commit)?, subject),
            Form::MergeBaseIsBad(commit) => {
                self.candidate = None;
                self.merge_base = true;
                self.push(line, hash(commit)?, Answer::Side(Side::New), "");
            }
            Form::Run(outcome) => self.run(line, outcome),
            Form::Tally(tally) => self.tally(line, tally),
            Form::Unbuilt => self.unbuilt(line),
            Form::Check(_) | Form::Hash(_) | Form::Other => {}
        }
        Ok(())
    }

    /// A command: what stands before it was said of it, or of what came before.
    fn confirm(&mut self) {
        self.unconfirmed.clear();
        self.confirmed = self.told.len();
    }

    /// git tests this one next.
    fn next(&mut self, line: Line, commit: CommitId, subject: &str) {
        let whole = commit.is_full() || self.remaining.is_some() || self.merge_base;
        if !whole {
            return;
        }
        let remaining = self.remaining.take().map(|(remaining, _)| remaining);
        self.withdraw(&commit);
        if self.candidate.as_ref().is_none_or(|known| known.commit != commit) {
            self.pass_over();
        }
        let chosen = if std::mem::take(&mut self.merge_base) { Chosen::MergeBase } else { Chosen::ByGit };
        self.candidate = Some(Candidate { line, commit, remaining, subject: subject.to_owned(), chosen });
        self.elsewhere = None;
    }

    /// git asks for a commit that it was told of: a log was replayed that was cut before it, or a range that was skipped does
    /// not hold it.
    fn withdraw(&mut self, commit: &CommitId) {
        let Some(at) = self.latest.get(&key(commit)).copied() else { return };
        let skipped = at + 1 == self.told.len() && self.told[at].answer == Answer::Skip;
        if !skipped && !std::mem::take(&mut self.replayed) {
            return;
        }
        self.told.truncate(at);
        self.latest.retain(|_, known| *known < at);
        self.sides = [Side::Old, Side::New].map(|side| self.first(side).is_some());
        (self.confirmed, self.current) = (self.confirmed.min(at), at.saturating_sub(1));
    }

    /// git goes on, and nobody said what became of its last candidate.
    fn pass_over(&mut self) {
        if let Some(candidate) = self.candidate.take() {
            let line = candidate.line;
            self.told_of(line, candidate, Answer::Unheard);
            self.confirm();
        }
    }

    fn command(&mut self, line: Line, typed: Typed<'_>) {
        const SILENT: [&str; 10] =
            ["reset", "log", "replay", "run", "visualize", "view", "terms", "next", "help", "state"];
        let Typed { word, arguments, comment } = typed;
        if SILENT.contains(&word) {
            if matches!(word, "reset" | "replay") {
                // git forgets its candidate.
                (self.candidate, self.elsewhere) = (None, None);
                self.replayed |= word == "replay";
            }
            self.confirm();
            return;
        }
        let Some(answer) = self.answer(line, word) else {
            // git refuses a word that it does not know, unless it was announced.
            let told = self.told.is_empty() && typed.names().next().is_some_and(is_hash);
            self.foreign.extend(told.then(|| (line, word.to_owned())));
            return;
        };
        let names: Vec<&str> = typed.names().collect();
        if names.is_empty() && arguments.is_empty() {
            self.tell_of_candidate(line, word, answer);
        }
        for name in names {
            self.tell_typed(line, name, answer);
        }
        self.confirm();
        if comment.is_some_and(is_unbuilt) {
            self.unbuilt(line);
        }
        if let Some(tally) = comment.and_then(super::tally::tally) {
            self.tally(line, tally);
        }
    }

    fn answer(&mut self, line: Line, term: &str) -> Option<Answer> {
        let side = self.terms.word(term)?.side();
        if matches!(term, "old" | "new") && self.terms == Terms::default() {
            self.neutral = self.neutral.or(Some(line));
        }
        Some(side.map_or(Answer::Skip, Answer::Side))
    }

    /// `# bad: [<hash>] <subject>`
    fn tell(&mut self, line: Line, term: &str, commit: &str, subject: &str) -> Result<(), Flaw> {
        let Some(answer) = self.answer(line, term) else {
            self.foreign.extend(is_hash(commit).then(|| (line, term.to_owned())));
            return Ok(());
        };
        let commit = hash(commit)?;
        self.commented = true;
        let only_ends = self.told.len() == self.ends_at_start;
        let at_start = || self.told.iter().position(|told| told.at_start && told.answer == answer);
        match only_ends.then(at_start).flatten() {
            // The same end as `git bisect start` had, with its hash.
            Some(end) => {
                self.latest.remove(&key(&self.told[end].commit));
                self.latest.insert(key(&commit), end);
                let told = &mut self.told[end];
                (told.line, told.commit, told.at_start) = (line, commit, false);
                subject.clone_into(&mut told.subject);
                self.current = end;
            }
            None => self.push(line, commit, answer, subject),
        }
        self.unconfirmed.push((line, commit, answer, subject.to_owned()));
        Ok(())
    }

    /// `git bisect bad <revision>`
    fn tell_typed(&mut self, line: Line, revision: &str, answer: Answer) {
        if !is_hash(revision) {
            // A range, or a name: the comments before it have the hashes.
            let commented = !self.unconfirmed.is_empty() || revision.contains("..");
            let checked_out = matches!(revision, "HEAD" | "@") && self.candidate.is_some();
            match name(revision) {
                // git may choose another candidate, and then this one is skipped.
                _ if revision.contains("..") && answer == Answer::Skip => self.pass_on(line, answer),
                _ if commented => {}
                _ if checked_out => self.tell_of_candidate(line, revision, answer),
                Some(commit) => self.push(line, commit, answer, ""),
                None => {}
            }
            return;
        }
        if let Ok(commit) = hash(revision) {
            self.push(line, commit, answer, "");
        }
    }

    /// `git bisect bad` without a commit is about the one checked out.
    fn tell_of_candidate(&mut self, line: Line, word: &str, answer: Answer) {
        let known = answer.side().is_none_or(|side| self.has_told(side));
        let both = self.has_ends();
        if let Some(at) = self.elsewhere.take() {
            return self.tell_of_head(line, word, answer, &at);
        }
        match (&self.candidate, known) {
            (Some(_), _) => self.pass_on(line, answer),
            (None, false) => {
                let head = self.head.as_deref().and_then(name).or_else(|| name("HEAD"));
                if let Some(head) = head {
                    self.push(line, head, answer, "");
                }
            }
            // Typed twice.
            (None, true) if !both => {}
            // Its comment has the hash.
            (None, true) if self.unconfirmed.last().is_some_and(|(_, _, said, _)| *said == answer) => {}
            (None, true) => self.asked = Some((line, word.to_owned(), answer)),
        }
    }

    /// Somebody checked out another revision than git's candidate. From where it is counted may have moved since.
    fn tell_of_head(&mut self, line: Line, word: &str, answer: Answer, at: &str) {
        let counted = at.contains(['~', '^', '@']) || at.contains("HEAD");
        if let Some(commit) = name(at).filter(|_| !counted) {
            self.push(line, commit, answer, "");
        } else {
            self.candidate = None;
            self.problems.push(problem(line, Flaw::Whose(excerpt(word))));
        }
    }

    /// The line behind a command without a revision: a mail program may have broken it there.
    fn answer_asked(&mut self, form: &Form<'_>) -> Result<bool, Flaw> {
        let Some((line, word, answer)) = self.asked.take() else { return Ok(false) };
        if let Form::Hash(commit) = form {
            self.push(line, hash(commit)?, answer, "");
            return Ok(true);
        }
        self.problems.push(problem(line, Flaw::Whose(excerpt(&word))));
        Ok(false)
    }

    fn pass_on(&mut self, line: Line, answer: Answer) {
        if let Some(candidate) = self.candidate.take() {
            self.told_of(line, candidate, answer);
        }
    }

    fn told_of(&mut self, line: Line, candidate: Candidate, answer: Answer) {
        let Candidate { commit, remaining, subject, chosen, .. } = candidate;
        let told = Told { line, commit, answer, chosen, remaining, runs: Vec::new(), subject, at_start: false };
        self.add(told);
    }

    /// What was told of a commit by its name.
    fn push(&mut self, line: Line, commit: CommitId, answer: Answer, subject: &str) {
        // A log that is shown in between says what was told before.
        let again = self.latest.get(&key(&commit)).is_some_and(|at| self.told[*at].answer == answer);
        let candidate = if again { None } else { self.candidate.take() };
        let picked = match candidate {
            Some(candidate) if candidate.commit.matches(&commit) => return self.told_of(line, candidate, answer),
            // Somebody picked another one: git chooses anew.
            other => other.is_some(),
        };
        let ends = self.has_ends();
        let chosen = match () {
            () if std::mem::take(&mut self.merge_base) => Chosen::MergeBase,
            // A log without candidates shows git's choices.
            () if ends && !picked => Chosen::ByGit,
            () => Chosen::ByHand,
        };
        let subject = subject.to_owned();
        self.add(Told { line, commit, answer, chosen, remaining: None, runs: Vec::new(), subject, at_start: false });
    }

    /// The same said of the same commit once more is said once.
    fn add(&mut self, told: Told) {
        let key = key(&told.commit);
        let known = self.latest.get(&key).copied();
        let before = known.map(|at| &mut self.told[at]);
        if let (Some(at), Some(before)) =
            (known, before.filter(|before| before.commit.matches(&told.commit) && before.answer == told.answer))
        {
            self.current = at;
            before.remaining = before.remaining.or(told.remaining);
            if before.subject.is_empty() {
                before.subject = told.subject;
            }
            if told.commit.to_string().len() > before.commit.to_string().len() {
                before.commit = told.commit;
            }
            return;
        }
        self.current = self.told.len();
        self.latest.insert(key, self.told.len());
        if let Some(side) = told.answer.side() {
            self.sides[side as usize] = true;
        }
        self.told.push(told);
    }

    fn run(&mut self, line: Line, outcome: Outcome) {
        if let Some(told) = self.told.get_mut(self.current) {
            told.runs.push((line, outcome, 1));
        }
    }

    /// Counts beside a verdict are its runs; those that do not say which runs they count have to wait for the others.
    fn tally(&mut self, line: Line, tally: Tally) {
        let at = self.current;
        let Some(told) = self.told.get(at) else { return };
        match (tally, told.answer.side()) {
            (Tally::Runs { crashes, runs }, Some(_)) if self.has_room(runs) => {
                self.tallied.push((line, at, crashes, runs));
            }
            (Tally::Open { part, runs }, Some(_)) if self.has_room(runs) => self.open.push((line, at, part, runs)),
            // A verdict for old or new is that of all runs; whether it is that of none that failed is not known here.
            (Tally::All(runs), Some(_)) if self.has_room(runs) => self.open.push((line, at, runs, 0)),
            _ => self.problems.push(problem(line, Flaw::Tally)),
        }
    }

    /// The number of crashes and of runs.
    pub(super) fn count_runs(&mut self, line: Line, at: usize, (crashes, runs): (u32, u32)) {
        let counts = [(Outcome::Crash(None), crashes), (Outcome::Pass, runs - crashes)];
        let counted = counts.into_iter().filter(|(_, times)| *times > 0).map(|(outcome, times)| (line, outcome, times));
        if let Some(told) = self.told.get_mut(at) {
            told.runs.extend(counted);
        }
    }

    /// A revision that could not be built, and was not skipped.
    fn unbuilt(&mut self, line: Line) {
        if self.told.get(self.current).is_some_and(|told| told.answer.side().is_some()) {
            self.problems.push(problem(line, Flaw::Unbuilt));
        }
    }

    /// All runs of one bisection fit into a `u32`, with room for what is told one by one.
    fn has_room(&mut self, runs: u32) -> bool {
        const MOST: u32 = 1 << 31;
        let all = self.counted.saturating_add(runs);
        if all <= MOST {
            self.counted = all;
        }
        all <= MOST
    }

    /// What is left open at the end.
    pub(super) fn settle(&mut self) {
        if let Some((line, word, _)) = self.asked.take() {
            self.problems.push(problem(line, Flaw::Whose(excerpt(&word))));
        }
        // A bad end that nobody named by hash is the culprit where git found no other.
        let Some(culprit) = &self.culprit else { return };
        let named = self.told.iter().any(|told| told.commit.matches(&culprit.commit));
        let end = self.first(Side::New).is_some();
        let unheard = self.told.iter().any(|told| told.answer == Answer::Unheard);
        if !named && !end && unheard {
            let (line, commit) = (culprit.line, culprit.commit);
            self.push(line, commit, Answer::Side(Side::New), "");
            if let Some(told) = self.told.pop() {
                self.told.insert(0, Told { chosen: Chosen::ByHand, ..told });
                self.open.iter_mut().for_each(|(_, at, ..)| *at += 1);
            }
            self.latest = self.told.iter().enumerate().map(|(at, told)| (key(&told.commit), at)).collect();
        }
    }

    /// Whether this is git's own log of what `terminal` shows.
    pub(super) fn tells_all_of(&self, terminal: &Self) -> bool {
        let has = |commit: &CommitId| {
            let at = self.latest.get(&key(commit));
            at.is_some_and(|at| self.told[*at].commit.matches(commit))
        };
        let hashes = || terminal.told.iter().map(|told| &told.commit).filter(|commit| is_hash(&commit.to_string()));
        self.commented && !terminal.commented && hashes().next().is_some() && hashes().all(has)
    }
}

/// For readers of other tools, which print a verdict a test.
impl Draft {
    pub(in crate::ingest) fn of_tool(line: Line) -> Self {
        Self { teller: Teller::Tool(Some(Kind::Cause)), ..Self::new(line) }
    }

    /// One more test of a revision: the same verdict again is another run.
    pub(in crate::ingest) fn hear_of(&mut self, line: Line, commit: CommitId, answer: Answer) {
        let at = self.latest.get(&key(&commit)).copied();
        let before =
            at.map(|at| &mut self.told[at]).filter(|told| told.commit.matches(&commit) && told.answer == answer);
        let Some(before) = before else { return self.push(line, commit, answer, "") };
        let Some(side) = answer.side() else { return };
        let outcome = || if side == Side::New { Outcome::Crash(None) } else { Outcome::Pass };
        if before.runs.is_empty() {
            before.runs.push((before.line, outcome(), 1));
        }
        before.runs.push((line, outcome(), 1));
    }

    /// How many revisions were left when each of these was tested, this one and the end among them. What git would have printed
    /// follows from the next number: of the older side, it is what remains, else what is gone.
    pub(in crate::ingest) fn has_left(&mut self, left: &[(CommitId, u32)]) {
        let concluded = self.culprit.is_some().then_some(1);
        for (i, (commit, all)) in left.iter().enumerate() {
            let next = left.get(i + 1).map(|(_, next)| *next).or(concluded);
            let told = self.latest.get(&key(commit)).map(|at| &mut self.told[*at]);
            let (Some(next), Some(told)) = (next.filter(|next| next < all), told) else { continue };
            let revisions = match told.answer.side() {
                Some(Side::Old) => next.saturating_sub(1),
                Some(Side::New) => all - next - 1,
                None => continue,
            };
            told.remaining = Some(Remaining { revisions, steps: estimate(*all) });
        }
    }

    /// What is told more than once and was tested once.
    pub(in crate::ingest) fn hear_once(&mut self, line: Line, commit: CommitId, answer: Answer) {
        if !self.has_heard_of(&commit) {
            self.push(line, commit, answer, "");
        }
    }

    pub(in crate::ingest) fn has_heard_of(&self, commit: &CommitId) -> bool {
        let at = self.latest.get(&key(commit));
        at.is_some_and(|at| self.told[*at].commit.matches(commit))
    }

    /// An end of the range that was given, and perhaps never tested.
    pub(in crate::ingest) fn has_end(&mut self, line: Line, commit: CommitId, side: Side) {
        if !self.has_heard_of(&commit) {
            self.push(line, commit, Answer::Side(side), "");
            self.told.rotate_right(1);
            self.latest = self.told.iter().enumerate().map(|(at, told)| (key(&told.commit), at)).collect();
        }
    }

    /// Builds that are called by their day have its order, however they were listed: the outer ones of each side first.
    pub(in crate::ingest) fn order_by_day(&mut self) {
        self.of_builds = true;
        let days: Vec<_> = self.told.iter().map(|told| told.commit.day().map(|day| day.to_string())).collect();
        let mut order: Vec<usize> = (0..self.told.len()).collect();
        let place = |i: &usize| match (days[*i].as_deref(), self.told[*i].answer.side()) {
            (Some(day), Some(Side::Old)) => (0, day.to_owned(), String::new()),
            (Some(day), Some(Side::New)) => {
                let back = day.bytes().map(|byte| char::from(b'0' + b'9' - byte.clamp(b'0', b'9')));
                (0, String::new(), back.collect())
            }
            _ => (1, String::new(), String::new()),
        };
        order.sort_by_key(place);
        let mut told: Vec<_> = std::mem::take(&mut self.told).into_iter().map(Some).collect();
        self.told = order.into_iter().filter_map(|i| told[i].take()).collect();
        self.latest = self.told.iter().enumerate().map(|(at, told)| (key(&told.commit), at)).collect();
    }

    /// The revision that was named in the end.
    pub(in crate::ingest) fn name(&mut self, line: Line, commit: CommitId) {
        self.culprit = Some(Named { line, commit, subject: None });
    }

    /// What is looked for, if that shows. For a fix, what was called bad is older.
    pub(in crate::ingest) fn looks_for(&mut self, kind: Option<Kind>) {
        self.teller = Teller::Tool(kind);
        if kind == Some(Kind::Fix) {
            for told in &mut self.told {
                told.answer = match told.answer {
                    Answer::Side(Side::New) => Answer::Side(Side::Old),
                    Answer::Side(Side::Old) => Answer::Side(Side::New),
                    other => other,
                };
            }
        }
    }
}
