# SPDX-License-Identifier: ISC
"""The command line and the socket under it (S44-S49)."""

import json
import os
import random
import re
import signal
import socket
import subprocess
import time

import pytest
from harness import (CONFIG, DEGRADED, FFSUP, NO_DAEMON, NO_STREAM, OFF_AIR,
                     OK, ROOT, SCALE, USAGE, Stopwatch, count_fds,
                     cpu_seconds, fake, fake_profile, frames_profile, marked,
                     patience, rss_kib, wait_for)

# --- exit codes ------------------------------------------------------------


def test_exit_codes(faked):
    """0 all live, 1 something starts, 2 something is off the air, 4 no such
    stream, 64 usage; -q prints nothing (S44)."""
    d = faked({"good": fake_profile()})
    d.wait_state("good", "live")
    d.cli("status", check=OK)
    d.cli("status", "good", check=OK)
    d.write("slow", fake_profile("noprogress"))
    d.reload()
    d.cli("status", check=DEGRADED)
    d.cli("status", "good", check=OK)
    d.write("bad", {**fake_profile(exit=1), "restart": {"min": "60s",
                                                        "max": "60s"}})
    d.reload()
    d.wait_state("bad", "retry")
    d.cli("status", check=OFF_AIR)
    d.cli("status", "bad", check=OFF_AIR)
    assert d.cli("status", "-q", check=OFF_AIR).stdout == ""
    d.cli("why", "bad", check=OFF_AIR)
    for verb in ("status", "why", "start", "stop", "restart", "retry",
                 "logs", "plan"):
        done = d.cli(verb, "nosuch", check=NO_STREAM)
        assert "nosuch" in done.stderr and done.stdout == ""
    assert "bad" in d.cli("status", "bed", check=NO_STREAM).stderr
    d.cli("frobnicate", check=USAGE)
    d.cli("status", "--frobnicate", check=USAGE)
    d.cli("stop", check=USAGE)
    d.cli("logs", check=USAGE)
    d.tell("stop", "bad")
    d.tell("stop", "slow")
    d.wait(lambda: d.cli("status", "-q").returncode == OK, 5)


def test_no_daemon(daemons):
    """Without a daemon every verb that needs one says 3, names the socket
    and the next thing to try; nothing is on stdout."""
    d = daemons()
    for verb in (["status"], ["why", "a"], ["stop", "a"], ["reload"],
                 ["logs", "a"], ["events"]):
        done = d.cli(*verb, check=NO_DAEMON)
        assert str(d.sock) in done.stderr and "ffsup run" in done.stderr
        assert done.stdout == ""


def test_missing_words(daemons):
    """What a verb needs besides a name is told; no daemon is asked."""
    d = daemons()
    for verb, words in (("say", "NAME TEXT...|-"),
                        ("text", "NAME ID [TEXT...|--file FILE]")):
        assert f"{verb} needs {words}; see" in \
            d.cli(verb, "cam", check=USAGE).stderr
    assert "needs a NAME;" in d.cli("logs", check=USAGE).stderr
    assert "either --top or --bottom" in \
        d.cli("say", "cam", "--top", "--bottom", "x", check=USAGE).stderr


def test_help_and_version(daemons):
    """help and version work without a daemon; each command has its help."""
    d = daemons()
    text = d.cli("help", check=OK).stdout
    assert d.cli("--help", check=OK).stdout == text
    verbs = ("run", "check", "plan", "status", "why", "start", "stop",
             "restart", "retry", "reload", "logs", "events", "demo",
             "version", "help")
    for verb in verbs:
        assert re.search(rf"\b{verb}\b", text), verb
        assert verb in d.cli("help", verb, check=OK).stdout
    assert re.search(r"\d+\.\d+", d.cli("version", check=OK).stdout)
    assert d.cli(check=USAGE).stdout == ""
    d.cli("help", "nosuch", check=USAGE)


def test_b04_an_old_ffmpeg_is_refused(daemons, tmp_path):
    """check and run name the version that is too old, and the cure (W B04)."""
    old = tmp_path / "ffmpeg"
    old.write_text("#!/bin/sh\necho ffmpeg version 4.1.9 x\n")
    old.chmod(0o755)
    config = tmp_path / "ffsup.json"
    config.write_text(json.dumps({"ffmpeg": str(old)}))
    profile = tmp_path / "a.json"
    profile.write_text(json.dumps(fake_profile()))
    d = daemons()
    for verb in ("check", "run"):
        said = d.cli(verb, "-c", config, profile, check=CONFIG).stderr
        assert "4.1.9 is too old" in said and "4.3 or later" in said, said


def test_prefixes(faked):
    """Unique prefixes of verbs work, ambiguous ones list the candidates."""
    d = faked({"a": fake_profile()})
    d.wait_state("a", "live")
    d.cli("stat", check=OK)
    done = d.cli("st", check=USAGE)
    assert all(v in done.stderr for v in ("status", "start", "stop"))


# --- names -----------------------------------------------------------------


