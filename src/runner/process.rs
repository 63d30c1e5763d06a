//! One command: started in a process group of its own, killed with all its children when its time is over, when somebody
//! stops the bisection, and for what is left of it when it ends.
//!
//! Nobody polls: a thread blocks in the system until the command is over, and wakes whoever waits. A bisection that is
//! killed itself cannot tidy up, so a small shell holds the other end of a pipe ([`Guard`]), and kills what runs when that
//! end closes.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How a command ended.
#[derive(Debug)]
pub enum Ended {
    /// By itself, with this exit code.
    Exit(i32),
    /// By a signal that it did not expect.
    Signal(i32),
    /// It took too long, and was killed.
    TimedOut,
    /// The bisection was stopped, and it was killed.
    Stopped,
    /// It never began.
    NotStarted(io::Error),
}

/// Whether somebody wants everything to stop; who waits wakes up at once.
#[derive(Debug, Default)]
pub struct Stop {
    asked: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Nobody has asked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everybody to stop, or takes that back. Gives what was asked before.
    pub fn ask(&self, stop: bool) -> bool {
        let before = std::mem::replace(&mut *self.lock(), stop);
        self.changed.notify_all();
        before
    }

    /// Whether somebody has asked.
    #[must_use]
    pub(crate) fn is_asked(&self) -> bool {
        *self.lock()
    }

    /// Blocks until somebody asks.
    pub fn wait(&self) {
        self.wait_for(None, || false);
    }

    /// Blocks until somebody asks, something is over, or it is too late.
    fn wait_for(&self, deadline: Option<Instant>, over: impl Fn() -> bool) -> Woken {
        let mut asked = self.lock();
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            match (*asked, left) {
                (true, _) => return Woken::Asked,
                _ if over() => return Woken::Over,
                (_, Some(Duration::ZERO)) => return Woken::Late,
                (_, Some(left)) => {
                    asked = self.changed.wait_timeout(asked, left).unwrap_or_else(PoisonError::into_inner).0;
                }
                (_, None) => asked = self.changed.wait(asked).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Nothing that is done under the lock can leave it half done.
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a wait is over.
enum Woken {
    Asked,
    Over,
    Late,
}

/// When a command is killed.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    /// After this time.
    pub timeout: Option<Duration>,
    /// When somebody asks.
    pub stop: &'a Stop,
    /// When the bisection itself is killed.
    pub guard: Option<&'a Guard>,
}

/// Runs a command to its end, with its output in a file; no reader can keep it waiting. Gives how long it took.
pub fn run(command: &mut Command, output: &File, limits: Limits<'_>) -> (Ended, Duration) {
    let began = Instant::now();
    let (ended, over) = match start(command, output) {
        Ok(mut child) => {
            let watched = limits.guard.map(|guard| guard.watch(child.id()));
            wait(&mut child, began, limits, watched)
        }
        Err(error) => (Ended::NotStarted(error), Instant::now()),
    };
    (ended, over.duration_since(began))
}

fn start(command: &mut Command, output: &File) -> io::Result<Child> {
    command.stdout(output.try_clone()?).stderr(output.try_clone()?);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command.spawn()
}

/// Waits for its end, kills what is left of its group, and reaps it last: until then nobody else can have its number.
#[cfg(unix)]
fn wait(child: &mut Child, began: Instant, limits: Limits<'_>, watched: Option<Watched<'_>>) -> (Ended, Instant) {
    use std::sync::atomic::{AtomicBool, Ordering};
    let over = AtomicBool::new(false);
    let pid = pid(child);
    let deadline = limits.timeout.and_then(|timeout| began.checked_add(timeout));
    let (woken, at) = std::thread::scope(|scope| {
        scope.spawn(|| {
            until_over(pid);
            let asked = limits.stop.lock();
            over.store(true, Ordering::Relaxed);
            drop(asked);
            limits.stop.changed.notify_all();
        });
        let woken = limits.stop.wait_for(deadline, || over.load(Ordering::Relaxed));
        let at = Instant::now();
        kill(child);
        (woken, at)
    });
    drop(watched);
    let status = child.wait();
    let ended = match woken {
        Woken::Asked => Ended::Stopped,
        Woken::Late => Ended::TimedOut,
        Woken::Over => status.map_or_else(Ended::NotStarted, ended),
    };
    (ended, at)
}

/// Elsewhere nothing blocks without owning the child: somebody looks from time to time.
#[cfg(not(unix))]
fn wait(child: &mut Child, began: Instant, limits: Limits<'_>, _: Option<Watched<'_>>) -> (Ended, Instant) {
    const PAUSE: Duration = Duration::from_millis(5);
    let deadline = limits.timeout.and_then(|timeout| began.checked_add(timeout));
    loop {
        if !matches!(child.try_wait(), Ok(None)) {
            return (child.wait().map_or_else(Ended::NotStarted, ended), Instant::now());
        }
        let next = Instant::now() + PAUSE;
        let woken = limits.stop.wait_for(Some(deadline.map_or(next, |deadline| deadline.min(next))), || false);
        let late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let asked = matches!(woken, Woken::Asked);
        if asked || late {
            kill(child);
            let _ = child.wait();
            return (if asked { Ended::Stopped } else { Ended::TimedOut }, Instant::now());
        }
    }
}

#[cfg(unix)]
fn ended(status: ExitStatus) -> Ended {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Exit(code),
        (None, signal) => Ended::Signal(signal.unwrap_or_default()),
    }
}

#[cfg(not(unix))]
fn ended(status: ExitStatus) -> Ended {
    Ended::Exit(status.code().unwrap_or(1))
}

/// Blocks until it is over, without reaping it.
#[cfg(unix)]
fn until_over(pid: Option<rustix::process::Pid>) {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let Some(pid) = pid else { return };
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {}
}

/// Kills the groups of all commands that run when the process that has it is killed.
#[derive(Debug)]
pub struct Guard {
    shell: Child,
    running: Mutex<Running>,
}

#[derive(Debug)]
struct Running {
    groups: BTreeSet<u32>,
    pipe: Option<ChildStdin>,
}

/// A command that is guarded.
#[derive(Debug)]
pub struct Watched<'g> {
    guard: &'g Guard,
    group: u32,
}

