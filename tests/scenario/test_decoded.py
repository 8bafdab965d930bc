# SPDX-License-Identifier: ISC
"""Cameras and files decoded into pictures: the encoder and its connection
outlive them."""

import re
import subprocess
import time

import pytest
from counter import gaps, read_pts, read_video
from harness import FFMPEG

TINY = {"encoder": "libx264", "preset": "ultrafast", "gop": "1s",
        "bitrate": "400k", "size": "160x120", "fps": 15}


def decoded(url, source, **over):
    return {"source": source, "video": TINY, "outputs": [{"url": url}],
            "fallback": {"slate_after": "1s"},
            "restart": {"min": "100ms", "max": "300ms"}, **over}


def clip(path, number, seconds=1):
    """A clip of one shade for each number, of another size and rate."""
    shade = 40 * number
    tmp = path.parent.parent / path.name
    subprocess.run(
        [FFMPEG, "-v", "error", "-y", "-f", "lavfi", "-i",
         f"color=#{shade:02x}{shade:02x}{shade:02x}:s=128x96:r=10", "-t",
         str(seconds), "-c:v", "libx264", "-preset", "ultrafast",
         "-pix_fmt", "yuv420p", str(tmp)], check=True,
        stdin=subprocess.DEVNULL)
    tmp.rename(path)


def shades(path):
    """Which clips were seen one after the other; 0 is the slate."""
    def shade(gray):
        h, w = gray.shape
        mean = gray[h // 4:h // 2, w // 4:w * 3 // 4].mean()
        return round((mean - 16) * 255 / 219 / 40)

    seen = list(read_video(path, what=shade))
    return [n for n, before in zip(seen, [None, *seen]) if n != before]


@pytest.mark.clock
@pytest.mark.slow
def test_camera_away_and_back(daemon, nginx, gst_rtsp):
    """An RTSP camera's server is killed and comes back: the server that we
    send to sees one connection and no gap; meanwhile the slate is on air.
    Takes about 15 s."""
    d = daemon({"cam": decoded(nginx.url("cam", "rec"),
                               {"url": gst_rtsp.url("play")})})
    status = d.wait_state("cam", "live", timeout=15)
    assert status["topology"] == "decoded"
    encoder = d.worker_pid("cam", "encoder")
    time.sleep(1)
    gst_rtsp.proc.kill()
    gst_rtsp.proc.wait()
    d.wait_reason("cam", "slate", timeout=8)
    d.wait(lambda: d.worker("cam", "source")["restarts"] > 0, 5)
    assert d.worker("cam", "source")["last"]["class"] in (
        "refused", "network", "ended")
    why = d.why("cam")
    assert why["worker"] == "source" and why["class"] != "none"
    gst_rtsp.start()
    d.wait_state("cam", "live", timeout=15)
    time.sleep(1)
    assert d.worker_pid("cam", "encoder") == encoder
    assert d.worker("cam", "encoder")["run"] == 1
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    assert nginx.publishes("cam") == 1
    session, = nginx.recorded("cam")
    assert gaps(read_pts(session), 15) == []


@pytest.mark.clock
@pytest.mark.slow
def test_playlist_without_end(daemon, nginx, tmp_path):
    """A folder of clips played round and round as one stream: a new file
    joins, a broken one is skipped and reported, the receiver sees one
    connection and no jump of time. Takes about 15 s."""
    folder = tmp_path / "clips"
    folder.mkdir()
    clip(folder / "a.mp4", 2)
    clip(folder / "c.mp4", 4)
    d = daemon({"tv": decoded(
        nginx.url("tv", "rec"), {"files": [str(folder)], "loop": True},
        fallback={"slate_after": "5s"})})
    d.wait_state("tv", "live", timeout=10)
    encoder = d.worker_pid("tv", "encoder")
    d.wait(lambda: d.worker("tv", "source")["run"] >= 3, 8)
    assert d.status("tv")["restarts"] == 0
    (folder / "b.mp4").write_bytes(b"\x07no film at all " * 100)
    clip(folder / "d.mp4", 5)
    d.wait(lambda: [t for t in d.events("tv") if re.search(
        r"tv: .*b\.mp4 was not played: .*\w", t)], 10, "word of b.mp4")
    run = d.worker("tv", "source")["run"]
    d.wait(lambda: d.worker("tv", "source")["run"] >= run + 4, 12)
    d.wait_state("tv", "live", timeout=5)
    assert d.worker_pid("tv", "encoder") == encoder
    d.tell("stop", "tv")
    d.wait_state("tv", "off")
    assert nginx.publishes("tv") == 1
    session, = nginx.recorded("tv")
    assert gaps(read_pts(session), 15) == []
    seen = [n for n in shades(session) if n != 0]
    assert seen[:3] == [2, 4, 2]
    assert (4, 5) in zip(seen, seen[1:]) and (5, 2) in zip(seen, seen[1:])


def test_playlist_to_its_end(daemon, tmp_path):
    """Without loop, each clip is played once, and then the stream is off:
    that is no failure."""
    folder, out = tmp_path / "clips", tmp_path / "out.mkv"
    folder.mkdir()
    clip(folder / "a.mp4", 2)
    clip(folder / "b.mp4", 5)
    d = daemon({"tv": decoded(str(out), {"files": [str(folder)]})})
    d.wait_state("tv", "off", timeout=12)
    assert d.status("tv")["restarts"] == 0
    assert d.worker("tv", "source")["run"] == 2
    assert [n for n in shades(out) if n != 0] == [2, 5]
    pts = read_pts(out)
    assert gaps(pts, 15) == []
    assert pts[-1] - pts[0] > 1.8
    d.cli("status", check=0)


def test_fallback_that_is_added_restarts(daemon, tmp_path):
    """A stream of one process becomes one of two: "fallback" that comes or
    goes restarts it."""
    with_it = decoded(str(tmp_path / "out.mkv"), {
        "url": "testsrc2=size=160x120:rate=15", "format": "lavfi"})
    without = {k: v for k, v in with_it.items() if k != "fallback"}
    d = daemon({"a": without})
    d.wait_state("a", "live")
    old = d.worker_pid("a")
    d.write("a", with_it)
    d.reload()
    assert any("1 restart" in t for t in d.events(None))
    d.wait(lambda: d.status("a")["topology"] == "decoded", 8)
    d.wait_state("a", "live")
    assert old not in [w["pid"] for w in d.status("a")["workers"]]
