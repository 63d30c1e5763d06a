//! What `analyze` does with one batch after the other: analyse it, keep its frames, forget the rest.

use std::io;
use std::path::Path;

use rayon::prelude::*;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::analysis::{Analysis, Settings};
use crate::evidence::Bisection;
use crate::frame::Frames;
use crate::frame::io::FrameFormat;
use crate::frame::skipped;
use crate::frame::store::{Content, Key, Store};
use crate::ingest::account::Account;
use crate::ingest::source::Input;
use crate::report::text::Archive;

use super::input::Titles;
use super::reader::{Sink, Taken};

/// Analyses a batch: the analyses that are wanted, and their frames.
type Judge<'a> = dyn Fn(Vec<Bisection>, &Settings) -> io::Result<(Vec<Analysis>, Frames)> + 'a;

/// The batches of one run.
pub(super) struct Batches<'a> {
    judge: &'a Judge<'a>,
    settings: &'a Settings,
    titles: Titles,
    /// Everything but the inputs that the frames depend on.
    fingerprint: Vec<u8>,
    store: Option<Store>,
    /// The batch that is being read.
    now: Option<(Key, Vec<Content>)>,
    pub(super) archive: Archive,
    /// Every analysis, or no more than the first.
    every: bool,
    pub(super) analyses: Vec<Analysis>,
    error: Option<io::Error>,
}

/// Where frames go.
pub(super) struct Out<'a> {
    pub(super) dir: &'a Path,
    pub(super) resume: bool,
}

impl<'a> Batches<'a> {
    /// Bisections in a table beside frames that hold them all.
    const SHOWN: usize = 1000;

    /// `every`: all analyses are to be kept.
    pub(super) fn new(
        judge: &'a Judge<'a>,
        settings: &'a Settings,
        titles: Titles,
        asked: &str,
        out: Option<&Out<'_>>,
        every: bool,
    ) -> io::Result<Self> {
        let named = |out: &Out<'_>| Store::open(out.dir, out.resume).map_err(|error| at(out.dir, &error));
        let fingerprint = format!("{} {settings:?} {asked}", env!("CARGO_PKG_VERSION")).into_bytes();
        Ok(Self {
            judge,
            settings,
            titles,
            fingerprint,
            store: out.map(named).transpose()?,
            now: None,
            archive: Archive::new(out.map(|_| Self::SHOWN)),
            every,
            analyses: Vec::new(),
            error: None,
        })
    }

    /// Takes down the inputs that belong to no batch, and puts the frames together.
    pub(super) fn finish(&mut self, rest: &[Account], out: Option<(&Path, FrameFormat)>) -> io::Result<()> {
        if let Some(error) = self.error.take() {
            self.store.take().into_iter().for_each(Store::leave);
            return Err(error);
        }
        if !rest.is_empty() {
            let frames = Frames { skipped: skipped::build(rest).map_err(io::Error::other)?, ..Frames::empty() };
            self.keep(&frames, &Key::of(xxh3_128(b"rest")).never_again(), Vec::new())?;
        }
        match (self.store.take(), out) {
            (Some(store), Some((dir, format))) => store.finish(format).map_err(|error| at(dir, &error)),
            _ => Ok(()),
        }
    }

    fn batch(&mut self, taken: Taken<'_>) -> io::Result<()> {
        let mut bisections = taken.bisections;
        for bisection in &mut bisections {
            bisection.reported_title = self.titles.of(bisection);
        }
        if let Some(store) = &mut self.store {
            store.settle().map_err(|error| at(store.dir(), &error))?;
        }
        let (analyses, mut frames) = (self.judge)(bisections, self.settings)?;
        frames.skipped = skipped::build(taken.accounts).map_err(io::Error::other)?;
        taken.accounts.clear();
        let (key, inputs) = self.now.take().unwrap_or_else(|| (Key::of(xxh3_128(b"reports")), Vec::new()));
        let key = if taken.alone && !inputs.is_empty() { key } else { key.never_again() };
        self.keep(&frames, &key, inputs)?;
        let wanted = if self.every { usize::MAX } else { 1_usize.saturating_sub(self.analyses.len()) };
        self.analyses.extend(analyses.into_iter().take(wanted));
        Ok(())
    }

    fn keep(&mut self, frames: &Frames, key: &Key, inputs: Vec<Content>) -> io::Result<()> {
        let complete = frames.completed().map_err(io::Error::other)?;
        self.archive.add(&complete).map_err(io::Error::other)?;
        match &mut self.store {
            Some(store) => store.put(key, complete, inputs).map_err(|error| at(store.dir(), &error)),
            None => Ok(()),
        }
    }

    fn key(&self, inputs: &[Content], batch: &[(usize, Input)]) -> Key {
        let mut made_of = self.fingerprint.clone();
        for (content, (_, input)) in inputs.iter().zip(batch) {
            let told = format!("\0{}\0{}\0{}\0{:?}", content.path, content.xxh3, input.named, input.trouble());
            made_of.extend_from_slice(told.as_bytes());
        }
        Key::of(xxh3_128(&made_of))
    }
}

impl Sink for Batches<'_> {
    fn recall(&mut self, batch: &[(usize, Input)]) -> Option<Vec<skipped::Row>> {
        self.store.as_ref()?;
        let inputs: Vec<Content> = batch.par_iter().map(|(_, input)| content(input)).collect();
        let key = self.key(&inputs, batch);
        let frames = self.store.as_mut().and_then(|store| store.recall(&key, &inputs));
        let Some(frames) = frames else {
            self.now = Some((key, inputs));
            return None;
        };
        match self.archive.add(&frames).and_then(|()| skipped::rows(&frames.skipped)) {
            Ok(rows) => Some(rows),
            Err(error) => {
                self.error.get_or_insert(io::Error::other(error));
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

fn content(input: &Input) -> Content {
    Content { path: input.source.path.clone(), xxh3: format!("{:016x}", xxh3_64(input.source.bytes())) }
}

fn at(dir: &Path, error: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!("{}: {error}", dir.display()))
}
