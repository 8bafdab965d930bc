# SPDX-License-Identifier: ISC
"""What a child is born with, and births that fail (S21-S26)."""

import os
import resource
import shutil
import signal
import stat
import subprocess
import tempfile
import time

import pytest
from harness import (FFSUP, VALGRIND, cpu_seconds, fake, fake_profile,
                     frames_profile, open_fds, read_pids, read_reports,
                     wait_for)


undisturbed = pytest.mark.skipif(
    VALGRIND, reason="valgrind has descriptors and limits of its own")


def report_of(path, n=1):
    """The n-th report of the fake about what it inherited."""
    return wait_for(lambda: len(read_reports(path)) >= n, 5) and \
        read_reports(path)[n - 1]


def producer(command):
    return frames_profile(command=[str(c) for c in command])


def spawn_failure(d, name):
    """The producer's last ending, once its first start has failed."""
    return d.wait(lambda: d.worker(name, "producer")["last"], 5)


def test_missing_program_names_stage_and_errno(faked, tmp_path):
    """A program that is not there: class spawn, the stage and the errno in
    words, a retry by the clock (S21, dinit execfail)."""
    d = faked({"a": producer([tmp_path / "nosuch"])})
    last = spawn_failure(d, "a")
    assert last["class"] == "spawn"
    assert "No such file or directory" in last["text"]
    assert "No such file or directory" in d.log
    d.wait(lambda: d.worker("a", "producer")["failures"] >= 2, 5)


def test_program_without_permission(faked, tmp_path):
    """A program without its x bit: EACCES in words (S21)."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    d = faked({"a": producer([program])})
    assert "Permission denied" in spawn_failure(d, "a")["text"]


def test_program_of_no_format(faked, tmp_path):
    """A text file with an x bit is not handed to a shell: ENOEXEC (S21)."""
    program = tmp_path / "program"
    program.write_text("touch " + str(tmp_path / "shell-was-here") + "\n")
    program.chmod(0o755)
    d = faked({"a": producer([program])})
    assert "Exec format error" in spawn_failure(d, "a")["text"]
    assert not (tmp_path / "shell-was-here").exists()


def test_program_comes_later(faked, fakeff, tmp_path):
    """A program that appears while we wait is started by the next try."""
    program = tmp_path / "late"
    pids = tmp_path / "pids"
    d = faked({"a": producer([program, fake(pidfile=pids)])})
    spawn_failure(d, "a")
    program.symlink_to(fakeff)
    wait_for(lambda: read_pids(pids), 6, "the start of the late program")


def test_no_descriptors_left(faked):
    """Out of descriptors: starts fail in words and are tried again, the
    loop does not spin, and everything recovers (S22, s6 waits 60 s)."""
    d = faked({"a": {**fake_profile(), "restart": {
        "min": "200ms", "max": "400ms", "healthy": "60s"}}})
    d.wait_state("a", "live")
    old = d.worker_pid("a")
    limits = resource.prlimit(d.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(d.pid, resource.RLIMIT_NOFILE, (3, limits[1]))
    os.kill(old, signal.SIGKILL)
    waiting = [d.connect() for _ in range(3)]  # accept fails as well
    before = cpu_seconds(d.pid)
    time.sleep(1.5)
    assert cpu_seconds(d.pid) - before < 0.5
    assert "Too many open files" in d.log
    resource.prlimit(d.pid, resource.RLIMIT_NOFILE, limits)
    for conn in waiting:
        conn.close()
    d.wait_new_pid("a", old)
    d.wait_state("a", "live")


def test_no_processes_left(daemons, fakeff):
    """Out of processes (RLIMIT_NPROC): fork fails with EAGAIN, it is said,
    and tried again until it works (S22)."""
    uid = 40000 + os.getpid() % 20000
    if os.getuid() != 0:
        pytest.skip("needs root, to become a user with a limit of its own")
    if not open_to_all(FFSUP):
        pytest.skip("the build directory is not open to other users")
    with tempfile.TemporaryDirectory() as base:
        os.chmod(base, 0o755)
        shutil.copy(fakeff, f"{base}/fakeff")
        d = daemons({"a": {**fake_profile(), "restart": {"healthy": "60s"}}},
                    base=base, ffmpeg=f"{base}/fakeff", preexec=lambda: (
                        os.setgroups([]), os.setgid(uid), os.setuid(uid)))
        for path in (d.run, d.dir, d.profiles):
            os.chown(path, uid, uid)
        d.start()
        d.wait_state("a", "live")
        old = d.worker_pid("a")
        limit_processes(d.pid, uid, 1)
        os.kill(old, signal.SIGKILL)
        d.wait_log("Resource temporarily unavailable")
        limit_processes(d.pid, uid, 100)
        d.wait_new_pid("a", old)
        d.wait_state("a", "live")
        d.stop()


def limit_processes(pid, uid, soft):
    """Set the soft limit of processes, as the user that it counts for."""
    subprocess.run(
        ["/usr/bin/python3", "-c", "import resource as r, sys; "
         "pid, soft = map(int, sys.argv[1:]); n = r.RLIMIT_NPROC; "
         "r.prlimit(pid, n, (soft, r.prlimit(pid, n)[1]))",
         str(pid), str(soft)], check=True, user=uid, group=uid,
        extra_groups=[])


def open_to_all(path):
    """Whether another user could run this file."""
    path = os.path.realpath(path)
    while path != "/":
        if not os.stat(path).st_mode & stat.S_IXOTH:
            return False
        path = os.path.dirname(path)
    return True


@undisturbed
def test_child_has_its_own_descriptors_only(faked, tmp_path):
    """0 is /dev/null, 1 too, 2 and 3 are pipes, and that is all: no socket,
    no lock, nobody else's pipe (S23, trap 14)."""
    d = faked({f"s{i}": fake_profile(report=tmp_path / f"r{i}")
               for i in range(4)})
    d.wait_all()
    seen = set()
    for i in range(4):
        fds = report_of(tmp_path / f"r{i}")["fds"]
        assert sorted(fds) == ["0", "1", "2", "3"], fds
        assert fds["0"] == fds["1"] == "/dev/null"
        assert fds["2"].startswith("pipe:") and fds["3"].startswith("pipe:")
        seen |= {fds["2"], fds["3"]}
    assert len(seen) == 8


