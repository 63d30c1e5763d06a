//! Names that look real and are invented: crash titles, subjects, files.

use super::dice::Dice;

/// Prefix of the functions, and file.
const SUBSYSTEMS: [(&str, &str); 10] = [
    ("qfs", "fs/qfs/inode.c"),
    ("xring", "xring/xring.c"),
    ("zbus", "drivers/zbus/core.c"),
    ("hidmux", "drivers/hid/hidmux.c"),
    ("nvlane", "drivers/block/nvlane.c"),
    ("ovltun", "net/ovltun/tunnel.c"),
    ("tipcast", "net/tipcast/socket.c"),
    ("cgslice", "kernel/cgroup/cgslice.c"),
    ("sndloop", "sound/core/sndloop.c"),
    ("keystash", "security/keys/keystash.c"),
];

const ACTIONS: [&str; 12] = [
    "enqueue",
    "wake_worker",
    "release",
    "evict_inode",
    "poll_wait",
    "flush_work",
    "put_ref",
    "setup_queue",
    "destroy_group",
    "commit_super",
    "bind_port",
    "exit_work",
];

const KINDS: [&str; 9] = [
    "WARNING in ",
    "INFO: task hung in ",
    "KASAN: use-after-free Read in ",
    "possible deadlock in ",
    "general protection fault in ",
    "kernel BUG in ",
    "memory leak in ",
    "UBSAN: shift-out-of-bounds in ",
    "BUG: unable to handle kernel NULL pointer dereference in ",
];

const VERBS: [&str; 8] = ["rework", "fix", "simplify", "remove", "add", "cache", "split", "annotate"];
const NOUNS: [&str; 8] = ["lookup", "teardown", "locking", "error path", "refcount", "queue", "probe", "statistics"];

/// A crash title.
fn title_in(subsystem: usize, dice: &mut Dice) -> String {
    format!("{}{}_{}", dice.pick(KINDS), SUBSYSTEMS[subsystem].0, dice.pick(ACTIONS))
}

/// The titles of `n` bugs that do not share a subsystem.
pub(super) fn unlike(n: usize, dice: &mut Dice) -> Vec<String> {
    let first = dice.index(SUBSYSTEMS.len());
    (0..n).map(|i| title_in((first + i) % SUBSYSTEMS.len(), dice)).collect()
}

/// Two titles of one bug: a crash that is renamed by inlining, a hang that shows in another victim, a read or a write.
pub(super) fn alike(dice: &mut Dice) -> (String, String) {
    let (prefix, _) = dice.pick(SUBSYSTEMS);
    let first = dice.index(ACTIONS.len());
    let second = (first + 1 + dice.index(ACTIONS.len() - 1)) % ACTIONS.len();
    let kind = dice.pick(["WARNING in ", "INFO: task hung in ", "KASAN: use-after-free Read in "]);
    if kind.starts_with("KASAN") {
        let name = |access| format!("KASAN: use-after-free {access} in {prefix}_{}", ACTIONS[first]);
        return (name("Read"), name("Write"));
    }
    (format!("{kind}{prefix}_{}", ACTIONS[first]), format!("{kind}{prefix}_{}", ACTIONS[second]))
}

/// The type that logs of 2024 print for a title.
pub(super) fn crash_type(title: &str) -> &'static str {
    const TYPES: [(&str, &str); 7] = [
        ("KASAN: ", "KASAN"),
        ("WARNING", "WARNING"),
        ("INFO: task hung", "HANG"),
        ("possible deadlock", "LOCKDEP"),
        ("memory leak", "LEAK"),
        ("UBSAN: ", "UBSAN"),
        ("kernel BUG", "BUG"),
    ];
    TYPES.iter().find(|(prefix, _)| title.starts_with(prefix)).map_or("UNKNOWN", |(_, name)| name)
}

/// The function at the end of a title, and its file.
pub(super) fn place(title: &str) -> (&str, &'static str) {
    let function = title.rsplit(' ').next().unwrap_or_default();
    let subsystem = SUBSYSTEMS.iter().find(|(prefix, _)| function.starts_with(prefix));
    (function, subsystem.map_or("kernel/workqueue.c", |(_, file)| file))
}

/// The subject of an ordinary commit with these random bits.
pub(super) fn subject(bits: u64) -> String {
    let (prefix, _) = subsystem(bits);
    format!("{prefix}: {} the {}", choose(&VERBS, bits >> 16), choose(&NOUNS, bits >> 32))
}

/// The subject of a merge with these random bits.
pub(super) fn merge_subject(bits: u64) -> String {
    let (prefix, _) = subsystem(bits);
    format!("Merge tag '{prefix}-fixes' of git://git.example.org/{prefix}")
}

/// The file that a commit with these random bits touches.
pub(super) fn file(bits: u64) -> &'static str {
    subsystem(bits).1
}

fn subsystem(bits: u64) -> (&'static str, &'static str) {
    choose(&SUBSYSTEMS, bits)
}

fn choose<T: Copy>(items: &[T], bits: u64) -> T {
    items[(bits & 0xffff) as usize % items.len()]
}
