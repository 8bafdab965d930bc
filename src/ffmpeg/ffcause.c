/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/url.h"
#include "base/util.h"
#include "ffmpeg/ffcause.h"
#include "ffmpeg/ffout.h"
#include "ffmpeg/ffplace.h"
#include "ffmpeg/ffrow.h"
#include "ffmpeg/ffside.h"

/* A web page is shorter than this, a film is not. */
#define FFCAUSE_PAGE_MAX 16384

/* The widest and highest size that encoders for broadcasts take. */
#define FFCAUSE_SIDE_MAX 16384

/* What one scan of the lines has found. */
struct ffcause_found {
	const struct ffrow *row; /* NULL: nothing */
	struct ffsaid said;	 /* the line */
	int at;			 /* its index */
};

/* --- the status ---------------------------------------------------------- */

/* Exit codes that name an AVERROR (ffmpeg >= 6.1), and two older ones. */
static const struct {
	int code;
	enum fail_class class;
	enum fail_detail detail;
} ffcause_codes[] = {
	{ 8, FAIL_OPTION, DETAIL_NONE },   /* *_NOT_FOUND; HTTP 4xx always has a
					    text */
	{ 69, FAIL_INPUT, DETAIL_NONE },   /* too many decoding errors */
	{ 123, FAIL_SIGNAL, DETAIL_NONE }, /* more than three signals */
	{ 143, FAIL_UNREACH, DETAIL_ROUTE },	  /* EHOSTUNREACH */
	{ 145, FAIL_REFUSED, DETAIL_NONE },	  /* ECONNREFUSED */
	{ 146, FAIL_TIMEOUT, DETAIL_NONE },	  /* ETIMEDOUT */
	{ 152, FAIL_CLOSED, DETAIL_NONE },	  /* ECONNRESET */
	{ 153, FAIL_CLOSED, DETAIL_NONE },	  /* ECONNABORTED */
	{ 155, FAIL_UNREACH, DETAIL_NETWORK },	  /* ENETUNREACH */
	{ 157, FAIL_UNREACH, DETAIL_NONE },	  /* EADDRNOTAVAIL */
	{ 158, FAIL_BUSY, DETAIL_NONE },	  /* EADDRINUSE */
	{ 163, FAIL_OPTION, DETAIL_NONE },	  /* EPROTONOSUPPORT */
	{ 183, FAIL_INPUT, DETAIL_NONE },	  /* INVALIDDATA */
	{ 218, FAIL_CODEC, DETAIL_NONE },	  /* ENOSYS */
	{ 224, FAIL_CLOSED, DETAIL_NONE },	  /* EPIPE */
	{ 226, FAIL_DISK, DETAIL_READ_ONLY },	  /* EROFS */
	{ 228, FAIL_DISK, DETAIL_FULL },	  /* ENOSPC */
	{ 234, FAIL_OPTION, DETAIL_NONE },	  /* EINVAL */
	{ 237, FAIL_DEVICE, DETAIL_MISSING },	  /* ENODEV */
	{ 240, FAIL_DEVICE, DETAIL_BUSY_DEVICE }, /* EBUSY */
	{ 243, FAIL_INPUT, DETAIL_PERMISSION },	  /* EACCES */
	{ 244, FAIL_MEMORY, DETAIL_NONE },	  /* ENOMEM */
	{ 251, FAIL_CLOSED, DETAIL_NONE },	  /* EIO */
	{ 254, FAIL_INPUT, DETAIL_MISSING },	  /* ENOENT */
};

/* By the status of an ffmpeg alone. */
static void
ffcause_by_code(struct ffcause_verdict *v, int code)
{
	v->class = code == 0 ? FAIL_ENDED : FAIL_EXIT;
	for (size_t i = 0; i < NELEM(ffcause_codes); i++)
		if (ffcause_codes[i].code == code) {
			v->class = ffcause_codes[i].class;
			v->detail = ffcause_codes[i].detail;
		}
}

