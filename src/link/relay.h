/* SPDX-License-Identifier: ISC */
#ifndef RELAY_H
#define RELAY_H

/*
 * A packets link alive: MPEG-TS from one of several inlets (the runs of
 * upstream ffmpegs) through one ring to any number of outlets (the stdins of
 * ffmpegs that send). Inlets are always read; relay_select() decides which of
 * them is on air, and takes effect at that inlet's next key frame. Each outlet
 * has its own cursor: one that is slow or stuck makes nobody wait; when its lag
 * is too large it skips to the newest key frame, at the end of a whole PES
 * packet, and its losses are counted.
 *
 * The stream that outlets see is one: time stamps go on through every change of
 * the inlet, by the clock of the relay, and never step back; continuity
 * counters are numbered again. An outlet that opens is given PAT, PMT and the
 * newest key frame at once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/outlet.h"
#include "media/ts.h"

struct buf;
struct ev_loop;
struct relay;
struct tsinsert_queue;

#define RELAY_INLETS  8
#define RELAY_OUTLETS 32

struct relay_opts {
	const char *name; /* of the stream, for debug lines; copied */
	size_t ring_max;  /* bytes; the ring grows up to this, to hold a GOP
			    and the data of outlets that are not late */
	int64_t lag_ms;	  /* an outlet whose lag is larger skips; see set_lag */
	int64_t sound_ms; /* an outlet that joins waits so long for announced
			     sound; a run that never had any counts as
			     without after that. 0: it does not wait */
	/* The tables of an inlet are known, or its media have changed. */
	void (*tables)(void *ctx, int inlet);
	/* An inlet is on air, from this key frame on; may be NULL. */
	void (*aired)(void *ctx, int inlet);
	/* The first bytes go into an outlet since it was opened. */
	void (*fed)(void *ctx, int outlet);
	void *ctx;
};

struct relay_inlet_stats {
	bool open;
	bool on_air; /* its packets go out */
	bool heard;  /* sound came in this run */
	bool mute;   /* it is announced, and counts as none: none came */
	bool alien;  /* its frames are no longer of the codec in its tables,
			and are not passed on; those that never were are */
	uint64_t bytes, packets, frames, garbage, breaks;
	int64_t silent_ms; /* since its last frame (of sound, without video)
			      whose stamp went on; -1: none ever in
			      this run */
	int64_t frozen_since_ms; /* monotonic: frames come, but their stamps
			      do not go on; 0: they do */
	double fps;		 /* over the last seconds; -1: not known yet */
	double stamp_fps;	 /* by their time stamps; -1: not known yet */
	double kbps;		 /* likewise */
	int64_t gop_ms;		 /* between its last two key frames; -1 */
	const struct ts *ts;	 /* borrowed until the inlet closes */
};

struct relay *relay_new(struct ev_loop *loop, const struct relay_opts *opts);
void relay_free(struct relay *r);

/* --- inlets: 0..RELAY_INLETS-1 ------------------------------------------ */

/* Takes the read end of an upstream's stdout; a new run. -1: its bytes come by
 * relay_feed(). */
void relay_open_inlet(struct relay *r, int inlet, int fd);
void relay_close_inlet(struct relay *r, int inlet);

/* Bytes of an inlet that has no descriptor; they may be changed in place. */
void relay_feed(struct relay *r, int inlet, uint8_t *data, size_t len);

/* NAL units for the next access unit of the stream on air; none go into an
 * inlet that is about to leave. Borrowed. */
struct tsinsert_queue *relay_messages(struct relay *r);

/* The codec of the current video, which they would go into; OTHER: none. */
enum ts_codec relay_codec(const struct relay *r);

/* Put this inlet on air, from its next key frame on; until then the current one
 * goes on. -1: none, packets of the current one are not passed on, and the next
 * inlet begins with a key frame. */
void relay_select(struct relay *r, int inlet);

/* The inlet that relay_select() was called with last; -1 before. */
int relay_selected(const struct relay *r);

/* The media from here on have other parameters: outlets that open from now on
 * are given nothing older. When tables() calls this, the frame that it was
 * called for is the first. */
void relay_cut(struct relay *r);

/* The one on air, or -1 before the first. Its upstream may be gone. */
int relay_on_air(const struct relay *r);

/* Append PAT, PMT and all from the newest key frame on; nothing when none is
 * held that may follow them, or it is more than the buffer takes. */
void relay_copy_key(const struct relay *r, struct buf *out);

/* Ms since the newest packet was passed on; -1: none ever. */
int64_t relay_silent_ms(const struct relay *r);

void
relay_inlet_stats(struct relay *r, int inlet, struct relay_inlet_stats *st);

/* --- outlets: 0..RELAY_OUTLETS-1 ---------------------------------------- */

/*
 * Takes the write end of a new reader's stdin. It begins at the newest key
 * frame held, else with the first that comes. With `resume` it is a recorder:
 * it begins at the key frame in which the last reader was cut off, if that is
 * still in the ring, and does not skip while the ring can grow.
 */
void relay_open_outlet(struct relay *r, int outlet, int fd, bool resume);

/* How large the lag of an outlet may be before it skips. */
void relay_set_lag(struct relay *r, int outlet, int64_t ms);

/* Its reader is dead. */
void relay_close_outlet(struct relay *r, int outlet);

/* The output is gone, its reader is dead: the next reader of this outlet begins
 * again, with counters and a position of its own. */
void relay_forget_outlet(struct relay *r, int outlet);

/* Ask the reader to end: close the pipe once the bytes held now are written. */
void relay_finish_outlet(struct relay *r, int outlet);

void relay_outlet_stats(struct relay *r, int outlet, struct outlet_stats *st);

#endif
