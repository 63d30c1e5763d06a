//! What the help lists.

use std::collections::BTreeSet;

use super::run;

/// The subcommands.
pub fn subcommands() -> BTreeSet<String> {
    let help = run(&["--help"]).stdout;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !["", "help"].contains(name)).map(str::to_owned).collect()
}

/// The long options of a subcommand, as they begin a line of its help.
pub fn options(subcommand: &str) -> BTreeSet<String> {
    let help = run(&[subcommand, "--help"]).stdout;
    let options = help.lines().filter_map(|line| {
        let line = line.trim_start();
        let long = line.split_once(", --").filter(|(short, _)| short.len() == 2).map(|(_, long)| long);
        long.or_else(|| line.strip_prefix("--"))
    });
    let names = options.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap());
    names.filter(|name| !name.is_empty()).map(|name| format!("--{name}")).collect()
}
