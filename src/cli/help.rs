//! Help in sections: of each command, examples, exit codes and the page of the book that says more. They stand in one table,
//! because a reader compares them and a test wants all of them.

use clap::Command;

use super::exit;

/// What the help of a command says besides its options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guide {
    /// The words of the command without the program: `session ask`.
    command: &'static str,
    /// What to type.
    pub(super) examples: [&'static str; 2],
    /// How it can end, a line for each code.
    pub(super) exits: &'static str,
    /// Where it is described.
    pub(super) page: &'static str,
}

/// A row of the table.
const fn guide(command: &'static str, exits: &'static str, page: &'static str, examples: [&'static str; 2]) -> Guide {
    Guide { command, examples, exits, page }
}

/// Every command that users see.
const GUIDES: [Guide; 23] = [
    guide(
        "",
        exit::ALL,
        "docs/README.md",
        ["bisectstat analyze LOG", "bisectstat run --good v1.0 --bad HEAD -- ./test.sh"],
    ),
    guide(
        "analyze",
        exit::WORKS,
        "docs/reading.md",
        ["bisectstat analyze LOG", "bisectstat analyze logs/ --top 20 -o frames/"],
    ),
    guide(
        "calibrate",
        exit::WORKS,
        "docs/calibration.md",
        [
            "bisectstat calibrate simulated/ --truth simulated/truth.csv",
            "bisectstat calibrate logs/ --truth labels.csv -o charts/",
        ],
    ),
    guide(
        "chart",
        exit::WORKS,
        "charts/README.md",
        ["bisectstat chart LOG -o charts/", "bisectstat chart LOG -o charts/ --only posterior,timeline --theme dark"],
    ),
    guide(
        "completions",
        exit::WORKS,
        "README.md",
        [
            "bisectstat completions bash > ~/.local/share/bash-completion/completions/bisectstat",
            "bisectstat completions fish > ~/.config/fish/completions/bisectstat.fish",
        ],
    ),
    guide("explain", exit::WORKS, "docs/rules.md", ["bisectstat explain BS201", "bisectstat explain all -f markdown"]),
    guide(
        "fit",
        exit::WORKS,
        "docs/calibration.md",
        ["bisectstat fit logs/ -o prior.json", "bisectstat fit --merge a.json b.json -o prior.json"],
    ),
    guide(
        "gate",
        exit::JUDGES,
        "docs/gate.md",
        ["bisectstat gate LOG", "bisectstat gate logs/ -f github -o sarif=bisectstat.sarif"],
    ),
    guide(
        "history",
        exit::WORKS,
        "docs/history.md",
        ["bisectstat history reports/ -o tests.html", "bisectstat history ci.csv --test cart::total"],
    ),
    guide("man", exit::WORKS, "README.md", ["bisectstat man ~/.local/share/man/man1", "bisectstat man manual/"]),
    guide(
        "next",
        exit::WORKS,
        "docs/reading.md",
        ["bisectstat next LOG", "bisectstat next LOG --target 0.99 --workers 4 -f git"],
    ),
    guide(
        "report",
        exit::WORKS,
        "docs/reading.md",
        ["bisectstat report LOG -o report.html", "bisectstat report logs/ -o pages/"],
    ),
    guide("rules", exit::WORKS, "docs/rules.md", ["bisectstat rules", "bisectstat rules -f markdown"]),
    guide(
        "run",
        exit::SEARCHES,
        "docs/run.md",
        ["bisectstat run --good v1.0 --bad HEAD -- ./test.sh", "bisectstat run --continue --budget 2h"],
    ),
    guide("schema", exit::WORKS, "docs/compatibility.md", ["bisectstat schema analysis", "bisectstat schema frames"]),
    guide(
        "session",
        exit::ALL_OF_SESSION,
        "docs/session.md",
        ["bisectstat session start --good v1.0 --bad HEAD", "bisectstat session ask --workers 4"],
    ),
    guide(
        "session start",
        exit::WORKS,
        "docs/session.md",
        [
            "bisectstat session start --good v1.0 --bad HEAD --budget 500",
            "bisectstat session start --candidates nightlies.txt --state nightlies.ndjson",
        ],
    ),
    guide(
        "session ask",
        exit::ASKS,
        "docs/session.md",
        ["bisectstat session ask", "bisectstat session ask --workers 4 --expires 2h -f json"],
    ),
    guide(
        "session tell",
        exit::WORKS,
        "docs/session.md",
        [
            "bisectstat session tell 3-5f0c91 --runs 2/10",
            "bisectstat session tell 3-5f0c91 skip --why 'does not build'",
        ],
    ),
    guide(
        "session status",
        exit::SEARCHES,
        "docs/session.md",
        ["bisectstat session status", "bisectstat session status --state nightlies.ndjson -f json"],
    ),
    guide(
        "session undo",
        exit::WORKS,
        "docs/session.md",
        ["bisectstat session undo 1", "bisectstat session undo 3 --state nightlies.ndjson"],
    ),
    guide(
        "session verify",
        exit::WORKS,
        "docs/session.md",
        ["bisectstat session verify", "bisectstat session verify --state nightlies.ndjson"],
    ),
    guide(
        "simulate",
        exit::WORKS,
        "docs/calibration.md",
        [
            "bisectstat simulate --world mixed -o simulated/",
            "bisectstat simulate --world flaky --count 400 --seed 7 -o flaky/",
        ],
    ),
];

/// The row of a command, by its words without the program.
pub(super) fn of(command: &str) -> Option<&'static Guide> {
    GUIDES.iter().find(|guide| guide.command == command)
}

/// A command and all below it with their sections; `above` are the words before its name.
pub(super) fn with_sections(command: Command, words: &str) -> Command {
    let command = command.mut_subcommands(|below| {
        let words = format!("{words} {}", below.get_name());
        with_sections(below, words.trim_start())
    });
    match of(words) {
        Some(guide) => guide.add_to(command),
        None => command,
    }
}

impl Guide {
    /// Examples come before the options, which are many; what to look up comes last.
    fn add_to(self, command: Command) -> Command {
        let header = *command.get_styles().get_header();
        let [one, other] = self.examples;
        let template = format!(
            "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{header}Examples:{header:#}\n  {one}\n  {other}\n\n\
             {{all-args}}{{after-help}}"
        );
        let (exits, page) = (self.exits, self.page);
        let last = format!("{header}Exit codes:{header:#}\n{exits}\n\n{header}More:{header:#} {page}");
        command.help_template(template).after_help(last)
    }
}
