//! Everything that is said of one log agrees: the word, the sentence, the advice, the rows, the findings, `next`, the page, and
//! the gate.

#![cfg(feature = "cli")]

use crate::support;

use std::fs;
use std::path::{Path, PathBuf};

use bisectstat::Analysis;
use bisectstat::analysis::answer::Answer;
use bisectstat::analysis::finding::Severity;
use bisectstat::analysis::manner::Manner;
use bisectstat::analysis::next::{Advice, Wish, advise, plan};
use bisectstat::analysis::sentence::say;
use bisectstat::analysis::{Settings, analyze};
use bisectstat::evidence::Source;
use bisectstat::finding::{Limits, judge};
use bisectstat::gate::baseline::Baseline;
use bisectstat::gate::decision::Outcome;
use bisectstat::gate::policy::Policy;
use bisectstat::gate::{format, judge as court};
use bisectstat::ingest::read;
use bisectstat::report::html::{Page, page};
use bisectstat::report::text;
use rayon::prelude::*;
use support::{LOGS, Need, root};

/// Files below these folders, sorted.
fn files(folders: &[&str]) -> Vec<PathBuf> {
    let below = |folder: &&str| {
        let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_file()).collect::<Vec<_>>()
    };
    let mut files: Vec<_> = folders.iter().flat_map(below).collect();
    files.sort();
    files
}

