//! Formats under hostile text and great numbers: nothing breaks out, nothing grows beyond what the reader takes.

#![cfg(feature = "cli")]

use crate::support;

use std::fs::File;
use std::io::Write as _;

use bisectstat::Analysis;
use bisectstat::analysis::finding::{Finding, Place, Severity};
use bisectstat::evidence::{Line, Source};
use bisectstat::gate::decision::{Decision, Judged, Level, Suppressed, SuppressedBy, Unread};
use bisectstat::gate::format::Format;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::Value;
use support::decisions::{analysis, because, decision, finding, ruled, written};
use support::sarif::{errors, schema};
use support::{LOGS, run, study};

/// What a title, a subject or a path may hold.
const HOSTILE: [&str; 9] = [
    "]]><script>alert(1)</script>",
    "%0A::error::gotcha",
    "a\n::set-output name=x::y\r\n| b | c |",
    "```\n# heading\n~~~",
    "@torvalds #1 https://example.com www.example.com",
    "[click](https://example.com) ![x](y) <img src=x> {0}",
    "`|` \\| ** __ $x$",
    "\u{1b}[31mred\u{7}\u{0}\u{202e}\u{2028}\u{ffff}",
    "x, y: z,line=9",
];

/// A hostile text in every place that a log, a policy or a path can reach.
struct Hostile {
    analysis: Analysis,
    finding: Finding,
    text: String,
}

impl Hostile {
    fn new(text: &str) -> Self {
        let mut analysis = analysis(LOGS[4].1);
        analysis.path = format!("logs/{text}.txt");
        analysis.bisection.clone_from(&analysis.path);
        let bytes = format!("{text}\n").repeat(200).into_bytes();
        analysis.evidence.source = Source::new(&*analysis.path).holding(&bytes);
        analysis.evidence.culprit.as_mut().unwrap().subject = Some(text.into());
        let mut finding = finding(Severity::Error, 177, 0.9, text);
        text.clone_into(&mut finding.label);
        finding.next = Some(format!("git bisect start {text}").into());
        finding.places = vec![Place { line: Line(3), label: text.to_owned() }];
        Self { analysis, finding, text: text.to_owned() }
    }

    fn decision(&self) -> Decision<'_> {
        let by = SuppressedBy::Policy { reason: self.text.clone(), because: because(&self.text) };
        let mut judged = Judged::new(&self.analysis);
        judged.findings = vec![ruled(&self.finding, Level::Deny)];
        judged.suppressed = vec![Suppressed { finding: &self.finding, by }];
        let unread = Unread { source: Source::new(&*self.text), error: self.text.clone() };
        decision(&self.text, vec![judged], vec![unread])
    }
}

#[test]
fn no_control_character_leaves() {
    for text in HOSTILE {
        let hostile = Hostile::new(text);
        for format in Format::ALL {
            let written = written(format, &hostile.decision());
            let bad = written.chars().find(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c));
            assert_eq!(bad, None, "{} {text:?}", format.name());
        }
    }
}

#[test]
fn a_title_is_no_workflow_command() {
    for text in HOSTILE {
        let hostile = Hostile::new(text);
        let written = written(Format::Github, &hostile.decision());
        let commands: Vec<_> = written.lines().collect();
        assert_eq!(commands.len(), 3, "one for the input, one for the finding, and the verdict: {written}");
        let (properties, message) = commands[1].strip_prefix("::error ").unwrap().split_once("::").unwrap();
        assert_eq!(properties.split(',').count(), 3, "{properties}");
        assert!(message.starts_with(&text[..1].replace('%', "%25").replace('\u{1b}', "\u{fffd}")), "{message}");
        assert!(!commands[2].starts_with("::"));
    }
}

#[test]
fn a_title_is_no_markup() {
    for text in HOSTILE {
        let hostile = Hostile::new(text);
        let markdown = written(Format::Markdown, &hostile.decision());
        let mut code = false;
        for event in Parser::new_ext(&markdown, Options::all()) {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => panic!("{html} of {text:?}"),
                Event::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("a link of {text:?}:\n{markdown}"),
                Event::InlineMath(math) | Event::DisplayMath(math) => panic!("{math} of {text:?}"),
                Event::Start(Tag::CodeBlock(_)) => code = true,
                Event::End(TagEnd::CodeBlock) => code = false,
                Event::Text(plain) if !code => {
                    let live = ["@torvalds", "#1", "https://", "www."].iter().find(|live| plain.contains(**live));
                    assert_eq!(live, None, "{plain}");
                }
                _ => {}
            }
        }
        let cells = Parser::new_ext(&markdown, Options::ENABLE_TABLES);
        let cells = cells.filter(|event| matches!(event, Event::Start(Tag::TableCell))).count();
        assert_eq!(cells, 2 * 8, "{markdown}");
        let headings = Parser::new(&markdown).filter(|event| matches!(event, Event::Start(Tag::Heading { .. })));
        assert_eq!(headings.count(), 3, "{markdown}");
    }
}

#[test]
fn a_title_ends_no_element() {
    for text in HOSTILE {
        let hostile = Hostile::new(text);
        let xml = written(Format::Junit, &hostile.decision());
        let document = roxmltree::Document::parse(&xml).unwrap_or_else(|error| panic!("{error} of {text:?}"));
        assert!(!document.descendants().any(|node| node.has_tag_name("script")));
        let cases = document.descendants().filter(|node| node.has_tag_name("testcase")).count();
        assert_eq!(cases, 2);
    }
}

