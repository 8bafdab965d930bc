/* SPDX-License-Identifier: ISC */
/*
 * What ffmpeg says, from 4.3 to 9.0: progress blocks into numbers, an exit
 * status and stderr into the reason why a run ended. Everything known about
 * ffmpeg's wording is in the tables here.
 */
#include "config.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "ffmpeg/ffout.h"

/* --- progress ----------------------------------------------------------- */

static const char *const ffout_progress_names[] = {
	[PROGRESS_FRAME] = "frame",
	[PROGRESS_FPS] = "fps",
	[PROGRESS_BITRATE] = "bitrate",
	[PROGRESS_TOTAL_SIZE] = "total_size",
	[PROGRESS_OUT_TIME] = "out_time_us",
	[PROGRESS_DUP] = "dup_frames",
	[PROGRESS_DROP] = "drop_frames",
	[PROGRESS_SPEED] = "speed",
};
_Static_assert(
    NELEM(ffout_progress_names) == N_PROGRESS_KEYS, "a name for every number");

/* Begin a block: nothing said yet. */
static void
ffout_progress_begin(struct progress *p)
{
	size_t i;

	for (i = 0; i < N_PROGRESS_KEYS; i++)
		p->next[i] = -1;
}

/* End a block: its numbers become the ones that are seen. */
static void
ffout_progress_commit(struct progress *p)
{
	p->frame = (int64_t)p->next[PROGRESS_FRAME];
	p->fps = p->next[PROGRESS_FPS];
	p->bitrate_kbps = p->next[PROGRESS_BITRATE];
	p->total_size = (int64_t)p->next[PROGRESS_TOTAL_SIZE];
	p->out_time_us = (int64_t)p->next[PROGRESS_OUT_TIME];
	p->dup_frames = (int64_t)p->next[PROGRESS_DUP];
	p->drop_frames = (int64_t)p->next[PROGRESS_DROP];
	p->speed = p->next[PROGRESS_SPEED];
	ffout_progress_begin(p);
}

void
ffout_progress_init(struct progress *p)
{
	ffout_progress_begin(p);
	ffout_progress_commit(p);
	p->end = false;
}

/* "  2x", "123.4kbits/s", "1e+05x"; N/A, rubbish and what lies below zero
 * (older versions print a huge negative for "none") are -1. */
static double
ffout_progress_number(const char *s)
{
	char *end;
	double n = strtod(s, &end);

	if (end == s || !isfinite(n) || n < 0 || n > 9e18)
		return -1;
	return n;
}

bool
ffout_progress_line(struct progress *p, const char *line)
{
	const char *value;
	size_t len, i;

	line += strspn(line, " \t\r");
	len = strcspn(line, "=");
	if (line[len] == '\0')
		return false;
	value = line + len + 1;
	if (len == strlen("progress") && util_has_prefix(line, "progress")) {
		ffout_progress_commit(p);
		value += strspn(value, " \t");
		p->end = util_has_prefix(value, "end");
		return true;
	}
	for (i = 0; i < N_PROGRESS_KEYS; i++) {
		if (strlen(ffout_progress_names[i]) == len &&
		    memcmp(line, ffout_progress_names[i], len) == 0)
			p->next[i] = ffout_progress_number(value);
	}
	return false;
}

/* Whether a count grew; "none" counts as zero, so that the first "0" of a
 * run that has not sent anything yet is no life sign. */
static bool
ffout_grew(int64_t before, int64_t now)
{
	return now > (before > 0 ? before : 0);
}

bool
ffout_progress_advanced(
    const struct progress *before, const struct progress *now)
{
	if (now->frame >= 0)
		return ffout_grew(before->frame, now->frame);
	return ffout_grew(before->out_time_us, now->out_time_us);
}

bool
ffout_stands_still(const char *line)
{
	return (strstr(line, "Non-monotonous DTS in output stream 0:0;") !=
		NULL || /* up to 5.1 */
	    strstr(line, "Non-monotonic DTS in output stream 0:0;") != NULL ||
	    (strstr(line, "Non-monotonic DTS;") != NULL && /* from 6 on */
		strstr(line, "vost#0:0/") != NULL));
}

bool
ffout_is_complaint(const char *line)
{
	return strstr(line, "missing picture in access unit with size ") !=
	    NULL || /* no H.264 */
	    (strstr(line, "Invalid NAL unit ") != NULL &&
		util_has_suffix(line, ", skipping.")); /* no H.265 */
}

enum ffout_track
ffout_track(const char *line)
{
	if (strstr(line, "New audio stream ") != NULL)
		return FFOUT_TRACK_LATE_SOUND;
	if (strstr(line, "New video stream ") != NULL)
		return FFOUT_TRACK_LATE_VIDEO;
	if (strstr(line, "Could not find codec parameters for stream ") != NULL)
		return strstr(line, " (Audio: ") != NULL
		    ? FFOUT_TRACK_UNKNOWN_SOUND
		    : strstr(line, " (Video: ") != NULL
		    ? FFOUT_TRACK_UNKNOWN_VIDEO
		    : FFOUT_TRACK_NONE;
	if (strstr(line, "Output #0, ") != NULL)
		return FFOUT_TRACK_OUTPUT;
	if (strstr(line, "  Stream #0:") != NULL &&
	    strstr(line, ": Audio: ") != NULL)
		return FFOUT_TRACK_SOUND;
	return FFOUT_TRACK_NONE;
}

/* --- classes ------------------------------------------------------------ */

struct ffout_class_row {
	enum fail_policy policy;
	const char *sentence;
	const char *advice;
};

