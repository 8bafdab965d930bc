/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/util.h"
#include "ffmpeg/ffcure.h"

const char *const ffcure_classes[N_FAIL_CLASSES] = {
	[FAIL_NONE] = "It was stopped on purpose",
	[FAIL_ENDED] = "The input came to its end",
	[FAIL_STALL] = "It ran, but its media stood still: it was replaced",
	[FAIL_START] = "No first frame came in time: it was replaced",
	[FAIL_CHANGED] = "The source changed: the process was replaced",
	[FAIL_REFUSED] = "Nothing listens at that address",
	[FAIL_UNREACH] = "The host cannot be reached",
	[FAIL_TIMEOUT] = "The other side does not answer",
	[FAIL_AUTH] = "The user, the password or a right was refused",
	[FAIL_NOTFOUND] = "The server has no such path",
	[FAIL_BUSY] = "The stream key or the address is in use",
	[FAIL_REJECTED] = "The other side refused the stream",
	[FAIL_CLOSED] = "The other side closed the connection",
	[FAIL_SERVER] = "The server reports a fault of its own",
	[FAIL_TLS] = "No encrypted connection could be made",
	[FAIL_OPTION] = "ffmpeg does not accept an option or a value",
	[FAIL_CODEC] = "A codec is unknown, or does not fit the output",
	[FAIL_GEOMETRY] = "The frame size does not suit the encoder",
	[FAIL_HWENC] = "The hardware encoder cannot be used",
	[FAIL_DEVICE] = "A device is gone, busy or not permitted",
	[FAIL_DISK] = "Writing to a disk failed",
	[FAIL_MEMORY] = "No memory, process or file descriptor was left",
	[FAIL_INPUT] = "The source sent nothing usable",
	[FAIL_SPAWN] = "A program could not be started",
	[FAIL_SIGNAL] = "A signal from outside ended the process",
	[FAIL_CRASH] = "A fault of its own ended the process",
	[FAIL_PRODUCER] = "Your program ended with an error",
	[FAIL_EXIT] = "It failed and did not say why",
};

/* The word for "any" in the columns of the table. */
#define ANY 0

