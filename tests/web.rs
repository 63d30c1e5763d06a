//! The page that analyses in a browser (`examples/web/`), in a real one: it says what the program says, to the last digit
//! shown, of logs and of hostile input; nothing is asked of the network; a keyboard is enough, and every text can be read.
//!
//! `examples/web/build` builds the page first; `BISECTSTAT_WEB` tells where it is when that is not `examples/web/dist`.

#![cfg(feature = "cli")]

use crate::browser::{FAINT, OVERFLOW};
use crate::support;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use support::chromium::Tab;
use support::page::hold_to_the_rules;
use support::{LOGS, Need, folder, root, skip};

/// The page, where it was built.
fn built() -> Option<PathBuf> {
    let named = std::env::var_os("BISECTSTAT_WEB").map(PathBuf::from);
    let page = named.unwrap_or_else(|| root().join("examples/web/dist/index.html"));
    if page.is_file() {
        return Some(page);
    }
    skip(Need::Web, "no page (examples/web/build)");
    None
}

/// A tab with the page.
fn opened() -> Option<(Tab, PathBuf)> {
    let page = built()?;
    let mut tab = Tab::new()?;
    tab.open(&page);
    Some((tab, page))
}

/// Waits until an analysis is done; what the status says.
fn done(tab: &mut Tab) -> String {
    for _ in 0..6000 {
        let status = tab.eval("document.querySelector('#web-status').textContent");
        match status.as_str().unwrap() {
            "" | "Analysing …" => std::thread::sleep(Duration::from_millis(10)),
            status => return status.to_owned(),
        }
    }
    panic!("no answer in a minute");
}

/// Does something that starts an analysis, and waits for it.
fn after(tab: &mut Tab, act: impl FnOnce(&mut Tab)) -> String {
    tab.eval("document.querySelector('#web-status').textContent = ''");
    act(tab);
    done(tab)
}

/// Hands files to an input, as who chooses them.
fn choose(tab: &mut Tab, input: &str, files: &[PathBuf]) -> String {
    after(tab, |tab| {
        let document = tab.ask("DOM.getDocument", json!({"depth": 0}))["root"]["nodeId"].clone();
        let input = tab.ask("DOM.querySelector", json!({"nodeId": document, "selector": input}))["nodeId"].clone();
        tab.ask("DOM.setFileInputFiles", json!({"nodeId": input, "files": files}));
    })
}

/// What the page says of the input: its messages, a line each.
fn messages(tab: &mut Tab) -> Vec<String> {
    let said =
        tab.eval("[...document.querySelectorAll('#web-said:not([hidden]) p')].map(p => p.textContent).join('\\n')");
    lines(said.as_str().unwrap())
}

fn lines(text: &str) -> Vec<String> {
    text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

fn text(tab: &mut Tab, expression: &str) -> String {
    tab.eval(expression).as_str().unwrap().to_owned()
}

/// The program, in the files' folder, where their names are what the page has.
fn program(args: &[&str], dir: &Path) -> (String, Vec<String>) {
    let output = support::bisectstat(args).current_dir(dir).output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), lines(&String::from_utf8(output.stderr).unwrap()))
}

/// The same values; figures that are not shown agree to eleven digits behind the point: a browser's logarithm is another.
fn is_same(ours: &Value, theirs: &Value, place: &str) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let keys = |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(ours), keys(theirs), "{place}");
            ours.iter().for_each(|(key, value)| is_same(value, &theirs[key], &format!("{place}.{key}")));
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "{place}");
            ours.iter().zip(theirs).enumerate().for_each(|(at, (a, b))| is_same(a, b, &format!("{place}[{at}]")));
        }
        (Value::Number(a), Value::Number(b)) if a.is_f64() && b.is_f64() => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            assert!((a - b).abs() <= 1e-11 * b.abs().max(1.0), "{place}: {a} and {b}");
        }
        _ => assert_eq!(ours, theirs, "{place}"),
    }
}