const char *const ffout_class_names[N_FAIL_CLASSES] = {
	[FAIL_NONE] = "none",
	[FAIL_ENDED] = "ended",
	[FAIL_STALL] = "stall",
	[FAIL_START] = "start",
	[FAIL_CHANGED] = "changed",
	[FAIL_REFUSED] = "refused",
	[FAIL_UNREACH] = "unreachable",
	[FAIL_TIMEOUT] = "timeout",
	[FAIL_AUTH] = "auth",
	[FAIL_NOTFOUND] = "notfound",
	[FAIL_BUSY] = "busy",
	[FAIL_REJECTED] = "rejected",
	[FAIL_CLOSED] = "closed",
	[FAIL_SERVER] = "server",
	[FAIL_TLS] = "tls",
	[FAIL_OPTION] = "option",
	[FAIL_CODEC] = "codec",
	[FAIL_GEOMETRY] = "geometry",
	[FAIL_HWENC] = "hwenc",
	[FAIL_DEVICE] = "device",
	[FAIL_DISK] = "disk",
	[FAIL_MEMORY] = "memory",
	[FAIL_INPUT] = "input",
	[FAIL_SPAWN] = "spawn",
	[FAIL_SIGNAL] = "signal",
	[FAIL_CRASH] = "crash",
	[FAIL_PRODUCER] = "producer",
	[FAIL_EXIT] = "exit",
};

static const struct ffout_class_row ffout_classes[] = {
	[FAIL_NONE] = { POLICY_NORMAL, "It was stopped on purpose.",
	    "Nothing to do." },
	[FAIL_ENDED] = { POLICY_NORMAL, "The input came to its end.",
	    "For a file that should repeat, set \"loop\": true in \"source\"; "
	    "a camera that ends its stream is worth a look." },
	[FAIL_STALL] = { POLICY_NORMAL,
	    "The process was alive but sent nothing, so it was replaced.",
	    "Look at the network and at the load of this machine; a slow "
	    "source may need a longer watchdog.stall." },
	[FAIL_CHANGED] = { POLICY_NORMAL,
	    "The source sends another codec than at the start of the process, "
	    "so it was replaced.",
	    "Nothing to do when the camera was set to it; two senders at one "
	    "address get in each other's way." },
	[FAIL_START] = { POLICY_NORMAL,
	    "No first picture came in time, so it was replaced.",
	    "Check that the source delivers and that the server answers; a "
	    "slow source may need a longer watchdog.start." },
	[FAIL_REFUSED] = { POLICY_NORMAL, "Nothing listens at that address.",
	    "Check host and port, and that the server runs." },
	[FAIL_UNREACH] = { POLICY_NORMAL,
	    "There is no network path to the host, or its name is unknown.",
	    "Check the cable or Wi-Fi, the host name and the DNS." },
	[FAIL_TIMEOUT] = { POLICY_NORMAL,
	    "The other side did not answer in time.",
	    "Check that the host is up and reachable, and that port and "
	    "protocol are right." },
	[FAIL_AUTH] = { POLICY_AUTH,
	    "The user name, the password or the permission was refused.",
	    "Check \"user\" and \"password\" (for a file, its owner and mode). "
	    "Some cameras also refuse when all their connections are taken. "
	    "Retries are slow on purpose: many cameras lock out after a few "
	    "wrong passwords." },
	[FAIL_NOTFOUND] = { POLICY_NORMAL, "The server has no such path.",
	    "Check the part of the URL after the port." },
	[FAIL_BUSY] = { POLICY_NORMAL,
	    "The stream key or the address is already in use.",
	    "Stop the other publisher; after a network loss the server may "
	    "hold the old session for some minutes." },
	[FAIL_REJECTED] = { POLICY_NORMAL,
	    "The server refused the stream and gave no reason.",
	    "Check the stream key and the application part of the URL; the "
	    "key may be wrong, expired or in use." },
	[FAIL_CLOSED] = { POLICY_NORMAL, "The server dropped the connection.",
	    "If it comes again and again, look at the upload rate and at the "
	    "server's log." },
	[FAIL_SERVER] = { POLICY_NORMAL, "The server reported an error (5xx).",
	    "Look at the server; nothing here can mend it." },
	[FAIL_TLS] = { POLICY_NORMAL,
	    "The encrypted connection could not be set up.",
	    "Check the certificate, the clock of this machine and the port; "
	    "for a certificate of your own set the option \"tls_verify\": 0." },
	[FAIL_OPTION] = { POLICY_SLOW,
	    "ffmpeg does not accept an option or value.",
	    "Correct it in the profile and reload; options differ between "
	    "versions of ffmpeg." },
	[FAIL_CODEC] = { POLICY_SLOW,
	    "The codec is unknown to this ffmpeg or does not fit the output.",
	    "Set \"video\": { \"encoder\": \"libx264\" } to encode anew, or "
	    "choose another output format." },
	[FAIL_GEOMETRY] = { POLICY_SLOW,
	    "The picture size does not suit the encoder.",
	    "Use an even width and height." },
	[FAIL_HWENC] = { POLICY_SLOW,
	    "The hardware encoder cannot be used on this machine.",
	    "Use \"encoder\": \"libx264\", or check the driver and the access "
	    "to /dev/dri." },
	[FAIL_DEVICE] = { POLICY_DEVICE,
	    "The device is busy, gone, or may not be used.",
	    "Check the cable, who else uses the device, and its permissions; "
	    "\"no space\" on USB asks for \"input_format\": \"mjpeg\" or a "
	    "smaller size." },
	[FAIL_DISK] = { POLICY_NORMAL,
	    "The disk is full or read-only, or the directory is missing or may "
	    "not be written to.",
	    "Free some space, or correct \"record\", or the owner and mode of "
	    "the directory." },
	[FAIL_MEMORY] = { POLICY_NORMAL,
	    "There was not enough memory, or no process or descriptor was free.",
	    "Look at what else takes the memory of this machine; a limit for "
	    "the service, such as systemd's MemoryMax, TasksMax or LimitNOFILE, "
	    "may be too low." },
	[FAIL_INPUT] = { POLICY_NORMAL,
	    "Nothing usable came in from the source.",
	    "Check that the source exists and delivers the format and size "
	    "that the profile names." },
	[FAIL_SPAWN] = { POLICY_DEVICE, "The program could not be started.",
	    "Check that it is installed and executable." },
	[FAIL_SIGNAL] = { POLICY_NORMAL,
	    "The process was killed by a signal from outside.",
	    "Look for \"out of memory\" in the kernel log, and for people or "
	    "scripts that end processes." },
	[FAIL_CRASH] = { POLICY_NORMAL,
	    "It crashed: there is a fault in it or in its libraries.",
	    "If it comes again, look at its last words in ffsup logs NAME; "
	    "what it read or another version of it may make the difference." },
	[FAIL_PRODUCER] = { POLICY_NORMAL,
	    "Your program, which brings the pictures, ended with an error.",
	    "Mend what its last words tell; all of them are in ffsup logs "
	    "NAME. It is started again until it works." },
	[FAIL_EXIT] = { POLICY_NORMAL,
	    "The process failed and did not say why.",
	    "Look at its log: ffsup logs NAME." },
};
_Static_assert(NELEM(ffout_classes) == N_FAIL_CLASSES, "a row for every class");

