/* SPDX-License-Identifier: ISC */
/* Frozen: too many frames without a step forward, for too long. */
#include "config.h"

#include "media/stampcheck.h"
#include "media/ts.h"

/* When so many frames, for so long, have stamps that do not go on, the run is
 * frozen. */
#define STAMPCHECK_FROZEN_MS 1500
#define STAMPCHECK_FROZEN    5

/* The rate is measured over so much media time, with so many frames; less than
 * half of it says little. */
#define STAMPCHECK_PACE	  (2 * (int64_t)TS_HZ)
#define STAMPCHECK_FRAMES 8

/* A step that is longer is a pause, or frames are missing. */
#define STAMPCHECK_PAUSE ((int64_t)TS_HZ)

void
stampcheck_reset(struct stampcheck *p)
{
	*p = (struct stampcheck){ .dts = 0 };
}

/* Frames a second in the stretch that is being measured, or -1. */
static double
stampcheck_pace(const struct stampcheck *p, int64_t count)
{
	int64_t frames = count - p->paced, time = p->media - p->paced_at;

	return frames < STAMPCHECK_FRAMES || time < STAMPCHECK_PACE / 4
	    ? -1
	    : (double)frames * TS_HZ / (double)time;
}

/* A frame came, so long after the one before by its stamp. */
static void
stampcheck_measure(struct stampcheck *p, int64_t step, int64_t count)
{
	bool goes_on = step > 0 && step <= STAMPCHECK_PAUSE;

	if (goes_on && p->media - p->paced_at < STAMPCHECK_PACE)
		return;
	if (goes_on && stampcheck_pace(p, count) > 0)
		p->pace = stampcheck_pace(p, count);
	p->paced = count;
	p->paced_at = p->media;
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
	stampcheck_measure(p, step, count);
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

double
stampcheck_fps(const struct stampcheck *p, int64_t count)
{
	return p->pace > 0 ? p->pace : stampcheck_pace(p, count);
}

int64_t
stampcheck_step(const struct stampcheck *p)
{
	return p->steps[0] < p->steps[1] ? p->steps[0] : p->steps[1];
}
