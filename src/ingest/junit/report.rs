//! One report: its suites, with what they say of their revision, and how each case ran.

use xxhash_rust::xxh3::Xxh3;

use crate::evidence::{Line, Outcome, Source, Took, VoidKind};
use crate::ingest::problem::Problem;
use crate::ingest::table::{Columns, Meaning};

use super::revision;
use super::title::{first_line, title};
use super::xml::{Node, Tag, Xml};

/// How the tests of one report ran.
#[derive(Debug)]
pub struct Report {
    /// The file of the report, without its text.
    pub(super) source: Source,
    pub(super) suites: Vec<Suite>,
    pub(super) cases: Vec<Case>,
}

/// A suite, or the root.
#[derive(Debug, Default)]
pub(super) struct Suite {
    /// The suite around it, an index.
    pub(super) parent: Option<usize>,
    name: String,
    /// The revision that a property names.
    pub(super) revision: Option<String>,
    /// The place that a property gives it.
    pub(super) order: Option<f64>,
    /// What it says, for a suite that says when it ran: the same twice is one.
    pub(super) digest: Option<u64>,
}

/// One case of a suite.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) suite: usize,
    pub(super) class: Box<str>,
    pub(super) name: Box<str>,
    pub(super) runs: Vec<Occurrence>,
}

/// One run of a case.
#[derive(Debug)]
pub(super) struct Occurrence {
    pub(super) line: Line,
    pub(super) outcome: Outcome,
    /// The line as it stands in the file.
    pub(super) quote: Box<str>,
    /// How long it took, where the report says so of this run alone.
    pub(super) took: Option<Took>,
}

/// A run that a report in another form tells of.
pub(super) struct Ran {
    pub(super) class: String,
    pub(super) name: String,
    pub(super) line: Line,
    pub(super) outcome: Outcome,
    pub(super) quote: String,
}

impl Report {
    /// A report of so many runs, which says nothing of its revision.
    pub(super) fn of_runs(source: &Source, runs: Vec<Ran>) -> Self {
        let cases = runs.into_iter().map(|Ran { class, name, line, outcome, quote }| Case {
            suite: 0,
            class: class.into(),
            name: name.into(),
            runs: vec![Occurrence { line, outcome, quote: quote.into(), took: None }],
        });
        Self { source: source.clone(), suites: vec![Suite::default()], cases: cases.collect() }
    }

    /// The file that it was read from.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// How many runs it tells of.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.cases.iter().map(|case| case.runs.len()).sum()
    }

    /// What the suite, or one around it, says.
    pub(super) fn said<T>(&self, suite: usize, of: impl Fn(&Suite) -> Option<T>) -> Option<T> {
        let mut next = Some(suite);
        while let Some(suite) = next.and_then(|at| self.suites.get(at)) {
            if let Some(said) = of(suite) {
                return Some(said);
            }
            next = suite.parent;
        }
        None
    }
}

/// Reads a whole document.
pub(super) fn read(bytes: &[u8], source: &Source, told: &Columns) -> (Report, Vec<Problem>) {
    let report = Report { source: source.clone(), suites: Vec::new(), cases: Vec::new() };
    let mut reader = Reader { xml: Xml::new(bytes), told, report, open: Vec::new(), case: None, property: None };
    while let Some(node) = reader.xml.next() {
        match node {
            Node::Open(tag) => reader.open(&tag),
            Node::Text(text) => reader.text(&text),
            Node::Close => reader.close(),
        }
    }
    (reader.report, reader.xml.problems)
}

struct Reader<'a> {
    xml: Xml<'a>,
    told: &'a Columns,
    report: Report,
    open: Vec<OpenSuite>,
    case: Option<OpenCase>,
    /// The name of a property whose value is its text.
    property: Option<(usize, String, String)>,
}

/// A suite that is not closed.
struct OpenSuite {
    suite: usize,
    depth: usize,
    /// Its digest so far, for a suite that says when it ran.
    digest: Option<Xxh3>,
}

