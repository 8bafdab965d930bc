# SPDX-License-Identifier: ISC
"""Live is a claim: programs that run and send something else than the profile
says are no LIVE; the reason, the proof and the exit code say so."""

import os
import subprocess
import sys

from harness import FFSUP, end_process, fake, wait_for

W, H = 160, 120
FRAME = W * H * 3

PROGRAM = """
import os, sys, time
out = sys.stdout.buffer
def put(data):
    out.write(data)
    out.flush()
    time.sleep(0.05)
"""
JPEG = "put(b'\\xff\\xd8\\xff\\xe0' + os.urandom(3000 + os.urandom(1)[0]))"
PACKET = "b'\\x47\\x41\\0\\x1f' + bytes(184)"


def program(code):
    """Python that runs for ever; `code` is one round of it."""
    return [sys.executable, "-c", f"{PROGRAM}\nwhile True:\n    {code}"]


def profile(tmp_path, name, **source):
    script = fake("lead", "verify", read="all", frame=FRAME,
                  got=tmp_path / f"got-{name}")
    return {
        "source": {"frames": {"size": f"{W}x{H}", "fps": 20, **source}},
        "video": {"pixel_format": "yuv444p"},
        "outputs": [{"url": "/dev/null", "format": "flv",
                     "options": {"metadata": script}}]}


def camera(command):
    return {"source": {"h264": {"command": command}},
            "outputs": [{"url": "/dev/null", "format": "mpegts",
                         "options": {"metadata": fake("lead")}}]}


def expect(d, name, reason, proof, cure):
    """The stream is ill for that reason; `why` proves it and names a cure."""
    d.wait_reason(name, reason, timeout=20)
    why = d.why(name)
    assert why["class"] == reason
    assert any(proof in line for line in why["proof"]), why["proof"]
    assert cure in why["do"]
    d.cli("why", name, check=1)


def test_w6_programs_that_send_something_else(faked, tmp_path):
    """Frames of another format, messages between frames or alone, images,
    MPEG-TS for H.264: each with its own words. A banner is skipped."""
    frame = f"os.urandom({FRAME})"
    d = faked({
        "gray": profile(tmp_path, "gray", command=program(
            f"put(os.urandom({W * H}))")),
        "prints": profile(tmp_path, "prints", command=program(
            f"print('seen', len(os.listdir('/')), flush=True); put({frame})")),
        "text": profile(tmp_path, "text", command=program(
            "put(b'INFO the detector is running\\n')")),
        "jpeg": profile(tmp_path, "jpeg", command=program(JPEG)),
        "banner": profile(tmp_path, "banner", command=[
            sys.executable, "-c", PROGRAM +
            "put(b'loading the model, please wait ... \\n')\n"
            f"while True:\n    put({frame})"]),
        "ts": camera(program(f"put(({PACKET}) * 40)"))})
    expect(d, "gray", "wrong format", "160x120 gray", '"format"')
    expect(d, "prints", "stray bytes", "belong to no frame", "stderr")
    expect(d, "text", "no raw frames", "INFO the detector", "standard error")
    expect(d, "jpeg", "no raw frames", "JPEG", "pixels")
    expect(d, "ts", "no H.264", "MPEG-TS", "-f h264")
    d.wait_log("banner: 36 bytes of text came before the frames; skipped")
    assert d.status("banner")["frames"]["guess"] is None
    d.wait_state("banner", "live")


def test_n5_n12_feeder(faked, tmp_path):
    """What `ffsup feed` cuts into frames is measured as it was written. Who
    is connected is known, and that nobody is."""
    d = faked({"a": profile(tmp_path, "a", socket=True)})
    d.wait_reason("a", "slate")
    assert "nobody is connected" in d.why("a")["proof"][0]
    assert d.status("a")["frames"]["feeder"] is None
    code = " ".join(f"put(os.urandom({W * H * 4}))".split())
    with subprocess.Popen(program(code), stdout=subprocess.PIPE) as source:
        with subprocess.Popen(
                [FFSUP, "feed", "a", "-s", d.sock], stdin=source.stdout,
                stderr=subprocess.PIPE, env=os.environ) as feeder:
            d.wait_log(rf"a: feeder connected \(pid {feeder.pid}\)")
            expect(d, "a", "wrong format", "160x120 rgba", '"size"')
            assert d.status("a")["frames"]["feeder"]["pid"] == feeder.pid
            end_process(feeder)
            assert b"160x120 rgba" in feeder.stderr.read()
        end_process(source)
    d.wait_log(rf"a: feeder left \(pid {feeder.pid}\)")
    wait_for(lambda: d.status("a")["frames"]["feeder"] is None, 5)


def test_w6_q17_file_in_the_place_of_a_fifo(faked, tmp_path):
    """A regular file in the place of the named pipe is the reason."""
    path = tmp_path / "in"
    path.write_bytes(b"not a frame")
    d = faked({"a": profile(tmp_path, "a", fifo=str(path))})
    expect(d, "a", "no way in", str(path), "emove")
    path.unlink()
    d.wait_reason("a", "slate")


def test_feed_from_a_directory(faked, tmp_path):
    """Standard input that cannot be read is an error, and not an end."""
    d = faked({"a": profile(tmp_path, "a", socket=True)})
    fd = os.open(tmp_path, os.O_RDONLY)
    done = subprocess.run([FFSUP, "feed", "a", "-s", d.sock], stdin=fd,
                          stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(fd)
    assert done.returncode == 1
    assert b"cannot be read: Is a directory" in done.stderr
