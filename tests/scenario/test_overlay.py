# SPDX-License-Identifier: ISC
"""Comments, labels and images over frames, judged by what a server received: a
lossless encoder, frames whose every byte is known (known.py), and a painter
that draws boxes (tests/fake/fakepaint) or the real one."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import known
import numpy as np
import pytest
from harness import (DEGRADED, FFMPEG, FFSUP, LONG, MARKER, OK, Stopwatch,
                     machine_s, merge, own_kib, runnable_ns, wait_for)
from known import FPS, H, W, Received

BUILD = Path(FFSUP).resolve().parent
FAKE = BUILD / "tests" / "fake" / "fakepaint"
REAL = BUILD / "ffsup-paint"
SIZE = 16  # of letters
HIGH = SIZE * 5 // 4  # of a tile of the fake
EDGE = SIZE // 8 + 1  # beside each of its boxes
AREA = (0.2, 0.8)
CHAT = {"id": "chat", "kind": "danmaku", "size": SIZE, "duration": "3s",
        "area": list(AREA), "opacity": 1}
SCORE = {"id": "score", "kind": "label", "at": "top-left", "margin": 8,
         "size": SIZE, "text": "abc", "opacity": 1}
WHITE = 235
FAILED = DEGRADED  # the same number: 1


def painter(path):
    """The environment of a daemon with this painter."""
    if not path.exists():
        pytest.skip(f"{path.name} was not built")
    return {"FFSUP_PAINT": str(path)}


def profile(url, *overlay, parts=("25:1",)):
    """Known frames without loss, with these overlays."""
    made = {
        "source": {"frames": {
            "size": known.SIZE, "fps": FPS, "format": "yuv420p", "command": [
                sys.executable, known.__file__, *parts]}},
        "video": {"encoder": "libx264", "preset": "ultrafast", "gop": "1s",
                  "options": {"qp": "0"}},
        "outputs": [{"url": url}]}
    return merge(made, {"overlay": list(overlay)} if overlay else {})


def frames(d):
    return d.status("a").get("frames") or {"out": 0, "in": 0}


def counts(d, item="chat"):
    """One overlay, as the daemon tells it."""
    reply = json.loads(d.cli("overlay", "a", "--json", check=OK).stdout)
    return next(o for o in reply["overlay"] if o["id"] == item)


def assert_sum(n):
    assert n["said"] == n["shown"] + n["waiting"] + n["dropped"] + \
        n["merged"] + n["blocked"], n


def running(d):
    """Pid and starts of all workers."""
    return {w["name"]: (w["pid"], w["restarts"])
            for w in d.status("a")["workers"]}


def come_in(d):
    """Until frames from the program are sent."""
    d.wait_state("a", "live")
    d.wait(lambda: frames(d)["in"] > 5)


def seen(d, *args):
    """Y of the frame that is sent now."""
    raw = subprocess.run(
        [FFSUP, "snap", "--raw", *args, "a"], env=d.env, cwd=d.dir, check=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60).stdout
    return np.frombuffer(raw, np.uint8)[:W * H].reshape(H, W)


def runs(row, value=WHITE):
    """How many boxes of that luma lie in a row."""
    there = (row == value).astype(np.int8)
    return int((np.diff(there, prepend=0) == 1).sum())


def letters(y, top=8):
    """Of a label of the fake's in white: how many boxes it has."""
    return runs(y[top + HIGH // 2])


def finish(d, nginx):
    """Stop the stream; all frames that were sent, as the server has them."""
    d.tell("stop", "a")
    d.wait_state("a", "off")
    out = frames(d)["out"]
    wait_for(lambda: "o" not in nginx.streams(), 10, "the end of the stream")
    file, = nginx.recorded("o")
    got = Received(file)
    assert got.n == out, "frames were lost behind the daemon"
    return got


class Speaker:
    """ffsup say NAME -: comments as objects, a line each."""

    def __init__(self, d, *args):
        self.proc = subprocess.Popen(
            [FFSUP, "say", "a", "-", *args], env=d.env, cwd=d.dir,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)

    def say(self, text, **keys):
        self.proc.stdin.write(
            json.dumps({"text": text, **keys}).encode() + b"\n")
        self.proc.stdin.flush()

    def end(self):
        """What it said at its end."""
        said, _ = self.proc.communicate(timeout=120)
        assert self.proc.returncode == OK, said
        return said.decode()


# --- 200 comments ------------------------------------------------------------

class Comment:
    """One that flies, drawn by the fake: boxes of its own luma."""

    def __init__(self, n):
        self.n = n
        plain = [f"comment{n}", f"{n}\u5f39\u5e55\u8bc4\u8bba",
                 f"\U0001f600{n}", f"\u0645\u0631\u062d\u0628\u0627{n}"][n % 4]
        self.text = plain if n != 120 else plain + "x" * 5000
        level = 60 + n % 90 * 2
        self.color = "#" + f"{level:02x}" * 3
        self.luma = round(16 + 219 * level / 255)
        self.boxes, self.w = [], EDGE
        for c in self.text[:200]:  # GROUND_CLUSTERS
            w = SIZE // 2 if ord(c) < 0x80 else SIZE
            self.boxes.append((self.w, w))
            self.w += w + EDGE

    def x(self, beat, stay):
        """By the promise of lane.h."""
        return W - (beat - self.enter) * (W + self.w) // stay

    def row(self, beat, stay):
        """Which columns it fills at a beat, in the rows of its boxes."""
        row = np.zeros(W, bool)
        x = self.x(beat, stay)
        for at, w in self.boxes:
            row[max(x + at, 0):max(x + at + w, 0)] = True
        return row

    def find(self, got, since, stay):
        """Where and when it came: by its first sight and those after."""
        top, bottom = (int(H * a) for a in AREA)
        first = next(n for n in since if (
            got.y[n, top:bottom] == self.luma).any())
        rows = (got.y[first] == self.luma)[top:bottom].any(axis=1)
        self.y = top + int(np.argmax(rows)) - HIGH // 8
        line = got.y[:, self.y + HIGH // 2] == self.luma
        for self.enter in range(first, first - 8, -1):
            if all((line[n] == self.row(n, stay)).all()
                   for n in range(first, min(first + stay // 2, got.n))):
                return
        raise AssertionError(f"{self.text[:20]!r} moves in no straight line")

    def error(self, got, stay):
        """By how many pixels its left edge was beside the line at most."""
        line = got.y[:, self.y + HIGH // 2] == self.luma
        worst = 0
        for n in range(self.enter + 1, min(self.enter + stay, got.n)):
            x = self.x(n, stay) + EDGE
            if 0 <= x < W:
                worst = max(worst, abs(int(np.argmax(line[n])) - x))
        return worst


def expected(got, n, comments, stay):
    """A frame and what flies over it: its luma, and where chroma may be
    touched."""
    y, _, _ = known.planes(got.number[n])
    y, there = y.copy(), np.zeros((H, W), bool)
    for c in comments:
        if c.enter <= n < c.enter + stay:
            row = c.row(n, stay)
            inner = slice(c.y + HIGH // 8, c.y + HIGH - HIGH // 8)
            assert not there[inner, row].any(), "two comments overlap"
            y[inner, row] = c.luma
            there[inner, row] = True
    return y, there.reshape(H // 2, 2, W // 2, 2).any(axis=(1, 3))


def assert_apart(comments, stay):
    """No two tiles meet, empty edges included: at any beat."""
    for i, a in enumerate(comments):
        for b in comments[i + 1:]:
            if abs(a.y - b.y) >= HIGH:
                continue
            for n in range(max(a.enter, b.enter),
                           min(a.enter, b.enter) + stay):
                ax, bx = a.x(n, stay), b.x(n, stay)
                assert ax + a.w <= bx or bx + b.w <= ax, (a.text, b.text, n)


@pytest.mark.slow
def test_200_comments(daemon, nginx):
    """200 comments in ten seconds, Chinese, emoji, Arabic and one of 5 kB,
    over frames that come in time, slowly, not at all, and in a burst: each
    moves in a straight line by the number of the beat, none overlaps another,
    and no other byte of a frame is touched."""
    d = daemon({"a": profile(
        nginx.url("o", "rec"), CHAT,
        parts=("25:75", "9:20", "0:1.5", "max:20", "25:60", "40:1"))},
        env=painter(FAKE))
    come_in(d)
    before, comments = running(d), [Comment(n) for n in range(200)]
    speaker, begin = Speaker(d), time.monotonic()
    for c in comments:
        time.sleep(max(0, begin + c.n / 20 - time.monotonic()))
        speaker.say(c.text, color=c.color)
    assert speaker.end().strip() == "200 shown"
    d.wait(lambda: counts(d)["visible"] == 0)
    n = counts(d)
    assert n["said"] == n["shown"] == 200
    assert d.status("a")["overlay"] == [n]
    assert_sum(n)
    assert running(d) == before
    moved = frames(d)
    assert moved["repeated"] > 25 and moved["dropped"] > 5, moved
    got, stay = finish(d, nginx), 3 * FPS
    for c in comments:
        same = c.n - 90
        c.find(got, range(comments[same].enter + stay if same >= 0 else 0,
                          got.n), stay)
    worst = max(c.error(got, stay) for c in comments)
    print(f"off the line by {worst} pixels at most")
    assert worst <= 1
    assert_apart(comments, stay)
    for n in got.known():
        y, chroma = expected(got, n, comments, stay)
        assert (got.y[n] == y).all(), f"frame {n}"
        assert not (got.touched(n)[1] & ~chroma).any(), f"chroma of {n}"


# --- texts of any kind -------------------------------------------------------

ANY = [
    "\u5f39\u5e55\u98de\u8fc7\u753b\u9762", "\U0001f600\U0001f469\u200d"
    "\U0001f469\u200d\U0001f467 family", "\u0645\u0631\u062d\u0628\u0627 "
    "\u0628\u0627\u0644\u0639\u0627\u0644\u0645", "\u5b57" * 1700, "x" * 5000,
    "".join(c + "\u0300\u0301\u0316\u0317\u0323\u030a" * 20 for c in "Zalgo"),
    "%{}'\\ %{localtime} {name} %s%n", "a\0b\0", "two\nlines\r\nand\ttab",
    "\u202eright to left\u202c \u2066over\u2069", "\u0928\u092e\u0938\u094d"
    "\u0924\u0947", "\ufdfd\ufdfd\ufdfd", "\U0001f1e9\U0001f1ea"
    "\U0001f3f4\U000e0067\U000e0062\U000e007f"]


def test_texts_of_any_kind(daemon, nginx):
    """Whatever is said, nothing restarts, frames go on, the text is seen in
    the comments' rows and nowhere else, by the real painter. An outline and
    letters of many scripts stay within their area."""
    d = daemon({"a": profile(nginx.url("o", "rec"), merge(
        CHAT, {"wait": "60s"}))}, env=painter(REAL))
    come_in(d)
    before, speaker = running(d), Speaker(d)
    for mode in ("scroll", "top", "bottom"):
        for text in ANY:
            speaker.say(text, mode=mode, color="#ff8800")
    assert speaker.end().strip() == f"{3 * len(ANY)} shown"
    done = subprocess.run(
        [FFSUP, "say", "a", b"\xff\xfe not UTF-8 \xc3"], env=d.env,
        capture_output=True, check=True, stdin=subprocess.DEVNULL, timeout=60)
    assert done.stdout == b"shown\n"
    for text in ("\0", "\u200b\u202e", "\n\t "):  # no comments
        reply = d.request("say", "a", text)
        assert not reply["ok"] and "needs a text" in reply["error"]
    out = frames(d)["out"]
    d.wait(lambda: frames(d)["out"] > out + FPS)
    assert running(d) == before
    assert_sum(counts(d))
    got = finish(d, nginx)
    top, bottom, most = int(H * AREA[0]), int(H * AREA[1]), 0
    for n in got.known():
        luma, chroma = got.touched(n)
        assert not luma[:top].any() and not luma[bottom:].any()
        assert not chroma[:top // 2].any() and not chroma[bottom // 2:].any()
        most = max(most, luma.sum())
    assert most > 5000


# --- labels ------------------------------------------------------------------

@pytest.mark.clock
@pytest.mark.slow
def test_label_changes_at_once(daemon, nginx):
    """The second frame after `ffsup text` at the latest has the new text."""
    d = daemon({"a": profile(nginx.url("o", "rec"), SCORE)}, env=painter(FAKE))
    come_in(d)
    d.wait(lambda: letters(seen(d)) == 3)
    told = []
    for n in range(4, 24):
        watch = Stopwatch(d)
        d.cli("text", "a", "score", "x" * n, check=OK)
        out = frames(d)["out"]  # the last one was sent without
        d.wait(lambda out=out: frames(d)["out"] > out + 3)
        told.append((n, out, watch.held()))
    got = finish(d, nginx)
    seen_at = [letters(y) for y in got.y]
    for n, out, held in told:
        late = seen_at.index(n) - out
        print(f"{n} letters: {late} frames after it was said")
        assert late < 2 + held * FPS


def test_label_texts(daemon, nginx, tmp_path):
    """A text is shown until it is taken back; one of a file is followed; one
    of an overlay that is off is not seen."""
    d = daemon({"a": profile(nginx.url("o"), SCORE)}, env=painter(FAKE))
    come_in(d)

    def shows(n):
        d.wait(lambda: letters(seen(d)) == n, 10, f"a label of {n} letters")

    shows(3)
    d.cli("text", "a", "score", "two", "words", check=OK)
    shows(8)
    d.cli("text", "a", "score", "{name} %H", check=OK)  # as it is
    shows(8)
    d.cli("text", "a", "score", check=OK)
    shows(3)
    d.cli("text", "a", "score", "", check=OK)
    shows(0)
    source = tmp_path / "score.txt"
    source.write_text("1:0\n")
    follow = subprocess.Popen(  # it outlives the daemon
        [FFSUP, "text", "a", "score", "--file", source], env={
            k: v for k, v in d.env.items() if k != MARKER})
    shows(3)
    for text in ("10:10\n", "", "x" * 12):
        source.with_suffix(".new").write_text(text)
        source.with_suffix(".new").rename(source)
        shows(len(text.strip()))
    d.stop()  # and a daemon that was restarted hears of it
    d.start()
    come_in(d)
    shows(12)
    follow.send_signal(signal.SIGINT)
    follow.wait(timeout=60)
    d.cli("overlay", "a", "score", "off", check=OK)
    shows(0)
    assert counts(d, "score")["on"] is False
    d.cli("overlay", "a", "score", "on", check=OK)
    shows(12)


def test_label_over_the_slate(daemon, nginx):
    """The slate has a text, for which the painter is started then and not
    before; the text changes, and goes, without a restart. New frames have
    none."""
    made = merge(profile(nginx.url("o"), parts=("25:50", "0:600")), {
        "fallback": {"slate_after": "1s"}, "watchdog": {"stall": "1h"}})
    d = daemon({"a": made}, env=painter(FAKE))

    def texts():
        """How many letters there are in the lower half, above the bars."""
        y = seen(d)[H // 2:H * 15 // 16 - 1]
        return max(runs(row > 150, True) for row in y)

    come_in(d)
    assert "ffsup/painter" not in d.log and texts() == 0
    before = running(d)
    d.wait(lambda: texts() == len("noframessince14:02"))
    assert "ffsup/painter: OFF -> STARTING" in d.log
    assert "painter" not in d.status("a")  # nothing else is drawn
    for label, n in (("{name} is away", 7), (False, 0), (True, 18)):
        d.write("a", merge(made, {"fallback": {"label": label}}))
        d.reload()
        d.wait(lambda n=n: texts() == n)
    assert running(d) == before
    d.write("a", merge(made, {"fallback": {"label": "{nick}"}}))
    done = d.cli("check", "-c", str(d.config))
    assert "{nick} is not one of" in done.stdout + done.stderr


def test_live_reload(daemon, nginx):
    """Every key of an overlay, and overlays themselves, change without a
    restart of anything."""
    d = daemon({"a": profile(nginx.url("o"), SCORE, CHAT)}, env=painter(FAKE))
    come_in(d)
    d.wait(lambda: letters(seen(d)) == 3)
    before = running(d)

    def becomes(*overlay):
        d.write("a", profile(nginx.url("o"), *overlay))
        d.reload()

    becomes(merge(SCORE, {"text": "longer"}), CHAT)
    d.wait(lambda: letters(seen(d)) == 6)
    becomes(merge(SCORE, {"text": "{name}", "at": "bottom-left",
                          "margin": 40}), CHAT)
    d.wait(lambda: letters(seen(d), H - 40 - HIGH) == 1 and not
           letters(seen(d)))
    becomes(merge(SCORE, {"size": 2 * SIZE}), CHAT)
    d.wait(lambda: runs(seen(d)[8 + HIGH * 3 // 2]) == 3)
    becomes(merge(SCORE, {"color": "#808080"}), CHAT)
    d.wait(lambda: runs(seen(d)[8 + HIGH // 2], 126) == 3)
    becomes(merge(SCORE, {"opacity": 0}), CHAT)
    d.wait(lambda: not letters(seen(d)))
    second = merge(SCORE, {"id": "second", "at": "top-right", "text": "xy"})
    becomes(SCORE, second, CHAT)
    d.wait(lambda: letters(seen(d)) == 5)
    becomes(second)
    d.wait(lambda: letters(seen(d)) == 2)
    done = d.cli("say", "a", "hello", check=FAILED)
    assert "no overlay of the kind" in done.stderr
    becomes()
    d.wait(lambda: letters(seen(d)) == 0)
    becomes(merge(SCORE, {"enabled": False}))
    assert letters(seen(d)) == 0
    d.cli("overlay", "a", "score", "on", check=OK)
    d.wait(lambda: letters(seen(d)) == 3)
    assert running(d) == before


@pytest.mark.slow
def test_clock(daemon, nginx):
    """A label with the time changes each second, by the real painter."""
    d = daemon({"a": profile(nginx.url("o", "rec"), merge(SCORE, {
        "text": "%S", "box": 1}))}, env=painter(REAL))
    come_in(d)
    d.wait(lambda: frames(d)["out"] > 8 * FPS)
    got = finish(d, nginx)
    place = got.y[:, 12:12 + SIZE, 10:26]
    at = [n for n in range(1, got.n) if (place[n] != place[n - 1]).any()][-5:]
    print("it changed at", at)
    assert len(at) == 5
    assert all(FPS - 5 <= b - a <= FPS + 5 for a, b in zip(at, at[1:]))


# --- images ------------------------------------------------------------------

def write_png(path, level, w=40, h=24):
    """Gray with alpha: whole at the left, half in the middle, none at the
    right."""
    rgba = np.full((h, w, 4), level, np.uint8)
    rgba[:, :, 3] = 255
    rgba[:, w // 4:3 * w // 4, 3] = 128
    rgba[:, 3 * w // 4:, 3] = 0
    new = path.with_suffix(".new")
    subprocess.run(
        [FFMPEG, "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgba",
         "-s", f"{w}x{h}", "-i", "-", "-frames:v", "1", "-c:v", "png", "-f",
         "image2", new], input=rgba.tobytes(), check=True)
    new.rename(path)


def test_image(daemon, nginx, tmp_path):
    """An image with transparency; another one in its place is seen; a broken
    file is told and the last one stays."""
    file = tmp_path / "logo.png"
    write_png(file, 255)
    d = daemon({"a": profile(nginx.url("o"), {
        "id": "logo", "kind": "image", "file": str(file), "at": "bottom-right",
        "margin": 20, "opacity": 1})}, env=painter(REAL))
    come_in(d)
    before = running(d)

    def part():
        return seen(d)[H - 20 - 24:H - 20, W - 20 - 40:W - 20]

    def is_gray():
        return (abs(part()[:, :10].astype(int) - 126) <= 1).all()

    d.wait(lambda: (part()[:, :10] == WHITE).all())
    now = part()
    assert (now[:, 10:30] > 120).all() and (now[:, 10:30] < 160).all()
    assert (now[:, 30:] < known.LUMA).all()
    write_png(file, 128)
    d.wait(is_gray)
    new = file.with_suffix(".bad")
    new.write_bytes(b"no image at all")
    new.rename(file)
    d.wait_event("a", "image .*logo.png of overlay \"logo\" cannot be used")
    assert is_gray()
    file.unlink()
    d.wait_event("a", "cannot be used: No such file")
    assert is_gray()
    write_png(file, 255)
    d.wait(lambda: (part()[:, :10] == WHITE).all())
    assert running(d) == before


def test_snap_is_what_is_sent(daemon, nginx):
    """ffsup snap shows what is laid over the frame; with --clean it does
    not."""
    d = daemon({"a": profile(nginx.url("o"), SCORE)}, env=painter(FAKE))
    come_in(d)
    d.wait(lambda: letters(seen(d)) == 3)
    for args, boxes in (((), 3), (("--clean",), 0)):
        y = seen(d, *args)
        number = known.number_of(y)
        assert number >= 0 and letters(y) == boxes
        touched = y != known.planes(number)[0]
        assert touched[8:8 + HIGH, 8:].any() == (boxes > 0)
        assert not touched[:8].any() and not touched[8 + HIGH:].any()


# --- the painter fails -------------------------------------------------------

def painter_pid(d):
    """The process of the painter, or None while there is none."""
    for pid in map(int, Path(
            f"/proc/{d.pid}/task/{d.pid}/children").read_text().split()):
        try:
            if os.readlink(f"/proc/{pid}/exe").endswith("paint"):
                return pid
        except OSError:
            pass
    return None


def losses(d):
    """Frames that were not new ones, or not sent, so far."""
    f = frames(d)
    return f["repeated"] + f["slate"] + f["dropped"] + f["late"] \
        + f["torn"]


def held_s(d):
    """How long the machine has held up the daemon, its producer or encoder."""
    pids = [d.pid, *(w["pid"] for w in d.status("a")["workers"])]
    return sum(map(runnable_ns, pids)) / 1e9 + machine_s()


def quietly(d, during):
    """While something happens, no more frames are repeated or dropped than in
    the two seconds before, in which nothing did. What the machine delayed is
    not counted."""
    begin, lost = frames(d)["out"], losses(d)
    d.wait(lambda: frames(d)["out"] >= begin + 2 * FPS)
    before, held = losses(d), held_s(d)
    begin, usual = frames(d)["out"], before - lost + 1
    result = during()
    now, held = losses(d) - before, held_s(d) - held
    usual *= max(1, (frames(d)["out"] - begin) / (2 * FPS))
    print(f"{now} lost, {usual:.1f} are usual, machine {held:.2f} s")
    assert now <= usual + 2 * held * FPS
    return result


def talk(d, stop, said):
    """Comments, ten a second, until it is told to stop."""
    speaker = Speaker(d)
    while not stop.wait(0.1):
        said[0] += 1
        speaker.say(f"comment {said[0]}")
    said[1] = speaker.end()


def kill_by_text(d):
    """Say what the painter dies of; what it painted just before is not to
    blame."""
    speaker = Speaker(d)
    for how in ("signal=11", "exit=1"):
        for n in range(2):
            speaker.say(f"innocent {n} of {how}")
        speaker.say(f"fake:{how}")
    assert speaker.end().strip() == "4 shown, 2 dropped"


@pytest.mark.clock
@pytest.mark.slow
def test_painter_killed(daemon, nginx):
    """The painter is killed eight times (20 with FFSUP_LONG) while comments
    come, and fed texts that kill it: no frame is late, the label stays, what
    came meanwhile is shown afterwards, a text that kills is dropped."""
    d = daemon({"a": profile(nginx.url("o", "rec"), SCORE, merge(
        CHAT, {"wait": "30s"}))}, env=painter(FAKE))
    come_in(d)
    d.wait(lambda: letters(seen(d)) == 3)
    before, said, stop = running(d), [0, ""], threading.Event()
    thread = threading.Thread(target=talk, args=(d, stop, said))
    thread.start()
    labelled = frames(d)["out"]

    def kill():
        for _ in range(20 if LONG else 8):
            pid = d.wait(lambda: painter_pid(d), 30)
            shown = counts(d)["shown"]
            os.kill(pid, signal.SIGKILL)
            d.wait(lambda pid=pid: painter_pid(d) not in (pid, None), 30)
            d.wait(lambda shown=shown: counts(d)["shown"] > shown, 30)

    try:
        quietly(d, kill)
        quietly(d, lambda: kill_by_text(d))
    finally:
        stop.set()
        thread.join()
    assert said[1].strip() == f"{said[0]} shown"
    n = counts(d)
    assert n["shown"] == said[0] + 4 and n["dropped"] == 2
    assert_sum(n)
    last = Speaker(d)
    last.say("after all")
    assert last.end().strip() == "1 shown"
    assert running(d) == before
    got = finish(d, nginx)
    assert all(letters(y) == 3 for y in got.y[labelled:])


@pytest.mark.slow
@pytest.mark.parametrize("lie", [
    "hang", "unsealed", "short", "bytes=999999999", "wrong=0", "format=gray",
    "nofile", "pipe", "garbage", "id=99", "flood=100"])
def test_painter_lies(daemon, nginx, lie):
    """A painter that hangs, or sends what is no tile, is replaced; the comment
    is dropped, or shown by the next one, and so is the one after it. Nothing
    else notices."""
    d = daemon({"a": profile(nginx.url("o"), SCORE, merge(
        CHAT, {"wait": "90s"}))}, env=painter(FAKE))
    come_in(d)
    d.wait(lambda: letters(seen(d)) == 3)
    before, pid = running(d), painter_pid(d)
    said = d.popen_cli("say", "a", f"fake:{lie} abc")
    d.wait(lambda: painter_pid(d) not in (pid, None), 40, "another painter")
    assert letters(seen(d)) == 3
    after = d.cli("say", "a", "after", timeout=100)
    assert after.stdout in ("shown\n", "waits\n"), after
    said.communicate(timeout=100)
    d.wait(lambda: counts(d)["shown"] + counts(d)["dropped"] == 2, 60)
    assert_sum(counts(d))
    assert running(d) == before


def test_painter_down(daemon, nginx, tmp_path):
    """One that never starts is in status and why, with an advice; the stream is
    live."""
    program = tmp_path / "paint"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    d = daemon({"a": profile(nginx.url("o"), SCORE)}, env=painter(program))
    come_in(d)
    d.wait(lambda: d.status("a")["painter"]["problem"])
    why = d.cli("why", "a", check=OK).stdout
    assert "the painter is down: labels stay, new comments wait" in why
    assert "install a font" in why
    page = d.cli("status", "a", check=OK).stdout
    assert re.search("Painter  (WAITING|STARTING)", page), page
    assert "the painter is down" in page


def test_no_painter(daemon, nginx, tmp_path):
    """Without one, the stream runs, say tells what is missing, check warns."""
    d = daemon({"a": profile(nginx.url("o"), SCORE, CHAT)},
               env={"FFSUP_PAINT": str(tmp_path / "none")})
    come_in(d)
    for args in (("say", "a", "hello"), ("text", "a", "score", "x"),
                 ("say", "a", "-")):
        done = d.cli(*args, check=FAILED)
        assert "ffsup-paint, which draws overlays, is not installed" \
            in done.stderr
    done = d.cli("check", "-c", str(d.config), check=OK)
    assert "ffsup-paint is not installed" in done.stdout + done.stderr
    for verb in ("status", "why"):
        assert "ffsup-paint is not installed" in d.cli(verb, "a").stdout
    number = known.number_of(seen(d))
    assert number >= 0


# --- too many ----------------------------------------------------------------

@pytest.mark.clock
@pytest.mark.slow
def test_1000_a_second(daemon, nginx):
    """Twenty clients say a thousand comments a second (for 8 s, or 30 with
    FFSUP_LONG): frames keep their time, memory stays, each comment is counted
    once, and nobody is sent away."""
    d = daemon({"a": profile(nginx.url("o"), merge(CHAT, {"merge": "0s"}))},
               env=painter(FAKE))
    come_in(d)
    seconds, clients, per = 30 if LONG else 8, 20, 50
    speakers = [Speaker(d) for _ in range(clients)]
    before, sent = running(d), [0]

    def flood(seconds):
        begin = time.monotonic()
        for tick in range(seconds * 10):
            time.sleep(max(0, begin + tick / 10 - time.monotonic()))
            for speaker in speakers:
                for _ in range(per // 10):
                    sent[0] += 1
                    speaker.say(f"c {sent[0]}")
        return time.monotonic() - begin

    d.wait(lambda: frames(d)["out"] > 4 * FPS)
    flood(3)
    memory = own_kib(d.pid)
    took = quietly(d, lambda: flood(seconds))
    d.wait(lambda: counts(d)["said"] == sent[0], 60, "all to be taken")
    grown = own_kib(d.pid) - memory
    for speaker in speakers:
        assert "lost" not in speaker.end()
    print(f"{sent[0]} said, {took:.1f} s, {counts(d)}, {grown} KiB more")
    assert took < seconds * 1.5
    n = counts(d)
    assert n["said"] == sent[0] and n["waiting"] == 0
    assert_sum(n)
    assert n["shown"] > 10 * seconds
    assert grown < 4096
    assert running(d) == before


def test_stream_that_does_not_send(daemon, nginx):
    """Comments are dropped when the stream stops, and refused until it sends
    again: nobody waits for ever, and none comes when it is old."""
    d = daemon({"a": profile(nginx.url("o"), merge(
        CHAT, {"max": 1, "duration": "60s", "wait": "60s"}))},
        env=painter(FAKE))
    come_in(d)
    assert d.cli("say", "a", "one", check=OK).stdout == "shown\n"
    listed = d.cli("overlay", "a", check=OK).stdout
    assert "on" in listed.split() and "1 visible, 0 waiting, 1 shown" in listed
    speaker = Speaker(d)
    speaker.say("two")
    d.wait(lambda: counts(d)["waiting"] == 1)
    d.tell("stop", "a")
    d.wait_state("a", "off")
    assert speaker.end().strip() == "1 dropped"
    done = d.cli("say", "a", "three", check=FAILED)
    assert "is not sending" in done.stderr
    speaker = Speaker(d)
    speaker.say("four")
    assert "is not sending" in speaker.end()
    d.tell("start", "a")
    come_in(d)
    n = counts(d)
    assert n["visible"] == n["waiting"] == 0
    assert_sum(n)
