# SPDX-License-Identifier: ISC
"""What a test program says of itself while it runs: one JSON object in a file."""

import json
import os
import time

LENGTH = 512


class LiveLog(dict):
    """Written in place, in one piece of one length, so that a reader always finds
    a whole object. A rename for each picture would do that too, but it makes the
    file system write to the disk, and a busy disk would then set the pace of
    the program."""

    def __init__(self, path, **first):
        super().__init__(first)
        self.fd = os.open(f"{path}~", os.O_WRONLY | os.O_CREAT | os.O_TRUNC |
                          os.O_CLOEXEC, 0o644)
        self.write()
        os.rename(f"{path}~", path)

    def write(self):
        os.pwrite(self.fd, json.dumps(self).ljust(LENGTH).encode(), 0)


class Held:
    """Times a write, less the time for which the machine let neither us nor who
    reads from us run: what is measured is what they do."""

    def __init__(self, *pids):
        self.files = []
        for pid in ("self", *pids):
            try:
                self.files.append(os.open(f"/proc/{pid}/schedstat",
                                          os.O_RDONLY | os.O_CLOEXEC))
            except OSError:
                pass  # a kernel that does not tell

    def begin(self):
        self.waited, self.at = self._waited(), time.monotonic()

    def took_ms(self):
        took = time.monotonic() - self.at
        return max(0, took * 1000 - (self._waited() - self.waited) / 1e6)

    def _waited(self):
        """Nanoseconds; of one that has ended, none."""
        total = 0
        for fd in self.files:
            try:
                total += int(os.pread(fd, 100, 0).split()[1])
            except (OSError, IndexError):
                pass
        return total