/// A page without the figures that only its script reads, which have all digits.
fn shown(page: &str) -> String {
    let mut parts = page.split(" data-sort=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shown, part| shown + part.split_once('"').map_or("", |(_, rest)| rest))
}

/// Gives one file to the page and to the program, which must say the same; how many bisections there are.
fn agree(tab: &mut Tab, file: &Path) -> usize {
    let (dir, name) = (file.parent().unwrap(), file.file_name().unwrap().to_str().unwrap());
    let status = choose(tab, "#web-files", &[file.to_owned()]);
    let (figures, said) = program(&["analyze", "--format", "json", name], dir);
    assert_eq!(messages(tab), said, "{name}: {status}");
    let ours: Value = serde_json::from_str(&text(tab, "ask('figures')")).unwrap();
    let theirs: Value = if figures.is_empty() { json!([]) } else { serde_json::from_str(&figures).unwrap() };
    is_same(&ours, &theirs, name);
    let found = ours.as_array().unwrap().len();
    if found == 1 {
        let out = tempfile::tempdir().unwrap();
        let report = out.path().join("report.html");
        program(&["report", "-o", report.to_str().unwrap(), name], dir);
        let page = text(tab, "ask('page', {place: 0, alone: true})");
        assert!(shown(&page) == shown(&fs::read_to_string(report).unwrap()), "{name}: another page");
    }
    found
}

#[test]
fn a_log_gives_the_programs_figures_and_page() {
    let Some((mut tab, _)) = opened() else { return };
    for (_, log) in LOGS {
        assert_eq!(agree(&mut tab, &root().join(log)), 1);
    }
}

/// Every file below a folder of the project.
fn files(dir: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join(dir)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(path.to_str().unwrap()));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn other_and_hostile_input_says_what_the_program_says() {
    let Some((mut tab, _)) = opened() else { return };
    let log = fs::read_to_string(root().join(LOGS[4].1)).unwrap();
    let named = "WARNING: ODEBUG bug in netdev_run_todo";
    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    let mut packed = zstd::encode_all(&log.as_bytes()[..2000], 0).unwrap();
    packed.extend(zstd::encode_all(&log.as_bytes()[2000..], 0).unwrap());
    let torn = packed[..packed.len() - 9].to_vec();
    let made = folder(&[
        ("empty.txt", b""),
        ("zero.txt", b"a\0b"),
        ("wide.txt", "x".repeat(3 << 20).as_bytes()),
        ("deep.json", deep.as_bytes()),
        ("half.txt", &log.as_bytes()[..log.len() / 2]),
        ("markup.txt", log.replace(named, "<img src=x onerror=alert(1)></script><script>alert(2)</script>").as_bytes()),
        ("turned.txt", log.replace(named, "\u{202e}BUG\u{7} in \u{1b}[31mred").as_bytes()),
        ("<b>&amp;.txt", log.as_bytes()),
        ("log.txt.zst", &packed),
        ("torn.txt.zst", &torn),
    ]);
    let made = files(made.path().to_str().unwrap());
    let seeds = ["fuzz/seeds/archive", "fuzz/seeds/mail", "fuzz/seeds/table", "tests/git_bisect", "tests/parquet"];
    let known = seeds.into_iter().flat_map(files);
    let found: usize = known.chain(made).map(|file| agree(&mut tab, &file)).sum();
    assert!(found > 30, "{found}");
    assert_eq!(tab.eval("typeof library + [...document.scripts].length"), "undefined4");
    assert_eq!(tab.complaints(), Vec::<&Value>::new());
}

#[test]
fn reports_in_folders_are_put_together() {
    let Some((mut tab, _)) = opened() else { return };
    let start = root().join("docs/start");
    let status = choose(&mut tab, "#web-folders", &[start.join("reports")]);
    let (figures, said) = program(&["analyze", "--format", "json", "reports"], &start);
    assert_eq!((messages(&mut tab), status.is_empty()), (said, false));
    is_same(
        &serde_json::from_str(&text(&mut tab, "ask('figures')")).unwrap(),
        &serde_json::from_str(&figures).unwrap(),
        "reports",
    );
}

/// Nothing but the page was asked for, and no console complains.
fn is_quiet(tab: &Tab, page: &Path) {
    assert_eq!(tab.complaints(), Vec::<&Value>::new());
    let ours = format!("file://{}", page.display());
    let ours =
        |url: &str| url.split('#').next() == Some(&*ours) || url.starts_with("blob:") || url.starts_with("data:");
    let strange: Vec<_> = tab.requests().into_iter().filter(|url| !ours(url)).collect();
    assert_eq!(strange, Vec::<&str>::new());
}

#[test]
fn nothing_leaves_the_machine() {
    let Some((mut tab, page)) = opened() else { return };
    choose(&mut tab, "#web-files", &[root().join(LOGS[2].1)]);
    is_quiet(&tab, &page);
    // What computes has no way out at all, and the page's policy leaves it none either.
    assert_eq!(tab.eval("module.then(module => WebAssembly.Module.imports(module).length)"), 0);
    let blocked = "new Promise(done => {
        document.addEventListener('securitypolicyviolation', event => done(event.effectiveDirective), {once: true});
        fetch('https://example.org/?' + encodeURIComponent('log')).catch(() => {});
    })";
    assert_eq!(tab.eval(blocked), "connect-src");
}

