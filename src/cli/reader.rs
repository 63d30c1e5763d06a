//! The one loop that reads: inputs come one by one, wait in a batch, are read in parallel, and go on in their order. So an
//! archive of any size passes through, and nothing depends on the number of threads.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use rayon::prelude::*;
use walkdir::WalkDir;
use xxhash_rust::xxh3::xxh3_64;

use crate::analysis::Repo;
use crate::analysis::words::count;
use crate::evidence::{Bisection, Line, Source, clean};
use crate::gate::decision::Unread;
use crate::ingest::account::{Account, Row, State};
use crate::ingest::junit::{AssembleError, Assembled, Report, assemble, assemble_all};
use crate::ingest::source::Input;
use crate::ingest::table::{Columns, Meaning, Resolution};
use crate::ingest::told::{UNMAPPED, UNORDERED, UNTESTED, is_mapped, taken_for_revisions, unordered_tables};
use crate::ingest::{Place, ReadError, Reading};

use super::say::{self, complain, detail, hint, note, warn};
use super::shard::Shard;

/// What became of the inputs.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// One entry an input, in the order of the paths.
    pub(super) accounts: Vec<Account>,
    /// Inputs and lines that could not be read; each was complained about.
    pub(super) unread: Vec<Unread>,
    /// What the columns of each table were taken for.
    pub(super) tables: Vec<(String, Resolution)>,
    /// Whether it was said what is read.
    helped: bool,
    /// Whether reports of tests were read of which none failed.
    pub(super) green: bool,
}

/// What is asked of the inputs.
#[expect(clippy::struct_excessive_bools, reason = "independent demands")]
#[derive(Clone, Debug)]
pub(super) struct Demands {
    pub(super) columns: Columns,
    /// A folder without a bisection is no failure.
    pub(super) may_be_empty: bool,
    /// What is passed over is a failure.
    pub(super) strict: bool,
    /// A repository tells which revision is older.
    pub(super) ordered: bool,
    /// Nothing is said of tables here: all of it is printed.
    pub(super) explain: bool,
    /// The test to select among reports.
    pub(super) test: Option<String>,
    /// Tests that never failed are wanted, too.
    pub(super) every: bool,
    /// An input that comes again is left out.
    pub(super) once: bool,
    /// The share to read.
    pub(super) shard: Option<Shard>,
    /// The repository of the tested revisions.
    pub(super) repo: Option<Arc<Repo>>,
}

/// What was read of one batch.
pub(super) struct Taken<'t> {
    pub(super) bisections: Vec<Bisection>,
    /// Whether there is more than one input.
    pub(super) several: bool,
    /// What became of the inputs that nobody has taken down yet.
    pub(super) accounts: &'t mut Vec<Account>,
    /// Whether the inputs say all this alone: reports of tests say more together.
    pub(super) alone: bool,
}

/// Where batches go.
pub(super) trait Sink {
    /// One row an input, when an earlier run has read them: then they are not read again.
    fn recall(&mut self, _batch: &[(usize, Input)]) -> Option<Vec<Row>> {
        None
    }

    /// Takes the bisections of one batch.
    fn take(&mut self, taken: Taken<'_>);

    /// Whether nothing more is wanted.
    fn gave_up(&self) -> bool {
        false
    }
}

/// Takes the bisections of one batch, and whether there is more than one input.
impl<F: FnMut(Vec<Bisection>, bool)> Sink for F {
    fn take(&mut self, taken: Taken<'_>) {
        self(taken.bisections, taken.several);
    }
}

/// Reads inputs as they come.
pub(super) struct Reader<'a> {
    demands: Demands,
    take: &'a mut (dyn Sink + 'a),
    ledger: Ledger,
    /// Reports of tests: only all of them together make bisections.
    reports: Vec<Report>,
    /// Bisections that were handed on.
    handed: usize,
    /// Whether one of them was read from columns.
    tables: bool,
    waiting: Vec<(usize, Input)>,
    bytes: usize,
    seen: usize,
    /// The same with those of other shards.
    come: u64,
    /// Whether the last input ends its batch.
    ends: bool,
    paths: Vec<Asked>,
    /// Inputs that have come, where several paths were given.
    known: HashSet<PathBuf>,
    /// Paths that are done with.
    told: usize,
    bar: ProgressBar,
    /// When it began.
    since: Instant,
    /// What is being done.
    verb: String,
}

/// A path that the user gave.
struct Asked {
    name: String,
    /// Whether its last input has come.
    whole: bool,
    /// Where several inputs can lie.
    place: Option<Place>,
    /// Bisections and reports.
    found: usize,
    skipped: usize,
    failed: usize,
    /// Whether some belong to another shard.
    elsewhere: bool,
}

