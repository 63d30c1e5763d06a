//! The block after `… is the first bad commit`: which files the commit touches, how many lines it inserts, and whether it
//! merges. Its message is free text and never evidence.

use crate::evidence::{CommitId, Text};

use super::form::parted;

/// What the block tells.
#[derive(Debug, Default)]
pub(super) struct CommitBlock {
    pub(super) merge_parents: Vec<CommitId>,
    pub(super) files: Vec<Text>,
    pub(super) insertions: Option<u64>,
}

/// What a line of the block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A header or a statistic.
    Known,
    /// The commit's message.
    Message,
    /// Not of the block any more.
    Outside,
}

impl CommitBlock {
    /// Takes one line.
    pub(super) fn feed(&mut self, line: &str) -> Part {
        if line.starts_with("    ") {
            return Part::Message;
        }
        if let Some(parents) = line.strip_prefix("Merge: ") {
            self.merge_parents = parents.split_whitespace().filter_map(|p| CommitId::parse(p).ok()).collect();
            return Part::Known;
        }
        if let Some(file) = raw_statistic(line).or_else(|| statistic(line)) {
            self.files.push(file.into());
            return Part::Known;
        }
        if let Some(insertions) = insertions(line) {
            self.insertions = Some(insertions);
            return Part::Known;
        }
        const HEADERS: [&str; 5] = ["commit ", "Author:", "AuthorDate:", "Commit:", "Date:"];
        let header = HEADERS.iter().any(|header| line.starts_with(header));
        if header || line.trim().is_empty() || line.starts_with(' ') { Part::Known } else { Part::Outside }
    }
}

/// ` fs/io_uring.c | 101 +++---`
fn statistic(line: &str) -> Option<String> {
    let (path, _) = parted(line.strip_prefix(' ')?, " | ")?;
    Some(renamed(path.trim()))
}

/// `:100644 100644 <hash> <hash> M\tfs/io_uring.c`; older git shows the top folder only, of mode 040000.
fn raw_statistic(line: &str) -> Option<String> {
    let (modes, path) = line.strip_prefix(':')?.split_once('\t')?;
    let path = path.rsplit_once('\t').map_or(path, |(_, new)| new);
    let folder = modes.split(' ').take(2).any(|mode| mode == "040000");
    Some(if folder { format!("{path}/") } else { path.to_owned() })
}

/// ` 3 files changed, 46 insertions(+), 5 deletions(-)`
fn insertions(line: &str) -> Option<u64> {
    let mut parts = line.strip_prefix(' ')?.split(", ");
    let (files, words) = parts.next()?.split_once(' ')?;
    let told = files.bytes().all(|byte| byte.is_ascii_digit()) && matches!(words, "file changed" | "files changed");
    let inserted = parts.find_map(|part| part.split_once(" insertion")).map_or("0", |(number, _)| number);
    if told { inserted.parse().ok() } else { None }
}

/// The new name in `a/{b => c}/d` or `a => b`.
fn renamed(path: &str) -> String {
    let Some((old, new)) = parted(path, " => ") else { return path.to_owned() };
    match (old.rsplit_once('{'), new.split_once('}')) {
        (Some((head, _)), Some((middle, tail))) => format!("{head}{middle}{tail}").replace("//", "/"),
        _ => new.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_parents_are_kept_and_the_message_is_not() {
        let mut block = CommitBlock::default();
        let lines = [
            ("commit 6c2450ae55656f6b0370bfd4cb52ec8a4ecd0916", Part::Known),
            ("Merge: 0a1b2c3d4e5f 5f4e3d2c1b0a", Part::Known),
            ("Author: A <a@example.org>", Part::Known),
            ("", Part::Known),
            ("    testing commit 6c2450ae55656f6b0370bfd4cb52ec8a4ecd0916", Part::Message),
            (" fs/io_uring.c | 101 ++--", Part::Known),
            (" drivers/{old => new}/a.c | 2 +-", Part::Known),
            (" drivers/{ => new}/b.c | 2 +-", Part::Known),
            (" x.c => y.c | 0", Part::Known),
            (":100644 100644 abc def M\tfs/xfs/super.c", Part::Known),
            (":040000 040000 abc def M\tnet", Part::Known),
            (" 1 file changed, 46 insertions(+)", Part::Known),
            ("revisions tested: 3", Part::Outside),
        ];
        for (line, part) in lines {
            assert_eq!(block.feed(line), part, "{line}");
        }
        assert_eq!(
            block.files,
            ["fs/io_uring.c", "drivers/new/a.c", "drivers/new/b.c", "y.c", "fs/xfs/super.c", "net/"]
        );
        assert_eq!(block.insertions, Some(46));
        assert_eq!(block.merge_parents.len(), 2);
    }

    #[test]
    fn insertions_are_told_by_the_last_line_of_the_statistics() {
        assert_eq!(insertions(" 2 files changed, 5 deletions(-)"), Some(0));
        assert_eq!(insertions(" 1 file changed, 1 insertion(+)"), Some(1));
        for other in [" fs/io_uring.c | 101 ++--", " 46 insertions(+)", " some files changed, 2 insertions(+)", ""] {
            assert_eq!(insertions(other), None, "{other}");
        }
    }
}
