/* SPDX-License-Identifier: ISC */
/*
 * Pictures from one pipe to another, as a producer and an encoder see them.
 * A picture here is one grey value all over, so that half of one, or a piece
 * of another, shows.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "feed.h"
#include "framelink.h"
#include "pattern.h"
#include "spin.h"
#include "util.h"

static struct ev_loop *loop;

/* A link and the far ends of its pipes. */
struct rig {
	struct framelink *link;
	size_t bytes;
	int producer, encoder; /* -1: none */
	unsigned seen;	       /* pictures it told us of */
	uint8_t *picture;      /* for reading and writing one */
	size_t filled;	       /* bytes of the one being read */
};

static void
rig_picture(void *ctx)
{
	struct rig *r = ctx;

	r->seen++;
}

static void
rig_init(struct rig *r, int w, int h, struct rate fps)
{
	struct plan_link plan = {
		.type = LINK_FRAMES, .from = PLAN_SELF, .fps = fps
	};

	geometry_init(&plan.geometry, PIX_GRAY, w, h);
	*r = (struct rig){
		.bytes = plan.geometry.bytes, .producer = -1, .encoder = -1
	};
	r->picture = xcalloc(1, r->bytes);
	r->link =
	    framelink_new(loop, &plan, 3, FRAMELINK_NO_PATTERN, rig_picture, r);
	assert_non_null(r->link);
}

static void
rig_clear(struct rig *r)
{
	framelink_free(r->link);
	if (r->producer != -1)
		close(r->producer);
	if (r->encoder != -1)
		close(r->encoder);
	free(r->picture);
}

/* A new producer; the old one's end is closed after. */
static void
rig_new_producer(struct rig *r)
{
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	framelink_set_producer(r->link, p[0]);
	if (r->producer != -1)
		close(r->producer);
	r->producer = p[1];
	util_nonblock(p[1]);
}

static void
rig_new_encoder(struct rig *r)
{
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	framelink_set_encoder(r->link, p[1]);
	if (r->encoder != -1)
		close(r->encoder);
	r->encoder = p[0];
	r->filled = 0;
	util_nonblock(p[0]);
}

/* Write `len` bytes of a picture, `step` at a time, as a producer would. */
static void
rig_write(struct rig *r, uint8_t value, size_t len, size_t step)
{
	int64_t end = mono_ms() + SPIN_PATIENCE_MS;

	memset(r->picture, value, r->bytes);
	while (len > 0) {
		ssize_t n =
		    write(r->producer, r->picture, len < step ? len : step);

		if (n > 0)
			len -= (size_t)n;
		else
			assert_int_equal(errno, EAGAIN);
		assert_true(mono_ms() < end);
		if (n == -1 || len > 0)
			spin_once(loop);
	}
}

/* Take what is there for the encoder. True when a picture is complete, which
 * must be of one value. */
static bool
rig_read(struct rig *r, uint8_t *value)
{
	ssize_t n =
	    read(r->encoder, r->picture + r->filled, r->bytes - r->filled);

	if (n > 0)
		r->filled += (size_t)n;
	if (r->filled < r->bytes)
		return false;
	for (size_t i = 1; i < r->bytes; i++)
		if (r->picture[i] != r->picture[0])
			fail_msg("a picture of %d and %d", r->picture[0],
			    r->picture[i]);
	*value = r->picture[0];
	r->filled = 0;
	return true;
}

/* The next picture that the encoder gets. */
static uint8_t
rig_next(struct rig *r)
{
	uint8_t value;

	SPIN_UNTIL(loop, rig_read(r, &value));
	return value;
}

/* --- pictures ----------------------------------------------------------- */

/* Before there is any picture there are black ones; the first real one
 * follows, and is repeated while no other comes. */
static void
test_black_first(void **state UNUSED)
{
	struct framelink_stats st;
	struct rig r;
	uint8_t value;

	rig_init(&r, 8, 4, (struct rate){ 100, 1 });
	rig_new_encoder(&r);
	for (int i = 0; i < 3; i++)
		assert_int_equal(rig_next(&r), 0);
	framelink_stats(r.link, &st);
	assert_int_equal(st.fallback, FALLBACK_SLATE);
	assert_true(st.repeated >= 2);

	rig_new_producer(&r);
	rig_write(&r, 77, r.bytes, r.bytes);
	while ((value = rig_next(&r)) == 0)
		continue;
	for (int i = 0; i < 5; i++, value = rig_next(&r))
		assert_int_equal(value, 77);
	framelink_stats(r.link, &st);
	assert_int_equal(st.fallback, FALLBACK_NONE);
	assert_int_equal(st.in, 1);
	assert_int_equal(st.dropped, 0);
	assert_int_equal(st.out - st.repeated, 2); /* a black one and this */
	assert_int_equal(r.seen, 1);
	rig_clear(&r);
}

