/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/util.h"
#include "profile/shape.h"

static enum video_mode
shape_video(const struct shape *shape, const struct profile *p,
    const struct profile_source *s)
{
	if (p->video.key.word == VIDEO_NONE)
		return VIDEO_MODE_NONE;
	if (p->video.key.word == VIDEO_COPY)
		return VIDEO_MODE_COPY;
	if (p->video.key.set || s->frames.key.set || shape->decoded ||
	    s->device != NULL || util_streq(s->format, "lavfi"))
		return VIDEO_MODE_ENCODE;
	return VIDEO_MODE_COPY;
}

/* Size, format and rate of the frames, which the checks of a profile have made
 * sure of. */
static void
shape_frames(struct shape *shape, const struct profile *p)
{
	const struct profile_source *s = &p->source;
	enum pixfmt format = (enum pixfmt)s->frames.format;
	struct size size = s->frames.size;

	shape->fps = s->frames.fps;
	if (!s->frames.key.set) { /* decoded, to what is encoded */
		format = PIX_YUV420P;
		size = p->video.size.w > 0 ? p->video.size : s->size;
		shape->fps = p->video.fps.num > 0 ? p->video.fps : s->fps;
	}
	geometry_init(&shape->geometry, format, size.w, size.h);
}

void
shape_make(struct shape *shape, const struct profile *p)
{
	const struct profile_source *s;

	*shape = (struct shape){
		.raw = p->args.n > 0,
		.decoded = profile_is_decoded(p),
		.fans_out = profile_fans_out(p),
		.packet_slate = profile_has_reel(p),
		.silence = profile_wants_silence(p),
		.adds_silence = profile_adds_silence(p),
		.n_sources = profile_n_sources(p),
	};
	shape->frames =
	    !shape->raw && (p->source.frames.key.set || shape->decoded);
	shape->h264 = !shape->raw && !shape->frames && p->source.h264.key.set;
	for (size_t i = 0; (s = profile_source_at(p, i)) != NULL; i++)
		shape->video[i] = shape_video(shape, p, s);
	if (shape->frames)
		shape_frames(shape, p);
}
