/* SPDX-License-Identifier: ISC */
/*
 * Everything known about ffmpeg's words for a failure. A new message of ffmpeg
 * needs a row here, and a recorded ending in tests/stderr.
 */
#include "config.h"

#include <string.h>

#include "base/util.h"
#include "ffmpeg/ffrow.h"

static const char *const ffrow_noise[] = {
	"Non-monoton", "Thread message queue blocking", "Past duration",
	"deprecated", "Last message repeated", "Recovery failed",
	"Will reconnect at", "Error closing progress log",
	"Failed to update header", "Error while decoding stream",
	"Error submitting packet to decoder", "error while decoding MB",
	"Dequeued v4l2 buffer", "ALSA buffer xrun", "frames duplicated",
	"Trailing option",
	"continuing with", /* without one of the outputs of a tee */
};

/* Within a line an earlier row wins, so special rows come before general
 * ones. */
static const struct ffrow ffrow_causes[] = {
	{ FAIL_SPAWN, DETAIL_LIBRARY, "error while loading shared libraries",
	    NULL, 0 },

	/* not the disk: USB has no bandwidth left */
	{ FAIL_DEVICE, DETAIL_USB, "VIDIOC_STREAMON", "No space left",
	    FFROW_AT_ZERO },

	{ FAIL_HWENC, DETAIL_VAAPI, "No VA display", NULL, 0 },
	{ FAIL_HWENC, DETAIL_VAAPI, "Failed to initialise VAAPI", NULL, 0 },
	{ FAIL_HWENC, DETAIL_VAAPI, "/dev/dri", "No such file", 0 },
	{ FAIL_HWENC, DETAIL_VAAPI, "/dev/dri", "Permission denied", 0 },
	{ FAIL_HWENC, DETAIL_NONE, "Cannot load lib", NULL, FFROW_HOLD },
	{ FAIL_HWENC, DETAIL_NVENC,
	    "Driver does not support the required nvenc", NULL, FFROW_HOLD },
	{ FAIL_HWENC, DETAIL_NONE, "Impossible to convert between the formats",
	    " 'graph", 0 },
	{ FAIL_HWENC, DETAIL_NONE, "Impossible to convert between the formats",
	    NULL, FFROW_HOLD },
	{ FAIL_HWENC, DETAIL_NONE, "A hardware device reference is required",
	    NULL, FFROW_HOLD },
	{ FAIL_HWENC, DETAIL_NONE, "No capable devices", NULL, 0 },
	{ FAIL_HWENC, DETAIL_NVENC, "No NVENC capable devices", NULL, 0 },
	{ FAIL_HWENC, DETAIL_NVENC, "OpenEncodeSessionEx failed", NULL, 0 },
	{ FAIL_HWENC, DETAIL_QSV, "MFX session", NULL, 0 },
	{ FAIL_HWENC, DETAIL_NONE, "Could not find a valid device", NULL, 0 },
	{ FAIL_HWENC, DETAIL_NONE, "can't configure encoder", NULL, 0 },
	{ FAIL_HWENC, DETAIL_NONE, "Device creation failed", NULL, 0 },

	{ FAIL_GEOMETRY, DETAIL_ODD, "not divisible by 2", NULL, 0 },
	{ FAIL_GEOMETRY, DETAIL_NOT_FOR_CODEC, "picture size of ",
	    " is not valid for", 0 },
	{ FAIL_GEOMETRY, DETAIL_NOT_FOR_CODEC, "Source Width must be", NULL,
	    0 },
	{ FAIL_GEOMETRY, DETAIL_NOT_FOR_CODEC, "Source Height must be", NULL,
	    0 },
	{ FAIL_GEOMETRY, DETAIL_NOT_FOR_CODEC, "Picture size must be at least",
	    NULL, 0 },
	{ FAIL_GEOMETRY, DETAIL_NOT_FOR_CODEC,
	    "does not support encoding at size", NULL, 0 },
	{ FAIL_GEOMETRY, DETAIL_NOT_FOR_CODEC, "Frame Dimension less than",
	    NULL, 0 },
	{ FAIL_GEOMETRY, DETAIL_TOO_LARGE, "Picture size ", " is invalid", 0 },
	{ FAIL_GEOMETRY, DETAIL_NONE, "Invalid frame size", NULL, 0 },
	{ FAIL_GEOMETRY, DETAIL_NONE, "Unable to parse ", "as image size",
	    FFROW_HOLD },

	{ FAIL_OPTION, DETAIL_NONE, "already exists. Exiting", NULL,
	    FFROW_AT_ZERO },
	{ FAIL_OPTION, DETAIL_UNKNOWN, "Unrecognized option", NULL,
	    FFROW_HOLD | FFROW_ARGS },
	{ FAIL_OPTION, DETAIL_UNKNOWN, "Option ", " not found", FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_NONE, "Error splitting the argument list", NULL,
	    FFROW_HOLD | FFROW_ARGS },
	{ FAIL_OPTION, DETAIL_VALUE, "Missing argument for option", NULL,
	    FFROW_HOLD | FFROW_ARGS },
	{ FAIL_OPTION, DETAIL_VALUE, "Unable to parse option value", NULL,
	    FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "Unable to parse \"", "option value",
	    FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "Undefined constant or missing '('", NULL,
	    FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "x264 [error]: invalid ", NULL,
	    FFROW_HOLD },
	/* the pixel format may be the source's */
	{ FAIL_OPTION, DETAIL_VALUE,
	    "x264 [error]: ", "profile doesn't support", 0 },
	{ FAIL_OPTION, DETAIL_VALUE, "Error setting option ", NULL,
	    FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "Error setting preset", NULL, FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "Error setting ", NULL, 0 },
	{ FAIL_OPTION, DETAIL_VALUE, "Possible presets: ", NULL, FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "Cannot parse expression for ", NULL,
	    FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "Unknown pixel format requested", NULL,
	    FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "Expected ", " for ",
	    FFROW_HOLD | FFROW_ARGS },
	{ FAIL_OPTION, DETAIL_VALUE, "The value for ", "which is not within",
	    FFROW_HOLD | FFROW_ARGS },
	{ FAIL_OPTION, DETAIL_VALUE, "Invalid duration", NULL,
	    FFROW_HOLD | FFROW_ARGS },
	{ FAIL_OPTION, DETAIL_VALUE, "Failed to set value ",
	    ": Invalid argument", FFROW_HOLD | FFROW_ARGS },
	{ FAIL_OPTION, DETAIL_VALUE, "failed to set option SRTO_",
	    "Bad parameters", FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "Port missing in uri", NULL, 0 },
	{ FAIL_INPUT, DETAIL_NONE, "Error applying bitstream filters", NULL,
	    FFROW_SLOW },
	{ FAIL_OPTION, DETAIL_UNKNOWN, "Error applying ", "Option not found",
	    FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_NONE, "Error applying ", NULL, 0 },
	/* its video or its sound may be on its way */
	{ FAIL_INPUT, DETAIL_NO_VIDEO, "Stream map ", "matches no streams",
	    FFROW_SLOW },
	{ FAIL_INPUT, DETAIL_NO_VIDEO, "matches no streams", NULL, FFROW_SLOW },
	{ FAIL_OPTION, DETAIL_NONE, "Filtergraph ", "codec copy was selected",
	    FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_NONE, "Filtering and streamcopy cannot", NULL,
	    FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_NONE, "At least one output file", NULL,
	    FFROW_HOLD | FFROW_ARGS },
	{ FAIL_OPTION, DETAIL_VALUE, "No such filter", NULL, FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "No such pixel format", NULL, FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "Requested output format", NULL,
	    FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "Unknown input format", NULL, FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "Unable to find a suitable output format",
	    NULL, FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "Unable to choose an output format", NULL,
	    FFROW_HOLD },
	{ FAIL_OPTION, DETAIL_VALUE, "suitable output format for", NULL, 0 },
	/* a redirection may lead there */
	{ FAIL_OPTION, DETAIL_VALUE, "http", "Protocol not found", 0 },
	{ FAIL_OPTION, DETAIL_VALUE, "Protocol not found", NULL,
	    FFROW_HOLD | FFROW_LAST },
	{ FAIL_OPTION, DETAIL_VALUE, "Protocol not found", NULL, 0 },
	{ FAIL_OPTION, DETAIL_NONE, "Protocol not supported", NULL, 0 },

	{ FAIL_CODEC, DETAIL_UNKNOWN, "Unknown encoder", NULL, FFROW_HOLD },
	{ FAIL_CODEC, DETAIL_UNKNOWN, "Unknown decoder", NULL, FFROW_HOLD },
	{ FAIL_CODEC, DETAIL_UNKNOWN, "Encoder not found", NULL, 0 },
	{ FAIL_CODEC, DETAIL_NONE, "Decoder not found", NULL, 0 },
	{ FAIL_CODEC, DETAIL_VIDEO, "Video codec ", " not compatible with", 0 },
	{ FAIL_CODEC, DETAIL_AUDIO, "Audio codec ", " not compatible with", 0 },
	{ FAIL_CODEC, DETAIL_VIDEO, "codec ", " not compatible with flv", 0 },
	{ FAIL_CODEC, DETAIL_VIDEO, "for codec ",
	    "not currently supported in container", 0 },
	{ FAIL_CODEC, DETAIL_VIDEO, "incompatible with output codec id", NULL,
	    0 },
	{ FAIL_CODEC, DETAIL_NONE, "Automatic encoder selection failed", NULL,
	    FFROW_HOLD },
	{ FAIL_CODEC, DETAIL_VIDEO, "Only VP8 or VP9 or AV1 video", NULL, 0 },
	{ FAIL_CODEC, DETAIL_STAMPS, "Packet is missing PTS", NULL, 0 },
	{ FAIL_CODEC, DETAIL_STAMPS, "write packet with unknown timestamp",
	    NULL, 0 },
	{ FAIL_CODEC, DETAIL_STAMPS, "first pts ", "must be set", 0 },
	{ FAIL_CODEC, DETAIL_NONE, "Could not write header",
	    "Function not impl", 0 },
	{ FAIL_CODEC, DETAIL_NONE, "Could not write header", "Invalid argument",
	    0 },

	{ FAIL_BUSY, DETAIL_NONE, "Already publishing", NULL, FFROW_PEER },
	{ FAIL_BUSY, DETAIL_NONE, "BadName", NULL, FFROW_PEER },
	{ FAIL_BUSY, DETAIL_NONE, "StreamBusy", NULL, FFROW_PEER },
	{ FAIL_BUSY, DETAIL_NONE, "tream busy", NULL, FFROW_PEER },
	{ FAIL_BUSY, DETAIL_NONE, "already has a stream", NULL, FFROW_PEER },
	{ FAIL_BUSY, DETAIL_NONE, "Address already in use", NULL, 0 },

	{ FAIL_AUTH, DETAIL_PASSWORD, "Authentication failed", NULL,
	    FFROW_PEER },
	{ FAIL_AUTH, DETAIL_PASSWORD, "Incorrect username", NULL, FFROW_PEER },
	{ FAIL_AUTH, DETAIL_NO_PASSWORD, "No credentials set", NULL, 0 },
	{ FAIL_AUTH, DETAIL_PASSWORD, "authmod=", NULL, FFROW_PEER },
	{ FAIL_AUTH, DETAIL_PASSPHRASE, "Incorrect passphrase", NULL, 0 },
	{ FAIL_AUTH, DETAIL_PASSPHRASE, "Password required or unexpected", NULL,
	    0 },
	{ FAIL_REJECTED, DETAIL_ACCESS, "REJECT", "Application-defined", 0 },
	{ FAIL_REJECTED, DETAIL_LIMIT, "REJECT", "backlog exceeded", 0 },
	{ FAIL_REJECTED, DETAIL_LIMIT, "REJECT", "Peer is busy", 0 },
	/* libsrt 1.4 names no reason; mostly it is this one */
	{ FAIL_AUTH, DETAIL_PASSPHRASE, "REJECT reported from HS processing, ",
	    NULL, 0 },
	{ FAIL_REJECTED, DETAIL_NONE, "REJECT reported from HS processing",
	    NULL, 0 },
	{ FAIL_REJECTED, DETAIL_NONE, "rsp(REJECT)", NULL, 0 },

	{ FAIL_NOTFOUND, DETAIL_NONE, "Server error:", "not found",
	    FFROW_PEER },
	{ FAIL_NOTFOUND, DETAIL_NONE, "Server error:", "NotFound", FFROW_PEER },
	{ FAIL_NOTFOUND, DETAIL_NONE, "Server error:", "InvalidApp",
	    FFROW_PEER },

	{ FAIL_DEVICE, DETAIL_BUSY_DEVICE, "Device or resource busy", NULL,
	    FFROW_AT_ZERO },
	{ FAIL_DEVICE, DETAIL_MISSING, "No such device", NULL, FFROW_AT_ZERO },
	{ FAIL_DEVICE, DETAIL_MISSING, "Cannot open video device",
	    "No such file", 0 },
	{ FAIL_DEVICE, DETAIL_PERMISSION, "Cannot open video device",
	    "Permission denied", 0 },
	{ FAIL_DEVICE, DETAIL_NONE, "Cannot open video device", NULL, 0 },
	{ FAIL_DEVICE, DETAIL_PERMISSION, "cannot open audio device",
	    "Permission denied", 0 },
	{ FAIL_DEVICE, DETAIL_MISSING, "cannot open audio device",
	    "No such file", 0 },
	{ FAIL_DEVICE, DETAIL_SOUND_CARD, "cannot open audio device", NULL, 0 },
	{ FAIL_DEVICE, DETAIL_MISSING, "/dev/", "No such file", 0 },
	{ FAIL_DEVICE, DETAIL_PERMISSION, "/dev/", "Permission denied", 0 },
	{ FAIL_DEVICE, DETAIL_NOT_DEVICE, "Not a video capture device", NULL,
	    0 },

	{ FAIL_MEMORY, DETAIL_NONE, "Cannot allocate memory", NULL,
	    FFROW_AT_ZERO },
	{ FAIL_MEMORY, DETAIL_NONE, "Out of memory", NULL, 0 },
	{ FAIL_MEMORY, DETAIL_NONE, "out of memory", NULL, 0 },
	{ FAIL_MEMORY, DETAIL_NONE, "x264 [error]: malloc of size ", NULL, 0 },
	{ FAIL_MEMORY, DETAIL_NONE, "std::bad_alloc", NULL, 0 },

	{ FAIL_DISK, DETAIL_FULL, "No space left on device", NULL,
	    FFROW_AT_ZERO },
	{ FAIL_DISK, DETAIL_FULL, "Disk quota exceeded", NULL, FFROW_AT_ZERO },
	{ FAIL_DISK, DETAIL_READ_ONLY, "Read-only file system", NULL,
	    FFROW_AT_ZERO },
	{ FAIL_DISK, DETAIL_NAME_LENGTH, "File name too long", NULL, 0 },
	{ FAIL_DISK, DETAIL_MISSING, "Error opening output", "No such file",
	    0 },
	/* of a file of the source, unless ffcause sees that it is another */
	{ FAIL_INPUT, DETAIL_PERMISSION, "Permission denied", NULL, 0 },

	{ FAIL_UNREACH, DETAIL_RESOLVER, "Temporary failure in name resolution",
	    NULL, 0 },
	{ FAIL_UNREACH, DETAIL_NAME, "Failed to resolve hostname", NULL, 0 },
	{ FAIL_UNREACH, DETAIL_NAME, "Name or service not known", NULL, 0 },
	{ FAIL_UNREACH, DETAIL_ROUTE, "No route to host", NULL, 0 },
	{ FAIL_UNREACH, DETAIL_NETWORK, "Network is unreachable", NULL, 0 },
	{ FAIL_UNREACH, DETAIL_NETWORK, "Network is down", NULL, 0 },
	{ FAIL_UNREACH, DETAIL_NONE, "Cannot assign requested address", NULL,
	    0 },

	/* the server just went away, encrypted or not */
	{ FAIL_CLOSED, DETAIL_NONE,
	    "TLS connection was non-properly terminated", NULL, 0 },
	{ FAIL_TLS, DETAIL_PROTOCOL, "unexpected TLS packet", NULL, 0 },
	{ FAIL_TLS, DETAIL_PROTOCOL, "wrong version number", NULL, 0 },
	{ FAIL_TLS, DETAIL_CERTIFICATE, "certificate", NULL, 0 },
	{ FAIL_TLS, DETAIL_NONE, "handshake failed", NULL, 0 },
	{ FAIL_TLS, DETAIL_NONE, "SSL routines", NULL, 0 },
	{ FAIL_TLS, DETAIL_NONE, "TLS", NULL, 0 },

	{ FAIL_REFUSED, DETAIL_NONE, "Connection refused", NULL, 0 },
	{ FAIL_TIMEOUT, DETAIL_PROTOCOL, "IO error: Connection timed out", NULL,
	    0 },
	{ FAIL_TIMEOUT, DETAIL_CONNECT, "Connection to ", "timed out",
	    FFROW_AT_ZERO },
	{ FAIL_TIMEOUT, DETAIL_ANSWER, "Connection timed out", NULL,
	    FFROW_AT_ZERO },
	{ FAIL_TIMEOUT, DETAIL_ANSWER, "Operation timed out", NULL,
	    FFROW_AT_ZERO },
	{ FAIL_CLOSED, DETAIL_NONE, "Broken pipe", NULL, 0 },
	{ FAIL_CLOSED, DETAIL_NONE, "Connection reset by peer", NULL,
	    FFROW_AT_ZERO },
	{ FAIL_CLOSED, DETAIL_NONE, "Software caused connection abort", NULL,
	    0 },
	{ FAIL_CLOSED, DETAIL_NONE, "Transport endpoint is not connected", NULL,
	    0 },

	{ FAIL_INPUT, DETAIL_MISSING, "No such file or directory", NULL, 0 },
	{ FAIL_INPUT, DETAIL_MISSING, "Not a directory", NULL, 0 },
	{ FAIL_INPUT, DETAIL_CUT, "moov atom not found", NULL, 0 },
	{ FAIL_INPUT, DETAIL_NO_MEDIA, "Decoder (codec ", ") not found for",
	    0 },
	{ FAIL_INPUT, DETAIL_NO_MEDIA, "no decoder found for: ", NULL, 0 },
	{ FAIL_INPUT, DETAIL_DIRECTORY, "Is a directory", NULL, 0 },
	{ FAIL_INPUT, DETAIL_PAGE, "No JPEG data found in image", NULL,
	    FFROW_AT_ZERO },
};

