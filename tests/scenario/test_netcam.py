# SPDX-License-Identifier: ISC
"""A network camera that is rebooted, set to something else and broken: whatever
it sent meanwhile, it is live by itself when it is well again."""

import itertools
import os
import random
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from harness import LONG, RtspListener, patience, probe, wait_for
from netcam import H264, SOUND, NetCam, film, films, without

BACK_S = 30  # from the camera's return to frames on the air
CLAIM_S = 3  # for which they go on before the stream is called live, at most
LOOK_S = 5  # that ffmpeg looks for a track that is announced, and does not come
WHOLE_S = 600  # of the long form

# A camera that is well for a few seconds only does not make a run healthy, and
# delays go on growing: in the short form what is healthy is short, too.
SHORT = {"restart": {"healthy": "2s"}}

# What a camera may say in the line of its refusal; each is what ffmpeg says of
# something that stands in a profile.
WORDS = ["Unrecognized option 'busy'", "Unknown encoder 'libx264'",
         "Option not found", "Error opening encoder", "Invalid argument",
         "Unknown input format: 'busy'", "No such filter: 'busy'",
         "Protocol not found", "401 Unauthorized"]

# What comes on air, the name of its film; how far its first key frame is; and
# who need not be live with it: RTMP carries no H.265.
RTMP = {"direct", "two", "slate"}
WELL = ("well", "h264", 0, set())
CHANGES = [
    ("another codec", "h265", 0, RTMP),
    ("no sound", "mute", 0, set()),
    ("sound first", "late", 6, set()),
    ("sound alone first", "later", 6, set()),
    ("17 s before a key frame", "long", 17, set()),
]
# Without a pause, to those who are connected.
IN_PLACE = [("the sound stops", "silent"), ("the sound goes on", "h264")]


def profiles(cam, nginx, folder):
    """All shapes that can have such a camera."""
    http, rtsp = cam.url("http"), cam.url("rtsp")

    def record(name):
        return {"record": f"{folder}/{name}/%Y%m%d-%H%M%S.mkv"}

    return {
        "direct": {"source": {"url": http},
                   "outputs": [{"url": nginx.url("direct")}]},
        "two": {"source": {"url": http}, "outputs": [
            {"url": nginx.url("two")}, record("two")]},
        "isolate": {"source": {"url": rtsp}, "isolate": True,
                    "outputs": [record("isolate")]},
        "slate": {"source": {"url": http}, "video": "copy",
                  "fallback": {"slate_after": "1s"},
                  "outputs": [{"url": nginx.url("slate")}]},
        "decoded": {"source": {"url": rtsp}, "audio": "silence",
                    "video": {"size": "160x120", "fps": 10, "gop": "1s",
                              "preset": "ultrafast", "bitrate": "60k"},
                    "fallback": {"slate_after": "1s"},
                    "outputs": [{"url": nginx.url("decoded")}]},
        "sources": {"source": [{"url": http}, {"url": rtsp}],
                    "prefer_after": "2s", "outputs": [record("sources")]},
    }


def held_s(pid):
    """How long a process was ready to run, and the processor was not."""
    total = 0
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            total += int(path.read_text().split()[1]) / 1e9
        except (OSError, IndexError):  # gone meanwhile
            pass
    return total


class Waiting:
    """How long each stream takes to be live and stay so, and how much of that
    the machine did not let it run."""

    def __init__(self, daemon, names, limit):
        self.daemon, self.names, self.limit = daemon, names, limit
        self.began, self.took = time.monotonic(), {}
        self.first, self.last = {}, {}  # of each process: held_s()
        self.held = dict.fromkeys(names, 0)
        self.look()
        self.first = dict(self.last)

    def look(self):
        """The last time that one became live counts."""
        now = time.monotonic() - self.began
        for name, stream in self.daemon.streams().items():
            if stream["state"] != "live":
                self.took.pop(name, None)
            else:
                self.took.setdefault(name, now)
            pids = [self.daemon.pid] + [
                w["pid"] for w in stream["workers"] if w["pid"]]
            for pid in pids:
                seen = held_s(pid)
                self.held[name] = self.held.get(name, 0) + max(
                    0, seen - self.last.get((name, pid), 0))
                self.last[name, pid] = seen
        if not self.first:
            self.held = dict.fromkeys(self.held, 0)

    def over(self):
        """All of them have been live for two seconds, or it is too late."""
        now = time.monotonic() - self.began
        return all(now > self.took[n] + 2 if n in self.took else
                   now > self.limit + self.held[n] for n in self.names)

    def failed(self):
        return [n for n in self.names if n not in self.took or
                self.took[n] > self.limit + self.held[n]]

    def text(self):
        return ", ".join(
            f"{n} {self.took[n]:.1f} s ({self.held[n]:.1f})" if n in self.took
            else f"{n} NOT LIVE" for n in self.names)


def why(daemon, name):
    told = daemon.why(name)
    return (f"{name} is {told['state']}: {told['worker']}, {told['class']}, "
            f"{told['cause']} {told['proof']}, next try in "
            f"{told['retry_in_s']} s, {told['stderr'][-4:]}")


