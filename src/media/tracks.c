/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "base/util.h"
#include "media/tracks.h"
#include "media/ts.h"

void
tracks_reset(struct tracks *t)
{
	*t = (struct tracks){ .patience_ms = TRACKS_PATIENCE_MS };
}

/* A track as one number: its codec and, of AAC, its rate and channels; of
 * video, the kind of its frames. */
static int
tracks_of(const struct ts *ts, int i)
{
	const struct ts_stream *s = &ts->streams[i];

	return TRACKS_OF(
	    s->codec, ts_codec_is_video(s->codec) ? s->look : s->adts);
}

/* The kind of a track is unknown at first: until then, as it was. */
static void
tracks_complete(int *was, int *is)
{
	if (*was < 0 || *is < 0 || TRACKS_CODEC(*was) != TRACKS_CODEC(*is))
		return;
	if (TRACKS_LIKE(*was) == 0)
		*was = *is;
	if (TRACKS_LIKE(*is) == 0)
		*is = *was;
}

bool
tracks_read(
    struct tracks *t, const struct ts *ts, bool mute, bool heard, int v[TRACKS])
{
	int at[TRACKS] = { ts_video(ts), mute ? -1 : ts_audio(ts) };

	if (at[1] != -1 && !heard)
		return false;
	for (size_t i = 0; i < NELEM(at); i++) {
		v[i] = at[i] < 0 ? -1 : tracks_of(ts, at[i]);
		if (t->begun)
			tracks_complete(&t->codecs[i], &v[i]);
	}
	return true;
}

bool
tracks_is_stale(int *began, int is)
{
	if (is < 0 || TRACKS_LIKE(is) == 0)
		return false;
	if (*began <= 0 || TRACKS_LIKE(*began) == 0)
		*began = is;
	return *began != is;
}

bool
tracks_sways(const struct tracks *t)
{
	return t->sways_ms > 0;
}

/* The outputs begin with these. */
static void
tracks_take(struct tracks *t, const int is[TRACKS])
{
	memcpy(t->codecs, is, sizeof(t->codecs));
	t->missed_ms = 0;
}

/* A missing track has come back: more patience the next time. */
static void
tracks_return(struct tracks *t)
{
	if (t->dropped && t->patience_ms < TRACKS_PATIENCE_MAX_MS)
		t->patience_ms *= 2;
	t->dropped = false;
}

/* Whether a track has been missing for too long: players wait for it. */
static bool
tracks_is_gone(struct tracks *t, int64_t now_ms)
{
	if (t->missed_ms == 0)
		t->missed_ms = now_ms;
	return now_ms - t->missed_ms >= t->patience_ms;
}

/* Whether frames of another size have come for long enough. */
static bool
tracks_has_turned(struct tracks *t, int64_t now_ms)
{
	if (t->looked_ms == 0 || now_ms - t->looked_ms >= TRACKS_SWAY_CALM_MS)
		t->sway_ms = 0;
	if (t->sways_ms == 0)
		t->sways_ms = now_ms;
	if (now_ms - t->sways_ms < t->sway_ms)
		return false;
	t->sway_ms = t->sway_ms == 0		  ? TRACKS_SWAY_MIN_MS
	    : 2 * t->sway_ms < TRACKS_SWAY_MAX_MS ? 2 * t->sway_ms
						  : TRACKS_SWAY_MAX_MS;
	t->looked_ms = now_ms;
	t->sways_ms = 0;
	return true;
}

/* Whether a track has changed, in more than the size of its frames. */
static bool
tracks_differ(int i, int was, int is)
{
	if (was == -1 || is == -1)
		return false;
	return i == 0 ? TRACKS_CODEC(was) != TRACKS_CODEC(is) : was != is;
}

enum tracks_verdict
tracks_look(
    struct tracks *t, const int is[TRACKS], bool settled, int64_t now_ms)
{
	enum tracks_verdict verdict = TRACKS_FIT;
	bool other = false, more = false, less = false, look;

	for (int i = 0; i < TRACKS && t->begun; i++) {
		more = more || (t->codecs[i] == -1 && is[i] != -1);
		less = less || (t->codecs[i] != -1 && is[i] == -1);
		other = other || tracks_differ(i, t->codecs[i], is[i]);
	}
	look = t->begun && t->codecs[0] != -1 && is[0] != -1 && !other &&
	    t->codecs[0] != is[0];
	if (!look)
		t->sways_ms = 0;
	if (!less || !settled)
		t->missed_ms = 0;
	if (other)
		verdict = TRACKS_OTHER;
	else if (more && !less && settled)
		verdict = TRACKS_MORE;
	else if (less && settled && tracks_is_gone(t, now_ms))
		verdict = TRACKS_LESS;
	else if (look && tracks_has_turned(t, now_ms))
		verdict = TRACKS_LOOK;
	if (verdict == TRACKS_MORE)
		tracks_return(t);
	if (verdict == TRACKS_LESS)
		t->dropped = true;
	if (verdict == TRACKS_LOOK)
		t->codecs[0] = is[0];
	else if (verdict != TRACKS_FIT || !t->begun)
		tracks_take(t, is);
	t->begun = true;
	return verdict;
}
