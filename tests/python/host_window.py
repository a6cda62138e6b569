"""Solferino's window, opened by dawdreamer under Xvfb: it must not be blank.

Arguments: the .vst3, a folder with `Xvfb_screen0` (Xvfb -fbdir), a folder for the screenshot.
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

PATIENCE = 60.0
ENOUGH_COLOURS = 40


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


def watch(framebuffer: Path, left: Path) -> None:
    """Waits for the window to be drawn, keeps a picture of it and ends the process, window and all."""
    deadline = time.monotonic() + PATIENCE
    pixels, colours = screen(framebuffer), 0
    while time.monotonic() < deadline and colours < ENOUGH_COLOURS:
        time.sleep(0.5)
        pixels = screen(framebuffer)
        colours = len(numpy.unique(pixels.reshape(-1, 3)[::7], axis=0))
    time.sleep(1.0)
    write_png(left / "window.png", screen(framebuffer))
    drawn = colours >= ENOUGH_COLOURS
    print(f"window: {colours} colours on the screen, picture in {left / 'window.png'}", flush=True)
    os._exit(0 if drawn else 1)


def main(vst3: str, given: Path, left: Path) -> None:
    engine = dawdreamer.RenderEngine(44_100, 512)
    plugin = engine.make_plugin_processor("solferino", vst3)
    threading.Thread(target=watch, args=(given / "Xvfb_screen0", left), daemon=True).start()
    plugin.open_editor()
    time.sleep(PATIENCE)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
