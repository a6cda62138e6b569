"""The model card: a fixed text per model around the measured tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .fit import load_net
from .report import Splits, bar_table, continuation_table, data_table, draw_curve, score_table

LICENCES = {
    "groove": "Groove MIDI Dataset 1.0.0 (CC BY 4.0, Gillick et al. 2019)",
    "freedoom": "Freedoom game music (BSD-3-Clause)",
    "openewld": "OpenEWLD lead sheets (MIT; public-domain works)",
    "lieder": "OpenScore Lieder, voice (CC0)",
    "pop909": "POP909, MELODY track (MIT for the data; the songs themselves are commercial works)",
    "oneills": "O'Neill's 1850, ABC in PyPI music21",
    "ryans": "Ryan's Mammoth Collection, ABC in PyPI music21",
    "airds": "Aird's Airs, ABC in PyPI music21",
}

_LSTM = """Two LSTM layers of {hidden} units, {parameters:,} parameters, float16 in the file. Each step sees the event that
just happened, what happened {lags} bars before the step to be predicted, whether and for how long the clip has been
repeating itself at each of these distances, and the place in the bar. One more distance is found in the clip itself: that of
the longest passage, up to 64 steps long and 256 back, that ended as the clip ends now{transposed}.{habits}{precedents}"""

_HABITS = """ The clip's habits are inputs too: how often each
lane was hit at this place of the bar, and of every second and fourth bar, in the whole clip so far."""

_PRECEDENTS = {
    "drums": """ Every earlier place
of the clip, up to 512 steps back, votes as well: for each lane, how often it was hit at this place of the beat, and the same with
each place weighted by how far its steps, its kick and snare, and its cymbals agree with the present ones.""",
    "melody": """ Earlier
places of the clip vote as well. The rhythm of the last 512 steps, by whole bars and by whole beats, votes on "no event", "note off"
or a note. The last 128 notes, by their intervals and by their pitches, vote on the next pitch. Each place weighs by the cube of how
far it agrees with the present.""",
}

_DRUM_HEAD = """The output is nine lane logits and a lower triangle of 36 weights. Each lane is decided knowing the lanes
before it, so hits that fall together need no softmax over 512 classes. Each lane and distance has a learned copy gate that pulls the lane
towards what it did that many bars ago. Habits and votes are weighed in the same way."""

_MELODY_HEAD = """One embedding serves the present event and the events a lag ago; the sounding pitch and its age are
inputs as well. The output is a softmax over {classes} classes. Each distance has three learned copy gates (for "no event",
"note off" and pitches) that add to the logit of the event that would continue the repetition. Votes are weighed in the same way."""

_REPEATS = """## Why continuations hold on to the primer
A bar repeats when sixteen choices in a row repeat. Without run lengths as inputs the net has to infer from the
past bar that it is in the middle of a repetition, and one slip in sixteen steps ends it. The prototypes had no such inputs and
repeated 1 % of drum bars, where real music repeats 13 %. Here an input says how long the repetition has lasted, so the net can
learn how likely it is to go on, and the copy gates can follow it with one addition.
With parts of this trained net switched off, at temperature 1 ({real:.1f} % in real music): all parts {full:.1f} %, copy gates off {gates:.1f} %, repeat and
run inputs blanked {runs:.1f} %, the matching passage hidden {match:.1f} %, the precedents hidden {precedents:.1f} %. The rest of the net was trained with the part in place,
so this shows what the net relies on, not what one trained without the part would do. {fresh:.0%} of the training segments are treated as the
beginning of their clip, so the net knows clips with only a few bars of history, as a primer has. There is no scheduled sampling."""

WEAKNESSES = {
    "drums": """- Trained almost only on 4/4, most of it played by ten drummers (seven clips in ten by two of them) on electronic kits. Other meters work, but what it plays there is a guess.
