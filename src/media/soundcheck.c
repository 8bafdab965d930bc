/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "media/soundcheck.h"

void
soundcheck_begin(struct soundcheck *h)
{
	h->unknown_ms = 0;
}

void
soundcheck_unknown(struct soundcheck *h, int64_t now)
{
	if (h->unknown_ms == 0)
		h->unknown_ms = now;
}

enum soundcheck_act
soundcheck_look(struct soundcheck *h, bool deaf, int64_t up_ms, int64_t now)
{
	int64_t wait = h->wait_ms == 0 ? SOUNDCHECK_WAIT_MIN_MS : h->wait_ms;

	if (!deaf)
		return h->unknown_ms != 0 && up_ms < 0 &&
			now - h->unknown_ms >= SOUNDCHECK_PATIENCE_MS
		    ? SOUNDCHECK_WITHOUT
		    : SOUNDCHECK_STAY;
	if (up_ms < wait)
		return SOUNDCHECK_STAY;
	h->wait_ms = 2 * wait < SOUNDCHECK_WAIT_MAX_MS ? 2 * wait
						       : SOUNDCHECK_WAIT_MAX_MS;
	return SOUNDCHECK_WITH;
}

bool
soundcheck_end(const struct soundcheck *h, bool deaf, bool had_media)
{
	if (deaf)
		return !had_media; /* another run, another chance */
	return h->unknown_ms != 0 && !had_media;
}
