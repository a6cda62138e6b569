//! Requests, both ways. What every tool is asked and what one alone is asked stand in one map.

use super::fields::{Decoded, Fields, optional};
use super::pairs;
use rmpv::Value;
use solferino_models::Seed;
use solferino_tools::{Common, Continue, Part, Request, Tool};

const PARTS: [(Part, &str); 2] = [(Part::Melody, "melody"), (Part::Drums, "drums")];

pub(super) fn encode(request: &Request) -> Value {
    let Common { takes, temperature, seed, scale, model } = &request.common;
    let mut fields = pairs([
        ("takes", (*takes).into()),
        ("temperature", (*temperature).into()),
        ("seed", seed.0.into()),
        ("scale", optional(scale.as_ref(), |scale| scale.to_string().into())),
        ("model", optional(model.as_deref(), Value::from)),
    ]);
    match &request.tool {
        Tool::Continue(Continue { part, bars, variation }) => fields.extend(pairs([
            ("part", optional(*part, part_value)),
            ("bars", (*bars).into()),
            ("variation", (*variation).into()),
        ])),
    }
    Value::Map(fields)
}

/// The request of the tool with this name; none if this version does not have the tool.
pub(super) fn decode(tool: &str, value: Option<&Value>) -> Decoded<Option<Request>> {
    let Some(default) = default(tool) else { return Ok(None) };
    let empty = Value::Map(Vec::new());
    let fields = Fields::of(value.unwrap_or(&empty), "request")?;
    let common = Common {
        takes: fields.number("takes")?.unwrap_or(default.common.takes),
        temperature: fields.float("temperature")?.unwrap_or(default.common.temperature),
        seed: fields.number("seed")?.map_or(default.common.seed, Seed),
        scale: fields.text("scale")?.and_then(|text| text.parse().ok()),
        model: fields.text("model")?,
    };
    let tool = match default.tool {
        Tool::Continue(default) => Tool::Continue(Continue {
            part: part(fields.text("part")?),
            bars: fields.number("bars")?.unwrap_or(default.bars),
            variation: fields.float("variation")?.unwrap_or(default.variation),
        }),
    };
    Ok(Some(Request { common, tool }))
}

fn default(tool: &str) -> Option<Request> {
    let request = Request::default();
    (request.tool.name() == tool).then_some(request)
}

fn part_value(part: Part) -> Value {
    PARTS.iter().find(|(known, _)| *known == part).map_or(Value::Nil, |(_, name)| Value::from(*name))
}

fn part(text: Option<String>) -> Option<Part> {
    PARTS.iter().find(|(_, name)| text.as_deref() == Some(name)).map(|(part, _)| *part)
}
