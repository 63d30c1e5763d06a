//! Text for people: one bisection on one screen, or an archive as a table. Styled; the writer strips what a terminal
//! does not want.

mod archive;
mod blame;
mod calibration;
pub(super) mod evidence;
mod lineage;
mod next;
mod one;
mod plans;
mod prior;
pub(super) mod table;

use std::fmt;

use anstyle::{AnsiColor, Style};

use crate::analysis::trust::Trust;

pub use crate::report::answer::rates;
pub use archive::Archive;
pub use blame::blame_fit;
pub use calibration::calibration;
pub use next::next;
pub use one::{one, one_ended};
pub use plans::plans;
pub use prior::archive_prior;

/// The colour of a verdict on the named commit.
const fn style(trust: Trust) -> Style {
    let color = match trust {
        Trust::Not => AnsiColor::Red,
        Trust::Doubtful => AnsiColor::Yellow,
        Trust::HoldsUp => AnsiColor::Green,
    };
    color.on_default().bold()
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
