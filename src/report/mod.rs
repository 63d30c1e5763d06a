//! [`Analysis`] → what people and programs read. Nothing here computes a figure.

#[cfg_attr(not(feature = "report"), allow(dead_code, reason = "a text says more than a page"))]
mod answer;
#[doc(hidden)]
#[cfg(feature = "html")]
pub mod html;
#[doc(hidden)]
pub mod json;
#[cfg_attr(not(feature = "report"), allow(dead_code, reason = "the same"))]
pub(crate) mod overview;
mod revisions;
#[doc(hidden)]
#[cfg(feature = "report")]
pub mod rules;
#[doc(hidden)]
#[cfg(feature = "report")]
pub mod text;

use std::io::{self, Write};

use crate::analysis::Analysis;

/// One bisection as a text for people, about as high as a screen and 100 columns wide: whether the answer can be trusted, where
/// else the change may be, why, and the evidence. It is styled with ANSI escapes; crates like `anstream` take them out for what is
/// no terminal.
///
/// ```
/// use bisectstat::report;
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let text = report::text(&bisectstat::analyze(&log)?[0]);
/// assert!(text.contains("do not trust"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "report")]
#[must_use]
pub fn text(analysis: &Analysis) -> String {
    text::one(analysis)
}

/// Writes analyses as JSON: an array with one object a bisection, whose keys are those of `schema/analysis.json`. They are
/// promised, and have every figure there is.
///
/// # Errors
/// When `out` cannot be written.
///
/// ```
/// use bisectstat::report;
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let mut out = Vec::new();
/// report::json(&bisectstat::analyze(&log)?, &mut out)?;
/// let analyses: serde_json::Value = serde_json::from_slice(&out)?;
/// assert_eq!(analyses[0]["schema"], "bisectstat/1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn json(analyses: &[Analysis], out: &mut impl Write) -> io::Result<()> {
    json::array(analyses, out)
}

/// Writes one bisection as an HTML page, with pictures: a file that loads nothing from anywhere, and is whole without scripts.
///
/// # Errors
/// When `out` cannot be written.
///
/// ```
/// use bisectstat::report;
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let mut out = Vec::new();
/// report::html(&bisectstat::analyze(&log)?[0], &mut out)?;
/// assert!(out.starts_with(b"<!DOCTYPE html>"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "html")]
pub fn html(analysis: &Analysis, out: &mut impl Write) -> io::Result<()> {
    html::page(&html::Page { analysis, overview: None, unread: &[] }, out)
}
