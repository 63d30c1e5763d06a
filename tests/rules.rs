//! Each rule fires where it should and is silent beside it; pages, registry, files and documents say the same; findings
//! are sorted, unique, and named by what they are about.
//!
//! `tests/rules/NAME.fires.txt` is a made-up log in which the rule NAME fires, `NAME.silent.txt` one that nearly is. The
//! pages show the first log of `data/` in which a rule fires, else the made-up one: `UPDATE_PAGES=1 cargo test --test it
//! rules::` writes them anew, and `docs/rules.md` after the next build.

#![cfg(feature = "cli")]

use crate::support;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;

use bisectstat::analysis::finding::{Finding, Remedy, Severity};
use bisectstat::analysis::{Analysis, Settings, analyze};
use bisectstat::evidence::Source;
use bisectstat::finding::render::{render, render_line};
use bisectstat::finding::{Limits, RULES, Rule, SECTIONS, findings, judge, nearest, rule};
use bisectstat::gate::format::CODES;
use bisectstat::ingest::read;
use bisectstat::prob::Prob;
use proptest::prelude::*;
use support::{LOGS, root, run, study};

fn judged(bytes: &[u8], name: &str) -> Vec<Analysis> {
    let Ok(reading) = read(bytes, &Source::new(name).holding(bytes)) else { return Vec::new() };
    let mut analyses = analyze(reading.bisections, &Settings::default());
    judge(&mut analyses, &Limits::default());
    analyses
}

fn file(path: &str) -> Analysis {
    // A rule may need another bisection beside the one that it is about.
    judged(&fs::read(root().join(path)).unwrap(), path).swap_remove(0)
}

fn made_up(rule: &Rule, which: &str) -> String {
    format!("tests/rules/{}.{which}.txt", rule.name.name)
}

fn of_rule<'a>(analysis: &'a Analysis, rule: &Rule) -> Option<&'a Finding> {
    analysis.findings.iter().find(|finding| finding.rule == rule.name)
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn each_rule_fires_where_it_should() {
    for rule in RULES {
        let analysis = file(&made_up(rule, "fires"));
        assert!(of_rule(&analysis, rule).is_some(), "{}: {:#?}", rule.name.name, analysis.findings);
    }
}

#[test]
fn each_rule_is_silent_beside_it() {
    for rule in RULES {
        let findings = file(&made_up(rule, "silent")).findings;
        let said = findings.iter().flat_map(|finding| finding.also.iter().chain([&finding.rule]));
        assert!(!said.into_iter().any(|name| *name == rule.name), "{}: {findings:#?}", rule.name.name);
    }
}

/// What the first log shows of a rule, as its page does.
fn example(rule: &Rule) -> String {
    let real = LOGS.iter().map(|(_, log)| (*log).to_owned()).find(|log| of_rule(&file(log), rule).is_some());
    let made_up = || {
        let log = made_up(rule, "fires");
        let words = format!("No log in `data/` shows it. A made-up one, `{log}`:");
        (log, words)
    };
    let (path, words) = real.map_or_else(made_up, |log| (log.clone(), format!("`{log}`:")));
    let analysis = file(&path);
    let shown = plain(&render(&analysis, of_rule(&analysis, rule).unwrap()));
    let shown: Vec<_> = shown.lines().map(str::trim_end).collect();
    format!("{words}\n\n```text\n{}\n```", shown.join("\n"))
}

#[test]
fn pages_show_what_the_program_says() {
    for rule in RULES {
        let page = rule.docs.sections().into_iter().find(|section| section.title == "Example").unwrap();
        let example = example(rule);
        if std::env::var_os("UPDATE_PAGES").is_some() {
            rewrite(rule, &page.body, &example);
        } else {
            assert_eq!(page.body, example, "{}", rule.name.name);
        }
    }
}

fn rewrite(rule: &Rule, old: &str, new: &str) {
    let path = root().join(format!("src/finding/{}.rs", rule.name.name.replace('-', "_")));
    let comment =
        |text: &str| text.lines().map(|l| format!("//! {l}").trim_end().to_owned()).collect::<Vec<_>>().join("\n");
    let source = fs::read_to_string(&path).unwrap();
    let (before, after) = source.split_once("//! # Example\n").unwrap();
    let after = after.replacen(&comment(old), &comment(new), 1);
    fs::write(path, format!("{before}//! # Example\n{after}")).unwrap();
}

#[test]
fn pages_are_whole() {
    for rule in RULES {
        let sections = rule.docs.sections();
        let titles: Vec<_> = sections.iter().map(|section| section.title.as_str()).collect();
        assert_eq!(titles, SECTIONS, "{}", rule.name.code);
        assert!(sections.iter().all(|section| !section.body.is_empty()), "{}", rule.name.code);
        assert!(rule.docs.summary().ends_with('.'), "{}", rule.name.code);
    }
}

