//! What a picture consists of, before it is drawn. Positions are pixels from the upper left.

use super::Picture;
use super::svg;
use super::theme::{Ink, MARGIN, Theme, WIDTH, size};
use super::words;

/// A place.
pub(super) type At = (i32, i32);

/// Which end of a text is at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// From its upper left to its lower right.
    Rect(At, At),
    /// A line, so many pixels wide.
    Line(Vec<At>, u32),
    Disc(At, u32),
    Ring(At, u32),
    Polygon(Vec<At>),
    Text(Text),
}

/// Words, vertically centred on their place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    pub(super) at: At,
    pub(super) words: String,
    pub(super) size: i32,
    pub(super) bold: bool,
    pub(super) anchor: Anchor,
    /// Read from below.
    pub(super) upright: bool,
}

/// A shape, its ink, and what shows when the reader points at it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) shape: Shape,
    pub(super) ink: Ink,
    pub(super) tip: Option<String>,
}

/// Words to be written.
pub(super) struct Label<'a> {
    words: &'a str,
    size: i32,
    bold: bool,
    anchor: Anchor,
    upright: bool,
    room: i32,
    ink: Ink,
    tip: Option<String>,
}

/// Words in the usual size.
pub(super) const fn label(words: &str) -> Label<'_> {
    Label {
        words,
        size: size::NORMAL,
        bold: false,
        anchor: Anchor::Start,
        upright: false,
        room: WIDTH,
        ink: Ink::Strong,
        tip: None,
    }
}

impl Label<'_> {
    pub(super) fn small(self) -> Self {
        Self { size: size::SMALL, ..self }
    }

    pub(super) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(super) fn bold_if(self, bold: bool) -> Self {
        Self { bold, ..self }
    }

    pub(super) fn end(self) -> Self {
        Self { anchor: Anchor::End, ..self }
    }

    pub(super) fn middle(self) -> Self {
        Self { anchor: Anchor::Middle, ..self }
    }

    pub(super) fn upright(self) -> Self {
        Self { upright: true, ..self }
    }

    pub(super) fn ink(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }

    pub(super) fn faint(self) -> Self {
        self.ink(Ink::Faint)
    }

    /// At most so many pixels; what is cut shows when the reader points at it.
    pub(super) fn room(self, room: i32) -> Self {
        Self { room, ..self }
    }

    pub(super) fn tip(self, tip: String) -> Self {
        Self { tip: Some(tip), ..self }
    }
}

/// A picture in the making.
pub(super) struct Sheet {
    items: Vec<Item>,
    title: String,
    /// Down to where it is full.
    bottom: i32,
}

impl Sheet {
    /// With its message, and what is drawn below it in smaller words.
    pub(super) fn new(title: &str, subtitle: &str) -> Self {
        let mut sheet = Self { items: Vec::new(), title: words::clean(title), bottom: MARGIN };
        sheet.paragraph(title, size::TITLE, true, Ink::Strong);
        sheet.paragraph(subtitle, size::NORMAL, false, Ink::Faint);
        sheet.bottom += 8;
        sheet
    }

    fn paragraph(&mut self, text: &str, size: i32, bold: bool, ink: Ink) {
        let clean = words::clean(text);
        for line in words::wrap(&clean, size, bold, WIDTH - 2 * MARGIN, 3) {
            let line = Label { size, bold, ink, ..label(&line) };
            self.write((MARGIN, self.bottom + size / 2), line);
            self.bottom += size + 6;
        }
        self.bottom += 2;
    }

    /// Where the next thing can stand.
    pub(super) const fn bottom(&self) -> i32 {
        self.bottom
    }

    /// Keeps the place down to here.
    pub(super) fn reach(&mut self, y: i32) {
        self.bottom = self.bottom.max(y);
    }

    pub(super) fn draw(&mut self, ink: Ink, shape: Shape) {
        self.items.push(Item { shape, ink, tip: None });
    }

    /// With words that show when the reader points at it.
    pub(super) fn draw_with(&mut self, ink: Ink, shape: Shape, tip: &str) {
        self.items.push(Item { shape, ink, tip: Some(words::clean(tip)) });
    }

    pub(super) fn line(&mut self, ink: Ink, width: u32, from: At, to: At) {
        self.draw(ink, Shape::Line(vec![from, to], width));
    }

    /// Writes what fits; gives the width.
    pub(super) fn write(&mut self, at: At, label: Label<'_>) -> i32 {
        let Label { words, size, bold, anchor, upright, room, ink, tip } = label;
        let whole = words::clean(words);
        let words = words::fit(&whole, size, bold, room.max(0));
        let tip = tip.map(|tip| words::clean(&tip)).or_else(|| (words != whole).then_some(whole));
        let width = words::width(&words, size, bold);
        if !words.is_empty() {
            // The middle of the letters is a little above that of the font.
            let at = if upright { (at.0 + 1, at.1) } else { (at.0, at.1 + 1) };
            self.items.push(Item { shape: Shape::Text(Text { at, words, size, bold, anchor, upright }), ink, tip });
        }
        width
    }

    /// The picture. `alt` says the same in words.
    pub(super) fn finish(self, name: &'static str, alt: &str, theme: Theme) -> Picture {
        let height = self.bottom + MARGIN;
        let alt = words::clean(alt);
        let svg = svg::document(&self.items, height, theme, &self.title, &alt);
        Picture { name, title: self.title, alt, svg }
    }
}
