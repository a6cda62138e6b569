//! Takes and how they came about, both ways.

use super::fields::{Decoded, Fields, id, optional};
use super::{clip, damaged, map, pairs, request};
use crate::chunk::Unknown;
use crate::{Asked, Parent, Provenance, Slot, Take};
use rmpv::Value;
use solferino_score::Ticks;
use solferino_tools::{Given, Made, ModelUsed};
use std::sync::Arc;

pub(super) fn encode(take: &Take) -> Value {
    let from = match take.made.given {
        Given::None => Value::Nil,
        Given::Before(bar_line) => bar_line.0.into(),
    };
    take.unknown.merge(map([
        ("id", take.id.0.into()),
        ("name", take.name.as_str().into()),
        ("starred", take.starred.into()),
        ("clip", clip::encode(&take.made.clip)),
        ("from", from),
        ("provenance", provenance(&take.provenance)),
    ]))
}

pub(super) fn decode(value: &Value) -> Decoded<Take> {
    let fields = Fields::of(value, "take")?;
    let given = fields.number("from")?.map_or(Given::None, |at| Given::Before(Ticks(at)));
    let made = Made { clip: clip::decode(fields.needed("clip")?)?, given };
    let provenance = match fields.field("provenance") {
        Some(value) => decode_provenance(value)?,
        None => Provenance { tool: Asked::Unknown(String::new()), models: Vec::new(), parents: Vec::new(), number: 0 },
    };
    let mut take = Take {
        id: fields.id("id")?.ok_or_else(|| damaged("a take has no number"))?,
        name: fields.text("name")?.unwrap_or_default(),
        starred: fields.flag("starred")?,
        made: Arc::new(made),
        provenance: Arc::new(provenance),
        unknown: Unknown::default(),
    };
    take.unknown = Unknown::of(value, &encode(&take));
    Ok(take)
}

fn provenance(provenance: &Provenance) -> Value {
    let mut fields = pairs([("tool", provenance.tool.name().into())]);
    // The request of a tool that this version does not have is among the unknown fields.
    if let Asked::Known(request) = &provenance.tool {
        fields.push(("request".into(), request::encode(request)));
    }
    fields.extend(pairs([
        ("model", one_or_many(&provenance.models, model)),
        ("parent", one_or_many(&provenance.parents, parent)),
        ("number", provenance.number.into()),
    ]));
    Value::Map(fields)
}

fn decode_provenance(value: &Value) -> Decoded<Provenance> {
    let fields = Fields::of(value, "provenance")?;
    let name = fields.text("tool")?.unwrap_or_default();
    let tool = match request::decode(&name, fields.field("request"))? {
        Some(request) => Asked::Known(request),
        None => Asked::Unknown(name),
    };
    Ok(Provenance {
        tool,
        models: several(fields.field("model"), decode_model)?,
        parents: several(fields.field("parent"), decode_parent)?,
        number: fields.number("number")?.unwrap_or(0),
    })
}

fn model(model: &ModelUsed) -> Value {
    map([
        ("name", model.name.as_str().into()),
        ("hash", model.hash.as_str().into()),
        ("engine", model.engine.as_str().into()),
    ])
}

fn decode_model(value: &Value) -> Decoded<ModelUsed> {
    let fields = Fields::of(value, "model")?;
    Ok(ModelUsed {
        name: fields.text("name")?.unwrap_or_default(),
        hash: fields.text("hash")?.unwrap_or_default(),
        engine: fields.text("engine")?.unwrap_or_default(),
    })
}

fn parent(parent: &Parent) -> Value {
    map([("slot", parent.slot.name().into()), ("name", parent.name.as_str().into()), ("take", id(parent.take))])
}

fn decode_parent(value: &Value) -> Decoded<Parent> {
    let fields = Fields::of(value, "parent")?;
    let slot = fields.text("slot")?.and_then(|name| Slot::from_name(&name)).unwrap_or_default();
    Ok(Parent { slot, name: fields.text("name")?.unwrap_or_default(), take: fields.id("take")? })
}

/// Nil for none, the thing itself for one, a list for more.
fn one_or_many<T>(things: &[T], encode: impl Fn(&T) -> Value) -> Value {
    match things {
        [] | [_] => optional(things.first(), encode),
        many => Value::Array(many.iter().map(encode).collect()),
    }
}

fn several<T>(value: Option<&Value>, decode: impl Fn(&Value) -> Decoded<T>) -> Decoded<Vec<T>> {
    match value {
        None => Ok(Vec::new()),
        Some(Value::Array(many)) => many.iter().map(decode).collect(),
        Some(one) => Ok(vec![decode(one)?]),
    }
}
