//! [`Analysis`](crate::analysis::Analysis) → what people and programs read. Nothing here computes a figure.

mod answer;
#[cfg(feature = "html")]
pub mod html;
pub mod json;
mod overview;
pub mod rules;
pub mod text;
