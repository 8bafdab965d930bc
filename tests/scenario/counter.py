# SPDX-License-Identifier: ISC
"""Read the "counter" test picture (src/media/pattern.h) back from received video.

A grid of 16 x 8 black and white cells carries the picture's number, the wall
clock and a checksum; its first and last rows find a sheared picture.
"""

import subprocess

import numpy as np

COLS, ROWS = 16, 8
FIRST = np.arange(COLS) % 2 == 0


def middle(size, cells):
    """The middle third of each of so many cells along a side."""
    edges = [i * size / cells for i in range(cells + 1)]
    for left, right in zip(edges, edges[1:]):
        third = (right - left) / 3
        start = int(left + third)
        yield slice(start, max(start + 1, int(right - third)))


def grid(gray):
    """Mean brightness of the middle third of each cell."""
    h, w = gray.shape
    return np.array([[gray[row, col].mean() for col in middle(w, COLS)]
                     for row in middle(h, ROWS)])


def number_of(bits):
    value = 0
    for bit in bits.ravel():
        value = value << 1 | int(bit)
    return value


def is_straight(gray, threshold):
    """Whether the outermost lines have the colour of their cells. A picture
    that slipped by some bytes wraps round, and there white meets black: the
    first column then comes from the end of another row, the first row from
    the end of another picture."""
    h, w = gray.shape
    rows, cols = list(middle(h, ROWS)), list(middle(w, COLS))
    for edge, band, first in ((0, rows[0], FIRST), (h - 1, rows[-1], ~FIRST)):
        line = [gray[edge, col].mean() > threshold for col in cols]
        sides = [gray[band, x].mean() > threshold for x in (0, w - 1)]
        if (line != first).any() or sides != [first[0], first[-1]]:
            return False
    return True


def decode(gray):
    """(number, wall clock in ms), or None: no counter picture, or a sheared
    or mixed one."""
    cells = grid(gray)
    low, high = cells[0][~FIRST].max(), cells[0][FIRST].min()
    if high - low < 60:
        return None
    bits = cells > (low + high) / 2
    if (bits[0] != FIRST).any() or (bits[-1] == FIRST).any():
        return None
    # a cell that is neither black nor white is a seam of two pictures
    if (np.abs(cells - (low + high) / 2) < (high - low) / 5).any():
        return None
    if not is_straight(gray, (low + high) / 2):
        return None
    number, wall = number_of(bits[1:3]), number_of(bits[3:6])
    payload = number.to_bytes(4, "big") + wall.to_bytes(6, "big")
    if sum(payload) & 0xffff != number_of(bits[6]):
        return None
    return number, wall


def is_slate(gray):
    """No white anywhere above the slate's bars: black, or a dimmed picture
    (or one that was never a counter)."""
    return gray[:gray.shape[0] * 3 // 4].max() < 128


def judge(gray):
    """decode(), or "slate"."""
    return "slate" if is_slate(gray) else decode(gray)


def pnm(stream):
    """The pictures in a stream of PGM (h, w) or PPM (h, w, 3)."""
    while True:
        kind = stream.readline().strip()
        if kind not in (b"P5", b"P6"):
            return
        w, h = map(int, stream.readline().split())
        stream.readline()  # 255
        shape = (h, w) if kind == b"P5" else (h, w, 3)
        data = stream.read(int(np.prod(shape)))
        if len(data) < np.prod(shape):
            return
        yield np.frombuffer(data, np.uint8).reshape(shape)


def read_video(path, limit=None, timeout=300, what=decode, color=False):
    """Decode a file or URL; yield decode() (or `what`) of each picture, None
    included."""
    frames = ["-frames:v", str(limit)] if limit else []
    how = ["rgb24", "-c:v", "ppm"] if color else ["gray", "-c:v", "pgm"]
    with subprocess.Popen(
            ["timeout", str(timeout), "ffmpeg", "-v", "error", "-nostdin",
             "-i", str(path), "-map", "0:v:0", "-fps_mode", "passthrough",
             *frames, "-pix_fmt", *how, "-f", "image2pipe", "-"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as ffmpeg:
        yield from map(what, pnm(ffmpeg.stdout))


def read_pts(path):
    """Presentation times of the video packets in seconds, in order."""
    text = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
         "packet=pts_time", "-of", "csv=p=0", str(path)],
        check=True, capture_output=True, text=True, timeout=300).stdout
    return sorted(float(line.strip(",")) for line in text.split() if line[0]
                  in "-0123456789")


def gaps(pts, fps):
    """Where two pictures are more than two frame times apart, a thousandth
    for rounding: [(when, how long)]."""
    return [(a, round(b - a, 3)) for a, b in zip(pts, pts[1:])
            if b - a > 2 / fps + 0.001]
