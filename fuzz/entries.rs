//! What is given bytes that nobody vouches for, and what must hold whatever they are. The fuzzer and `tests/fuzz.rs` share
//! this file. Each function panics where something does not hold.

use std::path::Path;

use bisectstat::analysis::next::{Wish, plan};
use bisectstat::analysis::{Analysis, Settings, analyze};
use bisectstat::calibrate::Truth;
use bisectstat::evidence::{Bisection, Counts, Line, Source, TitleParts, without_counter};
use bisectstat::finding::render::{render, render_line};
use bisectstat::finding::{Limits, judge};
#[cfg(feature = "frames")]
use bisectstat::frame::Frames;
use bisectstat::gate::baseline::Baseline;
use bisectstat::gate::decision::Decision;
use bisectstat::gate::format::{Format, explain::explain, json::json, text::text, write};
use bisectstat::gate::policy::Policy;
use bisectstat::history::Weights;
use bisectstat::ingest::junit::assemble;
use bisectstat::ingest::records::Records;
use bisectstat::ingest::source::packed;
use bisectstat::ingest::table::Columns;
use bisectstat::ingest::{Reading, read};
use bisectstat::model::archive::ArchivePrior;
use bisectstat::model::blame::Fit;
use bisectstat::prob::Prob;
#[cfg(feature = "runner")]
use bisectstat::runner::State;
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
        assert_eq!(runs(bisection), last, "{}", bisection.id);
    }
    let runs: usize = assembled.bisections.iter().map(runs).sum();
    assert!(runs <= reading.reports.iter().map(bisectstat::ingest::junit::Report::runs).sum());
    analyzed(assembled.bisections);
}

/// A mail, or whatever else a log is passed on in.
pub fn mail(bytes: &[u8]) {
    if let Ok(reading) = read(bytes, &Source::new("input")) {
        analyzed(reading.bisections);
    }
}

/// An archive, or a file that was compressed. No member comes without a name or for nothing.
pub fn archive(bytes: &[u8]) {
    packed("input", bytes.to_vec(), &mut |input| {
        assert!(input.source.path.starts_with("input"), "{:?}", input.source.path);
        let trouble = input.trouble();
        assert!(!input.is_empty() || trouble.is_none_or(|trouble| !trouble.is_empty()));
        if let Err(error) = input.read(&Columns::new()) {
            assert!(!error.to_string().is_empty());
        }
    });
}

/// Records, one a line. A path would be opened: such input is left alone.
pub fn records(bytes: &[u8]) {
    if bytes.windows(4).any(|window| window == b"path") || bytes.windows(2).any(|window| window == b"\\u") {
        return;
    }
    let records: Vec<_> = Records::new(bytes).map_while(Result::ok).map(|record| record.open("input")).collect();
    assert!(records.len() <= lines_of(bytes));
    for input in records.into_iter().filter_map(|record| record.inputs.ok()).flatten() {
        let _ = input.read(&Columns::new());
    }
}

/// Weights of commits.
pub fn weights(bytes: &[u8]) {
    if let Err(error) = Weights::read(bytes, &Source::new("weights.csv")) {
        assert!(error.to_string().starts_with("weights.csv:"), "{error}");
    }
}

/// What is known of an archive's bisections.
pub fn truth(bytes: &[u8]) {
    match Truth::read(bytes, &Source::new("truth.csv")) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(truth) => assert!(truth.rows() <= lines_of(bytes)),
    }
}

/// The journal of `run`.
#[cfg(feature = "runner")]
pub fn journal(bytes: &[u8]) {
    match State::parse(bytes, Path::new("journal")) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(state) => assert!(state.runs.len() + state.builds.len() < lines_of(bytes)),
    }
}

/// Rules, and how findings look on a screen. The commands that they name are in one line.
pub fn rules(bytes: &[u8]) {
    for analysis in judged(bytes) {
        for finding in &analysis.findings {
            assert!(finding.p.is_none_or(|p| (0.0..=1.0).contains(&p.value())));
            assert!(!render(&analysis, finding).is_empty());
            assert!(render_line(&analysis, finding).lines().count() >= 1);
        }
        #[cfg(feature = "frames")]
        shown(&analysis);
    }
}

/// Screen and page: nothing in them is obeyed by what shows them.
#[cfg(feature = "frames")]
fn shown(analysis: &Analysis) {
    let screen = bisectstat::report::text::one(analysis);
    // Colours are ours.
    let mut pieces = screen.split('\u{1b}');
    let plain =
        pieces.next().into_iter().chain(pieces.filter_map(|piece| Some(piece.strip_prefix('[')?.split_once('m')?.1)));
    let plain: Vec<_> = plain.collect();
    assert_eq!(plain.len(), screen.split('\u{1b}').count(), "{screen:?}");
    assert!(plain.iter().all(|text| text.chars().all(|c| c == '\n' || !c.is_control())), "{screen:?}");
    let mut page = Vec::new();
    let whole = bisectstat::report::html::Page { analysis, overview: None, unread: &[] };
    bisectstat::report::html::page(&whole, &mut page).expect("there is memory");
    let page = String::from_utf8(page).expect("a page is text");
    assert!(page.chars().all(|c| c == '\n' || !c.is_control()));
}

