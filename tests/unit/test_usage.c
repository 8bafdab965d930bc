/* SPDX-License-Identifier: ISC */
/* What processes use: ourselves, busy and idle, and nobody. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/util.h"
#include "process/usage.h"

/* Use the processor until a child of ours that did so is dead. */
static void
work(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (volatile unsigned i = 0; i < 300000000; i++)
			continue;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
test_look(void **state UNUSED)
{
	pid_t me = getpid();
	struct usage u = { 0 };
	int64_t cpu_ms;

	usage_look(&u, &me, 1, 1000);
	assert_int_equal(u.n, 1);
	assert_true(u.cpu >= 0);
	assert_true(u.rss > 100000);
	cpu_ms = u.v[0].used.cpu_ms;
	work(); /* what a child has used is ours when it is gone */
	usage_look(&u, &me, 1, 1900);
	assert_int_equal(u.v[0].used.cpu_ms, cpu_ms); /* too soon */
	usage_look(&u, &me, 1, 11000);
	cpu_ms = u.v[0].used.cpu_ms - cpu_ms;
	assert_true(cpu_ms > 0);
	assert_true(u.cpu > 0.99 * (double)cpu_ms / 100);
	assert_true(u.cpu < 1.01 * (double)cpu_ms / 100);
	usage_look(&u, &me, 1, 999000); /* the mean of its life */
	assert_true(u.cpu > 0);
}

/* No process uses nothing that is known; one that is new since the last look
 * counts with all that it has used. */
static void
test_none(void **state UNUSED)
{
	pid_t pids[] = { 0x7ffffff0, getpid() };
	struct usage u = { 0 };

	usage_look(&u, pids, 1, 1000);
	assert_int_equal(u.n, 0);
	assert_true(u.cpu < 0 && u.rss < 0);
	work();
	usage_look(&u, pids, 2, 61000);
	assert_int_equal(u.n, 1);
	assert_true(u.cpu > 0 && u.rss > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
