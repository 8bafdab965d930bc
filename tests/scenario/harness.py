# SPDX-License-Identifier: ISC
"""What every scenario stands on: a private daemon, real servers, patience.

Nothing here sleeps for luck. What a stream does is waited for by its events,
which are followed from the daemon's first on: Daemon.wait_state(),
wait_reason(), wait_worker() and wait_event() also see what has passed since
the test looked last. wait_for() asks a question whose answer stays true (a counter that only
grows, a file, a line of a log), and says what it saw last.

A wait is no claim about time: its timeout is raised to PATIENCE. Who claims one
measures it with a Stopwatch, which takes out what the machine made us wait.
"""

import copy
import ctypes
import fcntl
import functools
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import urllib.request
from pathlib import Path
from xml.etree import ElementTree

import counter

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FFSUP = os.environ.get("FFSUP_BIN", str(ROOT / "build" / "ffsup"))
FFMPEG = os.environ.get("FFSUP_FFMPEG", "/usr/bin/ffmpeg")
VALGRIND = os.environ.get("FFSUP_VALGRIND") == "1"
CHECKED = VALGRIND or "ASAN_OPTIONS" in os.environ
SCALE = float(os.environ.get("TIME_SCALE", "6" if VALGRIND else "1"))
PATIENCE = 240  # s: only what never happens takes so long
LONG = os.environ.get("FFSUP_LONG") == "1"  # the whole time, not a taste
MARKER = "FFSUP_TEST_ID"
DAY = {"segment": "24h"}  # so that no recording ends at a full ten minutes

# Exit codes of the command line, as its manual tells them.
OK, DEGRADED, OFF_AIR, NO_DAEMON, NO_STREAM, USAGE, CONFIG = (
    0, 1, 2, 3, 4, 64, 78)

# Short times, so that a test sees in seconds what takes minutes in life.
QUICK = {
    "restart": {"min": "100ms", "max": "2s", "healthy": "1s"},
    "watchdog": {"start": "10s", "stall": "2s"},
    "stop": {"grace": "2s"},
}


def deadline(seconds):
    """A time limit for this machine: longer under valgrind or a sanitizer."""
    return seconds * SCALE


def patience(timeout):
    """How long a wait may take before the test has failed."""
    return deadline(max(timeout, PATIENCE))


def wait_for(question, timeout, what="it", rest=time.sleep):
    """Ask until the answer is true; return it. The last answer is told. Often
    at first, then less: six tests at once ask, and that is work, too."""
    end = time.monotonic() + patience(timeout)
    pause = 0.01
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(
                f"{what} did not happen within {patience(timeout):g} s "
                f"(last answer: {answer!r})")
        rest(pause)
        pause = min(pause * 1.15, 0.05)


def holds_for(question, seconds, what="it"):
    """The question stays true all the time (for "nothing happens")."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert question(), f"{what} did not last {seconds:g} s"
        time.sleep(0.02)


def merge(base, over):
    """base with over's values; objects are merged key by key."""
    out = copy.deepcopy(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = merge(out[key], value)
        else:
            out[key] = copy.deepcopy(value)
    return out


# --- ports -----------------------------------------------------------------

def free_port(kind=socket.SOCK_STREAM):
    """A loopback port below the ephemeral range, not given to anyone else.

    Each xdist worker has its own slice, so two of them never race for one.
    """
    worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "0")))
    base = 12000 + 2000 * worker
    for _ in range(2000):
        free_port.next = (free_port.next + 1) % 2000
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", base + free_port.next))
            except OSError:
                continue
            return base + free_port.next
    raise RuntimeError("no free port")


free_port.next = os.getpid() % 1000


LISTENING, CONNECTED = "0A", "01"  # include/net/tcp_states.h


def port_open(port, states=(LISTENING,)):
    """Whether someone listens (read from the kernel: no connection is made,
    because some of our servers serve only one)."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            word = line.split()
            if int(word[1].rsplit(":", 1)[1], 16) == port \
                    and word[3] in states:
                return True
    return False


# --- processes -------------------------------------------------------------

def alive(pid):
    """Running: neither gone nor a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in "ZX"


SCRIBE = "ffsup-log"  # who writes the daemon's log into a file


