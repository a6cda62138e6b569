"""Magenta's own input encodings (models.md 1.1-1.3, 1.7), for the fixtures of the published architectures."""

from __future__ import annotations

from collections import deque

import numpy as np

LOW, HIGH = 48, 84


def counter(n: int, bits: int) -> list[float]:
    return [1.0 if (n >> b) & 1 else -1.0 for b in range(bits)]


def onehot_class(event: int, low: int) -> int:
    return event + 2 if event < 0 else event - low + 2


def melody_onehot(events: list[int], low: int = LOW, high: int = HIGH) -> np.ndarray:
    """[T, 2 + high - low]"""
    return np.eye(2 + high - low, dtype=np.float32)[[onehot_class(e, low) for e in events]]


def melody_lookback(events: list[int]) -> np.ndarray:
    """[T, 121]: the event, what came 16 and 32 before the next, a 5-bit counter, two repeat flags."""
    hot = melody_onehot(events)
    rows = []
    for p in range(len(events)):
        back = [hot[p + 1 - d] if p + 1 >= d else np.eye(38)[0] for d in (16, 32)]
        repeat = [float(p >= d and events[p] == events[p - d]) for d in (16, 32)]
        rows.append(np.concatenate([hot[p], *back, counter(p + 1, 5), repeat]))
    return np.array(rows, np.float32)


def _key_row(events: list[int], p: int) -> np.ndarray:
    row = np.zeros(74)
    sounding: int | None = None
    heard: list[int] = []
    recent: deque[int] = deque(maxlen=3)
    direction = 0
    attack = False
    for event in events[: p + 1]:
        if event == -1:
            # As in note-seq, a note off right after a note on leaves the attack flag set.
            sounding = None
        elif event == -2:
            attack = False
        elif event >= 0:
            if recent and event != recent[-1]:
                direction = 1 if event > recent[-1] else -1
            if event in recent:
                recent.remove(event)
            recent.append(event)
            sounding, attack = event, True
            heard.append(event)
    if sounding is None:
        row[37] = 1
    else:
        row[sounding - LOW] = row[36] = 1
    row[38] = attack
    row[39] = direction
    for i, d in enumerate((16, 32)):
        row[40 + i] = p >= d and events[p] == events[p - d]
    row[42:49] = counter(p + 1, 7)
    row[49] = (p + 1) % 16 == 0
    for start, notes in ((50, heard), (62, list(recent))):
        histogram = np.zeros(12)
        for note in notes:
            histogram[[(note + k) % 12 for k in (0, 1, 3, 5, 7, 8, 10)]] += 1
        row[start : start + 12] = histogram == histogram.max()
    return row


def melody_key(events: list[int]) -> np.ndarray:
    """[T, 74]"""
    return np.array([_key_row(events, p) for p in range(len(events))], np.float32)


def drums_onehot(masks: list[int], bits: int = 6) -> np.ndarray:
    """[T, 512 + bits]"""
    hot = np.eye(512, dtype=np.float32)[masks]
    return np.concatenate([hot, np.array([counter(p + 1, bits) for p in range(len(masks))], np.float32)], axis=1)
