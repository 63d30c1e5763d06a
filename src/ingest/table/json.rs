//! JSON objects as rows: one a line, one after the other, or in an array, which may lie in an object.

use std::collections::HashMap;

use csv::StringRecord;
use serde_json::{Map, Value};

use crate::evidence::Line;
use crate::ingest::problem::{Flaw, Problem};

use super::Columns;
use super::sheet::{Cells, Row, Shape, Sheet, is_revision, line};

/// Reads the objects of a text; none where it holds anything else.
pub(super) fn sheet(text: &str) -> Option<Sheet> {
    let mut full = text.lines().filter(|line| !line.trim().is_empty());
    let first = full.next()?;
    let mut rows = Rows::default();
    match serde_json::from_str(first) {
        // One line may hold all rows in an array.
        Ok(Value::Object(object)) if full.next().is_some() || !holds_rows(&object) => rows.lines(text),
        _ => rows.values(text)?,
    }
    rows.done()
}

/// Rows whose columns come as they are named.
#[derive(Default)]
struct Rows {
    columns: HashMap<String, usize>,
    header: Vec<String>,
    read: Vec<(Line, Vec<String>)>,
    problems: Vec<Problem>,
}

impl Rows {
    fn lines(&mut self, text: &str) {
        for (number, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
            let found = match serde_json::from_str(text) {
                Ok(Value::Object(object)) => {
                    self.push(line(number), object);
                    continue;
                }
                Ok(_) => "no object".to_owned(),
                Err(error) => error.to_string(),
            };
            self.problems.push(Problem { line: line(number), flaw: Flaw::Row(found) });
        }
    }

    /// Values one after the other, or the elements of an array.
    fn values(&mut self, text: &str) -> Option<()> {
        let whole = text.trim_start();
        if whole.starts_with('[') {
            return self.elements(text, text.len() - whole.len() + 1);
        }
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let mut objects = Vec::new();
        let mut start = 0;
        while let Some(value) = stream.next() {
            let Value::Object(object) = value.ok()? else { return None };
            objects.push((line_at(text, start), object));
            start = stream.byte_offset();
        }
        if let [(at, object)] = &objects[..]
            && let Some(elements) = only_array(object)
        {
            // The place of each in the text is not known: that of the object is.
            for element in elements.clone() {
                self.element(*at, element);
            }
            return Some(());
        }
        if let [(at, object)] = &objects[..]
            && self.turned(*at, object).is_some()
        {
            return Some(());
        }
        for (at, object) in objects {
            self.push(at, object);
        }
        Some(())
    }

    /// Tables as data frames write them: rows below a list of names, or a list of cells by column.
    fn turned(&mut self, at: Line, object: &Map<String, Value>) -> Option<()> {
        if let (Some(Value::Array(names)), Some(Value::Array(rows))) = (object.get("columns"), object.get("data")) {
            self.element(at, Value::Array(names.clone()));
            for row in rows {
                self.element(at, row.clone());
            }
            return Some(());
        }
        let names: Vec<&str> = object.keys().map(String::as_str).collect();
        let columns: Vec<Vec<&Value>> = object.values().map(column).collect::<Option<_>>()?;
        let rows = columns.first()?.len();
        let even = columns.iter().all(|cells| cells.len() == rows);
        (even && names.iter().any(|name| is_revision(name, &Columns::new()))).then_some(())?;
        for row in 0..rows {
            let cells = object.keys().cloned().zip(columns.iter().map(|cells| cells[row].clone()));
            self.push(at, cells.collect());
        }
        Some(())
    }

    fn elements(&mut self, text: &str, start: usize) -> Option<()> {
        let mut at = start;
        let (mut number, mut counted) = (1, 0);
        loop {
            at += text[at..].len() - text[at..].trim_start_matches([',', ' ', '\t', '\r', '\n']).len();
            if text[at..].is_empty() || text[at..].starts_with(']') {
                return Some(());
            }
            number += text[counted..at].matches('\n').count();
            counted = at;
            let mut stream = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
            match stream.next()? {
                Ok(value) => self.element(line(number), value),
                Err(error) => {
                    // What stands before is read.
                    let flaw = Flaw::Row(error.to_string());
                    self.problems.push(Problem { line: line(number), flaw });
                    return Some(());
                }
            }
            at += stream.byte_offset();
        }
    }

