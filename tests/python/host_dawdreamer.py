"""Solferino as a VST3 in dawdreamer (JUCE): MIDI to sound, and two instances in one graph.

Arguments: the .vst3 (and two folders that this script does not use).
"""

import sys

import dawdreamer
import numpy

RATE = 44_100


def main(vst3: str) -> None:
    for block in (16, 128, 1_024):
        engine = dawdreamer.RenderEngine(RATE, block)
        one = engine.make_plugin_processor("one", vst3)
        two = engine.make_plugin_processor("two", vst3)
        two.record = True
        assert one.get_num_output_channels() == 2
        for start in range(4):
            one.add_midi_note(60 + start, 100, start * 0.5, 0.4)
        engine.load_graph([(one, []), (two, []), (engine.make_add_processor("sum", [1.0, 1.0]), ["one", "two"])])
        engine.render(2.5)
        audio = engine.get_audio()
        assert numpy.isfinite(audio).all()
        for note in range(4):
            start = int(note * 0.5 * RATE)
            peak = numpy.abs(audio[:, start : start + RATE // 4]).max()
            assert 0.01 < peak <= 1.0, f"note {note} has peak {peak} in blocks of {block}"
        # The second instance got no note.
        quiet = two.get_audio()
        assert quiet.size and numpy.abs(quiet).max() == 0.0, quiet.shape


if __name__ == "__main__":
    main(sys.argv[1])
    print("dawdreamer: notes sound where they stand")
