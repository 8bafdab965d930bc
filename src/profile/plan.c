/* SPDX-License-Identifier: ISC */
/*
 * From a profile to workers and links. A link exists only where ffsup adds
 * something there: a url to an output needs none.
 */
#include "config.h"

#include <stdio.h>

#include "base/util.h"
#include "profile/plan.h"
#include "profile/profile.h"

const char *const role_names[] = {
	[ROLE_DIRECT] = "direct",
	[ROLE_PRODUCER] = "producer",
	[ROLE_SOURCE] = "source",
	[ROLE_ENCODER] = "encoder",
	[ROLE_OUTPUT] = "output",
};
_Static_assert(NELEM(role_names) == N_ROLES, "a name for every role");

const char *const topology_names[] = {
	[TOPOLOGY_DIRECT] = "direct",
	[TOPOLOGY_FRAMES] = "frames",
	[TOPOLOGY_DECODED] = "decoded",
	[TOPOLOGY_H264] = "h264",
	[TOPOLOGY_FANOUT] = "fan-out",
};
_Static_assert(NELEM(topology_names) == N_TOPOLOGIES, "a name for each");

const char *const link_names[] = {
	[LINK_FRAMES] = "frames",
	[LINK_PACKETS] = "packets",
};
_Static_assert(NELEM(link_names) == N_LINK_TYPES, "a name for each");

const char *const plan_source_names[] = { "source", "source2", "source3",
	"source4" };
_Static_assert(NELEM(plan_source_names) == PROFILE_SOURCES_MAX, "one for each");
_Static_assert(PLAN_WORKERS_MAX >= PROFILE_SOURCES_MAX + PROFILE_OUTPUTS_MAX &&
	PLAN_LINKS_MAX >= PROFILE_SOURCES_MAX - 1 + PROFILE_OUTPUTS_MAX,
    "a plan has room for all");

enum video_mode
plan_video_mode(const struct profile *p, const struct profile_source *s)
{
	if (p->video.key.word == VIDEO_NONE)
		return VIDEO_MODE_NONE;
	if (p->video.key.word == VIDEO_COPY)
		return VIDEO_MODE_COPY;
	if (p->video.key.set || s->frames.key.set || profile_is_decoded(p) ||
	    s->device != NULL || util_streq(s->format, "lavfi"))
		return VIDEO_MODE_ENCODE;
	return VIDEO_MODE_COPY;
}

/* Append a worker; its index. */
static int
plan_add(struct plan *plan, struct plan_worker w)
{
	if (w.name[0] == '\0')
		snprintf(w.name, sizeof(w.name), "%s", role_names[w.role]);
	plan->workers[plan->n_workers] = w;
	return (int)plan->n_workers++;
}

bool
plan_frames(const struct profile *p, struct geometry *g, struct rate *fps)
{
	const struct profile_source *s = &p->source;
	enum pixfmt format = (enum pixfmt)s->frames.format;
	struct size size = s->frames.size;

	*fps = s->frames.fps;
	if (!s->frames.key.set) { /* decoded, to what is encoded */
		format = PIX_YUV420P;
		size = p->video.size.w > 0 ? p->video.size : s->size;
		*fps = p->video.fps.num > 0 ? p->video.fps : s->fps;
	}
	return fps->num > 0 && geometry_init(g, format, size.w, size.h) == 0;
}

/* The worker that pictures come from, or PLAN_SELF. */
static int
plan_add_producer(struct plan *plan, const struct profile *p)
{
	const struct profile_frames *f = &p->source.frames;

	if (f->command.n > 0)
		return plan_add(plan,
		    (struct plan_worker){ .role = ROLE_PRODUCER,
			.out = (int)f->fd,
			.output = -1 });
	if (!profile_is_decoded(p))
		return PLAN_SELF;
	return plan_add(plan,
	    (struct plan_worker){ .role = ROLE_SOURCE,
		.ffmpeg = true,
		.out = 1,
		.playlist = p->source.files.n > 0,
		.output = -1 });
}

/* An encoder on the link; with a spare, one of two. */
static int
plan_add_encoder(struct plan *plan, const struct profile *p, bool spare)
{
	bool packets = profile_fans_out(p);
	struct plan_worker w = {
		.role = ROLE_ENCODER,
		.ffmpeg = true,
		.in = STDIN_FED,
		.spare = spare,
		.packets = packets,
		.out = packets ? 1 : 0,
		.output = packets ? -1 : 0,
		.silence = profile_adds_silence(p),
	};

	if (spare)
		snprintf(w.name, sizeof(w.name), "encoder2");
	return plan_add(plan, w);
}

