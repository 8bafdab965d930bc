/* SPDX-License-Identifier: ISC */
/*
 * Hashes of sampled rows, lengths of bursts.
 */
#include "config.h"

#include <string.h>

#include "base/util.h"
#include "media/framecheck.h"

#define FRAMECHECK_ROWS 16 /* of a frame that are looked at */

/* Sizes people use; the profile's own is tried first. */
static const struct size look_sizes[] = { { 320, 240 }, { 640, 360 },
	{ 640, 480 }, { 800, 600 }, { 848, 480 }, { 854, 480 }, { 960, 540 },
	{ 1024, 768 }, { 1280, 720 }, { 1280, 960 }, { 1600, 1200 },
	{ 1920, 1080 }, { 2560, 1440 }, { 3840, 2160 } };

/* FNV-1a, eight bytes at a time: good enough to see a change. */
static uint64_t
framecheck_hash(uint64_t hash, const uint8_t *data, size_t len)
{
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		hash = (hash ^ word) * 0x100000001b3;
		hash ^= hash >> 29;
		data += sizeof(word);
	}
	while (len-- > 0)
		hash = (hash ^ *data++) * 0x100000001b3;
	return hash;
}

void
framecheck_still_add(struct framecheck_still *s, const struct geometry *g,
    const uint8_t *data, int64_t now_ms)
{
	size_t row = g->bytes / (size_t)g->h;
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < FRAMECHECK_ROWS; i++)
		hash = framecheck_hash(hash,
		    data + (g->bytes - row) * i / (FRAMECHECK_ROWS - 1), row);
	if (s->since_ms != 0 && hash == s->hash)
		return;
	s->hash = hash;
	s->since_ms = now_ms;
}

void
framecheck_burst_add(
    struct framecheck_burst *b, size_t n, int64_t now_ms, struct rate fps)
{
	int64_t pause = 250 * fps.den / fps.num;

	if (b->bytes > 0 && now_ms - b->last_ms > (pause > 2 ? pause : 2)) {
		b->agree = b->bytes == b->size ? b->agree + 1 : 1;
		b->size = b->bytes;
		b->bytes = 0;
	}
	b->bytes += n;
	b->last_ms = now_ms;
}

/* The format that could have this size: "640x480 rgba". NULL: none known. */
static char *
framecheck_match(size_t bytes, struct size size)
{
	struct geometry g;

	for (int f = 0; f < N_PIXFMTS; f++)
		if (frame_geometry_init(&g, (enum pixfmt)f, size.w, size.h) ==
			0 &&
		    g.bytes == bytes)
			return xasprintf(
			    "%dx%d %s", size.w, size.h, pixfmt_names[f]);
	return NULL;
}

char *
framecheck_burst_guess(
    const struct framecheck_burst *b, const struct geometry *g)
{
	char *guess;

	/* a burst of several whole frames comes from a program that writes them
	 * faster than it pauses, not one that writes other ones */
	if (b->agree < FRAMECHECK_BURST_AGREE || b->size % g->bytes == 0)
		return NULL;
	guess = framecheck_match(b->size, (struct size){ g->w, g->h });
	for (size_t i = 0; guess == NULL && i < NELEM(look_sizes); i++)
		guess = framecheck_match(b->size, look_sizes[i]);
	if (guess == NULL)
		guess = xasprintf("%zu bytes", b->size);
	return guess;
}
