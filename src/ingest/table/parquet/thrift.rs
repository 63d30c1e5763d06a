//! Thrift's compact protocol, as far as Parquet uses it: structures as trees of numbered fields.

use super::ParquetError;
use super::bytes::Bytes;

/// Structures inside structures.
const DEEPEST: u32 = 24;
/// Values of one tree.
const MOST: u32 = 1 << 20;

/// A value; numbers of any width are one kind, a map or a set is a list.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Bool(bool),
    Number(i64),
    Bytes(&'a [u8]),
    List(Vec<Value<'a>>),
    Struct(Vec<(i16, Value<'a>)>),
}

impl<'a> Value<'a> {
    /// Reads a structure; what follows it stays.
    pub(super) fn read(bytes: &mut Bytes<'a>) -> Result<Self, ParquetError> {
        Reader { bytes, values: 0 }.structure(0)
    }

    /// A field of a structure.
    pub(super) fn field(&self, id: i16) -> Option<&Self> {
        let Self::Struct(fields) = self else { return None };
        fields.iter().find(|(other, _)| *other == id).map(|(_, value)| value)
    }

    pub(super) fn number(&self, id: i16) -> Option<i64> {
        if let Self::Number(number) = self.field(id)? { Some(*number) } else { None }
    }

    pub(super) fn truth(&self, id: i16) -> Option<bool> {
        if let Self::Bool(truth) = self.field(id)? { Some(*truth) } else { None }
    }

    pub(super) fn text(&self, id: i16) -> Option<String> {
        if let Self::Bytes(bytes) = self.field(id)? { Some(String::from_utf8_lossy(bytes).into_owned()) } else { None }
    }

    /// The items of a list; none where there is no list.
    pub(super) fn items(&self, id: i16) -> &[Self] {
        if let Some(Self::List(items)) = self.field(id) { items } else { &[] }
    }
}

struct Reader<'r, 'a> {
    bytes: &'r mut Bytes<'a>,
    values: u32,
}

impl<'a> Reader<'_, 'a> {
    fn structure(&mut self, depth: u32) -> Result<Value<'a>, ParquetError> {
        let (mut fields, mut id) = (Vec::new(), 0i16);
        loop {
            let head = self.bytes.byte()?;
            let kind = head & 0x0f;
            if kind == 0 {
                return Ok(Value::Struct(fields));
            }
            id = match head >> 4 {
                0 => self.zigzag()?.try_into().map_err(|_| ParquetError::Damaged("a field's number"))?,
                step => id.checked_add(i16::from(step)).ok_or(ParquetError::Damaged("a field's number"))?,
            };
            let value = match kind {
                1 | 2 => Value::Bool(kind == 1),
                kind => self.value(kind, depth + 1)?,
            };
            fields.push((id, value));
        }
    }

    fn zigzag(&mut self) -> Result<i64, ParquetError> {
        let number = self.bytes.varint()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn value(&mut self, kind: u8, depth: u32) -> Result<Value<'a>, ParquetError> {
        self.values += 1;
        if depth > DEEPEST || self.values > MOST {
            return Err(ParquetError::Damaged("its description is too large"));
        }
        match kind {
            1 | 2 => Ok(Value::Bool(self.bytes.byte()? == 1)),
            3 => Ok(Value::Number(i64::from(self.bytes.byte()?.cast_signed()))),
            4..=6 => self.zigzag().map(Value::Number),
            7 => self.bytes.take(8).map(Value::Bytes),
            8 => {
                let length = self.bytes.length()?;
                self.bytes.take(length).map(Value::Bytes)
            }
            9 | 10 => self.list(depth),
            11 => self.map(depth),
            12 => self.structure(depth),
            _ => Err(ParquetError::Damaged("an unknown kind of field")),
        }
    }

    fn list(&mut self, depth: u32) -> Result<Value<'a>, ParquetError> {
        let head = self.bytes.byte()?;
        let length = if head >> 4 == 15 { self.bytes.length()? } else { usize::from(head >> 4) };
        self.many(length, |reader| reader.value(head & 0x0f, depth + 1))
    }

    fn map(&mut self, depth: u32) -> Result<Value<'a>, ParquetError> {
        let length = self.bytes.length()?;
        let kinds = if length == 0 { 0 } else { self.bytes.byte()? };
        self.many(length, |reader| {
            reader.value(kinds >> 4, depth + 1)?;
            reader.value(kinds & 0x0f, depth + 1)
        })
    }

    /// Each item takes a byte at least: a list that claims more is not begun.
    fn many(
        &mut self,
        length: usize,
        mut item: impl FnMut(&mut Self) -> Result<Value<'a>, ParquetError>,
    ) -> Result<Value<'a>, ParquetError> {
        if length > self.bytes.0.len() {
            return Err(ParquetError::Damaged("a list is cut"));
        }
        (0..length).map(|_| item(self)).collect::<Result<_, _>>().map(Value::List)
    }
}
