//! The gallery in `charts/` is what the program draws, byte for byte; pictures are sound whatever the log says.
//!
//! `UPDATE_PAGES=1 cargo test --test it charts::` draws the gallery anew.

#![cfg(feature = "cli")]

use crate::support;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use bisectstat::Analysis;
use bisectstat::analysis::growth::growth;
use bisectstat::analysis::{Settings, analyze};
use bisectstat::chart::{CHARTS, Picture, Theme, nearest, of_archive, of_bisection};
use bisectstat::evidence::Source;
use bisectstat::finding::{Limits, judge};
use bisectstat::ingest::read;
use roxmltree::Document;
use support::{LOGS, root, run};

fn judged(name: &str, bytes: &[u8]) -> Vec<Analysis> {
    let reading = read(bytes, &Source::new(name).holding(bytes)).unwrap();
    let mut analyses = analyze(reading.bisections, &Settings::default());
    judge(&mut analyses, &Limits::default());
    for analysis in &mut analyses {
        analysis.growth = growth(analysis, &Settings::default());
    }
    analyses
}

fn file(path: &str) -> Vec<Analysis> {
    judged(path, &fs::read(root().join(path)).unwrap())
}

/// Well-formed, every word inside, and no word on another.
fn assert_sound(picture: &Picture) {
    let Picture { name, title, alt, svg } = picture;
    let document = Document::parse(svg).unwrap_or_else(|error| panic!("{name}: {error}\n{svg}"));
    assert!(!title.is_empty() && !alt.is_empty(), "{name}");
    let root = document.root_element();
    let side = |of| root.attribute(of).unwrap().parse::<f32>().unwrap();
    words::assert_apart(name, svg, (side("width"), side("height")));
}

/// Where the words are, by the font that the PNG has.
#[cfg(feature = "png")]
mod words {
    use std::sync::{Arc, LazyLock};

    use resvg::usvg::fontdb::Database;
    use resvg::usvg::{Group, Node, Options, Rect, Tree};

    static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
        let mut fonts = Database::new();
        fonts.load_font_data(dejavu::sans::regular().to_vec());
        fonts.load_font_data(dejavu::sans::bold().to_vec());
        Arc::new(fonts)
    });

    fn boxes(group: &Group, found: &mut Vec<(String, Rect)>) {
        for node in group.children() {
            match node {
                Node::Group(group) => boxes(group, found),
                Node::Text(text) => {
                    let words = text.chunks().iter().map(resvg::usvg::TextChunk::text).collect();
                    found.push((words, text.abs_bounding_box()));
                }
                _ => {}
            }
        }
    }

    pub fn assert_apart(name: &str, svg: &str, (width, height): (f32, f32)) {
        let options = Options { fontdb: Arc::clone(&FONTS), ..Options::default() };
        let tree = Tree::from_str(svg, &options).unwrap();
        let mut found = Vec::new();
        boxes(tree.root(), &mut found);
        assert!(found.len() > 2, "{name}");
        for (i, (words, a)) in found.iter().enumerate() {
            let inside = a.left() >= 0.0 && a.right() <= width && a.top() >= 0.0 && a.bottom() <= height;
            assert!(inside, "{name}: {words:?} at {a:?} of {width} by {height}");
            for (others, b) in &found[i + 1..] {
                // A line of words is higher than its letters.
                const AIR: f32 = 4.0;
                let apart = a.right() <= b.left() + 1.0
                    || b.right() <= a.left() + 1.0
                    || a.bottom() <= b.top() + AIR
                    || b.bottom() <= a.top() + AIR;
                assert!(apart, "{name}: {words:?} at {a:?} on {others:?} at {b:?}");
            }
        }
    }
}

#[cfg(not(feature = "png"))]
mod words {
    pub fn assert_apart(_name: &str, _svg: &str, _size: (f32, f32)) {}
}

/// The folder of the gallery and its pictures.
fn gallery() -> Vec<(String, Vec<Picture>)> {
    let logs = LOGS.map(|(name, log)| (name, file(log)));
    let mut folders: Vec<_> =
        logs.iter().map(|(name, log)| ((*name).to_owned(), of_bisection(&log[0], Theme::Auto))).collect();
    folders.push(("archive".to_owned(), of_archive(&logs.map(|(_, log)| log).concat(), Theme::Auto)));
    folders
}

