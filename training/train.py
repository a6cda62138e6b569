"""From the shared data to the exported models: `python train.py all --shared ../../shared`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["fit"])
    parser.add_argument("--models", nargs="+", default=["drums", "melody", "mono"])
    parser.add_argument("--shared", type=Path, default=HERE / "../../shared")
    parser.add_argument("--run", help="name of the run's folder; default: the model's name")
    parser.add_argument("--set", nargs="*", default=[], help="recipe values, e.g. minutes=10 dropout=0.5")
    parser.add_argument("--start-from", type=Path)
    args = parser.parse_args()
    from soltrain.dataset import prepare
    from soltrain.fit import RECIPES, fit
    for name in args.models:
        recipe = RECIPES[name]
        for item in args.set:
            key, value = item.split("=")
            recipe = replace(recipe, **{key: type(getattr(recipe, key))(value)})
        splits = prepare("drums" if name == "drums" else "melody", args.shared, HERE / "cache")
        fit(recipe, splits, HERE / "runs" / (args.run or name), args.start_from)


if __name__ == "__main__":
    main()
