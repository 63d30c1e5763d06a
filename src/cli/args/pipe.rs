//! Standard input without `-`: what is piped in is read where no path is given. A terminal and an empty input are no input,
//! which is an error and not a wait. A pipe that stays open and silent cannot be told from a slow one: after a moment a note
//! says what is waited for.

use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use clap::error::ErrorKind;

use crate::cli::command;
use crate::cli::say::note;

use super::{Chosen, Parsed, Refusal};

/// The paths of a command, and what makes them needless.
const PATHS: &str = "paths";
/// As [`PATHS`]: one of these is enough.
const INSTEAD: [&str; 3] = ["files_from", "init", "merge"];

/// Adds `-` to the words where a command wants a path and something is piped in.
pub(super) fn add_input(words: &mut Vec<OsString>, parsed: &mut Parsed, chosen: &Chosen<'_>) -> Result<(), Refusal> {
    let reads = chosen.command.get_positionals().any(|argument| argument.get_id() == PATHS);
    if !reads || parsed.gave(PATHS) || INSTEAD.iter().any(|id| parsed.gave(id)) {
        return Ok(());
    }
    if io::stdin().is_terminal() || !something_comes().map_err(|error| Refusal::Said(format!("-: {error}")))? {
        return Err(nothing(chosen.name));
    }
    (*parsed, *words) = Parsed::with(words, chosen.after, "-".into())?;
    Ok(())
}

/// Waits for the first byte, which stays there to be read.
fn something_comes() -> io::Result<bool> {
    let (came, waiting) = channel::<()>();
    thread::spawn(move || say_what_is_waited_for(&waiting));
    let something = !io::stdin().lock().fill_buf()?.is_empty();
    drop(came);
    Ok(something)
}

/// Says so when nothing has come for a while.
fn say_what_is_waited_for(waiting: &Receiver<()>) {
    const PATIENCE: Duration = Duration::from_secs(3);
    if waiting.recv_timeout(PATIENCE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
        note(&"waiting for standard input, because no PATH is given");
    }
}

/// What is missing, with the usage of the command.
fn nothing(name: &str) -> Refusal {
    const WHY: &str = "no input: name a PATH, or pipe something into standard input";
    let mut program = command();
    program.build();
    let error = match program.find_subcommand_mut(name) {
        Some(command) => command.error(ErrorKind::MissingRequiredArgument, WHY),
        None => program.error(ErrorKind::MissingRequiredArgument, WHY),
    };
    Refusal::Usage(error)
}
