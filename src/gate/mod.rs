//! Findings → a decision: does this result pass? A [`Policy`] says what is demanded, [`find`] looks for what is suspicious by its
//! limits, [`judge()`] compares, a [`Decision`] holds what was decided, and [`write()`] tells other programs.
//!
//! ```
//! use bisectstat::gate::{Baseline, Format, Outcome, Policy, find, judge, write};
//!
//! let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
//! let (mut analyses, policy) = (bisectstat::analyze(&log)?, Policy::standard()?);
//! find(&mut analyses, &policy)?;
//! let decision = judge(&analyses, &policy, &Baseline::default(), &[]);
//! assert_eq!(decision.outcome(), Outcome::Failed);
//! // "p_right is 0.06, the policy demands at least 0.5"
//! assert!(decision.bisections[0].failures[0].to_string().starts_with("p_right is "));
//! let mut sarif = Vec::new();
//! write(Format::Sarif, &decision, &mut sarif)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[doc(hidden)]
pub mod baseline;
#[doc(hidden)]
pub mod decision;
#[doc(hidden)]
pub mod format;
#[doc(hidden)]
pub mod judge;
#[doc(hidden)]
pub mod policy;

pub use baseline::{Baseline, BaselineError};
pub use decision::{Decision, Failure, Judged, Level, Outcome, Ruled, Unread};
pub use format::{Format, write};
pub use judge::{find, judge};
pub use policy::{Policy, PolicyError};
