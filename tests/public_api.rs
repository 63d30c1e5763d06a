//! The public API as a list: whoever changes or removes an item that others may use sees it in the snapshot, and so does the
//! reader of the change. It is read from the sources, since rustdoc's JSON needs a nightly compiler.
//!
//! What is `#[doc(hidden)]`, itself or with its module, is no part of it, unless it is named again where it can be seen. So that
//! the list is all that a user meets, nothing on it may mention what is not on it, nor a type of another crate.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, TraitItem, Type, UseTree, Visibility};

/// A module's name from the crate on: `["model", "search"]`.
type ModulePath = Vec<String>;
/// Where something is defined: its module and its name.
type Defined = (ModulePath, String);

/// What macros make is not in the sources as an item: the module, the name, and how it is listed.
const BY_MACRO: [(&str, &str, &str); 1] = [(
    "finding",
    "Limits",
    "struct finding::Limits: Clone + Debug + Default + Deserialize + PartialEq (may grow, and fields that are not listed)",
)];

/// Crates of which a signature may speak: they are older than this one, and change less.
const OTHERS: [&str; 2] = ["std", "serde"];

/// Names that need no `use`, and words of the language.
const PRELUDE: &str = "Self self Option Result Vec String Box Into From Iterator IntoIterator Fn FnMut FnOnce Default AsRef \
    Sized Send Sync bool char str u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 \
    Clone Copy Debug Eq Hash Ord PartialEq PartialOrd Error \
    fn pub const mut dyn impl for where as ref static";

/// A name that one module has from another.
struct Used {
    module: ModulePath,
    alias: String,
    path: Vec<String>,
    public: bool,
    hidden: bool,
}

#[derive(Default)]
struct Crate {
    /// The items of each module.
    modules: BTreeMap<ModulePath, Vec<Item>>,
    /// The modules that a reader of the documentation sees.
    shown: BTreeSet<ModulePath>,
    uses: Vec<Used>,
}

impl Crate {
    fn read(root: &Path) -> Self {
        let mut read = Self::default();
        read.shown.insert(Vec::new());
        let items = syn::parse_file(&fs::read_to_string(root.join("lib.rs")).unwrap()).unwrap().items;
        read.module(Vec::new(), items, root);
        read
    }

    /// Reads a module; the files of its own modules are in `dir`.
    fn module(&mut self, path: ModulePath, items: Vec<Item>, dir: &Path) {
        for item in &items {
            match item {
                Item::Mod(module) if !is_test(&module.attrs) => {
                    let name = module.ident.to_string();
                    let inner = [&path[..], std::slice::from_ref(&name)].concat();
                    if is_public(&module.vis) && !is_hidden(&module.attrs) && self.shown.contains(&path) {
                        self.shown.insert(inner.clone());
                    }
                    let items = if let Some((_, items)) = &module.content {
                        items.clone()
                    } else {
                        let files: [PathBuf; 2] = [dir.join(format!("{name}.rs")), dir.join(&name).join("mod.rs")];
                        let file = files.iter().find(|file| file.is_file()).unwrap();
                        syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap().items
                    };
                    self.module(inner, items, &dir.join(&name));
                }
                Item::Use(used) => {
                    let used_ = (is_public(&used.vis), is_hidden(&used.attrs));
                    self.used(&path, Vec::new(), &used.tree, used_);
                }
                _ => {}
            }
        }
        self.modules.insert(path, items);
    }

