//! [`Analysis`](crate::analysis::Analysis) → what people and programs read. Nothing here computes a figure.

pub mod json;
pub mod rules;
pub mod text;
