//! One command: started in a process group of its own, killed with all its children when its time is over, when
//! somebody stops the bisection, and for what is left of it when it ends.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
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

/// When a command is killed.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    /// After this time.
    pub timeout: Option<Duration>,
    /// When this is set.
    pub stop: &'a AtomicBool,
}

/// Runs a command to its end, with its output in a file; no reader can keep it waiting. Gives how long it took.
pub fn run(command: &mut Command, output: &File, limits: Limits<'_>) -> (Ended, Duration) {
    let began = Instant::now();
    let ended = match start(command, output) {
        Ok(mut child) => wait(&mut child, began, limits),
        Err(error) => Ended::NotStarted(error),
    };
    (ended, began.elapsed())
}

fn start(command: &mut Command, output: &File) -> io::Result<Child> {
    command.stdout(output.try_clone()?).stderr(output.try_clone()?);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command.spawn()
}

fn wait(child: &mut Child, began: Instant, limits: Limits<'_>) -> Ended {
    const SHORTEST: Duration = Duration::from_millis(1);
    const LONGEST: Duration = Duration::from_millis(50);
    let mut pause = SHORTEST;
    loop {
        let late = limits.timeout.is_some_and(|timeout| began.elapsed() >= timeout);
        let stopped = limits.stop.load(Ordering::Relaxed);
        if late || stopped {
            kill(child);
            let _ = child.wait();
            return if stopped { Ended::Stopped } else { Ended::TimedOut };
        }
        if has_ended(child) {
            // Before it is reaped: until then nobody else can have its number.
            kill(child);
            return child.wait().map_or_else(Ended::NotStarted, ended);
        }
        sleep(pause);
        pause = (pause * 2).min(LONGEST);
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

/// Whether it is over, without reaping it.
#[cfg(unix)]
fn has_ended(child: &mut Child) -> bool {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    let Some(pid) = pid(child) else { return matches!(child.try_wait(), Ok(Some(_))) };
    match waitid(WaitId::Pid(pid), options) {
        Ok(status) => status.is_some(),
        Err(error) => error != rustix::io::Errno::INTR,
    }
}

#[cfg(not(unix))]
fn has_ended(child: &mut Child) -> bool {
    !matches!(child.try_wait(), Ok(None))
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
pub fn kill_left_over(folder: &Path) {
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
pub fn signal_name(signal: i32) -> String {
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
        let stop = AtomicBool::new(false);
        run(&mut shell(line), &tempfile::tempfile().unwrap(), Limits { timeout, stop: &stop }).0
    }

    #[test]
    fn ends_are_told_apart() {
        assert!(matches!(ran("exit 3", None), Ended::Exit(3)));
        assert!(matches!(ran("kill -SEGV $$", None), Ended::Signal(11)));
        assert!(matches!(ran("sleep 100", Some(Duration::from_millis(20))), Ended::TimedOut));
        let stop = AtomicBool::new(true);
        let limits = Limits { timeout: None, stop: &stop };
        let out = tempfile::tempfile().unwrap();
        assert!(matches!(run(&mut shell("sleep 100"), &out, limits).0, Ended::Stopped));
        assert!(matches!(run(&mut Command::new("/no/such"), &out, limits).0, Ended::NotStarted(_)));
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
                    sleep(Duration::from_millis(10));
                    false
                }),
                "{rest}"
            );
        }
    }
}
