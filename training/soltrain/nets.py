"""The factory networks. `forward` runs whole sequences for training; `Step` modules in export.py run one step.

Both are two LSTM layers that see the lag features, with a head that may copy: each lag has a learned gate that adds
to the logits of the event that would continue the repetition. Copying is then one number for the net to control
instead of a pattern to be reproduced through the softmax, which is what lets a continuation hold on to a bar.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .features import DRUM_BITS, HABIT_SCALE, POSITION, Encoding

LOWER = torch.tril_indices(DRUM_BITS, DRUM_BITS, -1)


def lar_logits(head: Tensor, bits: Tensor) -> Tensor:
    """Logits [..., 9] of each lane given the lanes before it; `head` [..., 45], `bits` [..., 9]."""
    weights = head.new_zeros(*head.shape[:-1], DRUM_BITS, DRUM_BITS)
    weights[..., LOWER[0], LOWER[1]] = head[..., DRUM_BITS:]
    return head[..., :DRUM_BITS] + (weights * bits[..., None, :]).sum(-1)


def locked(x: Tensor, dropout: float) -> Tensor:
    """Dropout of [B, T, H] with one mask for all steps of a row (Gal & Ghahramani 2016)."""
    mask = torch.bernoulli(x.new_full((x.shape[0], 1, x.shape[2]), 1 - dropout)) / (1 - dropout)
    return x * mask


class Recurrent(nn.LSTM):
    """Two LSTM layers, in training with locked dropout between them and dropped recurrent weights (Merity et al. 2018)."""

    def __init__(self, inputs: int, hidden: int, dropout: float, weight_drop: float) -> None:
        super().__init__(inputs, hidden, 2, batch_first=True)
        self.between, self.weight_drop = dropout, weight_drop

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        if not self.training:
            return super().forward(x, state)
        zero = x.new_zeros(1, x.shape[0], self.hidden_size)
        for layer, (w_in, w_state, *bias) in enumerate(self.all_weights):
            w_state = nn.functional.dropout(w_state, self.weight_drop)
            if layer > 0:
                x = locked(x, self.between)
            x, h, c = torch._VF.lstm(x, (zero, zero), [w_in, w_state, *bias], True, 1, 0.0, True, False, True)
        return locked(x, self.between), (h, c)


def mask_bits(masks: Tensor) -> Tensor:
    """[...] bit masks to [..., 9] floats."""
    return ((masks[..., None] >> torch.arange(DRUM_BITS)) & 1).float()


class DrumsNet(nn.Module):
    """Input [B, T, F] -> head [B, T, 45]."""

    def __init__(self, encoding: Encoding, hidden: int = 256, dropout: float = 0.4, weight_drop: float = 0.0) -> None:
        super().__init__()
        self.encoding, self.hidden = encoding, hidden
        lags = encoding.columns
        self.rnn = Recurrent(encoding.size, hidden, dropout, weight_drop)
        self.head = nn.Linear(hidden, DRUM_BITS * (DRUM_BITS + 1) // 2)
        self.gates = nn.Linear(hidden + 3 * lags, (lags + len(encoding.habits) + encoding.voted) * DRUM_BITS)

    def votes(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What the gates weigh, [..., K + H + 2, 9], and the flags [..., 3K], of an input [..., F].

        A column votes 1 or -1 for the bits of its candidate, 0 when there is none; habits and precedents vote their log-odds.
        """
        k, habits = self.encoding.columns, DRUM_BITS * (len(self.encoding.habits) + self.encoding.voted)
        parts = x.split([DRUM_BITS, DRUM_BITS * k, DRUM_BITS * k, 3 * k, habits, POSITION], -1)
        candidates = parts[1].unflatten(-1, (k, DRUM_BITS))
        exists = parts[3].unflatten(-1, (k, 3))[..., :1]
        habit = HABIT_SCALE * parts[4].unflatten(-1, (-1, DRUM_BITS))
        return torch.cat([(2 * candidates - 1) * exists, habit], -2), parts[3]

    def output(self, h: Tensor, x: Tensor) -> Tensor:
        """Head [..., 45] from the top layer's output [..., H] and the input [..., F]."""
        votes, flags = self.votes(x)
        gates = self.gates(torch.cat([h, flags], -1)).reshape(votes.shape)
        head = self.head(h)
        return torch.cat([head[..., :DRUM_BITS] + (gates * votes).sum(-2), head[..., DRUM_BITS:]], -1)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        h, state = self.rnn(x, state)
        return self.output(h, x), state

    @staticmethod
    def loss(head: Tensor, target: Tensor) -> Tensor:
        """Nats per step [B, T] of target masks [B, T]."""
        bits = mask_bits(target)
        return nn.functional.binary_cross_entropy_with_logits(lar_logits(head, bits), bits, reduction="none").sum(-1)


