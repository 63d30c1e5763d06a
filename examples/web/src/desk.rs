//! Files in, messages and pages out: what the program's `report` does, for files that a browser holds. No browser in it.

use std::io;

use bisectstat::Analysis;
use bisectstat::analysis::growth::growth;
use bisectstat::analysis::{self, Settings, next};
use bisectstat::evidence::{Bisection, Source, Title, clean};
use bisectstat::finding::{self, Limits};
use bisectstat::ingest::account::{Account, State};
use bisectstat::ingest::junit::{AssembleError, Assembled, Report, assemble};
use bisectstat::ingest::source::{Input, packed};
use bisectstat::ingest::table::{Columns, Meaning, Resolution};
use bisectstat::ingest::told::{
    UNMAPPED, UNORDERED, UNTESTED, is_mapped, mapping, taken_for_revisions, unordered_tables,
};
use bisectstat::ingest::{Place, ReadError};
use bisectstat::report::html::{Overview, Page, overview, page};
use bisectstat::report::json;
use serde::{Deserialize, Serialize};

/// A file as the browser hands it over.
pub struct File {
    /// Its name, with the folder that it was dropped in.
    pub name: String,
    pub bytes: Vec<u8>,
    /// Whether it came with a folder: then it may hold no bisection.
    pub in_folder: bool,
}

/// What the person says besides, in the words of the program's options; empty where nothing is said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    map: String,
    test: String,
    title: String,
}

/// A message, as the program writes it to standard error.
#[derive(Debug, Serialize)]
pub struct Said {
    level: &'static str,
    text: String,
}

/// What came of the files.
#[derive(Default)]
pub struct Desk {
    analyses: Vec<Analysis>,
    said: Vec<Said>,
    /// Inputs and lines that could not be read, in words.
    unread: Vec<String>,
    skipped: usize,
}

/// What the page has to know of it.
#[derive(Serialize)]
pub struct Came<'a> {
    said: &'a [Said],
    /// The names of the bisections.
    bisections: Vec<&'a str>,
}

/// Reads and judges.
pub fn read(files: Vec<File>, asked: &Asked) -> Desk {
    let mut reader = Reader::default();
    let columns = match asked.columns() {
        Ok(columns) => columns,
        Err(error) => {
            reader.desk.say("error", &error);
            return reader.desk;
        }
    };
    let mut folders: Vec<(String, Found)> = Vec::new();
    for file in files {
        let folder = file.in_folder.then(|| file.name.split('/').next().unwrap_or_default().to_owned());
        let found = reader.file(file, &columns);
        match (folder, folders.last_mut()) {
            (Some(folder), Some((last, sum))) if *last == folder => sum.add(found),
            (Some(folder), _) => folders.push((folder, found)),
            (None, _) => {}
        }
    }
    for (folder, found) in folders {
        reader.tell(&folder, Place::Folder, found);
    }
    reader.finish(asked, &columns)
}

impl Asked {
    fn columns(&self) -> Result<Columns, String> {
        let told = |word| {
            mapping(word).map_err(|error| format!("invalid value '{word}' for '--map <MEANING=COLUMN>': {error}"))
        };
        self.map.split(',').map(str::trim).filter(|word| !word.is_empty()).map(told).collect()
    }

    fn test(&self) -> Option<&str> {
        Some(self.test.trim()).filter(|test| !test.is_empty())
    }
}

/// Reads files one by one.
#[derive(Default)]
struct Reader {
    desk: Desk,
    bisections: Vec<Bisection>,
    /// Reports of tests: only all of them together make bisections.
    reports: Vec<Report>,
    tables: Vec<(String, Resolution)>,
    /// Whether something was read from columns.
    mapped: bool,
    /// Whether it was said what is read.
    helped: bool,
}

/// What one file or folder held.
#[derive(Clone, Copy, Default)]
struct Found {
    some: bool,
    failed: bool,
    skipped: usize,
}

impl Found {
    fn add(&mut self, other: Self) {
        self.some |= other.some;
        self.failed |= other.failed;
        self.skipped += other.skipped;
    }
}

impl Reader {
    fn file(&mut self, file: File, columns: &Columns) -> Found {
        let File { name, bytes, in_folder } = file;
        let mut found = Found::default();
        let place = packed(&name, bytes, &mut |mut input| {
            input.named &= !in_folder;
            found.add(self.input(input, columns));
        });
        if let Some(place) = place {
            self.tell(&name, place, found);
            found.failed |= !found.some;
        }
        found
    }

    fn input(&mut self, input: Input, columns: &Columns) -> Found {
        let (source, named) = (Source::new(input.source.path.clone()), input.named);
        let mut read = input.read(columns);
        let (mut bisections, mut reports) = (Vec::new(), Vec::new());
        if let Ok(reading) = &mut read {
            (bisections, reports) = (std::mem::take(&mut reading.bisections), std::mem::take(&mut reading.reports));
            for table in std::mem::take(&mut reading.tables) {
                if let Some(inferred) = table.inferred() {
                    self.desk.say("note", &format!("{}: {inferred}", source.path));
                }
                self.tables.push((source.path.clone(), table));
            }
        }
        let failed = self.desk.unread.len();
        let account = Account::of(&source, named, bisections.len(), read);
        self.account(&source, &account.state);
        let found = Found {
            some: !bisections.is_empty() || !reports.is_empty(),
            failed: self.desk.unread.len() > failed,
            skipped: usize::from(matches!(account.state, State::Skipped(_))),
        };
        self.mapped |= bisections.iter().any(|bisection| is_mapped(bisection, columns));
        self.desk.skipped += found.skipped;
        self.bisections.extend(bisections);
        self.reports.extend(reports);
        found
    }

