"""Features against a slow reference, the drum head against enumeration, exported graphs against PyTorch."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from soltrain.batches import Segments, chances, collate, net_input
from soltrain.export import encoding_table, step_graph
from soltrain.features import DRUM_BITS, ENCODINGS, MATCH_CAP, MATCH_REACH, Encoding, encode, match, tables, to_class, vote_block
from soltrain.fit import blend, load_net, recipe_encoding
from soltrain.graph import Runner, write_manifest
from soltrain.nets import adopt, build, lar_logits
from soltrain.reload import restored
from soltrain.sample import Growing
from soltrain.sequence import Sequence

METERS = [(16, False), (12, False), (12, True)]


def random_clip(encoding: Encoding, steps_per_bar: int, seed: int) -> np.ndarray:
    """Ten bars in which bars come back, some with a changed event."""
    rng = np.random.default_rng(seed)
    if encoding.kind == "drums_lags":
        bars = rng.integers(0, 512, (3, steps_per_bar)) * (rng.random((3, steps_per_bar)) < 0.6)
    else:
        pitches = rng.integers(encoding.min_pitch, encoding.max_pitch, (3, steps_per_bar))
        bars = np.where(rng.random((3, steps_per_bar)) < 0.5, pitches, rng.choice([-2, -1], (3, steps_per_bar)))
    clip = bars[rng.integers(0, 3, 10)].ravel()
    clip[rng.integers(0, len(clip), 4)] = clip[0]
    return clip.astype(np.int16)


def slow_match(events: list[int], p: int, e: Encoding) -> tuple[int | None, int | None, int]:
    """The event that followed the longest earlier passage that ends as the clip does at p, the one after, its length."""
    drums = e.kind == "drums_lags"

    def note(q: int) -> int | None:
        return next((events[i] for i in range(q, -1, -1) if events[i] >= 0), None)

    def token(q: int) -> object:
        if drums or events[q] < 0:
            return events[q]
        before = note(q - 1)
        return ("interval", 0 if before is None else events[q] - before)

    longest, distance = 0, 0
    for d in range(1, min(p, MATCH_REACH) + 1):
        run = 0
        while run < MATCH_CAP and p - d - run >= 0 and token(p - run) == token(p - d - run):
            run += 1
        if run > longest:
            longest, distance = run, d
    if longest == 0:
        return None, None, 0
    event = events[p + 1 - distance]
    if not drums and event >= 0 and note(p - distance) is not None:
        event += note(p) - note(p - distance)
        event = event if e.min_pitch <= event < e.max_pitch else None
    return event, events[p + 2 - distance] if distance > 1 else None, longest


def agreement(tokens: list, p: int, q: int, cap: int) -> int:
    run = 0
    while run < cap and q - run >= 0 and tokens[p - run] == tokens[q - run]:
        run += 1
    return run


def slow_drum_votes(events: list[int], p: int, beat: int) -> list[float]:
    """Log-odds of a hit of each lane at p + 1: by all whole beats before, and by those that agree."""
    lanes = [[(event >> i) & 1 for event in events] for i in range(9)]
    plain, weighed = [[0, 0] for _ in lanes], [[0, 0] for _ in lanes]
    for q in range(p - beat, max(p - 513, -1), -beat):
        runs = [agreement(lane, p, q, 16) for lane in lanes]
        shared = (1 + min(runs[0], runs[1])) * (1 + min(runs[2], runs[3], runs[7], runs[8]))
        for i, lane in enumerate(lanes):
            plain[i][lane[q + 1]] += 1
            weighed[i][lane[q + 1]] += (1 + runs[i]) ** 3 * shared
    return [math.log((hits + 0.5) / (misses + 0.5)) / 4 for misses, hits in plain + weighed]


def slow_melody_votes(events: list[int], p: int, steps_per_bar: int, beat: int, e: Encoding) -> list[float]:
    """Log-odds of no event and note off against a note, by bars and by beats; of each pitch, by intervals and by pitches."""
    kinds = [min(event, 0) + 2 for event in events]
    notes = [event for event in events[: p + 1] if event >= 0]
    intervals = [None] + [b - a for a, b in zip(notes, notes[1:])]
    last, out = len(notes) - 1, []
    for unit, tokens in ((steps_per_bar, intervals), (beat, notes)):
        weights = [0, 0, 0]
        for q in range(p - unit, max(p - 513, -1), -unit):
            weights[kinds[q + 1]] += (1 + agreement(kinds, p, q, 32)) ** 3
        out += [math.log((w + 0.5) / (weights[2] + 0.5)) / 4 for w in weights[:2]]
        votes = [0] * e.pitches
        for q in range(last - 1, max(last - 129, -1), -1):
            pitch = notes[q + 1] + (notes[last] - notes[q] if tokens is intervals else 0) - e.min_pitch
            run = 0
            while run < 16 and q - run >= 0 and tokens[q - run] is not None and tokens[last - run] == tokens[q - run]:
                run += 1
            if 0 <= pitch < e.pitches:
                votes[pitch] += (1 + run) ** 3 - 1
        odds = [math.log(e.pitches * (v + 0.1) / (sum(votes) + 0.1 * e.pitches)) / 4 for v in votes]
        out += odds if notes else [0.0] * e.pitches
    return out


def slow_vector(events: list[int], p: int, steps_per_bar: int, compound: bool, e: Encoding) -> list[float]:
    """The input at position p, written from the contract one number at a time."""
    drums = e.kind == "drums_lags"
    n = p + 1
    lags = [bars * steps_per_bar for bars in e.lags]

    def block(event: int | None) -> list[float]:
        if drums:
            return [float(event is not None and (event >> i) & 1) for i in range(9)]
        index = None if event is None else event + 2 if event < 0 else event - e.min_pitch + 2
        return [float(i == index) for i in range(2 + e.max_pitch - e.min_pitch)]

    row = block(events[p])
    for lag in lags:
        row += block(events[n - lag] if n >= lag else None)
    following, after, length = slow_match(events, p, e)
    row += block(following)
    beat = 6 if compound else 4
    if not drums:
        row += slow_melody_votes(events, p, steps_per_bar, beat, e)
    else:
        for lag in lags:
            row += block(events[n + 1 - lag] if n >= lag else None)
        row += block(after)
    for lag in lags:
        run, q = 0, p
        while q - lag >= 0 and events[q] == events[q - lag]:
            run, q = run + 1, q - 1
        row += [float(n >= lag), float(run > 0), min(run, e.run_cap) / e.run_cap]
    came_true = p > 0 and slow_match(events, p - 1, e)[0] == events[p]
    row += [float(length > 0), float(came_true), length / MATCH_CAP]
    for bars in e.habits:
        heard = [events[j] for j in range(n - bars * steps_per_bar, -1, -bars * steps_per_bar)]
        for i in range(9):
            hits = sum((event >> i) & 1 for event in heard)
            row.append(math.log((hits + 0.5) / (len(heard) - hits + 0.5)) / 4)
    if drums:
        row += slow_drum_votes(events, p, beat)
    else:
        q = p
        while q >= 0 and events[q] == -2:
            q -= 1
        pitch = events[q] if q >= 0 and events[q] >= 0 else None
        row += [float(pitch == k) for k in range(e.min_pitch, e.max_pitch)]
        row.append(0.0 if pitch is None else min(p - q, 16) / 16)
    s, bar = n % steps_per_bar, n // steps_per_bar
    row += [1.0 if (s >> b) & 1 else -1.0 for b in range(5)] + [1.0 if (bar >> b) & 1 else -1.0 for b in range(3)]
    return row + [steps_per_bar / 16, float(compound)]


@pytest.mark.parametrize("model", ENCODINGS)
@pytest.mark.parametrize("meter", METERS)
def test_features_equal_the_slow_reference(model, meter):
    e = ENCODINGS[model]
    events = random_clip(e, meter[0], 1)
    expected = [slow_vector(events.tolist(), p, *meter, e) for p in range(0, len(events), 3)]
    np.testing.assert_allclose(encode(events, *meter, e)[::3], np.array(expected, np.float32), rtol=1e-6)


def test_a_clip_of_one_event_has_features():
    for e in ENCODINGS.values():
        events = np.array([1 if e.kind == "drums_lags" else 60])
        expected = slow_vector(events.tolist(), 0, 16, False, e)
        np.testing.assert_allclose(encode(events, 16, False, e)[0], np.array(expected, np.float32), rtol=1e-6)


def test_drum_head_is_a_distribution_over_512():
    torch.manual_seed(0)
    head = 3 * torch.randn(5, 1, 45)
    bits = ((torch.arange(512)[:, None] >> torch.arange(DRUM_BITS)) & 1).float()
    logits = lar_logits(head.expand(5, 512, 45), bits.expand(5, 512, 9))
    log_p = -torch.nn.functional.softplus((1 - 2 * bits) * logits).sum(-1)
    torch.testing.assert_close(log_p.exp().sum(1), torch.ones(5))


@pytest.mark.parametrize("model", ENCODINGS)
def test_exported_graph_equals_torch(model, tmp_path):
    e = ENCODINGS[model]
    torch.manual_seed(1)
    net = build(e, 16, 0.0).eval()
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(p.half().float())
    graph, states = step_graph(net)
    graph.save(tmp_path / "step.onnx")
    rows, inputs = [], []
    for seed in (2, 3):
        events = random_clip(e, 16, seed)
        t = tables(to_class(events, e), 16, False, e)
        rows.append((net_input(t, e), t.event))
        inputs.append(encode(events, 16, False, e))
    with torch.no_grad():
        expected = net(collate(rows)[0])[0].numpy()
    got = Runner(tmp_path / "step.onnx", states).run(np.stack(inputs, axis=1))
    np.testing.assert_allclose(got.transpose(1, 0, 2), expected, atol=2e-3)


@pytest.mark.parametrize("precedents", [True, False])
@pytest.mark.parametrize("model", ENCODINGS)
def test_a_net_comes_back_from_its_graph(model, precedents, tmp_path):
    e = replace(ENCODINGS[model], precedents=precedents)
    torch.manual_seed(3)
    net = build(e, 16, 0.0).eval()
    graph, states = step_graph(net)
    digest = graph.save(tmp_path / "step.onnx")
    write_manifest(tmp_path, {"name": model}, encoding_table(e), digest, e.size, e.classes, states)
    back = restored(tmp_path)
    assert back.encoding == e
    events = random_clip(e, 16, 9)
    x = collate([(net_input(tables(to_class(events, e), 16, False, e), e), events)])[0]
    torch.testing.assert_close(back(x)[0], net(x)[0], atol=2e-3, rtol=0)


def test_a_blend_lies_between_two_nets(tmp_path):
    recipe, nets = {"model": "drums", "hidden": 8}, []
    for name in ("first", "last"):
        nets.append(build(recipe_encoding(recipe), 8, 0.0))
        (tmp_path / name).mkdir()
        (tmp_path / name / "recipe.json").write_text(json.dumps(recipe))
        torch.save(nets[-1].state_dict(), tmp_path / name / "best.pt")
    blend(tmp_path / "first", tmp_path / "last", 0.75, tmp_path / "between")
    for name, value in load_net(tmp_path / "between").state_dict().items():
        torch.testing.assert_close(value, 0.25 * nets[0].state_dict()[name] + 0.75 * nets[1].state_dict()[name])


@pytest.mark.parametrize("model", ENCODINGS)
def test_segments_stay_inside_the_encoding(model):
    e = ENCODINGS[model]
    clips = [Sequence(random_clip(e, s, 4), s, c, "test", "x") for s, c in METERS]
    x, target, mask = next(iter(Segments(clips, e, 4, 64, 0, {})))
    index = x if isinstance(x, torch.Tensor) else x[0]
    assert index.shape[:2] == target.shape == mask.shape
    assert 0 <= int(target.min()) and int(target.max()) < (512 if model == "drums" else e.classes)


def test_steady_clips_are_drawn_more_often_within_their_source():
    bars = np.arange(4 * 16, dtype=np.int16)
    steady = np.tile(bars[:16], 4)
    clips = [Sequence(events, 16, False, source, "x") for source, events in (("a", bars), ("a", steady), ("b", steady))]
    np.testing.assert_allclose(chances(clips, {"b": 0.5}, 0), [0.4, 0.4, 0.2])
    # Three bars of four come back: drawn four times as often.
    np.testing.assert_allclose(chances(clips, {"b": 0.5}, 4), [0.16, 0.64, 0.2])


@pytest.mark.parametrize("model", ENCODINGS)
@pytest.mark.parametrize("meter", METERS)
def test_growing_clips_have_the_features_of_whole_clips(model, meter):
    e = ENCODINGS[model]
    clips = np.stack([to_class(random_clip(e, meter[0], seed), e) for seed in (5, 6)])
    half = 4 * meter[0]
    growing = Growing(clips[:, :half], *meter, e, clips.shape[1] - half)
    whole = [net_input(tables(c, *meter, e), e) for c in clips]
    for p in range(half, clips.shape[1]):
        x = growing.append(clips[:, p])
        for i, part in enumerate((x,) if isinstance(x, torch.Tensor) else x):
            np.testing.assert_allclose(part[:, 0].numpy(), np.stack([w[i][p] for w in whole]), atol=1e-6)


@pytest.mark.parametrize("model", ENCODINGS)
def test_a_net_with_more_columns_adopts_one_with_fewer(model):
    torch.manual_seed(2)
    more = replace(ENCODINGS[model], lags=(1, 2, 4))
    few = replace(more, lags=(1, 4), match=False, habits=more.habits[:1], precedents=False)
    small, large = build(few, 8, 0.0).eval(), build(more, 12, 0.0).eval()
    adopt(large, small.state_dict(), few)
    events = random_clip(few, 16, 7)
    outs = []
    for net in (small, large):
        t = tables(to_class(events, net.encoding), 16, False, net.encoding)
        outs.append(net(collate([(net_input(t, net.encoding), t.event)])[0])[0])
    torch.testing.assert_close(*outs)


@pytest.mark.parametrize("model", ENCODINGS)
def test_late_positions_need_no_early_ones(model):
    e = ENCODINGS[model]
    classes = to_class(np.tile(random_clip(e, 16, 8), 4), e)
    for whole, part in zip(match(classes, e), match(classes, e, 500)):
        np.testing.assert_array_equal(whole[500:], part)
    np.testing.assert_array_equal(vote_block(classes, 16, False, e)[600:], vote_block(classes, 16, False, e, 600)[600:])


def test_a_transposed_phrase_is_matched_and_continued_in_its_new_place():
    e = ENCODINGS["mono"]
    phrase = np.array([60, -2, 62, 64, -1, -2, 67, -2])
    clip = to_class(np.concatenate([phrase, phrase[:-2] + np.where(phrase[:-2] >= 0, 5, 0)]), e)
    nxt, _, run = match(clip, e)
    assert nxt[-1] == to_class(np.array([72]), e)[0]
    assert run[-1] == 5  # all but the first note, whose interval differs
