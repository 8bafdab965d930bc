/* SPDX-License-Identifier: ISC */
/*
 * Options are positional: global ones first, those of an input right before
 * its -i, those of the output right before its URL. What the user wrote in
 * "options" comes last in its group, so that it wins over ours.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/url.h"
#include "base/util.h"
#include "ffmpeg/ffargs.h"
#include "media/codecinfo.h"
#include "profile/profile.h"
#include "profile/workname.h"

/* Socket silence after which ffmpeg itself gives up, in microseconds. It is
 * above the default stall time, so that the watchdog, which reports better,
 * comes first where ffmpeg would report nothing at all. */
#define IO_TIMEOUT_US "20000000"

/* Bytes that may wait in the kernel for a server. By default these are megabytes,
 * a minute of a small stream, before anybody notices that it has stopped
 * reading; this is enough for 8 Mbit/s at half a second's distance. */
#define SEND_BUFFER "524288"

/* The list of files, on its stdin. Not "pipe:0": the demuxer would put "pipe:"
 * before each name in the list. */
#define FILE_LIST "/dev/stdin"

/* Frames per second of a still picture, where nothing else is said. */
#define STILL_FPS 5

#define LATEST FFVER(99, 0)

/* What the pieces of a command line are built from. */
struct ffargs {
	struct strv *argv;
	const struct profile *p;
	const struct profile_source *source; /* the worker's */
	const struct plan_worker *w;
	int ver;      /* FFVER(); an unknown version counts as the newest */
	bool brief;   /* to tell what is in the input, not to play it */
	int inputs;   /* so far */
	int audio_in; /* the input that sound comes from */
};

/* Append literal arguments; the list ends with NULL. */
static void
ffargs_put(struct ffargs *a, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, a);
	while ((s = va_arg(ap, const char *)) != NULL)
		strv_push(a->argv, s);
	va_end(ap);
}

/* "-name" and a formatted value. */
static void __attribute__((format(printf, 3, 4)))
ffargs_putf(struct ffargs *a, const char *name, const char *fmt, ...)
{
	va_list ap;

	strv_push(a->argv, name);
	va_start(ap, fmt);
	strv_take(a->argv, xvasprintf(fmt, ap));
	va_end(ap);
}

static void
ffargs_rate(struct ffargs *a, const char *name, struct rate r)
{
	if (r.den == 1)
		ffargs_putf(a, name, "%lld", (long long)r.num);
	else
		ffargs_putf(
		    a, name, "%lld/%lld", (long long)r.num, (long long)r.den);
}

/* --- version ------------------------------------------------------------ */

void
ffargs_version(struct strv *argv, const char *ffmpeg)
{
	strv_push(argv, ffmpeg);
	strv_push(argv, "-hide_banner");
	strv_push(argv, "-version");
}

/* Builds named after a commit tell their age by libavformat's major. */
static int
ffargs_version_by_library(const char *text)
{
	const char *lib = strstr(text, "libavformat");
	int major;

	if (lib == NULL || sscanf(lib, "libavformat %d.", &major) != 1)
		return 0;
	return major < 58 ? FFVER(3, 0) : FFVER(major - 54, 0);
}

bool
ffargs_parse_version(struct ffver *ver, const char *text)
{
	static const char head[] = "ffmpeg version ";
	const char *at = text + sizeof(head) - 1;
	int major, minor = 0;

	*ver = (struct ffver){ .number = 0 };
	if (!util_has_prefix(text, head))
		return false;
	snprintf(
	    ver->text, sizeof(ver->text), "%.*s", (int)strcspn(at, " \n"), at);
	if (*at == 'n') /* "n7.1": a tag of the source tree */
		at++;
	if (sscanf(at, "%d.%d", &major, &minor) >= 1 && major < 100)
		ver->number = FFVER(major, minor);
	else
		ver->number = ffargs_version_by_library(text);
	return true;
}

bool
ffargs_trails(const struct ffver *ver)
{
	return ver->number == 0 || ver->number >= FFVER(7, 0);
}

/* --- inputs ------------------------------------------------------------- */

char *
ffargs_url(const char *url, const char *user, const char *password)
{
	const char *rest = strstr(url, "://");
	char *u, *pw, *out;

	if (user == NULL || rest == NULL)
		return xstrdup(url);
	rest += 3;
	u = redact_encode(user);
	pw = redact_encode(password == NULL ? "" : password);
	out = xasprintf("%.*s%s%s%s@%s", (int)(rest - url), url, u,
	    password == NULL ? "" : ":", pw, rest);
	free(u);
	free(pw);
	return out;
}

/* The timeout of RTSP: -stimeout until 4.4, where -timeout would listen. */
static const char *
ffargs_rtsp_timeout(const struct ffargs *a)
{
	return a->ver >= FFVER(5, 0) ? "-timeout" : "-stimeout";
}

/* Options that a URL's protocol needs as an input. */
static void
ffargs_input_protocol(struct ffargs *a, const char *url)
{
	if (url_is_rtsp(url))
		ffargs_put(a, "-rtsp_transport", "tcp", ffargs_rtsp_timeout(a),
		    IO_TIMEOUT_US, NULL);
	else if (url_is_rtmp(url) || url_has_scheme(url, "http") ||
	    url_has_scheme(url, "https") || url_has_scheme(url, "tcp"))
		ffargs_put(a, "-rw_timeout", IO_TIMEOUT_US, NULL);
}

