/* SPDX-License-Identifier: ISC */
/*
 * scan FILE MEGABYTES: that H.264 over and over up to so much memory, and bytes
 * a second of: memchr for the byte 1 on its own; start codes found; access
 * units found, in pieces as a pipe gives them; access units made MPEG-TS. All
 * in turn, the best of several rounds; prints the four and how many start codes
 * and units there are.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/util.h"
#include "media/h264.h"
#include "media/remux.h"

#define ROUNDS 5
#define PIECE  65536

struct memory {
	uint8_t *data;
	size_t len;
};

/* What has to be done so that nothing is left out. */
static volatile size_t found;

static size_t
run_memchr(const struct memory *m)
{
	const uint8_t *p = m->data, *end = p + m->len;
	size_t n = 0;

	while (p < end && (p = memchr(p, 1, (size_t)(end - p))) != NULL) {
		n++;
		p++;
	}
	return n;
}

static size_t
run_scan(const struct memory *m)
{
	size_t n = 0, at = 0;

	while ((at = h264_next_code(m->data, at, m->len)) < m->len) {
		n++;
		at += 3;
	}
	return n;
}

static void
count(void *ctx, const struct h264_unit *u UNUSED)
{
	++*(size_t *)ctx;
}

static void
put(void *ctx UNUSED, uint8_t *data, size_t len UNUSED)
{
	found += data[0];
}

static size_t
run_feed(const struct memory *m)
{
	struct h264 h;
	size_t n = 0;

	h264_init(&h, count, &n);
	for (size_t i = 0; i < m->len; i += PIECE)
		h264_feed(&h, m->data + i,
		    m->len - i < PIECE ? m->len - i : PIECE, (int64_t)i);
	h264_clear(&h);
	return n;
}

static size_t
run_remux(const struct memory *m)
{
	static struct remux r;
	size_t n = 0;

	remux_init(
	    &r, &(struct remux_opts){ .unit = count, .put = put, .ctx = &n });
	for (size_t i = 0; i < m->len; i += PIECE)
		remux_feed(&r, m->data + i,
		    m->len - i < PIECE ? m->len - i : PIECE, (int64_t)i);
	remux_clear(&r);
	return n;
}

static void
fill(struct memory *m, const char *path, size_t megabytes)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		exit(1);
	m->len = megabytes << 20;
	m->data = xcalloc(m->len, 1);
	n = fread(m->data, 1, m->len, f);
	fclose(f);
	if (n == 0)
		exit(1);
	for (size_t at = n; at < m->len; at += n)
		memcpy(
		    m->data + at, m->data, n < m->len - at ? n : m->len - at);
}

int
main(int argc, char **argv)
{
	size_t (*const runs[])(const struct memory *) = { run_memchr, run_scan,
		run_feed, run_remux };
	double best[NELEM(runs)] = { 0 };
	size_t n[NELEM(runs)];
	struct memory m;

	if (argc != 3)
		return 64;
	fill(&m, argv[1], (size_t)atoi(argv[2]));
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < NELEM(runs); i++) {
			int64_t from = mono_ns();
			double rate;

			found = n[i] = runs[i](&m);
			rate = (double)m.len / (double)(mono_ns() - from) * 1e9;
			if (rate > best[i])
				best[i] = rate;
		}
	}
	for (size_t i = 0; i < NELEM(runs); i++)
		printf("%.0f ", best[i]);
	printf("%zu %zu\n", n[1], n[2]);
	free(m.data);
	return 0;
}
