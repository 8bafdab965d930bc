# SPDX-License-Identifier: ISC
"""The receiver sees one unbroken stream, whatever becomes of the producer:
the last picture, the slate, the next producer."""

import os
import re
import signal
import subprocess
import time

import numpy as np
import pytest
from counter import gaps, read_pts
from harness import (FFMPEG, LONG, counter_profile, fake, frames_profile,
                     holds_for, numbers_or_slate, producer, read_pids,
                     wait_for)

SIZE, W, H = "64x48", 64, 48
BYTES = W * H * 3


def faked_profile(tmp_path, *extra, **over):
    """Numbered pictures to a fake encoder, patient with the producer."""
    return {**frames_profile(
        SIZE, 25, script=fake(frame=BYTES, pidfile=tmp_path / "pids"),
        command=producer(tmp_path / "log", SIZE, 25, *extra)), **over}


def raw_profile(path, tmp_path, *extra, **over):
    """The same to a file of bare pictures, by the real ffmpeg."""
    return {"source": {"frames": {"size": SIZE, "fps": 25, "command": producer(
                tmp_path / "log", SIZE, 25, *extra)}},
            "video": {"encoder": "rawvideo", "pixel_format": "bgr24"},
            "outputs": [{"url": str(path), "format": "rawvideo",
                         "options": {"flush_packets": 1}}], **over}


def newest(path):
    """The newest whole picture in a file of bare pictures, or None."""
    try:
        whole = path.stat().st_size // BYTES
    except FileNotFoundError:
        return None
    if whole == 0:
        return None
    with path.open("rb") as raw:
        raw.seek((whole - 1) * BYTES)
        return np.frombuffer(raw.read(BYTES), np.uint8).reshape(H, W, 3)


def image(path, color, size="64x48"):
    """A picture of one colour, put in place whole."""
    tmp = path.with_name("new-" + path.name)
    subprocess.run(
        [FFMPEG, "-v", "error", "-y", "-f", "lavfi", "-i",
         f"color={color}:s={size}", "-frames:v", "1", str(tmp)], check=True,
        stdin=subprocess.DEVNULL)
    tmp.rename(path)


def is_color(picture, b, g, r):
    """All of it, give or take what a conversion rounds."""
    return picture is not None and \
        np.abs(picture.astype(int) - (b, g, r)).max() < 6


# --- one connection --------------------------------------------------------


def moody(tmp_path, *argv):
    """A producer's command: the first time it ends in the middle of a
    picture; while the file "away" is there, it ends at once."""
    script = tmp_path / "moody"
    script.write_text(f"""#!/bin/sh
[ ! -e {tmp_path}/away ] || exit 1
mkdir {tmp_path}/been 2>/dev/null && set -- "$@" --cut {320 * 240 * 3 * 9 // 2}
exec "$@"
""")
    script.chmod(0o755)
    return [str(script), *argv]


def saw_in_order(texts, *parts):
    """The texts that hold these parts, which come one after the other."""
    found, rest = [], iter(texts)
    for part in parts:
        found.append(next((t for t in rest if part in t), None))
        assert found[-1] is not None, (part, texts)
    return found


