/* SPDX-License-Identifier: ISC */
#ifndef TSINSERT_H
#define TSINSERT_H

/*
 * NAL units put into the video of a transport stream on its way: those that
 * wait in a queue go into the next access unit, right before its first slice,
 * behind delimiter, parameter sets and the SEI that is there (ITU-T H.264,
 * 7.4.1.2.3; ITU-T H.265, 7.4.2.4.4).
 *
 * While the queue is empty every packet is passed on at once, as it is.
 * Otherwise packets are held back, of all PIDs, from the start of a PES packet
 * of video up to the first slice, so that none overtakes another. The packet in
 * which that begins keeps its header and adaptation field; what has no room in
 * it any more follows in packets of its own. PES_packet_length (ISO/IEC
 * 13818-1, 2.4.3.7) grows with it, and is 0 when it cannot. Continuity counters
 * behind it go on. Where a PES packet does not begin with an access unit, or
 * the first slice is not within TSINSERT_HELD packets, nothing is changed, and
 * the next PES packet is tried. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "media/ts.h"

#define TSINSERT_UNITS 64	   /* NAL units that wait, at most */
#define TSINSERT_BYTES (64 * 1024) /* of them */
#define TSINSERT_ONCE \
	(16 * 1024)	 /* of those that go into one access unit, but
				      one always does */
#define TSINSERT_HELD 64 /* packets that are held back, at most */

/* NAL units that wait. */
struct tsinsert_queue {
	struct buf bytes; /* start codes and all, one behind the other */
	struct {
		enum ts_codec codec;
		size_t len;
	} units[TSINSERT_UNITS];
	size_t n;
	uint64_t inserted; /* so far */
	uint64_t strange;  /* of another codec than the video: dropped */
};

void tsinsert_queue_init(struct tsinsert_queue *q);
void tsinsert_queue_clear(struct tsinsert_queue *q); /* the counters stay */

/* Put a NAL unit at the end, which begins with a start code of four bytes; it
 * is copied. -1: the queue is full. */
int tsinsert_add(struct tsinsert_queue *q, enum ts_codec codec,
    const uint8_t *nal, size_t len);

/* How far the search for the first slice is. */
struct tsinsert_search {
	enum ts_codec codec;
	size_t at;    /* bytes of the PES packet that were searched */
	size_t head;  /* of them its header */
	size_t end;   /* where the PES packet ends; SIZE_MAX: it does not say */
	int zeros;    /* right before */
	bool begun;   /* there was a start code */
	bool prefix;  /* the NAL unit before is one of type 14 */
	size_t point; /* where the start code of the NAL unit begins */
	size_t n;     /* first bytes of the NAL unit: */
	uint8_t nal[3];	 /* header, and a slice's first */
	bool looking;	 /* they are not complete */
	uint8_t counter; /* of the newest packet */
};

struct tsinsert_held; /* a packet */

/* A stream of packets. */
struct tsinsert {
	const struct ts *ts; /* borrowed: their parser */
	void (*packet)(void *ctx, uint8_t *pkt, const struct ts_info *info);
	void *ctx;
	struct tsinsert_held *held; /* owned; NULL: none ever were */
	size_t n;		    /* of them */
	struct tsinsert_search search;
	uint16_t pid;	 /* of the video */
	uint8_t added;	 /* packets of it, modulo 16 */
	uint64_t missed; /* PES packets that could not be used */
};

/* `packet` is called like that of `ts`, for each packet in its order, and does
 * not feed. */
void tsinsert_init(struct tsinsert *t, const struct ts *ts,
    void (*packet)(void *ctx, uint8_t *pkt, const struct ts_info *info),
    void *ctx);

/* Frees; what is held back is dropped. */
void tsinsert_clear(struct tsinsert *t);

/* A packet, as `ts` told of it; it may be changed in place. The queue is that
 * whose units go into this stream now; NULL: none do. */
void tsinsert_feed(struct tsinsert *t, struct tsinsert_queue *q, uint8_t *pkt,
    const struct ts_info *info);

/* Pass on what is held back: nothing more comes. */
void tsinsert_flush(struct tsinsert *t);

#endif
