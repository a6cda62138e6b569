"""A reader of the ABC subset used by the folk-tune books that come with PyPI's music21."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

from .sequence import Measure, Sequence, meter, sequences_from_measures

BOOKS = {"oneills1850": "oneills", "ryansMammoth": "ryans", "airdsAirs": "airds"}
_RESTRICTED = re.compile(r"non-?commercial|copyright|all rights|permission", re.I)
_STEP = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_FIFTHS = {"C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F#": 6, "C#": 7, "F": -1, "Bb": -2, "Eb": -3, "Ab": -4, "Db": -5, "Gb": -6}
_MODE = {"maj": 0, "ion": 0, "": 0, "mix": -1, "dor": -2, "m": -3, "min": -3, "aeo": -3, "phr": -4, "lyd": 1, "loc": -5}
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"
_TUPLET = {2: Fraction(3, 2), 3: Fraction(2, 3), 4: Fraction(3, 4), 6: Fraction(1, 3), 8: Fraction(3, 8)}

_TOKEN = re.compile(
    r"""(?P<inline>\[[A-Z]:[^\]]*\]) | (?P<skip>"[^"]*"|\{[^}]*\}|![^!]*!|\+[a-z]+\+) | (?P<bar>:*\|+[\]:]*|::+|\[\|)\s*(?P<ending>\[?[12])?
    | \[(?P<ending2>[12]) | (?P<tuplet>\(\d)(?::\d?:?\d?)? | (?P<chord>\[[^\]]*\])(?P<chordlen>[\d/]*)
    | (?P<note>[\^_=]*[A-Ga-g][,']*)(?P<len>[\d/]*) | (?P<rest>[zxZ])(?P<restlen>[\d/]*) | (?P<tie>-) | (?P<broken>[<>]+)""",
    re.X,
)
_NOTE = re.compile(r"([\^_=]*)([A-Ga-g])([,']*)")


def key_signature(text: str) -> dict[str, int] | None:
    """Accidentals by note letter of a K: field; None when it is not understood."""
    text = text.split("%")[0].strip()
    if text.lower().startswith("hp"):
        return {"F": 1, "C": 1}
    match = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)", text)
    if not match or match[1] + match[2] not in _FIFTHS:
        return None
    mode = match[3].lower()
    mode = "m" if mode == "m" else mode[:3]
    fifths = _FIFTHS[match[1] + match[2]] + _MODE.get(mode, 0)
    if fifths >= 0:
        return {letter: 1 for letter in _SHARPS[:fifths]}
    return {letter: -1 for letter in _FLATS[:-fifths]}


def _length(text: str) -> Fraction:
    """The multiplier of a note length: '', '3', '3/2', '/', '//'."""
    if not text:
        return Fraction(1)
    number, _, rest = text.partition("/")
    value = Fraction(int(number or 1))
    if "/" not in text:
        return value
    slashes = 1 + rest.count("/")
    digits = rest.strip("/")
    return value / int(digits) if digits else value / 2**slashes


def _meter(text: str) -> tuple[Fraction, bool] | None:
    text = text.split("%")[0].strip()
    if text in ("C", "C|"):
        return meter(4, 4)
    match = re.match(r"(\d+)/(\d+)$", text)
    return meter(int(match[1]), int(match[2])) if match else None


class _Tune:
    """The state of a tune body while it is read."""

    def __init__(self, unit: Fraction, bar: tuple[Fraction, bool], key: dict[str, int]) -> None:
        self.unit, (self.nominal, self.compound), self.key = unit, bar, key
        self.measures: list[Measure] = []
        self.open = Measure(Fraction(0), self.nominal, self.compound)
        self.accidentals: dict[tuple[str, str], int] = {}
        self.tuplet: list[int | Fraction] = [0, Fraction(1)]
        self.broken = Fraction(1)
        self.tied = False
        self.last: tuple[Measure, int] | None = None
        self.skipping = False

    def bar_line(self, ending: str | None, is_repeat_end: bool) -> None:
        if self.open.steps > 0:
            if not self.skipping:
                self.measures.append(self.open)
            self.open = Measure(Fraction(0), self.nominal, self.compound)
        self.accidentals.clear()
        if is_repeat_end:
            self.skipping = False
        if ending is not None:
            self.skipping = ending == "1"

    def duration(self, text: str) -> Fraction:
        value = self.unit * _length(text) * self.broken
        self.broken = Fraction(1)
        if self.tuplet[0] > 0:
            self.tuplet[0] -= 1
            value *= self.tuplet[1]
        return value

    def pitch(self, text: str) -> int:
        accidental, letter, octave = _NOTE.match(text).groups()
        upper = letter.upper()
        slot = (letter, octave)
        if accidental:
            self.accidentals[slot] = accidental.count("^") - accidental.count("_")
        alter = self.accidentals.get(slot, self.key.get(upper, 0))
        return (60 if letter == upper else 72) + _STEP[upper] + alter + 12 * (octave.count("'") - octave.count(","))

    def note(self, pitch: int, duration: Fraction) -> None:
        if self.tied and self.last is not None and self.last[0].notes[self.last[1]][2] == pitch:
            owner, index = self.last
            start, length, _ = owner.notes[index]
            owner.notes[index] = (start, length + duration, pitch)
        else:
            self.open.notes.append((self.open.steps, duration, pitch))
            self.last = (self.open, len(self.open.notes) - 1)
        self.tied = False
        self.open.steps += duration

    def break_rhythm(self, signs: str) -> None:
        """`a>b`: the note just read grows by half (or more), the next shrinks by as much."""
        more, less = 2 - Fraction(1, 2 ** len(signs)), Fraction(1, 2 ** len(signs))
        before, self.broken = (more, less) if signs[0] == ">" else (less, more)
        if self.last is not None and self.last[0] is self.open:
            start, length, pitch = self.open.notes[self.last[1]]
            self.open.notes[self.last[1]] = (start, length * before, pitch)
            self.open.steps += length * (before - 1)

    def read(self, body: str) -> None:
        for token in _TOKEN.finditer(body):
            if token["inline"]:
                self._inline(token["inline"][1], token["inline"][3:-1])
            elif token["bar"]:
                self.bar_line((token["ending"] or "").lstrip("[") or None, token["bar"].startswith(":"))
            elif token["ending2"]:
                self.bar_line(token["ending2"], False)
            elif token["tuplet"]:
                count = int(token["tuplet"][1])
                self.tuplet = [count, _TUPLET.get(count, Fraction(2, count))]
            elif token["chord"]:
                notes = _NOTE.findall(token["chord"])
                if notes:
                    inner = re.search(r"[A-Ga-g][,']*([\d/]+)", token["chord"])
                    length = token["chordlen"] or (inner[1] if inner else "")
                    self.note(max(self.pitch("".join(n)) for n in notes), self.duration(length))
            elif token["note"]:
                pitch = self.pitch(token["note"])
                self.note(pitch, self.duration(token["len"]))
            elif token["rest"]:
                self.open.steps += self.duration(token["restlen"])
                self.tied = False
            elif token["tie"]:
                self.tied = True
            elif token["broken"]:
                self.break_rhythm(token["broken"])
        self.bar_line(None, True)

    def _inline(self, field: str, value: str) -> None:
        if field == "K" and (key := key_signature(value)) is not None:
            self.key = key
        elif field == "M" and (bar := _meter(value)) is not None:
            self.nominal, self.compound = bar
            if self.open.steps == 0:
                self.open = Measure(Fraction(0), *bar)
        elif field == "L":
            self.unit = 16 * Fraction(value.strip())


def _read_tune(lines: list[str], source: str) -> list[Sequence]:
    fields: dict[str, str] = {}
    body: list[str] = []
    in_body = False
    for line in lines:
        line = line.split("%")[0].rstrip() if not line.startswith("%") else ""
        match = re.match(r"([A-Za-z]):(.*)", line)
        if match and in_body:
            if match[1] in "KML":
                body.append(f"[{match[1]}:{match[2].strip()}]")
        elif match:
            fields.setdefault(match[1], match[2].strip())
            in_body = match[1] == "K"
        elif in_body:
            body.append(line.rstrip("\\"))
    if any(_RESTRICTED.search(v) for v in fields.values()):
        return []
    bar, key = _meter(fields.get("M", "C")), key_signature(fields.get("K", ""))
    if bar is None or key is None:
        return []
    unit = 16 * Fraction(fields["L"].split("%")[0].strip()) if "L" in fields else Fraction(2 if bar[0] >= 12 else 1)
    tune = _Tune(unit, bar, key)
    tune.read("\n".join(body))
    if any(not 0 <= n[2] < 128 for m in tune.measures for n in m.notes):
        return []
    return sequences_from_measures(tune.measures, source, fields.get("T", fields.get("X", "?")))


def read_abc_books(corpus: Path) -> list[Sequence]:
    """Tunes of the three books under music21's corpus folder."""
    sequences = []
    for folder, source in BOOKS.items():
        for path in sorted((corpus / folder).glob("*.abc")):
            for tune in re.split(r"(?m)^(?=X:)", path.read_text(errors="replace")):
                if tune.startswith("X:"):
                    sequences.extend(_read_tune(tune.splitlines(), source))
    return sequences
