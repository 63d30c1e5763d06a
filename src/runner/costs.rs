//! What a visit costs against a run. Only their ratio matters to a choice, and roughly: so that the same runs lead to the
//! same choices on any machine, it is told, or comes from medians in steps of four, and does not go to and fro.

use super::options::Options;
use super::state::State;

/// What has been measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Costs {
    /// The logarithm of the ratio, base four.
    step: Option<i8>,
}

impl Costs {
    /// Takes in what was measured so far.
    pub fn learn(&mut self, state: &State) {
        /// A step is left when the ratio is this much nearer to another.
        const HOLDS: f64 = 0.75;
        const MOST: f64 = 12.0;
        let builds = median(state.builds.iter().map(|built| built.seconds));
        let runs = median(state.runs.iter().filter_map(|ran| ran.seconds));
        let (Some(build), Some(run)) = (builds, runs) else { return };
        // What takes no measurable time takes half a millisecond.
        let step = (build.max(5e-4) / run.max(5e-4)).log(4.0).clamp(-MOST, MOST);
        if self.step.is_none_or(|known| (step - f64::from(known)).abs() > HOLDS) {
            #[expect(clippy::cast_possible_truncation, reason = "at most MOST")]
            let nearest = step.round() as i8;
            self.step = Some(nearest);
        }
    }

    /// The costs of a visit without its runs, and of a run: as told, or in units of a run.
    #[must_use]
    pub(crate) fn per_visit_and_run(self, options: &Options) -> (f64, f64) {
        /// Before anything was measured.
        const USUAL: i8 = 1;
        let ratio = 4_f64.powi(self.step.unwrap_or(USUAL).into());
        match (options.build_cost, options.run_cost) {
            (Some(build), Some(run)) => (build, run),
            (Some(build), None) => (build, build / ratio),
            (None, Some(run)) => (run * ratio, run),
            (None, None) => (ratio, 1.0),
        }
    }
}

fn median(times: impl Iterator<Item = f64>) -> Option<f64> {
    let mut times: Vec<_> = times.collect();
    let middle = times.len() / 2;
    (middle < times.len()).then(|| *times.select_nth_unstable_by(middle, f64::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_found() {
        assert_eq!(median([].into_iter()), None);
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
        assert_eq!(median([4.0, 1.0].into_iter()), Some(4.0));
    }
}
