//! Text for people: one bisection on one screen, or an archive as a table. Styled; the writer strips what a terminal
//! does not want.

mod archive;
mod blame;
mod calibration;
pub(super) mod evidence;
pub(in crate::report) mod histories;
mod lineage;
mod next;
mod one;
mod plans;
mod prior;
pub(super) mod table;

use std::fmt;

use annotate_snippets::renderer::{Ansi256Color, AnsiColor, Style};

use crate::analysis::answer::Tone;

pub use crate::report::answer::rates;
pub use archive::Archive;
pub use blame::blame_fit;
pub use calibration::calibration;
pub use histories::{histories, history};
pub use next::next;
pub use one::{one, one_ended};
pub use plans::plans;
pub use prior::archive_prior;

/// A yellow that is read on a white ground too, which ANSI's own is not.
pub(super) const AMBER: u8 = 166;

/// The colour of an answer.
const fn style(tone: Tone) -> Style {
    match tone {
        Tone::Bad => AnsiColor::Red.on_default().bold(),
        Tone::Doubt => Ansi256Color(AMBER).on_default().bold(),
        Tone::Good => AnsiColor::Green.on_default().bold(),
        Tone::Unknown => AnsiColor::Blue.on_default().bold(),
    }
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Text in a style.
struct Styled<T>(Style, T);

impl<T: fmt::Display> fmt::Display for Styled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(style, text) = self;
        write!(f, "{style}{text}{style:#}")
    }
}
