/* SPDX-License-Identifier: ISC */
/*
 * Frames into a pipe by both ways, copied and lent. Every frame has different
 * bytes, and a slot that comes back is overwritten at once: the reader sees a
 * slot that is released too early.
 */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/util.h"
#include "link/framewriter.h"
#include "link/pool.h"
#include "media/frame.h"
#include "spin.h"

#define FEED_SLOTS 24

/* A feed, its reader, and the slots that frames come from. */
struct rig {
	struct framewriter feed;
	struct geometry g;
	struct pool *pool;
	int reader;
	unsigned sent, got, ready;
	uint8_t *buf;
	size_t filled;
};

/* Byte i of frame n. */
static uint8_t
rig_byte(unsigned n, size_t i)
{
	return (uint8_t)(n * 41 + i * 7 + (i >> 8));
}

/* Scribble over every slot that is free: nobody may be reading it. */
static void
rig_recycle(struct rig *r)
{
	struct frame *f[FEED_SLOTS];
	size_t n = 0;

	while (n < FEED_SLOTS && (f[n] = pool_get(r->pool)) != NULL)
		memset(f[n++]->data, 0xee, r->g.bytes);
	while (n > 0)
		frame_put(f[--n]);
}

/* Send frames for as long as they are taken, `max` at most. */
static void
rig_send(struct rig *r, unsigned max)
{
	while (max-- > 0 && framewriter_is_ready(&r->feed)) {
		struct frame *f = pool_get(r->pool);

		assert_non_null(f);
		for (size_t i = 0; i < r->g.bytes; i++)
			f->data[i] = rig_byte(r->sent, i);
		r->sent++;
		framewriter_take(&r->feed, f);
		rig_recycle(r);
	}
}

static void
rig_ready(void *ctx)
{
	struct rig *r = ctx;

	r->ready++;
}

static void
rig_open(struct rig *r)
{
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	framewriter_open(&r->feed, p[1], r->g.bytes);
	r->reader = p[0];
	r->filled = 0;
	fs_nonblock(p[0]);
}

/* `way`: "write" or "vmsplice", as FFSUP_FEED says it; NULL: by size. */
static void
rig_init(struct rig *r, const char *way, int w, int h)
{
	if (way == NULL)
		unsetenv("FFSUP_FEED");
	else
		setenv("FFSUP_FEED", way, 1);
	*r = (struct rig){ .reader = -1 };
	frame_geometry_init(&r->g, PIX_GRAY, w, h);
	r->pool = pool_new(&r->g, FEED_SLOTS);
	assert_non_null(r->pool);
	r->buf = xcalloc(1, r->g.bytes);
	framewriter_init(&r->feed, loop, rig_ready, r);
	rig_open(r);
}

static void
rig_clear(struct rig *r)
{
	framewriter_close(&r->feed);
	if (r->reader != -1)
		close(r->reader);
	for (int i = 0; i < FEED_SLOTS; i++) /* every one came back */
		assert_non_null(pool_get(r->pool));
	pool_free(r->pool);
	free(r->buf);
}

/* Read `max` bytes at most; whole frames are compared. -1: the end. */
static ssize_t
rig_read(struct rig *r, size_t max)
{
	size_t left = r->g.bytes - r->filled;
	ssize_t n =
	    read(r->reader, r->buf + r->filled, max < left ? max : left);

	if (n <= 0)
		return n == 0 ? -1 : 0;
	r->filled += (size_t)n;
	if (r->filled < r->g.bytes)
		return n;
	for (size_t i = 0; i < r->g.bytes; i++)
		if (r->buf[i] != rig_byte(r->got, i))
			fail_msg(
			    "frame %u: byte %zu is %02x", r->got, i, r->buf[i]);
	r->got++;
	r->filled = 0;
	return n;
}

static const char *const ways[] = { "write", "vmsplice", NULL };

static const int sizes[][2] = { { 1, 1 }, { 33, 7 }, { 64, 64 }, { 401, 333 },
	{ 640, 480 }, { 1501, 1001 } };

/*
 * A reader that takes a little at a time, while slots are recycled as fast as
 * they come back, sees every frame as it was sent.
 */
static void
test_intact(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(ways) * NELEM(sizes); i++) {
		const int *size = sizes[i / NELEM(ways)];
		size_t step = (size_t)(size[0] * size[1]) / 5 + 1;
		struct rig r;

		rig_init(&r, ways[i % NELEM(ways)], size[0], size[1]);
		while (r.got < 40) {
			rig_send(&r, 3);
			rig_read(&r, step);
			ev_run(loop, EVRUN_NOWAIT);
			rig_recycle(&r);
		}
		rig_clear(&r);
	}
}

/* The way is chosen by size, and can be forced. */
static void
test_way(void **state UNUSED)
{
	static const struct {
		const char *way;
		int side;
		bool lend;
	} rows[] = { { NULL, 64, false }, { NULL, 512, true },
		{ "write", 512, false }, { "vmsplice", 8, true } };

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct rig r;

		rig_init(&r, rows[i].way, rows[i].side, rows[i].side);
		assert_int_equal(r.feed.lend, rows[i].lend);
		rig_send(&r, 1);
		assert_int_equal(
		    r.feed.n_lent + (r.feed.frame != NULL && r.feed.pinned),
		    rows[i].lend);
		rig_clear(&r);
	}
}

