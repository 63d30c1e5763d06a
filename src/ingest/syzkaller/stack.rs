//! One line of a crash report → a stack frame, when it is one:
//! ` kfree+0xe5/0x7f0 mm/slub.c:4213`, ` slab_free mm/slub.c:3161 [inline]`, `RIP: 0010:f+0x1/0x2 a/b.c:9`.

use crate::evidence::StackFrame;

use super::form::parted;

/// Reads a frame, `None` for any other line.
pub(super) fn frame(line: &str) -> Option<StackFrame<'_>> {
    let line = line.trim_end();
    let line = line.strip_suffix(" [inline]").unwrap_or(line);
    // Most lines of a report are none, and end with no number.
    let digits = line.bytes().rev().take_while(u8::is_ascii_digit).count();
    let number = &line[line.len() - digits..];
    let place = line[..line.len() - digits].strip_suffix(':').filter(|place| is_source(place))?;
    let (before, file) = place.rsplit_once(SPACE)?;
    let number = number.parse().ok()?;
    let function = before.rsplit(SPACE).find(|word| !word.is_empty()).and_then(function);
    Some(StackFrame { function, file, line: number })
}

const SPACE: [char; 2] = [' ', '\t'];

fn is_source(file: &str) -> bool {
    [".c", ".h", ".S", ".rs", ".cc", ".cpp"].iter().any(|ending| file.ends_with(ending))
}

/// The name in `0010:name+0x1/0x2` or `name.part.0`.
fn function(word: &str) -> Option<&str> {
    let word = word.rsplit_once(':').map_or(word, |(_, name)| name);
    let name = parted(word, "+0x").map_or(word, |(name, _)| name);
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    named.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_from_other_lines() {
        let read = |line| frame(line).map(|f| (f.function, f.file, f.line));
        let kfree = Some((Some("kfree"), "mm/slub.c", 4213));
        assert_eq!(read(" kfree+0xe5/0x7f0 mm/slub.c:4213"), kfree);
        assert_eq!(read(" kfree mm/slub.c:4213 [inline]"), kfree);
        assert_eq!(read("RIP: 0010:kfree+0xe5/0x7f0 mm/slub.c:4213"), kfree);
        for other in ["CPU: 0 PID: 25 Comm: kworker/u4:1", "RAX: 0000", "Call Trace:", "", "mm/slub.c:1"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
