/* SPDX-License-Identifier: ISC */
/*
 * Frames from one pipe to another, as a producer and an encoder see them. A
 * frame here is one grey value all over, so that half a frame, or a piece of
 * another, shows.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/util.h"
#include "link/framepump.h"
#include "link/framereader.h"
#include "media/pattern.h"
#include "spin.h"

/* A link and the far ends of its pipes. */
struct rig {
	struct framepump *link;
	size_t bytes;
	int producer, encoder; /* -1: none */
	unsigned seen;	       /* frames that it reported */
	uint8_t *frame;	       /* for reading and writing one */
	size_t filled;	       /* bytes read of the current one */
};

static void
rig_frame(void *ctx)
{
	struct rig *r = ctx;

	r->seen++;
}

/* A link without an image for a slate: that is drawn. */
static void
rig_init_drawn(
    struct rig *r, int w, int h, struct rate fps, int64_t slate_after)
{
	struct plan_link plan = { .type = LINK_FRAMES, .fps = fps };
	struct framepump_opts opts = { .queue = 3,
		.pattern = FRAMEPUMP_NO_PATTERN,
		.slate_after_ms = slate_after,
		.frame = rig_frame,
		.ctx = r };

	frame_geometry_init(&plan.geometry, PIX_GRAY, w, h);
	*r = (struct rig){
		.bytes = plan.geometry.bytes, .producer = -1, .encoder = -1
	};
	r->frame = xcalloc(1, r->bytes);
	r->link = framepump_new(loop, &plan, &opts);
	assert_non_null(r->link);
}

/* A link whose slate is black all over. */
static void
rig_init(struct rig *r, int w, int h, struct rate fps)
{
	rig_init_drawn(r, w, h, fps, 5000);
	framepump_take_slate(r->link, xcalloc(1, r->bytes));
}

static void
rig_clear(struct rig *r)
{
	framepump_free(r->link);
	if (r->producer != -1)
		close(r->producer);
	if (r->encoder != -1)
		close(r->encoder);
	free(r->frame);
}

/* A new producer; the old one's end is closed after. */
static void
rig_new_producer(struct rig *r)
{
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	framereader_open(framepump_source(r->link), p[0]);
	if (r->producer != -1)
		close(r->producer);
	r->producer = p[1];
	fs_nonblock(p[1]);
}

static void
rig_new_encoder(struct rig *r)
{
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	framepump_set_encoder(r->link, p[1]);
	if (r->encoder != -1)
		close(r->encoder);
	r->encoder = p[0];
	r->filled = 0;
	fs_nonblock(p[0]);
}

/* Write `len` bytes of a frame, `step` at a time, as a producer would. */
static void
rig_write(struct rig *r, uint8_t value, size_t len, size_t step)
{
	int64_t end = mono_ms() + SPIN_PATIENCE_MS;

	memset(r->frame, value, r->bytes);
	while (len > 0) {
		ssize_t n =
		    write(r->producer, r->frame, len < step ? len : step);

		if (n > 0)
			len -= (size_t)n;
		else
			assert_int_equal(errno, EAGAIN);
		assert_true(mono_ms() < end);
		if (n == -1 || len > 0)
			spin_once(loop);
	}
}

/* Read as the encoder. True when a frame is complete; all its bytes must be the
 * same. */
static bool
rig_read(struct rig *r, uint8_t *value)
{
	ssize_t n =
	    read(r->encoder, r->frame + r->filled, r->bytes - r->filled);

	if (n > 0)
		r->filled += (size_t)n;
	if (r->filled < r->bytes)
		return false;
	for (size_t i = 1; i < r->bytes; i++)
		if (r->frame[i] != r->frame[0])
			fail_msg(
			    "a frame of %d and %d", r->frame[0], r->frame[i]);
	*value = r->frame[0];
	r->filled = 0;
	return true;
}

/* The next frame that the encoder gets. */
static uint8_t
rig_next(struct rig *r)
{
	uint8_t value;

	SPIN_UNTIL(loop, rig_read(r, &value));
	return value;
}

/* --- frames ------------------------------------------------------------- */

/* Before the first frame the slate is sent; the first real frame follows,
 * and is repeated while no other comes. */
static void
test_slate_first(void **state UNUSED)
{
	struct framepump_stats st;
	struct rig r;
	uint8_t value;

	rig_init(&r, 8, 4, (struct rate){ 100, 1 });
	rig_new_encoder(&r);
	for (int i = 0; i < 3; i++)
		assert_int_equal(rig_next(&r), 0);
	framepump_stats(r.link, &st);
	assert_int_equal(st.fallback, FALLBACK_SLATE);
	assert_true(st.slated >= 3);
	assert_int_equal(st.repeated, 0);
	assert_int_equal(st.silent_ms, -1);

	rig_new_producer(&r);
	rig_write(&r, 77, r.bytes, r.bytes);
	while ((value = rig_next(&r)) == 0)
		continue;
	for (int i = 0; i < 5; i++, value = rig_next(&r))
		assert_int_equal(value, 77);
	framepump_stats(r.link, &st);
	assert_int_equal(st.fallback, FALLBACK_NONE);
	assert_int_equal(st.in, 1);
	assert_int_equal(st.dropped, 0);
	assert_int_equal(st.out - st.repeated - st.slated, 1);
	assert_int_equal(framepump_on_air(r.link)[0], 77);
	assert_int_equal(r.seen, 1);
	rig_clear(&r);
}

