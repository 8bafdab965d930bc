/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/util.h"
#include "ffmpeg/ffadvice.h"
#include "ffmpeg/ffcure.h"

/* --- finding ------------------------------------------------------------- */

/* The side, also where only the class tells it. */
static enum fail_side
ffadvice_side(const struct ffadvice_ask *ask)
{
	if (ask->program)
		return SIDE_PROGRAM;
	if (ask->side != SIDE_NONE)
		return ask->side;
	switch (ask->class) {
	case FAIL_ENDED:
	case FAIL_CHANGED:
	case FAIL_DEVICE:
	case FAIL_INPUT:
		return SIDE_SOURCE;
	case FAIL_DISK:
		return SIDE_OUTPUT;
	default:
		return SIDE_NONE;
	}
}

/* The scheme of what the subject is: the sound may have a device of its own
 * beside a camera. */
static const char *
ffadvice_scheme(const struct ffadvice_ask *ask)
{
	bool sound = util_streq(ask->scheme, "alsa") ||
	    ask->detail == DETAIL_SOUND_CARD ||
	    (ask->subject != NULL && *ask->subject != '/');

	if (ask->class == FAIL_DEVICE)
		return sound ? "alsa" : "v4l2";
	if (ask->class == FAIL_DISK && ask->scheme == NULL)
		return "file";
	return ask->scheme;
}

/* Whether a scheme is one of the words, or of their family: "rtsps" is of
 * "rtsp". */
static bool
ffadvice_has_scheme(const char *words, const char *scheme)
{
	size_t len;

	if (words == NULL)
		return true;
	for (; scheme != NULL && *words != '\0'; words += len) {
		words += strspn(words, " ");
		len = strcspn(words, " ");
		if (len > 0 && strncmp(words, scheme, len) == 0)
			return true;
	}
	return false;
}

const struct ffcure *
ffadvice_find(const struct ffadvice_ask *ask)
{
	enum fail_side side = ffadvice_side(ask);
	const char *scheme = ffadvice_scheme(ask);
	const struct ffcure *row = ffcure_rows;

	/* the last row of a class fits always */
	while (row->class != ask->class ||
	    (row->detail != DETAIL_NONE && row->detail != ask->detail) ||
	    (row->side != SIDE_NONE && row->side != side) ||
	    !ffadvice_has_scheme(row->schemes, scheme))
		row++;
	return row;
}

/* --- the other side ------------------------------------------------------ */

struct ffadvice_noun {
	enum fail_side side;
	const char *schemes;
	const char *noun;
	bool local; /* the subject is its name; else the address of its host */
};

/* The first one that fits. */
static const struct ffadvice_noun ffadvice_nouns[] = {
	{ SIDE_SOURCE, "rtsp", "the camera", false },
	{ SIDE_SOURCE, "file", "the file", true },
	{ SIDE_SOURCE, "v4l2", "the device", true },
	{ SIDE_SOURCE, "alsa", "the sound device", true },
	{ SIDE_SOURCE, "udp rtp", "the sender", false },
	{ SIDE_SOURCE, "http rtmp srt tcp tls", "the server", false },
	{ SIDE_SOURCE, NULL, "the source", false },
	{ SIDE_OUTPUT, "record", "the recording", true },
	{ SIDE_OUTPUT, "hls", "the playlist", true },
	{ SIDE_OUTPUT, "file", "the file", true },
	{ SIDE_OUTPUT, "udp rtp", "the receiver", false },
	{ SIDE_OUTPUT, NULL, "the server", false },
	{ SIDE_PROGRAM, NULL, "your program", true },
	{ SIDE_MACHINE, NULL, "this machine", true },
	{ SIDE_NONE, NULL, "the other side", false },
};

static const struct ffadvice_noun *
ffadvice_noun(const struct ffadvice_ask *ask)
{
	enum fail_side side = ffadvice_side(ask);
	const char *scheme = ffadvice_scheme(ask);
	const struct ffadvice_noun *n = ffadvice_nouns;

	while (n->side != SIDE_NONE &&
	    (n->side != side || !ffadvice_has_scheme(n->schemes, scheme)))
		n++;
	return n;
}

