/* SPDX-License-Identifier: ISC */
/* Where the newest sound begins, and the bytes of the newest that is whole. */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "media/joinsound.h"
#include "media/ts.h"

/* Of one and the same PES packet, so many copies are enough. */
#define JOINSOUND_COPIES 4

/* Sound that has not come for so long may not come before an ffmpeg has given
 * up: it is not waited for to become enough. */
#define JOINSOUND_HUSH_MS 500

/* When none came for so long, the next one is not expected at once. */
#define JOINSOUND_SILENCE_MS 2000

/* One PES packet of sound lasts so long at most. */
#define JOINSOUND_SPAN_MAX ((int64_t)TS_HZ / 4)

void
joinsound_forget(struct joinsound *js)
{
	js->whole.n = js->coming.n = 0;
	js->n = 0;
}

void
joinsound_begin(struct joinsound *js, const uint8_t *pkt, uint64_t pos,
    int64_t out, int64_t now_ms)
{
	struct joinsound_pes *s = &js->coming;
	int64_t dts = ts_dts(pkt), span = ts_diff(dts, s->dts);

	if (dts >= 0 && s->dts >= 0 && span > 0 && span <= JOINSOUND_SPAN_MAX)
		s->span = span;
	if (s->n > 0 && s->n <= JOINSOUND_PACKETS)
		js->whole = *s;
	s->n = 1;
	s->dts = dts;
	s->out = out;
	s->span = TS_STEP;
	memcpy(s->v[0], pkt, TS_PACKET);
	js->starts[js->n++ % JOINSOUND_ENOUGH] =
	    (struct joinsound_start){ .pos = pos, .dts = dts };
	js->at_ms = now_ms;
}

void
joinsound_put(struct joinsound *js, const uint8_t *pkt)
{
	struct joinsound_pes *s = &js->coming;

	if (s->n == 0)
		return;
	if (s->n < JOINSOUND_PACKETS)
		memcpy(s->v[s->n], pkt, TS_PACKET);
	s->n++;
}

/* How many PES packets, of the newest JOINSOUND_ENOUGH, follow a place in the
 * ring; `first`: the first one. */
static size_t
joinsound_count(const struct joinsound *js, uint64_t pos,
    const struct joinsound_start **first)
{
	size_t n = 0;

	*first = NULL;
	while (n < js->n && n < JOINSOUND_ENOUGH) {
		const struct joinsound_start *s =
		    &js->starts[(js->n - 1 - n) % JOINSOUND_ENOUGH];

		if (s->pos <= pos)
			break;
		*first = s;
		n++;
	}
	return n;
}

/* Whether no sound comes at present. */
static bool
joinsound_is_hushed(const struct joinsound *js, int64_t now_ms)
{
	return now_ms - js->at_ms >= JOINSOUND_HUSH_MS;
}

/* The newest sound that is whole, or NULL. */
static const struct joinsound_pes *
joinsound_newest(const struct joinsound *js, int64_t now_ms)
{
	if (js->whole.n > 0)
		return &js->whole;
	return js->coming.n > 0 && js->coming.n <= JOINSOUND_PACKETS &&
		joinsound_is_hushed(js, now_ms)
	    ? &js->coming
	    : NULL;
}

bool
joinsound_is_enough(const struct joinsound *js, uint64_t pos, int64_t now_ms)
{
	const struct joinsound_start *first;

	return joinsound_count(js, pos, &first) >= JOINSOUND_ENOUGH ||
	    (joinsound_is_hushed(js, now_ms) &&
		joinsound_newest(js, now_ms) != NULL);
}

const struct joinsound_pes *
joinsound_for(
    const struct joinsound *js, uint64_t pos, int64_t now_ms, int *copies)
{
	const struct joinsound_pes *s = joinsound_newest(js, now_ms);
	const struct joinsound_start *first;
	size_t n = joinsound_count(js, pos, &first);

	*copies = joinsound_is_hushed(js, now_ms) ? JOINSOUND_COPIES : 1;
	if (s == NULL || s->dts < 0 || n == JOINSOUND_ENOUGH ||
	    (n > 0 && *copies == 1))
		return NULL;
	return s;
}

int64_t
joinsound_delta(const struct joinsound *js, const struct joinsound_pes *s,
    uint64_t pos, int64_t key_dts, int64_t now_ms)
{
	const struct joinsound_start *first;
	int64_t delta = ts_diff(key_dts, s->dts) - TS_STEP, most;

	if (delta < 0 || now_ms - js->at_ms < JOINSOUND_SILENCE_MS)
		delta = 0;
	joinsound_count(js, pos, &first);
	if (first == NULL || first->dts < 0)
		return delta;
	most = ts_diff(first->dts, s->dts) - s->span;
	return delta < most ? delta : most;
}

static void
joinsound_write_one(
    const struct joinsound_pes *s, int64_t delta, uint8_t *cc, struct buf *out)
{
	for (size_t i = 0; i < s->n; i++) {
		struct ts_info info = { .start = i == 0 };
		uint8_t pkt[TS_PACKET];

		memcpy(pkt, s->v[i], TS_PACKET);
		ts_shift(pkt, &info, delta);
		*cc = (uint8_t)(*cc + ts_has_payload(pkt));
		ts_set_cc(pkt, *cc);
		buf_put(out, pkt, TS_PACKET);
	}
}

void
joinsound_write(const struct joinsound_pes *s, int64_t delta, int copies,
    uint8_t cc, struct buf *out)
{
	for (size_t i = 0; i < s->n; i++) /* the last one has that */
		cc = (uint8_t)(cc - copies * ts_has_payload(s->v[i]));
	while (copies-- > 0)
		joinsound_write_one(s, delta - copies * s->span, &cc, out);
}