@pytest.mark.clock
@pytest.mark.slow
def test_one_connection_for_all_producers(daemon, nginx, tmp_path):
    """The producer ends in the middle of a picture, is killed, stopped, and
    away for a while: the server sees one connection, no gap, nothing sheared;
    the last picture, then the slate, then the producer again, and the events
    tell how long. Takes about 20 s; the producer is away for 60 s with
    FFSUP_LONG."""
    profile = counter_profile(
        tmp_path / "log", nginx.url("cam", "rec"), size="320x240",
        fallback={"slate_after": "2s"},
        restart={"min": "100ms", "max": "200ms"})
    frames = profile["source"]["frames"]
    frames["command"] = moody(tmp_path, *frames["command"])
    d = daemon({"a": profile})

    def next_producer(old):
        d.wait_new_pid("a", old, "producer")
        d.wait_state("a", "live")
        time.sleep(0.5)
        return d.worker_pid("a", "producer")

    d.wait(lambda: d.status("a")["frames"]["torn"] == 1, 10)
    d.wait_state("a", "live")
    encoder, old = d.worker_pid("a", "encoder"), d.worker_pid("a", "producer")
    os.kill(old, signal.SIGKILL)
    old = next_producer(old)
    os.kill(old, signal.SIGSTOP)
    d.wait_reason("a", "hold", timeout=4)
    old = next_producer(old)
    assert d.worker("a", "producer")["last"]["class"] == "stall"
    (tmp_path / "away").touch()
    os.kill(old, signal.SIGKILL)
    d.wait_reason("a", "hold", timeout=4)
    d.wait_reason("a", "slate", timeout=4)
    holds_for(lambda: d.status("a")["frames"]["fallback"] == "slate" and
              d.worker_pid("a", "encoder") == encoder, 60 if LONG else 3)
    assert d.status("a")["reason"] == "slate"
    (tmp_path / "away").unlink()
    next_producer(old)

    assert d.worker_pid("a", "encoder") == encoder
    assert d.worker("a", "encoder")["run"] == 1
    texts = saw_in_order(d.events("a"), "-> degraded (hold)",
                         "-> degraded (slate)", "degraded (slate) -> live")
    assert all(re.search(r", after [0-9.]+ m?s", text) for text in texts)
    d.tell("stop", "a")
    d.wait_state("a", "off")
    assert nginx.publishes("cam") == 1
    session, = nginx.recorded("cam")
    assert gaps(read_pts(session), 25) == []
    seen = numbers_or_slate(session)
    assert seen[0] == "slate" and seen[-1] != "slate"
    assert seen.count("slate") > (55 if LONG else 3) * 25


# --- the slate -------------------------------------------------------------


def test_on_air_before_the_first_picture(faked, tmp_path):
    """The slate is on air before the producer has anything to send."""
    go = tmp_path / "go"
    d = faked({"a": faked_profile(tmp_path, "--gate", 0, go)})
    d.wait_worker("a", "encoder", "up", timeout=5)
    status = d.status("a")
    assert status["frames"]["in"] == 0
    assert status["frames"]["fallback"] == "slate"
    assert status["frames"]["silent_s"] is None
    d.wait_state("a", "degraded")
    assert d.status("a")["reason"] == "slate"
    assert "slate" in d.why("a")["cause"]
    go.touch()
    d.wait_state("a", "live", timeout=6)
    assert d.worker("a", "encoder")["run"] == 1


def test_slate_image(daemon, tmp_path):
    """The image is fitted into the pictures' size, read again when it
    changes, and a drawn slate comes in its place when it is gone."""
    slate, out = tmp_path / "slate.png", tmp_path / "out.raw"
    image(slate, "red")
    d = daemon({"a": raw_profile(out, tmp_path, "--pause", 25, 3600, fallback={
        "slate": str(slate), "slate_after": "1s"}, watchdog={"stall": "1h"})})
    wait_for(lambda: is_color(newest(out), 0, 0, 254), 8, "the red slate")
    encoder = d.worker_pid("a", "encoder")
    image(slate, "blue", "480x360")
    wait_for(lambda: is_color(newest(out), 254, 0, 0), 5, "the blue slate")
    image(slate, "white", "100x300")  # tall: black at its sides
    wait_for(lambda: newest(out)[:, 28:36].min() > 250 and
             newest(out)[:, :20].max() < 5, 5, "the tall slate")
    slate.unlink()
    # the last picture was of one colour, 24: a third of it, with bars
    wait_for(lambda: is_color(newest(out)[2:40], 8, 8, 8), 5,
             "the drawn slate")
    assert newest(out)[-2:].max() > 60
    assert any("cannot be used: No such file" in t for t in d.events("a"))
    assert d.worker_pid("a", "encoder") == encoder


