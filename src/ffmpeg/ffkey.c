/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "ffmpeg/ffkey.h"
#include "ffmpeg/ffplace.h"
#include "profile/plan.h"
#include "profile/profile.h"

/* --- the two ends --------------------------------------------------------- */

/* A member of a source. */
static char *
ffkey_in_source(const struct profile *p, int source, const char *member)
{
	if (p->source.more.n > 0)
		return xasprintf("source[%d].%s", source, member);
	return xasprintf("source.%s", member);
}

static char *
ffkey_in_output(int output, const char *member)
{
	return xasprintf("outputs[%d].%s", output < 0 ? 0 : output, member);
}

/* Where raw frames or H.264 come from. */
static const char *
ffkey_way(const struct strv *command, const char *fifo, bool socket,
    const char *const names[4])
{
	return command->n > 0 ? names[0]
	    : fifo != NULL    ? names[1]
	    : socket	      ? names[2]
			      : names[3];
}

char *
ffkey_source(const struct profile *p, int source)
{
	static const char *const frames[] = { "frames.command", "frames.fifo",
		"frames.socket", "frames.pattern" };
	static const char *const h264[] = { "h264.command", "h264.fifo",
		"h264.socket", "h264" };
	const struct profile_source *s = profile_source_at(p, (size_t)source);
	const char *member = "files";

	if (p->args.n > 0 || s == NULL)
		return xstrdup("args");
	if (s->url != NULL)
		member = "url";
	else if (s->device != NULL)
		member = "device";
	else if (s->frames.key.set)
		member = ffkey_way(&s->frames.command, s->frames.fifo,
		    s->frames.socket, frames);
	else if (s->h264.key.set)
		member = ffkey_way(
		    &s->h264.command, s->h264.fifo, s->h264.socket, h264);
	return ffkey_in_source(p, source, member);
}

char *
ffkey_output(const struct profile *p, int output)
{
	const struct profile_output *o =
	    profile_output(p, output < 0 ? 0 : (size_t)output);

	if (p->args.n > 0 || o == NULL)
		return xstrdup("args");
	return ffkey_in_output(output, o->record != NULL ? "record" : "url");
}

/* --- by what is said of the profile --------------------------------------- */

/* Whether options have this one, with or without its dash. */
static bool
ffkey_has_option(const struct strv *options, const char *name)
{
	size_t dash = *name == '-';

	for (size_t i = 0; i < options->n; i++)
		if (options->v[i][0] == '-' &&
		    strcmp(options->v[i] + 1, name + dash) == 0)
			return true;
	return false;
}

/* The group of options that has one of this name. */
static char *
ffkey_option(const struct profile *p, const char *name)
{
	const struct profile_source *s;
	const struct profile_output *o;

	if (p->args.n > 0)
		return xstrdup("args");
	if (name == NULL)
		return NULL;
	if (ffkey_has_option(&p->video.options, name))
		return xasprintf("video.options.%s", name + (*name == '-'));
	for (int i = 0; (s = profile_source_at(p, (size_t)i)) != NULL; i++)
		if (ffkey_has_option(&s->options, name))
			return ffkey_in_source(p, i, "options");
	for (int i = 0; (o = profile_output(p, (size_t)i)) != NULL; i++)
		if (ffkey_has_option(&o->options, name))
			return ffkey_in_output(i, "options");
	return NULL;
}

/* The key of "video" that has this value, or NULL. */
static const char *
ffkey_video_value(const struct profile_video *v, const char *value)
{
	return value == NULL			    ? NULL
	    : util_streq(v->encoder, value)	    ? "video.encoder"
	    : util_streq(v->preset, value)	    ? "video.preset"
	    : util_streq(v->tune, value)	    ? "video.tune"
	    : util_streq(v->profile, value)	    ? "video.profile"
	    : util_streq(v->pixel_format, value)    ? "video.pixel_format"
	    : util_streq(value, "pix_fmt")	    ? "video.pixel_format"
	    : util_streq(value, "profile")	    ? "video.profile"
	    : strstr(value, "preset") != NULL	    ? "video.preset"
	    : strstr(value, "tune") != NULL	    ? "video.tune"
	    : strstr(value, "pixel format") != NULL ? "video.pixel_format"
						    : NULL;
}

static char *
ffkey_of_option(const struct ffkey_ask *ask)
{
	const struct profile *p = ask->profile;
	char *key = ffkey_option(p, ask->subject);
	const char *video = ffkey_video_value(&p->video, ask->subject);

	if (key == NULL && video != NULL)
		key = xstrdup(video);
	return key;
}

static char *
ffkey_of_size(const struct profile *p)
{
	if (p->args.n > 0)
		return xstrdup("args");
	if (p->video.size.w == 0 && p->source.frames.key.set)
		return ffkey_in_source(p, 0, "frames.size");
	return xstrdup("video.size");
}

static char *
ffkey_of_codec(const struct ffkey_ask *ask)
{
	if (ask->profile->args.n > 0)
		return xstrdup("args");
	if (ask->detail == DETAIL_AUDIO)
		return xstrdup("audio");
	return xstrdup(
	    ask->detail == DETAIL_UNKNOWN || ask->profile->video.key.set
		? "video.encoder"
		: "video");
}

