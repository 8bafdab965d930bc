# SPDX-License-Identifier: ISC
"""A painter at the other end of a socket, and the tiles that it sends
(src/media/paint.h, src/media/tile.h)."""

import fcntl
import json
import os
import socket
import struct
import subprocess

import numpy as np
from harness import deadline

SEALS = 1 | 2 | 4 | 8  # SEAL, SHRINK, GROW, WRITE
F_GET_SEALS = 1034
FORMATS = ["bgr24", "rgb24", "gray", "yuv420p", "nv12", "yuyv422", "rgba",
           "bgra"]
SHAPES = {"bgr24": [(3, 0, 0)], "rgb24": [(3, 0, 0)], "gray": [(1, 0, 0)],
          "yuv420p": [(1, 0, 0), (1, 1, 1), (1, 1, 1)],
          "nv12": [(1, 0, 0), (2, 1, 1)], "yuyv422": [(4, 1, 0)],
          "rgba": [(4, 0, 0)], "bgra": [(4, 0, 0)]}
MAGIC = 0x31454c54


class Tile:
    """parts[plane][phase] is (colours, inverse alphas), each of the shape
    (rows, columns, bytes of a unit)."""

    def __init__(self, data, fmt):
        magic, number, self.w, self.h = struct.unpack_from("<4I", data)
        assert magic == MAGIC and FORMATS[number] == fmt
        self.at, self.data = 16, data
        self.parts = [[self.part(phase, *shape)
                       for phase in range(1 + (shape[1] > 0))]
                      for shape in SHAPES[fmt]]
        assert self.at == len(data), "longer than its parts"

    def take(self, n, dtype):
        start = (self.at + 7) // 8 * 8
        self.at = start + n * np.dtype(dtype).itemsize
        assert self.at <= len(self.data), "cut off"
        return np.frombuffer(self.data, dtype, n, start)

    def part(self, phase, unit, x_shift, y_shift):
        columns = (self.w + phase + x_shift) >> x_shift
        rows = (self.h + y_shift) >> y_shift
        first = self.take(rows + 1, "<u4")
        spans = self.take(int(first[-1]) * 2, "<u4").reshape(-1, 2)
        shape = (rows, columns, unit)
        colour = self.take(rows * columns * unit, "u1").reshape(shape)
        inverse = self.take(rows * columns * unit, "u1").reshape(shape)
        seen = np.zeros((rows, columns * unit), bool)
        for y in range(rows):
            for start, end in spans[first[y]:first[y + 1]]:
                seen[y, start:end] = True
        there = (inverse != 255).reshape(rows, -1)
        assert not (there & ~seen).any(), "outside of all spans"
        return colour, inverse

    @property
    def over(self):
        """Of the first plane: as it looks on black."""
        return self.parts[0][0][0]

    @property
    def alpha(self):
        """Of the first plane: 0 is empty."""
        return 255 - self.parts[0][0][1]


class Painter:
    def __init__(self, program, env=None):
        self.sock, other = socket.socketpair(
            socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock.settimeout(deadline(20))
        self.program = subprocess.Popen(
            [program], stdin=other, stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})})
        other.close()
        self.asked = 0

    def ready(self):
        said = json.loads(self.sock.recv(4096))
        assert said["ready"] is True
        return said

    def send(self, data, files=()):
        if isinstance(data, str):
            data = data.encode()
        socket.send_fds(self.sock, [data], files)

    def receive(self):
        """A reply, and the descriptors that came with it."""
        data, files, flags, _ = socket.recv_fds(self.sock, 4096, 4)
        assert not flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC)
        return json.loads(data), files

    def ask(self, files=(), **request):
        """Send a request; the reply, and the tile or None."""
        self.asked += 1
        request = {"id": self.asked, **request}
        self.send(json.dumps(request), files)
        reply, got = self.receive()
        assert reply["id"] == request["id"]
        if "error" in reply:
            assert not got
            return reply, None
        assert len(got) == 1
        return reply, self.tile(reply, got[0], request.get("format", "bgr24"))

    @staticmethod
    def tile(reply, fd, fmt):
        with os.fdopen(fd, "rb") as f:
            assert fcntl.fcntl(f, F_GET_SEALS) == SEALS
            assert os.fstat(f.fileno()).st_size == reply["bytes"]
            tile = Tile(os.pread(f.fileno(), reply["bytes"], 0), fmt)
        assert (tile.w, tile.h) == (reply["w"], reply["h"])
        return tile

    def paint(self, text, **request):
        """The tile of a text, which can be painted."""
        reply, tile = self.ask(text=text, **request)
        assert tile is not None, reply
        return tile

    def end(self):
        """End of file; what it left: exit code and standard error."""
        self.sock.close()
        said = self.program.communicate(timeout=deadline(20))[1]
        return self.program.returncode, said.decode()
