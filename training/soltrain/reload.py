"""A net from its exported graph, so that training can go on from a factory model without its checkpoint.

What comes back are the file's float16 weights; `export` wrote them in the order that `restored` reads them in.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from .features import POSITION, Encoding
from .nets import DrumsNet, MelodyNet, build


def encoding_of(manifest: dict) -> Encoding:
    """The encoding that a manifest of one of our own models states."""
    e = manifest["encoding"]
    return Encoding(
        e["kind"], tuple(e["lags"]), e["run_cap"], e.get("min_pitch", 0), e.get("max_pitch", 128),
        e.get("transpose_to_key"), e.get("match", False), tuple(e.get("habits", ())), e.get("precedents", False),
    )


def restored(folder: Path) -> DrumsNet | MelodyNet:
    """The network of a model folder, in evaluation mode."""
    manifest = tomllib.loads((folder / "manifest.toml").read_text())
    e = encoding_of(manifest)
    net = build(e, manifest["graph"]["state"][0]["shape"][0], 0.0)
    graph = onnx.load(folder / "step.onnx").graph
    stored = (numpy_helper.to_array(t) for t in graph.initializer)
    weights = iter([torch.from_numpy(a.astype(np.float32)) for a in stored if a.dtype == np.float16])
    state = net.state_dict()
    if isinstance(net, MelodyNet):
        _put_embeddings(state, next(weights), net)
    for layer in range(2):
        kernel, bias = next(weights), next(weights)
        size = kernel.shape[0] - net.hidden
        state[f"rnn.weight_ih_l{layer}"].copy_(kernel[:size].T)
        state[f"rnn.weight_hh_l{layer}"].copy_(kernel[size:].T)
        state[f"rnn.bias_ih_l{layer}"].copy_(bias)
        state[f"rnn.bias_hh_l{layer}"].zero_()
    if isinstance(net, DrumsNet):
        next(weights)  # the votes
    both, bias = next(weights), next(weights)
    outputs = net.head.out_features
    state["head.weight"].copy_(both[: net.hidden, :outputs].T)
    state["gates.weight"].copy_(both[:, outputs:].T)
    state["head.bias"].copy_(bias[:outputs])
    state["gates.bias"].copy_(bias[outputs:])
    net.load_state_dict(state)
    return net.eval()


def _put_embeddings(state: dict[str, torch.Tensor], product: torch.Tensor, net: MelodyNet) -> None:
    """Takes the two tables out of the one product that the graph computes them by."""
    e, width = net.encoding, net.EMBEDDING
    voted = e.classes * (1 + e.columns)
    blocks = voted + e.classes * e.voted + 3 * e.columns
    columns = width * (1 + e.columns)
    told = columns + width + 3 * e.columns + 1 + POSITION
    state["events.weight"][: e.classes] = product[: e.classes, :width]
    state["pitches.weight"][: e.pitches] = product[blocks : blocks + e.pitches, columns : columns + width]
    for i in range(e.voted):
        row, column = voted + i * e.classes, told + i * width
        state["votes"][i] = product[row : row + e.classes, column : column + width]
