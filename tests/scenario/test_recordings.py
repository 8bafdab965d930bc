# SPDX-License-Identifier: ISC
"""Nothing that was recorded is overwritten or lost."""

import os
import signal
import threading
import time

import pytest
from clock import wrong_clock
from harness import CHECKED, DAY, patience, pictures, wait_for

FPS = 25
TINY = {"encoder": "libx264", "preset": "ultrafast", "gop": "1s",
        "bitrate": "300k"}


def camera(*outputs, **over):
    """Counter pictures of ffsup's own to all of these."""
    return {"source": {"frames": {"size": "160x120", "fps": FPS,
                                  "pattern": "counter"}},
            "video": TINY, "outputs": list(outputs),
            "restart": {"min": "200ms", "max": "500ms"}, **over}


def files(folder, suffix=".mkv"):
    """Recordings, by name."""
    return sorted(p for p in folder.rglob(f"*{suffix}")
                  if not p.name.startswith("."))


def hidden(folder):
    return sorted(folder.rglob(".ffsup*"))


class Watch:
    """Looks at the sizes of all files again and again: none may shrink, and
    none may vanish but hidden ones, which get their names."""

    def __init__(self, folder):
        self.folder, self.wrong, self.sizes = folder, [], {}
        self.going = True
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def look(self):
        for path in files(self.folder):
            size = path.stat().st_size
            if size < self.sizes.get(path, 0):
                self.wrong.append((path.name, self.sizes[path], size))
            self.sizes[path] = size

    def run(self):
        while self.going:
            self.look()
            time.sleep(0.05)

    def stop(self):
        self.going = False
        self.thread.join()
        self.look()
        assert self.wrong == []
        assert all(p.exists() for p in self.sizes)


@pytest.fixture
def watch(tmp_path):
    rec = tmp_path / "rec"
    rec.mkdir()
    (rec / "holiday.mkv").write_bytes(b"not ours")
    one = Watch(rec)
    yield rec
    one.stop()
    assert (rec / "holiday.mkv").read_bytes() == b"not ours"


def numbers(paths):
    """The numbers of all pictures of all files, in order."""
    return sorted(seen[0] for path in paths if path.name != "holiday.mkv"
                  for seen in pictures(path) if seen is not None)


def whole(paths):
    """From the first picture to the last, each is there, once."""
    seen = numbers(paths)
    assert seen == list(range(seen[0], seen[0] + len(seen)))
    return len(seen)


def away_from_midnight(seconds):
    """A test whose time zone is made of today must not see tomorrow."""
    left = 86400 - time.time() % 86400
    if left < seconds:
        time.sleep(left + 1)


@pytest.mark.slow
def test_p5_s5_the_hour_that_comes_twice(daemon, watch):
    """Summer time ends, here by eight seconds: what was recorded before is
    there, and so is what comes after (P5, S5)."""
    away_from_midnight(60)
    now = time.gmtime(time.time() + 8 + 8)
    zone = (f"STD0SUM-0:00:08,J{time.strftime('%j', now).lstrip('0')}/0,"
            f"J{time.strftime('%j', now).lstrip('0')}/"
            f"{time.strftime('%H:%M:%S', now)}")
    if now.tm_year % 4 == 0 and now.tm_yday > 60:  # J does not count 29/2
        zone = zone.replace(f"J{now.tm_yday}", f"J{now.tm_yday - 1}")
    d = daemon({"cam": camera({"record": f"{watch}/%Y-%m-%d_%H-%M-%S.mkv",
                               "segment": "1s"})}, env={"TZ": zone})
    wait_for(lambda: len([p for p in files(watch) if "_2.mkv" in p.name]) > 2,
             40, "names that were taken")
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    assert whole(files(watch)) > 8 * FPS
    assert hidden(watch) == []


def test_p3_s8_directories_of_the_time(daemon, watch):
    """A directory for each period is made when its time comes; a percent sign
    of a name is no conversion (P3, S8)."""
    d = daemon({"cam": camera(
        {"record": f"{watch}/100%% sure/%Y/%m/%d/%H-%M-%S/cam.mkv",
         "segment": "1s"})})
    wait_for(lambda: len(list((watch / "100% sure").glob("*/*/*/*"))) > 4, 20)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    found = [p for p in files(watch) if p.name != "holiday.mkv"]
    assert len({p.parent for p in found}) >= 4
    assert whole(found) > 3 * FPS
    assert hidden(watch) == []
    assert not list(watch.rglob("*%Y*"))


