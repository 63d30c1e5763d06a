//! The runs of one revision, as the models read them: how many crashed, and in what order.
//!
//! The order tells whether runs repeat each other, when it is the order in which they ran. Many logs list runs as they
//! ended, and a crash ends a run early: there crashes come first, whatever happened. So the order of a bisection counts only
//! when it cannot be told from that of the clock: of the tests that begin and end differently, crashes come first in about
//! half (`order_is_known`).

use super::beta_binomial::Tally;

/// How a run ended, for one set of crash titles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shows {
    /// Nothing crashed.
    Pass,
    /// The title of this index.
    Title(usize),
    /// A title that is not modelled: it ended the run, so that the bug did not show.
    Other,
}

/// Neighbouring runs of one test that ended alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Streak {
    /// How they ended.
    pub shows: Shows,
    /// How many they are.
    pub runs: u32,
}

/// Runs in their order, as streaks.
#[must_use]
pub fn streaks_of(runs: impl IntoIterator<Item = Shows>) -> Vec<Streak> {
    joined(runs.into_iter().map(|shows| Streak { shows, runs: 1 }))
}

/// Counted runs in their order, neighbours that ended alike joined.
#[must_use]
pub fn joined(runs: impl IntoIterator<Item = Streak>) -> Vec<Streak> {
    let mut streaks: Vec<Streak> = Vec::new();
    for run in runs {
        match streaks.last_mut() {
            Some(last) if last.shows == run.shows => last.runs = last.runs.saturating_add(run.runs),
            _ => streaks.push(run),
        }
    }
    streaks
}

/// The tests of one revision, each a list of streaks.
pub type Tests = Vec<Vec<Streak>>;

/// Pairs of neighbouring trials of one test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pairs {
    /// A crash after a crash.
    pub crash_crash: u32,
    /// A pass after a pass.
    pub pass_pass: u32,
    /// One after the other.
    pub turns: u32,
}

/// The trials of one revision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Trials {
    /// Crashes and passes.
    pub tally: Tally,
    /// Their order, where it is known.
    pub pairs: Option<Pairs>,
    /// Runs that another bug ended: this one did not fire there, or came second.
    pub masked: u32,
}

impl From<Tally> for Trials {
    fn from(tally: Tally) -> Self {
        Self { tally, pairs: None, masked: 0 }
    }
}

impl Trials {
    /// Trials for a set of titles: crashes of others mask their runs, and part their neighbours.
    #[must_use]
    pub fn of(tests: &[Vec<Streak>], inside: impl Fn(usize) -> bool, ordered: bool) -> Self {
        let (mut tally, mut pairs, mut masked) = (Tally::default(), Pairs::default(), 0u32);
        for test in tests {
            let mut last = None;
            for streak in test.iter().filter(|streak| streak.runs > 0) {
                let crash = match streak.shows {
                    Shows::Pass => Some(false),
                    Shows::Title(title) if inside(title) => Some(true),
                    Shows::Title(_) | Shows::Other => None,
                };
                match crash {
                    Some(crash) => {
                        tally.add(crash, streak.runs);
                        pairs.add(last, crash, streak.runs);
                    }
                    None => masked = masked.saturating_add(streak.runs),
                }
                last = crash;
            }
        }
        Self { tally, pairs: ordered.then_some(pairs), masked }
    }
}

impl Trials {
    /// More trials of the same rate; their order is lost.
    pub(super) fn add(&mut self, other: &Self) -> &Self {
        self.tally.merge(other.tally);
        self.masked = self.masked.saturating_add(other.masked);
        self.pairs = None;
        self
    }
}

impl Pairs {
    fn add(&mut self, last: Option<bool>, crash: bool, runs: u32) {
        let alike = if crash { &mut self.crash_crash } else { &mut self.pass_pass };
        *alike += runs - 1 + u32::from(last == Some(crash));
        self.turns += u32::from(last == Some(!crash));
    }
}

/// Whether runs stand in the order in which they ran, judged by the tests that begin and end differently: then a crash comes
/// first in half of them, else in 97 of 100 (one in thirty crashes takes longer than a run without one).
pub(crate) fn order_is_known<'a>(tests: impl IntoIterator<Item = &'a Vec<Streak>>) -> bool {
    const ENDED_FIRST: f64 = 0.97;
    let pass = |streak: &Streak| streak.shows == Shows::Pass;
    let odds =
        tests.into_iter().filter_map(|test| Some((pass(test.first()?), pass(test.last()?)))).map(|ends| match ends {
            (false, true) => 0.5 / ENDED_FIRST,
            (true, false) => 0.5 / (1.0 - ENDED_FIRST),
            _ => 1.0,
        });
    odds.map(f64::ln).sum::<f64>() >= 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(text: &str) -> Vec<Streak> {
        let shows = |c| match c {
            '.' => Shows::Pass,
            'x' => Shows::Other,
            c => Shows::Title(c.to_digit(10).unwrap() as usize),
        };
        text.chars().map(|c| Streak { shows: shows(c), runs: 1 }).collect()
    }

    #[test]
    fn pairs_are_counted_within_tests_and_not_across_other_crashes() {
        let trials = Trials::of(&[test("00..1.x.0"), test("0.")], |title| title == 0, true);
        assert_eq!(trials.tally, Tally { crashes: 4, passes: 5 });
        assert_eq!(trials.pairs, Some(Pairs { crash_crash: 1, pass_pass: 1, turns: 3 }));
        let streaks = [vec![Streak { shows: Shows::Title(0), runs: 3 }, Streak { shows: Shows::Pass, runs: 4 }]];
        let expected = Pairs { crash_crash: 2, pass_pass: 3, turns: 1 };
        assert_eq!(Trials::of(&streaks, |_| true, true).pairs, Some(expected));
        assert_eq!(Trials::of(&streaks, |_| true, false).pairs, None);
    }

    #[test]
    fn backwards_the_pairs_are_the_same() {
        for text in ["0..00.", "....", "0.0.x.0", "11.0"] {
            let (forwards, mut backwards) = (test(text), test(text));
            backwards.reverse();
            assert_eq!(Trials::of(&[forwards], |_| true, true), Trials::of(&[backwards], |_| true, true), "{text}");
        }
    }

    #[test]
    fn crashes_that_come_first_everywhere_hide_the_order() {
        let known = |tests: &[&str]| order_is_known(&tests.iter().map(|text| test(text)).collect::<Vec<_>>());
        assert!(known(&["....", "0000"]));
        assert!(!known(&["00..", "0..."]));
        assert!(known(&["00..", "...0"]));
        assert!(!known(&["0.", "0.", "0.", "0.", "0.", "0.", "0.", "0."]));
    }
}