/// Every format of the gate.
pub fn gate(bytes: &[u8]) {
    let analyses = judged(bytes);
    let decision = Decision::of_all(&analyses, Vec::new());
    let written = |format| {
        let mut out = Vec::new();
        write(format, &decision, &mut out).expect("there is memory");
        String::from_utf8(out).expect("formats are text")
    };
    for format in Format::ALL {
        let out = written(format);
        match format {
            Format::Sarif | Format::Gitlab => {
                serde_json::from_str::<serde_json::Value>(&out).unwrap_or_else(|error| panic!("{error}: {out}"));
            }
            Format::Github => assert!(out.lines().all(|line| line.starts_with("::") || !line.contains("::")), "{out}"),
            Format::Junit | Format::Markdown => {}
            other => panic!("{}: say what must hold of it", other.name()),
        }
    }
    let mut out = Vec::new();
    json(&decision, &mut out).expect("there is memory");
    serde_json::from_slice::<serde_json::Value>(&out).expect("it is JSON");
    assert!(!text(&decision).is_empty() || analyses.is_empty());
    let _ = explain(&decision);
}

/// What to run next.
pub fn next(bytes: &[u8]) {
    let settings = Settings::default();
    for analysis in judged(bytes) {
        let plan = plan(&analysis, &settings, &Wish::default());
        assert!(plan.entropy.is_finite() && plan.entropy > -1e-9, "{}", plan.entropy);
        assert!(plan.proposals.iter().all(|proposal| proposal.bits.is_finite() && proposal.runs > 0));
    }
}

/// The policy of the gate.
pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = Policy::parse_on(text, "bisectstat.toml", Path::new("."), Date::MIN) {
        assert!(!error.to_string().is_empty());
    }
}

/// An archive's prior.
pub fn prior(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(prior) = ArchivePrior::parse(text) {
        let settings = Settings::generic().with_prior(&prior);
        let reading = read(b"commit,passes,crashes\nv1,9,0\nv2,5,4\n", &Source::new("table")).expect("it is a table");
        for analysis in analyze(reading.bisections, &settings) {
            let gaps = analysis.gaps.iter().map(|gap| gap.posterior);
            let others = [analysis.p_no_change, analysis.p_other_direction];
            let total: f64 = gaps.chain(others).map(|p| p.map_or(f64::NAN, Prob::value)).sum();
            assert!((total - 1.0).abs() < 1e-9, "{total} under {prior:?}");
        }
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
    assert!(text.contains(plain) && without_counter(plain) == plain);
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
    let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).count();
    // Where tags divide the lines of a page, these are counted as a browser shows them; a report of tests is no page.
    let is_report = bytes[..bytes.len().min(1000)].windows(10).any(|part| part == b"<testsuite");
    lines + if is_report { 0 } else { bytes.split(|byte| *byte == b'<').count() - 1 }
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

/// Runs, as the bisection's own counts have them.
fn runs(bisection: &Bisection) -> usize {
    bisection.steps.iter().map(|step| Counts::of(&step.runs).runs() as usize).sum()
}

/// Those that are analysed in no time.
fn small(bisections: Vec<Bisection>) -> Vec<Bisection> {
    const STEPS: usize = 24;
    const ROWS: usize = 400;
    let rows = |bisection: &Bisection| bisection.steps.iter().map(|step| step.runs.len()).sum::<usize>();
    bisections.into_iter().filter(|b| b.steps.len() <= STEPS && rows(b) <= ROWS).take(2).collect()
}

/// Small ones with all that rules say of them.
fn judged(bytes: &[u8]) -> Vec<Analysis> {
    let Ok(reading) = read(bytes, &Source::new("input")) else { return Vec::new() };
    let mut bisections = reading.bisections;
    bisections.extend(assemble(&reading.reports, None).bisections);
    let mut analyses = analyze(small(bisections), &Settings::default());
    judge(&mut analyses, &Limits::default());
    analyses
}

/// Small ones are analysed: every posterior sums to one or is not there.
fn analyzed(bisections: Vec<Bisection>) {
    let analyses = analyze(small(bisections), &Settings::default());
    #[cfg(feature = "frames")]
    assert!(Frames::of(&analyses).is_ok(), "frames cannot be built");
    for analysis in analyses {
        let posterior: Vec<f64> = analysis.gaps.iter().filter_map(|gap| gap.posterior).map(Prob::value).collect();
        assert!(posterior.iter().all(|p| p.is_finite()), "{posterior:?}");
        let others = [analysis.p_no_change, analysis.p_other_direction];
        let total: f64 = posterior.iter().copied().chain(others.into_iter().flatten().map(Prob::value)).sum();
        assert!(posterior.is_empty() || total == 0.0 || (total - 1.0).abs() < 1e-12, "{total}");
    }
}
