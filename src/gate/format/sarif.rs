//! SARIF 2.1.0: one run, all rules, one result a finding.
//!
//! GitHub takes ten megabytes of compressed text and 25 000 results, shows 5000 of them, and refuses what is larger as a
//! whole. Results are counted before compression, so that no text whatever can make the file too large.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::Value;

use crate::analysis::finding::{Place, Severity};
use crate::analysis::words::{clean, count, cut};
use crate::evidence::Line;
use crate::gate::decision::Decision;
use crate::prob::json::to_writer;

use super::notice::{Notice, Problem, Standing, notices, problems};
use super::place::{Quote, uri};
use super::sarif_rules::{descriptors, index};
use super::sarif_types::{
    ArtifactLocation, Driver, Fingerprints, Invocation, Location, Log, Message, Notification, Outcome,
    PhysicalLocation, Region, Run, Suppression, Tool,
};

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
    let left_out = (left_out > 0).then(|| left_out_text(left_out));
    let run = Run {
        column_kind: "utf16CodeUnits",
        invocations: [invocation(&problems, left_out.as_deref())],
        results,
        tool: Tool { driver: driver() },
    };
    to_writer(&mut *out, &Log { schema: SCHEMA, runs: [run], version: "2.1.0" })?;
    writeln!(out)
}

/// As many of the first as the receiving side takes.
fn limited(results: impl Iterator<Item = Outcome>) -> io::Result<Vec<Outcome>> {
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

fn driver() -> Driver {
    // An empty URI would be refused.
    let repository = env!("CARGO_PKG_REPOSITORY");
    Driver {
        information_uri: Some(repository).filter(|uri| !uri.is_empty()),
        name: env!("CARGO_PKG_NAME"),
        rules: descriptors(),
        semantic_version: env!("CARGO_PKG_VERSION"),
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// What went wrong on the way, and what is left out.
fn invocation<'a>(problems: &'a [Problem], left_out: Option<&'a str>) -> Invocation<'a> {
    let missing = left_out.map(|text| Notification { level: "warning", locations: None, message: Message { text } });
    Invocation {
        execution_successful: problems.is_empty(),
        tool_execution_notifications: problems.iter().map(unread).chain(missing).collect(),
    }
}

fn left_out_text(results: usize) -> String {
    format!("{} left out: the receiving side takes no more", count(results, "result"))
}

fn unread(problem: &Problem) -> Notification<'_> {
    let at = |path: &String| [located(PhysicalLocation::file(path))];
    Notification {
        level: "error",
        locations: problem.path.as_ref().map(at),
        message: Message { text: problem.text.as_str() },
    }
}

fn result(notice: &Notice<'_>, known: bool) -> Outcome {
    let places = notice.finding.map_or(&[][..], |finding| &finding.places);
    let related: Vec<_> = places.iter().take(PLACES).zip(1..).map(|(place, id)| related(notice, place, id)).collect();
    Outcome {
        baseline_state: baseline_state(&notice.standing).filter(|_| known),
        level: level(notice.severity),
        locations: [located(place(notice))],
        message: Message { text: text(notice, related.len()) },
        partial_fingerprints: Fingerprints { primary_location_line_hash: notice.fingerprint() },
        properties: properties(notice),
        related_locations: related,
        rule_id: notice.rule.code,
        rule_index: index(notice.rule),
        suppressions: suppression(&notice.standing).map(|suppression| [suppression]),
    }
}

/// A baseline is not asked about what the policy excuses.
const fn baseline_state(standing: &Standing) -> Option<&'static str> {
    match standing {
        Standing::Known => Some("unchanged"),
        Standing::Denied | Standing::Shown => Some("new"),
        Standing::Excused(_) => None,
    }
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The message, what to do next, and links to the other lines, which GitHub shows only so.
fn text(notice: &Notice<'_>, related: usize) -> String {
    // `[text](target)` is a link in every message.
    let advice = notice.advice().replace("](", "] (");
    let links = (1..=related).map(|id| format!("[{id}]({id})")).collect::<Vec<_>>();
    if links.is_empty() { advice } else { format!("{advice}\nsee also {}", links.join(", ")) }
}

fn related(notice: &Notice<'_>, place: &Place, id: usize) -> Location {
    let found = notice.analysis.evidence.source.at(place.line);
    let region = Region { start_line: number(found.line), ..Region::default() };
    let label = cut(&clean(&place.label), LABEL).replace("](", "] (");
    Location {
        id: Some(id),
        message: Some(Message { text: label }),
        physical_location: PhysicalLocation { region: Some(region), ..PhysicalLocation::file(found.path) },
    }
}

fn located(physical_location: PhysicalLocation) -> Location {
    Location { id: None, message: None, physical_location }
}

impl PhysicalLocation {
    /// A file as a whole.
    fn file(path: &str) -> Self {
        Self { artifact_location: ArtifactLocation { uri: uri(path) }, context_region: None, region: None }
    }
}

fn place(notice: &Notice<'_>) -> PhysicalLocation {
    let found = notice.place();
    let line = number(found.line);
    let whole = Region { start_line: line, end_line: Some(line), ..Region::default() };
    PhysicalLocation {
        context_region: notice.quote.as_ref().map(|quote| Region { snippet: snippet(&quote.text), ..whole.clone() }),
        region: Some(notice.quote.as_ref().map_or_else(|| whole.clone(), |quote| marked(quote, &whole))),
        ..PhysicalLocation::file(found.path)
    }
}

fn marked(quote: &Quote, whole: &Region) -> Region {
    let (start, end) = quote.columns();
    Region { start_column: Some(start), end_column: Some(end), snippet: snippet(&quote.marked()), ..whole.clone() }
}

fn snippet(text: &str) -> Option<Message<String>> {
    Some(Message { text: text.to_owned() }).filter(|_| !text.is_empty())
}

/// Lines are counted from 1.
fn number(line: Line) -> u32 {
    line.0.max(1)
}

fn suppression(standing: &Standing) -> Option<Suppression> {
    let why = match standing {
        Standing::Denied | Standing::Shown => return None,
        Standing::Excused(reason) => reason.as_str(),
        Standing::Known => "it is in the baseline",
    };
    Some(Suppression { justification: why.to_owned(), kind: "external" })
}

/// The figures behind it.
fn properties(notice: &Notice<'_>) -> BTreeMap<&'static str, Value> {
    let mut entries = BTreeMap::new();
    let mut add = |key: &'static str, value: Value| entries.insert(key, value);
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
    entries
}