/* A track of MPEG-TS that pauses for more than ten seconds is taken for one whose
 * clock was set, and is put where it stopped: sound that comes back would be early by
 * the pause. Beside the relay, which knows such leaps better, ten hours are none: less
 * than half of the 26.5 in which the stamps come round. A source that encodes so many
 * fps would fill them. */
static void
ffargs_input_leaps(struct ffargs *a)
{
	bool before = a->w->reads == LINK_NONE && a->w->writes == LINK_PACKETS;
	bool fills = before && a->p->video.fps.num > 0 &&
	    a->w->video == VIDEO_MODE_ENCODE;

	if (before || a->w->reads == LINK_PACKETS)
		ffargs_put(
		    a, "-dts_delta_threshold", fills ? "60" : "36000", NULL);
}

static void
ffargs_input_url(struct ffargs *a)
{
	const struct profile_source *s = a->source;

	if (util_streq(s->format, "lavfi"))
		ffargs_put(a, "-re", NULL); /* it has no clock of its own */
	ffargs_input_leaps(a);
	if (s->format != NULL)
		ffargs_put(a, "-f", s->format, NULL);
	ffargs_input_protocol(a, s->url);
	if (a->w->study)
		ffargs_put(a, "-analyzeduration", "10000000", "-probesize",
		    "20000000", NULL);
	strv_append(a->argv, &s->options);
	strv_push(a->argv, "-i");
	strv_take(a->argv, ffargs_url(s->url, s->user, s->password));
}

static void
ffargs_input_device(struct ffargs *a)
{
	const struct profile_source *s = a->source;

	ffargs_put(a, "-f", s->format != NULL ? s->format : "v4l2", NULL);
	if (s->input_format != NULL)
		ffargs_put(a, "-input_format", s->input_format, NULL);
	if (s->size.w > 0)
		ffargs_putf(a, "-video_size", "%dx%d", s->size.w, s->size.h);
	if (s->fps.num > 0)
		ffargs_rate(a, "-framerate", s->fps);
	strv_append(a->argv, &s->options);
	ffargs_put(a, "-i", s->device, NULL);
}

/* Whether the source is one picture that is to stay: it would last for one
 * frame. */
static bool
ffargs_is_still(const struct ffargs *a)
{
	static const char *const kinds[] = { "jpg", "jpeg", "png", "bmp",
		"webp", "tif", "tiff" };
	const struct profile_source *s = a->source;
	const char *dot = strrchr(s->files.v[0], '.');

	if (!s->loop || s->format != NULL || s->files.n != 1 || dot == NULL ||
	    a->w->in == STDIN_LIST)
		return false;
	for (size_t i = 0; i < NELEM(kinds); i++)
		if (strcasecmp(dot + 1, kinds[i]) == 0)
			return strpbrk(s->files.v[0], "*?") == NULL;
	return false;
}

/* A still picture, again and again. */
static void
ffargs_input_still(struct ffargs *a)
{
	struct rate fps = a->p->video.fps;

	if (fps.num <= 0)
		fps = (struct rate){ STILL_FPS, 1 };
	ffargs_put(
	    a, "-f", "image2", "-pattern_type", "none", "-loop", "1", NULL);
	ffargs_rate(a, "-framerate", fps);
}

static void
ffargs_input_files(struct ffargs *a)
{
	const struct profile_source *s = a->source;

	if (!a->brief)
		ffargs_put(a, "-re", NULL);
	if (ffargs_is_still(a))
		ffargs_input_still(a);
	else if (s->loop && !a->w->playlist && !a->brief)
		ffargs_put(a, "-stream_loop", "-1", NULL);
	if (a->w->in == STDIN_LIST)
		ffargs_put(a, "-f", "concat", "-safe", "0",
		    "-protocol_whitelist", "file,crypto,data", NULL);
	else if (s->format != NULL)
		ffargs_put(a, "-f", s->format, NULL);
	strv_append(a->argv, &s->options);
	ffargs_put(a, "-i",
	    a->w->file != NULL		 ? a->w->file
		: a->w->in == STDIN_LIST ? FILE_LIST
					 : s->files.v[0],
	    NULL);
}

static void
ffargs_input_source(struct ffargs *a)
{
	if (a->source->device != NULL)
		ffargs_input_device(a);
	else if (a->source->files.n > 0)
		ffargs_input_files(a);
	else
		ffargs_input_url(a);
}

/* Raw pictures on stdin. ffsup says what they are, nothing is to be probed:
 * with the default probesize ffmpeg would wait for 5 s of pictures. */
static void
ffargs_input_frames(struct ffargs *a)
{
	const struct geometry *g = &a->w->frames.geometry;

	ffargs_put(a, "-f", "rawvideo", "-pixel_format",
	    pixfmt_names[g->format], NULL);
	ffargs_putf(a, "-video_size", "%dx%d", g->w, g->h);
	ffargs_rate(a, "-framerate", a->w->frames.fps);
	ffargs_put(a, "-probesize", "32", NULL);
	if (a->source->frames.key.set)
		strv_append(a->argv, &a->source->options);
	ffargs_put(a, "-i", "pipe:0", NULL);
}

