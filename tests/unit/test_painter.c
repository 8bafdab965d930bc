/* SPDX-License-Identifier: ISC */
/* The painter's process, its tasks and its tiles, with a fake program. */
#include "config.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/util.h"
#include "fakepainter.h"

#define TASKS 12

struct rig;

/* A task and its results. */
struct job {
	struct painter_task task;
	struct rig *rig;
	struct painted *tile; /* the newest */
	char *why;
	unsigned done;
	const char *again; /* ask for this from within done() */
};

struct rig {
	struct painter *painter;
	struct job jobs[TASKS];
	char order[TASKS + 1]; /* the jobs as they were done: "ab..." */
};

static void job_ask(struct job *j, const char *text);

static void
job_done(struct painter_task *t, struct painted *tile, const char *why)
{
	struct job *j = t->ctx;
	const char *again = j->again;
	size_t n = strlen(j->rig->order);

	assert_int_equal(tile == NULL, why != NULL);
	assert_false(t->asked);
	painted_free(j->tile);
	free(j->why);
	j->tile = tile;
	j->why = why == NULL ? NULL : xstrdup(why);
	j->done++;
	if (n < TASKS)
		j->rig->order[n] = (char)('a' + (j - j->rig->jobs));
	j->again = NULL;
	if (again != NULL)
		job_ask(j, again);
}

static void
job_ask(struct job *j, const char *text)
{
	struct geometry g;

	paint_request_clear(&j->task.request);
	paint_request_init(&j->task.request);
	frame_geometry_init(&g, PIX_YUV420P, 320, 240);
	tile_target_init(&j->task.request.target, &g);
	j->task.request.text = xstrdup(text);
	j->task.request.width = 8 * g.w;
	painter_ask(j->rig->painter, &j->task);
}

static void
rig_init_with(struct rig *r, const char *path)
{
	*r = (struct rig){ .painter = fakepainter_new(path) };
	for (size_t i = 0; i < TASKS; i++) {
		r->jobs[i].rig = r;
		r->jobs[i].task.file = -1;
		r->jobs[i].task.done = job_done;
		r->jobs[i].task.ctx = &r->jobs[i];
	}
	painter_join(r->painter);
}

static void
rig_init(struct rig *r)
{
	rig_init_with(r, FAKEPAINTER);
}

static void
rig_clear(struct rig *r)
{
	for (size_t i = 0; i < TASKS; i++) {
		painter_cancel(r->painter, &r->jobs[i].task);
		paint_request_clear(&r->jobs[i].task.request);
		painted_free(r->jobs[i].tile);
		free(r->jobs[i].why);
	}
	painter_free(r->painter);
}

static pid_t
rig_pid(const struct rig *r)
{
	return painter_worker(r->painter)->child.pid;
}

static unsigned
rig_runs(const struct rig *r)
{
	return painter_worker(r->painter)->runs;
}

/* Descriptors of this process. */
static unsigned
count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

/* --- answers -------------------------------------------------------------- */

static void
test_text_becomes_a_tile(void **state UNUSED)
{
	struct rig r;
	struct job *j = &r.jobs[0];

	rig_init(&r);
	job_ask(j, "hello");
	assert_int_equal(j->done, 0); /* never from within */
	assert_true(j->task.asked);
	SPIN_UNTIL(loop, j->done == 1);
	assert_non_null(j->tile);
	assert_int_equal(j->tile->tile.h, 36 * 5 / 4);
	assert_true(j->tile->tile.w > 5 * 18);
	/* a tile outlives its painter */
	kill(rig_pid(&r), SIGKILL);
	SPIN_UNTIL(loop, rig_runs(&r) == 2);
	assert_int_equal(j->tile->tile.h, 36 * 5 / 4);
	rig_clear(&r);
}

static void
test_one_after_the_other(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	for (size_t i = 0; i < TASKS; i++)
		job_ask(&r.jobs[i], "x");
	SPIN_UNTIL(loop, strlen(r.order) == TASKS);
	assert_string_equal(r.order, "abcdefghijkl");
	assert_int_equal(rig_runs(&r), 1);
	rig_clear(&r);
}