enum fail_policy ffout_policy(enum fail_class class)
{
	return ffout_classes[class].policy;
}

const char *ffout_sentence(enum fail_class class)
{
	return ffout_classes[class].sentence;
}

const char *ffout_advice(enum fail_class class)
{
	return ffout_classes[class].advice;
}

const char *
ffout_signal_name(int signal)
{
	static const char *const names[] = {
		[SIGHUP] = "SIGHUP",
		[SIGINT] = "SIGINT",
		[SIGQUIT] = "SIGQUIT",
		[SIGILL] = "SIGILL",
		[SIGTRAP] = "SIGTRAP",
		[SIGABRT] = "SIGABRT",
		[SIGBUS] = "SIGBUS",
		[SIGFPE] = "SIGFPE",
		[SIGKILL] = "SIGKILL",
		[SIGUSR1] = "SIGUSR1",
		[SIGSEGV] = "SIGSEGV",
		[SIGUSR2] = "SIGUSR2",
		[SIGPIPE] = "SIGPIPE",
		[SIGALRM] = "SIGALRM",
		[SIGTERM] = "SIGTERM",
		[SIGCHLD] = "SIGCHLD",
		[SIGCONT] = "SIGCONT",
		[SIGSTOP] = "SIGSTOP",
		[SIGTSTP] = "SIGTSTP",
		[SIGTTIN] = "SIGTTIN",
		[SIGTTOU] = "SIGTTOU",
		[SIGURG] = "SIGURG",
		[SIGXCPU] = "SIGXCPU",
		[SIGXFSZ] = "SIGXFSZ",
		[SIGVTALRM] = "SIGVTALRM",
		[SIGPROF] = "SIGPROF",
		[SIGWINCH] = "SIGWINCH",
		[SIGIO] = "SIGIO",
		[SIGPWR] = "SIGPWR",
		[SIGSYS] = "SIGSYS",
	};

	if (signal < 0 || (size_t)signal >= NELEM(names) ||
	    names[signal] == NULL)
		return "unknown";
	return names[signal];
}

/* --- endings ------------------------------------------------------------ */

enum {
	FFOUT_AT_ZERO = 1 << 0, /* ffmpeg is known to exit 0 after it */
	FFOUT_HOLD = 1 << 1,	/* names a thing of the profile, and begins
				   the line: what stands behind may be the
				   name of a file */
	FFOUT_LAST = 1 << 2,	/* with HOLD: it ends the line instead */
	FFOUT_ARGS = 1 << 3,	/* said of the command line, by no module */
	FFOUT_SLOW = 1 << 4,	/* slower than its class */
	FFOUT_PEER = 1 << 5,	/* may be the words of a server */
	FFOUT_INFO = 1 << 6	/* may be of level info, and begins the line */
};

struct ffout_row {
	enum fail_class class;
	const char *a, *b; /* both must occur, in this order; b may be NULL */
	unsigned flags;
};

/* Lines that look like a cause and are none: the run goes on after them. */
static const struct ffout_row ffout_noise[] = {
	{ FAIL_NONE, "Non-monoton", NULL, 0 },
	{ FAIL_NONE, "Thread message queue blocking", NULL, 0 },
	{ FAIL_NONE, "Past duration", NULL, 0 },
	{ FAIL_NONE, "deprecated", NULL, 0 },
	{ FAIL_NONE, "Last message repeated", NULL, 0 },
	{ FAIL_NONE, "Slave muxer", "continuing with", 0 },
	{ FAIL_NONE, "Recovery failed", NULL, 0 },
	{ FAIL_NONE, "Will reconnect at", NULL, 0 },
	{ FAIL_NONE, "Error closing progress log", NULL, 0 },
	{ FAIL_NONE, "Failed to update header", NULL, 0 },
	{ FAIL_NONE, "Error while decoding stream", NULL, 0 },
	{ FAIL_NONE, "Error submitting packet to decoder", NULL, 0 },
	{ FAIL_NONE, "error while decoding MB", NULL, 0 },
	{ FAIL_NONE, "Dequeued v4l2 buffer", NULL, 0 },
	{ FAIL_NONE, "ALSA buffer xrun", NULL, 0 },
	{ FAIL_NONE, "frames duplicated", NULL, 0 },
	{ FAIL_NONE, "Trailing option", NULL, 0 },
};

/*
 * Lines that name a cause. Within a line an earlier row wins, so what is
 * special stands before what is general.
 */
