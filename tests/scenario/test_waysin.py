# SPDX-License-Identifier: ISC
"""How pictures come in: a command, a FIFO, the stream's socket, a pattern.

Whatever the way in, the way out (write or vmsplice), the format and the size:
each picture arrives as it was written, and none is ever put together of two.
"""

import json
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
import zlib

import counter
import numpy as np
import pytest
from harness import (CHECKED, FFMPEG, FFSUP, HERE, LONG, MARKER, ROOT, SCALE,
                     Stopwatch, end_process, fake, fresh, holds_for, patience,
                     wait_for)

FORMATS = ("bgr24", "rgb24", "gray", "yuv420p", "nv12", "yuyv422", "rgba",
           "bgra")
SIZES = ("160x120", "161x121")  # the odd one: chroma is rounded up
SIZE, BYTES = "160x120", 160 * 120 * 3
PATHS = ("write", "vmsplice")
FFMPEG_RAW = ["-v", "error", "-nostdin", "-f", "rawvideo"]


def picture_bytes(pix, size):
    """The length of a picture; ffmpeg says the same, see test_patterns."""
    w, h = map(int, size.split("x"))
    chroma = ((w + 1) // 2) * ((h + 1) // 2) * 2
    return {"gray": w * h, "yuv420p": w * h + chroma, "nv12": w * h + chroma,
            "yuyv422": (w + w % 2) * h * 2, "rgba": 4 * w * h,
            "bgra": 4 * w * h}.get(pix, 3 * w * h)


def ways_profile(name, tmp_path, *words, pix="bgr24", size=SIZE, fps=25,
                 keys=None, **source):
    """Raw pictures of any format to a fake encoder, which reports what it
    got in got-NAME. (A slate made of the last picture would be a broken one
    to it: there is none.)"""
    script = fake("lead", *words, read="all", frame=picture_bytes(pix, size),
                  got=tmp_path / f"got-{name}", **(keys or {}))
    return {
        "source": {"frames": {"size": size, "format": pix, "fps": fps,
                              **source}},
        "video": {"pixel_format": "yuv444p"},
        "fallback": {"slate_after": "1h"},
        "outputs": [{"url": "/dev/null", "format": "flv",
                     "options": {"metadata": script}}]}


def got(tmp_path, name):
    """What the newest encoder of a stream has read."""
    paths = sorted(tmp_path.glob(f"got-{name}.*[0-9]"),
                   key=lambda p: p.stat().st_mtime_ns)
    return json.loads(paths[-1].read_text()) if paths else {
        "frames": 0, "blank": 0, "bad": 0, "back": 0, "repeats": 0,
        "first": -1, "last": -1}


def assert_whole(report, back=0):
    assert report["bad"] == 0 and report["back"] <= back, report


def sample(log, size, fps, way, *where, options=()):
    return [sys.executable, str(HERE / "sample.py"), *options, str(log),
            str(size), str(fps), way, *map(str, where)]


def read_log(path):
    return json.loads(path.read_text()) if path.exists() else {
        "written": 0, "slowest_ms": 0, "exception": None}


class Samples:
    """Running samples; whatever happens, they end with the test."""

    def __init__(self, tmp_path):
        self.tmp_path, self.all = tmp_path, []

    def start(self, d, name, size, fps, way, *where, options=()):
        log = self.tmp_path / f"log-{name}"
        env = {k: v for k, v in d.env.items() if k != MARKER}
        # the stderr of the program, and of a feed behind it
        with open(self.tmp_path / f"err-{name}", "ab") as err:
            proc = subprocess.Popen(
                sample(log, size, fps, way, *where, options=options),
                env=env, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=err)
        self.all.append(proc)
        return proc

    def log(self, name):
        return read_log(self.tmp_path / f"log-{name}")

    def said(self, name):
        return (self.tmp_path / f"err-{name}").read_text()

    def end(self, proc, name):
        """TERM; what it says of its life."""
        proc.terminate()
        proc.wait(patience(10))
        return self.log(name)

    def clean(self):
        for proc in self.all:
            end_process(proc)


@pytest.fixture
def samples(tmp_path):
    made = Samples(tmp_path)
    yield made
    made.clean()


def frames_path(d, name):
    return d.sock.parent / f"{name}.frames"


def feed(d, name, *options):
    return [FFSUP, "feed", *options, name, "-s", d.sock]


# --- every way, every format -----------------------------------------------

def way_command(d_dir, name, size):
    return {"command": sample(d_dir / f"log-{name}", size, 10, "fd")}


def way_command_fd(d_dir, name, size):
    return {"command": sample(d_dir / f"log-{name}", size, 10, "fd"),
            "fd": 3}


def way_fifo(d_dir, name, size):
    del size
    return {"fifo": str(d_dir / f"{name}.fifo")}


def way_socket(d_dir, name, size):
    del d_dir, name, size
    return {"socket": True}


WAYS = {"command": way_command, "fd": way_command_fd, "fifo": way_fifo,
        "socket": way_socket, "feed": way_socket}


def bring(d, samples, way, name, size, tmp_path):
    """Start the program that ffsup does not start."""
    if way == "fifo":
        samples.start(d, name, size, 10, "open", tmp_path / f"{name}.fifo")
    elif way == "socket":
        samples.start(d, name, size, 10, "connect", frames_path(d, name))
    elif way == "feed":
        samples.start(d, name, size, 10, "popen", *feed(d, name))


@pytest.mark.plain
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("way", WAYS)
def test_bit_exact(faked, samples, tmp_path, way, path):
    """Random pictures of every format, at an even and an odd size: each one
    that arrives is the one that was written, to the last bit. (Every way in
    with every format only with FFSUP_LONG.)"""
    every = LONG or (way == "command" and not CHECKED)
    streams = {f"{pix}-{size}": (pix, size)
               for pix in (FORMATS if every else FORMATS[::3])
               for size in SIZES}
    d = faked({name: ways_profile(
        name, tmp_path, "verify", pix=pix, size=size, fps=10,
        **WAYS[way](tmp_path, name, picture_bytes(pix, size)))
        for name, (pix, size) in streams.items()}, env={"FFSUP_FEED": path})
    d.wait(lambda: all(s["state"] not in ("starting", "off")
                       for s in d.streams().values()), 20)
    for name, (pix, size) in streams.items():
        bring(d, samples, way, name, picture_bytes(pix, size), tmp_path)
    for name in streams:
        d.wait(lambda n=name: fresh(got(tmp_path, n)) >= 15, 30, name)
        assert_whole(got(tmp_path, name))
        assert d.status(name)["frames"]["zero_copy"] == (path == "vmsplice")
        assert samples.log(name)["exception"] is None
        assert d.status(name)["restarts"] == 0


@pytest.mark.parametrize("pix", FORMATS)
def test_patterns(faked, tmp_path, pix):
    """The built-in pictures, in every format and at both sizes: the first
    twenty are the same bytes, whichever way they went out; the counter can be
    read back by anybody who knows the format."""
    sums = set()
    for path in PATHS:
        profiles = {}
        for size in SIZES:
            profiles[f"s{size}{path}"] = ways_profile(
                f"s{size}{path}", tmp_path, pix=pix, size=size,
                pattern="smpte", keys={"sums": 20})
            profiles[f"c{size}{path}"] = ways_profile(
                f"c{size}{path}", tmp_path, pix=pix, size=size,
                pattern="counter",
                keys={"save": tmp_path / f"save{size}{path}"})
        d = faked(profiles, env={"FFSUP_FEED": path})
        d.wait(lambda p=profiles: all(
            got(tmp_path, name)["frames"] > 20 for name in p), 15)
        for size in SIZES:
            report = got(tmp_path, f"s{size}{path}")
            sums.add((size, report["sum"]))
            saved = tmp_path / f"save{size}{path}"
            if path == PATHS[0]:
                assert read_back(saved, pix, size), (size, path)
        d.stop()
    assert len(sums) == len(SIZES), sums


def read_back(path, pix, size):
    """The counter in a raw picture, as ffmpeg understands its format."""
    w, h = map(int, size.split("x"))
    done = subprocess.run(
        [FFMPEG, *FFMPEG_RAW, "-pix_fmt", pix, "-video_size", size, "-i",
         str(path), "-f", "rawvideo", "-pix_fmt", "gray", "-"],
        capture_output=True, check=True, timeout=patience(20))
    gray = np.frombuffer(done.stdout, np.uint8).reshape(h, w)
    return counter.decode(gray)


def test_descriptor_3(faked, tmp_path):
    """With "fd": 3 the program finds its pictures' descriptor and shape in
    its environment, and what it prints lands in the log, not in a picture."""
    d = faked({"a": ways_profile(
        "a", tmp_path, "verify", fd=3, fps="30000/1001", format="rgba",
        pix="rgba", command=[
            "/bin/sh", "-c", 'echo "$FFSUP_FD $FFSUP_SIZE $FFSUP_FORMAT '
            f'$FFSUP_FPS"; exec "$0" "$@"',
            *sample(tmp_path / "log", picture_bytes("rgba", SIZE), 30,
                    "fd")])})
    d.wait(lambda: fresh(got(tmp_path, "a")) > 30, 15)
    assert_whole(got(tmp_path, "a"))
    text = json.dumps(d.request("logs", "a")["data"]["lines"])
    assert "3 160x120 rgba 30000/1001" in text
    assert "noise" in text


# --- fifo ------------------------------------------------------------------

def test_fifo_is_private_and_goes_with_its_stream(faked, tmp_path):
    """The pipe is ours alone (0600), and is removed with the stream."""
    path = tmp_path / "in"
    d = faked({"a": ways_profile("a", tmp_path, "verify", fifo=str(path))})
    wait_for(path.exists, 5)
    mode = path.lstat().st_mode
    assert stat.S_ISFIFO(mode) and stat.S_IMODE(mode) == 0o600
    d.stop()
    assert not path.exists()


def test_file_in_the_place_of_a_fifo(faked, samples, tmp_path):
    """A program that came before the pipe made a file of it, open(path,
    "wb"): the status and the log say so, nobody's file is removed, and when
    it is gone the pipe is made and works."""
    path = tmp_path / "in"
    path.write_bytes(b"not a picture")
    d = faked({"a": ways_profile("a", tmp_path, "verify", fifo=str(path))})
    problem = d.wait(lambda: d.status("a")["frames"]["problem"], 5)
    assert str(path) in problem and "named pipe" in problem
    d.wait_log(r"is not a named pipe")
    holds_for(lambda: path.read_bytes() == b"not a picture", 1.5)
    path.unlink()
    d.wait(lambda: d.status("a")["frames"]["problem"] is None, 5)
    assert stat.S_ISFIFO(path.lstat().st_mode)
    samples.start(d, "a", BYTES, 25, "open", path)
    d.wait(lambda: fresh(got(tmp_path, "a")) > 10, 10)
    assert_whole(got(tmp_path, "a"))
    assert len([s for s in d.log.splitlines()
                if "is not a named pipe" in s]) == 1


def test_file_that_takes_the_place_of_a_fifo(faked, tmp_path):
    """The pipe is removed while we run, and a program is faster than we: its
    file is reported too, and still there when we have ended."""
    path = tmp_path / "in"
    d = faked({"a": ways_profile("a", tmp_path, "verify", fifo=str(path))})
    wait_for(path.exists, 5)
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "file").rename(path)
    d.wait(lambda: d.status("a")["frames"]["problem"], 5)
    d.stop()
    assert path.read_bytes() == b"mine"


