# SPDX-License-Identifier: ISC
"""Doors: who asks, feeds or stands in the way of the daemon's sockets, and
what becomes of its lock, its socket and what it left behind."""

import errno
import fcntl
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import time

import pytest
from harness import (CHECKED, FFSUP, alive, children, deadline, end_process,
                     fake_profile, frames_profile, patience, wait_for)

SIZE, BYTES = "64x48", 64 * 48 * 3
STOPPED = "the daemon does not answer"


def fed(**source):
    """A stream that takes frames at its own socket."""
    return frames_profile(SIZE, 25, socket=True, **source)


def door(d, name="a"):
    """The path of a stream's socket."""
    return d.run / f"{name}.frames"


def connect(path):
    """Connect, once there is room among those who wait."""
    def knock():
        conn = socket.socket(socket.AF_UNIX)
        conn.settimeout(patience(5))
        try:
            conn.connect(str(path))
        except BlockingIOError:
            conn.close()
            return None
        return conn
    return wait_for(knock, 10, f"room at {path}")


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
        _, said = asker.communicate(timeout=patience(30))
        assert asker.returncode == 1 and STOPPED in said
        d.signal(signal.SIGCONT)
        for conn in conns:
            conn.close()
        d.wait(d.answers, 20, "an answer")
        was = frames_in(d)

        def arrives():
            write_all(feeder.stdin.fileno(), bytes(BYTES), 5)
            return frames_in(d) > was + 5
        d.wait(arrives, 20, "frames after the daemon went on")
    finally:
        end_process(asker)
        end_process(feeder)


# --- clients that do not read, say nothing, or half of it --------------------

def ask(conn, text, newline=True):
    conn.sendall(text.encode() + (b"\n" if newline else b""))


SNAP = '{"v":1,"cmd":"snap","args":["a"]}'
FOLLOW = '{"v":1,"cmd":"events","opts":{"follow":true,"lines":1}}'


@pytest.mark.skipif(CHECKED, reason="checkers need more memory than that")
def test_s11_unread_snaps(faked):
    """S11: sixty clients ask for six megabytes each and read none of it. The
    daemon, which may have 500 MB, lives; each was answered, and frames go
    on."""
    limit = 500 << 20
    d = faked({"a": frames_profile("1920x1080", 25, pattern="counter")},
              preexec=lambda: resource.setrlimit(
                  resource.RLIMIT_AS, (limit, limit)))
    d.wait(lambda: (d.status("a").get("frames") or {"out": 0})["out"] > 0)
    conns = [connect(d.sock) for _ in range(60)]
    was = d.status("a")["frames"]["out"]
    for i, conn in enumerate(conns):
        ask(conn, SNAP)
        if i % 10 == 0:  # so that it is not one frame for all
            d.wait(lambda: d.status("a")["frames"]["out"] > was + 2)
            was = d.status("a")["frames"]["out"]
    for conn in conns:
        assert conn.recv(8) == b'{"v":1,"', "no reply"
    was = d.status("a")["frames"]["out"]
    d.wait(lambda: d.status("a")["frames"]["out"] > was + 5)
    for conn in conns:
        conn.close()


def is_open(conn):
    """The daemon has neither said anything nor hung up."""
    conn.setblocking(False)
    try:
        conn.recv(1)
    except BlockingIOError:
        return True
    return False


def test_s11_silent_clients(faked):
    """S11: six hundred clients that say nothing keep nobody waiting: those
    that came first make room, the others stay."""
    d = faked({"a": fake_profile()})
    conns = [connect(d.sock) for _ in range(600)]
    assert d.request("version")["ok"]
    assert is_open(conns[-1]) and is_open(conns[300])
    wait_for(lambda: not is_open(conns[0]), 5, "the first one left")
    for conn in conns:
        conn.close()


