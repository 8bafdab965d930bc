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
from harness import FFSUP, MARKER, deadline, marked, wait_for


@pytest.fixture
def demo(tmp_path):
    """Start the demo in an empty world of its own."""
    ident = f"demo-{os.getpid()}-{time.monotonic_ns()}"
    run = Path(tempfile.mkdtemp(prefix="ffsup-d-"))
    env = {**os.environ, MARKER: ident, "HOME": str(tmp_path),
           "TMPDIR": str(run), "XDG_RUNTIME_DIR": str(run)}
    env.pop("FFSUP_SOCKET", None)
    procs = []

    def start(*args, binary=FFSUP):
        procs.append(subprocess.Popen(
            [binary, "demo", *args], env=env, cwd=tmp_path,
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


@pytest.mark.clock
@pytest.mark.slow
def test_demo_for_a_while(demo):
    """With --for it shows a live stream, a kill and the recovery, and ends
    by itself with 0; no process and no file of it is left. Takes 12 s."""
    begin = time.monotonic()
    proc = demo("--for", "12s")
    out, _ = proc.communicate(timeout=deadline(20))
    assert proc.returncode == 0, out
    assert 11 < time.monotonic() - begin < deadline(17)
    assert re.search(r"\blive\b.* sent .*\blive\b.* received", out), out
    assert "recovered" in out, out
    wait_for(lambda: marked(proc.ident) == [], 3, "the end of all processes")
    assert list(proc.run.rglob("*")) == []


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_demo_interrupted(demo, sig):
    """Ctrl-C: the shell is back within 3 s, exit 0, nothing is left."""
    proc = demo()
    wait_for(lambda: len(marked(proc.ident)) >= 2, 5, "the demo's ffmpeg")
    time.sleep(2)
    os.kill(proc.pid, sig)
    begin = time.monotonic()
    out, _ = proc.communicate(timeout=deadline(10))
    assert proc.returncode == 0, out
    assert time.monotonic() - begin < deadline(3)
    wait_for(lambda: marked(proc.ident) == [], 3, "the end of all processes")
    assert list(proc.run.rglob("*")) == []


@pytest.mark.clock
@pytest.mark.slow
def test_two_demos(demo):
    """Two demos side by side do not disturb each other."""
    procs = [demo("--for", "12s"), demo("--for", "12s")]
    for proc in procs:
        out, _ = proc.communicate(timeout=deadline(20))
        assert proc.returncode == 0, out
        assert "recovered" in out, out


def test_demo_in_a_strange_directory():
    """A TMPDIR that cannot stand in a profile as it is is not used."""
    odd = Path(tempfile.mkdtemp(prefix='ffsup"x $y\\z'))
    done = subprocess.run(
        [FFSUP, "demo", "--for", "1s"], env={**os.environ, "TMPDIR": str(odd)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=deadline(15), check=False)
    assert ": error: " not in done.stderr, done.stderr
    assert "watch it:  ffplay /tmp/ffsup-demo-" in done.stdout
    odd.rmdir()
