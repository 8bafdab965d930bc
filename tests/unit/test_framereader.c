/* SPDX-License-Identifier: ISC */
/* Producers that come, go, and take over from each other. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/util.h"
#include "link/framereader.h"
#include "link/pool.h"
#include "media/frame.h"
#include "process/pipes.h"
#include "spin.h"

/* A source and its frames. */
struct rig {
	struct framereader source;
	struct pool *pool;
	struct geometry g;
	uint8_t seen[64]; /* the value of each frame */
	size_t n;
	unsigned closed;
	struct frame *held; /* by a slow consumer, with `hold` */
	bool hold;
};

static void
rig_frame(void *ctx, struct frame *f)
{
	struct rig *r = ctx;

	for (size_t i = 1; i < r->g.bytes; i++)
		assert_int_equal(f->data[i], f->data[0]);
	assert_int_equal(f->number, r->n);
	assert_true(f->at_ms > 0);
	assert_true(r->n < sizeof(r->seen));
	r->seen[r->n++] = f->data[0];
	if (r->hold && r->held == NULL)
		r->held = f;
	else
		frame_put(f);
}

static void
rig_closed(void *ctx)
{
	struct rig *r = ctx;

	r->closed++;
	framereader_close(&r->source);
}

static void
rig_init(struct rig *r, size_t slots)
{
	*r = (struct rig){ 0 };
	frame_geometry_init(&r->g, PIX_GRAY, 40, 10);
	r->pool = pool_new(&r->g, slots);
	assert_non_null(r->pool);
	framereader_init(
	    &r->source, loop, r->pool, &r->g, (struct rate){ 25, 1 });
	r->source.got_frame = rig_frame;
	r->source.ctx = r;
	r->source.closed = rig_closed;
	r->source.closed_ctx = r;
}

static void
rig_clear(struct rig *r)
{
	framereader_close(&r->source);
	frame_put(r->held);
	assert_int_equal(r->source.fd, -1);
	assert_null(rivals_best(&r->source.rivals));
	pool_free(r->pool);
	assert_int_equal(pipes_used(), 0);
}

/* A producer: its end; the other one goes into *theirs. */
static int
rig_pair(int *theirs)
{
	int p[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p), 0);
	*theirs = p[0];
	return p[1];
}

/* Offer a new producer; its end. */
static int
rig_offer(struct rig *r)
{
	int theirs, ours = rig_pair(&theirs);

	framereader_offer(&r->source, theirs);
	return ours;
}

/* `len` bytes of a frame of that value. */
static void
put(int fd, uint8_t value, size_t len)
{
	uint8_t bytes[4000];

	memset(bytes, value, sizeof(bytes));
	assert_int_equal(write(fd, bytes, len), len);
}

/* Whether the peer has closed; its last words go to *said. */
static bool
is_closed(int fd, char *said, size_t size)
{
	ssize_t n;
	size_t len = strlen(said);

	n = recv(fd, said + len, size - len - 1, MSG_DONTWAIT);
	if (n > 0)
		said[len + (size_t)n] = '\0';
	return n == 0 || (n == -1 && errno == ECONNRESET);
}

/* However the bytes come, frames are whole and numbered. */
static void
test_whole(void **state UNUSED)
{
	struct rig r;
	int fd;

	rig_init(&r, 2);
	fd = rig_offer(&r);
	for (uint8_t v = 1; v <= 10; v++) {
		for (size_t left = r.g.bytes; left > 0;) {
			size_t n = left < 7u * v ? left : 7u * v;

			put(fd, v, n);
			left -= n;
			spin_once(loop);
		}
	}
	SPIN_UNTIL(loop, r.n == 10);
	for (uint8_t v = 1; v <= 10; v++)
		assert_int_equal(r.seen[v - 1], v);
	put(fd, 1, r.g.bytes * 10); /* many at once, with two slots */
	SPIN_UNTIL(loop, r.n == 20);
	assert_int_equal(r.source.torn, 0);
	close(fd);
	SPIN_UNTIL(loop, r.closed == 1);
	rig_clear(&r);
}

/* Between two frames a newcomer takes over with its first, and the writer that
 * is replaced is sent the reason. */
