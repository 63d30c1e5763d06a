//! A page as a test reads it.

use std::collections::HashSet;
use std::fmt::Write as _;

use roxmltree::{Document, Node, ParsingOptions};

/// Our pages are XML too, so that a strict parser finds what a browser would forgive.
pub fn parsed(html: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(html, options).unwrap_or_else(|error| panic!("{error}"))
}

/// The words of a page, a line a block; pictures are left out.
pub fn words(html: &str) -> String {
    const BLOCKS: [&str; 14] =
        ["h1", "h2", "h3", "p", "li", "tr", "dt", "dd", "summary", "caption", "pre", "label", "output", "figure"];
    let document = parsed(html);
    let blocks = document.descendants().filter(|node| BLOCKS.contains(&node.tag_name().name()));
    let inside = |node: &Node<'_, '_>, name| node.ancestors().skip(1).any(|parent| parent.has_tag_name(name));
    let mut text = String::new();
    for block in blocks.filter(|node| !inside(node, "figure") && !inside(node, "tr")) {
        let line = match block.tag_name().name() {
            "figure" => format!("[{}]", block.attribute("id").unwrap_or_default()),
            "tr" => block.children().filter(Node::is_element).map(flat).collect::<Vec<_>>().join(" | "),
            heading @ ("h1" | "h2" | "h3") => {
                format!("\n{} {}", "#".repeat(heading[1..].parse().unwrap()), flat(block))
            }
            _ => flat(block),
        };
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// The text of an element with single spaces.
pub fn flat(node: Node<'_, '_>) -> String {
    let text: String = node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What every page must hold to: ids are there once, links have their targets, nothing is asked of the network, nothing
/// runs but the page's own script, headings come in order, heads of tables have a scope.
pub fn hold_to_the_rules(html: &str) {
    let document = parsed(html);
    let elements = || document.descendants().filter(Node::is_element);
    let mut ids = HashSet::new();
    for id in elements().filter_map(|node| node.attribute("id")) {
        assert!(ids.insert(id), "id {id} is there twice");
    }
    for node in elements() {
        for name in ["aria-labelledby", "aria-describedby", "for"] {
            assert!(node.attribute(name).is_none_or(|id| ids.contains(id)), "{node:?}");
        }
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            assert!(!name.starts_with("on") && name != "src" && name != "srcset", "{name} in {node:?}");
            assert!(!value.contains("url(") || value.contains("url(#"), "{name}={value}");
            if name == "href" {
                let known = value.strip_prefix('#').map_or(!value.contains(':'), |id| ids.contains(id));
                assert!(known, "{value} leads nowhere");
            }
        }
        let tag = node.tag_name().name();
        assert!(!["img", "iframe", "object", "embed", "link", "image", "base"].contains(&tag), "{tag}");
        assert!(tag != "th" || node.attribute("scope").is_some(), "{node:?}");
        assert!(tag != "svg" || node.attribute("role") == Some("img"), "{node:?}");
    }
    assert_eq!(elements().filter(|node| node.has_tag_name("script")).count(), 1);
    let styles = elements().filter(|node| node.has_tag_name("style")).map(flat);
    assert!(styles.into_iter().all(|style| !style.contains("@import") && !style.contains("url(")));
    assert_eq!(document.root_element().attribute("lang"), Some("en"));
    headings_come_in_order(&document);
}

fn headings_come_in_order(document: &Document<'_>) {
    let level = |node: Node<'_, '_>| node.tag_name().name().strip_prefix('h')?.parse::<u32>().ok();
    let levels: Vec<_> = document.descendants().filter_map(level).collect();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert!(levels.first() == Some(&1) && levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
}
