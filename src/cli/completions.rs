//! `completions`: what a shell needs to complete a command line.

use clap::Args;
use clap_complete::{Shell, generate};

use super::Exit;
use super::input::print;

/// Print completions for a shell.
///
/// For bash, `bisectstat completions bash > ~/.local/share/bash-completion/completions/bisectstat`; fish looks in
/// ~/.config/fish/completions/bisectstat.fish, zsh for a file `_bisectstat` in its `$fpath`.
#[derive(Debug, Args)]
pub struct Completions {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Exit {
        // `generate` panics when it cannot write: a buffer takes everything.
        let mut script = Vec::new();
        generate(self.shell, &mut super::command(), "bisectstat", &mut script);
        print(|out| out.write_all(&script))
    }
}
