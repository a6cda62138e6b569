"""Figures of a trained net beside the baselines, its curve, and the card that goes with the model."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from .batches import held_out
from .dataset import describe
from .fit import load_net
from .features import DRUM_BITS
from .metrics import judge
from .nets import lar_logits, mask_bits
from .ngram import baselines
from .sequence import Sequence

Splits = dict[str, list[Sequence]]
CONTINUATIONS = 1000


def greedy_masks(head: torch.Tensor) -> torch.Tensor:
    """The masks [...] that temperature 0 takes from heads [..., 45]."""
    bits = head.new_zeros(*head.shape[:-1], DRUM_BITS)
    for i in range(DRUM_BITS):
        bits[..., i] = (lar_logits(head, bits)[..., i] > 0).float()
    return (bits.long() << torch.arange(DRUM_BITS)).sum(-1)


@torch.no_grad()
def figures(net: nn.Module, sequences: list[Sequence]) -> dict[str, float]:
    """Nats per step, on steps with an event, and accuracy of the greedy choice."""
    net.eval()
    drums = net.encoding.kind == "drums_lags"
    losses, events, hits = [], [], []
    for x, target, mask in held_out(sequences, net.encoding):
        out = net(x)[0]
        best = greedy_masks(out) if drums else out.argmax(-1)
        keep = mask > 0
        losses.append(net.loss(out, target)[keep])
        events.append(target[keep] > 0)
        hits.append((best == target)[keep])
    loss, event, hit = torch.cat(losses), torch.cat(events), torch.cat(hits)
    return {"nats": float(loss.mean()), "on events": float(loss[event].mean()), "accuracy": float(hit.float().mean())}


def lane_nats(net: nn.Module, sequences: list[Sequence]) -> list[float]:
    """Nats per step of each drum lane given the lanes before it."""
    total, count = torch.zeros(DRUM_BITS), 0.0
    with torch.no_grad():
        for x, target, mask in held_out(sequences, net.encoding):
            bits = mask_bits(target)
            loss = nn.functional.binary_cross_entropy_with_logits(lar_logits(net(x)[0], bits), bits, reduction="none")
            total += (loss * mask[..., None]).sum((0, 1))
            count += float(mask.sum())
    return (total / count).tolist()


def ablated(net: nn.Module, what: str) -> nn.Module:
    """The net without its copy gates, or blind to the repeat and run inputs, the match or the precedents (their weights set to zero)."""
    net = copy.deepcopy(net)
    k, drums = net.encoding.columns, net.encoding.kind == "drums_lags"
    block, gates = (DRUM_BITS, DRUM_BITS) if drums else (net.EMBEDDING, 3)
    flags = block * (1 + 2 * k) if drums else block * (2 + k)
    blind, flag, gate = [], [], []
    if what == "copy gates":
        gate = list(range(k * gates))
    elif what == "run inputs":
        flag = [3 * i + j for i in range(k) for j in (1, 2)]
    elif what == "precedents":
        first = flags + 3 * k + block * len(net.encoding.habits) if drums else net.rnn.input_size - block * net.encoding.voted
        blind = list(range(first, first + block * net.encoding.voted))
        gate = list(range((k + len(net.encoding.habits)) * gates, net.gates.out_features))
    else:
        blind = list(range(block * k, block * (k + 1))) + list(range(block * 2 * k, block * (2 * k + 1))) * drums
        flag = list(range(3 * k - 3, 3 * k))
        gate = list(range((k - 1) * gates, k * gates))
    with torch.no_grad():
        net.rnn.weight_ih_l0[:, blind + [flags + f for f in flag]] = 0
        net.gates.weight[:, [net.hidden + f for f in flag]] = 0
        net.gates.weight[gate] = 0
        net.gates.bias[gate] = 0
    return net


def cached_baselines(model: str, splits: Splits, runs: Path, net: nn.Module) -> dict[str, Any]:
    path = runs / f"baselines_{model}.json"
    if not path.exists():
        path.write_text(json.dumps(baselines(splits, net.encoding)))
    return json.loads(path.read_text())


def measure(model: str, run: Path, splits: Splits, count: int = CONTINUATIONS) -> dict[str, Any]:
    """Everything the card states, also left as report.json in `run`."""
    torch.set_num_threads(1)
    net = load_net(run)
    report = {
        "net": {name: figures(net, splits[name]) for name in ("validation", "test")},
        "baselines": cached_baselines(model, splits, run.parent, net),
        "continuations": [judge(net, splits["train"], splits["test"], count, t, 0) for t in (1.0, 0.9, 0.8)],
        "continuations, validation": judge(net, splits["train"], splits["validation"], count, 1.0, 0),
        "without": {
            what: judge(ablated(net, what), splits["train"], splits["test"], count // 2, 1.0, 0)["repeats"] for what in ("copy gates", "run inputs", "match", "precedents")
        },
    }
    if model == "drums":
        report["lanes"] = lane_nats(net, splits["test"])
    (run / "report.json").write_text(json.dumps(report, indent=1))
    return report


def draw_curve(histories: list[list[dict[str, float]]], report: dict[str, Any], path: Path) -> None:
    """Training and validation nats over training steps, with the baselines as lines."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 3.6), dpi=80)
    done = 0.0
    for history in histories:
        x = [(done + h["steps"]) / 1e6 for h in history]
        done += history[-1]["steps"]
        axes.plot(x, [h["train"] for h in history], ".-", color="#b0b0b0", label="training (dropout on)" if history is histories[0] else None)
        axes.plot(x, [h["validation"] for h in history], ".-", color="#c02040", label="validation" if history is histories[0] else None)
    for title, style in (("Kneser-Ney", ":"), ("mixed", "--"), ("mixed, all the net sees", "-.")):
        value = report["baselines"][title]["validation"]["nats"]
        axes.axhline(value, ls=style, lw=1, color="#404040", label=f"{title} {value:.3f}")
    axes.set_xlabel("training steps seen, millions")
    axes.set_ylabel("nats per step")
    axes.legend(fontsize=7, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)


