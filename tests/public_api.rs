//! The public API as a list: whoever changes or removes an item that others may use sees it in the snapshot, and so does the
//! reader of the change. It is read from the sources, since rustdoc's JSON needs a nightly compiler. What macros make is not
//! in it: `finding::RULES` and `finding::Limits`, which have a snapshot of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::{Attribute, Fields, ImplItem, Item, TraitItem, Type, UseTree, Visibility};

/// A module's name from the crate on: `["model", "search"]`.
type ModulePath = Vec<String>;

#[derive(Default)]
struct Crate {
    /// The items of each module.
    modules: BTreeMap<ModulePath, Vec<Item>>,
    /// The modules that can be named from outside.
    public: BTreeSet<ModulePath>,
    /// Where an item of a module is named again, and how.
    again: BTreeMap<(ModulePath, String), Vec<(ModulePath, String)>>,
}

impl Crate {
    fn read(root: &Path) -> Self {
        let mut read = Self::default();
        read.public.insert(Vec::new());
        read.module(Vec::new(), &root.join("lib.rs"), root);
        read
    }

    /// Reads a module's file; its own modules are in `dir`.
    fn module(&mut self, path: ModulePath, file: &Path, dir: &Path) {
        let items = syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap().items;
        for item in &items {
            match item {
                Item::Mod(module) if module.content.is_none() => {
                    let name = module.ident.to_string();
                    let inner = [&path[..], std::slice::from_ref(&name)].concat();
                    if is_public(&module.vis) && self.public.contains(&path) {
                        self.public.insert(inner.clone());
                    }
                    let files: [PathBuf; 2] = [dir.join(format!("{name}.rs")), dir.join(&name).join("mod.rs")];
                    let file = files.iter().find(|file| file.is_file()).unwrap();
                    self.module(inner, file, &dir.join(&name));
                }
                Item::Use(used) if is_public(&used.vis) => self.named_again(&path, path.clone(), &used.tree),
                _ => {}
            }
        }
        self.modules.insert(path, items);
    }

    fn named_again(&mut self, here: &ModulePath, mut from: ModulePath, tree: &UseTree) {
        let (name, alias) = match tree {
            UseTree::Path(part) => {
                from.push(part.ident.to_string());
                return self.named_again(here, from, &part.tree);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.named_again(here, from.clone(), tree));
            }
            UseTree::Name(name) => (&name.ident, &name.ident),
            UseTree::Rename(rename) => (&rename.ident, &rename.rename),
            UseTree::Glob(glob) => panic!("name what is public: {:?}", glob.span().source_text()),
        };
        self.again.entry((from, name.to_string())).or_default().push((here.clone(), alias.to_string()));
    }

    /// The names under which an item can be used from outside.
    fn names(&self, module: &ModulePath, name: &str) -> Vec<String> {
        let own = self.public.contains(module).then(|| [&module[..], &[name.to_owned()]].concat().join("::"));
        let again = self.again.get(&(module.clone(), name.to_owned())).into_iter().flatten();
        own.into_iter().chain(again.flat_map(|(module, name)| self.names(module, name))).collect()
    }

    fn lines(&self) -> Vec<String> {
        let all = || self.modules.iter().flat_map(|(path, items)| items.iter().map(move |item| (path, item)));
        let mut lines = Vec::new();
        let mut types: BTreeMap<(String, ModulePath), Vec<String>> = BTreeMap::new();
        for (path, item) in all() {
            let Some(name) = public_name(item) else { continue };
            let names = self.names(path, &name);
            for name in &names {
                definition(name, item, &mut lines);
            }
            types.entry((name, path.clone())).or_default().extend(names);
        }
        for (path, item) in all() {
            let Item::Impl(block) = item else { continue };
            let Type::Path(of) = &*block.self_ty else { continue };
            let of = of.path.segments.last().unwrap().ident.to_string();
            // Of several types of one name, the nearest.
            let near = types.iter().filter(|((name, _), _)| *name == of);
            let nearest =
                near.max_by_key(|((_, module), _)| module.iter().zip(path).take_while(|(a, b)| a == b).count());
            for name in nearest.into_iter().flat_map(|(_, names)| names) {
                implementation(name, block, &mut lines);
            }
        }
        with_traits_together(lines)
    }
}

