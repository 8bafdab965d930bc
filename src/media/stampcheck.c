/* SPDX-License-Identifier: ISC */
/* Frozen: too many frames without a step forward, for too long. */
#include "config.h"

#include "media/stampcheck.h"
#include "media/ts.h"

/* When so many frames, for so long, have stamps that do not go on, the run is
 * frozen. */
#define STAMPCHECK_FROZEN_MS 1500
#define STAMPCHECK_FROZEN    5

void
stampcheck_reset(struct stampcheck *p)
{
	*p = (struct stampcheck){ .dts = 0 };
}

/* Whether the stamps go on with this frame. */
static bool
stampcheck_goes_on(
    struct stampcheck *p, int64_t dts, int64_t count, int64_t now_ms)
{
	int64_t step;

	if (dts == -1)
		return true;
	step = p->time.begun ? ts_diff(dts, p->dts) : 0;
	p->dts = dts;
	if (step > 0) {
		p->media += step;
		p->steps[1] = p->steps[0];
		p->steps[0] = step;
	}
	return mediatime_goes_on(
	    &p->time, now_ms, count, p->media * 1000 / (TS_HZ / 1000));
}

void
stampcheck_note(
    struct stampcheck *p, int64_t dts, int64_t count, int64_t now_ms)
{
	if (stampcheck_goes_on(p, dts, count, now_ms)) {
		p->last_ms = now_ms;
		p->stuck = 0;
		p->frozen = false;
	} else if (++p->stuck >= STAMPCHECK_FROZEN &&
	    now_ms - p->last_ms >= STAMPCHECK_FROZEN_MS) {
		p->frozen = true;
	}
}

int64_t
stampcheck_step(const struct stampcheck *p)
{
	return p->steps[0] < p->steps[1] ? p->steps[0] : p->steps[1];
}
