//! Thrift's compact protocol, in which Parquet writes its footer and page headers, read within a budget
//! (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>).
//!
//! The `parquet` crate has a reader of its own, which allocates what a header claims; its page headers are not public.

use super::{Damaged, bad};

/// Structs and lists lie in each other at most so deep; Parquet needs six.
const DEPTH_MAX: u32 = 16;

/// One value; what Parquet does not use of the protocol is refused.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Bool(bool),
    Int(i64),
    Bytes(&'a [u8]),
    List(Vec<Value<'a>>),
    Struct(Fields<'a>),
    /// A floating-point number, which nothing here asks for.
    Double,
}

/// The fields of a struct, by their ids.
#[derive(Debug)]
pub(super) struct Fields<'a>(Vec<(i16, Value<'a>)>);

impl<'a> Fields<'a> {
    pub(super) fn get(&self, id: i16) -> Option<&Value<'a>> {
        self.0.iter().find(|(i, _)| *i == id).map(|(_, value)| value)
    }

    pub(super) fn opt_int(&self, id: i16) -> Result<Option<i64>, Damaged> {
        match self.get(id) {
            None => Ok(None),
            Some(Value::Int(value)) => Ok(Some(*value)),
            Some(_) => Err(bad("a number is missing")),
        }
    }

    pub(super) fn int(&self, id: i16) -> Result<i64, Damaged> {
        self.opt_int(id)?.ok_or_else(|| bad("a number is missing"))
    }

    /// A count, a length or an offset.
    pub(super) fn size(&self, id: i16) -> Result<usize, Damaged> {
        usize::try_from(self.int(id)?).map_err(|_| bad("a length is negative"))
    }

    pub(super) fn bytes(&self, id: i16) -> Result<&'a [u8], Damaged> {
        match self.get(id) {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            _ => Err(bad("a text is missing")),
        }
    }

    pub(super) fn list(&self, id: i16) -> Result<&[Value<'a>], Damaged> {
        match self.get(id) {
            Some(Value::List(list)) => Ok(list),
            _ => Err(bad("a list is missing")),
        }
    }

    pub(super) fn fields(&self, id: i16) -> Result<&Fields<'a>, Damaged> {
        self.get(id).ok_or_else(|| bad("a struct is missing"))?.fields()
    }
}

impl<'a> Value<'a> {
    pub(super) fn fields(&self) -> Result<&Fields<'a>, Damaged> {
        match self {
            Value::Struct(fields) => Ok(fields),
            _ => Err(bad("a struct is missing")),
        }
    }
}

/// Reads from the beginning of some bytes, at most this many values.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    values_left: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], values_max: usize) -> Self {
        Self {
            rest: bytes,
            values_left: values_max,
        }
    }

    /// What was not read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn fields(&mut self) -> Result<Fields<'a>, Damaged> {
        self.fields_at(0)
    }

    fn fields_at(&mut self, depth: u32) -> Result<Fields<'a>, Damaged> {
        if depth > DEPTH_MAX {
            return Err(bad("structs are nested too deep"));
        }
        let mut fields = Vec::new();
        let mut id: i16 = 0;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(Fields(fields));
            }
            id = match head >> 4 {
                0 => i16::try_from(self.zigzag()?).map_err(|_| bad("a field has no valid id"))?,
                step => id
                    .checked_add(i16::from(step))
                    .ok_or_else(|| bad("a field has no valid id"))?,
            };
            let value = match head & 0x0F {
                1 => Value::Bool(true),
                2 => Value::Bool(false),
                kind => self.value(kind, depth)?,
            };
            self.count()?;
            fields.push((id, value));
        }
    }

    fn value(&mut self, kind: u8, depth: u32) -> Result<Value<'a>, Damaged> {
        Ok(match kind {
            // In a list a truth value has a byte of its own.
            1 | 2 => Value::Bool(self.byte()? == 1),
            3 => Value::Int(i64::from(self.byte()?.cast_signed())),
            4..=6 => Value::Int(self.zigzag()?),
            7 => {
                self.take(8)?;
                Value::Double
            }
            8 => {
                let length = self.varint()?;
                Value::Bytes(self.take(usize::try_from(length).unwrap_or(usize::MAX))?)
            }
            9 | 10 => self.list(depth)?,
            12 => Value::Struct(self.fields_at(depth + 1)?),
            _ => return Err(bad("a value has an unknown type")),
        })
    }

    fn list(&mut self, depth: u32) -> Result<Value<'a>, Damaged> {
        if depth > DEPTH_MAX {
            return Err(bad("lists are nested too deep"));
        }
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.varint()?,
            count => u64::from(count),
        };
        // An element has at least one byte: a longer list is impossible, whichever length it claims.
        if count > self.rest.len() as u64 {
            return Err(bad("a list claims more elements than it has"));
        }
        let mut list = Vec::new();
        for _ in 0..count {
            self.count()?;
            list.push(self.value(head & 0x0F, depth + 1)?);
        }
        Ok(Value::List(list))
    }

    fn count(&mut self) -> Result<(), Damaged> {
        self.values_left = self
            .values_left
            .checked_sub(1)
            .ok_or_else(|| bad("a header is too long"))?;
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, Damaged> {
        Ok(self.take(1)?[0])
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| bad("a header ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, Damaged> {
        varint(&mut self.rest)
    }

    fn zigzag(&mut self) -> Result<i64, Damaged> {
        self.varint().map(unzigzag)
    }
}

/// A number in groups of seven bits, the lowest first.
pub(super) fn varint(bytes: &mut &[u8]) -> Result<u64, Damaged> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes
            .split_first()
            .ok_or_else(|| bad("a number ends too early"))?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(bad("a number is too long"))
}

/// Signed numbers as they are in a varint: 0, -1, 1, -2, ...
pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}
