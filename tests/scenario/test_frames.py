# SPDX-License-Identifier: ISC
"""Raw pictures: whole, in order, in time, and the producer never notices
(S27-S33)."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import harness
import numpy as np
import pytest
from counter import gaps, read_pts
from harness import (LONG, SCALE, Stopwatch, counter_profile, cpu_seconds,
                     fake, frames_profile, fresh, holds_for, numbers_or_slate,
                     patience, pictures, producer, producer_log, record,
                     rss_kib, wait_for)

SIZE, BYTES = "64x48", 64 * 48 * 3


def stamped(tmp_path, *words, fps=25, produce=None, extra=(), **keys):
    """Numbered pictures to a fake encoder that checks each of them. (A slate
    made of the last picture would be a broken one to it: there is none.)"""
    keys = {"read": "all", "frame": BYTES, "got": tmp_path / "got", **keys}
    return {**frames_profile(
        SIZE, fps, script=fake("verify", *words, **keys),
        command=producer(tmp_path / "log", SIZE, produce or fps, *extra)),
        "fallback": {"slate_after": "1h"}}


def got(tmp_path):
    """What every encoder of this test read, by process, sorted by pid."""
    out = []
    for path in sorted(tmp_path.glob("got.*[0-9]"),
                       key=lambda p: p.stat().st_mtime_ns):
        out.append(json.loads(path.read_text()))
    return out


def assert_whole(reports):
    """Not one picture broken, not one out of order."""
    assert reports
    for report in reports:
        assert report["bad"] == 0 and report["back"] == 0, report


def assert_unnoticed(tmp_path, limit_ms=150):
    """The producer saw no exception and no slow write."""
    log = producer_log(tmp_path / "log")
    assert log["exception"] is None, log
    assert log["slowest_ms"] < limit_ms * SCALE, log


def test_pictures_arrive_whole_and_in_order(faked, tmp_path):
    """Every picture reaches the encoder as it was written, once (S27)."""
    d = faked({"a": stamped(tmp_path)})
    watch = Stopwatch(d)
    d.wait_state("a", "live")
    d.wait(lambda: got(tmp_path) and fresh(got(tmp_path)[0]) > 50, 8)
    frames = d.status("a")["frames"]
    d.tell("stop", "a")
    d.wait_state("a", "off")
    report = got(tmp_path)[0]
    assert_whole([report])
    assert report["eof"] and report["partial"] == 0
    assert fresh(report) >= frames["in"] - frames["dropped"] - frames["queue"]
    assert frames["dropped"] <= frames["in"] / 10 + 25 * watch.held()
    assert d.status("a")["restarts"] == 0


@pytest.mark.clock
def test_slow_encoder(faked, tmp_path):
    """An encoder at half the speed gets whole pictures and fresh ones; the
    rest is dropped and counted, the queue stays short, the producer is
    never held up (S27, S28; story 5)."""
    d = faked({"a": stamped(tmp_path, read=BYTES * 12, fps=24)})
    d.wait_state("a", "live")
    d.wait(lambda: d.status("a")["frames"]["dropped"] > 10, 10)
    before = rss_kib(d.pid)
    ages, watch = [], Stopwatch(d)

    def look():
        frames = d.status("a")["frames"]
        ages.append(frames["queue_age_ms"])
        return frames["queue"] <= 3

    holds_for(look, 3, "a short queue")
    assert watch.allows(max(ages) / 1000, 4 / 12 + 0.1)
    assert rss_kib(d.pid) - before < 1024
    assert_whole(got(tmp_path))
    assert_unnoticed(tmp_path)
    assert d.status("a")["restarts"] == 0


@pytest.mark.clock
def test_encoder_that_stops_reading(faked, tmp_path):
    """A reader that stands still: whole pictures are dropped, commands are
    answered at once, nothing grows, the producer does not notice (S28)."""
    d = faked({"a": {**frames_profile(
        SIZE, 50, script=fake(read="none", fps=50),
        command=producer(tmp_path / "log", SIZE, 50)),
        "watchdog": {"stall": "60s"}}})
    d.wait(lambda: (d.status("a").get("frames") or {"in": 0})["in"] > 50, 8)
    before, cpu = rss_kib(d.pid), cpu_seconds(d.pid)
    dropped = d.status("a")["frames"]["dropped"]
    for _ in range(10):
        watch = Stopwatch(d)
        d.status("a")
        assert watch.took(0, 0.2)
        time.sleep(0.2)
    assert d.status("a")["frames"]["dropped"] > dropped + 50
    assert rss_kib(d.pid) - before < 512
    assert cpu_seconds(d.pid) - cpu < 0.6 * SCALE
    assert_unnoticed(tmp_path)


@pytest.mark.clock
def test_encoder_killed_in_mid_picture(faked, tmp_path):
    """Each new encoder begins with the first byte of a picture, whatever
    the old one had half read; the producer does not notice (S29)."""
    profile = stamped(tmp_path, read=BYTES * 20.3)
    d = faked({"a": {**profile, "restart": {"min": "50ms", "max": "50ms"}}})
    for n in range(6):
        d.wait(lambda n=n: len(got(tmp_path)) > n and
               got(tmp_path)[-1]["frames"] > 8, 8)
        old = d.worker_pid("a", "encoder")
        os.kill(old, signal.SIGKILL)
        d.wait_new_pid("a", old, "encoder")
    assert_whole(got(tmp_path))
    assert_unnoticed(tmp_path)
    assert d.worker("a", "producer")["restarts"] == 0


def test_producer_dies_in_mid_picture(faked, tmp_path):
    """A producer that ends in the middle of a picture, and its successor:
    the encoder lives on and never sees half a picture (S29)."""
    profile = stamped(tmp_path, "twosig",
                      extra=["--cut", str(BYTES * 12 + BYTES // 3)])
    d = faked({"a": {**profile, "restart": {
        "min": "100ms", "max": "200ms", "healthy": "60s"}}})
    d.wait_state("a", "live")
    encoder = d.worker_pid("a", "encoder")
    d.wait(lambda: d.worker("a", "producer")["restarts"] >= 3, 10)
    assert d.worker_pid("a", "encoder") == encoder
    reports = got(tmp_path)
    assert len(reports) == 1 and reports[0]["bad"] == 0
    assert reports[0]["frames"] > 36
    # the number starts anew with each producer: that is all that goes back
    assert reports[0]["back"] <= d.worker("a", "producer")["restarts"]


@pytest.mark.clock
def test_encoder_that_closes_its_input(faked, tmp_path):
    """EPIPE without a death: feeding stops, nothing spins, nobody else is
    told; the mute encoder is replaced by the watchdog (S30)."""
    d = faked({"a": {**stamped(tmp_path, closein=1,
                               first=tmp_path / "first"),
                     "watchdog": {"stall": "1500ms"}}})
    d.wait_state("a", "live")
    old = d.worker_pid("a", "encoder")
    cpu = cpu_seconds(d.pid)
    d.wait_new_pid("a", old, "encoder", timeout=8)
    assert cpu_seconds(d.pid) - cpu < 0.5 * SCALE
    assert d.worker("a", "encoder")["last"]["class"] == "stall"
    assert_unnoticed(tmp_path)


@pytest.mark.clock
def test_encoder_that_floods_stderr(faked, tmp_path):
    """A megabyte a second on stderr while pictures go in: no deadlock
    (S31; immich#279)."""
    d = faked({"a": stamped(tmp_path, spew=1000000)})
    d.wait_state("a", "live")
    d.wait(lambda: got(tmp_path) and got(tmp_path)[0]["frames"] > 75, 10)
    assert_whole(got(tmp_path))
    assert_unnoticed(tmp_path)
    assert d.status("a")["restarts"] == 0


def test_producer_that_talks(faked, tmp_path):
    """What a producer prints on stderr is a log, not a picture, and is
    drained."""
    d = faked({"a": stamped(tmp_path, extra=["--noise"])})
    d.wait_state("a", "live")
    d.wait(lambda: "picture 30" in json.dumps(
        d.request("logs", "a")["data"]["lines"]), 8)
    assert_whole(got(tmp_path))


@pytest.mark.clock
def test_end_of_input_reaches_the_encoder(faked, tmp_path):
    """No sibling holds the write end of another's pipe: EOF arrives at once
    although other streams were started later (S33, trap 14)."""
    profiles = {n: frames_profile(
        pattern="smpte", script=fake(ignore="term", got=tmp_path / n))
        for n in "abcd"}
    d = faked({n: {**p, "stop": {"grace": "20s"}}
               for n, p in profiles.items()})
    d.wait_all()
    for name in "abcd":
        watch = Stopwatch(d)
        d.tell("stop", name)
        d.wait_state(name, "off")
        assert watch.took(0, 2)
        assert d.worker(name, "encoder")["last"]["code"] == 0


@pytest.mark.clock
@pytest.mark.parametrize("produce", [8, 60])
def test_the_beat_is_kept(faked, tmp_path, produce):
    """A producer that is too slow or too fast: the encoder gets exactly
    fps pictures a second, repeated or dropped, and both are counted."""
    d = faked({"a": stamped(tmp_path, produce=produce)})
    d.wait_state("a", "live")
    d.wait(lambda: got(tmp_path) and got(tmp_path)[0]["frames"] > 10, 8)
    watch, first = Stopwatch(d), got(tmp_path)[0]["frames"]
    time.sleep(4)
    passed, frames = (time.monotonic() - watch.begin,
                      got(tmp_path)[0]["frames"] - first)
    assert watch.allows(abs(frames - 25 * passed) / 25, 0.4)
    assert_whole(got(tmp_path))
    counts = d.status("a")["frames"]
    assert counts["repeated" if produce < 25 else "dropped"] > 40


def test_the_beat_goes_on_without_a_producer(faked, tmp_path):
    """The producer is gone and does not come back soon: the encoder lives
    on with the last picture, the stream is degraded, exit 1."""
    d = faked({"a": {**stamped(tmp_path, extra=["--cut", str(BYTES * 20)]),
                     "restart": {"min": "60s", "max": "60s"}}})
    d.wait_worker("a", "producer", "waiting", timeout=8)
    encoder = d.worker_pid("a", "encoder")
    frames = got(tmp_path)[0]["frames"]
    d.wait(lambda: got(tmp_path)[0]["frames"] > frames + 50, 6)
    assert d.worker_pid("a", "encoder") == encoder
    assert d.status("a")["frames"]["fallback"] == "hold"
    d.wait_state("a", "degraded")
    d.cli("status", check=1)
    d.tell("retry", "a")
    d.wait(lambda: d.worker("a", "producer")["run"] == 2, 5)


def test_a_pattern_needs_no_program(faked, tmp_path):
    """A built-in pattern comes at its beat, with no second process."""
    d = faked({"a": frames_profile(SIZE, 20, pattern="counter", script=fake(
        frame=BYTES, got=tmp_path / "got"))})
    d.wait_state("a", "live")
    assert [w["name"] for w in d.status("a")["workers"]] == ["encoder"]
    d.wait(lambda: got(tmp_path)[0]["frames"] > 40, 6)


@pytest.mark.clock
def test_producer_is_started_with_its_encoder_down(faked, tmp_path):
    """The encoder cannot start: the producer runs and writes all the same
    (story 4)."""
    d = faked({"a": stamped(tmp_path, exit=1, after=0.2)})
    d.wait(lambda: d.worker("a", "encoder")["restarts"] >= 2, 8)
    wait_for(lambda: producer_log(tmp_path / "log")["written"] > 40, 8)
    assert_unnoticed(tmp_path)
    assert d.worker("a", "producer")["restarts"] == 0


@pytest.mark.clock
@pytest.mark.slow
def test_an_encoder_at_half_speed_is_told_of(faked, tmp_path):
    """An encoder that takes 12 of 25 pictures a second: the oldest that waits
    is never older than 4 frame times, memory does not grow, the producer does
    not notice; after a while the stream is degraded and `why` says what to
    do; with a quicker one all is well (S28; story 5). Takes about 15 s, two
    minutes with FFSUP_LONG."""
    d = faked({"a": stamped(tmp_path, read=BYTES * 12,
                            first=tmp_path / "first")})
    d.wait(lambda: (d.status("a").get("frames") or {"dropped": 0})[
        "dropped"] > 10, 10)
    before, ages, begin = rss_kib(d.pid), [], time.monotonic()
    watch = Stopwatch(d)
    while d.status("a")["reason"] != "slow" or \
            time.monotonic() - begin < (120 if LONG else 0):
        ages.append(d.status("a")["frames"]["queue_age_ms"])
        assert time.monotonic() - begin < patience(15) or LONG
        time.sleep(0.05)
    assert watch.allows(max(ages) / 1000, 4 / 25)
    assert rss_kib(d.pid) - before < 512
    status = d.status("a")
    assert status["reason"] == "slow"
    assert 10 < status["frames"]["fps_out"] < 14
    why = d.why("a")
    assert why["class"] == "slow" and why["worker"] == "encoder"
    assert "takes" in why["cause"] and "preset" in why["do"]
    assert_whole(got(tmp_path))
    os.kill(d.worker_pid("a", "encoder"), signal.SIGKILL)
    d.wait_state("a", "live", timeout=5)
    assert d.why("a")["class"] is None
    assert_unnoticed(tmp_path)


# --- with the real ffmpeg --------------------------------------------------


PACES = {"slow": (8,), "fast": (60,), "bursty": (25, "--burst", 5),
         "ended": (25, "--pause", 50, 3600)}


def arrivals(path):
    """Pictures a second by a straight line through their times of arrival,
    the time that it is over, and the time between the first and the last by
    their own timestamps."""
    pts = np.array(read_pts(path))
    pts = pts[pts > pts[0] + 1]  # what the server had kept came in a bunch
    slope = np.polyfit(np.arange(len(pts)), pts, 1)[0]
    return 1 / slope, pts[-1] - pts[0]


@pytest.mark.clock
@pytest.mark.slow
def test_the_receiver_gets_its_pictures_in_time(daemon, nginx, tmp_path):
    """Producers that are too slow, too fast, bursty, or stop for good: the
    receiver's clock counts 25.00 pictures a second, within one frame, and
    there is no gap. Takes about 17 s, five minutes with FFSUP_LONG."""
    span = 300 if LONG else 12
    d = daemon({name: counter_profile(
        tmp_path / f"{name}.log", nginx.url(name, "rec"), *extra,
        produce=produce, size="64x48", watchdog={"stall": "1h"})
        for name, (produce, *extra) in PACES.items()})
    d.wait(lambda: all(s["workers"][1]["state"] == "up"
                       for s in d.streams().values()), 15)
    watch = Stopwatch(d)
    pulls = {name: record(nginx.url(name, "rec"), tmp_path / f"{name}.mkv",
                          span + 1, "-use_wallclock_as_timestamps", "1")
             for name in PACES}
    for pull in pulls.values():
        pull.communicate(timeout=patience(span + 20))
    d.tell("stop", "--all")
    d.wait_all("off")
    watch.stop()
    for name in PACES:
        fps, seconds = arrivals(tmp_path / f"{name}.mkv")
        assert seconds > span - 2, name
        assert watch.allows(abs(fps - 25) * seconds / 25, 1 / 25), (name, fps)
        session, = nginx.recorded(name)
        assert gaps(read_pts(session), 25) == [], name
        numbers_or_slate(session)
        log = producer_log(tmp_path / f"{name}.log")
        assert log["exception"] is None
        assert log["slowest_ms"] < 150 * SCALE, (name, log)



@pytest.mark.clock
@pytest.mark.slow
def test_encoder_killed_many_times(daemon, nginx, tmp_path):
    """A numpy program sends pictures through real ffmpeg to a real server;
    the encoder is killed ten times at any moment, forty with FFSUP_LONG: the
    program sees no exception and no write over 150 ms, and whatever the
    server received is whole and in order (BrokenPipeError of every Popen
    sample; story 4). Takes about 20 s."""
    moment, size, fps = random.Random(20), "320x240", 25
    kills = 40 if LONG else 10
    d = daemon({"a": counter_profile(
        tmp_path / "log", nginx.url("cam", "rec"), size=size, fps=fps,
        restart={"min": "200ms", "max": "500ms", "healthy": "1s"},
        watchdog={"stall": "15s"})})  # a busy machine is not the subject
    d.wait_state("a", "live")
    for _ in range(kills):
        time.sleep(moment.uniform(0.3, 2))
        old = d.wait(lambda: d.worker_pid("a", "encoder"), 5, "an encoder")
        os.kill(old, signal.SIGKILL)
        d.wait_new_pid("a", old, "encoder")
    d.wait_state("a", "live")
    time.sleep(1)
    assert_unnoticed(tmp_path)
    program = d.worker("a", "producer")
    assert program["restarts"] == 0, program["endings"]
    assert d.status("a")["restarts"] == kills
    d.tell("stop", "a")
    d.wait_state("a", "off")
    last, seen = -1, set()
    for session in nginx.recorded("cam"):
        # one that was killed at its start may have no picture at all
        if session.stat().st_size < 2000:
            continue
        numbers = [n for n in numbers_or_slate(session) if n != "slate"]
        assert numbers == sorted(numbers)
        assert not numbers or numbers[0] >= last
        last = (numbers or [last])[-1]
        seen.update(numbers)
    assert len(seen) > kills * fps / 2


@pytest.mark.plain
def test_killed_pictures_all_formats(daemon, tmp_path):
    """Every pixel format comes out of the real encoder readable, also at
    sizes whose rows are no multiple of anything."""
    formats = ("bgr24", "rgb24", "gray", "yuv420p", "nv12", "yuyv422",
               "rgba", "bgra")
    d = daemon({name: {
        "source": {"frames": {"size": "162x98", "fps": 10, "format": name,
                              "pattern": "counter"}},
        "video": {"encoder": "libx264", "preset": "ultrafast",
                  "bitrate": "2M"},
        "outputs": [{"url": str(tmp_path / f"{name}.mkv")}]}
        for name in formats})
    d.wait_all(timeout=20)
    d.wait(lambda: all(s["workers"][0]["frame"] > 12
                       for s in d.streams().values()), 20)
    d.tell("stop", "--all")
    d.wait_all("off")
    for name in formats:
        seen = pictures(tmp_path / f"{name}.mkv")
        assert len(seen) > 8 and None not in seen, name
        numbers = [number for number, _ in seen]
        assert numbers == sorted(numbers), name


@pytest.mark.plain
def test_real_encoder_ends_by_eof(daemon, tmp_path):
    """Real ffmpeg, fed, stops by the end of its input: exit 0, and the file
    has its trailer."""
    path = tmp_path / "out.mp4"
    d = daemon({"a": {"source": {"frames": {
        "size": "160x120", "fps": 10, "pattern": "counter"}},
        "outputs": [{"url": str(path)}]}})
    d.wait(lambda: (d.worker("a")["frame"] or 0) > 10, 10)
    d.tell("stop", "a")
    d.wait_state("a", "off")
    assert d.worker("a")["last"]["code"] == 0
    assert len(pictures(path)) > 10
    assert re.search(r"a/encoder: STOPPING -> OFF", d.log)


NOBODY = 65534


@pytest.fixture
def open_dir(fakeff, monkeypatch):
    """A directory that everybody can use, with the programs in it."""
    path = Path(tempfile.mkdtemp(prefix="ffsup-t-"))
    path.chmod(0o777)
    for program in (fakeff, harness.FFSUP, harness.HERE / "producer.py",
                    harness.HERE / "livelog.py"):
        shutil.copy(program, path)
    monkeypatch.setattr(
        harness, "FFSUP", str(path / Path(harness.FFSUP).name))
    monkeypatch.setattr(harness, "HERE", path)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def spent_pipes():
    """A process of nobody's that holds all the pipe memory nobody may have."""
    hog = subprocess.Popen(
        ["/usr/bin/python3", "-c", "import fcntl,os,sys\n"
         "try:\n"
         " while True: fcntl.fcntl(os.pipe()[1], 1031, 1 << 20)\n"
         "except OSError: print('spent', flush=True)\n"
         "sys.stdin.read()"], cwd="/", user=NOBODY, group=NOBODY,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert hog.stdout.readline() == "spent\n"
    yield
    hog.communicate(timeout=patience(5))


@pytest.mark.clock
@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to become nobody")
@pytest.mark.skipif(harness.VALGRIND or SCALE > 1,
                    reason="the program is copied, its libraries are not")
def test_pipe_quota_is_exhausted(daemons, open_dir, spent_pipes):
    """A user without privileges whose pipe memory is spent gets pipes of two
    pages: pictures still arrive whole and at their rate (S32)."""
    profile = stamped(open_dir)
    d = daemons({"a": profile}, base=open_dir,
                ffmpeg=open_dir / "fakeff", preexec=lambda: (
                    os.setgid(NOBODY), os.setuid(NOBODY)))
    os.chown(d.run, NOBODY, NOBODY)
    d.start()
    d.wait_state("a", "live")
    d.wait(lambda: got(open_dir) and got(open_dir)[0]["frames"] > 60, 10)
    assert d.status("a")["frames"]["pipe_out_bytes"] < 65536
    d.tell("stop", "a")
    d.wait_state("a", "off")
    assert_whole(got(open_dir))
    assert_unnoticed(open_dir)