@pytest.mark.slow
def test_two_daemons_in_one_directory(daemons, watch):
    """Nobody can know of the other: each file has a name of its own, and a
    file that one still writes is not named by the other."""
    rec = {"record": f"{watch}/%Y-%m-%d_%H-%M-%S.mkv", "segment": "1s"}
    both = [daemons({"cam": camera(rec)}).start() for _ in range(2)]
    wait_for(lambda: len(files(watch)) > 7, 25)
    os.kill(both[0].worker_pid("cam"), signal.SIGKILL)
    wait_for(lambda: len(files(watch)) > 11, 25)
    for d in both:
        d.tell("stop", "cam")
        d.wait_state("cam", "off")
    seen = numbers(files(watch))
    twice = [n for n in set(seen) if seen.count(n) == 2]
    assert all(seen.count(n) <= 2 for n in set(seen))
    assert len(twice) > 2 * FPS
    assert hidden(watch) == []
    for d in both:
        d.stop()


def test_limits_spare_what_another_daemon_writes(daemons, tmp_path):
    """Two daemons, one pattern: the limits of one remove old files, and never
    one that the other has open, however long nothing came."""
    rec = tmp_path / "rec"
    rec.mkdir()
    pattern = f"{rec}/%Y-%m-%d_%H-%M-%S.mkv"
    one = daemons({"cam": camera(
        {"record": pattern, **DAY}, watchdog={"stall": "10m"})}).start()
    one.wait_state("cam", "live")
    wait_for(lambda: files(rec), 20)
    open_file, = files(rec)
    os.kill(one.worker_pid("cam"), signal.SIGSTOP)
    done = rec / "2001-02-03_04-05-06.mkv"
    newer = rec / "2001-02-03_04-05-07.mkv"
    for age, path in enumerate([newer, done, open_file]):
        if path is not open_file:
            path.write_bytes(b"x" * 1000)
        os.utime(path, (1000000000 - age,) * 2)
    two = daemons({"cam": camera(
        {"record": pattern, "max_size": 1, **DAY})}).start()
    wait_for(lambda: not done.exists(), 20)
    two.wait_state("cam", "live")
    assert open_file.exists() and newer.exists()
    two.stop()
    os.kill(one.worker_pid("cam"), signal.SIGCONT)
    one.stop()
    assert open_file.exists()
    assert hidden(rec) == []


@pytest.mark.slow
def test_kills_take_no_file(daemons, watch):
    """ffmpeg and the daemon are killed in turn: no file shrinks or vanishes,
    none stays under a working name, and what was recorded before each kill,
    up to the last second, is there."""
    d = daemons({"cam": camera({"record": f"{watch}/%Y-%m-%d/%H-%M-%S.mkv",
                                "segment": "2s"})}).start()
    sent = 0
    for victim in ("ffmpeg", "daemon", "ffmpeg", "daemon"):
        d.wait_state("cam", "live", timeout=20)
        begin = d.status("cam")["frames"]["out"]
        d.wait(lambda b=begin: d.status("cam")["frames"]["out"] > b + 3 * FPS,
               20)
        sent += d.status("cam")["frames"]["out"] - begin
        if victim == "daemon":
            d.kill()
            d.start()
        else:
            os.kill(d.worker_pid("cam"), signal.SIGKILL)
    d.wait_state("cam", "live", timeout=20)
    d.stop()
    assert hidden(watch) == []
    assert len(numbers(files(watch))) > sent - 4 * 1.5 * FPS


def test_killed_daemon_left_a_file(daemons, watch):
    """What stood under a working name when everything was killed has its name
    after the next start."""
    left = watch / ".ffsup+cam+file+0123456789abcdef+000003.mkv"
    bare = watch / ".ffsup+cam+file+0123456789abcdef+000004.mkv"
    other = watch / ".ffsup+cam2+file+0123456789abcdef+000003.mkv"
    for path in (left, other):
        path.write_bytes(b"\x1a\x45\xdf\xa3 and pictures \x1f\x43\xb6\x75")
    bare.write_bytes(b"\x1a\x45\xdf\xa3 and no pictures")
    d = daemons({"cam": camera(
        {"record": f"{watch}/%Y/%F_%H-%M-%S.mkv", **DAY})}).start()
    wait_for(lambda: not left.exists() and not bare.exists(), 10)
    d.wait_state("cam", "live")
    d.stop()
    assert other.exists()
    found = [p.read_bytes()[:17] for p in files(watch)]
    assert b"\x1a\x45\xdf\xa3 and pictures" in [f[:17] for f in found]
    assert len(files(watch)) == 3


