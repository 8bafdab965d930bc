/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/url.h"
#include "base/util.h"
#include "ffmpeg/ffcause.h"
#include "ffmpeg/ffout.h"
#include "ffmpeg/ffplace.h"
#include "ffmpeg/ffsubject.h"

/* Where a name stands in a line: after `mark`, up to the first of `ends`. */
struct ffsubject_mark {
	const char *mark, *ends;
	const char *name; /* not NULL: the name itself, in place of a part */
};

static const struct ffsubject_mark ffsubject_options[] = {
	{ "Unrecognized option '", "'", NULL },
	{ "Missing argument for option '", "'", NULL },
	{ "Error setting option ", " ", NULL },
	{ "Error setting preset", "", "preset" },
	{ "Error setting profile", "", "profile" },
	{ "profile doesn't support", "", "profile" },
	{ "x264 [error]: invalid ", " :", NULL },
	{ "Possible presets", "", "preset" },
	{ "pixel format", "", "pix_fmt" },
	{ "output format", "", "format" },
	{ "Unknown input format", "", "format" },
	{ "Protocol not found", "", "url" },
	{ "Port missing in uri", "", "url" },
	{ "for option '", "'", NULL },
	{ "Invalid duration for option ", " :", NULL },
	{ "The value for ", " ", NULL },
	{ "number for ", " ", NULL },
	{ "int64 for ", " ", NULL },
	{ "int for ", " ", NULL },
	{ "failed to set option SRTO_", " ", NULL },
	{ "Unable to parse \"", "\"", NULL },
	{ "Option ", " ", NULL },
	{ "[lavfi @", "", "url" },
	{ "No such filter", "", "vf" },
	{ "Cannot parse expression", "", "vf" },
	{ "Error initializing filter", "", "vf" },
	{ "At least one output file", "", "args" },
};

static const struct ffsubject_mark ffsubject_codecs[] = {
	{ "Unknown encoder '", "'", NULL },
	{ "Unknown decoder '", "'", NULL },
	{ "ideo codec ", " ", NULL },
	{ "udio codec ", " ", NULL },
	{ "for codec ", " ", NULL },
	{ "] codec ", " ", NULL },
};

/* Of the source, where the failure does not name it. */
static const struct ffsubject_mark ffsubject_video[] = {
	{ ": Video: ", " ,(", NULL },
};

static const struct ffsubject_mark ffsubject_files[] = {
	{ "Cannot open video device ", ":", NULL },
	{ "cannot open audio device ", " ", NULL },
	{ "Impossible to open '", "'", NULL },
	{ "Failed to open segment '", "'", NULL },
	{ "Failed to open file '", "'", NULL },
	{ "ending segment '", "'", NULL },
	{ "Error writing trailer of ", ":", NULL },
	{ "Error closing file ", ":", NULL },
	{ "Error opening output file ", "", NULL },
	{ "Error opening input file ", "", NULL },
	{ "Error opening output ", ":", NULL },
	{ "File '", "'", NULL },
};

static const struct ffsubject_mark ffsubject_libraries[] = {
	{ "shared libraries: ", ":", NULL },
};

static const char *const ffsubject_encoders[] = { "_vaapi", "_nvenc", "_qsv",
	"_v4l2m2m", "_amf", "_videotoolbox", "_omx", "_mediacodec" };

/* The name that a line has at one of the marks, or NULL. Caller frees. */
static char *
ffsubject_at(const char *line, const struct ffsubject_mark *marks, size_t n)
{
	const char *at;

	for (size_t i = 0; i < n; i++) {
		size_t len;

		at = strstr(line, marks[i].mark);
		if (at == NULL)
			continue;
		if (marks[i].name != NULL)
			return xstrdup(marks[i].name);
		at += strlen(marks[i].mark);
		len = *marks[i].ends == '\0' ? strlen(at)
					     : strcspn(at, marks[i].ends);
		if (*marks[i].ends == '\0' && len > 0 && at[len - 1] == '.')
			len--; /* "... input file x.mp4." */
		if (len > 0)
			return xstrndup(at, len);
	}
	return NULL;
}

