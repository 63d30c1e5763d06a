//! From columns to meanings: one value that says which column is what, what follows from them, and which are not used; or the
//! question that somebody has to answer first.

use std::collections::{HashMap, HashSet};

use crate::evidence::Arranged;
use crate::ingest::container::printable;

use super::cell::{Said, Tally, is_none, value};
use super::how::{How, Layout, Order, Reads};
use super::moment::{self, Slashed};
use super::name::{Name, Sense};
use super::profile::{End, Profile, Unsure, bits, counts, flags, is_percent, neutral, sensed};
use super::rows::ranks;
use super::sheet::{Once, Row, Sheet, is_revision};
use super::{Column, Columns, Derived, Meaning, Question, Resolution};

/// One table while its columns get their meanings.
pub(super) struct Resolver<'a> {
    sheet: &'a Sheet,
    told: &'a Columns,
    /// Whether a repository tells which revision is older.
    ordered: bool,
    names: Vec<Name>,
    profiles: Vec<Profile>,
    uses: Vec<Option<Meaning>>,
    derived: Vec<Derived>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(sheet: &'a Sheet, told: &'a Columns, ordered: bool) -> Self {
        let columns = sheet.header.len();
        let names = sheet.header.iter().map(|name| Name::of(name)).collect();
        let profiles = (0..columns).map(|column| Profile::of(sheet, column)).collect();
        Self { sheet, told, ordered, names, profiles, uses: vec![None; columns], derived: Vec::new() }
    }

    /// What the columns mean.
    pub(super) fn resolve(mut self) -> Result<(Layout, Resolution), Question> {
        if !self.sheet.headed {
            self.derived.push(Derived::NoHeader);
        }
        self.take_told()?;
        let commit = self.commit()?;
        self.uses[commit] = Some(Meaning::Commit);
        let hows = self.ends()?;
        let bisection = self.bisection(commit)?;
        let order = self.order()?;
        let order = self.placed(order, commit)?;
        let seconds = self.seconds(order.as_ref());
        let (title, kind, reported) = (self.title(), self.take(Meaning::Kind), self.take(Meaning::Reported));
        let keys = self.keys(commit)?;
        self.again(commit, bisection.iter().chain(&keys))?;
        let named = |at: &usize| matches!(self.uses[*at], Some(Meaning::Bisection | Meaning::Test));
        let test = (0..self.uses.len()).filter(named).collect();
        let columns = self.sheet.header.iter().zip(&self.uses);
        let columns = columns.map(|(name, meaning)| Column { name: printable(name), meaning: *meaning }).collect();
        let resolution = Resolution::new(self.sheet, columns, self.derived);
        Ok((Layout { commit, hows, bisection, keys, test, title, order, seconds, kind, reported }, resolution))
    }

    /// Asks whether tables that were put together are one, where the same revisions stand in several.
    fn again<'k>(&mut self, commit: usize, keys: impl Iterator<Item = &'k usize>) -> Result<(), Question> {
        if self.sheet.seams.is_empty() {
            return Ok(());
        }
        let (keys, seams): (Vec<usize>, _) = (keys.copied().collect(), &self.sheet.seams);
        let mut known = HashMap::new();
        for row in &self.sheet.rows {
            let part = seams.partition_point(|seam| *seam < row.line);
            let cells: Vec<&str> = keys.iter().chain([&commit]).map(|column| row.cell(*column)).collect();
            if *known.entry(cells).or_insert(part) != part && !self.uses.contains(&Some(Meaning::Shard)) {
                return Err(Question::Again(seams[part - 1]));
            }
        }
        self.derived.push(Derived::Again(seams.clone()));
        Ok(())
    }

    /// All columns of which each holds one of several runs, as this one does by its name.
    fn runs_beside(&self, column: usize) -> Option<Vec<usize>> {
        let before = self.names[column].of_one_run().filter(|_| self.sheet.headed)?;
        let same = |at: &usize| self.names[*at].of_one_run() == Some(before);
        Some((0..self.names.len()).filter(same).collect()).filter(|all: &Vec<usize>| all.len() > 1)
    }

    fn name(&self, column: usize) -> String {
        printable(&self.sheet.header[column])
    }

    /// The columns that were told, which must be there.
    fn take_told(&mut self) -> Result<(), Question> {
        let mut told: Vec<_> = self.told.iter().collect();
        told.sort();
        for (meaning, name) in told {
            let mut places =
                (0..self.uses.len()).filter(|at| self.sheet.header[*at].trim().eq_ignore_ascii_case(name.trim()));
            match (places.next(), places.next()) {
                (Some(at), None) => {
                    let one_run =
                        matches!(meaning, Meaning::Passed | Meaning::Crashed | Meaning::Exit | Meaning::Outcome);
                    let others = self.runs_beside(at).filter(|_| one_run);
                    others.into_iter().flatten().for_each(|at| self.uses[at] = Some(*meaning));
                    self.uses[at] = Some(*meaning);
                }
                (Some(_), Some(_)) => return Err(Question::Twice(name.clone())),
                (None, _) => return Err(Question::NoColumn(name.clone(), self.sheet.header.clone())),
            }
        }
        Ok(())
    }

    /// The column that was told, else the first that usually means this and is free.
    fn take(&mut self, meaning: Meaning) -> Option<usize> {
        if let Some(at) = self.uses.iter().position(|used| *used == Some(meaning)) {
            return Some(at);
        }
        let rank = |at: &usize| match self.names[*at].meaning() {
            Some((named, rank)) if named == meaning && self.profiles[*at].filled > 0 => Some(rank),
            _ => None,
        };
        let at = self.free().filter(|at| rank(at).is_some()).min_by_key(rank)?;
        self.uses[at] = Some(meaning);
        Some(at)
    }

    /// What names bisections, if anything does. A ticket that stands only beside some runs names none: an empty cell is not
    /// another bug.
    fn bisection(&mut self, commit: usize) -> Result<Option<usize>, Question> {
        let told = self.uses.contains(&Some(Meaning::Bisection));
        let Some(column) = self.take(Meaning::Bisection) else { return Ok(None) };
        if !told && self.has_gaps(column) {
            self.uses[column] = None;
            return Ok(None);
        }
        let values = self.values(column);
        if !told && values > 1 && self.is_alone(column, commit) {
            return Err(Question::Key(self.name(column)));
        }
        if values > 1 {
            self.derived.push(Derived::Split(self.name(column), values));
        }
        Ok(Some(column))
    }

    /// Whether a column has no text in some rows.
    fn has_gaps(&self, column: usize) -> bool {
        self.sheet.texts(column).into_keys().any(is_none)
    }

    fn free(&self) -> impl Iterator<Item = usize> {
        (0..self.uses.len()).filter(|at| self.uses[*at].is_none())
    }

    /// The revision: by its name, else the one column of hashes.
    fn commit(&mut self) -> Result<usize, Question> {
        if let Some(at) = self.uses.iter().position(|used| *used == Some(Meaning::Commit)) {
            return Ok(at);
        }
        let rank = |at: &usize| match self.names[*at].meaning() {
            Some((Meaning::Commit, rank)) => rank,
            _ => 3,
        };
        let named: Vec<usize> = self
            .free()
            .filter(|at| is_revision(&self.sheet.header[*at], self.told) && self.profiles[*at].filled > 0)
            .collect();
        if let Some(best) = named.iter().copied().min_by_key(rank) {
            if let Some(other) = named.iter().find(|other| **other != best && self.same_name(**other, best)) {
                return Err(Question::Twice(self.name(*other)));
            }
            if let Some(other) = named.iter().find(|other| self.is_finer(**other, best)) {
                return Err(Question::Which(self.name(best), self.name(*other), "commit"));
            }
            return Ok(best);
        }
        let is_hashes = |at: &usize| self.profiles[*at].all(self.profiles[*at].hash) && self.profiles[*at].lettered > 0;
        let hashes: Vec<usize> = self.free().filter(is_hashes).collect();
        if let [at] = hashes[..] {
            self.derived.push(Derived::ByCells(self.name(at), Meaning::Commit));
            return Ok(at);
        }
        // Two columns of which one is a word for how a run ended.
        if !self.sheet.headed && self.uses.len() == 2 {
            let said = |at: usize| self.profiles[at].all(self.profiles[at].said);
            match (said(0), said(1)) {
                (false, true) => return Ok(0),
                (true, false) => return Ok(1),
                _ => {}
            }
        }
        Err(Question::NoCommit(self.sheet.header.clone()))
    }

    /// Whether a column tells apart what another one calls the same, as builds of one version do. Builds of one commit are runs.
    fn is_finer(&self, other: usize, best: usize) -> bool {
        let mut first = HashMap::new();
        self.names[other].is_loose()
            && self.names[best].is_loose()
            && self.profiles[other].said == 0
            && self.sheet.rows.iter().any(|row| {
                let cell = row.cell(other);
                *first.entry(row.cell(best)).or_insert(cell) != cell
            })
    }

    fn same_name(&self, a: usize, b: usize) -> bool {
        self.names[a].plain == self.names[b].plain
    }

    /// What a column says of the ends of runs, by its name and its cells.
    fn end(&self, at: usize) -> Option<End> {
        let (name, profile) = (&self.names[at], &self.profiles[at]);
        match self.uses[at] {
            None => {}
            Some(Meaning::Passed) => return Some(flags(Sense::Passes, profile)),
            Some(Meaning::Crashed) => return Some(flags(Sense::Crashes, profile)),
            Some(Meaning::Passes) => return Some(counts(Sense::Passes, profile)),
            Some(Meaning::Crashes) => return Some(counts(Sense::Crashes, profile)),
            Some(Meaning::PassRate) => return Some(End::Rate(Sense::Passes, is_percent(name, profile))),
            Some(Meaning::CrashRate) => return Some(End::Rate(Sense::Crashes, is_percent(name, profile))),
            Some(Meaning::Exit) => return Some(End::Exit),
            Some(Meaning::Outcome) => return Some(neutral(profile)),
            Some(_) => return None,
        }
        if profile.filled == 0 {
            return None;
        }
        let exit = name.of_exit() || (name.plain == "code" && profile.zeros > 0 && profile.most < 256);
        if exit && profile.whole > 0 {
            return Some(End::Exit);
        }
        if let Some((first, second)) = name.pair.as_ref().filter(|_| profile.most_of(profile.ratio)) {
            let sense = Name::of(first).sense()?;
            let other = Name::of(second).sense();
            return Some(if other == Some(sense.opposite()) { End::Both(sense) } else { End::Ratio(sense) });
        }
        match (name.meaning(), name.sense()) {
            (Some((Meaning::Outcome, _)), _) => Some(neutral(profile)),
            (_, Some(sense)) => sensed(name, sense, profile),
            (Some((Meaning::Exit, _)), None) if profile.all(profile.whole) => Some(End::Unsure(bits(profile))),
            _ => None,
        }
    }

    /// How the runs of a row are read.
    fn ends(&mut self) -> Result<Vec<How>, Question> {
        let mut ends: Vec<(usize, End)> = (0..self.uses.len()).filter_map(|at| Some((at, self.end(at)?))).collect();
        // Columns that tell how a run ended and what crashed say the second beside others that say the first.
        let is_title =
            |at: usize| self.uses[at].is_none() && matches!(self.names[at].meaning(), Some((Meaning::Title, _)));
        if ends.iter().any(|(at, _)| !is_title(*at)) {
            ends.retain(|(at, end)| !is_title(*at) || !matches!(end, End::Words | End::Flags(_)));
        }
        if ends.is_empty() {
            ends = self.by_cells()?;
        }
        if ends.iter().all(|(at, end)| matches!(end, End::Unsure(_)) && self.uses[*at].is_none()) {
            self.several()?;
        }
        let mut hows = Vec::new();
        let counted = self.counted(&ends)?;
        hows.extend(counted);
        let ended = self.ended(&ends, hows.is_empty())?;
        // Objects may have other columns in each row.
        let everywhere = hows.first().is_some_and(|how| self.sheet.rows.iter().all(|row| how.column_is_filled(row)));
        hows.extend(ended.into_iter().filter(|_| !everywhere));
        match (hows.first(), ends.iter().find(|(_, end)| matches!(end, End::Unsure(_)))) {
            (Some(_), _) => {}
            (None, Some((at, End::Unsure(unsure)))) => return Err(Question::Sense(self.name(*at), *unsure)),
            _ => return Err(self.no_end(&ends)),
        }
        for how in &hows {
            for (at, meaning) in how.columns() {
                self.uses[at] = Some(self.uses[at].unwrap_or(meaning));
            }
        }
        Ok(hows)
    }

    /// Asks about columns that count runs of several kinds: `arm64_fail`, `x86_fail`.
    fn several(&self) -> Result<(), Question> {
        let counts = |at: &usize| self.profiles[*at].all(self.profiles[*at].whole) && self.names[*at].leans().is_some();
        let all: Vec<usize> = self.free().filter(counts).collect();
        let leans = |at: usize| self.names[at].leans();
        let sense = |at: usize| leans(at).map(|(_, sense)| sense);
        let twice = |first: &&usize| all.iter().filter(|at| sense(**at) == sense(**first)).count() > 1;
        let Some(&first) = all.iter().find(twice) else { return Ok(()) };
        let Some((kind, sense)) = leans(first) else { return Ok(()) };
        let partner = all.iter().find(|at| leans(**at) == Some((kind.clone(), sense.opposite())));
        let meaning = |sense| if sense == Sense::Passes { Meaning::Passes.name() } else { Meaning::Crashes.name() };
        let other = match (partner, self.number(Meaning::Total)) {
            (Some(partner), _) => Some((meaning(sense.opposite()), self.name(*partner))),
            (None, Some(_)) => None,
            (None, None) => Some((Meaning::Total.name(), "COLUMN".to_owned())),
        };
        let names = all.iter().map(|at| self.name(*at)).collect();
        Err(Question::Several(names, meaning(sense), self.name(first), other))
    }

    fn no_end(&self, ends: &[(usize, End)]) -> Question {
        let part = ends.iter().find_map(|(at, end)| match end {
            End::Counts(sense) | End::Bits(sense) => Some(Question::NoTotal(self.name(*at), *sense, false)),
            End::Rate(sense, _) => Some(Question::NoTotal(self.name(*at), *sense, true)),
            _ => None,
        });
        let read = |at: usize| ends.iter().any(|(end, _)| *end == at);
        let counts = |at: &usize| {
            let profile = &self.profiles[*at];
            let named = self.counts_runs(*at, Meaning::Total) || self.names[*at].sense().is_some();
            named && !read(*at) && profile.filled > profile.none && !profile.all(profile.whole + profile.none)
        };
        let not_whole = || Some(self.not_whole((0..self.names.len()).find(counts)?));
        part.map_or_else(|| Question::NoEnd(self.sheet.header.clone()), |part| not_whole().unwrap_or(part))
    }

    /// Columns whose name says nothing, and whose cells do.
    fn by_cells(&mut self) -> Result<Vec<(usize, End)>, Question> {
        let profile = |at: &usize| &self.profiles[*at];
        let nameless = |at: &usize| self.names[*at].meaning().is_none_or(|(meaning, _)| meaning.is_end());
        // `test` and `build` may be called so for what came of them.
        const STEPS: [&str; 7] = ["test", "tests", "testcase", "case", "suite", "job", "build"];
        let step = |at: &usize| STEPS.contains(&self.names[*at].plain.as_str());
        let all_said = |at: &usize| profile(at).all(profile(at).said);
        let said: Vec<usize> = self.free().filter(|at| (nameless(at) || step(at)) && all_said(at)).collect();
        match said[..] {
            [at] if self.names[at].of_reproduction() && profile(&at).attempt > 0 => {
                return Ok(vec![(at, End::Unsure(Unsure::Attempt))]);
            }
            [at] => {
                self.derived.push(Derived::ByCells(self.name(at), Meaning::Outcome));
                return Ok(vec![(at, End::Words)]);
            }
            [] => {}
            [first, ..] if self.runs_beside(first).is_some_and(|runs| runs == said) => {
                return Ok(said.into_iter().map(|at| (at, End::Words)).collect());
            }
            [first, second, ..] if self.same_name(first, second) => return Err(Question::Twice(self.name(first))),
            [first, second, ..] => return Err(Question::Which(self.name(first), self.name(second), "outcome")),
        }
        let unsure = |at: usize| match &self.profiles[at] {
            profile if profile.all(profile.truth) => Some(Unsure::Truth),
            profile if profile.all(profile.bits) => Some(Unsure::Bits),
            profile if profile.all(profile.ratio) => Some(Unsure::Ratio),
            _ => None,
        };
        let open = self.free().filter(nameless).find_map(|at| Some((at, End::Unsure(unsure(at)?))));
        Ok(open.into_iter().collect())
    }

    /// A column of this name that holds whole numbers.
    fn number(&self, meaning: Meaning) -> Option<usize> {
        let told = self.uses.iter().position(|used| *used == Some(meaning));
        let whole = |at: &usize| self.counts_runs(*at, meaning) && self.profiles[*at].most_of(self.profiles[*at].whole);
        told.or_else(|| self.free().find(whole))
    }

    /// Whether a column's name says that it holds such numbers.
    fn counts_runs(&self, column: usize, meaning: Meaning) -> bool {
        let name = &self.names[column];
        name.meaning().is_some_and(|(named, _)| named == meaning)
            || (meaning == Meaning::Total && name.meaning().is_none() && name.is_total())
    }

    /// Reading by numbers of runs.
    fn counted(&mut self, ends: &[(usize, End)]) -> Result<Option<How>, Question> {
        let of = |wanted: Sense| {
            let counts =
                ends.iter().filter(move |(_, end)| matches!(end, End::Counts(s) | End::Bits(s) if *s == wanted));
            counts.map(|(at, _)| *at).collect::<Vec<_>>()
        };
        let (passes, crashes) =
            (self.one_of(&of(Sense::Passes), "passes")?, self.one_of(&of(Sense::Crashes), "crashes")?);
        let skips = self.number(Meaning::Skips);
        let total = self.number(Meaning::Total).or_else(|| self.number(Meaning::Count));
        if let (Some(passes), Some(crashes)) = (passes, crashes) {
            if let Some(total) = total {
                self.derived.push(Derived::Rest(self.name(total)));
            }
            return Ok(Some(How::Counts { passes, crashes, skips, total }));
        }
        let part = passes.map(|at| (at, Sense::Passes)).or(crashes.map(|at| (at, Sense::Crashes)));
        if let Some((part, sense)) = part {
            let bits = self.profiles[part].all(self.profiles[part].bits);
            match total {
                Some(total) if !bits || self.bits_count(part, total)? => {
                    self.derived.push(Derived::Difference(sense, self.name(total), self.name(part)));
                    let mut skips: Vec<usize> = skips.into_iter().collect();
                    // Beside what was told to be the crashes, other failures neither passed nor count.
                    let others: Vec<usize> = of(sense).into_iter().filter(|at| *at != part).collect();
                    for at in others.iter().filter(|_| self.uses[part].is_some()) {
                        self.derived.push(Derived::Void(self.name(*at)));
                        skips.push(*at);
                    }
                    return Ok(Some(How::Part { sense, part, total, skips }));
                }
                None if self.names[part].total.is_some() => {
                    let total = self.names[part].total.unwrap_or_default();
                    self.derived.push(Derived::OfEach(sense, total, self.name(part)));
                    return Ok(Some(How::Fixed { sense, part, total }));
                }
                _ => {}
            }
        }
        self.shares(ends, total)
    }

    /// One of several columns that count the same.
    fn one_of(&self, columns: &[usize], meaning: &'static str) -> Result<Option<usize>, Question> {
        let told = columns.iter().find(|at| self.uses[**at].is_some());
        match (told, columns) {
            (Some(at), _) | (None, [at]) => Ok(Some(*at)),
            (None, []) => Ok(None),
            (None, [first, others @ ..]) => {
                let differs = |other: &&usize| self.sheet.rows.iter().any(|row| row.cell(**other) != row.cell(*first));
                match others.iter().find(differs) {
                    Some(other) if self.same_name(*other, *first) => Err(Question::Twice(self.name(*first))),
                    Some(other) => Err(Question::Which(self.name(*first), self.name(*other), meaning)),
                    None => Ok(Some(*first)),
                }
            }
        }
    }

    /// Whether zeros and ones beside a total are numbers of runs, rather than yes and no.
    fn bits_count(&self, part: usize, total: usize) -> Result<bool, Question> {
        if self.names[part].counts() || matches!(self.uses[part], Some(Meaning::Passes | Meaning::Crashes)) {
            return Ok(true);
        }
        let asked = matches!(self.uses[part], Some(Meaning::Passed | Meaning::Crashed));
        let several = |row: &Row| row.cell(part) == "1" && !matches!(row.cell(total), "1" | "");
        let open = self.sheet.rows.iter().any(several);
        if open && !asked { Err(Question::OneOf(self.name(part), self.name(total))) } else { Ok(false) }
    }

    /// Reading by `3/20`, by counts in words, and by a share of a total.
    fn shares(&mut self, ends: &[(usize, End)], total: Option<usize>) -> Result<Option<How>, Question> {
        let mut rates = Vec::new();
        for (at, end) in ends {
            let column = *at;
            match *end {
                End::Both(first) => return Ok(Some(How::Both { first, column })),
                End::Counted => {
                    if let Some(cell) = self.open_share(column).filter(|_| self.uses[column].is_none()) {
                        return Err(Question::Led(self.name(column), printable(cell)));
                    }
                    let cells = || self.sheet.rows.iter().map(|row| row.cell(column));
                    let listed = cells().any(|text| Tally::of(text).is_some_and(Tally::lists_both));
                    return Ok(Some(How::Counted { column, listed }));
                }
                End::Ratio(sense) => {
                    self.derived.push(Derived::Of(sense, self.name(column)));
                    return Ok(Some(How::Ratio { sense, column }));
                }
                End::Rate(sense, percent) => rates.push((sense, column, percent)),
                _ => {}
            }
        }
        let Some((total, &(sense, rate, percent))) = total.zip(rates.first()) else { return Ok(None) };
        if let Some(cell) = self.maybe_percent(rate, total).filter(|_| !percent && self.uses[rate].is_none()) {
            let meaning = if sense == Sense::Passes { Meaning::PassRate } else { Meaning::CrashRate };
            return Err(Question::Percent(self.name(rate), printable(cell), meaning.name()));
        }
        self.derived.push(Derived::Share(sense, self.name(rate), self.name(total), percent));
        Ok(Some(How::Rate { sense, rate, total, percent }))
    }

    /// A share that is a whole number of runs in per cent as well: 1 of 100 runs is all of them or one.
    fn maybe_percent(&self, rate: usize, total: usize) -> Option<&str> {
        let filled = self.sheet.rows.iter().map(|row| (row.cell(rate), value(row.cell(total))));
        let mut some = None;
        for (cell, total) in filled.filter(|(cell, _)| !is_none(cell)) {
            let runs = value(cell)? / 100.0 * total?;
            let digits = cell.split_once(['.', ',']).map_or(0, |(_, digits)| digits.len());
            let unit = 10f64.powi(-i32::try_from(digits).ok()?) / 100.0 * total?;
            if runs > 0.0 && (runs.round() < 1.0 || (runs - runs.round()).abs() >= unit.min(0.5)) {
                return None;
            }
            some = some.or((runs > 0.0).then_some(cell));
        }
        some
    }

    /// A share behind a word, where it may count passes, crashes, or what the word says: no cell rules out enough of these.
    fn open_share(&self, column: usize) -> Option<&str> {
        let led = |cell| Some((Tally::of(cell)?.led?, Tally::of(cell)?.share()?, cell));
        let shares: Vec<_> = self.sheet.rows.iter().filter_map(|row| led(row.cell(column))).collect();
        let any =
            |is: &dyn Fn(Said, u32, u32) -> bool| shares.iter().any(|(said, (part, all), _)| is(*said, *part, *all));
        let (passed, failed) = (any(&|said, _, _| said == Said::Pass), any(&|said, _, _| said == Said::Crash));
        let full = |wanted| any(&|said, part, all| said == wanted && part == all);
        let none = |wanted| any(&|said, part, _| said == wanted && part == 0);
        let (no_passes, no_crashes) = (full(Said::Crash) || none(Said::Pass), full(Said::Pass) || none(Said::Crash));
        let known = (no_passes && (no_crashes || !passed)) || (no_crashes && !failed);
        let (.., cell) = shares.iter().find(|(said, ..)| *said == Said::Crash).or(shares.first())?;
        (!known).then_some(*cell)
    }

    /// Reading by how each run ended. `alone`: nothing else tells.
    fn ended(&mut self, ends: &[(usize, End)], alone: bool) -> Result<Vec<How>, Question> {
        let reads = |(at, end): &(usize, End)| {
            let reads = match end {
                End::Words => Reads::Words { letters: self.profiles[*at].letter },
                End::Flags(sense) => Reads::Flags(*sense),
                End::Bits(sense) if !self.names[*at].counts() || self.uses[*at].is_some() => Reads::Flags(*sense),
                End::Exit => Reads::Exit,
                _ => return None,
            };
            Some((*at, reads))
        };
        let mut found: Vec<(usize, Reads)> = ends.iter().filter_map(reads).collect();
        if let Some(each) = self.each(&found).filter(|_| alone) {
            return Ok(vec![each]);
        }
        let rank = |(at, _): &(usize, Reads)| match (self.uses[*at], self.names[*at].meaning()) {
            (Some(_), _) => 0,
            (None, Some((Meaning::Outcome, rank))) => rank + 1,
            _ => 100,
        };
        found.sort_by_key(rank);
        let Some((column, reads)) = found.first().copied() else { return Ok(Vec::new()) };
        if alone && self.uses[column].is_none() {
            self.agree(&found)?;
        }
        let (times, of) = if alone { self.times(column, reads)? } else { (self.number(Meaning::Count), None) };
        if let (Reads::Flags(sense), true) = (reads, alone) {
            self.derived.push(Derived::Yes(sense, self.name(column)));
        }
        // A run that has not ended has no conclusion, and perhaps a status.
        let some_empty = self.sheet.rows.iter().any(|row| row.cell(column).is_empty());
        let others = found.iter().skip(1).filter(|_| some_empty);
        let others = others.map(|(column, reads)| How::Ended { column: *column, reads: *reads, times, of });
        Ok(std::iter::once(How::Ended { column, reads, times, of }).chain(others).collect())
    }

    /// Reading by several columns of which each holds one run.
    fn each(&mut self, found: &[(usize, Reads)]) -> Option<How> {
        let (&(first, reads), &(last, _)) = (found.first()?, found.last()?);
        let columns: Vec<usize> = found.iter().map(|(at, _)| *at).collect();
        let same = found.iter().all(|(_, other)| std::mem::discriminant(other) == std::mem::discriminant(&reads));
        (same && self.runs_beside(first)? == columns).then_some(())?;
        let letter = columns.iter().any(|at| self.profiles[*at].letter);
        let reads = if let Reads::Words { .. } = reads { Reads::Words { letters: letter } } else { reads };
        self.derived.push(Derived::Each(columns.len(), self.name(first), self.name(last)));
        Some(How::Each { columns, reads })
    }

    /// Asks where two columns tell different ends of a run.
    fn agree(&self, found: &[(usize, Reads)]) -> Result<(), Question> {
        let Some((&(first, reads), others)) = found.split_first() else { return Ok(()) };
        for &(other, other_reads) in others {
            let differs = self.sheet.rows.iter().any(|row| {
                let (a, b) = (reads.said(row.cell(first)), other_reads.said(row.cell(other)));
                matches!((a, b), (Some(Said::Pass), Some(Said::Crash)) | (Some(Said::Crash), Some(Said::Pass)))
            });
            if differs && self.same_name(first, other) {
                return Err(Question::Twice(self.name(first)));
            }
            if differs {
                return Err(Question::Which(self.name(first), self.name(other), "outcome"));
            }
        }
        Ok(())
    }

    /// How many runs ended so, and of how many.
    fn times(&mut self, column: usize, reads: Reads) -> Result<(Option<usize>, Option<usize>), Question> {
        let (count, total) = (self.number(Meaning::Count), self.number(Meaning::Total));
        // A number of tests is none of runs.
        let total = total.filter(|at| self.uses[*at].is_some() || self.names[*at].plain != "tests");
        self.retried(column, reads, count.or(total))?;
        match (count, total) {
            (None, Some(total)) => {
                if self.is_open(column, reads, total) {
                    return Err(Question::Times(self.name(column), self.name(total)));
                }
                self.derived.push(Derived::Times(self.name(total)));
                Ok((Some(total), None))
            }
            (Some(count), Some(total)) => {
                self.derived.push(Derived::Left(self.name(total), self.name(count)));
                Ok((Some(count), Some(total)))
            }
            (count, None) => Ok((count, None)),
        }
    }

    /// Asks about runs that were done again, of which the row tells the last one, and about numbers of runs that are none.
    fn retried(&self, column: usize, reads: Reads, count: Option<usize>) -> Result<(), Question> {
        let most = |at: usize| self.profiles[at].whole > 0 && self.profiles[at].most > 0;
        if let Some(at) = self.free().find(|at| self.names[*at].counts_retries() && most(*at)) {
            return Err(Question::Retries(self.name(at)));
        }
        let several = |row: &Row, at: usize| value(row.cell(at)).is_some_and(|runs| runs > 1.0);
        let passed = |row: &Row| reads.said(row.cell(column)) == Some(Said::Pass);
        let open = |at: &usize| self.uses[*at].is_none() && self.names[*at].counts_attempts();
        if let Some(at) = count.filter(open)
            && self.sheet.rows.iter().any(|row| passed(row) && several(row, at))
        {
            return Err(Question::Attempts(self.name(at)));
        }
        let counts = |at: &usize| {
            let profile = &self.profiles[*at];
            let named = self.counts_runs(*at, Meaning::Count) || self.counts_runs(*at, Meaning::Total);
            let open = profile.filled > profile.none && !profile.all(profile.whole + profile.none);
            named && open && profile.moment + profile.hash + profile.said + profile.truth == 0
        };
        match self.free().find(counts).filter(|_| count.is_none()) {
            Some(at) => Err(self.not_whole(at)),
            None => Ok(()),
        }
    }

    /// Says which cell of a column is no number of runs.
    fn not_whole(&self, column: usize) -> Question {
        let mut cells = self.sheet.rows.iter().map(|row| row.cell(column)).filter(|cell| !is_none(cell));
        let cell = cells.find(|cell| cell.parse::<u64>().is_err()).unwrap_or_default();
        Question::NotWhole(self.name(column), printable(cell))
    }

    /// Whether a word beside a number of runs may be said of all of them or of one: no revision has two rows with different
    /// words, and several runs failed.
    fn is_open(&self, column: usize, reads: Reads, total: usize) -> bool {
        let commit = self.uses.iter().position(|used| *used == Some(Meaning::Commit));
        let mut ends = HashMap::new();
        let (mut several, mut mixed) = (false, false);
        for row in &self.sheet.rows {
            let said = reads.said(row.cell(column));
            several |= said == Some(Said::Crash) && !matches!(row.cell(total), "" | "0" | "1");
            if let Some(commit) = commit {
                mixed |= *ends.entry(row.cell(commit)).or_insert(said) != said;
            }
        }
        several && !mixed
    }

    fn title(&mut self) -> Option<usize> {
        let usable = |at: &usize| self.profiles[*at].whole + self.profiles[*at].truth == 0;
        let told = self.uses.iter().position(|used| *used == Some(Meaning::Title));
        let named = self.free().filter(usable).filter_map(|at| match self.names[at].meaning() {
            Some((Meaning::Title, rank)) if self.profiles[at].filled > 0 => Some((rank, at)),
            _ => None,
        });
        let at = told.or(named.min().map(|(_, at)| at))?;
        self.uses[at] = Some(Meaning::Title);
        Some(at)
    }

    /// What tells which revision is older.
    fn order(&mut self) -> Result<Option<Order>, Question> {
        let told = |meaning| self.uses.iter().position(|used| *used == Some(meaning));
        if let Some(column) = told(Meaning::Position).or(told(Meaning::Order)) {
            let counts = self.uses[column] == Some(Meaning::Position);
            let open = || match self.slashed(column) {
                Slashed::Open => Question::DayOrMonth(self.name(column)),
                _ => Question::NoOrder(self.name(column)),
            };
            let (places, _) = self.places(column).ok_or_else(open)?;
            return Ok(Some(Order { column, places, arranged: Arranged::Told, counts }));
        }
        let rank = |at: usize| -> Option<usize> {
            let name = &self.names[at];
            let of_commit = if name.of_author() { 3 } else { 2 };
            match name.meaning() {
                Some((Meaning::Position, _)) => Some(0),
                // It says so.
                Some((Meaning::Order, 0..=2)) => Some(1),
                _ if name.of_commit() && name.names_moment() && self.is_moments(at) => Some(of_commit),
                Some((Meaning::Order, _)) if !name.names_moment() && !self.counts_rows(at) => Some(4),
                _ if name.names_moment() && self.is_moments(at) => Some(5),
                None if self.profiles[at].all(self.profiles[at].moment) => {
                    Some(if name.of_commit() { of_commit } else { 5 })
                }
                _ => None,
            }
        };
        let mut ranked: Vec<(usize, usize)> = self.free().filter_map(|at| Some((rank(at)?, at))).collect();
        ranked.sort_unstable();
        for (rank, column) in ranked {
            if let Some((places, moments)) = self.places(column) {
                let (counts, of_runs) = (rank == 0, moments && rank == 5);
                let arranged = if of_runs { Arranged::Dated } else { Arranged::Told };
                let meaning = if counts { Meaning::Position } else { Meaning::Order };
                self.uses[column] = Some(meaning);
                self.derived.push(Derived::OrderedBy(self.name(column)));
                return Ok(Some(Order { column, places, arranged, counts }));
            }
        }
        let slashed = |at: &usize| self.names[*at].names_moment() && self.slashed(*at) == Slashed::Open;
        if let Some(at) = self.free().find(slashed).filter(|_| !self.ordered) {
            return Err(Question::DayOrMonth(self.name(at)));
        }
        if let Some(order) = self.by_release() {
            return Ok(Some(order));
        }
        // What names say counts more than a number that happens to fall.
        if self.is_named() {
            return Ok(None);
        }
        if let Some(column) = self.free().find(|at| self.is_undated(*at)).filter(|_| !self.ordered) {
            let cells = self.sheet.rows.iter().map(|row| row.cell(column));
            let unread = cells.clone().find(|cell| !is_none(cell) && moment::parse(cell).is_none());
            return Err(Question::NoDate(self.name(column), printable(unread.unwrap_or_default())));
        }
        Ok(self.newest_first())
    }

    /// Whether a column of dates cannot be read, and would tell the order.
    fn is_undated(&self, column: usize) -> bool {
        let (name, profile) = (&self.names[column], &self.profiles[column]);
        let numbers = profile.whole + profile.number;
        let commit = self.uses.iter().position(|used| *used == Some(Meaning::Commit));
        let several = commit.is_some_and(|commit| self.values(commit) > 1);
        name.is_moment() && several && profile.filled > profile.none + numbers
    }

    /// Gives each revision a place. An empty cell among rows that rise or fall stands where its row does.
    fn placed(&mut self, order: Option<Order>, commit: usize) -> Result<Option<Order>, Question> {
        let Some(mut order) = order else { return Ok(None) };
        let rows = || self.sheet.rows.iter().zip(&order.places);
        let placed: HashSet<&str> =
            rows().filter(|(_, place)| place.is_some()).map(|(row, _)| row.cell(commit)).collect();
        let is_lost = |row: &&Row| row.cell(order.column).is_empty() && !placed.contains(row.cell(commit));
        let lost: Vec<&Row> = self.sheet.rows.iter().filter(is_lost).collect();
        let Some(first) = lost.first() else { return Ok(Some(order)) };
        let names: HashSet<&str> = lost.iter().map(|row| row.cell(commit)).collect();
        if let Some(places) = between(&order.places).filter(|_| !order.counts) {
            self.derived.push(Derived::Between(names.len(), self.name(order.column)));
            order.places = places;
            return Ok(Some(order));
        }
        if self.told.contains_key(&Meaning::Order) || !(self.ordered || self.is_named()) {
            return Err(Question::Unplaced(self.name(order.column), first.line, printable(first.cell(commit))));
        }
        let name = self.name(order.column);
        self.uses[order.column] = None;
        self.derived.retain(|derived| !matches!(derived, Derived::OrderedBy(column) if *column == name));
        Ok(None)
    }

    /// Whether the names of the revisions tell their order.
    fn is_named(&self) -> bool {
        let Some(commit) = self.uses.iter().position(|used| *used == Some(Meaning::Commit)) else { return false };
        ranks(&self.sheet.texts(commit).into_keys().collect::<Vec<_>>()).is_some()
    }

    /// A column beside the commit that names releases or daily builds, one for each commit.
    fn by_release(&mut self) -> Option<Order> {
        const RELEASES: [&str; 5] = ["version", "release", "tag", "nightly", "snapshot"];
        let commit = self.uses.iter().position(|used| *used == Some(Meaning::Commit))?;
        let named = |at: &usize| RELEASES.contains(&self.names[*at].plain.as_str());
        let (column, places) = self.free().filter(named).find_map(|at| {
            let mut of = HashMap::new();
            let cells: Vec<&str> = self.sheet.rows.iter().map(|row| row.cell(at)).collect();
            let one = self.sheet.rows.iter().all(|row| {
                let cell = row.cell(at);
                !cell.is_empty() && *of.entry(row.cell(commit)).or_insert(cell) == cell
            });
            Some((at, ranks(&cells).filter(|_| one && self.values(at) > 1)?))
        })?;
        self.uses[column] = Some(Meaning::Order);
        self.derived.push(Derived::OrderedBy(self.name(column)));
        #[expect(clippy::cast_precision_loss, reason = "a rank among the rows of a table")]
        let places = places.into_iter().map(|rank| Some(rank as f64)).collect();
        Some(Order { column, places, arranged: Arranged::Told, counts: false })
    }

    /// A number that falls from row to row, as in lists that begin with the newest: that of a build, a run, a row. It does not
    /// say that the order of the rows is that of history.
    fn newest_first(&mut self) -> Option<Order> {
        const NUMBERS: [&str; 10] = ["", "no", "nr", "num", "id", "pr", "build", "generation", "week", "pipeline"];
        let named = |at: &usize| {
            let name = &self.names[*at];
            matches!(name.meaning(), Some((Meaning::Shard | Meaning::Order, _)))
                || NUMBERS.contains(&name.plain.as_str())
        };
        let falls = |at: &usize| {
            let numbers: Option<Vec<i64>> = self.sheet.rows.iter().map(|row| row.cell(*at).parse().ok()).collect();
            numbers.is_some_and(|all| all.first() > all.last() && all.is_sorted_by(|a, b| a >= b))
        };
        let column = self.free().filter(named).find(falls)?;
        let (places, _) = self.places(column)?;
        self.uses[column] = Some(Meaning::Order);
        self.derived.push(Derived::NewestFirst(self.name(column)));
        Some(Order { column, places, arranged: Arranged::Unknown, counts: false })
    }

    /// Whether a column counts the rows: it says no more than they do.
    fn counts_rows(&self, column: usize) -> bool {
        let numbers = self.sheet.rows.iter().map(|row| row.cell(column).parse::<usize>().ok());
        let first = self.sheet.rows.first().and_then(|row| row.cell(column).parse::<usize>().ok());
        first.is_some_and(|first| first < 2 && numbers.enumerate().all(|(at, number)| number == Some(first + at)))
    }

    fn is_moments(&self, column: usize) -> bool {
        let profile = &self.profiles[column];
        // Small numbers below `time` are how long something took.
        let epoch =
            profile.all(profile.whole + profile.number) && profile.most > 1_000_000_000 || profile.all(profile.epochs);
        profile.most_of(profile.moment) || epoch || self.slashed(column).dates().is_some() || {
            profile.all(profile.whole) && (19_900_101..21_000_101).contains(&profile.most)
        }
    }

    fn slashed(&self, column: usize) -> Slashed {
        let cells: Vec<&str> = self.sheet.rows.iter().map(|row| row.cell(column)).collect();
        moment::slashed(&cells)
    }

    /// The place of each row by a column of numbers or moments, and whether they are moments.
    fn places(&self, column: usize) -> Option<(Vec<Option<f64>>, bool)> {
        let rows = || self.sheet.rows.iter().map(|row| row.cell(column));
        let profile = &self.profiles[column];
        let numbers = || {
            let mut once = Once::default();
            self.sheet.rows.iter().map(move |row| once.get(row, column, value))
        };
        if profile.filled == 0 {
            return None;
        }
        if profile.all(profile.whole + profile.number) {
            let moments = profile.most > 1_000_000_000 || profile.all(profile.epochs);
            return Some((
                numbers().map(|place| place.map(|place| moment::epoch(place).unwrap_or(place))).collect(),
                moments,
            ));
        }
        if profile.most_of(profile.moment) {
            return Some((rows().map(moment::parse).collect(), true));
        }
        if profile.most_of(profile.whole + profile.number) {
            return Some((numbers().collect(), false));
        }
        self.slashed(column).dates().map(|places| (places.into_iter().map(Some).collect(), true))
    }

    fn seconds(&mut self, order: Option<&Order>) -> Option<usize> {
        let told = self.uses.iter().position(|used| *used == Some(Meaning::Seconds));
        let is = |at: &usize| {
            let (name, profile) = (&self.names[*at], &self.profiles[*at]);
            let named = name.plain == "time" || matches!(name.meaning(), Some((Meaning::Seconds, _)));
            named && profile.most_of(profile.whole + profile.number) && order.is_none_or(|order| order.column != *at)
        };
        let at = told.or_else(|| self.free().find(is))?;
        self.uses[at] = Some(Meaning::Seconds);
        Some(at)
    }

    /// Columns that split the table, without those that hold one value.
    fn keys(&mut self, commit: usize) -> Result<Vec<usize>, Question> {
        let mut keys = Vec::new();
        let mut columns: Vec<usize> = (0..self.uses.len()).filter(|at| self.uses[*at] == Some(Meaning::Test)).collect();
        let named = self.free().filter(|at| matches!(self.names[*at].meaning(), Some((Meaning::Test, _))));
        columns.extend(named.collect::<Vec<_>>());
        for column in columns {
            let told = self.uses[column].is_some();
            let values = self.values(column);
            match values {
                0 => {}
                1 => self.uses[column] = Some(Meaning::Test),
                _ if !told && values == self.sheet.rows.len() => {
                    self.uses[column] = Some(Meaning::Shard);
                    self.derived.push(Derived::Pooled(self.name(column)));
                }
                _ if !told && self.is_alone(column, commit) => return Err(Question::Key(self.name(column))),
                _ if !told && self.has_gaps(column) => return Err(Question::Gaps(self.name(column))),
                _ => {
                    self.uses[column] = Some(Meaning::Test);
                    self.derived.push(Derived::Split(self.name(column), values));
                    keys.push(column);
                }
            }
        }
        if let Some(column) = self.free().find(|at| self.crosses(*at, commit)) {
            return Err(Question::Crosses(self.name(column), self.values(column)));
        }
        let pools = self.free().filter(|at| matches!(self.names[*at].meaning(), Some((Meaning::Shard, _))));
        for column in pools.collect::<Vec<_>>() {
            self.uses[column] = Some(Meaning::Shard);
            if self.values(column) > 1 {
                self.derived.push(Derived::Pooled(self.name(column)));
            }
        }
        Ok(keys)
    }

    fn values(&self, column: usize) -> usize {
        self.sheet.texts(column).into_keys().filter(|value| !value.is_empty()).count()
    }

    /// Whether a column of texts that nobody knows has several values at one revision, and each at several revisions: runs of
    /// different tests, or of one.
    fn crosses(&self, column: usize, commit: usize) -> bool {
        const NOTES: [&str; 12] = [
            "author", "note", "notes", "comment", "comments", "message", "url", "link", "user", "tester", "remark",
            "subject",
        ];
        let (name, profile) = (&self.names[column], &self.profiles[column]);
        let numbers = profile.whole + profile.number + profile.percent + profile.moment + profile.hash;
        let is_text = numbers == 0 && !profile.all(profile.said);
        let counts = profile.all(profile.whole) && !self.counts_up(column, commit);
        if !(is_text || name.is_version() || counts)
            || profile.filled < self.sheet.rows.len()
            || NOTES.contains(&name.plain.as_str())
        {
            return false;
        }
        if name.meaning().is_some_and(|(meaning, _)| meaning != Meaning::Commit) {
            return false;
        }
        let pairs: HashSet<(&str, &str)> =
            self.sheet.rows.iter().map(|row| (row.cell(commit), row.cell(column))).collect();
        let (mut at_commit, mut of_value) = (HashMap::new(), HashMap::new());
        let all = pairs.len();
        for (commit, value) in pairs {
            *at_commit.entry(commit).or_insert(0) += 1;
            *of_value.entry(value).or_insert(0) += 1;
        }
        // Numbers cross by chance, unless each stands at each revision.
        if counts && !name.is_version() && all < at_commit.len() * of_value.len() {
            return false;
        }
        at_commit.values().any(|values| *values > 1) && of_value.values().all(|commits| *commits > 1)
    }

    /// Whether a column counts the rows of each revision, from 0 or 1 on.
    fn counts_up(&self, column: usize, commit: usize) -> bool {
        let mut last = HashMap::new();
        self.sheet.rows.iter().all(|row| {
            let Ok(number) = row.cell(column).parse::<i64>() else { return false };
            match last.insert(row.cell(commit), number) {
                None => matches!(number, 0 | 1),
                Some(before) => number == before + 1,
            }
        })
    }

    /// Whether each value of a column stands beside one revision only: it would leave nothing to compare.
    fn is_alone(&self, column: usize, commit: usize) -> bool {
        let mut beside = HashMap::new();
        self.sheet.rows.iter().all(|row| {
            let commit = row.cell(commit);
            *beside.entry(row.cell(column)).or_insert(commit) == commit
        })
    }
}

