"""From the shared data to the exported models: `python train.py all --shared ../../shared`.

Commands: data (read and cache), fit (train), blend (average a net and the one it came from), finish (evaluate, export,
card, curves of runs that exist), all.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from soltrain.card import write_card
from soltrain.dataset import prepare
from soltrain.export import export
from soltrain.fit import RECIPES, Recipe, blend, fit
from soltrain.report import CONTINUATIONS, measure

HERE = Path(__file__).resolve().parent


def changed(recipe: Recipe, settings: list[str]) -> Recipe:
    """The recipe with values such as "minutes=10" or "lags=1,2,4" replaced."""
    for item in settings:
        key, value = item.split("=")
        kind = type(getattr(recipe, key))
        parse = {tuple: lambda text: tuple(map(int, text.split(","))), bool: lambda text: bool(int(text))}.get(kind, kind)
        recipe = replace(recipe, **{key: parse(value)})
    return recipe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["data", "fit", "blend", "finish", "all"])
    parser.add_argument("--models", nargs="+", choices=list(RECIPES), default=list(RECIPES))
    parser.add_argument("--shared", type=Path, default=HERE / "../../shared", help="folder that holds data/midi")
    parser.add_argument("--out", type=Path, default=HERE / "../models")
    parser.add_argument("--run", help="name of the run's folder under runs/; default: the model's name")
    parser.add_argument("--chain", nargs="+", help="blend, finish: the runs that led to the net, in order; default: the one run")
    parser.add_argument("--share", type=float, default=0.5, help="blend: how much of the last run's net is taken")
    parser.add_argument("--set", nargs="*", default=[], help="recipe values, such as minutes=10 dropout=0.5")
    parser.add_argument("--count", type=int, default=CONTINUATIONS, help="continuations that are judged")
    parser.add_argument("--start-from", help="fit, blend: the folder of a run or of a model whose net is the starting point")
    args = parser.parse_args()
    for model in args.models:
        splits = prepare("drums" if model == "drums" else "melody", args.shared, HERE / "cache")
        run = HERE / "runs" / (args.run or model)
        chain = [HERE / "runs" / name for name in args.chain] if args.chain else [run]
        start = HERE / args.start_from if args.start_from else None
        if args.command == "blend":
            if start is None:
                parser.error("blend needs --start-from, the folder that the runs started from")
            blend(start, chain[-1], args.share, run)
        if args.command in ("fit", "all"):
            fit(changed(RECIPES[model], args.set), splits, run, start)
        if args.command in ("finish", "all"):
            folder = args.out / model
            export(model, chain[-1], folder, splits)
            write_card(model, chain, folder, splits, measure(model, chain[-1], splits, args.count))


if __name__ == "__main__":
    main()
