//! Probabilities as little bars.

use crate::analysis::words::chance;
use crate::prob::{Estimate, Prob};

/// A probability in words, and how wide its bar is, in percent.
pub(super) struct Chance {
    pub(super) words: String,
    pub(super) percent: String,
}

impl Chance {
    pub(super) fn of(p: Prob) -> Self {
        Self { words: chance(p), percent: percent(p) }
    }
}

/// A rate from 0 to 1 with its interval: places in percent.
pub(super) struct Bar {
    pub(super) low: String,
    pub(super) mean: String,
    pub(super) width: String,
    pub(super) words: String,
}

impl Bar {
    pub(super) fn of(rate: Estimate) -> Self {
        let (low, high) = (rate.interval.low, rate.interval.high);
        Self {
            low: percent(low),
            mean: percent(rate.mean),
            width: format!("{:.1}", 100.0 * (high.value() - low.value())),
            words: format!("{:.2}, {:.2} to {:.2}", rate.mean.value(), low.value(), high.value()),
        }
    }
}

fn percent(p: Prob) -> String {
    format!("{:.1}", 100.0 * p.value())
}
