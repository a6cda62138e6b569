//! Continue: adds bars to a clip.

use crate::network::Network;
use crate::part::lanes_of;
use crate::section::Section;
use crate::voice::{DrumVoice, MelodyVoice, Voice, fit};
use crate::{ContinueRequest, Part, ToolError, part_of};
use solferino_models::{Cancel, Generation, Library, ModelError, PitchRange, RecurrentModel, Seed};
use solferino_score::limits::{CLIP_LENGTH, CLIP_QUARTERS};
use solferino_score::{Clip, Grid, Lane, MeterMap, Note, PPQ, TempoMap, Ticks};
use std::sync::Arc;

/// The factory's drum model.
const DRUMS: &str = "drums";
/// The factory's key-normalised melody model.
const MELODY: &str = "melody";
/// The factory's melody model of all keys and pitches.
const MONO: &str = "mono";
/// What [`MELODY`] sees.
const MELODY_RANGE: PitchRange = PitchRange { min: 48, max: 84, key: Some(0) };
/// [`MELODY`] is taken when at least this share of the notes fits its range without folding, in percent.
const FIT: usize = 95;
/// How often takes without a single new note are drawn again.
const REDRAWS: u64 = 3;
/// From one seed of a redraw to the next: the golden ratio's bits, as in SplitMix64.
const SEED_STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A clip with its continuation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continued {
    /// The source, unchanged, and the new notes behind it.
    pub clip: Clip,
    /// The bar line where the continuation begins; every new note starts here or later, every note of the source before.
    pub from: Ticks,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps done.
    pub done: usize,
    /// Steps in all.
    pub total: usize,
}

/// The model that made takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelUsed {
    /// Its name.
    pub name: String,
    /// The SHA-256 of its graph, lower-case hex.
    pub hash: String,
}

/// Adds `request.bars` bars to a clip, `request.takes` times.
///
/// **The clip** is kept note for note: timing, velocities, notes no model knows, other lanes. The continuation begins on
/// the bar line at or after the clip's end (its length, or its last note if that starts later); a clip that ends within
/// a bar is filled up with silence, empty bars at its end are kept; a last bar that only the ends of notes reach, by a
/// thirty-second at most, is not counted. It is in the meter and tempo at the clip's end; changes
/// after that are left out.
///
/// **The model** sees the part on its grid: of a melody lane the highest note at a time, moved to the model's key and
/// range and folded by octaves where that is not enough; of drums nine classes. It sees the music only: not the empty
/// bars before and after it; of long clips the last 16 to 23 bars; after a meter change what follows it, if that is four
/// bars or more.
///
/// **The model is chosen** by the part: "drums" for drums; for melodies "melody" if at least 95 % of the notes fit its
/// three octaves after the move to its key, else "mono" (and the other one where one is not installed).
/// `request.model` overrides.
///
/// **New notes** go to the lane of the part. Velocities come from the clip's notes at the same place in the bar and, for
/// drums, of the same class; drums also take their pitch (which snare, which hat) and length from there. Where the clip
/// swings, so do they. A note that the clip holds over the bar line, or plays just before it, is not struck again.
/// A take without any new note is drawn again, up to three times, unless the temperature is 0.
///
/// `progress` is told after each of the model's steps; `cancel` is looked at before each.
///
/// # Errors
/// [`ToolError::EmptyClip`], [`ToolError::TooLong`], a value of the request outside its range, [`ToolError::WrongModel`],
/// [`ToolError::Cancelled`], or what the models say.
pub fn continue_clip(
    models: &Library,
    source: &Clip,
    request: &ContinueRequest,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Vec<Continued>, ModelUsed), ToolError> {
    request.check()?;
    let job = Job::new(source, request.part)?;
    let model = match &request.model {
        Some(name) => models.get(name)?,
        None => first_of(models, job.factory_models())?,
    };
    let takes = job.run(&*model, request, cancel, progress)?;
    Ok((takes, ModelUsed { name: model.manifest().name().to_owned(), hash: model.hash().to_owned() }))
}

/// Only what is new in a take: its notes from 0 on, in the tempo and meter of the continuation. Lanes without new notes
/// are left out.
#[must_use]
pub fn continuation_clip(take: &Continued) -> Clip {
    let new = |lane: &Lane| {
        let notes = lane.notes.iter().filter(|note| note.start >= take.from);
        let notes = notes.map(|note| Note { start: note.start - take.from, ..*note }).collect();
        Lane { notes, ..lane.clone() }
    };
    let tempo = take.clip.tempo.changes().iter().rev().find(|change| change.0 <= take.from);
    Clip {
        name: take.clip.name.clone(),
        length: take.clip.length - take.from,
        tempo: TempoMap::from_changes(tempo.map(|change| (Ticks::ZERO, change.1))),
        meters: MeterMap::constant(take.clip.meters.at(take.from)),
        lanes: take.clip.lanes.iter().map(new).filter(|lane| !lane.notes.is_empty()).collect(),
    }
}

