//! Every labelled bisection of the study, where its folder is there (see `README.md`); else nothing is tested, and said.

#![cfg(feature = "cli")]

use crate::support::{self, Need};

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use bisectstat::analysis::named::Named;
use bisectstat::analysis::{Analysis, GapAnalysis, Settings, analyze};
use bisectstat::calibrate::blame::fit_blame;
use bisectstat::calibrate::guard::Guard;
use bisectstat::calibrate::{self, Truth};
use bisectstat::evidence::{Bisection, Ending, Source, Title};
use bisectstat::finding::{Limits, judge};
use bisectstat::ingest::read;
use bisectstat::model::blame::Fit;
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

/// What `docs/blame.sh` prints, and that the fit that ships is the one that it makes.
fn the_shipped_fit_holds(analyses: &[Analysis], truth: &Truth) {
    let settings = calibrate::Settings { bootstrap: 0, ..calibrate::Settings::default() };
    let fitted = fit_blame(analyses, truth, settings).unwrap();
    let shipped = Fit::shipped().unwrap();
    for (ours, theirs) in fitted.fit.columns.iter().zip(&shipped.columns) {
        let near = (ours.weight - theirs.weight).abs() < 0.05;
        assert!(ours.feature == theirs.feature && near, "{ours:?} {theirs:?}: docs/blame.sh fits again");
    }
    let (auc, brier) = (fitted.scores.auc.unwrap().value, fitted.scores.brier.value);
    assert!(auc >= 0.89 && brier <= 0.13, "{auc} {brier}");
    assert!(fitted.guard.broken.is_empty() && fitted.guard.halves >= Guard::HALVES, "{:?}", fitted.guard);
    assert!((fitted.bisections, fitted.culprits) == (347, 241) && fitted.true_culprits_known);
    let gate = fitted.trade_offs.iter().find(|row| (row.p_right.value() - 0.5).abs() < 1e-9).unwrap();
    assert!(gate.wrong_fail.value >= 0.75 && gate.right_pass.value >= 0.75, "{gate:?}");
}

fn generic_files_are_in_a_ninth_of_all_reports(analyses: &[Analysis]) {
    let files = |analysis: &Analysis| -> HashSet<String> { analysis.evidence.stack_files().into_iter().collect() };
    let reports: Vec<_> = analyses.iter().map(files).filter(|files| !files.is_empty()).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    reports.iter().flatten().for_each(|file| *counts.entry(file).or_default() += 1);
    for named in analyses.iter().filter_map(Named::of) {
        let telling = |file: &&str| counts[*file] * 9 <= reports.len();
        let expected: Vec<_> = named.whole_stack.iter().copied().filter(telling).collect();
        assert_eq!(named.stack, expected, "{}", named.analysis.path);
    }
}

/// Neither says that the commit touches no code near the crash when a file of it stands on the stack, nor that it may only make
/// a bug visible for an option that comes with much code, or for words that its subject has not.
fn no_finding_about_the_commit_is_contradicted_by_the_log(analyses: &[Analysis]) {
    let mut fired = [0, 0];
    for named in analyses.iter().filter_map(Named::of) {
        let findings = &named.analysis.findings;
        let fires = |code| findings.iter().any(|f| f.rule.code == code || f.also.iter().any(|also| also.code == code));
        let same =
            |file: &str, frame: &str| file == frame || file.strip_prefix("...").is_some_and(|t| frame.ends_with(t));
        if fires("BS308") {
            fired[0] += 1;
            let on = named.files.iter().find(|file| named.whole_stack.iter().any(|frame| same(file, frame)));
            assert_eq!(on, None, "{}", named.analysis.path);
        }
        for finding in findings.iter().filter(|finding| finding.rule.code == "BS309") {
            fired[1] += 1;
            let large = named.culprit.insertions.is_some_and(|insertions| insertions > 150);
            assert!(!(large && finding.message.contains("options in")), "{}", finding.message);
            let subject = named.subject().unwrap_or_default().to_lowercase();
            let spoken = finding.message.split_once("its subject speaks of ").map(|(_, words)| words);
            let word = spoken.and_then(|words| words.split([' ', ';']).next()).map(|word| word[..4].to_lowercase());
            let word = word.map(|word| if word == "syst" { "sysc".to_owned() } else { word });
            assert!(word.is_none_or(|word| subject.contains(&word)), "{}", finding.message);
        }
    }
    assert!(fired[0] > 100 && fired[1] > 30, "{fired:?}");
}

#[test]
fn every_log_of_the_study_is_read_as_labelled() {
    let Some(study) = support::study() else {
        support::skip(Need::Study, "no folder of labelled bisections");
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
    let truth = std::fs::read(study.join("labels.csv")).unwrap();
    let truth = Truth::read(&truth, &Source::new("labels.csv")).unwrap();
    for bisection in &mut batch {
        let title = truth.titles.get(&bisection.source.path);
        bisection.reported_title = title.and_then(|title| Title::new(title));
    }
    let mut analyses = analyze(batch, &Settings::default());
    judge(&mut analyses, &Limits::default());
    the_shipped_fit_holds(&analyses, &truth);
    generic_files_are_in_a_ninth_of_all_reports(&analyses);
    no_finding_about_the_commit_is_contradicted_by_the_log(&analyses);
    for analysis in analyses {
        let masses: [fn(&GapAnalysis) -> Option<Prob>; 2] = [|gap| gap.posterior, |gap| gap.posterior_any];
        for mass in masses {
            let total: f64 = analysis.gaps.iter().filter_map(mass).map(Prob::value).sum();
            assert!(total == 0.0 || (total - 1.0).abs() < 1e-12, "{}: {total}", analysis.bisection);
        }
    }
}
