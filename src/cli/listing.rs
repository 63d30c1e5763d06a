//! `--top` and `--sort`: which of many bisections are listed, and in which order.

use clap::{Args, ValueEnum};

use crate::analysis::Analysis;
use crate::analysis::brief::Brief;
use crate::report::overview::Order;
use crate::report::text::Archive;

/// Which of many are listed.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = super::OUTPUT)]
pub(super) struct Listing {
    /// List only the first N, by --sort
    #[arg(long, value_name = "N", conflicts_with = "together", value_parser = clap::value_parser!(u32).range(1..))]
    top: Option<u32>,
    /// What comes first [default: doubt; of all as JSON: input]
    #[arg(long, value_enum, value_name = "KEY", conflicts_with = "together")]
    sort: Option<Key>,
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Key {
    /// The least sure
    Doubt,
    /// Those with the worst findings
    Findings,
    /// As they were read
    Input,
}

impl Listing {
    /// Whether one of them was given.
    pub(super) const fn is_asked(self) -> bool {
        self.top.is_some() || self.sort.is_some()
    }

    /// What comes first.
    fn order(self) -> Order {
        match self.sort {
            None | Some(Key::Doubt) => Order::Doubt,
            Some(Key::Findings) => Order::Findings,
            Some(Key::Input) => Order::Input,
        }
    }

    /// How many are listed, unless it is all.
    fn top(self) -> Option<usize> {
        self.top.and_then(|top| usize::try_from(top).ok())
    }

    /// An empty list for people, of no more than `most`.
    pub(super) fn archive(self, most: Option<usize>) -> Archive {
        let limit = self.top().into_iter().chain(most).min();
        Archive::new(limit).sorted_by(self.order())
    }

    /// The same of analyses.
    pub(super) fn of(self, analyses: Vec<Analysis>) -> Vec<Analysis> {
        if !self.is_asked() {
            return analyses;
        }
        let mut all: Vec<(Brief, Analysis)> =
            analyses.into_iter().map(|analysis| (Brief::of(&analysis), analysis)).collect();
        all.sort_by(|(a, _), (b, _)| self.order().compare(a, b));
        all.truncate(self.top().unwrap_or(usize::MAX));
        all.into_iter().map(|(_, analysis)| analysis).collect()
    }
}
