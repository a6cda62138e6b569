//! Continue: adds bars to a clip.

mod choosing;
mod dynamics;
mod feel;
mod network;
pub(crate) mod part;
mod section;
#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "tests cast small numbers"
)]
mod tests;
mod voice;

use crate::{Common, Continue, Given, Made, ModelUsed, Outcome, Part, Progress, ToolError, part_of};
use choosing::{Candidate, Draw, Judge, choose};
use network::Network;
use part::lanes_of;
use section::Section;
use solferino_models::{Cancel, Drawn, Generation, Library, ModelError, PitchRange, RecurrentModel};
use solferino_score::limits::{CLIP_LENGTH, CLIP_QUARTERS};
use solferino_score::{Clip, Grid, Note, PPQ, TempoMap, Ticks};
use std::sync::Arc;
use voice::{DrumVoice, MelodyVoice, Voice, fit};

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

/// Adds `wanted.bars` bars to a clip, `common.takes` times.
///
/// **The clip** is kept note for note: timing, velocities, notes no model knows, other lanes. The continuation begins on
/// the bar line at or after the clip's end (its length, or its last note if that starts later); a clip that ends within
/// a bar is filled up with silence, empty bars at its end are kept; a last bar that only late releases reach is not
/// counted. It is in the meter and tempo at the clip's end; after a single odd bar at the end in the meter that the clip
/// is mostly in, and that bar is not shown to the model. Changes after the end are left out.
///
/// **The model** sees the part on its grid: of a melody lane the highest note at a time, moved to the model's key and
/// range and folded by octaves where that is not enough; of drums nine classes. It sees the music only: not the empty
/// bars before and after it; of long clips the last 16 to 23 bars; after a meter change what follows it, if that is four
/// bars or more. Notes sound as long as the sustain pedal lets them. Sixteenth triplets are shown as the sixteenths of 12/8.
///
/// **The model is chosen** by the part: "drums" for drums; for melodies "melody" if at least 95 % of the notes fit its
/// three octaves after the move to its key, else "mono" (and the other one where one is not installed).
/// `common.model` overrides.
///
/// **New notes** go to the lane of the part. Velocities come from the clip's notes at the same place in the bar and, for
/// drums, of the same class; drums also take their pitch (which snare, which hat) and length from there. Where the clip
/// swings, so do they. A note that the clip holds over the bar line, or plays just before it, is not struck again.
/// A hit lasts a thirty-second at least. A sustain pedal that is down at the clip's end stays down, and new notes ring on.
///
/// **Takes are chosen** ([`choosing`]): they differ from one another, at most one is the clip's last bars over again, none
/// is silent for a bar where the clip never is, and their density is near the clip's. What is not so is drawn again, up to
/// eight times, from then on less like the clip and hotter; a model that still cannot gives takes that are equal. At
/// temperature 0 all takes are the likeliest one.
///
/// # Errors
/// [`ToolError::EmptyClip`], [`ToolError::TooLong`], a value of the request outside its range, [`ToolError::WrongModel`],
/// [`ToolError::Cancelled`], or what the models say.
pub(crate) fn continue_clip(
    models: &Library,
    source: &Clip,
    common: &Common,
    wanted: &Continue,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, ToolError> {
    let job = Job::new(source, wanted.part)?;
    let model = match &common.model {
        Some(name) => models.recurrent(name)?,
        None => first_of(models, job.factory_models())?,
    };
    let made = job.run(&*model, common, wanted, cancel, progress)?;
    let used = ModelUsed {
        name: model.manifest().name().to_owned(),
        hash: model.hash().to_owned(),
        engine: model.backend().to_owned(),
    };
    Ok(Outcome { made, models: vec![used] })
}

/// The first of the models that is installed.
fn first_of(models: &Library, names: [&str; 2]) -> Result<Arc<RecurrentModel>, ModelError> {
    match models.recurrent(names[0]) {
        Err(missing @ ModelError::NoSuchModel { .. }) => match models.recurrent(names[1]) {
            Err(ModelError::NoSuchModel { .. }) => Err(missing),
            other => other,
        },
        other => other,
    }
}

/// A clip and the part of it that is continued.
struct Job<'a> {
    source: &'a Clip,
    part: Part,
    lanes: Vec<usize>,
}

impl<'a> Job<'a> {
    /// Checks the clip and finds the part.
    fn new(source: &'a Clip, part: Option<Part>) -> Result<Self, ToolError> {
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
        let notes = section.seen(&self.source.lanes[self.lanes[0]].heard());
        let share = fit(&notes, &section, MELODY_RANGE);
        if share >= FIT { [MELODY, MONO] } else { [MONO, MELODY] }
    }

    /// Makes the takes.
    fn run(
        &self,
        network: &dyn Network,
        common: &Common,
        wanted: &Continue,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<Made>, ToolError> {
        let section = self.section(network.steps_per_quarter());
        let voice = self.voice(network, &section)?;
        let bars = i64::from(wanted.bars);
        let length = section.from + Ticks(bars * section.meter.bar().0);
        check_length(length)?;
        let small = |number: i64| usize::try_from(number).unwrap_or(0);
        let clip = voice.pattern(voice.primer());
        let per_bar = small(section.per_bar);
        let judge = Judge::new(&clip, voice.primer().len(), per_bar, small(bars), wanted.variation);
        let mut first = true;
        let mut draw = |draw: &Draw| {
            let generation = Generation {
                primer: voice.primer(),
                bars: section.bars(),
                steps: small(bars) * per_bar,
                streams: &draw.streams,
                temperature: draw.temperature,
                seed: common.seed,
                constraint: voice.constraint(common.scale.as_ref()),
                repetition: draw.repetition,
            };
            // The usual request is done with the first draw.
            let report = std::mem::take(&mut first);
            let drawn = network.generate(&generation, cancel, &mut |done, total| {
                if report {
                    progress(Progress { done, total });
                }
            })?;
            let candidate = |drawn: &Drawn| Candidate {
                music: voice.notes(&drawn.events),
                pattern: voice.pattern(&drawn.events),
                log_likelihood: drawn.log_likelihood,
            };
            Ok(drawn.iter().map(candidate).collect())
        };
        let takes = choose(&judge, usize::try_from(common.takes).unwrap_or(0), common.temperature, &mut draw)?;
        Ok(takes.into_iter().map(|notes| self.with(notes, &section, length)).collect())
    }

    /// The bars after the clip, on the grid of a model, or, where that is sixteenths and the part plays sixteenth triplets,
    /// on theirs.
    fn section(&self, steps_per_quarter: u32) -> Section {
        let section = Section::after(self.source, Grid { steps_per_quarter });
        let grid = Grid::of(self.lanes.iter().flat_map(|&lane| &self.source.lanes[lane].notes));
        if section.grid() == Grid::SIXTEENTHS && grid != section.grid() {
            return Section::after(self.source, grid);
        }
        section
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
    fn with(&self, notes: Vec<(usize, Note)>, section: &Section, length: Ticks) -> Made {
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
        Made { clip, given: Given::Before(section.from) }
    }
}

fn check_length(length: Ticks) -> Result<(), ToolError> {
    if length <= CLIP_LENGTH {
        return Ok(());
    }
    Err(ToolError::TooLong { quarters: length.0.div_euclid(PPQ).saturating_add(1), limit: CLIP_QUARTERS })
}
