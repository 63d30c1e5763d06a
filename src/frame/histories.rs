//! `tests`, `regimes` and `changes`: the histories of the tests of a CI, one row a test, a piece of its history, and a change
//! between two pieces. The key is `test`; regimes count from 0, old to new, and change `n` lies between the regimes `n` and
//! `n + 1`. The columns are those of `schema/history.json`, which says what they mean.

use std::path::Path;

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use crate::analysis::histories::{Histories, History, Regime, Shift};
use crate::prob::{Estimate, Prob};

use super::io::{FrameFormat, write_all};
use super::{Columns, frame, numbers};

/// Columns of `tests`.
pub const TESTS: [(&str, DataType); 11] = [
    ("test", DataType::String),
    ("state", DataType::String),
    ("runs", DataType::UInt32),
    ("failures", DataType::UInt32),
    ("changes", DataType::UInt32),
    ("now", DataType::Float64),
    ("now_low", DataType::Float64),
    ("now_high", DataType::Float64),
    ("p_flaky", DataType::Float64),
    ("p_broken", DataType::Float64),
    ("p_worse_since", DataType::Float64),
];

/// Columns of `regimes`.
pub const REGIMES: [(&str, DataType); 9] = [
    ("test", DataType::String),
    ("regime", DataType::UInt32),
    ("from", DataType::String),
    ("upto", DataType::String),
    ("rate", DataType::Float64),
    ("low", DataType::Float64),
    ("high", DataType::Float64),
    ("failures", DataType::UInt32),
    ("runs", DataType::UInt32),
];

/// Columns of `changes`.
pub const CHANGES: [(&str, DataType); 10] = [
    ("test", DataType::String),
    ("change", DataType::UInt32),
    ("after", DataType::String),
    ("upto", DataType::String),
    ("low", DataType::String),
    ("first", DataType::String),
    ("high", DataType::String),
    ("candidates", DataType::UInt32),
    ("posterior", DataType::Float64),
    ("worse", DataType::Boolean),
];

/// The frames of the tests of a CI.
#[derive(Clone, Debug)]
pub struct HistoryFrames {
    /// One row a test, what matters most first.
    pub tests: DataFrame,
    /// One row a piece of a test's history.
    pub regimes: DataFrame,
    /// One row a change.
    pub changes: DataFrame,
}

impl HistoryFrames {
    /// The frames.
    ///
    /// # Errors
    /// None in practice: columns of one frame have one length.
    pub fn of(histories: &Histories) -> PolarsResult<Self> {
        let tests = &histories.tests[..];
        Ok(Self { tests: of_tests(tests)?, regimes: of_regimes(tests)?, changes: of_changes(tests)? })
    }

    /// The frames with their names, as files are named, and their columns.
    #[must_use]
    pub fn named(&self) -> [(&'static str, &DataFrame, &'static Columns); 3] {
        [("tests", &self.tests, &TESTS), ("regimes", &self.regimes, &REGIMES), ("changes", &self.changes, &CHANGES)]
    }

    /// Writes every frame to `dir/NAME.parquet`. `dir` is made when it is missing.
    ///
    /// # Errors
    /// When the folder or a file cannot be written.
    pub fn write(&self, dir: &Path) -> PolarsResult<()> {
        write_all(self.named(), dir, FrameFormat::Parquet)
    }
}

fn of_tests(tests: &[History]) -> PolarsResult<DataFrame> {
    let sum = |of: fn(&Regime) -> u32| move |test: &History| test.regimes.iter().map(of).fold(0, u32::saturating_add);
    frame(vec![
        column("test", tests.iter().map(|test| test.test.to_string())),
        column("state", tests.iter().map(|test| test.state.name().to_owned())),
        numbers("runs", tests.len(), tests.iter().map(sum(|regime| regime.runs))),
        numbers("failures", tests.len(), tests.iter().map(sum(|regime| regime.failures))),
        numbers("changes", tests.len(), tests.iter().map(|test| number(test.changes.len()))),
        chances("now", tests.iter().map(|test| Some(test.now.rate.mean))),
        chances("now_low", tests.iter().map(|test| Some(test.now.rate.interval.low))),
        chances("now_high", tests.iter().map(|test| Some(test.now.rate.interval.high))),
        chances("p_flaky", tests.iter().map(|test| Some(test.now.p_flaky))),
        chances("p_broken", tests.iter().map(|test| Some(test.now.p_broken))),
        chances("p_worse_since", tests.iter().map(|test| test.p_worse_since)),
    ])
}

fn of_regimes(tests: &[History]) -> PolarsResult<DataFrame> {
    let rows: Vec<(&History, usize, &Regime)> = tests
        .iter()
        .flat_map(|test| test.regimes.iter().enumerate().map(move |(at, regime)| (test, at, regime)))
        .collect();
    let rate = |of: fn(Estimate) -> Prob| rows.iter().map(move |(.., regime)| Some(of(regime.rate)));
    frame(vec![
        column("test", rows.iter().map(|(test, ..)| test.test.to_string())),
        numbers("regime", rows.len(), rows.iter().map(|(_, at, _)| number(*at))),
        column("from", rows.iter().map(|(.., regime)| regime.from.to_string())),
        column("upto", rows.iter().map(|(.., regime)| regime.upto.to_string())),
        chances("rate", rate(|rate| rate.mean)),
        chances("low", rate(|rate| rate.interval.low)),
        chances("high", rate(|rate| rate.interval.high)),
        numbers("failures", rows.len(), rows.iter().map(|(.., regime)| regime.failures)),
        numbers("runs", rows.len(), rows.iter().map(|(.., regime)| regime.runs)),
    ])
}

fn of_changes(tests: &[History]) -> PolarsResult<DataFrame> {
    let rows: Vec<(&History, usize, &Shift)> = tests
        .iter()
        .flat_map(|test| test.changes.iter().enumerate().map(move |(at, shift)| (test, at, shift)))
        .collect();
    frame(vec![
        column("test", rows.iter().map(|(test, ..)| test.test.to_string())),
        numbers("change", rows.len(), rows.iter().map(|(_, at, _)| number(*at))),
        column("after", rows.iter().map(|(.., shift)| shift.after.to_string())),
        column("upto", rows.iter().map(|(.., shift)| shift.upto.to_string())),
        column("low", rows.iter().map(|(.., shift)| shift.low.to_string())),
        column("first", rows.iter().map(|(.., shift)| shift.first.to_string())),
        column("high", rows.iter().map(|(.., shift)| shift.high.to_string())),
        numbers("candidates", rows.len(), rows.iter().map(|(.., shift)| number(shift.candidates))),
        chances("posterior", rows.iter().map(|(.., shift)| Some(shift.posterior))),
        Column::new("worse".into(), rows.iter().map(|(.., shift)| shift.worse).collect::<Vec<_>>()),
    ])
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn column(name: &str, texts: impl Iterator<Item = String>) -> Column {
    Column::new(name.into(), texts.collect::<Vec<_>>())
}

fn chances(name: &str, chances: impl Iterator<Item = Option<Prob>>) -> Column {
    Column::new(name.into(), chances.map(|p| p.map(Prob::value)).collect::<Vec<_>>())
}
