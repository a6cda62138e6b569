"""Step graphs of the published configurations with random weights, and what PyTorch computes from them.

They prove that the Rust runtime can run imported Magenta networks: `python published.py --out FOLDER`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from soltrain.graph import Runner, write_golden, write_manifest
from soltrain.magenta import Reference, Weights, step_graph, stored_weights
from soltrain.published_encodings import HIGH, LOW, drums_onehot, melody_key, melody_lookback, melody_onehot

MELODY_RANGE = {"min_pitch": LOW, "max_pitch": HIGH, "transpose_to_key": 0}


@dataclass(frozen=True)
class Config:
    """A published network: sizes, attention ("", "new" or "old" layout) and how its input is encoded."""

    title: str
    input: int
    logits: int
    layers: tuple[int, ...]
    attention: str
    length: int
    encoding: dict[str, Any]
    encode: Callable[[list[int]], np.ndarray]


CONFIGS = {
    "basic_rnn": Config("MelodyRNN basic", 38, 38, (128, 128), "", 0, {"kind": "melody_onehot", **MELODY_RANGE}, melody_onehot),
    "mono_rnn": Config(
        "MelodyRNN mono", 130, 130, (128, 128), "", 0, {"kind": "melody_onehot", "min_pitch": 0, "max_pitch": 128},
        lambda events: melody_onehot(events, 0, 128),
    ),
    "lookback_rnn": Config("MelodyRNN lookback", 121, 40, (128, 128), "", 0, {"kind": "melody_lookback", **MELODY_RANGE}, melody_lookback),
    "attention_rnn": Config("MelodyRNN attention, new layout", 74, 40, (128, 128), "new", 40, {"kind": "melody_key", **MELODY_RANGE}, melody_key),
    "attention_rnn_old": Config("MelodyRNN attention, old layout", 74, 40, (128, 128), "old", 40, {"kind": "melody_key", **MELODY_RANGE}, melody_key),
    "drum_kit": Config("DrumsRNN drum kit, old layout", 518, 512, (256, 256, 256), "old", 32, {"kind": "drums_onehot", "counter_bits": 6}, drums_onehot),
}


def random_weights(config: Config, rng: np.random.Generator) -> Weights:
    """Every tensor of the configuration under its TensorFlow name; biases, b_q among them, are not zero."""
    weights: Weights = {}

    def dense(kernel: str, bias: str, rows: int, columns: int, gain: float = 1.5) -> None:
        weights[kernel] = (rng.standard_normal((rows, columns)) * gain / np.sqrt(rows)).astype(np.float32)
        weights[bias] = (rng.standard_normal(columns) * 0.3).astype(np.float32)

    def cells(prefixes: list[str], first_input: int) -> None:
        size = first_input
        for prefix, units in zip(prefixes, config.layers):
            dense(prefix + "kernel", prefix + "bias", size + units, 4 * units)
            size = units

    stack = [f"rnn/multi_rnn_cell/cell_{i}/basic_lstm_cell/" for i in range(len(config.layers))]
    if config.attention:
        old = config.attention == "old"
        wrapper = "rnn/attention_cell_wrapper/" if old else "rnn/multi_rnn_cell/cell_0/attention_cell_wrapper/"
        if old:
            stack = [wrapper + p.removeprefix("rnn/") for p in stack]
        else:
            stack[0] = wrapper + "basic_lstm_cell/"
        size = config.layers[-1] if old else config.layers[0]
        query = 2 * (sum(config.layers) if old else config.layers[0])
        dense(wrapper + "kernel", wrapper + "bias", config.input + size, config.input)
        weights[wrapper + "attention/attn_w"] = (rng.standard_normal((1, 1, size, size)) * 2 / np.sqrt(size)).astype(np.float32)
        weights[wrapper + "attention/attn_v"] = (rng.standard_normal(size) * 0.5).astype(np.float32)
        dense(wrapper + "attention/kernel", wrapper + "attention/bias", query, size)
        projection = wrapper + ("attention_output_projection/" if old else "attn_output_projection/")
        dense(projection + "kernel", projection + "bias", 2 * size, size)
    cells(stack, config.input)
    dense("fully_connected/weights", "fully_connected/biases", config.layers[-1], config.logits, 4.0)
    return weights


def random_events(config: Config, steps: int, rng: np.random.Generator) -> list[int]:
    """A clip with holds, rests and repeated bars, so that every part of the encodings is used."""
    if config.encoding["kind"] == "drums_onehot":
        bar = [int(rng.choice([0, 0, 1, 2, 4, 5, 6, 12, 257, 300])) for _ in range(16)]
        variation = [int(rng.integers(512)) if rng.random() < 0.2 else e for e in bar]
        return (bar + variation + bar + bar)[:steps]
    low, high = config.encoding["min_pitch"], config.encoding["max_pitch"]
    bar = [int(rng.integers(low, high)) if rng.random() < 0.5 else int(rng.choice([-2, -2, -1])) for _ in range(16)]
    bar[0] = int(rng.integers(low, high))
    variation = [int(rng.integers(low, high)) if rng.random() < 0.2 else e for e in bar]
    return (bar + variation + bar + bar)[:steps]


def write(name: str, config: Config, folder: Path, batch: int = 2) -> float:
    """Writes one fixture, long enough for the attention memory to wrap; returns onnxruntime's largest deviation."""
    steps = max(40, config.length + 8)
    rng = np.random.default_rng(sum(map(ord, name)))
    weights = random_weights(config, rng)
    graph, states, size, logits = step_graph(name, weights, config.length, "i8")
    assert (size, logits) == (config.input, config.logits)
    digest = graph.save(folder / "step.onnx")
    head = {
        "name": name, "version": 1, "family": "drums_rnn" if name == "drum_kit" else "melody_rnn", "title": config.title,
        "licence": "MIT OR Apache-2.0", "data": "none: random weights", "training_commit": "uncommitted",
    }
    write_manifest(folder, head, config.encoding, digest, size, logits, states)
    inputs = np.stack([config.encode(random_events(config, steps, rng)) for _ in range(batch)], axis=1)
    expected = Reference(stored_weights(weights, "i8"), config.length).run(inputs)
    write_golden(folder, inputs, expected, [])
    return float(np.abs(Runner(folder / "step.onnx", states).run(inputs) - expected).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent / "../crates/models/tests/published")
    args = parser.parse_args()
    for name, config in CONFIGS.items():
        print(f"{name}: onnxruntime differs from PyTorch by {write(name, config, args.out / name):.1e} at most")


if __name__ == "__main__":
    main()
