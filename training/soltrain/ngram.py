"""Counting baselines: interpolated modified Kneser-Ney over any list of context features, and mixtures of such models.

A model sees an ordered context (nearest feature first) and backs off by dropping the last feature. With the previous
events as context this is the ordinary n-gram; with the event a lag ago first it is an n-gram that looks back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .features import DRUM_BITS, Encoding, Tables, tables, to_class
from .sequence import Sequence, squash

_PRIME = np.uint64(0x9E3779B97F4A7C15)


def _mix(key: np.ndarray, value: np.ndarray) -> np.ndarray:
    """64-bit hash of (key, value); collisions are too rare to matter."""
    with np.errstate(over="ignore"):
        x = (key ^ (value.astype(np.int64) + 17).astype(np.uint64)) * _PRIME
        return (x ^ (x >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)


def _prefix_keys(context: np.ndarray) -> list[np.ndarray]:
    """Hashes [N] of the first 0, 1, .. columns of context [N, M]."""
    keys = [np.full(len(context), 1, np.uint64)]
    for column in context.T:
        keys.append(_mix(keys[-1], column))
    return keys


@dataclass
class _Order:
    """Counts of one order, sorted by hash."""

    grams: np.ndarray
    discounted: np.ndarray
    contexts: np.ndarray
    total: np.ndarray
    backoff: np.ndarray

    @staticmethod
    def build(context: np.ndarray, gram: np.ndarray, counts: np.ndarray) -> _Order:
        """From one row per distinct gram: its context's hash, its own hash, its (continuation) count."""
        n = [max(int((counts == k).sum()), 1) for k in (1, 2, 3, 4)]
        y = n[0] / (n[0] + 2 * n[1])
        discount = np.clip([0, 1 - 2 * y * n[1] / n[0], 2 - 3 * y * n[2] / n[1], 3 - 4 * y * n[3] / n[2]], 0, None)
        taken = np.minimum(discount[np.minimum(counts, 3)], counts)
        contexts, inverse = np.unique(context, return_inverse=True)
        total = np.bincount(inverse, counts)
        order = np.argsort(gram)
        return _Order(gram[order], (counts - taken)[order], contexts, total, np.bincount(inverse, taken) / total)