def children(pid, scribe=False):
    """Direct children, zombies included; or the one that writes the log."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue
        if int(stat.rsplit(")", 1)[1].split()[1]) == pid and \
                (f"({SCRIBE})" in stat) == scribe:
            found.append(int(entry.name))
    return found


def idle_reader(pid):
    """Whether a process has read all of its stdin, a pipe, and waits for
    more."""
    with open(f"/proc/{pid}/fd/0", "rb", buffering=0) as pipe:
        unread = fcntl.ioctl(pipe, termios.FIONREAD, bytes(4))
    stat = Path(f"/proc/{pid}/stat").read_text()
    return unread == bytes(4) and stat.rsplit(")", 1)[1].split()[0] == "S"


def only_children(pid, *pids):
    """Until these are its only ones; a helper that looks at a disk for it is
    there for a moment."""
    return wait_for(lambda: sorted(children(pid)) == sorted(pids), 5,
                    f"{pids} and no other child")


def zombies(pid):
    return [child for child in children(pid) if not alive(child)]


def open_fds(pid):
    """{number: what it is}; one that is closed meanwhile is left out."""
    found = {}
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found[int(fd.name)] = os.readlink(fd)
        except FileNotFoundError:
            continue
    return found


def count_fds(pid):
    """How many are open in quiet: the fewest of some looks, because the
    last request's connection may be closed only now."""
    looks = []
    for _ in range(10):
        looks.append(len(open_fds(pid)))
        time.sleep(0.02)
    return min(looks)


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def offspring(pid):
    """It and its live children, as the kernel lists them."""
    try:
        return [pid, *map(int, Path(
            f"/proc/{pid}/task/{pid}/children").read_text().split())]
    except OSError:
        return [pid]


def runnable_ns(pid):
    """How long the threads of a process have waited for a processor."""
    total = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat",
                      encoding="ascii") as stat:
                total += int(stat.read().split()[1])
    except (OSError, IndexError):
        pass
    return total


def machine_s():
    """How long the machine itself has stood in the way: processor time that
    the host took, and times at which somebody waited for a disk or memory; for
    a processor, too, where the kernel does not tell that of each process."""
    with open("/proc/stat", encoding="ascii") as stat:
        total = int(stat.readline().split()[8]) / os.sysconf("SC_CLK_TCK")
    told = os.path.exists("/proc/self/schedstat")
    for kind in ("io", "memory") if told else ("io", "memory", "cpu"):
        try:
            some = Path(f"/proc/pressure/{kind}").read_text().split("total=")
            total += int(some[1].split()[0]) / 1e6
        except (OSError, IndexError):
            pass  # a kernel that does not tell
    return total


class Stopwatch:
    """Times what a daemon does, or another program, and knows how long the
    machine did not let it: how long it, its children, we and ours were ready to
    run and did not."""

    def __init__(self, proc):
        self.proc = proc
        self.begin = time.monotonic()
        self.machine = self.now = machine_s()
        self.first, self.last, self.stopped = {}, {}, False
        if isinstance(proc, Daemon):
            proc.watches.append(self)
        self.look()
        self.first = dict(self.last)

    def look(self):
        """Whoever dies is seen up to our last look."""
        if self.stopped:
            return
        self.now = machine_s()
        for pid in {*offspring(os.getpid()), *offspring(self.proc.pid)}:
            self.last[pid] = max(runnable_ns(pid), self.last.get(pid, 0))

    def held(self):
        """Seconds that were not theirs."""
        self.look()
        waited = sum(ns - self.first.get(pid, 0)
                     for pid, ns in self.last.items()) / 1e9
        return waited + self.now - self.machine

    def stop(self):
        """What comes from now on is no part of it."""
        self.look()
        self.stopped = True

    def took(self, least, most):
        """Whether it took so many seconds, as far as it was their doing."""
        seconds = time.monotonic() - self.begin
        return least <= seconds and self.allows(seconds, most)

    def allows(self, seconds, most):
        """Whether that is no more than so many seconds, as far as it was their
        doing."""
        held = self.held()
        print(f"{seconds:.3f} s, of which the machine may have made {held:.3f}")
        return seconds - held <= most * SCALE


def rss_kib(pid):
    """Resident memory; 0 where a checker's own bookkeeping would count."""
    if CHECKED:
        return 0
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def own_kib(pid):
    """Resident memory but the pools of frames: a slot of them is touched when
    it is first needed, at the latest when a reader falls behind. They are the
    mappings that a fork does not inherit ("dc"); 0 under a checker."""
    if CHECKED:
        return 0
    total = rss = 0
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if line.startswith("Rss:"):
            rss = int(line.split()[1])
        elif line.startswith("VmFlags:") and "dc" not in line.split():
            total += rss
    return total


def marked(test_id):
    """Every live process that was started under this test's daemon."""
    mark = f"{MARKER}={test_id}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or not alive(entry.name):
            continue
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def end_process(proc, timeout=5):
    """TERM, then KILL, one process that a test started."""
    if proc.poll() is None:
        proc.terminate()
        try:
            proc.wait(deadline(timeout))
        except subprocess.TimeoutExpired:
            proc.kill()
            proc.wait()


