# SPDX-License-Identifier: ISC
"""What it costs, and wins, that ffsup stands between a program and ffmpeg.

Every number is taken the same way on all sides: the processor time that the
kernel counted for a process while its reader counted pictures.
"""

import json
import math
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from bisect import bisect_left, bisect_right
from statistics import median

import proc

SIZE, FPS = "1920x1080", 30
FAST = 4 * FPS
WAYS = ("vmsplice", "write")
SMALL = "640x360"  # where the codec is to cost little
BEAT_MAX = 1000  # the most that a profile takes: as fast as can be
LATENCIES = ("in all", "above the next beat", "above its own beat")
LIVED_S = 1.6  # before an encoder is killed
SETTLED_S = 2.5  # after that, before the gap is over: it has all begun anew
RECORD = struct.Struct("=qqq")  # struct record of pump.c
PYTHON = "/usr/bin/python3"  # the one that has numpy
PATIENCE = {"start": "1h", "stall": "1h", "producer": "1h"}
WARM_S = 4.0  # what queued up before the encoder ran is gone by then
STILL = 1e-3  # fps of a maker that makes one picture


def aim(value, limit):
    return f"aim {limit:.2f}: {'ok' if value <= limit else 'over'}"


def percentile(values, share):
    values = sorted(values)
    return values[math.ceil(share * len(values)) - 1]


class Log:
    """What the reader of pictures wrote down."""

    def __init__(self, path):
        self.path = path

    def count(self):
        if not self.path.exists():
            return 0
        return self.path.stat().st_size // RECORD.size

    def records(self):
        """(first_ns, last_ns, stamp_ns) of every picture."""
        if not self.path.exists():
            return []
        data = self.path.read_bytes()
        return list(RECORD.iter_unpack(data[:self.count() * RECORD.size]))

    def fresh(self, start=0):
        """Of the pictures from number `start` on, those of the producer that
        were not there before."""
        seen, out = set(), []
        for number, record in enumerate(self.records()):
            stamp = record[2]
            new = 0 < record[1] - stamp < 60e9 and stamp not in seen
            seen.add(stamp)
            if new and number >= start:
                out.append(record)
        return out


class Cost:
    """Of a process while a reader got pictures."""

    def __init__(self, cpu_ns, pictures, seconds):
        self.ms = cpu_ns / 1e6 / pictures
        self.rate = pictures / seconds


def weigh(pids, log, seconds, fresh=False):
    """Cost of the processes, each for itself, from now on."""
    before, start = [proc.cpu_ns(pid) for pid in pids], time.monotonic()
    count = log.count()
    time.sleep(seconds)
    after, end = [proc.cpu_ns(pid) for pid in pids], time.monotonic()
    count = len(log.fresh(count)) if fresh else log.count() - count
    if count == 0:
        raise ValueError("no pictures arrived")
    return [Cost(b - a, count, end - start) for a, b in zip(before, after)]


# --- what is measured ------------------------------------------------------

class Daemon:
    """One ffsup with some streams of pictures."""

    def __init__(self, bench, name, profiles, ffmpeg, env=None):
        self.bench = bench
        self.where = bench.rig.mkdir(f"frames-{name}")
        directory = self.where / "profiles"
        directory.mkdir()
        for stream, profile in profiles.items():
            path = directory / f"{stream}.json"
            path.write_text(json.dumps(profile))
        conf = self.where / "ffsup.json"
        conf.write_text(json.dumps({
            "ffmpeg": str(ffmpeg), "profiles": [str(directory)]}))
        self.sock = self.where / "sock"
        self.process = bench.rig.start(
            [str(bench.ffsup), "run", "-c", str(conf), "-s", str(self.sock)],
            self.where / "daemon.log", env)
        self.pid = self.process.pid

    def status(self, stream="cam"):
        with socket.socket(socket.AF_UNIX) as conn:
            conn.settimeout(5)
            conn.connect(str(self.sock))
            ask = {"v": 1, "cmd": "status", "args": [stream]}
            conn.sendall(json.dumps(ask).encode() + b"\n")
            with conn.makefile("rb") as answer:
                return json.loads(answer.readline())["data"]["streams"][0]

    def stop(self):
        self.bench.rig.stop([self.process])


