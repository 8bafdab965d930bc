# SPDX-License-Identifier: ISC
"""Three films in a folder among everything that people keep beside films, and
everything that goes wrong with files."""

import os
import re
import socket
import subprocess

import pytest
from harness import FFMPEG
from test_decoded import TINY, clip, shades
from test_files import NOISE, covered, sound

# Each is named once in a round, where it looks like a film.
BAD = ["empty.mp4", "cut.mp4", "noise.mkv", "text.mp4", "dangling.mp4",
       "folder.mp4", "pipe.mp4", "only-sound.mkv", "song.mp3", "song.wav"]


def film(path, number, *options, seconds=1, size="128x96", rate=10):
    """A clip as others make them."""
    shade = 40 * number
    subprocess.run(
        [FFMPEG, "-v", "error", "-y", "-f", "lavfi", "-i",
         f"color=#{shade:02x}{shade:02x}{shade:02x}:s={size}:r={rate}",
         *options, "-t", str(seconds), "-pix_fmt", "yuv420p", str(path)],
        check=True, stdin=subprocess.DEVNULL)


SURROUND = ["-f", "lavfi", "-i", "anullsrc=cl=5.1(side):r=44100", "-c:a",
            "ac3", "-shortest"]
STEREO = ["-f", "lavfi", "-i", "anullsrc=cl=stereo:r=48000", "-c:a", "aac",
          "-shortest"]


