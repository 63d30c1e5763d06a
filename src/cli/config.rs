//! `--config` and `--no-config`: the file in which a project says once what its commands share.

use std::path::PathBuf;

use clap::Args;

use crate::gate::policy::{self, PolicyError};

/// Which file says what the command line does not.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = super::GLOBAL)]
pub(super) struct Config {
    /// Read options and the gate's policy from this file instead of the nearest bisectstat.toml; `gate --init` prints one
    #[arg(long = "config", global = true, value_name = "FILE", conflicts_with = "no_config", display_order = 1000)]
    named: Option<PathBuf>,
    /// Look for no bisectstat.toml
    #[arg(long, global = true, display_order = 1000)]
    no_config: bool,
}

impl Config {
    /// The file that is named, or the one that is found.
    pub(super) fn file(&self) -> Result<Option<PathBuf>, PolicyError> {
        match (&self.named, std::env::current_dir()) {
            (Some(file), _) => Ok(Some(file.clone())),
            (None, Ok(folder)) if !self.no_config => policy::find(&folder),
            (None, _) => Ok(None),
        }
    }
}
