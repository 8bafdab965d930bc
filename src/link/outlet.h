/* SPDX-License-Identifier: ISC */
#ifndef OUTLET_H
#define OUTLET_H

/*
 * One reader of a relay: a separate cursor over the stream on air, written into
 * the stdin of an ffmpeg. It begins at a key frame, the tables first; a slow
 * one makes nobody wait, and skips to the newest key frame when its lag is too
 * large.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/meter.h"

struct ev_loop;
struct onair;
struct outlet;

/* Common to all outlets of a relay; borrowed by each. */
struct outlet_host {
	const char *name; /* of the stream, for debug lines */
	struct ev_loop *loop;
	struct onair *air;
	int64_t lag_ms;	  /* the default of each */
	int64_t sound_ms; /* an outlet that joins waits so long for announced
			     sound; 0: it does not wait */
	/* The first bytes go into an outlet since it was opened. */
	void (*fed)(void *ctx, int outlet);
	void *ctx;
};

struct outlet_stats {
	bool open;
	uint64_t bytes;	   /* into this run's pipe */
	struct meter sent; /* the same, over the last seconds */
	uint64_t skips;	   /* in all runs, as are the next */
	uint64_t lost_bytes, lost_packets;
	int64_t lost_ms; /* of the stream's time */
	int64_t lag_ms;	 /* of its cursor, now */
	/* Something came within the last second. An outlet that does not take
	 * its bytes counts as supplied. */
	bool supplied;
	/* Ms of this run in which it was given frames (sound, without video)
	 * that go on in time, or did not take its bytes. A pause of the input,
	 * and sound beside a frozen video, count for nothing. */
	int64_t given_ms;
};

struct outlet *outlet_new(const struct outlet_host *host, int index);
void outlet_free(struct outlet *o);

/*
 * Takes the write end of a new reader's stdin. With `resume` it is a recorder:
 * it begins at the key frame in which the last reader was cut off, if that is
 * still held, and does not skip while the ring can grow.
 */
void outlet_open(struct outlet *o, int fd, bool resume);
void outlet_close(struct outlet *o);

/* The output is gone: the next reader of this outlet begins again. */
void outlet_forget(struct outlet *o);

/* Close the pipe once the bytes held now are written. */
void outlet_finish(struct outlet *o);

/* How large its lag may be before it skips. */
void outlet_set_lag(struct outlet *o, int64_t ms);

/* New packets are on air: skip if it is late, write what fits. */
void outlet_serve(struct outlet *o, int64_t now_ms);

/* The ring will be overwritten up to `tail`. True: its cursor is before that;
 * it must skip, or the ring must grow. */
bool outlet_is_before(const struct outlet *o, uint64_t tail);

/* Whether its oldest unsent packet came longer ago than its lag may be; a
 * recorder is never late. */
bool outlet_is_late(const struct outlet *o, int64_t now_ms);

/* Leave the queue: finish the PES packet, then go on at a key frame. */
void outlet_skip(struct outlet *o);

void outlet_stats(const struct outlet *o, struct outlet_stats *st);

#endif
