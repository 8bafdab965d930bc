# SPDX-License-Identifier: ISC
"""A network camera of our own: MPEG-TS at its own pace by HTTP and by RTSP.

All who are connected get the same bytes at the same time, so that who comes
late begins in the middle. play() puts another film on air, off() answers 503
in words of one's choice. What films there are stands in films().
"""

import re
import select
import socket
import struct
import subprocess
import threading
import time

from harness import FFMPEG, free_port

SIZE, FPS, SECONDS = "128x96", 10, 90
VIDEO, SOUND = 0x100, 0x101
BEHIND = 1 << 20  # bytes that a client may be behind

H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency",
        "-pix_fmt", "yuv420p"]
H265 = ["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
        "-x265-params", f"log-level=none:keyint={FPS}:bframes=0"]
AAC = ["-c:a", "aac", "-b:a", "32k"]


def chunks(data):
    """[(seconds, bytes)]: cut where there is a PCR, which says when."""
    out, at, begin = [], 0.0, 0
    for i in range(0, len(data) - 187, 188):
        p = data[i:i + 188]
        if p[3] & 0x20 and p[4] >= 7 and p[5] & 0x10:
            if i > begin:
                out.append((at, data[begin:i]))
            at = (int.from_bytes(p[6:10], "big") * 2 + (p[10] >> 7)) / 90000
            begin = i
    out.append((at, data[begin:]))
    first = out[0][0] or out[1][0]
    return [(max(0, at - first), text) for at, text in out]


def without(film, pid, until=1e9):
    """A film whose track is missing for so many seconds; its tables say that
    it is there."""
    def rest(text):
        return b"".join(
            text[i:i + 188] for i in range(0, len(text), 188)
            if int.from_bytes(text[i + 1:i + 3], "big") & 0x1fff != pid)
    return [(at, rest(text) if at < until else text) for at, text in film]


def since(film, begin):
    """A film that is entered in its middle."""
    return [(at - begin, text) for at, text in film if at >= begin]


def still(film, since):
    """A film whose video has one and the same stamp from then on; its sound goes
    on."""
    last = []

    def frozen(at, text):
        data = bytearray(text)
        for i in range(0, len(data), 188):
            head = i + 4 + (1 + data[i + 4] if data[i + 3] & 0x20 else 0)
            if (int.from_bytes(data[i + 1:i + 3], "big") & 0x5fff
                    != 0x4000 | VIDEO):
                continue
            stamps = slice(head + 9, head + 9 + data[head + 8])
            if at < since or not last:
                last[:] = [data[stamps]]
            elif len(last[0]) == data[head + 8]:
                data[stamps] = last[0]
        return at, bytes(data)
    return [frozen(at, text) for at, text in film]