def test_fifo_that_was_removed(faked, samples, tmp_path):
    """Somebody removes the pipe: it comes back, and works."""
    path = tmp_path / "in"
    d = faked({"a": ways_profile("a", tmp_path, "verify", fifo=str(path))})
    wait_for(path.exists, 5)
    path.unlink()
    d.wait(path.exists, 5)
    samples.start(d, "a", BYTES, 25, "open", path)
    d.wait(lambda: fresh(got(tmp_path, "a")) > 10, 10)


def test_fifo_writers_come_and_go(faked, samples, tmp_path):
    """Writers leave in the middle of a picture, others come: what they left
    unfinished is forgotten, no picture is sheared, the encoder lives on."""
    path = tmp_path / "in"
    d = faked({"a": ways_profile("a", tmp_path, "verify", fifo=str(path))})
    d.wait(lambda: d.worker_pid("a"), 5)
    encoder = d.worker_pid("a")
    for n in range(4):
        first = 1000 * n
        proc = samples.start(d, f"a{n}", BYTES, 50, "open", path, options=[
            "--count", "12", "--first", str(first), "--cut"])
        proc.wait(patience(10))
        assert samples.log(f"a{n}")["exception"] is None
        d.wait(lambda n=n: d.status("a")["frames"]["torn"] == n + 1, 5)
        d.wait(lambda f=first: got(tmp_path, "a")["last"] >= f, 5)
    assert_whole(got(tmp_path, "a"))
    assert d.worker_pid("a") == encoder
    assert d.status("a")["frames"]["in"] == 48