static const struct ffout_row ffout_causes[] = {
	/* not the disk: USB has no bandwidth left */
	{ FAIL_DEVICE, "VIDIOC_STREAMON", "No space left", FFOUT_AT_ZERO },

	{ FAIL_HWENC, "No VA display", NULL, 0 },
	{ FAIL_HWENC, "Failed to initialise VAAPI", NULL, 0 },
	{ FAIL_HWENC, "/dev/dri", "No such file", 0 },
	{ FAIL_HWENC, "/dev/dri", "Permission denied", 0 },
	{ FAIL_HWENC, "Cannot load lib", NULL, FFOUT_HOLD },
	{ FAIL_HWENC, "Driver does not support the required nvenc", NULL,
	    FFOUT_HOLD },
	{ FAIL_HWENC, "Impossible to convert between the formats", " 'graph",
	    0 },
	{ FAIL_HWENC, "Impossible to convert between the formats", NULL,
	    FFOUT_HOLD },
	{ FAIL_HWENC, "A hardware device reference is required", NULL,
	    FFOUT_HOLD },
	{ FAIL_HWENC, "No capable devices", NULL, 0 },
	{ FAIL_HWENC, "No NVENC capable devices", NULL, 0 },
	{ FAIL_HWENC, "OpenEncodeSessionEx failed", NULL, 0 },
	{ FAIL_HWENC, "MFX session", NULL, 0 },
	{ FAIL_HWENC, "Could not find a valid device", NULL, 0 },
	{ FAIL_HWENC, "can't configure encoder", NULL, 0 },
	{ FAIL_HWENC, "Device creation failed", NULL, 0 },

	{ FAIL_GEOMETRY, "not divisible by 2", NULL, 0 },
	{ FAIL_GEOMETRY, "Picture size ", " is invalid", 0 },
	{ FAIL_GEOMETRY, "Invalid frame size", NULL, 0 },
	{ FAIL_GEOMETRY, "Unable to parse option value", "as image size",
	    FFOUT_HOLD },

	{ FAIL_OPTION, "already exists. Exiting", NULL, FFOUT_AT_ZERO },
	{ FAIL_OPTION, "Unrecognized option", NULL, FFOUT_HOLD | FFOUT_ARGS },
	{ FAIL_OPTION, "Option ", " not found", FFOUT_HOLD },
	{ FAIL_OPTION, "Error splitting the argument list", NULL,
	    FFOUT_HOLD | FFOUT_ARGS },
	{ FAIL_OPTION, "Missing argument for option", NULL,
	    FFOUT_HOLD | FFOUT_ARGS },
	{ FAIL_OPTION, "Unable to parse option value", NULL, FFOUT_HOLD },
	{ FAIL_OPTION, "Undefined constant or missing '('", NULL, FFOUT_HOLD },
	{ FAIL_OPTION, "x264 [error]: invalid ", NULL, FFOUT_HOLD },
	{ FAIL_OPTION, "Error setting option ", NULL, FFOUT_HOLD },
	{ FAIL_OPTION, "Error setting preset", NULL, FFOUT_HOLD },
	{ FAIL_OPTION, "Error setting ", NULL, 0 },
	{ FAIL_OPTION, "Possible presets: ", NULL, FFOUT_HOLD },
	{ FAIL_OPTION, "Cannot parse expression for ", NULL, FFOUT_HOLD },
	{ FAIL_OPTION, "Unknown pixel format requested", NULL, FFOUT_HOLD },
	{ FAIL_OPTION, "Expected ", " for ", FFOUT_HOLD | FFOUT_ARGS },
	{ FAIL_OPTION, "The value for ", "which is not within",
	    FFOUT_HOLD | FFOUT_ARGS },
	{ FAIL_OPTION, "Invalid duration", NULL, FFOUT_HOLD | FFOUT_ARGS },
	{ FAIL_OPTION, "Failed to set value ", ": Invalid argument",
	    FFOUT_HOLD | FFOUT_ARGS },
	{ FAIL_OPTION, "failed to set option SRTO_", "Bad parameters",
	    FFOUT_HOLD },
	{ FAIL_INPUT, "Error applying bitstream filters", NULL, FFOUT_SLOW },
	{ FAIL_OPTION, "Error applying ", "Option not found", FFOUT_HOLD },
	{ FAIL_OPTION, "Error applying ", NULL, 0 },
	/* its picture or its sound may be on its way */
	{ FAIL_INPUT, "Stream map ", "matches no streams", FFOUT_SLOW },
	{ FAIL_INPUT, "matches no streams", NULL, FFOUT_SLOW },
	{ FAIL_OPTION, "Filtergraph ", "codec copy was selected", FFOUT_HOLD },
	{ FAIL_OPTION, "Filtering and streamcopy cannot", NULL, FFOUT_HOLD },
	{ FAIL_OPTION, "At least one output file", NULL,
	    FFOUT_HOLD | FFOUT_ARGS },
	{ FAIL_OPTION, "No such filter", NULL, FFOUT_HOLD },
	{ FAIL_OPTION, "No such pixel format", NULL, FFOUT_HOLD },
	{ FAIL_OPTION, "Requested output format", NULL, FFOUT_HOLD },
	{ FAIL_OPTION, "Unknown input format", NULL, FFOUT_HOLD },
	{ FAIL_OPTION, "Unable to find a suitable output format", NULL,
	    FFOUT_HOLD },
	{ FAIL_OPTION, "Unable to choose an output format", NULL, FFOUT_HOLD },
	{ FAIL_OPTION, "suitable output format for", NULL, 0 },
	/* a redirection may lead there */
	{ FAIL_OPTION, "http", "Protocol not found", 0 },
	{ FAIL_OPTION, "Protocol not found", NULL, FFOUT_HOLD | FFOUT_LAST },
	{ FAIL_OPTION, "Protocol not found", NULL, 0 },
	{ FAIL_OPTION, "Protocol not supported", NULL, 0 },
	{ FAIL_OPTION, "failed: 461", NULL, 0 },

	{ FAIL_CODEC, "Unknown encoder", NULL, FFOUT_HOLD },
	{ FAIL_CODEC, "Unknown decoder", NULL, FFOUT_HOLD },
	{ FAIL_CODEC, "Encoder not found", NULL, 0 },
	{ FAIL_CODEC, "Decoder not found", NULL, 0 },
	{ FAIL_CODEC, "not compatible with flv", NULL, 0 },
	{ FAIL_CODEC, "codec not currently supported in container", NULL, 0 },
	{ FAIL_CODEC, "Automatic encoder selection failed", NULL, FFOUT_HOLD },
	{ FAIL_CODEC, "Only VP8 or VP9 or AV1 video", NULL, 0 },
	{ FAIL_CODEC, "Packet is missing PTS", NULL, 0 },
	{ FAIL_CODEC, "Could not write header", "Function not impl", 0 },
	{ FAIL_CODEC, "Could not write header", "Invalid argument", 0 },

	{ FAIL_BUSY, "Already publishing", NULL, FFOUT_PEER },
	{ FAIL_BUSY, "BadName", NULL, FFOUT_PEER },
	{ FAIL_BUSY, "StreamBusy", NULL, FFOUT_PEER },
	{ FAIL_BUSY, "tream busy", NULL, FFOUT_PEER },
	{ FAIL_BUSY, "already has a stream", NULL, FFOUT_PEER },
	{ FAIL_BUSY, "Address already in use", NULL, 0 },

	/* "401 Unauthorized", "401Unauthorized" (7.1), "401 (Unauthorized)" */
	{ FAIL_AUTH, "failed: 401", NULL, 0 },
	{ FAIL_AUTH, "failed: 403", NULL, 0 },
	{ FAIL_AUTH, "HTTP error 401", NULL, 0 },
	{ FAIL_AUTH, "HTTP error 403", NULL, 0 },
	{ FAIL_AUTH, "Server returned 401", NULL, 0 },
	{ FAIL_AUTH, "Server returned 403", NULL, 0 },
	{ FAIL_AUTH, "401", "Unauthorized", 0 },
	{ FAIL_AUTH, "403", "Forbidden", 0 },
	{ FAIL_AUTH, "Authentication failed", NULL, FFOUT_PEER },
	{ FAIL_AUTH, "Incorrect username", NULL, FFOUT_PEER },
	{ FAIL_AUTH, "No credentials set", NULL, 0 },
	{ FAIL_AUTH, "authmod=", NULL, FFOUT_PEER },
	{ FAIL_AUTH, "BADSECRET", NULL, 0 },
	{ FAIL_AUTH, "Incorrect passphrase", NULL, 0 },

	{ FAIL_NOTFOUND, "failed: 404", NULL, 0 },
	{ FAIL_NOTFOUND, "HTTP error 404", NULL, 0 },
	{ FAIL_NOTFOUND, "Server returned 404", NULL, 0 },
	{ FAIL_NOTFOUND, "Server error:", "not found", FFOUT_PEER },
	{ FAIL_NOTFOUND, "Server error:", "NotFound", FFOUT_PEER },
	{ FAIL_NOTFOUND, "Server error:", "InvalidApp", FFOUT_PEER },

	{ FAIL_SERVER, "Server returned 5", NULL, 0 },
	{ FAIL_SERVER, "HTTP error 5", NULL, 0 },
	{ FAIL_SERVER, "method ", " failed: 5", 0 },

	{ FAIL_REJECTED, "rsp(REJECT)", NULL, 0 },
	{ FAIL_REJECTED, "Server returned 4", NULL, 0 },
	{ FAIL_REJECTED, "HTTP error 4", NULL, 0 },
	{ FAIL_REJECTED, "method ", " failed: 4", 0 },

	{ FAIL_DEVICE, "Device or resource busy", NULL, FFOUT_AT_ZERO },
	{ FAIL_DEVICE, "No such device", NULL, FFOUT_AT_ZERO },
	{ FAIL_DEVICE, "Cannot open video device", NULL, 0 },
	{ FAIL_DEVICE, "cannot open audio device", NULL, 0 },
	{ FAIL_DEVICE, "/dev/", "No such file", 0 },
	{ FAIL_DEVICE, "/dev/", "Permission denied", 0 },
	{ FAIL_DEVICE, "Not a video capture device", NULL, 0 },

	{ FAIL_MEMORY, "Cannot allocate memory", NULL, FFOUT_AT_ZERO },
	{ FAIL_MEMORY, "Out of memory", NULL, 0 },
	{ FAIL_MEMORY, "out of memory", NULL, 0 },
	{ FAIL_MEMORY, "x264 [error]: malloc of size ", NULL, 0 },
	{ FAIL_MEMORY, "std::bad_alloc", NULL, 0 },
	{ FAIL_MEMORY, "failed to map segment from shared object", NULL, 0 },

	{ FAIL_DISK, "No space left on device", NULL, FFOUT_AT_ZERO },
	{ FAIL_DISK, "Disk quota exceeded", NULL, FFOUT_AT_ZERO },
	{ FAIL_DISK, "Read-only file system", NULL, FFOUT_AT_ZERO },
	{ FAIL_DISK, "Error opening output", "No such file", 0 },
	/* a place that may not be written to, and no password */
	{ FAIL_DISK, "Could not write header", "Permission denied", 0 },
	{ FAIL_DISK, "av_interleaved_write_frame", "Permission denied", 0 },
	{ FAIL_AUTH, "Permission denied", NULL, 0 },

	{ FAIL_UNREACH, "Failed to resolve hostname", NULL, 0 },
	{ FAIL_UNREACH, "Name or service not known", NULL, 0 },
	{ FAIL_UNREACH, "Temporary failure in name resolution", NULL, 0 },
	{ FAIL_UNREACH, "No route to host", NULL, 0 },
	{ FAIL_UNREACH, "Network is unreachable", NULL, 0 },
	{ FAIL_UNREACH, "Network is down", NULL, 0 },
	{ FAIL_UNREACH, "Cannot assign requested address", NULL, 0 },

	/* the server just went away, encrypted or not */
	{ FAIL_CLOSED, "TLS connection was non-properly terminated", NULL, 0 },
	{ FAIL_TLS, "certificate", NULL, 0 },
	{ FAIL_TLS, "handshake failed", NULL, 0 },
	{ FAIL_TLS, "SSL routines", NULL, 0 },
	{ FAIL_TLS, "TLS", NULL, 0 },

	{ FAIL_REFUSED, "Connection refused", NULL, 0 },
	/* SRT is UDP: nobody refuses, nobody answers within the timeout */
	{ FAIL_REFUSED, "Connection to srt://", "failed: Input/output", 0 },
	{ FAIL_TIMEOUT, "Connection timed out", NULL, FFOUT_AT_ZERO },
	{ FAIL_TIMEOUT, "Operation timed out", NULL, FFOUT_AT_ZERO },
	{ FAIL_CLOSED, "Broken pipe", NULL, 0 },
	{ FAIL_CLOSED, "Connection reset by peer", NULL, FFOUT_AT_ZERO },
	{ FAIL_CLOSED, "Software caused connection abort", NULL, 0 },
	{ FAIL_CLOSED, "Transport endpoint is not connected", NULL, 0 },

	{ FAIL_INPUT, "No such file or directory", NULL, 0 },
	{ FAIL_INPUT, "moov atom not found", NULL, 0 },
	{ FAIL_INPUT, "Is a directory", NULL, 0 },

	{ FAIL_SPAWN, "error while loading shared libraries", NULL, 0 },
};

