//! Tests that need what a machine may not have. This alone decides whether such a test is skipped or fails.

use std::env;

/// What a test may need.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// A Chromium.
    Browser,
    /// The page of `examples/web`, built.
    Web,
    /// A shell, or a program that shows manuals.
    Program,
    /// Python 3.11 or newer.
    Python,
    /// To be somebody from whom a folder can be locked: not the superuser.
    Unprivileged,
    /// To be allowed to mount a file system.
    Mount,
    /// The folder of inputs that people have.
    Cases,
    /// The folder of labelled bisections.
    Study,
}

impl Need {
    const fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Web => "web",
            Self::Program => "program",
            Self::Python => "python",
            Self::Unprivileged => "unprivileged",
            Self::Mount => "mount",
            Self::Cases => "cases",
            Self::Study => "study",
        }
    }
}

/// Says that a test is skipped, and why. It fails instead with `REQUIRE_ALL=1`, or where `REQUIRE` lists the need's name:
/// who has installed a browser wants to hear when no test finds it.
pub fn skip(need: Need, why: &str) {
    let all = env::var("REQUIRE_ALL").is_ok_and(|all| all == "1");
    let listed = env::var("REQUIRE").is_ok_and(|names| names.split_whitespace().any(|name| name == need.name()));
    assert!(!all && !listed, "{} is required here: {why}", need.name());
    eprintln!("skipped: {why}");
}