/// The first of the models that is installed.
fn first_of(models: &Library, names: [&str; 2]) -> Result<Arc<RecurrentModel>, ModelError> {
    match models.get(names[0]) {
        Err(missing @ ModelError::NoSuchModel { .. }) => match models.get(names[1]) {
            Err(ModelError::NoSuchModel { .. }) => Err(missing),
            other => other,
        },
        other => other,
    }
}

/// A clip and the part of it that is continued.
pub(crate) struct Job<'a> {
    source: &'a Clip,
    part: Part,
    lanes: Vec<usize>,
}

impl<'a> Job<'a> {
    /// Checks the clip and finds the part.
    pub fn new(source: &'a Clip, part: Option<Part>) -> Result<Self, ToolError> {
        let (first, last) = source.notes().fold((source.length, source.length), |(first, last), (_, note)| {
            (first.min(note.start), last.max(note.start))
        });
        check_length(last)?;
        check_length(Ticks(first.0.saturating_neg()))?;
        let part = part.unwrap_or_else(|| part_of(source));
        let lanes = lanes_of(source, part);
        if lanes.is_empty() {
            return Err(ToolError::EmptyClip);
        }
        Ok(Self { source, part, lanes })
    }

    /// The factory models for the part, the best first.
    fn factory_models(&self) -> [&'static str; 2] {
        if self.part == Part::Drums {
            return [DRUMS, DRUMS];
        }
        let section = Section::after(self.source, Grid::SIXTEENTHS);
        let share = fit(&self.source.lanes[self.lanes[0]].notes, &section, MELODY_RANGE);
        if share >= FIT { [MELODY, MONO] } else { [MONO, MELODY] }
    }

    /// Makes the takes.
    pub fn run(
        &self,
        network: &dyn Network,
        request: &ContinueRequest,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<Continued>, ToolError> {
        let section = Section::after(self.source, Grid { steps_per_quarter: network.steps_per_quarter() });
        let voice = self.voice(network, &section)?;
        let bars = i64::from(request.bars);
        let length = section.from + Ticks(bars * section.meter.bar().0);
        check_length(length)?;
        let generate = |takes: usize, seed: Seed, progress: &mut dyn FnMut(usize, usize)| {
            let generation = Generation {
                primer: voice.primer(),
                bars: section.bars(),
                steps: usize::try_from(bars * section.per_bar).unwrap_or(0),
                takes,
                temperature: request.temperature,
                seed,
                constraint: voice.constraint(request.scale.as_ref()),
            };
            let events = network.generate(&generation, cancel, progress)?;
            Ok::<_, ToolError>(events.iter().map(|events| voice.notes(events)).collect::<Vec<_>>())
        };
        let takes = usize::try_from(request.takes).unwrap_or(0);
        let mut notes = generate(takes, request.seed, &mut |done, total| progress(Progress { done, total }))?;
        for attempt in 1..=REDRAWS {
            let Some(last) = notes.iter().rposition(Vec::is_empty).filter(|_| request.temperature > 0.0) else { break };
            let seed = Seed(request.seed.0.wrapping_add(attempt.wrapping_mul(SEED_STEP)));
            let drawn = generate(last + 1, seed, &mut |_, _| {})?;
            for (empty, drawn) in notes.iter_mut().zip(drawn).filter(|(notes, _)| notes.is_empty()) {
                *empty = drawn;
            }
        }
        Ok(notes.into_iter().map(|notes| self.with(notes, &section, length)).collect())
    }

    fn voice<'s>(&'s self, network: &dyn Network, section: &'s Section) -> Result<Box<dyn Voice + 's>, ToolError> {
        match (self.part, network.pitches()) {
            (Part::Melody, Some(range)) => Ok(Box::new(MelodyVoice::new(self.source, self.lanes[0], section, range))),
            (Part::Drums, None) => Ok(Box::new(DrumVoice::new(self.source, &self.lanes, section))),
            (part, range) => Err(ToolError::WrongModel {
                model: network.name().to_owned(),
                plays: if range.is_some() { Part::Melody } else { Part::Drums }.name(),
                part: part.name(),
            }),
        }
    }

    /// The clip with new notes.
    fn with(&self, notes: Vec<(usize, Note)>, section: &Section, length: Ticks) -> Continued {
        let mut clip = self.source.clone();
        clip.length = length;
        clip.tempo =
            TempoMap::from_changes(clip.tempo.changes().iter().copied().filter(|change| change.0 < section.from));
        clip.meters = section.meters.clone();
        for (lane, note) in notes {
            clip.lanes[lane].notes.push(note);
        }
        for &lane in &self.lanes {
            clip.lanes[lane].notes.sort_by_key(|note| (note.start, note.pitch));
        }
        Continued { clip, from: section.from }
    }
}

fn check_length(length: Ticks) -> Result<(), ToolError> {
    if length <= CLIP_LENGTH {
        return Ok(());
    }
    Err(ToolError::TooLong { quarters: length.0.div_euclid(PPQ).saturating_add(1), limit: CLIP_QUARTERS })
}