@undisturbed
def test_fed_child_has_its_own_descriptors_only(faked, fakeff, tmp_path):
    """A producer's stdout and an encoder's stdin are pipes of their own;
    the producer has no progress pipe, and stdin is blocking for its reader
    (S23, trap 16)."""
    d = faked({"a": frames_profile(
        command=[fakeff, fake(report=tmp_path / "p")],
        script=fake(report=tmp_path / "e"))})
    d.wait(lambda: d.worker("a", "encoder")["pid"], 5)
    fds, enc = report_of(tmp_path / "p")["fds"], report_of(tmp_path / "e")
    assert sorted(fds) == ["0", "1", "2"], fds
    assert fds["1"].startswith("pipe:")
    assert sorted(enc["fds"]) == ["0", "1", "2", "3"]
    assert enc["fds"]["0"].startswith("pipe:")
    assert not enc["stdin_flags"] & os.O_NONBLOCK
    pipes = [v for v in list(fds.values()) + list(enc["fds"].values())
             if v.startswith("pipe:")]
    assert len(pipes) == len(set(pipes)) == 5


def test_child_signals_are_clean(faked, tmp_path):
    """Whatever ffsup was started with, ignored SIGPIPE and SIGHUP, a blocked
    mask: its child has SigBlk 0 and SigIgn 0 (S24, systemd IgnoreSIGPIPE,
    nohup)."""
    def spoil():
        for sig in (signal.SIGPIPE, signal.SIGHUP, signal.SIGCHLD,
                    signal.SIGTERM, signal.SIGUSR1):
            signal.signal(sig, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {
            signal.SIGTERM, signal.SIGCHLD, signal.SIGINT, signal.SIGUSR2})

    d = faked({"a": fake_profile(report=tmp_path / "r")}, preexec=spoil)
    d.wait_state("a", "live")
    report = report_of(tmp_path / "r")
    assert int(report["sigblk"], 16) == 0
    assert int(report["sigign"], 16) == 0
    old = d.worker_pid("a")
    os.kill(old, signal.SIGKILL)
    d.wait_new_pid("a", old)  # SIGCHLD arrives all the same
    assert int(report_of(tmp_path / "r", 2)["sigblk"], 16) == 0


