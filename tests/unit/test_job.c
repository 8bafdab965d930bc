/* SPDX-License-Identifier: ISC */
/* Work in a separate process: its answer, its failures, and that nothing waits
 * for it. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/util.h"
#include "process/job.h"
#include "process/runonce.h"
#include "run.h"
#include "spin.h"

/* The result of one job. */
static struct {
	struct job job;
	int done;
	char *answer, *why;
	size_t len;
	int fd;
} was;

static void
job_done(void *ctx UNUSED, const char *answer, size_t len, const char *why)
{
	was.done++;
	was.len = len;
	free(was.answer);
	free(was.why);
	was.answer = answer == NULL ? NULL : xstrdup(answer);
	was.why = why == NULL ? NULL : xstrdup(why);
	was.fd = job_take(&was.job);
}

static int
make_job(void **state UNUSED)
{
	memset(&was, 0, sizeof(was));
	was.fd = -1;
	job_init(&was.job, loop, job_done, NULL);
	return 0;
}

static int
clear_job(void **state UNUSED)
{
	job_stop(&was.job);
	free(was.answer);
	free(was.why);
	if (was.fd != -1)
		close(was.fd);
	spin_until_childless();
	return 0;
}

static void
work_answer(const void *arg, int out)
{
	const int *number = arg;

	job_say(out, "the number is %d", *number);
}

/* It sees our memory, and answers. */
static void
test_answer(void **state UNUSED)
{
	int number = 42;

	job_start(&was.job, work_answer, &number);
	assert_true(job_is_busy(&was.job));
	SPIN_UNTIL(loop, was.done == 1);
	assert_false(job_is_busy(&was.job));
	assert_int_equal(job_busy_ms(&was.job), 0);
	assert_string_equal(was.answer, "the number is 42");
	assert_null(was.why);
}

static void
work_much(const void *arg, int out)
{
	const size_t *len = arg;
	char *data = xcalloc(*len, 1);

	memset(data, 'x', *len);
	job_put(out, data, *len);
	free(data);
}

/* An answer that is larger than the buffer of a socket arrives whole. */
static void
test_large_answer(void **state UNUSED)
{
	size_t len = 5000000;

	job_start(&was.job, work_much, &len);
	SPIN_UNTIL(loop, was.done == 1);
	assert_int_equal(was.len, len);
	assert_int_equal(strspn(was.answer, "x"), len);
}

static void
work_die(const void *arg UNUSED, int out)
{
	job_say(out, "half an answer");
	raise(SIGKILL);
}

/* Half an answer is not one. */
static void
test_failure(void **state UNUSED)
{
	job_start(&was.job, work_die, NULL);
	SPIN_UNTIL(loop, was.done == 1);
	assert_null(was.answer);
	assert_non_null(was.why);
}

static void
work_pass(const void *arg UNUSED, int out)
{
	int p[2];

	if (pipe(p) == -1)
		_exit(1);
	job_put(p[1], "by hand", 7);
	job_pass(out, p[0]);
	job_say(out, "here it is");
}

/* A descriptor opened by the job is passed to us. */
static void
test_descriptor(void **state UNUSED)
{
	char text[16] = "";

	job_start(&was.job, work_pass, NULL);
	SPIN_UNTIL(loop, was.done == 1);
	assert_string_equal(was.answer, " here it is");
	assert_int_not_equal(was.fd, -1);
	assert_int_not_equal(fcntl(was.fd, F_GETFD) & FD_CLOEXEC, 0);
	assert_int_equal(read(was.fd, text, sizeof(text)), 7);
	assert_string_equal(text, "by hand");
}

static void
work_hang(const void *arg UNUSED, int out UNUSED)
{
	for (;;)
		pause();
}

/* One that hangs is busy, and the loop goes on; it can be forgotten. */
static void
test_s4_job_hangs(void **state UNUSED)
{
	int number = 7;

	job_start(&was.job, work_hang, NULL);
	SPIN_UNTIL(loop, job_busy_ms(&was.job) > 50);
	assert_string_equal(run_script("echo others start"), "others start\n");
	assert_int_equal(was.done, 0);
	job_stop(&was.job);
	assert_false(job_is_busy(&was.job));
	spin_until_childless();
	assert_int_equal(was.done, 0);
	job_start(&was.job, work_answer, &number);
	SPIN_UNTIL(loop, was.done == 1);
	assert_string_equal(was.answer, "the number is 7");
}

static void
work_run(const void *arg, int out)
{
	struct strv argv = { 0 };
	char *cause = NULL, *text;

	strv_push(&argv, arg);
	strv_push(&argv, "said so");
	text = runonce_capture(&argv, 5000, &cause);
	job_say(out, "%s%s", text == NULL ? "no: " : "",
	    text == NULL ? cause : text);
}

/* Programs can be run to their end there. */
static void
test_program(void **state UNUSED)
{
	job_start(&was.job, work_run, "/bin/echo");
	SPIN_UNTIL(loop, was.done == 1);
	assert_string_equal(was.answer, "said so\n");
	job_start(&was.job, work_run, "/no/such/program");
	SPIN_UNTIL(loop, was.done == 2);
	assert_string_equal(was.answer,
	    "no: /no/such/program: exec: No such file or directory");
}

static void
work_fds(const void *arg UNUSED, int out)
{
	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			job_say(out, "%d ", fd);
}

/* It keeps nothing of ours open. */
static void
test_descriptors(void **state UNUSED)
{
	int p[2];

	assert_int_equal(pipe(p), 0);
	job_start(&was.job, work_fds, NULL);
	SPIN_UNTIL(loop, was.done == 1);
	assert_string_equal(was.answer, "0 1 2 ");
	close(p[0]);
	close(p[1]);
}

static int
setup(void **state)
{
	log_init(LOG_LEVEL_ERROR);
	return spin_setup_children(state);
}

#define JOB_TEST(f) cmocka_unit_test_setup_teardown(f, make_job, clear_job)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		JOB_TEST(test_answer),
		JOB_TEST(test_large_answer),
		JOB_TEST(test_failure),
		JOB_TEST(test_descriptor),
		JOB_TEST(test_s4_job_hangs),
		JOB_TEST(test_program),
		JOB_TEST(test_descriptors),
	};

	return cmocka_run_group_tests(tests, setup, spin_teardown_children);
}
