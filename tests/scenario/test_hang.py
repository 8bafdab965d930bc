# SPDX-License-Identifier: ISC
"""A disk that does not answer holds up what needs it, and nothing else."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from statistics import median

import pytest
from harness import (CONFIG, Stopwatch, fake_profile, frames_profile,
                     patience, wait_for)
from test_decoded import clip, decoded

LONG = os.environ.get("FFSUP_LONG") == "1"
HANG_S = 60 if LONG else 4
FPS = 25


def answer_ms(d, cmd, *args):
    """How long the daemon takes to answer, ms."""
    begin = time.monotonic()
    assert d.request(cmd, *args)["ok"]
    return (time.monotonic() - begin) * 1000


def sent(d, name):
    return d.status(name)["frames"]["out"]


def holds_up_nobody(d, other, seconds=HANG_S):
    """For so long the other stream gets every beat, status is answered in
    100 ms, and the other stream can be stopped and started."""
    watch, begin, first, answers = (Stopwatch(d), time.monotonic(),
                                    sent(d, other), [])
    while time.monotonic() - begin < seconds:
        answers.append(answer_ms(d, "status"))
        time.sleep(0.1)
    frames, lasted = sent(d, other) - first, time.monotonic() - begin
    # a machine that is busy delays an answer now and then, a loop that
    # waits for the disk all of them
    assert watch.allows(median(answers) / 1000, 0.1), answers
    assert watch.allows(lasted - frames / FPS, 1), (frames, lasted)
    d.tell("stop", other)
    d.wait_state(other, "off")
    d.tell("start", other)
    d.wait_state(other, "live")


def watchdog_is_fed(notify, watch):
    """No time between two words to the service manager is too long, since the
    stopwatch was started."""
    begin = watch.begin
    times = [begin] + [t for t, _ in notify.seen("WATCHDOG", "1")
                       if t > begin] + [time.monotonic()]
    return watch.allows(max(b - a for a, b in zip(times, times[1:])), 4)


@pytest.fixture
def hung(daemons, fakeff, hangdisk, notify):
    """Make a daemon with these profiles and one that needs no disk."""

    def make(profiles, **kw):
        d = daemons({**profiles, "other": frames_profile(
            fps=FPS, pattern="smpte")}, **{
                "ffmpeg": fakeff, "env": {"NOTIFY_SOCKET": notify.path,
                                          "WATCHDOG_USEC": "4000000"}, **kw})
        return d.start()

    return make


def test_s4_profiles(hung, hangdisk, notify):
    """The directory of profiles hangs: a reload says so and changes nothing,
    and when the disk is back, it can be reloaded (S4)."""
    folder = hangdisk.path / "profiles.d"
    folder.mkdir()
    profile = folder / "a.json"
    profile.write_text('{ "args": ["fake:"] }')
    d = hung({}, settings={"profiles": [str(folder), "profiles"]})
    d.wait_state("a", "live")
    d.wait_state("other", "live")
    watch = Stopwatch(d)
    hangdisk.hang()
    asked = d.popen_cli("reload")
    holds_up_nobody(d, "other")
    told, _ = asked.communicate(timeout=patience(15))
    assert asked.returncode == CONFIG, told
    assert "does not answer" in told
    assert watchdog_is_fed(notify, watch)
    assert d.state("a") == "live"
    hangdisk.go()
    profile.write_text('{ "args": ["fake:"], "description": "new" }')
    wait_for(lambda: d.status("a")["changed"], 10, "that it was edited")
    d.reload()
    assert d.status("a")["description"] == "new"
    assert not d.status("a")["changed"]


def test_s4_ffmpeg(hung, hangdisk, fakeff, notify):
    """The disk of ffmpeg hangs when one has to be started: that one waits, and
    starts when the disk is back."""
    program = hangdisk.path / "ffmpeg"
    shutil.copy(fakeff, program)
    d = hung({"a": fake_profile()}, ffmpeg=program)
    d.wait_state("other", "live")
    d.wait_state("a", "live")
    watch = Stopwatch(d)
    hangdisk.hang()
    os.kill(d.worker_pid("a"), signal.SIGKILL)
    d.wait_log("a/direct: WAITING -> STARTING")
    first, answers = sent(d, "other"), []
    begin = time.monotonic()
    while time.monotonic() - begin < HANG_S:
        answers.append(answer_ms(d, "status"))
        time.sleep(0.1)
    frames, lasted = sent(d, "other") - first, time.monotonic() - begin
    assert watch.allows(median(answers) / 1000, 0.1), answers
    assert watch.allows(lasted - frames / FPS, 1), (frames, lasted)
    assert watchdog_is_fed(notify, watch)
    assert d.state("a") != "live"
    hangdisk.go()
    d.wait_state("a", "live", timeout=15)


def test_s4_slate(hung, hangdisk, notify):
    """The disk of a slate's image hangs: its stream shows one that is drawn,
    can be stopped and started, and the image is looked at when the disk is
    back."""
    d = hung({})
    d.wait_state("other", "live")
    watch = Stopwatch(d)
    hangdisk.hang()
    d.write("a", {**frames_profile(fps=FPS, socket=True),
                  "fallback": {"slate": str(hangdisk.path / "slate.png")}})
    d.reload()
    d.wait(lambda: sent(d, "a") > 0, 10, "frames of a slate that is drawn")
    holds_up_nobody(d, "other")
    assert watchdog_is_fed(notify, watch)
    d.tell("stop", "a")
    d.wait_state("a", "off")
    d.tell("start", "a")
    assert "cannot be used" not in d.log
    hangdisk.go()
    d.wait_log("the slate .* cannot be used: No such file")


def recording(path, **over):
    """A counter that is recorded by the real ffmpeg, a file a second."""
    return {"source": {"frames": {"size": "160x120", "fps": FPS,
                                  "pattern": "counter"}},
            "video": {"preset": "ultrafast", "gop": "1s"},
            "restart": {"min": "200ms", "max": "500ms"},
            "watchdog": {"stall": "2s"}, "stop": {"grace": "1s"},
            "outputs": [{"record": f"{path}/%Y/%m-%d_%H-%M-%S.mkv",
                         "segment": "1s", "max_size": "1GB", **over}]}


@pytest.mark.slow
def test_s4_recordings(daemons, hangdisk, notify):
    """The disk of recordings hangs: its stream says so and is replaced in vain,
    others are not touched, and when it is back all goes on; no file that was
    there is lost (S4)."""
    rec = hangdisk.path / "rec"
    d = daemons({"a": recording(rec), "other": frames_profile(
        fps=FPS, pattern="smpte",
        output={"url": "/dev/null", "format": "flv"})},
        env={"NOTIFY_SOCKET": notify.path, "WATCHDOG_USEC": "4000000"}).start()
    d.wait_state("other", "live")
    wait_for(lambda: len(list(rec.glob("*/*.mkv"))) > 2, 20)
    before = {p: p.stat().st_size for p in rec.glob("*/*.mkv")}
    watch = Stopwatch(d)
    hangdisk.hang()
    d.wait_log("the disk of .*/rec has not answered for", 30)
    assert any("has not answered for" in line
               for line in d.why("a")["proof"])
    holds_up_nobody(d, "other", HANG_S - 1)
    assert watchdog_is_fed(notify, watch)
    hangdisk.go()
    d.wait_log("the disk of .*/rec answers again", 30)
    d.wait_state("a", "live", timeout=30)
    seen = len(list(rec.glob("*/*.mkv")))
    wait_for(lambda: len(list(rec.glob("*/*.mkv"))) > seen + 1, 20)
    for path, size in before.items():
        assert path.stat().st_size >= size


@pytest.fixture
def beside(daemons, notify):
    """Make a daemon with this stream and one that needs no disk, both with the
    real ffmpeg."""

    def make(profile):
        d = daemons({"a": profile, "other": frames_profile(
            fps=FPS, pattern="smpte",
            output={"url": "/dev/null", "format": "flv"})},
            env={"NOTIFY_SOCKET": notify.path,
                 "WATCHDOG_USEC": "4000000"}).start()
        d.wait_state("other", "live")
        d.wait_state("a", "live")
        return d

    return make


QUICK = {"restart": {"min": "200ms", "max": "500ms"},
         "watchdog": {"stall": "2s"}, "stop": {"grace": "1s"}}


def played(d, runs):
    """So many more files are played, one after the other."""
    run = d.worker("a", "source")["run"]
    d.wait(lambda: d.worker("a", "source")["run"] >= run + runs, 30,
           f"{runs} more files")
    d.wait_state("a", "live", timeout=15)


def starts_without_its_disk(d, hangdisk, notify, state):
    """A stream of files is started while their disk hangs: it says so, and
    can be stopped and started; others are not touched, and it plays when the
    disk is back."""
    d.tell("stop", "a")
    d.wait_state("a", "off")
    watch = Stopwatch(d)
    hangdisk.hang()
    d.tell("start", "a")
    d.wait_log("the disk of .*/films has not answered for", 30)
    why = d.why("a")
    assert (why["state"], why["reason"], why["class"]) == (
        state, "silent disk", "silent disk")
    assert any("/films has not answered for" in line
               for line in why["proof"])
    assert d.request("plan", "a")["ok"]
    stops_while_it_hangs(d, notify, watch)
    hangdisk.go()
    d.wait_log("the disk of .*/films answers again", 30)
    d.wait_state("a", "live", timeout=30)
    assert len(d.log.split("has not answered for")) == 2


@pytest.mark.slow
def test_s4_files(beside, hangdisk, notify, tmp_path):
    """The disk of a playlist's folder hangs while it plays file after file,
    and before it starts: no other stream is touched, and it plays again when
    the disk is back (S4)."""
    films = hangdisk.path / "films"
    films.mkdir()
    for n in range(3):
        clip(films / f"{n}.mp4", n + 2)
    d = beside(decoded(str(tmp_path / "out.mkv"), {
        "files": [str(films)], "loop": True}, **QUICK))
    played(d, 2)
    hangdisk.hang()
    holds_up_nobody(d, "other")
    hangdisk.go()
    played(d, 3)
    starts_without_its_disk(d, hangdisk, notify, "degraded")
    played(d, 2)


@pytest.mark.slow
def test_s4_list(beside, hangdisk, notify):
    """The same for a folder that one ffmpeg gets as a list (S4)."""
    films = hangdisk.path / "films"
    films.mkdir()
    for n in range(2):
        clip(films / f"{n}.mp4", n + 2)
    d = beside({"source": {"files": [str(films)], "loop": True}, **QUICK,
                "outputs": [{"url": "/dev/null", "format": "matroska"}]})
    starts_without_its_disk(d, hangdisk, notify, "retry")


def test_s4_other_folder(daemons, hangdisk, tmp_path):
    """A start waits for a folder on a disk that hangs, and the profile names
    another folder: that one is played at once (S4)."""
    films = tmp_path / "there" / "films"
    films.mkdir(parents=True)
    clip(films / "0.mp4", 3)

    def profile(folder):
        return {"source": {"files": [str(folder)], "loop": True}, **QUICK,
                "outputs": [{"url": str(tmp_path / "1.mkv")},
                            {"url": str(tmp_path / "2.mkv")}]}

    d = daemons({"a": profile(hangdisk.path / "films")}).start()
    d.wait(lambda: d.worker("a", "source")["last"])
    d.tell("stop", "a")
    hangdisk.hang()
    d.tell("start", "a")
    d.wait(lambda: d.worker("a", "source")["state"] == "waiting")
    d.write("a", profile(films))
    d.reload()
    d.wait_state("a", "live", timeout=30)
    assert "has not answered" not in d.log


def test_s4_hls(beside, hangdisk, notify):
    """The disk of an HLS playlist hangs while ffmpeg writes to it, and while
    another is started: no other stream is touched, and it is written again
    when the disk is back (S4)."""
    playlist = hangdisk.path / "hls" / "a.m3u8"
    d = beside({"source": {"frames": {"size": "160x120", "fps": FPS,
                                      "pattern": "counter"}},
                "video": {"preset": "ultrafast", "gop": "1s"}, **QUICK,
                "outputs": [{"url": str(playlist), "format": "hls",
                             "options": {"hls_time": "1"}}]})
    wait_for(playlist.exists, 15)
    watch = Stopwatch(d)
    hangdisk.hang()
    os.kill(d.worker_pid("a", "encoder"), signal.SIGKILL)
    holds_up_nobody(d, "other")
    assert watchdog_is_fed(notify, watch)
    hangdisk.go()
    d.wait_state("a", "live", timeout=30)
    before = playlist.read_text()
    wait_for(lambda: playlist.read_text() != before, 15)


def program(path):
    """One that writes black frames of 64x48 to a named pipe."""
    return subprocess.Popen([sys.executable, "-c", (
        "import os, sys, time\n"
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "while os.write(fd, bytes(9216)):\n"
        f"    time.sleep({1 / FPS})"), path])


def stops_while_it_hangs(d, notify, watch):
    """Nobody else is held up, and the stream that waits for the disk can be
    stopped, and is to wait for it again."""
    holds_up_nobody(d, "other")
    d.tell("stop", "a")
    d.wait_state("a", "off")
    d.tell("start", "a")
    assert watchdog_is_fed(notify, watch)


def ends_while_it_hangs(d, hangdisk):
    """The daemon does not wait for ever for what the disk would have to
    remove."""
    d.signal(signal.SIGTERM)
    try:
        assert d.proc.wait(patience(8)) == 0
    finally:
        hangdisk.go()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["frames", "h264"])
def test_s4_fifo_at_the_start(hung, hangdisk, notify, kind):
    """The disk of a named pipe hangs when its stream is started: that one says
    so, others are not touched, and the pipe is made when the disk is back
    (S4)."""
    pipe = hangdisk.path / "in"
    profile = frames_profile(fps=FPS, fifo=str(pipe))
    if kind == "h264":
        profile["source"] = {"h264": {"fifo": str(pipe)}}
    hangdisk.hang()
    d = hung({"a": profile})
    watch = Stopwatch(d)
    d.wait_log("the disk of .*/in has not answered for", 15)
    d.wait_reason("a", "silent disk")
    assert any("/in has not answered for" in line
               for line in d.why("a")["proof"])
    assert "has not answered" in d.status("a")[
        "packets" if kind == "h264" else "frames"]["problem"]
    stops_while_it_hangs(d, notify, watch)
    hangdisk.go()
    d.wait_log("the disk of .*/in answers again", 15)
    wait_for(pipe.is_fifo, 5)
    if kind == "frames":
        writer = program(pipe)
        d.wait(lambda: d.status("a")["frames"]["in"] > FPS, 10, "frames")
        writer.kill()
        writer.wait()
    d.stop()
    assert not pipe.exists()


@pytest.mark.slow
def test_s4_fifo_later(hung, hangdisk, notify):
    """The disk of a named pipe hangs later: who writes to it goes on, nobody
    is held up, and the daemon ends when it is told to (S4)."""
    pipe = hangdisk.path / "in"
    d = hung({"a": frames_profile(fps=FPS, fifo=str(pipe))})
    wait_for(pipe.is_fifo, 5)
    writer = program(pipe)
    d.wait_state("a", "live")
    watch = Stopwatch(d)
    hangdisk.hang()
    before = d.status("a")["frames"]["in"]
    holds_up_nobody(d, "other")
    d.wait(lambda: d.status("a")["frames"]["in"] > before + FPS, 10,
           "that who writes goes on")
    writer.kill()
    writer.wait()
    d.wait_log("the disk of .*/in has not answered for", 30)
    d.wait_reason("a", "silent disk")
    assert watchdog_is_fed(notify, watch)
    hangdisk.go()
    d.wait_log("the disk of .*/in answers again", 15)
    writer = program(pipe)
    d.wait_state("a", "live")
    hangdisk.hang()
    writer.kill()
    writer.wait()
    ends_while_it_hangs(d, hangdisk)


@pytest.mark.slow
def test_s4_runtime_directory(daemons, fakeff, hangdisk, notify):
    """The disk of the control socket, its lock and the streams' sockets hangs:
    it is said, no beat is lost, whoever follows is told, and all of it is in
    place when the disk is back (S4)."""
    d = daemons({"a": frames_profile(fps=FPS, socket=True),
                 "other": frames_profile(fps=FPS, pattern="smpte")},
                ffmpeg=fakeff, env={"NOTIFY_SOCKET": notify.path,
                                    "WATCHDOG_USEC": "4000000"})
    d.sock = hangdisk.path / "run" / "s"
    door = d.sock.with_name("a.frames")
    d.start()
    d.wait_state("other", "live")
    wait_for(door.is_socket, 5)
    encoder = d.worker_pid("a")
    begin, first, watch = time.monotonic(), sent(d, "other"), Stopwatch(d)
    hangdisk.hang()
    wait_for(lambda: re.search(
        "control: the disk of .*/run/s has not answered for", d.log), 30)
    wait_for(lambda: re.search(
        "the disk of .*/run/a.frames has not answered for", d.log), 30)
    os.kill(encoder, signal.SIGKILL)
    wait_for(lambda: re.search("a/encoder: .* -> WAITING", d.log), 10)
    assert watchdog_is_fed(notify, watch)
    hangdisk.go()
    d.wait_log("control: the disk of .*/run/s answers again", 30)
    frames, lasted = sent(d, "other") - first, time.monotonic() - begin
    assert watch.allows(lasted - frames / FPS, 2), (frames, lasted)
    for path in (d.sock, door, d.sock.with_name("s.lock")):
        path.unlink()
    d.wait_log("the lock .*/run/s.lock had vanished, created again", 30)
    d.wait_log("/run/s had vanished, created again", 30)
    wait_for(door.is_socket, 10)
    d.stop()
    assert not list(d.sock.parent.iterdir())


@pytest.mark.slow
def test_s4_log(daemons, fakeff, hangdisk, notify):
    """The disk of the log, which is a file, hangs: nobody is held up, what
    does not fit is counted, and nothing else of it is lost (S4)."""
    d = daemons({"other": {**frames_profile(fps=FPS, pattern="smpte"),
                           "description": "long " * 300}},
                ffmpeg=fakeff, env={"NOTIFY_SOCKET": notify.path,
                                    "WATCHDOG_USEC": "4000000"})
    d.log_path = hangdisk.path / "log"
    d.start()
    d.wait_state("other", "live")
    wait_for(lambda: "STARTING -> UP" in d.log, 5)
    watch = Stopwatch(d)
    hangdisk.hang()
    try:
        holds_up_nobody(d, "other")
        for _ in range(450):  # of 3 KiB each; 1 MiB waits for the disk
            d.signal(signal.SIGUSR1)
            assert d.request("status")["ok"]
        assert watchdog_is_fed(notify, watch)
    finally:  # whoever reports a failure reads the log
        hangdisk.go()
    wait_for(lambda: " status " in d.log, 10)  # there is room for lines again
    d.tell("restart", "other")
    d.wait_log("log: [0-9]+ lines lost, stderr was blocked", 10)
    text = d.log
    assert text.index("UP -> STOPPING") < text.index(" status ")
    assert text.index(" status ") < text.index(" lines lost")
    d.stop()
    assert d.log.endswith("all streams are stopped\n")
    d.start()
    hangdisk.hang()
    ends_while_it_hangs(d, hangdisk)
