//! Protobuf's wire format, read in place: field after field, with nothing copied or set aside
//! (protobuf.dev/programming-guides/encoding).

use crate::ModelError;

/// What stands in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// A varint.
    Number(u64),
    /// Eight or four bytes.
    Fixed,
    /// A text, a message or packed numbers.
    Bytes(&'a [u8]),
}

pub(crate) fn damaged<T>(reason: impl Into<String>) -> Result<T, ModelError> {
    Err(ModelError::Truncated { reason: reason.into() })
}

impl<'a> Value<'a> {
    pub(crate) fn bytes(self) -> Result<&'a [u8], ModelError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Number(_) | Self::Fixed => damaged("a field holds a number where a text or a part should be"),
        }
    }

    pub(crate) fn text(self) -> Result<&'a str, ModelError> {
        std::str::from_utf8(self.bytes()?).or_else(|_| damaged("a name is not UTF-8 text"))
    }

    pub(crate) fn number(self) -> Result<u64, ModelError> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Bytes(_) | Self::Fixed => damaged("a field holds something else where a number should be"),
        }
    }
}

/// The fields of a message, with their numbers; ends after the first error.
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn of(message: &'a [u8]) -> Self {
        Self(message)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], ModelError> {
        let split = usize::try_from(length).ok().and_then(|length| self.0.split_at_checked(length));
        let Some((taken, rest)) = split else { return damaged("it ends inside of a field") };
        self.0 = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, ModelError> {
        let mut number = 0;
        for (index, &byte) in self.0.iter().take(10).enumerate() {
            number |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.0 = &self.0[index + 1..];
                return Ok(number);
            }
        }
        damaged("it ends inside of a number, or the number does not end")
    }

    fn field(&mut self) -> Result<(u64, Value<'a>), ModelError> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            kind => return damaged(format!("a field is of the unknown kind {kind}")),
        };
        if tag >> 3 == 0 {
            return damaged("a field has the number 0");
        }
        Ok((tag >> 3, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), ModelError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

/// How many numbers of `width` bytes a field holds, packed or alone; without a width they are varints.
pub(crate) fn count(value: Value<'_>, width: Option<usize>) -> Result<usize, ModelError> {
    let Value::Bytes(packed) = value else { return Ok(1) };
    match width {
        Some(width) if packed.len().is_multiple_of(width) => Ok(packed.len() / width),
        None if packed.last().is_none_or(|&byte| byte < 0x80) => Ok(packed.iter().filter(|&&byte| byte < 0x80).count()),
        _ => damaged("it ends inside of packed numbers"),
    }
}

/// Calls `take` with the varints of a field, packed or alone.
pub(crate) fn numbers(value: Value<'_>, mut take: impl FnMut(u64)) -> Result<(), ModelError> {
    match value {
        Value::Number(number) => take(number),
        Value::Fixed => return value.number().map(drop),
        Value::Bytes(packed) => {
            let mut rest = Fields(packed);
            while !rest.0.is_empty() {
                take(rest.varint()?);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_place() {
        let message = [8, 0x96, 1, 0x12, 2, b'h', b'i', 0x1d, 0, 0, 0, 0, 0x21, 0, 0, 0, 0, 0, 0, 0, 0];
        let fields: Result<Vec<_>, _> = Fields::of(&message).collect();
        let expected = [(1, Value::Number(150)), (2, Value::Bytes(b"hi")), (3, Value::Fixed), (4, Value::Fixed)];
        assert_eq!(fields.unwrap(), expected);
    }

    #[test]
    fn what_is_cut_or_unknown_ends_with_one_error() {
        let cases: [&[u8]; 8] =
            [&[8], &[8, 0x80], &[0x12, 3, 1], &[0x1d, 0], &[0x21, 0, 0], &[0x0b], &[0, 1], &[0x80; 11]];
        for case in cases {
            let mut fields = Fields::of(case);
            assert!(matches!(fields.next(), Some(Err(ModelError::Truncated { .. }))), "{case:?}");
            assert!(fields.next().is_none(), "{case:?}");
        }
        let huge = [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0];
        assert!(matches!(Fields::of(&huge).next(), Some(Err(_))));
    }

    #[test]
    fn packed_numbers_are_counted() {
        assert_eq!(count(Value::Number(7), None).unwrap(), 1);
        assert_eq!(count(Value::Bytes(&[1, 0x80, 1, 2]), None).unwrap(), 3);
        assert_eq!(count(Value::Bytes(&[0; 12]), Some(4)).unwrap(), 3);
        let mut found = Vec::new();
        numbers(Value::Bytes(&[1, 0x80, 1, 2]), |number| found.push(number)).unwrap();
        assert_eq!(found, [1, 128, 2]);
        assert!(count(Value::Bytes(&[1, 0x80]), None).is_err());
        assert!(count(Value::Bytes(&[0; 9]), Some(8)).is_err());
    }
}
