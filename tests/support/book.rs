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
pub struct Block<'a> {
    /// What is written beside the fence; `None` of an indented block.
    pub language: Option<String>,
    pub text: &'a str,
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

    /// The blocks of code. Those in lists and quotes are refused: their text is not one piece of the page.
    pub fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        for (event, range) in self.events() {
            let Event::Start(Tag::CodeBlock(kind)) = event else { continue };
            let line = self.line(range.start);
            let language = match kind {
                CodeBlockKind::Indented => None,
                CodeBlockKind::Fenced(language) => Some(language.to_string()),
            };
            let text = &self.text[range];
            let text = match (&language, text.split_once('\n')) {
                (Some(_), Some((_, text))) => text.rsplit_once("```").map_or(text, |(text, _)| text),
                _ => text,
            };
            blocks.push(Block { language, text, line });
        }
        blocks
    }
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
