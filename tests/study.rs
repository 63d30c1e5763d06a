//! Every labelled bisection of the study, where its folder is there (see `README.md`); else nothing is tested, and said.

#![cfg(feature = "cli")]

mod support;

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use bisectstat::analysis::{GapAnalysis, Settings, analyze};
use bisectstat::evidence::{Bisection, Ending, Source};
use bisectstat::ingest::read;
use bisectstat::prob::Prob;
use flate2::read::GzDecoder;

/// The logs by file name.
fn logs(study: &Path) -> HashMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(study.join("logs.tar.gz")).unwrap()));
    let files = archive.entries().unwrap().map(Result::unwrap).filter(|entry| entry.header().entry_type().is_file());
    let named = files.map(|mut file| {
        let name = file.path().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (name, bytes)
    });
    named.collect()
}

/// One row of `labels.csv`.
struct Label {
    file: String,
    named_culprit: String,
    log_end: String,
}

/// The rows; fields may be quoted.
fn labels(study: &Path) -> Vec<Label> {
    let text = std::fs::read_to_string(study.join("labels.csv")).unwrap();
    let rows = text.lines().skip(1).map(|line| {
        let fields = fields(line);
        Label { file: fields[0].clone(), named_culprit: fields[2].clone(), log_end: fields[7].clone() }
    });
    rows.collect()
}

fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().unwrap().push(c),
        }
    }
    fields
}

fn ending(log_end: &str) -> Ending {
    let endings = [
        ("first bad commit:", Ending::Culprit),
        ("bisection is inconclusive", Ending::Inconclusive),
        ("the crash already happened on the oldest tested release", Ending::OldestStillBad),
        ("error: the crash wasn't reproduced", Ending::NotReproduced),
        ("error: bisection is taking too long", Ending::TimeLimit),
        ("error: kernel clean failed", Ending::BuildError),
        ("error: syzkaller build failed", Ending::BuildError),
        ("error: kernel/trace/bpf_trace.c", Ending::BuildError),
        ("error: gcc: fatal error", Ending::BuildError),
        ("error: commit", Ending::InfraError),
        ("error: failed to run [git", Ending::InfraError),
    ];
    endings.iter().find(|(words, _)| log_end.starts_with(words)).unwrap_or_else(|| panic!("{log_end}")).1
}

/// Lines at column one that begin a test or tell a run.
fn marks(bytes: &[u8]) -> (usize, usize, usize) {
    let text = String::from_utf8_lossy(bytes);
    let count = |words: &str| text.lines().filter(|line| line.starts_with(words)).count();
    (count("testing commit "), count("run #"), count("all runs: "))
}

fn accounted(bisection: &Bisection) -> (usize, usize, usize) {
    let printed = bisection.steps.iter().filter(|step| !step.inferred).map(|step| step.runs.len()).sum();
    (bisection.steps.len(), printed, bisection.steps.iter().filter(|step| step.inferred).count())
}

#[test]
fn every_log_of_the_study_is_read_as_labelled() {
    let Some(study) = support::study() else {
        eprintln!("skipped: no folder of labelled bisections");
        return;
    };
    let logs = logs(&study);
    let labels = labels(&study);
    assert_eq!((logs.len(), labels.len()), (1089, 1089));
    let mut batch = Vec::new();
    for label in &labels {
        let bytes = &logs[&label.file];
        let reading = read(bytes, &Source::new(&label.file)).unwrap();
        assert!(reading.problems.is_empty(), "{}: {:?}", label.file, reading.problems);
        assert_eq!(reading.bisections.len(), 1, "{}", label.file);
        let bisection = reading.bisections.into_iter().next().unwrap();
        let named = bisection.culprit.as_ref().map(|culprit| culprit.commit.to_string()).unwrap_or_default();
        assert_eq!(named, label.named_culprit, "{}", label.file);
        assert_eq!(bisection.ending, ending(&label.log_end), "{}", label.file);
        assert_eq!(accounted(&bisection), marks(bytes), "{}", label.file);
        let lines = bytes.split(|byte| *byte == b'\n').count() - usize::from(bytes.ends_with(b"\n"));
        assert_eq!(bisection.lines.total() as usize, lines, "{}", label.file);
        batch.push(bisection);
    }
    let analyses = analyze(batch, &Settings::default());
    for analysis in analyses {
        let masses: [fn(&GapAnalysis) -> Option<Prob>; 2] = [|gap| gap.posterior, |gap| gap.posterior_any];
        for mass in masses {
            let total: f64 = analysis.gaps.iter().filter_map(mass).map(Prob::value).sum();
            assert!(total == 0.0 || (total - 1.0).abs() < 1e-12, "{}: {total}", analysis.bisection);
        }
    }
}
