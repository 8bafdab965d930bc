/* SPDX-License-Identifier: ISC */
/*
 * Why a run ended: which line decides, and what it means, in the words of every
 * version from 4.3 to 9.0. Whole endings are in test_endings.
 */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "ffmpeg/ffcause.h"

/* --- endings ------------------------------------------------------------ */

#define LINES_MAX 8

struct ending {
	int code;
	enum fail_class class;
	int proof;
	const char *lines[LINES_MAX]; /* up to NULL */
};

/* Classify each row; say which one is wrong. */
static void
expect(const struct ending *rows, size_t n)
{
	struct ffcause_end end = { .ffmpeg = true };
	struct ffcause_verdict v;
	size_t i;

	for (i = 0; i < n; i++) {
		end.code = rows[i].code;
		end.lines = rows[i].lines;
		for (end.n_lines = 0; end.n_lines < LINES_MAX &&
		     rows[i].lines[end.n_lines] != NULL;)
			end.n_lines++;
		v = ffcause_of(&end);
		if (v.class != rows[i].class || v.proof != rows[i].proof)
			fail_msg("row %zu, \"%s\": %s (%d), not %s (%d)", i,
			    rows[i].lines[0] != NULL ? rows[i].lines[0] : "",
			    ffclass_names[v.class], v.proof,
			    ffclass_names[rows[i].class], rows[i].proof);
	}
}

static void
test_network(void **state UNUSED)
{
	static const struct ending rows[] = {
		{ 1, FAIL_REFUSED, 0,
		    { "[tcp @ 0x55d2] [error] Connection to "
		      "tcp://127.0.0.1:1?tcp_nodelay=0 failed: "
		      "Connection refused",
			"[rtmp @ 0x55d2] [error] Cannot open connection "
			"tcp://127.0.0.1:1?tcp_nodelay=0",
			"[error] rtmp://127.0.0.1:1/live/x: "
			"Connection refused" } },
		{ 145, FAIL_REFUSED, 0,
		    { "[out#0/flv @ 0x55d2] [error] Could not write header "
		      "(incorrect codec parameters ?): Connection refused",
			"[vf#0:0 @ 0x1] [error] Task finished with error "
			"code: -111 (Connection refused)",
			"[fatal] Conversion failed!" } },
		{ 1, FAIL_REFUSED, 0,
		    { "[srt @ 0x5] [error] Connection to "
		      "srt://127.0.0.1:1?latency=200 failed: "
		      "Input/output error" } },
		{ 146, FAIL_TIMEOUT, 0,
		    { "[tcp @ 0x5] [error] Connection to tcp://10.0.0.1:1935 "
		      "failed: Connection timed out" } },
		{ 1, FAIL_TIMEOUT, 1,
		    { "[rtmp @ 0x5] [error] Cannot read RTMP handshake "
		      "response",
			"[error] rtmp://h/live/x: Connection timed out" } },
		{ 1, FAIL_TIMEOUT, 0,
		    { "[rtmp @ 0x5] [error] Cannot read RTMP handshake "
		      "response",
			"[error] rtmp://h/live/x: Input/output error" } },
		{ 1, FAIL_TIMEOUT, 0,
		    { "[error] av_interleaved_write_frame(): "
		      "Connection timed out" } },
		{ 143, FAIL_UNREACH, 0, { "[error] x: No route to host" } },
		{ 155, FAIL_UNREACH, 0,
		    { "[error] x: Network is unreachable" } },
		{ 251, FAIL_UNREACH, 0,
		    { "[tcp @ 0x5] [error] Failed to resolve hostname nas: "
		      "Name or service not known",
			"[error] Error opening output rtmp://nas/live/x: "
			"Input/output error" } },
		{ 1, FAIL_UNREACH, 0,
		    { "[tcp @ 0x5] [error] Failed to resolve hostname nas: "
		      "System error" } },
		{ 1, FAIL_CLOSED, 0,
		    { "[error] av_interleaved_write_frame(): Broken pipe",
			"[flv @ 0x5] [warning] Failed to update header with "
			"correct duration.",
			"[error] Error writing trailer of rtmp://h/l/k: "
			"Broken pipe" } },
		{ 152, FAIL_CLOSED, 0,
		    { "[out#0/flv @ 0x5] [error] Error submitting a packet "
		      "to the muxer: Connection reset by peer",
			"[out#0/flv @ 0x5] [error] Error muxing a packet" } },
		{ 251, FAIL_CLOSED, 0,
		    { "[error] av_interleaved_write_frame(): "
		      "Input/output error" } },
		{ 1, FAIL_CLOSED, 0,
		    { "[error] Error writing trailer of rtmp://h/live/x: "
		      "End of file" } },
		{ 1, FAIL_CLOSED, 0,
		    { "[tls @ 0x5] [error] The TLS connection was "
		      "non-properly terminated." } },
		{ 251, FAIL_TLS, 0,
		    { "[tls @ 0x5] [error] Peer certificate failed "
		      "verification" } },
		{ 1, FAIL_TLS, 0,
		    { "[tls @ 0x5] [error] error:0A000086:SSL routines::"
		      "certificate verify failed" } },
		{ 1, FAIL_TLS, 0,
		    { "[tls @ 0x5] [error] An unexpected TLS packet was "
		      "received." } },
		{ 8, FAIL_SERVER, 0,
		    { "[https @ 0x5] [warning] HTTP error 503 Service "
		      "Unavailable" } },
		{ 1, FAIL_SERVER, 0,
		    { "[error] http://h/x: Server returned 5XX Server Error "
		      "reply" } },
		{ 8, FAIL_SERVER, 0,
		    { "[rtsp @ 0x5] [error] method DESCRIBE failed: "
		      "503 Service Unavailable" } },
	};

	expect(rows, NELEM(rows));
}