static const struct ffrow ffrow_hints[] = {
	{ FAIL_AUTH, DETAIL_PASSPHRASE, "ERROR:BADSECRET", NULL, 0 },
	{ FAIL_AUTH, DETAIL_PASSPHRASE, "ERROR:UNSECURE", NULL, 0 },
	/* SRT is UDP: no refusal, only no answer within the timeout */
	{ FAIL_REFUSED, DETAIL_NONE, "Connection to srt://",
	    "failed: Input/output", 0 },
	{ FAIL_TIMEOUT, DETAIL_ANSWER, "Cannot read RTMP handshake", NULL, 0 },
	{ FAIL_REJECTED, DETAIL_NONE, "Server error:", NULL, 0 },
	{ FAIL_CLOSED, DETAIL_NONE, "av_interleaved_write_frame",
	    "Input/output error", 0 },
	{ FAIL_CLOSED, DETAIL_NONE, "Error muxing a packet", NULL, 0 },
	{ FAIL_CLOSED, DETAIL_NONE, "Error submitting a packet to the muxer",
	    "Input/output", 0 },
	{ FAIL_REJECTED, DETAIL_NONE, "Error opening output",
	    "Input/output error", 0 },
	{ FAIL_REJECTED, DETAIL_NONE, "Could not write header",
	    "Input/output error", 0 },
	{ FAIL_REJECTED, DETAIL_KEY, "rtmp://", "Input/output error", 0 },
	{ FAIL_REJECTED, DETAIL_KEY, "rtmps://", "Input/output error", 0 },
	{ FAIL_CODEC, DETAIL_AUDIO, "FLV does not support sample rate", NULL,
	    0 },
	{ FAIL_CODEC, DETAIL_NONE, "Unsupported codec", NULL, 0 },
	{ FAIL_CODEC, DETAIL_NONE, "Error while opening encoder", NULL, 0 },
	{ FAIL_CODEC, DETAIL_NONE, "Could not open encoder", NULL, 0 },
	{ FAIL_OPTION, DETAIL_VALUE, "Error parsing ", "option", 0 },
	{ FAIL_OPTION, DETAIL_VALUE, "Error parsing ", "filter", 0 },
	{ FAIL_OPTION, DETAIL_VALUE, "Error initializing filter", NULL, 0 },
	{ FAIL_OPTION, DETAIL_VALUE, "could not be read or is empty", NULL, 0 },
	{ FAIL_OPTION, DETAIL_VALUE, "Stray % near", NULL, 0 },
	{ FAIL_OPTION, DETAIL_NONE, "Error opening output", "Invalid argument",
	    0 },
	{ FAIL_DEVICE, DETAIL_NOT_DEVICE, "Inappropriate ioctl for device",
	    NULL, 0 },
	{ FAIL_DEVICE, DETAIL_NONE, "VIDIOC_", NULL, 0 },
	{ FAIL_INPUT, DETAIL_NONE, "unspecified size", NULL, 0 },
	{ FAIL_INPUT, DETAIL_NONE, "does not contain any stream", NULL, 0 },
	{ FAIL_INPUT, DETAIL_NONE, "Output file is empty", NULL,
	    FFROW_AT_ZERO },
	{ FAIL_INPUT, DETAIL_NONE, "Invalid buffer size, packet size", NULL,
	    0 },
	{ FAIL_INPUT, DETAIL_NONE, "corrupt input packet", NULL, 0 },
	{ FAIL_INPUT, DETAIL_NONE, "non monotonically increasing dts", NULL,
	    0 },
	{ FAIL_INPUT, DETAIL_NONE, "Too many packets buffered", NULL, 0 },
	{ FAIL_INPUT, DETAIL_NONE, "Impossible to open '", NULL,
	    FFROW_AT_ZERO },
	/* of a length that the server did not say: ffcause reads the number */
	{ FAIL_INPUT, DETAIL_PAGE, "Stream ends prematurely at ", NULL,
	    FFROW_AT_ZERO },
	{ FAIL_INPUT, DETAIL_CUT, "File ended prematurely at pos", NULL, 0 },
	{ FAIL_INPUT, DETAIL_NONE, "Invalid data found", NULL, 0 },
	{ FAIL_INPUT, DETAIL_NONE, "Error opening input", NULL, 0 },
	{ FAIL_INPUT, DETAIL_NONE, "pipe:", "End of file", 0 },
	{ FAIL_CLOSED, DETAIL_NONE, "End of file", NULL, 0 },
	{ FAIL_INPUT, DETAIL_NONE, "Nothing was written into output", NULL, 0 },
	{ FAIL_SIGNAL, DETAIL_NONE, "Exiting normally, received signal", NULL,
	    FFROW_INFO },
	{ FAIL_SIGNAL, DETAIL_NONE, "Immediate exit requested", NULL, 0 },
	{ FAIL_SIGNAL, DETAIL_NONE, "system signals, hard exiting", NULL, 0 },
};

