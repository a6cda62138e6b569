//! Makes a [`View`] from what the session says.

use super::roll::Roll;
use super::{Card, Status, View};
use crate::instance::Kind;
use crate::notices::{Notice, Tone};
use crate::setup::Found;
use solferino_realtime::Playhead;
use solferino_score::{Clip, Ticks};
use solferino_session::{Asked, Slot, Snapshot, Source, Status as Job, Take};
use solferino_tools::{Given, Made, Request, Scope, Tool};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Clips laid out, kept while they are shown.
#[derive(Debug, Default)]
pub struct Rolls {
    takes: BTreeMap<u32, (Arc<Made>, Arc<Roll>)>,
    source: Option<(Arc<Clip>, Arc<Roll>)>,
}

impl Rolls {
    fn take(&mut self, take: &Take) -> Arc<Roll> {
        // Another project's takes have the same numbers.
        match self.takes.get(&take.id.0) {
            Some((made, roll)) if Arc::ptr_eq(made, &take.made) => Arc::clone(roll),
            _ => {
                let roll = Arc::new(Roll::new(&take.made.clip, boundary(&take.made)));
                self.takes.insert(take.id.0, (Arc::clone(&take.made), Arc::clone(&roll)));
                roll
            }
        }
    }

    fn source(&mut self, source: &Source) -> Arc<Roll> {
        match &self.source {
            Some((clip, roll)) if Arc::ptr_eq(clip, &source.clip) => Arc::clone(roll),
            _ => {
                let roll = Arc::new(Roll::new(&source.clip, None));
                self.source = Some((Arc::clone(&source.clip), Arc::clone(&roll)));
                roll
            }
        }
    }

    fn forget_but(&mut self, snapshot: &Snapshot) {
        self.takes.retain(|id, _| snapshot.takes.iter().chain(&snapshot.preview).any(|take| take.id.0 == *id));
    }
}

/// Where the new notes of a result begin, if there are others.
fn boundary(made: &Made) -> Option<Ticks> {
    match made.given {
        Given::None => None,
        Given::Before(bar_line) => Some(bar_line),
    }
}

/// What there is to show.
#[derive(Debug)]
pub struct Shown<'a> {
    /// Which plug-in it is.
    pub kind: Kind,
    /// What the session holds.
    pub snapshot: &'a Snapshot,
    /// What the session's last job came to.
    pub job: &'a Job,
    /// What the status line is to say.
    pub notice: Option<&'a Notice>,
    /// `None` before the audio thread has said anything.
    pub playhead: Option<Playhead>,
    /// Whether the settings are open.
    pub settings: bool,
    /// The models and the engine, once they have been looked at.
    pub found: Option<Arc<Found>>,
}

/// What the window shows now.
#[must_use]
pub fn view(shown: Shown<'_>, rolls: &mut Rolls) -> View {
    let Shown { kind, snapshot, job, notice, playhead, settings, found } = shown;
    rolls.forget_but(snapshot);
    let source = snapshot.source(Slot::A).map(|source| source_card(source, rolls));
    let takes: Vec<Card> =
        snapshot.takes.iter().map(|take| take_card(take, snapshot.selected == Some(take.id), rolls)).collect();
    let selected = snapshot.selected_take();
    let preview = snapshot.preview.as_ref();
    let heard = preview.or(selected);
    let big = |take: &Arc<Take>, title: String, rolls: &mut Rolls| Card { title, ..take_card(take, false, rolls) };
    let shown = match (preview, selected) {
        (Some(take), _) => Some(big(take, "Preview".to_owned(), rolls)),
        (None, Some(take)) => Some(big(take, take.name.clone(), rolls)),
        (None, None) => source.clone(),
    };
    let playhead = playhead.unwrap_or_default();
    View {
        playhead: heard.and_then(|take| place(take, snapshot.settings.scope, &playhead)),
        playing: playhead.playing,
        tempo: (playhead.tempo > 0.0).then_some(playhead.tempo),
        status: status(snapshot, job, notice),
        only_new: snapshot.settings.scope == Scope::New,
        sounds: kind == Kind::Instrument,
        dropping: false,
        can_undo: snapshot.can_undo,
        can_redo: snapshot.can_redo,
        preview: preview.is_some(),
        model: snapshot.settings.model.clone(),
        settings,
        found,
        source,
        takes,
        shown,
    }
}