@pytest.mark.parametrize("rest", ["%H-%M-%S.mkv", "x/%H-%M-%S.mp4"])
def test_a_file_where_a_date_directory_has_to_be(daemon, tmp_path, rest):
    """The recordings stand beside it, all of them; it is said once, with what
    to do, and the output is degraded until the next one has its name. The
    limits count them, and what dead runs have left."""
    away_from_midnight(40)
    suffix, day = rest[-4:], time.strftime("%Y-%m-%d", time.gmtime())
    rec = tmp_path / "rec"
    rec.mkdir()
    (rec / day).write_text("in the way")
    name = "2001-02-03+" + rest.replace("/", "+")
    old = [rec / name.replace("%H-%M-%S", t) for t in ("04-05-06", "07-08-09")]
    left = rec / f".ffsup+cam+file+0123456789abcdef+000007{suffix}"
    for age, path in enumerate([old[1], left, old[0]]):
        path.write_bytes(b"x" * 4000000)
        os.utime(path, (1000000000 - age,) * 2)
    d = daemon({"cam": camera({"record": f"{rec}/%Y-%m-%d/{rest}",
                               "segment": "1s", "max_size": 6000000})},
               env={"TZ": "UTC0"})
    wait_for(lambda: not old[0].exists() and not left.exists(), 20, "limits")
    d.wait_reason("cam", "file name")
    wait_for(lambda: len(list(rec.glob(f"{day}+*"))) > 3, 20)
    why = d.why("cam")
    assert f"{rec}/{day}: Not a directory: move it away" in str(why["proof"])
    assert why["state"] == "degraded"
    assert d.log.count("move it away") == 1
    (rec / day).unlink()
    d.wait_log("recordings are renamed again", 20)
    d.wait_state("cam", "live")
    wait_for(lambda: len(list((rec / day).rglob(f"*{suffix}"))) > 1, 20)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    found = [p for p in files(rec, suffix) if p != old[1]]
    assert whole(found) > 4 * FPS
    assert old[1].exists() and hidden(rec) == []


def test_w11_a_fixed_name_is_not_written_over(daemon, tmp_path):
    """A file in outputs[].url: the next run gets another name; a directory
    that is not there is made (W11, P10)."""
    first, second = tmp_path / "new" / "x.ts", tmp_path / "new" / "x_2.ts"
    d = daemon({"cam": camera({"url": str(first)})})
    wait_for(lambda: first.exists() and first.stat().st_size > 4000, 20)
    os.kill(d.worker_pid("cam"), signal.SIGKILL)
    wait_for(lambda: second.exists() and second.stat().st_size > 0, 20)
    assert first.stat().st_size > 4000
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    assert numbers([first]) and whole([second])


def test_p10_p13_hls(daemon, tmp_path):
    """The directory of a playlist is made (P10); segments that a killed ffmpeg
    has left go, others stay (P13)."""
    hls = tmp_path / "new" / "dir"
    profile = camera({"url": f"{hls}/live.m3u8"})
    d = daemon({"cam": profile})
    wait_for(lambda: (hls / "live.m3u8").exists(), 20)
    d.tell("stop", "cam")
    d.wait_state("cam", "off")
    listed = (hls / "live.m3u8").read_text()
    for name in ("live-77777.ts", "live-7777.ts", "live-x.ts", "other.ts"):
        (hls / name).write_bytes(b"x")
        os.utime(hls / name, (1000000000, 1000000000))
    d.write("cam", {**profile, "description": "anew"})
    d.reload()
    os.kill(d.pid, 0)
    d.stop()
    d.start()
    wait_for(lambda: not (hls / "live-77777.ts").exists(), 10)
    assert all((hls / n).exists()
               for n in ("live-7777.ts", "live-x.ts", "other.ts"))
    d.wait_state("cam", "live")
    assert listed.startswith("#EXTM3U")


@pytest.mark.parametrize("output", [
    {"url": "{}/sub/live.m3u8"}, {"url": "{}/sub/x.ts"},
    {"record": "{}/sub/%s.mkv"}])
