//! What `analyze` does with one batch after the other: analyse it, note what a list says of it, forget the rest.

use std::io;

use crate::analysis::brief::Brief;
use crate::analysis::{Analysis, Settings};
use crate::evidence::Bisection;
use crate::ingest::account::{Account, Row};
use crate::ingest::source::Input;
use crate::report::text::Archive;

use super::input::Titles;
use super::reader::{Sink, Taken};

/// Analyses a batch: the analyses that are wanted.
type Judge<'a> = dyn Fn(Vec<Bisection>, &Settings) -> io::Result<Vec<Analysis>> + 'a;

/// A folder in which batches outlast the run.
pub(super) trait Keep {
    /// What an earlier run made of these inputs, where it has left that.
    fn recall(&mut self, batch: &[(usize, Input)]) -> io::Result<Option<Recalled>>;

    /// Waits for the batch that is being written: who does so before the next one loses one at most when killed.
    fn settle(&mut self) -> io::Result<()>;

    /// Keeps a batch. `alone`: whether its inputs say all this without others.
    fn keep(&mut self, analyses: &[Analysis], inputs: &[Row], alone: bool) -> io::Result<()>;

    /// Keeps what became of inputs that belong to no batch, and puts all batches together.
    fn finish(self: Box<Self>, rest: &[Row]) -> io::Result<()>;

    /// Leaves what is there for a later run.
    fn leave(self: Box<Self>);
}

/// A batch of an earlier run.
pub(super) struct Recalled {
    pub(super) briefs: Vec<Brief>,
    /// What became of each input.
    pub(super) inputs: Vec<Row>,
}

/// The batches of one run.
pub(super) struct Batches<'a> {
    judge: &'a Judge<'a>,
    settings: &'a Settings,
    titles: Titles,
    folder: Option<Box<dyn Keep>>,
    pub(super) archive: Archive,
    /// Every analysis, or no more than the first.
    every: bool,
    pub(super) analyses: Vec<Analysis>,
    error: Option<io::Error>,
}

impl<'a> Batches<'a> {
    /// Bisections in a table beside a folder that holds them all.
    pub(super) const SHOWN: usize = 1000;

    /// What is kept goes into a folder and is listed by an archive. `every`: all analyses are to be kept.
    pub(super) fn new(
        judge: &'a Judge<'a>,
        settings: &'a Settings,
        titles: Titles,
        (folder, archive): (Option<Box<dyn Keep>>, Archive),
        every: bool,
    ) -> Self {
        Self { judge, settings, titles, folder, archive, every, analyses: Vec::new(), error: None }
    }

    /// Takes down the inputs that belong to no batch, and puts what is kept together.
    pub(super) fn finish(&mut self, rest: &[Account]) -> io::Result<()> {
        let folder = self.folder.take();
        if let Some(error) = self.error.take() {
            if let Some(folder) = folder {
                folder.leave();
            }
            return Err(error);
        }
        let rest: Vec<_> = rest.iter().map(Row::from).collect();
        let finished = folder.map_or(Ok(()), |folder| folder.finish(&rest));
        self.archive.add(Vec::new(), rest);
        finished
    }

    fn batch(&mut self, taken: Taken<'_>) -> io::Result<()> {
        let mut bisections = taken.bisections;
        for bisection in &mut bisections {
            bisection.reported_title = self.titles.of(bisection);
        }
        if let Some(folder) = &mut self.folder {
            folder.settle()?;
        }
        let analyses = (self.judge)(bisections, self.settings)?;
        let inputs: Vec<_> = taken.accounts.drain(..).map(|account| Row::from(&account)).collect();
        if let Some(folder) = &mut self.folder {
            folder.keep(&analyses, &inputs, taken.alone)?;
        }
        self.archive.add(analyses.iter().map(Brief::of).collect(), inputs);
        let wanted = if self.every { usize::MAX } else { 1_usize.saturating_sub(self.analyses.len()) };
        self.analyses.extend(analyses.into_iter().take(wanted));
        Ok(())
    }
}

impl Sink for Batches<'_> {
    fn recall(&mut self, batch: &[(usize, Input)]) -> Option<Vec<Row>> {
        match self.folder.as_mut()?.recall(batch) {
            Ok(recalled) => recalled.map(|Recalled { briefs, inputs }| {
                self.archive.add(briefs, inputs.clone());
                inputs
            }),
            Err(error) => {
                self.error.get_or_insert(error);
                None
            }
        }
    }

    fn take(&mut self, taken: Taken<'_>) {
        if self.error.is_none()
            && let Err(error) = self.batch(taken)
        {
            self.error = Some(error);
        }
    }

    fn gave_up(&self) -> bool {
        self.error.is_some()
    }
}