#[test]
fn the_gallery_is_what_is_drawn() {
    for (folder, pictures) in gallery() {
        let dir = root().join("charts").join(&folder);
        for picture in &pictures {
            assert_sound(picture);
            compare(&dir.join(format!("{}.svg", picture.name)), &picture.svg);
        }
        let mut index = String::new();
        for Picture { name, title, alt, .. } in &pictures {
            let _ = writeln!(index, "{name}\n  {title}\n  {alt}");
        }
        compare(&dir.join("words.txt"), &index);
    }
}

fn compare(path: &Path, text: &str) {
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let there = fs::read_to_string(path).unwrap_or_default();
    assert!(there == text, "{} is stale: UPDATE_PAGES=1 cargo test --test it charts::", path.display());
}

#[test]
fn made_up_logs_of_every_kind_give_sound_pictures() {
    let mut logs: Vec<_> =
        fs::read_dir(root().join("tests/rules")).unwrap().map(|entry| entry.unwrap().path()).collect();
    logs.sort();
    for log in logs {
        for analysis in judged(&log.to_string_lossy(), &fs::read(&log).unwrap()) {
            for theme in [Theme::Auto, Theme::Light, Theme::Dark] {
                of_bisection(&analysis, theme).iter().for_each(assert_sound);
            }
        }
    }
}

/// 004 with its titles replaced.
fn retitled(title: impl Fn(usize) -> String) -> Vec<u8> {
    let log = String::from_utf8(fs::read(root().join(LOGS[4].1)).unwrap()).unwrap();
    let mut crashes = 0;
    let lines = log.lines().map(|line| match line.split_once(": crashed: ") {
        Some((run, _)) => {
            crashes += 1;
            format!("{run}: crashed: {}\n", title(crashes))
        }
        None => format!("{line}\n"),
    });
    lines.collect::<String>().into_bytes()
}

#[test]
fn hostile_titles_do_no_harm() {
    let hostile = [
        "<script>alert(1)</script>",
        "]]>",
        "\"><img src=x onerror=alert(1)>",
        "&lt;&amp;'\"",
        "\u{202e}\u{1}\u{1b}[31m",
    ];
    let bytes = retitled(|n| format!("{} {}", hostile[n % hostile.len()], "w".repeat(n * 7)));
    for picture in of_bisection(&judged("hostile", &bytes)[0], Theme::Auto) {
        assert_sound(&picture);
        let document = Document::parse(&picture.svg).unwrap();
        let strange = document.descendants().find(|node| node.has_tag_name("script") || node.has_tag_name("img"));
        assert!(strange.is_none());
        assert!(!picture.svg.contains('\u{202e}'));
    }
}

#[test]
fn many_titles_fit() {
    let bytes = retitled(|n| format!("KASAN: use-after-free Read in function_number_{}_{}", n % 45, "x".repeat(160)));
    of_bisection(&judged("titles", &bytes)[0], Theme::Auto).iter().for_each(assert_sound);
}

/// A cause bisection over so many revisions.
fn long_log(revisions: u32) -> String {
    let mut log = String::from("bisecting cause commit starting from ");
    let hash = |n: u32| format!("{n:08x}").repeat(5);
    let _ = writeln!(log, "{}\nbuilding syzkaller on {}", hash(1), hash(9));
    let test = |log: &mut String, commit: &str, crashes: bool| {
        let _ = writeln!(log, "testing commit {commit} with gcc (GCC) 10.2.1");
        for run in 0..10 {
            let outcome = if crashes { "crashed: WARNING in f" } else { "OK" };
            let _ = writeln!(log, "run #{run}: {outcome}");
        }
    };
    test(&mut log, &hash(1), true);
    let _ = writeln!(log, "testing release v5.1");
    test(&mut log, &hash(2), false);
    let _ = writeln!(log, "# git bisect start {} v5.1", hash(1));
    for n in 0..revisions {
        let bad = n % 3 == 0;
        let left = 4000 - n * 15;
        let _ =
            writeln!(log, "Bisecting: {left} revisions left to test after this (roughly 9 steps)\n[{}] x", hash(n + 3));
        test(&mut log, &hash(n + 3), bad);
        let _ = writeln!(log, "# git bisect {} {}", if bad { "bad" } else { "good" }, hash(n + 3));
    }
    log
}

#[test]
fn long_and_short_bisections_fit() {
    for revisions in [0, 1, 5, 60, 200] {
        let analyses = judged("long", long_log(revisions).as_bytes());
        assert!(analyses[0].steps.len() > revisions as usize, "{revisions}: {}", analyses[0].steps.len());
        let pictures = of_bisection(&analyses[0], Theme::Auto);
        assert!(!pictures.is_empty());
        pictures.iter().for_each(assert_sound);
    }
}

