# SPDX-License-Identifier: ISC
"""A slate of packets: the source is away, and copied video goes on."""

import os
import re
import signal
import subprocess
import time

import pytest
from harness import FFMPEG, LONG, Stopwatch, end_process, has_encoder, probe
from test_camera import camera, errors_of, film, hashes
from test_packets import QUICK, camera_of, stamps, steps

SLATE = {"slate_after": "300ms"}
GAP = 1.0  # s, between two pictures, at most


def brightness(path, at):
    """Mean luma of the picture at a second of a file."""
    raw = subprocess.run(
        [FFMPEG, "-v", "error", "-nostdin", "-i", str(path), "-ss", str(at),
         "-frames:v", "1", "-vf", "scale=16:16", "-pix_fmt", "gray", "-f",
         "rawvideo", "-"], capture_output=True, check=True).stdout
    return sum(raw) / len(raw)


@pytest.mark.clock
@pytest.mark.slow
def test_copied_source_away(daemon, nginx, tmp_path):
    """A copied RTMP source is killed again and again and stays away for
    seconds: one connection, no gap over a second in pictures or sound, and
    the slate is the last picture, dimmed; state degraded, reason slate."""
    source = camera_of(nginx.url("camera"))
    out = tmp_path / "out.ts"
    try:
        nginx.wait_stream("camera")
        d = daemon({"cam": {
            "source": {"url": nginx.url("camera")}, "video": "copy",
            "fallback": SLATE, "restart": QUICK,
            "outputs": [{"url": nginx.url("cam", "rec")}, {"url": str(out)}],
            "watchdog": {"stall": "2s", "start": "5s"}}})
        watch = Stopwatch(d)
        d.wait_state("cam", "live", timeout=15)
        time.sleep(2.5)
        for _ in range(5 if LONG else 2):
            end_process(source)
            d.wait_reason("cam", "slate", timeout=5)
            assert d.state("cam") == "degraded"
            time.sleep(3)
            source = camera_of(nginx.url("camera"))
            d.wait_state("cam", "live", timeout=20)
            time.sleep(1.5)
        d.tell("stop", "cam")
        d.wait_state("cam", "off")
        watch.stop()
        assert d.worker("cam", "rtmp")["run"] == 1
        assert nginx.publishes("cam") == 1
        session, = nginx.recorded("cam")
        for path in (session, out):
            assert errors_of(path) == "", path
            assert watch.allows(max(steps(path)), GAP), path
            assert min(steps(path)) > 0, path
            assert watch.allows(max(steps(path, "a:0")), GAP), path
            assert abs(stamps(path)[-1] - stamps(path, "a:0")[-1]) < 0.5
    finally:
        end_process(source)


@pytest.mark.slow
def test_rtsp_source_away(daemon, nginx, gst_rtsp, tmp_path):
    """The same of an RTSP camera, which has no sound: its server is killed
    and comes back."""
    out = tmp_path / "out.ts"
    d = daemon({"cam": {
        "source": {"url": gst_rtsp.url("play")}, "video": "copy",
        "fallback": SLATE, "restart": QUICK,
        "outputs": [{"url": nginx.url("cam", "rec")}, {"url": str(out)}],
        "watchdog": {"stall": "2s", "start": "8s"}}})
    watch = Stopwatch(d)
    d.wait_state("cam", "live", timeout=20)
    time.sleep(2)
    for _ in range(5 if LONG else 2):
        gst_rtsp.proc.kill()
        gst_rtsp.proc.wait()
        d.wait_reason("cam", "slate", timeout=5)
        time.sleep(2)
        gst_rtsp.start()
        d.wait_state("cam", "live", timeout=20)
        time.sleep(1.5)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    watch.stop()
    assert nginx.publishes("cam") == 1
    session, = nginx.recorded("cam")
    for path in (session, out):
        assert errors_of(path) == "", path
        assert watch.allows(max(steps(path)), GAP), path
        assert min(steps(path)) > 0, path


def dying_camera(path, pictures, out, restart):
    """A camera program that ends after so many pictures, and a slate."""
    return {"source": {"h264": {"command": camera(path, "--die", pictures)}},
            "audio": "silence", "fallback": SLATE,
            "outputs": [{"url": str(out)}], "restart": restart}


