"""MIDI sources: Groove and Freedoom drums, POP909 melodies."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import mido
import numpy as np

from .sequence import (
    DRUM_BIT, Sequence, melody_from_notes, melody_parts, meter, round_step, split_at_rests, usable_bar,
)


# One hit in twelve of Groove lies within a tenth of a step of where rounding changes.
SHIFTS = (Fraction(0), Fraction(-1, 10), Fraction(1, 10))


def _drum_events(hits: list[tuple[Fraction, int]], steps: int, shifts: tuple[Fraction, ...] = SHIFTS[:1]) -> np.ndarray:
    """Bit masks [T, N] from (time in sixteenths, pitch); a hit, shifted N ways, belongs to the step nearest to it."""
    placed = [(max(round_step(t + shift), 0), DRUM_BIT[p], i) for i, shift in enumerate(shifts) for t, p in hits if p in DRUM_BIT]
    length = max((s for s, _, i in placed if i == 0), default=-1) + 1
    length += -length % steps
    events = np.zeros((length, len(shifts)), np.int16)
    for step, bit, i in placed:
        if step < length:
            events[step, i] |= 1 << bit
    return events


def _note_ons(track: mido.MidiTrack) -> list[tuple[int, int, int]]:
    """(tick, channel, pitch) of every note-on of a track."""
    tick, out = 0, []
    for message in track:
        tick += message.time
        if message.type == "note_on" and message.velocity > 0:
            out.append((tick, message.channel, message.note))
    return out


def _drum_parts(events: np.ndarray, steps: int, min_bars: int) -> list[np.ndarray]:
    if len(events) == 0:
        return []
    return [p for p in split_at_rests(events, steps, events[:, 0] == 0) if len(p) >= min_bars * steps]


def read_groove(folder: Path) -> dict[str, list[Sequence]]:
    """The Groove MIDI Dataset by its official split."""
    splits: dict[str, list[Sequence]] = {"train": [], "validation": [], "test": []}
    with open(folder / "info.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    for row in rows:
        steps, compound = meter(*map(int, row["time_signature"].split("-")))
        if not usable_bar(steps):
            continue
        midi = mido.MidiFile(folder / row["midi_filename"])
        hits = [
            (Fraction(4 * tick, midi.ticks_per_beat), pitch)
            for track in midi.tracks
            for tick, _, pitch in _note_ons(track)
        ]
        shifts = SHIFTS if row["split"] == "train" else SHIFTS[:1]
        for part in _drum_parts(_drum_events(hits, int(steps), shifts), int(steps), 1):
            splits[row["split"]].append(Sequence(part[:, 0], int(steps), compound, "groove", row["id"], part[:, 1:].T))
    return splits


def _meter_spans(midi: mido.MidiFile) -> list[tuple[int, int, Fraction, bool]]:
    """(first tick, end tick, sixteenths per bar, compound) between changes of meter."""
    changes: dict[int, tuple[int, int]] = {0: (4, 4)}
    end = 0
    for track in midi.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "time_signature":
                changes[tick] = (message.numerator, message.denominator)
        end = max(end, tick)
    spans = []
    for start in sorted(changes):
        steps, compound = meter(*changes[start])
        if spans and spans[-1][2:] == (steps, compound):
            continue
        if spans:
            spans[-1] = (spans[-1][0], start, *spans[-1][2:])
        spans.append((start, end + 1, steps, compound))
    return spans


def read_freedoom(folder: Path) -> list[Sequence]:
    """Drum tracks (channel 10) of the Freedoom game music."""
    sequences = []
    for path in sorted(folder.glob("*.mid")):
        midi = mido.MidiFile(path, clip=True)
        hits = [(t, p) for track in midi.tracks for t, channel, p in _note_ons(track) if channel == 9]
        for start, end, steps, compound in _meter_spans(midi):
            if not usable_bar(steps):
                continue
            inside = [(Fraction(4 * (t - start), midi.ticks_per_beat), p) for t, p in hits if start <= t < end]
            for part in _drum_parts(_drum_events(inside, int(steps)), int(steps), 4):
                sequences.append(Sequence(part[:, 0], int(steps), compound, "freedoom", path.stem))
    return sequences


def _regular_spans(downbeats: np.ndarray) -> list[tuple[int, int, int]]:
    """(first beat, end beat, beats per bar) of stretches whose bars all have the same number of beats.

    `downbeats`: ascending beat indices of the bar lines. Many songs of POP909 have a bar that is cut or doubled; the
    stretches on either side of it stay usable.
    """
    spans = []
    i = 0
    while i + 1 < len(downbeats):
        length = downbeats[i + 1] - downbeats[i]
        j = i + 1
        while j + 1 < len(downbeats) and downbeats[j + 1] - downbeats[j] == length:
            j += 1
        if j - i >= 4 and length in (3, 4):
            spans.append((int(downbeats[i]), int(downbeats[j]), int(length)))
        i = j
    return spans


def read_pop909(folder: Path) -> list[Sequence]:
    """Melody tracks; the notes lie off the file's own grid, so time is measured on beat_midi.txt."""
    sequences = []
    for song in sorted(p for p in folder.iterdir() if p.is_dir()):
        table = np.loadtxt(song / "beat_midi.txt", ndmin=2)
        beats, downbeats = table[:, 0], np.flatnonzero(table[:, 2] > 0.5)
        spans = _regular_spans(downbeats)
        if not spans:
            continue
        midi = mido.MidiFile(song / f"{song.name}.mid")
        notes = _melody_seconds(midi)
        if len(notes) == 0:
            continue
        index = np.arange(len(beats), dtype=np.float64)
        onset = np.interp(notes[:, 0], beats, index)
        release = np.interp(notes[:, 1], beats, index)
        for first, end, per_bar in spans:
            kept = [
                (round_step(4 * (a - first)), round_step(4 * (min(b, end) - first)), int(p))
                for a, b, p in zip(onset, release, notes[:, 2])
                if first <= a < end - 0.125 and a > 0
            ]
            for part in melody_parts(melody_from_notes(kept), 4 * per_bar):
                sequences.append(Sequence(part, 4 * per_bar, False, "pop909", f"pop909-{song.name}"))
    return sequences


def _melody_seconds(midi: mido.MidiFile) -> np.ndarray:
    """Notes [N, 3] of the MELODY track: onset and release in seconds, pitch."""
    tempo = next((m.tempo for t in midi.tracks for m in t if m.type == "set_tempo"), 500_000)
    scale = tempo / 1e6 / midi.ticks_per_beat
    track = next((t for t in midi.tracks if t.name.strip() == "MELODY"), None)
    notes, open_notes, tick = [], {}, 0
    for message in track or ():
        tick += message.time
        if message.type not in ("note_on", "note_off"):
            continue
        started = open_notes.pop(message.note, None)
        if started is not None:
            notes.append((started * scale, tick * scale, message.note))
        if message.type == "note_on" and message.velocity > 0:
            open_notes[message.note] = tick
    return np.array(notes).reshape(-1, 3)
