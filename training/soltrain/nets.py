"""The factory networks. `forward` runs whole sequences for training; `Step` modules in export.py run one step.

Both are two LSTM layers that see the lag features, with a head that may copy: each lag has a learned gate that adds
to the logits of the event that would continue the repetition. Copying is then one number for the net to control
instead of a pattern to be reproduced through the softmax, which is what lets a continuation hold on to a bar.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .features import DRUM_BITS, POSITION, Encoding

LOWER = torch.tril_indices(DRUM_BITS, DRUM_BITS, -1)


def lar_logits(head: Tensor, bits: Tensor) -> Tensor:
    """Logits [..., 9] of each lane given the lanes before it; `head` [..., 45], `bits` [..., 9]."""
    weights = head.new_zeros(*head.shape[:-1], DRUM_BITS, DRUM_BITS)
    weights[..., LOWER[0], LOWER[1]] = head[..., DRUM_BITS:]
    return head[..., :DRUM_BITS] + (weights * bits[..., None, :]).sum(-1)


def mask_bits(masks: Tensor) -> Tensor:
    """[...] bit masks to [..., 9] floats."""
    return ((masks[..., None] >> torch.arange(DRUM_BITS)) & 1).float()


class DrumsNet(nn.Module):
    """Input [B, T, 103] -> head [B, T, 45]."""

    def __init__(self, encoding: Encoding, hidden: int = 256, dropout: float = 0.4) -> None:
        super().__init__()
        self.encoding, self.hidden = encoding, hidden
        lags = len(encoding.lags)
        self.rnn = nn.LSTM(encoding.size, hidden, 2, batch_first=True, dropout=dropout)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, DRUM_BITS * (DRUM_BITS + 1) // 2)
        self.gates = nn.Linear(hidden + 3 * lags, lags * DRUM_BITS)

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Candidates [..., K, 9] and flags [..., 3K] of an input [..., F]."""
        k = len(self.encoding.lags)
        start = DRUM_BITS * (1 + 2 * k)
        candidates = x[..., DRUM_BITS : DRUM_BITS * (1 + k)]
        return candidates.reshape(*x.shape[:-1], k, DRUM_BITS), x[..., start : start + 3 * k]

    def output(self, h: Tensor, x: Tensor) -> Tensor:
        """Head [..., 45] from the top layer's output [..., H] and the input [..., F]."""
        candidates, flags = self.split(x)
        exists = flags.reshape(*x.shape[:-1], -1, 3)[..., :1]
        gates = self.gates(torch.cat([h, flags], -1)).reshape(candidates.shape)
        copied = (gates * (2 * candidates - 1) * exists).sum(-2)
        head = self.head(h)
        return torch.cat([head[..., :DRUM_BITS] + copied, head[..., DRUM_BITS:]], -1)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        h, state = self.rnn(x, state)
        return self.output(self.dropout(h), x), state

    def adopt(self, weights: dict[str, Tensor], lags: tuple[int, ...]) -> None:
        """Takes over a net that saw fewer `lags`; the inputs and gates of the lags new to it start at zero."""
        own = list(self.encoding.lags)
        k = len(own)
        at = [own.index(lag) for lag in lags]
        lanes = [list(range(DRUM_BITS * i, DRUM_BITS * (i + 1))) for i in at]
        flags = [c for i in at for c in range(3 * i, 3 * i + 3)]
        flat = [c for lane in lanes for c in lane]
        columns = list(range(DRUM_BITS)) + [DRUM_BITS + c for c in flat] + [DRUM_BITS * (1 + k) + c for c in flat]
        columns += [DRUM_BITS * (1 + 2 * k) + c for c in flags]
        columns += list(range(self.encoding.size - POSITION, self.encoding.size))
        top = list(range(self.hidden)) + [self.hidden + c for c in flags]
        state = self.state_dict()
        for name, value in weights.items():
            if name == "rnn.weight_ih_l0":
                state[name].zero_()[:, columns] = value
            elif name == "gates.weight":
                state[name].zero_()[torch.tensor(flat)[:, None], torch.tensor(top)] = value
            elif name == "gates.bias":
                state[name].zero_()[flat] = value
            else:
                state[name].copy_(value)

    @staticmethod
    def loss(head: Tensor, target: Tensor) -> Tensor:
        """Nats per step [B, T] of target masks [B, T]."""
        bits = mask_bits(target)
        return nn.functional.binary_cross_entropy_with_logits(lar_logits(head, bits), bits, reduction="none").sum(-1)


class MelodyNet(nn.Module):
    """Index features -> class logits [B, T, C]. One embedding serves the present event and all candidates."""

    EMBEDDING = 32

    def __init__(self, encoding: Encoding, hidden: int = 256, dropout: float = 0.3) -> None:
        super().__init__()
        self.encoding, self.hidden = encoding, hidden
        lags, width = len(encoding.lags), self.EMBEDDING
        # Row C stands for "no such event" and stays zero, as the zero block of the exported input.
        self.events = nn.Embedding(encoding.classes + 1, width, padding_idx=encoding.classes)
        self.pitches = nn.Embedding(encoding.pitches + 1, width, padding_idx=encoding.pitches)
        self.rnn = nn.LSTM(width * (2 + lags) + 3 * lags + 1 + POSITION, hidden, 2, batch_first=True, dropout=dropout)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, encoding.classes)
        self.gates = nn.Linear(hidden + 3 * lags, 3 * lags)

    def inputs(self, index: Tensor, dense: Tensor) -> Tensor:
        """LSTM input [B, T, D]; `index` [B, T, 2+K] event, candidates, sounding; `dense` [B, T, 3K+1+10]."""
        events = self.events(index[..., :-1]).flatten(-2)
        return torch.cat([events, self.pitches(index[..., -1]), dense], -1)

    def gate_values(self, h: Tensor, flags: Tensor) -> Tensor:
        """[..., K, 3]: what each lag adds to a copied "no event", "note off" or pitch."""
        return self.gates(torch.cat([h, flags], -1)).reshape(*h.shape[:-1], -1, 3)

    def forward(
        self, x: tuple[Tensor, Tensor], state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        index, dense = x
        lags = len(self.encoding.lags)
        h, state = self.rnn(self.inputs(index, dense), state)
        h = self.dropout(h)
        gates = self.gate_values(h, dense[..., : 3 * lags])
        candidates = index[..., 1 : 1 + lags]
        chosen = gates.gather(-1, candidates.clamp(max=2).unsqueeze(-1)).squeeze(-1)
        logits = nn.functional.pad(self.head(h), (0, 1))
        return logits.scatter_add(-1, candidates, chosen)[..., :-1], state

    @staticmethod
    def loss(logits: Tensor, target: Tensor) -> Tensor:
        """Nats per step [B, T] of target classes [B, T]."""
        return nn.functional.cross_entropy(logits.transpose(1, 2), target, reduction="none")


def build(encoding: Encoding, hidden: int, dropout: float) -> DrumsNet | MelodyNet:
    return (DrumsNet if encoding.kind == "drums_lags" else MelodyNet)(encoding, hidden, dropout)