/* Likewise of the proof, then of the lines after it. */
static char *
ffsubject_in(const struct ffcause_end *end, const struct ffcause_verdict *v,
    const struct ffsubject_mark *marks, size_t n)
{
	char *name = NULL;

	for (size_t i = v->proof < 0 ? 0 : (size_t)v->proof;
	     i < end->n_lines && name == NULL; i++)
		name = ffsubject_at(end->lines[i], marks, n);
	return name;
}

/* --- by class -------------------------------------------------------------- */

/* The host in a line's URL, or in "hostname x:". */
static char *
ffsubject_line_host(const char *line)
{
	static const struct ffsubject_mark names[] = {
		{ "Failed to resolve hostname ", ":", NULL },
	};
	const char *at = strstr(line, "://");

	if (at == NULL)
		return ffsubject_at(line, names, NELEM(names));
	while (at > line && isalnum((unsigned char)at[-1]))
		at--;
	return ffplace_host(at);
}

/* "host:554", and the path that the server does not have. */
static char *
ffsubject_server(const struct ffcause_end *end, const struct ffcause_verdict *v)
{
	const char *address = ffcause_address(end, v->side);
	char *host = ffplace_host(address), *both;
	struct url_place at;

	if (host == NULL && address != NULL)
		return xstrdup(address);
	for (size_t i = v->proof < 0 ? end->n_lines : (size_t)v->proof;
	     i < end->n_lines && host == NULL; i++)
		host = ffsubject_line_host(end->lines[i]);
	if (host == NULL || v->class != FAIL_NOTFOUND || url_is_rtmp(address) ||
	    !url_find_place(address, &at))
		return host;
	both = xasprintf("%s%.*s", host, (int)strcspn(at.end, "?#"), at.end);
	free(host);
	return both;
}

/* The directory that the files of a pattern or path are in. */
static char *
ffsubject_directory(const char *path)
{
	const char *slash = memrchr(path, '/', strcspn(path, "%"));

	if (slash == NULL)
		return xstrdup(".");
	return slash == path ? xstrdup("/")
			     : xstrndup(path, (size_t)(slash - path));
}

/* The path that a line begins with, "/rec/a.mkv: Permission denied". */
static char *
ffsubject_line_path(const char *line)
{
	struct ffout_line l;
	const char *colon;

	ffout_untag(&l, line);
	colon = strstr(l.text, ": ");
	if (colon == NULL || (*l.text != '/' && *l.text != '.') ||
	    strchr(colon + 2, '/') != NULL)
		return NULL;
	return xstrndup(l.text, (size_t)(colon - l.text));
}

static char *
ffsubject_file(const struct ffcause_end *end, const struct ffcause_verdict *v)
{
	const char *address = ffcause_address(end, v->side);
	char *name;

	if (address != NULL)
		return ffplace_is_path(address) ? xstrdup(address)
						: ffsubject_server(end, v);
	name = ffsubject_in(end, v, ffsubject_files, NELEM(ffsubject_files));
	for (size_t i = v->proof < 0 ? end->n_lines : (size_t)v->proof;
	     i < end->n_lines && name == NULL; i++)
		name = ffsubject_line_path(end->lines[i]);
	return name;
}

/* A sound card may be beside the source that has an address. */
static char *
ffsubject_device(const struct ffcause_end *end, const struct ffcause_verdict *v)
{
	char *name = v->proof < 0
	    ? NULL
	    : ffsubject_at(end->lines[v->proof], ffsubject_files,
		  NELEM(ffsubject_files));

	return name != NULL ? name : ffsubject_file(end, v);
}

static char *
ffsubject_disk(const struct ffcause_end *end, const struct ffcause_verdict *v)
{
	char *file = ffsubject_file(end, v), *directory;

	if (file == NULL || v->detail == DETAIL_NOT_DIRECTORY ||
	    v->detail == DETAIL_NAME_LENGTH)
		return file;
	directory = ffsubject_directory(file);
	free(file);
	return directory;
}

