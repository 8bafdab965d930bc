/* SPDX-License-Identifier: ISC */
/*
 * From an exit status and stderr to the reason why a run ended. Everything
 * known about ffmpeg's words for a failure, from 4.3 to 9.0, is in the tables
 * here.
 */
#include "config.h"

#include <signal.h>
#include <string.h>

#include "base/util.h"
#include "base/words.h"
#include "ffmpeg/ffclass.h"
#include "ffmpeg/ffout.h"

const char *const ffclass_names[N_FAIL_CLASSES] = {
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

/* The policies that are not the normal one. */
static const enum fail_policy ffclass_policies[N_FAIL_CLASSES] = {
	[FAIL_AUTH] = POLICY_AUTH,
	[FAIL_OPTION] = POLICY_SLOW,
	[FAIL_CODEC] = POLICY_SLOW,
	[FAIL_GEOMETRY] = POLICY_SLOW,
	[FAIL_HWENC] = POLICY_SLOW,
	[FAIL_DEVICE] = POLICY_DEVICE,
	[FAIL_SPAWN] = POLICY_DEVICE,
};

enum fail_class
ffclass_by_name(const char *name)
{
	return (enum fail_class)words_find(ffclass_names, N_FAIL_CLASSES, name);
}

enum fail_policy
ffclass_policy(enum fail_class fc)
{
	return ffclass_policies[fc];
}

const char *
ffclass_signal_name(int signal)
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
	FFCLASS_AT_ZERO = 1 << 0, /* ffmpeg is known to exit 0 after it */
	FFCLASS_HOLD = 1 << 1,	  /* names a thing of the profile, and begins
				     the line: the rest may be the name of a
				     file */
	FFCLASS_LAST = 1 << 2,	  /* with HOLD: it ends the line instead */
	FFCLASS_ARGS = 1 << 3,	  /* said of the command line, by no module */
	FFCLASS_SLOW = 1 << 4,	  /* slower than its class */
	FFCLASS_PEER = 1 << 5,	  /* may be the words of a server */
	FFCLASS_INFO = 1 << 6 /* may be of level info, and begins the line */
};

struct ffclass_row {
	enum fail_class class;
	const char *a, *b; /* both must occur, in this order; b may be NULL */
	unsigned flags;
};