const struct ffcure ffcure_rows[] = {
	{ FAIL_NONE, ANY, ANY, NULL, "It was stopped on purpose.",
	    "Nothing to do." },

	{ FAIL_ENDED, DETAIL_VANISHED, SIDE_SOURCE, "rtsp",
	    "{Peer} ended its stream.",
	    "It is opened again by itself. If this repeats, check the "
	    "camera's power, its network, and whether it ends every session "
	    "after some time." },
	{ FAIL_ENDED, DETAIL_VANISHED, SIDE_SOURCE, "rtmp srt",
	    "{Peer} ended the stream: the program that publishes it has left.",
	    "Start that program again; this stream continues by itself." },
	{ FAIL_ENDED, DETAIL_VANISHED, SIDE_SOURCE, "http",
	    "{Peer} ended the stream.",
	    "It is opened again by itself. A film or a finished recording "
	    "belongs into \"files\" of the source, with \"loop\": true to "
	    "repeat it." },
	{ FAIL_ENDED, DETAIL_VANISHED, SIDE_SOURCE, "v4l2 alsa",
	    "{Peer} stopped delivering.",
	    "Check its cable and power; it is opened again by itself." },
	{ FAIL_ENDED, DETAIL_VANISHED, SIDE_SOURCE, NULL,
	    "{Peer} ended its stream.",
	    "It is opened again by itself. If this repeats, check the "
	    "program or device that sends it, and the network to it." },
	{ FAIL_ENDED, ANY, SIDE_PROGRAM, NULL,
	    "Your program ended without an error.",
	    "It is started again. It should run as long as the stream needs "
	    "frames; if it ends too early, `ffsup logs {name}` has its last "
	    "words." },
	{ FAIL_ENDED, DETAIL_FILES, ANY, "http",
	    "{Peer} has sent its film to the end.",
	    "Nothing, if it should be played once. To repeat it, write its "
	    "URL into \"files\" of the source, with \"loop\": true." },
	{ FAIL_ENDED, DETAIL_FILES, ANY, NULL, "All files have been played.",
	    "Nothing, if they should be played once. To repeat them, set "
	    "{key|\"loop\" in the source} to true." },
	{ FAIL_ENDED, ANY, SIDE_SOURCE, "file", "All files have been played.",
	    "Nothing, if they should be played once. To repeat them, set "
	    "{key|\"loop\" in the source} to true." },
	{ FAIL_ENDED, ANY, ANY, NULL, "The input ended.",
	    "It is opened again by itself. To repeat files, set \"loop\": "
	    "true; if a live source ends again and again, check what sends "
	    "it." },

	{ FAIL_STALL, DETAIL_STAMPS, ANY, NULL,
	    "{Peer} sends frames whose time stamps stand still; the "
	    "connection was replaced.",
	    "Opening it anew usually cures this. If it repeats, restart what "
	    "sends the stream." },
	{ FAIL_STALL, DETAIL_STOPPED, ANY, NULL,
	    "The process was stopped by a signal (SIGSTOP) and did "
	    "nothing; it was replaced.",
	    "Find who stops it: a debugger, a script, a terminal, a freezer "
	    "of containers." },
	{ FAIL_STALL, DETAIL_TRANSPORT, ANY, NULL,
	    "{Peer} is connected, but its packets no longer come by UDP; the "
	    "connection was replaced.",
	    "Remove \"rtsp_transport\": \"udp\" from {key|\"options\" of the "
	    "source}, so that they come over TCP, or let UDP through the "
	    "firewall." },
	{ FAIL_STALL, ANY, SIDE_SOURCE, "rtsp",
	    "{Peer} stopped sending; the connection was replaced.",
	    "Check the camera and the network to it: does it hang, restart, "
	    "or lose its Wi-Fi? If its pauses are normal, set "
	    "\"watchdog.stall\" to a longer time." },
	{ FAIL_STALL, ANY, SIDE_SOURCE, "v4l2 alsa",
	    "{Peer} stopped delivering; it was opened anew.",
	    "Check its cable and power, and the kernel log (`dmesg`) for "
	    "errors of it." },
	{ FAIL_STALL, ANY, SIDE_SOURCE, "file",
	    "Reading {peer} stood still; the process was replaced.",
	    "Check the disk or the network drive that it is on." },
	{ FAIL_STALL, ANY, SIDE_SOURCE, "udp rtp",
	    "No more packets came from {peer}; the process was replaced.",
	    "Check the program that sends them and the network between. If "
	    "its pauses are normal, set \"watchdog.stall\" to a longer time." },
	{ FAIL_STALL, ANY, SIDE_SOURCE, NULL,
	    "{Peer} stopped sending; the connection was replaced.",
	    "Check the program or device that sends the stream, and the "
	    "network to it. If its pauses are normal, set \"watchdog.stall\" "
	    "to a longer time." },
	{ FAIL_STALL, ANY, SIDE_OUTPUT, "record hls file",
	    "Writing to {peer} stood still; the process was replaced.",
	    "Check the disk or the network drive that it is on: it may be "
	    "failing, overloaded or out of reach." },
	{ FAIL_STALL, ANY, SIDE_OUTPUT, NULL,
	    "{Peer} took no more data; the connection was replaced.",
	    "Check the upload: \"video.bitrate\" should be at most two "
	    "thirds of it. If it is fine, the server hangs: restart it if it "
	    "is yours, else wait." },
	{ FAIL_STALL, ANY, SIDE_PROGRAM, NULL,
	    "Your program ran but wrote no more frames; it was replaced.",
	    "Find what it waits for, such as a camera read without a "
	    "timeout: `ffsup logs {name}`. If its pauses are normal, set "
	    "\"watchdog.stall\" to a longer time." },
	{ FAIL_STALL, ANY, SIDE_MACHINE, NULL,
	    "ffmpeg itself stood still: it neither read nor wrote; it was "
	    "replaced.",
	    "Check the load of this machine, whether somebody has paused the "
	    "process, and for a hardware encoder its driver." },
	{ FAIL_STALL, ANY, ANY, NULL,
	    "No new frame came although the process ran; it was replaced.",
	    "Check the source first, then the network, then the load of this "
	    "machine. If pauses are normal, set \"watchdog.stall\" to a "
	    "longer time." },

	{ FAIL_START, DETAIL_STOPPED, ANY, NULL,
	    "The process was stopped by a signal (SIGSTOP) and did "
	    "nothing; it was replaced.",
	    "Find who stops it: a debugger, a script, a terminal, a freezer "
	    "of containers." },
	{ FAIL_START, DETAIL_TRANSPORT, ANY, NULL,
	    "{Peer} answers, but its packets do not come by UDP; the "
	    "connection was replaced.",
	    "Remove \"rtsp_transport\": \"udp\" from {key|\"options\" of the "
	    "source}, so that they come over TCP, or let UDP through the "
	    "firewall." },
	{ FAIL_START, DETAIL_CONNECT, ANY, NULL,
	    "{Peer} does not answer: no connection could be made in time.",
	    "Check that it is up, then host and port in {key|the URL}. A "
	    "firewall that drops packets looks the same." },
	{ FAIL_START, DETAIL_ANSWER, SIDE_SOURCE, "rtsp",
	    "{Peer} accepts the connection and then says nothing.",
	    "Restart the camera: it hangs, or has too many viewers. Then "
	    "check that the port in {key|the URL} is that of RTSP (usually "
	    "554)." },
	{ FAIL_START, DETAIL_ANSWER, ANY, NULL,
	    "{Peer} accepts the connection and then says nothing.",
	    "It hangs, is overloaded, or another service has this port: "
	    "check the port in {key|the URL}, then restart the server if it "
	    "is yours." },
	{ FAIL_START, ANY, SIDE_SOURCE, "rtsp",
	    "{Peer} sent no frame in time; the connection was replaced.",
	    "Restart the camera, and look at it in a player. If it is only "
	    "slow, set \"watchdog.start\" to a longer time." },
	{ FAIL_START, ANY, SIDE_SOURCE, "rtmp srt",
	    "{Peer} sent nothing in time: probably nobody publishes this "
	    "stream.",
	    "Start the program that publishes it, or correct {key|the URL}. "
	    "The stream begins by itself when it is there." },
	{ FAIL_START, ANY, SIDE_SOURCE, "udp rtp",
	    "Nothing has arrived from {peer}.",
	    "Check that the sender sends to this machine and to the port in "
	    "{key|the URL}, and that no firewall drops it." },
	{ FAIL_START, ANY, SIDE_SOURCE, "v4l2",
	    "{Peer} delivered nothing in time; it was opened anew.",
	    "Unplug it and plug it in again; then try another "
	    "\"input_format\" or \"size\" in the source." },
	{ FAIL_START, ANY, SIDE_SOURCE, "alsa",
	    "{Peer} delivered nothing in time; it was opened anew.",
	    "Unplug it and plug it in again; then try it with `arecord -D` "
	    "and its name." },
	{ FAIL_START, ANY, SIDE_SOURCE, "file",
	    "Reading {peer} brought no frame in time.",
	    "Check that it plays in a player, and that its disk or network "
	    "drive answers." },
	{ FAIL_START, ANY, SIDE_SOURCE, NULL,
	    "{Peer} sent no frame in time; the connection was replaced.",
	    "Open {key|the URL} in a player: does it play? If it is only "
	    "slow to begin, set \"watchdog.start\" to a longer time." },
	{ FAIL_START, ANY, SIDE_OUTPUT, NULL,
	    "{Peer} took no first frame in time; the connection was replaced.",
	    "Check that it is up and that the port in {key|the URL} is the "
	    "right one, then the network to it. For a slow server set "
	    "\"watchdog.start\" to a longer time." },
	{ FAIL_START, ANY, SIDE_PROGRAM, NULL,
	    "Your program wrote no first frame in time; it was replaced.",
	    "It must write what the profile says, whole raw frames or plain "
	    "H.264, and flush it; messages go to standard error. If it is "
	    "slow to load, set \"watchdog.producer\" to a longer time." },
	{ FAIL_START, ANY, SIDE_MACHINE, NULL,
	    "The encoder sent no first frame in time; it was replaced.",
	    "Check the load of this machine; a faster \"video.preset\" or a "
	    "smaller \"video.size\" helps. For a hardware encoder check its "
	    "driver." },
	{ FAIL_START, ANY, ANY, NULL,
	    "No first frame came in time; the process was replaced.",
	    "Check that the source sends and that the server answers. If it "
	    "is only slow to begin, set \"watchdog.start\" to a longer time." },

	{ FAIL_CHANGED, ANY, ANY, NULL,
	    "{Peer} changed its codec or its tracks; the process was "
	    "replaced.",
	    "Nothing, if somebody reconfigured it. If this repeats, two "
	    "senders use one address: stop one of them." },

	{ FAIL_REFUSED, ANY, ANY, "srt",
	    "No SRT answer came from {peer}: nothing listens there, or it "
	    "turned the connection down.",
	    "Check host and port in {key|the URL} first, then \"passphrase\" "
	    "and \"srt_streamid\": SRT often does not say that these are "
	    "wrong." },
	{ FAIL_REFUSED, ANY, SIDE_SOURCE, "rtsp",
	    "{Peer} refuses connections: nothing listens at that port.",
	    "Check that RTSP is enabled in the camera's settings, then the "
	    "port in {key|the URL} (usually 554). A camera that restarts "
	    "also looks like this." },
	{ FAIL_REFUSED, ANY, SIDE_OUTPUT, "rtmp",
	    "{Peer} refuses connections: nothing listens at that port.",
	    "Start the server if it is yours. Otherwise check host and port "
	    "in {key|the URL}: RTMP is usually 1935, RTMPS 443." },
	{ FAIL_REFUSED, ANY, ANY, NULL,
	    "{Peer} refuses connections: nothing listens at that port.",
	    "Start the server if it is yours. Otherwise check host and port "
	    "in {key|the URL}." },

	{ FAIL_UNREACH, DETAIL_NAME, ANY, NULL,
	    "The name of {peer} is unknown: there is no such host.",
	    "Check how it is written in {key|the URL}. If it is right, this "
	    "machine's DNS has failed; an IP address works without it." },
	{ FAIL_UNREACH, DETAIL_RESOLVER, ANY, NULL,
	    "No DNS server answers, so the address of {peer} is unknown.",
	    "Check this machine's network, then its DNS servers "
	    "(`resolvectl`, /etc/resolv.conf). An IP address works without "
	    "them." },
	{ FAIL_UNREACH, DETAIL_ROUTE, ANY, NULL,
	    "There is no route to {peer}: no host answers at that address.",
	    "Check that it is switched on and still has the address in "
	    "{key|the URL} (DHCP may have changed it), then the cable, "
	    "switch or VPN between." },
	{ FAIL_UNREACH, DETAIL_NETWORK, ANY, NULL,
	    "This machine has no network, so {peer} cannot be reached.",
	    "Check this machine's cable or Wi-Fi, and its default route (`ip "
	    "route`). The stream continues by itself when the network is "
	    "back." },
	{ FAIL_UNREACH, ANY, ANY, NULL, "{Peer} cannot be reached.",
	    "Check that it is switched on, then the host in {key|the URL}, "
	    "then the network of this machine." },

	{ FAIL_TIMEOUT, DETAIL_CONNECT, SIDE_SOURCE, "rtsp",
	    "{Peer} does not answer: no connection could be made.",
	    "Check that the camera has power and network (`ping`), then its "
	    "address and port in {key|the URL}. A firewall that drops "
	    "packets looks the same." },
	{ FAIL_TIMEOUT, DETAIL_CONNECT, ANY, NULL,
	    "{Peer} does not answer: no connection could be made.",
	    "Check that it is up, then host and port in {key|the URL}. A "
	    "firewall that drops packets looks the same." },
	{ FAIL_TIMEOUT, DETAIL_ANSWER, SIDE_SOURCE, "rtsp",
	    "{Peer} accepts the connection and then says nothing.",
	    "Restart the camera: it hangs, or has too many viewers. Then "
	    "check that the port in {key|the URL} is that of RTSP (usually "
	    "554)." },
	{ FAIL_TIMEOUT, DETAIL_ANSWER, ANY, NULL,
	    "{Peer} accepts the connection and then says nothing.",
	    "It hangs, is overloaded, or another service has this port: "
	    "check the port in {key|the URL}, then restart the server if it "
	    "is yours." },
	{ FAIL_TIMEOUT, DETAIL_PROTOCOL, ANY, NULL,
	    "{Peer} does not speak the protocol of the URL.",
	    "Check scheme and port in {key|the URL} together. Usual are rtmp "
	    "1935, rtmps 443, rtsp 554, http 80, https 443." },
	{ FAIL_TIMEOUT, ANY, SIDE_SOURCE, "rtsp",
	    "{Peer} did not answer in time.",
	    "Check that the camera has power and network (`ping`), then its "
	    "address and port in {key|the URL}; restart it if it hangs." },
	{ FAIL_TIMEOUT, ANY, ANY, NULL, "{Peer} did not answer in time.",
	    "Check that it is up and reachable, then the scheme, host and "
	    "port in {key|the URL}." },

	{ FAIL_AUTH, DETAIL_NO_PASSWORD, ANY, NULL,
	    "{Peer} wants a user name and a password, and the profile has "
	    "none.",
	    "Set \"user\" and \"password\" beside its \"url\". Tries are "
	    "slow on purpose: many servers lock users out after a few wrong "
	    "passwords." },
	{ FAIL_AUTH, DETAIL_PASSPHRASE, ANY, NULL,
	    "The SRT passphrase is not that of {peer}, or only one side has "
	    "one.",
	    "Set the same passphrase, of 10 to 79 characters, on both sides; "
	    "here as \"passphrase\" in \"options\", or in {key|the URL}." },
	{ FAIL_AUTH, DETAIL_FORBIDDEN, SIDE_SOURCE, "rtsp",
	    "{Peer} does not let this user see the stream (403).",
	    "Give the user the right to watch it in the camera's settings, "
	    "or set another one in \"user\" and \"password\" beside "
	    "{key|\"url\"}." },
	{ FAIL_AUTH, DETAIL_FORBIDDEN, SIDE_SOURCE, NULL,
	    "{Peer} does not hand out this stream (403).",
	    "Check the path and any token in {key|the URL}: it may have "
	    "expired. Then whether the server allows this address and this "
	    "user." },
	{ FAIL_AUTH, DETAIL_FORBIDDEN, SIDE_OUTPUT, NULL,
	    "{Peer} does not let this user send there (403).",
	    "Check the path, the stream key or token in {key|the URL}, and "
	    "whether the server allows this user and this address to send." },
	{ FAIL_AUTH, ANY, SIDE_SOURCE, "rtsp",
	    "{Peer} refused the user name or the password.",
	    "Correct {key|\"password\"}, or \"user\" beside it. The camera "
	    "may also have no connection left. Tries are slow on purpose: "
	    "many lock users out after a few wrong ones." },
	{ FAIL_AUTH, ANY, ANY, NULL,
	    "{Peer} refused the user name or the password.",
	    "Correct {key|\"password\"}, or \"user\" beside it. Tries are "
	    "slow on purpose: many servers lock users out after a few wrong "
	    "passwords." },

	{ FAIL_NOTFOUND, DETAIL_SEGMENTS, ANY, NULL,
	    "{Peer} has the playlist, but not the segments that it lists.",
	    "Check that the program that writes this HLS stream still runs; "
	    "it may also remove its segments too early." },
	{ FAIL_NOTFOUND, DETAIL_GONE, ANY, NULL,
	    "{Peer} has removed this stream for good (410).",
	    "Get the new address and write it into {key|the URL}; a link "
	    "with a token may have expired." },
	{ FAIL_NOTFOUND, ANY, SIDE_SOURCE, "rtsp",
	    "{Peer} has no stream at this path.",
	    "Correct the part after the port in {key|the URL}: the camera's "
	    "manual or web page has it." },
	{ FAIL_NOTFOUND, ANY, SIDE_SOURCE, "http",
	    "{Peer} has nothing at this path (404).",
	    "Correct the path in {key|the URL}; open it in a browser to try. "
	    "A live stream may not have begun yet." },
	{ FAIL_NOTFOUND, ANY, SIDE_SOURCE, NULL, "{Peer} has no such stream.",
	    "Correct the path in {key|the URL}, or start the program that "
	    "publishes it." },
	{ FAIL_NOTFOUND, ANY, SIDE_OUTPUT, "rtmp",
	    "{Peer} has no such application.",
	    "Correct the part after the host in {key|the URL}: "
	    "rtmp://HOST/APPLICATION/KEY." },
	{ FAIL_NOTFOUND, ANY, SIDE_OUTPUT, NULL,
	    "{Peer} has no such path to send to.",
	    "Correct the part after the host in {key|the URL}, or set that "
	    "path up on the server." },
	{ FAIL_NOTFOUND, ANY, ANY, NULL, "{Peer} has no such path.",
	    "Correct the part after the host in {key|the URL}." },

	{ FAIL_BUSY, ANY, SIDE_OUTPUT, "rtmp",
	    "{Peer} gets this stream key from another publisher already.",
	    "Stop the other one. If there is none, the server still holds "
	    "your lost session for some minutes; it is tried until that is "
	    "over." },
	{ FAIL_BUSY, ANY, SIDE_OUTPUT, "rtsp srt http",
	    "{Peer} has a publisher at this path already.",
	    "Stop the other one. If there is none, the server still holds "
	    "your lost session for some minutes; it is tried until that is "
	    "over." },
	{ FAIL_BUSY, ANY, ANY, NULL,
	    "The address {subject|of the URL} is in use by another program "
	    "of this machine.",
	    "Stop that program (`ss -tulnp` names it), or use another port "
	    "in {key|the URL}." },

	{ FAIL_REJECTED, DETAIL_TRANSPORT, SIDE_SOURCE, NULL,
	    "{Peer} wants UDP and refuses RTSP over TCP (461).",
	    "Set \"rtsp_transport\": \"udp\" in {key|\"options\" of the "
	    "source}. If that is set, it is the other way round: remove it." },
	{ FAIL_REJECTED, DETAIL_TRANSPORT, ANY, NULL,
	    "{Peer} refuses this transport of RTSP (461).",
	    "Set \"rtsp_transport\": \"tcp\" in {key|\"options\" of the "
	    "output}. If that is set, try \"udp\"." },
	{ FAIL_REJECTED, DETAIL_LIMIT, SIDE_SOURCE, "rtsp",
	    "{Peer} has no free connection.",
	    "Close other viewers: each app, recorder and browser tab takes "
	    "one. If there are none, restart the camera: it keeps lost "
	    "sessions." },
	{ FAIL_REJECTED, DETAIL_LIMIT, ANY, NULL,
	    "{Peer} has no free connection.",
	    "Close other connections to it, or raise the server's limit; it "
	    "is tried again by itself." },
	{ FAIL_REJECTED, DETAIL_RATE, ANY, NULL,
	    "{Peer} says that it gets too many requests (429).",
	    "Wait: it is asked less often now. If this repeats, stop other "
	    "programs that ask the same server." },
	{ FAIL_REJECTED, DETAIL_METHOD, SIDE_OUTPUT, NULL,
	    "{Peer} does not let anybody publish at this path.",
	    "Correct the path in {key|the URL}, or allow publishing at it in "
	    "the server's configuration." },
	{ FAIL_REJECTED, DETAIL_METHOD, ANY, NULL,
	    "{Peer} does not let anybody play at this path.",
	    "Correct the path in {key|the URL}, or allow playing at it in "
	    "the server's configuration." },
	{ FAIL_REJECTED, DETAIL_MEDIA, SIDE_OUTPUT, NULL,
	    "{Peer} does not take a codec of this stream.",
	    "H.264 and AAC are safe: set \"video\": { \"encoder\": "
	    "\"libx264\" } and \"audio\": \"auto\". To see which one it is, "
	    "try \"audio\": \"none\"." },
	{ FAIL_REJECTED, DETAIL_MEDIA, ANY, NULL,
	    "{Peer} does not offer its media in this form.",
	    "Choose H.264, and AAC or G.711, in its settings." },
	{ FAIL_REJECTED, DETAIL_REQUEST, SIDE_SOURCE, "rtsp",
	    "{Peer} does not accept the request for this stream.",
	    "Check the path in {key|the URL} against the camera's manual. If "
	    "it is right, restart the camera." },
	{ FAIL_REJECTED, DETAIL_REQUEST, ANY, NULL,
	    "{Peer} does not accept the request.",
	    "Check the path, and the part after any '?', in {key|the URL}." },
	{ FAIL_REJECTED, DETAIL_KEY, ANY, NULL,
	    "{Peer} refuses the stream, at once or within a second: most "
	    "likely because of its key.",
	    "Check the stream key in {key|the URL} first: wrong, expired or "
	    "already used; then the application before it, and whether the "
	    "channel is enabled there." },
	{ FAIL_REJECTED, DETAIL_ACCESS, ANY, NULL,
	    "{Peer} refused the connection by its access control.",
	    "Check \"srt_streamid\" in \"options\", or \"streamid\" in "
	    "{key|the URL}: the server decides by it who may send and who "
	    "may read." },
	{ FAIL_REJECTED, ANY, SIDE_SOURCE, "rtsp",
	    "{Peer} refused to send this stream.",
	    "Check the path in {key|the URL}, then close other viewers, then "
	    "restart the camera." },
	{ FAIL_REJECTED, ANY, SIDE_SOURCE, NULL,
	    "{Peer} refused to hand out this stream, and gave no reason.",
	    "Check application, stream name and any token in {key|the URL}, "
	    "then whether the server lets this address play." },
	{ FAIL_REJECTED, ANY, SIDE_OUTPUT, "rtmp",
	    "{Peer} refused the stream and gave no reason.",
	    "Check the stream key first: wrong, expired or already used; "
	    "then the application in {key|the URL}: "
	    "rtmp://HOST/APPLICATION/KEY." },
	{ FAIL_REJECTED, ANY, SIDE_OUTPUT, NULL,
	    "{Peer} refused the stream and gave no reason.",
	    "Check the path in {key|the URL}, then user and password, then "
	    "whether the server takes this format." },
	{ FAIL_REJECTED, ANY, ANY, NULL,
	    "{Peer} refused the stream and gave no reason.",
	    "Check the path, the stream key or the password in {key|the "
	    "profile}." },

	{ FAIL_CLOSED, DETAIL_ANSWER, SIDE_SOURCE, "rtsp",
	    "{Peer} accepts the connection and closes it at once.",
	    "Check that the port in {key|the URL} is that of RTSP (usually "
	    "554), and that the camera lets this machine in; then close "
	    "other viewers, and restart it." },
	{ FAIL_CLOSED, DETAIL_ANSWER, ANY, NULL,
	    "{Peer} accepts the connection and closes it at once.",
	    "Check the port in {key|the URL}: another service may have it. "
	    "If it is right, the server's log says why; it may let only some "
	    "addresses in." },
	{ FAIL_CLOSED, DETAIL_EARLY, SIDE_OUTPUT, "http",
	    "{Peer} closed the upload at once, and ffmpeg cannot read why.",
	    "Check that the server allows uploads at the path in {key|the "
	    "URL}, and with this user and password; its log says more." },
	{ FAIL_CLOSED, DETAIL_EARLY, SIDE_OUTPUT, "rtmp",
	    "{Peer} accepts the stream and closes it within a second.",
	    "Check the stream key first: wrong, expired or already used; "
	    "then whether the channel is enabled there, and takes this size, "
	    "fps and bitrate." },
	{ FAIL_CLOSED, DETAIL_EARLY, SIDE_OUTPUT, NULL,
	    "{Peer} accepts the stream and closes it within a second.",
	    "Check the path in {key|the URL}, user and password first; then "
	    "whether the server takes these codecs, this size and bitrate." },
	{ FAIL_CLOSED, DETAIL_EARLY, ANY, NULL,
	    "{Peer} begins the stream and closes it within a second.",
	    "Close other viewers first: it may have no connection left. Then "
	    "check the path in {key|the URL}, and what sends the stream." },
	{ FAIL_CLOSED, DETAIL_KEY, ANY, NULL,
	    "{Peer} closed the connection, most likely because of the stream "
	    "key.",
	    "Copy the stream key again into {key|the URL}: it is wrong, "
	    "expired or already used. Then check that the channel is enabled "
	    "there." },
	{ FAIL_CLOSED, ANY, SIDE_OUTPUT, "http",
	    "{Peer} closed the connection during the upload, and ffmpeg "
	    "cannot read why.",
	    "Check that the server allows uploads at the path in {key|the "
	    "URL}, and with this user and password." },
	{ FAIL_CLOSED, ANY, SIDE_OUTPUT, NULL, "{Peer} closed the connection.",
	    "Once is normal: it is opened again. If it repeats, check the "
	    "port in {key|the URL}, the upload (\"video.bitrate\": two "
	    "thirds of it at most), the server's log or status page." },
	{ FAIL_CLOSED, ANY, SIDE_SOURCE, "rtsp",
	    "{Peer} closed the connection.",
	    "It is opened again by itself. If this repeats, close other "
	    "viewers, check the network to the camera, then restart it." },
	{ FAIL_CLOSED, ANY, ANY, NULL, "{Peer} closed the connection.",
	    "It is opened again by itself. If this repeats, check the "
	    "network, and what is at the other end." },

	{ FAIL_SERVER, DETAIL_LIMIT, SIDE_SOURCE, "rtsp",
	    "{Peer} has no free connection (503).",
	    "Close other viewers: each app, recorder and browser tab takes "
	    "one. If there are none, restart the camera: it keeps lost "
	    "sessions." },
	{ FAIL_SERVER, DETAIL_LIMIT, ANY, NULL,
	    "{Peer} is overloaded or closed for now (503).",
	    "Wait: it is tried again by itself. If the server is yours, its "
	    "log says why." },
	{ FAIL_SERVER, ANY, SIDE_SOURCE, "rtsp",
	    "{Peer} reports a fault of its own (5xx).",
	    "Close other viewers, then restart the camera." },
	{ FAIL_SERVER, ANY, ANY, NULL,
	    "{Peer} reports a fault of its own (5xx).",
	    "Wait: it is tried again by itself. If the server is yours, its "
	    "log says why; a platform has a status page." },

	{ FAIL_TLS, DETAIL_CERTIFICATE, ANY, NULL,
	    "The certificate of {peer} cannot be trusted: expired, "
	    "self-signed or of another name.",
	    "Check this machine's clock and the host in the URL. For a "
	    "self-signed one of your own, set \"tls_verify\": 0 in {key|its "
	    "\"options\"}: ffmpeg 9 checks by itself." },
	{ FAIL_TLS, DETAIL_PROTOCOL, ANY, NULL,
	    "{Peer} does not speak TLS at this port.",
	    "In {key|the URL}, take the port for TLS (usually 443), or the "
	    "scheme without TLS: http, rtmp, rtsp." },
	{ FAIL_TLS, ANY, ANY, NULL,
	    "No encrypted connection to {peer} could be made.",
	    "Check the port in {key|the URL} and this machine's clock. For a "
	    "self-signed certificate of your own, set \"tls_verify\": 0 in "
	    "the \"options\" there." },

	{ FAIL_OPTION, DETAIL_GONE_OPTION, ANY, NULL,
	    "This version of ffmpeg does not have the option {quoted|that is "
	    "set}; others have it.",
	    "{hint|`ffmpeg -h full` lists what this one has.} Change it in "
	    "{key|the profile}, then `ffsup reload`." },
	{ FAIL_OPTION, DETAIL_UNKNOWN, ANY, NULL,
	    "ffmpeg does not know {quoted|an option that is set}.",
	    "{hint|Check how it is written.} Correct it in {key|the "
	    "profile}, then `ffsup reload`." },
	{ FAIL_OPTION, DETAIL_VALUE, ANY, NULL,
	    "ffmpeg does not accept the value of {quoted|an option}.",
	    "{hint|What is accepted often stands in `ffsup logs {name}`.} "
	    "Correct it in {key|the profile}, then `ffsup reload`." },
	{ FAIL_OPTION, ANY, ANY, NULL,
	    "ffmpeg does not accept {quoted|an option or a value that is "
	    "set}.",
	    "{hint|What is wrong with it stands in `ffsup logs {name}`.} "
	    "Correct it in {key|the profile}, then `ffsup reload`." },

	{ FAIL_CODEC, DETAIL_UNKNOWN, ANY, NULL,
	    "This ffmpeg has no codec {quoted|of the name that is set}.",
	    "Correct {key|\"video.encoder\"}: `ffmpeg -encoders` lists what "
	    "it has. libx264 is the usual one." },
	{ FAIL_CODEC, DETAIL_AUDIO, ANY, NULL,
	    "The output cannot carry the audio codec {quoted|of the source}.",
	    "Set \"audio\": \"auto\", which encodes to AAC where needed, or "
	    "\"audio\": \"none\"." },
	{ FAIL_CODEC, DETAIL_VIDEO, ANY, NULL,
	    "The output cannot carry the video codec {quoted|of the source}.",
	    "Set \"video\": { \"encoder\": \"libx264\" } (for WebM "
	    "\"libvpx\"), or choose another container, such as .mkv." },
	{ FAIL_CODEC, DETAIL_STAMPS, ANY, NULL,
	    "The source's frames have no usable time stamps, so they cannot "
	    "be copied.",
	    "Set \"video\": { \"encoder\": \"libx264\" }, or switch B-frames "
	    "off where the video is made." },
	{ FAIL_CODEC, ANY, ANY, NULL,
	    "A codec is unknown to this ffmpeg, or does not fit the output.",
	    "Set \"video\": { \"encoder\": \"libx264\" } and \"audio\": "
	    "\"auto\", or choose another output format." },

	{ FAIL_GEOMETRY, DETAIL_TOO_LARGE, ANY, NULL,
	    "The frame size {subject|of the stream} is too large for the "
	    "encoder.",
	    "Set {key|\"video.size\"} to a smaller one: H.264 encoders end "
	    "at 8192x4320 at most, hardware often at 4096x2304." },
	{ FAIL_GEOMETRY, DETAIL_ODD, ANY, NULL,
	    "The frame size {subject|of the stream} has an odd width or "
	    "height.",
	    "Set {key|\"video.size\"} to even numbers, such as 1280x720." },
	{ FAIL_GEOMETRY, DETAIL_NOT_FOR_CODEC, ANY, NULL,
	    "The encoder does not support the frame size {subject|of the "
	    "stream}.",
	    "Set \"video.encoder\" to libx264, which takes any even size, or "
	    "{key|\"video.size\"} to one that this codec has." },
	{ FAIL_GEOMETRY, ANY, ANY, NULL,
	    "The encoder does not support the frame size {subject|of the "
	    "stream}.",
	    "Set {key|\"video.size\"} to even numbers, such as 1280x720." },

	{ FAIL_HWENC, DETAIL_VAAPI, ANY, NULL,
	    "The VAAPI encoder cannot be used on this machine.",
	    "It needs an Intel or AMD GPU with its driver (see `vainfo`), "
	    "and ffsup's user in the group render, for /dev/dri. Until then "
	    "set {key|\"video.encoder\"} to libx264." },
	{ FAIL_HWENC, DETAIL_NVENC, ANY, NULL,
	    "The NVENC encoder cannot be used on this machine.",
	    "It needs an NVIDIA GPU, its driver (`nvidia-smi` must work) and "
	    "a free encoder session. Until then set {key|\"video.encoder\"} "
	    "to libx264." },
	{ FAIL_HWENC, DETAIL_V4L2, ANY, NULL,
	    "The kernel of this machine offers no V4L2 encoder.",
	    "It needs a device like /dev/video11 of a Raspberry Pi 4 (a Pi 5 "
	    "has none), and ffsup's user in the group video. Until then set "
	    "{key|\"video.encoder\"} to libx264." },
	{ FAIL_HWENC, DETAIL_QSV, ANY, NULL,
	    "The Quick Sync encoder cannot be used on this machine.",
	    "It needs an Intel GPU with its media driver, and ffsup's user "
	    "in the group render. Until then set {key|\"video.encoder\"} to "
	    "libx264." },
	{ FAIL_HWENC, ANY, ANY, NULL,
	    "The hardware encoder cannot be used on this machine.",
	    "Check its driver, and that ffsup's user may use its device. "
	    "Until then set {key|\"video.encoder\"} to libx264." },

	{ FAIL_DEVICE, DETAIL_USB, ANY, NULL,
	    "The USB bus has no bandwidth left for {peer}.",
	    "Set \"input_format\": \"mjpeg\", a smaller \"size\" or fewer "
	    "\"fps\" beside {key|\"device\"}, or plug it into another USB "
	    "controller." },
	{ FAIL_DEVICE, DETAIL_BUSY_DEVICE, ANY, "alsa",
	    "Another program uses {peer}.",
	    "Stop that program (`fuser -v /dev/snd/*` names it), or record "
	    "from a shared device, such as \"default\"." },
	{ FAIL_DEVICE, DETAIL_BUSY_DEVICE, ANY, NULL,
	    "Another program uses {peer}.",
	    "Stop that program: `fuser -v {subject|/dev/video*}` names it." },
	{ FAIL_DEVICE, DETAIL_PERMISSION, ANY, "alsa",
	    "The user that ffsup runs as may not open {peer}.",
	    "Add that user to the group audio (`usermod -aG audio USER`), "
	    "then restart the daemon." },
	{ FAIL_DEVICE, DETAIL_PERMISSION, ANY, NULL,
	    "The user that ffsup runs as may not open {peer}.",
	    "Add that user to the group video (`usermod -aG video USER`), "
	    "then restart the daemon." },
	{ FAIL_DEVICE, DETAIL_MISSING, ANY, "alsa", "{Peer} is not there.",
	    "Plug it in, or correct {key|its name}: `arecord -L` lists "
	    "names, and those with CARD= stay the same when cards come and "
	    "go." },
	{ FAIL_DEVICE, DETAIL_MISSING, ANY, NULL, "{Peer} is not there.",
	    "Plug it in, or correct {key|\"device\"}. The names in "
	    "/dev/v4l/by-id/ stay the same when devices come and go." },
	{ FAIL_DEVICE, DETAIL_NOT_DEVICE, ANY, NULL,
	    "{Peer} is no video capture device.",
	    "Correct {key|\"device\"}: `v4l2-ctl --list-devices` lists them. "
	    "A camera often has two, and only the first one has video." },
	{ FAIL_DEVICE, DETAIL_SOUND_CARD, ANY, NULL, "{Peer} cannot be opened.",
	    "Check {key|its name}: `arecord -L` lists names. Then whether "
	    "another program uses it, and that ffsup's user is in the group "
	    "audio." },
	{ FAIL_DEVICE, ANY, ANY, "alsa", "{Peer} cannot be opened.",
	    "Check {key|its name}: `arecord -L` lists names. Then whether "
	    "another program uses it, and that ffsup's user is in the group "
	    "audio." },
	{ FAIL_DEVICE, ANY, ANY, NULL, "{Peer} cannot be used.",
	    "Check that it is the one that captures (a camera has several: "
	    "`v4l2-ctl --list-devices`), its cable, and that no other "
	    "program uses it." },

	{ FAIL_DISK, DETAIL_FULL, ANY, "record", "The disk of {peer} is full.",
	    "Free some space. \"max_size\", \"max_age\" or \"min_free\" "
	    "beside {key|\"record\"} removes the oldest recordings in time." },
	{ FAIL_DISK, DETAIL_FULL, ANY, NULL, "The disk of {peer} is full.",
	    "Free some space, or move {key|the output} to another disk." },
	{ FAIL_DISK, DETAIL_READ_ONLY, ANY, NULL,
	    "The file system of {peer} is read-only.",
	    "After an error the kernel makes a disk read-only: see `dmesg`, "
	    "check the disk, mount it again. Under systemd see "
	    "ReadWritePaths of the unit, too." },
	{ FAIL_DISK, DETAIL_PERMISSION, ANY, NULL,
	    "The user that ffsup runs as may not write to {peer}.",
	    "Give that user the directory (`chown`), or choose another one "
	    "in {key|the output}. Under systemd see ReadWritePaths of the "
	    "unit, too." },
	{ FAIL_DISK, DETAIL_MISSING, ANY, NULL,
	    "The directory {subject|of the output} is not there.",
	    "Create it, mount its disk, or correct {key|the output}." },
	{ FAIL_DISK, DETAIL_NOT_DIRECTORY, ANY, NULL,
	    "A file stands where {peer} needs a directory.",
	    "Move that file away, or choose another directory in {key|the "
	    "output}." },
	{ FAIL_DISK, DETAIL_NAME_LENGTH, ANY, NULL,
	    "The name of {peer} is too long.",
	    "Shorten it in {key|the output}: most file systems take 255 "
	    "bytes for one name." },
	{ FAIL_DISK, ANY, ANY, NULL, "Writing to {peer} failed.",
	    "Check that its directory is there, that the user that ffsup "
	    "runs as may write it, and that its disk has space and works "
	    "(`dmesg`)." },

	{ FAIL_MEMORY, ANY, ANY, NULL,
	    "There was not enough memory, or no process or file descriptor "
	    "was left.",
	    "Check what takes the memory (`free -h`, `top`). A limit of the "
	    "service may be too low: MemoryMax, TasksMax or LimitNOFILE of "
	    "systemd." },

	{ FAIL_INPUT, DETAIL_MISSING, SIDE_SOURCE, NULL, "{Peer} is not there.",
	    "Put it there, mount its disk, or correct {key|the source}." },
	{ FAIL_INPUT, DETAIL_PERMISSION, ANY, NULL,
	    "The user that ffsup runs as may not read {peer}.",
	    "Give that user the right (`chmod`, `chown`), for the file and "
	    "for each directory above it." },
	{ FAIL_INPUT, DETAIL_DIRECTORY, ANY, NULL,
	    "{Peer} is a directory, and a file is expected.",
	    "Write a pattern such as \"DIRECTORY/*.mp4\" into "
	    "{key|\"files\"}." },
	{ FAIL_INPUT, DETAIL_EMPTY, SIDE_PROGRAM, NULL,
	    "Your program sent nothing.",
	    "It must write to standard output; `ffsup logs {name}` shows "
	    "what it says." },
	{ FAIL_INPUT, DETAIL_EMPTY, SIDE_SOURCE, "http",
	    "{Peer} answers, but sends nothing.",
	    "Check that the program that makes this stream runs, then "
	    "whether {key|the URL} plays in a player." },
	{ FAIL_INPUT, DETAIL_EMPTY, ANY, NULL,
	    "There is nothing to play: {empty|the source is empty}.",
	    "Put files there, or correct {key|the source}." },
	{ FAIL_INPUT, DETAIL_CUT, ANY, NULL,
	    "{Peer} is cut off: its end is missing.",
	    "Copy it again, or leave it out: it was not completely written. "
	    "For recordings that can be cut off, use .mkv or .ts." },
	{ FAIL_INPUT, DETAIL_NO_MEDIA, ANY, "file",
	    "{Peer} has no media in it that ffmpeg knows.",
	    "It is empty, damaged or of another kind: replace it, or take it "
	    "out of {key|\"files\"}." },
	{ FAIL_INPUT, DETAIL_NO_MEDIA, ANY, NULL,
	    "{Peer} sent no media that ffmpeg knows.",
	    "Check whether {key|the source} plays in a player. If it does, set "
	    "\"format\" in the source." },
	{ FAIL_INPUT, DETAIL_PAGE, SIDE_SOURCE, "file",
	    "{Peer} is a text or a web page, not media.",
	    "Replace it, or take it out of {key|the source}." },
	{ FAIL_INPUT, DETAIL_PAGE, ANY, NULL,
	    "{Peer} sent a web page or a text instead of media.",
	    "Open {key|the URL} in a browser: it may be a login page, or the "
	    "page around the player. The address of the stream itself is "
	    "needed." },
	{ FAIL_INPUT, DETAIL_NO_VIDEO, ANY, "file", "{Peer} has no video.",
	    "Take it out of \"files\". To play audio alone, set "
	    "{key|\"video\"} to \"none\"." },
	{ FAIL_INPUT, DETAIL_NO_VIDEO, ANY, NULL, "{Peer} has no video.",
	    "A camera that is just starting gets it later: it is tried "
	    "again. For audio alone set {key|\"video\"} to \"none\"." },
	{ FAIL_INPUT, DETAIL_NO_AUDIO, ANY, NULL, "{Peer} has no audio.",
	    "Set {key|\"audio\"} to \"silence\" where the output needs a "
	    "track, or to \"none\"." },
	{ FAIL_INPUT, DETAIL_PROTOCOL, ANY, "rtmp",
	    "{Peer} hangs up in the RTMP handshake: it speaks another "
	    "protocol, or turns this connection away.",
	    "Check scheme and port in {key|the URL} together: RTMP is "
	    "usually 1935, RTMPS 443. If they are right, the server's log "
	    "says why." },
	{ FAIL_INPUT, DETAIL_PROTOCOL, ANY, NULL,
	    "{Peer} answers, but does not speak the protocol of the URL.",
	    "Check scheme and port in {key|the URL} together. Usual are rtmp "
	    "1935, rtmps 443, rtsp 554, http 80, https 443." },
	{ FAIL_INPUT, ANY, SIDE_PROGRAM, NULL,
	    "What your program sends is not what the profile describes.",
	    "Compare size, pixel format or codec with {key|\"frames\" or "
	    "\"h264\"}, and keep messages off standard output." },
	{ FAIL_INPUT, ANY, SIDE_SOURCE, "rtsp",
	    "{Peer} sent nothing that ffmpeg can use.",
	    "Choose H.264, and AAC or G.711, in the camera's settings; then "
	    "check the path in {key|the URL}." },
	{ FAIL_INPUT, ANY, SIDE_SOURCE, "file", "{Peer} cannot be played.",
	    "Try it in a player. Replace it if it is damaged, or take it out "
	    "of {key|\"files\"}." },
	{ FAIL_INPUT, ANY, SIDE_SOURCE, "http",
	    "{Peer} sent nothing that ffmpeg can use.",
	    "Open {key|the URL} in a player: does it play? Then check that "
	    "it is the address of the stream, not of a page." },
	{ FAIL_INPUT, ANY, ANY, NULL,
	    "{Peer} sent nothing that ffmpeg can use.",
	    "Try it in a player; then check {key|the source}, and \"format\" "
	    "if it is set." },

	{ FAIL_SPAWN, DETAIL_MISSING, SIDE_PROGRAM, NULL,
	    "There is no program {subject|of that name}.",
	    "Install it, or write its whole path into {key|\"command\"}: the "
	    "daemon's PATH may differ from yours." },
	{ FAIL_SPAWN, DETAIL_MISSING, ANY, NULL,
	    "There is no program {subject|ffmpeg}.",
	    "Install it, or write its whole path into \"ffmpeg\" of "
	    "ffsup.json." },
	{ FAIL_SPAWN, DETAIL_EXECUTABLE, ANY, NULL,
	    "The user that ffsup runs as may not execute {subject|the "
	    "program}.",
	    "Make it executable: `chmod +x`. A script also needs a first "
	    "line such as #!/usr/bin/python3." },
	{ FAIL_SPAWN, DETAIL_LIBRARY, ANY, NULL,
	    "The shared library {subject|of a program} cannot be loaded.",
	    "Install it, or the program that needs it, again: `ldd` with the "
	    "program's path shows what is missing. A limit of memory can do "
	    "this, too." },
	{ FAIL_SPAWN, ANY, SIDE_PROGRAM, NULL,
	    "The program {subject|of the source} could not be started.",
	    "Check that it is installed and executable; for a script, also "
	    "the program in its first line." },
	{ FAIL_SPAWN, ANY, ANY, NULL, "Starting {subject|a program} failed.",
	    "Check that it is installed and executable." },

	{ FAIL_SIGNAL, ANY, SIDE_PROGRAM, NULL,
	    "Your program was killed by a signal from outside.",
	    "Look for \"out of memory\" in the kernel log (`dmesg`), then "
	    "for people or scripts that end processes." },
	{ FAIL_SIGNAL, ANY, ANY, NULL,
	    "ffmpeg was killed by a signal from outside.",
	    "Look for \"out of memory\" in the kernel log (`dmesg`), then "
	    "for people or scripts that end processes." },

	{ FAIL_CRASH, ANY, SIDE_PROGRAM, NULL,
	    "Your program crashed: a fault in it or in a library that it "
	    "uses.",
	    "Its last lines are in `ffsup logs {name}`; for Python, `python3 "
	    "-X faulthandler` shows where. It is started again." },
	{ FAIL_CRASH, ANY, ANY, NULL,
	    "ffmpeg crashed: a fault in it or in its libraries.",
	    "It is started again. If this repeats, see `ffsup logs {name}`, "
	    "leave out the file or option that does it, or use another "
	    "version of ffmpeg." },

	{ FAIL_PRODUCER, DETAIL_TRACEBACK, ANY, NULL,
	    "Your program stopped with an error in {subject|a line that its "
	    "last words name}.",
	    "Correct the program there; the whole traceback is in `ffsup "
	    "logs {name}`. It is started again until it works." },
	{ FAIL_PRODUCER, ANY, ANY, NULL, "Your program ended with an error.",
	    "Correct what its last lines say; all of them are in `ffsup logs "
	    "{name}`. It is started again until it works." },

	{ FAIL_EXIT, ANY, ANY, NULL, "ffmpeg failed and did not say why.",
	    "Read `ffsup logs {name}`. If nothing there helps, run the "
	    "command of `ffsup plan {name}` by hand." },
};

const size_t ffcure_n = NELEM(ffcure_rows);