/* By a signal that is not ours: somebody sent it, or it crashed. */
static enum fail_class
ffcause_by_signal(int signal)
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

/* --- the words ----------------------------------------------------------- */

/* The oldest line that a row of that kind explains; or the newest one, and of
 * several in a row that say the same the first. */
static void
ffcause_scan(struct ffcause_found *f, const struct ffcause_end *end,
    enum ffrow_kind kind, bool newest)
{
	unsigned flags =
	    end->code == 0 && end->cause == FAIL_NONE ? FFROW_AT_ZERO : 0;
	struct ffsaid said = FFSAID_BEGIN;
	const struct ffrow *row;

	*f = (struct ffcause_found){ .at = -1 };
	for (size_t i = 0; i < end->n_lines; i++) {
		ffsaid_read(&said, end->lines[i]);
		row = ffrow_is_noise(&said) ? NULL
					    : ffrow_find(kind, &said, flags);
		if (row == NULL ||
		    (f->row != NULL && f->at + 1 == (int)i &&
			f->row->class == row->class))
			continue;
		*f = (struct ffcause_found){ row, said, (int)i };
		if (!newest)
			return;
	}
}

/* Whether one of the lines, ffmpeg's own ones, has these words. */
static bool
ffcause_has(const struct ffcause_end *end, const char *words)
{
	for (size_t i = 0; i < end->n_lines; i++)
		if (strstr(end->lines[i], words) != NULL)
			return true;
	return false;
}

/* Whether the row gives the run up. */
static bool
ffcause_is_held(const struct ffcause_end *end, const struct ffcause_found *f)
{
	return (f->row->flags & FFROW_HOLD) && !end->proven && !f->said.heard &&
	    f->said.line.level <= FFOUT_LEVEL_ERROR &&
	    !ffside_is_graph(&f->said);
}

/* --- details by class ------------------------------------------------------ */

const char *
ffcause_address(const struct ffcause_end *end, enum fail_side side)
{
	if (end->places == NULL)
		return NULL;
	return side == SIDE_SOURCE ? end->places->source.address
	    : side == SIDE_OUTPUT  ? end->places->output.address
				   : NULL;
}

/* The proof, or "". */
static const char *
ffcause_line(const struct ffcause_end *end, const struct ffcause_verdict *v)
{
	return v->proof < 0 ? "" : end->lines[v->proof];
}

/* Whether the failed side speaks RTMP, by its address or else by the line. */
static bool
ffcause_is_rtmp(const struct ffcause_end *end, const struct ffcause_verdict *v)
{
	const char *address = ffcause_address(end, v->side);

	return address != NULL ? url_is_rtmp(address)
			       : strstr(ffcause_line(end, v), "rtmp") != NULL;
}

/* Whether it lived as long as that side's timeout, and so ended by it. */
static bool
ffcause_is_late(const struct ffcause_end *end, enum fail_side side)
{
	int64_t timeout = side == SIDE_SOURCE ? end->places->source.timeout_ms
					      : end->places->output.timeout_ms;

	return timeout > 0 && end->lived_ms >= timeout - timeout / 20;
}

/* Whether it hung up before that side could begin. */
static bool
ffcause_is_unanswered(
    const struct ffcause_end *end, const struct ffcause_verdict *v)
{
	if (end->media_ms >= 0 || end->proven)
		return false;
	if (v->side == SIDE_OUTPUT)
		return !end->wrote;
	return v->side == SIDE_SOURCE && !end->opened &&
	    strstr(ffcause_line(end, v), "ends prematurely") == NULL;
}

/* What "Invalid data found" means: of a file, that it is no film; of a web
 * server, that it sent a page; of RTSP, and of any output, that the server said
 * nothing in time, or hung up. */