def pump_profile(bench, log, fps, produce):
    """Made pictures into a reader that discards them. A maker that stands
    still is no reason for the slate."""
    return {
        "source": {"frames": {
            "size": SIZE, "fps": fps,
            "command": [str(bench.pump), "make", SIZE, f"{produce:g}"]}},
        "outputs": [{"url": "/dev/null", "format": "null"}],
        "watchdog": PATIENCE,
        "fallback": {"slate_after": "1h"},
        "env": {"PUMP_LOG": str(log.path)},
    }


def start_ffsup(bench, name, fps, produce, env=None):
    log = Log(bench.rig.dir / f"{name}.pictures")
    daemon = Daemon(bench, name,
                    {"cam": pump_profile(bench, log, fps, produce)},
                    bench.pump, env)
    try:
        proc.wait_for("pictures through ffsup",
                      lambda: log.fresh() and log.count() > 20)
    except BaseException:
        daemon.stop()
        raise
    return daemon, log


def weigh_ffsup(bench, way, fps, seconds, still=False):
    """ffsup between a maker and a reader. With a maker that stands still,
    only feeding is left: the picture is in memory, and sent again."""
    name = f"{way}-{fps}{'-still' if still else ''}"
    daemon, log = start_ffsup(bench, name, fps or BEAT_MAX,
                              STILL if still else fps, {"FFSUP_FEED": way})
    try:
        return weigh([daemon.pid], log, seconds, fresh=not still)
    finally:
        daemon.stop()


def start_pair(bench, name, argv, log):
    """A writer into our own reader; what runs, and the writer's pid."""
    reader, writer = os.pipe()
    read = [str(bench.pump), "read", SIZE, str(log.path)]
    into = bench.rig.start(read, bench.rig.dir / "log", stdin=reader)
    out = bench.rig.start(argv, bench.rig.dir / "log", stdout=writer)
    os.close(reader)
    os.close(writer)
    proc.wait_for(f"pictures of {name}", lambda: log.count() > 20)
    return out, into


def weigh_bare(bench, how, fps, seconds):
    """A bare loop into our reader: its cost, and the reader's."""
    log = Log(bench.rig.dir / f"{how}-{fps}.pictures")
    argv = [str(bench.pump), how, SIZE, str(fps)]
    pair = start_pair(bench, how, argv, log)
    try:
        return weigh([p.pid for p in pair], log, seconds)
    finally:
        bench.rig.stop(pair)


def weigh_copy(bench, fps, seconds):
    """A picture from memory to memory."""
    log = Log(bench.rig.dir / f"copy-{fps}.pictures")
    argv = [str(bench.pump), "copy", SIZE, str(fps), str(log.path)]
    process = bench.rig.start(argv, bench.rig.dir / "log")
    proc.wait_for("copies", lambda: log.count() > 20)
    try:
        return weigh([process.pid], log, seconds)
    finally:
        bench.rig.stop([process])


def weigh_sample(bench, fps, seconds):
    """The sample into our reader."""
    log = Log(bench.rig.dir / f"sample-{fps}.pictures")
    read = [str(bench.pump), "read", SIZE, str(log.path)]
    process = bench.rig.start(
        [PYTHON, str(bench.here / "sample.py"), SIZE, str(fps), *read],
        bench.rig.dir / "log")
    proc.wait_for("pictures of the sample", lambda: log.count() > 20)
    try:
        return weigh([process.pid], log, seconds)
    finally:
        bench.rig.stop([process])


# --- the cost of a picture -------------------------------------------------

def cost_print(name, costs):
    if costs:
        cost = costs[0]
        print(f"  {name:<28}{cost.ms:8.3f} ms{cost.rate:9.1f} /s",
              flush=True)


def cost_ratio(cost, what, base, limit=None):
    """A line under a cost: how many times another one it is."""
    if not cost or not base:
        return
    ratio = cost[0].ms / base
    tail = f", {aim(ratio, limit)}" if limit else ""
    print(f"{'':16}x {what} {ratio:.2f}{tail}", flush=True)