impl<'a> Reader<'a> {
    /// Texts that wait at a time, in bytes and in number.
    const BYTES: usize = 32 << 20;
    const INPUTS: usize = 256;
    /// One name in so many ends a batch: where one is added, only its own batch changes.
    const ENDS: u64 = 128;

    pub(super) fn new(verb: &str, demands: Demands, take: &'a mut (dyn Sink + 'a)) -> Self {
        let (waiting, paths, known) = (Vec::new(), Vec::new(), HashSet::new());
        let bar = spinner(verb);
        let (ledger, reports) = (Ledger::default(), Vec::new());
        Self {
            demands,
            take,
            ledger,
            reports,
            handed: 0,
            tables: false,
            waiting,
            bytes: 0,
            seen: 0,
            come: 0,
            ends: false,
            paths,
            known,
            told: 0,
            bar,
            since: Instant::now(),
            verb: verb.to_owned(),
        }
    }

    /// Counts what is about to come, where somebody watches: then the bar can tell the time that is left. An archive among
    /// the files holds more than that.
    pub(super) fn expect(&self, paths: &[PathBuf]) {
        if say::shows_progress() && paths.iter().all(|path| path.is_dir()) {
            let files = paths.iter().flat_map(|path| WalkDir::new(path).follow_links(true)).flatten();
            self.bar.set_length(files.filter(|entry| entry.file_type().is_file()).count() as u64);
            self.bar.set_style(style(&self.verb, "{pos} of {len} files, {rate}, {eta} left"));
        }
    }

    /// Everything that a path stands for, as `find` finds it.
    pub(super) fn path(&mut self, path: &Path, find: impl FnOnce(&Path, &mut dyn FnMut(Input)) -> Option<Place>) {
        let name = path.to_string_lossy().into_owned();
        self.paths.push(Asked { name, whole: false, place: None, found: 0, skipped: 0, failed: 0, elsewhere: false });
        let place = find(path, &mut |input| self.push(input));
        if let Some(asked) = self.paths.last_mut() {
            (asked.whole, asked.place) = (true, place);
        }
    }

    /// Something that could not even be looked for.
    pub(super) fn fail(&mut self, source: &Source, error: ReadError) {
        self.ledger.add(source, true, Err(error), &self.demands);
    }

    fn push(&mut self, input: Input) {
        if self.demands.once && !self.known.insert(place(&input.source.path)) {
            if let Some(asked) = self.paths.last_mut() {
                asked.elsewhere = true;
            }
            return warn(&format!("{}: given more than once, read once", input.source.path));
        }
        self.come += 1;
        if self.demands.shard.is_some_and(|shard| !shard.holds(self.come - 1)) {
            if let Some(asked) = self.paths.last_mut() {
                asked.elsewhere = true;
            }
            return;
        }
        if self.take.gave_up() {
            return;
        }
        let full = self.bytes + input.len() > Self::BYTES || self.waiting.len() >= Self::INPUTS || self.ends;
        self.ends = xxh3_64(input.source.path.as_bytes()).is_multiple_of(Self::ENDS);
        if full && !self.waiting.is_empty() {
            self.flush(true);
        }
        self.bytes += input.len();
        self.seen += 1;
        self.waiting.push((self.paths.len() - 1, input));
    }

    /// Reads what waits. `more`: another input is there already.
    fn flush(&mut self, more: bool) {
        /// Fewer are done before anybody looks.
        const WORTH_A_BAR: usize = 64;
        if more && self.seen > WORTH_A_BAR && say::shows_progress() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        let waiting = std::mem::take(&mut self.waiting);
        self.bytes = 0;
        let inputs = waiting.len() as u64;
        match self.take.recall(&waiting) {
            Some(rows) => self.recalled(&waiting, &rows),
            None => self.read(waiting, more),
        }
        self.bar.inc(inputs);
        if self.bar.length().is_some_and(|length| length < self.bar.position()) {
            self.bar.unset_length();
            self.bar.set_style(style(&self.verb, UNBOUNDED));
        }
        if !self.ledger.unread.is_empty() {
            self.bar.set_message(format!(", {} could not be read", self.ledger.failed()));
        }
        self.tell();
    }

    /// Takes down what an earlier run made of a batch.
    fn recalled(&mut self, waiting: &[(usize, Input)], rows: &[Row]) {
        for ((path, input), row) in waiting.iter().zip(rows) {
            let (failed, asked) = (self.ledger.recall(&input.source, row, &self.demands), &mut self.paths[*path]);
            asked.failed += failed;
            asked.found += row.bisections as usize;
            asked.skipped += usize::from(row.state == "skipped");
            self.handed += row.bisections as usize;
            // What an earlier run has read is not known; that run has said it.
            self.tables |= row.bisections > 0;
        }
    }

    fn read(&mut self, waiting: Vec<(usize, Input)>, more: bool) {
        let columns = &self.demands.columns;
        let history = self.demands.repo.as_deref().map(|repo| &repo.history);
        let read = waiting.into_par_iter().map(|(path, input)| {
            let (source, named) = (Source::new(input.source.path.clone()), input.named);
            (path, source, named, input.read_beside(columns, history))
        });
        let (mut bisections, reports) = (Vec::new(), self.reports.len());
        for (path, source, named, reading) in read.collect::<Vec<_>>() {
            let (failed, before) = (self.ledger.unread.len(), bisections.len() + self.reports.len());
            self.ledger.resolved(&source, &reading, &self.demands);
            let (new, new_reports) = self.ledger.add(&source, named, reading, &self.demands);
            bisections.extend(new);
            self.reports.extend(new_reports);
            let asked = &mut self.paths[path];
            asked.failed += self.ledger.unread.len() - failed;
            asked.found += bisections.len() + self.reports.len() - before;
            let skipped = self.ledger.accounts.last().is_some_and(|account| matches!(account.state, State::Skipped(_)));
            asked.skipped += usize::from(skipped);
        }
        self.handed += bisections.len();
        self.tables |= bisections.iter().any(|bisection| is_mapped(bisection, &self.demands.columns));
        let (several, alone) = (more || self.seen > 1, self.reports.len() == reports);
        self.take.take(Taken { bisections, several, accounts: &mut self.ledger.accounts, alone });
    }

    /// Complains about places that are done with and held nothing.
    fn tell(&mut self) {
        while let Some(asked) = self.paths.get(self.told).filter(|asked| asked.whole) {
            self.told += 1;
            if let Some(place) = asked.place
                && (asked.found, asked.failed, asked.elsewhere) == (0, 0, false)
                && !self.demands.may_be_empty
            {
                let error = ReadError::NoLogs { place, skipped: asked.skipped };
                self.ledger.add(&Source::new(asked.name.clone()), true, Err(error), &self.demands);
            }
        }
    }

    pub(super) fn finish(mut self) -> Ledger {
        self.flush(false);
        self.unmapped();
        self.assemble();
        self.ledger.say_order(&self.demands);
        self.bar.finish_and_clear();
        detail(&self.account());
        self.ledger
    }

    /// What was read, in a sentence.
    fn account(&self) -> String {
        let (inputs, time) = (count(self.seen as u64, "input"), self.since.elapsed().as_secs_f64());
        let (skipped, failed) = (self.ledger.skipped(), self.ledger.failed());
        format!("read {inputs} in {time:.1} s: {skipped} without a bisection, {failed} not read in full")
    }

    /// Complains about names of columns where nothing has any. Another shard may have.
    fn unmapped(&mut self) {
        let Demands { columns, shard, .. } = &self.demands;
        let of_report = |meaning: &Meaning| matches!(meaning, Meaning::Commit | Meaning::Order);
        let used = self.tables || (!self.reports.is_empty() && columns.keys().all(of_report));
        if !columns.is_empty() && shard.is_none() && !used && self.ledger.failed() == 0 {
            self.ledger.complain(&Source::new("--map"), UNMAPPED);
        }
    }

    /// Puts the reports of tests together. Beside other bisections, reports without a failure are nothing to complain of.
    fn assemble(&mut self) {
        let (reports, test) = (std::mem::take(&mut self.reports), self.demands.test.as_deref());
        if reports.is_empty() {
            if test.is_some() && self.ledger.failed() == 0 {
                self.ledger.complain(&Source::new("--test"), UNTESTED);
            }
            return;
        }
        let Assembled { bisections, problems, unordered, revisions } =
            if self.demands.every { assemble_all(&reports) } else { assemble(&reports, test) };
        if !bisections.is_empty() {
            note(&taken_for_revisions(&reports, &revisions));
        }
        for (source, error) in problems {
            match error {
                AssembleError::NoFailure { .. } => {
                    self.ledger.green = true;
                    note(&error.to_string());
                }
                _ => self.ledger.complain(&source, &error.to_string()),
            }
        }
        if unordered && !self.demands.ordered {
            warn(&UNORDERED);
        }
        let several = self.handed + bisections.len() > 1;
        if !bisections.is_empty() {
            let accounts = &mut self.ledger.accounts;
            self.take.take(Taken { bisections, several, accounts, alone: false });
        }
    }
}

