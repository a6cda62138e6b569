"""The envelope that JUCE hosts (pedalboard, dawdreamer) put around a VST3's state.

A magic number and a length, then XML whose IComponent element holds the plug-in's own bytes in JUCE's base64: the
length in bytes, a dot, and six bits a character, the lowest bits first.
"""

import re
import struct

MAGIC = 0x21324356
ALPHABET = ".ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+"


def encode(data: bytes) -> str:
    bits = int.from_bytes(data, "little")
    count = (len(data) * 8 + 5) // 6
    return f"{len(data)}." + "".join(ALPHABET[bits >> (6 * i) & 63] for i in range(count))


def decode(text: str) -> bytes:
    length, characters = text.split(".", 1)
    bits = 0
    for character in reversed(characters):
        bits = bits << 6 | ALPHABET.index(character)
    size = int(length)
    return (bits & (1 << 8 * size) - 1).to_bytes(size, "little")


def unwrap(state: bytes) -> bytes:
    """The plug-in's own bytes in a JUCE host's state."""
    magic, length = struct.unpack_from("<II", state)
    assert magic == MAGIC, f"no JUCE state: {state[:16]!r}"
    xml = state[8 : 8 + length].decode()
    return decode(re.search(r"<IComponent>(.*?)</IComponent>", xml, re.DOTALL).group(1))


def wrap(data: bytes) -> bytes:
    """A JUCE host's state with a plug-in's own bytes in it."""
    xml = '<?xml version="1.0" encoding="UTF-8"?> <VST3PluginState>'
    xml += f"<IComponent>{encode(data)}</IComponent></VST3PluginState>"
    return struct.pack("<II", MAGIC, len(xml)) + xml.encode() + b"\0"
