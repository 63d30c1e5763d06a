//! Slices of counts → probabilities. Each file opens with its formula and source.

pub mod archive;
pub mod behaviour;
pub mod beta_binomial;
pub mod blame;
pub mod bug;
pub mod chain;
pub mod culprit;
pub mod drift;
pub mod foreign;
pub mod labels;
pub mod likeness;
pub mod line;
pub mod prior;
pub mod rate;
pub mod regimes;
pub mod search;
pub mod table;
pub mod trials;
pub mod verdict;
pub mod walk;
