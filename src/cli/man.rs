//! `man`: the manual, a page a subcommand.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man as Page;
use clap_mangen::roff::{Roff, roman};

use super::Exit;
use super::input::complain;

const SOURCE: &str = concat!("bisectstat ", env!("CARGO_PKG_VERSION"));

/// Write the manual: one page for the program and one for each subcommand.
///
/// `bisectstat man ~/.local/share/man/man1` puts them where `man bisectstat` looks.
#[derive(Debug, Args)]
pub struct Man {
    /// The folder; created if it is missing
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

impl Man {
    pub(super) fn run(&self) -> Exit {
        let Err(error) = write(&self.dir) else { return Exit::Success };
        complain(&error);
        Exit::Failed
    }
}

fn write(dir: &Path) -> io::Result<()> {
    let named = |path: &Path, error: &io::Error| io::Error::other(format!("{}: {error}", path.display()));
    fs::create_dir_all(dir).map_err(|error| named(dir, &error))?;
    let mut program = super::command().disable_help_subcommand(true);
    program.build();
    let commands =
        program.get_subcommands().flat_map(|command| std::iter::once(command).chain(command.get_subcommands()));
    for command in std::iter::once(&program).chain(commands) {
        let name = command.get_display_name().unwrap_or(command.get_name());
        let path = dir.join(format!("{name}.1"));
        page(command, name).and_then(|text| fs::write(&path, text)).map_err(|error| named(&path, &error))?;
    }
    Ok(())
}

/// A page in roff. It has no date: the same program writes the same bytes.
fn page(command: &Command, name: &str) -> io::Result<Vec<u8>> {
    // The library leaves an empty date out, and the source takes its place.
    let mut text = format!(".TH \"{name}\" 1 \"\" \"{SOURCE}\" \"User Commands\"\n").into_bytes();
    let page = Page::new(command.clone());
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    if command.has_subcommands() {
        page.render_subcommands_section(&mut text)?;
    }
    last(command).to_writer(&mut text)?;
    Ok(text)
}

/// What stands below the options: the help's last part under its own heading, as it is; and the way back.
fn last(command: &Command) -> Roff {
    let mut roff = Roff::new();
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    if let Some((heading, body)) = help.split_once(":\n") {
        roff.control("SH", [heading.to_uppercase().as_str()]).control("nf", []);
        for line in body.lines() {
            roff.text([roman(line)]);
        }
        roff.control("fi", []);
    }
    if !command.has_subcommands() {
        roff.control("SH", ["SEE ALSO"]).text([roman("bisectstat(1)")]);
    }
    roff
}
