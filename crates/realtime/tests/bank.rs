//! Who chooses what plays: the session by banks, automation by `Stage::choose`, in any order.
#![allow(clippy::cast_possible_truncation, reason = "a test's numbers are small")]

use proptest::prelude::*;
use solferino_realtime::{Bank, Desk, Loop, NoteEvent, Payload, Stage, Transport, handoff};
use solferino_score::{Clip, Lane, LaneKind, Note, Ticks};
use std::sync::Arc;

/// A thousand samples a second and 60 quarters a minute: a quarter is 1,000 samples, a sixteenth 250.
const RATE: f64 = 1000.0;
const SIXTEENTH: u64 = 250;

/// A clip whose only pitch is its tag's: a sixteenth on every sixteenth, and a long note over all of them.
fn clip(tag: u64) -> Arc<Loop> {
    let pitch = tag as u8 % 120;
    let note = |start, pitch, length| Note { start: Ticks(start), pitch, length: Ticks(length), velocity: 100 };
    let mut notes: Vec<Note> = (0..16).map(|n| note(n * 240, pitch, 200)).collect();
    notes.push(note(0, 127, 3840));
    let lane = Lane::new("", LaneKind::Melody, 0, notes);
    Arc::new(Loop::new(tag, &Clip { length: Ticks(3840), lanes: vec![lane], ..Clip::default() }))
}

/// The session's part: what the courier and the window do.
struct Session {
    desk: Desk,
    strip: Vec<Arc<Loop>>,
    selected: Option<u64>,
    choices: u64,
}

impl Session {
    fn send(&mut self) {
        let chosen = self.strip.iter().find(|clip| Some(clip.tag()) == self.selected).cloned();
        self.desk.send(Payload::Bank(Arc::new(Bank::new(self.strip.clone(), chosen, self.choices))));
    }

    fn select(&mut self, place: usize) {
        self.selected = self.strip.get(place).map(|clip| clip.tag());
        self.choices += 1;
        self.send();
    }

