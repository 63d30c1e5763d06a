//! Where the change is: the posterior over the commits, gap by gap.
//!
//! Each gap is as wide as the logarithm of its commits, so that one commit can be seen beside a release's thousands.

use crate::analysis::words::{Manner, chance, count, short_range};
use crate::analysis::{Analysis, GapAnalysis};
use crate::prob::Prob;

use super::rows::likeliest;
use super::scale::{int, pixel};
use super::sheet::{Shape, Sheet, label};
use super::theme::{Ink, MARGIN, Theme, WIDTH, size};
use super::words::width;
use super::{Picture, message};

pub(super) const NAME: &str = "posterior";

const LEFT: i32 = 64;
const RIGHT: i32 = WIDTH - MARGIN - 10;
const HEIGHT: i32 = 240;
/// For a revision below the axis.
const NAME_ROOM: i32 = 160;

/// A gap on the page.
struct Span<'a> {
    gap: &'a GapAnalysis,
    from: i32,
    to: i32,
}

/// The picture; none without a posterior.
pub(super) fn draw(analysis: &Analysis, theme: Theme) -> Option<Picture> {
    if !analysis.gaps.iter().any(|gap| gap.posterior.or(gap.posterior_any).is_some()) {
        return None;
    }
    let mut sheet = Sheet::new(&title(analysis), SUBTITLE);
    let y = sheet.bottom() + 8;
    keys(&mut sheet, Manner::of(analysis), y);
    let (top, spans) = (y + 44, spans(&analysis.gaps));
    ground(&mut sheet, &spans, top);
    for span in &spans {
        bars(&mut sheet, Manner::of(analysis), span, top);
    }
    label_peaks(&mut sheet, &spans, top);
    boundaries(&mut sheet, analysis, &spans, top + HEIGHT);
    Some(sheet.finish(NAME, &alt(analysis), theme))
}

const SUBTITLE: &str = "Posterior of the change over the commits between tested revisions, old to new. Each gap is as wide \
                        as the logarithm of its number of commits.";

fn title(analysis: &Analysis) -> String {
    message::place(analysis).unwrap_or_else(|| "Where the change is".to_owned())
}

fn keys(sheet: &mut Sheet, manner: Manner, y: i32) {
    let mut x = MARGIN;
    sheet.draw(Ink::Reported, Shape::Rect((x, y - 5), (x + 14, y + 5)));
    x += 20;
    x += sheet
        .write((x, y), label(manner.choose("the reported bug's change", "the reported failure's change")).small())
        + 18;
    sheet.line(Ink::Strong, 3, (x, y), (x + 14, y));
    x += 20;
    x += sheet.write(
        (x, y),
        label(manner.choose("the same if every crash counts", "the same if every failure counts")).small(),
    ) + 18;
    sheet.draw(Ink::Band, Shape::Rect((x, y - 6), (x + 16, y + 6)));
    sheet.write((x + 22, y), label("credible set").small());
}

/// Widths by the logarithm of the commits; what has no end is as wide as the widest.
fn spans(gaps: &[GapAnalysis]) -> Vec<Span<'_>> {
    #[expect(clippy::cast_precision_loss, reason = "numbers of commits stay far below 2^53")]
    let known = |gap: &GapAnalysis| gap.commits.map(|n| (n as f64 + 1.0).log2().max(1.0));
    let widest = gaps.iter().filter_map(known).fold(1.0, f64::max);
    let weights: Vec<f64> = gaps.iter().map(|gap| known(gap).unwrap_or(widest)).collect();
    let total: f64 = weights.iter().sum();
    let place = |sum: f64| LEFT + pixel(sum / total * f64::from(RIGHT - LEFT));
    let mut sum = 0.0;
    let span = |(gap, weight): (_, &f64)| {
        let from = place(sum);
        sum += weight;
        Span { gap, from, to: place(sum) }
    };
    gaps.iter().zip(&weights).map(span).collect()
}

