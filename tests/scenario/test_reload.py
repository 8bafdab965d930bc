# SPDX-License-Identifier: ISC
"""A reload does exactly the difference, or nothing (S37-S43)."""

import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest
from harness import (CONFIG, OK, SCALE, Stopwatch, alive, fake, fake_profile,
                     frames_profile, patience, producer, producer_log,
                     read_pids)


def pids_of(d):
    return {n: [w["pid"] for w in s["workers"]]
            for n, s in d.streams().items()}


def test_reload_without_change_keeps_everything(faked):
    """No difference, no new pid: by the verb and by SIGHUP (S37,
    finit#382)."""
    d = faked({n: fake_profile() for n in "abc"})
    d.wait_all()
    before = pids_of(d)
    data = d.request("reload")["data"]
    assert sorted(data["keep"]) == ["a", "b", "c"]
    assert not (data["start"] or data["stop"] or data["restart"])
    mark = len(d.log)
    d.signal(signal.SIGHUP)
    d.wait(lambda: "reload" in d.log[mark:].lower(), 5)
    assert pids_of(d) == before


def test_reload_does_exactly_the_difference(faked):
    """One added, one removed, one changed, one disabled: the fifth runs on,
    and --dry-run had said it all without doing it (S38, circus
    reloadconfig; story 7)."""
    d = faked({n: fake_profile() for n in ("same", "gone", "new2", "off")})
    d.wait_all()
    before = pids_of(d)
    d.remove("gone")
    d.write("new2", fake_profile(progress=0.2))
    d.write("added", fake_profile())
    d.write("off", {**fake_profile(), "enabled": False})
    plan = d.request("reload", dry_run=True)["data"]
    assert plan["dry_run"] is True
    assert plan["start"] == ["added"]
    assert [r["name"] for r in plan["restart"]] == ["new2", "off"]
    assert "gone" in plan["stop"]
    assert plan["keep"] == ["same"]
    assert pids_of(d) == before
    said = d.cli("reload", "--dry-run", check=OK).stdout
    assert all(word in said for word in ("added", "new2", "gone", "same"))
    d.cli("reload", check=OK)
    d.wait(lambda: sorted(d.streams()) == ["added", "new2", "off", "same"], 5)
    d.wait_state("added", "live")
    d.wait_new_pid("new2", before["new2"][0])
    d.wait_state("new2", "live")
    d.wait_state("off", "off")
    assert pids_of(d)["same"] == before["same"]
    assert not alive(before["gone"][0]) and not alive(before["off"][0])
    d.cli("status", check=OK)  # off on purpose is no failure


@pytest.mark.parametrize("how", ["verb", "signal"])
def test_bad_profile_changes_nothing(faked, how):
    """One bad file: the old set runs on untouched, the command says 78, the
    log names file, line and column (S39, LavinMQ#2080; story 2)."""
    d = faked({n: fake_profile() for n in "abc"})
    d.wait_all()
    before = pids_of(d)
    d.remove("c")
    d.write("b", '{\n  "args": ["x"],\n  "enbled": true\n}\n')
    if how == "verb":
        done = d.cli("reload", check=CONFIG)
        assert "b.json:3:3: error" in done.stderr
        assert 'did you mean "enabled"' in done.stderr
    else:
        d.signal(signal.SIGHUP)
    d.wait_log(r"b\.json:3:3: error")
    assert pids_of(d) == before
    checked = d.cli("check", d.profiles, check=CONFIG)
    assert "b.json:3:3: error" in checked.stderr + checked.stdout
    d.write("b", fake_profile())
    d.reload()
    d.wait(lambda: sorted(d.streams()) == ["a", "b"], 5)


