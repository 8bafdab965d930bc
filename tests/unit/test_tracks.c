/* SPDX-License-Identifier: ISC */
/* When the outputs have to be restarted, with time as an argument. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/tracks.h"
#include "media/ts.h"

enum {
	VIDEO = 1,
	AAC = 4,
	MPA = 6
};

static enum tracks_verdict
look(struct tracks *t, int video, int sound, int64_t now)
{
	return tracks_look(t, (const int[]){ video, sound }, true, now);
}

/* Sound that comes later is a track that the outputs do not have; they begin
 * with the result of the first look. */
static void
test_p7_more(void **state UNUSED)
{
	struct tracks t;

	tracks_reset(&t);
	assert_int_equal(look(&t, VIDEO, -1, 1000), TRACKS_FIT);
	assert_int_equal(look(&t, VIDEO, -1, 900000), TRACKS_FIT);
	assert_int_equal(look(&t, VIDEO, AAC, 900001), TRACKS_MORE);
	assert_int_equal(look(&t, VIDEO, AAC, 900002), TRACKS_FIT);
	tracks_reset(&t);
	assert_int_equal(look(&t, -1, AAC, 1000), TRACKS_FIT);
	assert_int_equal(look(&t, VIDEO, AAC, 2000), TRACKS_MORE);
}

/* Sound that is gone is waited for, but not for long. */
static void
test_p7_less(void **state UNUSED)
{
	struct tracks t;

	tracks_reset(&t);
	look(&t, VIDEO, AAC, 1000);
	assert_int_equal(look(&t, VIDEO, -1, 2000), TRACKS_FIT);
	assert_int_equal(look(&t, VIDEO, -1, 11999), TRACKS_FIT);
	assert_int_equal(look(&t, VIDEO, AAC, 12000), TRACKS_FIT);
	assert_int_equal(look(&t, VIDEO, -1, 13000), TRACKS_FIT);
	assert_int_equal(look(&t, VIDEO, -1, 22999), TRACKS_FIT);
	assert_int_equal(look(&t, VIDEO, -1, 23000), TRACKS_LESS);
	assert_int_equal(look(&t, VIDEO, -1, 50000), TRACKS_FIT);
	assert_int_equal(look(&t, VIDEO, AAC, 60000), TRACKS_MORE);
}

/* Other codecs in a row: each time at once, and none is forgotten. */
static void
test_p7_other(void **state UNUSED)
{
	struct tracks t;

	tracks_reset(&t);
	look(&t, VIDEO, AAC, 1000);
	assert_int_equal(look(&t, VIDEO, MPA, 1001), TRACKS_OTHER);
	assert_int_equal(look(&t, VIDEO, AAC, 1002), TRACKS_OTHER);
	assert_int_equal(look(&t, VIDEO + 1, AAC, 1003), TRACKS_OTHER);
	assert_int_equal(look(&t, VIDEO, -1, 1004), TRACKS_OTHER);
	assert_int_equal(look(&t, VIDEO, -1, 900000), TRACKS_FIT);
	assert_int_equal(look(&t, VIDEO, MPA, 900001), TRACKS_MORE);
}

/* A run that begins with sound, before its first frame: outputs that have
 * video wait for it, and then get the sound, too. */
static void
test_p7_sound_first(void **state UNUSED)
{
	struct tracks t;

	tracks_reset(&t);
	look(&t, VIDEO, -1, 1000);
	assert_int_equal(look(&t, -1, AAC, 2000), TRACKS_FIT);
	assert_int_equal(look(&t, -1, AAC, 9000), TRACKS_FIT);
	assert_int_equal(look(&t, VIDEO, AAC, 9500), TRACKS_MORE);
	assert_int_equal(look(&t, -1, AAC, 20000), TRACKS_FIT);
	assert_int_equal(look(&t, -1, AAC, 30000), TRACKS_LESS);
}

/* A replacement for the best source may have more or less. */
static void
test_p7_stand_in(void **state UNUSED)
{
	static const int mute[] = { VIDEO, -1 }, loud[] = { VIDEO, AAC };
	struct tracks t;

	tracks_reset(&t);
	look(&t, VIDEO, AAC, 1000);
	assert_int_equal(tracks_look(&t, mute, false, 2000), TRACKS_FIT);
	assert_int_equal(tracks_look(&t, mute, false, 900000), TRACKS_FIT);
	assert_int_equal(look(&t, VIDEO, AAC, 900001), TRACKS_FIT);
	tracks_reset(&t);
	look(&t, VIDEO, -1, 1000);
	assert_int_equal(tracks_look(&t, loud, false, 2000), TRACKS_FIT);
	assert_int_equal(look(&t, VIDEO, -1, 3000), TRACKS_FIT);
}

/* Restarts of the outputs while the sound comes and goes for a day. */
static int
restarts_a_day(int64_t there_ms, int64_t gone_ms)
{
	struct tracks t;
	int64_t now;
	int n = 0;

	tracks_reset(&t);
	for (now = 1; now < 86400000; now += 1000) {
		bool there = now % (there_ms + gone_ms) < there_ms;

		n += look(&t, VIDEO, there ? AAC : -1, now) != TRACKS_FIT;
	}
	return n;
}

