# SPDX-License-Identifier: ISC
"""Several outputs behind one encoder or one source: real ffmpeg and servers."""

import functools
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from counter import gaps, read_pts, read_video
from harness import (CHECKED, DAY, FFMPEG, LONG, Stopwatch, TcpPeer,
                     counter_profile, end_process, free_port, has_encoder,
                     numbers_or_slate, patience, probe, producer_log, record,
                     rss_kib, wait_for)
from netcam import H264, NetCam, film, still

FPS = 25
QUICK = {"min": "200ms", "max": "500ms"}
TINY = {"encoder": "libx264", "preset": "ultrafast", "gop": "1s",
        "bitrate": "500k"}


FULL = {**TINY, "bitrate": "2000k", "options": {"x264-params": "nal-hrd=cbr"}}


def pattern(*outputs, **over):
    """Counter pictures of ffsup's own to all of these."""
    return {"source": {"frames": {"size": "320x240", "fps": FPS,
                                  "pattern": "counter"}},
            "video": TINY, "outputs": list(outputs), "restart": QUICK, **over}


def outputs(d, name="cam"):
    return {o["name"]: o for o in d.status(name)["outputs"]}


def all_live(d, name="cam"):
    return all(o["state"] == "live" for o in outputs(d, name).values())


def segments(folder):
    return sorted(folder.glob("*.mkv"))


def plays(path):
    """Whether a file decodes without a word of complaint."""
    done = subprocess.run([FFMPEG, "-v", "error", "-nostdin", "-i", str(path),
                           "-f", "null", "-"], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    return done.returncode == 0 and not done.stderr, done.stderr


def stamps(path, stream="v:0"):
    """DTS of all packets of a stream in seconds, as they stand in the file."""
    found = os.stat(path)
    text = packet_list(str(path), found.st_size, found.st_mtime_ns)
    kind = {"v": "video", "a": "audio"}[stream[0]]
    rows = (line.strip(",").split(",") for line in text.split())
    return [float(row[1]) for row in rows
            if row[0] == kind and row[1][0] in "-0123456789"]


@functools.lru_cache(maxsize=32)
def packet_list(path, size, mtime):
    """All packets of a file, of which one look is enough."""
    del size, mtime  # it is another file when they differ
    return subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries",
         "packet=codec_type,dts_time", "-of", "csv=p=0", path],
        check=True, capture_output=True, text=True,
        timeout=patience(60)).stdout


def steps(path, stream="v:0"):
    found = stamps(path, stream)
    return [b - a for a, b in zip(found, found[1:])]


# --- one output never hurts another ----------------------------------------


@pytest.mark.clock
@pytest.mark.slow
def test_four_outputs_one_dies_and_hangs(daemon, nginx, gst_rtsp, srt,
                                         tmp_path):
    """One encode to RTMP, RTSP, SRT and a recording. The RTMP server dies,
    comes back, hangs, goes on: the others have no gap over two frame times,
    status names only that output and exits 1, and it comes back by itself."""
    rec = tmp_path / "rec"
    d = daemon({"cam": pattern(
        {"url": nginx.url("cam", "rec")},
        {"name": "studio", "url": gst_rtsp.url("live")},
        {"url": srt.url},
        {"name": "archive", "record": f"{rec}/%Y-%m-%d_%H-%M-%S.mkv", **DAY},
        video=FULL, watchdog={"stall": "3s", "start": "5s"})})
    d.wait(lambda: all_live(d), 15)
    assert d.cli("status", check=0)
    others = {n: d.worker_pid("cam", n) for n in ("studio", "srt", "archive")}
    time.sleep(2)

    nginx.stop()
    d.wait_event("cam", worker="rtmp", from_="up")
    d.wait_state("cam", "degraded", timeout=5)
    assert d.status("cam")["reason"] == "output"
    down = [n for n, o in outputs(d).items() if o["state"] != "live"]
    assert down == ["rtmp"]
    assert "output down: rtmp" in d.cli("status", check=1).stdout
    nginx.start()
    d.wait(lambda: all_live(d), 10)

    nginx.proc.send_signal(signal.SIGSTOP)
    pid = d.worker_pid("cam", "rtmp")
    d.wait(lambda: d.worker_pid("cam", "rtmp") != pid, 60)
    assert outputs(d)["rtmp"]["last"]["class"] in ("stall", "timeout")
    nginx.proc.send_signal(signal.SIGCONT)
    d.wait(lambda: all_live(d), 20)

    assert {n: d.worker_pid("cam", n) for n in others} == others
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    gst_rtsp.stop()
    srt.stop()
    file, = segments(rec)
    for path in (file, srt.path):
        assert gaps(read_pts(path), FPS) == [], path
        seen = numbers_or_slate(path)
        assert seen == list(range(seen[0], seen[0] + len(seen))), path
    seen = numbers_or_slate(gst_rtsp.path)
    assert seen == list(range(seen[0], seen[0] + len(seen)))


@pytest.mark.clock
def test_hanging_server_touches_nobody(daemon, nginx, tmp_path):
    """A server that accepts and says nothing: the other output does not
    notice, memory does not grow."""
    peer = TcpPeer()
    try:
        d = daemon({"cam": pattern(
            {"name": "deaf", "url": f"rtmp://127.0.0.1:{peer.port}/live/x"},
            {"name": "fine", "url": nginx.url("cam", "rec")},
            watchdog={"start": "3s"})})
        d.wait_worker("cam", "fine", "up", timeout=10)
        d.wait_state("cam", "degraded")
        before = rss_kib(d.pid)
        d.wait(lambda: outputs(d)["deaf"]["restarts"] >= 1, 15)
        assert outputs(d)["fine"]["restarts"] == 0
        assert CHECKED or rss_kib(d.pid) < before + 2048
        why = d.why("cam")
        assert why["worker"] == "deaf"
        d.tell("stop", "cam")
        d.wait_state("cam", "off")
        session, = nginx.recorded("cam")
        assert gaps(read_pts(session), FPS) == []
    finally:
        peer.stop()


