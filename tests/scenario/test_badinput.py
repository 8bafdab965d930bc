# SPDX-License-Identifier: ISC
"""What people get wrong, and what machines do to them."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess

import pytest
from harness import (CHECKED, CONFIG, FFSUP, OFF_AIR, OK, VALGRIND,
                     fake_profile, frames_profile, open_fds, patience,
                     wait_for)


def ended(d, code, timeout=5):
    """It refuses to start with this exit code; what it said."""
    assert d.spawn().proc.wait(patience(timeout)) == code, d.log
    assert "Traceback" not in d.log and "assert" not in d.log.lower()
    return d.log


# --- ffmpeg itself ---------------------------------------------------------


@pytest.mark.parametrize("what", ["missing", "directory", "not executable",
                                  "no ffmpeg", "silent", "garbage"])
def test_ffmpeg_that_is_none(daemons, tmp_path, what):
    """A missing ffmpeg, or something else in its place, is said with its
    path, by `run`; nothing crashes."""
    path = tmp_path / "ffmpeg"
    scripts = {"not executable": "#!/bin/sh\n", "no ffmpeg":
               "#!/bin/sh\necho I am a teapot\n", "silent": "#!/bin/true\n",
               "garbage": "\x7fELF garbage"}
    if what == "directory":
        path.mkdir()
    elif what in scripts:
        path.write_text(scripts[what])
        path.chmod(0o644 if what == "not executable" else 0o755)
    d = daemons({"a": fake_profile()}, ffmpeg=path)
    assert str(path) in ended(d, CONFIG)


@pytest.mark.slow
def test_ffmpeg_that_hangs(daemons, tmp_path):
    """An ffmpeg that never answers -version does not hang ffsup. Takes
    10 s."""
    path = tmp_path / "ffmpeg"
    path.write_text("#!/bin/sh\nexec sleep 60\n")
    path.chmod(0o755)
    d = daemons({"a": fake_profile()}, ffmpeg=path)
    assert "no answer" in ended(d, CONFIG, timeout=15)


def test_ffmpeg_comes_back_in_another_version(daemons, fakeff, tmp_path):
    """ffmpeg is replaced under a running ffsup (an upgrade): the next start
    just works."""
    path = tmp_path / "ffmpeg"
    shutil.copy(fakeff, path)
    d = daemons({"a": fake_profile()}, ffmpeg=path).start()
    d.wait_state("a", "live")
    old = d.worker_pid("a")
    path.unlink()
    os.kill(old, signal.SIGKILL)
    d.wait(lambda: (d.worker("a")["last"] or {}).get("class") == "spawn", 6)
    assert "No such file" in d.worker("a")["last"]["text"]
    shutil.copy(fakeff, path)
    d.wait_state("a", "live")
    d.stop()


# --- profiles --------------------------------------------------------------

BAD = {
    "empty file": ("", "a.json"),
    "no json": ("{ rubbish", "a.json:1:3"),
    "list": ("[]", "a.json"),
    "number": ("1e999", "a.json"),
    "trailing": ("{} {}", "a.json"),
    "nothing to do": ("{}", "a.json"),
    "no outputs": ('{"source": {"url": "x"}}', "outputs"),
    "typo": ('{"args": ["x"],\n  "watchdgo": {}}', "a.json:2:3"),
    "double key": ('{"args": ["x"],\n"enabled": true,\n"enabled": false}',
                   "a.json:3"),
    "bad type": ('{"args": "x"}', "args"),
    "bad duration": ('{"args": ["x"], "watchdog": {"stall": "15 parsecs"}}',
                     "watchdog.stall"),
    "two sources": ('{"source": {"url": "x", "device": "/dev/v"}, '
                    '"outputs": [{"url": "y"}]}', "source"),
    "odd size": ('{"source": {"frames": {"size": "1279x720", "fps": 5, '
                 '"pattern": "smpte"}}, "outputs": [{"url": "y.mkv"}]}',
                 "size"),
    "unset variable": ('{"args": ["${NOSUCHVARIABLE}"]}', "NOSUCHVARIABLE"),
    "missing file": ('{"args": ["${file:/nosuch}"]}', "/nosuch"),
    "nul": ('{"args": ["a\\u0000b"]}', "a.json"),
    "deep": ("[" * 100000, "a.json"),
    "binary": ("\x00\x01\x02", "a.json"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_profile(daemons, fakeff, what):
    """A profile that cannot be right: exit 78 from `check` and `run`, with
    the file, and the place where there is one."""
    text, told = BAD[what]
    d = daemons({"a": text}, ffmpeg=fakeff)
    done = d.cli("check", d.profiles, check=CONFIG)
    assert told in done.stdout + done.stderr
    assert told in ended(d, CONFIG)


def test_unreadable_profile(daemons, fakeff):
    """A profile that cannot be read is an error, not a missing stream."""
    d = daemons({"a": fake_profile()}, ffmpeg=fakeff)
    (d.profiles / "b.json").symlink_to("/nosuch/file")
    assert "b.json" in ended(d, CONFIG)
    (d.profiles / "b.json").unlink()
    (d.profiles / "b.json").mkdir()
    assert "b.json" in ended(d, CONFIG)
    if os.getuid() != 0:
        (d.profiles / "b.json").rmdir()
        d.write("b", fake_profile())
        (d.profiles / "b.json").chmod(0)
        assert "Permission denied" in ended(d, CONFIG)


def test_profile_that_is_a_pipe(daemons, fakeff):
    """A FIFO among the profiles does not hang anything."""
    d = daemons({"a": fake_profile()}, ffmpeg=fakeff)
    os.mkfifo(d.profiles / "b.json")
    assert "b.json: error: is not a regular file" in ended(d, CONFIG)


def test_huge_profile(daemons, fakeff):
    """A profile of 64 MiB is refused, not loaded."""
    d = daemons(ffmpeg=fakeff)
    d.write("a", '{"x-note": "' + "y" * (64 << 20) + '"}')
    assert "a.json" in ended(d, CONFIG)


def test_empty_directory(daemons, fakeff):
    """No profile yet: ffsup runs, says so, and takes the first one that
    comes."""
    d = daemons(ffmpeg=fakeff).start()
    assert d.status()["streams"] == []
    d.cli("status", check=OK)
    d.write("a", fake_profile())
    d.reload()
    d.wait_state("a", "live")
    d.stop()


def test_two_profiles_of_one_name(daemons, fakeff, tmp_path):
    """The same name in two directories is an error that names both."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.json").write_text('{"args": ["x"]}')
    d = daemons({"a": fake_profile()}, ffmpeg=fakeff)
    d.settings["profiles"].append(str(other))
    d.config.write_text(json.dumps(d.settings))
    said = ended(d, CONFIG)
    assert str(other / "a.json") in said and str(d.profiles) in said


