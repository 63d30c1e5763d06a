//! The named commit touches nothing near the crash's stack.
//!
//! # What
//! No file of the commit is on the stack of the last crash or in the same folder as one (folders of headers aside), and
//! its subject shares no word with the crashing function.
//!
//! # Why it matters
//! A culprit is usually about the code that crashes. A commit from another subsystem exposed the bug, moved its timing,
//! or was named by chance.
//!
//! `p`: that it is not to blame.
//!
//! # Example
//! `data/001_io_wq_cancel_all.txt`:
//!
//! ```text
//! note[BS308]: the log does not name all files that ef0524d36546 touches (fs/,
//!              include/, init/): nothing tells whether it is about the code that
//!              crashes
//!   --> data/001_io_wq_cancel_all.txt:95:1
//!    |
//! 95 | first bad commit: ef0524d3654628ead811f328af0a4a2953a8310f io_uring: replace workqueue usage…
//!    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not all of its files are told
//!    |
//!    = next: git show --stat ef0524d36546
//! ```
//!
//! # What to do
//! Read the commit. If you can't say how it causes the crash, test it and its parent again.
//!
//! # Limits
//! A note below `doubt` (0.5), a warning above; never an error, since a shared structure can break far away. Where the
//! log names only a folder of the commit that holds a file of the stack, or the end of a path, a note says so. Where a
//! rule knows why the place is wrong (BS202, BS301, BS302, BS303, BS304, BS310), that one speaks.
//!
//! # Source
//! `p_right`, else `p_named`. In the study behind `p_right`, culprits that touch a file of the stack are right in 64 %,
//! others in 15 %; those in the folder of one in 63 %, others in 9 %.

use crate::analysis::finding::{Remedy, Severity};
use crate::analysis::named::{Named, Nearness};
use crate::analysis::words::{chance, count};
use crate::history::Command;

use super::case::Case;
use super::draft::Draft;
use super::limits::limits;

pub(super) const YIELDS_TO: &[&str] = &["BS202", "BS301", "BS302", "BS303", "BS304", "BS310"];

limits! {
    /// When to warn.
    pub struct Limits {
        /// P(not to blame) from which it is a warning.
        doubt: f64 = 0.5,
    }
}

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    case.named.as_ref().and_then(|named| unrelated(case, named, limits)).into_iter().collect()
}

fn unrelated(case: &Case<'_>, named: &Named<'_>, limits: &Limits) -> Option<Draft> {
    if named.subject_word() == Some(true) {
        return None;
    }
    match named.nearness()? {
        Nearness::Near => return None,
        Nearness::Unknown => return Some(cannot_tell(case, named)),
        Nearness::Elsewhere => {}
    }
    let p = case.not_to_blame()?;
    let name = named.culprit.commit.short();
    let (first, inner) = (named.files.first()?, named.stack.first().or(named.whole_stack.first())?);
    let message = format!(
        "{name} touches no code near the crash: it changes {first}, the crash is in {inner}; P(not to blame) {}",
        chance(p)
    );
    let draft = Draft::new(Severity::of(Some(p), limits.doubt, f64::INFINITY), named.culprit.line, message)
        .label(format!("{}, none on the stack", count(named.files.len(), "file")))
        .p(p)
        .next("read it: if it cannot bring this crash, test it and its parent again".to_owned());
    let report = case.evidence().report.as_ref().map(|report| report.line);
    let draft = match report {
        Some(line) => draft.place(line, format!("the stack: {inner} first")),
        None => draft,
    };
    Some(case.about_named(draft))
}

/// Logs of old name a folder where they could name its files, and git cuts long paths.
fn cannot_tell(case: &Case<'_>, named: &Named<'_>) -> Draft {
    let name = named.culprit.commit.short();
    let message = format!(
        "the log does not name all files that {name} touches ({}): nothing tells whether it is about the code that crashes",
        named.files.join(", ")
    );
    let draft = Draft::new(Severity::Note, named.culprit.line, message).label("not all of its files are told");
    case.about_named(draft.next(Remedy::with("", Command::show_files(named.culprit.commit))))
}
