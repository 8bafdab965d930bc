/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/url.h"
#include "base/util.h"
#include "ffmpeg/ffinput.h"
#include "ffmpeg/ffpace.h"
#include "profile/profile.h"

/* The list of files, on its stdin. Not "pipe:0": the demuxer would put "pipe:"
 * before each name in the list. */
#define FFINPUT_LIST "/dev/stdin"

/* Frames per second of a still image, by default. */
#define FFINPUT_STILL_FPS 5

/* Options that a URL's protocol needs as an input of a format; NULL: ffmpeg
 * finds it out. */
static void
ffinput_protocol(struct ffline *a, const char *url, const char *format)
{
	if (ffpace_opens(format))
		return;
	if (url_is_rtsp(url))
		ffline_put(a, "-rtsp_transport", "tcp", ffline_rtsp_timeout(a),
		    FFLINE_IO_TIMEOUT_US, NULL);
	else if (url_is_rtmp(url) || url_has_scheme(url, "http") ||
	    url_has_scheme(url, "https") || url_has_scheme(url, "tcp"))
		ffline_put(a, "-rw_timeout", FFLINE_IO_TIMEOUT_US, NULL);
}

/* ffmpeg takes a pause of more than ten seconds in a track of MPEG-TS for a
 * clock that was set, and puts the track where it stopped: sound that comes
 * back would be early by the pause. With the relay, which knows such leaps
 * better, the threshold is ten hours: less than half of the 26.5 in which the
 * stamps wrap. A source that encodes so many fps would fill them. */
static void
ffinput_leaps(struct ffline *a)
{
	bool before = a->w->reads == LINK_NONE && a->w->writes == LINK_PACKETS;
	bool fills = before && a->p->video.fps.num > 0 &&
	    a->w->video == VIDEO_MODE_ENCODE;

	if (before || a->w->reads == LINK_PACKETS)
		ffline_put(
		    a, "-dts_delta_threshold", fills ? "60" : "36000", NULL);
}

/* An image that is fetched again and again: this demuxer opens the URL for each
 * frame, when it is due. It must not fetch several at once, to look at them; and
 * a decoder with threads would be late by an image for each. */
static void
ffinput_snapshot(struct ffline *a)
{
	const struct profile_source *s = a->source;

	ffline_put(a, "-f", s->format != NULL ? s->format : "image2",
	    "-pattern_type", "none", "-loop", "1", NULL);
	ffline_putf(a, "-framerate", "1000/%lld", (long long)s->every);
	ffline_put(a, "-probesize", "32", "-threads", "1", NULL);
}

/* The clock of a URL. */
static void
ffinput_clock(struct ffline *a)
{
	const struct profile_source *s = a->source;
	enum plan_pace pace = a->w->pace;

	if (pace == PACE_OWN)
		pace = ffpace_of(s, s->format, ffpace_is_film(s));
	if (pace == PACE_READ || s->every > 0 || util_streq(s->format, "lavfi"))
		ffline_put(a, "-re", NULL);
	if (s->loop && s->every == 0)
		ffline_put(a, "-stream_loop", "-1", NULL);
	if (pace == PACE_ARRIVAL)
		ffline_put(a, "-use_wallclock_as_timestamps", "1", NULL);
}

static void
ffinput_url(struct ffline *a)
{
	const struct profile_source *s = a->source;

	if (!a->brief)
		ffinput_clock(a);
	ffinput_leaps(a);
	if (s->every > 0)
		ffinput_snapshot(a);
	else if (s->format != NULL)
		ffline_put(a, "-f", s->format, NULL);
	ffinput_protocol(a, s->url, s->every > 0 ? "image2" : s->format);
	if (a->w->study)
		ffline_put(a, "-analyzeduration", "10000000", "-probesize",
		    "20000000", NULL);
	ffline_options(a, &s->options);
	strv_push(a->argv, "-i");
	strv_take(a->argv, ffline_url(s->url, s->user, s->password));
}

static void
ffinput_device(struct ffline *a)
{
	const struct profile_source *s = a->source;

	ffline_put(a, "-f", s->format != NULL ? s->format : "v4l2", NULL);
	if (s->input_format != NULL)
		ffline_put(a, "-input_format", s->input_format, NULL);
	if (s->size.w > 0)
		ffline_putf(a, "-video_size", "%dx%d", s->size.w, s->size.h);
	if (s->fps.num > 0)
		ffline_rate(a, "-framerate", s->fps);
	ffline_options(a, &s->options);
	ffline_put(a, "-i", s->device, NULL);
}

/* Whether the source is one image that should stay: it would last for one
 * frame. */
