//! Which revision a report is of: what a property of a suite says, else a hash in the path, else the part of the path in
//! which the reports differ. The path orders the revisions, too: numbers as numbers.

use std::collections::BTreeMap;

use crate::evidence::CommitId;

use super::number::{are_language_versions, has_build_number, is_build_number, may_have_build_number, without_runs};

/// What a path says of its revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) commit: CommitId,
    /// The path up to the name, by which revisions are ordered.
    pub(super) key: String,
    /// Whether something in it is a number that is no hash: then the order means something.
    pub(super) numbered: bool,
    /// How the name was found.
    pub(super) how: How,
}

/// How a name was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It is a hash.
    Hash,
    /// It is the folder in which the reports differ.
    Folder,
    /// It is the file's own name.
    File,
}

/// Whether a property of this name usually tells the commit.
pub(super) fn names_commit(name: &str) -> bool {
    const NAMES: [&str; 18] = [
        "commit",
        "sha",
        "revision",
        "commit.sha",
        "commit.id",
        "commit.hash",
        "git.commit",
        "git.commit.id",
        "git.sha",
        "git.revision",
        "git.hash",
        "git.head",
        "vcs.revision",
        "scm.revision",
        "build.vcs.number",
        "ci.commit.sha",
        "github.sha",
        "build.sourceversion",
    ];
    let plain: String =
        name.to_ascii_lowercase().chars().map(|c| if matches!(c, '_' | '-') { '.' } else { c }).collect();
    NAMES.contains(&plain.strip_prefix("env.").unwrap_or(&plain))
}

/// The value of a property as a revision; none for one that was not filled in.
pub(super) fn of_property(value: &str) -> Option<CommitId> {
    let hash = value.to_ascii_lowercase();
    let hash = CommitId::parse(&hash).ok();
    hash.or_else(|| CommitId::parse_name(value).filter(|_| !value.contains(['$', '%', '{', '}', '<'])))
}

/// A path in its parts, without the endings of the file.
struct Parts<'a>(Vec<&'a str>);

impl<'a> Parts<'a> {
    fn of(path: &'a str) -> Self {
        let mut parts: Vec<_> = path.split(['/', '\\', '!']).filter(|part| !part.is_empty() && *part != ".").collect();
        if let Some(file) = parts.last_mut() {
            *file = stem(file);
        }
        Self(parts)
    }

    fn key(&self, from: usize, upto: usize) -> String {
        self.0.get(from.min(upto)..upto).map(|parts| parts.join("/")).unwrap_or_default()
    }
}

/// Without `.xml`, `.xml.gz` and the like.
fn stem(mut file: &str) -> &str {
    const ENDINGS: [&str; 7] = ["xml", "junit", "gz", "zst", "xz", "bz2", "lz4"];
    while let Some((stem, ending)) = file.rsplit_once('.')
        && !stem.is_empty()
        && ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
    {
        file = stem;
    }
    file
}

/// Where a hash stands in a path: how many parts from its end, and which piece of that part.
type Spot = (usize, usize);

/// What each path says. `None` where it says nothing.
pub(super) fn of_paths(paths: &[&str]) -> Vec<Option<Named>> {
    let parts: Vec<Parts<'_>> = paths.iter().map(|path| Parts::of(path)).collect();
    let common = common(&parts);
    let spots: Vec<Option<Spot>> = parts.iter().map(spot).collect();
    let mut usual: BTreeMap<Spot, usize> = BTreeMap::new();
    for spot in spots.iter().flatten() {
        *usual.entry(*spot).or_default() += 1;
    }
    let by_hash = |(parts, spot): (&Parts<'_>, &Option<Spot>)| {
        // An abbreviation may happen to have no letter: it is one where others stand at the same place.
        let at = spot.or_else(|| usual.keys().copied().find(|spot| piece(parts, *spot).is_some_and(is_hexadecimal)));
        at.and_then(|spot| hashed(parts, spot, common))
    };
    let hashed: Vec<Option<Named>> = parts.iter().zip(&spots).map(by_hash).collect();
    let level = level(&parts, common);
    hashed.into_iter().zip(&parts).map(|(hash, parts)| hash.or_else(|| apart(parts, level?, common))).collect()
}

