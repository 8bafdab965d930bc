/* SPDX-License-Identifier: ISC */
#ifndef OUTLET_H
#define OUTLET_H

/*
 * One reader of a relay: a cursor of its own over what is on air, written into
 * the stdin of an ffmpeg. It begins at a key frame, the tables first; one that is
 * slow makes nobody wait, and skips to the newest key frame when it is too far
 * behind.
 */

#include <stdbool.h>
#include <stdint.h>

struct ev_loop;
struct onair;
struct outlet;

/* What all outlets of a relay have in common; borrowed by each. */
struct outlet_host {
	const char *name; /* of the stream, for debug lines */
	struct ev_loop *loop;
	struct onair *air;
	int64_t lag_ms;	  /* the default of each */
	int64_t sound_ms; /* who joins waits so long for sound that is
			     announced; 0: nobody waits */
	/* The first bytes go into an outlet since it was opened. */
	void (*fed)(void *ctx, int outlet);
	void *ctx;
};

struct outlet_stats {
	bool open;
	uint64_t bytes; /* into this run's pipe */
	uint64_t skips; /* in all runs, as are the next */
	uint64_t lost_bytes, lost_packets;
	int64_t lost_ms; /* of the stream's time */
	int64_t lag_ms;	 /* how far its cursor is behind now */
	/* Something came within the last second. One that does not take what is
	 * there counts as supplied. */
	bool supplied;
	/* Ms of this run for which it was given pictures (sound, where there is
	 * no video) that go on in time, or did not take what is there. A pause
	 * in what comes, and sound beside a video that stands still, count for
	 * nothing. */
	int64_t given_ms;
};

struct outlet *outlet_new(const struct outlet_host *host, int index);
void outlet_free(struct outlet *o);

/*
 * Takes the write end of a new reader's stdin. With `resume` it is a recorder:
 * it begins at the key frame in which the last reader was cut off, if that is
 * still held, and is never too far behind while the ring can grow.
 */
void outlet_open(struct outlet *o, int fd, bool resume);
void outlet_close(struct outlet *o);

/* The output is gone: whoever is put here next begins anew. */
void outlet_forget(struct outlet *o);

/* Close the pipe after what is there now. */
void outlet_finish(struct outlet *o);

/* How far behind it may be before it skips. */
void outlet_set_lag(struct outlet *o, int64_t ms);

/* New packets are on air: skip if it is late, write what fits. */
void outlet_serve(struct outlet *o, int64_t now_ms);

/* The ring is about to be written up to `tail`. True: it stands there, and has
 * to be told to skip or the ring to grow. */
bool outlet_is_before(const struct outlet *o, uint64_t tail);

/* Whether the oldest packet that it was not given came longer ago than it may be
 * behind; a recorder never is late. */
bool outlet_is_late(const struct outlet *o, int64_t now_ms);

/* Leave the queue: finish the PES packet, then go on at a key frame. */
void outlet_skip(struct outlet *o);

void outlet_stats(const struct outlet *o, struct outlet_stats *st);

#endif