static void
test_ask_from_within(void **state UNUSED)
{
	struct rig r;
	struct job *j = &r.jobs[0];

	rig_init(&r);
	j->again = "again";
	job_ask(j, "once");
	SPIN_UNTIL(loop, j->done == 2);
	assert_non_null(j->tile);
	rig_clear(&r);
}

static void
test_an_error_is_an_answer(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	job_ask(&r.jobs[0], "fake:error");
	job_ask(&r.jobs[1], "");
	job_ask(&r.jobs[2], "good");
	SPIN_UNTIL(loop, strlen(r.order) == 3);
	assert_string_equal(r.jobs[0].why, "it was told to");
	assert_string_equal(r.jobs[1].why, "nothing to see");
	assert_non_null(r.jobs[2].tile);
	assert_int_equal(rig_runs(&r), 1);
	rig_clear(&r);
}

static void
test_an_image(void **state UNUSED)
{
	static const char pam[] =
	    "P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\n"
	    "TUPLTYPE RGB_ALPHA\nENDHDR\n\1\2\3\377\4\5\6\377";
	struct rig r;
	struct job *j = &r.jobs[0];
	int fd = memfd_create("test", MFD_CLOEXEC);

	rig_init(&r);
	assert_int_equal(write(fd, pam, sizeof(pam) - 1), sizeof(pam) - 1);
	j->task.file = fd;
	j->task.request.image = true;
	paint_request_init(&j->task.request);
	j->task.request.image = true;
	painter_ask(r.painter, &j->task);
	SPIN_UNTIL(loop, j->done == 1);
	assert_non_null(j->tile);
	assert_int_equal(j->tile->tile.w, 2);
	close(fd);
	rig_clear(&r);
}

/* --- death -------------------------------------------------------------- */

static void
test_killed_again_and_again(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	for (unsigned i = 1; i <= 5; i++) {
		for (size_t k = 0; k < TASKS; k++)
			job_ask(&r.jobs[k], "x");
		SPIN_UNTIL(loop, rig_pid(&r) > 0);
		kill(rig_pid(&r), SIGKILL);
		for (size_t k = 0; k < TASKS; k++) {
			SPIN_UNTIL(loop, r.jobs[k].done == i);
			assert_non_null(r.jobs[k].tile);
		}
	}
	rig_clear(&r);
}

/* The text that it dies of is given up; those around it are painted. */
static void
test_a_text_that_kills(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	job_ask(&r.jobs[0], "good");
	job_ask(&r.jobs[1], "fake:signal=11");
	job_ask(&r.jobs[2], "good");
	job_ask(&r.jobs[3], "fake:exit=3");
	job_ask(&r.jobs[4], "good");
	SPIN_UNTIL(loop, strlen(r.order) == 5);
	assert_string_equal(r.order, "abcde");
	assert_string_equal(r.jobs[1].why, "the painter fails on it");
	assert_string_equal(r.jobs[3].why, "the painter fails on it");
	for (size_t i = 0; i < 5; i += 2)
		assert_non_null(r.jobs[i].tile);
	assert_int_equal(rig_runs(&r), 5); /* two deaths of each */
	/* the same task with another text is another one */
	job_ask(&r.jobs[1], "fine");
	SPIN_UNTIL(loop, r.jobs[1].done == 2);
	assert_non_null(r.jobs[1].tile);
	rig_clear(&r);
}

/* A text that is in work when somebody kills the painter is not given up as
 * soon as one that crashes it. */
