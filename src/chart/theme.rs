//! One look: colours, sizes, number formats.
//!
//! The hues are those of Okabe & Ito 2008, *Color Universal Design*, made darker on white and lighter on black until each
//! stands out from its ground by 4.5 to 1 (WCAG 2.2, AA). Marks differ in shape too.

use std::fmt::Write as _;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// As the reader's settings say, light without any.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// What is drawn, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ink {
    /// The ground.
    Paper,
    /// Words and lines that matter.
    Strong,
    /// Words and lines that help.
    Faint,
    /// Lines to hold on to.
    Grid,
    /// Where the change is, with the wanted mass.
    Band,
    /// A crash of the reported bug, or a revision that has it.
    Reported,
    /// A crash of another bug.
    Other,
    /// A run without a crash, or a revision without the bug.
    Pass,
    /// A run that says nothing.
    Void,
}

impl Ink {
    const ALL: [Self; 9] = [
        Self::Paper,
        Self::Strong,
        Self::Faint,
        Self::Grid,
        Self::Band,
        Self::Reported,
        Self::Other,
        Self::Pass,
        Self::Void,
    ];

    /// Red, green and blue, on light and on dark.
    const fn pair(self) -> [u32; 2] {
        match self {
            Self::Paper => [0xFF_FF_FF, 0x18_18_1B],
            Self::Strong => [0x18_18_1C, 0xF4_F4_F5],
            Self::Faint => [0x52_52_5B, 0xB4_B4_BD],
            Self::Grid => [0xDD_DD_E2, 0x3F_3F_46],
            Self::Band => [0xFE_F0_C0, 0x47_3A_10],
            Self::Reported => [0xC2_3B_0C, 0xFF_85_4D],
            Self::Other => [0x00_5F_9E, 0x6C_B8_F0],
            Self::Pass => [0x00_6E_52, 0x3F_C9_A2],
            Self::Void => [0x6B_6B_75, 0x9A_9A_A5],
        }
    }
}

/// The colours of runs as custom properties of CSS, for pages around the pictures: `--reported`, `--other`, `--pass`,
/// `--void`.
#[must_use]
pub fn properties() -> String {
    let inks = [("reported", Ink::Reported), ("other", Ink::Other), ("pass", Ink::Pass), ("void", Ink::Void)];
    let list = |side: usize| inks.map(|(name, ink)| format!("--{name}:{};", hex(ink.pair()[side]))).concat();
    format!(":root{{{}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{}}}}}\n", list(0), list(1))
}

/// `#18181C`.
fn hex(rgb: u32) -> String {
    format!("#{rgb:06X}")
}

impl Theme {
    /// Red, green and blue of an ink. Where the reader decides, that of light, which [`Self::style`] replaces.
    pub(super) const fn rgb(self, ink: Ink) -> (u8, u8, u8) {
        let [light, dark] = ink.pair();
        let [_, red, green, blue] = match self {
            Self::Dark => dark,
            Self::Auto | Self::Light => light,
        }
        .to_be_bytes();
        (red, green, blue)
    }

    /// The style sheet of a picture: on dark screens each light colour becomes its dark one. Attribute selectors beat
    /// presentation attributes.
    pub(super) fn style(self) -> String {
        let mut style = String::new();
        if self == Self::Auto {
            style.push_str("<style>@media screen and (prefers-color-scheme:dark){");
            for ink in Ink::ALL {
                let [light, dark] = ink.pair().map(hex);
                for attribute in ["fill", "stroke"] {
                    let _ = write!(style, ".bisectstat [{attribute}=\"{light}\"]{{{attribute}:{dark}}}");
                }
            }
            style.push_str("}</style>\n");
        }
        style
    }
}

/// Width of every picture, in pixels at full size.
pub(super) const WIDTH: i32 = 960;
/// What stays empty around it.
pub(super) const MARGIN: i32 = 20;
/// The font of the words; the first two are equally wide, the last is narrower on most machines.
pub(super) const FONT: &str = "DejaVu Sans, Verdana, sans-serif";

/// Sizes of words, in pixels.
pub(super) mod size {
    /// The message.
    pub(crate) const TITLE: i32 = 18;
    /// What is drawn.
    pub(crate) const NORMAL: i32 = 12;
    /// Axes and asides.
    pub(crate) const SMALL: i32 = 11;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contrast of WCAG 2.2.
    fn contrast(a: (u8, u8, u8), b: (u8, u8, u8)) -> f64 {
        let linear = |c: u8| match f64::from(c) / 255.0 {
            c if c <= 0.04045 => c / 12.92,
            c => ((c + 0.055) / 1.055).powf(2.4),
        };
        let luminance = |(r, g, b)| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) + 0.05;
        let (a, b): (f64, f64) = (luminance(a), luminance(b));
        a.max(b) / a.min(b)
    }

    #[test]
    fn words_and_marks_stand_out_from_their_grounds() {
        for theme in [Theme::Light, Theme::Dark] {
            for ink in [Ink::Strong, Ink::Faint, Ink::Reported, Ink::Other, Ink::Pass, Ink::Void] {
                for ground in [Ink::Paper, Ink::Band] {
                    let contrast = contrast(theme.rgb(ink), theme.rgb(ground));
                    let enough = if ground == Ink::Band && ink == Ink::Void { 3.0 } else { 4.5 };
                    assert!(contrast >= enough, "{theme:?} {ink:?} on {ground:?}: {contrast}");
                }
            }
        }
    }

    #[test]
    fn no_two_inks_share_a_colour() {
        for theme in [Theme::Light, Theme::Dark] {
            let colours: std::collections::HashSet<_> = Ink::ALL.iter().map(|ink| theme.rgb(*ink)).collect();
            assert_eq!(colours.len(), Ink::ALL.len());
        }
    }
}
