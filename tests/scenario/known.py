#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Frames of which every byte follows from their number, and a program that
writes them (yuv420p). A lossless encoder keeps them as they are, so that what
was laid over one can be told from it to the byte.

known.py RATE:COUNT...   so many frames at so many a second, one part after the
                         other; with RATE 0 it is silent for so many seconds,
                         with "max" they come at once; the last part never ends
"""

import subprocess
import sys
import time

import numpy as np

W, H, FPS = 640, 360, 25
SIZE = f"{W}x{H}"
ROWS = 8  # of the number, the lowest ones
LUMA = 64  # all above are darker
BITS = 16
CELL = W // (2 * BITS)
WHITE, BLACK = 235, 16
_X, _Y = np.arange(W) // 8, np.arange(H)[:, None] // 8


def planes(number):
    """Y, U and V of one frame."""
    y = (20 + (_X + _Y + number * 3) % (LUMA - 24)).astype(np.uint8)
    u = (100 + (_X[:W // 2] + number) % 60 + _Y[:H // 2] * 0).astype(np.uint8)
    v = (100 + (_Y[:H // 2] + number) % 60 + _X[:W // 2] * 0).astype(np.uint8)
    bits = [number >> i & 1 for i in range(BITS)]
    for n, bit in enumerate(bits + [1 - bit for bit in bits]):
        y[-ROWS:, n * CELL:(n + 1) * CELL] = WHITE if bit else BLACK
    return y, u, v


def number_of(y):
    """The number of a frame by its luma; -1: it is none of these."""
    bits = y[-ROWS // 2, CELL // 2::CELL] > 128
    if (bits[:BITS] == bits[BITS:]).any():
        return -1
    return sum(1 << i for i in range(BITS) if bits[i])


class Received:
    """A recording, decoded: y[n], u[n], v[n] and number[n] of its frames."""

    def __init__(self, path):
        raw = subprocess.run(
            ["timeout", "300", "ffmpeg", "-v", "error", "-nostdin", "-i", path,
             "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo",
             "-pix_fmt", "yuv420p", "-"], check=True, stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL).stdout
        self.n = len(raw) // (W * H * 3 // 2)
        data = np.frombuffer(raw, np.uint8).reshape(self.n, -1)
        at = W * H
        self.y = data[:, :at].reshape(self.n, H, W)
        self.u = data[:, at:at * 5 // 4].reshape(self.n, H // 2, W // 2)
        self.v = data[:, at * 5 // 4:].reshape(self.n, H // 2, W // 2)
        self.number = [number_of(y) for y in self.y]

    def known(self):
        """The indices of those that are known: not of a slate."""
        return [n for n in range(self.n) if self.number[n] >= 0]

    def touched(self, n):
        """Where a frame is not what was written: a mask of its luma, and one
        of its chroma."""
        y, u, v = planes(self.number[n])
        return self.y[n] != y, (self.u[n] != u) | (self.v[n] != v)


def run(parts):
    number = 0
    for k, (rate, count) in enumerate(parts):
        begin, first = time.monotonic(), number
        if rate == "0":
            time.sleep(float(count))
            continue
        while k == len(parts) - 1 or number < first + int(count):
            sys.stdout.buffer.write(
                b"".join(p.tobytes() for p in planes(number)))
            sys.stdout.buffer.flush()
            number += 1
            if rate != "max":
                time.sleep(max(0, begin + (number - first) / float(rate)
                               - time.monotonic()))


if __name__ == "__main__":
    run([part.split(":") for part in sys.argv[1:]])
