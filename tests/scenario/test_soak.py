# SPDX-License-Identifier: ISC
"""The soak, as long as the suite has time for."""

import os
import subprocess
import sys

import pytest
from harness import CHECKED, FFSUP, LONG, ROOT


@pytest.mark.real
@pytest.mark.slow
def test_soak(tmp_path):
    """Everything that goes wrong in life happens to seven streams of all
    shapes at random, and they come back: a minute of tests/soak, ten with
    FFSUP_LONG."""
    if CHECKED:
        pytest.skip("it measures memory")
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "soak"), "--for",
         *(["10m"] if LONG else ["60s", "--seed", "7"]), "--in", str(tmp_path)],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
        env={**os.environ, "FFSUP_BIN": FFSUP})
    if done.returncode == 77:
        pytest.skip(done.stdout)
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stdout.splitlines()[-1]
