# SPDX-License-Identifier: ISC
"""What the other scenarios lean on: waits that miss nothing, times without the
machine's own, and logs that are there when they are needed."""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from harness import HERE, Stopwatch, fake_profile, patience, wait_for


def test_a_state_that_has_passed(faked):
    """A stream is off the air for a moment only, and the test looks much
    later: it was not missed, neither as a state, nor as a reason, nor of the
    worker; what was before the test looked last is not taken for it."""
    d = faked({"a": {**fake_profile(), "restart": {"min": 0, "max": 0}}})
    d.wait_state("a", "live")
    for wait in (lambda: d.wait_state("a", "retry", "starting"),
                 lambda: d.wait_reason("a", "signal"),
                 lambda: d.wait_worker("a", None, "waiting", "starting"),
                 lambda: d.wait_event("a", "-> live", from_="starting")):
        old, ups = d.worker_pid("a"), d.log.count("STARTING -> UP")
        os.kill(old, signal.SIGKILL)
        wait_for(lambda n=ups: d.log.count("STARTING -> UP") > n, 10,
                 "its coming back")
        time.sleep(0.3)
        wait()
        d.wait_state("a", "live")
        assert d.worker_pid("a") != old
        assert d.find_event("a", worker="direct") is None


def test_a_line_that_was_cut(faked):
    """The connection that follows is lost: what was told meanwhile is heard all
    the same, and nothing twice."""
    d = faked({"a": fake_profile()})
    d.wait_state("a", "live")
    d.ear.shutdown(socket.SHUT_RDWR)
    os.kill(d.worker_pid("a"), signal.SIGKILL)
    d.wait_event("a", worker="direct", to="waiting")
    d.wait_event("a", worker="direct", to="up")
    assert [e["to"] for e in d.heard if e["worker"] == "direct"] == [
        "starting", "up", "waiting", "starting", "up"]


def test_time_of_others(faked):
    """A stopwatch takes out the time for which somebody else had the
    processor, and not that for which the daemon did nothing."""
    d = faked({"a": fake_profile()})
    d.wait_state("a", "live")
    watch = Stopwatch(d)
    time.sleep(0.5)
    assert not watch.took(0, 0) and not watch.took(5, 9)
    assert watch.took(0.5, 5)
    # all of them on one processor
    one = min(os.sched_getaffinity(0))
    hogs = [subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"],
                             preexec_fn=lambda: os.sched_setaffinity(0, {one}))
            for _ in range(3)]
    try:
        watch, begin = Stopwatch(hogs[0]), time.monotonic()
        while time.monotonic() - begin < 0.5:
            time.sleep(0.05)
        assert watch.held() > 0.2
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


def test_a_failure_keeps_its_log(tmp_path, fakeff):
    """The directory of a scenario that failed is there afterwards, with the
    daemon's log, where the report says; that of one that passed is not."""
    (tmp_path / "test_two.py").write_text(
        "from harness import fake_profile\n"
        "def test_good(faked):\n"
        "    faked({'a': fake_profile()}).wait_state('a', 'live')\n"
        "def test_bad(faked):\n"
        "    faked({'a': fake_profile()}).wait_state('a', 'live')\n"
        "    assert False\n")
    done = subprocess.run(
        ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider",
         "-p", "conftest", "--rootdir", str(tmp_path),
         f"--basetemp={tmp_path}/base", "test_two.py"], cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE), "FFSUP_FAKEFF": fakeff},
        capture_output=True, text=True, check=False, timeout=patience(60))
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    kept = Path(re.search("- kept in (.*) -", done.stdout)[1])
    assert "STARTING -> UP" in (kept / "d2" / "log").read_text()
    assert [p.name for p in (tmp_path / "base").glob("test_*")
            if not p.is_symlink()] == [kept.name]
