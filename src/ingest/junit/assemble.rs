//! Reports → bisections: the runs of each test by revision, old to new.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::evidence::{Arranged, Bisection, CommitId, Format, Line, Outcome, Place, Source, Text};
use crate::ingest::revisions::{self, Revision};
use crate::ingest::table::ranks;

use super::natural;
use super::report::{Occurrence, Report};
use super::revision::{How, Named, of_paths, of_property};

/// What came of reports.
#[derive(Debug, Default)]
pub struct Assembled {
    /// One for each test that was wanted, by name.
    pub bisections: Vec<Bisection>,
    /// What keeps a report, or all of them, from being used.
    pub problems: Vec<(Source, AssembleError)>,
    /// Whether the names of the revisions tell no order: then they stand in an order that may mean nothing.
    pub unordered: bool,
    /// What was taken for a revision, old to new.
    pub revisions: Vec<CommitId>,
}

/// Why reports gave no bisection.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssembleError {
    /// Nothing tells the revision.
    #[doc(hidden)]
    #[error(
        "nothing tells which revision {} of; attempts, shards and platforms are runs of one revision: put the reports of each \
         revision into a folder called by its hash or its number of build (build-17/), or say --map commit=PROPERTY if a \
         property of the suite has it",
        reports_are(*.reports)
    )]
    NoRevision {
        /// How many reports.
        reports: usize,
    },
    /// All tests passed everywhere.
    #[doc(hidden)]
    #[error(
        "no failed test: {tests} tests ran without a failure in {reports} JUnit reports; --test NAME looks at one anyway"
    )]
    NoFailure {
        /// How many tests.
        tests: usize,
        /// How many reports.
        reports: usize,
    },
    /// No test has the wanted name.
    #[doc(hidden)]
    #[error("no test is called {wanted:?}{}", nearest(.near))]
    NoTest {
        /// What was asked for.
        wanted: String,
        /// The names most like it.
        near: Vec<String>,
    },
    /// Several tests have it.
    #[doc(hidden)]
    #[error("{wanted:?} could be {} tests: {}", .count, .candidates.join(", "))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// How many tests.
        count: usize,
        /// The first of them.
        candidates: Vec<String>,
    },
}

fn reports_are(reports: usize) -> String {
    if reports == 1 { "this report of tests is".to_owned() } else { format!("these {reports} reports of tests are") }
}

fn nearest(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; nearest are {}", near.join(", ")) }
}

/// How many names an error lists.
const LISTED: usize = 8;

/// A test: its class and its name.
type Test<'a> = (&'a str, &'a str);

/// The runs of a test at each revision, an index, with their reports.
type Runs<'a> = BTreeMap<usize, Vec<(&'a Report, &'a Occurrence)>>;

/// One bisection for each test that failed somewhere, or for the wanted one: `class.name`, `class::name`, `class#name`, a
/// name alone, or a part that no other test has.
///
/// ```
/// use bisectstat::evidence::Source;
/// use bisectstat::ingest::{junit, read};
///
/// let mut reports = Vec::new();
/// for name in ["nightly-1.xml", "nightly-2.xml"] {
///     let bytes = std::fs::read(format!("tests/junit/pytest/{name}"))?;
///     reports.extend(read(&bytes, &Source::new(name))?.reports);
/// }
/// let assembled = junit::assemble(&reports, None);
/// assert!(!assembled.bisections.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn assemble(reports: &[Report], wanted: Option<&str>) -> Assembled {
    assembled(reports, wanted.map_or(Wanted::Failed, Wanted::Called))
}

/// The same for every test, whether it failed or not.
#[must_use]
pub fn assemble_all(reports: &[Report]) -> Assembled {
    assembled(reports, Wanted::All)
}

/// Which tests become bisections.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    /// Those that failed somewhere.
    Failed,
    /// The one that is called so.
    Called(&'a str),
    /// All of them.
    All,
}