static void
test_refusals(void **state UNUSED)
{
	static const struct ending rows[] = {
		{ 1, FAIL_AUTH, 0,
		    { "[rtsp @ 0x5] [warning] method ANNOUNCE failed: "
		      "401 Unauthorized",
			"[error] Could not write header for output file #0 "
			"(incorrect codec parameters ?): Server returned 401 "
			"Unauthorized (authorization failed)" } },
		{ 8, FAIL_AUTH, 0,
		    { "[rtsp @ 0x5] [error] method DESCRIBE failed: "
		      "401Unauthorized" } },
		{ 8, FAIL_AUTH, 0,
		    { "[rtsp @ 0x5] [error] method DESCRIBE failed: "
		      "401 (Unauthorized)" } },
		{ 8, FAIL_AUTH, 0,
		    { "[in#0 @ 0x5] [error] Error opening input: Server "
		      "returned 403 Forbidden (access denied)" } },
		{ 1, FAIL_AUTH, 0,
		    { "[http @ 0x5] [warning] HTTP error 401 "
		      "Unauthorized" } },
		{ 1, FAIL_AUTH, 0,
		    { "[rtmp @ 0x5] [error] Incorrect username/password" } },
		{ 1, FAIL_AUTH, 0,
		    { "[rtmp @ 0x5] [error] Authentication failed" } },
		{ 1, FAIL_AUTH, 0,
		    { "[rtmp @ 0x5] [error] No credentials set" } },
		{ 1, FAIL_AUTH, 0,
		    { "[rtmp @ 0x5] [error] Server error: [ AccessManager."
		      "Reject ] : [ code=403 need auth; authmod=adobe ]" } },
		{ 251, FAIL_AUTH, 0,
		    { "12:00:00.1/SRT.cn: @7: processConnectResponse: "
		      "rsp(REJECT): 1010 - Incorrect passphrase",
			"[srt @ 0x5] [error] Connection to srt://h:1 failed: "
			"Input/output error" } },
		{ 251, FAIL_AUTH, 0, { "ERROR:BADSECRET" } },
		{ 243, FAIL_INPUT, 0,
		    { "[error] /rec/a.mkv: Permission denied" } },
		{ 251, FAIL_REJECTED, 0,
		    { "12:00:00.1/SRT.cn: rsp(REJECT): 1003 - Peer is "
		      "busy" } },
		{ 1, FAIL_NOTFOUND, 0,
		    { "[rtsp @ 0x5] [warning] method DESCRIBE failed: "
		      "404 Not Found" } },
		{ 8, FAIL_NOTFOUND, 0,
		    { "[error] http://h/x: Server returned 404 Not Found" } },
		{ 1, FAIL_NOTFOUND, 0,
		    { "[rtmp @ 0x5] [error] Server error: Stream not "
		      "found" } },
		{ 8, FAIL_REJECTED, 0,
		    { "[rtsp @ 0x5] [error] method ANNOUNCE failed: "
		      "405 Method Not Allowed",
			"[error] Error opening output file rtsp://h/x.",
			"[error] Server returned 4XX Client Error, but not "
			"one of 40{0,1,3,4}" } },
		{ 163, FAIL_REJECTED, 0,
		    { "[rtsp @ 0x5] [error] method SETUP failed: "
		      "461 Unsupported transport",
			"[error] rtsp://h/x: Protocol not supported" } },
		{ 255, FAIL_BUSY, 0,
		    { "[rtmp @ 0x5] [error] Server error: Already publishing",
			"[error] rtmp://h/live/x: Operation not "
			"permitted" } },
		{ 1, FAIL_BUSY, 0,
		    { "[rtmp @ 0x5] [error] Server error: "
		      "NetStream.Publish.BadName" } },
		{ 1, FAIL_BUSY, 0,
		    { "[rtmp @ 0x5] [error] Server error: StreamBusy" } },
		{ 1, FAIL_REJECTED, 0,
		    { "[error] rtmp://h/live/x: Input/output error" } },
		{ 251, FAIL_REJECTED, 0,
		    { "[out#0/flv @ 0x5] [error] Error opening output "
		      "rtmp://h/live/x: Input/output error" } },
		{ 1, FAIL_REJECTED, 0,
		    { "[rtmp @ 0x5] [error] Server error: no reason given",
			"[error] rtmp://h/live/x: Unknown error" } },
	};

	expect(rows, NELEM(rows));
}