/* By the status of an RTSP or HTTP answer, which begins with `from` or is below
 * the next row's. */
static const struct {
	int from;
	struct ffrow row;
} ffrow_statuses[] = {
	{ 400, { FAIL_REJECTED, DETAIL_REQUEST, NULL, NULL, 0 } },
	{ 401, { FAIL_AUTH, DETAIL_PASSWORD, NULL, NULL, 0 } },
	{ 402, { FAIL_REJECTED, DETAIL_REQUEST, NULL, NULL, 0 } },
	{ 403, { FAIL_AUTH, DETAIL_FORBIDDEN, NULL, NULL, 0 } },
	{ 404, { FAIL_NOTFOUND, DETAIL_NONE, NULL, NULL, 0 } },
	{ 405, { FAIL_REJECTED, DETAIL_METHOD, NULL, NULL, 0 } },
	{ 406, { FAIL_REJECTED, DETAIL_REQUEST, NULL, NULL, 0 } },
	{ 407, { FAIL_AUTH, DETAIL_PASSWORD, NULL, NULL, 0 } },
	{ 408, { FAIL_REJECTED, DETAIL_REQUEST, NULL, NULL, 0 } },
	{ 410, { FAIL_NOTFOUND, DETAIL_GONE, NULL, NULL, 0 } },
	{ 411, { FAIL_REJECTED, DETAIL_REQUEST, NULL, NULL, 0 } },
	{ 415, { FAIL_REJECTED, DETAIL_MEDIA, NULL, NULL, 0 } },
	{ 416, { FAIL_REJECTED, DETAIL_REQUEST, NULL, NULL, 0 } },
	{ 429, { FAIL_REJECTED, DETAIL_RATE, NULL, NULL, 0 } },
	{ 430, { FAIL_REJECTED, DETAIL_REQUEST, NULL, NULL, 0 } },
	{ 453, { FAIL_REJECTED, DETAIL_LIMIT, NULL, NULL, 0 } },
	{ 454, { FAIL_REJECTED, DETAIL_REQUEST, NULL, NULL, 0 } },
	{ 461, { FAIL_REJECTED, DETAIL_TRANSPORT, NULL, NULL, 0 } },
	{ 462, { FAIL_REJECTED, DETAIL_REQUEST, NULL, NULL, 0 } },
	{ FFSAID_4XX, { FAIL_REJECTED, DETAIL_NONE, NULL, NULL, 0 } },
	{ 500, { FAIL_SERVER, DETAIL_NONE, NULL, NULL, 0 } },
	{ 501, { FAIL_REJECTED, DETAIL_METHOD, NULL, NULL, 0 } },
	{ 502, { FAIL_SERVER, DETAIL_NONE, NULL, NULL, 0 } },
	{ 503, { FAIL_SERVER, DETAIL_LIMIT, NULL, NULL, 0 } },
	{ 504, { FAIL_SERVER, DETAIL_NONE, NULL, NULL, 0 } },
};