static void
test_killed_at_work(void **state UNUSED)
{
	struct rig r;
	struct job *j = &r.jobs[0];

	rig_init(&r);
	job_ask(&r.jobs[1], "good");
	SPIN_UNTIL(loop, r.jobs[1].done == 1);
	for (unsigned i = 1; i <= 3; i++) {
		if (i == 1)
			job_ask(j, "fake:slow=300 x");
		job_ask(&r.jobs[2], "behind it");
		SPIN_UNTIL(loop, rig_runs(&r) == i && rig_pid(&r) > 0);
		SPIN_UNTIL(loop, painter_worker(r.painter)->state == ST_UP);
		kill(rig_pid(&r), SIGKILL);
		painter_cancel(r.painter, &r.jobs[2].task);
	}
	SPIN_UNTIL(loop, j->done == 1);
	assert_non_null(j->tile);
	rig_clear(&r);
}

/* Whoever sends many texts that crash the painter: all others are painted. */
static void
test_innocent_among_killers(void **state UNUSED)
{
	static const char *const bad[] = { "fake:signal=11", "fake:exit=1",
		"fake:garbage x", "fake:twice x", "fake:wide=2561 x",
		"fake:id=99 x" };
	struct rig r;
	char *text;

	rig_init(&r);
	for (size_t i = 0; i < TASKS; i++) {
		text = xasprintf(
		    "%s %zu", i % 2 == 0 ? bad[i / 2] : "innocent", i);
		job_ask(&r.jobs[i], text);
		free(text);
	}
	SPIN_UNTIL(loop, strlen(r.order) == TASKS);
	for (size_t i = 1; i < TASKS; i += 2)
		assert_non_null(r.jobs[i].tile);
	assert_null(r.jobs[0].tile);
	assert_null(r.jobs[8].tile);
	rig_clear(&r);
}

/* Deaths on a task before it was cancelled do not count. */
static void
test_cancelled_after_a_death(void **state UNUSED)
{
	struct rig r;
	struct job *j = &r.jobs[0];

	rig_init(&r);
	job_ask(j, "fake:exit=1");
	SPIN_UNTIL(loop, rig_runs(&r) == 2);
	painter_cancel(r.painter, &j->task);
	assert_int_equal(j->done, 0);
	job_ask(j, "fake:exit=1");
	SPIN_UNTIL(loop, j->done == 1);
	assert_int_equal(rig_runs(&r), 3);
	rig_clear(&r);
}

static void
test_hanging(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	job_ask(&r.jobs[0], "good");
	SPIN_UNTIL(loop, r.jobs[0].done == 1);
	painter_set_policy(r.painter, &painter_worker(r.painter)->policy, 50);
	job_ask(&r.jobs[1], "fake:hang");
	SPIN_UNTIL(loop, r.jobs[1].done == 1);
	assert_string_equal(r.jobs[1].why, "the painter fails on it");
	assert_int_equal(rig_runs(&r), 3 - (rig_pid(&r) == 0));
	rig_clear(&r);
}

/* One that takes no more, and lives on. */
static void
test_closed_socket(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	job_ask(&r.jobs[0], "fake:close");
	SPIN_UNTIL(loop, r.jobs[0].done == 1);
	assert_string_equal(r.jobs[0].why, "the painter fails on it");
	job_ask(&r.jobs[1], "good");
	SPIN_UNTIL(loop, r.jobs[1].done == 1);
	assert_non_null(r.jobs[1].tile);
	rig_clear(&r);
}

/* --- lies --------------------------------------------------------------- */

/* No reply of these is taken for a tile, and no descriptor is left open. */
static void
test_lies(void **state UNUSED)
{
	static const char *const lies[] = { "garbage", "id=99", "nofile",
		"pipe", "plain", "unsealed", "short", "bytes=4", "bytes=1",
		"bytes=500000000", "wrong=0", "wrong=4", "wrong=8", "wrong=12",
		"wrong=16", "format=bgr24", "size=7", "wide=2561", "high=79",
		"high=16000" };
	struct rig r;
	unsigned fds;
	char text[64];

	rig_init(&r);
	job_ask(&r.jobs[1], "good");
	SPIN_UNTIL(loop, r.jobs[1].done == 1);
	fds = count_fds();
	for (size_t i = 0; i < NELEM(lies); i++) {
		snprintf(text, sizeof(text), "fake:%s text", lies[i]);
		job_ask(&r.jobs[0], text);
		SPIN_UNTIL(loop, r.jobs[0].done == i + 1);
		if (r.jobs[0].tile != NULL)
			fail_msg("%s was believed", lies[i]);
		assert_string_equal(r.jobs[0].why, "the painter fails on it");
	}
	job_ask(&r.jobs[1], "good");
	SPIN_UNTIL(loop, r.jobs[1].done == 2);
	assert_non_null(r.jobs[1].tile);
	assert_int_equal(count_fds(), fds);
	rig_clear(&r);
}

