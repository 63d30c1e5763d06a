//! From the words of the command line to a command. Before clap has its last say, old spellings are renewed, the options of
//! the project's file are put in, and standard input becomes the path where none is given. All three only write words that
//! could have been typed, so that no command needs to know of them.

mod file;
mod moved;
mod pipe;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, FromArgMatches as _};

use super::say::{complain, note};
use super::{Cli, Exit, command};

/// Why no command runs.
pub(super) enum Refusal {
    /// Help, the version, or what is wrong with the words.
    Usage(clap::Error),
    /// Something else, in one sentence.
    Said(String),
}

impl Refusal {
    /// Says it; help is no failure.
    pub(super) fn tell(self) -> Exit {
        match self {
            Self::Usage(error) => {
                // Where the stream is closed, nobody is left to tell.
                let _ = error.print();
                if error.use_stderr() { Exit::Failed } else { Exit::Success }
            }
            Self::Said(message) => {
                complain(&message);
                Exit::Failed
            }
        }
    }
}

impl From<clap::Error> for Refusal {
    fn from(error: clap::Error) -> Self {
        Self::Usage(error)
    }
}

/// Understands the words of a command line, the program's own name first.
pub(super) fn read(words: Vec<OsString>) -> Result<Cli, Refusal> {
    let program = command();
    let chosen = Chosen::of(&program, &words);
    let (mut words, moved) = moved::renewed(words, &chosen);
    let mut parsed = Parsed::of(&words)?;
    parsed.cli.colour.obey();
    parsed.cli.loudness.set();
    for sentence in &moved {
        note(sentence);
    }
    file::add_options(&mut words, &mut parsed, &chosen)?;
    pipe::add_input(&mut words, &mut parsed, &chosen)?;
    Ok(parsed.cli)
}

/// The words as clap understands them.
struct Parsed {
    /// By their ids: who said what.
    matches: ArgMatches,
    /// By their types.
    cli: Cli,
}

impl Parsed {
    /// As clap reads them, and as the command takes them.
    fn of(words: &[OsString]) -> Result<Self, clap::Error> {
        let mut program = command();
        let matches = program.try_get_matches_from_mut(words)?;
        let cli = Cli::from_arg_matches(&matches)?;
        match cli.command.conflict() {
            Some(conflict) => Err(program.error(ErrorKind::ArgumentConflict, conflict)),
            None => Ok(Self { matches, cli }),
        }
    }

    /// The same with one word more at this place; gives all words, too.
    fn with(words: &[OsString], at: usize, more: OsString) -> Result<(Self, Vec<OsString>), clap::Error> {
        let mut words = words.to_vec();
        words.insert(at, more);
        Ok((Self::of(&words)?, words))
    }

    /// Whether the user gave this argument of the innermost command.
    fn gave(&self, id: &str) -> bool {
        let mut matches = &self.matches;
        while let Some((_, below)) = matches.subcommand() {
            matches = below;
        }
        let known = matches.ids().any(|known| known == id);
        known && matches.value_source(id) == Some(ValueSource::CommandLine)
    }
}

/// The command that the words name, and where its own words begin.
struct Chosen<'c> {
    program: &'c Command,
    /// The innermost: `ask` of `session ask`.
    command: &'c Command,
    /// Its name below the program; empty where none is named.
    name: &'c str,
    /// The index behind its last word.
    after: usize,
}

impl<'c> Chosen<'c> {
    /// Follows the words as far as they name commands; what stands behind `--` is not ours.
    fn of(program: &'c Command, words: &[OsString]) -> Self {
        let mut chosen = Self { program, command: program, name: "", after: 1 };
        let mut at = 1;
        while let Some(word) = words.get(at).and_then(|word| word.to_str()).filter(|word| *word != "--") {
            at += 1;
            if word.starts_with('-') {
                at += usize::from(takes_value(program, word));
                continue;
            }
            let Some(below) = chosen.command.find_subcommand(word) else { break };
            let name = if chosen.name.is_empty() { below.get_name() } else { chosen.name };
            chosen = Self { program, command: below, name, after: at };
        }
        chosen
    }
}

/// Whether the word after this option is its value.
fn takes_value(program: &Command, word: &str) -> bool {
    let is = |arg: &&clap::Arg| arg.get_long().is_some_and(|long| word.strip_prefix("--") == Some(long));
    program.get_arguments().find(is).is_some_and(|arg| arg.get_action().takes_values())
}

/// Whether what was added cannot go with what the user typed: then that counts.
fn gives_way(error: &clap::Error) -> bool {
    matches!(error.kind(), ErrorKind::ArgumentConflict | ErrorKind::MissingRequiredArgument)
}
