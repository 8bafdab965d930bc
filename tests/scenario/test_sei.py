# SPDX-License-Identifier: ISC
"""Comments inside the H.264: real ffmpeg, a real server, a reader of our own."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import (DAY, FFMPEG, FFSUP, ROOT, counter_profile, end_process,
                     free_port, has_encoder, wait_for)
from messages import annexb, comments, pull, texts
from test_camera import camera, film, hashes
from test_sources import ready_camera, socket, stream

SEI = {"id": "boxes", "kind": "sei"}
WEIRD = ["前方高能预警 😀👨‍👩‍👧", "مرحبا", "say \"hi\" \\ {name} %d", "x" * 1000,
         "é" * 500, "a  \t  b\u202e c!", "0"]
CLEAN = [*WEIRD[:5], "a b c!", "0"]


def speak(d, name, lines, *options):
    """Say lines for a while, as a chat does; what became of each."""
    text = "".join(json.dumps(x, ensure_ascii=False) + "\n" if
                   isinstance(x, dict) else x + "\n" for x in lines)
    done = subprocess.run(
        [FFSUP, "say", name, "-", "--json", *options], env=d.env, input=text,
        capture_output=True, text=True, timeout=120, check=False)
    return [json.loads(line).get("outcome")
            for line in done.stdout.splitlines() if '"n"' in line]


def say(d, *args, check=0):
    """Say one; what became of it."""
    done = d.cli("say", *args, "--json", check=check)
    return json.loads(done.stdout)["outcome"]


def counts(d, name="cam", at=0):
    return d.request("overlay", name)["data"]["overlay"][at]


def received(path, wanted):
    """Wait until these texts have come; they are all, and in order."""
    wait_for(lambda: texts(path)[-1:] == wanted[-1:], 30, "the last comment")
    assert texts(path) == wanted


def is_part(part, whole):
    """Whether frames follow each other in one list as they do in another that
    is played again and again."""
    whole = whole * (2 + len(part) // len(whole))
    return any(whole[i:i + len(part)] == part for i in range(len(whole)))


@pytest.mark.slow
def test_copied(daemon, nginx, tmp_path):
    """A file is copied to a server: what was said is in the stream, all of it
    and in order, and the frames are those of the file. About 15 s."""
    movie = film(tmp_path / "movie.h264", seconds=8, aud=0)
    mp4 = tmp_path / "movie.mp4"
    subprocess.run([FFMPEG, "-v", "error", "-i", movie, "-c", "copy", mp4],
                   check=True, stdin=subprocess.DEVNULL)
    d = daemon({"cam": {
        "source": {"files": [str(mp4)]}, "video": "copy", "overlay": [SEI],
        "outputs": [{"url": nginx.url("cam")}]}},
        env={"FFSUP_PAINT": "/nonexistent"})
    d.wait_state("cam", "live", timeout=20)
    nginx.wait_stream("cam")
    out = tmp_path / "out.h264"
    player = pull(nginx.url("cam"), out)
    wait_for(lambda: out.exists() and out.stat().st_size > 0, 20, "video")
    said = [f"number {i}" for i in range(40)] + CLEAN
    lines = [{"text": f"number {i}", "user": "eve", "color": "#f80",
              "mode": "top", "size": 20} for i in range(40)]
    began = time.time() * 1000
    assert speak(d, "cam", lines + [{"text": x} for x in WEIRD]) == \
        ["shown"] * len(said)
    assert say(d, "cam", "the", "end", "--user", "bob") == "shown"
    received(out, said + ["the end"])
    end_process(player)
    got = comments(out.read_bytes())
    assert {k: v for k, v in got[7].items() if k != "at"} == {
        "v": 1, "id": "boxes", "text": "number 7", "color": "#ff8800",
        "user": "eve", "mode": "top", "size": 20}
    assert {k: v for k, v in got[-1].items() if k != "at"} == {
        "v": 1, "id": "boxes", "text": "the end", "user": "bob"}
    assert all(began - 1 <= c["at"] <= time.time() * 1000 for c in got)
    frames = hashes(out)
    assert len(frames) > 25 and is_part(frames, hashes(mp4))
    now = counts(d)
    assert now["said"] == now["shown"] == len(said) + 1
    assert now["dropped"] == now["waiting"] == 0
    assert "paint" not in d.log


def test_camera_and_recording(daemon, nginx, tmp_path):
    """H.264 of a camera program: a server and a recording get the same, and a
    frame is lost to none."""
    movie = film(tmp_path / "film.h264")
    d = daemon({"cam": {
        "source": {"h264": {"command": camera(movie)}}, "overlay": [SEI],
        "outputs": [{"name": "web", "url": nginx.url("cam")},
                    {"name": "rec", "record": f"{tmp_path}/rec/%s.mkv",
                     **DAY}]}})
    d.wait_state("cam", "live", timeout=20)
    nginx.wait_stream("cam")
    out = tmp_path / "out.h264"
    player = pull(nginx.url("cam"), out)
    wait_for(lambda: out.exists() and out.stat().st_size > 0, 20, "video")
    said = [f"number {i}" for i in range(30)]
    assert speak(d, "cam", said) == ["shown"] * 30
    received(out, said)
    end_process(player)
    assert is_part(hashes(out), hashes(movie))
    d.cli("stop", "cam")
    d.wait_state("cam", "off")
    kept = next((tmp_path / "rec").glob("*.mkv"))
    assert [c["text"] for c in comments(annexb(kept))] == said
    assert is_part(hashes(kept), hashes(movie))


def test_h265(daemon, tmp_path):
    """H.265 of a file is copied into a recording, which has the comments."""
    if not has_encoder("libx265"):
        pytest.skip("this ffmpeg has no libx265")
    movie = tmp_path / "movie.mp4"
    subprocess.run(
        [FFMPEG, "-v", "error", "-f", "lavfi", "-i",
         "testsrc2=s=320x240:r=25:d=6", "-c:v", "libx265", "-preset",
         "ultrafast", "-x265-params", "log-level=error:keyint=25:bframes=0",
         movie], check=True, stdin=subprocess.DEVNULL)
    d = daemon({"cam": {
        "source": {"files": [str(movie)]}, "video": "copy", "overlay": [SEI],
        "outputs": [{"record": f"{tmp_path}/rec/%s.mkv", **DAY}]}})
    d.wait_state("cam", "live", timeout=20)
    said = [f"number {i}" for i in range(30)]
    assert speak(d, "cam", said) == ["shown"] * 30
    d.cli("stop", "cam")
    d.wait_state("cam", "off")
    kept = next((tmp_path / "rec").glob("*.mkv"))
    assert [c["text"] for c in comments(annexb(kept, "hevc"), True)] == said
    assert is_part(hashes(kept), hashes(movie))


def test_frames(daemon, nginx, tmp_path):
    """Frames are encoded, and one output has the comments inside. A hundred at
    once are no more than the encoder's frames can take."""
    d = daemon({"cam": counter_profile(
        tmp_path / "log", nginx.url("cam"), overlay=[SEI])})
    d.wait_state("cam", "live", timeout=20)
    nginx.wait_stream("cam")
    out = tmp_path / "out.h264"
    player = pull(nginx.url("cam"), out)
    wait_for(lambda: out.exists() and out.stat().st_size > 0, 20, "video")
    said = [f"number {i} {'.' * (i + 1)}" for i in range(100)]
    assert speak(d, "cam", said) == ["shown"] * 100
    received(out, said)
    end_process(player)


