/* SPDX-License-Identifier: ISC */
#ifndef CODEDCHECK_H
#define CODEDCHECK_H

/*
 * Whether a program's bytes are the H.264 byte stream that is expected: by its
 * first bytes, by parameter sets of H.265, and by what the parser of H.264 made
 * of it. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#include "media/finding.h"

struct h264;

#define CODEDCHECK_GARBAGE_MAX 5 /* percent */

struct codedcheck {
	uint8_t first[LIKENESS_HEAD];
	size_t n_first;
	enum likeness kind; /* of these */
	uint32_t last;	    /* the newest bytes: a start code and after */
	unsigned h265;	    /* parameter sets of H.265 */
	unsigned slices;    /* of frames of H.264 */
	uint64_t bytes;	    /* ever */
	uint64_t from_bytes, from_garbage; /* of the time that is judged */
	struct finding found;
};

/* A program begins. */
void codedcheck_begin(struct codedcheck *c);

/* Its next bytes. */
void codedcheck_add(struct codedcheck *c, const uint8_t *data, size_t n);

/* Judge, about once a second; `h`: the parser that all the bytes went to. */
void codedcheck_look(struct codedcheck *c, const struct h264 *h);

#endif
