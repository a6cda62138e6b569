"""Solferino as a VST3 in pedalboard (JUCE): sound, parameters, and a project that came from CLAP.

Arguments: the .vst3, a folder with `project.state` (left by the CLAP tests), a folder for what is left behind.
"""

import json
import sys
from pathlib import Path

import numpy
import pedalboard

import juce

NOTE_ON = (bytes([0x90, 60, 100]), 0.1)
NOTE_OFF = (bytes([0x80, 60, 0]), 0.5)


def main(vst3: str, given: Path) -> None:
    plugin = pedalboard.load_plugin(vst3)
    assert plugin.is_instrument and not plugin.is_effect
    assert plugin.name == "Solferino", plugin.name
    sound_at_many_rates(plugin)
    parameters_can_be_set(plugin)
    a_clap_project_opens(plugin, (given / "project.state").read_bytes())


def sound_at_many_rates(plugin) -> None:
    for rate in (22_050, 44_100, 48_000, 96_000, 192_000):
        for block in (1, 33, 512, 8_192):
            if block == 1 and rate > 48_000:
                continue
            audio = plugin([NOTE_ON, NOTE_OFF], duration=0.7, sample_rate=rate, buffer_size=block)
            assert audio.shape[0] == 2 and numpy.isfinite(audio).all(), (rate, block)
            before = audio[:, : int(rate * 0.099)]
            assert numpy.abs(before).max() == 0.0, f"sound before the key at {rate} Hz, blocks of {block}"
            peak = numpy.abs(audio).max()
            assert 0.01 < peak <= 1.0, f"peak {peak} at {rate} Hz, blocks of {block}"


def parameters_can_be_set(plugin) -> None:
    assert {"bars", "takes", "temperature", "seed"} <= set(plugin.parameters), list(plugin.parameters)
    plugin.gain_db = -20.0
    quiet = numpy.abs(plugin([NOTE_ON, NOTE_OFF], duration=0.7, sample_rate=48_000)).max()
    plugin.gain_db = 0.0
    loud = numpy.abs(plugin([NOTE_ON, NOTE_OFF], duration=0.7, sample_rate=48_000)).max()
    assert 8 < loud / quiet < 12, f"20 dB made a factor of {loud / quiet}"


def a_clap_project_opens(plugin, clap: bytes) -> None:
    # CLAP states have their length in front; the rest is the same for both formats.
    project = clap[8:]
    fields = json.loads(project)["fields"]
    plugin.raw_state = juce.wrap(project)
    saved = juce.unwrap(bytes(plugin.raw_state))
    assert json.loads(saved)["fields"]["session"] == fields["session"], "the session did not survive CLAP -> VST3"
    # Saved again it is the same bytes: what VST3 saves opens in CLAP.
    plugin.raw_state = juce.wrap(saved)
    assert juce.unwrap(bytes(plugin.raw_state)) == saved


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
    print("pedalboard: sound, parameters and a project from CLAP are right")
