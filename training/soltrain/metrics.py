"""What continuations are judged by: histograms beside real music, repetition of the primer, copies of training data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch import nn

from .features import Encoding, to_class
from .sample import continue_clips
from .sequence import Sequence, squash, squash_amount, transpose

PRIMER_BARS, NEW_BARS = 4, 4
Histogram = dict[str, np.ndarray]


@dataclass
class Window:
    """Eight bars of a held-out piece: events [8 * S]."""

    events: np.ndarray
    steps_per_bar: int
    compound: bool
    piece: str


def is_onset(classes: np.ndarray, e: Encoding) -> np.ndarray:
    return classes > 0 if e.kind == "drums_lags" else classes >= 2


def windows(sequences: list[Sequence], e: Encoding, count: int, seed: int) -> list[Window]:
    """`count` random bar-aligned windows whose primer and continuation both hold notes, every piece as likely as it is long."""
    found = []
    for s in sequences:
        length = (PRIMER_BARS + NEW_BARS) * s.steps_per_bar
        for start in range(0, len(s.events) - length + 1, s.steps_per_bar):
            part = s.events[start : start + length]
            if e.kind != "drums_lags":
                # A window that opens inside a note opens with silence, as a clip would.
                onsets = np.flatnonzero(part >= 0)
                part = np.where(np.arange(length) < (onsets[0] if len(onsets) else length), -2, part)
            sounding = part > 0 if e.kind == "drums_lags" else part >= 0
            half = PRIMER_BARS * s.steps_per_bar
            if sounding[:half].sum() >= 4 and sounding[half:].any():
                found.append(Window(part, s.steps_per_bar, s.compound, s.piece))
    rng = np.random.default_rng(seed)
    return [found[i] for i in rng.choice(len(found), min(count, len(found)), replace=False)]


def window_classes(w: Window, e: Encoding) -> np.ndarray:
    """Classes [8 * S], transposed as the primer asks, so that real and generated bars compare like with like."""
    if e.key is None:
        return to_class(w.events, e)
    primer = w.events[: PRIMER_BARS * w.steps_per_bar]
    amount = squash_amount(primer[primer >= 0], e.min_pitch, e.max_pitch, e.key)
    return to_class(transpose(w.events, amount, e.min_pitch, e.max_pitch), e)


def generate(net: nn.Module, chosen: list[Window], temperature: float, seed: int) -> list[np.ndarray]:
    """Classes [8 * S] of every window's primer with a generated continuation."""
    out: list[np.ndarray] = [np.zeros(0)] * len(chosen)
    groups = sorted({(w.steps_per_bar, w.compound) for w in chosen})
    for steps, compound in groups:
        index = [i for i, w in enumerate(chosen) if (w.steps_per_bar, w.compound) == (steps, compound)]
        for at in range(0, len(index), 250):
            some = index[at : at + 250]
            primers = np.stack([chosen[i].events[: PRIMER_BARS * steps] for i in some])
            clips = continue_clips(net, primers, NEW_BARS * steps, steps, compound, temperature, seed + at)
            for i, clip in zip(some, clips):
                out[i] = clip
    return out


def _count(values: np.ndarray, size: int) -> np.ndarray:
    return np.bincount(np.clip(values, 0, size - 1), minlength=size).astype(float)


def histograms(clips: list[np.ndarray], steps: list[int], e: Encoding) -> Histogram:
    """Summed counts over the continuations. Onset positions are in sixteenths of the bar."""
    total: Histogram = {}

    def add(name: str, counts: np.ndarray) -> None:
        total[name] = total.get(name, 0) + counts

    for clip, s in zip(clips, steps):
        new = clip[PRIMER_BARS * s :]
        onset = is_onset(new, e)
        add("onset position", _count(np.flatnonzero(onset) % s, 24))
        if e.kind == "drums_lags":
            hits = np.array([int(m).bit_count() for m in new]).reshape(NEW_BARS, s).sum(1)
            add("hits per bar", _count(hits, 48))
            continue
        add("notes per bar", _count(onset.reshape(NEW_BARS, s).sum(1), 17))
        pitches = new[onset] - 2 + e.min_pitch
        add("pitch class", _count(pitches % 12, 12))
        add("interval", _count(np.diff(pitches) + 13, 27))
    return {k: v / max(v.sum(), 1) for k, v in total.items()}


def overlap(a: Histogram, b: Histogram) -> dict[str, float]:
    return {k: float(np.minimum(a[k], b[k]).sum()) for k in a}


def primer_repeats(clips: list[np.ndarray], steps: list[int], e: Encoding) -> float:
    """The share of new bars with notes that equal a bar of their primer."""
    repeated = total = 0
    for clip, s in zip(clips, steps):
        bars = clip.reshape(PRIMER_BARS + NEW_BARS, s)
        known = {b.tobytes() for b in bars[:PRIMER_BARS]}
        for bar in bars[PRIMER_BARS:]:
            if is_onset(bar, e).any():
                total += 1
                repeated += bar.tobytes() in known
    return repeated / max(total, 1)


def _fingerprint(classes: np.ndarray, e: Encoding) -> bytes:
    """Four bars, for melodies relative to their first pitch, so that a transposed copy is a copy."""
    if e.kind == "drums_lags":
        return classes.astype(np.int16).tobytes()
    pitched = classes >= 2
    first = classes[pitched][0]
    return np.where(pitched, classes - first + 1000, classes).astype(np.int16).tobytes()


def training_fingerprints(sequences: list[Sequence], e: Encoding) -> set[bytes]:
    known = set()
    for s in sequences:
        events = s.events if e.key is None else squash(s.events, e.min_pitch, e.max_pitch, e.key)
        classes, length = to_class(events, e), NEW_BARS * s.steps_per_bar
        for start in range(0, len(classes) - length + 1, s.steps_per_bar):
            part = classes[start : start + length]
            if is_onset(part, e).any():
                known.add(_fingerprint(part, e))
    return known


def copies(clips: list[np.ndarray], steps: list[int], known: set[bytes], e: Encoding) -> float:
    """The share of continuations that are four bars of training data."""
    new = [c[PRIMER_BARS * s :] for c, s in zip(clips, steps)]
    return float(np.mean([bool(is_onset(n, e).any()) and _fingerprint(n, e) in known for n in new]))


def judge(net: nn.Module, train: list[Sequence], held: list[Sequence], count: int, temperature: float, seed: int) -> dict[str, object]:
    """All figures of `count` continuations beside the real continuations of the same windows."""
    e: Encoding = net.encoding
    chosen = windows(held, e, count, seed)
    steps = [w.steps_per_bar for w in chosen]
    made = generate(net, chosen, temperature, seed)
    real = [window_classes(w, e) for w in chosen]
    known = training_fingerprints(train, e)
    # Real against real: two halves of the held-out pieces.
    pieces = sorted({w.piece for w in chosen})
    np.random.default_rng(seed).shuffle(pieces)
    first = set(pieces[::2])
    sides: list[Callable[[Window], bool]] = [lambda w: w.piece in first, lambda w: w.piece not in first]
    halves = [[i for i, w in enumerate(chosen) if side(w)] for side in sides]
    a, b = (histograms([real[i] for i in h], [steps[i] for i in h], e) for h in halves)
    return {
        "continuations": len(chosen), "temperature": temperature,
        "overlap": overlap(histograms(made, steps, e), histograms(real, steps, e)), "overlap real": overlap(a, b),
        "repeats": primer_repeats(made, steps, e), "repeats real": primer_repeats(real, steps, e),
        "copies": copies(made, steps, known, e), "copies real": copies(real, steps, known, e),
    }
