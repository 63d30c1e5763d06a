//! Stated against true: reliability diagrams, and the coverage of credible sets.

use crate::analysis::finding::Severity;
use crate::analysis::words::{chance, count};
use crate::calibrate::scores::Bin;
use crate::calibrate::{Calibration, Fired, Form, Judged, Rules, Scores, Split, Stated};
use crate::prob::Prob;

use super::Picture;
use super::bars::{Row, rows};
use super::marks::interval;
use super::scale::{Unit, int, pixel};
use super::sheet::{At, Shape, Sheet, label};
use super::theme::{Ink, MARGIN, Theme};

pub(super) const RELIABILITY: &str = "reliability";
pub(super) const COVERAGE: &str = "coverage";
pub(super) const LIFT: &str = "lift";

/// The side of a panel, and what it takes with its words.
const SIDE: i32 = 340;
const PANEL: (i32, i32) = (460, SIDE + 96);

/// A panel a probability; none when nothing was judged.
pub(super) fn reliability(calibration: &Calibration, theme: Theme) -> Option<Picture> {
    let scored = calibration.probabilities.iter().filter_map(|judged| Some((judged, judged.scores.as_ref()?)));
    let scored: Vec<_> = scored.collect();
    // Whether it is to blame, only people can tell.
    let main = if calibration.truth.form == Form::Labels { Stated::PRight } else { Stated::PNamed };
    let (first, scores) = scored.iter().find(|(judged, _)| judged.name == main).or(scored.first())?;
    let subtitle = "Share of named commits that are right against what was stated of them, with the 95 % interval of the \
                    share. On the diagonal, what is stated is true. Figures: bisections in the bin.";
    let mut sheet = Sheet::new(&message(first, scores), subtitle);
    let top = sheet.bottom();
    for (i, (judged, scores)) in scored.iter().enumerate() {
        let corner = (MARGIN + int(i % 2) * PANEL.0, top + int(i / 2) * PANEL.1);
        panel(&mut sheet, judged, scores, corner);
    }
    let words: Vec<_> = scored.iter().map(|(judged, scores)| in_words(judged, scores)).collect();
    Some(sheet.finish(RELIABILITY, &words.join(" "), theme))
}

fn message(judged: &Judged, scores: &Scores) -> String {
    let (stated, right) = (chance(scores.mean), scores.right);
    format!("{} states {stated} on average; {} of {} are right", judged.name.name(), right.count, right.of)
}

fn panel(sheet: &mut Sheet, judged: &Judged, scores: &Scores, (x, y): At) {
    let heading =
        format!("{}: {}, ECE {:.3}", judged.name.name(), count(judged.cases as u64, "case"), scores.ece.value);
    sheet.write((x, y + 10), label(&heading).bold().room(PANEL.0 - 20));
    let (left, top) = (x + 44, y + 32);
    let place = |stated: Prob, right: Prob| (left + side(stated), top + SIDE - side(right));
    for (quarter, figure) in (0..).zip(["0", "0.25", "0.5", "0.75", "1"]) {
        let step = quarter * SIDE / 4;
        sheet.line(Ink::Grid, 1, (left, top + SIDE - step), (left + SIDE, top + SIDE - step));
        sheet.write((left - 6, top + SIDE - step), label(figure).small().faint().end());
        sheet.write((left + step, top + SIDE + 12), label(figure).small().faint().middle());
    }
    sheet.line(Ink::Faint, 1, place(Prob::ZERO, Prob::ZERO), place(Prob::ONE, Prob::ONE));
    sheet.write((x + 6, top + SIDE / 2), label("share that is right").small().faint().upright().middle());
    sheet.write((left + SIDE / 2, top + SIDE + 30), label("stated").small().faint().middle());
    for bin in &scores.reliability {
        point(sheet, bin, place);
    }
    sheet.reach(y + PANEL.1 - 16);
}

fn side(p: Prob) -> i32 {
    pixel(p.value() * f64::from(SIDE))
}

/// A bin: its mean, its share with the interval, its count beside it.
fn point(sheet: &mut Sheet, bin: &Bin, place: impl Fn(Prob, Prob) -> At) {
    let (Some(mean), Some(right)) = (bin.mean, &bin.right) else { return };
    let (low, high, at) = (place(mean, right.low), place(mean, right.high), place(mean, right.share));
    sheet.line(Ink::Strong, 2, low, high);
    let tip = format!("{} of {} right, {} stated", right.count, right.of, chance(mean));
    sheet.draw_with(Ink::Strong, Shape::Disc(at, 4), &tip);
    let words = bin.count.to_string();
    let y = if right.share.value() > 0.1 { at.1 + 9 } else { at.1 - 9 };
    let figure = label(&words).small();
    if mean.value() > 0.9 {
        sheet.write((at.0 - 7, y), figure.end());
    } else {
        sheet.write((at.0 + 7, y), figure);
    }
}

