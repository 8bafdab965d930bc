/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a camera's byte stream, in pieces and at times that come from
 * the bytes: what comes out is whole packets in order, with stamps that rise,
 * and the same units come out of the bytes in one piece.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "media/remux.h"
#include "media/ts.h"

#define FUZZ_UNIT_MAX 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
	struct remux remux;
	struct ts ts;
	struct h264 whole;
	int64_t dts;	  /* of the newest unit; -1: none yet */
	uint64_t hash[2]; /* of the units: in pieces, in one */
	uint64_t units, starts;
};

/* Nothing is to be learnt from how this goes. */
#define QUIET __attribute__((no_sanitize("coverage")))

QUIET static void
fuzz_mix(uint64_t *hash, uint64_t v)
{
	*hash = (*hash ^ v) * 0x100000001b3;
}

QUIET static void
fuzz_hash(uint64_t *hash, const struct h264_unit *u)
{
	size_t len = 0;

	if (u->bytes > FUZZ_UNIT_MAX || u->slices < 1 || u->sps == NULL ||
	    u->n_pieces < 1 || u->n_pieces > H264_PIECES)
		abort();
	for (size_t i = 0; i < u->n_pieces; i++) {
		len += u->pieces[i].len;
		for (size_t k = 0; k < u->pieces[i].len; k++)
			fuzz_mix(hash, u->pieces[i].data[k]);
	}
	if (len != u->len || len < u->bytes)
		abort();
	fuzz_mix(hash, u->bytes);
	fuzz_mix(hash, (uint64_t)u->order);
	fuzz_mix(hash,
	    (uint64_t)u->slices << 3 | (u->key ? 4 : 0) | (u->idr ? 2 : 0) |
		(u->field ? 1 : 0));
}

static void
fuzz_packet(void *ctx, uint8_t *pkt, const struct ts_info *info)
{
	struct fuzz *f = ctx;

	if (pkt[0] != 0x47 || (!info->pat && !info->pmt && info->stream < 0))
		abort();
	if (!info->start || !info->video)
		return;
	f->starts++;
	if (info->dts == -1 || ts_diff(info->pts, info->dts) < 0 ||
	    (f->dts != -1 && ts_diff(info->dts, f->dts) <= 0) || !info->has_pcr)
		abort();
	f->dts = info->dts;
}

static void
fuzz_put(void *ctx, uint8_t *data, size_t len)
{
	struct fuzz *f = ctx;

	if (len == 0 || len % TS_PACKET != 0)
		abort();
	ts_feed(&f->ts, data, len);
}

static bool
fuzz_unit(void *ctx, const struct h264_unit *u)
{
	struct fuzz *f = ctx;

	f->units++;
	fuzz_hash(&f->hash[0], u);
	if (u->next_us < u->at_us)
		abort();
	return true;
}

static void
fuzz_whole(void *ctx, const struct h264_unit *u)
{
	struct fuzz *f = ctx;

	fuzz_hash(&f->hash[1], u);
}

/* Pieces and times of all sizes; the end is whole or not. */
static void
fuzz_feed(struct fuzz *f, const uint8_t *data, size_t size)
{
	int64_t now = 0;
	size_t n;

	for (size_t i = 0; i < size; i += n) {
		n = 1 + data[i] % 32u * (data[i] % 4u);
		if (n > size - i)
			n = size - i;
		now += (int64_t)data[i] * data[i] * 17 % 100000;
		remux_feed(&f->remux, data + i, n, now);
	}
	remux_end(&f->remux, true);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz f;
	const struct remux_opts opts = { .silence = size % 2 == 1,
		.unit = fuzz_unit,
		.put = fuzz_put,
		.ctx = &f };

	f.dts = -1;
	f.hash[0] = f.hash[1] = f.units = f.starts = 0;
	remux_init(&f.remux, &opts);
	f.remux.h264.max = FUZZ_UNIT_MAX;
	ts_init(&f.ts, fuzz_packet, &f);
	fuzz_feed(&f, data, size);
	if (f.ts.breaks > 0 || f.ts.garbage > 0 || f.ts.n_partial > 0 ||
	    f.units != f.starts || f.remux.h264.garbage > size)
		abort();
	remux_clear(&f.remux);
	/* Not always: it takes time. A unit that is too large is given up
	 * sooner in larger pieces. */
	if (size % 3 != 0 || size > FUZZ_UNIT_MAX)
		return 0;
	h264_init(&f.whole, fuzz_whole, &f);
	h264_feed(&f.whole, data, size, 0);
	h264_end(&f.whole, true);
	if (f.hash[0] != f.hash[1] || f.whole.garbage != f.remux.h264.garbage)
		abort();
	h264_clear(&f.whole);
	return 0;
}