def test_names_are_whole_names(faked):
    """foo is not foobar, in every verb (S45)."""
    d = faked({"foo": fake_profile(), "foobar": fake_profile()})
    d.wait_all()
    pid = d.worker_pid("foobar")
    d.tell("stop", "foo")
    d.wait_state("foo", "off")
    assert d.state("foobar") == "live" and d.worker_pid("foobar") == pid
    table = d.cli("status", "foo").stdout
    assert "foobar" not in table
    d.cli("stop", "fo", check=NO_STREAM)
    assert d.state("foobar") == "live"


def test_globs_and_all(faked):
    """NAME takes globs; --all means every stream."""
    d = faked({n: fake_profile() for n in ("cam-1", "cam-2", "door")})
    d.wait_all()
    d.tell("stop", "cam-*")
    d.wait(lambda: [s["state"] for s in d.status()["streams"]]
           == ["off", "off", "live"], 5)
    d.cli("stop", "nosuch-*", check=NO_STREAM)
    d.tell("start", "--all")
    d.wait_all()
    d.tell("stop", "--all")
    d.wait_all("off")


# --- why ---------------------------------------------------------------------


def away(name, *, command=None):
    """A stream of two outputs whose server does not listen."""
    source = {"command": [command]} if command else {"pattern": "counter"}
    say = fake(say="Connection to tcp://h:1935 failed: Connection refused",
               exit=1)
    return {**frames_profile(**source), "fallback": {},
            "restart": {"min": "30s", "max": "30s"}, "outputs": [
                {"name": out, "url": f"rtmp://h/{name}/{out}",
                 "options": {"metadata": say}} for out in ("one", "two")]}


def test_n6_each_fault_is_told(faked):
    """A program that is missing, and outputs that cannot connect: why has a
    section for each, with the line of its key. NAME/OUTPUT is understood
    everywhere (N6, W9)."""
    d = faked({"show": away("show", command="/no/such/program"),
               "fine": fake_profile()})
    d.wait(lambda: len(d.request("why", "show")["data"]["faults"]) == 3, 20)
    why = d.request("why", "show")["data"]
    text = (d.profiles / "show.json").read_text().splitlines()
    for fault in why["faults"]:
        name, line, col = fault["place"].split(":")
        assert name == "show.json", fault
        assert text[int(line) - 1][int(col) - 1:].startswith(
            f'"{fault["key"].split(".")[-1]}"'), fault
    assert sorted(f["key"] for f in why["faults"]) == [
        "outputs[0].url", "outputs[1].url", "source.frames.command"]
    assert all(f["cause"] and f["do"] and f["proof"] for f in why["faults"])
    assert d.cli("why", "show").stdout.count("Cause  ") == 3
    one = d.request("why", "show/one")["data"]
    assert [f["output"] for f in one["faults"]] == ["one"]
    assert one["worker"] == "one" and one["key"] == "outputs[0].url"
    page = d.status("show/one")
    assert [o["name"] for o in page["outputs"]] == ["one"]
    assert [w["name"] for w in page["workers"]] == ["one"]
    lines = d.request("logs", "show/*")["data"]["lines"]
    assert {x["worker"] for x in lines} >= {"one", "two"}
    assert {x["stream"] for x in lines} == {"show"}
    events = d.request("events", "show/two", "fine")["data"]["events"]
    assert {(e["stream"], e["worker"]) for e in events} == {
        ("show", "two"), ("fine", "direct"), ("fine", None)}
    for verb in ("status", "why", "logs", "events"):
        d.cli(verb, "show/none", check=NO_STREAM)


def test_w9_why_without_a_name(faked):
    """All that need attention, the worst first; what they have in common is
    told once (W9)."""
    d = faked({"one": away("one"), "two": away("two"), "fine": fake_profile(),
               "mad": fake_profile(say="[error] Unrecognized option 'busy'.",
                                   exit=8)})
    d.wait_state("fine", "live")
    d.wait_state("mad", "failed")
    d.wait(lambda: all(len(d.request("why", n)["data"]["faults"]) == 2
                       for n in ("one", "two")), 20)
    data = d.request("why")["data"]
    assert [w["name"] for w in data["streams"]] == ["mad", "one", "two"]
    group, = data["groups"]
    assert group["streams"] == ["one", "two"] and len(group["places"]) == 4
    assert group["subject"].startswith("h") and "2 streams" in group["text"]
    text = d.cli("why", check=OFF_AIR).stdout
    assert text.count(group["cause"][:20]) == 1 and "fine" not in text
    d.cli("why", "fine", "m*", check=OFF_AIR)
    for name in ("one", "two", "mad"):
        d.remove(name)
    d.reload()
    assert d.cli("why", check=OK).stdout == "nothing is wrong\n"