static void
test_config(void **state UNUSED)
{
	static const struct ending rows[] = {
		{ 1, FAIL_OPTION, 0,
		    { "Unrecognized option 'stimeout'.",
			"Error splitting the argument list: Option not "
			"found" } },
		{ 8, FAIL_OPTION, 0,
		    { "[fatal] Unrecognized option 'vsync'." } },
		{ 1, FAIL_OPTION, 0, { "[error] Option x not found." } },
		{ 234, FAIL_OPTION, 0,
		    { "[error] Unable to parse option value \"fast\"" } },
		{ 1, FAIL_OPTION, 0,
		    { "[fatal] Requested output format 'x' is not a suitable "
		      "output format" } },
		{ 234, FAIL_OPTION, 0,
		    { "[fatal] Requested output format 'x' is not known." } },
		{ 1, FAIL_OPTION, 0, { "[error] No such filter: 'x'" } },
		{ 8, FAIL_OPTION, 0,
		    { "[error] srt://h:1: Protocol not found" } },
		{ 0, FAIL_OPTION, 0,
		    { "[error] File '/rec/a.mkv' already exists. Exiting." } },
		{ 1, FAIL_OPTION, 0,
		    { "File 'a.mkv' already exists. Exiting." } },
		{ 1, FAIL_INPUT, 0,
		    { "[fatal] Stream map '0:a' matches no streams." } },
		{ 1, FAIL_OPTION, 0,
		    { "[error] Filtergraph 'x' was defined for video output "
		      "stream 0:0 but codec copy was selected." } },
		{ 234, FAIL_OPTION, 0,
		    { "[fatal] Filtergraph 'x' was specified, but codec copy "
		      "was selected." } },
		{ 254, FAIL_OPTION, 0,
		    { "[Parsed_drawtext_0 @ 0x5] [error] The text file 'x' "
		      "could not be read or is empty" } },
		{ 1, FAIL_CODEC, 0, { "[fatal] Unknown encoder 'libx264'" } },
		{ 8, FAIL_CODEC, 0,
		    { "[vost#0:0 @ 0x5] [fatal] Unknown encoder "
		      "'h264_omx'" } },
		{ 1, FAIL_CODEC, 0,
		    { "[flv @ 0x5] [error] Video codec hevc not compatible "
		      "with flv",
			"[error] Could not write header for output file #0 "
			"(incorrect codec parameters ?): Function not "
			"implemented" } },
		{ 218, FAIL_CODEC, 0,
		    { "[flv @ 0x5] [error] codec mpeg2video not compatible "
		      "with flv" } },
		{ 234, FAIL_CODEC, 0,
		    { "[out#0/mp4 @ 0x5] [error] Could not write header "
		      "(incorrect codec parameters ?): Invalid argument" } },
		{ 1, FAIL_CODEC, 0,
		    { "[flv @ 0x5] [error] Packet is missing PTS",
			"[error] av_interleaved_write_frame(): Invalid "
			"argument" } },
		{ 1, FAIL_CODEC, 0,
		    { "[error] Error initializing output stream 0:0 -- Error "
		      "while opening encoder for output stream #0:0" } },
		{ 1, FAIL_GEOMETRY, 0,
		    { "[libx264 @ 0x5] [error] width not divisible by 2 "
		      "(65x49)",
			"[error] Error initializing output stream 0:0 -- "
			"Error while opening encoder" } },
		{ 234, FAIL_GEOMETRY, 0,
		    { "[IMGUTILS @ 0x5] [error] Picture size 0x0 is "
		      "invalid" } },
		{ 234, FAIL_GEOMETRY, 0,
		    { "[rawvideo @ 0x5] [error] Unable to parse option value "
		      "\"x\" as image size" } },
		{ 1, FAIL_HWENC, 0,
		    { "[AVHWDeviceContext @ 0x5] [error] No VA display found "
		      "for device /dev/dri/renderD128." } },
		{ 255, FAIL_HWENC, 0,
		    { "[h264_nvenc @ 0x5] [error] Cannot load "
		      "libcuda.so.1" } },
		{ 1, FAIL_HWENC, 0,
		    { "[h264_nvenc @ 0x5] [error] OpenEncodeSessionEx "
		      "failed: out of memory (10): (no details)" } },
		{ 1, FAIL_HWENC, 0,
		    { "[h264_nvenc @ 0x5] [error] No capable devices "
		      "found" } },
		{ 171, FAIL_HWENC, 0,
		    { "[AVHWDeviceContext @ 0x5] [error] Error creating a "
		      "MFX session: -9." } },
		{ 1, FAIL_HWENC, 0,
		    { "[h264_v4l2m2m @ 0x5] [error] Could not find a valid "
		      "device",
			"[h264_v4l2m2m @ 0x5] [error] can't configure "
			"encoder" } },
	};

	expect(rows, NELEM(rows));
}