/// A case that is not closed.
struct OpenCase {
    depth: usize,
    class: String,
    name: String,
    time: String,
    line: Line,
    quote: Box<str>,
    status: Option<Status>,
    /// Elements that tell an outcome, in the file's order.
    told: Vec<Told>,
    /// Whether the last of them is open.
    inside: bool,
    /// What the test printed, while that is read.
    output: Option<Output>,
}

/// What a test printed, line by line: Ginkgo tells of its earlier attempts there.
#[derive(Default)]
struct Output {
    line: String,
    failed: Option<String>,
}

/// An attempt that failed, with what was wrong.
struct Attempt {
    message: Option<String>,
}

impl Output {
    /// Longer lines are cut: no line of interest is longer.
    const LONGEST: usize = 1000;

    /// Takes a piece of text; gives the message of each attempt that failed in it.
    fn take(&mut self, text: &str) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        for piece in text.split_inclusive('\n') {
            let room = Self::LONGEST.saturating_sub(self.line.len());
            self.line.extend(piece.chars().take(room));
            if piece.ends_with('\n') {
                attempts.extend(self.end());
            }
        }
        attempts
    }

    fn end(&mut self) -> Option<Attempt> {
        let line = std::mem::take(&mut self.line);
        if let Some((_, failed)) = line.split_once("[FAILED] ") {
            self.failed = Some(failed.trim().to_owned());
        }
        let (_, rest) = line.split_once("Attempt #")?;
        (rest.contains("Failed") && rest.contains("etrying")).then(|| Attempt { message: self.failed.take() })
    }
}

/// What the attributes of a case say without any element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    NotRun,
    Failed,
}

/// One element that tells an outcome.
struct Told {
    kind: Kind,
    line: Line,
    quote: Box<str>,
    message: Option<String>,
    type_name: Option<String>,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Failure,
    Error,
    Skipped,
    /// A run before the last one.
    Flaky,
    /// A run after the first one.
    Rerun,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        match name {
            "failure" => Some(Self::Failure),
            "error" => Some(Self::Error),
            "skipped" | "skip" | "disabled" | "ignored" => Some(Self::Skipped),
            "flakyFailure" | "flakyError" => Some(Self::Flaky),
            "rerunFailure" | "rerunError" | "rerun" => Some(Self::Rerun),
            _ => None,
        }
    }
}