fn assembled(reports: &[Report], wanted: Wanted<'_>) -> Assembled {
    let mut assembled = Assembled::default();
    if reports.is_empty() {
        return assembled;
    }
    // Neither the order of the command line nor that of a shell is one of history.
    let mut reports: Vec<&Report> = reports.iter().collect();
    reports.sort_by(|a, b| natural::compare(&a.source.path, &b.source.path));
    let reports = reports.as_slice();
    let path = folder(reports);
    let history = History::of(reports);
    let undated: Vec<&Report> = history.undated.iter().map(|report| reports[*report]).collect();
    if !undated.is_empty() {
        let error = AssembleError::NoRevision { reports: undated.len() };
        assembled.problems.push((Source::new(folder(&undated)), error));
    }
    let tests = history.tests(reports);
    if tests.is_empty() && !assembled.problems.is_empty() {
        return assembled;
    }
    match chosen(&tests, wanted, reports.len()) {
        Err(error) => assembled.problems.push((Source::new(path), error)),
        Ok(chosen) => {
            assembled.unordered = history.unordered();
            assembled.revisions = history.old_to_new();
            let bisections = chosen.into_iter().map(|test| history.bisection(&path, test, &tests[&test]));
            assembled.bisections = bisections.collect();
        }
    }
    assembled
}

/// The folder that all reports are in; the file's own path when there is one.
fn folder(reports: &[&Report]) -> String {
    let paths: Vec<&str> = reports.iter().map(|report| report.source.path.as_str()).collect();
    let Some((first, others)) = paths.split_first() else { return String::new() };
    if others.iter().all(|other| other == first) {
        return (*first).to_owned();
    }
    let shared = |other: &str| first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let shared = others.iter().map(|other| shared(other)).min().unwrap_or_default();
    let end = first.as_bytes()[..shared].iter().rposition(|byte| *byte == b'/');
    match end {
        Some(0) => "/".to_owned(),
        Some(end) => String::from_utf8_lossy(&first.as_bytes()[..end]).into_owned(),
        None => ".".to_owned(),
    }
}

/// The revisions, and which suite is of which.
struct History {
    revisions: Vec<Dated>,
    /// For each report, the revision of each suite; none for one that was counted before.
    suites: Vec<Vec<Option<usize>>>,
    /// Reports of which a suite has no revision.
    undated: Vec<usize>,
    /// Where each revision stands, old to new.
    ranks: Vec<usize>,
}

/// A revision and what orders it.
struct Dated {
    commit: CommitId,
    key: String,
    numbered: bool,
    order: Option<f64>,
}

impl History {
    fn of(reports: &[&Report]) -> Self {
        let paths: Vec<&str> = reports.iter().map(|report| report.source.path.as_str()).collect();
        let named = believable(of_paths(&paths), reports);
        let mut history = Self { revisions: Vec::new(), suites: Vec::new(), undated: Vec::new(), ranks: Vec::new() };
        let (mut places, mut seen) = (HashMap::new(), HashSet::new());
        for (at, (report, named)) in reports.iter().zip(&named).enumerate() {
            let suites: Vec<_> = (0..report.suites.len())
                .map(|suite| dated(report, suite, named.as_ref(), reports.len() == 1))
                .collect();
            let used: HashSet<usize> = report.cases.iter().map(|case| case.suite).collect();
            if used.iter().any(|suite| suites[*suite].is_none()) {
                history.undated.push(at);
            }
            let indices = suites.into_iter().enumerate().map(|(suite, dated)| {
                let revision = history.index(&mut places, dated?);
                let digest = report.suites[suite].digest;
                digest.is_none_or(|digest| seen.insert((revision, digest))).then_some(revision)
            });
            let indices = indices.collect();
            history.suites.push(indices);
        }
        history.ranks = history.ranks();
        history
    }

    fn index(&mut self, places: &mut HashMap<CommitId, usize>, dated: Dated) -> usize {
        let next = self.revisions.len();
        let at = *places.entry(dated.commit).or_insert(next);
        if at == next {
            self.revisions.push(dated);
            return at;
        }
        let known = &mut self.revisions[at];
        known.order = known.order.or(dated.order);
        if natural::compare(&dated.key, &known.key).is_lt() {
            (known.key, known.numbered) = (dated.key, dated.numbered);
        }
        at
    }