def film(*codec, sound=True, gop=FPS):
    """MPEG-TS of a moving picture and a tone."""
    tone = ["-f", "lavfi", "-i", "sine=r=44100"] if sound else []
    data = subprocess.run(
        [FFMPEG, "-v", "error", "-nostdin", "-f", "lavfi", "-i",
         f"testsrc2=s={SIZE}:r={FPS}", *tone, "-t", str(SECONDS), *codec,
         "-g", str(gop), *(AAC if sound else []), "-muxdelay", "0.2",
         "-f", "mpegts", "-pcr_period", "40", "-"], check=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout
    return chunks(data)


def sound_film(seconds):
    """The same tone, and tables that know of nothing else."""
    data = subprocess.run(
        [FFMPEG, "-v", "error", "-nostdin", "-f", "lavfi", "-i",
         "sine=r=44100", "-t", str(seconds), *AAC, "-muxdelay", "0.2",
         "-streamid", f"0:{SOUND}", "-f", "mpegts", "-"], check=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout
    return chunks(data)


def films():
    """What a camera may send: {name: film}."""
    plain, alone = film(*H264), sound_film(6)
    return {
        "h264": plain,
        "h265": film(*H265),
        "mute": film(*H264, sound=False),  # a camera without a microphone
        "silent": without(plain, SOUND),  # its microphone is broken
        # 17 s from here to the first key frame
        "long": since(film(*H264, "-x264-params", "scenecut=0:keyint=200",
                           gop=200), 3),
        "late": without(plain, VIDEO, 6),  # tables know of the video
        "later": alone + [(at + 6, text) for at, text in plain],
    }


class Client:
    """One connection: what it is to get, and how it wants it."""

    def __init__(self, sock):
        self.sock, self.todo, self.head = sock, b"", b""
        self.playing, self.rtp, self.number = False, False, 0
        sock.setblocking(False)

    def put(self, text):
        """TS packets, as they are or as RTP in an RTSP connection."""
        if not self.rtp:
            self.todo += text
            return
        for i in range(0, len(text), 7 * 188):
            part = text[i:i + 7 * 188]
            rtp = struct.pack(">BBHII", 0x80, 33, self.number & 0xffff,
                              int(time.monotonic() * 90000) & 0xffffffff, 7)
            self.number += 1
            self.todo += struct.pack(">BBH", 0x24, 0,
                                     len(rtp) + len(part)) + rtp + part


class NetCam:
    """The camera; stop() ends it."""

    def __init__(self):
        self.http, self.rtsp = free_port(), free_port()
        self.lock = threading.Lock()
        self.film, self.next, self.begin = None, 0, 0
        self.words, self.refused = "Service Unavailable", 0
        self.clients = []
        self.listeners = {socket.create_server(("127.0.0.1", port)): port
                          for port in (self.http, self.rtsp)}
        self.leave = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def url(self, scheme):
        port = self.http if scheme == "http" else self.rtsp
        return f"{scheme}://127.0.0.1:{port}/camera"

    def play(self, film, keep=False):
        """Send this film from now on; keep: where the old one was, to those
        who are connected."""
        with self.lock:
            if not keep:
                self._drop()
                self.next, self.begin = 0, time.monotonic()
            self.film = film

    def off(self, words):
        """Hang up, and answer 503 in these words from now on."""
        with self.lock:
            self._drop()
            self.film, self.words, self.refused = None, words, 0

    def stop(self):
        self.leave.set()
        self.thread.join(5)
        for sock in [*self.listeners, *(c.sock for c in self.clients)]:
            sock.close()

    # inside

    def _drop(self):
        for client in self.clients:
            client.sock.close()
        self.clients = []

    def _serve(self):
        while not self.leave.is_set():
            with self.lock:
                socks = {c.sock: c for c in self.clients}
                full = [s for s, c in socks.items() if c.todo]
            try:
                ready, room, _ = select.select(
                    [*self.listeners, *socks], full, [], 0.02)
            except (OSError, ValueError):  # one was closed meanwhile
                continue
            with self.lock:
                self._film()
                for sock in ready:
                    if sock in self.listeners:
                        self.clients.append(Client(sock.accept()[0]))
                    elif socks[sock] in self.clients:
                        self._read(socks[sock])
                for sock in room:
                    if socks[sock] in self.clients:
                        self._write(socks[sock])

    def _film(self):
        """Give out what is due."""
        now = time.monotonic() - self.begin
        if self.film and self.next >= len(self.film):
            self.next, self.begin, now = 0, time.monotonic(), 0
        while self.film and self.next < len(self.film) and \
                self.film[self.next][0] <= now:
            for client in self.clients:
                if client.playing:
                    client.put(self.film[self.next][1])
            self.next += 1

    def _hang_up(self, client):
        self.clients.remove(client)
        client.sock.close()

    def _write(self, client):
        try:
            client.todo = client.todo[client.sock.send(client.todo):]
        except BlockingIOError:
            pass
        except OSError:
            client.todo = b"x" * (BEHIND + 1)
        if len(client.todo) > BEHIND:
            self._hang_up(client)

    def _read(self, client):
        try:
            more = client.sock.recv(65536)
        except OSError:
            more = b""
        if not more:
            self._hang_up(client)
            return
        client.head += more
        while client in self.clients and b"\r\n\r\n" in client.head:
            head, client.head = client.head.split(b"\r\n\r\n", 1)
            if head.startswith(b"GET "):
                self._http(client)
            elif not client.playing or head.startswith(b"TEARDOWN"):
                self._rtsp(client, head.decode(errors="replace"))

    def _say(self, client, text):
        """Our answers are short enough to go at once."""
        try:
            client.sock.sendall(text.encode())
        except OSError:
            pass

    def _http(self, client):
        if self.film is None:
            self.refused += 1
            self._say(client, f"HTTP/1.1 503 {self.words}\r\nContent-Length: "
                      f"{len(self.words)}\r\nConnection: close\r\n\r\n"
                      f"{self.words}")
            self._hang_up(client)
            return
        self._say(client, "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n"
                  "Connection: close\r\n\r\n")
        client.playing = True

    def _rtsp(self, client, head):
        verb = head.strip().split()[0]
        cseq = re.search(r"CSeq: *(\d+)", head)
        lines = [f"CSeq: {cseq[1] if cseq else 0}", "Session: 7"]
        if self.film is None:
            self.refused += 1
            self._say(client, f"RTSP/1.0 503 {self.words}\r\n"
                      f"{lines[0]}\r\n\r\n")
            self._hang_up(client)
            return
        body = ""
        if verb == "OPTIONS":
            lines.append("Public: DESCRIBE, SETUP, PLAY, TEARDOWN")
        if verb == "DESCRIBE":
            body = ("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\n"
                    "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                    "m=video 0 RTP/AVP 33\r\na=control:track0\r\n")
            lines += ["Content-Type: application/sdp",
                      f"Content-Length: {len(body)}"]
        if verb == "SETUP":
            lines.append("Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        self._say(client, "\r\n".join(["RTSP/1.0 200 OK", *lines]) +
                  "\r\n\r\n" + body)
        if verb == "PLAY":
            client.rtp = client.playing = True
