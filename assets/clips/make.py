"""Writes the factory clips beside this file (needs mido 1.3).

    python make.py [--groove FOLDER/groove --chorales FOLDER/jsb-chorales/jsb-chorales-16th.json]

The tunes and loops are spelled out below; the played drums and the chorale are cut from the data sets named in
../README.md, and are left as they are without them. Running it twice gives the same bytes.
"""

import argparse
import json
import re
from pathlib import Path

import mido

PPQ = 960
HERE = Path(__file__).parent
SCALE = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

# name: title, meter, bpm, sharps, length of "1" in the text in quarters, bars. A text starts on a bar line; z is a rest.
TUNES = {
    "melody": ("Londonderry Air", (4, 4), 76, "F", 0.5, "B3A BedB | AGEz zGBe | d3e dBGB | A4 zFGA"),
    "jig": ("Garryowen", (6, 8), 110, "F", 0.5, "zzz zz(g/f/) | edc BAG | B>cB Bgf | edc BAG | ABA Agf"),
    "waltz": (
        "If All the Young Ladies",
        (3, 4),
        104,
        "FCG",
        0.5,
        "z4 cd | e2A2A2 | A2G2A2 | c2d2e2 | f2e2d2 | e2A2A2 | A2G2A2 | c2d2e2 | e2d2d2",
    ),
}

# name: title, bpm, and a row a drum of the kit: sixteenths, a bar or two of them. X is loud, x less, - soft, and = two
# soft thirty-seconds.
DRUM_LOOPS = {
    "house": (
        "House",
        124,
        {
            36: "X...X...X...X...",
            39: "....X.......X...",
            42: "x-.-x-.-x-.-x-.x",
            46: "..X...X...X...X.",
        },
    ),
    "trap": (
        "Trap",
        142,
        {
            36: "X.....x...X.....X..x......x...x.",
            38: "........X...............X.......",
            42: "x.x.x.x.x.x.----x.x.x...x.x-x.==",
            46: "......................x.........",
        },
    ),
}
VELOCITY = {"X": 112, "x": 92, "-": 64, "=": 58}

# name: title, bpm, program, and a bar or two of notes: where it starts and how long it is in sixteenths, pitch, velocity.
UP_AND_DOWN = (0, 1, 2, 3, 4, 3, 2, 1)
RIFFS = {
    "arpeggio": (
        "Arpeggio",
        118,
        81,
        [
            (16 * bar + step, 1, chord[UP_AND_DOWN[step % 8]], 104 if step % 8 == 0 else 92 if step % 4 == 0 else 78)
            for bar, chord in enumerate([(57, 60, 64, 69, 72), (53, 57, 60, 65, 69)])
            for step in range(16)
        ],
    ),
    "bass": (
        "Bass",
        104,
        38,
        [
            *[(0, 3, 40, 112), (3, 1, 40, 84), (6, 2, 43, 100), (8, 2, 45, 104), (10, 1, 46, 92), (11, 1, 45, 88)],
            *[(14, 2, 43, 96), (16, 3, 40, 112), (19, 1, 40, 84), (22, 2, 38, 100), (24, 2, 40, 104)],
            *[(27, 1, 35, 88), (28, 2, 38, 96), (30, 2, 39, 100)],
        ],
    ),
}
STEP = PPQ // 4
LOOP_BARS = 4