def test_s11_too_many_followers(faked):
    """S11: those who follow do not take all places: one too many is told so,
    and who asks is answered."""
    d = faked({"a": fake_profile()})
    conns = []
    for _ in range(256):  # and the harness
        conns.append(connect(d.sock))
        ask(conns[-1], FOLLOW)
    said = [conn.recv(8192).decode() for conn in conns]
    refused = [text for text in said if '"ok":true' not in text]
    assert len(refused) == 1 and "are following already" in refused[0]
    assert d.request("version")["ok"]
    for conn in conns:
        conn.close()


def test_s12_half_closed(faked):
    """S12: a request is at its end where the client's words are, and who
    follows hears what happens though he says no more."""
    d = faked({"a": fake_profile()})
    with d.connect() as conn:
        ask(conn, FOLLOW, newline=False)
        conn.shutdown(socket.SHUT_WR)
        lines = conn.makefile()
        assert '"ok":true' in lines.readline()
        d.tell("stop", "a")
        assert '"stream":"a"' in lines.readline()
    with d.connect() as conn:
        ask(conn, '{"v":1,"cmd":"version"}', newline=False)
        conn.shutdown(socket.SHUT_WR)
        assert '"ok":true' in conn.makefile().readline()
    with d.connect() as conn:  # nothing at all: no answer, either
        conn.shutdown(socket.SHUT_WR)
        assert conn.recv(1) == b""


# --- the place of who feeds --------------------------------------------------

def pump(d, feeder, frames=1):
    """Frames for `ffsup feed`; how many have arrived since the start."""
    write_all(feeder.stdin.fileno(), bytes(BYTES * frames), 5)
    return frames_in(d)


def test_s11_feed_keeps_its_place(faked):
    """S11: who connects and leaves without a byte does not take the place of
    `ffsup feed`; who brings a frame does, and when that one has left, feed is
    back."""
    d = faked({"a": fed()})
    feeder = feed(d)
    try:
        d.wait(lambda: pump(d, feeder) > 5, 10, "frames")
        for _ in range(30):
            connect(door(d)).close()
        was = frames_in(d)
        d.wait(lambda: pump(d, feeder) > was + 10, 10, "frames as before")
        with connect(door(d)) as other:
            assert b'"fed":true' in other.recv(1000)
            other.sendall(bytes(BYTES))
            d.wait(lambda: pump(d, feeder) and select.select(
                [feeder.stderr], [], [], 0)[0], 10, "a word from feed")
            assert b"another program" in feeder.stderr.readline()
        was = frames_in(d)
        d.wait(lambda: pump(d, feeder) > was + 10, 15, "frames from feed")
        assert b"has left" in feeder.stderr.readline()
    finally:
        end_process(feeder)


# --- the lock and the socket -------------------------------------------------

def lock_of(d):
    return d.run / "s.lock"


def test_s9_directory_removed(faked):
    """S9: the runtime directory is removed under the daemon: a second one
    does not start beside it, neither at once nor later, and both the lock and
    the socket come again."""
    d = faked({"a": fake_profile()})
    shutil.rmtree(d.run)
    second = subprocess.run(d.argv(), env=d.env, cwd=d.dir, check=False,
                            capture_output=True, text=True, timeout=30)
    assert second.returncode == 1
    assert f"another ffsup (pid {d.pid})" in second.stderr
    d.wait(d.sock.exists, 15, "the socket")
    assert lock_of(d).exists() and d.request("version")["ok"]
    second = subprocess.run(d.argv(), env=d.env, cwd=d.dir, check=False,
                            capture_output=True, text=True, timeout=30)
    assert second.returncode == 1


def test_s9_lock_removed(faked):
    """S9: of all files the lock alone is cleaned away."""
    d = faked({"a": fake_profile()})
    lock_of(d).unlink()
    d.wait(lock_of(d).exists, 15, "the lock")


