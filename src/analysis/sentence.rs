//! The answer as a maintainer would say it: one sentence or two, and what to do.

use crate::evidence::{CommitId, Ending, Kind, Outcome, Role, Title};
use crate::history::Command;
use crate::prob::Prob;

use super::advice;
use super::answer::Answer;
use super::manner::Manner;
use super::next::{Advice, Proposal};
use super::pushes::pushes;
use super::words::{chance, commits, count, nothing_to_compute, number, percent, sentence, short_range};
use super::{Analysis, CredibleSet, GapAnalysis, StepAnalysis, heaviest};

/// What to say first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Why the answer is what it is.
    pub why: String,
    /// What to do about it.
    pub action: String,
    /// The command that does it, where one is known.
    pub command: Option<Command>,
}

/// Says it.
///
/// ```
/// use bisectstat::analysis::sentence::say;
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let said = say(&bisectstat::analyze(&log)?[0]);
/// assert!(said.why.starts_with("One crash in ten, of another kind, decided this step. Look at these seven commits instead"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn say(analysis: &Analysis) -> Said {
    let speaker = Speaker { analysis, manner: Manner::of(analysis) };
    let (why, action) = match analysis.answer {
        Answer::HoldsUp => (speaker.holds_up(), speaker.read_it()),
        Answer::Doubtful => speaker.doubtful(),
        Answer::StartsHere => (speaker.starts_here(), speaker.look_for_older()),
        Answer::DoNotTrust => (speaker.do_not_trust(), speaker.look_elsewhere()),
        Answer::CannotTell if analysis.named_culprit.is_some() => speaker.cannot_tell(),
        Answer::CannotTell => speaker.unnamed(),
        Answer::Found => (speaker.found(), speaker.read_it()),
        Answer::Narrowed => (speaker.narrowed(), speaker.runs()),
        Answer::Beyond => speaker.beyond(),
        Answer::AlwaysFlaky => (speaker.always_flaky(), speaker.treat_as_flaky()),
        Answer::NoFailure => (speaker.no_failure(), "Nothing to do.".to_owned()),
    };
    let command = speaker.first().and_then(|first| first.checkout.clone());
    Said { why, action, command }
}

/// What the named commit would get if somebody knew how often a bad revision fails; `None` where that changes nothing.
#[must_use]
pub fn by_rate(analysis: &Analysis) -> Option<String> {
    if !rate_decides(analysis) {
        return None;
    }
    let manner = Manner::of(analysis).verbs();
    let said = analysis.by_rate.iter().map(|at| format!("{}: {}", how_often(at.rate), chance(at.p_named)));
    Some(format!("if a bad revision {manner} {}", said.collect::<Vec<_>>().join(" · ")))
}

/// Whether the answer hangs on how often a bad revision fails.
#[must_use]
pub(crate) fn rate_decides(analysis: &Analysis) -> bool {
    let undecided = matches!(analysis.answer, Answer::CannotTell | Answer::Doubtful);
    let spread = |p: fn(f64, f64) -> f64, start| analysis.by_rate.iter().map(|at| at.p_named.value()).fold(start, p);
    let moves = spread(f64::max, 0.0) >= Answer::SURE && spread(f64::min, 1.0) < Answer::SURE;
    undecided && moves
}

/// `every time`, `9 times in 10`, `every second time`.
#[must_use]
pub(crate) fn how_often(rate: Prob) -> String {
    match rate.value() {
        rate if rate > 0.99 => "every time".to_owned(),
        rate if (rate - 0.5).abs() < 1e-9 => "every second time".to_owned(),
        rate => format!("{:.0} times in 10", rate * 10.0),
    }
}

struct Speaker<'a> {
    analysis: &'a Analysis,
    manner: Manner,
}

