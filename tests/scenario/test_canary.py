# SPDX-License-Identifier: ISC
"""No secret leaves: a canary in every key that a profile and ffsup.json may
hold, through every way out, while processes tell all that they were given in
many forms. The keys come from the schema, so a new one is covered by itself.

The same with ffsup-bare, which masks nothing, finds them: the test can fail.
"""

import base64
import json
import re
import secrets
import signal
import subprocess
from pathlib import Path

import pytest

import harness
from harness import CONFIG, FFSUP, OK, ROOT, fake, fake_profile

MARK = "cnry"
VERBS = (["status"], ["status", "--json"], ["events", "--lines", "1000"],
         ["events", "--json", "--lines", "1000"])
OF_ONE = (["status"], ["status", "--json"], ["why"], ["why", "--json"],
          ["logs"], ["logs", "--json"], ["plan"], ["plan", "--json"])

# What a process does after it has told everything it knows.
SCRIPTS = ("exit=1", "signal=9", "say=401 Unauthorized,exit=1", "progress=0.1")


@pytest.fixture(params=["masked", "bare"])
def binary(request, monkeypatch):
    """ffsup, and one that masks nothing."""
    path = Path(FFSUP)
    if request.param == "bare":
        path = path.parent / "tests" / "fake" / "ffsup-bare"
        if not (path.parents[2] / "Makefile").exists():
            pytest.skip("not in a build directory")
        if not path.exists():
            subprocess.run(["make", "-s", "tests/fake/ffsup-bare"],
                           cwd=Path(FFSUP).parent, check=True)
    monkeypatch.setattr(harness, "FFSUP", str(path))
    return request.param