@pytest.mark.clock
@pytest.mark.slow
def test_slow_output_loses_alone(daemon, tmp_path):
    """An output that takes a tenth of what comes (two minutes with
    FFSUP_LONG): it skips to key frames, its loss is counted and said, the
    others and ffsup's memory are unharmed."""
    slow = tmp_path / "slow.py"
    slow.write_text(
        "import os, time\n"
        "fd = os.open(os.environ['SLOW_FIFO'], os.O_RDONLY)\n"
        "while os.read(fd, 2500): time.sleep(0.1)\n")
    fifo = tmp_path / "slow.fifo"
    os.mkfifo(fifo)
    reader = subprocess.Popen([sys.executable, str(slow)],
                              env={**os.environ, "SLOW_FIFO": str(fifo)})
    rec = tmp_path / "rec"
    try:
        d = daemon({"cam": pattern(
            {"name": "slow", "url": str(fifo), "format": "mpegts",
             "lag": "2s"},
            {"name": "archive", "record": f"{rec}/%Y-%m-%d_%H-%M-%S.mkv", **DAY},
            video=FULL, watchdog={"stall": "30s"})})
        d.wait_worker("cam", "archive", "up", timeout=10)
        d.wait(lambda: outputs(d)["slow"]["skips"] >= 1, 30)
        before = rss_kib(d.pid)
        time.sleep(120 if LONG else 5)
        d.wait(lambda: outputs(d)["slow"]["skips"] >= 2, 30)
        o = outputs(d)["slow"]
        assert o["lost_s"] > 1
        assert o["lost_bytes"] == o["lost_packets"] * 188
        assert CHECKED or rss_kib(d.pid) < before + 1024
        assert "s lost" in d.cli("status", "cam").stdout
        assert outputs(d)["archive"]["lost_bytes"] == 0
        d.tell("stop", "cam")
        d.wait_state("cam", "off", timeout=15)
        for file in segments(rec):  # two, over a full ten minutes
            assert gaps(read_pts(file), FPS) == [], file
    finally:
        end_process(reader)


# --- unbroken outputs ------------------------------------------------------


@pytest.mark.clock
@pytest.mark.slow
def test_encoder_dies_connection_stays(daemon, nginx):
    """The encoder is killed five times: one connection at the server, stamps
    never step back, no picture is sheared."""
    d = daemon({"cam": pattern({"url": nginx.url("cam", "rec")},
                               isolate=True)})
    d.wait(lambda: all_live(d), 10)
    watch = Stopwatch(d)
    for _ in range(5):
        time.sleep(0.7 + random.random())
        old = d.worker_pid("cam", "encoder")
        os.kill(old, signal.SIGKILL)
        d.wait_new_pid("cam", old, "encoder")
        d.wait_state("cam", "live")
    time.sleep(1)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    watch.stop()
    assert d.worker("cam", "rtmp")["run"] == 1
    assert nginx.publishes("cam") == 1
    session, = nginx.recorded("cam")
    assert min(steps(session)) > 0
    assert watch.allows(max(steps(session)), 1.5)
    seen = numbers_or_slate(session)
    assert seen == sorted(seen)


@pytest.mark.clock
def test_standby_encoder_no_gap(daemon, nginx):
    """With a spare encoder, the same connection and no more than a few frame
    times without a picture."""
    d = daemon({"cam": pattern({"url": nginx.url("cam", "rec")},
                               isolate=True, standby=True)})
    d.wait(lambda: all_live(d), 10)
    watch = Stopwatch(d)
    for _ in range(3):
        d.wait(lambda: any(w.get("spare") and w["state"] == "starting"
                           for w in d.status("cam")["workers"]), 10)
        time.sleep(1.5)
        fed = [w["pid"] for w in d.status("cam")["workers"]
               if w["role"] == "encoder" and not w.get("spare")]
        os.kill(fed[0], signal.SIGKILL)
    time.sleep(2)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    watch.stop()
    assert nginx.publishes("cam") == 1
    session, = nginx.recorded("cam")
    assert min(steps(session)) > 0
    assert watch.allows(max(steps(session)), 0.25)


def camera_of(url, *options):
    """A camera with sound: ffmpeg that publishes for ever."""
    return subprocess.Popen(
        [FFMPEG, "-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i",
         f"testsrc2=size=160x120:rate={FPS}", "-re", "-f", "lavfi", "-i",
         "sine=sample_rate=44100", "-c:a", "aac", "-c:v", "libx264", "-preset",
         "ultrafast", "-tune", "zerolatency", "-g", str(FPS), "-pix_fmt",
         "yuv420p", *options, "-f", "flv", url], stdin=subprocess.DEVNULL)


@pytest.mark.slow
def test_source_restarted_outputs_stay(daemon, nginx, tmp_path):
    """A copied source is killed and restarted twice (five times with
    FFSUP_LONG): each output keeps its one connection, stamps never step back,
    no jump is longer than the outage; state degraded, reason source,
    meanwhile."""
    rec = tmp_path / "rec"
    camera = camera_of(nginx.url("camera"))
    try:
        nginx.wait_stream("camera")
        d = daemon({"cam": {
            "source": {"url": nginx.url("camera")},
            "outputs": [{"url": nginx.url("cam", "rec")},
                        {"record": f"{rec}/%Y-%m-%d_%H-%M-%S.mkv", **DAY}],
            "restart": QUICK, "watchdog": {"stall": "2s", "start": "5s"}}})
        d.wait(lambda: all_live(d), 15)
        watch = Stopwatch(d)
        assert d.status("cam")["packets"]["video"] == "h264"
        assert d.status("cam")["packets"]["audio"] == "aac"
        for _ in range(5 if LONG else 2):
            time.sleep(1.5)
            end_process(camera)
            d.wait_reason("cam", "source", timeout=8)
            camera = camera_of(nginx.url("camera"))
            d.wait_state("cam", "live", timeout=20)
        time.sleep(1)
        d.tell("stop", "cam")
        d.wait_state("cam", "off")
        watch.stop()
        assert d.worker("cam", "rtmp")["run"] == 1
        assert d.worker("cam", "file")["run"] == 1
        assert nginx.publishes("cam") == 1
        assert {o["lost_bytes"] for o in outputs(d).values()} == {0}
        session, = nginx.recorded("cam")
        file, = segments(rec)
        for path in (session, file):
            assert min(steps(path)) > 0, path
            assert watch.allows(max(steps(path)), 9), path
            assert min(steps(path, "a:0")) >= 0, path
            assert abs(stamps(path)[-1] - stamps(path, "a:0")[-1]) < 0.3
        assert plays(file)[0], plays(file)[1]
    finally:
        end_process(camera)


