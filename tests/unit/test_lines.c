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
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/util.h"
#include "process/lines.h"
#include "spin.h"

/* Lines, and all that they said: "one|two|". */
struct rig {
	struct lines lines;
	int fd; /* our end */
	char said[16384];
	double at;    /* when the loop's turn began that read a line */
	double relax; /* the first line relaxes it so; 0: it does not */
};

static void
rig_line(void *ctx, char *line)
{
	struct rig *r = ctx;
	size_t len = strlen(r->said);

	assert_true(strlen(line) <= LINES_MAX);
	snprintf(r->said + len, sizeof(r->said) - len, "%s|", line);
	line[0] = '\0'; /* the callee may change it */
	r->at = ev_now(loop);
	if (r->relax > 0)
		lines_relax(&r->lines, r->relax);
}

static void
rig_open(struct rig *r)
{
	int p[2];

	r->said[0] = '\0';
	r->at = r->relax = 0;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	lines_init(&r->lines, loop, rig_line, r);
	lines_close(&r->lines); /* harmless */
	lines_finish(&r->lines);
	lines_poll(&r->lines);
	lines_relax(&r->lines, 1.0);
	lines_open(&r->lines, p[0]);
	r->fd = p[1];
}

static void
rig_put(struct rig *r, const char *text, size_t len)
{
	assert_int_equal(write(r->fd, text, len), len);
}

/* However the text is cut on its way, the lines are the same; a line without an
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

/* At a death, the bytes in the pipe are read at once; nobody waits for the end
 * of a pipe that a grandchild may hold. */
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
	fs_nonblock(r.fd);
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

/* Relaxed pipes are read in one turn of the loop, whenever they were relaxed
 * and written to; that some turn is torn in two is allowed. */
static void
test_together(void **state UNUSED)
{
	enum {
		PIPES = 8,
		ROUNDS = 10
	};
	static struct rig r[PIPES];
	int turns = 0;

	for (int i = 0; i < PIPES; i++) {
		rig_open(&r[i]);
		r[i].relax = 0.05; /* from within, as a worker does it */
		rig_put(&r[i], "first\n", 6);
		SPIN_UNTIL(loop, r[i].said[0] != '\0');
		spin_for(loop, 3);
		assert_false(ev_is_active(&r[i].lines.io));
	}
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < PIPES; i++) {
			r[i].said[0] = '\0';
			rig_put(&r[i], "one\ntwo\n", 8);
		}
		for (int i = 0; i < PIPES; i++)
			SPIN_UNTIL(loop, r[i].said[0] != '\0');
		for (int i = 0; i < PIPES; i++) {
			assert_string_equal(r[i].said, "one|two|");
			turns += i == 0 || r[i].at != r[i - 1].at;
		}
	}
	assert_in_range(turns, ROUNDS, 2 * ROUNDS);
	for (int i = 0; i < PIPES; i++) {
		close(r[i].fd);
		lines_close(&r[i].lines);
		assert_false(ev_is_active(&r[i].lines.tick));
	}
}

/* Between its ticks a relaxed pipe is read on demand alone: by a poll, by
 * being watched again, at the end. */
static void
test_relaxed(void **state UNUSED)
{
	static struct rig r;

	rig_open(&r);
	lines_relax(&r.lines, 1000.0);
	rig_put(&r, "one\ntw", 6);
	spin_for(loop, 20);
	assert_string_equal(r.said, "");
	lines_poll(&r.lines);
	lines_poll(&r.lines);
	assert_string_equal(r.said, "one|");
	rig_put(&r, "o\n", 2);
	lines_relax(&r.lines, 0);
	assert_false(ev_is_active(&r.lines.tick));
	SPIN_UNTIL(loop, strcmp(r.said, "one|two|") == 0);
	lines_relax(&r.lines, 1000.0);
	rig_put(&r, "three\nfour", 10);
	lines_finish(&r.lines);
	assert_string_equal(r.said, "one|two|three|four|");
	assert_int_equal(r.lines.fd, -1);
	assert_false(ev_is_active(&r.lines.tick));
	close(r.fd);
}

/* The end of a relaxed pipe is found by a tick or a poll; the next pipe in the
 * same place is watched. */
static void
test_relaxed_end(void **state UNUSED)
{
	static struct rig r;
	int p[2];

	for (int asked = 0; asked < 2; asked++) {
		rig_open(&r);
		lines_relax(&r.lines, asked ? 1000.0 : 0.05);
		rig_put(&r, "one\nlast", 8);
		close(r.fd);
		if (asked) {
			lines_poll(&r.lines);
			lines_poll(&r.lines);
		}
		SPIN_UNTIL(loop, r.lines.fd == -1);
		assert_string_equal(r.said, "one|last|");
		assert_false(ev_is_active(&r.lines.tick));
		assert_int_equal(pipe2(p, O_CLOEXEC), 0);
		lines_open(&r.lines, p[0]);
		assert_true(ev_is_active(&r.lines.io));
		assert_false(ev_is_active(&r.lines.tick));
		close(p[1]);
		lines_close(&r.lines);
	}
}

/* One poll empties a pipe that holds more than one read gives. */
static void
test_relaxed_full(void **state UNUSED)
{
	static struct rig r;
	int left;

	rig_open(&r);
	fs_nonblock(r.fd);
	fcntl(r.fd, F_SETPIPE_SZ, 262144); /* best effort */
	lines_relax(&r.lines, 1000.0);
	while (write(r.fd, "\n\n\n\n\n\n\n\n", 8) == 8)
		continue;
	lines_poll(&r.lines);
	assert_int_equal(ioctl(r.lines.fd, FIONREAD, &left), 0);
	assert_int_equal(left, 0);
	close(r.fd);
	lines_close(&r.lines);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_relaxed),
		cmocka_unit_test(test_relaxed_end),
		cmocka_unit_test(test_relaxed_full),
	};

	return cmocka_run_group_tests(tests, spin_setup, spin_teardown);
}
