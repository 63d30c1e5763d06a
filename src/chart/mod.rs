//! Finished numbers → pictures. One chart a file; [`theme`] is the only place with colours, sizes and fonts. Nothing is
//! computed here but positions on the page.

mod archive;
mod bars;
mod calibration;
mod growth;
mod history;
mod marks;
mod message;
#[cfg(feature = "png")]
mod png;
mod posterior;
mod probability;
mod rates;
mod rows;
mod scale;
mod sheet;
mod svg;
pub mod theme;
mod timeline;
mod titles;
mod verdicts;
mod words;

use crate::analysis::Analysis;
use crate::analysis::histories::{Histories, History};
use crate::analysis::summary::Summary;
use crate::calibrate::Calibration;

#[cfg(feature = "png")]
pub use png::{PngError, png};

#[cfg(feature = "html")]
pub(crate) use marks::is_reported;
pub use theme::Theme;

/// A finished picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The chart's name, as in `--only NAME` and in file names.
    pub name: &'static str,
    /// What the picture says, in one sentence.
    pub title: String,
    /// The same for who cannot see it: the figures that matter, in words.
    pub alt: String,
    /// An SVG document; its text is text, and it needs no font file.
    pub svg: String,
}

/// The name of the one that belongs beside the answer.
pub const RATES: &str = rates::NAME;

/// The charts by name, and what they show; in the order in which they are drawn.
pub const CHARTS: [(&str, &str); 11] = [
    (rates::NAME, "the answer by how often a bad revision fails, where that decides"),
    (timeline::NAME, "every run, old to new: what failed, what was decided"),
    (probability::NAME, "how often each revision fails"),
    (posterior::NAME, "where the change is"),
    (verdicts::NAME, "how sure each decision is"),
    (titles::NAME, "which failure shows where, and whether it is the reported bug"),
    (growth::NAME, "what could have been said after each test"),
    (archive::REPRODUCTION, "how often the bug shows where it was reported, of many bisections"),
    (archive::TRUST, "how far the named commits can be trusted, of many bisections"),
    (archive::ENDINGS, "how bisections end, of many"),
    (archive::RULES, "which findings there are, of many bisections"),
];

/// The name of the chart that is nearest to what somebody typed, when it is near at all.
#[must_use]
pub fn nearest(typed: &str) -> Option<&'static str> {
    const NEAR: f64 = 0.7;
    let typed = typed.to_ascii_lowercase();
    let likeness = CHARTS.iter().map(|(name, _)| (*name, strsim::jaro_winkler(&typed, name)));
    let near = likeness.filter(|(_, like)| *like >= NEAR);
    near.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(name, _)| name)
}

/// The pictures of one bisection, as far as there is something to draw.
///
/// ```
/// use bisectstat::chart::{Theme, of_bisection};
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// for picture in of_bisection(&bisectstat::analyze(&log)?[0], Theme::Light) {
///     assert!(picture.svg.starts_with("<svg"), "{}: {}", picture.name, picture.alt);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn of_bisection(analysis: &Analysis, theme: Theme) -> Vec<Picture> {
    let charts =
        [rates::draw, timeline::draw, probability::draw, posterior::draw, verdicts::draw, titles::draw, growth::draw];
    charts.iter().filter_map(|draw| draw(analysis, theme)).collect()
}

/// The pictures of an archive, as far as there is something to draw.
#[must_use]
pub fn of_archive(analyses: &[Analysis], theme: Theme) -> Vec<Picture> {
    of_summary(&Summary::of(analyses), theme)
}

/// The same from counts, for archives of which not everything is kept.
#[must_use]
pub(crate) fn of_summary(summary: &Summary, theme: Theme) -> Vec<Picture> {
    let charts = [archive::reproduction, archive::trust, archive::endings, archive::rules];
    charts.iter().filter_map(|draw| draw(summary, theme)).collect()
}

/// The pictures of the tests of a CI, as far as there is something to draw.
#[must_use]
pub fn of_histories(histories: &Histories, theme: Theme) -> Vec<Picture> {
    let charts = [history::tests, history::changes];
    charts.iter().filter_map(|draw| draw(histories, theme)).collect()
}

/// The picture of one of them.
#[must_use]
pub fn of_history(histories: &Histories, test: &History, theme: Theme) -> Picture {
    history::test(histories, test, theme)
}

/// How the stated probabilities did.
#[must_use]
pub fn of_calibration(calibration: &Calibration, theme: Theme) -> Vec<Picture> {
    let charts = [calibration::reliability, calibration::coverage, calibration::lift];
    charts.iter().filter_map(|draw| draw(calibration, theme)).collect()
}
