//! Bisections of one bug that name different commits.

use std::collections::HashMap;

use crate::evidence::{Bisection, CommitId, Kind, RevisionName, Title};

use super::Analysis;

/// Another bisection of the same bug that named another commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rival {
    /// Its id.
    pub bisection: String,
    /// The commit that it named.
    pub culprit: CommitId,
    /// What shows that it is of the same bug.
    pub alike: Alike,
}

/// What two bisections have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alike {
    /// Both walks began from the same revisions.
    Ends,
    /// They stand in one file.
    File,
    /// The crash has the same title.
    Title,
}

impl Alike {
    /// In words, behind "another bisection".
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ends => "from the same ends",
            Self::File => "in the same file",
            Self::Title => "of the same crash title",
        }
    }
}

/// What is looked up: bisections with an equal one are alike.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Ends(Kind, String, String),
    File(Kind, String),
    Title(Kind, String),
}

impl Key {
    const fn alike(&self) -> Alike {
        match self {
            Self::Ends(..) => Alike::Ends,
            Self::File(..) => Alike::File,
            Self::Title(..) => Alike::Title,
        }
    }
}

/// Fills in the rivals of each, in the order of the batch.
pub fn find(analyses: &mut [Analysis]) {
    let mut groups: HashMap<Key, Vec<usize>> = HashMap::new();
    for (i, analysis) in analyses.iter().enumerate().filter(|(_, analysis)| analysis.named_culprit.is_some()) {
        for key in keys(&analysis.evidence) {
            groups.entry(key).or_default().push(i);
        }
    }
    let mut rivals: Vec<Vec<(usize, Alike)>> = vec![Vec::new(); analyses.len()];
    for (key, members) in groups.iter().filter(|(_, members)| (2..=MOST).contains(&members.len())) {
        for (one, other) in members.iter().flat_map(|one| members.iter().map(move |other| (*one, *other))) {
            if disagree(&analyses[one], &analyses[other]) {
                rivals[one].push((other, key.alike()));
            }
        }
    }
    for (i, mut found) in rivals.into_iter().enumerate() {
        found.sort_unstable();
        found.dedup_by_key(|(other, _)| *other);
        let told = found.into_iter().filter_map(|(other, alike)| {
            let Analysis { bisection, named_culprit, .. } = &analyses[other];
            Some(Rival { bisection: bisection.clone(), culprit: (*named_culprit)?, alike })
        });
        analyses[i].rivals = told.collect();
    }
}

/// A file, or a title, of more bisections is an archive: there, equal names are no sign.
const MOST: usize = 16;

fn keys(evidence: &Bisection) -> Vec<Key> {
    let kind = evidence.kind;
    let name = |name: &RevisionName| match name {
        RevisionName::Commit(commit) => commit.short(),
        RevisionName::Tag(tag) => tag.to_string(),
    };
    let ends = evidence.walk.as_ref().map(|walk| Key::Ends(kind, name(&walk.new_end), name(&walk.old_end)));
    let title = evidence.reported_title.as_ref().map(|title| Key::Title(kind, title.to_string()));
    [Some(Key::File(kind, evidence.source.path.clone())), ends, title].into_iter().flatten().collect()
}

/// What the bug is called: as it was reported, else as the crash of the named commit is.
fn title(evidence: &Bisection) -> Option<&Title> {
    evidence.reported_title.as_ref().or_else(|| evidence.named_title())
}

/// Whether they name different commits, and their titles do not say that they are of different bugs.
fn disagree(one: &Analysis, other: &Analysis) -> bool {
    let culprits = one.named_culprit.zip(other.named_culprit);
    let titles = title(&one.evidence).zip(title(&other.evidence));
    culprits.is_some_and(|(one, other)| !one.matches(&other)) && titles.is_none_or(|(one, other)| one == other)
}
