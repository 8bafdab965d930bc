/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "base/words.h"
#include "ffmpeg/ffmedia.h"

/* The rest of the line after the first mark that is not a cover's, or NULL.
 * Caller frees. */
static char *
ffmedia_line(const char *said, const char *mark)
{
	const char *at = said, *cover;
	size_t len;

	while ((at = strstr(at, mark)) != NULL) {
		at += strlen(mark);
		len = strcspn(at, "\n");
		cover = strstr(at, "(attached pic)");
		if (cover == NULL || cover > at + len)
			return xstrndup(at, len);
	}
	return NULL;
}

/* The number right before a unit, such as " fps"; 0: none. */
static double
ffmedia_number(const char *line, const char *unit)
{
	const char *at = strstr(line, unit);
	double n = 0;

	if (at == NULL)
		return 0;
	while (at > line && strchr("0123456789.k", at[-1]) != NULL)
		at--;
	if (sscanf(at, "%lf", &n) != 1)
		return 0;
	return at[strspn(at, "0123456789.")] == 'k' ? n * 1000 : n;
}

/* The size stands between commas, or before its aspect ratio. */
static void
ffmedia_size(struct ffmedia *m, const char *line)
{
	const char *at = line;
	int len;

	while ((at = strstr(at, ", ")) != NULL) {
		at += 2;
		len = 0;
		if (sscanf(at, "%dx%d%n", &m->w, &m->h, &len) == 2 &&
		    strchr(" ,", at[len]) != NULL)
			return;
	}
	m->w = m->h = 0;
}

static void
ffmedia_name(char *name, const char *line)
{
	snprintf(name, FFMEDIA_NAME, "%.*s", (int)strcspn(line, " ,("), line);
}

bool
ffmedia_read(struct ffmedia *m, const char *said)
{
	char *video = ffmedia_line(said, "Video: ");
	char *sound = ffmedia_line(said, "Audio: ");

	*m = (struct ffmedia){ .w = 0 };
	if (video != NULL) {
		ffmedia_name(m->codec, video);
		ffmedia_size(m, video);
		m->fps = ffmedia_number(video, " fps");
	}
	if (sound != NULL) {
		ffmedia_name(m->sound, sound);
		m->hz = (int)ffmedia_number(sound, " Hz");
	}
	free(video);
	free(sound);
	return m->codec[0] != '\0';
}

char *
ffmedia_difference(
    const struct ffmedia *m, const struct ffmedia *other, char **others)
{
	*others = NULL;
	if (strcmp(m->codec, other->codec) != 0) {
		*others = xstrdup(other->codec);
		return xstrdup(m->codec);
	}
	if (m->w != other->w || m->h != other->h) {
		*others = xasprintf("%dx%d", other->w, other->h);
		return xasprintf("%dx%d", m->w, m->h);
	}
	if (fabs(m->fps - other->fps) > 0.01) {
		*others = xasprintf("%g fps", other->fps);
		return xasprintf("%g fps", m->fps);
	}
	if (strcmp(m->sound, other->sound) != 0 || m->hz != other->hz) {
		*others = other->sound[0] == '\0'
		    ? xstrdup("without audio")
		    : xasprintf("with %s of %d Hz", other->sound, other->hz);
		return m->sound[0] == '\0'
		    ? xstrdup("without audio")
		    : xasprintf("with %s of %d Hz", m->sound, m->hz);
	}
	return NULL;
}

bool
ffmedia_fits_link(const struct ffmedia *m)
{
	static const char *const names[] = { "h264", "hevc", "mpeg1video",
		"mpeg2video", "mpeg4" };

	return words_find(names, NELEM(names), m->codec) < NELEM(names);
}