@pytest.mark.parametrize("name", ["-x", "a b", "ü", "x" * 65])
def test_bad_names(daemons, fakeff, name):
    """A file whose name cannot be a stream's is an error with a reason."""
    d = daemons(ffmpeg=fakeff)
    d.write(name, fake_profile())
    assert "name" in ended(d, CONFIG)


def test_directory_vanishes(faked):
    """The profile directory goes away under a reload: the streams run on;
    it comes back: so do reloads."""
    d = faked({"a": fake_profile()})
    d.wait_state("a", "live")
    pid = d.worker_pid("a")
    away = d.profiles.with_name("away")
    d.profiles.rename(away)
    done = d.cli("reload", check=CONFIG)
    assert str(d.profiles) in done.stderr
    d.signal(signal.SIGHUP)
    d.wait_log(r"(?i)profiles.*no such file")
    assert d.worker_pid("a") == pid
    away.rename(d.profiles)
    d.reload()
    assert d.worker_pid("a") == pid


def test_bad_settings(daemons, fakeff):
    """ffsup.json is checked as strictly as a profile."""
    for key, value in (("profile", ["x"]), ("spawn_rate", -1),
                       ("defaults", {"watchdgo": {}}),
                       ("profiles", ["/nosuch/dir"])):
        d = daemons({"a": fake_profile()}, ffmpeg=fakeff,
                    settings={key: value})
        assert re.search(r"ffsup\.json|/nosuch/dir", ended(d, CONFIG)), key
    d.config.write_text("{ rubbish")
    assert "ffsup.json:1:3" in ended(d, CONFIG)
    d.config.unlink()
    assert "ffsup.json" in ended(d, CONFIG)


# --- the machine -----------------------------------------------------------


