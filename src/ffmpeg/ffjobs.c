/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/strv.h"
#include "base/util.h"
#include "ffmpeg/ffinput.h"
#include "ffmpeg/ffjobs.h"
#include "ffmpeg/ffline.h"
#include "media/codecinfo.h"
#include "profile/profile.h"

void
ffjobs_inspect(struct strv *argv, const struct profile *p, size_t i,
    const char *file, const char *ffmpeg, const struct ffver *ver)
{
	const struct plan_worker w = {
		.role = ROLE_SOURCE, .file = file, .source = (int)i
	};
	struct ffline a = { .argv = argv,
		.p = p,
		.source = profile_source_at(p, i),
		.w = &w,
		.brief = true,
		.ver = ffver_number(ver) };

	ffline_put(
	    &a, ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "info", NULL);
	ffinput_put(&a);
}

void
ffjobs_encoders(struct strv *argv, const char *ffmpeg)
{
	struct ffline a = { .argv = argv };

	ffline_put(&a, ffmpeg, "-hide_banner", "-encoders", NULL);
}

void
ffjobs_slate(struct strv *argv, const char *ffmpeg, const char *path,
    const struct geometry *g)
{
	struct ffline a = { .argv = argv };

	ffline_put(&a, ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error",
	    "-i", path, "-frames:v", "1", "-vf", NULL);
	strv_take(argv, ffline_fit(g));
	ffline_put(&a, "-pix_fmt", pixfmt_names[g->format], "-f", "rawvideo",
	    "pipe:1", NULL);
}

void
ffjobs_image(
    struct strv *argv, const char *ffmpeg, const char *path, struct size size)
{
	struct ffline a = { .argv = argv };

	ffline_put(&a, ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error",
	    "-i", path, "-frames:v", "1", NULL);
	if (size.w != 0 || size.h != 0) {
		ffline_put(&a, "-vf", NULL);
		strv_pushf(
		    argv, "scale=%d:%d", size.w == 0 ? -1 : size.w, size.h);
	}
	ffline_put(&a, "-pix_fmt", "rgba", "-c:v", "pam", "-f", "image2pipe",
	    "pipe:1", NULL);
}

/* The profile by x264's name, or NULL: its own choice. */
static const char *
ffjobs_h264_profile(const struct codecinfo *t)
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

/* The frames of a slate: the key frame on input 0, dimmed, or the image on
 * input 1 in its size. */
static void
ffjobs_reel_frames(struct ffline *a, const struct codecinfo *t, double fps)
{
	struct geometry g = { .w = t->sps.width, .h = t->sps.height };
	char *fit = ffline_fit(&g);

	if (a->inputs > 1)
		ffline_putf(a, "-filter_complex",
		    "[1:v]%s,format=yuv420p,loop=-1:1,fps=%g,setpts=N/%g/TB[v]",
		    fit, fps, fps);
	else
		ffline_putf(a, "-filter_complex",
		    "[0:v]lutyuv=y=minval+(val-minval)*0.4:u=128+(val-128)*0.4:"
		    "v=128+(val-128)*0.4,loop=-1:1,fps=%g,setpts=N/%g/TB,"
		    "drawbox=x='mod(t*iw/%d,iw)':y=ih*15/16:w=iw/8:h=ih/32:"
		    "color=white@0.7:t=fill[v]",
		    fps, fps, FFJOBS_REEL_S);
	free(fit);
}

/* Its encoder, like the source's. */
static void
ffjobs_reel_encoder(struct ffline *a, const struct codecinfo *t, int frames)
{
	const char *profile = ffjobs_h264_profile(t);

	ffline_put(a, "-map", "[v]", "-c:v",
	    t->video == TS_CODEC_H265 ? "libx265" : "libx264", "-preset",
	    "veryfast", "-bf", "0", NULL);
	if (profile != NULL)
		ffline_put(a, "-profile:v", profile, NULL);
	ffline_putf(a, "-g", "%d", frames);
}

void
ffjobs_reel(struct strv *argv, const char *ffmpeg, const struct codecinfo *t,
    double fps, const char *image)
{
	struct ffline a = { .argv = argv, .inputs = 1 };

	ffline_put(&a, ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error",
	    "-f", "mpegts", "-i", "pipe:0", NULL);
	if (image != NULL && t->has_sps) {
		ffline_put(&a, "-i", image, NULL);
		a.inputs++;
	}
	if (t->rate > 0) {
		ffline_put(&a, "-f", "lavfi", NULL);
		ffline_putf(&a, "-i", "anullsrc=r=%d:cl=%s", t->rate,
		    t->channels == 1 ? "mono" : "stereo");
	}
	ffjobs_reel_frames(&a, t, fps);
	ffjobs_reel_encoder(&a, t, (int)(fps * FFJOBS_REEL_S + 0.5));
	if (t->rate > 0) {
		ffline_put(&a, "-map", NULL);
		strv_take(argv, xasprintf("%d:a", a.inputs));
		ffline_put(&a, "-c:a", "aac", "-b:a", "64k", NULL);
	}
	/* not -frames:v, which cuts the sound off with the last frame */
	ffline_putf(&a, "-t", "%d", FFJOBS_REEL_S);
	ffline_put(&a, "-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0",
	    "-omit_video_pes_length", "0", "pipe:1", NULL);
}

/* The options for each kind of image. PNG without the alpha channel, which no
 * encoder sends either. */
static const char *const ffjobs_images[][5] = {
	[IMAGE_JPEG] = { "-c:v", "mjpeg", "-q:v", "2" },
	[IMAGE_PNG] = { "-c:v", "png", "-pix_fmt", "rgb24" },
};
_Static_assert(NELEM(ffjobs_images) == N_IMAGES, "options for each");

void
ffjobs_snap(struct strv *argv, const char *ffmpeg, const struct geometry *g,
    enum image image)
{
	struct ffline a = { .argv = argv };

	ffline_put(&a, ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error",
	    "-f", "rawvideo", "-pix_fmt", pixfmt_names[g->format], NULL);
	ffline_putf(&a, "-video_size", "%dx%d", g->w, g->h);
	ffline_put(&a, "-i", "pipe:0", "-frames:v", "1", NULL);
	for (const char *const *s = ffjobs_images[image]; *s != NULL; s++)
		strv_push(argv, *s);
	ffline_put(&a, "-f", "image2pipe", "pipe:1", NULL);
}

void
ffjobs_list_line(struct strv *lines, const char *path)
{
	struct buf out;

	buf_init(&out, 0);
	buf_puts(&out, "file ");
	strv_quote(&out, path);
	strv_take(lines, buf_steal(&out));
}
