"""Training of one network: AdamW, warm-up and cosine over a budget of core minutes, averaged weights, best on validation."""

from __future__ import annotations

import copy
import json
import math
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .batches import Segments, held_out
from .features import ENCODINGS, Encoding
from .nets import DrumsNet, MelodyNet, adopt, build
from .reload import restored
from .sequence import Sequence


# Without the instructions PyTorch computes bfloat16 in a slow way.
BF16 = torch.cpu.get_capabilities().get("avx512_bf16", False)


@dataclass
class Recipe:
    """Everything a run depends on besides the data; `minutes` are those of one core."""

    model: str
    minutes: float
    lags: tuple[int, ...] = (1, 2, 4, 8)
    hidden: int = 256
    dropout: float = 0.4
    batch: int = 16
    length: int = 160
    rate: float = 3e-3
    weight_decay: float = 0.01
    average: float = 0.999
    fresh: float = 0.5
    chance: float = 0.1
    weight_drop: float = 0.0
    blind: float = 0.0
    mix: float = 0.0
    steady: float = 0.0
    match: bool = True
    habits: tuple[int, ...] = ()
    precedents: bool = True
    seed: int = 1
    every: float = 120.0
    weights: dict[str, float] = field(default_factory=dict)


RECIPES = {
    "drums": Recipe("drums", 100.0, (1, 2, 3, 4, 5, 6, 7, 8), hidden=192, batch=32, dropout=0.5, weight_drop=0.45, blind=0.1,
                    mix=0.3, fresh=0.3, chance=0.08, weight_decay=0.03, weights={"freedoom": 0.5}, habits=(1, 2, 4)),
    "melody": Recipe("melody", 120.0, batch=32, dropout=0.35, weight_drop=0.35, blind=0.1, fresh=0.3, chance=0.08, length=256,
                     weight_decay=0.02),
    "mono": Recipe("mono", 120.0, batch=32, dropout=0.3, weight_drop=0.3, blind=0.1, fresh=0.3, length=256, weight_decay=0.02),
}


def recipe_encoding(recipe: dict[str, Any]) -> Encoding:
    """The encoding that a recipe.json asks for."""
    lags, habits = (tuple(recipe.get(name, default)) for name, default in (("lags", (1, 2, 4, 8)), ("habits", ())))
    return replace(ENCODINGS[recipe["model"]], lags=lags, match=recipe.get("match", False), habits=habits,
                   precedents=recipe.get("precedents", False))


@torch.no_grad()
def evaluate(net: nn.Module, sequences: list[Sequence]) -> float:
    """Nats per step over whole clips, from a zero state, the first event given."""
    net.eval()
    total = count = 0.0
    for x, target, mask in held_out(sequences, net.encoding):
        loss = net.loss(net(x)[0], target)
        total += float((loss * mask).sum())
        count += float(mask.sum())
    return total / count


def learning_rate(recipe: Recipe, progress: float, update: int) -> float:
    cosine = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(progress, 1)))
    return recipe.rate * min(1, (update + 1) / 50) * cosine


def _unigram_bias(net: nn.Module, sequences: list[Sequence]) -> None:
    """Starts the output at the log frequencies, so that the first updates are not spent on them."""
    total = count = 0.0
    for _, target, mask in held_out(sequences[:400], net.encoding):
        if net.encoding.kind == "drums_lags":
            bits = (target[..., None] >> torch.arange(9)) & 1
        else:
            bits = nn.functional.one_hot(target, net.encoding.classes)
        total = total + (bits * mask[..., None]).sum((0, 1))
        count += mask.sum()
    p = (total + 1) / (count + 2)
    with torch.no_grad():
        net.head.bias[: len(p)] = torch.logit(p) if net.encoding.kind == "drums_lags" else p.log()


def load_net(run: Path) -> DrumsNet | MelodyNet:
    """The best network of a run, in evaluation mode."""
    recipe = json.loads((run / "recipe.json").read_text())
    net = build(recipe_encoding(recipe), recipe["hidden"], 0.0)
    net.load_state_dict(torch.load(run / "best.pt"))
    return net.eval()


def net_of(folder: Path) -> DrumsNet | MelodyNet:
    """The network of a model's folder or of a run's."""
    return restored(folder) if (folder / "manifest.toml").exists() else load_net(folder)


def blend(start: Path, last: Path, share: float, run: Path) -> None:
    """Leaves in `run` a net between one and what training made of it, `share` of the way (Wortsman et al. 2022)."""
    net, before = load_net(last), net_of(start).state_dict()
    run.mkdir(parents=True, exist_ok=True)
    torch.save({name: before[name].lerp(value, share) for name, value in net.state_dict().items()}, run / "best.pt")
    recipe = json.loads((last / "recipe.json").read_text())
    (run / "recipe.json").write_text(json.dumps(recipe | {"blended": share}, indent=1))


def fit(recipe: Recipe, splits: dict[str, list[Sequence]], run: Path, start_from: Path | None = None) -> None:
    """Trains and leaves best.pt (averaged weights), history.json and recipe.json in `run`."""
    torch.set_num_threads(1)
    torch.manual_seed(recipe.seed)
    encoding = recipe_encoding(asdict(recipe))
    net = build(encoding, recipe.hidden, recipe.dropout, recipe.weight_drop)
    _unigram_bias(net, splits["train"])
    if start_from is not None:
        earlier = net_of(start_from)
        adopt(net, earlier.state_dict(), earlier.encoding)
    averaged = copy.deepcopy(net)
    optimizer = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay, betas=(0.9, 0.99))
    run.mkdir(parents=True, exist_ok=True)
    (run / "recipe.json").write_text(json.dumps(asdict(recipe) | {"start_from": start_from and start_from.name}, indent=1))
    segments = Segments(splits["train"], encoding, recipe.batch, recipe.length, recipe.seed, recipe.weights,
                        recipe.fresh, recipe.chance, recipe.blind, recipe.mix, recipe.steady)
    history: list[dict[str, float]] = []
    best, seen, running, since = math.inf, 0.0, 0.0, 0
    # Processor time of this one thread, so that a busy machine trains later and not less.
    began = checked = time.process_time()
    for update, (x, target, mask) in enumerate(segments):
        now = time.process_time()
        progress = (now - began) / (60 * recipe.minutes)
        if now - checked > recipe.every or progress >= 1:
            nats = evaluate(averaged, splits["validation"])
            history.append({
                "minutes": (time.process_time() - began) / 60, "updates": update, "steps": seen,
                "train": running / max(since, 1), "validation": nats,
            })
            print(json.dumps(history[-1]), flush=True)
            (run / "history.json").write_text(json.dumps(history))
            if nats < best:
                best = nats
                torch.save(averaged.state_dict(), run / "best.pt")
            running, since, checked = 0.0, 0, time.process_time()
            if progress >= 1:
                return
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(recipe, progress, update)
        net.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=BF16):
            out = net(x)[0]
        loss = (net.loss(out.float(), target) * mask).sum() / mask.sum()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        decay = min(recipe.average, (1 + update) / (10 + update))
        with torch.no_grad():
            for a, b in zip(averaged.parameters(), net.parameters()):
                a.lerp_(b, 1 - decay)
        running += loss.item()
        since += 1
        seen += float(mask.sum())