/* However a producer writes, frames come whole and in their order. */
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

/* The first byte of the next frame, whatever the others are. */
static uint8_t
rig_next_drawn(struct rig *r)
{
	while (r->filled < r->bytes) {
		ssize_t n = read(
		    r->encoder, r->frame + r->filled, r->bytes - r->filled);

		if (n > 0)
			r->filled += (size_t)n;
		else
			spin_once(loop);
	}
	r->filled = 0;
	return r->frame[0];
}

/* A frame that stays is held, then it is dimmed and bars walk below it;
 * the next frame ends that at once. */
static void
test_hold_and_slate(void **state UNUSED)
{
	struct framepump_stats st;
	uint8_t bars[64], value;
	struct rig r;

	rig_init_drawn(&r, 64, 32, (struct rate){ 100, 1 }, 1200);
	rig_new_producer(&r);
	rig_write(&r, 160, r.bytes, r.bytes);
	SPIN_UNTIL(loop, r.seen == 1);
	rig_new_encoder(&r);
	assert_int_equal(rig_next(&r), 160); /* no slate before it */
	do {
		value = rig_next_drawn(&r);
		framepump_stats(r.link, &st);
		if (value == 160)
			assert_true(st.silent_ms < 1300);
	} while (value == 160);
	assert_int_equal(st.fallback, FALLBACK_SLATE);
	assert_in_range(st.repeated, 100, 125);
	assert_in_range(value, 45, 75); /* about a third */
	assert_int_equal(r.frame[20 * 64], value);
	memcpy(bars, r.frame + 31 * 64, sizeof(bars));
	do
		rig_next_drawn(&r);
	while (memcmp(bars, r.frame + 31 * 64, sizeof(bars)) == 0);
	rig_write(&r, 200, r.bytes, r.bytes);
	while ((value = rig_next_drawn(&r)) != 200)
		assert_in_range(value, 45, 75);
	framepump_stats(r.link, &st);
	assert_int_equal(st.fallback, FALLBACK_NONE);
	assert_int_equal(st.in, 2);
	assert_true(st.slated > 40);
	rig_clear(&r);
}

/* An image replaces the drawing when it comes, and the drawing returns when it
 * goes. */
static void
test_slate_image(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, 64, 32, (struct rate){ 100, 1 });
	rig_new_encoder(&r);
	assert_int_equal(rig_next(&r), 0);
	framepump_take_slate(r.link, memset(xcalloc(1, r.bytes), 9, r.bytes));
	while (rig_next(&r) != 9)
		continue;
	framepump_take_slate(r.link, NULL);
	while (rig_next_drawn(&r) == 9)
		continue;
	assert_memory_not_equal(r.frame + 31 * 64, r.frame, 64); /* bars */
	rig_clear(&r);
}

/* A producer replaced in the middle of a frame: its half is dropped, the new
 * one's first byte is the first of a frame. So also when the old one died. */
static void
test_torn(void **state UNUSED)
{
	struct framepump_stats st;
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
	framepump_stats(r.link, &st);
	assert_int_equal(st.in, 6);
	rig_new_producer(&r);
	framepump_stats(r.link, &st);
	assert_int_equal(st.torn, 6);
	rig_clear(&r);
}

/* A new encoder is a new pipe, and its first byte the first of a frame,
 * wherever in a frame the old one stopped reading. Nobody is notified: the
 * producer writes on, the encoder's exit is reported separately. */
static void
test_encoder_gone(void **state UNUSED)
{
	struct rig r;
	uint8_t v = 0;

	/* larger than a pipe: the old one always ends inside a frame */
	rig_init(&r, 1500, 1000, (struct rate){ 100, 1 });
	rig_new_producer(&r);
	for (int i = 0; i < 5; i++) {
		struct framepump_stats st;
		uint64_t in;

		rig_new_encoder(&r);
		rig_write(&r, ++v, r.bytes, r.bytes);
		rig_next(&r);
		SPIN_UNTIL(
		    loop, read(r.encoder, r.frame, 1000 + 7 * (size_t)i) > 0);
		close(r.encoder);
		r.encoder = -1;
		framepump_stats(r.link, &st);
		for (in = st.in + 5; st.in < in;) {
			rig_write(&r, ++v, r.bytes, r.bytes);
			spin_once(loop);
			framepump_stats(r.link, &st);
		}
		if (i % 2)
			framepump_drop_encoder(r.link);
	}
	rig_clear(&r);
}

/* An encoder that does not read makes nobody wait: frames are dropped whole,
 * the oldest first, and each is accounted for. */