def comes_back(daemon, names, key_frame_s, what):
    """Live in time, and for two seconds: what was not is returned in words."""
    watch = Waiting(daemon, names, BACK_S + CLAIM_S + key_frame_s)
    while not watch.over():
        time.sleep(0.2)
        watch.look()
    print(f"{what}: {watch.text()}")
    return [f"{what}: {watch.text()}; {why(daemon, name)}"
            for name in watch.failed()]


def go_away(daemon, cam, words):
    """The camera is off, until everybody has seen it and been refused."""
    cam.off(words)
    daemon.wait(lambda: cam.refused >= 8 and all(
        s["state"] != "live" for s in daemon.status()["streams"]), 30,
        "the camera's absence")


def on_air(nginx, folder, names):
    """How much the receivers of these streams have: {receiver: bytes}."""
    there = nginx.streams()
    seen = {n: there[n][0] for n in names if n in there}
    for path in folder.glob("*/*"):
        if path.parent.name in names:
            at = f"record {path.parent.name}"
            seen[at] = seen.get(at, 0) + path.stat().st_size
    return seen


class Rig:
    """The camera, the streams that have it, and what was amiss."""

    def __init__(self, daemon, nginx, folder):
        self.nginx, self.folder, self.faults = nginx, folder, []
        self.words = itertools.cycle(WORDS)
        self.cam, self.reel = NetCam(), films()
        self.cam.play(self.reel["h264"])
        self.d = daemon(profiles(self.cam, nginx, folder), quick=False,
                        settings={} if LONG else {"defaults": SHORT})
        self.names = list(self.d.streams())
        self.faults += comes_back(self.d, self.names, 0, "the first start")

    def again(self, what, name, key_frame_s, without):
        """The camera is away for a while, and sends something else then."""
        words = next(self.words)
        go_away(self.d, self.cam, words)
        self.cam.play(self.reel[name])
        self.faults += comes_back(
            self.d, [n for n in self.names if n not in without], key_frame_s,
            f"503 {words}, then {what}")

    def in_place(self, what, name):
        """The camera sends something else from one frame to the next; no server
        loses a publisher for it."""
        before = self.publishers()
        self.cam.play(self.reel[name], keep=True)
        time.sleep(8)  # the server waits for five
        self.faults += comes_back(self.d, self.names, 0, what)
        self.faults += [f"{what}: {worker} was started again"
                        for worker, pid in self.publishers().items()
                        if pid != before[worker]]

    def publishers(self):
        return {f"{name}/{w['name']}": w["pid"]
                for name, stream in self.d.streams().items()
                for w in stream["workers"]
                if w["name"] in ("direct", "rtmp")}

    def judge(self):
        """Nothing was amiss, and media come at all receivers."""
        assert not self.faults, "\n".join(self.faults)
        first = on_air(self.nginx, self.folder, self.names)
        assert len(first) == 7, first
        wait_for(lambda: all(more > first[at] for at, more in on_air(
            self.nginx, self.folder, self.names).items()), 10,
            "media at all receivers")


def for_long(rig):
    """Ten minutes of these, in any order."""
    dice, end = random.Random(10), time.monotonic() + WHOLE_S
    while time.monotonic() < end:
        rig.again(*dice.choice([*CHANGES, WELL]))
        time.sleep(dice.uniform(0, 15))


@pytest.fixture
def rig(daemon, nginx, tmp_path):
    made = []

    def make():
        made.append(Rig(daemon, nginx, tmp_path / "rec"))
        return made[0]

    yield make
    for one in made:
        one.cam.stop()


@pytest.mark.slow
def test_camera_changes(rig):
    """A camera is away, answers 503 in words that ffmpeg itself might say, and
    comes back with another codec, without sound, with sound first, long before
    a key frame; and then as it was. All shapes that can carry it are live
    within 30 s of each return: about 100 s, ten minutes with FFSUP_LONG."""
    here = rig()
    for change in CHANGES:
        here.again(*change)
    if LONG:
        for_long(here)
    here.again(*WELL)
    here.judge()


@pytest.mark.slow
def test_sound_that_does_not_come(rig):
    """A camera's sound stops while its tables go on telling of it: those who
    were connected go on, and who comes later, too, although ffmpeg cannot write
    the header of such a copy. Then it is back: 60 s."""
    here = rig()
    for change in IN_PLACE:
        here.in_place(*change)
    here.again("sound in the tables alone", "silent", LOOK_S, set())
    here.again(*WELL)
    here.judge()


