//! MIDI files to clips.

use super::chunks::{Chunks, Events, Track, split};
use super::event::{Event, TRACK_NAME};
use super::time::{Clock, Division};
use super::voices::Voices;
use super::write::check;
use super::{MidiError, Warning};
use crate::limits::{CLIP_LENGTH, LANES, MIDI_BYTES, MIDI_EVENTS};
use crate::normal::{decode, plain_name};
use crate::{Clip, Lane, LaneKind, Message, Meter, MeterMap, Note, PPQ, TempoMap, Ticks};

const CHANNELS: usize = 16;

/// Format 2: tracks are patterns that follow each other.
const PATTERNS: u16 = 2;

/// What a MIDI file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The notes and everything else, in [normal form](Clip::normalize), kinds [detected](Clip::detect_kinds).
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
    let Chunks { format, division, tracks, warnings } = split(bytes)?;
    let division = Division::new(division)?;
    let events: usize = tracks.iter().map(|track| Events::new(track.content).take(MIDI_EVENTS + 1).count()).sum();
    if events > MIDI_EVENTS {
        return Err(MidiError::TooManyEvents);
    }
    let mut score = Score { warnings, ..Score::default() };
    if format == PATTERNS {
        for (number, track) in tracks.iter().enumerate() {
            // The changes of tracks that follow each other are in order.
            let origin = MeterMap::from_changes(score.meters.last().copied()).bar_end(score.end);
            let clock = Clock::new(division, &tempo_changes(track), origin);
            score.add(track, number, 0, &clock, origin)?;
        }
    } else {
        let tempo: Vec<_> = tracks.iter().flat_map(tempo_changes).collect();
        let clock = Clock::new(division, &tempo, Ticks::ZERO);
        for (number, track) in tracks.iter().enumerate() {
            score.add(track, number, number, &clock, Ticks::ZERO)?;
        }
    }
    score.finish(format == 0)
}

/// Where a track changes tempo, in the file's ticks.
fn tempo_changes(track: &Track<'_>) -> Vec<(i64, u32)> {
    Events::new(track.content).filter_map(|(at, event)| Some((at, event.tempo()?))).collect()
}

/// What has been read so far.
#[derive(Default)]
struct Score {
    /// The first track's name, as it stands there.
    name: Vec<u8>,
    tempo: Vec<(Ticks, u32)>,
    meters: Vec<(Ticks, Meter)>,
    /// Track and lane, in order.
    lanes: Vec<(usize, Lane)>,
    /// Track, channel if it is a channel's, and message.
    messages: Vec<(usize, Option<u8>, Message)>,
    /// The end of the longest track.
    end: Ticks,
    /// Where tracks with notes say that they end.
    ends: Vec<Ticks>,
    /// Events that come too late for a clip.
    late: usize,
    /// What is damaged where.
    damage: Vec<(usize, Ticks, Damage)>,
    warnings: Vec<Warning>,
}

enum Damage {
    Skipped { bytes: usize },
    BreaksOff { notes: usize },
}

impl Score {
    /// Adds a track that starts at `origin`. Tracks with one `lanes` share their lanes.
    fn add(
        &mut self,
        track: &Track<'_>,
        number: usize,
        lanes: usize,
        clock: &Clock,
        origin: Ticks,
    ) -> Result<(), MidiError> {
        let mut channels: [Option<Voices>; CHANNELS] = Default::default();
        let mut name: Option<&[u8]> = None;
        let mut end = origin;
        let mut starts_early = false;
        let mut events = Events::new(track.content);
        for (position, event) in events.by_ref() {
            let at = clock.ticks(position);
            if at > CLIP_LENGTH && !matches!(event, Event::Channel { status: 0x80..=0x9f, .. }) {
                self.late += 1;
                continue;
            }
            starts_early |= at < Ticks::ZERO;
            end = end.max(at);
            match event {
                Event::Channel { status: status @ 0x80..=0x9f, data: [pitch, velocity] } => {
                    let voices = channels[usize::from(status & 0x0f)].get_or_insert_with(Voices::new);
                    if status < 0x90 || velocity == 0 {
                        voices.release(at, pitch);
                    } else if at > CLIP_LENGTH {
                        return Err(MidiError::TooLong(at.0 / PPQ));
                    } else {
                        voices.press(at, pitch, velocity);
                    }
                    continue;
                }
                Event::Channel { status: status @ 0xb0..=0xbf, data: [controller, _] } => {
                    if let Some(voices) = &mut channels[usize::from(status & 0x0f)] {
                        voices.control(at, controller);
                    }
                }
                Event::Meta { kind: TRACK_NAME, data } if name.is_none() => {
                    name = Some(data);
                    continue;
                }
                _ => {}
            }
            self.tempo.extend(event.tempo().map(|micros| (at, micros)));
            self.meters.extend(event.meter().map(|meter| (at, meter)));
            if event.is_message() {
                let channel = if let Event::Channel { status, .. } = event { Some(status & 0x0f) } else { None };
                // In a clip messages come before the notes of their tick; a program that follows a note is not for it.
                let voices = channel.and_then(|channel| channels[usize::from(channel)].as_ref());
                let is_after = voices.is_some_and(|voices| voices.last_press == Some(at));
                let is_program = matches!(event, Event::Channel { status: 0xc0..=0xcf, .. });
                let at = at + Ticks(i64::from(is_after && is_program));
                self.messages.push((lanes, channel, Message { at, bytes: event.bytes().into() }));
            }
        }
        let declared = events.end.map(|(position, _)| clock.ticks(position));
        let end = declared.map_or(end, |declared| end.max(declared.min(CLIP_LENGTH)));
        let name = name.unwrap_or_default();
        let mut count = 0;
        for (channel, voices) in (0u8..).zip(channels) {
            let notes = voices.map_or_else(Vec::new, |voices| voices.finish(end));
            count += notes.len();
            if !notes.is_empty() {
                self.add_lane(lanes, name, channel, notes)?;
            }
        }
        if self.name.is_empty() && lanes == 0 {
            self.name = name.to_vec();
        }
        if count > 0 {
            self.ends.extend(declared);
        }
        self.end = self.end.max(end);
        self.note_damage(track, number + 1, &events, clock, count, starts_early);
        Ok(())
    }