@undisturbed
def test_started_without_std_descriptors(daemons, fakeff, tmp_path):
    """Started with 0, 1 and 2 closed: no pipe of ours becomes a child's
    stdout by accident (S25, s6 fd_sanitize)."""
    def close_all():
        for fd in (0, 1, 2):
            os.close(fd)

    d = daemons({"a": fake_profile(report=tmp_path / "r")}, ffmpeg=fakeff,
                preexec=close_all).start()
    d.wait_state("a", "live")
    fds = report_of(tmp_path / "r")["fds"]
    assert sorted(fds) == ["0", "1", "2", "3"], fds
    assert fds["1"] == "/dev/null" and fds["2"].startswith("pipe:")
    assert all(open_fds(d.pid)[fd] == "/dev/null" for fd in (0, 1, 2))
    d.stop()


@undisturbed
def test_child_gets_what_we_were_given(faked, tmp_path):
    """Limits and umask are those that ffsup was started with; of its
    environment what programs need, and nothing of the service manager's;
    session and group are the child's own; it dies with us (S26, traps 20 and
    21)."""
    def prepare():
        resource.setrlimit(resource.RLIMIT_NOFILE, (300, 4096))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.umask(0o027)

    d = faked({"a": {**fake_profile(report=tmp_path / "r"),
                     "limits": {"nice": 5},
                     "env": {"TZ": "UTC", "OWN": "a b=c",
                             "HANDED": "${MINE}"}}},
              preexec=prepare, env={"MINE": "yes", "TZ": "CET",
                                    "LC_TIME": "C", "DISPLAY": ":7",
                                    "WATCHDOG_USEC": "60000000",
                                    "LISTEN_FDS": "3", "LISTEN_PID": "1"})
    d.wait_state("a", "live")
    report = report_of(tmp_path / "r")
    assert report["nofile"] == [300, 4096]
    assert report["core"] == [0, 0]
    assert report["umask"] == 0o027
    assert report["nice"] == os.getpriority(os.PRIO_PROCESS, 0) + 5
    assert report["oom"] == int(open("/proc/self/oom_score_adj").read())
    assert report["pid"] == report["sid"] == report["pgid"]
    assert report["ppid"] == d.pid
    assert report["pdeathsig"] in (signal.SIGTERM, signal.SIGKILL)
    env = dict(e.split("=", 1) for e in report["env"])
    assert env["HANDED"] == "yes" and env["OWN"] == "a b=c"
    assert env["TZ"] == "UTC" and env["LC_TIME"] == "C"
    assert env["DISPLAY"] == ":7" and env["PATH"] == os.environ["PATH"]
    for name in ("MINE", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                 "LISTEN_FDS", "LISTEN_PID"):
        assert name not in env, name


def test_arguments_arrive_as_they_are(faked, tmp_path):
    """No shell: blanks, quotes, dollars and newlines in arguments reach the
    program untouched, behind ffsup's own prefix."""
    words = ["a b", "'q'", '"dq"', "$HOME", "`id`", "a\nb", "*", "-", "ü"]
    d = faked({"a": {"args": [*words, fake(report=tmp_path / "r")]}})
    d.wait_state("a", "live")
    argv = report_of(tmp_path / "r")["argv"]
    assert argv[-len(words) - 1:-1] == words
    assert "-progress" in argv and "-nostdin" in argv


def test_prefix_follows_the_version(faked, tmp_path):
    """-stats_period is not given to a 4.3, which does not know it."""
    for version, known in (("4.3.7", False), ("7.1.5", True)):
        d = faked({"a": fake_profile(report=tmp_path / version)},
                  env={"FFSUP_FAKEFF_VERSION": version})
        d.wait_state("a", "live")
        argv = report_of(tmp_path / version)["argv"]
        assert ("-stats_period" in argv) is known
        assert d.status()["ffmpeg"]["version"].startswith(version)