impl<'a> Speaker<'a> {
    /// What the search proposes to run first.
    fn first(&self) -> Option<&'a Proposal> {
        let plan = self.analysis.plan.as_deref().filter(|plan| plan.advice == Advice::Run)?;
        plan.proposals.first()
    }

    /// What to run; where nobody asked the search, who knows.
    fn runs(&self) -> String {
        match (self.first(), &self.analysis.plan) {
            (Some(first), _) => format!("{}.", sentence(&advice::first(self.analysis, first))),
            (None, Some(plan)) => advice::outlook(self.analysis, plan),
            (None, None) => "`bisectstat next` says what to run.".to_owned(),
        }
    }

    /// The same behind what to do anyway; nothing where no run helps.
    fn and_runs(&self, purpose: &str) -> String {
        let run = self.first().map(|first| format!(" {purpose} {}.", advice::first(self.analysis, first)));
        run.unwrap_or_default()
    }

    fn read_it(&self) -> String {
        format!("Read the commit, then report it.{}", self.and_runs("To be surer first,"))
    }

    fn treat_as_flaky(&self) -> String {
        match self.first() {
            Some(_) => format!("Treat it as flaky.{}", self.and_runs("To look for a change after all,")),
            None => "Treat it as flaky; more runs may still show a change.".to_owned(),
        }
    }

    fn begins(&self) -> &'static str {
        if self.analysis.evidence.kind == Kind::Fix { "stops" } else { "starts" }
    }

    fn named_step(&self) -> Option<&'a StepAnalysis> {
        self.analysis.evidence.culprit_step().and_then(|step| self.analysis.steps.get(step))
    }

    /// `10 of 10 runs crash there`.
    fn there(&self) -> Option<String> {
        let step = self.named_step().filter(|step| step.crashes + step.passes > 0)?;
        let runs = count(step.crashes + step.passes, "run");
        Some(format!("{} of {runs} {} there", step.crashes, self.manner.verb()))
    }

    fn holds_up(&self) -> String {
        let there = self.there().map(|there| format!(": {there}")).unwrap_or_default();
        let blame = if self.analysis.p_right.is_some() { ", and it is probably to blame" } else { "" };
        format!("The {} {} at this commit{there}{blame}.", self.manner.noun(), self.begins())
    }

    fn doubtful(&self) -> (String, String) {
        let (noun, begins) = (self.manner.noun(), self.begins());
        if self.analysis.p_named.is_some_and(|p| p.value() >= Answer::SURE) {
            let against = pushes(self.analysis).minus.first().map(|minus| format!(": {minus}")).unwrap_or_default();
            let why = format!("The {noun} {begins} at this commit, but it may not be to blame{against}.");
            let sure = self.and_runs("To be surer where it starts,");
            return (why, format!("Read the commit with that in mind: more runs can't settle who is to blame.{sure}"));
        }
        let p = self.analysis.p_named.map(chance).unwrap_or_default();
        let other = self.likeliest_other().map(|gap| {
            let mass = gap.posterior.map(chance).unwrap_or_default();
            format!(", {mass} for {}", short_range(gap.after, gap.upto))
        });
        let blame = match self.analysis.p_right {
            Some(right) if right.value() < Answer::EVEN => " What is known of the commit speaks against it.",
            _ => "",
        };
        let why = format!(
            "The runs are divided: they leave a probability of {p} for this commit{}.{blame}",
            other.unwrap_or_default()
        );
        (why, self.runs())
    }

    fn starts_here(&self) -> String {
        format!(
            "The {} {} at this commit, but the commit is probably not to blame: it may only expose an older bug.",
            self.manner.noun(),
            self.begins()
        )
    }

    fn look_for_older(&self) -> String {
        let (nouns, test) = match self.manner {
            Manner::Crash => ("crashing", "test the reproducer on older releases with what this commit enables"),
            Manner::Fail => ("failing", "run the test on older releases with what this commit enables"),
        };
        format!("Look at the history of the {nouns} code, {test}, and check the fixes since.")
    }

    /// `One crash in ten, of another kind, decided this step.`
    fn decided(&self) -> Option<String> {
        let step = self.named_step()?;
        let trials = step.crashes + step.passes;
        if step.crashes == 0 || step.crashes * 2 > trials {
            return None;
        }
        let failures = self.manner.nouns(step.crashes);
        let kind = if self.is_another_kind(step) { ", of another kind," } else { "" };
        let crashes = sentence(&number(step.crashes));
        Some(format!("{crashes} {failures} in {}{kind} decided this step. ", number(trials)))
    }

    /// Whether no crash of a test is likely the reported bug.
    fn is_another_kind(&self, step: &StepAnalysis) -> bool {
        let runs = self.analysis.evidence.steps.get(step.step).into_iter().flat_map(|step| &step.runs);
        let crashes = runs.filter(|run| matches!(run.outcome, Outcome::Crash(_)));
        let titles: Vec<_> = crashes.map(|run| run.outcome.title().map(Title::as_str)).collect();
        let row = |title: Option<&str>| self.analysis.titles.iter().find(|row| row.title.as_deref() == title);
        let other = |title: Option<&str>| row(title).and_then(|row| row.p_same_bug).is_some_and(|p| p.value() < 0.5);
        !titles.is_empty() && titles.into_iter().all(other)
    }

    fn do_not_trust(&self) -> String {
        let decided = self.decided().unwrap_or_default();
        let against = self.analysis.bayes_factor_elsewhere.is_some_and(|factor| factor >= Answer::AGAINST);
        let lead = match (decided.is_empty(), against) {
            (false, _) => decided,
            (true, true) => "The runs speak for another place. ".to_owned(),
            (true, false) => self.speaks_against(),
        };
        format!("{lead}{}", self.instead())
    }

    /// Where what is known of the commit speaks against it, and the runs confirm nothing.
    fn speaks_against(&self) -> String {
        let minus = pushes(self.analysis).minus;
        let minus = minus.iter().take(2).copied().collect::<Vec<_>>().join("; ");
        format!("The runs don't confirm this commit, and what is known of it speaks against it ({minus}). ")
    }

    /// Where to look instead.
    fn instead(&self) -> String {
        let verb = self.manner.verb();
        let none = self.analysis.p_no_change.map_or(0.0, Prob::value);
        let Some(set) = self.analysis.credible_set.as_ref().filter(|_| none < Answer::EVEN) else {
            return format!("The runs {verb} alike with and without this commit.");
        };
        match (set.commits, self.one_place(set)) {
            (Some(1), Some(place)) => format!("Look at {} instead.", place.rsplit("..").next().unwrap_or(&place)),
            (Some(n), place) => {
                let these = match u32::try_from(n).ok().filter(|n| *n <= 12 && set.commits_exact) {
                    Some(few) => format!("these {} commits", number(few)),
                    None => format!("these {}", commits(n, set.commits_exact).replace("about ", "")),
                };
                let place = place.map(|place| format!(": {place}")).unwrap_or_default();
                format!("Look at {these} instead{place}.")
            }
            (None, place) if set.bounded => {
                let place = place.unwrap_or_else(|| "the other places".to_owned());
                format!("Look at {place} instead.")
            }
            (None, _) => format!("The {} is probably {} than everything that was tested.", self.bug(), self.older()),
        }
    }

    const fn bug(&self) -> &'static str {
        match self.manner {
            Manner::Crash => "bug",
            Manner::Fail => "failure",
        }
    }

    fn older(&self) -> &'static str {
        if self.analysis.evidence.kind == Kind::Fix { "newer" } else { "older" }
    }

    /// The range of a set in one piece.
    fn one_place(&self, set: &CredibleSet) -> Option<String> {
        let gap = |index: Option<&usize>| self.analysis.gaps.get(*index?);
        let (first, last) = (gap(set.gaps.first())?, gap(set.gaps.last())?);
        let whole = set.gaps.windows(2).all(|pair| pair[1] == pair[0] + 1);
        whole.then(|| short_range(first.after, last.upto))
    }

    fn look_elsewhere(&self) -> String {
        let unbounded = self.analysis.credible_set.as_ref().is_some_and(|set| set.commits.is_none() && !set.bounded);
        match self.analysis.plan {
            None if unbounded => {
                format!("Don't report this commit; test {}.", self.manner.further(self.analysis.evidence.kind))
            }
            _ => format!("Don't report this commit. {}", self.runs()),
        }
    }

    fn cannot_tell(&self) -> (String, String) {
        if self.analysis.p_named.is_none() {
            let why = match &self.analysis.credible_set {
                Some(_) => "the log does not show where this commit lies among the tested revisions".to_owned(),
                None => nothing_to_compute(self.analysis),
            };
            return (format!("{}.", sentence(&why)), self.runs());
        }
        let verbs = self.manner.verbs();
        let runs = if self.runs_once() { "each revision ran once" } else { "the runs are few" };
        let why = format!(
            "The runs speak for no other commit, but {runs}: that rules nothing out if a bad revision seldom {verbs}."
        );
        let newest = self.newest_bad().filter(|_| by_rate(self.analysis).is_some());
        let Some(newest) = newest else { return (why, self.runs()) };
        let ask =
            format!("How often does a bad revision {}? If you know, say `--reproduction RATE`.", self.manner.verb());
        let runs = match self.first() {
            Some(_) => self.and_runs("If not,"),
            None => format!(" If not, run the {} 10 times at {} and count.", self.manner.test(), newest.short()),
        };
        (why, format!("{ask}{runs}"))
    }

    fn runs_once(&self) -> bool {
        let tested = self.analysis.steps.iter().filter(|step| step.crashes + step.passes > 0);
        tested.into_iter().all(|step| step.crashes + step.passes == 1)
    }

    /// The revision where the failure was reported, else the newest one that fails.
    fn newest_bad(&self) -> Option<CommitId> {
        let failing = |step: &&StepAnalysis| step.crashes > 0 && step.point.is_some();
        let steps = || self.analysis.steps.iter().filter(failing);
        let origin = steps().find(|step| step.role == Role::Origin);
        origin.or_else(|| steps().max_by_key(|step| step.point)).map(|step| step.commit)
    }

    fn unnamed(&self) -> (String, String) {
        if self.analysis.credible_set.is_none() {
            return (format!("{}.", sentence(&nothing_to_compute(self.analysis))), self.runs());
        }
        let verb = self.manner.verb();
        let why = match self.analysis.evidence.ending {
            Ending::OnlyRuns => self.flaky_or_changed(),
            Ending::Inconclusive if !self.analysis.evidence.candidates.is_empty() => {
                format!("The runs leave many more places, should a bad revision {verb} only now and then.")
            }
            _ => format!("The runs leave many places for the change, should a bad revision {verb} only now and then."),
        };
        (why, self.runs())
    }

    /// Nobody has bisected, and a test that was always flaky explains the runs as well.
    fn flaky_or_changed(&self) -> String {
        let (change, flaky) = (self.analysis.p_between().map(chance), self.analysis.p_change_if_flaky.map(chance));
        let verb = self.manner.verb();
        match change.zip(flaky) {
            Some((change, flaky)) if change != flaky => format!(
                "The runs don't settle it: P(a change) is {change} if good revisions hardly ever {verb}, but {flaky} if the \
                 test is flaky anyway."
            ),
            Some((change, _)) => format!("The runs don't settle it: P(a change) is {change}."),
            None => "The runs don't tell a change from a flaky test.".to_owned(),
        }
    }

    fn found(&self) -> String {
        let best = self.analysis.gaps.iter().filter(|gap| gap.commits == Some(1));
        let best = heaviest(best, |gap| gap.posterior);
        let name = best.and_then(|gap| gap.upto).map(|commit| commit.short()).unwrap_or_default();
        let p = best.and_then(|gap| gap.posterior).map(chance).unwrap_or_default();
        format!("{name} {} the {} (probability {p}).", self.did(), self.manner.noun())
    }

    fn did(&self) -> &'static str {
        if self.analysis.evidence.kind == Kind::Fix { "fixed" } else { "introduced" }
    }

    fn narrowed(&self) -> String {
        let set = self.analysis.credible_set.as_ref();
        let n = set.and_then(|set| Some(commits(set.commits?, set.commits_exact)));
        let place = set.and_then(|set| self.one_place(set)).map(|place| format!(": {place}")).unwrap_or_default();
        let of =
            n.map_or_else(|| "One of the commits between the tested revisions".to_owned(), |n| format!("One of {n}"));
        format!("{of} {} the {}{place}.", self.did(), self.manner.noun())
    }

    fn beyond(&self) -> (String, String) {
        let older = self.older();
        let end = if older == "older" { self.analysis.gaps.first() } else { self.analysis.gaps.last() };
        let end = end.and_then(|gap| if older == "older" { gap.upto } else { gap.after });
        let name = end.map(|commit| format!(" than {}", commit.short())).unwrap_or_default();
        let why = match older {
            "older" => {
                format!("The {} is probably older{name}, the oldest revision that was tested.", self.manner.noun())
            }
            _ => format!("The fix is probably newer{name}, the newest revision that was tested."),
        };
        let further = self.manner.further(self.analysis.evidence.kind);
        let further = format!("est {further} until one does not {}.", self.manner.verb());
        let action = match self.first() {
            Some(_) => format!("{} Then t{further}", self.runs()),
            None => format!("T{further}"),
        };
        (why, action)
    }

    fn always_flaky(&self) -> String {
        let (passes, crashes) = self.totals();
        let share = Prob::saturating(f64::from(crashes) / f64::from((passes + crashes).max(1)));
        let first = self.first_failing().map(|commit| format!(" It first failed at {}.", commit.short()));
        format!(
            "{} of runs {} at all revisions alike: no commit stands out yet.{}",
            percent(share),
            self.manner.verb(),
            first.unwrap_or_default()
        )
    }

    /// The oldest revision that failed.
    fn first_failing(&self) -> Option<CommitId> {
        let failing = self.analysis.steps.iter().filter(|step| step.crashes > 0 && step.point.is_some());
        failing.min_by_key(|step| step.point).map(|step| step.commit)
    }

    fn totals(&self) -> (u32, u32) {
        self.analysis.steps.iter().fold((0, 0), |(p, c), step| (p + step.passes, c + step.crashes))
    }

    fn no_failure(&self) -> String {
        let (passes, _) = self.totals();
        let tested = self.analysis.steps.iter().filter(|step| step.passes > 0).count();
        format!("Every run passes: {} at {}.", count(passes, "run"), count(tested as u64, "revision"))
    }

    /// The likeliest gap that is not the named commit's.
    fn likeliest_other(&self) -> Option<&'a GapAnalysis> {
        let others = self.analysis.gaps.iter().filter(|gap| gap.upto != self.analysis.named_culprit);
        heaviest(others, |gap| gap.posterior)
    }
}
