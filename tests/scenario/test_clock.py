# SPDX-License-Identifier: ISC
"""Sources with a clock that is not ffmpeg's: films over HTTP, images that are
fetched again, MJPEG without time stamps; and those that others connect to."""

import http.server
import subprocess
import threading
import time

import pytest
from harness import FFMPEG, free_port, port_open, wait_for
from test_decoded import TINY, clip

QUIET = {"restart": {"min": "100ms", "max": "300ms"}}


def image(path, color):
    tmp = path.with_suffix(".tmp.jpg")
    subprocess.run(
        [FFMPEG, "-v", "error", "-y", "-f", "lavfi", "-i",
         f"color={color}:s=64x48", "-frames:v", "1", str(tmp)], check=True,
        stdin=subprocess.DEVNULL)
    tmp.rename(path)


class Camera(http.server.BaseHTTPRequestHandler):
    """Snapshots, MJPEG at five frames per second, and files."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((time.monotonic(), self.path))
        path = self.server.folder / self.path[1:].partition("?")[0]
        if "/mjpeg" in self.path:
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Type",
                             "multipart/x-mixed-replace; boundary=b")
            self.end_headers()
            data = (self.server.folder / "a.jpg").read_bytes()
            while True:
                self.wfile.write(
                    b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: "
                    b"%d\r\n\r\n%b\r\n" % (len(data), data))
                time.sleep(0.2)
        data = path.read_bytes()
        begin, _, end = self.headers.get("Range", "bytes=0-")[6:].partition(
            "-")
        part = data[int(begin):int(end) + 1 if end else None]
        self.send_response(206 if "Range" in self.headers else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Content-Range", f"bytes {begin}-"
                         f"{int(begin) + len(part) - 1}/{len(data)}")
        self.end_headers()
        self.wfile.write(part)

    def log_message(self, *args):
        pass


@pytest.fixture
def web(tmp_path):
    """A server of the files of a folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    server.folder, server.asked = tmp_path / "web", []
    server.folder.mkdir()
    server.daemon_threads = True
    server.handle_error = lambda *args: None
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_p8_snapshot(daemon, web, tmp_path):
    """A camera's snapshot is fetched again and again, and no more often; in
    between, the last one is on air, live. When the camera is away, too."""
    image(web.folder / "a.jpg", "red")
    d = daemon({"cam": {
        "source": {"url": f"{web.url}/a.jpg", "every": "300ms"},
        "video": TINY, "outputs": [{"url": str(tmp_path / "out.mkv")}],
        **QUIET}})
    d.wait_state("cam", "live")
    wait_for(lambda: len(web.asked) >= 8, 20, "eight fetches")
    times = [t for t, _ in web.asked]
    assert times[7] - times[0] > 7 * 0.3 - 0.2
    d.wait(lambda: d.worker("cam", "encoder")["frame"] > 40, 20)
    assert d.state("cam") == "live"
    assert d.worker("cam", "source")["run"] == 1
    (web.folder / "a.jpg").unlink()
    d.wait(lambda: d.worker("cam", "source")["run"] > 1)
    before = d.worker("cam", "encoder")["frame"]
    d.wait(lambda: d.worker("cam", "encoder")["frame"] > before + 20)
    image(web.folder / "a.jpg", "blue")
    d.wait_worker("cam", "source", "up")
    assert d.worker("cam", "encoder")["run"] == 1


def test_p4_mjpeg(daemon, web, tmp_path):
    """MJPEG over HTTP has no time stamps: those of its arrival are used, in
    a direct copy, too."""
    image(web.folder / "a.jpg", "red")
    d = daemon({"cam": {
        "source": {"url": f"{web.url}/mjpeg"},
        "outputs": [{"url": str(tmp_path / "out.mkv")}], **QUIET}})
    begin = time.monotonic()
    media = d.wait(lambda: (d.worker("cam", "direct")["out_time_s"] or 0) > 3
                   and d.worker("cam", "direct")["out_time_s"], 40)
    assert media < time.monotonic() - begin + 1
    assert "it has no time stamps" in d.log
    assert d.worker("cam", "direct")["run"] == 2
    # 5 fps that were taken for 25 would need 15 s for these
    assert d.worker("cam", "direct")["frame"] < 40


@pytest.mark.parametrize("name", ["a.mp4", "a"])
def test_p11_film_over_http(daemon, web, tmp_path, name):
    """A film over HTTP runs at its own pace, and begins again: known by its
    name, or by its length."""
    clip(web.folder / "a.mp4", 2, 2)
    (web.folder / "a.mp4").rename(web.folder / name)
    d = daemon({"film": {
        "source": {"url": f"{web.url}/{name}", "loop": True},
        "outputs": [{"url": str(tmp_path / "out.mkv")}], **QUIET}})
    begin = time.monotonic()
    d.wait(lambda: (d.worker("film", "direct")["out_time_s"] or 0) > 4.5, 40)
    assert time.monotonic() - begin > 4
    assert d.worker("film", "direct")["run"] == 1


def test_p11_length_is_learned(daemon, web, tmp_path):
    """A URL that turns out to have an end is read no faster than it plays."""
    clip(web.folder / "a.mp4", 2, 8)
    (web.folder / "a.mp4").rename(web.folder / "a")
    d = daemon({"film": {
        "source": {"url": f"{web.url}/a"},
        "outputs": [{"url": str(tmp_path / "out.mkv")}], **QUIET}})
    d.wait_log("it has an end")
    d.wait(lambda: d.worker("film", "direct")["run"] == 2)
    d.wait(lambda: (d.worker("film", "direct")["speed"] or 9) < 1.5, 40)


def test_n15_listener(daemon, tmp_path):
    """A source that others connect to waits for them without end, and again
    as soon as they have left."""
    port = free_port()
    d = daemon({"obs": {
        "source": {"url": f"rtmp://127.0.0.1:{port}/live/obs",
                   "options": {"listen": 1}},
        "outputs": [{"url": str(tmp_path / "out.mkv")}],
        "watchdog": {"start": "500ms"},
        "restart": {"min": "20s", "max": "60s"}}})

    def push():
        subprocess.run(
            [FFMPEG, "-v", "error", "-re", "-f", "lavfi", "-i",
             "color=red:s=64x48:r=10", "-t", "1.5", "-c:v", "libx264",
             "-preset", "ultrafast", "-tune", "zerolatency", "-g", "10", "-f",
             "flv", f"rtmp://127.0.0.1:{port}/live/obs"], check=True,
            stdin=subprocess.DEVNULL)

    d.wait_worker("obs", "direct", "starting")
    time.sleep(1.5)  # three times the time for a start
    assert d.worker("obs", "direct")["run"] == 1
    for run in (1, 2):
        d.wait(lambda n=run: d.worker("obs", "direct")["run"] == n and
               d.worker("obs", "direct")["state"] == "starting")
        wait_for(lambda: port_open(port), 20, "it listens")
        push()
    d.wait(lambda: d.worker("obs", "direct")["run"] == 3)
    assert d.worker("obs", "direct")["restarts"] == 2
