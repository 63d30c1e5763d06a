//! How a crash gets its title: from its output, by a pattern or a command.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Command, Stdio};

use regex::bytes::Regex;

use super::RunError;
use super::options::Naming;
use super::process::shell;
use super::worktree::forget_caller;

/// A naming that is ready to use.
#[derive(Clone, Debug)]
pub enum Namer {
    /// No titles.
    None,
    /// A pattern.
    Regex(Regex),
    /// A command for `sh -c`.
    Command(String),
}

/// More of an output is not searched: the end is what tells of a crash.
const SEARCHED: u64 = 16 << 20;

/// Titles are for a line of a table.
const LONGEST: usize = 200;

impl Namer {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// The pattern's error, on one line.
    pub fn new(naming: &Naming) -> Result<Self, String> {
        match naming {
            Naming::None | Naming::Told => Ok(Self::None),
            Naming::Command(command) => Ok(Self::Command(command.clone())),
            Naming::Regex(pattern) => {
                let compiled = Regex::new(&format!("(?m){pattern}"));
                compiled.map(Self::Regex).map_err(|error| {
                    let text = error.to_string();
                    let last = text.lines().last().unwrap_or_default().trim();
                    last.strip_prefix("error: ").unwrap_or(last).to_owned()
                })
            }
        }
    }

    /// The title of a crash with this output.
    ///
    /// # Errors
    /// [`RunError::Naming`] when the command cannot be started or fails.
    pub fn title(&self, output: &mut File, folder: &Path) -> Result<Option<String>, RunError> {
        match self {
            Self::None => Ok(None),
            Self::Regex(pattern) => {
                let bytes = end_of(output).unwrap_or_default();
                let found = pattern.captures(&bytes);
                let found = found.and_then(|groups| groups.get(1).or_else(|| groups.get(0)));
                Ok(found.and_then(|found| plain(&String::from_utf8_lossy(found.as_bytes()))))
            }
            Self::Command(line) => {
                let failed = |why: String| RunError::Naming { command: line.clone(), why };
                let mut command = shell(line);
                forget_caller(&mut command);
                let printed = ask(&mut command, output, folder).map_err(|error| failed(error.to_string()))?;
                if !printed.status.success() {
                    return Err(failed(printed.status.to_string()));
                }
                let text = String::from_utf8_lossy(&printed.stdout);
                Ok(text.lines().find_map(plain))
            }
        }
    }
}

fn ask(command: &mut Command, output: &mut File, folder: &Path) -> io::Result<std::process::Output> {
    output.seek(SeekFrom::Start(0))?;
    command.current_dir(folder).stdin(output.try_clone()?).stderr(Stdio::null()).output()
}

fn end_of(file: &mut File) -> io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(SEARCHED)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The last lines of an output, for an error.
#[must_use]
pub fn last_words(file: &mut File) -> String {
    const LINES: usize = 3;
    let bytes = end_of(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let mut lines: Vec<_> = text.lines().rev().filter_map(plain).take(LINES).collect();
    lines.reverse();
    lines.join(" / ")
}

/// One line without control characters; none when nothing is left.
fn plain(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let text: String = text.trim().chars().take(LONGEST).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write;

    use super::*;

    fn title(naming: &Naming, output: &str) -> Option<String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(output.as_bytes()).unwrap();
        Namer::new(naming).unwrap().title(&mut file, Path::new("/")).unwrap()
    }

    #[test]
    fn titles_come_from_the_output() {
        let output = "one\nBUG: bad thing\u{7} in f\nBUG: later\n";
        assert_eq!(title(&Naming::None, output), None);
        assert_eq!(title(&Naming::Regex("^BUG: (.*)".into()), output).as_deref(), Some("bad thing in f"));
        assert_eq!(title(&Naming::Regex("bad \\w+".into()), output).as_deref(), Some("bad thing"));
        assert_eq!(title(&Naming::Regex("WARNING".into()), output), None);
        assert_eq!(title(&Naming::Command("grep -o 'later'".into()), output).as_deref(), Some("later"));
        assert!(Namer::new(&Naming::Regex("(".into())).unwrap_err().contains("unclosed"));
        let failing = Namer::new(&Naming::Command("exit 4".into())).unwrap();
        let error = failing.title(&mut tempfile::tempfile().unwrap(), Path::new("/")).unwrap_err();
        assert!(error.to_string().contains("exit status: 4"), "{error}");
    }
}