/* However a producer writes, pictures come whole and in their order. */
static void
test_whole(void **state UNUSED)
{
	struct rig r;
	uint8_t last = 0;

	rig_init(&r, 7, 5, (struct rate){ 500, 1 });
	rig_new_producer(&r);
	rig_new_encoder(&r);
	for (size_t step = 1; step <= 35; step += 2) {
		uint8_t value = (uint8_t)(100 + step), got;

		rig_write(&r, value, r.bytes, step);
		do {
			got = rig_next(&r);
			assert_true(got >= last);
			last = got;
		} while (got != value);
	}
	rig_clear(&r);
}

/* A producer replaced in mid-picture: its half is forgotten, the new one's
 * first byte is the first of a picture. So also when the old one died. */
static void
test_torn(void **state UNUSED)
{
	struct framelink_stats st;
	struct rig r;

	rig_init(&r, 100, 10, (struct rate){ 200, 1 });
	rig_new_encoder(&r);
	for (uint8_t v = 1; v <= 6; v++) {
		rig_new_producer(&r);
		rig_write(&r, v, r.bytes, r.bytes);
		while (rig_next(&r) != v)
			continue;
		rig_write(&r, 99, r.bytes / 2, r.bytes);
		if (v % 2 == 0) {
			close(r.producer);
			r.producer = -1;
		}
		spin_for(loop, 10);
		assert_int_equal(rig_next(&r), v);
	}
	framelink_stats(r.link, &st);
	assert_int_equal(st.in, 6);
	rig_new_producer(&r);
	framelink_stats(r.link, &st);
	assert_int_equal(st.torn, 6);
	rig_clear(&r);
}

/* A new encoder is a new pipe, and its first byte the first of a picture,
 * wherever in a picture the old one stopped reading. Nobody is told: the
 * producer writes on, the death of the encoder comes by another road. */
static void
test_encoder_gone(void **state UNUSED)
{
	struct rig r;
	uint8_t v = 0;

	/* larger than a pipe: the old one always ends in mid-picture */
	rig_init(&r, 1500, 1000, (struct rate){ 100, 1 });
	rig_new_producer(&r);
	for (int i = 0; i < 5; i++) {
		struct framelink_stats st;
		uint64_t in;

		rig_new_encoder(&r);
		rig_write(&r, ++v, r.bytes, r.bytes);
		rig_next(&r);
		SPIN_UNTIL(
		    loop, read(r.encoder, r.picture, 1000 + 7 * (size_t)i) > 0);
		close(r.encoder);
		r.encoder = -1;
		framelink_stats(r.link, &st);
		for (in = st.in + 5; st.in < in;) {
			rig_write(&r, ++v, r.bytes, r.bytes);
			spin_once(loop);
			framelink_stats(r.link, &st);
		}
		if (i % 2)
			framelink_drop_encoder(r.link);
	}
	rig_clear(&r);
}

/* An encoder that does not read makes nobody wait: pictures are dropped, as
 * whole ones, the oldest first, and each is accounted for. */
static void
test_slow_encoder(void **state UNUSED)
{
	struct framelink_stats st;
	struct rig r;
	uint8_t last = 0;

	rig_init(&r, 1500, 1000, (struct rate){ 50, 1 });
	rig_new_producer(&r);
	rig_new_encoder(&r);
	for (uint8_t v = 1; v <= 60; v++)
		rig_write(&r, v, r.bytes, r.bytes);
	SPIN_UNTIL(loop, r.seen == 60);
	framelink_stats(r.link, &st);
	assert_int_equal(st.in, 60);
	assert_int_equal(st.out, 1); /* black, still on its way */
	assert_int_equal(st.queue, 3);
	assert_int_equal(st.dropped, 57);
	assert_int_equal(rig_next(&r), 0);
	while (last < 60) {
		uint8_t v = rig_next(&r);

		assert_true(v >= 58 || v == 0);
		assert_true(v >= last);
		last = v;
	}
	framelink_stats(r.link, &st);
	assert_int_equal(st.dropped + st.out - st.repeated - 1, 60);
	rig_clear(&r);
}

/* Asked to finish, the encoder gets the rest of its picture and the end. */
static void
test_finish(void **state UNUSED)
{
	struct rig r;
	uint8_t value;

	rig_init(&r, 1500, 1000, (struct rate){ 100, 1 });
	rig_new_encoder(&r);
	spin_for(loop, 20);
	framelink_finish_encoder(r.link);
	spin_for(loop, 20);
	assert_int_equal(rig_next(&r), 0);
	SPIN_UNTIL(loop, read(r.encoder, &value, 1) == 0);
	rig_new_encoder(&r); /* and there may be another one */
	assert_int_equal(rig_next(&r), 0);
	rig_clear(&r);
}

/* --- the beat ----------------------------------------------------------- */

/* When a link's beat began: between these two. */
struct began {
	int64_t before_ns, after_ns;
};

/* Beats since then, the one at the very start not counted. */
static double
beats(struct rate fps, int64_t since_ns, int64_t now_ns)
{
	return (double)(now_ns - since_ns) / 1e9 * (double)fps.num /
	    (double)fps.den;
}