impl Guard {
    /// Each line that it reads names all groups that run; at the end of the input, those of the last line are killed.
    #[cfg(unix)]
    const SCRIPT: &'static str =
        "trap '' HUP INT TERM; a=; while read -r l; do a=$l; done; for g in $a; do kill -KILL -$g 2>/dev/null; done";

    /// Starts one; none where there is no shell: then nobody is guarded.
    #[cfg(unix)]
    #[must_use]
    pub fn new() -> Option<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", Self::SCRIPT]).current_dir("/");
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let mut shell = shell.spawn().ok()?;
        let pipe = shell.stdin.take();
        Some(Self { shell, running: Mutex::new(Running { groups: BTreeSet::new(), pipe }) })
    }

    /// Elsewhere there are no groups.
    #[cfg(not(unix))]
    #[must_use]
    pub const fn new() -> Option<Self> {
        None
    }

    fn watch(&self, group: u32) -> Watched<'_> {
        self.tell(|groups| _ = groups.insert(group));
        Watched { guard: self, group }
    }

    fn tell(&self, change: impl FnOnce(&mut BTreeSet<u32>)) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut running.groups);
        let names: Vec<_> = running.groups.iter().map(ToString::to_string).collect();
        let line = names.join(" ") + "\n";
        if let Some(pipe) = &mut running.pipe {
            // Where somebody has killed the shell, nobody is guarded.
            let _ = pipe.write_all(line.as_bytes());
        }
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.guard.tell(|groups| _ = groups.remove(&self.group));
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let running = self.running.get_mut().unwrap_or_else(PoisonError::into_inner);
        running.pipe = None;
        let _ = self.shell.wait();
    }
}

/// Kills everything in its group.
#[cfg(unix)]
fn kill(child: &mut Child) {
    use rustix::process::{Signal, kill_process_group};
    if let Some(pid) = pid(child) {
        // Fails when nobody is left.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill(child: &mut Child) {
    let _ = child.kill();
}

#[cfg(unix)]
fn pid(child: &Child) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(child.id()).ok()?)
}