# --- socket ----------------------------------------------------------------

def stamp(number, size=BYTES):
    """A picture like the sample's, for producers within the test."""
    body = bytes([number & 0xff]) * (size - 12)
    return struct.pack("<4sII", b"FFRM", number, zlib.crc32(body)) + body


class Producer:
    """A connection to the stream's socket, within the test."""

    def __init__(self, d, name):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(patience(5))
        self.sock.connect(str(frames_path(d, name)))
        self.lines = self.sock.makefile("rb")
        self.greeting = json.loads(self.lines.readline())

    def said(self):
        """The next line; None when the daemon has hung up."""
        try:
            line = self.lines.readline()
        except ConnectionResetError:
            return None
        return json.loads(line) if line else None

    def send(self, data):
        self.sock.sendall(data)

    def close(self):
        self.lines.close()
        self.sock.close()


def test_socket_says_what_it_expects(faked, tmp_path):
    """Who connects is told the size of a picture; nobody else may connect."""
    d = faked({"a": ways_profile("a", tmp_path, "verify", socket=True,
                                 fps="30000/1001")})
    wait_for(frames_path(d, "a").exists, 5)
    assert stat.S_IMODE(frames_path(d, "a").lstat().st_mode) == 0o600
    one = Producer(d, "a")
    assert one.greeting == {
        "v": 1, "bytes": BYTES, "size": SIZE, "format": "bgr24",
        "fps": "30000/1001"}
    one.close()
    d.stop()
    assert not frames_path(d, "a").exists()


