/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a transport stream, in pieces whose sizes come from the bytes:
 * what is said of a packet is within bounds, a shift forth and back leaves it
 * as it was, and a ring of a few packets gives back the newest of them.
 */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "base/util.h"
#include "link/ring.h"
#include "media/ts.h"

#define PIECE_MAX (1 + UINT8_MAX * 7)
#define RING_MIN  2  /* packets; one of ring_init() never comes round here */
#define RING_MAX  32 /* likewise */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The stream so far. */
struct fuzz {
	struct ts ts;
	struct ring ring;
	uint64_t packets;
	uint8_t newest[RING_MAX][TS_PACKET]; /* what the ring was given */
};

/* Pieces stand at its end: to read on behind one is an error. */
static uint8_t *fuzz_piece;

static void
fuzz_check_info(const struct fuzz *f, const struct ts_info *info)
{
	const int64_t wrap = (int64_t)1 << 33;

	if (info->stream < -1 || info->stream >= (int)f->ts.n_streams ||
	    f->ts.n_streams > TS_STREAMS || info->pid > TS_NO_PID)
		abort();
	if (info->pts < -1 || info->pts >= wrap || info->dts < -1 ||
	    info->dts >= wrap || (info->pts == -1) != (info->dts == -1))
		abort();
	if ((info->key || info->dts != -1) && !info->start)
		abort();
}

static void
fuzz_check_marks(const struct ring *r)
{
	const struct ring_mark *key;
	uint64_t at;

	key = ring_key_before(r, r->head);
	if (key != NULL && (key->pos < r->tail || !key->key))
		abort();
	key = ring_key_from(r, r->tail);
	if (key != NULL && (key->pos < r->tail || !key->key))
		abort();
	at = ring_boundary(r, r->tail);
	if (at < r->tail || at > r->head || at % TS_PACKET != 0)
		abort();
}

static void
fuzz_put(struct fuzz *f, const uint8_t *pkt, const struct ts_info *info)
{
	struct ring_mark mark = { .at_ms = 1, .key = info->key };
	uint64_t tail;

	if (pkt[TS_PACKET - 1] % 16 == 1)
		ring_grow(&f->ring);
	tail = ring_next_tail(&f->ring);
	ring_put(&f->ring, pkt, info->start ? &mark : NULL);
	memcpy(f->newest[f->packets++ % RING_MAX], pkt, TS_PACKET);
	if (f->ring.tail != tail || f->ring.head != f->packets * TS_PACKET ||
	    f->ring.head - tail > f->ring.size || f->ring.size > f->ring.max)
		abort();
	fuzz_check_marks(&f->ring);
}

static void
fuzz_packet(void *ctx, uint8_t *pkt, const struct ts_info *info)
{
	struct fuzz *f = ctx;
	uint8_t was[TS_PACKET];

	fuzz_check_info(f, info);
	memcpy(was, pkt, TS_PACKET);
	ts_shift(pkt, info, 123456789);
	ts_shift(pkt, info, -123456789);
	if (memcmp(was, pkt, TS_PACKET) != 0)
		abort();
	ts_set_cc(pkt, 5);
	ts_set_discontinuity(pkt);
	fuzz_put(f, pkt, info);
}

/* All that the ring holds is what it was given last. */
static void
fuzz_check_ring(const struct fuzz *f)
{
	const struct ring *r = &f->ring;
	const uint8_t *data;
	size_t n;

	for (uint64_t pos = r->tail; pos < r->head; pos += n) {
		n = ring_peek(r, pos, &data);
		if (n == 0 || n % TS_PACKET != 0)
			abort();
		n = TS_PACKET;
		if (memcmp(data, f->newest[pos / n % RING_MAX], n) != 0)
			abort();
	}
}

static void
fuzz_init(struct fuzz *f)
{
	f->packets = 0;
	ts_init(&f->ts, fuzz_packet, f);
	f->ring = (struct ring){ .size = (size_t)RING_MIN * TS_PACKET,
		.max = (size_t)RING_MAX * TS_PACKET,
		.n_marks = RING_MIN };
	f->ring.data = pages_map(f->ring.size);
	f->ring.marks = xcalloc(f->ring.n_marks, sizeof(*f->ring.marks));
	if (fuzz_piece == NULL)
		fuzz_piece = xcalloc(PIECE_MAX, 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz f;
	size_t n;

	fuzz_init(&f);
	for (size_t i = 0; i < size; i += n) {
		n = 1 + data[i] * 7u;
		if (n > size - i)
			n = size - i;
		memcpy(fuzz_piece + PIECE_MAX - n, data + i, n);
		ts_feed(&f.ts, fuzz_piece + PIECE_MAX - n, n);
	}
	if (f.packets != f.ts.packets || f.ts.garbage > size ||
	    f.packets * TS_PACKET > size)
		abort();
	fuzz_check_ring(&f);
	ring_clear(&f.ring);
	return 0;
}
