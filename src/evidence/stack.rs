//! The stacks of a crash report.

use super::text::cleaned;

/// The frames of a crash's stacks, innermost first, in the report's order. Their texts lie in one piece of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    text: String,
    frames: Vec<Ends>,
}

/// Where the texts of a frame end; they begin where those of the frame before do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ends {
    function: usize,
    file: usize,
    line: u32,
}

/// One frame of a crash's stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackFrame<'a> {
    /// The function, when the line names one.
    pub function: Option<&'a str>,
    /// The source file.
    pub file: &'a str,
    /// The line in it.
    pub line: u32,
}

impl Stack {
    /// Adds the next frame outwards. A function without a name is none. The file's path is normalised: a compiler that ran
    /// in a folder writes `arch/x86/kvm/../../../virt/kvm/kvm_main.c` for `virt/kvm/kvm_main.c`.
    ///
    /// ```
    /// use bisectstat::evidence::{Stack, StackFrame};
    ///
    /// let mut stack = Stack::default();
    /// stack.push(StackFrame { function: Some("kfree"), file: "mm/slub.c", line: 4213 });
    /// assert_eq!(stack.iter().next().map(|frame| frame.file), Some("mm/slub.c"));
    /// ```
    pub fn push(&mut self, StackFrame { function, file, line }: StackFrame<'_>) {
        self.text.push_str(&cleaned(function.unwrap_or_default()));
        let function = self.text.len();
        push_normalised(&mut self.text, &cleaned(file));
        self.frames.push(Ends { function, file: self.text.len(), line });
    }

    /// The frames, innermost first.
    pub fn iter(&self) -> impl Iterator<Item = StackFrame<'_>> {
        let starts = std::iter::once(0).chain(self.frames.iter().map(|ends| ends.file));
        starts.zip(&self.frames).map(|(start, ends)| {
            let function = Some(&self.text[start..ends.function]).filter(|name| !name.is_empty());
            StackFrame { function, file: &self.text[ends.function..ends.file], line: ends.line }
        })
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether the report shows none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}

/// Appends a path without `.`, `..` and what is empty between its slashes.
fn push_normalised(text: &mut String, path: &str) {
    let start = text.len();
    for part in path.split('/') {
        match (part, text[start..].rsplit_once('/')) {
            ("" | ".", _) => {}
            ("..", Some((folder, last))) if last != ".." => text.truncate(start + folder.len()),
            ("..", None) if !matches!(&text[start..], "" | "..") => text.truncate(start),
            _ => {
                if text.len() > start {
                    text.push('/');
                }
                text.push_str(part);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised() {
        let paths = [
            ("mm/slub.c", "mm/slub.c"),
            ("arch/x86/kvm/../../../virt/kvm/kvm_main.c", "virt/kvm/kvm_main.c"),
            ("/./arch/x86/include/asm/apic.h", "arch/x86/include/asm/apic.h"),
            ("a/../b.c", "b.c"),
            ("../../lib/a.c", "../../lib/a.c"),
            ("./a//b.c", "a/b.c"),
        ];
        let mut stack = Stack::default();
        for (file, _) in paths {
            stack.push(StackFrame { function: Some("f"), file, line: 1 });
        }
        assert!(stack.iter().map(|frame| (frame.function, frame.file)).eq(paths.map(|(_, file)| (Some("f"), file))));
    }
}