@pytest.mark.parametrize("dead", [True, False])
def test_s9_foreign_socket(faked, dead):
    """S9: a dead socket, or one that somebody listens at, in the place of
    ours: noticed, and ours again."""
    d = faked({"a": fake_profile()})
    d.sock.unlink()
    with socket.socket(socket.AF_UNIX) as foreign:
        foreign.bind(str(d.sock))
        if not dead:
            foreign.listen()
        was = d.sock.stat().st_ino
        d.wait(lambda: d.sock.exists() and d.sock.stat().st_ino != was, 15,
               "our own socket")
        assert d.request("version")["ok"]


@pytest.mark.slow
def test_s9_foreign_door(faked):
    """S9: somebody listens in the place of a stream's socket: it is told, and
    when it is clear that it is no daemon, the socket is ours again. (slow:
    the time it takes to be clear)"""
    d = faked({"a": fed()})
    wait_for(door(d).exists, 5)
    door(d).unlink()
    with socket.socket(socket.AF_UNIX) as foreign:
        foreign.bind(str(door(d)))
        foreign.listen()
        was = door(d).stat().st_ino
        d.wait_log("another program is listening there", 10)
        d.wait(lambda: door(d).exists() and door(d).stat().st_ino != was, 30,
               "our own socket")


def test_s9_place_taken(faked):
    """S9: another daemon holds the lock that stands there now: it is said
    loudly, and its files outlive the first one's end."""
    d = faked({"a": fed()})
    lock_of(d).unlink()
    d.sock.unlink()
    with open(lock_of(d), "w", encoding="ascii") as lock, \
            socket.socket(socket.AF_UNIX) as theirs, \
            socket.socket(socket.AF_UNIX) as doors:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711\n")
        lock.flush()
        theirs.bind(str(d.sock))
        theirs.listen()
        door(d).unlink()
        doors.bind(str(door(d)))
        doors.listen()
        inode = door(d).stat().st_ino
        d.wait_log(r"another ffsup \(pid 4711\) has taken", 15)
        d.signal(signal.SIGTERM)
        assert d.proc.wait(patience(10)) == 0
        assert d.sock.exists() and lock_of(d).exists()
        assert door(d).stat().st_ino == inode
    d.sock.unlink()
    lock_of(d).unlink()


# --- what was left behind -----------------------------------------------------

def read_pid(path):
    """The pid that a script wrote; None before it has."""
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


def wrapped(path, ignore=""):
    """A frames stream whose program is behind a shell that does not exec."""
    script = f"{ignore} sleep 1000 & echo $! >{path}; wait"
    return frames_profile(SIZE, 25, command=["/bin/sh", "-c", script])


def test_s11_left_by_a_killed_daemon(faked, tmp_path):
    """S11: the daemon is killed with SIGKILL; what a wrapper kept alive is
    ended by the next daemon of this socket, that of another one is not."""
    others = faked({"b": wrapped(tmp_path / "other")})
    d = faked({"a": wrapped(tmp_path / "first")})
    pid = d.wait(lambda: read_pid(tmp_path / "first"), 10, "the program")
    other = wait_for(lambda: read_pid(tmp_path / "other"), 10, "the other")
    d.kill()
    assert alive(pid)
    (tmp_path / "first").unlink()
    d.start()
    wait_for(lambda: not alive(pid), 10, "the end of what was left")
    new = d.wait(lambda: read_pid(tmp_path / "first"), 10, "the new program")
    assert alive(new) and alive(other)
    assert others.worker("b", "producer")["run"] == 1


def test_s11_clean_environment(faked, tmp_path):
    """S11: one that has left its group, its parent and its environment behind
    goes with the daemon, which is its parent by then."""
    pidfile = tmp_path / "pid"
    inner = f"echo $$ >{pidfile}; exec sleep 1000"
    d = faked({"a": frames_profile(SIZE, 25, command=[
        "/bin/sh", "-c", f"setsid -f env -i /bin/sh -c '{inner}'; "
        "exec sleep 1000"])})
    pid = d.wait(lambda: read_pid(pidfile), 10, "the program")
    d.wait(lambda: pid in children(d.pid), 10, "that it is ours")
    d.stop()
    assert not alive(pid)