/*
 * Lines that only say what became of a cause, or that many a healthy run
 * prints as well: they decide where no line above does.
 */
static const struct ffout_row ffout_hints[] = {
	{ FAIL_TIMEOUT, "Cannot read RTMP handshake", NULL, 0 },
	{ FAIL_REJECTED, "Server error:", NULL, 0 },
	{ FAIL_CLOSED, "av_interleaved_write_frame", "Input/output error", 0 },
	{ FAIL_CLOSED, "Error muxing a packet", NULL, 0 },
	{ FAIL_CLOSED, "Error submitting a packet to the muxer", "Input/output",
	    0 },
	{ FAIL_REJECTED, "Error opening output", "Input/output error", 0 },
	{ FAIL_REJECTED, "Could not write header", "Input/output error", 0 },
	{ FAIL_REJECTED, "rtmp://", "Input/output error", 0 },
	{ FAIL_REJECTED, "rtmps://", "Input/output error", 0 },
	{ FAIL_CODEC, "Error while opening encoder", NULL, 0 },
	{ FAIL_CODEC, "Could not open encoder", NULL, 0 },
	{ FAIL_OPTION, "Error parsing ", "option", 0 },
	{ FAIL_OPTION, "Error parsing ", "filter", 0 },
	{ FAIL_OPTION, "Error initializing filter", NULL, 0 },
	{ FAIL_OPTION, "could not be read or is empty", NULL, 0 },
	{ FAIL_OPTION, "Stray % near", NULL, 0 },
	{ FAIL_OPTION, "Error opening output", "Invalid argument", 0 },
	{ FAIL_DEVICE, "VIDIOC_", NULL, 0 },
	{ FAIL_DEVICE, "Inappropriate ioctl for device", NULL, 0 },
	{ FAIL_INPUT, "unspecified size", NULL, 0 },
	{ FAIL_INPUT, "does not contain any stream", NULL, 0 },
	{ FAIL_INPUT, "Output file is empty", NULL, FFOUT_AT_ZERO },
	{ FAIL_INPUT, "Invalid buffer size, packet size", NULL, 0 },
	{ FAIL_INPUT, "corrupt input packet", NULL, 0 },
	{ FAIL_INPUT, "non monotonically increasing dts", NULL, 0 },
	{ FAIL_INPUT, "Too many packets buffered", NULL, 0 },
	{ FAIL_INPUT, "Impossible to open '", NULL, FFOUT_AT_ZERO },
	{ FAIL_INPUT, "Invalid data found", NULL, 0 },
	{ FAIL_INPUT, "Error opening input", NULL, 0 },
	{ FAIL_INPUT, "pipe:", "End of file", 0 },
	{ FAIL_CLOSED, "End of file", NULL, 0 },
	{ FAIL_INPUT, "Nothing was written into output", NULL, 0 },
	{ FAIL_SIGNAL, "Exiting normally, received signal", NULL, FFOUT_INFO },
	{ FAIL_SIGNAL, "Immediate exit requested", NULL, 0 },
	{ FAIL_SIGNAL, "system signals, hard exiting", NULL, 0 },
};

