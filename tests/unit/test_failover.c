/* SPDX-License-Identifier: ISC */
/* Which source is on air, and which run: rows of observations over time. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "stream/failover.h"

#define PREFER 30000

/* One look: at `at_s` seconds, each source as one letter. */
struct framecheck {
	int at_s;
	const char *sees; /* see view() */
	size_t chosen, running;
};

/* 'x' failed, '.' nothing yet (starting, or off), 'b' begun without a frame,
 * 'w' works, 's' silent. */
static struct failover_view
view(char c)
{
	return (struct failover_view){
		.failed = c == 'x',
		.begun = c == 'b' || c == 'w' || c == 's',
		.silent_ms = c == 'w' ? 40
		    : c == 's'	      ? FAILOVER_PAUSE_MS
				      : -1,
	};
}

/* Play rows; the chosen one is on air at once when it works. */
static void
play(const struct failover_policy *policy, const struct framecheck *rows,
    size_t n)
{
	size_t sources = strlen(rows[0].sees);
	struct failover_view v[FAILOVER_MAX];
	struct failover f;
	int on_air = -1;

	failover_init(&f, sources);
	assert_int_equal(f.running, 1);
	assert_int_equal(f.chosen, 0);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < sources; k++)
			v[k] = view(rows[i].sees[k]);
		failover_decide(
		    &f, policy, v, on_air, 1000 + 1000 * rows[i].at_s);
		if (f.chosen != rows[i].chosen || f.running != rows[i].running)
			fail_msg(
			    "look %zu (%s at %d s): %zu is chosen, %zu run", i,
			    rows[i].sees, rows[i].at_s, f.chosen, f.running);
		if (rows[i].sees[f.chosen] == 'w')
			on_air = (int)f.chosen;
	}
}

static const struct failover_policy cold = { PREFER, false };
static const struct failover_policy hot = { PREFER, true };

#define PLAY(policy, ...)                                            \
	do {                                                         \
		static const struct framecheck rows[] = __VA_ARGS__; \
		play(policy, rows, NELEM(rows));                     \
	} while (0)

/* The next one is started at once, and on air as soon as it begins; back when
 * the first has worked for long enough, and then the second is stopped. */
static void
test_there_and_back(void **state UNUSED)
{
	PLAY(&cold,
	    { { 0, "..", 0, 1 }, { 1, "b.", 0, 1 }, { 2, "w.", 0, 1 },
		{ 60, "x.", 0, 2 }, { 61, "xb", 1, 2 }, { 62, "xw", 1, 2 },
		{ 63, ".w", 1, 2 }, { 70, "bw", 1, 2 }, { 71, "ww", 1, 2 },
		{ 100, "ww", 1, 2 }, { 101, "ww", 0, 2 }, { 102, "ww", 0, 1 },
		{ 103, "w.", 0, 1 } });
}

/* A pause, however short, restarts the time. */
static void
test_pause(void **state UNUSED)
{
	PLAY(&cold,
	    { { 0, "x.", 0, 2 }, { 1, "xw", 1, 2 }, { 2, "ww", 1, 2 },
		{ 20, "sw", 1, 2 }, { 21, "ww", 1, 2 }, { 40, "ww", 1, 2 },
		{ 50, "ww", 1, 2 }, { 51, "ww", 0, 2 } });
}

/* A short death: the first is back before the second brings anything, and
 * stays; the second runs until the first has proved itself. */
static void
test_short_death(void **state UNUSED)
{
	PLAY(&cold,
	    { { 0, "w.", 0, 1 }, { 9, "x.", 0, 2 }, { 10, "..", 0, 2 },
		{ 11, "b.", 0, 2 }, { 12, "wb", 0, 2 }, { 13, "ww", 0, 2 },
		{ 41, "ww", 0, 2 }, { 42, "ww", 0, 1 } });
	/* both at once: the better one */
	PLAY(
	    &cold, { { 0, "x.", 0, 2 }, { 1, "bb", 0, 2 }, { 2, "ww", 0, 2 } });
	/* the second by a hair: it stays until the first is healthy */
	PLAY(&cold,
	    { { 0, "x.", 0, 2 }, { 1, ".b", 1, 2 }, { 2, "bw", 1, 2 },
		{ 3, "ww", 1, 2 }, { 33, "ww", 0, 2 } });
}