/* "the camera at cam:554", "the device /dev/video0", "/rec/a.mkv"; of a place
 * on our disks the path says enough. Caller frees. */
static char *
ffadvice_peer(const struct ffadvice_ask *ask, bool capital)
{
	const struct ffadvice_noun *n = ffadvice_noun(ask);
	bool path = ask->subject != NULL && *ask->subject == '/';
	char *text;

	if (ask->subject == NULL)
		text = xstrdup(n->noun);
	else if (path && !capital && ffadvice_side(ask) != SIDE_SOURCE)
		return xstrdup(ask->subject);
	else if (path && !n->local)
		text = xasprintf("the file %s", ask->subject);
	else
		text = xasprintf(
		    "%s%s%s", n->noun, n->local ? " " : " at ", ask->subject);
	if (capital)
		*text = (char)toupper((unsigned char)*text);
	return text;
}

/* --- hints --------------------------------------------------------------- */

/* What is known about an option, in a sentence. */
struct ffadvice_hint {
	const char *option, *hint;
};

/* Of other versions of ffmpeg. */
static const struct ffadvice_hint ffadvice_gone[] = {
	{ "stimeout",
	    "Since ffmpeg 5.0 it is \"timeout\", in microseconds too." },
	{ "vsync", "Since ffmpeg 5.1 it is \"fps_mode\"." },
	{ "fps_mode", "Before ffmpeg 5.1 it is \"vsync\"." },
	{ "readrate",
	    "It needs ffmpeg 5.0; before, \"re\" does much the same." },
	{ "async", "Use the filter aresample=async=1 in its place." },
	{ "vol", "Use the filter volume in its place." },
	{ "deinterlace", "Use the filter yadif in its place." },
	{ "map_channel", "Use the filter pan in its place." },
	{ "absf", "It is \"bsf:a\" now." },
	{ "vbsf", "It is \"bsf:v\" now." },
};

/* What they may be. */
static const struct ffadvice_hint ffadvice_values[] = {
	{ "preset",
	    "Those of libx264 are ultrafast, superfast, veryfast, faster, "
	    "fast, medium, slow, slower, veryslow." },
	{ "tune",
	    "Those of libx264 are zerolatency, film, animation, grain, "
	    "stillimage, fastdecode." },
	{ "profile",
	    "Those of libx264 are baseline, main and high, for "
	    "\"pixel_format\": \"yuv420p\"." },
	{ "pix_fmt", "`ffmpeg -pix_fmts` lists them; players want yuv420p." },
	{ "format", "`ffmpeg -formats` lists them." },
	{ "vf", "`ffmpeg -filters` lists what filters there are." },
	{ "url",
	    "Scheme or port may be wrong; a password with # or @ belongs into "
	    "\"password\", an IPv6 address into [ ]." },
	{ "args", "The last one must be the output." },
	{ "rtsp_transport", "It is udp, tcp, udp_multicast, http or https." },
	{ "vsync", "It is auto, passthrough, cfr, vfr or drop." },
	{ "fps_mode", "It is auto, passthrough, cfr, vfr or drop." },
	{ "passphrase", "SRT wants 10 to 79 characters." },
	{ "streamid", "The stream id of SRT is \"srt_streamid\"." },
};

/* Of the option that the subject names, or NULL. */
static const char *
ffadvice_hint(const struct ffadvice_ask *ask)
{
	const char *option = ask->subject == NULL ? "" : ask->subject;
	bool gone = ask->detail == DETAIL_GONE_OPTION;
	const struct ffadvice_hint *hints =
	    gone ? ffadvice_gone : ffadvice_values;
	size_t n = gone ? NELEM(ffadvice_gone) : NELEM(ffadvice_values);

	if (*option == '/')
		return "If that file exists already, remove it.";
	if (*option == '-')
		option++;
	for (size_t i = 0; i < n; i++)
		if (strcmp(hints[i].option, option) == 0)
			return hints[i].hint;
	return NULL;
}

/* --- filling in ---------------------------------------------------------- */

/* The key and its place. NULL: unknown. Caller frees. */
static char *
ffadvice_key(const struct ffadvice_ask *ask)
{
	if (ask->key == NULL || ask->place == NULL)
		return ask->key == NULL ? NULL : xstrdup(ask->key);
	return xasprintf("%s at %s", ask->key, ask->place);
}

