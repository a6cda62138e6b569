//! Fields that this version does not know.

use rmpv::Value;

/// What a loaded value had besides what this version writes for it: maps hold the unknown fields and, where one lies
/// deeper, the way there; arrays hold one entry an element. Written back by [`Unknown::merge`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Unknown(Option<Value>);

impl Unknown {
    /// What `loaded` has that `known`, the same thing as this version writes it, has not.
    pub fn of(loaded: &Value, known: &Value) -> Self {
        Self(beyond(loaded, known))
    }

    /// The value as this version writes it, with the unknown fields put back behind the known ones.
    pub fn merge(&self, known: Value) -> Value {
        match &self.0 {
            Some(unknown) => join(known, unknown),
            None => known,
        }
    }
}

fn beyond(loaded: &Value, known: &Value) -> Option<Value> {
    match (loaded, known) {
        (Value::Map(loaded), Value::Map(known)) => {
            let mut fields: Vec<(Value, Value)> = Vec::new();
            for (index, (name, value)) in loaded.iter().enumerate() {
                // Of a name that stands twice the first counts, as in reading.
                if find(&loaded[..index], name).is_some() {
                    continue;
                }
                let kept = match find(known, name) {
                    Some(known) => beyond(value, known),
                    None => Some(value.clone()),
                };
                if let Some(kept) = kept {
                    fields.push((name.clone(), kept));
                }
            }
            fields.sort_by_key(|(name, _)| name.to_string());
            (!fields.is_empty()).then_some(Value::Map(fields))
        }
        (Value::Array(loaded), Value::Array(known)) if loaded.len() == known.len() => {
            let elements: Vec<Value> =
                loaded.iter().zip(known).map(|(loaded, known)| beyond(loaded, known).unwrap_or(Value::Nil)).collect();
            elements.iter().any(|element| *element != Value::Nil).then_some(Value::Array(elements))
        }
        // A text of a closed set (a scale, a part) that this version does not know: it is written as nil.
        (Value::String(_), Value::Nil) => Some(loaded.clone()),
        _ => None,
    }
}

fn join(known: Value, unknown: &Value) -> Value {
    match (known, unknown) {
        (Value::Map(mut fields), Value::Map(unknown)) => {
            for (name, value) in unknown {
                match fields.iter_mut().find(|field| field.0 == *name) {
                    Some((_, field)) => *field = join(std::mem::replace(field, Value::Nil), value),
                    None => fields.push((name.clone(), value.clone())),
                }
            }
            Value::Map(fields)
        }
        (Value::Array(elements), Value::Array(unknown)) if elements.len() == unknown.len() => {
            Value::Array(elements.into_iter().zip(unknown).map(|(element, unknown)| join(element, unknown)).collect())
        }
        (Value::Nil, Value::String(text)) => Value::String(text.clone()),
        (known, _) => known,
    }
}

/// The first field of a name.
pub(super) fn find<'a>(fields: &'a [(Value, Value)], name: &Value) -> Option<&'a Value> {
    fields.iter().find(|field| field.0 == *name).map(|field| &field.1)
}
