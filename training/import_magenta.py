"""A TF.js MusicRNN checkpoint folder to a model folder: `python import_magenta.py CHECKPOINT OUT`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from soltrain.graph import write_golden, write_manifest
from soltrain.magenta import Reference, Weights, detect, input_size, step_graph
from soltrain.published_encodings import drums_onehot, melody_onehot

WIDTH = {"float32": "<f4", "int32": "<i4", "uint8": "<u1", "uint16": "<u2"}


def read_weights(folder: Path) -> Weights:
    """All tensors of weights_manifest.json; tensors may cross the borders of the shards."""
    weights: Weights = {}
    for group in json.loads((folder / "weights_manifest.json").read_text()):
        data = b"".join((folder / path).read_bytes() for path in group["paths"])
        offset = 0
        for tensor in group["weights"]:
            quantisation = tensor.get("quantization")
            kind = np.dtype(WIDTH[quantisation["dtype"] if quantisation else tensor["dtype"]])
            count = int(np.prod(tensor["shape"], dtype=np.int64))
            values = np.frombuffer(data, kind, count, offset).astype(np.float32)
            offset += count * kind.itemsize
            if quantisation:
                values = (values * quantisation["scale"] + quantisation["min"]).astype(np.float32)
            weights[tensor["name"]] = values.reshape(tensor["shape"])
    return weights


def read_config(folder: Path) -> tuple[dict[str, Any], str, int]:
    """The manifest's [encoding], the family, and the attention length, from config.json."""
    config = json.loads((folder / "config.json").read_text())
    if config["type"] != "MusicRNN" or config.get("chordEncoder"):
        raise ValueError("Only MusicRNN checkpoints without chords can be imported.")
    converter, args = config["dataConverter"]["type"], config["dataConverter"].get("args") or {}
    counters = [a["args"]["numBits"] for a in config.get("auxInputs", []) if a["type"] == "BinaryCounter"]
    length = config.get("attentionLength") or 0
    if converter == "MelodyConverter":
        # MIDI pitch 83 is included in the TF.js range.
        return {"kind": "melody_onehot", "min_pitch": args["minPitch"], "max_pitch": args["maxPitch"] + 1}, "melody_rnn", length
    if converter in ("DrumsConverter", "DrumsOneHotConverter"):
        return {"kind": "drums_onehot", "counter_bits": counters[0] if counters else 0}, "drums_rnn", length
    raise ValueError(f"The converter {converter} is not supported.")


def sample_inputs(encoding: dict[str, Any], steps: int, batch: int) -> np.ndarray:
    """Encoded random clips [T, B, F] for the golden values."""
    rng = np.random.default_rng(1)
    if encoding["kind"] == "drums_onehot":
        clips = [drums_onehot(rng.integers(0, 512, steps).tolist(), encoding["counter_bits"]) for _ in range(batch)]
    else:
        low, high = encoding["min_pitch"], encoding["max_pitch"]
        events = np.where(rng.random((batch, steps)) < 0.4, rng.integers(low, high, (batch, steps)), -2)
        clips = [melody_onehot(row.tolist(), low, high) for row in events]
    return np.stack(clips, axis=1)


def convert(checkpoint: Path, folder: Path, name: str) -> None:
    weights = read_weights(checkpoint)
    encoding, family, length = read_config(checkpoint)
    graph, states, size, logits = step_graph(name, weights, length, "f32")
    digest = graph.save(folder / "step.onnx")
    head = {
        "name": name, "version": 1, "family": family, "title": f"Imported: {checkpoint.name}", "licence": "as the checkpoint",
        "data": "as the checkpoint", "training_commit": "uncommitted",
    }
    write_manifest(folder, head, encoding, digest, size, logits, states)
    inputs = sample_inputs(encoding, 44, 2)
    if inputs.shape[-1] != input_size(weights, detect(set(weights))):
        raise ValueError("The converter's input does not fit the checkpoint's first kernel.")
    golden = checkpoint / "golden.json"
    more = {"cases": json.loads(golden.read_text())["cases"]} if golden.exists() else {}
    write_golden(folder, inputs, Reference(weights, length).run(inputs), [], **more)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="folder with config.json, weights_manifest.json and the shards")
    parser.add_argument("out", type=Path, help="the model folder to write")
    args = parser.parse_args()
    convert(args.checkpoint, args.out, args.out.name)


if __name__ == "__main__":
    main()