/* A better one that is not healthy yet takes over when the one on air fails. */
static void
test_no_choice(void **state UNUSED)
{
	PLAY(&cold,
	    { { 0, "x.", 0, 2 }, { 1, "xw", 1, 2 }, { 5, "ww", 1, 2 },
		{ 6, "wx", 0, 2 }, { 7, "w.", 0, 2 }, { 35, "w.", 0, 1 } });
}

/* One after the other until one works; those after it are left alone. */
static void
test_down_the_list(void **state UNUSED)
{
	PLAY(&cold,
	    { { 0, "x...", 0, 2 }, { 1, "x...", 0, 2 }, { 2, "xx..", 0, 3 },
		{ 3, "..b.", 2, 3 }, { 4, "xxw.", 2, 3 }, { 9, "xwxx", 1, 3 },
		{ 39, "xw..", 1, 2 }, { 40, "xx..", 1, 3 },
		{ 41, "xxx.", 1, 4 }, { 42, "xxxx", 1, 4 },
		{ 43, "b...", 0, 4 }, { 44, "w..b", 0, 4 },
		{ 74, "w..w", 0, 1 } });
}

/* Silence alone starts nothing: that is for the watchdog to say. A source that
 * runs anyway takes over. */
static void
test_silence(void **state UNUSED)
{
	PLAY(&cold,
	    { { 0, "w.", 0, 1 }, { 5, "s.", 0, 1 }, { 6, "w.", 0, 1 },
		{ 9, "x.", 0, 2 }, { 10, "xw", 1, 2 }, { 11, "ws", 0, 2 } });
}

/* When all run, a switch takes no start; the best has its chance first. */
static void
test_hot(void **state UNUSED)
{
	PLAY(&hot,
	    { { 0, "...", 0, 1 }, { 1, "b..", 0, 1 }, { 2, "w..", 0, 3 },
		{ 3, "www", 0, 3 }, { 50, "sww", 1, 3 }, { 51, "xww", 1, 3 },
		{ 60, "www", 1, 3 }, { 90, "www", 0, 3 },
		{ 99, "www", 0, 3 } });
	PLAY(&hot, { { 0, "x..", 0, 3 }, { 1, "x.w", 2, 3 } });
}

/* One that is chosen is not yet on air: the other runs until it is. */
static void
test_waits_for_key_frame(void **state UNUSED)
{
	struct failover_view v[] = { view('w'), view('w') };
	struct failover f;

	failover_init(&f, 2);
	f.running = 2;
	f.chosen = 1;
	failover_decide(&f, &cold, v, 1, 1000);
	failover_decide(&f, &cold, v, 1, 1000 + PREFER);
	assert_int_equal(f.chosen, 0);
	assert_int_equal(f.running, 2);
	failover_decide(&f, &cold, v, 0, 1001 + PREFER);
	assert_int_equal(f.running, 1);
}

static void
test_resize(void **state UNUSED)
{
	struct failover_view v[] = { view('x'), view('w'), view('w') };
	struct failover f;

	failover_init(&f, 2);
	failover_decide(&f, &cold, v, -1, 1000);
	failover_decide(&f, &cold, v, 1, 1001);
	assert_int_equal(f.chosen, 1);
	failover_resize(&f, 3);
	assert_int_equal(f.running, 2);
	failover_decide(&f, &cold, v, 1, 1002);
	assert_int_equal(f.chosen, 1);
	failover_resize(&f, 1);
	assert_int_equal(f.chosen, 0);
	assert_int_equal(f.running, 1);
	assert_int_equal(f.since_ms[1], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_short_death),
		cmocka_unit_test(test_no_choice),
		cmocka_unit_test(test_down_the_list),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_hot),
		cmocka_unit_test(test_waits_for_key_frame),
		cmocka_unit_test(test_resize),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