/* One process for each output, behind the worker that makes the packets. */
static void
plan_add_outputs(struct plan *plan, const struct profile *p, int from)
{
	for (size_t i = 0; i < p->outputs.n; i++) {
		struct plan_worker w = {
			.role = ROLE_OUTPUT,
			.ffmpeg = true,
			.in = STDIN_FED,
			.output = (int)i,
		};

		profile_output_name(p, i, w.name);
		plan->links[plan->n_links++] = (struct plan_link){
			.type = LINK_PACKETS,
			.from = from,
			.to = plan_add(plan, w),
		};
	}
}

/* producer -frames-> ffmpeg(rawvideo on stdin -> encode -> output) */
static void
plan_make_frames(struct plan *plan, const struct profile *p)
{
	struct plan_link *link = &plan->links[plan->n_links++];

	plan->topology =
	    profile_is_decoded(p) ? TOPOLOGY_DECODED : TOPOLOGY_FRAMES;
	*link = (struct plan_link){ .type = LINK_FRAMES };
	plan_frames(p, &link->geometry, &link->fps);
	link->from = plan_add_producer(plan, p);
	link->to = plan_add_encoder(plan, p, false);
	if (p->standby)
		plan_add_encoder(plan, p, true);
	if (!profile_fans_out(p))
		return;
	plan->topology = TOPOLOGY_FANOUT;
	plan_add_outputs(plan, p, link->to);
}

/* More than one file, or a pattern that may become more than one. */
static bool
plan_is_list(const struct strv *files)
{
	if (files->n != 1)
		return files->n > 1;
	for (const char *c = files->v[0]; *c != '\0'; c++)
		if (*c == '*' || *c == '?' || *c == '[')
			return true;
	return false;
}

/* ffmpeg(input -> [encode] -> MPEG-TS), for one of the sources. */
static int
plan_add_source(struct plan *plan, const struct profile *p, size_t i)
{
	const struct profile_source *s = profile_source_at(p, i);
	struct plan_worker w = {
		.role = ROLE_SOURCE,
		.ffmpeg = true,
		.in = plan_is_list(&s->files) ? STDIN_LIST : STDIN_NULL,
		.out = 1,
		.packets = true,
		.files = s->files.n > 0,
		.once = s->files.n > 0 && !s->loop,
		.output = -1,
		.source = (int)i,
	};

	snprintf(w.name, sizeof(w.name), "%s", plan_source_names[i]);
	return plan_add(plan, w);
}

/* sources -packets-> outputs */
static void
plan_make_packets(struct plan *plan, const struct profile *p)
{
	int from = plan_add_source(plan, p, 0);

	plan->topology = TOPOLOGY_FANOUT;
	for (size_t i = 1; i < profile_n_sources(p); i++)
		plan_add_source(plan, p, i);
	plan_add_outputs(plan, p, from);
	for (size_t i = 1; i < profile_n_sources(p); i++)
		plan->links[plan->n_links++] = (struct plan_link){
			.type = LINK_PACKETS,
			.from = from + (int)i,
			.to = PLAN_SELF,
		};
}

/* program -H.264-> MPEG-TS, made here -packets-> outputs */
static void
plan_make_h264(struct plan *plan, const struct profile *p)
{
	const struct profile_h264 *h = &p->source.h264;
	int from = PLAN_SELF;

	if (h->command.n > 0)
		from = plan_add(plan,
		    (struct plan_worker){ .role = ROLE_PRODUCER,
			.out = (int)h->fd,
			.packets = true,
			.output = -1 });
	plan->topology = TOPOLOGY_H264;
	plan_add_outputs(plan, p, from);
}

static void
plan_make_workers(struct plan *plan, const struct profile *p)
{
	*plan = (struct plan){ .topology = TOPOLOGY_DIRECT };
	if (p->args.n == 0 &&
	    (p->source.frames.key.set || profile_is_decoded(p))) {
		plan_make_frames(plan, p);
		return;
	}
	if (p->args.n == 0 && p->source.h264.key.set) {
		plan_make_h264(plan, p);
		return;
	}
	if (profile_fans_out(p)) {
		plan_make_packets(plan, p);
		return;
	}
	plan_add(plan,
	    (struct plan_worker){ .role = ROLE_DIRECT,
		.ffmpeg = true,
		.in = plan_is_list(&p->source.files) ? STDIN_LIST : STDIN_NULL,
		.files = p->source.files.n > 0,
		.once = p->source.files.n > 0 && !p->source.loop,
		.output = p->outputs.n > 0 ? 0 : -1 });
}

void
plan_make(struct plan *plan, const struct profile *p)
{
	plan_make_workers(plan, p);
	for (size_t i = 0; i < plan->n_workers; i++)
		plan->workers[i].blind = p->video.key.word == VIDEO_NONE;
}

const struct plan_link *
plan_link(const struct plan *plan, enum link_type type)
{
	for (size_t i = 0; i < plan->n_links; i++)
		if (plan->links[i].type == type)
			return &plan->links[i];
	return NULL;
}
