//! What `git bisect run` does not print: the verdicts follow from which candidate came next.
//!
//! After *bad* git looks among the ancestors of the candidate, after *good* nowhere among them. So a candidate is bad exactly
//! when the culprit or a later candidate is its ancestor (a commit is its own). A repeated count of revisions left tells a
//! skip: nothing was ruled out.

use crate::evidence::{CommitId, Remaining, Side};
use crate::history::{History, Node};

use super::draft::{Answer, Draft, Told};

/// Why the verdicts stay unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// There is no repository.
    NoRepository,
    /// The repository has not all of the candidates.
    Missing(CommitId),
}

impl Draft {
    /// Fills in what git heard.
    pub(super) fn hear(&mut self, history: Option<&History>) -> Result<(), Why> {
        if !self.told.iter().any(|told| told.answer == Answer::Unheard) {
            return Ok(());
        }
        let history = history.ok_or(Why::NoRepository)?;
        let node = |commit: &CommitId| history.find(commit).map_err(|_| Why::Missing(*commit));
        // From the end on: what came later than each.
        let mut later: Vec<Node> = self.culprit.iter().map(|named| node(&named.commit)).collect::<Result<_, _>>()?;
        later.extend(self.candidate.iter().map(|next| node(&next.commit)).collect::<Result<Vec<_>, _>>()?);
        for i in (0..self.told.len()).rev() {
            let next =
                self.told.get(i + 1).map_or_else(|| self.candidate.as_ref().and_then(|c| c.remaining), |t| t.remaining);
            let told = &mut self.told[i];
            if told.answer != Answer::Unheard {
                continue;
            }
            let own = node(&told.commit)?;
            told.answer = match () {
                () if is_skip(told, next) => Answer::Skip,
                () if later.iter().any(|one| history.contains(own, *one)) => Answer::Side(Side::New),
                () => Answer::Side(Side::Old),
            };
            if told.answer != Answer::Skip {
                later.push(own);
            }
        }
        Ok(())
    }
}

fn is_skip(told: &Told, next: Option<Remaining>) -> bool {
    told.remaining.is_some() && told.remaining == next
}