class Canaries:
    """Words that nobody else says, each in a file of its own."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.all = {}  # word -> where it was put
        self.of = {}

    def word(self, place):
        """A word that stands in a profile as it is: a secret by place."""
        word = f"{MARK}{len(self.all):03d}{secrets.token_hex(6)}"
        self.all[word] = place
        return word

    def ref(self, place):
        """The same from a file, as a profile says it."""
        self.of.setdefault(place, len(self.of))
        (self.folder / str(self.of[place])).write_text(
            self.word(place) + "\n")
        return "${file:%s/%d}" % (self.folder, self.of[place])

    def rotate(self):
        for place in self.of:
            self.ref(place)

    def seen(self, text):
        """The places whose canary is in a text, in whatever form."""
        found = set()
        for word, place in self.all.items():
            if any(form in text for form in forms(word)):
                found.add(place)
        return found


def forms(word):
    """What would give a canary away: its beginning and end, as they are,
    percent-encoded, and in base64 behind any number of bytes."""
    yield word[:9]
    yield word[-9:]
    yield "".join(f"%{ord(c):02x}" for c in word[:9])
    for before in range(3):
        text = base64.b64encode(b":" * before + word.encode()).decode()
        yield text[4:16]


def leaves(schema, path=()):
    """Every key that has no keys below it, with its way and its schema."""
    for shape in schema.get("oneOf", []) + schema.get("anyOf", []):
        if "properties" in shape or "items" in shape:
            yield from leaves(shape, path)
            return
    if "properties" in schema:
        for name, sub in schema["properties"].items():
            if name != "$schema":
                yield from leaves(sub, path + (name,))
    elif schema.get("items", {}).get("properties"):
        yield from leaves(schema["items"], path + (0,))
    else:
        yield path, schema


def put(tree, path, value):
    """A copy of a tree with a value at a path."""
    if not path:
        return value
    if path[0] == 0:
        return [put(tree[0] if tree else {}, path[1:], value)]
    tree = dict(tree) if isinstance(tree, dict) else {}
    tree[path[0]] = put(tree.get(path[0], [] if path[1:2] == (0,) else {}),
                        path[1:], value)
    return tree


def values(path, schema, ref, fakeff, folder):
    """What may stand there and hold the canary: the likeliest first."""
    kinds = json.dumps(schema)
    if '"array"' in kinds and path[-1] != "area":
        yield [f"/no/{ref}.mp4"] if path[-1] == "files" else [fakeff, ref]
    elif '"object"' in kinds and "string" not in schema.get("type", ""):
        yield {"x": ref}
    elif path[-1] == "record":
        yield f"{folder}/{ref}/%Y%m%d-%H%M%S.mkv"
    elif path[-1] == "fifo":
        yield f"{folder}/{ref}"
    elif path[-1] == "url":
        yield f"http://127.0.0.1:9/{ref}/x.m3u8"
    else:
        yield ref


def bases(number, fakeff):
    """Profiles that are right, of many shapes; no two send to one place."""
    def out(shape):
        return [{"url": f"udp://127.0.0.1:{20000 + 8 * number + shape}",
                 "options": {"x": "1"}}]
    url = {"url": "http://127.0.0.1:9/x"}
    frames = {"size": "16x16", "fps": 5}
    yield {"source": url, "video": "copy", "outputs": out(0)}
    yield {"source": url, "outputs": out(1), "fallback": {},
           "video": {"size": "16x16", "fps": 5}}
    yield {"source": {"device": "/dev/no"}, "outputs": out(2)}
    yield {"source": {"frames": {**frames, "command": [fakeff]}},
           "outputs": out(3)}
    yield {"source": {"h264": {"command": [fakeff]}}, "outputs": out(4)}
    yield {"source": {}, "outputs": out(5)}
    yield {"source": {"frames": frames}, "outputs": out(6)}
    yield {}


def with_company(profile, path):
    """What a key needs beside it, and what it does not go with."""
    if path[-1] == "password":
        return put(profile, path[:-1] + ("user",), "me")
    if path[0] == "overlay":
        kind = {"file": "image", "block": "danmaku"}.get(path[-1], "label")
        return {**profile, "overlay": [
            {"id": "o", "kind": kind, **profile["overlay"][0]}]}
    if path[0] == "outputs" and path[-1] in ("url", "record"):
        kept = {path[-1]: profile["outputs"][0][path[-1]]}
        return {**profile, "outputs": [
            {**kept, "format": "flv"} if path[-1] == "url" else kept]}
    return profile


# What is drawn, or compared with comments, and shown nowhere else.
DRAWN = {"overlay.0.text", "overlay.0.font", "overlay.0.block"}


def every_key(d, canaries, fakeff, folder):
    """A profile for each key, base and value; their names by key."""
    schema = json.loads(d.cli("schema", check=OK).stdout)
    made = {}
    for number, (path, sub) in enumerate(leaves(schema)):
        place = ".".join(map(str, path))
        ref = canaries.ref(place)
        for value in values(path, sub, ref, fakeff, folder):
            for base in bases(number, fakeff):
                profile = with_company(put(base, path, value), path)
                name = f"k{number:03d}-{len(made.setdefault(place, []))}"
                made[place].append(name)
                profile.setdefault("env", {})
                if isinstance(profile["env"], dict):
                    profile["env"] = {
                        **profile["env"], "FAKEFF":
                        f"tell={MARK},{SCRIPTS[number % len(SCRIPTS)]}"}
                (folder / f"{name}.json").write_text(json.dumps(profile))
    return made


def by_place(canaries, fakeff):
    """A profile whose values are secrets because of where they stand."""
    word = canaries.word
    return {
        "source": {"frames": {"size": "16x16", "fps": 5, "command": [
            fakeff, f"http://me:{word('command url')}@h/x", "--password",
            word("command option"), f"API_TOKEN={word('command assigned')}",
            "-p", word("command letter"),
            f"rtmp:/me:{word('one slash')}@h/x",
            f"http://me:p@ss/{word('raw password')}@h.org/x",
        ]}},
        "fallback": {"slate": f"http://me:{word('slate')}@127.0.0.1:9/p.png"},
        "env": {"FAKEFF": f"tell={MARK},exit=1",
                "A_TOKEN": word("env token"), "MY_AUTH": word("env auth"),
                "DB_PW": word("env pw")},
        "outputs": [{
            "url": f"rtmp://127.0.0.1:9/live/{word('key')}"
                   f"?sig={word('query')}",
            "user": "me", "password": word("password"),
            "options": {
                "headers": f"Authorization: Bearer {word('bearer')}\r\n"
                           f"X-Site: {word('header')}\r\n",
                "cookies": f"sid={word('cookie')}; path=/",
                "hls_enc_key": word("hls"), "rtmp_conn": f"S:{word('conn')}",
                "srtp_out_params": word("srtp"),
            }}]}


def settings(canaries, folder):
    """Each key of ffsup.json with a canary; the rows of its table."""
    keys = re.findall(r"SETTING\((\w+)\)|\.name = \"(\w+)\"",
                      (ROOT / "src" / "daemon" / "conf.c").read_text())
    for key in sorted({a or b for a, b in keys} - {"m"}):
        ref = canaries.ref(f"ffsup.json {key}")
        for value in (f"/proc/no/{ref}", ref, [f"/no/{ref}"],
                      {"env": {"K": ref}},
                      {"video": {"bitrate": ref}, "env": {"K": [ref]}}):
            path = folder / f"{key}-{len(list(folder.iterdir()))}.json"
            path.write_text(json.dumps({key: value}))
            yield key, path


def said_by(d, names):
    """What every way out says now: {way: text}."""
    out = {"log": d.log}
    for verb in VERBS:
        out[" ".join(verb)] = text_of(d.cli(*verb))
    for verb in OF_ONE:
        out[f"one {' '.join(verb)}"] = "".join(
            text_of(d.cli(verb[0], name, *verb[1:])) for name in names)
    return out


def text_of(done):
    assert done.returncode >= 0, done.args
    return done.stdout + done.stderr


def has_spoken(d):
    """The streams of which a process has said its words and ended, or goes
    on."""
    return {name for name, s in d.streams().items()
            if any(w["run"] for w in s["workers"])
            and d.request("logs", name)["data"]["lines"]}


def through(d, canaries, names):
    """From the start through a rotation: {way: places seen}."""
    seen = {}

    def look():
        for way, text in said_by(d, names).items():
            seen.setdefault(way, set()).update(canaries.seen(text))

    d.wait(lambda: len(has_spoken(d)) > len(names) * 2 // 3, 20)
    look()
    canaries.rotate()
    for verb in (["reload", "--dry-run"], ["reload"]):
        text = text_of(d.cli(*verb, check=OK))
        seen[" ".join(verb)] = canaries.seen(text)
    d.wait(lambda: d.log.count("reload:") >= 2, 10)
    d.signal(signal.SIGUSR1)
    # the last words of what ran with the old ones
    d.wait(lambda: not any(s["state"] == "stopping"
                           for s in d.streams().values()), 20)
    d.wait(lambda: len(has_spoken(d)) > len(names) * 2 // 3, 20)
    look()
    return seen


def test_s6_canaries(binary, daemons, fakeff, tmp_path):
    """Every key, through check, plan, run, status, why, logs, events, a
    reload and its differences, a rotation, and several failures."""
    canaries = Canaries(tmp_path / "canaries")
    d = daemons(ffmpeg=fakeff, settings={
        "spawn_rate": 10000, "spawn_burst": 1000,
        "defaults": {"env": {"SHARED_KEY": canaries.ref("defaults")}}})
    everything = tmp_path / "all"
    everything.mkdir()
    made = every_key(d, canaries, fakeff, everything)
    conf = tmp_path / "conf"
    conf.mkdir()

    checked = text_of(
        d.cli("check", "-c", d.config, everything, check=CONFIG, timeout=60))
    wrong = set(re.findall(r"/(k\d+-\d+)\.json:\d*:?\d*:? ?error", checked))
    some = everything / "k000-0.json"
    for key, path in settings(canaries, conf):
        for verb in ("check", "plan"):
            checked += text_of(d.cli(verb, "-c", path, some))
            checked += text_of(d.cli(verb, "-c", path, "/no/such.json"))
        if key == "socket":
            checked += text_of(d.cli("run", "-c", path, "/no/such.json",
                                     env={"FFSUP_SOCKET": ""}))
    seen = {"check": canaries.seen(checked)}

    names = []
    for place, candidates in made.items():
        right = [name for name in candidates if name not in wrong]
        for name in right[:1]:
            names.append(name)
            d.write(name, (everything / f"{name}.json").read_text())
    assert len(names) > 20
    d.write("places", by_place(canaries, fakeff))
    d.cli("check", "-c", d.config, check=OK, timeout=60)
    seen["offline plan"] = canaries.seen("".join(
        text_of(d.cli("plan", "-c", d.config, d.profiles / f"{n}.json"))
        for n in [*names, "places"]))
    d.start()
    seen.update(through(d, canaries, [*names, "places"]))

    if binary == "masked":
        assert {way: places for way, places in seen.items() if places} == {}
        return
    # every way out would have shown some, and every place was seen somewhere
    silent = {way for way, places in seen.items() if not places}
    assert silent <= {"status"}, silent  # the table has no text of theirs
    unseen = set(canaries.all.values()) - set().union(*seen.values())
    unseen -= DRAWN
    assert unseen == set(), unseen


def reloads(d):
    """How often a reload has been done or refused."""
    return d.log.count("reload:")


def test_s1_secret_in_settings(faked, tmp_path):
    """A secret in ffsup.json, at start, by reload and by SIGHUP: nothing ends,
    no stream is touched, and it is masked; what is wrong with ffsup.json is
    said without it, and a list of defaults is an error."""
    key = tmp_path / "key"
    key.write_text("s3cr3t-of-all\n")
    d = faked({"a": fake_profile(say="it is s3cr3t-of-all")},
              env={"SHARED_KEY": "s3cr3t-in-env"})
    d.wait_state("a", "live")
    pid = d.worker_pid("a")
    whole = {"ffmpeg": d.settings["ffmpeg"],
             "profiles": d.settings["profiles"],
             "x-note": f"${{file:{key}}}", "defaults": {
                 **d.settings["defaults"], "x-list": ["${SHARED_KEY}", {
                     "x": [f"${{file:{key}}}"]}]}}
    d.config.write_text(json.dumps(whole))
    d.cli("check", "-c", d.config, check=OK)
    d.cli("reload", check=OK)
    before = reloads(d)
    d.signal(signal.SIGHUP)
    d.wait(lambda: reloads(d) > before, 10)
    assert d.worker_pid("a") == pid
    d.tell("restart", "a")
    d.wait(lambda: any("it is ****" in line["text"] for line in
                       d.request("logs", "a")["data"]["lines"]), 10)
    for wrong in ({"spawn_rate": "${SHARED_KEY}"},
                  {"defaults": {"video": {"bitrate": f"${{file:{key}}}"}}},
                  {"defaults": ["${SHARED_KEY}"]}):
        d.config.write_text(json.dumps({**whole, **wrong}))
        refused = d.cli("reload", check=CONFIG)
        offline = d.cli("check", "-c", d.config, d.profiles / "a.json",
                        check=CONFIG)
        for text in (text_of(refused), text_of(offline), d.log):
            assert "s3cr3t-in-env" not in text
            assert "s3cr3t-of-all" not in text
    d.wait_state("a", "live")


def test_s11_empty_secret(faked, tmp_path):
    """A file that is being written anew is empty for a moment: check and
    reload refuse it, what runs goes on, and run does not begin."""
    key = tmp_path / "key"
    key.write_text("s3cr3t-key\n")
    d = faked({"a": {"source": {"url": "http://127.0.0.1:9/x"}, "outputs": [{
        "url": f"rtmp://127.0.0.1:9/live/${{file:{key}}}"}]}})
    d.wait(lambda: d.worker("a")["run"], 10)
    run = d.worker("a")["run"]
    for text in ("", "\n"):
        key.write_text(text)
        for done in (d.cli("check", "-c", d.config, check=CONFIG),
                     d.cli("reload", check=CONFIG)):
            assert "is empty" in text_of(done)
    assert d.worker("a")["run"] == run
    key.write_text("s3cr3t-key\n")
    d.cli("reload", check=OK)


# What a process says, and its profile; nothing of it is a secret.
HARMLESS = [
    ("rtmp://127.0.0.1:9/live/raise", 'File "/me/raise.py", raise ValueError'),
    ("rtmp://127.0.0.1:9/live/127", "tcp://127.0.0.1:9 refused"),
    ("rtmp://127.0.0.1:9/live/live", "it is live in /srv/live"),
    ("rtmp://127.0.0.1:9/live/test", "/home/me/test.py: test"),
    ("rtmp://127.0.0.1:9/live/hevc", "Video codec hevc not compatible"),
    ("srt://127.0.0.1:9?mode=listener&latency=90000", "as listener, 90000"),
]


def test_n19_p14_w11_harmless_words(faked, tmp_path):
    """A key that is a common word is masked in its URL and nowhere else; the
    values of parameters that hide nothing are shown, learnt by nobody."""
    profiles = {}
    for i, (url, said) in enumerate(HARMLESS):
        words = tmp_path / str(i)
        words.write_text(f"{said}, 640x480 h264 stream\n")
        profiles[f"front{i}"] = {
            "source": {"url": "http://127.0.0.1:9/mjpg?videocodec=h264&"
                              "resolution=640x480&fps=25&action=stream"},
            "outputs": [{"url": url, "format": "flv", "options": {
                "metadata": fake(stderrfile=words)}}]}
    d = faked(profiles)
    for i, (url, said) in enumerate(HARMLESS):
        name = f"front{i}"
        d.wait(lambda n=name: d.request("logs", n)["data"]["lines"], 10)
        lines = [x["text"] for x in d.request("logs", name)["data"]["lines"]]
        assert f"{said}, 640x480 h264 stream" in lines
        plan = d.cli("plan", name, check=OK).stdout
        assert "videocodec=h264&resolution=640x480&fps=25" in plan
        assert "action=stream" in plan
        assert ("mode=listener&latency=90000" in plan) == ("srt:" in url)
        assert ("/live/****" in plan) == ("rtmp:" in url)
    assert d.status("front0")["name"] == "front0"
    why = d.cli("check", tmp_path / "no?timeout=500000", check=CONFIG)
    assert "timeout=500000" in text_of(why)


def test_s6_environment_of_others(faked, tmp_path):
    """A program of one stream has no key of another in its environment."""
    d = faked({"b": fake_profile(report=tmp_path / "report")},
              env={"STREAM_KEY_OF_A": "s3cr3t-of-a"})
    d.wait_state("b", "live")
    assert "s3cr3t-of-a" not in (tmp_path / "report").read_text()


def test_s6_rotation(faked, tmp_path):
    """An output that is started anew with another key says the old one in its
    last words: that is masked in its log as it was before, and what is said
    of the reload shows neither."""
    key = tmp_path / "key"
    key.write_text("0ld-s3cr3t\n")
    d = faked({"a": {"source": {"url": "http://127.0.0.1:9/x"},
                     "isolate": True, "outputs": [{
                         "name": "o", "format": "flv",
                         "url": f"http://127.0.0.1:9/${{file:{key}}}/x",
                         "options": {"metadata": fake(
                             tell="0ld-s3cr3t", read="all")}}]}})

    def told():
        """What the first run of the output has told of its arguments."""
        lines = d.request("logs", "a", lines=1000)["data"]["lines"]
        return [x["text"] for x in lines if x["worker"] == "o"
                and x["run"] == 1 and x["text"].startswith("[error] told ")]

    d.wait(lambda: len(told()) == 1, 10)
    key.write_text("n3w-s3cr3t\n")
    shown = d.cli("reload", "--dry-run", check=OK).stdout
    shown += d.cli("reload", check=OK).stdout
    assert "outputs[0].url" in shown
    d.wait(lambda: len(told()) == 2, 10)  # its last words
    assert set(told()) == {"[error] told ****, as it is"}
    for text in (shown, d.log, d.cli("events", check=OK).stdout,
                 d.cli("logs", "a", "-n", "1000", check=OK).stdout):
        assert "s3cr3t" not in text
