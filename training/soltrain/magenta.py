"""Magenta's event-sequence RNNs from their TensorFlow weights: a step graph, and an independent PyTorch reference.

Conventions (models.md 0.6, 0.7): cell kernel [in + H, 4H] with columns i, j, f, o and a forget bias of 1 added at run
time; attention around the whole stack (old layout) or around layer 0 only (new layout), told apart by tensor names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .graph import Graph

Weights = dict[str, np.ndarray]
States = dict[str, tuple[str, tuple[int, ...]]]


@dataclass(frozen=True)
class Attention:
    """Names of the attention tensors; `whole_stack` is the layout of before May 2017."""

    prefix: str
    projection: str
    whole_stack: bool


@dataclass(frozen=True)
class Layout:
    """What a checkpoint holds: the cells' name prefixes, the attention, the output layer's names."""

    cells: tuple[str, ...]
    attention: Attention | None
    output: tuple[str, str]


def detect(names: set[str]) -> Layout:
    """The layout of a checkpoint from its tensor names; a sentence in ValueError when it is none we know."""
    old = any(n.startswith("rnn/attention_cell_wrapper/") for n in names)
    new = any(n.startswith("rnn/multi_rnn_cell/cell_0/attention_cell_wrapper/") for n in names)
    wrapper = "rnn/attention_cell_wrapper/" if old else "rnn/multi_rnn_cell/cell_0/attention_cell_wrapper/"
    found: dict[int, str] = {}
    for name in names:
        if m := re.fullmatch(r"(.*cell_(\d+)/(?:attention_cell_wrapper/)?basic_lstm_cell/)kernel", name):
            found[int(m[2])] = m[1]
    if not found or sorted(found) != list(range(len(found))):
        raise ValueError("The checkpoint has no complete stack of basic_lstm_cell kernels.")
    output = ("fully_connected/weights", "fully_connected/biases")
    if not set(output) <= names:
        raise ValueError("The checkpoint has no fully_connected output layer.")
    attention = None
    if old or new:
        projection = next((p for p in ("attention_output_projection", "attn_output_projection") if f"{wrapper}{p}/kernel" in names), None)
        if projection is None:
            raise ValueError("The checkpoint has an attention wrapper without an output projection.")
        attention = Attention(wrapper, wrapper + projection, old)
    return Layout(tuple(found[i] for i in sorted(found)), attention, output)


class _Builder:
    """Emits one step; keeps the states met on the way in stack order."""

    def __init__(self, name: str, weights: Weights, attention_length: int, storage: str) -> None:
        self.g = Graph(name, storage)
        self.weights, self.layout, self.length = weights, detect(set(weights)), attention_length
        self.states: States = {}

    def bias(self, values: np.ndarray) -> str:
        """Biases are few: they stay float32."""
        return self.g.raw(values.astype(np.float32))

    def linear(self, x: str, kernel: np.ndarray, bias: np.ndarray) -> str:
        return self.g.op("Add", self.g.op("MatMul", x, self.g.weight(kernel)), self.bias(bias))

    def state(self, name: str, *shape: int) -> str:
        self.states[name] = (f"{name}_out", shape)
        return self.g.input(name, *shape)

    def cell(self, layer: int, x: str) -> tuple[str, str]:
        """Runs layer `layer`; returns its new (c, h)."""
        kernel = self.weights[self.layout.cells[layer] + "kernel"]
        bias = self.weights[self.layout.cells[layer] + "bias"].astype(np.float32).copy()
        size = kernel.shape[1] // 4
        bias[2 * size : 3 * size] += 1
        c, h = self.state(f"c{layer}", size), self.state(f"h{layer}", size)
        i, j, f, o = self.g.split(self.linear(self.g.op("Concat", x, h, axis=1), kernel, bias), [size] * 4)
        h_new, c_new = self.g.gates(i, j, f, o, c)
        self.g.output(c_new, f"c{layer}_out", size)
        self.g.output(h_new, f"h{layer}_out", size)
        return c_new, h_new

    def attend(self, layers: range, x: str) -> str:
        """The attention wrapper around `layers`."""
        g, a, w = self.g, self.layout.attention, self.weights
        assert a is not None
        size = w[a.prefix + "attention/attn_v"].shape[0]
        attns, memory = self.state("attns", size), self.state("attn_states", self.length, size)
        y = self.linear(g.op("Concat", x, attns, axis=1), w[a.prefix + "kernel"], w[a.prefix + "bias"])
        query = []
        for layer in layers:
            c, y = self.cell(layer, y)
            query += [c, y]
        q = self.linear(g.op("Concat", *query, axis=1), w[a.prefix + "attention/kernel"], w[a.prefix + "attention/bias"])
        middle, last = g.raw(np.array([1], np.int64)), g.raw(np.array([2], np.int64))
        keys = g.op("MatMul", memory, g.weight(w[a.prefix + "attention/attn_w"].reshape(size, size)))
        energy = g.op("Tanh", g.op("Add", keys, g.op("Unsqueeze", q, middle)))
        scores = g.op("ReduceSum", g.op("Mul", energy, self.bias(w[a.prefix + "attention/attn_v"])), last, keepdims=0)
        weights = g.op("Unsqueeze", g.op("Softmax", scores, axis=1), last)
        context = g.op("ReduceSum", g.op("Mul", memory, weights), middle, keepdims=0)
        out = self.linear(g.op("Concat", y, context, axis=1), w[a.projection + "/kernel"], w[a.projection + "/bias"])
        _, kept = g.split(memory, [1, self.length - 1])
        g.output(context, "attns_out", size)
        g.output(g.op("Concat", kept, g.op("Unsqueeze", out, middle), axis=1), "attn_states_out", self.length, size)
        return out


def input_size(weights: Weights, layout: Layout) -> int:
    if layout.attention is not None:
        return weights[layout.attention.prefix + "kernel"].shape[1]
    kernel = weights[layout.cells[0] + "kernel"]
    return kernel.shape[0] - kernel.shape[1] // 4


def step_graph(name: str, weights: Weights, attention_length: int, storage: str) -> tuple[Graph, States, int, int]:
    """The step graph of a checkpoint, its states, and the sizes of input and logits."""
    b = _Builder(name, weights, attention_length, storage)
    layers = range(len(b.layout.cells))
    size = input_size(weights, b.layout)
    y = b.g.input("input", size)
    if b.layout.attention is not None:
        wrapped = layers if b.layout.attention.whole_stack else range(1)
        y = b.attend(wrapped, y)
        layers = layers[len(wrapped) :]
    for layer in layers:
        _, y = b.cell(layer, y)
    kernel, bias = (weights[n] for n in b.layout.output)
    b.g.output(b.linear(y, kernel, bias), "logits", kernel.shape[1])
    return b.g, b.states, size, kernel.shape[1]


def stored_weights(weights: Weights, storage: str) -> Weights:
    """The values the graph computes with: kernels as stored, biases and attention vectors exact."""
    g = Graph("", storage)
    return {n: g.stored(v) if v.ndim > 1 else v.astype(np.float32) for n, v in weights.items()}


class Reference:
    """The same nets in float64 PyTorch, written from the equations and sharing nothing with the graph writer."""

    def __init__(self, weights: Weights, attention_length: int) -> None:
        self.layout = detect(set(weights))
        self.w = {n: torch.from_numpy(v.astype(np.float64)) for n, v in weights.items()}
        self.length = attention_length

    def _cell(self, layer: int, x: Tensor, state: dict[int, tuple[Tensor, Tensor]]) -> Tensor:
        kernel, bias = (self.w[self.layout.cells[layer] + n] for n in ("kernel", "bias"))
        size = kernel.shape[1] // 4
        zero = x.new_zeros(len(x), size)
        c, h = state.get(layer, (zero, zero))
        i, j, f, o = (torch.cat([x, h], 1) @ kernel + bias).chunk(4, 1)
        c = torch.sigmoid(f + 1.0) * c + torch.sigmoid(i) * torch.tanh(j)
        state[layer] = (c, torch.tanh(c) * torch.sigmoid(o))
        return state[layer][1]

    def _attend(self, layers: range, x: Tensor, state: dict[int, tuple[Tensor, Tensor]], memory: list[Tensor], attns: Tensor) -> tuple[Tensor, Tensor]:
        a = self.layout.attention
        assert a is not None
        y = torch.cat([x, attns], 1) @ self.w[a.prefix + "kernel"] + self.w[a.prefix + "bias"]
        for layer in layers:
            y = self._cell(layer, y, state)
        q = torch.cat([part for layer in layers for part in state[layer]], 1)
        yq = q @ self.w[a.prefix + "attention/kernel"] + self.w[a.prefix + "attention/bias"]
        key = self.w[a.prefix + "attention/attn_w"]
        key = key.reshape(key.shape[-2:])
        v = self.w[a.prefix + "attention/attn_v"]
        scores = torch.stack([(v * torch.tanh(slot @ key + yq)).sum(1) for slot in memory], 1)
        share = torch.softmax(scores, 1)
        context = sum(share[:, t, None] * slot for t, slot in enumerate(memory))
        out = torch.cat([y, context], 1) @ self.w[a.projection + "/kernel"] + self.w[a.projection + "/bias"]
        memory.pop(0)
        memory.append(out)
        return out, context

    def run(self, inputs: np.ndarray) -> np.ndarray:
        """Inputs [T, B, F] to logits [T, B, O], float32, from a zero state."""
        x_all = torch.from_numpy(inputs.astype(np.float64))
        a = self.layout.attention
        size = self.w[a.prefix + "attention/attn_v"].shape[0] if a else 0
        attns = x_all.new_zeros(x_all.shape[1], size)
        memory = [attns] * self.length
        state: dict[int, tuple[Tensor, Tensor]] = {}
        kernel, bias = (self.w[n] for n in self.layout.output)
        logits = []
        for y in x_all:
            layers = range(len(self.layout.cells))
            if a is not None:
                wrapped = layers if a.whole_stack else range(1)
                y, attns = self._attend(wrapped, y, state, memory, attns)
                layers = layers[len(wrapped) :]
            for layer in layers:
                y = self._cell(layer, y, state)
            logits.append(y @ kernel + bias)
        return torch.stack(logits).numpy().astype(np.float32)
