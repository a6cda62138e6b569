//! Tests of Continue: networks without weights, clips of any shape, and the factory models.

mod cases;
mod choosing;
mod drums;
mod laws;
mod melody;

use super::Job;
use super::network::Network;
use crate::{Common, Continue, Made, Part, Request, Tool, ToolError};
use solferino_models::{BarGrid, Cancel, Drawn, Generation, ModelError, PitchRange};
use solferino_score::{Clip, Lane, LaneKind, Meter, MeterMap, Note, Ticks};
use std::cell::RefCell;

/// A network that draws evenly among what is allowed, and remembers what it was shown.
struct Dice {
    range: Option<PitchRange>,
    shown: RefCell<Vec<(Vec<i16>, BarGrid)>>,
}

impl Dice {
    fn melody() -> Self {
        Self::with(Some(PitchRange { min: 48, max: 84, key: Some(0) }))
    }

    fn drums() -> Self {
        Self::with(None)
    }

    fn with(range: Option<PitchRange>) -> Self {
        Self { range, shown: RefCell::default() }
    }

    fn of(part: Part) -> Self {
        if part == Part::Drums { Self::drums() } else { Self::melody() }
    }

    /// What it was last shown.
    fn primer(&self) -> Vec<i16> {
        self.shown.borrow().last().unwrap().0.clone()
    }
}

impl Network for Dice {
    fn name(&self) -> &str {
        "dice"
    }

    fn steps_per_quarter(&self) -> u32 {
        4
    }

    fn pitches(&self) -> Option<PitchRange> {
        self.range
    }

    fn generate(
        &self,
        request: &Generation<'_>,
        cancel: &Cancel,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Drawn>, ModelError> {
        self.shown.borrow_mut().push((request.primer.to_vec(), request.bars));
        assert!(!request.primer.is_empty());
        let mut takes = Vec::new();
        for (done, &number) in request.streams.iter().enumerate() {
            if cancel.is_cancelled() {
                return Err(ModelError::Cancelled);
            }
            let mut stream = request.seed.stream(number);
            let mut draw = |below: usize| {
                let number = if request.temperature > 0.0 { stream.uniform() } else { 0.25 };
                (number * below as f64) as usize
            };
            let mut events = Vec::new();
            for _ in 0..request.steps {
                let event = match self.range {
                    None => [0, 1, 2, 4, 5, 128, 511][draw(7)],
                    Some(range) => {
                        let pitches: Vec<i16> = (i16::from(range.min)..i16::from(range.max))
                            .filter(|&pitch| request.constraint.allows(pitch))
                            .collect();
                        [-2, -1, -2, pitches[draw(pitches.len())]][draw(4)]
                    }
                };
                events.push(event);
            }
            takes.push(Drawn { events, log_likelihood: 0.0 });
            progress(done + 1, request.streams.len());
        }
        Ok(takes)
    }
}

/// A network that always plays the same events, then nothing.
struct Scripted {
    range: Option<PitchRange>,
    events: Vec<i16>,
}

impl Network for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn steps_per_quarter(&self) -> u32 {
        4
    }

    fn pitches(&self) -> Option<PitchRange> {
        self.range
    }

    fn generate(
        &self,
        request: &Generation<'_>,
        _: &Cancel,
        _: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Drawn>, ModelError> {
        let mut events = self.events.clone();
        events.resize(request.steps, if self.range.is_some() { -2 } else { 0 });
        Ok(vec![Drawn { events, log_likelihood: 0.0 }; request.streams.len()])
    }
}

const ALL_PITCHES: PitchRange = PitchRange { min: 0, max: 128, key: None };

fn run(network: &dyn Network, clip: &Clip, request: &Request) -> Result<Vec<Made>, ToolError> {
    request.check()?;
    let Tool::Continue(wanted) = &request.tool;
    Job::new(clip, wanted.part)?.run(network, &request.common, wanted, &Cancel::default(), &mut |_| {})
}

fn request(common: Common, wanted: Continue) -> Request {
    Request { common, tool: Tool::Continue(wanted) }
}

/// So many bars and takes.
fn bars(bars: u32, takes: u32) -> Request {
    request(Common { takes, ..Common::default() }, Continue { bars, ..Continue::default() })
}

/// One bar more, one take.
fn one() -> Request {
    bars(1, 1)
}

/// The same of a part.
fn with_part(part: Part, request: Request) -> Request {
    let Tool::Continue(wanted) = request.tool;
    Request { tool: Tool::Continue(Continue { part: Some(part), ..wanted }), ..request }
}

/// The same with other values that every tool has.
fn with(request: Request, edit: impl FnOnce(&mut Common)) -> Request {
    let mut request = request;
    edit(&mut request.common);
    request
}

/// A note on a sixteenth.
fn note(step: i64, steps: i64, pitch: u8, velocity: u8) -> Note {
    Note { start: Ticks(step * 240), pitch, length: Ticks(steps * 240), velocity }
}

fn lane(kind: LaneKind, notes: Vec<Note>) -> Lane {
    Lane::new("", kind, if kind == LaneKind::Drums { 9 } else { 0 }, notes)
}

fn clip(bars: i64, meter: Meter, lanes: Vec<Lane>) -> Clip {
    let length = Ticks(bars * meter.bar().0);
    Clip { name: "clip".into(), length, meters: MeterMap::constant(meter), lanes, ..Clip::default() }
}

/// A scale up and down, a note a quarter.
fn tune(bars: i64) -> Clip {
    let pitches = [60, 62, 64, 65, 67, 65, 64, 62];
    let notes = (0..bars * 4).map(|quarter| note(quarter * 4, 4, pitches[quarter as usize % 8], 80)).collect();
    clip(bars, Meter::COMMON, vec![lane(LaneKind::Melody, notes)])
}

/// Kick, snare and hats.
fn beat(bars: i64) -> Clip {
    let mut notes = Vec::new();
    for bar in 0..bars {
        for eighth in 0..8 {
            notes.push(note(bar * 16 + eighth * 2, 1, 42, if eighth % 2 == 0 { 90 } else { 50 }));
        }
        notes.extend([note(bar * 16, 1, 36, 110), note(bar * 16 + 4, 1, 40, 100), note(bar * 16 + 12, 1, 40, 120)]);
    }
    notes.sort();
    clip(bars, Meter::COMMON, vec![lane(LaneKind::Drums, notes)])
}

/// The new notes of a take with their lanes.
fn new_notes(take: &Made) -> Vec<(usize, Note)> {
    let lanes = take.clip.lanes.iter().enumerate();
    let notes = lanes.flat_map(|(lane, notes)| notes.notes.iter().map(move |note| (lane, *note)));
    notes.filter(|(_, note)| note.start >= take.new_from()).collect()
}