static void
test_host(void **state UNUSED)
{
	static const struct ending rows[] = {
		{ 240, FAIL_DEVICE, 0,
		    { "[error] /dev/video0: Device or resource busy" } },
		{ 1, FAIL_DEVICE, 0,
		    { "[video4linux2,v4l2 @ 0x5] [error] "
		      "ioctl(VIDIOC_REQBUFS): Device or resource busy" } },
		{ 228, FAIL_DEVICE, 0,
		    { "[video4linux2,v4l2 @ 0x5] [error] "
		      "ioctl(VIDIOC_STREAMON): No space left on device" } },
		{ 0, FAIL_DEVICE, 0,
		    { "[video4linux2,v4l2 @ 0x5] [error] "
		      "ioctl(VIDIOC_DQBUF): No such device" } },
		{ 1, FAIL_DEVICE, 0,
		    { "[video4linux2,v4l2 @ 0x5] [error] Cannot open video "
		      "device /dev/video0: No such file or directory" } },
		{ 254, FAIL_DEVICE, 0,
		    { "[error] /dev/video3: No such file or directory" } },
		{ 1, FAIL_DEVICE, 0,
		    { "[alsa @ 0x5] [error] cannot open audio device hw:1 "
		      "(No such file or directory)" } },
		{ 1, FAIL_DISK, 0,
		    { "[error] av_interleaved_write_frame(): No space left on "
		      "device" } },
		{ 228, FAIL_DISK, 1,
		    { "[segment @ 0x5] [error] Failure occurred when ending "
		      "segment '/rec/a.mkv'",
			"[error] Error writing trailer of x: No space left on "
			"device" } },
		{ 226, FAIL_DISK, 0,
		    { "[error] /rec/a.mkv: Read-only file system" } },
		{ 254, FAIL_DISK, 0,
		    { "[out#0/flv @ 0x5] [error] Error opening output "
		      "/rec/x/a.flv: No such file or directory" } },
		{ 1, FAIL_INPUT, 0,
		    { "[error] /srv/a.mp4: No such file or directory" } },
		{ 254, FAIL_INPUT, 0,
		    { "[in#0 @ 0x5] [error] Error opening input: No such "
		      "file or directory" } },
		{ 183, FAIL_INPUT, 0,
		    { "[error] rtsp://cam/x: Invalid data found when "
		      "processing input" } },
		{ 1, FAIL_INPUT, 0,
		    { "[h264 @ 0x5] [warning] Could not find codec "
		      "parameters for stream 0 (Video: h264, none): "
		      "unspecified size" } },
		{ 234, FAIL_INPUT, 0,
		    { "[error] Output file #0 does not contain any "
		      "stream" } },
		{ 0, FAIL_INPUT, 0,
		    { "[warning] Output file is empty, nothing was encoded "
		      "(check -ss / -t / -frames parameters if used)" } },
		{ 234, FAIL_INPUT, 0,
		    { "[mpegts @ 0x5] [error] Application provided invalid, "
		      "non monotonically increasing dts to muxer in stream "
		      "0: 12 >= 12",
			"[error] av_interleaved_write_frame(): Invalid "
			"argument" } },
		{ 251, FAIL_INPUT, 0,
		    { "[in#0 @ 0x5] [error] Error opening input: End of "
		      "file" } },
	};

	expect(rows, NELEM(rows));
}