def part_cost(bench, fps):
    seconds = bench.args.seconds / 2
    print(f"\nCPU per picture, {SIZE} bgr24 at {fps} fps,"
          f" over {seconds:g} s each", flush=True)

    def take(name, function, *args):
        cost = bench.measure(name, function, bench, *args)
        cost_print(name, cost)
        return cost

    sample = take("the Python sample", weigh_sample, fps, seconds)
    write = take("bare write loop", weigh_bare, "write", fps, seconds)
    lend = take("bare vmsplice loop", weigh_bare, "vmsplice", fps, seconds)
    copy = take("one copy, memcpy", weigh_copy, fps, seconds)
    read = write and write[1:]
    cost_print("one copy, pipe read", read)
    for way in WAYS:
        feed = take(f"ffsup {way}, feeding", weigh_ffsup, way, fps, seconds,
                    True)
        cost_ratio(feed, "sample", sample and sample[0].ms, 1 / 3)
        cost_ratio(feed, "bare vmsplice", lend and lend[0].ms)
        both = take(f"ffsup {way}, in and out", weigh_ffsup, way, fps,
                    seconds)
        cost_ratio(both, "sample", sample and sample[0].ms, 1 / 3)
        cost_ratio(both, "(vmsplice + pipe read)",
                   lend and read and lend[0].ms + read[0].ms, 1.5)
        cost_ratio(both, "(vmsplice + memcpy)",
                   lend and copy and lend[0].ms + copy[0].ms, 1.5)


def part_speed(bench):
    """Through ffsup only new pictures count, not those it repeats because
    the beat is faster than the maker."""
    seconds = bench.args.seconds / 2
    print(f"\npictures a second, {SIZE} bgr24, as fast as the reader takes"
          " them; CPU of the writer", flush=True)
    cost_print("the Python sample", bench.measure(
        "sample", weigh_sample, bench, 0, seconds))
    for way in ("write", "vmsplice"):
        cost_print(f"bare {way} loop", bench.measure(
            way, weigh_bare, bench, way, 0, seconds))
    for way in WAYS:
        cost_print(f"ffsup {way}", bench.measure(
            f"ffsup {way}", weigh_ffsup, bench, way, 0, seconds))
        cost_print(f"ffsup {way}, repeating", bench.measure(
            f"ffsup {way}", weigh_ffsup, bench, way, 0, seconds, True))


# --- latency ---------------------------------------------------------------

def latency_phase(records, frame_ns):
    """When in a frame time the beat is: where most first bytes are within
    the next two milliseconds, however late a busy machine makes others."""
    offsets = sorted(first % frame_ns for first, _, _ in records)
    again = [o + frame_ns for o in offsets]

    def company(at):
        return bisect_right(offsets + again, at + 2e6) - bisect_left(
            offsets, at)
    return max(offsets, key=company)


def latency_split(record, phase, frame_ns):
    """Of one picture, in ms: in all; without the wait for the next beat;
    from the beat that took it."""
    first, last, stamp = record
    pacing = (phase - stamp) % frame_ns
    late = (first - phase + 1e6) % frame_ns - 1e6
    return [ns / 1e6 for ns in (
        last - stamp, last - stamp - pacing, last - first + late)]


def latency_measure(bench):
    # A camera is never locked to our beat: this one comes at every phase.
    daemon, log = start_ffsup(bench, "latency", FPS, FPS * 0.997)
    try:
        time.sleep(WARM_S)
        start = log.count()
        time.sleep(bench.args.seconds)
    finally:
        daemon.stop()
    frame_ns = 1e9 / FPS
    records = log.fresh(start)
    phase = latency_phase(records, frame_ns)
    return list(zip(*(latency_split(r, phase, frame_ns) for r in records)))


