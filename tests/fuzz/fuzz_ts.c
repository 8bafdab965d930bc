/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a transport stream, in pieces whose sizes come from the bytes:
 * what is said of a packet is within bounds, and a shift forth and back leaves
 * it as it was.
 */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"
#include "ts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The stream so far. */
struct fuzz {
	struct ts ts;
	struct ring ring;
	uint64_t packets;
};

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
fuzz_packet(void *ctx, uint8_t *pkt, const struct ts_info *info)
{
	struct fuzz *f = ctx;
	struct ring_mark mark = { .at_ms = 1, .key = info->key };
	uint8_t was[TS_PACKET];
	const struct ring_mark *key;

	f->packets++;
	fuzz_check_info(f, info);
	memcpy(was, pkt, TS_PACKET);
	ts_shift(pkt, info, 123456789);
	ts_shift(pkt, info, -123456789);
	if (memcmp(was, pkt, TS_PACKET) != 0)
		abort();
	ts_set_cc(pkt, 5);
	ts_set_discontinuity(pkt);
	ring_put(&f->ring, pkt, info->start ? &mark : NULL);
	key = ring_key_before(&f->ring, f->ring.head);
	if (key != NULL && (key->pos < f->ring.tail || !key->key))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { .packets = 0 };
	uint8_t *copy = malloc(size + 1);
	size_t n;

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	ts_init(&f.ts, fuzz_packet, &f);
	ring_init(&f.ring, 0);
	for (size_t i = 0; i < size; i += n) {
		n = 1 + data[i] * 7u;
		if (n > size - i)
			n = size - i;
		ts_feed(&f.ts, copy + i, n);
	}
	if (f.packets != f.ts.packets || f.ts.garbage > size ||
	    f.packets * TS_PACKET > size)
		abort();
	ring_clear(&f.ring);
	free(copy);
	return 0;
}