static void
test_boundary(void **state UNUSED)
{
	char said[80] = "";
	struct rig r;
	int a, b;

	rig_init(&r, 2);
	r.source.goodbye = "goodbye\n";
	a = rig_offer(&r);
	put(a, 1, r.g.bytes);
	SPIN_UNTIL(loop, r.n == 1);
	b = rig_offer(&r);
	put(b, 2, r.g.bytes);
	SPIN_UNTIL(loop, is_closed(a, said, sizeof(said)));
	assert_string_equal(said, "goodbye\n");
	SPIN_UNTIL(loop, r.n == 2);
	assert_int_equal(r.seen[1], 2);
	assert_int_equal(r.source.torn, 0);
	assert_int_equal(r.closed, 0);
	close(a);
	close(b);
	SPIN_UNTIL(loop, r.closed == 1);
	rig_clear(&r);
}

/* In the middle of a frame the newcomer waits until the frame is whole: it
 * arrives, nothing of the next one does, and the newcomer starts at byte 0. */
static void
test_wait_for_boundary(void **state UNUSED)
{
	char said[80] = "", none[80] = "";
	struct rig r;
	int a, b;

	rig_init(&r, 2);
	r.source.goodbye = "bye";
	a = rig_offer(&r);
	put(a, 1, r.g.bytes / 3);
	SPIN_UNTIL(loop, r.source.filled > 0);
	b = rig_offer(&r);
	put(b, 2, r.g.bytes);
	spin_for(loop, 50);
	assert_int_equal(r.n, 0);
	put(a, 1, r.g.bytes - r.g.bytes / 3);
	put(a, 3, r.g.bytes / 2); /* too late */
	SPIN_UNTIL(loop, r.n == 2);
	assert_int_equal(r.seen[0], 1);
	assert_int_equal(r.seen[1], 2);
	assert_int_equal(r.source.torn, 0);
	SPIN_UNTIL(loop, is_closed(a, said, sizeof(said)));
	assert_string_equal(said, "bye");
	assert_false(is_closed(b, none, sizeof(none)));
	assert_string_equal(none, "");
	close(a);
	close(b);
	SPIN_UNTIL(loop, r.closed == 1);
	rig_clear(&r);
}

/* But not for ever: half a second, then the unfinished frame is given up. */
static void
test_impatient(void **state UNUSED)
{
	struct rig r;
	int64_t from;
	int a, b;

	rig_init(&r, 2);
	a = rig_offer(&r);
	put(a, 1, r.g.bytes - 1);
	SPIN_UNTIL(loop, r.source.filled == r.g.bytes - 1);
	from = spin_from();
	b = rig_offer(&r);
	put(b, 2, r.g.bytes);
	SPIN_UNTIL(loop, r.n == 1);
	assert_true(spin_took(from, 450, 900));
	assert_int_equal(r.seen[0], 2);
	assert_int_equal(r.source.torn, 1);
	close(a);
	close(b);
	rig_clear(&r);
}

/* A writer that leaves while others wait is followed at once; of two that wait,
 * the newest gets in, and the other one stays. */
static void
test_waiting(void **state UNUSED)
{
	char said[80] = "";
	struct rig r;
	int64_t from;
	int a, b, c;

	rig_init(&r, 2);
	a = rig_offer(&r);
	put(a, 1, 5);
	SPIN_UNTIL(loop, r.source.filled == 5);
	b = rig_offer(&r);
	c = rig_offer(&r);
	from = spin_from();
	close(a);
	put(c, 3, r.g.bytes);
	SPIN_UNTIL(loop, r.n == 1);
	assert_true(spin_took(from, 0, 400));
	assert_int_equal(r.seen[0], 3);
	assert_int_equal(r.source.torn, 1);
	assert_int_equal(r.closed, 0);
	assert_false(is_closed(b, said, sizeof(said)));
	close(b);
	/* a timer of the takeover that is over must not strike */
	put(c, 4, 5);
	spin_for(loop, 700);
	put(c, 4, r.g.bytes - 5);
	SPIN_UNTIL(loop, r.n == 2);
	assert_int_equal(r.seen[1], 4);
	close(c);
	rig_clear(&r);
}

/* A client that connects and sends nothing, or less than a frame, takes
 * nobody's place, however many come; and leaves no trace. */
