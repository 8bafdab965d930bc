# SPDX-License-Identifier: ISC
"""doc/PROTOCOL.md says what the daemon writes: every key, its type, whether it
may be null or absent, and every word."""

import copy
import ctypes
import json
import os
import signal
import socket
import struct
import time

import protocol
import pytest
from harness import (DAY, ROOT, fake_profile, frames_profile, patience,
                     producer, wait_for)
from test_camera import camera, film

SIZE = 64 * 48 * 3
FAKEPAINT = {"FFSUP_PAINT": str(ROOT / "build/tests/fake/fakepaint")}
PTRACE_SEIZE = 0x4206


def document():
    return protocol.read(
        (ROOT / "doc/PROTOCOL.md").read_text(encoding="utf-8"))


# --- what is said -----------------------------------------------------------

class Said:
    """Everything that a daemon has said, with the object that it should be."""

    def __init__(self, tables):
        self.tables = tables
        self.verbs = {row[0].strip("`"): row
                      for row in tables["verbs"].rows}
        self.all = []  # (value, heading)

    def reply(self, reply, verb=None):
        self.all.append((reply, "reply"))
        if reply["ok"]:
            what = protocol.links(self.verbs[verb][3])
            self.all.append((reply["data"], what[0]))
        return reply

    def ask(self, d, verb, *args, **opts):
        return self.reply(d.request(verb, *args, **opts), verb)

    def follow(self, d, verb, *args, until):
        """Ask to follow; one more object, after until()."""
        what = protocol.links(self.verbs[verb][3])
        with d.connect() as conn, conn.makefile("rb") as lines:
            conn.sendall(json.dumps({"v": 1, "cmd": verb, "args": args, "opts":
                                     {"follow": True, "lines": 5}}).encode()
                         + b"\n")
            self.reply(json.loads(lines.readline()), verb)
            until()
            self.all.append((json.loads(lines.readline()), what[1]))


def real_profile(tmp_path):
    """Two sources with sound, recorded under names that are taken."""
    (tmp_path / "rec").mkdir()
    for year in (time.gmtime().tm_year + n for n in (-1, 0, 1)):
        (tmp_path / "rec" / str(year)).write_text("")
    return {
        "source": [{"url": f"testsrc2=s={size}:r=25", "format": "lavfi"}
                   for size in ("64x48", "64x64")],
        "video": {"encoder": "libx264", "preset": "ultrafast", "gop": "1s"},
        "audio": "silence",
        "outputs": [{"record": f"{tmp_path}/rec/%Y/%m-%d_%H-%M-%S.mkv", **DAY},
                    {"url": "/dev/null", "format": "flv"}]}


def connect(d, name):
    """To the socket of a stream: the connection and its lines."""
    conn = socket.socket(socket.AF_UNIX)
    conn.settimeout(patience(10))
    conn.connect(str(d.sock.parent / f"{name}.frames"))
    return conn, conn.makefile("rb")


# --- the situations ---------------------------------------------------------

def push(name):
    """Two outputs that nobody else has."""
    return [{"name": n, "url": f"rtmp://127.0.0.1/{name}/{n}"} for n in "xy"]


def profiles(tmp_path):
    """Streams that between them have every key, with fakes."""
    sick = {"min": "100ms", "max": "30s", "held": "30s"}
    path = tmp_path / "no-pipe"
    path.write_text("")
    (tmp_path / "no-pipe2").write_text("")
    two = b"".join(film(tmp_path / "film", size, 0.5, gop=15).read_bytes()
                   for size in ("64x48", "128x96"))
    (tmp_path / "sways").write_bytes(two)
    return {
        "frames": {**frames_profile(socket=True), "standby": True},
        "guess": frames_profile(
            command=producer(tmp_path / "log", "64x40", 25)),
        "no-pipe": frames_profile(fifo=str(path)),
        "no-pipe-either": {"source": {"h264": {"fifo": f"{path}2"}},
                           "outputs": push("fifo")},
        "sways": {"source": {"h264": {"command": camera(
            tmp_path / "sways")}}, "outputs": push("sways")},
        "camera": {
            "description": "a camera program", "outputs": push("camera"),
            "source": {"h264": {"command": camera(film(
                tmp_path / "film", "128x96", 2))}}},
        "way": {"source": {"h264": {"socket": True}},
                "outputs": push("way")},
        "no-program": {"source": {"h264": {"command": ["/no/such"]}},
                       "outputs": push("program")},
        "no-program2": {"source": {"h264": {"command": ["/no/such"]}},
                        "outputs": push("program2")},
        "pattern": {"source": {"frames": {
            "size": "64x48", "fps": 25, "pattern": "counter"}},
            "outputs": push("pattern")},
        "over": {**frames_profile(pattern="counter"), "overlay": [
            {"id": "chat", "kind": "danmaku"}, {"id": "score", "kind": "label",
                                                "text": "0 : 0"}]},
        "retry": {**fake_profile(say="Connection refused", exit=1),
                  "restart": sick},
        "held": {**fake_profile(say="[error] Unrecognized option 'busy'.",
                                exit=8), "restart": sick},
        "direct": fake_profile(),
        "stuck": {**fake_profile(), "stop": {"grace": "100ms"}},
    }


