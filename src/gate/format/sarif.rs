//! SARIF 2.1.0: one run, all rules, one result a finding.
//!
//! GitHub takes ten megabytes of compressed text and 25 000 results, shows 5000 of them, and refuses what is larger as a
//! whole. Results are counted before compression, so that no text whatever can make the file too large.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::Value;
use serde_sarif::sarif::{
    ArtifactContent, ArtifactLocation, Invocation, Location, Message, Notification, PhysicalLocation, PropertyBag,
    Region, Result as SarifResult, ResultLevel, Run, Sarif, Suppression, Tool, ToolComponent,
};

use crate::analysis::finding::{Place, Severity};
use crate::analysis::words::{clean, count, cut};
use crate::evidence::Line;
use crate::gate::decision::Decision;
use crate::prob::json::to_writer;

use super::notice::{Notice, Problem, Standing, notices, problems};
use super::place::{Quote, uri};
use super::sarif_rules::{descriptors, index};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Results of a run that GitHub takes.
const RESULTS: usize = 25_000;
/// Bytes of all results; what GitHub takes is a little more, and compressed.
const BYTES: usize = 10_000_000;
/// More lines to look at, for one result: GitHub keeps a hundred.
const PLACES: usize = 100;
/// Characters of a label.
const LABEL: usize = 200;

pub(super) fn write(decision: &Decision<'_>, out: &mut dyn Write) -> io::Result<()> {
    let notices = notices(decision);
    let known = notices.iter().any(|notice| notice.standing == Standing::Known);
    let results = limited(notices.iter().map(|notice| result(notice, known)))?;
    let left_out = notices.len() - results.len();
    let problems = problems(decision);
    let run = Run::builder()
        .tool(Tool::builder().driver(driver()).build())
        .invocations(vec![invocation(&problems, left_out)])
        .results(results)
        .column_kind(Value::from("utf16CodeUnits"))
        .build();
    let sarif = Sarif::builder().schema(SCHEMA).version(Value::from("2.1.0")).runs(vec![run]).build();
    to_writer(&mut *out, &sarif)?;
    writeln!(out)
}

/// As many of the first as the receiving side takes.
fn limited(results: impl Iterator<Item = SarifResult>) -> io::Result<Vec<SarifResult>> {
    let (mut kept, mut bytes) = (Vec::new(), 0);
    for result in results.take(RESULTS) {
        bytes += serde_json::to_vec(&result)?.len();
        if bytes > BYTES {
            break;
        }
        kept.push(result);
    }
    Ok(kept)
}

fn driver() -> ToolComponent {
    let mut driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(descriptors())
        .build();
    // An empty URI would be refused.
    driver.information_uri = [env!("CARGO_PKG_REPOSITORY")].into_iter().find(|uri| !uri.is_empty()).map(str::to_owned);
    driver
}

/// What went wrong on the way, and what is left out.
fn invocation(problems: &[Problem], left_out: usize) -> Invocation {
    let mut notifications: Vec<_> = problems.iter().map(unread).collect();
    if left_out > 0 {
        let text = format!("{} left out: the receiving side takes no more", count(left_out, "result"));
        let message = Message::builder().text(text).build();
        notifications.push(Notification::builder().level(Value::from("warning")).message(message).build());
    }
    Invocation::builder().execution_successful(problems.is_empty()).tool_execution_notifications(notifications).build()
}

fn unread(problem: &Problem) -> Notification {
    let message = Message::builder().text(problem.text.as_str()).build();
    let mut notification = Notification::builder().level(Value::from("error")).message(message).build();
    notification.locations = problem.path.as_deref().map(|path| {
        let place = PhysicalLocation::builder().artifact_location(artifact(path)).build();
        vec![Location::builder().physical_location(place).build()]
    });
    notification
}

