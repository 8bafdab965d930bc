/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "media/hearing.h"

void
hearing_begin(struct hearing *h)
{
	h->unknown_ms = 0;
}

void
hearing_unknown(struct hearing *h, int64_t now)
{
	if (h->unknown_ms == 0)
		h->unknown_ms = now;
}

enum hearing_act
hearing_look(struct hearing *h, bool deaf, int64_t up_ms, int64_t now)
{
	int64_t wait = h->wait_ms == 0 ? HEARING_WAIT_MIN_MS : h->wait_ms;

	if (!deaf)
		return h->unknown_ms != 0 && up_ms < 0 &&
			now - h->unknown_ms >= HEARING_PATIENCE_MS
		    ? HEARING_WITHOUT
		    : HEARING_STAY;
	if (up_ms < wait)
		return HEARING_STAY;
	h->wait_ms =
	    2 * wait < HEARING_WAIT_MAX_MS ? 2 * wait : HEARING_WAIT_MAX_MS;
	return HEARING_WITH;
}

bool
hearing_end(const struct hearing *h, bool deaf, bool had_media)
{
	if (deaf)
		return !had_media; /* another run, another chance */
	return h->unknown_ms != 0 && !had_media;
}
