//! What a crash title says: the type of the crash, the function, the access, and whether it identifies a bug at all.

/// What kind of crash a title reports. The names are those that syzkaller prints since 2025-07.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CrashType {
    /// `KASAN: use-after-free Read`.
    KasanUseAfterFreeRead,
    /// `KASAN: use-after-free Write`.
    KasanUseAfterFreeWrite,
    /// A read that KASAN refused.
    KasanRead,
    /// A write that KASAN refused.
    KasanWrite,
    /// `KASAN: null-ptr-deref Read`.
    KasanNullRead,
    /// `KASAN: null-ptr-deref Write`.
    KasanNullWrite,
    /// `KASAN: invalid-free`.
    KasanInvalidFree,
    /// Another report of KASAN.
    KasanUnknown,
    /// A report of KFENCE.
    Kfence,
    /// `KMSAN: uninit-value`.
    KmsanUninit,
    /// `KMSAN: kernel-infoleak`.
    KmsanInfoLeak,
    /// Another report of KMSAN.
    KmsanUnknown,
    /// A data race.
    Kcsan,
    /// An array index out of bounds.
    UbsanBounds,
    /// Another report of UBSAN.
    Ubsan,
    /// `BUG: unable to handle kernel NULL pointer dereference`.
    NullDereference,
    /// A corrupted list or a bad page.
    MemorySafetyBug,
    /// A reference count out of order.
    Refcount,
    /// Locks used wrongly.
    Lockdep,
    /// Sleeping where it is forbidden.
    AtomicSleep,
    /// Memory that nobody frees.
    Leak,
    /// `kernel BUG`.
    Bug,
    /// `WARNING`.
    Warning,
    /// Something waits too long.
    Hang,
    /// The kernel stopped otherwise.
    Dos,
    /// No report: the machine went silent.
    NoOutput,
    /// No report: the connection broke.
    LostConnection,
    /// The kernel rebooted.
    Reboot,
    /// The test program itself failed.
    SyzFailure,
    /// Anything else.
    Unknown,
}

/// Longest beginning wins.
const TYPES: [(&str, CrashType); 71] = {
    use CrashType as T;
    [
        ("KFENCE:", T::Kfence),
        ("KMSAN: uninit-value", T::KmsanUninit),
        ("KMSAN: kernel-infoleak", T::KmsanInfoLeak),
        ("KMSAN: kernel-usb-infoleak", T::KmsanInfoLeak),
        ("KMSAN:", T::KmsanUnknown),
        ("KASAN: null-ptr-deref Write", T::KasanNullWrite),
        ("KASAN: null-ptr-deref", T::KasanNullRead),
        ("KASAN: global-out-of-bounds Write", T::KasanWrite),
        ("KASAN: slab-out-of-bounds Write", T::KasanWrite),
        ("KASAN: stack-out-of-bounds Write", T::KasanWrite),
        ("KASAN: vmalloc-out-of-bounds Write", T::KasanWrite),
        ("KASAN: out-of-bounds Write", T::KasanWrite),
        ("KASAN: user-memory-access Write", T::KasanWrite),
        ("KASAN: wild-memory-access Write", T::KasanWrite),
        ("KASAN: global-out-of-bounds", T::KasanRead),
        ("KASAN: slab-out-of-bounds", T::KasanRead),
        ("KASAN: stack-out-of-bounds", T::KasanRead),
        ("KASAN: vmalloc-out-of-bounds", T::KasanRead),
        ("KASAN: out-of-bounds", T::KasanRead),
        ("KASAN: user-memory-access", T::KasanRead),
        ("KASAN: wild-memory-access", T::KasanRead),
        ("KASAN: invalid-access Read", T::KasanRead),
        ("KASAN: unknown-crash Read", T::KasanRead),
        ("KASAN: double-free or invalid-free", T::KasanInvalidFree),
        ("KASAN: invalid-free", T::KasanInvalidFree),
        ("KASAN: use-after-free Write", T::KasanUseAfterFreeWrite),
        ("KASAN: slab-use-after-free Write", T::KasanUseAfterFreeWrite),
        ("KASAN: use-after-free", T::KasanUseAfterFreeRead),
        ("KASAN: slab-use-after-free", T::KasanUseAfterFreeRead),
        ("KASAN:", T::KasanUnknown),
        ("BUG: unable to handle kernel NULL pointer dereference in", T::NullDereference),
        ("BUG: corrupted list", T::MemorySafetyBug),
        ("BUG: unable to handle kernel paging request", T::MemorySafetyBug),
        ("WARNING: refcount bug", T::Refcount),
        ("UBSAN: array-index-out-of-bounds", T::UbsanBounds),
        ("UBSAN:", T::Ubsan),
        ("KCSAN:", T::Kcsan),
        ("possible deadlock in", T::Lockdep),
        ("inconsistent lock state in", T::Lockdep),
        ("WARNING: suspicious RCU usage in", T::Lockdep),
        ("WARNING: locking bug in", T::Lockdep),
        ("WARNING: bad unlock balance in", T::Lockdep),
        ("WARNING: held lock freed in", T::Lockdep),
        ("WARNING: lock held", T::Lockdep),
        ("WARNING: nested lock was not taken in", T::Lockdep),
        ("WARNING: still has locks held in", T::Lockdep),
        ("BUG: bad unlock balance in", T::Lockdep),
        ("BUG: held lock freed in", T::Lockdep),
        ("BUG: still has locks held in", T::Lockdep),
        ("BUG: spinlock", T::Lockdep),
        ("BUG: rwlock", T::Lockdep),
        ("BUG: using", T::Lockdep),
        ("BUG: sleeping function called from invalid context in", T::AtomicSleep),
        ("BUG: scheduling while atomic in", T::AtomicSleep),
        ("memory leak in", T::Leak),
        ("kernel BUG", T::Bug),
        ("BUG: bad usercopy in", T::Bug),
        ("WARNING", T::Warning),
        ("WARNING: corrupted", T::Unknown),
        ("INFO: task hung in", T::Hang),
        ("INFO: rcu detected stall in", T::Hang),
        ("INFO: task can't die in", T::Hang),
        ("BUG: soft lockup in", T::Hang),
        ("general protection fault", T::Dos),
        ("divide error in", T::Dos),
        ("kernel panic:", T::Dos),
        ("no output from test machine", T::NoOutput),
        ("lost connection to test machine", T::LostConnection),
        ("unexpected kernel reboot", T::Reboot),
        ("SYZFAIL", T::SyzFailure),
        ("SYZFATAL:", T::SyzFailure),
    ]
};