static void
test_p7_flapping(void **state UNUSED)
{
	assert_int_equal(restarts_a_day(5000, 9000), 0);
	assert_int_equal(restarts_a_day(5000, 15000), 2);
	assert_int_equal(restarts_a_day(60000, 60000), 6);
	/* more than ten minutes each time is not flapping */
	assert_int_equal(restarts_a_day(7200000, 7200000), 11);
}

/* Frames of another size: at once, the first time; a source that sways between
 * two must stay with one, each time longer, until it has been calm. An unknown
 * size is not a change, and another codec does not count here. */
static void
test_s2_look(void **state UNUSED)
{
	const int small = TRACKS_OF(VIDEO, 5), large = TRACKS_OF(VIDEO, 7);
	struct tracks t;

	tracks_reset(&t);
	look(&t, small, AAC, 1000);
	assert_int_equal(look(&t, large, AAC, 5000), TRACKS_LOOK);
	assert_int_equal(look(&t, large, AAC, 5001), TRACKS_FIT);
	assert_int_equal(look(&t, small, AAC, 6000), TRACKS_FIT);
	assert_int_equal(look(&t, small, AAC, 7999), TRACKS_FIT);
	assert_int_equal(look(&t, large, AAC, 8000), TRACKS_FIT);
	assert_int_equal(look(&t, small, AAC, 9000), TRACKS_FIT);
	assert_int_equal(look(&t, small, AAC, 11000), TRACKS_LOOK);
	assert_int_equal(look(&t, large, AAC, 12000), TRACKS_FIT);
	assert_int_equal(look(&t, large, AAC, 15999), TRACKS_FIT);
	assert_int_equal(look(&t, large, AAC, 16000), TRACKS_LOOK);
	assert_int_equal(look(&t, small, AAC, 136000), TRACKS_LOOK);
	assert_int_equal(
	    look(&t, large, -1, 300000), TRACKS_LOOK); /* no sound */
	assert_int_equal(look(&t, large, AAC, 300001), TRACKS_FIT);
	assert_int_equal(
	    look(&t, TRACKS_OF(VIDEO + 1, 5), AAC, 300002), TRACKS_OTHER);
}

/* An output that began during a short change of size has the wrong header once
 * the first size is back; one that began with the current size has not. */
static void
test_r15_stale(void **state UNUSED)
{
	const int small = TRACKS_OF(VIDEO, 1), large = TRACKS_OF(VIDEO, 2);
	int output = small, late = large, early = -1, unknown = VIDEO;
	struct tracks t;

	tracks_reset(&t);
	look(&t, small, AAC, 1000);
	assert_int_equal(look(&t, large, AAC, 2000), TRACKS_LOOK);
	assert_true(tracks_is_stale(&output, large));
	assert_false(tracks_is_stale(&late, large));
	assert_int_equal(look(&t, small, AAC, 3000), TRACKS_FIT);
	assert_true(tracks_sways(&t));
	output = small; /* it failed, and began with that */
	assert_int_equal(look(&t, large, AAC, 3500), TRACKS_FIT);
	assert_false(tracks_sways(&t));
	assert_true(tracks_is_stale(&output, large));
	assert_false(tracks_is_stale(&late, large));
	assert_false(tracks_is_stale(&late, VIDEO)); /* not known yet */
	assert_false(tracks_is_stale(&late, -1));
	assert_false(tracks_is_stale(&early, large));
	assert_int_equal(early, large);
	assert_false(tracks_is_stale(&unknown, large));
	assert_true(tracks_is_stale(&unknown, small));
}

/* A source's tables as one number for each track; the kind of one is
 * known later than the track, on either side. */
static void
test_read(void **state UNUSED)
{
	struct ts ts = { .n_streams = 2,
		.streams = { { .codec = TS_CODEC_H264, .look = 3 },
		    { .codec = TS_CODEC_AAC, .adts = 5 } } };
	int video = TRACKS_OF(TS_CODEC_H264, 3), v[TRACKS];
	int sound = TRACKS_OF(TS_CODEC_AAC, 5);
	struct tracks t;

	tracks_reset(&t);
	assert_false(tracks_read(&t, &ts, false, false, v));
	assert_true(tracks_read(&t, &ts, true, false, v));
	assert_int_equal(v[0], video);
	assert_int_equal(v[1], -1);
	assert_true(tracks_read(&t, &ts, false, true, v));
	assert_int_equal(v[1], sound);
	ts.streams[0].look = 0;
	assert_true(tracks_read(&t, &ts, false, true, v));
	assert_int_equal(v[0], TRACKS_OF(TS_CODEC_H264, 0));
	tracks_look(&t, v, true, 1000);
	ts.streams[0].look = 3;
	ts.streams[1].adts = 0;
	assert_true(tracks_read(&t, &ts, false, true, v));
	assert_int_equal(v[0], video);
	assert_int_equal(t.codecs[0], video);
	assert_int_equal(v[1], sound);
	ts.streams[1].codec = TS_CODEC_MPA;
	assert_true(tracks_read(&t, &ts, false, true, v));
	assert_int_equal(v[1], TRACKS_OF(TS_CODEC_MPA, 0));
	assert_int_equal(t.codecs[1], sound);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_r15_stale),
		cmocka_unit_test(test_s2_look),
		cmocka_unit_test(test_p7_more),
		cmocka_unit_test(test_p7_less),
		cmocka_unit_test(test_p7_other),
		cmocka_unit_test(test_p7_sound_first),
		cmocka_unit_test(test_p7_stand_in),
		cmocka_unit_test(test_p7_flapping),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