/* Exit codes that name an AVERROR (ffmpeg >= 6.1), and two older ones. */
static const struct {
	int code;
	enum fail_class class;
} ffout_codes[] = {
	{ 8, FAIL_OPTION },    /* *_NOT_FOUND; HTTP 4xx always has a text */
	{ 69, FAIL_INPUT },    /* too many decoding errors */
	{ 123, FAIL_SIGNAL },  /* more than three signals */
	{ 143, FAIL_UNREACH }, /* EHOSTUNREACH */
	{ 145, FAIL_REFUSED }, /* ECONNREFUSED */
	{ 146, FAIL_TIMEOUT }, /* ETIMEDOUT */
	{ 152, FAIL_CLOSED },  /* ECONNRESET */
	{ 153, FAIL_CLOSED },  /* ECONNABORTED */
	{ 155, FAIL_UNREACH }, /* ENETUNREACH */
	{ 157, FAIL_UNREACH }, /* EADDRNOTAVAIL */
	{ 158, FAIL_BUSY },    /* EADDRINUSE */
	{ 163, FAIL_OPTION },  /* EPROTONOSUPPORT */
	{ 183, FAIL_INPUT },   /* INVALIDDATA */
	{ 218, FAIL_CODEC },   /* ENOSYS */
	{ 224, FAIL_CLOSED },  /* EPIPE */
	{ 226, FAIL_DISK },    /* EROFS */
	{ 228, FAIL_DISK },    /* ENOSPC */
	{ 234, FAIL_OPTION },  /* EINVAL */
	{ 237, FAIL_DEVICE },  /* ENODEV */
	{ 240, FAIL_DEVICE },  /* EBUSY */
	{ 243, FAIL_AUTH },    /* EACCES */
	{ 244, FAIL_MEMORY },  /* ENOMEM */
	{ 251, FAIL_CLOSED },  /* EIO */
	{ 254, FAIL_INPUT },   /* ENOENT */
};

