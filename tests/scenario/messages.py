# SPDX-License-Identifier: ISC
"""A reader of ffsup's comments in H.264 and H.265, which knows no line of
ffsup's own."""

import json
import re
import subprocess
import uuid

from harness import FFMPEG

UUID = uuid.UUID("b5b638c9-4610-4820-8bef-fbf22fe29260")
START = re.compile(b"\x00\x00\x01")
USER_DATA = 5


def units(data):
    """The NAL units of a byte stream."""
    at = [m.end() for m in START.finditer(data)]
    return [data[a:b - 3 if b else None].rstrip(b"\x00")
            for a, b in zip(at, at[1:] + [None])]


def varying(data, i):
    """A number of bytes 255 and one below, and where it ends."""
    n = 0
    while data[i] == 255:
        n, i = n + 255, i + 1
    return n + data[i], i + 1


def is_sei(unit, hevc):
    return unit[0] >> 1 == 39 if hevc else unit[0] & 0x1f == 6


def payloads(unit, head):
    """The messages of an SEI NAL unit: (type, bytes)."""
    data = re.sub(b"\x00\x00\x03", b"\x00\x00", unit[head:])
    i = 0
    while i < len(data) - 1:
        kind, i = varying(data, i)
        size, i = varying(data, i)
        assert i + size < len(data), "a message is cut off"
        yield kind, data[i:i + size]
        i += size


def comments(data, hevc=False):
    """The JSON objects of ffsup in a byte stream, in their order; each is
    alone in its NAL unit."""
    found = []
    for unit in units(data):
        if not unit or not is_sei(unit, hevc):
            continue
        try:
            inside = list(payloads(unit, 2 if hevc else 1))
        except IndexError:  # the end of what has come so far
            break
        mine = [body for kind, body in inside
                if kind == USER_DATA and body[:16] == UUID.bytes]
        assert not mine or len(inside) == 1
        found += [json.loads(body[16:]) for body in mine]
    return found


def annexb(path, codec="h264"):
    """The video of a file, as a byte stream."""
    return subprocess.run(
        [FFMPEG, "-v", "error", "-nostdin", "-i", str(path), "-map", "0:v:0",
         "-c", "copy", "-f", codec, "-"], check=True, capture_output=True,
        stdin=subprocess.DEVNULL).stdout


def pull(url, path):
    """Write a stream's H.264 to a file as it comes; returns the process."""
    return subprocess.Popen(
        [FFMPEG, "-v", "error", "-nostdin", "-y", "-analyzeduration",
         "1000000", "-i", url, "-map", "0:v:0", "-c", "copy", "-flush_packets",
         "1", "-f", "h264", str(path)], stdin=subprocess.DEVNULL)


def texts(path):
    """What was said in a file of H.264, so far."""
    return [c["text"] for c in comments(path.read_bytes())] \
        if path.exists() else []