- How often a primer bar comes back depends on the drummer, more than can be told from four bars. At temperature 1 it repeats more often than the real continuations of the validation split and less often than those of the test split. The splits differ as much among themselves: four bars on, 7 % of training's bars repeat one of the primer (95 % interval by clip: 6 to 9), 13 % of validation's (7 to 20) and 17 % of test's (11 to 24).
- The limit is the little data there is. Without the regularisation above the training loss falls well below that of validation; with it neither more training nor a wider net (256 units: 0.3 % better) nor the average of four nets (0.4 % better) helped much. One hit in twelve of Groove lies within a tenth of a step of where rounding changes, so which step it falls on is chance.
- Electronic and programmed styles come from Freedoom alone, which is in training only, so they were not measured.
- Snares, ghost notes above all, cost more nats than any other lane, so their placing varies between takes.
- Of what lies more than eight bars back it knows only averages (the habits), the matching passage, the votes of up to 512 steps, and what the LSTM kept.
- Percussion outside the nine classes is folded into them.""",
    "melody": """- It overfits without strong regularisation, since the tunes are few and short for its size.
- It was trained on songs, Lieder, pop vocals and British and Irish fiddle tunes only, not on bass lines, riffs, counterpoint or instrumental solos.
- It knows sixteenths only. Triplets were rounded to the grid in training, so it continues swing and triplets straight.
- It works in one major key and its relatives. When the primer suggests a neighbouring key, the whole continuation is a fifth off for it. It was trained on such slips, but they cost accuracy.
- Its range is pitch 48 to 83; wider primers are folded by octaves.
- It plans phrases weakly: it returns to bars it knows, but does not steer towards a cadence at a given bar.""",
    "mono": """- It had three fifths of the training of `melody` for the harder task, and was still improving when its budget ended.
- It was trained on songs, Lieder, pop vocals and British and Irish fiddle tunes only, not on bass lines or riffs, although it covers the whole range.
- It knows sixteenths only. Triplets were rounded to the grid in training.
- It has to find the key by itself and is less sure of pitches than `melody`; prefer `melody` between pitch 48 and 83.
- Below pitch 40 and above 90 there was next to nothing in training.
- It plans phrases weakly: it returns to bars it knows, but does not steer towards a cadence at a given bar.""",
}

_DEFINITIONS = """Cross-entropy in nats per sixteenth over whole held-out clips from a zero state, the first event given; "on events"
counts steps with an event (drums: a hit; melody: note on or off). Kneser-Ney: interpolated, modified, n ≤ 8. "mixed": the
best mixture of n-grams that also see the events a lag ago, its weights fitted on validation. The last baseline also sees
run lengths, place in the bar, the sounding note, the matching passage, the habits and the precedents, as the net does. Baselines were counted on the same training clips;
nothing was chosen by the test split. Magenta published no cross-entropy for its {role}, so there is no
published figure to compare with. {prototype}."""

_ROLE = {
    "drums": ("DrumsRNN", "Its input and size, trained for about a minute in our prototypes on a differently filtered set, reached\n1.585 nats a step on drums against 1.602 for plain Kneser-Ney (1 % below it)"),
    "melody": ("MelodyRNN", "Its input and size, trained for about a minute in our prototypes on a differently filtered set, reached\n1.043 nats a step on melodies against 1.243 for plain Kneser-Ney (16 % below it)"),
    "mono": ("MelodyRNN mono", "A prototype with\nlookback, trained for less than a minute on a differently filtered set, reached 1.053 nats against 1.346 for plain Kneser-Ney (22 % below it)"),
}


def _regular(recipe: dict[str, Any]) -> str:
    """What a recipe of this day adds to dropout; the first runs had neither."""
    if "weight_drop" not in recipe:
        return " (a mask a step)"
    return f" (a mask a row), recurrent weights dropped {recipe['weight_drop']:g}, columns hidden {recipe['blind']:g}"


def _earlier(folder: Path) -> list[str]:
    """The lines about runs in the card of a model that training went on from."""
    text = (folder / "card.md").read_text().split("## Training\n")[1]
    return [line for line in text.splitlines() if "minutes of one shared CPU core" in line]


def training_text(chain: list[Path], folder: Path) -> str:
    """One line per run of the chain that led to the net; `folder` is the model's."""
    recipe = json.loads((chain[0] / "recipe.json").read_text())
    lines = _earlier(folder) if recipe.get("start_from") == folder.name else []
    fitted = sum((run / "history.json").exists() for run in chain)
    drawn = f"- The curves are those of the last {fitted} of these runs." if lines else ""
    for run in chain:
        recipe = json.loads((run / "recipe.json").read_text())
        if recipe.get("blended"):
            share = recipe["blended"]
            lines.append(f"- Then the weights were averaged: {share:g} of these last ones and {1 - share:g} of those that the runs of the curves started from.")
            continue
        last = json.loads((run / "history.json").read_text())[-1]
        lines.append(
            f"- {last['minutes']:.0f} minutes of one shared CPU core, {last['updates']:,} updates, {last['steps'] / 1e6:.1f} M steps: AdamW"
            f" (β2 .99, weight decay {recipe['weight_decay']:g}), warm-up and cosine from {recipe['rate']:g}, batch {recipe['batch']} × {recipe['length']}, dropout"
            f" {recipe['dropout']:g}{_regular(recipe)}, weights averaged (decay {recipe['average']:g}), best checkpoint on validation, seed {recipe['seed']}."
        )
    return "\n".join([*lines, *filter(None, [drawn])])