def read_pids(path):
    """What pidfile= of the fake wrote: [(pid, monotonic seconds)]."""
    try:
        lines = Path(path).read_text().splitlines()
    except FileNotFoundError:
        return []
    return [(int(p), float(t)) for p, t in (line.split() for line in lines)]


def read_reports(path):
    """What report= of the fake wrote, oldest first."""
    try:
        return [json.loads(s) for s in Path(path).read_text().splitlines()]
    except FileNotFoundError:
        return []


def fake(*words, **keys):
    """The script of a fake ffmpeg as one argument: fake("twosig", exit=1)."""
    words = list(words) + [f"{k}={v}" for k, v in keys.items()]
    return "fake:" + ",".join(words)


def fake_profile(*words, **keys):
    """A profile with one direct worker: the fake, playing this script."""
    return {"args": [fake(*words, **keys)]}


def frames_profile(size="64x48", fps=25, *, script=None, output=None,
                   **source):
    """A profile with raw pictures; the encoder plays the fake's script."""
    if output is None:
        output = {"url": "/dev/null", "format": "flv",
                  "options": {"metadata": script or "fake:"}}
    return {"source": {"frames": {"size": size, "fps": fps, **source}},
            "outputs": [output]}


def counter_profile(log, url, *extra, size="160x120", fps=25, produce=None,
                    **over):
    """Counter pictures of producer.py through libx264 to a URL."""
    return merge({
        "source": {"frames": {"size": size, "fps": fps, "command": producer(
            log, size, produce or fps, "--kind", "counter", *extra)}},
        "video": {"encoder": "libx264", "preset": "ultrafast", "gop": "1s",
                  "bitrate": "500k"},
        "outputs": [{"url": url}]}, over)


# --- the daemon ------------------------------------------------------------