static void
ffcause_of_nonsense(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	const char *address = ffcause_address(end, v->side);

	if (address == NULL)
		return;
	if (ffplace_is_path(address)) {
		v->detail = DETAIL_NO_MEDIA;
	} else if (v->side == SIDE_SOURCE &&
	    (url_has_scheme(address, "http") ||
		url_has_scheme(address, "https"))) {
		v->detail = DETAIL_PAGE;
	} else if (v->side == SIDE_OUTPUT || url_is_rtsp(address)) {
		bool late = ffcause_is_late(end, v->side);

		v->class = late ? FAIL_TIMEOUT : FAIL_CLOSED;
		v->detail = late || ffcause_is_unanswered(end, v)
		    ? DETAIL_ANSWER
		    : DETAIL_NONE;
	}
}

/* An answer of a web server that ended before it was expected, after so many
 * bytes. */
static void
ffcause_of_cut_answer(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	static const char mark[] = "ends prematurely at ";
	const char *at = strstr(ffcause_line(end, v), mark);
	long long bytes = at == NULL ? -1 : atoll(at + strlen(mark));

	if (bytes == 0)
		v->detail = DETAIL_EMPTY;
	else if (bytes >= FFCAUSE_PAGE_MAX && end->code == 0) {
		v->class = FAIL_ENDED;
		v->detail = DETAIL_VANISHED;
	} else if (bytes >= FFCAUSE_PAGE_MAX) {
		v->class = FAIL_CLOSED;
		v->detail = DETAIL_NONE;
	}
}

/* A file that cannot be had: of the output, a disk's fault. */
static void
ffcause_of_file(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	const char *address = ffcause_address(end, v->side);

	if (address != NULL && util_has_prefix(address, "/dev/"))
		v->class = FAIL_DEVICE;
	else if (v->side == SIDE_OUTPUT &&
	    (address == NULL || ffplace_is_path(address))) {
		v->class = FAIL_DISK;
		if (strstr(ffcause_line(end, v), "Not a directory") != NULL)
			v->detail = DETAIL_NOT_DIRECTORY;
	} else if (address != NULL && !ffplace_is_path(address) &&
	    v->detail == DETAIL_PERMISSION) {
		v->class = FAIL_AUTH; /* a firewall's, or the kernel's */
		v->detail = DETAIL_NONE;
	}
}

/* The track that a stream map did not find: ffmpeg >= 6.1 names it later. */
static enum fail_detail
ffcause_track(const struct ffcause_end *end, const struct ffcause_verdict *v)
{
	for (size_t i = (size_t)v->proof; i < end->n_lines; i++)
		if (strstr(end->lines[i], ":a") != NULL)
			return DETAIL_NO_AUDIO;
		else if (strstr(end->lines[i], ":v") != NULL)
			break;
	return DETAIL_NO_VIDEO;
}

static void
ffcause_input(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	const char *line = ffcause_line(end, v);

	switch (v->detail) {
	case DETAIL_PERMISSION:
	case DETAIL_MISSING:
	case DETAIL_DIRECTORY:
		ffcause_of_file(end, v);
		break;
	case DETAIL_NO_VIDEO:
		v->detail = ffcause_track(end, v);
		break;
	case DETAIL_CUT:
		if (ffcause_has(end, "detected only with low score"))
			v->detail = DETAIL_NO_MEDIA;
		break;
	case DETAIL_PAGE:
		ffcause_of_cut_answer(end, v);
		break;
	default:
		if (strstr(line, "Invalid data found") != NULL ||
		    (v->proof == -1 && end->code == 183))
			ffcause_of_nonsense(end, v);
		break;
	}
}

