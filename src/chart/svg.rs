//! A sheet → an SVG document. plotters draws each item as one element; here they get what it cannot write: the tips, the
//! style of dark screens, and the words for who cannot see.

use std::convert::Infallible;

use plotters_backend::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, FontFamily, FontStyle, FontTransform,
};
use plotters_svg::SVGBackend;

use super::sheet::{Anchor, Item, Shape, Text};
use super::theme::{FONT, Ink, Theme, WIDTH};

/// What plotters multiplies sizes of fonts with.
const FONT_SCALE: f64 = 1.24;

/// The document.
pub(super) fn document(items: &[Item], height: i32, theme: Theme, title: &str, alt: &str) -> String {
    let ground = Item { shape: Shape::Rect((0, 0), (WIDTH, height)), ink: Ink::Paper, tip: None };
    let mut raw = String::new();
    {
        let mut backend = SVGBackend::with_string(&mut raw, (WIDTH.unsigned_abs(), height.unsigned_abs()));
        for item in std::iter::once(&ground).chain(items) {
            draw(&mut backend, item, theme);
        }
    }
    let tips = std::iter::once(&ground).chain(items).map(|item| item.tip.as_deref());
    finished(&raw, tips, &head(height, theme, title, alt))
}

fn head(height: i32, theme: Theme, title: &str, alt: &str) -> String {
    format!(
        "<svg class=\"bisectstat\" role=\"img\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         aria-label=\"{}\" xmlns=\"http://www.w3.org/2000/svg\">\n<desc>{}</desc>\n{}",
        escaped(title),
        escaped(alt),
        theme.style(),
    )
}

/// One element an item, in their order, with the tips inside.
fn finished<'a>(raw: &str, tips: impl Iterator<Item = Option<&'a str>>, head: &str) -> String {
    let mut svg = String::with_capacity(raw.len() + head.len());
    svg.push_str(head);
    let mut lines = raw.lines().skip(1);
    for tip in tips {
        let Some(tag) = lines.next() else { break };
        let tag = tag.replace(" opacity=\"1\"", "");
        let tip = tip.map(|tip| format!("<title>{}</title>", escaped(tip))).unwrap_or_default();
        let name = tag.trim_start_matches('<').split(' ').next().unwrap_or_default();
        match tag.strip_suffix("/>") {
            Some(_) if tip.is_empty() => svg.push_str(&tag),
            Some(open) => svg.extend([open, ">", &tip, "</", name, ">"]),
            // The words are on the next line, the end on the one after it.
            None => {
                svg.extend([&tag, lines.next().unwrap_or_default(), &tip, lines.next().unwrap_or_default()]);
            }
        }
        svg.push('\n');
    }
    svg.push_str("</svg>\n");
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn draw(backend: &mut SVGBackend<'_>, item: &Item, theme: Theme) {
    let colour = BackendColor { alpha: 1.0, rgb: theme.rgb(item.ink) };
    let pen = |width| Pen { colour, width };
    // A string takes everything.
    let _ = match &item.shape {
        Shape::Rect(from, to) => backend.draw_rect(*from, *to, &colour, true),
        Shape::Line(points, width) => backend.draw_path(points.iter().copied(), &pen(*width)),
        Shape::Disc(at, radius) => backend.draw_circle(*at, *radius, &colour, true),
        Shape::Ring(at, radius) => backend.draw_circle(*at, *radius, &pen(2), false),
        Shape::Polygon(points) => backend.fill_polygon(points.iter().copied(), &colour),
        Shape::Text(text) => backend.draw_text(&text.words, &Words { text, colour }, text.at),
    };
}

/// How a line looks.
struct Pen {
    colour: BackendColor,
    width: u32,
}

impl BackendStyle for Pen {
    fn color(&self) -> BackendColor {
        self.colour
    }

    fn stroke_width(&self) -> u32 {
        self.width
    }
}

/// How a text looks. Who shows the picture has the font: nothing is measured here.
struct Words<'t> {
    text: &'t Text,
    colour: BackendColor,
}

impl BackendTextStyle for Words<'_> {
    type FontError = Infallible;

    fn color(&self) -> BackendColor {
        self.colour
    }

    fn size(&self) -> f64 {
        f64::from(self.text.size) * FONT_SCALE
    }

    fn transform(&self) -> FontTransform {
        if self.text.upright { FontTransform::Rotate270 } else { FontTransform::None }
    }

    fn style(&self) -> FontStyle {
        if self.text.bold { FontStyle::Bold } else { FontStyle::Normal }
    }

    fn anchor(&self) -> Pos {
        let side = match self.text.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        Pos::new(side, VPos::Center)
    }

    fn family(&self) -> FontFamily<'_> {
        FontFamily::Name(FONT)
    }

    fn layout_box(&self, _text: &str) -> Result<(BackendCoord, BackendCoord), Infallible> {
        Ok(((0, 0), (0, 0)))
    }

    fn draw<E, F: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        _text: &str,
        _at: BackendCoord,
        _draw: F,
    ) -> Result<Result<(), E>, Infallible> {
        Ok(Ok(()))
    }
}
