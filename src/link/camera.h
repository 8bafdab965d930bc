/* SPDX-License-Identifier: ISC */
#ifndef CAMERA_H
#define CAMERA_H

/*
 * H.264 from a camera program's pipe, FIFO or socket into an inlet of a relay,
 * as MPEG-TS. It is always read: the program never waits for an output. Each
 * program is a separate run, on air from its first key frame on; a frame that
 * is cut off at its end is dropped.
 *
 * Frames of another size or kind than before cost the outputs a restart. A
 * change that comes soon after the last is taken only when it lasts, and those
 * frames are withheld until then: of a camera that sends two kinds in turn, one
 * is on air.
 */

#include <stdbool.h>
#include <stdint.h>

#include "link/intake.h"
#include "media/h264ps.h"

struct camera;
struct ev_loop;
struct relay;

struct camera_opts {
	struct relay *relay; /* borrowed */
	int inlet;	     /* of the relay, for the camera alone */
	bool silence;	     /* a stream of silent sound beside the video */
	int64_t hint_us;     /* expected from frame to frame; 0: unknown */
	/* A frame came. */
	void (*frame)(void *ctx);
	/* The frames have another size or profile than before, or must be
	 * read in another way, in this run or since the last one; they are
	 * passed on after the return. */
	void (*changed)(
	    void *ctx, const struct h264_sps *was, const struct h264_sps *is);
	void *ctx;
};

struct camera_stats {
	const struct h264_sps *sps; /* borrowed; NULL: unknown yet */
	uint64_t frames;	    /* of this run */
	uint64_t early;		    /* before its first key frame */
	uint64_t garbage;	    /* bytes of all runs */
	uint64_t runs;
	bool unordered;		      /* B pictures in an unsupported order */
	uint64_t withheld;	      /* frames of all runs */
	const struct h264_sps *other; /* borrowed: of those withheld in the last
					 seconds; NULL: none */
	struct finding found;	      /* the fault in what it sends */
	struct intake_feeder feeder;  /* at its socket */
	bool there; /* a program has its pipe or socket open */
};

struct camera *camera_new(struct ev_loop *loop, const struct camera_opts *opts);
void camera_free(struct camera *c);

/* Takes the read end of a new program's output. */
void camera_open(struct camera *c, int fd);

/* The program is gone; `whole`: it ended by itself, so its last frame is
 * complete. */
void camera_close(struct camera *c, bool whole);

/* Take the programs of a named pipe or a socket, as intake_open(). */
void camera_listen(struct camera *c, struct intake *in, enum intake_kind kind,
    const char *path);

/* Judge what it sends; call it once a second. */
void camera_tick(struct camera *c);

/* Its feeder has told this about its own input. */
void camera_tell(struct camera *c, const struct finding *told);

void camera_stats(const struct camera *c, struct camera_stats *st);

#endif
