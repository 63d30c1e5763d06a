//! Words in a picture: how wide they are, what fits, what XML can hold.

pub(super) use crate::analysis::words::{number, sentence};

/// Advance widths of `DejaVu Sans` from the space to the tilde, in thousandths of the size.
const ADVANCES: [i32; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863,
    748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635,
    615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636,
    337, 636, 838,
];
/// Of anything else: no letter that a log is likely to hold is wider.
const WIDEST: i32 = 1000;
/// Bold letters against plain ones, in hundredths.
const BOLD: i32 = 113;

/// Width of a text of this size, in pixels, rounded up.
pub(super) fn width(text: &str, size: i32, bold: bool) -> i32 {
    let advance = |c: char| {
        let place = u32::from(c).checked_sub(u32::from(' ')).and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| ADVANCES.get(place)).copied().unwrap_or(WIDEST)
    };
    // A log's line may be megabytes long; nothing that wide is drawn.
    let plain: i32 = text.chars().take(10_000).map(advance).sum();
    let weighed = if bold { plain / 100 * BOLD + BOLD } else { plain };
    weighed / 1000 * size + weighed % 1000 * size / 1000 + 1
}

/// What XML cannot hold becomes U+FFFD, and white space a space.
pub(super) fn clean(text: &str) -> String {
    let clean = |c: char| match c {
        '\t' | '\n' | '\r' => ' ',
        // Marks that turn the direction of what follows would turn the picture's own words.
        '\u{FFFE}' | '\u{FFFF}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' => {
            '\u{FFFD}'
        }
        c if c.is_control() => '\u{FFFD}',
        c => c,
    };
    text.chars().map(clean).collect()
}

/// The longest beginning that fits, with an ellipsis where something is left out.
pub(super) fn fit(text: &str, size: i32, bold: bool, room: i32) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept, size, bold) + width("…", size, bold) > room {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

/// Beginning and end of what does not fit: crash titles end with the function.
pub(super) fn fit_ends(text: &str, size: i32, room: i32) -> String {
    if width(text, size, true) <= room {
        return text.to_owned();
    }
    let ellipsis = width("…", size, true);
    let backwards: String = text.chars().rev().collect();
    let tail = fit(&backwards, size, true, room / 2);
    let tail: String = tail.trim_end_matches('…').chars().rev().collect();
    let head = fit(text, size, true, room - width(&tail, size, true) - ellipsis / 2);
    format!("{head}{tail}")
}

/// Lines of at most `room` pixels, broken at spaces; the last one is cut when there would be more than `most`.
pub(super) fn wrap(text: &str, size: i32, bold: bool, room: i32, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let full = lines.len() == most;
        let Some(line) = lines.last_mut() else { break };
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if full || line.is_empty() || width(&longer, size, bold) <= room {
            *line = longer;
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.iter().map(|line| fit(line, size, bold, room)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut() {
        assert_eq!(fit("a title", 12, false, 100), "a title");
        let cut = fit(&"w".repeat(200), 12, false, 100);
        assert!(cut.ends_with('…') && width(&cut, 12, false) <= 100, "{cut}");
        assert_eq!(fit("word", 12, false, 0), "…");
        let ends = fit_ends("KASAN: use-after-free Read in a_function_name", 12, 200);
        assert!(ends.starts_with("KASAN") && ends.ends_with("name") && width(&ends, 12, true) <= 206, "{ends}");
        assert!(width(&"\u{4e00}".repeat(100_000), 12, true) > 0);
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("one two three", 12, false, 60, 3), ["one two", "three"]);
        let lines = wrap(&"word ".repeat(100), 12, false, 200, 2);
        assert!(lines.len() == 2 && lines[1].ends_with('…') && lines.iter().all(|l| width(l, 12, false) <= 200));
        assert_eq!(wrap("", 12, false, 60, 3), [""]);
    }

    #[test]
    fn nothing_that_xml_forbids_is_left() {
        assert_eq!(clean("a\u{0}b\nc\u{1b}[1m\u{FFFF}\u{202E}"), "a\u{FFFD}b c\u{FFFD}[1m\u{FFFD}\u{FFFD}");
        assert_eq!(sentence(&number(1)), "One");
        assert_eq!(number(40), "40");
    }
}
