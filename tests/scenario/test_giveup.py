# SPDX-License-Identifier: ISC
"""Nothing is given up for good because of one line."""

import re
import socket
import subprocess
import threading
import time

import pytest
from harness import FFMPEG, fake_profile, frames_profile, read_pids

MOMENTARY = {
    "header": "[error] Could not write header for output file #0 (incorrect "
              "codec parameters ?): Invalid argument",
    "carrier": "[flv @ 0x5] [error] Video codec hevc not compatible with flv",
    "track": "[fatal] Stream map '0:v:0' matches no streams.",
    "encoder": "[error] Error initializing output stream 0:0 -- Error while "
               "opening encoder for output stream #0:0",
    "before": "[vost#0:0 @ 0x5] [error] Could not open encoder before EOF",
    "size": "[libx264 @ 0x5] [error] width not divisible by 2 (65x49)",
    "session": "[h264_nvenc @ 0x5] [error] OpenEncodeSessionEx failed: out of "
               "memory (10)",
    "device": "[error] Device creation failed: -542398533.",
    "memory": "[error] Error opening output: Cannot allocate memory",
    "transport": "[rtsp @ 0x5] [error] method SETUP failed: 461 Unsupported "
                 "transport",
}


def test_s3_w3_what_passes_is_tried_again(faked, tmp_path):
    """What may come of what the source sends, of memory or of hardware that
    is taken, costs one run and no more."""
    profiles = {}
    for name, line in MOMENTARY.items():
        said = tmp_path / f"{name}.err"
        said.write_text(line + "\n")
        profiles[name] = fake_profile(
            exit=1, first=tmp_path / name, stderrfile=said)
    d = faked(profiles)
    d.wait_all()
    for name in profiles:
        assert d.status(name)["restarts"] == 1


@pytest.mark.parametrize("words", [
    "v4l2: Error setting exposure: camera is still warming up",
    "ValueError: Unable to parse the camera's answer",
    "RuntimeError: Device creation failed", "cv2.error: Invalid frame size",
    "Option bitrate not found in config.yaml",
    "401 Client Error: Unauthorized"])
def test_w1_words_of_a_program(faked, tmp_path, words):
    """A program's words are shown, and its failure is its own: it is started
    again after ordinary delays, whatever it says."""
    runs = tmp_path / "runs"
    d = faked({"s": frames_profile(command=[
        "sh", "-c", f'echo run >> {runs}; echo "$1" >&2; exit 3', "x",
        words])})
    d.wait(lambda: runs.exists() and runs.read_text().count("run") >= 3)
    last = d.wait(lambda: d.worker("s", "producer")["last"])
    assert last["class"] == "producer"
    assert last["text"] == f"exit 3: {words}"
    why = d.why("s")
    assert why["class"] == "producer" and "program" in why["cause"]
    assert not why["held"]


def test_w1_words_of_a_camera_program(faked, tmp_path):
    """So is that of a program that brings H.264; of a Python traceback the
    place is shown, too."""
    script = tmp_path / "cam.py"
    script.write_text("\n\ndef f():\n    raise OSError('Device or resource "
                      "busy')\n\n\nf()\n")
    d = faked({"s": {
        "source": {"h264": {"command": ["/usr/bin/python3", str(script)]}},
        "outputs": [{"url": "/dev/null", "format": "flv"}]}})
    d.wait(lambda: d.worker("s", "producer")["run"] >= 3, 15, "three runs")
    last = d.worker("s", "producer")["last"]
    assert last["class"] == "producer"
    assert last["text"] == (
        "exit 1: cam.py line 4: OSError: Device or resource busy")


class Deaf:
    """Answers every RTSP request with one status line."""

    def __init__(self, status):
        self.status = status
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.asked = 0
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            with conn:
                ask = conn.recv(4096).decode()
                seq = re.search(r"CSeq: *(\d+)", ask)
                self.asked += 1
                conn.sendall(f"RTSP/1.0 {self.status}\r\nCSeq: "
                             f"{seq.group(1) if seq else 1}\r\n\r\n".encode())

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


@pytest.mark.parametrize("status", [
    "503 Unrecognized option 'busy'", "503 Unknown encoder 'x'",
    "453 No such filter: 'x'"])
def test_s3_words_of_a_server(daemon, status):
    """What a camera answers is no fault of the profile."""
    camera = Deaf(status)
    d = daemon({"cam": {
        "source": {"url": f"rtsp://127.0.0.1:{camera.port}/x"},
        "outputs": [{"url": "/dev/null", "format": "flv"}],
        "restart": {"min": "50ms", "max": "200ms"}}})
    d.wait(lambda: camera.asked >= 3, 15, "the third try")
    assert d.worker("cam")["last"]["class"] in ("server", "rejected")
    assert "HELD" not in d.log
    camera.close()


