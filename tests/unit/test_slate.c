/* SPDX-License-Identifier: ISC */
/* When a slate of packets comes on air and leaves, its image or frame, and
 * the pace of its reel. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/util.h"
#include "link/slate.h"
#include "packet.h"
#include "profile/profile.h"
#include "run.h"

#define SLATE 7 /* its inlet; sources are 0 and 1 */

static char dir[] = "/tmp/ffsup-slate-XXXXXX";
static char *good; /* an ffmpeg that makes a slate */
static struct profile profile;

struct rig {
	struct relay *relay;
	struct slate *slate;
	struct probe ffmpeg;
	int64_t dts[2];
	uint8_t cc[2];
	unsigned notices;
	char said[512];
};

static void
rig_quiet(void *ctx UNUSED, int inlet UNUSED)
{
}

static void
rig_changed(void *ctx UNUSED)
{
}

static void
rig_notice(void *ctx, const char *kind UNUSED, const char *text)
{
	struct rig *r = ctx;

	r->notices++;
	snprintf(r->said, sizeof(r->said), "%s", text);
}

/* A source begins: video of a stream_type. */
static void
rig_open(struct rig *r, int inlet, uint8_t video)
{
	uint8_t b[2 * TS_PACKET];

	relay_open_inlet(r->relay, inlet, -1);
	packet_pat(b);
	packet_pmt(b + TS_PACKET, video, 0);
	relay_feed(r->relay, inlet, b, sizeof(b));
}

static void
rig_frame(struct rig *r, int inlet, bool key)
{
	uint8_t b[TS_PACKET];

	packet_pes(
	    b, VIDEO_PID, r->cc[inlet]++ & 0x0f, r->dts[inlet] += 3600, key);
	relay_feed(r->relay, inlet, b, sizeof(b));
}

static void
rig_init(struct rig *r, char *ffmpeg)
{
	const struct relay_opts opts = {
		.ring_max = 1 << 20, .tables = rig_quiet, .fed = rig_quiet
	};
	const struct slate_host host = {
		.changed = rig_changed, .notice = rig_notice, .ctx = r
	};

	*r = (struct rig){ .ffmpeg = { .path = ffmpeg } };
	r->relay = relay_new(loop, &opts);
	r->slate =
	    slate_new(loop, r->relay, SLATE, &profile, &r->ffmpeg, &host);
	slate_set_source(r->slate, 0);
}

static void
rig_clear(struct rig *r)
{
	slate_free(r->slate);
	relay_free(r->relay);
	spin_until_childless();
}

/* PAT, PMT, five frames, and sound that ends `more` (90 kHz) later. */
static size_t
reel_make(uint8_t *b, int64_t more)
{
	size_t n = 0;

	packet_pat(b + TS_PACKET * n++);
	packet_pmt(b + TS_PACKET * n++, 0x1b, 0x0f);
	for (uint8_t i = 0; i < 5; i++)
		packet_pes(
		    b + TS_PACKET * n++, VIDEO_PID, i, 9000 + 3600 * i, i == 0);
	packet_pes(
	    b + TS_PACKET * n++, AUDIO_PID, 0, 9000 + 4 * 3600 + more, false);
	return n * TS_PACKET;
}

/* The source has been on air; nothing more comes from it. */
static void
rig_lose_source(struct rig *r)
{
	uint8_t b[TS_PACKET * 16];

	assert_true(tsloop_load(&r->slate->reel, b, reel_make(b, 0)));
	rig_open(r, 0, 0x1b);
	rig_frame(r, 0, true);
	rig_frame(r, 0, false);
	assert_int_equal(relay_on_air(r->relay), 0);
}

/* It is away: the slate is on air. */
static void
rig_go_away(struct rig *r)
{
	rig_lose_source(r);
	SPIN_UNTIL(loop, relay_on_air(r->relay) == SLATE);
	assert_true(slate_is_on_air(r->slate));
	spin_for(loop, 150);
}

/* A loop that is late: the slate looks before its first frame is played.
 * That does not mean that the source is back. */
static void
test_late_loop(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, (char *)"/bin/false");
	rig_lose_source(&r);
	SPIN_UNTIL(loop, slate_is_on_air(r.slate));
	assert_int_equal(relay_on_air(r.relay), 0);
	ev_invoke(loop, &r.slate->timer, EV_TIMER);
	assert_true(slate_is_on_air(r.slate));
	SPIN_UNTIL(loop, relay_on_air(r.relay) == SLATE);
	rig_clear(&r);
}

/* Another source should end the slate: it does with its very next key frame,
 * and the one before it does not. */
static void
test_other_source(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, (char *)"/bin/false");
	rig_go_away(&r);
	slate_set_source(r.slate, -1);
	rig_frame(&r, 0, true);
	assert_int_equal(relay_on_air(r.relay), SLATE);
	rig_open(&r, 1, 0x1b);
	slate_set_source(r.slate, 1);
	rig_frame(&r, 0, true);
	assert_int_equal(relay_on_air(r.relay), SLATE);
	rig_frame(&r, 1, true);
	assert_int_equal(relay_on_air(r.relay), 1);
	SPIN_UNTIL(loop, !slate_is_on_air(r.slate));
	rig_clear(&r);
}