/* Lent frames stay lent until they are read, in the order they went, and
 * are never more than framewriter_slots() promises. */
static void
test_lent(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(sizes); i++) {
		struct rig r;
		size_t most;

		rig_init(&r, "vmsplice", sizes[i][0], sizes[i][1]);
		most = framewriter_slots(r.g.bytes);
		for (int k = 0; k < 200; k++) {
			rig_send(&r, 100);
			assert_in_range(
			    r.feed.n_lent + (r.feed.frame != NULL), 1, most);
			assert_true(r.feed.lend);
			rig_read(&r, r.g.bytes / 3 + 1);
			ev_run(loop, EVRUN_NOWAIT);
		}
		assert_true(r.got > 50);
		rig_clear(&r);
	}
}

/*
 * Asked to finish, the reader gets the rest and then the end; frames in the
 * closed pipe stay lent until the reader is said to be dead.
 */
static void
test_finish(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(ways); i++) {
		struct rig r;

		rig_init(&r, ways[i], 1000, 700);
		rig_send(&r, 2);
		assert_non_null(r.feed.frame); /* more than a pipe holds */
		framewriter_finish(&r.feed);
		assert_false(framewriter_is_ready(&r.feed));
		assert_int_not_equal(r.feed.fd, -1);
		while (r.feed.fd != -1) {
			rig_read(&r, 10000);
			ev_run(loop, EVRUN_NOWAIT);
			rig_recycle(&r);
		}
		assert_int_equal(r.feed.n_lent > 0, i != 0);
		while (rig_read(&r, 5000) != -1)
			rig_recycle(&r);
		assert_int_equal(r.got, r.sent);
		assert_int_equal(r.filled, 0);
		assert_int_equal(r.ready, 0); /* nothing more is wanted */
		framewriter_close(&r.feed);
		assert_int_equal(r.feed.n_lent, 0);
		rig_clear(&r);
	}
}

/* Nothing on its way: the end comes at once. */
static void
test_finish_idle(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, NULL, 64, 64);
	framewriter_finish(&r.feed);
	assert_int_equal(r.feed.fd, -1);
	assert_int_equal(rig_read(&r, 1), -1);
	rig_clear(&r);
}

/* Where the kernel refuses to lend, even in the middle of a frame, the rest
 * is copied: the reader sees no difference. */
static void
test_refused(void **state UNUSED)
{
	struct rig r;
	int p[2], null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	/* not a pipe: vmsplice fails with EBADF, write works */
	rig_init(&r, "vmsplice", 400, 400);
	assert_int_not_equal(null_fd, -1);
	framewriter_open(&r.feed, null_fd, r.g.bytes);
	rig_send(&r, 3);
	assert_int_equal(r.sent, 3);
	assert_false(r.feed.lend);
	assert_int_equal(r.feed.n_lent, 0);
	close(r.reader);

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	framewriter_open(&r.feed, p[1], r.g.bytes);
	r.reader = p[0];
	fs_nonblock(p[0]);
	r.got = r.sent;
	rig_send(&r, 100);
	assert_true(r.feed.pinned);
	r.feed.lend = false; /* as if refused from here on */
	while (r.got < 20) {
		rig_send(&r, 1);
		rig_read(&r, 30000);
		ev_run(loop, EVRUN_NOWAIT);
		rig_recycle(&r);
	}
	rig_clear(&r);
}

/* A reader that went away breaks the feed silently; nothing more is taken
 * until it gets a new pipe, which starts at byte 0 of a frame. */
static void
test_broken(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(ways); i++) {
		struct rig r;

		rig_init(&r, ways[i], 1000, 700);
		rig_send(&r, 2);
		for (int k = 0; k < 20; k++)
			rig_read(&r, 1000);
		close(r.reader);
		SPIN_UNTIL(loop, r.feed.broken);
		assert_false(framewriter_is_ready(&r.feed));
		framewriter_finish(&r.feed);
		assert_int_equal(r.feed.fd, -1);

		rig_open(&r);
		assert_true(framewriter_is_ready(&r.feed));
		r.got = r.sent;
		while (r.got < r.sent + 1 && r.got < 10) {
			rig_send(&r, 1);
			rig_read(&r, 100000);
			ev_run(loop, EVRUN_NOWAIT);
		}
		rig_clear(&r);
	}
}

/* The feed says when it has room again, and only then. */
static void
test_ready(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, NULL, 1000, 700);
	rig_send(&r, 100);
	assert_false(framewriter_is_ready(&r.feed));
	ev_run(loop, EVRUN_NOWAIT);
	assert_int_equal(r.ready, 0);
	while (!framewriter_is_ready(&r.feed)) {
		assert_int_equal(r.ready, 0);
		rig_read(&r, 100000);
		ev_run(loop, EVRUN_NOWAIT);
	}
	assert_int_equal(r.ready, 1);
	rig_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intact),
		cmocka_unit_test(test_way),
		cmocka_unit_test(test_lent),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_finish_idle),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_ready),
	};

	return cmocka_run_group_tests(tests, spin_setup, spin_teardown);
}
