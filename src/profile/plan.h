/* SPDX-License-Identifier: ISC */
#ifndef PLAN_H
#define PLAN_H

/*
 * The workers and links that a profile needs: a small graph, pure data, made
 * once before anything starts. Others read the needs of a profile in its
 * members. doc/DESIGN.md says under "Adding to the shape" how it grows.
 */

#include <stdbool.h>
#include <stddef.h>

#include "media/frame.h"
#include "profile/shape.h"

struct profile;

enum role {
	ROLE_DIRECT,   /* ffmpeg: input to output */
	ROLE_PRODUCER, /* the user's program: frames on its stdout */
	ROLE_SOURCE,   /* ffmpeg: a source decoded or copied into a link */
	ROLE_ENCODER,  /* ffmpeg: frames on its stdin */
	ROLE_OUTPUT,   /* ffmpeg: packets on its stdin, to one output */
	ROLE_PAINTER,  /* ffsup-paint: of the daemon, in no plan */
	N_ROLES
};

extern const char *const role_names[N_ROLES];

enum topology {
	TOPOLOGY_DIRECT,
	TOPOLOGY_FRAMES,
	TOPOLOGY_DECODED,
	TOPOLOGY_H264,	 /* a packets link from a camera program */
	TOPOLOGY_FANOUT, /* a packets link, from any source */
	N_TOPOLOGIES
};

extern const char *const topology_names[N_TOPOLOGIES];

/* The clock of a source. */
enum plan_pace {
	PACE_OWN,     /* it comes when it comes, with its stamps */
	PACE_ARRIVAL, /* its stamps are invented: the time of arrival counts */
	PACE_READ     /* a finished film: it is read no faster than it plays */
};

/* A worker's standard input. */
enum plan_stdin {
	STDIN_NULL, /* /dev/null */
	STDIN_FED,  /* a pipe that a link feeds; closing it asks to finish */
	STDIN_LIST  /* a list of files for the concat demuxer */
};

enum link_type {
	LINK_NONE, /* of a worker's end: no link */
	LINK_FRAMES,
	LINK_PACKETS,
	N_LINK_TYPES
};

extern const char *const link_names[N_LINK_TYPES];

/* Of a worker: its role, or the output that it sends to. */
#define PLAN_NAME_MAX 64

struct plan_worker {
	enum role role;
	char name[PLAN_NAME_MAX + 1]; /* unique in the plan */
	bool ffmpeg;	       /* reports progress; else: the user's program */
	bool serves;	       /* it answers, and has no media of its own */
	enum link_type reads;  /* the link at its stdin */
	enum link_type writes; /* the link at its descriptor `out` */
	struct plan_frames {   /* of the frames that it reads or writes */
		struct geometry geometry;
		struct rate fps;
	} frames;
	enum video_mode video; /* the treatment of its source's video */
	enum plan_stdin in;
	int out;	  /* its descriptor that belongs to a link; 0: none */
	int output;	  /* index of the output it sends to, or -1 */
	int source;	  /* index of the source that it reads */
	bool spare;	  /* waits on its stdin until the other encoder dies */
	bool playlist;	  /* another file at each start */
	bool files;	  /* it reads files, all in one run */
	bool part;	  /* only the rest of them, this time */
	bool once;	  /* its end is not a failure: files without loop */
	bool varies;	  /* sound may come and go in its input */
	const char *file; /* of the playlist: this time's; borrowed */
	const char *to;	  /* the file instead of the profile's; borrowed; NULL:
			     the profile's */
	/* learned while it runs: */
	bool recode;  /* its sound is not AAC and must become AAC */
	bool silence; /* it has no sound and must get some */
	bool deaf;    /* it announces sound and sends none: drop it */
	bool study;   /* its key frame came too late: look for it longer */
	enum plan_pace pace;
};

/* The ends of a link. All but workers are inside ffsup. */
enum node_kind {
	NODE_WORKER,
	NODE_FIFO,    /* others write there */
	NODE_SOCKET,  /* others connect there */
	NODE_PATTERN, /* a test pattern */
	NODE_TURN,    /* takes the place of the first source's packets, in all
			 their links, when it is its turn */
	N_NODE_KINDS
};

struct plan_node {
	enum node_kind kind;
	int worker; /* NODE_WORKER: its index */
};

/* With several receivers, a packets link is one row for each. A further source
 * has one row, to NODE_TURN. */
struct plan_link {
	enum link_type type;
	int from, to;		  /* indices of nodes */
	struct geometry geometry; /* LINK_FRAMES */
	struct rate fps;
};

#define PLAN_WORKERS_MAX 19 /* 4 sources, 15 outputs */
#define PLAN_NODES_MAX	 (PLAN_WORKERS_MAX + 1)
#define PLAN_LINKS_MAX	 18 /* 15 to outputs, 3 of further sources */

struct plan {
	struct shape shape;
	enum topology topology;
	struct plan_worker workers[PLAN_WORKERS_MAX];
	size_t n_workers;
	struct plan_node nodes[PLAN_NODES_MAX];
	size_t n_nodes;
	struct plan_link links[PLAN_LINKS_MAX];
	size_t n_links;
};

void plan_make(struct plan *plan, const struct profile *p);

/* The first link of a type, or NULL. */
const struct plan_link *plan_link(const struct plan *plan, enum link_type type);

/* The worker that a node is, or NULL: it is inside ffsup. */
const struct plan_worker *plan_worker(const struct plan *plan, int node);

/* A node's name: a worker's, or a word for a part of ffsup. */
const char *plan_node_name(const struct plan *plan, int node);

/* The content of a link, for a person. Caller frees. */
char *plan_link_text(const struct plan *plan, const struct plan_link *link);

/*
 * Facts about a worker, for all who would otherwise compare its role.
 */

/* It opens a source itself, by arguments of ours: direct, or a source's. */
bool plan_is_reader(const struct plan_worker *w);

/* It is one of the sources of a packets link, which may take turns. */
bool plan_is_inlet(const struct plan_worker *w);

/* The user's program that writes H.264 for a packets link. */
bool plan_is_camera(const struct plan_worker *w);

/* It works on what a link gives it, and sends on: an encoder, or an output's. */
bool plan_is_fed(const struct plan_worker *w);

/* It sends the packets of a link to one output, and has nothing to do while none
 * come. */
bool plan_is_output(const struct plan_worker *w);

/* The names of the workers of the sources, best first. */
extern const char *const plan_source_names[];

#endif
