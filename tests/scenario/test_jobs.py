# SPDX-License-Identifier: ISC
"""The jobs people have, with the real ffmpeg and real servers."""

import os
import signal
import subprocess
import time

import pytest
from harness import (FFMPEG, OFF_AIR, Stopwatch, TcpPeer, alive, free_port,
                     holds_for, patience, pictures, probe, record, wait_for)

pytestmark = pytest.mark.plain

TINY = {"encoder": "libx264", "preset": "ultrafast", "gop": "500ms",
        "bitrate": "300k"}
LAVFI = {"url": "testsrc2=size=160x120:rate=15", "format": "lavfi"}


def pattern(output, size="320x240", fps=15, **over):
    return {"source": {"frames": {"size": size, "fps": fps,
                                  "pattern": "counter"}},
            "video": TINY, "outputs": [output], **over}


def camera(output, **over):
    """ffmpeg's own test source as the camera."""
    return {"source": LAVFI, "video": TINY, "outputs": [output], **over}


def numbers(path):
    """The numbers of all pictures of a file; every one must be readable."""
    seen = pictures(path)
    assert None not in seen, f"{seen.count(None)} of {len(seen)} unreadable"
    return [number for number, _ in seen]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Three seconds of H.264 and AAC."""
    path = tmp_path_factory.mktemp("clip") / "it's a clip.mp4"
    subprocess.run(
        [FFMPEG, "-v", "error", "-nostdin", "-f", "lavfi", "-i",
         "testsrc2=size=160x120:rate=15", "-f", "lavfi", "-i", "sine",
         "-t", "3", "-c:v", "libx264", "-preset", "ultrafast", "-g", "15",
         "-pix_fmt", "yuv420p", "-bf", "0", "-c:a", "aac", str(path)],
        check=True)
    return path


# --- publish ---------------------------------------------------------------


def test_frames_to_rtmp_and_back(daemon, nginx, tmp_path):
    """Pictures to nginx-rtmp, pulled back: whole, in order, and no older
    than a second or two (job 1)."""
    d = daemon({"cam": pattern({"url": nginx.url("cam")})})
    d.wait_state("cam", "live")
    nginx.wait_stream("cam")
    out = tmp_path / "back.flv"
    puller = record(nginx.url("cam"), out, 3)
    puller.communicate(timeout=patience(20))
    seen = numbers(out)
    assert len(seen) > 25
    assert seen == list(range(seen[0], seen[0] + len(seen)))
    video = probe(out)["video"]
    assert (video["codec_name"], video["width"], video["height"],
            video["pix_fmt"]) == ("h264", 320, 240, "yuv420p")
    worker = d.wait(lambda: 13 < (d.worker("cam")["fps"] or 0) < 17 and
                    d.worker("cam"), 10)
    assert worker["bitrate_kbps"] > 0


def test_rtmp_with_silence(daemon, nginx, tmp_path):
    """Platforms that want sound get silence, and stopping still ends
    (ffmpeg without -shortest never would)."""
    d = daemon({"cam": pattern({"url": nginx.url("cam")},
                               audio="silence")})
    d.wait_state("cam", "live")
    nginx.wait_stream("cam")
    out = tmp_path / "back.flv"
    record(nginx.url("cam"), out, 2).communicate(timeout=patience(20))
    assert probe(out)["audio"]["codec_name"] == "aac"
    watch = Stopwatch(d)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    assert watch.took(0, 2)
    assert d.worker("cam")["last"]["code"] == 0


def test_camera_to_rtsp_listener(daemon, rtsp_listener):
    """A camera (lavfi) encoded to an RTSP server made of ffmpeg (job 1)."""
    d = daemon({"cam": camera({"url": rtsp_listener.url})})
    d.wait_state("cam", "live")
    d.wait(lambda: d.worker("cam")["frame"] > 30, 8)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    rtsp_listener.proc.wait(patience(5))
    assert int(probe(rtsp_listener.path)["video"]["nb_read_packets"]) > 20


def test_frames_to_gst_rtsp_server(daemon, gst_rtsp):
    """Pictures recorded by gst-rtsp-server are whole (job 1)."""
    d = daemon({"cam": pattern({"url": gst_rtsp.url("live")})})
    d.wait_state("cam", "live")
    d.wait(lambda: d.worker("cam")["frame"] > 45, 10)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    gst_rtsp.stop()
    seen = numbers(gst_rtsp.path)
    assert len(seen) > 25 and seen == sorted(seen)


def test_hls_goes_on_after_a_kill(daemon, tmp_path):
    """A playlist is continued by the next process, and does not end."""
    (tmp_path / "hls").mkdir()
    playlist = tmp_path / "hls" / "live.m3u8"
    d = daemon({"cam": camera({"url": str(playlist)})})
    wait_for(lambda: playlist.exists() and ".ts" in playlist.read_text(), 12)
    old = d.worker_pid("cam")
    os.kill(old, signal.SIGKILL)
    d.wait_new_pid("cam", old)
    wait_for(lambda: "DISCONTINUITY" in playlist.read_text(), 12)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    assert "ENDLIST" not in playlist.read_text()


# --- pull ------------------------------------------------------------------


def test_rtsp_camera_to_rtmp(daemon, gst_rtsp, nginx, tmp_path):
    """An RTSP camera pushed to an RTMP server without encoding (job 2)."""
    d = daemon({"cam": {"source": {"url": gst_rtsp.url("play")},
                        "outputs": [{"url": nginx.url("cam")}]}})
    d.wait_state("cam", "live", timeout=15)
    nginx.wait_stream("cam")
    out = tmp_path / "back.flv"
    record(nginx.url("cam"), out, 2).communicate(timeout=patience(20))
    video = probe(out)["video"]
    assert video["codec_name"] == "h264" and video["width"] == 160
    argv = d.request("plan", "cam")["data"]["workers"][0]["argv"]
    assert "copy" in argv and "libx264" not in argv


def test_login_with_special_characters(daemon, gst_rtsp_login, tmp_path):
    """User and password beside the URL are encoded: "p@ss#1%" works, and is
    shown nowhere (story 9)."""
    d = daemon({"cam": {
        "source": {"url": gst_rtsp_login.url("play"), "user": "eve",
                   "password": "p@ss#1%"},
        "outputs": [{"url": str(tmp_path / "cam.mkv")}]}})
    d.wait_state("cam", "live", timeout=15)
    said = d.log + d.cli("plan", "cam").stdout + d.cli(
        "status", "--json").stdout + d.cli("logs", "cam").stdout
    assert "p@ss#1%" not in said and "p%40ss%231%25" not in said
    assert "p%40ss%231%25" in d.cli("plan", "cam", "--reveal").stdout


def test_wrong_password_is_tried_rarely(daemon):
    """A camera that answers 401 is asked once, not again and again: it
    would lock us out. why names user and password (story 8)."""
    peer = TcpPeer(b"RTSP/1.0 401 Unauthorized\r\nCSeq: @CSEQ@\r\n"
                   b"WWW-Authenticate: Basic realm=\"cam\"\r\n\r\n")
    try:
        d = daemon({"gate": {
            "source": {"url": f"rtsp://127.0.0.1:{peer.port}/cam",
                       "user": "eve", "password": "wrong1"},
            "outputs": [{"url": "/dev/null", "format": "flv"}]}})
        d.wait_state("gate", "retry")
        why = d.why("gate")
        assert why["class"] == "auth"
        assert why["retry_in_s"] > 30
        assert any("401" in line for line in why["proof"])
        holds_for(lambda: len(peer.accepted) <= 2, 2, "silence")
        text = d.cli("why", "gate", check=OFF_AIR).stdout
        assert "password" in text and "wrong1" not in text
    finally:
        peer.stop()


def test_crash_safe_recording(daemons, nginx, tmp_path):
    """A recording survives a SIGKILL of everything: the file plays, and at
    most the last two seconds are lost (job 4; story 10)."""
    d = daemons({"push": pattern({"url": nginx.url("cam")}, fps=25),
                 "rec": {"source": {"url": nginx.url("cam")},
                         "outputs": [{"record": f"{tmp_path}/rec-%H%M%S.mkv",
                                      "segment": "1h"}],
                         "restart": {"min": "200ms", "max": "500ms"}}}).start()
    d.wait_state("rec", "live", timeout=20)
    begin = d.worker("rec")["frame"]
    d.wait(lambda: d.worker("rec")["frame"] > begin + 150, 20)
    # a file that is being written gets its name from another process
    path = max(wait_for(lambda: list(tmp_path.glob("rec-*.mkv")), 5,
                        "the recording"))
    told = d.worker("rec")["frame"]
    d.kill()
    wait_for(lambda: path.stat().st_size > 0, 1)
    seen = numbers(path)
    assert len(seen) > told - 2 * 25 - 10
    assert seen == list(range(seen[0], seen[0] + len(seen)))


def test_segments_are_all_complete(daemon, tmp_path):
    """Recording in pieces, ended by a stop: every file plays (story 10)."""
    d = daemon({"rec": camera({"record": f"{tmp_path}/r-%H%M%S.mp4",
                               "segment": "2s"})})
    wait_for(lambda: len(list(tmp_path.glob("r-*.mp4"))) >= 3, 15)
    d.tell("stop", "rec")
    d.wait_state("rec", "off")
    for path in sorted(tmp_path.glob("r-*.mp4")):
        assert int(probe(path)["video"]["nb_read_packets"]) > 0, path


# --- files, raw arguments --------------------------------------------------


@pytest.mark.slow
def test_files_in_a_loop(daemon, nginx, clip):
    """A list of files is played at its own pace, for ever (job 5); a quote
    in a name is no obstacle."""
    copy = clip.with_name("second.mp4")
    copy.write_bytes(clip.read_bytes())
    d = daemon({"tv": {"source": {"files": [str(clip.parent / "*.mp4")],
                                  "loop": True},
                       "outputs": [{"url": nginx.url("tv")}]}})
    d.wait_state("tv", "live")
    nginx.wait_stream("tv")
    pid = d.worker_pid("tv")
    begin = time.monotonic()
    d.wait(lambda: d.worker("tv")["out_time_s"] > 7.5, 20, "a second round")
    assert time.monotonic() - begin > 4
    assert d.worker_pid("tv") == pid
    assert d.status("tv")["restarts"] == 0


def test_one_file_without_a_loop(daemon, clip, tmp_path):
    """A file that comes to its end is told as that, and played again."""
    d = daemon({"one": {"source": {"files": [str(clip)]},
                        "outputs": [{"url": str(tmp_path / "o.mkv")}],
                        "restart": {"min": "20s", "max": "20s",
                                    "healthy": "1h"}}})
    d.wait(lambda: d.worker("one")["last"], 12)
    last = d.worker("one")["last"]
    assert last["code"] == 0 and last["class"] == "ended"
    assert last["lived_s"] > 2.5


def test_raw_arguments(daemon, nginx):
    """The escape hatch: arguments as they are, supervised all the same."""
    d = daemon({"raw": {"args": [
        "-re", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=10", "-c:v",
        "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g",
        "10", "-f", "flv", nginx.url("raw")]}})
    d.wait_state("raw", "live")
    nginx.wait_stream("raw")
    d.wait(lambda: (d.worker("raw")["fps"] or 0) > 7, 10)
    assert d.worker("raw")["role"] == "direct"


# --- when servers fail -----------------------------------------------------


def test_server_comes_later(daemon, nginx):
    """Boot without the server: refused, and live by itself once it is
    there."""
    nginx.stop()
    d = daemon({"cam": pattern({"url": nginx.url("cam")})})
    d.wait(lambda: (d.worker("cam")["last"] or {}).get("class") == "refused",
           8)
    d.wait_state("cam", "retry", "starting")
    assert "Connection refused" in " ".join(d.why("cam")["proof"])
    nginx.start()
    d.wait_state("cam", "live")
    nginx.wait_stream("cam")


def test_server_is_restarted(daemon, nginx):
    """The server dies and comes back: closed, then live again."""
    d = daemon({"cam": pattern({"url": nginx.url("cam")})})
    d.wait_state("cam", "live")
    d.wait(lambda: d.worker("cam")["frame"] > 30, 8)
    nginx.proc.kill()
    nginx.proc.wait()
    d.wait(lambda: (d.worker("cam")["last"] or {}).get("class") in
           ("closed", "refused"), 8)
    nginx.start()
    d.wait_state("cam", "live")
    nginx.wait_stream("cam")


def test_server_drops_the_publisher(daemon, nginx):
    """The platform ends the session: at once a new one."""
    d = daemon({"cam": pattern({"url": nginx.url("cam")})})
    d.wait_state("cam", "live")
    nginx.wait_stream("cam")
    d.wait(lambda: d.worker("cam")["frame"] > 30, 8)
    old = d.worker_pid("cam")
    nginx.drop_publisher("cam")
    d.wait_new_pid("cam", old)
    d.wait_state("cam", "live")
    nginx.wait_stream("cam")
    assert d.worker("cam")["last"]["class"] == "closed"


def test_server_that_refuses_the_key(daemon, nginx):
    """on_publish says no: never live for long, and the key is masked."""
    d = daemon({"cam": pattern(
        {"url": nginx.url("cam", "auth") + "?key=SECRETKEY"})})
    d.wait(lambda: d.worker("cam")["failures"] >= 1, 10)
    assert d.worker("cam")["last"]["class"] in (
        "rejected", "auth", "closed", "busy"), d.worker("cam")["last"]
    assert "SECRETKEY" not in d.log + d.cli("why", "cam").stdout
    d.write("cam", pattern(
        {"url": nginx.url("cam", "auth") + "?key=good"}))
    d.reload()
    d.wait_state("cam", "live")
    nginx.wait_stream("cam")


def test_key_in_use(daemon, nginx):
    """A second publisher on one key is told as that: busy. (What stands behind
    the key, the server does not look at; ffsup cannot know that.)"""
    d = daemon({"one": pattern({"url": nginx.url("cam")})})
    d.wait_state("one", "live")
    nginx.wait_stream("cam")
    d.write("two", pattern({"url": nginx.url("cam") + "?two=1"}))
    d.reload()
    d.wait(lambda: (d.worker("two")["last"] or {}).get("class") == "busy", 8)
    assert d.status("one")["restarts"] == 0


def test_accepting_but_silent_server(daemon):
    """A server that accepts and never answers: ffmpeg would wait for ever;
    the start time ends that (fact 8)."""
    peer = TcpPeer(None)
    try:
        d = daemon({"cam": pattern(
            {"url": f"rtmp://127.0.0.1:{peer.port}/live/cam"},
            watchdog={"start": "1500ms"})})
        d.wait(lambda: (d.worker("cam")["last"] or {}).get("class")
               == "start", 8)
        d.wait(lambda: len(peer.accepted) >= 2, 8)
    finally:
        peer.stop()


def test_real_ffmpeg_frozen(daemon, nginx):
    """Real ffmpeg in SIGSTOP is replaced, and the picture is back (story 3
    with nothing faked)."""
    d = daemon({"cam": pattern({"url": nginx.url("cam")})})
    d.wait_state("cam", "live")
    d.wait(lambda: d.worker("cam")["frame"] > 30, 8)
    old = d.worker_pid("cam")
    watch = Stopwatch(d)
    os.kill(old, signal.SIGSTOP)
    d.wait_new_pid("cam", old, timeout=8)
    d.wait_state("cam", "live")
    assert watch.took(0, 6)
    assert not alive(old)
    assert d.worker("cam")["last"]["class"] == "stall"
    nginx.wait_stream("cam")


@pytest.mark.parametrize("name,change,cls,held", [
    ("encoder", {"video": {"encoder": "libnosuch"}}, "codec", True),
    ("option", {"outputs": [{"url": "/dev/null", "format": "flv",
                             "options": {"nosuchoption": "1"}}]},
     "option", True),
    ("missing", {"source": {"url": "/nosuch/file.mp4"}}, "input", False),
    ("dns", {"source": {"url": "rtsp://no-such-host.invalid/x"}},
     "unreachable", False),
    ("refused", {"source": {"url": "rtsp://127.0.0.1:1/x"}}, "refused",
     False),
    ("device", {"source": {"device": "/dev/video99"}}, "device", False),
    ("hardware", {"video": {"encoder": "h264_v4l2m2m"}}, "hwenc", False),
])
def test_real_failures_are_named(daemon, name, change, cls, held):
    """What the real ffmpeg says of a failure is understood; what it does not
    take from the profile is held (needs.md: the failure classes)."""
    d = daemon({name: {**camera({"url": "/dev/null", "format": "flv"}),
                       **change}})
    last = d.wait(lambda: d.worker(name)["last"], 15)
    assert last["class"] == cls, (last, d.request("logs", name))
    assert (d.worker(name)["state"] == "held") is held
    assert d.why(name)["proof"], d.why(name)
    d.wait(lambda: d.cli("status", check=None).returncode == OFF_AIR, 15,
           "the word that it is off the air")


def test_disk_full(daemon, tmp_path):
    """No space left: told as disk, tried again, and recording goes on once
    there is room."""
    if os.getuid() != 0:
        pytest.skip("needs root, to mount a small tmpfs")
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs",
                       small], check=False).returncode != 0:
        pytest.skip("mounting a tmpfs is not allowed here")
    try:
        (small / "ballast").write_bytes(b"x" * 150000)
        d = daemon({"rec": camera({"record": f"{small}/%H%M%S.mkv"})})
        d.wait(lambda: (d.worker("rec")["last"] or {}).get("class")
               == "disk", 25)
        (small / "ballast").unlink()
        d.wait_state("rec", "live")
        d.stop()
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def test_udp_between_two_streams(daemon, tmp_path):
    """One stream sends MPEG-TS over UDP, another one of the same daemon
    records it."""
    port = free_port()
    url = f"udp://127.0.0.1:{port}"
    out = tmp_path / "out.ts"
    d = daemon({"send": pattern({"url": url}),
                "take": {"source": {"url": url}, "outputs": [
                    {"url": str(out)}]}})
    d.wait_state("send", "live")
    d.wait_state("take", "live", timeout=20)
    d.wait(lambda: d.worker("take")["frame"] > 30, 10)
    d.tell("stop", "take")
    d.wait_state("take", "off")
    assert int(probe(out)["video"]["nb_read_packets"]) > 20


# --- secrets ---------------------------------------------------------------


def test_no_secret_anywhere(daemon, nginx, tmp_path):
    """User, password, stream key and query of working and failing streams
    are in no output of any kind; plan --reveal is the only exception
    (story 9)."""
    secrets = ["hunter2hunter2", "p@ss#1%xyz", "p%40ss%231%25xyz",
               "live_4815162342", "tokentoken99", "filesecret77"]
    (tmp_path / "key").write_text("filesecret77\n")
    d = daemon({
        "works": pattern({"url": nginx.url("live_4815162342")}),
        "fails": {"source": {"url": "rtsp://127.0.0.1:1/cam?t=tokentoken99",
                             "user": "eve", "password": "p@ss#1%xyz"},
                  "outputs": [{"url": nginx.url("x")}]},
        "inurl": camera({"url":
                         "rtmp://u:hunter2hunter2@127.0.0.1:1/live/k12345"}),
        "held": {**camera({"url": nginx.url("${file:%s}" % (
            tmp_path / "key")), "options": {"nosuch": "1"}})},
        "raw": {"args": ["-f", "lavfi", "-i", "nosuchfilter", "-f", "flv",
                         "rtmp://127.0.0.1:1/live/live_4815162342"]},
    })
    d.wait_state("works", "live")
    d.wait(lambda: all(s["workers"][0]["last"] for s in
                       d.status()["streams"] if s["name"] != "works"), 10)
    said = d.log
    for args in (["status"], ["status", "--json"], ["events"],
                 ["events", "--json"], ["reload"], ["reload", "--dry-run"],
                 ["check", d.profiles], ["check", "-c", d.config]):
        done = d.cli(*args)
        said += done.stdout + done.stderr
    for name in ("works", "fails", "inurl", "held", "raw"):
        for verb in ("status", "why", "logs", "plan", "restart"):
            done = d.cli(verb, name)
            said += done.stdout + done.stderr
    d.write("works", pattern({"url": nginx.url("live_9999999999")}))
    for args in (["reload", "--dry-run"], ["reload"]):
        done = d.cli(*args)
        said += done.stdout + done.stderr
    d.signal(signal.SIGUSR1)
    d.wait_log('"streams":')
    said += d.log
    for secret in secrets + ["live_9999999999"]:
        at = said.find(secret)
        assert at < 0, said[max(0, at - 200):at + 100]
    assert "****" in said
    assert "live_9999999999" in d.cli("plan", "works", "--reveal").stdout


def test_secret_in_a_broken_profile(daemons):
    """An error message about a line with a password does not quote it."""
    d = daemons({"a": '{"source": {"url": "rtsp://h/x", "user": "eve",\n'
                      '  "password": ["hunter2hunter2"]},\n'
                      '  "outputs": [{"url": 5, "pasword": "hunter2hunter2"}'
                      ']}'})
    done = d.cli("check", d.profiles, check=78)
    assert "hunter2" not in done.stdout + done.stderr
    assert d.spawn().proc.wait(patience(5)) == 78
    assert "hunter2" not in d.log