def part_latency(bench):
    frame_ms = 1000 / FPS
    print(f"\nlatency from a maker's last byte to the encoder's last byte,"
          f" {SIZE} bgr24 at {FPS} fps\n  (a picture waits for the next"
          f" beat, up to {frame_ms:.1f} ms, by design, or for one more where"
          " the maker's\n  pauses vary and another one was before it)",
          flush=True)
    found = bench.measure("latency", latency_measure, bench)
    if not found:
        return
    for name, values in zip(LATENCIES, found):
        p50, p99 = percentile(values, 0.5), percentile(values, 0.99)
        line = f"  {name:<22}p50{p50:7.2f} ms   p99{p99:7.2f} ms" \
               f"   max{max(values):7.2f} ms"
        if name != LATENCIES[0]:
            share = p99 / frame_ms
            line += f"   p99 {share:.2f} frame times, {aim(share, 0.1)}"
        print(line, flush=True)
    late = sum(value > frame_ms for value in found[1])
    print(f"  {late} of {len(found[1])} pictures went with a later beat than"
          " the next one")


# --- four streams ----------------------------------------------------------

def four_measure(bench):
    logs = [Log(bench.rig.dir / f"four{i}.pictures") for i in range(4)]
    daemon = Daemon(bench, "four", {
        f"cam{i}": pump_profile(bench, log, FPS, FPS)
        for i, log in enumerate(logs)}, bench.pump)
    try:
        for log in logs:
            proc.wait_for("pictures", lambda l=log: len(l.fresh()) > 20)
        time.sleep(2)
        before = sum(log.count() for log in logs)
        start = time.monotonic()
        cpu = proc.cpu_percent([daemon.pid], bench.args.seconds / 2)
        seconds = time.monotonic() - start
        rate = (sum(log.count() for log in logs) - before) / seconds
        return cpu, rate, proc.memory_kb(daemon.pid)[0] / 1024
    finally:
        daemon.stop()


def part_four(bench):
    found = bench.measure("four streams", four_measure, bench)
    if found:
        cpu, rate, rss_mb = found
        print(f"\nfour streams of {SIZE} bgr24 at {FPS} fps at once:"
              f" {cpu:.1f} % of one CPU for ffsup itself,\n"
              f"  {rate:.1f} pictures a second in all,"
              f" {rss_mb:.0f} MB RSS with their pools", flush=True)


# --- the gap ---------------------------------------------------------------

class Receiver:
    """Pulls a stream, and notes when packets of its pictures arrive. With
    sound it has to look longer for them."""

    def __init__(self, bench, url, look=("32", "0")):
        self.at = []  # ns
        self.process = bench.rig.start(
            ["ffmpeg", "-v", "error", "-nostdin", "-fflags", "nobuffer",
             "-probesize", look[0], "-analyzeduration", look[1], "-i", url,
             "-map", "0:v", "-c", "copy", "-f", "h264", "-flush_packets",
             "1", "pipe:1"], bench.rig.dir / "receiver.log",
            stdout=subprocess.PIPE)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while os.read(self.process.stdout.fileno(), 1 << 20):
            self.at.append(time.monotonic_ns())

    def gap(self, killed):
        """Longest silence since a kill, in ms; None while it may last."""
        now = time.monotonic_ns()
        times = [t for t in self.at if t > killed - 1e8]
        if now - killed < 1e9 * SETTLED_S or \
                sum(t > now - 1e9 for t in times) < FPS / 2:
            return None
        return max(b - a for a, b in zip(times, times[1:])) / 1e6


def encode(url):
    """How the sample's ffmpeg sends; codec settings as ffsup's."""
    return ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-vcodec",
            "rawvideo", "-pix_fmt", "bgr24", "-s", SMALL, "-r", str(FPS),
            "-i", "-", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset",
            "ultrafast", "-tune", "zerolatency", "-g", "60", "-f", "flv", url]


class LoopedSample:
    """The sample in a loop of the shell."""

    def __init__(self, bench, name, url):
        argv = [PYTHON, str(bench.here / "sample.py"), SMALL, str(FPS),
                *encode(url)]
        self.process = bench.rig.start(
            ["sh", "-c", 'while true; do "$@"; done', "sh", *argv],
            bench.rig.dir / f"{name}.log")

    def encoder(self):
        python = proc.children(self.process.pid).pop()
        return proc.children(python).pop()