def write_card(model: str, chain: list[Path], folder: Path, splits: Splits, report: dict[str, Any]) -> None:
    """Writes card.md and curves.png; `chain` are the runs, each started from the one before."""
    run = chain[-1]
    recipe = json.loads((run / "recipe.json").read_text())
    net = load_net(run)
    e = net.encoding
    histories = [r / "history.json" for r in chain if (r / "history.json").exists()]
    draw_curve([json.loads(history.read_text()) for history in histories], report, folder / "curves.png")
    lags = ", ".join(map(str, e.lags[:-1])) + f" and {e.lags[-1]}"
    network = _LSTM.format(hidden=net.hidden, parameters=sum(p.numel() for p in net.parameters()), lags=lags,
                           transposed="" if model == "drums" else ", in whatever transposition, and the event that followed it is shown transposed",
                           habits=_HABITS if e.habits else "",
                           precedents=_PRECEDENTS["drums" if model == "drums" else "melody"] if e.precedents else "")
    head = _DRUM_HEAD if model == "drums" else _MELODY_HEAD.format(classes=e.classes)
    role, prototype = _ROLE[model]
    split = (
        "Groove's official split by performance; Freedoom in training only." if model == "drums" else
        "Split by piece: a hash of the title without case, articles and parentheses (7 % validation, 7 % test). Held-out tunes that share more than a fifth "
        "of their ten-note shingles with training, in any key, were dropped. First endings are skipped, repeats not played out."
    )
    augmentation = {
        "drums": f"closed hat and ride swapped, toms permuted, a lane left out, each with chance {recipe.get('chance', 0.1):g}; the cymbals taken from another clip with chance {recipe.get('mix', 0):g}; in the last runs half of the segments of Groove with its hits a tenth of a step early or late before they were rounded to the grid",
        "melody": f"a fifth up or down with chance {recipe.get('chance', 0.1):g}",
        "mono": "transposed by -6..6",
    }[model]
    steady = ""
    if recipe.get("steady"):
        steady = f"\n- Drawn the more often, within its source, the more a clip repeats itself: 1 + {recipe['steady']:g} times the share of its bars that equal one of the four before."
    lanes = ""
    if "lanes" in report:
        names = "kick, snare, closed hat, open hat, low tom, mid tom, high tom, crash, ride".split(", ")
        lanes = "\n\nWhere the nats go, by lane (test): " + ", ".join(f"{n} {v:.3f}" for n, v in zip(names, report["lanes"])) + "."
    first = report["continuations"][0]
    shares = {"real": first["repeats real"], "full": first["repeats"], "gates": report["without"]["copy gates"], "runs": report["without"]["run inputs"], "match": report["without"]["match"], "precedents": report["without"]["precedents"]}
    repeats = _REPEATS.format(fresh=recipe.get("fresh", 0.5), **{k: 100 * v for k, v in shares.items()})
    text = f"""# {model}

{network} {head}

## Data
{split}

{data_table(splits, LICENCES)}

## Training
{training_text(chain, folder)}
- Augmentation: {augmentation}.{steady}

![curves](curves.png)

## Held-out figures
{score_table(report)}

{_DEFINITIONS.format(role=role, prototype=prototype)}{lanes}

## Continuations
{report["continuations"][0]["continuations"]:,} continuations of four-bar primers from the test split by four bars. Overlap is the shared area of two histograms; "real music"
compares two halves of the held-out pieces with each other.

{continuation_table(report)}

## Bars
{bar_table(model, report)}

{repeats}

## What it is bad at
{WEAKNESSES[model]}
"""
    (folder / "card.md").write_text(text)
