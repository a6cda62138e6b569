//! MIDI files to clips.

use super::chunks::{Events, split};
use super::time::{Clock, Division};
use super::voices::Voices;
use super::write::check;
use super::{MidiError, Warning};
use crate::limits::{CLIP_LENGTH, LANES, MIDI_BYTES, MIDI_EVENTS};
use crate::normal::DRUM_CHANNEL;
use crate::{Clip, Lane, LaneKind, Meter, MeterMap, Note, PPQ, TempoMap, Ticks};
use midly::{MetaMessage, MidiMessage, TrackEventKind};

const CHANNELS: usize = 16;

/// Format 2: tracks are patterns that follow each other.
const PATTERNS: u16 = 2;

/// What a MIDI file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The notes and everything else, in [normal form](Clip::normalize).
    pub clip: Clip,
    /// What could not be read, and what was guessed.
    pub warnings: Vec<Warning>,
}

/// Reads a MIDI file; what is kept and how is in the [module's description](super).
///
/// # Errors
/// When the bytes are no MIDI file or exceed a [limit](crate::limits).
pub fn read(bytes: &[u8]) -> Result<Read, MidiError> {
    if bytes.len() > MIDI_BYTES {
        return Err(MidiError::TooManyBytes(bytes.len()));
    }
    let chunks = split(bytes)?;
    let division = Division::new(chunks.division)?;
    let events: usize = chunks.tracks.iter().map(|track| Events::new(track).take(MIDI_EVENTS + 1).count()).sum();
    if events > MIDI_EVENTS {
        return Err(MidiError::TooManyEvents);
    }
    let mut score = Score::default();
    if chunks.format == PATTERNS {
        for track in &chunks.tracks {
            // The changes of tracks that follow each other are in order.
            let origin = MeterMap::from_changes(score.meters.last().copied()).bar_end(score.end);
            let clock = Clock::new(division, &tempo_changes(track), origin);
            score.add(track, 0, &clock, origin)?;
        }
    } else {
        let tempo: Vec<_> = chunks.tracks.iter().flat_map(|track| tempo_changes(track)).collect();
        let clock = Clock::new(division, &tempo, Ticks::ZERO);
        for (number, track) in chunks.tracks.iter().enumerate() {
            score.add(track, number, &clock, Ticks::ZERO)?;
        }
    }
    Ok(Read { clip: score.into_clip(chunks.format == 0)?, warnings: Vec::new() })
}

/// Where a track changes tempo, in the file's ticks. A tempo of 0 has no meaning and is left out.
fn tempo_changes(track: &[u8]) -> Vec<(u64, u32)> {
    let tempo = |(at, kind)| match kind {
        TrackEventKind::Meta(MetaMessage::Tempo(micros)) if micros.as_int() > 0 => Some((at, micros.as_int())),
        _ => None,
    };
    Events::new(track).filter_map(tempo).collect()
}

/// What has been read so far.
#[derive(Default)]
struct Score {
    /// The first track's name.
    name: String,
    tempo: Vec<(Ticks, u32)>,
    meters: Vec<(Ticks, Meter)>,
    /// Track number and lane, in order.
    lanes: Vec<(usize, Lane)>,
    /// Whether a lane's own track had set its program.
    has_program: Vec<bool>,
    /// The first program set on a channel, in whatever track.
    programs: [Option<u8>; CHANNELS],
    /// The end of the longest track.
    end: Ticks,
}

/// What a track does on one channel.
#[derive(Default)]
struct Channel {
    /// From the first note or controller on.
    voices: Option<Voices>,
    /// The last program before the first note.
    program: Option<u8>,
    has_notes: bool,
}

