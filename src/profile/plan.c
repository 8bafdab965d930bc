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
	[ROLE_PAINTER] = "painter",
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
	[LINK_NONE] = NULL, /* not a link */
	[LINK_FRAMES] = "frames",
	[LINK_PACKETS] = "packets",
};
_Static_assert(NELEM(link_names) == N_LINK_TYPES, "a name for each");

/* The names of nodes inside ffsup. */
static const char *const plan_node_names[] = {
	[NODE_WORKER] = NULL, /* by its own name */
	[NODE_FIFO] = "fifo",
	[NODE_SOCKET] = "socket",
	[NODE_PATTERN] = "pattern",
	[NODE_TURN] = "outputs",
};
_Static_assert(NELEM(plan_node_names) == N_NODE_KINDS, "a name for each");

const char *const plan_source_names[] = { "source", "source2", "source3",
	"source4" };
_Static_assert(NELEM(plan_source_names) == PROFILE_SOURCES_MAX, "one for each");
_Static_assert(PLAN_WORKERS_MAX >= PROFILE_SOURCES_MAX + PROFILE_OUTPUTS_MAX &&
	PLAN_LINKS_MAX >= PROFILE_SOURCES_MAX - 1 + PROFILE_OUTPUTS_MAX,
    "a plan has room for all");

/* --- making -------------------------------------------------------------- */

/* Append a node; its index. */
static int
plan_add_node(struct plan *plan, enum node_kind kind, int worker)
{
	plan->nodes[plan->n_nodes] = (struct plan_node){ kind, worker };
	return (int)plan->n_nodes++;
}

/* Append a worker; the index of its node. */
static int
plan_add(struct plan *plan, struct plan_worker w)
{
	if (w.name[0] == '\0')
		snprintf(w.name, sizeof(w.name), "%s", role_names[w.role]);
	w.video = plan->shape.video[w.source];
	if (w.reads == LINK_FRAMES || w.writes == LINK_FRAMES)
		w.frames = (struct plan_frames){ plan->shape.geometry,
			plan->shape.fps };
	plan->workers[plan->n_workers] = w;
	return plan_add_node(plan, NODE_WORKER, (int)plan->n_workers++);
}

/* Append a link of the kind that its worker at one end has. */
static void
plan_add_link(struct plan *plan, enum link_type type, int from, int to)
{
	struct plan_link *link = &plan->links[plan->n_links++];

	*link = (struct plan_link){ .type = type, .from = from, .to = to };
	if (type != LINK_FRAMES)
		return;
	link->geometry = plan->shape.geometry;
	link->fps = plan->shape.fps;
}

/* The node of media that come to ffsup from other programs, or are made in
 * it. */
static int
plan_add_way_in(struct plan *plan, const char *fifo, bool socket)
{
	return plan_add_node(plan,
	    fifo != NULL ? NODE_FIFO
		: socket ? NODE_SOCKET
			 : NODE_PATTERN,
	    -1);
}

/* The node that frames come from. */
static int
plan_add_producer(struct plan *plan, const struct profile *p)
{
	const struct profile_frames *f = &p->source.frames;

	if (f->command.n > 0)
		return plan_add(plan,
		    (struct plan_worker){ .role = ROLE_PRODUCER,
			.writes = LINK_FRAMES,
			.out = (int)f->fd,
			.output = -1 });
	if (!plan->shape.decoded)
		return plan_add_way_in(plan, f->fifo, f->socket);
	return plan_add(plan,
	    (struct plan_worker){ .role = ROLE_SOURCE,
		.ffmpeg = true,
		.writes = LINK_FRAMES,
		.out = 1,
		.playlist = plan->shape.turns,
		.output = -1 });
}

/* An encoder on the link; with a spare, one of two. */
static int
plan_add_encoder(struct plan *plan, bool spare)
{
	bool packets = plan->shape.fans_out;
	struct plan_worker w = {
		.role = ROLE_ENCODER,
		.ffmpeg = true,
		.reads = LINK_FRAMES,
		.writes = packets ? LINK_PACKETS : LINK_NONE,
		.in = STDIN_FED,
		.spare = spare,
		.out = packets ? 1 : 0,
		.output = packets ? -1 : 0,
		.silence = plan->shape.adds_silence,
	};

	if (spare)
		snprintf(w.name, sizeof(w.name), "encoder2");
	return plan_add(plan, w);
}

/* One process for each output, after the node that the packets come from. */
static void
plan_add_outputs(struct plan *plan, const struct profile *p, int from)
{
	for (size_t i = 0; i < p->outputs.n; i++) {
		struct plan_worker w = {
			.role = ROLE_OUTPUT,
			.ffmpeg = true,
			.reads = LINK_PACKETS,
			.in = STDIN_FED,
			.output = (int)i,
			.varies =
			    !plan->shape.h264 && !p->source.frames.key.set,
		};

		profile_output_name(p, i, w.name);
		plan_add_link(plan, LINK_PACKETS, from, plan_add(plan, w));
	}
}

/* producer -frames-> ffmpeg(rawvideo on stdin -> encode -> output) */
static void
plan_make_frames(struct plan *plan, const struct profile *p)
{
	int from = plan_add_producer(plan, p);
	int to = plan_add_encoder(plan, false);

	plan->topology =
	    plan->shape.decoded ? TOPOLOGY_DECODED : TOPOLOGY_FRAMES;
	plan_add_link(plan, LINK_FRAMES, from, to);
	if (p->standby)
		plan_add_encoder(plan, true);
	if (!plan->shape.fans_out)
		return;
	plan->topology = TOPOLOGY_FANOUT;
	plan_add_outputs(plan, p, to);
}

