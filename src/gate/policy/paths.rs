//! Which logs an entry of a policy means: globs, from the folder of the policy on.

use std::path::{Component, Path, PathBuf};

use globset::GlobSet;
use toml::Spanned;

use crate::analysis::words::cut;
use crate::ingest::pattern::patterns;

use super::error::PolicyError;
use super::text::PolicyText;

/// Some globs.
#[derive(Clone, Debug)]
pub(super) struct Paths(GlobSet);

impl Paths {
    /// `*` stays in a folder, `**` does not; a glob without a folder means files of that name in every folder.
    pub(super) fn new(text: &PolicyText, globs: &[Spanned<String>]) -> Result<Self, PolicyError> {
        let set = patterns(globs.iter().map(|glob| anchored(glob.get_ref())));
        set.map(Self).map_err(|(place, error)| {
            let glob = globs.get(place).map(|glob| (glob.get_ref().as_str(), glob.span())).unwrap_or_default();
            PolicyError::at(text, glob.1, format!("{:?} is no glob: {error}", cut(glob.0, 80)))
        })
    }

    /// Whether a log as the user named it is meant.
    pub(super) fn matches(&self, log: &str, folder: &Path) -> bool {
        let whole = normal(Path::new(log));
        whole.strip_prefix(folder).is_ok_and(|below| self.0.is_match(below)) || self.0.is_match(&whole)
    }
}

fn anchored(glob: &str) -> String {
    let glob = glob.strip_prefix("./").unwrap_or(glob);
    if glob.contains('/') { glob.to_owned() } else { format!("**/{glob}") }
}

/// The absolute path without `.` and `..`; links are left as they are.
pub(super) fn normal(path: &Path) -> PathBuf {
    // The folder of a bare file name is empty, which `absolute` refuses.
    let absolute = std::path::absolute(Path::new(".").join(path)).unwrap_or_else(|_| path.to_owned());
    absolute.components().fold(PathBuf::new(), |mut normal, component| {
        if component == Component::ParentDir {
            normal.pop();
        } else {
            normal.push(component);
        }
        normal
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_count_from_the_policys_folder() {
        let text = PolicyText { name: "policy".to_owned(), text: String::new(), numbered: true };
        let matches = |glob: &str, log: &str| {
            let globs = [Spanned::new(0..0, glob.to_owned())];
            Paths::new(&text, &globs).unwrap().matches(log, Path::new("/repo"))
        };
        assert!(matches("logs/*.txt", "/repo/logs/a.txt") && matches("./logs/*.txt", "/repo/sub/../logs/a.txt"));
        assert!(!matches("logs/*.txt", "/repo/logs/old/a.txt") && matches("logs/**", "/repo/logs/old/a.txt"));
        assert!(matches("a.txt", "/repo/logs/a.txt") && matches("a.txt", "/elsewhere/a.txt"));
        assert!(!matches("logs/*", "/elsewhere/logs/a.txt") && matches("/elsewhere/**", "/elsewhere/logs/a.txt"));
        assert!(matches("**/old/*", "/repo/x/old/a") && matches("-", "-"));
    }
}
