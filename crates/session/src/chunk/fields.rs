//! Reading a map's fields by name.

use super::damaged;
use super::unknown::find;
use crate::{SessionError, TakeId};
use rmpv::Value;

/// What reading a part of a state gives.
pub(super) type Decoded<T> = Result<T, SessionError>;

/// A map's fields by name; nil counts as missing.
pub(super) struct Fields<'a> {
    fields: &'a [(Value, Value)],
    what: &'static str,
}

impl<'a> Fields<'a> {
    pub fn of(value: &'a Value, what: &'static str) -> Decoded<Self> {
        match value {
            Value::Map(fields) => Ok(Self { fields, what }),
            _ => Err(SessionError::DamagedState { reason: format!("its {what} is no map") }),
        }
    }

    pub fn field(&self, name: &str) -> Option<&'a Value> {
        find(self.fields, &Value::from(name)).filter(|value| !value.is_nil())
    }

    pub fn wrong(&self, name: &str) -> SessionError {
        SessionError::DamagedState { reason: format!("{name} of a {} is missing or of the wrong kind", self.what) }
    }

    pub fn needed(&self, name: &str) -> Decoded<&'a Value> {
        self.field(name).ok_or_else(|| self.wrong(name))
    }

    pub fn optional<T>(&self, name: &str, decode: impl FnOnce(&'a Value) -> Decoded<T>) -> Decoded<Option<T>> {
        self.field(name).map(decode).transpose()
    }

    pub fn read<T>(&self, name: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Decoded<Option<T>> {
        self.optional(name, |value| read(value).ok_or_else(|| self.wrong(name)))
    }

    pub fn number<T: TryFrom<i128>>(&self, name: &str) -> Decoded<Option<T>> {
        self.read(name, |value| {
            let number = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))?;
            T::try_from(number).ok()
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "it was an f32 when it was saved")]
    pub fn float(&self, name: &str) -> Decoded<Option<f32>> {
        self.read(name, |value| value.as_f64().map(|number| number as f32).filter(|number| number.is_finite()))
    }

    pub fn flag(&self, name: &str) -> Decoded<bool> {
        Ok(self.read(name, Value::as_bool)?.unwrap_or(false))
    }

    pub fn text(&self, name: &str) -> Decoded<Option<String>> {
        self.read(name, |value| value.as_str().map(str::to_owned))
    }

    pub fn array(&self, name: &str) -> Decoded<&'a [Value]> {
        Ok(self.read(name, |value| value.as_array().map(Vec::as_slice))?.unwrap_or(&[]))
    }

    /// A list that is packed into bytes; empty where it is missing.
    pub fn packed<T: Default>(&self, name: &str, unpack: impl FnOnce(&[u8]) -> Decoded<T>) -> Decoded<T> {
        match self.field(name) {
            Some(Value::Binary(bytes)) => unpack(bytes),
            Some(_) => Err(self.wrong(name)),
            None => Ok(T::default()),
        }
    }

    pub fn id(&self, name: &str) -> Decoded<Option<TakeId>> {
        Ok(self.number(name)?.map(TakeId))
    }
}

/// A list of whole numbers.
pub(super) fn numbers<T: TryFrom<i64>>(values: &[Value]) -> Decoded<Vec<T>> {
    let number = |value: &Value| value.as_i64().and_then(|number| T::try_from(number).ok());
    values
        .iter()
        .map(|value| number(value).ok_or_else(|| damaged("a list holds something else than numbers")))
        .collect()
}

/// A value, or nil for none.
pub(super) fn optional<T>(value: Option<T>, encode: impl FnOnce(T) -> Value) -> Value {
    value.map_or(Value::Nil, encode)
}

/// A take's number, or nil for none.
pub(super) fn id(id: Option<TakeId>) -> Value {
    optional(id, |id| id.0.into())
}
