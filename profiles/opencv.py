#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""OpenCV to ffsup: the well-known sample, with just the command line changed.

It used to start ffmpeg:  Popen(["ffmpeg", "-f", "rawvideo", ...], stdin=PIPE)
Now it starts:            Popen(["ffsup", "feed", "opencv-feed"], stdin=PIPE)

    opencv.py [CAMERA|FILE|URL] [STREAM]
"""

import sys
from subprocess import PIPE, Popen

import cv2

source = sys.argv[1] if len(sys.argv) > 1 else "0"
stream = sys.argv[2] if len(sys.argv) > 2 else "opencv-feed"

capture = cv2.VideoCapture(int(source) if source.isdigit() else source)
p = Popen(["ffsup", "feed", stream], stdin=PIPE)

while True:
    ok, frame = capture.read()
    if not ok:
        break
    frame = cv2.resize(frame, (640, 480))  # as the profile says
    cv2.putText(frame, "hello", (20, 40), cv2.FONT_HERSHEY_SIMPLEX, 1,
                (0, 255, 255), 2)
    p.stdin.write(frame.tobytes())

p.stdin.close()
sys.exit(p.wait())
