/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "tracks.h"

void
tracks_reset(struct tracks *t)
{
	*t = (struct tracks){ .patience_ms = TRACKS_PATIENCE_MS };
}

/* The outputs begin with these. */
static void
tracks_take(struct tracks *t, const int is[TRACKS])
{
	memcpy(t->codecs, is, sizeof(t->codecs));
	t->missed_ms = 0;
}

/* Who may be waited for comes back: with more patience the next time. */
static void
tracks_return(struct tracks *t)
{
	if (t->dropped && t->patience_ms < TRACKS_PATIENCE_MAX_MS)
		t->patience_ms *= 2;
	t->dropped = false;
}

/* Whether a track that is gone has been for too long: players wait for it. */
static bool
tracks_is_gone(struct tracks *t, int64_t now_ms)
{
	if (t->missed_ms == 0)
		t->missed_ms = now_ms;
	return now_ms - t->missed_ms >= t->patience_ms;
}

enum tracks_verdict
tracks_look(
    struct tracks *t, const int is[TRACKS], bool settled, int64_t now_ms)
{
	enum tracks_verdict verdict = TRACKS_FIT;
	bool other = false, more = false, less = false;

	for (int i = 0; i < TRACKS && t->begun; i++) {
		more = more || (t->codecs[i] == -1 && is[i] != -1);
		less = less || (t->codecs[i] != -1 && is[i] == -1);
		other = other ||
		    (t->codecs[i] != -1 && is[i] != -1 &&
			t->codecs[i] != is[i]);
	}
	if (!less || !settled)
		t->missed_ms = 0;
	if (other)
		verdict = TRACKS_OTHER;
	else if (more && !less && settled)
		verdict = TRACKS_MORE;
	else if (less && settled && tracks_is_gone(t, now_ms))
		verdict = TRACKS_LESS;
	if (verdict == TRACKS_MORE)
		tracks_return(t);
	if (verdict == TRACKS_LESS)
		t->dropped = true;
	if (verdict != TRACKS_FIT || !t->begun)
		tracks_take(t, is);
	t->begun = true;
	return verdict;
}