def tune_notes(text, sharps, unit, meter):
    """(start, length, pitch, velocity) in ticks from a line of plain ABC without decorations."""
    bar = 4 * PPQ * meter[0] // meter[1]
    beat = PPQ * 3 // 2 if meter == (6, 8) else PPQ
    notes, at = [], 0
    tokens = re.findall(r"([A-Ga-gz])(\d*)(/?)|(>)", text.replace("|", " "))
    longer = 1.0
    for index, (letter, count, half, dotted) in enumerate(tokens):
        if dotted:
            continue
        quarters = unit * int(count or 1) * (0.5 if half else 1.0) * longer
        longer = 1.0
        if index + 1 < len(tokens) and tokens[index + 1][3]:
            quarters, longer = quarters * 1.5, 0.5
        length = round(quarters * PPQ)
        if letter != "z":
            pitch = 60 + SCALE[letter.upper()] + (12 if letter.islower() else 0) + (letter.upper() in sharps)
            velocity = 100 if at % bar == 0 else 88 if at % beat == 0 else 76
            notes.append((at, length * 15 // 16, pitch, velocity))
        at += length
    return notes, -(-at // bar)


def drum_loop_notes(rows):
    """The rows of a loop, repeated until it is full."""
    notes = []
    for pitch, row in rows.items():
        for step in range(16 * LOOP_BARS):
            mark = row[step % len(row)]
            hits = {".": 0, "=": 2}.get(mark, 1)
            for hit in range(hits):
                length = STEP // hits
                notes.append((step * STEP + hit * length, length, pitch, VELOCITY[mark]))
    return sorted(notes)


def riff_notes(riff):
    """A bar or two of notes, repeated until the loop is full."""
    steps = 16 * (1 + max(start for start, *_ in riff) // 16)
    times = 16 * LOOP_BARS // steps
    repeated = [(start + steps * time, *rest) for time in range(times) for start, *rest in riff]
    return [(start * STEP, length * STEP * 15 // 16, pitch, velocity) for start, length, pitch, velocity in repeated]


def groove_notes(path, first_bar, bars):
    """A cut of whole 4/4 bars; a hit belongs to the bar its nearest sixteenth stands in."""
    source = mido.MidiFile(path)
    scale = PPQ // source.ticks_per_beat
    origin, end = first_bar * 4 * PPQ, (first_bar + bars) * 4 * PPQ
    notes, open_at, at, tempo = [], {}, 0, 500_000
    for message in mido.merge_tracks(source.tracks):
        at += message.time * scale
        if message.type == "set_tempo":
            tempo = message.tempo
        if message.type not in ("note_on", "note_off"):
            continue
        if message.note in open_at:
            start, velocity = open_at.pop(message.note)
            if origin <= start + PPQ // 8 < end:
                notes.append((max(0, start - origin), max(1, at - start), message.note, velocity))
        if message.type == "note_on" and message.velocity:
            open_at[message.note] = (at, message.velocity)
    return sorted(notes), tempo


def chorale_notes(path, index, steps):
    """The four voices of a chorale as lists of notes; equal neighbours are one held note, as the data set cannot tell."""
    rows = json.loads(Path(path).read_text())["test"][index][:steps]
    voices = []
    for voice in range(4):
        notes, step = [], 0
        while step < len(rows):
            pitch, end = rows[step][voice], step + 1
            while end < len(rows) and rows[end][voice] == pitch and end % 16:
                end += 1
            if pitch > 0:
                notes.append((step * PPQ // 4, (end - step) * PPQ // 4, int(pitch), 84 if voice == 0 else 72))
            step = end
        voices.append(notes)
    return voices


def write(name, title, meter, tempo, bars, lanes):
    """Format 1: a conductor track, then a track a lane (name, channel, program, notes)."""
    length = bars * 4 * PPQ * meter[0] // meter[1]
    file = mido.MidiFile(type=1, ticks_per_beat=PPQ)
    conductor = mido.MidiTrack()
    conductor.append(mido.MetaMessage("track_name", name=title))
    conductor.append(mido.MetaMessage("time_signature", numerator=meter[0], denominator=meter[1]))
    conductor.append(mido.MetaMessage("set_tempo", tempo=tempo))
    conductor.append(mido.MetaMessage("end_of_track", time=length))
    file.tracks.append(conductor)
    for lane, channel, program, notes in lanes:
        track = mido.MidiTrack()
        track.append(mido.MetaMessage("track_name", name=lane))
        track.append(mido.Message("program_change", channel=channel, program=program))
        events = [(start + size, 0, pitch, 0) for start, size, pitch, _ in notes]
        events += [(start, 1, pitch, velocity) for start, _, pitch, velocity in notes]
        at = 0
        for when, _, pitch, velocity in sorted(events):
            kind = "note_on" if velocity else "note_off"
            track.append(mido.Message(kind, channel=channel, note=pitch, velocity=velocity, time=when - at))
            at = when
        track.append(mido.MetaMessage("end_of_track", time=max(0, length - at)))
        file.tracks.append(track)
    file.save(HERE / f"{name}.mid")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groove", type=Path)
    parser.add_argument("--chorales", type=Path)
    arguments = parser.parse_args()
    for name, (title, meter, bpm, sharps, unit, text) in TUNES.items():
        notes, bars = tune_notes(text, sharps, unit, meter)
        write(name, title, meter, mido.bpm2tempo(bpm), bars, [("Melody", 0, 73, notes)])
    for name, (title, bpm, rows) in DRUM_LOOPS.items():
        write(name, title, (4, 4), mido.bpm2tempo(bpm), LOOP_BARS, [("Drums", 9, 0, drum_loop_notes(rows))])
    for name, (title, bpm, program, riff) in RIFFS.items():
        write(name, title, (4, 4), mido.bpm2tempo(bpm), LOOP_BARS, [(title, 0, program, riff_notes(riff))])
    if arguments.groove:
        write_grooves(arguments.groove)
    if arguments.chorales:
        voices = chorale_notes(arguments.chorales, 0, 64)
        names = ("Soprano", "Alto", "Tenor", "Bass")
        lanes = [(voice, channel, 19, voices[channel]) for channel, voice in enumerate(names)]
        write("chorale", "Chorale", (4, 4), mido.bpm2tempo(84), 4, lanes)


def write_grooves(folder):
    grooves = {
        "drums": ("Funk Groove", "drummer1/eval_session/1_funk-groove1_138_beat_4-4.mid", 4),
        "drums-fusion": ("Fusion Groove", "drummer7/session2/112_jazz-fusion_96_beat_4-4.mid", 2),
    }
    for name, (title, path, first_bar) in grooves.items():
        notes, tempo = groove_notes(folder / path, first_bar, 4)
        write(name, title, (4, 4), tempo, 4, [("Drums", 9, 0, notes)])


if __name__ == "__main__":
    main()
