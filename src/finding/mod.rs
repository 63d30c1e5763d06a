//! Analysis → findings: suspicious decisions, each with its reason and what to do next.
//!
//! One rule a file. Its name is the rule's name; its `//!` comment, in fixed sections, is what `explain` prints; `check`
//! reads the analysis and nothing else. A new rule is a file and a line in [`rules!`].

mod case;
mod columns;
mod docs;
mod draft;
mod limits;
mod merge;
pub mod render;

use polars::prelude::PolarsResult;
use serde::Deserialize;

use crate::analysis::Analysis;
use crate::analysis::finding::RuleName;
use crate::frame::Frames;

use case::Case;
use draft::Draft;

pub use docs::{Docs, Section};

/// A rule.
pub struct Rule {
    /// Its code and name.
    pub name: RuleName,
    /// Its page.
    pub docs: Docs,
    /// The codes of rules whose finding on the same step says the same with a better reason.
    yields_to: &'static [&'static str],
    check: fn(&Case<'_>, &Limits) -> Vec<Draft>,
}

macro_rules! rules {
    ($($code:literal $name:literal $module:ident),* $(,)?) => {
        $(mod $module;)*

        /// Every rule, by code.
        pub static RULES: &[Rule] = &[$(Rule {
            name: RuleName { code: $code, name: $name },
            docs: Docs::new(include_str!(concat!(stringify!($module), ".rs"))),
            yields_to: $module::YIELDS_TO,
            check: |case, limits| $module::check(case, &limits.$module),
        }),*];

        /// The limits of the rules, by name.
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Limits {
            $(
                #[doc = concat!("Of ", $code, ".")]
                #[serde(rename = $name)]
                pub $module: $module::Limits,
            )*
        }
    };
}

rules! {
    "BS101" "void-runs" void_runs,
    "BS102" "toolchain-change" toolchain_change,
    "BS103" "truncated-log" truncated_log,
    "BS201" "single-crash-verdict" single_crash_verdict,
    "BS202" "unrelated-crash-verdict" unrelated_crash_verdict,
    "BS203" "weak-good-verdict" weak_good_verdict,
    "BS204" "doubtful-verdict" doubtful_verdict,
    "BS205" "wasted-skip" wasted_skip,
    "BS301" "unlikely-culprit" unlikely_culprit,
    "BS302" "other-bugs-culprit" other_bugs_culprit,
    "BS303" "same-binary-culprit" same_binary_culprit,
    "BS304" "merge-culprit" merge_culprit,
    "BS305" "skips-beside-culprit" skips_beside_culprit,
    "BS306" "wide-credible-set" wide_credible_set,
    "BS307" "older-than-tested" older_than_tested,
    "BS308" "unrelated-culprit" unrelated_culprit,
    "BS309" "exposing-culprit" exposing_culprit,
    "BS310" "release-culprit" release_culprit,
    "BS401" "flaky-reproducer" flaky_reproducer,
    "BS402" "title-drift" title_drift,
    "BS403" "crash-on-good-side" crash_on_good_side,
    "BS404" "rate-shift" rate_shift,
    "BS501" "overstated-confidence" overstated_confidence,
}

/// The rule of this code or name.
#[must_use]
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name.code.eq_ignore_ascii_case(name) || rule.name.name == name)
}

/// Finds what is suspicious in each bisection, worst first, and fills the frames' columns.
///
/// # Errors
/// None in practice: columns of one frame have one length.
pub fn judge(analyses: &mut [Analysis], frames: &mut Frames, limits: &Limits) -> PolarsResult<()> {
    for analysis in analyses.iter_mut() {
        analysis.findings = findings(analysis, limits);
    }
    columns::attach(frames, analyses)
}

/// What is suspicious in one bisection, worst first.
#[must_use]
pub fn findings(analysis: &Analysis, limits: &Limits) -> Vec<crate::analysis::finding::Finding> {
    let case = Case::new(analysis);
    let found = RULES.iter().flat_map(|rule| {
        let drafts = (rule.check)(&case, limits).into_iter();
        drafts.map(move |draft| (rule, draft))
    });
    merge::merged(&case, found.collect())
}