static char *
ffsubject_option(const struct ffcause_end *end, const struct ffcause_verdict *v)
{
	char *name =
	    ffsubject_in(end, v, ffsubject_options, NELEM(ffsubject_options));

	for (char *c = name; c != NULL && *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c); /* SRTO_PASSPHRASE */
	if (name == NULL)
		name = ffsubject_in(
		    end, v, ffsubject_files, NELEM(ffsubject_files));
	return name;
}

static char *
ffsubject_codec(const struct ffcause_end *end, const struct ffcause_verdict *v)
{
	char *name;

	if (v->detail == DETAIL_NONE || v->detail == DETAIL_STAMPS)
		return NULL;
	name = ffsubject_in(end, v, ffsubject_codecs, NELEM(ffsubject_codecs));
	for (size_t i = 0;
	     i < end->n_lines && name == NULL && v->detail == DETAIL_VIDEO; i++)
		name = ffsubject_at(
		    end->lines[i], ffsubject_video, NELEM(ffsubject_video));
	return name;
}

/* "640x480" in a line. */
static char *
ffsubject_size(const struct ffcause_end *end, const struct ffcause_verdict *v)
{
	struct ffout_line l;
	const char *from;
	size_t n;

	ffout_untag(&l, v->proof < 0 ? "" : end->lines[v->proof]);
	for (const char *x = strchr(l.text, 'x'); x != NULL;
	     x = strchr(x + 1, 'x')) {
		for (from = x;
		     from > l.text && isdigit((unsigned char)from[-1]);)
			from--;
		n = strspn(x + 1, "0123456789");
		if (from < x && n > 0)
			return xstrndup(from, (size_t)(x + 1 - from) + n);
	}
	return NULL;
}

/* The hardware encoder that one of the lines names. */
static char *
ffsubject_encoder(const struct ffcause_end *end)
{
	for (size_t i = 0; i < end->n_lines; i++)
		for (size_t k = 0; k < NELEM(ffsubject_encoders); k++) {
			const char *line = end->lines[i], *from;
			const char *at = strstr(line, ffsubject_encoders[k]);

			if (at == NULL)
				continue;
			for (from = at;
			     from > line && isalnum((unsigned char)from[-1]);)
				from--;
			if (from < at)
				return xasprintf("%.*s%s", (int)(at - from),
				    from, ffsubject_encoders[k]);
		}
	return NULL;
}

char *
ffsubject_of(const struct ffcause_end *end, const struct ffcause_verdict *v)
{
	switch (v->class) {
	case FAIL_INPUT:
		return ffsubject_file(end, v);
	case FAIL_DEVICE:
		return ffsubject_device(end, v);
	case FAIL_DISK:
		return ffsubject_disk(end, v);
	case FAIL_OPTION:
		return ffsubject_option(end, v);
	case FAIL_CODEC:
		return ffsubject_codec(end, v);
	case FAIL_GEOMETRY:
		return ffsubject_size(end, v);
	case FAIL_HWENC:
		return ffsubject_encoder(end);
	case FAIL_SPAWN:
		return ffsubject_in(
		    end, v, ffsubject_libraries, NELEM(ffsubject_libraries));
	case FAIL_PRODUCER:
		return ffout_last_frame(end->lines, end->n_lines);
	case FAIL_NONE:
	case FAIL_MEMORY:
	case FAIL_SIGNAL:
	case FAIL_CRASH:
	case FAIL_EXIT:
	case N_FAIL_CLASSES:
		return NULL;
	default:
		return v->side == SIDE_PROGRAM ? NULL
					       : ffsubject_server(end, v);
	}
}

int
ffsubject_line(const struct ffcause_end *end, const struct ffcause_verdict *v,
    const char *subject)
{
	if (v->also >= 0 || subject == NULL || v->proof < 0 ||
	    strstr(end->lines[v->proof], subject) != NULL)
		return v->also;
	for (size_t i = 0; i < end->n_lines; i++)
		if (strstr(end->lines[i], subject) != NULL) {
			struct ffout_line l;

			ffout_untag(&l, end->lines[i]);
			if (l.level < FFOUT_LEVEL_INFO)
				return (int)i;
		}
	return -1;
}