/// Kills what a bisection that was killed itself has left running in a work tree. Only processes that it started are meant:
/// they know the commit. Where the system does not tell, nothing happens.
pub(crate) fn kill_left_over(folder: &Path) {
    #[cfg(target_os = "linux")]
    for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let inside = std::fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
        let started_by_us = || {
            let variables = std::fs::read(process.path().join("environ")).unwrap_or_default();
            variables.split(|byte| *byte == 0).any(|variable| variable.starts_with(b"BISECTSTAT_COMMIT="))
        };
        let pid = || rustix::process::Pid::from_raw(process.file_name().to_str()?.parse().ok()?);
        if inside
            && started_by_us()
            && let Some(pid) = pid()
        {
            // It may be over by now.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = folder;
}

/// A shell with a command line.
#[must_use]
pub fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", line]).stdin(Stdio::null());
    command
}

/// What a signal is called, as far as a person wants to know.
#[must_use]
pub(crate) fn signal_name(signal: i32) -> String {
    const NAMES: [(i32, &str); 8] = [
        (4, "SIGILL"),
        (6, "SIGABRT"),
        (7, "SIGBUS"),
        (8, "SIGFPE"),
        (9, "SIGKILL"),
        (11, "SIGSEGV"),
        (13, "SIGPIPE"),
        (15, "SIGTERM"),
    ];
    let known = NAMES.iter().find(|(number, _)| *number == signal);
    known.map_or_else(|| format!("signal {signal}"), |(_, name)| (*name).to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn ran(line: &str, timeout: Option<Duration>) -> Ended {
        let stop = Stop::new();
        run(&mut shell(line), &tempfile::tempfile().unwrap(), Limits { timeout, stop: &stop, guard: None }).0
    }

    #[test]
    fn ends_are_told_apart() {
        assert!(matches!(ran("exit 3", None), Ended::Exit(3)));
        assert!(matches!(ran("kill -SEGV $$", None), Ended::Signal(11)));
        assert!(matches!(ran("sleep 100", Some(Duration::from_millis(20))), Ended::TimedOut));
        let stop = Stop::new();
        assert!(!stop.ask(true) && stop.is_asked());
        let limits = Limits { timeout: None, stop: &stop, guard: None };
        let out = tempfile::tempfile().unwrap();
        assert!(matches!(run(&mut shell("sleep 100"), &out, limits).0, Ended::Stopped));
        assert!(matches!(run(&mut Command::new("/no/such"), &out, limits).0, Ended::NotStarted(_)));
    }

    #[test]
    fn who_asks_wakes_who_waits() {
        let stop = Stop::new();
        let out = tempfile::tempfile().unwrap();
        let limits = Limits { timeout: None, stop: &stop, guard: None };
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| run(&mut shell("sleep 100"), &out, limits).0);
            let watching = scope.spawn(|| stop.wait());
            stop.ask(true);
            watching.join().unwrap();
            assert!(matches!(waiting.join().unwrap(), Ended::Stopped));
        });
    }

    /// A guard whose pipe closes while something runs: as when the process that has it is killed.
    #[test]
    fn a_guard_kills_what_its_owner_leaves_behind() {
        let mut guard = Guard::new().unwrap();
        let mut left = shell("sleep 100 & wait");
        std::os::unix::process::CommandExt::process_group(&mut left, 0);
        let (mut left, mut done) = (left.spawn().unwrap(), shell("exit 0").spawn().unwrap());
        drop(guard.watch(done.id()));
        std::mem::forget(guard.watch(left.id()));
        done.wait().unwrap();
        guard.running.get_mut().unwrap().pipe = None;
        assert!(guard.shell.wait().unwrap().success());
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&left.wait().unwrap()), Some(9));
    }

    #[test]
    fn children_die_with_their_parent() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let line = format!("sleep 100 & echo $! > {}; ", file.display());
        for (rest, timeout) in [("exit 0", None), ("wait", Some(Duration::from_millis(300)))] {
            ran(&format!("{line}{rest}"), timeout);
            let pid: i32 = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
            let pid = rustix::process::Pid::from_raw(pid).unwrap();
            // Init needs a moment to bury it.
            let gone = || {
                let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
                rustix::process::test_kill_process(pid).is_err() || state.contains(") Z")
            };
            assert!(
                (0..200).any(|_| gone() || {
                    std::thread::sleep(Duration::from_millis(10));
                    false
                }),
                "{rest}"
            );
        }
    }
}