/* MPEG-TS from our relay, which begins with the tables and a key frame: little
 * is enough to know it by. (-fflags nobuffer would throw away what was
 * probed.) */
static void
ffargs_input_packets(struct ffargs *a)
{
	ffargs_put(a, "-f", "mpegts", "-analyzeduration", "500000",
	    "-probesize", "500000", NULL);
	ffargs_input_leaps(a);
	ffargs_put(a, "-i", "pipe:0", NULL);
}

/* The sound's own input, where it does not come with the pictures. */
static void
ffargs_input_audio(struct ffargs *a)
{
	const struct profile_audio *au = &a->p->audio;

	if (au->key.word == AUDIO_SILENCE || a->w->silence)
		ffargs_put(
		    a, "-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo", NULL);
	else if (au->device != NULL)
		ffargs_put(a, "-thread_queue_size", "1024", "-f", "alsa", "-i",
		    au->device, NULL);
	else if (au->url != NULL) {
		ffargs_input_protocol(a, au->url);
		ffargs_put(a, "-i", au->url, NULL);
	} else
		return;
	a->audio_in = a->inputs++;
}

static void
ffargs_input(struct ffargs *a)
{
	static void (*const inputs[])(struct ffargs *) = {
		[LINK_NONE] = ffargs_input_source,
		[LINK_FRAMES] = ffargs_input_frames,
		[LINK_PACKETS] = ffargs_input_packets,
	};
	_Static_assert(NELEM(inputs) == N_LINK_TYPES, "an input for each");

	inputs[a->w->reads](a);
	a->inputs = 1;
	a->audio_in = 0;
}

/* --- video -------------------------------------------------------------- */

/* The frame rate at the encoder, num 0 where it is the source's secret. */
static struct rate
ffargs_fps(const struct ffargs *a)
{
	if (a->p->video.fps.num > 0)
		return a->p->video.fps;
	if (a->w->reads == LINK_FRAMES)
		return a->w->frames.fps;
	return a->source->fps;
}

/* The filter that fits any picture into a size, with black at its sides. */
static char *
ffargs_fit(const struct geometry *g)
{
	return xasprintf("scale=%d:%d:force_original_aspect_ratio=decrease,"
			 "pad=%d:%d:(ow-iw)/2:(oh-ih)/2,setsar=1",
	    g->w, g->h, g->w, g->h);
}

/* Decoded pictures, as the frames link wants them: fitted into its size, at
 * its rate, on stdout. */
static void
ffargs_output_frames(struct ffargs *a)
{
	const struct plan_frames *f = &a->w->frames;
	char *fit = ffargs_fit(&f->geometry);

	ffargs_put(a, "-map", "0:v:0", NULL);
	ffargs_putf(a, "-vf", "%s,fps=%lld/%lld", fit, (long long)f->fps.num,
	    (long long)f->fps.den);
	free(fit);
	ffargs_put(a, "-pix_fmt", pixfmt_names[f->geometry.format], "-f",
	    "rawvideo", "pipe:1", NULL);
}

/* A bitrate for the picture's size, for who did not name one. */
static int64_t
ffargs_bitrate(const struct ffargs *a)
{
	static const struct {
		int64_t pixels, bitrate;
	} ladder[] = {
		{ 426 * 240, 500000 },
		{ 640 * 480, 1200000 },
		{ 1280 * 720, 2500000 },
		{ 1920 * 1088, 4500000 },
	};
	const struct geometry *g = &a->w->frames.geometry;
	struct size s = a->p->video.size;

	if (a->p->video.bitrate > 0)
		return a->p->video.bitrate;
	if (s.w == 0)
		s = a->w->reads == LINK_FRAMES ? (struct size){ g->w, g->h }
					       : a->source->size;
	if (s.w == 0)
		return 2500000;
	for (size_t i = 0; i < NELEM(ladder); i++)
		if ((int64_t)s.w * s.h <= ladder[i].pixels)
			return ladder[i].bitrate;
	return 9000000;
}

/* A key frame every gop: by count where the rate is known, else by time. */
static void
ffargs_gop(struct ffargs *a, bool x26x)
{
	const struct profile_video *v = &a->p->video;
	struct rate fps = ffargs_fps(a);
	int64_t n;

	if (fps.num == 0) {
		ffargs_putf(a, "-force_key_frames", "expr:gte(t,n_forced*%g)",
		    (double)v->gop / 1000.0);
		return;
	}
	n = (v->gop * fps.num + 500 * fps.den) / (1000 * fps.den);
	ffargs_putf(a, "-g", "%lld", (long long)(n > 0 ? n : 1));
	if (x26x)
		ffargs_putf(
		    a, "-keyint_min", "%lld", (long long)(n > 0 ? n : 1));
}

static bool
ffargs_is_x26x(const struct profile_video *v)
{
	return util_streq(v->encoder, "libx264") ||
	    util_streq(v->encoder, "libx265");
}

/* The encoder's "tune": that of who named one, or what gives each frame out at
 * once. */
static const char *
ffargs_tune(const struct profile_video *v)
{
	if (v->tune == NULL && ffargs_is_x26x(v))
		return "zerolatency";
	return v->tune;
}

