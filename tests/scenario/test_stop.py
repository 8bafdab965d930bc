# SPDX-License-Identifier: ISC
"""Stopped means stopped: the ladder, and nobody left (S11-S20)."""

import os
import signal
import time

import pytest
from harness import (OK, HungDisk, Stopwatch, alive, children, fake,
                     fake_profile, frames_profile, holds_for, marked,
                     read_pids, wait_for)


def stops(d, least, most, name="a"):
    """Ask for a stop; whether the stream is off in so many seconds."""
    watch = Stopwatch(d)
    d.tell("stop", name)
    d.wait_state(name, "off")
    return watch.took(least, most)


def test_graceful_stop_by_signal(faked):
    """A child without a fed stdin gets SIGTERM and its time to finish; that
    is no failure, the stream is off, and status says 0 (S11)."""
    d = faked({"a": fake_profile(trapsleep=0.3)})
    d.wait_state("a", "live")
    pid = d.worker_pid("a")
    assert stops(d, 0.25, 1.5)
    assert not alive(pid)
    worker = d.worker("a")
    assert worker["state"] == "off" and worker["pid"] is None
    assert worker["wanted"] is False
    assert worker["last"]["code"] == 255
    assert worker["last"]["class"] == "none"
    d.cli("status", check=OK)
    assert d.cli("status", "-q", check=OK).stdout == ""


def test_graceful_stop_by_eof(faked, tmp_path):
    """A fed child is asked by the end of its input, which real ffmpeg obeys
    where it ignores signals: exit 0 (S11, ffmpeg fact 1)."""
    script = fake(ignore="term", frame=64 * 48 * 3, got=tmp_path / "got")
    d = faked({"a": frames_profile(script=script, pattern="noise")})
    d.wait_state("a", "live")
    assert stops(d, 0, 1.5)
    last = d.worker("a", "encoder")["last"]
    assert last["code"] == 0 and last["class"] == "none"


def test_term_ignored_is_killed_in_time(faked):
    """A child that ignores SIGTERM is killed when its grace is over, not
    much before and not much after (S12, stop_timeout)."""
    d = faked({"a": {**fake_profile(ignore="all"), "stop": {"grace": "1s"}}})
    d.wait_state("a", "live")
    assert stops(d, 0.8, 2)
    assert d.worker("a")["last"]["signal"] == "SIGKILL"


def test_second_signal_helps(faked):
    """ffmpeg in blocked network I/O needs a second SIGTERM and gets it
    before the axe falls, but never the fourth: 255, not 123 (S13)."""
    d = faked({"a": {**fake_profile("twosig"), "stop": {"grace": "2s"}}})
    d.wait_state("a", "live")
    assert stops(d, 0, 2)
    assert d.worker("a")["last"]["code"] == 255


def test_stopped_child_is_woken_to_stop(faked):
    """A child in SIGSTOP gets SIGCONT with its SIGTERM and can finish
    (S14)."""
    d = faked({"a": {**fake_profile(), "watchdog": {"stall": "60s"},
                     "stop": {"grace": "5s"}}})
    d.wait_state("a", "live")
    os.kill(d.worker_pid("a"), signal.SIGSTOP)
    assert stops(d, 0, 2)
    assert d.worker("a")["last"]["code"] == 255


def test_stop_while_waiting(faked, tmp_path):
    """A stop during the wait for a retry cancels it (S15, pebble,
    OpenRC#375)."""
    pids = tmp_path / "pids"
    d = faked({"a": {**fake_profile(exit=1, pidfile=pids), "restart": {
        "min": "500ms", "max": "500ms", "jitter": 0}}})
    d.wait_state("a", "retry")
    d.tell("stop", "a")
    d.wait_state("a", "off")
    n = len(read_pids(pids))
    holds_for(lambda: len(read_pids(pids)) == n, 1, "no start")


def test_stop_while_starting(faked):
    """A stop during the start ends it like any other (S16, dinit#225)."""
    d = faked({"a": fake_profile("noprogress")})
    d.wait(lambda: d.worker("a")["pid"], 5)
    assert d.worker("a")["state"] == "starting"
    assert stops(d, 0, 2)


def test_verbs_look_on(faked, tmp_path):
    """stop, start and restart return when it has happened, and say how it
    went: exit 1 where a stream does not get on air."""
    script = tmp_path / "script"
    d = faked({"a": fake_profile(trapsleep=0.5, file=script)})
    d.wait_state("a", "live")
    d.cli("stop", "a", check=OK)
    assert d.state("a") == "off"
    d.cli("start", "a", check=OK)
    assert d.state("a") == "live"
    old = d.worker_pid("a")
    d.cli("restart", "a", check=OK)
    assert d.state("a") == "live" and d.worker_pid("a") != old
    d.cli("stop", "a", check=OK)
    script.write_text("exit=1,say=[error] Unrecognized option 'x'.")
    done = d.cli("start", "a")
    assert done.returncode in (1, 2) and "a:" in done.stdout + done.stderr


def test_start_while_stopping(faked):
    """A start during the stop is kept: the stream comes back after its old
    process is gone (trap 48)."""
    d = faked({"a": {**fake_profile(trapsleep=2), "stop": {"grace": "20s"}}})
    d.wait_state("a", "live")
    old = d.worker_pid("a")
    d.tell("stop", "a")
    d.wait_state("a", "stopping", timeout=2)
    d.tell("start", "a")
    assert d.worker_pid("a") in (old, None)
    d.wait_new_pid("a", old)
    assert not alive(old)
    d.wait_state("a", "live")