impl Reader<'_> {
    fn open(&mut self, tag: &Tag<'_>) {
        let depth = self.xml.depth();
        let name = tag.name();
        match &mut self.case {
            Some(case) if depth == case.depth + 1 => {
                if let Some(kind) = Kind::of(&name) {
                    self.tell(kind, tag);
                } else if matches!(&*name, "system-err" | "system-out") {
                    case.output = Some(Output::default());
                }
            }
            Some(_) => {}
            None => match &*name {
                "testsuites" | "testsuite" if self.is_child(depth) => self.open_suite(tag, depth),
                "testcase" if self.is_child(depth) && depth > 1 => self.open_case(tag, depth),
                "property" => self.open_property(tag, depth),
                _ => {}
            },
        }
    }

    /// Whether what opens at this depth stands right inside a suite, or is the root.
    fn is_child(&self, depth: usize) -> bool {
        depth == self.open.last().map_or(0, |open| open.depth) + 1
    }

    fn open_suite(&mut self, tag: &Tag<'_>, depth: usize) {
        let parent = self.open.last().map(|open| open.suite);
        let name = self.xml.attribute(tag, "name").unwrap_or_default();
        let digest = self.xml.attribute(tag, "timestamp").filter(|time| !time.is_empty()).map(|time| {
            let mut digest = Xxh3::new();
            let host = self.xml.attribute(tag, "hostname").unwrap_or_default();
            let took = self.xml.attribute(tag, "time").unwrap_or_default();
            digest.update([&name, &time, &host, &took].map(String::as_str).join("\0").as_bytes());
            digest
        });
        self.open.push(OpenSuite { suite: self.report.suites.len(), depth, digest });
        self.report.suites.push(Suite { parent, name, ..Suite::default() });
    }

    fn open_property(&mut self, tag: &Tag<'_>, depth: usize) {
        let Some(name) = self.xml.attribute(tag, "name") else { return };
        match self.xml.attribute(tag, "value") {
            Some(value) => self.property(&name, &value),
            None => self.property = Some((depth, name, String::new())),
        }
    }

    /// Keeps what says which revision the suite is of.
    fn property(&mut self, name: &str, value: &str) {
        let Some(suite) = self.open.last().and_then(|open| self.report.suites.get_mut(open.suite)) else { return };
        let is = |meaning, usual: bool| self.told.get(&meaning).map_or(usual, |told| told == name);
        if is(Meaning::Commit, revision::names_commit(name)) && suite.revision.is_none() {
            suite.revision = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        }
        if is(Meaning::Order, false) {
            suite.order = value.trim().parse().ok().filter(|order: &f64| order.is_finite());
        }
    }

    fn open_case(&mut self, tag: &Tag<'_>, depth: usize) {
        let mut attribute = |name| self.xml.attribute(tag, name).unwrap_or_default();
        let (class, name, time) = (attribute("classname"), attribute("name"), attribute("time"));
        let words = [attribute("status"), attribute("result")].map(|word| word.to_ascii_lowercase());
        let any = |of: &[&str]| words.iter().any(|word| of.contains(&word.as_str()));
        let status = if any(&["notrun", "disabled", "skipped", "suppressed", "ignored", "pending", "untested"]) {
            Some(Status::NotRun)
        } else {
            any(&["fail", "failed", "failure", "error", "crashed"]).then_some(Status::Failed)
        };
        let (line, quote) = (tag.line, tag.quote.clone());
        self.case = Some(OpenCase {
            depth,
            class,
            name,
            time,
            line,
            quote,
            status,
            told: Vec::new(),
            inside: false,
            output: None,
        });
    }

    fn tell(&mut self, kind: Kind, tag: &Tag<'_>) {
        let (message, type_name) = (self.xml.attribute(tag, "message"), self.xml.attribute(tag, "type"));
        let Some(case) = &mut self.case else { return };
        let told = Told { kind, line: tag.line, quote: tag.quote.clone(), message, type_name, text: String::new() };
        case.told.push(told);
        case.inside = true;
    }

    /// Only the first line of a failure's text is of use.
    fn text(&mut self, text: &str) {
        const ENOUGH: usize = 512;
        if let Some((_, _, value)) = &mut self.property {
            let room = ENOUGH.saturating_sub(value.len());
            value.extend(text.chars().take(room));
        }
        if let Some(case) = &mut self.case {
            let attempts = case.output.as_mut().map(|output| output.take(text)).unwrap_or_default();
            case.told.extend(attempts.into_iter().map(|attempt| Told::attempt(case.line, case.quote.clone(), attempt)));
        }
        let told = self.case.as_mut().filter(|case| case.inside).and_then(|case| case.told.last_mut());
        if let Some(told) = told.filter(|told| told.text.len() < ENOUGH) {
            let text = if told.text.is_empty() { text.trim_start() } else { text };
            told.text.extend(text.chars().take(ENOUGH));
        }
    }

    fn close(&mut self) {
        let depth = self.xml.depth();
        if self.property.as_ref().is_some_and(|(open, ..)| *open > depth)
            && let Some((_, name, value)) = self.property.take()
        {
            self.property(&name, &value);
        }
        match &mut self.case {
            Some(case) if depth < case.depth => self.close_case(),
            Some(case) => {
                case.inside &= depth > case.depth;
                case.output.take_if(|_| depth <= case.depth);
            }
            None if self.open.last().is_some_and(|open| depth < open.depth) => self.close_suite(),
            None => {}
        }
    }

    fn close_suite(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if let Some(suite) = self.report.suites.get_mut(open.suite) {
            suite.digest = open.digest.map(|digest| digest.digest());
        }
    }

    fn close_case(&mut self) {
        let (Some(case), Some(open)) = (self.case.take(), self.open.last_mut()) else { return };
        if let Some(digest) = &mut open.digest {
            let kinds = case.told.iter().map(|told| told.kind as u8);
            digest.update([&case.class, &case.name, &case.time].map(String::as_str).join("\0").as_bytes());
            digest.update(&kinds.collect::<Vec<_>>());
        }
        let suite = open.suite;
        let class = match case.class.as_str() {
            "" => self.report.suites.get(suite).map(|suite| suite.name.clone()).unwrap_or_default(),
            class => class.to_owned(),
        };
        let same = |last: &Case| last.suite == suite && *last.class == *class && *last.name == *case.name;
        if case.is_teardown() && self.report.cases.last().is_some_and(|last| same(last) && last.crashed()) {
            return;
        }
        let name = case.name.as_str().into();
        self.report.cases.push(Case { suite, class: class.into(), name, runs: case.runs() });
    }
}