    fn follow(&mut self) {
        let said = self.desk.playhead();
        if said.choices == self.choices && self.strip.iter().any(|clip| Some(clip.tag()) == said.tag) {
            self.selected = said.tag;
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// A person clicks a take.
    Select(usize),
    /// Automation reaches a take.
    Automate(usize),
    /// A take comes, and is not chosen.
    Add,
    /// A take that the session does not think of as selected goes.
    Remove(usize),
    /// Every take is made ready anew, as when only what is new in it is to be heard.
    Remake,
    /// The courier comes.
    Follow,
    /// The session says what it knows again.
    Echo,
    /// The song goes on.
    Play(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0_usize..8).prop_map(Step::Select),
        4 => (0_usize..8).prop_map(Step::Automate),
        1 => Just(Step::Add),
        1 => (0_usize..8).prop_map(Step::Remove),
        1 => Just(Step::Remake),
        3 => Just(Step::Follow),
        3 => Just(Step::Echo),
        6 => (1_u32..700).prop_map(Step::Play),
    ]
}

/// Plays on and holds up the laws of notes; what began and ended, as (sample, pitch, begins).
fn play(stage: &mut Stage, now: &mut u64, frames: u32, held: &mut u128) -> Vec<(u64, u8, bool)> {
    let position = Some(*now as f64 / RATE);
    let transport = Transport { playing: true, tempo: 60.0, position, looping: None, sample_rate: RATE };
    // Room enough, as the sanitizer may look on.
    let mut said = Vec::with_capacity(4096);
    stage.process(&transport, frames, &mut |event| match event {
        NoteEvent::On { offset, pitch, .. } => {
            assert!(*held & (1 << pitch) == 0, "{pitch} began twice");
            *held |= 1 << pitch;
            said.push((*now + u64::from(offset), pitch, true));
        }
        NoteEvent::Off { offset, pitch, .. } => {
            assert!(*held & (1 << pitch) != 0, "{pitch} ended twice");
            *held &= !(1 << pitch);
            said.push((*now + u64::from(offset), pitch, false));
        }
    });
    stage.publish([0.0; 2]);
    *now += u64::from(frames);
    said
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// The last choice sounds from its sample on, whoever made it, and the session ends up knowing it.
    #[test]
    fn the_last_choice_sounds_from_its_sample_on(steps in prop::collection::vec(step(), 1..60)) {
        let (desk, mut stage) = handoff();
        let mut session = Session { desk, strip: Vec::new(), selected: None, choices: 0 };
        let (mut next, mut now, mut held) = (1, 0_u64, 0_u128);
        // What the audio thread will find in use, and what should play.
        let mut expected: Option<u64> = None;
        for step in steps {
            match step {
                Step::Select(place) => {
                    session.select(place);
                    expected = session.selected;
                }
                Step::Automate(place) => {
                    stage.choose(place);
                    expected = session.strip.get(place).map(|clip| clip.tag()).or(expected);
                }
                Step::Add => {
                    session.strip.push(clip(next));
                    next += 1;
                    session.send();
                }
                Step::Remove(place) => {
                    if let Some(tag) = session.strip.get(place).map(|clip| clip.tag())
                        && session.selected != Some(tag)
                    {
                        session.strip.remove(place);
                        session.send();
                        expected = if expected == Some(tag) { session.selected } else { expected };
                    }
                }
                Step::Remake => {
                    session.strip = session.strip.iter().map(|last| clip(last.tag())).collect();
                    session.send();
                }
                Step::Follow => session.follow(),
                Step::Echo => session.send(),
                Step::Play(frames) => {
                    let first = now.div_ceil(SIXTEENTH);
                    let said = play(&mut stage, &mut now, frames, &mut held);
                    let sounds: Vec<_> = said.into_iter().filter(|&(_, pitch, begins)| begins && pitch != 127).collect();
                    let due = |tag: u64| (first..now.div_ceil(SIXTEENTH)).map(move |n| (n * SIXTEENTH, tag as u8 % 120, true));
                    prop_assert_eq!(sounds, expected.into_iter().flat_map(due).collect::<Vec<_>>());
                    prop_assert_eq!(session.desk.playhead().tag, expected);
                }
            }
        }
        play(&mut stage, &mut now, 1, &mut held);
        session.follow();
        prop_assert_eq!(session.selected, expected, "the session does not know what plays");
        stage.process(&Transport::stopped(RATE), 1, &mut |event| {
            if let NoteEvent::Off { pitch, .. } = event {
                held &= !(1 << pitch);
            }
        });
        prop_assert_eq!(held, 0, "left sounding");
    }

    /// A bank that holds what plays changes nothing that sounds, nor does choosing it again.
    #[test]
    fn an_equal_bank_changes_nothing(places in (0_usize..4, 0_usize..4), cuts in prop::collection::vec((1_u32..900, 0..3), 1..20)) {
        let strip: Vec<_> = (1..5).map(clip).collect();
        let mut heard = [false, true].map(|disturbed| {
            let (desk, mut stage) = handoff();
            let mut session = Session { desk, strip: strip.clone(), selected: None, choices: 0 };
            session.select(places.0);
            let (mut now, mut held, mut said) = (0, 0_u128, Vec::new());
            for (n, &(frames, what)) in cuts.iter().enumerate() {
                if n == 1 {
                    stage.choose(places.1);
                }
                match what {
                    _ if !disturbed => (),
                    0 => session.send(),
                    1 => {
                        session.follow();
                        session.send();
                    }
                    _ => stage.choose(if n == 0 { places.0 } else { places.1 }),
                }
                said.extend(play(&mut stage, &mut now, frames, &mut held));
            }
            said
        });
        prop_assert_eq!(std::mem::take(&mut heard[0]), std::mem::take(&mut heard[1]));
    }
}

/// Automation moves on while the session's echo of an earlier choice is on its way.
#[test]
fn an_echo_does_not_flip_back() {
    let (desk, mut stage) = handoff();
    let mut session = Session { desk, strip: (1..4).map(clip).collect(), selected: None, choices: 0 };
    let (mut now, mut held) = (0, 0_u128);
    session.select(0);
    stage.choose(1);
    play(&mut stage, &mut now, 10, &mut held);
    session.follow();
    assert_eq!(session.selected, Some(2));
    stage.choose(2);
    session.send();
    play(&mut stage, &mut now, 10, &mut held);
    assert_eq!(session.desk.playhead().tag, Some(3));
    // A click is a choice, and what automation chose before it is not followed.
    stage.choose(1);
    play(&mut stage, &mut now, 10, &mut held);
    session.select(0);
    session.follow();
    assert_eq!(session.selected, Some(1));
    play(&mut stage, &mut now, 10, &mut held);
    assert_eq!(session.desk.playhead().tag, Some(1));
}

#[test]
fn a_place_that_the_bank_has_not_is_no_choice() {
    let (desk, mut stage) = handoff();
    stage.choose(0);
    let mut session = Session { desk, strip: vec![clip(1)], selected: None, choices: 0 };
    session.select(0);
    stage.choose(1);
    play(&mut stage, &mut 0, 10, &mut 0_u128);
    assert_eq!(session.desk.playhead().tag, Some(1));
}

#[test]
fn a_bank_is_bounded_and_holds_the_chosen_loop() {
    let loops: Vec<_> = (0..100).map(clip).collect();
    let bank = Bank::new(loops.clone(), loops.last().cloned(), 0);
    let tags: Vec<u64> = bank.loops().iter().map(|clip| clip.tag()).collect();
    assert_eq!(tags, (0..Bank::MOST as u64).collect::<Vec<_>>());
    assert_eq!(bank.chosen().map(|clip| clip.tag()), Some(99));
}

/// A preview, or a take beyond the last place: the session can choose it, automation cannot.
#[test]
fn a_chosen_loop_need_not_be_one_of_the_strip() {
    let (mut desk, mut stage) = handoff();
    let strip = vec![clip(1), clip(2)];
    let mut send = |choices| desk.send(Payload::Bank(Arc::new(Bank::new(strip.clone(), Some(clip(3)), choices))));
    let (mut now, mut held) = (0, 0_u128);
    let mut playing = |stage: &mut Stage| {
        play(stage, &mut now, 10, &mut held);
        stage.player().clip().map(Loop::tag)
    };
    send(1);
    assert_eq!(playing(&mut stage), Some(3));
    send(1);
    assert_eq!(playing(&mut stage), Some(3), "an echo");
    stage.choose(0);
    assert_eq!(playing(&mut stage), Some(1));
    stage.choose(2);
    assert_eq!(playing(&mut stage), Some(1), "it has no place");
    send(1);
    assert_eq!(playing(&mut stage), Some(1), "an echo after automation's choice");
    send(2);
    assert_eq!(playing(&mut stage), Some(3));
}
