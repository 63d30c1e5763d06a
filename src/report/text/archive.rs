//! Many bisections as a table, least sure first, and one summary line. They come batch by batch: no analysis is kept for it.

use comfy_table::{Attribute, Cell, Color};

use crate::analysis::answer::Tone;
use crate::analysis::brief::Brief;
use crate::analysis::finding::Severity;
use crate::analysis::words::{chance, ending};
use crate::ingest::account::Row;
use crate::prob::Prob;
use crate::report::overview::{Order, Tally, elsewhere, findings};

use super::AMBER;

/// What is shown of many bisections.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    briefs: Vec<Brief>,
    /// How many are shown; all if there is no limit.
    limit: Option<usize>,
    order: Order,
    tally: Tally,
    inputs: usize,
    skipped: usize,
    missing: Vec<Row>,
    more_missing: usize,
}

/// Inputs that were not analysed in full and are shown.
const SHOWN: usize = 20;

impl Archive {
    /// An empty listing. A `limit` shows at most that many bisections: the least sure ones, unless another order is chosen.
    #[must_use]
    pub fn new(limit: Option<usize>) -> Self {
        Self { limit, ..Self::default() }
    }

    /// The same in another order.
    #[must_use]
    pub(crate) fn sorted_by(self, order: Order) -> Self {
        Self { order, ..self }
    }

    /// Those that are shown, in their order.
    fn choose(&mut self, limit: usize) {
        let order = self.order;
        self.briefs.sort_by(|a, b| order.compare(a, b));
        self.briefs.truncate(limit);
    }

    /// How many bisections there are.
    #[must_use]
    pub const fn bisections(&self) -> u64 {
        self.tally.bisections
    }

    /// Adds the bisections of a batch, and what became of its inputs.
    pub fn add(&mut self, briefs: Vec<Brief>, inputs: Vec<Row>) {
        for brief in briefs {
            self.tally.add(&brief);
            self.briefs.push(brief);
        }
        if let Some(limit) = self.limit.filter(|limit| self.briefs.len() > 2 * limit) {
            self.choose(limit);
        }
        for input in inputs {
            self.inputs += 1;
            match rank(&input) {
                None => self.skipped += usize::from(input.state == "skipped"),
                Some(rank) => self.miss(rank, input),
            }
        }
    }

    /// Those that were refused come first.
    fn miss(&mut self, rank: u8, input: Row) {
        let at = self.missing.partition_point(|other| self::rank(other) <= Some(rank));
        self.missing.insert(at, input);
        if self.missing.len() > SHOWN {
            self.missing.pop();
            self.more_missing += 1;
        }
    }

    /// The table, its summary, and the inputs that were not analysed in full. `failed` things could not be read.
    #[must_use]
    pub fn text(mut self, failed: usize) -> String {
        const HEADER: [&str; 7] =
            ["bisection", "answer", "named", "to blame", "starts here", "look instead", "findings"];
        self.choose(self.limit.unwrap_or(usize::MAX));
        let table = super::table::table(HEADER, &[3, 4], self.briefs.iter().map(cells));
        let more = match self.tally.bisections - self.briefs.len() as u64 {
            0 => String::new(),
            more => format!(" … {more} more: the frame bisections of -o DIR has them all\n"),
        };
        format!("{table}{more}\n{}\n{}", self.tally.summary(self.skipped, failed), self.missing())
    }

    /// The inputs that could not be read, or not in full; empty when there is none, or but one input. Those that hold no
    /// bisection are only counted: most folders have some.
    #[must_use]
    pub fn missing(&self) -> String {
        const HEADER: [&str; 3] = ["not in full", "", "why"];
        if self.missing.is_empty() || self.inputs == 1 {
            return String::new();
        }
        let rows = self.missing.iter().map(|input| {
            let why = input.reason.as_deref().unwrap_or_default();
            vec![Cell::new(&input.path), Cell::new(&input.state), Cell::new(short(why))]
        });
        let table = super::table::table(HEADER, &[], rows);
        let more = match self.more_missing {
            0 => String::new(),
            more => format!(" … {more} more: -o DIR writes them all\n"),
        };
        format!("\n{table}{more}")
    }
}

fn rank(input: &Row) -> Option<u8> {
    match input.state.as_str() {
        "refused" => Some(0),
        "partly" => Some(1),
        _ => None,
    }
}

/// The beginning of a reason: standard error has it in full.
fn short(text: &str) -> String {
    const WIDTH: usize = 60;
    match text.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn cells(brief: &Brief) -> Vec<Cell> {
    let named = match &brief.named {
        Some(commit) => Cell::new(commit),
        None => Cell::new(format!("({})", ending(&brief.ending))).add_attribute(Attribute::Dim),
    };
    let figure = |p: Option<Prob>| Cell::new(p.map(chance).unwrap_or_default());
    vec![
        Cell::new(&brief.bisection),
        answer(brief),
        named,
        figure(brief.p_right),
        figure(brief.p_named),
        Cell::new(elsewhere(brief.credible)),
        severities(brief),
    ]
}

fn answer(brief: &Brief) -> Cell {
    let Some(answer) = brief.answer else { return Cell::new("") };
    let color = match answer.tone() {
        Tone::Bad => Color::Red,
        Tone::Doubt => Color::AnsiValue(AMBER),
        Tone::Good => Color::Green,
        Tone::Unknown => Color::Blue,
    };
    Cell::new(format!("{} {}", answer.mark(), answer.short())).fg(color)
}

fn severities(brief: &Brief) -> Cell {
    let cell = Cell::new(findings(brief.severities));
    match brief.severities.worst() {
        Some(Severity::Error) => cell.fg(Color::Red),
        Some(Severity::Warning) => cell.fg(Color::AnsiValue(AMBER)),
        Some(Severity::Note) => cell.add_attribute(Attribute::Dim),
        None => cell,
    }
}
