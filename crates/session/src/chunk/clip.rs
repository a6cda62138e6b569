//! Clips, both ways.

use super::fields::{Decoded, Fields, numbers};
use super::packed::{self, Room};
use super::{damaged, pairs};
use rmpv::Value;
use solferino_score::{Clip, Lane, LaneKind, Meter, MeterMap, TempoMap, Ticks};

const KINDS: [(LaneKind, &str); 4] =
    [(LaneKind::Melody, "melody"), (LaneKind::Bass, "bass"), (LaneKind::Chords, "chords"), (LaneKind::Drums, "drums")];

pub(super) fn encode(clip: &Clip) -> Value {
    let tempo = clip.tempo.changes().iter().flat_map(|(at, micros)| [Value::from(at.0), Value::from(*micros)]);
    let meters =
        clip.meters.changes().iter().flat_map(|(at, meter)| {
            [Value::from(at.0), Value::from(meter.numerator()), Value::from(meter.denominator())]
        });
    let mut fields = pairs([
        ("name", clip.name.as_str().into()),
        ("length", clip.length.0.into()),
        ("tempo", Value::Array(tempo.collect())),
        ("meters", Value::Array(meters.collect())),
        ("lanes", Value::Array(clip.lanes.iter().map(lane).collect())),
    ]);
    if !clip.messages.is_empty() {
        fields.push(("messages".into(), Value::Binary(packed::messages(&clip.messages))));
    }
    Value::Map(fields)
}

fn lane(lane: &Lane) -> Value {
    let kind = KINDS.iter().find(|(kind, _)| *kind == lane.kind).map_or("melody", |(_, name)| name);
    let mut fields = pairs([
        ("name", lane.name.as_str().into()),
        ("kind", kind.into()),
        ("program", lane.program.into()),
        ("channel", lane.channel.into()),
        ("notes", Value::Binary(packed::notes(&lane.notes))),
    ]);
    if !lane.messages.is_empty() {
        fields.push(("messages".into(), Value::Binary(packed::messages(&lane.messages))));
    }
    Value::Map(fields)
}

pub(super) fn decode(value: &Value) -> Decoded<Clip> {
    let fields = Fields::of(value, "clip")?;
    let tempo: Vec<i64> = numbers(fields.array("tempo")?)?;
    let meters: Vec<i64> = numbers(fields.array("meters")?)?;
    let tempo = tempo.as_chunks::<2>().0.iter().map(|&[at, micros]| {
        let micros = u32::try_from(micros).map_err(|_| damaged("a tempo is out of range"))?;
        Ok((Ticks(at), micros))
    });
    let meters = meters.as_chunks::<3>().0.iter().map(|&[at, numerator, denominator]| {
        let small = |number: i64| u8::try_from(number).ok();
        let meter = small(numerator).zip(small(denominator)).and_then(|(over, under)| Meter::new(over, under));
        Ok((Ticks(at), meter.ok_or_else(|| damaged("a meter is out of range"))?))
    });
    let mut room = Room::of_a_clip();
    let mut clip = Clip {
        name: fields.text("name")?.unwrap_or_default(),
        length: Ticks(fields.number("length")?.unwrap_or(0)),
        tempo: TempoMap::from_changes(tempo.collect::<Decoded<Vec<_>>>()?),
        meters: MeterMap::from_changes(meters.collect::<Decoded<Vec<_>>>()?),
        lanes: fields.array("lanes")?.iter().map(|lane| decode_lane(lane, &mut room)).collect::<Decoded<_>>()?,
        messages: fields.packed("messages", |bytes| packed::unpack_messages(bytes, &mut room))?,
    };
    clip.repair();
    Ok(clip)
}

fn decode_lane(value: &Value, room: &mut Room) -> Decoded<Lane> {
    let fields = Fields::of(value, "lane")?;
    let kind = fields.text("kind")?;
    let named = KINDS.iter().find(|(_, name)| kind.as_deref() == Some(name));
    Ok(Lane {
        name: fields.text("name")?.unwrap_or_default(),
        kind: named.map_or(LaneKind::Melody, |(kind, _)| *kind),
        program: fields.number("program")?.unwrap_or(0),
        channel: fields.number("channel")?.unwrap_or(0),
        notes: fields.packed("notes", |bytes| packed::unpack_notes(bytes, room))?,
        messages: fields.packed("messages", |bytes| packed::unpack_messages(bytes, room))?,
    })
}