static const struct {
	const struct ffrow *v;
	size_t n;
} ffrow_tables[] = {
	[FFROW_CAUSE] = { ffrow_causes, NELEM(ffrow_causes) },
	[FFROW_HINT] = { ffrow_hints, NELEM(ffrow_hints) },
};

/* Whether the row speaks of this line. */
static bool
ffrow_fits(const struct ffrow *row, const struct ffsaid *s)
{
	const char *text = s->line.text, *found, *rest;
	bool all = s->open && (row->flags & FFROW_PEER);
	const char *end = text + (all ? strlen(text) : s->own);

	found = memmem(text, (size_t)(end - text), row->a, strlen(row->a));
	if (found == NULL)
		return false;
	if (s->line.level >= FFOUT_LEVEL_INFO &&
	    (!(row->flags & FFROW_INFO) || found != text))
		return false;
	rest = found + strlen(row->a);
	if (row->flags & FFROW_LAST)
		return rest == end;
	if ((row->flags & FFROW_HOLD) && found != text)
		return false;
	if ((row->flags & FFROW_ARGS) && s->line.module != NULL)
		return false;
	return row->b == NULL ||
	    memmem(rest, (size_t)(end - rest), row->b, strlen(row->b)) != NULL;
}

static const struct ffrow *
ffrow_of_status(int status)
{
	size_t i = NELEM(ffrow_statuses);

	while (i > 0 && ffrow_statuses[i - 1].from > status)
		i--;
	return i == 0 ? NULL : &ffrow_statuses[i - 1].row;
}

const struct ffrow *
ffrow_find(enum ffrow_kind kind, const struct ffsaid *s, unsigned flags)
{
	const struct ffrow *rows = ffrow_tables[kind].v;

	if (kind == FFROW_CAUSE && flags == 0 && s->status != 0 &&
	    s->line.level < FFOUT_LEVEL_INFO)
		return ffrow_of_status(s->status);
	for (size_t i = 0; i < ffrow_tables[kind].n; i++)
		if ((rows[i].flags & flags) == flags && ffrow_fits(&rows[i], s))
			return &rows[i];
	return NULL;
}

bool
ffrow_is_noise(const struct ffsaid *s)
{
	if (s->line.level >= FFOUT_LEVEL_INFO)
		return false;
	for (size_t i = 0; i < NELEM(ffrow_noise); i++)
		if (memmem(s->line.text, s->own, ffrow_noise[i],
			strlen(ffrow_noise[i])) != NULL)
			return true;
	return false;
}
