"""Inputs of the kinds melody_lags and drums_lags.

With p the current position, n = p + 1 the one to be predicted and lag_k = lags[k] bars, both kinds show the net the
present event, the event that would come next if it repeated what it did lag_k ago, whether and for how long it has
been repeating, and where n lies in the bar. With `habits` (drums) they show how often each lane was hit at this place of
the bar, or of every second or fourth bar, in the whole clip so far. With `match` there is one more column, whose distance is not fixed: that of
the longest earlier passage that ended as the clip ends now (for melodies at any transposition). `tables` computes indices for a whole clip; `one_hot` lays them out as the
vector that the exported graph takes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .precedents import drum_votes, melody_votes
from .sequence import NO_EVENT, NOTE_OFF

POSITION = 10
DRUM_BITS = 9
# Log-odds are divided by this, so that the inputs stay small.
HABIT_SCALE = 4
# The matching passage ends at most so many positions back, and is measured up to so many positions.
MATCH_REACH = 256
MATCH_CAP = 64


@dataclass(frozen=True)
class Encoding:
    """The manifest's [encoding] table."""

    kind: str
    lags: tuple[int, ...] = (1, 2, 4, 8)
    run_cap: int = 32
    min_pitch: int = 0
    max_pitch: int = 128
    key: int | None = None
    match: bool = False
    habits: tuple[int, ...] = ()
    precedents: bool = False

    @property
    def columns(self) -> int:
        """Candidates that the net is shown: one a lag, and the match."""
        return len(self.lags) + self.match

    @property
    def pitches(self) -> int:
        return self.max_pitch - self.min_pitch

    @property
    def classes(self) -> int:
        """Width of an event block: melody classes, or drum bits."""
        return DRUM_BITS if self.kind == "drums_lags" else 2 + self.pitches

    @property
    def voted(self) -> int:
        """Blocks of votes by precedents."""
        return 2 * self.precedents

    @property
    def size(self) -> int:
        """Width of the input vector."""
        k = self.columns
        if self.kind == "drums_lags":
            return DRUM_BITS * (1 + 2 * k + len(self.habits) + self.voted) + 3 * k + POSITION
        return self.classes * (1 + k + self.voted) + 3 * k + self.pitches + 1 + POSITION


DRUMS = Encoding("drums_lags", match=True, habits=(1, 2, 4), precedents=True)
MELODY = Encoding("melody_lags", min_pitch=48, max_pitch=84, key=0, match=True, precedents=True)
MONO = Encoding("melody_lags", match=True, precedents=True)
ENCODINGS = {"drums": DRUMS, "melody": MELODY, "mono": MONO}


def to_class(events: np.ndarray, encoding: Encoding) -> np.ndarray:
    """Melody events to classes: 0 no event, 1 note off, 2+k pitch min+k. Drum masks are returned as they are."""
    if encoding.kind == "drums_lags":
        return events.astype(np.int64)
    pitched = events.astype(np.int64) - encoding.min_pitch + 2
    return np.where(events == NO_EVENT, 0, np.where(events == NOTE_OFF, 1, pitched))


@dataclass
class Tables:
    """Features of a clip, one row a position p; K columns, one a lag and the match.

    event [T]; next, after [T, K] candidates e_{n-lag}, e_{n+1-lag}, -1 where there is none; flags [T, 3K] exists,
    repeat, run of each column; sounding [T] pitch index or -1; since [T] in 0..1; position [T, 10]; habit [T, 9 H];
    votes [T, 2, classes] of the precedents, or [T, 0, classes].
    """

    event: np.ndarray
    next: np.ndarray
    after: np.ndarray
    flags: np.ndarray
    sounding: np.ndarray
    since: np.ndarray
    position: np.ndarray
    habit: np.ndarray
    votes: np.ndarray


def _runs(equal: np.ndarray) -> np.ndarray:
    """[T] length of the run of True that ends at each position."""
    index = np.arange(len(equal))
    last_break = np.maximum.accumulate(np.where(equal, -1, index))
    return index - last_break


def _bits(values: np.ndarray, count: int) -> np.ndarray:
    return np.where((values[:, None] >> np.arange(count)) & 1, 1.0, -1.0)


