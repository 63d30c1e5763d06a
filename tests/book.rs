//! The book: links lead somewhere, what is named is there, formulas and tables are those of the source.

#![cfg(feature = "cli")]

use crate::support;

use std::collections::{BTreeSet, HashMap};
use std::fs;

use bisectstat::frame::{Columns, Frames};
use bisectstat::ingest::table::Meaning;
use pulldown_cmark::{Event, Tag, TagEnd};
use serde_json::Value;
use support::book::{Page, pages, updating};
use support::help::{options, subcommands};
use support::root;

/// The anchors of a page, as forges make them: small letters, hyphens for spaces, no other signs; what comes again is
/// counted.
fn anchors(page: &Page) -> Vec<String> {
    let (mut anchors, mut heading, mut seen) = (Vec::new(), None::<String>, HashMap::new());
    for (event, _) in page.events() {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => heading.iter_mut().for_each(|heading| heading.push_str(&text)),
            Event::End(TagEnd::Heading(_)) => {
                let heading = heading.take().unwrap_or_default().to_lowercase().replace(' ', "-");
                let slug: String = heading.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
                let times = seen.entry(slug.clone()).or_insert(0);
                anchors.push(if *times == 0 { slug } else { format!("{slug}-{times}") });
                *times += 1;
            }
            _ => {}
        }
    }
    anchors
}

/// Links and pictures, with their lines.
fn links(page: &Page) -> Vec<(String, usize)> {
    let link = |event: Event<'_>| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
        _ => None,
    };
    page.events().filter_map(|(event, range)| Some((link(event)?, page.line(range.start)))).collect()
}

/// What is written as `code`, with its line.
fn codes(page: &Page) -> Vec<(String, usize)> {
    let code = |event: Event<'_>| if let Event::Code(code) = event { Some(code.to_string()) } else { None };
    page.events().filter_map(|(event, range)| Some((code(event)?, page.line(range.start)))).collect()
}

/// What is wrong with a link.
fn broken(page: &Page, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let target = if file.is_empty() { page.path() } else { page.path().parent()?.join(file) };
    let Ok(target) = target.canonicalize() else { return Some("no such file".into()) };
    let Ok(name) = target.strip_prefix(root().canonicalize().unwrap()) else {
        return Some("outside of the project".into());
    };
    let anchor = anchor.filter(|_| name.extension().is_some_and(|ending| ending == "md"))?;
    let anchors = anchors(&Page::open(name.to_str().unwrap()));
    (!anchors.iter().any(|known| known == anchor)).then(|| format!("no such heading; there are {anchors:?}"))
}

