# SPDX-License-Identifier: ISC
"""ffsup snap: the picture that is being sent right now."""

import fcntl
import os
import pty
import re
import shutil
import socket
import stat
import struct
import subprocess
import termios
import time

import counter
import numpy as np
import pytest
from harness import (DEGRADED, FFMPEG, FFSUP, NO_DAEMON, NO_STREAM, OK, SCALE,
                     USAGE, Stopwatch, fake, fake_profile, frames_profile,
                     own_kib, patience, producer, wait_for)

FAILED = DEGRADED  # the same number: 1
FORMATS = ("bgr24", "rgb24", "gray", "yuv420p", "nv12", "yuyv422", "rgba",
           "bgra")


def snap(d, *args, check=OK, env=None):
    """Run it; its standard output as bytes."""
    done = subprocess.run(
        [FFSUP, "snap", *map(str, args)], env={**d.env, **(env or {})},
        cwd=d.dir, stdin=subprocess.DEVNULL, capture_output=True,
        timeout=patience(30), check=False)
    assert done.returncode == check, done.stderr.decode()
    return done.stdout


def counting(size="64x48", fmt="bgr24", output=None):
    """Numbered pictures; 4:4:4 because some sizes are odd."""
    return {**frames_profile(size, pattern="counter", format=fmt,
                             output=output),
            "video": {"pixel_format": "yuv444p"}}


@pytest.fixture
def viewed(faked, fakeff, tmp_path):
    """Make a daemon whose encoders are fakes; the real ffmpeg makes images."""
    script = tmp_path / "both"
    script.write_text('#!/bin/sh\ncase " $* " in\n'
                      f'*" -progress "*|*" -version "*) exec {fakeff} "$@";;\n'
                      f'esac\nexec {FFMPEG} "$@"\n')
    script.chmod(0o755)
    return lambda profiles: faked(profiles, ffmpeg=script)


def sent(d, name):
    """Until one more picture was sent."""
    def out():
        return (d.status(name).get("frames") or {"out": 0})["out"]
    before = out()
    d.wait(lambda: out() > before)


def sending(make, name="a", **profiles):
    """A daemon whose stream has sent its first picture."""
    d = make(profiles)
    d.wait(lambda: (d.status(name).get("frames") or {"out": 0})["out"] > 0)
    return d


def luma(raw, size, fmt):
    """The brightness of a raw picture, as far as a counter needs it."""
    w, h = map(int, size.split("x"))
    data = np.frombuffer(raw, np.uint8)
    if fmt == "yuyv422":
        return data.reshape(h, -1)[:, ::2][:, :w]
    step = {"bgr24": 3, "rgb24": 3, "rgba": 4, "bgra": 4}.get(fmt, 1)
    return data[:w * h * step].reshape(h, w, step)[:, :, 0]


def decoded(path, color=False):
    """An image's size and its pixels, as ffmpeg reads them."""
    image, = counter.read_video(path, what=lambda seen: seen, color=color)
    h, w = image.shape[:2]
    return (w, h), image.reshape(h, w, -1)


# --- pictures ----------------------------------------------------------------

@pytest.mark.parametrize("size", [
    pytest.param("64x48", marks=pytest.mark.plain), "65x49"])
def test_every_format(viewed, tmp_path, size):
    """Raw, PNG and JPEG show a whole counter picture, each a later one than
    the one before, in every format and with odd sizes."""
    d = viewed({fmt: counting(size, fmt) for fmt in FORMATS})
    w, h = map(int, size.split("x"))
    for fmt in FORMATS:
        sent(d, fmt)
        numbers = [counter.decode(luma(snap(d, fmt, "--raw"), size, fmt))]
        for name in (f"{fmt}.png", f"{fmt}.jpg"):
            sent(d, fmt)
            snap(d, fmt, "-o", tmp_path / name)
            found, gray = decoded(tmp_path / name)
            assert found == (w, h)
            numbers.append(counter.decode(gray[:, :, 0]))
        assert None not in numbers, (fmt, numbers)
        assert [n for n, _ in numbers] == sorted({n for n, _ in numbers})
        for _, wall in numbers:
            assert abs(time.time() * 1000 - wall) < 20000 * SCALE


@pytest.mark.plain
def test_colours(viewed, tmp_path):
    """An image has the colours of the picture: bars as ffmpeg reads them,
    whatever format they were drawn in."""
    profiles = {fmt: frames_profile("64x48", pattern="smpte", format=fmt)
                for fmt in FORMATS if fmt != "gray"}
    d = viewed(profiles)
    seen = []
    for fmt in profiles:
        sent(d, fmt)
        snap(d, fmt, "-o", tmp_path / f"{fmt}.png")
        _, rgb = decoded(tmp_path / f"{fmt}.png", color=True)
        # the middle of each bar of the upper part: white ... blue
        seen.append(rgb[10, [int((i + .5) * 64 / 7) for i in range(7)]])
    for rgb in seen:
        assert np.abs(rgb.astype(int) - seen[0]).max() <= 8
    assert seen[0][5][0] > 150 and seen[0][5][1:].max() < 20  # red


