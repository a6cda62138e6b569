"""Event sequences on a sixteenth grid, and how notes and measures become such sequences.

Melody events: -2 nothing new (hold or silence goes on), -1 note off, 0..127 note on.
Drum events: bit mask of nine classes (bit 0 kick ... bit 8 ride), 0 = silence.
Position 0 of a sequence is always a bar line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

NO_EVENT, NOTE_OFF = -2, -1

DRUM_CLASSES: tuple[tuple[int, ...], ...] = (
    (36, 35),
    (38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85),
    (42, 44, 54, 68, 69, 70, 71, 73, 78, 80, 22),
    (46, 67, 72, 74, 79, 81, 26),
    (45, 29, 41, 43, 61, 64, 84),
    (48, 47, 60, 63, 77, 86, 87),
    (50, 30, 62, 76, 83),
    (49, 52, 55, 57, 58),
    (51, 53, 59, 82),
)
DRUM_BIT: dict[int, int] = {p: i for i, c in enumerate(DRUM_CLASSES) for p in c}


@dataclass
class Sequence:
    """One clip: `events` is int16 [T]; `piece` names the work it comes from (splits are made by piece). `others` [N, T] are
    other ways to round played notes to the same steps."""

    events: np.ndarray
    steps_per_bar: int
    compound: bool
    source: str
    piece: str
    others: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.int16))


@dataclass
class Measure:
    """A notated bar; `notes` are (start, duration, pitch) in sixteenths from the bar's start, grace notes left out."""

    steps: Fraction
    nominal: Fraction
    compound: bool
    notes: list[tuple[Fraction, Fraction, int]] = field(default_factory=list)


def meter(numerator: int, denominator: int) -> tuple[Fraction, bool]:
    """Sixteenths per bar, and whether the meter is compound."""
    return Fraction(16 * numerator, denominator), numerator % 3 == 0 and numerator > 3 and denominator >= 8


def usable_bar(steps: Fraction) -> bool:
    return steps.denominator == 1 and 6 <= steps <= 24


def round_step(x: float | Fraction) -> int:
    return math.floor(x + Fraction(1, 2))


def melody_from_notes(notes: list[tuple[int, int, int]]) -> np.ndarray:
    """Monophonic events from (start, end, pitch) steps; of simultaneous notes the highest wins."""
    notes = sorted((s, -p, max(e, s + 1)) for s, e, p in notes)
    if not notes:
        return np.zeros(0, np.int16)
    events = np.full(max(e for _, _, e in notes) + 1, NO_EVENT, np.int16)
    last = -1
    for start, neg_pitch, end in notes:
        if start == last:
            continue
        events[start:] = NO_EVENT
        events[start] = -neg_pitch
        events[end] = NOTE_OFF
        last = start
    return events


def split_at_rests(events: np.ndarray, steps_per_bar: int, is_rest: np.ndarray, max_rest_bars: int = 2) -> list[np.ndarray]:
    """Cuts [T] events where `is_rest` holds for `max_rest_bars` whole bars; parts start and end on bar lines.

    Kept parts have their leading and trailing empty bars removed; the last bar is padded by the caller's silence value
    already being present in `events` (pass events padded to whole bars).
    """
    bars = len(events) // steps_per_bar
    empty = is_rest[: bars * steps_per_bar].reshape(bars, steps_per_bar).all(axis=1)
    parts, first, last = [], None, None
    for b in range(bars):
        if empty[b]:
            continue
        if first is None:
            first = b
        elif b - last > max_rest_bars:
            parts.append(events[first * steps_per_bar : (last + 1) * steps_per_bar])
            first = b
        last = b
    if first is not None:
        parts.append(events[first * steps_per_bar : (last + 1) * steps_per_bar])
    return parts


def pad_to_bar(events: np.ndarray, steps_per_bar: int, silence: int) -> np.ndarray:
    missing = -len(events) % steps_per_bar
    return np.concatenate([events, np.full(missing, silence, events.dtype)])


def melody_rest(events: np.ndarray) -> np.ndarray:
    """[T] bool: nothing sounds or starts at the step."""
    marks = np.where(events != NO_EVENT, np.arange(len(events)), -1)
    last = np.maximum.accumulate(marks)
    state = np.where(last >= 0, events[np.maximum(last, 0)], NOTE_OFF)
    return (state < 0) & (events < 0)


