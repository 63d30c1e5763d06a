//! The commands with which a person goes on by hand.

use crate::evidence::{CommitId, Kind};

/// `git bisect start NEW OLD…`, then what brings each of `next` into the work tree. The new revision has the change, the old
/// ones have it not; who looks for a fix calls them by these names.
#[must_use]
pub fn bisect_commands(kind: Kind, new: &CommitId, old: &[CommitId], next: &[CommitId]) -> Vec<String> {
    let ends: Vec<_> = std::iter::once(new).chain(old).map(quoted).collect();
    let terms = match kind {
        Kind::Cause => "",
        Kind::Fix => "--term-new=fixed --term-old=broken ",
    };
    let start = format!("git bisect start {terms}{}", ends.join(" "));
    let checkouts = next.iter().map(|commit| format!("git checkout --detach {}", quoted(commit)));
    std::iter::once(start).chain(checkouts).collect()
}

/// A name as a shell takes it. A hash stands as it is; other names may hold anything but white space.
fn quoted(commit: &CommitId) -> String {
    let name = commit.to_string();
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-');
    // A name with a dash in front would be an option; no reference has one.
    let name = if name.starts_with('-') { format!("refs/tags/{name}") } else { name };
    if name.chars().all(safe) { name } else { format!("'{}'", name.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_pasted() {
        let name = |text: &str| CommitId::parse_name(text).unwrap();
        let good = [name("v5.10"), name("a;rm$(x)'")];
        let commands =
            bisect_commands(Kind::Cause, &name("6c2450ae5565"), &good, &[name("66ae0d1e2d9f"), name("--all")]);
        assert_eq!(
            commands,
            [
                r"git bisect start 6c2450ae5565 v5.10 'a;rm$(x)'\'''",
                "git checkout --detach 66ae0d1e2d9f",
                "git checkout --detach refs/tags/--all",
            ]
        );
    }
}