    fn used(&mut self, module: &ModulePath, mut path: Vec<String>, tree: &UseTree, (public, hidden): (bool, bool)) {
        let (name, alias) = match tree {
            UseTree::Path(part) => {
                path.push(part.ident.to_string());
                return self.used(module, path, &part.tree, (public, hidden));
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.used(module, path.clone(), tree, (public, hidden)));
            }
            UseTree::Name(name) => (name.ident.to_string(), name.ident.to_string()),
            UseTree::Rename(rename) => (rename.ident.to_string(), rename.rename.to_string()),
            UseTree::Glob(glob) => {
                assert!(!public, "name what is public: {:?}", glob.span().source_text());
                return;
            }
        };
        // `use std::io::{self}` names the module.
        let alias = if alias == "self" { path.last().unwrap().clone() } else { alias };
        path.extend(Some(name).filter(|name| name != "self"));
        self.uses.push(Used { module: module.clone(), alias, path, public, hidden });
    }

    /// What a path means in a module: where that is defined, or the name of another crate.
    fn meant(&self, module: &ModulePath, path: &[String]) -> Result<Defined, String> {
        let (first, rest) = path.split_first().unwrap();
        let up = || module.split_last().map(|(_, parent)| parent.to_vec()).unwrap();
        match first.as_str() {
            "crate" => return self.within(Vec::new(), rest),
            "self" if !rest.is_empty() => return self.within(module.clone(), rest),
            "super" => return self.within(up(), &[&["self".to_owned()], rest].concat()),
            _ => {}
        }
        let here = self.modules[module].iter().any(|item| defined_name(item).is_some_and(|name| name == *first));
        if (here || by_macro(module, first)) && rest.is_empty() {
            return Ok((module.clone(), first.clone()));
        }
        let child = [&module[..], std::slice::from_ref(first)].concat();
        if !rest.is_empty() && self.modules.contains_key(&child) {
            return self.within(child, rest);
        }
        let used = self.uses.iter().find(|used| used.module == *module && used.alias == *first && used.path != path);
        match used {
            // A name without a module before it is a crate's or a child's.
            Some(used) => self.meant(module, &[&used.path[..], rest].concat()),
            None => Err(first.clone()),
        }
    }

    fn within(&self, mut module: ModulePath, path: &[String]) -> Result<Defined, String> {
        let mut path = path;
        while let [first, rest @ ..] = path {
            let child = [&module[..], std::slice::from_ref(first)].concat();
            match first.as_str() {
                "self" => {}
                "super" => _ = module.pop(),
                _ if !rest.is_empty() && self.modules.contains_key(&child) => module = child,
                _ => break,
            }
            path = rest;
        }
        self.meant(&module, path)
    }

    /// The names under which a reader of the documentation finds an item, its own first.
    fn names(&self, (module, name): &Defined, hidden: bool) -> Vec<String> {
        let own = self.shown.contains(module) && !hidden;
        let own = own.then(|| [&module[..], std::slice::from_ref(name)].concat().join("::"));
        let again = self.uses.iter().filter(|used| {
            let seen =
                used.public && !used.hidden && self.shown.contains(&used.module) && used.path.last() == Some(name);
            seen && self.meant(&used.module, &used.path).is_ok_and(|defined| defined == (module.clone(), name.clone()))
        });
        let again = again.map(|used| [&used.module[..], std::slice::from_ref(&used.alias)].concat().join("::"));
        own.into_iter().chain(again).collect()
    }

    /// The list, and what is wrong with it.
    fn listed(&self) -> (Vec<String>, Vec<String>) {
        let all = || self.modules.iter().flat_map(|(path, items)| items.iter().map(move |item| (path, item)));
        let mut entries: BTreeMap<Defined, Entry> = BTreeMap::new();
        for (path, item) in all() {
            let Some((name, attributes)) = public_item(item) else { continue };
            let names = self.names(&(path.clone(), name.clone()), is_hidden(attributes));
            if let Some((first, others)) = names.split_first() {
                let mut entry = Entry::new(first, others);
                entry.define(item, path);
                // A function may be called as a module is, but not as a type.
                let known = entries.insert((path.clone(), name), entry);
                assert!(known.is_none(), "two items are called {first}");
            }
        }
        for (module, name, line) in BY_MACRO {
            let name = (vec![module.to_owned()], name.to_owned());
            entries.entry(name).or_insert_with(|| Entry { head: line.to_owned(), ..Entry::default() });
        }
        for (path, item) in all() {
            let Item::Impl(block) = item else { continue };
            let Type::Path(of) = &*block.self_ty else { continue };
            let of: Vec<String> = of.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            if let Some(entry) = self.meant(path, &of).ok().and_then(|defined| entries.get_mut(&defined)) {
                entry.implement(block, path);
            }
        }
        let shown: BTreeSet<Defined> = entries.keys().cloned().collect();
        for entry in entries.values_mut() {
            entry.tell_sources(|path, text| {
                self.lacking(&shown, path, text).iter().any(|flaw| flaw.starts_with("hidden"))
            });
        }
        let flaws = entries.values().flat_map(|entry| {
            let lacking = entry.signatures.iter().flat_map(|(path, text)| {
                self.lacking(&shown, path, text).into_iter().map(move |lacking| format!("{lacking} in `{text}`"))
            });
            lacking.map(|flaw| format!("{}: {flaw}", entry.name)).collect::<Vec<_>>()
        });
        let flaws: BTreeSet<String> = flaws.collect();
        let lines: BTreeSet<String> = entries.values().flat_map(Entry::lines).collect();
        (lines.into_iter().collect(), flaws.into_iter().collect())
    }

    /// What a signature speaks of and should not.
    fn lacking(&self, shown: &BTreeSet<Defined>, module: &ModulePath, signature: &str) -> Vec<String> {
        let judged = paths_in(signature).into_iter().filter_map(|path| {
            let said = path.join("::");
            match self.meant(module, &path) {
                Ok(defined) if shown.contains(&defined) => None,
                Ok((module, name)) => Some(format!("hidden {}::{name}", module.join("::"))),
                Err(_) if path.len() == 1 && PRELUDE.split_whitespace().any(|known| known == said) => None,
                Err(other) if OTHERS.contains(&other.as_str()) => None,
                Err(other) => Some(format!("foreign or unknown {other}")),
            }
        });
        judged.collect()
    }
}

