//! Somebody else's text in Markdown: no markup, no HTML, no mentions, no links that nobody meant.

/// Text inside a paragraph.
pub(super) fn inline(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '$' => escaped.extend(['\\', c]),
            // A mention or a reference is found after the escapes are gone: a space of no width keeps it apart.
            '@' | '#' => escaped.extend([c, '\u{200b}']),
            c => escaped.push(c),
        }
    }
    escaped.replace("://", ":\u{200b}//").replace("www.", "www\u{200b}.")
}

/// Text as code, on one line: between more backticks than it holds.
pub(super) fn code(text: &str) -> String {
    let text = text.replace('\n', " ");
    if text.trim().is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// A block of code.
pub(super) fn block(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

/// Markdown for a table's cell, where bars count even inside of code.
pub(super) fn cell(markdown: &str) -> String {
    let mut cell = String::with_capacity(markdown.len());
    for c in markdown.replace('\n', " ").chars() {
        if c == '|' && !cell.ends_with('\\') {
            cell.push('\\');
        }
        cell.push(c);
    }
    cell
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_shown_not_obeyed() {
        assert_eq!(inline("<script>&[x](y)"), "&lt;script&gt;&amp;\\[x\\](y)");
        assert_eq!(inline("__alloc_pages | *b*"), "\\_\\_alloc\\_pages \\| \\*b\\*");
        assert_eq!(inline("@torvalds #1 https://x"), "@\u{200b}torvalds #\u{200b}1 https:\u{200b}//x");
    }

    #[test]
    fn code_is_fenced_by_more_backticks_than_it_holds() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code(" \n"), "");
        assert_eq!(block("text", "```\n"), "````text\n```\n````\n");
        assert_eq!(block("sh", "git"), "```sh\ngit\n```\n");
    }

    #[test]
    fn bars_do_not_end_a_cell() {
        assert_eq!(cell("`a|b` c\\|d"), "`a\\|b` c\\|d");
    }
}
