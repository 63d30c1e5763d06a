//! `report`: pages to read in a browser.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::ParallelProgressIterator;
use rayon::prelude::*;

use crate::analysis::growth::growth;
use crate::analysis::{self, Analysis};
use crate::files::{percent_encoded, write_whole};
use crate::finding::{self, Limits};
use crate::gate::decision::Unread;
use crate::report::html::{self, Overview, Page};

use super::Exit;
use super::input::{Batch, Inputs, progress};
use super::names::Names;
use super::say::complain;
use super::tidy;

/// Write a report as HTML: to read in a browser, to mail, or to attach to a bug.
///
/// One bisection makes one page: the answer, why, pictures, tables, and the log, with a link from each finding to its
/// line. Several make an overview and one page each, in a folder beside it that is called like FILE with the ending
/// `.d`. The pages need no network and no scripts.
#[derive(Debug, Args)]
pub struct Report {
    /// The page to write, or a folder for index.html; a path that ends with / is created as a folder
    #[arg(short = 'o', value_name = "FILE|DIR")]
    out: PathBuf,
    #[command(flatten)]
    inputs: Inputs,
}

impl Report {
    pub(super) fn run(&self) -> Exit {
        let batch = self.inputs.read();
        let failed = batch.failed();
        match self.write(batch) {
            Err(error) => {
                complain(&error);
                Exit::Failed
            }
            Ok(()) if failed > 0 => Exit::Failed,
            Ok(()) => Exit::Success,
        }
    }

    fn write(&self, batch: Batch) -> io::Result<()> {
        let Batch { bisections, ledger } = batch;
        let skipped = ledger.skipped();
        let unread: Vec<_> =
            ledger.unread.iter().map(|Unread { source, error }| format!("{}: {error}", source.path)).collect();
        let settings = self.inputs.settings().map_err(io::Error::other)?;
        let mut analyses = analysis::analyze(bisections, &settings);
        finding::judge(&mut analyses, &Limits::default());
        analyses.par_iter_mut().for_each(|analysis| analysis::next::advise(analysis, &settings));
        // As many posteriors as tests: on the page of one bisection, not on those of an archive.
        if let [analysis] = &mut analyses[..] {
            analysis.growth = growth(analysis, &settings);
        }
        if analyses.is_empty() {
            return Ok(());
        }
        let file = page_at(&self.out)?;
        let before = tidy::pages(&folder_beside(&file));
        let now = match &analyses[..] {
            [analysis] => {
                let page = Page { analysis, overview: None, unread: &unread };
                write_to(&file, |mut out| html::page(&page, &mut out)).map(|()| BTreeSet::new())
            }
            many => archive(&file, many, skipped, &unread),
        };
        tidy::remove_old(&before, &now?)
    }
}

/// Writes the overview, then a page for each bisection; gives the latter.
fn archive(file: &Path, analyses: &[Analysis], skipped: usize, unread: &[String]) -> io::Result<BTreeSet<PathBuf>> {
    let folder = folder_beside(file);
    let mut taken = Names::default();
    let names: Vec<_> = analyses.iter().map(|analysis| taken.of_bisection(&analysis.evidence) + ".html").collect();
    let pages: Vec<_> = names.iter().map(|name| address(&[&last(&folder), name])).collect();
    let overview = Overview { analyses, pages: &pages, skipped, unread };
    write_to(file, |mut out| html::overview(&overview, &mut out))?;
    std::fs::create_dir_all(&folder).map_err(|error| named(&folder, &error))?;
    let back = address(&["..", &last(file)]);
    let bar = progress("writing", analyses.len() as u64);
    let written = analyses.par_iter().zip(&names).progress_with(bar.clone()).try_for_each(|(analysis, name)| {
        let page = Page { analysis, overview: Some(&back), unread: &[] };
        write_to(&folder.join(name), |mut out| html::page(&page, &mut out))
    });
    bar.finish_and_clear();
    written.map(|()| names.iter().map(|name| folder.join(name)).collect())
}

/// Where the first page goes, if this is where to write; its folder is there.
pub(super) fn page_at(out: &Path) -> io::Result<PathBuf> {
    let is_folder = out.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
    if is_folder {
        std::fs::create_dir_all(out).map_err(|error| named(out, &error))?;
    }
    Ok(if out.is_dir() { out.join("index.html") } else { out.to_owned() })
}

/// `report.d` for `report.html`.
pub(super) fn folder_beside(file: &Path) -> PathBuf {
    let folder = file.with_extension("d");
    if folder == file { file.with_extension("d.d") } else { folder }
}

pub(super) fn last(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A relative address.
pub(super) fn address(parts: &[&str]) -> String {
    let parts: Vec<_> = parts.iter().map(|part| percent_encoded(part)).collect();
    parts.join("/")
}

pub(super) fn write_to(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    write_whole(path, write).map_err(|error| named(path, &error))
}

pub(super) fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_harmless() {
        assert_eq!(address(&["a b.d", "x~2.html"]), "a%20b.d/x~2.html");
        assert_eq!(folder_beside(Path::new("a/report.html")), Path::new("a/report.d"));
        assert_eq!(folder_beside(Path::new("a.d")), Path::new("a.d.d"));
    }
}