fn in_words(judged: &Judged, scores: &Scores) -> String {
    let bins = scores.reliability.iter().filter_map(|bin| Some((bin.mean?, bin.right.as_ref()?)));
    let bins: Vec<_> =
        bins.map(|(mean, right)| format!("{} stated, {} right", chance(mean), chance(right.share))).collect();
    format!("{}. By bin: {}.", message(judged, scores), bins.join("; "))
}

/// On which named commits rules fire; none where nothing is known to be right or wrong, or nothing fired.
pub(super) fn lift(calibration: &Calibration, theme: Theme) -> Option<Picture> {
    let rules = &calibration.rules;
    let lift = |fired: &Fired| fired.split.lift.map(|lift| format!("{lift:.2}")).unwrap_or_default();
    let title = format!(
        "{} of {} wrong commits have an error among their findings, {} of {} right ones",
        worst_errors(rules, |split| split.wrong),
        rules.wrong,
        worst_errors(rules, |split| split.right),
        rules.right
    );
    if rules.fired.is_empty() {
        return None;
    }
    let subtitle =
        "Named commits on which a rule fires. Behind its severity the lift: how much likelier such a commit is wrong.";
    let mut sheet = Sheet::new(&title, subtitle);
    let (mut x, y) = (MARGIN, sheet.bottom() + 4);
    for (ink, words) in [(Ink::Reported, "wrong"), (Ink::Pass, "right")] {
        sheet.draw(ink, Shape::Rect((x, y - 7), (x + 14, y + 7)));
        x += 20;
        x += sheet.write((x, y), label(words).small()) + 18;
    }
    sheet.reach(y + 8);
    let row = |fired: &Fired| Row {
        name: format!("{} {}, {} {}", fired.rule.code, fired.rule.name, fired.severity.name(), lift(fired)),
        parts: vec![(Ink::Reported, 7, fired.split.wrong as u64), (Ink::Pass, 7, fired.split.right as u64)],
    };
    rows(&mut sheet, rules.fired.iter().map(row).collect());
    let words = |fired: &Fired| {
        let Split { right, wrong, .. } = fired.split;
        format!("{} {}: {right} right, {wrong} wrong, lift {}", fired.rule.name, fired.severity.name(), lift(fired))
    };
    let words: Vec<_> = rules.fired.iter().map(words).collect();
    Some(sheet.finish(LIFT, &format!("{title}. {}.", words.join("; ")), theme))
}

fn worst_errors(rules: &Rules, side: fn(&Split) -> usize) -> usize {
    rules.worst.iter().filter(|worst| worst.severity == Some(Severity::Error)).map(|worst| side(&worst.split)).sum()
}

/// What the credible sets claim and hold; none without sets that could.
pub(super) fn coverage(calibration: &Calibration, theme: Theme) -> Option<Picture> {
    const AXIS: Unit = Unit { zero: 180, one: 760 };
    let coverage = calibration.credible_sets.as_ref()?;
    let (covered, level, mass) = (coverage.covered.as_ref()?, coverage.level?, coverage.mean_mass?);
    let share = chance(covered.share);
    let sets = count(covered.of as u64, "credible set");
    let title = format!("{} of {sets} hold the true change; they claim {}", covered.count, chance(mass));
    let mut sheet =
        Sheet::new(&title, "Credible sets against the true change; whole gaps hold more than was asked for.");
    let top = sheet.bottom() + 40;
    AXIS.axis(&mut sheet, top, top + 96, "share of the sets, or mass");
    for (i, (name, p)) in [("asked for", level), ("claimed", mass)].into_iter().enumerate() {
        let y = top + 16 + int(i) * 32;
        sheet.write((AXIS.zero - 12, y), label(name).end());
        sheet.draw(Ink::Strong, Shape::Disc((AXIS.at(p), y), 5));
        sheet.write((AXIS.one + 16, y), label(&chance(p)));
    }
    let y = top + 80;
    sheet.write((AXIS.zero - 12, y), label("held, 95 % interval").end().room(AXIS.zero - 12 - MARGIN));
    let places = [covered.low, covered.share, covered.high].map(|p| AXIS.at(p));
    interval(&mut sheet, Ink::Pass, places, y, &format!("{} of {}", covered.count, covered.of));
    sheet.write((AXIS.one + 16, y), label(&format!("{share}: {} of {}", covered.count, covered.of)));
    sheet.reach(top + 96);
    let alt =
        format!("{title}. Asked for {}; {} to {} with 95 %.", chance(level), chance(covered.low), chance(covered.high));
    Some(sheet.finish(COVERAGE, &alt, theme))
}