def melody_parts(events: np.ndarray, steps_per_bar: int) -> list[np.ndarray]:
    """Bar-aligned parts of a melody, worth learning: at least 4 bars, 8 notes and 3 pitch classes."""
    events = pad_to_bar(events, steps_per_bar, NO_EVENT)
    parts = []
    for part in split_at_rests(events, steps_per_bar, melody_rest(events)):
        part = part.copy()
        onsets = np.flatnonzero(part >= 0)
        if len(onsets) < 8 or len(part) < 4 * steps_per_bar or len(set(part[onsets] % 12)) < 3:
            continue
        part[: onsets[0]] = NO_EVENT
        parts.append(part)
    return parts


def sequences_from_measures(measures: list[Measure], source: str, piece: str) -> list[Sequence]:
    """Melodies from notated bars. A pickup is padded on its left; halves of a bar split at a repeat sign are joined."""
    runs: list[tuple[int, bool, list[tuple[int, int, int]]]] = []
    notes: list[tuple[int, int, int]] = []
    origin, current = Fraction(0), None

    def flush() -> None:
        nonlocal notes, origin, current
        if current is not None and notes:
            runs.append((int(current[0]), current[1], notes))
        notes, origin, current = [], Fraction(0), None

    i = 0
    while i < len(measures):
        m = measures[i]
        if not usable_bar(m.nominal) or m.steps > m.nominal:
            flush()
            i += 1
            continue
        if current != (m.nominal, m.compound):
            flush()
            current = (m.nominal, m.compound)
        group, length, shift = [m], m.steps, Fraction(0)
        if m.steps < m.nominal:
            if i + 1 < len(measures) and origin > 0 and m.steps + measures[i + 1].steps == m.nominal:
                group.append(measures[i + 1])
            elif origin == 0:
                shift = m.nominal - m.steps
        for part in group:
            for start, duration, pitch in part.notes:
                a = round_step(origin + shift + start)
                b = round_step(origin + shift + start + duration)
                notes.append((a, max(b, a + 1), pitch))
            shift += part.steps
        origin += m.nominal
        i += len(group)
    flush()
    return [
        Sequence(part, steps, compound, source, piece)
        for steps, compound, run in runs
        for part in melody_parts(melody_from_notes(run), steps)
    ]


def major_key(pitches: np.ndarray) -> int:
    """The major key that holds most of the notes; the lowest wins a tie (models.md 0.2)."""
    histogram = np.zeros(12, np.int64)
    for pc in np.asarray(pitches) % 12:
        histogram[[(pc + d) % 12 for d in (0, 1, 3, 5, 7, 8, 10)]] += 1
    return int(histogram.argmax())


def fold(pitches: np.ndarray, low: int, high: int) -> np.ndarray:
    """Pitches outside [low, high) moved by octaves to the range's edge octave."""
    below = low + np.mod(pitches - low, 12)
    above = high - 12 + np.mod(pitches - (high - 12), 12)
    return np.where(pitches < low, below, np.where(pitches >= high, above, pitches))


def squash_amount(pitches: np.ndarray, low: int, high: int, key: int | None) -> int:
    """How far to transpose so that the melody lies in `key`, nearest the middle of [low, high); 0 for `key` None."""
    if key is None or len(pitches) == 0:
        return 0
    key_diff = key - major_key(pitches)
    centre = (int(pitches.min()) + int(pitches.max())) / 2
    target = (low + high - 1) / 2
    return key_diff + 12 * round((target - (centre + key_diff)) / 12)


def transpose(events: np.ndarray, amount: int, low: int, high: int) -> np.ndarray:
    """[T] melody events with note-ons moved by `amount` and folded into [low, high)."""
    moved = fold(events.astype(np.int64) + amount, low, high)
    return np.where(events >= 0, moved, events).astype(np.int16)


def squash(events: np.ndarray, low: int, high: int, key: int | None) -> np.ndarray:
    return transpose(events, squash_amount(events[events >= 0], low, high, key), low, high)
