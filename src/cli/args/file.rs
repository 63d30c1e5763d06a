//! The options of the project's file: what the command line does not say. They are tried as if they were typed; what clap
//! refuses beside the user's own words gives way to them.

use std::ffi::OsString;

use clap::error::ErrorKind;

use crate::cli::say::{detail, note};
use crate::gate::policy::{self, Setting};

use super::{Chosen, Parsed, Refusal, gives_way};

/// What prints the file's own beginnings needs none.
const WITHOUT: &str = "init";

/// A command and an option of it that only shares its name with the file's: histories have priors of their own.
const ANOTHER: (&str, &str) = ("history", "prior");

/// Adds the file's options to the words.
pub(super) fn add_options(words: &mut Vec<OsString>, parsed: &mut Parsed, chosen: &Chosen<'_>) -> Result<(), Refusal> {
    if chosen.command.is_hide_set() || parsed.gave(WITHOUT) {
        return Ok(());
    }
    let refused = |error: policy::PolicyError| Refusal::Said(error.to_string());
    let Some(file) = parsed.cli.config.file().map_err(refused)? else { return Ok(()) };
    for setting in policy::options(&file).map_err(refused)? {
        add(&setting, words, parsed, chosen)?;
    }
    Ok(())
}

/// Adds one option, where the command has it and the user has not given it.
fn add(
    Setting { option, value, because }: &Setting,
    words: &mut Vec<OsString>,
    parsed: &mut Parsed,
    chosen: &Chosen<'_>,
) -> Result<(), Refusal> {
    if ANOTHER == (chosen.name, *option) {
        return Ok(());
    }
    let mut arguments = chosen.command.get_arguments().chain(chosen.program.get_arguments());
    let Some(argument) = arguments.find(|argument| argument.get_long() == Some(option)) else { return Ok(()) };
    if parsed.gave(argument.get_id().as_str()) {
        detail(&format!("{because}: --{option} of the command line counts instead"));
        return Ok(());
    }
    let mut word = OsString::from(format!("--{option}="));
    word.push(value);
    match Parsed::with(words, chosen.after, word) {
        Ok(more) => {
            (*parsed, *words) = more;
            detail(&format!("{because}: used as --{option}"));
        }
        Err(error) if gives_way(&error) => {
            detail(&format!("{because}: not used, because it cannot go with the other options"));
        }
        // A format of `analyze` need not be one of `chart`.
        Err(error)
            if error.kind() == ErrorKind::InvalidValue && suits_another(chosen, option, &value.to_string_lossy()) =>
        {
            note(&format!("{because}: not used, because {} has no such {option}", chosen.name));
        }
        Err(error) => {
            let text = error.to_string();
            let why = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            return Err(Refusal::Said(format!("{because}: {why}; give --{option}, or say --no-config")));
        }
    }
    Ok(())
}

/// Whether another command takes this value of an option.
fn suits_another(chosen: &Chosen<'_>, option: &str, value: &str) -> bool {
    let arguments = chosen.program.get_subcommands().flat_map(clap::Command::get_arguments);
    let values =
        arguments.filter(|argument| argument.get_long() == Some(option)).flat_map(clap::Arg::get_possible_values);
    values.into_iter().any(|known| known.matches(value, false))
}