def test_w10_a_secret_that_was_corrected(faked, tmp_path):
    """A file that the profile names has changed since it was read, or the
    profile has: why and status say so, until a reload (W10, N24)."""
    secret = tmp_path / "secret"
    secret.write_text("wrong")
    profile = {**fake_profile(), "description": f"${{file:{secret}}}"}
    d = faked({"cam": profile})
    d.wait_state("cam", "live")
    secret.write_text("corrected")
    d.wait(lambda: d.status("cam")["changed_value"] == str(secret), 20)
    assert f"{secret} has changed" in " ".join(
        d.cli("why", "cam", check=OK).stdout.split())
    d.reload()
    assert d.status("cam")["changed_value"] is None
    (d.profiles / "cam.json").write_text(json.dumps(profile, indent=8))
    d.wait(lambda: d.status("cam")["changed"], 20)
    assert "ffsup reload" in d.cli("why", "cam", check=OK).stdout
    d.reload()
    assert not d.status("cam")["changed"]


# --- what is shown ---------------------------------------------------------

STREAM_KEYS = {"name", "state", "since", "wanted", "reason", "restarts",
               "profile", "changed", "workers", "outputs", "description",
               "topology", "fps_target", "uptime_s"}
WORKER_KEYS = {"role", "name", "pid", "state", "since", "restarts", "frame",
               "fps", "speed", "bitrate_kbps", "out_time_s", "failures",
               "retry_at", "retry_in_s", "last", "uptime_s", "wanted", "run",
               "argv0"}
FRAME_KEYS = {"in", "out", "dropped", "repeated", "queue", "queue_age_ms",
              "fallback"}
LAST_KEYS = {"at", "code", "signal", "class", "lived_s", "text"}


def test_status_json_is_stable(faked):
    """The object that programs read has these keys and these types (S46)."""
    d = faked({"a": fake_profile(exit=1, after=1),
               "b": frames_profile(pattern="counter"),
               "c": {**fake_profile(), "enabled": False}})
    d.wait(lambda: d.status("a")["restarts"] >= 1, 8)
    d.wait_state("b", "live")
    data = json.loads(d.cli("status", "--json").stdout)
    assert data["v"] == 1 and data["pid"] == d.pid
    assert data["ffmpeg"]["version"].startswith("5.1.9")
    assert data["uptime_s"] > 0 and data["version"]
    streams = {s["name"]: s for s in data["streams"]}
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
    for stream in streams.values():
        assert STREAM_KEYS <= set(stream), STREAM_KEYS - set(stream)
        assert re.fullmatch(stamp, stream["since"])
        for worker in stream["workers"]:
            assert WORKER_KEYS <= set(worker), WORKER_KEYS - set(worker)
    last = streams["a"]["workers"][0]["last"]
    assert LAST_KEYS <= set(last)
    assert re.fullmatch(stamp, last["at"])
    assert last["code"] == 1 and last["signal"] is None
    assert set(streams["b"]["frames"]) >= FRAME_KEYS
    assert streams["b"]["topology"] == "frames"
    assert streams["b"]["frames"]["fallback"] == "none"
    assert streams["b"]["outputs"][0]["worker"] == "encoder"
    assert streams["a"].get("frames") is None
    assert streams["c"]["state"] == "off" and not streams["c"]["wanted"]
    assert json.loads(d.cli("status", "--json", "c").stdout)["streams"][0][
        "name"] == "c"


def test_page_tells_the_input(faked):
    """The page of a stream says where its pictures come from: whatever the
    kind of source, all of several, and no password."""
    url = "rtsp://u:secret-word@127.0.0.1:9/1"
    sources = {
        "frames": ({"frames": {"size": "64x48", "fps": 5, "pattern": "smpte"}},
                   "64x48 bgr24 from a test pattern"),
        "h264": ({"h264": {"command": ["cam", "-o", "a b"]}},
                 "H.264 from cam -o 'a b'"),
        "socket": ({"h264": {"socket": True}}, "H.264 from its socket"),
        "files": ({"files": ["/a.mp4", "/b*.mp4"]}, "files /a.mp4 '/b*.mp4'"),
        "two": ([{"url": url}, {"device": "/dev/video9"}],
                "rtsp://****@127.0.0.1:9/1, else /dev/video9")}
    d = faked({name: {"source": source, "enabled": False, "outputs": [
        {"url": "/dev/null", "format": "flv"}]}
        for name, (source, _) in sources.items()})
    for name, (_, text) in sources.items():
        assert d.status(name)["source"] == text
        assert f"     Input  {text}\n" in d.cli("status", name).stdout


def test_what_does_not_run_has_no_rates(daemon):
    """An ffmpeg that has ended sends nothing: no pictures a second, no speed
    and no bitrate of it are shown, and nothing is said to be on air; nor is
    the gigabit per second that ffmpeg makes of a header."""
    d = daemon({"a": {"source": {"frames": {
        "size": "160x120", "fps": 25, "pattern": "counter"}}, "outputs": [
            {"name": "null", "url": "/dev/null", "format": "mpegts"}]}})
    seen = d.wait(lambda: d.worker("a")["bitrate_kbps"] and d.status("a"), 10)
    assert seen["workers"][0]["bitrate_kbps"] < 5000
    d.cli("stop", "a", check=OK)
    seen = d.status("a")
    for part in (*seen["workers"], *seen["outputs"]):
        assert part["fps"] is part["bitrate_kbps"] is None, part
    assert seen["workers"][0]["speed"] is None
    assert seen["workers"][0]["frame"] > 0
    page = d.cli("status", "a", check=OK).stdout
    assert "OFF" in page and "On air" not in page and "bit/s" not in page
    table = d.cli("status", check=OK).stdout.splitlines()[3].split()
    assert table[3:6] == ["-", "-", "-"], table


