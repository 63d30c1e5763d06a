//! Analysis → findings: suspicious decisions, each with its reason and what to do next. `docs/rules.md` describes the rules;
//! an [`OwnRule`] stands beside them.

// One rule a file. Its name is the rule's name; its `//!` comment, in fixed sections, is what `explain` prints; `check`
// reads the analysis and nothing else. A new rule is a file and a line of `rules!` below.

mod case;
mod docs;
mod draft;
mod limits;
mod merge;
#[doc(hidden)]
pub mod render;

use serde::Deserialize;

use rayon::prelude::*;

use crate::analysis::{Analysis, rivals};

use case::Case;
use merge::Found;

pub use crate::analysis::finding::{Finding, Remedy, RuleName, Severity};
pub use draft::Draft;

#[doc(hidden)]
pub use docs::{Docs, SECTIONS, Section};

/// A rule.
#[doc(hidden)]
pub struct Rule {
    /// Its code and name.
    pub name: RuleName,
    /// The least and the worst severity that it gives.
    pub severities: (Severity, Severity),
    /// What `explain` prints: what, why, what to do.
    pub docs: Docs,
    /// The codes of rules whose finding on the same step says the same with a better reason.
    yields_to: &'static [&'static str],
    check: fn(&Case<'_>, &Limits) -> Vec<Draft>,
}

macro_rules! rules {
    ($($code:literal $name:literal $module:ident $least:ident $worst:ident),* $(,)?) => {
        $(mod $module;)*

        /// Every rule, by code.
        #[doc(hidden)]
        pub static RULES: &[Rule] = &[$(Rule {
            name: RuleName { code: $code, name: $name },
            severities: (Severity::$least, Severity::$worst),
            docs: Docs::Comment(include_str!(concat!(stringify!($module), ".rs"))),
            yields_to: $module::YIELDS_TO,
            check: |case, limits| $module::check(case, &limits.$module),
        }),*];

        /// From when on each rule fires. The default is what ships; serde reads others, in the form of `[limits]` in a policy:
        /// `{"single-crash-verdict": {"doubt": 0.6}}`.
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[non_exhaustive]
        pub struct Limits {
            $(
                #[doc = concat!("Of ", $code, ".")]
                #[doc(hidden)]
                #[serde(rename = $name)]
                pub $module: $module::Limits,
            )*
        }
    };
}

rules! {
    "BS101" "void-runs" void_runs Note Error,
    "BS102" "toolchain-change" toolchain_change Note Warning,
    "BS103" "truncated-log" truncated_log Note Warning,
    "BS104" "unordered-revisions" unordered_revisions Warning Warning,
    "BS201" "single-crash-verdict" single_crash_verdict Note Error,
    "BS202" "unrelated-crash-verdict" unrelated_crash_verdict Note Error,
    "BS203" "weak-good-verdict" weak_good_verdict Note Error,
    "BS204" "doubtful-verdict" doubtful_verdict Note Error,
    "BS205" "wasted-skip" wasted_skip Note Warning,
    "BS206" "bug-may-hide" bug_may_hide Note Note,
    "BS207" "same-revision-differs" same_revision_differs Note Warning,
    "BS301" "unlikely-culprit" unlikely_culprit Note Error,
    "BS302" "other-bugs-culprit" other_bugs_culprit Note Error,
    "BS303" "same-binary-culprit" same_binary_culprit Error Error,
    "BS304" "merge-culprit" merge_culprit Note Error,
    "BS305" "skips-beside-culprit" skips_beside_culprit Note Warning,
    "BS306" "wide-credible-set" wide_credible_set Note Warning,
    "BS307" "older-than-tested" older_than_tested Note Error,
    "BS308" "unrelated-culprit" unrelated_culprit Note Warning,
    "BS309" "exposing-culprit" exposing_culprit Note Warning,
    "BS310" "release-culprit" release_culprit Note Error,
    "BS311" "disagreeing-bisections" disagreeing_bisections Warning Error,
    "BS401" "flaky-reproducer" flaky_reproducer Note Warning,
    "BS402" "title-drift" title_drift Note Warning,
    "BS403" "crash-on-good-side" crash_on_good_side Note Warning,
    "BS404" "rate-shift" rate_shift Note Warning,
    "BS501" "overstated-confidence" overstated_confidence Note Error,
}

impl Rule {
    /// `note`, or `note to error`.
    #[must_use]
    pub fn severity_range(&self) -> String {
        match self.severities {
            (least, worst) if least == worst => worst.name().to_owned(),
            (least, worst) => format!("{} to {}", least.name(), worst.name()),
        }
    }
}