def test_sound_made_aac_once(daemon, tmp_path, nginx):
    """A source with sound that is no AAC: found in the tables, made AAC, and
    the outputs never see the first try."""
    clip = tmp_path / "clip.mkv"
    subprocess.run(
        [FFMPEG, "-v", "error", "-nostdin", "-f", "lavfi", "-i",
         f"testsrc2=size=160x120:rate={FPS}", "-f", "lavfi", "-i", "sine",
         "-t", "4", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25",
         "-pix_fmt", "yuv420p", "-bf", "0", "-c:a", "pcm_s16le", str(clip)],
        check=True)
    d = daemon({"cam": {"source": {"files": [str(clip)], "loop": True},
                        "outputs": [{"url": nginx.url("cam")}],
                        "isolate": True, "restart": QUICK}})
    d.wait(lambda: all_live(d), 10)
    assert d.status("cam")["packets"]["audio"] == "aac"
    assert d.worker("cam", "source")["run"] == 2
    assert d.worker("cam", "rtmp")["run"] == 1
    assert d.worker("cam", "source")["restarts"] == 0
    nginx.wait_stream("cam")
    out = tmp_path / "back.flv"
    record(nginx.url("cam"), out, 2).communicate(timeout=patience(20))
    assert probe(out)["audio"]["codec_name"] == "aac"


@pytest.mark.slow
@pytest.mark.parametrize("codec, layout", [
    ("ac3", "5.1(side)"), ("aac", "quad"), ("aac", "5.1(side)"),
    ("aac", "6.1"), ("pcm_s16le", "2.1"), ("pcm_s16le", "mono")])
def test_m4_layouts(daemon, nginx, tmp_path, codec, layout):
    """A film whose channels have a layout that no ADTS header can tell, as AC-3
    has, and AAC that was made of it: an output that begins later plays, too, in
    stereo; mono stays mono."""
    clip = tmp_path / "clip.mkv"
    subprocess.run(
        [FFMPEG, "-v", "error", "-nostdin", "-f", "lavfi", "-i",
         f"testsrc2=size=160x120:rate={FPS}", "-f", "lavfi", "-i",
         f"anullsrc=r=48000:cl={layout}", "-t", "4", "-c:v", "libx264",
         "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-bf", "0",
         "-c:a", codec, str(clip)], check=True)
    d = daemon({"cam": {
        "source": {"files": [str(clip)], "loop": True}, "restart": QUICK,
        "outputs": [{"name": "a", "url": nginx.url("a")},
                    {"name": "b", "url": nginx.url("b")}]}})
    d.wait(lambda: all_live(d), 20)
    d.wait_log("cam/source: .*; it is now", 10)
    run = d.worker("cam", "b")["run"]
    d.tell("restart", "cam/b")
    d.wait(lambda: d.worker("cam", "b")["run"] > run and all_live(d), 20)
    for name in "ab":
        nginx.wait_stream(name)
        path = tmp_path / f"{name}.flv"
        record(nginx.url(name), path, 2).communicate(timeout=patience(30))
        assert probe(path)["audio"]["channels"] == (
            1 if layout == "mono" else 2), name


@pytest.mark.plain
def test_h265_to_rtsp_srt_and_file(daemon, rtsp_listener, srt, tmp_path):
    """A source of H.265, copied: to RTSP, to SRT, and recorded."""
    if not has_encoder("libx265"):
        pytest.skip("this ffmpeg has no libx265")
    clip = tmp_path / "clip.mkv"
    subprocess.run(
        [FFMPEG, "-v", "error", "-nostdin", "-f", "lavfi", "-i",
         f"testsrc2=size=160x120:rate={FPS}", "-t", "4", "-c:v", "libx265",
         "-preset", "ultrafast", "-x265-params", "log-level=none:keyint=25",
         "-pix_fmt", "yuv420p", "-bf", "0", str(clip)], check=True)
    rec = tmp_path / "rec"
    d = daemon({"cam": {
        "source": {"files": [str(clip)], "loop": True},
        "outputs": [{"record": f"{rec}/%Y-%m-%d_%H-%M-%S.mkv", **DAY},
                    {"url": rtsp_listener.url}, {"url": srt.url}],
        "restart": QUICK}})
    d.wait(lambda: all_live(d), 15)
    assert d.status("cam")["packets"]["video"] == "h265"
    for name in ("rtsp", "srt"):
        d.wait(lambda n=name: d.worker("cam", n)["frame"] > 2 * FPS, 30)
    wait_for(lambda: srt.path.exists() and srt.path.stat().st_size > 10000, 30)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    file, = segments(rec)
    rtsp_listener.proc.wait(patience(5))
    srt.stop()
    for path in (file, rtsp_listener.path, srt.path):
        video = probe(path)["video"]
        assert video["codec_name"] == "hevc", path
        assert int(video["nb_read_packets"]) > FPS, path


@pytest.mark.plain
def test_files_to_their_end(daemon, tmp_path):
    """Files that are not looped: played once, the outputs are finished, the
    stream is off, and that is no failure."""
    clip = tmp_path / "clip.mkv"
    subprocess.run(
        [FFMPEG, "-v", "error", "-nostdin", "-f", "lavfi", "-i",
         f"testsrc2=size=160x120:rate={FPS}", "-t", "2", "-c:v", "libx264",
         "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-bf", "0",
         str(clip)], check=True)
    rec = tmp_path / "rec"
    d = daemon({"cam": {
        "source": {"files": [str(clip)]}, "restart": QUICK,
        "outputs": [{"record": f"{rec}/%Y-%m-%d_%H-%M-%S.mkv", **DAY},
                    {"name": "ts", "url": str(tmp_path / "out.ts")}]}})
    d.wait_state("cam", "off", timeout=15)
    d.cli("status", check=0)
    file, = segments(rec)
    for path in (file, tmp_path / "out.ts"):
        assert int(probe(path)["video"]["nb_read_packets"]) == 2 * FPS, path


# --- joining ---------------------------------------------------------------