impl Score {
    /// Adds a track that starts at `origin`.
    fn add(&mut self, track: &[u8], number: usize, clock: &Clock, origin: Ticks) -> Result<(), MidiError> {
        let mut channels: [Channel; CHANNELS] = Default::default();
        let mut name = None;
        let mut end = origin;
        for (position, kind) in Events::new(track) {
            let at = clock.ticks(position);
            if at > CLIP_LENGTH {
                return Err(MidiError::TooLong(at.0 / PPQ));
            }
            end = at;
            match kind {
                TrackEventKind::Midi { channel, message } => {
                    let number = channel.as_int();
                    channels[usize::from(number)].handle(at, number, message);
                    if let MidiMessage::ProgramChange { program } = message {
                        self.programs[usize::from(number)].get_or_insert(program.as_int());
                    }
                }
                TrackEventKind::Meta(MetaMessage::TrackName(text)) => {
                    name.get_or_insert_with(|| decode(text));
                }
                TrackEventKind::Meta(MetaMessage::Tempo(micros)) if micros.as_int() > 0 => {
                    self.tempo.push((at, micros.as_int()));
                }
                TrackEventKind::Meta(MetaMessage::TimeSignature(beats, power, ..)) => {
                    let meter = 1u8.checked_shl(power.into()).and_then(|value| Meter::new(beats, value));
                    self.meters.extend(meter.map(|meter| (at, meter)));
                }
                _ => {}
            }
        }
        let name = name.unwrap_or_default();
        for (channel, state) in (0u8..).zip(channels) {
            let notes = state.voices.map_or_else(Vec::new, |voices| voices.finish(end));
            if !notes.is_empty() {
                self.add_lane(number, &name, channel, state.program, notes)?;
            }
        }
        if self.name.is_empty() && number == 0 {
            self.name = name;
        }
        self.end = self.end.max(end);
        Ok(())
    }

    /// Adds the notes of a channel, to the lane of the same track and channel if there is one.
    fn add_lane(
        &mut self,
        track: usize,
        name: &str,
        channel: u8,
        program: Option<u8>,
        notes: Vec<Note>,
    ) -> Result<(), MidiError> {
        if let Some((_, lane)) =
            self.lanes.iter_mut().find(|(number, lane)| (*number, lane.channel) == (track, channel))
        {
            lane.notes.extend(notes);
            return Ok(());
        }
        if self.lanes.len() == LANES {
            return Err(MidiError::TooManyLanes(LANES + 1));
        }
        let kind = if channel == DRUM_CHANNEL { LaneKind::Drums } else { LaneKind::Melody };
        let lane =
            Lane { name: name.to_owned(), kind, program: program.unwrap_or(0), channel, notes, messages: Vec::new() };
        self.lanes.push((track, lane));
        self.has_program.push(program.is_some());
        Ok(())
    }

    /// The clip, in normal form. `one_track`: the track's name is the clip's alone.
    fn into_clip(self, one_track: bool) -> Result<Clip, MidiError> {
        let mut clip = Clip {
            name: self.name,
            length: Ticks::ZERO,
            tempo: TempoMap::from_changes(self.tempo),
            meters: MeterMap::from_changes(self.meters),
            lanes: Vec::new(),
            messages: Vec::new(),
        };
        for ((_, mut lane), has_program) in self.lanes.into_iter().zip(self.has_program) {
            if !has_program {
                lane.program = self.programs[usize::from(lane.channel)].unwrap_or(0);
            }
            if one_track {
                lane.name.clear();
            }
            clip.lanes.push(lane);
        }
        clip.length = clip.meters.bar_start(self.end);
        clip.normalize();
        check(&clip)?;
        Ok(clip)
    }
}

impl Channel {
    fn handle(&mut self, at: Ticks, number: u8, message: MidiMessage) {
        let voices = self.voices.get_or_insert_with(Voices::new);
        match message {
            MidiMessage::NoteOn { key, vel } if vel.as_int() > 0 => {
                self.has_notes = true;
                voices.press(at, key.as_int(), vel.as_int());
            }
            MidiMessage::NoteOn { key, .. } | MidiMessage::NoteOff { key, .. } => voices.release(at, key.as_int()),
            MidiMessage::Controller { controller, value } if number != DRUM_CHANNEL => {
                voices.control(at, controller.as_int(), value.as_int());
            }
            MidiMessage::ProgramChange { program } if !self.has_notes => self.program = Some(program.as_int()),
            _ => {}
        }
    }
}

/// Text of a file: UTF-8, or Latin-1 where it is not.
fn decode(text: &[u8]) -> String {
    str::from_utf8(text).map_or_else(|_| text.iter().copied().map(char::from).collect(), str::to_owned)
}
