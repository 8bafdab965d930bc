#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""An RTSP server on loopback, made of gst-rtsp-server.

gst_rtsp.py PORT FILE [--login USER:PASS]
  RECORD  rtsp://127.0.0.1:PORT/live   what a publisher sends, into FILE
  PLAY    rtsp://127.0.0.1:PORT/play   160x120 H.264 at 15 pictures a second
"""

import argparse
import signal

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

RECORD = ("( rtph264depay name=depay0 ! h264parse "
          "! video/x-h264,stream-format=byte-stream,alignment=au "
          "! filesink buffer-mode=unbuffered sync=false location={} )")
PLAY = ("( videotestsrc is-live=true pattern=ball "
        "! video/x-raw,width=160,height=120,framerate=15/1 "
        "! openh264enc gop-size=15 complexity=low ! h264parse "
        "! rtph264pay name=pay0 pt=96 config-interval=-1 )")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("port")
    parser.add_argument("file")
    parser.add_argument("--login")
    return parser.parse_args()


def mount(server, path, factory, login):
    """Offer a factory; with a login, only to who knows it."""
    if login:
        may = Gst.Structure.new_empty("viewer")
        may.set_value("media.factory.access", True)
        may.set_value("media.factory.construct", True)
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_role_from_structure(may)
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory(path, factory)


def protect(server, login):
    user, password = login.split(":", 1)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth = GstRtspServer.RTSPAuth()
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)


def main():
    args = arguments()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(args.port)
    if args.login:
        protect(server, args.login)
    record = GstRtspServer.RTSPMediaFactory()
    record.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
    record.set_launch(RECORD.format(args.file))
    record.set_latency(200)
    mount(server, "/live", record, args.login)
    play = GstRtspServer.RTSPMediaFactory()
    play.set_shared(True)
    play.set_launch(PLAY)
    mount(server, "/play", play, args.login)
    server.attach(None)
    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGTERM, loop.quit)
    loop.run()


if __name__ == "__main__":
    main()