@pytest.mark.plain
@pytest.mark.clock
def test_joiner_has_a_picture_at_once(daemon, tmp_path):
    """A key frame every ten seconds: an output that is restarted has its
    first picture within a second and a half of its start."""
    d = daemon({"cam": pattern(
        {"name": "a", "url": str(tmp_path / "a.ts")},
        {"name": "b", "url": str(tmp_path / "b.ts")},
        video={**TINY, "gop": "10s"})})
    d.wait(lambda: all_live(d), 10)
    time.sleep(3)
    old, watch = d.worker_pid("cam", "b"), Stopwatch(d)
    d.tell("restart", "cam/b")
    d.wait_new_pid("cam", old, "b")
    d.wait_worker("cam", "b", "up", timeout=5)
    text = next(text for text in reversed(d.events("cam"))
                if "cam/b: STARTING -> UP, first frame after" in text)
    span, unit = text.rsplit("first frame after ", 1)[1].split()[:2]
    assert watch.allows(
        float(span) / (1000 if unit.startswith("ms") else 1), 1.5), text
    assert d.worker("cam", "a")["run"] == 1


# --- reload and verbs ------------------------------------------------------


def test_reload_restarts_only_what_changed(daemon, tmp_path):
    """An output's keys: that worker. A new output: started. One taken out:
    stopped. The encoder's keys: only the encoder."""
    a = {"name": "a", "url": str(tmp_path / "a.ts")}
    b = {"name": "b", "url": str(tmp_path / "b.ts")}
    c = {"name": "c", "url": str(tmp_path / "c.ts")}
    d = daemon({"cam": pattern(a, b)})
    d.wait(lambda: all_live(d), 10)

    def pids():
        return {w["name"]: w["pid"] for w in d.status("cam")["workers"]}

    before = pids()
    d.write("cam", pattern(a, {**b, "options": {"metadata": "title=x"}}))
    d.reload()
    d.wait_new_pid("cam", before["b"], "b")
    d.wait(lambda: all_live(d), 10)
    now = pids()
    assert (now["encoder"], now["a"]) == (before["encoder"], before["a"])

    d.write("cam", pattern(c, a))
    d.reload()
    d.wait(lambda: set(pids()) == {"encoder", "a", "c"} and all_live(d), 10)
    assert pids()["a"] == before["a"]
    assert pids()["encoder"] == before["encoder"]
    wait_for(lambda: not os.path.exists(f"/proc/{now['b']}"), 10)

    before = pids()
    d.write("cam", pattern(c, a, video={**TINY, "bitrate": "600k"}))
    d.reload()
    d.wait_new_pid("cam", before["encoder"], "encoder")
    d.wait_state("cam", "live")
    assert (pids()["a"], pids()["c"]) == (before["a"], before["c"])
    assert d.worker("cam", "a")["run"] == 1


@pytest.mark.plain
def test_all_outputs_exchanged(daemon, tmp_path):
    """A reload puts others in the place of many outputs: all of them start,
    while the old ones still come to their end."""
    def profile(letter):
        return pattern(*({"name": f"{letter}{i}",
                          "url": str(tmp_path / f"{letter}{i}.ts")}
                         for i in range(9)))
    d = daemon({"cam": profile("a")})
    d.wait(lambda: all_live(d), 30)
    d.write("cam", profile("b"))
    d.reload()
    d.wait(lambda: "b0" in outputs(d) and all_live(d), 30)
    assert d.status("cam")["restarts"] == 0


def test_new_recorder_begins_now(daemon, tmp_path):
    """A recording that a reload brings begins with what comes, not where one
    that was taken out had ended."""
    def record_to(name):
        return {"name": name, "record": f"{tmp_path}/{name}/%H-%M-%S.ts"}
    rest = [{"name": n, "url": str(tmp_path / f"{n}.ts")} for n in "xy"]
    d = daemon({"cam": pattern(record_to("a"), *rest)})
    d.wait(lambda: all_live(d), 20)
    time.sleep(1)
    d.write("cam", pattern(*rest))
    d.reload()
    time.sleep(4)
    begin = time.time() * 1000
    d.write("cam", pattern(record_to("b"), *rest))
    d.reload()
    d.wait_worker("cam", "b", "up", timeout=20)
    time.sleep(1)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    (path,) = (tmp_path / "b").glob("*.ts")
    seen = [found for found in read_video(path) if found]
    assert seen[0][1] > begin - 2000, (seen[0], begin)


def test_verbs_for_one_output(daemon, tmp_path):
    """stop, start, restart NAME/OUTPUT; one stopped on purpose is no
    failure; an unknown one is exit 4."""
    d = daemon({"cam": pattern(
        {"name": "a", "url": str(tmp_path / "a.ts")},
        {"name": "b", "url": str(tmp_path / "b.ts")})})
    d.wait(lambda: all_live(d), 10)
    a = d.worker_pid("cam", "a")
    assert d.cli("stop", "cam/b", check=0).stdout == "cam/b: stopped\n"
    d.wait(lambda: outputs(d)["b"]["state"] == "off", 8)
    assert d.state("cam") == "live"
    d.cli("status", check=0)
    assert d.cli("start", "cam/b", check=0).stdout == "cam/b: live\n"
    d.wait(lambda: all_live(d), 8)
    old = d.worker_pid("cam", "b")
    d.tell("restart", "c*/b")
    d.wait_new_pid("cam", old, "b")
    assert d.worker_pid("cam", "a") == a
    assert 'no output "cam/x"' in d.cli("stop", "cam/x", check=4).stderr
    d.cli("stop", "cam/*", check=0)
    assert d.status("cam")["reason"] == "no output"
    assert "Every output was stopped" in d.cli("why", "cam", check=0).stdout
    assert d.cli("start", "cam", check=0).stdout == "cam: live\n"
    assert all_live(d)
    d.cli("stop", "nope/x", check=4)


# --- recordings ------------------------------------------------------------


