//! How near the files that a commit touches are to a crash's stack, and the weight that this gives the commit.
//!
//! `ln w = max over touched files f and stack files s of ln FACTOR[nearness(f, s)]`: the nearest pair counts, so that a
//! commit is not suspected for being large. The factors are odds against a commit of the same region that is nowhere
//! near; they are set by hand until they can be fitted.

use super::dag::Node;
use super::{History, Touched};

/// How near a file is to a crash's stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    /// Nothing was touched: a merge that changes nothing itself.
    Nothing,
    /// Files elsewhere.
    Elsewhere,
    /// A file below the same folder of the repository's root.
    Subsystem,
    /// A file in the same folder.
    Directory,
    /// A file on the stack.
    File,
}

impl Nearness {
    /// The weight of a commit, 1 for one elsewhere.
    #[must_use]
    pub const fn factor(self) -> f64 {
        /// A merge rarely brings a bug of its own.
        const NOTHING: f64 = 0.2;
        const ELSEWHERE: f64 = 1.0;
        const SUBSYSTEM: f64 = 2.0;
        const DIRECTORY: f64 = 6.0;
        const FILE: f64 = 20.0;
        match self {
            Self::Nothing => NOTHING,
            Self::Elsewhere => ELSEWHERE,
            Self::Subsystem => SUBSYSTEM,
            Self::Directory => DIRECTORY,
            Self::File => FILE,
        }
    }
}

/// More commits than these are not compared: each costs a look into the repository.
pub const WEIGHED_COMMITS: usize = 2000;

/// Files of one commit that are compared.
const FILES: usize = 512;

/// How near the nearest of `files` is to a stack.
#[must_use]
pub fn nearness(files: &[impl AsRef<str>], stack: &[impl AsRef<str>]) -> Nearness {
    let pairs = files.iter().flat_map(|file| stack.iter().map(move |frame| near(file.as_ref(), frame.as_ref())));
    let alone = if files.is_empty() { Nearness::Nothing } else { Nearness::Elsewhere };
    pairs.max().unwrap_or(alone)
}

/// The natural logarithm of a commit's weight, relative to one that touches files elsewhere.
#[must_use]
pub fn log_weight(files: &[impl AsRef<str>], stack: &[impl AsRef<str>]) -> f64 {
    nearness(files, stack).factor().ln()
}

/// `frame` as a compiler writes it: perhaps with `./`, perhaps with the folder of the build before it.
fn near(file: &str, frame: &str) -> Nearness {
    let frame = frame.trim_start_matches("./");
    let (folder, top) = (file.rsplit_once('/').map(|(folder, _)| folder), file.split_once('/').map(|(top, _)| top));
    let frame_folder = frame.rsplit_once('/').map(|(folder, _)| folder);
    let same = |a: &str, b: &str| a.strip_suffix(b).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    if same(frame, file) {
        Nearness::File
    } else if folder.zip(frame_folder).is_some_and(|(ours, theirs)| same(theirs, ours)) {
        Nearness::Directory
    } else if top.is_some_and(|top| frame.split_once('/').is_some_and(|(theirs, _)| theirs == top)) {
        Nearness::Subsystem
    } else {
        Nearness::Elsewhere
    }
}

impl History {
    /// The weights of commits by what they touch; `None` when there is no stack, or there are more than
    /// [`WEIGHED_COMMITS`]. A commit of which not all files are known, and none of these is near, weighs 1.
    #[must_use]
    pub fn stack_weights(&self, commits: &[Node], stack: &[impl AsRef<str>]) -> Option<Vec<f64>> {
        if stack.is_empty() || commits.len() > WEIGHED_COMMITS {
            return None;
        }
        let weight = |touched: &Touched| {
            let nearness = nearness(&touched.files, stack);
            if touched.complete { nearness } else { nearness.max(Nearness::Elsewhere) }.factor()
        };
        Some(self.touched(commits, FILES).iter().map(weight).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_pair_counts() {
        let stack = ["./net/ipv4/tcp.c", "mm/slab.c", "/build/linux/kernel/fork.c"];
        let near = |files: &[&str]| nearness(files, &stack);
        assert_eq!(near(&["net/ipv4/tcp.c"]), Nearness::File);
        assert_eq!(near(&["kernel/fork.c"]), Nearness::File);
        assert_eq!(near(&["net/ipv4/udp.c", "fs/inode.c"]), Nearness::Directory);
        assert_eq!(near(&["kernel/exit.c"]), Nearness::Directory);
        assert_eq!(near(&["net/core/dev.c"]), Nearness::Subsystem);
        assert_eq!(near(&["fs/mm/slab.c"]), Nearness::Elsewhere);
        assert_eq!(near(&["Makefile"]), Nearness::Elsewhere);
        assert_eq!(near(&[]), Nearness::Nothing);
        assert_eq!(nearness(&["Makefile"], &[] as &[&str]), Nearness::Elsewhere);
    }

    #[test]
    fn nearer_weighs_more() {
        use Nearness::{Directory, Elsewhere, File, Nothing, Subsystem};
        let order = [Nothing, Elsewhere, Subsystem, Directory, File];
        assert!(order.windows(2).all(|pair| pair[0] < pair[1] && pair[0].factor() < pair[1].factor()));
        assert!((log_weight(&["a/b.c"], &["x.c"])).abs() < 1e-12);
    }
}
