/* SPDX-License-Identifier: ISC */
#ifndef TSWATCH_H
#define TSWATCH_H

/*
 * Tells of MPEG-TS what is in it: tables, key frames, stamps that step back or
 * leap, what the frames are, breaks and garbage.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "media/ts.h"

struct tswatch {
	bool quiet; /* count, and tell nothing */
	bool keys;  /* tell of each key frame */
	struct ts ts;
	uint64_t tables;	     /* as one number */
	int64_t dts[TS_STREAMS];     /* newest of each stream; -1: none */
	int64_t came_us[TS_STREAMS]; /* when that did */
	int64_t told_us[TS_STREAMS]; /* that it does not go on; -1: never */
	int64_t key_dts;	     /* of the last key frame; -1: none */
	struct buf key;		     /* packets since the last key frame */
	int width, height;
	uint64_t breaks, garbage; /* told of */
	uint64_t frames, keyframes, back, leaps, errors;
};

void tswatch_init(struct tswatch *w);
void tswatch_clear(struct tswatch *w);

/* A new run: what is counted stays. */
void tswatch_begin(struct tswatch *w);

/* Bytes that come now; they are not changed. */
void tswatch_feed(struct tswatch *w, const uint8_t *data, size_t len);

#endif