/* An output's server that hangs up with the first packets refuses them. */
static void
ffcause_closed(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	const char *address = ffcause_address(end, v->side);

	if (v->proof >= 0 && !ffplace_is_path(address) &&
	    ffcause_is_unanswered(end, v))
		v->detail = DETAIL_ANSWER;
	if (v->side != SIDE_OUTPUT || v->proof == -1)
		return;
	if (ffplace_is_path(address)) {
		v->class = FAIL_DISK;
		return;
	}
	if (end->media_ms >= FFCAUSE_EARLY_MS ||
	    !ffside_is_writing(ffcause_line(end, v)))
		return;
	v->detail = DETAIL_EARLY;
	if (!end->again)
		return;
	if (ffcause_is_rtmp(end, v)) {
		v->class = FAIL_REJECTED;
		v->detail = DETAIL_KEY;
	} else if (url_has_scheme(address, "srt")) {
		v->class = FAIL_REJECTED;
		v->detail = DETAIL_ACCESS;
	}
}

static void
ffcause_rejected(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	bool silent =
	    strstr(ffcause_line(end, v), "Input/output error") != NULL;

	if (v->detail == DETAIL_KEY && v->side == SIDE_SOURCE)
		v->detail = DETAIL_NONE;
	if (v->detail != DETAIL_NONE || !silent || v->side != SIDE_OUTPUT)
		return;
	if (ffplace_is_path(ffcause_address(end, v->side)))
		v->class = FAIL_DISK;
	else if (ffcause_is_rtmp(end, v))
		v->detail = DETAIL_KEY;
}

static void
ffcause_auth(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	const char *address = ffcause_address(end, v->side);
	bool login = address == NULL ||
	    (v->side == SIDE_SOURCE ? end->places->source.login
				    : end->places->output.login);

	if (v->detail == DETAIL_PASSWORD && !login)
		v->detail = DETAIL_NO_PASSWORD;
	/* without a reason, and without a passphrase, but with a name */
	if (v->detail == DETAIL_PASSPHRASE && address != NULL &&
	    strstr(ffcause_line(end, v), "processing, ") != NULL &&
	    strstr(address, "streamid=") != NULL &&
	    strstr(address, "passphrase=") == NULL) {
		v->class = FAIL_REJECTED;
		v->detail = DETAIL_ACCESS;
	}
}

/* --- option, codec, size, encoder ------------------------------------------ */

/* Options that some of the supported versions of ffmpeg have, and others not. */
static const char *const ffcause_gone[] = { "stimeout", "vsync", "fps_mode",
	"map_channel", "async", "vol", "deinterlace", "top", "qphist",
	"readrate", "readrate_initial_burst", "stats_period", "apre", "vpre",
	"psnr", "adrift_threshold" };

static void
ffcause_option(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	static const char mark[] = "Unrecognized option '";
	const char *at = strstr(ffcause_line(end, v), mark);
	size_t len;

	if (at == NULL)
		return;
	at += strlen(mark);
	len = strcspn(at, "':");
	for (size_t i = 0; i < NELEM(ffcause_gone); i++)
		if (strlen(ffcause_gone[i]) == len &&
		    memcmp(ffcause_gone[i], at, len) == 0)
			v->detail = DETAIL_GONE_OPTION;
}

/* Whether ffmpeg's name of a codec is one of sound. */
static bool
ffcause_is_sound(const char *name)
{
	static const char *const sounds[] = { "pcm_", "adpcm_", "aac", "ac3",
		"eac3", "mp1", "mp2", "mp3", "opus", "vorbis", "flac", "alac",
		"dts", "dca", "truehd", "amr", "speex", "g72", "gsm", "wma",
		"ac4", "ilbc", "qdm", "wavpack", "nellymoser", "cook" };

	for (size_t i = 0; i < NELEM(sounds); i++)
		if (util_has_prefix(name, sounds[i]))
			return !util_has_prefix(name, "mp2video");
	return false;
}

static void
ffcause_codec(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	const char *line = ffcause_line(end, v);
	const char *at = strstr(line, "codec ");

	if (v->detail == DETAIL_VIDEO && at != NULL &&
	    strstr(line, "Video codec ") == NULL &&
	    ffcause_is_sound(at + strlen("codec ")))
		v->detail = DETAIL_AUDIO;
}

