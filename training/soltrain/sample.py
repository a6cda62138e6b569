"""Continuations in batches, as the plug-in makes them: the primer is fed, then every event feeds the next step."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from .batches import net_input
from .features import DRUM_BITS, Encoding, tables, to_class
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


def _last_rows(clips: np.ndarray, steps_per_bar: int, compound: bool, e: Encoding, start: int) -> Tensor | tuple[Tensor, Tensor]:
    """Net input of positions start.. of clips [B, T] of classes."""
    rows = [net_input(tables(c, steps_per_bar, compound, e), e) for c in clips]
    parts = tuple(torch.from_numpy(np.stack([r[i][start:] for r in rows])) for i in range(len(rows[0])))
    return parts[0] if len(parts) == 1 else parts


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
    clips = np.stack([to_class(p, e) for p in primers])
    draw = sample_drums if e.kind == "drums_lags" else sample_classes
    state, start = None, 0
    for _ in range(steps):
        out, state = net(_last_rows(clips, steps_per_bar, compound, e, start), state)
        start = clips.shape[1]
        clips = np.concatenate([clips, draw(out[:, -1], temperature, rng).numpy()[:, None]], axis=1)
    return clips
