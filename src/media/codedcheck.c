/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "media/codedcheck.h"
#include "media/h264.h"

#define CODEDCHECK_H265_SETS 2	     /* that are no coincidence */
#define CODEDCHECK_H265_SPAN 4194304 /* bytes in which they are looked for */
#define CODEDCHECK_SLICES    10	     /* without parameter sets */
#define CODEDCHECK_LEAST     2048    /* bytes that are judged */
#define CODEDCHECK_MUCH	     65536
#define CODEDCHECK_TURN	     (1024 * 1024) /* then a new time is judged */

void
codedcheck_begin(struct codedcheck *c)
{
	memset(c, 0, sizeof(*c));
	c->last = UINT32_MAX;
}

/* Count NAL units: after 00 00 01 the one byte of H.264's header, or the two of
 * H.265's. */
static void
codedcheck_scan(struct codedcheck *c, const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((c->last & 0xffffff) == 0x000001 && (data[i] & 0x80) == 0 &&
		    ((data[i] & 0x1f) == H264_SLICE ||
			(data[i] & 0x1f) == H264_IDR))
			c->slices++;
		if (data[i] == 0x01 && (c->last >> 8) == 0x000001) {
			uint8_t head = c->last & 0xff;

			c->h265 += head == 0x40 || head == 0x42 || head == 0x44;
		}
		c->last = c->last << 8 | data[i];
	}
}

void
codedcheck_add(struct codedcheck *c, const uint8_t *data, size_t n)
{
	size_t room = LIKENESS_HEAD - c->n_first, len = n < room ? n : room;

	if (room > 0) {
		memcpy(c->first + c->n_first, data, len);
		c->n_first += len;
		c->kind = likeness_of(c->first, c->n_first);
	}
	if (c->bytes < CODEDCHECK_H265_SPAN)
		codedcheck_scan(c, data, n);
	c->bytes += n;
}

static bool
codedcheck_has_sets(const struct h264 *h)
{
	for (int i = 0; i < H264_SPS_MAX; i++)
		if (h->sets.sps_set[i].data != NULL)
			return h->sets.pps_end > 0;
	return false;
}

/* Another kind: of the first bytes where they are no text, which may be a banner
 * before the video. */
static enum likeness
codedcheck_kind(const struct codedcheck *c, const struct h264 *h)
{
	if (h->keys == 0 && c->h265 >= CODEDCHECK_H265_SETS)
		return LIKENESS_H265;
	if (c->kind == LIKENESS_H264 ||
	    (h->units > 0 && !likeness_is_certain(c->kind)))
		return LIKENESS_NONE;
	return c->kind;
}

/* How much of 100 is garbage, of the time that is judged. */
static unsigned
codedcheck_share(struct codedcheck *c, const struct h264 *h)
{
	uint64_t bytes = c->bytes - c->from_bytes;
	uint64_t garbage = h->garbage - c->from_garbage;
	unsigned share = bytes == 0 ? 0 : (unsigned)(garbage * 100 / bytes);

	if (bytes < (h->units == 0 ? CODEDCHECK_LEAST : CODEDCHECK_MUCH))
		return c->found.fault == FINDING_GARBAGE
		    ? (unsigned)c->found.bytes
		    : 0;
	if (bytes >= CODEDCHECK_TURN) {
		c->from_bytes = c->bytes;
		c->from_garbage = h->garbage;
	}
	return share > 100 ? 100 : share;
}

void
codedcheck_look(struct codedcheck *c, const struct h264 *h)
{
	unsigned share = codedcheck_share(c, h);
	enum likeness kind = codedcheck_kind(c, h);

	if (kind != LIKENESS_NONE)
		c->found = (struct finding){ FINDING_KIND, kind, 0 };
	else if (share > CODEDCHECK_GARBAGE_MAX)
		c->found =
		    (struct finding){ FINDING_GARBAGE, LIKENESS_NONE, share };
	else if (c->slices >= CODEDCHECK_SLICES && h->units == 0 &&
	    !codedcheck_has_sets(h))
		c->found = (struct finding){ FINDING_SETS, LIKENESS_NONE, 0 };
	else
		c->found = (struct finding){ FINDING_FINE, LIKENESS_NONE, 0 };
}