class FedByFfsup:
    """A maker through ffsup, with or without a spare encoder, and a process
    of its own for the output."""

    def __init__(self, bench, name, url, standby, isolate=False):
        profile = {
            "source": {"frames": {
                "size": SMALL, "fps": FPS,
                "command": [str(bench.pump), "make", SMALL, str(FPS)]}},
            "video": {"encoder": "libx264", "preset": "ultrafast"},
            "outputs": [{"url": url}],
            "standby": standby,
            "isolate": isolate,
            "restart": {"healthy": "500ms"},
        }
        self.daemon = Daemon(bench, name, {"cam": profile}, "ffmpeg")
        self.process = self.daemon.process

    def encoder(self):
        fed = [w["pid"] for w in self.daemon.status()["workers"]
               if w["role"] == "encoder" and not w.get("spare")]
        return fed[0]


def gap_kill(candidate, receiver):
    """Kill the encoder, one time; the gap in ms."""
    alive = len(receiver.at)
    time.sleep(LIVED_S)
    if len(receiver.at) < alive + LIVED_S * FPS / 2:
        raise ValueError("the stream is not steady")
    killed = time.monotonic_ns()
    os.kill(candidate.encoder(), 9)
    return proc.wait_for("the stream's return", lambda: receiver.gap(killed))


def gap_start(bench, server, name, start):
    """One candidate on air, and its receiver."""
    candidate = start(bench, f"gap-{name}", server.url(name))
    server.wait_stream(name)
    receiver = Receiver(bench, server.url(name))
    proc.wait_for(f"pictures of {name}", lambda: len(receiver.at) > FPS)
    return candidate, receiver


CANDIDATES = {
    "sample": LoopedSample,
    "ffsup": lambda b, n, u: FedByFfsup(b, n, u, False),
    "standby": lambda b, n, u: FedByFfsup(b, n, u, True),
    "isolated": lambda b, n, u: FedByFfsup(b, n, u, False, True),
    "both": lambda b, n, u: FedByFfsup(b, n, u, True, True),
}


def gap_measure(bench, server):
    """All side by side and killed in turn, so that noise hits all alike."""
    running = {name: gap_start(bench, server, name, start)
               for name, start in CANDIDATES.items()}
    took = {name: [] for name in running}
    try:
        for _ in range(bench.args.gaps):
            for name, (candidate, receiver) in running.items():
                took[name].append(gap_kill(candidate, receiver))
    finally:
        bench.rig.stop([p.process for pair in running.values()
                        for p in pair])
    return took


def part_gap(bench):
    sys.path.append(str(bench.here.parent / "scenario"))
    import harness  # its servers, only where they are needed
    print(f"\ngap at the receiver of RTMP when the encoder gets SIGKILL,"
          f" {SMALL} at {FPS} fps, {bench.args.gaps} times each, in turn",
          flush=True)
    server = bench.measure("nginx", harness.Nginx, bench.rig.dir)
    took = server and bench.measure("gap", gap_measure, bench, server)
    if server:
        server.stop()
    if not took:
        return
    base = median(took["sample"])
    for name, limit in (("sample", None), ("ffsup", 1 / 2),
                        ("standby", 1 / 4), ("isolated", None),
                        ("both", None)):
        times = took[name]
        line = f"  {name:<14}median{median(times):7.0f} ms   min" \
               f"{min(times):7.0f} ms   max{max(times):7.0f} ms"
        if limit:
            ratio = median(times) / base
            line += f"   x sample {ratio:.2f}, {aim(ratio, limit)}"
        elif name != "sample":
            line += f"   x sample {median(times) / base:.2f}"
        print(line, flush=True)


PARTS = {
    "cost": lambda bench: [part_cost(bench, fps) for fps in (FPS, FAST)],
    "speed": part_speed,
    "latency": part_latency,
    "four": part_four,
    "gap": part_gap,
}


def chosen(bench, parts):
    """Those of --only, which names parts of others too."""
    return [p for p in parts if p in (bench.args.only or parts)]


def part(bench):
    bench.pump = bench.compile("pump")
    for name in chosen(bench, PARTS):
        PARTS[name](bench)