/* What people must set by hand elsewhere. */
static void
ffargs_encoder(struct ffargs *a)
{
	const struct profile_video *v = &a->p->video;
	bool x264 = util_streq(v->encoder, "libx264");
	bool x26x = ffargs_is_x26x(v);
	long long bitrate = (long long)ffargs_bitrate(a);
	const char *preset = v->preset, *tune = ffargs_tune(v);

	if (preset == NULL && x26x)
		preset = "veryfast";
	ffargs_put(a, "-c:v", v->encoder, NULL);
	if (preset != NULL)
		ffargs_put(a, "-preset", preset, NULL);
	if (tune != NULL)
		ffargs_put(a, "-tune", tune, NULL);
	if (v->profile != NULL)
		ffargs_put(a, "-profile:v", v->profile, NULL);
	ffargs_put(a, "-pix_fmt", v->pixel_format, NULL);
	ffargs_putf(a, "-b:v", "%lld", bitrate);
	ffargs_putf(a, "-maxrate", "%lld", bitrate);
	ffargs_putf(a, "-bufsize", "%lld", bitrate);
	ffargs_gop(a, x26x);
	if (x264)
		ffargs_put(a, "-sc_threshold", "0", "-bf", "0", NULL);
	strv_append(a->argv, &v->options);
}

static void
ffargs_video(struct ffargs *a)
{
	const struct profile_video *v = &a->p->video;

	switch (a->w->video) {
	case VIDEO_MODE_NONE:
		ffargs_put(a, "-vn", NULL);
		return;
	case VIDEO_MODE_COPY:
		ffargs_put(a, "-map", "0:v:0?", "-c:v", "copy", NULL);
		return;
	case VIDEO_MODE_ENCODE:
		break;
	}
	ffargs_put(a, "-map", "0:v:0", NULL);
	if (v->size.w > 0)
		ffargs_putf(a, "-vf", "scale=%d:%d", v->size.w, v->size.h);
	if (v->fps.num > 0)
		ffargs_rate(a, "-r", v->fps);
	ffargs_encoder(a);
}

/* --- output ------------------------------------------------------------- */

static const struct {
	const char *suffix, *format;
} ffargs_suffixes[] = {
	{ ".m3u8", "hls" },
	{ ".mkv", "matroska" },
	{ ".ts", "mpegts" },
	{ ".mp4", "mp4" },
	{ ".flv", "flv" },
};

/* The container that follows from an output's address. */
static const char *
ffargs_format(const struct profile_output *o)
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
	for (size_t i = 0; i < NELEM(ffargs_suffixes); i++)
		if (util_has_suffix(name, ffargs_suffixes[i].suffix))
			return ffargs_suffixes[i].format;
	return NULL;
}

/* --- outputs on a disk of ours --------------------------------------------- */

/* Muxers that write several files, or none, at a path; devices. */
static const char *const ffargs_many[] = { "alsa", "audiotoolbox", "caca",
	"dash", "decklink", "fbdev", "hds", "image2", "null", "opengl", "oss",
	"pulse", "rtp", "sap", "sdl", "sdl2", "segment", "smoothstreaming",
	"sndio", "ssegment", "stream_segment", "tee", "v4l2", "video4linux2",
	"webm_chunk", "webm_dash_manifest", "xv" };

/* Names that such muxers go by; "image2" has its own. */
static const char *const ffargs_many_suffixes[] = { ".mpd", ".m3u", ".webp",
	".ism" };

/* Names by which image2 is chosen, the last ones only with a number. */
#define FFARGS_IMAGES_NUMBERED 8
static const char *const ffargs_image_suffixes[] = { ".bmp", ".dpx", ".exr",
	".hdr", ".im1", ".im24", ".im8", ".j2c", ".j2k", ".jls", ".jp2",
	".jpeg", ".jpg", ".jxl", ".ljpg", ".pam", ".pbm", ".pcx", ".pfm",
	".pgm", ".pgmyuv", ".phm", ".pix", ".png", ".pnm", ".ppm", ".qoi",
	".ras", ".rs", ".sgi", ".sun", ".sunras", ".tga", ".tif", ".tiff",
	".vbn", ".wbmp", ".xbm", ".xface", ".xwd", ".y", ".dds", ".gif", ".ico",
	".jpx", ".mng", ".raw", ".svg", ".webp" };

/* Is the word in the list? ffmpeg does not tell large letters from small. */
static bool
ffargs_is_one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; word != NULL && i < n; i++)
		if (strcasecmp(word, list[i]) == 0)
			return true;
	return false;
}

/* Whether image2 writes this: one file for each picture, or one for all. */
static bool
ffargs_is_images(const char *format, const char *path)
{
	size_t n = NELEM(ffargs_image_suffixes);
	const char *dot = strrchr(path, '.');

	if (format != NULL)
		return strcasecmp(format, "image2") == 0;
	if (strchr(path, '%') == NULL)
		n -= FFARGS_IMAGES_NUMBERED;
	return ffargs_is_one_of(dot, ffargs_image_suffixes, n);
}

