//! The histories of many tests on one screen, and of one test.

use std::fmt::Write as _;

use annotate_snippets::renderer::{Ansi256Color, AnsiColor, Style};
use comfy_table::{Attribute, Cell, Color};

use crate::analysis::histories::{Histories, History, Regime, Shared, Shift, State};
use crate::analysis::words::{chance, count, percent};
use crate::history::Command;
use crate::prob::{Estimate, Prob};

use super::{AMBER, BOLD, DIM, Styled};

/// One screen of all tests: a sentence, what happened to everything at once, and a line for each test that matters.
#[must_use]
pub fn histories(all: &Histories, limit: usize) -> String {
    let mut out = format!("{}\n{}\n", Styled(BOLD, headline(all)), Styled(DIM, size(all)));
    for shared in &all.shared {
        let _ = writeln!(out, "\n{} {}", Styled(AnsiColor::Red.on_default().bold(), "▲"), together(shared));
    }
    for outage in &all.outages {
        let _ = writeln!(out, "\n{} {outage}", Styled(AMBER_STYLE, "!"));
    }
    let told: Vec<&History> = all.tests.iter().filter(|test| test.state < State::Steady).collect();
    if !told.is_empty() {
        out += "\n";
        out += &table(all, &told[..told.len().min(limit)]);
    }
    if told.len() > limit {
        let _ = writeln!(out, " … {}: --format json has them all", count(told.len() - limit, "more test"));
    }
    let quiet = |state: State| all.tests.iter().filter(|test| test.state == state).count();
    let (steady, passed) = (quiet(State::Steady), quiet(State::Passed));
    if steady > 0 {
        let _ = writeln!(out, "\n{} failed now and then without a sign of a change.", count(steady, "test"));
    }
    if passed > 0 && passed < all.tests.len() {
        let aside = if all.outages.is_empty() { "" } else { ", outages aside" };
        let _ = writeln!(out, "{}{} never failed{aside}.", if steady > 0 { "" } else { "\n" }, count(passed, "test"));
    }
    out
}

const AMBER_STYLE: Style = Ansi256Color(AMBER).on_default().bold();

pub(in crate::report) fn headline(all: &Histories) -> String {
    let number = |states: &[State]| all.tests.iter().filter(|test| states.contains(&test.state)).count();
    let parts = [
        (number(&[State::Broke, State::GotWorse]), "fails more often than before", "fail more often than before"),
        (
            number(&[State::AlwaysFlaky]),
            "has been flaky since the first revision",
            "have been flaky since the first revision",
        ),
        (number(&[State::AlwaysBroken]), "has always failed", "have always failed"),
        (number(&[State::GotBetter, State::Fixed]), "fails less often", "fail less often"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, one, more)| format!("{n} {}", if n == 1 { one } else { more }))
        .collect();
    match parts.as_slice() {
        [] if all.failures == 0 => format!("No test failed ({}).", count(all.tests.len(), "test")),
        [] => format!("No sign of a change in {}.", count(all.tests.len(), "test")),
        parts => format!("Of {}, {}.", count(all.tests.len(), "test"), parts.join(", ")),
    }
}

pub(in crate::report) fn size(all: &Histories) -> String {
    let ends = match (all.revisions.first(), all.revisions.last()) {
        (Some(first), Some(last)) => format!(", {} to {}", first.short(), last.short()),
        _ => String::new(),
    };
    format!("{}{ends}; {}, {} failed", count(all.revisions.len(), "revision"), count(all.runs, "run"), all.failures)
}

pub(in crate::report) fn together(shared: &Shared) -> String {
    const NAMED: usize = 3;
    let mut names: Vec<String> = shared.tests.iter().take(NAMED).map(ToString::to_string).collect();
    if shared.tests.len() > NAMED {
        names.push(format!("{} more", shared.tests.len() - NAMED));
    }
    format!(
        "{} got worse together at {} (probability {} that it is this one): {}",
        count(shared.tests.len(), "test"),
        shared.upto.short(),
        chance(shared.posterior),
        names.join(", "),
    )
}

fn table(all: &Histories, tests: &[&History]) -> String {
    let rows = tests.iter().map(|test| {
        let shift = test.changes.last();
        let mut row = vec![
            Cell::new(format!("{} {}", mark(test.state), test.test)).fg(color(test.state)),
            Cell::new(shift.map_or_else(|| "before the first".to_owned(), place)),
            Cell::new(shift.map(|shift| chance(shift.posterior)).unwrap_or_default()),
            Cell::new(before(test).map(|rate| percent(rate.mean)).unwrap_or_default()),
            Cell::new(test.regimes.last().map(|regime| percent(regime.rate.mean)).unwrap_or_default()),
            Cell::new(sparkline(test)).add_attribute(Attribute::Dim),
        ];
        if all.since.is_some() {
            row.insert(5, Cell::new(test.p_worse_since.map(chance).unwrap_or_default()));
        }
        row
    });
    match all.since {
        None => super::table::table(["test", "since", "P", "before", "now", "history"], &[2, 3, 4], rows),
        Some(since) => {
            let asked = format!("worse than at {}", since.short());
            super::table::table(["test", "since", "P", "before", "now", asked.as_str(), "history"], &[2, 3, 4, 5], rows)
        }
    }
}