def test_table_fits_awk(faked):
    """One line a stream, name in the second column's reach, no colours or
    escape sequences in a pipe, trouble first."""
    d = faked({"zoo": {**fake_profile(exit=1), "restart": {"min": "60s",
                                                           "max": "60s"}},
               "ant": fake_profile(), "bee": fake_profile()})
    d.wait_state("zoo", "retry")
    d.wait_state("ant", "live")
    d.wait_state("bee", "live")
    done = d.cli("status")
    assert "\x1b" not in done.stdout
    order = re.findall(r"\b(ant|bee|zoo)\b +[A-Za-z]", done.stdout)
    assert order == ["zoo", "ant", "bee"]
    assert re.search(r"zoo +RETRY", done.stdout)
    assert "ffsup why zoo" in done.stdout + done.stderr
    page = d.cli("status", "zoo").stdout
    assert "zoo" in page and "RETRY" in page


def test_why_tells_cause_proof_and_advice(faked):
    """Cause, since when, the line that proves it, what to do, next try."""
    d = faked({"a": {**fake_profile(exit=1, say=(
        "[tcp @ 0x5] [error] Connection to tcp://127.0.0.1:1 failed: "
        "Connection refused")), "restart": {"min": "60s", "max": "60s"}}})
    d.wait_state("a", "retry")
    why = d.why("a")
    assert why["class"] == "refused" and why["attempt"] >= 1
    assert 30 < why["retry_in_s"] < 90
    assert any("Connection refused" in line for line in why["proof"])
    assert json.loads(d.cli("why", "--json", "a").stdout)["proof"] == \
        why["proof"]
    text = d.cli("why", "a").stdout
    for word in ("Cause", "Since", "Proof", "Do", "Connection refused"):
        assert word in text, text
    assert "ffsup retry a" in text


def test_logs_and_events(faked):
    """logs tells a run's stderr, events what happened; -f goes on."""
    d = faked({"a": {**fake_profile(exit=3, after=0.2, say="hello there"),
                     "restart": {"min": "500ms", "max": "500ms"}}})
    d.wait(lambda: d.status("a")["restarts"] >= 1, 5)
    assert "hello there" in d.cli("logs", "a", check=OK).stdout
    one = d.cli("logs", "a", "-n", "1", check=OK).stdout
    assert len(one.splitlines()) == 1
    events = d.cli("events", "--json", check=OK).stdout
    assert any("STARTING" in json.dumps(json.loads(line))
               for line in events.splitlines())
    assert "a/direct" in d.cli("events", check=OK).stdout
    for verb in (["logs", "a", "-f"], ["events", "-f"]):
        follow = subprocess.Popen(
            [FFSUP, *verb], env=d.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            before = d.status("a")["restarts"]
            d.wait(lambda: d.status("a")["restarts"] > before + 1, 8)
            follow.terminate()
            out, _ = follow.communicate(timeout=patience(5))
        finally:
            follow.kill()
            follow.wait()
        assert out.count("hello there" if verb[0] == "logs" else
                         "STARTING") >= 2


def test_status_in_the_log(faked):
    """SIGUSR1: the whole status as JSON, however many streams and outputs;
    no line of the log is cut."""
    outs = [{"name": f"o{i}", "url": "/dev/null", "format": "flv"}
            for i in range(12)]
    d = faked({**{f"s{i}": {**fake_profile(), "enabled": False}
                  for i in range(20)},
               "many": {"source": {"url": "x"}, "outputs": outs,
                        "enabled": False}})
    d.signal(signal.SIGUSR1)
    d.wait_log(r"status .*\"name\":\"s9\"", 5)
    seen, part = [], ""
    for text in re.findall(r" status (.*)", d.log):
        more = re.fullmatch(r"part (\d+) of (\d+) (.*)", text)
        part += more.group(3) if more else text
        if not more or more.group(1) == more.group(2):
            seen += [s["name"] for s in json.loads(part)["streams"]]
            part = ""
    assert seen == sorted(["many", *(f"s{i}" for i in range(20))])


def test_lines_of_logs(faked):
    """50 lines where not said, and all that is kept for any large number."""
    d = faked({"a": frames_profile(command=[
        "sh", "-c", "seq 100 199 >&2; exec sleep 1000"])})

    def lines(*options):
        out = d.cli("logs", "a", *options, check=OK).stdout
        return [s for s in out.splitlines() if re.search(r": 1\d\d$", s)]

    d.wait(lambda: len(lines("-n", 1000)) == 100, 5)
    assert len(lines()) <= 50
    for much in (1000000, 1000001, 99999999999999):
        assert len(lines("-n", much)) == 100, much


def test_output_that_cannot_be_written(faked):
    """What does not get out is a failure: 1, and it is said; who reads one
    line only and leaves is none."""
    d = faked({"a": fake_profile(say="hello"), "b": fake_profile()})
    d.wait_all()
    path = d.profiles / "a.json"
    for args in (["status"], ["status", "--json"], ["why", "a"], ["logs", "a"],
                 ["events"], ["events", "--json"], ["events", "-f"],
                 ["status", "-w"], ["plan", "a"], ["plan", path],
                 ["check", path], ["schema"], ["help"], ["version"],
                 ["reload"], ["restart", "b"]):
        command = [FFSUP, *map(str, args)]
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                command, env=d.env, stdin=subprocess.DEVNULL, stdout=full,
                stderr=subprocess.PIPE, text=True, timeout=patience(10),
                check=False)
        assert done.returncode == 1, (args, done.returncode, done.stderr)
        assert "No space left" in done.stderr
    for args in (["status"], ["events"], ["check", path], ["schema"]):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(
            [FFSUP, *map(str, args)], env=d.env, stdin=subprocess.DEVNULL,
            stdout=write, stderr=subprocess.PIPE, text=True, check=False)
        os.close(write)
        assert (done.returncode, done.stderr) == (0, ""), args