def test_many(daemon, tmp_path):
    """Four at once say 300 each, as fast as they are let: nothing is lost, and
    each one's comments are in order."""
    movie = film(tmp_path / "film.h264")
    d = daemon({"cam": {
        "source": {"h264": {"command": camera(movie)}}, "overlay": [SEI],
        "outputs": [{"record": f"{tmp_path}/rec/%s.mkv", **DAY}]}})
    d.wait_state("cam", "live", timeout=20)
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda who: speak(
            d, "cam", [{"text": f"{who} {i}", "user": who}
                       for i in range(300)]), "abcd"))
    assert done == [["shown"] * 300] * 4
    now = counts(d)
    assert (now["said"], now["shown"], now["waiting"]) == (1200, 1200, 0)
    d.cli("stop", "cam")
    d.wait_state("cam", "off")
    kept = next((tmp_path / "rec").glob("*.mkv"))
    got = comments(annexb(kept))
    assert len(got) == 1200
    for who in "abcd":
        assert [c["text"] for c in got if c["user"] == who] == \
            [f"{who} {i}" for i in range(300)]
    assert is_part(hashes(kept), hashes(movie))


def test_switched(daemon, nginx, tmp_path):
    """Off, blocked, said before: nothing of it is in the stream. All keys are
    live: no process is started anew."""
    movie = film(tmp_path / "film.h264")
    over = {**SEI, "merge": "1h", "block": ["bad"]}
    made = {"source": {"h264": {"command": camera(movie)}}, "overlay": [over],
            "outputs": [{"url": nginx.url("cam")}]}
    d = daemon({"cam": made})
    d.wait_state("cam", "live", timeout=20)
    nginx.wait_stream("cam")
    pids = [w["pid"] for w in d.status("cam")["workers"]]
    out = tmp_path / "out.h264"
    player = pull(nginx.url("cam"), out)
    wait_for(lambda: out.exists() and out.stat().st_size > 0, 20, "video")
    assert say(d, "cam", "one") == "shown"
    assert say(d, "cam", "one") == "merged"
    assert say(d, "cam", "not bad", check=1) == "blocked"
    d.cli("overlay", "cam", "boxes", "off", check=0)
    assert say(d, "cam", "two", check=1) == "dropped"
    d.cli("overlay", "cam", "boxes", "on", check=0)
    assert say(d, "cam", "three") == "shown"
    d.write("cam", {**made, "overlay": [{**SEI, "enabled": False}]})
    d.reload()
    assert say(d, "cam", "four", check=1) == "dropped"
    d.write("cam", {**made, "overlay": [{**SEI, "merge": 0,
                                         "block": ["^wo"]}]})
    d.reload()
    assert say(d, "cam", "one") == "shown"
    assert say(d, "cam", "one") == "shown"
    assert say(d, "cam", "bad") == "shown"
    assert say(d, "cam", "worse", check=1) == "blocked"
    d.cli("say", "cam", "five", "--color", "reddish", check=64)
    d.cli("text", "cam", "boxes", "five", check=1)
    d.cli("say", "cam", "five", "--id", "chat", check=1)
    assert say(d, "cam", "six", "--id", "boxes") == "shown"
    received(out, ["one", "three", "one", "one", "bad", "six"])
    end_process(player)
    assert [w["pid"] for w in d.status("cam")["workers"]] == pids
    now = counts(d)
    assert [now[k] for k in ("said", "shown", "dropped", "merged", "blocked")] \
        == [11, 6, 2, 1, 2]
    assert "boxes" in d.cli("overlay", "cam", check=0).stdout


