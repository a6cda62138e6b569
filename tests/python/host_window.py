"""Solferino's window, opened by dawdreamer under Xvfb: each part of it shows what the project holds.

Arguments: the .vst3, a folder with `Xvfb_screen0` (Xvfb -fbdir) and `project.state` (left by the CLAP tests), a folder for
the screenshot.
"""

import os
import struct
import sys
import threading
import time
import zlib
from pathlib import Path

import dawdreamer
import numpy

import juce

PATIENCE = 60.0
LEAST_SIZE = (720, 500)

# A panel's colour, from plugin/src/editor/theme.rs.
PANEL = (0x1D, 0x1A, 0x23)


def pink(red, green, blue):
    """The dye: the name, the button, new notes."""
    return red - green > 60


def blue(red, green, blue):
    """Given notes, loud or soft; nothing else in the window is blue."""
    return blue - red > 24


def bright(red, green, blue):
    """Words."""
    return (red > 150) & (green > 150) & (blue > 150)


# What must be seen in a window with a source and takes: a part (left, top, right, bottom; negative from the window's right
# and bottom edge), what is looked for there, and in how many columns of pixels at least. Lines and frames are narrower.
SEEN = {
    "the name": ((0, 0, 140, 40), pink, 30),
    "the source's notes": ((0, 40, 196, 180), blue, 20),
    "the given notes": ((220, 70, -240, -175), blue, 60),
    "the new notes": ((220, 70, -240, -175), pink, 25),
    "the takes": ((220, -165, -240, -32), blue, 20),
    "the words of the controls": ((-210, 40, -6, -110), bright, 60),
    "the button": ((-210, -80, -6, -32), pink, 150),
}


def screen(file: Path) -> numpy.ndarray:
    """The screen's pixels (rows, columns, RGB), from Xvfb's own file, which is in XWD's format."""
    data = file.read_bytes()
    header = struct.unpack_from(">25I", data)
    size, width, height, bytes_a_line, colours = header[0], header[4], header[5], header[12], header[19]
    pixels = numpy.frombuffer(data, numpy.uint8, bytes_a_line * height, size + colours * 12)
    return pixels.reshape(height, -1, 4)[:, :width, 2::-1]


def write_png(file: Path, pixels: numpy.ndarray) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def unseen(pixels: numpy.ndarray) -> list:
    """What should be seen in the window and is not."""
    pixels = pixels.astype(int)
    rows, columns = numpy.nonzero((numpy.abs(pixels - PANEL) <= 4).all(axis=2))
    if not rows.size:
        return ["the window"]
    window = pixels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    height, width, _ = window.shape
    if width < LEAST_SIZE[0] or height < LEAST_SIZE[1]:
        return [f"the window: {width} by {height} pixels"]
    missing = []
    for name, ((left, top, right, bottom), wanted, least) in SEEN.items():
        columns = int(wanted(*window[top:bottom, left:right].transpose(2, 0, 1)).any(axis=0).sum())
        if columns < least:
            missing.append(f"{name}: {columns} columns, not {least}")
    return missing


def watch(framebuffer: Path, left: Path) -> None:
    """Waits for the window to be drawn, keeps a picture of it and ends the process, window and all."""
    deadline = time.monotonic() + PATIENCE
    missing = ["the window"]
    while missing and time.monotonic() < deadline:
        time.sleep(0.5)
        missing = unseen(screen(framebuffer))
    write_png(left / "window.png", screen(framebuffer))
    print(f"window: {'; '.join(missing) or 'every part is drawn'}; picture in {left / 'window.png'}", flush=True)
    os._exit(1 if missing else 0)


def main(vst3: str, given: Path, left: Path) -> None:
    engine = dawdreamer.RenderEngine(44_100, 512)
    plugin = engine.make_plugin_processor("solferino", vst3)
    # CLAP states have their length in front; the rest is the same for both formats.
    project = left / "window.state"
    project.write_bytes(juce.wrap((given / "project.state").read_bytes()[8:]))
    plugin.load_state(str(project))
    threading.Thread(target=watch, args=(given / "Xvfb_screen0", left), daemon=True).start()
    plugin.open_editor()
    time.sleep(PATIENCE)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