/* Lines that a healthy run prints as well never decide. */
static void
test_noise(void **state UNUSED)
{
	static const struct ending rows[] = {
		{ 1, FAIL_REFUSED, 6,
		    { "[mp4 @ 0x5] [warning] Non-monotonous DTS in output "
		      "stream 0:0; previous: 1, current: 0; changing to 2",
			"[in#0 @ 0x5] [warning] Thread message queue "
			"blocking; consider raising the thread_queue_size "
			"option (current value: 8)",
			"[swscaler @ 0x5] [warning] deprecated pixel format "
			"used, make sure you did set range correctly",
			"[warning] Past duration 0.6 too large",
			"[tee @ 0x5] [error] Slave muxer #0 failed: Broken "
			"pipe, continuing with 1/2 slaves.",
			"    Last message repeated 4 times",
			"[error] rtmp://h/live/x: Connection refused" } },
		{ 1, FAIL_CLOSED, 1,
		    { "[error] Error while decoding stream #0:0: Invalid "
		      "data found when processing input",
			"[error] av_interleaved_write_frame(): Broken "
			"pipe" } },
		{ 224, FAIL_CLOSED, 1,
		    { "[vist#0:0/h264 @ 0x5] [error] Error submitting packet "
		      "to decoder: Invalid data found when processing input",
			"[out#0/flv @ 0x5] [error] Error muxing a packet" } },
		{ 1, FAIL_EXIT, -1,
		    { "[info]     title           : Connection refused",
			"[tcp @ 0x5] [verbose] attempt failed: "
			"Connection refused" } },
		{ 0, FAIL_ENDED, -1,
		    { "[error] Error closing progress log, loss of "
		      "information possible: Broken pipe" } },
		{ 0, FAIL_ENDED, -1,
		    { "[warning] Non-monotonic DTS; previous: 1" } },
		{ 0, FAIL_ENDED, -1, { "[error] something odd" } },
		/* a name in brackets is not a prefix */
		{ 1, FAIL_EXIT, -1, { "[info" } },
		{ 1, FAIL_EXIT, -1, { "[]" } },
		{ 1, FAIL_REFUSED, 0,
		    { "[f=flv]rtmp://h/live/x: Connection refused" } },
	};

	expect(rows, NELEM(rows));
}

/* Input errors in the middle of a run: ffmpeg 5.1 exits 0 after them. */
static void
test_exit_zero(void **state UNUSED)
{
	static const struct ending rows[] = {
		{ 0, FAIL_ENDED, -1, { NULL } },
		{ 0, FAIL_CLOSED, 0,
		    { "[error] tcp://h:1: Connection reset by peer" } },
		{ 0, FAIL_TIMEOUT, 0,
		    { "[error] rtsp://h/x: Connection timed out" } },
		{ 0, FAIL_DISK, 0,
		    { "[hls @ 0x5] [error] No space left on device" } },
		{ 0, FAIL_ENDED, -1,
		    { "[error] rtsp://h/x: Invalid data found when "
		      "processing input" } },
	};

	expect(rows, NELEM(rows));
}

static void
test_status(void **state UNUSED)
{
	static const struct {
		int code;
		enum fail_class class;
	} rows[] = { { 1, FAIL_EXIT }, { 8, FAIL_OPTION }, { 69, FAIL_INPUT },
		{ 123, FAIL_SIGNAL }, { 143, FAIL_UNREACH },
		{ 145, FAIL_REFUSED }, { 146, FAIL_TIMEOUT },
		{ 152, FAIL_CLOSED }, { 155, FAIL_UNREACH },
		{ 183, FAIL_INPUT }, { 218, FAIL_CODEC }, { 224, FAIL_CLOSED },
		{ 228, FAIL_DISK }, { 234, FAIL_OPTION }, { 237, FAIL_DEVICE },
		{ 240, FAIL_DEVICE }, { 243, FAIL_INPUT }, { 244, FAIL_MEMORY },
		{ 251, FAIL_CLOSED }, { 254, FAIL_INPUT }, { 255, FAIL_EXIT },
		{ -1, FAIL_EXIT } };
	static const char *const mute[] = { "[fatal] Conversion failed!" };
	struct ffcause_end end = {
		.ffmpeg = true, .lines = mute, .n_lines = 1
	};
	struct ffcause_verdict v;
	size_t i;

	for (i = 0; i < NELEM(rows); i++) {
		end.code = rows[i].code;
		v = ffcause_of(&end);
		assert_int_equal(v.class, rows[i].class);
		assert_int_equal(v.policy, ffdetail_policy(v.class, v.detail));
		assert_int_equal(v.proof, -1);
	}
}