@pytest.mark.clock
@pytest.mark.slow
def test_camera_away(daemon, tmp_path):
    """A camera program dies and its restart takes seconds: the slate has its
    size and profile; the last picture is in it, dimmed."""
    path = film(tmp_path / "film.h264", "320x240")
    out = tmp_path / "out.ts"
    d = daemon({"cam": dying_camera(path, 90, out, {
        "min": "3s", "max": "3s", "healthy": "60s"})})
    watch = Stopwatch(d)
    d.wait_state("cam", "live")
    d.wait_reason("cam", "slate", timeout=6)
    d.wait_state("cam", "live")
    time.sleep(1)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    watch.stop()
    assert errors_of(out) == ""
    assert watch.allows(max(steps(out)), GAP)
    assert watch.allows(max(steps(out, "a:0")), GAP)
    begin = stamps(out)[0]
    there, away = brightness(out, 1), brightness(out, stamps(out)[90] - begin
                                                 + 1.5)
    assert 0.2 * there < away < 0.7 * there
    # and the pictures of the camera are the camera's, before and after
    want = set(hashes(path))
    got = hashes(out)
    assert all(h in want for h in got[:85])
    assert got[-1] in want
    video = probe(out)["video"]
    assert (video["width"], video["height"]) == (320, 240)


@pytest.mark.slow
def test_whole_sound(daemon, tmp_path):
    """The silence of a slate has no holes where its rounds meet: there is one
    in the sound, where the camera went."""
    path = film(tmp_path / "film.h264", "320x240")
    out = tmp_path / "out.ts"
    d = daemon({"cam": dying_camera(path, 60, out, {
        "min": "1m", "max": "1m", "healthy": "2m"})})
    d.wait_reason("cam", "slate", timeout=10)
    time.sleep(9)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    assert errors_of(out) == ""
    assert len([s for s in steps(out, "a:0") if s > 0.2]) <= 1


def test_an_image(daemon, tmp_path):
    """The profile's image instead of the last picture; replaced while the
    daemon runs, the next absence shows the new one."""
    path = film(tmp_path / "film.h264", "320x240")
    image, out = tmp_path / "slate.png", tmp_path / "out.ts"

    def paint(colour):
        subprocess.run([FFMPEG, "-v", "error", "-y", "-f", "lavfi", "-i",
                        f"color={colour}:s=64x64", "-frames:v", "1",
                        str(image)], check=True)

    paint("white")
    d = daemon({"cam": {
        "source": {"h264": {"command": camera(path, "--die", 60)}},
        "fallback": {**SLATE, "slate": str(image)},
        "outputs": [{"url": str(out)}],
        "restart": {"min": "2s", "max": "2s", "healthy": "60s"}}})
    d.wait_reason("cam", "slate", timeout=10)
    time.sleep(1)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    assert errors_of(out) == ""
    duration = stamps(out)[-1] - stamps(out)[0]
    # 64x64 in the middle of 320x240, black at its sides
    assert 150 < brightness(out, duration - 0.3) < 200


@pytest.mark.plain
def test_no_image(daemon, tmp_path):
    """An image that is not there: said once, and the last picture stands in."""
    path = film(tmp_path / "film.h264")
    d = daemon({"cam": {
        "source": {"h264": {"command": camera(path, "--die", 60)}},
        "fallback": {**SLATE, "slate": str(tmp_path / "none.png")},
        "outputs": [{"url": str(tmp_path / "out.ts")}],
        "restart": {"min": "1s", "max": "1s", "healthy": "60s"}}})
    d.wait_log("the slate .*none.png cannot be used: ", 8)
    d.wait_reason("cam", "slate", timeout=8)
    d.wait(lambda: d.worker("cam", "producer")["run"] >= 2, 10)
    d.wait_state("cam", "live")
    assert d.log.count("cannot be used") == 1


@pytest.mark.slow
def test_give_up_and_come_back(daemon, nginx, tmp_path):
    """give_up_after: the broadcast is ended while nothing comes, and begun
    again with the first pictures."""
    source = camera_of(nginx.url("camera"))
    try:
        nginx.wait_stream("camera")
        d = daemon({"cam": {
            "source": {"url": nginx.url("camera")}, "video": "copy",
            "fallback": {**SLATE, "give_up_after": "2s"}, "restart": QUICK,
            "outputs": [{"url": str(tmp_path / "out.ts")}],
            "watchdog": {"stall": "2s", "start": "5s"}}})
        d.wait_state("cam", "live", timeout=15)
        time.sleep(2)
        end_process(source)
        d.wait_reason("cam", "no pictures", timeout=12)
        assert d.state("cam") == "retry"
        d.wait_worker("cam", "file", "off", timeout=5)
        source = camera_of(nginx.url("camera"))
        d.wait_state("cam", "live", timeout=20)
    finally:
        end_process(source)


