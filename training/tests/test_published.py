"""Magenta encodings and imported checkpoints against ../../shared/golden (skipped where it is absent)."""

import json
from pathlib import Path

import numpy as np
import pytest

import import_magenta
from soltrain.graph import Runner
from soltrain.published_encodings import drums_onehot, melody_key, melody_lookback, melody_onehot
from soltrain.sequence import DRUM_BIT, squash_amount

GOLDEN = Path(__file__).resolve().parents[1] / "../../shared/golden"
needs_golden = pytest.mark.skipif(not GOLDEN.exists(), reason="../../shared/golden is not here")


def dense(rows: list[dict[str, float]], size: int) -> np.ndarray:
    """The golden file's sparse rows {index: value} as a matrix."""
    out = np.zeros((len(rows), size), np.float32)
    for i, row in enumerate(rows):
        for index, value in row.items():
            out[i, int(index)] = value
    return out


@needs_golden
@pytest.mark.parametrize("name, encode", [("onehot", melody_onehot), ("lookback", melody_lookback), ("key", melody_key)])
def test_melody_encodings_equal_note_seq(name, encode):
    for case in json.loads((GOLDEN / "noteseq_encodings.json").read_text())["melody_encodings"]:
        expected = dense(case[name]["inputs"], case[name]["input_size"])
        np.testing.assert_array_equal(encode(case["events"])[:-1], expected)


@needs_golden
def test_drum_kit_equals_note_seq():
    case = json.loads((GOLDEN / "noteseq_encodings.json").read_text())["drum_kit"]
    masks = [sum({1 << DRUM_BIT[p] for p in event if p in DRUM_BIT}) for event in case["events"]]
    np.testing.assert_array_equal(drums_onehot(masks)[:-1], dense(case["inputs"], case["input_size"]))


@needs_golden
def test_squash_equals_note_seq():
    for case in json.loads((GOLDEN / "noteseq_encodings.json").read_text())["squash"]:
        pitches = np.array([e for e in case["events"] if e >= 0])
        assert squash_amount(pitches, case["min"], case["max"], case["transpose_to_key"]) == case["transpose_amount"]


@needs_golden
def test_imported_checkpoint_continues_as_magenta_js(tmp_path):
    import_magenta.convert(GOLDEN / "magentajs/basic_rnn_f32", tmp_path, "basic")
    states = {f"{k}{i}": (f"{k}{i}_out", (128,)) for i in range(2) for k in "ch"}
    runner = Runner(tmp_path / "step.onnx", states)
    for case in json.loads((tmp_path / "golden.json").read_text())["cases"]:
        labels = list(case["primer_labels"])
        for _ in range(case["steps"]):
            inputs = np.eye(38, dtype=np.float32)[labels][:, None]
            labels.append(int(runner.run(inputs)[-1, 0].argmax()))
        assert labels[len(case["primer_labels"]) :] == case["labels"]
