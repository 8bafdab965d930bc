# SPDX-License-Identifier: ISC
"""What is said of a failure is the same with every ffmpeg: that of the system,
and those that tests/stderr/fetch.sh has put into FFSUP_FFMPEGS."""

import http.server
import os
import re
import socket
import threading
from pathlib import Path

import pytest
from harness import FFMPEG, TcpPeer, free_port

SUITES = ("bullseye", "trixie", "sid")
ONCE = {"min": "60s", "max": "60s", "auth": {"min": "60s"},
        "device": {"min": "60s", "max": "60s"}, "held": "1h"}
SOON = {"options": {"rw_timeout": 1000000}}


class HangsUp(threading.Thread):
    """Accepts, and closes at once."""

    def __init__(self):
        super().__init__(daemon=True)
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                self.sock.accept()[0].close()
            except OSError:
                return


class Web(http.server.BaseHTTPRequestHandler):
    """/CODE is answered with it, all else with a login page."""

    def do_GET(self):
        code = int(self.path[1:]) if self.path[1:].isdigit() else 200
        page = b"<html><body>Please log in.</body></html>"
        self.send_response(code)
        if self.path != "/unsized":
            self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args):
        pass


class Servers:
    """One of each kind, on ports of their own."""

    def __init__(self):
        self.web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
        threading.Thread(target=self.web.serve_forever, daemon=True).start()
        self.mute, self.closing = TcpPeer(), HangsUp()
        self.rtsp = {code: TcpPeer(
            f"RTSP/1.0 {code} No\r\nCSeq: @CSEQ@\r\n\r\n".encode())
            for code in (401, 403, 404, 405, 415, 453, 461, 500, 503)}
        self.none = free_port()

    def stop(self):
        self.web.shutdown()
        self.web.server_close()
        self.closing.sock.close()
        for peer in (self.mute, *self.rtsp.values()):
            peer.stop()