def bring_frames(d, said):
    """Programs at a stream's socket: the second one takes over."""
    first, lines = connect(d, "frames")
    said.all.append((json.loads(lines.readline()), "greeting of frames"))
    first.sendall(struct.pack("<I", 1) + bytes(SIZE - 4))
    d.wait(lambda: d.status("frames")["frames"]["in"] > 0)
    first.sendall(bytes(100))  # it goes on
    second, more = connect(d, "frames")
    greeting = json.loads(more.readline())
    said.all.append((greeting, "greeting of frames"))
    second.sendall(bytes(SIZE))
    said.all.append((json.loads(lines.readline()), "goodbye"))
    d.wait(lambda: d.status("frames")["frames"]["in"] > 1)
    said.ask(d, "status", "frames")
    said.ask(d, "fed", "frames", "kind", "JPEG", "0")
    for one in (first, second, lines, more):
        one.close()


def bring_h264(d, said):
    """A program at the other socket, once with one before it."""
    first, lines = connect(d, "way")
    said.all.append((json.loads(lines.readline()), "greeting of h264"))
    first.sendall(b"\0\0\1\x09\xf0")
    wait_for(lambda: fed(d, said), 5, "fed")
    said.ask(d, "status", "way")
    for one in (first, lines):
        one.close()


def fed(d, said):
    conn, lines = connect(d, "way")
    greeting = json.loads(lines.readline())
    said.all.append((greeting, "greeting of h264"))
    conn.close()
    lines.close()
    return greeting.get("fed")


def bring_snap(d, said):
    with d.connect() as conn, conn.makefile("rb") as answer:
        conn.sendall(b'{"v":1,"cmd":"snap","args":["frames"]}')
        conn.shutdown(socket.SHUT_WR)
        reply = said.reply(json.loads(answer.readline()), "snap")
        assert len(answer.read()) == reply["data"]["bytes"]


def bring_comments(d, said):
    """One, and a connection for more."""
    full = {"text": "hi", "color": "#f80", "user": "ann", "mode": "top",
            "size": 20}
    comments = [{**full, "color": 16746496}, {"text": "you"},
                {"text": "they", "mode": "sideways"}]
    d.wait_state("over", "live")
    assert said.ask(d, "say", "over", "hello", "all")["data"]["outcome"]
    for args in (("text", "over", "score", "1 : 0"), ("overlay", "over"),
                 ("overlay", "over", "score", "off"), ("overlay", "direct")):
        said.ask(d, *args)
    with d.connect() as conn, conn.makefile("rb") as lines:
        for value in ({"v": 1, "cmd": "say", "args": ["over"], "opts": {
                "id": "chat", "follow": True}}, *comments):
            conn.sendall(json.dumps(value).encode() + b"\n")
        said.reply(json.loads(lines.readline()), "say")
        conn.shutdown(socket.SHUT_WR)
        answers = [json.loads(line) for line in lines]
    assert sorted(a["n"] for a in answers) == [1, 2, 3], answers
    said.all += [(a, "answer") for a in answers]
    said.all += [(c, "comment") for c in comments[:2]]


def bring_painter(d, said):
    """It is killed until it waits so long that this can be seen."""
    def painter(key):
        return d.status("over")["painter"][key]

    for _ in range(3):
        d.wait(lambda: painter("pid"))
        os.kill(painter("pid"), signal.SIGKILL)
        d.wait(lambda: painter("problem"))
    said.ask(d, "status", "over")
    said.ask(d, "why", "over")


def bring_reload(d, said):
    """One stream of each kind; then an error."""
    d.write("new", fake_profile())
    d.remove("retry")
    d.write("direct", {**fake_profile(), "watchdog": {"stall": "9s"}})
    d.write("held", fake_profile(fps=10))
    said.ask(d, "reload", dry_run=True)
    d.wait(lambda: d.status("direct")["changed"], 10, "changed")
    done = said.ask(d, "reload")["data"]
    assert all(done[key] for key in ("start", "stop", "restart", "live",
                                     "keep")), done
    d.write("new", '{ "args": [ }')
    assert said.ask(d, "reload")["errors"]
    d.write("new", fake_profile())


def begin_stuck(d, said):
    """Stop a process that SIGKILL seems not to end: a dead one that somebody
    traces cannot be reaped by its parent. Its pid; None where nobody may
    trace."""
    d.wait_state("stuck", "live")
    pid = d.worker_pid("stuck")
    args = [ctypes.c_long(n) for n in (PTRACE_SEIZE, pid, 0, 0)]
    if ctypes.CDLL(None).ptrace(*args) == -1:
        return None
    said.ask(d, "stop", "stuck")
    return pid