/* Lines that look like a cause and are not: the run goes on after them. */
static const struct ffclass_row ffclass_noise[] = {
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
 * Lines that name a cause. Within a line an earlier row wins, so special rows
 * come before general ones.
 */
static const struct ffclass_row ffclass_causes[] = {
	/* not the disk: USB has no bandwidth left */
	{ FAIL_DEVICE, "VIDIOC_STREAMON", "No space left", FFCLASS_AT_ZERO },

	{ FAIL_HWENC, "No VA display", NULL, 0 },
	{ FAIL_HWENC, "Failed to initialise VAAPI", NULL, 0 },
	{ FAIL_HWENC, "/dev/dri", "No such file", 0 },
	{ FAIL_HWENC, "/dev/dri", "Permission denied", 0 },
	{ FAIL_HWENC, "Cannot load lib", NULL, FFCLASS_HOLD },
	{ FAIL_HWENC, "Driver does not support the required nvenc", NULL,
	    FFCLASS_HOLD },
	{ FAIL_HWENC, "Impossible to convert between the formats", " 'graph",
	    0 },
	{ FAIL_HWENC, "Impossible to convert between the formats", NULL,
	    FFCLASS_HOLD },
	{ FAIL_HWENC, "A hardware device reference is required", NULL,
	    FFCLASS_HOLD },
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
	    FFCLASS_HOLD },

	{ FAIL_OPTION, "already exists. Exiting", NULL, FFCLASS_AT_ZERO },
	{ FAIL_OPTION, "Unrecognized option", NULL,
	    FFCLASS_HOLD | FFCLASS_ARGS },
	{ FAIL_OPTION, "Option ", " not found", FFCLASS_HOLD },
	{ FAIL_OPTION, "Error splitting the argument list", NULL,
	    FFCLASS_HOLD | FFCLASS_ARGS },
	{ FAIL_OPTION, "Missing argument for option", NULL,
	    FFCLASS_HOLD | FFCLASS_ARGS },
	{ FAIL_OPTION, "Unable to parse option value", NULL, FFCLASS_HOLD },
	{ FAIL_OPTION, "Undefined constant or missing '('", NULL,
	    FFCLASS_HOLD },
	{ FAIL_OPTION, "x264 [error]: invalid ", NULL, FFCLASS_HOLD },
	{ FAIL_OPTION, "Error setting option ", NULL, FFCLASS_HOLD },
	{ FAIL_OPTION, "Error setting preset", NULL, FFCLASS_HOLD },
	{ FAIL_OPTION, "Error setting ", NULL, 0 },
	{ FAIL_OPTION, "Possible presets: ", NULL, FFCLASS_HOLD },
	{ FAIL_OPTION, "Cannot parse expression for ", NULL, FFCLASS_HOLD },
	{ FAIL_OPTION, "Unknown pixel format requested", NULL, FFCLASS_HOLD },
	{ FAIL_OPTION, "Expected ", " for ", FFCLASS_HOLD | FFCLASS_ARGS },
	{ FAIL_OPTION, "The value for ", "which is not within",
	    FFCLASS_HOLD | FFCLASS_ARGS },
	{ FAIL_OPTION, "Invalid duration", NULL, FFCLASS_HOLD | FFCLASS_ARGS },
	{ FAIL_OPTION, "Failed to set value ", ": Invalid argument",
	    FFCLASS_HOLD | FFCLASS_ARGS },
	{ FAIL_OPTION, "failed to set option SRTO_", "Bad parameters",
	    FFCLASS_HOLD },
	{ FAIL_INPUT, "Error applying bitstream filters", NULL, FFCLASS_SLOW },
	{ FAIL_OPTION, "Error applying ", "Option not found", FFCLASS_HOLD },
	{ FAIL_OPTION, "Error applying ", NULL, 0 },
	/* its video or its sound may be on its way */
	{ FAIL_INPUT, "Stream map ", "matches no streams", FFCLASS_SLOW },
	{ FAIL_INPUT, "matches no streams", NULL, FFCLASS_SLOW },
	{ FAIL_OPTION, "Filtergraph ", "codec copy was selected",
	    FFCLASS_HOLD },
	{ FAIL_OPTION, "Filtering and streamcopy cannot", NULL, FFCLASS_HOLD },
	{ FAIL_OPTION, "At least one output file", NULL,
	    FFCLASS_HOLD | FFCLASS_ARGS },
	{ FAIL_OPTION, "No such filter", NULL, FFCLASS_HOLD },
	{ FAIL_OPTION, "No such pixel format", NULL, FFCLASS_HOLD },
	{ FAIL_OPTION, "Requested output format", NULL, FFCLASS_HOLD },
	{ FAIL_OPTION, "Unknown input format", NULL, FFCLASS_HOLD },
	{ FAIL_OPTION, "Unable to find a suitable output format", NULL,
	    FFCLASS_HOLD },
	{ FAIL_OPTION, "Unable to choose an output format", NULL,
	    FFCLASS_HOLD },
	{ FAIL_OPTION, "suitable output format for", NULL, 0 },
	/* a redirection may lead there */
	{ FAIL_OPTION, "http", "Protocol not found", 0 },
	{ FAIL_OPTION, "Protocol not found", NULL,
	    FFCLASS_HOLD | FFCLASS_LAST },
	{ FAIL_OPTION, "Protocol not found", NULL, 0 },
	{ FAIL_OPTION, "Protocol not supported", NULL, 0 },
	{ FAIL_OPTION, "failed: 461", NULL, 0 },

	{ FAIL_CODEC, "Unknown encoder", NULL, FFCLASS_HOLD },
	{ FAIL_CODEC, "Unknown decoder", NULL, FFCLASS_HOLD },
	{ FAIL_CODEC, "Encoder not found", NULL, 0 },
	{ FAIL_CODEC, "Decoder not found", NULL, 0 },
	{ FAIL_CODEC, "not compatible with flv", NULL, 0 },
	{ FAIL_CODEC, "codec not currently supported in container", NULL, 0 },
	{ FAIL_CODEC, "Automatic encoder selection failed", NULL,
	    FFCLASS_HOLD },
	{ FAIL_CODEC, "Only VP8 or VP9 or AV1 video", NULL, 0 },
	{ FAIL_CODEC, "Packet is missing PTS", NULL, 0 },
	{ FAIL_CODEC, "Could not write header", "Function not impl", 0 },
	{ FAIL_CODEC, "Could not write header", "Invalid argument", 0 },

	{ FAIL_BUSY, "Already publishing", NULL, FFCLASS_PEER },
	{ FAIL_BUSY, "BadName", NULL, FFCLASS_PEER },
	{ FAIL_BUSY, "StreamBusy", NULL, FFCLASS_PEER },
	{ FAIL_BUSY, "tream busy", NULL, FFCLASS_PEER },
	{ FAIL_BUSY, "already has a stream", NULL, FFCLASS_PEER },
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
	{ FAIL_AUTH, "Authentication failed", NULL, FFCLASS_PEER },
	{ FAIL_AUTH, "Incorrect username", NULL, FFCLASS_PEER },
	{ FAIL_AUTH, "No credentials set", NULL, 0 },
	{ FAIL_AUTH, "authmod=", NULL, FFCLASS_PEER },
	{ FAIL_AUTH, "BADSECRET", NULL, 0 },
	{ FAIL_AUTH, "Incorrect passphrase", NULL, 0 },

	{ FAIL_NOTFOUND, "failed: 404", NULL, 0 },
	{ FAIL_NOTFOUND, "HTTP error 404", NULL, 0 },
	{ FAIL_NOTFOUND, "Server returned 404", NULL, 0 },
	{ FAIL_NOTFOUND, "Server error:", "not found", FFCLASS_PEER },
	{ FAIL_NOTFOUND, "Server error:", "NotFound", FFCLASS_PEER },
	{ FAIL_NOTFOUND, "Server error:", "InvalidApp", FFCLASS_PEER },

	{ FAIL_SERVER, "Server returned 5", NULL, 0 },
	{ FAIL_SERVER, "HTTP error 5", NULL, 0 },
	{ FAIL_SERVER, "method ", " failed: 5", 0 },

	{ FAIL_REJECTED, "rsp(REJECT)", NULL, 0 },
	{ FAIL_REJECTED, "Server returned 4", NULL, 0 },
	{ FAIL_REJECTED, "HTTP error 4", NULL, 0 },
	{ FAIL_REJECTED, "method ", " failed: 4", 0 },

	{ FAIL_DEVICE, "Device or resource busy", NULL, FFCLASS_AT_ZERO },
	{ FAIL_DEVICE, "No such device", NULL, FFCLASS_AT_ZERO },
	{ FAIL_DEVICE, "Cannot open video device", NULL, 0 },
	{ FAIL_DEVICE, "cannot open audio device", NULL, 0 },
	{ FAIL_DEVICE, "/dev/", "No such file", 0 },
	{ FAIL_DEVICE, "/dev/", "Permission denied", 0 },
	{ FAIL_DEVICE, "Not a video capture device", NULL, 0 },

	{ FAIL_MEMORY, "Cannot allocate memory", NULL, FFCLASS_AT_ZERO },
	{ FAIL_MEMORY, "Out of memory", NULL, 0 },
	{ FAIL_MEMORY, "out of memory", NULL, 0 },
	{ FAIL_MEMORY, "x264 [error]: malloc of size ", NULL, 0 },
	{ FAIL_MEMORY, "std::bad_alloc", NULL, 0 },
	{ FAIL_MEMORY, "failed to map segment from shared object", NULL, 0 },

	{ FAIL_DISK, "No space left on device", NULL, FFCLASS_AT_ZERO },
	{ FAIL_DISK, "Disk quota exceeded", NULL, FFCLASS_AT_ZERO },
	{ FAIL_DISK, "Read-only file system", NULL, FFCLASS_AT_ZERO },
	{ FAIL_DISK, "Error opening output", "No such file", 0 },
	/* a place without write permission, not a password */
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
	/* SRT is UDP: no refusal, only no answer within the timeout */
	{ FAIL_REFUSED, "Connection to srt://", "failed: Input/output", 0 },
	{ FAIL_TIMEOUT, "Connection timed out", NULL, FFCLASS_AT_ZERO },
	{ FAIL_TIMEOUT, "Operation timed out", NULL, FFCLASS_AT_ZERO },
	{ FAIL_CLOSED, "Broken pipe", NULL, 0 },
	{ FAIL_CLOSED, "Connection reset by peer", NULL, FFCLASS_AT_ZERO },
	{ FAIL_CLOSED, "Software caused connection abort", NULL, 0 },
	{ FAIL_CLOSED, "Transport endpoint is not connected", NULL, 0 },

	{ FAIL_INPUT, "No such file or directory", NULL, 0 },
	{ FAIL_INPUT, "moov atom not found", NULL, 0 },
	{ FAIL_INPUT, "Is a directory", NULL, 0 },

	{ FAIL_SPAWN, "error while loading shared libraries", NULL, 0 },
};

