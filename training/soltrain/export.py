"""Trained networks to step graphs and model folders."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .features import DRUM_BITS, HABIT_SCALE, POSITION, Encoding, encode
from .fit import load_net
from .graph import Graph, Runner, rounded, write_golden, write_manifest
from .nets import DrumsNet, MelodyNet
from .sequence import Sequence, squash

States = dict[str, tuple[str, tuple[int, ...]]]
HEADS: dict[str, dict[str, Any]] = {
    "drums": {
        "family": "drums_rnn", "title": "Drums, lane bits with lookback",
        "data": "Groove MIDI Dataset 1.0.0 (CC BY 4.0), Freedoom (BSD-3-Clause)",
    },
    "melody": {
        "family": "melody_rnn", "title": "Melody in one key, with lookback",
        "data": "OpenEWLD (MIT), OpenScore Lieder (CC0), POP909 (MIT), ABC of O'Neill's 1850, Ryan's and Aird's (music21)",
    },
    "mono": {
        "family": "melody_rnn", "title": "Melody in any key and range, with lookback",
        "data": "OpenEWLD (MIT), OpenScore Lieder (CC0), POP909 (MIT), ABC of O'Neill's 1850, Ryan's and Aird's (music21)",
    },
}


def _array(t: torch.Tensor) -> np.ndarray:
    return t.detach().numpy()


def _lstm(g: Graph, rnn: torch.nn.LSTM, x: str) -> tuple[str, States]:
    """Both layers of a torch LSTM on x [batch, F]; returns the top h and the states."""
    states: States = {}
    size = rnn.hidden_size
    for layer in range(rnn.num_layers):
        h, c = g.input(f"h{layer}", size), g.input(f"c{layer}", size)
        kernel = np.concatenate([_array(getattr(rnn, f"weight_{k}_l{layer}")).T for k in ("ih", "hh")])
        bias = _array(getattr(rnn, f"bias_ih_l{layer}") + getattr(rnn, f"bias_hh_l{layer}"))
        i, f, candidate, o = g.split(g.linear(g.op("Concat", x, h, axis=1), kernel, bias), [size] * 4)
        x, c_new = g.gates(i, candidate, f, o, c)
        g.output(x, f"h{layer}_out", size)
        g.output(c_new, f"c{layer}_out", size)
        states[f"h{layer}"] = (f"h{layer}_out", (size,))
        states[f"c{layer}"] = (f"c{layer}_out", (size,))
    return x, states


def _head_and_gates(g: Graph, net: DrumsNet | MelodyNet, h: str, flags: str) -> list[str]:
    """Both as one product of h and the flags, since every small product costs a step time; the head ignores the flags."""
    head, gates = _array(net.head.weight).T, _array(net.gates.weight).T
    padded = np.pad(head, ((0, len(gates) - len(head)), (0, 0)))
    bias = np.concatenate([_array(net.head.bias), _array(net.gates.bias)])
    both = g.linear(g.op("Concat", h, flags, axis=1), np.concatenate([padded, gates], axis=1), bias)
    return g.split(both, [head.shape[1], gates.shape[1]])


def drums_graph(net: DrumsNet) -> tuple[Graph, States]:
    """Input [batch, F] -> logits [batch, 45]."""
    e, k, usual = net.encoding, net.encoding.columns, len(net.encoding.habits) + net.encoding.voted
    g = Graph("drums_step", "f16")
    x = g.input("input", e.size)
    h, states = _lstm(g, net.rnn, x)
    sizes = [DRUM_BITS, DRUM_BITS * k, DRUM_BITS * k, 3 * k, DRUM_BITS * usual, POSITION]
    _, candidates, _, exists, habits, _ = np.split(np.eye(e.size), np.cumsum(sizes)[:-1], axis=1)
    # Bits are 0 where there is no candidate, so twice the bit less its lag's first flag is 1, -1 or 0.
    signs = 2 * candidates - np.repeat(exists[:, ::3], DRUM_BITS, axis=1)
    votes = g.linear(x, np.concatenate([signs, HABIT_SCALE * habits], axis=1))
    head, gates = _head_and_gates(g, net, h, g.split(x, [sum(sizes[:3]), sizes[3], sum(sizes[4:])])[1])
    outputs = DRUM_BITS * (DRUM_BITS + 1) // 2
    collect = np.tile(np.eye(DRUM_BITS, outputs), (k + usual, 1))
    g.output(g.op("Add", head, g.linear(g.op("Mul", gates, votes), collect)), "logits", outputs)
    return g, states


def _embedding(net: MelodyNet, blocks: list[int]) -> np.ndarray:
    """[F, D]: takes the input's blocks to the LSTM's input, embeddings first, the rest as it is.

    One product, because engines run many small ones, and the join of their results, much slower.
    """
    table, pitches = _array(net.events.weight)[:-1], _array(net.pitches.weight)[:-1]
    *events, flags, sounding, since, position = np.split(np.eye(sum(blocks)), np.cumsum(blocks)[:-1], axis=1)
    events, votes = events[: 1 + net.encoding.columns], events[1 + net.encoding.columns :]
    told = [block @ kernel for block, kernel in zip(votes, _array(net.votes))]
    return np.concatenate([*(block @ table for block in events), sounding @ pitches, flags, since, position, *told], axis=1)


def melody_graph(net: MelodyNet) -> tuple[Graph, States]:
    """Input [batch, F] -> class logits [batch, C]."""
    e, k, classes = net.encoding, net.encoding.columns, net.encoding.classes
    g = Graph("melody_step", "f16")
    x = g.input("input", e.size)
    shown = k + e.voted
    blocks = [classes] * (1 + shown) + [3 * k, e.pitches, 1, POSITION]
    _, candidates, flags, _ = g.split(x, [classes, classes * shown, 3 * k, e.pitches + 1 + POSITION])
    h, states = _lstm(g, net.rnn, g.linear(x, _embedding(net, blocks)))
    head, gates = _head_and_gates(g, net, h, flags)
    kinds = np.zeros((3, classes))
    kinds[np.minimum(np.arange(classes), 2), np.arange(classes)] = 1
    copied = g.op("Mul", g.linear(gates, np.kron(np.eye(shown), kinds)), candidates)
    shape, axis = g.raw(np.array([-1, shown, classes], np.int64)), g.raw(np.array([1], np.int64))
    copied = g.op("ReduceSum", g.op("Reshape", copied, shape), axis, keepdims=0)
    g.output(g.op("Add", head, copied), "logits", classes)
    return g, states


def step_graph(net: DrumsNet | MelodyNet) -> tuple[Graph, States]:
    return drums_graph(net) if isinstance(net, DrumsNet) else melody_graph(net)


def _commit(root: Path) -> str:
    """The hash of the last commit when training/ has no changes since, else "uncommitted"."""
    def git(*args: str) -> str:
        return subprocess.run(["git", *args], cwd=root, capture_output=True, text=True).stdout.strip()

    return "uncommitted" if git("status", "--porcelain", "--", str(root)) else git("rev-parse", "HEAD") or "uncommitted"


def _events(s: Sequence, e: Encoding, length: int) -> np.ndarray:
    part = s.events[:length]
    return part if e.key is None else squash(part, e.min_pitch, e.max_pitch, e.key)


def encoding_cases(sequences: list[Sequence], e: Encoding) -> list[dict[str, Any]]:
    """Clips of 16 and 12 steps a bar (simple and compound), a bar and a half longer than the longest lag."""
    cases = []
    for steps, compound in ((16, False), (12, False), (12, True)):
        length = (max(e.lags) + 1) * steps + steps // 2
        fitting = [s for s in sequences if (s.steps_per_bar, s.compound) == (steps, compound)]
        clip = max(fitting, key=lambda s: len(s.events))
        events = _events(clip, e, length)
        inputs = encode(events, steps, compound, e)
        cases.append({"steps_per_bar": steps, "compound": compound, "events": events.tolist(), "inputs": rounded(inputs)})
    return cases


def encoding_table(e: Encoding) -> dict[str, Any]:
    """The manifest's [encoding]."""
    table: dict[str, Any] = {"kind": e.kind, "lags": e.lags, "run_cap": e.run_cap}
    table |= {name: True for name in ("match", "precedents") if getattr(e, name)} | ({"habits": e.habits} if e.habits else {})
    if e.kind != "drums_lags":
        table |= {"min_pitch": e.min_pitch, "max_pitch": e.max_pitch}
        table |= {} if e.key is None else {"transpose_to_key": e.key}
    return table


def export(model: str, run: Path, folder: Path, splits: dict[str, list[Sequence]], version: int = 1) -> None:
    """Writes step.onnx, manifest.toml and golden.json of a model into `folder`."""
    net = load_net(run)
    e = net.encoding
    g, states = step_graph(net)
    digest = g.save(folder / "step.onnx")
    outputs = DRUM_BITS * (DRUM_BITS + 1) // 2 if model == "drums" else e.classes
    root = Path(__file__).resolve().parents[1]
    head = {"name": model, "version": version, **HEADS[model], "licence": "MIT OR Apache-2.0", "training_commit": _commit(root)}
    write_manifest(folder, head, encoding_table(e), digest, e.size, outputs, states)
    steps, batch = 40, 3
    clips = [s for s in splits["test"] if s.steps_per_bar == 16 and len(s.events) > steps][:batch]
    inputs = np.stack([encode(_events(s, e, steps), 16, False, e) for s in clips], axis=1)
    logits = Runner(folder / "step.onnx", states).run(inputs)
    # The compound clips of Groove are all in training and validation.
    pool = splits["test"] + splits["validation"] + splits["train"]
    write_golden(folder, inputs, logits, encoding_cases(pool, e))
