# SPDX-License-Identifier: ISC
"""What it costs to find the pictures in H.264, beside memchr.

Real H.264 in memory, read over and over: the rates of a loop of memchr for the
byte that ends every start code, which is the least that a search can do, and
of what ffsup does, all in one run of one program.
"""

import subprocess

MEGABYTES = 64
LEAST = 2e9  # bytes a second of the scan, or as fast as memchr
NAMES = ("memchr", "start codes", "access units", "to MPEG-TS")


def material(bench):
    """1280x720 of a rich picture, some megabytes."""
    path = bench.rig.dir / "material.h264"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i",
         "mandelbrot=size=1280x720:rate=30", "-frames:v", "60", "-c:v",
         "libx264", "-preset", "ultrafast", "-tune", "zerolatency",
         "-profile:v", "high", "-coder", "cabac", "-pix_fmt", "yuv420p",
         "-b:v", "20000k", "-g", "30", str(path)],
        check=True, stdin=subprocess.DEVNULL, timeout=120)
    return path


def scan(bench):
    program = bench.compile_with_library("scan")
    path = material(bench)
    words = subprocess.run([program, path, str(MEGABYTES)], check=True,
                           capture_output=True, text=True,
                           timeout=120).stdout.split()
    return [float(word) for word in words]


def part(bench):
    print(f"\n{MEGABYTES} MB of H.264 in memory, the best of 5 rounds",
          flush=True)
    found = bench.measure("scan", scan, bench)
    if not found:
        return
    rates = found[:len(NAMES)]
    limit = min(LEAST, rates[0])
    for name, rate in zip(NAMES, rates):
        line = f"  {name:<14}{rate / 1e9:6.2f} GB/s"
        if name != NAMES[0]:
            line += f"   x memchr {rate / rates[0]:.2f}"
        if name == NAMES[1]:
            line += f"   aim {limit / 1e9:.2f} GB/s: " \
                    f"{'ok' if rate >= 0.95 * limit else 'under'}"
        print(line, flush=True)
    print(f"  ({found[-2]:.0f} start codes, {found[-1]:.0f} access units)",
          flush=True)
