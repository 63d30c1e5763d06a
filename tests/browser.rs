//! The pages in a real browser: tables sort, the filter filters, links jump, nothing overflows, nothing is asked of the
//! network, and every text can be read on its ground.

#![cfg(feature = "cli")]

use crate::support;

use std::path::{Path, PathBuf};

use serde_json::json;
use support::chromium::Tab;
use support::{LOGS, run};
use tempfile::TempDir;

/// The report of some paths, and where it lies.
fn report(paths: &[&str]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("report.html");
    assert_eq!(run(&[&["report", "-o", file.to_str().unwrap()], paths].concat()).code, Some(0));
    (dir, file)
}

fn column(tab: &mut Tab, table: &str, n: usize) -> Vec<String> {
    let cells = format!(
        "[...document.querySelectorAll('#{table} tbody tr')].filter(row => !row.hidden).map(row => row.cells[{n}].textContent.trim())"
    );
    serde_json::from_value(tab.eval(&cells)).unwrap()
}

/// Nothing went wrong, and nothing but the page was asked for.
fn is_quiet(tab: &Tab, file: &Path) {
    assert_eq!(tab.complaints(), Vec::<&serde_json::Value>::new());
    let ours = format!("file://{}", file.display());
    let strange: Vec<_> = tab.requests().into_iter().filter(|url| url.split('#').next() != Some(&*ours)).collect();
    assert_eq!(strange, Vec::<&str>::new());
}

#[test]
fn tables_sort_and_filter() {
    let Some(mut tab) = Tab::new() else { return };
    let (_dir, file) = report(&["data"]);
    tab.open(&file);
    let blame = column(&mut tab, "table", 3);
    assert_eq!(blame, ["0.06", "0.28", "0.51", "0.57", "0.59"]);
    tab.click("#table th:nth-child(4) button");
    assert_eq!(column(&mut tab, "table", 3), blame);
    tab.click("#table th:nth-child(4) button");
    assert_eq!(column(&mut tab, "table", 3), blame.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(tab.eval("document.querySelector('#table th:nth-child(4)').ariaSort"), "descending");
    tab.click("#table th:nth-child(1) button");
    let names = column(&mut tab, "table", 0);
    assert!(names.is_sorted() && names.len() == 5, "{names:?}");
    // By keyboard too.
    tab.eval("document.querySelector('#table th:nth-child(4) button').focus()");
    tab.press(" ", 32);
    assert_eq!(column(&mut tab, "table", 3), blame);
    // Empty cells come last, up and down.
    for _ in 0..2 {
        tab.click("#table th:nth-child(6) button");
        assert_eq!(column(&mut tab, "table", 5), ["7 commits", "", "", "", ""]);
    }
    tab.click("input[name=text]");
    tab.type_in("NBD ioctl");
    assert_eq!(column(&mut tab, "table", 2), ["e9e006f5fcf2"]);
    assert_eq!(tab.eval("document.querySelector('output').value"), "1 of 5");
    tab.eval("document.querySelector('form').reset(); document.querySelector('form').oninput()");
    tab.eval(
        "(s => { s.value = 'do-not-trust'; s.dispatchEvent(new Event('input', {bubbles: true})) })(document.querySelector('select'))",
    );
    assert_eq!(column(&mut tab, "table", 1), ["✗ do not trust"]);
    is_quiet(&tab, &file);
}

#[test]
fn findings_lead_to_their_lines() {
    let Some(mut tab) = Tab::new() else { return };
    let (_dir, file) = report(&[LOGS[4].1]);
    tab.look(1400, "light", "screen");
    tab.open(&file);
    // Also where the reader has folded the log.
    tab.click("details.log summary");
    assert_eq!(tab.eval("document.querySelector('details.log').open"), false);
    tab.click("#f1 .quote a");
    let seen = "new Promise(done => setTimeout(() => {
        const line = document.querySelector(':target'), box = line.getBoundingClientRect();
        done([line.id, line.querySelector('span').firstChild.data.trim(), box.top >= 0, box.bottom <= innerHeight, box.height > 0]);
    }, 300))";
    let title = "run #0: crashed: WARNING: ODEBUG bug in netdev_run_todo";
    assert_eq!(tab.eval(seen), json!(["L177", title, true, true, true]));
    tab.click("#L177 .cite");
    assert_eq!(tab.eval("document.querySelector(':target').id"), "f1");
    is_quiet(&tab, &file);
}

#[test]
fn an_overview_leads_to_a_page_and_back() {
    let Some(mut tab) = Tab::new() else { return };
    let (dir, file) = report(&["data"]);
    tab.open(&file);
    let heading = "document.querySelector('h1').textContent";
    tab.follow("#table tbody a");
    assert_eq!(tab.eval(heading), "004_css_free_rwork_fn.txt");
    tab.follow(".back a");
    assert_eq!(tab.eval(heading), "5 bisections");
    drop(dir);
}

/// Runs in the page: what is wider than the window.
pub const OVERFLOW: &str = "document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
        .map(e => e.outerHTML.slice(0, 200)).concat(['scrollWidth ' + document.documentElement.scrollWidth])";