static void
ffcause_geometry(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	static const char mark[] = "Picture size ";
	const char *at = strstr(ffcause_line(end, v), mark);
	int w = 0, h = 0;

	if (v->detail != DETAIL_TOO_LARGE || at == NULL)
		return;
	at += strlen(mark);
	w = atoi(at);
	at = strchr(at, 'x');
	if (at != NULL)
		h = atoi(at + 1);
	if (w <= FFCAUSE_SIDE_MAX && h <= FFCAUSE_SIDE_MAX)
		v->detail = DETAIL_NONE;
}

static void
ffcause_hwenc(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	static const struct {
		const char *word;
		enum fail_detail detail;
	} words[] = { { "_vaapi", DETAIL_VAAPI }, { "_nvenc", DETAIL_NVENC },
		{ "_qsv", DETAIL_QSV }, { "_v4l2m2m", DETAIL_V4L2 },
		{ "vaapi", DETAIL_VAAPI }, { "libcuda", DETAIL_NVENC },
		{ "/dev/dri", DETAIL_VAAPI } };

	for (size_t i = 0; i < NELEM(words) && v->detail == DETAIL_NONE; i++)
		if (ffcause_has(end, words[i].word))
			v->detail = words[i].detail;
}

/* --- endings without a cause in the text ----------------------------------- */

static void
ffcause_ended(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	const struct ffplaces *f = end->places;

	if (!end->ffmpeg || f == NULL || f->fed || v->detail != DETAIL_NONE)
		return;
	if (f->source.files)
		v->detail = DETAIL_FILES;
	else if (f->source.address != NULL)
		v->detail = DETAIL_VANISHED;
}

/* Its last words are a Python traceback. */
static void
ffcause_producer(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	char *frame = ffout_last_frame(end->lines, end->n_lines);

	if (frame != NULL)
		v->detail = DETAIL_TRACEBACK;
	free(frame);
}

static void
ffcause_notfound(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	if (ffcause_has(end, "Failed to open segment "))
		v->detail = DETAIL_SEGMENTS;
}

static void
ffcause_timeout(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	if (strstr(ffcause_line(end, v), "RTMP handshake") == NULL ||
	    (size_t)v->proof + 1 >= end->n_lines ||
	    strstr(end->lines[v->proof + 1], "End of file") == NULL)
		return;
	v->class = FAIL_INPUT; /* it answered, but not RTMP */
	v->detail = DETAIL_PROTOCOL;
}

/* The details that the class of the row leaves to the context. */
static void
ffcause_refine(const struct ffcause_end *end, struct ffcause_verdict *v)
{
	static void (*const details[N_FAIL_CLASSES])(
	    const struct ffcause_end *, struct ffcause_verdict *) = {
		[FAIL_ENDED] = ffcause_ended,
		[FAIL_TIMEOUT] = ffcause_timeout,
		[FAIL_AUTH] = ffcause_auth,
		[FAIL_NOTFOUND] = ffcause_notfound,
		[FAIL_REJECTED] = ffcause_rejected,
		[FAIL_CLOSED] = ffcause_closed,
		[FAIL_OPTION] = ffcause_option,
		[FAIL_CODEC] = ffcause_codec,
		[FAIL_GEOMETRY] = ffcause_geometry,
		[FAIL_HWENC] = ffcause_hwenc,
		[FAIL_INPUT] = ffcause_input,
		[FAIL_PRODUCER] = ffcause_producer,
	};

	if (details[v->class] != NULL)
		details[v->class](end, v);
}

/* --- together -------------------------------------------------------------- */

/* Whether a run without a first frame that we replaced was waiting because of
 * that. */
