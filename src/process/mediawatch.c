/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "ffmpeg/ffout.h"
#include "process/mediawatch.h"
#include "process/procfs.h"

/* Percent of the frames whose stamps do not advance: all, but lines may
 * come before or after their count. */
#define MEDIAWATCH_STILL 75

/* At most so many frames are reported before they are counted: those of one
 * read. */
#define MEDIAWATCH_STILL_MAX 250

void
mediawatch_begin(struct mediawatch *m)
{
	*m = (struct mediawatch){ .trails = m->trails, .proven = m->proven };
	ffprogress_init(&m->progress);
	ffrate_reset(&m->rate);
	mediatime_reset(&m->time);
	complaints_begin(&m->strange);
}

/* Whether nearly all of these frames had a stamp that did not advance: the
 * media time of all streams hides that. Lines for more frames than these belong
 * to the next ones. */
static bool
mediawatch_stands_still(struct mediawatch *m, int64_t frames)
{
	int64_t still = m->still;

	m->still = still > frames ? still - frames : 0;
	if (m->still > MEDIAWATCH_STILL_MAX)
		m->still = MEDIAWATCH_STILL_MAX;
	return frames > 0 && still * 100 >= frames * MEDIAWATCH_STILL;
}

/* Whether its media time advances, too: endless frames whose stamps do not
 * advance are frozen. Not every muxer reports its time, nor at once; and a time
 * of the last stream proves nothing about the others when it does not
 * advance. */
static bool
mediawatch_goes_on(
    struct mediawatch *m, const struct progress *before, int64_t now_ms)
{
	int64_t us = m->progress.out_time_us;

	if (mediawatch_stands_still(m, m->progress.frame - before->frame))
		return false;
	if (us <= 0 || (m->trails && us == before->out_time_us))
		return true;
	return mediatime_goes_on(&m->time, now_ms, m->progress.frame, us);
}

/* Bytes that it has written; -1: not known. */
static int64_t
mediawatch_written(const struct mediawatch *m)
{
	int64_t all;

	if (m->progress.size >= 0 || m->writer == 0)
		return m->progress.size;
	all = procfs_written(m->writer);
	return all < m->told ? -1 : all - m->told;
}

bool
mediawatch_progress(struct mediawatch *m, const char *line, int64_t now_ms)
{
	struct progress before = m->progress;

	m->told += (int64_t)strlen(line) + 1;
	if (!ffprogress_line(&m->progress, line))
		return false;
	ffrate_note(&m->rate,
	    &(struct ffrate_sample){ now_ms, m->progress.frame,
		m->progress.out_time_us, mediawatch_written(m) });
	if (!ffprogress_advanced(&before, &m->progress))
		return false;
	m->frozen = !mediawatch_goes_on(m, &before, now_ms);
	return !m->frozen;
}

void
mediawatch_said(struct mediawatch *m, const char *line)
{
	if (ffout_is_complaint(line))
		complaints_complain(&m->strange);
	m->still += ffout_stands_still(line);
	m->opened = m->opened || ffout_opens_input(line);
	m->began = m->began || ffout_track(line) == FFOUT_TRACK_OUTPUT;
}

int64_t
mediawatch_ms(const struct mediawatch *m)
{
	return m->first_ms == 0 ? -1 : m->last_ms - m->first_ms;
}
