"""Random training segments and whole held-out clips as tensors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from .features import DRUM_BITS, Encoding, Tables, one_hot, tables, to_class
from .sequence import Sequence, squash, transpose

Input = Tensor | tuple[Tensor, Tensor]


def net_input(t: Tables, encoding: Encoding) -> tuple[np.ndarray, ...]:
    """What the net takes for a clip: (inputs [T, F],) or (indices [T, 2+K], dense [T, 3K+11+2C])."""
    if encoding.kind == "drums_lags":
        return (one_hot(t, encoding),)
    nxt = np.where(t.next < 0, encoding.classes, t.next)
    sounding = np.where(t.sounding < 0, encoding.pitches, t.sounding)
    index = np.concatenate([t.event[:, None], nxt, sounding[:, None]], axis=1)
    dense = np.concatenate([t.flags, t.since[:, None], t.position, t.votes.reshape(len(t.event), -1)], axis=1).astype(np.float32)
    return index, dense


def _swap_bits(masks: np.ndarray, a: int, b: int) -> np.ndarray:
    differ = ((masks >> a) ^ (masks >> b)) & 1
    return masks ^ ((differ << a) | (differ << b))


def augment_drums(masks: np.ndarray, chance: float, rng: np.random.Generator) -> np.ndarray:
    """Another kit for the same groove: closed hat and ride swapped, toms permuted, or one lane left out."""
    if rng.random() < chance:
        masks = _swap_bits(masks, 2, 8)
    if rng.random() < chance:
        masks = _swap_bits(masks, *rng.choice([4, 5, 6], 2, replace=False))
    if rng.random() < chance:
        masks = masks & ~(1 << int(rng.integers(9)))
    return masks


CYMBALS = 0b110001100  # hats, crash, ride
RECENT_BARS = 4


def repeated_share(events: np.ndarray, steps_per_bar: int) -> float:
    """The share of a clip's bars that equal one of the four before them."""
    bars = [b.tobytes() for b in events[: len(events) // steps_per_bar * steps_per_bar].reshape(-1, steps_per_bar)]
    repeated = [bar in bars[max(i - RECENT_BARS, 0) : i] for i, bar in enumerate(bars)]
    return float(np.mean(repeated)) if bars else 0.0


def chances(sequences: list[Sequence], weights: dict[str, float], steady: float) -> np.ndarray:
    """How likely each clip is drawn [N]: by its length and its source's weight, and within its source the more the more it
    repeats itself, by 1 + `steady` times its `repeated_share`."""
    size = np.array([max(len(s.events) - 1, 1) * weights.get(s.source, 1.0) for s in sequences])
    favoured = size * [1 + steady * repeated_share(s.events, s.steps_per_bar) for s in sequences]
    sources = np.array([s.source for s in sequences])
    for source in sorted(set(sources)):
        own = sources == source
        favoured[own] *= size[own].sum() / max(favoured[own].sum(), 1e-9)
    return favoured / favoured.sum()


class Segments:
    """Endless random batches.

    A segment starts on a bar line and begins with a zero state. For a share `fresh` of them the clip itself begins
    there, so that the net often stands where a user's primer puts it: a few bars of history, most lags still empty.
    Each column (a lag or the match), habit and block of votes is hidden from a segment with chance `blind`. With chance `mix` the cymbals of a drum
    segment are those of another clip of its meter. `chances` says how often each clip is drawn.
    """

    def __init__(
        self, sequences: list[Sequence], encoding: Encoding, batch: int, length: int, seed: int,
        weights: dict[str, float], fresh: float = 0.5, chance: float = 0.1, blind: float = 0.0,
        mix: float = 0.0, steady: float = 0.0,
    ) -> None:
        self.fresh, self.chance, self.blind, self.mix = fresh, chance, blind, mix
        self.encoding, self.batch, self.length = encoding, batch, length
        self.rng = np.random.default_rng(seed)
        self.sequences = sequences
        self.probability = chances(sequences, weights, steady)
        if encoding.key is not None:
            self.sequences = [
                Sequence(squash(s.events, encoding.min_pitch, encoding.max_pitch, encoding.key), s.steps_per_bar,
                         s.compound, s.source, s.piece)
                for s in sequences
            ]

    def _augment(self, events: np.ndarray) -> np.ndarray:
        e = self.encoding
        if e.kind == "drums_lags":
            return augment_drums(events, self.chance, self.rng)
        onsets = events[events >= 0]
        if e.key is None and len(onsets):
            low = max(-6, -int(onsets.min()))
            high = min(6, 127 - int(onsets.max()))
            return transpose(events, int(self.rng.integers(low, high + 1)), 0, 128)
        # The key of a short primer is sometimes taken a fifth away from the tune's.
        if self.rng.random() < self.chance:
            return transpose(events, int(self.rng.choice([-5, -7, 5, 7])), e.min_pitch, e.max_pitch)
        return events

    def _with_other_cymbals(self, events: np.ndarray, s: Sequence) -> np.ndarray:
        while True:
            other = self.sequences[self.rng.choice(len(self.sequences), p=self.probability)]
            if (other.steps_per_bar, other.compound) == (s.steps_per_bar, s.compound):
                break
        start = int(self.rng.integers(max((len(other.events) - len(events)) // s.steps_per_bar, 0) + 1)) * s.steps_per_bar
        return (events & ~CYMBALS) | (np.resize(other.events[start:], len(events)) & CYMBALS)

    def _segment(self) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
        s = self.sequences[self.rng.choice(len(self.sequences), p=self.probability)]
        bars = max((len(s.events) - self.length) // s.steps_per_bar, 0)
        start = int(self.rng.integers(bars + 1)) * s.steps_per_bar
        origin = start if self.rng.random() < self.fresh else 0
        # Half of the segments that were played off the grid are rounded to it in another way.
        rounded = s.events if not len(s.others) or self.rng.random() < 0.5 else self.rng.choice(s.others)
        events = rounded[origin : start + self.length + 1]
        if self.rng.random() < self.mix:
            events = self._with_other_cymbals(events, s)
        classes = to_class(self._augment(events), self.encoding)
        t = tables(classes, s.steps_per_bar, s.compound, self.encoding, start - origin)
        hide = self.rng.random(self.encoding.columns) < self.blind
        t.next[:, hide] = t.after[:, hide] = -1
        t.flags[:, np.repeat(hide, 3)] = 0
        t.habit[:, np.repeat(self.rng.random(len(self.encoding.habits)) < self.blind, DRUM_BITS)] = 0
        t.votes[:, self.rng.random(self.encoding.voted) < self.blind] = 0
        parts = tuple(a[start - origin : -1] for a in net_input(t, self.encoding))
        return parts, classes[start - origin + 1 :]

    def __iter__(self) -> Iterator[tuple[Input, Tensor, Tensor]]:
        while True:
            rows = [self._segment() for _ in range(self.batch)]
            yield collate(rows)


def collate(rows: list[tuple[tuple[np.ndarray, ...], np.ndarray]]) -> tuple[Input, Tensor, Tensor]:
    """Pads rows to the longest: (input, target [B, T], mask [B, T])."""
    longest = max(len(target) for _, target in rows)

    def padded(arrays: list[np.ndarray]) -> Tensor:
        return torch.from_numpy(np.stack([np.pad(a, [(0, longest - len(a))] + [(0, 0)] * (a.ndim - 1)) for a in arrays]))

    target = padded([t for _, t in rows])
    mask = padded([np.ones(len(t), np.float32) for _, t in rows])
    inputs = tuple(padded([parts[i] for parts, _ in rows]) for i in range(len(rows[0][0])))
    return inputs[0] if len(inputs) == 1 else inputs, target, mask


def held_out(sequences: list[Sequence], encoding: Encoding, batch: int = 32) -> Iterator[tuple[Input, Tensor, Tensor]]:
    """Whole clips from their first bar, of similar length together."""
    rows = []
    for s in sorted(sequences, key=lambda s: len(s.events)):
        events = s.events if encoding.key is None else squash(s.events, encoding.min_pitch, encoding.max_pitch, encoding.key)
        classes = to_class(events, encoding)
        t = tables(classes, s.steps_per_bar, s.compound, encoding)
        rows.append((tuple(a[:-1] for a in net_input(t, encoding)), classes[1:]))
        if len(rows) == batch:
            yield collate(rows)
            rows = []
    if rows:
        yield collate(rows)
