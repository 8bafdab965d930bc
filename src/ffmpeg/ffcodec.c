/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/util.h"
#include "ffmpeg/ffcodec.h"
#include "profile/profile.h"

/*
 * Sound may stop while the tables still announce it. A muxer would then hold
 * back every frame for ten seconds, long enough for servers to call a publisher
 * dead, and stay late by these until sound comes. These are the microseconds
 * that it may wait: for a source, which is never that far out of order; and for
 * packets from a relay, where the muxer before has put them in order, and a run
 * without sound may follow one with sound.
 */
#define FFCODEC_INTERLEAVE_US	    "2000000"
#define FFCODEC_INTERLEAVE_RELAY_US "500000"

#define FFCODEC_VAAPI_DEVICE "/dev/dri/renderD128"

/* The frame rate at the encoder, num 0 where only the source knows it. */
static struct rate
ffcodec_fps(const struct ffline *a)
{
	if (a->p->video.fps.num > 0)
		return a->p->video.fps;
	if (a->w->reads == LINK_FRAMES)
		return a->w->frames.fps;
	return a->source->fps;
}

/* A bitrate for the frame's size, where none is given. */
static int64_t
ffcodec_bitrate(const struct ffline *a)
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
ffcodec_gop(struct ffline *a, bool x26x)
{
	const struct profile_video *v = &a->p->video;
	struct rate fps = ffcodec_fps(a);
	int64_t n;

	if (fps.num == 0) {
		ffline_putf(a, "-force_key_frames", "expr:gte(t,n_forced*%g)",
		    (double)v->gop / 1000.0);
		return;
	}
	n = (v->gop * fps.num + 500 * fps.den) / (1000 * fps.den);
	ffline_putf(a, "-g", "%lld", (long long)(n > 0 ? n : 1));
	if (x26x)
		ffline_putf(
		    a, "-keyint_min", "%lld", (long long)(n > 0 ? n : 1));
}

static bool
ffcodec_is_x26x(const struct profile_video *v)
{
	return util_streq(v->encoder, "libx264") ||
	    util_streq(v->encoder, "libx265");
}

/* The encoders of VA-API read frames from the memory of their device. */
static bool
ffcodec_is_vaapi(const struct profile_video *v)
{
	return v->encoder != NULL && util_has_suffix(v->encoder, "_vaapi");
}

/* The encoder's "tune": the profile's, or the one that puts each frame out at
 * once. */
static const char *
ffcodec_tune(const struct profile_video *v)
{
	if (v->tune == NULL && ffcodec_is_x26x(v))
		return "zerolatency";
	return v->tune;
}

/* Settings that people elsewhere must make by hand. */
static void
ffcodec_encoder(struct ffline *a)
{
	const struct profile_video *v = &a->p->video;
	bool x264 = util_streq(v->encoder, "libx264");
	bool x26x = ffcodec_is_x26x(v);
	long long bitrate = (long long)ffcodec_bitrate(a);
	const char *preset = v->preset, *tune = ffcodec_tune(v);

	if (preset == NULL && x26x)
		preset = "veryfast";
	ffline_put(a, "-c:v", v->encoder, NULL);
	if (preset != NULL)
		ffline_put(a, "-preset", preset, NULL);
	if (tune != NULL)
		ffline_put(a, "-tune", tune, NULL);
	if (v->profile != NULL)
		ffline_put(a, "-profile:v", v->profile, NULL);
	if (!ffcodec_is_vaapi(v)) /* there, the filter has done it */
		ffline_put(a, "-pix_fmt", v->pixel_format, NULL);
	ffline_putf(a, "-b:v", "%lld", bitrate);
	ffline_putf(a, "-maxrate", "%lld", bitrate);
	ffline_putf(a, "-bufsize", "%lld", bitrate);
	ffcodec_gop(a, x26x);
	if (x264)
		ffline_put(a, "-sc_threshold", "0", "-bf", "0", NULL);
	ffline_options(a, &v->options);
}

/* The user's options name a device. */
static bool
ffcodec_has_device(const struct strv *options)
{
	static const char *const names[] = { "-vaapi_device", "-init_hw_device",
		"-filter_hw_device" };

	for (size_t i = 0; i < options->n; i++)
		for (size_t k = 0; k < NELEM(names); k++)
			if (strcmp(options->v[i], names[k]) == 0)
				return true;
	return false;
}

void
ffcodec_device(struct ffline *a)
{
	if (a->w->video == VIDEO_MODE_ENCODE && a->w->reads != LINK_PACKETS &&
	    a->w->writes != LINK_FRAMES && ffcodec_is_vaapi(&a->p->video) &&
	    !ffcodec_has_device(&a->p->video.options))
		ffline_put(a, "-vaapi_device", FFCODEC_VAAPI_DEVICE, NULL);
}

