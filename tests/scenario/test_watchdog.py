# SPDX-License-Identifier: ISC
"""Alive but mute is a failure, found in seconds (S34, S36)."""

import os
import signal
import time

import pytest
from harness import (DEGRADED, OFF_AIR, OK, SCALE, Stopwatch, alive,
                     cpu_seconds, fake, fake_profile, frames_profile,
                     holds_for, read_pids, wait_for)


def watched(*words, start="10s", stall="1s", **keys):
    return {**fake_profile(*words, **keys),
            "watchdog": {"start": start, "stall": stall}}


@pytest.mark.parametrize("how", ["stallafter", "muteafter"])
def test_mute_child_is_replaced(faked, tmp_path, how):
    """No new frame for the stall time: the child is replaced, whether it
    says the same numbers again and again (ffmpeg 7 and later) or nothing
    more (before); the report says stall (S34, Shinobi#254)."""
    pids = tmp_path / "pids"
    d = faked({"a": watched(f"{how}=1.2", pidfile=pids,
                            first=tmp_path / "first")})
    d.wait_state("a", "live")
    watch, old = Stopwatch(d), d.worker_pid("a")
    d.wait_new_pid("a", old, timeout=6)
    wait_for(lambda: len(read_pids(pids)) >= 2, 6, "the second one's name")
    (_, born), (_, again) = read_pids(pids)[:2]
    assert 2.0 < again - born and watch.allows(again - born, 4)
    assert not alive(old)
    last = d.worker("a")["last"]
    assert last["class"] == "stall"
    assert d.status("a")["restarts"] == 1
    d.wait_state("a", "live")
    holds_for(lambda: len(read_pids(pids)) == 2, 1.5, "health")


def test_stopped_child_is_replaced(faked):
    """A frozen child (SIGSTOP): SIGTERM cannot work on it, so it is woken
    or killed, and a new one is live; the others do not notice (S34, pi4#34;
    story 3)."""
    d = faked({"a": watched(trapsleep=0.5), "b": watched()})
    d.wait_all()
    d.wait(lambda: d.worker("a")["frame"] > 30, 5, "a healthy run")
    old, other = d.worker_pid("a"), d.worker_pid("b")
    watch = Stopwatch(d)
    os.kill(old, signal.SIGSTOP)
    codes = set()

    def replaced():
        codes.add(d.cli("status", "-q").returncode)
        pid = d.worker_pid("a")
        return pid and pid != old and d.state("a") == "live"

    d.wait(replaced, 8, "the replacement")
    assert watch.took(0, 4.5)
    assert not alive(old)
    assert codes & {DEGRADED, OFF_AIR}
    d.cli("status", "-q", check=OK)
    last = d.worker("a")["last"]
    assert (last["class"], last["detail"], last["side"]) == (
        "stall", "stopped", "machine")
    assert "the process itself was stopped by a signal" in last["text"]
    assert d.worker_pid("b") == other
    assert d.streams()["b"]["restarts"] == 0


def test_stubborn_stall_ends_with_kill(faked):
    """A mute child that ignores SIGTERM is killed by the ladder."""
    d = faked({"a": {**watched(ignore="all", stallafter=0.5),
                     "stop": {"grace": "1s"}}})
    d.wait_state("a", "live")
    old = d.worker_pid("a")
    d.wait_new_pid("a", old, timeout=6)
    assert not alive(old)


def test_no_first_frame(faked, tmp_path):
    """No frame within the start time: replaced, class start."""
    pids = tmp_path / "pids"
    d = faked({"a": watched("noprogress", pidfile=pids, start="1s",
                            first=tmp_path / "first")})
    watch = Stopwatch(d)
    d.wait(lambda: len(read_pids(pids)) == 2, 6)
    gap = read_pids(pids)[1][1] - read_pids(pids)[0][1]
    assert 1.0 <= gap and watch.allows(gap, 2.5)
    assert d.worker("a")["last"]["class"] == "start"
    d.wait_state("a", "live")


def test_slow_start_is_no_stall(faked):
    """The stall time does not run before the first frame."""
    d = faked({"a": watched(connect=2, stall="500ms")})
    assert d.wait_state("a", "live", timeout=6)["restarts"] == 0


def test_slow_pictures_are_no_stall(faked):
    """One frame each 0.7 s is enough for a stall time of 1.5 s."""
    d = faked({"a": watched(fps=1.4, progress=0.2, stall="1500ms")})
    d.wait_state("a", "live")
    holds_for(lambda: d.streams()["a"]["restarts"] == 0, 3, "no restart")


