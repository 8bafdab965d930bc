# SPDX-License-Identifier: ISC
"""What it costs to send one encode to many, and what a death shows.

One 720p30 picture stream to 1, 2, 4 and 8 outputs: through ffsup, by one
encode for each output, and by ffmpeg's own tee muxer. All of them read the
same pictures, use the same codec settings and write FLV to /dev/null.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

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


# --- the gap ----------------------------------------------------------------

LOOK = ("100000", "2000000")  # how far receivers look for picture and sound


class Camera:
    """A source with sound, which spares its readers five seconds of probing,
    and its server. Both die at once, and come back."""

    def __init__(self, bench, harness):
        self.server = harness.Nginx(bench.rig.mkdir("camera"))
        self.url = self.server.url("camera")
        self.process = bench.rig.start(
            ["sh", "-c", 'while true; do "$@"; done', "sh", "ffmpeg", "-v",
             "error", "-nostdin", "-re", "-f", "lavfi", "-i",
             f"testsrc2=size={frames.SMALL}:rate={FPS}", "-re", "-f", "lavfi",
             "-i", "sine=sample_rate=44100", "-c:a", "aac", "-c:v", "libx264",
             "-pix_fmt", "yuv420p", "-preset", "ultrafast", "-tune",
             "zerolatency", "-g", str(FPS), "-f", "flv", self.url],
            bench.rig.dir / "camera.log")
        self.server.wait_stream("camera")

    def die(self):
        os.kill(proc.children(self.process.pid).pop(), signal.SIGKILL)
        self.server.proc.kill()
        self.server.proc.wait()
        self.server.start()


class LoopedPull:
    """A loop of the shell for each output, each with a pull of its own."""

    def __init__(self, bench, camera, urls):
        self.processes = [bench.rig.start(
            ["sh", "-c", 'while true; do "$@"; done', "sh", "ffmpeg", "-v",
             "error", "-nostdin", "-i", camera.url, "-c", "copy", "-f", "flv",
             url], bench.rig.dir / "loop.log") for url in urls]

    def sender(self):
        """What sends to the first one."""
        return proc.children(self.processes[0].pid).pop()


class PulledByFfsup:
    """One pull, and a process for each output."""

    def __init__(self, bench, camera, urls):
        self.daemon = frames.Daemon(bench, "gap-packets", {"cam": {
            "source": {"url": camera.url},
            "outputs": [{"name": f"o{i}", "url": url}
                        for i, url in enumerate(urls)],
            "restart": {"healthy": "500ms"},
        }}, "ffmpeg")
        self.processes = [self.daemon.process]

    def sender(self):
        return next(w["pid"] for w in self.daemon.status()["workers"]
                    if w["name"] == "o0")


class Pull:
    """A candidate with two outputs, and who watches them."""

    def __init__(self, bench, camera, server, name, start):
        self.server = server
        self.names = [f"{name}{i}" for i in range(2)]
        urls = [server.url(n) for n in self.names]
        self.candidate = start(bench, camera, urls)
        for n in self.names:
            server.wait_stream(n, 30)
        self.receivers = [frames.Receiver(bench, url, LOOK) for url in urls]
        for n, receiver in zip(self.names, self.receivers):
            proc.wait_for(f"pictures of {n}",
                          lambda r=receiver: len(r.at) > FPS)
        self.calm, self.dead, self.other, self.source = [], [], [], []
        self.again = self.other_again = 0  # connections that were made anew

    def processes(self):
        return self.candidate.processes + [r.process for r in self.receivers]

    def connections(self, names):
        return sum(map(self.server.publishes, names))

    def gap(self, receiver, since):
        return proc.wait_for("the stream's return",
                             lambda: receiver.gap(since), 60)

    def stay_calm(self):
        """The gap of the other output while nobody dies."""
        self.calm.append(self.gap(self.receivers[1], time.monotonic_ns()))

    def kill_sender(self):
        """The gap of the output whose sender dies, and of the other one."""
        self.stay_calm()
        before = self.connections(self.names[1:])
        killed = time.monotonic_ns()
        os.kill(self.candidate.sender(), signal.SIGKILL)
        self.dead.append(self.gap(self.receivers[0], killed))
        self.other.append(self.gap(self.receivers[1], killed))
        self.other_again += self.connections(self.names[1:]) - before

    def wait_source(self, killed, before):
        """The longer gap of the two after the source died."""
        self.source.append(max(self.gap(r, killed) for r in self.receivers))
        self.again += self.connections(self.names) - before


PULLS = {"shell loop": ("loop", LoopedPull), "ffsup": ("ffsup",
                                                       PulledByFfsup)}


def gap_measure(bench, server, camera):
    """All side by side; senders are killed in turn, the source is one."""
    pulls = {name: Pull(bench, camera, server, *how)
             for name, how in PULLS.items()}
    try:
        for _ in range(bench.args.gaps):
            for pull in pulls.values():
                pull.kill_sender()
        for _ in range(bench.args.gaps):
            time.sleep(frames.LIVED_S)
            before = [p.connections(p.names) for p in pulls.values()]
            killed = time.monotonic_ns()
            camera.die()
            for pull, count in zip(pulls.values(), before):
                pull.wait_source(killed, count)
    finally:
        bench.rig.stop([p for pull in pulls.values()
                        for p in pull.processes()] + [camera.process])
    return pulls


def gap_print(name, times, tail):
    print(f"  {name:<14}median{median(times):7.0f} ms   min"
          f"{min(times):7.0f} ms   max{max(times):7.0f} ms{tail}", flush=True)


def gap_ratio(name, ours, theirs):
    if name != "ffsup":
        return ""
    return f"   x loop {median(ours) / median(theirs):.2f}"


def gap_print_all(pulls):
    loop = pulls["shell loop"]
    print("  the output whose ffmpeg gets SIGKILL")
    for name, pull in pulls.items():
        gap_print(name, pull.dead, gap_ratio(name, pull.dead, loop.dead))
    print(f"  the other output meanwhile (a frame time is {1000 / FPS:.0f}"
          " ms), how often it connected anew,\n  and the gap while nobody"
          " dies")
    for name, pull in pulls.items():
        gap_print(name, pull.other, f"   {pull.other_again} times, calm"
                  f" {median(pull.calm):.0f} ms")
    print("  both, when the source and its server get SIGKILL and come back"
          " at once: the longer gap,\n  and how often one of them connected"
          " anew")
    for name, pull in pulls.items():
        gap_print(name, pull.source, f"   {pull.again} times"
                  + gap_ratio(name, pull.source, loop.source))


def part_death(bench):
    sys.path.append(str(bench.here.parent / "scenario"))
    import harness  # its servers, only where they are needed
    print(f"\ngap at the receivers of RTMP, {frames.SMALL} at {FPS} fps pulled"
          f" from RTMP and sent to two, {bench.args.gaps} times each\n  (the"
          " shell loop: while true; do ffmpeg -i URL -c copy ...; done, one"
          " for each output)", flush=True)
    server = bench.measure("nginx", harness.Nginx, bench.rig.mkdir("death"))
    camera = server and bench.measure("camera", Camera, bench, harness)
    pulls = camera and bench.measure("gap", gap_measure, bench, server,
                                     camera)
    for nginx in (server, camera and camera.server):
        if nginx:
            nginx.stop()
    if pulls:
        gap_print_all(pulls)


PARTS = {"fanout": part_fanout, "relay": part_relay, "death": part_death}


def part(bench):
    bench.pump = bench.compile("pump")
    for name in frames.chosen(bench, PARTS):
        PARTS[name](bench)