#[test]
fn a_title_is_no_link_in_sarif() {
    for text in HOSTILE {
        let hostile = Hostile::new(text);
        let sarif: Value = serde_json::from_str(&written(Format::Sarif, &hostile.decision())).unwrap();
        let result = &sarif["runs"][0]["results"][0];
        let message = result["message"]["text"].as_str().unwrap();
        assert_eq!(message.matches("](").count(), 1, "only ours: {message}");
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"%/-._~".contains(&byte)), "{uri}");
    }
}

/// One bisection with a great many findings of each severity.
fn many(analysis: &Analysis, findings: &[Finding], decide: impl FnOnce(Decision<'_>)) {
    let mut judged = Judged::new(analysis);
    judged.findings = findings.iter().map(|finding| ruled(finding, Level::Warn)).collect();
    let mut decision = Decision::of_all(&[], Vec::new());
    decision.bisections = vec![judged];
    decide(decision);
}

fn findings(number: u32, message: &str) -> Vec<Finding> {
    let of = |n: u32| finding(Severity::ALL[n as usize % 3], n % 200 + 1, 0.5, &format!("{message} {n}"));
    (0..number).map(of).collect()
}

#[test]
fn sarif_stays_below_what_github_takes() {
    let analysis = analysis(LOGS[4].1);
    for message in ["short", &"a longer message ".repeat(100)] {
        many(&analysis, &findings(30_000, message), |decision| {
            let text = written(Format::Sarif, &decision);
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(text.as_bytes()).unwrap();
            assert!(gzip.finish().unwrap().len() < 10_000_000);
            assert!(text.len() < 11_000_000, "also if it could not be compressed: {}", text.len());
            let sarif: Value = serde_json::from_str(&text).unwrap();
            let results = sarif["runs"][0]["results"].as_array().unwrap();
            assert!((2000..=25_000).contains(&results.len()), "{}", results.len());
            let worst_first = ["error", "warning", "note"].map(Value::from);
            let rank = |result: &Value| worst_first.iter().position(|level| *level == result["level"]);
            assert!(results.is_sorted_by_key(rank));
            let notification = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
            let expected = format!("{} results left out: the receiving side takes no more", 30_000 - results.len());
            assert_eq!(notification["message"]["text"], expected.as_str());
        });
    }
}

#[test]
fn annotations_stay_below_what_a_step_may_make() {
    let analysis = analysis(LOGS[4].1);
    for number in [0, 1, 30, 31, 33, 30_000] {
        many(&analysis, &findings(number, "m"), |decision| {
            let text = written(Format::Github, &decision);
            let of = |level: &str| text.lines().filter(|line| line.starts_with(&format!("::{level} "))).count();
            let (errors, warnings, notices) = (of("error"), of("warning"), of("notice"));
            assert!(errors <= 10 && warnings <= 10 && notices <= 10);
            if number <= 30 {
                assert_eq!(errors + warnings + notices, number as usize);
                assert!(!text.contains("more, see the summary"));
            } else {
                let left_out = number as usize - 29;
                assert!(text.contains(&format!("::{left_out} annotations more, see the summary\n")), "{text}");
            }
        });
    }
}

#[test]
fn markdown_fits_a_comment() {
    let analysis = analysis(LOGS[4].1);
    many(&analysis, &findings(30_000, "a message"), |decision| {
        let text = written(Format::Markdown, &decision);
        assert!((60_000..=65_536).contains(&text.len()), "{}", text.len());
        assert!(text.ends_with("findings more than fit here.\n"), "{}", &text[text.len() - 200..]);
        assert_eq!(text.matches("\n```").count() % 2, 0, "no block of code is cut open");
    });
    let analyses = vec![analysis; 3000];
    let text = written(Format::Markdown, &Decision::of_all(&analyses, vec![]));
    assert!(text.len() <= 65_536 && text.contains("bisections more than fit here."), "{}", text.len());
}

#[test]
fn the_others_hold_them_all_or_say_so() {
    let analysis = analysis(LOGS[4].1);
    many(&analysis, &findings(30_000, "m"), |decision| {
        let issues: Vec<Value> = serde_json::from_str(&written(Format::Gitlab, &decision)).unwrap();
        let mut fingerprints: Vec<_> = issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
        fingerprints.sort_unstable();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), 30_000);
        let junit = written(Format::Junit, &decision);
        assert!(junit.len() < 100_000 && junit.contains("… 29950 more"), "{}", junit.len());
    });
}

/// The labelled bisections, all at once.
#[test]
fn sarif_of_the_study_is_whole() {
    let Some(study) = study() else { return println!("no study: nothing tested") };
    let dir = tempfile::tempdir().unwrap();
    let archive = File::open(study.join("logs.tar.gz")).unwrap();
    tar::Archive::new(flate2::read::GzDecoder::new(archive)).unpack(dir.path()).unwrap();
    let ran = run(&["analyze", dir.path().to_str().unwrap(), "--format", "sarif"]);
    assert!(ran.stdout.len() < 10_000_000);
    let sarif: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(errors(&schema(), &sarif), [""; 0]);
    assert!(sarif["runs"][0]["results"].as_array().unwrap().len() < 5000, "as many as are shown");
    assert_eq!(sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"], serde_json::json!([]));
}
