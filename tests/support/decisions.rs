//! Decisions made by hand, of what no seed shows at once.

use std::fs;

use bisectstat::Analysis;
use bisectstat::analysis::finding::{Figure, Finding, Place, Remedy, RuleName, Severity};
use bisectstat::evidence::{CommitId, Kind, Line, Source};
use bisectstat::gate::decision::Unread;
use bisectstat::gate::decision::{Because, Decision, Demand, Failure, Judged, Level, Ruled, Suppressed, SuppressedBy};
use bisectstat::gate::format::{Format, write};
use bisectstat::history::Command;
use bisectstat::ingest::read;
use bisectstat::prob::Prob;

use super::root;

/// A log of `data/`, analysed under its own path and without findings.
pub fn analysis(log: &str) -> Analysis {
    let bytes = fs::read(root().join(log)).unwrap();
    let batch = read(&bytes, &Source::new(log).holding(&bytes)).unwrap().bisections;
    let settings = bisectstat::analysis::Settings::default();
    bisectstat::analysis::analyze(batch, &settings).remove(0)
}

/// A finding with nothing unusual in it.
pub fn finding(severity: Severity, line: u32, p: f64, message: &str) -> Finding {
    let rule = RuleName { code: "BS201", name: "single-crash-verdict" };
    let mut finding = Finding::new(rule, severity, Line(line), message);
    finding.step = Some(13);
    finding.p = Prob::new(p).ok();
    finding.next = Some(again());
    finding.figures = vec![Figure { name: "crashes", value: 1.0 }, Figure { name: "trials", value: 10.0 }];
    finding.label = String::from("seen at no other revision");
    finding.places = vec![Place { line: Line(165), label: "called good here".to_owned() }];
    finding
}

pub fn because(text: &str) -> Because {
    Because(text.to_owned())
}

pub fn ruled(finding: &Finding, level: Level) -> Ruled<'_> {
    Ruled::new(finding, level, because("bisectstat.toml:7: BS201 = \"deny\""))
}

/// What a policy of this name decided, which wants at least one bisection.
pub fn decision<'a>(policy: &str, bisections: Vec<Judged<'a>>, unread: Vec<Unread>) -> Decision<'a> {
    let mut decision = Decision::of_all(&[], unread);
    decision.policy = Some(policy.to_owned());
    decision.bisections = bisections;
    decision.may_be_empty = false;
    decision
}

/// The demands of a policy, all of them unmet.
fn failures() -> Vec<Failure> {
    let p = Prob::saturating;
    let failure = |demand, text| Failure::new(demand, because(text));
    vec![
        failure(Demand::PRight { stated: p(0.041), least: p(0.5) }, "bisectstat.toml:2: p-right = 0.5"),
        failure(Demand::PNamed { stated: Some(p(0.0)), least: p(0.1) }, "bisectstat.toml:3: p-named = 0.1"),
        failure(Demand::CredibleCommits { stated: None, most: 10 }, "bisectstat.toml:4: credible-commits = 10"),
    ]
}

/// A bisection that fails in every way, one that passes with a warning, and one that nothing is said of; with what the
/// policy and the baseline suppress, and with inputs that could not be read.
pub struct Everything {
    bad: Analysis,
    warned: Analysis,
    good: Analysis,
    findings: Vec<Finding>,
}

impl Everything {
    pub fn new() -> Self {
        let findings = vec![
            finding(Severity::Error, 177, 0.996, "6c2450ae5565 was called bad for 1 crash in 10 runs"),
            finding(Severity::Warning, 160, 0.3, "464dca612bc6 was called good after 20 runs"),
            finding(Severity::Note, 20, 0.01, "14 of 20 runs crash at the origin"),
            finding(Severity::Error, 40, 0.9, "it was always so"),
            finding(Severity::Warning, 50, 0.5, "the machine was replaced"),
        ];
        let log = |name: &str| analysis(&format!("data/{name}"));
        Self {
            bad: log("004_css_free_rwork_fn.txt"),
            warned: log("002_del_gendisk.txt"),
            good: log("000_nbd_ioctl.txt"),
            findings,
        }
    }

    pub fn decision(&self) -> Decision<'_> {
        let [denied, warned, note, known, excused] = &self.findings[..] else { unreachable!() };
        let reason = "known: the machine was replaced".to_owned();
        let by = SuppressedBy::Policy { reason, because: because("bisectstat.toml:12") };
        let mut bad = Judged::new(&self.bad);
        bad.failures = failures();
        bad.findings = vec![ruled(denied, Level::Deny), ruled(warned, Level::Warn)];
        bad.suppressed =
            vec![Suppressed { finding: known, by: SuppressedBy::Baseline }, Suppressed { finding: excused, by }];
        // An error that the policy only warns of, and a note.
        let mut warned = Judged::new(&self.warned);
        warned.findings = vec![ruled(known, Level::Warn), ruled(note, Level::Warn)];
        let good = Judged::new(&self.good);
        let unread = Unread { source: Source::new("data/empty.txt"), error: "the file is empty".to_owned() };
        decision("bisectstat.toml", vec![good, warned, bad], vec![unread])
    }
}

/// What a format makes of a decision.
pub fn written(format: Format, decision: &Decision<'_>) -> String {
    let mut bytes = Vec::new();
    write(format, decision, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// What to do about it, with a command.
fn again() -> Remedy {
    let name = |hash: &str| CommitId::parse(hash).unwrap();
    let start = Command::bisect_start(Kind::Cause, name("66ae0d1e2d9f"), &[name("6c2450ae5565")]);
    Remedy::with("run it again, thirty times or more", start)
}
