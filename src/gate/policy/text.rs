//! The text of a policy, to say which of its lines decided.

use std::ops::Range;

use toml::Spanned;

use crate::evidence::clean_line;
use crate::gate::decision::Because;

/// A policy's file.
pub(super) struct PolicyText {
    /// As it is called in messages.
    pub(super) name: String,
    pub(super) text: String,
    /// Whether lines have a number that a user could go to.
    pub(super) numbered: bool,
}

/// A value and the setting that says so.
#[derive(Clone, Debug)]
pub(super) struct Set<T> {
    pub(super) value: T,
    pub(super) because: Because,
}

impl<T> Set<T> {
    /// The same setting of another value.
    pub(super) fn map<U>(self, f: impl FnOnce(T) -> U) -> Set<U> {
        Set { value: f(self.value), because: self.because }
    }
}

impl PolicyText {
    /// The line of an offset, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        1 + memchr::memchr_iter(b'\n', before).count()
    }

    /// A value under its key.
    pub(super) fn set<T>(&self, key: &str, value: Spanned<T>) -> Set<T> {
        let because = self.because(key, value.span());
        Set { value: value.into_inner(), because }
    }

    /// `bisectstat.toml:12: p-right = 0.5`, or `default policy: …`.
    pub(super) fn because(&self, key: &str, span: Range<usize>) -> Because {
        let written = self.text.get(span.clone()).and_then(|value| value.lines().next()).unwrap_or_default();
        self.entry(span.start, &format!("{key} = {written}"))
    }

    /// The place of an entry with a word on it.
    pub(super) fn entry(&self, offset: usize, what: &str) -> Because {
        let name = &self.name;
        if self.numbered {
            return Because(clean_line(&format!("{name}:{}: {what}", self.line(offset))));
        }
        Because(clean_line(&format!("{name}: {what}")))
    }
}