/* Length of a protocol's name that a URL begins with, 0: it is a path. */
static size_t
ffargs_protocol_len(const char *url)
{
	size_t len = strspn(url,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789+-.,");

	return url[len] == ':' ? len : 0;
}

/* The path that a URL is, borrowed; NULL: it is none, or a device. */
static const char *
ffargs_local(const char *path)
{
	if (util_has_prefix(path, "file://") && path[7] != '/')
		return NULL; /* with a host */
	if (util_has_prefix(path, "file:"))
		path += strlen("file:");
	else if (ffargs_protocol_len(path) > 0)
		return NULL;
	return *path == '\0' || *path == '-' || util_has_prefix(path, "/dev/")
	    ? NULL
	    : path;
}

const char *
ffargs_path(const struct profile_output *o)
{
	return o->url == NULL ? NULL : ffargs_local(o->url);
}

enum sink
ffargs_sink(const struct profile_output *o)
{
	const char *path = ffargs_path(o), *format;

	if (o->record != NULL)
		return SINK_RECORD;
	if (path == NULL)
		return SINK_OTHER;
	format = ffargs_format(o);
	if (util_streq(format, "hls"))
		return SINK_HLS;
	if (ffargs_is_one_of(format, ffargs_many, NELEM(ffargs_many)) ||
	    ffargs_is_images(format, path))
		return SINK_OTHER;
	for (size_t i = 0; i < NELEM(ffargs_many_suffixes); i++)
		if (format == NULL &&
		    util_has_suffix(path, ffargs_many_suffixes[i]))
			return SINK_OTHER;
	return SINK_FILE;
}

/* Whether the profile's options give HLS segments other names, or keep them. */
static bool
ffargs_names_segments(const struct profile_output *o)
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

/* What the output's options say of this, NULL: nothing. The last one counts,
 * and ffmpeg takes "-name:0" too. */
static const char *
ffargs_option(const struct profile_output *o, const char *name)
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
ffargs_tees_to_file(const char *places)
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
		does = ffargs_local(place) != NULL;
		free(place);
	}
	return does;
}

/* Whether a protocol that goes before another one has a file of ours. */
static bool
ffargs_wraps_file(const char *url)
{
	if (util_has_prefix(url, "tee:"))
		return ffargs_tees_to_file(url + strlen("tee:"));
	return (util_has_prefix(url, "crypto:") ||
		   util_has_prefix(url, "crypto+")) &&
	    ffargs_local(url + strlen("crypto:")) != NULL;
}

bool
ffargs_begins_anew(const struct profile_output *o)
{
	static const char *const segments[] = { "segment", "ssegment",
		"stream_segment" };
	const char *path = ffargs_path(o), *format = o->format;
	const char *update = ffargs_option(o, "-update");

	if (o->url == NULL)
		return false;
	if (ffargs_wraps_file(o->url) ||
	    (format != NULL && strcasecmp(format, "tee") == 0 &&
		ffargs_tees_to_file(o->url)))
		return true;
	if (path == NULL)
		return false;
	if (format != NULL && strcasecmp(format, "fifo") == 0)
		return ffargs_option(o, "-fifo_format") != NULL;
	if (ffargs_is_images(format, path)) /* one, always the last, is meant */
		return strchr(path, '%') != NULL || update == NULL ||
		    !util_streq(update, "1");
	return ffargs_is_one_of(format, segments, NELEM(segments));
}

char *
ffargs_hls_stem(const struct profile_output *o)
{
	const char *path = ffargs_path(o), *slash;
	size_t len;

	if (ffargs_sink(o) != SINK_HLS)
		return NULL;
	if (ffargs_names_segments(o))
		return NULL;
	slash = strrchr(path, '/');
	path = slash == NULL ? path : slash + 1;
	len = strlen(path);
	if (util_has_suffix(path, ".m3u8"))
		len -= strlen(".m3u8");
	return xstrndup(path, len);
}

bool
ffargs_bears_change(const struct profile_output *o)
{
	const char *format = ffargs_format(o);

	for (size_t i = 0; i < o->options.n; i++)
		if (strstr(o->options.v[i], "fmp4") != NULL)
			return false;
	return util_streq(format, "mpegts") || util_streq(format, "hls") ||
	    util_streq(format, "rtsp");
}

bool
ffargs_reopens(const struct profile_output *o)
{
	static const char *const words[] = { "faststart", "cues_to_front",
		"add_keyframe_index" };

	for (size_t i = 0; i < o->options.n; i++)
		for (size_t k = 0; k < NELEM(words); k++)
			if (strstr(o->options.v[i], words[k]) != NULL)
				return true;
	return false;
}

/* Containers that take what cameras send as sound; others want AAC. */
static bool
ffargs_takes_any_audio(const char *format)
{
	return util_streq(format, "matroska") || util_streq(format, "rtsp");
}

/* ADTS, the form of AAC in MPEG-TS, names few layouts of channels. The others
 * (5.1(side), which is what AC-3 and DTS decode to, quad, 6.1, ...) stand in the
 * first frame of all, and who joins later finds none. Mono stays mono, the rest
 * is made stereo, which every platform takes. */
static void
ffargs_layout(struct ffargs *a, const char *format)
{
	if (util_streq(format, "mpegts") || util_streq(format, "hls"))
		ffargs_put(
		    a, "-af", "aformat=channel_layouts=mono|stereo", NULL);
}