@pytest.mark.plain
def test_broken_slate_image(daemon, tmp_path):
    """A slate that is no image is reported once, and another one is drawn;
    corrected, it is used."""
    slate, out = tmp_path / "slate.png", tmp_path / "out.raw"
    slate.write_bytes(b"this is no image")
    d = daemon({"a": raw_profile(out, tmp_path, "--pause", 25, 3600, fallback={
        "slate": str(slate), "slate_after": "1s"}, watchdog={"stall": "1h"})})
    d.wait_log(r"a: the slate .*slate\.png cannot be used: .*\w")
    d.wait(lambda: newest(out) is not None and newest(out)[-2:].max() > 60 and
           is_color(newest(out)[2:40], 8, 8, 8), 8, "the drawn slate")
    time.sleep(1.2)  # it is looked at once a second
    reports = [t for t in d.events("a") if "cannot be used" in t]
    assert len(reports) == 1, reports
    image(slate, "red")
    wait_for(lambda: is_color(newest(out), 0, 0, 254), 5, "the red slate")


# --- giving up -------------------------------------------------------------


def test_give_up_and_come_back(faked, tmp_path):
    """Without pictures for too long the broadcast is ended; the next picture
    brings it back."""
    go = tmp_path / "go"
    d = faked({"a": faked_profile(
        tmp_path, "--gate", 25, go, watchdog={"stall": "1h"},
        fallback={"slate_after": "1s", "give_up_after": "2s"})})
    d.wait_state("a", "live")
    seen = d.wait_state("a", "retry", timeout=6)
    assert seen["reason"] == "no pictures"
    d.wait(lambda: d.worker_pid("a", "encoder") is None, 4)
    assert d.worker("a", "encoder")["state"] == "off"
    d.cli("status", check=2)
    why = d.why("a")
    assert why["class"] == "no pictures" and "give_up_after" in why["cause"]
    assert any("no frames for too long" in t for t in d.events("a"))
    go.touch()
    d.wait_state("a", "live", timeout=8)
    assert len(read_pids(tmp_path / "pids")) == 2
    assert d.worker("a", "producer")["restarts"] == 0
    assert d.worker("a", "encoder")["restarts"] == 0


def test_start_again_after_giving_up(faked, tmp_path):
    """A person's restart ends the giving up: the slate is on air again, and
    the patience begins anew."""
    d = faked({"a": faked_profile(
        tmp_path, "--pause", 10, 3600, watchdog={"stall": "1h"},
        fallback={"slate_after": "1s", "give_up_after": "2s"})})
    d.wait_state("a", "retry", timeout=8)
    d.wait(lambda: d.worker_pid("a", "encoder") is None, 4)
    d.tell("start", "a")
    d.wait_state("a", "degraded", timeout=4)
    d.wait_state("a", "retry", timeout=8)


def test_new_output_after_giving_up(daemon, tmp_path):
    """An output that comes with a reload while the broadcast is ended waits
    for the pictures, as the others do."""
    go = tmp_path / "go"

    def profile(*names):
        return counter_profile(
            tmp_path / "log", None, "--gate", "25", str(go),
            watchdog={"stall": "1h"},
            fallback={"slate_after": "1s", "give_up_after": "2s"},
            outputs=[{"name": n, "url": str(tmp_path / f"{n}.ts")}
                     for n in names])
    d = daemon({"a": profile("one", "two")})
    d.wait_reason("a", "no pictures", timeout=8)
    d.wait_worker("a", "two", "off", timeout=4)
    d.write("a", profile("one", "two", "three"))
    d.reload()
    assert d.worker("a", "three")["state"] == "off"
    go.touch()
    d.wait_worker("a", "three", "up", timeout=12)


# --- frozen and wrong pictures ---------------------------------------------


def test_frozen_pictures(faked, tmp_path):
    """The same picture again and again: degraded, and nobody is replaced;
    live again with the next other one."""
    d = faked({"a": faked_profile(tmp_path, "--still", 20,
                                  watchdog={"frozen": "2s"})})
    d.wait_state("a", "live")
    seen = d.wait_state("a", "degraded", timeout=6)
    assert seen["reason"] == "frozen"
    why = d.why("a")
    assert why["class"] == "frozen" and why["worker"] == "producer"
    holds_for(lambda: d.state("a") == "degraded", 1)
    assert d.status("a")["restarts"] == 0
    assert any("live -> degraded (frozen)" in t for t in d.events("a"))
    os.kill(d.worker_pid("a", "producer"), signal.SIGKILL)
    d.wait_state("a", "live", timeout=4)


