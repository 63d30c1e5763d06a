//! The table `options`: what commands are to assume and print where the command line does not say it. One file for the gate
//! and for all others, because a project has one prior, one repository and one kind of table.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::gate::decision::Because;

use super::error::PolicyError;
use super::file::File;
use super::text::PolicyText;

/// The options that a file may set. Paths are as seen from its folder.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct OptionsTable {
    color: Option<Spanned<String>>,
    format: Option<Spanned<String>>,
    map: Option<Spanned<BTreeMap<String, String>>>,
    prior: Option<Spanned<String>>,
    repo: Option<Spanned<String>>,
    titles: Option<Spanned<String>>,
}

/// An option that a file sets.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// Its name without dashes.
    pub(crate) option: &'static str,
    /// Its value as it would be typed.
    pub(crate) value: OsString,
    /// The line that says so.
    pub(crate) because: Because,
}

/// The options of a file.
///
/// # Errors
/// When it cannot be read, or has a key that is unknown or of another type.
pub(crate) fn options(file: &Path) -> Result<Vec<Setting>, PolicyError> {
    let name = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| PolicyError::Io { file: name.clone(), error })?;
    let text = PolicyText { name, text, numbered: true };
    let parsed: File = toml::from_str(&text.text).map_err(|error| PolicyError::parse(&text, &error))?;
    Ok(parsed.options.settings(&text, file.parent().unwrap_or(file)))
}

impl OptionsTable {
    /// What is set, in the order in which commands are told.
    fn settings(&self, text: &PolicyText, folder: &Path) -> Vec<Setting> {
        let set = |option, value: OsString, span: Range<usize>| {
            let because = text.because(&format!("options.{option}"), span);
            Setting { option, value, because }
        };
        let words = [("color", &self.color), ("format", &self.format)];
        let words = words.into_iter().filter_map(|(option, value)| {
            let value = value.as_ref()?;
            Some(set(option, value.get_ref().into(), value.span()))
        });
        let paths = [("prior", &self.prior), ("repo", &self.repo), ("titles", &self.titles)];
        let paths = paths.into_iter().filter_map(|(option, value)| {
            let value = value.as_ref()?;
            Some(set(option, folder.join(value.get_ref()).into(), value.span()))
        });
        let map = self.map.iter().filter(|map| !map.get_ref().is_empty()).map(|map| {
            let pairs: Vec<_> = map.get_ref().iter().map(|(meaning, column)| format!("{meaning}={column}")).collect();
            set("map", pairs.join(",").into(), map.span())
        });
        words.chain(paths).chain(map).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        let file: File = toml::from_str(text).unwrap();
        let text = PolicyText { name: "bisectstat.toml".to_owned(), text: text.to_owned(), numbered: true };
        let settings = file.options.settings(&text, Path::new("sub"));
        let line = |Setting { option, value, because }: Setting| {
            format!("{option} {} {}", value.to_string_lossy(), because.0.split(' ').next().unwrap_or_default())
        };
        settings.into_iter().map(line).collect()
    }

    #[test]
    fn options_have_their_lines_and_paths_start_at_the_file() {
        let text = "p-right = 0.5\n[options]\nrepo = \"../linux\"\nformat = \"json\"\nmap = { commit = \"sha\" }\n";
        assert_eq!(
            said(text),
            [
                "format json bisectstat.toml:4:",
                "repo sub/../linux bisectstat.toml:3:",
                "map commit=sha bisectstat.toml:5:"
            ]
        );
        assert!(said("p-right = 0.5\n").is_empty());
    }
}