impl CrashType {
    /// The type that a title reports.
    #[must_use]
    pub fn of(title: &str) -> Self {
        let first = title.bytes().next();
        let matching = TYPES.iter().filter(|(words, _)| words.bytes().next() == first && title.starts_with(words));
        matching.max_by_key(|(words, _)| words.len()).map_or(Self::Unknown, |(_, kind)| *kind)
    }

    /// The name used in frames and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KasanUseAfterFreeRead => "KASAN-USE-AFTER-FREE-READ",
            Self::KasanUseAfterFreeWrite => "KASAN-USE-AFTER-FREE-WRITE",
            Self::KasanRead => "KASAN-READ",
            Self::KasanWrite => "KASAN-WRITE",
            Self::KasanNullRead => "KASAN-NULL-POINTER-DEREFERENCE-READ",
            Self::KasanNullWrite => "KASAN-NULL-POINTER-DEREFERENCE-WRITE",
            Self::KasanInvalidFree => "KASAN-INVALID-FREE",
            Self::KasanUnknown => "KASAN-UNKNOWN",
            Self::Kfence => "KFENCE",
            Self::KmsanUninit => "KMSAN-UNINIT-VALUE",
            Self::KmsanInfoLeak => "KMSAN-INFO-LEAK",
            Self::KmsanUnknown => "KMSAN-UNKNOWN",
            Self::Kcsan => "KCSAN",
            Self::UbsanBounds => "MEMORY_SAFETY_UBSAN",
            Self::Ubsan => "UBSAN",
            Self::NullDereference => "NULL-POINTER-DEREFERENCE",
            Self::MemorySafetyBug => "MEMORY_SAFETY_BUG",
            Self::Refcount => "REFCOUNT_WARNING",
            Self::Lockdep => "LOCKDEP",
            Self::AtomicSleep => "ATOMIC_SLEEP",
            Self::Leak => "LEAK",
            Self::Bug => "BUG",
            Self::Warning => "WARNING",
            Self::Hang => "HANG",
            Self::Dos => "DoS",
            Self::NoOutput => "NO_OUTPUT",
            Self::LostConnection => "LOST_CONNECTION",
            Self::Reboot => "REBOOT",
            Self::SyzFailure => "SYZ_FAILURE",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// How well a title tells one bug from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    /// The function is where the bug shows.
    Function,
    /// The function is where a victim happened to wait.
    Accidental,
    /// A symptom that many bugs share.
    Symptom,
    /// There is no report of the kernel.
    NoReport,
    /// An exhausted resource of a checker: any workload may show it.
    Unrelated,
}

/// A title taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TitleParts {
    /// The type of the crash.
    pub crash_type: CrashType,
    /// The function, without what compilers and calling conventions add; missing in garbled and general titles.
    pub function: Option<String>,
    /// Whether memory was read or written.
    pub access: Option<Access>,
    /// How many bytes.
    pub size: Option<u32>,
    /// How well the title tells one bug from another.
    pub identity: Identity,
}

/// A memory access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// A read.
    Read,
    /// A write.
    Write,
}

