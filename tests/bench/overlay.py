# SPDX-License-Identifier: ISC
"""What it costs to lay comments over frames of 1920x1080, beside ffmpeg.

Comments of twelve signs of 36 pixels on a copy of a clean frame, as at each
beat, by the blender itself; and ffmpeg with 50 moving events of its filter
`ass` and with ten of `drawtext`: CPU time with the filter minus CPU time
without it. All in turn, the least of several rounds. Then the painter's CPU for
each comment that arrives, user and system together.
"""

import json
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

FORMATS = ("bgr24", "yuv420p")
ROUNDS = 3
FRAMES = 60
EVENTS = 50
TEXTS = 10
LANES = 24
AIM = 50  # comments
AIM_MS = 0.6
AIM_COPIES = 2.0
AIM_ASS = 15.0
AIM_ARRIVAL_MS = 0.3
ARRIVALS = 1000
SAID = ("\u524d\u65b9\u9ad8\u80fd\uff01 {}", "233333 {}", "\u592a\u7f8e\u4e86\u5427 "
        "\U0001f60d {}", "hello from Lisbon {}", "\u0645\u0631\u062d\u0628\u0627 "
        "\u0628\u0627\u0644\u062c\u0645\u064a\u0639 {}", "\u304d\u308c\u3044\uff01 {}",
        "\uc548\ub155\ud558\uc138\uc694 {}", "comment {} of the viewers")


# --- ffmpeg ----------------------------------------------------------------

HEADER = """[Script Info]
ScriptType: v4.00+
PlayResX: 1920
PlayResY: 1080

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BorderStyle, \
Outline, Shadow, Alignment
Style: Default,Sans,36,&H00FFFFFF,&H00000000,1,2,0,7

[Events]
Format: Layer, Start, End, Style, MarginL, MarginR, MarginV, Text
"""


def text(i):
    return f"comment {i} of the viewers"


def ass_file(bench):
    """Events that are all there for the whole time, and move."""
    path = bench.rig.dir / "comments.ass"
    with path.open("w") as f:
        f.write(HEADER)
        for i in range(EVENTS):
            x, y = 560 + i * 131 % 440 + i // LANES * 480, i % LANES * 44
            f.write("Dialogue: 0,0:00:00.00,0:01:00.00,Default,0,0,0,"
                    f"{{\\move({x},{y},{x - 1800},{y},0,8000)}}"
                    f"{text(i)}\n")
    return path


def drawtexts():
    return ",".join(
        f"drawtext=text='{text(i)}':fontsize=36:fontcolor=white:borderw=2:"
        f"x={250 + i * 131}-n*4:y={i * 44}" for i in range(TEXTS))


def ffmpeg_ms(pixfmt, filters):
    """CPU time of one ffmpeg that makes frames and throws them away."""
    chain = ",".join(filter(None, (f"format={pixfmt}", filters)))
    done = subprocess.run(
        ["ffmpeg", "-v", "info", "-benchmark", "-nostdin", "-f", "lavfi",
         "-i", f"color=gray:size=1920x1080:rate=25,{chain}", "-frames:v",
         str(FRAMES), "-c:v", "wrapped_avframe", "-f", "null", "-"],
        check=True, capture_output=True, text=True, timeout=300)
    found = re.search(r"utime=([\d.]+)s stime=([\d.]+)s", done.stderr)
    if found is None:
        raise ValueError("no -benchmark of ffmpeg")
    return sum(map(float, found.groups())) * 1e3


def ffmpeg(bench, pixfmt):
    """ms for each frame of 50 events of ass, and of ten drawtexts."""
    chains = (None, f"ass={ass_file(bench)}", drawtexts())
    least = [min(times) for times in zip(*(
        [ffmpeg_ms(pixfmt, chain) for chain in chains]
        for _ in range(ROUNDS)))]
    return [(ms - least[0]) / FRAMES for ms in least[1:]]


# --- ours ------------------------------------------------------------------

class Ours:
    """What the program blend says."""

    def __init__(self, words):
        self.share, self.copy_ms, self.build_ms, self.open_ms = words[:4]
        self.comments = dict(zip(map(int, words[4::2]), words[5::2]))

    def least(self, other):
        """The better of two rounds, number by number."""
        self.copy_ms = min(self.copy_ms, other.copy_ms)
        self.build_ms = min(self.build_ms, other.build_ms)
        self.open_ms = min(self.open_ms, other.open_ms)
        for n, ms in other.comments.items():
            self.comments[n] = min(self.comments[n], ms)
        return self


