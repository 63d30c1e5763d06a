//! Text for people: one bisection on one screen, or an archive as a table. Styled; the writer strips what a terminal
//! does not want.

mod archive;
mod blame;
mod calibration;
mod evidence;
mod one;
mod prior;
pub(super) mod table;

use std::fmt;

use anstyle::{AnsiColor, Style};

pub use archive::archive;
pub use blame::blame_fit;
pub use calibration::calibration;
pub use one::one;
pub use prior::archive_prior;

/// How far the named commit can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trust {
    /// Likely wrong.
    Not,
    /// Could be either.
    Doubtful,
    /// Likely right.
    HoldsUp,
}

impl Trust {
    const HOLDS_UP: f64 = 0.8;
    const DOUBTFUL: f64 = 0.5;

    fn of(p: f64) -> Self {
        if p >= Self::HOLDS_UP {
            Self::HoldsUp
        } else if p >= Self::DOUBTFUL {
            Self::Doubtful
        } else {
            Self::Not
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Not => "✗ do not trust",
            Self::Doubtful => "? doubtful",
            Self::HoldsUp => "✓ holds up",
        }
    }

    const fn style(self) -> Style {
        let color = match self {
            Self::Not => AnsiColor::Red,
            Self::Doubtful => AnsiColor::Yellow,
            Self::HoldsUp => AnsiColor::Green,
        };
        color.on_default().bold()
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
