//! The overview of many bisections: a table that can be sorted and filtered, the least sure first.

use std::io::{self, Write};

use askama::Template;

use crate::analysis::Analysis;
use crate::analysis::answer::{Answer, Tone};
use crate::analysis::brief::Brief;
use crate::analysis::finding::{Severities, Severity};
use crate::analysis::words::{count, cut, ending};
use crate::chart::{self, theme::Theme};
use crate::prob::Prob;
use crate::report::answer::reported_bug;
use crate::report::overview::{Tally, elsewhere, findings, least_sure_first};

use super::chances::Chance;
use super::evidence::TITLE;
use super::log::Text;
use super::picture::{Figure, figures};
use super::{POLICY, SCRIPT, STYLE, VERSION};

/// Characters of a crash title that are shown.
const BUG: usize = 100;

/// What an overview is made of.
#[derive(Clone, Copy, Debug)]
pub struct Overview<'a> {
    /// The bisections.
    pub analyses: &'a [Analysis],
    /// The address of each one's page.
    pub pages: &'a [String],
    /// Files that held no bisection.
    pub skipped: usize,
    /// What could not be read, in words.
    pub unread: &'a [String],
}

/// Writes the overview.
///
/// # Errors
/// When `out` cannot be written.
pub fn overview(overview: &Overview<'_>, out: &mut impl Write) -> io::Result<()> {
    View::of(overview).write_into(out)
}

#[derive(Template)]
#[template(path = "archive.html")]
struct View<'a> {
    overview: &'a Overview<'a>,
    heading: String,
    answers: Vec<Answer>,
    summary: String,
    figures: Vec<Figure>,
    rows: Vec<Row<'a>>,
}

/// The class of an answer's colours.
pub(super) const fn class(answer: Answer) -> &'static str {
    match answer.tone() {
        Tone::Good => "holds",
        Tone::Doubt => "doubtful",
        Tone::Bad => "not",
        Tone::Unknown => "unknown",
    }
}

struct Row<'a> {
    page: &'a str,
    name: Text,
    bug: String,
    answer: Answer,
    /// How it looks.
    class: &'static str,
    named: String,
    right: Option<Chance>,
    starts: Option<Chance>,
    sort: [String; 4],
    elsewhere: String,
    findings: String,
    severity: &'static str,
}

impl<'a> View<'a> {
    fn of(overview: &'a Overview<'a>) -> Self {
        let Overview { analyses, pages, skipped, unread } = *overview;
        let briefs: Vec<_> = analyses.iter().map(Brief::of).collect();
        let mut tally = Tally::default();
        for brief in &briefs {
            tally.add(brief);
        }
        let pages = pages.iter().map(String::as_str).chain(std::iter::repeat(""));
        let mut listed: Vec<_> = analyses.iter().zip(briefs).zip(pages).collect();
        listed.sort_by(|((_, a), _), ((_, b), _)| least_sure_first(a, b));
        Self {
            overview,
            heading: count(analyses.len() as u64, "bisection"),
            answers: answers(analyses),
            summary: tally.summary(skipped, unread.len()),
            figures: figures(chart::of_archive(analyses, Theme::Auto)),
            rows: listed.into_iter().map(|((analysis, brief), page)| Row::of(analysis, &brief, page)).collect(),
        }
    }
}

impl<'a> Row<'a> {
    fn of(analysis: &Analysis, brief: &Brief, page: &'a str) -> Self {
        let p = |p: Option<Prob>| p.map(|p| p.value().to_string()).unwrap_or_default();
        let elsewhere = elsewhere(brief.credible);
        Self {
            page,
            name: Text::new(&analysis.bisection, TITLE),
            bug: reported_bug(analysis).map(|(title, _)| cut(&title, BUG)).unwrap_or_default(),
            answer: analysis.answer,
            class: class(analysis.answer),
            named: brief.named.clone().unwrap_or_else(|| format!("({})", ending(&brief.ending))),
            right: analysis.p_right.map(Chance::of),
            starts: analysis.p_named.map(Chance::of),
            sort: [
                p(analysis.p_right),
                p(analysis.p_named),
                if elsewhere.is_empty() { String::new() } else { size(brief) },
                weight(brief.severities).to_string(),
            ],
            elsewhere,
            findings: findings(brief.severities),
            severity: brief.severities.worst().map_or("", Severity::name),
        }
    }
}

/// The answers that there are.
fn answers(analyses: &[Analysis]) -> Vec<Answer> {
    Answer::ALL.into_iter().filter(|answer| analyses.iter().any(|analysis| analysis.answer == *answer)).collect()
}

/// The number of credible commits, as a script reads it.
fn size(brief: &Brief) -> String {
    let commits = brief.credible.and_then(|set| set.commits);
    commits.map_or_else(|| "Infinity".to_owned(), |n| n.to_string())
}

/// Orders by errors, then warnings, then notes.
fn weight(severities: Severities) -> u64 {
    let number = |severity: Severity| severities.of(severity);
    number(Severity::Error) * 10_000 + number(Severity::Warning) * 100 + number(Severity::Note)
}
