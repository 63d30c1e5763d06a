//! `chart`: the pictures of bisections, as files.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::analysis::growth::growth;
use crate::analysis::summary::Summary;
use crate::analysis::{self, Settings};
use crate::chart::{self, Picture, Theme};
use crate::evidence::Bisection;
use crate::files::write_whole;
use crate::finding::{self, Limits};

use super::Exit;
use super::input::Inputs;
use super::say::complain;
use super::tidy;

/// Draw bisections: every run, crash probabilities, where the change is, how sure each verdict is.
///
/// Pictures of one log go into DIR. With several logs, each gets a folder of its own there, beside the pictures of all
/// of them. `index.md` shows the pictures and says the same in words.
#[derive(Debug, Args)]
pub struct Chart {
    /// The folder for the pictures
    #[arg(short = 'o', value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    look: Look,
    /// Draw only these charts: answer-by-rate, timeline, crash-probability, posterior, verdicts, titles; of several logs also
    /// reproduction, trust, endings, rules
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    only: Vec<String>,
    #[command(flatten)]
    inputs: Inputs,
}

/// How pictures look.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct Look {
    /// The format of the pictures
    #[arg(short, long, value_enum, default_value_t = Format::Svg, value_name = "FORMAT")]
    format: Format,
    /// Light or dark; `auto` follows the reader's settings
    #[arg(long, value_enum, default_value_t = Tone::Auto, value_name = "THEME")]
    theme: Tone,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Scales; text stays text
    #[default]
    Svg,
    /// Pixels, at twice the size
    #[cfg(feature = "png")]
    Png,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Tone {
    /// As the reader's settings say
    #[default]
    Auto,
    /// Dark on light
    Light,
    /// Light on dark
    Dark,
}

impl Look {
    pub(super) const fn theme(self) -> Theme {
        match self.theme {
            Tone::Auto => Theme::Auto,
            Tone::Light => Theme::Light,
            Tone::Dark => Theme::Dark,
        }
    }

    const fn extension(self) -> &'static str {
        match self.format {
            Format::Svg => "svg",
            #[cfg(feature = "png")]
            Format::Png => "png",
        }
    }

    fn bytes(self, picture: &Picture) -> io::Result<Vec<u8>> {
        match self.format {
            Format::Svg => Ok(picture.svg.clone().into_bytes()),
            #[cfg(feature = "png")]
            Format::Png => chart::png(picture).map_err(io::Error::other),
        }
    }

    /// Writes pictures into a folder; gives the index's words for them.
    pub(super) fn write(self, pictures: &[Picture], dir: &Path) -> Result<String, String> {
        let named = |path: &Path, error: io::Error| format!("{}: {error}", path.display());
        fs::create_dir_all(dir).map_err(|error| named(dir, error))?;
        let mut index = String::new();
        for picture in pictures {
            let file = format!("{}.{}", picture.name, self.extension());
            let path = dir.join(&file);
            let written = self.bytes(picture).and_then(|bytes| write_whole(&path, |out| out.write_all(&bytes)));
            written.map_err(|error| named(&path, error))?;
            let (title, alt) = (markdown(&picture.title), markdown(&picture.alt));
            let _ = writeln!(index, "## {title}\n\n![{alt}]({file})\n\n{alt}\n");
        }
        Ok(index)
    }

    /// Writes the pictures of one bisection into a folder, with an index.
    pub(super) fn folder(self, heading: &str, pictures: &[Picture], dir: &Path) -> Result<(), String> {
        let index = self.write(pictures, dir)?;
        let nothing = if pictures.is_empty() { "Nothing was drawn: no run says anything.\n" } else { "" };
        write_index(dir, &format!("# {}\n\n{nothing}{index}", markdown(heading)))
    }
}

/// What the index needs of one bisection.
struct Drawn {
    folder: String,
    title: String,
    summary: Summary,
}

