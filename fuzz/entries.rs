//! What is given bytes that nobody vouches for, and what must hold whatever they are. `cargo fuzz` and `tests/fuzz.rs` share
//! this file. Each function panics where something does not hold.

use std::path::Path;

use bisectstat::analysis::{Settings, analyze};
use bisectstat::evidence::{Bisection, Line, Source, TitleParts, without_counter};
use bisectstat::frame::Frames;
use bisectstat::gate::baseline::Baseline;
use bisectstat::gate::policy::Policy;
use bisectstat::ingest::junit::assemble;
use bisectstat::ingest::{Reading, read};
use bisectstat::model::archive::ArchivePrior;
use bisectstat::model::blame::Fit;
use bisectstat::prob::Prob;
use jiff::civil::Date;

/// A log of syzkaller's, or whatever a log can turn into.
pub fn log(bytes: &[u8]) {
    if let Some(reading) = reading(bytes) {
        accounted(bytes, &reading);
    }
}

/// What a plain `git bisect` leaves behind.
pub fn git_bisect(bytes: &[u8]) {
    log(bytes);
}

/// A table of outcomes as text.
pub fn table(bytes: &[u8]) {
    if !bytes.starts_with(b"PAR1") {
        log(bytes);
    }
}

/// A table of outcomes as Parquet.
pub fn parquet(bytes: &[u8]) {
    if let Ok(reading) = read(bytes, &Source::new("input")) {
        analyzed(reading.bisections);
    }
}

/// A report of tests.
pub fn junit(bytes: &[u8]) {
    let Some(reading) = reading(bytes) else { return };
    let assembled = assemble(&reading.reports, None);
    for bisection in &assembled.bisections {
        let last = bisection.source.lines().count();
        assert_eq!(last, bisection.source.places().len());
        assert!(lines(bisection).all(|line| within(line, last)), "{}", bisection.id);
        let places = lines(bisection).map(|line| bisection.source.at(line).line);
        assert!(places.into_iter().all(|line| within(line, lines_of(bytes))), "{}", bisection.id);
        let runs: usize = bisection.steps.iter().map(|step| step.runs.len()).sum();
        assert_eq!(runs, last, "{}", bisection.id);
    }
    let runs: usize = assembled.bisections.iter().flat_map(|b| &b.steps).map(|step| step.runs.len()).sum();
    assert!(runs <= reading.reports.iter().map(bisectstat::ingest::junit::Report::runs).sum());
    analyzed(assembled.bisections);
}

/// The policy of the gate.
pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = Policy::parse(text, "bisectstat.toml", Path::new("."), Date::MIN) {
        assert!(!error.to_string().is_empty());
    }
}

/// An archive's prior.
pub fn prior(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(prior) = ArchivePrior::parse(text) {
        let settings = Settings::generic().with_prior(&prior);
        assert!(settings.level.value() <= 1.0);
    }
}

/// Who is to blame, as `fit` writes it.
pub fn blame(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = Fit::parse(text) {
        assert!(!error.to_string().is_empty());
    }
}

/// A crash title.
pub fn title(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let plain = without_counter(&text);
    assert!(text.contains(plain));
    assert_eq!(TitleParts::of(&text).function, TitleParts::of(plain).function);
}

/// A baseline of the gate.
pub fn baseline(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = Baseline::parse(text, "baseline.json") {
        assert!(!error.to_string().is_empty());
    }
}

/// What is read, where something is: every problem has a line of the file and a text.
fn reading(bytes: &[u8]) -> Option<Reading> {
    match read(bytes, &Source::new("input")) {
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
        Ok(reading) => {
            let last = lines_of(bytes);
            for problem in &reading.problems {
                assert!(within(problem.line, last), "{}: {}", problem.line, problem.flaw);
            }
            Some(reading)
        }
    }
}

fn lines_of(bytes: &[u8]) -> usize {
    // A lone carriage return ends a line, too.
    bytes.split(|byte| matches!(byte, b'\n' | b'\r')).count()
}

fn within(line: Line, last: usize) -> bool {
    (1..=last).contains(&(line.0 as usize))
}

/// Every line at which something was observed.
fn lines(bisection: &Bisection) -> impl Iterator<Item = Line> {
    let steps = bisection.steps.iter();
    let runs = steps.clone().flat_map(|step| step.runs.iter().map(|run| run.line));
    let moves = bisection.walk.iter().flat_map(|walk| walk.moves.iter().map(|step| step.line));
    let others = bisection.culprit.iter().map(|culprit| culprit.line);
    let report = bisection.report.iter().map(|report| report.line);
    let unparsed = bisection.unparsed.iter().map(|unparsed| unparsed.line);
    let all = steps.map(|step| step.line).chain(runs).chain(moves).chain(others).chain(report).chain(unparsed);
    all.chain([bisection.line])
}

/// No line is counted twice, and none that is not there.
fn accounted(bytes: &[u8], reading: &Reading) {
    let last = lines_of(bytes);
    let mut total = 0;
    for bisection in &reading.bisections {
        assert!(lines(bisection).all(|line| within(line, last)), "{}", bisection.id);
        total += bisection.lines.total() as usize;
        assert_eq!(bisection.unparsed.len(), bisection.lines.unparsed as usize, "{}", bisection.id);
    }
    assert!(total <= last, "{total} lines of {last}");
    analyzed(reading.bisections.clone());
}

/// Small ones are analysed: every posterior sums to one or is not there.
fn analyzed(bisections: Vec<Bisection>) {
    const STEPS: usize = 24;
    const RUNS: usize = 400;
    let runs = |bisection: &Bisection| bisection.steps.iter().map(|step| step.runs.len()).sum::<usize>();
    let small: Vec<_> = bisections.into_iter().filter(|b| b.steps.len() <= STEPS && runs(b) <= RUNS).take(2).collect();
    let analyses = analyze(small, &Settings::default());
    assert!(Frames::of(&analyses).is_ok(), "frames cannot be built");
    for analysis in analyses {
        let posterior: Vec<f64> = analysis.gaps.iter().filter_map(|gap| gap.posterior).map(Prob::value).collect();
        assert!(posterior.iter().all(|p| p.is_finite()), "{posterior:?}");
        let total: f64 = posterior.iter().sum();
        assert!(posterior.is_empty() || total == 0.0 || (total - 1.0).abs() < 1e-6, "{total}");
    }
}
