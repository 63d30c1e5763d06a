//! A decision as people and machines read it. Nothing is decided here.

pub mod explain;
pub mod json;
mod lines;
pub mod text;
