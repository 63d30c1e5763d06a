//! What was observed, and where: types only. Nothing here is estimated, except hidden run counts, which say so.

mod bisection;
mod commit;
mod crash;
mod location;
mod naming;
mod renumber;
mod run;
mod stack;
mod step;
mod text;

pub use bisection::{
    Arranged, Bisection, CrashReport, Culprit, Ending, Format, Kind, LineTally, Placed, TitleCount, Totals, Unparsed,
};
pub use commit::{CommitId, CommitIdError, RevisionName, Tag};
pub use crash::{Access, CrashType, Identity, TitleParts, without_counter};
pub use location::{Line, Location, Place, Source, file_name};
pub use run::{Counts, Outcome, Run, Title, Took, VoidKind};
pub use stack::{Stack, StackFrame};
pub use step::{Basis, Decision, Move, Remaining, Role, Side, Step, Verdict, Walk};
pub(crate) use text::hides;
pub use text::{Text, clean, clean_line};