/// Places of all rows, where those that are known rise or fall from row to row.
fn between(places: &[Option<f64>]) -> Option<Vec<Option<f64>>> {
    #[expect(clippy::cast_precision_loss, reason = "the number of a row")]
    let known: Vec<(f64, f64)> =
        places.iter().enumerate().filter_map(|(at, place)| Some((at as f64, (*place)?))).collect();
    let ((_, first), (_, last)) = (known.first()?, known.last()?);
    let step = if first.partial_cmp(last)?.is_lt() { 1.0 } else { -1.0 };
    let even = known.windows(2).all(|pair| (pair[1].1 - pair[0].1) * step >= 0.0);
    (even && first.total_cmp(last).is_ne()).then_some(())?;
    #[expect(clippy::cast_precision_loss, reason = "the number of a row")]
    let place = |at: usize| {
        let at = at as f64;
        let next = known.partition_point(|(row, _)| *row < at);
        match (next.checked_sub(1).map(|before| known[before]), known.get(next)) {
            (Some((from, low)), Some((upto, high))) => low + (high - low) * (at - from) / (upto - from),
            (Some((from, place)), None) => place + step * (at - from),
            (None, Some((upto, place))) => place - step * (upto - at),
            (None, None) => at,
        }
    };
    Some(places.iter().enumerate().map(|(at, known)| Some(known.unwrap_or_else(|| place(at)))).collect())
}