    fn ranks(&self) -> Vec<usize> {
        // Releases and dates, whose numbers do not count up as they stand.
        let names: Vec<String> = self.revisions.iter().map(|revision| revision.commit.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let by_name = self.revisions.iter().all(|revision| revision.numbered && revision.order.is_none());
        if let Some(ranks) = by_name.then(|| ranks(&names)).flatten().filter(|ranks| is_permutation(ranks)) {
            return ranks;
        }
        let mut old_to_new: Vec<usize> = (0..self.revisions.len()).collect();
        let by_order = self.revisions.iter().all(|revision| revision.order.is_some());
        old_to_new.sort_by(|a, b| {
            let (a, b) = (&self.revisions[*a], &self.revisions[*b]);
            match (a.order, b.order) {
                (Some(a), Some(b)) if by_order => a.total_cmp(&b),
                _ => natural::compare(&a.key, &b.key),
            }
        });
        let mut ranks = vec![0; old_to_new.len()];
        for (rank, revision) in old_to_new.into_iter().enumerate() {
            ranks[revision] = rank;
        }
        ranks
    }

    fn old_to_new(&self) -> Vec<CommitId> {
        let mut revisions: Vec<_> = self.revisions.iter().zip(&self.ranks).collect();
        revisions.sort_by_key(|(_, rank)| **rank);
        revisions.into_iter().map(|(revision, _)| revision.commit).collect()
    }

    fn unordered(&self) -> bool {
        let told = |revision: &Dated| revision.numbered || revision.order.is_some();
        self.revisions.len() > 1 && !self.revisions.iter().all(told)
    }

    /// All tests with their runs.
    fn tests<'a>(&self, reports: &[&'a Report]) -> BTreeMap<Test<'a>, Runs<'a>> {
        let mut tests: BTreeMap<Test<'_>, Runs<'_>> = BTreeMap::new();
        for (report, suites) in reports.iter().copied().zip(&self.suites) {
            for case in &report.cases {
                let Some(revision) = suites[case.suite] else { continue };
                let runs = tests.entry((&case.class, &case.name)).or_default().entry(revision).or_default();
                runs.extend(case.runs.iter().map(|run| (report, run)));
            }
        }
        tests
    }

    fn bisection(&self, path: &str, test: Test<'_>, runs: &Runs<'_>) -> Bisection {
        let mut places: Vec<(&usize, &Vec<_>)> = runs.iter().collect();
        places.sort_by_key(|(revision, _)| self.ranks[**revision]);
        let (mut lines, mut revisions) = (Vec::new(), Vec::new());
        for (revision, runs) in places {
            let dated = &self.revisions[*revision];
            let mut tested = Revision::new(dated.commit, next_line(&lines), dated.order);
            for (report, run) in runs {
                tested.add(next_line(&lines), run.outcome.clone(), 1, run.took);
                let place = Place { path: report.source.path.as_str().into(), line: run.line };
                lines.push((place, run.quote.to_string()));
            }
            revisions.push(tested);
        }
        let understood = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        let id = format!("{path}#{}", name(test));
        let source = Source::gathered(path, lines);
        let mut bisection = revisions::bisection(id, &source, Line(1), (Format::Junit, None), revisions, false);
        let ranks: HashMap<CommitId, usize> =
            runs.keys().map(|revision| (self.revisions[*revision].commit, self.ranks[*revision])).collect();
        for placed in &mut bisection.order {
            #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 reports")]
            let rank = ranks.get(&placed.commit).map(|rank| *rank as f64);
            placed.place = rank;
        }
        if self.unordered() {
            bisection.arranged = Arranged::Unknown;
        }
        bisection.test = vec![Text::from(name(test))];
        bisection.lines.understood = understood;
        bisection
    }
}

/// Whether no two are equal.
fn is_permutation(ranks: &[usize]) -> bool {
    ranks.iter().collect::<HashSet<_>>().len() == ranks.len()
}

fn next_line<T>(lines: &[T]) -> Line {
    Line(u32::try_from(lines.len() + 1).unwrap_or(u32::MAX))
}

/// What a suite and its path say. A property says which revision; the path may say where it stands. `alone` is for the only
/// report: then the order of its suites is that of history.
fn dated(report: &Report, suite: usize, named: Option<&Named>, alone: bool) -> Option<Dated> {
    let told = report.said(suite, |suite| of_property(suite.revision.as_deref()?));
    let order = report.said(suite, |suite| suite.order);
    let commit = told.or_else(|| named.map(|named| named.commit))?;
    let (key, numbered) = match named {
        Some(named) => (named.key.clone(), named.numbered || alone),
        None => (report.source.path.clone(), alone),
    };
    Some(Dated { commit, key, numbered, order })
}

