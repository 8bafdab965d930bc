# SPDX-License-Identifier: ISC
"""A second encoder that is started already and waits for the first one's
death."""

import os
import signal
import statistics
import time

import numpy as np
import pytest
from counter import read_pts
from harness import (Stopwatch, alive, counter_profile, fake, frames_profile,
                     holds_for, numbers_or_slate, patience, producer,
                     read_pids, record)

SIZE, BYTES = "64x48", 64 * 48 * 3


def spared(tmp_path, *words, **keys):
    """Numbered pictures to a fake encoder and its spare."""
    return {**frames_profile(
        SIZE, 25, command=producer(tmp_path / "log", SIZE, 25), script=fake(
            "verify", *words, frame=BYTES, pidfile=tmp_path / "pids",
            got=tmp_path / "got", **keys)), "standby": True}


def spare_of(d, name):
    """The worker that waits, when it does."""
    found = [w for w in d.status(name)["workers"] if w.get("spare")]
    return found[0] if found else None


def sender_of(d, name):
    """The encoder that is fed: the one that is not the spare."""
    found = [w for w in d.status(name)["workers"]
             if w["role"] == "encoder" and w["pid"] and not w.get("spare")]
    return found[0] if len(found) == 1 else None


@pytest.mark.clock
def test_the_spare_takes_over(faked, tmp_path):
    """The encoder is killed again and again: the spare is the sender at
    once, the dead one comes back as the spare, no picture is broken."""
    d = faked({"a": spared(tmp_path)})
    d.wait_state("a", "live")
    for n in range(4):
        spare = d.wait(lambda: spare_of(d, "a"), 5, "a spare")
        sender = sender_of(d, "a")
        assert sender["state"] == "up" and spare["state"] == "starting"
        watch = Stopwatch(d)
        os.kill(sender["pid"], signal.SIGKILL)
        d.wait(lambda: (sender_of(d, "a") or {"pid": 0})["pid"] ==
               spare["pid"], 2, "the spare's turn")
        assert watch.took(0, 0.5)
        d.wait(lambda: (sender_of(d, "a") or {"state": ""})["state"] == "up")
        d.wait_state("a", "live", timeout=4)
    assert d.worker("a", "producer")["restarts"] == 0
    assert d.status("a")["outputs"][0]["worker"] == sender_of(d, "a")["name"]
    assert len(read_pids(tmp_path / "pids")) in (5, 6)


def test_a_spare_reads_nothing_and_is_not_missed(faked, tmp_path):
    """A waiting spare is no failure: it is not replaced for its silence,
    the stream is live, `why` does not name it; killed, it is started anew
    and the stream does not notice."""
    d = faked({"a": {**spared(tmp_path),
                     "watchdog": {"start": "1s", "stall": "1s"}}})
    d.wait_state("a", "live")
    spare = d.wait(lambda: spare_of(d, "a"), 5, "a spare")
    sender = sender_of(d, "a")
    holds_for(lambda: d.state("a") == "live" and
              spare_of(d, "a")["pid"] == spare["pid"], 2.5)
    assert d.why("a")["worker"] is None
    os.kill(spare["pid"], signal.SIGKILL)
    d.wait_new_pid("a", spare["pid"], spare["name"])
    d.wait(lambda: spare_of(d, "a"), 2, "a new spare")
    assert sender_of(d, "a")["pid"] == sender["pid"]
    assert d.state("a") == "live"
    assert d.status("a")["frames"]["late"] == 0


def test_the_spare_takes_over_from_a_stall(faked, tmp_path):
    """An encoder that lives and does nothing is replaced by the spare."""
    d = faked({"a": spared(tmp_path)})
    d.wait_state("a", "live")
    spare = d.wait(lambda: spare_of(d, "a"), 5, "a spare")
    sender = sender_of(d, "a")
    os.kill(sender["pid"], signal.SIGSTOP)
    d.wait(lambda: (sender_of(d, "a") or {"pid": 0})["pid"] == spare["pid"],
           8, "the spare's turn")
    d.wait_state("a", "live", timeout=4)
    assert d.worker("a", sender["name"])["last"]["class"] == "stall"
    d.wait(lambda: spare_of(d, "a"), 5, "a new spare")


@pytest.mark.clock
def test_stop_and_reload_with_a_spare(faked, tmp_path):
    """A reload keeps both encoders; a stop leaves none, and waits for
    none."""
    profile = spared(tmp_path)
    d = faked({"a": profile})
    d.wait_state("a", "live")
    d.wait(lambda: spare_of(d, "a"), 5, "a spare")
    pids = [w["pid"] for w in d.status("a")["workers"]]
    d.write("a", {**profile, "watchdog": {"stall": "3s"},
                  "fallback": {"slate_after": "2s"}})
    d.reload()
    holds_for(lambda: [w["pid"] for w in d.status("a")["workers"]] == pids,
              1.5, "the same processes")
    watch = Stopwatch(d)
    d.tell("stop", "a")
    d.wait_state("a", "off")
    assert watch.took(0, 1)
    assert not any(alive(pid) for pid in pids)
    d.tell("start", "a")
    d.wait_state("a", "live")
    d.wait(lambda: spare_of(d, "a"), 5, "a spare")
    d.tell("restart", "a")
    d.wait(lambda: spare_of(d, "a") and sender_of(d, "a") and not {
        w["pid"] for w in d.status("a")["workers"]} & set(pids), 8)
    d.wait_state("a", "live")


@pytest.mark.clock
@pytest.mark.slow
def test_the_gap_is_smaller_with_a_spare(daemon, nginx, tmp_path):
    """Two streams to a real server, one with a spare: the encoders of both
    are killed five times; the gap at the receiver's clock is smaller with
    the spare. Takes about 15 s."""
    names = {"plain": False, "spare": True}
    d = daemon({name: counter_profile(
        tmp_path / f"{name}.log", nginx.url(name, "rec"), size="320x240",
        standby=standby, restart={"min": "100ms", "max": "100ms",
                                  "healthy": "500ms"})
        for name, standby in names.items()})
    d.wait_all()
    pulls = [record(nginx.url(name, "rec"), tmp_path / f"{name}.mkv", 12,
                    "-use_wallclock_as_timestamps", "1") for name in names]
    time.sleep(2)
    for _ in range(5):
        for name in names:
            os.kill(sender_of(d, name)["pid"], signal.SIGKILL)
            time.sleep(0.8)
        for name in names:  # a stream is live a second later, or three
            d.wait(lambda n=name: (sender_of(d, n) or {}).get("state") == "up",
                   10, "a sender")
        d.wait(lambda: spare_of(d, "spare"), 4, "a spare")
    for pull in pulls:
        pull.communicate(timeout=patience(40))
    gap = {}
    for name in names:
        between = np.diff(read_pts(tmp_path / f"{name}.mkv"))
        five = sorted(between)[-5:]
        gap[name] = five[0]  # the one that the machine disturbed least
        print(f"{name}: gap at the receiver {five[0] * 1000:.0f} ms at best, "
              f"{statistics.median(five) * 1000:.0f} ms mostly")
    assert gap["spare"] < gap["plain"], gap
    d.tell("stop", "--all")
    d.wait_all("off")
    for name in names:
        assert nginx.publishes(name) >= 6
        for session in nginx.recorded(name):
            if session.stat().st_size > 2000:
                numbers_or_slate(session)
