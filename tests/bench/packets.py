# SPDX-License-Identifier: ISC
"""What it costs to send one encode to many, and what a death shows.

One 720p30 picture stream to 1, 2, 4 and 8 outputs: through ffsup, by one
encode for each output, and by ffmpeg's own tee muxer. All of them read the
same pictures, use the same codec settings and write FLV to /dev/null.
"""

import shlex
import subprocess
import time
from pathlib import Path

import frames
import proc

SIZE, FPS = "1280x720", 30
COUNTS = (1, 2, 4, 8)
WARM_S = 3.0
CODEC = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency",
         "-pix_fmt", "yuv420p", "-b:v", "2500000", "-maxrate", "2500000",
         "-bufsize", "2500000", "-g", "60", "-keyint_min", "60",
         "-sc_threshold", "0", "-bf", "0", "-an"]


def family(pid):
    """A process and all below it."""
    found, todo = {pid}, [pid]
    while todo:
        for child in proc.children(todo.pop()):
            found.add(child)
            todo.append(child)
    return found


def profile(bench, count, **over):
    return {
        "source": {"frames": {
            "size": SIZE, "fps": FPS, "pattern": "counter"}},
        "video": {"encoder": "libx264", "preset": "ultrafast",
                  "bitrate": "2500k"},
        "outputs": [{"name": f"o{i}", "url": "/dev/null", "format": "flv"}
                    for i in range(count)],
        "isolate": True, **over,
    }


def cpu_of(bench, pid, seconds):
    """Percent of one CPU that a process and those below it take."""
    time.sleep(WARM_S)
    return proc.cpu_percent(family(pid), seconds)


def all_live(daemon):
    try:
        return all(o["state"] == "live" for o in daemon.status()["outputs"])
    except OSError:  # it is not there yet
        return False


def weigh_ffsup(bench, count, seconds):
    daemon = frames.Daemon(bench, f"packets-{count}",
                           {"cam": profile(bench, count)}, "ffmpeg")
    try:
        proc.wait_for("outputs", lambda: all_live(daemon))
        return cpu_of(bench, daemon.pid, seconds)
    finally:
        daemon.stop()


def weigh_commands(bench, commands, seconds):
    """Whatever runs side by side, pictures on stdin from one maker each."""
    started = []
    try:
        for argv in commands:
            feed = f"{shlex.quote(str(bench.pump))} make {SIZE} {FPS}"
            started.append(bench.rig.start(
                ["sh", "-c", f'{feed} | "$@"', "sh", *argv],
                bench.rig.dir / "packets.log"))
        time.sleep(WARM_S)
        pids = set()
        for process in started:  # the encoders, not what makes pictures
            pids |= {p for p in family(process.pid)
                     if "ffmpeg" in Path(f"/proc/{p}/cmdline").read_text()
                     .split("\0")[0]}
        return proc.cpu_percent(pids, seconds)
    finally:
        bench.rig.stop(started)


def reader():
    return ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt",
            "bgr24", "-s", SIZE, "-framerate", str(FPS), "-probesize", "32",
            "-i", "pipe:0"]


def weigh_encodes(bench, count, seconds):
    return weigh_commands(bench, [
        [*reader(), *CODEC, "-f", "flv", "/dev/null"]] * count, seconds)


def weigh_tee(bench, count, seconds):
    slaves = "|".join(["[f=flv:onfail=ignore]/dev/null"] * count)
    return weigh_commands(bench, [
        [*reader(), *CODEC, "-flags", "+global_header", "-map", "0:v",
         "-f", "tee", slaves]], seconds)


def aim(value, limit):
    return f"aim {limit:.2f}: {'ok' if value <= limit else 'over'}"


def part_fanout(bench):
    seconds = bench.args.seconds / 2
    print(f"\none {SIZE} at {FPS} fps to many outputs: percent of one CPU, all"
          " processes together\n  (ffsup draws its pictures itself, which is"
          " in its figure)", flush=True)
    for count in COUNTS:
        ours = bench.measure("ffsup", weigh_ffsup, bench, count, seconds)
        each = bench.measure("encodes", weigh_encodes, bench, count, seconds)
        tee = bench.measure("tee", weigh_tee, bench, count, seconds)
        if not (ours and each and tee):
            continue
        line = f"  {count} outputs: ffsup{ours:7.1f}   {count} encodes" \
               f"{each:7.1f}   tee{tee:7.1f}   x encodes {ours / each:.2f}," \
               f" x tee {ours / tee:.2f}"
        if count == 4:
            line += f"   {aim(ours / each, 0.35)}; {aim(ours / tee, 1.15)}"
        print(line, flush=True)


def part_relay(bench):
    """Bytes a second through the relay, beside cat between two pipes."""
    seconds = min(5.0, bench.args.seconds)
    print("\nbytes through the relay as fast as they come, and cat in its"
          " place", flush=True)
    program = bench.measure("relaycat", bench.compile_with_library,
                            "relaycat")
    if not program:
        return
    cat = bench.measure("cat", weigh_cat, bench, seconds)
    if cat:
        print(f"  {'cat':<12}{cat / 1e9:6.2f} GB/s", flush=True)
    for outlets in (1, 4):
        out = subprocess.run([program, str(outlets), str(seconds)],
                             capture_output=True, text=True, check=True,
                             timeout=60).stdout.split()
        rate = float(out[0])
        line = f"  {f'{outlets} outlets':<12}{rate / 1e9:6.2f} GB/s in," \
               f" {float(out[1]) / 1e6:.2f} ms of CPU for a megabyte"
        if cat:
            line += f"   x cat {rate / cat:.2f}"
        print(line, flush=True)


def weigh_cat(bench, seconds):
    """head -c from zeros through cat: bytes a second."""
    begin = time.monotonic()
    amount = int(seconds * 1e9)
    subprocess.run(["sh", "-c", f"head -c {amount} /dev/zero | cat |"
                    " dd of=/dev/null bs=65536 2>/dev/null"], check=True,
                   timeout=120)
    return amount / (time.monotonic() - begin)


PARTS = {"fanout": part_fanout, "relay": part_relay}


def part(bench):
    bench.pump = bench.compile("pump")
    for name, function in PARTS.items():
        function(bench)
