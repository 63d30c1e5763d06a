//! The loop: think, hand visits to the benches, write down what they tell, until something ends it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::scope;
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

use crate::analysis::{Repo, Settings};
use crate::evidence::CommitId;

use super::RunError;
use super::mind::Mind;
use super::options::Budget;
use super::planner::Planner;
use super::process::{Guard, Stop};
use super::standing::{Standing, used_up};
use super::state::{Event, Journal, Reason, State};
use super::title::Namer;
use super::trial::{Bench, Visit};
use super::worktree::Git;

/// What a bisection works with.
pub struct Drive<'a> {
    /// The repository's git.
    pub git: &'a Git,
    /// The repository's history.
    pub repo: &'a Arc<Repo>,
    /// What is assumed of bugs.
    pub settings: &'a Settings,
    /// How crashes get their titles.
    pub namer: &'a Namer,
    /// Where the user called.
    pub called_in: &'a Path,
    /// Asked by whoever wants it to stop: the runs under way are killed, and not written down.
    pub stop: &'a Stop,
}

/// What whoever watches may want to know.
pub enum Happening<'h> {
    /// A visit begins; what it decides is asked of the mind that wants it.
    Begins(&'h Visit, Option<&'h Mind>),
    /// A run is written down.
    Ran(&'h State),
    /// A visit is over, and this is what is believed now.
    Visited(&'h Visit, &'h State, &'h Standing),
}

/// What a bench tells.
enum Told {
    Event(Event),
    Done(u16, Result<bool, RunError>),
    /// Somebody wants it to stop.
    Stop,
}

/// Bisects until it ends, or is stopped: then there is no reason.
///
/// # Errors
/// [`RunError`]; what was written down before stays.
pub fn drive(
    with: &Drive<'_>,
    journal: &mut Journal,
    mut watch: impl FnMut(&Happening<'_>),
) -> Result<Option<Reason>, RunError> {
    let options = journal.state.start.options.clone();
    let places = Places::new(with.git, journal.path())?;
    places.clear()?;
    places.claim()?;
    let guard = Guard::new();
    let result = scope(|scope| {
        let (tell, told) = channel();
        let awake = tell.clone();
        scope.spawn(move || {
            with.stop.wait();
            // Nobody listens only when all is over.
            let _ = awake.send(Told::Stop);
        });
        let mut benches = Vec::new();
        for job in 0..options.jobs.max(1) {
            let (give, visits) = channel();
            benches.push(give);
            let place = (places.of(job), job);
            let bench = Bench::new(with.git, place, with.called_in, &options, with.namer, (with.stop, guard.as_ref()));
            let tell = tell.clone();
            scope.spawn(move || work(bench, &visits, &tell));
        }
        drop(tell);
        let planner = Planner::new(with.repo, &journal.state.start, with.settings);
        let mut conductor = Conductor {
            with,
            journal,
            busy: benches.iter().map(|_| None).collect(),
            at: benches.iter().map(|_| None).collect(),
            benches,
            told,
            planner,
        };
        let result = conductor.conduct(&mut watch);
        // What is still under way is not waited for.
        let asked = with.stop.ask(true);
        conductor.benches.clear();
        (conductor.last_words().and(result), asked)
    });
    let (result, asked) = result;
    with.stop.ask(asked);
    let cleared = places.clear();
    let ended = result?;
    cleared.map(|()| ended)
}

/// Makes visits until nobody gives any.
fn work(mut bench: Bench<'_>, visits: &Receiver<Visit>, tell: &Sender<Told>) {
    for visit in visits {
        // Nobody listens only when all is over.
        let done = bench.visit(&visit, |event| drop(tell.send(Told::Event(event))));
        let _ = tell.send(Told::Done(bench.job, done));
    }
}

struct Conductor<'c, 'a> {
    with: &'c Drive<'a>,
    journal: &'c mut Journal,
    benches: Vec<Sender<Visit>>,
    /// What each bench is at.
    busy: Vec<Option<Visit>>,
    told: Receiver<Told>,
    /// Where each bench was last.
    at: Vec<Option<CommitId>>,
    /// What is worth a visit.
    planner: Planner,
}

impl Conductor<'_, '_> {
    fn conduct(&mut self, watch: &mut impl FnMut(&Happening<'_>)) -> Result<Option<Reason>, RunError> {
        let mut standing = self.standing();
        if let Some(reason) = self.reason(&standing) {
            return self.end(reason, &standing);
        }
        loop {
            if self.with.stop.is_asked() {
                return Ok(None);
            }
            if used_up(&self.journal.state, self.journal.elapsed()) {
                // The last runs may have told enough.
                let standing = self.standing();
                let reason = standing.end(&self.journal.state).unwrap_or(Reason::Budget);
                return self.end(reason, &standing);
            }
            self.hand_out(&standing, watch);
            if self.busy.iter().all(Option::is_none) {
                return self.end(self.planner.why_stuck(), &standing);
            }
            match self.hear() {
                Ok(Told::Event(event)) => {
                    self.journal.write(event)?;
                    watch(&Happening::Ran(&self.journal.state));
                }
                Ok(Told::Done(job, done)) => {
                    done?;
                    self.planner.visited();
                    standing = self.standing();
                    if let Some(visit) = self.busy[usize::from(job)].take() {
                        watch(&Happening::Visited(&visit, &self.journal.state, &standing));
                    }
                    if let Some(reason) = self.reason(&standing) {
                        return self.end(reason, &standing);
                    }
                }
                Ok(Told::Stop) | Err(_) => {}
            }
        }
    }

    /// How it ends, if it does.
    fn reason(&mut self, standing: &Standing) -> Option<Reason> {
        let busy = self.under_way();
        self.planner.end(&self.journal.state, standing, &busy)
    }

    fn under_way(&self) -> Vec<Visit> {
        self.busy.iter().flatten().copied().collect()
    }

    /// Waits until somebody tells something, or the time is up.
    fn hear(&self) -> Result<Told, RecvTimeoutError> {
        match self.journal.state.start.options.budget {
            Some(Budget::Seconds(seconds)) => {
                let left = Duration::try_from_secs_f64((seconds - self.journal.elapsed()).max(0.0));
                self.told.recv_timeout(left.unwrap_or(Duration::MAX))
            }
            Some(Budget::Runs(_)) | None => self.told.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    /// Runs that ended before they could be killed count.
    fn last_words(&mut self) -> Result<(), RunError> {
        while self.busy.iter().any(Option::is_some) {
            match self.told.recv() {
                Ok(Told::Event(event)) if self.journal.state.ended.is_none() => self.journal.write(event)?,
                Ok(Told::Event(_) | Told::Stop) => {}
                Ok(Told::Done(job, _)) => self.busy[usize::from(job)] = None,
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    fn end(&mut self, reason: Reason, standing: &Standing) -> Result<Option<Reason>, RunError> {
        self.journal.write(standing.end_event(reason))?;
        Ok(Some(reason))
    }

    fn standing(&mut self) -> Standing {
        self.planner.standing(&self.journal.state, &self.journal.path().to_string_lossy())
    }

    fn hand_out(&mut self, standing: &Standing, watch: &mut impl FnMut(&Happening<'_>)) {
        for job in 0..self.benches.len() {
            if self.busy[job].is_some() {
                continue;
            }
            let busy = self.under_way();
            let Some(visit) = self.planner.pick(&self.journal.state, standing, &busy, self.at[job]) else { return };
            watch(&Happening::Begins(&visit, self.planner.mind()));
            if self.benches[job].send(visit).is_ok() {
                self.busy[job] = Some(visit);
                self.at[job] = Some(visit.commit);
            }
        }
    }
}

/// Where our work trees are.
struct Places<'a> {
    git: &'a Git,
    prefix: String,
    journal: PathBuf,
}

impl<'a> Places<'a> {
    /// Each journal has its own, so that two bisections of a repository do not meet.
    fn new(git: &'a Git, journal: &Path) -> Result<Self, RunError> {
        let file = |error| RunError::File { path: journal.to_owned(), error };
        let whole = journal.canonicalize().map_err(file)?;
        let folder = git.folder();
        std::fs::create_dir_all(&folder).map_err(|error| RunError::File { path: folder, error })?;
        let prefix = format!("work-{:08x}-", xxh3_64(whole.as_os_str().as_encoded_bytes()) >> 32);
        Ok(Self { git, prefix, journal: whole })
    }

    /// Writes down whose they are.
    fn claim(&self) -> Result<(), RunError> {
        let path = self.git.folder().join(format!("{}{OWNER}", self.prefix));
        let journal = self.journal.as_os_str().as_encoded_bytes();
        std::fs::write(&path, journal).map_err(|error| RunError::File { path, error })
    }

    fn of(&self, job: u16) -> PathBuf {
        self.git.folder().join(format!("{}{job}", self.prefix))
    }

    /// Removes all of them, whoever left them there.
    fn clear(&self) -> Result<(), RunError> {
        remove(self.git, &self.prefix).map(drop)
    }
}

/// The file beside work trees that names their journal.
const OWNER: &str = "owner";

/// Removes the work trees of all bisections that are not at work any more, and what they have left running. Gives where they
/// were.
///
/// # Errors
/// [`RunError`] when something of them stays.
pub fn clean(git: &Git) -> Result<Vec<PathBuf>, RunError> {
    let mut removed = Vec::new();
    for prefix in prefixes(&git.folder())? {
        let owner = std::fs::read(git.folder().join(format!("{prefix}{OWNER}"))).unwrap_or_default();
        let at_work = String::from_utf8(owner).is_ok_and(|journal| Journal::is_at_work(Path::new(&journal)));
        if !at_work {
            removed.extend(remove(git, &prefix)?);
        }
    }
    removed.sort();
    Ok(removed)
}

/// How the names of each bisection's work trees begin.
fn prefixes(folder: &Path) -> Result<BTreeSet<String>, RunError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(RunError::File { path: folder.to_owned(), error }),
    };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let prefix = |name: String| {
        let digits = name.strip_prefix("work-")?.split_once('-')?.0;
        let ours = digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        ours.then(|| format!("work-{digits}-"))
    };
    Ok(names.filter_map(prefix).collect())
}

/// Removes everything in our folder whose name begins so; gives the work trees.
fn remove(git: &Git, prefix: &str) -> Result<Vec<PathBuf>, RunError> {
    let folder = git.folder();
    let failed = |error| RunError::File { path: folder.clone(), error };
    let mut removed = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)?.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(prefix) {
            continue;
        }
        if entry.path().is_dir() {
            super::process::kill_left_over(&entry.path());
            git.remove(&entry.path())?;
            removed.push(entry.path());
        } else {
            std::fs::remove_file(entry.path()).map_err(|error| RunError::File { path: entry.path(), error })?;
        }
    }
    Ok(removed)
}
