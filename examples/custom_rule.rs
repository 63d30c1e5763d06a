//! A rule of one's own beside the built-in ones: a culprit that nobody tested twice is not mailed here.
//!
//!     cargo run --no-default-features --example custom_rule

use bisectstat::Analysis;
use bisectstat::analysis::{Settings, analyze};
use bisectstat::evidence::Source;
use bisectstat::finding::{Draft, Limits, OwnRule, RuleName, Severity, findings_with};
use bisectstat::ingest::{ReadError, read};
use bisectstat::prob::Prob;

/// Codes that begin with `BS` are the crate's.
const TESTED_ONCE: RuleName = RuleName { code: "ACME1", name: "tested-once" };

fn main() -> Result<(), ReadError> {
    let log = include_bytes!("../data/004_css_free_rwork_fn.txt");
    let bisections = read(log, &Source::new("data/004_css_free_rwork_fn.txt"))?.bisections;
    let own = [OwnRule { name: TESTED_ONCE, check: &|analysis| tested_once(analysis, 20) }];

    for analysis in analyze(bisections, &Settings::default()) {
        for finding in findings_with(&analysis, &Limits::default(), &own) {
            println!("{}[{}]: {}", finding.severity.name(), finding.rule.code, finding.message);
        }
    }
    Ok(())
}

/// Looks at the tests of the named commit. What a rule reads is an [`Analysis`]: counts, probabilities, the log's lines.
fn tested_once(analysis: &Analysis, enough: u32) -> Vec<Draft> {
    let named = analysis.steps.iter().filter(|step| Some(step.commit) == analysis.named_culprit);
    let tests: Vec<_> = named.collect();
    let [only] = tests.as_slice() else { return Vec::new() };
    let runs = only.passes + only.crashes;
    if runs >= enough {
        return Vec::new();
    }
    let message = format!("{} was tested once, with {runs} runs; we want {enough} before a mail", only.commit.short());
    let draft = Draft::new(Severity::Warning, only.line, message)
        .at(only.step, only.commit)
        .label("the only test")
        .p(analysis.trusted().map(Prob::complement))
        .figure("runs", runs)
        .next(format!("run it {} times more", enough - runs));
    vec![draft]
}
