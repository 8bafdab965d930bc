# SPDX-License-Identifier: ISC
"""What a test program says of itself while it runs: one JSON object in a file."""

import json
import os

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