@pytest.fixture
def folder(tmp_path):
    """The strays: twenty kinds and more."""
    at = tmp_path / "films"
    at.mkdir()
    (at / "empty.mp4").write_bytes(b"")
    clip(at / "whole.mp4", 1)
    (at / "cut.mp4").write_bytes((at / "whole.mp4").read_bytes()[:-900])
    (at / "half.mp4.part").write_bytes(
        (at / "whole.mp4").read_bytes()[:-900])
    (at / "whole.mkv.crdownload").write_bytes(
        (at / "whole.mp4").read_bytes())
    (at / ".hidden.mp4").write_bytes((at / "whole.mp4").read_bytes())
    (at / "whole.mp4").unlink()
    (at / "noise.mkv").write_bytes(NOISE)
    (at / "text.mp4").write_text("not a film\n" * 50)
    (at / "dangling.mp4").symlink_to("/nosuch/film.mp4")
    (at / "folder.mp4").mkdir()
    (at / "extras").mkdir()
    os.mkfifo(at / "pipe.mp4")
    with socket.socket(socket.AF_UNIX) as s:
        here = os.getcwd()
        os.chdir(at)
        s.bind("socket")
        os.chdir(here)
    sound(at / "song.wav")
    subprocess.run(
        [FFMPEG, "-v", "error", "-f", "lavfi", "-i", "sine=d=1",
         str(at / "only-sound.mkv")], check=True, stdin=subprocess.DEVNULL)
    covered(at / "song.mp3")
    subprocess.run(
        [FFMPEG, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x48",
         "-frames:v", "1", str(at / "cover.jpg")], check=True,
        stdin=subprocess.DEVNULL)
    (at / "b.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nhm\n")
    (at / "b.sub").write_bytes(b"\0\0\1\xba" + NOISE)
    (at / "b.idx").write_text("# VobSub index file, v7\n")
    (at / "b.nfo").write_bytes(b"\xb0\xb1\xb2 nfo \xdb\xdb\n" * 20)
    (at / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1" + NOISE)
    (at / "desktop.ini").write_text("[.ShellClassInfo]\r\n")
    (at / ".DS_Store").write_bytes(b"\0\0\0\1Bud1" + NOISE)
    (at / "list.m3u").write_text("#EXTM3U\nb.mp4\nnosuch.mp4\n")
    (at / "b.torrent").write_bytes(b"d8:announce" + NOISE)
    (at / "b.zip").write_bytes(b"PK\3\4" + NOISE)
    return at


def names(d):
    """How often each file was named in the events."""
    told = [t for t in d.events("tv")
            if re.search("films/.*(is left out|was not played)", t, re.S)]
    return {name: sum(f"/{name} " in t for t in told) for name in BAD}, told


def play(daemon, folder, out, **over):
    d = daemon({"tv": {
        "source": {"files": [str(folder)]}, "outputs": [{"url": str(out)}],
        "restart": {"min": "60s", "max": "60s"}, **over}})
    d.wait_state("tv", "off", timeout=60)
    count, told = names(d)
    assert count == {name: 1 for name in BAD}, told
    for quiet in ("b.srt", "cover.jpg", "extras", "socket", "Thumbs", "list.m3u",
                  "b.nfo", "b.zip", "b.sub", "DS_Store", ".hidden",
                  "crdownload", "half"):
        assert not any(quiet in t for t in told), quiet
    assert "next start in" not in d.log
    return d


def odd_films(folder):
    """Names with everything in them, and films that differ in all."""
    film(folder / "a [x] 100%'s \"é\n.mkv", 2, *STEREO, "-c:v", "libx264")
    film(folder / ("-" + "f" * 250 + ".mp4"), 3, *SURROUND, "-c:v", "libx264",
         "-f", "mov", size="128x64", rate=25)
    film(folder / "z.webm", 5, "-c:v", "libvpx", size="96x96", rate="30000/1001")


@pytest.mark.parametrize("shape", ["fallback", "encoded", "outputs"])
def test_p6_folder_of_odd_films(daemon, folder, tmp_path, shape):
    """Films of other codecs, sizes, rates and sound play in turn as one
    stream, with no slate between them (it would be one more shade); each bad
    file is named once."""
    out = tmp_path / "out.mkv"
    odd_films(folder)
    over = {"video": TINY}
    if shape == "fallback":
        over["fallback"] = {}
    if shape == "outputs":
        over["outputs"] = [{"url": str(out)},
                           {"url": "/dev/null", "format": "matroska"}]
    play(daemon, folder, out, **over)
    assert [n for n in shades(out) if n != 0] == [3, 2, 5]


@pytest.mark.parametrize("shape", ["slate", "outputs", "direct"])
def test_p6_folder_copied(daemon, folder, tmp_path, shape):
    """The same where films of one codec are copied; sound that outputs do not
    take is encoded, and its film is played once."""
    out = tmp_path / "out.mkv"
    other = STEREO if shape == "direct" else SURROUND
    x264 = ["-c:v", "libx264", "-preset", "ultrafast"]
    film(folder / "a.mp4", 2, *STEREO, *x264)
    film(folder / "[m] %03d.mp4", 3, *other, *x264, seconds=2)
    film(folder / "-z.mp4", 5, *STEREO, *x264)
    over = {"video": "copy"}
    if shape == "slate":
        over["fallback"] = {}
    if shape == "outputs":
        over["outputs"] = [{"url": str(out)},
                           {"url": "/dev/null", "format": "matroska"}]
    play(daemon, folder, out, **over)
    assert [n for n in shades(out) if n != 0] == [5, 3, 2]


@pytest.mark.parametrize("shape", ["encoded", "copied"])
def test_p6_folder_damaged(daemon, tmp_path, shape):
    """A film that is cut off in its media is played as far as it goes, one of
    a codec that nobody knows is not; both are named once, with the fault, and
    neither takes an output off the air."""
    at, out = tmp_path / "films", tmp_path / "out.mkv"
    at.mkdir()
    x264 = ["-c:v", "libx264", "-preset", "ultrafast"]
    film(at / "a.mp4", 2, *STEREO, *x264)
    film(at / "whole.mp4", 3, *STEREO, *x264, "-movflags", "+faststart",
         seconds=3)
    whole = (at / "whole.mp4").read_bytes()
    (at / "whole.mp4").unlink()
    (at / "b.mp4").write_bytes(whole.replace(b"avc1", b"zzz9"))
    (at / "c.mp4").write_bytes(whole[:(whole.index(b"mdat") + len(whole)) // 2])
    film(at / "d.mp4", 5, *STEREO, *x264)
    d = daemon({"tv": {
        "source": {"files": [str(at)]}, "outputs": [{"url": str(out)}],
        "video": "copy" if shape == "copied" else TINY, "fallback": {},
        "restart": {"min": "60s", "max": "60s"}}})
    d.wait_state("tv", "off", timeout=60)
    told = [t for t in d.events("tv") if "was not played" in t]
    assert len(told) == 2, told
    assert "c.mp4 was not played to its end: " in told[1]
    assert re.search("b.mp4 was not played: .*codec", told[0]), told
    assert shape == "copied" or "cut off or damaged" in told[1], told
    assert not (tmp_path / "out_2.mkv").exists(), d.log
    assert [n for n in shades(out) if n != 0] == [2, 3, 5]
