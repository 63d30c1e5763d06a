//! The words for the two sides of the change, and which of them says that the test fails.

use crate::evidence::{Kind, Side};
use crate::ingest::table::{Columns, Meaning};

/// A word that git takes for a commit.
pub(super) enum Word {
    /// One side of the change.
    Side(Side),
    /// Neither.
    Skip,
}

impl Word {
    pub(super) const fn side(&self) -> Option<Side> {
        match self {
            Self::Side(side) => Some(*side),
            Self::Skip => None,
        }
    }
}

/// The words for the two sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) old: String,
    pub(super) new: String,
}

impl Default for Terms {
    fn default() -> Self {
        Self { old: "good".to_owned(), new: "bad".to_owned() }
    }
}

impl Terms {
    /// What `git bisect start` was told, and the revisions behind it.
    pub(super) fn of(arguments: &str) -> (Self, Vec<&str>) {
        let (mut terms, mut revisions) = (Self::default(), Vec::new());
        let mut words = arguments.split_whitespace().map(|word| word.trim_matches(['\'', '"']));
        while let Some(word) = words.next() {
            let (flag, value) = word.split_once('=').map_or((word, None), |(flag, value)| (flag, Some(value)));
            let value = |words: &mut dyn Iterator<Item = _>| value.or_else(|| words.next()).unwrap_or_default();
            match flag {
                "--term-new" | "--term-bad" => value(&mut words).clone_into(&mut terms.new),
                "--term-old" | "--term-good" => value(&mut words).clone_into(&mut terms.old),
                "--" => break,
                _ if word.starts_with('-') || word.is_empty() => {}
                _ => revisions.push(word),
            }
        }
        (terms, revisions)
    }

    /// None for a word that is none of ours.
    pub(super) fn word(&self, term: &str) -> Option<Word> {
        match term {
            "skip" => Some(Word::Skip),
            term if term == self.new || term == "new" => Some(Word::Side(Side::New)),
            term if term == self.old || term == "old" => Some(Word::Side(Side::Old)),
            _ => None,
        }
    }

    /// What is looked for; none where neither word tells which side fails, and nobody has.
    pub(super) fn kind(&self, told: &Columns) -> Option<Kind> {
        let is = |meaning: Meaning, term: &str| told.get(&meaning).is_some_and(|word| word == term);
        let said = |term: &str| match () {
            () if is(Meaning::Crashes, term) => Some(true),
            () if is(Meaning::Passes, term) => Some(false),
            () => fails(term),
        };
        match (said(&self.new), said(&self.old)) {
            // Both sides cannot be the same.
            (Some(new), Some(old)) if new == old => None,
            (Some(false), _) | (None, Some(true)) => Some(Kind::Fix),
            (Some(true), _) | (None, Some(false)) => Some(Kind::Cause),
            (None, None) => None,
        }
    }
}

/// Whether a word for one side of the change says that the test fails there; none when it does not tell.
fn fails(term: &str) -> Option<bool> {
    const FAILING: [&str; 12] = [
        "bad", "broken", "fail", "failing", "fails", "failed", "crash", "crashes", "crashing", "buggy", "slow", "wrong",
    ];
    const PASSING: [&str; 11] =
        ["good", "fixed", "fix", "pass", "passes", "passing", "passed", "ok", "works", "working", "fast"];
    let term = term.to_ascii_lowercase();
    let is = |words: &[&str]| words.contains(&term.as_str());
    if is(&FAILING) { Some(true) } else { is(&PASSING).then_some(false) }
}
