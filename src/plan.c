/* SPDX-License-Identifier: ISC */
/*
 * From a profile to workers and links. A link exists only where ffsup adds
 * something there: a url to an output needs none.
 */
#include "config.h"

#include "plan.h"
#include "profile.h"
#include "util.h"

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
};
_Static_assert(NELEM(topology_names) == N_TOPOLOGIES, "a name for each");

const char *const link_names[] = {
	[LINK_FRAMES] = "frames",
	[LINK_PACKETS] = "packets",
};
_Static_assert(NELEM(link_names) == N_LINK_TYPES, "a name for each");

enum video_mode
plan_video_mode(const struct profile *p)
{
	const struct profile_source *s = &p->source;

	if (p->video.key.word == VIDEO_NONE)
		return VIDEO_MODE_NONE;
	if (p->video.key.word == VIDEO_COPY)
		return VIDEO_MODE_COPY;
	if (p->video.key.set || s->frames.key.set || s->device != NULL ||
	    util_streq(s->format, "lavfi"))
		return VIDEO_MODE_ENCODE;
	return VIDEO_MODE_COPY;
}

/* Append a worker; its index. */
static int
plan_add(struct plan *plan, struct plan_worker w)
{
	w.name = role_names[w.role];
	plan->workers[plan->n_workers] = w;
	return (int)plan->n_workers++;
}

/* producer -frames-> ffmpeg(rawvideo on stdin -> encode -> output) */
static void
plan_make_frames(struct plan *plan, const struct profile *p)
{
	const struct profile_frames *f = &p->source.frames;
	struct plan_link *link = &plan->links[plan->n_links++];

	plan->topology = TOPOLOGY_FRAMES;
	*link = (struct plan_link){
		.type = LINK_FRAMES, .from = PLAN_SELF, .fps = f->fps
	};
	geometry_init(
	    &link->geometry, (enum pixfmt)f->format, f->size.w, f->size.h);
	if (f->command.n > 0)
		link->from = plan_add(plan,
		    (struct plan_worker){
			.role = ROLE_PRODUCER, .out = true, .output = -1 });
	link->to = plan_add(plan,
	    (struct plan_worker){ .role = ROLE_ENCODER,
		.ffmpeg = true,
		.in = STDIN_FED,
		.output = 0 });
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

void
plan_make(struct plan *plan, const struct profile *p)
{
	*plan = (struct plan){ .topology = TOPOLOGY_DIRECT };
	if (p->args.n == 0 && p->source.frames.key.set) {
		plan_make_frames(plan, p);
		return;
	}
	plan_add(plan,
	    (struct plan_worker){ .role = ROLE_DIRECT,
		.ffmpeg = true,
		.in = plan_is_list(&p->source.files) ? STDIN_LIST : STDIN_NULL,
		.once = p->source.files.n > 0 && !p->source.loop,
		.output = p->outputs.n > 0 ? 0 : -1 });
}
