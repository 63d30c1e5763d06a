//! What a policy demands of one log.

use crate::analysis::Analysis;
use crate::analysis::answer::Answer;
use crate::analysis::finding::{Finding, Occurrence, RuleName};
use crate::analysis::histories::Worse;
use crate::evidence::{Ending, Kind};
use crate::finding::Limits;
use crate::gate::decision::{Because, Demand, Failure, Level, SuppressedBy};

use crate::prob::Prob;

use super::file::{Most, Unnamed};
use super::layer::Layers;
use super::suppress::{Candidate, Suppression};
use super::{Policy, PolicyError};

/// What a policy demands of one log.
pub struct Demands<'p> {
    pub(super) layers: Layers<'p>,
    pub(super) policy: &'p Policy,
}

impl Demands<'_> {
    /// The limits of the rules.
    ///
    /// # Errors
    /// None in practice: each layer's limits were read before.
    pub fn limits(&self) -> Result<Limits, PolicyError> {
        self.layers.limits().try_into().map_err(|error: toml::de::Error| PolicyError::Line {
            file: self.policy.name.clone(),
            line: 1,
            flaw: error.message().to_owned(),
        })
    }

    /// The settings behind the limits that are not a rule's own.
    #[must_use]
    pub(crate) fn limit_settings(&self) -> Vec<Because> {
        self.layers.set_limits().into_values().map(|set| set.because.clone()).collect()
    }

    /// What is demanded of the whole bisection. `p-right` is demanded of `p_named` where nothing states a `p_right`.
    #[must_use]
    pub fn of(&self, analysis: &Analysis) -> Vec<(Demand, Because)> {
        if analysis.evidence.ending == Ending::OnlyRuns {
            return self.regression(analysis).into_iter().collect();
        }
        if analysis.named_culprit.is_none() {
            return self.unnamed().into_iter().collect();
        }
        let chances = match analysis.answer {
            Answer::CannotTell => self.cannot_tell().into_iter().collect(),
            _ => self.chances(analysis),
        };
        chances.into_iter().chain(self.credible_commits(analysis)).collect()
    }

    fn unnamed(&self) -> Option<(Demand, Because)> {
        let set = self.layers.first(|layer| layer.unnamed.as_ref())?;
        Some((Demand::NamedCommit { demanded: set.value == Unnamed::Fail }, set.because.clone()))
    }

    fn cannot_tell(&self) -> Option<(Demand, Because)> {
        let set = self.layers.first(|layer| layer.cannot_tell.as_ref())?;
        Some((Demand::Answer { without: set.value }, set.because.clone()))
    }

    /// Where nobody has bisected, a fix fails nothing.
    fn regression(&self, analysis: &Analysis) -> Option<(Demand, Because)> {
        let set = self.layers.first(|layer| layer.regression.as_ref())?;
        let is_found =
            matches!(analysis.answer, Answer::Found | Answer::Narrowed) && analysis.evidence.kind == Kind::Cause;
        let found = is_found.then(|| analysis.p_between()).flatten();
        Some((Demand::NoRegression { found, least: set.value }, set.because.clone()))
    }

    /// What is demanded of a test whose whole history is known, instead of the rest.
    #[must_use]
    pub fn of_history(&self, found: Worse) -> Option<(Demand, Because)> {
        let set = self.layers.first(|layer| layer.regression.as_ref())?;
        Some((Demand::NotWorse { found, least: set.value }, set.because.clone()))
    }

    /// What is demanded of the probabilities.
    fn chances(&self, analysis: &Analysis) -> Vec<(Demand, Because)> {
        let p_right = self.layers.first(|layer| layer.p_right.as_ref());
        let p_named = self.layers.first(|layer| layer.p_named.as_ref());
        let right = p_right.map(|set| {
            let least = set.value;
            let demand = match analysis.p_right {
                Some(stated) => Demand::PRight { stated, least },
                None => Demand::PNamed { stated: analysis.p_named, least },
            };
            (demand, set.because.clone())
        });
        // One demand on one figure is enough.
        let twice = |least: Prob| analysis.p_right.is_none() && p_right.is_some_and(|set| set.value >= least);
        let named = p_named.filter(|set| set.value > Prob::ZERO && !twice(set.value));
        let named =
            named.map(|set| (Demand::PNamed { stated: analysis.p_named, least: set.value }, set.because.clone()));
        right.into_iter().chain(named).collect()
    }

    fn credible_commits(&self, analysis: &Analysis) -> Option<(Demand, Because)> {
        let set = self.layers.first(|layer| layer.credible_commits.as_ref())?;
        let Most::Commits(most) = set.value else { return None };
        let stated = analysis.credible_set.as_ref().and_then(|set| set.commits);
        Some((Demand::CredibleCommits { stated, most }, set.because.clone()))
    }

    /// What a finding counts for; `None` when it is allowed.
    #[must_use]
    pub fn level(&self, finding: &Finding) -> (Option<Level>, Because) {
        self.layers.level(finding)
    }

    /// The suppression that means this occurrence of a finding.
    #[must_use]
    pub(crate) fn suppresses(&self, rule: RuleName, one: Occurrence, analysis: &Analysis) -> Option<SuppressedBy> {
        self.suppression(&Candidate::occurrence(rule, one, analysis))
    }

    /// The suppression that means this demand.
    #[must_use]
    pub(crate) fn excuses(&self, failure: &Failure, analysis: &Analysis) -> Option<SuppressedBy> {
        self.suppression(&Candidate::demand(failure, analysis))
    }

    fn suppression(&self, candidate: &Candidate<'_>) -> Option<SuppressedBy> {
        let entries = &self.policy.suppressions;
        entries.iter().find(|entry| entry.means(candidate, &self.policy.folder)).map(Suppression::by)
    }
}
