//! The session's contents, both ways. Field names and their meaning never change within a major version; new fields may
//! come.
//!
//! A missing field takes its default; a field of the wrong kind makes the state damaged. Texts of a closed set that this
//! version does not know (a part, a scale) count as missing; the tool's name is kept.

use super::fields::{Decoded, Fields, id, numbers, optional};
use super::{clip, damaged, map, take};
use crate::chunk::Unknown;
use crate::contents::{Contents, Music};
use crate::limits::{self, SOURCE_SIZE, TAKES, TAKES_SIZE};
use crate::{SEEDS, Seeded, SessionError, Settings, Slot, Source, Take};
use rmpv::Value;
use solferino_tools::Scope;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) fn encode(contents: &Contents) -> Value {
    contents.unknown.merge(known(contents))
}

/// Everything that this version knows; what takes and sources have beyond it is their own.
fn known(contents: &Contents) -> Value {
    let Music { sources, takes, selected } = &contents.music;
    let filled = Slot::ALL.into_iter().zip(sources);
    let sources = filled.filter_map(|(slot, filled)| Some((Value::from(slot.name()), source(filled.as_ref()?))));
    map([
        ("sources", Value::Map(sources.collect())),
        ("takes", Value::Array(takes.iter().map(|each| take::encode(each)).collect())),
        ("selected", id(*selected)),
        ("next_take", contents.next_take.into()),
        ("settings", settings(&contents.settings)),
    ])
}

pub(super) fn decode(value: &Value) -> Decoded<Contents> {
    let root = Fields::of(value, "state")?;
    let mut music = Music { selected: root.id("selected")?, ..Music::default() };
    if let Some(sources) = root.field("sources") {
        let sources = Fields::of(sources, "sources")?;
        for slot in Slot::ALL {
            music.sources[slot.index()] = sources.optional(slot.name(), decode_source)?.map(Arc::new);
        }
    }
    music.takes = decode_takes(root.array("takes")?)?;
    music.selected = music.selected.filter(|id| music.takes.iter().any(|take| take.id == *id));
    let highest = music.takes.iter().map(|take| take.id.0).max().unwrap_or(0);
    let next_take = root.number::<u32>("next_take")?.unwrap_or(1).max(highest.saturating_add(1));
    let settings = root.optional("settings", decode_settings)?.unwrap_or_default();
    let mut contents = Contents { music, settings, next_take, unknown: Unknown::default() };
    contents.unknown = Unknown::of(value, &known(&contents));
    Ok(contents)
}

/// The takes, if they keep to the limits and their numbers are unique.
fn decode_takes(values: &[Value]) -> Decoded<Vec<Arc<Take>>> {
    let too_large = |limit, unit| Err(SessionError::StateTooLarge { limit, unit });
    if values.len() > TAKES + 16 {
        return too_large(TAKES, "takes");
    }
    let (mut takes, mut ids, mut size) = (Vec::with_capacity(values.len()), BTreeSet::new(), 0);
    for value in values {
        let take = take::decode(value)?;
        size += limits::size(&take.made.clip);
        if size > 2 * TAKES_SIZE {
            return too_large(2 * TAKES_SIZE, "notes");
        }
        if !ids.insert(take.id) {
            return Err(damaged("two takes have the same number"));
        }
        takes.push(Arc::new(take));
    }
    Ok(takes)
}

fn source(source: &Source) -> Value {
    source.unknown.merge(map([("clip", clip::encode(&source.clip)), ("origin", id(source.origin))]))
}

fn decode_source(value: &Value) -> Decoded<Source> {
    let fields = Fields::of(value, "source")?;
    let clip = clip::decode(fields.needed("clip")?)?;
    if limits::size(&clip) > SOURCE_SIZE {
        return Err(SessionError::StateTooLarge { limit: SOURCE_SIZE, unit: "notes in a source" });
    }
    let mut read = Source { clip: Arc::new(clip), origin: fields.id("origin")?, unknown: Unknown::default() };
    read.unknown = Unknown::of(value, &source(&read));
    Ok(read)
}

fn settings(settings: &Settings) -> Value {
    let pair = |(a, b): (u32, u32)| Value::Array(vec![a.into(), b.into()]);
    map([
        ("only_new", (settings.scope == Scope::New).into()),
        ("model", optional(settings.model.as_deref(), Value::from)),
        ("seeded", optional(settings.seeded, |seeded| pair((seeded.shown, seeded.used)))),
        ("window", optional(settings.window, pair)),
    ])
}

fn decode_settings(value: &Value) -> Decoded<Settings> {
    let fields = Fields::of(value, "settings")?;
    let pair = |name| -> Decoded<Option<(u32, u32)>> {
        let list: Vec<u32> = numbers(fields.array(name)?)?;
        Ok(if let [a, b] = list[..] { Some((a, b)) } else { None })
    };
    Ok(Settings {
        scope: if fields.flag("only_new")? { Scope::New } else { Scope::All },
        model: fields.text("model")?,
        seeded: pair("seeded")?
            .filter(|&(shown, used)| shown.max(used) < SEEDS)
            .map(|(shown, used)| Seeded { shown, used }),
        window: pair("window")?,
    })
}