/// How many folders all paths begin with.
fn common(parts: &[Parts<'_>]) -> usize {
    let Some((first, others)) = parts.split_first() else { return 0 };
    let folders = |parts: &Parts<'_>| parts.0.len().saturating_sub(1);
    let shared =
        |other: &Parts<'_>| first.0.iter().zip(&other.0).take_while(|(a, b)| a == b).count().min(folders(other));
    others.iter().map(shared).min().unwrap_or(usize::MAX).min(folders(first))
}

fn is_hexadecimal(text: &str) -> bool {
    matches!(text.len(), 7..=40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Hexadecimal, and hardly a word or a date.
fn is_hash(text: &str) -> bool {
    let mixed = text.bytes().any(|byte| byte.is_ascii_digit()) && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    is_hexadecimal(text) && (matches!(text.len(), 40 | 64) || mixed)
}

/// What stands between signs, with an empty text for each piece of a UUID, which is no hash.
fn pieces(part: &str) -> Vec<&str> {
    const UUID: [usize; 5] = [8, 4, 4, 4, 12];
    let mut pieces: Vec<&str> = part.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let is_uuid = |at: usize, pieces: &[&str]| {
        let lengths = pieces[at..].iter().take(UUID.len()).map(|piece| piece.len());
        lengths.eq(UUID) && pieces[at..at + UUID.len()].iter().all(|p| p.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let uuids: Vec<usize> = (0..pieces.len()).filter(|at| is_uuid(*at, &pieces)).collect();
    for at in uuids {
        pieces[at..at + UUID.len()].fill("");
    }
    pieces
}

/// The nearest whole hash, else the nearest abbreviation.
fn spot(parts: &Parts<'_>) -> Option<Spot> {
    let find = |is: fn(&str) -> bool| {
        let levels = parts.0.iter().rev().enumerate();
        levels.into_iter().find_map(|(level, part)| Some((level, pieces(part).into_iter().position(is)?)))
    };
    find(|piece| matches!(piece.len(), 40 | 64) && is_hash(piece)).or_else(|| find(is_hash))
}

fn piece<'a>(parts: &Parts<'a>, (level, piece): Spot) -> Option<&'a str> {
    let part = parts.0.len().checked_sub(level + 1).map(|at| parts.0[at])?;
    pieces(part).get(piece).copied()
}

fn hashed(parts: &Parts<'_>, spot: Spot, common: usize) -> Option<Named> {
    let text = piece(parts, spot)?;
    let commit = CommitId::parse(&text.to_ascii_lowercase()).ok()?;
    let at = parts.0.len().checked_sub(spot.0)?;
    let key = parts.key(common.min(at.saturating_sub(1)), at);
    let before = key.rfind(text).map_or("", |end| &key[..end]);
    // `3.11` and `ubuntu-22.04` say what it ran on.
    let numbered = before.split('/').any(has_build_number);
    Some(Named { commit, key, numbered, how: How::Hash })
}

/// Where paths without a hash differ.
#[derive(Clone, Copy)]
enum Level {
    /// In this part, counted from the start.
    Folder(usize),
    /// In the file's name.
    File,
}

/// The first folder that differs and has the number of a build; else the files' names, where they have one.
fn level(parts: &[Parts<'_>], common: usize) -> Option<Level> {
    let folders = parts.iter().map(|parts| parts.0.len().saturating_sub(1)).min()?;
    let differs = |at: &usize| parts.iter().any(|other| other.0[*at] != parts[0].0[*at]);
    let numbered = |at: &usize| are_numbers(parts.iter().map(|parts| parts.0[*at]));
    let folder = (common..folders).filter(differs).find(numbered);
    // Of one revision alone: all reports lie below it. A folder above may have any name, so more must tell. Where numbers
    // differ elsewhere, nobody knows what they count.
    let counted = |at: usize| differs(&at) && parts.iter().all(|parts| may_have_build_number(parts.0[at]));
    let single = || {
        let one = (0..folders).rev().filter(|at| !differs(at)).find(|at| is_build_number(parts[0].0[*at]));
        one.filter(|_| !(common..folders).any(counted))
    };
    let files = || are_numbers(parts.iter().filter_map(|parts| parts.0.last().copied()));
    let file = || files().then_some(Level::File);
    folder.map(Level::Folder).or_else(file).or_else(|| single().map(Level::Folder))
}

fn are_numbers<'a>(parts: impl Iterator<Item = &'a str> + Clone) -> bool {
    parts.clone().all(has_build_number) && !are_language_versions(parts)
}

/// The name by the part in which the paths differ.
fn apart(parts: &Parts<'_>, level: Level, common: usize) -> Option<Named> {
    let (at, how) = match level {
        Level::Folder(at) => (at, How::Folder),
        Level::File => (parts.0.len().checked_sub(1)?, How::File),
    };
    let part = parts.0.get(at)?;
    let commit = CommitId::parse_name(&shortened(&without_runs(part)))?;
    let key = parts.key(common.min(at), at + 1);
    Some(Named { commit, numbered: true, key, how })
}

/// A name that is short enough: what is left of a long one from its first number on.
fn shortened(part: &str) -> String {
    const LONGEST: usize = 32;
    let name = part.replace(|c: char| c.is_whitespace() || c.is_control(), "-");
    match name.find(|c: char| c.is_ascii_digit()) {
        Some(number) if name.len() > LONGEST => name[number..].to_owned(),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[&str]) -> Vec<String> {
        let named = of_paths(paths);
        named
            .iter()
            .map(|named| named.as_ref().map_or_else(|| "-".to_owned(), |named| named.commit.to_string()))
            .collect()
    }

    #[test]
    fn the_nearest_hash_is_the_revision() {
        let full = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(names(&[&format!("r/{full}/TEST-a.xml")]), [full]);
        assert_eq!(names(&[&format!("r/{full}.xml"), "r/junit-0a1b2c3-3.xml.gz"]), [full, "0a1b2c3"]);
        assert_eq!(names(&["r/001-ABC1234/junit.xml", "r/002-1234567/junit.xml"]), ["abc1234", "1234567"]);
        assert_eq!(names(&["0a1b2c3/550e8400-e29b-41d4-a716-446655440000.xml"]), ["0a1b2c3"]);
        assert_eq!(names(&["a1b2c3d/feedface1.xml", &format!("{full}/feedface1.xml")]), ["feedface1", full]);
    }

    #[test]
    fn else_the_reports_differ_somewhere() {
        assert_eq!(names(&["r/build-9/a/x.xml", "r/build-10/b/x.xml"]), ["build-9", "build-10"]);
        assert_eq!(names(&["linux/17/x.xml", "mac/17/x.xml", "mac/18/x.xml"]), ["17", "17", "18"]);
        assert_eq!(names(&["old/x.xml", "new/x.xml"]), ["-", "-"]);
        assert_eq!(names(&["r/junit-ubuntu.xml", "r/junit-macos.xml"]), ["-", "-"]);
        assert_eq!(names(&["17/attempt-1/x.xml", "17/attempt-2/x.xml"]), ["17", "17"]);
        assert_eq!(names(&["run-170-attempt-1/x.xml", "run-170-attempt-2/x.xml"]), ["run-170", "run-170"]);
        assert_eq!(names(&["b-7/run_1_of_2/x.xml", "b-8/run_1_of_2/x.xml"]), ["b-7", "b-8"]);
        let artifacts = ["artifacts_900/1/x.xml", "artifacts_901/1/x.xml"];
        assert_eq!(names(&artifacts), ["artifacts_900", "artifacts_901"]);
        assert_eq!(names(&["postgres-15/1/x.xml", "postgres-16/1/x.xml"]), ["-", "-"]);
        assert_eq!(names(&["ubuntu-22.04/17/x.xml", "ubuntu-24.04/17/x.xml"]), ["17", "17"]);
        assert_eq!(names(&["3.10/1a2b3c4/x.xml", "3.11/1a2b3c4/x.xml"]), ["1a2b3c4", "1a2b3c4"]);
        assert_eq!(names(&["3.10/x.xml", "3.11/x.xml"]), ["-", "-"]);
        assert_eq!(names(&["r/7.xml", "r/8.xml"]), ["7", "8"]);
        assert_eq!(names(&["build-3/reports/TEST-a.xml"]), ["build-3"]);
        assert_eq!(names(&["r/20240101.xml", "r/20240102.xml"]), ["20240101", "20240102"]);
        let long = |letter: &str, build: u8| format!("{}-build-{build}/x.xml", letter.repeat(40));
        assert_eq!(names(&[&long("x", 17), &long("z", 18)]), ["17", "18"]);
        assert_eq!(names(&[]), [""; 0]);
        assert_eq!(names(&["", "/"]), ["-", "-"]);
    }

    #[test]
    fn a_number_before_the_hash_is_an_order() {
        let numbered =
            |paths: &[&str]| -> Vec<bool> { of_paths(paths).into_iter().map(|n| n.unwrap().numbered).collect() };
        assert_eq!(numbered(&["r/001-abc1234/j.xml", "r/002-abc1235/j.xml"]), [true, true]);
        assert_eq!(numbered(&["r/abc1234/1.xml", "r/abc1235/2.xml"]), [false, false]);
        assert_eq!(numbered(&["3.11/abc1234/1.xml", "ubuntu-22.04/abc1235/2.xml"]), [false, false]);
        assert_eq!(numbered(&["2024-05-01/abc1234/1.xml", "2024-05-02/abc1235/2.xml"]), [true, true]);
    }

    #[test]
    fn properties_that_were_not_filled_in_say_nothing() {
        assert!(names_commit("git.commit.id") && names_commit("env.GIT_COMMIT") && !names_commit("java.version"));
        assert_eq!(of_property("ABCDEF1").map(|c| c.to_string()).as_deref(), Some("abcdef1"));
        assert_eq!((of_property("${git.commit}"), of_property(""), of_property("a b")), (None, None, None));
        assert_eq!(of_property("build-7").map(|c| c.to_string()).as_deref(), Some("build-7"));
    }
}