/* More answers than questions; the first of them is one. */
static void
test_too_many_answers(void **state UNUSED)
{
	static const char *const lies[] = { "fake:twice x", "fake:flood=50 x" };
	struct rig r;
	unsigned runs;

	rig_init(&r);
	for (unsigned i = 0; i < NELEM(lies); i++) {
		runs = rig_runs(&r) + (rig_pid(&r) == 0);
		job_ask(&r.jobs[0], lies[i]);
		SPIN_UNTIL(loop, r.jobs[0].done == i + 1);
		assert_non_null(r.jobs[0].tile);
		SPIN_UNTIL(loop, rig_runs(&r) > runs);
	}
	rig_clear(&r);
}

/* A second descriptor fits into the padding of the first. */
static void
test_two_descriptors(void **state UNUSED)
{
	struct rig r;
	unsigned fds = 0;

	rig_init(&r);
	for (unsigned i = 1; i <= 5; i++) {
		job_ask(&r.jobs[0], "fake:two x");
		SPIN_UNTIL(loop, r.jobs[0].done == i);
		if (i == 1)
			fds = count_fds();
	}
	assert_int_equal(count_fds(), fds);
	rig_clear(&r);
}

/* --- cancelling, leaving ------------------------------------------------ */

static void
test_cancelled(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	job_ask(&r.jobs[0], "good");
	SPIN_UNTIL(loop, r.jobs[0].done == 1);
	for (size_t i = 1; i < TASKS; i++)
		job_ask(&r.jobs[i], i == 1 ? "fake:slow=50 x" : "x");
	for (size_t i = 1; i < TASKS - 1; i++) /* sent ones, and others */
		painter_cancel(r.painter, &r.jobs[i].task);
	painter_cancel(r.painter, &r.jobs[1].task); /* it is not asked */
	SPIN_UNTIL(loop, r.jobs[TASKS - 1].done == 1);
	assert_string_equal(r.order, "al");
	/* a task cancelled in flight may be asked again at once */
	job_ask(&r.jobs[2], "fake:slow=20 x");
	painter_cancel(r.painter, &r.jobs[2].task);
	job_ask(&r.jobs[2], "y");
	SPIN_UNTIL(loop, r.jobs[2].done == 1);
	assert_non_null(r.jobs[2].tile);
	rig_clear(&r);
}

/* A death on a cancelled one harms no other task. */
static void
test_dies_of_a_cancelled_one(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	job_ask(&r.jobs[0], "good");
	SPIN_UNTIL(loop, r.jobs[0].done == 1);
	job_ask(&r.jobs[1], "fake:exit=1");
	job_ask(&r.jobs[2], "x");
	painter_cancel(r.painter, &r.jobs[1].task);
	SPIN_UNTIL(loop, r.jobs[2].done == 1);
	assert_non_null(r.jobs[2].tile);
	assert_int_equal(r.jobs[1].done, 0);
	rig_clear(&r);
}