/* What is said of a list without files. NULL: unknown. Caller frees. */
static char *
ffadvice_empty(const char *subject)
{
	if (subject == NULL)
		return NULL;
	if (strpbrk(subject, "*?[") != NULL)
		return xasprintf("no file matches %s", subject);
	return xasprintf("%s is empty", subject);
}

static char *
ffadvice_copy(const char *text)
{
	return text == NULL ? NULL : xstrdup(text);
}

/* What a word in braces stands for. NULL: unknown. Caller frees. */
static char *
ffadvice_word(const char *word, size_t len, const struct ffadvice_ask *ask)
{
	char *name = xstrndup(word, len), *text = NULL;

	if (strcmp(name, "peer") == 0 || strcmp(name, "Peer") == 0)
		text = ffadvice_peer(ask, *name == 'P');
	else if (strcmp(name, "subject") == 0)
		text = ffadvice_copy(ask->subject);
	else if (strcmp(name, "quoted") == 0 && ask->subject != NULL)
		text = xasprintf("\"%s\"", ask->subject);
	else if (strcmp(name, "empty") == 0)
		text = ffadvice_empty(ask->subject);
	else if (strcmp(name, "key") == 0)
		text = ffadvice_key(ask);
	else if (strcmp(name, "name") == 0)
		text = xstrdup(ask->name != NULL ? ask->name : "NAME");
	else if (strcmp(name, "hint") == 0)
		text = ffadvice_copy(ffadvice_hint(ask));
	free(name);
	return text;
}

/* The end of a word in braces, which may have others in its text for
 * "unknown". */
static const char *
ffadvice_brace_end(const char *at)
{
	int depth = 0;

	for (; *at != '\0'; at++) {
		if (*at == '{')
			depth++;
		else if (*at == '}' && --depth == 0)
			break;
	}
	return at;
}

static void ffadvice_put(struct buf *b, const char *text, const char *end,
    const struct ffadvice_ask *ask);

/* What is between the braces. */
static void
ffadvice_put_word(struct buf *b, const char *word, const char *end,
    const struct ffadvice_ask *ask)
{
	size_t len = strcspn(word, "|}");
	char *text = ffadvice_word(word, len, ask);

	if (text != NULL)
		buf_puts(b, text);
	else if (word[len] == '|')
		ffadvice_put(b, word + len + 1, end, ask);
	free(text);
}

/* A text up to `end`. A brace before a blank is of JSON. */
static void
ffadvice_put(struct buf *b, const char *text, const char *end,
    const struct ffadvice_ask *ask)
{
	const char *stop;

	while (text < end) {
		if (*text == '{' && isalpha((unsigned char)text[1])) {
			stop = ffadvice_brace_end(text);
			ffadvice_put_word(b, text + 1, stop, ask);
			text = stop;
		} else
			buf_put(b, text, 1);
		text++;
	}
}

/* A text of ffcure, filled in. Caller frees. */
static char *
ffadvice_fill(const char *text, const struct ffadvice_ask *ask)
{
	struct buf b;

	buf_init(&b, 0);
	ffadvice_put(&b, text, text + strlen(text), ask);
	return buf_steal(&b);
}

/* "15 min", "90.0 s" */
static const char *
ffadvice_span(int64_t ms, char out[UTIL_SPAN_LEN])
{
	if (ms % 60000 != 0)
		return util_span(ms, out);
	snprintf(out, UTIL_SPAN_LEN, "%d min", (int)(ms / 60000));
	return out;
}

char *
ffadvice_cause(const struct ffadvice_ask *ask)
{
	char *cause = ffadvice_fill(ffadvice_find(ask)->cause, ask), *text;
	char span[UTIL_SPAN_LEN];

	if (ask->held_ms <= 0)
		return cause;
	text = xasprintf("%s It was given up, and is tried again every %s.",
	    cause, ffadvice_span(ask->held_ms, span));
	free(cause);
	return text;
}

char *
ffadvice_do(const struct ffadvice_ask *ask)
{
	return ffadvice_fill(ffadvice_find(ask)->cure, ask);
}
