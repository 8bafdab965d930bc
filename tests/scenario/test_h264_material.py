# SPDX-License-Identifier: ISC
"""H.264 of real encoders: what ffsup finds in it is what ffprobe finds, and
the MPEG-TS that it makes of it decodes to the same pictures."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from harness import FFMPEG, ROOT, patience

pytestmark = pytest.mark.plain

# profile_idc by ffprobe's name; what an encoder chooses is its own affair
PROFILES = {"Constrained Baseline": 66, "Baseline": 66, "Main": 77,
            "Extended": 88, "High": 100, "High 10": 110, "High 10 Intra": 110,
            "Multiview High": 118, "High 4:2:2": 122, "High 4:2:2 Intra": 122,
            "Stereo High": 128, "High 4:4:4": 144,
            "High 4:4:4 Predictive": 244, "High 4:4:4 Intra": 244,
            "CAVLC 4:4:4": 44}
CODE = re.compile(b"\0?\0\0\1")


def nal_units(data):
    """Start code and all, of each."""
    starts = [m.start() for m in CODE.finditer(data)]
    return [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)])]


def nal_type(unit):
    return unit[unit.index(b"\1") + 1] & 31


def brief(data):
    """Start codes of three bytes only."""
    return data.replace(b"\0\0\0\1", b"\0\0\1")


def once(data):
    """Parameter sets at the beginning only."""
    units = nal_units(data)
    first = [next(u for u in units if nal_type(u) == t) for t in (7, 8)]
    return b"".join(first + [u for u in units if nal_type(u) not in (7, 8)])


def with_filler(data):
    """As an encoder of constant bitrate: behind each picture."""
    filler = b"\0\0\1\x0c" + 40 * b"\xff" + b"\x80"
    return b"".join(u + filler * (nal_type(u) in (1, 5))
                    for u in nal_units(data))


X264 = {
    # name: (size, profile, x264's parameters, frames, changed by)
    "baseline": ("320x240", "baseline", "keyint=12", 30, None),
    "main": ("320x240", "main", "slices=2:keyint=12:bframes=0", 30, None),
    "high": ("320x240", "high", "slices=3:keyint=12:bframes=2", 30, None),
    "delimiters": ("176x144", "main", "slices=4:aud=1:keyint=9", 30, None),
    "854x480": ("854x480", "high", "slices=5:keyint=5", 12, None),
    "pyramid": ("320x240", "high",
                "slices=6:bframes=3:b-pyramid=normal:keyint=25", 60, None),
    "interlaced": ("352x288", "high", "slices=7:interlaced=1:keyint=9", 25,
                   None),
    "1920x1080": ("1920x1080", "high", "slices=8:bframes=0:keyint=4", 8,
                  None),
    "brief": ("320x240", "main", "slices=4:keyint=12:bframes=2", 30, brief),
    "once": ("320x240", "high", "slices=2:keyint=8:bframes=2", 30, once),
    "once-brief": ("320x240", "baseline", "aud=1:keyint=8", 30,
                   lambda data: brief(once(data))),
    "open-gop": ("320x240", "high", "open-gop=1:keyint=10:bframes=2", 50,
                 None),
    "intra-refresh": ("320x240", "high",
                      "intra-refresh=1:keyint=10:bframes=0", 40, None),
    "one-reference": ("320x240", "main", "ref=1:bframes=0:keyint=40:"
                      "min-keyint=40:scenecut=100", 50, None),
    "ten-bits": ("320x240", "high10", "keyint=12:bframes=2", 30, None),
    "4:2:2": ("320x240", "high422", "keyint=12:slices=2", 30, None),
    "4:4:4": ("321x241", "high444", "keyint=12:bframes=2", 30, None),
}
PIXELS = {"high10": "yuv420p10le", "high422": "yuv422p", "high444": "yuv444p"}


def run(*argv, **kw):
    done = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False,
                          timeout=patience(30), **kw)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


def x264(path, size, profile, params, frames, change):
    run(FFMPEG, "-v", "error", "-f", "lavfi", "-i",
        f"testsrc2=s={size}:r=25", "-frames:v", frames, "-c:v", "libx264",
        "-preset", "veryfast", "-profile:v", profile, "-pix_fmt",
        PIXELS.get(profile, "yuv420p"),
        "-x264-params", params, path)
    if change:
        path.write_bytes(change(path.read_bytes()))


GST = """
import sys
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
if not Gst.ElementFactory.find(sys.argv[1]):
    sys.exit(3)
