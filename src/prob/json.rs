//! Values as JSON. The one way in which they are written for others: a zero has no sign, whatever sum it came from.

use std::io::Write;

use serde::Serialize;
use serde_json::Result;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

/// Writes a value in one line, without the line's end.
///
/// # Errors
/// When `out` cannot be written, or the value has keys that are no text.
///
/// ```
/// use bisectstat::prob::json;
///
/// let mut out = Vec::new();
/// json::to_writer(&mut out, &[-0.0, 0.5])?;
/// assert_eq!(out, b"[0.0,0.5]");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn to_writer<T: Serialize + ?Sized>(out: impl Write, value: &T) -> Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Plain(CompactFormatter)))
}

/// Writes a value over several lines, indented by two blanks.
///
/// # Errors
/// As for [`to_writer`].
pub fn to_writer_pretty<T: Serialize + ?Sized>(out: impl Write, value: &T) -> Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Plain(PrettyFormatter::new())))
}

/// Another layout whose zeros have no sign.
struct Plain<F>(F);

/// Hands a part of the layout on to the inner one.
macro_rules! as_inner {
    ($($part:ident($($flag:ident)?)),* $(,)?) => {
        $(fn $part<W: Write + ?Sized>(&mut self, out: &mut W $(, $flag: bool)?) -> std::io::Result<()> {
            self.0.$part(out $(, $flag)?)
        })*
    };
}

impl<F: Formatter> Formatter for Plain<F> {
    as_inner!(
        begin_array(),
        end_array(),
        begin_array_value(first),
        end_array_value(),
        begin_object(),
        end_object(),
        begin_object_key(first),
        end_object_key(),
        begin_object_value(),
        end_object_value(),
    );

    fn write_f64<W: Write + ?Sized>(&mut self, out: &mut W, value: f64) -> std::io::Result<()> {
        // Zero of either sign and zero are zero.
        self.0.write_f64(out, value + 0.0)
    }
}