/* Our own actions, and a signal, go before any text. */
static void
test_ours(void **state UNUSED)
{
	static const char *const text[] = { "[error] Connection refused" };
	struct ffcause_end end = {
		.ffmpeg = true, .code = 255, .lines = text, .n_lines = 1
	};

	end.stopped = true;
	assert_int_equal(ffcause_of(&end).class, FAIL_NONE);
	assert_int_equal(ffcause_of(&end).proof, -1);
	end.cause = FAIL_STALL;
	assert_int_equal(ffcause_of(&end).class, FAIL_STALL);
	assert_int_equal(ffcause_of(&end).proof, -1);
	assert_int_equal(ffcause_of(&end).also, 0);
	/* no frame ever came, and it said why */
	end.cause = FAIL_START;
	end.code = -1;
	end.signal = SIGKILL;
	assert_int_equal(ffcause_of(&end).class, FAIL_REFUSED);
	assert_int_equal(ffcause_of(&end).proof, 0);
	end.n_lines = 0;
	assert_int_equal(ffcause_of(&end).class, FAIL_START);
	end.n_lines = 1;
	end.stopped = false;
	end.cause = FAIL_NONE;
	assert_int_equal(ffcause_of(&end).class, FAIL_SIGNAL);

	end.signal = 0;
	end.code = 255;
	end.lines = (const char *const[]){
		"[info] Exiting normally, received signal 15."
	};
	assert_int_equal(ffcause_of(&end).class, FAIL_SIGNAL);
	assert_int_equal(ffcause_of(&end).proof, 0);
}

/* --- which lines decide, and which do not --------------------------------- */

#define TEXT_MAX 4

struct said {
	bool program, proven; /* of no ffmpeg; it had media before */
	enum fail_class class;
	enum fail_policy policy;
	const char *lines[TEXT_MAX]; /* up to NULL */
};

static void
expect_policies(const struct said *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct ffcause_end end = { .code = 1,
			.ffmpeg = !rows[i].program,
			.proven = rows[i].proven,
			.lines = rows[i].lines };
		struct ffcause_verdict v;

		while (end.n_lines < TEXT_MAX && end.lines[end.n_lines] != NULL)
			end.n_lines++;
		v = ffcause_of(&end);
		if (v.class != rows[i].class || v.policy != rows[i].policy)
			fail_msg("row %zu, \"%s\": %s, policy %d", i,
			    rows[i].lines[0], ffclass_names[v.class], v.policy);
	}
}

/* A run is given up only for an error in the profile that ffmpeg itself
 * reports, and never once it has worked; other errors may come from the
 * source's media. */
