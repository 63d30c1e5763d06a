//! `--version`: with the commit and the day of the build where whoever built it gave them. `BISECTSTAT_COMMIT` and
//! `SOURCE_DATE_EPOCH` in cargo's environment do; a build script that asked git would build the program anew on each commit.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// `0.1.0`, or `0.1.0 (47557cf2a1b3 2026-11-28)`.
pub(super) static VERSION: LazyLock<String> =
    LazyLock::new(|| version(option_env!("BISECTSTAT_COMMIT"), option_env!("SOURCE_DATE_EPOCH")));

/// The version of the package, and what is known of its build.
fn version(commit: Option<&str>, epoch: Option<&str>) -> String {
    /// Enough to find a commit by.
    const SHORT: usize = 12;
    let commit = commit.filter(|commit| !commit.is_empty()).map(|commit| commit.chars().take(SHORT).collect());
    let day = epoch.and_then(|epoch| Timestamp::from_second(epoch.parse().ok()?).ok());
    let day = day.map(|day| day.to_zoned(TimeZone::UTC).date().to_string());
    let build: Vec<String> = commit.into_iter().chain(day).collect();
    let version = env!("CARGO_PKG_VERSION");
    if build.is_empty() { version.to_owned() } else { format!("{version} ({})", build.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_the_build_is_said() {
        let package = env!("CARGO_PKG_VERSION");
        let commit = Some("47557cf2a1b3c4d5e6f7");
        assert_eq!(version(commit, Some("1795874400")), format!("{package} (47557cf2a1b3 2026-11-28)"));
        assert_eq!(version(commit, None), format!("{package} (47557cf2a1b3)"));
        for unknown in [None, Some("")] {
            assert_eq!(version(unknown, unknown), package);
        }
    }
}