/// Every bisection of a file, judged and advised; none of what is no log.
fn judged(path: &Path) -> Vec<Analysis> {
    let bytes = fs::read(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let Ok(reading) = read(&bytes, &Source::new(&name).holding(&bytes)) else { return Vec::new() };
    let mut analyses = analyze(reading.bisections, &Settings::default());
    judge(&mut analyses, &Limits::default());
    for analysis in &mut analyses {
        advise(analysis, &Settings::default());
    }
    analyses
}

/// Without colours.
fn plain(styled: &str) -> String {
    anstream::adapter::strip_str(styled).to_string()
}

/// On one line, so that no break divides what is looked for.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn html(analysis: &Analysis) -> String {
    let mut bytes = Vec::new();
    page(&Page { analysis, overview: None, unread: &[] }, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// What is said on the page before the log.
fn words_of_page(html: &str) -> String {
    support::page::words(html).split("## The log").next().unwrap().to_owned()
}

fn assert_agreed(analysis: &Analysis) {
    let name = &analysis.bisection;
    let (said, answer) = (say(analysis), analysis.answer);
    let screen = plain(&text::one(analysis));
    let plan = analysis.plan.as_deref().unwrap();
    let next = plain(&text::next(analysis, plan));
    assert!(said.why.len() > 10 && said.why.ends_with('.'), "{name}: {said:?}");
    assert!(said.action.len() > 10 && said.action.ends_with('.'), "{name}: {said:?}");
    assert!(screen.contains(answer.short()) && next.contains(answer.words()), "{name}\n{screen}\n{next}");
    assert!(unwrapped(&screen).contains(&unwrapped(&said.why)), "{name}\n{screen}");
    let first = plan.proposals.first().filter(|_| plan.advice == Advice::Run);
    assert_eq!(said.command.as_ref(), first.and_then(|first| first.checkout.as_ref()), "{name}");
    if let Some(command) = first.and_then(|first| first.checkout.as_ref()).map(ToString::to_string) {
        assert!(screen.contains(&command) && next.contains(&command), "{name}\n{screen}\n{next}");
    }
    let unknown = matches!(answer, Answer::CannotTell | Answer::Narrowed | Answer::Beyond | Answer::NoFailure);
    let errors = analysis.findings.iter().filter(|finding| finding.severity == Severity::Error);
    assert!(!unknown || errors.count() == 0, "{name}: what is unknown is no error\n{screen}");
    let html = html(analysis);
    assert!(words_of_page(&html).contains(answer.words()), "{name}");
    assert_gated(analysis);
    assert_words(analysis, &[&screen, &next, &words_of_page(&html)]);
}

/// The gate fails what is not to be trusted, and passes what holds up.
fn assert_gated(analysis: &Analysis) {
    let (policy, all) = (Policy::standard().unwrap(), std::slice::from_ref(analysis));
    let decision = court::judge(all, &policy, &Baseline::default(), &[]);
    let expected = match analysis.answer {
        Answer::HoldsUp | Answer::CannotTell | Answer::AlwaysFlaky | Answer::NoFailure => Some(Outcome::Passed),
        Answer::DoNotTrust | Answer::StartsHere => Some(Outcome::Failed),
        // A change that nobody bisected fails from a probability on; one somebody looked for fails nothing.
        Answer::Doubtful | Answer::Found | Answer::Narrowed | Answer::Beyond => None,
        other => panic!("{}: say what the gate makes of it", other.name()),
    };
    let text = plain(&format::text::text(&decision));
    if let Some(expected) = expected {
        assert_eq!(decision.outcome(), expected, "{}\n{text}", analysis.bisection);
    }
    let is_good = matches!(analysis.answer, Answer::HoldsUp | Answer::Found | Answer::NoFailure);
    assert!(is_good || text.contains(analysis.answer.short()), "{}\n{text}", analysis.bisection);
    assert_words(analysis, &[&text]);
}

/// A test has no reproducer and no origin, and it does not crash.
fn assert_words(analysis: &Analysis, texts: &[&str]) {
    if Manner::of(analysis) == Manner::Crash {
        return;
    }
    for text in texts {
        // The log's own words may be any.
        let named = ["bisectstat explain", "[chart-"];
        let quoted = |line: &&str| {
            line.contains(" | ") || line.contains(&analysis.path) || named.iter().any(|name| line.contains(name))
        };
        for line in text.lines().filter(|line| !quoted(line)) {
            let line = line.to_lowercase();
            let wrong = ["crash", "reproducer", "origin", "kernel"].into_iter().find(|word| line.contains(word));
            let titled = analysis.titles.iter().filter_map(|title| title.title.as_deref());
            let its_own = titled.chain([analysis.bisection.as_str()]).any(|own| line.contains(&own.to_lowercase()));
            assert!(wrong.is_none() || its_own, "{}: {wrong:?} in {line:?}", analysis.bisection);
        }
    }
}

#[test]
fn all_that_is_said_of_a_log_agrees() {
    let files = files(&["data", "tests/rules", "tests/git_bisect", "tests/parquet"]);
    let analyses: Vec<_> = files.par_iter().flat_map(|file| judged(file)).collect();
    assert!(analyses.len() > 60, "{}", analyses.len());
    analyses.par_iter().for_each(assert_agreed);
}

#[test]
fn the_plan_beside_an_analysis_begins_as_next_does() {
    for (_, log) in LOGS {
        for analysis in judged(&root().join(log)) {
            let whole = plan(&analysis, &Settings::default(), &Wish::default());
            let beside = analysis.plan.as_deref().unwrap();
            assert_eq!(whole.advice, beside.advice);
            let checkouts = |of: &bisectstat::analysis::next::Plan| -> Vec<String> {
                of.proposals.iter().map(|proposal| format!("{:?} {}", proposal.checkout, proposal.runs)).collect()
            };
            assert_eq!(checkouts(&whole), checkouts(beside));
        }
    }
}

#[test]
fn all_that_is_said_of_other_inputs_agrees() {
    let Some(cases) = support::cases() else {
        support::skip(Need::Cases, "no folder of cases");
        return;
    };
    let mut files: Vec<_> = fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files.par_iter().flat_map(|file| judged(file)).for_each(|analysis| assert_agreed(&analysis));
}

#[test]
fn all_that_is_said_of_the_study_agrees() {
    const EVERY: usize = 20;
    let Some(study) = support::study() else {
        support::skip(Need::Study, "no folder of labelled bisections");
        return;
    };
    let file = fs::File::open(study.join("logs.tar.gz")).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let dir = tempfile::tempdir().unwrap();
    archive.unpack(dir.path()).unwrap();
    let mut logs: Vec<_> = Vec::new();
    for entry in ["", "logs"].map(|sub| dir.path().join(sub)).into_iter().filter(|dir| dir.is_dir()) {
        logs.extend(fs::read_dir(entry).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()));
    }
    logs.sort();
    let some: Vec<_> = logs.into_iter().step_by(EVERY).collect();
    assert!(!some.is_empty());
    some.par_iter().flat_map(|file| judged(file)).for_each(|analysis| assert_agreed(&analysis));
}
