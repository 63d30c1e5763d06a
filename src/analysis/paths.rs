//! The files that a commit touches against those of a crash's stack: a log may cut a path, or tell only its folder.

use crate::prob::to_f64;

/// A file that a commit touches, as git's statistics name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touched<'a> {
    /// Its whole path.
    File(&'a str),
    /// The end of its path, without the `...` that stands for the rest.
    Cut(&'a str),
    /// A folder, with its `/`: some of its files, the log does not say which.
    Folder(&'a str),
}

impl<'a> Touched<'a> {
    /// Reads a name.
    pub(super) fn of(name: &'a str) -> Self {
        match name.strip_prefix("...") {
            Some(tail) => Self::Cut(tail),
            None if name.ends_with('/') => Self::Folder(name),
            None => Self::File(name),
        }
    }

    /// Whether it is this file; `None` when the log does not tell.
    fn is(self, file: &str) -> Option<bool> {
        match self {
            Self::File(path) => Some(path == file),
            Self::Cut(tail) => Some(file.ends_with(tail)),
            Self::Folder(name) => (!file.starts_with(name)).then_some(false),
        }
    }

    /// Whether it lies in this file's folder; `None` when the log does not tell.
    fn is_beside(self, file: &str) -> Option<bool> {
        match self {
            Self::File(path) => Some(folder(path) == folder(file)),
            Self::Cut(tail) if file.ends_with(tail) => Some(true),
            Self::Cut(tail) => Some(folder(tail)).filter(|end| !end.is_empty()).map(|end| folder(file).ends_with(end)),
            Self::Folder(name) => (!file.starts_with(name)).then_some(false),
        }
    }

    /// The share of path components that it has in common with a file, at least; `None` when the log does not tell.
    fn share(self, file: &str) -> Option<f64> {
        match self {
            Self::File(path) => Some(share(path, file)),
            Self::Folder(name) => Some(share(name.trim_end_matches('/'), file)),
            Self::Cut(tail) if file.ends_with(tail) => Some(1.0),
            Self::Cut(_) => self.is_beside(file)?.then(|| share(folder(file), file)),
        }
    }
}

/// Whether something is so of any of them: yes when it is of one, unknown when it is of none and unknown of one.
fn any(told: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut sum = Some(false);
    for one in told {
        match one {
            Some(true) => return one,
            Some(false) => {}
            None => sum = None,
        }
    }
    sum
}

/// Whether any of the touched files is this one; `None` when the log does not tell.
fn touches(touched: &[Touched<'_>], file: &str) -> Option<bool> {
    any(touched.iter().map(|touched| touched.is(file)))
}

/// Whether any of the touched files lies in this one's folder; `None` when the log does not tell.
fn touches_beside(touched: &[Touched<'_>], file: &str) -> Option<bool> {
    any(touched.iter().map(|touched| touched.is_beside(file)))
}

/// Whether any of the touched files is one of these; `None` when the log does not tell.
pub(super) fn touches_any(touched: &[Touched<'_>], files: &[&str]) -> Option<bool> {
    any(files.iter().map(|file| touches(touched, file)))
}

/// Whether any of the touched files is in one of these files' folders; `None` when the log does not tell.
pub(super) fn touches_beside_any(touched: &[Touched<'_>], files: &[&str]) -> Option<bool> {
    any(files.iter().map(|file| touches_beside(touched, file)))
}

/// The longest share of path components that a touched file has in common with one of these; `None` when the log tells
/// none.
pub(super) fn longest_share(touched: &[Touched<'_>], files: &[&str]) -> Option<f64> {
    let shares = files.iter().flat_map(|file| touched.iter().filter_map(move |touched| touched.share(file)));
    shares.max_by(f64::total_cmp)
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn share(ours: &str, theirs: &str) -> f64 {
    let common = ours.split('/').zip(theirs.split('/')).take_while(|(ours, theirs)| ours == theirs).count();
    let longest = ours.split('/').count().max(theirs.split('/').count());
    to_f64(common as u64) / to_f64(longest as u64)
}

/// Files that stand in more than a ninth of 694 crash reports of the Linux kernel, whatever crashed: entries, what prints
/// the report, and what everything is reached through. `docs/blame.sh` counts them.
const GENERIC: [&str; 23] = [
    "arch/x86/entry/common.c",
    "arch/x86/entry/entry_64.S",
    "arch/x86/kernel/traps.c",
    "drivers/base/core.c",
    "fs/file_table.c",
    "include/linux/slab.h",
    "include/linux/spinlock.h",
    "kernel/kthread.c",
    "kernel/locking/lockdep.c",
    "kernel/panic.c",
    "kernel/sched/core.c",
    "kernel/softirq.c",
    "kernel/task_work.c",
    "kernel/workqueue.c",
    "lib/bug.c",
    "lib/dump_stack.c",
    "mm/kasan/common.c",
    "mm/kasan/report.c",
    "mm/slab.c",
    "net/core/dev.c",
    "net/core/rtnetlink.c",
    "net/netlink/af_netlink.c",
    "net/socket.c",
];

/// Whether a file stands in so many reports that it tells nothing of one.
pub(super) fn is_generic(file: &str) -> bool {
    GENERIC.binary_search(&file).is_ok()
}

/// Whether a file is a header.
pub(super) fn is_header(file: &str) -> bool {
    extension(file) == "h"
}

/// Whether a file cannot change how this kernel runs.
pub(super) fn is_irrelevant(file: &str) -> bool {
    const IRRELEVANT: [&str; 8] =
        ["Documentation/", "tools/", "scripts/", "samples/", "MAINTAINERS", "LICENSES/", ".mailmap", "CREDITS"];
    let machine = file.strip_prefix("arch/").filter(|machine| !machine.is_empty());
    let other_machine = machine.is_some_and(|machine| !machine.starts_with("x86/"));
    other_machine || IRRELEVANT.iter().any(|start| file.starts_with(start)) || matches!(extension(file), "rst" | "dts")
}

fn extension(file: &str) -> &str {
    file.rsplit_once('.').map_or("", |(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STACK: &str = "drivers/net/tun.c";

    fn told(name: &str) -> (Option<bool>, Option<bool>) {
        let touched = [Touched::of(name)];
        (touches(&touched, STACK), touches_beside(&touched, STACK))
    }

    #[test]
    fn whole_paths_are_compared() {
        assert_eq!(told("drivers/net/tun.c"), (Some(true), Some(true)));
        assert_eq!(told("drivers/net/tap.c"), (Some(false), Some(true)));
        assert_eq!(told("drivers/usb/core/hub.c"), (Some(false), Some(false)));
        assert!((share("fs/xfs/a.c", "fs/xfs/b.c") - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn cut_paths_match_by_their_ends() {
        assert_eq!(told(".../net/tun.c"), (Some(true), Some(true)));
        assert_eq!(told(".../net/tap.c"), (Some(false), Some(true)));
        assert_eq!(told(".../usb/hub.c"), (Some(false), Some(false)));
        assert_eq!(told(".../tap.c"), (Some(false), None));
        assert_eq!(told("...t/tun.c"), (Some(true), Some(true)));
        assert_eq!(told(".../un.c"), (Some(false), None));
        assert_eq!(longest_share(&[Touched::of(".../net/tap.c")], &[STACK]), Some(2.0 / 3.0));
        assert_eq!(longest_share(&[Touched::of(".../tap.c")], &[STACK]), None);
    }

    #[test]
    fn folders_tell_only_what_is_elsewhere() {
        assert_eq!(told("drivers/"), (None, None));
        assert_eq!(told("fs/"), (Some(false), Some(false)));
        assert_eq!(longest_share(&[Touched::of("drivers/")], &[STACK]), Some(1.0 / 3.0));
        let both = [Touched::of("drivers/"), Touched::of(STACK)];
        assert_eq!(touches(&both, STACK), Some(true));
        assert_eq!(touches_beside_any(&both[..1], &["fs/a.c", STACK]), None);
    }

    #[test]
    fn what_is_on_every_stack_and_what_cannot_matter_is_known() {
        assert!(GENERIC.is_sorted() && is_generic("net/core/dev.c") && !is_generic("mm/slub.c"));
        assert!(is_irrelevant("arch/arm64/boot/dts/a.dts") && is_irrelevant("tools/perf/a.c"));
        assert!(is_irrelevant("Documentation/") && !is_irrelevant("arch/") && !is_irrelevant("arch/x86/kvm/x86.c"));
    }
}