def cases(s, path, patience):
    """Source or output that fails: (it, the rest of the profile, class,
    detail, side)."""
    web = f"http://127.0.0.1:{s.web.server_address[1]}"
    at = {n: f"127.0.0.1:{p}" for n, p in (
        ("mute", s.mute.port), ("closing", s.closing.port),
        ("none", s.none))}
    rtsp = {c: f"rtsp://127.0.0.1:{p.port}/x" for c, p in s.rtsp.items()}
    for name in ("empty", "noise", "file"):
        (path / f"{name}.mp4").write_text("" if name == "empty" else "no " * 99)
    script = path / "detect.py"
    script.write_text("raise RuntimeError('no camera')\n")

    def source(what, **keys):
        return {"source": {"url": what, **keys}}

    def output(what, **keys):
        return {"outputs": [{"url": what, **keys}]}

    def video(**keys):
        return {"video": {"encoder": "libx264", **keys}}

    return {
        "refused": (source(f"rtsp://{at['none']}/x"), "refused", None,
                    "source"),
        "refused-out": (output(f"rtmp://{at['none']}/live/somekey"), "refused",
                        None, "output"),
        "password": (source(rtsp[401], user="u", password="wrongone"), "auth",
                     "password", "source"),
        "no-password": (source(rtsp[401]), "auth", "no password", "source"),
        "forbidden": (source(rtsp[403]), "auth", "forbidden", "source"),
        "path": (source(rtsp[404]), "notfound", None, "source"),
        "sessions": (source(rtsp[453]), "rejected", "limit", "source"),
        "transport": (source(rtsp[461]), "rejected", "transport", "source"),
        "server": (source(rtsp[500]), "server", None, "source"),
        "method": (output(rtsp[405]), "rejected", "method", "output"),
        "media": (output(rtsp[415]), "rejected", "media", "output"),
        "busy-out": (output(rtsp[503]), "server", "limit", "output"),
        "mute": (source(f"rtsp://{at['mute']}/x", options={patience: 1000000}),
                 "timeout", "answer", "source"),
        "mute-out": (output(f"rtmp://{at['mute']}/live/somekey", **SOON),
                     "timeout", "answer", "output"),
        "closing": (source(f"rtsp://{at['closing']}/x"), "closed", "answer",
                    "source"),
        "closing-out": (output(f"rtsp://{at['closing']}/x"), "closed", "answer",
                        "output"),
        "no-rtmp": (output(web.replace("http", "rtmp") + "/live/somekey"),
                    "input", "protocol", "output"),
        "http-401": (source(f"{web}/401"), "auth", "no password", "source"),
        "http-404": (source(f"{web}/404"), "notfound", None, "source"),
        "http-410": (source(f"{web}/410"), "notfound", "gone", "source"),
        "http-429": (source(f"{web}/429"), "rejected", "too many requests",
                     "source"),
        "http-503": (source(f"{web}/503"), "server", "limit", "source"),
        "page": (source(f"{web}/page"), "input", "page", "source"),
        "unsized": (source(f"{web}/unsized"), "input", "page", "source"),
        "missing": ({"source": {"files": [f"{path}/none.mp4"]}}, "input",
                    "missing", "source"),
        "pattern": ({"source": {"files": [f"{path}/*.mkv"]}}, "input",
                    "empty", "source"),
        "missing-url": (source(f"{path}/none.mp4"), "input", "missing",
                        "source"),
        "empty": (source(f"{path}/empty.mp4"), "input", "empty", "source"),
        "noise": (source(f"{path}/noise.mp4"), "input", "no media", "source"),
        "below-file": ({"outputs": [{
            "record": f"{path}/file.mp4/%Y-%m-%d_%H-%M-%S.mkv"}]}, "disk",
            "not a directory", "output"),
        "device": ({"source": {"device": "/dev/video99"}}, "device", "missing",
                   "source"),
        "encoder": ({"video": {"encoder": "libx246"}}, "codec", "unknown",
                    "profile"),
        "tune": (video(options={"tune": "film2"}), "option", "value",
                 "profile"),
        "pixels": (video(pixel_format="yuv420q"), "option", "value",
                   "profile"),
        "option": (output("/dev/null", format="flv", options={"nosuch": 1}),
                   "option", "unknown", "profile"),
        "protocol": (output("foo://127.0.0.1/x", format="flv"), "option",
                     "value", "profile"),
        "vaapi": ({"video": {"encoder": "h264_vaapi"}}, "hwenc", "vaapi",
                  "machine"),
        "size": (source("testsrc2=s=40000x40000:r=1", format="lavfi"),
                 "geometry", "too large", "profile"),
        "traceback": ({"source": {"frames": {
            "size": "64x48", "fps": 10,
            "command": ["python3", str(script)]}}}, "producer", "traceback",
            "program"),
    }


def ffmpegs():
    folder = os.environ.get("FFSUP_FFMPEGS", "")
    return [pytest.param(FFMPEG, id="system")] + [
        pytest.param(f"{folder}/{suite}/ffmpeg", id=suite, marks=[]
                     if folder and Path(folder, suite, "ffmpeg").exists()
                     else pytest.mark.skip("no FFSUP_FFMPEGS with it"))
        for suite in SUITES]


@pytest.mark.real
@pytest.mark.plain
@pytest.mark.parametrize("ffmpeg", ffmpegs())
def test_w_every_version(daemons, tmp_path, ffmpeg):
    """Each failure gets its class, detail and side at the first try."""
    servers = Servers()
    wanted = cases(servers, tmp_path,
                   "stimeout" if "bullseye" in ffmpeg else "timeout")
    base = {"source": {"url": "testsrc2=s=64x48:r=10", "format": "lavfi"},
            "outputs": [{"url": "/dev/null", "format": "flv"}],
            "restart": ONCE, "watchdog": {"start": "60s"}}
    d = daemons({name: {**base, **case[0]} for name, case in wanted.items()},
                ffmpeg=ffmpeg)
    d.start()
    found = {}

    def ended():
        for name, s in d.streams().items():
            for w in s["workers"]:
                if w["last"]:
                    found.setdefault(name, w["last"])
        return len(found) == len(wanted)

    try:
        d.wait(ended, 60, "an ending of each")
    finally:
        servers.stop()
    wrong = []
    for name, (_, *want) in sorted(wanted.items()):
        got = [found[name][k] for k in ("class", "detail", "side")]
        if got != want:
            wrong.append(f"{name}: {got}, not {want}: {found[name]['text']}")
    assert not wrong, "\n" + "\n".join(wrong)
    assert not re.search(r"wrongone|somekey", d.log)