/*
 * Lines that only report consequences, or that healthy runs print as well: they
 * decide where no line above does.
 */
static const struct ffclass_row ffclass_hints[] = {
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
	{ FAIL_INPUT, "Output file is empty", NULL, FFCLASS_AT_ZERO },
	{ FAIL_INPUT, "Invalid buffer size, packet size", NULL, 0 },
	{ FAIL_INPUT, "corrupt input packet", NULL, 0 },
	{ FAIL_INPUT, "non monotonically increasing dts", NULL, 0 },
	{ FAIL_INPUT, "Too many packets buffered", NULL, 0 },
	{ FAIL_INPUT, "Impossible to open '", NULL, FFCLASS_AT_ZERO },
	{ FAIL_INPUT, "Invalid data found", NULL, 0 },
	{ FAIL_INPUT, "Error opening input", NULL, 0 },
	{ FAIL_INPUT, "pipe:", "End of file", 0 },
	{ FAIL_CLOSED, "End of file", NULL, 0 },
	{ FAIL_INPUT, "Nothing was written into output", NULL, 0 },
	{ FAIL_SIGNAL, "Exiting normally, received signal", NULL,
	    FFCLASS_INFO },
	{ FAIL_SIGNAL, "Immediate exit requested", NULL, 0 },
	{ FAIL_SIGNAL, "system signals, hard exiting", NULL, 0 },
};

