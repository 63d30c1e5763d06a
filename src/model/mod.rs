//! Slices of counts → probabilities. Each file opens with its formula and source.

pub mod beta_binomial;
pub mod culprit;
pub mod line;
pub mod prior;
pub mod rate;
pub mod verdict;
pub mod walk;
