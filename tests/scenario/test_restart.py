# SPDX-License-Identifier: ISC
"""What dies comes back: how fast, how often, and when not (S01-S10)."""

import os
import signal
import time

import pytest
from harness import (OFF_AIR, SCALE, Stopwatch, count_fds, fake, fake_profile,
                     holds_for, only_children, read_pids, wait_for, zombies)

KILLS = int(os.environ.get("FFSUP_KILLS", "1000" if SCALE == 1 else "200"))


def starts(path, n, timeout=15):
    """Monotonic times of the first n starts, once there were n."""
    wait_for(lambda: len(read_pids(path)) >= n, timeout, f"{n} starts")
    return [t for _, t in read_pids(path)][:n]


def gaps(times):
    return [b - a for a, b in zip(times, times[1:])]


def assert_gap(gap, delay, jitter, watch):
    """One measured gap fits one configured delay, plus this machine."""
    assert delay * (1 - jitter) - 0.02 <= gap
    assert watch.allows(gap - delay * (1 + jitter), 0.3), (gap, delay)


def test_healthy_crash_restarts_at_once(faked, tmp_path):
    """After a healthy run the first restart waits for nothing: the viewer's
    gap is what counts (S01)."""
    pids = tmp_path / "pids"
    d = faked({"a": {**fake_profile(pidfile=pids),
                     "restart": {"min": "5s", "max": "9s"}}})
    d.wait_state("a", "live")
    d.wait(lambda: d.worker("a")["frame"] > 40, 10, "a healthy run")
    old = d.worker_pid("a")
    killed, watch = time.monotonic(), Stopwatch(d)
    os.kill(old, signal.SIGKILL)
    d.wait_new_pid("a", old)
    assert watch.allows(starts(pids, 2)[1] - killed, 0.5)
    assert d.worker("a")["last"]["signal"] == "SIGKILL"
    assert d.worker("a")["last"]["class"] == "signal"


def test_many_kills_leave_nothing(faked):
    """Killed a thousand times: always one instance, each time another pid,
    no descriptor and no zombie more than before (S02, finit
    start-kill-service). FFSUP_KILLS says how often; 1000 take 25 s."""
    d = faked({"a": {**fake_profile(progress=0.01),
                     "restart": {"min": 0, "max": 0}}},
              settings={"spawn_rate": 1000, "spawn_burst": 1000})
    d.wait_state("a", "live")
    fds, seen = count_fds(d.pid), [d.worker_pid("a")]
    for _ in range(KILLS):
        os.kill(seen[-1], signal.SIGKILL)
        seen.append(d.wait_new_pid("a", seen[-1]))
    assert len(seen) == len(set(seen)) == KILLS + 1
    only_children(d.pid, seen[-1])
    d.wait_state("a", "live")
    assert count_fds(d.pid) == fds
    wait_for(lambda: zombies(d.pid) == [], 5)
    assert d.status("a")["restarts"] == KILLS


@pytest.mark.clock
def test_delays_follow_the_curve(faked, tmp_path):
    """A child that exits at once is started again after min, then doubling
    up to max, each within its jitter (S03, pebble CalculateNextBackoff)."""
    pids = tmp_path / "pids"
    d = faked({"a": {**fake_profile(exit=1, pidfile=pids), "restart": {
        "min": "200ms", "max": "800ms", "factor": 2, "jitter": 0.2}}})
    watch = Stopwatch(d)
    for gap, delay in zip(gaps(starts(pids, 6)), [.2, .4, .8, .8, .8]):
        assert_gap(gap, delay, 0.2, watch)
    assert d.state("a") in ("retry", "starting")


@pytest.mark.clock
def test_delays_without_jitter(faked, tmp_path):
    """jitter 0 and factor 1: every delay is min (S03)."""
    pids = tmp_path / "pids"
    d = faked({"a": {**fake_profile(exit=1, pidfile=pids), "restart": {
        "min": "300ms", "max": "5s", "factor": 1, "jitter": 0}}})
    watch = Stopwatch(d)
    for gap in gaps(starts(pids, 4)):
        assert_gap(gap, 0.3, 0, watch)