static void
test_leave_and_join(void **state UNUSED)
{
	struct rig r;

	rig_init(&r);
	painter_join(r.painter);
	job_ask(&r.jobs[0], "x");
	SPIN_UNTIL(loop, r.jobs[0].done == 1);
	painter_leave(r.painter);
	job_ask(&r.jobs[0], "x");
	SPIN_UNTIL(loop, r.jobs[0].done == 2);
	painter_leave(r.painter);
	painter_join(r.painter); /* before it has ended */
	job_ask(&r.jobs[0], "x");
	SPIN_UNTIL(loop, r.jobs[0].done == 3);
	assert_non_null(r.jobs[0].tile);
	painter_leave(r.painter);
	SPIN_UNTIL(loop, rig_pid(&r) == 0);
	painter_join(r.painter);
	job_ask(&r.jobs[0], "x");
	SPIN_UNTIL(loop, r.jobs[0].done == 4);
	painter_stop(r.painter);
	SPIN_UNTIL(loop, rig_pid(&r) == 0);
	painter_leave(r.painter);
	painter_join(r.painter); /* it is over */
	job_ask(&r.jobs[0], "x");
	spin_for(loop, 50);
	assert_int_equal(rig_pid(&r), 0);
	assert_int_equal(r.jobs[0].done, 4);
	rig_clear(&r);
}

static void
test_no_program(void **state UNUSED)
{
	struct rig r;

	rig_init_with(&r, NULL);
	assert_false(painter_exists(r.painter));
	job_ask(&r.jobs[0], "x");
	spin_for(loop, 30);
	assert_int_equal(r.jobs[0].done, 0);
	painter_leave(r.painter);
	rig_clear(&r);
	rig_init_with(&r, "/nowhere/ffsup-paint");
	job_ask(&r.jobs[0], "x");
	spin_for(loop, 50);
	assert_int_equal(r.jobs[0].done, 0);
	rig_clear(&r);
}

static void
test_never_ready(void **state UNUSED)
{
	char dir[] = "/tmp/test_painter.XXXXXX", *path, *fake;
	struct worker_policy policy;
	struct rig r;

	assert_non_null(mkdtemp(dir));
	path = xasprintf("%s/paint", dir);
	assert_int_equal(symlink("/usr/bin/yes", path), 0);
	rig_init_with(&r, path);
	policy = painter_worker(r.painter)->policy;
	policy.start_ms = 50;
	painter_set_policy(r.painter, &policy, SPIN_PATIENCE_MS);
	job_ask(&r.jobs[0], "x");
	SPIN_UNTIL(loop, rig_runs(&r) >= 3);
	assert_int_equal(r.jobs[0].done, 0); /* it has not seen that one */
	fake = realpath(FAKEPAINTER, NULL);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(fake, path), 0);
	policy.start_ms = SPIN_PATIENCE_MS;
	painter_set_policy(r.painter, &policy, SPIN_PATIENCE_MS);
	SPIN_UNTIL(loop, rig_pid(&r) > 0);
	kill(rig_pid(&r), SIGKILL);
	SPIN_UNTIL(loop, r.jobs[0].done == 1);
	assert_non_null(r.jobs[0].tile);
	rig_clear(&r);
	unlink(path);
	rmdir(dir);
	free(path);
	free(fake);
}

static void
test_find(void **state UNUSED)
{
	char *path;

	setenv("FFSUP_PAINT", FAKEPAINTER, 1);
	path = painter_find();
	assert_string_equal(path, FAKEPAINTER);
	free(path);
	setenv("FFSUP_PAINT", "/nowhere", 1);
	assert_null(painter_find());
	unsetenv("FFSUP_PAINT");
	free(painter_find());
	painter_free(NULL);
	painted_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_becomes_a_tile),
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_ask_from_within),
		cmocka_unit_test(test_an_error_is_an_answer),
		cmocka_unit_test(test_an_image),
		cmocka_unit_test(test_killed_again_and_again),
		cmocka_unit_test(test_a_text_that_kills),
		cmocka_unit_test(test_killed_at_work),
		cmocka_unit_test(test_innocent_among_killers),
		cmocka_unit_test(test_cancelled_after_a_death),
		cmocka_unit_test(test_hanging),
		cmocka_unit_test(test_closed_socket),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_too_many_answers),
		cmocka_unit_test(test_two_descriptors),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_dies_of_a_cancelled_one),
		cmocka_unit_test(test_leave_and_join),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_never_ready),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(
	    tests, spin_setup_children, spin_teardown_children);
}
