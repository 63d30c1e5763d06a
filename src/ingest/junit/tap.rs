//! TAP, and KTAP of the kernel: `ok 1 - name`, `not ok 2 - name # TIMEOUT 45 seconds`.

use crate::evidence::{Outcome, Source, Title, VoidKind};
use crate::ingest::lex::Lines;

use super::report::{Ran, Report};

/// The report of an output; none when it begins otherwise.
pub(super) fn read(bytes: &[u8], source: &Source) -> Option<Report> {
    let first = Lines::new(bytes).find(|lexed| !lexed.text.trim().is_empty())?;
    let first = first.text.trim();
    let plan = first.split_once("..").is_some_and(|(from, upto)| from == "1" && upto.trim().parse::<u32>().is_ok());
    (plan || first.starts_with("TAP version ") || first.starts_with("KTAP version ")).then_some(())?;
    // Tests within tests are indented, or stand in comments; they are called by the one that follows them.
    let mut runs: Vec<(usize, Ran)> = Vec::new();
    for lexed in Lines::new(bytes) {
        let bare = lexed.text.trim_start_matches(['#', ' ', '\t']);
        let depth = lexed.text.len() - bare.len();
        let Some((name, outcome)) = result(bare) else { continue };
        for (_, inner) in runs.iter_mut().rev().take_while(|(deeper, _)| *deeper > depth) {
            inner.class = if inner.class.is_empty() { name.clone() } else { format!("{name}.{}", inner.class) };
        }
        let quote = lexed.text.trim().to_owned();
        runs.push((depth, Ran { class: String::new(), name, line: lexed.line, outcome, quote }));
    }
    let runs = runs.into_iter().map(|(_, run)| run).collect();
    Some(Report::of_runs(source, runs))
}

/// `not ok 2 - kvm selftest # TIMEOUT 45 seconds`
fn result(line: &str) -> Option<(String, Outcome)> {
    let (failed, rest) = match line.strip_prefix("not ok") {
        Some(rest) => (true, rest),
        None => (false, line.strip_prefix("ok")?),
    };
    (rest.is_empty() || rest.starts_with(' ')).then_some(())?;
    let rest = rest.trim_start();
    let number = rest.bytes().take_while(u8::is_ascii_digit).count();
    let rest = rest[number..].trim_start().trim_start_matches("- ");
    let (name, directive) = rest.split_once('#').unwrap_or((rest, ""));
    let word = directive.trim().split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
    let void = || Outcome::Void(VoidKind::Failed, directive.trim().into());
    let outcome = match (word.as_str(), failed) {
        ("SKIP" | "SKIPPED" | "TODO" | "XFAIL", _) => void(),
        (_, true) => Outcome::Crash(Title::new(directive)),
        (_, false) => Outcome::Pass,
    };
    let number = &line[..line.len() - rest.len()];
    let unnamed = || format!("test {}", number.trim_start_matches("not").trim_start_matches([' ', 'o', 'k']).trim());
    let name = Some(name.trim()).filter(|name| !name.is_empty()).map_or_else(unnamed, str::to_owned);
    Some((name, outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_say_what_a_failure_was() {
        let name =
            |line| result(line).map(|(name, outcome)| (name, outcome.name(), outcome.title().map(ToString::to_string)));
        let is = |name: &str, outcome, title: Option<&str>| Some((name.to_owned(), outcome, title.map(str::to_owned)));
        assert_eq!(name("ok 1 - boots"), is("boots", "pass", None));
        assert_eq!(name("not ok 2 - kvm # TIMEOUT 45 seconds"), is("kvm", "crash", Some("TIMEOUT 45 seconds")));
        assert_eq!(name("ok 3 net # SKIP no net"), is("net", "void", None));
        assert_eq!(name("not ok 4 # TODO"), is("test 4", "void", None));
        assert_eq!((name("okay"), name("1..3")), (None, None));
    }
}
