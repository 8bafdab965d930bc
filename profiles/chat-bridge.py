#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A chat, as comments over the frames of a stream.

Reads JSON lines such as {"user": "ann", "text": "hello", "color": "#ff8800"},
appended to a file or sent by a socket, and passes them on to `ffsup say`. What
exceeds RATE comments a second is dropped, and counted. It waits for a file, a
server or a daemon that is away. NAME=MEMBER is for a chat that has another name
for "text", "user" or "color".

    chat-bridge.py STREAM FILE|tcp:HOST:PORT|unix:PATH RATE [NAME=MEMBER]...
"""

import collections
import json
import os
import signal
import socket
import sys
import time
from subprocess import DEVNULL, PIPE, Popen, call

STREAM, SOURCE, RATE = sys.argv[1], sys.argv[2], float(sys.argv[3])
MEMBERS = {"text": "text", "user": "user", "color": "color",
           **dict(word.split("=", 1) for word in sys.argv[4:])}


def connect(kind, where):
    if kind == "tcp":
        return socket.create_connection(where.rsplit(":", 1))
    conn = socket.socket(socket.AF_UNIX)
    conn.connect(where)
    return conn


def lines():
    """Those of the source from now on, whatever becomes of it."""
    kind, _, where = SOURCE.partition(":")
    while kind in ("tcp", "unix"):
        try:
            with connect(kind, where) as conn:
                yield from conn.makefile("rb")
        except OSError as error:
            print(f"chat-bridge: {SOURCE}: {error}", file=sys.stderr)
        time.sleep(1)
    yield from Popen(["tail", "-n", "0", "-F", f"--pid={os.getpid()}", SOURCE],
                     stdout=PIPE).stdout


def comment_of(line):
    """A line for `ffsup say`; None: it is not a comment."""
    try:
        root = json.loads(line)
        found = {name: root[member].replace("\0", "")[:1000] for name, member
                 in MEMBERS.items() if name == "text" or root.get(member)}
    except (AttributeError, LookupError, RecursionError, TypeError,
            ValueError):
        return None
    return json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")


def start():
    """`ffsup say`, once there is a daemon; then it connects again by itself."""
    while call(["ffsup", "overlay", STREAM], stdout=DEVNULL) != 0:
        time.sleep(1)
    return Popen(["ffsup", "say", STREAM, "-", "--json"], stdin=PIPE)


def main():
    counts, budget, last, say = collections.Counter(), RATE, 0, start()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for line in lines():
            now, comment = time.monotonic(), comment_of(line)
            budget, last = min(RATE, budget + (now - last) * RATE), now
            if comment is None or budget < 1:
                counts["not comments" if comment is None else "dropped"] += 1
                continue
            budget -= 1
            counts["passed on"] += 1
            try:
                say.stdin.write(comment + b"\n")
                say.stdin.flush()
            except BrokenPipeError:
                say = start()
    except KeyboardInterrupt:
        say.communicate()
    print(f"chat-bridge: {dict(counts)}", file=sys.stderr)


if __name__ == "__main__":
    main()