static void
test_s3_given_up(void **state UNUSED)
{
	static const struct said rows[] = {
		{ false, false, FAIL_OPTION, POLICY_HELD,
		    { "[error] Unrecognized option 'stimeout'." } },
		{ false, true, FAIL_OPTION, POLICY_SLOW,
		    { "[error] Unrecognized option 'stimeout'." } },
		{ false, false, FAIL_CODEC, POLICY_HELD,
		    { "[vost#0:0 @ 0x5] [fatal] Unknown encoder 'libx246'" } },
		{ false, false, FAIL_OPTION, POLICY_HELD,
		    { "[error] foo://h/x: Protocol not found" } },
		{ false, false, FAIL_OPTION, POLICY_HELD,
		    { "[fatal] Unknown input format: 'x'" } },
		/* the source's doing, for a moment */
		{ false, false, FAIL_CODEC, POLICY_SLOW,
		    { "[error] Could not write header for output file #0 "
		      "(incorrect codec parameters ?): Invalid argument" } },
		{ false, false, FAIL_CODEC, POLICY_SLOW,
		    { "[flv @ 0x5] [error] Video codec hevc not compatible "
		      "with flv" } },
		{ false, false, FAIL_CODEC, POLICY_SLOW,
		    { "[fatal] Decoder (codec none) not found",
			"[error] x: Decoder not found" } },
		{ false, false, FAIL_INPUT, POLICY_SLOW,
		    { "[fatal] Stream map '0:v:0' matches no streams." } },
		{ false, false, FAIL_INPUT, POLICY_SLOW,
		    { "[flv @ 0x5] [error] Error applying bitstream filters to "
		      "an output packet for stream #1: Invalid data found when "
		      "processing input" } },
		{ false, false, FAIL_GEOMETRY, POLICY_SLOW,
		    { "[libx264 @ 0x5] [error] width not divisible by 2 "
		      "(65x49)" } },
		{ false, false, FAIL_GEOMETRY, POLICY_SLOW,
		    { "[IMGUTILS @ 0x5] [error] Picture size 0x0 is "
		      "invalid" } },
		{ false, false, FAIL_HWENC, POLICY_SLOW,
		    { "[h264_nvenc @ 0x5] [error] OpenEncodeSessionEx failed: "
		      "out of memory (10): (no details)" } },
		{ false, false, FAIL_HWENC, POLICY_SLOW,
		    { "[error] Device creation failed: -22." } },
		{ false, false, FAIL_REJECTED, POLICY_PATIENT,
		    { "[rtsp @ 0x5] [error] method SETUP failed: 461 "
		      "Unsupported transport" } },
		/* no cause, but what became of one */
		{ false, false, FAIL_CODEC, POLICY_SLOW,
		    { "[error] Error initializing output stream 0:0 -- Error "
		      "while opening encoder for output stream #0:0" } },
		{ false, false, FAIL_CODEC, POLICY_SLOW,
		    { "[vost#0:0 @ 0x5] [error] Could not open encoder before "
		      "EOF" } },
		/* an unknown property of the source is not an option of ours */
		{ false, false, FAIL_GEOMETRY, POLICY_SLOW,
		    { "[graph 0 input from stream 0:0 @ 0x5] [error] Unable to "
		      "parse option value \"0x0\" as image size" } },
		{ false, false, FAIL_OPTION, POLICY_SLOW,
		    { "[buffer @ 0x5] [error] Unable to parse option value "
		      "\"-1\" as pixel format" } },
		{ false, false, FAIL_OPTION, POLICY_SLOW,
		    { "[graph_1_in_0_1 @ 0x5] [error] Error setting option "
		      "channel_layout to value 0x0." } },
		{ false, false, FAIL_HWENC, POLICY_SLOW,
		    { "[error] Impossible to convert between the formats "
		      "supported by the filter 'graph 0 input from stream 0:0' "
		      "and the filter 'auto_scale_0'" } },
		{ false, false, FAIL_EXIT, POLICY_NORMAL,
		    { "[mov @ 0x5] [error] Invalid duration 0",
			"[png @ 0x5] [error] Expected 4 bytes for IHDR" } },
		{ false, false, FAIL_GEOMETRY, POLICY_HELD,
		    { "[rawvideo @ 0x5] [error] Unable to parse option value "
		      "\"x\" as image size" } },
		/* a warning ends nothing */
		{ false, false, FAIL_CODEC, POLICY_SLOW,
		    { "[warning] Unknown encoder 'x'" } },
	};
	struct ffcause_end mute = { .ffmpeg = true, .code = 234 };

	expect_policies(rows, NELEM(rows));
	assert_int_equal(ffcause_of(&mute).policy, POLICY_SLOW);
}

/* The words of a server, of a film and of file names give nothing up, and lead
 * to no class that is not the server's. */
static void
test_s3_words_of_others(void **state UNUSED)
{
	static const struct said rows[] = {
		{ false, false, FAIL_SERVER, POLICY_NORMAL,
		    { "[rtsp @ 0x5] [error] method DESCRIBE failed: 503 "
		      "Unrecognized option 'busy'" } },
		{ false, false, FAIL_SERVER, POLICY_NORMAL,
		    { "[rtsp @ 0x5] [error] method DESCRIBE failed: 503 401 "
		      "Unauthorized, Permission denied" } },
		{ false, false, FAIL_SERVER, POLICY_NORMAL,
		    { "[http @ 0x5] [warning] HTTP error 503 Unknown encoder",
			"[error] http://h/x: Server returned 5XX Server Error "
			"reply" } },
		{ false, false, FAIL_SERVER, POLICY_NORMAL,
		    { "[https @ 0x5] [warning] HTTP error 500 No space left on "
		      "device" } },
		{ false, false, FAIL_REJECTED, POLICY_PATIENT,
		    { "[rtmp @ 0x5] [error] Server error: Unknown encoder "
		      "'x'" } },
		{ false, false, FAIL_REJECTED, POLICY_PATIENT,
		    { "[rtmp @ 0x5] [error] Server error: sorry",
			"Unrecognized option 'x'.",
			"[error] rtmp://h/live/x: Operation not permitted" } },
		{ false, false, FAIL_BUSY, POLICY_PATIENT,
		    { "[rtmp @ 0x5] [error] Server error: sorry",
			"Already publishing" } },
		/* may be the server's words as well */
		{ false, false, FAIL_OPTION, POLICY_SLOW,
		    { "[rtmp @ 0x5] [warning] Server error:",
			"[error] Unrecognized option 'x'." } },
		{ false, false, FAIL_EXIT, POLICY_NORMAL,
		    { "[info]     title           : Unknown encoder 'x'",
			"                    : Unrecognized option 'x'.",
			"[info] Stream map x matches no streams" } },
		{ false, false, FAIL_EXIT, POLICY_NORMAL,
		    { "[info]     comment         : Error while opening "
		      "encoder" } },
		{ false, false, FAIL_INPUT, POLICY_NORMAL,
		    { "[concat @ 0x5] [error] Impossible to open "
		      "'/films/Unknown encoder.mp4'" } },
		{ false, false, FAIL_INPUT, POLICY_NORMAL,
		    { "[error] /films/Unrecognized option.mp4: Invalid data "
		      "found when processing input" } },
		{ false, false, FAIL_OPTION, POLICY_SLOW,
		    { "[error] http://h/moved: Protocol not found" } },
	};

	expect_policies(rows, NELEM(rows));
}

