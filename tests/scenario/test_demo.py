# SPDX-License-Identifier: ISC
"""`ffsup demo`: a whole rig with nothing at hand (story 1)."""

import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from harness import FFMPEG, FFSUP, MARKER, Stopwatch, marked, wait_for

PATIENCE = 300  # s, for a demo that does not end at all


@pytest.fixture
def demo(tmp_path):
    """Start the demo in an empty world of its own."""
    ident = f"demo-{os.getpid()}-{time.monotonic_ns()}"
    run = Path(tempfile.mkdtemp(prefix="ffsup-d-"))
    env = {**os.environ, MARKER: ident, "HOME": str(tmp_path),
           "TMPDIR": str(run), "XDG_RUNTIME_DIR": str(run)}
    env.pop("FFSUP_SOCKET", None)
    procs = []

    def start(*args, **more):
        procs.append(subprocess.Popen(
            [FFSUP, "demo", *args], env={**env, **more}, cwd=tmp_path,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True))
        procs[-1].ident, procs[-1].run = ident, run
        return procs[-1]

    yield start
    for proc in procs:
        proc.kill()
        proc.communicate()
    for pid in marked(ident):
        os.kill(pid, signal.SIGKILL)
    for path in sorted(run.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    run.rmdir()


def test_demo_for_a_while(demo):
    """With --for it shows a live stream, a kill and the recovery, and ends
    by itself with 0; no process and no file of it is left."""
    begin = time.monotonic()
    proc = demo("--for", "8s")
    out, _ = proc.communicate(timeout=PATIENCE)
    assert proc.returncode == 0, out
    assert time.monotonic() - begin > 7.9
    assert re.search(r"\blive\b.* sent .*\blive\b.* received", out), out
    assert "recovered" in out, out
    wait_for(lambda: marked(proc.ident) == [], 3, "the end of all processes")
    assert list(proc.run.rglob("*")) == []


def slow_ffmpeg(folder, before):
    """An ffmpeg that does something before it encodes; the folder for PATH."""
    script = folder / "ffmpeg"
    script.write_text(f"#!/bin/sh\ncase \"$*\" in\n*' libx264 '*) {before};;\n"
                      f"esac\nexec {FFMPEG} \"$@\"\n")
    script.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.plain
def test_demo_on_a_slow_machine(demo, tmp_path):
    """An encoder that takes its time to start: the demo says that it goes on,
    and judges by what was received (seen on a busy machine: "did not come back
    in time", with 63 frames received)."""
    proc = demo("--for", "2s", PATH=slow_ffmpeg(tmp_path, "sleep 2.5"))
    out, _ = proc.communicate(timeout=PATIENCE)
    assert proc.returncode == 0, out
    assert "Not live yet; the demo runs" in out
    assert "recovered" in out and "it came back" in out


@pytest.mark.plain
def test_demo_that_cannot_be(demo, tmp_path):
    """An ffmpeg that cannot encode: no more time, exit 1, and what was
    received."""
    proc = demo("--for", "1s", PATH=slow_ffmpeg(
        tmp_path, "echo \"[fatal] Unknown encoder 'libx264'\" >&2; exit 1"))
    out, _ = proc.communicate(timeout=PATIENCE)
    assert proc.returncode == 1, out
    assert "was not live long enough" in out and "0 frames were received" in out


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_demo_interrupted(demo, sig):
    """Ctrl-C: the shell is back within 3 s, exit 0, nothing is left."""
    proc = demo()
    wait_for(lambda: len(marked(proc.ident)) >= 2, 5, "the demo's ffmpeg")
    while "camera live" not in proc.stdout.readline():
        assert proc.poll() is None
    watch = Stopwatch(proc)
    os.kill(proc.pid, sig)
    out, _ = proc.communicate(timeout=PATIENCE)
    assert proc.returncode == 0, out
    assert watch.took(0, 3)
    wait_for(lambda: marked(proc.ident) == [], 3, "the end of all processes")
    assert list(proc.run.rglob("*")) == []


@pytest.mark.plain
def test_two_demos(demo):
    """Two demos side by side do not disturb each other."""
    procs = [demo("--for", "6s"), demo("--for", "6s")]
    for proc in procs:
        out, _ = proc.communicate(timeout=PATIENCE)
        assert proc.returncode == 0, out
        assert "recovered" in out, out


def test_demo_in_a_strange_directory(demo):
    """A TMPDIR that cannot stand in a profile as it is is not used."""
    odd = Path(tempfile.mkdtemp(prefix='ffsup"x $y\\z'))
    proc = demo(TMPDIR=str(odd))
    assert "watch it:  ffplay /tmp/ffsup-demo-" in proc.stdout.readline()
    proc.terminate()
    out, _ = proc.communicate(timeout=PATIENCE)
    assert proc.returncode == 0 and ": error: " not in out, out
    odd.rmdir()
