"""A small writer of ONNX step graphs, and the folder format that the Rust crate reads (manifest, golden values)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


class Graph:
    """Collects the nodes of one step. Values are named by strings; the batch axis is the symbol "batch"."""

    def __init__(self, name: str, storage: str) -> None:
        self.name, self.storage = name, storage
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self.count = 0

    def input(self, name: str, *shape: int) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape]))
        return name

    def output(self, value: str, name: str, *shape: int) -> None:
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape]))

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        self.count += 1
        out = f"{kind.lower()}_{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def raw(self, array: np.ndarray) -> str:
        """An initialiser stored as it is."""
        self.count += 1
        name = f"const_{self.count}"
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def weight(self, array: np.ndarray) -> str:
        """Float32 values stored as the graph's storage says: "f32", "f16" (+ Cast), or "i8" (+ Cast and scale)."""
        array = np.asarray(array, np.float32)
        if self.storage == "f32":
            return self.raw(array)
        if self.storage == "f16":
            return self.op("Cast", self.raw(array.astype(np.float16)), to=TensorProto.FLOAT)
        scale = np.float32(max(np.abs(array).max(), 1e-8) / 127)
        quantised = self.op("Cast", self.raw(np.round(array / scale).astype(np.int8)), to=TensorProto.FLOAT)
        return self.op("Mul", quantised, self.raw(scale))

    def stored(self, array: np.ndarray) -> np.ndarray:
        """The float32 values that `weight` will have at run time."""
        array = np.asarray(array, np.float32)
        if self.storage == "f32":
            return array
        if self.storage == "f16":
            return array.astype(np.float16).astype(np.float32)
        scale = np.float32(max(np.abs(array).max(), 1e-8) / 127)
        return np.round(array / scale).astype(np.int8).astype(np.float32) * scale

    def split(self, value: str, sizes: Iterable[int], axis: int = 1) -> list[str]:
        sizes = list(sizes)
        self.count += 1
        outs = [f"split_{self.count}_{i}" for i in range(len(sizes))]
        self.nodes.append(helper.make_node("Split", [value, self.raw(np.array(sizes, np.int64))], outs, axis=axis))
        return outs

    def linear(self, value: str, kernel: np.ndarray, bias: np.ndarray | None = None) -> str:
        """value . kernel + bias, kernel [in, out]."""
        out = self.op("MatMul", value, self.weight(kernel))
        return out if bias is None else self.op("Add", out, self.weight(bias))

    def gates(self, i: str, candidate: str, f: str, o: str, c: str) -> tuple[str, str]:
        """New (h, c) of an LSTM cell from its pre-activations."""
        keep = self.op("Mul", self.op("Sigmoid", f), c)
        add = self.op("Mul", self.op("Sigmoid", i), self.op("Tanh", candidate))
        c_new = self.op("Add", keep, add)
        return self.op("Mul", self.op("Tanh", c_new), self.op("Sigmoid", o)), c_new

    def save(self, path: Path) -> str:
        """Writes the checked model; returns its sha256."""
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8, producer_name="solferino")
        onnx.checker.check_model(model, full_check=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        data = model.SerializeToString()
        path.write_bytes(data)
        return hashlib.sha256(data).hexdigest()


class Runner:
    """Runs a step graph with onnxruntime, carrying the state from zero."""

    def __init__(self, path: Path, states: Mapping[str, tuple[str, tuple[int, ...]]]) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.states = dict(states)

    def run(self, inputs: np.ndarray) -> np.ndarray:
        """Inputs [T, B, F] to logits [T, B, O]."""
        batch = inputs.shape[1]
        state = {name: np.zeros((batch, *shape), np.float32) for name, (_, shape) in self.states.items()}
        names = ["logits", *(out for out, _ in self.states.values())]
        logits = []
        for x in inputs:
            values = self.session.run(names, {"input": x, **state})
            logits.append(values[0])
            state = dict(zip(self.states, values[1:]))
        return np.stack(logits)


def rounded(array: np.ndarray) -> Any:
    """Nested lists with whole numbers written as such and seven significant digits elsewhere."""
    def value(v: float) -> float | int:
        return int(v) if v == int(v) else float(f"{v:.7g}")

    def walk(a: Any) -> Any:
        return [walk(b) for b in a] if isinstance(a, list) else value(a)

    return walk(np.asarray(array, np.float64).tolist())


def write_golden(folder: Path, inputs: np.ndarray, logits: np.ndarray, encoding: list[dict[str, Any]], **more: Any) -> None:
    golden = {
        "steps": inputs.shape[0], "batch": inputs.shape[1], "input": rounded(inputs), "logits": rounded(logits),
        "encoding": encoding, **more,
    }
    (folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        if value and isinstance(value[0], dict):
            return "[\n" + "".join(f"  {_toml(v)},\n" for v in value) + "]"
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def write_manifest(
    folder: Path, head: Mapping[str, Any], encoding: Mapping[str, Any], sha256: str, size: int, logits: int,
    states: Mapping[str, tuple[str, tuple[int, ...]]],
) -> None:
    graph = {
        "file": "step.onnx", "sha256": sha256, "input": {"name": "input", "size": size},
        "logits": {"name": "logits", "size": logits},
        "state": [{"input": i, "output": o, "shape": list(shape)} for i, (o, shape) in states.items()],
    }
    lines = ["format = 1", *(f"{k} = {_toml(v)}" for k, v in head.items()), "steps_per_quarter = 4", ""]
    lines += ["[encoding]", *(f"{k} = {_toml(v)}" for k, v in encoding.items()), ""]
    lines += ["[graph]", *(f"{k} = {_toml(v)}" for k, v in graph.items())]
    (folder / "manifest.toml").write_text("\n".join(lines) + "\n")
