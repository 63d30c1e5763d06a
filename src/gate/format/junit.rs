//! JUnit XML: one test case a bisection, passing ones too, so that a green report shows what was looked at.
//!
//! There are many dialects. This one keeps to what Jenkins' schema allows and GitLab reads: a test case has a name, a class,
//! at most one failure or error, and text.

use std::fmt::Write as _;
use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::analysis::sentence::say;
use crate::analysis::words::{Manner, chance, clean};
use crate::evidence::Location;
use crate::gate::decision::{Decision, Judged};

use super::codes::UNREAD;
use super::notice::{Notice, Problem, Standing, Told, problems, told};
use super::place::relative;

const NAME: &str = "bisectstat";
/// Notices that one test case lists.
const LISTED: usize = 50;

pub(super) fn write(decision: &Decision<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut suite = TestSuite::new(NAME);
    suite.add_test_cases(problems(decision).into_iter().map(|problem| of_problem(&problem)));
    suite.add_test_cases(told(decision).into_iter().map(|told| of_bisection(told.listed())));
    let mut report = Report::new(NAME);
    report.add_test_suite(suite);
    let xml = report.to_string().map_err(io::Error::other)?;
    // Nothing is skipped here, and Jenkins' schema knows no such attribute of `testsuites`, the first that has it.
    out.write_all(xml.replacen(" skipped=\"0\"", "", 1).as_bytes())
}

fn of_bisection(told: Told<'_>) -> TestCase {
    let (reasons, others): (Vec<_>, Vec<_>) =
        told.notices.into_iter().partition(|notice| notice.standing == Standing::Denied);
    let status = match reasons.first() {
        None => TestCaseStatus::success(),
        Some(first) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(first.title()).set_message(first.message.as_str()).set_description(listed(&reasons));
            status
        }
    };
    let mut case = TestCase::new(clean(&told.judged.analysis.bisection), status);
    case.set_classname(NAME).set_system_out(format!("{}{}", answer(told.judged), listed(&others)));
    case
}

fn of_problem(problem: &Problem) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(format!("{} {}", UNREAD.code, UNREAD.name)).set_message(problem.text.as_str());
    let mut case = TestCase::new(problem.path.as_deref().map_or_else(|| "input".to_owned(), relative), status);
    case.set_classname(NAME);
    case
}

/// What the bisection says, in one line.
fn answer(judged: &Judged<'_>) -> String {
    let analysis = judged.analysis;
    let (word, why) = (analysis.answer.words(), clean(&say(analysis).why));
    let Some(named) = analysis.named_culprit else {
        return format!("{word}: {why}\nnames no commit: {}\n", analysis.ending.replace('_', " "));
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