impl Ledger {
    /// Takes down what came of an input, says what is wrong with it, and gives the bisections.
    fn add(
        &mut self,
        source: &Source,
        named: bool,
        mut read: Result<Reading, ReadError>,
        demands: &Demands,
    ) -> (Vec<Bisection>, Vec<Report>) {
        let take =
            |reading: &mut Reading| (std::mem::take(&mut reading.bisections), std::mem::take(&mut reading.reports));
        let (bisections, reports) = read.as_mut().map(take).unwrap_or_default();
        let account = Account::of(source, named, bisections.len(), read);
        match &account.state {
            State::Partly { problems, .. } => {
                for problem in problems {
                    let place = format!("{}: {}", source.at(problem.line), problem.flaw);
                    if problem.flaw.is_warning() && !demands.strict {
                        warn(&place);
                        continue;
                    }
                    complain(&place);
                    self.fail(source, &format!("line {}: {}", problem.line, problem.flaw));
                }
            }
            State::Skipped(error) if demands.strict => self.refuse(source, error),
            State::Skipped(error @ ReadError::NoFile(_)) => warn(&format!("{}: {error}", source.path)),
            State::Refused(error) => self.refuse(source, error),
            State::Analysed { .. } | State::Skipped(_) => {}
        }
        self.accounts.push(account);
        (bisections, reports)
    }