/* Sound may stop while the tables go on telling of it. A muxer would hold back
 * every frame for ten seconds then, long enough for servers to call a publisher
 * dead, and be late by these for as long as there is none. A camera is never
 * that far out of order; a file, or an encoder that looks ahead, may be. */
static void
ffargs_interleave(struct ffargs *a)
{
	enum video_mode mode = a->w->video;
	bool ahead = mode == VIDEO_MODE_ENCODE &&
	    !util_streq(ffargs_tune(&a->p->video), "zerolatency");

	if (mode != VIDEO_MODE_NONE && !ahead && a->source->files.n == 0)
		ffargs_put(a, "-max_interleave_delta", "2000000", NULL);
}

static void
ffargs_audio(struct ffargs *a, const char *format)
{
	const struct profile_audio *au = &a->p->audio;
	bool own = a->inputs > 1; /* its own input */
	bool copy = au->key.word == AUDIO_COPY ||
	    (!own && ffargs_takes_any_audio(format)) ||
	    (a->w->writes == LINK_PACKETS && !own && !a->w->recode);

	if (au->key.word == AUDIO_NONE ||
	    ((a->w->reads == LINK_FRAMES || a->w->deaf) && !own)) {
		ffargs_put(a, "-an", NULL);
		return;
	}
	ffargs_putf(a, "-map", own ? "%d:a:0" : "%d:a:0?", a->audio_in);
	if (copy)
		ffargs_put(a, "-c:a", "copy", NULL);
	else {
		ffargs_put(a, "-c:a", "aac", "-b:a", "128k", NULL);
		ffargs_layout(a, format);
	}
	if (au->key.word == AUDIO_SILENCE || a->w->silence)
		ffargs_put(a, "-shortest", NULL); /* silence never ends */
	else
		ffargs_interleave(a);
}

/* Where a recorder writes until its files get their names; in a plan that
 * nobody runs, with a word for what differs from run to run. */
static char *
ffargs_working_name(const struct ffargs *a, const struct profile_output *o)
{
	char name[PROFILE_NAME_MAX + 1];
	struct workname w = { o->record, a->p->name, name, "RUN" };

	if (a->w->to != NULL)
		return xstrdup(a->w->to);
	profile_output_name(a->p, (size_t)a->w->output, name);
	return workname_pattern(&w);
}

/* Recorded files survive a crash: the most that is lost is a second. Each that
 * is complete is told where progress is. */
static void
ffargs_output_record(
    struct ffargs *a, const struct profile_output *o, const char *format)
{
	ffargs_put(a, "-f", "segment", "-segment_format", format,
	    "-segment_format_options",
	    util_streq(format, "mp4")
		? "movflags=+frag_keyframe+empty_moov+default_base_moof:"
		  "frag_duration=1000000:flush_packets=1"
		: util_streq(format, "matroska")
		? "cluster_time_limit=1000:flush_packets=1"
		: "flush_packets=1",
	    NULL);
	ffargs_putf(a, "-segment_time", "%g", (double)o->segment / 1000.0);
	ffargs_put(a, "-segment_atclocktime", "1", "-reset_timestamps", "1",
	    "-segment_list_type", "flat", NULL);
	ffargs_putf(a, "-segment_list", "pipe:%d", FFARGS_PROGRESS_FD);
	strv_append(a->argv, &o->options);
	strv_take(a->argv, ffargs_working_name(a, o));
}

/* The names that ffsup gives the segments of a playlist. Caller frees. */
static char *
ffargs_segments(const char *url)
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
ffargs_hls_segments(const struct profile_output *o)
{
	const char *named;

	if (ffargs_sink(o) != SINK_HLS)
		return NULL;
	named = ffargs_option(o, "-hls_segment_filename");
	if (named == NULL)
		return ffargs_segments(ffargs_path(o));
	named = ffargs_local(named);
	return named == NULL ? NULL : xstrdup(named);
}

/* A playlist that goes on after a restart, every file complete. */
static void
ffargs_output_hls(struct ffargs *a, const struct profile_output *o)
{
	char *segments = ffargs_segments(o->url);

	ffargs_put(a, "-hls_time", "2", "-hls_list_size", "6", "-hls_flags",
	    "delete_segments+append_list+independent_segments+omit_endlist"
	    "+temp_file",
	    NULL);
	ffargs_put(a, "-hls_segment_filename", segments, NULL);
	free(segments);
}

/* Options that an output's protocol needs. */
static void
ffargs_output_protocol(struct ffargs *a, const struct profile_output *o)
{
	if (url_is_rtmp(o->url)) {
		ffargs_put(a, "-flvflags", "no_duration_filesize",
		    "-rw_timeout", IO_TIMEOUT_US, NULL);
		/* saves two delayed ACKs, 150 ms, of every connect */
		if (url_has_scheme(o->url, "rtmp") && a->ver >= FFVER(5, 0))
			ffargs_put(a, "-tcp_nodelay", "1", NULL);
		if (url_has_scheme(o->url, "rtmp"))
			ffargs_put(a, "-send_buffer_size", SEND_BUFFER, NULL);
	} else if (url_is_rtsp(o->url)) {
		ffargs_put(a, "-rtsp_transport", "tcp", ffargs_rtsp_timeout(a),
		    IO_TIMEOUT_US, NULL);
	} else if (url_has_scheme(o->url, "udp")) {
		ffargs_put(a, "-pkt_size", "1316", NULL);
	} else if (url_has_scheme(o->url, "tcp")) {
		ffargs_put(a, "-rw_timeout", IO_TIMEOUT_US, NULL);
	}
}

