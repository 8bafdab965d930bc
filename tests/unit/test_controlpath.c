/* SPDX-License-Identifier: ISC */
/* The control socket's name, and the lock beside it. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/util.h"
#include "daemon/controlpath.h"
#include "process/pathkeeper.h"
#include "spin.h"

static bool no_forks; /* fork() fails */

pid_t __real_fork(void);
pid_t __wrap_fork(void);

pid_t
__wrap_fork(void)
{
	if (no_forks) {
		errno = EAGAIN;
		return -1;
	}
	return __real_fork();
}

/* The text of the log, on its way out. */
static char *said;

static char *
overhear(const char *text)
{
	char *more = xasprintf("%s%s\n", said == NULL ? "" : said, text);

	free(said);
	said = more;
	return NULL;
}

/* How often it said these words. */
static size_t
said_so(const char *words)
{
	size_t n = 0;

	for (const char *at = said; at != NULL; n++) {
		at = strstr(at, words);
		if (at == NULL)
			break;
		at++;
	}
	return n;
}

static int opened; /* the newest; -1: none */

static void
take(void *ctx UNUSED, int fd)
{
	if (opened != -1)
		close(opened);
	opened = fd;
}

/* No process can be started to look: that is said once for many looks, the
 * socket stays as it is, and is made again when one can be started. */
static void
test_p6_no_process(void **state UNUSED)
{
	const struct controlpath_host host = { .opened = take };
	char dir[] = "/tmp/test_seat.XXXXXX", *path;
	const char *cause;
	struct controlpath s;
	int was;

	assert_non_null(mkdtemp(dir));
	path = xasprintf("%s/s", dir);
	opened = -1;
	assert_int_equal(controlpath_open(&s, loop, path, &host, &cause), 0);
	was = opened;
	log_set_mask(overhear);
	unlink(path);
	no_forks = true;
	for (int i = 0; i < 5; i++)
		controlpath_check(&s);
	no_forks = false;
	assert_int_equal(said_so("cannot check"), 1);
	assert_int_equal(said_so("fork"), 1);
	assert_int_equal(opened, was);
	controlpath_check(&s);
	SPIN_UNTIL(loop, said_so("had vanished, created again") == 1);
	log_set_mask(NULL);
	assert_int_equal(access(path, F_OK), 0);
	controlpath_close(&s);
	pathkeeper_finish_all(loop, SPIN_PATIENCE_MS);
	assert_int_equal(rmdir(dir), 0);
	close(opened);
	free(said);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p6_no_process),
	};

	log_init(LOG_LEVEL_WARN);
	return cmocka_run_group_tests(
	    tests, spin_setup_children, spin_teardown_children);
}
