//! How far a bisection is, on standard error: a line for each visit, and on a terminal what is under way.

use std::cell::RefCell;
use std::io::Write;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::analysis::words::{chance, clean_line, count, cut};
use crate::cli::{say, screen};
use crate::prob::Prob;
use crate::runner::options::in_words;
use crate::runner::standing::crashes_in;
use crate::runner::trial::Visit;
use crate::runner::{Happening, Standing, State};

/// What a person sees while it goes on.
pub(super) struct Progress {
    bar: ProgressBar,
    /// What runs now.
    now: RefCell<String>,
}

impl Progress {
    pub(super) fn new(state: &State) -> Self {
        let target = if say::shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        let progress = Self { bar, now: RefCell::default() };
        if !state.runs.is_empty() {
            let told = count(state.runs.len() as u64, "run");
            progress.line(&format!("going on after {told}, {}", in_words(state.elapsed)));
        }
        progress
    }

    pub(super) fn tell(&self, happening: &Happening<'_>) {
        match happening {
            Happening::Begins(visit, mind) if !self.bar.is_hidden() => {
                let begins = begins(visit, mind.and_then(|mind| mind.left_after(&visit.commit, visit.runs)));
                self.bar.set_message(begins.clone());
                self.now.replace(begins);
            }
            Happening::Begins(..) => {}
            Happening::Ran(state) => {
                let (spent, now) = (in_words(state.elapsed), self.now.borrow());
                self.bar.set_message(format!("{now}; {} so far, {spent}", count(state.runs.len() as u64, "run")));
            }
            Happening::Visited(visit, state, standing) => {
                let line = Self::visited(visit, state, standing);
                self.line(&line);
            }
        }
    }

    /// `  17 runs  4c1f2d0a9b3e  1 of 3 fail   12 commits left (31 % of runs fail, 2 % before), some 40 runs (3 min) to go; 0.31 for
    /// 9a8b7c6d5e4f Subject`
    fn visited(visit: &Visit, state: &State, standing: &Standing) -> String {
        let runs = format!("{:>4} runs", state.runs.len());
        let (crashes, trials) = crashes_in(state, &visit.commit);
        let built = state.builds.iter().rev().find(|built| built.commit == visit.commit);
        let here = match built.and_then(|built| built.error.as_deref()).filter(|_| trials == 0) {
            Some(error) => format!("left out: {}", cut(&clean_line(error), 40)),
            None if trials == 0 => "left out: it cannot be tested".to_owned(),
            None => format!("{crashes} of {trials} fail"),
        };
        let believed = match &standing.best {
            Some(best) => format!(
                "{} left ({} of runs fail, {} before){}; {} for {} {}",
                count(standing.left, "commit"),
                percent(standing.rates.0),
                percent(standing.rates.1),
                to_go(state, standing),
                chance(best.posterior),
                best.commit.short(),
                cut(&clean_line(&best.subject), 40)
            ),
            None => String::new(),
        };
        format!("{runs}  {}  {here:<16}  {believed}", visit.commit.short()).trim_end().to_owned()
    }

    fn line(&self, text: &str) {
        if !say::notes() {
            return;
        }
        self.bar.suspend(|| {
            // Nowhere left to say it.
            let _ = writeln!(anstream::stderr(), "{}", screen::harmless(text));
        });
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// `31 %`
fn percent(rate: Prob) -> String {
    format!("{:.0} %", 100.0 * rate.value())
}

/// `9a8b7c6d5e4f  12 runs: 40 commits left if all pass, 9 if some crash`
fn begins(visit: &Visit, left: Option<(u64, u64)>) -> String {
    let (commit, runs) = (visit.commit.short(), count(visit.runs, "run"));
    let left = left.map(|(pass, crash)| match visit.runs {
        1 => format!(": {} left if it passes, {crash} if it crashes", count(pass, "commit")),
        _ => format!(": {} left if all pass, {crash} if some crash", count(pass, "commit")),
    });
    format!("{commit}  {runs}{}", left.unwrap_or_default())
}

/// `, some 40 runs (3 min) to go`: as long as those so far, with their builds.
fn to_go(state: &State, standing: &Standing) -> String {
    let Some(runs) = standing.to_go.filter(|runs| *runs < 1e6) else { return String::new() };
    let made = u32::try_from(state.runs.len()).unwrap_or(u32::MAX);
    let time =
        if made > 0 { format!(" ({})", in_words(runs * state.elapsed / f64::from(made))) } else { String::new() };
    format!(", some {runs:.0} runs{time} to go")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::CommitId;

    #[test]
    fn a_visit_says_what_it_decides() {
        let commit = CommitId::parse("9a8b7c6d5e4f").unwrap();
        let visit =
            |runs| Visit { commit, runs, patience: 1, most: runs, first: 0, without: None, check: None, end: None };
        assert_eq!(
            begins(&visit(12), Some((40, 9))),
            "9a8b7c6d5e4f  12 runs: 40 commits left if all pass, 9 if some crash"
        );
        assert_eq!(begins(&visit(1), Some((1, 9))), "9a8b7c6d5e4f  1 run: 1 commit left if it passes, 9 if it crashes");
        assert_eq!(begins(&visit(2), None), "9a8b7c6d5e4f  2 runs");
    }
}
