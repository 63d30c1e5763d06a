//! The named commit looks like one that exposes a bug, not one that introduces it.
//!
//! # What
//! It is about a checker (lockdep, KASAN and their like) or system calls, changes a kernel option and little else, or
//! touches an interface that programs use (`include/uapi/`).
//!
//! # Why it matters
//! A reproducer needs what it calls: it can't run before the system call, the flag or the option existed, and no one
//! looks before the checker existed. The first crash is then at an innocent commit, and the bug is older.
//!
//! `p`: that it is not to blame.
//!
//! # Example
//! `data/003_io_wqe_enqueue.txt`:
//!
//! ```text
//! warning[BS309]: 24369c2e3bb0 may only expose an older bug: it touches
//!                 include/uapi/linux/io_uring.h; P(not to blame) 0.72
//!    --> data/003_io_wqe_enqueue.txt:230:1
//!     |
//! 230 | first bad commit: 24369c2e3bb06d8c4e71fd6ceaf4f8a01ae79b7c io_uring: add io-wq workqueue sha…
//!     | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ it touches include/uapi/linux/io_uring.h
//!     |
//!     = next: check whether the reproducer needs what it adds; if so, read the
//!             history of the crashing code
//! ```
//!
//! # What to do
//! Check whether the reproducer uses what the commit adds. If so, the bisection can't go further back: read the history
//! of the crashing code.
//!
//! # Limits
//! A note below `doubt` (0.5), a warning above; never an error, since a new interface has new bugs of its own. New code
//! brings its option along: a commit that inserts more than 150 lines is not suspected for its `Kconfig` or interface,
//! and one that inserts 60 or more with an option is a note. Where a rule knows that the place is wrong (BS202, BS301,
//! BS302, BS303, BS304, BS310), that one speaks.
//!
//! # Source
//! `p_right`, else `p_named`. In the study behind `p_right`, none of 9 culprits that touch an option and insert fewer than
//! 60 lines is right, 1 of 7 that insert 60 to 150, and 7 of 21 beyond; of those that are about a checker 4 of 28.

use crate::analysis::finding::Severity;
use crate::analysis::named::{Exposure, Named};
use crate::analysis::words::chance;

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

/// A commit that inserts more lines brings code of its own.
const NEW_CODE: u64 = 150;

pub(super) fn check(case: &Case<'_>, limits: &Limits) -> Vec<Draft> {
    case.named.as_ref().and_then(|named| exposing(case, named, limits)).into_iter().collect()
}

fn exposing(case: &Case<'_>, named: &Named<'_>, limits: &Limits) -> Option<Draft> {
    let (reason, worst) = suspicion(named)?;
    let p = case.not_to_blame()?;
    let name = named.culprit.commit.short();
    let (test, code) = (case.manner.test(), case.manner.participle());
    let message = format!("{name} may only expose an older bug: {reason}; P(not to blame) {}", chance(p));
    let severity = Severity::of(Some(p), limits.doubt, f64::INFINITY).min(worst);
    let draft = Draft::new(severity, named.culprit.line, message)
        .label(reason)
        .p(p)
        .next(format!("check whether the {test} needs what it adds; if so, read the history of the {code} code"));
    Some(case.about_named(draft))
}

/// What is suspicious, and how bad that can be.
fn suspicion(named: &Named<'_>) -> Option<(String, Severity)> {
    match named.exposure() {
        Some(Exposure::Checker(checker)) => {
            return Some((format!("its subject speaks of {checker}"), Severity::Warning));
        }
        Some(Exposure::CheckerFile(file)) => return Some((format!("it touches {file}"), Severity::Warning)),
        Some(Exposure::Option(file)) => return Some((format!("it touches the options in {file}"), Severity::Warning)),
        None => {}
    }
    if named.culprit.insertions.is_some_and(|insertions| insertions > NEW_CODE) {
        return None;
    }
    if let Some(file) = named.option().flatten() {
        return Some((format!("it touches the options in {file}"), Severity::Note));
    }
    let interface = named.files.iter().find(|file| file.contains("include/uapi/"))?;
    Some((format!("it touches {interface}"), Severity::Warning))
}
