"""What followed where the clip went the same way before: votes from the whole recent past, weighted by agreement.

Where the match of features.py takes the one longest passage, here every earlier position counts, by how far the steps
that led to it agree with those that lead to the present (as PPM and context mixing do; Cleary & Witten 1984). Distances are
whole beats or bars, so that what is compared stands at the same place.
"""

from __future__ import annotations

import numpy as np

# Positions and notes farther back do not count.
REACH = 512
NOTES = 128
# Agreement of notes is measured over at most so many; that of steps over 16 for drums and 32 for melodies: what a word holds.
NOTE_CAP = 16
# Log-odds are divided by this, so that inputs stay small.
SCALE = 4
LANES = 9
KICK_AND_SNARE, CYMBALS = (0, 1), (2, 3, 7, 8)


def beat_steps(compound: bool) -> int:
    return 6 if compound else 4


def _packed(tokens: np.ndarray, width: int, dtype: type) -> np.ndarray:
    """[..., T] words of the last tokens of `width` bits at each position of tokens [..., T], the latest in the lowest bits."""
    tokens = tokens.astype(dtype)
    words = tokens.copy()
    for back in range(1, min(words.itemsize * 8 // width, words.shape[-1])):
        words[..., back:] |= tokens[..., : tokens.shape[-1] - back] << dtype(width * back)
    return words


def _agreement(words: np.ndarray, now: np.ndarray, then: np.ndarray, width: int) -> np.ndarray:
    """How many tokens agree, counted back from positions `now` [N] and `then` [..., N]; 0 where `then` is negative.

    `words` [..., T] hold the tokens before each position, as many as fit.
    """
    differ = words[..., now][..., None, :] ^ words[..., np.maximum(then, 0)]
    lowest = differ & (~differ + differ.dtype.type(1))
    agree = np.bitwise_count(lowest - differ.dtype.type(1)) // width
    return np.minimum(agree, np.maximum(then + 1, 0)).astype(np.int32)


def _earlier(now: np.ndarray, unit: int) -> np.ndarray:
    """[D, N]: the positions whole multiples of `unit` before `now`; negative ones are before the clip."""
    distances = np.arange(unit, REACH + 1, unit)
    return now[None] - distances[:, None]


def drum_votes(masks: np.ndarray, compound: bool, first: int = 0) -> np.ndarray:
    """[T - first, 2, 9]: log-odds of a hit of each lane at the step to come, by all whole beats before it, and by those
    where the lane's own steps, and kick and snare, and the cymbals, agreed so far."""
    now = np.arange(first, len(masks))
    then = _earlier(now, beat_steps(compound))
    then = then[(then >= 0).any(1)]
    exists = (then >= 0).astype(np.int32)
    bits = ((masks >> np.arange(LANES)[:, None]) & 1).astype(np.uint16)
    words = _packed(bits, 1, np.uint16)
    place = np.maximum(then, 0)
    agree = _agreement(words, now, then, 1)
    shared = (1 + agree[list(KICK_AND_SNARE)].min(0)) * (1 + agree[list(CYMBALS)].min(0)) * exists
    weight = (1 + agree) ** 3 * shared
    after = bits[:, np.minimum(place + 1, len(masks) - 1)]
    votes = []
    for w in (np.broadcast_to(exists, weight.shape), weight):
        hits = np.einsum("ldn,ldn->ln", w, after, dtype=np.int64, casting="unsafe")
        votes.append(np.log((hits + 0.5) / (w.sum(1, dtype=np.int64) - hits + 0.5)) / SCALE)
    return np.stack(votes).transpose(2, 0, 1)


def _rhythm(classes: np.ndarray, now: np.ndarray, unit: int) -> np.ndarray:
    """[N, 2]: log-odds of "no event" and of "note off" against a note at the step to come."""
    kinds = np.minimum(classes, 2)
    then = _earlier(now, unit)
    agree = _agreement(_packed(kinds, 2, np.uint64), now, then, 2)
    weight = (1 + agree) ** 3 * (then >= 0)
    after = kinds[np.clip(then + 1, 0, len(classes) - 1)]
    held, off, note = ((weight * (after == kind)).sum(0) + 0.5 for kind in range(3))
    return np.stack([np.log(held / note), np.log(off / note)], axis=1) / SCALE


def _pitches(notes: np.ndarray, chosen: np.ndarray, size: int, relative: bool) -> np.ndarray:
    """[N, size - 2]: log-odds against chance of each pitch class for the note after `chosen` [N] of `notes` [M]."""
    tokens = np.diff(notes, prepend=notes[:1] - 1000) if relative else notes
    then = chosen[None] - np.arange(1, NOTES + 1)[:, None]
    agree = np.zeros(then.shape, np.int64)
    alive = then >= 0
    for back in range(NOTE_CAP):
        alive = alive & (then >= back)
        alive &= tokens[np.maximum(then - back, 0)] == tokens[np.maximum(chosen - back, 0)]
        if not alive.any():
            break
        agree += alive
    weight = (1 + agree) ** 3 - 1
    last = np.maximum(then, 0)
    following = notes[np.minimum(last + 1, len(notes) - 1)] + (notes[chosen] - notes[last] if relative else 0)
    good = (weight > 0) & (following >= 2) & (following < size)
    row = np.broadcast_to(np.arange(len(chosen)), then.shape)[good]
    count = size - 2
    votes = np.bincount(row * count + following[good] - 2, weight[good], len(chosen) * count).reshape(-1, count)
    return np.log(count * (votes + 0.1) / (votes.sum(1, keepdims=True) + 0.1 * count)) / SCALE


def melody_votes(classes: np.ndarray, steps_per_bar: int, compound: bool, size: int, first: int = 0) -> np.ndarray:
    """[T - first, 2, size]: two blocks of votes on the `size` classes.

    The first two of a block speak of the rhythm, by whole bars and by whole beats, the others of the next note's pitch, by the
    intervals and by the pitches of the notes so far. A note's own class gets no vote on the rhythm.
    """
    now = np.arange(first, len(classes))
    out = np.zeros((len(now), 2, size))
    out[:, 0, :2] = _rhythm(classes, now, steps_per_bar)
    out[:, 1, :2] = _rhythm(classes, now, beat_steps(compound))
    onsets = np.flatnonzero(classes >= 2)
    last = np.searchsorted(onsets, now, side="right") - 1
    chosen, row = np.unique(last[last >= 0], return_inverse=True)
    if len(chosen):
        notes = classes[onsets]
        for block, relative in enumerate((True, False)):
            out[last >= 0, block, 2:] = _pitches(notes, chosen, size, relative)[row]
    return out
