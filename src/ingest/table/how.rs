//! How the runs of a row are read, once it is known what its columns mean.

use crate::evidence::Arranged;

use super::Meaning;
use super::cell::{Cell, Said, said};
use super::name::Sense;
use super::sheet::Row;

/// How the runs of a row are read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum How {
    Counts {
        passes: usize,
        crashes: usize,
        skips: Option<usize>,
        total: Option<usize>,
    },
    /// One count and the total.
    Part {
        sense: Sense,
        part: usize,
        total: usize,
        skips: Vec<usize>,
    },
    /// One count in each row, out of a number of runs that is the same in all of them.
    Fixed {
        sense: Sense,
        part: usize,
        total: u32,
    },
    Ratio {
        sense: Sense,
        column: usize,
    },
    Both {
        first: Sense,
        column: usize,
    },
    Counted {
        column: usize,
        /// Whether what never happened is left out.
        listed: bool,
    },
    Rate {
        sense: Sense,
        rate: usize,
        total: usize,
        percent: bool,
    },
    Ended {
        column: usize,
        reads: Reads,
        times: Option<usize>,
        of: Option<usize>,
    },
    /// One run in each of these columns, where it has a cell.
    Each {
        columns: Vec<usize>,
        reads: Reads,
    },
}

/// How one cell tells how a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    Words { letters: bool },
    Flags(Sense),
    Exit,
}

/// A row's columns by meaning, and how its runs are read.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) commit: usize,
    pub(super) hows: Vec<How>,
    pub(super) bisection: Option<usize>,
    /// What splits the table.
    pub(super) keys: Vec<usize>,
    /// What tells which test it is, if only in another table of the same kind.
    pub(super) test: Vec<usize>,
    pub(super) title: Option<usize>,
    pub(super) order: Option<Order>,
    pub(super) seconds: Option<usize>,
    pub(super) kind: Option<usize>,
    pub(super) reported: Option<usize>,
}

/// A column that orders the revisions.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) column: usize,
    /// The place of each row; none where the cell is empty or no place.
    pub(super) places: Vec<Option<f64>>,
    /// How surely they say which revision is older: moments of runs say it less than those of commits.
    pub(super) arranged: Arranged,
    /// Whether differences are numbers of commits.
    pub(super) counts: bool,
}

impl How {
    /// The columns that it reads, with what they mean.
    pub(super) fn columns(&self) -> Vec<(usize, Meaning)> {
        let of = |sense, passes, crashes| if sense == Sense::Passes { passes } else { crashes };
        let some = |columns: &[(Option<usize>, Meaning)]| {
            columns.iter().filter_map(|(at, meaning)| Some(((*at)?, *meaning))).collect()
        };
        match self {
            Self::Counts { passes, crashes, skips, total } => some(&[
                (Some(*passes), Meaning::Passes),
                (Some(*crashes), Meaning::Crashes),
                (*skips, Meaning::Skips),
                (*total, Meaning::Total),
            ]),
            Self::Part { sense, part, total, skips } => {
                let counts = [(*part, of(*sense, Meaning::Passes, Meaning::Crashes)), (*total, Meaning::Total)];
                counts.into_iter().chain(skips.iter().map(|at| (*at, Meaning::Skips))).collect()
            }
            Self::Fixed { sense, part, .. } => vec![(*part, of(*sense, Meaning::Passes, Meaning::Crashes))],
            Self::Ratio { sense, column } | Self::Both { first: sense, column } => {
                vec![(*column, of(*sense, Meaning::Passes, Meaning::Crashes))]
            }
            Self::Counted { column, .. } => vec![(*column, Meaning::Outcome)],
            Self::Rate { sense, rate, total, .. } => {
                vec![(*rate, of(*sense, Meaning::PassRate, Meaning::CrashRate)), (*total, Meaning::Total)]
            }
            Self::Ended { column, reads, times, of: total } => {
                some(&[(Some(*column), reads.meaning()), (*times, Meaning::Count), (*total, Meaning::Total)])
            }
            Self::Each { columns, reads } => columns.iter().map(|at| (*at, reads.meaning())).collect(),
        }
    }

    /// Whether a row has a cell in the first column that this reads.
    pub(super) fn column_is_filled(&self, row: &Row) -> bool {
        match self {
            Self::Counts { passes, crashes, .. } => !row.cell(*passes).is_empty() || !row.cell(*crashes).is_empty(),
            Self::Each { columns, .. } => columns.iter().any(|at| !row.cell(*at).is_empty()),
            other => other.columns().first().is_some_and(|(at, _)| !row.cell(*at).is_empty()),
        }
    }
}

impl Reads {
    const fn meaning(self) -> Meaning {
        match self {
            Self::Words { .. } => Meaning::Outcome,
            Self::Flags(Sense::Passes) => Meaning::Passed,
            Self::Flags(Sense::Crashes) => Meaning::Crashed,
            Self::Exit => Meaning::Exit,
        }
    }

    /// How a run ended by this cell; `None` where it does not say.
    pub(super) fn said(self, text: &str) -> Option<Said> {
        let when = |crash: bool| if crash { Said::Crash } else { Said::Pass };
        match (self, Cell::of(text)) {
            (Self::Exit, Cell::Whole(0)) => Some(Said::Pass),
            (Self::Exit, Cell::Whole(125)) => Some(Said::Void),
            (Self::Exit, Cell::Whole(-64..=255)) => Some(Said::Crash),
            (Self::Flags(sense), Cell::Truth(yes)) => Some(when(yes == (sense == Sense::Crashes))),
            (Self::Flags(sense), Cell::Whole(bit @ (0 | 1))) => Some(when((bit == 1) == (sense == Sense::Crashes))),
            // Below the name of a bug, none is no bug.
            (Self::Flags(Sense::Crashes), _)
                if ["none", "never", "absent"].iter().any(|no| text.eq_ignore_ascii_case(no)) =>
            {
                Some(Said::Pass)
            }
            (Self::Flags(Sense::Passes), _) if text.eq_ignore_ascii_case("none") => None,
            (Self::Words { letters: true }, Cell::Truth(false)) if text.eq_ignore_ascii_case("f") => Some(Said::Crash),
            (_, Cell::Said(_)) => said(text),
            _ => None,
        }
    }
}