def test_s3_given_up_is_tried_and_says_so(faked, tmp_path):
    """An option that ffmpeg does not know is tried again after restart.held;
    the log, why and status say when. Once corrected it is on air, and then
    the same words give nothing up."""
    pids, said, script = (tmp_path / n for n in ("pids", "err", "script"))
    said.write_text("[error] Unrecognized option 'x'.\n")
    script.write_text(f"exit=1,stderrfile={said}")
    held = {"restart": {"held": "1s", "min": "100ms", "max": "500ms"}}
    d = faked({"a": {**fake_profile(pidfile=pids, file=script), **held}})
    d.wait_log(r"STARTING -> HELD, option after .*: Unrecognized "
               r"option 'x'\.; given up, will be retried in 1\.0 s")
    d.wait(lambda: len(read_pids(pids)) >= 3, 10, "the third try")
    script.write_text("")
    d.wait_state("a", "live")
    given_up = d.log.count("-> HELD")
    script.write_text(f"exit=1,stderrfile={said}")
    n = len(read_pids(pids))
    d.tell("restart", "a")
    d.wait(lambda: len(read_pids(pids)) >= n + 3, 10, "three tries")
    assert d.log.count("-> HELD") == given_up


def test_s3_w1_degraded_says_who_was_given_up(daemon):
    """One output of two is given up: why says so, and when it is tried."""
    good, bad = ({"url": "/dev/null", "format": "flv", "name": n,
                  "options": o} for n, o in (
        ("good", {}), ("bad", {"nosuch": 1})))
    d = daemon({"s": {**frames_profile(pattern="smpte"),
                      "outputs": [good, bad]}})
    d.wait(lambda: d.worker("s", "bad")["state"] == "held")
    d.wait_state("s", "degraded")
    why = d.why("s")
    assert why["worker"] == "bad" and why["held"]
    assert 850 < why["retry_in_s"] <= 900
    page = d.cli("why", "s").stdout
    assert re.search(r"bad was given up, next try in 1[45]m", page)
    assert page.count("given up") == 1
    assert "given up: bad" in d.cli("status").stdout


# --- codecs that change -----------------------------------------------------

def transport_stream(path, encoder):
    """Half a minute of a small picture, as MPEG-TS."""
    subprocess.run(
        [FFMPEG, "-v", "error", "-y", "-f", "lavfi", "-i",
         "testsrc2=s=64x48:r=10", "-t", "30", "-c:v", encoder, "-preset",
         "ultrafast", "-g", "5", "-f", "mpegts", str(path)], check=True,
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path.read_bytes()


class Camera:
    """Sends one stream after the other to whoever connects, slowly."""

    def __init__(self):
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.data, self.turn = b"", 0
        threading.Thread(target=self.run, daemon=True).start()

    def send(self, data):
        """From now on this, to a new connection."""
        self.data = data
        self.turn += 1

    def run(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            with conn:
                self.serve(conn, self.turn)

    def serve(self, conn, turn):
        step = len(self.data) // 300 + 1  # of 30 s, in tenths
        for at in range(0, len(self.data), step):
            if self.turn != turn:
                return
            try:
                conn.sendall(self.data[at:at + step])
            except OSError:
                return
            time.sleep(0.1)

    def close(self):
        self.turn += 1
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


@pytest.mark.parametrize("shape", ["direct", "fan-out", "slate", "sources"])
def test_p1_codec_that_comes_back(daemon, tmp_path, shape):
    """A camera sends H.264, H.265 for a while, and H.264 again: the output
    that carries H.264 only is on air again by itself. Where a relay sees the
    codec change, at once: its own delay would be four minutes."""
    avc = transport_stream(tmp_path / "avc.ts", "libx264")
    hevc = transport_stream(tmp_path / "hevc.ts", "libx265")
    camera = Camera()
    camera.send(avc)
    flv = {"url": "/dev/null", "format": "flv", "name": "flv"}
    mkv = {"url": "/dev/null", "format": "matroska", "name": "mkv"}
    restart = {"min": "100ms", "max": "1s"} if shape == "direct" else \
        {"min": "1m", "max": "6m", "healthy": "0.1s"}
    sender = "direct" if shape == "direct" else "flv"
    source = {"url": f"tcp://127.0.0.1:{camera.port}", "format": "mpegts",
              "options": {"analyzeduration": 300000, "probesize": 20000}}
    d = daemon({"cam": {
        "source": [source, {"url": "tcp://127.0.0.1:1", "format": "mpegts"}]
        if shape == "sources" else source,
        "video": "copy", "audio": "none",
        "outputs": [flv, mkv] if shape == "fan-out" else [flv],
        "restart": restart, **(
            {"fallback": {"slate_after": "1m"}} if shape == "slate" else {})}})
    d.wait_state("cam", "live", timeout=15)
    camera.send(hevc)
    d.wait(lambda: d.worker("cam", sender)["last"] and
           d.worker("cam", sender)["last"]["class"] == "codec", 20)
    camera.send(avc)
    d.wait_state("cam", "live", timeout=20)
    camera.close()