@pytest.mark.slow
def test_recordings_survive_everything(daemons, tmp_path):
    """Workers and the daemon are killed at random moments (50 times with
    FFSUP_LONG): every file plays to its last second, none is lost, nothing
    of another name is touched. (One that was not a second old had no picture
    yet; it is not left behind.)"""
    rec = tmp_path / "rec"
    rec.mkdir()
    (rec / "holiday.mkv").write_bytes(b"not ours")
    d = daemons({"cam": pattern(
        {"name": "archive", "record": f"{rec}/%Y-%m-%d_%H-%M-%S.mkv",
         "segment": "5s"},
        {"name": "other", "url": str(tmp_path / "o.ts")})}).start()
    pick = random.Random(4)
    for i in range(50 if LONG else 6):
        d.wait_worker("cam", "archive", "up", timeout=15)
        time.sleep(pick.uniform(0.3, 1.6))
        victim = pick.choice(["archive", "encoder", "other", "daemon"])
        if victim == "daemon":
            d.kill()
            d.start()
        else:
            os.kill(d.worker_pid("cam", victim), signal.SIGKILL)
    d.wait_worker("cam", "archive", "up", timeout=15)
    time.sleep(1)
    d.stop()
    files = [f for f in segments(rec) if f.name != "holiday.mkv"]
    assert len(files) >= 3
    assert not list(rec.glob(".*"))
    for file in files:
        good, words = plays(file)
        assert good or "Truncat" in words or "premature" in words, \
            (file, words)
    assert (rec / "holiday.mkv").read_bytes() == b"not ours"


@pytest.mark.plain
def test_recordings_are_pruned(daemon, tmp_path):
    """max_size: the oldest of ours go, others stay."""
    rec = tmp_path / "rec"
    rec.mkdir()
    for i in range(6):
        old = rec / f"2020-01-01_00-00-0{i}.mkv"
        old.write_bytes(b"x" * 1000000)
        os.utime(old, (1577836800 + i, 1577836800 + i))
    (rec / "2020-01-01_00-00-00.mkv.bak").write_bytes(b"mine")
    d = daemon({"cam": pattern(
        {"name": "archive", "record": f"{rec}/%Y-%m-%d_%H-%M-%S.mkv",
         "max_size": "3MB"},
        {"name": "other", "url": str(tmp_path / "o.ts")})})
    d.wait_log("old recordings removed", 10)
    left = sorted(p.name for p in rec.glob("2020*.mkv"))
    assert 1 <= len(left) <= 3
    assert left[-1] == "2020-01-01_00-00-05.mkv"
    assert (rec / "2020-01-01_00-00-00.mkv.bak").exists()


@pytest.mark.parametrize("way", [
    "command", pytest.param("fifo", marks=pytest.mark.plain)])
def test_output_dies_program_unnoticed(daemon, tmp_path, way):
    """An output that dies is nothing to the program that brings the
    pictures: no exception, no gap."""
    log, fifo = tmp_path / "log", tmp_path / "in"
    profile = counter_profile(log, None, size="160x120", outputs=[
        {"name": n, "url": str(tmp_path / f"{n}.ts")} for n in ("one", "two")])
    command = profile["source"]["frames"]["command"]
    if way == "fifo":
        profile["source"]["frames"].pop("command")
        profile["source"]["frames"]["fifo"] = str(fifo)
    d = daemon({"cam": profile})
    program = None
    if way == "fifo":
        wait_for(fifo.exists, 5)
        with fifo.open("wb") as out:
            program = subprocess.Popen(command, stdout=out)
    try:
        d.wait_state("cam", "live", timeout=20)
        old = d.worker_pid("cam", "two")
        os.kill(old, signal.SIGKILL)
        d.wait_new_pid("cam", old, "two")
        d.wait(lambda: all_live(d), 10)
        came = d.status("cam")["frames"]["in"]
        d.wait(lambda: d.status("cam")["frames"]["in"] > came + FPS, 5)
        seen = producer_log(log)
        assert seen["exception"] is None
        assert seen["written"] >= came
        assert d.status("cam")["restarts"] == 1
    finally:
        if program is not None:
            end_process(program)


def test_program_to_several_outputs(daemon, tmp_path):
    """A program's pictures to two outputs: it is killed, the encoder is, and
    the stream stopped and started: all come back, and what is recorded after
    a stop has nothing of what was before."""
    out = tmp_path / "out.ts"
    d = daemon({"cam": {
        **counter_profile(tmp_path / "log", str(out)),
        "outputs": [{"name": "a", "url": str(out)},
                    {"name": "b", "record": f"{tmp_path}/rec/%H-%M-%S.ts"}],
        "restart": QUICK, "video": TINY}})
    d.wait(lambda: all_live(d), 15)
    for worker in ("producer", "encoder"):
        pid = d.worker_pid("cam", worker)
        os.kill(pid, signal.SIGKILL)
        d.wait_new_pid("cam", pid, worker)
        d.wait_state("cam", "live", timeout=10)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    time.sleep(1.2)
    watch = Stopwatch(d)
    d.tell("start", "cam")
    d.wait(lambda: all_live(d), 15)
    time.sleep(1)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    watch.stop()
    assert 0 < min(steps(out)), "old pictures"
    assert watch.allows(max(steps(out)), 1), "a gap: old pictures"


def test_silence_for_a_platform(daemon, nginx, tmp_path):
    """A source without sound, and an output to a platform that shows nothing
    without: seen in the tables, silence from then on, and the outputs never
    see the first try. (The platform is a path that does not exist.)"""
    out = tmp_path / "out.ts"
    source = subprocess.Popen(
        [FFMPEG, "-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i",
         f"testsrc2=size=160x120:rate={FPS}", "-c:v", "libx264", "-preset",
         "ultrafast", "-g", str(FPS), "-pix_fmt", "yuv420p", "-f", "flv",
         nginx.url("mute")], stdin=subprocess.DEVNULL)
    try:
        nginx.wait_stream("mute")
        d = daemon({"cam": {
            "source": {"url": nginx.url("mute"),
                       "options": {"analyzeduration": "500000"}},
            "outputs": [{"name": "a", "url": str(out)},
                        {"name": "b", "url": "file://youtube.com/none.ts"}],
            "restart": QUICK}})
        d.wait_worker("cam", "a", "up", timeout=20)
        assert d.status("cam")["packets"]["audio"] == "aac"
        assert "it has no audio; silence is added" in d.log
        watch = Stopwatch(d)
        time.sleep(2)
        d.tell("stop", "cam")
        d.wait_state("cam", "off")
        watch.stop()
    finally:
        end_process(source)
    assert probe(out)["audio"]["codec_name"] == "aac"
    assert abs(stamps(out)[-1] - stamps(out, "a:0")[-1]) < 0.5
    assert watch.allows(max(steps(out)), 0.5) and min(steps(out)) > 0


