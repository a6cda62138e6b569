//! The session from a value.
//!
//! A missing field takes its default; a field of the wrong kind makes the state damaged. Texts of a closed set that this
//! version does not know (a part, a scale) count as missing; the tool's name is kept.

use super::unknown::find;
use super::{damaged, encode, notes};
use crate::chunk::Unknown;
use crate::contents::{Contents, Music};
use crate::limits::{self, SOURCE_SIZE, TAKES, TAKES_SIZE};
use crate::{Parent, Provenance, SessionError, Settings, Slot, Source, Take, TakeId, Tool};
use rmpv::Value;
use solferino_models::Seed;
use solferino_score::{Clip, Lane, LaneKind, Meter, MeterMap, TempoMap, Ticks};
use solferino_tools::{ContinueRequest, Continued, ModelUsed, Part};
use std::sync::Arc;

type Decoded<T> = Result<T, SessionError>;

pub(super) fn contents(value: &Value) -> Decoded<Contents> {
    let root = Fields::of(value, "state")?;
    let mut music = Music { selected: root.id("selected")?, ..Music::default() };
    if let Some(sources) = root.field("sources") {
        let sources = Fields::of(sources, "sources")?;
        for slot in Slot::ALL {
            music.sources[slot.index()] = sources.optional(slot.name(), source)?.map(Arc::new);
        }
    }
    music.takes = root.array("takes")?.iter().map(|value| Ok(Arc::new(take(value)?))).collect::<Decoded<_>>()?;
    check_takes(&mut music)?;
    let highest = music.takes.iter().map(|take| take.id.0).max().unwrap_or(0);
    let next_take = root.number::<u32>("next_take")?.unwrap_or(1).max(highest.saturating_add(1));
    let settings = root.optional("settings", settings)?.unwrap_or_default();
    let mut contents = Contents { music, settings, next_take, unknown: Unknown::default() };
    contents.unknown = Unknown::of(value, &encode::known(&contents));
    Ok(contents)
}

/// The limits hold, numbers are unique, and what is selected is there.
fn check_takes(music: &mut Music) -> Decoded<()> {
    let too_large = |limit, unit| Err(SessionError::StateTooLarge { limit, unit });
    if music.takes.len() > TAKES + 16 {
        return too_large(TAKES, "takes");
    }
    if music.takes.iter().map(|take| limits::size(&take.clip.clip)).sum::<usize>() > 2 * TAKES_SIZE {
        return too_large(2 * TAKES_SIZE, "notes");
    }
    let mut ids: Vec<TakeId> = music.takes.iter().map(|take| take.id).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(damaged("two takes have the same number"));
    }
    music.selected = music.selected.filter(|id| ids.binary_search(id).is_ok());
    Ok(())
}

fn source(value: &Value) -> Decoded<Source> {
    let fields = Fields::of(value, "source")?;
    let clip = clip(fields.needed("clip")?)?;
    if limits::size(&clip) > SOURCE_SIZE {
        return Err(SessionError::StateTooLarge { limit: SOURCE_SIZE, unit: "notes in a source" });
    }
    let mut source = Source { clip: Arc::new(clip), origin: fields.id("origin")?, unknown: Unknown::default() };
    source.unknown = Unknown::of(value, &encode::source(&source));
    Ok(source)
}

fn take(value: &Value) -> Decoded<Take> {
    let fields = Fields::of(value, "take")?;
    let clip = Continued { clip: clip(fields.needed("clip")?)?, from: Ticks(fields.number("from")?.unwrap_or(0)) };
    let provenance = match fields.field("provenance") {
        Some(value) => provenance(value)?,
        None => Provenance { tool: Tool::Other(String::new()), model: None, parent: None, number: 0 },
    };
    let mut take = Take {
        id: fields.id("id")?.ok_or_else(|| damaged("a take has no number"))?,
        name: fields.text("name")?.unwrap_or_default(),
        starred: fields.flag("starred")?,
        clip: Arc::new(clip),
        provenance: Arc::new(provenance),
        unknown: Unknown::default(),
    };
    take.unknown = Unknown::of(value, &encode::take(&take));
    Ok(take)
}

fn provenance(value: &Value) -> Decoded<Provenance> {
    let fields = Fields::of(value, "provenance")?;
    let tool = match fields.text("tool")?.unwrap_or_default() {
        name if name == "continue" => Tool::Continue(continue_request(fields.needed("request")?)?),
        name => Tool::Other(name),
    };
    Ok(Provenance {
        tool,
        model: fields.optional("model", |value| {
            let fields = Fields::of(value, "model")?;
            Ok(ModelUsed {
                name: fields.text("name")?.unwrap_or_default(),
                hash: fields.text("hash")?.unwrap_or_default(),
            })
        })?,
        parent: fields.optional("parent", |value| {
            let fields = Fields::of(value, "parent")?;
            let slot = fields.text("slot")?.and_then(|name| Slot::from_name(&name)).unwrap_or_default();
            Ok(Parent { slot, name: fields.text("name")?.unwrap_or_default(), take: fields.id("take")? })
        })?,
        number: fields.number("number")?.unwrap_or(0),
    })
}

