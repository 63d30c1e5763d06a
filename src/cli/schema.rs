//! `schema`: what the keys of JSON and the columns of frames mean, for programs.

use clap::{Args, ValueEnum};

use super::Exit;
use super::input::print;

/// Print what an output holds, for programs: keys of JSON, columns of data frames
#[derive(Debug, Args)]
pub struct Schema {
    /// The output
    #[arg(value_enum)]
    of: Output,
}

/// The outputs, one a line: the words for the help, and the file.
macro_rules! outputs {
    ($($(#[$doc:meta])* $name:ident $file:literal,)*) => {
        #[derive(Clone, Copy, Debug, ValueEnum)]
        enum Output {
            $($(#[$doc])* $name,)*
        }

        impl Output {
            const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../../schema/", $file, ".json")),)*
                }
            }
        }
    };
}

outputs! {
    /// `analyze --format json`, as a JSON Schema
    Analysis "analysis",
    /// `calibrate --format json`
    Calibration "calibration",
    /// `analyze -o DIR`: each column of each frame, its type and when it is null
    Frames "frames",
    /// `gate --format json`
    Gate "gate",
    /// `history --format json`
    History "history",
    /// `next --format json`
    Next "next",
    /// `run --format json`
    Run "run",
    /// `session ask --format json` and its likes
    Session "session",
}

impl Schema {
    pub(super) fn run(&self) -> Exit {
        print(|out| out.write_all(self.of.text().as_bytes()))
    }
}
