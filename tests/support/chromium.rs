//! A real browser: Chromium without a window, spoken to in its `DevTools` protocol over a pipe.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Need, skip};

/// The browser: `BISECTSTAT_CHROMIUM`, else what is installed.
fn program() -> Option<PathBuf> {
    if let Some(program) = std::env::var_os("BISECTSTAT_CHROMIUM") {
        return Some(program.into());
    }
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = std::env::split_paths(&path).flat_map(|dir| names.map(|name| dir.join(name)));
    found.into_iter().find(|program| program.is_file())
}

/// A tab with a page in it.
pub struct Tab {
    browser: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: Value,
    sent: u64,
    /// What the browser told unasked.
    events: Vec<Value>,
    _profile: TempDir,
}

impl Drop for Tab {
    fn drop(&mut self) {
        let _ = self.browser.kill();
        let _ = self.browser.wait();
    }
}

impl Tab {
    /// An empty tab; `None`, with a word, where there is no browser.
    pub fn new() -> Option<Self> {
        let Some(program) = program() else {
            skip(Need::Browser, "no chromium (apt-get install chromium, or set BISECTSTAT_CHROMIUM)");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        // The browser reads from file 3 and writes to file 4.
        let mut browser = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null"])
            .arg(program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--disable-background-networking", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, from) = mpsc::channel();
        let messages = BufReader::new(browser.stdout.take().unwrap()).split(0);
        std::thread::spawn(move || {
            for message in messages.map_while(Result::ok) {
                if send.send(serde_json::from_slice(&message).unwrap()).is_err() {
                    break;
                }
            }
        });
        let to = browser.stdin.take().unwrap();
        let mut tab = Self { browser, to, from, session: Value::Null, sent: 0, events: Vec::new(), _profile: profile };
        let target = tab.ask("Target.createTarget", json!({"url": "about:blank"}))["targetId"].clone();
        tab.session =
            tab.ask("Target.attachToTarget", json!({"targetId": target, "flatten": true}))["sessionId"].clone();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tab.ask(&format!("{domain}.enable"), json!({}));
        }
        Some(tab)
    }

    /// The answer to a command.
    pub fn ask(&mut self, method: &str, params: impl serde::Serialize) -> Value {
        self.sent += 1;
        let mut message = json!({"id": self.sent, "method": method, "params": json!(params)});
        if !self.session.is_null() {
            message["sessionId"] = self.session.clone();
        }
        self.to.write_all(message.to_string().as_bytes()).and_then(|()| self.to.write_all(&[0])).unwrap();
        loop {
            let answer = self.receive();
            if answer["id"] == self.sent {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    fn receive(&self) -> Value {
        self.from.recv_timeout(Duration::from_mins(1)).expect("the browser answers")
    }

    /// A window of this width, with a scheme of colours, on a medium.
    pub fn look(&mut self, width: u32, scheme: &str, medium: &str) {
        let window = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.ask("Emulation.setDeviceMetricsOverride", window);
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.ask("Emulation.setEmulatedMedia", json!({"media": medium, "features": features}));
    }

    /// Opens a file and waits for it.
    pub fn open(&mut self, file: &Path) {
        self.events.clear();
        self.ask("Page.navigate", json!({"url": format!("file://{}", file.display())}));
        self.loaded();
    }

    /// Clicks on a link and waits for the page behind it.
    pub fn follow(&mut self, selector: &str) {
        self.events.clear();
        self.click(selector);
        self.loaded();
    }

    fn loaded(&mut self) {
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.receive();
            self.events.push(event);
        }
    }

    /// The value of an expression in the page.
    pub fn eval(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.ask("Runtime.evaluate", asked);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Clicks with the mouse in the middle of an element.
    pub fn click(&mut self, selector: &str) {
        let place = self.eval(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.scrollIntoView({{block: 'center'}});
               const r = e.getClientRects()[0]; return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        ));
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event = json!({"type": kind, "x": place[0], "y": place[1], "button": button, "clickCount": 1});
            self.ask("Input.dispatchMouseEvent", event);
        }
    }

    /// Types into what has the focus.
    pub fn type_in(&mut self, text: &str) {
        self.ask("Input.insertText", json!({"text": text}));
    }

    /// Presses a key.
    pub fn press(&mut self, key: &str, code: u32) {
        for kind in ["rawKeyDown", "keyUp"] {
            self.ask(
                "Input.dispatchKeyEvent",
                json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code}),
            );
        }
    }

    /// Errors on the console since the page was opened.
    pub fn complaints(&self) -> Vec<&Value> {
        let is_bad = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Log.entryAdded") => event["params"]["entry"]["level"] == "error",
            Some("Runtime.consoleAPICalled") => event["params"]["type"] == "error",
            _ => false,
        };
        self.events.iter().filter(is_bad).collect()
    }

    /// The addresses that were asked for since the page was opened.
    pub fn requests(&self) -> Vec<&str> {
        let requests = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        requests.filter_map(|event| event["params"]["request"]["url"].as_str()).collect()
    }
}
