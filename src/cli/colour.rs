//! Whether the output has colours: `--color`, then the environment, then whether a terminal shows it.

use std::env;

use clap::{Args, ColorChoice};

/// When to use colour.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = super::GLOBAL)]
pub(super) struct Colour {
    /// When to use colour; `NO_COLOR` and `FORCE_COLOR` say so for all programs
    #[arg(long = "color", global = true, value_name = "WHEN", default_value = "auto", display_order = 1000)]
    when: ColorChoice,
}

impl Colour {
    /// What is said here goes before the environment.
    pub(super) fn obey(self) {
        match self.when {
            ColorChoice::Auto => {}
            ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
            ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
        }
    }
}

/// `FORCE_COLOR`, which anstream does not know: `CLICOLOR_FORCE`, `CLICOLOR`, `NO_COLOR` and `TERM` it obeys by itself.
/// `NO_COLOR` goes before it, and 0 forces nothing.
pub(super) fn obey_environment() {
    let says = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let forces = says("FORCE_COLOR") && env::var_os("FORCE_COLOR").is_some_and(|value| value != "0");
    if forces && !says("NO_COLOR") {
        anstream::ColorChoice::Always.write_global();
    }
}
