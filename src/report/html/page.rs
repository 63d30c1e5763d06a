//! The page of one bisection: can it be trusted, where else, why, the evidence, the log.

use std::io::{self, Write};

use askama::Template;

use crate::analysis::finding::{Finding, Severity};
use crate::analysis::sentence::{Said, by_rate, say};
use crate::analysis::words::{Manner, chance, cut, nothing_to_compute, sentence, short_range};
use crate::analysis::{Analysis, CredibleSet, GapAnalysis};
use crate::chart::{self, theme::Theme};
use crate::evidence::{Culprit, Ending, file_name};
use crate::history::Command;
use crate::report::answer::{
    ending, explained, is_named_alone, likeliest_first, lost, missing, off_the_line, pushes, reported_bug, start_word,
    starts_here, tested,
};
use crate::report::revisions::left_out;

use super::archive::class;
use super::chances::Chance;
use super::evidence::{CandidateRow, GapRow, Revision, TITLE, TitleRow, candidates, gaps, revisions, titles};
use super::log::{Links, Row, Text, rows};
use super::picture::{Figure, figures};
use super::why::{SENTENCE, Why, findings};
use super::{POLICY, SCRIPT, STYLE, VERSION};

/// Characters of a subject that are shown.
const SUBJECT: usize = 160;

/// What a page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The bisection.
    pub analysis: &'a Analysis,
    /// The address of the overview that it belongs to.
    pub overview: Option<&'a str>,
    /// What could not be read, in words.
    pub unread: &'a [String],
}

/// Writes the page of one bisection.
///
/// # Errors
/// When `out` cannot be written.
///
/// ```
/// use bisectstat::report::html::{Page, page};
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let analyses = bisectstat::analyze(&log)?;
/// let mut out = Vec::new();
/// page(&Page { analysis: &analyses[0], overview: None, unread: &[] }, &mut out)?;
/// assert!(out.starts_with(b"<!DOCTYPE html>"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn page(page: &Page<'_>, out: &mut impl Write) -> io::Result<()> {
    View::of(page).write_into(out)
}

/// Everything on the page, in words.
#[derive(Template)]
#[template(path = "page.html")]
struct View<'a> {
    page: &'a Page<'a>,
    analysis: &'a Analysis,
    manner: Manner,
    titles_heading: String,
    heading: Text,
    path: Text,
    tested: String,
    bug: Option<(Text, String)>,
    answer: Answer<'a>,
    elsewhere: Elsewhere,
    because: Option<Because>,
    why: Vec<Why<'a>>,
    /// The answer by rate.
    rates: Vec<Figure>,
    figures: Vec<Figure>,
    revisions: Vec<Revision<'a>>,
    left_out: String,
    titles: Vec<TitleRow<'a>>,
    more_titles: u64,
    gaps: Vec<GapRow<'a>>,
    lineage: Vec<String>,
    candidates: Vec<CandidateRow<'a>>,
    log: Vec<Row>,
}

/// Whether the named commit can be trusted.
struct Answer<'a> {
    class: &'static str,
    mark: char,
    words: &'static str,
    culprit: Option<&'a Culprit>,
    name: String,
    subject: String,
    ending: String,
    said: Said,
    by_rate: Option<String>,
    chances: Vec<(String, Chance)>,
    /// Said where the runs say nothing of it.
    unplaced: Option<String>,
    explained: Option<String>,
    pushes: Vec<(&'static str, Vec<&'static str>)>,
}

/// The worst finding, and where to read on.
struct Because {
    message: String,
    target: String,
    words: String,
}

impl Because {
    fn of(finding: &Finding, links: &Links) -> Self {
        let line = finding.line;
        let (target, words) =
            if links.has(line) { (format!("L{line}"), format!("line {line}")) } else { ("f1".into(), "more".into()) };
        Self { message: cut(&finding.message, SENTENCE), target, words }
    }
}

/// Where to look instead.
struct Elsewhere {
    heading: &'static str,
    sentence: String,
    places: Vec<Spot>,
}

/// Commits to look at.
struct Spot {
    chance: Chance,
    range: String,
    size: String,
    command: Option<Command>,
}