# --- pictures and sound together --------------------------------------------


def clapper(url):
    """A camera whose picture is white, and whose sound is there, in the first
    fifth of every second."""
    lit = "lt(mod(t\\,1)\\,0.2)"
    return subprocess.Popen(
        [FFMPEG, "-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i",
         f"color=black:s=160x120:r={FPS},drawbox=c=white:t=fill:enable={lit}",
         "-re", "-f", "lavfi", "-i",
         f"aevalsrc=if({lit}\\,sin(2*PI*1000*t)\\,0):s=44100", "-c:a", "aac",
         "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency",
         "-g", str(FPS), "-pix_fmt", "yuv420p", "-f", "flv", url],
        stdin=subprocess.DEVNULL)


def decoded(path, *options):
    return subprocess.run(
        [FFMPEG, "-v", "error", "-nostdin", "-copyts", "-i", str(path),
         *options, "-"], check=True, capture_output=True, timeout=60).stdout


def flashes(path):
    """Seconds at which the picture becomes white."""
    gray = decoded(path, "-an", "-fps_mode", "passthrough", "-vf",
                   "scale=1:1", "-pix_fmt", "gray", "-f", "rawvideo")
    pts = stamps(path)
    return [t for t, a, b in zip(pts[1:], gray, gray[1:])
            if a < 128 <= b]


def beeps(path):
    """Seconds at which the sound begins; gaps in its stamps are silence."""
    raw = decoded(path, "-vn", "-af",
                  "aresample=8000:async=1:min_hard_comp=0.01:first_pts=0",
                  "-ac", "1", "-f", "s16le")
    loud = [max(map(abs, raw16(raw[i:i + 32]))) > 3000
            for i in range(0, len(raw) - 32, 32)]  # of 2 ms each
    out, quiet = [], 100
    for i, on in enumerate(loud):
        if on and quiet > 50:
            out.append(i * 0.002)
        quiet = 0 if on else quiet + 1
    return out


def raw16(data):
    return [int.from_bytes(data[i:i + 2], "little", signed=True)
            for i in range(0, len(data), 2)]


@pytest.mark.clock
@pytest.mark.slow
def test_sound_stays_with_the_pictures(daemon, nginx, tmp_path):
    """Upstream killed, and the camera itself: sound and pictures are apart by
    less than 50 ms before and after."""
    source = clapper(nginx.url("camera"))
    out = tmp_path / "out.ts"
    try:
        nginx.wait_stream("camera")
        d = daemon({"cam": {
            "source": {"url": nginx.url("camera")}, "isolate": True,
            "outputs": [{"url": str(out)}], "restart": QUICK,
            "watchdog": {"stall": "2s", "start": "5s"}}})
        d.wait_state("cam", "live", timeout=15)
        for _ in range(3 if LONG else 1):
            time.sleep(2)
            os.kill(d.worker_pid("cam", "source"), signal.SIGKILL)
            d.wait_state("cam", "live", timeout=20)
        time.sleep(2.5)
        pid = d.worker_pid("cam", "source")
        end_process(source)
        d.wait_new_pid("cam", pid, "source")
        source = clapper(nginx.url("camera"))
        d.wait_state("cam", "live", timeout=20)
        time.sleep(2.5)
        d.tell("stop", "cam")
        d.wait_state("cam", "off")
        assert d.worker("cam", "file")["run"] == 1
    finally:
        end_process(source)
    sound = beeps(out)
    apart = [min((b - flash for b in sound), key=abs)
             for flash in flashes(out)]
    whole = [a for a in apart if abs(a) < 0.5]  # one was cut in its beep
    print(f"sound behind the pictures: {[round(1000 * a) for a in apart]} ms")
    assert len(whole) >= 6
    assert all(abs(a) < 0.05 for a in whole), whole


# --- sound and key frames that come late ------------------------------------


class TsCamera:
    """A film of MPEG-TS on a port, in real time since the camera was made: who
    connects gets it from `skip` seconds further on. No picture comes before
    `blind` seconds."""

    def __init__(self, film, skip=0, blind=0):
        self.packets = [film[i:i + 188] for i in range(0, len(film), 188)]
        self.skip, self.blind = skip, blind
        self.begin = time.monotonic()
        self.server = socket.create_server(("127.0.0.1", free_port()))
        self.url = "tcp://127.0.0.1:%d" % self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                conn, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.play, args=(conn,),
                             daemon=True).start()

    def play(self, conn):
        number, joined = 0, time.monotonic() - self.begin
        with conn:
            for packet in self.packets:
                pid = (packet[1] & 31) << 8 | packet[2]
                number += pid == 0x100 and packet[1] & 0x40 != 0
                at = number / FPS - self.skip
                if at < joined:
                    continue
                now = time.monotonic() - self.begin
                if at > now:
                    time.sleep(at - now)
                if pid == 0x100 and at < self.blind:
                    continue
                try:
                    conn.sendall(packet)
                except OSError:
                    return

    def stop(self):
        self.server.close()


@pytest.mark.slow
@pytest.mark.parametrize("how", [{"skip": 14}, {"blind": 9}],
                         ids=["before a key frame", "sound first"])
