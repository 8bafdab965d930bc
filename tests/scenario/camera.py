#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A camera program of our own: writes an H.264 file picture by picture.

camera.py FILE [--rates "30:5,10:5"] [--hold EVERY:SECONDS] [--once]
          [--pieces N] [--log FILE] [--die N] [--from N] [--out FD]

FILE has access unit delimiters. Pictures are taken at the given rates (each for
so many seconds, then from the beginning), the file is repeated for ever unless
--once. With --hold, writing stops every EVERY seconds for so many seconds, while
pictures are taken all the same and follow at once. With --pieces each write has
at most N bytes; with --die it ends in the middle of picture N. The log has a line
for each picture: when it was taken (monotonic), its bytes, and by how many seconds
the program was late to write it, because it did not get the processor.
"""

import argparse
import itertools
import os
import re
import sys
import time

DELIMITER = re.compile(b"\x00?\x00\x00\x01\x09")


def units(data):
    """The access units of a byte stream."""
    at = [m.start() for m in DELIMITER.finditer(data)]
    return [data[a:b] for a, b in zip(at, at[1:] + [len(data)])]


def taken(rates):
    """Seconds from the first picture to each, for ever."""
    t = 0.0
    for fps, seconds in itertools.cycle(rates):
        for _ in range(round(fps * seconds)):
            yield t
            t += 1 / fps


def write(out, data, pieces):
    for i in range(0, len(data), pieces):
        view = memoryview(data)[i:i + pieces]
        while view:
            view = view[os.write(out, view):]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("file")
    p.add_argument("--rates", default="30:3600")
    p.add_argument("--hold")
    p.add_argument("--once", action="store_true")
    p.add_argument("--pieces", type=int, default=65536)
    p.add_argument("--log", default=os.devnull)
    p.add_argument("--die", type=int, default=-1)
    p.add_argument("--from", dest="first", type=int, default=0)
    p.add_argument("--out", type=int, default=1)
    o = p.parse_args()
    with open(o.file, "rb") as f:
        pictures = units(f.read())[o.first:]
    if not o.once:
        pictures = itertools.cycle(pictures)
    rates = [tuple(map(float, r.split(":"))) for r in o.rates.split(",")]
    every, hold = map(float, o.hold.split(":")) if o.hold else (1e9, 0)
    start = time.monotonic() + 0.05
    with open(o.log, "a", buffering=1, encoding="ascii") as log:
        for n, (at, picture) in enumerate(zip(taken(rates), pictures)):
            due = at
            if at >= every and at % every < hold:
                due = at - at % every + hold
            time.sleep(max(0, start + due - time.monotonic()))
            if n == o.die:
                write(o.out, picture[:len(picture) // 2], o.pieces)
                return 3
            late = time.monotonic() - start - due
            log.write(f"{start + at:.6f} {len(picture)} {late:.6f}\n")
            write(o.out, picture, o.pieces)
    return 0


if __name__ == "__main__":
    sys.exit(main())
