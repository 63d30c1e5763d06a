//! GitHub's annotations: workflow commands on standard output.
//!
//! A step may make ten errors, ten warnings and ten notices; what is beyond that is lost without a word. So the worst come
//! first, and the last notice counts what is left out.

use std::io::{self, Write};

use crate::analysis::finding::Severity;
use crate::analysis::words::{clean, count};
use crate::gate::decision::Decision;

use super::codes::UNREAD;
use super::notice::{Notice, Problem, notices, problems};
use super::place::relative;
use super::words::verdict;

/// Annotations of each level that a step may make.
const MOST: usize = 10;

struct Annotation {
    level: Severity,
    path: Option<String>,
    line: Option<u32>,
    title: String,
    message: String,
}

pub(super) fn write(decision: &Decision<'_>, out: &mut dyn Write) -> io::Result<()> {
    let notices = notices(decision);
    let problems = problems(decision).into_iter().map(of_problem);
    let all: Vec<_> = problems.chain(notices.iter().filter(|notice| notice.counts()).map(of_notice)).collect();
    let (shown, left_out) = limited(all);
    for annotation in &shown {
        writeln!(out, "{}", command(annotation))?;
    }
    if left_out > 0 {
        writeln!(out, "::notice title=bisectstat::{} more, see the summary", count(left_out, "annotation"))?;
    }
    writeln!(out, "bisectstat: {}", clean(&verdict(decision)))
}

/// The first of each level, and how many are left out. The note that says so is a notice too.
fn limited(all: Vec<Annotation>) -> (Vec<Annotation>, usize) {
    let of = |level| all.iter().filter(|annotation| annotation.level == level).count();
    let cut = Severity::ALL.into_iter().any(|level| of(level) > MOST);
    let total = all.len();
    let mut made = [0; Severity::ALL.len()];
    let mut fits = |level: Severity| {
        let most = if cut && level == Severity::Note { MOST - 1 } else { MOST };
        let made = &mut made[level as usize];
        *made += 1;
        *made <= most
    };
    let shown: Vec<_> = all.into_iter().filter(|annotation| fits(annotation.level)).collect();
    let left_out = total - shown.len();
    (shown, left_out)
}

fn of_notice(notice: &Notice<'_>) -> Annotation {
    Annotation {
        level: notice.severity,
        path: Some(notice.place().path.to_owned()),
        line: Some(notice.place().line.0),
        title: notice.title(),
        message: notice.advice(),
    }
}

fn of_problem(problem: Problem) -> Annotation {
    let title = format!("{} {}", UNREAD.code, UNREAD.name);
    let path = problem.path.as_deref().map(|path| format!("{}: ", relative(path))).unwrap_or_default();
    let message = format!("{path}{}", problem.text);
    Annotation { level: Severity::Error, path: problem.path, line: None, title, message }
}

fn command(annotation: &Annotation) -> String {
    let level = match annotation.level {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    // Standard input is no file of the repository.
    let path = annotation.path.as_deref().filter(|path| *path != "-").map(|path| ("file", relative(path)));
    let line = annotation.line.filter(|_| path.is_some()).map(|line| ("line", line.to_string()));
    let properties = path.into_iter().chain(line).chain([("title", annotation.title.clone())]);
    let properties: Vec<_> = properties.map(|(name, value)| format!("{name}={}", property(&value))).collect();
    format!("::{level} {}::{}", properties.join(","), data(&annotation.message))
}

/// The message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_a_command() {
        assert_eq!(data("100%\r\n::error::x%0A"), "100%25%0D%0A::error::x%250A");
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
    }
}
