/* SPDX-License-Identifier: ISC */
/* Names in the file system that are ours, many of them, while processes are
 * scarce and disks do not answer. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/util.h"
#include "process/pathkeeper.h"
#include "spin.h"

#define N_PLACES 40

/* --- counted and failing calls --------------------------------------------- */

static unsigned forks; /* since it was set to 0 */
static bool no_forks;  /* fork() fails */
static int poll_ms;    /* asked for in short waits, together */
static bool *hangs;    /* of all processes: the disk of "/a/" does */

pid_t __real_fork(void);
pid_t __wrap_fork(void);
int __real_poll(struct pollfd *p, nfds_t n, int ms);
int __wrap_poll(struct pollfd *p, nfds_t n, int ms);
int __real_lstat(const char *path, struct stat *st);
int __wrap_lstat(const char *path, struct stat *st);

pid_t
__wrap_fork(void)
{
	if (no_forks) {
		errno = EAGAIN;
		return -1;
	}
	forks++;
	return __real_fork();
}

int
__wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	if (ms > 0 && ms < 1000)
		poll_ms += ms;
	return __real_poll(p, n, ms);
}

/* Wait as long as the disk does not answer. */
static void
await_disk(const char *path)
{
	while (strstr(path, "/a/") != NULL && __atomic_load_n(hangs, 0))
		__real_poll(NULL, 0, 10);
}

int
__wrap_lstat(const char *path, struct stat *st)
{
	await_disk(path);
	return __real_lstat(path, st);
}

/* --- places ---------------------------------------------------------------- */

struct spot {
	char *path;
	struct pathkeeper *place;
	bool busy;
	unsigned opened;
};

struct rig {
	char dir[64];
	struct spot spots[N_PLACES];
};

static void
spot_make(const struct pathkeeper *pl, struct pathkeeper_made *m)
{
	struct stat st;

	await_disk(pl->path);
	m->ours = mkfifo(pl->path, 0600) == 0;
	m->fd = open(pl->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	m->why = strerror(errno);
	if (m->fd == -1 || fstat(m->fd, &st) == -1)
		return;
	m->dev = st.st_dev;
	m->ino = st.st_ino;
}

static void
spot_open(void *ctx, int fd)
{
	struct spot *s = ctx;

	s->opened++;
	close(fd);
}

static bool
spot_is_busy(void *ctx)
{
	const struct spot *s = ctx;

	return s->busy;
}

/* `n` places, in turn in the directories a and b. */
static void
rig_init(struct rig *r, size_t n)
{
	*r = (struct rig){ .dir = "/tmp/test_place.XXXXXX" };
	assert_non_null(mkdtemp(r->dir));
	for (size_t i = 0; i < 2; i++) {
		char *dir = xasprintf("%s/%c", r->dir, "ab"[i]);

		assert_int_equal(mkdir(dir, 0700), 0);
		free(dir);
	}
	for (size_t i = 0; i < n; i++) {
		struct spot *s = &r->spots[i];
		const struct pathkeeper_host host = { .make = spot_make,
			.open = spot_open,
			.is_busy = spot_is_busy,
			.ctx = s };

		s->path = xasprintf("%s/%c/%zu", r->dir, "ab"[i % 2], i);
		s->place = pathkeeper_new(loop, s->path, &host);
	}
}

static bool
rig_is_there(const struct rig *r)
{
	for (size_t i = 0; i < N_PLACES && r->spots[i].path != NULL; i++)
		if (r->spots[i].opened == 0)
			return false;
	return true;
}

static void
rig_clear(struct rig *r)
{
	*hangs = false;
	for (size_t i = 0; i < N_PLACES && r->spots[i].path != NULL; i++) {
		pathkeeper_drop(r->spots[i].place);
		free(r->spots[i].path);
	}
	pathkeeper_finish_all(loop, SPIN_PATIENCE_MS);
	for (size_t i = 0; i < 2; i++) {
		char *dir = xasprintf("%s/%c", r->dir, "ab"[i]);

		assert_int_equal(rmdir(dir), 0);
		free(dir);
	}
	assert_int_equal(rmdir(r->dir), 0);
}

static bool
has_problem(const struct spot *s, const char *words)
{
	char *text = pathkeeper_problem(s->place);
	bool found = text != NULL && strstr(text, words) != NULL;

	free(text);
	return found;
}

/* --- tests ----------------------------------------------------------------- */

/* All names that exist are checked by one process, not by one for each. */
static void
test_p1_one_look_at_all(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, N_PLACES);
	SPIN_UNTIL(loop, rig_is_there(&r));
	forks = 0;
	spin_for(loop, 4000);
	assert_in_range(forks, 0, 2);
	for (size_t i = 0; i < N_PLACES; i++) /* all are, the last one too */
		unlink(r.spots[i].path);
	pathkeeper_look_all();
	for (size_t i = 0; i < N_PLACES; i++)
		SPIN_UNTIL(loop, r.spots[i].opened == 2);
	rig_clear(&r);
}

/* Many names made, and removed, in one turn of the loop do not hold it up for
 * each: the others come after, in time. */
