//! How far a bisection is, on standard error: a line for each visit, and on a terminal what is under way.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::analysis::words::{chance, clean_line, count, cut};
use crate::cli::screen;
use crate::prob::Prob;
use crate::runner::options::in_words;
use crate::runner::standing::crashes_in;
use crate::runner::trial::Visit;
use crate::runner::{Happening, Standing, State};

/// What a person sees while it goes on.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new(state: &State) -> Self {
        let target =
            if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        let progress = Self { bar };
        if !state.runs.is_empty() {
            let told = count(state.runs.len() as u64, "run");
            progress.line(&format!("going on after {told}, {}", in_words(state.elapsed)));
        }
        progress
    }

    pub(super) fn tell(&self, happening: &Happening<'_>) {
        match happening {
            Happening::Begins(visit) => {
                let times = count(visit.runs, "run");
                self.bar.set_message(format!("{}  {times} of the test", visit.commit.short()));
            }
            Happening::Ran(state) => {
                let spent = in_words(state.elapsed);
                self.bar.set_message(format!("{} so far, {spent}", count(state.runs.len() as u64, "run")));
            }
            Happening::Visited(visit, state, standing) => {
                let line = Self::visited(visit, state, standing);
                self.line(&line);
            }
        }
    }

    /// `  17 runs  4c1f2d0a9b3e  1 of 3 fail   12 commits left (31 % of runs fail, 2 % before), some 40 runs to go; 0.31 for
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
                to_go(standing),
                chance(best.posterior),
                best.commit.short(),
                cut(&clean_line(&best.subject), 40)
            ),
            None => String::new(),
        };
        format!("{runs}  {}  {here:<16}  {believed}", visit.commit.short()).trim_end().to_owned()
    }

    fn line(&self, text: &str) {
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

/// `, some 40 runs to go`
fn to_go(standing: &Standing) -> String {
    match standing.to_go {
        Some(runs) if runs < 1e6 => format!(", some {runs:.0} runs to go"),
        _ => String::new(),
    }
}
