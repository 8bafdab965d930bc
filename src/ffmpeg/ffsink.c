/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/url.h"
#include "base/util.h"
#include "ffmpeg/ffsink.h"
#include "profile/profile.h"

static const struct {
	const char *suffix, *format;
} ffsink_suffixes[] = {
	{ ".m3u8", "hls" },
	{ ".mkv", "matroska" },
	{ ".ts", "mpegts" },
	{ ".mp4", "mp4" },
	{ ".flv", "flv" },
};

const char *
ffsink_format(const struct profile_output *o)
{
	const char *name = o->url != NULL ? o->url : o->record;

	if (o->format != NULL) /* ffmpeg takes "HLS" for "hls" */
		return strcasecmp(o->format, "hls") == 0 ? "hls" : o->format;
	if (url_is_rtmp(name))
		return "flv";
	if (url_is_rtsp(name))
		return "rtsp";
	if (url_has_scheme(name, "srt") || url_has_scheme(name, "udp") ||
	    url_has_scheme(name, "tcp"))
		return "mpegts";
	for (size_t i = 0; i < NELEM(ffsink_suffixes); i++)
		if (util_has_suffix(name, ffsink_suffixes[i].suffix))
			return ffsink_suffixes[i].format;
	return NULL;
}

/* Muxers that write several files, or none, at a path; devices. */
static const char *const ffsink_many[] = { "alsa", "audiotoolbox", "caca",
	"dash", "decklink", "fbdev", "hds", "image2", "null", "opengl", "oss",
	"pulse", "rtp", "sap", "sdl", "sdl2", "segment", "smoothstreaming",
	"sndio", "ssegment", "stream_segment", "tee", "v4l2", "video4linux2",
	"webm_chunk", "webm_dash_manifest", "xv" };

/* Names that such muxers go by; "image2" has its own. */
static const char *const ffsink_many_suffixes[] = { ".mpd", ".m3u", ".webp",
	".ism" };

/* Names by which image2 is chosen, the last ones only with a number. */
#define FFSINK_IMAGES_NUMBERED 8
static const char *const ffsink_image_suffixes[] = { ".bmp", ".dpx", ".exr",
	".hdr", ".im1", ".im24", ".im8", ".j2c", ".j2k", ".jls", ".jp2",
	".jpeg", ".jpg", ".jxl", ".ljpg", ".pam", ".pbm", ".pcx", ".pfm",
	".pgm", ".pgmyuv", ".phm", ".pix", ".png", ".pnm", ".ppm", ".qoi",
	".ras", ".rs", ".sgi", ".sun", ".sunras", ".tga", ".tif", ".tiff",
	".vbn", ".wbmp", ".xbm", ".xface", ".xwd", ".y", ".dds", ".gif", ".ico",
	".jpx", ".mng", ".raw", ".svg", ".webp" };

/* Is the word in the list? ffmpeg ignores case. */
static bool
ffsink_is_one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; word != NULL && i < n; i++)
		if (strcasecmp(word, list[i]) == 0)
			return true;
	return false;
}

/* Whether image2 writes this: one file for each frame, or one for all. */
static bool
ffsink_is_images(const char *format, const char *path)
{
	size_t n = NELEM(ffsink_image_suffixes);
	const char *dot = strrchr(path, '.');

	if (format != NULL)
		return strcasecmp(format, "image2") == 0;
	if (strchr(path, '%') == NULL)
		n -= FFSINK_IMAGES_NUMBERED;
	return ffsink_is_one_of(dot, ffsink_image_suffixes, n);
}