static bool
ffinput_is_still(const struct ffline *a)
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

/* A still image, again and again. */
static void
ffinput_still(struct ffline *a)
{
	struct rate fps = a->p->video.fps;

	if (fps.num <= 0)
		fps = (struct rate){ FFINPUT_STILL_FPS, 1 };
	ffline_put(
	    a, "-f", "image2", "-pattern_type", "none", "-loop", "1", NULL);
	ffline_rate(a, "-framerate", fps);
}

/* The protocols that a list may use. */
static const char *
ffinput_protocols(const struct profile_source *s)
{
	for (size_t i = 0; i < s->files.n; i++)
		if (url_scheme_len(s->files.v[i]) > 0)
			return "file,crypto,data,http,https,httpproxy,tcp,tls";
	return "file,crypto,data";
}

/* A file; ffmpeg would take "a:b.mp4" for the protocol "a". */
static void
ffinput_file(struct ffline *a, const char *name)
{
	bool plain = strcspn(name, "/") <= strcspn(name, ":") ||
	    url_scheme_len(name) > 0;

	strv_push(a->argv, "-i");
	strv_pushf(a->argv, "%s%s", plain ? "" : "file:", name);
}

static void
ffinput_files(struct ffline *a)
{
	const struct profile_source *s = a->source;

	if (!a->brief)
		ffline_put(a, "-re", NULL);
	if (ffinput_is_still(a))
		ffinput_still(a);
	else if (s->loop && !a->w->playlist && !a->w->part && !a->brief)
		ffline_put(a, "-stream_loop", "-1", NULL);
	if (a->w->in == STDIN_LIST)
		ffline_put(a, "-f", "concat", "-safe", "0",
		    "-protocol_whitelist", ffinput_protocols(s), NULL);
	else if (s->format != NULL)
		ffline_put(a, "-f", s->format, NULL);
	ffline_options(a, &s->options);
	if (a->w->in == STDIN_LIST)
		ffline_put(a, "-i", FFINPUT_LIST, NULL);
	else
		ffinput_file(
		    a, a->w->file != NULL ? a->w->file : s->files.v[0]);
}

static void
ffinput_source(struct ffline *a)
{
	if (a->source->device != NULL)
		ffinput_device(a);
	else if (a->source->files.n > 0)
		ffinput_files(a);
	else
		ffinput_url(a);
}

/* Raw frames on stdin. ffsup gives their format, so nothing need be probed:
 * with the default probesize ffmpeg would wait for 5 s of frames. */
static void
ffinput_frames(struct ffline *a)
{
	const struct geometry *g = &a->w->frames.geometry;

	ffline_put(a, "-f", "rawvideo", "-pixel_format",
	    pixfmt_names[g->format], NULL);
	ffline_putf(a, "-video_size", "%dx%d", g->w, g->h);
	ffline_rate(a, "-framerate", a->w->frames.fps);
	ffline_put(a, "-probesize", "32", NULL);
	if (a->source->frames.key.set)
		ffline_options(a, &a->source->options);
	ffline_put(a, "-i", "pipe:0", NULL);
}

/* MPEG-TS from our relay, which begins with the tables and a key frame: a
 * little is enough to identify it. (-fflags nobuffer would drop the probed
 * packets.) */
static void
ffinput_packets(struct ffline *a)
{
	ffline_put(a, "-f", "mpegts", "-analyzeduration", "500000",
	    "-probesize", "500000", NULL);
	ffinput_leaps(a);
	ffline_put(a, "-i", "pipe:0", NULL);
}

void
ffinput_put(struct ffline *a)
{
	static void (*const inputs[])(struct ffline *) = {
		[LINK_NONE] = ffinput_source,
		[LINK_FRAMES] = ffinput_frames,
		[LINK_PACKETS] = ffinput_packets,
	};
	_Static_assert(NELEM(inputs) == N_LINK_TYPES, "an input for each");

	inputs[a->w->reads](a);
	a->inputs = 1;
	a->audio_in = 0;
}

void
ffinput_put_sound(struct ffline *a)
{
	const struct profile_audio *au = &a->p->audio;

	if (au->key.word == AUDIO_SILENCE || a->w->silence)
		ffline_put(
		    a, "-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo", NULL);
	else if (au->device != NULL)
		ffline_put(a, "-thread_queue_size", "1024", "-f", "alsa", "-i",
		    au->device, NULL);
	else if (au->url != NULL) {
		ffinput_protocol(a, au->url, NULL);
		ffline_put(a, "-i", au->url, NULL);
	} else
		return;
	a->audio_in = a->inputs++;
}