@pytest.mark.clock
def test_health_resets_the_delay(faked, tmp_path):
    """A healthy run brings the delay back: at once, then min again (S04;
    pm2, pebble, systemd#43813 reset on a mere start, or never)."""
    pids, script = tmp_path / "pids", tmp_path / "script"
    script.write_text("exit=1")
    d = faked({"a": {**fake_profile(pidfile=pids, file=script), "restart": {
        "min": "200ms", "max": "30s", "jitter": 0, "healthy": "1s"}}})
    watch = Stopwatch(d)
    starts(pids, 4)
    script.write_text("exit=1,after=2")  # 2 s of media: healthy
    starts(pids, 6)  # a run has read its script before it writes its pid
    script.write_text("exit=1")
    times = starts(pids, 9)
    for gap, delay in zip(gaps(times)[3:], [1.6, 2, 2, 0.2, 0.4]):
        assert_gap(gap, delay, 0, watch)


@pytest.mark.clock
def test_a_short_life_is_not_health(faked, tmp_path):
    """A child that is on air for half a second and dies, again and again,
    does not get away with short delays (S05, pm2#718)."""
    pids = tmp_path / "pids"
    d = faked({"a": {
        **fake_profile(exit=1, after=0.5, pidfile=pids), "restart": {
            "min": "100ms", "max": "30s", "jitter": 0, "healthy": "5s"}}})
    watch = Stopwatch(d)
    for gap, delay in zip(gaps(starts(pids, 5)), [.1, .2, .4, .8]):
        assert_gap(gap, delay + 0.5, 0, watch)


def test_hopeless_is_held_and_retry_clears_it(faked, tmp_path):
    """A bad option gets no better: no further start for 15 minutes, `failed`,
    exit 2, the reason and when it is tried again; `retry` and `start` try at
    once (S06, finit#285)."""
    pids = tmp_path / "pids"
    d = faked({"a": fake_profile(
        exit=1, say="[error] Unrecognized option 'stimeout'.", pidfile=pids)})
    d.wait_state("a", "failed")
    worker = d.worker("a")
    assert worker["state"] == "held"
    assert 850 < worker["retry_in_s"] <= 900
    assert worker["last"]["class"] == "option"
    assert d.cli("status").returncode == OFF_AIR
    holds_for(lambda: len(read_pids(pids)) == 1, 1, "HELD")
    why = d.why("a")
    assert why["class"] == "option"
    assert any("Unrecognized option" in line for line in why["proof"])
    d.tell("retry", "a")
    assert len(starts(pids, 2)) == 2
    d.wait_state("a", "failed")
    d.tell("start", "a")
    assert len(starts(pids, 3)) == 3
    d.wait_state("a", "failed")


@pytest.mark.parametrize("script,code,sig,cls", [
    ("exit=0", 0, None, "ended"),
    ("exit=1", 1, None, "exit"),
    ("exit=69", 69, None, "input"),  # ffmpeg: too many decoding errors
    ("exit=127", 127, None, "exit"),
    ("exit=255", 255, None, "exit"),
    ("signal=9", None, "SIGKILL", "signal"),
    ("signal=11", None, "SIGSEGV", "crash"),
])
def test_every_ending_is_retried_and_told(faked, script, code, sig, cls):
    """Whatever the exit status, it is told as it was and tried again: 0 is
    no excuse, 255 no proof of a stop, 127 no proof of a missing program
    (S07; s6-permafailon, mediamtx#1186 logged "code 0" for all)."""
    d = faked({"a": {"args": [f"fake:{script},after=0.3"],
                     "restart": {"min": "60s", "max": "60s"}}})
    status = d.wait(lambda: d.worker("a")["failures"] and d.status("a"), 10)
    last = status["workers"][0]["last"]
    assert (last["code"], last["signal"]) == (code, sig)
    assert last["class"] == cls
    assert last["lived_s"] >= 0.29  # the child counts from later on
    assert status["state"] == "retry"
    assert 0 < status["workers"][0]["retry_in_s"] <= 72
    d.tell("retry", "a")
    d.wait(lambda: d.status("a")["restarts"] >= 1, 5)