/// Files beside each other may be of several revisions, or of several suites at one: then no test is in two of them, and
/// the files' names are no names of revisions.
fn believable(named: Vec<Option<Named>>, reports: &[&Report]) -> Vec<Option<Named>> {
    let by_file = |named: &Option<Named>| named.as_ref().is_some_and(|named| named.how == How::File);
    if !named.iter().any(by_file) {
        return named;
    }
    let mut tests: HashMap<Test<'_>, usize> = HashMap::new();
    let of_files = reports.iter().zip(&named).enumerate().filter(|(_, (_, named))| by_file(named));
    let twice = of_files.flat_map(|(at, (report, _))| report.cases.iter().map(move |case| (at, case)));
    let mut several = false;
    for (at, case) in twice {
        several |= *tests.entry((&case.class, &case.name)).or_insert(at) != at;
    }
    named.into_iter().map(|named| if several { named } else { named.filter(|named| named.how != How::File) }).collect()
}

/// The tests to look at.
fn chosen<'a>(
    tests: &BTreeMap<Test<'a>, Runs<'a>>,
    wanted: Wanted<'_>,
    reports: usize,
) -> Result<Vec<Test<'a>>, AssembleError> {
    match wanted {
        Wanted::Called(wanted) => return called(tests, wanted).map(|test| vec![test]),
        Wanted::All => return Ok(tests.keys().copied().collect()),
        Wanted::Failed => {}
    }
    let crashed = |runs: &Runs<'_>| runs.values().flatten().any(|(_, run)| matches!(run.outcome, Outcome::Crash(_)));
    let failed: Vec<Test<'_>> = tests.iter().filter(|(_, runs)| crashed(runs)).map(|(test, _)| *test).collect();
    if failed.is_empty() { Err(AssembleError::NoFailure { tests: tests.len(), reports }) } else { Ok(failed) }
}

/// The one test that is called so: by its whole name, by its name alone, or by a part.
fn called<'a>(tests: &BTreeMap<Test<'a>, Runs<'a>>, wanted: &str) -> Result<Test<'a>, AssembleError> {
    let whole = |(class, name): &Test<'_>| {
        let rest = wanted.strip_prefix(class);
        let rest = rest.and_then(|rest| [".", "::", "#", " ", "/", ""].iter().find_map(|sign| rest.strip_prefix(sign)));
        rest == Some(*name)
    };
    let alone = |(_, name): &Test<'_>| *name == wanted;
    let part = |test: &Test<'_>| name(*test).contains(wanted);
    let ways: [&dyn Fn(&Test<'_>) -> bool; 3] = [&whole, &alone, &part];
    for way in ways {
        let found: Vec<Test<'_>> = tests.keys().copied().filter(|test| way(test)).collect();
        match found.as_slice() {
            [] => {}
            [test] => return Ok(*test),
            several => {
                let candidates = several.iter().take(LISTED).map(|test| name(*test)).collect();
                return Err(AssembleError::Ambiguous { wanted: wanted.to_owned(), count: several.len(), candidates });
            }
        }
    }
    Err(AssembleError::NoTest { wanted: wanted.to_owned(), near: near(tests, wanted) })
}

/// The names most like the wanted one.
fn near(tests: &BTreeMap<Test<'_>, Runs<'_>>, wanted: &str) -> Vec<String> {
    const NEAR: usize = 3;
    const ALIKE: f64 = 0.6;
    let like = |test: Test<'_>| strsim::jaro_winkler(&name(test), wanted).max(strsim::jaro_winkler(test.1, wanted));
    let mut names: Vec<(f64, String)> = tests.keys().map(|test| (like(*test), name(*test))).collect();
    names.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    names.into_iter().take(NEAR).filter(|(like, _)| *like > ALIKE).map(|(_, name)| name).collect()
}

/// A test's name as people say it.
fn name((class, name): Test<'_>) -> String {
    match (class, name) {
        ("", name) => name.to_owned(),
        (class, name) if class == name || name.is_empty() => class.to_owned(),
        (class, name) => format!("{class}.{name}"),
    }
}