def test_policy_is_applied_live(faked, tmp_path):
    """A change of delays, watchdog, grace or description restarts nothing
    and counts at once (S40, Supervisor#1322)."""
    base = fake_profile(pidfile=tmp_path / "pids")
    d = faked({"a": base})
    d.wait_state("a", "live")
    old = d.worker_pid("a")
    d.write("a", {**base, "description": "new words",
                  "watchdog": {"stall": "700ms"}, "stop": {"grace": "1s"}})
    data = d.request("reload")["data"]
    assert [entry["name"] for entry in data["live"]] == ["a"]
    assert "watchdog" in data["live"][0]["what"]
    assert d.worker_pid("a") == old
    assert d.status("a")["description"] == "new words"
    watch = Stopwatch(d)
    os.kill(old, signal.SIGSTOP)
    d.wait_new_pid("a", old)  # by the new stall time, not the old 2 s
    assert watch.took(0, 1.9)


def test_shorter_delay_reaches_a_waiting_stream(faked, tmp_path):
    """A changed profile in the middle of a long wait is started anew, with
    the new profile; a removed one never again (S41, pebble#206)."""
    pids = tmp_path / "pids"
    slow = {"restart": {"min": "60s", "max": "60s"}}
    d = faked({"a": {**fake_profile(exit=1), **slow},
               "b": {**fake_profile(exit=1), **slow}})
    d.wait_all("retry")
    d.write("a", {**fake_profile(pidfile=pids), **slow})
    d.remove("b")
    d.reload()
    d.wait_state("a", "live")
    assert len(read_pids(pids)) == 1
    assert sorted(d.streams()) == ["a"]


def test_reload_while_stopping(faked, tmp_path):
    """A change during a slow stop: the new process has the new profile, and
    never runs beside the old one (S41, finit#313)."""
    pids = tmp_path / "pids"
    d = faked({"a": fake_profile(trapsleep=1)})
    d.wait_state("a", "live")
    old = d.worker_pid("a")
    d.write("a", fake_profile(trapsleep=1, fps=10))
    d.reload()
    d.write("a", fake_profile(pidfile=pids))
    d.reload()  # a reload during the reload's own work
    new = d.wait_new_pid("a", old)
    assert not alive(old)
    d.wait_state("a", "live")
    assert [pid for pid, _ in read_pids(pids)][-1] == d.worker_pid("a")
    assert new


@pytest.mark.parametrize("verb", ["start", "restart", "retry"])
def test_removed_stays_removed(faked, verb):
    """A stream whose profile is gone ends, whatever is asked of it while it
    is being stopped: no reload would find it again."""
    d = faked({"a": fake_profile(trapsleep=1), "b": fake_profile()})
    d.wait_all()
    d.remove("a")
    d.reload()
    d.request(verb, "a")
    d.wait(lambda: sorted(d.streams()) == ["b"], 5)


def test_changed_then_removed(faked):
    """A stream that is being stopped for another profile, and whose profile
    is removed meanwhile, does not come back with it."""
    d = faked({"a": fake_profile(trapsleep=1), "b": fake_profile()})
    d.wait_all()
    d.write("a", fake_profile(trapsleep=1, fps=10))
    d.reload()
    d.remove("a")
    assert d.request("reload")["data"]["stop"] == ["a"]
    d.wait(lambda: sorted(d.streams()) == ["b"], 5)


def test_other_ffmpeg_reaches_every_stream(faked, tmp_path):
    """Another ffmpeg in ffsup.json and another policy in a profile at once:
    that profile's stream is started anew as well."""
    d = faked({"a": fake_profile(), "b": fake_profile()})
    d.wait_all()
    before = pids_of(d)
    other = tmp_path / "other"
    other.symlink_to(d.settings["ffmpeg"])
    d.config.write_text(json.dumps({**d.settings, "ffmpeg": str(other)}))
    d.write("a", {**fake_profile(), "description": "new words"})
    data = d.request("reload")["data"]
    assert {r["name"]: r["what"] for r in data["restart"]} == {
        "a": "description unset -> new words, ffmpeg", "b": "ffmpeg"}
    for name, pids in before.items():
        d.wait_new_pid(name, pids[0])


def test_hundred_sighups(faked):
    """A hundred SIGHUPs within a second: no crash, no restart, and the last
    state of the files counts (S42)."""
    d = faked({"a": fake_profile(), "b": fake_profile()})
    d.wait_all()
    before = pids_of(d)
    d.write("c", fake_profile())
    for _ in range(100):
        d.signal(signal.SIGHUP)
        time.sleep(0.005)
    d.wait(lambda: "c" in d.streams(), 5)
    d.wait_state("c", "live")
    after = pids_of(d)
    assert after["a"] == before["a"] and after["b"] == before["b"]


