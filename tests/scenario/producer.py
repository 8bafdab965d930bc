#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A program that writes raw bgr24 pictures and notes how that went for it.

producer.py LOG SIZE FPS [OPTION...]

"stamped" pictures carry "FFRM", their number and a CRC-32 for the fake;
"counter" ones are drawn as src/media/pattern.h says, so that they survive a codec.
LOG is JSON: pictures written, the slowest write in ms (without what the machine
made it wait), the exception if any.
--cut BYTES     it ends in the middle of a picture, after so many bytes
--burst N       N pictures at once, then a pause for as many
--wait S        so long before the first picture
--pause N S     after N pictures it is silent for S seconds
--gate N PATH   after N pictures it is silent until there is such a file
--still N       after N pictures the same one is sent again and again
--wrong BYTES   pictures of so many bytes a pixel, not of 3
--noise         it talks on stderr
"""

import argparse
import os
import struct
import sys
import time
import zlib

from livelog import Held, LiveLog

COLS, ROWS = 16, 8
WHITE, BLACK = 235, 16


def bits(value, count):
    return [value >> (count - 1 - i) & 1 for i in range(count)]


def edges(n, size):
    """How many pixels each of n cells has of so many."""
    at = [-(-i * size // n) for i in range(n + 1)]
    return [b - a for a, b in zip(at, at[1:])]


def counter_picture(number, wall, w, h):
    """The grid of src/media/pattern.h, in all three channels."""
    payload = struct.pack(">I", number) + struct.pack(">Q", wall)[2:]
    first = [1, 0] * (COLS // 2)
    cells = [first, *split(bits(number, 32)), *split(bits(wall, 48)),
             bits(sum(payload) & 0xffff, 16), [1 - bit for bit in first]]
    pixels = [bytes([WHITE if bit else BLACK]) * 3 for bit in (0, 1)]
    return b"".join(
        b"".join(pixels[bit] * n for bit, n in zip(row, edges(COLS, w))) * n
        for row, n in zip(cells, edges(ROWS, h)))


def split(row):
    return [row[i:i + COLS] for i in range(0, len(row), COLS)]


def stamped_picture(number, size):
    body = bytes([number & 0xff]) * (size - 12)
    return struct.pack("<4sII", b"FFRM", number, zlib.crc32(body)) + body


def write_all(data):
    done = 0
    while done < len(data):
        done += os.write(1, data[done:])


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("size")
    parser.add_argument("fps", type=float)
    parser.add_argument("--kind", default="stamped",
                        choices=["stamped", "counter"])
    parser.add_argument("--cut", type=int, default=0)
    parser.add_argument("--noise", action="store_true")
    parser.add_argument("--burst", type=int, default=1)
    parser.add_argument("--wait", type=float, default=0)
    parser.add_argument("--pause", type=float, nargs=2, default=(0, 0))
    parser.add_argument("--gate", nargs=2, default=("-1", ""))
    parser.add_argument("--still", type=int, default=0)
    parser.add_argument("--wrong", type=int, default=3)
    return parser.parse_args()


def picture(args, number):
    w, h = map(int, args.size.split("x"))
    if args.kind == "stamped":
        return stamped_picture(number, w * h * args.wrong)
    return counter_picture(number, time.time_ns() // 1000000, w, h)


def rest(args, begin, number):
    """Until the next picture is due; returns when the first one was."""
    if number == int(args.gate[0]):
        at = time.monotonic()
        while not os.path.exists(args.gate[1]):
            time.sleep(0.02)
        return begin + time.monotonic() - at
    if number == args.pause[0]:
        time.sleep(args.pause[1])
        return begin + args.pause[1]
    if number % args.burst == 0:
        time.sleep(max(0, begin + number / args.fps - time.monotonic()))
    return begin


def run(args, log):
    time.sleep(args.wait)
    begin = rest(args, time.monotonic(), 0)
    number, total = 0, 0
    held = Held(os.getppid())
    while True:
        if not args.still or number < args.still:
            data = picture(args, number)
        if args.cut and total + len(data) > args.cut:
            write_all(data[:args.cut - total])
            return
        held.begin()
        write_all(data)
        took = held.took_ms()
        total += len(data)
        number += 1
        log["written"] = number
        log["slowest_ms"] = max(log["slowest_ms"], took)
        log.write()
        if args.noise:
            print("picture", number, file=sys.stderr)
        begin = rest(args, begin, number)


def main():
    args = arguments()
    log = LiveLog(args.log, pid=os.getpid(), written=0, slowest_ms=0,
                  exception=None)
    try:
        run(args, log)
    except Exception as error:  # pylint: disable=broad-except
        log["exception"] = repr(error)
    log.write()


if __name__ == "__main__":
    main()