/* --- by its side ----------------------------------------------------------- */

/* The key of the separate sound, where a subject is that; or NULL. */
static const char *
ffkey_sound(const struct profile *p, const char *subject)
{
	const char *url = p->audio.url, *first = p->source.url;

	if (subject == NULL)
		return NULL;
	if (util_streq(p->audio.device, subject))
		return "audio.device";
	if (url != NULL && strstr(url, subject) != NULL &&
	    (first == NULL || strstr(first, subject) == NULL))
		return "audio.url";
	return NULL;
}

static char *
ffkey_of_source(const struct ffkey_ask *ask)
{
	const struct profile *p = ask->profile;
	int i = ask->worker->source;
	const char *sound = ffkey_sound(p, ask->subject);

	if (sound != NULL)
		return xstrdup(sound);
	switch (ask->detail) {
	case DETAIL_PASSWORD:
		return ffkey_in_source(p, i, "password");
	case DETAIL_NO_PASSWORD:
		return ffkey_in_source(p, i, "user");
	case DETAIL_TRANSPORT:
	case DETAIL_CERTIFICATE:
		return ffkey_in_source(p, i, "options");
	case DETAIL_NO_VIDEO:
		return xstrdup("video");
	case DETAIL_NO_AUDIO:
		return xstrdup("audio");
	case DETAIL_FILES:
		return ffkey_in_source(p, i, "loop");
	default:
		return ffkey_source(p, i);
	}
}

static char *
ffkey_of_output(const struct ffkey_ask *ask)
{
	const struct profile *p = ask->profile;
	int i = ask->worker->output;
	const struct profile_output *o =
	    profile_output(p, i < 0 ? 0 : (size_t)i);

	switch (ask->detail) {
	case DETAIL_PASSWORD:
	case DETAIL_NO_PASSWORD:
		if (o != NULL && o->user != NULL)
			return ffkey_in_output(i, "password");
		break;
	case DETAIL_CERTIFICATE:
		return ffkey_in_output(i, "options");
	case DETAIL_MEDIA:
		return ffkey_of_codec(ask);
	default:
		break;
	}
	return ffkey_output(p, i);
}

enum fail_side
ffkey_side(const struct plan_worker *w)
{
	switch (w->role) {
	case ROLE_OUTPUT:
		return SIDE_OUTPUT;
	case ROLE_SOURCE:
		return SIDE_SOURCE;
	case ROLE_PRODUCER:
		return SIDE_PROGRAM;
	case ROLE_ENCODER:
		return w->output >= 0 ? SIDE_OUTPUT : SIDE_NONE;
	case ROLE_DIRECT:
	case ROLE_PAINTER:
	case N_ROLES:
		break;
	}
	return SIDE_NONE;
}

/* Whether it is about a URL that the sound comes from, beside the video. */
static bool
ffkey_is_sound(const struct ffkey_ask *ask)
{
	const char *url = ask->profile->audio.url;
	const struct profile_source *s =
	    profile_source_at(ask->profile, (size_t)ask->worker->source);

	return url != NULL && ask->subject != NULL &&
	    ffplace_match(url, ask->subject) != FFPLACE_NO &&
	    (s == NULL || s->url == NULL ||
		ffplace_match(s->url, ask->subject) == FFPLACE_NO);
}

/* A failure that both sides can have. */
static char *
ffkey_of_side(const struct ffkey_ask *ask)
{
	enum fail_side side =
	    ask->side != SIDE_NONE ? ask->side : ffkey_side(ask->worker);

	if (ask->profile->args.n > 0)
		return xstrdup("args");
	if (side != SIDE_OUTPUT && ffkey_is_sound(ask))
		return xstrdup("audio.url");
	switch (side) {
	case SIDE_SOURCE:
		return ffkey_of_source(ask);
	case SIDE_OUTPUT:
		return ffkey_of_output(ask);
	case SIDE_PROGRAM:
		return ffkey_source(ask->profile, ask->worker->source);
	case SIDE_PROFILE:
		return ffkey_of_option(ask);
	case SIDE_NONE:
	case SIDE_MACHINE:
	case N_FAIL_SIDES:
		break;
	}
	return NULL;
}

char *
ffkey_of(const struct ffkey_ask *ask)
{
	bool program = !ask->worker->ffmpeg;

	switch (ask->class) {
	case FAIL_OPTION:
		return ffkey_of_option(ask);
	case FAIL_CODEC:
		return ffkey_of_codec(ask);
	case FAIL_GEOMETRY:
		return ffkey_of_size(ask->profile);
	case FAIL_HWENC:
		return xstrdup("video.encoder");
	case FAIL_SPAWN:
		return program ? ffkey_source(ask->profile, ask->worker->source)
			       : ffkey_of_side(ask);
	case FAIL_START:
	case FAIL_STALL:
		if (ask->side == SIDE_NONE && !program)
			return xstrdup(ask->class == FAIL_START
				? "watchdog.start"
				: "watchdog.stall");
		return ffkey_of_side(ask);
	case FAIL_NONE:
	case FAIL_SIGNAL:
		return NULL;
	default:
		return ffkey_of_side(ask);
	}
}
