/* SPDX-License-Identifier: ISC */
/*
 * ffmpeg's lines about its tracks and files, in the words of 4.3 to 9.0.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "ffmpeg/ffout.h"

/* --- tracks -------------------------------------------------------------- */

bool
ffout_opens_input(const char *line)
{
	return strstr(line, "Input #0, ") != NULL;
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
	    NULL || /* not H.264 */
	    (strstr(line, "Invalid NAL unit ") != NULL &&
		util_has_suffix(line, ", skipping.")); /* not H.265 */
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

char *
ffout_demuxer(const char *line, int *input)
{
	const char *from, *name = strstr(line, "Input #");
	char *end;

	if (name == NULL)
		return NULL;
	*input = (int)strtol(name + strlen("Input #"), &end, 10);
	from = strstr(end, ", from ");
	if (from == NULL || from == end || !util_has_prefix(end, ", "))
		return NULL;
	end += 2;
	return xstrndup(end, (size_t)(from - end));
}

/* One of no length is that of a live stream. */
bool
ffout_has_end(const char *line)
{
	const char *at = strstr(line, "  Duration: ");

	if (at == NULL)
		return false;
	at += strlen("  Duration: ");
	return strspn(at, "0123456789:.") > 0 && at[strspn(at, "0:.")] != ',';
}

bool
ffout_is_foreign(const char *line)
{
	const char *at = strstr(line, "Stream 0, codec ");

	return at != NULL &&
	    strstr(at, "is muxed as a private data stream") != NULL;
}

bool
ffout_is_flaw(const char *line)
{
	static const char *const words[] = { ": partial file",
		"] File ended prematurely at pos",
		"exceeds containing master element" };

	for (size_t i = 0; i < NELEM(words); i++)
		if (strstr(line, words[i]) != NULL)
			return true;
	return false;
}

/* --- tags ---------------------------------------------------------------- */

/* Words of "[level] " tags. */
static const char *const ffout_levels[] = { "quiet", "panic", "fatal", "error",
	"warning", "info", "verbose", "debug", "trace" };

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

void
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

/* --- words --------------------------------------------------------------- */

/* "detect.py line 88" of a traceback's line 'File "/x/detect.py", line 88', or
 * NULL: not a frame. Caller frees. */
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
			words = last; /* the exception, after its frames */
	}
	if (words != NULL)
		out = xasprintf("%s: %s", frame, words);
	else
		out = last == NULL ? NULL : xstrdup(last);
	free(frame);
	return out;
}

char *
ffout_last_frame(const char *const *lines, size_t n)
{
	char *frame = NULL;

	while (n-- > 0 && frame == NULL)
		frame = ffout_frame(lines[n]);
	return frame;
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
