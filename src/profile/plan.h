/* SPDX-License-Identifier: ISC */
#ifndef PLAN_H
#define PLAN_H

/*
 * The workers and links that a profile needs: pure data, computed before
 * anything starts.
 */

#include <stdbool.h>
#include <stddef.h>

#include "media/frame.h"

struct profile;
struct profile_source;

enum role {
	ROLE_DIRECT,   /* ffmpeg: input to output */
	ROLE_PRODUCER, /* the user's program: pictures on its stdout */
	ROLE_SOURCE,   /* ffmpeg: a source decoded or copied into a link */
	ROLE_ENCODER,  /* ffmpeg: pictures on its stdin */
	ROLE_OUTPUT,   /* ffmpeg: packets on its stdin, to one output */
	N_ROLES
};

extern const char *const role_names[N_ROLES];

enum topology {
	TOPOLOGY_DIRECT,
	TOPOLOGY_FRAMES,
	TOPOLOGY_DECODED,
	TOPOLOGY_H264,	 /* a packets link from a camera program */
	TOPOLOGY_FANOUT, /* a packets link, whatever is before it */
	N_TOPOLOGIES
};

extern const char *const topology_names[N_TOPOLOGIES];

/* What a worker finds on its standard input. */
enum plan_stdin {
	STDIN_NULL, /* /dev/null */
	STDIN_FED,  /* a pipe that a link feeds; closing it asks to finish */
	STDIN_LIST  /* a list of files for the concat demuxer */
};

/* Of a worker: its role, or the output that it sends to. */
#define PLAN_NAME_MAX 64

struct plan_worker {
	enum role role;
	char name[PLAN_NAME_MAX + 1]; /* unique in the plan */
	bool spare;	  /* waits on its stdin until the other encoder dies */
	bool playlist;	  /* another file at each start */
	const char *file; /* of the playlist: this time's; borrowed */
	const char *to;	  /* where it writes instead of what the profile says;
			     borrowed; NULL: there */
	bool ffmpeg;	  /* reports progress; else: the user's program */
	enum plan_stdin in;
	int out;      /* its descriptor that belongs to a link; 0: none */
	bool packets; /* MPEG-TS for the packets link comes out of it */
	bool recode;  /* its sound is no AAC and has to become AAC */
	bool silence; /* it has no sound and has to get some */
	bool deaf;    /* it announces sound and sends none: without it */
	bool study;   /* its key frame came too late: look for it longer */
	bool files;   /* it reads files, all of them in one run */
	bool blind;   /* no video is sent: files need not have any */
	bool once;    /* to end is no failure: files without loop */
	int output;   /* index of the output it sends to, or -1 */
	int source;   /* index of the source that it reads */
};

enum link_type {
	LINK_FRAMES,
	LINK_PACKETS,
	N_LINK_TYPES
};

extern const char *const link_names[N_LINK_TYPES];

#define PLAN_SELF \
	(-1) /* a link's end inside ffsup: a test pattern, or what
			  comes through a FIFO or a socket; or the packets
			  of another source, which take the place of the
			  first one's in all its links */

/* With several receivers, a packets link is one row for each. A further source
 * has one row, to PLAN_SELF. */
struct plan_link {
	enum link_type type;
	int from, to;		  /* indices of workers, or PLAN_SELF */
	struct geometry geometry; /* LINK_FRAMES */
	struct rate fps;
};

#define PLAN_WORKERS_MAX 19 /* 4 sources, 15 outputs */
#define PLAN_LINKS_MAX	 18 /* 15 to outputs, 3 of further sources */

struct plan {
	enum topology topology;
	struct plan_worker workers[PLAN_WORKERS_MAX];
	size_t n_workers;
	struct plan_link links[PLAN_LINKS_MAX];
	size_t n_links;
};

void plan_make(struct plan *plan, const struct profile *p);

/* The first link of a type, or NULL. */
const struct plan_link *plan_link(const struct plan *plan, enum link_type type);

/* The pictures of the frames link: of source.frames, or what a decoded source
 * is scaled to. False when the profile does not say. */
bool plan_frames(const struct profile *p, struct geometry *g, struct rate *fps);

/* Whether the video of a source of the profile is encoded, copied or left
 * out. */
enum video_mode {
	VIDEO_MODE_COPY,
	VIDEO_MODE_NONE,
	VIDEO_MODE_ENCODE
};
enum video_mode
plan_video_mode(const struct profile *p, const struct profile_source *s);

/* What the workers of the sources are called, best first. */
extern const char *const plan_source_names[];

#endif
