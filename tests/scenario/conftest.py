# SPDX-License-Identifier: ISC
"""Fixtures of the scenarios. The daemon's log is shown only on failure, and
only then a test's directory is kept; the report says where."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import harness  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "slow: takes more than ten seconds (its docstring says)")
    config.addinivalue_line(
        "markers", "plain: it shows what ffmpeg and a server make of it, or a"
        " way that another test takes too: the sanitizers are not asked, but"
        " with FFSUP_LONG")
    config.addinivalue_line(
        "markers", "real: with the real ffmpeg (given by its fixtures)")
    config.addinivalue_line(
        "markers", "clock: claims a time that other work on the machine spoils;"
        " tests/run judges one that failed a second time, alone")


REAL = {"daemon", "nginx", "rtsp_listener", "srt", "gst_rtsp",
        "gst_rtsp_login", "h264units", "viewed", "demo"}


def spread(items):
    """Workers take a handful that follow each other: the slow ones are spread
    over all but the last part, so that no worker is left alone with them."""
    slow = [i for i in items if i.get_closest_marker("slow")]
    quick = [i for i in items if not i.get_closest_marker("slow")]
    step = len(quick) * 7 // 10 // max(len(slow), 1)
    for n, item in enumerate(slow):
        quick.insert(n * (step + 1), item)
    return quick


def pytest_collection_modifyitems(config, items):
    """Which ones have no fakes alone, for make check-fast."""
    for item in items:
        if REAL & set(item.fixturenames):
            item.add_marker("real")
    if hasattr(config, "workerinput"):
        items[:] = spread(items)


def pytest_runtest_setup(item):
    """The XML report says which ones these are."""
    if item.get_closest_marker("clock"):
        item.user_properties.append(("clock", "yes"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Append the logs of the test's daemons to a failure's text, so that they
    stand in the XML report too."""
    outcome = yield
    report = outcome.get_result()
    kept = getattr(item, "funcargs", {}).get("tmp_path")
    item.kept = kept or getattr(item, "kept", None)
    item.ever_failed = report.failed or getattr(item, "ever_failed", False)
    if item.kept and report.when == "teardown" and not item.ever_failed:
        shutil.rmtree(item.kept, ignore_errors=True)
    if not report.failed:
        return
    text = [report.longreprtext]
    if item.kept:
        text.append(f"- kept in {item.kept} -")
    for daemon in getattr(item, "daemons", []):
        text += [f"- log of {daemon.dir} -", daemon.log[-20000:]]
        for path in daemon.dir.glob("valgrind.*"):
            text += [f"- {path.name} -", path.read_text()[-20000:]]
    report.longrepr = "\n".join(text)


@pytest.fixture(scope="session")
def fakeff(tmp_path_factory):
    """The fake ffmpeg, built once per session."""
    if os.environ.get("FFSUP_FAKEFF"):
        return os.environ["FFSUP_FAKEFF"]
    out = tmp_path_factory.mktemp("fake") / "fakeff"
    source = harness.ROOT / "tests" / "fake" / "fakeff.c"
    subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-o", out, source],
                   check=True)
    return str(out)


@pytest.fixture(scope="session")
def realff(fakeff, tmp_path_factory):
    """The real ffmpeg, whose answer to -version is known already."""
    path = tmp_path_factory.mktemp("real") / "realff"
    path.symlink_to(os.path.abspath(fakeff))
    path.with_name("realff.is").symlink_to(harness.FFMPEG)
    path.with_name("realff.version").write_bytes(subprocess.run(
        [harness.FFMPEG, "-hide_banner", "-version"], check=True,
        capture_output=True).stdout)
    return str(path)


@pytest.fixture
def daemons(request, tmp_path):
    """Make a Daemon (not started); all of them are cleaned up."""
    request.node.daemons = []

    def make(profiles=None, **kw):
        daemon = harness.Daemon(kw.pop("base", tmp_path), profiles, **kw)
        request.node.daemons.append(daemon)
        return daemon

    yield make
    for daemon in request.node.daemons:
        daemon.clean()


@pytest.fixture
def daemon(daemons, request, realff):
    """Make and start a Daemon with the real ffmpeg; a test that passed also
    proves that it stops cleanly."""
    yield from _started(daemons, request, {"ffmpeg": realff})


@pytest.fixture
def faked(daemons, request, fakeff):
    """The same with the fake ffmpeg."""
    yield from _started(daemons, request, {"ffmpeg": fakeff})


def _started(daemons, request, preset):
    made = []

    def make(profiles=None, **kw):
        made.append(daemons(profiles, **{**preset, **kw}).start())
        return made[-1]

    yield make
    if not getattr(request.node, "failed_call", False):
        for one in made:
            one.stop()


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Remember a failed body, so that its teardown does not judge again."""
    outcome = yield
    pyfuncitem.failed_call = outcome.excinfo is not None


def _server(make, *args):
    server = make(*args)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def hangdisk(tmp_path):
    """A disk that hangs when it is told to."""
    program = harness.ROOT / "build" / "tests" / "fake" / "hangfs"
    if os.getuid() != 0 or not os.path.exists("/dev/fuse"):
        pytest.skip("needs root and /dev/fuse, to make a disk that hangs")
    if not program.exists():
        pytest.skip("hangfs was not built: libfuse3-dev is missing")
    try:
        disk = harness.HangDisk(tmp_path, program)
    except OSError as error:
        pytest.skip(f"mounting a FUSE file system is not allowed: {error}")
    yield disk
    disk.release()


@pytest.fixture
def nginx(tmp_path):
    if not Path("/usr/lib/nginx/modules/ngx_rtmp_module.so").exists():
        pytest.skip("nginx with its rtmp module is not installed")
    yield from _server(harness.Nginx, tmp_path)


@pytest.fixture
def rtsp_listener(tmp_path):
    yield from _server(harness.RtspListener, tmp_path)


@pytest.fixture
def srt(tmp_path):
    yield from _server(harness.SrtListener, tmp_path)


@pytest.fixture
def gst_rtsp(tmp_path):
    _need_gst()
    yield from _server(harness.GstRtsp, tmp_path)


@pytest.fixture
def gst_rtsp_login(tmp_path):
    _need_gst()
    yield from _server(harness.GstRtsp, tmp_path, "--login", "eve:p@ss#1%")


def _need_gst():
    done = subprocess.run(
        ["/usr/bin/python3", "-c", "import gi; "
         "gi.require_version('GstRtspServer', '1.0')"],
        capture_output=True, check=False)
    if done.returncode != 0 or not shutil.which("gst-inspect-1.0") and \
            not Path("/usr/lib/x86_64-linux-gnu/gstreamer-1.0").exists():
        pytest.skip("gst-rtsp-server with its Python binding is missing")


@pytest.fixture
def notify():
    fake = harness.FakeNotify()
    yield fake
    fake.close()