static bool ffcause_explains_wait(enum fail_class class)
{
	switch (class) {
	case FAIL_REFUSED:
	case FAIL_UNREACH:
	case FAIL_TIMEOUT:
	case FAIL_AUTH:
	case FAIL_NOTFOUND:
	case FAIL_BUSY:
	case FAIL_REJECTED:
	case FAIL_CLOSED:
	case FAIL_SERVER:
	case FAIL_TLS:
	case FAIL_DEVICE:
	case FAIL_DISK:
	case FAIL_MEMORY:
		return true;
	default:
		return false;
	}
}

/* Where no frame came from, or went to, by what ffmpeg had done before. */
static enum fail_side
ffcause_mute_side(const struct ffcause_end *end)
{
	bool fed = end->places == NULL || end->places->fed;

	if (end->cause != FAIL_START || end->places == NULL)
		return SIDE_NONE;
	if (fed)
		return end->wrote ? SIDE_NONE : SIDE_OUTPUT;
	return !end->opened || end->wrote ||
		ffcause_has(end, "Could not find codec parameters")
	    ? SIDE_SOURCE
	    : SIDE_OUTPUT;
}

/* We ended it, and know why; its words may know more. */
static void
ffcause_replaced(const struct ffcause_end *end, struct ffcause_verdict *v,
    struct ffcause_found *f)
{
	*f = (struct ffcause_found){ .at = -1 };
	v->class = end->cause;
	if (end->cause == FAIL_NONE || !end->ffmpeg)
		return;
	ffcause_scan(f, end, FFROW_CAUSE, true);
	if (f->row == NULL)
		return;
	v->also = f->at;
	if (end->cause != FAIL_START || !ffcause_explains_wait(f->row->class)) {
		f->row = NULL;
		return;
	}
	v->class = f->row->class;
	v->detail = f->row->detail;
	v->proof = f->at;
	v->also = -1;
}

/* The words of ffmpeg, and else its status. */
static void
ffcause_said(const struct ffcause_end *end, struct ffcause_verdict *v,
    struct ffcause_found *f)
{
	ffcause_scan(f, end, FFROW_CAUSE, false);
	if (f->row == NULL)
		ffcause_scan(f, end, FFROW_HINT, false);
	if (f->row == NULL) {
		ffcause_by_code(v, end->code);
		return;
	}
	v->class = f->row->class;
	v->detail = f->row->detail;
	v->proof = f->at;
}

/* The delay. */
static enum fail_policy
ffcause_policy(const struct ffcause_end *end, const struct ffcause_verdict *v,
    const struct ffcause_found *f)
{
	enum fail_policy policy = ffdetail_policy(v->class, v->detail);

	if (f->row == NULL || end->cause != FAIL_NONE)
		return policy;
	if (ffcause_is_held(end, f))
		return POLICY_HELD;
	return f->row->flags & FFROW_SLOW ? POLICY_SLOW : policy;
}

struct ffcause_verdict
ffcause_of(const struct ffcause_end *end)
{
	struct ffcause_verdict v = { .proof = -1, .also = -1 };
	struct ffcause_found f = { .at = -1 };

	if (end->stopped || end->cause != FAIL_NONE)
		ffcause_replaced(end, &v, &f);
	else if (end->signal != 0)
		v.class = ffcause_by_signal(end->signal);
	else if (!end->ffmpeg)
		v.class = end->code == 0 ? FAIL_ENDED : FAIL_PRODUCER;
	else
		ffcause_said(end, &v, &f);
	if (v.class == FAIL_NONE)
		return v;
	if (!end->ffmpeg)
		v.side = SIDE_PROGRAM;
	else if (f.row != NULL)
		v.side = ffside_of(&f.said, end->places, end->lines + f.at,
		    end->n_lines - (size_t)f.at);
	else
		v.side = ffcause_mute_side(end);
	ffcause_refine(end, &v);
	v.side = ffside_of_class(v.class, v.side);
	v.policy = ffcause_policy(end, &v, &f);
	return v;
}