def test_s3_late(daemon, nginx, tmp_path, how):
    """A camera that begins six seconds before a key frame, or whose sound comes
    before its pictures: nothing is held, the outputs are live by themselves with
    both, and so is one that joins later."""
    film = tmp_path / "film.ts"
    subprocess.run(
        [FFMPEG, "-v", "error", "-nostdin", "-f", "lavfi", "-i",
         f"testsrc2=size=160x120:rate={FPS}", "-f", "lavfi", "-i", "sine", "-t",
         "120", "-c:v", "libx264", "-preset", "ultrafast", "-tune",
         "zerolatency", "-g", str((20 if "skip" in how else 1) * FPS),
         "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-c:a", "aac",
         "-muxdelay", "0", "-muxpreload", "0", str(film)], check=True)
    camera = TsCamera(film.read_bytes(), **how)
    try:
        d = daemon({"cam": {
            "source": {"url": camera.url, "format": "mpegts",
                       "options": {"analyzeduration": 500000}},
            "outputs": [{"name": n, "url": nginx.url(n)} for n in "ab"],
            "restart": QUICK, "watchdog": {"start": "20s", "stall": "15s"}}})
        d.wait(lambda: all_live(d) and d.state("cam") == "live", 40)
        d.wait(lambda: d.status("cam")["packets"]["audio"] == "aac" and
               d.status("cam")["packets"]["video"] == "h264", 30)
        d.wait(lambda: all_live(d), 30)
        run = d.worker("cam", "b")["run"]
        d.tell("restart", "cam/b")
        d.wait(lambda: d.worker("cam", "b")["run"] > run and all_live(d), 30)
        assert "HELD" not in d.log
        assert run <= 3, d.log
        if "skip" in how:
            return  # the next key frame comes too late for a player
        for name in "ab":
            nginx.wait_stream(name)
            path = tmp_path / f"{name}.mkv"
            record(nginx.url(name), path, 3).communicate(timeout=patience(40))
            assert set(probe(path)) == {"video", "audio"}, name
    finally:
        camera.stop()


# --- a source that begins anew ---------------------------------------------

# Why the source is replaced; the second where the publisher took its time.
CREEPS = "(frames come, but|alive, but no new frame)"

# What is before the outputs, by shape; what it says when it is on air again.
ANEW = {
    "direct": {"outputs": 1},
    "fan-out": {"outputs": 2},
    "slate": {"outputs": 1, "fallback": {"slate_after": "300ms"}},
    "sources": {"outputs": 1},
    "encoded": {"outputs": 2, "video": TINY},
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", ANEW)
def test_s2_publisher_restarted_at_once(daemon, nginx, tmp_path, shape):
    """The publisher of a copied source is killed and started again at once, and
    the server keeps who pulls: the stamps begin anew, and an ffmpeg that
    copies makes all of them creep behind the last one, for as long as the
    source had run. It is replaced, what is behind it keeps its connection,
    and what comes out goes on in time."""
    over = dict(ANEW[shape])
    outs = [{"url": nginx.url("cam", "rec")}, {"url": str(tmp_path / "b.ts")}]
    camera = camera_of(nginx.url("camera"))
    try:
        nginx.wait_stream("camera")
        source = {"url": nginx.url("camera")}
        if shape == "sources":
            clip = tmp_path / "clip.ts"
            record(nginx.url("camera"), clip, 4).communicate(timeout=patience(60))
            source = [source, {"files": [str(clip)], "loop": True}]
            over["prefer_after"] = "1s"
        d = daemon({"cam": {
            "source": source, "video": "copy", "restart": QUICK,
            "watchdog": {"stall": "3s", "start": "10s"}, **over,
            "outputs": outs[:over["outputs"]]}})
        d.wait_state("cam", "live", timeout=20)
        time.sleep(10)
        end_process(camera)
        camera = camera_of(nginx.url("camera"))
        if shape != "encoded":
            d.wait_log(f"cam/(direct|source): UP -> STOPPING, {CREEPS}", 20)
        if shape == "sources":
            d.wait_log("switched to source2, source is away", 15)
        d.wait_log(r"(?s)next start.*cam/(direct|source): STARTING -> UP", 15)
        d.wait_state("cam", "live", timeout=20)
        out = "direct" if shape == "direct" else "rtmp"
        frame = d.worker("cam", out)["frame"]
        d.wait(lambda: d.worker("cam", out)["frame"] > frame + 3 * FPS, 30)
        d.tell("stop", "cam")
        d.wait_state("cam", "off")
        if shape != "direct":
            assert d.worker("cam", "rtmp")["run"] == 1
        seen = stamps(nginx.recorded("cam")[-1])
        assert seen[-1] - seen[-FPS] > 0.8, seen[-FPS:]
    finally:
        end_process(camera)


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["fan-out", "sources"])
def test_s2_restart_behind_b_frames(daemon, nginx, tmp_path, shape):
    """The same with B frames, sound, and outputs that are as patient as the
    source: what creeps is nothing that they could show, and they keep their
    connections while the source is replaced. (The server waits for ever.)"""
    b_frames = ["-preset", "veryfast", "-bf", "2", "-tune", "animation"]
    source = {"url": nginx.url("camera")}
    camera = camera_of(nginx.url("camera"), *b_frames)
    try:
        nginx.wait_stream("camera")
        if shape == "sources":
            clip = tmp_path / "clip.ts"
            record(nginx.url("camera"), clip, 4).communicate(timeout=patience(60))
            source = [source, {"files": [str(clip)], "loop": True}]
        d = daemon({"cam": {
            "source": source, "video": "copy", "restart": QUICK,
            "watchdog": {"stall": "3s", "start": "10s"}, "outputs": [
                {"url": nginx.url("cam", "rec")}, {"url": str(tmp_path / "b.ts")}]}})
        d.wait(lambda: d.state("cam") == "live" and all_live(d), 30)
        frame = d.worker("cam", "source")["frame"]
        d.wait(lambda: d.worker("cam", "source")["frame"] > frame + 10 * FPS, 40)
        end_process(camera)
        camera = camera_of(nginx.url("camera"), *b_frames)
        d.wait_log(rf"(?s)UP -> STOPPING, {CREEPS}.*cam/source: "
                   "STARTING -> UP", 40)
        frame = d.worker("cam", "rtmp")["frame"]
        d.wait(lambda: d.worker("cam", "rtmp")["frame"] > frame + FPS, 30)
        assert not re.search("cam/(rtmp|file): UP -> ", d.log), d.log
        assert nginx.publishes("cam") == 1
    finally:
        end_process(camera)


# --- a source that becomes another inside one run --------------------------

X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"]
X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
        "log-level=none:bframes=0"]


class Sender:
    """MPEG-TS by UDP from ffmpeg; one takes the place of another, with the same
    pids and stamps that go on. end() at last."""

    def __init__(self):
        self.port, self.begin = free_port(socket.SOCK_DGRAM), time.monotonic()
        self.proc = None

    def send(self, *codec, size="160x120"):
        self.end()
        self.proc = subprocess.Popen(
            [FFMPEG, "-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i",
             f"testsrc2=size={size}:rate={FPS}", "-re", "-f", "lavfi", "-i",
             "sine=sample_rate=44100", *codec, "-g", str(FPS), "-pix_fmt",
             "yuv420p", "-c:a", "aac", "-output_ts_offset",
             f"{time.monotonic() - self.begin:.3f}", "-f", "mpegts",
             f"udp://127.0.0.1:{self.port}?pkt_size=1316"],
            stdin=subprocess.DEVNULL)

    def end(self):
        if self.proc is not None:
            end_process(self.proc)

    def source(self):
        return {"url": f"udp://127.0.0.1:{self.port}", "format": "mpegts"}


