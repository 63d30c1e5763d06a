//! `analyze`: the main job.

use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};

use crate::analysis::brief::Brief;
use crate::analysis::words::count;
use crate::analysis::{self, Analysis, Settings};
use crate::evidence::Bisection;
use crate::finding::{self, Limits};
use crate::gate::decision::Decision;
use crate::gate::format::{self, Format as Shared};
use crate::report;
use crate::report::text::Archive;

use super::Exit;
use super::batches::Batches;
use super::columns::Columns;
use super::input::{Batch, Inputs};
use super::listing::Listing;
use super::reader::Ledger;
use super::say::{complain, warn};
use super::screen;

/// Judge finished bisections: is the named commit right, where else could it be, why.
///
/// One log gives one screen; several, or a folder, give a table with the least sure first.
///
/// A bisection marks a revision good or bad on a handful of runs, and takes any crash for the bug. `analyze` gives each
/// bad revision a crash rate of its own, lets good ones crash now and then, and tells the reported bug from others by
/// crash titles. The answer is the posterior of the commit where good turns into bad.
#[derive(Debug, Args)]
pub struct Analyze {
    /// Judge all inputs as one body of evidence: bisections of one bug, whose runs add up
    #[arg(long, conflicts_with = "out")]
    together: bool,
    #[command(flatten)]
    columns: Columns,
    /// What to print
    #[arg(short, long, value_enum, default_value_t = Format::Text, help_heading = super::OUTPUT)]
    format: Format,
    #[command(flatten)]
    listing: Listing,
    #[command(flatten)]
    inputs: Inputs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One array
    Json,
    /// One object per line
    Ndjson,
    /// The findings as SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// The findings as annotations of GitHub Actions
    Github,
    /// The findings as GitLab's code quality report
    Gitlab,
    /// One test case per bisection, for Jenkins and others
    Junit,
    /// For a comment or a job's summary
    Markdown,
    /// The lines that were not understood
    Unparsed,
    /// What each column of a table was taken for
    Columns,
}