/* MPEG-TS on stdout, as it comes: no delay of the muxer's own, every packet
 * written at once, and the length of each picture in its header, without
 * which a demuxer waits for the next one. */
static void
ffargs_output_packets(struct ffargs *a)
{
	ffargs_video(a);
	ffargs_audio(a, "mpegts");
	ffargs_put(a, "-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0",
	    "-flush_packets", "1", "-omit_video_pes_length", "0", "pipe:1",
	    NULL);
}

/* A run without sound may follow one with: a muxer would hold back its pictures
 * for ten seconds, waiting for sound, and be late by these for ever. What comes
 * here was put in order by the muxer before. */
#define INTERLEAVE_US "500000"

/* What the packets link carries goes on as it is; but for RTSP, sound has to
 * have its description beforehand, which ADTS in MPEG-TS does not give. */
static void
ffargs_copy(struct ffargs *a, const char *format)
{
	ffargs_put(a, "-map", "0:v?", "-map", "0:a?", "-c", "copy", NULL);
	if (util_streq(format, "rtsp"))
		ffargs_put(a, "-c:a", "aac", "-b:a", "128k", NULL);
	if (a->w->varies)
		ffargs_put(a, "-max_interleave_delta", INTERLEAVE_US, NULL);
}

static void
ffargs_output(struct ffargs *a)
{
	const struct profile_output *o =
	    profile_output(a->p, (size_t)a->w->output);
	const char *format = ffargs_format(o);

	if (a->w->reads == LINK_PACKETS) {
		ffargs_copy(a, format);
	} else {
		ffargs_video(a);
		ffargs_audio(a, format);
	}
	if (o->record != NULL) {
		ffargs_output_record(a, o, format);
		return;
	}
	if (format != NULL)
		ffargs_put(a, "-f", format, NULL);
	if (util_streq(format, "hls"))
		ffargs_output_hls(a, o);
	ffargs_output_protocol(a, o);
	strv_append(a->argv, &o->options);
	strv_take(a->argv,
	    a->w->to != NULL ? xstrdup(a->w->to)
			     : ffargs_url(o->url, o->user, o->password));
}

/* --- the whole ---------------------------------------------------------- */

/* What every ffmpeg of ours gets: quiet, parsable, observed, and deaf to
 * what stands on its stdin as commands. */
static void
ffargs_prefix(struct ffargs *a, const char *ffmpeg)
{
	ffargs_put(a, ffmpeg, "-hide_banner", "-nostdin", "-nostats",
	    "-loglevel", "repeat+level+info", NULL);
	ffargs_putf(a, "-progress", "pipe:%d", FFARGS_PROGRESS_FD);
	if (a->ver >= FFVER(4, 4))
		ffargs_put(a, "-stats_period", "1", NULL);
}

void
ffargs_worker(struct strv *argv, const struct profile *p,
    const struct plan_worker *w, const char *ffmpeg, const struct ffver *ver)
{
	static void (*const outputs[])(struct ffargs *) = {
		[LINK_NONE] = ffargs_output,
		[LINK_FRAMES] = ffargs_output_frames,
		[LINK_PACKETS] = ffargs_output_packets,
	};
	_Static_assert(NELEM(outputs) == N_LINK_TYPES, "an output for each");
	struct ffargs a = {
		.argv = argv,
		.p = p,
		.source = profile_source_at(p, (size_t)w->source),
		.w = w,
		.ver = ver->number > 0 ? ver->number : LATEST,
	};

	if (!w->ffmpeg) {
		strv_append(argv, profile_command(p));
		return;
	}
	ffargs_prefix(&a, ffmpeg);
	if (p->args.n > 0) {
		strv_append(argv, &p->args);
		return;
	}
	ffargs_put(&a, "-y", NULL);
	ffargs_input(&a);
	if (w->reads != LINK_PACKETS && w->writes != LINK_FRAMES)
		ffargs_input_audio(&a);
	outputs[w->writes](&a);
}

void
ffargs_inspect(struct strv *argv, const struct profile *p, size_t i,
    const char *file, const char *ffmpeg, const struct ffver *ver)
{
	const struct plan_worker w = {
		.role = ROLE_SOURCE, .file = file, .source = (int)i
	};
	struct ffargs a = { .argv = argv,
		.p = p,
		.source = profile_source_at(p, i),
		.w = &w,
		.brief = true,
		.ver = ver->number > 0 ? ver->number : LATEST };

	ffargs_put(
	    &a, ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "info", NULL);
	ffargs_input(&a);
}

void
ffargs_encoders(struct strv *argv, const char *ffmpeg)
{
	struct ffargs a = { .argv = argv };

	ffargs_put(&a, ffmpeg, "-hide_banner", "-encoders", NULL);
}