/// The rate before the newest change.
pub(in crate::report) fn before(test: &History) -> Option<Estimate> {
    test.regimes.len().checked_sub(2).map(|at| test.regimes[at].rate)
}

pub(in crate::report) const fn mark(state: State) -> &'static str {
    match state {
        State::Broke => "✗",
        State::GotWorse => "▲",
        State::AlwaysFlaky | State::AlwaysBroken => "◆",
        State::GotBetter | State::Fixed => "▼",
        State::Steady | State::Passed => "·",
    }
}

const fn color(state: State) -> Color {
    match state {
        State::Broke | State::GotWorse => Color::Red,
        State::AlwaysFlaky | State::AlwaysBroken => Color::AnsiValue(AMBER),
        State::GotBetter | State::Fixed => Color::Green,
        State::Steady | State::Passed => Color::Reset,
    }
}

pub(in crate::report) fn place(shift: &Shift) -> String {
    match shift.candidates {
        1 => shift.upto.short(),
        n => format!("{} (95 %: {n})", shift.upto.short()),
    }
}

/// The rate over the revisions in a few signs; a dot where the test was not run.
pub(in crate::report) fn sparkline(test: &History) -> String {
    const SIGNS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const WIDTH: usize = 24;
    let n = test.rates.len();
    let cells = n.min(WIDTH);
    let cell = |at: usize| {
        let (first, last) = (at * n / cells, (at + 1) * n / cells);
        let run = |i: &usize| test.runs[*i].trials() > 0;
        let rates: Vec<f64> = (first..last).filter(run).map(|i| test.rates[i].mean.value()).collect();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "0 to 7"
        )]
        match rates.len() {
            0 => '·',
            n => SIGNS[((rates.iter().sum::<f64>() / n as f64 * 8.0) as usize).min(7)],
        }
    };
    (0..cells).map(cell).collect()
}

/// One test: its pieces and what lies between them, old to new, with commands to go on with.
#[must_use]
pub fn history(test: &History, next: &[Command]) -> String {
    let mut out = format!("{} — {}\n", Styled(BOLD, &test.test), in_words(test));
    for (i, regime) in test.regimes.iter().enumerate() {
        if let Some(shift) = i.checked_sub(1).and_then(|before| test.changes.get(before)) {
            out += &change(shift);
        }
        out += &piece(regime);
    }
    let _ = writeln!(out, "\n  {}", sparkline(test));
    if let Some(shift) = test.changes.last().filter(|shift| shift.candidates > 1) {
        let _ = writeln!(out, "\n→ {}", Command::log(shift.low, shift.high));
    }
    for command in next {
        let _ = writeln!(out, "→ {command}");
    }
    out
}

fn in_words(test: &History) -> String {
    let now = test.now.rate;
    let words = match test.state {
        State::Broke => "broke: it passed before, and always fails now",
        State::GotWorse => "got worse",
        State::AlwaysFlaky => "has been flaky since the first revision",
        State::AlwaysBroken => "has always failed",
        State::GotBetter => "got better",
        State::Fixed => "was mended",
        State::Steady => "no sign of a change",
        State::Passed => return "never failed".to_owned(),
    };
    format!("{words}; fails in {} of runs now", percent(now.mean))
}

fn piece(regime: &Regime) -> String {
    let ends = match (regime.from.short(), regime.upto.short()) {
        (from, upto) if from == upto => from,
        (from, upto) => format!("{from} to {upto}"),
    };
    format!("\n  {ends}: {} of {} failed, {}\n", regime.failures, count(regime.runs, "run"), interval(regime.rate))
}

fn interval(rate: Estimate) -> String {
    let number = |p: Prob| percent(p).replace(" %", "");
    format!("{} (95 %: {} to {})", percent(rate.mean), number(rate.interval.low), percent(rate.interval.high))
}

fn change(shift: &Shift) -> String {
    let range = match shift.candidates {
        1 => String::new(),
        n => format!("; 95 %: one of {n} revisions, {} to {}", shift.first.short(), shift.high.short()),
    };
    let way = if shift.worse { "more" } else { "less" };
    format!(
        "\n  from {} on it fails {way} often (probability {}{range})\n",
        shift.upto.short(),
        chance(shift.posterior)
    )
}