def test_raw_is_what_was_sent(faked, tmp_path):
    """The bytes are those that the encoder gets; none is missing or
    foreign."""
    size, nbytes = "64x48", 64 * 48 * 3
    d = sending(faked, a=frames_profile(
        size, 25, script=fake("verify", read="all", frame=nbytes),
        command=producer(tmp_path / "log", size, 25)))
    d.wait(lambda: d.status("a")["frames"]["in"] > 5)
    raw = snap(d, "a", "--raw")
    assert len(raw) == nbytes and raw[:4] == b"FFRM"
    number = struct.unpack("<I", raw[4:8])[0]
    assert raw[12:] == bytes([number & 0xff]) * (nbytes - 12)


def test_slate_and_hold_are_told(faked):
    """A picture that is not from the producer says so on stderr; the exit
    code and the picture are as ever."""
    d = sending(faked, a=frames_profile("64x48", command=["sleep", "1000"]))
    done = subprocess.run([FFSUP, "snap", "a", "--raw"], env=d.env,
                          capture_output=True, check=True,
                          timeout=patience(30))
    assert b"slate" in done.stderr and len(done.stdout) == 64 * 48 * 3
    one = ("import os, time; os.write(1, b'x' * 9216); time.sleep(1000)")
    d.write("b", frames_profile(
        "64x48", command=["/usr/bin/python3", "-c", one]))
    d.reload()
    d.wait_reason("b", "hold")
    done = subprocess.run([FFSUP, "snap", "b", "--raw"], env=d.env,
                          capture_output=True, check=True,
                          timeout=patience(30))
    assert b"last one" in done.stderr and done.stdout == b"x" * 9216


@pytest.mark.clock
@pytest.mark.slow
def test_large_picture_and_slow_reader(faked):
    """Six megabytes come whole while the daemon answers others; who does
    not read is dropped after ten seconds. (slow: that deadline)"""
    d = sending(faked, a=frames_profile("1920x1080", 5, pattern="counter"))
    assert len(snap(d, "a", "--raw")) == 1920 * 1080 * 3
    before = own_kib(d.pid)
    ask = b'{"v":1,"cmd":"snap","args":["a"]}\n'
    idle = [d.connect() for _ in range(8)]
    for conn in idle:
        conn.sendall(ask)
    watch = Stopwatch(d)
    assert d.status("a")["state"]
    assert watch.took(0, 0.5)
    if before:  # it is measured at all
        # they share what is kept
        assert own_kib(d.pid) - before < 40 * 1024
    # one that trickles does not live longer than one that stands still
    trickle = idle[0]
    end = time.monotonic() + patience(16)
    trickle.settimeout(1)
    got = 0
    while time.monotonic() < end:
        time.sleep(0.5)
        try:
            n = len(trickle.recv(100000))
        except socket.timeout:
            continue
        except ConnectionResetError:
            n = 0
        got += n
        if n == 0:
            break
    assert got < 1920 * 1080 * 3 and time.monotonic() < end
    assert watch.took(9, 16)
    for conn in idle:
        conn.close()
    wait_for(lambda: own_kib(d.pid) - before < 4096, 5, "the memory back")


# --- files -------------------------------------------------------------------

def test_file_is_replaced_whole(viewed, tmp_path):
    """A new image takes the old one's place and mode; nothing else is left in
    the directory."""
    d = sending(viewed, a=counting())
    out = tmp_path / "out"
    out.mkdir()
    path = out / "a.jpg"
    path.write_text("old")
    path.chmod(0o640)
    inode = path.stat().st_ino
    snap(d, "a", "-o", path)
    assert path.stat().st_ino != inode
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert decoded(path)[0] == (64, 48)
    snap(d, "a", "-o", "new.JPEG")  # relative; a new file heeds the umask
    umask = os.umask(0)
    os.umask(umask)
    new = d.dir / "new.JPEG"
    assert stat.S_IMODE(new.stat().st_mode) == 0o666 & ~umask
    assert [p.name for p in out.iterdir()] == ["a.jpg"]


