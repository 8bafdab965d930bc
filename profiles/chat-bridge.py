#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A chat, as comments over the frames of a stream.

Reads JSON lines such as {"user": "ann", "text": "hello", "color": "#ff8800"},
appended to a file or sent by a server, and passes them on to `ffsup say`. What
exceeds RATE comments a second is dropped, and counted. It waits for a file, a
server or a daemon that is away. NAME=MEMBER is for a chat that has another name
for "text", "user" or "color".

    chat-bridge.py STREAM FILE|tcp:HOST:PORT|unix:PATH RATE [NAME=MEMBER]...
"""
import collections, json, os, signal, socket, sys, time
from subprocess import DEVNULL, PIPE, Popen, call

if len(sys.argv) < 4:
    sys.exit(__doc__)
STREAM, SOURCE, RATE = sys.argv[1], sys.argv[2], float(sys.argv[3])
WORDS = {**{word: word for word in ("text", "user", "color")},
         **dict(word.split("=", 1) for word in sys.argv[4:])}
NO_COMMENT = AttributeError, LookupError, RecursionError, TypeError, ValueError


def lines(kind, _, where):
    while kind in ("tcp", "unix"):  # until we are ended
        try:
            with socket.socket(socket.AF_UNIX) if kind == "unix" else \
                    socket.create_connection(where.rsplit(":", 1)) as conn:
                if kind == "unix":
                    conn.connect(where)
                yield from conn.makefile("rb")
        except OSError as error:
            print(f"chat-bridge: {SOURCE}: {error}", file=sys.stderr)
        time.sleep(1)
    yield from Popen(["tail", "-n", "0", "-F", f"--pid={os.getpid()}", SOURCE],
                     stdout=PIPE).stdout


def comment(line):
    chat = json.loads(line)
    found = {word: chat[name] for word, name in WORDS.items() if name in chat}
    found["text"] = found["text"].replace("\0", "")[:1000]
    return json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")


signal.signal(signal.SIGTERM, signal.default_int_handler)
while call(["ffsup", "overlay", STREAM], stdout=DEVNULL) != 0:
    time.sleep(1)
say = Popen(["ffsup", "say", STREAM, "-", "--json"], stdin=PIPE)
counts, budget, last = collections.Counter(), RATE, 0
try:
    for line in lines(*SOURCE.partition(":")):
        now = time.monotonic()
        budget, last = min(RATE, budget + (now - last) * RATE), now
        try:
            text = comment(line)
            what = "passed on" if budget >= 1 else "dropped"
        except NO_COMMENT:
            what = "not comments"
        counts[what] += 1
        if what == "passed on":
            budget -= 1
            say.stdin.write(text + b"\n")
            say.stdin.flush()
except KeyboardInterrupt:
    say.communicate()
print(f"chat-bridge: {dict(counts)}", file=sys.stderr)