/* A source that takes over just before another would ends it as well. */
static void
test_late_change(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, (char *)"/bin/false");
	rig_go_away(&r);
	rig_frame(&r, 0, true);
	rig_open(&r, 1, 0x1b);
	slate_set_source(r.slate, 1);
	assert_int_equal(relay_on_air(r.relay), 0);
	SPIN_UNTIL(loop, !slate_is_on_air(r.slate));
	rig_frame(&r, 1, true);
	assert_int_equal(relay_on_air(r.relay), 1);
	rig_clear(&r);
}

/* A slate that is on air when the source becomes another one is not played a
 * second time. */
static void
test_forget(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, (char *)"/bin/false");
	rig_go_away(&r);
	slate_forget(r.slate);
	spin_for(loop, 150);
	assert_int_equal(relay_on_air(r.relay), SLATE);
	rig_frame(&r, 0, true);
	SPIN_UNTIL(loop, !slate_is_on_air(r.slate));
	assert_false(tsloop_is_loaded(&r.slate->reel));
	rig_clear(&r);
}

/* A slate that could not be drawn is tried again, a minute later, and that is
 * said only once. */
static void
test_try_again(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, (char *)"/bin/false");
	rig_open(&r, 0, 0x1b);
	rig_frame(&r, 0, true);
	SPIN_UNTIL(loop, (rig_frame(&r, 0, false), r.notices > 0));
	r.ffmpeg.path = good;
	for (int i = 0; i < 60; i++) {
		rig_frame(&r, 0, false);
		spin_once(loop);
	}
	assert_false(tsloop_is_loaded(&r.slate->reel));
	r.slate->drawn_ms -= 60000;
	SPIN_UNTIL(
	    loop, (rig_frame(&r, 0, false), tsloop_is_loaded(&r.slate->reel)));
	assert_int_equal(r.notices, 1);
	rig_clear(&r);
}

/* H.264 does not follow MPEG-2. */
static void
test_other_codec(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, good);
	rig_open(&r, 0, 0x02);
	rig_frame(&r, 0, true);
	rig_frame(&r, 0, false);
	spin_for(loop, 500);
	assert_false(tsloop_is_loaded(&r.slate->reel));
	assert_int_equal(r.notices, 1);
	assert_non_null(strstr(r.said, "only be made for H.264 and H.265"));
	rig_clear(&r);
}

static void
pace_packet(void *ctx, uint8_t *pkt UNUSED, const struct ts_info *info)
{
	int64_t *stamps = ctx;

	if (!info->start)
		return;
	if (stamps[0] == -1)
		stamps[0] = info->dts;
	stamps[1] = info->dts;
}

/* Sound that is longer than the video does not make its stamps run away
 * from the clock. */
static void
test_pace(void **state UNUSED)
{
	static uint8_t b[65536];
	struct relay *relay;
	struct rig r;
	struct tsloop reel;
	struct ts ts;
	int64_t stamps[2] = { -1, -1 }, from, went;
	int fds[2];

	rig_init(&r, good);
	relay = r.relay;
	ts_init(&ts, pace_packet, stamps);
	assert_int_equal(pipe(fds), 0);
	relay_open_outlet(relay, 0, fds[1], false);
	relay_select(relay, 6);
	tsloop_init(&reel, loop, relay, 6);
	assert_true(tsloop_load(&reel, b, reel_make(b, 9000)));
	tsloop_play(&reel);
	from = spin_from();
	spin_for(loop, 2000);
	went = mono_ms() - from;
	ts_feed(&ts, b, (size_t)read(fds[0], b, sizeof(b)));
	assert_in_range(ts_diff(stamps[1], stamps[0]) + spin_held_ms * 90,
	    1500 * 90, (went + spin_held_ms + 300) * 90);
	tsloop_clear(&reel);
	rig_clear(&r);
	close(fds[0]);
}

static int
setup(void **state UNUSED)
{
	uint8_t b[TS_PACKET * 16];
	size_t len = reel_make(b, 0);
	char *film, *script;
	FILE *f;

	assert_non_null(mkdtemp(dir));
	film = xasprintf("%s/film.ts", dir);
	good = xasprintf("%s/ffmpeg", dir);
	f = fopen(film, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(b, 1, len, f), len);
	fclose(f);
	script = xasprintf("#!/bin/sh\nexec cat %s\n", film);
	f = fopen(good, "w");
	assert_non_null(f);
	fputs(script, f);
	fclose(f);
	assert_int_equal(chmod(good, 0755), 0);
	free(script);
	free(film);
	return 0;
}

static int
teardown(void **state UNUSED)
{
	char *film = xasprintf("%s/film.ts", dir);

	unlink(film);
	unlink(good);
	rmdir(dir);
	free(film);
	free(good);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late_loop),
		cmocka_unit_test(test_other_source),
		cmocka_unit_test(test_late_change),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_try_again),
		cmocka_unit_test(test_other_codec),
		cmocka_unit_test(test_pace),
	};
	int failed;

	signal(SIGPIPE, SIG_IGN);
	loop = ev_loop_new(EVFLAG_NOENV);
	child_init(loop);
	failed = cmocka_run_group_tests(tests, setup, teardown);
	child_shutdown();
	ev_loop_destroy(loop);
	return failed;
}
