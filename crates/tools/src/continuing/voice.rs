//! The two kinds of voice: from a clip's notes to the events a model is shown, and from its events to new notes.

use super::choosing::Pattern;
use super::dynamics::{Dynamics, Touch};
use super::feel::Feel;
use super::section::Section;
use solferino_models::{Constraint, PitchRange};
use solferino_score::melody::Melody;
use solferino_score::{Clip, Note, PPQ, Scale, Ticks, drums};

/// New hits last at least this long, where a step does: pads and some programs write hits of no length.
const AUDIBLE: Ticks = Ticks(PPQ / 8);

/// A part of a clip, ready to be shown to a model and continued.
pub(crate) trait Voice {
    /// The events the model is shown; at least one.
    fn primer(&self) -> &[i16];

    /// What the model may generate, in its own pitches.
    fn constraint(&self, scale: Option<&Scale>) -> Constraint;

    /// What of events, those shown or generated ones, takes are compared by.
    fn pattern(&self, events: &[i16]) -> Pattern;

    /// The notes of generated events, each with its lane. None lies in the clip's own time.
    fn notes(&self, events: &[i16]) -> Vec<(usize, Note)>;
}

/// One lane's upper voice.
pub(crate) struct MelodyVoice<'a> {
    section: &'a Section,
    lane: usize,
    /// The notes of the clip that sound over the bar line or were played a little before it.
    reaching: Vec<Note>,
    primer: Vec<i16>,
    /// Semitones from sounding to the model's pitches, before folding.
    amount: i32,
    range: PitchRange,
    dynamics: Dynamics,
    feel: Feel,
}

impl<'a> MelodyVoice<'a> {
    /// The upper voice of a lane with notes, moved into a model's range.
    pub fn new(clip: &Clip, lane: usize, section: &'a Section, range: PitchRange) -> Self {
        let source = section.seen(&clip.lanes[lane].heard());
        let mut melody = upper_voice(&source, section);
        let amount = squash(&mut melody, range);
        let touched: Vec<_> = source.iter().map(|note| (0, section.nearest(note.start), touch(note, lane))).collect();
        let dynamics = Dynamics::new(&touched, section.per_bar, section.per_beat());
        let feel = Feel::of(source.iter(), section);
        let reaching = source.iter().filter(|note| reaches(note, section)).copied().collect();
        Self { section, lane, reaching, primer: melody.events, amount, range, dynamics, feel }
    }

    /// Whether a note of the clip already is the new one: it sounds on over the bar line, or it was played a little early.
    fn anticipated(&self, pitch: u8, step: i64) -> bool {
        let here = |note: &Note| self.section.nearest(note.end()) > step || self.section.nearest(note.start) == step;
        self.reaching.iter().any(|note| note.pitch == pitch && here(note))
    }
}

impl Voice for MelodyVoice<'_> {
    fn primer(&self) -> &[i16] {
        &self.primer
    }

    fn constraint(&self, scale: Option<&Scale>) -> Constraint {
        let Some(scale) = scale else { return Constraint::None };
        let mut allowed = [false; 128];
        for (pitch, allowed) in (0i32..).zip(allowed.iter_mut()) {
            // A pitch that is folded back keeps its pitch class.
            let class = u8::try_from((pitch - self.amount).rem_euclid(12)).unwrap_or(0);
            *allowed = scale.contains(class) && (i32::from(self.range.min)..i32::from(self.range.max)).contains(&pitch);
        }
        Constraint::Pitches(Box::new(allowed))
    }

    fn pattern(&self, events: &[i16]) -> Pattern {
        Pattern::of_line(events)
    }

    fn notes(&self, events: &[i16]) -> Vec<(usize, Note)> {
        // What comes before the first pitch holds or ends a note of the clip, which keeps its own length.
        let mut melody = Melody::from_events(events.to_vec());
        melody.transpose(-self.amount, 0, 128);
        let grid = self.section.grid();
        let sounding = melody.notes(Ticks::ZERO, grid, 0);
        let notes = sounding.into_iter().filter_map(|note| {
            let step = grid.nearest(note.start);
            let start = self.feel.at(self.section, step);
            let end = self.feel.at(self.section, grid.nearest(note.end()));
            let velocity =
                self.dynamics.touch(0, step).map_or_else(|| self.dynamics.velocity(step), |touch| touch.velocity);
            let length = (end - start).max(Ticks(1));
            (!self.anticipated(note.pitch, step)).then_some((self.lane, Note { start, length, velocity, ..note }))
        });
        notes.collect()
    }
}

/// Every drum lane together.
pub(crate) struct DrumVoice<'a> {
    section: &'a Section,
    /// The lane for drums that the clip does not have.
    lane: usize,
    /// The hits of the clip that sound over the bar line or were played a little before it, each with its lane.
    reaching: Vec<(usize, Note)>,
    primer: Vec<i16>,
    dynamics: Dynamics,
    feel: Feel,
}