/* More than one file, or a pattern that may become more than one, for one
 * ffmpeg. */
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
	bool turns = plan->shape.turns, files = s->files.n > 0 && !turns;
	struct plan_worker w = {
		.role = ROLE_SOURCE,
		.ffmpeg = true,
		.writes = LINK_PACKETS,
		.in =
		    files && plan_is_list(&s->files) ? STDIN_LIST : STDIN_NULL,
		.out = 1,
		.playlist = turns,
		.files = files,
		.once = files && !s->loop,
		.recode = turns && plan->shape.video[i] == VIDEO_MODE_ENCODE,
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
	int from[PROFILE_SOURCES_MAX], turn;

	plan->topology = TOPOLOGY_FANOUT;
	for (size_t i = 0; i < plan->shape.n_sources; i++)
		from[i] = plan_add_source(plan, p, i);
	plan_add_outputs(plan, p, from[0]);
	if (plan->shape.n_sources == 1)
		return;
	turn = plan_add_node(plan, NODE_TURN, -1);
	for (size_t i = 1; i < plan->shape.n_sources; i++)
		plan_add_link(plan, LINK_PACKETS, from[i], turn);
}

/* program -H.264-> MPEG-TS, made here -packets-> outputs */
static void
plan_make_h264(struct plan *plan, const struct profile *p)
{
	const struct profile_h264 *h = &p->source.h264;
	int from;

	if (h->command.n > 0)
		from = plan_add(plan,
		    (struct plan_worker){ .role = ROLE_PRODUCER,
			.writes = LINK_PACKETS,
			.out = (int)h->fd,
			.output = -1 });
	else
		from = plan_add_way_in(plan, h->fifo, true);
	plan->topology = TOPOLOGY_H264;
	plan_add_outputs(plan, p, from);
}

/* One ffmpeg from the source to the output, without a link. */
static void
plan_make_direct(struct plan *plan, const struct profile *p)
{
	const struct strv *files = &p->source.files;

	plan->topology = TOPOLOGY_DIRECT;
	plan_add(plan,
	    (struct plan_worker){ .role = ROLE_DIRECT,
		.ffmpeg = true,
		.in = plan_is_list(files) ? STDIN_LIST : STDIN_NULL,
		.files = files->n > 0,
		.once = files->n > 0 && !p->source.loop,
		.output = p->outputs.n > 0 ? 0 : -1 });
}

void
plan_make(struct plan *plan, const struct profile *p)
{
	*plan = (struct plan){ .n_workers = 0 };
	shape_make(&plan->shape, p);
	if (plan->shape.frames)
		plan_make_frames(plan, p);
	else if (plan->shape.h264)
		plan_make_h264(plan, p);
	else if (plan->shape.fans_out)
		plan_make_packets(plan, p);
	else
		plan_make_direct(plan, p);
}

/* --- questions ----------------------------------------------------------- */

const struct plan_link *
plan_link(const struct plan *plan, enum link_type type)
{
	for (size_t i = 0; i < plan->n_links; i++)
		if (plan->links[i].type == type)
			return &plan->links[i];
	return NULL;
}

bool
plan_is_reader(const struct plan_worker *w)
{
	return w->role == ROLE_DIRECT || w->role == ROLE_SOURCE;
}

bool
plan_is_inlet(const struct plan_worker *w)
{
	return w->role == ROLE_SOURCE && w->writes == LINK_PACKETS;
}

bool
plan_is_camera(const struct plan_worker *w)
{
	return w->role == ROLE_PRODUCER && w->writes == LINK_PACKETS;
}

bool
plan_is_fed(const struct plan_worker *w)
{
	return w->role == ROLE_ENCODER || w->role == ROLE_OUTPUT;
}

bool
plan_is_output(const struct plan_worker *w)
{
	return w->role == ROLE_OUTPUT;
}

const struct plan_worker *
plan_worker(const struct plan *plan, int node)
{
	const struct plan_node *n = &plan->nodes[node];

	return n->kind == NODE_WORKER ? &plan->workers[n->worker] : NULL;
}

const char *
plan_node_name(const struct plan *plan, int node)
{
	const struct plan_worker *w = plan_worker(plan, node);

	return w != NULL ? w->name : plan_node_names[plan->nodes[node].kind];
}

/* Of raw frames: size, format and rate. */
static char *
plan_frames_text(const struct plan *plan UNUSED, const struct plan_link *link)
{
	const struct geometry *g = &link->geometry;
	const struct rate *fps = &link->fps;

	if (fps->den == 1)
		return xasprintf("%dx%d %s %lld fps", g->w, g->h,
		    pixfmt_names[g->format], (long long)fps->num);
	return xasprintf("%dx%d %s %lld/%lld fps", g->w, g->h,
	    pixfmt_names[g->format], (long long)fps->num, (long long)fps->den);
}

static char *
plan_packets_text(const struct plan *plan, const struct plan_link *link)
{
	return xstrdup(plan->nodes[link->to].kind == NODE_TURN
		? "MPEG-TS, in its turn"
		: "MPEG-TS");
}

char *
plan_link_text(const struct plan *plan, const struct plan_link *link)
{
	static char *(*const texts[])(
	    const struct plan *, const struct plan_link *) = {
		[LINK_FRAMES] = plan_frames_text,
		[LINK_PACKETS] = plan_packets_text,
	};
	_Static_assert(NELEM(texts) == N_LINK_TYPES, "a text for each");

	return texts[link->type](plan, link);
}