fn result(notice: &Notice<'_>, known: bool) -> SarifResult {
    let places = notice.finding.map_or(&[][..], |finding| &finding.places);
    let related: Vec<_> = places.iter().take(PLACES).zip(1..).map(|(place, id)| related(notice, place, id)).collect();
    let mut result = SarifResult::builder()
        .rule_id(notice.rule.code)
        .level(level(notice.severity))
        .message(Message::builder().text(text(notice, related.len())).build())
        .locations(vec![Location::builder().physical_location(place(notice)).build()])
        .partial_fingerprints(BTreeMap::from([("primaryLocationLineHash".to_owned(), notice.fingerprint())]))
        .properties(properties(notice))
        .build();
    result.rule_index = index(notice.rule).and_then(|index| i64::try_from(index).ok());
    result.related_locations = Some(related).filter(|related| !related.is_empty());
    result.suppressions = suppression(&notice.standing).map(|suppression| vec![suppression]);
    let state = |name: &str| known.then(|| Value::from(name));
    result.baseline_state = match notice.standing {
        Standing::Known => state("unchanged"),
        Standing::Denied | Standing::Shown => state("new"),
        // A baseline is not asked about what the policy excuses.
        Standing::Excused(_) => None,
    };
    result
}

const fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Note => ResultLevel::Note,
        Severity::Warning => ResultLevel::Warning,
        Severity::Error => ResultLevel::Error,
    }
}

/// The message, what to do next, and links to the other lines, which GitHub shows only so.
fn text(notice: &Notice<'_>, related: usize) -> String {
    // `[text](target)` is a link in every message.
    let advice = notice.advice().replace("](", "] (");
    let links = (1..=related).map(|id| format!("[{id}]({id})")).collect::<Vec<_>>();
    if links.is_empty() { advice } else { format!("{advice}\nsee also {}", links.join(", ")) }
}

fn related(notice: &Notice<'_>, place: &Place, id: i64) -> Location {
    let found = notice.analysis.evidence.source.at(place.line);
    let region = Region::builder().start_line(number(found.line)).build();
    let at = PhysicalLocation::builder().artifact_location(artifact(found.path)).region(region).build();
    let label = cut(&clean(&place.label), LABEL).replace("](", "] (");
    let message = Message::builder().text(label).build();
    Location::builder().id(id).physical_location(at).message(message).build()
}

fn place(notice: &Notice<'_>) -> PhysicalLocation {
    let found = notice.place();
    let whole = Region::builder().start_line(number(found.line)).end_line(number(found.line)).build();
    let mut place = PhysicalLocation::builder().artifact_location(artifact(found.path)).build();
    place.context_region = notice.quote.as_ref().map(|quote| Region { snippet: snippet(&quote.text), ..whole.clone() });
    place.region = Some(match &notice.quote {
        Some(quote) => marked(quote, whole),
        None => whole,
    });
    place
}

fn marked(quote: &Quote, whole: Region) -> Region {
    let (start, end) = quote.columns();
    let column = |column: usize| i64::try_from(column).ok();
    Region { start_column: column(start), end_column: column(end), snippet: snippet(&quote.marked()), ..whole }
}

fn snippet(text: &str) -> Option<ArtifactContent> {
    Some(ArtifactContent::builder().text(text).build()).filter(|_| !text.is_empty())
}

/// Lines are counted from 1.
fn number(line: Line) -> i64 {
    i64::from(line.0.max(1))
}

fn artifact(path: &str) -> ArtifactLocation {
    ArtifactLocation::builder().uri(uri(path)).build()
}

fn suppression(standing: &Standing) -> Option<Suppression> {
    let why = match standing {
        Standing::Denied | Standing::Shown => return None,
        Standing::Excused(reason) => reason.as_str(),
        Standing::Known => "it is in the baseline",
    };
    Some(Suppression::builder().kind(Value::from("external")).justification(why).build())
}

/// The figures behind it.
fn properties(notice: &Notice<'_>) -> PropertyBag {
    let mut entries = BTreeMap::new();
    let mut add = |key: &str, value: Value| entries.insert(key.to_owned(), value);
    add("bisection", clean(&notice.analysis.bisection).into());
    add("answer", notice.analysis.answer.name().into());
    if let Some(because) = notice.because {
        add("because", clean(&because.0).into());
    }
    if let Some(finding) = notice.finding {
        add("severity", finding.severity.name().into());
        add("p", finding.p.map_or(Value::Null, |p| p.value().into()));
        add("step", finding.step.map_or(Value::Null, Value::from));
        add("commit", finding.commit.map_or(Value::Null, |commit| commit.to_string().into()));
        let figures = finding.figures.iter().map(|figure| (figure.name.to_owned(), Value::from(figure.value)));
        add("figures", figures.collect());
        add("also", finding.also.iter().map(|rule| rule.code).collect::<Vec<_>>().into());
    }
    PropertyBag::builder().additional_properties(entries).build()
}
