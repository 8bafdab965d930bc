#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What programs with pictures do without ffsup: sample.py SIZE FPS COMMAND...

The command gets the pictures on its stdin. FPS 0 is as fast as it takes them.
"""

import subprocess
import sys
import time

import numpy as np

width, height = map(int, sys.argv[1].split("x"))
fps = float(sys.argv[2])
frame = np.full((height, width, 3), 112, np.uint8)

p = subprocess.Popen(sys.argv[3:], stdin=subprocess.PIPE)
begin, number = time.monotonic(), 0
while True:
    p.stdin.write(frame.tobytes())
    number += 1
    if fps:  # the camera's pace
        time.sleep(max(0, begin + number / fps - time.monotonic()))
