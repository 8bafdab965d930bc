# SPDX-License-Identifier: ISC
"""Several sources for one stream: real ffmpeg, real servers, one connection."""

import os
import signal
import subprocess
import time

import pytest
from harness import (DAY, FFMPEG, Stopwatch, end_process, free_port,
                     has_encoder, holds_for, patience, port_open, probe,
                     record, wait_for)
from test_packets import (FPS, QUICK, TINY, all_live, outputs, plays,
                          segments, steps)


def coloured(colour):
    """A source that ffmpeg draws: one colour, 160x120."""
    return {"url": f"color=c={colour}:size=160x120:rate={FPS}",
            "format": "lavfi"}


def socket():
    """A source that nobody serves, until there is a camera_of() it."""
    return {"url": f"tcp://127.0.0.1:{free_port()}", "format": "mpegts",
            "options": {"analyzeduration": 500000}}


def camera_of(source, colour, *options, sound=(), encoder="libx264"):
    """A camera: ffmpeg that sends one colour for ever to who connects."""
    return subprocess.Popen(
        [FFMPEG, "-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i",
         coloured(colour)["url"], *sound, "-c:v", encoder, "-preset",
         "ultrafast", "-tune", "zerolatency", "-g", str(FPS), "-pix_fmt",
         "yuv420p", *options, "-f", "mpegts", source["url"] + "?listen=1"],
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def ready_camera(source, *args, **kw):
    """The same; it is there when this returns."""
    camera = camera_of(source, *args, **kw)
    port = int(source["url"].rsplit(":", 1)[1])
    wait_for(lambda: port_open(port), 10, "the camera")
    return camera


def stream(*sources, **over):
    return {"source": list(sources), "video": TINY, "restart": QUICK,
            "watchdog": {"stall": "2500ms", "start": "5s"},
            "prefer_after": "1s", **over}


SOUND = ("-re", "-f", "lavfi", "-i", "sine", "-c:a", "aac")


def colours(path):
    """The colours of a file's pictures, each as often as it comes up anew."""
    raw = subprocess.run(
        [FFMPEG, "-v", "error", "-nostdin", "-i", str(path), "-vf",
         "scale=1:1", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"],
        check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout
    seen = []
    for r, g, b in zip(raw[::3], raw[1::3], raw[2::3]):
        name = max((r, "red"), (g, "green"), (b, "blue"))[1]
        if not seen or seen[-1] != name:
            seen.append(name)
    return seen


def on_air(d):
    return (d.status("cam").get("packets") or {}).get("source")


@pytest.mark.slow
def test_there_and_back(daemon, nginx, tmp_path):
    """The first camera goes away: the second is started and sent over the
    same connection; when the first has been back for a while it is used
    again, and the second is stopped. Stamps never step back."""
    rec = tmp_path / "rec"
    first = socket()
    camera = ready_camera(first, "red")
    try:
        d = daemon({"cam": stream(first, coloured("blue"), outputs=[
            {"url": nginx.url("cam", "rec")},
            {"record": f"{rec}/%Y-%m-%d_%H-%M-%S.mkv", **DAY}],
            prefer_after="2s")})
        d.wait(lambda: all_live(d), 15)
        watch = Stopwatch(d)
        d.wait_state("cam", "live")
        assert on_air(d) == "source"
        assert d.worker("cam", "source2")["state"] == "off"
        time.sleep(1)

        end_process(camera)
        d.wait(lambda: on_air(d) == "source2", 8)
        d.wait_reason("cam", "source2", timeout=5)
        assert d.state("cam") == "degraded"
        d.cli("status", check=1)
        assert "On air  source2" in d.cli("status", "cam").stdout
        why = d.why("cam")
        assert (why["worker"], why["on_air"]) == ("source", "source2")
        assert why["class"] in ("ended", "refused") and why["cause"]

        camera = camera_of(first, "red")
        d.wait(lambda: on_air(d) == "source", 15)
        d.wait_worker("cam", "source2", "off", timeout=8)
        d.wait_state("cam", "live")
        time.sleep(1)
        d.tell("stop", "cam")
        d.wait_state("cam", "off")
        watch.stop()
        texts = "\n".join(d.events("cam"))
        assert "switched to source2, source is away" in texts
        assert "back on source" in texts
        assert nginx.publishes("cam") == 1
        assert {o["run"] for o in outputs(d).values()} == {1}
        session, = nginx.recorded("cam")
        file, = segments(rec)
        for path in (session, file):
            assert min(steps(path)) > 0, path
            assert watch.allows(max(steps(path)), 5), path
            assert colours(path) == ["red", "blue", "red"], path
    finally:
        end_process(camera)


def test_debug_lines_of_some_modules(daemon, tmp_path):
    """FFSUP_DEBUG logs what the named modules decide, and not what the others
    do; a name that is none is answered by those that are."""
    d = daemon({"cam": stream(socket(), coloured("blue"), outputs=[
        {"record": f"{tmp_path}/rec/%Y-%m-%d_%H-%M-%S.mkv", **DAY}])},
        env={"FFSUP_DEBUG": "relay,failover,nothing"})
    d.wait_log(r'FFSUP_DEBUG: "nothing" is not a module .* relay')
    d.wait_log(r"cam: failover: source2 should be on air", 15)
    d.wait_log(r"cam: relay: inlet \d goes on air with a key frame", 15)
    d.wait_log(r"cam: relay: outlet 0 begins at a key frame", 15)
    assert "a frame has been due" not in d.log


def test_without_sound(daemon, nginx):
    """The second has no sound: its pictures are not held back until there is
    some."""
    first = socket()
    camera = ready_camera(first, "red", sound=SOUND)
    try:
        d = daemon({"cam": stream(first, coloured("blue"), outputs=[
            {"url": nginx.url("cam", "rec")}])})
        d.wait_state("cam", "live")
        assert d.status("cam")["packets"]["audio"] == "aac"
        time.sleep(0.5)
        end_process(camera)
        d.wait(lambda: on_air(d) == "source2", 8)
        time.sleep(1.5)
        session, = nginx.recorded("cam")
        before = session.stat().st_size
        d.wait(lambda: session.stat().st_size > before, 2)
        assert colours(session) == ["red", "blue"]
        assert d.worker("cam", "rtmp")["run"] == 1
    finally:
        end_process(camera)


@pytest.mark.slow
@pytest.mark.parametrize("video", ["copy", TINY], ids=["copied", "encoded"])
def test_p7_sound_comes_and_goes(daemon, nginx, tmp_path, video):
    """The camera's first run has no sound, the next one has, the one after it
    has none: each time the outputs get what there is, begun anew once."""
    rec = tmp_path / "rec"
    camera_at = socket()
    camera = ready_camera(camera_at, "red")

    def tracks(path):
        return set(probe(path))

    try:
        d = daemon({"cam": {**stream(camera_at, video=video, outputs=[
            {"url": nginx.url("cam", "rec")},
            {"record": f"{rec}/%Y-%m-%d_%H-%M-%S.mkv", **DAY}]),
            "source": camera_at}})
        d.wait(lambda: all_live(d), 15)
        end_process(camera)
        camera = camera_of(camera_at, "green", sound=SOUND)
        d.wait(lambda: "it has audio now" in "\n".join(d.events("cam")), 20)
        d.wait(lambda: len(nginx.recorded("cam")) == 2 and all_live(d), 15)
        assert d.status("cam")["packets"]["audio"] == "aac"
        time.sleep(2)
        end_process(camera)
        camera = camera_of(camera_at, "blue")
        d.wait(lambda: "its audio is gone" in "\n".join(d.events("cam")), 40)
        d.wait(lambda: len(nginx.recorded("cam")) == 3 and all_live(d), 15)
        time.sleep(2)
        assert {o["run"] for o in outputs(d).values()} == {3}
        d.tell("stop", "cam")
        d.wait_state("cam", "off")
        for made in nginx.recorded("cam"), segments(rec):
            assert [tracks(path) for path in made] == [
                {"video"}, {"video", "audio"}, {"video"}], made
    finally:
        end_process(camera)


def publisher(nginx, name, *sound):
    """A camera that publishes to RTMP, with this sound or without."""
    return subprocess.Popen(
        [FFMPEG, "-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i",
         coloured("red")["url"], *sound, "-c:v", "libx264", "-preset",
         "ultrafast", "-tune", "zerolatency", "-g", str(FPS), "-pix_fmt",
         "yuv420p", "-f", "flv", nginx.url(name)], stdin=subprocess.DEVNULL)


def probed_live(nginx, name, tmp_path):
    """The tracks that a player gets."""
    path = tmp_path / "player.mkv"
    record(nginx.url(name), path, 2).communicate(timeout=patience(60))
    return set(probe(path))


@pytest.mark.slow
@pytest.mark.parametrize("how", ["at once", "late", "silence"])
def test_p7_publisher_with_sound(daemon, nginx, tmp_path, how):
    """A publisher without sound is followed at once by one with (PCMA, which is
    to be AAC): the server keeps who pulls, and an ffmpeg leaves out a track
    that comes while it runs. Found by the stamps that begin anew, by what
    ffmpeg says of the track, or where silence was made in its place."""
    silent = {"name": "b", "url": "file://youtube.com/none.ts"}
    camera = publisher(nginx, "camera")
    try:
        nginx.wait_stream("camera")
        d = daemon({"cam": {
            "source": {"url": nginx.url("camera"),
                       "options": {"analyzeduration": "2000000"}},
            "outputs": [{"name": "a", "url": nginx.url("cam")}] +
            ([silent] if how == "silence" else []),
            "isolate": True, "restart": QUICK,
            "watchdog": {"stall": "3s", "start": "10s"}}})
        d.wait(lambda: outputs(d)["a"]["state"] == "live", 20)
        run = d.worker("cam", "source")["run"]
        if how == "at once":
            time.sleep(8)
        end_process(camera)
        camera = publisher(nginx, "camera", *SOUND[:-1], "pcm_alaw", "-ar",
                           "8000", "-ac", "1")
        if how == "silence":
            d.wait_log("has audio now; silence is no longer", 30)
        else:
            d.wait_log("not AAC; it is now transcoded to AAC", 30)
            d.wait_log("it has audio now; the outputs are", 30)
        d.wait(lambda: d.worker("cam", "source")["run"] > run and
               outputs(d)["a"]["state"] == "live", 20)
        nginx.wait_stream("cam")
        assert probed_live(nginx, "cam", tmp_path) == {"video", "audio"}
        sound = d.status("cam")["packets"]
        assert sound["audio"] == "aac"
    finally:
        end_process(camera)


def test_verbs(daemon, tmp_path):
    """Stopped, started and restarted while the second is on air: each time
    from the first on, and the second is no failure while it is off."""
    first = socket()
    camera = ready_camera(first, "red")
    try:
        d = daemon({"cam": stream(first, coloured("blue"), outputs=[
            {"name": "a", "url": str(tmp_path / "a.ts")}])})
        d.wait_state("cam", "live")
        d.cli("status", check=0)
        assert d.worker("cam", "source2")["run"] == 0
        end_process(camera)
        for verb, runs in ("stop", 1), ("restart", 2), ("restart", 3):
            d.wait_reason("cam", "source2", timeout=10)
            assert d.worker("cam", "source2")["run"] == runs
            since = d.mark()
            d.tell(verb, "cam")
            if verb == "stop":
                d.wait_state("cam", "off")
                d.cli("status", check=0)
                d.tell("start", "cam")
            d.wait_event("cam", from_="degraded", since=since)
        d.wait(lambda: on_air(d) == "source2", 10)
        d.tell("retry", "cam")
        d.wait_worker("cam", "source", "waiting")
    finally:
        end_process(camera)


def need_x265():
    if not has_encoder("libx265"):
        pytest.skip("this ffmpeg has no libx265")


def assert_begun_anew(d, rec):
    """Because of other codecs the recording began a second file, in blue; the
    stream is stopped for that."""
    d.wait(lambda: outputs(d)["file"]["run"] == 2, 8)
    d.wait_worker("cam", "file", "up", timeout=8)
    time.sleep(1)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    assert "other codecs" in "\n".join(d.events("cam"))
    assert [colours(f) for f in segments(rec)] == [["red"], ["blue"]]


@pytest.mark.plain
def test_other_codec(daemon, tmp_path):
    """The second sends H.265, copied: no output could go on with that, so
    they begin anew with its first key frame."""
    need_x265()
    first, second = socket(), socket()
    camera = ready_camera(first, "red")
    spare = ready_camera(second, "blue", "-x265-params", "log-level=none",
                         encoder="libx265")
    rec = tmp_path / "rec"
    try:
        d = daemon({"cam": stream(first, second, video="copy", outputs=[
            {"record": f"{rec}/%Y-%m-%d_%H-%M-%S.mkv", **DAY}])})
        d.wait_state("cam", "live")
        time.sleep(1)
        end_process(camera)
        assert_begun_anew(d, rec)
        assert outputs(d)["file"]["restarts"] == 0
        assert plays(segments(rec)[1])[0]
    finally:
        end_process(camera)
        end_process(spare)


def test_other_codec_of_one(daemon, tmp_path):
    """The only source is another camera now, which sends H.265: the same."""
    need_x265()
    only = socket()
    camera = ready_camera(only, "red")
    rec = tmp_path / "rec"
    try:
        d = daemon({"cam": stream(only, video="copy", isolate=True, outputs=[
            {"record": f"{rec}/%Y-%m-%d_%H-%M-%S.mkv", **DAY}])})
        d.wait_state("cam", "live")
        time.sleep(1)
        end_process(camera)
        # not waited for: who is called by ffsup listens no longer
        camera = camera_of(only, "blue", "-x265-params", "log-level=none",
                           encoder="libx265")
        assert_begun_anew(d, rec)
    finally:
        end_process(camera)


@pytest.mark.plain
@pytest.mark.clock
def test_short_death(daemon, tmp_path):
    """The source on air is killed and up again at once: whoever is first is
    used, and it ends on the first one alone."""
    out = tmp_path / "out.ts"
    d = daemon({"cam": stream(coloured("red"), coloured("blue"),
                              outputs=[{"name": "a", "url": str(out)}])})
    d.wait_state("cam", "live")
    watch = Stopwatch(d)
    for _ in range(2):
        time.sleep(0.7)
        pid = d.worker_pid("cam", "source")
        os.kill(pid, signal.SIGKILL)
        d.wait_event("cam", worker="source2", from_="off")
        d.wait(lambda: d.worker("cam", "source2")["state"] == "off"
               and on_air(d) == "source" and d.state("cam") == "live", 15)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    watch.stop()
    assert d.worker("cam", "a")["run"] == 1
    assert min(steps(out)) > 0
    assert watch.allows(max(steps(out)), 2.5)


@pytest.mark.clock
def test_standby(daemon, tmp_path):
    """With "standby" all run: a dead second changes nothing; when the first
    hangs or dies, the third is on air with its next key frame, before
    anything was started."""
    out = tmp_path / "out.ts"
    d = daemon({"cam": stream(coloured("red"), socket(), coloured("blue"),
                              standby=True, prefer_after="1m",
                              outputs=[{"name": "a", "url": str(out)}])})
    d.wait_state("cam", "live")
    watch = Stopwatch(d)
    d.wait_worker("cam", "source3", "up")
    d.wait(lambda: d.worker("cam", "source2")["failures"] > 1)
    holds_for(lambda: d.state("cam") == "live" and on_air(d) == "source", 1)
    assert d.cli("status", check=0)
    assert d.why("cam")["worker"] in ("source", "source2")

    before = d.worker("cam", "source3")["pid"]
    os.kill(d.worker_pid("cam", "source"), signal.SIGKILL)
    d.wait(lambda: on_air(d) == "source3", 3)
    d.wait_reason("cam", "source3", timeout=5)
    d.wait_worker("cam", "source", "up")
    holds_for(lambda: on_air(d) == "source3", 1)

    # the better one is not healthy for a minute yet, but there is no other
    os.kill(before, signal.SIGSTOP)
    d.wait(lambda: on_air(d) == "source", 6)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    watch.stop()
    assert d.worker("cam", "a")["run"] == 1
    assert min(steps(out)) > 0
    assert watch.allows(max(steps(out)), 4)
    assert colours(out) == ["red", "blue", "red"]


def test_all_dead(daemon, tmp_path):
    """None works: retry, with every source tried; the first that comes back
    is on air."""
    last = socket()
    d = daemon({"cam": stream(socket(), socket(), last, outputs=[
        {"name": "a", "url": str(tmp_path / "out.ts")}])})
    d.wait(lambda: d.worker("cam", "source3")["failures"] > 0)
    d.wait_state("cam", "retry")
    # for as long as none of the three is being tried once more
    d.wait(lambda: d.cli("status").returncode == 2)
    assert d.why("cam")["class"] == "refused"
    camera = camera_of(last, "red")
    try:
        d.wait_reason("cam", "source3", timeout=10)
        assert on_air(d) == "source3"
        assert d.worker("cam", "source")["failures"] > 0
        # those behind would be stopped by now; those before go on trying
        d.wait(lambda: d.worker("cam", "source2")["state"] != "off")
    finally:
        end_process(camera)


@pytest.mark.slow
def test_better_source_is_tried_when_another_is_back(daemon, tmp_path):
    """Both are away, the first for long: when the second comes back, the first
    is tried at once, and not when its own delay is over."""
    first, second = socket(), socket()
    d = daemon({"cam": stream(
        first, second, restart={"min": "200ms", "max": "3m", "factor": 10,
                                "jitter": 0, "healthy": "1s"},
        outputs=[{"name": "a", "url": str(tmp_path / "out.ts")}])})
    cameras = [camera_of(second, "blue")]
    try:
        d.wait_reason("cam", "source2")
        d.wait(lambda: (d.worker("cam", "source")["retry_in_s"] or 0) > 150 and
               d.worker("cam", "source2")["failures"] == 0, 30)
        due = time.monotonic() + d.worker("cam", "source")["retry_in_s"]
        run = d.worker("cam", "source2")["run"]
        end_process(cameras[0])
        d.wait(lambda: d.worker("cam", "source2")["run"] > run
               and d.worker("cam", "source2")["failures"] > 0)
        cameras.append(camera_of(first, "red"))
        cameras.append(camera_of(second, "blue"))
        d.wait(lambda: on_air(d) == "source2")
        d.wait(lambda: on_air(d) == "source", 120)
        assert time.monotonic() < due - 20
    finally:
        for camera in cameras:
            end_process(camera)


def test_reload(daemon, tmp_path):
    """Another second source restarts that one only; prefer_after is live; a
    third one is started when it is due."""
    a = {"name": "a", "url": str(tmp_path / "a.ts")}

    def write(*sources, **over):
        d.write("cam", stream(*sources, outputs=[a], isolate=True,
                              standby=True, **over))
        return d.reload().stdout

    d = daemon({"cam": stream(coloured("red"), coloured("blue"), outputs=[a],
                              isolate=True, standby=True)})
    d.wait_state("cam", "live")
    d.wait_worker("cam", "source2", "up")
    first = d.worker_pid("cam", "source")
    second = d.worker_pid("cam", "source2")

    assert "live" in write(coloured("red"), coloured("blue"),
                           prefer_after="1h")
    assert d.worker_pid("cam", "source2") == second
    assert "source[1].url" in write(coloured("red"), coloured("green"),
                                    prefer_after="1h")
    d.wait_new_pid("cam", second, "source2")
    write(coloured("red"), coloured("green"), coloured("blue"),
          prefer_after="1h")
    d.wait_worker("cam", "source3", "up")
    assert d.worker_pid("cam", "source") == first
    assert d.state("cam") == "live"

    d.wait_worker("cam", "source2", "up")
    os.kill(first, signal.SIGKILL)
    d.wait(lambda: on_air(d) == "source2", 5)
    d.wait_worker("cam", "source", "up")
    # the one on air is started anew: the first need not wait for its hour
    write(coloured("red"), coloured("blue"), prefer_after="1h")
    d.wait(lambda: on_air(d) == "source", 5)
    d.wait_state("cam", "live")
    assert [w["name"] for w in d.status("cam")["workers"]] == [
        "source", "source2", "a"]
    assert d.worker("cam", "a")["run"] == 1