/// The band of the credible set, the axis, and a line at each tested revision.
fn ground(sheet: &mut Sheet, spans: &[Span<'_>], top: i32) {
    for span in spans.iter().filter(|span| span.gap.credible) {
        sheet.draw(Ink::Band, Shape::Rect((span.from, top), (span.to.max(span.from + 2), top + HEIGHT)));
    }
    for (quarter, figure) in ["0", "0.25", "0.5", "0.75", "1"].into_iter().enumerate() {
        let y = top + HEIGHT - int(quarter) * HEIGHT / 4;
        sheet.line(Ink::Grid, 1, (LEFT, y), (RIGHT, y));
        sheet.write((LEFT - 6, y), label(figure).small().faint().end());
    }
    sheet.write((MARGIN + 4, top + HEIGHT / 2), label("posterior mass of the gap").small().faint().upright().middle());
}

fn up(p: Prob) -> i32 {
    pixel(p.value() * f64::from(HEIGHT))
}

fn bars(sheet: &mut Sheet, manner: Manner, span: &Span<'_>, top: i32) {
    let foot = top + HEIGHT;
    let inset = i32::from(span.to - span.from > 6);
    if let Some(p) = span.gap.posterior {
        let corner = (span.from + inset, foot - up(p));
        let rect = Shape::Rect(corner, ((span.to - inset).max(span.from + 1), foot));
        sheet.draw_with(Ink::Reported, rect, &words(manner, span.gap));
    }
    if let Some(p) = span.gap.posterior_any.filter(|p| up(*p) > 0) {
        let y = foot - up(p);
        let widen = (8 - (span.to - span.from)).max(0) / 2;
        sheet.line(Ink::Strong, 3, (span.from - widen, y), (span.to + widen, y));
    }
}

fn words(manner: Manner, gap: &GapAnalysis) -> String {
    let size = gap.size();
    let p = gap.posterior.map(chance).unwrap_or_default();
    let any =
        gap.posterior_any.map(|p| format!(" ({} if every {} counts)", chance(p), manner.noun())).unwrap_or_default();
    format!("{p}{any} in {}: {size}", short_range(gap.after, gap.upto))
}

/// Figures above the gaps that hold most, the largest first, as far as they have room.
fn label_peaks(sheet: &mut Sheet, spans: &[Span<'_>], top: i32) {
    const SHOWN: f64 = 0.03;
    let mass = |span: &Span<'_>| span.gap.posterior.or(span.gap.posterior_any).map_or(0.0, Prob::value);
    let mut peaks: Vec<_> = spans.iter().filter(|span| mass(span) >= SHOWN).collect();
    peaks.sort_by(|a, b| mass(b).total_cmp(&mass(a)));
    let mut taken: Vec<(i32, i32, i32)> = Vec::new();
    for span in peaks {
        let p = chance(Prob::saturating(mass(span)));
        let size = span.gap.size();
        let text = format!("{p}: {size}");
        let half = width(&text, size::NORMAL, true) / 2;
        let x = i32::midpoint(span.from, span.to).clamp(LEFT + half, RIGHT - half);
        let highest = [span.gap.posterior, span.gap.posterior_any].map(|p| p.map_or(0, up));
        let y = top + HEIGHT - highest[0].max(highest[1]) - 11;
        let beside =
            |(from, to, at): &(i32, i32, i32)| x + half + 6 < *from || *to < x - half - 6 || (y - at).abs() > 16;
        let is_under = |other: &Span<'_>| {
            let reached = other.to > x - half && other.from < x + half;
            reached && top + HEIGHT - other.gap.posterior.map_or(0, up) < y + 6
        };
        if taken.iter().all(beside) && !spans.iter().any(is_under) {
            taken.push((x - half, x + half, y));
            sheet.write((x, y), label(&text).bold().middle());
        }
    }
}

/// The revisions below the axis, the important ones first, as far as they have room; read from below.
fn boundaries(sheet: &mut Sheet, analysis: &Analysis, spans: &[Span<'_>], foot: i32) {
    const ROOM: i32 = 15;
    let peak = likeliest(analysis);
    let rank = |span: &&Span<'_>| {
        let end = peak.is_some_and(|gap| gap.upto == span.gap.upto || gap.after == span.gap.upto);
        (span.gap.upto != analysis.named_culprit, !end, tag(analysis, span.gap).is_none())
    };
    let mut ends: Vec<_> = spans.iter().filter(|span| span.gap.upto.is_some()).collect();
    ends.sort_by_key(rank);
    let (mut taken, mut longest) = (Vec::<i32>::new(), 0);
    for span in ends {
        sheet.line(Ink::Faint, 1, (span.to, foot), (span.to, foot + 5));
        if taken.iter().all(|x| (x - span.to).abs() >= ROOM) {
            taken.push(span.to);
            longest = boundary(sheet, analysis, span, foot).max(longest);
        }
    }
    sheet.reach(foot + 8 + longest);
}

fn tag<'a>(analysis: &'a Analysis, gap: &GapAnalysis) -> Option<&'a str> {
    let step = analysis.steps.iter().find(|step| Some(step.commit) == gap.upto && step.tag.is_some());
    step.and_then(|step| step.tag.as_deref())
}

fn boundary(sheet: &mut Sheet, analysis: &Analysis, span: &Span<'_>, foot: i32) -> i32 {
    let Some(commit) = span.gap.upto else { return 0 };
    let named = analysis.named_culprit == Some(commit);
    let tag = tag(analysis, span.gap).map(|tag| format!("{tag} ")).unwrap_or_default();
    let text = format!("{}{tag}{}", if named { "named " } else { "" }, commit.short());
    let text = label(&text).small().bold_if(named).upright().end().room(NAME_ROOM);
    sheet.write((span.to, foot + 8), if named { text } else { text.faint() })
}

fn alt(analysis: &Analysis) -> String {
    let set = analysis.credible_set.iter().flat_map(|set| &set.gaps).filter_map(|gap| analysis.gaps.get(*gap));
    let words: Vec<_> = set.map(|gap| words(Manner::of(analysis), gap)).collect();
    let gaps = count(analysis.gaps.len() as u64, "gap");
    format!("{}. Of {gaps}, the credible set holds: {}.", title(analysis), words.join("; "))
}