/* Length of a protocol's name that a URL begins with, 0: a path. */
static size_t
ffsink_protocol_len(const char *url)
{
	size_t len = strspn(url,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789+-.,");

	return url[len] == ':' ? len : 0;
}

/* The path of a URL, borrowed; NULL: not a path, or a device. */
static const char *
ffsink_local(const char *path)
{
	if (util_has_prefix(path, "file://") && path[7] != '/')
		return NULL; /* with a host */
	if (util_has_prefix(path, "file:"))
		path += strlen("file:");
	else if (ffsink_protocol_len(path) > 0)
		return NULL;
	return *path == '\0' || *path == '-' || util_has_prefix(path, "/dev/")
	    ? NULL
	    : path;
}

const char *
ffsink_path(const struct profile_output *o)
{
	return o->url == NULL ? NULL : ffsink_local(o->url);
}

enum sink
ffsink_of(const struct profile_output *o)
{
	const char *path = ffsink_path(o), *format;

	if (o->record != NULL)
		return SINK_RECORD;
	if (path == NULL)
		return SINK_OTHER;
	format = ffsink_format(o);
	if (util_streq(format, "hls"))
		return SINK_HLS;
	if (ffsink_is_one_of(format, ffsink_many, NELEM(ffsink_many)) ||
	    ffsink_is_images(format, path))
		return SINK_OTHER;
	for (size_t i = 0; i < NELEM(ffsink_many_suffixes); i++)
		if (format == NULL &&
		    util_has_suffix(path, ffsink_many_suffixes[i]))
			return SINK_OTHER;
	return SINK_FILE;
}

/* Whether the profile's options give HLS segments other names, or keep them. */
static bool
ffsink_names_segments(const struct profile_output *o)
{
	static const char *const names[] = { "-hls_delete_threshold",
		"-hls_segment_filename", "-strftime", "-strftime_mkdir",
		"-use_localtime", "-var_stream_map" };
	const struct strv *v = &o->options;

	for (size_t i = 0; i < v->n; i++) {
		for (size_t k = 0; k < NELEM(names); k++)
			if (strcmp(v->v[i], names[k]) == 0)
				return true;
		if (strcmp(v->v[i], "-hls_flags") == 0 && i + 1 < v->n &&
		    (strstr(v->v[i + 1], "delete_segments") == NULL ||
			strstr(v->v[i + 1], "single_file") != NULL ||
			strstr(v->v[i + 1], "second_level") != NULL))
			return true;
	}
	return false;
}

/* The value of this among the output's options, NULL: none. The last one
 * counts, and ffmpeg takes "-name:0" too. */
static const char *
ffsink_option(const struct profile_output *o, const char *name)
{
	const char *value = NULL, *s;
	size_t len = strlen(name);

	for (size_t i = 0; i + 1 < o->options.n; i++) {
		s = o->options.v[i];
		if (strncmp(s, name, len) == 0 &&
		    (s[len] == '\0' || s[len] == ':'))
			value = o->options.v[i + 1];
	}
	return value;
}

/* Whether one of the places, with options in [ ] before, is a file of ours. */
static bool
ffsink_tees_to_file(const char *places)
{
	const char *end, *close;
	bool does = false;
	char *place;

	for (; !does && places != NULL; places = end == NULL ? NULL : end + 1) {
		places += strspn(places, " ");
		end = strchr(places, '|');
		close = *places == '[' ? strchr(places, ']') : NULL;
		if (close != NULL && (end == NULL || close < end))
			places = close + 1;
		place = end == NULL ? xstrdup(places)
				    : xstrndup(places, (size_t)(end - places));
		does = ffsink_local(place) != NULL;
		free(place);
	}
	return does;
}

/* Whether a protocol that wraps another one has a file of ours. */
static bool
ffsink_wraps_file(const char *url)
{
	if (util_has_prefix(url, "tee:"))
		return ffsink_tees_to_file(url + strlen("tee:"));
	return (util_has_prefix(url, "crypto:") ||
		   util_has_prefix(url, "crypto+")) &&
	    ffsink_local(url + strlen("crypto:")) != NULL;
}

bool
ffsink_begins_anew(const struct profile_output *o)
{
	static const char *const segments[] = { "segment", "ssegment",
		"stream_segment" };
	const char *path = ffsink_path(o), *format = o->format;
	const char *update = ffsink_option(o, "-update");

	if (o->url == NULL)
		return false;
	if (ffsink_wraps_file(o->url) ||
	    (format != NULL && strcasecmp(format, "tee") == 0 &&
		ffsink_tees_to_file(o->url)))
		return true;
	if (path == NULL)
		return false;
	if (format != NULL && strcasecmp(format, "fifo") == 0)
		return ffsink_option(o, "-fifo_format") != NULL;
	if (ffsink_is_images(format, path)) /* one, always the last, is meant */
		return strchr(path, '%') != NULL || update == NULL ||
		    !util_streq(update, "1");
	return ffsink_is_one_of(format, segments, NELEM(segments));
}

char *
ffsink_hls_stem(const struct profile_output *o)
{
	const char *path = ffsink_path(o), *slash;
	size_t len;

	if (ffsink_of(o) != SINK_HLS)
		return NULL;
	if (ffsink_names_segments(o))
		return NULL;
	slash = strrchr(path, '/');
	path = slash == NULL ? path : slash + 1;
	len = strlen(path);
	if (util_has_suffix(path, ".m3u8"))
		len -= strlen(".m3u8");
	return xstrndup(path, len);
}

bool
ffsink_bears_change(const struct profile_output *o)
{
	const char *format = ffsink_format(o);

	for (size_t i = 0; i < o->options.n; i++)
		if (strstr(o->options.v[i], "fmp4") != NULL)
			return false;
	return util_streq(format, "mpegts") || util_streq(format, "hls") ||
	    util_streq(format, "rtsp");
}

bool
ffsink_reopens(const struct profile_output *o)
{
	static const char *const words[] = { "faststart", "cues_to_front",
		"add_keyframe_index" };

	for (size_t i = 0; i < o->options.n; i++)
		for (size_t k = 0; k < NELEM(words); k++)
			if (strstr(o->options.v[i], words[k]) != NULL)
				return true;
	return false;
}

char *
ffsink_segments(const char *url)
{
	size_t stem = strlen(url);
	struct buf segments;

	if (util_has_suffix(url, ".m3u8"))
		stem -= strlen(".m3u8");
	buf_init(&segments, 0);
	for (size_t i = 0; i < stem; i++)
		buf_puts(
		    &segments, url[i] == '%' ? "%%" : (char[]){ url[i], '\0' });
	buf_puts(&segments, "-%05d.ts");
	return buf_steal(&segments);
}

char *
ffsink_hls_segments(const struct profile_output *o)
{
	const char *named;

	if (ffsink_of(o) != SINK_HLS)
		return NULL;
	named = ffsink_option(o, "-hls_segment_filename");
	if (named == NULL)
		return ffsink_segments(ffsink_path(o));
	named = ffsink_local(named);
	return named == NULL ? NULL : xstrdup(named);
}
