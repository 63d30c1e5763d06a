//! Finished numbers → pictures. One chart a file; [`theme`] is the only place with colours, sizes and fonts. Nothing is
//! computed here but positions on the page.

pub mod theme;

/// A finished picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The chart's name, as in `--only NAME` and in file names.
    pub name: &'static str,
    /// What the picture says, in one sentence.
    pub title: String,
    /// The same for who cannot see it: the figures that matter, in words.
    pub alt: String,
    /// An SVG document; its text is text, and it needs no font file.
    pub svg: String,
}