@pytest.mark.clock
def test_newcomer_takes_over(faked, tmp_path):
    """A newcomer gets its turn with its first whole picture, when the present
    one is whole, or after half a second; the one before is told; no picture
    is put together of both."""
    d = faked({"a": ways_profile("a", tmp_path, "verify", socket=True)})
    wait_for(frames_path(d, "a").exists, 5)
    one = Producer(d, "a")
    one.send(stamp(1) + stamp(2)[:1000])
    d.wait(lambda: d.status("a")["frames"]["in"] == 1, 5)
    two = Producer(d, "a")
    two.send(stamp(3)[:500])
    one.send(stamp(2)[1000:])  # its picture becomes whole
    d.wait(lambda: d.status("a")["frames"]["in"] == 2, 5)
    two.send(stamp(3)[500:])  # and so does the newcomer's: it may
    assert one.said() == {"v": 1, "replaced": True}
    assert one.said() is None
    d.wait(lambda: d.status("a")["frames"]["in"] == 3, 5)
    assert d.status("a")["frames"]["torn"] == 0
    # one that never finishes its picture does not keep the next one out
    two.send(stamp(4)[:700])
    time.sleep(0.2 * SCALE)  # it is read; nothing tells
    three = Producer(d, "a")
    watch = Stopwatch(d)
    three.send(stamp(5))
    assert two.said() == {"v": 1, "replaced": True}
    assert watch.took(0, 1)
    d.wait(lambda: d.status("a")["frames"]["in"] == 4, 5)
    assert d.status("a")["frames"]["torn"] == 1
    d.wait(lambda: got(tmp_path, "a")["last"] == 5, 5)
    assert_whole(got(tmp_path, "a"))
    # nobody there: at once
    three.close()
    four = Producer(d, "a")
    four.send(stamp(6))
    d.wait(lambda: got(tmp_path, "a")["last"] == 6, 5)
    four.close()
    for each in (one, two):
        each.close()


def test_restart_opens_the_way_in(faked, tmp_path):
    """A stream that is not enabled, and is brought up by `restart` instead of
    `start`, has its socket and its named pipe."""
    fifo = tmp_path / "pipe"
    d = faked({"a": {**ways_profile("a", tmp_path, socket=True),
                     "enabled": False},
               "b": {**ways_profile("b", tmp_path, fifo=str(fifo)),
                     "enabled": False},
               "c": {"source": {"h264": {"socket": True}},
                     "outputs": [{"url": "/dev/null", "format": "flv"}],
                     "enabled": False}})
    d.tell("restart", "--all")
    d.wait(lambda: frames_path(d, "a").is_socket() and fifo.is_fifo() and
           frames_path(d, "c").is_socket(), 5, "ways in")


def test_socket_that_was_removed(faked, tmp_path):
    """Somebody removes the stream's socket: it comes back, and who is
    connected stays so."""
    d = faked({"a": ways_profile("a", tmp_path, "verify", socket=True)})
    path = frames_path(d, "a")
    wait_for(path.exists, 5)
    one = Producer(d, "a")
    one.send(stamp(1))
    path.unlink()
    d.wait(path.exists, 5)
    one.send(stamp(2))
    d.wait(lambda: got(tmp_path, "a")["last"] == 2, 5)
    one.close()
    two = Producer(d, "a")
    two.send(stamp(3))
    d.wait(lambda: got(tmp_path, "a")["last"] == 3, 5)
    two.close()


# --- feed ------------------------------------------------------------------

def assert_unnoticed(log, limit_ms=150):
    assert log["exception"] is None, log
    assert log["slowest_ms"] < limit_ms * SCALE, log


