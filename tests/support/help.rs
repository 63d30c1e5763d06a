//! What the help lists.

use std::collections::BTreeSet;

use super::run;

/// The subcommands.
pub fn subcommands() -> BTreeSet<String> {
    listed(&run(&["--help"]).stdout)
}

/// The commands that a help lists; none where it has no such list.
fn listed(help: &str) -> BTreeSet<String> {
    let list = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
    let names = list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !["", "help"].contains(name)).map(str::to_owned).collect()
}

/// The subcommands with those below them: `session` and `session ask`.
pub fn commands() -> Vec<Vec<String>> {
    let below = |command: &String| listed(&run(&[command, "--help"]).stdout);
    let with_below = |command: String| {
        let below: Vec<_> = below(&command).into_iter().map(|name| vec![command.clone(), name]).collect();
        [vec![vec![command]], below].concat()
    };
    subcommands().into_iter().flat_map(with_below).collect()
}

/// The long options of one of [`commands`].
pub fn options_of(command: &[String]) -> BTreeSet<String> {
    let words: Vec<_> = command.iter().map(String::as_str).chain(["--help"]).collect();
    options_in(&run(&words).stdout)
}

/// The long options of a subcommand and of those below it, as they begin a line of their help, and short ones that have no
/// long name.
pub fn options(subcommand: &str) -> BTreeSet<String> {
    let help = run(&[subcommand, "--help"]).stdout;
    let below = listed(&help).into_iter().map(|name| run(&[subcommand, &name, "--help"]).stdout);
    below.flat_map(|help| options_in(&help)).chain(options_in(&help)).collect()
}

fn options_in(help: &str) -> BTreeSet<String> {
    let options = help.lines().filter_map(|line| {
        let line = line.trim_start();
        let long = line.split_once(", --").filter(|(short, _)| short.len() == 2).map(|(_, long)| long);
        long.or_else(|| line.strip_prefix("--"))
    });
    let names = options.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap());
    let short = help.lines().filter_map(|line| line.trim_start().strip_prefix('-')?.split_once(" <"));
    let short = short.filter(|(name, _)| name.len() == 1).map(|(name, _)| format!("-{name}"));
    names.filter(|name| !name.is_empty()).map(|name| format!("--{name}")).chain(short).collect()
}