    /// An object, or a list of cells below a list of names.
    fn element(&mut self, at: Line, element: Value) {
        match element {
            Value::Object(object) => self.push(at, object),
            Value::Array(names) if self.header.is_empty() && names.iter().all(Value::is_string) => {
                for name in &names {
                    self.column(&plain(name));
                }
            }
            Value::Array(cells) if !self.header.is_empty() => {
                self.read.push((at, cells.iter().map(plain).collect()));
            }
            _ => self.problems.push(Problem { line: at, flaw: Flaw::Row("no object".to_owned()) }),
        }
    }

    fn push(&mut self, at: Line, object: Map<String, Value>) {
        let mut cells = Vec::new();
        self.object("", object, &mut cells);
        self.read.push((at, cells));
    }

    /// The cells of an object; those of objects in it are called `outer.inner`.
    fn object(&mut self, before: &str, object: Map<String, Value>, cells: &mut Vec<String>) {
        for (name, value) in object {
            let name = if before.is_empty() { name } else { format!("{before}.{name}") };
            match value {
                Value::Object(inner) if name.len() < 200 => self.object(&name, inner, cells),
                value => {
                    let Some(column) = self.column(&name) else { continue };
                    cells.resize(cells.len().max(column + 1), String::new());
                    cells[column] = plain(&value);
                }
            }
        }
    }

    /// The column of this name; none where there are too many, as no table has.
    fn column(&mut self, name: &str) -> Option<usize> {
        const MOST: usize = 1000;
        if let Some(column) = self.columns.get(name) {
            return Some(*column);
        }
        let next = self.header.len();
        (next < MOST).then(|| {
            self.columns.insert(name.to_owned(), next);
            self.header.push(name.to_owned());
            next
        })
    }

    fn done(self) -> Option<Sheet> {
        let mut sheet = Sheet::new(Shape::Json, self.header);
        sheet.problems = self.problems;
        sheet.rows = self
            .read
            .into_iter()
            .map(|(line, cells)| Row { line, cells: Cells::Own(StringRecord::from(cells)) })
            .collect();
        (!sheet.rows.is_empty()).then_some(sheet)
    }
}

/// The cells of a column: a list, or an object with the number of each row.
fn column(value: &Value) -> Option<Vec<&Value>> {
    match value {
        Value::Array(cells) => Some(cells.iter().collect()),
        Value::Object(cells) => {
            let mut numbered: Vec<(usize, &Value)> =
                cells.iter().map(|(row, value)| Some((row.parse().ok()?, value))).collect::<Option<_>>()?;
            numbered.sort_by_key(|(row, _)| *row);
            Some(numbered.into_iter().map(|(_, value)| value).collect())
        }
        _ => None,
    }
}

/// Whether an object is no row, but holds some.
fn holds_rows(object: &Map<String, Value>) -> bool {
    only_array(object).is_some() || object.values().all(|value| value.is_object() || value.is_array())
}

/// The one array of objects in an object, or in an object in it.
fn only_array(object: &Map<String, Value>) -> Option<&Vec<Value>> {
    let arrays = |value: &'_ Value| match value {
        Value::Array(all) if all.first().is_some_and(Value::is_object) => true,
        Value::Object(inner) => only_array(inner).is_some(),
        _ => false,
    };
    let mut holders = object.values().filter(|value| arrays(value));
    match (holders.next()?, holders.next()) {
        (Value::Array(all), None) => Some(all),
        (Value::Object(inner), None) => only_array(inner),
        _ => None,
    }
}

/// The line of the first sign from an offset on that is no white space.
fn line_at(text: &str, offset: usize) -> Line {
    let rest = &text[offset..];
    let at = offset + rest.len() - rest.trim_start().len();
    line(1 + text[..at].matches('\n').count())
}

/// A value as a comma-separated file would have it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