@pytest.mark.clock
def test_daemon_restarts_under_a_sample(daemons, fakeff, samples, tmp_path):
    """The daemon ends and another one starts under the program, five times:
    no exception, no write over 150 ms, pictures flow again, none sheared."""
    profile = ways_profile("a", tmp_path, "verify", socket=True)
    d = daemons({"a": profile}, ffmpeg=fakeff).start()
    d.wait(lambda: frames_path(d, "a").exists(), 5)
    proc = samples.start(d, "a", BYTES, 25, "popen", *feed(d, "a"))
    for _ in range(5):
        d.wait(lambda: fresh(got(tmp_path, "a")) > 20, 10)
        assert_whole(got(tmp_path, "a"))
        d.stop()
        for path in tmp_path.glob("got-a.*"):
            path.unlink()
        before = samples.log("a")["written"]
        wait_for(lambda b=before: samples.log("a")["written"] > b + 10, 5)
        d.start()
    d.wait(lambda: fresh(got(tmp_path, "a")) > 20, 10)
    log = samples.end(proc, "a")
    assert_unnoticed(log)
    assert log["code"] == 0
    said = samples.said("a")
    assert "the daemon is not running; frames are dropped" in said
    assert "connected, " in said
    assert len(said.splitlines()) <= 10, said
    d.stop()


@pytest.mark.clock
def test_daemon_killed_in_mid_picture(daemons, fakeff, samples, tmp_path):
    """The daemon is killed while a large picture is on its way (it hangs
    first, so that there is one): the half one is not continued on the next
    connection."""
    size = "1280x720"
    profile = ways_profile("a", tmp_path, "verify", size=size, socket=True)
    d = daemons({"a": profile}, ffmpeg=fakeff).start()
    d.wait(lambda: frames_path(d, "a").exists(), 5)
    proc = samples.start(d, "a", picture_bytes("bgr24", size), 15, "popen",
                         *feed(d, "a"))
    for _ in range(3):
        d.wait(lambda: fresh(got(tmp_path, "a")) > 8, 15)
        assert_whole(got(tmp_path, "a"))
        d.signal(signal.SIGSTOP)
        before = samples.log("a")["written"]
        wait_for(lambda b=before: samples.log("a")["written"] > b + 3, 5)
        d.kill()
        for path in tmp_path.glob("got-a.*"):
            path.unlink()
        d.start()
    d.wait(lambda: fresh(got(tmp_path, "a")) > 8, 15)
    assert_whole(got(tmp_path, "a"))
    assert_unnoticed(samples.end(proc, "a"))
    d.stop()


@pytest.mark.clock
def test_daemon_that_hangs(faked, samples, tmp_path):
    """The daemon is stopped (SIGSTOP) for two seconds: the program goes on
    at its pace, afterwards the pictures are new ones, and whole."""
    d = faked({"a": ways_profile("a", tmp_path, "verify", socket=True)})
    wait_for(frames_path(d, "a").exists, 5)
    proc = samples.start(d, "a", BYTES, 25, "popen", *feed(d, "a"))
    d.wait(lambda: fresh(got(tmp_path, "a")) > 10, 10)
    d.signal(signal.SIGSTOP)
    before = samples.log("a")["written"]
    wait_for(lambda: samples.log("a")["written"] > before + 50, 5)
    d.signal(signal.SIGCONT)
    d.wait(lambda: got(tmp_path, "a")["last"] > before + 55, 5)
    assert_whole(got(tmp_path, "a"))
    assert_unnoticed(samples.end(proc, "a"))


@pytest.mark.clock
def test_feed_before_the_daemon(daemons, fakeff, samples, tmp_path):
    """The program starts first: what it writes before the daemon is there
    and has said how large a picture is, is dropped, and the first picture to
    arrive is a whole one."""
    d = daemons({"a": ways_profile("a", tmp_path, "verify", socket=True)},
                ffmpeg=fakeff)
    proc = samples.start(d, "a", BYTES, 25, "popen", *feed(d, "a"))
    wait_for(lambda: samples.log("a")["written"] > 20, 10)
    d.start()
    d.wait(lambda: fresh(got(tmp_path, "a")) > 20, 10)
    assert_whole(got(tmp_path, "a"))
    assert got(tmp_path, "a")["first"] >= 20
    log = samples.end(proc, "a")
    assert_unnoticed(log)
    assert log["code"] == 0
    d.stop()