/// An item with everything that belongs to it.
#[derive(Default)]
struct Entry {
    /// Its first name.
    name: String,
    /// Its other ones.
    others: Vec<String>,
    head: String,
    /// What is said of the whole at the end of its first line.
    notes: Vec<&'static str>,
    traits: BTreeSet<String>,
    /// The variants without content.
    variants: Vec<String>,
    lines: Vec<String>,
    /// The texts that must speak of nothing else, with their modules.
    signatures: Vec<(ModulePath, String)>,
    /// What it is made from by `?`: the module, the type, and the same with what is declared of it.
    sources: Vec<(ModulePath, String, String)>,
}

impl Entry {
    fn new(name: &str, others: &[String]) -> Self {
        Self { name: name.to_owned(), others: others.to_vec(), ..Self::default() }
    }

    fn lines(&self) -> Vec<String> {
        let Self { name, others, head, notes, traits, variants, lines, .. } = self;
        let traits = traits.iter().map(String::as_str).collect::<Vec<_>>().join(" + ");
        let colon = if traits.is_empty() { "" } else { ": " };
        let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
        let mut all = vec![format!("{head}{colon}{traits}{notes}")];
        all.extend(others.iter().map(|other| format!("use {other} = {name}")));
        all.extend((!variants.is_empty()).then(|| format!("variants {name}: {}", variants.join(" | "))));
        all.extend(lines.iter().cloned());
        all
    }

    fn says(&mut self, line: String, module: &ModulePath, signature: String) {
        self.lines.push(line);
        self.signatures.push((module.clone(), signature));
    }

    /// The item itself.
    fn define(&mut self, item: &Item, module: &ModulePath) {
        let name = self.name.clone();
        let line = |kind: &str, of: &str| format!("{kind} {name}{of}");
        match item {
            Item::Const(item) => self.value(&line("const", ""), module, text(&item.ty)),
            Item::Static(item) => self.value(&line("static", ""), module, text(&item.ty)),
            Item::Type(item) => self.value(&line("type", &text(&item.generics)), module, text(&item.ty)),
            Item::Fn(item) => self.value(&line("fn", ""), module, text(&item.sig)),
            Item::Struct(item) => {
                self.head = line("struct", &text(&item.generics));
                self.marks(&item.attrs);
                let (shown, hidden): (Vec<_>, Vec<_>) = item
                    .fields
                    .iter()
                    .enumerate()
                    .partition(|(_, field)| is_public(&field.vis) && !is_hidden(&field.attrs));
                self.notes.extend((!hidden.is_empty()).then_some("and fields that are not listed"));
                for (i, field) in shown {
                    let field_name = field.ident.as_ref().map_or_else(|| i.to_string(), ToString::to_string);
                    let of = text(&field.ty);
                    self.says(format!("field {name}::{field_name}: {of}"), module, of);
                }
            }
            Item::Enum(item) => {
                self.head = line("enum", &text(&item.generics));
                self.marks(&item.attrs);
                let (shown, hidden): (Vec<_>, Vec<_>) =
                    item.variants.iter().partition(|variant| !is_hidden(&variant.attrs));
                self.notes.extend((!hidden.is_empty()).then_some("and variants that are not listed"));
                for variant in shown {
                    if matches!(variant.fields, Fields::Unit) {
                        self.variants.push(variant.ident.to_string());
                        continue;
                    }
                    let of = content(&variant.fields);
                    self.says(format!("variant {name}::{}{of}", variant.ident), module, of);
                }
                let froms = item.variants.iter().flat_map(|variant| &variant.fields);
                let froms = froms.filter(|field| field.attrs.iter().any(|attribute| attribute.path().is_ident("from")));
                self.sources.extend(froms.map(|field| (module.clone(), text(&field.ty), text(&field.ty))));
            }
            Item::Trait(item) => {
                self.head = line("trait", &text(&item.generics));
                for method in &item.items {
                    if let TraitItem::Fn(method) = method {
                        let of = text(&method.sig);
                        self.says(format!("fn {name}::{}: {of}", method.sig.ident), module, of);
                    }
                }
            }
            _ => {}
        }
    }