def test_deaths_while_stopped_all_count(faked):
    """Fifty children die while ffsup itself is stopped: one SIGCHLD stands
    for all, and all fifty are found and replaced (S08)."""
    names = [f"s{i}" for i in range(50)]
    d = faked({name: {"args": ["fake:progress=0.3"]} for name in names},
              settings={"spawn_rate": 1000, "spawn_burst": 1000})
    d.wait_all(timeout=20)
    old = {n: s["workers"][0]["pid"] for n, s in d.streams().items()}
    d.signal(signal.SIGSTOP)
    for pid in old.values():
        os.kill(pid, signal.SIGKILL)
    d.signal(signal.SIGCONT)
    d.wait(lambda: all(s["restarts"] == 1 for s in d.streams().values()), 20)
    d.wait_all(timeout=20)
    new = {n: s["workers"][0]["pid"] for n, s in d.streams().items()}
    assert all(new[name] != old[name] for name in names)
    wait_for(lambda: zombies(d.pid) == [], 5)


@pytest.mark.clock
def test_common_failure_does_not_stampede(faked, tmp_path):
    """When everything fails at once, starts keep to the bucket and do not
    run in lock-step (S09, Supervisor#1640)."""
    pids = tmp_path / "pids"
    d = faked({f"s{i}": {**fake_profile(pidfile=pids, progress=0.5),
                         "restart": {"min": "500ms", "max": "500ms",
                                     "jitter": 0.5, "healthy": "60s"}}
               for i in range(60)},
              settings={"spawn_rate": 20, "spawn_burst": 10})
    d.wait_all(timeout=30)
    watch, first = Stopwatch(d), starts(pids, 60)
    for stream in d.streams().values():
        os.kill(stream["workers"][0]["pid"], signal.SIGKILL)
    d.wait(lambda: len(read_pids(pids)) >= 120, 30, "all are back")
    second = [t for _, t in read_pids(pids)][60:]
    for times in (sorted(first), sorted(second)):
        in_a_second = max(sum(t <= u < t + 1 for u in times) for t in times)
        assert in_a_second <= 20 + 10 + 2
        assert times[-1] - times[0] > (60 - 10) / 20 * 0.9
    assert watch.allows(max(gaps(sorted(second))), 1)


def test_stopped_supervisor_blames_nobody(faked):
    """ffsup itself stood still (a suspended machine, SIGSTOP): its children
    were fine all the time and are not replaced (S10, trap 33)."""
    d = faked({n: {"args": ["fake:progress=0.1"],
                   "watchdog": {"stall": "1s"}} for n in "abc"})
    d.wait_all()
    pids = {n: s["workers"][0]["pid"] for n, s in d.streams().items()}
    d.signal(signal.SIGSTOP)
    time.sleep(2.5)  # longer than the stall time
    d.signal(signal.SIGCONT)
    holds_for(lambda: {n: s["workers"][0]["pid"] for n, s in
                       d.streams().items()} == pids, 1.5, "the same pids")
    assert all(s["restarts"] == 0 for s in d.streams().values())


def test_restart_verb_is_not_a_failure(faked):
    """`restart` gives a new process at once and counts no failure."""
    d = faked({"a": {**fake_profile(),
                     "restart": {"min": "20s", "max": "20s"}}})
    d.wait_state("a", "live")
    old = d.worker_pid("a")
    d.tell("restart", "a")
    d.wait_new_pid("a", old, timeout=5)
    d.wait_state("a", "live", timeout=5)
    assert d.worker("a")["failures"] == 0


def test_retry_does_not_wait(faked, tmp_path):
    """`retry` starts a waiting stream now."""
    pids = tmp_path / "pids"
    d = faked({"a": {"args": [fake(exit=1, pidfile=pids)],
                     "restart": {"min": "60s", "max": "60s"}}})
    d.wait_state("a", "retry")
    watch = Stopwatch(d)
    d.tell("retry", "a")
    starts(pids, 2)
    assert watch.took(0, 5)  # and not 60