fn continue_request(value: &Value) -> Decoded<ContinueRequest> {
    let fields = Fields::of(value, "request")?;
    let default = ContinueRequest::default();
    Ok(ContinueRequest {
        part: fields.part("part")?,
        bars: fields.number("bars")?.unwrap_or(default.bars),
        takes: fields.number("takes")?.unwrap_or(default.takes),
        temperature: fields.float("temperature")?.unwrap_or(default.temperature),
        seed: fields.number("seed")?.map_or(default.seed, Seed),
        scale: fields.text("scale")?.and_then(|text| text.parse().ok()),
        model: fields.text("model")?,
    })
}

fn settings(value: &Value) -> Decoded<Settings> {
    let fields = Fields::of(value, "settings")?;
    let window: Vec<u32> = numbers(fields.array("window")?)?;
    Ok(Settings {
        slot: fields.text("slot")?.and_then(|name| Slot::from_name(&name)).unwrap_or_default(),
        part: fields.part("part")?,
        model: fields.text("model")?,
        only_new: fields.flag("only_new")?,
        seed_locked: fields.flag("seed_locked")?,
        window: if let [width, height] = window[..] { Some((width, height)) } else { None },
        zoom: fields.number("zoom")?,
    })
}

fn clip(value: &Value) -> Decoded<Clip> {
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
    let mut clip = Clip {
        name: fields.text("name")?.unwrap_or_default(),
        length: Ticks(fields.number("length")?.unwrap_or(0)),
        tempo: TempoMap::from_changes(tempo.collect::<Decoded<Vec<_>>>()?),
        meters: MeterMap::from_changes(meters.collect::<Decoded<Vec<_>>>()?),
        lanes: fields.array("lanes")?.iter().map(lane).collect::<Decoded<_>>()?,
    };
    clip.repair();
    Ok(clip)
}

fn lane(value: &Value) -> Decoded<Lane> {
    let fields = Fields::of(value, "lane")?;
    let kind = fields.text("kind")?;
    let kinds = [LaneKind::Melody, LaneKind::Bass, LaneKind::Chords, LaneKind::Drums];
    let notes = match fields.field("notes") {
        Some(Value::Binary(bytes)) => notes::unpack(bytes).ok_or_else(|| damaged("notes break off"))?,
        Some(_) => return Err(fields.wrong("notes")),
        None => Vec::new(),
    };
    Ok(Lane {
        name: fields.text("name")?.unwrap_or_default(),
        kind: kinds
            .into_iter()
            .find(|each| kind.as_deref() == Some(encode::kind_name(*each)))
            .unwrap_or(LaneKind::Melody),
        program: fields.number("program")?.unwrap_or(0),
        channel: fields.number("channel")?.unwrap_or(0),
        notes,
    })
}

fn numbers<T: TryFrom<i64>>(values: &[Value]) -> Decoded<Vec<T>> {
    let number = |value: &Value| value.as_i64().and_then(|number| T::try_from(number).ok());
    values
        .iter()
        .map(|value| number(value).ok_or_else(|| damaged("a list holds something else than numbers")))
        .collect()
}

/// A map's fields by name; nil counts as missing.
struct Fields<'a> {
    fields: &'a [(Value, Value)],
    what: &'static str,
}

impl<'a> Fields<'a> {
    fn of(value: &'a Value, what: &'static str) -> Decoded<Self> {
        match value {
            Value::Map(fields) => Ok(Self { fields, what }),
            _ => Err(SessionError::DamagedState { reason: format!("its {what} is no map") }),
        }
    }

    fn field(&self, name: &str) -> Option<&'a Value> {
        find(self.fields, &Value::from(name)).filter(|value| !value.is_nil())
    }

    fn wrong(&self, name: &str) -> SessionError {
        SessionError::DamagedState { reason: format!("{name} of a {} is missing or of the wrong kind", self.what) }
    }

    fn needed(&self, name: &str) -> Decoded<&'a Value> {
        self.field(name).ok_or_else(|| self.wrong(name))
    }

    fn optional<T>(&self, name: &str, decode: impl FnOnce(&'a Value) -> Decoded<T>) -> Decoded<Option<T>> {
        self.field(name).map(decode).transpose()
    }

    fn read<T>(&self, name: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Decoded<Option<T>> {
        self.optional(name, |value| read(value).ok_or_else(|| self.wrong(name)))
    }

    fn number<T: TryFrom<i128>>(&self, name: &str) -> Decoded<Option<T>> {
        self.read(name, |value| {
            let number = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))?;
            T::try_from(number).ok()
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "it was an f32 when it was saved")]
    fn float(&self, name: &str) -> Decoded<Option<f32>> {
        self.read(name, |value| value.as_f64().map(|number| number as f32).filter(|number| number.is_finite()))
    }

    fn flag(&self, name: &str) -> Decoded<bool> {
        Ok(self.read(name, Value::as_bool)?.unwrap_or(false))
    }

    fn text(&self, name: &str) -> Decoded<Option<String>> {
        self.read(name, |value| value.as_str().map(str::to_owned))
    }

    fn array(&self, name: &str) -> Decoded<&'a [Value]> {
        Ok(self.read(name, |value| value.as_array().map(Vec::as_slice))?.unwrap_or(&[]))
    }

    fn id(&self, name: &str) -> Decoded<Option<TakeId>> {
        Ok(self.number(name)?.map(TakeId))
    }

    fn part(&self, name: &str) -> Decoded<Option<Part>> {
        let part = |text: String| [Part::Melody, Part::Drums].into_iter().find(|&part| encode::part_name(part) == text);
        Ok(self.text(name)?.and_then(part))
    }
}
