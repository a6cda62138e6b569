"""A light reader of compressed MusicXML: the sung or single melody line of a score as notated bars."""

from __future__ import annotations

import zipfile
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

from .sequence import Measure, Sequence, meter, sequences_from_measures

_STEP = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def _score(path: Path) -> ElementTree.Element:
    with zipfile.ZipFile(path) as z:
        name = next(n for n in z.namelist() if n.endswith(".xml") and not n.startswith("META-INF"))
        return ElementTree.fromstring(z.read(name))


def _voice_part(score: ElementTree.Element) -> ElementTree.Element | None:
    """The part with most lyrics; without any, the first part."""
    parts = score.findall("part")
    return max(parts, key=lambda p: sum(1 for _ in p.iter("lyric")), default=None)


def _pitch(note: ElementTree.Element) -> int:
    p = note.find("pitch")
    alter = round(float(p.findtext("alter", "0")))
    return 12 * (int(p.findtext("octave")) + 1) + _STEP[p.findtext("step")] + alter


class _PartReader:
    """Walks one part; keeps what carries over from bar to bar (divisions, meter, transposition, open ties)."""

    def __init__(self) -> None:
        self.divisions = Fraction(1)
        self.nominal, self.compound = meter(4, 4)
        self.transpose = 0
        self.in_first_ending = False
        self.tie: tuple[Measure, int] | None = None

    def measures(self, part: ElementTree.Element) -> list[Measure]:
        """Bars in written order. A first ending is skipped: its repetition would shift every later lookback by a bar."""
        out = []
        for element in part.findall("measure"):
            starts = [e for e in element.iter("ending") if e.get("type") == "start"]
            if any(e.get("number", "").strip().startswith("1") for e in starts):
                self.in_first_ending = "2" not in starts[0].get("number", "")
            measure = self._measure(element)
            if not self.in_first_ending:
                out.append(measure)
            if any(e.get("type") in ("stop", "discontinue") for e in element.iter("ending")):
                self.in_first_ending = False
        return out

    def _attributes(self, element: ElementTree.Element) -> None:
        if (divisions := element.findtext("divisions")) is not None:
            self.divisions = Fraction(divisions)
        time = element.find("time")
        if time is not None and (beats := time.findtext("beats")) is not None:
            numerator = sum(int(b) for b in beats.split("+"))
            self.nominal, self.compound = meter(numerator, int(time.findtext("beat-type")))
        if (shift := element.find("transpose")) is not None:
            self.transpose = int(float(shift.findtext("chromatic", "0"))) + 12 * int(shift.findtext("octave-change", "0"))

    def _measure(self, element: ElementTree.Element) -> Measure:
        measure = Measure(Fraction(0), self.nominal, self.compound)
        now, longest = Fraction(0), Fraction(0)
        voice = None
        for item in element:
            if item.tag == "attributes":
                self._attributes(item)
                measure.nominal, measure.compound = self.nominal, self.compound
            elif item.tag in ("backup", "forward"):
                step = 4 * Fraction(item.findtext("duration")) / self.divisions
                now += step if item.tag == "forward" else -step
            elif item.tag == "note" and item.find("grace") is None and item.find("cue") is None:
                duration = 4 * Fraction(item.findtext("duration", "0")) / self.divisions
                voice = voice or item.findtext("voice", "1")
                if item.find("chord") is not None:
                    now -= duration
                if item.find("pitch") is not None and item.findtext("voice", "1") == voice:
                    self._note(item, measure, now, duration)
                now += duration
            longest = max(longest, now)
        measure.steps = longest
        return measure

    def _note(self, item: ElementTree.Element, measure: Measure, start: Fraction, duration: Fraction) -> None:
        pitch = _pitch(item) + self.transpose
        ties = {t.get("type") for t in item.findall("tie")}
        if "stop" in ties and self.tie is not None:
            owner, index = self.tie
            s, d, p = owner.notes[index]
            if p == pitch:
                owner.notes[index] = (s, d + duration, p)
                if "start" not in ties:
                    self.tie = None
                return
        measure.notes.append((start, duration, pitch))
        self.tie = (measure, len(measure.notes) - 1) if "start" in ties else None


def read_scores(folder: Path, source: str) -> list[Sequence]:
    """Melodies of every score under `folder`; the piece is named after its title's folder."""
    sequences = []
    for path in sorted(folder.rglob("*.mxl")):
        part = _voice_part(_score(path))
        if part is None:
            continue
        measures = _PartReader().measures(part)
        notes = [n for m in measures for n in m.notes if not 0 <= n[2] < 128]
        if notes:
            continue
        sequences.extend(sequences_from_measures(measures, source, "/".join(path.parts[-3:-1])))
    return sequences
