//! What a piece of a log is about, when the line that says so is missing.

use crate::evidence::{Kind, Side};
use crate::ingest::lex::Lexed;

use super::form::{Form, form};

/// Whether a line belongs to a test, to git's walk, or to the end: enough to begin in the middle.
pub(super) const fn opens(form: &Form<'_>) -> bool {
    matches!(
        form,
        Form::Testing(..)
            | Form::Run(..)
            | Form::AllRuns(_)
            | Form::Release(_)
            | Form::Head
            | Form::BisectStart(..)
            | Form::BisectTerm(..)
    )
}

/// What the piece's bisection looks for, and what tells; `None` when no line of a log is in it. Lines that stand in one
/// kind only tell for sure; else the words `good` and `bad` do, beside the runs before them.
pub(super) fn kind<'a>(lines: impl Iterator<Item = Lexed<'a>>) -> Option<(Kind, &'static str)> {
    let (mut any, mut votes, mut crashed) = (false, 0i32, None);
    for lexed in lines {
        let Some(form) = form(&lexed.text) else { continue };
        any |= opens(&form);
        match form {
            Form::Testing(..) => crashed = None,
            Form::Run(_, verdict) | Form::AllRuns(verdict) => {
                crashed = Some(crashed.unwrap_or(false) || verdict.starts_with("crashed"));
            }
            Form::BisectTerm(Some(side), _) => {
                votes += crashed.take().map_or(0, |crashed| if crashed == (side == Side::New) { 1 } else { -1 });
            }
            Form::Release(_) if any => return Some((Kind::Cause, "it tests releases")),
            Form::Head if any => return Some((Kind::Fix, "it tests HEAD")),
            Form::FirstCommit(..) if any && lexed.text.starts_with("first good") => {
                return Some((Kind::Fix, "it names the first good commit"));
            }
            Form::FirstCommit(..) if any => return Some((Kind::Cause, "it names the first bad commit")),
            _ => {}
        }
    }
    let kind = match votes {
        ..0 => (Kind::Fix, "revisions that crash are called good"),
        0 => (Kind::Cause, "nothing in it tells, and most are"),
        1.. => (Kind::Cause, "revisions that crash are called bad"),
    };
    any.then_some(kind)
}