/// The rule whose code or name is nearest to what somebody typed, when it is near at all.
///
/// ```
/// use bisectstat::finding::nearest;
///
/// assert_eq!(nearest("week-good-verdict").map(|rule| rule.name.code), Some("BS203"));
/// assert!(nearest("coffee").is_none());
/// ```
#[doc(hidden)]
#[must_use]
pub fn nearest(typed: &str) -> Option<&'static Rule> {
    const NEAR: f64 = 0.7;
    let typed = typed.to_ascii_lowercase();
    let likeness = |rule: &Rule| {
        let code = rule.name.code.to_ascii_lowercase();
        strsim::jaro_winkler(&typed, &code).max(strsim::jaro_winkler(&typed, rule.name.name))
    };
    let near = RULES.iter().map(|rule| (rule, likeness(rule))).filter(|(_, like)| *like >= NEAR);
    // The first of equals.
    near.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(rule, _)| rule)
}

/// The rule of this code or name.
///
/// ```
/// use bisectstat::finding::rule;
///
/// let weak = rule("weak-good-verdict").expect("it is one");
/// assert_eq!(weak.name.code, "BS203");
/// assert!(weak.docs.summary().starts_with("A revision was marked good"));
/// ```
#[doc(hidden)]
#[must_use]
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name.code.eq_ignore_ascii_case(name) || rule.name.name == name)
}

/// Finds what is suspicious in each bisection, worst first: fills [`Analysis::findings`].
///
/// ```
/// use bisectstat::analysis::{Settings, analyze};
/// use bisectstat::evidence::Source;
/// use bisectstat::finding::{Limits, judge};
/// use bisectstat::ingest::read;
///
/// let bytes = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let mut analyses = analyze(read(&bytes, &Source::new("004"))?.bisections, &Settings::default());
/// judge(&mut analyses, &Limits::default());
/// assert_eq!(analyses[0].findings[0].rule.code, "BS201");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn judge(analyses: &mut [Analysis], limits: &Limits) {
    rivals::find(analyses);
    analyses.par_iter_mut().for_each(|analysis| analysis.findings = findings(analysis, limits));
}

/// What is suspicious in one bisection, worst first.
///
/// ```
/// use bisectstat::finding::{Limits, findings};
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let analysis = bisectstat::analyze(&log)?.remove(0);
/// assert_eq!(findings(&analysis, &Limits::default()), analysis.findings);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(hidden)]
#[must_use]
pub fn findings(analysis: &Analysis, limits: &Limits) -> Vec<Finding> {
    findings_with(analysis, limits, &[])
}

/// A rule of one's own, to stand beside the built-in ones.
#[derive(Clone, Copy)]
pub struct OwnRule<'r> {
    /// Its code and name. Codes that begin with `BS` are for this crate.
    pub name: RuleName,
    /// What it finds in one bisection.
    pub check: &'r dyn Fn(&Analysis) -> Vec<Draft>,
}

/// What is suspicious in one bisection, worst first, with rules of one's own beside the built-in ones: their findings are folded, sorted and named like the
/// others.
///
/// ```
/// use bisectstat::Analysis;
/// use bisectstat::analysis::finding::{RuleName, Severity};
/// use bisectstat::finding::{Draft, Limits, OwnRule, findings_with};
///
/// fn unnamed(analysis: &Analysis) -> Vec<Draft> {
///     let nobody = analysis.named_culprit.is_none();
///     nobody.then(|| Draft::new(Severity::Note, analysis.line, "no commit is named")).into_iter().collect()
/// }
///
/// let log = std::fs::read("data/000_nbd_ioctl.txt")?;
/// let analysis = bisectstat::analyze(&log)?.remove(0);
/// let rule = OwnRule { name: RuleName { code: "ACME1", name: "unnamed" }, check: &unnamed };
/// let found = findings_with(&analysis, &Limits::default(), &[rule]);
/// assert!(found.iter().all(|finding| finding.rule.code != "ACME1"), "it names one");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn findings_with(analysis: &Analysis, limits: &Limits, own: &[OwnRule<'_>]) -> Vec<Finding> {
    let case = Case::new(analysis);
    let found = RULES.iter().flat_map(|rule| {
        let drafts = (rule.check)(&case, limits).into_iter();
        drafts.map(move |draft| Found { rule: rule.name, yields_to: rule.yields_to, draft })
    });
    let own = own.iter().flat_map(|rule| {
        let drafts = (rule.check)(analysis).into_iter();
        drafts.map(move |draft| Found { rule: rule.name, yields_to: &[], draft })
    });
    merge::merged(&case, &found.chain(own).collect::<Vec<_>>())
}
