//! What a plain `git bisect` leaves behind: the output of `git bisect log`, and transcripts of a terminal.
//!
//! A log tells what git was told of each commit, `# bad: [<hash>] <subject>` and `git bisect bad <hash>`, and no runs: one
//! run is taken from each word, unless lines `run #N: …` or counts (`# runs: 3/20`) stand beside it. The words themselves may
//! be any (`--term-new=fixed`); which of the two sides fails is read from them ([`terms`]), or asked.
//!
//! `git bisect run` prints the candidates and not what became of them. That follows from a repository: a candidate is bad
//! exactly when the culprit or a later candidate is its ancestor ([`unheard`]).

mod draft;
mod evidence;
mod form;
mod prompt;
mod tally;
mod terms;
mod unheard;

use memchr::memmem;

use crate::evidence::{Bisection, Line, Source};
use crate::history::History;

use super::lex::{Lexed, Lines};
use super::problem::{Flaw, Problem};
use super::table::Columns;

use form::{Check, Form, form};
use prompt::Typed;

pub(super) use draft::{Answer, Draft};

/// The bisection of a draft that another reader made.
pub(super) fn finished(draft: Draft, source: &Source) -> (Vec<Bisection>, Vec<Problem>) {
    let (bisection, problems) = draft.finish(source.path.clone(), source, &Columns::new(), None);
    (bisection.into_iter().collect(), problems)
}

/// Reads every bisection in `bytes`; empty when nothing in it is git's. A question that only the user can answer is a
/// problem without a bisection.
#[must_use]
pub fn read(
    bytes: &[u8],
    source: &Source,
    told: &Columns,
    history: Option<&History>,
) -> (Vec<Bisection>, Vec<Problem>) {
    if !may_be_gits(bytes) || is_syzkallers(bytes) {
        return (Vec::new(), Vec::new());
    }
    let source = source.holding(bytes);
    let mut reader = Reader::default();
    for lexed in Lines::new(bytes) {
        reader.feed(&lexed);
    }
    reader.finish(&source, told, history)
}

/// Whether any of git's words are in it: quicker than to look at each line of a large table.
fn may_be_gits(bytes: &[u8]) -> bool {
    ["isect", ": ["].iter().any(|words| memmem::find(bytes, words.as_bytes()).is_some())
}

/// Whether the words to git are those of a piece of syzkaller's log, which has its own reader.
fn is_syzkallers(bytes: &[u8]) -> bool {
    let has = |words: &str| memmem::find(bytes, words.as_bytes()).is_some();
    let told = || has("# git bisect good ") || has("# git bisect bad ");
    has("testing commit ") && has("kernel signature: ") || told() && (has("all runs: ") || has("run #0: "))
}

#[derive(Default)]
struct Reader {
    done: Vec<Draft>,
    problems: Vec<Problem>,
    draft: Option<Draft>,
    /// A bot's second tests of the culprit: they stand before the log.
    checks: Vec<(Line, Check)>,
}

impl Reader {
    fn feed(&mut self, lexed: &Lexed<'_>) {
        let form = form(&lexed.text);
        match form {
            Form::Check(check) => self.checks.push((lexed.line, check)),
            Form::Command(Typed { word: "start", arguments, .. }) => return self.start(lexed.line, arguments),
            _ if self.draft.is_none() && !opens(&form) => return,
            _ => {}
        }
        let draft = match form {
            // A check alone opens nothing.
            Form::Check(_) => match &mut self.draft {
                Some(draft) => draft,
                None => return,
            },
            _ => self.draft.get_or_insert_with(|| Draft::new(lexed.line)),
        };
        draft.count(form != Form::Other);
        if let Err(flaw) = draft.take(lexed.line, form) {
            self.problems.push(Problem { line: lexed.line, flaw });
        }
    }

    /// A second start begins another bisection, with the comments that stand before it.
    fn start(&mut self, line: Line, arguments: &str) {
        let mut draft = self.draft.take().unwrap_or_else(|| Draft::new(line));
        if draft.has_begun() {
            let theirs = draft.without_unconfirmed();
            self.draft = Some(draft);
            self.close();
            draft = theirs.unwrap_or_else(|| Draft::new(line));
        }
        draft.start(line, arguments);
        self.draft = Some(draft);
    }

    fn close(&mut self) {
        let Some(mut draft) = self.draft.take() else { return };
        draft.settle();
        if draft.is_something() {
            draft.checks = std::mem::take(&mut self.checks);
            self.done.push(draft);
        }
    }

    fn finish(mut self, source: &Source, told: &Columns, history: Option<&History>) -> (Vec<Bisection>, Vec<Problem>) {
        self.close();
        let kept: Vec<bool> = (0..self.done.len()).map(|i| !self.is_told_again(i)).collect();
        let drafts = self.done.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(draft, _)| draft);
        let (mut bisections, mut problems) = (Vec::new(), self.problems);
        for draft in drafts {
            let number = bisections.len() + 1;
            let id = if number == 1 { source.path.clone() } else { format!("{}#{number}", source.path) };
            let (bisection, more) = draft.finish(id, source, told, history);
            bisections.extend(bisection);
            problems.extend(more);
        }
        problems.sort_by_key(|problem| problem.line);
        (bisections, problems)
    }

    /// Whether a terminal's bisection is that of a log which was printed after it.
    fn is_told_again(&self, i: usize) -> bool {
        self.done[i + 1..].iter().any(|later| later.tells_all_of(&self.done[i]))
    }
}

/// Whether a line may be the first one of a bisection.
fn opens(form: &Form<'_>) -> bool {
    match form {
        Form::Comment { .. } | Form::MergeBase | Form::Remaining(_, form::Sure::Yes) => true,
        Form::Command(typed) => draft::is_hash(typed.arguments),
        _ => false,
    }
}

/// A flaw at its line.
const fn problem(line: Line, flaw: Flaw) -> Problem {
    Problem { line, flaw }
}
