# SPDX-License-Identifier: ISC
"""Comments inside the H.264 in browsers: the JavaScript of doc/COMMENTS.md, as
it stands there, with mpegts.js and hls.js from npm in headless Chromium."""

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest
from harness import (FFMPEG, HERE, ROOT, end_process, free_port, port_open,
                     wait_for)
from messages import pull, texts
from test_camera import camera, film, hashes
from test_sei import SEI, is_part, speak

PACKAGES = {"mpegts.js": "1.8.2", "hls.js": "1.7.4",
            "playwright-core": "1.65.1", "node-media-server": "4.4.3"}
PAGE = """<!doctype html><meta charset="utf-8">
<div id="screen" style="position: relative; overflow: hidden; width: 640px">
<video id="video" muted style="width: 640px"></video></div>
<script src="{library}"></script>
<script>
new MutationObserver(list => list.forEach(m => m.addedNodes.forEach(
  n => console.log('said: ' + n.textContent))))
  .observe(document.getElementById('screen'), {{ childList: true }});
{script}
{start};
</script>
"""
SAID = ["first 前方高能", "<b>second</b> \"quoted\" \\", "😀👨‍👩‍👧 third",
        *(f"number {i}" for i in range(20)), "the end"]


@functools.lru_cache(maxsize=None)
def modules():
    """The folder of npm's packages: $FFSUP_NODE_MODULES, else they are
    fetched. They go when the tests are over."""
    given = os.environ.get("FFSUP_NODE_MODULES")
    if given:
        return Path(given)
    if not shutil.which("npm"):
        return None
    modules.kept = tempfile.TemporaryDirectory(prefix="ffsup-npm-")
    try:
        done = subprocess.run(
            ["npm", "install", "--prefix", modules.kept.name, "--no-audit",
             "--no-fund", "--ignore-scripts", "--prefer-offline",
             *(f"{k}@{v}" for k, v in PACKAGES.items())], timeout=120,
            stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except subprocess.TimeoutExpired:
        return None
    return Path(modules.kept.name) / "node_modules" \
        if done.returncode == 0 else None


@pytest.fixture
def packages():
    if not shutil.which("chromium") or not shutil.which("node"):
        pytest.skip("chromium or node is not installed")
    found = modules()
    if found is None or not all((found / p).exists() for p in PACKAGES):
        pytest.skip("npm does not bring " + ", ".join(PACKAGES))
    return found


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def site(tmp_path):
    """(folder, URL) of a web server."""
    folder = tmp_path / "site"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", free_port()),
        functools.partial(Files, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def node_media(packages, tmp_path):
    """node-media-server: (RTMP port, HTTP port)."""
    rtmp, web = free_port(), free_port()
    config = tmp_path / "nms.json"
    config.write_text(json.dumps({
        "bind": "127.0.0.1", "rtmp": {"port": rtmp}, "http": {"port": web},
        "store": {"path": str(tmp_path / "nms")}}))
    with open(tmp_path / "nms.log", "wb") as log:
        proc = subprocess.Popen(
            ["node", packages / "node-media-server/bin/app.js", "-c", config,
             "--no-admin"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            cwd=tmp_path)
    try:
        wait_for(lambda: port_open(rtmp) and port_open(web), 20,
                 "node-media-server")
        yield rtmp, web
    finally:
        end_process(proc)


class Browser:
    """Chromium with a page that has the script of the document."""

    def __init__(self, packages, site, library, start):
        folder, url = site
        text = (ROOT / "doc/COMMENTS.md").read_text()
        script = re.search(r"^```js\n(.*?)^```", text, re.M | re.S).group(1)
        shutil.copy(packages / library, folder)
        (folder / "index.html").write_text(PAGE.format(
            library=Path(library).name, script=script, start=start))
        self.log = folder / "console.txt"
        with open(self.log, "wb") as log:
            self.proc = subprocess.Popen(
                ["node", HERE / "browser.mjs",
                 packages / "playwright-core/index.js",
                 shutil.which("chromium"), url], stdin=subprocess.PIPE,
                stdout=log, stderr=log)

    def lines(self):
        return self.log.read_text(errors="replace").splitlines()

    def said(self):
        return [line[6:] for line in self.lines()
                if line.startswith("said: ")]

    def close(self):
        self.proc.stdin.close()
        try:
            self.proc.wait(20)
        finally:
            end_process(self.proc)


def on_air(d, tmp_path, url):
    """A camera's H.264 to this URL, with an overlay; with sound, which
    mpegts.js waits for when the server announces it."""
    movie = film(tmp_path / "film.h264", seconds=8)
    made = d({"cam": {"source": {"h264": {"command": camera(movie)}},
                      "audio": "silence", "overlay": [SEI],
                      "outputs": [{"url": url}]}})
    made.wait_state("cam", "live", timeout=30)
    return made


def until_seen(d, browser, word):
    """Say a word now and then until the player is there and prints it."""
    n = iter(range(1000))

    def ask():
        speak(d, "cam", [f"{word} {next(n)}"])
        return any(x.startswith(word) for x in browser.said())
    wait_for(ask, 60, f"{word} in the browser, which says {browser.lines()}")


def check(browser, words):
    """The browser prints these in their order."""
    wait_for(lambda: browser.said()[-1:] == words[-1:], 60,
             "the last comment in the browser")
    got = [x for x in browser.said() if not x.startswith("hello")]
    assert got == words
    assert not [x for x in browser.lines() if x.startswith("error")]


@pytest.mark.slow
def test_mpegts_js(daemon, packages, node_media, site, tmp_path):
    """To node-media-server, and from its HTTP-FLV into mpegts.js; what is
    pulled back by RTMP holds the same. About 20 s."""
    rtmp, web = node_media
    url = f"rtmp://127.0.0.1:{rtmp}/live/cam"
    d = on_air(daemon, tmp_path, url)
    browser = Browser(packages, site, "mpegts.js/dist/mpegts.js",
                      f"playLive('http://127.0.0.1:{web}/live/cam.flv', 'flv')")
    try:
        until_seen(d, browser, "hello")
        out = tmp_path / "out.h264"
        player = pull(url, out)
        wait_for(lambda: out.exists() and out.stat().st_size > 0, 20, "video")
        assert speak(d, "cam", SAID) == ["shown"] * len(SAID)
        check(browser, SAID)
        wait_for(lambda: texts(out)[-1:] == SAID[-1:], 30, "the last comment")
        end_process(player)
        assert [x for x in texts(out) if not x.startswith("hello")] == SAID
        assert is_part(hashes(out), hashes(tmp_path / "film.h264"))
    finally:
        browser.close()


@pytest.mark.slow
def test_hls_js(daemon, nginx, packages, site, tmp_path):
    """To nginx, from there as HLS into hls.js. About 25 s."""
    d = on_air(daemon, tmp_path, nginx.url("cam"))
    nginx.wait_stream("cam")
    live = site[0] / "live.m3u8"
    cutter = subprocess.Popen(
        [FFMPEG, "-v", "error", "-nostdin", "-i", nginx.url("cam"), "-c",
         "copy", "-f", "hls", "-hls_time", "1", "-hls_list_size", "10",
         str(live)], stdin=subprocess.DEVNULL)
    wait_for(live.exists, 20, "a playlist")
    browser = Browser(packages, site, "hls.js/dist/hls.js",
                      "playHls('live.m3u8')")
    try:
        until_seen(d, browser, "hello")
        assert speak(d, "cam", SAID) == ["shown"] * len(SAID)
        check(browser, SAID)
    finally:
        browser.close()
        end_process(cutter)