@pytest.mark.parametrize("target", ["secret", "none", "dir", "/dev/null"])
def test_s7_link_is_replaced(faked, tmp_path, target):
    """S7: a link in the place of the file is replaced itself, and what it
    leads to, whatever that is, stays as it is."""
    d = sending(faked, a=counting())
    secret, link = tmp_path / "secret", tmp_path / "out" / "a"
    secret.write_text("secret")
    secret.chmod(0o600)
    (tmp_path / "dir").mkdir()
    link.parent.mkdir()
    link.symlink_to(tmp_path / target)
    d.cli("snap", "a", "--raw", "-o", link, check=OK)
    assert not link.is_symlink() and link.stat().st_size == 64 * 48 * 3
    assert secret.read_text() == "secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert not (tmp_path / "none").exists()
    assert list((tmp_path / "dir").iterdir()) == []
    assert [p.name for p in link.parent.iterdir()] == ["a"]


def test_descriptors_and_pipes(faked, tmp_path):
    """/dev/stdout and its like are no files to replace: what they stand for is
    written to; so is a named pipe that somebody reads."""
    d = sending(faked, a=counting())
    for path in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
        before = os.lstat(path) if path == "/dev/stdout" else None
        assert len(snap(d, "a", "--raw", "-o", path)) == 64 * 48 * 3
        if before:
            assert os.lstat(path).st_ino == before.st_ino
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        def taken():
            return d.cli("snap", "a", "--raw", "-o", pipe).returncode == OK
        wait_for(taken, 10, "somebody who reads the pipe")
        assert len(reader.stdout.read()) == 64 * 48 * 3
    assert stat.S_ISFIFO(os.lstat(pipe).st_mode)


@pytest.mark.parametrize("ffmpeg, why", [
    ("exit 0", "wrote nothing"),
    ("echo half; echo No such picture >&2; exit 1", "No such picture"),
    ("echo half; kill -9 $$", "signal 9"),
])
def test_failure_leaves_the_old_file(faked, fakeff, tmp_path, ffmpeg, why):
    """An ffmpeg that fails changes nothing: the old file stays, no new one
    and no temporary one is left; exit 1 with the reason."""
    script = tmp_path / "ffmpeg"
    script.write_text('#!/bin/sh\ncase " $* " in *" image2pipe "*)\n'
                      f'{ffmpeg}\n;; esac\nexec {fakeff} "$@"\n')
    script.chmod(0o755)
    d = sending(faked, a=counting())
    d.stop()
    d.config.write_text(d.config.read_text().replace(fakeff, str(script)))
    d.start()
    d.wait(lambda: d.status("a")["frames"]["out"] > 0)
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.png").write_text("old")
    for name in ("a.png", "b.png"):
        done = d.cli("snap", "a", "-o", out / name, check=FAILED)
        assert why in done.stderr and done.stdout == ""
    assert [p.name for p in out.iterdir()] == ["a.png"]
    assert (out / "a.png").read_text() == "old"
    assert snap(d, "a", check=FAILED) == b""


def test_only_files_are_replaced(faked, tmp_path):
    """A device, a pipe, a directory in the place of the file is left alone;
    a directory that is missing is told."""
    d = sending(faked, a=counting())
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dir").mkdir()
    for path in ("/dev/null", tmp_path / "pipe", tmp_path / "dir"):
        before = os.lstat(path)
        done = d.cli("snap", "a", "--raw", "-o", path, check=FAILED)
        assert str(path) in done.stderr
        after = os.lstat(path)
        assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)
    done = d.cli("snap", "a", "--raw", "-o", tmp_path / "no/a", check=FAILED)
    assert "No such file" in done.stderr
    d.cli("snap", "a", "--raw", "-o", tmp_path / "a.bin", check=OK)
    assert (tmp_path / "a.bin").stat().st_size == 64 * 48 * 3


@pytest.mark.plain
def test_jpeg_to_a_pipe(viewed, tmp_path):
    """Without options and without a terminal it is a JPEG."""
    d = sending(viewed, a=counting())
    path = tmp_path / "piped.jpg"
    path.write_bytes(snap(d, "a"))
    assert path.read_bytes()[:3] == b"\xff\xd8\xff"
    assert decoded(path)[0] == (64, 48)


# --- the terminal ------------------------------------------------------------

def drawn(d, env, *args):
    return snap(d, "a", "--tty", *args, env={
        "COLUMNS": "40", "LC_ALL": "C.UTF-8", "NO_COLOR": "", "COLORTERM": "",
        "TERM": "xterm", **env}).decode()


def test_drawing(faked):
    """Half blocks: as many lines and columns as the shape of the picture
    makes of the width; in 24-bit or 256 colours, or plain ASCII."""
    d = sending(faked, a=counting("65x49"))
    for env, colour in (({"COLORTERM": "truecolor"}, r"38;2;\d+;\d+;\d+"),
                        ({"COLORTERM": "24bit"}, r"38;2;\d+;\d+;\d+"),
                        ({}, r"38;5;\d+")):
        text = drawn(d, env)
        assert re.search(rf"\x1b\[{colour}m", text)
        lines = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
        assert lines == ["▀" * 40] * 15
        assert all(s.endswith("\x1b[0m") for s in text.splitlines())
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"LC_ALL": "C"}):
        text = drawn(d, env)
        assert text.isascii() and "\x1b" not in text
        assert [len(s) for s in text.splitlines()] == [40] * 15
        assert "@" in text or "%" in text  # the counter's white