/* Scaled, and where the encoder wants that, in the memory of its device. */
static void
ffcodec_filter(struct ffline *a)
{
	const struct profile_video *v = &a->p->video;
	const char *format =
	    strstr(v->pixel_format, "10") != NULL ? "p010" : "nv12";
	struct buf b;

	buf_init(&b, 0);
	if (v->size.w > 0)
		buf_putf(&b, "scale=%d:%d", v->size.w, v->size.h);
	if (ffcodec_is_vaapi(v))
		buf_putf(
		    &b, "%sformat=%s,hwupload", b.len > 0 ? "," : "", format);
	if (b.len > 0)
		ffline_put(a, "-vf", buf_text(&b), NULL);
	buf_clear(&b);
}

void
ffcodec_video(struct ffline *a)
{
	const struct profile_video *v = &a->p->video;

	switch (a->w->video) {
	case VIDEO_MODE_NONE:
		ffline_put(a, "-vn", NULL);
		return;
	case VIDEO_MODE_COPY:
		ffline_put(a, "-map", "0:v:0?", "-c:v", "copy", NULL);
		return;
	case VIDEO_MODE_ENCODE:
		break;
	}
	ffline_put(a, "-map", "0:v:0", NULL);
	ffcodec_filter(a);
	if (v->fps.num > 0)
		ffline_rate(a, "-r", v->fps);
	ffcodec_encoder(a);
}

/* Containers that take cameras' sound formats; others want AAC. */
static bool
ffcodec_takes_any_audio(const char *format)
{
	return util_streq(format, "matroska") || util_streq(format, "rtsp");
}

/* ADTS, the form of AAC in MPEG-TS, names few layouts of channels. The others
 * (5.1(side), which is what AC-3 and DTS decode to, quad, 6.1, ...) are only in
 * the very first frame, and a reader that joins later finds none. Mono stays
 * mono, the rest is made stereo, which every platform takes. */
static void
ffcodec_layout(struct ffline *a, const char *format)
{
	if (util_streq(format, "mpegts") || util_streq(format, "hls"))
		ffline_put(
		    a, "-af", "aformat=channel_layouts=mono|stereo", NULL);
}

/* How long the muxer may wait for sound; a file, or an encoder that looks
 * ahead, may be further out of order. */
static void
ffcodec_interleave(struct ffline *a)
{
	enum video_mode mode = a->w->video;
	bool ahead = mode == VIDEO_MODE_ENCODE &&
	    !util_streq(ffcodec_tune(&a->p->video), "zerolatency");

	if (mode != VIDEO_MODE_NONE && !ahead && a->source->files.n == 0)
		ffline_put(
		    a, "-max_interleave_delta", FFCODEC_INTERLEAVE_US, NULL);
}

void
ffcodec_audio(struct ffline *a, const char *format)
{
	const struct profile_audio *au = &a->p->audio;
	bool own = a->inputs > 1; /* its own input */
	bool copy = au->key.word == AUDIO_COPY ||
	    (!own && ffcodec_takes_any_audio(format)) ||
	    (a->w->writes == LINK_PACKETS && !own && !a->w->recode);

	if (au->key.word == AUDIO_NONE ||
	    ((a->w->reads == LINK_FRAMES || a->w->deaf) && !own)) {
		ffline_put(a, "-an", NULL);
		return;
	}
	ffline_putf(a, "-map", own ? "%d:a:0" : "%d:a:0?", a->audio_in);
	if (copy)
		ffline_put(a, "-c:a", "copy", NULL);
	else {
		ffline_put(a, "-c:a", "aac", "-b:a", "128k", NULL);
		ffcodec_layout(a, format);
		if (a->w->playlist) /* the same for each film */
			ffline_put(a, "-ar", "48000", "-ac", "2", NULL);
	}
	if (au->key.word == AUDIO_SILENCE || a->w->silence)
		ffline_put(a, "-shortest", NULL); /* silence never ends */
	else
		ffcodec_interleave(a);
}

void
ffcodec_copy(struct ffline *a, const char *format)
{
	ffline_put(a, "-map", "0:v?", "-map", "0:a?", "-c", "copy", NULL);
	if (util_streq(format, "rtsp"))
		ffline_put(a, "-c:a", "aac", "-b:a", "128k", NULL);
	if (a->w->varies)
		ffline_put(a, "-max_interleave_delta",
		    FFCODEC_INTERLEAVE_RELAY_US, NULL);
}
