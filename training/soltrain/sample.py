"""Continuations in batches, as the plug-in makes them: the primer is fed, then every event feeds the next step."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from .batches import Input, net_input
from .features import DRUM_BITS, MATCH_CAP, Encoding, Tables, log_odds, match, position_block, tables, to_class, votes
from .nets import LOWER
from .sequence import squash


def sample_drums(head: Tensor, temperature: float, rng: torch.Generator) -> Tensor:
    """Masks [B] from heads [B, 45], lane by lane; temperature 0 takes the likelier value of each bit."""
    weights = head.new_zeros(len(head), DRUM_BITS, DRUM_BITS)
    weights[:, LOWER[0], LOWER[1]] = head[:, DRUM_BITS:]
    bits = head.new_zeros(len(head), DRUM_BITS)
    for i in range(DRUM_BITS):
        logit = head[:, i] + (weights[:, i] * bits).sum(1)
        if temperature == 0:
            bits[:, i] = (logit > 0).float()
        else:
            bits[:, i] = torch.bernoulli(torch.sigmoid(logit / temperature), generator=rng)
    return (bits.long() << torch.arange(DRUM_BITS)).sum(1)


def sample_classes(logits: Tensor, temperature: float, rng: torch.Generator) -> Tensor:
    """Classes [B] from logits [B, C]."""
    if temperature == 0:
        return logits.argmax(1)
    return torch.multinomial(torch.softmax(logits / temperature, 1), 1, generator=rng)[:, 0]


class Growing:
    """Clips [B, T] of classes that grow by an event at a time, and the features of their last position."""

    def __init__(self, clips: np.ndarray, steps_per_bar: int, compound: bool, e: Encoding, room: int) -> None:
        batch, self.length = clips.shape
        self.steps_per_bar, self.compound, self.e = steps_per_bar, compound, e
        self.clips = np.zeros((batch, self.length + room), np.int64)
        self.clips[:, : self.length] = clips
        self.place = position_block(self.length + room, steps_per_bar, compound)
        rows = [tables(c, steps_per_bar, compound, e) for c in clips]
        self.start = self._tensors([net_input(t, e) for t in rows])
        self.runs = np.round(np.stack([t.flags.reshape(-1, e.columns, 3)[-1, : len(e.lags), 2] for t in rows]) * e.run_cap)
        self.expected = np.stack([t.next[-1, -1] for t in rows])
        self.sounding = np.array([t.sounding[-1] for t in rows])
        self.age = np.array([t.since[-1] * 16 for t in rows])

    @staticmethod
    def _tensors(rows: list[tuple[np.ndarray, ...]]) -> Input:
        parts = tuple(torch.from_numpy(np.stack(column)) for column in zip(*rows))
        return parts[0] if len(parts) == 1 else parts

    def append(self, classes: np.ndarray) -> Input:
        """Adds classes [B] and returns the net's input [B, 1, ...] at their position."""
        p = self.length
        self.clips[:, p] = classes
        self.length += 1
        batch = len(classes)
        nxt = np.full((batch, self.e.columns), -1)
        after = nxt.copy()
        flags = np.zeros((batch, self.e.columns, 3))
        for i, bars in enumerate(self.e.lags):
            lag = bars * self.steps_per_bar
            same = self.clips[:, p - lag] == classes if p >= lag else np.zeros(batch, bool)
            self.runs[:, i] = np.where(same, np.minimum(self.runs[:, i] + 1, self.e.run_cap), 0)
            flags[:, i, 1], flags[:, i, 2] = same, self.runs[:, i] / self.e.run_cap
            if p + 1 >= lag:
                nxt[:, i], after[:, i] = self.clips[:, p + 1 - lag], self.clips[:, p + 2 - lag]
                flags[:, i, 0] = 1
        if self.e.match:
            found = [match(clip[: self.length], self.e, p) for clip in self.clips]
            nxt[:, -1], after[:, -1], run = np.array(found)[..., 0].T
            flags[:, -1] = np.stack([run > 0, self.expected == classes, run / MATCH_CAP], axis=1)
            self.expected = nxt[:, -1]
        if self.e.kind != "drums_lags":
            held = (classes == 0) & (self.sounding >= 0)
            self.age = np.where(held, np.minimum(self.age + 1, 16), 0)
            self.sounding = np.where(classes == 0, self.sounding, np.where(classes >= 2, classes - 2, -1))
        place = np.repeat(self.place[p : p + 1], batch, axis=0)
        habit = np.concatenate([np.zeros((batch, 0)), *(self._habit(bars) for bars in self.e.habits)], axis=1)
        told = np.zeros((batch, self.e.voted, self.e.classes))
        if self.e.precedents:
            told[:] = [votes(clip[: self.length], self.steps_per_bar, self.compound, self.e, p)[0] for clip in self.clips]
        t = Tables(classes, nxt, after, flags.reshape(batch, -1), self.sounding, self.age / 16, place, habit, told)
        parts = tuple(torch.from_numpy(a)[:, None] for a in net_input(t, self.e))
        return parts[0] if len(parts) == 1 else parts


    def _habit(self, bars: int) -> np.ndarray:
        """Log-odds [B, 9] of the lanes at the position to come, by what was `bars` and twice, thrice, .. `bars` before."""
        period = bars * self.steps_per_bar
        before = self.clips[:, self.length % period : self.length : period]
        hits = ((before[..., None] >> np.arange(DRUM_BITS)) & 1).sum(1)
        return log_odds(hits, np.array(before.shape[1]))


@torch.no_grad()
def continue_clips(
    net: nn.Module, primers: np.ndarray, steps: int, steps_per_bar: int, compound: bool, temperature: float, seed: int
) -> np.ndarray:
    """Continues primers [B, P] of events by `steps`; returns classes [B, P + steps] (drums: masks).

    Melodies are first moved into the encoding's key and range by what the primer alone tells.
    """
    net.eval()
    e: Encoding = net.encoding
    rng = torch.Generator().manual_seed(seed)
    if e.key is not None:
        primers = np.stack([squash(p, e.min_pitch, e.max_pitch, e.key) for p in primers])
    growing = Growing(np.stack([to_class(p, e) for p in primers]), steps_per_bar, compound, e, steps)
    draw = sample_drums if e.kind == "drums_lags" else sample_classes
    x, state = growing.start, None
    for _ in range(steps):
        out, state = net(x, state)
        x = growing.append(draw(out[:, -1], temperature, rng).numpy())
    return growing.clips
