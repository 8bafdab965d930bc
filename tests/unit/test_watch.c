/* SPDX-License-Identifier: ISC */
/* Files that change are noticed, and looking at them holds up nobody. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/util.h"
#include "process/watch.h"
#include "run.h"
#include "spin.h"

static char dir[] = "/tmp/ffsup-watch.XXXXXX";
static struct watch w;
static int looks;

static void
on_looked(void *ctx UNUSED)
{
	looks++;
}

/* A path in our directory; of the newest two, borrowed. */
static const char *
path_of(const char *name)
{
	static char paths[2][64];
	static int turn;

	turn = !turn;
	snprintf(paths[turn], sizeof(paths[turn]), "%s/%s", dir, name);
	return paths[turn];
}

static void
write_file(const char *name, const char *text)
{
	int fd =
	    open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Watch up to two files, and wait for the first look. */
static void
watch_files(const char *a, const char *b)
{
	struct strv paths = { 0 };
	int before = looks;

	strv_push(&paths, path_of(a));
	if (b != NULL)
		strv_push(&paths, path_of(b));
	watch_set(&w, &paths);
	strv_clear(&paths);
	SPIN_UNTIL(loop, looks > before);
}

static const struct watch_file *
file(const char *name)
{
	return watch_file(&w, path_of(name));
}

static void
test_look(void **state UNUSED)
{
	write_file("z", "four");
	watch_files("z", "a");
	assert_int_equal(file("z")->err, 0);
	assert_int_equal(file("z")->size, 4);
	assert_true(file("z")->mtime_ns > 0);
	assert_int_equal(file("a")->err, ENOENT);
	assert_null(file("other"));
}

/* Written, made, replaced, removed: each is noticed, without a poll. */
static void
test_changes(void **state UNUSED)
{
	write_file("a", "1");
	unlink(path_of("b"));
	watch_files("a", "b");
	write_file("a", "12345");
	SPIN_UNTIL(loop, file("a")->size == 5);
	write_file("b", "new");
	SPIN_UNTIL(loop, file("b")->err == 0 && file("b")->size == 3);
	write_file("c", "by rename");
	assert_int_equal(rename(path_of("c"), path_of("a")), 0);
	SPIN_UNTIL(loop, file("a")->size == 9);
	write_file("a", "and again"); /* the new one is watched, too */
	write_file("a", "x");
	SPIN_UNTIL(loop, file("a")->size == 1);
	unlink(path_of("a"));
	SPIN_UNTIL(loop, file("a")->err == ENOENT);
}

/* Changes to other files beside them do not cause a look. */
static void
test_neighbours(void **state UNUSED)
{
	int before;

	write_file("a", "1");
	watch_files("a", NULL);
	spin_for(loop, 150); /* what our own write said */
	before = looks;
	for (int i = 0; i < 20; i++)
		write_file("neighbour", "x");
	spin_for(loop, 150);
	assert_int_equal(looks, before);
	write_file("a", "22");
	SPIN_UNTIL(loop, file("a")->size == 2);
}

/* The same files again are not news; others are looked at, none are not. */
static void
test_set(void **state UNUSED)
{
	struct strv none = { 0 }, again = { 0 };
	int before;

	write_file("a", "1");
	watch_files("a", "b");
	spin_for(loop, 150);
	before = looks;
	strv_push(&again, path_of("b"));
	strv_push(&again, path_of("a")); /* in any order */
	watch_set(&w, &again);
	spin_for(loop, 50);
	assert_int_equal(looks, before);
	watch_set(&w, &none);
	assert_null(file("a"));
	assert_int_equal(w.fd, -1);
	strv_clear(&again);
}

static int
clear_watch(void **state UNUSED)
{
	watch_clear(&w);
	spin_until_childless();
	return 0;
}

static int
setup(void **state)
{
	int rc = spin_setup_children(state);

	log_init(LOG_LEVEL_ERROR);
	watch_init(&w, loop, on_looked, NULL);
	return mkdtemp(dir) == NULL ? -1 : rc;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "a", "b", "c", "z", "neighbour" };

	for (size_t i = 0; i < NELEM(names); i++)
		unlink(path_of(names[i]));
	spin_teardown_children(state);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_look, clear_watch),
		cmocka_unit_test_teardown(test_changes, clear_watch),
		cmocka_unit_test_teardown(test_neighbours, clear_watch),
		cmocka_unit_test_teardown(test_set, clear_watch),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
