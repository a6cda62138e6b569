"""The data sets of the two families: read once, split by piece, cached as .npz."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path

import numpy as np

from .read_abc import read_abc_books
from .read_midi import read_freedoom, read_groove, read_pop909
from .read_musicxml import read_scores
from .sequence import Sequence

Splits = dict[str, list[Sequence]]
SPLITS = ("train", "validation", "test")
SHINGLE = 10
MAX_SHARED = 0.2


def tune_id(name: str) -> str:
    """A title with case, articles, punctuation and parentheses taken away, so that variants meet in one split."""
    text = re.sub(r"\([^)]*\)|\bthe\b|\ba\b", " ", name.lower())
    return re.sub(r"[^a-z0-9]+", "", text) or name


def split_of(piece: str) -> str:
    """7 % validation, 7 % test, by a hash of the piece: stable whatever else the data hold."""
    bucket = int(hashlib.sha256(tune_id(piece).encode()).hexdigest()[:8], 16) % 100
    return "test" if bucket < 7 else "validation" if bucket < 14 else "train"


def shingles(events: np.ndarray) -> set[bytes]:
    """Every run of `SHINGLE` successive (interval, time between onsets) pairs of a melody: the same in any key."""
    onsets = np.flatnonzero(events >= 0)
    pairs = np.stack([np.diff(events[onsets].astype(np.int16)), np.diff(onsets).astype(np.int16)], axis=1)
    return {pairs[i : i + SHINGLE].tobytes() for i in range(len(pairs) - SHINGLE + 1)}


def drop_near_duplicates(splits: Splits) -> int:
    """Removes held-out melodies that share more than a fifth of their shingles with training; returns how many."""
    known: set[bytes] = set()
    for s in splits["train"]:
        known |= shingles(s.events)
    dropped = 0
    for name in ("validation", "test"):
        kept = []
        for s in splits[name]:
            own = shingles(s.events)
            if own and len(own & known) > MAX_SHARED * len(own):
                dropped += 1
            else:
                kept.append(s)
        splits[name] = kept
    return dropped


def music21_corpus() -> Path:
    import music21

    return Path(music21.__file__).parent / "corpus"


def read_melodies(shared: Path) -> Splits:
    midi = shared / "data" / "midi"
    everything = (
        read_scores(midi / "openewld", "openewld")
        + read_scores(midi / "openscore-lieder", "lieder")
        + read_pop909(midi / "pop909")
        + read_abc_books(music21_corpus())
    )
    splits: Splits = {name: [] for name in SPLITS}
    for s in everything:
        splits[split_of(s.piece)].append(s)
    print(f"melody: {drop_near_duplicates(splits)} held-out tunes dropped as near-duplicates of training tunes")
    return splits


def read_drums(shared: Path) -> Splits:
    """Groove by its official split; Freedoom in training only, so that the held-out sets stay the official ones."""
    splits = read_groove(shared / "data" / "midi" / "groove")
    splits["train"] += read_freedoom(shared / "data" / "midi" / "freedoom")
    return splits


def save(splits: Splits, path: Path) -> None:
    arrays: dict[str, np.ndarray] = {}
    for name, sequences in splits.items():
        arrays[f"{name}_events"] = np.concatenate([s.events for s in sequences])
        most = max(len(s.others) for s in sequences)
        others = [s.others if len(s.others) else np.broadcast_to(s.events, (most, len(s.events))) for s in sequences]
        arrays[f"{name}_others"] = np.concatenate(others, axis=1)
        arrays[f"{name}_lengths"] = np.array([len(s.events) for s in sequences])
        arrays[f"{name}_meter"] = np.array([(s.steps_per_bar, s.compound) for s in sequences])
        arrays[f"{name}_names"] = np.array([(s.source, s.piece) for s in sequences])
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def load(path: Path) -> Splits:
    data = np.load(path)
    splits: Splits = {}
    for name in SPLITS:
        ends = np.cumsum(data[f"{name}_lengths"])
        parts = np.split(data[f"{name}_events"], ends[:-1])
        others = np.split(data[f"{name}_others"], ends[:-1], axis=1)
        splits[name] = [
            Sequence(events, int(steps), bool(compound), str(source), str(piece), rounded)
            for events, rounded, (steps, compound), (source, piece)
            in zip(parts, others, data[f"{name}_meter"], data[f"{name}_names"])
        ]
    return splits


def prepare(family: str, shared: Path, cache: Path) -> Splits:
    """The splits of "drums" or "melody", from the cache when it is there."""
    path = cache / f"{family}.npz"
    if not path.exists():
        save(read_drums(shared) if family == "drums" else read_melodies(shared), path)
    return load(path)


def describe(splits: Splits) -> list[tuple[str, str, int, int, int]]:
    """(split, source, pieces, sequences, steps) rows for the card."""
    rows = []
    for name in SPLITS:
        for source in sorted(Counter(s.source for s in splits[name])):
            chosen = [s for s in splits[name] if s.source == source]
            rows.append((name, source, len({s.piece for s in chosen}), len(chosen), sum(len(s.events) for s in chosen)))
    return rows