    /// Says in a line what was inferred of a table's columns.
    fn resolved(&mut self, source: &Source, read: &Result<Reading, ReadError>, demands: &Demands) {
        for table in read.iter().flat_map(|reading| &reading.tables) {
            if let Some(inferred) = table.inferred().filter(|_| !demands.explain) {
                note(&format!("{}: {inferred}", source.path));
            }
            self.tables.push((source.path.clone(), table.clone()));
        }
    }

    /// Warns of tables that do not tell which revision is older.
    fn say_order(&self, demands: &Demands) {
        if demands.ordered || demands.explain {
            return;
        }
        if let Some(lost) = unordered_tables(&self.tables) {
            warn(&lost);
        }
    }

    /// Says what was wrong with an input when it was read; gives how many things could not be.
    fn recall(&mut self, source: &Source, row: &Row, demands: &Demands) -> usize {
        let wrong = match row.state.as_str() {
            "refused" | "partly" => row.problems,
            "skipped" => u32::from(demands.strict),
            _ => 0,
        };
        if wrong > 0 {
            let place = row.line.map_or_else(|| source.path.clone(), |line| source.at(Line(line)).to_string());
            let reason = row.reason.as_deref().unwrap_or_default();
            let more = if wrong > 1 { format!(" (and {})", count(wrong - 1, "more problem")) } else { String::new() };
            complain(&format!("{place}: {reason}{more}"));
            (0..wrong).for_each(|_| self.fail(source, reason));
        }
        if wrong == 0
            && row.state == "partly"
            && let Some(reason) = &row.reason
        {
            let place = row.line.map_or_else(|| source.path.clone(), |line| source.at(Line(line)).to_string());
            warn(&format!("{place}: {reason}"));
        }
        wrong as usize
    }

    fn refuse(&mut self, source: &Source, error: &ReadError) {
        let place = error.line().map_or_else(|| source.path.clone(), |line| source.at(line).to_string());
        complain(&format!("{place}: {error}"));
        if let Some(help) = error.help().filter(|_| !std::mem::replace(&mut self.helped, true)) {
            hint(&help);
        }
        self.fail(source, &error.to_string());
    }

    fn complain(&mut self, source: &Source, error: &str) {
        complain(&format!("{}: {error}", source.path));
        self.fail(source, error);
    }

    /// Adds what was complained about elsewhere.
    pub(super) fn fail(&mut self, source: &Source, error: &str) {
        self.unread.push(Unread { source: source.clone(), error: clean(error) });
    }

    /// How many inputs and lines could not be read.
    pub(super) const fn failed(&self) -> usize {
        self.unread.len()
    }

    /// Files that nobody named and that hold no bisection.
    pub(super) fn skipped(&self) -> usize {
        self.accounts.iter().filter(|account| matches!(account.state, State::Skipped(_))).count()
    }
}

/// Where an input lies, however its path is written.
fn place(path: &str) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.into()).components().collect()
}

/// Shows on a terminal that something happens, once it takes a while.
fn spinner(verb: &str) -> ProgressBar {
    ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_style(style(verb, UNBOUNDED))
}

/// How much there is nobody knows.
const UNBOUNDED: &str = "{pos} files, {rate}, {elapsed}";

fn style(verb: &str, told: &str) -> ProgressStyle {
    let template = format!("{{spinner}} {verb} {told}{{msg}}");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_spinner());
    style.with_key("rate", |state: &ProgressState, text: &mut dyn fmt::Write| {
        // Nobody is lost when a bar cannot be drawn.
        let _ = write!(text, "{:.0}/s", state.per_sec());
    })
}
