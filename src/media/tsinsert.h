/* SPDX-License-Identifier: ISC */
#ifndef TSINSERT_H
#define TSINSERT_H

/*
 * Inserts NAL units into the video of a passing transport stream: units waiting
 * in a queue go into the next access unit, right before its first slice, after
 * its delimiter, parameter sets and other SEI (ITU-T H.264, 7.4.1.2.3; ITU-T
 * H.265, 7.4.2.4.4).
 *
 * While the queue is empty every packet is passed on at once, as it is.
 * Otherwise the packets of all PIDs are held back from the start of a PES
 * packet of video up to the first slice, so that none overtakes another. The
 * packet in which the slice begins keeps its header and adaptation field; bytes
 * that no longer fit follow in packets of their own. PES_packet_length (ISO/IEC
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

#define TSINSERT_UNITS 64	   /* waiting NAL units, at most */
#define TSINSERT_BYTES (64 * 1024) /* waiting, at most */
#define TSINSERT_HELD  64	   /* packets held back, at most */

/* Bytes of NAL units in one access unit, at most; a larger unit goes alone. */
#define TSINSERT_ONCE (16 * 1024)

/* Waiting NAL units. */
struct tsinsert_queue {
	struct buf bytes; /* one after another, with start codes */
	struct {
		enum ts_codec codec;
		size_t len;
	} units[TSINSERT_UNITS];
	size_t n;
	uint64_t inserted; /* so far */
	uint64_t strange;  /* not of the video's codec: dropped */
	/* The oldest one has left the queue, inserted or dropped; may be NULL.
	 * It may not add or drop any. */
	void (*gone)(void *ctx, bool inserted);
	void *ctx;
};

void tsinsert_queue_init(struct tsinsert_queue *q);
void tsinsert_queue_clear(struct tsinsert_queue *q); /* the counters stay */

/* Append a copy of a NAL unit that begins with a start code of four bytes. -1:
 * the queue is full. */
int tsinsert_add(struct tsinsert_queue *q, enum ts_codec codec,
    const uint8_t *nal, size_t len);

/* Drop the oldest one; the queue is not empty. */
void tsinsert_queue_drop(struct tsinsert_queue *q);

/* The progress of the search for the first slice. */
struct tsinsert_search {
	enum ts_codec codec;
	size_t at;    /* bytes of the PES packet that were searched */
	size_t head;  /* bytes of its header */
	size_t end;   /* where the PES packet ends; SIZE_MAX: it does not say */
	int zeros;    /* right before */
	bool begun;   /* a start code was seen */
	bool prefix;  /* the NAL unit before is one of type 14 */
	size_t point; /* where the start code of the NAL unit begins */
	size_t n;     /* first bytes of the NAL unit: */
	uint8_t nal[3];	 /* header, and a slice's first */
	bool looking;	 /* those are not complete */
	uint8_t counter; /* of the newest packet */
};

struct tsinsert_held; /* a packet */

/* A stream of packets. */
struct tsinsert {
	const struct ts *ts; /* borrowed: their parser */
	void (*packet)(void *ctx, uint8_t *pkt, const struct ts_info *info);
	void *ctx;
	struct tsinsert_held *held; /* owned; NULL until one is held */
	size_t n;		    /* held packets */
	struct tsinsert_search search;
	uint16_t pid;	 /* of the video */
	uint8_t added;	 /* its extra packets, modulo 16 */
	uint64_t missed; /* PES packets that could not be used */
};

/* `packet` is called like that of `ts`, for each packet in order; it must not
 * feed. */
void tsinsert_init(struct tsinsert *t, const struct ts *ts,
    void (*packet)(void *ctx, uint8_t *pkt, const struct ts_info *info),
    void *ctx);

/* Frees; packets that are held back are dropped. */
void tsinsert_clear(struct tsinsert *t);

/* A packet, as `ts` described it; it may be changed in place. `q` holds the
 * units to insert; NULL: none now. */
void tsinsert_feed(struct tsinsert *t, struct tsinsert_queue *q, uint8_t *pkt,
    const struct ts_info *info);

/* End of input: pass on the packets that are held back. */
void tsinsert_flush(struct tsinsert *t);

#endif