    fn note_damage(
        &mut self,
        track: &Track<'_>,
        number: usize,
        events: &Events<'_>,
        clock: &Clock,
        notes: usize,
        starts_early: bool,
    ) {
        if starts_early || events.runs_backwards {
            self.warnings.push(Warning::Backwards { track: number });
        }
        if let Some((position, bytes)) = events.skipped {
            self.damage.push((number, clock.ticks(position), Damage::Skipped { bytes }));
        }
        let broken_at = events.broken_at.or((track.is_cut && events.end.is_none()).then(|| events.position()));
        if let Some(position) = broken_at {
            self.damage.push((number, clock.ticks(position), Damage::BreaksOff { notes }));
        }
        if let Some((_, bytes @ 1..)) = events.end {
            self.warnings.push(Warning::AfterEnd { track: number, bytes });
        }
    }

    /// Adds the notes of a channel, to the lane of the same track and channel if there is one.
    fn add_lane(&mut self, track: usize, name: &[u8], channel: u8, notes: Vec<Note>) -> Result<(), MidiError> {
        if let Some((_, lane)) =
            self.lanes.iter_mut().find(|(number, lane)| (*number, lane.channel) == (track, channel))
        {
            lane.notes.extend(notes);
            return Ok(());
        }
        if self.lanes.len() == LANES {
            return Err(MidiError::TooManyLanes(LANES + 1));
        }
        let mut lane = Lane::new(plain_name(&decode(name)), LaneKind::Melody, channel, notes);
        lane.messages.extend(name_message(name));
        self.lanes.push((track, lane));
        Ok(())
    }

    /// The clip, in normal form. `one_track`: the track's name and all that is no channel's are the clip's alone.
    fn finish(mut self, one_track: bool) -> Result<Read, MidiError> {
        let mut clip = Clip {
            name: plain_name(&decode(&self.name)),
            tempo: TempoMap::from_changes(self.tempo),
            meters: MeterMap::from_changes(self.meters),
            ..Clip::default()
        };
        clip.messages.extend(name_message(&self.name));
        for (_, lane) in self.lanes.iter_mut().filter(|_| one_track) {
            lane.name.clear();
            lane.messages.clear();
        }
        for (track, channel, message) in self.messages {
            // The lanes of a track follow each other.
            let first = self.lanes.partition_point(|(number, _)| *number < track);
            let is_its = |(number, lane): &&mut (usize, Lane)| {
                *number == track && channel.map_or(!one_track, |channel| channel == lane.channel)
            };
            let lanes = &mut self.lanes[first..];
            let place = lanes.iter_mut().take(CHANNELS).find(is_its);
            place.map_or(&mut clip.messages, |(_, lane)| &mut lane.messages).push(message);
        }
        clip.lanes = self.lanes.into_iter().map(|(_, lane)| lane).collect();
        let left_out = clip.repair();
        clip.find_programs();
        clip.length = clip.declared_end(self.ends);
        clip.normalize();
        clip.detect_kinds();
        check(&clip)?;
        let mut warnings = self.warnings;
        let last =
            self.damage.iter().map(|(_, at, _)| *at).max().map_or(Ticks::ZERO, |at| at.clamp(Ticks(1), CLIP_LENGTH));
        let bars: Vec<Ticks> = clip.meters.bars(last + Ticks(1)).map(|bar| bar.start).collect();
        warnings.extend(self.damage.into_iter().map(|(track, at, damage)| {
            let bar = bars.partition_point(|start| *start <= at.max(Ticks::ZERO));
            match damage {
                Damage::Skipped { bytes } => Warning::Skipped { track, bar, bytes },
                Damage::BreaksOff { notes } => Warning::BreaksOff { track, bar, notes },
            }
        }));
        if self.late > 0 {
            warnings.push(Warning::TooLate { events: self.late });
        }
        if left_out > 0 {
            warnings.push(Warning::TooManyMessages { events: left_out });
        }
        Ok(Read { clip, warnings })
    }
}

/// The bytes of a name that are not simply its text.
fn name_message(name: &[u8]) -> Option<Message> {
    let bytes = Event::Meta { kind: TRACK_NAME, data: name }.bytes().into();
    (plain_name(&decode(name)).as_bytes() != name).then_some(Message { at: Ticks::ZERO, bytes })
}