def test_shutdown_of_the_whole_group(daemons, fakeff, tmp_path):
    """systemd terminates every process of the unit at once, children first:
    not one of them is started again (S17, circus#536)."""
    pids = tmp_path / "pids"
    d = daemons({f"s{i}": {**fake_profile(pidfile=pids),
                           "restart": {"min": "1h", "max": "1h",
                                       "healthy": "1h"}}
                 for i in range(10)}, ffmpeg=fakeff).start()
    d.wait_all()
    for pid in children(d.pid):
        os.kill(pid, signal.SIGTERM)
    d.signal(signal.SIGTERM)
    d.ended()
    assert len(read_pids(pids)) == 10


def test_nothing_but_kill(faked):
    """A child deaf to every signal is reported as stopping, blocks nobody
    else, and is gone after its grace (S18)."""
    d = faked({"a": {**fake_profile("dstate"), "stop": {"grace": "1s"}},
               "b": fake_profile()})
    d.wait_all()
    pid = d.worker_pid("b")
    d.tell("stop", "a")
    d.wait_event("a", worker="direct", to="stopping")
    d.wait_event("a", to="stopping")
    d.wait_state("a", "off")
    assert d.worker_pid("b") == pid and d.state("b") == "live"


@pytest.mark.slow
def test_unkillable_is_reported(faked, tmp_path):
    """A child in state D survives SIGKILL: that is said, its slot is kept,
    no second one is put on the same device, everybody else goes on, and
    when the kernel lets go, so do we (S18, trap 39). Takes about 10 s."""
    if os.getuid() != 0 or not os.path.exists("/dev/fuse"):
        pytest.skip("needs root and /dev/fuse, to make a disk that hangs")
    try:
        disk = HungDisk(tmp_path / "disk")
    except OSError as error:
        pytest.skip(f"mounting a FUSE file system is not allowed: {error}")
    pids = tmp_path / "pids"
    try:
        d = faked({"a": {**fake_profile(pidfile=pids,
                                        stderrfile=disk.path / "x"),
                         "stop": {"grace": "1s"}}, "b": fake_profile()})
        d.wait_state("b", "live")
        wait_for(lambda: read_pids(pids), 5)
        d.tell("stop", "a")
        d.wait_log("survives SIGKILL", timeout=10)
        pid = read_pids(pids)[0][0]
        assert alive(pid)
        assert d.worker("a")["state"] == "stopping"
        assert d.worker_pid("a") == pid
        d.tell("start", "a")
        holds_for(lambda: len(read_pids(pids)) == 1, 0.5, "one process")
        d.tell("stop", "a")
        assert d.state("b") == "live"
        disk.release()
        d.wait_state("a", "off")
    finally:
        disk.release()


@pytest.mark.parametrize("how", ["plain", "holdstderr"])
@pytest.mark.parametrize("end", ["crash", "stop"])
def test_grandchildren_are_swept(faked, tmp_path, how, end):
    """What a child leaves behind in its group goes with it, on a crash as
    on a stop (S19, supervisord#1101; the port stays in use otherwise)."""
    relatives = tmp_path / "relatives"
    d = faked({"a": {**fake_profile(grandchild=how, gcfile=relatives),
                     "restart": {"min": "20s", "max": "20s",
                                 "healthy": "60s"}}})
    d.wait_state("a", "live")
    pid = wait_for(lambda: read_pids(relatives), 5)[0][0]
    if end == "stop":
        d.tell("stop", "a")
    else:
        os.kill(d.worker_pid("a"), signal.SIGKILL)
    wait_for(lambda: not alive(pid), 4, "the end of the grandchild")


def test_escaped_grandchild_does_not_survive(daemons, fakeff, tmp_path):
    """A grandchild in a session of its own outlives its parent's group, but
    not ffsup (S19; subreaper)."""
    relatives = tmp_path / "relatives"
    d = daemons({"a": fake_profile(grandchild="setsid", gcfile=relatives)},
                ffmpeg=fakeff).start()
    d.wait_state("a", "live")
    wait_for(lambda: read_pids(relatives), 5)
    d.signal(signal.SIGTERM)
    d.ended()  # it looks for survivors
    assert marked(d.id) == []


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_second_signal_hurries(daemons, fakeff, sig):
    """A second SIGTERM or SIGINT shortens the ladder (S20)."""
    d = daemons({"a": {**fake_profile(ignore="all"),
                       "stop": {"grace": "30s"}}}, ffmpeg=fakeff).start()
    d.wait_state("a", "live")
    d.signal(sig)
    d.wait_log(r"(?i)stopp|ending|leaving|shut")
    time.sleep(0.2)  # two equal signals at once would be one
    watch = Stopwatch(d)
    d.signal(sig)
    d.ended()
    assert watch.took(0, 6)


def test_all_streams_stop_in_parallel(daemons, fakeff):
    """Twelve stubborn children need one grace together, not twelve."""
    d = daemons({f"s{i}": {**fake_profile(ignore="all"),
                           "stop": {"grace": "1s"}} for i in range(12)},
                ffmpeg=fakeff).start()
    d.wait_all()
    watch = Stopwatch(d)
    d.signal(signal.SIGTERM)
    d.ended()
    assert watch.took(0, 3)


def test_nothing_starts_while_leaving(daemons, fakeff, tmp_path):
    """A retry that falls due during the shutdown is not carried out
    (trap 31)."""
    pids = tmp_path / "pids"
    d = daemons({"slow": {**fake_profile(ignore="all"),
                          "stop": {"grace": "1500ms"}},
                 "bad": {**fake_profile(exit=1, pidfile=pids), "restart": {
                     "min": "300ms", "max": "300ms"}}},
                ffmpeg=fakeff).start()
    d.wait_state("slow", "live")
    d.wait_state("bad", "retry")
    d.signal(signal.SIGTERM)
    time.sleep(0.2)
    n = len(read_pids(pids))
    d.ended()
    assert len(read_pids(pids)) == n