#[test]
fn nothing_to_draw_is_no_picture() {
    assert_eq!(of_archive(&[], Theme::Auto), []);
    let log = "bisecting cause commit starting from 8d4b477da1a807199ca60e0829357ce7aa6758d5\n";
    for analysis in judged("empty", log.as_bytes()) {
        assert_eq!(of_bisection(&analysis, Theme::Auto), []);
    }
}

#[test]
fn themes_differ_in_colours_alone() {
    let analysis = &file(LOGS[4].1)[0];
    let [auto, light, dark] = [Theme::Auto, Theme::Light, Theme::Dark].map(|theme| of_bisection(analysis, theme));
    for ((auto, light), dark) in auto.iter().zip(&light).zip(&dark) {
        assert!(auto.svg.contains("prefers-color-scheme:dark") && !light.svg.contains("<style>"));
        let without_style = auto.svg.lines().filter(|line| !line.starts_with("<style>"));
        assert!(without_style.eq(light.svg.lines()));
        assert_eq!(light.svg.lines().count(), dark.svg.lines().count());
    }
}

#[test]
fn calibrations_are_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let (logs, charts) = (dir.path().join("logs"), dir.path().join("charts"));
    let [logs, charts] = [&logs, &charts].map(|path| path.to_str().unwrap().to_owned());
    let ran = run(&["simulate", "--world", "mixed", "--count", "60", "--seed", "7", "-o", &logs]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let truth = format!("{logs}/truth.csv");
    let ran = run(&["calibrate", &logs, "--truth", &truth, "--bootstrap", "10", "-o", &charts]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for name in ["reliability", "coverage"] {
        let svg = fs::read_to_string(Path::new(&charts).join(format!("{name}.svg"))).unwrap();
        assert!(Document::parse(&svg).is_ok());
        compare(&root().join(format!("charts/calibration/{name}.svg")), &svg);
    }
}

#[test]
fn threads_do_not_show() {
    let dir = tempfile::tempdir().unwrap();
    let folder = |jobs: &str| {
        let out = dir.path().join(jobs);
        let ran = run(&["chart", "data", "--jobs", jobs, "-o", out.to_str().unwrap()]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        let files = walkdir::WalkDir::new(&out).sort_by_file_name().into_iter().map(Result::unwrap);
        let files = files.filter(|entry| entry.file_type().is_file());
        let files = files.map(|f| (f.path().strip_prefix(&out).unwrap().to_owned(), fs::read(f.path()).unwrap()));
        files.collect::<Vec<_>>()
    };
    let one = folder("1");
    assert!(one == folder("4") && one.len() > 25, "{}", one.len());
}

#[test]
fn wrong_names_and_folders_are_one_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().to_str().unwrap();
    let ran = run(&["chart", LOGS[0].1, "-o", out, "--only", "timeline,posterio"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(2), "error: no chart \"posterio\", did you mean \"posterior\"?\n")
    );
    assert!(dir.path().join("timeline.svg").is_file() && !dir.path().join("posterior.svg").exists());
    fs::write(dir.path().join("file"), "").unwrap();
    let ran = run(&["chart", LOGS[0].1, "-o", &format!("{out}/file")]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.starts_with("error: ") && ran.stderr.lines().count() == 1, "{}", ran.stderr);
    // A file where a log's folder should be: the other log is drawn, and the index made.
    let stem = "000_nbd_ioctl";
    fs::create_dir(dir.path().join("two")).unwrap();
    fs::write(dir.path().join("two").join(stem), "").unwrap();
    let ran = run(&["chart", LOGS[0].1, LOGS[4].1, "-o", &format!("{out}/two")]);
    assert_eq!((ran.code, ran.stderr.lines().count()), (Some(2), 1), "{}", ran.stderr);
    assert!(
        dir.path().join("two/index.md").is_file() && dir.path().join("two/004_css_free_rwork_fn/titles.svg").is_file()
    );
    assert_eq!(nearest("Titles"), Some("titles"));
    assert_eq!(nearest("zzzz"), None);
    assert_eq!(CHARTS.len(), 11);
}

#[cfg(feature = "png")]
#[test]
fn pictures_become_pixels() {
    let pictures = of_bisection(&file(LOGS[0].1)[0], Theme::Dark);
    let png = bisectstat::chart::png(&pictures[0]).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    assert_eq!(png, bisectstat::chart::png(&pictures[0]).unwrap());
}