/* The link has sent exactly what was due. */
static void
expect_beat(const struct rig *r, struct rate fps, const struct began *began)
{
	struct framelink_stats st;
	int64_t now_ns = mono_ns();
	double least, most;

	spin_once(loop);
	framelink_stats(r->link, &st);
	least = beats(fps, began->after_ns, now_ns);
	most = beats(fps, began->before_ns, mono_ns()) + 1;
	if ((double)st.out < least || (double)st.out > most)
		fail_msg("%d pictures, %.2f to %.2f were due", (int)st.out,
		    least, most);
	assert_int_equal(st.late, 0);
}

/* Over two seconds the encoder gets exactly its rate, whether the producer
 * gives too many, too few or none; a picture that stays is called held. An
 * encoder that took nothing meanwhile is not flooded after. */
static void
test_exact(void **state UNUSED)
{
	static const struct rate fps[] = { { 25, 1 }, { 30000, 1001 },
		{ 60, 1 } };
	struct framelink_stats st;
	struct rig r[NELEM(fps)], stuck;
	struct began began[NELEM(fps)];
	int64_t end;
	uint8_t value;

	rig_init(&stuck, 1500, 1000, fps[0]);
	rig_new_encoder(&stuck);
	for (size_t i = 0; i < NELEM(fps); i++) {
		rig_init(&r[i], 16, 16, fps[i]);
		rig_new_producer(&r[i]);
		began[i].before_ns = mono_ns();
		rig_new_encoder(&r[i]);
		began[i].after_ns = mono_ns();
	}
	rig_write(&r[0], 7, r[0].bytes, r[0].bytes);
	for (end = mono_ms() + 2000; mono_ms() < end; spin_once(loop)) {
		rig_write(&r[1], 1, r[1].bytes, r[1].bytes);
		for (size_t i = 0; i < NELEM(fps); i++)
			while (rig_read(&r[i], &value))
				continue;
	}
	for (size_t i = 0; i < NELEM(fps); i++)
		expect_beat(&r[i], fps[i], &began[i]);
	framelink_stats(r[0].link, &st);
	assert_int_equal(st.fallback, FALLBACK_HOLD);
	assert_in_range(st.repeated, 40, st.out - 2);
	framelink_stats(r[1].link, &st);
	assert_int_equal(st.fallback, FALLBACK_NONE);
	assert_true(st.dropped > 20);

	framelink_stats(stuck.link, &st);
	assert_int_equal(st.out, 1);
	assert_in_range(st.late, 20, 30);
	rig_clear(&stuck);
	for (size_t i = 0; i < NELEM(fps); i++)
		rig_clear(&r[i]);
}

/* --- the feed alone ----------------------------------------------------- */

static void
feed_ready(void *ctx)
{
	++*(int *)ctx;
}

/* A reader that went away breaks the feed silently; nothing more is taken
 * until there is a new pipe. */
static void
test_broken_feed(void **state UNUSED)
{
	struct geometry g;
	struct frame_pool *pool;
	struct frame *f;
	struct feed feed;
	int p[2], ready = 0;

	geometry_init(&g, PIX_GRAY, 64, 64);
	pool = frame_pool_new(&g, 1);
	feed_init(&feed, loop, feed_ready, &ready);
	feed_close(&feed);
	assert_false(feed_is_ready(&feed));
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	feed_open(&feed, p[1], g.bytes);
	assert_true(feed_is_ready(&feed));
	close(p[0]);
	f = frame_get(pool);
	feed_take(&feed, f);
	assert_true(feed.broken);
	assert_false(feed_is_ready(&feed));
	assert_int_equal(f->refs, 0); /* let go of */
	assert_int_equal(feed.written, 0);
	feed_finish(&feed);
	assert_int_equal(feed.fd, -1);

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	feed_open(&feed, p[1], g.bytes);
	feed_take(&feed, frame_get(pool));
	assert_int_equal(feed.written, 1);
	assert_int_equal(ready, 0); /* the taker knows it by itself */
	feed_close(&feed);
	close(p[0]);
	frame_pool_free(pool);
}

/* A pipe holds about one picture, as far as the kernel grants it. */
static void
test_pipe_size(void **state UNUSED)
{
	static const size_t pictures[] = { 1, 65536, 65537, 921600, 6220800 };
	static const size_t sizes[] = { 65536, 65536, 131072, 1048576,
		1048576 };
	int p[2];

	for (size_t i = 0; i < NELEM(sizes); i++) {
		assert_int_equal(pipe2(p, O_CLOEXEC), 0);
		assert_int_equal(feed_size_pipe(p[1], pictures[i]), sizes[i]);
		close(p[0]);
		close(p[1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_black_first),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_encoder_gone),
		cmocka_unit_test(test_slow_encoder),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_broken_feed),
		cmocka_unit_test(test_pipe_size),
	};
	int failed;

	signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	loop = ev_loop_new(EVFLAG_NOENV);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ev_loop_destroy(loop);
	return failed;
}