impl TitleParts {
    /// Takes a title apart. The counter of a bug that was reported again, ` (2)`, is no part of it.
    #[must_use]
    pub fn of(title: &str) -> Self {
        let title = without_counter(title);
        let crash_type = CrashType::of(title);
        let (subject, function) = match title.rsplit_once(" in ") {
            Some((subject, function)) => (subject, plain_function(function)),
            None => (title, None),
        };
        let has_function = function.is_some();
        Self {
            crash_type,
            function,
            access: access(subject),
            size: size(subject),
            identity: identity(title, crash_type, has_function),
        }
    }
}

/// Without the counter of a bug that was reported again, however often it has one.
#[must_use]
pub fn without_counter(title: &str) -> &str {
    let is_counter =
        |rest: &str| rest.strip_suffix(')').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let mut title = title.trim();
    while let Some((rest, _)) = title.rsplit_once(" (").filter(|(_, counter)| is_counter(counter)) {
        title = rest.trim_end();
    }
    title
}

fn access(subject: &str) -> Option<Access> {
    subject.split(' ').find_map(|word| match word {
        "Read" => Some(Access::Read),
        "Write" => Some(Access::Write),
        _ => None,
    })
}

/// `… of size 8`.
fn size(subject: &str) -> Option<u32> {
    let (_, rest) = subject.split_once(" of size ")?;
    rest.split(' ').next()?.parse().ok()
}

/// The name that the source has: `__x64_sys_f`, `__f`, `f.part.0` are `f`.
fn plain_function(text: &str) -> Option<String> {
    let name = text.split([' ', '/']).next().unwrap_or_default();
    let name = name.split('.').next().unwrap_or_default();
    let prefixes = ["__x64_sys_", "__ia32_sys_", "__se_sys_", "__do_sys_", "ksys_", "sys_", "do_"];
    let name = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    let name = name.trim_start_matches('_');
    (!name.is_empty() && name != "corrupted").then(|| name.to_owned())
}

fn identity(title: &str, crash_type: CrashType, has_function: bool) -> Identity {
    let limits = title.starts_with("BUG: MAX_") && title.contains(" too low");
    match crash_type {
        CrashType::NoOutput | CrashType::LostConnection | CrashType::Reboot | CrashType::SyzFailure => {
            Identity::NoReport
        }
        CrashType::Hang => Identity::Accidental,
        _ if limits => Identity::Unrelated,
        _ if title == "timed out" => Identity::NoReport,
        _ if has_function => Identity::Function,
        _ => Identity::Symptom,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_tells_the_type() {
        let cases = [
            ("KASAN: slab-use-after-free Write in f", CrashType::KasanUseAfterFreeWrite),
            ("KASAN: use-after-free Read in f", CrashType::KasanUseAfterFreeRead),
            ("KASAN: slab-out-of-bounds Read in f", CrashType::KasanRead),
            ("KASAN: new words", CrashType::KasanUnknown),
            ("WARNING in f", CrashType::Warning),
            ("WARNING: ODEBUG bug in f", CrashType::Warning),
            ("WARNING: refcount bug in f", CrashType::Refcount),
            ("WARNING: suspicious RCU usage in f", CrashType::Lockdep),
            ("INFO: rcu detected stall in f", CrashType::Hang),
            ("INFO: trying to register non-static key in f", CrashType::Unknown),
            ("kernel BUG at fs/a.c:LINE!", CrashType::Bug),
            ("", CrashType::Unknown),
        ];
        for (title, kind) in cases {
            assert_eq!(CrashType::of(title), kind, "{title}");
        }
    }

    #[test]
    fn functions_lose_what_compilers_add() {
        let function = |title: &str| TitleParts::of(title).function.unwrap_or_default();
        assert_eq!(function("WARNING in io_wqe_enqueue (2)"), "io_wqe_enqueue");
        assert_eq!(function("general protection fault in __x64_sys_mount"), "mount");
        assert_eq!(function("KASAN: use-after-free Read in __f.part.0"), "f");
        assert_eq!(function("WARNING in hif_usb_send/usb_submit_urb"), "hif_usb_send");
        assert_eq!(function("KCSAN: data-race in a_b / c_d"), "a_b");
        assert_eq!(function("WARNING in corrupted"), "");
        assert_eq!(function("lost connection to test machine"), "");
    }

    #[test]
    fn titles_are_taken_apart() {
        let parts = TitleParts::of("KASAN: use-after-free Read of size 8 in f (17)");
        assert_eq!((parts.access, parts.size, parts.identity), (Some(Access::Read), Some(8), Identity::Function));
        let identity = |title| TitleParts::of(title).identity;
        assert_eq!(identity("INFO: task hung in f"), Identity::Accidental);
        assert_eq!(identity("SYZFAIL: repro failed"), Identity::NoReport);
        assert_eq!(identity("BUG: MAX_LOCKDEP_KEYS too low!"), Identity::Unrelated);
        assert_eq!(identity("unregister_netdevice: waiting for DEV to become free"), Identity::Symptom);
        assert_eq!(without_counter("a (b) (3)"), "a (b)");
        assert_eq!(without_counter("a (b)"), "a (b)");
        assert_eq!(without_counter("a ()"), "a ()");
    }
}
