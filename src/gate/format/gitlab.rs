//! GitLab's code quality report: one JSON array.

use std::io::{self, Write};

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::analysis::finding::{Fingerprint, Severity};
use crate::gate::decision::Decision;
use crate::prob::json::to_writer_pretty;

use super::codes::UNREAD;
use super::notice::{Notice, Problem, Standing, notices, problems};
use super::place::relative;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

pub(super) fn write(decision: &Decision<'_>, out: &mut dyn Write) -> io::Result<()> {
    let notices = notices(decision);
    let problems = problems(decision);
    let problems = problems.iter().enumerate().map(|(i, problem)| of_problem(i, problem));
    let issues: Vec<_> = problems.chain(notices.iter().filter(|notice| notice.counts()).map(of_notice)).collect();
    to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

fn of_notice(notice: &Notice<'_>) -> Issue {
    let severity = match (&notice.standing, notice.severity) {
        (Standing::Denied, _) => "critical",
        (_, Severity::Error) => "major",
        (_, Severity::Warning) => "minor",
        (_, Severity::Note) => "info",
    };
    Issue {
        description: notice.advice(),
        check_name: notice.title(),
        fingerprint: notice.fingerprint(),
        severity,
        location: Location { path: relative(notice.place().path), lines: Lines { begin: notice.place().line.0 } },
    }
}

/// A report without an entry would read as "all is well".
fn of_problem(index: usize, problem: &Problem) -> Issue {
    let path = problem.path.as_deref().map_or_else(|| "-".to_owned(), relative);
    let named = Fingerprint(xxh3_64(format!("{}\0{path}", UNREAD.code).as_bytes()));
    Issue {
        description: problem.text.clone(),
        check_name: format!("{} {}", UNREAD.code, UNREAD.name),
        fingerprint: format!("{named}:{}", index + 1),
        severity: "blocker",
        location: Location { path, lines: Lines { begin: 1 } },
    }
}
