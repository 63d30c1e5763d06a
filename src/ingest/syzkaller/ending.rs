//! After the last test: totals, the answer, the crash report, or what stopped the bisection.

use std::time::Duration;

use crate::evidence::{CommitId, CrashReport, Culprit, Ending, Kind, Line, Stack, Text, Totals};
use crate::ingest::problem::{Flaw, excerpt};

use super::commit_block::CommitBlock;
use super::draft::{Draft, Fate, State};
use super::form::Form;

impl Draft {
    pub(super) fn tail(&mut self, line: Line, form: Form<'_>, text: &str) -> Fate {
        let in_tail = self.state == State::Tail;
        match form {
            Form::Totals(rest) => return self.totals(line, rest),
            Form::FirstCommit(commit, subject) => return self.first_commit(line, commit, subject),
            Form::CulpritSignature(text) => self.signatures.0 = Some(text.into()),
            Form::ParentSignature(text) => self.signatures.1 = Some(text.into()),
            Form::FlaggedFlaky => self.bisection.flagged_flaky = true,
            Form::ErrorProbability(number) => return self.error_probability(number),
            Form::Error(_) | Form::Crash(_) | Form::StillBad if !in_tail => return self.free_text(text),
            Form::Error(error) => self.stop(error),
            Form::Crash(title) => self.crash(line, title),
            Form::StillBad => self.end(match self.bisection.kind {
                Kind::Cause => Ending::OldestStillBad,
                Kind::Fix => Ending::NewestStillBad,
            }),
            Form::MergeBaseClean => self.end(Ending::NotReproduced),
            Form::Inconclusive => {
                self.end(Ending::Inconclusive);
                self.state = State::Candidates;
            }
            _ => {}
        }
        Fate::Understood
    }

    /// The first ending counts: a merge base that does not crash is not an unfixed crash.
    pub(super) fn end(&mut self, ending: Ending) {
        if !self.ended {
            self.bisection.ending = ending;
            self.ended = true;
        }
    }

    pub(super) fn totals(&mut self, line: Line, text: &str) -> Fate {
        self.state = State::Tail;
        match totals(line, text) {
            Some(totals) => {
                self.bisection.totals = Some(totals);
                Fate::Understood
            }
            None => Fate::flawed(Flaw::number(text, "a number of revisions and three durations")),
        }
    }

    pub(super) fn error_probability(&mut self, number: &str) -> Fate {
        match number.parse() {
            Ok(p) if (0.0..=1.0).contains(&p) => {
                self.bisection.stated_error = Some(p);
                Fate::Understood
            }
            _ => Fate::flawed(Flaw::number(number, "a probability")),
        }
    }

    pub(super) fn first_commit(&mut self, line: Line, commit: &str, subject: &str) -> Fate {
        let commit = match CommitId::parse_written(commit) {
            Ok(commit) => commit,
            Err(error) => return Fate::flawed(Flaw::hash(commit, error)),
        };
        self.state = State::Tail;
        self.end(Ending::Culprit);
        let subject = (!subject.is_empty()).then(|| subject.into());
        self.bisection.culprit = Some(self.culprit(line, commit, subject));
        Fate::Understood
    }

    pub(super) fn culprit(&mut self, line: Line, commit: CommitId, subject: Option<Text>) -> Culprit {
        let block = self.block.take().filter(|(_, named, _)| named.matches(&commit)).map(|(_, _, block)| block);
        let CommitBlock { merge_parents, files, insertions } = block.unwrap_or_default();
        let (signature, parent_signature) = std::mem::take(&mut self.signatures);
        Culprit { line, commit, subject, merge_parents, files, insertions, signature, parent_signature }
    }

    pub(super) fn crash(&mut self, line: Line, title: &str) {
        let placeholder = ["failed building ", "failed testing reproducer on "];
        if !placeholder.iter().any(|words| title.starts_with(words)) {
            let title = self.title(title);
            self.bisection.report = Some(CrashReport { line, title, stack: Stack::default() });
        }
        self.state = State::Report;
    }

    pub(super) fn stop(&mut self, error: &str) {
        self.end(ending_by_error(error));
        self.bisection.error = Some(excerpt(error).into());
        self.state = State::Stopped;
    }
}

/// `17, total time: 4h45m35.03s (build: 1h54m, test: 2h49m)`
fn totals(line: Line, text: &str) -> Option<Totals> {
    let (revisions, rest) = text.split_once(", total time: ")?;
    let (total, rest) = rest.split_once(" (build: ")?;
    let (build, rest) = rest.split_once(", test: ")?;
    let test = rest.trim_end().strip_suffix(')')?;
    Some(Totals {
        line,
        revisions: revisions.parse().ok()?,
        total: duration(total)?,
        build: duration(build)?,
        test: duration(test)?,
    })
}

/// A duration as Go prints it: `4h50m56.98s`, `2m3.1s`, `980ms`, `0s`.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit = &rest[digits..];
        let unit = &unit[..unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len())];
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number * factor;
        rest = &rest[digits + unit.len()..];
    }
    Duration::try_from_secs_f64(seconds).ok()
}

/// What kind of failure stopped the bisection.
fn ending_by_error(error: &str) -> Ending {
    const ENDINGS: [(&str, Ending); 7] = [
        ("the crash wasn't reproduced", Ending::NotReproduced),
        ("bisection is taking too long", Ending::TimeLimit),
        ("failed to run [\"git\"", Ending::InfraError),
        ("oldest tested release had kernel build", Ending::BuildError),
        ("kernel clean failed", Ending::BuildError),
        ("syzkaller build failed", Ending::BuildError),
        ("failed to run [\"make\"", Ending::BuildError),
    ];
    let known = ENDINGS.iter().find(|(words, _)| error.starts_with(words)).map(|(_, ending)| *ending);
    let compiler = || [" error: ", "fatal error", "ld: ", "undefined reference"].iter().any(|w| error.contains(w));
    known.unwrap_or_else(|| if compiler() { Ending::BuildError } else { Ending::InfraError })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_go_prints_them() {
        let seconds = |text| duration(text).map(|d| d.as_secs_f64());
        assert_eq!(seconds("4h45m35.5s"), Some(17135.5));
        assert_eq!(seconds("980ms"), Some(0.98));
        assert_eq!(seconds("0s"), Some(0.0));
        for bad in ["4", "h", "4x", "1.2.3s", "99999999999999999999999999h", "-1s"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn errors_have_their_ending() {
        let cases = [
            ("the crash wasn't reproduced on the original commit", Ending::NotReproduced),
            ("bisection is taking too long (>8h0m0s), aborting", Ending::TimeLimit),
            ("kernel/a.c:1:2: error: implicit declaration", Ending::BuildError),
            ("gcc: fatal error: Killed signal terminated program cc1", Ending::BuildError),
            ("commit abc not reachable in branch 'master'", Ending::InfraError),
        ];
        for (error, ending) in cases {
            assert_eq!(ending_by_error(error), ending, "{error}");
        }
    }
}
