//! What is said on standard error, and how much of it: errors and warnings always, notes unless `--quiet`, and with
//! `--verbose` what was read and how long it took.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use annotate_snippets::renderer::{Ansi256Color, AnsiColor, Style};
use clap::Args;

use crate::evidence::clean;

use super::screen;

/// How much is said besides the result.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = super::GLOBAL)]
pub(super) struct Loudness {
    /// Print no notes, hints and progress; errors and warnings remain
    #[arg(short, long, global = true, conflicts_with = "verbose", display_order = 1000)]
    quiet: bool,
    /// Say on standard error what was read and how long it took
    #[arg(short, long, global = true, display_order = 1000)]
    verbose: bool,
}

/// One for the whole program, as the streams are; until it is set, notes are said.
static LOUDNESS: OnceLock<Loudness> = OnceLock::new();

impl Loudness {
    /// Sets how much is said from now on; the first time counts.
    pub(super) fn set(self) {
        LOUDNESS.get_or_init(|| self);
    }

    /// What was set.
    fn now() -> Self {
        LOUDNESS.get().copied().unwrap_or_default()
    }
}

/// Whether notes are wanted.
pub(super) fn notes() -> bool {
    !Loudness::now().quiet
}

/// Whether to show progress: standard error is a terminal, and nobody asked for quiet.
pub(super) fn shows_progress() -> bool {
    notes() && io::stderr().is_terminal()
}

/// A message may quote an input, and has no styles.
fn said(message: &dyn Display) -> String {
    screen::harmless(&clean(&message.to_string()))
}

/// A line on standard error. Where that is closed, nobody is left to tell.
fn line(style: Style, kind: &str, message: &dyn Display) {
    let _ = writeln!(anstream::stderr(), "{style}{kind}{style:#}: {message}");
}

/// Says what went wrong.
pub(super) fn complain(message: &dyn Display) {
    line(AnsiColor::Red.on_default().bold(), "error", &said(message));
}

/// Says what is worth a look and fails nothing.
pub(super) fn warn(message: &dyn Display) {
    line(Ansi256Color(166).on_default().bold(), "warning", &said(message));
}

/// Says how something was read.
pub(super) fn note(message: &dyn Display) {
    if notes() {
        line(AnsiColor::Cyan.on_default().bold(), "note", message);
    }
}

/// Says what helps, over several lines.
pub(super) fn hint(message: &dyn Display) {
    if notes() {
        // Where standard error is closed, nobody is left to help.
        let _ = writeln!(anstream::stderr(), "\n{message}\n");
    }
}

/// Says what only `--verbose` asks for.
pub(super) fn detail(message: &dyn Display) {
    if Loudness::now().verbose {
        line(AnsiColor::Cyan.on_default().bold(), "note", &said(message));
    }
}