/// The page that a team opens each morning: what got worse, in a few looks.
#[test]
fn histories_are_filtered_and_lead_to_each_test() {
    let Some(mut tab) = Tab::new() else { return };
    let (_dir, file) = histories();
    tab.open(&file);
    assert_eq!(column(&mut tab, "table", 0)[..2], ["login::refreshes", "cart::total"]);
    tab.eval(
        "(s => { s.value = 'got_worse'; s.dispatchEvent(new Event('input', {bubbles: true})) })(document.querySelector('select'))",
    );
    assert_eq!(column(&mut tab, "table", 0), ["cart::total", "search::slow"]);
    // The newest change first, on the second click.
    tab.click("#table th:nth-child(3) button");
    tab.click("#table th:nth-child(3) button");
    assert_eq!(column(&mut tab, "table", 0)[0], "cart::total");
    is_quiet(&tab, &file);
    tab.eval("document.querySelector('form').reset(); document.querySelector('form').oninput()");
    tab.follow("#table tbody a");
    assert_eq!(tab.eval("document.querySelector('h1').textContent"), "login::refreshes");
    assert!(tab.eval("document.querySelectorAll('figure svg').length") == 1);
    tab.follow(".back a");
    assert!(tab.eval("document.querySelector('h1').textContent").as_str().unwrap().starts_with("Of 8 tests"));
}

/// The pages of histories, and where they lie.
fn histories() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tests.html");
    let table = support::root().join("docs/start/ci.csv");
    let ran = run(&["history", table.to_str().unwrap(), "-o", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    (dir, file)
}

#[test]
fn nothing_overflows() {
    let Some(mut tab) = Tab::new() else { return };
    let (_dir, overview) = report(&["data"]);
    let long = tempfile::tempdir().unwrap();
    let log = std::fs::read_to_string(support::root().join(LOGS[4].1)).unwrap();
    let name = format!("{}.txt", "x".repeat(200));
    std::fs::write(long.path().join(&name), log.replace("netdev_run_todo", &"netdev".repeat(500))).unwrap();
    let (_long, long) = report(&[long.path().join(name).to_str().unwrap()]);
    let (_one, one) = report(&[LOGS[4].1]);
    let (_tests, tests) = histories();
    let test = tests.with_file_name("tests.d").join("test-cart--total.html");
    for file in [&overview, &long, &one, &tests, &test] {
        for width in [400, 700, 1400] {
            tab.look(width, "dark", "screen");
            tab.open(file);
            assert_eq!(tab.eval(OVERFLOW), json!([]), "{} at {width}", file.display());
            is_quiet(&tab, file);
        }
        tab.look(700, "light", "print");
        assert_eq!(tab.eval(OVERFLOW), json!([]), "{} printed", file.display());
    }
}

/// Runs in the page: texts with less contrast than WCAG's AA demands (4.5 to 1), pictures left out.
pub const FAINT: &str = "(() => {
    const parse = color => color.match(/[\\d.]+/g).map(Number);
    const ground = e => { for (; e; e = e.parentElement) {
        const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const faint = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const e = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || e.closest('svg, script, style, select')) continue;
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (contrast < 4.5) faint.push([e.outerHTML.slice(0, 120), contrast]);
    }
    return faint;
})()";

#[test]
fn every_text_can_be_read() {
    let Some(mut tab) = Tab::new() else { return };
    let (_dir, overview) = report(&["data"]);
    let page = |name: &str| overview.with_extension("d").join(name);
    let pages = ["000_nbd_ioctl.html", "001_io_wq_cancel_all.html", "004_css_free_rwork_fn.html"].map(page);
    for file in pages.iter().chain([&overview]) {
        for scheme in ["light", "dark"] {
            tab.look(1400, scheme, "screen");
            tab.open(file);
            assert_eq!(tab.eval(FAINT), json!([]), "{} in {scheme}", file.display());
        }
        let hash = format!("location.hash = '{}'", if file == &overview { "model" } else { "L1" });
        tab.eval(&hash);
        assert_eq!(tab.eval(FAINT), json!([]), "{}", file.display());
    }
}

#[test]
fn pages_are_whole_without_scripts() {
    let Some(mut tab) = Tab::new() else { return };
    let (_dir, file) = report(&["data"]);
    tab.ask("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    for file in [file.clone(), file.with_extension("d").join("004_css_free_rwork_fn.html")] {
        tab.open(&file);
        let document = tab.ask("DOM.getDocument", json!({"depth": 0}))["root"]["nodeId"].clone();
        let found = |tab: &mut Tab, selector: &str| {
            let asked = json!({"nodeId": document, "selector": selector});
            tab.ask("DOM.querySelectorAll", asked)["nodeIds"].as_array().unwrap().len()
        };
        assert_eq!(found(&mut tab, "th button"), 0);
        assert_eq!(found(&mut tab, "form:not([hidden])"), 0);
        assert!(found(&mut tab, "details.log[open], #table tbody tr a") > 0);
    }
}