static void
test_slow_encoder(void **state UNUSED)
{
	struct framepump_stats st;
	struct rig r;
	uint8_t last = 0;

	rig_init(&r, 1500, 1000, (struct rate){ 50, 1 });
	rig_new_producer(&r);
	rig_new_encoder(&r);
	for (uint8_t v = 1; v <= 60; v++)
		rig_write(&r, v, r.bytes, r.bytes);
	SPIN_UNTIL(loop, r.seen == 60);
	framepump_stats(r.link, &st);
	assert_int_equal(st.in, 60);
	assert_int_equal(st.out, 1); /* the slate, still on its way */
	assert_int_equal(st.queue, 3);
	assert_int_equal(st.dropped, 57);
	assert_int_equal(rig_next(&r), 0);
	while (last < 60) {
		uint8_t v = rig_next(&r);

		assert_true(v >= 58 || v == 0);
		assert_true(v >= last);
		last = v;
	}
	framepump_stats(r.link, &st);
	assert_int_equal(st.dropped + st.out - st.repeated - st.slated, 60);
	rig_clear(&r);
}

/* Asked to finish, the encoder gets the rest of its frame and the end. */
static void
test_finish(void **state UNUSED)
{
	struct rig r;
	uint8_t value;

	rig_init(&r, 1500, 1000, (struct rate){ 100, 1 });
	rig_new_encoder(&r);
	spin_for(loop, 20);
	framepump_finish_encoder(r.link);
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

/* The link has sent exactly the frames that were due; a loop that was held up
 * for longer than a second has left out the rest. */
static void
expect_beat(const struct rig *r, struct rate fps, const struct began *began)
{
	struct framepump_stats st;
	int64_t now_ns = mono_ns();
	double least, most, took;

	spin_once(loop);
	framepump_stats(r->link, &st);
	least = beats(fps, began->after_ns, now_ns);
	most = beats(fps, began->before_ns, mono_ns()) + 1;
	took = (double)(st.out + st.late);
	if (took < least || took > most)
		fail_msg(
		    "%d frames, %.2f to %.2f were due", (int)took, least, most);
	assert_true(st.late == 0 || spin_held_ms > 900);
}

/* Over two seconds the encoder gets exactly its rate, whether the producer
 * gives too many, too few or none; a frame that stays is called held. An
 * encoder that took nothing meanwhile is not flooded after. */
static void
test_exact(void **state UNUSED)
{
	static const struct rate fps[] = { { 25, 1 }, { 30000, 1001 },
		{ 60, 1 } };
	struct framepump_stats st;
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
	for (end = spin_from() + 2000; mono_ms() < end; spin_once(loop)) {
		rig_write(&r[1], 1, r[1].bytes, r[1].bytes);
		for (size_t i = 0; i < NELEM(fps); i++)
			while (rig_read(&r[i], &value))
				continue;
	}
	for (size_t i = 0; i < NELEM(fps); i++)
		expect_beat(&r[i], fps[i], &began[i]);
	framepump_stats(r[0].link, &st);
	assert_int_equal(st.fallback, FALLBACK_HOLD);
	assert_in_range(st.repeated, 40, st.out - 2);
	framepump_stats(r[1].link, &st);
	assert_int_equal(st.fallback, FALLBACK_NONE);
	assert_true(st.dropped > 20);

	framepump_stats(stuck.link, &st);
	assert_int_equal(st.out, 1);
	/* a second of frames is still owed */
	assert_in_range(st.late, 20, 30 + spin_held_ms * 25 / 1000);
	rig_clear(&stuck);
	for (size_t i = 0; i < NELEM(fps); i++)
		rig_clear(&r[i]);
}

/* A test pattern is drawn for each beat, and nothing ever replaces it. */
static void
test_pattern(void **state UNUSED)
{
	struct framepump_opts opts = {
		.queue = 3, .pattern = PATTERN_COUNTER, .frame = rig_frame
	};
	struct plan_link plan = { .fps = { 100, 1 } };
	uint32_t number, last = 0;
	struct framepump_stats st;
	struct rig r = { .producer = -1, .encoder = -1 };
	int64_t wall;

	frame_geometry_init(&plan.geometry, PIX_GRAY, 32, 16);
	r.bytes = plan.geometry.bytes;
	r.frame = xcalloc(1, r.bytes);
	r.link = framepump_new(loop, &plan, &opts);
	assert_non_null(r.link);
	rig_new_encoder(&r);
	for (int i = 0; i < 30; i++, last = number) {
		rig_next_drawn(&r);
		assert_true(pattern_read(r.frame, 32, 16, &number, &wall));
		assert_int_equal(number, i == 0 ? 0 : last + 1);
	}
	framepump_stats(r.link, &st);
	assert_int_equal(st.in, st.out);
	assert_int_equal(st.fallback, FALLBACK_NONE);
	assert_int_equal(st.repeated + st.slated, 0);
	rig_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slate_first),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_hold_and_slate),
		cmocka_unit_test(test_slate_image),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_encoder_gone),
		cmocka_unit_test(test_slow_encoder),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_pattern),
	};

	return cmocka_run_group_tests(tests, spin_setup, spin_teardown);
}