/// Sorted, and one line for all traits of a type.
fn with_traits_together(lines: Vec<String>) -> Vec<String> {
    let mut traits: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut others = BTreeSet::new();
    for line in lines {
        match line.strip_prefix("impl ").and_then(|line| line.rsplit_once(" for ")) {
            Some((implemented, name)) => _ = traits.entry(name.to_owned()).or_default().insert(implemented.to_owned()),
            None => _ = others.insert(line),
        }
    }
    let traits = traits
        .into_iter()
        .map(|(name, traits)| format!("impl {name}: {}", traits.into_iter().collect::<Vec<_>>().join(" + ")));
    others.extend(traits);
    others.into_iter().collect()
}

const fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn public_name(item: &Item) -> Option<String> {
    let (visibility, ident) = match item {
        Item::Const(item) => (&item.vis, &item.ident),
        Item::Enum(item) => (&item.vis, &item.ident),
        Item::Fn(item) => (&item.vis, &item.sig.ident),
        Item::Static(item) => (&item.vis, &item.ident),
        Item::Struct(item) => (&item.vis, &item.ident),
        Item::Trait(item) => (&item.vis, &item.ident),
        Item::Type(item) => (&item.vis, &item.ident),
        _ => return None,
    };
    is_public(visibility).then(|| ident.to_string())
}

/// The lines of an item that is called `name` outside.
fn definition(name: &str, item: &Item, lines: &mut Vec<String>) {
    match item {
        Item::Const(item) => lines.push(format!("const {name}: {}", text(&item.ty))),
        Item::Static(item) => lines.push(format!("static {name}: {}", text(&item.ty))),
        Item::Type(item) => lines.push(format!("type {name}{} = {}", text(&item.generics), text(&item.ty))),
        Item::Fn(item) => lines.push(format!("fn {name}: {}", text(&item.sig))),
        Item::Struct(item) => {
            let private = item.fields.iter().any(|field| !is_public(&field.vis));
            let more = if private { ", with private fields" } else { "" };
            lines.push(format!("struct {name}{}{more}", text(&item.generics)));
            fields(name, &item.fields, true, lines);
            derived(name, &item.attrs, lines);
        }
        Item::Enum(item) => {
            lines.push(format!("enum {name}{}", text(&item.generics)));
            for variant in &item.variants {
                let name = format!("{name}::{}", variant.ident);
                lines.push(format!("variant {name}"));
                fields(&name, &variant.fields, false, lines);
            }
            derived(name, &item.attrs, lines);
        }
        Item::Trait(item) => {
            lines.push(format!("trait {name}{}", text(&item.generics)));
            for item in &item.items {
                if let TraitItem::Fn(method) = item {
                    lines.push(format!("fn {name}::{}: {}", method.sig.ident, text(&method.sig)));
                }
            }
        }
        _ => {}
    }
}

/// The fields that can be seen; those of a variant all can.
fn fields(of: &str, fields: &Fields, hidden: bool, lines: &mut Vec<String>) {
    for (i, field) in fields.iter().enumerate().filter(|(_, field)| !hidden || is_public(&field.vis)) {
        let name = field.ident.as_ref().map_or_else(|| i.to_string(), ToString::to_string);
        lines.push(format!("field {of}::{name}: {}", text(&field.ty)));
    }
}

fn derived(name: &str, attributes: &[Attribute], lines: &mut Vec<String>) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        let _ = attribute.parse_nested_meta(|derived| {
            lines.push(format!("impl {} for {name}", text(&derived.path)));
            Ok(())
        });
    }
}

fn implementation(name: &str, block: &syn::ItemImpl, lines: &mut Vec<String>) {
    if let Some((_, implemented, _)) = &block.trait_ {
        return lines.push(format!("impl {} for {name}", text(implemented)));
    }
    for item in &block.items {
        match item {
            ImplItem::Fn(item) if is_public(&item.vis) => {
                lines.push(format!("fn {name}::{}: {}", item.sig.ident, text(&item.sig)));
            }
            ImplItem::Const(item) if is_public(&item.vis) => {
                lines.push(format!("const {name}::{}: {}", item.ident, text(&item.ty)));
            }
            _ => {}
        }
    }
}

/// As the source has it, in one line.
fn text(of: &impl Spanned) -> String {
    let text = of.span().source_text().unwrap_or_default();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace("( ", "(").replace(", )", ")").replace("< ", "<").replace(", >", ">").replace(" )", ")")
}

#[test]
fn the_public_api_is_as_reviewed() {
    let lines = Crate::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).lines();
    insta::assert_snapshot!("public_api", lines.join("\n"));
}