def test_few_descriptors(daemons, fakeff):
    """With very few descriptors, ffsup says what is wrong or runs what it
    can; it neither crashes nor spins, and stops cleanly."""
    limit = 24 + (12 if VALGRIND else 0)  # valgrind keeps 12 for itself
    d = daemons({f"s{i}": frames_profile(pattern="smpte", size="32x32", fps=5)
                 for i in range(8)}, ffmpeg=fakeff,
                preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                   (limit, limit)))
    d.spawn()
    wait_for(lambda: "Too many open files" in d.log
             or d.proc.poll() is not None, 8)
    if d.proc.poll() is None:
        assert len(open_fds(d.pid)) <= limit
        d.stop()
    else:
        assert d.proc.returncode in (1, CONFIG)


@pytest.mark.skipif(CHECKED, reason="a checker needs all addresses")
def test_no_memory_for_pictures(daemons, fakeff):
    """Pictures that the memory is too small for: that stream says so and is
    tried again, the others are on air, and it comes as soon as there is
    room."""
    room = 200 << 20
    d = daemons({
        "big": {**frames_profile(pattern="smpte", size="3840x2160", fps=2),
                "restart": {"min": "200ms", "max": "400ms"}},
        "small": frames_profile(pattern="smpte", size="32x32", fps=5)},
        ffmpeg=fakeff, preexec=lambda: resource.setrlimit(
            resource.RLIMIT_AS, (room, resource.RLIM_INFINITY)))
    d.start()
    d.wait_state("small", "live")
    d.wait_state("big", "retry")
    why = d.why("big")
    assert "Cannot allocate memory" in "\n".join(why["proof"]), why
    assert "out of memory for its frames" in "\n".join(why["proof"]), why
    d.cli("status", "big", check=OFF_AIR)
    resource.prlimit(d.pid, resource.RLIMIT_AS,
                     (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    d.wait_state("big", "live")
    assert d.status("small")["restarts"] == 0
    d.stop()


def test_full_runtime_directory(daemons, fakeff, tmp_path):
    """No space for the lock or the socket: said in words, exit 1."""
    if os.getuid() != 0:
        pytest.skip("needs root, to mount a small tmpfs")
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o",
                       "size=4k,nr_inodes=2", "tmpfs", small],
                      check=False).returncode != 0:
        pytest.skip("mounting a tmpfs is not allowed here")
    try:
        (small / "ballast").write_bytes(b"x" * 4096)
        d = daemons({"a": fake_profile()}, ffmpeg=fakeff)
        d.sock = small / "s"
        assert "No space left on device" in ended(d, 1)
    finally:
        subprocess.run(["umount", small], check=True)


def test_no_runtime_directory(daemons, fakeff, tmp_path):
    """A socket path that cannot be: said with the path, exit 1."""
    (tmp_path / "file").write_text("")
    for sock in (tmp_path / "file" / "s", tmp_path / ("x" * 120) / "s"):
        d = daemons({"a": fake_profile()}, ffmpeg=fakeff)
        d.sock = sock
        assert str(sock)[:60] in ended(d, 1)


def test_file_in_the_socket_s_place(daemons, fakeff):
    """Something that is no socket is not deleted to make room for one; and
    nothing goes on air that nobody could talk about."""
    d = daemons({"a": fake_profile()}, ffmpeg=fakeff)
    d.sock.write_text("precious")
    assert d.spawn().proc.wait(patience(5)) == 1
    assert d.sock.read_text() == "precious"
    assert "cannot listen" in d.log and "STARTING" not in d.log


def test_missing_working_directory(daemons, fakeff):
    """The directory that ffsup was started in is gone: no matter."""
    d = daemons({"a": fake_profile()}, ffmpeg=fakeff)
    gone = d.dir / "gone"
    gone.mkdir()
    d.preexec = lambda: (os.chdir(gone), os.rmdir(gone))
    d.start()
    d.wait_state("a", "live")
    d.stop()


def test_profiles_on_the_command_line(daemons, fakeff):
    """`run` with a path supervises just that, without any ffsup.json."""
    d = daemons({"a": fake_profile(), "b": fake_profile()})
    d.config.unlink()
    (d.dir / "ffmpeg").symlink_to(fakeff)
    d.env["PATH"] = f"{d.dir}:{os.environ['PATH']}"
    d.argv = lambda: [FFSUP, "run", "-s", str(d.sock),
                      str(d.profiles / "a.json")]
    d.start()
    assert sorted(d.streams()) == ["a"]
    d.stop()
