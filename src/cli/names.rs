//! Names for files and folders that are written, one for each bisection.

use std::collections::HashMap;

use crate::evidence::{Bisection, Format, file_name};

/// Gives each bisection a name that no other has.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// How often, in lower case: some file systems take both for the same.
    taken: HashMap<String, u32>,
}

impl Names {
    /// The name of the file that it was read from; of a test's reports, that of the test.
    pub(super) fn of_bisection(&mut self, bisection: &Bisection) -> String {
        let path = &bisection.source.path;
        match bisection.id.strip_prefix(path.as_str()).map(|test| test.trim_start_matches('#')) {
            Some(test) if bisection.format == Format::Junit => self.of_test(test),
            _ => self.of(path),
        }
    }

    /// The name of a test.
    pub(super) fn of_test(&mut self, test: &str) -> String {
        // The end of a test's name tells more than its package.
        let start = test.char_indices().rev().nth(LONGEST - 6).map_or(0, |(at, _)| at);
        self.of(&format!("test-{}", test[start..].replace('/', "-")))
    }

    /// The name of the file that it was read from, without its ending; with `~2` and so on where that is taken. No plain
    /// name has a tilde, so none is taken by a number.
    pub(super) fn of(&mut self, path: &str) -> String {
        let plain = slug(file_name(path).unwrap_or(path));
        let times = self.taken.entry(plain.to_lowercase()).or_insert(0);
        *times += 1;
        if *times == 1 { plain } else { format!("{plain}~{times}") }
    }
}

/// Characters of a name.
const LONGEST: usize = 80;

/// Letters, digits and a few marks that every file system takes.
fn slug(name: &str) -> String {
    const ENDINGS: [&str; 7] = [".gz", ".zst", ".xz", ".txt", ".log", ".csv", ".json"];
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let stem = ENDINGS.iter().fold(name, |name, ending| name.strip_suffix(ending).unwrap_or(name));
    let slug: String = stem.chars().map(plain).take(LONGEST).collect();
    if slug.trim_matches(['.', '-']).is_empty() { "bisection".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_harmless() {
        let cases = [("../a b?.txt", "a-b-"), ("ü", "bisection"), ("..", "bisection"), ("x.tar!y/log.txt.gz", "log")];
        for (path, name) in cases {
            assert_eq!(Names::default().of(path), name);
        }
    }

    #[test]
    fn a_number_takes_no_name() {
        let mut names = Names::default();
        let given = ["a/log.txt", "b/log.txt", "log~2.txt", "LOG.txt", "log-2.txt"].map(|path| names.of(path));
        assert_eq!(given, ["log", "log~2", "log-2", "LOG~3", "log-2~2"]);
    }
}