pipe = Gst.parse_launch(sys.argv[2])
pipe.set_state(Gst.State.PLAYING)
what = pipe.get_bus().timed_pop_filtered(
    20 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
pipe.set_state(Gst.State.NULL)
sys.exit(0 if what and what.type == Gst.MessageType.EOS else 1)
"""


def gstreamer(path, encoder, options):
    done = subprocess.run(
        ["/usr/bin/python3", "-c", GST, encoder,
         "videotestsrc pattern=ball num-buffers=30 "
         "! video/x-raw,width=320,height=240,framerate=30/1 "
         f"! {encoder} {options} ! video/x-h264,stream-format=byte-stream "
         f"! filesink location={path}"], capture_output=True, text=True,
        stdin=subprocess.DEVNULL, check=False, timeout=patience(30))
    if done.returncode == 3 or "No module named 'gi'" in done.stderr \
            or "Namespace Gst not available" in done.stderr:
        pytest.skip(f"GStreamer's {encoder} is not installed")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def h264units():
    """The tool beside the fake ffmpeg."""
    fakeff = os.environ.get("FFSUP_FAKEFF", ROOT / "build/tests/fake/fakeff")
    tool = Path(fakeff).with_name("h264units")
    if not tool.exists():
        pytest.skip(f"{tool} is not built: make check_PROGRAMS")
    return tool


def probe(path):
    return json.loads(run(Path(FFMPEG).with_name("ffprobe"), "-v", "error",
                          "-show_packets", "-show_streams", "-of", "json",
                          path))


def pictures(path):
    """What each decodes to, in the order in which they are shown."""
    text = run(FFMPEG, "-v", "error", "-i", path, "-an", "-c:v", "rawvideo",
               "-fps_mode", "passthrough", "-f", "framemd5", "-").decode()
    return [line.split()[-1] for line in text.splitlines() if line[0] != "#"]


def check_units(tool, path, filler=0):
    """Sizes, key flags and the stream's properties, in pieces of all sizes.
    Filler is not a picture's: it is left out."""
    said = probe(path)
    stream, = said["streams"]
    want = [(int(p["size"]) - filler, p["flags"].startswith("K"))
            for p in said["packets"]]
    for piece in (65536, 1, 7):
        lines = run(tool, "-p", piece, path).decode().splitlines()
        words = [line.split() for line in lines]
        assert [(int(w[1]), w[2] == "1") for w in words[:-1]] == want, piece
        width, height, profile, level, _, garbage = map(int, words[-1][1:])
        assert (width, height) == (stream["width"], stream["height"])
        assert (profile, level) == (PROFILES[stream["profile"]],
                                    stream["level"])
        assert garbage == 0
    return words[:-1]


def check_pictures(tool, path):
    ts = path.with_suffix(".ts")
    ts.write_bytes(run(tool, "-t", 25, path))
    want = pictures(path)
    assert pictures(ts) == want
    return want


@pytest.mark.parametrize("name", X264)
def test_x264(h264units, tmp_path, name):
    """ffmpeg with libx264: profiles, one to eight slices, with and without
    delimiters, pictures out of order, short start codes, parameter sets once
    or before each key frame, cropped sizes, interlaced, open GOPs, intra
    refresh."""
    path = tmp_path / f"{name}.h264"
    x264(path, *X264[name])
    units = check_units(h264units, path)
    assert len(units) == X264[name][3]
    slices = re.search("slices=([0-9])", X264[name][2])
    assert {int(w[3]) for w in units} == {int(slices[1]) if slices else 1}
    assert len(check_pictures(h264units, path)) == len(units)


def test_filler(h264units, tmp_path):
    """Filler behind each slice is left out, and nothing else with it."""
    path = tmp_path / "filler.h264"
    x264(path, "320x240", "main", "keyint=12:bframes=2", 30, with_filler)
    units = check_units(h264units, path, filler=45)
    assert len(units) == 30


@pytest.mark.parametrize("encoder, options", [
    ("openh264enc", "gop-size=15 complexity=low"),
    ("openh264enc", "gop-size=10 slice-mode=n-slices num-slices=4"),
    ("x264enc", "tune=zerolatency key-int-max=15"),
])
def test_gstreamer(h264units, tmp_path, encoder, options):
    """GStreamer's encoders, as camera programs use them."""
    path = tmp_path / "gst.h264"
    gstreamer(path, encoder, options)
    units = check_units(h264units, path)
    assert len(units) == 30
    assert len(check_pictures(h264units, path)) == 30