/* Words of "[level] " tags. */
static const char *const ffout_levels[] = { "quiet", "panic", "fatal", "error",
	"warning", "info", "verbose", "debug", "trace" };

#define FFOUT_LEVEL_ERROR 3
#define FFOUT_LEVEL_INFO  5

/* One line of stderr, taken apart. */
struct ffout_line {
	const char *text;   /* the message behind the tags */
	const char *module; /* tag of who says it, "[rtsp @ 0x5]"; NULL */
	int level;	    /* of its tag, -1: it has none */
	size_t own;	    /* bytes of the text that are ffmpeg's own words */
	bool open;  /* a server speaks, until the next line with a tag */
	bool heard; /* a server has spoken, here or before */
};

/* Index in ffout_levels of the tag "[word]" of `len` bytes, or -1. */
static int
ffout_level(const char *tag, size_t len)
{
	size_t i;

	for (i = 0; i < NELEM(ffout_levels); i++) {
		if (strlen(ffout_levels[i]) == len - 2 &&
		    memcmp(tag + 1, ffout_levels[i], len - 2) == 0)
			return (int)i;
	}
	return -1;
}

/* Set text and level: what is behind "[x @ 0x55d0] [level] ". */
static void
ffout_untag(struct ffout_line *l, const char *line)
{
	const char *close, *at;
	int level;

	l->level = -1;
	l->module = NULL;
	for (;;) {
		line += strspn(line, " \t\r");
		l->text = line;
		if (*line != '[' || (close = strchr(line, ']')) == NULL)
			return;
		level = ffout_level(line, (size_t)(close + 1 - line));
		at = strstr(line, " @ 0x");
		if (level == -1 && (at == NULL || at > close))
			return; /* "[f=flv]rtmp://..." is text */
		if (level > l->level)
			l->level = level;
		else if (level == -1 && l->module == NULL)
			l->module = line;
		line = close + 1;
	}
}

/* Where a server's words begin: behind the number of an RTSP or HTTP status,
 * behind "Server error:" of RTMP. NULL: there are none. */
static const char *
ffout_peer_words(const char *text)
{
	static const char rtmp[] = "Server error:";
	static const char *const marks[] = { " failed: ", "HTTP error " };
	const char *at = strstr(text, rtmp);

	if (at != NULL)
		return at + strlen(rtmp);
	for (size_t i = 0; i < NELEM(marks); i++) {
		at = strstr(text, marks[i]);
		if (at == NULL || (i == 0 && !util_has_prefix(text, "method ")))
			continue;
		at += strlen(marks[i]);
		return at + strspn(at, "0123456789");
	}
	return NULL;
}

/*
 * Take the next line apart; `l` is the one before. What has no tag goes on with
 * what a server says over RTMP, whose words may have line breaks. A line that is
 * indented goes on with what was told for information.
 */
static void
ffout_read(struct ffout_line *l, const char *line)
{
	const char *words;

	ffout_untag(l, line);
	if (l->level == -1 && (l->open || *line == ' ' || *line == '\t')) {
		l->own = 0;
		return;
	}
	words = ffout_peer_words(l->text);
	l->own = words != NULL ? (size_t)(words - l->text) : strlen(l->text);
	l->open = words != NULL && words[-1] == ':';
	l->heard = l->heard || words != NULL;
}

/* Whether the row speaks of this line. */
static bool
ffout_fits(const struct ffout_row *row, const struct ffout_line *l)
{
	bool all = l->open && (row->flags & FFOUT_PEER);
	const char *end = l->text + (all ? strlen(l->text) : l->own);
	const char *found =
	    memmem(l->text, (size_t)(end - l->text), row->a, strlen(row->a));
	const char *rest;

	if (found == NULL)
		return false;
	if (l->level >= FFOUT_LEVEL_INFO &&
	    (!(row->flags & FFOUT_INFO) || found != l->text))
		return false;
	rest = found + strlen(row->a);
	if (row->flags & FFOUT_LAST)
		return rest == end;
	if ((row->flags & FFOUT_HOLD) && found != l->text)
		return false;
	if ((row->flags & FFOUT_ARGS) && l->module != NULL)
		return false;
	return row->b == NULL ||
	    memmem(rest, (size_t)(end - rest), row->b, strlen(row->b)) != NULL;
}

