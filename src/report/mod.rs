//! [`Analysis`](crate::analysis::Analysis) → what people and programs read. Nothing here computes a figure.

#[cfg_attr(not(feature = "report"), allow(dead_code, reason = "a text says more than a page"))]
mod answer;
#[cfg(feature = "html")]
pub mod html;
pub mod json;
#[cfg_attr(not(feature = "report"), allow(dead_code, reason = "the same"))]
pub(crate) mod overview;
mod revisions;
#[cfg(feature = "report")]
pub mod rules;
#[cfg(feature = "report")]
pub mod text;
