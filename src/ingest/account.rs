//! What became of each input: nothing is lost without a word.

use crate::evidence::Source;

use super::{Problem, ReadError, Reading};

/// One input and what became of it.
#[derive(Debug)]
pub struct Account {
    /// Its name; the text is not kept.
    pub source: Source,
    /// What became of it.
    pub state: State,
}

/// What became of an input.
#[derive(Debug)]
pub enum State {
    /// All of it was read.
    Analysed {
        /// Bisections in it.
        bisections: usize,
    },
    /// Some of it was read.
    Partly {
        /// Bisections in it.
        bisections: usize,
        /// What is missing.
        problems: Vec<Problem>,
    },
    /// Nothing of it could be read.
    Refused(ReadError),
    /// Nobody named it, and it holds no bisection.
    Skipped(ReadError),
}

impl Account {
    /// Takes down what came of reading. `named`: whether the user named this input, which then must hold a bisection.
    #[must_use]
    pub fn of(source: &Source, named: bool, bisections: usize, read: Result<Reading, ReadError>) -> Self {
        let state = match read {
            Ok(Reading { problems, .. }) if problems.is_empty() => State::Analysed { bisections },
            Ok(Reading { problems, .. }) => State::Partly { bisections, problems },
            Err(error) if !named && error.is_no_log() => State::Skipped(error),
            Err(error) => State::Refused(error),
        };
        Self { source: Source::new(source.path.clone()), state }
    }
}

/// The first problem that leaves something unread, else the first warning.
#[must_use]
pub fn worst(problems: &[Problem]) -> Option<&Problem> {
    problems.iter().find(|problem| !problem.flaw.is_warning()).or_else(|| problems.first())
}

impl State {
    /// The name used in frames.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Analysed { .. } => "analysed",
            Self::Partly { .. } => "partly",
            Self::Refused(_) => "refused",
            Self::Skipped(_) => "skipped",
        }
    }

    /// How many bisections were read.
    #[must_use]
    pub const fn bisections(&self) -> usize {
        match self {
            Self::Analysed { bisections } | Self::Partly { bisections, .. } => *bisections,
            Self::Refused(_) | Self::Skipped(_) => 0,
        }
    }

    /// Why it was not read, or not all of it: the first reason. None for what was analysed.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Analysed { .. } => None,
            Self::Partly { problems, .. } => worst(problems).map(|problem| problem.flaw.to_string()),
            Self::Refused(error) | Self::Skipped(error) => Some(error.to_string()),
        }
    }
}

/// An account as a row of a table, all that is kept of it from one run to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The input: a file, `ARCHIVE!NAME`, or `-`.
    pub path: String,
    /// As [`State::name`] has it.
    pub state: String,
    /// How many bisections were read.
    pub bisections: u32,
    /// How many things could not be read.
    pub problems: u32,
    /// The line of the first problem.
    pub line: Option<u32>,
    /// What the first problem is.
    pub reason: Option<String>,
}

impl From<&Account> for Row {
    fn from(Account { source, state }: &Account) -> Self {
        let (problems, line) = match state {
            State::Partly { problems, .. } => {
                let unread = problems.iter().filter(|problem| !problem.flaw.is_warning()).count();
                (unread, worst(problems).map(|problem| problem.line.0))
            }
            State::Refused(error) => (1, error.line().map(|line| line.0)),
            State::Analysed { .. } | State::Skipped(_) => (0, None),
        };
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            path: source.path.clone(),
            state: state.name().to_owned(),
            bisections: number(state.bisections()),
            problems: number(problems),
            line,
            reason: state.reason(),
        }
    }
}