@pytest.mark.slow
def test_several_sources(daemon, nginx, tmp_path):
    """Two sources and a slate: the second stands in for the first, the slate
    for both; no gap over a second, one output run."""
    one, two = nginx.url("one"), nginx.url("two")
    sources = {url: camera_of(url) for url in (one, two)}
    out = tmp_path / "out.ts"
    try:
        for name in ("one", "two"):
            nginx.wait_stream(name)
        d = daemon({"cam": {
            "source": [{"url": one}, {"url": two}], "fallback": SLATE,
            "standby": True, "outputs": [{"url": str(out)}],
            "restart": QUICK, "watchdog": {"stall": "2s", "start": "8s"}}})
        watch = Stopwatch(d)
        d.wait_state("cam", "live", timeout=15)
        d.wait_worker("cam", "source2", "up", timeout=15)
        time.sleep(2)
        end_process(sources[one])
        d.wait_reason("cam", "source2", timeout=8)
        time.sleep(1)
        end_process(sources[two])
        d.wait_reason("cam", "slate", timeout=5)
        time.sleep(1)
        sources[two] = camera_of(two)
        d.wait_reason("cam", "source2", timeout=20)
        time.sleep(1)
        d.tell("stop", "cam")
        d.wait_state("cam", "off")
        watch.stop()
    finally:
        for source in sources.values():
            end_process(source)
    assert d.worker("cam", "file")["run"] == 1
    assert errors_of(out) == ""
    assert watch.allows(max(steps(out)), GAP)
    assert min(steps(out)) > 0


def test_check_looks_at_files(daemons, tmp_path):
    """What is copied from a file is looked at by check: H.265 does not go by
    RTMP, and both ways out are said; a slate cannot follow just anything."""
    def clip(name, *codec):
        subprocess.run(
            [FFMPEG, "-v", "error", "-f", "lavfi", "-i",
             "testsrc2=s=64x64:r=25:d=1", *codec, str(tmp_path / name)],
            check=True, stdin=subprocess.DEVNULL)
        return str(tmp_path / name)

    def check(profile, *options):
        d.write("a", profile)
        return d.cli("check", *options, str(d.profiles / "a.json"))

    if not has_encoder("libx265"):
        pytest.skip("this ffmpeg has no libx265")
    d = daemons({})
    out = {"outputs": [{"url": "rtmp://localhost/live/a"}]}
    h265 = clip("a.mp4", "-c:v", "libx265", "-x265-params", "log-level=none")
    done = check({"source": {"files": [h265]}, **out})
    assert done.returncode == 78
    assert re.search(r"a\.json:\d+:\d+: error: outputs\[0\]\.url: .*RTMP .*"
                     r"\"encoder\": \"libx264\".*rtsp or srt", done.stderr)
    assert check({"source": {"url": h265}, **out}).returncode == 0
    assert check({"source": {"url": h265}, **out}, "--probe").returncode == 78
    gone = check({"source": {"url": f"{h265}.no"}, **out}, "--probe")
    assert gone.returncode == 0 and "could not be examined" in gone.stderr
    done = check({"source": {"files": [clip("b.mkv", "-c:v", "mjpeg")],
                             "loop": True}, "video": "copy", "fallback": {},
                  "outputs": [{"url": "udp://127.0.0.1:9"}]})
    assert done.returncode == 78 and "only be made for H.264" in done.stderr


def test_frozen_source(daemon, nginx, tmp_path):
    """A source that hangs without a word: the slate, long before the watchdog
    replaces the ffmpeg that reads it; when it goes on, so do its pictures."""
    source = camera_of(nginx.url("camera"))
    out = tmp_path / "out.ts"
    try:
        nginx.wait_stream("camera")
        d = daemon({"cam": {
            "source": {"url": nginx.url("camera")}, "video": "copy",
            "fallback": SLATE, "restart": QUICK,
            "outputs": [{"url": str(out)}], "watchdog": {"stall": "15s"}}})
        watch = Stopwatch(d)
        d.wait_state("cam", "live", timeout=15)
        time.sleep(2)
        pid = d.worker_pid("cam", "source")
        os.kill(source.pid, signal.SIGSTOP)
        d.wait_reason("cam", "slate", timeout=3)
        time.sleep(1)
        os.kill(source.pid, signal.SIGCONT)
        d.wait_state("cam", "live", timeout=5)
        assert d.worker_pid("cam", "source") == pid
        d.tell("stop", "cam")
        d.wait_state("cam", "off")
        watch.stop()
        assert errors_of(out) == ""
        assert watch.allows(max(steps(out)), GAP)
        assert min(steps(out)) > 0
    finally:
        source.send_signal(signal.SIGCONT)
        end_process(source)