class Daemon:
    """One ffsup with its own directory, socket, log and process group."""

    count = 0
    verbs = set()  # of the command line, that were tried by any of them

    def __init__(self, tmp_path, profiles=None, *, settings=None, ffmpeg=None,
                 env=None, preexec=None, quick=True, popen=None):
        Daemon.count += 1
        self.id = f"{os.getpid()}-{Daemon.count}-{time.monotonic_ns()}"
        self.dir = Path(tmp_path) / f"d{Daemon.count}"
        self.profiles = self.dir / "profiles"
        self.profiles.mkdir(parents=True)
        # a socket's path is short: 108 bytes
        self.run = Path(tempfile.mkdtemp(prefix="ffsup-t-"))
        self.sock = self.run / "s"
        self.log_path = self.dir / "log"
        self.config = self.dir / "ffsup.json"
        self.settings = merge(
            {"ffmpeg": str(ffmpeg or FFMPEG),
             "profiles": [str(self.profiles)]}, settings or {})
        if quick:
            self.settings["defaults"] = merge(
                QUICK, self.settings.get("defaults", {}))
        self.env = dict(os.environ)
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                     "JOURNAL_STREAM", "XDG_RUNTIME_DIR", "FFSUP_SOCKET"):
            self.env.pop(name, None)
        self.env.update({MARKER: self.id, "FFSUP_SOCKET": str(self.sock),
                         "FFSUP_PAINT": "/none"})  # no text on slates
        self.env.update(env or {})
        self.preexec = preexec
        self.popen = popen or {}
        self.proc = self.scribe = None
        self.ear, self.half = None, b""  # the connection that follows events
        self.lost = False  # it was hung up
        self.heard = []  # all of them, oldest first
        self.since = 0  # how many there were when the test looked last
        self.found = None  # the one that ended a wait
        self.asking = 0  # in a wait
        self.watches = []
        self.config.write_text(json.dumps(self.settings, indent=2))
        for name, profile in (profiles or {}).items():
            self.write(name, profile)

    # files

    def write(self, name, profile):
        """Put a profile (an object, or text) in place, whole at once."""
        text = profile if isinstance(profile, str) else json.dumps(
            profile, indent=2)
        tmp = self.profiles / f".{name}.tmp"
        tmp.write_text(text)
        tmp.rename(self.profiles / f"{name}.json")

    def remove(self, name):
        (self.profiles / f"{name}.json").unlink()

    def written(self):
        """Wait until what the daemon has said is in its log."""
        if self.scribe is None and self.proc is not None:
            self.scribe = next(iter(children(self.proc.pid, True)), None)
        end = time.monotonic() + 5
        while self.scribe is not None and time.monotonic() < end:
            try:
                if idle_reader(self.scribe):
                    return
            except OSError:  # it has ended
                return
            time.sleep(0.002)

    @property
    def log(self):
        self.written()
        try:
            return self.log_path.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    # life

    def argv(self):
        argv = [FFSUP, "run", "-c", str(self.config), "-s", str(self.sock)]
        if VALGRIND:
            argv = ["valgrind", "-q", "--error-exitcode=99",
                    "--leak-check=full", "--track-fds=yes",
                    "--child-silent-after-fork=yes",
                    f"--log-file={self.dir}/valgrind.%p"] + argv
        return argv

    def spawn(self):
        """Start it and do not wait for anything."""
        self.scribe = None
        with open(self.log_path, "ab") as log:
            options = {"stdin": subprocess.DEVNULL, "stdout": log,
                       "stderr": log, **self.popen}
            self.proc = subprocess.Popen(
                self.argv(), env=self.env, cwd=self.dir,
                start_new_session=True, preexec_fn=self.preexec, **options)
        return self

    def start(self):
        """Start it and wait until it answers."""
        self.spawn()
        wait_for(self.answers, 10, "the daemon's first answer")
        self.heard, self.found = [], None  # not what an earlier one has said
        self.listen()
        self.since = 0
        return self

    def answers(self):
        assert self.proc.poll() is None, (
            f"the daemon ended with {self.proc.returncode}:\n{self.log}")
        try:
            return self.request("version")["ok"]
        except (OSError, ValueError):
            return False

    @property
    def pid(self):
        return self.proc.pid

    def signal(self, sig):
        self.mark()
        os.kill(self.proc.pid, sig)

    def stop(self, timeout=8):
        """TERM: exit 0 in time, nobody left behind."""
        if self.proc is None or self.proc.poll() is not None:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        self.ended(timeout)

    def ended(self, timeout=8):
        """It ends by itself with 0, and no process of its own survives."""
        try:
            code = self.proc.wait(patience(timeout))
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"the daemon did not end in {patience(timeout):g} s"
            ) from None
        self.check_valgrind()
        assert code == 0, f"the daemon ended with {code}"
        assert marked(self.id) == [], "processes survived the daemon"
        assert not self.sock.exists(), "the socket was left behind"

    def check_valgrind(self):
        if VALGRIND:
            for path in self.dir.glob("valgrind.*"):
                text = path.read_text()
                assert not re.search(r"definitely lost|Invalid|uninit", text)
                assert (len(re.findall(r"== Open ", text)) ==
                        text.count("<inherited from parent>")), text

    def kill(self):
        """SIGKILL, for the tests about that."""
        self.mark()
        if self.proc is not None and self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()

    def clean(self):
        """Whatever happened: leave nothing running, no file outside."""
        self.kill()
        if self.ear is not None:
            self.ear.close()
        for pid in marked(self.id):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for path in self.run.glob("*"):
            path.unlink()
        self.run.rmdir()

    # talking

    def cli(self, *args, check=None, timeout=15, env=None, **kw):
        """Run the command line; check is the exit code it must have."""
        self.mark()
        env = merge(self.env, env or {})
        if CHECKED and args[:1] in self.verbs:  # one look for leaks will do
            env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + \
                ":detect_leaks=0"
        self.verbs.add(args[:1])
        done = subprocess.run(
            [FFSUP, *map(str, args)], env=env,
            cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=patience(timeout), check=False, **kw)
        if check is not None:
            assert done.returncode == check, (
                f"ffsup {' '.join(map(str, args))}: exit {done.returncode}, "
                f"not {check}\n{done.stdout}{done.stderr}")
        return done

    def popen_cli(self, *args):
        """Begin a command; what it says is for communicate()."""
        return subprocess.Popen(
            [FFSUP, *map(str, args)], env=self.env, cwd=self.dir,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)

    def tell(self, verb, *names):
        """start, stop, restart, retry: not looking on until it is done."""
        names = [str(name) for name in names if name != "--all"]
        reply = self.request(verb, *names, **({} if names else {"all": True}))
        assert reply["ok"], reply
        return reply

    def connect(self, timeout=5):
        conn = socket.socket(socket.AF_UNIX)
        conn.settimeout(patience(timeout))
        conn.connect(str(self.sock))
        return conn

    def request(self, cmd, *args, **opts):
        """One request in the daemon's own words: the reply's object."""
        self.mark()
        ask = {"v": 1, "cmd": cmd, "args": list(args)}
        if opts:
            ask["opts"] = opts
        with self.connect() as conn:
            conn.sendall(json.dumps(ask).encode() + b"\n")
            with conn.makefile("rb") as answer:
                return json.loads(answer.readline())

    def status(self, name=None):
        """All of the status, or one stream's part of it."""
        reply = self.request("status", *([name] if name else []))
        assert reply["ok"], reply
        return reply["data"]["streams"][0] if name else reply["data"]

    def streams(self):
        return {s["name"]: s for s in self.status()["streams"]}

    def state(self, name):
        return self.status(name)["state"]

    def worker(self, name, worker=None):
        """One worker of a stream by its name; the only one if None."""
        workers = self.status(name)["workers"]
        if worker is None:
            assert len(workers) == 1, workers
            return workers[0]
        return next(w for w in workers if w["name"] == worker)

    def worker_pid(self, name, worker=None):
        return self.worker(name, worker)["pid"]

    def events(self, name):
        """The texts of a stream's events, oldest first."""
        reply = self.request("events", lines=1000)
        assert reply["ok"], reply
        return [e["text"] for e in reply["data"]["events"]
                if e["stream"] == name]

    def why(self, name):
        reply = self.request("why", name)
        assert reply["ok"], reply
        return reply["data"]

    def reload(self):
        return self.cli("reload", check=OK)

    # events

    def listen(self):
        """Follow the events, from the oldest that the daemon still has."""
        try:
            self.ear = self.connect()
            self.ear.sendall(b'{"v":1,"cmd":"events","args":[],"opts":'
                             b'{"follow":true,"lines":1000}}\n')
            self.half = b""
            while b"\n" not in self.half:
                more = self.ear.recv(65536)
                if not more:
                    raise OSError("it hung up")
                self.half += more
        except OSError:  # a daemon without a descriptor to spare
            self.deafen()
            return
        self.ear.setblocking(False)
        self.lost = False
        reply, self.half = self.half.split(b"\n", 1)
        told = json.loads(reply)["data"]["events"]
        for n in range(min(len(told), len(self.heard)), 0, -1):
            if told[:n] == self.heard[-n:]:  # heard before the line was cut
                told = told[n:]
                break
        self.heard += told

    def deafen(self):
        if self.ear is not None:
            self.ear.close()
        self.ear = None

    def hear(self, seconds=0):
        """Take what was said meanwhile; wait so long for a word at most."""
        for watch in self.watches if seconds else ():
            watch.look()
        if self.ear is None:
            time.sleep(seconds)
            return
        if select.select([self.ear], [], [], seconds)[0] and seconds > 0.005:
            time.sleep(0.005)  # there may be more
        try:
            while self.ear is not None:
                more = self.ear.recv(65536)
                if not more:
                    raise ConnectionResetError
                self.half += more
        except BlockingIOError:
            pass
        except OSError:
            self.lost = True
            self.deafen()
        *lines, self.half = self.half.split(b"\n")
        self.heard += [json.loads(line) for line in lines]

    def mark(self):
        """From here on a wait for an event looks. By itself it begins where the
        test asked, told or signalled the daemon last; after a pause of one's
        own it may be good to say so."""
        if not self.asking:
            self.hear()
            self.since = len(self.heard)
        return self.since

    def find_event(self, name, pattern=None, worker=None, since=None, **keys):
        """The first such event since then, or None."""
        since = self.since if since is None else since
        for n, event in enumerate(self.heard[since:], since):
            if event["stream"] == name and event["worker"] == worker and all(
                    event.get(k) in v for k, v in keys.items()) and (
                        pattern is None or re.search(pattern, event["text"])):
                self.found = n
                return event
        return None

    # waiting

    def wait(self, question, timeout=10, what="it"):
        """Until the answer is true. The event that made it so is no news to
        the next wait, nor is what was heard before the question."""
        asked = 0

        def ask():
            nonlocal asked
            assert self.proc.poll() is None, (
                f"the daemon ended with {self.proc.returncode}")
            if self.lost:  # by a daemon that goes on
                self.listen()
            self.hear()
            self.found, asked = None, len(self.heard)
            return question()

        self.asking += 1
        try:
            answer = wait_for(ask, timeout, what, rest=self.hear)
        finally:
            self.asking -= 1
        if not self.asking:
            self.since = asked if self.found is None else self.found + 1
        return answer

    def wait_event(self, name, pattern=None, timeout=10, *, worker=None,
                   since=None, **keys):
        """Until something has happened to a stream, or to a worker of it: a
        pattern in the event's text, values of "from", "to", "event"; also when
        it is over already, if it was after the mark."""
        keys = {k.rstrip("_"): [v] if isinstance(v, str) else v
                for k, v in keys.items()}
        since = self.since if since is None else since
        return self.wait(
            lambda: self.find_event(name, pattern, worker, since, **keys),
            timeout, f"{name}: {pattern or ''} {worker or ''} {keys or ''}")

    def wait_state(self, name, *states, timeout=10):
        """Until the stream is in one of these states, or has been since the
        test looked; returns its status."""
        since = self.since

        def ask():
            seen = self.status(name)
            return seen if seen["state"] in states or self.find_event(
                name, since=since, to=states) else None
        return self.wait(ask, timeout, f"{name}: {' or '.join(states)}")

    def wait_reason(self, name, *reasons, timeout=10):
        """Until that is wrong with the stream, or has been since the test
        looked; returns its status."""
        since = self.since
        pattern = rf"-> \w+ \(({'|'.join(map(re.escape, reasons))})\)"

        def ask():
            seen = self.status(name)
            return seen if seen["reason"] in reasons or self.find_event(
                name, pattern, since=since) else None
        return self.wait(ask, timeout, f"{name}: {' or '.join(reasons)}")

    def wait_worker(self, name, worker, *states, timeout=10):
        """The same of a worker's state; returns the worker."""
        since = self.since

        def ask():
            seen = self.worker(name, worker)
            return seen if seen["state"] in states or self.find_event(
                name, worker=seen["name"], since=since, to=states) else None
        return self.wait(ask, timeout,
                         f"{name}/{worker}: {' or '.join(states)}")

    def wait_all(self, state="live", timeout=15):
        return self.wait(
            lambda: all(s["state"] == state
                        for s in self.status()["streams"]),
            timeout, f"all streams {state}")

    def wait_new_pid(self, name, old, worker=None, timeout=10):
        """Until the worker runs as another process; returns its pid."""
        def ask():
            pid = self.worker_pid(name, worker)
            return pid if pid and pid != old else None
        return self.wait(ask, timeout, f"a new process for {name}")

    def wait_log(self, pattern, timeout=10):
        return self.wait(lambda: re.search(pattern, self.log), timeout,
                         f"{pattern!r} in the log")


