/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "base/url.h"
#include "base/util.h"
#include "profile/shape.h"

/* Platforms that do not show a stream without sound. */
static const char *const shape_audio_hosts[] = { "youtube.com", "facebook.com",
	"instagram.com", "pscp.tv" };

/* Whether a URL's host is one of them or a subdomain. */
static bool
shape_host_needs_audio(const char *url)
{
	struct url_place at;
	size_t len;

	if (!url_find_place(url, &at))
		return false;
	len = (size_t)(at.port - at.host);
	for (size_t i = 0; i < NELEM(shape_audio_hosts); i++) {
		size_t n = strlen(shape_audio_hosts[i]);

		if (len >= n &&
		    strncasecmp(at.host + len - n, shape_audio_hosts[i], n) ==
			0 &&
		    (len == n || at.host[len - n - 1] == '.'))
			return true;
	}
	return false;
}

/* Whether one of the outputs goes to such a platform. */
static bool
shape_needs_audio(const struct profile *p)
{
	const struct profile_output *o;

	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++)
		if (o->url != NULL && shape_host_needs_audio(o->url))
			return true;
	return false;
}

/* Whether an overlay of these kinds is in the list, shown or not. */
static bool
shape_overlays(const struct profile *p, bool sei)
{
	const struct profile_overlay *o;

	for (size_t i = 0; (o = profile_overlay_at(p, i)) != NULL; i++)
		if ((o->kind == OVERLAY_SEI) == sei)
			return true;
	return false;
}

static bool
shape_is_decoded(const struct shape *shape, const struct profile *p)
{
	const struct profile_source *s = &p->source;

	return (p->fallback.key.set || shape->draws || s->every > 0) &&
	    profile_n_sources(p) == 1 && p->video.key.word != VIDEO_COPY &&
	    (s->url != NULL || s->device != NULL || s->files.n > 0);
}

/* Whether "files" may mean several: by a list, by a pattern, or by a name that
 * may be a folder's, having no extension. */
static bool
shape_has_many(const struct strv *files)
{
	const char *name, *slash;

	if (files->n != 1)
		return files->n > 1;
	name = files->v[0];
	slash = strrchr(name, '/');
	return strpbrk(name, "*?[") != NULL ||
	    strchr(slash == NULL ? name : slash, '.') == NULL;
}

/* Whether outputs are separate processes. Only a packets link can show whether
 * a URL sends sound, or silence is needed; and only it can join what is encoded
 * of several films. */
static bool
shape_fans_out(const struct shape *shape, const struct profile *p)
{
	return p->outputs.n > 1 || p->isolate || shape->n_sources > 1 ||
	    p->source.h264.key.set || shape->packet_slate || shape->injects ||
	    (shape_has_many(&p->source.files) && !shape->decoded &&
		shape->video[0] == VIDEO_MODE_ENCODE) ||
	    (p->source.url != NULL && !shape->decoded && shape->adds_silence);
}

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

/* Size, format and rate of the frames. The checks of a profile make sure that
 * it has them. */
static void
shape_frames(struct shape *shape, const struct profile *p)
{
	const struct profile_source *s = &p->source;
	enum pixfmt format = (enum pixfmt)s->frames.format;
	struct size size = s->frames.size;

	shape->fps = s->frames.fps;
	if (!s->frames.key.set) { /* decoded, to the size that is encoded */
		format = PIX_YUV420P;
		size = p->video.size.w > 0 ? p->video.size : s->size;
		shape->fps = p->video.fps.num > 0 ? p->video.fps : s->fps;
	}
	frame_geometry_init(&shape->geometry, format, size.w, size.h);
}

void
shape_make(struct shape *shape, const struct profile *p)
{
	bool given = p->source.frames.key.set;

	*shape = (struct shape){
		.raw = p->args.n > 0,
		.draws = p->args.n == 0 && shape_overlays(p, false),
		.injects = p->args.n == 0 && shape_overlays(p, true),
		.needs_audio = shape_needs_audio(p),
		.n_sources = profile_n_sources(p),
	};
	shape->decoded = shape_is_decoded(shape, p);
	shape->adds_silence = shape->needs_audio &&
	    (!p->audio.key.set || p->audio.key.word == AUDIO_AUTO);
	shape->silence =
	    p->audio.key.word == AUDIO_SILENCE || shape->adds_silence;
	shape->frames = !shape->raw && (given || shape->decoded);
	shape->packet_slate =
	    p->fallback.key.set && !shape->raw && !shape->frames;
	for (size_t i = 0; i < NELEM(shape->video) && i < shape->n_sources; i++)
		shape->video[i] =
		    shape_video(shape, p, profile_source_at(p, i));
	shape->fans_out = !shape->raw && shape_fans_out(shape, p);
	shape->turns = shape->n_sources == 1 && p->source.files.n > 0 &&
	    (shape->decoded ||
		(shape->fans_out && shape_has_many(&p->source.files) &&
		    shape->video[0] != VIDEO_MODE_NONE));
	shape->h264 = !shape->raw && !shape->frames && p->source.h264.key.set;
	if (shape->frames)
		shape_frames(shape, p);
}