def bring_stuck(d, said, pid):
    d.wait(lambda: d.worker("stuck").get("stuck"), 20, "stuck")
    said.ask(d, "status", "stuck")
    while os.waitpid(pid, 0)[1] & 0x7f == 0x7f:  # it has stopped only
        os.kill(pid, signal.SIGKILL)
    d.wait_worker("stuck", None, "off")


def bring_acts(d, said):
    for verb in ("stop", "start", "restart", "retry"):
        said.ask(d, verb, "camera/x")
        said.ask(d, verb, "direct", "way")
    for name in "xy":
        said.ask(d, "stop", f"pattern/{name}")
    d.wait_reason("pattern", "no output", timeout=20)
    said.ask(d, "why", "pattern")
    said.ask(d, "start", "frames")
    said.ask(d, "stop", "direct", "direct")
    said.ask(d, "start", "nobody")
    said.ask(d, "start")


def look(d, said):
    names = sorted(d.streams())
    said.ask(d, "status")
    for name in names:
        for verb in ("status", "why", "plan", "logs"):
            said.ask(d, verb, name)
    said.ask(d, "events", lines=1000)
    for args in ((), ("*",)):
        said.all.append((d.request("why", *args)["data"], "whys"))


def bring_all(d, said):
    said.ask(d, "version")
    said.ask(d, "status")
    d.wait_state("retry", "retry")
    look(d, said)
    pid = begin_stuck(d, said)
    d.wait_state("held", "failed")
    d.wait_state("direct", "live")
    d.wait_state("camera", "live")
    look(d, said)
    bring_frames(d, said)
    bring_h264(d, said)
    bring_snap(d, said)
    bring_comments(d, said)
    bring_painter(d, said)
    said.follow(d, "events", until=lambda: d.tell("restart", "direct"))
    said.follow(d, "logs", "retry", until=lambda: d.tell("retry", "retry"))
    d.wait(lambda: d.status("camera")["packets"].get("width"))
    look(d, said)
    bring_reload(d, said)
    bring_acts(d, said)
    if pid is not None:
        bring_stuck(d, said, pid)
    os.kill(d.worker_pid("held"), signal.SIGKILL)
    d.wait(lambda: (d.worker("held")["last"] or {}).get("signal"))
    d.wait(lambda: d.status("guess")["frames"]["guess"])
    d.wait(lambda: d.status("sways")["packets"]["warning"], 20)
    look(d, said)
    return pid is not None


def lost(secret):
    """A stream whose server does not listen, with a value from a file."""
    return {**frames_profile(pattern="smpte"), "outputs": [
        {"url": f"rtmp://127.0.0.1:9/${{FFSUP_STREAM}}/${{file:{secret}}}"}]}


def bring_real(d, said, secret):
    for name in ("lost", "lost2"):
        d.wait_reason(name, "refused", timeout=20)
    secret.write_text("another")
    d.wait(lambda: d.status("lost")["changed_value"] == str(secret), 20)
    d.wait_reason("real", "file name", timeout=20)
    d.wait(lambda: d.status("real")["packets"]["audio"])
    look(d, said)


# --- the comparison ---------------------------------------------------------

def without(tables, name, key):
    """The document where a row is missing."""
    less = copy.copy(tables)
    less[name] = copy.copy(tables[name])
    less[name].keys = {k: v for k, v in tables[name].keys.items() if k != key}
    return less


@pytest.mark.plain
def test_protocol_document(faked, daemon, tmp_path):
    """Every key that a daemon writes is in the document, with its type; every
    key of the document is written, and is null or absent where it may be. Each
    row that is taken out of it is missed, and so is one that nobody writes."""
    tables = document()
    said = Said(tables)
    secret = tmp_path / "secret"
    secret.write_text("secret")
    real = daemon({"real": real_profile(tmp_path), "lost": lost(secret),
                   "lost2": lost(secret)})
    traced = bring_all(faked(profiles(tmp_path), env=FAKEPAINT), said)
    bring_real(real, said, secret)
    judge = protocol.Judge(tables).judge(said.all)
    assert sorted(set(judge.wrong)) == []
    unseen = [key for key in judge.unseen()
              if not key.startswith(("request:", "options:"))]
    assert unseen == ([] if traced else ["worker: stuck is never there"])

    for (name, key, how), where in judge.seen.items():
        if how == "there":
            less = protocol.Judge(without(tables, name, key))
            assert less.judge([where]).wrong, (name, key)
    bogus = copy.deepcopy(tables)
    bogus["stream"].keys["bogus"] = protocol.key_of(
        ["`bogus`", "string", "absent", "0.1.0", ""])
    more = protocol.Judge(bogus).judge(said.all)
    assert "stream: bogus is never there" in more.unseen()