#[test]
fn files_registry_and_documents_agree() {
    let machinery = ["case", "columns", "docs", "draft", "limits", "merge", "mod", "render"];
    let entries = fs::read_dir(root().join("src/finding")).unwrap().map(|entry| entry.unwrap().file_name());
    let files = entries.map(|name| name.into_string().unwrap().trim_end_matches(".rs").replace('_', "-"));
    let files: HashSet<_> = files.filter(|name| !machinery.contains(&name.as_str())).collect();
    let names: HashSet<_> = RULES.iter().map(|rule| rule.name.name.to_owned()).collect();
    assert_eq!(files, names);
    let generated = run(&["explain", "all", "--format", "markdown"]).stdout;
    let path = root().join("docs/rules.md");
    let document = fs::read_to_string(&path).unwrap();
    let (pages, by_hand) = document.split_once(BY_HAND).unwrap();
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(path, format!("{generated}\n{BY_HAND}{by_hand}")).unwrap();
    } else {
        assert_eq!(pages, format!("{generated}\n"), "UPDATE_PAGES=1 cargo test --test it rules::");
    }
}

/// Where the document's last section begins, which no program writes.
const BY_HAND: &str = "## Right against wrong\n";

#[test]
fn the_list_is_as_reviewed() {
    let codes = CODES.iter().map(|code| format!("{} {} (error)", code.name.code, code.name.name));
    let list = RULES.iter().map(|rule| format!("{} {} ({})", rule.name.code, rule.name.name, rule.severity_range()));
    let list = codes.chain(list);
    insta::assert_snapshot!(list.collect::<Vec<_>>().join("\n"));
    assert!(RULES.windows(2).all(|pair| pair[0].name.code < pair[1].name.code));
}

