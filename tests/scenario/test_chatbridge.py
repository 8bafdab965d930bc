# SPDX-License-Identifier: ISC
"""profiles/chat-bridge.py: a chat becomes comments, and neither a flood nor a
daemon, a server or a file that comes and goes ends it."""

import itertools
import json
import re
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from harness import (FFSUP, MARKER, ROOT, end_process, frames_profile,
                     patience, wait_for)

BRIDGE = ROOT / "profiles" / "chat-bridge.py"
PAINTER = {"FFSUP_PAINT": str(ROOT / "build/tests/fake/fakepaint")}
CHAT = {**frames_profile("320x180", pattern="counter"), "overlay": [
    {"id": "chat", "kind": "danmaku", "size": 10, "duration": "2s"}]}


class Bridge:
    """It and what it says."""

    def __init__(self, d, tmp_path, *args):
        (tmp_path / "bin").mkdir(exist_ok=True)
        if not (tmp_path / "bin/ffsup").exists():
            (tmp_path / "bin/ffsup").symlink_to(Path(FFSUP).resolve())
        env = {**d.env, "PATH": f"{tmp_path}/bin:{d.env['PATH']}"}
        del env[MARKER]  # it outlives the daemon
        self.said = open(tmp_path / "said", "w+", encoding="utf-8")
        self.proc = subprocess.Popen(
            [BRIDGE, "chat", *map(str, args)], env=env, stderr=self.said,
            stdin=subprocess.DEVNULL, stdout=self.said)

    def text(self):
        self.said.seek(0)
        return self.said.read()

    def answers(self):
        return [json.loads(line) for line in self.text().splitlines()
                if line.startswith("{")]

    def end(self):
        """Its counts."""
        self.proc.send_signal(signal.SIGTERM)
        assert self.proc.wait(patience(10)) == 0, self.text()
        found = re.search(r"^chat-bridge: (\{.*\})$", self.text(), re.M)
        return json.loads(found[1].replace("'", '"'))


@pytest.fixture
def bridge(tmp_path):
    made = []

    def make(d, *args):
        made.append(Bridge(d, tmp_path, *args))
        return made[-1]

    yield make
    for one in made:
        end_process(one.proc)
        one.said.close()


def said(d):
    return d.request("overlay", "chat")["data"]["overlay"][0]["said"]


def follows(bridge):
    """Whether tail, its child, has looked at the end of the file."""
    pid = bridge.proc.pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        for child in children.read_text().split():
            comm = Path(f"/proc/{child}/comm").read_text().strip()
            waits = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1]
            if comm == "tail" and waits.split()[0] == "S":
                return any(str(p.readlink()).endswith("/chat.log")
                           for p in Path(f"/proc/{child}/fd").iterdir())
    except OSError:  # a child has ended meanwhile
        pass
    return False


def append(path, *values):
    with open(path, "a", encoding="utf-8") as file:
        for value in values:
            file.write(value if isinstance(value, str)
                       else json.dumps(value) + "\n")


def test_chat_in_a_file(faked, bridge, tmp_path):
    """Lines that are appended to a file are shown; those before are not, and
    nor is what is not a comment. After a restart of the daemon it goes on."""
    log = tmp_path / "chat.log"
    append(log, {"text": "old"})
    d = faked({"chat": CHAT}, env=PAINTER)
    d.wait_state("chat", "live")
    one = bridge(d, log, 1000)
    wait_for(lambda: follows(one), 10, "the file followed")
    append(log, {"text": "hello \ud83d", "user": "ann", "color": "#f80"},
           {"text": "{not} \0 JSON"}, '{"text": "he', 'llo"}\n',
           "no JSON\n", {"text": 5}, {"user": "bob"}, "[" * 100000 + "\n",
           {"text": "colourless", "color": "no colour"})
    wait_for(lambda: len(one.answers()) == 4, 10, "four answers")
    assert said(d) == 3
    assert [a["n"] for a in one.answers() if "error" in a] == [4]
    d.stop()
    d.start()
    d.wait_state("chat", "live")
    more = itertools.count()

    def again():
        append(log, {"text": f"again {next(more)}"})
        return said(d)

    d.wait(again, 20, "a comment after the restart")
    counts = one.end()
    assert counts["not comments"] == 4
    assert 4 < counts["passed on"] <= 4 + next(more)


def serve(listener, lines, done):
    """Each line in a connection of its own; the last one stays."""
    for line in lines:
        conn = listener.accept()[0]
        conn.sendall(json.dumps(line).encode() + b"\n")
        if line is not lines[-1]:
            conn.close()
    done.wait(patience(60))
    conn.close()


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_chat_of_a_server(faked, bridge, tmp_path, kind):
    """A server that hangs up is connected again; its words for the members are
    its own."""
    d = faked({"chat": CHAT}, env=PAINTER)
    d.wait_state("chat", "live")
    lines = [{"body": f"number {n}", "nick": "ann"} for n in range(3)]
    done = threading.Event()
    with socket.socket(socket.AF_INET if kind == "tcp" else
                       socket.AF_UNIX) as listener:
        where = f"{d.run}/chat"  # a short path
        listener.bind(("127.0.0.1", 0) if kind == "tcp" else where)
        if kind == "tcp":
            where = "127.0.0.1:%d" % listener.getsockname()[1]
        listener.listen()
        server = threading.Thread(target=serve, args=(listener, lines, done))
        server.start()
        try:
            one = bridge(d, f"{kind}:{where}", 50, "text=body", "user=nick")
            d.wait(lambda: said(d) == 3, 20, "three comments")
            wait_for(lambda: len(one.answers()) == 3, 20, "three answers")
            assert {a["outcome"] for a in one.answers()} == {"shown"}
            assert one.end() == {"passed on": 3}
        finally:
            done.set()
            server.join()


def test_chat_of_a_flood(faked, bridge, tmp_path):
    """What is faster than the rate is dropped, and counted."""
    log = tmp_path / "chat.log"
    append(log, "")
    d = faked({"chat": CHAT}, env=PAINTER)
    d.wait_state("chat", "live")
    one = bridge(d, log, 5)
    wait_for(lambda: follows(one), 10, "the file followed")
    append(log, *({"text": f"number {n}"} for n in range(1000)))
    ends = itertools.count(1)

    def ended():
        append(log, {"text": f"end {next(ends)}", "color": "none"})
        return any("error" in a for a in one.answers())

    d.wait(ended, 20, "an answer to what came after the flood")
    counts = one.end()
    assert 1000 < counts["passed on"] + counts["dropped"] < 1000 + next(ends)
    assert 5 <= said(d) < counts["passed on"] < counts["dropped"]


def test_chat_before_the_daemon(daemons, fakeff, bridge, tmp_path):
    """It waits for a daemon that is not there yet."""
    log = tmp_path / "chat.log"
    append(log, "")
    d = daemons({"chat": CHAT}, ffmpeg=fakeff, env=PAINTER)
    one = bridge(d, log, 5)
    wait_for(lambda: "daemon is not running" in one.text(), 10, "complaint")
    d.start()
    wait_for(lambda: follows(one), 20, "the file followed")
    append(log, {"text": "hello"})
    d.wait(lambda: said(d) == 1, 20, "the comment")
    assert one.end() == {"passed on": 1}
    d.stop()
