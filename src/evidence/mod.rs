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

pub use bisection::{Bisection, Culprit, Ending, Kind};
pub use commit::CommitId;
pub use location::{Line, Source};
pub use run::{Counts, Outcome, Run, Title, VoidKind};
pub use step::{Role, Step, Verdict};
pub use text::Text;

#[doc(hidden)]
pub use bisection::{Arranged, CrashReport, Format, LineTally, Placed, TitleCount, Totals, Unparsed};
#[doc(hidden)]
pub use commit::{CommitIdError, RevisionName, Tag};
#[doc(hidden)]
pub use crash::{Access, CrashType, Identity, TitleParts, without_counter};
#[doc(hidden)]
pub use location::{Location, Place, file_name};
#[doc(hidden)]
pub use run::Took;
#[doc(hidden)]
pub use stack::{Stack, StackFrame};
#[doc(hidden)]
pub use step::{Basis, Decision, Move, Remaining, Side, Walk};
pub(crate) use text::hides;
#[doc(hidden)]
pub use text::{clean, clean_line};