RTMP = [{"url": "rtmp://127.0.0.1:1/${FFSUP_STREAM}/%s" % name}
        for name in "ab"]
PATTERN = {"frames": {"size": "64x48", "fps": 25, "pattern": "counter"}}
URL = {"url": "rtmp://127.0.0.1:1/x"}

# A profile of each shape, and who of its workers is to be found.
SHAPES = {
    "direct": ({"source": URL, "outputs": RTMP[:1]}, "direct"),
    "encoded": ({"source": URL, "outputs": RTMP[:1],
                 "video": {"encoder": "libx264"}}, "direct"),
    "frames": ({"source": PATTERN, "outputs": RTMP[:1]}, "encoder"),
    "two": ({"source": PATTERN, "outputs": RTMP}, "encoder"),
    "fan-out": ({"source": URL, "outputs": RTMP}, "source"),
    "slate": ({"source": URL, "video": "copy", "outputs": RTMP[:1],
               "fallback": {}}, "source"),
    "decoded": ({"source": URL, "fallback": {}, "outputs": RTMP[:1],
                 "video": {"encoder": "libx264", "size": "64x48", "fps": 5}},
                "encoder"),
    "sources": ({"source": [URL, {"url": "rtmp://127.0.0.1:1/y"}],
                 "outputs": RTMP[:1]}, "source"),
}


@pytest.mark.slow
@pytest.mark.parametrize("how", ["creepafter", "backafter"])
def test_s2_frozen_stamps(faked, how):
    """Frames without end whose media time creeps by a tick, or begins anew
    below where it was (ffmpeg 7 and later): each shape finds the process that
    sends them, and replaces it for a stall."""
    d = faked({name: {**profile, "watchdog": {"start": "10s", "stall": "1s"},
                      "env": {"FAKEFF": f"{how}=3"}}
               for name, (profile, _) in SHAPES.items()})
    for name, (_, worker) in SHAPES.items():
        d.wait_log(rf"{name}/{worker}: UP -> STOPPING, frames come, but", 20)


def test_s2_slow_is_no_stall(faked):
    """A frame a second whose stamps say 25 (0.04x) is slow, not frozen."""
    d = faked({"a": watched(fps=1, slow=0.04, progress=0.2, stall="1500ms")})
    d.wait_state("a", "live")
    d.wait(lambda: d.worker("a")["frame"] >= 5, 15, "five frames")
    assert d.streams()["a"]["restarts"] == 0


def test_stderr_is_no_life_sign(faked):
    """A child that floods stderr but shows no frame is mute (trap 27)."""
    d = faked({"a": watched(spew=20000, stallafter=0.5)})
    d.wait_state("a", "live")
    d.wait_new_pid("a", d.worker_pid("a"), timeout=6)
    assert d.worker("a")["last"]["class"] == "stall"


def test_death_is_seen_behind_an_open_pipe(faked, tmp_path):
    """A grandchild that holds stderr open does not hide its parent's death
    (S36, pebble#149)."""
    d = faked({"a": fake_profile(grandchild="holdstderr",
                                 gcfile=tmp_path / "gc")})
    d.wait_state("a", "live")
    wait_for(lambda: read_pids(tmp_path / "gc"), 5)
    old = d.worker_pid("a")
    os.kill(old, signal.SIGKILL)
    d.wait_new_pid("a", old)
    assert d.worker("a")["last"]["class"] == "signal"


def test_closed_pipes_do_not_spin(faked):
    """A child that closes its outputs and lives on costs no CPU; without
    progress it is replaced (trap 36, supervisord#589)."""
    d = faked({"a": watched("closeout", start="2s"),
               "b": frames_profile(pattern="smpte", fps=5)})
    d.wait_state("b", "live")
    before = cpu_seconds(d.pid)
    time.sleep(1)
    assert cpu_seconds(d.pid) - before < 0.3 * SCALE
    d.wait(lambda: (d.worker("a")["last"] or {}).get("class") == "start", 6)


def test_blocked_encoder_is_replaced(faked):
    """An encoder that does not read any more shows no frame either: it is
    replaced although its feeder is full (S28 and S34)."""
    d = faked({"a": {**frames_profile(
        pattern="noise", script=fake(read="none", stallafter=0.5)),
        "watchdog": {"stall": "1s"}}})
    d.wait_state("a", "live")
    old = d.worker_pid("a", "encoder")
    d.wait_new_pid("a", old, "encoder", timeout=8)
    assert d.worker("a", "encoder")["last"]["class"] == "stall"
