//! JUnit XML: one test case a bisection, passing ones too, so that a green report shows what was looked at.
//!
//! There are many dialects. This one keeps to what Jenkins' schema allows and GitLab reads: a test case has a name, a class,
//! at most one failure or error, and text.

use std::fmt::Write as _;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::analysis::sentence::say;
use crate::analysis::words::{Manner, chance, clean, ending};
use crate::evidence::Location;
use crate::gate::decision::{Decision, Judged};

use super::codes::UNREAD;
use super::notice::{Notice, Problem, Standing, Told, problems, told};
use super::place::relative;

const NAME: &str = "bisectstat";
/// Notices that one test case lists.
const LISTED: usize = 50;

/// A test case.
struct Case {
    name: String,
    /// Why it did not pass.
    wrong: Option<Wrong>,
    /// What it printed.
    out: Option<String>,
}

struct Wrong {
    /// `failure` or `error`.
    element: &'static str,
    /// A class of failures.
    kind: String,
    message: String,
    text: Option<String>,
}

pub(super) fn write(decision: &Decision<'_>, out: &mut dyn Write) -> io::Result<()> {
    let problems = problems(decision);
    let mut cases: Vec<_> = problems.iter().map(of_problem).collect();
    cases.extend(told(decision).into_iter().map(|told| of_bisection(told.listed())));
    let mut xml = Writer::new_with_indent(out, b' ', 4);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let count = |element: &str| {
        let those = cases.iter().filter(|case| case.wrong.as_ref().is_some_and(|wrong| wrong.element == element));
        those.count().to_string()
    };
    let (tests, failures, errors) = (cases.len().to_string(), count("failure"), count("error"));
    // Nothing is skipped here, and Jenkins' schema knows no such attribute of `testsuites`.
    let (tests, failures, errors) = (("tests", &*tests), ("failures", &*failures), ("errors", &*errors));
    let all = start("testsuites", &[("name", NAME), tests, failures, errors]);
    let suite = start("testsuite", &[("name", NAME), tests, ("skipped", "0"), errors, failures]);
    element(&mut xml, all, |xml| {
        if cases.is_empty() {
            return xml.write_event(Event::Empty(suite));
        }
        element(xml, suite, |xml| cases.iter().try_for_each(|case| case.write(xml)))
    })?;
    xml.write_indent()
}

impl Case {
    fn write<W: Write>(&self, xml: &mut Writer<W>) -> io::Result<()> {
        element(xml, start("testcase", &[("name", &self.name), ("classname", NAME)]), |xml| {
            if let Some(wrong) = &self.wrong {
                let tag = start(wrong.element, &[("message", &wrong.message), ("type", &wrong.kind)]);
                match &wrong.text {
                    Some(text) => element(xml, tag, |xml| characters(xml, text))?,
                    None => xml.write_event(Event::Empty(tag))?,
                }
            }
            self.out.iter().try_for_each(|out| element(xml, start("system-out", &[]), |xml| characters(xml, out)))
        })
    }
}

fn start(name: &'static str, attributes: &[(&str, &str)]) -> BytesStart<'static> {
    let mut tag = BytesStart::new(name);
    for (key, value) in attributes {
        tag.push_attribute((*key, &*allowed(value)));
    }
    tag
}

fn element<W: Write>(
    xml: &mut Writer<W>,
    tag: BytesStart<'static>,
    inside: impl FnOnce(&mut Writer<W>) -> io::Result<()>,
) -> io::Result<()> {
    let end = BytesEnd::from(tag.name()).into_owned();
    xml.write_event(Event::Start(tag))?;
    inside(xml)?;
    xml.write_event(Event::End(end))
}

fn characters<W: Write>(xml: &mut Writer<W>, text: &str) -> io::Result<()> {
    xml.write_event(Event::Text(BytesText::new(&allowed(text))))
}

/// Without the characters that XML 1.0 cannot even escape.
fn allowed(text: &str) -> String {
    text.replace(|c: char| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\x7f'), "")
}

fn of_bisection(told: Told<'_>) -> Case {
    let (reasons, others): (Vec<_>, Vec<_>) =
        told.notices.into_iter().partition(|notice| notice.standing == Standing::Denied);
    let wrong = reasons.first().map(|first| Wrong {
        element: "failure",
        kind: first.title(),
        message: first.message.clone(),
        text: Some(listed(&reasons)),
    });
    let out = format!("{}{}", answer(told.judged), listed(&others));
    Case { name: clean(&told.judged.analysis.bisection), wrong, out: Some(out) }
}

fn of_problem(problem: &Problem) -> Case {
    let kind = format!("{} {}", UNREAD.code, UNREAD.name);
    let wrong = Wrong { element: "error", kind, message: problem.text.clone(), text: None };
    Case { name: problem.path.as_deref().map_or_else(|| "input".to_owned(), relative), wrong: Some(wrong), out: None }
}

/// What the bisection says, in one line.
fn answer(judged: &Judged<'_>) -> String {
    let analysis = judged.analysis;
    let (word, why) = (analysis.answer.words(), clean(&say(analysis).why));
    let Some(named) = analysis.named_culprit else {
        return format!("{word}: {why}\nnames no commit: {}\n", ending(analysis.ending));
    };
    let right = analysis.p_right.map(|p| format!(", P(to blame) {}", chance(p))).unwrap_or_default();
    let starts = analysis
        .p_named
        .map(|p| format!(", P(the {} starts here) {}", Manner::of(analysis).noun(), chance(p)))
        .unwrap_or_default();
    format!("{word}: {why}\nnames {}{right}{starts}\n", named.short())
}

/// Each with its place, as a compiler prints it, and the line of the log.
fn listed(notices: &[Notice<'_>]) -> String {
    let mut text = String::new();
    for notice in notices.iter().take(LISTED) {
        text.push_str(&entry(notice));
    }
    if let Some(more @ 1..) = notices.len().checked_sub(LISTED) {
        let _ = writeln!(text, "… {more} more");
    }
    text
}

fn entry(notice: &Notice<'_>) -> String {
    let Location { path, line } = notice.place();
    let place = format!("{}:{line}", relative(path));
    let head =
        |note: &str| format!("{place}: {} {}{note}: {}\n", notice.severity.name(), notice.title(), notice.message);
    let mut text = match &notice.standing {
        Standing::Denied | Standing::Shown => head(""),
        Standing::Excused(reason) => return head(&format!(" (suppressed: {reason})")),
        Standing::Known => return head(" (suppressed: in the baseline)"),
    };
    if let Some(quote) = &notice.quote {
        let _ = writeln!(text, "    {line} | {}", quote.text);
    }
    if let Some(next) = &notice.next {
        let _ = writeln!(text, "    next: {}", next.to_string().replace('\n', "\n    "));
    }
    text
}