def test_p10_a_directory_that_cannot_be_made(faked, tmp_path, output):
    """That is a trouble with the disk, not with the source (P10)."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    out = {k: v.format(blocked) for k, v in output.items()}
    d = faked({"cam": camera(out)})
    d.wait(lambda: (d.worker("cam")["last"] or {}).get("class") == "disk", 10)
    assert f"cannot create the directory {blocked}/sub" in \
        str(d.why("cam")["proof"])
    assert blocked.read_text() == "in the way"


def old_archive(folder, days):
    """A recording for each day, the newest of an hour ago; of one that is
    older than that is told when somebody has looked."""
    now = time.time()
    for age in list(range(days)) + [days + 10]:
        path = folder / time.strftime(
            "%Y-%m-%d_%H-%M-%S.mkv", time.gmtime(now - 3600 - age * 86400))
        path.write_bytes(b"x")
        os.utime(path, (now - 3600 - age * 86400,) * 2)


def test_s7_a_clock_that_is_ahead_empties_no_archive(daemons, tmp_path):
    """Ten years ahead at the start: what is too old by the newest recording
    goes, and nothing else (S7)."""
    if CHECKED:
        pytest.skip("an LD_PRELOAD clock cannot be combined with this build")
    rec = tmp_path / "rec"
    rec.mkdir()
    old_archive(rec, 30)
    env, _ = wrong_clock(tmp_path, 3650 * 86400)
    d = daemons({"cam": camera({"record": f"{rec}/%Y-%m-%d_%H-%M-%S.mkv",
                                "max_age": "35d"})}, env=env).start()
    d.wait_log("1 old recordings removed", 15)
    d.wait_state("cam", "live")
    d.stop()
    left = [p for p in files(rec) if p.stat().st_size == 1]
    assert len(left) == 30


def test_n4_two_profiles_one_place(daemons, faked, tmp_path):
    """A copied profile with a line forgotten: check, run and reload name both
    files, and what runs is not touched (N4)."""
    one = {"source": {"url": "rtsp://127.0.0.1:1/x"},
           "outputs": [{"record": f"{tmp_path}/rec/%Y-%m-%d_%H-%M-%S.mkv"}]}
    d = faked({"a": one})
    pid = d.pid
    d.write("b", one)
    said = d.cli("reload", check=78)
    assert "a.json:" in said.stderr and "b.json:" in said.stderr
    assert "${FFSUP_STREAM}" in said.stderr
    assert d.pid == pid and list(d.streams()) == ["a"]
    said = d.cli("check", "-c", str(d.config), check=78)
    assert "a.json:" in said.stderr and "b.json:" in said.stderr
    twin = daemons({"a": one, "b": one}, ffmpeg=d.settings["ffmpeg"])
    twin.spawn()
    assert twin.proc.wait(patience(10)) == 78
    assert "a.json:" in twin.log and "b.json:" in twin.log
    d.write("b", {**one, "enabled": False})
    d.cli("reload", check=0)


def test_two_ways_to_one_place(daemons, faked, tmp_path):
    """A link, "..", a path that begins where the daemon runs: check, run and
    reload see that two record to one place."""
    rec, name = tmp_path / "disk" / "rec", "%Y-%m-%d_%H-%M-%S.mkv"
    rec.mkdir(parents=True)
    (tmp_path / "link").symlink_to("disk/rec/")
    (tmp_path / "up").symlink_to("disk/rec/..")

    def camera_to(path):
        return {"source": {"url": "rtsp://127.0.0.1:1/x"},
                "outputs": [{"record": f"{path}/{name}"}]}
    d = faked({"a": camera_to(f"{tmp_path}/link/day")})
    for path in (f"{rec}/day", f"{tmp_path}/up/rec/day/.",
                 f"{rec}//../../link/day",
                 os.path.relpath(rec / "day", d.dir)):
        d.write("b", camera_to(path))
        said = d.cli("check", "-c", str(d.config), check=78)
        assert "a.json:" in said.stderr and "b.json:" in said.stderr, path
    d.write("b", camera_to(f"{tmp_path}/up/rec/day"))
    said = d.cli("reload", check=78)
    assert "a.json:" in said.stderr and list(d.streams()) == ["a"]
    twin = daemons({"a": camera_to(f"{tmp_path}/link/day"),
                    "b": camera_to(f"{rec}/day")},
                   ffmpeg=d.settings["ffmpeg"])
    twin.spawn()
    assert twin.proc.wait(patience(10)) == 78
    d.write("b", camera_to(f"{tmp_path}/up/day"))
    d.cli("reload", check=0)


def test_n24_one_default_for_all(faked, tmp_path):
    """${FFSUP_STREAM} in the defaults: a place for each (N24)."""
    d = faked({n: {"source": {"url": "rtsp://127.0.0.1:1/x"}}
               for n in ("a", "b")},
              settings={"defaults": {"outputs": [
                  {"record": f"{tmp_path}/${{FFSUP_STREAM}}/%s.mkv"}]}})
    for name in ("a", "b"):
        out, = d.status(name)["outputs"]
        assert out["url"] == f"{tmp_path}/{name}/%s.mkv"