class MelodyNet(nn.Module):
    """Index features -> class logits [B, T, C]. One embedding serves the present event and all candidates."""

    EMBEDDING = 32

    def __init__(self, encoding: Encoding, hidden: int = 256, dropout: float = 0.3, weight_drop: float = 0.0) -> None:
        super().__init__()
        self.encoding, self.hidden = encoding, hidden
        lags, width, voted = encoding.columns, self.EMBEDDING, encoding.voted
        # Row C stands for "no such event" and stays zero, as the zero block of the exported input.
        self.events = nn.Embedding(encoding.classes + 1, width, padding_idx=encoding.classes)
        self.pitches = nn.Embedding(encoding.pitches + 1, width, padding_idx=encoding.pitches)
        self.votes = nn.Parameter(torch.randn(voted, encoding.classes, width) / 16)
        self.rnn = Recurrent(width * (2 + lags + voted) + 3 * lags + 1 + POSITION, hidden, dropout, weight_drop)
        self.head = nn.Linear(hidden, encoding.classes)
        self.gates = nn.Linear(hidden + 3 * lags, 3 * (lags + voted))

    def inputs(self, index: Tensor, dense: Tensor) -> Tensor:
        """LSTM input [B, T, D]; `index` [B, T, 2+K] event, candidates, sounding; `dense` [B, T, 3K+1+10+2C]."""
        events = self.events(index[..., :-1]).flatten(-2)
        known, votes = self.split_dense(dense)
        told = (votes[..., None, :] @ self.votes).flatten(-3)
        return torch.cat([events, self.pitches(index[..., -1]), known, told], -1)

    def split_dense(self, dense: Tensor) -> tuple[Tensor, Tensor]:
        """Flags, age and position [..., 3K+11] and the votes [..., 2, C]."""
        known = 3 * self.encoding.columns + 1 + POSITION
        return dense[..., :known], dense[..., known:].unflatten(-1, (self.encoding.voted, self.encoding.classes))

    def gate_values(self, h: Tensor, flags: Tensor) -> Tensor:
        """[..., K + 2, 3]: what each lag adds to a copied "no event", "note off" or pitch, and what votes on them weigh."""
        return self.gates(torch.cat([h, flags], -1)).reshape(*h.shape[:-1], -1, 3)

    def forward(
        self, x: tuple[Tensor, Tensor], state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        index, dense = x
        lags = self.encoding.columns
        h, state = self.rnn(self.inputs(index, dense), state)
        gates = self.gate_values(h, dense[..., : 3 * lags])
        candidates = index[..., 1 : 1 + lags]
        chosen = gates[..., :lags, :].gather(-1, candidates.clamp(max=2).unsqueeze(-1)).squeeze(-1)
        kinds = torch.arange(self.encoding.classes).clamp(max=2)
        voted = (gates[..., lags:, kinds] * self.split_dense(dense)[1]).sum(-2)
        logits = nn.functional.pad(self.head(h) + voted, (0, 1))
        return logits.scatter_add(-1, candidates, chosen.to(logits.dtype))[..., :-1], state

    @staticmethod
    def loss(logits: Tensor, target: Tensor) -> Tensor:
        """Nats per step [B, T] of target classes [B, T]."""
        return nn.functional.cross_entropy(logits.transpose(1, 2), target, reduction="none")


def build(encoding: Encoding, hidden: int, dropout: float, weight_drop: float = 0.0) -> DrumsNet | MelodyNet:
    return (DrumsNet if encoding.kind == "drums_lags" else MelodyNet)(encoding, hidden, dropout, weight_drop)


def adopt(net: DrumsNet | MelodyNet, weights: dict[str, Tensor], earlier: Encoding) -> None:
    """Takes over the weights of a net with fewer lags, habits or units, without the match or the precedents; what is new is
    not heard at first."""
    e, drums = net.encoding, isinstance(net, DrumsNet)
    block, gates, tail = (DRUM_BITS, DRUM_BITS, POSITION) if drums else (net.EMBEDDING, 3, 1 + POSITION)
    votes = list(range(earlier.voted))
    k, size = e.columns, net.rnn.input_size
    columns = [*e.lags, *["match"] * e.match]
    at = [columns.index(c) for c in [*earlier.lags, *["match"] * earlier.match]]
    habits = [e.habits.index(bars) for bars in earlier.habits]

    def spread(start: int, width: int, which: list[int]) -> list[int]:
        return [start + width * i + j for i in which for j in range(width)]

    inputs = list(range(block)) + spread(block, block, at)
    if drums:
        inputs += spread(block * (1 + k), block, at)
        flags = block * (1 + 2 * k)
    else:
        inputs += range(block * (1 + k), block * (2 + k))
        flags = block * (2 + k)
    inputs += spread(flags, 3, at) + spread(flags + 3 * k, block, habits)
    rest = flags + 3 * k + block * len(e.habits)
    # A drum net has the votes before the position, a melody net after it.
    voted = spread(rest if drums else rest + tail, block, votes)
    place = list(range(size - tail, size) if drums else range(rest, rest + tail))
    inputs += voted + place if drums else place + voted
    rows = spread(0, gates, at) + spread(k * gates, gates, habits) + spread((k + len(e.habits)) * gates, gates, votes)
    few = weights["rnn.weight_hh_l0"].shape[1]
    units = list(range(few))
    four = [net.hidden * gate + unit for gate in range(4) for unit in units]
    columns_of = {"rnn.weight_ih_l0": inputs, "gates.weight": units + spread(net.hidden, 3, at)}
    state = net.state_dict()
    for name, value in weights.items():
        if name.startswith("rnn."):
            # Further units start at random and unheard.
            into, at_rows = state[name], four
        elif name.startswith("gates."):
            into, at_rows = state[name].zero_(), rows
        elif name == "head.weight":
            into, at_rows = state[name], list(range(len(value)))
        else:
            if value.shape == state[name].shape:
                state[name].copy_(value)
            continue
        into[at_rows] = 0
        if value.dim() == 1:
            into[at_rows] = value
        else:
            into[torch.tensor(at_rows)[:, None], torch.tensor(columns_of.get(name, units))] = value
