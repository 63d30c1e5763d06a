//! The functions of C files in a repository: which of them a commit changes, which call which, and which commits touched a
//! file before. Source is read as [tree-sitter](https://tree-sitter.github.io) reads it, without a preprocessor: what a macro
//! defines or calls is not seen.

use std::collections::{BTreeMap, BTreeSet};

use super::dag::Node;
use super::{History, Origin};

/// The functions of some files, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Functions {
    known: BTreeMap<String, Function>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Function {
    /// Its definitions: several under `#ifdef`.
    texts: Vec<String>,
    /// The names that it calls.
    calls: BTreeSet<String>,
}

impl Functions {
    /// Reads C source.
    ///
    /// ```
    /// use bisectstat::history::Functions;
    ///
    /// let old = Functions::of("int f(void) { return g(); }\nint h(void) { return 1; }\n");
    /// let new = Functions::of("int f(void) { return g(); }\nint h(void) { return f(); }\n");
    /// assert_eq!(new.changed_since(&old), ["h"]);
    /// assert_eq!(new.calls_between("h", |name| name == "g", 2), Some((2, "g")));
    /// ```
    #[cfg(feature = "git")]
    #[must_use]
    pub fn of(source: &str) -> Self {
        let mut functions = Self::default();
        let mut parser = tree_sitter::Parser::new();
        let tree = parser.set_language(&tree_sitter_c::LANGUAGE.into()).ok().and_then(|()| parser.parse(source, None));
        let mut open: Vec<tree_sitter::Node<'_>> = tree.iter().map(tree_sitter::Tree::root_node).collect();
        while let Some(node) = open.pop() {
            match (node.kind(), name_of(node, source)) {
                ("function_definition", Some(name)) => functions.add(name, node, source),
                _ => open.extend(children(node)),
            }
        }
        functions
    }

    #[cfg(feature = "git")]
    fn add(&mut self, name: &str, definition: tree_sitter::Node<'_>, source: &str) {
        let function = self.known.entry(name.to_owned()).or_default();
        function.texts.push(source[definition.byte_range()].to_owned());
        function.texts.sort_unstable();
        let mut open = vec![definition];
        while let Some(node) = open.pop() {
            let callee = node.child_by_field_name("function").filter(|callee| callee.kind() == "identifier");
            if let Some(callee) = callee.filter(|_| node.kind() == "call_expression") {
                function.calls.insert(source[callee.byte_range()].to_owned());
            }
            open.extend(children(node));
        }
    }

    /// Those of other files too.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        for (name, function) in other.known {
            let ours = self.known.entry(name).or_default();
            ours.texts.extend(function.texts);
            ours.texts.sort_unstable();
            ours.calls.extend(function.calls);
        }
        self
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The names of functions that an older version has not, or has otherwise, and of those that only it has, in
    /// alphabetical order.
    #[must_use]
    pub fn changed_since<'a>(&'a self, older: &'a Self) -> Vec<&'a str> {
        let texts = |of: &'a Self, name: &str| of.known.get(name).map(|function| &function.texts);
        let names: BTreeSet<&str> = self.known.keys().chain(older.known.keys()).map(String::as_str).collect();
        names.into_iter().filter(|name| texts(self, name) != texts(older, name)).collect()
    }

    /// The fewest calls, in either direction and at most so many, between a function and one that is wanted, with its name.
    #[must_use]
    pub fn calls_between(&self, from: &str, wanted: impl Fn(&str) -> bool, most: usize) -> Option<(usize, &str)> {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut front: Vec<&str> = self.known.get_key_value(from).map(|(name, _)| name.as_str()).into_iter().collect();
        for calls in 0..=most {
            if let Some(found) = front.iter().find(|name| wanted(name)) {
                return Some((calls, found));
            }
            seen.extend(&front);
            let next = front.iter().flat_map(|name| self.neighbours(name)).filter(|name| !seen.contains(name));
            front = next.collect::<BTreeSet<_>>().into_iter().collect();
        }
        None
    }

    /// What a function calls and what calls it.
    fn neighbours<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let called = self.known.get(name).into_iter().flat_map(|function| &function.calls).map(String::as_str);
        let callers = self.known.iter().filter(move |(_, function)| function.calls.contains(name));
        called.chain(callers.map(|(caller, _)| caller.as_str()))
    }
}

/// The name of a function's definition.
#[cfg(feature = "git")]
fn name_of<'a>(definition: tree_sitter::Node<'_>, source: &'a str) -> Option<&'a str> {
    let mut node = definition;
    while let Some(inner) = node.child_by_field_name("declarator") {
        node = inner;
    }
    (node.kind() == "identifier").then(|| &source[node.byte_range()])
}

#[cfg(feature = "git")]
fn children(node: tree_sitter::Node<'_>) -> Vec<tree_sitter::Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

#[cfg_attr(not(feature = "git"), expect(unused_variables, reason = "a list of commits has no code"))]
impl History {
    /// The functions of a C file as of a commit; none where it is not there, or not C.
    #[must_use]
    pub fn functions(&self, commit: Node, path: &str) -> Functions {
        match &self.origin {
            Origin::Listed(_) => Functions::default(),
            #[cfg(feature = "git")]
            Origin::Opened(opened) => opened
                .source(self.positions[commit.index()], path)
                .map_or_else(Functions::default, |text| Functions::of(&text)),
        }
    }

    /// What a commit's message says that it fixes: the first digits of the commits behind its `Fixes:`.
    #[must_use]
    pub fn fixes(&self, commit: Node) -> Vec<String> {
        match &self.origin {
            Origin::Listed(_) => Vec::new(),
            #[cfg(feature = "git")]
            Origin::Opened(opened) => opened.fixes(self.positions[commit.index()]),
        }
    }

    /// The ancestors of a commit that touched one of these files, newest first, with the indices of the files; at most so
    /// many, among its nearest `reach` ancestors. A merge touches what it has otherwise than each of its parents.
    #[must_use]
    pub(crate) fn earlier(&self, commit: Node, paths: &[&str], reach: usize, most: usize) -> Vec<(Node, Vec<usize>)> {
        match &self.origin {
            Origin::Listed(_) => Vec::new(),
            #[cfg(feature = "git")]
            Origin::Opened(opened) => {
                let mut versions = BTreeMap::new();
                let mut version = |node: Node| -> Vec<Option<gix::ObjectId>> {
                    versions.entry(node).or_insert_with(|| opened.versions(self.positions[node.index()], paths)).clone()
                };
                let mut open: BTreeSet<Node> = self.parents(commit).collect();
                let mut found = Vec::new();
                for _ in 0..reach {
                    let Some(node) = open.pop_last() else { break };
                    let ours = version(node);
                    let parents: Vec<Node> = self.parents(node).collect();
                    let theirs: Vec<_> = parents.iter().map(|parent| version(*parent)).collect();
                    let touched = |path: &usize| theirs.iter().all(|theirs| theirs[*path] != ours[*path]);
                    let touched: Vec<usize> = (0..paths.len())
                        .filter(touched)
                        .filter(|path| !(parents.is_empty() && ours[*path].is_none()))
                        .collect();
                    if !touched.is_empty() {
                        found.push((node, touched));
                    }
                    if found.len() == most {
                        break;
                    }
                    open.extend(parents);
                }
                found
            }
        }
    }
}
