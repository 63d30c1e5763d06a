//! Other numbers for the lines of a bisection: those that they have in the file that it stands in.

use super::{Basis, Bisection, Line};

impl Bisection {
    /// Puts `to(line)` in the place of every line.
    pub(crate) fn renumber(&mut self, to: impl Fn(Line) -> Line) {
        let set = |line: &mut Line| *line = to(*line);
        set(&mut self.line);
        for step in &mut self.steps {
            set(&mut step.line);
            step.runs.iter_mut().for_each(|run| set(&mut run.line));
            if let Some(Basis::Recorded(line)) = step.decision.as_mut().map(|decision| &mut decision.basis) {
                set(line);
            }
        }
        if let Some(walk) = &mut self.walk {
            set(&mut walk.line);
            walk.moves.iter_mut().for_each(|one| set(&mut one.line));
        }
        let Self { culprit, report, totals, unparsed, .. } = self;
        let named = culprit.as_mut().map(|culprit| &mut culprit.line);
        let shown = report.as_mut().map(|report| &mut report.line);
        let stated = totals.as_mut().map(|totals| &mut totals.line);
        [named, shown, stated].into_iter().flatten().for_each(set);
        for one in unparsed {
            set(&mut one.line);
        }
    }
}