static void
test_p2_many_in_one_turn(void **state UNUSED)
{
	struct rig r;

	*hangs = true;
	poll_ms = 0;
	forks = 0;
	rig_init(&r, N_PLACES);
	assert_in_range(poll_ms, 0, 20);
	assert_in_range(forks, 1, 20);
	for (size_t i = 1; i < N_PLACES; i += 2)
		SPIN_UNTIL(loop, r.spots[i].opened == 1);
	rig_clear(&r);
}

/* The disk of some hangs during the look at all: the others are looked at all
 * the same, and these again when it answers. */
static void
test_p1_hung_directory(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, 10);
	SPIN_UNTIL(loop, rig_is_there(&r));
	*hangs = true;
	for (size_t i = 0; i < 10; i++)
		unlink(r.spots[i].path);
	pathkeeper_look_all();
	for (size_t i = 1; i < 10; i += 2)
		SPIN_UNTIL(loop, r.spots[i].opened == 2);
	SPIN_UNTIL(loop, pathkeeper_is_silent(r.spots[8].place));
	assert_false(pathkeeper_is_silent(r.spots[1].place));
	assert_int_equal(r.spots[0].opened, 1);
	assert_true(has_problem(&r.spots[0], "has not answered"));
	rig_clear(&r);
}

/* Tries of many that cannot be made are spread. */
static void
test_p1_missing_directory(void **state UNUSED)
{
	struct pathkeeper *pl[N_PLACES];
	struct spot s = { .opened = 0 };
	const struct pathkeeper_host host = { .make = spot_make,
		.open = spot_open,
		.is_busy = spot_is_busy,
		.ctx = &s };

	for (size_t i = 0; i < N_PLACES; i++) {
		char *path = xasprintf("/tmp/test_place.none/%zu", i);

		pl[i] = pathkeeper_new(loop, path, &host);
		free(path);
	}
	for (size_t i = 0; i < N_PLACES; i++)
		SPIN_UNTIL(loop, pl[i]->tries > 0);
	forks = 0;
	spin_for(loop, 2000);
	assert_in_range(forks, 1, N_PLACES);
	for (size_t i = 0; i < N_PLACES; i++)
		pathkeeper_drop(pl[i]);
	pathkeeper_finish_all(loop, SPIN_PATIENCE_MS);
}

/* No process can be started to look: the last result holds, nothing is made
 * again, and that is reported. */
static void
test_p6_no_process(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, 2);
	SPIN_UNTIL(loop, rig_is_there(&r));
	no_forks = true;
	pathkeeper_look_all();
	for (size_t i = 0; i < 2; i++) {
		assert_true(has_problem(&r.spots[i], "fork"));
		assert_true(r.spots[i].place->there);
	}
	no_forks = false;
	pathkeeper_look_all();
	SPIN_UNTIL(loop, !has_problem(&r.spots[1], ""));
	assert_true(r.spots[1].place->there);
	assert_int_equal(r.spots[1].opened, 1);
	rig_clear(&r);
}

/* The same for a name that is not there yet: it does not count as a try, and is
 * made as soon as a process can be started. */
static void
test_p6_no_process_to_make(void **state UNUSED)
{
	struct rig r;

	no_forks = true;
	rig_init(&r, 1);
	assert_true(has_problem(&r.spots[0], "fork"));
	assert_int_equal(r.spots[0].place->tries, 0);
	no_forks = false;
	SPIN_UNTIL(loop, rig_is_there(&r));
	assert_false(has_problem(&r.spots[0], ""));
	no_forks = true;
	pathkeeper_drop(r.spots[0].place);
	spin_for(loop, 100);
	assert_int_equal(access(r.spots[0].path, F_OK), 0);
	no_forks = false;
	SPIN_UNTIL(loop, access(r.spots[0].path, F_OK) == -1);
	free(r.spots[0].path);
	r.spots[0].path = NULL;
	rig_clear(&r);
}

/* A host that becomes busy while another name is made keeps its old one, until
 * it is no longer busy; and the new one is removed in the end. */
static void
test_p18_busy_meanwhile(void **state UNUSED)
{
	struct rig r;

	rig_init(&r, 1);
	SPIN_UNTIL(loop, rig_is_there(&r));
	unlink(r.spots[0].path);
	pathkeeper_look_all();
	SPIN_UNTIL(loop, job_is_busy(&r.spots[0].place->job));
	r.spots[0].busy = true;
	SPIN_UNTIL(loop, !job_is_busy(&r.spots[0].place->job));
	assert_int_equal(access(r.spots[0].path, F_OK), 0);
	assert_int_equal(r.spots[0].opened, 1);
	r.spots[0].busy = false;
	SPIN_UNTIL(loop, r.spots[0].opened == 2);
	rig_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p1_one_look_at_all),
		cmocka_unit_test(test_p1_hung_directory),
		cmocka_unit_test(test_p1_missing_directory),
		cmocka_unit_test(test_p2_many_in_one_turn),
		cmocka_unit_test(test_p6_no_process),
		cmocka_unit_test(test_p6_no_process_to_make),
		cmocka_unit_test(test_p18_busy_meanwhile),
	};

	log_init(LOG_LEVEL_ERROR);
	hangs = mmap(NULL, sizeof(*hangs), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hangs == MAP_FAILED)
		return EXIT_FAILURE;
	return cmocka_run_group_tests(
	    tests, spin_setup_children, spin_teardown_children);
}