def test_nothing_is_frozen_unasked(faked, tmp_path):
    """A still picture is nobody's business unless watchdog.frozen says."""
    d = faked({"a": faked_profile(tmp_path, "--still", 2)})
    d.wait_state("a", "live")
    holds_for(lambda: d.state("a") == "live", 2.5)


def test_wrong_pictures(faked, tmp_path):
    """Pictures of another format than the profile says: a warning with a
    guess, in the log, the events and the status."""
    d = faked({"a": faked_profile(tmp_path, "--wrong", 4)})
    d.wait(lambda: d.status("a")["frames"]["guess"], 6, "a guess")
    assert re.search("64x48 (rgba|bgra)", d.status("a")["frames"]["guess"])
    text = "a: receives frames of 12288 bytes, but the profile says 64x48 " \
           "bgr24, 9216 bytes each; they could be 64x48 rgba or 64x48 " \
           "bgr24 in rows of 256 bytes"
    assert text in d.log
    assert text in d.events("a")


# --- live reload -----------------------------------------------------------


def test_reload_of_live_keys(faked, tmp_path):
    """What is sent without pictures, and when, changes without a restart."""
    profile = faked_profile(tmp_path, "--still", 1, watchdog={"stall": "1h"})
    d = faked({"a": profile})
    d.wait_state("a", "live")

    def pids():
        return [w["pid"] for w in d.status("a")["workers"]]

    before = pids()
    image(tmp_path / "slate.png", "red")
    for over in ({"watchdog": {"stall": "1h", "frozen": "1s"}},
                 {"fallback": {"slate_after": "1h"}},
                 {"fallback": {"slate_after": "2s"}},
                 {"fallback": {"slate": str(tmp_path / "slate.png")}}):
        d.write("a", {**profile, **over})
        d.reload()
        assert "1 live" in d.events(None)[-1]
        assert pids() == before
        if "watchdog" in over:
            d.wait_reason("a", "frozen", timeout=4)
    d.wait_state("a", "live", timeout=4)


def test_reload_of_slate_after(faked, tmp_path):
    """A shorter time until the slate counts at once."""
    profile = faked_profile(tmp_path, "--pause", 25, 3600,
                            watchdog={"stall": "1h"},
                            fallback={"slate_after": "1h"})
    d = faked({"a": profile})
    d.wait_reason("a", "hold", timeout=6)
    before = [w["pid"] for w in d.status("a")["workers"]]
    d.write("a", {**profile, "fallback": {"slate_after": "1s"}})
    d.reload()
    d.wait_reason("a", "slate", timeout=4)
    assert [w["pid"] for w in d.status("a")["workers"]] == before


@pytest.mark.plain
def test_reload_of_the_slate(daemon, tmp_path):
    """Another image in the profile is on air without a restart."""
    out = tmp_path / "out.raw"
    image(tmp_path / "red.png", "red")
    image(tmp_path / "blue.png", "blue")
    # the same time stamp: it is the name that counts
    os.utime(tmp_path / "red.png", (1e9, 1e9))
    os.utime(tmp_path / "blue.png", (1e9, 1e9))
    profile = raw_profile(out, tmp_path, "--wait", 3600, fallback={
        "slate": str(tmp_path / "red.png")}, watchdog={"producer": "1h"})
    d = daemon({"a": profile})
    wait_for(lambda: is_color(newest(out), 0, 0, 254), 8, "the red slate")
    before = [w["pid"] for w in d.status("a")["workers"]]
    profile["fallback"]["slate"] = str(tmp_path / "blue.png")
    d.write("a", profile)
    d.reload()
    wait_for(lambda: is_color(newest(out), 254, 0, 0), 5, "the blue slate")
    assert [w["pid"] for w in d.status("a")["workers"]] == before