def test_plan_shows_the_command_lines(faked):
    """plan prints every argv so that a shell gives it back unchanged."""
    words = ["a b", "'", "$x", "-i", "ü"]
    d = faked({"a": {"args": words}, "f": frames_profile(
        command=["cat", "/dev/zero"])})
    data = d.request("plan", "a")["data"]
    assert data["workers"][0]["argv"][-5:] == words
    shell = data["workers"][0]["shell"]
    again = subprocess.run(["sh", "-c", f"printf '%s\\0' {shell}"],
                           capture_output=True, text=True, check=True)
    assert again.stdout.split("\0")[:-1] == data["workers"][0]["argv"]
    frames = d.request("plan", "f")["data"]
    assert [w["name"] for w in frames["workers"]] == ["producer", "encoder"]
    assert frames["links"][0]["type"] == "frames"
    for where in "f", d.profiles / "f.json":
        said = json.loads(d.cli("plan", "--json", where, check=OK).stdout)
        assert said["links"][0]["type"] == "frames"
    text = d.cli("plan", "f", check=OK).stdout
    assert "rawvideo" in text and "cat /dev/zero" in text
    by_path = d.cli("plan", d.profiles / "f.json", check=OK).stdout
    assert "rawvideo" in by_path


# --- the socket ------------------------------------------------------------


def ask_raw(d, data, shut=True):
    """Send bytes; all that comes back until the daemon closes."""
    with d.connect() as conn:
        try:
            conn.sendall(data)
            if shut:
                conn.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it may have closed already
        out = b""
        try:
            while chunk := conn.recv(65536):
                out += chunk
                if out.endswith(b"\n"):
                    break
        except ConnectionResetError:
            pass
        return out


def test_fuzzed_requests(faked):
    """Rubbish gets an error or a closed door, never a crash (S46, dinit
    cptests/fuzz). Seeded, so that a failure can be repeated."""
    d = faked({"a": fake_profile()})
    d.wait_state("a", "live")
    rng = random.Random(20260101)
    good = json.dumps({"v": 1, "cmd": "status", "args": ["a"]}).encode()
    fixed = [b"\n", b"{}\n", b"[]\n", b"null\n", b"1e999\n", b'"x"\n',
             b"{" * 2000 + b"\n", b"[" * 5000 + b"\n", b"\0\0\0\n",
             b'{"v":2,"cmd":"status"}\n', b'{"v":1}\n',
             b'{"v":1,"cmd":5}\n', b'{"v":1,"cmd":"nosuch"}\n',
             b'{"v":1,"cmd":"status","args":{}}\n',
             b'{"v":1,"cmd":"status","args":[1,null]}\n',
             b'{"v":1,"cmd":"stop"}\n', b'{"v":1,"cmd":"logs","args":["a"],'
             b'"opts":{"lines":-1}}\n', b'{"v":1,"cmd":"logs","args":["a"],'
             b'"opts":{"lines":1e300}}\n', b'\xff\xfe\xfd\n']
    for _ in range(150):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        fixed.append(bytes(data[:rng.randrange(1, len(data) + 1)]) + b"\n")
    for data in fixed:
        out = ask_raw(d, data)
        if out:
            reply = json.loads(out.splitlines()[0])
            assert isinstance(reply["ok"], bool), (data, reply)
            assert reply["ok"] or reply["error"]
    assert d.state("a") == "live" and d.status("a")["restarts"] == 0