/* The words of the user's program are for people: its class is "producer", its
 * delays are the ordinary ones. */
static void
test_w1_program(void **state UNUSED)
{
	static const struct said rows[] = {
		{ true, false, FAIL_PRODUCER, POLICY_NORMAL,
		    { "v4l2: Error setting exposure: camera is still warming "
		      "up" } },
		{ true, false, FAIL_PRODUCER, POLICY_NORMAL,
		    { "ValueError: Unable to parse the camera's answer" } },
		{ true, false, FAIL_PRODUCER, POLICY_NORMAL,
		    { "RuntimeError: Device creation failed" } },
		{ true, false, FAIL_PRODUCER, POLICY_NORMAL,
		    { "PermissionError: [Errno 13] Permission denied: "
		      "'/dev/ttyUSB0'" } },
		{ true, false, FAIL_PRODUCER, POLICY_NORMAL,
		    { "[fatal] Unrecognized option 'x'." } },
		{ true, false, FAIL_PRODUCER, POLICY_NORMAL, { NULL } },
	};
	struct ffcause_end end = { .code = 0, .lines = rows[0].lines };

	expect_policies(rows, NELEM(rows));
	end.n_lines = 1;
	assert_int_equal(ffcause_of(&end).class, FAIL_ENDED);
	end.code = -1;
	end.signal = SIGSEGV;
	assert_int_equal(ffcause_of(&end).class, FAIL_CRASH);
	end.stopped = true;
	assert_int_equal(ffcause_of(&end).class, FAIL_NONE);
}

static void
test_w3_memory(void **state UNUSED)
{
	static const struct said rows[] = {
		{ false, false, FAIL_MEMORY, POLICY_NORMAL,
		    { "[error] Error while opening decoder: Cannot allocate "
		      "memory" } },
		{ false, false, FAIL_MEMORY, POLICY_NORMAL,
		    { "x264 [error]: malloc of size 3110400 failed",
			"[error] Error initializing output stream 0:0 -- Error "
			"while opening encoder for output stream #0:0" } },
		{ false, false, FAIL_OPTION, POLICY_HELD,
		    { "[fatal] Unknown pixel format requested: yuv420q." } },
		{ false, false, FAIL_OPTION, POLICY_HELD,
		    { "[fatal] Expected number for vsync but found: nope" } },
		{ false, false, FAIL_OPTION, POLICY_HELD,
		    { "[srt @ 0x5] [error] failed to set option "
		      "SRTO_PASSPHRASE on socket: Operation not supported: Bad "
		      "parameters" } },
		{ false, false, FAIL_HWENC, POLICY_HELD,
		    { "[error] Impossible to convert between the formats "
		      "supported by the filter 'Parsed_null_0' and the filter "
		      "'auto_scale_0'" } },
	};

	expect_policies(rows, NELEM(rows));
}

/* A crash is not a fault from outside. */
static void
test_m5_crash(void **state UNUSED)
{
	static const int crashes[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE,
		SIGILL };
	static const int kills[] = { SIGKILL, SIGTERM, SIGHUP, SIGINT, SIGPIPE,
		SIGXCPU };
	struct ffcause_end end = { .ffmpeg = true, .code = -1 };

	for (size_t i = 0; i < NELEM(crashes); i++) {
		end.signal = crashes[i];
		assert_int_equal(ffcause_of(&end).class, FAIL_CRASH);
	}
	for (size_t i = 0; i < NELEM(kills); i++) {
		end.signal = kills[i];
		assert_int_equal(ffcause_of(&end).class, FAIL_SIGNAL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_exit_zero),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_ours),
		cmocka_unit_test(test_s3_given_up),
		cmocka_unit_test(test_s3_words_of_others),
		cmocka_unit_test(test_w1_program),
		cmocka_unit_test(test_w3_memory),
		cmocka_unit_test(test_m5_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
