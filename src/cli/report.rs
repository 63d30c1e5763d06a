//! `report`: pages to read in a browser.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::ParallelProgressIterator;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rayon::prelude::*;

use crate::analysis::growth::growth;
use crate::analysis::{self, Analysis};
use crate::evidence::file_name;
use crate::finding::{self, Limits};
use crate::gate::decision::Unread;
use crate::report::html::{self, Overview, Page};

use super::Exit;
use super::input::{Batch, Inputs, complain, progress};

/// Write a report as HTML, to read in a browser, to mail, or to attach to a bug.
///
/// One bisection makes one page: the verdict, why, pictures, tables, and the log with a link from each finding to its
/// line. Several make an overview, and a page each in a folder beside it: FILE without its ending, and `.d`. The pages need
/// no network and no scripts.
#[derive(Debug, Args)]
pub struct Report {
    #[command(flatten)]
    inputs: Inputs,
    /// The page to write; in a folder it is called index.html
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
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
        let Batch { bisections, skipped, unread, .. } = batch;
        let unread: Vec<_> =
            unread.iter().map(|Unread { source, error }| format!("{}: {error}", source.path)).collect();
        let settings = self.inputs.settings().map_err(io::Error::other)?;
        let (mut analyses, mut frames) = analysis::analyze(bisections, &settings).map_err(io::Error::other)?;
        finding::judge(&mut analyses, &mut frames, &Limits::default()).map_err(io::Error::other)?;
        // As many posteriors as tests: on the page of one bisection, not on those of an archive.
        if let [analysis] = &mut analyses[..] {
            analysis.growth = growth(analysis, &settings);
        }
        let file = if self.out.is_dir() { self.out.join("index.html") } else { self.out.clone() };
        match &analyses[..] {
            [] => Ok(()),
            [analysis] => {
                let page = Page { analysis, overview: None, unread: &unread };
                write_to(&file, |out| html::page(&page, out))
            }
            many => archive(&file, many, skipped, &unread),
        }
    }
}

/// Writes the overview, then a page for each bisection.
fn archive(file: &Path, analyses: &[Analysis], skipped: usize, unread: &[String]) -> io::Result<()> {
    let folder = folder_beside(file);
    let names = page_names(analyses);
    let pages: Vec<_> = names.iter().map(|name| address(&[&last(&folder), name])).collect();
    let overview = Overview { analyses, pages: &pages, skipped, unread };
    write_to(file, |out| html::overview(&overview, out))?;
    std::fs::create_dir_all(&folder).map_err(|error| named(&folder, &error))?;
    let back = address(&["..", &last(file)]);
    let bar = progress("writing", analyses.len() as u64);
    let written = analyses.par_iter().zip(&names).progress_with(bar.clone()).try_for_each(|(analysis, name)| {
        let page = Page { analysis, overview: Some(&back), unread: &[] };
        write_to(&folder.join(name), |out| html::page(&page, out))
    });
    bar.finish_and_clear();
    written
}

/// `report.d` for `report.html`.
fn folder_beside(file: &Path) -> PathBuf {
    let folder = file.with_extension("d");
    if folder == file { file.with_extension("d.d") } else { folder }
}

/// A file name for each page: that of the log, and a number where two would be the same.
fn page_names(analyses: &[Analysis]) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let names = analyses.iter().map(|analysis| {
        let name = slug(file_name(&analysis.bisection).unwrap_or(&analysis.bisection));
        // Some file systems take upper and lower case for the same.
        let times = seen.entry(name.to_lowercase()).or_insert(0);
        *times += 1;
        // No slug has a tilde.
        if *times == 1 { format!("{name}.html") } else { format!("{name}~{times}.html") }
    });
    names.collect()
}

/// Letters, digits and a few marks that every file system takes.
fn slug(name: &str) -> String {
    const LONGEST: usize = 80;
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let slug: String = name.trim_end_matches(".txt").chars().map(plain).take(LONGEST).collect();
    if slug.trim_matches(['.', '-']).is_empty() { "bisection".to_owned() } else { slug }
}

fn last(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A relative address.
fn address(parts: &[&str]) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~');
    let parts: Vec<_> = parts.iter().map(|part| utf8_percent_encode(part, KEPT).to_string()).collect();
    parts.join("/")
}

fn write_to(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let file = || {
        let mut out = BufWriter::new(File::create(path)?);
        write(&mut out)?;
        out.flush()
    };
    file().map_err(|error| named(path, &error))
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_harmless() {
        assert_eq!(slug("../a b?.txt"), "..-a-b-");
        assert_eq!(slug("ü"), "bisection");
        assert_eq!(slug(".."), "bisection");
        assert_eq!(address(&["a b.d", "x~2.html"]), "a%20b.d/x~2.html");
        assert_eq!(folder_beside(Path::new("a/report.html")), Path::new("a/report.d"));
        assert_eq!(folder_beside(Path::new("a.d")), Path::new("a.d.d"));
    }
}