def test_feed_finds_the_next_picture(daemons, fakeff, tmp_path):
    """The connection comes in the middle of a picture: the rest of it is
    thrown away too, and what follows arrives whole."""
    d = daemons({"a": ways_profile("a", tmp_path, "verify", socket=True)},
                ffmpeg=fakeff)
    with open(tmp_path / "err", "wb") as err, \
            subprocess.Popen(feed(d, "a"), stdin=subprocess.PIPE,
                             stderr=err) as proc:
        def say(data):
            proc.stdin.write(data)
            proc.stdin.flush()

        def said(text):
            return text in (tmp_path / "err").read_text()

        wait_for(lambda: said("is not running"), 5)
        say(stamp(0) + stamp(1) + stamp(2)[:12345])
        d.start()
        wait_for(lambda: said("connected, 3 frames"), 5)
        say(stamp(2)[12345:] + stamp(3) + stamp(4))
        d.wait(lambda: d.status("a")["frames"]["in"] == 2, 5)
        d.wait(lambda: got(tmp_path, "a")["last"] == 4, 5)
        assert got(tmp_path, "a")["first"] == 3
        assert_whole(got(tmp_path, "a"))
        proc.stdin.close()
        assert proc.wait(patience(5)) == 0
    d.stop()


@pytest.mark.clock
def test_feed_waits(daemons, fakeff, samples, tmp_path):
    """With --wait nothing is lost: the first picture that arrives is the
    first one that was written."""
    count = int(60 * SCALE)  # a daemon that starts slowly is still in time
    d = daemons({"a": ways_profile("a", tmp_path, "verify", socket=True)},
                ffmpeg=fakeff)
    proc = samples.start(d, "a", BYTES, 25, "popen", *feed(d, "a", "--wait"),
                         options=["--count", str(count)])
    wait_for(lambda: samples.log("a")["written"] > 0, 10)
    time.sleep(0.7)
    d.start()
    d.wait(lambda: fresh(got(tmp_path, "a")) > 20, 10)
    assert_whole(got(tmp_path, "a"))
    assert d.status("a")["frames"]["in"] >= 21
    assert "waiting" in samples.said("a")
    proc.wait(patience(10))
    log = samples.log("a")
    assert log["exception"] is None and log["code"] == 0
    # all of them: nobody was slow after the start
    d.wait(lambda: d.status("a")["frames"]["in"] == count, 5)
    d.stop()


@pytest.mark.clock
def test_feed_of_an_unknown_stream(faked, samples, tmp_path):
    """The daemon has no such stream: that is said, the program goes on, and
    when the profile comes the pictures flow."""
    d = faked({"b": ways_profile("b", tmp_path, "verify", socket=True)})
    proc = samples.start(d, "a", BYTES, 25, "popen", *feed(d, "a"))
    wait_for(lambda: "has no stream of that name" in samples.said("a"), 5)
    wait_for(lambda: samples.log("a")["written"] > 40, 10)
    d.write("a", ways_profile("a", tmp_path, "verify", socket=True))
    d.reload()
    d.wait(lambda: fresh(got(tmp_path, "a")) > 20, 10)
    assert_whole(got(tmp_path, "a"))
    assert_unnoticed(samples.end(proc, "a"))


@pytest.mark.clock
def test_feed_of_a_stream_without_a_socket(faked, samples, tmp_path):
    """The profile lacks the key: the message names it; then it is there."""
    d = faked({"a": ways_profile("a", tmp_path, "verify",
                                 fifo=str(tmp_path / "in"))})
    proc = samples.start(d, "a", BYTES, 25, "popen", *feed(d, "a"))
    wait_for(lambda: '"socket": true' in samples.said("a"), 5)
    d.write("a", ways_profile("a", tmp_path, "verify", socket=True))
    d.reload()
    d.wait(lambda: fresh(got(tmp_path, "a")) > 20, 10)
    assert_whole(got(tmp_path, "a"))
    assert_unnoticed(samples.end(proc, "a"))


@pytest.mark.clock
def test_feed_when_the_size_changes(faked, samples, tmp_path):
    """The profile gets the size that the program has had all the time: that
    is said once, and the pictures are whole from then on."""
    d = faked({"a": ways_profile("a", tmp_path, socket=True, size="100x75")})
    wait_for(frames_path(d, "a").exists, 5)
    proc = samples.start(d, "a", BYTES, 25, "popen", *feed(d, "a"))
    d.wait(lambda: d.status("a")["frames"]["in"] > 20, 10)
    d.write("a", ways_profile("a", tmp_path, "verify", socket=True))
    for path in tmp_path.glob("got-a.*"):
        path.unlink()
    d.reload()
    wait_for(lambda: "now says 160x120 bgr24" in samples.said("a"), 10)
    d.wait(lambda: fresh(got(tmp_path, "a")) > 20, 10)
    assert_whole(got(tmp_path, "a"))
    assert_unnoticed(samples.end(proc, "a"))
    assert samples.said("a").count("100x75") == 1


