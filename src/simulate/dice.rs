//! Random draws that are the same on every machine: integers from `ChaCha`, and floats made of them with `+ - * /`
//! only, since logarithms and powers differ in the last digit from one system to the next.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use crate::prob::Prob;

/// The random numbers of one bisection.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// Bisections of one seed have streams of their own, so their order and their threads do not matter.
    pub(super) fn new(seed: u64, index: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(index);
        Self(generator)
    }

    /// Any 64 bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in `[0, 1)`.
    pub(super) fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// Uniform in `[low, high)`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Whether something of this probability happens.
    pub(super) fn chance(&mut self, p: Prob) -> bool {
        self.unit() < p.value()
    }

    /// One time in two.
    pub(super) fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    /// Uniform in `0..n`; 0 for `n = 0`.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        let scaled = (u64::from(self.0.next_u32()) * u64::from(n)) >> 32;
        u32::try_from(scaled).unwrap_or_default()
    }

    /// Uniform in `low..high`.
    pub(super) fn range(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low))
    }

    /// One of several.
    pub(super) fn pick<T: Copy, const N: usize>(&mut self, items: [T; N]) -> T {
        const { assert!(N > 0) };
        items[self.index(N)]
    }

    /// Uniform in `0..length`.
    pub(super) fn index(&mut self, length: usize) -> usize {
        self.below(u32::try_from(length).unwrap_or(u32::MAX)) as usize
    }

    /// From 1 up, each octave below `2^octaves` as probable as the next: nearly uniform in the logarithm.
    pub(super) fn octaves(&mut self, octaves: u32) -> u32 {
        let low = 1 << self.below(octaves);
        low + self.below(low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_in_range_and_streams_differ() {
        let mut dice = Dice::new(1, 2);
        assert!((0..1000).all(|_| (0.0..1.0).contains(&dice.unit())));
        assert!((0..1000).all(|_| (3..7).contains(&dice.range(3, 7))));
        assert!((0..1000).all(|_| (1..16).contains(&dice.octaves(4))));
        assert_eq!(dice.below(0), 0);
        assert_ne!(Dice::new(1, 2).bits(), Dice::new(1, 3).bits());
        assert_ne!(Dice::new(1, 2).bits(), Dice::new(2, 2).bits());
        assert!(!dice.chance(Prob::ZERO) && dice.chance(Prob::ONE));
    }

    /// The generator's own bytes: a change of them changes every simulated log.
    #[test]
    fn the_generator_is_the_one_that_was_chosen() {
        assert_eq!(
            [Dice::new(0, 0).bits(), Dice::new(7, 1).bits()],
            [13_080_132_717_333_068_652, 18_301_176_669_829_311_175]
        );
    }
}