void
ffargs_slate(struct strv *argv, const char *ffmpeg, const char *path,
    const struct geometry *g)
{
	struct ffargs a = { .argv = argv };

	ffargs_put(&a, ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error",
	    "-i", path, "-frames:v", "1", "-vf", NULL);
	strv_take(argv, ffargs_fit(g));
	ffargs_put(&a, "-pix_fmt", pixfmt_names[g->format], "-f", "rawvideo",
	    "pipe:1", NULL);
}

/* The profile that x264 calls so, or NULL: what it chooses itself. */
static const char *
ffargs_h264_profile(const struct codecinfo *t)
{
	switch (t->has_sps ? t->sps.profile_idc : 0) {
	case 66:
		return "baseline";
	case 77:
		return "main";
	case 100:
		return "high";
	default:
		return NULL;
	}
}

/* The pictures of a slate: the key frame on input 0, dimmed, or the image on
 * input 1 in its size. */
static void
ffargs_reel_pictures(struct ffargs *a, const struct codecinfo *t, double fps)
{
	struct geometry g = { .w = t->sps.width, .h = t->sps.height };
	char *fit = ffargs_fit(&g);

	if (a->inputs > 1)
		ffargs_putf(a, "-filter_complex",
		    "[1:v]%s,format=yuv420p,loop=-1:1,fps=%g,setpts=N/%g/TB[v]",
		    fit, fps, fps);
	else
		ffargs_putf(a, "-filter_complex",
		    "[0:v]lutyuv=y=minval+(val-minval)*0.4:u=128+(val-128)*0.4:"
		    "v=128+(val-128)*0.4,loop=-1:1,fps=%g,setpts=N/%g/TB,"
		    "drawbox=x='mod(t*iw/%d,iw)':y=ih*15/16:w=iw/8:h=ih/32:"
		    "color=white@0.7:t=fill[v]",
		    fps, fps, FFARGS_REEL_S);
	free(fit);
}

/* Its encoder, like the source's. */
static void
ffargs_reel_encoder(struct ffargs *a, const struct codecinfo *t, int pictures)
{
	const char *profile = ffargs_h264_profile(t);

	ffargs_put(a, "-map", "[v]", "-c:v",
	    t->video == TS_CODEC_H265 ? "libx265" : "libx264", "-preset",
	    "veryfast", "-bf", "0", NULL);
	if (profile != NULL)
		ffargs_put(a, "-profile:v", profile, NULL);
	ffargs_putf(a, "-g", "%d", pictures);
}

void
ffargs_reel(struct strv *argv, const char *ffmpeg, const struct codecinfo *t,
    double fps, const char *image)
{
	struct ffargs a = { .argv = argv, .inputs = 1 };

	ffargs_put(&a, ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error",
	    "-f", "mpegts", "-i", "pipe:0", NULL);
	if (image != NULL && t->has_sps) {
		ffargs_put(&a, "-i", image, NULL);
		a.inputs++;
	}
	if (t->rate > 0) {
		ffargs_put(&a, "-f", "lavfi", NULL);
		ffargs_putf(&a, "-i", "anullsrc=r=%d:cl=%s", t->rate,
		    t->channels == 1 ? "mono" : "stereo");
	}
	ffargs_reel_pictures(&a, t, fps);
	ffargs_reel_encoder(&a, t, (int)(fps * FFARGS_REEL_S + 0.5));
	if (t->rate > 0) {
		ffargs_put(&a, "-map", NULL);
		strv_take(argv, xasprintf("%d:a", a.inputs));
		ffargs_put(&a, "-c:a", "aac", "-b:a", "64k", NULL);
	}
	/* not -frames:v, which cuts the sound off with the last picture */
	ffargs_putf(&a, "-t", "%d", FFARGS_REEL_S);
	ffargs_put(&a, "-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0",
	    "-omit_video_pes_length", "0", "pipe:1", NULL);
}

/* What makes an image of each kind. PNG without the alpha channel, which no
 * encoder sends either. */
static const char *const ffargs_images[][5] = {
	[IMAGE_JPEG] = { "-c:v", "mjpeg", "-q:v", "2" },
	[IMAGE_PNG] = { "-c:v", "png", "-pix_fmt", "rgb24" },
};
_Static_assert(NELEM(ffargs_images) == N_IMAGES, "options for each");

void
ffargs_snap(struct strv *argv, const char *ffmpeg, const struct geometry *g,
    enum image image)
{
	struct ffargs a = { .argv = argv };

	ffargs_put(&a, ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error",
	    "-f", "rawvideo", "-pix_fmt", pixfmt_names[g->format], NULL);
	ffargs_putf(&a, "-video_size", "%dx%d", g->w, g->h);
	ffargs_put(&a, "-i", "pipe:0", "-frames:v", "1", NULL);
	for (const char *const *s = ffargs_images[image]; *s != NULL; s++)
		strv_push(argv, *s);
	ffargs_put(&a, "-f", "image2pipe", "pipe:1", NULL);
}

void
ffargs_list_line(struct strv *lines, const char *path)
{
	char *out = xcalloc(strlen(path) * 4 + sizeof("file ''"), 1);
	char *o = out + sprintf(out, "file '");

	for (; *path != '\0'; path++) {
		if (*path == '\'')
			o += sprintf(o, "'\\''");
		else
			*o++ = *path;
	}
	sprintf(o, "'");
	strv_take(lines, out);
}