@pytest.mark.slow
def test_platform_and_sound_that_does_not_come(daemon, tmp_path):
    """An output to a platform that shows nothing without sound gets silence
    where the source's own is in its tables alone, and the source is not started
    again and again for it. (The platform is a path that does not exist.) 25 s."""
    cam = NetCam()
    try:
        cam.play(without(film(*H264), SOUND))
        out = tmp_path / "out.ts"
        d = daemon({"cam": {
            "source": {"url": cam.url("http")},
            "outputs": [{"name": "a", "url": str(out)},
                        {"name": "b", "url": "file://youtube.com/none.ts"}],
            "watchdog": {"start": "2m"},
            "restart": {"min": "100ms", "max": "1s"}}})
        d.wait_event("cam", "sent without audio", timeout=60)
        d.wait(lambda: "it has no audio; silence is added" in d.log, 60)
        d.wait_worker("cam", "a", "up", timeout=60)
        run = d.worker("cam", "source")["run"]
        time.sleep(12)  # long enough for another start, if there were one
        assert d.worker("cam", "source")["run"] == run
        assert d.status("cam")["packets"]["audio"] == "aac"
    finally:
        cam.stop()


def relayed(cam, nginx, folder, rtsp):
    """Every shape with a relay, and every kind of output."""
    http = {"url": cam.url("http")}
    return {
        "fan": {"source": http, "outputs": [
            {"name": "stays", "url": f"{folder}/stays.ts"},
            {"name": "rtmp", "url": nginx.url("fan", "rec")},
            {"name": "ts", "url": f"{folder}/fan.ts"},
            {"name": "mkv", "url": f"{folder}/fan.mkv"},
            {"name": "rtsp", "url": rtsp}]},
        "isolate": {"source": http, "isolate": True, "outputs": [
            {"name": "rtmp", "url": nginx.url("isolate", "rec")}]},
        "slate": {"source": http, "video": "copy",
                  "fallback": {"slate_after": "1s"}, "outputs": [
                      {"name": "rtmp", "url": nginx.url("slate", "rec")}]},
        "sources": {"source": [http, {"url": cam.url("rtsp")}],
                    "outputs": [
                        {"name": "rtmp", "url": nginx.url("sources", "rec")}]},
        "encoded": {"source": http, "video": {
            "size": "160x120", "fps": 10, "gop": "1s", "preset": "ultrafast",
            "bitrate": "60k"}, "outputs": [
                {"name": "rtmp", "url": nginx.url("encoded", "rec")},
                {"name": "ts", "url": f"{folder}/encoded.ts"}]},
    }


def end_of(path, track):
    """When the last packet of this track is to be shown, in seconds."""
    told = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", track, "-show_entries",
         "packet=pts_time", "-of", "csv=p=0", str(path)], check=True,
        stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout
    return max(float(at) for at in re.findall(r"^[\d.]+", told, re.M))


@pytest.mark.slow
def test_s3_output_that_starts_in_silence(daemon, nginx, tmp_path):
    """A camera's sound stops while its tables go on telling of it. Who is
    connected goes on; an output that starts then is on air at its first start,
    whatever it is; and the sound that comes back reaches it, in step. 40 s."""
    cam, there = NetCam(), None
    port = RtspListener(tmp_path)  # its port is known before it listens
    port.stop()
    try:
        loud = film(*H264)
        cam.play(loud)
        d = daemon(
            relayed(cam, nginx, tmp_path, port.url), quick=False,
            settings={"defaults": {
                "restart": {"min": "100ms", "max": "1s", "healthy": "1s"},
                "watchdog": {"start": "12s", "stall": "6s"}}})
        outputs = [(name, w["name"]) for name, s in d.streams().items()
                   for w in s["workers"] if w["name"] in ("rtmp", "ts", "mkv")]
        upstream = [(name, w["name"]) for name, s in d.streams().items()
                    for w in s["workers"] if w["name"] in ("source", "stays")]
        assert len(outputs) == 8
        for one in outputs:
            d.wait_worker(*one, "up", timeout=60)
        time.sleep(2)
        cam.play(without(loud, SOUND), keep=True)
        time.sleep(6)
        begun = {one: d.worker(*one)["run"] for one in outputs + upstream}
        assert set(begun.values()) == {1}, begun
        for one in outputs:
            os.kill(d.worker_pid(*one), signal.SIGKILL)
            d.wait_event(one[0], "SIGKILL", worker=one[1])
        there = RtspListener(tmp_path, port.port)
        for one in [*outputs, ("fan", "rtsp")]:
            d.wait_worker(*one, "up", timeout=60)
        time.sleep(11)  # ffmpeg takes more than ten seconds for another clock
        cam.play(loud, keep=True)
        time.sleep(6)
        for one in outputs + upstream:
            assert d.worker(*one)["run"] == begun[one] + (one in outputs)
        for name in d.streams():
            d.tell("stop", name)
            d.wait_state(name, "off")
        there.proc.wait(patience(5))
        for path in [*(max(tmp_path.glob(kind), key=os.path.getmtime)
                       for kind in ("fan*.ts", "fan*.mkv", "encoded*.ts")),
                     there.path, *(nginx.recorded(n)[-1] for n in d.streams())]:
            tracks = probe(path)
            assert int(tracks["video"]["nb_read_packets"]) > 80, path
            assert int(tracks["audio"]["nb_read_packets"]) > 30, path
            assert abs(end_of(path, "v") - end_of(path, "a")) < 3, path
    finally:
        cam.stop()
        if there:
            there.stop()
