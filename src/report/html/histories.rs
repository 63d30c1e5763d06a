//! The tests of a CI: an overview for every morning, and a page for each test that ever failed.

use std::io::{self, Write};

use askama::Template;

use crate::analysis::histories::{Histories, History, State};
use crate::analysis::words::{chance, count, percent};
use crate::chart::{self, theme::Theme};
use crate::history::Command;
use crate::report::text::histories::{before, headline, mark, place, size, sparkline, together};

use super::chances::{Bar, Chance};
use super::evidence::TITLE;
use super::log::Text;
use super::picture::{Figure, figures};
use super::{POLICY, SCRIPT, STYLE, VERSION};

/// What the overview is made of.
#[derive(Clone, Copy, Debug)]
pub struct HistoriesPage<'a> {
    /// All tests.
    pub histories: &'a Histories,
    /// The address of each one's page, in their order; none of a test without one.
    pub pages: &'a [Option<String>],
    /// What could not be read, in words.
    pub unread: &'a [String],
}

/// Writes the overview.
///
/// # Errors
/// When `out` cannot be written.
pub fn histories(page: &HistoriesPage<'_>, out: &mut impl Write) -> io::Result<()> {
    View::of(page).write_into(out)
}

/// Writes the page of one test. `overview`: the address of the overview.
///
/// # Errors
/// When `out` cannot be written.
pub fn history(all: &Histories, test: &History, overview: &str, out: &mut impl Write) -> io::Result<()> {
    One::of(all, test, overview).write_into(out)
}

#[derive(Template)]
#[template(path = "histories.html")]
struct View<'a> {
    page: &'a HistoriesPage<'a>,
    heading: String,
    size: String,
    since: Option<String>,
    together: Vec<String>,
    outages: Vec<String>,
    states: Vec<State>,
    rows: Vec<Row<'a>>,
    figures: Vec<Figure>,
    quiet: String,
}

struct Row<'a> {
    page: Option<&'a str>,
    name: Text,
    state: State,
    class: &'static str,
    mark: &'static str,
    since: String,
    /// Sorts by place, the newest first.
    at: usize,
    sure: Option<Chance>,
    before: Option<Bar>,
    now: Bar,
    worse: Option<Chance>,
    line: String,
}

/// The class of a state's colours.
const fn class(state: State) -> &'static str {
    match state {
        State::Broke | State::GotWorse => "not",
        State::AlwaysFlaky | State::AlwaysBroken => "doubtful",
        State::GotBetter | State::Fixed => "holds",
        State::Steady | State::Passed => "",
    }
}

impl<'a> View<'a> {
    fn of(page: &'a HistoriesPage<'a>) -> Self {
        let all = page.histories;
        let pages = page.pages.iter().map(Option::as_deref).chain(std::iter::repeat(None));
        let told = all.tests.iter().zip(pages).filter(|(test, _)| test.state < State::Passed);
        let rows: Vec<Row<'_>> = told.map(|(test, page)| Row::of(test, page)).collect();
        let states = State::ALL.into_iter().filter(|state| rows.iter().any(|row| row.state == *state));
        let passed = all.tests.len() - rows.len();
        Self {
            page,
            heading: headline(all),
            size: size(all),
            since: all.since.map(|since| since.short()),
            together: all.shared.iter().map(together).collect(),
            outages: all.outages.iter().map(ToString::to_string).collect(),
            states: states.collect(),
            rows,
            figures: figures(chart::of_histories(all, Theme::Auto)),
            quiet: if passed == 0 {
                String::new()
            } else {
                format!("{} never failed, outages aside.", count(passed, "test"))
            },
        }
    }
}

impl<'a> Row<'a> {
    fn of(test: &History, page: Option<&'a str>) -> Self {
        let shift = test.changes.last();
        Self {
            page,
            name: Text::new(&test.test, TITLE),
            state: test.state,
            class: class(test.state),
            mark: mark(test.state),
            since: match (shift, test.state) {
                (Some(shift), _) => place(shift),
                (None, State::AlwaysFlaky | State::AlwaysBroken) => "before the first".to_owned(),
                (None, _) => String::new(),
            },
            at: shift.map_or(0, |shift| shift.at),
            sure: shift.map(|shift| Chance::of(shift.posterior)),
            before: before(test).map(Bar::of),
            now: Bar::of(test.regimes.last().map_or(test.now.rate, |regime| regime.rate)),
            worse: test.p_worse_since.map(Chance::of),
            line: sparkline(test),
        }
    }
}

#[derive(Template)]
#[template(path = "history.html")]
struct One<'a> {
    overview: &'a str,
    heading: Text,
    state: &'static str,
    said: String,
    class: &'static str,
    mark: &'static str,
    figures: Vec<Figure>,
    pieces: Vec<Piece>,
    command: Option<Command>,
    now: [(&'static str, Chance); 2],
}

/// A piece of a history, and the change that it begins with.
struct Piece {
    from: String,
    upto: String,
    failed: String,
    rate: Bar,
    change: String,
    class: &'static str,
}

impl<'a> One<'a> {
    fn of(all: &Histories, test: &History, overview: &'a str) -> Self {
        let pieces = test.regimes.iter().enumerate().map(|(at, regime)| {
            let shift = at.checked_sub(1).and_then(|before| test.changes.get(before));
            let change = shift.map(|shift| {
                let way = if shift.worse { "more" } else { "less" };
                let range = match shift.candidates {
                    1 => String::new(),
                    n => format!("; 95 %: one of {n}, {} to {}", shift.first.short(), shift.high.short()),
                };
                format!("fails {way} often, probability {}{range}", chance(shift.posterior))
            });
            Piece {
                from: regime.from.short(),
                upto: regime.upto.short(),
                failed: format!("{} of {}", regime.failures, regime.runs),
                rate: Bar::of(regime.rate),
                change: change.unwrap_or_default(),
                class: shift.map_or("", |shift| if shift.worse { "not" } else { "holds" }),
            }
        });
        Self {
            overview,
            heading: Text::new(&test.test, TITLE),
            state: test.state.short(),
            said: format!("Fails in {} of runs now.", percent(test.now.rate.mean)),
            class: class(test.state),
            mark: mark(test.state),
            figures: figures(vec![chart::of_history(all, test, Theme::Auto)]),
            pieces: pieces.collect(),
            command: test.changes.last().map(|shift| Command::log(shift.low, shift.high)),
            now: [
                ("fails now and then", Chance::of(test.now.p_flaky)),
                ("always fails", Chance::of(test.now.p_broken)),
            ],
        }
    }
}
