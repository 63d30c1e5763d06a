//! Names of releases, old to new: `v6.2-rc1` comes before `v6.2`, and what `git describe` counts from a release after it.

use std::cmp::Ordering;

/// A release in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Version<'a> {
    /// What stands before the numbers, as in `v1.2` and `linux-5.10`.
    name: &'a str,
    numbers: Vec<u64>,
    /// How far it had come, and the number behind that: `rc` 2.
    stage: (Stage, u64),
    /// Commits since then.
    commits: u64,
}

/// What a release was before it was one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Dev,
    Alpha,
    Beta,
    Candidate,
    Release,
    Post,
}

/// Whether a text is the name of a release.
pub(super) fn is_release(text: &str) -> bool {
    Version::of(text).is_some_and(|version| matches!(version.name, "" | "v" | "V"))
}

/// The rank of each name, if all are releases of one thing.
pub(super) fn ranks(names: &[&str]) -> Option<Vec<usize>> {
    let versions: Vec<Version<'_>> = names.iter().map(|name| Version::of(name)).collect::<Option<_>>()?;
    let first = versions.first()?;
    if versions.iter().any(|version| version.name != first.name) {
        return None;
    }
    let mut sorted: Vec<usize> = (0..versions.len()).collect();
    sorted.sort_by(|a, b| versions[*a].compare(&versions[*b]));
    let mut ranks = vec![0; versions.len()];
    for pair in sorted.windows(2) {
        let same = versions[pair[0]].compare(&versions[pair[1]]).is_eq();
        ranks[pair[1]] = ranks[pair[0]] + usize::from(!same);
    }
    Some(ranks)
}

impl<'a> Version<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let start = text.find(|c: char| c.is_ascii_digit())?;
        let (name, rest) = text.split_at(start);
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let numbers = rest[..end].trim_end_matches('.');
        let parts: Vec<u64> = numbers.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        if parts.len() < 2 || parts.len() > 5 {
            return None;
        }
        let (rest, commits) = described(&rest[numbers.len()..])?;
        Some(Self { name, numbers: parts, stage: stage(rest)?, commits })
    }

    fn compare(&self, other: &Self) -> Ordering {
        let longest = self.numbers.len().max(other.numbers.len());
        let numbers = |version: &Self| {
            let mut numbers = version.numbers.clone();
            numbers.resize(longest, 0);
            numbers
        };
        let key = |version: &Self| (numbers(version), version.stage, version.commits);
        key(self).cmp(&key(other))
    }
}

/// Without `-120-g0a1b2c3`, and how many commits that is.
fn described(text: &str) -> Option<(&str, u64)> {
    let Some((before, hash)) = text.rsplit_once("-g") else { return Some((text, 0)) };
    let hexadecimal = matches!(hash.len(), 7..=40) && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (rest, commits) = before.rsplit_once('-')?;
    hexadecimal.then_some(())?;
    Some((rest, commits.parse().ok()?))
}

/// `-rc2`, `b1`, `.dev3`, `-beta.2`, or nothing.
fn stage(text: &str) -> Option<(Stage, u64)> {
    let text = text.trim_start_matches(['-', '.', '_', '~']).to_ascii_lowercase();
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let number = text[end..].trim_start_matches(['-', '.']);
    let number = if number.is_empty() { 0 } else { number.parse().ok()? };
    let stage = match &text[..end] {
        "" if number == 0 && end == text.len() => Stage::Release,
        "dev" | "snapshot" => Stage::Dev,
        "a" | "alpha" => Stage::Alpha,
        "b" | "beta" => Stage::Beta,
        "rc" | "c" | "pre" | "preview" => Stage::Candidate,
        "post" | "p" => Stage::Post,
        _ => return None,
    };
    Some((stage, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_come_before_their_release() {
        let sorted = |names: &[&str]| {
            let mut ranked: Vec<_> = ranks(names).unwrap().into_iter().zip(names.to_vec()).collect();
            ranked.sort_unstable();
            ranked.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            sorted(&["v6.2", "v6.2-rc2", "v6.2-rc10", "v6.1.12", "v6.1"]),
            "v6.1 v6.1.12 v6.2-rc2 v6.2-rc10 v6.2"
        );
        assert_eq!(sorted(&["1.0", "1.0b2", "1.0a1", "1.0.dev3", "1.0.post1"]), "1.0.dev3 1.0a1 1.0b2 1.0 1.0.post1");
        let described = ["v5.18-rc1-120-gaaaaaaa2", "v5.18-rc1-9-gbbbbbbb1", "v5.18-rc1", "v5.17-3-gccccccc1"];
        assert_eq!(sorted(&described), "v5.17-3-gccccccc1 v5.18-rc1 v5.18-rc1-9-gbbbbbbb1 v5.18-rc1-120-gaaaaaaa2");
    }

    #[test]
    fn other_names_are_no_releases() {
        for names in
            [&["v6.2", "HEAD"][..], &["v6.2", "w6.1"], &["aaaaaaa1", "aaaaaaa2"], &["6", "7"], &["1.2-foo", "1.1"]]
        {
            assert_eq!(ranks(names), None, "{names:?}");
        }
    }
}