def test_systemd_is_told(daemons, fakeff, notify):
    """READY once the streams are under way; RELOADING with MONOTONIC_USEC
    in one datagram, then READY, also after a bad file; STOPPING; and
    WATCHDOG in half its time (S43; Type=notify-reload)."""
    d = daemons({"a": fake_profile()}, ffmpeg=fakeff,
                env={"NOTIFY_SOCKET": notify.path,
                     "WATCHDOG_USEC": "1000000"})
    d.start()
    watch = Stopwatch(d)
    d.wait(lambda: notify.seen("READY", "1"), 5, "READY")
    d.wait_state("a", "live")
    for n, text in ((1, None), (2, "{ no json")):
        if text:
            d.write("a", text)
        asked = time.monotonic_ns() // 1000
        d.signal(signal.SIGHUP)
        d.wait(lambda n=n: len(notify.seen("RELOADING", "1")) == n, 5)
        message = notify.seen("RELOADING")[-1][1]
        told = int(message["MONOTONIC_USEC"])
        assert asked <= told <= time.monotonic_ns() // 1000
        d.wait(lambda n=n: len(notify.seen("READY", "1")) == n + 1, 5)
        assert notify.seen("READY")[-1][0] >= notify.seen("RELOADING")[-1][0]
    d.wait(lambda: len(notify.seen("WATCHDOG", "1")) >= 4, 8, "WATCHDOG")
    times = [t for t, _ in notify.seen("WATCHDOG", "1")]
    assert watch.allows(max(b - a for a, b in zip(times, times[1:])), 1)
    d.stop()
    assert len(notify.seen("STOPPING", "1")) == 1


def test_abstract_notify_socket(daemons, fakeff):
    """NOTIFY_SOCKET=@name is the abstract namespace."""
    name = f"ffsup-test-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("\0" + name)
        sock.settimeout(patience(5))
        d = daemons({"a": fake_profile()}, ffmpeg=fakeff,
                    env={"NOTIFY_SOCKET": "@" + name}).start()
        assert b"READY=1" in sock.recv(4096)
        d.stop()


def test_replaced_directory_entry(faked):
    """Editors write a new file and rename it: the reload reads the new one,
    and editors' backup files are not profiles."""
    d = faked({"a": fake_profile()})
    d.wait_state("a", "live")
    old = d.worker_pid("a")
    (d.profiles / "a.json~").write_text("{ rubbish")
    (d.profiles / ".a.json.swp").write_text("rubbish")
    (d.profiles / "README").write_text("not a profile")
    d.write("a", fake_profile(fps=12))
    d.reload()
    d.wait_new_pid("a", old)
    assert sorted(d.streams()) == ["a"]


@pytest.mark.clock
def test_other_output_leaves_the_producer_alone(faked, tmp_path):
    """A change of how pictures are encoded or where they go restarts the
    encoder only: the program that brings them keeps its pid and notices
    nothing (a reload must not break the first promise)."""
    def profile(bitrate):
        p = frames_profile(script=fake(progress=0.1, read="all"),
                           command=producer(tmp_path / "log", "64x48", 25))
        return {**p, "video": {"bitrate": bitrate}}
    d = faked({"a": profile("500k")})
    d.wait_state("a", "live")
    before = [d.worker_pid("a", "producer"), d.worker_pid("a", "encoder")]
    d.write("a", profile("700k"))
    assert [r["name"] for r in d.request("reload")["data"]["restart"]] == ["a"]
    d.wait_new_pid("a", before[1], "encoder")
    d.wait_state("a", "live")
    assert d.worker_pid("a", "producer") == before[0]
    argv = Path(f"/proc/{d.worker_pid('a', 'encoder')}/cmdline").read_bytes()
    assert b"700000" in argv.split(b"\0")
    log = producer_log(tmp_path / "log")
    assert log["exception"] is None and log["slowest_ms"] < 150 * SCALE