class FakeNotify:
    """systemd's end of NOTIFY_SOCKET: [(monotonic seconds, {key: value})]."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="ffsup-n-")
        self.path = f"{self.dir}/notify"
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(self.path)
        self.messages = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while True:
            try:
                data = self.sock.recv(65536)
            except OSError:
                return
            if not data:
                return
            pairs = (line.split("=", 1) for line in
                     data.decode().splitlines() if "=" in line)
            self.messages.append((time.monotonic(), dict(pairs)))

    def seen(self, key, value=None):
        """The messages that carry this key (and value), oldest first."""
        return [(t, m) for t, m in list(self.messages)
                if key in m and (value is None or m[key] == value)]

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join(2)
        self.sock.close()
        os.unlink(self.path)
        os.rmdir(self.dir)


# --- real servers ----------------------------------------------------------

NGINX_CONF = """\
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off; master_process off; worker_processes 1; user root;
pid {dir}/nginx.pid; error_log {dir}/error.log info;
events {{ worker_connections 128; }}
rtmp {{ server {{
  listen 127.0.0.1:{rtmp}; chunk_size 4096; ping 30s; ping_timeout 10s;
  application live {{ live on; record off; drop_idle_publisher 5s; }}
  application rec {{
    live on; record all; record_path {dir}/rec; record_unique on; }}
  application auth {{
    live on; on_publish http://127.0.0.1:{http}/auth; notify_method get; }}
}} }}
http {{
  access_log off; client_body_temp_path {dir}/cb; proxy_temp_path {dir}/p;
  fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  server {{
    listen 127.0.0.1:{http};
    location /auth {{ if ($arg_key = "good") {{ return 200; }} return 403; }}
    location /stat {{ rtmp_stat all; }}
    location /control {{ rtmp_control all; }}
  }} }}
"""


class Nginx:
    """nginx-rtmp on loopback: publish, play, /stat, /control."""

    def __init__(self, tmp_path):
        self.dir = Path(tmp_path) / "nginx"
        (self.dir / "rec").mkdir(parents=True)
        self.rtmp, self.http = free_port(), free_port()
        conf = NGINX_CONF.format(dir=self.dir, rtmp=self.rtmp, http=self.http)
        if os.getuid() != 0:
            conf = conf.replace(" user root;", "")
        (self.dir / "nginx.conf").write_text(conf)
        self.proc = None
        self.start()

    def start(self):
        self.proc = subprocess.Popen(
            ["/usr/sbin/nginx", "-c", str(self.dir / "nginx.conf"),
             "-p", str(self.dir)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: port_open(self.rtmp) and port_open(self.http), 10,
                 "nginx")

    def stop(self):
        self.proc.send_signal(signal.SIGCONT)
        end_process(self.proc)

    def url(self, name, app="live"):
        return f"rtmp://127.0.0.1:{self.rtmp}/{app}/{name}"

    def get(self, path):
        url = f"http://127.0.0.1:{self.http}{path}"
        with urllib.request.urlopen(url, timeout=patience(5)) as answer:
            return answer.read().decode()

    def streams(self):
        """{name: (bytes_in, bw_in, seconds of the publisher)} as /stat."""
        out = {}
        tree = ElementTree.fromstring(self.get("/stat"))
        for stream in tree.iter("stream"):
            if stream.find("publishing") is None:
                continue
            clients = [int(c.findtext("time")) for c in
                       stream.findall("client")
                       if c.find("publishing") is not None]
            out[stream.findtext("name")] = (
                int(stream.findtext("bytes_in")),
                int(stream.findtext("bw_in")),
                clients[0] / 1000 if clients else 0)
        return out

    def wait_stream(self, name, timeout=10):
        return wait_for(lambda: self.streams().get(name), timeout,
                        f"{name} on the server")

    def recorded(self, name):
        """What the server itself wrote of every session of rec/NAME."""
        return sorted((self.dir / "rec").glob(f"{name}-*.flv"))

    def publishes(self, name):
        """How often someone began to publish this name, ever."""
        text = (self.dir / "error.log").read_text(errors="replace")
        return len(re.findall(rf"publish: name='{name}'", text))

    def drop_publisher(self, name):
        self.get(f"/control/drop/publisher?app=live&name={name}")


@functools.lru_cache(maxsize=None)
def has_encoder(name):
    """Whether this machine's ffmpeg can make that; not every build can."""
    done = subprocess.run([FFMPEG, "-v", "error", "-encoders"], check=True,
                          capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    return name in done.stdout.split()


def record(url, path, seconds, *options):
    """Pull a stream into a file for so long; returns the process."""
    return subprocess.Popen(
        [FFMPEG, "-v", "warning", "-nostdin", "-y", "-analyzeduration",
         "1000000", *options, "-i", url, "-t", str(seconds), "-c", "copy",
         str(path)], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def probe(path, *options):
    """ffprobe of a file or URL: {codec_type: {field: value}}."""
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-analyzeduration", "1000000", *options,
         "-count_packets", "-show_streams", "-of", "json", str(path)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=patience(30), check=False)
    assert done.returncode == 0, done.stderr
    return {s["codec_type"]: s for s in json.loads(done.stdout)["streams"]}


def pictures(path):
    """(number, wall) or None of every decoded picture of a file."""
    return list(counter.read_video(str(path)))


def numbers_or_slate(path):
    """Of every decoded picture of a file: its number, or "slate". One that is
    neither was sheared or mixed: there must be none."""
    seen = list(counter.read_video(str(path), what=counter.judge))
    assert None not in seen, (
        f"{path}: {seen.count(None)} of {len(seen)} are no whole pictures, "
        f"the first is {seen.index(None)}")
    return [p if p == "slate" else p[0] for p in seen]


class RtspListener:
    """ffmpeg as an RTSP server that takes one publisher into a file."""

    def __init__(self, tmp_path, port=None):
        self.path = Path(tmp_path) / "listened.mkv"
        self.port = port or free_port()
        self.url = f"rtsp://127.0.0.1:{self.port}/live/cam"
        self.proc = subprocess.Popen(
            [FFMPEG, "-v", "warning", "-nostdin", "-y", "-rtsp_flags",
             "listen", "-rtsp_transport", "tcp", "-i", self.url,
             "-c", "copy", str(self.path)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # it listens for one: who waits for it may have come already
        wait_for(lambda: port_open(self.port, (LISTENING, CONNECTED)), 10,
                 "the RTSP listener")

    def stop(self):
        end_process(self.proc)


class GstRtsp:
    """gst-rtsp-server: RECORD at /live (into a file), PLAY at /play."""

    def __init__(self, tmp_path, *options):
        self.path = Path(tmp_path) / "recorded.h264"
        self.port = free_port()
        self.options = options
        self.proc = None
        self.start()

    def start(self):
        self.proc = subprocess.Popen(
            ["/usr/bin/python3", str(HERE / "gst_rtsp.py"), str(self.port),
             str(self.path), *self.options], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self.proc.poll() is not None or port_open(self.port),
                 15, "the gst RTSP server")
        assert self.proc.poll() is None, "the gst RTSP server ended"

    def url(self, mount, login=""):
        return f"rtsp://{login}127.0.0.1:{self.port}/{mount}"

    def stop(self):
        end_process(self.proc)


class SrtListener:
    """ffmpeg as an SRT server; what came is a file."""

    def __init__(self, tmp_path):
        self.path = Path(tmp_path) / "srt.ts"
        self.port = free_port(socket.SOCK_DGRAM)
        self.url = f"srt://127.0.0.1:{self.port}?mode=caller&latency=200000"
        self.proc = subprocess.Popen(
            [FFMPEG, "-v", "warning", "-nostdin", "-y", "-i",
             f"srt://127.0.0.1:{self.port}?mode=listener&latency=200000",
             "-c", "copy", "-copyts", "-f", "mpegts", str(self.path)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        time.sleep(0.5)  # UDP: nothing tells that it listens

    def stop(self):
        end_process(self.proc)


class TcpPeer:
    """A TCP listener of our own that counts who comes.

    answer: None is silence; bytes are sent after each request head.
    """

    def __init__(self, answer=None):
        self.port = free_port()
        self.answer = answer
        self.accepted = []  # monotonic seconds
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.conns = []
        self.stop_r, self.stop_w = os.pipe()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            ready, _, _ = select.select(
                [self.listener, self.stop_r, *self.conns], [], [])
            if self.stop_r in ready:
                return
            for sock in ready:
                if sock is self.listener:
                    self.accepted.append(time.monotonic())
                    self.conns.append(sock.accept()[0])
                else:
                    self._serve_conn(sock)

    def _serve_conn(self, conn):
        try:
            data = conn.recv(65536)
            if data and self.answer is not None:
                cseq = re.search(rb"CSeq: *(\d+)", data)
                number = cseq.group(1) if cseq else b"0"
                conn.sendall(self.answer.replace(b"@CSEQ@", number))
        except OSError:
            data = b""
        if not data:
            self.conns.remove(conn)
            conn.close()

    def stop(self):
        os.write(self.stop_w, b"x")
        self.thread.join(5)
        for sock in [self.listener, *self.conns]:
            sock.close()
        os.close(self.stop_r)
        os.close(self.stop_w)


class HungDisk:
    """A file system (FUSE) that never answers: who opens a file on it is in
    state D, and not even SIGKILL ends that. Needs root and /dev/fuse."""

    FUSE_INIT = 26

    def __init__(self, path):
        self.path = Path(path)
        self.path.mkdir()
        self.fd = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        self.libc = ctypes.CDLL(None, use_errno=True)
        options = f"fd={self.fd},rootmode=40000,user_id=0,group_id=0"
        if self.libc.mount(b"hung", bytes(self.path), b"fuse", 0,
                           options.encode()) != 0:
            os.close(self.fd)
            raise OSError(ctypes.get_errno(), "mount")
        self.stop_r, self.stop_w = os.pipe()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        """Say hello to the kernel, then take requests and keep silent."""
        while True:
            ready, _, _ = select.select([self.fd, self.stop_r], [], [])
            if self.stop_r in ready:
                return
            request = os.read(self.fd, 1 << 17)
            _, op, unique = struct.unpack_from("<IIQ", request)
            if op == self.FUSE_INIT:
                body = struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 0, 0,
                                   1 << 16, 1, 0, 0, 0)
                os.write(self.fd, struct.pack(
                    "<IiQ", 16 + len(body), 0, unique) + body)

    def release(self):
        """Unplug it: whoever hangs gets an error."""
        if self.fd < 0:
            return
        os.write(self.stop_w, b"x")
        self.thread.join(5)
        self.libc.umount2(bytes(self.path), 2)  # MNT_DETACH
        for fd in (self.fd, self.stop_r, self.stop_w):
            os.close(fd)
        self.fd = -1


class HangDisk:
    """A file system (FUSE, tests/fake/hangfs) that works until hang(), and
    again after go(). Needs root and /dev/fuse."""

    def __init__(self, base, program):
        self.path, self.under = Path(base) / "disk", Path(base) / "under"
        self.path.mkdir()
        self.under.mkdir()
        self.flag = Path(f"{self.under}.hang")
        self.proc = subprocess.Popen(
            [program, self.under, self.path], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        (self.under / "there").touch()
        try:
            wait_for(lambda: (self.path / "there").exists() or
                     self.proc.poll() is not None, 10, "the mount")
        finally:
            (self.under / "there").unlink()
        if self.proc.poll() is not None:
            raise OSError(self.proc.stdout.read().decode())

    def hang(self):
        self.flag.touch()

    def go(self):
        self.flag.unlink(missing_ok=True)

    def release(self):
        """Unmount it: whoever hangs gets an error."""
        self.go()
        ctypes.CDLL(None).umount2(bytes(self.path), 2)  # MNT_DETACH
        end_process(self.proc)


def producer(log, *args):
    """A command for source.frames: producer.py with its log."""
    return [sys.executable, str(HERE / "producer.py"), str(log),
            *map(str, args)]


def fresh(report):
    """Of the pictures that a fake has read, those that came for the first time."""
    return report["frames"] - report["blank"] - report["repeats"] - \
        report["bad"]


def producer_log(log):
    """What the producer says of itself: written, slowest_ms, exception."""
    return wait_for(lambda: Path(log).exists(), 10, "the producer's log") \
        and json.loads(Path(log).read_text())
