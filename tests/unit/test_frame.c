/* SPDX-License-Identifier: ISC */
/* Raw frames: sizes, the pool, the queue where the newest wins. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "link/pool.h"
#include "media/frame.h"

static void
test_geometry(void **state UNUSED)
{
	static const struct {
		enum pixfmt format;
		int w, h;
		size_t bytes;
	} rows[] = {
		{ PIX_BGR24, 640, 480, 921600 },
		{ PIX_RGB24, 65, 49, 9555 },
		{ PIX_GRAY, 65, 49, 3185 },
		{ PIX_YUV420P, 640, 480, 460800 },
		{ PIX_YUV420P, 65, 49, 3185 + 2 * 33 * 25 },
		{ PIX_NV12, 1920, 1080, 3110400 },
		{ PIX_NV12, 1, 1, 3 },
		{ PIX_YUYV422, 640, 480, 614400 },
		{ PIX_YUYV422, 65, 49, 66 * 2 * 49 },
		{ PIX_RGBA, 65, 49, 12740 },
		{ PIX_BGRA, SIZE_SIDE_MAX, SIZE_SIDE_MAX, (size_t)1 << 30 },
	};
	struct geometry g;
	size_t i;

	for (i = 0; i < NELEM(rows); i++) {
		assert_int_equal(frame_geometry_init(
				     &g, rows[i].format, rows[i].w, rows[i].h),
		    0);
		assert_int_equal(g.bytes, rows[i].bytes);
	}
	assert_int_equal(frame_geometry_init(&g, PIX_GRAY, 0, 1), -1);
	assert_int_equal(frame_geometry_init(&g, PIX_GRAY, 1, -1), -1);
	assert_int_equal(
	    frame_geometry_init(&g, PIX_GRAY, SIZE_SIDE_MAX + 1, 1), -1);
	assert_null(pixfmt_names[N_PIXFMTS]);
	for (i = 0; i < N_PIXFMTS; i++)
		assert_non_null(pixfmt_names[i]);
}

static void
test_pool(void **state UNUSED)
{
	struct pool *p;
	struct frame *f[3];
	struct geometry g;
	int i;

	frame_geometry_init(&g, PIX_BGR24, 65, 49);
	assert_null(pool_new(&g, 0));
	assert_null(pool_new(&g, SIZE_MAX / 4096));
	p = pool_new(&g, 3);
	assert_non_null(p);
	for (i = 0; i < 3; i++) {
		f[i] = pool_get(p);
		assert_non_null(f[i]);
		assert_int_equal((uintptr_t)f[i]->data % 4096, 0);
		memset(f[i]->data, i, g.bytes);
	}
	assert_null(pool_get(p));
	for (i = 0; i < 3; i++) {
		assert_int_equal(f[i]->data[0], i);
		assert_int_equal(f[i]->data[g.bytes - 1], i);
	}
	assert_ptr_equal(frame_ref(f[1]), f[1]);
	frame_put(f[1]);
	assert_null(pool_get(p));
	frame_put(f[1]);
	assert_ptr_equal(pool_get(p), f[1]);
	frame_put(NULL);
	pool_free(p);
	pool_free(NULL);
}

/* Frames without memory are enough for the queue. */
static struct frame *
test_frame(struct frame *v, uint64_t number)
{
	v[number].number = number;
	v[number].at_ms = (int64_t)number * 10;
	return frame_ref(&v[number]);
}

static void
test_queue(void **state UNUSED)
{
	struct frame v[10] = { 0 }, *f;
	struct frame_queue q;
	int i;

	frame_queue_init(&q, 3);
	assert_null(frame_queue_pop(&q, 5));
	assert_int_equal(frame_queue_age(&q, 100), 0);
	for (i = 0; i < 5; i++)
		frame_queue_push(&q, test_frame(v, (uint64_t)i));
	assert_int_equal(q.dropped, 2);
	assert_int_equal(v[1].refs, 0);
	assert_int_equal(frame_queue_age(&q, 100), 80);
	assert_int_equal(frame_queue_age(&q, 0), 0);
	f = frame_queue_pop(&q, 100);
	assert_int_equal(f->number, 2);
	frame_put(f);
	frame_queue_clear(&q);
	for (i = 0; i < 5; i++)
		assert_int_equal(v[i].refs, 0);

	frame_queue_init(&q, 0);
	assert_int_equal(q.max, 1);
	frame_queue_init(&q, 1000);
	assert_int_equal(q.max, FRAME_QUEUE_MAX);
}

/* Pushes and pops in step, `ahead` frames in the queue all the time.
 * Returns the number of dropped ones. */
static uint64_t
test_queue_steps(int ahead, int steps, unsigned window, bool gap)
{
	struct frame v[400] = { 0 };
	struct frame_queue q;
	uint64_t number = 0, last = 0;
	struct frame *f;
	int i;

	frame_queue_init(&q, 8);
	for (i = 0; i < ahead; i++)
		frame_queue_push(&q, test_frame(v, number++));
	for (i = 0; i < steps; i++) {
		if (!gap || i % 5 != 4)
			frame_queue_push(&q, test_frame(v, number++));
		f = frame_queue_pop(&q, window);
		if (f != NULL)
			assert_true(last == 0 || f->number > last);
		last = f != NULL ? f->number : last;
		frame_put(f);
	}
	frame_queue_clear(&q);
	for (i = 0; i < 400; i++)
		assert_int_equal(v[i].refs, 0);
	return q.dropped;
}

static void
test_queue_window(void **state UNUSED)
{
	/* one too many for the whole window: dropped once, then never */
	assert_int_equal(test_queue_steps(1, 29, 30, false), 0);
	assert_int_equal(test_queue_steps(1, 30, 30, false), 1);
	assert_int_equal(test_queue_steps(1, 300, 30, false), 1);
	assert_int_equal(test_queue_steps(3, 300, 30, false), 3);
	/* no standing delay: nothing is lost */
	assert_int_equal(test_queue_steps(0, 300, 30, false), 0);
	assert_int_equal(test_queue_steps(0, 300, 30, true), 0);
	assert_int_equal(test_queue_steps(3, 300, 0, false), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_geometry),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_queue_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