impl Analyze {
    pub(super) fn run(&self) -> Exit {
        // Nothing in one line depends on another: these need not be in memory together.
        let alone = self.columns.out.is_none() && !self.together && !self.listing.is_asked();
        let (failed, result) = match self.format {
            Format::Columns => self.meanings(),
            Format::Unparsed => self.unparsed(),
            Format::Ndjson if alone && self.inputs.are_records() => self.records(),
            Format::Ndjson if alone => self.flow(),
            _ if self.together => self.together(),
            _ => self.report(),
        };
        match result {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                complain(&error);
                Exit::Failed
            }
            _ if failed > 0 => Exit::Failed,
            _ => Exit::Success,
        }
    }

    /// Why two options cannot go together, where that depends on the format.
    pub(super) fn conflict(&self) -> Option<String> {
        let listing = (self.listing.is_asked(), "--top or --sort");
        let mut cannot = vec![
            (self.together, "--together"),
            (self.columns.out.is_some(), "-o"),
            (self.columns.selects(), "--filter or --since"),
            (self.inputs.assumes(), "--title, --titles, --prior or --reproduction"),
            listing,
        ];
        match self.format {
            Format::Text | Format::Json => return None,
            Format::Ndjson if !self.inputs.are_records() => return None,
            Format::Columns => {}
            Format::Unparsed => cannot.push((self.inputs.has_repo(), "--repo")),
            _ => cannot = vec![listing],
        }
        let (_, option) = cannot.into_iter().find(|(given, _)| *given)?;
        let format = self.format.to_possible_value()?;
        Some(format!("the argument '--format {}' cannot be used with {option}", format.get_name()))
    }

    /// Records in, records out: what cannot be read is a record too, and a failure only where asked for.
    fn records(&self) -> (usize, io::Result<()>) {
        let settings = match self.inputs.settings() {
            Ok(settings) => settings,
            Err(error) => return (0, Err(io::Error::other(error))),
        };
        let mut out = BufWriter::new(anstream::stdout().lock());
        let mut judge = |batch| self.kept(batch, &settings);
        match self.inputs.filter(&mut judge, &mut out) {
            Ok(failed) => (failed, Ok(())),
            Err(error) => (0, Err(error)),
        }
    }

    /// The analyses of a batch, without those that no one asked for.
    fn judged(&self, batch: Vec<Bisection>, settings: &Settings) -> io::Result<Vec<Analysis>> {
        Ok(self.kept(batch, settings)?.into_iter().flatten().collect())
    }

    /// The same, with a gap for each that no one asked for.
    fn kept(&self, batch: Vec<Bisection>, settings: &Settings) -> io::Result<Vec<Option<Analysis>>> {
        let mut analyses = analysis::analyze(batch, settings);
        finding::judge(&mut analyses, &Limits::default());
        let wanted = self.columns.wanted(&analyses)?;
        Ok(analyses.into_iter().zip(wanted).map(|(analysis, wanted)| wanted.then_some(analysis)).collect())
    }

    /// Prints one batch before the next is read; how many things could not be read.
    fn flow(&self) -> (usize, io::Result<()>) {
        let settings = match self.inputs.settings() {
            Ok(settings) => settings,
            Err(error) => return (0, Err(io::Error::other(error))),
        };
        // JSON has no colours that a terminal could lack.
        let mut out = BufWriter::new(io::stdout().lock());
        let mut done = Ok(());
        let failed = self.inputs.read_in_batches(&mut |batch| {
            if done.is_ok() {
                done = self.judged(batch, &settings).and_then(|analyses| report::json::lines(&analyses, &mut out));
            }
        });
        (failed, done.and_then(|()| out.flush()))
    }

    /// Reads everything and judges it as one.
    fn together(&self) -> (usize, io::Result<()>) {
        let settings = match self.inputs.settings() {
            Ok(settings) => settings,
            Err(error) => return (0, Err(io::Error::other(error))),
        };
        let Batch { bisections, ledger } = match self.inputs.read_together(settings.history()) {
            Ok(batch) => batch,
            Err(error) => return (0, Err(io::Error::other(error))),
        };
        let failed = ledger.failed();
        let printed = self.judged(bisections, &settings).and_then(|analyses| {
            let mut archive = self.listing.archive(None);
            archive.add(analyses.iter().map(Brief::of).collect(), Vec::new());
            self.print(archive, &analyses, ledger)
        });
        (failed, printed)
    }

    /// Reads everything and lists what the columns of tables mean.
    fn meanings(&self) -> (usize, io::Result<()>) {
        let ledger = self.inputs.explained();
        let mut out = BufWriter::new(anstream::stdout().lock());
        let mut write = || {
            ledger.tables.iter().try_for_each(|(path, table)| write!(out, "{path}: {table}"))?;
            out.flush()
        };
        (ledger.failed(), write())
    }

    /// Reads everything and lists what was not understood.
    fn unparsed(&self) -> (usize, io::Result<()>) {
        let batch = self.inputs.read();
        let mut out = BufWriter::new(anstream::stdout().lock());
        (batch.failed(), unparsed(&batch.bisections, &mut out).and_then(|()| out.flush()))
    }

    /// Analyses one batch after the other, then writes what was asked for.
    fn report(&self) -> (usize, io::Result<()>) {
        let read = || -> Result<_, String> {
            let asked = self.inputs.asked()?;
            Ok((self.inputs.settings()?, self.inputs.titles()?, asked))
        };
        let (settings, titles, asked) = match read() {
            Ok(read) => read,
            Err(error) => return (0, Err(io::Error::other(error))),
        };
        let (judge, one) =
            (|batch: Vec<Bisection>, settings: &Settings| self.judged(batch, settings), titles.one.is_some());
        let folder = match self.columns.folder(&format!("{settings:?} {asked}")) {
            Ok(folder) => folder,
            Err(error) => return (0, Err(error)),
        };
        let archive = self.listing.archive(folder.as_ref().map(|_| Batches::SHOWN));
        let mut batches = Batches::new(&judge, &settings, titles, (folder, archive), self.format != Format::Text);
        let ledger = self.inputs.stream("reading", false, &mut batches);
        let finished = batches.finish(&ledger.accounts);
        if one && batches.archive.bisections() > 1 {
            return (0, Err(io::Error::other("--title is for one log: use --titles FILE for several")));
        }
        // A table shows no advice.
        if let (1, [analysis], Format::Text) =
            (batches.archive.bisections(), batches.analyses.as_mut_slice(), self.format)
        {
            analysis::next::advise(analysis, &settings);
        }
        let failed = ledger.failed();
        if failed == 0 && batches.archive.bisections() == 0 && !self.columns.filter.is_empty() {
            warn(&"no bisection meets the --filter");
        }
        let analyses = match self.format {
            Format::Json | Format::Ndjson => self.listing.of(batches.analyses),
            _ => batches.analyses,
        };
        (failed, finished.and_then(|()| self.print(batches.archive, &analyses, ledger)))
    }

    fn print(&self, archive: Archive, analyses: &[Analysis], ledger: Ledger) -> io::Result<()> {
        let failed = ledger.failed();
        let found = Decision::of_all(analyses, ledger.unread);
        let mut out = BufWriter::new(anstream::stdout().lock());
        match self.format {
            Format::Text => screen::write(&mut out, &text(archive, analyses, failed))?,
            Format::Json => report::json::array(analyses, &mut out)?,
            Format::Ndjson => report::json::lines(analyses, &mut out)?,
            Format::Sarif => format::write(Shared::Sarif, &found, &mut out)?,
            Format::Github => format::write(Shared::Github, &found, &mut out)?,
            Format::Gitlab => format::write(Shared::Gitlab, &found, &mut out)?,
            Format::Junit => format::write(Shared::Junit, &found, &mut out)?,
            Format::Markdown => format::write(Shared::Markdown, &found, &mut out)?,
            // Printed where nothing is analysed.
            Format::Unparsed | Format::Columns => {}
        }
        out.flush()
    }
}

fn text(archive: Archive, analyses: &[Analysis], failed: usize) -> String {
    match (archive.bisections(), analyses) {
        (0, _) => String::new(),
        (1, [analysis]) => report::text::one(analysis) + &archive.missing(),
        _ => archive.text(failed),
    }
}

fn unparsed(bisections: &[Bisection], out: &mut impl Write) -> io::Result<()> {
    for bisection in bisections {
        for line in &bisection.unparsed {
            screen::write(out, &format!("{}: {}\n", bisection.source.at(line.line), line.text))?;
        }
    }
    let sum = |of: fn(&Bisection) -> u32| bisections.iter().map(|b| u64::from(of(b))).sum::<u64>();
    writeln!(
        out,
        "{}: {} understood, {} free text, {} not understood",
        count(sum(|b| b.lines.total()), "line"),
        sum(|b| b.lines.understood),
        sum(|b| b.lines.opaque),
        sum(|b| b.lines.unparsed),
    )
}