impl Case {
    fn crashed(&self) -> bool {
        self.runs.iter().any(|run| matches!(run.outcome, Outcome::Crash(_)))
    }
}

impl OpenCase {
    /// Whether it tells of nothing but the end of a run: pytest writes a second case where a run fails and its teardown, too.
    fn is_teardown(&self) -> bool {
        let message =
            |told: &Told| told.message.as_deref().is_some_and(|message| message.starts_with("failed on teardown"));
        matches!(self.told.as_slice(), [told] if told.kind == Kind::Error && message(told))
    }

    /// Its runs in the order of time.
    fn runs(mut self) -> Vec<Occurrence> {
        let of = |kind: Kind| self.told.iter().position(|told| told.kind == kind);
        let failed = of(Kind::Failure).into_iter().chain(of(Kind::Error)).min();
        let last = match (failed, of(Kind::Skipped), self.status) {
            (Some(failed), ..) => self.told[failed].crash(),
            (None, Some(skipped), _) => self.told[skipped].void(),
            (None, None, Some(Status::NotRun)) => self.itself(Outcome::Void(VoidKind::Failed, "not run".into())),
            (None, None, Some(Status::Failed)) => self.itself(Outcome::Crash(None)),
            (None, None, None) => self.itself(Outcome::Pass),
        };
        let again = self.told.iter().filter(|told| matches!(told.kind, Kind::Flaky | Kind::Rerun)).map(Told::crash);
        let mut runs: Vec<Occurrence> = again.collect();
        // A run that crashed is followed by those after it, one that passed is the last.
        let place = if failed.is_some() { 0 } else { runs.len() };
        runs.insert(place, last);
        if let [only] = &mut runs[..]
            && !matches!(only.outcome, Outcome::Void(..))
        {
            only.took = took(&self.time);
        }
        runs.shrink_to_fit();
        runs
    }

    fn itself(&mut self, outcome: Outcome) -> Occurrence {
        Occurrence { line: self.line, outcome, quote: std::mem::take(&mut self.quote), took: None }
    }
}

/// Seconds as reports have them: `0.25`, or `1,000.5`.
fn took(time: &str) -> Option<Took> {
    let plain = if time.contains('.') { time.replace(',', "") } else { time.to_owned() };
    plain.parse().ok().and_then(Took::new)
}

impl Told {
    /// An attempt that failed before the last one.
    fn attempt(line: Line, quote: Box<str>, Attempt { message }: Attempt) -> Self {
        Self { kind: Kind::Flaky, line, quote, message, type_name: None, text: String::new() }
    }

    fn crash(&self) -> Occurrence {
        let title = title(self.message.as_deref(), self.type_name.as_deref(), &self.text);
        Occurrence { line: self.line, outcome: Outcome::Crash(title), quote: self.quote.clone(), took: None }
    }

    fn void(&self) -> Occurrence {
        let message = self.message.as_deref().and_then(first_line).or_else(|| first_line(&self.text));
        let words: String = message.unwrap_or("skipped").chars().take(200).collect();
        let outcome = Outcome::Void(VoidKind::Failed, words.into());
        Occurrence { line: self.line, outcome, quote: self.quote.clone(), took: None }
    }
}
