//! The session as a value. Field names and their meaning never change within a major version; new fields may come.

use super::{map, notes};
use crate::contents::{Contents, Music};
use crate::{Parent, Provenance, Settings, Slot, Source, Take, TakeId, Tool};
use rmpv::Value;
use solferino_score::{Clip, Lane, LaneKind};
use solferino_tools::{ContinueRequest, ModelUsed, Part};

pub(super) fn contents(contents: &Contents) -> Value {
    contents.unknown.merge(known(contents))
}

/// Everything that this version knows; what takes and sources have beyond it is their own.
pub(super) fn known(contents: &Contents) -> Value {
    let Music { sources, takes, selected } = &contents.music;
    let filled = Slot::ALL.into_iter().zip(sources);
    let sources = filled.filter_map(|(slot, filled)| Some((Value::from(slot.name()), source(filled.as_ref()?))));
    map([
        ("sources", Value::Map(sources.collect())),
        ("takes", Value::Array(takes.iter().map(|each| take(each)).collect())),
        ("selected", id(*selected)),
        ("next_take", contents.next_take.into()),
        ("settings", settings(&contents.settings)),
    ])
}

pub(super) fn source(source: &Source) -> Value {
    source.unknown.merge(map([("clip", clip(&source.clip)), ("origin", id(source.origin))]))
}

pub(super) fn take(take: &Take) -> Value {
    take.unknown.merge(map([
        ("id", take.id.0.into()),
        ("name", take.name.as_str().into()),
        ("starred", take.starred.into()),
        ("clip", clip(&take.clip.clip)),
        ("from", take.clip.from.0.into()),
        ("provenance", provenance(&take.provenance)),
    ]))
}

fn provenance(provenance: &Provenance) -> Value {
    let mut fields = vec![("tool".into(), provenance.tool.name().into())];
    // The request of a tool this version does not have is among the unknown fields.
    if let Tool::Continue(request) = &provenance.tool {
        fields.push(("request".into(), continue_request(request)));
    }
    fields.push(("model".into(), optional(provenance.model.as_ref(), model)));
    fields.push(("parent".into(), optional(provenance.parent.as_ref(), parent)));
    fields.push(("number".into(), provenance.number.into()));
    Value::Map(fields)
}

fn continue_request(request: &ContinueRequest) -> Value {
    map([
        ("part", optional(request.part, part)),
        ("bars", request.bars.into()),
        ("takes", request.takes.into()),
        ("temperature", request.temperature.into()),
        ("seed", request.seed.0.into()),
        ("scale", optional(request.scale.as_ref(), |scale| scale.to_string().into())),
        ("model", optional(request.model.as_deref(), Value::from)),
    ])
}

fn model(model: &ModelUsed) -> Value {
    map([("name", model.name.as_str().into()), ("hash", model.hash.as_str().into())])
}

fn parent(parent: &Parent) -> Value {
    map([("slot", parent.slot.name().into()), ("name", parent.name.as_str().into()), ("take", id(parent.take))])
}

fn settings(settings: &Settings) -> Value {
    map([
        ("slot", settings.slot.name().into()),
        ("part", optional(settings.part, part)),
        ("model", optional(settings.model.as_deref(), Value::from)),
        ("only_new", settings.only_new.into()),
        ("seed_locked", settings.seed_locked.into()),
        ("window", optional(settings.window, |(width, height)| Value::Array(vec![width.into(), height.into()]))),
        ("zoom", optional(settings.zoom, Value::from)),
    ])
}

fn clip(clip: &Clip) -> Value {
    let tempo = clip.tempo.changes().iter().flat_map(|(at, micros)| [Value::from(at.0), Value::from(*micros)]);
    let meters =
        clip.meters.changes().iter().flat_map(|(at, meter)| {
            [Value::from(at.0), Value::from(meter.numerator()), Value::from(meter.denominator())]
        });
    map([
        ("name", clip.name.as_str().into()),
        ("length", clip.length.0.into()),
        ("tempo", Value::Array(tempo.collect())),
        ("meters", Value::Array(meters.collect())),
        ("lanes", Value::Array(clip.lanes.iter().map(lane).collect())),
    ])
}

fn lane(lane: &Lane) -> Value {
    map([
        ("name", lane.name.as_str().into()),
        ("kind", kind_name(lane.kind).into()),
        ("program", lane.program.into()),
        ("channel", lane.channel.into()),
        ("notes", Value::Binary(notes::pack(&lane.notes))),
    ])
}

pub(super) fn kind_name(kind: LaneKind) -> &'static str {
    match kind {
        LaneKind::Melody => "melody",
        LaneKind::Bass => "bass",
        LaneKind::Chords => "chords",
        LaneKind::Drums => "drums",
    }
}

fn part(part: Part) -> Value {
    part_name(part).into()
}

pub(super) fn part_name(part: Part) -> &'static str {
    match part {
        Part::Melody => "melody",
        Part::Drums => "drums",
    }
}

fn id(id: Option<TakeId>) -> Value {
    optional(id, |id| id.0.into())
}

fn optional<T>(value: Option<T>, encode: impl FnOnce(T) -> Value) -> Value {
    value.map_or(Value::Nil, encode)
}