@pytest.mark.clock
def test_feed_is_taken_over(faked, samples, tmp_path):
    """A second feed takes the first one's place: the first says so once,
    goes on reading, and tells its program at the end (1)."""
    d = faked({"a": ways_profile("a", tmp_path, "verify", socket=True)})
    wait_for(frames_path(d, "a").exists, 5)
    one = samples.start(d, "one", BYTES, 25, "popen", *feed(d, "a"))
    d.wait(lambda: fresh(got(tmp_path, "a")) > 10, 10)
    two = samples.start(d, "two", BYTES, 25, "popen", *feed(d, "a"),
                        options=["--first", "100000"])
    d.wait(lambda: got(tmp_path, "a")["last"] > 100010, 10)
    before = samples.log("one")["written"]
    wait_for(lambda: samples.log("one")["written"] > before + 20, 5)
    first, second = samples.end(one, "one"), samples.end(two, "two")
    for log in (first, second):
        assert_unnoticed(log)
    assert (first["code"], second["code"]) == (1, 0)
    assert samples.said("one").count("another program") == 1
    assert samples.said("two") == ""
    assert_whole(got(tmp_path, "a"))


def test_why_of_a_program_outside(faked, tmp_path):
    """Nobody writes to the socket: that is the cause, whatever the encoder
    went through before; no worker is to blame, and no words of one are
    shown."""
    d = faked({"a": ways_profile("a", tmp_path, "verify", socket=True)})
    d.wait_state("a", "degraded")
    old = d.worker_pid("a")
    os.kill(old, signal.SIGKILL)
    d.wait_new_pid("a", old)
    d.wait_reason("a", "slate", timeout=8)
    why = d.why("a")
    assert why["class"] == "slate" and "ffsup feed" in why["do"]
    assert why["worker"] is why["last"] is None
    assert why["stderr"] == []
    assert why["proof"] == [
        f"nobody is connected to {d.status('a')['frames']['way_in']} "
        "(ffsup feed a does it)"]
    text = d.cli("why", "a", check=1).stdout
    assert "SIGKILL" not in text and "Worker" not in text


def test_feed_exit_codes(faked, tmp_path):
    """0: it was connected. Else why it was not, in words too: 3, 4, 1, 2; 64
    for words that make no sense."""
    d = faked({
        "a": ways_profile("a", tmp_path, "verify", socket=True),
        "b": ways_profile("b", tmp_path, "verify",
                          fifo=str(tmp_path / "in")),
        "c": {**ways_profile("c", tmp_path, "verify", socket=True),
              "enabled": False}})
    wait_for(frames_path(d, "a").exists, 5)

    def run(name, *options, data=stamp(0) * 3, sock=d.sock):
        return subprocess.run(
            [FFSUP, "feed", name, *options, "-s", sock], input=data,
            env=d.env, capture_output=True, timeout=patience(10),
            check=False)

    done = run("a")
    assert (done.returncode, done.stderr) == (0, b"")
    d.wait(lambda: d.status("a")["frames"]["in"] == 3, 5)
    done = run("a", data=stamp(1) + stamp(2)[:-1])
    assert done.returncode == 0
    assert f"after {BYTES - 1} of {BYTES} bytes".encode() in done.stderr
    assert run("a", data=b"").returncode == 0
    for name, sock, code, why in (
            ("a", tmp_path / "nobody", 3, b"daemon is not running"),
            ("nosuch", d.sock, 4, b"has no stream"),
            ("b", d.sock, 1, b'"socket": true'),
            ("c", d.sock, 2, b"is stopped")):
        done = run(name, sock=sock)
        assert done.returncode == code
        assert why in done.stderr and done.stderr.count(b"\n") == 1
    assert run("a/b").returncode == 64
    assert run("a", "--lines", "3").returncode == 64
    assert d.cli("feed", check=64).stdout == ""


@pytest.mark.parametrize("verb", ["start", "restart"])
def test_first_start_by_a_person(faked, tmp_path, verb):
    """A stream that was off since the daemon's start gets its way in,
    however it is begun."""
    d = faked({"a": {**ways_profile("a", tmp_path, "verify", socket=True),
                     "enabled": False}})
    d.wait_state("a", "off")
    d.tell(verb, "a")
    wait_for(frames_path(d, "a").exists, 5, "the socket")