#[test]
fn the_findings_of_real_logs_are_as_reviewed() {
    let mut text = String::new();
    for (_, log) in LOGS {
        let analysis = file(log);
        let _ = writeln!(text, "{log}");
        for finding in &analysis.findings {
            let also: Vec<_> = finding.also.iter().map(|rule| rule.code).collect();
            let _ = writeln!(
                text,
                "{}p {:.3}, also {also:?}",
                plain(&render(&analysis, finding)),
                finding.p.map_or(-1.0, Prob::value)
            );
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_wrong_result_is_an_error_and_right_ones_are_none() {
    let severity = |log: &str, code: &str| of_rule(&file(log), rule(code).unwrap()).map(|finding| finding.severity);
    for code in ["BS201", "BS202", "BS301"] {
        assert_eq!(severity(LOGS[4].1, code), Some(Severity::Error), "{code}");
    }
    assert_eq!(severity(LOGS[4].1, "BS401"), Some(Severity::Warning));
    for log in [LOGS[0].1, LOGS[2].1] {
        assert!(file(log).findings.iter().all(|finding| finding.severity < Severity::Error), "{log}");
    }
}

/// Where the evidence leaves one commit and another one is named, there is nothing to bisect, but something to test.
#[test]
fn one_other_commit_is_tested_again() {
    let mut analysis = file(LOGS[4].1);
    analysis.credible_set.as_mut().unwrap().commits = Some(1);
    let found = findings(&analysis, &Limits::default());
    let unlikely = found.iter().find(|finding| finding.rule.code == "BS301").unwrap();
    let again = "run 66ae0d1e2d9f and 6c2450ae5565 again (bisectstat next says how often)";
    assert_eq!(unlikely.next, Some(Remedy::from(again).runs()));
}

/// A command names a title whole, however long the message may show it.
#[test]
fn a_title_in_a_command_is_whole() {
    let log = fs::read_to_string(root().join("tests/rules/title-drift.fires.txt")).unwrap();
    let drifted = of_rule(&judged(log.as_bytes(), "log")[0], rule("BS402").unwrap()).unwrap().clone();
    let shown = drifted.next.as_ref().unwrap().advice.rsplit_once("--title ").unwrap().1.trim_matches('\'').to_owned();
    let long = format!("{shown}{}", "x".repeat(150));
    let analyses = judged(log.replace(&shown, &long).as_bytes(), "log");
    let drift = of_rule(&analyses[0], rule("BS402").unwrap()).unwrap();
    assert!(drift.next.as_ref().unwrap().advice.ends_with(&format!("--title '{long}'")), "{drift:?}");
}

fn check(analyses: &[Analysis]) {
    for analysis in analyses {
        let keys: HashSet<_> = analysis.findings.iter().map(|f| (f.rule, f.step, f.commit)).collect();
        assert_eq!(keys.len(), analysis.findings.len());
        assert!(analysis.findings.is_sorted_by(|a, b| a.severity >= b.severity));
        for finding in &analysis.findings {
            let (least, worst) = rule(finding.rule.code).unwrap().severities;
            assert!((least..=worst).contains(&finding.severity), "{} {}", analysis.path, finding.rule.code);
            assert!(!finding.message.is_empty() && !finding.label.is_empty() && !finding.message.contains('\n'));
            assert!(analysis.evidence.source.line(finding.line).is_some(), "{} {}", analysis.path, finding.rule.code);
            let text = plain(&(render(analysis, finding) + &render_line(analysis, finding)));
            assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        }
    }
}

#[test]
fn findings_are_sorted_and_unique() {
    for (_, log) in LOGS {
        check(&[file(log)]);
    }
    for rule in RULES {
        check(&[file(&made_up(rule, "fires")), file(&made_up(rule, "silent"))]);
    }
}

/// No finding's name depends on where its line stands.
#[test]
fn fingerprints_survive_moved_lines() {
    let names = |analysis: &Analysis| analysis.findings.iter().map(|f| (f.rule, f.fingerprint)).collect::<Vec<_>>();
    let logs = LOGS.iter().map(|(_, log)| (*log).to_owned());
    for log in logs.chain(RULES.iter().map(|rule| made_up(rule, "fires"))) {
        let bytes = fs::read(root().join(&log)).unwrap();
        let moved = [b"a line of a mail\n".repeat(50), bytes].concat();
        let (here, there) = (file(&log), judged(&moved, &log).remove(0));
        assert_eq!(names(&here), names(&there), "{log}");
        assert!(here.findings.iter().zip(&there.findings).all(|(a, b)| a.line.0 + 50 == b.line.0), "{log}");
    }
}

/// Nothing that a log says reaches a terminal as a command.
#[test]
fn control_characters_are_shown_not_sent() {
    let log = fs::read_to_string(root().join("tests/rules/single-crash-verdict.fires.txt")).unwrap();
    let hostile = log.replace("task hung in foo_wait", "task \x1b[31mhung\x07\u{202e} in foo_wait");
    let analyses = judged(hostile.as_bytes(), "a\x1b[2Jlog");
    check(&analyses);
    let text = render(&analyses[0], of_rule(&analyses[0], rule("BS201").unwrap()).unwrap());
    assert!(!text.contains("\x1b[31mhung") && !text.contains("\x1b[2J") && !text.contains('\u{202e}'), "{text:?}");
}

#[test]
fn long_lines_are_cut_around_the_mark() {
    let log = fs::read_to_string(root().join("tests/rules/single-crash-verdict.fires.txt")).unwrap();
    let analyses = judged(log.replace("foo_wait", &"wait_ü".repeat(400)).as_bytes(), "log");
    let text = plain(&render(&analyses[0], of_rule(&analyses[0], rule("BS201").unwrap()).unwrap()));
    let quoted = text.lines().find(|line| line.contains("crashed: ")).unwrap();
    assert!(quoted.ends_with('…') && quoted.chars().count() <= 110 && text.contains('^'), "{text}");
}

#[test]
fn explain_takes_codes_and_names_and_suggests() {
    let page = run(&["explain", "BS201"]);
    assert_eq!((page.code, page.stderr.as_str()), (Some(0), ""));
    assert!(page.stdout.starts_with("BS201 single-crash-verdict   note to error\n"), "{}", page.stdout);
    for name in ["bs201", "single-crash-verdict"] {
        assert_eq!(run(&["explain", name]).stdout, page.stdout);
    }
    for code in &CODES {
        let page = run(&["explain", code.name.code]);
        assert!(
            page.stdout.starts_with(&format!("{} {}   error\n", code.name.code, code.name.name)),
            "{}",
            page.stdout
        );
        assert_eq!(run(&["explain", code.name.name]).stdout, page.stdout);
        let sections: Vec<_> = code.docs.sections().into_iter().map(|section| section.title).collect();
        assert_eq!(sections, SECTIONS, "{}", code.name.code);
    }
    let wrong = run(&["explain", "single-crash-verdikt"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(2), ""));
    assert!(wrong.stderr.contains("did you mean BS201 single-crash-verdict?"), "{}", wrong.stderr);
    assert!(run(&["explain", "xyz"]).stderr.contains("`bisectstat rules` lists them"));
    assert_eq!(run(&["explain"]).code, Some(2));
    assert!(nearest("mergeculprit").is_some_and(|rule| rule.name.code == "BS304"));
}

#[test]
fn rules_are_listed_in_every_format() {
    let text = run(&["rules"]).stdout;
    assert_eq!(text.lines().count(), RULES.len() + 1);
    let list: Vec<serde_json::Value> = serde_json::from_str(&run(&["rules", "--format", "json"]).stdout).unwrap();
    for (row, rule) in list.iter().zip(RULES) {
        assert_eq!((row["rule"].as_str(), row["name"].as_str()), (Some(rule.name.code), Some(rule.name.name)));
    }
    assert_eq!(run(&["rules", "--format", "markdown"]).stdout.lines().count(), RULES.len() + 2);
}

/// The whole study, where there is one: names stay unique and severities in their ranges.
#[test]
fn real_archives_hold_to_the_promises() {
    let Some(folder) = study() else { return };
    let archive = fs::File::open(folder.join("logs.tar.gz")).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    for entry in archive.entries().unwrap().step_by(20) {
        let mut bytes = Vec::new();
        let mut entry = entry.unwrap();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        check(&judged(&bytes, "log"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// A log may end anywhere.
    #[test]
    fn prefixes_of_real_logs_are_judged(log in 0usize..5, share in 0.0..1.0f64) {
        let bytes = fs::read(root().join(LOGS[log].1)).unwrap();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a file")]
        let end = (bytes.len() as f64 * share) as usize;
        check(&judged(&bytes[..end], "log"));
    }
}