def test_oversized_request(faked):
    """A megabyte without a newline is refused at 64 KiB, not stored (S48)."""
    d = faked({"a": fake_profile()})
    before = rss_kib(d.pid)
    out = ask_raw(d, b"x" * (1 << 20), shut=False)
    if out:
        assert json.loads(out)["ok"] is False
    assert rss_kib(d.pid) - before < 2048 * SCALE
    d.cli("version", check=OK)


@pytest.mark.slow
def test_silent_and_slow_clients(faked):
    """Clients that say nothing, or half a request, or never read, hold up
    nobody and are sent away after their time (S48). Takes 10 s."""
    d = faked({"a": fake_profile()})
    silent, half, deaf = d.connect(30), d.connect(30), d.connect(30)
    half.sendall(b'{"v":1,')
    deaf.sendall(b'{"v":1,"cmd":"status","args":[]}\n')
    watch = Stopwatch(d)
    d.cli("status")
    assert watch.took(0, 2)
    for conn in (silent, half):
        try:
            data = conn.recv(4096)  # its error, or just the end
            while data:
                data = conn.recv(4096)
        except ConnectionResetError:
            pass
        conn.close()
    deaf.close()
    assert watch.took(9, 20)
    d.cli("version", check=OK)


def test_many_clients(faked):
    """Two hundred clients at once: each is served or turned away, the
    streams do not notice, no descriptor stays (S48)."""
    d = faked({"a": fake_profile()})
    d.wait_state("a", "live")
    before = count_fds(d.pid)
    conns, served = [], 0
    for _ in range(200):
        conn = socket.socket(socket.AF_UNIX)
        conn.settimeout(patience(5))
        conn.connect(str(d.sock))
        conns.append(conn)
    for conn in conns:
        try:
            conn.sendall(b'{"v":1,"cmd":"version","args":[]}\n')
            served += b'"ok":true' in conn.recv(65536)
        except OSError:
            pass
    assert served >= 16
    for conn in conns:
        conn.close()
    d.wait(lambda: count_fds(d.pid) == before, 5)
    assert d.status("a")["restarts"] == 0
    d.cli("status", check=OK)


def test_client_that_will_say_no_more(faked):
    """Who shuts its end while a long answer is under way gets all of it, and
    then its leave."""
    talk = ["/bin/sh", "-c", "i=0; while [ $i -lt 200 ]; do printf "
            "'%03d%03900d\\n' $i 0 >&2; i=$((i+1)); done; exec sleep 1000"]
    d = faked({"a": frames_profile(command=talk)})
    d.wait(lambda: '"199' in json.dumps(d.request("logs", "a")["data"]), 8)
    with d.connect() as conn:
        conn.sendall(b'{"v":1,"cmd":"logs","args":["a"],'
                     b'"opts":{"lines":200}}\n')
        conn.shutdown(socket.SHUT_WR)
        time.sleep(0.3)
        with conn.makefile("rb") as answer:
            assert len(answer.readline()) > 500000
            assert answer.read() == b""


def test_client_that_leaves(faked):
    """A client that goes away in the middle of its answer, or of a follow,
    leaves nothing behind."""
    d = faked({"a": fake_profile(exit=1)})
    before = count_fds(d.pid)
    for _ in range(30):
        with d.connect() as conn:
            conn.sendall(b'{"v":1,"cmd":"events","opts":{"follow":true}}\n')
    d.wait(lambda: count_fds(d.pid) <= before + 2, 8)
    d.cli("version", check=OK)


def test_other_users(faked):
    """Another user cannot stop anything (S47)."""
    if os.getuid() != 0:
        pytest.skip("needs root, to become somebody else")
    d = faked({"a": fake_profile()})
    d.wait_state("a", "live")
    d.run.chmod(0o755)  # only the socket's own permissions count here
    code = ("import socket,sys; s = socket.socket(socket.AF_UNIX); "
            "s.settimeout(5); s.connect(sys.argv[1]); "
            "s.sendall(b'{\"v\":1,\"cmd\":\"stop\",\"args\":[\"a\"]}\\n'); "
            "print(s.recv(65536).decode())")
    done = subprocess.run(
        ["/usr/bin/python3", "-c", code, str(d.sock)], check=False,
        capture_output=True, text=True, user=65534, group=65534,
        extra_groups=[], cwd="/")
    assert '"ok":true' not in done.stdout
    assert "Permission" in done.stderr or '"ok":false' in done.stdout
    assert d.state("a") == "live"


def test_socket_and_its_directory_are_private(daemons, fakeff):
    """Whatever the umask, nobody else may write to the socket (trap 44)."""
    d = daemons({"a": fake_profile()}, ffmpeg=fakeff,
                preexec=lambda: os.umask(0)).start()
    assert d.sock.stat().st_mode & 0o007 == 0
    d.stop()


