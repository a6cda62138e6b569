"""Features against a slow reference, the drum head against enumeration, exported graphs against PyTorch."""

import numpy as np
import pytest
import torch

from soltrain.batches import Segments, collate, net_input
from soltrain.export import step_graph
from soltrain.features import DRUM_BITS, ENCODINGS, Encoding, encode, tables, to_class
from soltrain.graph import Runner
from soltrain.nets import build, lar_logits
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
    if drums:
        for lag in lags:
            row += block(events[n + 1 - lag] if n >= lag else None)
    for lag in lags:
        run, q = 0, p
        while q - lag >= 0 and events[q] == events[q - lag]:
            run, q = run + 1, q - 1
        row += [float(n >= lag), float(run > 0), min(run, e.run_cap) / e.run_cap]
    if not drums:
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
    expected = [slow_vector(events.tolist(), p, *meter, e) for p in range(len(events))]
    np.testing.assert_array_equal(encode(events, *meter, e), np.array(expected, np.float32))


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


@pytest.mark.parametrize("model", ENCODINGS)
def test_segments_stay_inside_the_encoding(model):
    e = ENCODINGS[model]
    clips = [Sequence(random_clip(e, s, 4), s, c, "test", "x") for s, c in METERS]
    x, target, mask = next(iter(Segments(clips, e, 4, 64, 0, {})))
    index = x if isinstance(x, torch.Tensor) else x[0]
    assert index.shape[:2] == target.shape == mask.shape
    assert 0 <= int(target.min()) and int(target.max()) < (512 if model == "drums" else e.classes)


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


def test_a_net_with_more_lags_adopts_one_with_fewer():
    torch.manual_seed(2)
    small = build(Encoding("drums_lags", lags=(1, 4)), 8, 0.0).eval()
    large = build(Encoding("drums_lags", lags=(1, 2, 4)), 8, 0.0).eval()
    large.adopt(small.state_dict(), (1, 4))
    events = random_clip(small.encoding, 16, 7)
    outs = [net(torch.from_numpy(encode(events, 16, False, net.encoding))[None])[0] for net in (small, large)]
    torch.testing.assert_close(*outs)