impl<'a> View<'a> {
    fn of(page: &'a Page<'a>) -> Self {
        let analysis = page.analysis;
        let links = Links::of(analysis);
        let manner = Manner::of(analysis);
        let (rates, others) =
            chart::of_bisection(analysis, Theme::Auto).into_iter().partition(|picture| picture.name == chart::RATES);
        let (titles, more_titles) = titles(analysis);
        let worst = analysis.findings.first().filter(|finding| finding.severity > Severity::Note);
        Self {
            page,
            analysis,
            manner,
            titles_heading: sentence(manner.titles(2)),
            heading: Text::new(file_name(&analysis.bisection).unwrap_or(&analysis.bisection), TITLE),
            path: Text::new(&analysis.path, TITLE),
            tested: lost(analysis).into_iter().chain([tested(analysis)]).collect::<Vec<_>>().join("; "),
            bug: reported_bug(analysis).map(|(title, note)| (Text::new(&title, TITLE), cut(&note, 240))),
            answer: Answer::of(analysis),
            elsewhere: Elsewhere::of(analysis),
            because: worst.map(|worst| Because::of(worst, &links)),
            why: findings(analysis, &links),
            rates: figures(rates),
            figures: figures(others),
            revisions: revisions(analysis, &links),
            left_out: left_out(analysis),
            titles,
            more_titles,
            gaps: gaps(analysis),
            lineage: lineage(analysis),
            candidates: candidates(analysis),
            log: rows(analysis, &links),
        }
    }

    /// The level of the credible set, in percent.
    fn level(&self) -> String {
        self.analysis.credible_set.as_ref().map_or_else(|| "95".to_owned(), |set| percent(set.level.value()))
    }

    fn outside(&self) -> Option<String> {
        self.analysis.model.outside.map(chance)
    }
}

fn percent(p: f64) -> String {
    format!("{:.0}", 100.0 * p)
}

impl<'a> Answer<'a> {
    fn of(analysis: &'a Analysis) -> Self {
        let culprit = analysis.evidence.culprit.as_ref();
        let answer = analysis.answer;
        Self {
            class: class(answer),
            mark: answer.mark(),
            words: answer.words(),
            culprit,
            name: culprit.map(|culprit| culprit.commit.short()).unwrap_or_default(),
            subject: cut(culprit.and_then(|culprit| culprit.subject.as_deref()).unwrap_or_default(), SUBJECT),
            ending: cut(&ending(analysis), 2 * SUBJECT),
            said: say(analysis),
            by_rate: by_rate(analysis),
            chances: chances(analysis),
            unplaced: analysis.p_named.is_none().then(|| starts_here(analysis)),
            explained: explained(analysis).map(|text| cut(&text, 2 * SUBJECT)),
            pushes: pushes(analysis),
        }
    }
}

/// What a repository tells of the place of the change.
fn lineage(analysis: &Analysis) -> Vec<String> {
    let known = analysis.history.iter();
    known.flat_map(|known| off_the_line(known).into_iter().chain(missing(analysis, known))).collect()
}

/// What is believed of the named commit.
fn chances(analysis: &Analysis) -> Vec<(String, Chance)> {
    let (word, noun) = (start_word(analysis), Manner::of(analysis).noun());
    let any = analysis.p_named_any.filter(|any| analysis.p_named.map(chance) != Some(chance(*any)));
    let rows = [
        ("to blame".to_owned(), analysis.p_right),
        (format!("the {noun} {word} here"), analysis.p_named),
        (format!("any {noun} {word} here"), any),
    ];
    rows.into_iter().filter_map(|(name, p)| p.map(|p| (name, Chance::of(p)))).collect()
}

impl Elsewhere {
    fn of(analysis: &Analysis) -> Self {
        let Some(set) = &analysis.credible_set else {
            let sentence = format!("{}.", sentence(&nothing_to_compute(analysis)));
            return Self { heading: "Where else", sentence, places: Vec::new() };
        };
        let gaps = likeliest_first(analysis, set);
        if let [only] = gaps[..]
            && is_named_alone(analysis, only)
        {
            let sentence = format!("All other commits together have {}.", chance(set.mass.complement()));
            return Self { heading: "Elsewhere", sentence, places: Vec::new() };
        }
        let sentence = if gaps.len() > 1 { together(set, gaps.len()) } else { String::new() };
        let places = gaps.iter().take(SPOTS).filter_map(|gap| Spot::of(analysis, gap)).collect();
        Self { heading: "Look here", sentence, places }
    }
}

/// Places to look that are shown.
const SPOTS: usize = 6;

fn together(set: &CredibleSet, gaps: usize) -> String {
    let size = set.size();
    let shown = if gaps > SPOTS { format!("; the likeliest {SPOTS} are shown") } else { String::new() };
    format!("Together {} in {gaps} intervals ({size}){shown}.", chance(set.mass))
}

impl Spot {
    fn of(analysis: &Analysis, gap: &GapAnalysis) -> Option<Self> {
        let size = gap.size();
        let named = if is_named_alone(analysis, gap) { ", the named one" } else { "" };
        let range = short_range(gap.after, gap.upto);
        let command = gap.after.zip(gap.upto).map(|(after, upto)| Command::log(after, upto));
        Some(Self { chance: Chance::of(gap.posterior?), range, size: format!("{size}{named}"), command })
    }
}