    fn value(&mut self, head: &str, module: &ModulePath, of: String) {
        self.head = format!("{head}: {of}");
        self.signatures.push((module.clone(), of));
    }

    fn marks(&mut self, attributes: &[Attribute]) {
        self.notes.extend(attributes.iter().any(|one| one.path().is_ident("non_exhaustive")).then_some("may grow"));
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
            let _ = attribute.parse_nested_meta(|derived| {
                self.traits.insert(text(&derived.path).rsplit("::").next().unwrap().to_owned());
                Ok(())
            });
        }
    }

    /// An `impl` of it.
    fn implement(&mut self, block: &ItemImpl, module: &ModulePath) {
        if let Some((_, implemented, _)) = &block.trait_ {
            let implemented = text(implemented);
            match implemented.strip_prefix("From<").and_then(|from| from.strip_suffix('>')) {
                Some(from) => {
                    let declared = format!("{} {from}", text(&block.generics));
                    self.sources.push((module.clone(), from.to_owned(), declared));
                }
                None => _ = self.traits.insert(implemented.rsplit("::").next().unwrap().to_owned()),
            }
            return;
        }
        let name = self.name.clone();
        for item in &block.items {
            match item {
                ImplItem::Fn(item) if is_public(&item.vis) && !is_hidden(&item.attrs) => {
                    let of = text(&item.sig);
                    self.says(format!("fn {name}::{}: {of}", item.sig.ident), module, of);
                }
                ImplItem::Const(item) if is_public(&item.vis) && !is_hidden(&item.attrs) => {
                    let of = text(&item.ty);
                    self.says(format!("const {name}::{}: {of}", item.ident), module, of);
                }
                _ => {}
            }
        }
    }

    /// `From` something hidden is not in the documentation; `From` another crate's type is, so it is judged.
    fn tell_sources(&mut self, is_hidden: impl Fn(&ModulePath, &str) -> bool) {
        for (module, of, declared) in std::mem::take(&mut self.sources) {
            if !is_hidden(&module, &declared) {
                self.traits.insert(format!("From<{of}>"));
                self.signatures.push((module, declared));
            }
        }
    }
}

/// The content of a variant: `(u8, Line)`, ` { line: Line }`.
fn content(fields: &Fields) -> String {
    let fields_ = fields.iter().map(|field| match &field.ident {
        Some(name) => format!("{name}: {}", text(&field.ty)),
        None => text(&field.ty),
    });
    let all = fields_.collect::<Vec<_>>().join(", ");
    if matches!(fields, Fields::Named(_)) { format!(" {{ {all} }}") } else { format!("({all})") }
}

/// The paths of types in a text, without the names of arguments and what is declared: `fn f<T: Into<A>>(a: &b::C) -> D`.
fn paths_in(signature: &str) -> Vec<Vec<String>> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let (mut paths, mut generics, mut rest, mut before) = (Vec::new(), Vec::new(), signature, String::new());
    while let Some(at) = rest.find(|c: char| is_name(c) || c == '\'') {
        let lifetime = rest[at..].starts_with('\'');
        rest = &rest[at + usize::from(lifetime)..];
        let mut path = Vec::new();
        loop {
            let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            path.push(rest[..end].to_owned());
            rest = &rest[end..];
            match rest.strip_prefix("::") {
                Some(more) if more.starts_with(is_name) => rest = more,
                _ => break,
            }
        }
        let declared = rest.starts_with(':') && !rest.starts_with("::");
        let number = path[0].starts_with(|c: char| c.is_ascii_digit());
        if declared {
            generics.push(path.clone());
        } else if !lifetime && !number && before != "fn" {
            paths.push(path.clone());
        }
        before = path.pop().unwrap();
    }
    paths.retain(|path| !generics.contains(path));
    paths
}

const fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("doc") && text(attribute).contains("(hidden)"))
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg") && text(attribute).contains("(test)"))
}

fn by_macro(module: &[String], name: &str) -> bool {
    BY_MACRO.iter().any(|(known, made, _)| module == [*known] && *made == name)
}