def position_block(length: int, steps_per_bar: int, compound: bool) -> np.ndarray:
    """[T, 10]: five bits of the step in the bar and three of the bar (of n), S/16, compound."""
    n = np.arange(length) + 1
    meter = np.tile([steps_per_bar / 16, float(compound)], (length, 1))
    return np.concatenate([_bits((n % steps_per_bar) & 31, 5), _bits((n // steps_per_bar) & 7, 3), meter], axis=1)


def relative(classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of a melody [T]: tokens with each note told by its interval from the note before, and the last note so far or 0."""
    index = np.arange(len(classes))
    last = np.maximum.accumulate(np.where(classes >= 2, index, -1))
    note = np.where(last >= 0, classes[np.maximum(last, 0)], 0)
    before = np.concatenate([[0], note[:-1]])
    interval = np.where(before > 0, classes - before, 0)
    return np.where(classes >= 2, 1000 + interval, classes), note


def match(classes: np.ndarray, encoding: Encoding, first: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The match column of positions `first` to the end: next, after and run, each [T - first].

    Of all distances 1 .. MATCH_REACH the one is taken at which the most events up to p, at most MATCH_CAP, equal those
    that distance before; the nearest wins a tie. A melody's events are compared as intervals, and what came next is
    transposed by as much as the last note differs.
    """
    melody = encoding.kind != "drums_lags"
    tokens, note = relative(classes) if melody else (classes, classes)
    start = max(0, first - MATCH_REACH - MATCH_CAP)
    length, window = len(classes), len(classes) - start
    padded = np.concatenate([np.full(MATCH_REACH, -9), tokens[start:]]).astype(np.int16)
    earlier = np.lib.stride_tricks.sliding_window_view(padded, window)[MATCH_REACH - 1 :: -1]
    equal = earlier == tokens[start:].astype(np.int16)
    index = np.arange(window, dtype=np.int16)
    run = np.minimum(index - np.maximum.accumulate(np.where(equal, np.int16(-1), index), axis=1), MATCH_CAP)[:, first - start :]
    best = run.argmax(0)
    found = run[best, np.arange(length - first)].astype(np.int64)
    distance = best + 1
    position = np.arange(first, length)
    then = position - distance
    nxt = np.where(found > 0, classes[np.minimum(then + 1, length - 1)], -1)
    later = np.where((found > 0) & (distance >= 2), classes[np.minimum(then + 2, length - 1)], -1)
    if melody:
        old = note[then]
        moved = nxt + np.where(old > 0, note[position] - old, 0)
        nxt = np.where(nxt < 2, nxt, np.where((moved >= 2) & (moved < encoding.classes), moved, -1))
    return nxt, later, found


def tables(classes: np.ndarray, steps_per_bar: int, compound: bool, encoding: Encoding, first: int = 0) -> Tables:
    """Tables of a clip of `classes` [T] (from `to_class`); before `first` the match column and the votes may be left empty."""
    length, k = len(classes), encoding.columns
    nxt = np.full((length, k), -1, np.int64)
    after = np.full((length, k), -1, np.int64)
    flags = np.zeros((length, k, 3))
    for i, bars in enumerate(encoding.lags):
        lag = bars * steps_per_bar
        if length < lag:
            continue
        # Position p sees e_{p+1-lag}: rows lag-1 .. T-1 read classes 0 .. T-lag.
        nxt[lag - 1 :, i] = classes[: length - lag + 1]
        after[lag - 1 :, i] = classes[1 : length - lag + 2]
        flags[lag - 1 :, i, 0] = 1
        equal = np.zeros(length, bool)
        equal[lag:] = classes[lag:] == classes[: length - lag]
        flags[:, i, 1] = equal
        flags[:, i, 2] = np.minimum(_runs(equal), encoding.run_cap) / encoding.run_cap
    if encoding.match:
        first = max(first - 1, 0)
        nxt[first:, -1], after[first:, -1], run = match(classes, encoding, first)
        flags[first:, -1, 0] = run > 0
        flags[1:, -1, 1] = nxt[:-1, -1] == classes[1:]
        flags[first:, -1, 2] = run / MATCH_CAP
    sounding, since = _sounding(classes, encoding)
    return Tables(
        classes, nxt, after, flags.reshape(length, 3 * k), sounding, since,
        position_block(length, steps_per_bar, compound), habit_block(classes, steps_per_bar, encoding),
        vote_block(classes, steps_per_bar, compound, encoding, first),
    )


def vote_block(classes: np.ndarray, steps_per_bar: int, compound: bool, encoding: Encoding, first: int = 0) -> np.ndarray:
    """[T, 2, classes] votes of the precedents, zero before `first`; without them [T, 0, classes]."""
    out = np.zeros((len(classes), encoding.voted, encoding.classes))
    if encoding.precedents:
        out[first:] = votes(classes, steps_per_bar, compound, encoding, first)
    return out


def votes(classes: np.ndarray, steps_per_bar: int, compound: bool, encoding: Encoding, first: int) -> np.ndarray:
    """[T - first, 2, classes] votes of the precedents."""
    if encoding.kind == "drums_lags":
        return drum_votes(classes, compound, first)
    return melody_votes(classes, steps_per_bar, compound, encoding.classes, first)


def log_odds(hits: np.ndarray, count: np.ndarray) -> np.ndarray:
    return np.log((hits + 0.5) / (count - hits + 0.5)) / HABIT_SCALE


def habit_block(classes: np.ndarray, steps_per_bar: int, encoding: Encoding) -> np.ndarray:
    """[T, 9 H]: log-odds of a hit of each lane at n, from all events whole multiples of a period of bars before n."""
    length = len(classes)
    n = np.arange(1, length + 1)
    blocks = [np.zeros((length, 0))]
    for bars in encoding.habits:
        period = bars * steps_per_bar
        rounds = length // period + 1
        hits = np.zeros((rounds * period, DRUM_BITS))
        hits[:length] = (classes[:, None] >> np.arange(DRUM_BITS)) & 1
        hits = hits.reshape(rounds, period, DRUM_BITS)
        before = (hits.cumsum(0) - hits).reshape(-1, DRUM_BITS)[n]
        blocks.append(log_odds(before, (n // period)[:, None]))
    return np.concatenate(blocks, axis=1)


def _sounding(classes: np.ndarray, encoding: Encoding) -> tuple[np.ndarray, np.ndarray]:
    if encoding.kind == "drums_lags":
        return np.full(len(classes), -1), np.zeros(len(classes))
    index = np.arange(len(classes))
    last = np.maximum.accumulate(np.where(classes != 0, index, -1))
    state = np.where(last >= 0, classes[np.maximum(last, 0)], 1)
    sounds = state >= 2
    return np.where(sounds, state - 2, -1), np.where(sounds, np.minimum(index - last, 16) / 16, 0.0)


def _block(values: np.ndarray, encoding: Encoding) -> np.ndarray:
    """Event blocks [..., classes] of classes [...]; -1 gives zeros."""
    if encoding.kind == "drums_lags":
        bits = (np.maximum(values, 0)[..., None] >> np.arange(DRUM_BITS)) & 1
        return bits.astype(np.float64)
    return (values[..., None] == np.arange(encoding.classes)).astype(np.float64)


def one_hot(t: Tables, encoding: Encoding) -> np.ndarray:
    """Input vectors [T, encoding.size], float32, in the order of the contract."""
    length = len(t.event)
    blocks = [_block(t.event, encoding), _block(t.next, encoding).reshape(length, -1)]
    votes = t.votes.reshape(length, -1)
    if encoding.kind == "drums_lags":
        blocks += [_block(t.after, encoding).reshape(length, -1), t.flags, t.habit, votes]
    else:
        pitches = (t.sounding[:, None] == np.arange(encoding.pitches)).astype(np.float64)
        blocks += [votes, t.flags, pitches, t.since[:, None]]
    return np.concatenate([*blocks, t.position], axis=1).astype(np.float32)


def encode(events: np.ndarray, steps_per_bar: int, compound: bool, encoding: Encoding) -> np.ndarray:
    """Input vectors [T, encoding.size] of a clip's events [T]."""
    return one_hot(tables(to_class(events, encoding), steps_per_bar, compound, encoding), encoding)