@pytest.mark.clock
@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("name", ["a", "nosuch"])
def test_feed_ends_by_a_signal(faked, tmp_path, sig, name):
    """SIGINT and SIGTERM end it at once, connected or not."""
    d = faked({"a": ways_profile("a", tmp_path, "verify", socket=True)})
    wait_for(frames_path(d, "a").exists, 5)
    with subprocess.Popen(feed(d, name), stdin=subprocess.PIPE, env=d.env,
                          stderr=subprocess.DEVNULL) as proc:
        proc.stdin.write(stamp(0) * 2)
        proc.stdin.flush()
        time.sleep(0.3)
        watch = Stopwatch(proc)
        proc.send_signal(sig)
        assert proc.wait(patience(5)) == 0
        assert watch.took(0, 0.5)


@pytest.mark.clock
def test_feed_with_nobody_at_its_stderr(faked, tmp_path):
    """A full pipe at stderr that nobody reads does not stop the pictures."""
    d = faked({"a": ways_profile("a", tmp_path, "verify", socket=True)})
    wait_for(frames_path(d, "a").exists, 5)
    r, w = os.pipe()
    os.set_blocking(w, False)
    try:
        while True:
            os.write(w, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(w, True)
    with subprocess.Popen(feed(d, "nosuch"), stdin=subprocess.PIPE,
                          env=d.env, stderr=w) as proc:
        begin = time.monotonic()
        while time.monotonic() - begin < 1.5:
            watch = Stopwatch(proc)
            proc.stdin.write(stamp(0))
            proc.stdin.flush()
            assert watch.took(0, 0.15)
            time.sleep(0.02)
        proc.stdin.close()
        assert proc.wait(patience(5)) == 4
    os.close(r)
    os.close(w)


@pytest.mark.skipif(CHECKED, reason="a checker's own memory would count")
def test_feed_idles(faked, tmp_path):
    """With nothing to do, a feed takes no processor time: connected, beside
    the one that feeds, and away."""
    d = faked({"a": ways_profile("a", tmp_path, "verify", socket=True)})
    wait_for(frames_path(d, "a").exists, 5)
    feeds = []
    for name in ("a", "a", "nosuch"):
        feeds.append(subprocess.Popen(
            feed(d, name), stdin=subprocess.PIPE, env=d.env,
            stderr=subprocess.DEVNULL))
        time.sleep(0.3)
    time.sleep(2)
    ticks = []
    for proc in feeds:
        with open(f"/proc/{proc.pid}/stat", encoding="ascii") as stat_file:
            fields = stat_file.read().rsplit(")", 1)[1].split()
        ticks.append(int(fields[11]) + int(fields[12]))
        proc.stdin.close()
        proc.wait(patience(5))
    assert max(ticks) <= 5, ticks
    assert [proc.returncode for proc in feeds] == [0, 0, 4]


@pytest.mark.slow
def test_opencv_sample(daemons, fakeff, tmp_path):
    """profiles/opencv.py as it stands, with a film as its camera: the daemon
    is restarted under it, and it ends with 0 when the film does."""
    pytest.importorskip("cv2")
    film, bin_dir = tmp_path / "film.ts", tmp_path / "bin"
    bin_dir.mkdir()
    (bin_dir / "ffsup").symlink_to(os.path.abspath(FFSUP))
    name = "opencv-feed"
    d = daemons({name: ways_profile(name, tmp_path, size="640x480",
                                    socket=True)}, ffmpeg=fakeff).start()
    wait_for(frames_path(d, name).exists, 5)
    # a film that grows as a camera would; OpenCV takes it from a FIFO
    os.mkfifo(film)
    env = {k: v for k, v in d.env.items() if k != MARKER}
    env["PATH"] = f"{bin_dir}:{env['PATH']}"
    camera = subprocess.Popen(
        [FFMPEG, "-v", "error", "-nostdin", "-y", "-re", "-f", "lavfi", "-i",
         "testsrc=s=320x240:r=25:d=9", "-c:v", "mpeg2video", "-f", "mpegts",
         str(film)], stdin=subprocess.DEVNULL)
    with open(tmp_path / "err", "wb") as err:
        program = subprocess.Popen(
            [sys.executable, str(ROOT / "profiles" / "opencv.py"), str(film)],
            env=env, stdin=subprocess.DEVNULL, stderr=err)
    try:
        d.wait(lambda: d.status(name)["frames"]["in"] > 20, 15)
        d.stop()
        d.start()
        d.wait(lambda: d.status(name)["frames"]["in"] > 20, 10)
        assert program.wait(patience(30)) == 0
    finally:
        end_process(program)
        end_process(camera)
    assert b"Traceback" not in (tmp_path / "err").read_bytes()
    d.stop()
