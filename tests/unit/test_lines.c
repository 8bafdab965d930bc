/* SPDX-License-Identifier: ISC */
/* A pipe cut into lines, whatever comes through it. */

#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lines.h"
#include "spin.h"
#include "util.h"

/* Lines, and all that they said: "one|two|". */
struct rig {
	struct lines lines;
	int fd; /* our end */
	char said[16384];
};

static void
rig_line(void *ctx, char *line)
{
	struct rig *r = ctx;
	size_t len = strlen(r->said);

	assert_true(strlen(line) <= LINES_MAX);
	snprintf(r->said + len, sizeof(r->said) - len, "%s|", line);
	line[0] = '\0'; /* the callee may change it */
}

static void
rig_open(struct rig *r)
{
	int p[2];

	r->said[0] = '\0';
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	lines_init(&r->lines, loop, rig_line, r);
	lines_close(&r->lines); /* harmless */
	lines_finish(&r->lines);
	lines_open(&r->lines, p[0]);
	r->fd = p[1];
}

static void
rig_put(struct rig *r, const char *text, size_t len)
{
	assert_int_equal(write(r->fd, text, len), len);
}

/* However the text is cut on its way, the lines are the same; what has no
 * end comes when the pipe is closed. */
static void
test_cuts(void **state UNUSED)
{
	static const char text[] =
	    "one\ntwo\r\n\n\rthree\rfour\0five\n six \n\xff\xfe\nlast";
	static struct rig r;

	for (size_t step = 1; step < sizeof(text); step++) {
		rig_open(&r);
		for (size_t i = 0; i < sizeof(text) - 1; i += step) {
			size_t left = sizeof(text) - 1 - i;

			rig_put(&r, text + i, left < step ? left : step);
			spin_once(loop);
		}
		assert_string_equal(
		    r.said, "one|two|three|four|five| six |\xff\xfe|");
		close(r.fd);
		SPIN_UNTIL(loop, r.lines.fd == -1);
		assert_string_equal(
		    r.said, "one|two|three|four|five| six |\xff\xfe|last|");
	}
}

/* Of a line without end only the beginning is kept, however it comes, and
 * the next line is not harmed. */
static void
test_long(void **state UNUSED)
{
	static char text[3 * LINES_MAX];
	static struct rig r;

	memset(text, 'x', sizeof(text));
	for (size_t step = 1000; step <= sizeof(text); step += 3761) {
		rig_open(&r);
		for (size_t i = 0; i < sizeof(text); i += step) {
			size_t left = sizeof(text) - i;

			rig_put(&r, text + i, left < step ? left : step);
			spin_once(loop);
		}
		rig_put(&r, "\nnext\n", 6);
		spin_once(loop);
		assert_int_equal(strspn(r.said, "x"), LINES_MAX);
		assert_string_equal(r.said + LINES_MAX, "|next|");
		close(r.fd);
		lines_close(&r.lines);
	}
}

/* At a death, what is there is read at once; nobody waits for the end of a
 * pipe that a grandchild may hold. */
static void
test_finish(void **state UNUSED)
{
	static struct rig r;

	rig_open(&r);
	rig_put(&r, "one\ntwo", 7);
	lines_finish(&r.lines); /* our end is still open */
	assert_string_equal(r.said, "one|two|");
	assert_int_equal(r.lines.fd, -1);
	lines_finish(&r.lines);
	lines_close(&r.lines);
	close(r.fd);
}

/* More than one read is drained, and the writer never waits for long. */
static void
test_flood(void **state UNUSED)
{
	static struct rig r;
	size_t total = 0;

	rig_open(&r);
	util_nonblock(r.fd);
	for (int i = 0; i < 100; i++) {
		ssize_t n;

		while ((n = write(r.fd, "\n\n\n\n\n\n\n\n", 8)) > 0)
			total += (size_t)n;
		spin_once(loop);
	}
	assert_true(total > 1000000);
	assert_string_equal(r.said, "");
	rig_put(&r, "end\n", 4);
	lines_finish(&r.lines);
	assert_string_equal(r.said, "end|");
	close(r.fd);
}

/* Relaxed pipes are read together, at the next whole period; the end is found
 * too, and what is asked for at once is read at once. */
static void
test_relaxed(void **state UNUSED)
{
	static struct rig a, b;
	int64_t begin;

	rig_open(&a);
	rig_open(&b);
	lines_relax(&a.lines, 0.2);
	lines_relax(&b.lines, 0.2);
	begin = mono_ms();
	rig_put(&a, "one\ntw", 6);
	spin_for(loop, 20);
	rig_put(&b, "uno\n", 4);
	while (a.said[0] == '\0' && mono_ms() - begin < 2000)
		ev_run(loop, EVRUN_ONCE);
	assert_string_equal(a.said, "one|");
	assert_string_equal(b.said, "uno|");
	rig_put(&a, "o\n", 2);
	lines_poll(&a.lines);
	assert_string_equal(a.said, "one|two|");
	close(a.fd);
	SPIN_UNTIL(loop, a.lines.fd == -1);
	lines_relax(&b.lines, 0);
	rig_put(&b, "due\n", 4);
	spin_once(loop);
	assert_string_equal(b.said, "uno|due|");
	lines_relax(&b.lines, 0.2);
	rig_put(&b, "tre\n", 4);
	lines_finish(&b.lines);
	assert_string_equal(b.said, "uno|due|tre|");
	close(b.fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_relaxed),
	};

	return cmocka_run_group_tests(tests, spin_setup, spin_teardown);
}