def blend(program, pixfmt):
    def once():
        words = subprocess.run([program, pixfmt], check=True, text=True,
                               capture_output=True, timeout=120).stdout
        return Ours([float(word) for word in words.split()])

    ours = once()
    for _ in range(ROUNDS - 1):
        ours = ours.least(once())
    return ours


# --- arrivals ----------------------------------------------------------------

class Painter:
    """ffsup-paint, asked for one comment after the other."""

    def __init__(self, program):
        self.sock, other = socket.socketpair(
            socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.proc = subprocess.Popen([program], stdin=other)
        other.close()
        self.sock.settimeout(60)
        self.sock.recv(4096)  # it is ready
        self.asked = 0

    def cpu_ms(self):
        stat = Path(f"/proc/{self.proc.pid}/schedstat").read_text()
        return int(stat.split()[0]) / 1e6

    def ask(self, n, pixfmt):
        for _ in range(n):
            self.asked += 1
            self.sock.send(json.dumps({
                "id": self.asked, "format": pixfmt, "size": 36, "outline": 2,
                "text": SAID[self.asked % len(SAID)].format(self.asked),
            }).encode())
            _, files, _, _ = socket.recv_fds(self.sock, 4096, 1)
            for fd in files:
                os.close(fd)

    def end(self):
        self.sock.close()
        self.proc.wait(20)


def arrival(program, pixfmt):
    """ms of CPU for a comment, in the best of a few rounds."""
    painter = Painter(program)
    painter.ask(50, pixfmt)
    times = []
    for _ in range(ROUNDS):
        begin = painter.cpu_ms()
        painter.ask(ARRIVALS // ROUNDS, pixfmt)
        times.append((painter.cpu_ms() - begin) / (ARRIVALS // ROUNDS))
    painter.end()
    return min(times), sum(times) / ROUNDS


def aim(value, limit, unit):
    return f"{limit:g} {unit}: {'ok' if value <= limit else 'over'}"


def print_ours(ours, pixfmt):
    print(f"  {pixfmt}: a copy of the frame {ours.copy_ms:.3f} ms,"
          f" {ours.share * 100:.0f} % of a comment are not empty")
    for n, ms in ours.comments.items():
        line = f"  {n:4d} comments  {ms:8.3f} ms"
        if n > 0:
            copies = ms / ours.copy_ms
            line += f"{copies:7.2f} copies"
            if n == AIM:
                line += f"   aim {aim(ms, AIM_MS, 'ms')}," \
                        f" {aim(copies, AIM_COPIES, 'copies')}"
        print(line)
    print(f"  one that comes: {ours.build_ms:.3f} ms to build,"
          f" {ours.open_ms:.3f} ms to check", flush=True)


def print_arrival(bench, pixfmt):
    program = bench.ffsup.parent / "ffsup-paint"
    if not program.exists():
        print("  ffsup-paint     skipped: it was not built")
        return
    times = bench.measure("ffsup-paint", arrival, program, pixfmt)
    if times:
        print(f"  one that comes: {times[0]:.3f} ms of the painter, mean"
              f" {times[1]:.3f}   aim {aim(times[1], AIM_ARRIVAL_MS, 'ms')}",
              flush=True)


def print_theirs(ours, theirs):
    for name, ms in zip((f"ass, {EVENTS}", f"drawtext, {TEXTS}"), theirs):
        line = f"  {name:<14}{ms:8.3f} ms"
        if ours:
            times = ms / ours.comments[AIM]
            line += f"   {times:.0f} x {AIM} of ours"
            if name.startswith("ass"):
                line += f", aim {AIM_ASS:g}:" \
                        f" {'ok' if times >= AIM_ASS else 'under'}"
        print(line, flush=True)


def part(bench):
    print("\ncomments on a frame of 1920x1080, CPU of one frame, the least"
          f" of {ROUNDS} rounds\n  (ffmpeg: {FRAMES} frames, with the filter"
          " minus without)", flush=True)
    program = bench.measure("blend", bench.compile_with_library, "blend")
    for pixfmt in FORMATS:
        ours = program and bench.measure("blend", blend, program, pixfmt)
        if ours:
            print_ours(ours, pixfmt)
        print_arrival(bench, pixfmt)
        if not shutil.which("ffmpeg"):
            print("  ffmpeg        skipped: it is not installed")
            continue
        theirs = bench.measure("ffmpeg", ffmpeg, bench, pixfmt)
        if theirs:
            print_theirs(ours, theirs)