    fn account(&mut self, source: &Source, state: &State) {
        match state {
            State::Partly { problems, .. } => {
                for problem in problems {
                    let place = format!("{}: {}", source.at(problem.line), problem.flaw);
                    if problem.flaw.is_warning() {
                        self.desk.say("warning", &place);
                    } else {
                        self.desk.say("error", &place);
                        self.desk.fail(&source.path, &format!("line {}: {}", problem.line, problem.flaw));
                    }
                }
            }
            State::Skipped(error @ ReadError::NoFile(_)) => {
                self.desk.say("warning", &format!("{}: {error}", source.path));
            }
            State::Refused(error) => self.refuse(source, error),
            State::Analysed { .. } | State::Skipped(_) => {}
        }
    }

    fn refuse(&mut self, source: &Source, error: &ReadError) {
        let place = error.line().map_or_else(|| source.path.clone(), |line| source.at(line).to_string());
        self.desk.say("error", &format!("{place}: {error}"));
        if let Some(help) = error.help().filter(|_| !std::mem::replace(&mut self.helped, true)) {
            self.desk.say("help", help);
        }
        self.desk.fail(&source.path, &error.to_string());
    }

    /// Complains about a place that held nothing.
    fn tell(&mut self, name: &str, place: Place, found: Found) {
        if !found.some && !found.failed {
            self.refuse(&Source::new(name), &ReadError::NoLogs { place, skipped: found.skipped });
        }
    }

    fn finish(mut self, asked: &Asked, columns: &Columns) -> Desk {
        let of_report = |meaning: &Meaning| matches!(meaning, Meaning::Commit | Meaning::Order);
        let used = self.mapped || (!self.reports.is_empty() && columns.keys().all(of_report));
        if !columns.is_empty() && !used && self.desk.unread.is_empty() {
            self.desk.complain("--map", UNMAPPED);
        }
        self.assemble(asked.test());
        if let Some(lost) = unordered_tables(&self.tables) {
            self.desk.say("warning", &lost);
        }
        let Self { mut desk, mut bisections, .. } = self;
        if let Some(title) = Title::new(&asked.title) {
            match bisections.as_mut_slice() {
                [bisection] => bisection.reported_title = Some(title),
                [] => {}
                _ => desk.complain("--title", "--title is for one log: use --titles FILE for several"),
            }
        }
        desk.judge(bisections);
        desk
    }

    /// Puts the reports of tests together.
    fn assemble(&mut self, test: Option<&str>) {
        let reports = std::mem::take(&mut self.reports);
        if reports.is_empty() {
            if test.is_some() && self.desk.unread.is_empty() {
                self.desk.complain("--test", UNTESTED);
            }
            return;
        }
        let Assembled { bisections, problems, unordered, revisions } = assemble(&reports, test);
        if !bisections.is_empty() {
            self.desk.say("note", &taken_for_revisions(&reports, &revisions));
        }
        for (source, error) in problems {
            match error {
                AssembleError::NoFailure { .. } => self.desk.say("note", &error.to_string()),
                _ => self.desk.complain(&source.path, &error.to_string()),
            }
        }
        if unordered {
            self.desk.say("warning", UNORDERED);
        }
        self.bisections.extend(bisections);
    }
}

impl Desk {
    /// What the page has to know.
    pub fn came(&self) -> Came<'_> {
        let bisections = self.analyses.iter().map(|analysis| analysis.bisection.as_str()).collect();
        Came { said: &self.said, bisections }
    }

    /// The page of a bisection, by its place. `alone`: without a link to the overview.
    ///
    /// # Errors
    /// When there is none.
    pub fn page(&self, place: usize, alone: bool, out: &mut Vec<u8>) -> io::Result<()> {
        let analysis = self.analyses.get(place).ok_or_else(|| io::Error::other("there is no such bisection"))?;
        let several = self.analyses.len() > 1;
        let overview = (several && !alone).then_some("#all");
        page(&Page { analysis, overview, unread: if several { &[] } else { &self.unread } }, out)
    }

    /// The overview; its links are `#page-0` and so on.
    ///
    /// # Errors
    /// As a page.
    pub fn overview(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let pages: Vec<_> = (0..self.analyses.len()).map(|place| format!("#page-{place}")).collect();
        let (analyses, skipped, unread) = (self.analyses.as_slice(), self.skipped, self.unread.as_slice());
        overview(&Overview { analyses, pages: &pages, skipped, unread }, out)
    }

    /// The figures as JSON.
    ///
    /// # Errors
    /// As a page.
    pub fn figures(&self, out: &mut Vec<u8>) -> io::Result<()> {
        json::array(&self.analyses, out)
    }

    fn judge(&mut self, bisections: Vec<Bisection>) {
        let settings = Settings::default();
        self.analyses = analysis::analyze(bisections, &settings);
        finding::judge(&mut self.analyses, &Limits::default());
        for analysis in &mut self.analyses {
            next::advise(analysis, &settings);
        }
        // As many posteriors as tests: on the page of one bisection, not on those of an archive.
        if let [analysis] = &mut self.analyses[..] {
            analysis.growth = growth(analysis, &settings);
        }
    }

    fn say(&mut self, level: &'static str, text: &str) {
        self.said.push(Said { level, text: clean(text) });
    }

    fn complain(&mut self, place: &str, error: &str) {
        self.say("error", &format!("{place}: {error}"));
        self.fail(place, error);
    }

    fn fail(&mut self, path: &str, error: &str) {
        self.unread.push(format!("{path}: {}", clean(error)));
    }
}