#[test]
fn links_lead_somewhere() {
    let mut complaints = Vec::new();
    for page in pages() {
        for (link, line) in links(&page) {
            complaints.extend(broken(&page, &link).map(|why| format!("{}:{line}: {link}: {why}", page.name)));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_broken_link_is_found() {
    let page = Page::open("docs/README.md");
    for (link, fine) in [("reading.md", true), ("none.md", false), ("rules.md#rules", true), ("rules.md#none", false)] {
        assert_eq!(broken(&page, link).is_none(), fine, "{link}");
    }
    assert!(broken(&page, "../..").is_some() && broken(&page, "https://example.org").is_none());
}

/// Every page of the book stands in the index.
#[test]
fn the_index_leads_to_every_page() {
    let index: Vec<String> = links(&Page::open("docs/README.md")).into_iter().map(|(link, _)| link).collect();
    let pages = pages().into_iter().map(|page| page.name);
    for page in pages.filter(|name| name.starts_with("docs/") && name != "docs/README.md") {
        let file = page.strip_prefix("docs/").unwrap();
        assert!(index.iter().any(|link| link == file), "docs/README.md does not lead to {page}");
    }
}

/// Files of the project that are named as `code` are there.
#[test]
fn files_that_are_named_exist() {
    const FOLDERS: [&str; 9] =
        ["src/", "tests/", "docs/", "schema/", "data/", "charts/", "notebooks/", "benches/", "fuzz/"];
    for page in pages() {
        for (name, line) in codes(&page) {
            let file = name.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
            if file && FOLDERS.iter().any(|folder| name.starts_with(folder)) && !name.contains("NAME") {
                assert!(root().join(&name).exists(), "{}:{line}: there is no {name}", page.name);
            }
        }
    }
}

/// Options that are named as `code` are options of the program, unless they belong to another one.
#[test]
fn options_that_are_named_exist() {
    /// Of git, cargo, and the project's scripts.
    const OTHERS: [&str; 12] = [
        "--is-ancestor",
        "--term-new",
        "--reachable",
        "--update",
        "--step",
        "--body-file",
        "--count",
        "--longest",
        "--others",
        "--generic",
        "--json",
        "--now",
    ];
    let commands = subcommands();
    let mut known: BTreeSet<String> = commands.iter().flat_map(|command| options(command)).collect();
    known.extend(["--help", "--version", "--color"].map(str::to_owned));
    // What is ours, for a page of our own.
    known.extend(options("plans"));
    let commands: BTreeSet<String> = commands.into_iter().chain(["plans".to_owned()]).collect();
    for page in pages() {
        for (code, line) in codes(&page).into_iter().filter(|(code, _)| !code.starts_with("cargo ")) {
            let command = code.strip_prefix("bisectstat ").and_then(|rest| rest.split_whitespace().next());
            let exists = command.is_none_or(|command| command.starts_with('-') || commands.contains(command));
            assert!(exists, "{}:{line}: there is no {code}", page.name);
            let words = code.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| word.starts_with("--"));
            for option in words.filter(|option| option.len() > 2 && !OTHERS.contains(option)) {
                if moved(&page).contains(option) {
                    continue;
                }
                assert!(known.contains(option), "{}:{line}: there is no {option}", page.name);
            }
        }
    }
}

/// Old spellings, which one table shows beside the new ones.
fn moved(page: &Page) -> BTreeSet<&str> {
    let table = page.text.split("| old | now |").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
    let old = table.lines().filter_map(|line| line.split('|').nth(1));
    old.flat_map(|cell| cell.split(|c: char| !c.is_alphanumeric() && c != '-'))
        .filter(|word| word.starts_with("--"))
        .collect()
}

/// `--test NAME` and the like, behind cargo.
#[test]
fn targets_that_are_named_exist() {
    for page in pages() {
        for (number, line) in page.text.lines().enumerate().filter(|(_, line)| line.contains("cargo ")) {
            let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || "`,;)".contains(c)).collect();
            for pair in words.windows(2) {
                let folder = ["--test", "--bench", "--example"].iter().position(|flag| pair[0] == *flag);
                let Some(folder) = folder.map(|i| ["tests", "benches", "examples"][i]) else { continue };
                let target = root().join(folder).join(pair[1]).with_extension("rs");
                assert!(target.is_file(), "{}:{}: there is no {}", page.name, number + 1, target.display());
            }
        }
    }
}

/// The comment with which a source file opens, by lines.
fn opening(file: &str) -> Vec<String> {
    let source = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let comment = source.lines().map_while(|line| line.strip_prefix("//!"));
    comment.map(|line| line.trim_start_matches(' ').to_owned()).collect()
}

/// Without marks and with single spaces.
fn plain(text: &str) -> String {
    text.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn formulas_are_those_of_the_source() {
    let files = ["src/model", "src/analysis"].into_iter().flat_map(|folder| walkdir::WalkDir::new(root().join(folder)));
    let files = files.map(Result::unwrap).filter(|file| file.path().extension().is_some_and(|ending| ending == "rs"));
    let openings: Vec<_> = files.map(|file| plain(&opening(file.path().to_str().unwrap()).join(" "))).collect();
    let page = Page::open("docs/model.md");
    let blocks = page.blocks();
    let formulas = blocks.iter().filter(|block| block.language.as_deref() == Some("text"));
    for formula in formulas.flat_map(|block| block.text.lines()).map(plain) {
        assert!(openings.iter().any(|opening| opening.contains(&formula)), "no model opens with {formula}");
    }
}

#[test]
fn every_oracle_is_a_test() {
    let page = Page::open("docs/model.md");
    let rows = page.text.lines().filter(|line| line.starts_with('|') && line.contains(".rs` |"));
    let mut oracles = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`')).collect();
        let [_, formula, .., test] = &cells[..] else { panic!("{row}") };
        assert!(root().join(formula).is_file(), "there is no {formula}");
        let (file, test) = test.split_once(": ").unwrap_or((formula, test));
        let source = fs::read_to_string(root().join(file)).unwrap();
        assert!(source.contains(&format!("fn {test}(")), "{file} has no {test}");
        oracles += 1;
    }
    assert!(oracles > 15, "{oracles}");
}

#[test]
fn the_figures_in_words_are_true() {
    let page = plain(&Page::open("docs/model.md").text);
    let analysis = |log: &str| bisectstat::analyze(&fs::read(root().join(log)).unwrap()).unwrap().remove(0);
    let confused = analysis("data/004_css_free_rwork_fn.txt");
    let named = confused.steps.iter().find(|step| Some(step.commit) == confused.named_culprit).unwrap();
    let innocent = analysis("data/003_io_wqe_enqueue.txt");
    for (figure, name, digits) in [
        (named.p_bad_alone, "p_bad_alone is", 2),
        (named.p_bad, "p_bad is", 3),
        (innocent.p_named, "a p_named of", 2),
        (innocent.p_right, "a p_right of", 2),
    ] {
        let words = format!("{name} {:.digits$}", figure.unwrap().value());
        assert!(page.contains(&words), "docs/model.md does not say that {words}");
    }
}

/// A table of the schema's keys at the top.
fn keys(schema: &str) -> String {
    let schema: Value = serde_json::from_str(&fs::read_to_string(root().join(schema)).unwrap()).unwrap();
    let row = |(key, what): (&String, &Value)| format!("| `{key}` | {} |\n", what["description"].as_str().unwrap());
    let rows: String = schema["properties"].as_object().unwrap().iter().map(row).collect();
    format!("| key | meaning |\n|---|---|\n{rows}")
}

fn meanings() -> String {
    let row = |(_, names): &(Meaning, &[&str])| {
        let others: Vec<_> = names[1..].iter().map(|name| format!("`{name}`")).collect();
        format!("| `{}` | {} |\n", names[0], others.join(", "))
    };
    let rows: String = Meaning::ALL.iter().map(row).collect();
    format!("| column, and name for `--map` | or called |\n|---|---|\n{rows}")
}

/// The table at the top of a frame's file; its first column tells the frame's columns.
fn frame_tables() -> Vec<(&'static str, String)> {
    let frames = Frames::empty();
    let table = |(name, _, columns): (&'static str, _, &Columns)| {
        let opening = opening(&format!("src/frame/{name}.rs"));
        let rows: Vec<_> = opening.into_iter().filter(|line| line.starts_with('|')).collect();
        let cells = rows[2..].iter().map(|row| row.split('|').nth(1).unwrap());
        let told: Vec<_> = cells.flat_map(|cell| cell.split(',').map(str::trim)).collect();
        assert_eq!(told, columns.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "{name}");
        (name, rows.join("\n") + "\n")
    };
    frames.named().into_iter().map(table).collect()
}

/// The dictionary of the frames, for programs: what the tables at the top of the frames' files say.
fn dictionary() -> String {
    let tables = frame_tables();
    let frame = |(name, table): &(&str, String)| {
        let columns: Vec<Value> = table.lines().skip(2).flat_map(of_row).collect();
        let opening = opening(&format!("src/frame/{name}.rs"));
        let what = opening[0].split_once(": ").unwrap().1.split_once(['.', ',', ':']).unwrap().0;
        serde_json::json!({ "name": name, "rows": what, "columns": columns })
    };
    let frames: Vec<Value> = tables.iter().map(frame).collect();
    let whole = serde_json::json!({
        "schema": bisectstat::frame::SCHEMA,
        "title": "bisectstat analyze --out",
        "description": "The columns of the data frames, with their types and when they are null. The line is the order of the \
                        revisions on which a bisection looks for its change.",
        "frames": frames,
    });
    serde_json::to_string_pretty(&whole).unwrap() + "\n"
}

/// The columns of a row of a frame's table: several may share one.
fn of_row(row: &str) -> Vec<Value> {
    let cells: Vec<&str> = row.trim_matches('|').splitn(4, '|').map(str::trim).collect();
    let [names, types, missing, meaning] = cells[..] else { panic!("{row}") };
    let types: Vec<&str> = types.split(", ").collect();
    let columns = names.split(", ").enumerate().map(|(i, name)| {
        let kind = types.get(i).or(types.last()).unwrap();
        serde_json::json!({ "name": name, "type": kind, "null": missing, "meaning": meaning })
    });
    columns.collect()
}

/// `schema frames` prints the dictionary, with every column and its type.
#[test]
fn the_dictionary_is_made_from_the_source() {
    let path = root().join("schema/frames.json");
    if updating() {
        fs::write(&path, dictionary()).unwrap();
    }
    assert!(fs::read_to_string(path).unwrap() == dictionary(), "UPDATE_PAGES=1 cargo test --test it book::");
    assert_eq!(support::run(&["schema", "frames"]).stdout, dictionary());
    let dictionary: Value = serde_json::from_str(&dictionary()).unwrap();
    for ((name, _, columns), frame) in Frames::empty().named().into_iter().zip(dictionary["frames"].as_array().unwrap())
    {
        assert_eq!(frame["name"], name);
        let told = frame["columns"].as_array().unwrap().iter().map(|column| (&column["name"], &column["type"]));
        let schema = bisectstat::frame::schema(columns);
        for ((told, kind), (column, dtype)) in told.zip(schema.iter()) {
            assert_eq!(told, column.as_str(), "{name}");
            assert_eq!(*kind, dtype.to_string().replace("str", "text"), "{name}.{column}");
        }
    }
}

/// The words that a column can hold are those of the schema.
#[test]
fn columns_tell_all_their_words() {
    let schema: Value =
        serde_json::from_str(&fs::read_to_string(root().join("schema/analysis.json")).unwrap()).unwrap();
    let tables = frame_tables();
    for (frame, column, key) in [
        ("bisections", "format", "/properties/format"),
        ("bisections", "kind", "/properties/kind"),
        ("bisections", "ending", "/properties/ending"),
        ("steps", "role", "/$defs/step/properties/role"),
        ("steps", "verdict", "/$defs/step/properties/verdict"),
        ("findings", "severity", "/$defs/finding/properties/severity"),
    ] {
        let table = &tables.iter().find(|(name, _)| *name == frame).unwrap().1;
        let row = table.lines().find(|row| row.starts_with(&format!("| {column} |"))).unwrap();
        let words = schema.pointer(key).unwrap()["enum"].as_array().unwrap();
        let missing = words.iter().filter_map(Value::as_str).find(|word| !row.contains(&format!("`{word}`")));
        assert_eq!(missing, None, "{frame}.{column}");
    }
}

#[test]
fn tables_are_made_from_the_source() {
    let mut made = frame_tables();
    made.extend([("analysis", keys("schema/analysis.json")), ("meanings", meanings())]);
    let page = Page::open("docs/formats.md");
    let mut text = page.text.clone();
    for (name, table) in made {
        let begin = format!("<!-- made: {name} -->\n");
        let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{begin} is not there"));
        let (_, after) = rest.split_once("<!-- end -->").unwrap();
        text = format!("{before}{begin}{table}<!-- end -->{after}");
    }
    if updating() {
        fs::write(page.path(), text).unwrap();
    } else {
        assert!(text == page.text, "docs/formats.md is old: UPDATE_PAGES=1 cargo test --test it book::");
    }
}