/* The first row with these flags that speaks of the line, or NULL. */
static const struct ffout_row *
ffout_match(const struct ffout_line *l, const struct ffout_row *rows, size_t n,
    unsigned flags)
{
	for (size_t i = 0; i < n; i++)
		if ((rows[i].flags & flags) == flags && ffout_fits(&rows[i], l))
			return &rows[i];
	return NULL;
}

/* Whether the line is about what comes from the source: it says of a filter
 * graph's input what could not be learnt of that, in the words that it has for
 * an option. */
static bool
ffout_is_of_source(const struct ffout_line *l)
{
	static const char *const inputs[] = { "[graph", "[buffer @",
		"[abuffer @" };

	for (size_t i = 0; l->module != NULL && i < NELEM(inputs); i++)
		if (util_has_prefix(l->module, inputs[i]))
			return true;
	return false;
}

/* Which delay the ending gets that the row explains. */
static enum fail_policy
ffout_row_policy(const struct ffout_end *end, const struct ffout_row *row,
    const struct ffout_line *l)
{
	if ((row->flags & FFOUT_HOLD) && !end->proven && !l->heard &&
	    l->level <= FFOUT_LEVEL_ERROR && !ffout_is_of_source(l))
		return POLICY_HELD;
	if (row->flags & FFOUT_SLOW)
		return POLICY_SLOW;
	return ffout_policy(row->class);
}

/* The oldest line that one of the rows explains. False: there is none. */
static bool
ffout_scan(const struct ffout_end *end, const struct ffout_row *rows, size_t n,
    struct ffout_verdict *v)
{
	unsigned flags = end->code == 0 ? FFOUT_AT_ZERO : 0;
	struct ffout_line l = { .level = -1 };
	const struct ffout_row *row;

	for (size_t i = 0; i < end->n_lines; i++) {
		ffout_read(&l, end->lines[i]);
		if (ffout_match(&l, ffout_noise, NELEM(ffout_noise), 0))
			continue;
		row = ffout_match(&l, rows, n, flags);
		if (row == NULL)
			continue;
		*v = (struct ffout_verdict){ .class = row->class,
			.policy = ffout_row_policy(end, row, &l),
			.proof = (int)i };
		return true;
	}
	return false;
}

/* What the status of an ffmpeg alone says. */
static enum fail_class
ffout_status(int code)
{
	size_t i;

	if (code == 0)
		return FAIL_ENDED;
	for (i = 0; i < NELEM(ffout_codes); i++) {
		if (ffout_codes[i].code == code)
			return ffout_codes[i].class;
	}
	return FAIL_EXIT;
}

/* What a signal that is not ours says: somebody sent it, or it crashed. */
static enum fail_class
ffout_signalled(int signal)
{
	switch (signal) {
	case SIGSEGV:
	case SIGABRT:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
	case SIGTRAP:
	case SIGSYS:
		return FAIL_CRASH;
	default:
		return FAIL_SIGNAL;
	}
}

struct ffout_verdict
ffout_classify(const struct ffout_end *end)
{
	struct ffout_verdict v = { .proof = -1 };

	if (end->stopped || end->cause != FAIL_NONE)
		v.class = end->cause;
	else if (end->signal != 0)
		v.class = ffout_signalled(end->signal);
	else if (!end->ffmpeg)
		v.class = end->code == 0 ? FAIL_ENDED : FAIL_PRODUCER;
	else if (ffout_scan(end, ffout_causes, NELEM(ffout_causes), &v) ||
	    ffout_scan(end, ffout_hints, NELEM(ffout_hints), &v))
		return v;
	else
		v.class = ffout_status(end->code);
	v.policy = ffout_policy(v.class);
	return v;
}

/* --- words -------------------------------------------------------------- */

/* "detect.py line 88" of a traceback's line 'File "/x/detect.py", line 88', or
 * NULL: it is none. Caller frees. */
static char *
ffout_frame(const char *line)
{
	static const char mark[] = "File \"", number[] = "\", line ";
	const char *path, *end, *name;

	line += strspn(line, " \t");
	if (!util_has_prefix(line, mark))
		return NULL;
	path = line + strlen(mark);
	end = strstr(path, number);
	if (end == NULL)
		return NULL;
	name = memrchr(path, '/', (size_t)(end - path));
	name = name == NULL ? path : name + 1;
	end += strlen(number);
	return xasprintf("%.*s line %.*s", (int)strcspn(name, "\""), name,
	    (int)strspn(end, "0123456789"), end);
}

char *
ffout_last_words(const char *const *lines, size_t n)
{
	const char *words = NULL, *last = NULL;
	char *frame = NULL, *next, *out;

	for (size_t i = 0; i < n; i++) {
		next = ffout_frame(lines[i]);
		if (next != NULL) {
			free(frame);
			frame = next;
			words = NULL;
			continue;
		}
		if (util_is_empty(lines[i]))
			continue;
		last = lines[i];
		if (frame != NULL && words == NULL && *last != ' ')
			words = last; /* the exception, behind its frames */
	}
	if (words != NULL)
		out = xasprintf("%s: %s", frame, words);
	else
		out = last == NULL ? NULL : xstrdup(last);
	free(frame);
	return out;
}

int
ffout_last_error(const char *const *lines, size_t n)
{
	struct ffout_line l;

	while (n-- > 0) {
		ffout_untag(&l, lines[n]);
		if (l.level != -1 && l.level <= FFOUT_LEVEL_ERROR)
			return (int)n;
	}
	return -1;
}

char *
ffout_unopened(const char *line)
{
	static const char mark[] = "Impossible to open '";
	struct ffout_line l;
	const char *name, *end;

	ffout_untag(&l, line);
	if (!util_has_prefix(l.text, mark))
		return NULL;
	name = l.text + strlen(mark);
	end = strrchr(name, '\'');
	return end == NULL ? NULL : xstrndup(name, (size_t)(end - name));
}
