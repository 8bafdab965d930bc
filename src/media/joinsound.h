/* SPDX-License-Identifier: ISC */
#ifndef JOINSOUND_H
#define JOINSOUND_H

/*
 * The newest sound of a stream, kept for readers that join it. An ffmpeg that
 * finds no sound after the key frame that it begins with cannot write a header,
 * and ends; one that finds fewer frames of AAC than it needs to be sure of it
 * holds everything back. Pure: times and places come in as arguments.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/ts.h"

struct buf;

/* So many PES packets are enough to know AAC by, whatever their sizes. */
#define JOINSOUND_ENOUGH 8

/* Packets of a PES packet of sound, at most, that is kept. */
#define JOINSOUND_PACKETS 32

/* A PES packet of sound. */
struct joinsound_pes {
	uint8_t v[JOINSOUND_PACKETS][TS_PACKET];
	size_t n;	  /* larger than its array: it is not used */
	int64_t dts, out; /* as sent; likewise, linear */
	int64_t span; /* from its DTS to that of the next one, as it seems */
};

/* Where a PES packet of sound begins in the ring. */
struct joinsound_start {
	uint64_t pos;
	int64_t dts; /* as sent; -1: it has none */
};

struct joinsound {
	struct joinsound_start starts[JOINSOUND_ENOUGH]; /* the newest: */
	size_t n;      /* starts[(n - 1) % JOINSOUND_ENOUGH] */
	int64_t at_ms; /* when that came */
	struct joinsound_pes whole, coming; /* the newest; the next */
};

/* The stream goes on with other sound. */
void joinsound_forget(struct joinsound *js);

/* A PES packet of sound begins at this place of the ring, its stamp is sent as
 * `out` (linear): the one before it is whole. Its packets follow. */
void joinsound_begin(struct joinsound *js, const uint8_t *pkt, uint64_t pos,
    int64_t out, int64_t now_ms);

/* A packet of sound, as it is sent; the rest of one whose beginning was not seen
 * is left out. */
void joinsound_put(struct joinsound *js, const uint8_t *pkt);

/* Whether a reader that begins at this place learns the parameters of the
 * sound, from the sound that follows or from the kept one. */
bool
joinsound_is_enough(const struct joinsound *js, uint64_t pos, int64_t now_ms);

/* The sound to give to a reader that begins at this place, and how many times
 * in a row; NULL: nothing, enough follows, or none is kept. */
const struct joinsound_pes *joinsound_for(
    const struct joinsound *js, uint64_t pos, int64_t now_ms, int *copies);

/* How far its stamps must be moved to be right before the key frame at `pos`,
 * and before the sound that follows that. Only sound that has not come for a
 * while is given the time of the key frame. */
int64_t
joinsound_delta(const struct joinsound *js, const struct joinsound_pes *s,
    uint64_t pos, int64_t key_dts, int64_t now_ms);

/* Append that many copies, the last one put off by delta, those before it by one
 * span less each; `cc` is the counter of the last packet. */
void joinsound_write(const struct joinsound_pes *s, int64_t delta, int copies,
    uint8_t cc, struct buf *out);

#endif