#[test]
fn the_page_is_small() {
    let Some(page) = built() else { return };
    let (mut packed, bytes) = (Vec::new(), fs::read(page).unwrap());
    flate2::read::GzEncoder::new(bytes.as_slice(), flate2::Compression::best()).read_to_end(&mut packed).unwrap();
    assert!(packed.len() < 3_000_000, "{}", packed.len());
}

#[test]
fn a_keyboard_is_enough() {
    let Some((mut tab, page)) = opened() else { return };
    let focus = "document.activeElement.id || document.activeElement.tagName";
    let mut seen = Vec::new();
    for _ in 0..7 {
        tab.press("Tab", 9);
        seen.push(text(&mut tab, focus));
    }
    let order = ["A", "web-text", "BUTTON", "web-choose", "web-folder", "web-example", "SUMMARY"];
    assert_eq!(seen, order);
    // Paste and analyse.
    tab.eval("document.querySelector('#web-text').focus()");
    tab.type_in(&fs::read_to_string(root().join(LOGS[4].1)).unwrap());
    let status = after(&mut tab, |tab| {
        tab.press("Tab", 9);
        tab.press(" ", 32);
    });
    assert!(status.starts_with("✗ do not trust "), "{status}");
    assert_eq!(tab.eval("document.activeElement.tagName + document.activeElement.textContent"), "H1pasted");
    assert_eq!(tab.eval("document.querySelector('#web-input').open"), false);
    // The report works as it does alone.
    tab.click("#f1 .quote a");
    assert_eq!(tab.eval("document.querySelector(':target').id"), "L177");
    tab.click("#revisions th:nth-child(3) button");
    assert_eq!(tab.eval("document.querySelector('#revisions th:nth-child(3)').ariaSort"), "ascending");
    is_quiet(&tab, &page);
}

/// Runs in the page: what a screen reader has no name for.
const NAMELESS: &str = "[...document.querySelectorAll('input, textarea, select, button, summary, a[href]')]
    .filter(e => !(e.labels?.[0]?.textContent ?? e.ariaLabel ?? e.textContent).trim() && !e.ariaLabel).map(e => e.outerHTML)";

#[test]
fn every_control_has_a_name_and_every_text_can_be_read() {
    let Some((mut tab, page)) = opened() else { return };
    for (log, scheme) in [(None, "light"), (None, "dark"), (Some(LOGS[2].1), "light"), (Some(LOGS[2].1), "dark")] {
        for width in [360, 700, 1400] {
            tab.look(width, scheme, "screen");
            tab.open(&page);
            tab.eval("document.querySelector('#web-more').open = true");
            match log {
                Some(log) => drop(choose(&mut tab, "#web-files", &[root().join(log)])),
                None => assert!(after(&mut tab, |tab| tab.click("button.main")).starts_with("There is nothing")),
            }
            for rule in [NAMELESS, FAINT, OVERFLOW] {
                assert_eq!(tab.eval(rule), json!([]), "{log:?} at {width}, {scheme}");
            }
            let headings = tab.eval("[...document.querySelectorAll('h1')].filter(e => e.checkVisibility()).length");
            let mains = tab.eval("document.querySelectorAll('main').length");
            assert_eq!((headings, mains), (json!(1), json!(1)));
        }
    }
    is_quiet(&tab, &page);
}

