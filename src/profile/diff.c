/* SPDX-License-Identifier: ISC */
/*
 * The flags of the differing rows say what a change needs; the rules beyond a
 * single key are here.
 */
#include "config.h"

#include <stdlib.h>

#include "base/secrets.h"
#include "profile/diff.h"
#include "profile/keydiff.h"
#include "profile/profile.h"
#include "profile/shape.h"

bool
diff_same_output(
    const struct profile *now, size_t i, const struct profile *then, size_t k)
{
	return keydiff_equal(output_keys, profile_output(now, i),
	    profile_output(then, k), KEY_LIVE);
}

bool
diff_same_source(
    const struct profile *now, size_t i, const struct profile *then, size_t k)
{
	const struct profile_source *a = profile_source_at(now, i);
	const struct profile_source *b = profile_source_at(then, k);

	return a != NULL && b != NULL &&
	    keydiff_equal(source_keys, a, b, KEY_LIVE) &&
	    keydiff_equal(
		profile_keys, now, then, KEY_LIVE | KEY_OUTPUT | KEY_SOURCE);
}

bool
diff_same_media(const struct profile *now, const struct profile *then)
{
	return keydiff_equal(profile_keys, now, then, KEY_LIVE | KEY_OUTPUT);
}

/* Whether the outputs can outlive a change of a camera program: another command
 * is another run. */
static bool
diff_keeps_camera(const struct profile *now, const struct profile *then)
{
	if (!keydiff_equal(
		profile_keys, now, then, KEY_LIVE | KEY_OUTPUT | KEY_SOURCE))
		return false;
	return (now->source.h264.command.n > 0 &&
		   then->source.h264.command.n > 0) ||
	    keydiff_equal(profile_keys, now, then, KEY_LIVE | KEY_OUTPUT);
}

/* Whether the frames that ffsup feeds to the encoder, and their producers, are
 * the same in both; without frames, whether the outputs can outlive the
 * change. */
static bool
diff_keeps_frames(const struct shape *shape, const struct profile *now,
    const struct profile *then)
{
	const struct profile_video *a = &now->video, *b = &then->video;

	if (now->source.h264.key.set || then->source.h264.key.set)
		return diff_keeps_camera(now, then);
	if (shape->fans_out && !now->source.frames.key.set &&
	    !then->source.frames.key.set && !shape->decoded)
		return keydiff_equal(profile_keys, now, then,
		    KEY_LIVE | KEY_SENDER | KEY_SOURCE);
	if (!keydiff_equal(profile_keys, now, then, KEY_LIVE | KEY_SENDER))
		return false;
	if (now->source.frames.key.set)
		return true;
	return shape->decoded && a->size.w == b->size.w &&
	    a->size.h == b->size.h && a->fps.num == b->fps.num &&
	    a->fps.den == b->fps.den;
}

enum diff
diff_profiles(
    const struct profile *now, const struct profile *then, char **what)
{
	enum diff change = DIFF_NONE;
	struct shape a, b;
	char *diff;

	shape_make(&a, now);
	shape_make(&b, then);
	if (a.packet_slate != b.packet_slate ||
	    a.adds_silence != b.adds_silence || a.decoded != b.decoded ||
	    a.fans_out != b.fans_out || a.injects != b.injects)
		change = DIFF_RESTART;
	else if (!keydiff_equal(profile_keys, now, then, KEY_LIVE))
		change = diff_keeps_frames(&a, now, then) ? DIFF_SENDER
							  : DIFF_RESTART;
	else if (!keydiff_equal(profile_keys, now, then, 0))
		change = DIFF_LIVE;
	if (what != NULL) {
		diff = keydiff_text(profile_keys, now, then);
		*what = secrets_text(diff);
		free(diff);
	}
	return change;
}