/// Where the song is in a take, if that is what plays.
#[expect(clippy::cast_possible_truncation, reason = "what is drawn needs no more precision")]
fn place(take: &Take, scope: Scope, playhead: &Playhead) -> Option<f32> {
    if !playhead.playing || playhead.tag != Some(u64::from(take.id.0)) {
        return None;
    }
    let start = if scope == Scope::New { take.made.new_from().quarters() } else { 0.0 };
    playhead.clip.map(|at| (start + at) as f32)
}

fn source_card(source: &Source, rolls: &mut Rolls) -> Card {
    let name = if source.clip.name.is_empty() { "Untitled clip" } else { &source.clip.name };
    Card {
        id: 0,
        title: name.to_owned(),
        subtitle: measure(&source.clip),
        history: String::new(),
        roll: rolls.source(source),
        selected: false,
        starred: false,
    }
}

fn take_card(take: &Take, selected: bool, rolls: &mut Rolls) -> Card {
    Card {
        id: take.id.0,
        title: format!("Take {}", take.id.0),
        subtitle: measure(&take.made.clip),
        history: history(take),
        roll: rolls.take(take),
        selected,
        starred: take.starred,
    }
}

/// A clip's length, meter and tempo: "8 bars · 4/4 · 120 bpm".
#[must_use]
pub fn measure(clip: &Clip) -> String {
    let bars = clip.meters.bars(clip.length).count();
    let meter = clip.meters.at(Ticks::ZERO);
    let tempo = (clip.tempo.at(Ticks::ZERO).0 * 10.0).round() / 10.0;
    let unit = if bars == 1 { "bar" } else { "bars" };
    format!("{bars} {unit} · {}/{} · {tempo} bpm", meter.numerator(), meter.denominator())
}

/// How a take came about, in a few lines.
fn history(take: &Take) -> String {
    let provenance = &take.provenance;
    let mut lines = vec![take.name.clone()];
    if let Asked::Known(Request { common, tool }) = &provenance.tool {
        let scale = common.scale.map(|scale| format!(", in {scale}")).unwrap_or_default();
        let Tool::Continue(wanted) = tool;
        let (bars, variation) = (wanted.bars, wanted.variation * 100.0);
        lines.push(format!(
            "{}: {bars} bars, temperature {:.2}, variation {variation:.0} %{scale}",
            tool.title(),
            common.temperature
        ));
        lines.push(format!("Seed {}, take {} of {}", common.seed.0, provenance.number + 1, common.takes));
    }
    for model in &provenance.models {
        lines.push(format!("Model {} ({}), {}", model.name, model.hash.get(..8).unwrap_or(&model.hash), model.engine));
    }
    lines.push("Click to play; right-click for more".to_owned());
    lines.join("\n")
}

fn status(snapshot: &Snapshot, job: &Job, notice: Option<&Notice>) -> Status {
    let plain = |text: &str, tone| Status { text: text.to_owned(), tone, progress: None };
    match (job, notice) {
        (Job::Running { done, total }, _) => {
            let text = if *total == 0 { "Waiting for a worker…" } else { "Generating…" };
            Status { progress: Some(share(*done, *total)), ..plain(text, Tone::Quiet) }
        }
        (_, Some(notice)) => plain(&notice.text, notice.tone),
        (Job::Done { ms }, None) => plain(&format!("The takes are there, after {ms} ms."), Tone::Good),
        (Job::Failed(sentence), None) => plain(sentence, Tone::Bad),
        (Job::Cancelled, None) => plain("Cancelled; everything is as it was.", Tone::Quiet),
        (Job::Idle, None) if snapshot.source(Slot::A).is_none() => {
            plain("Give source A a clip: drop a MIDI file, open one, or take one of the clips.", Tone::Quiet)
        }
        (Job::Idle, None) => plain("Press Continue to make takes.", Tone::Quiet),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share that is shown")]
fn share(done: usize, total: usize) -> f32 {
    if total == 0 { 0.0 } else { done as f32 / total as f32 }
}
