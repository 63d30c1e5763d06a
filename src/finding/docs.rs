//! A rule's page: the `//!` comment of its file; and pages of codes that are no rule's.

/// The sections that every page has, in their order.
pub const SECTIONS: [&str; 6] = ["What", "Why it matters", "Example", "What to do", "Limits", "Source"];

/// A rule's page.
pub enum Docs {
    /// The source of a rule.
    Comment(&'static str),
    /// A text.
    Markdown(&'static str),
}

/// One section of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// One of [`SECTIONS`].
    pub title: String,
    /// Markdown.
    pub body: String,
}

impl Docs {
    /// The whole page in Markdown, without a heading.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Markdown(text) => text.trim_end().to_owned(),
            Self::Comment(source) => {
                let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
                let lines: Vec<_> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
                lines.join("\n")
            }
        }
    }

    /// The page's first paragraph, on one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let text = self.text();
        text.lines().take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The sections after the summary.
    #[must_use]
    pub fn sections(&self) -> Vec<Section> {
        let text = self.text();
        let sections = text.split("\n# ").skip(1).map(|section| {
            let (title, body) = section.split_once('\n').unwrap_or((section, ""));
            Section { title: title.to_owned(), body: body.trim().to_owned() }
        });
        sections.collect()
    }
}