/* Exit codes that name an AVERROR (ffmpeg >= 6.1), and two older ones. */
static const struct {
	int code;
	enum fail_class class;
} ffclass_codes[] = {
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

/* A line of stderr, and its speaker. */
struct ffclass_line {
	struct ffout_line said;
	size_t own; /* bytes of the text that are ffmpeg's own words */
	bool open;  /* a server speaks, until the next line with a tag */
	bool heard; /* a server has spoken, here or before */
};

/* Where a server's words begin: after the number of an RTSP or HTTP status,
 * after "Server error:" of RTMP. NULL: none. */
static const char *
ffclass_peer_words(const char *text)
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
 * Take the next line apart; `l` is the one before. A line without a tag
 * continues a server's words over RTMP, which may have line breaks. An indented
 * line continues a line of level info.
 */
static void
ffclass_read(struct ffclass_line *l, const char *line)
{
	const char *words;

	ffout_untag(&l->said, line);
	if (l->said.level == -1 && (l->open || *line == ' ' || *line == '\t')) {
		l->own = 0;
		return;
	}
	words = ffclass_peer_words(l->said.text);
	l->own = words != NULL ? (size_t)(words - l->said.text)
			       : strlen(l->said.text);
	l->open = words != NULL && words[-1] == ':';
	l->heard = l->heard || words != NULL;
}

/* Whether the row speaks of this line. */
static bool
ffclass_fits(const struct ffclass_row *row, const struct ffclass_line *l)
{
	bool all = l->open && (row->flags & FFCLASS_PEER);
	const char *end = l->said.text + (all ? strlen(l->said.text) : l->own);
	const char *found = memmem(
	    l->said.text, (size_t)(end - l->said.text), row->a, strlen(row->a));
	const char *rest;

	if (found == NULL)
		return false;
	if (l->said.level >= FFOUT_LEVEL_INFO &&
	    (!(row->flags & FFCLASS_INFO) || found != l->said.text))
		return false;
	rest = found + strlen(row->a);
	if (row->flags & FFCLASS_LAST)
		return rest == end;
	if ((row->flags & FFCLASS_HOLD) && found != l->said.text)
		return false;
	if ((row->flags & FFCLASS_ARGS) && l->said.module != NULL)
		return false;
	return row->b == NULL ||
	    memmem(rest, (size_t)(end - rest), row->b, strlen(row->b)) != NULL;
}

/* The first row with these flags that speaks of the line, or NULL. */
static const struct ffclass_row *
ffclass_match(const struct ffclass_line *l, const struct ffclass_row *rows,
    size_t n, unsigned flags)
{
	for (size_t i = 0; i < n; i++)
		if ((rows[i].flags & flags) == flags &&
		    ffclass_fits(&rows[i], l))
			return &rows[i];
	return NULL;
}

/* Whether the line is about the source's media: it reports unknown facts of a
 * filter graph's input, in the words for an option. */
static bool
ffclass_is_of_source(const struct ffclass_line *l)
{
	static const char *const inputs[] = { "[graph", "[buffer @",
		"[abuffer @" };

	for (size_t i = 0; l->said.module != NULL && i < NELEM(inputs); i++)
		if (util_has_prefix(l->said.module, inputs[i]))
			return true;
	return false;
}

/* The delay for the ending that the row explains. */
static enum fail_policy
ffclass_row_policy(const struct ffclass_end *end, const struct ffclass_row *row,
    const struct ffclass_line *l)
{
	if ((row->flags & FFCLASS_HOLD) && !end->proven && !l->heard &&
	    l->said.level <= FFOUT_LEVEL_ERROR && !ffclass_is_of_source(l))
		return POLICY_HELD;
	if (row->flags & FFCLASS_SLOW)
		return POLICY_SLOW;
	return ffclass_policy(row->class);
}

/* The oldest line that one of the rows explains. False: none. */
static bool
ffclass_scan(const struct ffclass_end *end, const struct ffclass_row *rows,
    size_t n, struct ffclass_verdict *v)
{
	unsigned flags = end->code == 0 ? FFCLASS_AT_ZERO : 0;
	struct ffclass_line l = { .said.level = -1 };
	const struct ffclass_row *row;

	for (size_t i = 0; i < end->n_lines; i++) {
		ffclass_read(&l, end->lines[i]);
		if (ffclass_match(&l, ffclass_noise, NELEM(ffclass_noise), 0))
			continue;
		row = ffclass_match(&l, rows, n, flags);
		if (row == NULL)
			continue;
		*v = (struct ffclass_verdict){ .class = row->class,
			.policy = ffclass_row_policy(end, row, &l),
			.proof = (int)i };
		return true;
	}
	return false;
}

/* The class by the status of an ffmpeg alone. */
static enum fail_class
ffclass_status(int code)
{
	size_t i;

	if (code == 0)
		return FAIL_ENDED;
	for (i = 0; i < NELEM(ffclass_codes); i++) {
		if (ffclass_codes[i].code == code)
			return ffclass_codes[i].class;
	}
	return FAIL_EXIT;
}

/* The class of a signal that is not ours: somebody sent it, or it crashed. */
static enum fail_class
ffclass_signalled(int signal)
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

struct ffclass_verdict
ffclass_of(const struct ffclass_end *end)
{
	struct ffclass_verdict v = { .proof = -1 };

	if (end->stopped || end->cause != FAIL_NONE)
		v.class = end->cause;
	else if (end->signal != 0)
		v.class = ffclass_signalled(end->signal);
	else if (!end->ffmpeg)
		v.class = end->code == 0 ? FAIL_ENDED : FAIL_PRODUCER;
	else if (ffclass_scan(end, ffclass_causes, NELEM(ffclass_causes), &v) ||
	    ffclass_scan(end, ffclass_hints, NELEM(ffclass_hints), &v))
		return v;
	else
		v.class = ffclass_status(end->code);
	v.policy = ffclass_policy(v.class);
	return v;
}