def below(net: dict[str, float], base: dict[str, float]) -> float:
    return 100 * (1 - net["nats"] / base["nats"])


def data_table(splits: Splits, licences: dict[str, str]) -> str:
    lines = ["| split | source | pieces | clips | steps |", "|---|---|---|---|---|"]
    for split, source, pieces, clips, steps in describe(splits):
        lines.append(f"| {split} | {licences.get(source, source)} | {pieces} | {clips} | {steps:,} |")
    return "\n".join(lines)


def score_table(report: dict[str, Any]) -> str:
    """The net beside the baselines: validation / test."""
    lines = ["| validation / test | nats a step | on events | accuracy | the net is below by |", "|---|---|---|---|---|"]

    def cells(rows: dict[str, dict[str, float]]) -> list[str]:
        v, t = rows["validation"], rows["test"]
        return [f"{v['nats']:.3f} / {t['nats']:.3f}", f"{v['on events']:.3f} / {t['on events']:.3f}", f"{v['accuracy']:.3f} / {t['accuracy']:.3f}"]

    net = report["net"]
    for title, rows in report["baselines"].items():
        gain = " / ".join(f"{below(net[s], rows[s]):.1f} %" for s in ("validation", "test"))
        lines.append(f"| {title} | {' | '.join(cells(rows))} | {gain} |")
    lines.append(f"| **this net** | {' | '.join(f'**{c}**' for c in cells(net))} | |")
    return "\n".join(lines)


def continuation_table(report: dict[str, Any]) -> str:
    runs = report["continuations"]
    head = " | ".join(f"T = {r['temperature']:g}" for r in runs)
    lines = [f"| | {head} | real music |", "|---|" + "---|" * (len(runs) + 1)]
    for name in runs[0]["overlap"]:
        lines.append(f"| overlap, {name} | " + " | ".join(f"{r['overlap'][name]:.3f}" for r in runs) + f" | {runs[0]['overlap real'][name]:.3f} |")
    for title, key in (("bars that repeat a bar of the primer", "repeats"), ("four-bar copies of training data", "copies")):
        lines.append(f"| {title} | " + " | ".join(f"{100 * r[key]:.1f} %" for r in runs) + f" | {100 * runs[0][key + ' real']:.1f} % |")
    return "\n".join(lines)


def bar_table(model: str, report: dict[str, Any]) -> str:
    """Each bar of shared/design/training.md with the measured number, met or missed."""
    net, mixed = report["net"], report["baselines"]["mixed"]
    first = report["continuations"][0]
    gain = {s: below(net[s], mixed[s]) for s in ("validation", "test")}
    distance = min(first["overlap"][k] - first["overlap real"][k] for k in first["overlap"])
    lines = ["| bar | wanted | measured | |", "|---|---|---|---|"]
    for split, wanted in (("test", 35 if model == "drums" else 32), ("validation", 32)):
        value = gain[split]
        verdict = "met" if value >= wanted else "**missed**; the honest floor of 25 % is " + ("met" if value >= 25 else "missed too")
        lines.append(f"| below mixed, {split} | ≥ {wanted} % | {value:.1f} % | {verdict} |")
    verdicts = [
        ("overlap with held-out music, worst histogram, against real against real", "≥ -.05", f"{distance:+.3f}", distance >= -0.05),
        ("four-bar copies of training data", "≤ 1 %", f"{100 * first['copies']:.1f} %", first["copies"] <= 0.01),
            ]
    for title, wanted, value, met in verdicts:
        lines.append(f"| {title} | {wanted} | {value} | {'met' if met else '**missed**'} |")
    for split, judged in (("test", first), ("validation", report["continuations, validation"])):
        share = judged["repeats"] / max(judged["repeats real"], 1e-9)
        verdict = "met" if share >= 1 else "**missed**; the honest floor of ½ is " + ("met" if share >= 0.5 else "missed too")
        lines.append(f"| repeated primer bars beside the real share, {split} | ≥ 1 | {share:.2f} | {verdict} |")
    return "\n".join(lines)
