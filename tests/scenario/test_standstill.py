# SPDX-License-Identifier: ISC
"""What stood still is proven when the watchdog replaces a worker: which side,
and after how much (faults W5, P15)."""

import http.server
import re
import signal
import socket
import subprocess
import threading

import pytest
from harness import FFMPEG, TcpPeer, free_port

pytestmark = pytest.mark.plain

WATCHDOG = {"watchdog": {"start": "4s", "stall": "3s"}}
SMALL = {"encoder": "libx264", "preset": "ultrafast", "bitrate": "100k",
         "gop": "1s"}


class Sink:
    """A receiver over TCP that answers a request and reads, until it hangs."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", free_port()))
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.port = self.listener.getsockname()[1]
        self.hangs = threading.Event()
        self.conns = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                conn = self.listener.accept()[0]
            except OSError:
                return
            self.conns.append(conn)
            threading.Thread(target=self._read, args=[conn],
                             daemon=True).start()

    def _read(self, conn):
        while not self.hangs.is_set():
            data = conn.recv(4096)
            if not data:
                return
            if data.startswith((b"PUT ", b"SOURCE ")):
                conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def stop(self):
        self.hangs.set()
        for sock in (self.listener, *self.conns):
            sock.close()


@pytest.fixture
def sink():
    one = Sink()
    yield one
    one.stop()


def ended(d, name, worker=None):
    """How the first run of a worker ended."""
    return d.wait(lambda: d.worker(name, worker)["last"], 60,
                  f"an end of {name}")


def proves(d, name, side, words, cls="stall"):
    """The end says so, and so does `why`."""
    last = ended(d, name)
    assert last["class"] == cls, last
    assert re.search(words, last["text"]), last["text"]
    assert last["side"] == side, last
    return last


@pytest.mark.parametrize("kind", ["rtmp", "tcp", "icecast"])
def test_p15_receiver_that_hangs(daemon, nginx, sink, kind):
    """A receiver that reads no more, at 100 kbit/s: it is noticed by what the
    kernel keeps for it, not when that memory is full after minutes, and the
    stream is live again when it goes on (P15)."""
    output = {
        "rtmp": {"url": nginx.url("cam")},
        "tcp": {"url": f"tcp://127.0.0.1:{sink.port}", "format": "mpegts"},
        "icecast": {"url": f"icecast://a:b@127.0.0.1:{sink.port}/x",
                    "format": "mpegts"},
    }[kind]
    d = daemon({"cam": {
        "source": {"url": "testsrc2=size=160x120:rate=15", "format": "lavfi"},
        "video": SMALL, "outputs": [output], **WATCHDOG}})
    d.wait_state("cam", "live")
    d.wait(lambda: d.worker("cam")["frame"] > 30, 20, "a healthy run")
    if kind == "rtmp":
        nginx.proc.send_signal(signal.SIGSTOP)
    else:
        sink.hangs.set()
    last = proves(d, "cam", "output",
                  r"^the server at 127.0.0.1:\d+ has taken nothing for "
                  r"[0-9.]+ s \(watchdog.stall 3s\); before that \d+ frames "
                  r"in .*; \d+ kB wait for it in the kernel$")
    waits = re.search(r"(\d+) kB wait for it in the kernel", last["text"])
    assert waits and int(waits[1]) < 200, last["text"]
    if kind == "rtmp":
        nginx.proc.send_signal(signal.SIGCONT)
        d.wait_state("cam", "live", timeout=20)


class Hls(http.server.BaseHTTPRequestHandler):
    """A playlist whose segments are not there."""

    def do_GET(self):
        text = (b"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n"
                b"#EXTINF:1,\na0.ts\n#EXTINF:1,\na1.ts\n")
        found = self.path.endswith(".m3u8")
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(text) if found else 0))
        self.end_headers()
        if found:
            self.wfile.write(text)

    def log_message(self, *_):
        pass


def test_w5_sources_that_never_come(daemon):
    """No first frame: the side is named, and what is known of it (W5: I07b,
    I19c, I31c, I32)."""
    mute = TcpPeer()
    hls = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hls)
    threading.Thread(target=hls.serve_forever, daemon=True).start()
    port = free_port(socket.SOCK_DGRAM)

    def copied(url):
        return {"source": {"url": url}, "video": "copy", **WATCHDOG,
                "outputs": [{"url": "/dev/null", "format": "mpegts"}]}

    head = r"^no first frame within 4.0 s \(watchdog.start 4s\); "
    try:
        d = daemon({
            "http": copied(f"http://127.0.0.1:{mute.port}/x.ts"),
            "rtsp": copied(f"rtsp://127.0.0.1:{mute.port}/x"),
            "udp": copied(f"udp://127.0.0.1:{port}"),
            "hls": copied(
                f"http://127.0.0.1:{hls.server_port}/x.m3u8"),
        })
        for name in ("http", "rtsp"):
            proves(d, name, "source", head + f"127.0.0.1:{mute.port} took the "
                   "connection and has said nothing$", "start")
        proves(d, "udp", "source",
               head + f"nothing comes from udp://127.0.0.1:{port}$", "start")
        proves(d, "hls", "source",
               r"^HTTP error 404 Not Found \(\d+ times\)$", "notfound")
    finally:
        mute.stop()
        hls.shutdown()
        hls.server_close()


def test_w5_source_that_stops(daemon, sink, tmp_path):
    """The source sends no more in mid-stream, and the output would take more:
    it is the source (W5: I31b, N08)."""
    film = tmp_path / "film.ts"
    subprocess.run(
        [FFMPEG, "-v", "error", "-nostdin", "-f", "lavfi", "-i",
         "testsrc2=size=160x120:rate=15", "-t", "12", "-c:v", "libx264",
         "-preset", "ultrafast", "-g", "15", str(film)], check=True)
    source = TcpPeer(b"HTTP/1.1 200 OK\r\n\r\n" + film.read_bytes())
    try:
        d = daemon({"cam": {
            "source": {"url": f"http://127.0.0.1:{source.port}/x.ts"},
            "video": "copy", **WATCHDOG,
            "outputs": [{"url": f"tcp://127.0.0.1:{sink.port}",
                         "format": "mpegts"}]}})
        proves(d, "cam", "source",
               r"^alive, but no new frame for 3.\d s \(watchdog.stall 3s\); "
               r"before that \d+ frames?.*; nothing has come from "
               f"127.0.0.1:{source.port} for [0-9.]+ s$")
    finally:
        source.stop()