impl Chart {
    pub(super) fn run(&self) -> Exit {
        let wrong = self.unknown();
        for error in &wrong {
            complain(error);
        }
        if wrong.len() == self.only.len() && !wrong.is_empty() {
            return Exit::Failed;
        }
        let drawn = self.inputs.settings().and_then(|settings| self.draw(&settings));
        match drawn {
            Ok(failed) if failed + wrong.len() == 0 => Exit::Success,
            Ok(_) => Exit::Failed,
            Err(error) => {
                complain(&error);
                Exit::Failed
            }
        }
    }

    /// One complaint for each name that is no chart's.
    fn unknown(&self) -> Vec<String> {
        let known = |name: &&String| !chart::CHARTS.iter().any(|(chart, _)| chart == name);
        let complaint = |name: &String| {
            let names: Vec<_> = chart::CHARTS.iter().map(|(name, _)| *name).collect();
            let all = || format!("no chart {name:?}, expected one of {}", names.join(", "));
            chart::nearest(name).map_or_else(all, |near| format!("no chart {name:?}, did you mean {near:?}?"))
        };
        self.only.iter().filter(known).map(complaint).collect()
    }

    /// Draws everything; gives how much could not be read or written. Of several, a folder that cannot be written stops no
    /// other.
    fn draw(&self, settings: &Settings) -> Result<usize, String> {
        fs::create_dir_all(&self.out).map_err(|error| format!("{}: {error}", self.out.display()))?;
        let before = tidy::pictures(&self.out);
        let streamed = self.inputs.each("drawing", |folder, bisection| self.one(settings, folder, bisection))?;
        let (mut drawn, mut failed) = (Vec::new(), streamed.failed);
        for result in streamed.results {
            match result {
                Ok(one) => drawn.push(one),
                Err(error) => {
                    complain(&error);
                    failed += 1;
                }
            }
        }
        if streamed.several {
            self.archive(&drawn, settings)?;
        }
        if failed == 0 {
            tidy::remove_old(&before, &tidy::pictures(&self.out)).map_err(|error| error.to_string())?;
        }
        Ok(failed)
    }

    fn one(&self, settings: &Settings, folder: &str, bisection: Bisection) -> Result<Drawn, String> {
        let mut analyses = analysis::analyze(vec![bisection], settings);
        finding::judge(&mut analyses, &Limits::default());
        for analysis in &mut analyses {
            analysis.growth = growth(analysis, settings);
        }
        let pictures = analyses.first().map(|analysis| chart::of_bisection(analysis, self.look.theme()));
        let pictures = self.wanted(pictures.unwrap_or_default());
        let heading = analyses.first().map(|analysis| analysis.bisection.as_str()).unwrap_or_default();
        self.look.folder(heading, &pictures, &self.out.join(folder))?;
        let title = pictures.first().map_or_else(|| "nothing to draw".to_owned(), |picture| picture.title.clone());
        Ok(Drawn { folder: folder.to_owned(), title, summary: Summary::of(&analyses) })
    }

    fn wanted(&self, mut pictures: Vec<Picture>) -> Vec<Picture> {
        if !self.only.is_empty() {
            pictures.retain(|picture| self.only.iter().any(|name| name == picture.name));
        }
        pictures
    }

    fn archive(&self, drawn: &[Drawn], settings: &Settings) -> Result<(), String> {
        let summary = Summary::sum(drawn.iter().map(|drawn| &drawn.summary)).expecting(&settings.rates);
        let pictures = self.wanted(chart::of_summary(&summary, self.look.theme()));
        let mut index = format!("# {} bisections\n\n{}", drawn.len(), self.look.write(&pictures, &self.out)?);
        index.push_str("| bisection | |\n|---|---|\n");
        for Drawn { folder, title, .. } in drawn {
            let _ = writeln!(index, "| [{folder}]({folder}/index.md) | {} |", markdown(title));
        }
        write_index(&self.out, &index)
    }
}

pub(super) fn write_index(dir: &Path, text: &str) -> Result<(), String> {
    let path = dir.join("index.md");
    let written = write_whole(&path, |out| writeln!(out, "{}", text.trim_end()));
    written.map_err(|error| format!("{}: {error}", path.display()))
}

/// Text that Markdown takes as it stands.
fn markdown(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            plain.push(' ');
            continue;
        }
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '!' | '#' | '&' | '~') {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}
