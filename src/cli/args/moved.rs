//! Options that have another spelling by now. The old one is understood for one more version, with a sentence.

use std::ffi::OsString;

use super::Chosen;

/// The version that understands them no more.
const GONE: &str = "0.3";

/// An option that moved.
struct Moved {
    /// The commands that had it.
    commands: &'static [&'static str],
    /// With its dashes.
    old: &'static str,
    /// What is read instead. Nothing: it stays, and does nothing any more.
    new: &'static [&'static str],
}

/// A row of the table.
const fn moved(commands: &'static [&'static str], old: &'static str, new: &'static [&'static str]) -> Moved {
    Moved { commands, old, new }
}

/// Every option that moved; `docs/compatibility.md` has the same table.
const MOVED: [Moved; 19] = [
    moved(&["analyze", "chart", "history", "report", "simulate"], "--out", &["-o"]),
    moved(&["fit", "gate"], "--output", &["-o"]),
    moved(&["calibrate", "run"], "--charts", &["-o"]),
    moved(&["history"], "--evidence", &["-o"]),
    moved(&["history"], "--limit", &["--top"]),
    moved(&["analyze"], "--resume", &["--continue"]),
    moved(&["analyze"], "--unparsed", &["--format", "unparsed"]),
    moved(&["analyze"], "--explain-columns", &["--format", "columns"]),
    moved(&["gate"], "--explain", &["--format", "explain"]),
    moved(&["gate"], "--history", &[]),
    moved(&["gate"], "--policy", &["--config"]),
    moved(&["gate"], "--no-policy", &["--no-config"]),
    moved(&["next"], "--git", &["--format", "git"]),
    moved(&["next"], "--parallel", &["--workers"]),
    moved(&["next"], "--horizon", &["--runs"]),
    moved(&["fit"], "--labels", &["--truth"]),
    moved(&["run", "session"], "--bug", &["--title"]),
    moved(&["session"], "--seconds", &["--run-cost"]),
    moved(&["explain"], "--all", &["all"]),
];

/// The words in today's spelling, and a sentence for each that was changed. What stands behind `--` is not ours.
pub(super) fn renewed(words: Vec<OsString>, chosen: &Chosen<'_>) -> (Vec<OsString>, Vec<String>) {
    let (mut new, mut said) = (Vec::with_capacity(words.len()), Vec::new());
    let own = words.iter().position(|word| word == "--").unwrap_or(words.len());
    for (at, word) in words.into_iter().enumerate() {
        let found = word
            .to_str()
            .filter(|_| (chosen.after..own).contains(&at))
            .and_then(|text| Some((find(text, chosen)?, text)));
        match found {
            Some((row, text)) => {
                new.extend(row.renew(text));
                said.push(row.sentence());
            }
            None => new.push(word),
        }
    }
    (new, said)
}

/// The row of a word.
fn find(word: &str, chosen: &Chosen<'_>) -> Option<&'static Moved> {
    let option = word.split('=').next()?;
    MOVED.iter().find(|row| row.old == option && row.commands.contains(&chosen.name))
}

impl Moved {
    /// The words for one word; a value behind `=` stays with the last.
    fn renew(&self, word: &str) -> Vec<OsString> {
        let value = word.strip_prefix(self.old).unwrap_or_default();
        match self.new.split_last() {
            Some((last, before)) => {
                let last = format!("{last}{value}");
                before.iter().map(|&word| word.into()).chain([last.into()]).collect()
            }
            None => vec![word.into()],
        }
    }

    /// What to type from now on.
    fn sentence(&self) -> String {
        let old = self.old;
        if self.new.is_empty() {
            return format!("{old} is not needed any more; it goes in {GONE}");
        }
        format!("use {}; {old} goes in {GONE}", self.new.join(" "))
    }
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;
    use crate::cli::command;

    /// The command line in today's spelling, and how many sentences that takes.
    fn line(words: &str) -> (String, usize) {
        let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        let program = command();
        let (new, said) = renewed(words.clone(), &Chosen::of(&program, &words));
        (new.join(" ".as_ref()).into_string().unwrap(), said.len())
    }

    #[test]
    fn old_spellings_become_new_ones() {
        for (old, new) in [
            ("x report a --out b", "x report a -o b"),
            ("x gate --output=sarif=b a", "x gate -o=sarif=b a"),
            ("x --color always analyze --unparsed a", "x --color always analyze --format unparsed a"),
            ("x explain --all", "x explain all"),
        ] {
            assert_eq!(line(old), (new.to_owned(), 1));
        }
    }

    #[test]
    fn nothing_else_is_touched() {
        for words in [
            "x run --good a --bad b -- make --out c --bug",
            "x next --out a",
            "x simulate --history branched",
            "x --out",
            "x run --title-regex --bugs",
        ] {
            assert_eq!(line(words), (words.to_owned(), 0));
        }
    }

    #[test]
    fn each_old_spelling_is_free_and_each_new_one_is_known() {
        let program = command();
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/compatibility.md");
        let page = std::fs::read_to_string(page).unwrap();
        for row in &MOVED {
            assert!(page.contains(row.old), "docs/compatibility.md lacks {}", row.old);
            for command in row.commands {
                let mut below = vec![program.find_subcommand(command).unwrap()];
                below.extend(below[0].get_subcommands());
                let knows = |option: &str| {
                    let of = |arg: &clap::Arg| {
                        let (short, long) = (arg.get_short().map(|c| format!("-{c}")), arg.get_long());
                        !arg.is_hide_set()
                            && (short.as_deref() == Some(option)
                                || long.map(|long| format!("--{long}")).as_deref() == Some(option))
                    };
                    below.iter().copied().chain([&program]).flat_map(clap::Command::get_arguments).any(of)
                };
                assert!(!knows(row.old), "{command} {}", row.old);
                assert!(
                    row.new.first().is_none_or(|new| !new.starts_with('-') || knows(new)),
                    "{command} {:?}",
                    row.new
                );
            }
        }
    }
}
