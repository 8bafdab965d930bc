# SPDX-License-Identifier: ISC
"""What people see at a glance is true: rates of the last seconds, and an
outage that looks like one."""

import json
import re
import time

from harness import DEGRADED, OFF_AIR, OK, fake_profile


def test_n1_rates_are_of_the_last_seconds(faked):
    """The rates that ffmpeg reports are means since its start (a camera that
    fell from 25 fps to 5 still had 24 after an hour); those that are shown are
    made of the differences of its counters, and are the same everywhere."""
    d = faked({"a": fake_profile(progress=0.5)})
    seen = d.wait(lambda: d.worker("a")["fps"] and d.status("a"))
    worker, output = seen["workers"][0], seen["outputs"]
    assert 20 < worker["fps"] < 30
    assert 0.8 < worker["speed"] < 1.2
    assert 160 < worker["bitrate_kbps"] < 240
    assert all(o["fps"] == worker["fps"] for o in output)
    assert seen["cpu_percent"] >= 0 and seen["rss_bytes"] > 100000
    table = d.cli("status", check=OK).stdout
    row = re.search(r"^a .*$", table, re.M)[0].split()
    assert re.fullmatch(r"2\d\.\d", row[3]) and re.fullmatch(r"\d+k", row[5])
    page = d.cli("status", "a", check=OK).stdout
    assert re.search(r" 2\d\.\d fps   [01]\.\d\dx   \d+ kbit/s", page), page


def test_n2_an_outage_looks_like_one(faked, tmp_path):
    """A camera that accepts the connection and never answers: the time without
    it is that of all tries, its cause stays while the next try runs, and the
    exit code is that of a stream that is not on air; 31 of 34 samples were
    "STARTING", without a cause and with 1. The end of it is an event."""
    script = tmp_path / "script"
    script.write_text("noprogress")
    d = faked({"a": {**fake_profile(file=script),
                     "watchdog": {"start": "1s", "stall": "5s"},
                     "restart": {"min": "300ms", "factor": 1, "jitter": 0}}})
    first = d.status("a")
    assert first["state"] == "starting" and first["down_s"] is None
    assert d.cli("status", "-q").returncode == DEGRADED
    d.wait_state("a", "retry")
    page = d.cli("why", "a", check=OFF_AIR).stdout
    assert re.search(r"not on air, (1 try|\d+ tries)\n", page), page
    down, states, tries = d.status("a")["down_since"], set(), 0
    while tries < 3 or len(states) < 2:
        reply = d.cli("status", "--json", check=OFF_AIR)
        seen = json.loads(reply.stdout)["streams"][0]
        states.add(seen["state"])
        tries = seen["tries"]
        assert seen["down_since"] == down and seen["state"] != "live"
        assert seen["reason"] == seen["class"] == "start"
        assert d.why("a")["down_since"] == down
        table = d.cli("status", check=OFF_AIR).stdout
        assert re.search(r"start \(\d(st|nd|rd|th) try\)", table), table
        assert "1 needs attention" in table
        time.sleep(0.1)
    assert d.status("a")["down_s"] > 2
    script.write_text("")
    d.wait_event("a", r"-> live, back after .*, \d+ tries", timeout=20)
    assert d.status("a")["down_since"] is None
    d.cli("status", "-q", check=OK)
