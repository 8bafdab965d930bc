# SPDX-License-Identifier: ISC
"""Doors: who asks, feeds or stands in the way of the daemon's sockets, and
what becomes of its lock, its socket and what it left behind."""

import errno
import os
import select
import signal
import socket
import subprocess
import time

import pytest
from harness import (CHECKED, FFSUP, alive, deadline, end_process, fake,
                     fake_profile, frames_profile, wait_for)

SIZE, BYTES = "64x48", 64 * 48 * 3
STOPPED = "the daemon does not answer"


def fed(**source):
    """A stream that takes frames at its own socket."""
    return frames_profile(SIZE, 25, socket=True, **source)


def door(d, name="a"):
    """The path of a stream's socket."""
    return d.run / f"{name}.frames"


def connect(path):
    conn = socket.socket(socket.AF_UNIX)
    conn.settimeout(deadline(5))
    conn.connect(str(path))
    return conn


def fill(path):
    """Connect until there is no room for one more; all the connections."""
    conns = []
    while True:
        conn = socket.socket(socket.AF_UNIX)
        conn.setblocking(False)
        code = conn.connect_ex(str(path))
        if code == errno.EAGAIN:
            conn.close()
            return conns
        assert code == 0, os.strerror(code)
        conns.append(conn)


def feed(d, name="a"):
    """`ffsup feed` whose program is the test."""
    return subprocess.Popen([FFSUP, "feed", name], env=d.env,
                            stdin=subprocess.PIPE, stderr=subprocess.PIPE)


def write_all(fd, data, timeout):
    """Write without ever waiting for good; how much was taken in time."""
    os.set_blocking(fd, False)
    end, done = time.monotonic() + deadline(timeout), 0
    while done < len(data) and time.monotonic() < end:
        if select.select([], [fd], [], 0.1)[1]:
            done += os.write(fd, data[done:done + 65536])
    return done


def frames_in(d, name="a"):
    return d.status(name)["frames"]["in"]


# --- a daemon that lets nobody in --------------------------------------------

@pytest.mark.slow
def test_s11_nobody_waits_for_a_stopped_daemon(faked):
    """S11: the daemon is stopped and no room is left among those who wait:
    `status` ends with an error, `feed` goes on taking what its program writes
    and finds the daemon again. (slow: the ten seconds of `status`)"""
    d = faked({"a": fed()})
    d.signal(signal.SIGSTOP)
    conns = fill(d.sock) + fill(door(d))
    asker = subprocess.Popen([FFSUP, "status"], env=d.env,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)
    feeder = feed(d)
    try:
        data = bytes(BYTES * 400)
        assert write_all(feeder.stdin.fileno(), data, 15) == len(data)
        _, said = asker.communicate(timeout=deadline(30))
        assert asker.returncode == 1 and STOPPED in said
        d.signal(signal.SIGCONT)
        for conn in conns:
            conn.close()
        was = frames_in(d)

        def arrives():
            write_all(feeder.stdin.fileno(), bytes(BYTES), 5)
            return frames_in(d) > was + 5
        d.wait(arrives, 20, "frames after the daemon went on")
    finally:
        end_process(asker)
        end_process(feeder)