def _find(sorted_keys: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    at = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return at, sorted_keys[at] == keys


class KneserNey:
    """P(label | context); `fit` takes context [N, M] and labels [N], `probability` the same and gives [N]."""

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.orders: list[_Order] = []

    def fit(self, context: np.ndarray, label: np.ndarray) -> KneserNey:
        keys = _prefix_keys(context)
        grams = [_mix(k, label + 1_000_003) for k in keys]
        self.orders = []
        for m in range(len(keys)):
            if m == len(keys) - 1:
                _, first, counts = np.unique(grams[m], return_index=True, return_counts=True)
            else:
                # A lower order counts in how many longer contexts its gram was seen.
                _, longer = np.unique(grams[m + 1], return_index=True)
                _, index, counts = np.unique(grams[m][longer], return_index=True, return_counts=True)
                first = longer[index]
            self.orders.append(_Order.build(keys[m][first], grams[m][first], counts))
        return self

    def probability(self, context: np.ndarray, label: np.ndarray) -> np.ndarray:
        p = np.full(len(label), 1 / self.classes)
        for order, key in zip(self.orders, _prefix_keys(context)):
            at, known = _find(order.contexts, key)
            gram_at, seen = _find(order.grams, _mix(key, label + 1_000_003))
            own = np.where(seen, order.discounted[gram_at], 0) / order.total[at]
            p = np.where(known, own + order.backoff[at] * p, p)
        return p


@dataclass
class Positions:
    """Every predicted position of a set of clips: labels [N], tables' rows, and the previous events [N, 7]."""

    label: np.ndarray
    history: np.ndarray
    next: np.ndarray
    run: np.ndarray
    place: np.ndarray
    sounding: np.ndarray
    habit: np.ndarray
    votes: np.ndarray


def _usual(habit: np.ndarray) -> np.ndarray:
    """[N, H]: the lanes that each habit makes likelier than not, as bits."""
    likely = habit.reshape(len(habit), -1, DRUM_BITS) > 0
    return (likely << np.arange(DRUM_BITS)).sum(-1)


def _voted(votes: np.ndarray, e: Encoding) -> np.ndarray:
    """[N, 2]: what each block of the precedents makes likeliest: the lanes as bits, or kind of event and pitch."""
    if e.kind == "drums_lags":
        return _usual(votes.reshape(len(votes), -1))
    kind = np.concatenate([votes[..., :2], np.zeros_like(votes[..., :1])], -1).argmax(-1)
    return kind * 1000 + votes[..., 2:].argmax(-1)


def positions(sequences: list[Sequence], e: Encoding, depth: int = 7) -> Positions:
    parts: list[tuple[np.ndarray, ...]] = []
    for s in sequences:
        events = s.events if e.key is None else squash(s.events, e.min_pitch, e.max_pitch, e.key)
        classes = to_class(events, e)
        t: Tables = tables(classes, s.steps_per_bar, s.compound, e)
        length = len(classes) - 1
        padded = np.concatenate([np.full(depth, -1), classes])
        history = np.stack([padded[depth - d : depth - d + length] for d in range(depth)], axis=1)
        run = np.round(t.flags.reshape(-1, e.columns, 3)[:-1, :, 2] * e.run_cap).astype(np.int64)
        n = np.arange(length) + 1
        place = (n % s.steps_per_bar) * 64 + s.steps_per_bar * 2 + s.compound
        age = np.round(t.since[:-1] * 16).astype(np.int64)
        parts.append((classes[1:], history, t.next[:-1], np.where(run > 0, np.floor(np.log2(np.maximum(run, 1))) + 1, 0).astype(np.int64),
                      place, np.stack([t.sounding[:-1], age], axis=1), _usual(t.habit[:-1]), _voted(t.votes[:-1], e)))
    return Positions(*(np.concatenate(column) for column in zip(*parts)))


def contexts(p: Positions, e: Encoding) -> dict[str, np.ndarray]:
    """Context features of the members of the mixtures. "plain" is the n-gram; "look" members also see the events a
    lag ago; "full" members see everything that the net is given: run lengths, place in the bar, the match, the habits and
    precedents (as what they make likely), the sounding note."""
    h, k = p.history, len(e.lags)
    out = {"plain": h}
    for i in range(k):
        out[f"look {e.lags[i]}"] = np.column_stack([p.next[:, i], h[:, :6]])
    # Long contexts are rare ones: of many lags the mixture also gets members that see only the doublings.
    several = {"all": list(range(k)), "doublings": [i for i, lag in enumerate(e.lags) if lag in (1, 2, 4, 8)]}
    if several["doublings"] in ([], several["all"]):
        del several["doublings"]
    for name, lags in several.items():
        out[f"look {name}"] = np.column_stack([p.next[:, lags[:2]], h[:, 0], p.next[:, lags[2:]], h[:, 1:3]])
        out[f"look far, {name}"] = np.column_stack([p.next[:, lags[::-1]], h[:, :3]])
    for i in range(k):
        out[f"full {e.lags[i]}"] = np.column_stack([p.run[:, i], p.next[:, i], h[:, 0], p.place, h[:, 1:3]])
    if e.match:
        out["full match"] = np.column_stack([p.run[:, k], p.next[:, k], h[:, 0], p.place, h[:, 1:3]])
        out["full match and 1"] = np.column_stack([p.next[:, [k, 0]], p.run[:, [k, 0]], h[:, :2]])
    if e.habits:
        out["full habits"] = np.column_stack([p.habit, h[:, :2], p.next[:, 0]])
        out["full habit and place"] = np.column_stack([p.habit[:, 0], p.place, h[:, 0], p.next[:, :2]])
    if e.precedents:
        out["full precedents"] = np.column_stack([p.votes, h[:, 0], p.next[:, 0], h[:, 1]])
        out["full precedents and place"] = np.column_stack([p.votes[:, 1], p.place, h[:, 0], p.next[:, :2]])
    out["full runs"] = np.column_stack([p.next[:, :2], p.run[:, :2], p.next[:, 2:k], p.run[:, 2:k], h[:, :2]])
    out["full place"] = np.column_stack([p.place, h[:, :5]])
    if e.kind != "drums_lags":
        out["full note"] = np.column_stack([p.sounding[:, 1], p.place, p.sounding[:, 0], h[:, 0], p.next[:, 0], h[:, 1:3]])
    return out


def mixture_weights(p: np.ndarray, rounds: int = 200) -> np.ndarray:
    """EM for the weights [M] of a mixture from p [N, M], the members' probabilities of the labels."""
    weights = np.full(p.shape[1], 1 / p.shape[1])
    for _ in range(rounds):
        share = p * weights
        weights = (share / share.sum(1, keepdims=True)).mean(0)
    return weights


def _report(p: np.ndarray, positions: Positions) -> dict[str, float]:
    nats = -np.log(p)
    return {"nats": float(nats.mean()), "on events": float(nats[positions.label > 0].mean())}


def _accuracy(models: list[KneserNey], columns: list[np.ndarray], weights: np.ndarray, label: np.ndarray, classes: int) -> float:
    """Accuracy of a mixture's most likely class, on a random 1,000 positions."""
    chosen = np.random.default_rng(0).permutation(len(label))[:1000]
    scores = np.zeros((len(chosen), classes))
    for model, context, weight in zip(models, columns, weights):
        if weight < 1e-3:
            continue
        rows = np.repeat(context[chosen], classes, axis=0)
        labels = np.tile(np.arange(classes), len(chosen))
        scores += weight * model.probability(rows, labels).reshape(-1, classes)
    return float((scores.argmax(1) == label[chosen]).mean())


def copy_last_bar(fit: Positions, p: Positions, unigram: np.ndarray) -> tuple[np.ndarray, float]:
    """Probabilities [N] of "the event a bar ago, else the unigram", its share fitted on `fit`; and the accuracy."""
    def members(q: Positions) -> np.ndarray:
        return np.column_stack([q.next[:, 0] == q.label, unigram[q.label]]).astype(float)

    weights = mixture_weights(members(fit))
    return members(p) @ weights, float((np.maximum(p.next[:, 0], 0) == p.label).mean())


def baselines(splits: dict[str, list[Sequence]], e: Encoding) -> dict[str, dict[str, dict[str, float]]]:
    """Figures by baseline and split. Mixture weights come from validation; nothing is chosen on test."""
    data = {name: positions(splits[name], e) for name in ("train", "validation", "test")}
    classes = 512 if e.kind == "drums_lags" else e.classes
    unigram = (np.bincount(data["train"].label, minlength=classes) + 1) / (len(data["train"].label) + classes)
    sees = {name: contexts(p, e) for name, p in data.items()}
    members = list(sees["train"])
    models = {m: KneserNey(classes).fit(sees["train"][m], data["train"].label) for m in members}
    held = {name: {m: models[m].probability(sees[name][m], data[name].label) for m in members} for name in ("validation", "test")}
    mixtures = {
        "Kneser-Ney": ["plain"], "mixed": [m for m in members if not m.startswith("full")], "mixed, all the net sees": members,
    }
    out: dict[str, dict[str, dict[str, float]]] = {}
    for name, p in ((n, data[n]) for n in ("validation", "test")):
        rows = {
            "uniform": _report(np.full(len(p.label), 1 / classes), p) | {"accuracy": 1 / classes},
            "unigram": _report(unigram[p.label], p) | {"accuracy": float((p.label == unigram.argmax()).mean())},
        }
        copied, accuracy = copy_last_bar(data["validation"], p, unigram)
        rows["copy last bar"] = _report(copied, p) | {"accuracy": accuracy}
        for title, chosen in mixtures.items():
            weights = mixture_weights(np.column_stack([held["validation"][m] for m in chosen]))
            mixed = np.column_stack([held[name][m] for m in chosen]) @ weights
            rows[title] = _report(mixed, p) | {
                "accuracy": _accuracy([models[m] for m in chosen], [sees[name][m] for m in chosen], weights, p.label, classes)
            }
        for title, row in rows.items():
            out.setdefault(title, {})[name] = row
    return out
