//! The pages of the book: every Markdown file that people read, with its blocks.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};
use walkdir::{DirEntry, WalkDir};

use super::root;

/// A page.
pub struct Page {
    /// From the project's folder on, with `/`.
    pub name: String,
    pub text: String,
}

/// A block of code.
pub struct Block {
    /// What is written beside the fence; `None` of an indented block.
    pub language: Option<String>,
    /// Its lines, without the indentation of a list around them.
    pub text: String,
    /// Where its first line stands.
    pub line: usize,
}

impl Page {
    pub fn open(name: &str) -> Self {
        let text = fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name: name.to_owned(), text }
    }

    pub fn path(&self) -> PathBuf {
        root().join(&self.name)
    }

    /// What the page consists of, with where it stands.
    pub fn events(&self) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
        Parser::new_ext(&self.text, Options::ENABLE_TABLES | Options::ENABLE_GFM).into_offset_iter()
    }

    pub fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    /// The blocks of code.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        for (event, range) in self.events() {
            let Event::Start(Tag::CodeBlock(kind)) = event else { continue };
            let (line, text) = (self.line(range.start), &self.text[range.clone()]);
            let column = range.start - self.text[..range.start].rfind('\n').map_or(0, |end| end + 1);
            let indented = |line: &str| line.len() - line.trim_start_matches(' ').len();
            let lines = text.lines().map(|line| &line[indented(line).min(column)..]);
            blocks.push(match kind {
                CodeBlockKind::Indented => Block { language: None, text: joined(lines), line },
                CodeBlockKind::Fenced(language) => {
                    let lines = lines.skip(1).take_while(|line| !line.starts_with("```"));
                    Block { language: Some(language.to_string()), text: joined(lines), line: line + 1 }
                }
            });
        }
        blocks
    }
}

fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Every page but the list of changes. Folders that hold no pages are left out.
pub fn pages() -> Vec<Page> {
    let wanted = |entry: &DirEntry| {
        let name = entry.file_name().to_str().unwrap_or(".");
        entry.depth() == 0 || !(name.starts_with('.') || ["target", "src", "snapshots", "node_modules"].contains(&name))
    };
    let files = WalkDir::new(root()).sort_by_file_name().into_iter().filter_entry(wanted).map(Result::unwrap);
    let pages = files.filter(|file| file.path().extension().is_some_and(|ending| ending == "md"));
    let names = pages.map(|page| page.path().strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/"));
    names.filter(|name| name != "CHANGELOG.md").map(|name| Page::open(&name)).collect()
}

/// Whether pages are to be brought up to date instead of compared.
pub fn updating() -> bool {
    std::env::var_os("UPDATE_PAGES").is_some()
}
