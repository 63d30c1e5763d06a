//! `man`: the manual, a page a subcommand.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, Args, Command};
use clap_mangen::Man as Page;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::Exit;
use super::help;
use super::say::complain;

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
    let shown = program.get_subcommands().filter(|command| !command.is_hide_set());
    let commands = shown.flat_map(|command| std::iter::once(command).chain(command.get_subcommands()));
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
    synopsis(command).to_writer(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    if command.has_subcommands() {
        page.render_subcommands_section(&mut text)?;
    }
    last(name, command).to_writer(&mut text)?;
    Ok(text)
}

/// How the command is typed, each option with its value; the library leaves the values out.
fn synopsis(command: &Command) -> Roff {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let mut line = vec![bold(name)];
    let shown = |argument: &&Arg| !argument.is_hide_set();
    for option in command.get_arguments().filter(|argument| !argument.is_positional()).filter(shown) {
        line.extend(bracketed(option, typed(option)));
    }
    for positional in command.get_positionals().filter(shown) {
        line.extend(bracketed(positional, vec![italic(values(positional))]));
    }
    if command.has_subcommands() {
        line.extend([roman(" "), italic("COMMAND")]);
    }
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]).text(line);
    roff
}

/// `-f|--format FORMAT`.
fn typed(option: &Arg) -> Vec<Inline> {
    let short = option.get_short().map(|short| format!("-{short}"));
    let long = option.get_long().map(|long| format!("--{long}"));
    let names: Vec<_> = short.into_iter().chain(long).map(bold).collect();
    let mut typed = Vec::new();
    for name in names {
        if !typed.is_empty() {
            typed.push(roman("|"));
        }
        typed.push(name);
    }
    if option.get_action().takes_values() {
        typed.extend([roman(" "), italic(values(option))]);
    }
    typed
}

/// `FILE`, or `FILE…` where there may be several.
fn values(argument: &Arg) -> String {
    let names: Vec<&str> =
        argument.get_value_names().unwrap_or_default().iter().map(clap::builder::Str::as_str).collect();
    let several = argument.get_num_args().is_some_and(|number| number.max_values() > names.len().max(1));
    format!("{}{}", names.join(" "), if several { "..." } else { "" })
}

/// In brackets unless it is required, behind a space.
fn bracketed(argument: &Arg, typed: Vec<Inline>) -> Vec<Inline> {
    let (open, close) = if argument.is_required_set() { (" ", "") } else { (" [", "]") };
    std::iter::once(roman(open)).chain(typed).chain([roman(close)]).collect()
}

/// What stands below the options: examples, exit codes, and where more is said.
fn last(name: &str, command: &Command) -> Roff {
    let mut roff = Roff::new();
    let program = if command.has_subcommands() { "" } else { "bisectstat(1)" };
    let words = name.strip_prefix("bisectstat").unwrap_or(name).replace('-', " ");
    if let Some(guide) = help::of(words.trim()) {
        verbatim(&mut roff, "EXAMPLES", &guide.examples.map(|example| format!("  {example}")).join("\n"));
        verbatim(&mut roff, "EXIT CODES", guide.exits);
        let also: Vec<_> = [program, guide.page].into_iter().filter(|one| !one.is_empty()).collect();
        roff.control("SH", ["SEE ALSO"]).text([roman(also.join(", "))]);
    }
    roff
}

/// A section whose lines stay as they are.
fn verbatim(roff: &mut Roff, heading: &str, lines: &str) {
    roff.control("SH", [heading]).control("nf", []);
    for line in lines.lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
}
