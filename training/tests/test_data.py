"""Readers on small scores, splitting, and the counting baselines."""

from fractions import Fraction

import numpy as np

from soltrain.dataset import drop_near_duplicates, split_of
from soltrain.ngram import KneserNey, mixture_weights
from soltrain.read_abc import _read_tune, key_signature
from soltrain.sequence import (
    Measure, Sequence, melody_from_notes, sequences_from_measures, split_at_rests, squash, transpose,
)

TUNE = """X:1
T:Test
M:4/4
L:1/8
K:D
A|d2 f2 a2 f2|e>f (3gfe d2 c2|B-B2 A ^G2 =c2|d4- d2 [DA]A|
|:d2 f2 a2 f2|1 e2 c2 d4:|2 e2 c2 d2 f2||""".splitlines()


def test_abc_notes_land_on_the_grid():
    (sequence,) = _read_tune(TUNE, "test")
    bars = sequence.events.reshape(-1, 16).tolist()
    assert sequence.steps_per_bar == 16 and len(bars) == 7
    assert bars[0] == [-2] * 14 + [69, -2], "a pickup stands at the end of its bar"
    assert bars[1] == [74, -2, -2, -2, 78, -2, -2, -2, 81, -2, -2, -2, 78, -2, -2, -2]
    assert bars[2][:4] == [76, -2, -2, 78], "a broken rhythm is dotted"
    assert bars[3][:8] == [71, -2, -2, -2, -2, -2, 69, -2], "a tie joins two notes"
    assert bars[3][8] == 68 and bars[3][12] == 72, "accidentals hold"
    assert bars[4][12:] == [69, -2, 69, -2], "of a chord the highest note is kept"
    assert bars[6][8:] == [74, -2, -2, -2, 78, -2, -2, -2], "the first ending is skipped"


def test_key_signatures():
    assert key_signature("Amix") == {"F": 1, "C": 1}
    assert key_signature("Gm") == {"B": -1, "E": -1}
    assert key_signature("E Dorian") == {"F": 1, "C": 1}


def test_a_bar_split_by_a_repeat_sign_is_joined():
    def bar(steps: int, pitch: int) -> Measure:
        notes = [(Fraction(4 * i), Fraction(4), pitch + i) for i in range(steps // 4)]
        return Measure(Fraction(steps), Fraction(16), False, notes)

    sequences = sequences_from_measures([bar(16, 60), bar(16, 64), bar(12, 60), bar(4, 70), bar(16, 60)], "test", "x")
    assert [len(s.events) for s in sequences] == [64]
    assert sequences[0].events[44] == 70


def test_the_highest_of_simultaneous_notes_wins_and_overlaps_are_cut():
    events = melody_from_notes([(0, 8, 60), (0, 2, 64), (4, 6, 62)])
    assert events.tolist() == [64, -2, -1, -2, 62, -2, -1, -2, -2]


def test_long_rests_split_a_clip_on_bar_lines():
    events = np.array([1, 0] * 2 + [0] * 12 + [1, 0, 0, 0])
    parts = split_at_rests(events, 4, events == 0)
    assert [p.tolist() for p in parts] == [[1, 0, 1, 0], [1, 0, 0, 0]]


def test_squash_folds_into_range_and_key():
    events = np.array([50, 62, -2, 66, 69, 97, -1], np.int16)
    squashed = squash(events, 48, 84, 0)
    onsets = squashed[squashed >= 0]
    assert onsets.min() >= 48 and onsets.max() < 84
    assert set(onsets % 12) == {0, 4, 7, 11}


def test_pieces_keep_their_split_whatever_the_spelling():
    assert split_of("The Enchanted Valley") == split_of("enchanted valley (slow)")


def test_a_transposed_copy_leaves_the_held_out_set():
    rng = np.random.default_rng(0)

    def tune() -> Sequence:
        return Sequence(rng.integers(55, 70, 64).astype(np.int16), 16, False, "test", "x")

    known, other = tune(), tune()
    copy = Sequence(transpose(known.events, 3, 0, 128), 16, False, "test", "y")
    splits = {"train": [known], "validation": [copy], "test": [other]}
    assert drop_near_duplicates(splits) == 1
    assert splits["validation"] == [] and splits["test"] == [other]


def test_kneser_ney_is_a_distribution_and_learns():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 5, 4000)
    context = np.column_stack([(label + rng.integers(0, 2, 4000)) % 5, rng.integers(0, 3, (4000, 2))])
    model = KneserNey(5).fit(context, label)
    probes = np.concatenate([context[:50], rng.integers(0, 9, (50, 3))])
    total = sum(model.probability(probes, np.full(100, k)) for k in range(5))
    np.testing.assert_allclose(total, 1, atol=1e-9)
    assert -np.log(model.probability(context, label)).mean() < 0.8


def test_mixture_weights_find_the_better_member():
    p = np.column_stack([np.full(100, 0.5), np.full(100, 0.1)])
    assert mixture_weights(p)[0] > 0.99
