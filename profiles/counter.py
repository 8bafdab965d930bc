#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A program that makes frames, as a camera with a detector would.

Writes raw bgr24 frames to standard output: a moving bar, and the frame's
number as a row of 32 blocks. Replace frame() with your own function; all
that matters is that each frame is written whole, and that nothing else is
written to standard output.

    counter.py WIDTH HEIGHT FPS
"""

import sys
import time

import numpy as np


def frame(number, width, height):
    """One frame: height x width x 3 bytes, blue green red."""
    image = np.full((height, width, 3), (64, 48, 32), np.uint8)
    left = number * 4 % width
    image[:, left:left + max(width // 40, 1)] = (0, 160, 255)
    block = max(width // 32, 1)
    for bit in range(min(32, width // block)):
        if number >> (31 - bit) & 1:
            image[-block:, bit * block:(bit + 1) * block] = 255
    return image


def main():
    width, height, fps = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    start = time.monotonic()
    number = 0
    while True:
        sys.stdout.buffer.write(frame(number, width, height).tobytes())
        sys.stdout.buffer.flush()
        number += 1
        time.sleep(max(0, start + number / fps - time.monotonic()))


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(0)
