#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The sample that everybody writes: pictures of its own into something.

sample.py LOG BYTES FPS fd                  as a "command": to FFSUP_FD
sample.py LOG BYTES FPS open PATH           into a FIFO
sample.py LOG BYTES FPS connect PATH        into a stream's socket
sample.py LOG BYTES FPS popen PROGRAM...    into the stdin of a program

A picture is random but for "FFRM", its number and a CRC-32 in front. LOG is
JSON: pid, written, slowest_ms (without what the machine made it wait),
exception, code (of the program). SIGTERM ends it after the picture on its way,
--count N after N pictures, and --cut N in the middle of the next one.
"""

import argparse
import os
import random
import signal
import socket
import struct
import subprocess
import time
import zlib

from livelog import Held, LiveLog

STOP = []


def picture(dice, number, size):
    body = dice.randbytes(size - 12)
    return struct.pack("<4sII", b"FFRM", number, zlib.crc32(body)) + body


def write_all(fd, data):
    while data:
        data = data[os.write(fd, data):]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1 << 62)
    parser.add_argument("--cut", action="store_true")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("log")
    parser.add_argument("bytes", type=int)
    parser.add_argument("fps", type=float)
    parser.add_argument("way", choices=["fd", "open", "connect", "popen"])
    parser.add_argument("where", nargs=argparse.REMAINDER)
    return parser.parse_args()


def run(args, log, write, *readers):
    dice, held = random.Random(1), Held(*readers)
    begin = time.monotonic()
    while log["written"] < args.count and not STOP:
        data = picture(dice, args.first + log["written"], args.bytes)
        held.begin()
        write(data)
        log["slowest_ms"] = max(log["slowest_ms"], held.took_ms())
        log["written"] += 1
        log.write()
        time.sleep(max(0, begin + log["written"] / args.fps
                       - time.monotonic()))
    if args.cut:
        write(data[:args.bytes // 3])


def deliver(args, log):
    if args.way == "fd":
        fd = int(os.environ["FFSUP_FD"])
        if fd != 1:
            print("noise\n" * 1000, flush=True)
        run(args, log, lambda data: write_all(fd, data), os.getppid())
    elif args.way == "open":
        with open(args.where[0], "wb") as pipe:
            run(args, log, lambda data: write_all(pipe.fileno(), data))
    elif args.way == "connect":
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(args.where[0])
            pid, = struct.unpack("i8x", sock.getsockopt(
                socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            run(args, log, sock.sendall, pid)
    else:
        with subprocess.Popen(args.where, stdin=subprocess.PIPE) as p:
            run(args, log, p.stdin.write, p.pid)
            p.stdin.close()
            log["code"] = p.wait()


def main():
    args = arguments()
    log = LiveLog(args.log, pid=os.getpid(), written=0, slowest_ms=0,
                  exception=None)
    signal.signal(signal.SIGTERM, lambda *_: STOP.append(True))
    try:
        deliver(args, log)
    except Exception as error:  # pylint: disable=broad-except
        log["exception"] = repr(error)
    log.write()


if __name__ == "__main__":
    main()
