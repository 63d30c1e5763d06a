//! `go test -json`: one event a line. A test that is run again (`-count`, or a second invocation) is another run. Where a
//! package fails while tests run, as by a panic or a time limit, these have failed.

use std::collections::HashMap;

use serde::Deserialize;

use crate::evidence::{Outcome, Source, Title, VoidKind};
use crate::ingest::lex::Lines;

use super::report::{Ran, Report};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    action: String,
    package: Option<String>,
    test: Option<String>,
    output: Option<String>,
}

/// The report of an output; none when its first line is no event.
pub(super) fn read(bytes: &[u8], source: &Source) -> Option<Report> {
    bytes.trim_ascii_start().starts_with(b"{").then_some(())?;
    let mut said: HashMap<(String, String), String> = HashMap::new();
    let (mut runs, mut known) = (Vec::new(), false);
    let mut running: Vec<(String, String)> = Vec::new();
    for lexed in Lines::new(bytes).filter(|lexed| !lexed.text.trim().is_empty()) {
        // Between the events stands what the compiler prints.
        let Ok(event) = serde_json::from_str::<Event>(&lexed.text) else {
            if known {
                continue;
            }
            return None;
        };
        let test = match (event.package, event.test) {
            (Some(class), Some(name)) => (class, name),
            (Some(class), None) => (class, String::new()),
            (None, _) => {
                known |= is_event(&event.action);
                continue;
            }
        };
        known |= is_event(&event.action);
        let (line, quote) = (lexed.line, lexed.text.clone());
        let mut end = |(class, name), outcome| runs.push(Ran { class, name, line, outcome, quote: quote.to_string() });
        let title = |test: &(String, String)| said.get(test).and_then(|message| Title::new(message));
        match (event.action.as_str(), test.1.is_empty()) {
            ("output", _) => {
                if let Some(message) = event.output.as_deref().and_then(message) {
                    said.entry(test).or_insert(message);
                }
                continue;
            }
            ("run", false) => running.push(test.clone()),
            ("pass", false) => end(test.clone(), Outcome::Pass),
            ("fail", false) => end(test.clone(), Outcome::Crash(title(&test))),
            ("skip", false) => end(test.clone(), Outcome::Void(VoidKind::Failed, "skipped".into())),
            ("fail", true) => {
                for stopped in running.extract_if(.., |stopped| stopped.0 == test.0) {
                    let why = title(&stopped).or_else(|| title(&test));
                    end(stopped, Outcome::Crash(why));
                }
            }
            _ => continue,
        }
        if event.action != "run" {
            running.retain(|known| *known != test);
            said.remove(&test);
        }
    }
    known.then(|| Report::of_runs(source, runs))
}

fn is_event(action: &str) -> bool {
    matches!(action, "start" | "run" | "output" | "pass" | "fail" | "skip")
}

/// What a line says of a failure: `store_test.go:78: got 1, want 2`, `panic: …`.
fn message(output: &str) -> Option<String> {
    const LONGEST: usize = 200;
    let text = output.trim();
    let (place, rest) = text.split_once(": ")?;
    let of_test = place
        .rsplit_once(':')
        .is_some_and(|(file, line)| file.rsplit('.').next() == Some("go") && line.parse::<u32>().is_ok());
    let message = if of_test { rest } else { (place == "panic").then_some(text)? };
    Some(message.chars().take(LONGEST).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Line;

    #[test]
    fn a_failure_is_called_by_its_message() {
        assert_eq!(message("    store_test.go:78: got 1, want 2\n").as_deref(), Some("got 1, want 2"));
        assert_eq!(
            message("panic: index out of range [recovered]").as_deref(),
            Some("panic: index out of range [recovered]")
        );
        assert_eq!((message("=== RUN   TestFoo"), message("note: x")), (None, None));
        assert!(read(b"{\"commit\":\"a1\",\"outcome\":0}\n", &Source::new("t")).is_none());
    }

    #[test]
    fn a_test_that_never_ended_failed_with_its_package() {
        let text = b"{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"T\"}\n{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"U\"}\n\
            {\"Action\":\"pass\",\"Package\":\"p\",\"Test\":\"U\"}\n\
            {\"Action\":\"output\",\"Package\":\"p\",\"Output\":\"panic: test timed out after 10m0s\\n\"}\n\
            {\"Action\":\"fail\",\"Package\":\"p\"}\n";
        let report = read(text, &Source::new("t")).unwrap();
        assert_eq!(report.runs(), 2);
        let of_t = &report.cases.iter().find(|case| &*case.name == "T").unwrap().runs[0];
        assert_eq!(of_t.outcome, Outcome::Crash(Title::new("panic: test timed out after 10m0s")));
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let text = b"{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"T\"}\n\n{\"Action\":\"fail\",\"Package\":\"p\",\"Test\":\"T\"}\n";
        let report = read(text, &Source::new("t")).unwrap();
        assert_eq!((report.runs(), report.cases[0].runs[0].line), (1, Line(3)));
    }
}