static void
test_s11_bare_connects(void **state UNUSED)
{
	char said[80] = "", none[80] = "";
	int a, b, bare[40];
	struct rig r;

	rig_init(&r, 2);
	r.source.goodbye = "bye";
	a = rig_offer(&r);
	for (size_t i = 0; i < NELEM(bare); i++) {
		put(a, 1, r.g.bytes);
		bare[i] = rig_offer(&r);
		put(bare[i], 9, i % 3 * 50);
		SPIN_UNTIL(loop, r.n == i + 1);
	}
	assert_false(is_closed(a, said, sizeof(said)));
	assert_int_equal(r.source.torn, 0);
	assert_true(is_closed(bare[0], none, sizeof(none)));
	assert_string_equal(none, "");
	b = rig_offer(&r);
	put(b, 2, r.g.bytes);
	SPIN_UNTIL(loop, is_closed(a, said, sizeof(said)));
	assert_string_equal(said, "bye");
	assert_int_equal(r.n, NELEM(bare) + 1);
	assert_int_equal(r.seen[NELEM(bare)], 2);
	for (size_t i = 0; i < NELEM(bare); i++)
		close(bare[i]);
	put(b, 3, r.g.bytes);
	SPIN_UNTIL(loop, r.n == NELEM(bare) + 2);
	close(a);
	close(b);
	SPIN_UNTIL(loop, r.closed == 1);
	rig_clear(&r);
}

/* A newcomer with half of its first frame when the current writer leaves goes
 * on with it. */
static void
test_s11_half_of_a_newcomer(void **state UNUSED)
{
	struct rig r;
	int a, b;

	rig_init(&r, 2);
	a = rig_offer(&r);
	put(a, 1, 5);
	SPIN_UNTIL(loop, r.source.filled == 5);
	b = rig_offer(&r);
	put(b, 2, r.g.bytes / 2);
	SPIN_UNTIL(loop, rivals_best(&r.source.rivals)->len > 0);
	close(a);
	SPIN_UNTIL(loop, r.source.filled == r.g.bytes / 2);
	put(b, 2, r.g.bytes - r.g.bytes / 2);
	SPIN_UNTIL(loop, r.n == 1);
	assert_int_equal(r.seen[0], 2);
	close(b);
	rig_clear(&r);
}

/* framereader_open() asks nobody; closing with a waiting one drops both. */
static void
test_open_and_close(void **state UNUSED)
{
	char said[80] = "";
	struct rig r;
	int a, b, theirs;

	rig_init(&r, 2);
	a = rig_offer(&r);
	put(a, 1, 5);
	SPIN_UNTIL(loop, r.source.filled == 5);
	b = rig_pair(&theirs);
	framereader_open(&r.source, theirs);
	assert_true(is_closed(a, said, sizeof(said)));
	close(a);
	put(b, 2, r.g.bytes + 5);
	SPIN_UNTIL(loop, r.n == 1 && r.source.filled == 5);
	a = rig_offer(&r);
	framereader_close(&r.source);
	assert_true(is_closed(a, said, sizeof(said)));
	assert_true(is_closed(b, said, sizeof(said)));
	assert_int_equal(r.source.torn, 2);
	spin_for(loop, 600);
	assert_int_equal(r.source.fd, -1);
	close(a);
	close(b);
	/* nobody listens for the end */
	a = rig_offer(&r);
	r.source.closed = NULL;
	close(a);
	SPIN_UNTIL(loop, r.source.fd == -1);
	rig_clear(&r);
}

/* A frame that a consumer keeps is not changed. */
static void
test_kept(void **state UNUSED)
{
	struct rig r;
	int fd;

	rig_init(&r, 2);
	r.hold = true;
	fd = rig_offer(&r);
	for (uint8_t v = 1; v <= 20; v++)
		put(fd, v, r.g.bytes);
	SPIN_UNTIL(loop, r.n == 20);
	for (size_t i = 0; i < r.g.bytes; i++)
		assert_int_equal(r.held->data[i], 1);
	close(fd);
	rig_clear(&r);
}

/* A source that is a pipe gets one of its frames' size. */
static void
test_pipe(void **state UNUSED)
{
	struct geometry g;
	struct rig r;
	int p[2];

	rig_init(&r, 2);
	pool_free(r.pool);
	frame_geometry_init(&g, PIX_GRAY, 640, 480);
	r.g = g;
	r.pool = pool_new(&g, 2);
	framereader_init(&r.source, loop, r.pool, &g, (struct rate){ 25, 1 });
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	framereader_open(&r.source, p[0]);
	assert_int_equal(r.source.pipe_size, 524288);
	assert_int_equal(pipes_used(), 524288);
	close(p[1]);
	SPIN_UNTIL(loop, r.source.fd == -1);
	rig_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_boundary),
		cmocka_unit_test(test_wait_for_boundary),
		cmocka_unit_test(test_impatient),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_s11_bare_connects),
		cmocka_unit_test(test_s11_half_of_a_newcomer),
		cmocka_unit_test(test_open_and_close),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_pipe),
	};

	return cmocka_run_group_tests(tests, spin_setup, spin_teardown);
}