#[test]
fn a_question_shows_where_it_is_answered() {
    let Some((mut tab, _)) = opened() else { return };
    let dir = folder(&[("runs.csv", b"what,how\nv1,no\nv1,no\nv1,no\nv2,yes\nv2,no\n")]);
    choose(&mut tab, "#web-files", &[dir.path().join("runs.csv")]);
    let (_, said) = program(&["analyze", "runs.csv"], dir.path());
    assert_eq!(messages(&mut tab), said);
    assert!(said[0].contains("--map "), "{said:?}");
    assert_eq!(tab.eval("document.activeElement.id"), "web-map");
    // No answer, then one.
    for (map, found) in [("what", 0), ("commit=what,crashed=how", 1)] {
        tab.eval("document.querySelector('#web-map').value = ''");
        tab.type_in(map);
        let enter =
            json!({"type": "keyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"});
        after(&mut tab, |tab| drop(tab.ask("Input.dispatchKeyEvent", enter)));
        let (_, said) = program(&["analyze", "--format", "json", "--map", map, "runs.csv"], dir.path());
        // The program's parser adds a hint to its first line.
        assert_eq!(messages(&mut tab).first(), said.first());
        assert_eq!(tab.eval("shown.names.length"), found);
    }
}

/// What was saved: its name and its content.
fn saved(tab: &mut Tab, button: &str) -> (String, String) {
    tab.eval(
        "URL.createObjectURL = blob => (window.blob = blob, 'blob:none'); window.name_ = null;
              HTMLAnchorElement.prototype.click = function() { window.name_ = this.download }",
    );
    tab.click(button);
    let name =
        "new Promise(done => { const wait = () => window.name_ ? done(window.name_) : setTimeout(wait, 10); wait() })";
    (text(tab, name), text(tab, "window.blob.text()"))
}

#[test]
fn a_page_is_saved_as_one_file() {
    let Some((mut tab, _)) = opened() else { return };
    choose(&mut tab, "#web-files", &[root().join(LOGS[2].1)]);
    let (name, page) = saved(&mut tab, "#web-save");
    assert_eq!(name, "002_del_gendisk.html");
    hold_to_the_rules(&page);
    let (name, figures) = saved(&mut tab, "#web-json");
    assert_eq!(name, "002_del_gendisk.json");
    assert_eq!(serde_json::from_str::<Value>(&figures).unwrap()[0]["schema"], "bisectstat/1");
}

#[test]
fn several_logs_make_an_overview_with_pages() {
    let Some((mut tab, page)) = opened() else { return };
    let status = choose(&mut tab, "#web-files", &LOGS.map(|(_, log)| root().join(log)));
    assert!(status.starts_with("5 bisections"), "{status}");
    let heading = "document.querySelector('main h1:not(#web-intro h1)').textContent";
    let seen = |tab: &mut Tab, wanted: &str| {
        let wait = format!(
            "new Promise(done => {{ const wait = () => {heading} === {wanted:?} ? done(true) : setTimeout(wait, 10); wait() }})"
        );
        assert_eq!(tab.eval(&wait), true);
    };
    tab.click("#table tbody a");
    seen(&mut tab, "004_css_free_rwork_fn.txt");
    tab.click(".back a");
    seen(&mut tab, "5 bisections");
    tab.eval("history.back()");
    seen(&mut tab, "004_css_free_rwork_fn.txt");
    tab.eval("history.forward()");
    seen(&mut tab, "5 bisections");
    is_quiet(&tab, &page);
    // The same in one file, without scripts.
    let (name, whole) = saved(&mut tab, "#web-save");
    assert_eq!(name, "bisections.html");
    let dir = folder(&[("bisections.html", whole.as_bytes())]);
    let file = dir.path().join("bisections.html");
    tab.open(&file);
    let visible =
        "[...document.querySelectorAll('h1')].filter(e => e.checkVisibility()).map(e => e.textContent).join()";
    assert_eq!(tab.eval(visible), "5 bisections");
    tab.click("#table tbody a");
    assert_eq!(tab.eval(visible), "004_css_free_rwork_fn.txt");
    let link = text(&mut tab, "[...document.querySelectorAll('.quote a')].find(e => e.checkVisibility()).hash");
    tab.click(&format!("a[href='{link}']"));
    assert_eq!(tab.eval(visible), "004_css_free_rwork_fn.txt");
    assert_eq!(tab.eval("document.querySelector(':target').checkVisibility()"), true);
    let ids = "(ids => ids.length - new Set(ids).size)([...document.querySelectorAll('[id]')].map(e => e.id))";
    assert_eq!(tab.eval(ids), 0);
    let lost = "[...document.querySelectorAll('a[href^=\"#\"]')].filter(e => !document.getElementById(e.hash.slice(1))).length";
    assert_eq!(tab.eval(lost), 0);
    is_quiet(&tab, &file);
}
