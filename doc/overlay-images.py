#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Make doc/overlay-1.png and overlay-2.png: frames as a player receives them,
with comments, a score, a clock and a logo over them.

doc/overlay-images.py build/ffsup

The frames are a scene that is drawn here. The stream is encoded without loss
and goes through nginx-rtmp; each image is one frame of what a player receives
from there while 200 comments are said in ten seconds."""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "scenario"))
from harness import Nginx  # noqa: E402

COMMENTS, SECONDS, SEEN = 200, 10, 7  # the frame, so long after the first one
SAID = [
    "\u524d\u65b9\u9ad8\u80fd\uff01", "233333", "\u592a\u7f8e\u4e86\u5427 "
    "\U0001f60d", "hello from Lisbon \U0001f1f5\U0001f1f9",
    "\u0645\u0631\u062d\u0628\u0627 "
    "\u0628\u0627\u0644\u062c\u0645\u064a\u0639",
    "\U0001f525\U0001f525\U0001f525", "\u4e3b\u64ad\u8f9b\u82e6\u4e86",
    "\u304d\u308c\u3044\uff01", "\uc548\ub155\ud558\uc138\uc694", "GG",
    "\u7b2c\u4e00\u6b21\u770b\u76f4\u64ad", "what a view",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \U0001f64f",
    "\u8fd9\u662f\u54ea\u91cc\uff1f", "\u05e9\u05dc\u05d5\u05dd",
    "\u54c8\u54c8\u54c8\u54c8\u54c8",
    "\U0001f44f\U0001f44f bravo", "\u9001\u4f60\u4e00\u6735\u82b1 \U0001f339",
    "za\u017c\u00f3\u0142\u0107 g\u0119\u015bl\u0105 ja\u017a\u0144",
    "\u0421\u043f\u0430\u0441\u0438\u0431\u043e!"]
COLORS = ["#ffffff"] * 4 + ["#ffe14d", "#66d9ff", "#ff7eb6", "#8cff66"]
W, H = 960, 540
X, Y = np.arange(W), np.arange(H)[:, None]


def hills(seed, height, roughness):
    """The outline of hills: where each column begins."""
    dice = np.random.default_rng(seed)
    line = np.zeros(W)
    for k in range(1, 9):
        line += np.sin(X / 1.5 * k * roughness + dice.uniform(0, 7)) / k
    return H * height + line * 21


def sunset():
    """A sky, a sun, and three rows of hills."""
    t = Y / H + 0 * X
    image = np.stack([60 + 195 * t, 70 + 90 * t, 140 - 60 * t], axis=2)
    far = np.hypot(X - 630, Y - 322)
    image += np.clip(90 - far[..., None] / 3, 0, 90) * [1, 0.7, 0.3]
    image[far < 51] = (255, 226, 150)
    for n, color in enumerate(((112, 72, 98), (70, 48, 80), (30, 26, 48))):
        image[hills(n + 4, 0.62 + n * 0.12, 0.011 + n * 0.004) < Y] = color
    return image


def pitch():
    """Half of a football pitch, from above."""
    green = np.where(X // 96 % 2 == 0, 0.0, 12.0) + 0 * Y
    image = np.stack([46 + green, 118 + green, 52 + green], axis=2)
    center = np.hypot(X - W / 2, Y - H / 2)
    line = (abs(center - 105) < 2) | (abs(X - W / 2) < 2) & (Y > 0) \
        | (center < 6) | (abs(Y - 21) < 2) | (abs(Y - H + 21) < 2)
    for edge in (0, W):
        x, y = abs(X - edge), abs(Y - H / 2)
        line |= (abs(x - 165) < 2) & (y < 135)
        line |= (abs(y - 135) < 2) & (x < 165)
    image[line] = (232, 240, 232)
    return image


def profile(url, source, logo):
    return {
        "source": {"frames": {"size": f"{W}x{H}", "fps": 25, "command": [
            "ffmpeg", "-v", "error", "-re", "-loop", "1", "-i", str(source),
            "-pix_fmt", "bgr24", "-f", "rawvideo", "-"]}},
        "video": {"preset": "ultrafast", "options": {"qp": "0"}, "gop": "1s"},
        "outputs": [{"url": url}],
        "overlay": [
            {"id": "chat", "kind": "danmaku", "size": 22, "duration": "5s",
             "area": [0.1, 0.88]},
            {"id": "score", "kind": "label", "at": "top-right", "size": 28,
             "margin": 14, "text": "2 : 1", "box": 0.5},
            {"id": "time", "kind": "label", "at": "bottom-right", "size": 20,
             "margin": 14, "text": "%H:%M:%S  {fps} fps", "box": 0.5},
            {"id": "logo", "kind": "image", "at": "bottom-left",
             "margin": 14, "size": "64x64", "file": str(logo)}]}


def make_logo(path):
    """A ring and a dot, with soft edges."""
    ring = "hypot(X-63.5,Y-63.5)"
    alpha = f"255*max(clip(24-{ring},0,1)," \
        f"clip(62-{ring},0,1)*clip({ring}-46,0,1))"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i",
         "color=c=black:s=128x128,format=rgba,geq=r=255:g=96:b=48:"
         f"a='{alpha}'", "-frames:v", "1", str(path)], check=True)


def chat(ffsup, env):
    """A busy chat."""
    speaker = subprocess.Popen([ffsup, "say", "show", "-"], env=env, text=True,
                               stdin=subprocess.PIPE)
    dice = random.Random(7)
    for n in range(COMMENTS):
        text = SAID[n % len(SAID)]
        speaker.stdin.write(json.dumps({
            "text": text if n < len(SAID) else f"{text} {n}",
            "color": dice.choice(COLORS)}) + "\n")
        speaker.stdin.flush()
        time.sleep(SECONDS / COMMENTS)
    speaker.communicate(timeout=60)


def receive(url, out):
    """A frame, as a player gets it."""
    return subprocess.Popen(
        ["ffmpeg", "-v", "error", "-y", "-nostdin", "-i", url, "-ss",
         str(SEEN), "-frames:v", "1", "-pred", "mixed", out])


def make(ffsup, scene, out):
    with tempfile.TemporaryDirectory() as tmp:
        tmp = Path(tmp)
        env = {**os.environ, "FFSUP_SOCKET": str(tmp / "s")}
        (tmp / "p").mkdir()
        make_logo(tmp / "logo.png")
        (tmp / "scene.ppm").write_bytes(b"P6\n%d %d\n255\n" % (W, H) + np.clip(
            scene, 0, 255).astype(np.uint8).tobytes())
        nginx = Nginx(tmp)
        (tmp / "p" / "show.json").write_text(json.dumps(profile(
            nginx.url("show"), tmp / "scene.ppm", tmp / "logo.png")))
        (tmp / "c").write_text(json.dumps({"profiles": [str(tmp / "p")]}))
        daemon = subprocess.Popen([ffsup, "run", "-c", tmp / "c", "-s",
                                   tmp / "s"], env=env)
        try:
            nginx.wait_stream("show", 60)
            player = receive(nginx.url("show"), out)
            chat(ffsup, env)
            player.wait(60)
        finally:
            daemon.terminate()
            daemon.wait()
            nginx.stop()


if __name__ == "__main__":
    for k, made_of in enumerate((sunset(), pitch()), 1):
        make(os.path.abspath(sys.argv[1]), made_of, HERE / f"overlay-{k}.png")