def test_terminal_draws_by_itself(faked):
    """Where standard output is a terminal, no option is needed: the drawing
    fits the window, a line is left for the prompt."""
    d = sending(faked, a=counting("64x48"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 13, 100, 0, 0))
    env = {**d.env, "LC_ALL": "C.UTF-8", "COLORTERM": "truecolor",
           "TERM": "xterm"}
    env.pop("NO_COLOR", None)
    with subprocess.Popen([FFSUP, "snap", "a"], env=env, stdout=theirs,
                          stdin=subprocess.DEVNULL) as proc:
        os.close(theirs)
        text = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # EIO: nobody is on the other side
                break
            if not chunk:
                break
            text += chunk
        assert proc.wait(patience(10)) == OK
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text.decode())
    assert plain.splitlines() == ["▀" * 32] * 12
    # and bare bytes are not thrown at it
    ours2, theirs = pty.openpty()
    done = subprocess.run([FFSUP, "snap", "a", "--raw"], env=env,
                          stdout=theirs, stderr=subprocess.PIPE, check=False,
                          timeout=patience(30))
    assert done.returncode == USAGE and b"-o" in done.stderr
    for fd in (theirs, ours, ours2):
        os.close(fd)


# --- what cannot be ----------------------------------------------------------

def test_refusals(faked, tmp_path):
    """Each with its exit code and a sentence, nothing on stdout, no file."""
    d = faked({"a": counting(), "copied": fake_profile(),
               "off": {**counting(), "enabled": False},
               "h264": {"source": {"h264": {"socket": True}}, "outputs": [
                   {"url": "/dev/null", "format": "mpegts"}]}})
    d.wait_state("a", "live")

    def refused(code, *words, args=()):
        done = d.cli("snap", *args, "-o", tmp_path / "x.jpg", check=code)
        for word in words:
            assert word in done.stderr, done.stderr
        assert done.stdout == "" and not (tmp_path / "x.jpg").exists()

    refused(NO_STREAM, "nosuch", args=["nosuch"])
    refused(FAILED, "copied", "no frames", args=["copied"])
    refused(FAILED, "h264", "only raw frames", args=["h264"])
    refused(FAILED, "off", "no frame", args=["off"])
    refused(USAGE, args=[])
    refused(USAGE, args=["a", "off"])
    refused(USAGE, "--tty", args=["a", "--tty"])
    for name in ("x.gif", "x", "x.jpg.", ".png/x", "-"):
        done = d.cli("snap", "a", "-o", tmp_path / name, check=USAGE)
        assert ".jpg" in done.stderr and ".png" in done.stderr
        assert not (tmp_path / name).exists()
    d.cli("snap", "a", "--raw", "--tty", check=USAGE)
    d.cli("status", "--raw", check=USAGE)
    reply = d.request("snap", "copied")
    assert not reply["ok"] and reply["exit"] == FAILED


def test_before_the_first_picture(faked, fakeff, tmp_path):
    """A stream whose encoder has never started has sent nothing yet."""
    own = tmp_path / "ffmpeg"
    shutil.copy(fakeff, own)
    d = faked({"a": {**counting(), "enabled": False}}, ffmpeg=own)
    own.unlink()
    d.tell("start", "a")
    d.wait_state("a", "retry", "failed")
    done = d.cli("snap", "a", "--raw", check=FAILED)
    assert "no frame yet" in done.stderr and done.stdout == ""


def test_not_on_air(faked):
    """While the encoder waits for its next start, the picture is the last
    one that was sent, and that is told."""
    d = sending(faked, a={**frames_profile(
        "64x48", pattern="counter", script=fake(exit=1, after=0.5)),
        "restart": {"min": "60s", "max": "60s"}})
    d.wait_state("a", "retry")
    done = subprocess.run([FFSUP, "snap", "a", "--raw"], env=d.env,
                          capture_output=True, check=True,
                          timeout=patience(30))
    assert b"not on air" in done.stderr
    assert counter.decode(luma(done.stdout, "64x48", "bgr24"))


def test_no_daemon(daemons, tmp_path):
    """Exit 3, and the socket is named; a bad name is told before."""
    d = daemons()
    done = d.cli("snap", "a", "-o", tmp_path / "a.png", check=NO_DAEMON)
    assert str(d.sock) in done.stderr and done.stdout == ""
    d.cli("snap", "a", "-o", tmp_path / "a.bmp", check=USAGE)
