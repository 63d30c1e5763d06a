//! Runs that say nothing, and commits of which nothing can be learned.
//!
//! A run that says nothing (void) has a rate of its own, `w ~ Beta(a, b)`, learned from the commits that can be tested. A
//! commit at which `v` runs of `v` were void is either untestable, with prior `pi`, or has had bad luck:
//!
//! `P(untestable | v) = pi / (pi + (1 - pi) E[w^v])`, `E[w^v] = prod (a + i) / (a + b + i)` for `i` from 0 to `v - 1`.
//!
//! A commit that is probably untestable waits until nothing else is left, and is tried again then, until it is sure or too
//! dear: void runs cost time and are no evidence. A commit whose build failed is not tried again.

use std::collections::HashSet;

use crate::evidence::CommitId;

use super::state::State;

/// P(a commit whose build works cannot be tested), before a run.
const UNTESTABLE: f64 = 0.1;

/// From here on a commit waits.
const WAITS: f64 = 0.9;

/// From here on it is not tried again, unless few wait.
const SURE: f64 = 0.999;

/// So many void runs in a row, and no other, are enough, however flaky the machines.
const MOST: u32 = 16;

/// Void runs for all that wait together, once it is sure that they cannot be tested: where there are few, it can be afforded
/// that this is wrong.
const LAST: u32 = 48;

/// What void runs are like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Voids {
    a: f64,
    b: f64,
}

impl Voids {
    /// Counts those of commits that can be tested.
    #[must_use]
    pub fn of(state: &State) -> Self {
        /// Runs that say nothing are rare: one in ten.
        const BEFORE: (f64, f64) = (0.5, 4.5);
        let tested = tested(state);
        let counted = state.runs.iter().filter(|ran| tested.contains(&ran.commit));
        let (a, b) = counted.fold(BEFORE, |(a, b), ran| if ran.seen.is_void() { (a + 1.0, b) } else { (a, b + 1.0) });
        Self { a, b }
    }

    /// P(a run of a commit that can be tested says nothing).
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.a / (self.a + self.b)
    }

    /// P(nothing can be learned of a commit at which so many runs of as many said nothing).
    #[must_use]
    pub fn untestable(&self, voids: u32) -> f64 {
        let luck: f64 = (0..voids).map(|i| (self.a + f64::from(i)) / (self.a + self.b + f64::from(i))).product();
        UNTESTABLE / (UNTESTABLE + (1.0 - UNTESTABLE) * luck)
    }

    /// How many more void runs in a row one bears at a commit before it waits.
    #[must_use]
    pub(crate) fn patience(&self, voids: u32) -> u32 {
        /// Whoever waits already is given another chance.
        const LEAST: u32 = 2;
        let enough = (1..MOST).find(|n| self.untestable(voids + n) >= WAITS).unwrap_or(MOST);
        enough.max(LEAST)
    }
}

/// Commits that are not worth a visit now.
#[derive(Clone, Debug, Default)]
pub struct Silent {
    /// The last build failed, or somebody does not want them to be tested.
    pub unbuilt: HashSet<CommitId>,
    /// Probably untestable: to be tried again when nothing else is left.
    pub waiting: HashSet<CommitId>,
    /// Untestable, as far as anybody wants to know.
    pub given_up: HashSet<CommitId>,
}

impl Silent {
    /// Sorts the commits of which nothing was learned.
    #[must_use]
    pub fn of(state: &State) -> Self {
        let tested = tested(state);
        let mut silent = Self::default();
        for built in state.builds.iter().filter(|built| !tested.contains(&built.commit)) {
            let set = &mut silent.unbuilt;
            _ = if built.error.is_some() { set.insert(built.commit) } else { set.remove(&built.commit) };
        }
        silent.unbuilt.extend(&state.skipped);
        let voids = Voids::of(state);
        let tried: HashSet<_> = state.runs.iter().map(|ran| ran.commit).collect();
        let untested = tried.into_iter().filter(|commit| !tested.contains(commit));
        let void = untested.map(|commit| (commit, voids_at(state, &commit)));
        let dumb: Vec<_> = void.filter(|(_, void)| voids.untestable(*void) >= WAITS).collect();
        let share = LAST / u32::try_from(dumb.len()).unwrap_or(u32::MAX).max(1);
        for (commit, void) in dumb {
            let enough = void >= MOST || void >= share && voids.untestable(void) >= SURE;
            let set = if enough { &mut silent.given_up } else { &mut silent.waiting };
            set.insert(commit);
        }
        silent
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> HashSet<CommitId> {
        [&self.unbuilt, &self.waiting, &self.given_up].into_iter().flatten().copied().collect()
    }

    /// Those that are not tried again.
    #[must_use]
    pub(crate) fn for_good(&self) -> HashSet<CommitId> {
        self.unbuilt.union(&self.given_up).copied().collect()
    }
}

/// Commits at which a run has told something.
fn tested(state: &State) -> HashSet<CommitId> {
    state.runs.iter().filter(|ran| !ran.seen.is_void()).map(|ran| ran.commit).collect()
}

/// Void runs of a commit, since somebody went on last: then what stood in the way may be mended.
#[must_use]
pub(crate) fn voids_at(state: &State, commit: &CommitId) -> u32 {
    let since = state.runs.get(state.resumed_at..).unwrap_or_default();
    let void = since.iter().filter(|ran| ran.commit == *commit && ran.seen.is_void()).count();
    u32::try_from(void).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_luck_is_told_from_a_commit_that_cannot_be_tested() {
        // By hand: 0.1 / (0.1 + 0.9 * 0.2), and nothing is known of a commit without a run.
        let voids = Voids { a: 1.0, b: 4.0 };
        assert!((voids.untestable(1) - 0.1 / 0.28).abs() < 1e-12 && (voids.rate() - 0.2).abs() < 1e-12);
        assert!((voids.untestable(0) - UNTESTABLE).abs() < 1e-12);
        // The more, the surer.
        assert!((0..20).all(|v| voids.untestable(v) < voids.untestable(v + 1)));
        // Where hardly any run is void, two are enough; where half of them are, it takes more, and never more than MOST.
        let (rare, often, all) =
            (Voids { a: 0.5, b: 200.0 }, Voids { a: 100.0, b: 100.0 }, Voids { a: 1000.0, b: 1.0 });
        assert_eq!((rare.patience(0), all.patience(0)), (2, MOST));
        let n = often.patience(0);
        assert!(often.untestable(n) >= WAITS && often.untestable(n - 1) < WAITS && n == 7, "{n}");
    }

    /// E[w^v] by summing over a fine grid of w.
    #[test]
    fn luck_is_a_moment_of_the_beta_density() {
        let (a, b) = (2.5_f64, 7.5_f64);
        let cells = 200_000;
        let density = |w: f64| w.powf(a - 1.0) * (1.0 - w).powf(b - 1.0);
        let grid = || (0..cells).map(|i| (f64::from(i) + 0.5) / f64::from(cells));
        for v in 1..6 {
            let moment = grid().map(|w| w.powi(v) * density(w)).sum::<f64>() / grid().map(density).sum::<f64>();
            let p = UNTESTABLE / (UNTESTABLE + (1.0 - UNTESTABLE) * moment);
            let found = Voids { a, b }.untestable(u32::try_from(v).unwrap());
            assert!((found - p).abs() < 1e-6, "{v}: {found} {p}");
        }
    }
}