impl<'a> DrumVoice<'a> {
    /// The drums of lanes, of which at least one has a note; drums that the clip does not have go to the first.
    pub fn new(clip: &Clip, lanes: &[usize], section: &'a Section) -> Self {
        let seen = lanes.iter().map(|&lane| (lane, section.seen(&clip.lanes[lane].notes)));
        let seen: Vec<(usize, Vec<Note>)> = seen.collect();
        let played = || seen.iter().flat_map(|(lane, notes)| notes.iter().map(move |note| (*lane, note)));
        let all: Vec<Note> = played().map(|(_, note)| *note).collect();
        let hits: Vec<_> = all.iter().map(|note| section.nearest(note.start)).map(|step| step..step + 1).collect();
        let shown = section.shown(&hits);
        let steps = usize::try_from((shown.end - shown.start) * section.per_bar).unwrap_or(0);
        let primer = drums::track(&section.evened(&all, &shown), Ticks::ZERO, section.grid(), steps);
        let touched: Vec<_> = played()
            .map(|(lane, note)| (drums::class_of(note.pitch), section.nearest(note.start), touch(note, lane)))
            .collect();
        let dynamics = Dynamics::new(&touched, section.per_bar, section.per_beat());
        let feel = Feel::of(all.iter(), section);
        let reaching = played().filter(|(_, note)| reaches(note, section)).map(|(lane, note)| (lane, *note)).collect();
        Self { section, lane: lanes[0], reaching, primer, dynamics, feel }
    }

    /// The new hit of a class, in the clip's own pitch, length and lane for it where it has one.
    fn hit(&self, class: usize, step: i64) -> (usize, Note) {
        let start = self.feel.at(self.section, step);
        let most = self.section.step();
        match self.dynamics.touch(class, step) {
            Some(Touch { velocity, pitch, length, lane }) => {
                (lane, Note { start, pitch, length: Ticks(length).clamp(AUDIBLE.min(most), most), velocity })
            }
            None => {
                let velocity = self.dynamics.velocity(step);
                (self.lane, Note { start, pitch: drums::pitch_of(class), length: most, velocity })
            }
        }
    }
}

impl Voice for DrumVoice<'_> {
    fn primer(&self) -> &[i16] {
        &self.primer
    }

    fn constraint(&self, _scale: Option<&Scale>) -> Constraint {
        Constraint::None
    }

    fn pattern(&self, events: &[i16]) -> Pattern {
        Pattern::of_hits(events)
    }

    fn notes(&self, events: &[i16]) -> Vec<(usize, Note)> {
        let mut notes: Vec<(usize, Note)> = Vec::new();
        // Not over the last bar line, or the take would be a bar longer.
        let end = self.section.at(i64::try_from(events.len()).unwrap_or(i64::MAX));
        for (&mask, step) in events.iter().zip(0i64..) {
            for class in drums::classes(mask) {
                let (lane, mut hit) = self.hit(class, step);
                hit.length = hit.length.min(end - hit.start).max(Ticks(1));
                let mut same =
                    self.reaching.iter().filter(|(l, old)| *l == lane && old.pitch == hit.pitch).map(|(_, old)| old);
                // Played a little early by the drummer: the hit is there already.
                if step == 0 && same.clone().any(|note| self.section.nearest(note.start) == 0) {
                    continue;
                }
                // A MIDI file pairs the ends of equal notes in order: a new hit must not end before an old one.
                if let Some(end) = same.by_ref().map(Note::end).max() {
                    hit.length = hit.length.max(end - hit.start);
                }
                // With swing a hit may reach into the next of its kind.
                if let Some((_, last)) = notes.iter_mut().rev().find(|(l, last)| *l == lane && last.pitch == hit.pitch)
                    && last.end() > hit.start
                    && hit.end() <= hit.start + self.section.step()
                {
                    last.length = (hit.start - last.start).max(Ticks(1));
                }
                notes.push((lane, hit));
            }
        }
        notes
    }
}

/// How well a model with this range sees a lane: the share of notes, in percent, that fit the range after the move,
/// before folding.
pub(crate) fn fit(notes: &[Note], section: &Section, range: PitchRange) -> usize {
    let melody = upper_voice(notes, section);
    let amount = squash(&mut melody.clone(), range);
    let fits = |pitch: u8| (i32::from(range.min)..i32::from(range.max)).contains(&(i32::from(pitch) + amount));
    let fitting = melody.pitches().filter(|&pitch| fits(pitch)).count();
    // There is at least one note, see `Section::shown`; without one everything fits.
    (fitting * 100).checked_div(melody.pitches().count()).unwrap_or(100)
}

/// The upper voice of what a model is shown of a lane's notes.
fn upper_voice(notes: &[Note], section: &Section) -> Melody {
    let spans: Vec<_> = notes.iter().map(|note| section.span(note)).collect();
    let shown = section.shown(&spans);
    let steps = usize::try_from((shown.end - shown.start) * section.per_bar).unwrap_or(0);
    let mut melody = Melody::from_notes(&section.evened(notes, &shown), Ticks::ZERO, section.grid());
    melody.set_length(steps);
    melody
}

/// Moves a melody into a model's range: to its key if it has one, else by octaves if any note lies outside; what is
/// still outside is folded. Gives the semitones before folding.
fn squash(melody: &mut Melody, range: PitchRange) -> i32 {
    let inside = |pitch: u8| (range.min..range.max).contains(&pitch);
    if range.key.is_none() && melody.pitches().all(inside) {
        return 0;
    }
    let key = range.key.unwrap_or_else(|| melody.major_key());
    melody.squash(range.min, range.max, Some(key))
}

/// Whether a note of the clip has to do with the continuation.
fn reaches(note: &Note, section: &Section) -> bool {
    note.end() > section.from || section.nearest(note.start) >= 0
}

fn touch(note: &Note, lane: usize) -> Touch {
    Touch { velocity: note.velocity.clamp(1, 127), pitch: note.pitch.min(127), length: note.length.0, lane }
}