@pytest.fixture
def sender():
    it = Sender()
    yield it
    it.end()


CHANGED = {
    "fan-out": {"outputs": 2},
    "slate": {"outputs": 1, "fallback": {"slate_after": "1s"}},
    "sources": {"outputs": 1, "prefer_after": "1s"},
    "direct": {"outputs": 1},
}


@pytest.mark.slow
@pytest.mark.skipif(not has_encoder("libx265"), reason="no libx265 here")
@pytest.mark.parametrize("shape", CHANGED)
def test_s2_codec_changes_in_a_run(daemon, sender, tmp_path, shape):
    """The sender of H.264 is replaced by one of H.265, and the ffmpeg that copies
    goes on as if nothing were: in each shape the source is started anew within
    seconds, without a delay, and what comes out can be decoded."""
    sender.send(*X264)
    over = dict(CHANGED[shape])
    names = [{"url": str(tmp_path / name)} for name in ("a.ts", "b.mkv")]
    source = sender.source()
    if shape == "sources":
        clip = tmp_path / "clip.ts"
        record(source["url"], clip, 4).communicate(timeout=patience(60))
        source = [source, {"files": [str(clip)], "loop": True}]
    outs = names[:over.pop("outputs")]
    d = daemon({"cam": {"source": source, "video": "copy", "outputs": outs,
                        "watchdog": {"stall": "60s", "start": "60s"},
                        **over}})
    d.wait_state("cam", "live", timeout=30)
    worker = "direct" if shape == "direct" else "source"
    frame = d.worker("cam", worker)["frame"]
    d.wait(lambda: d.worker("cam", worker)["frame"] > frame + 4 * FPS, 30)
    sender.send(*X265)
    d.wait_log(rf"(?s)cam/{worker}: UP -> STOPPING, its codec is not the one "
               rf"that it started with: .*cam/{worker}: STOPPING -> WAITING, "
               rf"changed .* next start in 0 ms.*cam/{worker}: STARTING -> UP",
               60)
    d.wait(lambda: d.status("cam")["state"] == "live" and
           d.worker("cam", worker)["frame"] > 2 * FPS, 60)
    if shape != "direct":
        d.wait(lambda: d.status("cam")["packets"]["video"] == "h265", 60)
        frame = d.worker("cam", "file")["frame"]
        d.wait(lambda: d.worker("cam", "file")["frame"] > frame + FPS, 60)
    assert "HELD" not in d.log
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    for out in outs:  # each run has a file of its own
        path = Path(out["url"])
        newest = max(tmp_path.glob(f"{path.stem}*{path.suffix}"),
                     key=lambda file: file.stat().st_mtime)
        assert probe(newest)["video"]["codec_name"] == "hevc", newest


@pytest.mark.slow
def test_s2_size_changes_in_a_run(daemon, sender, tmp_path):
    """The sender is replaced by one with frames of another size and profile: the
    source goes on, and so does MPEG-TS, which says it with each key frame; a
    container that says it once, at its beginning, is begun anew."""
    sender.send(*X264)
    d = daemon({"cam": {"source": sender.source(), "video": "copy",
                        "watchdog": {"stall": "60s", "start": "60s"},
                        "outputs": [{"url": str(tmp_path / "a.ts")}, {
                            "name": "archive",
                            "record": f"{tmp_path}/%s.mkv", **DAY}]}})
    d.wait(lambda: d.state("cam") == "live" and all_live(d), 30)
    frame = d.worker("cam", "archive")["frame"]
    d.wait(lambda: d.worker("cam", "archive")["frame"] > frame + 2 * FPS, 30)
    sender.send("-c:v", "libx264", "-preset", "veryfast", "-tune",
                "zerolatency", "-profile:v", "high", size="320x240")
    d.wait_log("cam: its frames are of another size or profile; outputs that "
               "cannot signal this are restarted", 30)
    d.wait_log("(?s)cam/archive: UP -> STOPPING, to be "
               "restarted.*cam/archive: STARTING -> UP", 30)
    frame = d.worker("cam", "archive")["frame"]
    d.wait(lambda: d.worker("cam", "archive")["frame"] > frame + 2 * FPS, 30)
    assert d.worker("cam", "file")["run"] == 1
    assert d.worker("cam", "source")["run"] == 1
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    first, second = segments(tmp_path)
    for path, width in (first, 160), (second, 320):
        assert probe(path)["video"]["width"] == width, path
        sizes = subprocess.run(
            ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries",
             "frame=width", "-of", "csv=p=0", str(path)], check=True,
            capture_output=True, text=True).stdout.replace(",", "").split()
        assert set(sizes) == {str(width)}, path


@pytest.mark.slow
def test_s2_video_stands_still_beside_sound(daemon, tmp_path):
    """The stamps of the video stand still, the sound goes on, and so does the media
    time that a direct copy tells: it is replaced for what its ffmpeg says of each
    frame."""
    cam = NetCam()
    try:
        whole = film(*H264)
        cam.play(whole)
        d = daemon({"cam": {
            "source": {"url": cam.url("http")}, "video": "copy",
            "outputs": [{"url": str(tmp_path / "a.ts")}],
            "watchdog": {"stall": "3s", "start": "60s"}}})
        d.wait_state("cam", "live", timeout=40)
        frame = d.worker("cam", "direct")["frame"]
        d.wait(lambda: d.worker("cam", "direct")["frame"] > frame + 20, 40)
        cam.play(still(whole, time.monotonic() - cam.begin + 1), keep=True)
        d.wait_log("cam/direct: UP -> STOPPING, frames come, but their "
                   "time stamps have not advanced", 40)
        cam.play(whole)
        d.wait_log("(?s)stall after .* next start in .*cam/direct: STARTING "
                   "-> UP", 60)
    finally:
        cam.stop()