def test_no_video(daemon):
    """A source that is away: a comment waits for it a few seconds, and who said
    it hears that. A stream that is stopped takes none."""
    d = daemon({"cam": {
        "source": {"url": f"tcp://127.0.0.1:{free_port()}",
                   "format": "mpegts"}, "video": "copy", "overlay": [SEI],
        "outputs": [{"url": "/dev/null", "format": "flv"}]}})
    assert say(d, "cam", "hello") == "waits"
    assert counts(d)["waiting"] == 1
    wait_for(lambda: counts(d)["dropped"] == 1, 10, "a verdict")
    now = counts(d)
    assert (now["said"], now["waiting"], now["waited"]) == (1, 0, 1)
    assert speak(d, "cam", ["hello"]) == ["dropped"]
    d.cli("stop", "cam")
    d.wait_state("cam", "off")
    done = d.cli("say", "cam", "hello", check=1)
    assert "not sending" in done.stderr


def test_both(daemon, tmp_path):
    """Without an id, the first overlay that takes comments is spoken to, of
    whatever kind."""
    def made(*kinds):
        return counter_profile(
            tmp_path / "log", "/dev/null", overlay=[
                {"id": k, "kind": k, **({"text": "x"} if k == "label" else {})}
                for k in kinds], outputs=[
                    {"url": "/dev/null", "format": "flv"}])
    d = daemon({"cam": made("label", "sei", "danmaku"),
                "dog": made("label", "danmaku", "sei")},
               env={"FFSUP_PAINT": str(_fakepaint())})
    d.wait_all(timeout=30)
    reply = d.request("say", "cam", "hello")
    assert (reply["data"]["id"], reply["data"]["outcome"]) == ("sei", "shown")
    assert d.request("say", "dog", "hello")["data"]["id"] == "danmaku"
    reply = d.request("say", "dog", "hello", id="sei")
    assert (reply["data"]["id"], reply["data"]["outcome"]) == ("sei", "shown")
    assert [o["id"] for o in d.request("overlay", "dog")["data"]["overlay"]] \
        == ["label", "danmaku", "sei"]
    # from a file: an object is one, whatever blanks are before it
    assert speak(d, "dog", ['\ufeff{"text": ""}', ' {"text": ""}', " {"]) \
        == [None, None, "shown"]


def _fakepaint():
    path = ROOT / "build" / "tests" / "fake" / "fakepaint"
    if not path.exists():
        pytest.skip("fakepaint was not built")
    return path


def test_sources(daemon, nginx, tmp_path):
    """Several sources: what is said while the first one has died waits for the
    second, and is in its video."""
    one, two = socket(), socket()
    first = ready_camera(one, "red")
    second = ready_camera(two, "blue")
    d = daemon({"cam": stream(one, two, video="copy", overlay=[SEI],
                              outputs=[{"url": nginx.url("cam")}])})
    d.wait_state("cam", "live", timeout=20)
    nginx.wait_stream("cam")
    out = tmp_path / "out.h264"
    player = pull(nginx.url("cam"), out)
    wait_for(lambda: out.exists() and out.stat().st_size > 0, 20, "video")
    assert say(d, "cam", "first") == "shown"
    received(out, ["first"])
    end_process(first)
    said = [f"number {i}" for i in range(30)]
    assert speak(d, "cam", said) == ["shown"] * 30
    received(out, ["first"] + said)
    end_process(player)
    end_process(second)