def test_stale_socket(daemons, fakeff):
    """A socket that a killed ffsup left is no obstacle (S49)."""
    d = daemons({"a": fake_profile()}, ffmpeg=fakeff).start()
    d.kill()
    wait_for(lambda: marked(d.id) == [], 5, "the end of its children")
    assert d.sock.exists()
    # a process that it has just forked may listen for a moment
    wait_for(lambda: d.cli("status").returncode == NO_DAEMON, 5, "its end")
    d.start()
    d.wait_state("a", "live")
    d.stop()


def test_second_instance(faked, daemons, fakeff):
    """A second ffsup on the same socket says so and leaves; the first one
    does not notice (S49)."""
    d = faked({"a": fake_profile()})
    d.wait_state("a", "live")
    pid = d.worker_pid("a")
    second = daemons({"b": fake_profile()}, ffmpeg=fakeff)
    done = subprocess.run(
        [FFSUP, "run", "-c", str(second.config), "-s", str(d.sock)],
        env=second.env, capture_output=True, text=True, check=False,
        timeout=patience(10), stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    assert re.search(r"already|another", done.stderr)
    assert d.worker_pid("a") == pid
    d.cli("status", check=OK)


# --- what is shipped -------------------------------------------------------


def test_idle_costs_nothing(faked):
    """Thirty streams and nobody asking: less than 5 % of one processor."""
    d = faked({f"s{i}": fake_profile(progress=1) for i in range(30)},
              settings={"spawn_rate": 100, "spawn_burst": 100})
    d.wait_all(timeout=20)
    before = cpu_seconds(d.pid)
    time.sleep(2)
    assert cpu_seconds(d.pid) - before <= 0.1 * SCALE


def schema_paths(node, prefix=""):
    """Every key of a JSON Schema as a dotted path."""
    for option in [node, *node.get("anyOf", []), *node.get("oneOf", [])]:
        if "items" in option:
            yield from schema_paths(option["items"], prefix)
        for name, sub in option.get("properties", {}).items():
            if name == "$schema":
                continue
            yield prefix + name
            yield from schema_paths(sub, f"{prefix}{name}.")


def test_schema_is_a_schema(daemons):
    """`ffsup schema` prints valid JSON that knows the keys of the table and
    forbids all others."""
    text = daemons().cli("schema", check=OK).stdout
    schema = json.loads(text)
    paths = set(schema_paths(schema))
    assert {"source", "source.frames.size", "outputs", "outputs.url",
            "restart.auth.min", "watchdog.stall", "args"} <= paths
    assert schema["additionalProperties"] is False


def test_manual_lists_every_key():
    """ffsup.json(5) has an entry for each key of the table, and no other."""
    done = subprocess.run(
        ["/usr/bin/python3", ROOT / "tests" / "manual.py", FFSUP],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


COMPLETE = """\
. "$0"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"
COMP_POINT=${#COMP_LINE}
f=$(complete -p ffsup | sed 's/.*-F \\([^ ]*\\).*/\\1/')
"$f" ffsup "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""


def test_bash_completion(faked):
    """The completion offers verbs, and streams and overlays by asking the
    daemon."""
    script = ROOT / "dist" / "ffsup.bash"
    if not script.exists():
        found = sorted((ROOT / "dist").rglob("*bash*"))
        assert found, "no bash completion in dist"
        script = found[0]
    d = faked({
        "front": fake_profile(), "yard": fake_profile(),
        "over": {**frames_profile(pattern="counter"), "overlay": [
            {"id": "chat", "kind": "danmaku"}, {"id": "score", "kind": "label",
                                                "text": "0 : 0"}]}})

    def complete(*words):
        """What the shell would offer for the last of these words."""
        done = subprocess.run(
            ["bash", "-c", COMPLETE, script, *words], env={
                **d.env,
                "PATH": f"{os.path.dirname(FFSUP)}:{os.environ['PATH']}"},
            cwd=d.dir, capture_output=True, text=True, check=False)
        assert done.stderr == "", done.stderr
        return set(done.stdout.split())

    assert {"status", "start", "stop"} <= complete("ffsup", "st")
    assert "reload" not in complete("ffsup", "st")
    assert complete("ffsup", "stop", "") >= {"front", "yard"}
    assert complete("ffsup", "why", "fr") == {"front"}
    assert complete("ffsup", "text", "ov") == {"over"}
    assert complete("ffsup", "text", "over", "") == {"score"}
    assert complete("ffsup", "overlay", "over", "") == {"chat", "score"}
    assert complete("ffsup", "overlay", "over", "chat", "o") == {"on", "off"}
    assert complete("ffsup", "say", "over", "--id", "") == {"chat"}
    assert complete("ffsup", "explain", "no") >= {"notfound", "no-pictures"}
    # n20: options before the command
    assert "status" in complete("ffsup", "-s", str(d.sock), "st")
    assert complete("ffsup", "-s", str(d.sock), "why", "fr") == {"front"}


def test_examples_are_valid(daemons):
    """Every shipped profile passes `ffsup check`, and can be planned."""
    examples = sorted((ROOT / "profiles").glob("*.json"))
    assert examples
    d = daemons()
    secrets = {f"{n}": "x" * 8 for path in examples for n in
               re.findall(r"\$\{([A-Z_]+)\}", path.read_text())}
    d.cli("check", *examples, env=secrets, check=OK)
    for path in examples:
        out = d.cli("plan", path, env=secrets, check=OK).stdout
        assert "ffmpeg" in out


def test_plan_without_a_daemon(daemons):
    """A name that no profile has is exit 4, with a daemon and without one; a
    directory is no profile, whatever is in it."""
    d = daemons({"a": fake_profile(), "b": fake_profile()})
    assert "# a: direct" in d.cli("plan", "-c", d.config, "a", check=OK).stdout
    done = d.cli("plan", "-c", d.config, "nosuch", check=NO_STREAM)
    assert 'no profile "nosuch"' in done.stderr
    for path in (d.profiles, d.dir / "empty/"):
        path.mkdir(exist_ok=True)
        done = d.cli("plan", path, check=CONFIG)
        assert "is a directory" in done.stderr and done.stdout == ""


def test_check_misses_files(daemons, tmp_path):
    """A slate, a file or a program that is not there is a warning: it may
    come later; so is a pattern that matches nothing, and a file that cannot
    be media (M5, M15). Each has its place (N11)."""
    out = {"outputs": [{"url": "/dev/null", "format": "flv"}]}
    frames = {"size": "64x48", "fps": 5}
    (tmp_path / "there").write_text("")
    d = daemons({
        "a": {"source": {"frames": {**frames, "command": ["/no/prog", "x"]}},
              "fallback": {"slate": "/no/slate.png"}, **out},
        "b": {"source": {"files": ["/no/film.mp4", str(tmp_path / "there"),
                                   "/no/*.mp4"]}, "video": {}, **out},
        "c": {"source": {"h264": {"command": ["/no/cam"]}}, **out},
        "d": {"source": {"frames": {**frames, "command": ["prog"]}}, **out},
        "e": {"source": {"url": str(tmp_path / "there")}, **out}})
    done = d.cli("check", d.profiles, check=OK)
    said = re.findall(r"(\w)\.json:\d+:\d+: warning: (.*): No such file",
                      done.stderr)
    assert said == [("a", "source.frames.command: /no/prog"),
                    ("a", "fallback.slate: /no/slate.png"),
                    ("b", "source.files: /no/film.mp4"),
                    ("c", "source.h264.command: /no/cam")]
    assert "source.files: /no/*.mp4 matches nothing" in done.stderr
    assert "source.frames.command: prog: not in PATH" in done.stderr
    assert f"source.files: {tmp_path}/there: it is empty" in done.stderr
    assert re.search(r"e\.json:\d+:\d+: warning: source.url:", done.stderr)
    assert "name it in \"files\"" in done.stderr
    assert "5 profiles: no errors, 8 warnings" in done.stdout


def test_check_needs_no_daemon(daemons):
    """check reads what it is given, reports every error at once, 78."""
    d = daemons({"a": '{"args": ["x"], "enabled": 3}',
                 "b": '{"source": {"url": "x"}, "ouputs": []}',
                 "c": fake_profile()})
    done = d.cli("check", d.profiles, check=CONFIG)
    said = done.stdout + done.stderr
    assert "a.json:1:28" in said and "enabled" in said
    assert 'did you mean "outputs"' in said
    d.cli("check", d.profiles / "c.json", check=OK)
    d.cli("check", "-c", d.config, check=CONFIG)
    wait_for(lambda: not d.sock.exists(), 1)


def test_n11_check_sees_what_is_missing(daemons, tmp_path):
    """Devices, scripts and directories that cannot be made are told, with
    their places; what is there is not."""
    (tmp_path / "file").write_text("x")
    frames = {"size": "64x48", "fps": 5}
    out = {"outputs": [{"url": "/dev/null", "format": "flv"}]}
    d = daemons({
        "a": {"source": {"device": "/dev/video77"}, **out},
        "b": {"source": {"frames": {**frames, "command": [
            "python3", "/no/detect.py"]}}, **out},
        "c": {"source": {"frames": {**frames, "pattern": "smpte"}},
              "outputs": [{"record": f"{tmp_path}/file/%s.mkv"},
                          {"record": "/proc/rec/%s.mkv"},
                          {"record": f"{tmp_path}/new/%Y/%s.mkv"}]},
        "d": {"source": {"url": "http://127.0.0.1:1/snap.jpg"}, **out},
        "e": {"source": {"frames": {**frames, "command": ["python3", "-c",
                                                          "1"]}}, **out}})
    done = d.cli("check", d.profiles, check=OK)
    told = re.findall(r"(\w)\.json:\d+:\d+: warning: (.*)", done.stderr)
    assert [(name, text.split(": ")[0]) for name, text in told] == [
        ("a", "source.device"), ("b", "source.frames.command"),
        ("c", "outputs[0].record"), ("c", "outputs[1].record"),
        ("d", "source.url")], done.stderr
    assert 'add "every": "2s"' in done.stderr