fn described(item: &Item) -> Option<(&Visibility, &syn::Ident, &[Attribute])> {
    Some(match item {
        Item::Const(item) => (&item.vis, &item.ident, &item.attrs),
        Item::Enum(item) => (&item.vis, &item.ident, &item.attrs),
        Item::Fn(item) => (&item.vis, &item.sig.ident, &item.attrs),
        Item::Static(item) => (&item.vis, &item.ident, &item.attrs),
        Item::Struct(item) => (&item.vis, &item.ident, &item.attrs),
        Item::Trait(item) => (&item.vis, &item.ident, &item.attrs),
        Item::Type(item) => (&item.vis, &item.ident, &item.attrs),
        _ => return None,
    })
}

fn defined_name(item: &Item) -> Option<String> {
    described(item).map(|(_, name, _)| name.to_string())
}

fn public_item(item: &Item) -> Option<(String, &[Attribute])> {
    let (visibility, name, attributes) = described(item)?;
    is_public(visibility).then(|| (name.to_string(), attributes))
}

/// As the source has it, in one line, without what is said of its parts.
fn text(of: &impl Spanned) -> String {
    let text = of.span().source_text().unwrap_or_default();
    let code = text.lines().filter(|line| !line.trim_start().starts_with("///"));
    let line = code.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    line.replace("( ", "(").replace(", )", ")").replace("< ", "<").replace(", >", ">").replace(" )", ")")
}

#[test]
fn the_public_api_is_as_reviewed() {
    let (lines, flaws) = Crate::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).listed();
    assert!(flaws.is_empty(), "the API speaks of what is no part of it:\n{}", flaws.join("\n"));
    insta::assert_snapshot!("public_api", lines.join("\n"));
}

/// The list of a crate of one file.
fn listed(source: &str) -> (Vec<String>, Vec<String>) {
    let mut read = Crate::default();
    read.shown.insert(Vec::new());
    read.module(Vec::new(), syn::parse_file(source).unwrap().items, Path::new(""));
    read.listed()
}

#[test]
fn what_is_hidden_is_left_out_unless_it_is_named_again() {
    let (lines, flaws) = listed(
        "#[doc(hidden)] pub mod inner { pub struct Shown { pub a: u8, #[doc(hidden)] pub b: u8 } pub struct Unseen; }
         mod private { pub enum Both { A, B(u8), #[doc(hidden)] C } #[doc(hidden)] pub fn never() {} }
         pub use inner::Shown;
         pub use private::Both as Pair;
         #[doc(hidden)] pub use inner::Unseen;
         impl Shown { pub fn get(&self) -> Pair {} #[doc(hidden)] pub fn hide(&self) -> inner::Unseen {} fn own() {} }",
    );
    let lines: Vec<_> = lines.iter().filter(|line| !line.contains("Limits")).collect();
    let expected = [
        "enum Pair (and variants that are not listed)",
        "field Shown::a: u8",
        "fn Shown::get: fn get(&self) -> Pair",
        "struct Shown (and fields that are not listed)",
        "variant Pair::B(u8)",
        "variants Pair: A",
    ];
    assert_eq!(
        (lines, flaws),
        (expected.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>().iter().collect(), vec![])
    );
}

#[test]
fn what_is_hidden_or_foreign_in_a_signature_is_found() {
    let hidden = "#[doc(hidden)] pub mod inner { pub struct Unseen; } use inner::Unseen;";
    for signature in [
        "pub fn f(a: Unseen) {}",
        "pub fn f() -> Option<inner::Unseen> {}",
        "pub struct S { pub a: Vec<Unseen> }",
        "pub struct S; impl S { pub fn f(&self) -> &Unseen {} }",
        "pub enum E { A(Unseen) }",
        "pub const C: [Unseen; 2] = [Unseen; 2];",
        "pub fn f<T: Into<Unseen>>(t: T) {}",
        "pub type T = Box<dyn Fn(&Unseen)>;",
    ] {
        let (_, flaws) = listed(&format!("{hidden} {signature}"));
        assert!(flaws.iter().any(|flaw| flaw.contains("hidden inner::Unseen")), "{signature}: {flaws:?}");
    }
    for signature in [
        "use polars::prelude::DataFrame; pub fn f() -> DataFrame {}",
        "pub fn f(day: jiff::civil::Date) {}",
        "use fixedbitset as bits; pub struct S { pub a: bits::FixedBitSet }",
        "pub enum E { #[doc(hidden)] A(#[from] regex::Error) }",
        "pub struct S; impl From<csv::Error> for S {}",
    ] {
        let (_, flaws) = listed(signature);
        assert!(flaws.iter().any(|flaw| flaw.contains("foreign or unknown")), "{signature}: {flaws:?}");
    }
}
