# SPDX-License-Identifier: ISC
"""What the bench reads from /proc, and the processes that it starts.

Everything a Rig starts ends with it: supervisors in process groups of their
own, and, because the bench is a subreaper, whatever they leave behind.
"""

import ctypes
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

libc = ctypes.CDLL(None, use_errno=True)


def wait_for(what, condition, timeout=30.0, step=0.01):
    """Poll until condition() is true; its value. Loud when it never is."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s for {what}")
        time.sleep(step)


def children(pid):
    """Of one process, zombies too."""
    found = set()
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = Path("/proc", entry, "stat").read_text(errors="replace")
        except OSError:
            continue
        if int(stat.rpartition(")")[2].split()[1]) == pid:
            found.add(int(entry))
    return found


def memory_kb(pid):
    """(VmRSS, Pss) of one process."""
    def field(name, file):
        for line in Path("/proc", str(pid), file).read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1])
        raise LookupError(f"no {name} in /proc/{pid}/{file}")
    return field("VmRSS:", "status"), field("Pss:", "smaps_rollup")


def cpu_ns(pid):
    """Time on a CPU so far, of all threads."""
    tasks = Path("/proc", str(pid), "task").iterdir()
    return sum(int((t / "schedstat").read_text().split()[0]) for t in tasks)


def cpu_percent(pids, seconds):
    """Share of one CPU that the processes take together from now on."""
    before, start = sum(map(cpu_ns, pids)), time.monotonic_ns()
    time.sleep(seconds)
    after, end = sum(map(cpu_ns, pids)), time.monotonic_ns()
    return 100.0 * (after - before) / (end - start)


class Rig:
    """Starts supervisors in a directory and ends them all."""

    def __init__(self, directory):
        self.dir = Path(directory)
        self.started = []
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def mkdir(self, name):
        path = self.dir / name
        path.mkdir()
        return path

    def start(self, argv, log, env=None, stdin=subprocess.DEVNULL,
              stdout=None):
        """A supervisor in a session of its own, its words in a log."""
        def die_with_me():
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

        with open(log, "ab") as out:
            process = subprocess.Popen(
                argv, stdin=stdin, stdout=stdout or out, stderr=out,
                env={**os.environ, **(env or {})}, start_new_session=True,
                preexec_fn=die_with_me)
        process.log = log
        self.started.append(process)
        return process

    def stop(self, processes, patience=20.0):
        """Ask with SIGTERM, insist with SIGKILL; seconds it took."""
        begin = time.monotonic()
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in processes:
            left = begin + patience - time.monotonic()
            try:
                process.wait(max(left, 0.1))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            self.started.remove(process)
        took = time.monotonic() - begin
        self.sweep()
        return took

    def sweep(self):
        """End the orphans: ours, but no child of a living supervisor."""
        living = {p.pid for p in self.started}
        for pid in children(os.getpid()) - living:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def close(self):
        """End everything, now."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.started.clear()
        deadline = time.monotonic() + 10
        while children(os.getpid()) and time.monotonic() < deadline:
            self.sweep()


def tail(log, lines=8):
    """The last words of a supervisor, for a person who has to guess."""
    text = Path(log).read_text(errors="replace").splitlines()
    return "\n".join("    " + line for line in text[-lines:])
