# SPDX-License-Identifier: ISC
"""Files in lists and folders: one that cannot be played costs nobody else
anything."""

import os
import subprocess
import wave

import pytest
from harness import FFMPEG, frames_profile
from test_decoded import TINY, clip, decoded, shades

NOISE = bytes(range(7, 256, 3)) * 40  # no text, and no media


@pytest.fixture
def films(tmp_path):
    """An empty folder."""
    folder = tmp_path / "films"
    folder.mkdir()
    return folder


def sound(path):
    """A second of silence, and no picture."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(16000))


def listed(films, out, **source):
    """The films one after the other, encoded as one stream."""
    return {"source": {"files": [str(films)], **source}, "video": TINY,
            "isolate": True, "outputs": [{"url": str(out)}],
            "restart": {"min": "100ms", "max": "500ms"}}


def test_m1_strays_in_a_folder(daemon, films, tmp_path):
    """Subtitles, a poster, sound, noise, a named pipe and a folder among the
    films: the next film is played at once, and nothing is given up."""
    clip(films / "b.mp4", 2)
    clip(films / "y.mp4", 5)
    for n in range(4):
        (films / f"c{n}.mp4").write_bytes(NOISE + bytes([n]))
    (films / "a.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nhm\n")
    (films / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0" + NOISE)
    (films / "a").mkdir()
    os.mkfifo(films / "a.fifo")
    sound(films / "a.wav")
    d = daemon({"tv": decoded(
        str(tmp_path / "out.mkv"), {"files": [str(films)], "loop": True},
        restart={"min": "1m", "max": "1m"})})
    d.wait(lambda: d.worker("tv", "source")["run"] >= 14, 20, "two rounds")
    assert "source: STARTING -> HELD" not in d.log
    assert "next start in" not in d.log
    assert "a.srt" not in d.log and "a.fifo" not in d.log
    assert any("c1.mp4 was not played" in t for t in d.events("tv"))


def test_m1_round_without_a_picture(daemon, films, tmp_path):
    """A folder of nothing but sound and noise is tried after a delay, which
    comes once a round."""
    sound(films / "a.wav")
    (films / "b.mp4").write_bytes(NOISE)
    (films / "c.mp4").write_bytes(NOISE)
    d = daemon({"tv": decoded(
        str(tmp_path / "out.mkv"), {"files": [str(films)], "loop": True},
        restart={"min": "300ms", "max": "300ms"})})
    d.wait(lambda: d.worker("tv", "source")["run"] >= 9, 15, "three rounds")
    text = d.log
    assert 2 <= text.count("next start in") <= text.count("next file")
    clip(films / "d.mp4", 3)
    d.wait_state("tv", "live")


def test_m3_broken_last_file(daemon, films, tmp_path):
    """A list that is to end ends behind its last file, also when that is
    broken; each film is played once."""
    out = tmp_path / "out.mkv"
    clip(films / "a.mp4", 2)
    clip(films / "b.mp4", 5)
    (films / "c.mp4").write_bytes(NOISE)
    d = daemon({"tv": decoded(str(out), {"files": [str(films)]})})
    d.wait_state("tv", "off", timeout=15)
    assert [n for n in shades(out) if n != 0] == [2, 5]
    assert d.worker("tv", "source")["run"] == 3


@pytest.mark.parametrize("broken", ["noise", "text", "empty", "dangling",
                                    "cut"])
def test_m5_broken_file_in_a_loop(daemon, films, tmp_path, broken):
    """Without "fallback", too, what is behind a file that cannot be opened
    is played, and it is named."""
    out, bad = tmp_path / "out.mkv", films / "b.mp4"
    clip(films / "a.mp4", 2)
    clip(films / "c.mp4", 5)
    if broken == "dangling":
        bad.symlink_to("/nosuch/file")
    else:
        bad.write_bytes({"noise": NOISE, "text": b"hello\n" * 99, "empty": b"",
                         "cut": (films / "a.mp4").read_bytes()[:-1]}[broken])
    d = daemon({"tv": listed(films, out, loop=True)})
    d.wait(lambda: any(
        "b.mp4 is left out" in t or "b.mp4 was not played" in t
        for t in d.events("tv")))
    d.wait(lambda: d.worker("tv", "source")["run"] >= 5, 15,
           "the film behind it")
    d.tell("stop", "tv")
    d.wait_state("tv", "off")
    seen = shades(out)
    assert (2, 5) in zip(seen, seen[1:])


def test_m5_many_broken_files(daemon, films, tmp_path):
    """Three of them cost no more than the time to find them out: there is no
    delay that grows."""
    clip(films / "a.mp4", 2, 0.5)
    for n in range(3):
        (films / f"b{n}.mp4").write_bytes(NOISE + bytes([n]))
    clip(films / "c.mp4", 5)
    profile = listed(films, tmp_path / "out.mkv", loop=True)
    profile["restart"] = {"min": "1m", "max": "1m"}
    d = daemon({"tv": profile})
    d.wait(lambda: d.worker("tv", "source")["run"] >= 6, 30)
    assert "next start in" not in d.log


def test_m5_broken_file_in_a_list(daemon, films, tmp_path):
    """A list that is played once: the rest is played, each film once, and
    the broken one is named."""
    out = tmp_path / "out.mkv"
    clip(films / "a.mp4", 2)
    (films / "b.mp4").write_bytes(NOISE)
    clip(films / "c.mp4", 5)
    (films / "d\n.mp4").write_bytes(NOISE)
    d = daemon({"tv": listed(films, out)})
    d.wait_state("tv", "off", timeout=15)
    assert shades(out) == [2, 5]
    assert any("b.mp4 was not played" in t for t in d.events("tv"))


def audio(path, *options):
    """A second of sound."""
    subprocess.run(
        [FFMPEG, "-v", "error", "-f", "lavfi", "-i", "sine=d=1", *options,
         str(path)], check=True, stdin=subprocess.DEVNULL)


def covered(path):
    """The same with a cover."""
    audio(path, "-f", "lavfi", "-i", "color=red:s=64x48:d=1:r=1", "-map", "0",
          "-map", "1", "-c:v", "mjpeg", "-disposition:v", "attached_pic")


@pytest.mark.parametrize("shape", ["copy", "encoded", "decoded", "outputs",
                                   "slate"])
def test_m5_sound_without_video(daemon, films, tmp_path, shape):
    """Files without video, the first one, too, are left out, and each is
    named once; the films are played, and the list ends."""
    out = tmp_path / "out.mkv"
    audio(films / "0.mp3")
    clip(films / "a.mp4", 2)
    audio(films / "b.mp4", "-c:a", "aac")
    covered(films / "b.mp3")
    clip(films / "c.mp4", 5)
    covered(films / "d.m4a")
    profile = {"source": {"files": [str(films)]}, "video": "copy",
               "outputs": [{"url": str(out)}]}
    if shape in ("encoded", "decoded"):
        profile["video"] = TINY
    if shape == "encoded":
        profile["isolate"] = True
    if shape in ("decoded", "slate"):
        profile["fallback"] = {}
    if shape == "outputs":
        profile["outputs"] += [{"url": "/dev/null", "format": "matroska"}]
    d = daemon({"tv": profile})
    d.wait_state("tv", "off", timeout=20)
    assert [n for n in shades(out) if n != 0] == [2, 5]
    for name in ("0.mp3", "b.mp4", "b.mp3", "d.m4a"):
        text = f"{films / name} is left out: it has no video"
        assert d.log.count(text) == 1, name


def test_m5_sound_in_a_loop(daemon, films, tmp_path):
    """The film behind it is played in each round."""
    out = tmp_path / "out.mkv"
    clip(films / "a.mp4", 2)
    audio(films / "b.mp4", "-c:a", "aac")
    clip(films / "c.mp4", 5)
    d = daemon({"tv": {"source": {"files": [str(films)], "loop": True},
                       "video": "copy", "outputs": [{"url": str(out)}]}})
    d.wait(lambda: (d.worker("tv", "direct")["out_time_s"] or 0) > 3.2, 20,
           "the second round")
    assert d.worker("tv", "direct")["run"] == 1
    d.tell("stop", "tv")
    d.wait_state("tv", "off")
    assert shades(out)[:3] == [2, 5, 2]


def test_m5_only_sound_is_wanted(daemon, films, tmp_path):
    """Where no video is sent, a file without is as good as others."""
    audio(films / "a.mp3")
    audio(films / "b.mp3")
    d = daemon({"radio": {
        "source": {"files": [str(films)]}, "video": "none",
        "outputs": [{"url": str(tmp_path / "out.mka")}]}})
    d.wait(lambda: (d.worker("radio", "direct")["last"] or {}).get("class") ==
           "ended", 20, "the end")
    assert "left out" not in d.log


def test_m3_end_behind_a_broken_file(daemon, films, tmp_path):
    """A list whose last file cannot be opened has ended, as others do."""
    clip(films / "a.mp4", 2)
    (films / "b.ts").write_bytes(NOISE)
    d = daemon({"tv": {"source": {"files": [str(films)]}, "video": "copy",
                       "outputs": [{"url": str(tmp_path / "out.mkv")}]}})
    d.wait(lambda: "all files are played" in d.log, 20, "the end")
    d.wait_state("tv", "off")
    assert d.status("tv")["reason"] == "ended"


def test_m5_check_opens_a_file_once(daemons, films, tmp_path):
    """check asks ffmpeg once of a file that three streams play, and does not
    play it."""
    clip(films / "a.mp4", 2)
    (films / "b.mp4").write_bytes(NOISE)
    asked = tmp_path / "asked"
    program = tmp_path / "ff"
    program.write_text(f"#!/bin/sh\necho \"$@\" >>{asked}\n"
                       f"exec {FFMPEG} \"$@\"\n")
    program.chmod(0o755)
    d = daemons({f"tv{n}": listed(films, tmp_path / f"{n}.mkv", loop=n > 1)
                 for n in range(3)}, ffmpeg=program)
    said = d.cli("check", "-c", d.config, check=0).stderr
    assert said.count("b.mp4 cannot be played") == 3
    lines = [s for s in asked.read_text().splitlines() if "/b.mp4" in s]
    assert len(lines) == 1
    assert "-re" not in lines[0] and "-stream_loop" not in lines[0]


def test_m5_m15_check_names_them(daemons, films, tmp_path):
    """check opens every file, and knows of patterns without a match."""
    clip(films / "a.mp4", 2)
    (films / "b.mp4").write_bytes(NOISE)
    (films / "c.mp4").write_bytes(b"")
    subprocess.run(
        [FFMPEG, "-v", "error", "-f", "lavfi", "-i",
         "color=c=red:s=64x48:r=5", "-t", "1", "-c:v", "mpeg4",
         str(films / "d.mkv")], check=True, stdin=subprocess.DEVNULL)
    d = daemons({
        "tv": {"source": {"files": [str(films)]}, "video": "copy",
               "outputs": [{"url": str(tmp_path / "out.mkv")}]},
        "none": listed(f"{tmp_path}/*.nosuch", tmp_path / "out2.mkv")})
    said = d.cli("check", d.profiles, check=0).stderr
    assert "b.mp4 cannot be played" in said
    assert "c.mp4: it is empty" in said
    assert "d.mkv is mpeg4" in said and "a.mp4 is h264" in said
    assert "*.nosuch matches nothing" in said


def test_m9_m14_names_and_folders(daemon, films, tmp_path):
    """A folder without "fallback", and a file whose name looks like a
    pattern."""
    clip(films / "Film [abc].mp4", 2)
    copy = {"outputs": [{"url": "/dev/null", "format": "matroska"}]}
    d = daemon({
        "folder": {"source": {"files": [str(films)], "loop": True}, **copy},
        "film": {"source": {"files": [str(films / "Film [abc].mp4")],
                            "loop": True}, **copy},
        "decoded": decoded(str(tmp_path / "out.mkv"), {
            "files": [str(films / "Film [abc].mp4")], "loop": True})})
    d.wait_all()
    assert d.worker("decoded", "source")["run"] >= 1


def test_m15_nothing_to_play(daemon, films, tmp_path):
    """No file is no program that cannot be started."""
    d = daemon({
        "decoded": decoded(str(tmp_path / "out.mkv"), {
            "files": [f"{films}/*.mp4"], "loop": True}),
        "listed": listed(f"{films}/*.mp4", tmp_path / "out2.mkv")})
    for name in ("decoded", "listed"):
        last = d.wait(lambda n=name: d.worker(n, "source")["last"])
        assert last["class"] == "input"
        assert last["text"] == (
            f"no file to play: {films}/*.mp4 matches nothing")
    clip(films / "a.mp4", 2)
    d.wait(lambda: d.worker("decoded", "source")["state"] == "up")


def test_p8_still_picture(daemon, tmp_path):
    """A picture that is to stay is shown for ever, and is no end."""
    cover = tmp_path / "cover.jpg"
    subprocess.run(
        [FFMPEG, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x48",
         "-frames:v", "1", str(cover)], check=True, stdin=subprocess.DEVNULL)
    source = {"files": [str(cover)], "loop": True}
    d = daemon({
        "direct": {"source": source, "video": TINY, "audio": "silence",
                   "outputs": [{"url": "/dev/null", "format": "flv"}]},
        "decoded": decoded(str(tmp_path / "out.mkv"), source)})
    d.wait_all()
    for name, worker in ("direct", "direct"), ("decoded", "source"):
        d.wait(lambda n=name, w=worker: d.worker(n, w)["frame"] > 30)
        assert d.worker(name, worker)["run"] == 1


@pytest.mark.parametrize("sig,name", [(11, "SIGSEGV"), (6, "SIGABRT")])
def test_m5_crash_is_not_from_outside(faked, sig, name):
    """A program and an ffmpeg that crash are told so."""
    d = faked({"a": {"args": [f"fake:signal={sig}"]},
               "b": frames_profile(command=[
                   "sh", "-c", f"kill -{sig} $$"])})
    for stream, worker in (("a", "direct"), ("b", "producer")):
        last = d.wait(lambda s=stream, w=worker: d.worker(s, w)["last"])
        assert (last["signal"], last["class"]) == (name, "crash")
