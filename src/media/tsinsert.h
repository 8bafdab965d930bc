/* SPDX-License-Identifier: ISC */
#ifndef TSINSERT_H
#define TSINSERT_H

/*
 * Puts NAL units into the video of a transport stream that passes: those that
 * wait in a queue go into the next access unit, right before its first slice,
 * after its delimiter, parameter sets and other SEI (ITU-T H.264, 7.4.1.2.3;
 * ITU-T H.265, 7.4.2.4.4).
 *
 * While the queue is empty every packet is passed on at once, as it is.
 * Otherwise packets are held back, of all PIDs, from the start of a PES packet
 * of video up to the first slice, so that none overtakes another. The packet in
 * which the slice begins keeps its header and adaptation field; the bytes that
 * it has no room for follow in packets of their own. PES_packet_length (ISO/IEC
 * 13818-1, 2.4.3.7) grows with them, and is 0 when it is too large. Later
 * continuity counters of the video are raised. A PES packet that does not begin
 * with an access unit, or has its first slice not within TSINSERT_HELD packets,
 * is not changed, and the next one is tried. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "media/ts.h"

#define TSINSERT_UNITS 64	   /* NAL units that wait, at most */
#define TSINSERT_BYTES (64 * 1024) /* of them, at most */
#define TSINSERT_HELD  64	   /* packets that are held back, at most */

/* Bytes of NAL units that go into one access unit, at most; one that is larger
 * goes alone. */
#define TSINSERT_ONCE (16 * 1024)

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
	/* The oldest one is out of the queue, inserted or dropped; NULL: nobody
	 * wants to know. It may not add or drop any. */
	void (*gone)(void *ctx, bool inserted);
	void *ctx;
};

void tsinsert_queue_init(struct tsinsert_queue *q);
void tsinsert_queue_clear(struct tsinsert_queue *q); /* the counters stay */

/* Put a NAL unit at the end, which begins with a start code of four bytes; it
 * is copied. -1: the queue is full. */
int tsinsert_add(struct tsinsert_queue *q, enum ts_codec codec,
    const uint8_t *nal, size_t len);

/* Drop the oldest one; there is one. */
void tsinsert_queue_drop(struct tsinsert_queue *q);

/* How far the search for the first slice is. */
struct tsinsert_search {
	enum ts_codec codec;
	size_t at;    /* bytes of the PES packet that were searched */
	size_t head;  /* bytes of its header */
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

/* Frees; packets that are held back are dropped. */
void tsinsert_clear(struct tsinsert *t);

/* A packet, as `ts` described it; it may be changed in place. Units of the
 * queue go into this stream; NULL: none do now. */
void tsinsert_feed(struct tsinsert *t, struct tsinsert_queue *q, uint8_t *pkt,
    const struct ts_info *info);

/* Pass on the packets that are held back: no more come. */
void tsinsert_flush(struct tsinsert *t);

#endif
