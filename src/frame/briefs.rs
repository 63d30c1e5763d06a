//! Frames → what a list says of each bisection: the way back, for frames that an earlier run has written.

use polars::prelude::{DataFrame, PolarsResult};

use crate::analysis::answer::Answer;
use crate::analysis::brief::{Brief, Spread};
use crate::analysis::finding::{Severities, Severity};
use crate::evidence::CommitId;
use crate::prob::Prob;

use super::Frames;

/// The rows of `bisections`, with what `gaps` and `findings` say of each: [`Brief::of`] of the analyses that the frames were
/// made of.
///
/// # Errors
/// When a column is missing.
pub fn briefs(frames: &Frames) -> PolarsResult<Vec<Brief>> {
    let table = &frames.bisections;
    let texts = |name: &str| texts(table, name);
    let chances = |name: &str| -> PolarsResult<Vec<Option<Prob>>> {
        Ok(table.column(name)?.f64()?.iter().map(|p| p.map(Prob::saturating)).collect())
    };
    let (ids, endings, named) = (texts("bisection")?, texts("ending")?, texts("named_culprit")?);
    let answers = texts("answer")?;
    let (right, starts, masses) = (chances("p_right")?, chances("p_named")?, chances("credible_mass")?);
    let commits = table.column("credible_commits")?.u64()?;
    let (mut gaps, mut findings) = (Gaps::of(&frames.gaps)?, Findings::of(&frames.findings)?);
    let rows = ids.into_iter().enumerate().map(|(i, id)| {
        let id = id.unwrap_or_default();
        let spread = gaps.next(id, named[i], commits.get(i));
        Brief {
            bisection: id.to_owned(),
            answer: answers[i].and_then(Answer::named),
            ending: endings[i].unwrap_or_default().to_owned(),
            named: named[i]
                .map(|commit| CommitId::parse(commit).map_or_else(|_| commit.to_owned(), |commit| commit.short())),
            p_right: right[i],
            p_named: starts[i],
            credible: masses[i].map(|_| spread),
            severities: findings.next(id),
        }
    });
    Ok(rows.collect())
}

fn texts<'f>(frame: &'f DataFrame, name: &str) -> PolarsResult<Vec<Option<&'f str>>> {
    Ok(frame.column(name)?.str()?.iter().collect())
}

/// The gaps of one bisection after the other.
struct Gaps<'f> {
    ids: Vec<Option<&'f str>>,
    after: Vec<Option<&'f str>>,
    upto: Vec<Option<&'f str>>,
    credible: Vec<bool>,
    exact: Vec<bool>,
    at: usize,
}

impl<'f> Gaps<'f> {
    fn of(gaps: &'f DataFrame) -> PolarsResult<Self> {
        let flags = |name: &str| -> PolarsResult<Vec<bool>> {
            Ok(gaps.column(name)?.bool()?.iter().map(|flag| flag == Some(true)).collect())
        };
        let (ids, after, upto) = (texts(gaps, "bisection")?, texts(gaps, "after")?, texts(gaps, "upto")?);
        Ok(Self { ids, after, upto, credible: flags("credible")?, exact: flags("commits_exact")?, at: 0 })
    }

    /// The credible ones among the gaps of the next bisection.
    fn next(&mut self, id: &str, named: Option<&str>, commits: Option<u64>) -> Spread {
        let mut spread = Spread { commits, exact: true, bounded: true, alone: named.is_some() };
        while self.ids.get(self.at) == Some(&Some(id)) {
            if self.credible[self.at] {
                spread.exact &= self.exact[self.at];
                spread.bounded &= self.after[self.at].is_some() && self.upto[self.at].is_some();
                spread.alone &= self.upto[self.at] == named;
            }
            self.at += 1;
        }
        spread
    }
}

/// The findings of one bisection after the other.
struct Findings<'f> {
    ids: Vec<Option<&'f str>>,
    severities: Vec<Option<&'f str>>,
    at: usize,
}

impl<'f> Findings<'f> {
    fn of(findings: &'f DataFrame) -> PolarsResult<Self> {
        Ok(Self { ids: texts(findings, "bisection")?, severities: texts(findings, "severity")?, at: 0 })
    }

    fn next(&mut self, id: &str) -> Severities {
        let first = self.at;
        while self.ids.get(self.at) == Some(&Some(id)) {
            self.at += 1;
        }
        let named = |name: Option<&str>| Severity::ALL.into_iter().find(|known| name == Some(known.name()));
        self.severities[first..self.at].iter().filter_map(|name| named(*name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Settings, analyze};
    use crate::evidence::Source;
    use crate::finding::{Limits, judge};
    use crate::ingest::read;

    #[test]
    fn the_way_back_ends_where_it_began() {
        for log in ["000_nbd_ioctl", "001_io_wq_cancel_all", "002_del_gendisk", "004_css_free_rwork_fn"] {
            let bytes = std::fs::read(format!("{}/data/{log}.txt", env!("CARGO_MANIFEST_DIR"))).unwrap();
            let mut analyses = analyze(read(&bytes, &Source::new(log)).unwrap().bisections, &Settings::default());
            judge(&mut analyses, &Limits::default());
            let frames = Frames::of(&analyses).and_then(|frames| frames.completed()).unwrap();
            assert_eq!(briefs(&frames).unwrap(), analyses.iter().map(Brief::of).collect::<Vec<_>>());
        }
    }
}
